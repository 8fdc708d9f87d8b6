using System;
using Surety.Core.Numerics;
using Surety.Engine.Events;
using Surety.Engine.Funding;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Oracles;

/// <summary>
/// Mark price: the index plus a smoothed and bounded distance of the book's impact prices from it. One trade does not move
/// it, a small order does not, and the book as a whole can move it only so far, only with time, and only with depth that grows
/// with the open interest. A dated future's index is, within its settlement window, what the window's mean will be if the
/// index stands.
/// </summary>
internal sealed class MarkPrices(IndexedState state, EventLog events, AccountMargin margin, ContractMarks contracts)
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

        market.UnderlyingTicks = Rounding.DivNearest(indexPrice, market.IndexUnitsPerTick);
        market.IndexTicks = SettlementWindow.ExpectedTicks(in market, now);
        OrderBook book = state.Derived.Books[number]!;
        long cap = CapTicks(in market, now);
        Basis.Smooth(ref market, Sample16(number, in market, cap), market.BasisWindowMs, now);
        if (market.Status == MarketStatus.Trading && market.Kind == MarketKind.LinearPerpetual)
        {
            long lots = ImpactPrices.LotsFor(in market);
            bool hasBid = ImpactPrices.TryAverage16(book, Side.Sell, lots, out long bid16);
            bool hasAsk = ImpactPrices.TryAverage16(book, Side.Buy, lots, out long ask16);
            FundingAccrual.Sample(ref market, hasBid, bid16, hasAsk, ask16, now);
        }
        market.MarkTicks = MarkOf(in market, cap);
        market.HasMark = 1;
        Invariant.Assert(market.MarkTicks >= market.MinPriceTicks && market.MarkTicks <= market.MaxPriceTicks,
            "a mark is outside its market's prices");
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
            market.BasisTicks16 = Sample16(number, in market, CapTicks(in market, state.TimeNs));
        }
        market.MarkTicks = MarkOf(in market, CapTicks(in market, state.TimeNs));
    }

    // How far mark may stand from index, ticks. The basis ends with the settlement window: what has been fixed is not traded any more.
    private static long CapTicks(in Market market, long now) =>
        Rounding.PpmFloor(Rounding.PpmFloor(Math.Abs(market.IndexTicks), market.BasisCapPpm),
            (int)SettlementWindow.OpenPpm(in market, now));

    private long Sample16(int number, in Market market, long cap) =>
        ImpactPrices.TryMiddle16(state.Derived.Books[number]!, ImpactPrices.MarkLotsFor(in market), out long middle16)
            ? Math.Clamp(middle16 - (market.IndexTicks << 16), -(cap << 16), cap << 16) : 0;

    private static long MarkOf(in Market market, long cap)
    {
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
}
