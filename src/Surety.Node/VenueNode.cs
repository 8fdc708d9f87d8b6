using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Engine.Indexes;
using Surety.Journal;
using Surety.Node.Archive;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Operating;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Replay.Proving;
using Surety.Replay.Venues;

namespace Surety.Node;

/// <summary>
/// A running venue without its doors; composition only. The way of one order: gateway → <see cref="Commands"/> → sequencer → journal →
/// engine → outbox → <see cref="History"/>, the gateway's channels, sender.
/// </summary>
public sealed partial class VenueNode : IAsyncDisposable
{
    private readonly LiveSequencer _live;
    private readonly Outbox _outbox;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Opens a venue and starts it.</summary>
    /// <param name="root">Its directory, with a journal.</param>
    /// <param name="settings">The operator's choices.</param>
    /// <param name="log">Where it writes.</param>
    /// <param name="dropUnmatched">
    /// Takes log-ins that do not belong to this journal out of the identity folder, instead of refusing to start.
    /// </param>
    /// <param name="wallNs">The machine's clock, nanoseconds since 1970; for tests.</param>
    /// <param name="reader">
    /// Makes one more reader of everything that is durable; null for none. Its maker disposes of it after the node.
    /// </param>
    /// <exception cref="JournalDamagedException">The journal is damaged.</exception>
    /// <exception cref="JournalUnavailableException">There is none, or the directory cannot be written to.</exception>
    /// <exception cref="ClockException">The machine's clock and the venue's last command are too far apart.</exception>
    /// <exception cref="HistoryException">The journal does not continue the remembered head, or the headers' key is missing.</exception>
    /// <exception cref="IdentityException">The identity folder does not belong to this journal, or cannot be opened.</exception>
    public VenueNode(
        string root, NodeSettings settings, ILogger log, bool dropUnmatched = false, Func<long>? wallNs = null,
        Func<VenueNode, IOutboxReader>? reader = null)
    {
        long started = Stopwatch.GetTimestamp();
        wallNs ??= VenueClock.WallNs;
        Settings = settings;
        Log = log;
        Blocks = new BlockStore(root);
        Calls = new MarginCalls { Certified = Certificates.Keep };
        Recovery = new VenueRecovery(root, History, Blocks, Calls, log);
        Venue? venue = null;
        ulong known;
        try
        {
            venue = Recovery.Open();
            IndexedState state = venue.Ledger.Engine.State;
            StartClock.Check(venue.Ledger, settings.Clock, wallNs());
            Head = RememberedHead.Open(venue, settings.Seal, log);
            Vault = IdentityVault.Open(root, settings);
            Identities = new IdentityStore(Vault);
            foreach (string dropped in Identities.Bind(state, venue.Ledger.LastSequence, dropUnmatched))
            {
                LogDropped(log, dropped);
            }
            Sealing = HeaderSealing.Open(venue, settings.Seal, Vault, Blocks, log);
            Sessions = new Sessions(
                Identities, state, venue.Signatures, () => wallNs() / 1_000_000, settings.Limits.SessionSeconds * 1_000L);
            Catalog = new InstrumentCatalog(state);
            _live = new LiveSequencer(log, _stopping.Token)
            {
                Make = (opened, outbox) => MakeSequencer(opened, outbox, wallNs),
                Reopen = Reopen,
                Reopened = TakeOver,
                Resumed = () => Blocks.LoadOlder(log),
            };
            Venue = new VenueReader(_live);
            Commands = new CommandQueue(_live);
            Signing = new DelegatedSigning(Venue, Commands, Vault);
            Operator = new OperatorKey(Vault, Signing, log);
            Snapshots = new SnapshotKeeping(_live, History, settings.Snapshots, log);
            AccountQuota = new HourlyQuota(settings.Sandbox.AccountsPerHour);
            var refused = new RefusalBudget(settings.Limits.RefusedPerSecond, settings.Limits.RefusedBurst, Venue.OwnerOf);
            Limits = new RateLimits(
                new RateLimit(settings.Limits.UnitsPerSecond, settings.Limits.UnitsBurst, settings.Limits.OrdersPerTrade),
                account => settings.Limits.Accounts.GetValueOrDefault(account.ToString(CultureInfo.InvariantCulture)), Venue.OwnerOf)
            { Refusals = refused };
            History.Traded = Limits.CountTrade;
            IOutboxReader? further = reader?.Invoke(this);
            Archive = settings.Archive.Postgres is { } postgres ? new ArchiveWriter(root, state.GenesisHash, Catalog, postgres, log) : null;
            IOutboxReader?[] readers = [History, Blocks, Head, further, refused, new ClosedAccounts(Identities, state), Archive];
            _outbox = new Outbox([.. readers.OfType<IOutboxReader>()])
            {
                Latency = Metrics.Latency,
                Unexpected = e => LogUnexpected(log, e, "the outbox"),
            };
            Identities.Position = () => Venue.Released.Sequence;
            known = venue.Ledger.LastSequence;
            _live.Start(venue, _outbox);
        }
        catch
        {
            venue?.Dispose();
            Head?.Dispose();
            Sealing?.Dispose();
            Blocks.Dispose();
            Metrics.Dispose();
            throw;
        }
        Recovery.Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        NodeGauges.Observe(Metrics, Venue, History, Blocks, Limits, Recovery);
        _ = Task.Run(() => Blocks.LoadOlder(log));
        _ = Snapshots.RunAsync(known, _stopping.Token);
        _ = new VenueAlarms(Venue, log).RunAsync(_stopping.Token);
    }

