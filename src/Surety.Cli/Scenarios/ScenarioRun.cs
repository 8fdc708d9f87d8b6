using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Cli.Commands;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.Blocks;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Instruments;

namespace Surety.Cli.Scenarios;

/// <summary>What came of a scenario.</summary>
internal sealed record ScenarioResult(Scenario Scenario, IReadOnlyList<ExpectationResult> Expectations, ScenarioOutcome Outcome, Hash256 StateRoot, string Replay)
{
    /// <summary>Whether all that was expected was seen.</summary>
    public bool Passed => Expectations.All(e => e.Holds);
}

/// <summary>Plays a scenario: its venue, its prices at every heartbeat, its actors, its events in their order.</summary>
internal sealed partial class ScenarioRun : IDisposable
{
    private readonly Scenario _scenario;
    private readonly ScenarioVenue _venue;
    private readonly List<(long Ns, int Order, ScenarioNode Node)> _events = [];
    private readonly Dictionary<string, ulong> _orders = [];
    private long _stalledUntil = -1;

    public ScenarioRun(Scenario scenario, IReadOnlyCollection<string> off, string? directory)
    {
        _scenario = scenario;
        _venue = new ScenarioVenue(scenario, off, directory);
    }

    /// <summary>Runs it to its end.</summary>
    public ScenarioResult Play(Action<double>? progress = null)
    {
        ReadActors();
        ReadEvents();
        SetUp();
        // Prices change at heartbeats and at the moments the file names.
        var times = new SortedSet<long>();
        for (long ns = 0; ns <= _scenario.DurationNs; ns += _scenario.HeartbeatNs)
        {
            times.Add(ns);
        }
        foreach (PricePath path in _scenario.Prices.Where(p => p.Points.Count <= 10_000))
        {
            times.UnionWith(path.Points.Select(p => p.Ns).Where(ns => ns <= _scenario.DurationNs));
        }
        times.UnionWith(_events.Select(e => e.Ns).Where(ns => ns <= _scenario.DurationNs));
        int next = 0;
        int done = 0;
        foreach (long ns in times)
        {
            if (ns >= _stalledUntil)
            {
                _venue.TimeNs = Math.Max(_venue.TimeNs, _scenario.StartNs + ns);
                // What the intake held back comes first, then what the world looks like now.
                next = PlayEvents(next, ns, stalledOnly: _stalledUntil >= 0);
                _stalledUntil = ns >= _stalledUntil ? -1 : _stalledUntil;
                Report(ns);
                Quote(ns);
                next = PlayEvents(next, ns, stalledOnly: false);
                Withdraw(ns);
                _venue.Tick();
                _venue.Outcome.Look();
            }
            progress?.Invoke((double)++done / times.Count);
        }
        _venue.Finish();
        Hash256 root = _venue.State.UpdateRoot();
        string replay = Replay(root);
        var expectations = new Expectations(_scenario, _venue, replay);
        return new ScenarioResult(_scenario, [.. _scenario.Expectations.Select(expectations.Check)], _venue.Outcome, root, replay);
    }

    public void Dispose() => _venue.Dispose();

    private uint Account(ScenarioNode node, string field = "account") =>
        _venue.Accounts[Scenario.Member(node.Need(field), _venue.Accounts.Keys, "an account")];

    private ScenarioTerms Market(ScenarioNode node) =>
        _venue.Market(Scenario.Member(node.Need("market"), _venue.Markets.Select(m => m.Name), "a market"));

    private void ReadEvents()
    {
        int order = 0;
        foreach (ScenarioNode node in _scenario.Root.Items("events"))
        {
            node.Object(["at", "id", .. EventKinds]);
            string[] kinds = [.. EventKinds.Where(k => node.Find(k) is not null)];
            if (kinds.Length != 1)
            {
                throw node.Error("exactly one of " + string.Join(", ", EventKinds));
            }
            CheckEvent(kinds[0], node.Need(kinds[0]));
            _events.Add((node.Need("at").Span(), order++, node));
        }
        foreach (ScenarioNode node in _scenario.Root.Items("actors").Where(a => a.Need("kind").Text() == "backstop"))
        {
            _events.Add((node.Find("from")?.Span() ?? 0, -1, node));
        }
        _events.Sort((a, b) => (a.Ns, a.Order).CompareTo((b.Ns, b.Order)));
    }

