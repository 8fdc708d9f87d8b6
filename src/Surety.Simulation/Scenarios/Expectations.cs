using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>An expectation, and what was seen.</summary>
internal sealed record ExpectationResult(string That, bool Holds, string Expected, string Seen);

/// <summary>Holds a scenario's expectations against what its run was seen to do.</summary>
internal sealed partial class Expectations(Scenario scenario, ScenarioVenue venue)
{
    private static readonly string[] Kinds =
    [
        "conservation", "invariants", "noUncoveredDeficit", "replay", "fundLoss", "sharedLoss", "liquidated", "liquidationOutcome",
        "deleveraged", "deleveragingCharge",
        "paused", "marketState", "priceState", "priceRefused", "indexPrice", "liquidationPrice", "collateralPrice", "refused", "accepted",
        "withdrawn", "equity", "balance", "position", "openInterest", "ended", "assigned",
        "fund", "markPrice", "filled", "orderEnded",
    ];

    // Those that look at a moment: at the end, or when they say.
    private static readonly string[] OfAMoment = ["equity", "balance", "position", "fund", "sharedLoss", "markPrice", "indexPrice"];

    /// <summary>What the replay at the end came to.</summary>
    public string Replay { get; set; } = "not replayed yet";

    /// <summary>When an expectation is to be looked at, since the start; −1 for the end.</summary>
    public static long MomentOf(ScenarioNode node, Scenario scenario)
    {
        if (node.Find("at") is not { } at || !OfAMoment.Contains(node.Need("that").OneOf(Kinds)))
        {
            return -1;
        }
        long ns = at.Moment(scenario.StartNs);
        return ns >= 0 && ns <= scenario.DurationNs ? ns : throw at.Error("a time within the duration");
    }

    private ScenarioOutcome Outcome => venue.Outcome;

