using System;
using Surety.Protocol.Rows;

namespace Surety.Engine.Marks;

/// <summary>
/// What is left of a weight after a time: e^(−elapsed / constant), in integers. Two steps multiply to what one step over both
/// gives, so that a mean does not depend on how often it is brought up to date.
/// </summary>
public static class ExponentialDecay
{
    /// <summary>The unit of <see cref="Of"/>, bits.</summary>
    public const int Bits = 40;

    /// <summary>The unit of the means' fractions, bits.</summary>
    public const int FractionBits = 32;

    private const int WorkBits = 60;
    private const long Furthest = 28;

    /// <summary>e^(−elapsed / constant) · 2^40, rounded down; both in one unit, elapsed from 0, the constant from 1 to 2^47.</summary>
    public static long Of(long elapsed, long constant)
    {
        if (elapsed <= 0)
        {
            return 1L << Bits;
        }
        if (elapsed / constant >= Furthest)
        {
            return 0;
        }
        Int128 x = ((Int128)elapsed << WorkBits) / constant;
        int halvings = 0;
        for (; x > Int128.One << (WorkBits - 10); halvings++)
        {
            x >>= 1;
        }
        // Taylor's series where it converges at once, then squared as often as x was halved.
        Int128 value = Int128.One << WorkBits;
        for (int n = 5; n >= 1; n--)
        {
            value = (Int128.One << WorkBits) - (((x * value) >> WorkBits) / n);
        }
        for (; halvings > 0; halvings--)
        {
            value = (value * value) >> WorkBits;
        }
        return (long)(value >> (WorkBits - Bits));
    }

    /// <summary>Takes what is left of a number with a fraction of 32 bits, towards another; rounded down.</summary>
    public static void Approach(ref long whole, ref long fraction, long target, long left)
    {
        Int128 from = ((Int128)whole << FractionBits) + fraction;
        Int128 to = (Int128)target << FractionBits;
        Int128 next = to + (((from - to) * left) >> Bits);
        whole = (long)(next >> FractionBits);
        fraction = (long)(next & uint.MaxValue);
    }

    /// <summary>
    /// An index's slow price brought up to a time: the price that stood counts for as long as it stood. Whole units, and 2^−32.
    /// </summary>
    public static (long Whole, long Fraction) SlowAt(this in PriceIndex index, long nowNs)
    {
        (long whole, long fraction) = (index.SlowPrice, index.SlowFraction);
        Approach(ref whole, ref fraction, index.Price, Of(nowNs - index.TimeNs, index.SlowMs * 1_000_000L));
        return (whole, fraction);
    }
}
