using System;
using System.Runtime.CompilerServices;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>Orders that wait in a book: how they get there, shrink and leave, and what they reserve while they wait.</summary>
internal sealed class RestingOrders(IndexedState state, EventLog events)
{
    /// <summary>Ticks that each lot would lose against mark if the order filled at its limit.</summary>
    public static uint ReserveTicks(Side side, long limitTicks, long markTicks)
    {
        long loss = side == Side.Buy ? limitTicks - markTicks : markTicks - limitTicks;
        return (uint)Math.Clamp(loss, 0, uint.MaxValue);
    }

    /// <summary>The row of a live order of the account, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(uint account, ulong orderId)
    {
        int slot = OrderIds.Slot(orderId);
        if (orderId == 0 || slot >= state.Orders.Capacity)
        {
            return -1;
        }
        ref readonly Order order = ref state.Orders[slot];
        return order.Id == orderId && order.Account == account ? slot : -1;
    }

    /// <summary>The order id that a command means: the one it gives, or the one its client order id names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Resolve(uint account, ulong given) =>
        (given & OrderIds.KindMask) == OrderIds.KindMask ? FindClientOrder(account, given & ~OrderIds.KindMask) : given;

    /// <summary>The id that a client order id names, among those remembered for the account; 0 for none.</summary>
    public ulong FindClientOrder(uint account, ulong clientOrderId)
    {
        if (clientOrderId == 0)
        {
            return 0;
        }
        int ring = state.GenesisRef.ClientOrdersPerAccount;
        int first = (int)account * ring;
        for (int i = 0; i < ring; i++)
        {
            ref readonly ClientOrder entry = ref state.ClientOrders[first + i];
            if (entry.ClientOrderId == clientOrderId)
            {
                return entry.OrderId;
            }
        }
        return 0;
    }

    /// <summary>Remembers which order a client order id names, forgetting the account's oldest.</summary>
    public void RememberClientOrder(uint account, ulong clientOrderId, ulong orderId)
    {
        if (clientOrderId != 0)
        {
            int ring = state.GenesisRef.ClientOrdersPerAccount;
            ref Account holder = ref state.Accounts.Write((int)account);
            state.ClientOrders.Write(((int)account * ring) + holder.ClientOrderCursor) =
                new ClientOrder { ClientOrderId = clientOrderId, OrderId = orderId };
            holder.ClientOrderCursor = (holder.ClientOrderCursor + 1) & (ring - 1);
        }
    }

    /// <summary>The other half of a pair learns of this one, so that either ends the other.</summary>
    public void LinkOther(ulong other, ulong id)
    {
        if (other == 0)
        {
            return;
        }
        int slot = OrderIds.Slot(other);
        if ((other & OrderIds.KindMask) == OrderIds.TriggerKind)
        {
            state.Triggers.Write(slot).OneCancelsOther = id;
        }
        else
        {
            state.Orders.Write(slot).Flags |= OrderFlags.HasDetails;
            state.OrderDetails.Write(slot).OneCancelsOther = id;
        }
    }

    /// <summary>The half that an order or trigger names; 0 for none, and when that one is no longer live.</summary>
    public ulong OtherOf(uint account, ulong id)
    {
        int slot = OrderIds.Slot(id);
        ulong other = (id & OrderIds.KindMask) == OrderIds.TriggerKind
            ? state.Triggers[slot].OneCancelsOther
            : state.OrderDetails[slot].OneCancelsOther;
        return IsLive(account, other) ? other : 0;
    }

    /// <summary>Whether an order or trigger of the account is live.</summary>
    public bool IsLive(uint account, ulong id) => (id & OrderIds.KindMask) switch
    {
        0 => Find(account, id) >= 0,
        OrderIds.TriggerKind =>
            OrderIds.Slot(id) < state.Triggers.Capacity && state.Triggers[OrderIds.Slot(id)] is var t && t.Id == id && t.Account == account,
        _ => false,
    };

    /// <summary>Puts an order whose row is written, and whose lots are counted, at the end of its queue.</summary>
    public void Rest(int slot)
    {
        ref Order order = ref state.Orders.Write(slot);
        Invariant.Assert(order.Id != 0 && order.OpenLots > 0, "an order that has ended comes to rest");
        order.Priority = ++state.Venue.Write(0).Priorities;
        ShowNextLots(state, slot);
        state.Derived.BookOf(in order).Append(order.Side, order.PriceTicks, slot, state.ShownLots(slot));
        if ((order.Flags & OrderFlags.Iceberg) != 0)
        {
            events.Write(EventKind.IcebergRefilled, order.Account,
                new IcebergRefilled { OrderId = order.Id, ShownLots = state.ShownLots(slot) });
        }
    }

