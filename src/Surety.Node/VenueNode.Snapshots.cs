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
using Surety.Node.Telemetry;
using Surety.Replay.Snapshots;
using Surety.Replay.Venues;

namespace Surety.Node;

/// <content>Saves the state and the recent history, so that opening need not execute the whole journal.</content>
public sealed partial class VenueNode
{
    /// <summary>The block that is sealed next is saved, with the history as of it.</summary>
    public async Task<string> SnapshotAsync()
    {
        using Activity? activity = NodeMetrics.Activities.StartActivity("snapshot");
        Venue venue = Sequencer.Venue;
        StateSnapshot copy = await Sequencer.ReadAsync(
            ledger =>
            {
                StateSnapshot snapshot = venue.CopyState();
                History.SaveAt(ledger.Last.Height, RecentHistory.PathFor(snapshot.Path));
                return snapshot;
            },
            atBlock: true,
            own: true);
        await Task.Run(copy.Write);
        string[] files = [.. Directory.GetFiles(Path.GetDirectoryName(copy.Path)!, "*.snap").Order(StringComparer.Ordinal)];
        foreach (string old in files.Take(Math.Max(files.Length - Settings.Snapshots.Keep, 0)))
        {
            File.Delete(old);
            File.Delete(RecentHistory.PathFor(old));
        }
        return copy.Path;
    }

    private async Task KeepSnapshots()
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                ulong released = _outbox.ReleasedSequence;
                bool due = released > _snapshotSequence + (ulong)Settings.Snapshots.Commands
                    || (released > _snapshotSequence + 1_000 && Environment.TickCount64 - _snapshotAtMs > Settings.Snapshots.Minutes * 60_000L);
                if (due && IsReady && Interlocked.Exchange(ref _snapshotting, 1) == 0)
                {
                    try
                    {
                        _snapshotSequence = released;
                        _snapshotAtMs = Environment.TickCount64;
                        string path = await SnapshotAsync();
                        LogSnapshot(_log, path);
                    }
                    catch (Exception e) when (e is JournalUnavailableException or VenueStoppedException or IOException)
                    {
                        LogNoSnapshot(_log, e.Message);
                    }
                    finally
                    {
                        Volatile.Write(ref _snapshotting, 0);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "snapshot {Path}")]
    private static partial void LogSnapshot(ILogger log, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no snapshot: {Reason}. The journal is not affected")]
    private static partial void LogNoSnapshot(ILogger log, string reason);
}
