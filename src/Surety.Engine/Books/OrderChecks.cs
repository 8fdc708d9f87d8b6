using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Books;

/// <summary>What an order must satisfy whatever it comes from, in the order of <see cref="RefusalCode"/>. Nothing here changes anything.</summary>
internal sealed class OrderChecks(IndexedState state, RestingOrders resting, AccountMargin margin, FeeSchedule fees)
{
    /// <summary>A market exists, belongs to the account's pool, trades, and has a price to margin against.</summary>
    public RefusalCode CheckMarket(uint account, int market, bool reduceOnly, out long detail)
    {
        detail = market;
        if (market >= state.Counts.Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        ref readonly Market terms = ref state.Markets[market];
        if (state.Accounts[(int)account].Pool != terms.Pool)
        {
            detail = terms.Pool;
            return RefusalCode.WrongPool;
        }
        if (terms.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly or MarketStatus.Auction))
        {
            detail = (long)terms.Status;
            return RefusalCode.MarketNotTrading;
        }
        if (terms.Status != MarketStatus.Trading && (terms.Causes & MarketCauses.Reducing) != 0 && !reduceOnly)
        {
            return RefusalCode.MarketReduceOnly;
        }
        detail = 0;
        if (terms.HasMark == 0)
        {
            return RefusalCode.NoMarkPrice;
        }
        detail = terms.ExerciseLots == 0 || state.FindPosition(account, market) is not (>= 0 and var row) ? 0 : state.Positions[row].ExerciseLots;
        return detail != 0 ? RefusalCode.ExercisePending : RefusalCode.None;
    }

    /// <summary>Price within the market's limits, lots within the largest order.</summary>
    public static RefusalCode CheckPriceAndLots(in Market market, long price, long lots, out long detail)
    {
        detail = price < market.MinPriceTicks ? market.MinPriceTicks : market.MaxPriceTicks;
        if (price < market.MinPriceTicks || price > market.MaxPriceTicks)
        {
            return RefusalCode.PriceOutOfRange;
        }
        detail = market.MaxOrderLots;
        return lots < 1 || lots > market.MaxOrderLots ? RefusalCode.LotsOutOfRange : RefusalCode.None;
    }

    /// <summary>An iceberg is shown in so many parts at most: what fills it takes a step for each.</summary>
    public const int MostShows = 256;

    /// <summary>Whether an iceberg of so many lots shows enough of them at a time; the detail is the least.</summary>
    public static RefusalCode CheckDisplay(long displayLots, long lots, out long detail)
    {
        detail = Rounding.DivCeiling(lots, MostShows);
        return displayLots != 0 && displayLots < detail ? RefusalCode.DisplayTooSmall : RefusalCode.None;
    }

    /// <summary>The collar of an option that names no band: this part of its model's mark either way.</summary>
    public const int OptionBandPpm = 500_000;

    /// <summary>No option's collar is narrower than this part of its underlying: a mark near zero is no measure.</summary>
    public const int OptionBandOfUnderlyingPpm = 50_000;

    /// <summary>An order pays no more, and asks no less, than the band around mark allows. The other way it may be as far as it likes.</summary>
    public static RefusalCode CheckBand(in Market market, Side side, long price, out long detail)
    {
        detail = 0;
        long width = BandTicks(in market);
        if (width < 0)
        {
            return RefusalCode.None;
        }
        detail = side == Side.Buy ? market.MarkTicks + width : market.MarkTicks - width;
        return (side == Side.Buy ? price > detail : price < detail) ? RefusalCode.PriceBeyondBand : RefusalCode.None;
    }

