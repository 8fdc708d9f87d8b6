using System;
using Surety.Core.Numerics;
using Surety.Engine.Books;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The insurance fund does not keep what it takes over: whenever a market's mark price moves, it sells (or buys back) a
/// tenth of what it holds there through the book, within the liquidation bound. A position that has lost it a twenty-fifth of
/// what its ring fence allows is closed at once, against the other side, at mark.
/// </summary>
internal sealed class FundUnwinding(VenueState state, AccountMargin margin, Matching matching, AutoDeleveraging deleveraging)
{
    private const int Part = 10;
    private const int LossPart = 25;

    public void Work(int marketNumber)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        uint fund = state.Pools[market.Pool].InsuranceAccount;
        int row = state.FindPosition(fund, marketNumber);
        if (row < 0 || state.Positions[row].Lots == 0 || !PriceDoubt.IsBookOpen(state, marketNumber))
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
        long left = state.Positions[row].Lots;
        long loss = -AccountMargin.UnrealisedAtoms(in market, in state.Positions[row]);
        long fence = Rounding.PpmFloor(Math.Clamp(margin.Cross(fund).EquityAtoms, 0, Asset.MaxAmountAtoms), state.Pools[market.Pool].Rules.FundMarketPpm);
        if (left != 0 && loss > fence / LossPart)
        {
            deleveraging.Close(row, left, 0);
        }
        state.ReleasePositionIfEmpty(row);
    }
}
