using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Engine.State;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Telemetry;

namespace Surety.Node;

/// <content>What the node bounds, and what it tells its operator.</content>
public sealed partial class VenueNode
{
    /// <summary>What owners may still have refused.</summary>
    public RefusalBudget Refused { get; }

    /// <summary>Accounts that each address opened in this hour.</summary>
    public HourlyQuota AccountQuota { get; }

    // The operator learns of a table that fills up, and of a clock that jumps, before customers do.
    private async Task WatchRoom()
    {
        var watch = new CapacityWatch();
        bool jumped = false;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach ((string name, int taken, int room) in watch.News(State))
                {
                    LogFilling(_log, name, taken, room);
                }
                long jump = Sequencer.ClockJumpedNs;
                if (jump != 0 && !jumped)
                {
                    LogJumped(_log, jump / 1e9);
                }
                jumped = jump != 0;
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private void ObserveAll()
    {
        Metrics.Observe("surety.commands", "{command}", "Commands executed since the start.", () => History.Counts.Commands);
        Metrics.Observe("surety.refusals", "{command}", "Commands refused since the start.", () => History.Counts.Refusals);
        Metrics.Observe("surety.trades", "{trade}", "Trades since the start.", () => History.Counts.Trades);
        Metrics.Observe("surety.queue", "{request}", "Requests that wait for the sequencer.", () => Sequencer.Queued);
        Metrics.Observe("surety.journal.records", "{record}", "Records in the journal.", () => Sequencer.Venue.JournalRecords);
        Metrics.Observe("surety.journal.batches", "{batch}", "Batches written, each with one fsync.", () => Sequencer.Venue.JournalBatches);
        Metrics.Observe("surety.block.height", "{block}", "Sealed blocks.", () => Blocks.Last.Height);
        Metrics.Observe("surety.connections", "{connection}", "WebSocket connections.", () => Metrics.Connections);
        Metrics.Observe("surety.clock.ahead", "s", "How far the venue's time is ahead of the wall clock.", () => Sequencer.ClockAheadNs / 1e9);
        Metrics.Observe("surety.rate_limit.refused", "{request}", "Requests beyond an allowance.", () => Limits.Refused);
        Metrics.Observe("surety.clock.jump", "s", "How far the wall clock jumped while it is not followed; 0 while it is.", () => Sequencer.ClockJumpedNs / 1e9);
        for (int i = 0; i < CapacityWatch.Read(State).Count; i++)
        {
            int table = i;
            Metrics.Observe($"surety.room.{CapacityWatch.Read(State)[i].Name}", "1", "How full the table is, 0 to 1.", () => CapacityWatch.Read(State)[table] is var (_, _, taken, room) ? (double)taken / room : 0);
        }
        Metrics.Observe("surety.recovery", "s", "How long opening took.", () => RecoverySeconds);
        Metrics.Observe("surety.ready", "{bool}", "1 while it takes requests.", () => IsReady ? 1 : 0);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Table}: {Taken} of {Room} rows are taken; make room with surety/operator_grow before customers are refused")]
    private static partial void LogFilling(ILogger log, string table, int taken, int room);

    [LoggerMessage(Level = LogLevel.Error, Message = "the machine's clock jumped by {Seconds} s and is not followed; the venue goes on by the monotonic clock. Set the clock right; if it is right now, start the venue again")]
    private static partial void LogJumped(ILogger log, double seconds);
}
