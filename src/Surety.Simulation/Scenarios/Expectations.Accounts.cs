using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <content>Expectations of accounts, one or many, and of their orders; of the fund and of refused reports.</content>
internal sealed partial class Expectations
{
    private const string InsuranceFund = "insurance fund";

    // A name, a prefix with a star behind it, a list of either, or all accounts of an owner; the funds have names too.
    private (string Who, uint[] Accounts) Accounts(ScenarioNode node)
    {
        if (node.Find("owner") is { } owner)
        {
            string name = Scenario.Member(owner, venue.Accounts.Keys, "an account");
            uint master = venue.Accounts[name];
            return ($"accounts of {name}",
                [.. venue.Accounts.Values.Where(a => a == master || venue.State.Accounts[(int)a].Owner == master)]);
        }
        ScenarioNode who = node.Find("accounts") ?? node.Need("account");
        ScenarioNode[] items = who.IsList ? [.. who.Items()] : [who];
        if (items.Length == 0)
        {
            throw who.Error("at least one account");
        }
        return (string.Join(", ", items.Select(i => i.Text() == "*" ? "anybody" : i.Text())), [.. items.SelectMany(Named).Distinct()]);
    }

    private IEnumerable<uint> Named(ScenarioNode node)
    {
        string name = node.Text();
        if (name.StartsWith(InsuranceFund, StringComparison.Ordinal))
        {
            string pool = name == InsuranceFund
                ? scenario.Pools[0].Name
                : name[InsuranceFund.Length..].Replace(" of ", "", StringComparison.Ordinal);
            int number = venue.PoolNumber(pool);
            return number >= 0
                ? [venue.State.Pools[number].InsuranceAccount]
                : throw node.Error(
                    $"\"insurance fund of \" and the name of a pool ({string.Join(", ", scenario.Pools.Select(p => p.Name))})");
        }
        if (!name.EndsWith('*'))
        {
            return [venue.Accounts[Scenario.Member(node, venue.Accounts.Keys, "an account")]];
        }
        uint[] found = [.. venue.Accounts.Where(a => a.Key.StartsWith(name[..^1], StringComparison.Ordinal)).Select(a => a.Value)];
        return found.Length > 0
            ? found
            : throw node.Error($"a name, or a beginning of names and a star ({string.Join(", ", venue.Accounts.Keys.Take(20))})");
    }

    // Of several accounts the sum is looked at, or with each every one of them.
    private ExpectationResult Sum(ScenarioNode node, string that, Func<uint, decimal> of, string unit)
    {
        (string who, uint[] accounts) = Accounts(node);
        bool each = node.Find("each")?.Flag() ?? false;
        string of1 = accounts.Length > 1 ? $" ({(each ? "each" : "together")} of {accounts.Length}: {who})" : "";
        decimal[] values = [.. accounts.Select(of)];
        return each ? Range(node, that, values, unit + of1, "nobody") : Bounds(node, that, values.Sum(), unit + of1);
    }

    private string AtWhen(ScenarioNode node) =>
        node.Find("at") is { } at ? " at " + Times.Since(at.Moment(scenario.StartNs)) : " at the end";

    private int PoolOf(ScenarioNode node) => venue.State.Accounts[(int)Accounts(node).Accounts[0]].Pool;

    private static string Way(ScenarioNode node, string standard) => node.Find("value")?.OneOf(Worth.Ways) ?? standard;

    private static string InWords(string way) =>
        way switch { "market" => ", coins at their market price", "cash" => ", cash alone", _ => "" };

