using System;
using System.Collections.Generic;
using System.Text;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Simulation;

namespace Surety.Cli.Demo;

/// <summary>A key pair with the account it trades for.</summary>
internal sealed class Client(uint account, uint key, SigningKey signingKey)
{
    public uint Account { get; } = account;

    public uint Key { get; } = key;

    public SigningKey SigningKey { get; } = signingKey;
}

/// <summary>
/// The demo's venue, with the part that clients play: commands gather, are signed and checked on all cores, and are then
/// sequenced in the order in which they were made.
/// </summary>
internal sealed class DemoVenue : ICommandTarget, IDisposable
{
    private readonly List<(byte[] Record, int Length, Client Client)> _gathered = [];
    private readonly CommandSender _sender;
    private readonly VenueBuilder _builder;
    private Client _sending;
    private readonly Replay _replay;
    private readonly ulong _seed;

    public DemoVenue(string directory, Replay replay, ulong seed)
    {
        _replay = replay;
        _seed = seed;
        SigningKey operatorKey = KeyOf("operator");
        StartNs = new DateTimeOffset(replay.Start).ToUnixTimeMilliseconds() * 1_000_000;
        Genesis genesis = Genesis.Default("surety-demo", operatorKey.PublicKey, StartNs - 3_600_000_000_000);
        genesis.MaxAccounts = 4_096;
        genesis.MaxKeys = 8_192;
        genesis.MaxOrders = 32_768;
        genesis.MaxTriggers = 8_192;
        genesis.MaxTwaps = 512;
        genesis.MaxWithdrawals = 32_768;
        genesis.MaxMarkets = 8;
        genesis.MaxIndexes = 8;
        Venue = Venue.Create(directory, in genesis, Venue.SimulatedSecrets(in genesis));
        Operator = new Client(0, 0, operatorKey);
        _sending = Operator;
        _sender = new CommandSender(this, _ => 0);
        _builder = new VenueBuilder(_sender);
        TimeNs = StartNs - 3_600_000_000_000;
    }

    public Venue Venue { get; }

    public IndexedState State => Venue.Ledger.Engine.State;

    public Client Operator { get; }

    public long StartNs { get; }

    /// <summary>The time of the next command.</summary>
    public long TimeNs { get; set; }

    /// <summary>Called after each sealed block.</summary>
    public Action? BlockSealed { get; set; }

    /// <summary>Called after each command with its outcome.</summary>
    public Action<RefusalCode>? Applied { get; set; }

    /// <summary>Commands sequenced.</summary>
    public long Commands { get; private set; }

    /// <summary>Seconds spent signing, as clients would.</summary>
    public double SigningSeconds { get; private set; }

    /// <summary>Seconds spent checking signatures.</summary>
    public double CheckingSeconds { get; private set; }

    /// <summary>Seconds spent sequencing: journal, engine, roots, and whatever listens.</summary>
    public double ExecutingSeconds { get; private set; }

    /// <summary>A key that follows from the demo's seed.</summary>
    public SigningKey KeyOf(string name) => SigningKey.FromSeed(Encoding.UTF8.GetBytes($"surety demo {_seed} {name}"));

    /// <inheritdoc/>
    public ulong LastSequence => Venue.Ledger.LastSequence;

    /// <inheritdoc/>
    public long LastDetail => 0;

    /// <summary>Adds a command to those that go out next.</summary>
    public void Send<T>(Client client, CommandKind kind, T command)
        where T : unmanaged
    {
        _sending = client;
        _sender.Send(kind, command, client.Account, client.Key);
        _sending = Operator;
    }

