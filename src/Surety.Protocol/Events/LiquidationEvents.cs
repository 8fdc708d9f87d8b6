using System.Runtime.InteropServices;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

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
    public EventHeader Header;

    /// <summary>Equity when the book had given what it could: below zero it is a deficit that others pay.</summary>
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
    [ShownTo(ShownSides.Second, IsAccount = true)]
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

    /// <summary>1 when a value or the margin rests on a model: an option's, or portfolio margin's.</summary>
    public uint ByModel;

    /// <summary>Of such a call, events of what models say of positions, and of nodes of volatility surfaces, behind those of collateral.</summary>
    public ushort Models;
    public ushort Nodes;
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
/// What models say of a position in a margin call by model: of an option, the inputs of its mark; in a pool of portfolio margin, what one
/// long lot loses in each scenario.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 336)]
public struct MarginCallModel
{
    public EventHeader Header;

    /// <summary>The contract's first index, ticks; of what is no contract the mark.</summary>
    public long UnderlyingTicks;

    /// <summary>When the contract was marked, milliseconds since 1970.</summary>
    public long MarkMs;

    /// <summary>Length of the mean that an option pays on, milliseconds; 0 for the price itself.</summary>
    public long WindowMs;

    /// <summary>What a lot is worth at the underlying's price, and its delta, settlement atoms; 0 where scenarios do not count.</summary>
    public long ValuePerLot;
    public long DeltaPerLot;

    /// <summary>The volatility that the option is marked at, and its delta, parts per million.</summary>
    public int VolatilityPpm;
    public int DeltaPpm;

    /// <summary>The part of what is paid on that still moves with the price, parts per million.</summary>
    public int OpenPpm;

    /// <summary>The pool's scan range, parts per million; 0 where scenarios do not count.</summary>
    public int ScanPpm;
    public ushort Market;

    /// <summary>The volatility surface, plus one; 0 for none.</summary>
    public ushort SurfacePlusOne;
    public uint Reserved;

    /// <summary>What one long lot loses in each scenario, settlement atoms: the first sixteen, then the others.</summary>
    public Sixteen<long> Losses0;
    public Sixteen<long> Losses1;
}

/// <summary>A node of a volatility surface that a margin call rests on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct MarginCallNode
{
    public EventHeader Header;

    /// <summary>The node's index, and what it says, parts per million.</summary>
    public long Price;
    public int VolatilityPpm;
    public ushort Surface;
    public ushort Node;
    public ushort Index;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>
/// Collateral in a margin call. Value = floor(floor(min(amount, cap) · price / 10^scale) · (10^6 − haircut) / 10^6); the price less its
/// confidence. The insurance fund's counts at its price: no cap (its amount), no haircut, no confidence.
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
    [ShownTo(ShownSides.Second, IsAccount = true)]
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
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint FromAccount;
    public ushort Asset;
    public ushort Reserved0;
    public int DiscountPpm;
    public uint Reserved1;
}

/// <summary>A backstop provider, the header's account, placed, changed or (with a notional of 0) withdrew its standing bid.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct BackstopBidPlaced
{
    public EventHeader Header;

    /// <summary>The largest notional of one takeover, settlement atoms.</summary>
    public long MaxNotionalAtoms;

    /// <summary>From when it counts, nanoseconds since 1970.</summary>
    public long CountsFromNs;
    public int DiscountPpm;
    public uint Reserved0;
    public long Reserved1;
}

/// <summary>A backstop provider, the header's account, took lots of an account in liquidation at mark.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct BackstopTook
{
    public EventHeader Header;
    public long NotionalAtoms;

    /// <summary>The discount, paid to the provider by the account out of what it had left.</summary>
    public long AccountPaidAtoms;

    /// <summary>Always 0: the insurance fund adds nothing to a discount. Kept for the layout.</summary>
    public long FundPaidAtoms;
    [ShownTo(ShownSides.Second, IsAccount = true)]
    public uint FromAccount;
    public int DiscountPpm;
    public long Reserved;
}
