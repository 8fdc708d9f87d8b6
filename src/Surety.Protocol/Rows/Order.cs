using System;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>Which way an order trades.</summary>
public enum Side : byte
{
    /// <summary>Buys.</summary>
    Buy = 0,
    /// <summary>Sells.</summary>
    Sell = 1,
}

/// <summary>How long an order waits.</summary>
public enum TimeInForce : byte
{
    /// <summary>Waits until it is filled or cancelled.</summary>
    GoodTillCancelled = 0,
    /// <summary>What does not trade at once ends.</summary>
    ImmediateOrCancel = 1,

    /// <summary>All at once or not at all.</summary>
    FillOrKill = 2,

    /// <summary>Until a time that the order names.</summary>
    GoodTillTime = 3,

    /// <summary>Until midnight UTC.</summary>
    Day = 4,
}

/// <summary>What happens where an order would trade with its own owner.</summary>
public enum SelfTradePrevention : byte
{
    /// <summary>The incoming order ends.</summary>
    CancelNewest = 0,
    /// <summary>The resting order ends.</summary>
    CancelOldest = 1,
    /// <summary>Both end.</summary>
    CancelBoth = 2,

    /// <summary>Both shrink by the smaller, without a trade.</summary>
    Decrement = 3,
}

/// <summary>What an order may ask for.</summary>
[Flags]
public enum OrderOptions : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Never take liquidity: refused where it would.</summary>
    PostOnly = 1,

    /// <summary>With <see cref="PostOnly"/>: moved to the best price that does not take, instead of refused.</summary>
    Slide = 2,

    /// <summary>Only ever shrink a position.</summary>
    ReduceOnly = 4,

    /// <summary>Takes what the book gives up to a protection price; the rest is cancelled.</summary>
    Market = 8,

    /// <summary>What a client may set.</summary>
    All = PostOnly | Slide | ReduceOnly | Market,
}

/// <summary>What a resting order is.</summary>
[Flags]
public enum OrderFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Sells.</summary>
    Sell = 1,
    /// <summary>Only makes.</summary>
    PostOnly = 2,
    /// <summary>Only reduces.</summary>
    ReduceOnly = 4,

    /// <summary>Has a row among the details.</summary>
    HasDetails = 8,
    /// <summary>Shows a part of itself.</summary>
    Iceberg = 16,
    /// <summary>Half of a quote.</summary>
    Quote = 32,
    /// <summary>Post-only that moves to the best price that does not trade.</summary>
    Slide = 64,

    /// <summary>Waits in an auction at a price that would trade: it stands beside the book until the auction uncrosses.</summary>
    Auction = 128,

    /// <summary>Two bits that hold a <see cref="SelfTradePrevention"/>.</summary>
    SelfTradeLow = 256,
    /// <summary>The upper bit of self-trade prevention.</summary>
    SelfTradeHigh = 512,
}

/// <summary>A resting order. Its place in the queue is its price, then its priority.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Order
{
    /// <summary>Kept for life; 0 for a free row. See <see cref="OrderIds"/>.</summary>
    public ulong Id;

    /// <summary>The client's own number of it; 0 for none.</summary>
    public ulong ClientOrderId;
    /// <summary>Price, ticks.</summary>
    public long PriceTicks;

    /// <summary>Lots still to trade, hidden ones included.</summary>
    public long OpenLots;

    /// <summary>Lots traded.</summary>
    public long FilledLots;

    /// <summary>Lower goes first among orders of one price.</summary>
    public ulong Priority;

    /// <summary>The account.</summary>
    public uint Account;

    /// <summary>Ticks that a fill would lose against the mark when the order was placed, reserved for each open lot.</summary>
    public uint ReserveTicks;

    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>What it is.</summary>
    public OrderFlags Flags;
    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>Buys or sells.</summary>
    public readonly Side Side => (Side)((ushort)Flags & 1);

    /// <summary>What happens when it would trade with an order of the same person.</summary>
    public readonly SelfTradePrevention SelfTrade =>
        (SelfTradePrevention)((ushort)(Flags & (OrderFlags.SelfTradeLow | OrderFlags.SelfTradeHigh)) / (ushort)OrderFlags.SelfTradeLow);
}

/// <summary>What only some orders have; at the same row as the order, zero for the rest.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct OrderDetails
{
    /// <summary>0 for never.</summary>
    public long ExpiresNs;

    /// <summary>What an iceberg shows at a time; 0 for an ordinary order.</summary>
    public long DisplayLots;

    /// <summary>What it shows now.</summary>
    public long ShownLots;

    /// <summary>The order that is cancelled when this one trades.</summary>
    public ulong OneCancelsOther;

    /// <summary>The trigger or TWAP that placed it.</summary>
    public ulong Parent;

    /// <summary>Zero.</summary>
    public long Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;
}

/// <summary>
/// An id says where its order is: bits 0–23 the row, bits 24–61 a number that is never given twice, bits 62–63 the kind.
/// </summary>
public static class OrderIds
{
    /// <summary>Bits of an id that name the row.</summary>
    public const int SlotBits = 24;
    /// <summary>Those bits.</summary>
    public const ulong SlotMask = (1UL << SlotBits) - 1;
    /// <summary>The kind's bits of a trigger's id.</summary>
    public const ulong TriggerKind = 1UL << 62;
    /// <summary>The kind's bits of a TWAP's id.</summary>
    public const ulong TwapKind = 2UL << 62;
    /// <summary>The bits that name the kind.</summary>
    public const ulong KindMask = 3UL << 62;

    /// <summary>In a command, instead of an id: the order that the account's client order id names.</summary>
    public static ulong ByClient(ulong clientOrderId) => KindMask | clientOrderId;

    /// <summary>The row that an id names.</summary>
    public static int Slot(ulong id) => (int)(id & SlotMask);

    /// <summary>An id of a kind, a number that is never given twice, and a row.</summary>
    public static ulong Make(ulong kind, ulong number, int slot) => kind | (number << SlotBits) | (uint)slot;
}
