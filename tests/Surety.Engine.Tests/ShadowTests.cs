using Surety.Engine.Auditing;
using Surety.Engine.Governance;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>No change that an operator makes liquidates anybody at a price that has not changed.</summary>
public class ShadowTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long Hour = 3_600_000_000_000;

    [Fact]
    public void A_margin_floor_above_the_price_is_refused_under_portfolio_margin_too()
    {
        var venue = new OptionsVenue(160_000);
        venue.Venue.Trade(A, B, 8_000, 40_000);
        Assert.Equal(40_000, venue.Venue.Lots(A));
        MarketTerms terms = MarketTerms.Of(venue.Venue.State.Markets[Perpetual]);
        terms.MarginFloorTicks = 16_500;
        Assert.Equal(RefusalCode.ChangeWouldLiquidate, Change(venue.Venue, terms));
        Assert.Equal(2, venue.Venue.LastDetail);
    }

    [Fact]
    public void A_basis_cap_under_which_the_mark_would_take_an_account_below_maintenance_is_refused_and_dropped_when_it_is_to_act()
    {
        TestVenue venue = Leveraged();
        MarketTerms terms = MarketTerms.Of(venue.State.Markets[Perpetual]);
        terms.BasisCapPpm = 0;
        long at = venue.TimeNs + Hour;
        Assert.Equal(RefusalCode.None, Change(venue, terms));
        while (venue.TimeNs < at - 900_000_000_000)
        {
            venue.TimeNs += 50_000_000_000;
            venue.Price(8_000);
        }
        // The price falls, and the book stands half a percent above the index: at the index A would be below maintenance.
        venue.Price(7_760);
        Quote(venue, 7_798);
        for (int i = 0; i < 80; i++)
        {
            venue.TimeNs += 10_000_000_000;
            venue.Price(7_760);
        }
        Quote(venue, 7_723);
        venue.Price(7_685);
        Assert.InRange(venue.State.Markets[Perpetual].MarkTicks, 7_720, 7_725);
        Assert.True(venue.Engine.Margin.Cross(A).CoversMaintenance);
        Assert.Equal(RefusalCode.ChangeWouldLiquidate, Change(venue, terms));
        Assert.Equal(1, venue.LastDetail);
        venue.TimeNs = at;
        venue.Price(7_685);
        TermsChanged outcome = Assert.Single(venue.All<TermsChanged>(EventKind.TermsChanged));
        Assert.Equal(RefusalCode.ChangeWouldLiquidate, outcome.Code);
        Assert.Empty(venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
        Assert.Equal(5_000, venue.State.Markets[Perpetual].BasisCapPpm);
    }

    [Fact]
    public void What_is_tried_leaves_no_trace()
    {
        var venue = new ManyProducts(71);
        for (int i = 0; i < 600; i++)
        {
            venue.Step();
        }
        VenueState state = venue.Venue.State;
        for (int market = 0; market < state.Counts.Markets; market++)
        {
            MarketTerms terms = MarketTerms.Of(state.Markets[market]);
            (terms.MarginFloorTicks, terms.BasisCapPpm, terms.ImpactAtoms) = (1 << 16, 0, 1_000_000 * Dollar);
            byte[] row = state.Markets.Pages.ToArray();
            byte[] contracts = state.Contracts.Pages.ToArray();
            Requirement[] margins = Margins(venue.Venue);
            int events = venue.Venue.Engine.Events.Log.Length;
            RefusalCode code = Change(venue.Venue, terms, market);
            Assert.Equal(row, state.Markets.Pages.ToArray());
            Assert.Equal(contracts, state.Contracts.Pages.ToArray());
            Assert.Equal(margins, Margins(venue.Venue));
            Assert.True(code == RefusalCode.None || venue.Venue.Engine.Events.Log.Length - events < 200);
        }
    }

    [Fact]
    public void A_source_that_is_removed_or_reweighted_moves_nobody_below_maintenance()
    {
        TestVenue venue = Leveraged();
        Report(venue, 7_730, 7_730, 7_680);
        Assert.True(venue.Engine.Margin.Cross(A).CoversMaintenance);
        // Two of three say 7,730. Of two the lower counts: 50 dollars a coin less.
        Assert.Equal(RefusalCode.ChangeWouldLiquidate,
            venue.Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 1 }));
        Assert.Equal(RefusalCode.ChangeWouldLiquidate,
            venue.Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 3, Weight = 9, JumpPpm = 1_000_000_000 }));
        Assert.Equal(7_730_00, venue.State.Indexes[0].Price);
        Assert.Equal(3, venue.State.Indexes[0].SourceCount);
        venue.Deposit(A, 50_000 * Dollar);
        venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 1 });
        Assert.Equal(7_680_00, venue.State.Indexes[0].Price);
        Assert.Equal(7_680, venue.State.Markets[0].MarkTicks);
        Assert.Equal(RefusalCode.SourceBelowQuorum,
            venue.Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 2 }));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_source_cannot_be_weighted_so_that_the_price_jumps_and_an_index_name_is_given_once()
    {
        var venue = new TestVenue();
        Report(venue, 8_000, 8_000, 5_000);
        Assert.Equal(RefusalCode.SourceMovesPrice,
            venue.Send(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 3, Weight = 9 }));
        Assert.Equal(5_000_00, venue.LastDetail);
        Assert.Equal(RefusalCode.NameTaken,
            venue.Send(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("BTC_USD"), Quorum = 1, MaxAgeMs = 1_000 }));
    }

    private static RefusalCode Change(TestVenue venue, MarketTerms terms, int market = Perpetual) =>
        venue.Send(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = venue.TimeNs + Hour, Market = (uint)market, Terms = terms });

    // A is long 180 coins with 100,000: below maintenance a little under 7,690.
    private static TestVenue Leveraged()
    {
        var venue = new TestVenue(change: box => box.Value.BlockMs = 86_400_000);
        venue.Trade(A, B, 8_000, 90_000);
        venue.Trade(A, B, 8_000, 90_000);
        venue.Deposit(B, 100_000 * Dollar);
        return venue;
    }

    private static void Quote(TestVenue venue, long middle)
    {
        const uint Maker = FirstTrader + 2;
        venue.Must(CommandKind.CancelAll, new CancelAll(), Maker);
        venue.Placed(Maker, Limit(Side.Buy, middle - 1, 3_000));
        venue.Placed(Maker, Limit(Side.Sell, middle + 1, 3_000));
    }

    private static void Report(TestVenue venue, params int[] dollars)
    {
        for (uint key = 1; key <= 3; key++)
        {
            ulong last = venue.State.Indexes[0].Sources[(int)key - 1].Sequence;
            venue.Must(CommandKind.ReportPrice,
                new ReportPrice { Price = dollars[key - 1] * 100, ObservedNs = venue.TimeNs, ReportSequence = last + 100 }, 0, key);
        }
    }

    private static Requirement[] Margins(TestVenue venue)
    {
        var found = new Requirement[venue.State.Counts.Accounts];
        for (uint i = 0; i < found.Length; i++)
        {
            Health health = venue.Engine.Margin.Cross(i);
            found[i] = new Requirement(health.InitialAtoms, health.MaintenanceAtoms);
        }
        return found;
    }
}
