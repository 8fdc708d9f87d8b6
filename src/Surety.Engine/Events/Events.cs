using System.Runtime.InteropServices;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;

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

    /// <summary>The market's open interest has reached its cap.</summary>
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

    /// <summary>Bond that a price source lost to the insurance fund.</summary>
    Slashed = 13,
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
    public PriceState State;
    public ushort Reserved;
}

/// <summary>What an index may be used for has changed.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct IndexStateChanged
{
    public EventHeader Header;

    /// <summary>The price in use, and, in quarantine, the one that waits.</summary>
    public long Price;
    public long Candidate;
    public ushort Index;
    public PriceState From;
    public PriceState To;
    public ushort FreshSources;
}

/// <summary>A market does more or less than before, and why.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct MarketStatusChanged
{
    public EventHeader Header;

    /// <summary>When an auction that begins will uncross; else 0.</summary>
    public long UntilNs;
    public MarketCauses Causes;
    public ushort Market;
    public MarketStatus From;
    public MarketStatus To;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>The price at which an auction would uncross now.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct AuctionIndicated
{
    public EventHeader Header;
    public long PriceTicks;

    /// <summary>Lots that would trade, and lots of the larger side left over.</summary>
    public long Lots;
    public long SurplusLots;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>An auction traded at one price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct AuctionUncrossed
{
    public EventHeader Header;
    public long PriceTicks;
    public long Lots;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>A price source earned for a timely report within range; or lost part of its bond.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct SourceSettled
{
    public EventHeader Header;
    public long AmountAtoms;
    public long BondAtoms;
    public uint SourceKey;
    public ushort Index;
    public ushort Reserved;
}

/// <summary>New terms of a market act (code 0), or were dropped because an account would fall below maintenance.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct TermsChanged
{
    public EventHeader Header;
    public long Detail;
    public ushort Market;
    public RefusalCode Code;
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

    /// <summary>Funding for eight hours at this rate, parts per billion.</summary>
    public int FundingPpb;
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

    /// <summary>Closed against the other side by auto-deleveraging, at mark less each lot's share of what nobody covered.</summary>
    Deleveraged = 3,

    /// <summary>Taken as a whole by a backstop provider who asked the least for it.</summary>
    Auctioned = 4,

    /// <summary>Collateral was sold to cover a debt in the settlement asset.</summary>
    CollateralSold = 5,
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

    /// <summary>Of a deleveraging: the receiver's place in its queue at that moment, from 1.</summary>
    public uint Place;

    /// <summary>Of a deleveraging: 1 when the lots were part of a hedge, because nothing unhedged was left.</summary>
    public uint Hedged;
}

/// <summary>
/// The arithmetic of a margin call, to be checked by hand: what the account had at the moment it was acted on. One event for
/// each of its positions and collateral assets follows.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct MarginCalled
{
    public EventHeader Header;
    public long TimeNs;

    /// <summary>Balance in the settlement asset; of an isolated position its own.</summary>
    public long BalanceAtoms;
    public long EquityAtoms;
    public long MaintenanceAtoms;
    public long InitialAtoms;
    public uint IsolatedMarketPlusOne;

    /// <summary>Events of positions and of collateral that follow.</summary>
    public ushort Positions;
    public ushort Collaterals;
    public long Reserved;
}

/// <summary>
/// A position in a margin call. Unrealised = lots · mark · atomsPerTickLot − cost − lots · (funding − entry funding);
/// maintenance = ceil(notional · rate / 10^6) − deduction, notional = |lots| · max(|mark|, floor) · atomsPerTickLot.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct MarginCallPosition
{
    public EventHeader Header;
    public long Lots;
    public long EntryCostAtoms;
    public long EntryFundingIndex;
    public long FundingIndex;
    public long MarkTicks;
    public long IndexPrice;
    public long IndexUnitsPerTick;
    public long AtomsPerTickLot;
    public long MarginFloorTicks;
    public long DeductionAtoms;
    public long UnrealisedAtoms;
    public long MaintenanceAtoms;
    public int MaintenancePpm;
    public int BasisCapPpm;
    public ushort Market;
    public ushort Index;
    public uint Reserved;
}

/// <summary>
/// Collateral in a margin call. Value = floor(floor(min(amount, cap) · price / 10^scale) · (10^6 − haircut) / 10^6).
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct MarginCallCollateral
{
    public EventHeader Header;
    public long AmountAtoms;
    public long CapAtoms;
    public long Price;
    public long ValueAtoms;
    public int HaircutPpm;
    public ushort Asset;
    public ushort Index;
    public uint ScaleDecimals;
    public uint Reserved0;
    public long Reserved1;
}

/// <summary>A share of a deficit that neither fund nor deleveraging covered.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct LossShared
{
    public EventHeader Header;
    public long ShareAtoms;
    public long DeficitAtoms;
    public uint FromAccount;
    public uint Reserved;
}

/// <summary>Collateral sold to a backstop provider, who is the header's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct CollateralSold
{
    public EventHeader Header;
    public long AmountAtoms;
    public long ProceedsAtoms;
    public uint FromAccount;
    public ushort Asset;
    public ushort Reserved0;
    public int DiscountPpm;
    public uint Reserved1;
}

/// <summary>A backstop provider, the header's account, took a portfolio as a whole.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct BackstopTook
{
    public EventHeader Header;
    public long NotionalAtoms;

    /// <summary>Paid to the provider by the account, and, where that was not enough, by the insurance fund.</summary>
    public long AccountPaidAtoms;
    public long FundPaidAtoms;
    public uint FromAccount;
    public int DiscountPpm;
    public long Reserved;
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
