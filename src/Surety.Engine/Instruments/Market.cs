using System.Runtime.InteropServices;
using Surety.Engine.State;

namespace Surety.Engine.Instruments;

/// <summary>What a market trades.</summary>
public enum MarketKind : ushort
{
    None = 0,
    LinearPerpetual = 1,
    LinearFuture = 2,
}

/// <summary>What may happen in a market.</summary>
public enum MarketStatus : ushort
{
    None = 0,
    Trading = 1,

    /// <summary>Orders may only reduce positions.</summary>
    ReduceOnly = 2,

    /// <summary>Cancels only.</summary>
    Halted = 3,

    /// <summary>Settled for good.</summary>
    Expired = 4,
}

/// <summary>Margin rates from a notional upward.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct MarginTier
{
    /// <summary>Notional from which the rates apply, settlement atoms; the first tier's is 0.</summary>
    public long FromNotionalAtoms;

    public int InitialPpm;
    public int MaintenancePpm;

    /// <summary>Subtracted after the rate, so that margin is continuous where tiers meet.</summary>
    public long InitialDeductionAtoms;

    public long MaintenanceDeductionAtoms;
}

/// <summary>A market's terms, its prices and its totals.</summary>
[StructLayout(LayoutKind.Sequential, Size = 768)]
public struct Market
{
    /// <summary>The most margin tiers.</summary>
    public const int MaxTiers = 8;

    /// <summary>The most ticks between a market's lowest and highest price.</summary>
    public const long MaxPriceSpan = 1 << 20;

    /// <summary>The largest value a position may reach at the highest price, atoms: sums over an account then fit 64 bits.</summary>
    public const long MaxPositionValue = 1L << 55;

    // What every margin computation reads comes first, in one cache line.
    public long MarkTicks;

    /// <summary>Settlement atoms that one lot gains when the price rises one tick.</summary>
    public long AtomsPerTickLot;

    /// <summary>Cumulative funding of one long lot, settlement atoms.</summary>
    public long FundingIndex;

    /// <summary>Notional is not counted at less than this price, so that margin does not vanish near zero.</summary>
    public long MarginFloorTicks;

    /// <summary>Initial margin demanded by the market's open interest, parts per million; 0 while it is small.</summary>
    public int OpenInterestPpm;

    public ushort TierCount;
    public MarketStatus Status;
    public MarketKind Kind;
    public ushort Pool;
    public ushort Index;

    /// <summary>1 once an index price has been applied.</summary>
    public ushort HasMark;

    public long OpenInterestLots;

    /// <summary>The clearing ledger: realised profits paid out and funding paid in, negative when it has paid out more.</summary>
    public long ClearingAtoms;

    public Eight<MarginTier> Tiers;

    public ShortName Name;
    public long IndexTicks;

    /// <summary>The last trade's price.</summary>
    public long LastTicks;

    /// <summary>1 once there was a trade.</summary>
    public ushort HasLast;

    public ushort Reserved0;

    /// <summary>How far mark may stand from index, parts per million.</summary>
    public int BasisCapPpm;

    /// <summary>The smoothed distance of the book's middle from the index, ticks · 2^16.</summary>
    public long BasisTicks16;

    public long BasisTimeNs;

    /// <summary>Time constant of the smoothing, milliseconds.</summary>
    public int BasisWindowMs;

    /// <summary>How far from mark a liquidation may trade, parts per million.</summary>
    public int LiquidationBoundPpm;

    /// <summary>How far from mark a market order may trade when it names no protection price, parts per million.</summary>
    public int MarketOrderBoundPpm;

    /// <summary>Interest component of funding for eight hours, parts per million.</summary>
    public int FundingInterestPpm;

    /// <summary>Largest funding for eight hours either way, parts per million.</summary>
    public int FundingCapPpm;

    public int Reserved1;

    /// <summary>Accrued funding smaller than an atom a lot, in 1/(10^6 · 28,800,000) of one.</summary>
    public long FundingRemainder;

    public long FundingTimeMs;
    public long MinPriceTicks;
    public long MaxPriceTicks;
    public long MaxOrderLots;
    public long MaxPositionLots;

    /// <summary>Index units in a tick.</summary>
    public long IndexUnitsPerTick;

    /// <summary>Open interest at which <see cref="OpenInterestPpm"/> begins and where it reaches 100%, settlement atoms.</summary>
    public long OpenInterestLowerAtoms;

    public long OpenInterestUpperAtoms;

    /// <summary>When a dated future settles; 0 for a perpetual.</summary>
    public long ExpiryNs;

    /// <summary>Index price · milliseconds since the settlement window began, divided by 2^10.</summary>
    public long SettlementSum;

    public long SettlementMs;
    public long SettlementTimeNs;
    public long TradeCount;
    public long VolumeLots;
    public Eight<long> Reserved2;
    public Eight<long> Reserved3;
}
