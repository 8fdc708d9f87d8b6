using System;
using Surety.Protocol.Rows;

namespace Surety.Engine.Breakers;

/// <summary>How far a market's index may move within its horizon before a call auction.</summary>
public static class DynamicBand
{
    /// <summary>Width of a market's dynamic band, parts per million.</summary>
    public static long WidthPpm(in Market market, long variancePpm2)
    {
        Int128 variance = (Int128)variancePpm2 * market.BandHorizonMs / 1000;
        Int128 sigmas = (Int128)SquareRoot((UInt128)Int128.Max(variance, 0)) * market.BandSigmaMilli / 1000;
        return (long)Int128.Clamp(sigmas, market.BandFloorPpm, market.BandCapPpm);
    }

    /// <summary>The root of a number, rounded down.</summary>
    public static UInt128 SquareRoot(UInt128 value)
    {
        // Newton from above: falls until it is the floor of the root.
        if (value < 2)
        {
            return value;
        }
        UInt128 root = UInt128.One << ((129 - (int)UInt128.LeadingZeroCount(value)) / 2);
        while (true)
        {
            UInt128 next = (root + (value / root)) >> 1;
            if (next >= root)
            {
                return root;
            }
            root = next;
        }
    }
}
