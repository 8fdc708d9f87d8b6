using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Marks;

/// <summary>What a given size would trade at in a book, on average.</summary>
public static class ImpactPrices
{
    private const long OpenInterestParts = 64;

    /// <summary>
    /// The lots whose average price is a market's impact price: its impact notional at mark, at least one. Of a contract without a
    /// formula notional is half of what lies between the least and the most that it can pay, so that a buyer and a seller have
    /// to put up the same wherever the mark is.
    /// </summary>
    public static long LotsFor(in Market market)
    {
        long unit = MarginTiers.NotionalAtoms(in market, 1);
        if (market.Kind == MarketKind.Contract && (ContractShape)market.Shape == ContractShape.Other)
        {
            unit = Math.Max(Math.Min(market.MostTicks - market.LeastTicks, Market.MaxPriceSpan) / 2, 1) * market.AtomsPerTickLot;
        }
        return Math.Max(Rounding.DivCeiling(market.ImpactAtoms, unit), 1);
    }

    /// <summary>
    /// The lots that a book must show on each side before it says anything of the mark: those of the impact price, and a part of
    /// the open interest. What many hold is not marked by what a few show.
    /// </summary>
    public static long MarkLotsFor(in Market market) => Math.Max(LotsFor(in market), market.OpenInterestLots / OpenInterestParts);

    /// <summary>
    /// The middle of both sides' average prices for a number of lots, ticks · 2^16 rounded down; false when a side shows fewer.
    /// </summary>
    public static bool TryMiddle16(OrderBook book, long lots, out long middle16)
    {
        middle16 = 0;
        if (!TryAverage16(book, Side.Sell, lots, out long bid16) || !TryAverage16(book, Side.Buy, lots, out long ask16))
        {
            return false;
        }
        middle16 = (bid16 + ask16) >> 1;
        return true;
    }

    /// <summary>
    /// The average price, ticks · 2^16 rounded down, at which an order of a side would trade a number of lots; false when the
    /// book shows fewer.
    /// </summary>
    public static bool TryAverage16(OrderBook book, Side side, long lots, out long average16)
    {
        (Int128 value, long found) = Take(book, side, lots);
        average16 = found < lots ? 0 : (long)(value * (1 << 16) / lots);
        return found == lots;
    }

    /// <summary>
    /// What selling (or buying back) a position would bring (or cost), ticks · lots: through the book as it shows, and at
    /// <paramref name="restTicks"/> for what the book does not show or only at worse prices.
    /// </summary>
    public static Int128 ExitValue(OrderBook book, Side side, long lots, long restTicks)
    {
        Int128 value = 0;
        long left = lots;
        for (bool more = TryBest(book, side, out long price); more && left > 0; more = TryNext(book, side, price, out price))
        {
            if (side == Side.Sell ? price < restTicks : price > restTicks)
            {
                break;
            }
            long taken = Math.Min(left, book.LotsAt(price));
            value += (Int128)taken * price;
            left -= taken;
        }
        return value + ((Int128)left * restTicks);
    }

    /// <summary>
    /// Lots shown from the best price up to a limit, on the side that an order of <paramref name="side"/> would trade with.
    /// </summary>
    public static long LotsWithin(OrderBook book, Side side, long limitTicks)
    {
        long lots = 0;
        for (bool more = TryBest(book, side, out long price); more && (side == Side.Sell ? price >= limitTicks : price <= limitTicks);
            more = TryNext(book, side, price, out price))
        {
            lots += book.LotsAt(price);
        }
        return lots;
    }

    private static (Int128 Value, long Found) Take(OrderBook book, Side side, long lots)
    {
        Int128 value = 0;
        long found = 0;
        for (bool more = TryBest(book, side, out long price); more && found < lots; more = TryNext(book, side, price, out price))
        {
            long taken = Math.Min(lots - found, book.LotsAt(price));
            value += (Int128)taken * price;
            found += taken;
        }
        return (value, found);
    }

    private static bool TryBest(OrderBook book, Side side, out long price)
    {
        bool any = side == Side.Sell ? book.HasBid : book.HasAsk;
        price = any ? book.BestOpposite(side) : 0;
        return any;
    }

    private static bool TryNext(OrderBook book, Side side, long price, out long next) =>
        book.TryNextPrice(side == Side.Sell ? Side.Buy : Side.Sell, price, out next);
}
