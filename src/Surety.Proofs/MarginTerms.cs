using System;
using System.Collections.Generic;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Proofs;

/// <summary>The terms of a position in a margin call, compared with its market's row.</summary>
public static class MarginTerms
{
    /// <summary>
    /// Whether the row has every term that the event states: pool, index, units, floor, cap and the tier that the notional falls into.
    /// </summary>
    public static bool AreOf(in Market market, in MarginCallPosition e, ushort pool)
    {
        long price = Math.Max(Math.Abs(e.MarkTicks), e.MarginFloorTicks);
        Int128 notional = checked(Int128.Abs(e.Lots) * ((Int128)price + market.StrikeTicks) * e.AtomsPerTickLot);
        MarginTier tier = market.Tiers[0];
        for (int i = 1; i < Math.Min((int)market.TierCount, Market.MaxTiers) && notional >= market.Tiers[i].FromNotionalAtoms; i++)
        {
            tier = market.Tiers[i];
        }
        return market.Pool == pool && market.Kind != MarketKind.None && market.Index == e.Index
            && market.AtomsPerTickLot == e.AtomsPerTickLot && market.IndexUnitsPerTick == e.IndexUnitsPerTick
            && market.MarginFloorTicks == e.MarginFloorTicks && market.BasisCapPpm == e.BasisCapPpm
            && tier.MaintenancePpm == e.MaintenancePpm && tier.MaintenanceDeductionAtoms == e.DeductionAtoms;
    }

    /// <summary>The row that has them, or null.</summary>
    internal static Market? Find(List<Market> rows, in MarginCallPosition e, ushort pool)
    {
        foreach (Market market in rows)
        {
            if (AreOf(in market, in e, pool))
            {
                return market;
            }
        }
        return null;
    }
}
