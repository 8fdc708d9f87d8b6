using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Journal;
using Surety.Node.Archive;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Protocol.Commands;
using Surety.Replay.Proving;
using Surety.Replay.Venues;

namespace Surety.Node;

/// <summary>
/// A running venue without its doors: sequencer, outbox, history, proofs, log-ins. The way of one order: gateway →
/// <see cref="Sequencer"/> → journal → engine → <see cref="Outbox"/> → <see cref="History"/>, <see cref="Listener"/>, sender.
/// </summary>
public sealed partial class VenueNode : IAsyncDisposable
{
    private const int MostCertificates = 10_000;

    private readonly string _root;
    private readonly ILogger _log;
    private readonly bool _dropUnmatched;
    private readonly Func<long> _wallNs;
    private readonly Outbox _outbox;
    private readonly ConcurrentQueue<ulong> _certificateOrder = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _reopening = new();
    private Sequencer _sequencer;
    private ulong _snapshotSequence;
    private long _snapshotAtMs = Environment.TickCount64;
    private int _snapshotting;

    /// <summary>Opens a venue and starts it.</summary>
    /// <param name="root">Its directory, with a journal.</param>
    /// <param name="settings">The operator's choices.</param>
    /// <param name="log">Where it writes.</param>
    /// <exception cref="JournalDamagedException">The journal is damaged.</exception>
    /// <exception cref="JournalUnavailableException">There is none, or the directory cannot be written to.</exception>
    /// <param name="dropUnmatched">Takes log-ins that do not belong to this journal out of the identity folder, instead of refusing to start.</param>
    /// <exception cref="IdentityException">The identity folder does not belong to this journal, or cannot be opened.</exception>
    /// <param name="wallNs">The machine's clock, nanoseconds since 1970; for tests.</param>
    /// <param name="listener">Makes what is told of everything that is durable; null for nothing.</param>
    public VenueNode(string root, NodeSettings settings, ILogger log, bool dropUnmatched = false, Func<long>? wallNs = null, Func<VenueNode, IOutboxReader>? listener = null)
    {
        _wallNs = wallNs ?? VenueClock.WallNs;
        _root = root;
        _dropUnmatched = dropUnmatched;
        _log = log;
        Settings = settings;
        long started = Stopwatch.GetTimestamp();
        History = new RecentHistory();
        Blocks = new BlockStore(root);
        Calls = new MarginCalls { Certified = Keep };
        Venue venue = OpenVenue();
        if (!settings.Clock.Accept && venue.Ledger.LastSequence > 0
            && StartClock.FindError(venue.Ledger.Engine.State.TimeNs, _wallNs(), settings.Clock.ForwardHours, settings.Clock.AheadSeconds) is { } clock)
        {
            venue.Dispose();
            Blocks.Dispose();
            throw new ClockException(clock);
        }
        IndexedState state = venue.Ledger.Engine.State;
        try
        {
            Head = OpenHead(venue);
            Vault = IdentityVault.Open(root, settings);
            Identities = new IdentityStore(Vault);
            foreach (string dropped in Identities.Bind(state, venue.Ledger.LastSequence, dropUnmatched))
            {
                LogDropped(_log, dropped);
            }
            _signer = OpenSigner(venue);
        }
        catch
        {
            venue.Dispose();
            Blocks.Dispose();
            throw;
        }
        Sessions = new Sessions(Identities, state, venue.Signatures, () => _wallNs() / 1_000_000, settings.Limits.SessionSeconds * 1_000L);
        Catalog = new InstrumentCatalog(state);
        RateLimit standard = new(settings.Limits.UnitsPerSecond, settings.Limits.UnitsBurst, settings.Limits.OrdersPerTrade);
        AccountQuota = new HourlyQuota(settings.Sandbox.AccountsPerHour);
        Refused = new RefusalBudget(settings.Limits.RefusedPerSecond, settings.Limits.RefusedBurst, OwnerOf);
        Limits = new RateLimits(standard, account => settings.Limits.Accounts.GetValueOrDefault(account.ToString(CultureInfo.InvariantCulture)), OwnerOf) { Refusals = Refused };
        History.Traded = trade =>
        {
            Limits.CountTrade(trade.TakerAccount);
            Limits.CountTrade(trade.MakerAccount);
        };
        Listener = listener?.Invoke(this);
        if (settings.Archive.Postgres is { } postgres)
        {
            Archive = new ArchiveWriter(root, state.GenesisHash, Catalog, postgres, log) { Behind = behind => ArchiveBehind = behind };
        }
        IOutboxReader?[] readers = [History, Blocks, Head, Listener, Refused, new ClosedAccounts(Identities, state), Archive];
        _outbox = new Outbox([.. readers.OfType<IOutboxReader>()]) { Latency = Metrics.Latency, Unexpected = e => LogUnexpected(_log, e, "the outbox") };
        _sequencer = StartSequencer(venue);
        Identities.Position = () => Released.Sequence;
        RecoverySeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _snapshotSequence = state.Counts.TimeNs == 0 ? 0 : venue.Ledger.LastSequence;
        ObserveAll();
        _ = Task.Run(LoadOlderBlocks);
        _ = KeepSnapshots();
        _ = WatchRoom();
    }

