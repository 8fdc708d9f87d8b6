using System.Collections.Generic;
using Surety.Node.Identity;

namespace Surety.Node.Settings;

/// <summary>Everything about a node that its operator can choose; what is not set has the default here.</summary>
public sealed record NodeSettings
{
    /// <summary>Where it listens.</summary>
    public ListenSettings Listen { get; init; } = new();

    /// <summary>How much it takes.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>Whether people may help themselves to accounts and play money.</summary>
    public SandboxSettings Sandbox { get; init; } = new();

    /// <summary>The venue's key and the head that is remembered.</summary>
    public SealSettings Seal { get; init; } = new();

    /// <summary>When state is saved.</summary>
    public SnapshotSettings Snapshots { get; init; } = new();

    /// <summary>How withdrawals of a new venue are guarded.</summary>
    public WithdrawalSettings Withdrawals { get; init; } = new();

    /// <summary>How keys are kept.</summary>
    public IdentitySettings Identity { get; init; } = new();

    /// <summary>Where prices come from.</summary>
    public FeedSettings Feed { get; init; } = new();

    /// <summary>The archive in PostgreSQL.</summary>
    public ArchiveSettings Archive { get; init; } = new();

    /// <summary>How far the machine's clock and the venue's last command may be apart at the start.</summary>
    public ClockSettings Clock { get; init; } = new();

    /// <summary>Metrics, traces and logs.</summary>
    public TelemetrySettings Telemetry { get; init; } = new();
}

/// <summary>Where a node listens.</summary>
public sealed record ListenSettings
{
    /// <summary>An IP address; 127.0.0.1 for this machine alone, 0.0.0.0 or :: for everyone.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>1 to 65535; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>A PKCS#12 or PEM file; with it, everything is TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>The private key of a PEM certificate.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>The file that holds a PKCS#12 certificate's password.</summary>
    public string? CertificatePasswordFile { get; init; }

    /// <summary>
    /// Origins of other pages that may call from a browser, for example https://app.example; "*" for any. The node's own page may always.
    /// </summary>
    public IReadOnlyList<string> Origins { get; init; } = [];
}

/// <summary>How keys are kept.</summary>
public sealed record IdentitySettings
{
    /// <summary>
    /// A file that holds a passphrase or a key: the identity folder is sealed with it. Needed where the venue is no sandbox; the
    /// environment's SURETY_IDENTITY_SECRET does as well.
    /// </summary>
    public string? SecretFile { get; init; }
}

/// <summary>How much a node takes.</summary>
public sealed record LimitSettings
{
    /// <summary>Connections at once.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Connections at once from one address; the first 64 bits of an IPv6 address count as one.</summary>
    public int ConnectionsPerAddress { get; init; } = 256;

    /// <summary>Bytes of one request or message.</summary>
    public int MessageBytes { get; init; } = 65_536;

    /// <summary>Bytes that may wait for a reader before it is disconnected, those being written included.</summary>
    public int OutgoingBytes { get; init; } = 8 << 20;

    /// <summary>Bytes of memory for what waits for all readers together; beyond it the slowest is disconnected.</summary>
    public long OutgoingTotalBytes { get; init; } = 256 << 20;

    /// <summary>Seconds that a reader may take nothing while something waits for it.</summary>
    public int WriteSeconds { get; init; } = 30;

    /// <summary>How long a log-in lasts before it is to be refreshed, seconds.</summary>
    public int SessionSeconds { get; init; } = 900;

    /// <summary>Channels of one connection.</summary>
    public int Channels { get; init; } = 500;

    /// <summary>Channels of all connections of one address.</summary>
    public int ChannelsPerAddress { get; init; } = 5_000;

    /// <summary>Private channels of all connections of one owner, over all sub-accounts.</summary>
    public int ChannelsPerOwner { get; init; } = 2_000;

    /// <summary>Different channels that anyone listens to.</summary>
    public int ChannelsTotal { get; init; } = 20_000;

    /// <summary>Requests that may wait for the sequencer.</summary>
    public int Queue { get; init; } = 65_536;

    /// <summary>Cost units a key gets each second: a question costs 1, an order 4.</summary>
    public int UnitsPerSecond { get; init; } = 400;

    /// <summary>Cost units that can be saved up.</summary>
    public int UnitsBurst { get; init; } = 4_000;

    /// <summary>
    /// From this many orders to a trade on, each order costs twice as much, from twice as many on three times, and so on.
    /// </summary>
    public int OrdersPerTrade { get; init; } = 500;

    /// <summary>Refused commands of one owner that are journaled each second; who has more waits, and can only cancel.</summary>
    public int RefusedPerSecond { get; init; } = 20;

