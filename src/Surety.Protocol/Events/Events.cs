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
    /// <summary><see cref="CommandRefused"/>.</summary>
    CommandRefused = 1,
    /// <summary><see cref="CommandAccepted"/>.</summary>
    CommandAccepted = 2,
    /// <summary><see cref="CommandExcluded"/>.</summary>
    CommandExcluded = 3,
    /// <summary><see cref="OrderPlaced"/>.</summary>
    OrderPlaced = 10,
    /// <summary><see cref="OrderAmended"/>.</summary>
    OrderAmended = 11,
    /// <summary><see cref="OrderEnded"/>.</summary>
    OrderEnded = 12,
    /// <summary><see cref="Trade"/>.</summary>
    Trade = 13,
    /// <summary><see cref="OrderTriggered"/>.</summary>
    OrderTriggered = 14,
    /// <summary><see cref="QuotesPulled"/>.</summary>
    QuotesPulled = 15,
    /// <summary><see cref="IcebergRefilled"/>.</summary>
    IcebergRefilled = 16,
    /// <summary><see cref="BalanceChanged"/>.</summary>
    BalanceChanged = 20,
    /// <summary><see cref="IndexChanged"/>.</summary>
    IndexChanged = 30,
    /// <summary><see cref="MarkChanged"/>.</summary>
    MarkChanged = 31,
    /// <summary><see cref="IndexStateChanged"/>.</summary>
    IndexStateChanged = 32,
    /// <summary><see cref="MarketStatusChanged"/>.</summary>
    MarketStatusChanged = 33,
    /// <summary><see cref="AuctionIndicated"/>.</summary>
    AuctionIndicated = 34,
    /// <summary><see cref="AuctionUncrossed"/>.</summary>
    AuctionUncrossed = 35,
    /// <summary>A price source was paid: <see cref="SourceSettled"/>.</summary>
    SourceRewarded = 36,
    /// <summary>A price source lost bond: <see cref="SourceSettled"/>.</summary>
    SourceSlashed = 37,
    /// <summary><see cref="TermsChanged"/>.</summary>
    TermsChanged = 38,
    /// <summary><see cref="LiquidationStarted"/>.</summary>
    LiquidationStarted = 40,
    /// <summary><see cref="LiquidationEnded"/>.</summary>
    LiquidationEnded = 41,
    /// <summary><see cref="PositionTransferred"/>.</summary>
    PositionTransferred = 42,
    /// <summary><see cref="MarginCalled"/>.</summary>
    MarginCalled = 43,
    /// <summary><see cref="MarginCallPosition"/>.</summary>
    MarginCallPosition = 44,
    /// <summary><see cref="MarginCallCollateral"/>.</summary>
    MarginCallCollateral = 45,
    /// <summary><see cref="LossShared"/>.</summary>
    LossShared = 46,
    /// <summary><see cref="CollateralSold"/>.</summary>
    CollateralSold = 47,
    /// <summary><see cref="BackstopTook"/>.</summary>
    BackstopTook = 48,
    /// <summary><see cref="BackstopBidPlaced"/>.</summary>
    BackstopBidPlaced = 49,
    /// <summary><see cref="MarketSettled"/>.</summary>
    MarketSettled = 50,
    /// <summary><see cref="PositionSettled"/>.</summary>
    PositionSettled = 51,
    /// <summary><see cref="ContractPaid"/>.</summary>
    ContractPaid = 52,
    /// <summary><see cref="ContractEnded"/>.</summary>
    ContractEnded = 53,
    /// <summary><see cref="ContractExercised"/>.</summary>
    ContractExercised = 54,
    /// <summary>Short lots were assigned: <see cref="ContractExercised"/>.</summary>
    ContractAssigned = 55,
    /// <summary><see cref="ContractListed"/>.</summary>
    ContractListed = 56,
    /// <summary><see cref="ContractExerciseRequested"/>.</summary>
    ContractExerciseRequested = 57,
    /// <summary>A request for exercise ended without one: <see cref="ContractExerciseRequested"/>.</summary>
    ContractExerciseLapsed = 58,
    /// <summary><see cref="AddressAllowed"/>.</summary>
    AddressAllowed = 60,
    /// <summary><see cref="AddressRemoved"/>.</summary>
    AddressRemoved = 61,
    /// <summary><see cref="WithdrawalChanged"/>.</summary>
    WithdrawalChanged = 62,
    /// <summary><see cref="WithdrawalRuleChanged"/>.</summary>
    WithdrawalRuleChanged = 63,
    /// <summary><see cref="WithdrawalTermsChanged"/>.</summary>
    WithdrawalTermsChanged = 64,
    /// <summary><see cref="OwnersLinked"/>.</summary>
    OwnersLinked = 70,
    /// <summary><see cref="FeesChanged"/>.</summary>
    FeesChanged = 80,
    /// <summary><see cref="Surety.Protocol.Events.MarginCallModel"/>.</summary>
    MarginCallModel = 90,
    /// <summary><see cref="Surety.Protocol.Events.MarginCallNode"/>.</summary>
    MarginCallNode = 91,
}

