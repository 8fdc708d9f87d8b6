using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;

namespace Surety.Cli.Scenarios;

/// <summary>An expectation, and what was seen.</summary>
internal sealed record ExpectationResult(string That, bool Holds, string Expected, string Seen);

/// <summary>Holds a scenario's expectations against what its run was seen to do.</summary>
internal sealed class Expectations(Scenario scenario, ScenarioVenue venue, string replay)
{
    private static readonly string[] Kinds =
    [
        "conservation", "invariants", "noUncoveredDeficit", "replay", "fundLoss", "sharedLoss", "liquidated", "liquidationOutcome", "deleveraged", "deleveragingCharge",
        "paused", "marketState", "priceState", "priceRefused", "indexPrice", "liquidationPrice", "collateralPrice", "refused", "accepted", "withdrawn", "equity", "balance", "position", "openInterest", "ended", "assigned",
    ];

    private ScenarioOutcome Outcome => venue.Outcome;

    public ExpectationResult Check(ScenarioNode node)
    {
        string that = node.Need("that").OneOf(Kinds);
        return that switch
        {
            "conservation" or "invariants" => Plain(node, that, Outcome.Violation is null, "every invariant holds at every step", Outcome.Violation ?? "all held"),
            "noUncoveredDeficit" => Plain(node, that, Outcome.WorstUncoveredAtoms == 0, "no account below zero that nobody acted on", $"{Outcome.WorstUncoveredAtoms} atoms at worst"),
            "replay" => Plain(node, that, !replay.StartsWith("another", StringComparison.Ordinal), "the same state root from the records alone", replay),
            "fundLoss" => FundLoss(node),
            "sharedLoss" => SharedLoss(node),
            "liquidated" => Liquidated(node),
            "liquidationOutcome" => LiquidationOutcomeOf(node),
            "deleveraged" => Deleveraged(node),
            "deleveragingCharge" => Charge(node),
            "paused" => Paused(node),
            "marketState" => MarketState(node),
            "priceState" => StateOfPrice(node),
            "priceRefused" => PriceRefused(node),
            "indexPrice" => IndexPrice(node),
            "liquidationPrice" => LiquidationPrice(node),
            "collateralPrice" => CollateralPrice(node),
            "refused" or "accepted" => Answered(node, that),
            "withdrawn" => Withdrawn(node),
            "equity" => Equity(node),
            "balance" => Balance(node),
            "position" => PositionOf(node),
            "ended" => Ended(node),
            "assigned" => Assigned(node),
            _ => OpenInterest(node),
        };
    }

    private static ExpectationResult Plain(ScenarioNode node, string that, bool holds, string expected, string seen)
    {
        node.Object("that");
        return new ExpectationResult(that, holds, expected, seen);
    }

    private static ExpectationResult Bounds(ScenarioNode node, string that, decimal? seen, string unit, string none = "nothing")
    {
        decimal? least = node.Find("atLeast")?.Number();
        decimal? most = node.Find("atMost")?.Number();
        if (least is null && most is null)
        {
            throw node.Error("atLeast, atMost or both");
        }
        string expected = string.Join(" and ", new[] { least is null ? null : $"at least {Show(least.Value)}", most is null ? null : $"at most {Show(most.Value)}" }.Where(s => s is not null));
        bool holds = seen is null ? least is null : (least is null || seen >= least) && (most is null || seen <= most);
        return new ExpectationResult(that, holds, $"{expected} {unit}".TrimEnd(), seen is null ? none : $"{Show(seen.Value)} {unit}".TrimEnd());
    }

    private static string Show(decimal value) => value.ToString("0.########", CultureInfo.InvariantCulture);

    private int Market(ScenarioNode node) => venue.Market(Scenario.Member(node.Need("market"), venue.Markets.Select(m => m.Name), "a market")).Number;

    private int Index(ScenarioNode node) => venue.IndexNumber(Scenario.Member(node.Need("index"), scenario.Indexes.Select(i => i.Name), "an index"));

    private uint Account(ScenarioNode node) => venue.Accounts[Scenario.Member(node.Need("account"), venue.Accounts.Keys, "an account")];

