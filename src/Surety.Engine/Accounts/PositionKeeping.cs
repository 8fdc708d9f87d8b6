using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// The bookkeeping of positions: what a trade, a fee or a settled funding does to lots, cost and cash. Every atom that
/// leaves one place arrives in another: an account, the market's clearing ledger, the pool's fees.
/// </summary>
internal sealed class PositionKeeping(IndexedState state, LeverageKeeping leverage)
{
    /// <summary>
    /// Books a trade: <paramref name="lots"/> signed, at a total cost of <paramref name="costAtoms"/> (signed like the
    /// lots where the price is positive). What is closed realises its profit into cash.
    /// </summary>
    public void Trade(int row, int marketNumber, long lots, long costAtoms)
    {
        state.Derived.Bands.Touch((uint)(row / state.PositionsPerAccount));
        Book(row, marketNumber, lots, costAtoms);
    }

    /// <summary>
    /// Books lots that a position gives up at mark, and nothing else. The account is touched only where its bands do not hold on for
    /// the lots that stay: docs/enforcement.md.
    /// </summary>
    public void GiveAtMark(int row, int marketNumber, long lots)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        Invariant.Assert(Math.Sign(lots) == -Math.Sign(state.Positions[row].Lots) && Math.Abs(lots) <= Math.Abs(state.Positions[row].Lots),
            "lots are given that a position does not have");
        if (state.Pools[market.Pool].Rules.ScanPpm != 0 || !state.Derived.Bands.Holds(row, marketNumber, isLong: lots < 0))
        {
            state.Derived.Bands.Touch((uint)(row / state.PositionsPerAccount));
        }
        Book(row, marketNumber, lots, lots * market.MarkTicks * market.AtomsPerTickLot);
    }

    private void Book(int row, int marketNumber, long lots, long costAtoms)
    {
        DeleverageOrder.Standing standing = state.Derived.Deleveraging.StandingOf(row);
        ref Position position = ref state.Positions.Write(row);
        ref Market market = ref state.Markets.Write(marketNumber);
        Invariant.Assert(position.Market.Number == marketNumber, "a trade is booked on another market's position");
        SettleFunding(row, ref position, ref market);
        Invariant.Assert(position.FundingIndex == market.FundingIndex, "a position trades before its funding is settled");
        long before = position.Lots;
        long after = before + lots;
        long realised = Booking.Realised(before, position.EntryCostAtoms, lots, costAtoms);
        position.EntryCostAtoms += costAtoms + realised;
        if (realised != 0)
        {
            market.ClearingAtoms -= realised;
            Credit(row, ref position, realised);
        }
        position.Lots = after;
        long opened = Math.Max(after, 0) - Math.Max(before, 0);
        if (opened != 0)
        {
            market.OpenInterestLots += opened;
            Invariant.Assert(market.OpenInterestLots >= 0, "a market's open interest is below zero");
            state.Derived.OpenInterest.Add(in market, opened);
        }
        state.Derived.OwnerPositions.Add(row, marketNumber, before, after);
        leverage.Traded(row, ref position, in market, before);
        state.Derived.Deleveraging.Changed(row, standing);
        // A liquidation may take lots whose exercise waits: it shrinks to what is held.
        if (position.ExerciseLots > Math.Max(after, 0))
        {
            market.ExerciseLots -= position.ExerciseLots - Math.Max(after, 0);
            position.ExerciseLots = (uint)Math.Max(after, 0);
            position.ExerciseAfterS = position.ExerciseLots == 0 ? 0 : position.ExerciseAfterS;
        }
        Invariant.Assert(after != 0 || position.EntryCostAtoms == 0, "a flat position has a cost");
        Invariant.Assert(position.ExerciseLots <= Math.Max(after, 0), "more lots wait to be exercised than are held");
    }

    /// <summary>Takes a fee from whatever margins the position and gives it to the pool; a negative one is a rebate.</summary>
    public void Fee(int row, int poolNumber, long feeAtoms)
    {
        if (feeAtoms != 0)
        {
            Credit(row, ref state.Positions.Write(row), -feeAtoms);
            state.Pools.Write(poolNumber).FeesAtoms += feeAtoms;
        }
    }

    /// <summary>Pays the funding that is due on a position.</summary>
    public void SettleFunding(int row)
    {
        state.Derived.Deleveraging.Mark(row);
        ref Position position = ref state.Positions.Write(row);
        SettleFunding(row, ref position, ref state.Markets.Write(position.Market.Number));
    }

    private void SettleFunding(int row, ref Position position, ref Market market)
    {
        if (position.FundingIndex != market.FundingIndex)
        {
            long due = position.Lots * (market.FundingIndex - position.FundingIndex);
            position.FundingIndex = market.FundingIndex;
            if (due != 0)
            {
                market.ClearingAtoms += due;
                Credit(row, ref position, -due);
            }
        }
    }

    private void Credit(int row, ref Position position, long atoms)
    {
        if (position.IsIsolated)
        {
            position.IsolatedAtoms += atoms;
        }
        else
        {
            ref Account holder = ref state.Accounts.Write(row / state.PositionsPerAccount);
            holder.Balances[0] += atoms;
            if (holder.Balances[0] < 0)
            {
                state.Derived.Debtors.Add((uint)(row / state.PositionsPerAccount));
            }
        }
    }
}
