using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>A limit or market order.</summary>
[StructLayout(LayoutKind.Sequential, Size = 104)]
public struct PlaceOrder
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>Below 2^62, not given twice by an account; 0 for none.</summary>
    public ulong ClientOrderId;

    /// <summary>The limit. Of a market order the protection price, or 0 with <see cref="NoProtection"/> for the venue's bound.</summary>
    public long PriceTicks;

    /// <summary>Lots.</summary>
    public long Lots;

    /// <summary>Lots an iceberg shows at a time; 0 shows all.</summary>
    public long DisplayLots;

    /// <summary>For good-till-time, nanoseconds since 1970.</summary>
    public long GoodTillNs;

    /// <summary>Cancelled when this order trades; 0 for none.</summary>
    public ulong OneCancelsOther;

    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Market, post-only, reduce-only and so on.</summary>
    public OrderOptions Options;
    /// <summary>Buys or sells.</summary>
    public Side Side;
    /// <summary>How long it waits.</summary>
    public TimeInForce TimeInForce;
    /// <summary>What happens when it would trade with an order of the same person.</summary>
    public SelfTradePrevention SelfTrade;

    /// <summary>1 when a market order leaves its protection price to the venue.</summary>
    public byte NoProtection;
}

/// <summary>A new price or size for a resting order, which keeps its id; and its place, if it only shrinks.</summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct AmendOrder
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The order, or <see cref="OrderIds.ByClient"/> of its client order id.</summary>
    public ulong OrderId;

    /// <summary>The new price.</summary>
    public long PriceTicks;

    /// <summary>Total lots, those already filled included, so that a fill on the way cannot be traded twice; 0 keeps the size.</summary>
    public long TotalLots;
}

/// <summary>Cancels an order, a trigger or a TWAP.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CancelOrder
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The order, or <see cref="OrderIds.ByClient"/> of its client order id.</summary>
    public ulong OrderId;
}

/// <summary>Cancels all of an account's orders, in one market or in all.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CancelAll
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>Market number plus one; 0 for every market.</summary>
    public uint MarketPlusOne;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <inheritdoc cref="MarketPlusOne"/>
    public OptionalId Market { readonly get => OptionalId.OfPlusOne(MarketPlusOne); set => MarketPlusOne = value.PlusOne32(); }
}

/// <summary>A stop, take-profit or trailing stop.</summary>
[StructLayout(LayoutKind.Sequential, Size = 112)]
public struct PlaceTrigger
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The client's own number of it; 0 for none.</summary>
    public ulong ClientOrderId;

    /// <summary>The price that sets it off; a trailing stop's is derived from the distance.</summary>
    public long TriggerTicks;

    /// <summary>Distance of a trailing stop, ticks above zero; else 0.</summary>
    public long TrailTicks;

    /// <summary>Limit of the order it becomes; with <see cref="OrderOptions.Market"/>, ignored.</summary>
    public long PriceTicks;

    /// <summary>Lots.</summary>
    public long Lots;

    /// <summary>When it lapses; 0 for never.</summary>
    public long GoodTillNs;

    /// <summary>Cancelled when this one triggers; 0 for none.</summary>
    public ulong OneCancelsOther;

    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Market, post-only, reduce-only and so on.</summary>
    public OrderOptions Options;
    /// <summary>Buys or sells.</summary>
    public Side Side;
    /// <summary>Its kind.</summary>
    public TriggerKind Kind;
    /// <summary>The price that it looks at.</summary>
    public TriggerSource Source;
    /// <summary>What happens when it would trade with an order of the same person.</summary>
    public SelfTradePrevention SelfTrade;
}

/// <summary>A native TWAP.</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
public struct PlaceTwap
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The client's own number of it; 0 for none.</summary>
    public ulong ClientOrderId;

    /// <summary>No slice trades beyond it.</summary>
    public long PriceTicks;

    /// <summary>Lots of all slices together.</summary>
    public long TotalLots;

    /// <summary>Between slices, nanoseconds.</summary>
    public long IntervalNs;

    /// <summary>How many, 2 to 10,000.</summary>
    public int Slices;

    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Market, post-only, reduce-only and so on.</summary>
    public OrderOptions Options;
    /// <summary>Buys or sells.</summary>
    public Side Side;
    /// <summary>What happens when it would trade with an order of the same person.</summary>
    public SelfTradePrevention SelfTrade;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>One market's two-sided quote; a side of 0 lots is pulled.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct QuoteEntry
{
    /// <summary>Price of the bid.</summary>
    public long BidTicks;
    /// <summary>Lots of the bid; 0 for none.</summary>
    public long BidLots;
    /// <summary>Price of the offer.</summary>
    public long AskTicks;
    /// <summary>Lots of the offer; 0 for none.</summary>
    public long AskLots;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>Places or replaces an account's quotes in up to sixteen markets. Only the entries in use are sent.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56 + (16 * 40))]
public struct MassQuote
{
    /// <summary>The most entries.</summary>
    public const int MaxEntries = 16;

    /// <summary>Bytes before the entries.</summary>
    public const int FixedSize = 56;

    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Entries, 1 to 16.</summary>
    public uint Count;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>The quotes; those beyond the count are not sent.</summary>
    public Sixteen<QuoteEntry> Entries;
}

/// <summary>Limits that pull all of an account's quotes when fills in one market exceed them; also ends a freeze.</summary>
[StructLayout(LayoutKind.Sequential, Size = 88)]
public struct SetQuoteProtection
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Window in which fills are added up, nanoseconds; 0 switches protection off.</summary>
    public long WindowNs;
    /// <summary>Lots filled in the window that pull all quotes, at least 1.</summary>
    public long LotsLimit;
    /// <summary>Net lots filled in the window that pull all quotes, at least 1.</summary>
    public long DeltaLimit;
    /// <summary>How long no quote is taken after that, nanoseconds.</summary>
    public long FreezeNs;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}