    private int Pool(ScenarioNode node) => node.Find("pool") is { } p ? venue.PoolNumber(Scenario.Member(p, scenario.Pools.Select(x => x.Name), "a pool")) : 0;

    private decimal Money(int pool, long atoms) => atoms / ScenarioTerms.Power(venue.State.Assets[venue.State.Pools[pool].Collateral[0]].Decimals);

    private string Currency(int pool) => venue.State.Assets[venue.State.Pools[pool].Collateral[0]].Name.ToString();

    // From the start of the run, or from a moment the expectation names, for as long as it names.
    private (long From, long Until) Window(ScenarioNode node)
    {
        long from = scenario.StartNs + (node.Find("after")?.Span() ?? 0);
        long within = node.Find("within")?.Span() ?? (node.Find("steps") is { } s ? s.Whole(1, 1_000_000) * scenario.HeartbeatNs : long.MaxValue / 4);
        return (from, Math.Min(from, long.MaxValue / 2) + within);
    }

    private static string Spell(ScenarioNode node) =>
        (node.Find("within") is null && node.Find("steps") is null ? "" : " within the time named") + (node.Find("after") is null ? "" : " after the moment named");

    private string When(long ns) => Times.Since(ns - scenario.StartNs);

    private ExpectationResult FundLoss(ScenarioNode node)
    {
        node.Object("that", "pool", "atMost", "atLeast");
        (long start, long least) = Outcome.FundAtoms[Pool(node)];
        return Bounds(node, "fundLoss", Money(Pool(node), start - least), Currency(Pool(node)));
    }

    private ExpectationResult SharedLoss(ScenarioNode node)
    {
        node.Object("that", "pool", "atMost", "atLeast");
        return Bounds(node, "sharedLoss", Money(Pool(node), venue.State.Pools[Pool(node)].SharedLossAtoms), Currency(Pool(node)));
    }

    private ExpectationResult Liquidated(ScenarioNode node)
    {
        node.Object("that", "account", "is", "after", "within", "steps");
        bool wanted = node.Find("is")?.Flag() ?? true;
        (long from, long until) = Window(node);
        bool all = node.Need("account").IsText && node.Need("account").Text() == "*";
        uint account = all ? 0 : Account(node);
        (long Ns, uint Account, LiquidationEnded Event)[] found = [.. Outcome.Liquidations.Where(l => (all || l.Account == account) && l.Ns >= from && l.Ns <= until)];
        string who = all ? "anybody" : node.Need("account").Text();
        return new ExpectationResult("liquidated", wanted == found.Length > 0, $"{who} {(wanted ? "is" : "is not")} liquidated{Spell(node)}",
            found.Length == 0 ? "no liquidation" : $"{found.Length} liquidations, first of {venue.AccountName(found[0].Account)} at {When(found[0].Ns)} ({found[0].Event.Outcome})");
    }

    private ExpectationResult LiquidationOutcomeOf(ScenarioNode node)
    {
        node.Object("that", "account", "outcome");
        string wanted = node.Need("outcome").OneOf(Enum.GetNames<LiquidationOutcome>().Skip(1).Select(n => char.ToLowerInvariant(n[0]) + n[1..]).ToArray());
        uint account = Account(node);
        string[] seen = [.. Outcome.Liquidations.Where(l => l.Account == account).Select(l => l.Event.Outcome.ToString())];
        return new ExpectationResult("liquidationOutcome", seen.Contains(wanted, StringComparer.OrdinalIgnoreCase), $"{node.Need("account").Text()}: {wanted}", seen.Length == 0 ? "no liquidation" : string.Join(", ", seen.Distinct()));
    }

