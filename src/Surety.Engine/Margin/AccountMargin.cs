using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Margin;

/// <summary>
/// Equity against margin, for an account's cross-margined part and for each isolated position: the one computation that
/// order entry, fills, withdrawals and enforcement all ask.
/// </summary>
public sealed class AccountMargin
{
    private readonly IndexedState _state;

    internal AccountMargin(IndexedState state)
    {
        _state = state;
        Portfolio = new PortfolioMargin(state);
    }

    /// <summary>The margin of pools that net positions by scenarios.</summary>
    public PortfolioMargin Portfolio { get; }

    /// <summary>The cross-margined account, or, when the row is an isolated position, that position alone.</summary>
    public Health OfPosition(int row) =>
        _state.Positions[row].IsIsolated ? Isolated(row) : Cross((uint)(row / _state.PositionsPerAccount));

    /// <summary>All collateral and every position that is not isolated.</summary>
    public Health Cross(uint account)
    {
        ref readonly Account holder = ref _state.Accounts[(int)account];
        long initial = 0;
        long maintenance = 0;
        long unrealised = 0;
        int first = (int)account * _state.PositionsPerAccount;
        bool portfolio = IsPortfolio(holder.Pool);
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
            unrealised += UnrealisedAtoms(in market, in position);
            if (!portfolio)
            {
                Requirement need = MarginTiers.Of(in market, position.Lots, in _state.Derived.OpenOrders[first + i]);
                initial += need.InitialAtoms;
                maintenance += need.MaintenanceAtoms;
            }
        }
        if (portfolio)
        {
            (initial, maintenance) = Portfolio.Of(account);
        }
        CollateralAtoms(in holder, out long collateral, out long opening);
        long cash = holder.Balances[0];
        long counted = cash + opening - DebtMarginAtoms(cash, opening) + CountedProfit(holder.Pool, unrealised);
        return new Health(cash + collateral + unrealised, counted, initial, maintenance, unrealised);
    }

    /// <summary>
    /// The most that may be owed against coins, parts per million of what they count for when something is opened or leaves.
    /// </summary>
    public const int DebtCapPpm = 890_000;

    // Beyond the cap a debt counts so many times: the part of the coins that is not to be lent on cannot carry anything.
    private const int BeyondCap = 10;

    /// <summary>
    /// What a negative balance takes from what counts for opening beyond itself, settlement atoms: nothing within the cap on debts against
    /// coins.
    /// </summary>
    public static long DebtMarginAtoms(long cash, long openingAtoms)
    {
        long coins = Math.Max(openingAtoms, 0);
        long onCoins = cash >= 0 ? 0 : Math.Min(-cash, coins);
        return Math.Max(onCoins - Rounding.PpmFloor(coins, DebtCapPpm), 0) * BeyondCap;
    }

    /// <summary>
    /// What a unit is worth at prices: cash, coins at their price without haircut or cap, and unrealised profit. Above zero it is
    /// solvent: it can pay what it owes, though it may have to sell for it.
    /// </summary>
    public long WorthOfUnit(MarginUnit unit)
    {
        if (!unit.IsCross)
        {
            return Isolated(unit.IsolatedRow).EquityAtoms;
        }
        ref readonly Account holder = ref _state.Accounts[(int)unit.Account];
        Health health = Cross(unit.Account);
        if (holder.Pool == ushort.MaxValue)
        {
            return health.EquityAtoms;
        }
        ref readonly Pool pool = ref _state.Pools[holder.Pool];
        Int128 worth = health.EquityAtoms;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            if (holder.Balances[slot] != 0)
            {
                long counted = CountsAtPrice(in holder)
                    ? CollateralPriceAtoms(in pool, slot, holder.Balances[slot])
                    : CollateralValueAtoms(in pool, slot, holder.Balances[slot]);
                worth += CollateralPriceAtoms(in pool, slot, holder.Balances[slot]) - counted;
            }
        }
        return (long)Int128.Clamp(worth, -(long.MaxValue / 4), long.MaxValue / 4);
    }

    /// <summary>What an amount of collateral is worth at its index price, no haircut and no cap, settlement atoms.</summary>
    public long CollateralPriceAtoms(in Pool pool, int slot, long amountAtoms)
    {
        ref readonly Asset asset = ref _state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref _state.Indexes[asset.PriceIndex.Number];
        if (index.HasPrice == 0 || index.Price <= 0)
        {
            return 0;
        }
        return (long)Int128.Min((Int128)amountAtoms * index.Price / FixedDecimal.PowerOfTen(ScaleDecimals(in pool, in asset, in index)),
            Market.MaxPositionValue);
    }

    /// <summary>Whether a market's mark comes from no formula, but from its own book.</summary>
    public bool IsUnmodelled(int market) =>
        _state.Markets[market].Kind == MarketKind.Contract
            && _state.Markets[market].Shape == (ushort)Surety.Terms.Analysis.ContractShape.Other;

    /// <summary>
    /// The insurance fund holds coins that it took over at their price: it is measured at prices, so that a haircut alone never makes it
    /// sell.
    /// </summary>
    internal static bool CountsAtPrice(in Account account) => (account.Flags & AccountFlags.InsuranceFund) != 0;

    /// <summary>
    /// What a position's unit would need more, or less, if the position had other lots and open orders: in a pool of standard
    /// margin the difference of two formulas, in one of portfolio margin that of two portfolios.
    /// </summary>
    public Requirement Change(int row, int marketNumber, long lotsAfter, in OpenOrders openAfter)
    {
        ref readonly Market market = ref _state.Markets[marketNumber];
        if (IsPortfolio(market.Pool) && !_state.Positions[row].IsIsolated)
        {
            uint account = (uint)(row / _state.PositionsPerAccount);
            Requirement now = Portfolio.Of(account);
            Requirement then = Portfolio.Of(account, row, marketNumber, lotsAfter, in openAfter);
            return new Requirement(then.InitialAtoms - now.InitialAtoms, then.MaintenanceAtoms - now.MaintenanceAtoms);
        }
        Requirement before = MarginTiers.Of(in market, _state.Positions[row].Lots, in _state.Derived.OpenOrders[row]);
        Requirement after = MarginTiers.Of(in market, lotsAfter, in openAfter);
        return new Requirement(after.InitialAtoms - before.InitialAtoms, after.MaintenanceAtoms - before.MaintenanceAtoms);
    }

    /// <summary>Whether a pool nets positions by scenarios.</summary>
    public bool IsPortfolio(int pool) => pool != ushort.MaxValue && _state.Pools[pool].Rules.ScanPpm != 0;

    /// <summary>
    /// What a position adds to its unit's risk, for choosing which to reduce first: its formula's margin, or what it loses in the
    /// portfolio's worst scenario.
    /// </summary>
    public Requirement RiskOf(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        ref readonly Market market = ref _state.Markets[position.Market.Number];
        return IsPortfolio(market.Pool) && !position.IsIsolated ? Portfolio.RiskOf(row) : MarginTiers.Of(in market, position.Lots, default);
    }

    /// <summary>
    /// The money behind a position: an isolated one's own, else the account's balance and the value of its collateral. Profit and
    /// loss that are not realised are left out, so that no price of the moment decides it.
    /// </summary>
    public long FundsBehind(int row)
    {
        ref readonly Position own = ref _state.Positions[row];
        if (own.IsIsolated)
        {
            return own.IsolatedAtoms;
        }
        ref readonly Account holder = ref _state.Accounts[row / _state.PositionsPerAccount];
        ref readonly Pool pool = ref _state.Pools[holder.Pool];
        long funds = holder.Balances[0];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            funds += holder.Balances[slot] == 0 ? 0 : CollateralValueAtoms(in pool, slot, holder.Balances[slot]);
        }
        return funds;
    }

    /// <summary>One isolated position.</summary>
    public Health Isolated(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        ref readonly Market market = ref _state.Markets[position.Market.Number];
        Requirement need = MarginTiers.Of(in market, position.Lots, in _state.Derived.OpenOrders[row]);
        long unrealised = UnrealisedAtoms(in market, in position);
        long counted = position.IsolatedAtoms + CountedProfit(market.Pool, unrealised);
        return new Health(position.IsolatedAtoms + unrealised, counted, need.InitialAtoms, need.MaintenanceAtoms, unrealised);
    }

    /// <summary>
    /// What counts for opening after a fill. A loss that is realised counts in full, and profit that it netted then counts in part:
    /// this may fall though the fill lost nothing.
    /// </summary>
    public long OpeningAfterFill(int row, in Market market, in Health before, long signedLots, long priceTicks, long feeAtoms)
    {
        ref readonly Position position = ref _state.Positions[row];
        long realised = Booking.CashOfFill(in market, in position, signedLots, priceTicks);
        long gross = signedLots * (market.MarkTicks - priceTicks) * market.AtomsPerTickLot;
        long unrealised = before.UnrealisedAtoms + gross - realised;
        long change = realised - feeAtoms;
        long opening = before.OpeningAtoms + change + CountedProfit(market.Pool, unrealised)
            - CountedProfit(market.Pool, before.UnrealisedAtoms);
        ref readonly Account holder = ref _state.Accounts[row / _state.PositionsPerAccount];
        long cash = holder.Balances[0];
        if (position.IsIsolated || (cash >= 0 && cash + change >= 0))
        {
            return opening;
        }
        CollateralAtoms(in holder, out _, out long coins);
        return opening + DebtMarginAtoms(cash, coins) - DebtMarginAtoms(cash + change, coins);
    }

    /// <summary>The cross-margined account, or with a row that isolated position: the unit that is liquidated.</summary>
    public Health OfUnit(MarginUnit unit) => unit.IsCross ? Cross(unit.Account) : Isolated(unit.IsolatedRow);

    /// <summary>Value at mark less cost, less funding that is due: what closing at mark would bring.</summary>
    public static long UnrealisedAtoms(in Market market, in Position position) =>
        (position.Lots * market.MarkTicks * market.AtomsPerTickLot) - position.EntryCostAtoms
        - (position.Lots * (market.FundingIndex - position.FundingIndex));

    /// <summary>What the collateral other than the settlement asset counts for: towards equity, and towards opening.</summary>
    public void CollateralAtoms(in Account account, out long equity, out long opening)
    {
        (equity, opening) = (0, 0);
        if (account.Pool == ushort.MaxValue)
        {
            return;
        }
        ref readonly Pool pool = ref _state.Pools[account.Pool];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            if (account.Balances[slot] != 0)
            {
                equity += CountsAtPrice(in account)
                    ? CollateralPriceAtoms(in pool, slot, account.Balances[slot])
                    : CollateralValueAtoms(in pool, slot, account.Balances[slot]);
                opening += CollateralOpeningAtoms(in pool, slot, account.Balances[slot]);
            }
        }
    }

    /// <summary>
    /// What an amount of a pool's collateral counts for: nothing beyond its cap, nothing without a price, else
    /// floor(floor(amount · (price − confidence) / scale) · (1 − haircut)) settlement atoms, where the haircut is the asset's
    /// plus what its index adds in doubt.
    /// </summary>
    public long CollateralValueAtoms(in Pool pool, int slot, long amountAtoms)
    {
        ref readonly Asset asset = ref _state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref _state.Indexes[asset.PriceIndex.Number];
        return ValueAtoms(in pool, in asset, in index, index.Price - index.Confidence, amountAtoms, HaircutPpm(in asset, in index));
    }

    /// <summary>
    /// The same for opening and leaving: at the lower of price and slow price, with a haircut that widens on a rise too, and nothing
    /// while the price is not good.
    /// </summary>
    public long CollateralOpeningAtoms(in Pool pool, int slot, long amountAtoms)
    {
        ref readonly Asset asset = ref _state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref _state.Indexes[asset.PriceIndex.Number];
        if (index.State != PriceState.Good)
        {
            return 0;
        }
        Int128 risePpm = (Int128)Math.Max(index.Price - index.SlowPrice, 0) * Rounding.Million / index.Magnitude(index.Price);
        int haircut = (int)Int128.Min(HaircutPpm(in asset, in index) + risePpm, Rounding.Million);
        return ValueAtoms(in pool, in asset, in index, Math.Min(index.Price - index.Confidence, index.SlowPrice), amountAtoms, haircut);
    }

    /// <summary>The haircut that a collateral asset has now, parts per million.</summary>
    public static int HaircutPpm(in Asset asset, in PriceIndex index) =>
        (int)Math.Min((long)asset.HaircutPpm + index.HaircutPpm, Rounding.Million);

    /// <summary>10 to the power of this times settlement atoms' worth is collateral atoms · index units.</summary>
    public int ScaleDecimals(in Pool pool, in Asset asset, in PriceIndex index) =>
        asset.Decimals + index.Decimals - _state.Assets[pool.Collateral[0]].Decimals;

    private long ValueAtoms(in Pool pool, in Asset asset, in PriceIndex index, long price, long amountAtoms, int haircutPpm)
    {
        if (index.HasPrice == 0 || price <= 0)
        {
            return 0;
        }
        long scale = FixedDecimal.PowerOfTen(ScaleDecimals(in pool, in asset, in index));
        Int128 value = (Int128)Math.Min(amountAtoms, asset.CollateralCapAtoms) * price / scale;
        return Rounding.PpmFloor((long)Int128.Min(value, Market.MaxPositionValue), Rounding.Million - haircutPpm);
    }

    // Profit that is not realised counts in part; a loss in full.
    private long CountedProfit(int poolNumber, long unrealised) =>
        unrealised <= 0 || poolNumber == ushort.MaxValue ? unrealised
            : unrealised - Rounding.PpmCeiling(unrealised, _state.Pools[poolNumber].Rules.ProfitHaircutPpm);
}
