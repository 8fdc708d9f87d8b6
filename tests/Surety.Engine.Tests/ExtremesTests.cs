using System;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Engine.Tests;

public class ExtremesTests(ITestOutputHelper output)
{
    // A longer budget by hand: SURETY_EXTREMES=commands, for each seed.
    private static readonly int Commands = int.TryParse(Environment.GetEnvironmentVariable("SURETY_EXTREMES"), out int given)
        ? given
        : 30_000;

    [Fact]
    public void An_iceberg_shows_at_least_a_256th_of_itself_so_that_two_orders_never_take_a_step_for_each_lot()
    {
        var venue = new TestVenue();
        (uint seller, uint buyer) = (TestVenue.FirstTrader, TestVenue.FirstTrader + 1);
        PlaceOrder ice = TestVenue.Limit(Side.Sell, 8_000, 100_000);
        Assert.Equal(RefusalCode.DisplayTooSmall, venue.Place(seller, ice with { DisplayLots = 390 }));
        Assert.Equal(391, venue.LastDetail);
        ulong small = venue.Placed(seller, ice with { Lots = 1_000, DisplayLots = 4 });
        Assert.Equal(RefusalCode.DisplayTooSmall,
            venue.Send(CommandKind.AmendOrder, new AmendOrder { OrderId = small, PriceTicks = 8_000, TotalLots = 50_000 }, seller));
        venue.Must(CommandKind.CancelAll, new CancelAll(), seller);
        venue.Placed(seller, ice with { DisplayLots = 391 });
        venue.Place(buyer, TestVenue.Limit(Side.Buy, 8_000, 100_000, TimeInForce.ImmediateOrCancel));
        Assert.Equal(100_000, venue.Lots(buyer));
        Assert.InRange(venue.Events<Trade>(EventKind.Trade).Count, 250, 256);
    }

    /// <summary>Seeds, of which each is a venue of its own.</summary>
    public static TheoryData<ulong> Seeds =>
        new(Environment.GetEnvironmentVariable("SURETY_EXTREMES_SEEDS") is { } list
            ? list.Split(',').Select(ulong.Parse)
            : Enumerable.Range(1, 8).Append(1040).Select(i => (ulong)i));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_command_at_the_edges_of_its_ranges_stops_the_engine_and_every_invariant_holds(ulong seed)
    {
        var venue = new ExtremesVenue(seed);
        for (int i = 0; venue.Venue.Ledger.LastSequence < (ulong)Commands; i++)
        {
            try
            {
                venue.Step();
            }
            catch (Exception e)
                when (e is OverflowException or InvariantViolationException or IndexOutOfRangeException or DivideByZeroException
                    or ArgumentException)
            {
                Assert.Fail($"seed {seed}, step {i}, command {venue.Venue.Ledger.LastSequence + 1} stopped the engine: {e}");
            }
            if (i % 199 == 0 && Audit.FindViolation(venue.Venue.Engine) is { } violation)
            {
                Assert.Fail($"seed {seed}, step {i}, command {venue.Venue.Ledger.LastSequence}: {violation}");
            }
        }
        output.WriteLine($"seed {seed}: {venue}");
        // The stream is only worth something if most kinds get through.
        CommandKind[] wanted =
            [CommandKind.PlaceOrder, CommandKind.AmendOrder, CommandKind.Deposit, CommandKind.Withdraw, CommandKind.Transfer,
                CommandKind.ReportPrice, CommandKind.PlaceTrigger, CommandKind.MassQuote];
        Assert.Empty(wanted.Except(venue.Accepted.Keys));
        Assert.True(venue.Venue.State.Counts.Trades > 50, $"only {venue.Venue.State.Counts.Trades} trades");
    }
}
