using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A market's terms as an operator gives them.</summary>
[StructLayout(LayoutKind.Sequential, Size = 328)]
public struct MarketTerms
{
    public ShortName Name;
    public MarketKind Kind;
    public ushort Pool;
    public ushort Index;
    public ushort TierCount;
    public long AtomsPerTickLot;
    public long IndexUnitsPerTick;
    public long MinPriceTicks;
    public long MaxPriceTicks;
    public long MaxOrderLots;
    public long MaxPositionLots;
    public long MarginFloorTicks;
    public long OpenInterestLowerAtoms;
    public long OpenInterestUpperAtoms;
    public long ExpiryNs;
    public int BasisCapPpm;
    public int BasisWindowMs;
    public int LiquidationBoundPpm;
    public int MarketOrderBoundPpm;
    public int FundingInterestPpm;
    public int FundingCapPpm;
    public Eight<ListedTier> Tiers;

    /// <summary>The most open interest, settlement atoms; 0 for no fixed cap.</summary>
    public long OpenInterestCapAtoms;

    /// <summary>What other venues' books hold within 2% of the index, settlement atoms; 0 where it is not known.</summary>
    public long ExternalDepthAtoms;

    /// <summary>Open interest that needs no insurance fund, settlement atoms; 0 leaves the fund's cap off.</summary>
    public long OpenInterestFreeAtoms;

    /// <summary>Notional whose average price in the book is the impact price, settlement atoms; 0 for one lot.</summary>
    public long ImpactAtoms;

    /// <summary>How far beyond mark an order may be priced, parts per million; 0 for no band.</summary>
    public int OrderBandPpm;

    /// <summary>The dynamic band's look back, milliseconds; 0 for no band.</summary>
    public int BandHorizonMs;

    public int BandSigmaMilli;
    public int BandFloorPpm;
    public int BandCapPpm;

    /// <summary>Length of a call auction, milliseconds; 0 reopens without one.</summary>
    public int AuctionMs;

    /// <summary>How long the index may be in doubt before the market halts, milliseconds.</summary>
    public int OracleGraceMs;

    public ushort DepthMultiple;
    public ushort FundMultiple;
}

/// <summary>A margin tier as it is listed; the deductions follow from continuity.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct ListedTier
{
    public long FromNotionalAtoms;
    public int InitialPpm;
    public int MaintenancePpm;
}
