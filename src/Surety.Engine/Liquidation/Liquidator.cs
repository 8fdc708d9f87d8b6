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
    public void Liquidate(MarginUnit unit)
    {
        if (!CanAct(unit))
        {
            return;
        }
        Health found = margin.OfUnit(unit);
        OptionalId isolatedMarket = unit.IsCross ? OptionalId.None : state.Positions[unit.IsolatedRow].Market;
        events.Write(EventKind.LiquidationStarted, unit.Account, new LiquidationStarted
        {
            EquityAtoms = found.EquityAtoms,
            MaintenanceAtoms = found.MaintenanceAtoms,
            IsolatedMarket = isolatedMarket,
        });
        _record.Write(unit, found);
        CancelOrders(unit, keepReducing: true);
        long fee = ReduceThroughBook(unit);
        LiquidationOutcome outcome = LiquidationOutcome.Reduced;
        long residual = margin.WorthOfUnit(unit);
        if (!margin.OfUnit(unit).CoversMaintenance)
        {
            if (residual > 0)
            {
                outcome = restoration.Restore(unit);
            }
            else
            {
                CancelOrders(unit, keepReducing: false);
                outcome = closing.Close(unit);
            }
        }
        ReleaseRows(unit.Account);
        events.Write(EventKind.LiquidationEnded, unit.Account, new LiquidationEnded
        {
            ResidualAtoms = residual,
            FeeAtoms = fee,
            IsolatedMarket = isolatedMarket,
            Outcome = outcome,
        });
    }

    // A unit without positions that the stages can act on, and without coins that find a buyer, is left as it is: no event says
    // at each price that nothing could be done.
    private bool CanAct(MarginUnit unit)
    {
        if (!unit.IsCross || LargestRisk(state, margin, unit, throughBook: false, out _) >= 0)
        {
            return true;
        }
        return margin.WorthOfUnit(unit) > 0 ? restoration.CanSellCoins(unit.Account) : closing.CanCover(unit.Account);
    }

    private void CancelOrders(MarginUnit unit, bool keepReducing)
    {
        int first = (int)unit.Account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            int market = state.Derived.MarketOfPosition[row] - 1;
            if (market >= 0 && unit.Holds(in state.Positions[row], row))
            {
                entry.EndAll(unit.Account, market, EndReason.Liquidation, keepReducing);
                conditional.EndAll(unit.Account, market, EndReason.Liquidation);
            }
        }
    }

    // Largest maintenance margin first. Each step asks for as many lots as would bring what counts for opening up to initial
    // margin if they traded at mark, and for no fewer than 1, 2, 4, 8 …: slippage and fees cannot make the steps endless.
    private long ReduceThroughBook(MarginUnit unit)
    {
        _exhausted.AsSpan().Clear();
        long charged = 0;
        long atLeast = 1;
        for (int step = 0; step < MostSteps; step++)
        {
            Health health = margin.OfUnit(unit);
            Requirement need = default;
            int row = health.EquityAtoms >= health.InitialAtoms
                ? -1
                : LargestRisk(state, margin, unit, throughBook: true, out need, _exhausted);
            if (row < 0)
            {
                return charged;
            }
            int marketNumber = state.Positions[row].Market.Number;
            ref readonly Market market = ref state.Markets[marketNumber];
            Side side = state.Positions[row].Lots > 0 ? Side.Sell : Side.Buy;
            // The fund in liquidation sells no worse than when it unwinds: its loss would be the gain of the bids.
            long limit;
            if (unit.Account == fund.AccountOf(market.Pool))
            {
                limit = fund.LimitTicks(marketNumber);
            }
            else if (!TryLimit(unit, in market, side, out limit))
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
                Account = unit.Account,
                Row = row,
                Market = marketNumber,
                Flags = OrderFlags.ReduceOnly,
                Side = side,
                TimeInForce = TimeInForce.ImmediateOrCancel,
                Liquidation = true,
            };
            matching.Match(ref order);
            charged += restoration.ChargeFee(unit, order.FilledLots, in market);
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
    private bool TryLimit(MarginUnit unit, in Market market, Side side, out long limit)
    {
        long notional = NotionalOf(state, unit);
        long worth = margin.WorthOfUnit(unit) - fees.TakerFee(unit.Account, notional);
        long perLot = MarginTiers.NotionalAtoms(in market, 1) / market.AtomsPerTickLot;
        long distance =
            (long)Int128.Clamp(FloorOf((Int128)worth * perLot, Math.Max(notional, 1)), -Market.MaxPriceSpan, Market.MaxPriceSpan);
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
    internal static long NotionalOf(IndexedState state, MarginUnit unit)
    {
        long sum = 0;
        int first = (int)unit.Account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots != 0 && unit.Holds(in position, row))
            {
                sum += MarginTiers.NotionalAtoms(in state.Markets[position.Market.Number], position.Lots);
            }
        }
        return sum;
    }

    /// <summary>
    /// Lots whose margin, less what giving them up costs (settlement atoms for the whole position), makes up for a shortfall; at least so
    /// many, at most all.
    /// </summary>
    internal static long LotsFor(IndexedState state, int row, long shortfall, long need, long cost, ref long atLeast)
    {
        long held = Math.Abs(state.Positions[row].Lots);
        long relief = Math.Max(Math.Max(need - cost, need / 8), 1);
        long lots = Math.Clamp(Rounding.MulDivCeiling(held, Math.Clamp(shortfall, 0, relief), relief), Math.Min(atLeast, held), held);
        atLeast = Math.Min(atLeast * 2, long.MaxValue / 4);
        return lots;
    }

    /// <summary>
    /// The unit's position with the largest maintenance margin that may be acted on, through its book or outside; −1 for none.
    /// </summary>
    internal static int LargestRisk(IndexedState state, AccountMargin margin, MarginUnit unit, bool throughBook, out Requirement largest,
        ReadOnlySpan<bool> exhausted = default)
    {
        int found = -1;
        largest = default;
        int first = (int)unit.Account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !unit.Holds(in position, row) || (exhausted.Length != 0 && exhausted[row - first])
                || !(throughBook
                    ? PriceDoubt.IsBookOpen(state, position.Market.Number)
                    : PriceDoubt.IsActable(state, position.Market.Number)))
            {
                continue;
            }
            Requirement need = margin.RiskOf(row);
            // Of equals the market listed first: not the row, which says only what the account traded first.
            if (found < 0 || need.MaintenanceAtoms > largest.MaintenanceAtoms
                || (need.MaintenanceAtoms == largest.MaintenanceAtoms && position.Market.Number < state.Positions[found].Market.Number))
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
