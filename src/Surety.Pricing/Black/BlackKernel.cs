using System.Runtime.CompilerServices;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.Black;

/// <summary>
/// Black's formula (F. Black, "The pricing of commodity contracts", 1976) over lanes, in three stages that a batch runs
/// through block by block: one stage is short enough to stay in registers, so that successive lanes overlap.
/// </summary>
internal static class BlackKernel
{
    // |ln(F/K)| + σ√T below which the value is taken from the series: beyond it the difference of the two terms loses less than two digits.
    private const double NearMoney = 0.02;

    /// <summary>d1 and what it takes on the way. Forward, strike, volatility and years are positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BlackArguments<V> Arguments<V>(V forward, V strike, V volatility, V years)
        where V : struct, ILanes<V>
    {
        V rootYears = V.Sqrt(years);
        V deviation = volatility * rootYears;
        V ratio = forward / strike;
        V inverse = V.Broadcast(1) / (forward * deviation);
        return new BlackArguments<V>
        {
            RootYears = rootYears,
            Ratio = ratio,
            Inverse = inverse,
            D1 = (LaneFunctions.LogRatio(forward, strike) * (inverse * forward)) + (deviation * 0.5),
        };
    }

    /// <summary>φ(d1), and the tails Φ(−|d1|) and Φ(−|d2|); K φ(d2) = F φ(d1) spares an exponential.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BlackTails<V> Tails<V>(V d1, V d2, V ratio)
        where V : struct, ILanes<V>
    {
        V density = LaneFunctions.NormalPdf(d1);
        return new BlackTails<V>
        {
            Density = density,
            Tail1 = density * LaneFunctions.MillsRatio(V.Abs(d1)),
            Tail2 = density * ratio * LaneFunctions.MillsRatio(V.Abs(d2)),
        };
    }

    /// <summary>Value and Greeks from what the first two stages left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BlackResults<V> Results<V>(
        V sign, V forward, V strike, V volatility, V years, V rate, V discount, in BlackArguments<V> a, V d2, in BlackTails<V> tails)
        where V : struct, ILanes<V>
    {
        V n1 = Probability(sign * a.D1, tails.Tail1);
        V n2 = Probability(sign * d2, tails.Tail2);
        V signed = discount * sign;
        V slope = discount * tails.Density;
        V price = discount * Value(sign, forward, strike, volatility * a.RootYears, a.D1, d2, tails.Density, n1, n2);
        V dollars = slope * forward;
        return new BlackResults<V>
        {
            Price = price,
            Delta = signed * n1,
            Gamma = slope * a.Inverse,
            Vega = dollars * a.RootYears,
            Theta = (rate * price) - (dollars * (volatility * volatility * 0.5) * (a.Inverse * forward)),
            Rho = -(years * price),
        };
    }

    /// <summary>
    /// Value before discounting: sign · (F Φ(±d1) − K Φ(±d2)). Near the money with little time the two nearly cancel: there it is intrinsic
    /// value and F φ(d1) times the odd part of Mills' ratio, which keeps all digits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V sign, V forward, V strike, V deviation, V d1, V d2, V density, V n1, V n2)
        where V : struct, ILanes<V>
    {
        V value = sign * ((forward * n1) - (strike * n2));
        V h = V.Abs(d1 + d2) * 0.5;
        V isNear = V.Less((h + 1) * deviation, V.Broadcast(NearMoney));
        if (V.Any(isNear))
        {
            V near = V.Max(sign * (forward - strike), V.Broadcast(0))
                + (forward * density * ImpliedVolatilityKernel.Series(-h, deviation * 0.5));
            value = V.Select(isNear, near, value);
        }
        return value;
    }

    /// <summary>Φ(sign · d), of the tail beyond |d|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Probability<V>(V signed, V tail)
        where V : struct, ILanes<V> => V.Select(V.Less(V.Broadcast(0), signed), V.Broadcast(1) - tail, tail);
}

/// <summary>What the first stage leaves.</summary>
internal struct BlackArguments<V>
    where V : struct, ILanes<V>
{
    public V RootYears;

    /// <summary>Forward over strike.</summary>
    public V Ratio;

    /// <summary>1 / (forward · σ√T).</summary>
    public V Inverse;
    public V D1;
}

/// <summary>What the second stage leaves.</summary>
internal struct BlackTails<V>
    where V : struct, ILanes<V>
{
    public V Density;
    public V Tail1;
    public V Tail2;
}

/// <summary>What the third stage leaves; units as in <see cref="Greeks"/>.</summary>
internal struct BlackResults<V>
    where V : struct, ILanes<V>
{
    public V Price;
    public V Delta;
    public V Gamma;
    public V Vega;
    public V Theta;
    public V Rho;
}
