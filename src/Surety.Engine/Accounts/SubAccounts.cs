using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// Sub-accounts come and go. A closed one's row waits for its owner's next: the number keeps its history, so it never becomes
/// another owner's. What stays costs a fee beyond a free few.
/// </summary>
internal sealed class SubAccounts(IndexedState state, Custody custody)
{
    /// <summary>Opens one: the owner's lowest closed one, or a new row.</summary>
    public Refusal Open(in CreateSubAccount command, out ulong created)
    {
        created = 0;
        if (command.Pool >= state.Counts.Pools)
        {
            return Refusal.UnknownPool(command.Pool);
        }
        uint account = command.Header.Account;
        OwnerCounts counts = state.Derived.Owners.Of(account);
        if (counts.ClosedSubAccounts == 0 && state.Counts.Accounts >= state.Limits[0].MaxAccounts)
        {
            return Refusal.LimitReached(state.Limits[0].MaxAccounts);
        }
        Refusal refusal = state.Derived.Owners.Check(account, OwnerRows.SubAccounts);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        refusal = CheckFee(account, counts.SubAccounts >= state.Limits[0].FreeSubAccounts, out long fee);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        uint owner = state.Accounts[(int)account].Owner;
        created = counts.ClosedSubAccounts > 0 ? Reopen(owner, command.Pool) : state.OpenAccount(owner, command.Pool, AccountFlags.None);
        Pay(account, fee);
        return Refusal.None;
    }

    /// <summary>Closes an empty one.</summary>
    public Refusal Close(in CloseSubAccount command)
    {
        if (command.Closed >= (uint)state.Counts.Accounts)
        {
            return Refusal.UnknownAccount(command.Closed);
        }
        ref readonly Account closed = ref state.Accounts[(int)command.Closed];
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        if (closed.Owner != owner)
        {
            return Refusal.NotOwner(closed.Owner);
        }
        if ((closed.Flags & AccountFlags.Open) == 0)
        {
            return Refusal.AccountClosed(command.Closed);
        }
        if (!IsEmpty(command.Closed))
        {
            return Refusal.AccountNotEmpty(command.Closed);
        }

        // Point of no return.
        state.Accounts.Write((int)command.Closed).Flags &= ~AccountFlags.Open;
        ref OwnerCounts counts = ref state.Derived.Owners.Of(owner);
        counts.SubAccounts--;
        counts.ClosedSubAccounts++;
        return Refusal.None;
    }

    /// <summary>Whether an owner may have one more of what costs a fee, and can pay it.</summary>
    public Refusal CheckFee(uint account, bool isDue, out long fee)
    {
        fee = 0;
        ref readonly Account payer = ref state.Accounts[(int)account];
        if (!isDue || payer.Pool >= state.Counts.Pools
            || (state.Accounts[(int)payer.Owner].Flags & (AccountFlags.Operator | AccountFlags.InsuranceFund)) != 0)
        {
            return Refusal.None;
        }
        ref readonly Asset asset = ref state.Assets[state.Pools[payer.Pool].Collateral[0]];
        fee = Rounding.MulDivCeiling(state.Limits[0].RowFeeMilli, FixedDecimal.PowerOfTen(asset.Decimals), 1_000);
        return fee == 0 ? Refusal.None : custody.CheckLeaving(account, 0, fee);
    }

    /// <summary>Takes a checked fee: it goes to the pool's fees.</summary>
    public void Pay(uint account, long fee)
    {
        if (fee > 0)
        {
            state.Pools.Write(state.Accounts[(int)account].Pool).FeesAtoms += fee;
            custody.Change(account, 0, -fee, BalanceReason.RowFee, 0);
        }
    }

    private bool IsEmpty(uint account)
    {
        ref readonly Account row = ref state.Accounts[(int)account];
        bool isEmpty = row.Owner != account && (row.Flags & (AccountFlags.Operator | AccountFlags.InsuranceFund)) == 0
            && (state.Accounts[(int)row.Owner].Flags & AccountFlags.Operator) == 0 && row.LiveOrders == 0;
        for (int slot = 0; slot < Pool.MaxCollateral; slot++)
        {
            isEmpty &= row.Balances[slot] == 0;
        }
        int first = (int)account * state.PositionsPerAccount;
        for (int position = first; position < first + state.PositionsPerAccount; position++)
        {
            isEmpty &= state.Derived.MarketOfPosition[position] == 0;
        }
        if (!isEmpty)
        {
            return false;
        }
        // What comes back must find its account.
        for (int withdrawal = 0; withdrawal < state.Withdrawals.Rows; withdrawal++)
        {
            isEmpty &= state.Withdrawals[withdrawal].Id == 0 || state.Withdrawals[withdrawal].Account != account;
        }
        for (int bid = 0; bid < BackstopBid.Most; bid++)
        {
            isEmpty &= state.BackstopBids[bid].Account.Number != account;
        }
        return isEmpty;
    }

    private uint Reopen(uint owner, ushort pool)
    {
        uint lowest = uint.MaxValue;
        for (int account = state.Derived.NextOfOwner[owner]; account != (int)owner; account = state.Derived.NextOfOwner[account])
        {
            bool isClosed = state.Accounts[account].Owner == owner && (state.Accounts[account].Flags & AccountFlags.Open) == 0;
            lowest = isClosed && (uint)account < lowest ? (uint)account : lowest;
        }
        state.Accounts.Write((int)lowest) = new Account
        {
            Owner = owner,
            BeneficialOwner = state.Accounts[(int)owner].BeneficialOwner,
            Pool = pool,
            Flags = AccountFlags.Open,
        };
        int ring = state.GenesisRef.ClientOrdersPerAccount;
        int first = (int)lowest * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.QuoteProtections.Rows > row)
            {
                state.QuoteProtections.Write(row) = default;
            }
        }
        for (int entry = (int)lowest * ring; entry < ((int)lowest + 1) * ring && entry < state.ClientOrders.Rows; entry++)
        {
            state.ClientOrders.Write(entry) = default;
        }
        state.Derived.Bands.Touch(lowest);
        ref OwnerCounts counts = ref state.Derived.Owners.Of(owner);
        counts.ClosedSubAccounts--;
        counts.SubAccounts++;
        return lowest;
    }
}
