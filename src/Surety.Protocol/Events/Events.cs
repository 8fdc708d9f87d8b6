using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>What happened. Numbers are frozen: they are in block roots.</summary>
public enum EventKind : ushort
{
    /// <summary>Not an event: the rest of the page is empty.</summary>
    None = 0,
    CommandRefused = 1,
    CommandAccepted = 2,
    CommandExcluded = 3,
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
    IndexStateChanged = 32,
    MarketStatusChanged = 33,
    AuctionIndicated = 34,
    AuctionUncrossed = 35,
    SourceRewarded = 36,
    SourceSlashed = 37,
    TermsChanged = 38,
    LiquidationStarted = 40,
    LiquidationEnded = 41,
    PositionTransferred = 42,
    MarginCalled = 43,
    MarginCallPosition = 44,
    MarginCallCollateral = 45,
    LossShared = 46,
    CollateralSold = 47,
    BackstopTook = 48,
    BackstopBidPlaced = 49,
    MarketSettled = 50,
    PositionSettled = 51,
    ContractPaid = 52,
    ContractEnded = 53,
    ContractExercised = 54,
    ContractAssigned = 55,
    ContractListed = 56,
    ContractExerciseRequested = 57,
    ContractExerciseLapsed = 58,
    AddressAllowed = 60,
    AddressRemoved = 61,
    WithdrawalChanged = 62,
    WithdrawalRuleChanged = 63,
    WithdrawalTermsChanged = 64,
    OwnersLinked = 70,
    FeesChanged = 80,
    MarginCallModel = 90,
    MarginCallNode = 91,
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

/// <summary>A command stopped the engine when it was carried out, and was passed over; the next command is its exclusion.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CommandExcluded
{
    public EventHeader Header;

    /// <summary>SHA-256 of its record without the signature.</summary>
    public Hash256 RecordHash;

    public CommandKind Kind;

    /// <summary>The pool whose markets are halted; 0 where all markets only reduce.</summary>
    public ushort PoolPlusOne;
    public uint Reserved;
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

    /// <summary>A triggered order, a slice or a quote that was refused when its time came, or an order that was outside the band at a reopening.</summary>
    Refused = 13,

    /// <summary>Open interest on the market's index has reached its cap, or all accounts of the order's owner their limit there.</summary>
    OpenInterestCap = 14,
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

/// <summary>A match. The header's account is the taker's. Each side is committed to apart (<see cref="RecordSides"/>).</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct Trade
{
    public EventHeader Header;
    public ulong TradeId;
    public long PriceTicks;
    public long Lots;
    [ShownTo(ShownSides.First)]
    public ulong TakerOrder;
    [ShownTo(ShownSides.Second)]
    public ulong MakerOrder;

    /// <summary>Settlement atoms; negative is a rebate.</summary>
    [ShownTo(ShownSides.First)]
    public long TakerFeeAtoms;

    [ShownTo(ShownSides.Second)]
    public long MakerFeeAtoms;
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint MakerAccount;
    public ushort Market;
    public Side TakerSide;

    /// <summary>1 when the taker is being liquidated.</summary>
    public byte Liquidation;
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

    /// <summary>The insurance fund covered a deficit.</summary>
    InsuranceCover = 8,

    /// <summary>Paid to a backstop provider for taking a portfolio.</summary>
    BackstopDiscount = 9,

    /// <summary>Collateral sold to a backstop provider, or bought by one.</summary>
    CollateralSale = 10,

    /// <summary>A share of a deficit that nothing else covered.</summary>
    LossShare = 11,

    /// <summary>Bond of a price source posted or returned.</summary>
    Bond = 12,

    /// <summary>Paid for a sub-account or key beyond the free ones.</summary>
    RowFee = 40,

    /// <summary>Bond that a price source lost to the insurance fund.</summary>
    Slashed = 13,

    /// <summary>Interest on a negative balance, paid to the insurance fund.</summary>
    Interest = 14,

    /// <summary>What a solvent account pays the insurance fund for taking lots or coins over.</summary>
    TakeoverCharge = 15,
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
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint Counterparty;
}
