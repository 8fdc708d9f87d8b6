using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class FundUnwindingTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint Friend = FirstTrader + 2;
    private const uint Fund = 1;

    [Fact]
    public void A_friend_who_bids_one_per_cent_under_mark_gets_no_more_from_the_fund_than_a_nearly_empty_account_paid()
    {
        TestVenue venue = Leveraged();
        long before = Worth(venue, A, 7_010) + Worth(venue, Friend, 7_010);
        // What is left of A is under a thousandth of its notional: that is all it can be charged.
        venue.Price(7_010);
        Assert.True(venue.Lots(Fund) > 50_000);
        Assert.InRange(Charged(venue), 1, 700 * Dollar);
        venue.Placed(Friend, Limit(Side.Buy, 6_941, 100_000));
        for (int i = 1; i <= 30; i++)
        {
            venue.Price(7_010 + (i % 2));
        }
        Assert.Equal(0, venue.Lots(Friend));
        Assert.InRange(Worth(venue, A, 7_010) + Worth(venue, Friend, 7_010) - before, long.MinValue, 0);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Over_all_its_unwinding_the_fund_gives_up_no_more_than_it_was_charged_and_the_declared_subsidy()
    {
        TestVenue venue = Leveraged();
        venue.Price(7_150);
        long charged = Charged(venue);
        Assert.True(charged > 500 * Dollar);
        long given = 0;
        long traded = 0;
        for (int i = 1; i <= 60; i++)
        {
            long mark = venue.State.Markets[Perpetual].MarkTicks;
            venue.Send(CommandKind.CancelAll, new CancelAll(), Friend);
            // Every price from one per cent under mark up to it: the fund sells at the best, and never under its limit.
            venue.Place(Friend, Limit(Side.Buy, mark - 71 + (i % 72), 100_000, options: OrderOptions.PostOnly));
            venue.Price(7_150 + (i % 2));
            foreach (Trade trade in venue.All<Trade>(EventKind.Trade).Where(t => t.Header.Account == Fund).Skip((int)traded))
            {
                traded++;
                given += (7_150 + (i % 2) - trade.PriceTicks) * trade.Lots * 1_000;
            }
        }
        Assert.True(traded > 10);
        Assert.InRange(given, 0, charged + (40_000L * 7_150 * 1_000 * FundHolding.SubsidyPpm / 1_000_000));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void What_the_fund_was_charged_is_state_and_a_restored_venue_unwinds_at_the_same_limit()
    {
        TestVenue venue = Leveraged();
        venue.Price(7_150);
        venue.Placed(Friend, Limit(Side.Buy, 7_100, 100_000));
        var restored = new IndexedState(venue.State.Genesis);
        Dictionary<TableId, byte[]> tables = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        Assert.Equal(venue.State.UpdateRoot(), restored.Restore(id => tables[id]));
        Assert.NotEqual(0, restored.FundHoldings[Perpetual].ChargeAtoms);
        var resumed = new SuretyEngine(restored);
        int from = venue.Records.Count;
        venue.Price(7_151);
        venue.Price(7_149);
        foreach (byte[] record in venue.Records.Skip(from))
        {
            resumed.Apply(record);
        }
        Assert.Equal(venue.State.UpdateRoot(), restored.UpdateRoot());
    }

    [Fact]
    public void The_fund_in_liquidation_sells_no_worse_than_when_it_unwinds()
    {
        // It took over with little money behind it; then a gap takes it below maintenance, with a bid two per cent under mark.
        CreatePool pool = PoolTerms();
        pool.Rules.FundLossPpm = PoolRules.Off;
        pool.Rules.FundMarketPpm = 1_000_000;
        TestVenue venue = Leveraged(fund: 150_000, pool);
        venue.Price(7_150);
        long held = venue.Lots(Fund);
        Assert.True(held > 3_000, $"{held}");
        // Its balance went elsewhere meanwhile: it stands below initial margin.
        long notional = held * 7_150 * 1_000;
        venue.Placed(Friend, Limit(Side.Buy, 6_855, 100_000));
        venue.State.Accounts.Write((int)Fund).Balances[0] -= venue.Engine.Margin.Cross(Fund).EquityAtoms - (notional * 45 / 1_000);
        venue.Deposit(Fund, 1);
        venue.Price(6_993);
        Assert.Contains(venue.All<LiquidationStarted>(EventKind.LiquidationStarted), l => l.Header.Account == Fund);
        Assert.DoesNotContain(venue.All<Trade>(EventKind.Trade), t => t.Header.Account == Fund && t.PriceTicks < 6_923);
        Assert.Null(Audit.ZeroSum(venue.State));
    }

    [Fact]
    public void Coins_of_a_solvent_account_are_sold_for_no_more_discount_than_it_is_worth_so_that_no_bid_is_paid_by_the_fund()
    {
        var venue = new TestVenue(6);
        venue.Deposit(Fund, 1_000_000 * Dollar);
        venue.Deposit(Friend, 5_000_000 * Dollar);
        venue.Deposit(B, 5_000_000 * Dollar);
        // A owes cash against coins: the position lost what it had, and was closed.
        venue.Deposit(A, 60_00000000, asset: 1);
        venue.Trade(A, B, 8_000, 100_000);
        venue.Placed(B, Limit(Side.Buy, 4_300, 100_000));
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 4_300, 100_000, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly), A);
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 90_000, MaxNotionalAtoms = 5_000_000 * Dollar },
            Friend);
        venue.TimeNs += 61_000_000_000;
        long fund = FundWorth(venue, 6_500);
        long before = Math.Max(Worth(venue, A, 6_500), 0) + Worth(venue, Friend, 6_500);
        venue.Price(6_500);
        long after = Math.Max(Worth(venue, A, 6_500), 0) + Worth(venue, Friend, 6_500);
        Assert.NotEmpty(venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
        Assert.InRange(after - before, long.MinValue, 100);
        Assert.InRange(FundWorth(venue, 6_500) - fund, -100, long.MaxValue);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Bids_without_the_money_for_a_hundredth_of_a_sale_do_not_cut_it_into_as_many_sales_as_there_are_bids()
    {
        CreatePool pool = PoolTerms();
        (pool.Rules.OutflowPpm, pool.Rules.BidDelayMs) = (PoolRules.Off, PoolRules.Off);
        var venue = new TestVenue(24, pool: pool);
        venue.Deposit(B, 5_000_000 * Dollar);
        venue.Deposit(Friend, 5_000_000 * Dollar);
        venue.Deposit(A, 60_00000000, asset: 1);
        venue.Trade(A, B, 8_000, 100_000);
        venue.Placed(B, Limit(Side.Buy, 4_300, 100_000));
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 4_300, 100_000, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly), A);
        for (uint poor = Friend + 1; poor < Friend + 20; poor++)
        {
            venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = (100_000 * Dollar) - 1 }, poor);
            venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 1, MaxNotionalAtoms = 5_000_000 * Dollar }, poor);
        }
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 2_000, MaxNotionalAtoms = 5_000_000 * Dollar },
            Friend);
        venue.Price(5_800);
        List<CollateralSold> sold = venue.All<CollateralSold>(EventKind.CollateralSold);
        Assert.NotEmpty(sold);
        Assert.All(sold, s => Assert.Equal(Friend, s.Header.Account));
        Assert.InRange(sold.Count, 1, 8);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void The_fund_buys_no_coins_for_a_charge_beyond_their_haircut_which_would_only_cost_the_account()
    {
        // A coin with a haircut of half a per cent, in a pool where a takeover costs one and a half.
        var venue = new TestVenue(2);
        venue.Must(CommandKind.CreateAsset, new CreateAsset
        {
            Name = ShortName.From("STABLE"),
            Decimals = 8,
            HaircutPpm = 5_000,
            PriceIndex = OptionalId.Of(0),
            CollateralCapAtoms = 1L << 50,
            PoolCapAtoms = 1L << 50,
        });
        CreatePool pool = PoolTerms();
        pool.Name = ShortName.From("second");
        pool.Collateral[1] = 2;
        venue.Must(CommandKind.CreatePool, pool);
        uint fund = venue.State.Pools[1].InsuranceAccount;
        var keys = new List<(uint Account, uint Key)>();
        for (int i = 0; i < 2; i++)
        {
            keys.Add(((uint)venue.State.Counts.Accounts, (uint)venue.State.Counts.Keys));
            venue.Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer, Pool = 1 });
        }
        MarketTerms terms = Listing("SECOND", 0).Terms;
        terms.Pool = 1;
        venue.Must(CommandKind.ListMarket, new ListMarket { Terms = terms });
        int market = venue.State.Counts.Markets - 1;
        venue.Price(8_000);
        venue.Deposit(fund, 5_000_000 * Dollar);
        venue.Deposit(keys[0].Account, 60_00000000, asset: 2);
        venue.Deposit(keys[1].Account, 5_000_000 * Dollar);
        // It loses 400,000 against coins of 480,000; then these fall by 16.5%.
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 8_000, 100_000, market: market), keys[1].Account, keys[1].Key);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 100_000, TimeInForce.ImmediateOrCancel, market: market), keys[0].Account,
            keys[0].Key);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 4_000, 100_000, market: market), keys[1].Account, keys[1].Key);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 4_000, 100_000, TimeInForce.ImmediateOrCancel, OrderOptions.ReduceOnly, market),
            keys[0].Account, keys[0].Key);
        long debt = -venue.State.Accounts[(int)keys[0].Account].Balances[0];
        Assert.True(debt > 400_000 * Dollar);
        long price = (debt / 60 / Dollar) + 10;
        venue.Price(price);
        Assert.NotEmpty(venue.All<CollateralSold>(EventKind.CollateralSold));
        Assert.All(venue.All<CollateralSold>(EventKind.CollateralSold), s => Assert.InRange(s.DiscountPpm, 0, 5_000));
        Assert.True(venue.Engine.Margin.Cross(keys[0].Account).CoversMaintenance);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private static long FundWorth(TestVenue venue, long price) => Worth(venue, Fund, price);

    private static long Charged(TestVenue venue) =>
        venue.All<BalanceChanged>(EventKind.BalanceChanged).Where(b => b.Reason == BalanceReason.TakeoverCharge && b.Header.Account == Fund)
            .Sum(b => b.ChangeAtoms);

    private static long Worth(TestVenue venue, uint account, long price)
    {
        Account holder = venue.State.Accounts[(int)account];
        int row = venue.State.FindPosition(account, Perpetual);
        long position = row < 0 ? 0 : (venue.State.Positions[row].Lots * price * 1_000) - venue.State.Positions[row].EntryCostAtoms;
        return holder.Balances[0] + (long)((Int128)holder.Balances[1] * price / 100) + position;
    }

    // A holds 800,000 of notional on 100,000.
    private static TestVenue Leveraged(long fund = 5_000_000, CreatePool? pool = null)
    {
        var venue = new TestVenue(pool: pool);
        venue.Deposit(B, 900_000 * Dollar);
        venue.Deposit(Friend, 900_000 * Dollar);
        venue.Deposit(Fund, fund * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        return venue;
    }
}
