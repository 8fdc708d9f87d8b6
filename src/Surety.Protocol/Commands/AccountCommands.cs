using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>Opens a further sub-account of the same owner in a pool.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CreateSubAccount
{
    public CommandHeader Header;
    public ushort Pool;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>Gives the owner a further key; a session key is one with few scopes and an early expiry.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct AddKey
{
    public CommandHeader Header;
    public PublicKey PublicKey;
    public long KeyExpiresNs;
    public KeyScopes Scopes;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>Ends a key of the same owner.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct RevokeKey
{
    public CommandHeader Header;
    public uint RevokedKey;
    public uint Reserved;
}

/// <summary>Takes collateral off the account, for an address of the owner's book; see docs/withdrawals.md.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Withdraw
{
    public CommandHeader Header;
    public long AmountAtoms;
    public ushort Asset;
    public ushort Reserved0;

    /// <summary>The address's row plus one; ignored in a venue without an address book.</summary>
    public uint AddressPlusOne;
}

/// <summary>Moves collateral to another sub-account of the same owner, or as a gift to a pool's insurance fund.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Transfer
{
    public CommandHeader Header;
    public long AmountAtoms;
    public uint ToAccount;
    public ushort Asset;
    public ushort Reserved;
}

/// <summary>Chooses cross or isolated margin for a market in which the account has neither position nor order.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct SetMarginMode
{
    public CommandHeader Header;
    public ushort Market;

    /// <summary>1 for isolated, 0 for cross.</summary>
    public ushort Isolated;
    public uint Reserved;
}

/// <summary>Moves settlement asset between the account and an isolated position: positive adds to the position.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct AdjustIsolatedMargin
{
    public CommandHeader Header;
    public long AmountAtoms;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>
/// A standing bid of a backstop provider for portfolios that are liquidated: whoever asks the least discount takes the
/// whole. An account has one; a notional of 0 withdraws it.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct PlaceBackstopBid
{
    public CommandHeader Header;

    /// <summary>The largest notional of one portfolio, settlement atoms.</summary>
    public long MaxNotionalAtoms;

    /// <summary>What the provider wants for taking it, parts per million of the notional at mark.</summary>
    public int DiscountPpm;

    public int Reserved;
}

/// <summary>
/// Posts bond for a price source out of the free balance of an account of the source's own owner, or with a negative amount asks
/// for it back: it stays at stake for a day and one bond window, then it leaves by itself.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct PostBond
{
    public CommandHeader Header;
    public long AmountAtoms;
    public uint SourceKey;
    public ushort Index;
    public ushort Reserved;
}
