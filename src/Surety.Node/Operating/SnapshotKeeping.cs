using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Journal;
using Surety.Node.History;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Replay.Snapshots;
using Surety.Replay.Venues;

namespace Surety.Node.Operating;

/// <summary>Saves the state and the recent history now and then, so that opening need not execute the whole journal.</summary>
public sealed partial class SnapshotKeeping
{
    private const ulong LeastCommands = 1_000;

    private readonly LiveSequencer _live;
    private readonly RecentHistory _history;
    private readonly SnapshotSettings _settings;
    private readonly ILogger _log;
    private ulong _takenAt;
    private long _takenAtMs = Environment.TickCount64;

    internal SnapshotKeeping(LiveSequencer live, RecentHistory history, SnapshotSettings settings, ILogger log) =>
        (_live, _history, _settings, _log) = (live, history, settings, log);

    /// <summary>Saves the block that is sealed next, with the history as of it, and deletes snapshots beyond those to keep.</summary>
    /// <returns>The snapshot's file.</returns>
    /// <exception cref="VenueStoppedException">The venue takes nothing now.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task<string> TakeAsync()
    {
        using Activity? activity = NodeMetrics.Activities.StartActivity("snapshot");
        Sequencer sequencer = _live.Current;
        Venue venue = sequencer.Venue;
        StateSnapshot copy = await sequencer.ReadAsync(
            ledger =>
            {
                StateSnapshot snapshot = venue.CopyState();
                _history.SaveAt(ledger.Last.Height, RecentHistory.PathFor(snapshot.Path));
                return snapshot;
            },
            atBlock: true,
            own: true);
        await Task.Run(copy.Write);
        string[] files = [.. Directory.GetFiles(Path.GetDirectoryName(copy.Path)!, "*.snap").Order(StringComparer.Ordinal)];
        foreach (string old in files.Take(Math.Max(files.Length - _settings.Keep, 0)))
        {
            File.Delete(old);
            File.Delete(RecentHistory.PathFor(old));
        }
        return copy.Path;
    }

    /// <summary>Takes one whenever one is due, until it is stopped.</summary>
    /// <param name="knownSequence">The last command that needs no snapshot.</param>
    /// <param name="stopping">Ends it.</param>
    internal async Task RunAsync(ulong knownSequence, CancellationToken stopping)
    {
        _takenAt = knownSequence;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (IsDue(_live.Released.Sequence) && _live.IsReady)
                {
                    await TakeDueAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private bool IsDue(ulong released) => released > _takenAt + (ulong)_settings.Commands
        || (released > _takenAt + LeastCommands && Environment.TickCount64 - _takenAtMs > _settings.Minutes * 60_000L);

    private async Task TakeDueAsync()
    {
        try
        {
            _takenAt = _live.Released.Sequence;
            _takenAtMs = Environment.TickCount64;
            string path = await TakeAsync();
            LogSnapshot(_log, path);
        }
        catch (Exception e) when (e is JournalUnavailableException or VenueStoppedException or IOException)
        {
            LogNoSnapshot(_log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "snapshot {Path}")]
    private static partial void LogSnapshot(ILogger log, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no snapshot: {Reason}. The journal is not affected")]
    private static partial void LogNoSnapshot(ILogger log, string reason);
}