    private ExpectationResult Deleveraged(ScenarioNode node)
    {
        node.Object("that", "account", "is", "market", "atMost", "atLeast");
        uint? account = node.Find("account") is null ? null : Account(node);
        int? market = node.Find("market") is null ? null : Market(node);
        PositionTransferred[] found = [.. Outcome.Transfers.Select(t => t.Event).Where(t => t.Cause == LiquidationOutcome.Deleveraged && (account is null || t.Header.Account == account) && (market is null || t.Market == market))];
        decimal notional = found.Sum(t => Money(venue.State.Markets[t.Market].Pool, Math.Abs(t.CostAtoms)));
        if (node.Find("is") is { } flag)
        {
            return new ExpectationResult("deleveraged", flag.Flag() == found.Length > 0, $"{(account is null ? "anybody" : node.Need("account").Text())} {(flag.Flag() ? "is" : "is not")} deleveraged", found.Length == 0 ? "no deleveraging" : $"{found.Length} times, {Show(notional)} of notional");
        }
        return Bounds(node, "deleveraged", notional, Currency(0) + " of notional");
    }

    private ExpectationResult Charge(ScenarioNode node)
    {
        node.Object("that", "timesDeficit", "atMost", "atLeast");
        decimal taken = Outcome.Transfers.Select(t => t.Event).Where(t => t.Cause == LiquidationOutcome.Deleveraged).Sum(t => Money(0, -Math.Min(t.GainAtoms, 0)));
        decimal deficit = Outcome.Liquidations.Sum(l => Money(0, -Math.Min(l.Event.ResidualAtoms, 0)));
        if (node.Find("timesDeficit") is { } times)
        {
            decimal most = times.Number(0, 1000) * deficit;
            return new ExpectationResult("deleveragingCharge", taken <= most, $"at most {Show(times.Number())} times the deficit, {Show(most)}", $"{Show(taken)} taken from gains for deficits of {Show(deficit)}");
        }
        return Bounds(node, "deleveragingCharge", taken, Currency(0));
    }

    private ExpectationResult Paused(ScenarioNode node)
    {
        node.Object("that", "market", "is", "after", "within", "steps");
        int market = Market(node);
        bool wanted = node.Find("is")?.Flag() ?? true;
        (long from, long until) = Window(node);
        // Paused already when the window opens counts too.
        bool before = Outcome.Statuses.LastOrDefault(s => s.Market == market && s.Ns < from) is { Ns: > 0 } b && b.To != MarketStatus.Trading;
        (long Ns, int Market, MarketStatus From, MarketStatus To, MarketCauses Causes) first = Outcome.Statuses.FirstOrDefault(s => s.Market == market && s.To != MarketStatus.Trading && s.Ns >= from && s.Ns <= until);
        bool seen = before || first.Ns != 0;
        return new ExpectationResult("paused", wanted == seen, $"{node.Need("market").Text()} {(wanted ? "stops" : "does not stop")} trading freely{Spell(node)}",
            before ? "was paused already" : seen ? $"{first.To} at {When(first.Ns)} because of {first.Causes}" : "traded freely");
    }

