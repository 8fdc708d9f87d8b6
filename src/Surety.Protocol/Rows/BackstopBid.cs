using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A standing bid for portfolios in liquidation; a free row has no account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct BackstopBid
{
    /// <summary>The most bids of the venue.</summary>
    public const int Most = 256;

    /// <summary>The most bids of one owner's accounts.</summary>
    public const int MostOfOwner = 8;

    /// <summary>The provider, plus one.</summary>
    public uint AccountPlusOne;

    /// <summary>What the provider wants for taking a portfolio, parts per million of its notional.</summary>
    public int DiscountPpm;

    /// <summary>The largest notional of one portfolio, settlement atoms.</summary>
    public long MaxNotionalAtoms;

    /// <summary>When the bid was placed: of equal discounts the older is served.</summary>
    public long TimeNs;

    /// <summary>Zero.</summary>
    public long Reserved;

    /// <inheritdoc cref="AccountPlusOne"/>
    public OptionalId Account { readonly get => OptionalId.OfPlusOne(AccountPlusOne); set => AccountPlusOne = value.PlusOne32(); }
}
