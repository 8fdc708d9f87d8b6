using System.Linq;
using Surety.Engine.Instruments;
using Surety.Scenarios;
using Surety.Simulation;

namespace Surety.Engine.Tests;

/// <summary>Equity and margin of every account, computed again from the rows as the documents say, on random days.</summary>
public class SlowMarginTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Perpetuals_and_futures_with_coins_orders_and_isolated_positions_need_what_the_documents_say(ulong seed)
    {
        var venue = new TestVenue(8);
        var stream = new RandomStream(venue, 8, seed);
        long margined = 0;
        for (int i = 0; i < 6_000; i++)
        {
            stream.Step();
            if (i % 20 == 0)
            {
                margined += Same(venue, i);
            }
        }
        Assert.True(margined > 1_000, $"{margined}");
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void A_day_with_every_product_needs_what_the_documents_say(ulong seed)
    {
        var day = new ManyProducts(seed);
        long margined = 0;
        for (int i = 0; i < 4_000; i++)
        {
            day.Step();
            if (i % 20 == 0)
            {
                margined += Same(day.Venue, i);
            }
        }
        Assert.True(margined > 1_000, $"{margined}");
    }

    // What of a future's mean is still open is less at the moment of doubt than when it was marked last: a venue restored then computes
    // its scenarios from the rows of that moment, and the one that runs must have them too.
    [Fact]
    public void A_future_whose_index_is_in_doubt_within_its_window_needs_what_a_restored_venue_would_ask()
    {
        var options = new OptionsVenue(scanPpm: 160_000);
        TestVenue venue = options.Venue;
        venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000, 1_000, TestVenue.Future);
        long expiryMs = venue.State.Markets[TestVenue.Future].ExpiryNs / 1_000_000;
        options.Until(expiryMs - (10 * 60_000), 8_000);
        Health before = venue.Engine.Margin.Cross(TestVenue.FirstTrader);
        venue.Wait(65_000);
        Assert.NotEqual(0, venue.State.Markets[TestVenue.Future].OracleDoubtNs);
        Assert.NotEqual(before.MaintenanceAtoms, venue.Engine.Margin.Cross(TestVenue.FirstTrader).MaintenanceAtoms);
        Assert.Null(EngineRows.FirstDifference(venue.Engine));
        venue.Ledger.SealNow();
        Assert.Equal(venue.Engine.Margin.Cross(TestVenue.FirstTrader),
            Restarts.Restore(venue.Ledger).Engine.Margin.Cross(TestVenue.FirstTrader));
    }

    // How many accounts had positions.
    private static long Same(TestVenue venue, int step)
    {
        string? difference = EngineRows.FirstDifference(venue.Engine);
        Assert.True(difference is null, $"step {step}: {difference}");
        return Enumerable.Range(0, venue.State.Counts.Accounts).Count(a => venue.Engine.Margin.Cross((uint)a).MaintenanceAtoms > 0);
    }
}
