using System;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>Which way an order trades.</summary>
public enum Side : byte
{
    Buy = 0,
    Sell = 1,
}

/// <summary>How long an order waits.</summary>
public enum TimeInForce : byte
{
    GoodTillCancelled = 0,
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
    CancelNewest = 0,
    CancelOldest = 1,
    CancelBoth = 2,

    /// <summary>Both shrink by the smaller, without a trade.</summary>
    Decrement = 3,
}

/// <summary>What an order may ask for.</summary>
[Flags]
public enum OrderOptions : ushort
{
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
    None = 0,
    Sell = 1,
    PostOnly = 2,
    ReduceOnly = 4,

    /// <summary>Has a row among the details.</summary>
    HasDetails = 8,
    Iceberg = 16,
    Quote = 32,
    Slide = 64,

    /// <summary>Waits in an auction at a price that would trade: it stands beside the book until the auction uncrosses.</summary>
    Auction = 128,

    /// <summary>Two bits that hold a <see cref="SelfTradePrevention"/>.</summary>
    SelfTradeLow = 256,
    SelfTradeHigh = 512,
}

/// <summary>A resting order. Its place in the queue is its price, then its priority.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Order
{
    /// <summary>Kept for life; 0 for a free row. See <see cref="OrderIds"/>.</summary>
    public ulong Id;

    public ulong ClientOrderId;
    public long PriceTicks;

    /// <summary>Lots still to trade, hidden ones included.</summary>
    public long OpenLots;

    public long FilledLots;

    /// <summary>Lower goes first among orders of one price.</summary>
    public ulong Priority;

    public uint Account;

    /// <summary>Ticks that a fill would lose against the mark when the order was placed, reserved for each open lot.</summary>
    public uint ReserveTicks;

    public ushort Market;
    public OrderFlags Flags;
    public uint Reserved;

    public readonly Side Side => (Side)((ushort)Flags & 1);

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

    public long Reserved0;
    public long Reserved1;
    public long Reserved2;
}

/// <summary>
/// An id says where its order is: bits 0–23 the row, bits 24–61 a number that is never given twice, bits 62–63 the kind.
/// </summary>
public static class OrderIds
{
    public const int SlotBits = 24;
    public const ulong SlotMask = (1UL << SlotBits) - 1;
    public const ulong TriggerKind = 1UL << 62;
    public const ulong TwapKind = 2UL << 62;
    public const ulong KindMask = 3UL << 62;

    /// <summary>In a command, instead of an id: the order that the account's client order id names.</summary>
    public static ulong ByClient(ulong clientOrderId) => KindMask | clientOrderId;

    public static int Slot(ulong id) => (int)(id & SlotMask);

    public static ulong Make(ulong kind, ulong number, int slot) => kind | (number << SlotBits) | (uint)slot;
}
