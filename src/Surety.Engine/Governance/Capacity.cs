using System;
using Surety.Engine.Indexes;
using Surety.Engine.Liquidation;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>Room that grows, and what one owner may take of it.</summary>
internal sealed class Capacity(IndexedState state, Enforcement enforcement)
{
    private const int MostOfOwner = 1_000_000;

    /// <summary>A table's room, and the most it may have; false when it does not grow.</summary>
    public static bool TryRoom(IndexedState state, TableId table, out int room, out int bound)
    {
        ref readonly VenueLimits limits = ref state.Limits[0];
        (room, bound) = table switch
        {
            TableId.Accounts => (limits.MaxAccounts, 1 << 22),
            TableId.Keys => (limits.MaxKeys, 1 << 23),
            TableId.Orders => (limits.MaxOrders, 1 << OrderIds.SlotBits),
            TableId.Triggers => (limits.MaxTriggers, 1 << 20),
            TableId.Twaps => (limits.MaxTwaps, 1 << 20),
            TableId.Withdrawals => (limits.MaxWithdrawals, 1 << 20),
            _ => (0, 0),
        };
        // A table is one array of bytes.
        int rowBytes = table switch
        {
            TableId.Accounts =>
                Math.Max(state.PositionsPerAccount * state.Positions.RowBytes,
                    state.GenesisRef.ClientOrdersPerAccount * state.ClientOrders.RowBytes),
            TableId.Keys => state.PublicKeys.RowBytes,
            TableId.Orders => state.Orders.RowBytes,
            TableId.Triggers => state.Triggers.RowBytes,
            TableId.Twaps => state.Twaps.RowBytes,
            _ => state.Withdrawals.RowBytes,
        };
        bound = Math.Min(bound, 2_000_000_000 / rowBytes);
        if (table == TableId.Accounts && state.HasAddressBook)
        {
            // Each account brings the rows of its address book.
            bound = Math.Min(bound, Genesis.MostAddresses / state.GenesisRef.AddressesPerOwner);
        }
        return room > 0;
    }

    public Refusal Grow(in GrowCapacity command)
    {
        if (!TryRoom(state, (TableId)command.Table, out int room, out int bound))
        {
            return Refusal.InvalidField(48);
        }
        // Twice at most: a slip of the pen takes no more memory than the venue has shown that it has.
        long most = Math.Min(bound, room * 2L);
        if (command.Capacity <= room || command.Capacity > most)
        {
            return Refusal.CapacityOutOfRange(most);
        }

        // Point of no return.
        ref VenueLimits limits = ref state.Limits.Write(0);
        switch ((TableId)command.Table)
        {
            case TableId.Accounts:
                limits.MaxAccounts = command.Capacity;
                break;
            case TableId.Keys:
                limits.MaxKeys = command.Capacity;
                break;
            case TableId.Orders:
                limits.MaxOrders = command.Capacity;
                break;
            case TableId.Triggers:
                limits.MaxTriggers = command.Capacity;
                break;
            case TableId.Twaps:
                limits.MaxTwaps = command.Capacity;
                break;
            default:
                limits.MaxWithdrawals = command.Capacity;
                break;
        }
        state.Grow();
        enforcement.Grow();
        return Refusal.None;
    }

    public Refusal Set(in SetOwnerLimits command)
    {
        long account = command.Owner.Number;
        if (command.Owner.Exists)
        {
            if (account >= state.Counts.Accounts)
            {
                return Refusal.UnknownAccount(account);
            }
            if (state.Accounts[(int)account].Owner != account)
            {
                return Refusal.NotOwner(state.Accounts[(int)account].Owner);
            }
            if (command.Factor is < 1 or > OwnerRow.MostFactor)
            {
                return Refusal.InvalidField(52);
            }

            // Point of no return.
            state.Owners.Write(command.Owner.Number).Factor = command.Factor;
            return Refusal.None;
        }
        long offset = command.Factor != 0 ? 52
            : Outside(command.SubAccounts, 0) ? 56
            : Outside(command.Keys, 0) ? 60
            : Outside(command.Orders, 0) ? 64
            : Outside(command.Triggers, 0) ? 68
            : Outside(command.Twaps, 0) ? 72
            : Outside(command.Withdrawals, 0) ? 76
            : Outside(command.FreeSubAccounts, -1) ? 80
            : Outside(command.FreeKeys, -1) ? 84
            : command.RowFeeMilli is < -1 or > 1_000_000_000 ? 88
            : command.Refusals is < 0 or > Breakers.MarketGate.RefusalsPerMinute ? 96
            : command.KeyRestMinutes is < 0 or > 525_600 ? 100
            : 0;
        if (offset != 0)
        {
            return Refusal.InvalidField(offset);
        }

        // Point of no return.
        ref VenueLimits limits = ref state.Limits.Write(0);
        Change(ref limits.OwnerSubAccounts, command.SubAccounts);
        Change(ref limits.OwnerKeys, command.Keys);
        Change(ref limits.OwnerOrders, command.Orders);
        Change(ref limits.OwnerTriggers, command.Triggers);
        Change(ref limits.OwnerTwaps, command.Twaps);
        Change(ref limits.OwnerWithdrawals, command.Withdrawals);
        Change(ref limits.FreeSubAccounts, command.FreeSubAccounts);
        Change(ref limits.FreeKeys, command.FreeKeys);
        Change(ref limits.OwnerRefusals, command.Refusals);
        Change(ref limits.KeyRestMinutes, command.KeyRestMinutes);
        if (command.RowFeeMilli != 0)
        {
            limits.RowFeeMilli = Math.Max(command.RowFeeMilli, 0);
        }
        return Refusal.None;
    }

    private static bool Outside(int value, int least) => value < least || value > MostOfOwner;

    private static void Change(ref int term, int given)
    {
        if (given != 0)
        {
            term = Math.Max(given, 0);
        }
    }
}
