using System;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>Collateral that comes, goes and moves. Whatever takes some away ends with a full margin check.</summary>
internal sealed class Custody(IndexedState state, EventLog events, Withdrawable withdrawable, LeverageKeeping leverage, OutflowLimits outflow)
{
    public RefusalCode Deposit(in Deposit command, out long detail)
    {
        detail = command.ToAccount;
        if (command.ToAccount >= (uint)state.Counts.Accounts)
        {
            return RefusalCode.UnknownAccount;
        }
        if ((state.Accounts[(int)command.ToAccount].Flags & AccountFlags.Open) == 0)
        {
            return RefusalCode.AccountClosed;
        }
        int slot = SlotOf(command.ToAccount, command.Asset);
        detail = command.Asset;
        if (slot < 0)
        {
            return RefusalCode.UnknownAsset;
        }
        detail = Asset.MaxAmountAtoms;
        long balance = state.Accounts[(int)command.ToAccount].Balances[slot];
        if (command.AmountAtoms < 1 || command.AmountAtoms > Asset.MaxAmountAtoms || balance + command.AmountAtoms > Asset.MaxAmountAtoms
            || state.Assets[command.Asset].DepositedAtoms + command.AmountAtoms > 1L << 61)
        {
            return RefusalCode.AmountOutOfRange;
        }
        detail = CoinRoomAtoms(state.Accounts[(int)command.ToAccount].Pool, slot);
        if (command.AmountAtoms > detail)
        {
            return RefusalCode.CollateralCapReached;
        }

        // Point of no return.
        outflow.CountIn(command.ToAccount, command.Asset, command.AmountAtoms);
        state.Assets.Write(command.Asset).DepositedAtoms += command.AmountAtoms;
        Invariant.Assert(command.AmountAtoms > 0 && state.Assets[command.Asset].DepositedAtoms > 0, "a deposit adds nothing");
        Hold(command.ToAccount, slot, command.AmountAtoms);
        Change(command.ToAccount, slot, command.AmountAtoms, BalanceReason.Deposit, 0);
        return RefusalCode.None;
    }

    public RefusalCode Transfer(in Transfer command, out long detail)
    {
        uint from = command.Header.Account;
        detail = command.ToAccount;
        if (command.ToAccount >= (uint)state.Counts.Accounts || command.ToAccount == from)
        {
            return RefusalCode.UnknownAccount;
        }
        ref readonly Account to = ref state.Accounts[(int)command.ToAccount];
        if (to.Owner != state.Accounts[(int)from].Owner && (to.Flags & AccountFlags.InsuranceFund) == 0)
        {
            detail = to.Owner;
            return RefusalCode.NotOwner;
        }
        if ((to.Flags & AccountFlags.Open) == 0)
        {
            return RefusalCode.AccountClosed;
        }
        int slot = SlotOf(from, command.Asset);
        int toSlot = SlotOf(command.ToAccount, command.Asset);
        detail = command.Asset;
        if (slot < 0 || toSlot < 0)
        {
            return RefusalCode.UnknownAsset;
        }
        RefusalCode code = CheckLeaving(from, slot, command.AmountAtoms, out detail);
        bool leavesPool = to.Pool != state.Accounts[(int)from].Pool;
        if (code == RefusalCode.None && leavesPool)
        {
            code = CheckHeld(from, slot, command.AmountAtoms, out detail);
            long room = CoinRoomAtoms(to.Pool, toSlot);
            (code, detail) = code == RefusalCode.None && command.AmountAtoms > room ? (RefusalCode.CollateralCapReached, room) : (code, detail);
        }
        if (code != RefusalCode.None)
        {
            return code;
        }

        // Point of no return.
        if (leavesPool)
        {
            Hold(from, slot, -command.AmountAtoms);
            Hold(command.ToAccount, toSlot, command.AmountAtoms);
        }
        Change(from, slot, -command.AmountAtoms, BalanceReason.Transfer, command.ToAccount);
        Change(command.ToAccount, toSlot, command.AmountAtoms, BalanceReason.Transfer, from);
        return RefusalCode.None;
    }