    private static readonly string[] EventKinds =
        ["order", "stop", "cancel", "cancelAll", "deposit", "withdraw", "transfer", "backstop", "halt", "resume", "reduceOnly", "liquidity", "stall", "report", "exercise"];

    private void CheckEvent(string kind, ScenarioNode node)
    {
        switch (kind)
        {
            case "order":
                node.Object("account", "market", "side", "quantity", "price", "type", "reduceOnly");
                Account(node);
                Market(node);
                node.Need("side").OneOf("buy", "sell");
                node.Need("quantity").Number(0, 1e15m);
                if (node.Find("price") is null && node.Find("type")?.Text() != "market")
                {
                    throw node.Error("a price, or type \"market\"");
                }
                break;
            case "stop":
                node.Object("account", "market", "side", "quantity", "trigger", "source", "reduceOnly");
                Account(node);
                Market(node);
                break;
            case "cancel":
                node.Object("account", "order");
                Account(node);
                break;
            case "cancelAll":
                node.Object("account", "market");
                Account(node);
                break;
            case "deposit" or "withdraw":
                node.Object("account", "asset", "amount");
                Account(node);
                Scenario.Member(node.Need("asset"), _scenario.Assets.Select(a => a.Name), "an asset");
                break;
            case "transfer":
                node.Object("from", "to", "asset", "amount");
                Account(node, "from");
                break;
            case "exercise":
                node.Object("account", "market", "quantity");
                Account(node);
                Market(node);
                break;
            case "backstop":
                node.Object("account", "discount", "capacity");
                Account(node);
                break;
            case "halt" or "resume" or "reduceOnly":
                node.Object("market");
                Market(node);
                break;
            case "liquidity":
                node.Object("market", "factor");
                Market(node);
                break;
            case "stall":
                node.Object("for");
                node.Need("for").Span();
                break;
            default:
                node.Object("index", "source", "price", "confidence");
                break;
        }
    }

    // Ten seconds before the start prices come, then the books, then the positions; then everybody waits for the start.
    private void SetUp()
    {
        for (int i = 0; i < 3; i++)
        {
            _venue.TimeNs += 1_000_000_000;
            foreach (PricePath path in _scenario.Prices)
            {
                if (_scenario.FirstPrice(path.Index) is { } first)
                {
                    _venue.Report(path.Index, path.Source, path.Points[0].Price is { } own && path.Points[0].Ns == 0 ? own : first, path.Confidence);
                }
            }
        }
        foreach (ScenarioNode node in _scenario.Root.Items("positions"))
        {
            node.Object("account", "market", "quantity", "price", "against", "id");
            ScenarioTerms market = Market(node);
            decimal quantity = node.Need("quantity").Number(-1e15m, 1e15m);
            long ticks = node.Find("price") is { } p ? market.Ticks(p.Number()) : _venue.State.Markets[market.Number].MarkTicks;
            uint other = node.Find("against") is null ? _venue.Accounts[ScenarioVenue.Counterparty] : Account(node, "against");
            OpenPosition(node.Find("id")?.Text() ?? $"position of {node.Need("account").Text()}", Account(node), other, market, quantity, ticks);
        }
        foreach (ScenarioNode node in _scenario.Root.Items("books"))
        {
            node.Object("market", "account", "bids", "asks");
            ScenarioTerms market = Market(node);
            uint account = node.Find("account") is null ? _venue.Accounts[ScenarioVenue.Maker] : Account(node);
            foreach ((string side, Side which) in new[] { ("bids", Side.Buy), ("asks", Side.Sell) })
            {
                foreach (ScenarioNode level in node.Items(side))
                {
                    IReadOnlyList<ScenarioNode> pair = level.Items();
                    if (pair.Count != 2)
                    {
                        throw level.Error("a pair [price, quantity]");
                    }
                    Answer($"book of {market.Name}", _venue.Send(CommandKind.PlaceOrder, Order(market, which, market.Ticks(pair[0].Number()), market.Lots(pair[1].Number())), account));
                }
            }
        }
        _venue.Outcome.Look();
    }

