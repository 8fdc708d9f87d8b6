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

/// <summary>
/// What an order must satisfy whatever it comes from, in the order of <see cref="RefusalCode"/>. Nothing here changes anything.
/// </summary>
internal sealed class OrderChecks(IndexedState state, RestingOrders resting, AccountMargin margin, FeeSchedule fees)
{
    /// <summary>A market exists, belongs to the account's pool, trades, and has a price to margin against.</summary>
    public Refusal CheckMarket(uint account, int market, bool reduceOnly)
    {
        if (market >= state.Counts.Markets)
        {
            return Refusal.UnknownMarket(market);
        }
        ref readonly Market terms = ref state.Markets[market];
        if (state.Accounts[(int)account].Pool != terms.Pool)
        {
            return Refusal.WrongPool(terms.Pool);
        }
        if (terms.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly or MarketStatus.Auction))
        {
            return Refusal.MarketNotTrading(terms.Status);
        }
        if (terms.Status != MarketStatus.Trading && (terms.Causes & MarketCauses.Reducing) != 0 && !reduceOnly)
        {
            return Refusal.MarketReduceOnly;
        }
        if (terms.HasMark == 0)
        {
            return Refusal.NoMarkPrice;
        }
        long lots = terms.ExerciseLots == 0 || state.FindPosition(account, market) is not (>= 0 and var row)
            ? 0
            : state.Positions[row].ExerciseLots;
        return lots != 0 ? Refusal.ExercisePending(lots) : Refusal.None;
    }

    /// <summary>Price within the market's limits, lots within the largest order.</summary>
    public static Refusal CheckPriceAndLots(in Market market, long price, long lots)
    {
        if (price < market.MinPriceTicks || price > market.MaxPriceTicks)
        {
            return Refusal.PriceOutOfRange(price < market.MinPriceTicks ? market.MinPriceTicks : market.MaxPriceTicks);
        }
        return lots < 1 || lots > market.MaxOrderLots ? Refusal.LotsOutOfRange(market.MaxOrderLots) : Refusal.None;
    }

    /// <summary>An iceberg is shown in so many parts at most: what fills it takes a step for each.</summary>
    public const int MostShows = 256;

    /// <summary>Whether an iceberg of so many lots shows enough of them at a time.</summary>
    public static Refusal CheckDisplay(long displayLots, long lots)
    {
        long leastLots = Rounding.DivCeiling(lots, MostShows);
        return displayLots != 0 && displayLots < leastLots ? Refusal.DisplayTooSmall(leastLots) : Refusal.None;
    }

    /// <summary>The collar of an option that names no band: this part of its model's mark either way.</summary>
    public const int OptionBandPpm = 500_000;

    /// <summary>No option's collar is narrower than this part of its underlying: a mark near zero is no measure.</summary>
    public const int OptionBandOfUnderlyingPpm = 50_000;

    /// <summary>
    /// An order pays no more, and asks no less, than the band around mark allows. The other way it may be as far as it likes.
    /// </summary>
    public static Refusal CheckBand(in Market market, Side side, long price)
    {
        long width = BandTicks(in market);
        if (width < 0)
        {
            return Refusal.None;
        }
        long limitTicks = side == Side.Buy ? market.MarkTicks + width : market.MarkTicks - width;
        return (side == Side.Buy ? price > limitTicks : price < limitTicks) ? Refusal.PriceBeyondBand(limitTicks) : Refusal.None;
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
        return option && market.OrderBandPpm == 0
            ? Math.Max(width, Rounding.PpmFloor(Math.Abs(market.UnderlyingTicks), OptionBandOfUnderlyingPpm))
            : width;
    }

    /// <summary>A client order id not given before, and an existing other half.</summary>
    public Refusal CheckClientOrderId(uint account, ulong clientOrderId, ulong other)
    {
        if (clientOrderId > ~OrderIds.KindMask)
        {
            return Refusal.InvalidField(48);
        }
        ulong named = resting.FindClientOrder(account, clientOrderId);
        if (named != 0)
        {
            return Refusal.DuplicateClientOrderId((long)(named & long.MaxValue));
        }
        if (other == 0)
        {
            return Refusal.None;
        }
        if (!resting.IsLive(account, other))
        {
            return Refusal.UnknownOrder;
        }
        // In a chain of three, two would fill.
        long pairedWith = (long)(resting.OtherOf(account, other) & long.MaxValue);
        return pairedWith == 0 ? Refusal.None : Refusal.OtherHalfTaken(pairedWith);
    }

    /// <summary>Values that exist and options that do not contradict each other.</summary>
    public static Refusal CheckTerms(in PlaceOrder command, bool isMarket)
    {
        const OrderOptions PostAndSlide = OrderOptions.PostOnly | OrderOptions.Slide;
        if (command.Side > Side.Sell || command.TimeInForce > TimeInForce.Day || command.SelfTrade > SelfTradePrevention.Decrement
            || (command.Options & ~OrderOptions.All) != 0 || command.NoProtection > 1)
        {
            return Refusal.InvalidOptions(98);
        }
        bool immediate = command.TimeInForce is TimeInForce.ImmediateOrCancel or TimeInForce.FillOrKill;
        bool post = (command.Options & OrderOptions.PostOnly) != 0;
        bool contradiction = (isMarket && !immediate)
            || (post && immediate)
            || (command.Options & PostAndSlide) == OrderOptions.Slide
            || (!isMarket && command.NoProtection == 1)
            || (immediate && command.DisplayLots != 0)
            || (command.TimeInForce != TimeInForce.GoodTillTime && command.GoodTillNs != 0);
        return contradiction ? Refusal.InvalidOptions() : Refusal.None;
    }

    /// <summary>
    /// Position and open orders on the order's side within the market's limit; <paramref name="replacedLots"/> are given up for it.
    /// </summary>
    public Refusal CheckPositionLimit(in Incoming order, in Market market, long replacedLots)
    {
        if (order.IsReduceOnly)
        {
            return Refusal.None;
        }
        ref readonly OpenOrders open = ref state.Derived.OpenOrders[order.Row];
        long lots = state.Positions[order.Row].Lots;
        long reach = order.Side == Side.Buy ? lots + open.BuyLots : -lots + open.SellLots;
        reach += order.Lots - replacedLots;
        long excessLots = reach - market.MaxPositionLots;
        if (excessLots > 0)
        {
            return Refusal.PositionLimit(excessLots);
        }
        // What its owner's other accounts and markets on the index hold counts too; their open orders when they fill.
        long grows = reach - Math.Max(order.Side == Side.Buy ? lots : -lots, 0);
        excessLots = grows <= 0 ? 0 : grows - state.Derived.OwnerPositions.RoomBesides(order.Row, order.Market, order.Side);
        if (excessLots > 0)
        {
            return Refusal.OwnerPositionLimit(excessLots);
        }
        long opening = order.Lots - Math.Max(order.Side == Side.Buy ? -lots : lots, 0);
        excessLots = Math.Max(opening, 0) - state.Derived.OpenInterest.RoomLots(in market);
        return excessLots > 0 && opening > 0 ? Refusal.OpenInterestCap(excessLots) : Refusal.None;
    }

    /// <summary>
    /// Initial margin with the order and its fee covered, unless the order asks for no more margin than there was. With
    /// <paramref name="replaced"/>, it takes the place of an order that is already counted.
    /// </summary>
    public Refusal CheckMargin(in Incoming order, in Market market, in Order replaced)
    {
        if (order.IsReduceOnly)
        {
            return Refusal.None;
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
            return Refusal.None;
        }
        long fee = Math.Max(0, fees.TakerFee(order.Account, order.Lots * Math.Abs(order.LimitTicks) * market.AtomsPerTickLot));
        Health health = margin.OfPosition(order.Row);
        long missing = health.InitialAtoms + more + fee - health.OpeningAtoms;
        return missing > 0 ? Refusal.InitialMarginShort(missing) : Refusal.None;
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
