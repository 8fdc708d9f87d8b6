using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>A name means one thing: to the engine, to a contract's text, in a channel and in a URL.</summary>
public class NamesTests
{
    [Theory]
    [InlineData("BTC-PERPETUAL")]
    [InlineData("btc-perpetual")]
    public void A_market_of_a_name_that_exists_is_refused_in_capitals_or_not(string name)
    {
        var venue = new TestVenue();
        Assert.Equal(RefusalCode.NameTaken, venue.Send(CommandKind.ListMarket, Listing(name, 0)));
        Assert.Equal(Perpetual, venue.LastDetail);
        Assert.Equal(2, venue.State.Counts.Markets);
    }

    [Fact]
    public void A_contract_of_a_name_that_exists_is_refused()
    {
        var venue = new OptionsVenue();
        long expiry = (StartNs / 1_000_000) + OptionsVenue.Day;
        venue.List(OptionsVenue.Call(8_000, expiry), expiry, "CALL");
        Assert.Equal(RefusalCode.NameTaken, venue.Try(OptionsVenue.Call(9_000, expiry), OptionsVenue.Terms("Call", expiry)));
        Assert.Equal(RefusalCode.NameTaken, venue.Try(OptionsVenue.Call(9_000, expiry), OptionsVenue.Terms("BTC-PERPETUAL", expiry)));
    }

    [Fact]
    public void Assets_pools_and_indices_have_names_of_their_own_regardless_of_case()
    {
        var venue = new TestVenue();
        Assert.Equal(RefusalCode.NameTaken, venue.Send(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("Btc") }));
        Assert.Equal(1, venue.LastDetail);
        Assert.Equal(RefusalCode.NameTaken, venue.Send(CommandKind.CreatePool, PoolTerms("MAIN")));
        Assert.Equal(RefusalCode.NameTaken,
            venue.Send(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("btc_usd"), Quorum = 1, MaxAgeMs = 1 }));
        Assert.Equal(RefusalCode.InvalidName, venue.Send(CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("any") }));
    }

    [Theory]
    [InlineData("A.B")]
    [InlineData("A/B")]
    [InlineData("A B")]
    [InlineData("A%2F")]
    [InlineData("A\"B")]
    [InlineData("A?b=1")]
    [InlineData("-A")]
    [InlineData("_A")]
    [InlineData("A\n")]
    public void A_name_that_would_mean_something_else_in_a_channel_or_an_address_is_refused_everywhere(string name)
    {
        var venue = new TestVenue();
        ShortName bad = ShortName.From(name);
        Assert.Equal(RefusalCode.InvalidName, venue.Send(CommandKind.ListMarket, Listing(name, 0)));
        Assert.Equal(RefusalCode.InvalidName, venue.Send(CommandKind.CreateAsset, new CreateAsset { Name = bad }));
        Assert.Equal(RefusalCode.InvalidName, venue.Send(CommandKind.CreatePool, PoolTerms(name)));
        Assert.Equal(RefusalCode.InvalidName,
            venue.Send(CommandKind.CreateIndex, new CreateIndex { Name = bad, Quorum = 1, MaxAgeMs = 1 }));
    }

    [Fact]
    public void A_schedule_does_not_list_over_a_name_given_by_hand_and_tells_the_operator_each_day()
    {
        var venue = new OptionsVenue();
        // By hand: a perpetual with the name of the call that the schedule wants, and a put that is the schedule's own, word for word.
        venue.Venue.Must(CommandKind.ListMarket, Listing("BTC_USD-13MAR20-8000-C", 0));
        var schedule = new ScheduleListings
        {
            Terms = OptionsVenue.Terms("BTC_USD", 0),
            StrikeStep = 500_00,
            Weeks = 1,
            Surface = OptionalId.Of(0),
        };
        venue.Venue.Must(CommandKind.ScheduleListings, schedule);
        ContractListed[] listed = [.. venue.Venue.Events<ContractListed>(EventKind.ContractListed)];
        Assert.Equal([RefusalCode.NameTaken, RefusalCode.None], listed.Select(l => l.Code));
        Assert.Equal((2, MarketKind.LinearPerpetual), (listed[0].Market, venue.Venue.State.Markets[2].Kind));
        Assert.Equal("BTC_USD-13MAR20-8000-P", venue.Venue.State.Markets[3].Name.ToString());
        // A second schedule of the same pair wants what the first listed: nothing is listed twice, nothing is told.
        venue.Venue.Must(CommandKind.ScheduleListings, schedule);
        Assert.Equal([RefusalCode.NameTaken], venue.Venue.Events<ContractListed>(EventKind.ContractListed).Select(l => l.Code));
        Assert.Equal(4, venue.Venue.State.Counts.Markets);
    }

    [Theory]
    [InlineData("BTC-USD", 500_00L, RefusalCode.InvalidName)]
    [InlineData("BTC/USD", 500_00L, RefusalCode.InvalidName)]
    [InlineData("BTC_USD", long.MaxValue, RefusalCode.InvalidField)]
    [InlineData("BTC_USD", 1L << 50, RefusalCode.None)]
    public void A_schedule_that_could_list_nothing_or_would_overflow_is_refused_when_it_is_given(string name, long step,
        RefusalCode expected)
    {
        var venue = new OptionsVenue();
        var schedule = new ScheduleListings
        {
            Terms = OptionsVenue.Terms("X", 0),
            StrikeStep = step,
            StrikesEachSide = 50,
            Weeks = 10,
            Months = 10,
            Quarters = 10,
            Surface = OptionalId.Of(0),
        };
        schedule.Terms.Name = ShortName.From(name);
        Assert.Equal(expected, venue.Venue.Send(CommandKind.ScheduleListings, schedule));
        schedule.Terms.Name = ShortName.From("BTC_USD");
        (schedule.StrikeStep, schedule.Terms.TierCount) = (500_00, 0);
        Assert.Equal(RefusalCode.InvalidField, venue.Venue.Send(CommandKind.ScheduleListings, schedule));
    }
}

