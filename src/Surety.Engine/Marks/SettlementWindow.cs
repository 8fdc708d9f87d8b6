using System;
using Surety.Core.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Engine.Marks;

/// <summary>
/// The time-weighted mean of the index over the last thirty minutes before a dated future's expiry. The part of it that has
/// passed is fixed: within the window the future is worth that part, and the index for the rest.
/// </summary>
internal static class SettlementWindow
{
    /// <summary>Length of the window.</summary>
    public const long LengthNs = 1_800_000_000_000;

    private const long NsPerMs = 1_000_000;

    // Beyond every price limit that a market can have; thirty minutes of it, in milliseconds, fit 64 bits.
    private const long MostTicks = 1L << 41;

    /// <summary>Counts the price that stood since the last observation.</summary>
    public static void Observe(ref Market market, long nowNs)
    {
        if (market.ExpiryNs == 0)
        {
            return;
        }
        long from = Math.Max(market.SettlementTimeNs, market.ExpiryNs - LengthNs);
        long until = Math.Min(nowNs, market.ExpiryNs);
        market.SettlementTimeNs = nowNs;
        // What stood while the index was in doubt does not count.
        if (market.HasMark == 1 && market.OracleDoubtNs == 0 && until > from)
        {
            // Whole milliseconds of the clock: parts of one are not lost however often the index is published.
            long ms = (until / NsPerMs) - (from / NsPerMs);
            market.SettlementSum += Math.Clamp(market.UnderlyingTicks, -MostTicks, MostTicks) * ms;
            market.SettlementMs += ms;
        }
    }

    /// <summary>The mean so far, in ticks to the nearest; the index itself when nothing was observed.</summary>
    public static long MeanTicks(in Market market) =>
        market.SettlementMs == 0 ? market.UnderlyingTicks : Rounding.DivNearest(market.SettlementSum, market.SettlementMs);

    /// <summary>What the mean will be if the index stands until expiry, ticks: the index before the window, the mean at its end.</summary>
    public static long ExpectedTicks(in Market market, long nowNs)
    {
        long left = LeftMs(in market, nowNs);
        if (market.SettlementMs == 0)
        {
            return market.UnderlyingTicks;
        }
        Int128 sum = market.SettlementSum + ((Int128)Math.Clamp(market.UnderlyingTicks, -MostTicks, MostTicks) * left);
        Int128 ms = market.SettlementMs + left;
        return (long)((sum + ((sum < 0 ? -ms : ms) / 2)) / ms);
    }

    /// <summary>
    /// The part of the mean that is still open, parts per million: all of it before the window, and of a perpetual always.
    /// </summary>
    public static long OpenPpm(in Market market, long nowNs)
    {
        long left = LeftMs(in market, nowNs);
        return market.SettlementMs == 0 ? Rounding.Million : Rounding.MulDivFloor(left, Rounding.Million, market.SettlementMs + left);
    }

    private static long LeftMs(in Market market, long nowNs) =>
        Math.Max((market.ExpiryNs / NsPerMs) - (Math.Max(nowNs, market.ExpiryNs - LengthNs) / NsPerMs), 0);
}
