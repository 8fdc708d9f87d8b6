using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>Orders from the outside: checked in the order of <see cref="RefusalCode"/>, then placed, amended or cancelled.</summary>
internal sealed partial class OrderEntry(
    IndexedState state, EventLog events, RestingOrders resting, Matching matching, OrderChecks checks)
{
    private const long NsPerDay = 86_400_000_000_000;

    public Refusal Place(in PlaceOrder command)
    {
        Refusal refusal = Read(in command, out Incoming order);
        return !refusal.IsNone ? refusal : Submit(ref order);
    }

    private Refusal Read(in PlaceOrder command, out Incoming order)
    {
        order = default;
        Refusal refusal = checks.CheckMarket(command.Header.Account, command.Market, (command.Options & OrderOptions.ReduceOnly) != 0);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        ref readonly Market market = ref state.Markets[command.Market];
        bool isMarket = (command.Options & OrderOptions.Market) != 0;
        refusal = OrderChecks.CheckTerms(in command, isMarket);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        long limit = isMarket && command.NoProtection == 1 ? OrderChecks.ProtectionPrice(in market, command.Side) : command.PriceTicks;
        refusal = OrderChecks.CheckPriceAndLots(in market, limit, command.Lots);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (command.DisplayLots < 0 || command.DisplayLots > command.Lots)
        {
            return Refusal.LotsOutOfRange(command.Lots);
        }
        refusal = OrderChecks.CheckDisplay(command.DisplayLots, command.Lots);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        long expires = command.TimeInForce switch
        {
            TimeInForce.GoodTillTime => command.GoodTillNs,
            TimeInForce.Day => ((state.TimeNs / NsPerDay) + 1) * NsPerDay,
            _ => 0,
        };
        if (command.TimeInForce == TimeInForce.GoodTillTime && expires <= state.TimeNs)
        {
            return Refusal.GoodTillPassed(expires);
        }
        refusal = checks.CheckClientOrderId(command.Header.Account, command.ClientOrderId, command.OneCancelsOther);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        order = new Incoming
        {
            ClientOrderId = command.ClientOrderId,
            OneCancelsOther = command.OneCancelsOther,
            LimitTicks = limit,
            Lots = command.Lots,
            DisplayLots = command.DisplayLots == command.Lots ? 0 : command.DisplayLots,
            ExpiresNs = expires,
            Account = command.Header.Account,
            Market = command.Market,
            Flags = OrderChecks.FlagsOf(command.Options, command.Side, command.SelfTrade),
            Side = command.Side,
            TimeInForce = command.TimeInForce,
            SelfTrade = command.SelfTrade,
        };
        return Refusal.None;
    }

    /// <summary>
    /// The part of placing that is the same for every origin: room, limits, post-only, fill-or-kill, margin; then matching.
    /// </summary>
    public Refusal Submit(ref Incoming order)
    {
        Refusal refusal = Check(ref order, out int slot);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        ref readonly Market market = ref state.Markets[order.Market];
        OrderBook book = state.Derived.Books[order.Market]!;
        bool auction = market.Status == MarketStatus.Auction;

        // Point of no return.
        state.Derived.OrderSlots.Take(slot);
        state.Derived.Owners.Of(order.Account).Orders++;
        ref VenueCounters venue = ref state.Venue.Write(0);
        order.OrderId = OrderIds.Make(0, ++venue.Orders, slot);
        resting.RememberClientOrder(order.Account, order.ClientOrderId, order.OrderId);
        resting.LinkOther(order.OneCancelsOther, order.OrderId);
        ref OpenOrders open = ref state.Derived.OpenOrders[order.Row];
        open.OrderCount++;
        OrderChecks.CountIncoming(ref open, in order, order.Lots);
        events.Write(EventKind.OrderPlaced, order.Account, new OrderPlaced
        {
            OrderId = order.OrderId,
            ClientOrderId = order.ClientOrderId,
            PriceTicks = order.LimitTicks,
            Lots = order.Lots,
            Market = (ushort)order.Market,
            Flags = order.Flags,
            Parent = order.Parent,
        });
        order.Flags |= auction && book.Crosses(order.Side, order.LimitTicks) ? OrderFlags.Auction : 0;
        EndReason stop = auction ? EndReason.None : matching.Match(ref order);
        Finish(ref order, slot, stop);
        return Refusal.None;
    }

    public Refusal Amend(in AmendOrder command)
    {
        uint account = command.Header.Account;
        int slot = resting.Find(account, resting.Resolve(account, command.OrderId));
        if (slot < 0)
        {
            return Refusal.UnknownOrder;
        }
        ref readonly Order order = ref state.Orders[slot];
        if (command.TotalLots < 0)
        {
            return Refusal.LotsOutOfRange(state.Markets[order.Market].MaxOrderLots);
        }
        long openLots = command.TotalLots == 0 ? order.OpenLots : command.TotalLots - order.FilledLots;
        if (openLots <= 0)
        {
            resting.End(slot, EndReason.Cancelled);
            return Refusal.None;
        }
        return Amend(slot, command.PriceTicks, openLots);
    }

    public Refusal Cancel(in CancelOrder command, ConditionalOrders conditional)
    {
        uint account = command.Header.Account;
        if (!End(account, resting.Resolve(account, command.OrderId), EndReason.Cancelled, conditional))
        {
            return Refusal.UnknownOrder;
        }
        return Refusal.None;
    }

    /// <summary>Ends an order, trigger or TWAP of the account; false when there is none.</summary>
    public bool End(uint account, ulong id, EndReason reason, ConditionalOrders conditional)
    {
        if ((id & OrderIds.KindMask) != 0)
        {
            return conditional.End(account, id, reason);
        }
        int slot = resting.Find(account, id);
        if (slot < 0)
        {
            return false;
        }
        resting.End(slot, reason);
        return true;
    }

    /// <summary>Ends the resting orders of an account, in one market or (−1) in all; those that only reduce stay if asked.</summary>
    public int EndAll(uint account, int market, EndReason reason, bool keepReducing = false)
    {
        int ended = 0;
        int slot = state.Derived.FirstOrderOf[account];
        while (slot >= 0)
        {
            int next = state.Derived.Links[slot].AccountNext;
            bool kept = keepReducing && (state.Orders[slot].Flags & OrderFlags.ReduceOnly) != 0;
            if (!kept && (market < 0 || state.Orders[slot].Market == market))
            {
                resting.End(slot, reason);
                ended++;
            }
            slot = next;
        }
        return ended;
    }

    /// <summary>Gives a resting order a new price and open lots, under the same id.</summary>
    public Refusal Amend(int slot, long price, long openLots)
    {
        ref readonly Order order = ref state.Orders[slot];
        ref readonly Market market = ref state.Markets[order.Market];
        if (market.Status == MarketStatus.Auction)
        {
            return Refusal.MarketInAuction;
        }
        if (market.Status != MarketStatus.Trading
            && (market.Status != MarketStatus.ReduceOnly || (order.Flags & OrderFlags.ReduceOnly) == 0))
        {
            return Refusal.MarketNotTrading(market.Status);
        }
        Refusal refusal = OrderChecks.CheckPriceAndLots(in market, price, openLots);
        if (refusal.IsNone)
        {
            refusal = OrderChecks.CheckBand(in market, order.Side, price);
        }
        if (refusal.IsNone && (order.Flags & OrderFlags.Iceberg) != 0 && openLots > order.OpenLots)
        {
            refusal = OrderChecks.CheckDisplay(state.OrderDetails[slot].DisplayLots, openLots);
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (price == order.PriceTicks && openLots <= order.OpenLots)
        {
            if (openLots == order.OpenLots)
            {
                return Refusal.AmendWouldNotChange;
            }
            // Only smaller: it keeps its place.
            resting.Shrink(slot, order.OpenLots - openLots, filled: false);
            if (state.ShownLots(slot) == 0)
            {
                resting.RefillIceberg(slot);
            }
            resting.WriteAmended(order.Account, order.Id, price, order.OpenLots);
            return Refusal.None;
        }
        OrderBook book = state.Derived.Books[order.Market]!;
        bool crosses = book.Crosses(order.Side, price);
        if (crosses && (order.Flags & OrderFlags.PostOnly) != 0)
        {
            long priceTicks = book.BestOpposite(order.Side);
            if ((order.Flags & OrderFlags.Slide) == 0 || !TrySlide(in market, order.Side, ref priceTicks))
            {
                return Refusal.WouldTake(priceTicks);
            }
            price = priceTicks;
            crosses = false;
        }
        uint reserve = RestingOrders.ReserveTicks(order.Side, price, market.MarkTicks);
        // A different price that reserves no more asks for no more margin; everything else is checked in full.
        if (openLots > order.OpenLots || reserve > order.ReserveTicks || crosses)
        {
            var changed = new Incoming
            {
                LimitTicks = price,
                Lots = openLots,
                Account = order.Account,
                ReserveTicks = reserve,
                Row = state.FindPosition(order.Account, order.Market),
                Market = order.Market,
                Flags = order.Flags,
                Side = order.Side,
            };
            refusal = checks.CheckPositionLimit(in changed, in market, order.OpenLots);
            if (refusal.IsNone)
            {
                refusal = checks.CheckMargin(in changed, in market, order);
            }
            if (!refusal.IsNone)
            {
                return refusal;
            }
        }

        // Point of no return.
        resting.Lift(slot);
        ref Order amended = ref state.Orders.Write(slot);
        if (reserve != amended.ReserveTicks || openLots != amended.OpenLots)
        {
            ref OpenOrders open = ref state.Derived.OpenOrders[state.FindPosition(amended.Account, amended.Market)];
            open.Count(in amended, -amended.OpenLots);
            amended.ReserveTicks = reserve;
            amended.OpenLots = openLots;
            open.Count(in amended, openLots);
        }
        amended.PriceTicks = price;
        resting.WriteAmended(amended.Account, amended.Id, price, openLots);
        if (!crosses)
        {
            resting.Rest(slot);
            return Refusal.None;
        }
        MatchAmended(slot);
        return Refusal.None;
    }

    private static bool TrySlide(in Market market, Side side, ref long oppositeTicks)
    {
        oppositeTicks += side == Side.Buy ? -1 : 1;
        return oppositeTicks >= market.MinPriceTicks && oppositeTicks <= market.MaxPriceTicks;
    }

    private Refusal CheckBook(ref Incoming order, in Market market, OrderBook book, bool auction)
    {
        if (order.IsReduceOnly)
        {
            if (matching.Reducible(order.Row, order.Side) == 0)
            {
                return Refusal.WouldNotReduce;
            }
        }
        else
        {
            Refusal refusal = checks.CheckPositionLimit(in order, in market, 0);
            if (!refusal.IsNone)
            {
                return refusal;
            }
        }
        if (order.IsPostOnly && !auction && book.Crosses(order.Side, order.LimitTicks))
        {
            long priceTicks = book.BestOpposite(order.Side);
            if ((order.Flags & OrderFlags.Slide) == 0 || !TrySlide(in market, order.Side, ref priceTicks))
            {
                return Refusal.WouldTake(priceTicks);
            }
            order.LimitTicks = priceTicks;
        }
        if (order.TimeInForce == TimeInForce.FillOrKill)
        {
            order.ReserveTicks = RestingOrders.ReserveTicks(order.Side, order.LimitTicks, market.MarkTicks);
            long fillable = matching.Rehearse(order);
            if (fillable < order.Lots)
            {
                return Refusal.CannotFill(fillable);
            }
        }
        return Refusal.None;
    }

    private void MatchAmended(int slot)
    {
        ref readonly Order order = ref state.Orders[slot];
        var taker = new Incoming
        {
            OrderId = order.Id,
            LimitTicks = order.PriceTicks,
            Lots = order.OpenLots,
            Account = order.Account,
            ReserveTicks = order.ReserveTicks,
            Row = state.FindPosition(order.Account, order.Market),
            Market = order.Market,
            Flags = order.Flags,
            Side = order.Side,
            SelfTrade = order.SelfTrade,
            OneCancelsOther = (order.Flags & OrderFlags.HasDetails) != 0 ? state.OrderDetails[slot].OneCancelsOther : 0,
        };
        EndReason stop = matching.Match(ref taker);
        ref Order amended = ref state.Orders.Write(slot);
        amended.OpenLots = taker.Lots;
        amended.FilledLots += taker.FilledLots;
        if (taker.Lots == 0 || stop != EndReason.None)
        {
            resting.Forget(slot, taker.Lots == 0 && stop == EndReason.None ? EndReason.Filled : stop);
        }
        else
        {
            resting.Rest(slot);
        }
    }

    // After matching: rest what may rest, end what may not.
    private void Finish(ref Incoming order, int slot, EndReason stop)
    {
        if (order.Lots > 0 && stop == EndReason.None && order.Rests)
        {
            bool details = order.ExpiresNs != 0 || order.DisplayLots != 0 || order.OneCancelsOther != 0 || order.Parent != 0;
            state.Orders.Write(slot) = new Order
            {
                Id = order.OrderId,
                ClientOrderId = order.ClientOrderId,
                PriceTicks = order.LimitTicks,
                OpenLots = order.Lots,
                FilledLots = order.FilledLots,
                Account = order.Account,
                ReserveTicks = order.ReserveTicks,
                Market = (ushort)order.Market,
                Flags = order.Flags | (details ? OrderFlags.HasDetails : 0) | (order.DisplayLots != 0 ? OrderFlags.Iceberg : 0),
            };
            if (details)
            {
                state.OrderDetails.Write(slot) = new OrderDetails
                {
                    ExpiresNs = order.ExpiresNs,
                    DisplayLots = order.DisplayLots,
                    OneCancelsOther = order.OneCancelsOther,
                    Parent = order.Parent,
                };
                if (order.ExpiresNs != 0)
                {
                    state.Derived.Timers.Add(order.ExpiresNs, TimerKind.OrderExpiry, order.OrderId);
                }
            }
            state.Accounts.Write((int)order.Account).LiveOrders++;
            state.Derived.LinkToAccount(slot, order.Account);
            resting.Rest(slot);
            return;
        }
        ref OpenOrders open = ref state.Derived.OpenOrders[order.Row];
        OrderChecks.CountIncoming(ref open, in order, -order.Lots);
        open.OrderCount--;
        events.Write(EventKind.OrderEnded, order.Account, new OrderEnded
        {
            OrderId = order.OrderId,
            RestLots = order.Lots,
            Market = (ushort)order.Market,
            Reason = stop != EndReason.None ? stop : order.Lots == 0 ? EndReason.Filled : EndReason.NotImmediate,
        });
        state.Derived.OrderSlots.Release(slot);
        state.Derived.Owners.Of(order.Account).Orders--;
        state.ReleasePositionIfEmpty(order.Row);
    }
}
