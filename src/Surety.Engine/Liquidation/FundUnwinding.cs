using System;
using Surety.Core.Numerics;
using Surety.Engine.Books;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The insurance fund does not keep what it takes over: whenever a market's mark price moves, it sells (or buys back) a tenth
/// of what it holds there through the book, no further from mark and index than it was charged for these lots
/// (<see cref="InsuranceFund.LimitTicks"/>). A position that has lost it as much as its cash fence, or a quarter of its notional, is
/// closed at once, against the other side, at mark. Coins go to backstop bids, a tenth at each price, for no more than was charged.
/// </summary>
internal sealed class FundUnwinding(IndexedState state, AccountMargin margin, Matching matching, AutoDeleveraging deleveraging,
    BackstopBids bids, InsuranceFund insurance)
{
    /// <summary>How far from mark and index the fund trades when it unwinds, at most, parts per million.</summary>
    public const int BoundPpm = 10_000;

    private const int Part = 10;
    private const int LossPart = 4;

    /// <summary>A market has a new mark price.</summary>
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
            LimitTicks = insurance.LimitTicks(marketNumber),
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
        long fence =
            Rounding.PpmFloor(Math.Clamp(margin.Cross(fund).EquityAtoms, 0, Asset.MaxAmountAtoms),
                state.Pools[market.Pool].Rules.FundMarketPpm);
        long quarter = left == 0 ? 0 : MarginTiers.NotionalAtoms(in market, left) / LossPart;
        if (left != 0 && loss > Math.Min(fence, quarter))
        {
            deleveraging.Close(row, left, 0);
        }
        state.ReleasePositionIfEmpty(row);
    }

    /// <summary>
    /// A pool's coin has a new price: a tenth of what the fund holds of it is offered to the bids that ask no more than was charged for it.
    /// </summary>
    public void WorkCoins(int poolNumber, int slot)
    {
        ref readonly Pool pool = ref state.Pools[poolNumber];
        long held = state.Accounts[(int)pool.InsuranceAccount].Balances[slot];
        if (held > 0)
        {
            long part = margin.CollateralPriceAtoms(in pool, slot, Rounding.DivCeiling(held, Part));
            bids.SellCoins(pool.InsuranceAccount, slot, part, insurance.CoinDiscountPpm(poolNumber, slot));
        }
    }
}
