using System.Runtime.InteropServices;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Instruments;

namespace Surety.Engine.Events;

/// <summary>What happened. Numbers are frozen: they are in block roots.</summary>
public enum EventKind : ushort
{
    /// <summary>Not an event: the rest of the page is empty.</summary>
    None = 0,
    CommandRefused = 1,
    CommandAccepted = 2,
    OrderPlaced = 10,
    OrderAmended = 11,
    OrderEnded = 12,
    Trade = 13,
    OrderTriggered = 14,
    QuotesPulled = 15,
    IcebergRefilled = 16,
    BalanceChanged = 20,
    IndexChanged = 30,
    MarkChanged = 31,
    LiquidationStarted = 40,
    LiquidationEnded = 41,
    PositionTransferred = 42,
    MarketSettled = 50,
    PositionSettled = 51,
}

/// <summary>The first 16 bytes of every event.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct EventHeader
{
    public EventKind Kind;

    /// <summary>Bytes, header included; a multiple of eight.</summary>
    public ushort Length;

    /// <summary>The account it concerns, or 0.</summary>
    public uint Account;

    /// <summary>The command that caused it.</summary>
    public ulong Sequence;
}

/// <summary>A command was refused and, but for its nonce, changed nothing.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct CommandRefused
{
    public EventHeader Header;
    public long Detail;
    public RefusalCode Code;
    public CommandKind Kind;
    public uint Reserved;
}

