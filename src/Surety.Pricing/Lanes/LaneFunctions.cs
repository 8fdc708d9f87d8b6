using System.Runtime.CompilerServices;

namespace Surety.Pricing.Lanes;

/// <summary>
/// Elementary functions over lanes, without tables so that they need no gathers. Errors against references at 60 digits,
/// from the tests: Exp and Log below 1.5 ulp, the Mills ratio below 5.
/// </summary>
internal static class LaneFunctions
{
    public const double InverseRootTwoPi = 0.3989422804014327;
    public const double RootTwoPi = 2.5066282746310002;
    private const double Ln2High = 0.6931471803691238;
    private const double Ln2Low = 1.9082149292705877e-10;

    // 1.5 · 2^52: adding it leaves an integer in the low bits, rounded to nearest.
    private const double Magic = 6755399441055744.0;

    /// <summary>e^x for −708 ≤ x ≤ 709; what is below counts as −708, what is above as 709.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : struct, ILanes<V>
    {
        V bounded = V.Min(V.Max(x, V.Broadcast(-708)), V.Broadcast(709));
        V shifted = (bounded * 1.4426950408889634) + Magic;
        V n = shifted - Magic;
        V r = (bounded - (n * Ln2High)) - (n * Ln2Low);
        return LanePolynomials.Exponential(r) * V.ShiftLeft(V.AddBits(shifted, 1023), 52);
    }

    /// <summary>The natural logarithm of a normal positive number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V>(V x)
        where V : struct, ILanes<V>
    {
        V mantissa = V.OrBits(V.AndBits(x, 0x000FFFFFFFFFFFFF), 0x3FF0000000000000);
        // The exponent's field under the magic number's bits is a double: 1.5 · 2^52 + field.
        V exponent = V.OrBits(V.ShiftRight(x, 52), 0x4338000000000000) - (Magic + 1023);
        V isHigh = V.Less(V.Broadcast(1.4142135623730951), mantissa);
        mantissa = V.Select(isHigh, mantissa * 0.5, mantissa);
        exponent = V.Select(isHigh, exponent + 1, exponent);
        V f = mantissa - 1;
        V s = f / (f + 2);
        V square = s * s;
        V half = f * f * 0.5;
        V tail = LanePolynomials.LogarithmTail(square) * square;
        return (exponent * Ln2High) + (f - (half - ((s * (half + tail)) + (exponent * Ln2Low))));
    }

    /// <summary>
    /// ln(a / b) of positive numbers, to a few ulp also where the two are close: their difference is exact there, their quotient is not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogRatio<V>(V a, V b)
        where V : struct, ILanes<V>
    {
        V s = (a - b) / (a + b);
        V square = s * s;
        V near = s * ((LanePolynomials.LogarithmTail(square) * square) + 2);
        return V.Select(V.Less(V.Abs(s), V.Broadcast(0.1715)), near, Log(a / b));
    }

    /// <summary>(1 − Φ(t)) / φ(t), t ≥ 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V MillsRatio<V>(V t)
        where V : struct, ILanes<V>
    {
        V inverse = V.Broadcast(1) / (t + 5);
        return LanePolynomials.MillsRatio((t - 5) * inverse) * inverse;
    }

    /// <summary>1 − t · (1 − Φ(t)) / φ(t), t ≥ 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V MillsSlope<V>(V t)
        where V : struct, ILanes<V>
    {
        V inverse = V.Broadcast(1) / (t + 5);
        return LanePolynomials.MillsSlope((t - 5) * inverse) * (inverse * inverse);
    }

    /// <summary>φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalPdf<V>(V x)
        where V : struct, ILanes<V> => Exp(x * x * -0.5) * InverseRootTwoPi;

    /// <summary>Φ(x), with φ(x) given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalCdf<V>(V x, V density)
        where V : struct, ILanes<V>
    {
        V tail = density * MillsRatio(V.Abs(x));
        return V.Select(V.Less(x, V.Broadcast(0)), tail, V.Broadcast(1) - tail);
    }

    /// <summary>Φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalCdf<V>(V x)
        where V : struct, ILanes<V> => NormalCdf(x, NormalPdf(x));
}
