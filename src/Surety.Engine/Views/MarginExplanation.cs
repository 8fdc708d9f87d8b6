using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Pricing.Integers;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Views;

/// <summary>One step of a margin computation.</summary>
/// <param name="What">What the number is.</param>
/// <param name="Atoms">The number, settlement atoms.</param>
/// <param name="How">Its inputs and rounding, to be checked by hand.</param>
public sealed record MarginStep(string What, long Atoms, string How);

/// <summary>How an account's health comes about, step by step, in the order in which it is computed.</summary>
public static class MarginExplanation
{
    /// <summary>The cross-margined part of an account. The last three steps are equity, initial and maintenance margin.</summary>
    public static IReadOnlyList<MarginStep> Of(IndexedState state, AccountMargin margin, uint account)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        var steps = new List<MarginStep>();
        if (holder.Pool >= state.Counts.Pools)
        {
            return steps;
        }
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        long equity = holder.Balances[0];
        steps.Add(new MarginStep($"balance {state.Assets[pool.Collateral[0]].Name}", equity, "settlement asset, counted in full"));
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            if (holder.Balances[slot] != 0)
            {
                ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
                ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
                long value = margin.CollateralValueAtoms(in pool, slot, holder.Balances[slot]);
                equity += value;
                steps.Add(new MarginStep($"collateral {asset.Name}", value, Say(
$"floor(min({holder.Balances[slot]}, cap {asset.CollateralCapAtoms}) atoms · (index {index.Price} − confidence ")
    + Say($"{index.Confidence}) / 10^{margin.ScaleDecimals(in pool, in asset, in index)}), then less a haircut of ")
    + Say($"{asset.HaircutPpm} + {index.HaircutPpm} ppm (dispersion and distance from the slow price {index.SlowPrice}), ")
    + Say($"rounded down; for opening {margin.CollateralOpeningAtoms(in pool, slot, holder.Balances[slot])}")));
            }
        }
        long initial = 0;
        long maintenance = 0;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (!state.Positions[row].Market.Exists || state.Positions[row].IsIsolated)
            {
                continue;
            }
            Requirement need = ExplainPosition(state, margin, row, steps, out long unrealised);
            equity += unrealised;
            initial += need.InitialAtoms;
            maintenance += need.MaintenanceAtoms;
        }
        if (margin.IsPortfolio(holder.Pool))
        {
            Requirement portfolio = ExplainPortfolio(state, margin, account, steps);
            (initial, maintenance) = (portfolio.InitialAtoms, portfolio.MaintenanceAtoms);
        }
        long opening = margin.Cross(account).OpeningAtoms;
        steps.Add(
            new MarginStep("counts for opening", opening,
                Say($"equity less {pool.Rules.ProfitHaircutPpm} ppm of net unrealised profit, collateral at the ")
                    + Say($"lower of its price and its slow price, none while its price is not good")));
        steps.Add(new MarginStep("equity", equity, "balance + collateral + unrealised"));
        string sum = margin.IsPortfolio(holder.Pool) ? "sum over indices, and what is margined by formula" : "sum over positions";
        steps.Add(new MarginStep("initial margin", initial, sum));
        steps.Add(new MarginStep("maintenance margin", maintenance, sum));
        return steps;
    }

    private static Requirement ExplainPosition(IndexedState state, AccountMargin margin, int row, List<MarginStep> steps,
        out long unrealised)
    {
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.Market.Number];
        ref readonly OpenOrders open = ref state.Derived.OpenOrders[row];
        string name = market.Name.ToString();
        unrealised = AccountMargin.UnrealisedAtoms(in market, in position);
        steps.Add(new MarginStep($"{name} unrealised", unrealised, Say(
            $"{position.Lots} lots · mark {market.MarkTicks} · {market.AtomsPerTickLot} − cost {position.EntryCostAtoms} ")
                + Say($"− funding {position.Lots} · ({market.FundingIndex} − {position.FundingIndex})")));
        Requirement need = MarginTiers.Of(in market, position.Lots, in open);
        if (margin.IsPortfolio(market.Pool))
        {
            return need;
        }
        if (market.Kind == MarketKind.Contract)
        {
            ExplainContract(in market, position.Lots, in open, need, steps);
            return need;
        }
        long ifBought = MarginTiers.NotionalAtoms(in market, position.Lots + open.BuyLots);
        long ifSold = MarginTiers.NotionalAtoms(in market, position.Lots - open.SellLots);
        ref readonly MarginTier bought = ref MarginTiers.TierOf(in market, ifBought);
        ref readonly MarginTier sold = ref MarginTiers.TierOf(in market, ifSold);
        steps.Add(new MarginStep($"{name} initial margin", need.InitialAtoms, Say(
            $"the worse of: all buys fill, notional {ifBought} · {bought.InitialPpm} ppm rounded up − {bought.InitialDeductionAtoms} ")
                + Say($"+ reserve {open.BuyReserve} · {market.AtomsPerTickLot}; all sells fill, notional {ifSold} · {sold.InitialPpm} ")
                + Say($"ppm rounded up − {sold.InitialDeductionAtoms} + reserve {open.SellReserve} · {market.AtomsPerTickLot}; ")
                + Say($"each at least at the open interest's rate of {market.OpenInterestPpm} ppm")));
        long notional = MarginTiers.NotionalAtoms(in market, position.Lots);
        ref readonly MarginTier tier = ref MarginTiers.TierOf(in market, notional);
        steps.Add(new MarginStep($"{name} maintenance margin", need.MaintenanceAtoms, Say(
            $"notional {notional} · {tier.MaintenancePpm} ppm rounded up − {tier.MaintenanceDeductionAtoms}")));
        return need;
    }

    private static void ExplainContract(in Market market, long lots, in OpenOrders open, Requirement need, List<MarginStep> steps)
    {
        string name = market.Name.ToString();
        if ((ContractShape)market.Shape == ContractShape.Other)
        {
            string all =
                Say($"all that its text can still make it pay: {lots} lots from mark {market.MarkTicks} to ")
                    + Say($"{(lots >= 0 ? market.LeastTicks : market.MostTicks)} ticks, · {market.AtomsPerTickLot}");
            steps.Add(new MarginStep($"{name} initial margin", need.InitialAtoms, all));
            steps.Add(new MarginStep($"{name} maintenance margin", need.MaintenanceAtoms, all));
            return;
        }
        long notional = MarginTiers.NotionalAtoms(in market, lots);
        ref readonly MarginTier tier = ref MarginTiers.TierOf(in market, notional);
        steps.Add(new MarginStep($"{name} initial margin", need.InitialAtoms, Say(
            $"with orders of {open.BuyLots} and {open.SellLots} lots, the worse side; long: value at mark, at most the rate; ")
                + Say($"short: notional · {tier.InitialPpm} ppm less what it is out of the money, at least two thirds; the underlying ")
                + Say($"at {market.UnderlyingTicks}, strike {market.StrikeTicks}; half as much again while the surface is in doubt")));
        steps.Add(new MarginStep($"{name} maintenance margin", need.MaintenanceAtoms, Say(
            $"notional {notional} (strike {market.StrikeTicks} + mark {market.MarkTicks}, · {Math.Abs(lots)} · ")
                + Say($"{market.AtomsPerTickLot}) · {tier.MaintenancePpm} ppm rounded up − ")
                + Say($"{tier.MaintenanceDeductionAtoms}{(lots > 0 ? ", at most the value at mark" : "")}")));
    }

    private static Requirement ExplainPortfolio(IndexedState state, AccountMargin margin, uint account, List<MarginStep> steps)
    {
        var parts = new PortfolioParts[state.PositionsPerAccount];
        var losses = new long[ScenarioGrid.Count];
        int count = margin.Portfolio.Explain(account, parts, losses);
        Requirement need = margin.Portfolio.Of(account);
        long maintenance = 0;
        for (int i = 0; i < count; i++)
        {
            PortfolioParts p = parts[i];
            string name = state.Indexes[p.Index].Name.ToString();
            steps.Add(new MarginStep($"{name} worst scenario", p.WorstAtoms, Say(
                $"number {p.WorstScenario}: the price moves {ScenarioGrid.Quarters(p.WorstScenario)} quarters of the scan range, ")
                    + Say($"volatility {ScenarioGrid.VolatilityMove(p.WorstScenario)}, {ScenarioGrid.CountedPpm(p.WorstScenario)} ")
                    + Say($"ppm of it counts; lots · loss of a lot, over all markets on the index")));
            steps.Add(
                new MarginStep($"{name} floor", p.FloorAtoms,
                    Say($"{PortfolioMargin.FloorNetPpm} ppm of net delta's notional and {PortfolioMargin.FloorGrossPpm} ")
                        + Say($"ppm of gross; counts where it is more than the worst scenario")));
            steps.Add(
                new MarginStep($"{name} short options", p.ShortOptionsAtoms,
                    Say($"{PortfolioMargin.ShortOptionPpm} ppm of the underlying's value of short options")));
            steps.Add(
                new MarginStep($"{name} basis", p.BasisAtoms,
                    Say($"{PortfolioMargin.BasisPpm} ppm of deltas that offset each other between expiries")));
            steps.Add(
                new MarginStep($"{name} concentration", p.ConcentrationAtoms,
                    Say($"{PortfolioMargin.ConcentrationPpm} ppm of each position's value, times its share ")
                        + Say($"of itself, open interest and depth; in initial margin only")));
            maintenance += p.MaintenanceAtoms;
        }
        steps.Add(new MarginStep("margined by formula", need.MaintenanceAtoms - maintenance, "positions without a model, maintenance"));
        steps.Add(new MarginStep("opening, above maintenance", need.InitialAtoms - need.MaintenanceAtoms, Say(
            $"portfolios and {PortfolioMargin.InitialMorePpm} ppm more, rounded up, half as much again ")
                + Say($"while a surface is in doubt, + concentration + orders by formula")));
        return need;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
