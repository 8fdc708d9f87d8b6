using System;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What an account is.</summary>
[Flags]
public enum AccountFlags : ushort
{
    /// <summary>None: a free row.</summary>
    None = 0,

    /// <summary>The row is in use.</summary>
    Open = 1,

    /// <summary>A pool's insurance fund: an account like any other, that takes over what no other will.</summary>
    InsuranceFund = 2,

    /// <summary>The venue's own account, whose keys may govern, report prices and confirm custody.</summary>
    Operator = 4,
}

/// <summary>
/// A sub-account, in one pool: the unit of cross margin. A master account is a sub-account whose
/// <see cref="Owner"/> is itself; keys belong to the owner.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct Account
{
    /// <summary>The master account's number.</summary>
    public uint Owner;

    /// <summary>The pool.</summary>
    public ushort Pool;
    /// <summary>What it is.</summary>
    public AccountFlags Flags;

    /// <summary>Orders, triggers and TWAPs that are live.</summary>
    public int LiveOrders;

    /// <summary>Where the next client order id is remembered.</summary>
    public int ClientOrderCursor;

    /// <summary>Traded notional in the settlement asset, decayed by 1/30 a day: the fee tier's measure.</summary>
    public long VolumeAtoms;

    /// <summary>The UTC day up to which <see cref="VolumeAtoms"/> is decayed, days since 1970.</summary>
    public int VolumeDay;

    /// <summary>Triggers and TWAPs among <see cref="LiveOrders"/>.</summary>
    public int ConditionalOrders;

    /// <summary>Atoms by collateral slot of the pool; slot 0 is the settlement asset and alone may be negative.</summary>
    public Eight<long> Balances;

    /// <summary>Of an owner: what left the venue in his hour less what came in, atoms of one asset.</summary>
    public long FlowAtoms;

    /// <summary>When the owner's hour began, minutes since 1970.</summary>
    public int FlowMinute;

    /// <summary>The asset that <see cref="FlowAtoms"/> counts, plus one; 0 for none.</summary>
    public ushort FlowAssetPlusOne;

    /// <summary>
    /// What the owner took in his hour of what is first come first served, all assets together, 1/10,000 of their limits.
    /// </summary>
    public ushort FirstComeMyriad;

    /// <summary>
    /// The person: the owner's number, or the lowest number among the owners that the operator declared to be one. Limits of a person
    /// count all accounts that have the same.
    /// </summary>
    public uint BeneficialOwner;

    /// <summary>Zero.</summary>
    public uint Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;

    /// <inheritdoc cref="FlowAssetPlusOne"/>
    public OptionalId FlowAsset { readonly get => OptionalId.OfPlusOne(FlowAssetPlusOne); set => FlowAssetPlusOne = value.PlusOne16(); }
}
