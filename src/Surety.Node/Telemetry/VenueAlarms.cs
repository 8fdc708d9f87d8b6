using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Node.Sequencing;

namespace Surety.Node.Telemetry;

/// <summary>Tells the operator of a table that fills up, and of a clock that jumps, before customers notice.</summary>
internal sealed partial class VenueAlarms(VenueReader venue, ILogger log)
{
    /// <summary>Looks every two seconds, until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var watch = new CapacityWatch();
        bool jumped = false;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
            while (await timer.WaitForNextTickAsync(stopping))
            {
                foreach ((string name, int taken, int room) in watch.News(venue.State))
                {
                    LogFilling(log, name, taken, room);
                }
                long jump = venue.ClockJumpedNs;
                if (jump != 0 && !jumped)
                {
                    LogJumped(log, jump / 1e9);
                }
                jumped = jump != 0;
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Table}: {Taken} of {Room} rows are taken; make room with surety/operator_grow before customers are refused")]
    private static partial void LogFilling(ILogger log, string table, int taken, int room);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "the machine's clock jumped by {Seconds} s and is not followed; the venue goes on by the monotonic clock. "
            + "Set the clock right; if it is right now, start the venue again")]
    private static partial void LogJumped(ILogger log, double seconds);
}
