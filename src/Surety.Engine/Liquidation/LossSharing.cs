using System;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Events;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The last resort: a deficit that nothing else covered is shared by the pool's accounts in proportion to what they are worth
/// at prices: cash, coins, unrealised profit, isolated positions. Neither moving money into an isolated position or into coins
/// nor splitting an account changes a share. Each payment has an event.
/// </summary>
internal sealed class LossSharing(IndexedState state, EventLog events, AccountMargin margin, Custody custody)
{
    /// <summary>
    /// Brings a unit in deficit to zero, or as near as the pool's worth allows, at the others' expense. Returns what was covered.
    /// </summary>
    public long Share(MarginUnit unit, long deficitAtoms)
    {
        int pool = state.Accounts[(int)unit.Account].Pool;
        Int128 total = 0;
        int accounts = state.Counts.Accounts;
        for (uint other = 0; other < (uint)accounts; other++)
        {
            for (MarginUnit? sharer = MarginUnit.Cross(other); sharer is { } one; sharer = Next(one))
            {
                total += WorthToShare(one, unit, pool);
            }
        }
        long left = (long)Int128.Min(deficitAtoms, total);
        long covered = left;
        for (uint other = 0; other < (uint)accounts && left > 0; other++)
        {
            for (MarginUnit? sharer = MarginUnit.Cross(other); sharer is { } one && left > 0; sharer = Next(one))
            {
                long worth = WorthToShare(one, unit, pool);
                if (worth <= 0)
                {
                    continue;
                }
                // What is left over what is left of the worth: the roundings come out even in the end.
                long share = (long)Int128.Min((((Int128)left * worth) + total - 1) / total, Math.Min(left, worth));
                total -= worth;
                left -= share;
                Invariant.Assert(share > 0 && share <= worth, "an account shares more of a loss than it is worth");
                custody.ChangeUnit(one, -share, BalanceReason.LossShare, unit.Account);
                events.Write(EventKind.LossShared, other, new LossShared
                {
                    ShareAtoms = share,
                    DeficitAtoms = deficitAtoms,
                    FromAccount = unit.Account,
                });
            }
        }
        Invariant.Assert(left == 0 && total >= 0, "the shares of a loss do not add up to it");
        if (covered > 0)
        {
            state.Pools.Write(pool).SharedLossAtoms += covered;
            custody.ChangeUnit(unit, covered, BalanceReason.LossShare, 0);
        }
        return covered;
    }

    /// <summary>Whether anyone else in the pool is worth something.</summary>
    public bool HasWorth(uint account, int pool)
    {
        for (uint other = 0; other < (uint)state.Counts.Accounts; other++)
        {
            for (MarginUnit? sharer = MarginUnit.Cross(other); sharer is { } one; sharer = Next(one))
            {
                if (WorthToShare(one, MarginUnit.Cross(account), pool) > 0)
                {
                    return true;
                }
            }
        }
        return false;
    }

    // After the cross-margined part of an account come its isolated positions.
    private MarginUnit? Next(MarginUnit after)
    {
        int first = (int)after.Account * state.PositionsPerAccount;
        for (int row = after.IsCross ? first : after.IsolatedRow + 1; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] != 0 && state.Positions[row].IsIsolated)
            {
                return MarginUnit.Isolated(after.Account, row);
            }
        }
        return null;
    }

    private long WorthToShare(MarginUnit sharer, MarginUnit deficit, int pool) =>
        state.Accounts[(int)sharer.Account].Pool != pool || sharer == deficit ? 0 : Math.Max(margin.WorthOfUnit(sharer), 0);
}
