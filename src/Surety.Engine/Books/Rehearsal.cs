using System;
using System.Collections.Generic;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <summary>
/// Takes back what a rehearsed match wrote. <see cref="Matching"/> runs its own loop on the real rows, so that a rehearsal
/// asks the same margin of the same numbers; every row is copied here before it is written for the first time. Queues are
/// only read: the rehearsal walks them itself, with what icebergs put behind them. Events, queues and counters stay as they are.
/// </summary>
internal sealed class Rehearsal(IndexedState state)
{
    private readonly Stack<(int Row, Position Was, OpenOrders Open)> _positions = new();
    private readonly Stack<(int Row, Account Was)> _accounts = new();
    private readonly Stack<(int Slot, Order Was, OrderDetails Details)> _orders = new();
    private readonly Queue<int> _refilled = new();
    private Market _market;
    private Pool _pool;
    private int _marketNumber;
    private int _touched;
    private OrderBook _book = null!;
    private Side _makerSide;
    private long _price;
    private int _head;
    private bool _inRefilled;

    /// <summary>Whether what is done now is taken back.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Begins; the order must cross.</summary>
    public void Begin(in Incoming taker)
    {
        IsOn = true;
        _marketNumber = taker.Market;
        _market = state.Markets[taker.Market];
        _pool = state.Pools[_market.Pool];
        _touched = state.Derived.Bands.TouchedCount;
        _book = state.Derived.Books[taker.Market]!;
        _makerSide = taker.Side == Side.Buy ? Side.Sell : Side.Buy;
        _price = _book.BestOpposite(taker.Side);
        _head = _book.First(_price);
        _inRefilled = false;
        Keep(taker.Account, taker.Row);
    }

    /// <summary>The order that is next to trade within a limit; false when there is none.</summary>
    public bool TryHead(long limitTicks, out int slot)
    {
        // Orders that ended on the way are still in the queue, with empty rows.
        while (_head >= 0 && state.Orders[_head].Id == 0)
        {
            Advance();
        }
        slot = _head;
        return _head >= 0 && (_makerSide == Side.Sell ? _price <= limitTicks : _price >= limitTicks);
    }

    /// <summary>Copies an account and one of its positions, before they change.</summary>
    public void Keep(uint account, int row)
    {
        _accounts.Push(((int)account, state.Accounts[(int)account]));
        _positions.Push((row, state.Positions[row], state.Derived.OpenOrders[row]));
    }

    /// <summary>Ends an order: its row and reservations go, its place in a queue is passed over.</summary>
    public void End(int slot)
    {
        ref Order order = ref Write(slot);
        int row = state.FindPosition(order.Account, order.Market);
        Keep(order.Account, row);
        state.Derived.OpenOrders[row].Count(in order, -order.OpenLots);
        order = default;
    }

    /// <summary>Takes lots off the first order of a queue.</summary>
    public void Shrink(int slot, long lots, bool filled)
    {
        ref Order order = ref Write(slot);
        int row = state.FindPosition(order.Account, order.Market);
        Keep(order.Account, row);
        RestingOrders.TakeLots(state, slot, row, lots, filled);
    }

    /// <summary>Shows the next lots of the iceberg that is first, at the end of its queue.</summary>
    public void RefillIceberg(int slot)
    {
        Write(slot);
        RestingOrders.ShowNextLots(state, slot);
        _refilled.Enqueue(slot);
        Advance();
    }

    /// <summary>Puts every row back, the last one written first.</summary>
    public void Undo()
    {
        while (_orders.TryPop(out (int Slot, Order Was, OrderDetails Details) order))
        {
            state.Orders.Write(order.Slot) = order.Was;
            if ((order.Was.Flags & OrderFlags.HasDetails) != 0)
            {
                state.OrderDetails.Write(order.Slot) = order.Details;
            }
        }
        while (_positions.TryPop(out (int Row, Position Was, OpenOrders Open) position))
        {
            Uncount(position.Row, in position.Was);
            // The rehearsed position may have been put in its place in the order of deleveraging meanwhile.
            state.Derived.Deleveraging.Mark(position.Row);
            state.Positions.Write(position.Row) = position.Was;
            state.Derived.OpenOrders[position.Row] = position.Open;
        }
        while (_accounts.TryPop(out (int Row, Account Was) account))
        {
            state.Accounts.Write(account.Row) = account.Was;
        }
        state.Markets.Write(_marketNumber) = _market;
        state.Pools.Write(_market.Pool) = _pool;
        state.Derived.Bands.Untouch(_touched);
        _refilled.Clear();
        IsOn = false;
    }

    // What is derived from lots goes back with them.
    private void Uncount(int row, in Position was)
    {
        long lots = state.Positions[row].Lots;
        if (lots != was.Lots)
        {
            state.Derived.OpenInterest.Add(in state.Markets[_marketNumber], Math.Max(was.Lots, 0) - Math.Max(lots, 0));
            state.Derived.OwnerPositions.Add(row, _marketNumber, lots, was.Lots);
        }
    }

    private ref Order Write(int slot)
    {
        _orders.Push((slot, state.Orders[slot], state.OrderDetails[slot]));
        return ref state.Orders.Write(slot);
    }

    // The queue as it stands, then the icebergs that came back behind it, then the next price.
    private void Advance()
    {
        if (!_inRefilled)
        {
            _head = _book.Next(_head);
            if (_head >= 0)
            {
                return;
            }
            _inRefilled = true;
        }
        if (_refilled.TryDequeue(out _head))
        {
            return;
        }
        _inRefilled = false;
        _head = _book.TryNextPrice(_makerSide, _price, out long next) ? _book.First(next) : -1;
        _price = next;
    }
}
