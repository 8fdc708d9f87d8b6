using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Cli.Demo;

/// <summary>A key pair with the account it trades for and its next nonce.</summary>
internal sealed class Client(uint account, uint key, SigningKey signingKey)
{
    public uint Account { get; } = account;

    public uint Key { get; } = key;

    public SigningKey SigningKey { get; } = signingKey;

    public ulong Nonce { get; set; }
}

/// <summary>
/// The demo's venue, with the part that clients play: commands gather, are signed and checked on all cores, and are then
/// sequenced in the order in which they were made.
/// </summary>
internal sealed class DemoVenue : IDisposable
{
    private const long DollarAtoms = 1_000_000;

    private readonly List<(byte[] Record, int Length, Client Client)> _gathered = [];
    private readonly Replay _replay;
    private readonly ulong _seed;
    private int _opening;

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

    /// <summary>Adds a command to those that go out next.</summary>
    public void Send<T>(Client client, CommandKind kind, T command)
        where T : unmanaged
    {
        Prepare(client, ref Unsafe.As<T, CommandHeader>(ref command));
        var record = new byte[Unsafe.SizeOf<T>() + CommandHeader.SignatureSize];
        _gathered.Add((record, CommandCodec.Write(kind, ref command, record), client));
    }

    /// <summary>Adds a mass quote.</summary>
    public void Send(Client client, MassQuote command)
    {
        Prepare(client, ref command.Header);
        var record = new byte[Unsafe.SizeOf<MassQuote>() + CommandHeader.SignatureSize];
        _gathered.Add((record, CommandCodec.WriteMassQuote(ref command, record), client));
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
            Send(Operator, CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From(name), Decimals = (ushort)decimals, Quorum = (ushort)((count / 2) + 1), MaxAgeMs = 180_000, WidePpm = 50_000 });
        }
        foreach (PriceSeries s in series)
        {
            SigningKey key = KeyOf($"source {s.Index} {s.Source}");
            Send(Operator, CommandKind.AddKey, new AddKey { PublicKey = key.PublicKey, Scopes = KeyScopes.Report });
            sources.Add(new Client(0, (uint)(1 + sources.Count), key));
        }
        Execute(1_000_000);
        for (int i = 0; i < series.Count; i++)
        {
            Send(Operator, CommandKind.SetPriceSource, new SetPriceSource { Index = (ushort)IndexOf(series[i].Index), SourceKey = sources[i].Key, Weight = 1 });
        }
        Send(Operator, CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USD"), Decimals = 6, CollateralCapAtoms = Asset.MaxAmountAtoms });
        Send(Operator, CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("BTC"), Decimals = 8, HaircutPpm = 100_000, PriceIndexPlusOne = 1, CollateralCapAtoms = 500_00000000, PoolCapAtoms = 20_000_00000000 });
        bool usdc = IndexOf("USDC_USD") >= 0;
        if (usdc)
        {
            Send(Operator, CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USDC"), Decimals = 6, HaircutPpm = 20_000, PriceIndexPlusOne = (ushort)(IndexOf("USDC_USD") + 1), CollateralCapAtoms = 100_000_000 * DollarAtoms, PoolCapAtoms = 1_000_000_000 * DollarAtoms });
        }
        var pool = new CreatePool { Name = ShortName.From("main"), CollateralCount = (ushort)(usdc ? 3 : 2), FeeTierCount = 3, LiquidationFeePpm = 5_000 };
        pool.Collateral[1] = 1;
        pool.Collateral[2] = 2;
        pool.FeeTiers[0] = new FeeTier { MakerPpm = 100, TakerPpm = 500 };
        pool.FeeTiers[1] = new FeeTier { FromVolumeAtoms = 5_000_000 * DollarAtoms, MakerPpm = 0, TakerPpm = 400 };
        pool.FeeTiers[2] = new FeeTier { FromVolumeAtoms = 50_000_000 * DollarAtoms, MakerPpm = -50, TakerPpm = 300 };
        Send(Operator, CommandKind.CreatePool, pool);
        Send(Operator, CommandKind.ListMarket, Listing("BTC-PERPETUAL", 0, 50, 1L << 17, 0));
        if (IndexOf("ETH_USD") >= 0)
        {
            Send(Operator, CommandKind.ListMarket, Listing("ETH-PERPETUAL", IndexOf("ETH_USD"), 5, 1L << 17, 0));
        }
        Send(Operator, CommandKind.ListMarket, Listing(_replay.FutureName, 0, 50, 1L << 17, StartNs + (_replay.FutureExpiryHour * 3_600_000_000_000L)));
        Execute(1_000_000);
        return sources;
    }

    /// <summary>Opens an account for a new client and credits it.</summary>
    public Client Open(string name)
    {
        SigningKey key = KeyOf(name);
        uint account = (uint)(State.Venue[0].Accounts + _opening);
        uint number = (uint)(State.Venue[0].Keys + _opening);
        _opening++;
        Send(Operator, CommandKind.OpenAccount, new OpenAccount { PublicKey = key.PublicKey, Scopes = KeyScopes.Customer });
        return new Client(account, number, key);
    }

    /// <summary>Executes the openings gathered since the last call.</summary>
    public void FinishOpening()
    {
        Execute(1_000_000_000);
        _opening = 0;
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

    private static ListMarket Listing(string name, int index, long unitsPerTick, long maxTicks, long expiryNs)
    {
        // A tick of a BTC market is half a dollar and a lot a thousandth of a coin; of ETH, five cents and a hundredth.
        var list = new MarketTerms
        {
            Name = ShortName.From(name),
            Kind = expiryNs == 0 ? MarketKind.LinearPerpetual : MarketKind.LinearFuture,
            Index = (ushort)index,
            TierCount = 3,
            AtomsPerTickLot = 500,
            IndexUnitsPerTick = unitsPerTick,
            MinPriceTicks = 1,
            MaxPriceTicks = maxTicks,
            MaxOrderLots = 100_000,
            MaxPositionLots = 10_000_000,
            MarginFloorTicks = 100,
            OpenInterestLowerAtoms = 200_000_000 * DollarAtoms,
            OpenInterestUpperAtoms = 1_000_000_000 * DollarAtoms,
            ExpiryNs = expiryNs,
            BasisCapPpm = 5_000,
            BasisWindowMs = 300_000,
            LiquidationBoundPpm = 15_000,
            MarketOrderBoundPpm = 30_000,
            FundingInterestPpm = 100,
            FundingCapPpm = 7_500,
            OrderBandPpm = 50_000,
            BandHorizonMs = 300_000,
            BandSigmaMilli = 6_000,
            BandFloorPpm = 100_000,
            BandCapPpm = 250_000,
            AuctionMs = 120_000,
            OracleGraceMs = 180_000,
            ImpactAtoms = 10_000 * DollarAtoms,
            OpenInterestFreeAtoms = 50_000_000 * DollarAtoms,
            FundMultiple = 100,
        };
        list.Tiers[0] = new ListedTier { FromNotionalAtoms = 0, InitialPpm = 50_000, MaintenancePpm = 25_000 };
        list.Tiers[1] = new ListedTier { FromNotionalAtoms = 1_000_000 * DollarAtoms, InitialPpm = 100_000, MaintenancePpm = 50_000 };
        list.Tiers[2] = new ListedTier { FromNotionalAtoms = 10_000_000 * DollarAtoms, InitialPpm = 200_000, MaintenancePpm = 100_000 };
        return new ListMarket { Terms = list };
    }

    private static void Prepare(Client client, ref CommandHeader header)
    {
        header.Account = client.Account;
        header.Key = client.Key;
        header.Nonce = ++client.Nonce;
    }
}
