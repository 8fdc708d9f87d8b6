using System;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>
/// Price, then time. Before each fill both sides are checked again: a maker who can no longer carry it loses the order, a
/// taker who cannot stops there.
/// </summary>
internal sealed partial class Matching(
    IndexedState state, EventLog events, RestingOrders resting, AccountMargin margin, PositionKeeping keeping, FeeSchedule fees,
    Aftermath aftermath)
{
    /// <summary>While prices are in doubt: orders that a taker passes over, at most, to find one that reduces.</summary>
    public const int MostPassedOver = 256;

    private readonly Rehearsal _rehearsal = new(state);

    /// <summary>Trades the order against the book up to its limit. Returns why it had to stop early, or None.</summary>
    public EndReason Match(ref Incoming taker)
    {
        OrderBook book = state.Derived.Books[taker.Market]!;
        while (taker.Lots > 0 && TryHead(in taker, book, out int slot))
        {
            bool doubtful = IsDoubtful(taker.Market);
            if (doubtful && (slot = FirstReducing(book, in taker)) < 0)
            {
                // It may not rest either: the makers that wait in front of it would be crossed.
                return EndReason.NothingToReduce;
            }
            ref readonly Order maker = ref state.Orders[slot];
            long price = maker.PriceTicks;
            if (state.Accounts[(int)maker.Account].BeneficialOwner == state.Accounts[(int)taker.Account].BeneficialOwner
                && !taker.Liquidation)
            {
                if (PreventSelfTrade(ref taker, slot))
                {
                    return EndReason.SelfTrade;
                }
                continue;
            }
            int makerRow = state.FindPosition(maker.Account, taker.Market);
            long lots = Math.Min(taker.Lots, state.ShownLots(slot));
            if (taker.IsReduceOnly)
            {
                lots = Math.Min(lots, Reducible(taker.Row, taker.Side));
                if (lots <= 0)
                {
                    return EndReason.NothingToReduce;
                }
            }
            if ((maker.Flags & OrderFlags.ReduceOnly) != 0 || doubtful)
            {
                lots = Math.Min(lots, Reducible(makerRow, maker.Side));
                if (lots <= 0)
                {
                    End(slot, EndReason.NothingToReduce);
                    continue;
                }
            }
            lots = WithinOpenInterestCap(taker.Row, makerRow, taker.Market, taker.Side, lots);
            lots = WithinOwnerLimit(taker.Row, taker.Market, taker.Side, lots);
            if (lots == 0)
            {
                return EndReason.OpenInterestCap;
            }
            lots = WithinOwnerLimit(makerRow, taker.Market, maker.Side, lots);
            if (lots == 0)
            {
                End(slot, EndReason.OpenInterestCap);
                continue;
            }
            long cost = lots * price * state.Markets[taker.Market].AtomsPerTickLot;
            long makerFee = fees.MakerFee(maker.Account, Math.Abs(cost));
            long takerFee = fees.TakerFee(taker.Account, Math.Abs(cost));
            if (!CanCarry(makerRow, in maker, lots, price, makerFee))
            {
                End(slot, EndReason.MarginShort);
                continue;
            }
            if (!taker.Liquidation && !CanCarry(in taker, lots, price, takerFee))
            {
                return EndReason.MarginShort;
            }
            Fill(ref taker, slot, makerRow, lots, price, cost, takerFee, makerFee);
        }
        return EndReason.None;
    }

    /// <summary>Lots by which a position could shrink on a side.</summary>
    public long Reducible(int row, Side side)
    {
        long lots = state.Positions[row].Lots;
        return Math.Max(side == Side.Buy ? -lots : lots, 0);
    }

    /// <summary>
    /// Lots of an order that would trade now: the match itself, run on the rows and taken back. What is all or nothing is
    /// decided by this, so that it asks exactly what its fills will ask.
    /// </summary>
    public long Rehearse(Incoming taker)
    {
        if (IsDoubtful(taker.Market) || !state.Derived.Books[taker.Market]!.Crosses(taker.Side, taker.LimitTicks))
        {
            return 0;
        }
        _rehearsal.Begin(in taker);
        OrderChecks.CountIncoming(ref state.Derived.OpenOrders[taker.Row], in taker, taker.Lots);
        Match(ref taker);
        _rehearsal.Undo();
        return taker.FilledLots;
    }

    private bool TryHead(in Incoming taker, OrderBook book, out int slot)
    {
        if (_rehearsal.IsOn)
        {
            return _rehearsal.TryHead(taker.LimitTicks, out slot);
        }
        slot = book.Crosses(taker.Side, taker.LimitTicks) ? book.First(book.BestOpposite(taker.Side)) : -1;
        return slot >= 0;
    }

    private void End(int slot, EndReason reason)
    {
        if (_rehearsal.IsOn)
        {
            _rehearsal.End(slot);
        }
        else
        {
            resting.End(slot, reason);
        }
    }

    // Takes lots off an order that rests; an iceberg that shows none comes back behind its queue.
    private void Shrink(int slot, long lots, bool filled)
    {
        if (_rehearsal.IsOn)
        {
            _rehearsal.Shrink(slot, lots, filled);
        }
        else
        {
            resting.Shrink(slot, lots, filled);
        }
        if (state.Orders[slot].OpenLots == 0 || state.ShownLots(slot) != 0)
        {
            return;
        }
        if (_rehearsal.IsOn)
        {
            _rehearsal.RefillIceberg(slot);
        }
        else
        {
            resting.RefillIceberg(slot);
        }
    }

    // While the price is in doubt no risk grows, a maker's neither: what was quoted against is not known.
    private bool IsDoubtful(int market) => (state.Markets[market].Causes & MarketCauses.OracleDoubt) != 0;

    // The first order in price, then time, that would only reduce, among so many. Those passed over keep their places: a lot that
    // one account closes must not clear a book of its makers.
    private int FirstReducing(OrderBook book, in Incoming taker)
    {
        Side makerSide = taker.Side == Side.Buy ? Side.Sell : Side.Buy;
        long price = book.BestOpposite(taker.Side);
        int looked = 0;
        do
        {
            for (int slot = book.First(price); slot >= 0; slot = book.Next(slot))
            {
                if (Reducible(state.FindPosition(state.Orders[slot].Account, taker.Market), makerSide) > 0)
                {
                    return slot;
                }
                if (++looked == MostPassedOver)
                {
                    return -1;
                }
            }
        }
        while (book.TryNextPrice(makerSide, price, out price)
            && (taker.Side == Side.Buy ? price <= taker.LimitTicks : price >= taker.LimitTicks));
        return -1;
    }

    // True when the taker ends.
    private bool PreventSelfTrade(ref Incoming taker, int slot)
    {
        switch (taker.SelfTrade)
        {
            case SelfTradePrevention.CancelOldest:
                End(slot, EndReason.SelfTrade);
                return false;
            case SelfTradePrevention.CancelBoth:
                End(slot, EndReason.SelfTrade);
                return true;
            case SelfTradePrevention.Decrement:
                long open = state.Orders[slot].OpenLots;
                long lots = Math.Min(taker.Lots, open);
                Release(ref taker, lots);
                if (lots == open)
                {
                    End(slot, EndReason.SelfTrade);
                }
                else
                {
                    Shrink(slot, lots, filled: false);
                }
                WriteDecremented(in taker, slot, stays: lots < open);
                return taker.Lots == 0;
            default:
                return true;
        }
    }

    // No trade says that these lots are gone. Of an order that ends here, its end says it.
    private void WriteDecremented(in Incoming taker, int slot, bool stays)
    {
        if (_rehearsal.IsOn)
        {
            return;
        }
        if (stays)
        {
            ref readonly Order order = ref state.Orders[slot];
            resting.WriteAmended(order.Account, order.Id, order.PriceTicks, order.OpenLots);
        }
        resting.WriteAmended(taker.Account, taker.OrderId, taker.LimitTicks, taker.Lots);
    }

    private void Fill(ref Incoming taker, int slot, int makerRow, long lots, long price, long cost, long takerFee, long makerFee)
    {
        ref readonly Order maker = ref state.Orders[slot];
        uint makerAccount = maker.Account;
        ulong makerId = maker.Id;
        Invariant.Assert(lots > 0 && lots <= taker.Lots && lots <= maker.OpenLots, "a fill has more lots than one of its orders");
        Invariant.Assert(maker.Side != taker.Side && (maker.Side == Side.Buy ? price <= maker.PriceTicks : price >= maker.PriceTicks),
            "a fill is worse than its maker's limit");
        Invariant.Assert(taker.Liquidation
            || state.Accounts[(int)makerAccount].BeneficialOwner != state.Accounts[(int)taker.Account].BeneficialOwner,
            "a person trades with themself");
        long signed = taker.Signed(lots);
        long signedCost = taker.Signed(1) * cost;
        ref Market market = ref state.Markets.Write(taker.Market);
        if (_rehearsal.IsOn)
        {
            _rehearsal.Keep(taker.Account, taker.Row);
            _rehearsal.Keep(makerAccount, makerRow);
        }

        keeping.Trade(taker.Row, taker.Market, signed, signedCost);
        keeping.Trade(makerRow, taker.Market, -signed, -signedCost);
        keeping.Fee(taker.Row, market.Pool, takerFee);
        keeping.Fee(makerRow, market.Pool, makerFee);
        Invariant.Assert(takerFee + makerFee >= 0, "a fill pays out more in rebates than it brings in fees");
        fees.AddVolume(taker.Account, Math.Abs(cost));
        fees.AddVolume(makerAccount, Math.Abs(cost));

        market.LastTicks = price;
        market.HasLast = 1;
        market.TradeCount++;
        market.VolumeLots += lots;
        market.OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
        if (!_rehearsal.IsOn)
        {
            if (state.Derived.TriggerBooks[taker.Market]!.Count != 0)
            {
                aftermath.PriceChanges.Enqueue(taker.Market);
            }
            events.Write(EventKind.Trade, taker.Account, new Trade
            {
                TradeId = ++state.Venue.Write(0).Trades,
                PriceTicks = price,
                Lots = lots,
                TakerOrder = taker.OrderId,
                MakerOrder = makerId,
                TakerFeeAtoms = takerFee,
                MakerFeeAtoms = makerFee,
                MakerAccount = makerAccount,
                Market = (ushort)taker.Market,
                TakerSide = taker.Side,
                Liquidation = taker.Liquidation ? (byte)1 : (byte)0,
            });
        }

        Release(ref taker, lots);
        taker.FilledLots += lots;
        SettleResting(slot, makerRow, lots);
        EndOther(taker.Account, taker.OneCancelsOther);
    }

    // What a fill does to an order that rests: its other half, its quote's protection, its lots, its end.
    private void SettleResting(int slot, int row, long lots)
    {
        ref readonly Order order = ref state.Orders[slot];
        uint account = order.Account;
        ulong other = (order.Flags & OrderFlags.HasDetails) != 0 ? state.OrderDetails[slot].OneCancelsOther : 0;
        if ((order.Flags & OrderFlags.Quote) != 0 && !_rehearsal.IsOn)
        {
            CountQuoteFill(account, row, order.Side == Side.Buy ? lots : -lots);
        }
        Shrink(slot, lots, filled: true);
        if (state.Orders[slot].OpenLots == 0)
        {
            End(slot, EndReason.Filled);
        }
        EndOther(account, other);
    }

    // The other half ends with the first fill, before there is another: both may cross in one match or one auction. A trigger
    // cannot trade before the step is concluded, which ends other halves first.
    private void EndOther(uint account, ulong other)
    {
        if (other == 0)
        {
            return;
        }
        if (resting.Find(account, other) is var slot and >= 0)
        {
            End(slot, EndReason.OneCancelsOther);
        }
        else if (!_rehearsal.IsOn && (other & OrderIds.KindMask) != 0)
        {
            aftermath.OneCancelsOther.Enqueue((account, other));
        }
    }

    private void CountQuoteFill(uint account, int row, long signedLots)
    {
        ref readonly QuoteProtection current = ref state.QuoteProtections[row];
        if (current.WindowNs == 0)
        {
            return;
        }
        ref QuoteProtection protection = ref state.QuoteProtections.Write(row);
        long now = state.TimeNs;
        if (now - protection.WindowStartNs >= protection.WindowNs)
        {
            protection.WindowStartNs = now;
            protection.FilledLots = 0;
            protection.NetLots = 0;
        }
        protection.FilledLots += Math.Abs(signedLots);
        protection.NetLots += signedLots;
        if (protection.FilledLots >= protection.LotsLimit || Math.Abs(protection.NetLots) >= protection.DeltaLimit)
        {
            protection.FrozenUntilNs = now + protection.FreezeNs;
            aftermath.QuotePulls.Enqueue((account, row));
        }
    }

    // The taker's remaining lots, and what they reserve, go down.
    private void Release(ref Incoming taker, long lots)
    {
        taker.Lots -= lots;
        Invariant.Assert(taker.Lots >= 0, "more of an order trades than it has");
        if (!taker.IsReduceOnly && !taker.Resting)
        {
            ref OpenOrders open = ref state.Derived.OpenOrders[taker.Row];
            if (taker.Side == Side.Buy)
            {
                open.BuyLots -= lots;
                open.BuyReserve -= lots * taker.ReserveTicks;
            }
            else
            {
                open.SellLots -= lots;
                open.SellReserve -= lots * taker.ReserveTicks;
            }
        }
    }

    private bool CanCarry(int row, in Order maker, long lots, long price, long fee)
    {
        OpenOrders after = state.Derived.OpenOrders[row];
        after.Count(in maker, -lots);
        return CanCarry(row, maker.Market, maker.Side == Side.Buy ? lots : -lots, price, fee, in after);
    }

    private bool CanCarry(in Incoming taker, long lots, long price, long fee)
    {
        OpenOrders after = state.Derived.OpenOrders[taker.Row];
        if (!taker.IsReduceOnly)
        {
            long reserve = lots * taker.ReserveTicks;
            if (taker.Side == Side.Buy)
            {
                after.BuyLots -= lots;
                after.BuyReserve -= reserve;
            }
            else
            {
                after.SellLots -= lots;
                after.SellReserve -= reserve;
            }
        }
        return CanCarry(taker.Row, taker.Market, taker.Signed(lots), price, fee, in after);
    }

    // Lots that may trade so that open interest stays within its cap: what closes on either side always may.
    private long WithinOpenInterestCap(int takerRow, int makerRow, int marketNumber, Side takerSide, long lots)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        long room = state.Derived.OpenInterest.RoomLots(in market);
        if (lots <= room)
        {
            return lots;
        }
        Side makerSide = takerSide == Side.Buy ? Side.Sell : Side.Buy;
        long closing = Math.Max(Reducible(takerRow, takerSide), Reducible(makerRow, makerSide));
        return Math.Min(lots, closing + Math.Max(room, 0));
    }

    // Lots that may trade so that the accounts of one person stay within the market's position limit on its index: what closes always may.
    private long WithinOwnerLimit(int row, int market, Side side, long lots)
    {
        long room = state.Derived.OwnerPositions.RoomBesides(row, market, side);
        return lots <= room ? lots : Math.Min(lots, Reducible(row, side) + Math.Max(room, 0));
    }

    // After the fill maintenance margin must be covered, and initial margin too. A fill that only reduces and needs no more margin may
    // leave it uncovered where it was, and where a loss that it realises no longer nets profit. Below maintenance an account may only
    // get better.
    private bool CanCarry(int row, int marketNumber, long signedLots, long price, long fee, in OpenOrders openAfter)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        ref readonly Position position = ref state.Positions[row];
        Health before = margin.OfPosition(row);
        Requirement more = margin.Change(row, marketNumber, position.Lots + signedLots, in openAfter);
        long gain = (signedLots * (market.MarkTicks - price) * market.AtomsPerTickLot) - fee;
        long equity = before.EquityAtoms + gain;
        long maintenance = before.MaintenanceAtoms + more.MaintenanceAtoms;
        bool shrinks = Math.Abs(position.Lots + signedLots) < Math.Abs(position.Lots);
        if (equity >= maintenance)
        {
            long initial = before.InitialAtoms + more.InitialAtoms;
            bool net = before.OpeningAtoms + Math.Min(gain, 0) >= initial;
            bool reduces = shrinks && more.InitialAtoms <= 0 && Math.Abs(signedLots) <= Math.Abs(position.Lots);
            return reduces
                ? net || !before.CoversInitial
                : net && margin.OpeningAfterFill(row, in market, in before, signedLots, price, fee) >= initial;
        }
        return !before.CoversMaintenance && shrinks && equity - maintenance >= before.EquityAtoms - before.MaintenanceAtoms;
    }
}
