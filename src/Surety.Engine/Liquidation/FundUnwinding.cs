using System;
using Surety.Core.Numerics;
using Surety.Engine.Books;
using Surety.Engine.Instruments;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The insurance fund does not keep what it takes over: whenever a market's mark price moves, it sells (or buys back) a
/// tenth of what it holds there through the book, within the liquidation bound.
/// </summary>
internal sealed class FundUnwinding(VenueState state, Matching matching)
{
    private const int Part = 10;

    public void Work(int marketNumber)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        uint fund = state.Pools[market.Pool].InsuranceAccount;
        int row = state.FindPosition(fund, marketNumber);
        if (row < 0 || state.Positions[row].Lots == 0 || market.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly))
        {
            return;
        }
        long held = state.Positions[row].Lots;
        Side side = held > 0 ? Side.Sell : Side.Buy;
        var order = new Incoming
        {
            LimitTicks = Liquidator.BoundTicks(in market, side),
            Lots = Math.Min(Rounding.DivCeiling(Math.Abs(held), Part), market.MaxOrderLots),
            Account = fund,
            Row = row,
            Market = marketNumber,
            Flags = OrderFlags.ReduceOnly,
            Side = side,
            TimeInForce = TimeInForce.ImmediateOrCancel,
            Liquidation = true,
        };
        matching.Match(ref order);
        state.ReleasePositionIfEmpty(row);
    }
}
