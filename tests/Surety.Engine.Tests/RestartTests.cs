using System.Collections.Generic;
using Surety.Engine.Auditing;
using Surety.Engine.Governance;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;

namespace Surety.Engine.Tests;

/// <summary>A venue restored from its tables goes on exactly as the one that ran.</summary>
public class RestartTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_venue_of_many_products_goes_on_the_same_from_any_of_its_states(ulong seed)
    {
        ManyProducts venue = Run(seed, 2_600, out Dictionary<EventKind, int> seen);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
        string? difference = Restarts.FirstDifference(venue.Venue.State.Genesis, venue.Venue.Records, 97, 5);
        Assert.True(difference is null, difference);
        // The stream is only worth something if it gets everywhere.
        foreach (
            EventKind kind in (EventKind[])[EventKind.LiquidationEnded, EventKind.MarketSettled, EventKind.ContractEnded,
                EventKind.ContractPaid, EventKind.ContractExercised, EventKind.MarketStatusChanged, EventKind.TermsChanged,
                EventKind.OrderTriggered])
        {
            Assert.True(seen.ContainsKey(kind), $"seed {seed}: no {kind}");
        }
    }

    [Theory]
    [InlineData(20)]
    [InlineData(70)]
    public void A_future_that_waits_at_its_expiry_for_a_price_settles_at_the_same_moment_after_a_restart(int seconds)
    {
        var venue = new TestVenue(terms: TestVenue.Listing("SOON", TestVenue.StartNs + Minutes(10)).Terms);
        venue.Trade(A, B, 8_000, 1_000);
        venue.Wait(10 * 60_000 + 5_000);
        venue.Wait(seconds * 1_000);
        venue.Price(8_100);
        venue.Wait(1_000);
        Assert.Equal(1_000, venue.Lots(A));
        venue.Wait(60_000);
        Assert.Equal(0, venue.Lots(A));
        Same(venue);
    }

    [Fact]
    public void A_contract_that_waits_for_a_price_pays_and_ends_at_the_same_moment_after_a_restart()
    {
        var venue = new OptionsVenue();
        long start = TestVenue.StartNs / 1_000_000;
        long end = start + (20 * 60_000);
        int market = venue.List(
            OptionsVenue.Text("min(S, 20000)", end,
                "schedule S1 = every 30s from 2020-03-12T08:05:00Z to 2020-03-12T08:19:30Z\nat S1 pay 1\n")
                .Replace("400000", "20000", System.StringComparison.Ordinal), end);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 8_000, 100, market);
        venue.Until(start + (6 * 60_000), 8_000, 10_000);
        foreach (int seconds in (int[])[100, 5, 40, 20, 70, 40, 200, 45, 30, 400])
        {
            // Nothing comes in, then prices once.
            venue.Venue.Wait(seconds * 1_000);
            venue.Venue.Price(8_000 + seconds);
            venue.Venue.Wait(1_000);
        }
        Assert.Equal(0, venue.Venue.Lots(A, market));
        Same(venue.Venue);
    }

    [Fact]
    public void Markets_that_refused_commands_have_restricted_trade_again_at_the_same_moment_after_a_restart()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { Refusals = 120_000 });
        var unknown = new CancelOrder { OrderId = 77 };
        while (venue.State.Markets[0].Status == MarketStatus.Trading)
        {
            venue.Send(CommandKind.CancelOrder, unknown, A);
        }
        venue.Wait(70_000);
        venue.Send(CommandKind.CancelOrder, unknown, A);
        int until = venue.Records.Count;
        venue.Wait(55_000);
        Assert.Equal(0u, (uint)(venue.State.Markets[0].Causes & MarketCauses.RefusalRate));
        string? difference = Restarts.FirstDifference(venue.State.Genesis, venue.Records, until, 1);
        Assert.True(difference is null, difference);
    }

    [Fact]
    public void A_source_that_is_removed_takes_its_weight_with_it_at_once_and_the_same_after_a_restart()
    {
        var venue = new TestVenue();
        venue.Wait(10_000);
        venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 2, Weight = 5, JumpPpm = 1_000_000_000 });
        venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 0, SourceKey = 3 });
        venue.Wait(10_000);
        venue.Wait(70_000);
        Same(venue);
    }

    [Fact]
    public void A_market_whose_patience_was_changed_in_the_middle_of_a_doubt_halts_at_the_same_moment_after_a_restart()
    {
        var venue = new TestVenue();
        MarketTerms terms = MarketTerms.Of(venue.State.Markets[0]);
        terms.OracleGraceMs = 600_000;
        venue.Must(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = venue.TimeNs + Minutes(61), Terms = terms });
        venue.Wait((60 * 60_000) + 5_000);
        venue.Price(8_000);
        // The index goes stale just before the terms act, which let the market wait for ten minutes instead of half one.
        for (int i = 0; i < 30; i++)
        {
            venue.Wait(30_000);
        }
        Assert.Equal(MarketStatus.Halted, venue.State.Markets[0].Status);
        Same(venue);
    }

    private const uint A = TestVenue.FirstTrader;
    private const uint B = TestVenue.FirstTrader + 1;

    private static long Minutes(int minutes) => minutes * 60_000_000_000L;

    private static void Same(TestVenue venue)
    {
        string? difference = Restarts.FirstDifference(venue.State.Genesis, venue.Records, 1, 3);
        Assert.True(difference is null, difference);
    }

    private static ManyProducts Run(ulong seed, int steps, out Dictionary<EventKind, int> seen)
    {
        var venue = new ManyProducts(seed);
        seen = [];
        int next = 0;
        for (int i = 0; i < steps; i++)
        {
            venue.Step();
            var events = new EventReader(venue.Venue.Engine.Events.Log.Bytes, next > venue.Venue.Engine.Events.Log.Length ? 0 : next);
            while (events.MoveNext())
            {
                seen[events.Kind] = seen.GetValueOrDefault(events.Kind) + 1;
            }
            next = venue.Venue.Engine.Events.Log.Length;
        }
        return venue;
    }
}
