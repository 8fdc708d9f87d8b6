using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>Terms that wait for their time; a free row has no market.</summary>
[StructLayout(LayoutKind.Sequential, Size = 384)]
public struct PendingTerms
{
    /// <summary>Changes that may wait at once.</summary>
    public const int Most = 32;

    /// <summary>When they act.</summary>
    public long ActivateNs;
    /// <summary>The market plus one; 0 for a free row.</summary>
    public uint MarketPlusOne;
    /// <summary>Zero.</summary>
    public uint Reserved0;
    /// <summary>The terms.</summary>
    public MarketTerms Terms;
    /// <summary>Zero.</summary>
    public long Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;
    /// <summary>Zero.</summary>
    public long Reserved5;

    /// <inheritdoc cref="MarketPlusOne"/>
    public OptionalId Market { readonly get => OptionalId.OfPlusOne(MarketPlusOne); set => MarketPlusOne = value.PlusOne32(); }
}
