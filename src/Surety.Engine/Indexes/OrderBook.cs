using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// One market's book: a queue for every price between the market's limits, in an array indexed by price, with a
/// three-storey bitmap of the prices in use. Best price, insertion, removal and the next price are each a few
/// instructions, whatever the depth. A bid below and an ask above are told apart by where the best of each side stands:
/// the book is never crossed.
/// </summary>
public sealed class OrderBook
{
    private readonly long _minPrice;
    private readonly Level[] _levels;
    private readonly ulong[] _used;
    private readonly ulong[] _summary;
    private readonly ulong[] _top;
    private OrderLinks[] _links;
    private int _bestBid = -1;
    private int _bestAsk = int.MaxValue;

    /// <param name="minPriceTicks">Lowest price.</param>
    /// <param name="maxPriceTicks">Highest price.</param>
    /// <param name="links">Where the queues' links are kept, by order row.</param>
    public OrderBook(long minPriceTicks, long maxPriceTicks, OrderLinks[] links)
    {
        _minPrice = minPriceTicks;
        _links = links;
        int prices = (int)(maxPriceTicks - minPriceTicks + 1);
        _levels = new Level[prices];
        _used = new ulong[(prices + 63) / 64];
        _summary = new ulong[(_used.Length + 63) / 64];
        _top = new ulong[(_summary.Length + 63) / 64];
    }

    /// <summary>The links are elsewhere now, with more room.</summary>
    internal void UseLinks(OrderLinks[] links) => _links = links;

    /// <summary>Whether anything is bid.</summary>
    public bool HasBid => _bestBid >= 0;

    /// <summary>Whether anything is offered.</summary>
    public bool HasAsk => _bestAsk != int.MaxValue;

    /// <summary>The highest bid; only when there is one.</summary>
    public long BestBid => _minPrice + _bestBid;

    /// <summary>The lowest ask; only when there is one.</summary>
    public long BestAsk => _minPrice + _bestAsk;

    /// <summary>Whether there is a side against which an order of <paramref name="side"/> at a limit would trade.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Crosses(Side side, long limitTicks) =>
        side == Side.Buy ? _bestAsk <= limitTicks - _minPrice : HasBid && _bestBid >= limitTicks - _minPrice;

    /// <summary>The best price on the side opposite to <paramref name="side"/>; only when there is one.</summary>
    public long BestOpposite(Side side) => side == Side.Buy ? BestAsk : BestBid;

    /// <summary>The row of the first order at a price, which must be in use.</summary>
    public int First(long priceTicks) => _levels[priceTicks - _minPrice].First;

    /// <summary>The row of the order behind, −1 at the end.</summary>
    public int Next(int slot) => _links[slot].Next;

    /// <summary>Lots shown at a price.</summary>
    public long LotsAt(long priceTicks) => _levels[priceTicks - _minPrice].Lots;

    /// <summary>The next price in use strictly worse than a price, for the side that rests there; false at the end.</summary>
    public bool TryNextPrice(Side restingSide, long priceTicks, out long next)
    {
        int at = (int)(priceTicks - _minPrice);
        int found = restingSide == Side.Buy ? AtOrBelow(at - 1) : AtOrAbove(at + 1);
        next = _minPrice + found;
        return found >= 0;
    }

    /// <summary>Puts an order at the end of its price's queue.</summary>
    public void Append(Side side, long priceTicks, int slot, long shownLots)
    {
        int at = (int)(priceTicks - _minPrice);
        ref Level level = ref _levels[at];
        ref OrderLinks link = ref _links[slot];
        Invariant.Assert(shownLots > 0, "an order that shows nothing waits in a book");
        link.Next = -1;
        if (level.Count == 0)
        {
            link.Previous = -1;
            level.First = slot;
            Mark(at);
            if (side == Side.Buy)
            {
                _bestBid = Math.Max(_bestBid, at);
            }
            else
            {
                _bestAsk = Math.Min(_bestAsk, at);
            }
            Invariant.Assert(_bestBid < _bestAsk, "the book is crossed");
        }
        else
        {
            link.Previous = level.Last;
            _links[level.Last].Next = slot;
        }
        level.Last = slot;
        level.Count++;
        level.Lots += shownLots;
    }

