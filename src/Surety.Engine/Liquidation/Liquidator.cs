using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Breakers;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// What happens to an account below maintenance, in stages, each only if the one before was not enough: orders that add risk
/// are cancelled; collateral is sold for debt; positions are reduced through the book; the rest is auctioned as a whole to
/// backstop providers; the insurance fund and then deleveraging take as many lots, at mark, as bring a solvent account back
/// to maintenance, and all of them from an insolvent one, whose deficit is paid by the fund, by the gains of those it closes
/// against, and last by everybody. docs/liquidation.md has the rule of each stage.
/// </summary>
internal sealed class Liquidator(
    VenueState state, EventLog events, AccountMargin margin, OrderEntry entry, ConditionalOrders conditional, Matching matching,
    PositionKeeping keeping, Custody custody, AutoDeleveraging deleveraging, BackstopAuction backstop, InsuranceFund fund,
    LossSharing sharing, MarketGate gate)
{
    private readonly MarginCallRecord _record = new(state, events, margin);
    private readonly bool[] _exhausted = new bool[state.PositionsPerAccount];

    /// <summary>Acts on an account's cross-margined part, or with a row on that isolated position.</summary>
    public void Liquidate(uint account, int isolatedRow)
    {
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
        if (isolatedRow < 0 && state.Accounts[(int)account].Balances[0] < 0)
        {
            backstop.SellCollateral(account);
            outcome = found.MaintenanceAtoms == 0 ? LiquidationOutcome.CollateralSold : outcome;
        }
        Health left = margin.OfUnit(account, isolatedRow);
        if (!left.CoversMaintenance)
        {
            outcome = backstop.TrySell(account, isolatedRow, left) ? LiquidationOutcome.Auctioned
                : left.EquityAtoms > 0 ? Restore(account, isolatedRow)
                : Close(account, isolatedRow, left.EquityAtoms);
        }
        ReleaseRows(account);
        events.Write(EventKind.LiquidationEnded, account, new LiquidationEnded
        {
            ResidualAtoms = left.EquityAtoms,
            FeeAtoms = fee,
            IsolatedMarketPlusOne = isolatedMarket,
            Outcome = outcome,
        });
    }

    /// <summary>
    /// The worst price at which a liquidation may trade on a side: so far from mark, and from the index where that is
    /// stricter, that no liquidation prints a price that the rest of the world does not see.
    /// </summary>
    internal static long BoundTicks(in Market market, Side side)
    {
        long distance = Rounding.PpmFloor(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks), market.LiquidationBoundPpm);
        long bound = side == Side.Sell
            ? Math.Max(market.MarkTicks, market.IndexTicks) - distance
            : Math.Min(market.MarkTicks, market.IndexTicks) + distance;
        return Math.Clamp(bound, market.MinPriceTicks, market.MaxPriceTicks);
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
        long fees = 0;
        long atLeast = 1;
        while (true)
        {
            Health health = margin.OfUnit(account, isolatedRow);
            if (health.EquityAtoms >= health.InitialAtoms)
            {
                return fees;
            }
            int row = LargestRisk(account, isolatedRow, throughBook: true, out Requirement need);
            if (row < 0)
            {
                return fees;
            }
            int marketNumber = state.Positions[row].MarketPlusOne - 1;
            ref readonly Market market = ref state.Markets[marketNumber];
            long lots = LotsFor(row, health.InitialAtoms - health.EquityAtoms, need.InitialAtoms, ref atLeast);
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
            matching.Match(ref order);
            fees += ChargeFee(account, isolatedRow, order.FilledLots, in market);
            if (order.FilledLots < lots)
            {
                _exhausted[row % state.PositionsPerAccount] = true;
            }
            gate.CountLiquidation(marketNumber, order.FilledLots);
        }
    }

    // Lots whose margin makes up for a shortfall, at least so many, at most all.
    private long LotsFor(int row, long shortfall, long need, ref long atLeast)
    {
        long held = Math.Abs(state.Positions[row].Lots);
        long lots = Math.Clamp(Rounding.MulDivCeiling(held, Math.Min(shortfall, need), Math.Max(need, 1)), Math.Min(atLeast, held), held);
        atLeast = Math.Min(atLeast * 2, long.MaxValue / 4);
        return lots;
    }

    private int LargestRisk(uint account, int isolatedRow, bool throughBook, out Requirement largest)
    {
        int found = -1;
        largest = default;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !PriceDoubt.Belongs(in position, row, isolatedRow) || _exhausted[row - first]
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

    private long ChargeFee(uint account, int isolatedRow, long lots, in Market market)
    {
        ref readonly Pool pool = ref state.Pools[market.Pool];
        if (lots == 0 || account == pool.InsuranceAccount)
        {
            return 0;
        }
        long fee = Rounding.PpmCeiling(MarginTiers.NotionalAtoms(in market, lots), pool.LiquidationFeePpm);
        // Never more than what is left.
        fee = Math.Clamp(fee, 0, Math.Max(margin.OfUnit(account, isolatedRow).EquityAtoms, 0));
        if (fee > 0)
        {
            custody.ChangeUnit(account, isolatedRow, -fee, BalanceReason.LiquidationFee, pool.InsuranceAccount);
            custody.Change(pool.InsuranceAccount, 0, fee, BalanceReason.LiquidationFee, account);
        }
        return fee;
    }

    // A solvent account gives up, at mark, as many lots as bring it half way from maintenance to initial margin, so that the
    // next tick does not find it again: first to the fund, within its ring fence, then to the other side. Nobody pays
    // anything for it but the account its fee.
    private LiquidationOutcome Restore(uint account, int isolatedRow)
    {
        LiquidationOutcome outcome = LiquidationOutcome.TakenOver;
        _exhausted.AsSpan().Clear();
        long atLeast = 1;
        while (true)
        {
            Health health = margin.OfUnit(account, isolatedRow);
            Requirement need = default;
            long target = (health.MaintenanceAtoms / 2) + (health.InitialAtoms / 2);
            int row = health.EquityAtoms >= Math.Max(target, health.MaintenanceAtoms) ? -1 : LargestRisk(account, isolatedRow, throughBook: false, out need);
            if (row < 0)
            {
                return outcome;
            }
            ref readonly Market market = ref state.Markets[state.Positions[row].MarketPlusOne - 1];
            long lots = LotsFor(row, target - health.EquityAtoms, (need.MaintenanceAtoms / 2) + (need.InitialAtoms / 2), ref atLeast);
            GiveUp(row, lots * Math.Sign(state.Positions[row].Lots), 0, ref outcome);
            ChargeFee(account, isolatedRow, lots, in market);
        }
    }

    // An insolvent account gives up everything. The fund pays what it may; the rest is charged to the gains of those who
    // close the lots; what is left then the fund pays beyond its fence, and last everybody.
    private LiquidationOutcome Close(uint account, int isolatedRow, long equity)
    {
        CancelOrders(account, isolatedRow, keepReducing: false);
        int pool = state.Accounts[(int)account].Pool;
        bool isFund = account == fund.AccountOf(pool);
        _exhausted.AsSpan().Clear();
        int largest = LargestRisk(account, isolatedRow, throughBook: false, out _);
        int market = largest < 0 ? -1 : state.Positions[largest].MarketPlusOne - 1;
        long deficit = -equity;
        if (!isFund)
        {
            long paid = Math.Min(deficit, market < 0 ? fund.CashAtoms(pool) : fund.AvailableAtoms(market));
            fund.Cover(account, isolatedRow, market, paid);
            deficit -= paid;
        }
        LiquidationOutcome outcome = LiquidationOutcome.TakenOver;
        for (int row = largest; row >= 0; row = LargestRisk(account, isolatedRow, throughBook: false, out _))
        {
            deficit = GiveUp(row, state.Positions[row].Lots, deficit, ref outcome);
        }
        if (!isFund)
        {
            MoveCollateral(fund.AccountOf(pool), account, isolatedRow);
        }
        // What fees and roundings did on the way is in the balance: the account ends at zero exactly.
        long missing = -margin.OfUnit(account, isolatedRow).EquityAtoms;
        if (missing > 0)
        {
            long paid = isFund ? 0 : Math.Min(missing, fund.CashAtoms(pool));
            fund.Cover(account, isolatedRow, -1, paid);
            if (missing > paid)
            {
                sharing.Share(account, isolatedRow, missing - paid);
            }
        }
        return outcome;
    }

    // Lots (signed like the position) leave at mark: to the fund as far as it has room, else against the other side, which a
    // charge is taken from. Returns what of the charge was not.
    private long GiveUp(int row, long lots, long charge, ref LiquidationOutcome outcome)
    {
        uint account = (uint)(row / state.PositionsPerAccount);
        int market = state.Positions[row].MarketPlusOne - 1;
        uint fundAccount = fund.AccountOf(state.Markets[market].Pool);
        // While a charge is open, the lots must meet those whose gains can pay it.
        long toFund = account == fundAccount || charge > 0 ? 0 : fund.RoomLots(market, lots) * Math.Sign(lots);
        if (toFund != 0)
        {
            PositionTransfers.AtMark(state, events, keeping, row, fundAccount, toFund, LiquidationOutcome.TakenOver);
        }
        if (toFund != lots)
        {
            outcome = LiquidationOutcome.Deleveraged;
            charge = deleveraging.Close(row, lots - toFund, charge);
        }
        return charge;
    }

    // The collateral of an insolvent account goes to the fund together with the debt it was to cover.
    private void MoveCollateral(uint fundAccount, uint account, int isolatedRow)
    {
        if (isolatedRow >= 0)
        {
            return;
        }
        ref readonly Pool pool = ref state.Pools[state.Accounts[(int)account].Pool];
        long value = 0;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            long atoms = state.Accounts[(int)account].Balances[slot];
            if (atoms != 0)
            {
                value += margin.CollateralValueAtoms(in pool, slot, atoms);
                custody.Change(account, slot, -atoms, BalanceReason.Takeover, fundAccount);
                custody.Change(fundAccount, slot, atoms, BalanceReason.Takeover, account);
            }
        }
        // The fund pays for it what it counts for, as far as it owes no more than that.
        if (value > 0)
        {
            custody.Change(fundAccount, 0, -value, BalanceReason.Takeover, account);
            custody.Change(account, 0, value, BalanceReason.Takeover, fundAccount);
        }
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
