using System;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>What one owner holds of the venue's rows, over all sub-accounts.</summary>
public struct OwnerCounts
{
    /// <summary>Open sub-accounts besides the master account.</summary>
    public int SubAccounts;

    /// <summary>Sub-accounts that were closed and wait for him to open them again.</summary>
    public int ClosedSubAccounts;

    /// <summary>Keys.</summary>
    public int Keys;
    /// <summary>Resting orders.</summary>
    public int Orders;
    /// <summary>Triggers.</summary>
    public int Triggers;
    /// <summary>TWAPs.</summary>
    public int Twaps;
    /// <summary>Withdrawals under way.</summary>
    public int Withdrawals;
}

/// <summary>Which rows an owner asks for.</summary>
internal enum OwnerRows
{
    SubAccounts,
    Keys,
    Orders,
    Triggers,
    Twaps,
    Withdrawals,
}

/// <summary>
/// What each owner holds, and whether he may have one more. Two bounds: the venue's term times his factor, and a part of what is
/// free, so that the more are greedy, the less each gets. The operator and the insurance funds have neither.
/// Derived: it follows from the tables.
/// </summary>
public sealed class OwnerUse
{
    private readonly IndexedState _state;
    private OwnerCounts[] _counts;

    internal OwnerUse(IndexedState state)
    {
        _state = state;
        _counts = new OwnerCounts[state.GenesisRef.MaxAccounts];
    }

    /// <summary>What the owner of an account holds.</summary>
    public ref OwnerCounts Of(uint account) => ref _counts[_state.Accounts[(int)account].Owner];

    internal void Grow(int accounts) => Array.Resize(ref _counts, accounts);

    /// <summary>None when the account's owner may take one more row; else his limit.</summary>
    internal Refusal Check(uint account, OwnerRows kind)
    {
        uint owner = _state.Accounts[(int)account].Owner;
        int held = Held(in _counts[owner], kind);
        if (held < VenueLimits.LeastShare && held < TermOf(kind))
        {
            return Refusal.None;
        }
        if ((_state.Accounts[(int)owner].Flags & (AccountFlags.Operator | AccountFlags.InsuranceFund)) != 0)
        {
            return Refusal.None;
        }
        long most =
            Math.Min((long)TermOf(kind) * Math.Max(_state.Owners[(int)owner].Factor, 1),
                Math.Max(VenueLimits.LeastShare, FreeRows(kind) / VenueLimits.SharePart));
        return held < most ? Refusal.None : Refusal.OwnerLimit(most);
    }

    private static int Held(in OwnerCounts counts, OwnerRows kind) => kind switch
    {
        OwnerRows.SubAccounts => counts.SubAccounts,
        OwnerRows.Keys => counts.Keys,
        OwnerRows.Orders => counts.Orders,
        OwnerRows.Triggers => counts.Triggers,
        OwnerRows.Twaps => counts.Twaps,
        _ => counts.Withdrawals,
    };

    private int TermOf(OwnerRows kind)
    {
        ref readonly VenueLimits limits = ref _state.Limits[0];
        return kind switch
        {
            OwnerRows.SubAccounts => limits.OwnerSubAccounts,
            OwnerRows.Keys => limits.OwnerKeys,
            OwnerRows.Orders => limits.OwnerOrders,
            OwnerRows.Triggers => limits.OwnerTriggers,
            OwnerRows.Twaps => limits.OwnerTwaps,
            _ => limits.OwnerWithdrawals,
        };
    }

    private int FreeRows(OwnerRows kind)
    {
        DerivedState derived = _state.Derived;
        return kind switch
        {
            OwnerRows.SubAccounts => _state.Limits[0].MaxAccounts - _state.Counts.Accounts,
            OwnerRows.Keys => _state.Limits[0].MaxKeys - _state.Counts.Keys + derived.KeyRows.Free,
            OwnerRows.Orders => derived.OrderSlots.Capacity - derived.OrderSlots.Taken,
            OwnerRows.Triggers => derived.TriggerSlots.Capacity - derived.TriggerSlots.Taken,
            OwnerRows.Twaps => derived.TwapSlots.Capacity - derived.TwapSlots.Taken,
            _ => derived.WithdrawalSlots.Capacity - derived.WithdrawalSlots.Taken,
        };
    }

    internal void Rebuild()
    {
        for (int account = 0; account < _state.Counts.Accounts; account++)
        {
            ref readonly Account row = ref _state.Accounts[account];
            if (row.Owner == account)
            {
                continue;
            }
            if ((row.Flags & AccountFlags.Open) != 0)
            {
                _counts[row.Owner].SubAccounts++;
            }
            else
            {
                _counts[row.Owner].ClosedSubAccounts++;
            }
        }
        for (int row = 0; row < _state.Counts.Keys; row++)
        {
            if (_state.Keys[row].Status is Key.Valid or Key.Revoked)
            {
                Of(_state.Keys[row].Account).Keys++;
            }
        }
        for (int row = 0; row < _state.Orders.Rows; row++)
        {
            Of(_state.Orders[row].Account).Orders += _state.Orders[row].Id != 0 ? 1 : 0;
        }
        for (int row = 0; row < _state.Triggers.Rows; row++)
        {
            Of(_state.Triggers[row].Account).Triggers += _state.Triggers[row].Id != 0 ? 1 : 0;
        }
        for (int row = 0; row < _state.Twaps.Rows; row++)
        {
            Of(_state.Twaps[row].Account).Twaps += _state.Twaps[row].Id != 0 ? 1 : 0;
        }
        for (int row = 0; row < _state.Withdrawals.Rows; row++)
        {
            Of(_state.Withdrawals[row].Account).Withdrawals += _state.Withdrawals[row].Id != 0 ? 1 : 0;
        }
    }
}
