using System.Runtime.CompilerServices;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.Black;

/// <summary>
/// Implied volatility of Black's formula over lanes, after P. Jäckel, "Let's Be Rational" (2013): normalised price, objective
/// in logarithms, third-order Householder steps. What differs: the first guess is the greatest of three lower bounds, so
/// that every lane takes the same <see cref="Steps"/> steps, and the price is one difference of Mills ratios.
/// </summary>
internal static class ImpliedVolatilityKernel
{
    /// <summary>Householder steps that are always taken; the error before the last is below 1e-7 over the whole domain.</summary>
    public const int Steps = 3;

    private const double HalfLog2Pi = 0.9189385332046728;

    /// <summary>
    /// σ√T, of the option's time value on the forward. x = |ln(F/K)|; price = time value / √(FK), between 0 and limit;
    /// limit = √(min(F,K) / max(F,K)).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Deviation<V>(V x, V price, V limit)
        where V : struct, ILanes<V>
    {
        V rest = limit - price;
        V isUpper = V.Less(rest, price);
        V target = LaneFunctions.Log(V.Select(isUpper, rest, price));
        V s = Guess(x, price, limit);
        for (int step = 0; step < Steps; step++)
        {
            s = Improve(x, s, isUpper, target);
        }
        return s;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V Guess<V>(V x, V price, V limit)
        where V : struct, ILanes<V>
    {
        V one = V.Broadcast(1);
        V p = x / price;
        V log = LaneFunctions.Log(p + 1);
        V h = V.Sqrt(log * LanePolynomials.BachelierGuess((log + log) / (log + 4) - 1));
        V bachelier = V.Select(V.Less(p, V.Broadcast(1e-3)), price * LaneFunctions.RootTwoPi, x / h);
        V q = price / limit;
        V rest = V.Max(one - q, V.Broadcast(1e-17));
        V isHigh = V.Less(rest, q);
        V y = UpperQuantile(V.Select(isHigh, rest, q));
        y = V.Select(isHigh, y, -y);
        V byD1 = y + V.Sqrt((y * y) + x + x);
        V atTheMoney = UpperQuantile(rest * 0.5) * 2;
        return V.Max(bachelier, V.Max(byD1, atTheMoney));
    }

    // Abramowitz and Stegun 26.2.23: error below 4.5e-4.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V UpperQuantile<V>(V p)
        where V : struct, ILanes<V>
    {
        V t = V.Sqrt(LaneFunctions.Log(p) * -2);
        V numerator = (((t * 0.010328) + 0.802853) * t) + 2.515517;
        V denominator = (((((t * 0.001308) + 0.189269) * t) + 1.432788) * t) + 1;
        return t - (numerator / denominator);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V Improve<V>(V x, V s, V isUpper, V target)
        where V : struct, ILanes<V>
    {
        V zero = V.Broadcast(0);
        V h = -(x / s);
        V t = s * 0.5;
        // The price is scaled · φ(h)φ(t)√(2π) below the middle, limit − scaled · the same above it; its slope is that factor.
        V scaled = Scaled(h, t, isUpper);
        V isNear = V.Less(x + s, V.Broadcast(0.25));
        if (V.Any(isNear))
        {
            scaled = V.Select(isNear, Series(h, t), scaled);
        }
        V f = LaneFunctions.Log(scaled) - (((h * h) + (t * t)) * 0.5) - HalfLog2Pi - target;
        V inverse = V.Broadcast(1) / s;
        V slope = V.Broadcast(1) / scaled;
        slope = V.Select(isUpper, -slope, slope);
        V newton = V.Select(isUpper, f * scaled, -(f * scaled));
        V hOverS = h * inverse;
        V second = (h * hOverS) - (t * 0.5);
        V third = (second * second) - (hOverS * hOverS * 3) - 0.25;
        V gamma = second - slope;
        V delta = third - (second * slope * 3) + (slope * slope * 2);
        V change = newton * ((gamma * newton * 0.5) + 1) / ((newton * (gamma + (delta * newton * (1.0 / 6)))) + 1);
        return V.Max(s + change, V.Max(s * 0.5, zero));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static V Scaled<V>(V h, V t, V isUpper)
        where V : struct, ILanes<V>
    {
        V a = h + t;
        V far = LaneFunctions.MillsRatio(t - h);
        V near = LaneFunctions.MillsRatio(V.Abs(a));
        V whole = LaneFunctions.Exp(a * a * 0.5) * LaneFunctions.RootTwoPi;
        V isBelow = V.Less(a, V.Broadcast(0));
        V lower = V.Select(isBelow, near, whole - near) - far;
        V upper = V.Select(isBelow, whole - near, near) + far;
        return V.Select(isUpper, upper, lower);
    }

    /// <summary>Y(h + t) − Y(h − t), Y = Φ/φ, h ≤ 0: its odd part, where the two nearly cancel.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Series<V>(V h, V t)
        where V : struct, ILanes<V>
    {
        V a0 = LaneFunctions.MillsRatio(-h);
        V a1 = LaneFunctions.MillsSlope(-h);
        V a2 = (a0 + (h * a1)) * (1.0 / 2);
        V a3 = (a1 + (h * a2)) * (1.0 / 3);
        V a4 = (a2 + (h * a3)) * (1.0 / 4);
        V a5 = (a3 + (h * a4)) * (1.0 / 5);
        V a6 = (a4 + (h * a5)) * (1.0 / 6);
        V a7 = (a5 + (h * a6)) * (1.0 / 7);
        V a8 = (a6 + (h * a7)) * (1.0 / 8);
        V a9 = (a7 + (h * a8)) * (1.0 / 9);
        V a10 = (a8 + (h * a9)) * (1.0 / 10);
        V a11 = (a9 + (h * a10)) * (1.0 / 11);
        V a12 = (a10 + (h * a11)) * (1.0 / 12);
        V a13 = (a11 + (h * a12)) * (1.0 / 13);
        V square = t * t;
        V sum = (((((((((((a13 * square) + a11) * square) + a9) * square) + a7) * square) + a5) * square) + a3) * square) + a1;
        return sum * (t + t);
    }
}
