using System.Collections.Generic;
using System.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <summary>
/// Lots that an account's orders in a market could add, and ticks · lots that they would lose against the mark of when they were placed.
/// </summary>
public record struct SlowOrders(BigInteger BuyLots, BigInteger BuyLoss, BigInteger SellLots, BigInteger SellLoss);

/// <summary>Initial and maintenance margin.</summary>
public readonly record struct SlowNeed(BigInteger Initial, BigInteger Maintenance)
{
    /// <summary>Both together.</summary>
    public static SlowNeed operator +(SlowNeed a, SlowNeed b) => new(a.Initial + b.Initial, a.Maintenance + b.Maintenance);
}

/// <summary>What stands against what, settlement atoms.</summary>
/// <param name="Equity">What maintenance is measured against.</param>
/// <param name="Opening">What counts for opening.</param>
/// <param name="Need">The margin.</param>
public readonly record struct SlowHealth(BigInteger Equity, BigInteger Opening, SlowNeed Need);

/// <summary>
/// Equity and margin as docs/engine.md and docs/margin.md say them, from rows alone, each time from the beginning. It knows cross and
/// isolated margin, coins with their haircuts, debts against coins, tiers, the rate of open interest, resting orders, contracts by
/// formula, and pools that net by scenarios (<see cref="SlowPortfolio"/>).
/// </summary>
public sealed class SlowMargin
{
    private const int Future = 1;
    private const int Call = 2;
    private const int Put = 3;
    private const int DebtCapPpm = 890_000;
    private readonly VenueRows _rows;
    private readonly Dictionary<(uint Account, int Market), SlowOrders> _orders = [];

    /// <summary>The margin of a moment: orders are added up now.</summary>
    public SlowMargin(VenueRows rows)
    {
        _rows = rows;
        foreach (Order order in rows.LiveOrders())
        {
            if ((order.Flags & OrderFlags.ReduceOnly) == 0)
            {
                _orders[(order.Account, order.Market)] = Count(OrdersOf(order.Account, order.Market), order, order.OpenLots);
            }
        }
    }

    /// <summary>An account's orders in a market.</summary>
    public SlowOrders OrdersOf(uint account, int market) => _orders.GetValueOrDefault((account, market));

    /// <summary>Orders with so many lots of one more; below zero, of one less.</summary>
    public static SlowOrders Count(SlowOrders orders, Order order, BigInteger lots)
    {
        BigInteger loss = lots * order.ReserveTicks;
        return order.Side == Side.Buy
            ? orders with { BuyLots = orders.BuyLots + lots, BuyLoss = orders.BuyLoss + loss }
            : orders with { SellLots = orders.SellLots + lots, SellLoss = orders.SellLoss + loss };
    }

    /// <summary>All of an account but its isolated positions.</summary>
    public SlowHealth Cross(uint account)
    {
        Account holder = _rows.Account(account);
        BigInteger unrealised = 0;
        SlowNeed need = default;
        bool nets = Nets(holder.Pool);
        foreach ((int row, Position position) in Positions(account))
        {
            Market market = _rows.Market(position.Market.Number);
            unrealised += Unrealised(market, position);
            need += nets ? default : Need(market, position.Lots, OrdersOf(account, position.Market.Number));
        }
        need = nets ? SlowPortfolio.Need(_rows, this, account, null) : need;
        (BigInteger equity, BigInteger opening) = Coins(holder);
        BigInteger cash = holder.Balances[0];
        // A debt is paid by coins, and by no more than the cap's part of what they count for: beyond, it counts ten times more.
        BigInteger onCoins = cash >= 0 ? 0 : BigInteger.Min(-cash, BigInteger.Max(opening, 0));
        BigInteger beyond = BigInteger.Max(onCoins - Whole.Floor(BigInteger.Max(opening, 0) * DebtCapPpm, Whole.Million), 0) * 10;
        return new SlowHealth(cash + equity + unrealised, cash + opening - beyond + CountedProfit(holder.Pool, unrealised), need);
    }

    /// <summary>An isolated position.</summary>
    public SlowHealth Isolated(uint account, Position position)
    {
        Market market = _rows.Market(position.Market.Number);
        BigInteger unrealised = Unrealised(market, position);
        SlowNeed need = Need(market, position.Lots, OrdersOf(account, position.Market.Number));
        return new SlowHealth(position.IsolatedAtoms + unrealised, position.IsolatedAtoms + CountedProfit(market.Pool, unrealised), need);
    }