    /// <summary>Where it writes.</summary>
    public ILogger Log => _log;

    /// <summary>The operator's choices.</summary>
    public NodeSettings Settings { get; }

    /// <summary>What happened lately.</summary>
    public RecentHistory History { get; }

    /// <summary>The last blocks.</summary>
    public BlockStore Blocks { get; }

    /// <summary>Makes certificates of margin calls as they happen.</summary>
    public MarginCalls Calls { get; }

    /// <summary>Certificates of the last margin calls, by command; an account's own are told to it alone.</summary>
    public ConcurrentDictionary<(ulong Sequence, uint Account), Proofs.MarginCallCertificate?> Certificates { get; } = new();

    /// <summary>API keys and passkeys.</summary>
    public IdentityStore Identities { get; }

    /// <summary>Log-ins.</summary>
    public Sessions Sessions { get; }

    /// <summary>Markets and assets.</summary>
    public InstrumentCatalog Catalog { get; }

    /// <summary>Allowances.</summary>
    public RateLimits Limits { get; }

    /// <summary>What is told of everything that is durable: the channels of a gateway; null without one.</summary>
    public IOutboxReader? Listener { get; }

    /// <summary>Counts.</summary>
    public NodeMetrics Metrics { get; } = new();

    /// <summary>How long opening took, seconds, and how many commands were executed again for it.</summary>
    public double RecoverySeconds { get; private set; }

    /// <summary>Commands that opening executed again.</summary>
    public ulong RecoveredCommands { get; private set; }

    /// <summary>The sequencer that runs now.</summary>
    public Sequencer Sequencer => Volatile.Read(ref _sequencer);

    /// <summary>The state; other threads than the sequencer's may read what never changes, and keys.</summary>
    public IndexedState State => Sequencer.Venue.Ledger.Engine.State;

    /// <summary>The venue's name to signatures.</summary>
    public Hash256 VenueHash => State.GenesisHash;

    /// <summary>The last durable command and its time.</summary>
    public (ulong Sequence, long TimeNs) Released => (_outbox.ReleasedSequence, _outbox.ReleasedTimeNs);

    /// <summary>The directory.</summary>
    public string Root => _root;

    /// <summary>The operator's key, where it lies in the venue's directory: sandbox and demo.</summary>
    public DelegatedKey? Operator { get; private set; }

    /// <summary>Whether it takes requests.</summary>
    public bool IsReady => Sequencer.Failure is null && !_stopping.IsCancellationRequested;

    /// <summary>Commands that the archive does not have yet.</summary>
    public double ArchiveBehind { get; private set; }

    /// <summary>The archive, where there is one.</summary>
    public ArchiveWriter? Archive { get; }

    /// <summary>Cancelled when it stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The identity folder.</summary>
    public IdentityVault Vault { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Sequencer.Dispose();
        _outbox.Dispose();
        Head?.Dispose();
        _signer?.Dispose();
        (Listener as IDisposable)?.Dispose();
        if (Archive is not null)
        {
            await Archive.DisposeAsync();
        }
        Blocks.Dispose();
        Operator?.Dispose();
        Metrics.Dispose();
        // _stopping stays: a thread that opens the venue again, as after a full disk, may still wait on it.
    }

