using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>Puts an address into the owner's address book; it can be used after the venue's delay.</summary>
[StructLayout(LayoutKind.Sequential, Size = 208)]
public struct AllowAddress
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The asset that may go there.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;

    /// <summary>A name for people: printable ASCII, or empty.</summary>
    public ShortName Label;

    /// <summary>The address, UTF-8.</summary>
    public AddressText Text;
}

/// <summary>Takes an address off the owner's book, at once.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct RemoveAddress
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>Its row.</summary>
    public uint Address;

    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Takes a withdrawal back that is not approved yet.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CancelWithdrawal
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The withdrawal.</summary>
    public ulong WithdrawalId;
}

/// <summary>Approves a withdrawal of the account with another key than the one that asked for it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct ApproveWithdrawal
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The withdrawal.</summary>
    public ulong WithdrawalId;
}

/// <summary>
/// Whether the owner's withdrawals need a second key: a demand acts at once, giving it up waits the venue's delay of keys.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct SetWithdrawalRule
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>1 demanded, 0 not.</summary>
    public ushort SecondKey;

    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>
/// Changes the venue's delays. A longer one acts at once; a shorter one waits as long as the longest delay that now stands.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct SetWithdrawalTerms
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>0 to 2,592,000 (30 days).</summary>
    public int AddressDelaySeconds;

    /// <summary>0 to 2,592,000.</summary>
    public int KeyDelaySeconds;

    /// <summary>60 to 604,800.</summary>
    public int ConfirmSeconds;

    /// <summary>Zero.</summary>
    public int Reserved;
}
