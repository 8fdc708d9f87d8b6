using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <content>Events: what they may say, when they come, and those of customers' money and of the world outside.</content>
internal sealed partial class ScenarioRun
{
    private sealed record Happening(string[] Needs, string[] May, Action<ScenarioRun, ScenarioNode, string> Play);

    private static readonly string[] OrderFields = ["account", "market", "side", "quantity"];
    private static readonly string[] TriggerFields = ["price", "source", "reduceOnly", "goodTill", "oneCancelsOther", "selfTrade"];

    private static readonly Dictionary<string, Happening> Happenings = new(StringComparer.Ordinal)
    {
        ["order"] =
            new(OrderFields,
                ["price", "type", "timeInForce", "goodTill", "postOnly", "reduceOnly", "display", "oneCancelsOther", "selfTrade"],
                (r, e, id) => r.Place(e, id)),
        ["stop"] = new([.. OrderFields, "trigger"], TriggerFields, (r, e, id) => r.PlaceTrigger(e, id, TriggerKind.Stop)),
        ["takeProfit"] = new([.. OrderFields, "trigger"], TriggerFields, (r, e, id) => r.PlaceTrigger(e, id, TriggerKind.TakeProfit)),
        ["trailingStop"] = new([.. OrderFields, "trail"], TriggerFields, (r, e, id) => r.PlaceTrigger(e, id, TriggerKind.TrailingStop)),
        ["twap"] = new([.. OrderFields, "price", "interval", "slices"], ["reduceOnly", "selfTrade"], (r, e, id) => r.PlaceTwap(e, id)),
        ["quote"] = new(["account"], ["market", "bid", "ask", "quotes"], (r, e, id) => r.PlaceQuotes(e, id)),
        ["quoteProtection"] = new(["account", "market", "window"], ["quantity", "delta", "freeze"], (r, e, id) => r.ProtectQuotes(e, id)),
        ["amend"] = new(["account", "order"], ["price", "quantity"], (r, e, id) => r.Amend(e, id)),
        ["cancel"] =
            new(["account", "order"], [],
                (r, e, id) =>
                r.Answer(id,
                    r._venue.Send(CommandKind.CancelOrder, new CancelOrder { OrderId = r.OrderOf(e.Need("order")) }, r.Account(e)))),
        ["cancelAll"] =
            new(["account"], ["market"],
                (r, e, id) =>
                r.Answer(id,
                    r._venue.Send(CommandKind.CancelAll,
                    new CancelAll { Market = e.Find("market") is null ? OptionalId.None : OptionalId.Of((uint)r.Market(e).Number) },
                    r.Account(e)))),
        ["exercise"] =
            new(["account", "market", "quantity"], [],
                (r, e, id) =>
                r.Answer(id,
                    r._venue.Send(CommandKind.ExerciseContract,
                    new ExerciseContract { Market = (ushort)r.Market(e).Number, Lots = r.Market(e).Lots(e.Need("quantity").Number()) },
                    r.Account(e)))),
        ["deposit"] = new(["account", "asset", "amount"], [], (r, e, id) => r.Deposit(e, id)),
        ["withdraw"] =
            new(["account", "asset", "amount"], [],
                (r, e, id) =>
                r.Withdraw(id, r.Account(e), e.Need("asset").Text(), IsMax(e.Need("amount")) ? null : e.Need("amount").Number(0, 1e15m))),
        ["confirmWithdrawal"] = new(["withdrawal"], ["paid"], (r, e, id) => r.ConfirmWithdrawal(e, id)),
        ["transfer"] = new(["from", "to", "asset", "amount"], [], (r, e, id) => r.Transfer(e, id)),
        ["isolated"] = new(["account", "market"], ["is"], (r, e, id) => r.SetMode(e, id, e.Find("is")?.Flag() ?? true)),
        ["marginMode"] =
            new(["account", "market", "mode"], [], (r, e, id) => r.SetMode(e, id, e.Need("mode").OneOf("isolated", "cross") == "isolated")),
        ["addMargin"] = new(["account", "market", "amount"], [], (r, e, id) => r.AdjustMargin(e, id, 1)),
        ["removeMargin"] = new(["account", "market", "amount"], [], (r, e, id) => r.AdjustMargin(e, id, -1)),
        ["backstop"] = new(["account", "discount", "capacity"], [], (r, e, id) => r.Backstop(e, id)),
        ["linkOwners"] = new(["account", "with"], [], (r, e, id) => r.LinkOwners(e, id)),
        ["halt"] = new(["market"], [], (r, e, id) => r.SetStatus(e, id, MarketStatus.Halted)),
        ["resume"] = new(["market"], [], (r, e, id) => r.SetStatus(e, id, MarketStatus.Trading)),
        ["reduceOnly"] = new(["market"], [], (r, e, id) => r.SetStatus(e, id, MarketStatus.ReduceOnly)),
        ["changeMarket"] =
            new(["market"], ["activate", "in", .. ScenarioTerms.Fields.Where(f => f != "name")], (r, e, id) => r.ChangeMarket(e, id)),
        ["listMarket"] = new(["name", "index"], ScenarioTerms.Fields, (r, e, id) => r.ListMarket(e, id)),
        ["listContract"] = new(["name", "index", "terms", "expiry"], ScenarioTerms.Fields, (r, e, id) => r.ListMarket(e, id)),
        ["setSource"] = new(["index", "source"], ["weight", "maxJump", "floor", "cap"], (r, e, id) => r.SetSource(e, id, add: false)),
        ["addSource"] = new(["index", "source"], ["weight", "maxJump", "floor", "cap"], (r, e, id) => r.SetSource(e, id, add: true)),
        ["removeSource"] = new(["index", "source"], [], (r, e, id) => r.RemoveSource(e, id)),
        ["bond"] = new(["account", "index", "source", "amount"], [], (r, e, id) => r.PostBond(e, id)),
        ["liquidity"] = new(["market", "factor"], [], (r, e, id) => r.SetLiquidity(e)),
        ["stall"] = new(["for"], [], (r, e, id) => r.Stall(e)),
        ["restart"] = new([], ["from"], (r, e, id) => r.Restart(e, id)),
        ["report"] = new(["index", "source", "price"], ["confidence", "age", "observed"], (r, e, id) => r.ReportNow(e, id)),
    };

