using System;
using System.IO;
using System.Threading;
using Microsoft.Extensions.Logging;
using Surety.Journal;
using Surety.Replay.Venues;

namespace Surety.Node.Sequencing;

/// <summary>
/// The sequencer that runs now. One that fails, as on a full disk, is replaced: the venue is opened again until that works, and
/// readers and senders then get the next one.
/// </summary>
internal sealed partial class LiveSequencer(ILogger log, CancellationToken stopping) : IDisposable
{
    private const int AgainMs = 2_000;

    private readonly Lock _reopening = new();
    private Outbox? _outbox;
    private Sequencer? _sequencer;

    /// <summary>Makes a sequencer of an open venue.</summary>
    public required Func<Venue, Outbox, Sequencer> Make { get; init; }

    /// <summary>Opens the venue again; what followed the failed sequencer is forgotten first.</summary>
    public required Func<Venue> Reopen { get; init; }

    /// <summary>Told of a venue that was opened again, before its sequencer starts.</summary>
    public required Action<Venue> Reopened { get; init; }

    /// <summary>Called when the new sequencer runs.</summary>
    public required Action Resumed { get; init; }

    /// <summary>The sequencer that runs now, or the failed one until the next is there.</summary>
    /// <exception cref="VenueStoppedException">None was started yet.</exception>
    public Sequencer Current => Volatile.Read(ref _sequencer) ?? throw new VenueStoppedException("the venue is starting");

    /// <summary>Whether it takes requests.</summary>
    public bool IsReady => Volatile.Read(ref _sequencer) is { Failure: null } && !stopping.IsCancellationRequested;

    /// <summary>The last command that is durable and was released, and its time, nanoseconds since 1970.</summary>
    public (ulong Sequence, long TimeNs) Released => _outbox is { } outbox ? (outbox.ReleasedSequence, outbox.ReleasedTimeNs) : default;

    /// <summary>Starts with a venue that was just opened.</summary>
    /// <param name="venue">The venue; the sequencer owns it from here on.</param>
    /// <param name="outbox">Where executed commands go; the caller disposes of it after this.</param>
    public void Start(Venue venue, Outbox outbox)
    {
        _outbox = outbox;
        Run(venue, outbox);
    }

    /// <summary>Stops for good; an opening that is under way ends first. Cancel the token before.</summary>
    public void Dispose()
    {
        lock (_reopening)
        {
            Volatile.Read(ref _sequencer)?.Dispose();
        }
    }

    private void Run(Venue venue, Outbox outbox)
    {
        Sequencer sequencer = Make(venue, outbox);
        sequencer.Failed = e => ThreadPool.QueueUserWorkItem(_ => Replace(e, outbox));
        Volatile.Write(ref _sequencer, sequencer);
        sequencer.Start();
    }

    // Nothing after the last durable record was acknowledged.
    private void Replace(Exception failure, Outbox outbox)
    {
        lock (_reopening)
        {
            LogStopped(log, failure.Message);
            try
            {
                Current.Dispose();
            }
            catch (Exception e) when (e is JournalUnavailableException or IOException or ObjectDisposedException)
            {
                // What it could not write was not acknowledged.
                LogStopped(log, e.Message);
            }
            while (!stopping.IsCancellationRequested)
            {
                try
                {
                    TakeOver(Reopen(), outbox);
                    Resumed();
                    return;
                }
                catch (Exception e)
                {
                    // Whatever it is, the process goes on and says why: on this thread it would end without a word.
                    if (e is JournalUnavailableException or IOException or UnauthorizedAccessException)
                    {
                        LogStopped(log, e.Message);
                    }
                    else
                    {
                        LogUnexpected(log, e);
                    }
                    stopping.WaitHandle.WaitOne(AgainMs);
                }
            }
        }
    }

    private void TakeOver(Venue venue, Outbox outbox)
    {
        try
        {
            Reopened(venue);
            outbox.Recover();
            Run(venue, outbox);
        }
        catch
        {
            // Else its lock would keep the next attempt out.
            venue.Dispose();
            throw;
        }
        LogReopened(log, venue.Ledger.LastSequence);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "the venue has stopped taking requests: {Reason}. It is opened again as soon as that works")]
    private static partial void LogStopped(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the venue takes requests again after command {Sequence}")]
    private static partial void LogReopened(ILogger log, ulong sequence);

    [LoggerMessage(Level = LogLevel.Error, Message = "opening the venue again failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e);
}