    private Venue OpenVenue()
    {
        using Activity? activity = NodeMetrics.Activities.StartActivity("recovery");
        ulong height = 0;
        var copy = new EventCopy();
        ulong known = History.LastSequence;
        Venue venue = Venue.Open(
            _root,
            (ledger, record, code, label) =>
            {
                RecoveredCommands++;
                if (code == RefusalCode.Excluded)
                {
                    LogExcluded(_log, ledger.LastSequence);
                }
                bool isSealed = ledger.Last.Height != height;
                height = ledger.Last.Height;
                // A command that was accepted once must never keep the venue from opening: what follows it may fail, the venue may not.
                try
                {
                    Project(ledger, record, code, label, copy, known, isSealed);
                }
                catch (Exception e)
                {
                    LogUnexpected(_log, e, "what follows the journal");
                }
            },
            ledger =>
            {
                height = ledger.Last.Height;
                // What never changes of a market.
                IndexedState state = ledger.Engine.State;
                History.IndexOf = market => state.Markets[market].Index;
                History.AtomsOf = market => state.Markets[market].AtomsPerTickLot;
                if (known == 0)
                {
                    History.Begin(state);
                }
                if (known == 0 && height > 0)
                {
                    string snapshot = Path.Combine(_root, "snapshots", height.ToString("D12", CultureInfo.InvariantCulture) + ".snap");
                    History.Load(RecentHistory.PathFor(snapshot), ledger.LastSequence);
                }
            });
        // What was read from the journal is durable.
        if (venue.Ledger.Last.Height > 0)
        {
            Blocks.Sealed(venue.Ledger.Last);
        }
        return venue;
    }

    private Sequencer StartSequencer(Venue venue)
    {
        var clock = new VenueClock(venue.Ledger.Engine.State.TimeNs, _wallNs, jumpNs: Settings.Clock.JumpSeconds * 1_000_000_000L);
        var sequencer = new Sequencer(venue, _outbox, Settings.Limits.Queue, clock)
        {
            Watches = [Catalog, Calls, Blocks],
            Unexpected = e => LogUnexpected(_log, e, "what follows the sequencer"),
            Signer = _signer,
            Failed = e => ThreadPool.QueueUserWorkItem(_ => Reopen(e)),
        };
        sequencer.Start();
        return sequencer;
    }

    // The disk was full or failed: nothing after the last durable record was told to anyone. Open again until it works.
    private void Reopen(Exception failure)
    {
        lock (_reopening)
        {
            LogStopped(_log, failure.Message);
            Sequencer failed = _sequencer;
            try
            {
                failed.Dispose();
            }
            catch (Exception e) when (e is JournalUnavailableException or IOException or ObjectDisposedException)
            {
                // What it could not write was acknowledged to nobody.
                LogStopped(_log, e.Message);
            }
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    Calls.Forget();
                    Blocks.Clear();
                    _signer?.Discard();
                    Venue venue = OpenVenue();
                    if (_signer is not null)
                    {
                        SignLast(venue, _signer);
                    }
                    _outbox.Recover();
                    Sessions.Signatures = venue.Signatures;
                    Sessions.State = venue.Ledger.Engine.State;
                    Catalog.Reload(venue.Ledger.Engine.State);
                    Volatile.Write(ref _sequencer, StartSequencer(venue));
                    LogReopened(_log, venue.Ledger.LastSequence);
                    LoadOlderBlocks();
                    return;
                }
                catch (Exception e)
                {
                    // Whatever it is, the process goes on and says why: on this thread it would end without a word.
                    if (e is JournalUnavailableException or IOException or UnauthorizedAccessException)
                    {
                        LogStopped(_log, e.Message);
                    }
                    else
                    {
                        LogUnexpected(_log, e, "opening the venue again");
                    }
                    _stopping.Token.WaitHandle.WaitOne(2_000);
                }
            }
        }
    }

    private void LoadOlderBlocks()
    {
        try
        {
            Blocks.LoadOlder();
        }
        catch (Exception e) when (e is JournalDamagedException or JournalUnavailableException or IOException)
        {
            LogUnexpected(_log, e, "reading older blocks");
        }
    }

    private void Keep(ulong sequence, uint account, Proofs.MarginCallCertificate? certificate)
    {
        Certificates[(sequence, account)] = certificate;
        _certificateOrder.Enqueue(sequence);
        while (_certificateOrder.Count > MostCertificates && _certificateOrder.TryDequeue(out ulong oldest))
        {
            foreach ((ulong, uint) key in Certificates.Keys.Where(k => k.Sequence == oldest).ToList())
            {
                Certificates.TryRemove(key, out _);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the venue has stopped taking requests: {Reason}. It is opened again as soon as that works")]
    private static partial void LogStopped(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "the venue takes requests again after command {Sequence}")]
    private static partial void LogReopened(ILogger log, ulong sequence);

    [LoggerMessage(Level = LogLevel.Critical, Message = "command {Sequence} stopped the engine and is excluded; its markets are halted, or only reduce, until you set their status")]
    private static partial void LogExcluded(ILogger log, ulong sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "not of this journal, and taken out of the identity folder: {What}")]
    private static partial void LogDropped(ILogger log, string what);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e, string method);

    // The operator's accounts, and those that do not exist, have none.
    private uint OwnerOf(uint account) => account < (uint)State.Counts.Accounts ? State.Accounts[(int)account].Owner : 0;
}