/// <summary>The first 16 bytes of every event.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct EventHeader
{
    /// <summary>What happened.</summary>
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
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The number that goes with the code.</summary>
    public long Detail;
    /// <summary>Why.</summary>
    public RefusalCode Code;
    /// <summary>What was refused.</summary>
    public CommandKind Kind;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>A command that has no event of its own was carried out; the number is that of what it made.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct CommandAccepted
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The number of what it made; 0 for nothing.</summary>
    public ulong Created;
    /// <summary>What was carried out.</summary>
    public CommandKind Kind;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>A command stopped the engine when it was carried out, and was passed over; the next command is its exclusion.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct CommandExcluded
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>SHA-256 of its record without the signature.</summary>
    public Hash256 RecordHash;

    /// <summary>What was passed over.</summary>
    public CommandKind Kind;

    /// <summary>The pool whose markets are halted; 0 where all markets only reduce.</summary>
    public ushort PoolPlusOne;
    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <inheritdoc cref="PoolPlusOne"/>
    public OptionalId Pool { readonly get => OptionalId.OfPlusOne(PoolPlusOne); set => PoolPlusOne = value.PlusOne16(); }
}

/// <summary>An order, trigger or TWAP was accepted.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct OrderPlaced
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The order.</summary>
    public ulong OrderId;
    /// <summary>The client's own number of it; 0 for none.</summary>
    public ulong ClientOrderId;
    /// <summary>Its limit; of a trigger the price that it waits for.</summary>
    public long PriceTicks;
    /// <summary>Lots.</summary>
    public long Lots;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>What it is.</summary>
    public OrderFlags Flags;
    /// <summary>Zero.</summary>
    public uint Reserved0;
    /// <summary>The trigger or TWAP that it comes from; 0 for none.</summary>
    public ulong Parent;
}

/// <summary>A resting order's new price and open lots.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct OrderAmended
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The order.</summary>
    public ulong OrderId;
    /// <summary>Price, ticks.</summary>
    public long PriceTicks;
    /// <summary>Lots still to trade.</summary>
    public long OpenLots;
}

/// <summary>Why an order ended.</summary>
public enum EndReason : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>All of it traded.</summary>
    Filled = 1,
    /// <summary>Its owner cancelled it.</summary>
    Cancelled = 2,

    /// <summary>Immediate-or-cancel: the book had no more.</summary>
    NotImmediate = 3,
    /// <summary>Its time is over.</summary>
    Expired = 4,
    /// <summary>It would have traded with an order of the same person.</summary>
    SelfTrade = 5,

    /// <summary>The account could not carry the fill.</summary>
    MarginShort = 6,

    /// <summary>Reduce-only, and nothing left to reduce.</summary>
    NothingToReduce = 7,
    /// <summary>Its other half traded or triggered.</summary>
    OneCancelsOther = 8,
    /// <summary>Its account is being liquidated.</summary>
    Liquidation = 9,
    /// <summary>Its market ended.</summary>
    MarketClosed = 10,
    /// <summary>Protection pulled it.</summary>
    QuoteProtection = 11,
    /// <summary>It became an order.</summary>
    Triggered = 12,

    /// <summary>
    /// A triggered order, a slice or a quote that was refused when its time came, or an order that was outside the band at a reopening.
    /// </summary>
    Refused = 13,

    /// <summary>Open interest on the market's index has reached its cap, or all accounts of the order's owner their limit there.</summary>
    OpenInterestCap = 14,
}

