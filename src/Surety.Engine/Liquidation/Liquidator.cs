using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Breakers;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// What happens to an account below maintenance, in stages, each only if the one before was not enough: orders that add risk
/// are cancelled; positions are reduced through the book, never below the account's bankruptcy price; then a solvent account is
/// restored (<see cref="Restoration"/>) and an insolvent one closed (<see cref="Closing"/>). docs/liquidation.md has the rule of
/// each stage.
/// </summary>
internal sealed class Liquidator(
    IndexedState state, EventLog events, AccountMargin margin, OrderEntry entry, ConditionalOrders conditional, Matching matching,
    FeeSchedule fees, Restoration restoration, Closing closing, InsuranceFund fund, MarketGate gate)
{
    // Steps through the book of one liquidation. What is left then is restored or closed outside it.
    private const int MostSteps = 256;

    private readonly MarginCallRecord _record = new(state, events, margin);
    private readonly bool[] _exhausted = new bool[state.PositionsPerAccount];

    /// <summary>Acts on an account's cross-margined part, or with a row on that isolated position.</summary>
    public void Liquidate(uint account, int isolatedRow)
    {
        if (!CanAct(account, isolatedRow))
        {
            return;
        }
        Health found = margin.OfUnit(account, isolatedRow);
        uint isolatedMarket = isolatedRow < 0 ? 0u : state.Positions[isolatedRow].MarketPlusOne;
        events.Write(EventKind.LiquidationStarted, account, new LiquidationStarted
        {
            EquityAtoms = found.EquityAtoms,
            MaintenanceAtoms = found.MaintenanceAtoms,
            IsolatedMarketPlusOne = isolatedMarket,
        });
        _record.Write(account, isolatedRow, found);
        CancelOrders(account, isolatedRow, keepReducing: true);
        long fee = ReduceThroughBook(account, isolatedRow);
        LiquidationOutcome outcome = LiquidationOutcome.Reduced;
        long residual = margin.WorthOfUnit(account, isolatedRow);
        if (!margin.OfUnit(account, isolatedRow).CoversMaintenance)
        {
            if (residual > 0)
            {
                outcome = restoration.Restore(account, isolatedRow);
            }
            else
            {
                CancelOrders(account, isolatedRow, keepReducing: false);
                outcome = closing.Close(account, isolatedRow);
            }
        }
        ReleaseRows(account);
        events.Write(EventKind.LiquidationEnded, account, new LiquidationEnded
        {
            ResidualAtoms = residual,
            FeeAtoms = fee,
            IsolatedMarketPlusOne = isolatedMarket,
            Outcome = outcome,
        });
    }

    // A unit without positions that the stages can act on, and without coins that find a buyer, is left as it is: no event says
    // at each price that nothing could be done.
    private bool CanAct(uint account, int isolatedRow)
    {
        if (isolatedRow >= 0 || LargestRisk(state, margin, account, -1, throughBook: false, out _) >= 0)
        {
            return true;
        }
        return margin.WorthOfUnit(account, -1) > 0 ? restoration.CanSellCoins(account) : closing.CanCover(account);
    }

    private void CancelOrders(uint account, int isolatedRow, bool keepReducing)
    {
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            int market = state.Derived.MarketOfPosition[row] - 1;
            if (market >= 0 && PriceDoubt.Belongs(in state.Positions[row], row, isolatedRow))
            {
                entry.EndAll(account, market, EndReason.Liquidation, keepReducing);
                conditional.EndAll(account, market, EndReason.Liquidation);
            }
        }
    }

    // Largest maintenance margin first. Each step asks for as many lots as would bring what counts for opening up to initial
    // margin if they traded at mark, and for no fewer than 1, 2, 4, 8 …: slippage and fees cannot make the steps endless.
    private long ReduceThroughBook(uint account, int isolatedRow)
    {
        _exhausted.AsSpan().Clear();
        long charged = 0;
        long atLeast = 1;
        for (int step = 0; step < MostSteps; step++)
        {
            Health health = margin.OfUnit(account, isolatedRow);
            Requirement need = default;
            int row = health.EquityAtoms >= health.InitialAtoms ? -1 : LargestRisk(state, margin, account, isolatedRow, throughBook: true, out need, _exhausted);
            if (row < 0)
            {
                return charged;
            }
            int marketNumber = state.Positions[row].MarketPlusOne - 1;
            ref readonly Market market = ref state.Markets[marketNumber];
            Side side = state.Positions[row].Lots > 0 ? Side.Sell : Side.Buy;
            // The fund in liquidation sells no worse than when it unwinds: its loss would be the gain of the bids.
            long limit;
            if (account == fund.AccountOf(market.Pool))
            {
                limit = fund.LimitTicks(marketNumber);
            }
            else if (!TryLimit(account, isolatedRow, in market, side, out limit))
            {
                _exhausted[row % state.PositionsPerAccount] = true;
                continue;
            }
            long lots = LotsFor(state, row, health.InitialAtoms - health.EquityAtoms, need.InitialAtoms, 0, ref atLeast);
            lots = Math.Min(lots, market.MaxOrderLots);
            var order = new Incoming
            {
                LimitTicks = limit,
                Lots = lots,
                Account = account,
                Row = row,
                Market = marketNumber,
                Flags = OrderFlags.ReduceOnly,
                Side = side,
                TimeInForce = TimeInForce.ImmediateOrCancel,
                Liquidation = true,
            };
            matching.Match(ref order);
            charged += restoration.ChargeFee(account, isolatedRow, order.FilledLots, in market);
            if (order.FilledLots < lots)
            {
                _exhausted[row % state.PositionsPerAccount] = true;
            }
            gate.CountLiquidation(marketNumber, order.FilledLots);
        }
        return charged;
    }

    // The stricter of the market's bound and the bankruptcy price: at the latter the lots cost the unit their share, by notional,
    // of what it is worth after the taker's fee. A unit worth less than nothing sells above mark or not at all.
    private bool TryLimit(uint account, int isolatedRow, in Market market, Side side, out long limit)
    {
        long notional = NotionalOf(state, account, isolatedRow);
        long worth = margin.WorthOfUnit(account, isolatedRow) - fees.TakerFee(account, notional);
        long perLot = MarginTiers.NotionalAtoms(in market, 1) / market.AtomsPerTickLot;
        long distance = (long)Int128.Clamp(FloorOf((Int128)worth * perLot, Math.Max(notional, 1)), -Market.MaxPriceSpan, Market.MaxPriceSpan);
        long bankruptcy = side == Side.Sell ? market.MarkTicks - distance : market.MarkTicks + distance;
        long bound = LiquidationBounds.BoundTicks(in market, side);
        limit = side == Side.Sell ? Math.Max(bound, bankruptcy) : Math.Min(bound, bankruptcy);
        return limit >= market.MinPriceTicks && limit <= market.MaxPriceTicks;
    }

    private static Int128 FloorOf(Int128 value, Int128 divisor)
    {
        Int128 quotient = value / divisor;
        return value < 0 && quotient * divisor != value ? quotient - 1 : quotient;
    }

    /// <summary>Notional of all positions of a unit, settlement atoms.</summary>
    internal static long NotionalOf(IndexedState state, uint account, int isolatedRow)
    {
        long sum = 0;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots != 0 && PriceDoubt.Belongs(in position, row, isolatedRow))
            {
                sum += MarginTiers.NotionalAtoms(in state.Markets[position.MarketPlusOne - 1], position.Lots);
            }
        }
        return sum;
    }

    /// <summary>Lots whose margin, less what giving them up costs (settlement atoms for the whole position), makes up for a shortfall; at least so many, at most all.</summary>
    internal static long LotsFor(IndexedState state, int row, long shortfall, long need, long cost, ref long atLeast)
    {
        long held = Math.Abs(state.Positions[row].Lots);
        long relief = Math.Max(Math.Max(need - cost, need / 8), 1);
        long lots = Math.Clamp(Rounding.MulDivCeiling(held, Math.Clamp(shortfall, 0, relief), relief), Math.Min(atLeast, held), held);
        atLeast = Math.Min(atLeast * 2, long.MaxValue / 4);
        return lots;
    }

    /// <summary>The unit's position with the largest maintenance margin that may be acted on, through its book or outside; −1 for none.</summary>
    internal static int LargestRisk(IndexedState state, AccountMargin margin, uint account, int isolatedRow, bool throughBook, out Requirement largest, ReadOnlySpan<bool> exhausted = default)
    {
        int found = -1;
        largest = default;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !PriceDoubt.Belongs(in position, row, isolatedRow) || (exhausted.Length != 0 && exhausted[row - first])
                || !(throughBook ? PriceDoubt.IsBookOpen(state, position.MarketPlusOne - 1) : PriceDoubt.IsActable(state, position.MarketPlusOne - 1)))
            {
                continue;
            }
            Requirement need = margin.RiskOf(row);
            if (found < 0 || need.MaintenanceAtoms > largest.MaintenanceAtoms)
            {
                (found, largest) = (row, need);
            }
        }
        return found;
    }

    private void ReleaseRows(uint account)
    {
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] != 0)
            {
                state.ReleasePositionIfEmpty(row);
            }
        }
    }
}