/// <summary>A pool's fees can be changed, and are announced.</summary>
public class FeeChangeTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long Hour = 3_600_000_000_000;

    [Fact]
    public void New_fees_are_announced_an_hour_before_they_act_and_act_at_that_moment_after_a_restart_too()
    {
        var venue = new TestVenue();
        SetFees change = Fees(maker: 200, taker: 1_000, StartNs + Hour);
        venue.Must(CommandKind.SetFees, change);
        Assert.Equal(StartNs + Hour, venue.Events<FeesChanged>(EventKind.FeesChanged).Single().ActivateNs);
        venue.Trade(A, B, 8_000, 1_000);
        // 8,000 USD at 0.05% and 0.01%.
        Assert.Equal((4 * Dollar, 800_000), FeesOf(venue));
        venue.Wait(3_599_999);
        venue.Price(8_000);
        venue.Trade(A, B, 8_000, 1_000);
        Assert.Equal((4 * Dollar, 800_000), FeesOf(venue));
        venue.Wait(1);
        Assert.Single(venue.Events<FeesChanged>(EventKind.FeesChanged));
        venue.Trade(A, B, 8_000, 1_000);
        Assert.Equal((8 * Dollar, 1_600_000), FeesOf(venue));
        Assert.Equal((2_500, (ushort)1), (venue.State.Pools[0].LiquidationFeePpm, venue.State.Pools[0].FeeTierCount));
        Assert.Null(Restarts.FirstDifference(venue.State.Genesis, venue.Records, every: 5, forks: 3));
    }

    [Fact]
    public void A_later_change_replaces_an_earlier_one_and_neither_comes_too_soon()
    {
        var venue = new TestVenue();
        Assert.Equal(RefusalCode.ChangeTooSoon, venue.Send(CommandKind.SetFees, Fees(0, 0, StartNs + Hour - 1)));
        Assert.Equal(StartNs + Hour, venue.LastDetail);
        Assert.Equal(RefusalCode.ChangeTooSoon, venue.Send(CommandKind.SetFees, Fees(0, 0, long.MaxValue)));
        venue.Must(CommandKind.SetFees, Fees(200, 1_000, StartNs + Hour));
        venue.Must(CommandKind.SetFees, Fees(300, 2_000, StartNs + (2 * Hour)));
        venue.Wait(3_600_001);
        Assert.Equal(500, venue.State.Pools[0].FeeTiers[0].TakerPpm);
        venue.Wait(3_600_000);
        Assert.Equal(2_000, venue.State.Pools[0].FeeTiers[0].TakerPpm);
    }

    [Fact]
    public void Fees_by_which_two_accounts_of_one_owner_could_mint_money_are_refused()
    {
        var venue = new TestVenue();
        Assert.Equal(RefusalCode.InvalidField, venue.Send(CommandKind.SetFees, Fees(-501, 500, StartNs + Hour)));
        Assert.Equal(RefusalCode.InvalidField, venue.Send(CommandKind.SetFees, Fees(0, 100_001, StartNs + Hour)));
        SetFees two = Fees(0, 500, StartNs + Hour);
        two.FeeTierCount = 2;
        two.FeeTiers[1] = new FeeTier { FromVolumeAtoms = 1, MakerPpm = -400, TakerPpm = 300 };
        Assert.Equal(RefusalCode.InvalidField, venue.Send(CommandKind.SetFees, two));
        two.FeeTiers[1].MakerPpm = -300;
        venue.Must(CommandKind.SetFees, two);
        two.Pool = 1;
        Assert.Equal(RefusalCode.UnknownPool, venue.Send(CommandKind.SetFees, two));
        Assert.Equal(RefusalCode.ScopeMissing, venue.Send(CommandKind.SetFees, two, A));
    }

    [Fact]
    public void No_account_falls_below_maintenance_by_the_highest_fees_there_can_be()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.SetFees, Fees(100_000, 100_000, StartNs + Hour));
        venue.Trade(A, B, 8_000, 100_000);
        long before = venue.Engine.Margin.Cross(A).MaintenanceAtoms;
        venue.Wait(3_600_001);
        venue.Price(8_000);
        Assert.Equal(100_000, venue.State.Pools[0].FeeTiers[0].TakerPpm);
        Assert.Equal(before, venue.Engine.Margin.Cross(A).MaintenanceAtoms);
        Assert.Empty(venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
    }

    private static SetFees Fees(int maker, int taker, long activateNs)
    {
        var fees = new SetFees { FeeTierCount = 1, LiquidationFeePpm = 2_500, ActivateNs = activateNs };
        fees.FeeTiers[0] = new FeeTier { MakerPpm = maker, TakerPpm = taker };
        return fees;
    }

    private static (long Taker, long Maker) FeesOf(TestVenue venue)
    {
        Trade trade = venue.Events<Trade>(EventKind.Trade).Single();
        return (trade.TakerFeeAtoms, trade.MakerFeeAtoms);
    }
}
