using System;
using Surety.Core.Numerics;
using Surety.Engine.Books;
using Surety.Engine.Events;
using Surety.Engine.Funding;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Oracles;

/// <summary>
/// Mark price: the index plus a smoothed and bounded distance of the book's middle from it. One trade does not move it,
/// and the book can move it only so far, only with time.
/// </summary>
internal sealed class MarkPrices(VenueState state, EventLog events)
{
    /// <summary>Applies an index's new price to a market that follows it.</summary>
    public void Apply(int number, long indexPrice)
    {
        ref Market market = ref state.Markets.Write(number);
        long now = state.TimeNs;
        SettlementWindow.Observe(ref market, now);
        int fundingPpm = FundingAccrual.Accrue(ref market, now / 1_000_000);

        market.IndexTicks = Rounding.DivNearest(indexPrice, market.IndexUnitsPerTick);
        SmoothBasis(ref market, state.Derived.Books[number]!, now);
        long cap = Rounding.PpmFloor(Math.Abs(market.IndexTicks), market.BasisCapPpm);
        long basis = Math.Clamp(Rounding.DivNearest(market.BasisTicks16, 1 << 16), -cap, cap);
        market.MarkTicks = Math.Clamp(market.IndexTicks + basis, market.MinPriceTicks, market.MaxPriceTicks);
        market.HasMark = 1;
        market.OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
        events.Write(EventKind.MarkChanged, 0, new MarkChanged
        {
            MarkTicks = market.MarkTicks,
            IndexTicks = market.IndexTicks,
            FundingIndex = market.FundingIndex,
            Market = (ushort)number,
            FundingPpm = fundingPpm,
        });
    }

    // basis += (sample − basis) · min(elapsed, window) / window; without two sides the sample is zero.
    private static void SmoothBasis(ref Market market, OrderBook book, long now)
    {
        long cap16 = Rounding.PpmFloor(Math.Abs(market.IndexTicks), market.BasisCapPpm) << 16;
        long sample16 = book.HasBid && book.HasAsk
            ? Math.Clamp((book.BestBid + book.BestAsk - (2 * market.IndexTicks)) << 15, -cap16, cap16)
            : 0;
        long elapsedMs = Math.Min((now - market.BasisTimeNs) / 1_000_000, market.BasisWindowMs);
        market.BasisTicks16 += Rounding.MulDivFloor(sample16 - market.BasisTicks16, elapsedMs, market.BasisWindowMs);
        market.BasisTimeNs = now;
    }
}
