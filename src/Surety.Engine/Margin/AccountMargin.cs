using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;
using Surety.Engine.State;

namespace Surety.Engine.Margin;

/// <summary>
/// Equity against margin, for an account's cross-margined part and for each isolated position: the one computation that
/// order entry, fills, withdrawals and enforcement all ask.
/// </summary>
public sealed class AccountMargin
{
    private readonly VenueState _state;

    internal AccountMargin(VenueState state) => _state = state;

    /// <summary>The cross-margined account, or, when the row is an isolated position, that position alone.</summary>
    public Health OfPosition(int row) =>
        _state.Positions[row].IsIsolated ? Isolated(row) : Cross((uint)(row / _state.PositionsPerAccount));

    /// <summary>All collateral and every position that is not isolated.</summary>
    public Health Cross(uint account)
    {
        ref readonly Account holder = ref _state.Accounts[(int)account];
        long equity = holder.Balances[0];
        equity += CollateralAtoms(in holder);
        long initial = 0;
        long maintenance = 0;
        int first = (int)account * _state.PositionsPerAccount;
        ReadOnlySpan<ushort> markets = _state.Derived.MarketOfPosition.AsSpan(first, _state.PositionsPerAccount);
        for (int i = 0; i < markets.Length; i++)
        {
            if (markets[i] == 0)
            {
                continue;
            }
            ref readonly Position position = ref _state.Positions[first + i];
            if (position.IsIsolated)
            {
                continue;
            }
            ref readonly Market market = ref _state.Markets[markets[i] - 1];
            equity += UnrealisedAtoms(in market, in position);
            Requirement need = MarginTiers.Of(in market, position.Lots, in _state.Derived.OpenOrders[first + i]);
            initial += need.InitialAtoms;
            maintenance += need.MaintenanceAtoms;
        }
        return new Health(equity, initial, maintenance);
    }

    /// <summary>One isolated position.</summary>
    public Health Isolated(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        ref readonly Market market = ref _state.Markets[position.MarketPlusOne - 1];
        Requirement need = MarginTiers.Of(in market, position.Lots, in _state.Derived.OpenOrders[row]);
        return new Health(position.IsolatedAtoms + UnrealisedAtoms(in market, in position), need.InitialAtoms, need.MaintenanceAtoms);
    }

    /// <summary>Value at mark less cost, less funding that is due: what closing at mark would bring.</summary>
    public static long UnrealisedAtoms(in Market market, in Position position) =>
        (position.Lots * market.MarkTicks * market.AtomsPerTickLot) - position.EntryCostAtoms
        - (position.Lots * (market.FundingIndex - position.FundingIndex));

    /// <summary>What the collateral other than the settlement asset counts for, after haircut and concentration limit.</summary>
    public long CollateralAtoms(in Account account)
    {
        if (account.Pool == ushort.MaxValue)
        {
            return 0;
        }
        ref readonly Pool pool = ref _state.Pools[account.Pool];
        long total = 0;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            if (account.Balances[slot] != 0)
            {
                total += CollateralValueAtoms(in pool, slot, account.Balances[slot]);
            }
        }
        return total;
    }

    /// <summary>
    /// What an amount of a pool's collateral counts for: nothing beyond its cap, nothing without a price, else
    /// floor(floor(amount · price / scale) · (1 − haircut)) settlement atoms.
    /// </summary>
    public long CollateralValueAtoms(in Pool pool, int slot, long amountAtoms)
    {
        ref readonly Asset asset = ref _state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref _state.Indexes[asset.PriceIndexPlusOne - 1];
        if (index.HasPrice == 0 || index.Price <= 0)
        {
            return 0;
        }
        int settlementDecimals = _state.Assets[pool.Collateral[0]].Decimals;
        long scale = FixedDecimal.PowerOfTen(asset.Decimals + index.Decimals - settlementDecimals);
        long value = Rounding.MulDivFloor(Math.Min(amountAtoms, asset.CollateralCapAtoms), index.Price, scale);
        return Rounding.PpmFloor(value, Rounding.Million - asset.HaircutPpm);
    }
}
