using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Proving;
using Surety.Node.Sequencing;

namespace Surety.Node.Telemetry;

/// <summary>What is measured of a running node whenever its figures are collected.</summary>
internal static class NodeGauges
{
    public static void Observe(
        NodeMetrics metrics, VenueReader venue, RecentHistory history, BlockStore blocks, RateLimits limits, VenueRecovery recovery)
    {
        metrics.Observe("surety.commands", "{command}", "Commands executed since the start.", () => history.Counts.Commands);
        metrics.Observe("surety.refusals", "{command}", "Commands refused since the start.", () => history.Counts.Refusals);
        metrics.Observe("surety.trades", "{trade}", "Trades since the start.", () => history.Counts.Trades);
        metrics.Observe("surety.queue", "{request}", "Requests that wait for the sequencer.", () => venue.Queued);
        metrics.Observe("surety.journal.records", "{record}", "Records in the journal.", () => venue.JournalRecords);
        metrics.Observe("surety.journal.batches", "{batch}", "Batches written, each with one fsync.", () => venue.JournalBatches);
        metrics.Observe("surety.block.height", "{block}", "Sealed blocks.", () => blocks.Last.Height);
        metrics.Observe("surety.connections", "{connection}", "WebSocket connections.", () => metrics.Connections);
        metrics.Observe("surety.clock.ahead", "s", "How far the venue's time is ahead of the wall clock.", () => venue.ClockAheadNs / 1e9);
        metrics.Observe("surety.rate_limit.refused", "{request}", "Requests beyond an allowance.", () => limits.Refused);
        metrics.Observe(
            "surety.clock.jump", "s", "How far the wall clock jumped while it is not followed; 0 while it is.",
            () => venue.ClockJumpedNs / 1e9);
        for (int i = 0; i < CapacityWatch.Read(venue.State).Count; i++)
        {
            int table = i;
            metrics.Observe(
                $"surety.room.{CapacityWatch.Read(venue.State)[i].Name}", "1", "How full the table is, 0 to 1.",
                () => CapacityWatch.Read(venue.State)[table] is var (_, _, taken, room) ? (double)taken / room : 0);
        }
        metrics.Observe("surety.recovery", "s", "How long opening took.", () => recovery.Seconds);
        metrics.Observe("surety.ready", "{bool}", "1 while it takes requests.", () => venue.IsReady ? 1 : 0);
    }
}
