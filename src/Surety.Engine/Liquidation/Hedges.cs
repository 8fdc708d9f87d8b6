using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Margin;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Which lots of a position hedge something: what the account's other holdings on the same index balance by their signed delta,
/// each counted for no more than it can lose. Who would lose little without the position does not need it.
/// </summary>
internal sealed class Hedges(IndexedState state, AccountMargin margin)
{
    /// <summary>The move of the underlying price that a hedge has to be able to lose from, parts per million.</summary>
    public const int MovePpm = 50_000;

    /// <summary>
    /// An option that is itself deleveraged counts with no less delta than this: a hedge of one lot covers ten of them at most.
    /// </summary>
    public const int LeastOwnDeltaPpm = 100_000;

    private const int DeltaBits = 20;

    /// <summary>Lots of a position, at most all of them, that hedge something: closing them would raise the account's risk.</summary>
    public long LotsOf(int row)
    {
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.Market.Number];
        if (position.IsIsolated || state.Pools[market.Pool].Rules.DeleverageHedges == 1)
        {
            return 0;
        }
        long own = DeltaPpm(in market) * Math.Sign(position.Lots);
        if (own == 0)
        {
            return 0;
        }
        Int128 others = 0;
        uint account = (uint)(row / state.PositionsPerAccount);
        int first = (int)account * state.PositionsPerAccount;
        ReadOnlySpan<ushort> markets = state.Derived.MarketOfPosition.AsSpan(first, state.PositionsPerAccount);
        for (int i = 0; i < markets.Length; i++)
        {
            if (markets[i] == 0 || first + i == row || state.Markets[markets[i] - 1].Index != market.Index)
            {
                continue;
            }
            ref readonly Position held = ref state.Positions[first + i];
            if (held.Lots != 0 && !held.IsIsolated)
            {
                others += DeltaAgainst(own < 0, in state.Markets[markets[i] - 1], held.Lots);
            }
        }
        others += CoinsDelta(account, in market);
        if (others == 0 || own < 0 == Int128.IsNegative(others))
        {
            return 0;
        }
        long ownPpm = Math.Max(Math.Abs(DeltaPpm(in market)), LeastOwnDeltaPpm);
        Int128 whole = Int128.Abs(Delta(in market, position.Lots, ownPpm));
        Int128 balanced = Int128.Min(whole, Int128.Abs(others));
        return (long)(balanced * Math.Abs(position.Lots) / Int128.Max(whole, 1));
    }

    // A holding's delta. Where it is on the other side of the position in question, no more than what the holding can lose at
    // all over what a unit of delta loses in the move: a call for a cent protects no position, whatever its strike.
    private static Int128 DeltaAgainst(bool ownIsNegative, in Market market, long lots)
    {
        Int128 delta = Delta(in market, lots, DeltaPpm(in market));
        if (market.Kind != MarketKind.Contract || delta == 0 || Int128.IsNegative(delta) == ownIsNegative)
        {
            return delta;
        }
        long ticks = Math.Max(lots > 0 ? market.MarkTicks - market.LeastTicks : market.MostTicks - market.MarkTicks, 0);
        Int128 canLose = (Int128)Math.Abs(lots) * market.AtomsPerTickLot * ticks;
        Int128 move = Int128.Max((Int128)Math.Abs(market.UnderlyingTicks) * market.IndexUnitsPerTick * MovePpm / Rounding.Million, 1);
        Int128 most = (canLose << DeltaBits) / move;
        return Int128.Clamp(delta, -most, most);
    }

    private Int128 CoinsDelta(uint account, in Market market)
    {
        Int128 delta = 0;
        ref readonly Pool pool = ref state.Pools[market.Pool];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
            if (asset.PriceIndex.Number == market.Index)
            {
                long scale = FixedDecimal.PowerOfTen(margin.ScaleDecimals(in pool, in asset, in state.Indexes[market.Index]));
                delta += ((Int128)state.Accounts[(int)account].Balances[slot] << DeltaBits) / scale;
            }
        }
        return delta;
    }

    // What a lot moves with the index that the market names. Nothing is said of contracts on several indices, of those without
    // a model, and of barrier options, whose delta at mark says little of the next price.
    private static long DeltaPpm(in Market market) =>
        market.Kind != MarketKind.Contract ? Rounding.Million
        : (market.Flags & (ContractFlags.ManyIndexes | ContractFlags.Barrier)) != 0
            || (ContractShape)market.Shape is not (ContractShape.Future or ContractShape.Call or ContractShape.Put) ? 0
        : market.DeltaPpm;

    // Settlement atoms that lots gain when the index rises by a unit, · 2^20.
    private static Int128 Delta(in Market market, long lots, long deltaPpm) =>
        ((Int128)lots * market.AtomsPerTickLot << DeltaBits) / market.IndexUnitsPerTick * deltaPpm / Rounding.Million;
}
