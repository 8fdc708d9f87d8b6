using System;
using Surety.Core.Numerics;
using Surety.Engine.Books;
using Surety.Engine.Contracts;
using Surety.Engine.Events;
using Surety.Engine.Funding;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Terms.Analysis;

namespace Surety.Engine.Oracles;

/// <summary>
/// Mark price: the index plus a smoothed and bounded distance of the book's impact prices from it. One trade does not move
/// it, a small order does not, and the book as a whole can move it only so far, only with time.
/// </summary>
internal sealed class MarkPrices(VenueState state, EventLog events, AccountMargin margin, ContractMarks contracts)
{
    /// <summary>Applies an index's new price to a market that follows it.</summary>
    public void Apply(int number, long indexPrice)
    {
        ref Market market = ref state.Markets.Write(number);
        if (market.Kind == MarketKind.Contract)
        {
            contracts.Apply(number);
            if (market.HasMark == 1)
            {
                Announce(number, ref market);
            }
            return;
        }
        long now = state.TimeNs;
        SettlementWindow.Observe(ref market, now);
        FundingAccrual.Accrue(ref market, now / 1_000_000);

        market.IndexTicks = Rounding.DivNearest(indexPrice, market.IndexUnitsPerTick);
        OrderBook book = state.Derived.Books[number]!;
        long lots = ImpactPrices.LotsFor(in market);
        bool hasBid = ImpactPrices.TryAverage16(book, Side.Sell, lots, out long bid16);
        bool hasAsk = ImpactPrices.TryAverage16(book, Side.Buy, lots, out long ask16);
        SmoothBasis(ref market, hasBid && hasAsk, bid16, ask16, now);
        if (market.Status == MarketStatus.Trading)
        {
            FundingAccrual.Sample(ref market, hasBid, bid16, hasAsk, ask16, now);
        }
        market.MarkTicks = MarkOf(in market);
        market.HasMark = 1;
        Announce(number, ref market);
    }

    /// <summary>
    /// Marks a market by its terms at the index that stands, without time passing: with the basis as it is, or <paramref name="settled"/>
    /// as the book would make it in time. An option's terms do not move its mark.
    /// </summary>
    public void Remark(int number, bool settled)
    {
        ref Market market = ref state.Markets.Write(number);
        if (market.Kind == MarketKind.Contract)
        {
            if (settled && (ContractShape)market.Shape == ContractShape.Other)
            {
                contracts.Apply(number);
            }
            return;
        }
        if (settled)
        {
            OrderBook book = state.Derived.Books[number]!;
            long lots = ImpactPrices.LotsFor(in market);
            bool hasBid = ImpactPrices.TryAverage16(book, Side.Sell, lots, out long bid16);
            bool hasAsk = ImpactPrices.TryAverage16(book, Side.Buy, lots, out long ask16);
            market.BasisTicks16 = Sample16(in market, hasBid && hasAsk, bid16, ask16);
        }
        market.MarkTicks = MarkOf(in market);
    }

    private static long MarkOf(in Market market)
    {
        long cap = Rounding.PpmFloor(Math.Abs(market.IndexTicks), market.BasisCapPpm);
        long basis = Math.Clamp(Rounding.DivNearest(market.BasisTicks16, 1 << 16), -cap, cap);
        return Math.Clamp(market.IndexTicks + basis, market.MinPriceTicks, market.MaxPriceTicks);
    }

    private void Announce(int number, ref Market market)
    {
        market.OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
        market.OpenInterestCapLots = OpenInterestCapLots(in market);
        margin.Portfolio.Refresh(number);
        events.Write(EventKind.MarkChanged, 0, new MarkChanged
        {
            MarkTicks = market.MarkTicks,
            IndexTicks = market.IndexTicks,
            FundingIndex = market.FundingIndex,
            Market = (ushort)number,
            FundingPpb = market.FundingRatePpb,
        });
    }

    // The least of the caps that are set: fixed, so many times what other venues' books hold, so many times the fund.
    private long OpenInterestCapLots(in Market market)
    {
        Int128 cap = market.OpenInterestCapAtoms > 0 ? market.OpenInterestCapAtoms : Int128.MaxValue;
        if (market.ExternalDepthAtoms > 0 && market.DepthMultiple > 0)
        {
            cap = Int128.Min(cap, (Int128)market.ExternalDepthAtoms * market.DepthMultiple);
        }
        if (market.OpenInterestFreeAtoms > 0 && market.FundMultiple > 0)
        {
            long fund = Math.Max(margin.Cross(state.Pools[market.Pool].InsuranceAccount).EquityAtoms, 0);
            cap = Int128.Min(cap, Int128.Max(market.OpenInterestFreeAtoms, (Int128)fund * market.FundMultiple));
        }
        return (long)Int128.Min(cap / MarginTiers.NotionalAtoms(in market, 1), long.MaxValue);
    }

    private static long Sample16(in Market market, bool hasBoth, long bid16, long ask16)
    {
        long cap16 = Rounding.PpmFloor(Math.Abs(market.IndexTicks), market.BasisCapPpm) << 16;
        return hasBoth ? Math.Clamp(((bid16 + ask16) / 2) - (market.IndexTicks << 16), -cap16, cap16) : 0;
    }

    // basis += (sample − basis) · min(elapsed, window) / window; without depth on both sides the sample is zero.
    private static void SmoothBasis(ref Market market, bool hasBoth, long bid16, long ask16, long now)
    {
        long sample16 = Sample16(in market, hasBoth, bid16, ask16);
        long elapsedMs = Math.Min((now - market.BasisTimeNs) / 1_000_000, market.BasisWindowMs);
        market.BasisTicks16 += Rounding.MulDivFloor(sample16 - market.BasisTicks16, elapsedMs, market.BasisWindowMs);
        market.BasisTimeNs = now;
    }
}
