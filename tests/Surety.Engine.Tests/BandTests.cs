using System;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Instruments;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;

namespace Surety.Engine.Tests;

/// <summary>Bands against a full scan, over every kind of position: docs/enforcement.md says why no account is missed.</summary>
public class BandTests
{
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(35)]
    [InlineData(36)]
    public void Bands_miss_nobody_whatever_he_holds(ulong seed)
    {
        var venue = new ManyProducts(seed);
        for (int i = 0; i < 2_600; i++)
        {
            venue.Step();
        }
        string? difference = Compare(venue.Venue, out int liquidations, out double looked);
        Assert.True(difference is null, difference);
        Assert.True(liquidations > 5, $"only {liquidations} liquidations");
        Assert.True(looked < 0.9, $"{looked} of those that a full scan looks at");
    }

    [Fact]
    public void A_contract_that_takes_a_payment_while_its_mark_rises_is_looked_at_though_what_a_lot_has_gained_is_the_same()
    {
        // Margined by all that it can still lose: maintenance rises with the mark, equity falls by the payment.
        var venue = new OptionsVenue();
        long start = TestVenue.StartNs / 1_000_000;
        long end = start + OptionsVenue.Day;
        string text = OptionsVenue.Text("min(S, 20000)", end, "schedule H = every 1h from 2020-03-12T09:00:00Z to 2020-03-12T10:00:00Z\nat H pay -100\n").Replace("400000", "20000", StringComparison.Ordinal);
        MarketTerms terms = OptionsVenue.Terms("C", end);
        terms.MinPriceTicks = -1_000;
        Assert.Equal(RefusalCode.None, venue.Try(text, terms));
        int market = venue.Venue.State.Counts.Markets - 1;
        venue.Until(start + (59 * 60_000) + 30_000, 8_000, 30_000);
        venue.Venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000, 1_000, market);
        // Another account takes it over, so that what must stay behind is its margin.
        venue.Venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 8_000, 1_000, market: market), TestVenue.FirstTrader + 1);
        Health before = venue.Venue.Engine.Margin.Cross(TestVenue.FirstTrader);
        // All but 80 dollars for a whole contract of a thousand lots goes.
        venue.Venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = before.EquityAtoms - before.MaintenanceAtoms - (80 * 1_000 * 1_000) }, TestVenue.FirstTrader);
        venue.Venue.Must(CommandKind.CancelAll, new CancelAll(), TestVenue.FirstTrader + 1);
        venue.Venue.Price(8_000);
        venue.Venue.Price(8_040);
        venue.Venue.Wait(31_000);
        Assert.Equal(100 * 1_000, venue.Venue.State.Markets[market].FundingIndex);
        Assert.Null(Audit.Enforcement(venue.Venue.Engine));
    }

    // The same records with bands and with a full scan, block by block.
    private static string? Compare(TestVenue venue, out int liquidations, out double looked)
    {
        var banded = new Ledger(venue.State.Genesis);
        var scanned = new Ledger(venue.State.Genesis);
        scanned.Engine.Enforcement.FullScan = true;
        liquidations = 0;
        for (int i = 0; i < venue.Records.Count; i++)
        {
            banded.Apply(venue.Records[i]);
            scanned.Apply(venue.Records[i]);
            var events = new EventReader(banded.Engine.Events.Log.Bytes, banded.EventsFrom);
            while (events.MoveNext())
            {
                liquidations += events.Kind == EventKind.LiquidationEnded ? 1 : 0;
            }
            if ((i + 1) % 20 == 0 || i + 1 == venue.Records.Count)
            {
                banded.SealNow();
                scanned.SealNow();
                if (Restarts.Difference(scanned, banded) is { } found)
                {
                    looked = 1;
                    return $"by command {i}: {found}";
                }
            }
        }
        looked = (double)banded.Engine.Enforcement.Examined / scanned.Engine.Enforcement.Examined;
        return null;
    }
}
