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
    /// <summary>Brings a unit in deficit to zero, or as near as the pool's worth allows, at the others' expense. Returns what was covered.</summary>
    public long Share(uint account, int isolatedRow, long deficitAtoms)
    {
        int pool = state.Accounts[(int)account].Pool;
        Int128 total = 0;
        int accounts = state.Counts.Accounts;
        for (uint other = 0; other < (uint)accounts; other++)
        {
            for (int unit = Next(other, -2); unit != NoUnit; unit = Next(other, unit))
            {
                total += Shares(other, unit, account, isolatedRow, pool);
            }
        }
        long left = (long)Int128.Min(deficitAtoms, total);
        long covered = left;
        for (uint other = 0; other < (uint)accounts && left > 0; other++)
        {
            for (int unit = Next(other, -2); unit != NoUnit && left > 0; unit = Next(other, unit))
            {
                long worth = Shares(other, unit, account, isolatedRow, pool);
                if (worth <= 0)
                {
                    continue;
                }
                // What is left over what is left of the worth: the roundings come out even in the end.
                long share = (long)Int128.Min((((Int128)left * worth) + total - 1) / total, Math.Min(left, worth));
                total -= worth;
                left -= share;
                Invariant.Assert(share > 0 && share <= worth, "an account shares more of a loss than it is worth");
                custody.ChangeUnit(other, unit, -share, BalanceReason.LossShare, account);
                events.Write(EventKind.LossShared, other, new LossShared { ShareAtoms = share, DeficitAtoms = deficitAtoms, FromAccount = account });
            }
        }
        Invariant.Assert(left == 0 && total >= 0, "the shares of a loss do not add up to it");
        if (covered > 0)
        {
            state.Pools.Write(pool).SharedLossAtoms += covered;
            custody.ChangeUnit(account, isolatedRow, covered, BalanceReason.LossShare, 0);
        }
        return covered;
    }

    /// <summary>Whether anyone else in the pool is worth something.</summary>
    public bool HasWorth(uint account, int pool)
    {
        for (uint other = 0; other < (uint)state.Counts.Accounts; other++)
        {
            for (int unit = Next(other, -2); unit != NoUnit; unit = Next(other, unit))
            {
                if (Shares(other, unit, account, -1, pool) > 0)
                {
                    return true;
                }
            }
        }
        return false;
    }

    private const int NoUnit = int.MaxValue;

    // The units of an account: first the cross-margined part (−1), then each isolated row.
    private int Next(uint account, int after)
    {
        if (after == -2)
        {
            return -1;
        }
        int first = (int)account * state.PositionsPerAccount;
        for (int row = after < 0 ? first : after + 1; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] != 0 && state.Positions[row].IsIsolated)
            {
                return row;
            }
        }
        return NoUnit;
    }

    private long Shares(uint other, int unit, uint account, int isolatedRow, int pool) =>
        state.Accounts[(int)other].Pool != pool || (other == account && unit == isolatedRow) ? 0 : Math.Max(margin.WorthOfUnit(other, unit), 0);
}
