using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// What may leave an account. Positions are valued at the worst of mark, index and what the book would pay for them, profit
/// that is not realised counts for nothing, and what stays must cover initial margin and a part of all notional: no owner
/// leaves by being liquidated. Nothing leaves an account whose prices are in doubt.
/// </summary>
internal sealed class Withdrawable(IndexedState state, AccountMargin margin)
{
    /// <summary>Whether the cross-margined part can spare an amount of a collateral slot.</summary>
    public Refusal Check(uint account, int slot, long amount)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        long remains = slot == 0 ? holder.Balances[0] - amount : holder.Balances[0];
        long needed = 0;
        bool exposed = remains < 0;
        // Gross notional says nothing of a netted portfolio: what stays must cover its initial margin.
        bool portfolio = margin.IsPortfolio(holder.Pool);
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] == 0 || state.Positions[row].IsIsolated)
            {
                continue;
            }
            ref readonly Market market = ref state.Markets[state.Positions[row].Market.Number];
            Requirement need = MarginTiers.Of(in market, state.Positions[row].Lots, in state.Derived.OpenOrders[row]);
            if (state.Positions[row].Lots != 0 || need.InitialAtoms != 0)
            {
                exposed = true;
                if (!PriceDoubt.IsBookOpen(state, state.Positions[row].Market.Number))
                {
                    return Refusal.PriceInDoubt(market.Index);
                }
            }
            needed += portfolio ? 0 : Math.Max(need.InitialAtoms, TransferMargin(in market, state.Positions[row].Lots));
            remains += WorstAtoms(row);
        }
        needed += portfolio ? margin.Portfolio.Of(account).InitialAtoms : 0;
        long coins = 0;
        for (int k = 1; exposed && k < pool.CollateralCount; k++)
        {
            long left = holder.Balances[k] - (k == slot ? amount : 0);
            coins += left == 0 ? 0 : margin.CollateralOpeningAtoms(in pool, k, left);
        }
        remains += coins - AccountMargin.DebtMarginAtoms(slot == 0 ? holder.Balances[0] - amount : holder.Balances[0], coins);
        long missing = needed - remains;
        return exposed && missing > 0 ? Refuse(margin.Cross(account), slot == 0 ? amount : 0, missing) : Refusal.None;
    }

    /// <summary>Whether an isolated position can spare an amount of its own collateral.</summary>
    public Refusal CheckIsolated(int row, long amount)
    {
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.Market.Number];
        long atoms = amount - Math.Max(position.IsolatedAtoms, 0);
        if (atoms > 0)
        {
            return Refusal.InsufficientBalance(atoms);
        }
        Health health = margin.Isolated(row);
        if (health.InitialAtoms > 0 && !PriceDoubt.IsBookOpen(state, position.Market.Number))
        {
            return Refusal.PriceInDoubt(market.Index);
        }
        long missing = Math.Max(health.InitialAtoms, TransferMargin(in market, position.Lots))
            - (position.IsolatedAtoms - amount + WorstAtoms(row));
        return missing > 0 ? Refuse(health, amount, missing) : Refusal.None;
    }

    // The reason that a trader understands: margin itself, profit that is not cash, or the worst of the prices.
    private static Refusal Refuse(Health health, long amount, long missing)
    {
        if (health.EquityAtoms - amount < health.InitialAtoms)
        {
            return Refusal.InitialMarginShort(health.InitialAtoms - (health.EquityAtoms - amount));
        }
        if (health.OpeningAtoms - amount < health.InitialAtoms)
        {
            return Refusal.ProfitNotCash(missing);
        }
        return Refusal.TransferMarginShort(missing);
    }

    // Profit or loss of a position at the worst price, and of profit nothing.
    private long WorstAtoms(int row)
    {
        ref readonly Position position = ref state.Positions[row];
        if (position.Lots == 0)
        {
            return 0;
        }
        int number = position.Market.Number;
        ref readonly Market market = ref state.Markets[number];
        bool isLong = position.Lots > 0;
        Side exit = isLong ? Side.Sell : Side.Buy;
        long lots = Math.Abs(position.Lots);
        Int128 book = ImpactPrices.ExitValue(state.Derived.Books[number]!, exit, lots, LiquidationBounds.BoundTicks(in market, exit));
        Int128 atMark = (Int128)lots * market.MarkTicks;
        // An index may be far outside the market's prices; the market settles within them.
        Int128 atIndex = (Int128)lots * Math.Clamp(market.IndexTicks, market.MinPriceTicks, market.MaxPriceTicks);
        Int128 worst = isLong ? Int128.Min(book, Int128.Min(atMark, atIndex)) : -Int128.Max(book, Int128.Max(atMark, atIndex));
        Int128 profit = (worst * market.AtomsPerTickLot) - position.EntryCostAtoms
            - ((Int128)position.Lots * (market.FundingIndex - position.FundingIndex));
        bool counts = state.Pools[market.Pool].Rules.ProfitHaircutPpm == 0;
        return (long)(counts ? profit : Int128.Min(profit, 0));
    }

    private long TransferMargin(in Market market, long lots) =>
        Rounding.PpmCeiling(MarginTiers.NotionalAtoms(in market, lots), state.Pools[market.Pool].Rules.TransferMarginPpm);
}
