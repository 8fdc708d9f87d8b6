using System;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Marks;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Settlement;

/// <summary>
/// A market's end: orders cancelled, every position closed, in one step; a dated future's at the mean index of its last half hour, within
/// its price limits.
/// </summary>
internal sealed class Expiry(IndexedState state, EventLog events, OrderEntry entry, ConditionalOrders conditional, PositionKeeping keeping)
{
    /// <summary>Settles a dated future that is due, on a price that the oracle stands behind. True when it has.</summary>
    public bool Settle(int number)
    {
        ref Market market = ref state.Markets.Write(number);
        if (market.Status == MarketStatus.Expired || market.ExpiryNs > state.TimeNs)
        {
            return false;
        }
        if (state.Indexes[market.Index].State is not (PriceState.Good or PriceState.Wide))
        {
            // No settlement on a price in doubt: it is tried again each minute.
            state.Derived.Timers.Add(DueTimes.NextTry(market.ExpiryNs, state.TimeNs), TimerKind.MarketExpiry, (ulong)number);
            return false;
        }
        SettlementWindow.Observe(ref market, market.ExpiryNs);
        SettleAt(number, SettlementWindow.MeanTicks(in market));
        return true;
    }

    /// <summary>Closes every position of a market at a price within its limits, for good.</summary>
    public void SettleAt(int number, long price)
    {
        ref Market market = ref state.Markets.Write(number);
        Invariant.Assert(market.Status != MarketStatus.Expired, "a market settles twice");
        price = Math.Clamp(price, market.MinPriceTicks, market.MaxPriceTicks);
        market.MarkTicks = price;
        market.Status = MarketStatus.Expired;
        events.Write(EventKind.MarketSettled, 0, new MarketSettled { PriceTicks = price, Market = (ushort)number });
        conditional.EndAll(account: null, number, EndReason.MarketClosed);
        int perAccount = state.PositionsPerAccount;
        int rows = state.Counts.Accounts * perAccount;
        for (int row = 0; row < rows; row++)
        {
            if (state.Derived.MarketOfPosition[row] != number + 1)
            {
                continue;
            }
            uint account = (uint)(row / perAccount);
            entry.EndAll(account, number, EndReason.MarketClosed);
            Position position = state.Positions[row];
            if (position.Lots == 0)
            {
                continue;
            }
            long value = position.Lots * price * market.AtomsPerTickLot;
            keeping.Trade(row, number, -position.Lots, -value);
            Invariant.Assert(state.Positions[row].Lots == 0 && state.Derived.OpenOrders[row].OrderCount == 0,
                "a settled position has lots or orders");
            events.Write(EventKind.PositionSettled, account, new PositionSettled
            {
                Lots = position.Lots,
                ProfitAtoms = value - position.EntryCostAtoms,
                Market = (ushort)number,
            });
            state.ReleasePositionIfEmpty(row);
        }
        Invariant.Assert(market.OpenInterestLots == 0 && market.ClearingAtoms == 0, "a settled market owes or is owed");
    }
}
