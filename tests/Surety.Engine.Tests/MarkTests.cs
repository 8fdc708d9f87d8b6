using System;
using Surety.Engine.Auditing;
using Surety.Engine.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>What a mark follows, and what it does not: attempts to set it for others.</summary>
public class MarkTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint Pusher = FirstTrader + 2;
    private const long Start = StartNs / 1_000_000;
    private const long Week = Start + (7 * OptionsVenue.Day);
    private const long FutureExpiry = Start + OptionsVenue.Day;
    private const long HalfHour = 1_800_000;

    [Fact]
    public void Quotes_in_an_empty_book_liquidate_nobody_whose_index_has_not_moved()
    {
        var venue = new TestVenue(5);
        venue.Deposit(Pusher, 10_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        // At 7,195 A has 19,100 against maintenance of 17,990; at a mark half a per cent lower it has 15,500.
        Reach(venue, 7_195);
        Assert.True(venue.Engine.Margin.Cross(A).CoversMaintenance);
        // As deep as the open interest asks for, far under the index.
        venue.Placed(Pusher, Limit(Side.Buy, 7_000, 5_000));
        venue.Placed(Pusher, Limit(Side.Sell, 7_010, 5_000));
        for (int i = 0; i < 60; i++)
        {
            venue.TimeNs += 10_000_000_000;
            venue.Price(7_195);
        }
        Market market = venue.State.Markets[Perpetual];
        Assert.True(market.MarkTicks <= 7_165, $"the mark did not follow: {market.MarkTicks}");
        Health atMark = venue.Engine.Margin.Cross(A);
        Assert.False(atMark.CoversMaintenance);
        Assert.Empty(venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
        Assert.Null(Audit.FindViolation(venue.Engine));
        // The index decides: a little lower, and the account is found though no band of it was left.
        venue.TimeNs += 10_000_000_000;
        venue.Price(7_150);
        Assert.NotEmpty(venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
    }

    [Fact]
    public void A_book_that_is_thin_against_the_open_interest_moves_no_mark()
    {
        var venue = new TestVenue(5);
        venue.Deposit(Pusher, 10_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        // Eleven thousand dollars a side: more than the impact notional, and less than a part in 64 of what is held.
        venue.Placed(Pusher, Limit(Side.Buy, 7_900, 1_400));
        venue.Placed(Pusher, Limit(Side.Sell, 7_910, 1_400));
        for (int i = 0; i < 30; i++)
        {
            venue.TimeNs += 10_000_000_000;
            venue.Price(8_000);
        }
        Assert.Equal(8_000, venue.State.Markets[Perpetual].MarkTicks);
    }

    [Fact]
    public void One_lot_on_each_side_marks_no_contract()
    {
        (OptionsVenue venue, int digital) = Digital();
        venue.Venue.Trade(A, B, 1_500, 100, digital);
        venue.Venue.Placed(Pusher, Limit(Side.Buy, 4_900, 1, market: digital));
        venue.Venue.Placed(Pusher, Limit(Side.Sell, 4_920, 1, market: digital));
        venue.Until(Start + 3_600_000, 8_000, 10_000);
        Assert.Equal(0, venue.Venue.State.Markets[digital].MarkTicks);
    }

    [Fact]
    public void A_contract_without_a_formula_follows_its_book_only_with_depth_and_time()
    {
        (OptionsVenue venue, int digital) = Digital();
        venue.Venue.Trade(A, B, 1_500, 100, digital);
        ulong bid = venue.Venue.Placed(A, Limit(Side.Buy, 1_490, 40_000, market: digital));
        ulong ask = venue.Venue.Placed(B, Limit(Side.Sell, 1_510, 20_000, market: digital));
        long one = Start + 10_000;
        venue.Until(one, 8_000, 10_000);
        long first = venue.Venue.State.Markets[digital].MarkTicks;
        Assert.InRange(first, 1, 300);
        venue.Until(Start + 600_000, 8_000, 10_000);
        long settled = venue.Venue.State.Markets[digital].MarkTicks;
        Assert.InRange(settled, 1_490, 1_500);
        // The book is gone: the mark stays about where it was, and the index's jump over the strike does not move it at once.
        venue.Venue.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = bid }, A);
        venue.Venue.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = ask }, B);
        venue.Until(Start + 610_000, 9_010, 10_000);
        Assert.InRange(venue.Venue.State.Markets[digital].MarkTicks, settled - 30, settled + 100);
        venue.Until(Start + 7_200_000, 9_010, 10_000);
        Assert.InRange(venue.Venue.State.Markets[digital].MarkTicks, 4_900, 5_000);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void A_future_is_marked_with_the_part_of_its_window_that_is_fixed_and_ends_where_it_settles()
    {
        var venue = new TestVenue();
        venue.Trade(A, B, 8_000, 100, Future);
        Until(venue, FutureExpiry - HalfHour, 8_000);
        Assert.Equal(8_000, venue.State.Markets[Future].MarkTicks);
        // Fifteen of thirty minutes at 8,000, then a fall of a thousand: half of it is still open.
        Until(venue, FutureExpiry - (HalfHour / 2), 8_000);
        venue.Price(7_000);
        Assert.Equal(7_500, venue.State.Markets[Future].MarkTicks);
        Assert.Equal((7_000, 7_500), (venue.State.Markets[Future].UnderlyingTicks, venue.State.Markets[Future].IndexTicks));
        Until(venue, FutureExpiry - 60_000, 7_000);
        Assert.Equal(7_500, venue.State.Markets[Future].MarkTicks);
        venue.Price(6_000);
        long last = venue.State.Markets[Future].MarkTicks;
        Assert.Equal(7_500 - (1_000 / 30), last, 1.0);
        Until(venue, FutureExpiry, 6_000);
        Assert.Equal(last, Settled(venue), 1.0);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_future_written_as_text_is_marked_like_one_that_is_built_in()
    {
        var venue = new OptionsVenue();
        long expiry = Start + (2 * HalfHour);
        int future = venue.List(OptionsVenue.Text("mean(S, 30m)", expiry), expiry);
        venue.Venue.Price(8_000);
        venue.Until(expiry - (HalfHour / 2), 8_000);
        venue.Venue.Price(7_000);
        Assert.Equal(7_500, venue.Venue.State.Markets[future].MarkTicks, 1.0);
    }

    [Fact]
    public void A_basis_ends_with_the_settlement_window()
    {
        var venue = new TestVenue();
        venue.Deposit(Pusher, 10_000_000 * Dollar);
        Until(venue, FutureExpiry - HalfHour - 600_000, 8_000);
        venue.Placed(Pusher, Limit(Side.Buy, 8_200, 5_000, market: Future));
        venue.Placed(A, Limit(Side.Sell, 8_210, 5_000, market: Future));
        Until(venue, FutureExpiry - HalfHour, 8_000);
        Assert.Equal(8_040, venue.State.Markets[Future].MarkTicks);
        Until(venue, FutureExpiry - (HalfHour / 2), 8_000);
        Assert.Equal(8_020, venue.State.Markets[Future].MarkTicks, 1.0);
        Until(venue, FutureExpiry - 10_000, 8_000);
        Assert.Equal(8_000, venue.State.Markets[Future].MarkTicks, 1.0);
    }

    [Fact]
    public void However_often_the_index_is_reported_every_millisecond_of_the_window_counts()
    {
        // A price of ten ticks, each 1.3 ms: rounding must not take its part of the mean.
        var venue = new TestVenue(price: 10);
        Until(venue, FutureExpiry - HalfHour, 10);
        for (int i = 0; i < 2_000; i++)
        {
            venue.TimeNs += 1_300_000;
            venue.Price(10);
        }
        Until(venue, FutureExpiry, 10);
        Assert.Equal(10, Settled(venue));
        Assert.Equal((HalfHour, 10 * HalfHour), (venue.State.Markets[Future].SettlementMs, venue.State.Markets[Future].SettlementSum));
    }

    [Fact]
    public void A_future_settles_within_its_price_limits()
    {
        var venue = new TestVenue();
        Until(venue, FutureExpiry - HalfHour - 60_000, 8_000);
        Until(venue, FutureExpiry, 70_000);
        Assert.Equal(60_000, Settled(venue));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_option_on_a_mean_keeps_its_value_when_the_window_begins(bool isPut)
    {
        var venue = new OptionsVenue();
        long expiry = Start + (2 * HalfHour);
        int option = venue.List(isPut ? OptionsVenue.Put(8_000, expiry) : OptionsVenue.Call(8_000, expiry), expiry);
        venue.Venue.Price(8_000);
        long before = 0;
        for (long at = expiry - HalfHour - 120_000; at <= expiry - HalfHour + 120_000; at += 10_000)
        {
            venue.Until(at, 8_000, 10_000);
            long mark = venue.Venue.State.Markets[option].MarkTicks;
            Assert.True(before == 0 || Math.Abs(mark - before) <= 1, $"{before} became {mark} at {(at - expiry) / 1000} s");
            before = mark;
        }
        Assert.InRange(before, 8, 20);
    }

    [Fact]
    public void What_a_window_has_fixed_hedges_nothing_under_portfolio_margin()
    {
        var venue = new OptionsVenue(scanPpm: 160_000);
        int call = venue.List(OptionsVenue.Call(4_000, FutureExpiry), FutureExpiry);
        venue.Until(FutureExpiry - HalfHour, 8_000, 3_000_000);
        venue.Volatility(80);
        venue.Venue.Trade(A, B, 8_000, 1_000);
        long alone = venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms;
        venue.Venue.Trade(B, A, 8_000, 500, Future);
        venue.Venue.Trade(B, A, 4_000, 500, call);
        long hedged = venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms;
        Assert.True(hedged < alone / 4, $"{hedged} of {alone}");
        venue.Until(FutureExpiry - (HalfHour / 2), 8_000, 10_000);
        Assert.InRange(venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms, alone * 50 / 100, alone * 75 / 100);
        venue.Until(FutureExpiry - 20_000, 8_000, 10_000);
        Assert.InRange(venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms, alone * 98 / 100, alone * 120 / 100);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void An_option_that_can_be_exercised_early_is_never_marked_below_what_its_holder_can_take()
    {
        var venue = new OptionsVenue();
        long expiry = Start + (2 * HalfHour);
        int put = venue.List(OptionsVenue.Put(8_000, expiry, "holder may take max(8000 - S, 0)\n"), expiry);
        venue.Venue.Price(8_000);
        venue.Until(expiry - 240_000, 8_000);
        venue.Venue.Price(7_000);
        Assert.InRange(venue.Venue.State.Markets[put].MarkTicks, 1_000, 1_100);
    }

    private static (OptionsVenue Venue, int Digital) Digital()
    {
        var venue = new OptionsVenue();
        foreach (uint trader in new[] { A, B, Pusher })
        {
            venue.Venue.Deposit(trader, 10_000_000 * Dollar);
        }
        int digital = venue.List(OptionsVenue.Text("if S >= 9000 then 5000 else 0", Week), Week);
        venue.Venue.Price(8_000);
        return (venue, digital);
    }

    private static long Settled(TestVenue venue)
    {
        Assert.Equal(MarketStatus.Expired, venue.State.Markets[Future].Status);
        return venue.State.Markets[Future].MarkTicks;
    }

    // Down in steps that no breaker minds.
    private static void Reach(TestVenue venue, long price)
    {
        for (long at = 7_950; at > price; at -= 50)
        {
            venue.TimeNs += 10_000_000_000;
            venue.Price(at);
        }
        venue.TimeNs += 10_000_000_000;
        venue.Price(price);
    }

    private static void Until(TestVenue venue, long ms, long price)
    {
        // Seldom while far, every ten seconds near the moment.
        while (venue.TimeNs / 1_000_000 < ms)
        {
            long left = ms - (venue.TimeNs / 1_000_000);
            venue.TimeNs += Math.Min(left, left > 4_000_000 ? 3_000_000 : 10_000) * 1_000_000;
            venue.Price(price);
        }
        venue.SendTick();
    }
}
