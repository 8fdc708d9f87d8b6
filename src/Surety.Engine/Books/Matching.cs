using System;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Books;

/// <summary>
/// Price, then time. Before each fill both sides are checked again: a maker who can no longer carry it loses the order, a
/// taker who cannot stops there.
/// </summary>
internal sealed class Matching(
    VenueState state, EventLog events, RestingOrders resting, AccountMargin margin, PositionKeeping keeping, FeeSchedule fees, Aftermath aftermath)
{
    /// <summary>While prices are in doubt: orders that a taker passes over, at most, to find one that reduces.</summary>
    public const int MostPassedOver = 256;

    /// <summary>Trades the order against the book up to its limit. Returns why it had to stop early, or None.</summary>
    public EndReason Match(ref Incoming taker)
    {
        OrderBook book = state.Derived.Books[taker.Market]!;
        while (taker.Lots > 0 && book.Crosses(taker.Side, taker.LimitTicks))
        {
            bool doubtful = IsDoubtful(taker.Market);
            int slot = doubtful ? FirstReducing(book, in taker) : book.First(book.BestOpposite(taker.Side));
            if (slot < 0)
            {
                // It may not rest either: the makers that wait in front of it would be crossed.
                return EndReason.NothingToReduce;
            }
            ref readonly Order maker = ref state.Orders[slot];
            long price = maker.PriceTicks;
            if (state.Accounts[(int)maker.Account].Owner == state.Accounts[(int)taker.Account].Owner && !taker.Liquidation)
            {
                if (PreventSelfTrade(ref taker, slot))
                {
                    return EndReason.SelfTrade;
                }
                continue;
            }
            int makerRow = state.FindPosition(maker.Account, taker.Market);
            long lots = Math.Min(taker.Lots, RestingOrders.ShownLots(state, slot));
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
                    resting.End(slot, EndReason.NothingToReduce);
                    continue;
                }
            }
            lots = WithinOpenInterestCap(taker.Row, makerRow, taker.Market, taker.Side, lots);
            if (lots == 0)
            {
                return EndReason.OpenInterestCap;
            }
            long cost = lots * price * state.Markets[taker.Market].AtomsPerTickLot;
            long makerFee = fees.MakerFee(maker.Account, Math.Abs(cost));
            long takerFee = fees.TakerFee(taker.Account, Math.Abs(cost));
            bool wholeOnly = taker.TimeInForce == TimeInForce.FillOrKill;
            if (!CanCarry(makerRow, in maker, lots, price, makerFee, wholeOnly))
            {
                resting.End(slot, EndReason.MarginShort);
                continue;
            }
            if (!taker.Liquidation && !CanCarry(in taker, lots, price, takerFee, wholeOnly))
            {
                return EndReason.MarginShort;
            }
            Fill(ref taker, slot, makerRow, lots, price, cost, takerFee, makerFee);
        }
        return EndReason.None;
    }

    /// <summary>
    /// Trades two resting orders with each other at an auction's price. One whose account cannot carry it, or that has
    /// nothing left to reduce, ends instead; of two orders of one owner the newer ends.
    /// </summary>
    public long FillResting(int buySlot, int sellSlot, long price)
    {
        Order buy = state.Orders[buySlot];
        Order sell = state.Orders[sellSlot];
        if (state.Accounts[(int)buy.Account].Owner == state.Accounts[(int)sell.Account].Owner)
        {
            resting.End(buy.Priority > sell.Priority ? buySlot : sellSlot, EndReason.SelfTrade);
            return 0;
        }
        int buyRow = state.FindPosition(buy.Account, buy.Market);
        int sellRow = state.FindPosition(sell.Account, sell.Market);
        long buyLots = (buy.Flags & OrderFlags.ReduceOnly) == 0 ? buy.OpenLots : Reducible(buyRow, Side.Buy);
        long sellLots = (sell.Flags & OrderFlags.ReduceOnly) == 0 ? sell.OpenLots : Reducible(sellRow, Side.Sell);
        if (buyLots <= 0 || sellLots <= 0)
        {
            resting.End(buyLots <= 0 ? buySlot : sellSlot, EndReason.NothingToReduce);
            return 0;
        }
        long lots = Math.Min(Math.Min(buyLots, RestingOrders.ShownLots(state, buySlot)), Math.Min(sellLots, RestingOrders.ShownLots(state, sellSlot)));
        lots = WithinOpenInterestCap(buyRow, sellRow, buy.Market, Side.Buy, lots);
        if (lots == 0)
        {
            resting.End(buySlot, EndReason.OpenInterestCap);
            resting.End(sellSlot, EndReason.OpenInterestCap);
            return 0;
        }
        long cost = lots * price * state.Markets[buy.Market].AtomsPerTickLot;
        long buyFee = fees.MakerFee(buy.Account, Math.Abs(cost));
        long sellFee = fees.MakerFee(sell.Account, Math.Abs(cost));
        bool buyCarries = CanCarry(buyRow, in buy, lots, price, buyFee, wholeOnly: false);
        bool sellCarries = CanCarry(sellRow, in sell, lots, price, sellFee, wholeOnly: false);
        if (!buyCarries || !sellCarries)
        {
            resting.End(buyCarries ? sellSlot : buySlot, EndReason.MarginShort);
            return 0;
        }
        var taker = new Incoming { OrderId = buy.Id, Lots = lots, Account = buy.Account, Row = buyRow, Market = buy.Market, Side = Side.Buy, Resting = true };
        Fill(ref taker, sellSlot, sellRow, lots, price, cost, buyFee, sellFee);
        SettleResting(buySlot, buyRow, lots);
        return lots;
    }

    /// <summary>Lots by which a position could shrink on a side.</summary>
    public long Reducible(int row, Side side)
    {
        long lots = state.Positions[row].Lots;
        return Math.Max(side == Side.Buy ? -lots : lots, 0);
    }

    /// <summary>
    /// Lots that are certain to fill within the limit, up to what is wanted. Makers are counted only when they could carry
    /// all their orders on that side at the worst price offered, so that a fill-or-kill that passes cannot fail midway.
    /// </summary>
    public long FillableLots(in Incoming taker)
    {
        OrderBook book = state.Derived.Books[taker.Market]!;
        if (IsDoubtful(taker.Market) || !book.Crosses(taker.Side, taker.LimitTicks))
        {
            return 0;
        }
        long wanted = taker.IsReduceOnly ? Math.Min(taker.Lots, Reducible(taker.Row, taker.Side)) : taker.Lots;
        uint owner = state.Accounts[(int)taker.Account].Owner;
        Side makerSide = taker.Side == Side.Buy ? Side.Sell : Side.Buy;
        long best = book.BestOpposite(taker.Side);
        long price = best;
        long found = 0;
        do
        {
            for (int slot = book.First(price); slot >= 0 && found < wanted; slot = book.Next(slot))
            {
                ref readonly Order maker = ref state.Orders[slot];
                if (state.Accounts[(int)maker.Account].Owner == owner)
                {
                    if (taker.SelfTrade != SelfTradePrevention.CancelOldest)
                    {
                        return found;
                    }
                }
                else if ((maker.Flags & OrderFlags.ReduceOnly) == 0 && CanCarryAll(in maker, best))
                {
                    // What an iceberg hides comes back behind the queue, where an order of the taker's own may stand before it.
                    found += RestingOrders.ShownLots(state, slot);
                }
            }
        }
        while (found < wanted && book.TryNextPrice(makerSide, price, out price)
            && (taker.Side == Side.Buy ? price <= taker.LimitTicks : price >= taker.LimitTicks));
        return found >= wanted && !CarriesWhole(in taker, wanted) ? 0 : Math.Min(found, wanted);
    }

    // Whether the taker stands after all of it at its limit: slack is concave in the lots traded, so it then stands on the way.
    private bool CarriesWhole(in Incoming taker, long lots)
    {
        long notional = lots * Math.Abs(taker.LimitTicks) * state.Markets[taker.Market].AtomsPerTickLot;
        long fee = fees.TakerFee(taker.Account, notional) + lots;
        return margin.OfPosition(taker.Row).CoversMaintenance && CanCarry(in taker, lots, taker.LimitTicks, fee, wholeOnly: true);
    }

    // While the price is in doubt nobody's risk grows, a maker's neither, who cannot know what he quoted against.
    private bool IsDoubtful(int market) => (state.Markets[market].Causes & MarketCauses.OracleDoubt) != 0;

    // The first order in price, then time, that would only reduce, among so many. Those passed over keep their places: a lot that
    // somebody closes must not clear a book of its makers.
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
        while (book.TryNextPrice(makerSide, price, out price) && (taker.Side == Side.Buy ? price <= taker.LimitTicks : price >= taker.LimitTicks));
        return -1;
    }

    // True when the taker ends.
    private bool PreventSelfTrade(ref Incoming taker, int slot)
    {
        switch (taker.SelfTrade)
        {
            case SelfTradePrevention.CancelOldest:
                resting.End(slot, EndReason.SelfTrade);
                return false;
            case SelfTradePrevention.CancelBoth:
                resting.End(slot, EndReason.SelfTrade);
                return true;
            case SelfTradePrevention.Decrement:
                long open = state.Orders[slot].OpenLots;
                long lots = Math.Min(taker.Lots, open);
                Release(ref taker, lots);
                if (lots == open)
                {
                    resting.End(slot, EndReason.SelfTrade);
                }
                else
                {
                    resting.Shrink(slot, lots, filled: false);
                    if (RestingOrders.ShownLots(state, slot) == 0)
                    {
                        resting.RefillIceberg(slot);
                    }
                }
                return taker.Lots == 0;
            default:
                return true;
        }
    }

    private void Fill(ref Incoming taker, int slot, int makerRow, long lots, long price, long cost, long takerFee, long makerFee)
    {
        ref readonly Order maker = ref state.Orders[slot];
        uint makerAccount = maker.Account;
        ulong makerId = maker.Id;
        long signed = taker.Signed(lots);
        long signedCost = taker.Signed(1) * cost;
        ref Market market = ref state.Markets.Write(taker.Market);

        keeping.Trade(taker.Row, taker.Market, signed, signedCost);
        keeping.Trade(makerRow, taker.Market, -signed, -signedCost);
        keeping.Fee(taker.Row, market.Pool, takerFee);
        keeping.Fee(makerRow, market.Pool, makerFee);
        fees.AddVolume(taker.Account, Math.Abs(cost));
        fees.AddVolume(makerAccount, Math.Abs(cost));

        market.LastTicks = price;
        market.HasLast = 1;
        market.TradeCount++;
        market.VolumeLots += lots;
        market.OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
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

        Release(ref taker, lots);
        taker.FilledLots += lots;
        SettleResting(slot, makerRow, lots);
    }

    // What a fill does to an order that rests: its other half, its quote's protection, its lots, its end.
    private void SettleResting(int slot, int row, long lots)
    {
        ref readonly Order order = ref state.Orders[slot];
        if ((order.Flags & OrderFlags.HasDetails) != 0 && state.OrderDetails[slot].OneCancelsOther is var other and not 0)
        {
            aftermath.OneCancelsOther.Enqueue((order.Account, other));
        }
        if ((order.Flags & OrderFlags.Quote) != 0)
        {
            CountQuoteFill(order.Account, row, order.Side == Side.Buy ? lots : -lots);
        }
        resting.Shrink(slot, lots, filled: true);
        if (state.Orders[slot].OpenLots == 0)
        {
            resting.End(slot, EndReason.Filled);
        }
        else if (RestingOrders.ShownLots(state, slot) == 0)
        {
            resting.RefillIceberg(slot);
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

    private bool CanCarry(int row, in Order maker, long lots, long price, long fee, bool wholeOnly)
    {
        OpenOrders after = state.Derived.OpenOrders[row];
        RestingOrders.Count(ref after, in maker, -lots);
        return CanCarry(row, maker.Market, maker.Side == Side.Buy ? lots : -lots, price, fee, in after, wholeOnly);
    }

    private bool CanCarry(in Incoming taker, long lots, long price, long fee, bool wholeOnly)
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
        return CanCarry(taker.Row, taker.Market, taker.Signed(lots), price, fee, in after, wholeOnly);
    }

    // Lots that may trade so that open interest stays within its cap: what closes on either side always may.
    private long WithinOpenInterestCap(int takerRow, int makerRow, int marketNumber, Side takerSide, long lots)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        if (market.OpenInterestLots + lots <= market.OpenInterestCapLots)
        {
            return lots;
        }
        Side makerSide = takerSide == Side.Buy ? Side.Sell : Side.Buy;
        long closing = Math.Max(Reducible(takerRow, takerSide), Reducible(makerRow, makerSide));
        return Math.Min(lots, closing + Math.Max(market.OpenInterestCapLots - market.OpenInterestLots, 0));
    }

    // After the fill maintenance margin must be covered, and initial margin unless it was not covered before. An account
    // that is already below maintenance may only get better. A fill-or-kill, whose makers were checked as a whole, asks
    // for maintenance alone, so that open interest growing under its own fills cannot stop it midway.
    private bool CanCarry(int row, int marketNumber, long signedLots, long price, long fee, in OpenOrders openAfter, bool wholeOnly)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        ref readonly Position position = ref state.Positions[row];
        Health before = margin.OfPosition(row);
        Requirement more = margin.Change(row, marketNumber, position.Lots + signedLots, in openAfter);
        long gain = (signedLots * (market.MarkTicks - price) * market.AtomsPerTickLot) - fee;
        long equity = before.EquityAtoms + gain;
        long maintenance = before.MaintenanceAtoms + more.MaintenanceAtoms;
        if (equity >= maintenance)
        {
            return wholeOnly || !before.CoversInitial
                || before.OpeningAtoms + Math.Min(gain, 0) >= before.InitialAtoms + more.InitialAtoms;
        }
        return !before.CoversMaintenance
            && Math.Abs(position.Lots + signedLots) < Math.Abs(position.Lots)
            && equity - maintenance >= before.EquityAtoms - before.MaintenanceAtoms;
    }

    private bool CanCarryAll(in Order maker, long bestPrice)
    {
        int row = state.FindPosition(maker.Account, maker.Market);
        ref readonly Market market = ref state.Markets[maker.Market];
        ref readonly OpenOrders open = ref state.Derived.OpenOrders[row];
        bool buys = maker.Side == Side.Buy;
        if ((buys ? open.SellReserve : open.BuyReserve) != 0)
        {
            return false;
        }
        long lots = buys ? open.BuyLots : open.SellLots;
        long lossTicks = Math.Max(buys ? bestPrice - market.MarkTicks : market.MarkTicks - bestPrice, 0);
        Health health = margin.OfPosition(row);
        long notional = lots * Math.Max(Math.Abs(bestPrice), Math.Abs(market.MarkTicks)) * market.AtomsPerTickLot;
        long worst = health.OpeningAtoms - (lots * lossTicks * market.AtomsPerTickLot) - Math.Max(0, fees.MakerFee(maker.Account, notional));
        return worst >= health.InitialAtoms;
    }
}
