using System;
using Surety.Core.Numerics;
using Surety.Engine.Instruments;

namespace Surety.Engine.Oracles;

/// <summary>The time-weighted mean of the index over the last thirty minutes before a dated future's expiry.</summary>
internal static class SettlementWindow
{
    /// <summary>Length of the window.</summary>
    public const long LengthNs = 1_800_000_000_000;

    // Ticks · milliseconds are kept divided by 2^10: thirty minutes of the largest price then fit 64 bits.
    private const long Scale = 1 << 10;

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
            long ms = (until - from) / 1_000_000;
            market.SettlementSum += Rounding.MulDivFloor(market.IndexTicks, ms, Scale);
            market.SettlementMs += ms;
        }
    }

    /// <summary>The mean so far, in ticks to the nearest; the index itself when nothing was observed.</summary>
    public static long MeanTicks(in Market market)
    {
        if (market.SettlementMs < Scale)
        {
            return market.IndexTicks;
        }
        return (long)((((Int128)market.SettlementSum * Scale) + (market.SettlementMs / 2)) / market.SettlementMs);
    }
}
