using System;
using Surety.Core.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Engine.Instruments;

/// <summary>How far from mark and index a liquidation may trade, by a market's terms.</summary>
internal static class LiquidationBounds
{
    /// <summary>
    /// The worst price at which a liquidation may trade on a side: so far from mark, and from the index where that is
    /// stricter, that no liquidation prints a price that the rest of the world does not see.
    /// </summary>
    public static long BoundTicks(in Market market, Side side) =>
        PriceAway(in market, side,
            Rounding.PpmFloor(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks), market.LiquidationBoundPpm));

    /// <summary>So many ticks to the worse of mark, or of the index where that is stricter, within the market's prices.</summary>
    public static long PriceAway(in Market market, Side side, long distance)
    {
        long bound = side == Side.Sell
            ? Math.Max(market.MarkTicks, market.IndexTicks) - distance
            : Math.Min(market.MarkTicks, market.IndexTicks) + distance;
        return Math.Clamp(bound, market.MinPriceTicks, market.MaxPriceTicks);
    }
}
