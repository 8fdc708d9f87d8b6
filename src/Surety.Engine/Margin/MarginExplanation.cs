using System.Collections.Generic;
using System.Globalization;
using Surety.Engine.Accounts;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;
using Surety.Engine.State;

namespace Surety.Engine.Margin;

/// <summary>One step of a margin computation.</summary>
/// <param name="What">What the number is.</param>
/// <param name="Atoms">The number, settlement atoms.</param>
/// <param name="How">Its inputs and rounding, to be checked by hand.</param>
public sealed record MarginStep(string What, long Atoms, string How);

/// <summary>How an account's health comes about, step by step, in the order in which it is computed.</summary>
public static class MarginExplanation
{
    /// <summary>The cross-margined part of an account. The last three steps are equity, initial and maintenance margin.</summary>
    public static IReadOnlyList<MarginStep> Of(SuretyEngine engine, uint account)
    {
        VenueState state = engine.State;
        ref readonly Account holder = ref state.Accounts[(int)account];
        var steps = new List<MarginStep>();
        if (holder.Pool >= state.Venue[0].Pools)
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
                ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndexPlusOne - 1];
                long value = engine.Margin.CollateralValueAtoms(in pool, slot, holder.Balances[slot]);
                equity += value;
                steps.Add(new MarginStep($"collateral {asset.Name}", value, Say(
$"floor(min({holder.Balances[slot]}, cap {asset.CollateralCapAtoms}) atoms · (index {index.Price} − confidence {index.Confidence}) / 10^{engine.Margin.ScaleDecimals(in pool, in asset, in index)}), then less a haircut of {asset.HaircutPpm} + {index.HaircutPpm} ppm (dispersion and distance from the slow price {index.SlowPrice}), rounded down; for opening {engine.Margin.CollateralOpeningAtoms(in pool, slot, holder.Balances[slot])}")));
            }
        }
        long initial = 0;
        long maintenance = 0;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Positions[row].MarketPlusOne == 0 || state.Positions[row].IsIsolated)
            {
                continue;
            }
            Requirement need = ExplainPosition(engine, row, steps, out long unrealised);
            equity += unrealised;
            initial += need.InitialAtoms;
            maintenance += need.MaintenanceAtoms;
        }
        long opening = engine.Margin.Cross(account).OpeningAtoms;
        steps.Add(new MarginStep("counts for opening", opening, Say($"equity less {pool.Rules.ProfitHaircutPpm} ppm of net unrealised profit, collateral at the lower of its price and its slow price, none while its price is not good")));
        steps.Add(new MarginStep("equity", equity, "balance + collateral + unrealised"));
        steps.Add(new MarginStep("initial margin", initial, "sum over positions"));
        steps.Add(new MarginStep("maintenance margin", maintenance, "sum over positions"));
        return steps;
    }

    private static Requirement ExplainPosition(SuretyEngine engine, int row, List<MarginStep> steps, out long unrealised)
    {
        VenueState state = engine.State;
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.MarketPlusOne - 1];
        ref readonly OpenOrders open = ref state.Derived.OpenOrders[row];
        string name = market.Name.ToString();
        unrealised = AccountMargin.UnrealisedAtoms(in market, in position);
        steps.Add(new MarginStep($"{name} unrealised", unrealised, Say(
            $"{position.Lots} lots · mark {market.MarkTicks} · {market.AtomsPerTickLot} − cost {position.EntryCostAtoms} − funding {position.Lots} · ({market.FundingIndex} − {position.FundingIndex})")));
        Requirement need = MarginTiers.Of(in market, position.Lots, in open);
        long ifBought = MarginTiers.NotionalAtoms(in market, position.Lots + open.BuyLots);
        long ifSold = MarginTiers.NotionalAtoms(in market, position.Lots - open.SellLots);
        ref readonly MarginTier bought = ref MarginTiers.TierOf(in market, ifBought);
        ref readonly MarginTier sold = ref MarginTiers.TierOf(in market, ifSold);
        steps.Add(new MarginStep($"{name} initial margin", need.InitialAtoms, Say(
            $"the worse of: all buys fill, notional {ifBought} · {bought.InitialPpm} ppm rounded up − {bought.InitialDeductionAtoms} + reserve {open.BuyReserve} · {market.AtomsPerTickLot}; all sells fill, notional {ifSold} · {sold.InitialPpm} ppm rounded up − {sold.InitialDeductionAtoms} + reserve {open.SellReserve} · {market.AtomsPerTickLot}; each at least at the open interest's rate of {market.OpenInterestPpm} ppm")));
        long notional = MarginTiers.NotionalAtoms(in market, position.Lots);
        ref readonly MarginTier tier = ref MarginTiers.TierOf(in market, notional);
        steps.Add(new MarginStep($"{name} maintenance margin", need.MaintenanceAtoms, Say(
            $"notional {notional} · {tier.MaintenancePpm} ppm rounded up − {tier.MaintenanceDeductionAtoms}")));
        return need;
    }

    private static string Say(System.FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
