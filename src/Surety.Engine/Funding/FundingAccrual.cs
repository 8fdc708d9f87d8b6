using System;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Funding;

/// <summary>
/// Funding flows all the time, through one number a market: what one long lot has paid since the market was listed, in
/// whole atoms. A position pays the difference when it is next touched, exactly, so longs and shorts cancel.
/// <para>The rate of an hour follows from the premium sampled in the hour before: rate for eight hours = premium +
/// clamp(interest − premium, ±0.05%), within the market's cap (the form of Hyperliquid's funding). The premium is that of the
/// impact prices over the index: (max(0, impact bid − index) − max(0, index − impact ask)) / index (the form of dYdX's).
/// Samples are taken every five seconds at most and only while the market trades, so halts and auctions leave no trace.</para>
/// </summary>
public static class FundingAccrual
{
    /// <summary>The rate's period.</summary>
    public const long PeriodMs = 28_800_000;

    private const long PpbPerPpm = 1_000;
    private const long InterestClampPpb = 500_000;
    private const long SampleNs = 5_000_000_000;
    private const long NsPerHour = 3_600_000_000_000;
    private const long LargestPremiumPpb = 1_000_000_000;

    /// <summary>The rate for eight hours, parts per billion, from a mean premium, an interest component and a cap.</summary>
    public static long RatePpb(long premiumPpb, int interestPpm, int capPpm)
    {
        long rate = premiumPpb + Math.Clamp((interestPpm * PpbPerPpm) - premiumPpb, -InterestClampPpb, InterestClampPpb);
        return Math.Clamp(rate, -capPpm * PpbPerPpm, capPpm * PpbPerPpm);
    }

    /// <summary>The premium of impact prices (ticks · 2^16) over an index above zero, parts per billion.</summary>
    public static long PremiumPpb(long indexTicks, bool hasBid, long bid16, bool hasAsk, long ask16)
    {
        long index16 = indexTicks << 16;
        long over = hasBid ? Math.Max(0, bid16 - index16) : 0;
        long under = hasAsk ? Math.Max(0, index16 - ask16) : 0;
        return Math.Clamp(Rounding.MulDivFloor(over - under, 1_000_000_000, index16), -LargestPremiumPpb, LargestPremiumPpb);
    }

    /// <summary>Counts a premium into its hour; the first of an hour sets the rate from the hour before.</summary>
    internal static void Sample(ref Market market, bool hasBid, long bid16, bool hasAsk, long ask16, long now)
    {
        if (market.Kind != MarketKind.LinearPerpetual || market.IndexTicks <= 0)
        {
            return;
        }
        int hour = (int)(now / NsPerHour);
        if (market.PremiumHour != hour)
        {
            long mean = market.PremiumSamples == 0 ? 0 : Rounding.DivNearest(market.PremiumSumPpb, market.PremiumSamples);
            market.FundingRatePpb = (int)RatePpb(mean, market.FundingInterestPpm, market.FundingCapPpm);
            (market.PremiumHour, market.PremiumSumPpb, market.PremiumSamples, market.PremiumNs) = (hour, 0, 0, 0);
        }
        if (now - market.PremiumNs >= SampleNs)
        {
            market.PremiumSumPpb += PremiumPpb(market.IndexTicks, hasBid, bid16, hasAsk, ask16);
            market.PremiumSamples++;
            market.PremiumNs = now;
        }
    }

    /// <summary>
    /// Brings the cumulative index up to a time; what is less than an atom a lot is carried forward. The time of a halt or an
    /// auction passes without funding: no position can be closed then.
    /// </summary>
    internal static void Accrue(ref Market market, long nowMs)
    {
        long elapsed = nowMs - market.FundingTimeMs;
        market.FundingTimeMs = nowMs;
        bool flows = market.Status is MarketStatus.Trading or MarketStatus.ReduceOnly;
        if (!flows || market.HasMark == 0 || market.FundingRatePpb == 0 || elapsed <= 0 || market.IndexTicks <= 0)
        {
            return;
        }
        const long Unit = 1_000_000_000 * PeriodMs;
        Int128 due = ((Int128)market.MarkTicks * market.AtomsPerTickLot * market.FundingRatePpb * elapsed) + market.FundingRemainder;
        Int128 whole = due / Unit;
        Int128 rest = due % Unit;
        if (rest < 0)
        {
            whole -= 1;
            rest += Unit;
        }
        Invariant.Assert(rest >= 0 && rest < Unit, "funding is carried forward beyond an atom");
        market.FundingIndex += (long)whole;
        market.FundingRemainder = (long)rest;
    }
}