/// <summary>An order is no longer live.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct OrderEnded
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The order.</summary>
    public ulong OrderId;

    /// <summary>Lots that did not trade.</summary>
    public long RestLots;

    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Why.</summary>
    public EndReason Reason;
    /// <summary>Zero.</summary>
    public byte Reserved0;

    /// <summary>With <see cref="EndReason.Refused"/>.</summary>
    public RefusalCode Code;
    /// <summary>Zero.</summary>
    public ushort Reserved1;
}

/// <summary>A match. The header's account is the taker's. Each side is committed to apart (<see cref="RecordSides"/>).</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct Trade
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Counts up from 1 over all markets.</summary>
    public ulong TradeId;
    /// <summary>Price, ticks.</summary>
    public long PriceTicks;
    /// <summary>Lots.</summary>
    public long Lots;
    /// <summary>The taker's order.</summary>
    [ShownTo(ShownSides.First)]
    public ulong TakerOrder;
    /// <summary>The maker's order.</summary>
    [ShownTo(ShownSides.Second)]
    public ulong MakerOrder;

    /// <summary>Settlement atoms; negative is a rebate.</summary>
    [ShownTo(ShownSides.First)]
    public long TakerFeeAtoms;

    /// <summary>Settlement atoms; negative is a rebate.</summary>
    [ShownTo(ShownSides.Second)]
    public long MakerFeeAtoms;
    /// <summary>The maker's account.</summary>
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint MakerAccount;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>The taker's side.</summary>
    public Side TakerSide;

    /// <summary>1 when the taker is being liquidated.</summary>
    public byte Liquidation;
}

/// <summary>A trigger went off and became an order.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct OrderTriggered
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The trigger.</summary>
    public ulong TriggerId;
    /// <summary>The order that it became.</summary>
    public ulong OrderId;
    /// <summary>That order's limit, ticks.</summary>
    public long PriceTicks;
}

/// <summary>Market-maker protection pulled an account's quotes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct QuotesPulled
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Until when no quote is taken.</summary>
    public long FrozenUntilNs;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>An iceberg shows new lots, at the end of its queue.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct IcebergRefilled
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The order.</summary>
    public ulong OrderId;
    /// <summary>Lots that are shown now.</summary>
    public long ShownLots;
}

/// <summary>Why a balance changed other than by trading.</summary>
public enum BalanceReason : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Custody credited it.</summary>
    Deposit = 1,
    /// <summary>It was asked for, and is on its way out.</summary>
    Withdrawal = 2,
    /// <summary>It came back.</summary>
    WithdrawalReturned = 3,
    /// <summary>It went to or came from another account of the owner.</summary>
    Transfer = 4,
    /// <summary>It went to or came from an isolated position.</summary>
    IsolatedMargin = 5,
    /// <summary>Fee of a liquidation.</summary>
    LiquidationFee = 6,
    /// <summary>What a takeover of a position cost or paid.</summary>
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
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>By how much; negative is less.</summary>
    public long ChangeAtoms;
    /// <summary>The balance after it.</summary>
    public long BalanceAtoms;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Why.</summary>
    public BalanceReason Reason;
    /// <summary>Zero.</summary>
    public byte Reserved0;
    /// <summary>The other account; 0 for none.</summary>
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint Counterparty;
}
