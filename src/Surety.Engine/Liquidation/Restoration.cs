using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// What a solvent account gives up when the book was not enough: as many lots as bring it half way from maintenance to initial
/// margin, so that the next tick does not find it again. Backstop bids take them first, for a discount out of what the account
/// has left; then the fund, within its inventory limit, for the takeover charge; then the other side of the market, at mark.
/// Coins are sold last, and only for what margin still needs. No stage costs the account more than it is worth.
/// </summary>
internal sealed class Restoration(
    IndexedState state, EventLog events, AccountMargin margin, PositionKeeping keeping, Custody custody, AutoDeleveraging deleveraging,
    BackstopBids bids, InsuranceFund fund)
{
    // Steps over the positions: each gives up at least 1, 2, 4, 8 … lots, so that 64 steps end any position.
    private const int StepsPerPosition = 64;

    // The part of a debt by which a sale of coins goes beyond what margin misses.
    private const int BufferPart = 100;

    // Sales of one coin: each covers what is then missing at the average haircut.
    private const int MostSales = 8;

    /// <summary>Restores a unit that is worth more than nothing.</summary>
    public LiquidationOutcome Restore(MarginUnit unit)
    {
        LiquidationOutcome outcome = LiquidationOutcome.Reduced;
        long atLeast = 1;
        for (int step = 0; step < StepsPerPosition * state.PositionsPerAccount; step++)
        {
            Health health = margin.OfUnit(unit);
            Requirement need = default;
            int row = health.EquityAtoms >= TargetAtoms(health)
                ? -1
                : Liquidator.LargestRisk(state, margin, unit, throughBook: false, out need);
            if (row < 0)
            {
                break;
            }
            ref readonly Market market = ref state.Markets[state.Positions[row].Market.Number];
            long ppm = ShareOfWorthPpm(unit, market.Pool);
            bool isCharged = bids.HasBid(unit.Account, ppm)
                || fund.RoomLots(state.Positions[row].Market.Number, state.Positions[row].Lots) > 0;
            long cost =
                Rounding.PpmFloor(MarginTiers.NotionalAtoms(in market, state.Positions[row].Lots),
                    isCharged ? ppm : Math.Min(ppm, state.Pools[market.Pool].LiquidationFeePpm));
            long lots =
                Liquidator.LotsFor(state, row, TargetAtoms(health) - health.EquityAtoms,
                    (need.MaintenanceAtoms / 2) + (need.InitialAtoms / 2), cost, ref atLeast);
            GiveUp(unit, row, lots * Math.Sign(state.Positions[row].Lots), ref outcome);
        }
        if (unit.IsCross && SellCoins(unit.Account) && outcome == LiquidationOutcome.Reduced)
        {
            outcome = LiquidationOutcome.CollateralSold;
        }
        return outcome;
    }

    /// <summary>Whether an account in debt has coins that a bid or the fund would buy now.</summary>
    public bool CanSellCoins(uint account)
    {
        int poolNumber = state.Accounts[(int)account].Pool;
        ref readonly Pool pool = ref state.Pools[poolNumber];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            if (state.Accounts[(int)account].Balances[slot] > 0 && IsPriced(in pool, slot)
                && MostDiscountPpm(account, poolNumber, slot) is >= 0 and var most
                && (bids.CanBuyCoins(account, -state.Accounts[(int)account].Balances[0], most)
                    || FundRoomAtoms(account, poolNumber, slot) > -state.Accounts[(int)account].Balances[0] / BackstopBids.LeastPart))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Takes the liquidation fee on lots that traded, never more than what is left.</summary>
    public long ChargeFee(MarginUnit unit, long lots, in Market market) =>
        Charge(unit,
            lots == 0 ? 0 : Rounding.PpmCeiling(MarginTiers.NotionalAtoms(in market, lots), state.Pools[market.Pool].LiquidationFeePpm),
            BalanceReason.LiquidationFee);

    private static long TargetAtoms(Health health) =>
        Math.Max((health.MaintenanceAtoms / 2) + (health.InitialAtoms / 2), health.MaintenanceAtoms);

    private void GiveUp(MarginUnit unit, int row, long lots, ref LiquidationOutcome outcome)
    {
        int marketNumber = state.Positions[row].Market.Number;
        ref readonly Market market = ref state.Markets[marketNumber];
        uint fundAccount = fund.AccountOf(market.Pool);
        bool isFund = unit.Account == fundAccount;
        long left = lots;
        if (!isFund)
        {
            left -= bids.TakeLots(row, left, ShareOfWorthPpm(unit, market.Pool));
            outcome = left == lots ? outcome : LiquidationOutcome.Auctioned;
            long toFund = fund.RoomLots(marketNumber, left) * Math.Sign(left);
            if (toFund != 0)
            {
                long ppm = ShareOfWorthPpm(unit, market.Pool);
                long before = fund.HeldLots(marketNumber);
                PositionTransfers.AtMark(state, events, keeping, row, fundAccount, toFund, LiquidationOutcome.TakenOver);
                long charge =
                    Charge(unit, Rounding.PpmFloor(MarginTiers.NotionalAtoms(in market, toFund), ppm), BalanceReason.TakeoverCharge);
                fund.NoteLots(marketNumber, before, charge);
                left -= toFund;
                outcome = LiquidationOutcome.TakenOver;
            }
        }
        if (left != 0)
        {
            outcome = LiquidationOutcome.Deleveraged;
            deleveraging.Close(row, left, 0);
            ChargeFee(unit, left, in market);
        }
    }

    // What lots may cost the unit, parts per million of their notional: the takeover charge, at most their share of its worth.
    private long ShareOfWorthPpm(MarginUnit unit, int pool)
    {
        long notional = Math.Max(Liquidator.NotionalOf(state, unit), 1);
        Int128 share = (Int128)Math.Max(margin.WorthOfUnit(unit), 0) * Rounding.Million / notional;
        return (long)Int128.Min(share, state.Pools[pool].Rules.TakeoverChargePpm);
    }

    // What coins may cost an account when they are sold, parts per million of their price: their share of its worth, so that no sale
    // makes a solvent account insolvent and its deficit the gain of a bid.
    private long CoinShareOfWorthPpm(uint account, int poolNumber)
    {
        ref readonly Pool pool = ref state.Pools[poolNumber];
        Int128 value = 1;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            value += margin.CollateralPriceAtoms(in pool, slot, state.Accounts[(int)account].Balances[slot]);
        }
        return (long)Int128.Min(Math.Max(margin.WorthOfUnit(MarginUnit.Cross(account)), 0) * (Int128)Rounding.Million / value,
            Rounding.Million);
    }

    // The discount at which a coin may go to a bid: below the pool's reserve, its haircut, and its share of what the account is worth.
    // Below zero where a sale would not help: the fund's coins count at their price, and leave when it unwinds.
    private long MostDiscountPpm(uint account, int poolNumber, int slot)
    {
        ref readonly Pool pool = ref state.Pools[poolNumber];
        if (account == pool.InsuranceAccount)
        {
            return -1;
        }
        long held = state.Accounts[(int)account].Balances[slot];
        long price = margin.CollateralPriceAtoms(in pool, slot, held);
        long cut = price - margin.CollateralValueAtoms(in pool, slot, held);
        long most = Math.Min(pool.Rules.BackstopDiscountPpm, Rounding.MulDivFloor(cut, Rounding.Million, Math.Max(price, 1)) - 1);
        return Math.Min(most, CoinShareOfWorthPpm(account, poolNumber));
    }

    private long Charge(MarginUnit unit, long atoms, BalanceReason reason)
    {
        uint fundAccount = fund.AccountOf(state.Accounts[(int)unit.Account].Pool);
        long charge = unit.Account == fundAccount ? 0 : Math.Clamp(atoms, 0, Math.Max(margin.WorthOfUnit(unit), 0));
        if (charge > 0)
        {
            custody.ChangeUnit(unit, -charge, reason, fundAccount);
            custody.Change(fundAccount, 0, charge, reason, unit.Account);
        }
        return charge;
    }

    // A coin that is sold stops being cut by its haircut: that is what its sale adds to equity. What margin needs is sold, no more
    // than the debt: to bids, then to the fund. A coin whose haircut is no more than the discount would only cost.
    private bool SellCoins(uint account)
    {
        bool any = false;
        int poolNumber = state.Accounts[(int)account].Pool;
        ref readonly Pool pool = ref state.Pools[poolNumber];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            for (int sale = 0; sale < MostSales && IsPriced(in pool, slot); sale++)
            {
                long held = state.Accounts[(int)account].Balances[slot];
                long price = margin.CollateralPriceAtoms(in pool, slot, held);
                long cut = price - margin.CollateralValueAtoms(in pool, slot, held);
                Health health = margin.Cross(account);
                long missing = TargetAtoms(health) - health.EquityAtoms;
                long debt = -state.Accounts[(int)account].Balances[0];
                if (missing <= 0 || debt <= 0 || cut <= 0)
                {
                    break;
                }
                // A hundredth of the debt more, so that neither roundings nor the next tick find it again.
                long wanted =
                    Math.Min(debt, Rounding.MulDivCeiling(Math.Min(missing + Rounding.DivCeiling(debt, BufferPart), cut), price, cut));
                long most = MostDiscountPpm(account, poolNumber, slot);
                long received = most < 0 ? 0 : bids.SellCoins(account, slot, wanted, most);
                received += SellToFund(account, poolNumber, slot, wanted - received);
                if (received == 0)
                {
                    break;
                }
                any = true;
            }
        }
        return any;
    }

    private long SellToFund(uint account, int poolNumber, int slot, long wanted)
    {
        ref readonly Pool pool = ref state.Pools[poolNumber];
        long most = Math.Min(wanted, FundRoomAtoms(account, poolNumber, slot));
        // A charge beyond the haircut would only cost the account. The fund's own charge makes room for a little more each time: what is
        // less than a hundredth of the need is not bought.
        long chargePpm = Math.Min(pool.Rules.TakeoverChargePpm, MostDiscountPpm(account, poolNumber, slot));
        if (most <= wanted / BackstopBids.LeastPart || chargePpm < 0)
        {
            return 0;
        }
        ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
        long scale = FixedDecimal.PowerOfTen(margin.ScaleDecimals(in pool, in asset, in index));
        Int128 unit = (Int128)index.Price * (Rounding.Million - chargePpm);
        Int128 needed = (((Int128)most * scale * Rounding.Million) + unit - 1) / unit;
        long amount = (long)Int128.Min(needed, state.Accounts[(int)account].Balances[slot]);
        long proceeds = (long)Int128.Min((Int128)amount * unit / scale / Rounding.Million, most);
        if (amount > 0 && proceeds > 0)
        {
            long before = state.Accounts[(int)fund.AccountOf(poolNumber)].Balances[slot];
            CoinTransfers.Sell(state, events, custody, account, fund.AccountOf(poolNumber), slot, amount, proceeds, (int)chargePpm);
            fund.NoteCoins(poolNumber, slot, before, Math.Max(margin.CollateralPriceAtoms(in pool, slot, amount) - proceeds, 0));
        }
        return Math.Max(proceeds, 0);
    }

    private long FundRoomAtoms(uint account, int poolNumber, int slot)
    {
        ref readonly Pool pool = ref state.Pools[poolNumber];
        int index = state.Assets[pool.Collateral[slot]].PriceIndex.Number;
        return account == pool.InsuranceAccount || state.Accounts[(int)pool.InsuranceAccount].Balances[slot] > Asset.MaxAmountAtoms / 2
            ? 0 : Math.Min(fund.CashAtoms(poolNumber), fund.InventoryRoomAtoms(poolNumber, index, 1));
    }

    private bool IsPriced(in Pool pool, int slot)
    {
        ref readonly PriceIndex index = ref state.Indexes[state.Assets[pool.Collateral[slot]].PriceIndex.Number];
        return index.State == PriceState.Good && index.Price > 0;
    }
}
