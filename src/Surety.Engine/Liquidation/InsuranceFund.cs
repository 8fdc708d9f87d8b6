using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Breakers;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// What a pool's insurance fund may spend and hold. Both limits are per index, because markets on one index fail together.
/// The cash fence bounds what deficits may cost it in a day; the inventory limit bounds what it may hold, by its equity, by
/// how far the index moves in an hour and by what other venues' books could take from it.
/// </summary>
internal sealed class InsuranceFund(IndexedState state, AccountMargin margin, Custody custody, MarketGate gate, FeeSchedule fees)
{
    private readonly FundCharges _charges = new(state);

    /// <summary>
    /// What the fund may lose on its inventory of one index if three standard deviations of an hour go against it, parts per million of its
    /// equity.
    /// </summary>
    public const int InventoryRiskPpm = 250_000;

    /// <summary>
    /// The fund's inventory is never sized for a quieter index than this, parts per million: three standard deviations of an hour.
    /// </summary>
    public const int LeastMovePpm = 50_000;

    private const long NsPerDay = 86_400_000_000_000;
    private const int SecondsPerHour = 3_600;

    /// <summary>The fund's account.</summary>
    public uint AccountOf(int pool) => state.Pools[pool].InsuranceAccount;

    /// <summary>What the fund may still pay today for deficits on a market's index, settlement atoms.</summary>
    public long AvailableAtoms(int marketNumber)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        long cash = CashAtoms(market.Pool);
        long spent = 0;
        for (int other = 0; other < state.Counts.Markets; other++)
        {
            ref readonly Market terms = ref state.Markets[other];
            spent += terms.Pool == market.Pool && terms.Index == market.Index && state.TimeNs - terms.FundWindowNs < NsPerDay
                ? terms.FundSpentAtoms
                : 0;
        }
        long limit = Rounding.PpmFloor(Math.Min(cash + spent, Asset.MaxAmountAtoms), state.Pools[market.Pool].Rules.FundMarketPpm);
        return Math.Clamp(limit - spent, 0, cash);
    }

    /// <summary>All the fund could pay: its balance, as far as its own margin does not need it.</summary>
    public long CashAtoms(int pool)
    {
        uint fund = AccountOf(pool);
        Health health = margin.Cross(fund);
        return Math.Max(Math.Min(state.Accounts[(int)fund].Balances[0], health.EquityAtoms - health.InitialAtoms), 0);
    }

    /// <summary>Pays an amount to a unit that is in deficit, on a market's account (or, with −1, the whole pool's).</summary>
    public void Cover(MarginUnit unit, int marketNumber, long atoms)
    {
        if (atoms <= 0)
        {
            return;
        }
        int pool = state.Accounts[(int)unit.Account].Pool;
        Invariant.Assert(atoms <= CashAtoms(pool) && unit.Account != AccountOf(pool), "a fund pays more than it has, or itself");
        Invariant.Assert(marketNumber < 0 || state.Markets[marketNumber].Pool == pool, "a fund pays for another pool's market");
        Spend(pool, marketNumber, atoms);
        custody.Change(AccountOf(pool), 0, -atoms, BalanceReason.InsuranceCover, unit.Account);
        custody.ChangeUnit(unit, atoms, BalanceReason.InsuranceCover, AccountOf(pool));
    }

    /// <summary>The fund took over lots of a market, held so many before, and was paid a charge.</summary>
    public void NoteLots(int marketNumber, long heldBefore, long chargeAtoms) =>
        _charges.Took(marketNumber, heldBefore, HeldLots(marketNumber), chargeAtoms);

    /// <summary>The same for coins.</summary>
    public void NoteCoins(int pool, int slot, long heldBefore, long chargeAtoms) =>
        _charges.Took(_charges.RowOf(pool, slot), heldBefore, state.Accounts[(int)AccountOf(pool)].Balances[slot], chargeAtoms);

    /// <summary>Lots of a market that the fund holds, signed.</summary>
    public long HeldLots(int marketNumber) =>
        state.FindPosition(AccountOf(state.Markets[marketNumber].Pool), marketNumber) is var row and >= 0 ? state.Positions[row].Lots : 0;

    /// <summary>
    /// The worst price at which the fund trades away what it holds: so far from the stricter of mark and index as it was charged for
    /// these lots, less its own fee, or the declared subsidy where that is more; never further than <see cref="FundUnwinding.BoundPpm"/>.
    /// </summary>
    public long LimitTicks(int marketNumber)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        long held = HeldLots(marketNumber);
        Side side = held > 0 ? Side.Sell : Side.Buy;
        long lots = Math.Max(Math.Abs(held), 1);
        long value = lots * Math.Abs(market.MarkTicks) * market.AtomsPerTickLot;
        long charged = _charges.HeldAtoms(marketNumber, held) - fees.TakerFee(AccountOf(market.Pool), value);
        long budget = Math.Max(charged, Rounding.PpmFloor(value, FundHolding.SubsidyPpm));
        long widest =
            Rounding.PpmFloor(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks),
                Math.Min(market.LiquidationBoundPpm, FundUnwinding.BoundPpm));
        return LiquidationBounds.PriceAway(in market, side, Math.Min(budget / (lots * market.AtomsPerTickLot), widest));
    }

    /// <summary>
    /// The most that the fund gives up on a coin that it sells, parts per million of its price: what it was charged for it, or the declared
    /// subsidy.
    /// </summary>
    public long CoinDiscountPpm(int pool, int slot)
    {
        long held = state.Accounts[(int)AccountOf(pool)].Balances[slot];
        long value = margin.CollateralPriceAtoms(in state.Pools[pool], slot, held);
        Int128 charged = value <= 0 ? 0 : (Int128)_charges.HeldAtoms(_charges.RowOf(pool, slot), held) * Rounding.Million / value;
        return (long)Int128.Clamp(charged, FundHolding.SubsidyPpm,
            Math.Max(state.Pools[pool].Rules.TakeoverChargePpm, FundHolding.SubsidyPpm));
    }

    /// <summary>
    /// Lots of a market that the fund may take now (signed like the seller's position): within its inventory limit, its margin and the
    /// position limit.
    /// </summary>
    public long RoomLots(int marketNumber, long signedLots)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        uint fund = AccountOf(market.Pool);
        if (margin.IsUnmodelled(marketNumber))
        {
            // Its mark comes from its own book: the fund does not take at a price that a seller may have made.
            return 0;
        }
        int row = state.FindPosition(fund, marketNumber);
        int first = (int)fund * state.PositionsPerAccount;
        int free = row >= 0 ? row : first + state.Derived.MarketOfPosition.AsSpan(first, state.PositionsPerAccount).IndexOf((ushort)0);
        if (free < first)
        {
            return 0;
        }
        long held = row < 0 ? 0 : state.Positions[row].Lots;
        long room = InventoryRoomAtoms(market.Pool, market.Index, Math.Sign(signedLots));
        long lots = Math.Min(room / MarginTiers.NotionalAtoms(in market, 1), Math.Abs(signedLots));
        lots = Math.Min(lots, signedLots > 0 ? market.MaxPositionLots - held : market.MaxPositionLots + held);
        OpenOrders open = row < 0 ? default : state.Derived.OpenOrders[row];
        Health health = margin.Cross(fund);
        // Halved until its own initial margin stands: at most 40 times, since a position has fewer than 2^40 lots.
        while (lots > 0
            && health.EquityAtoms < health.InitialAtoms
            + margin.Change(free, marketNumber, held + (lots * Math.Sign(signedLots)), in open).InitialAtoms)
        {
            lots /= 2;
        }
        return Math.Max(lots, 0);
    }

    /// <summary>Settlement atoms of notional by which the fund's inventory of an index may grow on a side (1 long, −1 short).</summary>
    public long InventoryRoomAtoms(int pool, int index, int side)
    {
        uint fund = AccountOf(pool);
        Int128 linear = 0;
        Int128 gross = 0;
        Int128 depth = 0;
        int first = (int)fund * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || state.Markets[position.Market.Number].Index != index)
            {
                continue;
            }
            ref readonly Market market = ref state.Markets[position.Market.Number];
            long notional = MarginTiers.NotionalAtoms(in market, position.Lots);
            linear += market.Kind == MarketKind.Contract ? 0 : Math.Sign(position.Lots) * (Int128)notional;
            gross += market.Kind == MarketKind.Contract ? notional : 0;
        }
        for (int other = 0; other < state.Counts.Markets; other++)
        {
            ref readonly Market market = ref state.Markets[other];
            depth = market.Pool == pool && market.Index == index ? Int128.Max(depth, market.ExternalDepthAtoms) : depth;
        }
        linear += CoinsAtoms(fund, pool, index);
        Int128 limit = InventoryLimitAtoms(pool, index);
        limit = depth > 0 ? Int128.Min(limit, depth) : limit;
        return (long)Int128.Clamp(limit - gross - (side * linear), 0, Market.MaxPositionValue);
    }

    // Equity, and no more than leaves it three quarters of that when the index moves against all of it by three standard deviations of an
    // hour.
    private Int128 InventoryLimitAtoms(int pool, int index)
    {
        Int128 equity = Int128.Clamp(margin.Cross(AccountOf(pool)).EquityAtoms, 0, Asset.MaxAmountAtoms);
        Int128 variance = (Int128)Math.Max(state.Indexes[index].VariancePpm2, 0) * SecondsPerHour;
        Int128 move = Int128.Max(3 * (Int128)DynamicBand.SquareRoot((UInt128)variance), LeastMovePpm);
        Int128 byRisk = equity * InventoryRiskPpm / move;
        return Int128.Min(equity * state.Pools[pool].Rules.InventoryPpm / Rounding.Million, byRisk);
    }

    private Int128 CoinsAtoms(uint fund, int pool, int index)
    {
        Int128 value = 0;
        ref readonly Pool terms = ref state.Pools[pool];
        for (int slot = 1; slot < terms.CollateralCount; slot++)
        {
            if (state.Assets[terms.Collateral[slot]].PriceIndex.Number == index)
            {
                value += margin.CollateralPriceAtoms(in terms, slot, state.Accounts[(int)fund].Balances[slot]);
            }
        }
        return value;
    }

    private void Spend(int pool, int marketNumber, long atoms)
    {
        if (marketNumber >= 0)
        {
            ref Market market = ref state.Markets.Write(marketNumber);
            if (state.TimeNs - market.FundWindowNs >= NsPerDay)
            {
                (market.FundWindowNs, market.FundSpentAtoms) = (state.TimeNs, 0);
            }
            market.FundSpentAtoms += atoms;
        }
        gate.CountFundLoss(pool, atoms, CashAtoms(pool));
    }
}