    /// <summary>Where it writes.</summary>
    public ILogger Log { get; }

    /// <summary>The operator's choices.</summary>
    public NodeSettings Settings { get; }

    /// <summary>Reads the venue.</summary>
    public VenueReader Venue { get; }

    /// <summary>Takes signed commands.</summary>
    public CommandQueue Commands { get; }

    /// <summary>Signs with keys that are held here.</summary>
    public DelegatedSigning Signing { get; }

    /// <summary>The operator's key, where it is held here.</summary>
    public OperatorKey Operator { get; }

    /// <summary>What happened lately.</summary>
    public RecentHistory History { get; } = new();

    /// <summary>The last blocks.</summary>
    public BlockStore Blocks { get; }

    /// <summary>Makes certificates of margin calls as they happen.</summary>
    public MarginCalls Calls { get; }

    /// <summary>Certificates of the last margin calls.</summary>
    public KeptCertificates Certificates { get; } = new();

    /// <summary>How the venue was opened.</summary>
    public VenueRecovery Recovery { get; }

    /// <summary>Saves the state now and then.</summary>
    public SnapshotKeeping Snapshots { get; }

    /// <summary>The identity folder.</summary>
    public IdentityVault Vault { get; }

    /// <summary>API keys and passkeys.</summary>
    public IdentityStore Identities { get; }

    /// <summary>Log-ins.</summary>
    public Sessions Sessions { get; }

    /// <summary>Markets and assets.</summary>
    public InstrumentCatalog Catalog { get; }

    /// <summary>Allowances.</summary>
    public RateLimits Limits { get; }

    /// <summary>Accounts that each address opened in this hour.</summary>
    public HourlyQuota AccountQuota { get; }

    /// <summary>The last block as it is remembered outside the directory; null where there is no place for it.</summary>
    public RememberedHead? Head { get; }

    /// <summary>The venue's key that signs headers.</summary>
    public HeaderSealing Sealing { get; }

    /// <summary>The archive, where there is one.</summary>
    public ArchiveWriter? Archive { get; }

    /// <summary>Counts.</summary>
    public NodeMetrics Metrics { get; } = new();

    /// <summary>Cancelled when it stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The sequencer that runs now.</summary>
    internal Sequencer Sequencer => _live.Current;

    /// <summary>Finishes what waits, seals the block, makes everything durable and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _live.Dispose();
        _outbox.Dispose();
        Head?.Dispose();
        Sealing.Dispose();
        if (Archive is not null)
        {
            await Archive.DisposeAsync();
        }
        Blocks.Dispose();
        Operator.Dispose();
        Metrics.Dispose();
        // _stopping stays: a thread that opens the venue again, as after a full disk, may still wait on it.
    }

    private Sequencer MakeSequencer(Venue venue, Outbox outbox, Func<long> wallNs)
    {
        var clock = new VenueClock(venue.Ledger.Engine.State.TimeNs, wallNs, jumpNs: Settings.Clock.JumpSeconds * 1_000_000_000L);
        return new Sequencer(venue, outbox, Settings.Limits.Queue, clock)
        {
            Watches = [Catalog, Calls, Blocks],
            Unexpected = e => LogUnexpected(Log, e, "what follows the sequencer"),
            Signer = Sealing.Signer,
        };
    }

    private Venue Reopen()
    {
        Calls.Forget();
        Blocks.Clear();
        Sealing.Discard();
        return Recovery.Open();
    }

    private void TakeOver(Venue venue)
    {
        Sealing.SignLast(venue);
        Sessions.Signatures = venue.Signatures;
        Sessions.State = venue.Ledger.Engine.State;
        Catalog.Reload(venue.Ledger.Engine.State);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "not of this journal, and taken out of the identity folder: {What}")]
    private static partial void LogDropped(ILogger log, string what);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e, string method);
}
