using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using Surety.Cli.Commands;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Engine.Accounts;
using Surety.Engine.Blocks;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Node.Gateway;
using Surety.Node.Sequencing;
using Surety.Terms.Execution;

namespace Surety.Cli.Scenarios;

/// <summary>
/// A venue as a scenario describes it, and its clients. Without a directory the engine runs in memory; with one every command
/// is signed and journaled, so that the run can be verified and its margin calls certified.
/// </summary>
internal sealed class ScenarioVenue : IDisposable
{
    /// <summary>The account on the other side of positions that name none.</summary>
    public const string Counterparty = "counterparty";

    /// <summary>The account that quotes liquidity.</summary>
    public const string Maker = "maker";

    // Of an index, its units.
    private const decimal LargestPrice = 1L << 50;

    private readonly Scenario _scenario;
    private readonly ControlSwitches _switches;
    private readonly Venue? _venue;
    private readonly Ledger _ledger;
    private readonly Dictionary<string, uint> _accounts = [];
    private readonly Dictionary<uint, uint> _keyOfAccount = [];
    private readonly Dictionary<uint, ulong> _nonces = [];
    private readonly Dictionary<uint, SigningKey> _signing = [];
    private readonly Dictionary<(string Index, string Source), uint> _sourceKeys = [];
    private readonly Dictionary<uint, ulong> _reports = [];
    private ulong _sequence;

    public ScenarioVenue(Scenario scenario, IReadOnlyCollection<string> off, string? directory)
    {
        _scenario = scenario;
        _switches = new ControlSwitches(off);
        SigningKey operatorKey = KeyFor("operator");
        TimeNs = scenario.StartNs - 10_000_000_000;
        Genesis genesis = Genesis.Default("scenario", operatorKey.PublicKey, TimeNs);
        int accounts = scenario.Accounts.Count + scenario.Pools.Count + 16;
        genesis.RequireSignatures = directory is null ? 0 : 1;
        genesis.MaxAccounts = Math.Max(accounts, 64);
        genesis.MaxKeys = (2 * genesis.MaxAccounts) + 256;
        genesis.MaxOrders = 65_536;
        genesis.OrdersPerAccount = 4_096;
        genesis.MaxTriggers = 4_096;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 16_384;
        genesis.PositionsPerAccount = scenario.Markets.Count <= 8 ? 8 : 64;
        genesis.BlockCommands = 4_096;
        _venue = directory is null ? null : Venue.Create(directory, in genesis);
        _ledger = _venue?.Ledger ?? new Ledger(genesis);
        _signing[0] = operatorKey;
        _keyOfAccount[0] = 0;
        Outcome = new ScenarioOutcome(this);
        Records.Add([]);
        Build();
    }

    public Ledger Ledger => _ledger;

    public SuretyEngine Engine => _ledger.Engine;

    public VenueState State => _ledger.Engine.State;

    /// <summary>The time of the next command.</summary>
    public long TimeNs { get; set; }

    public ScenarioOutcome Outcome { get; }

    public IReadOnlyList<ScenarioTerms> Markets => _markets;

    public IReadOnlyDictionary<string, uint> Accounts => _accounts;

    /// <summary>Every record applied, for the replay that must come to the same root.</summary>
    public List<byte[]> Records { get; } = [];

    private readonly List<ScenarioTerms> _markets = [];

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

    public int IndexNumber(string name) => _scenario.Indexes.ToList().FindIndex(i => i.Name == name);

