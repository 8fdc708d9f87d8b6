using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Where the bands of a unit that was found safe end: its slack spread over what it depends on. docs/enforcement.md has the theorem.
/// </summary>
internal sealed class BandPlacement(IndexedState state, AccountMargin margin, PortfolioBands portfolios)
{
    // A value of coins is rounded twice, and the bucket's price once.
    private const long CoinRoundingAtoms = 4;

    /// <summary>The unit value of collateral that bands are made on: index units that one unit counts for after haircut.</summary>
    public long UnitValue(int pool, int slot)
    {
        ref readonly Asset asset = ref state.Assets[state.Pools[pool].Collateral[slot]];
        ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
        long price = Math.Max(index.Price - index.Confidence, 0);
        return Rounding.PpmFloor(price, Rounding.Million - AccountMargin.HaircutPpm(in asset, in index));
    }

    /// <summary>Spreads the slack of a cross-margined part, or with a row of that isolated position, in proportion to size.</summary>
    public void Make(MarginUnit unit, long slack)
    {
        int first = (int)unit.Account * state.PositionsPerAccount;
        int poolNumber = state.Accounts[(int)unit.Account].Pool;
        bool portfolio = unit.IsCross && margin.IsPortfolio(poolNumber);
        if (portfolio)
        {
            slack = portfolios.Place(unit.Account, slack, HasCollateral(unit.Account));
        }
        Int128 sizes = 0;
        Int128 reserved = 0;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots != 0 && unit.Holds(in position, row) && !portfolio)
            {
                sizes += MarginTiers.NotionalAtoms(in state.Markets[position.Market.Number], position.Lots);
                reserved += ReserveOf(in position);
            }
        }
        bool hasCoins = false;
        Span<long> values = stackalloc long[Pool.MaxCollateral];
        values.Clear();
        ref readonly Pool pool = ref state.Pools[poolNumber];
        if (unit.IsCross)
        {
            for (int slot = 1; slot < pool.CollateralCount; slot++)
            {
                long amount = state.Accounts[(int)unit.Account].Balances[slot];
                if (amount != 0)
                {
                    hasCoins = true;
                    values[slot] = margin.CollateralValueAtoms(in pool, slot, amount);
                    sizes += values[slot];
                    reserved += CoinRoundingAtoms;
                }
            }
        }
        // Where less is left than must be set aside there is no band: each price of what it depends on is looked at. Nor has the insurance
        // fund one while it has coins: they count at their price, bands are made on what a unit counts for after the haircut.
        bool atPrice = hasCoins && AccountMargin.CountsAtPrice(in state.Accounts[(int)unit.Account]);
        bool isShort = slack < reserved || atPrice;
        slack = (long)Int128.Max(slack - reserved, 0);
        bool kept = !isShort && !portfolio && !hasCoins && CanKeep(first, unit, slack);
        for (int row = first; !kept && row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots != 0 && unit.Holds(in position, row))
            {
                if (portfolio)
                {
                    // Its bands are the portfolio's, on the index.
                    state.Derived.Bands.Remove(row);
                    continue;
                }
                if (isShort)
                {
                    state.Derived.Bands.PlaceLeft(row, position.Market.Number, position.Lots > 0);
                    continue;
                }
                PlacePosition(row, in position, slack, sizes);
            }
        }
        for (int slot = 1; unit.IsCross && slot < pool.CollateralCount; slot++)
        {
            if (atPrice && state.Accounts[(int)unit.Account].Balances[slot] != 0)
            {
                state.Derived.Bands.PlaceCollateralLeft(unit.Account, poolNumber, slot);
            }
            else
            {
                PlaceCollateral(unit.Account, poolNumber, slot, values[slot], slack, sizes);
            }
        }
    }

    // Bands are kept where they stand when what the positions lose up to their ends is covered by the slack there is now, and uses a
    // third of it at least: then they are as right as new ones, and not so narrow that the next price leaves them. An account that was
    // looked at because others' liquidations took lots from it, at mark, mostly keeps them.
    private bool CanKeep(int first, MarginUnit unit, long slack)
    {
        Int128 used = 0;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !unit.Holds(in position, row))
            {
                continue;
            }
            int number = position.Market.Number;
            bool isLong = position.Lots > 0;
            if (!state.Derived.Bands.TryEnd(row, number, isLong, out long end))
            {
                return false;
            }
            ref readonly Market market = ref state.Markets[number];
            Int128 now = state.Derived.Bands.GainedAtoms(number);
            Int128 perLot = isLong ? now - ((Int128)end * market.AtomsPerTickLot) : ((Int128)(end + 1) * market.AtomsPerTickLot) - now;
            if (perLot < 0)
            {
                return false;
            }
            used += perLot * Math.Abs(position.Lots) * (Rounding.Million + SteepnessPpm(in market, position.Lots));
        }
        Int128 most = (Int128)slack * Rounding.Million;
        return used <= most && used * 3 >= most;
    }

    private bool HasCollateral(uint account)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        for (int slot = 1; slot < state.Pools[holder.Pool].CollateralCount; slot++)
        {
            if (holder.Balances[slot] != 0)
            {
                return true;
            }
        }
        return false;
    }

    // What maintenance can do by itself: with the ledger of funding and payments, which may run from one end of the allowance to the
    // other, and by roundings, an atom for each tier passed.
    private Int128 ReserveOf(in Position position)
    {
        int number = position.Market.Number;
        ref readonly Market market = ref state.Markets[number];
        Int128 ledger = 2 * (Int128)Math.Abs(position.Lots) * state.Derived.Bands.AllowanceOf(number);
        return (((ledger * SteepnessPpm(in market, position.Lots)) + Rounding.Million - 1) / Rounding.Million) + market.TierCount + 2;
    }

    private void PlacePosition(int row, in Position position, long slack, Int128 sizes)
    {
        int number = position.Market.Number;
        ref readonly Market market = ref state.Markets[number];
        Int128 share = (Int128)slack * MarginTiers.NotionalAtoms(in market, position.Lots) / sizes;
        // What a lot may lose: its share, less what maintenance may rise by on the way.
        Int128 perLot = share * Rounding.Million
            / ((Int128)Math.Abs(position.Lots) * (Rounding.Million + SteepnessPpm(in market, position.Lots)));
        Int128 now = state.Derived.Bands.GainedAtoms(number);
        bool isLong = position.Lots > 0;
        Int128 end = isLong ? now - perLot : now + perLot;
        Int128 quotient = end / market.AtomsPerTickLot;
        Int128 rest = end % market.AtomsPerTickLot;
        Int128 ticks = isLong ? (rest > 0 ? quotient + 1 : quotient) : (rest < 0 ? quotient - 1 : quotient) - 1;
        state.Derived.Bands.Place(row, number, isLong, (long)Int128.Clamp(ticks, long.MinValue / 4, long.MaxValue / 4));
    }

    private void PlaceCollateral(uint account, int poolNumber, int slot, long value, long slack, Int128 sizes)
    {
        long amount = state.Accounts[(int)account].Balances[slot];
        if (amount == 0 || sizes == 0)
        {
            state.Derived.Bands.PlaceCollateral(account, poolNumber, slot, 0);
            return;
        }
        ref readonly Pool pool = ref state.Pools[poolNumber];
        ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
        Int128 share = (Int128)slack * value / sizes;
        // value ≥ amount · unit / scale − 2 at any unit value, so a fall of share · scale / amount is carried.
        Int128 fall = share * FixedDecimal.PowerOfTen(margin.ScaleDecimals(in pool, in asset, in index))
            / Math.Min(amount, Math.Max(asset.CollateralCapAtoms, 1));
        long unit = UnitValue(poolNumber, slot);
        long least = (long)Int128.Max(unit + 1 - fall, 1);
        state.Derived.Bands.PlaceCollateral(account, poolNumber, slot, value == 0 ? 0 : least);
    }

    // The most that maintenance changes by with the mark, parts per million of the mark's change: what is margined by all that it can
    // still pay, and a long option by its value, changes by all of it, anything else by no more than the highest tier's rate.
    private static int SteepnessPpm(in Market market, long lots)
    {
        bool whole = market.Kind == MarketKind.Contract
            && ((ContractShape)market.Shape == ContractShape.Other || ((ContractShape)market.Shape != ContractShape.Future && lots > 0));
        return whole ? (int)Rounding.Million : market.Tiers[market.TierCount - 1].MaintenancePpm;
    }
}
