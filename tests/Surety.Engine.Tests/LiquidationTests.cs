using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
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
        // It pays the takeover charge on what it gives up.
        Assert.InRange(venue.Lots(A), 30_000, 50_000);
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
        // Half way from maintenance to initial margin; the fee on the last lots is not known beforehand.
        long perLot = 7_170 * 1_000L * 75 / 1_000;
        Health health = venue.Engine.Margin.Cross(A);
        Assert.InRange(health.EquityAtoms - ((health.MaintenanceAtoms + health.InitialAtoms) / 2), 0, 20 * perLot);
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
        Assert.All(asked.Take(2), m => Assert.Equal((naked, 0u), (m.Header.Account, m.Hedged)));
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
    public void The_backstop_bid_that_asks_least_and_can_carry_them_takes_the_lots_that_margin_needs_and_the_account_alone_pays()
    {
        var venue = new TestVenue(8);
        uint poor = FirstTrader + 4;
        uint dear = FirstTrader + 5;
        uint rich = FirstTrader + 6;
        venue.Deposit(B, 900_000 * Dollar);
        venue.Deposit(dear, 5_000_000 * Dollar);
        venue.Deposit(rich, 5_000_000 * Dollar);
        venue.Deposit(Fund, 1_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        foreach ((uint provider, int discount) in new[] { (poor, 0), (dear, 9_000), (rich, 5_000) })
        {
            venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = discount, MaxNotionalAtoms = 2_000_000 * Dollar },
                provider);
        }
        Stand(venue);
        // The poor one is short of initial margin for it by then.
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 99_990 * Dollar }, poor);
        venue.Price(7_170);
        List<BackstopTook> took = venue.All<BackstopTook>(EventKind.BackstopTook);
        Assert.NotEmpty(took);
        Assert.All(took.Where(t => t.Header.Account != poor), t => Assert.Equal((rich, A), (t.Header.Account, t.FromAccount)));
        Assert.All(took, t => Assert.Equal((0L, t.NotionalAtoms * t.DiscountPpm / 1_000_000), (t.FundPaidAtoms, t.AccountPaidAtoms)));
        Assert.InRange(venue.Lots(A), 30_000, 60_000);
        Assert.Equal(LiquidationOutcome.Auctioned, Ended(venue).Single().Outcome);
        Assert.True(venue.Engine.Margin.Cross(A).CoversMaintenance);
        Assert.Equal(1_000_000 * Dollar, venue.State.Accounts[(int)Fund].Balances[0]);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_bid_that_has_not_stood_for_its_delay_or_asks_more_than_the_takeover_charge_takes_nothing()
    {
        TestVenue venue = Leveraged();
        venue.Deposit(Fund, 5_000_000 * Dollar);
        venue.Deposit(C, 5_000_000 * Dollar);
        venue.Deposit(FirstTrader + 3, 5_000_000 * Dollar);
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 15_001, MaxNotionalAtoms = 2_000_000 * Dollar },
            FirstTrader + 3);
        Stand(venue);
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 100, MaxNotionalAtoms = 2_000_000 * Dollar }, C);
        BackstopBidPlaced placed = venue.Events<BackstopBidPlaced>(EventKind.BackstopBidPlaced).Last();
        Assert.Equal((C, 100, venue.TimeNs + 60_000_000_000), (placed.Header.Account, placed.DiscountPpm, placed.CountsFromNs));
        venue.Price(7_170);
        Assert.Empty(venue.All<BackstopTook>(EventKind.BackstopTook));
        Assert.Equal(LiquidationOutcome.TakenOver, Ended(venue).Single().Outcome);
    }

    [Fact]
    public void A_bid_beyond_the_reserve_price_or_of_the_same_owner_buys_nothing()
    {
        TestVenue venue = Leveraged();
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint own = (uint)venue.State.Counts.Accounts - 1;
        venue.Deposit(own, 5_000_000 * Dollar);
        venue.Deposit(C, 5_000_000 * Dollar);
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 100, MaxNotionalAtoms = 2_000_000 * Dollar }, own,
            TestVenue.KeyOf(A));
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

    [Fact]
    public void A_share_of_a_loss_is_the_same_whether_money_lies_in_the_account_in_an_isolated_position_or_in_a_second_account()
    {
        var venue = new TestVenue(8);
        uint plain = FirstTrader + 4;
        uint hidden = FirstTrader + 5;
        uint split = FirstTrader + 6;
        venue.Must(CommandKind.SetMarginMode, new SetMarginMode { Market = Future, Isolated = 1 }, hidden);
        venue.Must(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { Market = Future, AmountAtoms = 99_000 * Dollar }, hidden);
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), split);
        uint second = (uint)venue.State.Counts.Accounts - 1;
        venue.Must(CommandKind.Transfer, new Transfer { ToAccount = second, AmountAtoms = 60_000 * Dollar }, split);
        venue.Deposit(C, 2_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        venue.Trade(B, C, 6_950, 100_000);
        venue.Price(6_955);
        ILookup<uint, long> shares = venue.All<LossShared>(EventKind.LossShared).ToLookup(s => s.Header.Account, s => s.ShareAtoms);
        long expected = shares[plain].Sum();
        Assert.True(expected > 0);
        Assert.InRange(shares[hidden].Sum(), expected - 3, expected + 3);
        Assert.InRange(shares[split].Sum() + shares[second].Sum(), expected - 3, expected + 3);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void One_person_on_both_sides_of_a_gap_pays_for_it_out_of_the_gain_before_the_fund_does()
    {
        var venue = new TestVenue(4);
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint other = (uint)venue.State.Counts.Accounts - 1;
        venue.Deposit(other, 1_000_000 * Dollar);
        venue.Deposit(C, 1_000_000 * Dollar);
        venue.Deposit(Fund, 1_000_000 * Dollar);
        // Long in one account, short in the other, through a third party in between.
        venue.Trade(A, C, 8_000, 100_000);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 100_000), C);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 8_000, 100_000, TimeInForce.ImmediateOrCancel), other, TestVenue.KeyOf(A));
        Assert.Equal((100_000L, -100_000L, 0L), (venue.Lots(A), venue.Lots(other), venue.Lots(C)));
        venue.Price(6_900);
        Assert.Equal(1_000_000 * Dollar, venue.State.Accounts[(int)Fund].Balances[0]);
        Assert.Equal((0L, 0L), (venue.Lots(A), venue.Lots(other)));
        Assert.InRange(venue.State.Accounts[(int)other].Balances[0], 1_099_000 * Dollar, 1_100_000 * Dollar);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void The_fund_pays_for_all_markets_on_one_index_together_no_more_than_one_fence()
    {
        var venue = new TestVenue(8);
        venue.Deposit(Fund, 100_000 * Dollar);
        for (uint i = 0; i < 2; i++)
        {
            venue.Deposit(FirstTrader + 2 + i, 900_000 * Dollar);
            venue.Trade(FirstTrader + i, FirstTrader + 2 + i, 8_000, 100_000, market: i == 0 ? Perpetual : Future);
        }
        venue.Price(6_900);
        long paid =
            -venue.All<BalanceChanged>(EventKind.BalanceChanged)
                .Where(b => b.Header.Account == Fund && b.Reason == BalanceReason.InsuranceCover).Sum(b => b.ChangeAtoms);
        Assert.InRange(paid, 9_000 * Dollar, 10_000 * Dollar);
        Assert.Equal(0, venue.State.Pools[0].SharedLossAtoms);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Debt_against_coins_bears_interest_by_the_hour_that_goes_to_the_fund_and_more_than_the_pool_holds_never_leaves()
    {
        TestVenue venue = Indebted(out long debt);
        long held = venue.State.Pools[0].HeldAtoms;
        Assert.InRange(debt, 1, held);
        Assert.Equal(RefusalCode.PoolHoldsLess, venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = held + 1 }, B));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = held }, B));
        Assert.Equal(0, venue.State.Pools[0].HeldAtoms);
        Assert.Null(Audit.FindViolation(venue.Engine));
        long fund = venue.State.Accounts[(int)Fund].Balances[0];
        venue.Wait(3_600_000);
        long interest = venue.State.Accounts[(int)Fund].Balances[0] - fund;
        Assert.Equal((debt * 100_000 / (1_000_000L * 8_760)) + 1, interest);
        Assert.Equal(-debt - interest, venue.State.Accounts[(int)A].Balances[0]);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void What_would_leave_a_debt_near_all_that_coins_count_for_is_not_opened()
    {
        TestVenue venue = Indebted(out _);
        for (int i = 0; i < 20; i++)
        {
            if (venue.Place(B, Limit(Side.Sell, 8_800, 60_000)) != RefusalCode.None
                || venue.Place(A, Limit(Side.Buy, 8_800, 60_000, TimeInForce.ImmediateOrCancel)) != RefusalCode.None)
            {
                break;
            }
            venue.Place(B, Limit(Side.Buy, 7_200, 60_000));
            venue.Place(A, Limit(Side.Sell, 7_200, 60_000, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly));
            venue.Must(CommandKind.CancelAll, new CancelAll(), B);
        }
        // 100 coins at 8,000 less a haircut of a tenth; the last round trip loses 48,000 on its way out.
        long counted = 720_000 * Dollar;
        Assert.InRange(-venue.State.Accounts[(int)A].Balances[0], counted / 2, (counted * 89 / 100) + (49_000 * Dollar));
        // Neither opens another order, nor lets anything go.
        Assert.Equal(RefusalCode.InitialMarginShort, venue.Place(A, Limit(Side.Buy, 8_000, 12_000)));
        Assert.True(venue.Engine.Margin.WorthOfUnit(MarginUnit.Cross(A)) > 0);
    }

    [Fact]
    public void A_report_returns_although_a_deficit_remains_that_nothing_can_cover()
    {
        TestVenue venue = Indebted(out _);
        long held = venue.State.Pools[0].HeldAtoms;
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = held }, B);
        // The coins fall to nothing: what A owes is more than they bring, and no account holds cash that could pay.
        foreach (long price in new long[] { 4_000, 400, 40, 4 })
        {
            venue.Price(price);
            Assert.Null(Audit.Conservation(venue.State));
            Assert.Null(Audit.Held(venue.State));
        }
        venue.Wait(1_000);
        venue.Price(5);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    // A has 100 coins and owes cash that it lost to B; C and the others have taken theirs out.
    private static TestVenue Indebted(out long debt)
    {
        var venue = new TestVenue();
        venue.Deposit(A, 100_00000000, asset: 1);
        venue.Deposit(B, 500_000 * Dollar);
        for (int i = 0; i < 2; i++)
        {
            venue.Trade(A, B, 8_800, 90_000);
            venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 7_200, 90_000), B);
            venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 7_200, 90_000, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly), A);
        }
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 100_000 * Dollar }, C);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 100_000 * Dollar }, FirstTrader + 3);
        debt = -venue.State.Accounts[(int)A].Balances[0];
        return venue;
    }

    [Theory]
    [InlineData(Future, Perpetual)]
    [InlineData(Perpetual, Future)]
    public void Of_positions_with_equal_margin_that_of_the_market_listed_first_is_reduced_first(int first, int second)
    {
        var venue = new TestVenue();
        venue.Deposit(B, 900_000 * Dollar);
        venue.Trade(A, B, 8_000, 50_000, first);
        venue.Trade(A, B, 8_000, 50_000, second);
        venue.Placed(C, Limit(Side.Buy, 7_165, 1_000, market: Perpetual));
        venue.Placed(C, Limit(Side.Buy, 7_165, 1_000, market: Future));
        venue.Price(7_170);
        Assert.Equal(Perpetual, venue.All<Trade>(EventKind.Trade).First(t => t.Liquidation == 1).Market);
    }

    // So long that a bid counts, with prices that stay fresh.
    private static void Stand(TestVenue venue)
    {
        venue.Wait(30_000);
        venue.Price(8_000);
        venue.Wait(31_000);
        venue.Price(8_000);
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
