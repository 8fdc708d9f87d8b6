using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>A limit or market order.</summary>
[StructLayout(LayoutKind.Sequential, Size = 104)]
public struct PlaceOrder
{
    public CommandHeader Header;

    /// <summary>Below 2^62, not given twice by an account; 0 for none.</summary>
    public ulong ClientOrderId;

    /// <summary>The limit. Of a market order the protection price, or 0 with <see cref="NoProtection"/> for the venue's bound.</summary>
    public long PriceTicks;

    public long Lots;

    /// <summary>Lots an iceberg shows at a time; 0 shows all.</summary>
    public long DisplayLots;

    /// <summary>For good-till-time, nanoseconds since 1970.</summary>
    public long GoodTillNs;

    /// <summary>Cancelled when this order trades; 0 for none.</summary>
    public ulong OneCancelsOther;

    public ushort Market;
    public OrderOptions Options;
    public Side Side;
    public TimeInForce TimeInForce;
    public SelfTradePrevention SelfTrade;

    /// <summary>1 when a market order leaves its protection price to the venue.</summary>
    public byte NoProtection;
}

/// <summary>A new price or size for a resting order, which keeps its id; and its place, if it only shrinks.</summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct AmendOrder
{
    public CommandHeader Header;

    /// <summary>The order, or <see cref="OrderIds.ByClient"/> of its client order id.</summary>
    public ulong OrderId;

    public long PriceTicks;

    /// <summary>Total lots, those already filled included, so that a fill on the way cannot be traded twice; 0 keeps the size.</summary>
    public long TotalLots;
}

/// <summary>Cancels an order, a trigger or a TWAP.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CancelOrder
{
    public CommandHeader Header;

    /// <summary>The order, or <see cref="OrderIds.ByClient"/> of its client order id.</summary>
    public ulong OrderId;
}

/// <summary>Cancels all of an account's orders, in one market or in all.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CancelAll
{
    public CommandHeader Header;

    /// <summary>Market number plus one; 0 for every market.</summary>
    public uint MarketPlusOne;

    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>A stop, take-profit or trailing stop.</summary>
[StructLayout(LayoutKind.Sequential, Size = 112)]
public struct PlaceTrigger
{
    public CommandHeader Header;
    public ulong ClientOrderId;

    /// <summary>The price that sets it off; a trailing stop's is derived from the distance.</summary>
    public long TriggerTicks;

    /// <summary>Distance of a trailing stop, ticks above zero; else 0.</summary>
    public long TrailTicks;

    /// <summary>Limit of the order it becomes; with <see cref="OrderOptions.Market"/>, ignored.</summary>
    public long PriceTicks;

    public long Lots;

    /// <summary>When it lapses; 0 for never.</summary>
    public long GoodTillNs;

    /// <summary>Cancelled when this one triggers; 0 for none.</summary>
    public ulong OneCancelsOther;

    public ushort Market;
    public OrderOptions Options;
    public Side Side;
    public TriggerKind Kind;
    public TriggerSource Source;
    public SelfTradePrevention SelfTrade;
}

/// <summary>A native TWAP.</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
public struct PlaceTwap
{
    public CommandHeader Header;
    public ulong ClientOrderId;

    /// <summary>No slice trades beyond it.</summary>
    public long PriceTicks;

    public long TotalLots;

    /// <summary>Between slices, nanoseconds.</summary>
    public long IntervalNs;

    /// <summary>How many, 2 to 10,000.</summary>
    public int Slices;

    public ushort Market;
    public OrderOptions Options;
    public Side Side;
    public SelfTradePrevention SelfTrade;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>One market's two-sided quote; a side of 0 lots is pulled.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct QuoteEntry
{
    public long BidTicks;
    public long BidLots;
    public long AskTicks;
    public long AskLots;
    public ushort Market;
    public ushort Reserved0;
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

    public CommandHeader Header;
    public uint Count;

    /// <summary>Zero.</summary>
    public uint Reserved;

    public Sixteen<QuoteEntry> Entries;
}

/// <summary>Limits that pull all of an account's quotes when fills in one market exceed them; also ends a freeze.</summary>
[StructLayout(LayoutKind.Sequential, Size = 88)]
public struct SetQuoteProtection
{
    public CommandHeader Header;
    public long WindowNs;
    public long LotsLimit;
    public long DeltaLimit;
    public long FreezeNs;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}
