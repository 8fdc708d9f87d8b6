using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>An address was put into the book of the header's account's owner.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct AddressAllowed
{
    public EventHeader Header;
    public long ActiveNs;

    /// <summary>Its row.</summary>
    public uint Address;

    public uint Key;
    public ushort Asset;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>An address was taken off the book.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct AddressRemoved
{
    public EventHeader Header;
    public uint Address;
    public uint Key;
    public ushort Asset;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>A withdrawal came to a status. Each of its statuses is told once.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct WithdrawalChanged
{
    public EventHeader Header;
    public ulong WithdrawalId;
    public long AmountAtoms;
    public long RequestedNs;
    public uint AddressPlusOne;

    /// <summary>The key that did it; 0 where time did.</summary>
    public uint Key;

    public ushort Asset;
    public WithdrawalStatus Status;
    public uint Reserved;
}

/// <summary>An owner's demand of a second key changed.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public struct WithdrawalRuleChanged
{
    public EventHeader Header;

    /// <summary>From when on no second key is needed; 0 for never.</summary>
    public long SingleKeyFromNs;
}

/// <summary>The venue's delays changed, or will.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct WithdrawalTermsChanged
{
    public EventHeader Header;
    public long AddressDelayNs;
    public long KeyDelayNs;
    public long ConfirmNs;
    public long NextFromNs;
    public long NextAddressDelayNs;
    public long NextKeyDelayNs;
}
