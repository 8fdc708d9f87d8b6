using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Closes what nobody carries against those on the other side, first those with the highest profit times leverage, at the
/// bankruptcy price: the account ends with an equity of exactly zero, and what it lacks (or still has) is shared by the
/// lots that closed it.
/// </summary>
internal sealed class AutoDeleveraging(VenueState state, EventLog events, AccountMargin margin, PositionKeeping keeping)
{
    /// <summary>Closes all positions of the liquidated part; <paramref name="residual"/> is its equity, of either sign.</summary>
    public void Close(uint account, int isolatedRow, long residual)
    {
        int first = (int)account * state.PositionsPerAccount;
        long notional = 0;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots != 0 && Liquidator.Belongs(in position, row, isolatedRow))
            {
                notional += MarginTiers.NotionalAtoms(in state.Markets[position.MarketPlusOne - 1], position.Lots);
            }
        }
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots != 0 && Liquidator.Belongs(in position, row, isolatedRow))
            {
                long part = MarginTiers.NotionalAtoms(in state.Markets[position.MarketPlusOne - 1], position.Lots);
                // Each position carries the residual in proportion to its notional, the last one the rounding.
                long share = part == notional ? residual : Rounding.MulDivFloor(residual, part, notional);
                residual -= share;
                notional -= part;
                ClosePosition(row, position.MarketPlusOne - 1, share);
            }
        }
    }

    /// <summary>
    /// An account's place in the order of deleveraging: unrealised profit over cost, times notional over equity, in
    /// millionths. Losers come after all winners, the least loser first.
    /// </summary>
    public long Rank(int row)
    {
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.MarketPlusOne - 1];
        long profit = AccountMargin.UnrealisedAtoms(in market, in position);
        long cost = Math.Max(Math.Abs(position.EntryCostAtoms), 1);
        long notional = MarginTiers.NotionalAtoms(in market, position.Lots);
        long equity = Math.Max(margin.OfPosition(row).EquityAtoms, 1);
        Int128 gain = (Int128)profit * Rounding.Million / cost;
        Int128 rank = profit > 0 ? gain * notional / equity : gain;
        return (long)Int128.Clamp(rank, long.MinValue / 2, long.MaxValue / 2);
    }

    private void ClosePosition(int row, int marketNumber, long share)
    {
        long left = state.Positions[row].Lots;
        uint account = (uint)(row / state.PositionsPerAccount);
        while (left != 0)
        {
            int other = FindFirst(row, marketNumber, left > 0);
            Invariant.Assert(other >= 0, "positions of a market do not sum to zero");
            long lots = Math.Min(Math.Abs(left), Math.Abs(state.Positions[other].Lots)) * Math.Sign(left);
            long part = lots == left ? share : Rounding.MulDivFloor(share, lots, left);
            share -= part;
            ref readonly Market market = ref state.Markets[marketNumber];
            long value = lots * market.MarkTicks * market.AtomsPerTickLot;
            // The account sells its lots for their value less its share of the residual; the other side pays that.
            long cost = value - part;
            keeping.Trade(row, marketNumber, -lots, -cost);
            keeping.Trade(other, marketNumber, lots, cost);
            left -= lots;
            state.Markets.Write(marketNumber).OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
            events.Write(EventKind.PositionTransferred, (uint)(other / state.PositionsPerAccount), new PositionTransferred
            {
                FromAccount = account,
                Market = (ushort)marketNumber,
                Cause = LiquidationOutcome.Deleveraged,
                Lots = lots,
                CostAtoms = cost,
                GainAtoms = part,
            });
        }
    }

    private int FindFirst(int excluded, int marketNumber, bool closesLong)
    {
        int best = -1;
        long bestRank = 0;
        int rows = state.Venue[0].Accounts * state.PositionsPerAccount;
        for (int row = 0; row < rows; row++)
        {
            if (state.Derived.MarketOfPosition[row] != marketNumber + 1 || row == excluded)
            {
                continue;
            }
            long lots = state.Positions[row].Lots;
            if (closesLong ? lots < 0 : lots > 0)
            {
                long rank = Rank(row);
                if (best < 0 || rank > bestRank)
                {
                    (best, bestRank) = (row, rank);
                }
            }
        }
        return best;
    }
}
