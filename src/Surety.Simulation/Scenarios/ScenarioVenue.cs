using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>
/// A venue as a scenario describes it, and its clients. Without a directory the engine runs in memory; with one every command
/// is signed and journaled, so that the run can be verified and its margin calls certified.
/// </summary>
internal sealed partial class ScenarioVenue : ICommandTarget, IDisposable
{
    /// <summary>The account on the other side of positions that name none.</summary>
    public const string Counterparty = "counterparty";

    /// <summary>The account that quotes liquidity.</summary>
    public const string Maker = "maker";

    // Of an index, its units.
    private const decimal LargestPrice = 1L << 50;

    private readonly Scenario _scenario;
    private readonly ControlSwitches _switches;
    private readonly ScenarioPlatform _platform;
    private readonly JournaledVenue? _journal;
    private readonly CommandSender _sender;
    private Ledger _ledger;
    private readonly Dictionary<string, uint> _accounts = [];
    private readonly Dictionary<uint, uint> _keyOfAccount = [];
    private readonly Dictionary<uint, string> _nameOfKey = [];
    private readonly Dictionary<(string Index, string Source), uint> _sourceKeys = [];
    private readonly Dictionary<uint, ulong> _reports = [];
    private readonly List<string> _indexNames = [];
    private readonly List<ScenarioTerms> _markets = [];

    public ScenarioVenue(Scenario scenario, IReadOnlyCollection<string> off, string? directory, ScenarioPlatform platform)
    {
        _scenario = scenario;
        _platform = platform;
        _switches = new ControlSwitches(off);
        long startNs = scenario.StartNs - 10_000_000_000;
        Genesis genesis = Genesis.Default("scenario", platform.PublicKey("operator"), startNs);
        int accounts = scenario.Accounts.Count + scenario.Pools.Count + 16;
        genesis.RequireSignatures = directory is null ? 0 : 1;
        genesis.MaxAccounts = Math.Max(accounts, 64);
        genesis.MaxKeys = (2 * genesis.MaxAccounts) + 256;
        genesis.MaxOrders = 65_536;
        genesis.OrdersPerAccount = 4_096;
        genesis.MaxTriggers = 4_096;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 16_384;
        (genesis.AddressesPerOwner, genesis.AddressDelaySeconds, genesis.KeyDelaySeconds, genesis.ConfirmSeconds) = (0, 0, 0, 0);
        genesis.PositionsPerAccount = scenario.MarketNames.Count() <= 8 ? 8 : 64;
        genesis.BlockCommands = 4_096;
        _journal = directory is null ? null : platform.Create(directory, in genesis);
        _ledger = _journal?.Ledger ?? new Ledger(genesis);
        _sender = new CommandSender(this, account => _keyOfAccount[account]) { TimeNs = startNs, Signer = _journal is null ? null : Sign };
        _nameOfKey[0] = "operator";
        _keyOfAccount[0] = 0;
        Outcome = new ScenarioOutcome(this);
        Build();
    }

    public Ledger Ledger => _ledger;

    public SuretyEngine Engine => _ledger.Engine;

    public IndexedState State => _ledger.Engine.State;

    /// <summary>The time of the next command.</summary>
    public long TimeNs
    {
        get => _sender.TimeNs;
        set => _sender.TimeNs = value;
    }

    /// <inheritdoc/>
    public ulong LastSequence => _ledger.LastSequence;

    /// <inheritdoc/>
    public long LastDetail { get; private set; }

    public ScenarioOutcome Outcome { get; }

    public IReadOnlyList<ScenarioTerms> Markets => _markets;

    public IReadOnlyDictionary<string, uint> Accounts => _accounts;

    /// <summary>Every record applied, for the replay that must come to the same root.</summary>
    public List<byte[]> Records { get; } = [];

    /// <summary>A market that is listed; null for one that is not yet, or was refused.</summary>
    public ScenarioTerms? FindMarket(string name) => _markets.Find(m => m.Name == name);

    public ScenarioTerms Market(string name) => _markets.Single(m => m.Name == name);

    public string AccountName(uint number)
    {
        foreach ((string name, uint account) in _accounts)
        {
            if (account == number)
            {
                return name;
            }
        }
        foreach (ScenarioPool pool in _scenario.Pools)
        {
            if (State.Pools[PoolNumber(pool.Name)].InsuranceAccount == number)
            {
                return $"insurance fund of {pool.Name}";
            }
        }
        return $"account {number}";
    }

    public int PoolNumber(string name) => _scenario.Pools.ToList().FindIndex(p => p.Name == name);

    public int AssetNumber(string name) => _scenario.Assets.ToList().FindIndex(a => a.Name == name);

    public int IndexNumber(string name) => _indexNames.IndexOf(name);

    /// <summary>Sends a command for an account; returns why it was refused, with the number that says more.</summary>
    public (RefusalCode Code, long Detail) Send<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        RestartIfDue();
        RefusalCode code = _sender.Send(kind, command, account, key);
        LastDetail = Outcome.Follow(code);
        return (code, LastDetail);
    }

    /// <inheritdoc/>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        if (_journal is not null)
        {
            return _journal.Submit(record, TimeNs);
        }
        Records.Add(record.ToArray());
        return _ledger.Apply(record).Code;
    }

    /// <summary>What a refusal of the command that was sent last says to people.</summary>
    public string Words(RefusalCode code, long detail) =>
        _platform.Words(code, detail, _sender.Last, State);

    /// <summary>Sends a command that the venue's setup depends on.</summary>
    public void Must<T>(CommandKind kind, T command, string what, uint account = 0)
        where T : unmanaged
    {
        (RefusalCode code, long detail) = Send(kind, command, account);
        if (code != RefusalCode.None)
        {
            throw new ScenarioException($"{what}: the venue refused it: {Words(code, detail)}");
        }
    }

    /// <summary>Lets time pass up to <see cref="TimeNs"/>.</summary>
    public void Tick()
    {
        RestartIfDue();
        _sender.Tick();
        Outcome.Follow(RefusalCode.None);
    }

    /// <summary>Reports a source's price, observed so long ago.</summary>
    public (RefusalCode Code, long Detail) Report(string index, string source, decimal price, decimal confidence, long ageNs = 0)
    {
        if (!_sourceKeys.TryGetValue((index, source), out uint key))
        {
            return (RefusalCode.NotASource, 0);
        }
        int number = IndexNumber(index);
        decimal units = price * ScenarioTerms.Power(State.Indexes[number].Decimals);
        units = Math.Clamp(units, -1e15m, 1e15m);
        _reports[key] = _reports.GetValueOrDefault(key) + 1;
        Outcome.Reporting = (number, source);
        return Send(CommandKind.ReportPrice, new ReportPrice
        {
            Index = (ushort)number,
            Price = (long)decimal.Round(units),
            Confidence = (long)decimal.Truncate(Math.Abs(units) * confidence),
            ObservedNs = Math.Max(TimeNs - ageNs, 0),
            ReportSequence = _reports[key],
        }, 0, key);
    }

    /// <summary>Ends the run: seals the last block.</summary>
    public void Finish() => Seal();

    public void Dispose() => _journal?.Dispose();

    private int Sign(uint key, Span<byte> record, int length) => _platform.Sign(_nameOfKey[key], State.GenesisHash, record, length);
}