    public ExpectationResult Check(ScenarioNode node)
    {
        string that = node.Need("that").OneOf(Kinds);
        return that switch
        {
            "conservation" or "invariants" =>
                Plain(node, that, Outcome.Violation is null, "every invariant holds at every step", Outcome.Violation ?? "all held"),
            "noUncoveredDeficit" =>
                Plain(node, that, Outcome.WorstUncoveredAtoms == 0, "no account below zero without a liquidation",
                    $"{Outcome.WorstUncoveredAtoms} atoms at worst"),
            "replay" =>
                Plain(node, that, !Replay.StartsWith("another", StringComparison.Ordinal), "the same state root from the records alone",
                    Replay),
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
            "fund" => Fund(node),
            "markPrice" => MarkPrice(node),
            "filled" => Filled(node),
            "orderEnded" => OrderEnded(node),
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
        if (least > most)
        {
            throw node.Need("atLeast").Error($"no more than atMost, {Show(most!.Value)}");
        }
        string expected =
            string.Join(" and ",
                new[] { least is null ? null : $"at least {Show(least.Value)}",
                most is null ? null : $"at most {Show(most.Value)}" }.Where(s => s is not null));
        bool holds = seen is null ? least is null : (least is null || seen >= least) && (most is null || seen <= most);
        return new ExpectationResult(that, holds, $"{expected} {unit}".TrimEnd(),
            seen is null ? none : $"{Show(seen.Value)} {unit}".TrimEnd());
    }

    private static string Show(decimal value) => value.ToString("0.########", CultureInfo.InvariantCulture);

    private int Market(ScenarioNode node) =>
        venue.Market(Scenario.Member(node.Need("market"), venue.Markets.Select(m => m.Name), "a market that was listed")).Number;

    private int Index(ScenarioNode node) =>
        venue.IndexNumber(Scenario.Member(node.Need("index"), scenario.Indexes.Select(i => i.Name), "an index"));

    private int Pool(ScenarioNode node) =>
        node.Find("pool") is { } p ? venue.PoolNumber(Scenario.Member(p, scenario.Pools.Select(x => x.Name), "a pool")) : 0;

    private decimal Money(int pool, long atoms) =>
        atoms / ScenarioTerms.Power(venue.State.Assets[venue.State.Pools[pool].Collateral[0]].Decimals);

    private string Currency(int pool) => venue.State.Assets[venue.State.Pools[pool].Collateral[0]].Name.ToString();

    // From the start of the run, or from a moment the expectation names, for as long as it names.
    private (long From, long Until) Window(ScenarioNode node)
    {
        long from = scenario.StartNs + (node.Find("after")?.Span() ?? 0);
        long within = node.Find("within")?.Span()
            ?? (node.Find("steps") is { } s ? s.Whole(1, 1_000_000) * scenario.HeartbeatNs : long.MaxValue / 4);
        return (from, Math.Min(from, long.MaxValue / 2) + within);
    }

    private static string Spell(ScenarioNode node) =>
        (node.Find("within") is null && node.Find("steps") is null ? "" : " within the time named")
            + (node.Find("after") is null ? "" : " after the moment named");

    private string When(long ns) => Times.Since(ns - scenario.StartNs);

    private ExpectationResult SharedLoss(ScenarioNode node)
    {
        node.Object("that", "pool", "atMost", "atLeast", "at");
        return Bounds(node, "sharedLoss", Money(Pool(node), venue.State.Pools[Pool(node)].SharedLossAtoms), Currency(Pool(node)));
    }

    private ExpectationResult Charge(ScenarioNode node)
    {
        node.Object("that", "timesDeficit", "atMost", "atLeast");
        decimal taken =
            Outcome.Transfers.Select(t => t.Event).Where(t => t.Cause == LiquidationOutcome.Deleveraged)
                .Sum(t => Money(0, -Math.Min(t.GainAtoms, 0)));
        decimal deficit = Outcome.Liquidations.Sum(l => Money(0, -Math.Min(l.Event.ResidualAtoms, 0)));
        if (node.Find("timesDeficit") is { } times)
        {
            decimal most = times.Number(0, 1000) * deficit;
            return new ExpectationResult("deleveragingCharge", taken <= most,
                $"at most {Show(times.Number())} times the deficit, {Show(most)}",
                $"{Show(taken)} taken from gains for deficits of {Show(deficit)}");
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
        bool before = Outcome.Statuses.LastOrDefault(s => s.Market == market && s.Ns < from) is { Ns: > 0 } b
            && b.To != MarketStatus.Trading;
        (long Ns, int Market, MarketStatus From, MarketStatus To, MarketCauses Causes) first =
            Outcome.Statuses.FirstOrDefault(s => s.Market == market && s.To != MarketStatus.Trading && s.Ns >= from && s.Ns <= until);
        bool seen = before || first.Ns != 0;
        return new ExpectationResult("paused", wanted == seen,
            $"{node.Need("market").Text()} {(wanted ? "stops" : "does not stop")} trading freely{Spell(node)}",
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
            long ns = scenario.StartNs + at.Moment(scenario.StartNs);
            (long Ns, int Market, MarketStatus From, MarketStatus To, MarketCauses Causes) last =
                Outcome.Statuses.LastOrDefault(s => s.Market == market && s.Ns <= ns);
            seen = last.Ns == 0 ? MarketStatus.Trading : last.To;
        }
        return new ExpectationResult("marketState", seen.ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase),
            $"{node.Need("market").Text()} is {wanted}", seen.ToString());
    }

    private ExpectationResult StateOfPrice(ScenarioNode node)
    {
        node.Object("that", "index", "state", "is", "after", "within", "steps");
        bool is1 = node.Find("is")?.Flag() ?? true;
        int index = Index(node);
        string wanted = node.Need("state").OneOf("good", "wide", "stale", "quarantined", "absent");
        (long from, long until) = Window(node);
        (long Ns, int Index, PriceState From, PriceState To)[] turns =
            [.. Outcome.PriceStates.Where(s => s.Index == index && s.Ns >= from && s.Ns <= until)];
        (long Ns, int Index, PriceState From, PriceState To) hit =
            turns.FirstOrDefault(s => s.To.ToString().Equals(wanted, StringComparison.OrdinalIgnoreCase));
        return new ExpectationResult("priceState", is1 == (hit.Ns != 0),
            $"{node.Need("index").Text()} {(is1 ? "becomes" : "does not become")} {wanted}{Spell(node)}",
            hit.Ns != 0
                ? $"{hit.To} at {When(hit.Ns)}"
                : turns.Length == 0
                ? "no change"
                : string.Join(", ", turns.Select(t => $"{t.To} at {When(t.Ns)}").Take(5)));
    }

    private ExpectationResult IndexPrice(ScenarioNode node)
    {
        node.Object("that", "index", "atLeast", "atMost", "after", "within", "steps", "at");
        int index = Index(node);
        (long from, long until) = Window(node);
        decimal[] seen = node.Find("at") is not null
            ? [Outcome.Units(index, venue.State.Indexes[index].Price)]
            : [.. Outcome.Prices.Where(p => p.Index == index && p.Ns >= from && p.Ns <= until).Select(p => p.Price)];
        return Range(node, "indexPrice", seen, "", "no price was published");
    }

    private ExpectationResult LiquidationPrice(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost");
        ScenarioTerms market = venue.Markets[Market(node)];
        return Range(node, "liquidationPrice",
            [.. Outcome.LiquidationTrades.Where(t => t.Market == market.Number).Select(t => t.Ticks * market.Tick)], "",
            "no liquidation traded in the book");
    }

    private ExpectationResult CollateralPrice(ScenarioNode node)
    {
        node.Object("that", "asset", "atLeast", "atMost");
        int asset = venue.AssetNumber(Scenario.Member(node.Need("asset"), scenario.Assets.Select(a => a.Name), "an asset"));
        decimal unit = ScenarioTerms.Power(scenario.Assets[asset].Decimals);
        return Range(node, "collateralPrice",
            [.. Outcome.CollateralSales.Where(s => s.Event.Asset == asset && s.Event.AmountAtoms > 0)
            .Select(s => Money(0, s.Event.ProceedsAtoms) / (s.Event.AmountAtoms / unit))], Currency(0), "no collateral was sold");
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
            throw node.Need("id")
                .Error("the id of an event or position that came to pass (" + string.Join(", ", Outcome.Answers.Keys.Take(20)) + ")");
        }
        string? code = node.Find("code")?.OneOf(Enum.GetNames<RefusalCode>());
        bool refused = answer.Code != RefusalCode.None;
        bool holds = that == "refused" ? refused && (code is null || answer.Code.ToString() == code) : !refused;
        return new ExpectationResult(that, holds, $"'{id}' is {that}{(code is null ? "" : " with " + code)}",
            refused ? $"{answer.Code}: {answer.Message}" : "accepted");
    }

    // A contract's end: the price at which it settled, within the time named.
    private ExpectationResult Ended(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost", "after", "within", "steps");
        ScenarioTerms market = venue.Markets[Market(node)];
        (long from, long until) = Window(node);
        decimal? price =
            Outcome.Ended.Where(e => e.Event.Market == market.Number && e.Ns >= from && e.Ns <= until)
                .Select(e => (decimal?)(e.Event.PriceTicks * market.Tick)).FirstOrDefault();
        return Bounds(node, "ended", price, "paid at the end" + Spell(node), "it did not end" + Spell(node));
    }

    private ExpectationResult OpenInterest(ScenarioNode node)
    {
        node.Object("that", "market", "atLeast", "atMost");
        int market = Market(node);
        return Bounds(node, "openInterest",
            Money(venue.State.Markets[market].Pool, Outcome.LargestOpenInterestAtoms.GetValueOrDefault(market)),
            Currency(0) + " at its largest");
    }
}
