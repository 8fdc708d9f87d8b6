using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>What came of a scenario.</summary>
internal sealed record ScenarioResult(Scenario Scenario, IReadOnlyList<ExpectationResult> Expectations, ScenarioOutcome Outcome,
    Hash256 StateRoot, string Replay)
{
    /// <summary>Whether all that was expected was seen.</summary>
    public bool Passed => Expectations.All(e => e.Holds);
}

/// <summary>Plays a scenario: its venue, its prices at every heartbeat, its actors, its events in their order.</summary>
internal sealed partial class ScenarioRun : IDisposable
{
    private readonly Scenario _scenario;
    private readonly ScenarioVenue _venue;
    private readonly Dictionary<string, long> _prices = [];
    private long _stalledUntil = -1;

    public ScenarioRun(Scenario scenario, IReadOnlyCollection<string> off, string? directory, int restartEvery, ScenarioPlatform platform)
    {
        _scenario = scenario;
        _venue = new ScenarioVenue(scenario, off, directory, platform) { RestartEvery = restartEvery };
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
            times.UnionWith(path.Points.Select(p => p.Ns + path.DelayNs).Where(ns => ns <= _scenario.DurationNs));
        }
        times.UnionWith(_events.Select(e => e.Ns).Where(ns => ns <= _scenario.DurationNs));
        var expectations = new Expectations(_scenario, _venue);
        List<(long Ns, int Number)> timed =
            [.. _scenario.Expectations.Select((e, i) => (Expectations.MomentOf(e, _scenario), i)).Where(t => t.Item1 >= 0).Order()];
        times.UnionWith(timed.Select(t => t.Ns));
        var results = new ExpectationResult?[_scenario.Expectations.Count];
        int checkedTo = 0;
        int next = 0;
        int done = 0;
        foreach (long ns in times)
        {
            if (ns >= _stalledUntil)
            {
                if (!TryStep(ns, ref next))
                {
                    break;
                }
                for (; checkedTo < timed.Count && timed[checkedTo].Ns <= ns; checkedTo++)
                {
                    results[timed[checkedTo].Number] = expectations.Check(_scenario.Expectations[timed[checkedTo].Number]);
                }
            }
            progress?.Invoke((double)++done / times.Count);
        }
        string replay = "another root: the venue stopped";
        if (!_venue.Outcome.Stopped)
        {
            _venue.Finish();
            replay = _venue.Replay(_venue.State.UpdateRoot());
        }
        Hash256 root = _venue.State.UpdateRoot();
        expectations.Replay = replay;
        return new ScenarioResult(_scenario, [.. _scenario.Expectations.Select((e, i) => results[i] ?? expectations.Check(e))],
            _venue.Outcome, root, replay);
    }

    // One moment of the run. An engine that finds itself wrong stops the run: no expectation of a sound venue holds then.
    private bool TryStep(long ns, ref int next)
    {
        try
        {
            _venue.TimeNs = Math.Max(_venue.TimeNs, _scenario.StartNs + ns);
            // What the intake held back comes first, then what the world looks like now.
            next = PlayEvents(next, ns, stalledOnly: _stalledUntil >= 0);
            _stalledUntil = ns >= _stalledUntil ? -1 : _stalledUntil;
            Report(ns);
            Quote(ns);
            next = PlayEvents(next, ns, stalledOnly: false);
            Arbitrage(ns);
            Withdraw(ns);
            _venue.Tick();
            _venue.Outcome.Look();
            return true;
        }
        catch (Exception e) when (e is InvariantViolationException or ArithmeticException or IndexOutOfRangeException)
        {
            _venue.Outcome.Stop($"the venue stopped at {Times.Since(ns)}: {e.Message}");
            return false;
        }
    }

    public void Dispose() => _venue.Dispose();

    private uint Account(ScenarioNode node, string field = "account") => AccountNamed(node.Need(field));

    private uint AccountNamed(ScenarioNode name) => _venue.Accounts[Scenario.Member(name, _venue.Accounts.Keys, "an account")];

    private ScenarioTerms Market(ScenarioNode node) =>
        _venue.Market(Scenario.Member(node.Need("market"), _venue.Markets.Select(m => m.Name), "a market"));

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
                    _venue.Report(path.Index, path.Source, path.Points[0].Price is { } own && path.Points[0].Ns == 0 ? own : first,
                        path.Confidence, path.DelayNs);
                }
            }
        }
        foreach (ScenarioNode node in _scenario.Root.Items("positions").SelectMany(_scenario.PerAccount).Select(p => p.Node))
        {
            node.Object("account", "market", "quantity", "price", "against", "id", "isolated");
            ScenarioTerms market = Market(node);
            if (node.Find("isolated") is { } isolated && !(isolated.IsFlag && !isolated.Flag()))
            {
                _venue.Isolate(Account(node), market, isolated.IsFlag ? 0 : isolated.Number(0, 1e15m), isolated.Path);
            }
            decimal quantity = node.Need("quantity").Number(-1e15m, 1e15m);
            long ticks = node.Find("price") is { } p ? market.Ticks(p.Number()) : _venue.State.Markets[market.Number].MarkTicks;
            uint other = node.Find("against") is null ? _venue.Accounts[ScenarioVenue.Counterparty] : Account(node, "against");
            OpenPosition(node.Find("id")?.Text() ?? $"position of {node.Need("account").Text()}", Account(node), other, market, quantity,
                ticks);
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
                    Answer($"book of {market.Name}",
                        _venue.Send(CommandKind.PlaceOrder,
                        Order(market, which, market.Ticks(pair[0].Number()), market.Lots(pair[1].Number())), account));
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
            (RefusalCode code, long detail) =
                _venue.Send(CommandKind.PlaceOrder, Order(market, side == Side.Buy ? Side.Sell : Side.Buy, ticks, lots), other);
            if (code == RefusalCode.None)
            {
                (code, detail) =
                    _venue.Send(CommandKind.PlaceOrder, Order(market, side, ticks, lots, TimeInForce.ImmediateOrCancel), account);
                _venue.Send(CommandKind.CancelAll, new CancelAll(), other);
            }
            Answer(id, (code, detail));
            if (code != RefusalCode.None)
            {
                _venue.Outcome.Notes.Add((_venue.TimeNs, $"{id} was refused: {_venue.Words(code, detail)}"));
                return;
            }
            left -= lots;
        }
    }

    private void Report(long ns)
    {
        var last = new Dictionary<(string, string), PricePath>();
        foreach (PricePath path in _scenario.Prices)
        {
            if (path.Points[0].Ns + path.DelayNs <= ns || !last.ContainsKey((path.Index, path.Source)))
            {
                last[(path.Index, path.Source)] = path;
            }
        }
        foreach (PricePath path in last.Values)
        {
            if (path.At(Math.Max(ns - path.DelayNs, 0)) is { } price)
            {
                _venue.Report(path.Index, path.Source, price, path.Confidence, path.DelayNs);
            }
        }
    }

    private void Backstop(ScenarioNode e, string id, bool withdrawn = false)
    {
        int pool = _venue.State.Accounts[(int)Account(e)].Pool;
        int decimals = _venue.State.Assets[_venue.State.Pools[pool].Collateral[0]].Decimals;
        Answer(id,
            _venue.Send(CommandKind.PlaceBackstopBid,
            new PlaceBackstopBid
            {
                DiscountPpm = e.Need("discount").Ppm(),
                MaxNotionalAtoms = withdrawn
            ? 0
            : ScenarioTerms.Atoms(e.Need("capacity").Number(0, 1e12m), decimals)
            }, Account(e)));
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
        long atoms = amount is { } a
            ? ScenarioTerms.Atoms(a, _scenario.Assets[number].Decimals)
            : slot < pool.CollateralCount
            ? _venue.State.Accounts[(int)account].Balances[slot]
            : 1;
        for (int attempt = 0; attempt < 8 && atoms > 0; attempt++)
        {
            (RefusalCode code, long detail) =
                _venue.Send(CommandKind.Withdraw, new Withdraw { Asset = (ushort)number, AmountAtoms = atoms }, account);
            Answer(id, (code, detail));
            if (code == RefusalCode.None)
            {
                _withdrawals[id] = NewestWithdrawal();
                _venue.Outcome.Notes.Add(
                    (_venue.TimeNs,
                        $"{_venue.AccountName(account)} withdrew {FixedDecimal.Format(atoms, _scenario.Assets[number].Decimals)} {asset}"));
                return;
            }
            if (amount is not null || code is RefusalCode.PriceInDoubt or RefusalCode.LimitReached)
            {
                return;
            }
            atoms = code == RefusalCode.OutflowLimit
                ? Math.Min(detail, atoms / 2)
                : slot == 0
                ? atoms - Math.Max(detail, 1)
                : atoms * 3 / 4;
        }
    }

    private void Answer(string id, (RefusalCode Code, long Detail) answer) =>
        _venue.Outcome.Answers[id] = (answer.Code, answer.Code == RefusalCode.None ? "accepted" : _venue.Words(answer.Code, answer.Detail));
}
