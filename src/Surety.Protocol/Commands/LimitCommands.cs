using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>Raises the room of a table, at most to twice what it is, and never beyond the bound of the genesis record's field.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct GrowCapacity
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>Accounts, keys, orders, triggers, TWAPs or withdrawals, by <see cref="TableId"/>.</summary>
    public uint Table;

    /// <summary>Rows from now on.</summary>
    public int Capacity;
}

/// <summary>Sets what an owner may take of the venue. A field that is 0 stays as it is.</summary>
[StructLayout(LayoutKind.Sequential, Size = 112)]
public struct SetOwnerLimits
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>
    /// A master account plus one, whose <see cref="Factor"/> is set; or 0 for the terms of all, where the factor must be 0.
    /// </summary>
    public uint OwnerPlusOne;

    /// <summary>His limits are the venue's times this, 1 to 1,000.</summary>
    public int Factor;

    /// <summary>Sub-accounts, 1 to 100,000.</summary>
    public int SubAccounts;

    /// <summary>Keys.</summary>
    public int Keys;
    /// <summary>Orders.</summary>
    public int Orders;
    /// <summary>Triggers.</summary>
    public int Triggers;
    /// <summary>TWAPs.</summary>
    public int Twaps;
    /// <summary>Withdrawals.</summary>
    public int Withdrawals;

    /// <summary>Sub-accounts without a fee; −1 for none.</summary>
    public int FreeSubAccounts;

    /// <summary>Keys without a fee; −1 for none.</summary>
    public int FreeKeys;

    /// <summary>Thousandths of a unit of the settlement asset, at most 10^9; −1 for no fee.</summary>
    public long RowFeeMilli;

    /// <summary>Refused commands of one owner in a minute that count towards the breaker, 1 to 120,000.</summary>
    public int Refusals;

    /// <summary>How long a dead key's row rests, minutes, 1 to 525,600.</summary>
    public int KeyRestMinutes;

    /// <inheritdoc cref="OwnerPlusOne"/>
    public OptionalId Owner { readonly get => OptionalId.OfPlusOne(OwnerPlusOne); set => OwnerPlusOne = value.PlusOne32(); }
}

/// <summary>Closes an empty sub-account; its row waits for the same owner's next one.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CloseSubAccount
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The sub-account to close, of the same owner as the account that the command acts for.</summary>
    public uint Closed;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
