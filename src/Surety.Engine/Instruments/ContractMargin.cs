using System;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Instruments;

/// <summary>
/// Standard margin of contracts, by formula; docs/margin.md has the reasons. A long option needs what it could lose, its value, at
/// most the tier's rate; a short one the tier's rate on strike and price together, for opening less what it is out of the
/// money down to two thirds. A future is margined like a future; anything else by all that its text can still make it pay.
/// </summary>
public static class ContractMargin
{
    /// <summary>Initial and maintenance margin of a position with its open orders.</summary>
    public static Requirement Of(in Market market, long lots, in OpenOrders open)
    {
        long bought = InitialAtoms(in market, lots + open.BuyLots) + (open.BuyReserve * market.AtomsPerTickLot);
        long initial = bought;
        if (open.SellLots != 0 || open.BuyLots != 0)
        {
            initial = Math.Max(bought, InitialAtoms(in market, lots - open.SellLots) + (open.SellReserve * market.AtomsPerTickLot));
        }
        return new Requirement(initial, MaintenanceAtoms(in market, lots));
    }

    /// <summary>Maintenance margin of lots.</summary>
    public static long MaintenanceAtoms(in Market market, long lots)
    {
        switch ((ContractShape)market.Shape)
        {
            case ContractShape.Other:
                return LeftToPay(in market, lots);
            case ContractShape.Future:
                return MarginTiers.MaintenanceAtoms(in market, MarginTiers.NotionalAtoms(in market, lots));
            default:
                long rate = MarginTiers.MaintenanceAtoms(in market, MarginTiers.NotionalAtoms(in market, lots));
                return lots > 0 ? Math.Min(ValueAtoms(in market, lots), rate) : rate;
        }
    }

    /// <summary>Initial margin of lots; half as much again while the volatility surface is in doubt.</summary>
    public static long InitialAtoms(in Market market, long lots)
    {
        if ((ContractShape)market.Shape == ContractShape.Other)
        {
            return LeftToPay(in market, lots);
        }
        long rate = MarginTiers.InitialAtoms(in market, MarginTiers.NotionalAtoms(in market, lots));
        if ((ContractShape)market.Shape == ContractShape.Future)
        {
            return rate;
        }
        long margin = lots > 0 ? Math.Min(ValueAtoms(in market, lots), rate)
            : Math.Max(Math.Max(rate - OutOfTheMoneyAtoms(in market, lots), Rounding.MulDivCeiling(rate, 2, 3)),
                MaintenanceAtoms(in market, lots));
        return (market.Flags & ContractFlags.SurfaceInDoubt) == 0 ? margin : Rounding.MulDivCeiling(margin, 3, 2);
    }

    private static long ValueAtoms(in Market market, long lots) => lots * Math.Max(market.MarkTicks, 0) * market.AtomsPerTickLot;

    private static long OutOfTheMoneyAtoms(in Market market, long lots)
    {
        long ticks = (ContractShape)market.Shape == ContractShape.Call
            ? market.StrikeTicks - market.UnderlyingTicks
            : market.UnderlyingTicks - market.StrikeTicks;
        return (long)Int128.Min((Int128)Math.Abs(lots) * Math.Max(ticks, 0) * market.AtomsPerTickLot, Market.MaxPositionValue);
    }

    // From the mark to the worst end that the text allows.
    private static long LeftToPay(in Market market, long lots) =>
        lots >= 0
            ? lots * Math.Max(market.MarkTicks - market.LeastTicks, 0) * market.AtomsPerTickLot
            : -lots * Math.Max(market.MostTicks - market.MarkTicks, 0) * market.AtomsPerTickLot;
}
