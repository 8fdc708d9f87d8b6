using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The end of an account that owes more than it is worth at prices. It gives up everything. Its deficit is charged first to
/// the gains of the same person's other accounts on the other side; then the fund pays within its cash fence for the index; then
/// the gains of those who close the lots; then the fund beyond the fence; last everyone, by worth.
/// </summary>
internal sealed class Closing(
    IndexedState state, EventLog events, AccountMargin margin, PositionKeeping keeping, Custody custody, AutoDeleveraging deleveraging,
    InsuranceFund fund, LossSharing sharing)
{
    /// <summary>Closes a unit that is worth nothing or less.</summary>
    public LiquidationOutcome Close(MarginUnit unit)
    {
        int pool = state.Accounts[(int)unit.Account].Pool;
        bool isFund = unit.Account == fund.AccountOf(pool);
        LiquidationOutcome outcome = LiquidationOutcome.TakenOver;
        ChargeOwnGains(unit, ref outcome);
        int largest = Liquidator.LargestRisk(state, margin, unit, throughBook: false, out _);
        int market = largest < 0 ? -1 : state.Positions[largest].Market.Number;
        long deficit = Math.Max(-margin.WorthOfUnit(unit), 0);
        if (!isFund)
        {
            long paid = Math.Min(deficit, market < 0 ? fund.CashAtoms(pool) : fund.AvailableAtoms(market));
            fund.Cover(unit, market, paid);
            deficit -= paid;
        }
        // Each round closes a position: there are no more rounds than rows.
        for (int row = largest; row >= 0; row = Liquidator.LargestRisk(state, margin, unit, throughBook: false, out _))
        {
            Invariant.Assert(deficit >= 0, "more of a deficit is covered than there is");
            deficit = GiveUp(row, deficit, isFund, ref outcome);
        }
        if (!isFund && unit.IsCross)
        {
            MoveCollateral(unit.Account, fund.AccountOf(pool));
        }
        // What fees and roundings did on the way is in the balance: the account ends at zero exactly.
        long missing = -margin.WorthOfUnit(unit);
        if (missing > 0)
        {
            long paid = isFund ? 0 : Math.Min(missing, fund.CashAtoms(pool));
            fund.Cover(unit, -1, paid);
            if (missing > paid)
            {
                sharing.Share(unit, missing - paid);
            }
        }
        return outcome;
    }

    /// <summary>
    /// Whether anything could cover a deficit of an account without positions: its coins, the fund, or the pool's accounts.
    /// </summary>
    public bool CanCover(uint account)
    {
        int pool = state.Accounts[(int)account].Pool;
        for (int slot = 1; slot < state.Pools[pool].CollateralCount; slot++)
        {
            if (state.Accounts[(int)account].Balances[slot] != 0 && account != fund.AccountOf(pool))
            {
                return true;
            }
        }
        return (account != fund.AccountOf(pool) && fund.CashAtoms(pool) > 0) || sharing.HasWorth(account, pool);
    }

    // One person on both sides of a gap pays for it out of the gain: lots meet the owner's own opposite lots first.
    private void ChargeOwnGains(MarginUnit unit, ref LiquidationOutcome outcome)
    {
        int[] next = state.Derived.NextOfOwner;
        int perAccount = state.PositionsPerAccount;
        for (uint other = (uint)next[unit.Account]; other != unit.Account; other = (uint)next[other])
        {
            if (state.Accounts[(int)other].Pool != state.Accounts[(int)unit.Account].Pool)
            {
                continue;
            }
            for (int row = (int)unit.Account * perAccount; row < ((int)unit.Account + 1) * perAccount; row++)
            {
                ref readonly Position position = ref state.Positions[row];
                if (position.Lots == 0 || !unit.Holds(in position, row) || !PriceDoubt.IsActable(state, position.Market.Number))
                {
                    continue;
                }
                int theirs = state.FindPosition(other, position.Market.Number);
                if (theirs >= 0 && Math.Sign(state.Positions[theirs].Lots) == -Math.Sign(position.Lots))
                {
                    outcome = LiquidationOutcome.Deleveraged;
                    MeetOwn(unit, row, theirs);
                }
            }
        }
    }

    private void MeetOwn(MarginUnit unit, int row, int theirs)
    {
        ref readonly Market market = ref state.Markets[state.Positions[row].Market.Number];
        long lots = Math.Min(Math.Abs(state.Positions[row].Lots), Math.Abs(state.Positions[theirs].Lots));
        long gain = Math.Max(
            Rounding.MulDivFloor(AccountMargin.UnrealisedAtoms(in market, in state.Positions[theirs]), lots,
                Math.Abs(state.Positions[theirs].Lots)), 0);
        // No more than leaves the other account its maintenance: a gain that carries other positions is not free.
        Health behind = margin.OfPosition(theirs);
        long share = Math.Clamp(Math.Min(gain, behind.EquityAtoms - behind.MaintenanceAtoms), 0, Math.Max(-margin.WorthOfUnit(unit), 0));
        PositionTransfers.Between(state, events, keeping, row, theirs, lots * Math.Sign(state.Positions[row].Lots), share);
        state.ReleasePositionIfEmpty(theirs);
    }

    // Lots leave at mark: to the fund as far as it has room and no charge is open, else against the other side, which the charge is
    // taken from. Returns what of the charge was not.
    private long GiveUp(int row, long charge, bool isFund, ref LiquidationOutcome outcome)
    {
        int market = state.Positions[row].Market.Number;
        uint fundAccount = fund.AccountOf(state.Markets[market].Pool);
        long lots = state.Positions[row].Lots;
        // While a charge is open, the lots must meet those whose gains can pay it.
        long toFund = isFund || charge > 0 ? 0 : fund.RoomLots(market, lots) * Math.Sign(lots);
        if (toFund != 0)
        {
            long before = fund.HeldLots(market);
            PositionTransfers.AtMark(state, events, keeping, row, fundAccount, toFund, LiquidationOutcome.TakenOver);
            fund.NoteLots(market, before, 0);
        }
        if (toFund != lots)
        {
            outcome = LiquidationOutcome.Deleveraged;
            charge = deleveraging.Close(row, lots - toFund, charge);
        }
        return charge;
    }

    // The coins of an insolvent account go to the fund together with the debt that they were to cover, at their price.
    private void MoveCollateral(uint account, uint fundAccount)
    {
        ref readonly Pool pool = ref state.Pools[state.Accounts[(int)account].Pool];
        long value = 0;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            long before = state.Accounts[(int)fundAccount].Balances[slot];
            long atoms = Math.Min(state.Accounts[(int)account].Balances[slot], (long.MaxValue / 2) - before);
            if (atoms > 0)
            {
                value += margin.CollateralPriceAtoms(in pool, slot, atoms);
                custody.Change(account, slot, -atoms, BalanceReason.Takeover, fundAccount);
                custody.Change(fundAccount, slot, atoms, BalanceReason.Takeover, account);
                fund.NoteCoins(state.Accounts[(int)account].Pool, slot, before, 0);
            }
        }
        if (value > 0)
        {
            custody.Change(fundAccount, 0, -value, BalanceReason.Takeover, account);
            custody.Change(account, 0, value, BalanceReason.Takeover, fundAccount);
        }
    }
}