    public RefusalCode SetMarginMode(in SetMarginMode command, out long detail)
    {
        RefusalCode code = CheckMarket(command.Header.Account, command.Market, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        detail = 50;
        if (command.Isolated > 1)
        {
            return RefusalCode.InvalidField;
        }
        int row = state.FindOrTakePosition(command.Header.Account, command.Market);
        detail = state.PositionsPerAccount;
        if (row < 0)
        {
            return RefusalCode.TooManyPositions;
        }
        if (state.Positions[row].Lots != 0 || state.Derived.OpenOrders[row].OrderCount != 0 || state.Positions[row].IsolatedAtoms != 0)
        {
            detail = 0;
            return RefusalCode.PositionNotFlat;
        }

        // Point of no return.
        ref Position position = ref state.Positions.Write(row);
        position.Flags = command.Isolated == 1 ? position.Flags | PositionFlags.Isolated : position.Flags & ~PositionFlags.Isolated;
        state.ReleasePositionIfEmpty(row);
        return RefusalCode.None;
    }

    public RefusalCode AdjustIsolated(in AdjustIsolatedMargin command, out long detail)
    {
        uint account = command.Header.Account;
        RefusalCode code = CheckMarket(account, command.Market, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        int row = state.FindPosition(account, command.Market);
        if (row < 0 || !state.Positions[row].IsIsolated)
        {
            return RefusalCode.NotIsolated;
        }
        long amount = command.AmountAtoms;
        detail = Asset.MaxAmountAtoms;
        if (amount == 0 || amount < -Asset.MaxAmountAtoms || amount > Asset.MaxAmountAtoms)
        {
            return RefusalCode.AmountOutOfRange;
        }
        if (amount > 0)
        {
            code = CheckLeaving(account, 0, amount, out detail);
            if (code != RefusalCode.None)
            {
                return code;
            }
        }
        else
        {
            code = withdrawable.CheckIsolated(row, -amount, out detail);
            if (code != RefusalCode.None)
            {
                return code;
            }
        }

        // Point of no return.
        detail = 0;
        state.Positions.Write(row).IsolatedAtoms += amount;
        Invariant.Assert(amount > 0 || state.Positions[row].IsolatedAtoms >= 0, "more is taken from an isolated position than it has");
        Change(account, 0, -amount, BalanceReason.IsolatedMargin, account);
        return RefusalCode.None;
    }

    /// <summary>The pool's collateral slot that holds an asset for an account, or −1.</summary>
    public int SlotOf(uint account, int asset)
    {
        int poolNumber = state.Accounts[(int)account].Pool;
        if (poolNumber >= state.Counts.Pools)
        {
            return -1;
        }
        ref readonly Pool pool = ref state.Pools[poolNumber];
        for (int slot = 0; slot < pool.CollateralCount; slot++)
        {
            if (pool.Collateral[slot] == asset)
            {
                return slot;
            }
        }
        return -1;
    }

    /// <summary>Changes a balance and says why.</summary>
    public void Change(uint account, int slot, long atoms, BalanceReason reason, uint counterparty)
    {
        state.Derived.Bands.Touch(account);
        ref Account holder = ref state.Accounts.Write((int)account);
        Invariant.Assert(holder.Pool < state.Counts.Pools && slot < state.Pools[holder.Pool].CollateralCount, "a balance changes that no pool has");
        holder.Balances[slot] += atoms;
        Invariant.Assert(Math.Abs(holder.Balances[slot]) <= long.MaxValue / 2, "a balance is beyond what can be added up");
        if (slot == 0 && holder.Balances[0] < 0)
        {
            state.Derived.Debtors.Add(account);
        }
        if (slot != 0)
        {
            // Only the settlement asset may be owed.
            Invariant.Assert(holder.Balances[slot] >= 0, "an account owes coins");
            state.Derived.CoinsHeld[(holder.Pool * Pool.MaxCollateral) + slot] += atoms;
            Invariant.Assert(state.Derived.CoinsHeld[(holder.Pool * Pool.MaxCollateral) + slot] >= holder.Balances[slot], "a pool holds fewer coins than one of its accounts");
        }
        events.Write(EventKind.BalanceChanged, account, new BalanceChanged
        {
            ChangeAtoms = atoms,
            BalanceAtoms = holder.Balances[slot],
            Asset = state.Pools[holder.Pool].Collateral[slot],
            Reason = reason,
            Counterparty = counterparty,
        });
        // What an owner takes away raises leverage. What others send does not measure it: a gift changes no place in the queue.
        if (reason is BalanceReason.Withdrawal or BalanceReason.IsolatedMargin or BalanceReason.Bond || (reason == BalanceReason.Transfer && atoms < 0))
        {
            leverage.MoneyMoved(account);
        }
    }

    /// <summary>Changes what a unit has in the settlement asset: the account's balance, or an isolated position's own.</summary>
    public void ChangeUnit(uint account, int isolatedRow, long atoms, BalanceReason reason, uint counterparty)
    {
        if (isolatedRow < 0)
        {
            Change(account, 0, atoms, reason, counterparty);
            return;
        }
        state.Derived.Bands.Touch(account);
        Invariant.Assert(isolatedRow / state.PositionsPerAccount == account && state.Positions[isolatedRow].IsIsolated, "a unit changes that is no isolated position of the account");
        state.Positions.Write(isolatedRow).IsolatedAtoms += atoms;
    }

    private RefusalCode CheckMarket(uint account, int market, out long detail)
    {
        detail = market;
        if (market >= state.Counts.Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        detail = state.Markets[market].Pool;
        return state.Accounts[(int)account].Pool != state.Markets[market].Pool ? RefusalCode.WrongPool : RefusalCode.None;
    }

    /// <summary>Whether an amount may leave an account: see <see cref="Withdrawable"/>.</summary>
    public RefusalCode CheckLeaving(uint account, int slot, long amount, out long detail)
    {
        detail = Asset.MaxAmountAtoms;
        if (amount < 1 || amount > Asset.MaxAmountAtoms)
        {
            return RefusalCode.AmountOutOfRange;
        }
        detail = amount - Math.Max(state.Accounts[(int)account].Balances[slot], 0);
        return detail > 0 ? RefusalCode.InsufficientBalance : withdrawable.Check(account, slot, amount, out detail);
    }

    // What a pool still takes of a coin, all accounts together. What would be over is refused, so that no holder's coins lose weight by
    // what others bring; a withdrawal that failed always comes back.
    private long CoinRoomAtoms(int pool, int slot) =>
        slot == 0 ? long.MaxValue : Math.Max(state.Assets[state.Pools[pool].Collateral[slot]].PoolCapAtoms - state.Derived.CoinsHeld[(pool * Pool.MaxCollateral) + slot], 0);

    /// <summary>
    /// Whether a pool has an amount: balances may be more than it holds, as far as other accounts of it owe it cash against coins.
    /// What is not there cannot leave.
    /// </summary>
    public RefusalCode CheckHeld(uint account, int slot, long amount, out long detail)
    {
        detail = slot != 0 ? 0 : amount - state.Pools[state.Accounts[(int)account].Pool].HeldAtoms;
        return detail > 0 ? RefusalCode.PoolHoldsLess : RefusalCode.None;
    }

    /// <summary>Counts what a pool holds: only the settlement asset may be owed; of any other the balances are what it holds.</summary>
    public void Hold(uint account, int slot, long atoms)
    {
        if (slot == 0)
        {
            ref Pool pool = ref state.Pools.Write(state.Accounts[(int)account].Pool);
            pool.HeldAtoms += atoms;
            Invariant.Assert(pool.HeldAtoms >= 0, "a pool holds less than nothing");
        }
    }
}