    private readonly List<(long Ns, int Order, Action Play)> _events = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private void ReadEvents()
    {
        int order = 0;
        IReadOnlyList<ScenarioNode> events = _scenario.Root.Items("events");
        _ids.UnionWith(events.Select(e => e.Find("id")).OfType<ScenarioNode>().Select(i => i.Text()));
        foreach (ScenarioNode node in events)
        {
            node.Object(["at", "id", "every", "times", "until", .. Happenings.Keys]);
            string[] kinds = [.. Happenings.Keys.Where(k => node.Find(k) is not null)];
            if (kinds.Length != 1)
            {
                throw node.Error("exactly one of " + string.Join(", ", Happenings.Keys));
            }
            string id = node.Find("id")?.Text() ?? $"{kinds[0]} at {node.Path}";
            foreach ((ScenarioNode body, string? account) in _scenario.PerAccount(node.Need(kinds[0])))
            {
                string whose = account is null ? id : $"{id} {account}";
                _ids.Add(whose);
                CheckEvent(kinds[0], body);
                foreach ((long ns, int time) in Repeated(node))
                {
                    string once = time == 1 ? whose : $"{whose} {time}";
                    _ids.Add(once);
                    _events.Add((ns, order++, () => Play(kinds[0], body, once)));
                }
            }
        }
        foreach (ScenarioNode node in _scenario.Root.Items("actors").Where(a => a.Need("kind").Text() == "backstop"))
        {
            string id = "backstop of " + node.Need("account").Text();
            _events.Add((node.Find("from")?.Span() ?? 0, -1, () => Backstop(node, id)));
            if (node.Find("until") is { } until)
            {
                _events.Add((until.Span(), -1, () => Backstop(node, id, withdrawn: true)));
            }
        }
        _events.Sort((a, b) => (a.Ns, a.Order).CompareTo((b.Ns, b.Order)));
    }

    // Once, or every so long, so many times or until a time.
    private List<(long Ns, int Time)> Repeated(ScenarioNode node)
    {
        long at = node.Need("at").Span();
        if (node.Find("every") is not { } every)
        {
            foreach (string stray in new[] { "times", "until" })
            {
                if (node.Find(stray) is { } found)
                {
                    throw found.Error($"no {stray} without every");
                }
            }
            return [(at, 1)];
        }
        long step = every.Span();
        long until = Math.Min(node.Find("until")?.Span() ?? _scenario.DurationNs, _scenario.DurationNs);
        int times = node.Find("times")?.Whole(1, 100_000) ?? 100_000;
        if (step < 1_000_000 || (until - at) / step >= 100_000)
        {
            throw every.Error("at least 1ms, and at most 100,000 times in the duration");
        }
        var list = new List<(long, int)>();
        for (int i = 1; i <= times && at <= until; i++, at += step)
        {
            list.Add((at, i));
        }
        return list;
    }

