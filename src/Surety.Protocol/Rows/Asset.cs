using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>Something that can be deposited.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct Asset
{
    /// <summary>The most atoms of one movement, and of one balance by deposit: sums then never leave 64 bits.</summary>
    public const long MaxAmountAtoms = 1L << 55;

    /// <summary>Its name.</summary>
    public ShortName Name;

    /// <summary>1 when listed.</summary>
    public ushort Status;

    /// <summary>Decimals of an atom: 6 means an atom is a millionth.</summary>
    public ushort Decimals;

    /// <summary>Its price's index plus one; 0 for an asset that only settles.</summary>
    public ushort PriceIndexPlusOne;

    /// <summary>Zero.</summary>
    public ushort Reserved0;

    /// <summary>Taken off its price before it counts as collateral, parts per million.</summary>
    public int HaircutPpm;

    /// <summary>Zero.</summary>
    public int Reserved1;

    /// <summary>Atoms beyond which one account's holding counts for nothing; the concentration limit.</summary>
    public long CollateralCapAtoms;

    /// <summary>Atoms that came in, all together.</summary>
    public long DepositedAtoms;
    /// <summary>Atoms that went out, all together.</summary>
    public long WithdrawnAtoms;

    /// <summary>Left the accounts, not yet confirmed by custody.</summary>
    public long PendingWithdrawalAtoms;

    /// <summary>The hour in which outflow is counted, and how much of what is first come first served has left, atoms.</summary>
    public long OutflowHourNs;

    /// <summary>Atoms that left in this hour.</summary>
    public long OutflowAtoms;

    /// <summary>The most atoms of it that a pool takes, all accounts together; 0 for what has no price.</summary>
    public long PoolCapAtoms;

    /// <summary>What owners took out in the hour of the shares that are theirs, atoms.</summary>
    public long OutflowShareAtoms;

    /// <summary>Zero.</summary>
    public long Reserved4;

    /// <inheritdoc cref="PriceIndexPlusOne"/>
    public OptionalId PriceIndex { readonly get => OptionalId.OfPlusOne(PriceIndexPlusOne); set => PriceIndexPlusOne = value.PlusOne16(); }
}
