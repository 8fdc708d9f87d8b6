using System;
using Surety.Core.Numerics;
using Surety.Engine.Instruments;

namespace Surety.Engine.Funding;

/// <summary>
/// Funding flows all the time, through one number a market: what one long lot has paid since the market was listed, in
/// whole atoms. A position pays the difference when it is next touched, exactly, so longs and shorts cancel.
/// <para>Rate for eight hours = premium + clamp(interest − premium, ±0.05%), within the market's cap (the form of
/// Hyperliquid's funding), where premium is the smoothed distance of the book from the index.</para>
/// </summary>
internal static class FundingAccrual
{
    /// <summary>The rate's period.</summary>
    public const long PeriodMs = 28_800_000;

    private const int InterestClampPpm = 500;

    /// <summary>The rate for eight hours, parts per million.</summary>
    public static int RatePpm(in Market market)
    {
        if (market.Kind != MarketKind.LinearPerpetual || market.IndexTicks <= 0)
        {
            return 0;
        }
        long cap16 = Rounding.PpmFloor(market.IndexTicks, market.BasisCapPpm) << 16;
        long basis16 = Math.Clamp(market.BasisTicks16, -cap16, cap16);
        int premium = (int)Rounding.MulDivFloor(basis16, Rounding.Million, market.IndexTicks << 16);
        int rate = premium + Math.Clamp(market.FundingInterestPpm - premium, -InterestClampPpm, InterestClampPpm);
        return Math.Clamp(rate, -market.FundingCapPpm, market.FundingCapPpm);
    }

    /// <summary>Brings the cumulative index up to a time; what is less than an atom a lot is carried forward. Returns the rate used.</summary>
    public static int Accrue(ref Market market, long nowMs)
    {
        long elapsed = nowMs - market.FundingTimeMs;
        market.FundingTimeMs = nowMs;
        int rate = RatePpm(in market);
        if (market.HasMark == 0 || rate == 0 || elapsed <= 0)
        {
            return rate;
        }
        const long Unit = Rounding.Million * PeriodMs;
        Int128 due = ((Int128)market.MarkTicks * market.AtomsPerTickLot * rate * elapsed) + market.FundingRemainder;
        Int128 whole = due / Unit;
        Int128 rest = due % Unit;
        if (rest < 0)
        {
            whole -= 1;
            rest += Unit;
        }
        market.FundingIndex += (long)whole;
        market.FundingRemainder = (long)rest;
        return rate;
    }
}
