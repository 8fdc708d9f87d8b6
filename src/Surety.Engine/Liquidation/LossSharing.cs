using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The last resort: a deficit that nothing else covered is shared by the pool's accounts in proportion to their balances in
/// the settlement asset, first come or last come alike. Each gets an event.
/// </summary>
internal sealed class LossSharing(VenueState state, EventLog events, Custody custody)
{
    /// <summary>Brings a unit in deficit to zero at the others' expense.</summary>
    public void Share(uint account, int isolatedRow, long deficitAtoms)
    {
        int pool = state.Accounts[(int)account].Pool;
        Int128 total = 0;
        int accounts = state.Venue[0].Accounts;
        for (int i = 0; i < accounts; i++)
        {
            total += i != account && state.Accounts[i].Pool == pool ? Math.Max(state.Accounts[i].Balances[0], 0) : 0;
        }
        long left = (long)Int128.Min(deficitAtoms, total);
        long covered = left;
        for (int i = 0; i < accounts && left > 0; i++)
        {
            long balance = state.Accounts[i].Balances[0];
            if (i == account || state.Accounts[i].Pool != pool || balance <= 0)
            {
                continue;
            }
            // What is left over what is left of the balances: the roundings come out even in the end.
            long share = (long)Int128.Min((((Int128)left * balance) + total - 1) / total, Math.Min(left, balance));
            total -= balance;
            left -= share;
            if (share > 0)
            {
                custody.Change((uint)i, 0, -share, BalanceReason.LossShare, account);
                events.Write(EventKind.LossShared, (uint)i, new LossShared { ShareAtoms = share, DeficitAtoms = deficitAtoms, FromAccount = account });
            }
        }
        if (covered > 0)
        {
            state.Pools.Write(pool).SharedLossAtoms += covered;
            custody.ChangeUnit(account, isolatedRow, covered, BalanceReason.LossShare, 0);
        }
    }
}
