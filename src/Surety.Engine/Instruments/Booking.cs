using System;
using Surety.Core.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Engine.Instruments;

/// <summary>The arithmetic of a trade on one position: what it turns into cash.</summary>
public static class Booking
{
    /// <summary>
    /// What a trade realises, settlement atoms: what its closing part brings, less the cost of the lots it closes. What it adds to the
    /// position's cost is the trade's own cost and this. Funding that is due is apart.
    /// </summary>
    /// <param name="heldLots">Lots before the trade, signed.</param>
    /// <param name="entryCostAtoms">What they cost.</param>
    /// <param name="lots">Lots of the trade, signed.</param>
    /// <param name="costAtoms">Lots · price · atoms per tick and lot, signed.</param>
    public static long Realised(long heldLots, long entryCostAtoms, long lots, long costAtoms)
    {
        if (heldLots == 0 || (heldLots > 0) == (lots > 0))
        {
            return 0;
        }
        long held = Math.Abs(heldLots);
        long traded = Math.Abs(lots);
        long closingCost = traded <= held ? costAtoms : Rounding.MulDivFloor(costAtoms, held, traded);
        long closedCost = traded >= held ? entryCostAtoms : Rounding.MulDivFloor(entryCostAtoms, traded, held);
        return -closingCost - closedCost;
    }

    /// <summary>What a fill turns into cash before its fee: the funding that is due is paid, and what it closes is realised.</summary>
    /// <param name="market">The market.</param>
    /// <param name="position">The position before the fill.</param>
    /// <param name="lots">Lots, signed.</param>
    /// <param name="priceTicks">The price.</param>
    public static long CashOfFill(in Market market, in Position position, long lots, long priceTicks) =>
        Realised(position.Lots, position.EntryCostAtoms, lots, lots * priceTicks * market.AtomsPerTickLot)
        - (position.Lots * (market.FundingIndex - position.FundingIndex));
}
