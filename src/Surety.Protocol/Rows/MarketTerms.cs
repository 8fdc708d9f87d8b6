using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A market's terms as an operator gives them.</summary>
[StructLayout(LayoutKind.Sequential, Size = 328)]
public struct MarketTerms
{
    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>Its kind.</summary>
    public MarketKind Kind;
    /// <summary>The pool.</summary>
    public ushort Pool;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>How many of them, 1 to 8.</summary>
    public ushort TierCount;
    /// <summary>Settlement atoms that a lot gains when the price rises a tick, 1 to 2^40.</summary>
    public long AtomsPerTickLot;
    /// <summary>Units of the index's price in a tick, 1 to 2^40.</summary>
    public long IndexUnitsPerTick;
    /// <summary>The lowest price, may be negative.</summary>
    public long MinPriceTicks;
    /// <summary>The highest price, above the lowest.</summary>
    public long MaxPriceTicks;
    /// <summary>Lots of the largest order, 1 to 2^40.</summary>
    public long MaxOrderLots;
    /// <summary>Lots of the largest position, at least those of the largest order.</summary>
    public long MaxPositionLots;
    /// <summary>Price that margin counts at least, ticks, at least 1.</summary>
    public long MarginFloorTicks;
    /// <summary>Open interest up to which margin is that of the tiers, settlement atoms.</summary>
    public long OpenInterestLowerAtoms;
    /// <summary>Open interest at which initial margin is all of the notional, settlement atoms.</summary>
    public long OpenInterestUpperAtoms;
    /// <summary>When a future or contract ends; 0 of a perpetual.</summary>
    public long ExpiryNs;
    /// <summary>How far mark may lie from the index, 0 to 100,000.</summary>
    public int BasisCapPpm;
    /// <summary>Window of the basis' mean, milliseconds, 1 to a day.</summary>
    public int BasisWindowMs;
    /// <summary>How far from mark a liquidation may trade, 1 to 500,000.</summary>
    public int LiquidationBoundPpm;
    /// <summary>How far a market order without a price may go, 1 to 500,000.</summary>
    public int MarketOrderBoundPpm;
    /// <summary>Interest in eight hours that funding begins with, −10,000 to 10,000.</summary>
    public int FundingInterestPpm;
    /// <summary>Largest funding in eight hours, 0 to 100,000.</summary>
    public int FundingCapPpm;
    /// <summary>Margin tiers, the first from 0.</summary>
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

    /// <summary>The dynamic band's width in standard deviations, thousandths.</summary>
    public int BandSigmaMilli;
    /// <summary>Its least width.</summary>
    public int BandFloorPpm;
    /// <summary>Its largest width, at least the least.</summary>
    public int BandCapPpm;

    /// <summary>Length of a call auction, milliseconds; 0 reopens without one.</summary>
    public int AuctionMs;

    /// <summary>How long the index may be in doubt before the market halts, milliseconds.</summary>
    public int OracleGraceMs;

    /// <summary>Open interest may reach this many times the external depth; 0 for no such cap.</summary>
    public ushort DepthMultiple;
    /// <summary>Open interest may reach this many times the pool's fund; 0 for no such cap.</summary>
    public ushort FundMultiple;

    /// <summary>A market's terms as they stand; deductions of tiers follow from them again.</summary>
    public static MarketTerms Of(in Market m)
    {
        var terms = new MarketTerms
        {
            Name = m.Name,
            Kind = m.Kind,
            Pool = m.Pool,
            Index = m.Index,
            TierCount = m.TierCount,
            AtomsPerTickLot = m.AtomsPerTickLot,
            IndexUnitsPerTick = m.IndexUnitsPerTick,
            MinPriceTicks = m.MinPriceTicks,
            MaxPriceTicks = m.MaxPriceTicks,
            MaxOrderLots = m.MaxOrderLots,
            MaxPositionLots = m.MaxPositionLots,
            MarginFloorTicks = m.MarginFloorTicks,
            OpenInterestLowerAtoms = m.OpenInterestLowerAtoms,
            OpenInterestUpperAtoms = m.OpenInterestUpperAtoms,
            ExpiryNs = m.ExpiryNs,
            BasisCapPpm = m.BasisCapPpm,
            BasisWindowMs = m.BasisWindowMs,
            LiquidationBoundPpm = m.LiquidationBoundPpm,
            MarketOrderBoundPpm = m.MarketOrderBoundPpm,
            FundingInterestPpm = m.FundingInterestPpm,
            FundingCapPpm = m.FundingCapPpm,
            OpenInterestCapAtoms = m.OpenInterestCapAtoms,
            ExternalDepthAtoms = m.ExternalDepthAtoms,
            OpenInterestFreeAtoms = m.OpenInterestFreeAtoms,
            ImpactAtoms = m.ImpactAtoms,
            OrderBandPpm = m.OrderBandPpm,
            BandHorizonMs = m.BandHorizonMs,
            BandSigmaMilli = m.BandSigmaMilli,
            BandFloorPpm = m.BandFloorPpm,
            BandCapPpm = m.BandCapPpm,
            AuctionMs = m.AuctionMs,
            OracleGraceMs = m.OracleGraceMs,
            DepthMultiple = (ushort)m.DepthMultiple,
            FundMultiple = (ushort)m.FundMultiple,
        };
        for (int i = 0; i < m.TierCount; i++)
        {
            MarginTier tier = m.Tiers[i];
            terms.Tiers[i] = new ListedTier
            {
                FromNotionalAtoms = tier.FromNotionalAtoms,
                InitialPpm = tier.InitialPpm,
                MaintenancePpm = tier.MaintenancePpm,
            };
        }
        return terms;
    }
}

/// <summary>A margin tier as it is listed; the deductions follow from continuity.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct ListedTier
{
    /// <summary>Notional at which the tier begins, settlement atoms.</summary>
    public long FromNotionalAtoms;
    /// <summary>Initial margin, parts per million.</summary>
    public int InitialPpm;
    /// <summary>Maintenance margin, parts per million.</summary>
    public int MaintenancePpm;
}