    private void CheckEvent(string kind, ScenarioNode body)
    {
        if (kind == "restart" && (body.IsText || body.IsFlag))
        {
            _ = body.IsText ? body.OneOf("snapshot", "journal") : "";
            return;
        }
        Happening happening = Happenings[kind];
        body.Object([.. happening.Needs.Concat(happening.May).Distinct()]);
        foreach (string field in happening.Needs)
        {
            body.Need(field);
        }
        if (kind is "listMarket" or "listContract")
        {
            // Its terms are checked as those of the markets that are there from the start.
            ScenarioMarket listed = _scenario.ListedLater.First(m => m.Name == body.Need("name").Text());
            _ = new ScenarioTerms(_scenario, listed, 0, _venue.PoolNumber(listed.Pool), _venue.IndexNumber(listed.Index));
            return;
        }
        if (kind == "changeMarket")
        {
            ScenarioMarket changed =
                _scenario.Markets.Concat(_scenario.ListedLater)
                    .First(m => m.Name == Scenario.Member(body.Need("market"), _scenario.MarketNames, "a market"));
            _ = new ScenarioTerms(_scenario, changed with { Node = changed.Node.With(body, "market", "activate", "in") }, 0,
                _venue.PoolNumber(changed.Pool), _venue.IndexNumber(changed.Index));
        }
        foreach (string field in kind == "changeMarket" ? ["market", "activate", "in"] : body.Names())
        {
            if (body.Find(field) is { } value)
            {
                CheckField(kind, field, value);
            }
        }
        if (kind == "order" && body.Find("price") is null && body.Find("type")?.Text() != "market")
        {
            throw body.Error("a price, or type \"market\"");
        }
        if (kind == "quote" && (body.Find("quotes") is null) == (body.Find("market") is null))
        {
            throw body.Error("market with bid and ask, or a list of quotes");
        }
        if (body.Find("index") is { } index && body.Find("source") is { } source && kind is "report" or "setSource" or "removeSource"
            or "bond")
        {
            Scenario.Member(source, _scenario.SourceNames(index.Text()), "a source");
        }
        if (kind == "report" && body.Find("age") is not null && body.Find("observed") is { } both)
        {
            throw both.Error("age or observed, not both");
        }
        if (kind == "changeMarket" && body.Find("activate") is not null && body.Find("in") is { } too)
        {
            throw too.Error("activate or in, not both");
        }
    }

    private void CheckField(string kind, string field, ScenarioNode value)
    {
        switch (field)
        {
            case "account" or "from" or "with" when kind is not "restart":
                AccountNamed(value);
                break;
            case "to":
                _ = value.Text() == InsuranceFund ? 0 : AccountNamed(value);
                break;
            case "market":
                Scenario.Member(value, _scenario.MarketNames, "a market");
                break;
            case "asset":
                Scenario.Member(value, _scenario.Assets.Select(a => a.Name), "an asset");
                break;
            case "index":
                Scenario.Member(value, _scenario.Indexes.Select(i => i.Name), "an index");
                break;
            case "side":
                value.OneOf("buy", "sell");
                break;
            case "quantity" or "display" or "delta":
                value.Number(0, 1e15m);
                break;
            case "amount":
                _ = IsMax(value) ? 0 : value.Number(kind == "bond" ? -1e15m : 0, 1e15m);
                break;
            case "price" or "trigger" or "trail" or "factor" or "confidence" or "discount" or "capacity" or "weight" or "maxJump" or "floor"
                or "cap":
                value.Number();
                break;
            case "goodTill" or "observed" or "activate":
                value.Moment(_scenario.StartNs);
                break;
            case "in" or "age" or "for" or "interval" or "window" or "freeze":
                value.Span();
                break;
            case "order" or "oneCancelsOther" or "withdrawal":
                _ = _ids.Contains(value.Text()) ? 0 : throw value.Error($"the id of an event ({string.Join(", ", _ids.Take(20))})");
                break;
            default:
                break;
        }
    }

    private const string InsuranceFund = "insurance fund";

    private static bool IsMax(ScenarioNode amount) => amount.IsText && amount.Text() == "max";