    /// <summary>What an account would need if it had other lots and orders in one market.</summary>
    public SlowNeed NeedIf(uint account, int market, BigInteger lots, SlowOrders orders)
    {
        if (Nets(_rows.Account(account).Pool))
        {
            return SlowPortfolio.Need(_rows, this, account, (market, lots, orders));
        }
        SlowNeed need = Need(_rows.Market(market), lots, orders);
        foreach ((int row, Position position) in Positions(account))
        {
            int other = position.Market.Number;
            need += other == market ? default : Need(_rows.Market(other), position.Lots, OrdersOf(account, other));
        }
        return need;
    }

    /// <summary>Rows of an account's positions that are not isolated, orders without lots with them.</summary>
    public IEnumerable<(int Row, Position Position)> Positions(uint account)
    {
        for (int i = 0; i < _rows.PositionsPerAccount; i++)
        {
            int row = ((int)account * _rows.PositionsPerAccount) + i;
            Position position = _rows.Position(row);
            if (position.Market.Exists && !position.IsIsolated)
            {
                yield return (row, position);
            }
        }
    }

    /// <summary>Margin of lots with orders, by formula.</summary>
    public static SlowNeed Need(Market market, BigInteger lots, SlowOrders orders)
    {
        BigInteger bought = Initial(market, lots + orders.BuyLots) + (orders.BuyLoss * market.AtomsPerTickLot);
        BigInteger sold = Initial(market, lots - orders.SellLots) + (orders.SellLoss * market.AtomsPerTickLot);
        bool any = orders.BuyLots != 0 || orders.SellLots != 0;
        return new SlowNeed(any ? BigInteger.Max(bought, sold) : bought, Maintenance(market, lots));
    }

    /// <summary>Value at mark less cost, less funding due.</summary>
    public static BigInteger Unrealised(Market market, Position position) =>
        ((BigInteger)position.Lots * market.MarkTicks * market.AtomsPerTickLot) - position.EntryCostAtoms
        - ((BigInteger)position.Lots * (market.FundingIndex - position.FundingIndex));

    /// <summary>Whether a pool nets positions by scenarios.</summary>
    public bool Nets(int pool) => pool != ushort.MaxValue && _rows.Pool(pool).Rules.ScanPpm != 0;

    /// <summary>Lots at mark, never below the floor; an option's strike stands for its underlying.</summary>
    public static BigInteger Notional(Market market, BigInteger lots) =>
        BigInteger.Abs(lots) * market.AtomsPerTickLot
        * (BigInteger.Max(BigInteger.Abs(market.MarkTicks), market.MarginFloorTicks) + market.StrikeTicks);

    private static BigInteger Initial(Market market, BigInteger lots)
    {
        if (market.Kind == MarketKind.Contract && market.Shape is not (Future or Call or Put))
        {
            return LeftToPay(market, lots);
        }
        BigInteger notional = Notional(market, lots);
        BigInteger rate = BigInteger.Max(ByTier(market, notional, initial: true),
            Whole.Ceiling(notional * OpenInterestPpm(market), Whole.Million));
        if (market.Kind != MarketKind.Contract || market.Shape == Future)
        {
            return rate;
        }
        BigInteger outside = market.Shape == Call
            ? market.StrikeTicks - market.UnderlyingTicks : market.UnderlyingTicks - market.StrikeTicks;
        outside = Most(BigInteger.Abs(lots) * BigInteger.Max(outside, 0) * market.AtomsPerTickLot);
        BigInteger margin = lots > 0 ? BigInteger.Min(Value(market, lots), rate)
            : BigInteger.Max(BigInteger.Max(rate - outside, Whole.Ceiling(rate * 2, 3)), Maintenance(market, lots));
        return (market.Flags & ContractFlags.SurfaceInDoubt) == 0 ? margin : Whole.Ceiling(margin * 3, 2);
    }

    private static BigInteger Maintenance(Market market, BigInteger lots)
    {
        BigInteger rate = ByTier(market, Notional(market, lots), initial: false);
        if (market.Kind != MarketKind.Contract || market.Shape == Future)
        {
            return rate;
        }
        return market.Shape is not (Call or Put) ? LeftToPay(market, lots) : lots > 0 ? BigInteger.Min(Value(market, lots), rate) : rate;
    }

    private static BigInteger Value(Market market, BigInteger lots) => lots * BigInteger.Max(market.MarkTicks, 0) * market.AtomsPerTickLot;

    // From the mark to the worst end that the text allows.
    private static BigInteger LeftToPay(Market market, BigInteger lots) => lots >= 0
        ? lots * BigInteger.Max(market.MarkTicks - market.LeastTicks, 0) * market.AtomsPerTickLot
        : -lots * BigInteger.Max(market.MostTicks - market.MarkTicks, 0) * market.AtomsPerTickLot;

