using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>Owners that the operator declared to be one person count as one; and what a person may hold, whatever his accounts.</summary>
public class LinkedOwnerTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private const uint D = FirstTrader + 3;
    private const uint Fund = 1;

    [Fact]
    public void A_link_is_public_names_the_lowest_owner_whatever_its_order_and_new_sub_accounts_follow_it()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), C);
        uint before = (uint)venue.State.Counts.Accounts - 1;
        Link(venue, C, B);
        Link(venue, D, C);
        OwnersLinked link = venue.Events<OwnersLinked>(EventKind.OwnersLinked).Single();
        Assert.Equal((B, D, C), (link.Header.Account, link.Owner, link.With));
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), D);
        uint after = (uint)venue.State.Counts.Accounts - 1;
        Assert.All(new[] { B, C, D, before, after }, a => Assert.Equal(B, venue.State.Accounts[(int)a].BeneficialOwner));
        Assert.Equal(A, venue.State.Accounts[(int)A].BeneficialOwner);
        // One circle, the same after a restart.
        Dictionary<TableId, byte[]> tables = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        var restored = new IndexedState(venue.State.Genesis);
        venue.State.UpdateRoot();
        restored.Restore(id => tables[id]);
        Assert.Equal(venue.State.Derived.NextOfOwner, restored.Derived.NextOfOwner);
        Assert.Equal(5, Circle(venue, B).Count);
    }

    [Fact]
    public void Bids_of_a_linked_owner_are_passed_over()
    {
        TestVenue venue = WithBid();
        venue.Price(7_170);
        Assert.NotEmpty(venue.All<BackstopTook>(EventKind.BackstopTook));

        venue = WithBid();
        Link(venue, A, C);
        venue.Price(7_170);
        Assert.Empty(venue.All<BackstopTook>(EventKind.BackstopTook));
        Assert.NotEmpty(venue.All<LiquidationEnded>(EventKind.LiquidationEnded));
    }

    [Fact]
    public void Gains_of_a_linked_owner_pay_his_deficit_before_the_fund_does()
    {
        foreach (bool linked in new[] { false, true })
        {
            var venue = new TestVenue();
            venue.Deposit(B, 900_000 * Dollar);
            venue.Deposit(Fund, 2_000_000 * Dollar);
            venue.Trade(A, B, 8_000, 100_000);
            if (linked)
            {
                Link(venue, A, B);
            }
            venue.Price(6_900);
            long paid =
                venue.All<BalanceChanged>(EventKind.BalanceChanged)
                    .Where(b => b.Reason == BalanceReason.InsuranceCover && b.Header.Account == Fund).Sum(b => -b.ChangeAtoms);
            Assert.Equal(linked, paid == 0);
            Assert.Equal(0, venue.Lots(A));
            Assert.Null(Audit.FindViolation(venue.Engine));
        }
    }

    [Fact]
    public void Orders_of_linked_owners_do_not_trade_with_each_other()
    {
        var venue = new TestVenue();
        Link(venue, A, B);
        venue.Placed(A, Limit(Side.Sell, 8_000, 10));
        venue.Place(B, Limit(Side.Buy, 8_000, 10, TimeInForce.ImmediateOrCancel));
        Assert.Empty(venue.Events<Trade>(EventKind.Trade));
        Assert.Equal(0, venue.Lots(B));
    }

    [Fact]
    public void Orders_of_linked_owners_do_not_trade_with_each_other_in_an_auction_either()
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 60_000;
        var venue = new TestVenue(4, terms: terms);
        Link(venue, A, B);
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        venue.Placed(A, Limit(Side.Sell, 7_990, 10));
        ulong newer = venue.Placed(B, Limit(Side.Buy, 8_010, 10));
        venue.TimeNs += 30_000_000_000;
        venue.Price(8_000);
        venue.Wait(30_000);
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
        Assert.Empty(venue.All<Trade>(EventKind.Trade));
        Assert.Equal(EndReason.SelfTrade, venue.All<OrderEnded>(EventKind.OrderEnded).Single(e => e.OrderId == newer).Reason);
    }

    [Fact]
    public void Linked_owners_share_one_part_of_the_hours_outflow()
    {
        foreach (bool linked in new[] { false, true })
        {
            CreatePool pool = PoolTerms();
            pool.Rules.FreeAtoms = 1_000 * Dollar;
            var venue = new TestVenue(4, pool: pool);
            // What was brought in within the hour may leave again: another hour.
            venue.TimeNs += 3_660_000_000_000;
            venue.Price(8_000);
            // The hour's part is a quarter of 400,000: each owner's own 25,000, and half of a second 100,000.
            Assert.Equal(RefusalCode.None, venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 70_000 * Dollar }, A));
            if (linked)
            {
                Link(venue, A, B);
            }
            Assert.Equal(linked ? RefusalCode.OutflowLimit : RefusalCode.None,
                venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 70_000 * Dollar }, B));
            // Who is linked with neither is not concerned.
            Assert.Equal(RefusalCode.None, venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 25_000 * Dollar }, C));
        }
    }

    [Fact]
    public void One_owner_with_eight_sub_accounts_and_eight_expiries_holds_no_more_than_one_account_in_one_market_may()
    {
        TestVenue venue = WithExpiries(out List<uint> own);
        long most = venue.State.Markets[Perpetual].MaxPositionLots;
        long held = 0;
        int limited = 0;
        for (int i = 0; i < own.Count; i++)
        {
            for (int market = 0; market < venue.State.Counts.Markets; market++)
            {
                held += Buy(venue, own[i], market, 100_000, out RefusalCode code);
                limited += code == RefusalCode.OwnerPositionLimit ? 1 : 0;
            }
        }
        Assert.Equal(most, held);
        Assert.True(limited > 40);
        // What closes always may.
        Assert.Equal(RefusalCode.None,
            venue.Send(CommandKind.PlaceOrder, Limit(Side.Sell, 8_000, 10_000, TimeInForce.ImmediateOrCancel), own[0], KeyOf(A)));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Orders_that_rest_in_many_accounts_fill_to_the_limit_of_their_owner_and_then_end()
    {
        TestVenue venue = WithExpiries(out List<uint> own);
        long most = venue.State.Markets[Perpetual].MaxPositionLots;
        foreach (uint account in own)
        {
            for (int i = 0; i < 2; i++)
            {
                Assert.Equal(RefusalCode.None, venue.Send(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 50_000), account, KeyOf(A)));
            }
        }
        for (uint seller = D + 1; seller < D + 11; seller++)
        {
            venue.Place(seller, Limit(Side.Sell, 8_000, 100_000, TimeInForce.ImmediateOrCancel));
        }
        Assert.Equal(most, own.Sum(a => venue.Lots(a)));
        Assert.False(venue.Book().HasBid);
        Assert.Contains(venue.All<OrderEnded>(EventKind.OrderEnded), e => e.Reason == EndReason.OpenInterestCap);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Linked_owners_have_one_position_limit_and_a_link_beyond_it_leaves_only_reductions()
    {
        TestVenue venue = WithExpiries(out _);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(100_000, Buy(venue, A, Perpetual, 100_000, out _));
            Assert.Equal(100_000, Buy(venue, C, Perpetual, 100_000, out _));
        }
        Link(venue, A, C);
        Assert.Equal(0, Buy(venue, C, Perpetual + 1, 1, out RefusalCode code));
        Assert.Equal(RefusalCode.OwnerPositionLimit, code);
        venue.Placed(B, Limit(Side.Buy, 7_999, 1_000));
        Assert.Equal(RefusalCode.None, venue.Place(C, Limit(Side.Sell, 7_999, 1_000, TimeInForce.ImmediateOrCancel)));
        Assert.Equal(499_000, venue.Lots(C));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_fill_or_kill_that_is_refused_leaves_open_interest_and_its_owners_sums_as_they_were()
    {
        var venue = new TestVenue();
        venue.Placed(B, Limit(Side.Sell, 8_000, 100));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(RefusalCode.CannotFill, venue.Place(A, Limit(Side.Buy, 8_000, 1_000, TimeInForce.FillOrKill)));
            Assert.Null(Audit.Sums(venue.State));
        }
    }

    private static void Link(TestVenue venue, uint one, uint other) =>
        venue.Must(CommandKind.LinkOwners, new LinkOwners { Owner = one, With = other });

    private static List<uint> Circle(TestVenue venue, uint from)
    {
        var all = new List<uint>();
        for (uint at = from; all.Count == 0 || at != from; at = (uint)venue.State.Derived.NextOfOwner[at])
        {
            all.Add(at);
        }
        return all;
    }

    private static TestVenue WithBid()
    {
        var venue = new TestVenue();
        venue.Deposit(B, 900_000 * Dollar);
        venue.Deposit(C, 5_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        venue.Must(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = 5_000, MaxNotionalAtoms = 2_000_000 * Dollar }, C);
        venue.TimeNs += 61_000_000_000;
        venue.Price(8_000);
        return venue;
    }

    // Eight markets on one index, and A with seven sub-accounts; all of them have money enough.
    private static TestVenue WithExpiries(out List<uint> own)
    {
        var venue = new TestVenue(40, box => box.Value.MaxMarkets = 8);
        for (int i = 2; i < 8; i++)
        {
            venue.Must(CommandKind.ListMarket, Listing($"BTC-{i}", StartNs + (i * 86_400_000_000_000)));
        }
        venue.Price(8_000);
        own = [A];
        for (int i = 0; i < 7; i++)
        {
            venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
            own.Add((uint)venue.State.Counts.Accounts - 1);
        }
        foreach (uint account in own.Append(B).Append(C))
        {
            venue.Deposit(account, 1_000_000_000 * Dollar);
        }
        return venue;
    }

    // Lots that an account bought from a stranger, who is another each time so that no seller's limit counts.
    private static long Buy(TestVenue venue, uint account, int market, long lots, out RefusalCode code)
    {
        uint seller = D + 1;
        while (venue.State.Accounts[(int)seller].VolumeAtoms != 0)
        {
            seller++;
        }
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 8_000, lots, market: market), seller);
        long before = venue.Lots(account, market);
        code = venue.Send(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, lots, TimeInForce.ImmediateOrCancel, market: market), account,
            KeyOf(venue.State.Accounts[(int)account].Owner));
        venue.Must(CommandKind.CancelAll, new CancelAll(), seller);
        return venue.Lots(account, market) - before;
    }
}
