using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>Opens a further sub-account of the same owner in a pool.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CreateSubAccount
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The pool that it trades in.</summary>
    public ushort Pool;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>Gives the owner a further key; a session key is one with few scopes and an early expiry.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct AddKey
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>X and Y, P-256.</summary>
    public PublicKey PublicKey;
    /// <summary>When the key ends, nanoseconds since 1970; 0 for never.</summary>
    public long KeyExpiresNs;
    /// <summary>What the key may do.</summary>
    public KeyScopes Scopes;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>Ends a key of the same owner.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct RevokeKey
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The key's number.</summary>
    public uint RevokedKey;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Takes collateral off the account, for an address of the owner's book; see docs/withdrawals.md.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Withdraw
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Atoms of the asset, at least 1.</summary>
    public long AmountAtoms;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved0;

    /// <summary>The address's row plus one; ignored in a venue without an address book.</summary>
    public uint AddressPlusOne;

    /// <inheritdoc cref="AddressPlusOne"/>
    public OptionalId Address { readonly get => OptionalId.OfPlusOne(AddressPlusOne); set => AddressPlusOne = value.PlusOne32(); }
}

/// <summary>Moves collateral to another sub-account of the same owner, or as a gift to a pool's insurance fund.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Transfer
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Atoms of the asset, at least 1.</summary>
    public long AmountAtoms;
    /// <summary>Another account of the same owner.</summary>
    public uint ToAccount;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved;
}

/// <summary>Chooses cross or isolated margin for a market in which the account has neither position nor order.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct SetMarginMode
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The market.</summary>
    public ushort Market;

    /// <summary>1 for isolated, 0 for cross.</summary>
    public ushort Isolated;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Moves settlement asset between the account and an isolated position: positive adds to the position.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct AdjustIsolatedMargin
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Atoms that go from the account to the position; negative takes them back.</summary>
    public long AmountAtoms;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>
/// A standing bid of a backstop provider for portfolios that are liquidated: the bid with the least discount takes the
/// whole. An account has one; a notional of 0 withdraws it.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct PlaceBackstopBid
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The largest notional of one portfolio, settlement atoms.</summary>
    public long MaxNotionalAtoms;

    /// <summary>What the provider wants for taking it, parts per million of the notional at mark.</summary>
    public int DiscountPpm;

    /// <summary>Zero.</summary>
    public int Reserved;
}

/// <summary>
/// Posts bond for a price source out of the free balance of an account of the source's own owner, or with a negative amount asks
/// for it back: it stays at stake for a day and one bond window, then it leaves by itself.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct PostBond
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Atoms of the settlement asset that are added; negative asks for so much back.</summary>
    public long AmountAtoms;
    /// <summary>The source's key.</summary>
    public uint SourceKey;
    /// <summary>The index that it reports on.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public ushort Reserved;
}
