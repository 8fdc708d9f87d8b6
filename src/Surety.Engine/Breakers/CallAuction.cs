using System;
using Surety.Engine.Books;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Breakers;

/// <summary>
/// A call auction's price: the one at which most trades, then that leaves least over, then that is nearest to the index. All
/// fills are at that one price, in the order of price, then time.
/// </summary>
internal sealed class CallAuction(IndexedState state, EventLog events, RestingOrders resting, Matching matching)
{
    /// <summary>Says where an auction would uncross now.</summary>
    public void Indicate(int number)
    {
        if (TryFindPrice(state, number, out long price, out long lots, out long surplus))
        {
            events.Write(EventKind.AuctionIndicated, 0, new AuctionIndicated
            {
                PriceTicks = price,
                Lots = lots,
                SurplusLots = surplus,
                Market = (ushort)number,
            });
        }
    }

    /// <summary>
    /// At a reopening: ends orders that pay more, or ask less, than the band around the mark of now allows. They were placed at
    /// another price, and would be refused today.
    /// </summary>
    public void EndOutsideBand(int number)
    {
        ref readonly Market market = ref state.Markets[number];
        long width = OrderChecks.BandTicks(in market);
        if (width < 0)
        {
            return;
        }
        foreach (OrderBook book in Sides(state, number, Side.Buy))
        {
            while (book.HasBid && book.BestBid > market.MarkTicks + width)
            {
                resting.End(book.First(book.BestBid), EndReason.Refused);
            }
        }
        foreach (OrderBook book in Sides(state, number, Side.Sell))
        {
            while (book.HasAsk && book.BestAsk < market.MarkTicks - width)
            {
                resting.End(book.First(book.BestAsk), EndReason.Refused);
            }
        }
    }

    /// <summary>
    /// Trades what crosses, then lets the rest into the book. An order whose account cannot carry its fill ends, and the next
    /// takes its place; the price stands.
    /// </summary>
    public void Uncross(int number)
    {
        long traded = 0;
        bool any = TryFindPrice(state, number, out long price, out _, out _);
        while (any && TryBest(number, Side.Buy, out int buy) && TryBest(number, Side.Sell, out int sell)
            && state.Orders[buy].PriceTicks >= state.Orders[sell].PriceTicks)
        {
            if (state.Orders[buy].PriceTicks < price || state.Orders[sell].PriceTicks > price)
            {
                // Orders ended on the way, and what is left crosses at another price: that price is searched again.
                TryFindPrice(state, number, out price, out _, out _);
            }
            Invariant.Assert(price >= state.Orders[sell].PriceTicks && price <= state.Orders[buy].PriceTicks,
                "an auction's price is outside the limits of the orders it fills");
            traded += matching.FillResting(buy, sell, price);
        }
        if (traded > 0)
        {
            events.Write(EventKind.AuctionUncrossed, 0, new AuctionUncrossed
            {
                PriceTicks = price,
                Lots = traded,
                Market = (ushort)number,
            });
        }
        Admit(number, Side.Buy);
        Admit(number, Side.Sell);
    }

    /// <summary>Where a market's orders would uncross now; false when nothing crosses.</summary>
    public static bool TryFindPrice(IndexedState state, int number, out long price, out long lots, out long surplus)
    {
        (price, lots, surplus) = (0, 0, 0);
        if (!TryBestPrice(state, number, Side.Buy, out long bestBid) || !TryBestPrice(state, number, Side.Sell, out long bestAsk)
            || bestBid < bestAsk)
        {
            return false;
        }
        // From the highest price down: what is bid at or above grows, what is offered at or below shrinks.
        long reference = state.Markets[number].IndexTicks;
        long bid = 0;
        long offered = SumAtOrBelow(state, number, bestBid);
        long at = bestBid;
        while (true)
        {
            bid += LotsAt(state, number, Side.Buy, at);
            // Between two prices with orders the volumes do not change: the point there that is nearest to the index counts too.
            bool more = TryNextDown(state, number, at, bestAsk, out long next);
            Consider(at, Math.Min(bid, offered), bid - offered, reference, ref price, ref lots, ref surplus);
            offered -= LotsAt(state, number, Side.Sell, at);
            if (!more)
            {
                return lots > 0;
            }
            if (at - next > 1)
            {
                Consider(Math.Clamp(reference, next + 1, at - 1), Math.Min(bid, offered), bid - offered, reference, ref price, ref lots,
                    ref surplus);
            }
            at = next;
        }
    }