    private ExpectationResult MarketState(ScenarioNode node)
    {
        node.Object("that", "market", "state", "at");
        int market = Market(node);
        string wanted = node.Need("state").OneOf("trading", "reduceOnly", "halted", "auction", "expired");
        MarketStatus seen = venue.State.Markets[market].Status;
        if (node.Find("at") is { } at)
        {
            long ns = scenario.StartNs + at.Span();
            (long Ns, int Market, MarketStatus From, MarketStatus To, MarketCauses Causes) last = Outcome.Statuses.LastOrDefault(s => s.Market == market && s.Ns <= ns);
            seen = last.Ns == 0 ? MarketStatus.Trading : last.To;
        }
        return new ExpectationResult("marketState", seen.ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase), $"{node.Need("market").Text()} is {wanted}", seen.ToString());
    }

    private ExpectationResult StateOfPrice(ScenarioNode node)
    {
        node.Object("that", "index", "state", "after", "within", "steps");
        int index = Index(node);
        string wanted = node.Need("state").OneOf("good", "wide", "stale", "quarantined", "absent");
        (long from, long until) = Window(node);
        (long Ns, int Index, PriceState From, PriceState To)[] turns = [.. Outcome.PriceStates.Where(s => s.Index == index && s.Ns >= from && s.Ns <= until)];
        (long Ns, int Index, PriceState From, PriceState To) hit = turns.FirstOrDefault(s => s.To.ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase));
        return new ExpectationResult("priceState", hit.Ns != 0, $"{node.Need("index").Text()} becomes {wanted}{Spell(node)}",
            hit.Ns != 0 ? $"{hit.To} at {When(hit.Ns)}" : turns.Length == 0 ? "no change" : string.Join(", ", turns.Select(t => $"{t.To} at {When(t.Ns)}").Take(5)));
    }

    private ExpectationResult PriceRefused(ScenarioNode node)
    {
        node.Object("that", "index", "code", "is", "after", "within", "steps");
        bool wanted = node.Find("is")?.Flag() ?? true;
        (long from, long until) = Window(node);
        string? code = node.Find("code")?.OneOf(Enum.GetNames<RefusalCode>());
        CommandRefused[] found = [.. Outcome.RefusedReports.Where(r => r.Ns >= from && r.Ns <= until && (code is null || r.Event.Code.ToString() == code)).Select(r => r.Event)];
        return new ExpectationResult("priceRefused", wanted == found.Length > 0, $"a report {(wanted ? "is" : "is not")} refused{(code is null ? "" : " with " + code)}{Spell(node)}",
            found.Length == 0 ? "no report was refused" : string.Join(", ", found.GroupBy(f => f.Code).Select(g => $"{g.Key} {g.Count()} times")));
    }

    private ExpectationResult IndexPrice(ScenarioNode node)
    {
        node.Object("that", "index", "atLeast", "atMost", "after", "within", "steps");
        int index = Index(node);
        (long from, long until) = Window(node);
        decimal[] seen = [.. Outcome.Prices.Where(p => p.Index == index && p.Ns >= from && p.Ns <= until).Select(p => p.Price)];
        return Range(node, "indexPrice", seen, "", "no price was published");
    }

    private ExpectationResult LiquidationPrice(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost");
        ScenarioTerms market = venue.Markets[Market(node)];
        return Range(node, "liquidationPrice", [.. Outcome.LiquidationTrades.Where(t => t.Market == market.Number).Select(t => t.Ticks * market.Tick)], "", "no liquidation traded in the book");
    }

    private ExpectationResult CollateralPrice(ScenarioNode node)
    {
        node.Object("that", "asset", "atLeast", "atMost");
        int asset = venue.AssetNumber(Scenario.Member(node.Need("asset"), scenario.Assets.Select(a => a.Name), "an asset"));
        decimal unit = ScenarioTerms.Power(scenario.Assets[asset].Decimals);
        return Range(node, "collateralPrice", [.. Outcome.CollateralSales.Where(s => s.Event.Asset == asset && s.Event.AmountAtoms > 0).Select(s => Money(0, s.Event.ProceedsAtoms) / (s.Event.AmountAtoms / unit))], Currency(0), "no collateral was sold");
    }

    // All that was seen within the bounds; where nothing was seen nothing is outside them.
    private static ExpectationResult Range(ScenarioNode node, string that, decimal[] seen, string unit, string none)
    {
        if (seen.Length == 0)
        {
            ExpectationResult empty = Bounds(node, that, null, unit, none);
            return empty with { Holds = true };
        }
        ExpectationResult least = Bounds(node, that, seen.Min(), unit);
        ExpectationResult most = Bounds(node, that, seen.Max(), unit);
        return least with { Holds = least.Holds && most.Holds, Seen = $"{Show(seen.Min())} to {Show(seen.Max())} {unit}".TrimEnd() };
    }

    private ExpectationResult Answered(ScenarioNode node, string that)
    {
        node.Object("that", "id", "code");
        string id = node.Need("id").Text();
        if (!Outcome.Answers.TryGetValue(id, out (RefusalCode Code, string Message) answer))
        {
            throw node.Need("id").Error("the id of an event or position that came to pass (" + string.Join(", ", Outcome.Answers.Keys.Take(20)) + ")");
        }
        string? code = node.Find("code")?.OneOf(Enum.GetNames<RefusalCode>());
        bool refused = answer.Code != RefusalCode.None;
        bool holds = that == "refused" ? refused && (code is null || answer.Code.ToString() == code) : !refused;
        return new ExpectationResult(that, holds, $"'{id}' is {that}{(code is null ? "" : " with " + code)}", refused ? $"{answer.Code}: {answer.Message}" : "accepted");
    }

    private ExpectationResult Withdrawn(ScenarioNode node)
    {
        node.Object("that", "account", "asset", "atLeast", "atMost");
        uint[] accounts = node.Need("account").IsText && node.Need("account").Text() == "*" ? [.. venue.Accounts.Values] : [Account(node)];
        int asset = node.Find("asset") is { } a ? venue.AssetNumber(Scenario.Member(a, scenario.Assets.Select(x => x.Name), "an asset")) : venue.State.Pools[0].Collateral[0];
        long atoms = accounts.Sum(x => Outcome.Withdrawn.GetValueOrDefault((x, asset)));
        return Bounds(node, "withdrawn", atoms / ScenarioTerms.Power(scenario.Assets[asset].Decimals), scenario.Assets[asset].Name);
    }

    private ExpectationResult Equity(ScenarioNode node)
    {
        node.Object("that", "account", "atLeast", "atMost");
        uint account = Account(node);
        int pool = venue.State.Accounts[(int)account].Pool;
        return Bounds(node, "equity", Money(pool, venue.Engine.Margin.Cross(account).EquityAtoms), Currency(pool) + " at the end");
    }

    private ExpectationResult Balance(ScenarioNode node)
    {
        node.Object("that", "account", "asset", "atLeast", "atMost");
        uint account = Account(node);
        int asset = venue.AssetNumber(Scenario.Member(node.Need("asset"), scenario.Assets.Select(x => x.Name), "an asset"));
        ref readonly Pool pool = ref venue.State.Pools[venue.State.Accounts[(int)account].Pool];
        long atoms = 0;
        for (int slot = 0; slot < pool.CollateralCount; slot++)
        {
            atoms += pool.Collateral[slot] == asset ? venue.State.Accounts[(int)account].Balances[slot] : 0;
        }
        return Bounds(node, "balance", atoms / ScenarioTerms.Power(scenario.Assets[asset].Decimals), scenario.Assets[asset].Name + " at the end");
    }

    private ExpectationResult PositionOf(ScenarioNode node)
    {
        node.Object("that", "account", "market", "atLeast", "atMost");
        ScenarioTerms market = venue.Markets[Market(node)];
        int row = venue.State.FindPosition(Account(node), market.Number);
        return Bounds(node, "position", (row < 0 ? 0 : venue.State.Positions[row].Lots) * market.Lot, "at the end");
    }

    // A contract's end: the price at which it settled, within the time named.
    private ExpectationResult Ended(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost", "after", "within", "steps");
        ScenarioTerms market = venue.Markets[Market(node)];
        (long from, long until) = Window(node);
        decimal? price = Outcome.Ended.Where(e => e.Event.Market == market.Number && e.Ns >= from && e.Ns <= until).Select(e => (decimal?)(e.Event.PriceTicks * market.Tick)).FirstOrDefault();
        return Bounds(node, "ended", price, "paid at the end" + Spell(node), "it did not end" + Spell(node));
    }

    private ExpectationResult Assigned(ScenarioNode node)
    {
        node.Object("that", "market", "account", "atLeast", "atMost");
        ScenarioTerms market = venue.Markets[Market(node)];
        uint? account = node.Find("account") is null ? null : Account(node);
        long lots = Outcome.Exercised.Where(e => e.Kind == EventKind.ContractAssigned && e.Event.Market == market.Number && (account is null || e.Event.Header.Account == account)).Sum(e => e.Event.Lots);
        return Bounds(node, "assigned", lots * market.Lot, "assigned");
    }

    private ExpectationResult OpenInterest(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost");
        int market = Market(node);
        return Bounds(node, "openInterest", Money(venue.State.Markets[market].Pool, Outcome.LargestOpenInterestAtoms.GetValueOrDefault(market)), Currency(0) + " at its largest");
    }
}