/// <summary>A command that has no event of its own was carried out; the number is that of what it made.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct CommandAccepted
{
    public EventHeader Header;
    public ulong Created;
    public CommandKind Kind;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>An order, trigger or TWAP was accepted.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct OrderPlaced
{
    public EventHeader Header;
    public ulong OrderId;
    public ulong ClientOrderId;
    public long PriceTicks;
    public long Lots;
    public ushort Market;
    public OrderFlags Flags;
    public uint Reserved0;
    public ulong Parent;
}

/// <summary>A resting order's new price and open lots.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct OrderAmended
{
    public EventHeader Header;
    public ulong OrderId;
    public long PriceTicks;
    public long OpenLots;
}

/// <summary>Why an order ended.</summary>
public enum EndReason : byte
{
    None = 0,
    Filled = 1,
    Cancelled = 2,

    /// <summary>Immediate-or-cancel: the book had no more.</summary>
    NotImmediate = 3,
    Expired = 4,
    SelfTrade = 5,

    /// <summary>The account could not carry the fill.</summary>
    MarginShort = 6,

    /// <summary>Reduce-only, and nothing left to reduce.</summary>
    NothingToReduce = 7,
    OneCancelsOther = 8,
    Liquidation = 9,
    MarketClosed = 10,
    QuoteProtection = 11,
    Triggered = 12,

    /// <summary>A triggered order, a slice or a quote that was refused when its time came.</summary>
    Refused = 13,
}

/// <summary>An order is no longer live.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct OrderEnded
{
    public EventHeader Header;
    public ulong OrderId;

    /// <summary>Lots that did not trade.</summary>
    public long RestLots;

    public ushort Market;
    public EndReason Reason;
    public byte Reserved0;

    /// <summary>With <see cref="EndReason.Refused"/>.</summary>
    public RefusalCode Code;
    public ushort Reserved1;
}

/// <summary>A match. The header's account is the taker's.</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
public struct Trade
{
    public EventHeader Header;
    public ulong TradeId;
    public long PriceTicks;
    public long Lots;
    public ulong TakerOrder;
    public ulong MakerOrder;

    /// <summary>Settlement atoms; negative is a rebate.</summary>
    public long TakerFeeAtoms;
    public long MakerFeeAtoms;
    public uint MakerAccount;
    public ushort Market;
    public Side TakerSide;

    /// <summary>1 when the taker is being liquidated.</summary>
    public byte Liquidation;
    public long Reserved;
    public long Reserved1;
}

/// <summary>A trigger went off and became an order.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct OrderTriggered
{
    public EventHeader Header;
    public ulong TriggerId;
    public ulong OrderId;
    public long PriceTicks;
}

/// <summary>Market-maker protection pulled an account's quotes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct QuotesPulled
{
    public EventHeader Header;
    public long FrozenUntilNs;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>An iceberg shows new lots, at the end of its queue.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct IcebergRefilled
{
    public EventHeader Header;
    public ulong OrderId;
    public long ShownLots;
}

/// <summary>Why a balance changed other than by trading.</summary>
public enum BalanceReason : byte
{
    None = 0,
    Deposit = 1,
    Withdrawal = 2,
    WithdrawalReturned = 3,
    Transfer = 4,
    IsolatedMargin = 5,
    LiquidationFee = 6,
    Takeover = 7,
}

/// <summary>Collateral came or went.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct BalanceChanged
{
    public EventHeader Header;
    public long ChangeAtoms;
    public long BalanceAtoms;
    public ushort Asset;
    public BalanceReason Reason;
    public byte Reserved0;
    public uint Counterparty;
}

/// <summary>An index's new price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct IndexChanged
{
    public EventHeader Header;
    public long Price;
    public long Dispersion;
    public ushort Index;
    public ushort FreshSources;
    public uint Reserved;
}

/// <summary>A market's new mark price and funding.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct MarkChanged
{
    public EventHeader Header;
    public long MarkTicks;
    public long IndexTicks;
    public long FundingIndex;
    public ushort Market;
    public ushort Reserved0;

    /// <summary>Funding for eight hours at this rate, parts per million.</summary>
    public int FundingPpm;
}

/// <summary>An account, or one isolated position of it, was found below maintenance margin.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct LiquidationStarted
{
    public EventHeader Header;
    public long EquityAtoms;
    public long MaintenanceAtoms;

    /// <summary>Market plus one of an isolated position, 0 for the cross-margined account.</summary>
    public uint IsolatedMarketPlusOne;
    public uint Reserved;
}

/// <summary>How a liquidation ended.</summary>
public enum LiquidationOutcome : byte
{
    None = 0,

    /// <summary>Reduced through the book until it stood again.</summary>
    Reduced = 1,

    /// <summary>The insurance fund took over all that was left, at the bankruptcy price.</summary>
    TakenOver = 2,

    /// <summary>Closed against the other side by auto-deleveraging, at the bankruptcy price.</summary>
    Deleveraged = 3,
}

/// <summary>A liquidation is over.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct LiquidationEnded
{
    public EventHeader Header;

    /// <summary>Equity when the book had given what it could: below zero it is a deficit that somebody else pays.</summary>
    public long ResidualAtoms;

    /// <summary>Fee paid to the insurance fund out of what was left.</summary>
    public long FeeAtoms;
    public uint IsolatedMarketPlusOne;
    public LiquidationOutcome Outcome;
    public byte Reserved0;
    public ushort Reserved1;
}

/// <summary>Lots moved outside the book: to the insurance fund, or by auto-deleveraging to the header's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct PositionTransferred
{
    public EventHeader Header;
    public uint FromAccount;
    public ushort Market;
    public LiquidationOutcome Cause;
    public byte Reserved0;

    /// <summary>Lots that the receiver's position changes by.</summary>
    public long Lots;

    /// <summary>What the receiver pays for them, settlement atoms.</summary>
    public long CostAtoms;

    /// <summary>Value at mark less that cost: what the receiver gains or, below zero, gives.</summary>
    public long GainAtoms;
    public long Reserved1;
}

/// <summary>A dated future settled.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct MarketSettled
{
    public EventHeader Header;
    public long PriceTicks;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>A position was closed at the settlement price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct PositionSettled
{
    public EventHeader Header;
    public long Lots;
    public long ProfitAtoms;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}