    private void OpenPosition(string id, uint account, uint other, ScenarioTerms market, decimal quantity, long ticks)
    {
        long left = market.Lots(quantity);
        Side side = quantity > 0 ? Side.Buy : Side.Sell;
        while (left > 0)
        {
            long lots = Math.Min(left, market.Terms.MaxOrderLots);
            (RefusalCode code, long detail) = _venue.Send(CommandKind.PlaceOrder, Order(market, side == Side.Buy ? Side.Sell : Side.Buy, ticks, lots), other);
            if (code == RefusalCode.None)
            {
                (code, detail) = _venue.Send(CommandKind.PlaceOrder, Order(market, side, ticks, lots, TimeInForce.ImmediateOrCancel), account);
                _venue.Send(CommandKind.CancelAll, new CancelAll(), other);
            }
            Answer(id, (code, detail));
            if (code != RefusalCode.None)
            {
                _venue.Outcome.Notes.Add((_venue.TimeNs, $"{id} was refused: {Refusals.Describe(code, detail)}"));
                return;
            }
            left -= lots;
        }
    }

    private static PlaceOrder Order(ScenarioTerms market, Side side, long ticks, long lots, TimeInForce tif = TimeInForce.GoodTillCancelled, OrderOptions options = OrderOptions.None) =>
        new() { Market = (ushort)market.Number, Side = side, PriceTicks = ticks, Lots = Math.Min(lots, market.Terms.MaxOrderLots), TimeInForce = tif, Options = options };

    private void Report(long ns)
    {
        var last = new Dictionary<(string, string), PricePath>();
        foreach (PricePath path in _scenario.Prices)
        {
            if (path.Points[0].Ns <= ns || !last.ContainsKey((path.Index, path.Source)))
            {
                last[(path.Index, path.Source)] = path;
            }
        }
        foreach (PricePath path in last.Values)
        {
            if (path.At(ns) is { } price)
            {
                _venue.Report(path.Index, path.Source, price, path.Confidence);
            }
        }
    }

    private int PlayEvents(int next, long ns, bool stalledOnly)
    {
        for (; next < _events.Count && (stalledOnly ? _events[next].Ns < ns : _events[next].Ns <= ns) && ns >= _stalledUntil; next++)
        {
            Play(_events[next].Node);
        }
        return next;
    }