    private int PlayEvents(int next, long ns, bool stalledOnly)
    {
        for (; next < _events.Count && (stalledOnly ? _events[next].Ns < ns : _events[next].Ns <= ns) && ns >= _stalledUntil; next++)
        {
            _events[next].Play();
        }
        return next;
    }

    private void Play(string kind, ScenarioNode e, string id)
    {
        // A market that is listed later, or whose listing was refused, is unknown to the venue.
        if (kind != "liquidity" && e.Find("market") is { } market && _venue.FindMarket(market.Text()) is null)
        {
            Answer(id, (RefusalCode.UnknownMarket, _venue.Markets.Count));
            return;
        }
        Happenings[kind].Play(this, e, id);
    }

    private void Deposit(ScenarioNode e, string id)
    {
        int asset = _venue.AssetNumber(e.Need("asset").Text());
        Answer(id, _venue.Send(CommandKind.Deposit, new Deposit
        {
            ToAccount = Account(e),
            Asset = (ushort)asset,
            AmountAtoms = ScenarioTerms.Atoms(e.Need("amount").Number(0, 1e15m), _scenario.Assets[asset].Decimals),
        }));
    }

    private void Transfer(ScenarioNode e, string id)
    {
        int asset = _venue.AssetNumber(e.Need("asset").Text());
        Answer(id, _venue.Send(CommandKind.Transfer, new Transfer
        {
            ToAccount = e.Need("to").Text() == InsuranceFund
                ? _venue.State.Pools[_venue.State.Accounts[(int)Account(e, "from")].Pool].InsuranceAccount
                : Account(e, "to"),
            Asset = (ushort)asset,
            AmountAtoms = ScenarioTerms.Atoms(e.Need("amount").Number(0, 1e15m), _scenario.Assets[asset].Decimals),
        }, Account(e, "from")));
    }

    private void SetMode(ScenarioNode e, string id, bool isolated) =>
        Answer(id,
            _venue.Send(CommandKind.SetMarginMode,
            new SetMarginMode { Market = (ushort)Market(e).Number, Isolated = (ushort)(isolated ? 1 : 0) }, Account(e)));

    private void AdjustMargin(ScenarioNode e, string id, int sign)
    {
        uint account = Account(e);
        Answer(id, _venue.Send(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin
        {
            Market = (ushort)Market(e).Number,
            AmountAtoms = sign * ScenarioTerms.Atoms(e.Need("amount").Number(0, 1e15m), SettlementDecimals(account)),
        }, account));
    }

    private int SettlementDecimals(uint account) =>
        _venue.State.Assets[_venue.State.Pools[_venue.State.Accounts[(int)account].Pool].Collateral[0]].Decimals;

    // The withdrawal that an event asked for and was given: the newest one of its account when that event came.
    private void ConfirmWithdrawal(ScenarioNode e, string id)
    {
        ulong withdrawal = _withdrawals.GetValueOrDefault(e.Need("withdrawal").Text());
        Answer(id,
            _venue.Send(CommandKind.ConfirmWithdrawal,
            new ConfirmWithdrawal { WithdrawalId = withdrawal, Paid = e.Find("paid")?.Flag() ?? true ? 1u : 0u }));
    }

    private ulong NewestWithdrawal()
    {
        ulong newest = 0;
        for (int row = 0; row < _venue.State.Withdrawals.Capacity; row++)
        {
            newest = Math.Max(newest, _venue.State.Withdrawals[row].Id);
        }
        return newest;
    }

    private readonly Dictionary<string, ulong> _withdrawals = [];

    private void SetLiquidity(ScenarioNode e)
    {
        foreach (Quoter quoter in _quoters.Where(q => q.Market == e.Need("market").Text()))
        {
            quoter.Factor = e.Need("factor").Number(0, 1_000);
        }
    }

    private void Stall(ScenarioNode e)
    {
        _stalledUntil = _venue.TimeNs - _scenario.StartNs + e.Need("for").Span();
        _venue.Outcome.Notes.Add((_venue.TimeNs, "the intake stalls"));
    }

    private void ReportNow(ScenarioNode e, string id)
    {
        long age = e.Find("age")?.Span()
            ?? (e.Find("observed") is { } observed ? _venue.TimeNs - _scenario.StartNs - observed.Moment(_scenario.StartNs) : 0);
        Answer(id,
            _venue.Report(e.Need("index").Text(), e.Need("source").Text(), e.Need("price").Number(),
            e.Find("confidence")?.Number(0, 10) ?? 0.0005m, age));
    }
}