    /// <summary>Takes an order out of its price's queue.</summary>
    public void Remove(Side side, long priceTicks, int slot, long shownLots)
    {
        int at = (int)(priceTicks - _minPrice);
        ref Level level = ref _levels[at];
        OrderLinks link = _links[slot];
        Invariant.Assert(level.Count > 0 && level.Lots >= shownLots, "an order leaves a price at which it is not");
        level.Lots -= shownLots;
        if (--level.Count == 0)
        {
            Invariant.Assert(level.Lots == 0, "a price without orders shows lots");
            Unmark(at);
            if (side == Side.Buy)
            {
                if (at == _bestBid)
                {
                    _bestBid = AtOrBelow(at - 1);
                }
            }
            else if (at == _bestAsk)
            {
                int next = AtOrAbove(at + 1);
                _bestAsk = next < 0 ? int.MaxValue : next;
            }
            return;
        }
        if (link.Previous < 0)
        {
            Invariant.Assert(level.First == slot, "an order without one before it is not the first of its price");
            level.First = link.Next;
        }
        else
        {
            _links[link.Previous].Next = link.Next;
        }
        if (link.Next < 0)
        {
            Invariant.Assert(level.Last == slot, "an order without one behind it is not the last of its price");
            level.Last = link.Previous;
        }
        else
        {
            _links[link.Next].Previous = link.Previous;
        }
    }

    /// <summary>Changes what a price shows, when an order there shrinks.</summary>
    public void AdjustLots(long priceTicks, long change)
    {
        ref Level level = ref _levels[priceTicks - _minPrice];
        level.Lots += change;
        Invariant.Assert(level.Count > 0 && level.Lots >= 0, "a price shows less than nothing");
    }

    /// <summary>Brings a price's queue and its place in the bitmap near.</summary>
    internal void PrefetchPrice(long priceTicks)
    {
        long at = priceTicks - _minPrice;
        if (at >= 0 && at < _levels.Length)
        {
            Prefetch.Line(in _levels[at]);
            Prefetch.Line(in _used[at >> 6]);
        }
    }

    private void Mark(int at)
    {
        int word = at >> 6;
        int group = word >> 6;
        ulong before = _used[word];
        _used[word] = before | (1UL << (at & 63));
        if (before == 0)
        {
            _summary[group] |= 1UL << (word & 63);
            _top[group >> 6] |= 1UL << (group & 63);
        }
    }

    private void Unmark(int at)
    {
        int word = at >> 6;
        if ((_used[word] &= ~(1UL << (at & 63))) == 0)
        {
            int group = word >> 6;
            if ((_summary[group] &= ~(1UL << (word & 63))) == 0)
            {
                _top[group >> 6] &= ~(1UL << (group & 63));
            }
        }
    }

    private int AtOrBelow(int at)
    {
        if (at < 0)
        {
            return -1;
        }
        int word = at >> 6;
        ulong bits = _used[word] & (ulong.MaxValue >> (63 - (at & 63)));
        if (bits != 0)
        {
            return (word << 6) + 63 - BitOperations.LeadingZeroCount(bits);
        }
        int group = word >> 6;
        bits = _summary[group] & ((1UL << (word & 63)) - 1);
        if (bits == 0)
        {
            int t = group >> 6;
            bits = _top[t] & ((1UL << (group & 63)) - 1);
            while (bits == 0)
            {
                if (--t < 0)
                {
                    return -1;
                }
                bits = _top[t];
            }
            group = (t << 6) + 63 - BitOperations.LeadingZeroCount(bits);
            bits = _summary[group];
        }
        word = (group << 6) + 63 - BitOperations.LeadingZeroCount(bits);
        return (word << 6) + 63 - BitOperations.LeadingZeroCount(_used[word]);
    }

    private int AtOrAbove(int at)
    {
        if (at >= _levels.Length)
        {
            return -1;
        }
        int word = at >> 6;
        ulong bits = _used[word] & (ulong.MaxValue << (at & 63));
        if (bits != 0)
        {
            return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }
        int group = word >> 6;
        bits = (word & 63) == 63 ? 0 : _summary[group] & (ulong.MaxValue << ((word & 63) + 1));
        if (bits == 0)
        {
            int t = group >> 6;
            bits = (group & 63) == 63 ? 0 : _top[t] & (ulong.MaxValue << ((group & 63) + 1));
            while (bits == 0)
            {
                if (++t >= _top.Length)
                {
                    return -1;
                }
                bits = _top[t];
            }
            group = (t << 6) + BitOperations.TrailingZeroCount(bits);
            bits = _summary[group];
        }
        word = (group << 6) + BitOperations.TrailingZeroCount(bits);
        return (word << 6) + BitOperations.TrailingZeroCount(_used[word]);
    }

    // 24 bytes: first and last order, how many, and the lots they show.
    [StructLayout(LayoutKind.Sequential)]
    private struct Level
    {
        public int First;
        public int Last;
        public int Count;
        public long Lots;
    }
}
