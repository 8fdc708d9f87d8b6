using System;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// The one state machine of withdrawals: requested, approved by another key, paid or returned by custody; or cancelled, or expired.
/// Each step is one command and is refused in any other state, so it happens once. docs/withdrawals.md has the table.
/// </summary>
internal sealed class WithdrawalKeeping(IndexedState state, EventLog events, Custody custody, Withdrawable withdrawable,
    OutflowLimits outflow)
{
    private const long NsPerSecond = 1_000_000_000;

    public Refusal Request(in Withdraw command, out ulong created)
    {
        created = 0;
        uint account = command.Header.Account;
        int slot = custody.SlotOf(account, command.Asset);
        if (slot < 0)
        {
            return Refusal.UnknownAsset(command.Asset);
        }
        int row = state.Derived.WithdrawalSlots.LowestFree();
        if (row < 0)
        {
            return Refusal.LimitReached(state.Derived.WithdrawalSlots.Capacity);
        }
        Refusal refusal = state.Derived.Owners.Check(account, OwnerRows.Withdrawals);
        if (refusal.IsNone)
        {
            refusal = custody.CheckLeaving(account, slot, command.AmountAtoms);
        }
        if (refusal.IsNone)
        {
            refusal = custody.CheckHeld(account, slot, command.AmountAtoms);
        }
        if (refusal.IsNone)
        {
            refusal = outflow.Check(account, slot, command.Asset, command.AmountAtoms);
        }
        if (refusal.IsNone && state.HasAddressBook)
        {
            refusal = CheckRequest(in command);
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        Invariant.Assert(state.Withdrawals[row].Id == 0, "a withdrawal takes the row of one that is under way");
        outflow.CountOut(account, slot, command.Asset, command.AmountAtoms);
        state.Derived.WithdrawalSlots.Take(row);
        created = (++state.Venue.Write(0).Withdrawals << 24) | (uint)row;
        bool waits = NeedsSecondKey(account);
        state.Withdrawals.Write(row) = new Withdrawal
        {
            Id = created,
            Account = account,
            Asset = command.Asset,
            Status = waits ? WithdrawalStatus.Requested : WithdrawalStatus.Approved,
            AmountAtoms = command.AmountAtoms,
            RequestedNs = state.TimeNs,
            ExpiresNs = waits ? state.TimeNs + Terms.ConfirmNs : 0,
            Address = state.HasAddressBook ? command.Address : OptionalId.None,
            RequestedBy = command.Header.Key,
            ApprovedBy = waits ? 0 : command.Header.Key,
            ApprovedNs = waits ? 0 : state.TimeNs,
        };
        if (waits)
        {
            state.Derived.Timers.Add(state.Withdrawals[row].ExpiresNs, TimerKind.WithdrawalExpiry, created);
        }
        Count(account, 1);
        state.Derived.UnderWay.Add(state.Accounts[(int)account].Owner, row);
        state.Assets.Write(command.Asset).PendingWithdrawalAtoms += command.AmountAtoms;
        custody.Hold(account, slot, -command.AmountAtoms);
        custody.Change(account, slot, -command.AmountAtoms, BalanceReason.Withdrawal, 0);
        Invariant.Assert(state.Accounts[(int)account].Balances[slot] >= 0, "a withdrawal takes more than the balance");
        Tell(in state.Withdrawals[row], WithdrawalStatus.Requested, command.Header.Key);
        if (!waits)
        {
            Tell(in state.Withdrawals[row], WithdrawalStatus.Approved, command.Header.Key);
        }
        return Refusal.None;
    }

    public Refusal Approve(in ApproveWithdrawal command)
    {
        int row = RowOf(command.WithdrawalId);
        if (row < 0 || state.Withdrawals[row].Account != command.Header.Account)
        {
            return Refusal.UnknownWithdrawal((long)(command.WithdrawalId & long.MaxValue));
        }
        Withdrawal withdrawal = state.Withdrawals[row];
        // The amount is off the balance already. What stayed must still do without it: losses since the request come first.
        Refusal refusal = withdrawable.Check(withdrawal.Account, custody.SlotOf(withdrawal.Account, withdrawal.Asset), 0);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        // Allowed again since is not the same: its removal meant this withdrawal too.
        ref readonly WithdrawalAddress address = ref state.Addresses[Math.Max(withdrawal.Address.Number, 0)];
        if (withdrawal.Address.Exists && (address.Status != WithdrawalAddress.Allowed || address.ActiveNs > withdrawal.RequestedNs))
        {
            return Refusal.AddressRemoved;
        }
        refusal = CheckAge(command.Header.Key);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (withdrawal.Status != WithdrawalStatus.Requested)
        {
            return Refusal.WithdrawalDecided(withdrawal.Status);
        }
        if (IsSameKey(withdrawal.RequestedBy, command.Header.Key))
        {
            return Refusal.ApproverIsRequester;
        }
        // A key that is no longer good, or that no longer stands in its row.
        int requesterRow = state.Derived.KeyRows.Find(withdrawal.RequestedBy);
        Key requester = requesterRow < 0 ? default : state.Keys[requesterRow];
        if (requester.Status != Key.Valid || (requester.ExpiresNs != 0 && requester.ExpiresNs <= state.TimeNs)
            || (requester.Scopes & KeyScopes.Withdraw) == 0)
        {
            return Refusal.RequesterGone;
        }

        // Point of no return.
        ref Withdrawal written = ref state.Withdrawals.Write(row);
        written.Status = WithdrawalStatus.Approved;
        written.ApprovedBy = command.Header.Key;
        written.ApprovedNs = state.TimeNs;
        written.ExpiresNs = 0;
        Tell(in written, WithdrawalStatus.Approved, command.Header.Key);
        return Refusal.None;
    }

    public Refusal Cancel(in CancelWithdrawal command)
    {
        int row = RowOf(command.WithdrawalId);
        if (row < 0 || state.Withdrawals[row].Account != command.Header.Account)
        {
            return Refusal.UnknownWithdrawal((long)(command.WithdrawalId & long.MaxValue));
        }
        // Custody may have sent it by now: taking it back would pay it twice.
        if (state.Withdrawals[row].Status != WithdrawalStatus.Requested)
        {
            return Refusal.WithdrawalDecided(state.Withdrawals[row].Status);
        }

        // Point of no return.
        GiveBack(row, WithdrawalStatus.Cancelled, command.Header.Key);
        return Refusal.None;
    }

    public Refusal Confirm(in ConfirmWithdrawal command)
    {
        int row = RowOf(command.WithdrawalId);
        if (row < 0)
        {
            return Refusal.UnknownWithdrawal((long)(command.WithdrawalId & long.MaxValue));
        }
        if (command.Paid > 1)
        {
            return Refusal.InvalidField(56);
        }
        if (command.Paid == 1 && state.Withdrawals[row].Status != WithdrawalStatus.Approved)
        {
            return Refusal.WithdrawalDecided(state.Withdrawals[row].Status);
        }

        // Point of no return.
        if (command.Paid == 0)
        {
            GiveBack(row, WithdrawalStatus.Returned, command.Header.Key);
            return Refusal.None;
        }
        Withdrawal withdrawal = state.Withdrawals[row];
        ref Asset asset = ref state.Assets.Write(withdrawal.Asset);
        asset.PendingWithdrawalAtoms -= withdrawal.AmountAtoms;
        asset.WithdrawnAtoms += withdrawal.AmountAtoms;
        Invariant.Assert(asset.PendingWithdrawalAtoms >= 0, "more is paid than is under way");
        Invariant.Assert(asset.WithdrawnAtoms <= asset.DepositedAtoms, "more of an asset leaves than came in");
        if (withdrawal.Address.Exists)
        {
            state.Addresses.Write(withdrawal.Address.Number).PaidAtoms += withdrawal.AmountAtoms;
        }
        End(row, WithdrawalStatus.Paid, command.Header.Key);
        return Refusal.None;
    }

    /// <summary>Gives a withdrawal back that was not approved in time; nothing where the timer is a leftover.</summary>
    public void Expire(ulong id)
    {
        int row = RowOf(id);
        if (row >= 0 && state.Withdrawals[row].Status == WithdrawalStatus.Requested && state.Withdrawals[row].ExpiresNs <= state.TimeNs)
        {
            GiveBack(row, WithdrawalStatus.Expired, 0);
        }
    }

    public Refusal SetRule(in SetWithdrawalRule command)
    {
        if (command.SecondKey > 1)
        {
            return Refusal.InvalidField(48);
        }
        if (!state.HasAddressBook)
        {
            return Refusal.NoAddressBook;
        }

        // Point of no return.
        ref OwnerWithdrawals owner = ref state.OwnerWithdrawals.Write((int)state.Accounts[(int)command.Header.Account].Owner);
        if (command.SecondKey == 1)
        {
            owner.SingleKeyFromNs = 0;
        }
        else if (owner.SingleKeyFromNs == 0)
        {
            owner.SingleKeyFromNs = state.TimeNs + Terms.KeyDelayNs;
        }
        events.Write(EventKind.WithdrawalRuleChanged, command.Header.Account,
            new WithdrawalRuleChanged { SingleKeyFromNs = owner.SingleKeyFromNs });
        return Refusal.None;
    }

    public Refusal SetTerms(in SetWithdrawalTerms command)
    {
        long offset = command.AddressDelaySeconds is < 0 or > WithdrawalTerms.LongestDelaySeconds ? 48
            : command.KeyDelaySeconds is < 0 or > WithdrawalTerms.LongestDelaySeconds ? 52
            : command.ConfirmSeconds is < WithdrawalTerms.LeastConfirmSeconds or > WithdrawalTerms.LongestConfirmSeconds ? 56
            : 0;
        if (offset != 0)
        {
            return Refusal.InvalidField(offset);
        }
        if (!state.HasAddressBook)
        {
            return Refusal.NoAddressBook;
        }

        // Point of no return.
        WithdrawalTerms terms = Terms;
        long addressNs = command.AddressDelaySeconds * NsPerSecond;
        long keyNs = command.KeyDelaySeconds * NsPerSecond;
        (terms.NextFromNs, terms.NextAddressDelayNs, terms.NextKeyDelayNs) = (0, 0, 0);
        if (addressNs < terms.AddressDelayNs || keyNs < terms.KeyDelayNs)
        {
            terms.NextFromNs = state.TimeNs + Math.Max(terms.AddressDelayNs, terms.KeyDelayNs);
            (terms.NextAddressDelayNs, terms.NextKeyDelayNs) = (addressNs, keyNs);
        }
        terms.AddressDelayNs = Math.Max(terms.AddressDelayNs, addressNs);
        terms.KeyDelayNs = Math.Max(terms.KeyDelayNs, keyNs);
        terms.ConfirmNs = command.ConfirmSeconds * NsPerSecond;
        state.WithdrawalTerms.Write(0) = terms;
        events.Write(EventKind.WithdrawalTermsChanged, command.Header.Account, new WithdrawalTermsChanged
        {
            AddressDelayNs = terms.AddressDelayNs,
            KeyDelayNs = terms.KeyDelayNs,
            ConfirmNs = terms.ConfirmNs,
            NextFromNs = terms.NextFromNs,
            NextAddressDelayNs = terms.NextAddressDelayNs,
            NextKeyDelayNs = terms.NextKeyDelayNs,
        });
        return Refusal.None;
    }

    private WithdrawalTerms Terms => state.WithdrawalTerms[0].At(state.TimeNs);

    private Refusal CheckRequest(in Withdraw command)
    {
        uint owner = state.Accounts[(int)command.Header.Account].Owner;
        int row = command.Address.Number;
        if (row < 0 || row >= state.WithdrawalTerms[0].Addresses || state.Addresses[row].Owner != owner
            || state.Addresses[row].Asset != command.Asset)
        {
            return Refusal.UnknownAddress;
        }
        ref readonly WithdrawalAddress address = ref state.Addresses[row];
        bool removed = address.Status != WithdrawalAddress.Allowed;
        if (!removed && address.ActiveNs > state.TimeNs)
        {
            return Refusal.AddressNotActive(address.ActiveNs - state.TimeNs);
        }
        if (removed)
        {
            return Refusal.AddressRemoved;
        }
        Refusal refusal = CheckAge(command.Header.Key);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        return state.OwnerWithdrawals[(int)owner].Pending >= OwnerWithdrawals.MostPending
            ? Refusal.TooManyWithdrawals(OwnerWithdrawals.MostPending)
            : Refusal.None;
    }

    // Both keys must be old: a stolen one could add a key to ask with as well as one to approve with.
    private Refusal CheckAge(uint key)
    {
        long ns = !state.HasAddressBook ? 0 : state.KeyOrigins[KeyRows.RowOf(key)].AddedNs + Terms.KeyDelayNs - state.TimeNs;
        return ns > 0 ? Refusal.KeyTooYoung(ns) : Refusal.None;
    }

    // One key pair that was added twice is one key.
    private bool IsSameKey(uint a, uint b)
    {
        if (a == b)
        {
            return true;
        }
        int row = state.Derived.KeyRows.Find(a);
        return row >= 0 && state.PublicKeys[row] == state.PublicKeys[KeyRows.RowOf(b)];
    }

    private bool NeedsSecondKey(uint account)
    {
        if (!state.HasAddressBook)
        {
            return false;
        }
        long singleFromNs = state.OwnerWithdrawals[(int)state.Accounts[(int)account].Owner].SingleKeyFromNs;
        return singleFromNs == 0 || singleFromNs > state.TimeNs;
    }

    private int RowOf(ulong id)
    {
        int row = (int)(id & 0xFFFFFF);
        return id == 0 || row >= state.Withdrawals.Capacity || state.Withdrawals[row].Id != id ? -1 : row;
    }

    private void GiveBack(int row, WithdrawalStatus status, uint key)
    {
        Withdrawal withdrawal = state.Withdrawals[row];
        int slot = custody.SlotOf(withdrawal.Account, withdrawal.Asset);
        // First: it takes back what was counted with the amount still in the balance or pending, not both.
        outflow.CountBack(withdrawal.Account, withdrawal.Asset, withdrawal.AmountAtoms, withdrawal.RequestedNs);
        state.Assets.Write(withdrawal.Asset).PendingWithdrawalAtoms -= withdrawal.AmountAtoms;
        custody.Hold(withdrawal.Account, slot, withdrawal.AmountAtoms);
        custody.Change(withdrawal.Account, slot, withdrawal.AmountAtoms, BalanceReason.WithdrawalReturned, 0);
        End(row, status, key);
    }

    private void End(int row, WithdrawalStatus status, uint key)
    {
        Withdrawal withdrawal = state.Withdrawals[row];
        state.Withdrawals.Write(row) = default;
        state.Derived.WithdrawalSlots.Release(row);
        Count(withdrawal.Account, -1);
        state.Derived.UnderWay.Remove(state.Accounts[(int)withdrawal.Account].Owner, row);
        Tell(in withdrawal, status, key);
    }

    private void Count(uint account, int change)
    {
        state.Derived.Owners.Of(account).Withdrawals += change;
        if (state.HasAddressBook)
        {
            state.OwnerWithdrawals.Write((int)state.Accounts[(int)account].Owner).Pending += change;
        }
    }

    private void Tell(in Withdrawal withdrawal, WithdrawalStatus status, uint key) =>
        events.Write(EventKind.WithdrawalChanged, withdrawal.Account, new WithdrawalChanged
        {
            WithdrawalId = withdrawal.Id,
            AmountAtoms = withdrawal.AmountAtoms,
            RequestedNs = withdrawal.RequestedNs,
            Address = withdrawal.Address,
            Key = key,
            Asset = withdrawal.Asset,
            Status = status,
        });
}