    private static void Consider(long candidate, long traded, long left, long reference, ref long price, ref long lots, ref long surplus)
    {
        long leftOver = Math.Abs(left);
        bool better = traded > lots
            || (traded == lots && traded > 0 && (leftOver < surplus
                || (leftOver == surplus && Math.Abs(candidate - reference) < Math.Abs(price - reference))));
        if (better)
        {
            (price, lots, surplus) = (candidate, traded, leftOver);
        }
    }

    private static long SumAtOrBelow(IndexedState state, int number, long limit)
    {
        long sum = 0;
        foreach (OrderBook book in Sides(state, number, Side.Sell))
        {
            if (!book.HasAsk)
            {
                continue;
            }
            long price = book.BestAsk;
            for (bool more = true; more && price <= limit; more = book.TryNextPrice(Side.Sell, price, out price))
            {
                sum += book.LotsAt(price);
            }
        }
        return sum;
    }

    // The next lower price at which either side has orders, not below a limit.
    private static bool TryNextDown(IndexedState state, int number, long price, long limit, out long next)
    {
        next = long.MinValue;
        for (Side side = Side.Buy; side <= Side.Sell; side++)
        {
            foreach (OrderBook book in Sides(state, number, side))
            {
                if (side == Side.Buy ? !book.HasBid : !book.HasAsk)
                {
                    continue;
                }
                // The bitmap does not tell sides apart; downward from a bid there are only bids, downward from an ask also bids.
                if (book.TryNextPrice(Side.Buy, price, out long below))
                {
                    next = Math.Max(next, below);
                }
            }
        }
        return next >= limit;
    }

    private static long LotsAt(IndexedState state, int number, Side side, long price)
    {
        long lots = 0;
        foreach (OrderBook book in Sides(state, number, side))
        {
            bool there = side == Side.Buy ? book.HasBid && price <= book.BestBid : book.HasAsk && price >= book.BestAsk;
            lots += there ? book.LotsAt(price) : 0;
        }
        return lots;
    }

    private static bool TryBestPrice(IndexedState state, int number, Side side, out long price)
    {
        price = 0;
        bool any = false;
        foreach (OrderBook book in Sides(state, number, side))
        {
            if (side == Side.Buy ? book.HasBid : book.HasAsk)
            {
                long best = side == Side.Buy ? book.BestBid : book.BestAsk;
                price = !any ? best : side == Side.Buy ? Math.Max(price, best) : Math.Min(price, best);
                any = true;
            }
        }
        return any;
    }

    // A side's orders stand in the book and, where they would have traded, beside it.
    private static OrderBook[] Sides(IndexedState state, int number, Side side) =>
        [state.Derived.Books[number]!, state.Derived.AuctionSide(number, side)];

    private bool TryBest(int number, Side side, out int slot)
    {
        slot = -1;
        foreach (OrderBook book in Sides(state, number, side))
        {
            if (side == Side.Buy ? !book.HasBid : !book.HasAsk)
            {
                continue;
            }
            int first = book.First(side == Side.Buy ? book.BestBid : book.BestAsk);
            if (slot < 0 || GoesFirst(first, slot, side))
            {
                slot = first;
            }
        }
        return slot >= 0;
    }

    private bool GoesFirst(int a, int b, Side side)
    {
        long difference = state.Orders[a].PriceTicks - state.Orders[b].PriceTicks;
        return difference == 0 ? state.Orders[a].Priority < state.Orders[b].Priority : side == Side.Buy ? difference > 0 : difference < 0;
    }

    // In the order of price, then time; they queue behind what stood in the book at their price.
    private void Admit(int number, Side side)
    {
        OrderBook beside = state.Derived.AuctionSide(number, side);
        while (side == Side.Buy ? beside.HasBid : beside.HasAsk)
        {
            int slot = beside.First(side == Side.Buy ? beside.BestBid : beside.BestAsk);
            resting.Lift(slot);
            state.Orders.Write(slot).Flags &= ~OrderFlags.Auction;
            resting.Rest(slot);
        }
    }
}
