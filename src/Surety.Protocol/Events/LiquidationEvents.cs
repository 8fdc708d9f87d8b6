using System.Runtime.InteropServices;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>An account, or one isolated position of it, was found below maintenance margin.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct LiquidationStarted
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Equity, settlement atoms.</summary>
    public long EquityAtoms;
    /// <summary>Maintenance margin, settlement atoms.</summary>
    public long MaintenanceAtoms;

    /// <summary>Market plus one of an isolated position, 0 for the cross-margined account.</summary>
    public uint IsolatedMarketPlusOne;
    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <inheritdoc cref="IsolatedMarketPlusOne"/>
    public OptionalId IsolatedMarket
    {
        readonly get => OptionalId.OfPlusOne(IsolatedMarketPlusOne);
        set => IsolatedMarketPlusOne = value.PlusOne32();
    }
}

/// <summary>How a liquidation ended.</summary>
public enum LiquidationOutcome : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Reduced through the book until it stood again.</summary>
    Reduced = 1,

    /// <summary>The insurance fund took over all that was left, at the bankruptcy price.</summary>
    TakenOver = 2,

    /// <summary>Closed against the other side by auto-deleveraging, at mark less each lot's share of what was not covered.</summary>
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
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>Equity when the book had given what it could: below zero it is a deficit that others pay.</summary>
    public long ResidualAtoms;

    /// <summary>Fee paid to the insurance fund out of what was left.</summary>
    public long FeeAtoms;
    /// <summary>The market of an isolated position plus one; 0 for the cross-margined part.</summary>
    public uint IsolatedMarketPlusOne;
    /// <summary>How it ended.</summary>
    public LiquidationOutcome Outcome;
    /// <summary>Zero.</summary>
    public byte Reserved0;
    /// <summary>Zero.</summary>
    public ushort Reserved1;

    /// <inheritdoc cref="IsolatedMarketPlusOne"/>
    public OptionalId IsolatedMarket
    {
        readonly get => OptionalId.OfPlusOne(IsolatedMarketPlusOne);
        set => IsolatedMarketPlusOne = value.PlusOne32();
    }
}

/// <summary>Lots moved outside the book: to the insurance fund, or by auto-deleveraging to the header's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct PositionTransferred
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The account that gave the lots up.</summary>
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint FromAccount;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Why.</summary>
    public LiquidationOutcome Cause;
    /// <summary>Of a deleveraging: 1 on the last of the lots that the account which gives them up books as one.</summary>
    public byte Last;

    /// <summary>Lots that the receiver's position changes by.</summary>
    public long Lots;

    /// <summary>What the receiver pays for them, settlement atoms.</summary>
    public long CostAtoms;

    /// <summary>Value at mark less that cost: what the receiver gains or, below zero, gives.</summary>
    public long GainAtoms;

    /// <summary>Of a deleveraging: the receiver's place in its queue at that moment, from 1.</summary>
    [ShownTo(ShownSides.First)]
    public uint Place;

    /// <summary>Of a deleveraging: 1 when the lots were part of a hedge, because nothing unhedged was left.</summary>
    [ShownTo(ShownSides.First)]
    public uint Hedged;
}

/// <summary>
/// The arithmetic of a margin call, to be checked by hand: what the account had at the moment it was acted on. One event for
/// each of its positions and collateral assets follows.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct MarginCalled
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The venue's time.</summary>
    public long TimeNs;

    /// <summary>Balance in the settlement asset; of an isolated position its own.</summary>
    public long BalanceAtoms;
    /// <summary>Equity, settlement atoms.</summary>
    public long EquityAtoms;
    /// <summary>Maintenance margin, settlement atoms.</summary>
    public long MaintenanceAtoms;
    /// <summary>Initial margin, settlement atoms.</summary>
    public long InitialAtoms;
    /// <summary>The market of an isolated position plus one; 0 for the cross-margined part.</summary>
    public uint IsolatedMarketPlusOne;

    /// <summary>Events of positions and of collateral that follow.</summary>
    public ushort Positions;
    /// <summary>How many events of collateral follow.</summary>
    public ushort Collaterals;

    /// <summary>1 when a value or the margin rests on a model: an option's, or portfolio margin's.</summary>
    public uint ByModel;

    /// <summary>
    /// Of such a call, events of what models say of positions, and of nodes of volatility surfaces, behind those of collateral.
    /// </summary>
    public ushort Models;

    /// <summary>How many events of nodes follow.</summary>
    public ushort Nodes;

    /// <inheritdoc cref="IsolatedMarketPlusOne"/>
    public OptionalId IsolatedMarket
    {
        readonly get => OptionalId.OfPlusOne(IsolatedMarketPlusOne);
        set => IsolatedMarketPlusOne = value.PlusOne32();
    }
}

/// <summary>
/// A position in a margin call. Unrealised = lots · mark · atomsPerTickLot − cost − lots · (funding − entry funding);
/// maintenance = ceil(notional · rate / 10^6) − deduction, notional = |lots| · max(|mark|, floor) · atomsPerTickLot.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct MarginCallPosition
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Lots.</summary>
    public long Lots;
    /// <summary>What was paid for the lots, signed, settlement atoms.</summary>
    public long EntryCostAtoms;
    /// <summary>The funding index when the position last settled it.</summary>
    public long EntryFundingIndex;
    /// <summary>The market's funding index.</summary>
    public long FundingIndex;
    /// <summary>Mark price, ticks.</summary>
    public long MarkTicks;
    /// <summary>The index's price, its units.</summary>
    public long IndexPrice;
    /// <summary>Units of the index's price in a tick.</summary>
    public long IndexUnitsPerTick;
    /// <summary>Settlement atoms that a lot gains when the price rises a tick.</summary>
    public long AtomsPerTickLot;
    /// <summary>Price that margin counts at least, ticks.</summary>
    public long MarginFloorTicks;
    /// <summary>What the tier deducts, settlement atoms.</summary>
    public long DeductionAtoms;
    /// <summary>Profit at mark less funding, settlement atoms.</summary>
    public long UnrealisedAtoms;
    /// <summary>Its maintenance margin, settlement atoms.</summary>
    public long MaintenanceAtoms;
    /// <summary>Its tier's rate.</summary>
    public int MaintenancePpm;
    /// <summary>How far mark may lie from the index, parts per million.</summary>
    public int BasisCapPpm;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>
