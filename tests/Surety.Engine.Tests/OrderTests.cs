using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class OrderTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private readonly TestVenue _venue = new();

    [Fact]
    public void Better_prices_go_first_and_among_equal_prices_the_earlier()
    {
        ulong late = _venue.Placed(A, Limit(Side.Sell, 8010, 5));
        ulong first = _venue.Placed(B, Limit(Side.Sell, 8005, 5));
        ulong second = _venue.Placed(A, Limit(Side.Sell, 8005, 5));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8010, 12, TimeInForce.ImmediateOrCancel), C);
        Assert.Equal([first, second, late], _venue.Events<Trade>(EventKind.Trade).Select(t => t.MakerOrder));
        Assert.Equal([8005L, 8005, 8010], _venue.Events<Trade>(EventKind.Trade).Select(t => t.PriceTicks));
        Assert.Equal(3, _venue.Order(late).OpenLots);
    }

    [Fact]
    public void An_immediate_order_takes_what_there_is_and_never_rests()
    {
        _venue.Placed(A, Limit(Side.Sell, 8000, 5));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8000, 9, TimeInForce.ImmediateOrCancel), B);
        OrderEnded end = _venue.Events<OrderEnded>(EventKind.OrderEnded).Last();
        Assert.Equal((EndReason.NotImmediate, 4L), (end.Reason, end.RestLots));
        Assert.False(_venue.Book().HasBid);
    }

    [Fact]
    public void A_fill_or_kill_fills_whole_or_changes_nothing()
    {
        _venue.Placed(A, Limit(Side.Sell, 8000, 5));
        _venue.Placed(B, Limit(Side.Sell, 8001, 5));
        Assert.Equal(RefusalCode.CannotFill, _venue.Place(C, Limit(Side.Buy, 8001, 11, TimeInForce.FillOrKill)));
        Assert.Equal(10, _venue.LastDetail);
        Assert.Equal(RefusalCode.CannotFill, _venue.Place(C, Limit(Side.Buy, 8000, 6, TimeInForce.FillOrKill)));
        Assert.Equal(0, _venue.Lots(C));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8001, 10, TimeInForce.FillOrKill), C);
        Assert.Equal(10, _venue.Lots(C));
    }

    [Fact]
    public void A_market_order_goes_no_further_than_its_protection_price()
    {
        _venue.Placed(A, Limit(Side.Sell, 8100, 5));
        _venue.Placed(B, Limit(Side.Sell, 8500, 5));
        PlaceOrder order = Limit(Side.Buy, 0, 10, TimeInForce.ImmediateOrCancel, OrderOptions.Market);
        order.NoProtection = 1;
        _venue.Must(CommandKind.PlaceOrder, order, C);
        // The venue's bound is 3% of 8,000.
        Assert.Equal(5, _venue.Lots(C));
        order = Limit(Side.Buy, 8500, 5, TimeInForce.ImmediateOrCancel, OrderOptions.Market);
        _venue.Must(CommandKind.PlaceOrder, order, C);
        Assert.Equal(10, _venue.Lots(C));
    }

    [Fact]
    public void Post_only_is_refused_where_it_would_take_or_slides_to_the_best_price_that_does_not()
    {
        _venue.Placed(A, Limit(Side.Sell, 8005, 5));
        Assert.Equal(RefusalCode.WouldTake, _venue.Place(B, Limit(Side.Buy, 8005, 1, options: OrderOptions.PostOnly)));
        Assert.Equal(8005, _venue.LastDetail);
        ulong slid = _venue.Placed(B, Limit(Side.Buy, 8010, 1, options: OrderOptions.PostOnly | OrderOptions.Slide));
        Assert.Equal(8004, _venue.Order(slid).PriceTicks);
        Assert.Equal(RefusalCode.WouldTake,
            _venue.Send(CommandKind.AmendOrder,
            new AmendOrder { OrderId = _venue.Placed(C, Limit(Side.Buy, 7990, 1, options: OrderOptions.PostOnly)), PriceTicks = 8006 }, C));
    }

    [Fact]
    public void A_reduce_only_order_never_turns_or_opens_a_position()
    {
        Assert.Equal(RefusalCode.WouldNotReduce, _venue.Place(A, Limit(Side.Sell, 8000, 1, options: OrderOptions.ReduceOnly)));
        _venue.Trade(A, B, 8000, 10);
        ulong resting = _venue.Placed(A, Limit(Side.Sell, 8010, 10, options: OrderOptions.ReduceOnly));
        _venue.Placed(C, Limit(Side.Buy, 7990, 50));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 7990, 30, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly), A);
        Assert.Equal(0, _venue.Lots(A));
        // The resting one has nothing left to reduce: the next taker finds it gone.
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8010, 5, TimeInForce.ImmediateOrCancel), B);
        Assert.False(_venue.IsLive(resting));
        Assert.Equal(0, _venue.Lots(A));
        Assert.Contains(_venue.Events<OrderEnded>(EventKind.OrderEnded),
            e => e.OrderId == resting && e.Reason == EndReason.NothingToReduce);
    }

    [Fact]
    public void Good_till_time_and_day_orders_end_when_their_time_comes()
    {
        PlaceOrder order = Limit(Side.Buy, 7900, 1, TimeInForce.GoodTillTime);
        order.GoodTillNs = _venue.TimeNs + 5_000_000_000;
        ulong timed = _venue.Placed(A, order);
        ulong day = _venue.Placed(A, Limit(Side.Buy, 7901, 1, TimeInForce.Day));
        ulong kept = _venue.Placed(A, Limit(Side.Buy, 7902, 1));
        _venue.Wait(4_999);
        Assert.True(_venue.IsLive(timed));
        _venue.Wait(1);
        Assert.False(_venue.IsLive(timed));
        Assert.Equal(EndReason.Expired, _venue.Events<OrderEnded>(EventKind.OrderEnded).Single().Reason);
        _venue.Wait(86_400_000);
        Assert.False(_venue.IsLive(day));
        Assert.True(_venue.IsLive(kept));
    }

    [Fact]
    public void A_stop_waits_for_its_price_and_becomes_a_market_order()
    {
        _venue.Trade(A, B, 8000, 10);
        _venue.Placed(C, Limit(Side.Buy, 7890, 20));
        _venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Side = Side.Sell,
                Kind = TriggerKind.Stop,
                Source = TriggerSource.Index,
                TriggerTicks = 7900,
                Lots = 10,
                Options = OrderOptions.Market | OrderOptions.ReduceOnly
            }, A);
        _venue.Price(7950);
        Assert.Equal(10, _venue.Lots(A));
        _venue.Price(7900);
        Assert.Equal(0, _venue.Lots(A));
        Assert.Equal(0, _venue.State.Accounts[(int)A].LiveOrders);
    }

    [Fact]
    public void A_take_profit_on_the_last_price_fires_inside_the_command_whose_trade_set_it_off()
    {
        _venue.Trade(A, B, 8000, 10);
        _venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Side = Side.Sell,
                Kind = TriggerKind.TakeProfit,
                Source = TriggerSource.Last,
                TriggerTicks = 8050,
                PriceTicks = 8040,
                Lots = 10
            }, A);
        _venue.Placed(C, Limit(Side.Buy, 8045, 50));
        _venue.Placed(B, Limit(Side.Sell, 8050, 1));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8050, 1, TimeInForce.ImmediateOrCancel), C);
        Assert.Single(_venue.Events<OrderTriggered>(EventKind.OrderTriggered));
        Assert.Equal(0, _venue.Lots(A));
    }

    [Fact]
    public void A_trailing_stop_follows_the_best_price_and_never_turns_back()
    {
        _venue.Trade(A, B, 8000, 10);
        _venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Side = Side.Sell,
                Kind = TriggerKind.TrailingStop,
                Source = TriggerSource.Index,
                TrailTicks = 100,
                Lots = 10,
                Options = OrderOptions.Market
            }, A);
        _venue.Price(8200);
        _venue.Placed(C, Limit(Side.Buy, 8080, 50));
        _venue.Price(8101);
        Assert.Equal(10, _venue.Lots(A));
        _venue.Price(8100);
        Assert.Equal(0, _venue.Lots(A));
    }

    [Fact]
    public void One_cancels_the_other_whichever_comes_first()
    {
        _venue.Trade(A, B, 8000, 10);
        ulong profit = _venue.Placed(A, Limit(Side.Sell, 8100, 10));
        _venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Side = Side.Sell,
                Kind = TriggerKind.Stop,
                Source = TriggerSource.Mark,
                TriggerTicks = 7900,
                Lots = 10,
                Options = OrderOptions.Market,
                OneCancelsOther = profit
            }, A);
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8100, 10, TimeInForce.ImmediateOrCancel), C);
        Assert.Equal(0, _venue.State.Accounts[(int)A].LiveOrders);
        Assert.Contains(_venue.Events<OrderEnded>(EventKind.OrderEnded), e => e.Reason == EndReason.OneCancelsOther);

        _venue.Trade(A, B, 8000, 10);
        profit = _venue.Placed(A, Limit(Side.Sell, 8100, 10));
        _venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Side = Side.Sell,
                Kind = TriggerKind.Stop,
                Source = TriggerSource.Index,
                TriggerTicks = 7900,
                Lots = 10,
                Options = OrderOptions.Market,
                OneCancelsOther = profit
            }, A);
        _venue.Placed(C, Limit(Side.Buy, 7890, 10));
        _venue.Price(7900);
        Assert.False(_venue.IsLive(profit));
        Assert.Equal(0, _venue.Lots(A));
    }

    [Fact]
    public void A_twap_trades_equal_slices_at_equal_intervals()
    {
        _venue.Placed(B, Limit(Side.Sell, 8000, 1000));
        _venue.Must(CommandKind.PlaceTwap,
            new PlaceTwap { Side = Side.Buy, PriceTicks = 8010, TotalLots = 10, Slices = 4, IntervalNs = 1_000_000_000 }, A);
        var held = new List<long>();
        for (int i = 0; i < 5; i++)
        {
            _venue.Wait(i == 0 ? 0 : 1000);
            held.Add(_venue.Lots(A));
        }
        Assert.Equal([2L, 4, 7, 10, 10], held);
        Assert.Equal(0, _venue.State.Accounts[(int)A].LiveOrders);
    }

    [Fact]
    public void An_iceberg_shows_a_part_and_refills_at_the_end_of_the_queue()
    {
        PlaceOrder order = Limit(Side.Sell, 8000, 10);
        order.DisplayLots = 4;
        ulong iceberg = _venue.Placed(A, order);
        ulong behind = _venue.Placed(B, Limit(Side.Sell, 8000, 3));
        Assert.Equal(7, _venue.Book().LotsAt(8000));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8000, 8, TimeInForce.ImmediateOrCancel), C);
        Assert.Equal([(iceberg, 4L), (behind, 3L), (iceberg, 1L)],
            _venue.Events<Trade>(EventKind.Trade).Select(t => (t.MakerOrder, t.Lots)));
        Assert.Equal(3, _venue.Book().LotsAt(8000));
        Assert.Equal(5, _venue.Order(iceberg).OpenLots);
    }

    [Fact]
    public void An_amended_order_keeps_its_id_and_its_place_only_when_it_shrinks()
    {
        ulong first = _venue.Placed(A, Limit(Side.Sell, 8000, 5));
        ulong second = _venue.Placed(B, Limit(Side.Sell, 8000, 5));
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = first, PriceTicks = 8000, TotalLots = 3 }, A);
        Assert.Equal(_venue.State.Derived.Books[0]!.First(8000), OrderIds.Slot(first));
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = first, PriceTicks = 8000, TotalLots = 4 }, A);
        Assert.Equal(_venue.State.Derived.Books[0]!.First(8000), OrderIds.Slot(second));
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = first, PriceTicks = 8001 }, A);
        Assert.Equal(8001, _venue.Order(first).PriceTicks);
        Assert.Equal(RefusalCode.AmendWouldNotChange,
            _venue.Send(CommandKind.AmendOrder, new AmendOrder { OrderId = first, PriceTicks = 8001 }, A));
    }

    [Fact]
    public void An_amended_total_counts_what_was_filled_so_that_a_race_with_a_fill_cannot_trade_twice()
    {
        ulong order = _venue.Placed(A, Limit(Side.Sell, 8000, 10));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8000, 6, TimeInForce.ImmediateOrCancel), B);
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = order, PriceTicks = 8000, TotalLots = 8 }, A);
        Assert.Equal(2, _venue.Order(order).OpenLots);
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = order, PriceTicks = 8000, TotalLots = 5 }, A);
        Assert.False(_venue.IsLive(order));
    }

    [Fact]
    public void An_amendment_that_crosses_trades_and_the_rest_keeps_the_id()
    {
        _venue.Placed(B, Limit(Side.Buy, 7990, 4));
        ulong order = _venue.Placed(A, Limit(Side.Sell, 8000, 10));
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = order, PriceTicks = 7990 }, A);
        Assert.Equal((7990L, 6L, 4L), (_venue.Order(order).PriceTicks, _venue.Order(order).OpenLots, _venue.Order(order).FilledLots));
        Assert.Equal(order, _venue.Events<Trade>(EventKind.Trade).Single().TakerOrder);
    }

    [Fact]
    public void Cancel_all_ends_orders_triggers_and_twaps()
    {
        _venue.Placed(A, Limit(Side.Buy, 7900, 1));
        _venue.Placed(A, Limit(Side.Buy, 7901, 1, market: Future));
        _venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger { Side = Side.Buy, TriggerTicks = 8100, Source = TriggerSource.Mark, Lots = 1, Options = OrderOptions.Market },
            A);
        _venue.Must(CommandKind.PlaceTwap,
            new PlaceTwap { Side = Side.Buy, PriceTicks = 8010, TotalLots = 10, Slices = 4, IntervalNs = 1_000_000_000 }, A);
        _venue.Must(CommandKind.CancelAll, new CancelAll { Market = OptionalId.Of(Future) }, A);
        Assert.Equal(3, _venue.State.Accounts[(int)A].LiveOrders);
        _venue.Must(CommandKind.CancelAll, new CancelAll(), A);
        Assert.Equal(0, _venue.State.Accounts[(int)A].LiveOrders);
    }

    [Fact]
    public void A_client_order_id_places_once_and_names_the_order_afterwards()
    {
        PlaceOrder order = Limit(Side.Buy, 7900, 1);
        order.ClientOrderId = 77;
        ulong id = _venue.Placed(A, order);
        Assert.Equal(RefusalCode.DuplicateClientOrderId, _venue.Place(A, order));
        Assert.Equal((long)id, _venue.LastDetail);
        Assert.Equal(1, _venue.State.Accounts[(int)A].LiveOrders);
        _venue.Must(CommandKind.AmendOrder, new AmendOrder { OrderId = OrderIds.ByClient(77), PriceTicks = 7901 }, A);
        _venue.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = OrderIds.ByClient(77) }, A);
        // Still remembered after its end.
        Assert.Equal(RefusalCode.DuplicateClientOrderId, _venue.Place(A, order));
        Assert.Equal(RefusalCode.None, _venue.Place(B, order));
    }

    [Theory]
    [InlineData(SelfTradePrevention.CancelNewest, true, 0, 5)]
    [InlineData(SelfTradePrevention.CancelOldest, false, 0, 8)]
    [InlineData(SelfTradePrevention.CancelBoth, false, 0, 0)]
    [InlineData(SelfTradePrevention.Decrement, false, 0, 3)]
    public void Nobody_trades_with_himself(SelfTradePrevention mode, bool restingLives, long traded, long left)
    {
        ulong resting = _venue.Placed(A, Limit(Side.Sell, 8000, 5));
        PlaceOrder order = Limit(Side.Buy, 8000, 8);
        order.SelfTrade = mode;
        ulong taker = _venue.Placed(A, order);
        Assert.Equal(restingLives, _venue.IsLive(resting));
        Assert.Equal(traded, _venue.Events<Trade>(EventKind.Trade).Count);
        Assert.Equal(left, restingLives ? _venue.Order(resting).OpenLots : _venue.IsLive(taker) ? _venue.Order(taker).OpenLots : 0);
    }

    [Fact]
    public void Sub_accounts_of_one_owner_do_not_trade_with_each_other()
    {
        _venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint sub = (uint)_venue.Events<CommandAccepted>(EventKind.CommandAccepted).Single().Created;
        _venue.Deposit(sub, 10_000 * Dollar);
        _venue.Placed(A, Limit(Side.Sell, 8000, 5));
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8000, 5, TimeInForce.ImmediateOrCancel), sub, KeyOf(A));
        Assert.Empty(_venue.Events<Trade>(EventKind.Trade));
    }

    [Fact]
    public void A_mass_quote_replaces_both_sides_under_their_ids_and_zero_lots_pull()
    {
        _venue.Must(CommandKind.MassQuote, Quote(7990, 5, 8010, 5), A);
        (ulong bid, ulong ask) = QuoteIds();
        _venue.Must(CommandKind.MassQuote, Quote(8011, 5, 8020, 7), A);
        Assert.Equal((bid, ask), QuoteIds());
        Assert.Equal((8011L, 8020L, 7L), (_venue.Order(bid).PriceTicks, _venue.Order(ask).PriceTicks, _venue.Order(ask).OpenLots));
        _venue.Must(CommandKind.MassQuote, Quote(8011, 0, 8020, 7), A);
        Assert.False(_venue.IsLive(bid));
        Assert.True(_venue.IsLive(ask));
    }

    [Theory]
    [InlineData(5, 100)]
    [InlineData(100, 5)]
    public void Market_maker_protection_pulls_all_quotes_when_a_window_limit_is_reached(long lotsLimit, long deltaLimit)
    {
        _venue.Must(CommandKind.SetQuoteProtection,
            new SetQuoteProtection { WindowNs = 1_000_000_000, LotsLimit = lotsLimit, DeltaLimit = deltaLimit, FreezeNs = 2_000_000_000 },
            A);
        var both = Quote(7990, 10, 8010, 10);
        both.Count = 2;
        both.Entries[1] = new QuoteEntry { Market = Future, BidTicks = 7990, BidLots = 1, AskTicks = 8010, AskLots = 1 };
        _venue.Must(CommandKind.MassQuote, both, A);
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8010, 4, TimeInForce.ImmediateOrCancel), B);
        Assert.True(_venue.Book().HasBid);
        _venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8010, 1, TimeInForce.ImmediateOrCancel), B);
        Assert.Single(_venue.Events<QuotesPulled>(EventKind.QuotesPulled));
        Assert.False(_venue.Book().HasBid || _venue.Book().HasAsk || _venue.Book(Future).HasBid);
        Assert.Equal(RefusalCode.QuotesFrozen, _venue.Send(CommandKind.MassQuote, Quote(7990, 1, 8010, 1), A));
        _venue.Wait(2_000);
        _venue.Must(CommandKind.MassQuote, Quote(7990, 1, 8010, 1), A);
    }

    [Fact]
    public void Fees_go_by_volume_and_a_rebate_is_paid_out_of_the_takers_fee()
    {
        _venue.Trade(A, B, 8000, 1000);
        Trade first = _venue.Events<Trade>(EventKind.Trade).Single();
        // 8,000 USD of notional: 5 bp and 1 bp.
        Assert.Equal((4 * Dollar, 800_000L), (first.TakerFeeAtoms, first.MakerFeeAtoms));
        for (int i = 0; i < 63; i++)
        {
            _venue.Trade(A, B, 8000, 1000);
            _venue.Trade(B, A, 8000, 1000);
        }
        _venue.Trade(A, B, 8000, 1000);
        Trade last = _venue.Events<Trade>(EventKind.Trade).Single();
        // Beyond a million: 3 bp, and half a basis point back.
        Assert.Equal((2_400_000L, -400_000L), (last.TakerFeeAtoms, last.MakerFeeAtoms));
        Assert.True(_venue.State.Pools[0].FeesAtoms > 0);
    }

    private static MassQuote Quote(long bid, long bidLots, long ask, long askLots)
    {
        var quote = new MassQuote { Count = 1 };
        quote.Entries[0] = new QuoteEntry { BidTicks = bid, BidLots = bidLots, AskTicks = ask, AskLots = askLots };
        return quote;
    }

    private (ulong Bid, ulong Ask) QuoteIds()
    {
        Position position = _venue.State.Positions[_venue.State.FindPosition(A, Perpetual)];
        return (position.QuoteBid, position.QuoteAsk);
    }
}