    // The tier's rate, less what makes margin continuous where the tiers below meet.
    private static BigInteger ByTier(Market market, BigInteger notional, bool initial)
    {
        BigInteger deduction = 0;
        int rate = Rate(market, 0, initial);
        for (int tier = 1; tier < market.TierCount && notional >= market.Tiers[tier].FromNotionalAtoms; tier++)
        {
            deduction += Whole.Floor((BigInteger)market.Tiers[tier].FromNotionalAtoms * (Rate(market, tier, initial) - rate),
                Whole.Million);
            rate = Rate(market, tier, initial);
        }
        return Whole.Ceiling(notional * rate, Whole.Million) - deduction;
    }

    private static int Rate(Market market, int tier, bool initial) =>
        initial ? market.Tiers[tier].InitialPpm : market.Tiers[tier].MaintenancePpm;

    // Nothing up to the lower bound, then linearly from the first tier's rate to all of it at the upper one.
    private static BigInteger OpenInterestPpm(Market market)
    {
        BigInteger notional = Notional(market, market.OpenInterestLots);
        int first = market.Tiers[0].InitialPpm;
        return notional <= market.OpenInterestLowerAtoms ? 0
            : notional >= market.OpenInterestUpperAtoms ? Whole.Million
            : first + Whole.Ceiling(
                (Whole.Million - first) * (notional - market.OpenInterestLowerAtoms),
                market.OpenInterestUpperAtoms - market.OpenInterestLowerAtoms);
    }

    // Profit that is not realised counts in part for opening; a loss in full.
    private BigInteger CountedProfit(int pool, BigInteger unrealised) => unrealised <= 0 || pool == ushort.MaxValue ? unrealised
        : unrealised - Whole.Ceiling(unrealised * _rows.Pool(pool).Rules.ProfitHaircutPpm, Whole.Million);

    /// <summary>What an account's coins count for towards equity.</summary>
    public BigInteger CoinsValue(Account holder) => Coins(holder).Equity;

    private (BigInteger Equity, BigInteger Opening) Coins(Account holder)
    {
        BigInteger equity = 0;
        BigInteger opening = 0;
        if (holder.Pool == ushort.MaxValue)
        {
            return (0, 0);
        }
        Pool pool = _rows.Pool(holder.Pool);
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            Asset asset = _rows.Asset(pool.Collateral[slot]);
            if (holder.Balances[slot] == 0)
            {
                continue;
            }
            PriceIndex index = _rows.Index(asset.PriceIndex.Number);
            BigInteger scale = BigInteger.Pow(10, asset.Decimals + index.Decimals - _rows.Asset(pool.Collateral[0]).Decimals);
            BigInteger haircut = BigInteger.Min(asset.HaircutPpm + (BigInteger)index.HaircutPpm, Whole.Million);
            // The insurance fund holds what it took over at its price.
            bool isFund = (holder.Flags & AccountFlags.InsuranceFund) != 0;
            equity += isFund
                ? index.HasPrice == 0 || index.Price <= 0 ? 0 : Most(Whole.Floor((BigInteger)holder.Balances[slot] * index.Price, scale))
                : Counts(asset, index, index.Price - index.Confidence, holder.Balances[slot], scale, haircut);
            if (index.State == PriceState.Good)
            {
                BigInteger magnitude = BigInteger.Max(BigInteger.Abs(index.Price), index.JumpFloor);
                BigInteger rise = Whole.Floor(BigInteger.Max(index.Price - index.SlowPrice, 0) * Whole.Million, magnitude);
                long price = System.Math.Min(index.Price - index.Confidence, index.SlowPrice);
                opening += Counts(asset, index, price, holder.Balances[slot], scale, BigInteger.Min(haircut + rise, Whole.Million));
            }
        }
        return (equity, opening);
    }

    private static BigInteger Counts(Asset asset, PriceIndex index, long price, long amount, BigInteger scale, BigInteger haircut)
    {
        if (index.HasPrice == 0 || price <= 0)
        {
            return 0;
        }
        BigInteger value = Whole.Floor(BigInteger.Min(amount, asset.CollateralCapAtoms) * price, scale);
        return Whole.Floor(Most(value) * (Whole.Million - haircut), Whole.Million);
    }

    // No value counts for more than a position may have.
    private static BigInteger Most(BigInteger atoms) => BigInteger.Min(atoms, Protocol.Rows.Market.MaxPositionValue);
}
