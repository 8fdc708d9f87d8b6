using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// What happens to an account below maintenance, in this order: its orders are cancelled; its positions are reduced
/// through the book within a bound, no more than brings it back above initial margin; what is left goes to the pool's
/// insurance fund at the bankruptcy price, if the fund can carry it; else it is closed against the other side by
/// auto-deleveraging.
/// </summary>
internal sealed class Liquidator(
    VenueState state, EventLog events, AccountMargin margin, OrderEntry entry, ConditionalOrders conditional, Matching matching,
    PositionKeeping keeping, Custody custody, AutoDeleveraging deleveraging)
{
    private readonly bool[] _exhausted = new bool[state.PositionsPerAccount];

    /// <summary>Acts on an account's cross-margined part, or with a row on that isolated position.</summary>
    public void Liquidate(uint account, int isolatedRow)
    {
        Health found = Examine(account, isolatedRow);
        uint isolatedMarket = isolatedRow < 0 ? 0u : state.Positions[isolatedRow].MarketPlusOne;
        events.Write(EventKind.LiquidationStarted, account, new LiquidationStarted
        {
            EquityAtoms = found.EquityAtoms,
            MaintenanceAtoms = found.MaintenanceAtoms,
            IsolatedMarketPlusOne = isolatedMarket,
        });
        CancelOrders(account, isolatedRow);
        long fee = ReduceThroughBook(account, isolatedRow);
        Health left = Examine(account, isolatedRow);
        LiquidationOutcome outcome = LiquidationOutcome.Reduced;
        if (!left.CoversMaintenance)
        {
            uint fund = state.Pools[state.Accounts[(int)account].Pool].InsuranceAccount;
            if (account != fund && FundCanCarry(fund, account, isolatedRow, left.EquityAtoms))
            {
                TakeOver(fund, account, isolatedRow);
                outcome = LiquidationOutcome.TakenOver;
            }
            else
            {
                deleveraging.Close(account, isolatedRow, left.EquityAtoms);
                if (account != fund)
                {
                    MoveCollateral(fund, account, isolatedRow);
                }
                outcome = LiquidationOutcome.Deleveraged;
            }
        }
        events.Write(EventKind.LiquidationEnded, account, new LiquidationEnded
        {
            ResidualAtoms = left.EquityAtoms,
            FeeAtoms = fee,
            IsolatedMarketPlusOne = isolatedMarket,
            Outcome = outcome,
        });
    }

    /// <summary>The worst price at which a liquidation may trade on a side.</summary>
    internal static long BoundTicks(in Market market, Side side)
    {
        long distance = Rounding.PpmFloor(Math.Abs(market.MarkTicks), market.LiquidationBoundPpm);
        return Math.Clamp(side == Side.Sell ? market.MarkTicks - distance : market.MarkTicks + distance, market.MinPriceTicks, market.MaxPriceTicks);
    }

    /// <summary>Whether a position belongs to what is being liquidated.</summary>
    internal static bool Belongs(in Position position, int row, int isolatedRow) =>
        isolatedRow < 0 ? !position.IsIsolated : row == isolatedRow;

    private Health Examine(uint account, int isolatedRow) =>
        isolatedRow < 0 ? margin.Cross(account) : margin.Isolated(isolatedRow);

    private void CancelOrders(uint account, int isolatedRow)
    {
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            int market = state.Derived.MarketOfPosition[row] - 1;
            if (market >= 0 && Belongs(in state.Positions[row], row, isolatedRow))
            {
                entry.EndAll(account, market, EndReason.Liquidation);
                conditional.EndAll(account, market, EndReason.Liquidation);
            }
        }
    }

    // Largest maintenance margin first. Each step asks for as many lots as would bring equity up to initial margin if they
    // traded at mark, and for no fewer than 1, 2, 4, 8 …: slippage and fees cannot make the steps endless.
    private long ReduceThroughBook(uint account, int isolatedRow)
    {
        _exhausted.AsSpan().Clear();
        long fees = 0;
        long atLeast = 1;
        while (true)
        {
            Health health = Examine(account, isolatedRow);
            if (health.CoversInitial)
            {
                return fees;
            }
            int row = LargestRisk(account, isolatedRow, out long initial);
            if (row < 0)
            {
                return fees;
            }
            int marketNumber = state.Positions[row].MarketPlusOne - 1;
            ref readonly Market market = ref state.Markets[marketNumber];
            long held = Math.Abs(state.Positions[row].Lots);
            long shortfall = Math.Min(health.InitialAtoms - health.EquityAtoms, initial);
            long lots = Math.Clamp(Rounding.MulDivCeiling(held, shortfall, Math.Max(initial, 1)), Math.Min(atLeast, held), held);
            atLeast = Math.Min(atLeast * 2, long.MaxValue / 4);
            lots = Math.Min(lots, market.MaxOrderLots);
            Side side = state.Positions[row].Lots > 0 ? Side.Sell : Side.Buy;
            var order = new Incoming
            {
                LimitTicks = BoundTicks(in market, side),
                Lots = lots,
                Account = account,
                Row = row,
                Market = marketNumber,
                Flags = OrderFlags.ReduceOnly,
                Side = side,
                TimeInForce = TimeInForce.ImmediateOrCancel,
                Liquidation = true,
            };
            if (market.Status is MarketStatus.Trading or MarketStatus.ReduceOnly)
            {
                matching.Match(ref order);
            }
            fees += ChargeFee(account, isolatedRow, row, order.FilledLots, in market);
            if (order.FilledLots < lots)
            {
                _exhausted[row % state.PositionsPerAccount] = true;
            }
        }
    }

    private int LargestRisk(uint account, int isolatedRow, out long initial)
    {
        int largest = -1;
        long most = -1;
        initial = 0;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !Belongs(in position, row, isolatedRow) || _exhausted[row - first])
            {
                continue;
            }
            ref readonly Market market = ref state.Markets[position.MarketPlusOne - 1];
            Requirement need = MarginTiers.Of(in market, position.Lots, default);
            if (need.MaintenanceAtoms > most)
            {
                (largest, most, initial) = (row, need.MaintenanceAtoms, need.InitialAtoms);
            }
        }
        return largest;
    }

    private long ChargeFee(uint account, int isolatedRow, int row, long lots, in Market market)
    {
        ref readonly Pool pool = ref state.Pools[market.Pool];
        if (lots == 0 || account == pool.InsuranceAccount)
        {
            return 0;
        }
        long fee = Rounding.PpmCeiling(MarginTiers.NotionalAtoms(in market, lots), pool.LiquidationFeePpm);
        // Never more than what is left.
        fee = Math.Clamp(fee, 0, Math.Max(Examine(account, isolatedRow).EquityAtoms, 0));
        if (fee > 0)
        {
            uint fund = pool.InsuranceAccount;
            if (isolatedRow < 0)
            {
                custody.Change(account, 0, -fee, BalanceReason.LiquidationFee, fund);
            }
            else
            {
                state.Positions.Write(row).IsolatedAtoms -= fee;
            }
            custody.Change(fund, 0, fee, BalanceReason.LiquidationFee, account);
        }
        return fee;
    }

    // The fund takes every position at mark and all that belongs to it: the bankruptcy price for the account. It may do so
    // if its equity, with the account's residual, then covers the whole notional of what it holds: a backstop that is
    // itself leveraged is gone when it is needed.
    private bool FundCanCarry(uint fund, uint account, int isolatedRow, long residual)
    {
        long needed = 0;
        int fundFirst = (int)fund * state.PositionsPerAccount;
        for (int row = fundFirst; row < fundFirst + state.PositionsPerAccount; row++)
        {
            ref readonly Position own = ref state.Positions[row];
            needed += own.Lots == 0 ? 0 : MarginTiers.NotionalAtoms(in state.Markets[own.MarketPlusOne - 1], own.Lots);
        }
        int first = (int)account * state.PositionsPerAccount;
        int free = state.Derived.MarketOfPosition.AsSpan(fundFirst, state.PositionsPerAccount).Count((ushort)0);
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !Belongs(in position, row, isolatedRow))
            {
                continue;
            }
            int marketNumber = position.MarketPlusOne - 1;
            ref readonly Market market = ref state.Markets[marketNumber];
            int fundRow = state.FindPosition(fund, marketNumber);
            free -= fundRow < 0 ? 1 : 0;
            long held = fundRow < 0 ? 0 : state.Positions[fundRow].Lots;
            if (free < 0 || Math.Abs(held + position.Lots) > market.MaxPositionLots)
            {
                return false;
            }
            needed += MarginTiers.NotionalAtoms(in market, held + position.Lots) - MarginTiers.NotionalAtoms(in market, held);
        }
        return margin.Cross(fund).EquityAtoms + residual >= needed;
    }

    private void TakeOver(uint fund, uint account, int isolatedRow)
    {
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            Position position = state.Positions[row];
            if (position.Lots == 0 || !Belongs(in position, row, isolatedRow))
            {
                continue;
            }
            int marketNumber = position.MarketPlusOne - 1;
            ref readonly Market market = ref state.Markets[marketNumber];
            long value = position.Lots * market.MarkTicks * market.AtomsPerTickLot;
            int fundRow = state.FindOrTakePosition(fund, marketNumber);
            keeping.Trade(row, marketNumber, -position.Lots, -value);
            keeping.Trade(fundRow, marketNumber, position.Lots, value);
            state.Markets.Write(marketNumber).OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
            events.Write(EventKind.PositionTransferred, fund, new PositionTransferred
            {
                FromAccount = account,
                Market = (ushort)marketNumber,
                Cause = LiquidationOutcome.TakenOver,
                Lots = position.Lots,
                CostAtoms = value,
            });
        }
        MoveCollateral(fund, account, isolatedRow);
    }

    // Everything that margined the liquidated part goes to the fund, debts included.
    private void MoveCollateral(uint fund, uint account, int isolatedRow)
    {
        if (isolatedRow >= 0)
        {
            ref Position position = ref state.Positions.Write(isolatedRow);
            long atoms = position.IsolatedAtoms;
            position.IsolatedAtoms = 0;
            if (atoms != 0)
            {
                custody.Change(fund, 0, atoms, BalanceReason.Takeover, account);
            }
            return;
        }
        int slots = state.Pools[state.Accounts[(int)account].Pool].CollateralCount;
        for (int slot = 0; slot < slots; slot++)
        {
            long atoms = state.Accounts[(int)account].Balances[slot];
            if (atoms != 0)
            {
                custody.Change(account, slot, -atoms, BalanceReason.Takeover, fund);
                custody.Change(fund, slot, atoms, BalanceReason.Takeover, account);
            }
        }
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
