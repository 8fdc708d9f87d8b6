using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>An address was put into the book of the header's account's owner.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct AddressAllowed
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>From when on it may be used.</summary>
    public long ActiveNs;

    /// <summary>Its row.</summary>
    public uint Address;

    /// <summary>The key that added it.</summary>
    public uint Key;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>An address was taken off the book.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct AddressRemoved
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The address's row.</summary>
    public uint Address;
    /// <summary>The key that took it off.</summary>
    public uint Key;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>A withdrawal came to a status. Each of its statuses is told once.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct WithdrawalChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The withdrawal.</summary>
    public ulong WithdrawalId;
    /// <summary>Atoms of the asset.</summary>
    public long AmountAtoms;
    /// <summary>When it was asked for.</summary>
    public long RequestedNs;
    /// <summary>The address's row plus one; 0 for none.</summary>
    public uint AddressPlusOne;

    /// <summary>The key that did it; 0 where time did.</summary>
    public uint Key;

    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>What it is now.</summary>
    public WithdrawalStatus Status;
    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <inheritdoc cref="AddressPlusOne"/>
    public OptionalId Address { readonly get => OptionalId.OfPlusOne(AddressPlusOne); set => AddressPlusOne = value.PlusOne32(); }
}

/// <summary>An owner's demand of a second key changed.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public struct WithdrawalRuleChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>From when on no second key is needed; 0 for never.</summary>
    public long SingleKeyFromNs;
}

/// <summary>The venue's delays changed, or will.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct WithdrawalTermsChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>How long a new address waits, nanoseconds.</summary>
    public long AddressDelayNs;
    /// <summary>How old both keys must be, nanoseconds.</summary>
    public long KeyDelayNs;
    /// <summary>How long a request may wait for its approval, nanoseconds.</summary>
    public long ConfirmNs;
    /// <summary>From when on the next terms hold; 0 for none.</summary>
    public long NextFromNs;
    /// <summary>How long a new address waits then.</summary>
    public long NextAddressDelayNs;
    /// <summary>How old both keys must be then.</summary>
    public long NextKeyDelayNs;
}