    /// <summary>Refused commands of one owner that can be saved up.</summary>
    public int RefusedBurst { get; init; } = 2_000;

    /// <summary>Other limits for single accounts, by number.</summary>
    public IReadOnlyDictionary<string, RateLimit> Accounts { get; init; } = new Dictionary<string, RateLimit>();
}

/// <summary>Whether people may help themselves.</summary>
public sealed record SandboxSettings
{
    /// <summary>Whether anyone may open an account with play money.</summary>
    public bool Open { get; init; } = true;

    /// <summary>What a new account gets, whole units of the settlement asset.</summary>
    public long Deposit { get; init; } = 100_000;

    /// <summary>Accounts that one address may open in an hour.</summary>
    public int AccountsPerHour { get; init; } = 100;
}

/// <summary>The venue's key and the head that is remembered: what makes a history that was changed noticed.</summary>
public sealed record SealSettings
{
    /// <summary>
    /// A PEM file with the P-256 private key that signs block headers; null for identity/venue.pem in the venue's directory, which a
    /// sandbox makes for itself. Keep it elsewhere in a venue that is no sandbox.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// The file that remembers the last block; null for one under the user's state directory. Keep it away from the venue's directory and
    /// its backups.
    /// </summary>
    public string? Head { get; init; }

    /// <summary>
    /// Whether this start may open a journal that was rolled back or forked. A word on the command line, never in a file.
    /// </summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool AcceptRollback { get; init; }

    /// <summary>Whether a key is made in the identity folder where the ledger names none yet: in a sandbox. Never in a file.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool MakeKey { get; init; }
}

/// <summary>When state is saved.</summary>
public sealed record SnapshotSettings
{
    /// <summary>After so many commands.</summary>
    public long Commands { get; init; } = 1_000_000;

    /// <summary>After so many minutes, if there was any command but ticks.</summary>
    public int Minutes { get; init; } = 10;

    /// <summary>How many are kept.</summary>
    public int Keep { get; init; } = 3;
}

/// <summary>
/// What a new venue begins with; from then on the ledger says, and <c>surety/operator_set_withdrawal_terms</c> changes it.
/// </summary>
public sealed record WithdrawalSettings
{
    /// <summary>How long a new address waits before it can be used, seconds.</summary>
    public int AddressDelaySeconds { get; init; } = 86_400;

    /// <summary>How long a key must have been in its owner's ring before it may ask for a withdrawal or confirm one, seconds.</summary>
    public int KeyDelaySeconds { get; init; } = 86_400;

    /// <summary>How long the second confirmation may take, seconds.</summary>
    public int ConfirmSeconds { get; init; } = 3_600;
}

/// <summary>How far the machine's clock and the venue's last command may be apart at the start.</summary>
public sealed record ClockSettings
{
    /// <summary>Hours that the venue may have been stopped; after more, the start needs --accept-clock.</summary>
    public int ForwardHours { get; init; } = 168;

    /// <summary>Seconds that the venue's time may be ahead of the machine's clock; beyond, the start needs --accept-clock.</summary>
    public int AheadSeconds { get; init; } = 2;

    /// <summary>Seconds that the machine's clock may jump against its monotonic clock and still be followed.</summary>
    public int JumpSeconds { get; init; } = 5;

    /// <summary>Whether this start takes the machine's clock for right whatever the last command says: what --accept-clock sets.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Accept { get; init; }
}

/// <summary>Where prices come from.</summary>
public sealed record FeedSettings
{
    /// <summary>"replay": a crash as the demo does, over and over; "signed": sources' own reports over HTTP.</summary>
    public string Source { get; init; } = "replay";

    /// <summary>Which crash.</summary>
    public string Replay { get; init; } = "2020-03-12";

    /// <summary>Minutes of the crash to a minute of now.</summary>
    public double Speed { get; init; } = 30;

    /// <summary>Where in the crash to begin, minutes.</summary>
    public int StartMinute { get; init; }

    /// <summary>Market makers and traders of the house, so that there are counterparties.</summary>
    public bool Traders { get; init; } = true;
}

/// <summary>The archive in PostgreSQL.</summary>
public sealed record ArchiveSettings
{
    /// <summary>An Npgsql connection string, or "file:PATH" of one; null for no archive.</summary>
    public string? Postgres { get; init; }
}

/// <summary>Metrics, traces and logs.</summary>
public sealed record TelemetrySettings
{
    /// <summary>Where OTLP goes, for example http://127.0.0.1:4317; null for nowhere.</summary>
    public string? Otlp { get; init; }

    /// <summary>"text" for people, "json" for collectors.</summary>
    public string Logs { get; init; } = "text";

    /// <summary>Whether /metrics answers only to this machine.</summary>
    public bool MetricsLocalOnly { get; init; } = true;
}
