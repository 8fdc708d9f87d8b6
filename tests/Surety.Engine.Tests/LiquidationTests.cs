using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class LiquidationTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private const uint Fund = 1;

    [Fact]
    public void Orders_go_first_then_no_more_lots_than_bring_the_account_back_above_initial_margin()
    {
        TestVenue venue = Leveraged();
        ulong order = venue.Placed(A, Limit(Side.Buy, 6_000, 100));
        venue.Placed(C, Limit(Side.Buy, 7_165, 100_000));
        venue.Price(7_170);
        Assert.False(venue.IsLive(order));
        LiquidationEnded end = Ended(venue).Single();
        Assert.Equal(LiquidationOutcome.Reduced, end.Outcome);
        Assert.True(end.FeeAtoms > 0);
        Assert.InRange(venue.Lots(A), 1, 99_999);
        Assert.True(venue.Engine.Margin.Cross(A).CoversInitial);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void What_the_book_does_not_take_within_the_bound_goes_to_the_insurance_fund_at_mark_and_no_more_than_needed()
    {
        TestVenue venue = Leveraged();
        venue.Deposit(Fund, 10_000_000 * Dollar);
        // A bid too far below mark is no place to sell at.
        venue.Placed(C, Limit(Side.Buy, 7_000, 100_000));
        venue.Price(7_170);
        Assert.Equal(LiquidationOutcome.TakenOver, Ended(venue).Single().Outcome);
        Assert.InRange(venue.Lots(A), 50_000, 99_000);
        Assert.Equal(100_000, venue.Lots(A) + venue.Lots(Fund));
        Assert.True(venue.Engine.Margin.Cross(A).CoversMaintenance);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void The_fund_works_off_what_it_took_a_tenth_at_each_price()
    {
        TestVenue venue = Leveraged();
        venue.Deposit(Fund, 1_000_000 * Dollar);
        venue.Price(7_170);
        long taken = venue.Lots(Fund);
        venue.Placed(C, Limit(Side.Buy, 7_165, 100_000));
        venue.Price(7_171);
        Assert.InRange(venue.Lots(Fund), taken / 2, taken * 91 / 100);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Without_a_fund_the_other_side_is_deleveraged_gives_of_its_gain_what_is_missing_and_nobody_is_left_below_zero()
    {
        TestVenue venue = Leveraged();
        venue.Price(6_950);
        Assert.Equal(LiquidationOutcome.Deleveraged, Ended(venue).First().Outcome);
        List<PositionTransferred> moved = Transfers(venue);
        // B, short 100,000 lots, is closed and pays the deficit that A left: equity of A was below zero.
        Assert.All(moved, m => Assert.Equal((B, A), (m.Header.Account, m.FromAccount)));
        Assert.Equal(100_000, moved.Sum(m => m.Lots));
        Assert.Equal(Ended(venue).First().ResidualAtoms, moved.Sum(m => m.GainAtoms));
        Assert.Equal((0L, 0L), (venue.Lots(A), venue.Lots(B)));
        Assert.Equal(0, venue.Engine.Margin.Cross(A).EquityAtoms);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_solvent_account_without_a_book_is_deleveraged_at_mark_by_what_brings_it_back_above_maintenance_and_not_a_lot_more()
    {
        TestVenue venue = Leveraged();
        venue.Price(7_170);
        PositionTransferred[] moved = [.. Transfers(venue)];
        Assert.All(moved, m => Assert.Equal(0, m.GainAtoms));
        Assert.InRange(venue.Lots(A), 1, 99_999);
        // Half way from maintenance to initial margin, to the lot.
        long perLot = 7_170 * 1_000L * 75 / 1_000;
        Surety.Engine.Margin.Health health = venue.Engine.Margin.Cross(A);
        Assert.InRange(health.EquityAtoms - ((health.MaintenanceAtoms + health.InitialAtoms) / 2), 0, 2 * perLot);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Deleveraging_asks_the_highest_profit_times_leverage_first_and_nobody_for_all_before_everybody_for_some()
    {
        var venue = new TestVenue(6);
        uint[] shorts = [FirstTrader + 1, FirstTrader + 2, FirstTrader + 3];
        // The same size each, the second with the least collateral, the third in from a worse price.
        venue.Trade(A, shorts[0], 8_000, 30_000);
        venue.Trade(A, shorts[1], 8_000, 30_000);
        venue.Trade(A, shorts[2], 7_990, 30_000);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 70_000 * Dollar }, shorts[1]);
        venue.Price(6_880);
        PositionTransferred[] moved = [.. Transfers(venue)];
        Assert.Equal(shorts[1], moved[0].Header.Account);
        Assert.Equal((1u, 15_000L), (moved[0].Place, moved[0].Lots));
        Assert.Equal(3, moved.Take(3).Select(m => m.Header.Account).Distinct().Count());
        Assert.Equal(90_000, moved.Sum(m => m.Lots));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_hedged_account_keeps_its_hedge_while_anyone_unhedged_can_be_asked()
    {
        var venue = new TestVenue(6);
        uint hedged = FirstTrader + 1;
        uint naked = FirstTrader + 2;
        venue.Trade(A, hedged, 8_000, 40_000);
        venue.Trade(A, naked, 8_000, 40_000);
        venue.Trade(hedged, FirstTrader + 3, 8_000, 40_000, Future);
        venue.Price(7_200);
        venue.Price(6_900);
        PositionTransferred[] asked = [.. Transfers(venue).Where(m => m.Cause == LiquidationOutcome.Deleveraged)];
        Assert.All(asked.Take(4), m => Assert.Equal((naked, 0u), (m.Header.Account, m.Hedged)));
        int firstHedged = Array.FindIndex(asked, m => m.Header.Account == hedged);
        Assert.True(firstHedged < 0 || venue.Lots(naked) == 0, "a hedge was closed although an unhedged position was left");
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_collateral_price_alone_can_bring_an_account_below_maintenance()
    {
        var venue = new TestVenue(4, price: 8_000);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 100_000 * Dollar }, A);
        venue.Deposit(A, 6_00000000, asset: 1);
        venue.Trade(B, A, 8_000, 90_000);
        // Short: the fall is a gain on the position but the collateral is coins; the rise hurts more than it helps.
        venue.Placed(C, Limit(Side.Sell, 8_600, 100_000));
        venue.Price(8_560);
        Assert.NotEmpty(Ended(venue));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Funding_moves_between_longs_and_shorts_to_the_atom_and_costs_nothing_until_touched()
    {
        var venue = new TestVenue();
        venue.Trade(A, B, 8_000, 7_777);
        venue.Placed(C, Limit(Side.Buy, 8_019, 10));
        venue.Placed(C, Limit(Side.Sell, 8_021, 10));
        for (int i = 0; i < 30; i++)
        {
            venue.TimeNs += 59_123_456_789;
            venue.Price(8_000 + (i % 3));
        }
        ref readonly Market market = ref venue.State.Markets[Perpetual];
        Assert.True(market.FundingIndex > 0);
        Assert.Equal(0, market.ClearingAtoms);
        long due = 7_777 * market.FundingIndex;
        long balance = venue.State.Accounts[(int)A].Balances[0];
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_021, 1, TimeInForce.ImmediateOrCancel), A);
        Trade trade = venue.Events<Trade>(EventKind.Trade).Single();
        Assert.Equal(balance - due - trade.TakerFeeAtoms, venue.State.Accounts[(int)A].Balances[0]);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_dated_future_settles_at_the_mean_of_the_last_half_hour_in_one_step()
    {
        var venue = new TestVenue();
        venue.Trade(A, B, 8_000, 1_000, Future);
        ulong order = venue.Placed(C, Limit(Side.Buy, 7_900, 5, market: Future));
        long expiry = venue.State.Markets[Future].ExpiryNs;
        for (int minute = 30; minute > 0; minute--)
        {
            venue.TimeNs = expiry - (minute * 60_000_000_000L);
            venue.Price(minute > 15 ? 8_100 : 8_200);
        }
        venue.TimeNs = expiry;
        venue.SendTick();
        Assert.Equal(8_150, venue.Events<MarketSettled>(EventKind.MarketSettled).Single().PriceTicks);
        Assert.False(venue.IsLive(order));
        Assert.Equal((0L, 0L, MarketStatus.Expired), (venue.Lots(A, Future), venue.Lots(B, Future), venue.State.Markets[Future].Status));
        Assert.Equal(RefusalCode.MarketNotTrading, venue.Place(A, Limit(Side.Buy, 8_000, 1, market: Future)));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void The_backstop_bid_that_asks_least_and_can_carry_it_takes_the_whole_and_the_account_pays_no_more_than_it_has()
    {
        var venue = new TestVenue(8);
        uint poor = FirstTrader + 4;
        uint dear = FirstTrader + 5;
        uint rich = FirstTrader + 6;
        venue.Deposit(B, 900_000 * Dollar);
        venue.Deposit(dear, 5_000_000 * Dollar);
        venue.Deposit(rich, 5_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        foreach ((uint provider, int discount) in new[] { (poor, 0), (dear, 9_000), (rich, 5_000) })
        {
            venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = discount, MaxNotionalAtoms = 2_000_000 * Dollar }, provider);
        }
        // The poor one is short of initial margin for it by then.
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 95_000 * Dollar }, poor);
        venue.Price(7_170);
        BackstopTook took = venue.All<BackstopTook>(EventKind.BackstopTook).Single();
        Assert.Equal((rich, A, 717_000 * Dollar), (took.Header.Account, took.FromAccount, took.NotionalAtoms));
        Assert.Equal(717_000 * Dollar * 5 / 1_000, took.AccountPaidAtoms);
        Assert.Equal((0L, 0L, 100_000L), (took.FundPaidAtoms, venue.Lots(A), venue.Lots(rich)));
        Assert.Equal(LiquidationOutcome.Auctioned, Ended(venue).Single().Outcome);
        Assert.True(venue.Engine.Margin.Cross(A).EquityAtoms > 0);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_bid_beyond_the_reserve_price_or_of_the_same_owner_buys_nothing()
    {
        TestVenue venue = Leveraged();
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint own = (uint)venue.State.Venue[0].Accounts - 1;
        venue.Deposit(own, 5_000_000 * Dollar);
        venue.Deposit(C, 5_000_000 * Dollar);
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 100, MaxNotionalAtoms = 2_000_000 * Dollar }, own, TestVenue.KeyOf(A));
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 100_001, MaxNotionalAtoms = 2_000_000 * Dollar }, C);
        venue.Price(7_170);
        Assert.Empty(venue.All<BackstopTook>(EventKind.BackstopTook));
        Assert.NotEqual(LiquidationOutcome.Auctioned, Ended(venue).Single().Outcome);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void What_no_gain_and_no_fund_covers_is_shared_by_all_in_proportion_and_each_has_an_event_of_it()
    {
        var venue = new TestVenue(6);
        venue.Deposit(C, 2_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        // B takes its profit against C, who is short from a price at which A has lost everything: there is no gain to charge.
        venue.Trade(B, C, 6_950, 100_000);
        long before = venue.State.Accounts[(int)(FirstTrader + 4)].Balances[0];
        venue.Price(6_955);
        List<LossShared> shared = venue.All<LossShared>(EventKind.LossShared);
        Assert.True(shared.Count >= 4, $"{shared.Count} shares");
        Assert.Equal(shared[0].DeficitAtoms, shared.Sum(s => s.ShareAtoms));
        Assert.Equal(shared.Sum(s => s.ShareAtoms), venue.State.Pools[0].SharedLossAtoms);
        LossShared of = shared.Single(s => s.Header.Account == FirstTrader + 4);
        Assert.Equal(before - of.ShareAtoms, venue.State.Accounts[(int)(FirstTrader + 4)].Balances[0]);
        Assert.Equal(0, venue.Engine.Margin.Cross(A).EquityAtoms);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    // A long 100,000 lots at 8,000 with 100,000 USD and some.
    private static TestVenue Leveraged()
    {
        var venue = new TestVenue();
        venue.Deposit(B, 900_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        return venue;
    }

    private static List<LiquidationEnded> Ended(TestVenue venue) => venue.All<LiquidationEnded>(EventKind.LiquidationEnded);

    private static List<PositionTransferred> Transfers(TestVenue venue) => venue.All<PositionTransferred>(EventKind.PositionTransferred);
}