    /// <summary>Width of the band around mark, ticks; −1 where there is none. Options always have one, around their model's mark.</summary>
    public static long BandTicks(in Market market)
    {
        bool option = market.Kind == MarketKind.Contract && (ContractShape)market.Shape is ContractShape.Call or ContractShape.Put;
        int ppm = market.OrderBandPpm == 0 && option ? OptionBandPpm : market.OrderBandPpm;
        if (ppm == 0)
        {
            return -1;
        }
        long width = Rounding.PpmFloor(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks), ppm);
        return option && market.OrderBandPpm == 0 ? Math.Max(width, Rounding.PpmFloor(Math.Abs(market.UnderlyingTicks), OptionBandOfUnderlyingPpm)) : width;
    }

    /// <summary>A client order id not given before, and an existing other half.</summary>
    public RefusalCode CheckClientOrderId(uint account, ulong clientOrderId, ulong other, out long detail)
    {
        detail = 48;
        if (clientOrderId > ~OrderIds.KindMask)
        {
            return RefusalCode.InvalidField;
        }
        ulong named = resting.FindClientOrder(account, clientOrderId);
        detail = (long)(named & long.MaxValue);
        if (named != 0)
        {
            return RefusalCode.DuplicateClientOrderId;
        }
        if (other == 0)
        {
            return RefusalCode.None;
        }
        if (!resting.IsLive(account, other))
        {
            return RefusalCode.UnknownOrder;
        }
        // In a chain of three, two would fill.
        detail = (long)(resting.OtherOf(account, other) & long.MaxValue);
        return detail == 0 ? RefusalCode.None : RefusalCode.OtherHalfTaken;
    }

    /// <summary>Values that exist and options that do not contradict each other.</summary>
    public static RefusalCode CheckTerms(in PlaceOrder command, bool isMarket, out long detail)
    {
        const OrderOptions PostAndSlide = OrderOptions.PostOnly | OrderOptions.Slide;
        detail = 0;
        if (command.Side > Side.Sell || command.TimeInForce > TimeInForce.Day || command.SelfTrade > SelfTradePrevention.Decrement
            || (command.Options & ~OrderOptions.All) != 0 || command.NoProtection > 1)
        {
            detail = 98;
            return RefusalCode.InvalidOptions;
        }
        bool immediate = command.TimeInForce is TimeInForce.ImmediateOrCancel or TimeInForce.FillOrKill;
        bool post = (command.Options & OrderOptions.PostOnly) != 0;
        bool contradiction = (isMarket && !immediate)
            || (post && immediate)
            || (command.Options & PostAndSlide) == OrderOptions.Slide
            || (!isMarket && command.NoProtection == 1)
            || (immediate && command.DisplayLots != 0)
            || (command.TimeInForce != TimeInForce.GoodTillTime && command.GoodTillNs != 0);
        return contradiction ? RefusalCode.InvalidOptions : RefusalCode.None;
    }

    /// <summary>Position and open orders on the order's side within the market's limit; <paramref name="replacedLots"/> are given up for it.</summary>
    public RefusalCode CheckPositionLimit(in Incoming order, in Market market, long replacedLots, out long detail)
    {
        detail = 0;
        if (order.IsReduceOnly)
        {
            return RefusalCode.None;
        }
        ref readonly OpenOrders open = ref state.Derived.OpenOrders[order.Row];
        long lots = state.Positions[order.Row].Lots;
        long reach = order.Side == Side.Buy ? lots + open.BuyLots : -lots + open.SellLots;
        reach += order.Lots - replacedLots;
        detail = reach - market.MaxPositionLots;
        if (detail > 0)
        {
            return RefusalCode.PositionLimit;
        }
        // What its owner's other accounts and markets on the index hold counts too; their open orders when they fill.
        long grows = reach - Math.Max(order.Side == Side.Buy ? lots : -lots, 0);
        detail = grows <= 0 ? 0 : grows - state.Derived.OwnerPositions.RoomBesides(order.Row, order.Market, order.Side);
        if (detail > 0)
        {
            return RefusalCode.OwnerPositionLimit;
        }
        long opening = order.Lots - Math.Max(order.Side == Side.Buy ? -lots : lots, 0);
        detail = Math.Max(opening, 0) - state.Derived.OpenInterest.RoomLots(in market);
        return detail > 0 && opening > 0 ? RefusalCode.OpenInterestCap : RefusalCode.None;
    }

    /// <summary>
    /// Initial margin with the order and its fee covered, unless the order asks for no more margin than there was. With
    /// <paramref name="replaced"/>, it takes the place of an order that is already counted. The detail is what is missing.
    /// </summary>
    public RefusalCode CheckMargin(in Incoming order, in Market market, in Order replaced, out long detail)
    {
        detail = 0;
        if (order.IsReduceOnly)
        {
            return RefusalCode.None;
        }
        ref readonly OpenOrders open = ref state.Derived.OpenOrders[order.Row];
        OpenOrders after = open;
        if (replaced.Id != 0)
        {
            after.Count(in replaced, -replaced.OpenLots);
        }
        CountIncoming(ref after, in order, order.Lots);
        long lots = state.Positions[order.Row].Lots;
        long more = margin.Change(order.Row, order.Market, lots, in after).InitialAtoms;
        if (more <= 0)
        {
            return RefusalCode.None;
        }
        long fee = Math.Max(0, fees.TakerFee(order.Account, order.Lots * Math.Abs(order.LimitTicks) * market.AtomsPerTickLot));
        Health health = margin.OfPosition(order.Row);
        long missing = health.InitialAtoms + more + fee - health.OpeningAtoms;
        detail = missing;
        return missing > 0 ? RefusalCode.InitialMarginShort : RefusalCode.None;
    }

    /// <summary>The flags of an order with a client's options.</summary>
    public static OrderFlags FlagsOf(OrderOptions options, Side side, SelfTradePrevention selfTrade) =>
        (side == Side.Sell ? OrderFlags.Sell : 0)
        | ((options & OrderOptions.PostOnly) != 0 ? OrderFlags.PostOnly : 0)
        | ((options & OrderOptions.Slide) != 0 ? OrderFlags.Slide : 0)
        | ((options & OrderOptions.ReduceOnly) != 0 ? OrderFlags.ReduceOnly : 0)
        | (OrderFlags)((int)selfTrade * (int)OrderFlags.SelfTradeLow);

    /// <summary>How far a market order without a protection price of its own may go.</summary>
    public static long ProtectionPrice(in Market market, Side side)
    {
        int bound = market.OrderBandPpm == 0 ? market.MarketOrderBoundPpm : Math.Min(market.OrderBandPpm, market.MarketOrderBoundPpm);
        long distance = Rounding.PpmFloor(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks), bound);
        long price = side == Side.Buy ? market.MarkTicks + distance : market.MarkTicks - distance;
        return Math.Clamp(price, market.MinPriceTicks, market.MaxPriceTicks);
    }

    /// <summary>Adds lots of an incoming order to what its account reserves; negative takes them away.</summary>
    public static void CountIncoming(ref OpenOrders open, in Incoming order, long lots)
    {
        var counted = new Order { Flags = order.Flags, ReserveTicks = order.ReserveTicks };
        open.Count(in counted, lots);
    }
}