    /// <summary>Sends a command for an account; returns why it was refused, with the number that says more.</summary>
    public (RefusalCode Code, long Detail) Send<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        header.Account = account;
        header.Key = key ?? _keyOfAccount[account];
        header.Nonce = _nonces[header.Key] = _nonces.GetValueOrDefault(header.Key) + 1;
        header.Sequence = ++_sequence;
        header.TimeNs = TimeNs;
        var record = new byte[Unsafe.SizeOf<T>() + (_venue is null ? 0 : CommandHeader.SignatureSize)];
        int length = CommandCodec.Write(kind, ref command, record);
        RefusalCode code;
        if (_venue is null)
        {
            code = _ledger.Apply(record).Code;
            Records.Add(record);
        }
        else
        {
            _signing[header.Key].Sign(State.GenesisHash, record, length);
            code = _venue.Submit(record, TimeNs);
        }
        return (code, Outcome.Follow(code));
    }

    /// <summary>Sends a command that the venue's setup depends on.</summary>
    public void Must<T>(CommandKind kind, T command, string what, uint account = 0)
        where T : unmanaged
    {
        (RefusalCode code, long detail) = Send(kind, command, account);
        if (code != RefusalCode.None)
        {
            throw new UsageException($"{what}: the venue refused it: {Refusals.Describe(code, detail)}");
        }
    }

    /// <summary>Lets time pass up to <see cref="TimeNs"/>.</summary>
    public void Tick()
    {
        var tick = new CommandHeader { Sequence = ++_sequence, TimeNs = TimeNs };
        var record = new byte[CommandHeader.Size];
        CommandCodec.Write(CommandKind.Tick, ref tick, record);
        if (_venue is null)
        {
            _ledger.Apply(record);
            Records.Add(record);
        }
        else
        {
            _venue.Submit(record, TimeNs);
        }
        Outcome.Follow(RefusalCode.None);
    }

    /// <summary>Reports a source's price.</summary>
    public (RefusalCode Code, long Detail) Report(string index, string source, decimal price, decimal confidence)
    {
        if (!_sourceKeys.TryGetValue((index, source), out uint key))
        {
            return (RefusalCode.NotASource, 0);
        }
        int number = IndexNumber(index);
        decimal units = price * ScenarioTerms.Power(_scenario.Indexes[number].Decimals);
        units = Math.Clamp(units, -1e15m, 1e15m);
        _reports[key] = _reports.GetValueOrDefault(key) + 1;
        return Send(CommandKind.ReportPrice, new ReportPrice
        {
            Index = (ushort)number,
            Price = (long)decimal.Round(units),
            Confidence = (long)decimal.Truncate(Math.Abs(units) * confidence),
            ObservedNs = TimeNs,
            ReportSequence = _reports[key],
        }, 0, key);
    }

    /// <summary>Ends the run: seals the last block.</summary>
    public void Finish()
    {
        if (_venue is null)
        {
            _ledger.SealNow();
        }
        else
        {
            _venue.SealBlock();
            _venue.Flush();
        }
    }

    public void Dispose() => _venue?.Dispose();

    private static SigningKey KeyFor(string name) => SigningKey.FromSeed(Encoding.UTF8.GetBytes("surety scenario " + name));

    private void Build()
    {
        foreach (ScenarioIndex index in _scenario.Indexes)
        {
            CreateIndex create = Index(index);
            _switches.Apply(ref create);
            Must(CommandKind.CreateIndex, create, index.Node.Path);
        }
        foreach (ScenarioIndex index in _scenario.Indexes)
        {
            foreach (ScenarioSource source in _switches.OneSource ? index.Sources.Take(1) : index.Sources)
            {
                SigningKey signing = KeyFor($"source {index.Name} {source.Name}");
                uint key = (uint)State.Venue[0].Keys;
                Must(CommandKind.AddKey, new AddKey { PublicKey = signing.PublicKey, Scopes = KeyScopes.Report }, index.Node.Path);
                _signing[key] = signing;
                _sourceKeys[(index.Name, source.Name)] = key;
                decimal unit = ScenarioTerms.Power(index.Decimals);
                var set = new SetPriceSource
                {
                    Index = (ushort)IndexNumber(index.Name),
                    SourceKey = key,
                    Weight = source.Weight,
                    JumpPpm = source.JumpPpm,
                    MinPrice = source.Floor is null && source.Cap is null ? 0 : Limit(source.Floor, -LargestPrice, unit),
                    MaxPrice = source.Floor is null && source.Cap is null ? 0 : Limit(source.Cap, LargestPrice, unit),
                };
                _switches.Apply(ref set);
                Must(CommandKind.SetPriceSource, set, index.Node.Path);
            }
        }
        foreach (ScenarioAsset asset in _scenario.Assets)
        {
            var create = new CreateAsset
            {
                Name = ShortName.From(asset.Name),
                Decimals = (ushort)asset.Decimals,
                PriceIndexPlusOne = (ushort)(asset.Index is null ? 0 : IndexNumber(asset.Index) + 1),
                HaircutPpm = asset.HaircutPpm,
                CollateralCapAtoms = asset.Cap is { } cap ? ScenarioTerms.Atoms(cap, asset.Decimals) : Asset.MaxAmountAtoms,
            };
            _switches.Apply(ref create);
            Must(CommandKind.CreateAsset, create, "assets");
        }
        foreach (ScenarioPool pool in _scenario.Pools)
        {
            CreatePool create = PoolOf(pool);
            _switches.Apply(ref create);
            Must(CommandKind.CreatePool, create, "pools");
            if (pool.InsuranceFund > 0)
            {
                Deposit(State.Pools[PoolNumber(pool.Name)].InsuranceAccount, pool.Settlement, pool.InsuranceFund);
            }
        }
        foreach (ScenarioMarket market in _scenario.Markets)
        {
            var terms = new ScenarioTerms(_scenario, market, _markets.Count, PoolNumber(market.Pool), IndexNumber(market.Index));
            MarketTerms switched = terms.Terms;
            _switches.Apply(ref switched);
            if (terms.Text is { } text)
            {
                ListContract(market, in switched, text);
            }
            else
            {
                Must(CommandKind.ListMarket, new ListMarket { Terms = switched }, market.Node.Path);
            }
            _markets.Add(terms);
        }
        foreach (ScenarioAccount account in _scenario.Accounts)
        {
            Open(account);
        }
        foreach (string house in new[] { Counterparty, Maker })
        {
            if (!_accounts.ContainsKey(house))
            {
                Open(new ScenarioAccount(house, _scenario.Pools[0].Name, null, [(_scenario.Pools[0].Settlement, 1_000_000_000m)]));
            }
        }
    }

    // Its volatility is one number for all strikes and times: a surface of one node.
    private void ListContract(ScenarioMarket market, in MarketTerms terms, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (ContractProgram.TryCompile(bytes, out _) is { } error)
        {
            throw new UsageException($"{market.Node.Path}.terms:{error}");
        }
        ushort surface = 0;
        if (market.Node.Find("volatility") is { } volatility)
        {
            var create = new CreateSurface { Underlying = terms.Index, TenorCount = 1, MoneynessCount = 1 };
            create.TenorMinutes[0] = 30 * 1440;
            create.Nodes0[0] = (ushort)IndexNumber(Scenario.Member(volatility, _scenario.Indexes.Select(i => i.Name), "an index"));
            surface = (ushort)(State.Venue[0].Surfaces + 1);
            Must(CommandKind.CreateSurface, create, market.Node.Path);
        }
        for (int at = 0; at < bytes.Length; at += WriteContractText.MaxBytes)
        {
            int length = Math.Min(WriteContractText.MaxBytes, bytes.Length - at);
            var piece = new WriteContractText { Offset = (ushort)at, Length = (ushort)length };
            bytes.AsSpan(at, length).CopyTo(piece.Bytes);
            Must(CommandKind.WriteContractText, piece, market.Node.Path);
        }
        Must(CommandKind.ListContract, new ListContract { Terms = terms, TextHash = Hash256.Of(bytes), SurfacePlusOne = surface }, market.Node.Path);
    }

    /// <summary>Credits an account.</summary>
    public void Deposit(uint account, string asset, decimal amount)
    {
        int number = AssetNumber(asset);
        Must(CommandKind.Deposit, new Deposit { ToAccount = account, Asset = (ushort)number, AmountAtoms = ScenarioTerms.Atoms(amount, _scenario.Assets[number].Decimals) }, $"deposit of {amount} {asset}");
    }

    private void Open(ScenarioAccount account)
    {
        uint number = (uint)State.Venue[0].Accounts;
        if (account.Owner is { } owner)
        {
            if (!_accounts.TryGetValue(owner, out uint master))
            {
                throw new UsageException($"accounts: {account.Name}: there is no account '{owner}' before it to own it");
            }
            Must(CommandKind.CreateSubAccount, new CreateSubAccount { Pool = (ushort)PoolNumber(account.Pool) }, "accounts", master);
            _keyOfAccount[number] = _keyOfAccount[master];
        }
        else
        {
            SigningKey signing = KeyFor("account " + account.Name);
            uint key = (uint)State.Venue[0].Keys;
            Must(CommandKind.OpenAccount, new OpenAccount { PublicKey = signing.PublicKey, Pool = (ushort)PoolNumber(account.Pool), Scopes = KeyScopes.Customer }, "accounts");
            _signing[key] = signing;
            _keyOfAccount[number] = key;
        }
        _accounts[account.Name] = number;
        foreach ((string asset, decimal amount) in account.Deposits)
        {
            if (amount > 0)
            {
                Deposit(number, asset, amount);
            }
        }
    }

    private static long Limit(decimal? price, decimal standard, decimal unit) =>
        (long)Math.Clamp(price is { } p ? p * unit : standard, -LargestPrice, LargestPrice);

    private CreateIndex Index(ScenarioIndex index)
    {
        ScenarioNode n = index.Node;
        decimal unit = ScenarioTerms.Power(index.Decimals);
        bool negative = n.Find("allowNegative")?.Flag() ?? false;
        decimal first = Math.Abs(_scenario.FirstPrice(index.Name)!.Value);
        static int Ms(ScenarioNode? node) => node is { } x ? (int)Math.Clamp(x.Span() / 1_000_000, 1, 86_400_000) : 0;
        return new CreateIndex
        {
            Name = ShortName.From(index.Name),
            Decimals = (ushort)index.Decimals,
            Quorum = (ushort)(n.Find("quorum")?.Whole(1, index.Sources.Count) ?? ((index.Sources.Count / 2) + 1)),
            MaxAgeMs = Math.Max(Ms(n.Find("maxAge")), n.Find("maxAge") is null ? (int)Math.Clamp(3 * _scenario.HeartbeatNs / 1_000_000, 30_000, 86_400_000) : 0),
            AbsentMs = Ms(n.Find("absentAfter")),
            QuarantinePpm = n.Find("quarantine")?.Ppm(1_000) ?? 0,
            ConfirmMs = n.Find("confirm") is { } c ? Ms(c) : 0,
            WidePpm = n.Find("wide")?.Ppm(1_000) ?? 0,
            ConfidencePpm = n.Find("maxConfidence")?.Ppm(1_000) ?? 0,
            SlowMs = Ms(n.Find("slow")),
            MinPrice = n.Find("floor") is { } floor ? (long)(floor.Number(-1e9m, 1e9m) * unit) : negative ? -(1L << 50) : 0,
            MaxPrice = n.Find("cap") is { } cap ? (long)(cap.Number(-1e9m, 1e9m) * unit) : 0,
            JumpFloor = n.Find("jumpFloor") is { } j ? Math.Max((long)(j.Number(0, 1e9m) * unit), 1) : negative ? Math.Max((long)(first / 2 * unit), 1) : 0,
        };
    }

    private CreatePool PoolOf(ScenarioPool pool)
    {
        var create = new CreatePool
        {
            Name = ShortName.From(pool.Name),
            CollateralCount = (ushort)(1 + pool.Collateral.Count),
            FeeTierCount = 1,
            LiquidationFeePpm = pool.Fees?.Object("maker", "taker", "liquidation").Find("liquidation")?.Ppm(0.1m) ?? 5_000,
        };
        create.Collateral[0] = (ushort)AssetNumber(pool.Settlement);
        for (int i = 0; i < pool.Collateral.Count; i++)
        {
            create.Collateral[i + 1] = (ushort)AssetNumber(pool.Collateral[i]);
        }
        create.FeeTiers[0] = new FeeTier { MakerPpm = pool.Fees?.Find("maker")?.Ppm(0.1m) ?? 100, TakerPpm = pool.Fees?.Find("taker")?.Ppm(0.1m) ?? 500 };
        if (pool.Rules is { } rules)
        {
            rules.Object("profitHaircut", "transferMargin", "outflowPerHour", "fundLossPerHour", "fundPerMarket", "reserveDiscount", "liquidationRate", "freeAmount", "scanRange");
            int Part(string name) => rules.Find(name) is { } r ? (r.Ppm() is var v && v == 0 ? PoolRules.Off : v) : 0;
            create.Rules = new PoolRules
            {
                ProfitHaircutPpm = Part("profitHaircut"),
                TransferMarginPpm = Part("transferMargin"),
                OutflowPpm = Part("outflowPerHour"),
                FundLossPpm = Part("fundLossPerHour"),
                FundMarketPpm = Part("fundPerMarket"),
                BackstopDiscountPpm = Part("reserveDiscount"),
                LiquidationRatePpm = Part("liquidationRate"),
                ScanPpm = rules.Find("scanRange")?.Ppm(0.4m) ?? 0,
                FreeAtoms = rules.Find("freeAmount") is { } f ? Math.Max(ScenarioTerms.Atoms(f.Number(0, 1e12m), _scenario.Assets[AssetNumber(pool.Settlement)].Decimals), 1) : 0,
            };
        }
        return create;
    }
}
