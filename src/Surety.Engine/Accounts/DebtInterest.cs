using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// Interest on negative balances in the settlement asset: what an account owes against its coins is lent by the pool. It is
/// charged at each full hour for the hour that ended and goes to the pool's insurance fund, which bears the risk.
/// </summary>
internal sealed class DebtInterest(IndexedState state, Custody custody)
{
    private const long NsPerHour = 3_600_000_000_000;
    private const long HoursPerYear = 8_760;

    /// <summary>Charges the hour that ends now.</summary>
    public void Charge()
    {
        state.Derived.Timers.Add(DueTimes.NextInterestNs(state.TimeNs), TimerKind.Interest, 0);
        AccountSet debtors = state.Derived.Debtors;
        for (int account = debtors.Next(0); account >= 0; account = debtors.Next(account + 1))
        {
            ref readonly Account holder = ref state.Accounts[account];
            long debt = -holder.Balances[0];
            if (debt <= 0)
            {
                debtors.Remove((uint)account);
                continue;
            }
            ref readonly Pool pool = ref state.Pools[holder.Pool];
            if (pool.Rules.DebtRatePpm == 0 || account == pool.InsuranceAccount)
            {
                continue;
            }
            long interest = Rounding.MulDivCeiling(debt, pool.Rules.DebtRatePpm, Rounding.Million * HoursPerYear);
            custody.Change((uint)account, 0, -interest, BalanceReason.Interest, pool.InsuranceAccount);
            custody.Change(pool.InsuranceAccount, 0, interest, BalanceReason.Interest, (uint)account);
        }
    }
}
