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
internal sealed class Custody(IndexedState state, EventLog events, Withdrawable withdrawable, LeverageKeeping leverage,
    OutflowLimits outflow)
{
    public Refusal Deposit(in Deposit command)
    {
        if (command.ToAccount >= (uint)state.Counts.Accounts)
        {
            return Refusal.UnknownAccount(command.ToAccount);
        }
        if ((state.Accounts[(int)command.ToAccount].Flags & AccountFlags.Open) == 0)
        {
            return Refusal.AccountClosed(command.ToAccount);
        }
        int slot = SlotOf(command.ToAccount, command.Asset);
        if (slot < 0)
        {
            return Refusal.UnknownAsset(command.Asset);
        }
        long balance = state.Accounts[(int)command.ToAccount].Balances[slot];
        if (command.AmountAtoms < 1 || command.AmountAtoms > Asset.MaxAmountAtoms || balance + command.AmountAtoms > Asset.MaxAmountAtoms
            || state.Assets[command.Asset].DepositedAtoms + command.AmountAtoms > 1L << 61)
        {
            return Refusal.AmountOutOfRange(Asset.MaxAmountAtoms);
        }
        long roomAtoms = CoinRoomAtoms(state.Accounts[(int)command.ToAccount].Pool, slot);
        if (command.AmountAtoms > roomAtoms)
        {
            return Refusal.CollateralCapReached(roomAtoms);
        }

        // Point of no return.
        outflow.CountIn(command.ToAccount, command.Asset, command.AmountAtoms);
        state.Assets.Write(command.Asset).DepositedAtoms += command.AmountAtoms;
        Invariant.Assert(command.AmountAtoms > 0 && state.Assets[command.Asset].DepositedAtoms > 0, "a deposit adds nothing");
        Hold(command.ToAccount, slot, command.AmountAtoms);
        Change(command.ToAccount, slot, command.AmountAtoms, BalanceReason.Deposit, 0);
        return Refusal.None;
    }

    public Refusal Transfer(in Transfer command)
    {
        uint from = command.Header.Account;
        if (command.ToAccount >= (uint)state.Counts.Accounts || command.ToAccount == from)
        {
            return Refusal.UnknownAccount(command.ToAccount);
        }
        ref readonly Account to = ref state.Accounts[(int)command.ToAccount];
        if (to.Owner != state.Accounts[(int)from].Owner && (to.Flags & AccountFlags.InsuranceFund) == 0)
        {
            return Refusal.NotOwner(to.Owner);
        }
        if ((to.Flags & AccountFlags.Open) == 0)
        {
            return Refusal.AccountClosed(command.ToAccount);
        }
        int slot = SlotOf(from, command.Asset);
        int toSlot = SlotOf(command.ToAccount, command.Asset);
        if (slot < 0 || toSlot < 0)
        {
            return Refusal.UnknownAsset(command.Asset);
        }
        Refusal refusal = CheckLeaving(from, slot, command.AmountAtoms);
        bool leavesPool = to.Pool != state.Accounts[(int)from].Pool;
        if (refusal.IsNone && leavesPool)
        {
            refusal = CheckHeld(from, slot, command.AmountAtoms);
            long room = CoinRoomAtoms(to.Pool, toSlot);
            refusal = refusal.IsNone && command.AmountAtoms > room ? Refusal.CollateralCapReached(room) : refusal;
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        if (leavesPool)
        {
            Hold(from, slot, -command.AmountAtoms);
            Hold(command.ToAccount, toSlot, command.AmountAtoms);
        }
        Change(from, slot, -command.AmountAtoms, BalanceReason.Transfer, command.ToAccount);
        Change(command.ToAccount, toSlot, command.AmountAtoms, BalanceReason.Transfer, from);
        return Refusal.None;
    }

    public Refusal SetMarginMode(in SetMarginMode command)
    {
        Refusal refusal = CheckMarket(command.Header.Account, command.Market);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (command.Isolated > 1)
        {
            return Refusal.InvalidField(50);
        }
        int row = state.FindOrTakePosition(command.Header.Account, command.Market);
        if (row < 0)
        {
            return Refusal.TooManyPositions(state.PositionsPerAccount);
        }
        if (state.Positions[row].Lots != 0 || state.Derived.OpenOrders[row].OrderCount != 0 || state.Positions[row].IsolatedAtoms != 0)
        {
            return Refusal.PositionNotFlat;
        }

        // Point of no return.
        ref Position position = ref state.Positions.Write(row);
        position.Flags = command.Isolated == 1 ? position.Flags | PositionFlags.Isolated : position.Flags & ~PositionFlags.Isolated;
        state.ReleasePositionIfEmpty(row);
        return Refusal.None;
    }

    public Refusal AdjustIsolated(in AdjustIsolatedMargin command)
    {
        uint account = command.Header.Account;
        Refusal refusal = CheckMarket(account, command.Market);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        int row = state.FindPosition(account, command.Market);
        if (row < 0 || !state.Positions[row].IsIsolated)
        {
            return Refusal.NotIsolated;
        }
        long amount = command.AmountAtoms;
        if (amount == 0 || amount < -Asset.MaxAmountAtoms || amount > Asset.MaxAmountAtoms)
        {
            return Refusal.AmountOutOfRange(Asset.MaxAmountAtoms);
        }
        if (amount > 0)
        {
            refusal = CheckLeaving(account, 0, amount);
            if (!refusal.IsNone)
            {
                return refusal;
            }
        }
        else
        {
            refusal = withdrawable.CheckIsolated(row, -amount);
            if (!refusal.IsNone)
            {
                return refusal;
            }
        }

        // Point of no return.
        state.Positions.Write(row).IsolatedAtoms += amount;
        Invariant.Assert(amount > 0 || state.Positions[row].IsolatedAtoms >= 0, "more is taken from an isolated position than it has");
        Change(account, 0, -amount, BalanceReason.IsolatedMargin, account);
        return Refusal.None;
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
        Invariant.Assert(holder.Pool < state.Counts.Pools && slot < state.Pools[holder.Pool].CollateralCount,
            "a balance changes that no pool has");
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
            Invariant.Assert(state.Derived.CoinsHeld[(holder.Pool * Pool.MaxCollateral) + slot] >= holder.Balances[slot],
                "a pool holds fewer coins than one of its accounts");
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
        if (reason is BalanceReason.Withdrawal or BalanceReason.IsolatedMargin or BalanceReason.Bond
            || (reason == BalanceReason.Transfer && atoms < 0))
        {
            leverage.MoneyMoved(account);
        }
    }

    /// <summary>Changes what a unit has in the settlement asset: the account's balance, or an isolated position's own.</summary>
    public void ChangeUnit(MarginUnit unit, long atoms, BalanceReason reason, uint counterparty)
    {
        if (unit.IsCross)
        {
            Change(unit.Account, 0, atoms, reason, counterparty);
            return;
        }
        state.Derived.Bands.Touch(unit.Account);
        Invariant.Assert(unit.IsolatedRow / state.PositionsPerAccount == unit.Account && state.Positions[unit.IsolatedRow].IsIsolated,
            "a unit changes that is no isolated position of the account");
        state.Positions.Write(unit.IsolatedRow).IsolatedAtoms += atoms;
    }

    private Refusal CheckMarket(uint account, int market)
    {
        if (market >= state.Counts.Markets)
        {
            return Refusal.UnknownMarket(market);
        }
        return state.Accounts[(int)account].Pool != state.Markets[market].Pool
            ? Refusal.WrongPool(state.Markets[market].Pool)
            : Refusal.None;
    }

    /// <summary>Whether an amount may leave an account: see <see cref="Withdrawable"/>.</summary>
    public Refusal CheckLeaving(uint account, int slot, long amount)
    {
        if (amount < 1 || amount > Asset.MaxAmountAtoms)
        {
            return Refusal.AmountOutOfRange(Asset.MaxAmountAtoms);
        }
        long atoms = amount - Math.Max(state.Accounts[(int)account].Balances[slot], 0);
        return atoms > 0 ? Refusal.InsufficientBalance(atoms) : withdrawable.Check(account, slot, amount);
    }

    // What a pool still takes of a coin, all accounts together. What would be over is refused, so that no holder's coins lose weight by
    // what others bring; a withdrawal that failed always comes back.
    private long CoinRoomAtoms(int pool, int slot) =>
        slot == 0
            ? long.MaxValue
            : Math.Max(state.Assets[state.Pools[pool].Collateral[slot]].PoolCapAtoms
                - state.Derived.CoinsHeld[(pool * Pool.MaxCollateral) + slot], 0);

    /// <summary>
    /// Whether a pool has an amount: balances may be more than it holds, as far as other accounts of it owe it cash against coins.
    /// What is not there cannot leave.
    /// </summary>
    public Refusal CheckHeld(uint account, int slot, long amount)
    {
        long atoms = slot != 0 ? 0 : amount - state.Pools[state.Accounts[(int)account].Pool].HeldAtoms;
        return atoms > 0 ? Refusal.PoolHoldsLess(atoms) : Refusal.None;
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