    private void Play(ScenarioNode node)
    {
        if (node.Find("kind") is not null)
        {
            Backstop(node, "backstop of " + node.Need("account").Text());
            return;
        }
        string kind = EventKinds.First(k => node.Find(k) is not null);
        ScenarioNode e = node.Need(kind);
        string id = node.Find("id")?.Text() ?? $"{kind} at {node.Path}";
        switch (kind)
        {
            case "order":
                Place(e, id);
                break;
            case "stop":
                ScenarioTerms stopMarket = Market(e);
                bool sells = e.Need("side").OneOf("buy", "sell") == "sell";
                Answer(id, _venue.Send(CommandKind.PlaceTrigger, new PlaceTrigger
                {
                    Market = (ushort)stopMarket.Number,
                    Side = sells ? Side.Sell : Side.Buy,
                    Kind = TriggerKind.Stop,
                    Source = e.Find("source")?.OneOf("last", "mark", "index") switch { "last" => TriggerSource.Last, "index" => TriggerSource.Index, _ => TriggerSource.Mark },
                    TriggerTicks = stopMarket.Ticks(e.Need("trigger").Number()),
                    Lots = stopMarket.Lots(e.Need("quantity").Number()),
                    Options = OrderOptions.Market | (e.Find("reduceOnly")?.Flag() == true ? OrderOptions.ReduceOnly : 0),
                }, Account(e)));
                break;
            case "cancel":
                Answer(id, _venue.Send(CommandKind.CancelOrder, new CancelOrder { OrderId = _orders.GetValueOrDefault(e.Need("order").Text()) }, Account(e)));
                break;
            case "cancelAll":
                Answer(id, _venue.Send(CommandKind.CancelAll, new CancelAll { MarketPlusOne = e.Find("market") is null ? 0u : (uint)Market(e).Number + 1 }, Account(e)));
                break;
            case "deposit":
                _venue.Deposit(Account(e), e.Need("asset").Text(), e.Need("amount").Number(0, 1e15m));
                break;
            case "withdraw":
                Withdraw(id, Account(e), e.Need("asset").Text(), e.Need("amount") is { IsText: true } m && m.Text() == "max" ? null : e.Need("amount").Number(0, 1e15m));
                break;
            case "transfer":
                int asset = _venue.AssetNumber(Scenario.Member(e.Need("asset"), _scenario.Assets.Select(a => a.Name), "an asset"));
                Answer(id, _venue.Send(CommandKind.Transfer, new Transfer
                {
                    ToAccount = e.Need("to").Text() == "insurance fund" ? _venue.State.Pools[_venue.State.Accounts[(int)Account(e, "from")].Pool].InsuranceAccount : Account(e, "to"),
                    Asset = (ushort)asset,
                    AmountAtoms = ScenarioTerms.Atoms(e.Need("amount").Number(0, 1e15m), _scenario.Assets[asset].Decimals),
                }, Account(e, "from")));
                break;
            case "exercise":
                Answer(id, _venue.Send(CommandKind.ExerciseContract, new ExerciseContract { Market = (ushort)Market(e).Number, Lots = Market(e).Lots(e.Need("quantity").Number()) }, Account(e)));
                break;
            case "backstop":
                Backstop(e, id);
                break;
            case "halt":
                Answer(id, _venue.Send(CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)Market(e).Number, Status = MarketStatus.Halted }));
                break;
            case "resume":
                Answer(id, _venue.Send(CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)Market(e).Number, Status = MarketStatus.Trading }));
                break;
            case "reduceOnly":
                Answer(id, _venue.Send(CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)Market(e).Number, Status = MarketStatus.ReduceOnly }));
                break;
            case "liquidity":
                foreach (Quoter quoter in _quoters.Where(q => q.Market == Market(e)))
                {
                    quoter.Factor = e.Need("factor").Number(0, 1_000);
                }
                break;
            case "stall":
                _stalledUntil = _venue.TimeNs - _scenario.StartNs + e.Need("for").Span();
                _venue.Outcome.Notes.Add((_venue.TimeNs, "the intake stalls"));
                break;
            default:
                string index = Scenario.Member(e.Need("index"), _scenario.Indexes.Select(i => i.Name), "an index");
                string source = Scenario.Member(e.Need("source"), _scenario.Indexes.Single(i => i.Name == index).Sources.Select(s => s.Name), "a source");
                Answer(id, _venue.Report(index, source, e.Need("price").Number(), e.Find("confidence")?.Number(0, 10) ?? 0.0005m));
                break;
        }
    }

    private void Place(ScenarioNode e, string id)
    {
        ScenarioTerms market = Market(e);
        Side side = e.Need("side").OneOf("buy", "sell") == "buy" ? Side.Buy : Side.Sell;
        string type = e.Find("type")?.OneOf("limit", "market", "ioc", "fok", "postOnly") ?? "limit";
        TimeInForce tif = type switch { "market" or "ioc" => TimeInForce.ImmediateOrCancel, "fok" => TimeInForce.FillOrKill, _ => TimeInForce.GoodTillCancelled };
        OrderOptions options = (type == "market" ? OrderOptions.Market : 0) | (type == "postOnly" ? OrderOptions.PostOnly : 0)
            | (e.Find("reduceOnly")?.Flag() == true ? OrderOptions.ReduceOnly : 0);
        PlaceOrder order = Order(market, side, e.Find("price") is { } p ? market.Ticks(p.Number()) : 0, market.Lots(e.Need("quantity").Number(0, 1e15m)), tif, options);
        order.NoProtection = (byte)(type == "market" && e.Find("price") is null ? 1 : 0);
        (RefusalCode code, long detail) = _venue.Send(CommandKind.PlaceOrder, order, Account(e));
        Answer(id, (code, detail));
        if (code == RefusalCode.None)
        {
            _orders[id] = LastOrder();
        }
    }

    private ulong LastOrder()
    {
        var reader = new Engine.Events.EventReader(_venue.Engine.Events.Log.Bytes, _venue.Ledger.EventsFrom);
        while (reader.MoveNext())
        {
            if (reader.Kind == Engine.Events.EventKind.OrderPlaced)
            {
                return reader.As<Engine.Events.OrderPlaced>().OrderId;
            }
        }
        return 0;
    }

    private void Backstop(ScenarioNode e, string id)
    {
        int pool = _venue.State.Accounts[(int)Account(e)].Pool;
        int decimals = _venue.State.Assets[_venue.State.Pools[pool].Collateral[0]].Decimals;
        Answer(id, _venue.Send(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { DiscountPpm = e.Need("discount").Ppm(), MaxNotionalAtoms = ScenarioTerms.Atoms(e.Need("capacity").Number(0, 1e12m), decimals) }, Account(e)));
    }

    // Without an amount, as much as the venue lets go: a refusal says how much was too much.
    private void Withdraw(string id, uint account, string asset, decimal? amount)
    {
        int number = _venue.AssetNumber(asset);
        ref readonly Pool pool = ref _venue.State.Pools[_venue.State.Accounts[(int)account].Pool];
        int slot = 0;
        while (slot < pool.CollateralCount && pool.Collateral[slot] != number)
        {
            slot++;
        }
        long atoms = amount is { } a ? ScenarioTerms.Atoms(a, _scenario.Assets[number].Decimals) : slot < pool.CollateralCount ? _venue.State.Accounts[(int)account].Balances[slot] : 1;
        for (int attempt = 0; attempt < 8 && atoms > 0; attempt++)
        {
            (RefusalCode code, long detail) = _venue.Send(CommandKind.Withdraw, new Withdraw { Asset = (ushort)number, AmountAtoms = atoms }, account);
            Answer(id, (code, detail));
            if (code == RefusalCode.None)
            {
                _venue.Outcome.Notes.Add((_venue.TimeNs, $"{_venue.AccountName(account)} withdrew {FixedDecimal.Format(atoms, _scenario.Assets[number].Decimals)} {asset}"));
                return;
            }
            if (amount is not null || code is RefusalCode.PriceInDoubt or RefusalCode.LimitReached)
            {
                return;
            }
            atoms = code == RefusalCode.OutflowLimit ? Math.Min(detail, atoms / 2) : slot == 0 ? atoms - Math.Max(detail, 1) : atoms * 3 / 4;
        }
    }

    private void Answer(string id, (RefusalCode Code, long Detail) answer) =>
        _venue.Outcome.Answers[id] = (answer.Code, answer.Code == RefusalCode.None ? "accepted" : Refusals.Describe(answer.Code, answer.Detail));

    // Everything once more from the records alone, and with a restart at every thousandth command.
    private string Replay(Hash256 root)
    {
        if (_venue.Records.Count <= 1)
        {
            return "run ./surety verify on the journal";
        }
        var ledger = new Ledger(_venue.State.Genesis);
        foreach (byte[] record in _venue.Records.Skip(1))
        {
            ledger.Apply(record);
        }
        ledger.SealNow();
        Hash256 again = ledger.Engine.State.UpdateRoot();
        return again != root ? string.Create(CultureInfo.InvariantCulture, $"another root, {again}") : RestartReplay.Check(_venue.State.Genesis, _venue.Records) ?? "same root";
    }
}
