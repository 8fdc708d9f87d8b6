using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Terms.Execution;

namespace Surety.Simulation.Scenarios;

/// <content>How a venue comes to be, and what its operator changes later.</content>
internal sealed partial class ScenarioVenue
{
    private readonly Dictionary<(string Index, string Source), ScenarioSource> _sources = [];
    private readonly Dictionary<string, ScenarioMarket> _terms = [];
    private readonly Dictionary<string, ushort> _surfaces = [];

    private void Build()
    {
        // An index with bonds needs its pool before it; that pool's assets, their indexes before that.
        foreach (ScenarioIndex index in _scenario.Indexes.Where(i => i.Node.Find("bondPool") is null))
        {
            Create(index);
        }
        foreach (ScenarioAsset asset in _scenario.Assets)
        {
            var create = new CreateAsset
            {
                Name = ShortName.From(asset.Name),
                Decimals = (ushort)asset.Decimals,
                PriceIndex = asset.Index is null ? OptionalId.None : OptionalId.Of(IndexNumber(asset.Index)),
                HaircutPpm = asset.HaircutPpm,
                CollateralCapAtoms = asset.Cap is { } cap ? ScenarioTerms.Atoms(cap, asset.Decimals) : Asset.MaxAmountAtoms,
                PoolCapAtoms = asset.Index is null ? 0 : PoolCapOf(asset),
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
        foreach (ScenarioIndex index in _scenario.Indexes.Where(i => i.Node.Find("bondPool") is not null))
        {
            Create(index);
        }
        foreach (ScenarioMarket market in _scenario.Markets)
        {
            (RefusalCode code, long detail) = List(market);
            if (code != RefusalCode.None)
            {
                throw new ScenarioException($"{market.Node.Path}: the venue refused it: {Words(code, detail)}");
            }
        }
        foreach (ScenarioAccount account in _scenario.Accounts)
        {
            Open(account);
        }
        foreach (string house in new[] { Counterparty, Maker })
        {
            if (!_accounts.ContainsKey(house))
            {
                Open(new ScenarioAccount(house, _scenario.Pools[0].Name, null, [(_scenario.Pools[0].Settlement, 1_000_000_000m)], []));
            }
        }
    }

    // What no scenario names: ten times what its accounts bring, and at least a million.
    private long PoolCapOf(ScenarioAsset asset)
    {
        decimal brought = _scenario.Accounts.Sum(a => a.Deposits.Where(d => d.Asset == asset.Name).Sum(d => d.Amount));
        return Math.Min(ScenarioTerms.Atoms(asset.PoolCap ?? Math.Min(Math.Max(10 * brought, 1_000_000), 1e9m), asset.Decimals),
            Asset.MaxAmountAtoms);
    }

    private void Create(ScenarioIndex index)
    {
        CreateIndex create = Index(index);
        _switches.Apply(ref create);
        bool prices = _switches.OneSource && _scenario.Assets.Any(a => a.Index == index.Name);
        create.Quorum = prices ? (ushort)2 : create.Quorum;
        Must(CommandKind.CreateIndex, create, index.Node.Path);
        _indexNames.Add(index.Name);
        IEnumerable<ScenarioSource> sources = _switches.OneSource ? index.Sources.Take(prices ? 2 : 1) : index.Sources;
        foreach (ScenarioSource source in sources)
        {
            bool alone = prices && source == index.Sources[0];
            (RefusalCode code, long detail) = SetSource(index.Name, alone ? source with { Weight = 1_000_000 } : source, add: true);
            if (code != RefusalCode.None)
            {
                throw new ScenarioException($"{index.Node.Path}: the venue refused it: {Words(code, detail)}");
            }
        }
    }

    /// <summary>Gives a source its weight and limits, a key first where it is new; with weight 0 it goes.</summary>
    public (RefusalCode Code, long Detail) SetSource(string index, ScenarioSource source, bool add)
    {
        if (!_sourceKeys.TryGetValue((index, source.Name), out uint key))
        {
            if (!add)
            {
                return (RefusalCode.NotASource, 0);
            }
            string name = $"source {index} {source.Name}";
            key = (uint)State.Counts.Keys;
            Must(CommandKind.AddKey, new AddKey { PublicKey = _platform.PublicKey(name), Scopes = KeyScopes.Report },
                $"source {source.Name} of {index}");
            _nameOfKey[key] = name;
        }
        int number = IndexNumber(index);
        decimal unit = ScenarioTerms.Power(State.Indexes[number].Decimals);
        bool limited = source.Floor is not null || source.Cap is not null;
        var set = new SetPriceSource
        {
            Index = (ushort)number,
            SourceKey = key,
            Weight = source.Weight,
            JumpPpm = source.JumpPpm,
            MinPrice = limited ? Limit(source.Floor, -LargestPrice, unit) : 0,
            MaxPrice = limited ? Limit(source.Cap, LargestPrice, unit) : 0,
        };
        _switches.Apply(ref set);
        (RefusalCode code, long detail) = Send(CommandKind.SetPriceSource, set);
        if (code == RefusalCode.None)
        {
            // One that is removed may go on reporting; the venue refuses it.
            _sources[(index, source.Name)] = source;
            _sourceKeys[(index, source.Name)] = key;
        }
        return (code, detail);
    }

    /// <summary>A source as it was last set; null for one that never was.</summary>
    public ScenarioSource? Source(string index, string name) => _sources.GetValueOrDefault((index, name));

    /// <summary>The key of a source; null for one that was never added.</summary>
    public uint? SourceKey(string index, string name) => _sourceKeys.TryGetValue((index, name), out uint key) ? key : null;

    /// <summary>Lists a market of any kind.</summary>
    public (RefusalCode Code, long Detail) List(ScenarioMarket market)
    {
        var terms = new ScenarioTerms(_scenario, market, _markets.Count, PoolNumber(market.Pool), IndexNumber(market.Index));
        MarketTerms switched = terms.Terms;
        _switches.Apply(ref switched);
        // Events of the same command may name it already.
        _markets.Add(terms);
        _terms[market.Name] = market;
        (RefusalCode code, long detail) = terms.Text is { } text
            ? ListContract(market, in switched, text)
            : Send(CommandKind.ListMarket, new ListMarket { Terms = switched });
        if (code != RefusalCode.None)
        {
            _markets.Remove(terms);
        }
        return (code, detail);
    }

    /// <summary>
    /// Asks for other terms of a market from a time on: those it was given last, with the fields that are named over them.
    /// </summary>
    public (RefusalCode Code, long Detail) Change(ScenarioTerms market, ScenarioNode fields, long activateNs)
    {
        ScenarioMarket before = _terms[market.Name];
        ScenarioMarket after = before with { Node = before.Node.With(fields, "market", "activate", "in") };
        string pool = after.Node.Find("pool") is { } p ? Scenario.Member(p, _scenario.Pools.Select(x => x.Name), "a pool") : after.Pool;
        string index = Scenario.Member(after.Node.Need("index"), _scenario.Indexes.Select(x => x.Name), "an index");
        MarketTerms switched =
            new ScenarioTerms(_scenario, after with { Pool = pool, Index = index }, market.Number, PoolNumber(pool), IndexNumber(index))
                .Terms;
        _switches.Apply(ref switched);
        (RefusalCode code, long detail) = Send(CommandKind.ChangeMarket, new ChangeMarket
        {
            Market = (uint)market.Number,
            ActivateNs = activateNs,
            Terms = switched,
        });
        if (code == RefusalCode.None)
        {
            _terms[market.Name] = after;
        }
        return (code, detail);
    }

    private (RefusalCode Code, long Detail) ListContract(ScenarioMarket market, in MarketTerms terms, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (ContractProgram.TryCompile(bytes, out _) is { } error)
        {
            throw new ScenarioException($"{market.Node.Path}.terms:{error}");
        }
        ushort surface = market.Node.Find("volatility") is { } volatility ? FlatSurface(terms.Index, volatility)
            : market.Node.Find("surface") is { } name ? NamedSurface(name) : (ushort)0;
        VenueBuilder.WriteText(bytes, piece => Must(CommandKind.WriteContractText, piece, market.Node.Path));
        return Send(CommandKind.ListContract, new ListContract { Terms = terms, TextHash = Hash256.Of(bytes), SurfacePlusOne = surface });
    }

    // One number for all strikes and times: a surface of one node, one for all markets of the same two indexes.
    private ushort FlatSurface(ushort underlying, ScenarioNode volatility)
    {
        string index = Scenario.Member(volatility, _scenario.Indexes.Select(i => i.Name), "an index");
        if (!_surfaces.TryGetValue($"{underlying} {index}", out ushort surface))
        {
            var create = new CreateSurface { Underlying = underlying, TenorCount = 1, MoneynessCount = 1 };
            create.TenorMinutes[0] = 30 * 1440;
            create.Nodes0[0] = (ushort)IndexNumber(index);
            surface = Create(create, $"{underlying} {index}", volatility.Path);
        }
        return surface;
    }

    private ushort NamedSurface(ScenarioNode node)
    {
        string name = Scenario.Member(node, _scenario.Surfaces.Select(s => s.Name), "a surface");
        if (_surfaces.TryGetValue(name, out ushort surface))
        {
            return surface;
        }
        ScenarioSurface terms = _scenario.Surfaces.Single(s => s.Name == name);
        var create = new CreateSurface
        {
            Underlying = (ushort)IndexNumber(terms.Underlying),
            TenorCount = (ushort)terms.TenorMinutes.Count,
            MoneynessCount = (ushort)terms.MoneynessMilli.Count,
        };
        for (int i = 0; i < terms.TenorMinutes.Count; i++)
        {
            create.TenorMinutes[i] = terms.TenorMinutes[i];
        }
        for (int i = 0; i < terms.MoneynessMilli.Count; i++)
        {
            create.MoneynessMilli[i] = terms.MoneynessMilli[i];
        }
        for (int i = 0; i < terms.Nodes.Count; i++)
        {
            ushort node1 = (ushort)IndexNumber(terms.Nodes[i]);
            if (i < 16)
            {
                create.Nodes0[i] = node1;
            }
            else
            {
                create.Nodes1[i - 16] = node1;
            }
        }
        return Create(create, name, terms.Node.Path);
    }

    private ushort Create(CreateSurface create, string name, string path)
    {
        ushort surface = (ushort)(State.Counts.Surfaces + 1);
        Must(CommandKind.CreateSurface, create, path);
        return _surfaces[name] = surface;
    }

    /// <summary>Credits an account.</summary>
    public void Deposit(uint account, string asset, decimal amount)
    {
        int number = AssetNumber(asset);
        Must(CommandKind.Deposit,
            new Deposit
            {
                ToAccount =
            account,
                Asset = (ushort)number,
                AmountAtoms = ScenarioTerms.Atoms(amount, _scenario.Assets[number].Decimals)
            },
                $"deposit of {amount} {asset}");
    }

    private void Open(ScenarioAccount account)
    {
        uint number = (uint)State.Counts.Accounts;
        if (account.Owner is { } owner)
        {
            if (!_accounts.TryGetValue(owner, out uint master))
            {
                throw new ScenarioException($"accounts: {account.Name}: there is no account '{owner}' before it to own it");
            }
            Must(CommandKind.CreateSubAccount, new CreateSubAccount { Pool = (ushort)PoolNumber(account.Pool) }, "accounts", master);
            _keyOfAccount[number] = _keyOfAccount[master];
        }
        else
        {
            string name = "account " + account.Name;
            uint key = (uint)State.Counts.Keys;
            Must(CommandKind.OpenAccount,
                new OpenAccount
                {
                    PublicKey = _platform.PublicKey(name),
                    Pool = (ushort)PoolNumber(account.Pool),
                    Scopes = KeyScopes.Customer
                }, "accounts");
            _nameOfKey[key] = name;
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
        foreach ((string market, decimal amount) in account.Isolated)
        {
            Isolate(number, Market(market), amount, "accounts");
        }
    }

    /// <summary>Gives a position margin of its own.</summary>
    public void Isolate(uint account, ScenarioTerms market, decimal amount, string what)
    {
        Must(CommandKind.SetMarginMode, new SetMarginMode { Market = (ushort)market.Number, Isolated = 1 }, what, account);
        if (amount > 0)
        {
            long atoms = ScenarioTerms.Atoms(amount, State.Assets[State.Pools[State.Accounts[(int)account].Pool].Collateral[0]].Decimals);
            Must(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { Market = (ushort)market.Number, AmountAtoms = atoms }, what,
                account);
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
            MaxAgeMs =
                Math.Max(Ms(n.Find("maxAge")),
                    n.Find("maxAge") is null ? (int)Math.Clamp(3 * _scenario.HeartbeatNs / 1_000_000, 30_000, 86_400_000) : 0),
            AbsentMs = Ms(n.Find("absentAfter")),
            QuarantinePpm = n.Find("quarantine")?.Ppm(1_000) ?? 0,
            ConfirmMs = n.Find("confirm") is { } c ? Ms(c) : 0,
            WidePpm = n.Find("wide")?.Ppm(1_000) ?? 0,
            ConfidencePpm = n.Find("maxConfidence")?.Ppm(1_000) ?? 0,
            SlowMs = Ms(n.Find("slow")),
            MinPrice = n.Find("floor") is { } floor ? (long)(floor.Number(-1e9m, 1e9m) * unit) : negative ? -(1L << 50) : 0,
            MaxPrice = n.Find("cap") is { } cap ? (long)(cap.Number(-1e9m, 1e9m) * unit) : 0,
            BondPool = n.Find("bondPool") is { } bonds
                ? OptionalId.Of(PoolNumber(Scenario.Member(bonds, _scenario.Pools.Select(p => p.Name), "a pool")))
                : OptionalId.None,
            RewardAtoms = n.Find("reward") is { } reward ? Reward(reward, n) : 0,
            OutlierPpm = n.Find("outlier")?.Ppm(1_000) ?? 0,
            SlashPpm = n.Find("slash")?.Ppm() ?? 0,
            OutlierLimit = n.Find("outlierLimit")?.Whole(1, 1_000_000) ?? 0,
            BondWindowMs = Ms(n.Find("bondWindow")),
            JumpFloor = n.Find("jumpFloor") is { } j
                ? Math.Max((long)(j.Number(0, 1e9m) * unit), 1)
                : negative
                ? Math.Max((long)(first / 2 * unit), 1)
                : 0,
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
        create.FeeTiers[0] =
            new FeeTier { MakerPpm = pool.Fees?.Find("maker")?.Ppm(0.1m) ?? 100, TakerPpm = pool.Fees?.Find("taker")?.Ppm(0.1m) ?? 500 };
        if (pool.Rules is { } rules)
        {
            create.Rules = PoolRuleFields.Read(rules, _scenario.Assets[AssetNumber(pool.Settlement)].Decimals);
        }
        return create;
    }

    // In the settlement asset of the pool that holds the bonds.
    private long Reward(ScenarioNode reward, ScenarioNode index)
    {
        ScenarioPool pool =
            _scenario.Pools[PoolNumber(Scenario.Member(index.Need("bondPool"), _scenario.Pools.Select(p => p.Name), "a pool"))];
        return ScenarioTerms.Atoms(reward.Number(0, 1e9m), _scenario.Assets[AssetNumber(pool.Settlement)].Decimals);
    }
}