    private ExpectationResult Equity(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "each", "value", "at", "atLeast", "atMost");
        string way = Way(node, "margin");
        return Sum(node, "equity", a => Worth.Of(venue.Engine, a, way), Currency(PoolOf(node)) + AtWhen(node) + InWords(way));
    }

    private ExpectationResult Fund(ScenarioNode node)
    {
        node.Object("that", "pool", "value", "at", "atLeast", "atMost");
        string way = Way(node, "market");
        return Bounds(node, "fund", Worth.Of(venue.Engine, venue.State.Pools[Pool(node)].InsuranceAccount, way),
            Currency(Pool(node)) + AtWhen(node) + InWords(way));
    }

    // A coin that the fund holds is worth its price: a haircut is a caution of margin, not a loss.
    private ExpectationResult FundLoss(ScenarioNode node)
    {
        node.Object("that", "pool", "value", "atMost", "atLeast");
        (decimal start, decimal least) = Outcome.Funds[(Pool(node), Way(node, "market"))];
        return Bounds(node, "fundLoss", start - least, Currency(Pool(node)) + InWords(Way(node, "market")));
    }

    private ExpectationResult Balance(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "each", "asset", "at", "atLeast", "atMost");
        int asset = Asset(node) ?? venue.State.Pools[PoolOf(node)].Collateral[0];
        decimal unit = ScenarioTerms.Power(scenario.Assets[asset].Decimals);
        return Sum(node, "balance", a => BalanceAtoms(a, asset) / unit, scenario.Assets[asset].Name + AtWhen(node));
    }

    private int? Asset(ScenarioNode node) =>
        node.Find("asset") is { } a ? venue.AssetNumber(Scenario.Member(a, scenario.Assets.Select(x => x.Name), "an asset")) : null;

    private long BalanceAtoms(uint account, int asset)
    {
        ref readonly Pool pool = ref venue.State.Pools[venue.State.Accounts[(int)account].Pool];
        long atoms = 0;
        for (int slot = 0; slot < pool.CollateralCount; slot++)
        {
            atoms += pool.Collateral[slot] == asset ? venue.State.Accounts[(int)account].Balances[slot] : 0;
        }
        return atoms;
    }

    private ExpectationResult PositionOf(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "each", "market", "at", "atLeast", "atMost");
        ScenarioTerms market = venue.Markets[Market(node)];
        return Sum(node, "position",
            a => venue.State.FindPosition(a, market.Number) is var row && row < 0 ? 0 : venue.State.Positions[row].Lots * market.Lot,
            AtWhen(node).TrimStart());
    }

    private ExpectationResult Withdrawn(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "each", "asset", "atLeast", "atMost");
        int asset = Asset(node) ?? venue.State.Pools[PoolOf(node)].Collateral[0];
        decimal unit = ScenarioTerms.Power(scenario.Assets[asset].Decimals);
        return Sum(node, "withdrawn", a => Outcome.Withdrawn.GetValueOrDefault((a, asset)) / unit, scenario.Assets[asset].Name);
    }

    private ExpectationResult Liquidated(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "is", "after", "within", "steps", "atLeast", "atMost");
        (long from, long until) = Window(node);
        (string who, uint[] accounts) = Accounts(node);
        bool all = who == "anybody";
        (long Ns, uint Account, LiquidationEnded Event)[] found =
            [.. Outcome.Liquidations.Where(l => (all || accounts.Contains(l.Account)) && l.Ns >= from && l.Ns <= until)];
        string seen = found.Length == 0
            ? "no liquidation"
            : $"{found.Length} liquidations, first of {venue.AccountName(found[0].Account)} "
                + $"at {When(found[0].Ns)} ({found[0].Event.Outcome})";
        if (node.Find("atLeast") is not null || node.Find("atMost") is not null)
        {
            return Bounds(node, "liquidated", found.Length, "liquidations") with { Seen = seen };
        }
        bool wanted = node.Find("is")?.Flag() ?? true;
        return new ExpectationResult("liquidated", wanted == found.Length > 0,
            $"{who} {(wanted ? "is" : "is not")} liquidated{Spell(node)}", seen);
    }

    private ExpectationResult LiquidationOutcomeOf(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "outcome", "is");
        string wanted =
            node.Need("outcome")
                .OneOf(Enum.GetNames<LiquidationOutcome>().Skip(1).Select(n => char.ToLowerInvariant(n[0]) + n[1..]).ToArray());
        bool is1 = node.Find("is")?.Flag() ?? true;
        (string who, uint[] accounts) = Accounts(node);
        string[] seen =
            [.. Outcome.Liquidations.Where(l => who == "anybody" || accounts.Contains(l.Account)).Select(l => l.Event.Outcome.ToString())];
        return new ExpectationResult("liquidationOutcome", is1 == seen.Contains(wanted, StringComparer.OrdinalIgnoreCase),
            $"{who}: {(is1 ? "" : "not ")}{wanted}", seen.Length == 0 ? "no liquidation" : string.Join(", ", seen.Distinct()));
    }

    private ExpectationResult Deleveraged(ScenarioNode node)
    {
        node.Object("that", "account", "accounts", "owner", "is", "market", "after", "within", "steps", "atMost", "atLeast");
        (string who, uint[] accounts) = node.Find("account") is null && node.Find("accounts") is null && node.Find("owner") is null
            ? ("anybody", [])
            : Accounts(node);
        int? market = node.Find("market") is null ? null : Market(node);
        (long from, long until) = Window(node);
        PositionTransferred[] found = [.. Outcome.Transfers.Where(t => t.Ns >= from && t.Ns <= until).Select(t => t.Event)
            .Where(t =>
                t.Cause == LiquidationOutcome.Deleveraged && (who == "anybody" || accounts.Contains(t.Header.Account))
                    && (market is null || t.Market == market))];
        decimal notional = found.Sum(t => Money(venue.State.Markets[t.Market].Pool, Math.Abs(t.CostAtoms)));
        if (node.Find("is") is { } flag)
        {
            return new ExpectationResult("deleveraged", flag.Flag() == found.Length > 0,
                $"{who} {(flag.Flag() ? "is" : "is not")} deleveraged{Spell(node)}",
                found.Length == 0 ? "no deleveraging" : $"{found.Length} times, {Show(notional)} of notional");
        }
        return Bounds(node, "deleveraged", notional, Currency(0) + " of notional");
    }

    private ExpectationResult PriceRefused(ScenarioNode node)
    {
        node.Object("that", "index", "source", "code", "is", "after", "within", "steps");
        bool wanted = node.Find("is")?.Flag() ?? true;
        (long from, long until) = Window(node);
        int? index = node.Find("index") is null ? null : Index(node);
        string? source = node.Find("source") is { } s
            ? index is null
            ? throw s.Error("an index to which the source belongs")
            : Scenario.Member(s, scenario.SourceNames(node.Need("index").Text()), "a source")
            : null;
        string? code = node.Find("code")?.OneOf(Enum.GetNames<RefusalCode>());
        CommandRefused[] found = [.. Outcome.RefusedReports
            .Where(r =>
                r.Ns >= from && r.Ns <= until && (index is null || r.Index == index) && (source is null || r.Source == source)
                    && (code is null || r.Event.Code.ToString() == code))
            .Select(r => r.Event)];
        return new ExpectationResult("priceRefused", wanted == found.Length > 0,
            $"a report{(index is null ? "" : " of " + node.Need("index").Text())} {(wanted ? "is" : "is not")} "
            + $"refused{(code is null ? "" : " with " + code)}{Spell(node)}",
            found.Length == 0
                ? "no report was refused"
                : string.Join(", ", found.GroupBy(f => f.Code).Select(g => $"{g.Key} {g.Count()} times")));
    }

    // With a time, the mark then; without, every mark in the window.
    private ExpectationResult MarkPrice(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost", "after", "within", "steps", "at");
        ScenarioTerms market = venue.Markets[Market(node)];
        (long from, long until) = Window(node);
        decimal[] seen = node.Find("at") is not null ? [venue.State.Markets[market.Number].MarkTicks * market.Tick]
            : [.. Outcome.Marks.Where(m => m.Market == market.Number && m.Ns >= from && m.Ns <= until).Select(m => m.Ticks * market.Tick)];
        return Range(node, "markPrice", seen, "", "the mark did not move" + Spell(node));
    }

    // Of a trigger or a TWAP, what the orders that it placed traded.
    private ExpectationResult Filled(ScenarioNode node)
    {
        node.Object("that", "id", "atLeast", "atMost");
        (ulong order, ScenarioTerms market) = Order(node);
        long lots = Outcome.Children.GetValueOrDefault(order, []).Append(order).Sum(o => Outcome.Filled.GetValueOrDefault(o));
        return Bounds(node, "filled", lots * market.Lot, "traded");
    }

    private ExpectationResult OrderEnded(ScenarioNode node)
    {
        node.Object("that", "id", "reason", "is");
        (ulong order, _) = Order(node);
        string? wanted =
            node.Find("reason")?.OneOf(Enum.GetNames<EndReason>().Skip(1).Select(n => char.ToLowerInvariant(n[0]) + n[1..]).ToArray());
        string? seen = Outcome.Endings.TryGetValue(order, out EndReason reason) ? reason.ToString() : null;
        bool is1 = node.Find("is")?.Flag() ?? true;
        bool ended = seen is not null && (wanted is null || seen.Equals(wanted, StringComparison.OrdinalIgnoreCase));
        return new ExpectationResult("orderEnded", is1 == ended,
            $"'{node.Need("id").Text()}' {(is1 ? "ended" : "did not end")}{(wanted is null ? "" : " as " + wanted)}",
            seen ?? "it rests or waits");
    }

    private (ulong Order, ScenarioTerms Market) Order(ScenarioNode node)
    {
        string id = node.Need("id").Text();
        return Outcome.Orders.TryGetValue(id, out (ulong Order, int Market) order) ? (order.Order, venue.Markets[order.Market])
            : throw node.Need("id")
                .Error($"the id of an order, stop or TWAP that was accepted ({string.Join(", ", Outcome.Orders.Keys.Take(20))})");
    }

    private ExpectationResult Assigned(ScenarioNode node)
    {
        node.Object("that", "market", "account", "accounts", "owner", "atLeast", "atMost");
        ScenarioTerms market = venue.Markets[Market(node)];
        bool all = node.Find("account") is null && node.Find("accounts") is null && node.Find("owner") is null;
        uint[] accounts = all ? [] : Accounts(node).Accounts;
        long lots =
            Outcome.Exercised.Where(e =>
                e.Kind == EventKind.ContractAssigned && e.Event.Market == market.Number
                    && (all || accounts.Contains(e.Event.Header.Account))).Sum(e => e.Event.Lots);
        return Bounds(node, "assigned", lots * market.Lot, "assigned");
    }
}
