using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Margin;

/// <summary>
/// No account is liquidated on a price in doubt. A market is not acted in while anything that moves its mark
/// is in doubt: its index, any further index that its contract observes, its volatility surface; nor while it is halted or
/// reopening. An account with a part in doubtful prices is acted on elsewhere unless what doubt may have taken from it makes
/// the difference: <see cref="DoubtPpm"/> of those positions' notional, at most half of its maintenance, and the haircut of doubtful
/// collateral; less with each minute, and nothing after five. So doubt delays, and never lets an account fall below zero that
/// would otherwise have been acted on in time.
/// Nor does a book alone liquidate: an account is acted on only if it is below maintenance at mark and, too, were every mark its index.
/// </summary>
public static class PriceDoubt
{
    /// <summary>The benefit of the doubt, parts per million of a position's notional.</summary>
    public const int DoubtPpm = 150_000;

    /// <summary>The worst state among the indices that move a market's mark.</summary>
    public static PriceState StateOf(IndexedState state, int market)
    {
        ref readonly Market terms = ref state.Markets[market];
        PriceState worst = state.Indexes[terms.Index].State;
        if ((terms.Flags & ContractFlags.ManyIndexes) != 0)
        {
            foreach (ushort index in state.Derived.Contracts.IndexesOf(market))
            {
                PriceState one = state.Indexes[index].State;
                worst = Severity(one) > Severity(worst) ? one : worst;
            }
        }
        return worst;
    }

    /// <summary>Whether a market's mark rests on a volatility surface that is in doubt.</summary>
    public static bool IsSurfaceInDoubt(IndexedState state, int market)
    {
        ref readonly Market terms = ref state.Markets[market];
        return terms.Surface.Exists && (ContractShape)terms.Shape is ContractShape.Call or ContractShape.Put
            && state.Surfaces[terms.Surface.Number].InDoubt != 0;
    }

    /// <summary>Whether anything that moves a market's mark is in doubt.</summary>
    public static bool IsDoubtful(IndexedState state, int market) =>
        StateOf(state, market) != PriceState.Good || IsSurfaceInDoubt(state, market);

    /// <summary>
    /// Whether liquidations may act in a market now: on a good price, while it trades, and, outside its book, while a breaker
    /// holds an auction. In the auction that follows a halt they wait: liquidations come last.
    /// </summary>
    public static bool IsActable(IndexedState state, int market)
    {
        ref readonly Market terms = ref state.Markets[market];
        bool breaker = terms.Status == MarketStatus.Auction && (terms.Causes & MarketCauses.Auctioning) != 0;
        return (breaker || terms.Status is MarketStatus.Trading or MarketStatus.ReduceOnly) && !IsDoubtful(state, market);
    }

    /// <summary>Whether they may act through its book.</summary>
    public static bool IsBookOpen(IndexedState state, int market) =>
        state.Markets[market].Status != MarketStatus.Auction && IsActable(state, market);

    /// <summary>Whether a unit that is below maintenance must be acted on now.</summary>
    public static bool MustAct(IndexedState state, MarginUnit unit, in Health health)
    {
        bool positions = false;
        bool actable = false;
        Int128 doubt = 0;
        Int128 basis = 0;
        long steps = 0;
        int first = (int)unit.Account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !unit.Holds(in position, row))
            {
                continue;
            }
            positions = true;
            int market = position.Market.Number;
            actable |= IsActable(state, market);
            if (IsDoubtful(state, market))
            {
                long notional = MarginTiers.NotionalAtoms(in state.Markets[market], position.Lots);
                long left = StepsLeft(state, state.Markets[market].OracleDoubtNs);
                doubt += (Int128)Rounding.PpmCeiling(notional, DoubtPpm) * left / DueTimes.EaseSteps;
                steps = Math.Max(steps, left);
            }
            else if (IsActable(state, market))
            {
                basis += AtIndex(in state.Markets[market], position.Lots);
            }
        }
        doubt = Int128.Min(doubt, (Int128)health.MaintenanceAtoms * steps / (2 * DueTimes.EaseSteps))
            + (unit.IsCross ? DoubtfulCollateral(state, unit.Account) : 0);
        return (actable || !positions) && health.EquityAtoms + doubt + Int128.Max(basis, 0) < health.MaintenanceAtoms;
    }

    // What equity less maintenance would gain if a market's mark were its index: the value of the basis, less a margin at the
    // highest tier's rate of what notional grows by. Of a contract mark and index are one.
    private static long AtIndex(in Market market, long lots)
    {
        if (market.Kind == MarketKind.Contract)
        {
            return 0;
        }
        long index = Math.Clamp(market.IndexTicks, market.MinPriceTicks, market.MaxPriceTicks);
        long value = (index - market.MarkTicks) * lots * market.AtomsPerTickLot;
        long grown = Math.Max(Math.Abs(index) - Math.Abs(market.MarkTicks), 0) * Math.Abs(lots) * market.AtomsPerTickLot;
        return value - Rounding.PpmCeiling(grown, market.Tiers[market.TierCount - 1].MaintenancePpm);
    }

    // How many of a benefit's equal steps are left of a doubt that began at a time.
    private static long StepsLeft(IndexedState state, long sinceNs) =>
        sinceNs == 0 ? 0 : DueTimes.EaseSteps - Math.Min((state.TimeNs - sinceNs) / DueTimes.EaseNs, DueTimes.EaseSteps);

    // Collateral whose price is not good is given back what its haircut took from the whole of its last price.
    private static Int128 DoubtfulCollateral(IndexedState state, uint account)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        Int128 doubt = 0;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
            ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
            if (holder.Balances[slot] > 0 && index.State != PriceState.Good && index.Price > 0)
            {
                long scale = FixedDecimal.PowerOfTen(asset.Decimals + index.Decimals - state.Assets[pool.Collateral[0]].Decimals);
                Int128 whole = (Int128)Math.Min(holder.Balances[slot], asset.CollateralCapAtoms) * index.Price / scale;
                Int128 taken = Int128.Min(whole, Market.MaxPositionValue) * AccountMargin.HaircutPpm(in asset, in index) / Rounding.Million;
                doubt += taken * StepsLeft(state, index.DoubtNs) / DueTimes.EaseSteps;
            }
        }
        return doubt;
    }

    private static int Severity(PriceState state) => state switch
    {
        PriceState.Good => 0,
        PriceState.Wide => 1,
        PriceState.Stale => 2,
        _ => 3,
    };
}