    /// <summary>Gathers a record; its outcome is not known yet. The sequencer writes its number and time.</summary>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        var signed = new byte[record.Length + CommandHeader.SignatureSize];
        record.CopyTo(signed);
        _gathered.Add((signed, record.Length, _sending));
        return RefusalCode.None;
    }

    /// <summary>Signs, checks and sequences everything gathered, spreading it over a time.</summary>
    public void Execute(long spreadNs)
    {
        long t0 = System.Diagnostics.Stopwatch.GetTimestamp();
        Parallel.For(0, _gathered.Count, i =>
        {
            (byte[] record, int length, Client client) = _gathered[i];
            lock (client)
            {
                client.SigningKey.Sign(State.GenesisHash, record, length);
            }
        });
        long t1 = System.Diagnostics.Stopwatch.GetTimestamp();
        var invalid = -1;
        Parallel.For(0, _gathered.Count, i =>
        {
            (byte[] record, int length, _) = _gathered[i];
            if (!Venue.HasValidSignature(record.AsSpan(0, length + CommandHeader.SignatureSize)))
            {
                invalid = i;
            }
        });
        if (invalid >= 0)
        {
            throw new InvalidOperationException($"command {invalid} of a batch came out with a signature that is not valid");
        }
        long t2 = System.Diagnostics.Stopwatch.GetTimestamp();
        long step = spreadNs / Math.Max(_gathered.Count, 1);
        foreach ((byte[] record, int length, _) in _gathered)
        {
            TimeNs += step;
            ulong height = Venue.Ledger.Last.Height;
            RefusalCode code = Venue.Submit(record.AsSpan(0, length + CommandHeader.SignatureSize), TimeNs);
            Commands++;
            Applied?.Invoke(code);
            if (Venue.Ledger.Last.Height != height)
            {
                BlockSealed?.Invoke();
            }
        }
        _gathered.Clear();
        long t3 = System.Diagnostics.Stopwatch.GetTimestamp();
        double frequency = System.Diagnostics.Stopwatch.Frequency;
        SigningSeconds += (t1 - t0) / frequency;
        CheckingSeconds += (t2 - t1) / frequency;
        ExecutingSeconds += (t3 - t2) / frequency;
    }

    /// <summary>Assets, pool, indexes with their sources, markets. Returns each source's client, in the order of the series.</summary>
    public IReadOnlyList<Client> List(IReadOnlyList<PriceSeries> series)
    {
        var sources = new List<Client>();
        foreach ((string name, int decimals) in _replay.Indexes)
        {
            int count = 0;
            foreach (PriceSeries s in series)
            {
                count += s.Index == name ? 1 : 0;
            }
            // More than half must be there.
            _builder.Index(new CreateIndex
            {
                Name = ShortName.From(name),
                Decimals = (ushort)decimals,
                Quorum = (ushort)((count / 2) + 1),
                MaxAgeMs = 180_000,
                WidePpm = 50_000,
            });
        }
        foreach (PriceSeries s in series)
        {
            SigningKey key = KeyOf($"source {s.Index} {s.Source}");
            sources.Add(new Client(0, _builder.SourceKey(key.PublicKey), key));
        }
        Execute(1_000_000);
        for (int i = 0; i < series.Count; i++)
        {
            _builder.Source(sources[i].Key, IndexOf(series[i].Index), jumpPpm: 0);
        }
        _builder.Settlement("USD", 6).Collateral("BTC", 8, 0, 100_000, 500_00000000, 20_000_00000000);
        bool usdc = IndexOf("USDC_USD") >= 0;
        if (usdc)
        {
            _builder.Collateral("USDC", 6, IndexOf("USDC_USD"), 20_000, 100_000_000 * Listings.Dollar, 1_000_000_000 * Listings.Dollar);
        }
        _builder.Pool(Listings.MainPool(usdc ? 3 : 2)).Market(Listings.Replayed("BTC-PERPETUAL", 0, 50, 0));
        if (IndexOf("ETH_USD") >= 0)
        {
            _builder.Market(Listings.Replayed("ETH-PERPETUAL", IndexOf("ETH_USD"), 5, 0));
        }
        _builder.Market(Listings.Replayed(_replay.FutureName, 0, 50, StartNs + (_replay.FutureExpiryHour * 3_600_000_000_000L)));
        Execute(1_000_000);
        return sources;
    }

    /// <summary>Opens an account for a new client and credits it.</summary>
    public Client Open(string name)
    {
        SigningKey key = KeyOf(name);
        uint number = _builder.Keys;
        return new Client(_builder.Account(publicKey: key.PublicKey), number, key);
    }

    /// <summary>Number of an index by name, or −1.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < _replay.Indexes.Count; i++)
        {
            if (_replay.Indexes[i].Name == name)
            {
                return i;
            }
        }
        return -1;
    }

    public void Dispose() => Venue.Dispose();
}
