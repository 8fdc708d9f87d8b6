using Surety.Engine.Indexes;
using Surety.Protocol.Rows;

namespace Surety.Node.Operating;

/// <summary>Reads a listed market's terms back.</summary>
public static class MarketTermsReading
{
    /// <summary>A market's terms as it was listed or changed to, tier deductions left to follow again.</summary>
    public static MarketTerms Of(IndexedState state, int number)
    {
        ref readonly Market m = ref state.Markets[number];
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
            terms.Tiers[i] = new ListedTier { FromNotionalAtoms = m.Tiers[i].FromNotionalAtoms, InitialPpm = m.Tiers[i].InitialPpm, MaintenancePpm = m.Tiers[i].MaintenancePpm };
        }
        return terms;
    }
}