/// What models say of a position in a margin call by model: of an option, the inputs of its mark; in a pool of portfolio margin, what one
/// long lot loses in each scenario.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 336)]
public struct MarginCallModel
{
    /// <summary>The event's header.</summary>
    public EventHeader Header;

    /// <summary>The contract's first index, ticks; of what is no contract the mark.</summary>
    public long UnderlyingTicks;

    /// <summary>When the contract was marked, milliseconds since 1970.</summary>
    public long MarkMs;

    /// <summary>Length of the mean that an option pays on, milliseconds; 0 for the price itself.</summary>
    public long WindowMs;

    /// <summary>What a lot is worth at the underlying's price, settlement atoms; 0 where scenarios do not count.</summary>
    public long ValuePerLot;
    /// <summary>Its delta, settlement atoms; 0 where scenarios do not count.</summary>
    public long DeltaPerLot;

    /// <summary>The volatility that the option is marked at, parts per million.</summary>
    public int VolatilityPpm;
    /// <summary>Its delta, parts per million.</summary>
    public int DeltaPpm;

    /// <summary>The part of what is paid on that still moves with the price, parts per million.</summary>
    public int OpenPpm;

    /// <summary>The pool's scan range, parts per million; 0 where scenarios do not count.</summary>
    public int ScanPpm;
    /// <summary>The market.</summary>
    public ushort Market;

    /// <summary>The volatility surface, plus one; 0 for none.</summary>
    public ushort SurfacePlusOne;
    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>What one long lot loses in each scenario, settlement atoms: the first sixteen.</summary>
    public Sixteen<long> Losses0;
    /// <summary>The other sixteen.</summary>
    public Sixteen<long> Losses1;

    /// <inheritdoc cref="SurfacePlusOne"/>
    public OptionalId Surface { readonly get => OptionalId.OfPlusOne(SurfacePlusOne); set => SurfacePlusOne = value.PlusOne16(); }
}

/// <summary>A node of a volatility surface that a margin call rests on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct MarginCallNode
{
    /// <summary>The event's header.</summary>
    public EventHeader Header;

    /// <summary>What the node's index says, in its units.</summary>
    public long Price;
    /// <summary>That as a volatility, parts per million.</summary>
    public int VolatilityPpm;
    /// <summary>The surface.</summary>
    public ushort Surface;
    /// <summary>The node's place in it.</summary>
    public ushort Node;
    /// <summary>The node's index.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>
/// Collateral in a margin call. Value = floor(floor(min(amount, cap) · price / 10^scale) · (10^6 − haircut) / 10^6); the price less its
/// confidence. The insurance fund's counts at its price: no cap (its amount), no haircut, no confidence.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct MarginCallCollateral
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The balance, atoms.</summary>
    public long AmountAtoms;
    /// <summary>The most that counts, atoms.</summary>
    public long CapAtoms;
    /// <summary>The index's price less its confidence, its units.</summary>
    public long Price;
    /// <summary>What it counts, settlement atoms.</summary>
    public long ValueAtoms;
    /// <summary>What its value is cut by as collateral, parts per million.</summary>
    public int HaircutPpm;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Decimals between amount times price and settlement atoms, 0 to 18.</summary>
    public uint ScaleDecimals;
    /// <summary>Zero.</summary>
    public uint Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;
}

/// <summary>A share of a deficit that neither fund nor deleveraging covered.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct LossShared
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The account's share, settlement atoms.</summary>
    public long ShareAtoms;
    /// <summary>The whole deficit, settlement atoms.</summary>
    public long DeficitAtoms;
    /// <summary>The account that left it.</summary>
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint FromAccount;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Collateral sold to a backstop provider, who is the header's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct CollateralSold
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Coins, atoms.</summary>
    public long AmountAtoms;
    /// <summary>What was paid, settlement atoms.</summary>
    public long ProceedsAtoms;
    /// <summary>The seller.</summary>
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint FromAccount;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Discount from mark, parts per million.</summary>
    public int DiscountPpm;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>A backstop provider, the header's account, placed, changed or (with a notional of 0) withdrew its standing bid.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct BackstopBidPlaced
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>The largest notional of one takeover, settlement atoms.</summary>
    public long MaxNotionalAtoms;

    /// <summary>From when it counts, nanoseconds since 1970.</summary>
    public long CountsFromNs;
    /// <summary>Discount from mark, parts per million.</summary>
    public int DiscountPpm;
    /// <summary>Zero.</summary>
    public uint Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;
}

/// <summary>A backstop provider, the header's account, took lots of an account in liquidation at mark.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct BackstopTook
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Lots at mark, settlement atoms.</summary>
    public long NotionalAtoms;

    /// <summary>The discount, paid to the provider by the account out of what it had left.</summary>
    public long AccountPaidAtoms;

    /// <summary>Always 0: the insurance fund adds nothing to a discount. Kept for the layout.</summary>
    public long FundPaidAtoms;
    /// <summary>The account that gave them up.</summary>
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint FromAccount;
    /// <summary>Discount from mark, parts per million.</summary>
    public int DiscountPpm;
    /// <summary>Zero.</summary>
    public long Reserved;
}