    /// <summary>Takes a resting order out of its queue; its row, reservations and links to the account stay.</summary>
    public void Lift(int slot)
    {
        ref readonly Order order = ref state.Orders[slot];
        state.Derived.BookOf(in order).Remove(order.Side, order.PriceTicks, slot, state.ShownLots(slot));
    }

    /// <summary>Ends a resting order, and says why.</summary>
    public void End(int slot, EndReason reason)
    {
        Lift(slot);
        Forget(slot, reason);
    }

    /// <summary>Ends an order that is not in a queue: frees its row and reservations.</summary>
    public void Forget(int slot, EndReason reason)
    {
        ref Order order = ref state.Orders.Write(slot);
        uint account = order.Account;
        ushort market = order.Market;
        int row = state.FindPosition(account, market);
        Invariant.Assert(order.Id != 0 && row >= 0, "an order ends twice, or its account has no row for its market");
        ref OpenOrders open = ref state.Derived.OpenOrders[row];
        open.Count(in order, -order.OpenLots);
        open.OrderCount--;
        Invariant.Assert(open.OrderCount >= 0 && open.BuyLots >= 0 && open.SellLots >= 0 && open.BuyReserve >= 0 && open.SellReserve >= 0,
            "more is released than open orders reserve");
        events.Write(EventKind.OrderEnded, account, new OrderEnded
        {
            OrderId = order.Id,
            RestLots = order.OpenLots,
            Market = market,
            Reason = reason,
        });
        if ((order.Flags & OrderFlags.Quote) != 0)
        {
            ref Position position = ref state.Positions.Write(row);
            if (order.Side == Side.Buy)
            {
                position.QuoteBid = 0;
            }
            else
            {
                position.QuoteAsk = 0;
            }
        }
        if ((order.Flags & OrderFlags.HasDetails) != 0)
        {
            state.OrderDetails.Write(slot) = default;
        }
        order = default;
        state.Derived.UnlinkFromAccount(slot, account);
        state.Derived.OrderSlots.Release(slot);
        state.Derived.Owners.Of(account).Orders--;
        Invariant.Assert(state.Accounts[(int)account].LiveOrders > 0, "an account ends more orders than it has");
        state.Accounts.Write((int)account).LiveOrders--;
        if (open.OrderCount == 0)
        {
            state.ReleasePositionIfEmpty(row);
        }
    }

    /// <summary>Takes lots off a resting order that stays where it is.</summary>
    public void Shrink(int slot, long lots, bool filled)
    {
        ref readonly Order order = ref state.Orders[slot];
        long shownBefore = state.ShownLots(slot);
        TakeLots(state, slot, state.FindPosition(order.Account, order.Market), lots, filled);
        state.Derived.BookOf(in order).AdjustLots(order.PriceTicks, state.ShownLots(slot) - shownBefore);
    }

    /// <summary>The part of shrinking that concerns the order's row and what its account reserves.</summary>
    public static void TakeLots(IndexedState state, int slot, int row, long lots, bool filled)
    {
        ref Order order = ref state.Orders.Write(slot);
        state.Derived.OpenOrders[row].Count(in order, -lots);
        order.OpenLots -= lots;
        order.FilledLots += filled ? lots : 0;
        Invariant.Assert(lots > 0 && order.OpenLots >= 0, "more of an order fills than is open");
        if ((order.Flags & OrderFlags.Iceberg) != 0)
        {
            ref OrderDetails details = ref state.OrderDetails.Write(slot);
            details.ShownLots = filled ? details.ShownLots - lots : Math.Min(details.ShownLots, order.OpenLots);
        }
    }

    /// <summary>Sets what an iceberg shows next; other orders show all they have.</summary>
    public static void ShowNextLots(IndexedState state, int slot)
    {
        ref readonly Order order = ref state.Orders[slot];
        if ((order.Flags & OrderFlags.Iceberg) != 0)
        {
            ref OrderDetails details = ref state.OrderDetails.Write(slot);
            details.ShownLots = Math.Min(details.DisplayLots, order.OpenLots);
        }
    }

    /// <summary>Shows an iceberg's next lots, at the end of the queue.</summary>
    public void RefillIceberg(int slot)
    {
        Lift(slot);
        Rest(slot);
    }

    /// <summary>Says what an order that goes on has left, where no trade says it.</summary>
    public void WriteAmended(uint account, ulong orderId, long priceTicks, long openLots) =>
        events.Write(EventKind.OrderAmended, account, new OrderAmended { OrderId = orderId, PriceTicks = priceTicks, OpenLots = openLots });
}
