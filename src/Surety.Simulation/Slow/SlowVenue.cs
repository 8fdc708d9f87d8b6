using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <summary>A trade, as both implementations must make it.</summary>
public sealed record SlowFill(ulong Maker, ulong Taker, long Price, long Lots, BigInteger TakerFee, BigInteger MakerFee);

/// <summary>
/// The second implementation: a venue of one pool in plain loops over lists, in unbounded integers, from the documents, with no thought
/// for speed. It knows limit orders, immediate ones, amendments and cancels with their margin, fees, positions and cash, deposits, call
/// auctions, the settlement of dated futures, and liquidation. What prices are it is told: marks, funding and indexes are another's work.
/// </summary>
public sealed partial class SlowVenue : VenueRows
{
    private readonly List<Resting> _orders = [];
    private readonly List<Market> _markets = [];
    private readonly List<Asset> _assets = [];
    private readonly List<PriceIndex> _indexes = [];
    private readonly Dictionary<uint, Account> _accounts = [];
    private readonly Dictionary<int, Position> _positions = [];
    private readonly Dictionary<int, List<(long Ms, long Ticks)>> _observed = [];
    private readonly Pool _pool;
    private Resting? _incoming;
    private ulong _arrivals;
    private long _timeNs;

    /// <param name="pool">The pool's terms.</param>
    /// <param name="assets">Assets.</param>
    /// <param name="markets">Markets with their terms and no positions.</param>
    public SlowVenue(Pool pool, IEnumerable<Asset> assets, IEnumerable<Market> markets)
    {
        _pool = pool;
        _assets.AddRange(assets);
        foreach (Market market in markets)
        {
            Market own = market;
            own.OpenInterestLots = 0;
            _observed[_markets.Count] = [];
            _markets.Add(own);
        }
    }

    /// <summary>An order that is not done.</summary>
    public sealed class Resting
    {
        public required ulong Id { get; init; }

        public required uint Account { get; init; }

        public required int Market { get; init; }

        public required Side Side { get; init; }

        public required long Price { get; set; }

        public required long Lots { get; set; }

        public long Filled { get; set; }

        /// <summary>What a lot would have lost against the mark of when it was placed.</summary>
        public long LossTicks { get; set; }

        public ulong Arrival { get; set; }
    }

    /// <summary>Orders that rest, of all markets.</summary>
    public IReadOnlyList<Resting> Orders => _orders;

    /// <summary>Whether orders gather for an auction instead of trading.</summary>
    public bool InAuction { get; private set; }

    /// <inheritdoc/>
    public override int PositionsPerAccount => _markets.Count;

    /// <summary>Margin as it stands.</summary>
    public SlowMargin Margin => new(this);

    /// <inheritdoc/>
    public override Account Account(uint number) => _accounts.GetValueOrDefault(number);

    /// <inheritdoc/>
    public override Position Position(int row) =>
        _positions.GetValueOrDefault(row) with { Market = OptionalId.Of((row % _markets.Count)) };

    /// <inheritdoc/>
    public override Market Market(int number) => _markets[number];

    /// <inheritdoc/>
    public override Pool Pool(int number) => _pool;

    /// <inheritdoc/>
    public override Asset Asset(int number) => _assets[number];

    /// <inheritdoc/>
    public override PriceIndex Index(int number) => _indexes[number];

    /// <inheritdoc/>
    public override ContractFacts Contract(int market) => throw new NotSupportedException("the slow venue lists no contracts");

    /// <inheritdoc/>
    public override IEnumerable<Order> LiveOrders() =>
        (_incoming is null || _orders.Contains(_incoming) ? _orders : _orders.Append(_incoming)).Select(AsRow);

    /// <summary>Lots of an account in a market.</summary>
    public long Lots(uint account, int market) => Position(RowOf(account, market)).Lots;

    /// <summary>The leverage that an account's position remembers, as the row's field.</summary>
    public uint Leverage(uint account, int market) => Position(RowOf(account, market)).Leverage;

    /// <summary>Opens an account.</summary>
    public void Open(uint account) => _accounts[account] = new Account { Owner = account, Flags = AccountFlags.Open };

    /// <summary>Credits an account with atoms of the pool's collateral in a slot.</summary>
    public void Deposit(uint account, int slot, long atoms)
    {
        Account holder = _accounts[account];
        holder.Balances[slot] += atoms;
        _accounts[account] = holder;
    }

    /// <summary>Is told prices: a market's mark, index and funding, and all indexes as they stand.</summary>
    public void Observe(int number, Market said, IEnumerable<PriceIndex> indexes, long timeNs)
    {
        _timeNs = timeNs;
        Market own = _markets[number];
        own.MarkTicks = said.MarkTicks;
        own.IndexTicks = said.IndexTicks;
        own.UnderlyingTicks = said.UnderlyingTicks;
        own.FundingIndex = said.FundingIndex;
        own.HasMark = said.HasMark;
        _markets[number] = own;
        _observed[number].Add((timeNs / 1_000_000, said.UnderlyingTicks));
        _indexes.Clear();
        _indexes.AddRange(indexes);
    }

    /// <summary>Places an order. False when margin keeps it out.</summary>
    public bool TryPlace(Resting order, bool immediate, out List<SlowFill> fills)
    {
        fills = [];
        order.LossTicks = LossTicks(order.Side, order.Price, order.Market);
        if (!HasMargin(order, null))
        {
            return false;
        }
        Enter(order, immediate, fills);
        return true;
    }

    /// <summary>Changes an order's price and size; 0 leaves the size. False when margin keeps it out.</summary>
    public bool TryAmend(ulong id, long price, long totalLots, out List<SlowFill> fills)
    {
        fills = [];
        Resting order = _orders.Single(o => o.Id == id);
        long open = totalLots == 0 ? order.Lots : totalLots - order.Filled;
        if (open <= 0)
        {
            _orders.Remove(order);
            return true;
        }
        if (price == order.Price && open < order.Lots)
        {
            order.Lots = open;
            return true;
        }
        var changed = new Resting
        {
            Id = id,
            Account = order.Account,
            Market = order.Market,
            Side = order.Side,
            Price = price,
            Lots = open,
            Filled = order.Filled,
        };
        changed.LossTicks = LossTicks(order.Side, price, order.Market);
        // What reserves no more, and does not trade, asks for no more.
        bool crosses = Best(changed) is not null;
        if ((open > order.Lots || changed.LossTicks > order.LossTicks || crosses) && !HasMargin(changed, order))
        {
            return false;
        }
        _orders.Remove(order);
        Enter(changed, immediate: false, fills);
        return true;
    }

    /// <summary>Ends an order.</summary>
    public void Cancel(ulong id) => _orders.RemoveAll(o => o.Id == id);

    /// <summary>From now on orders gather.</summary>
    public void BeginAuction() => InAuction = true;

    /// <summary>Where a market's orders would trade.</summary>
    public SlowAuction.Result AuctionOf(int market) => SlowAuction.Find(
        [.. _orders.Where(o => o.Market == market).Select(o => (o.Side, o.Price, o.Lots))], _markets[market].IndexTicks);

    /// <summary>Trades what crosses at one price, in the order of price, then time; who cannot carry a fill loses the order.</summary>
    public List<SlowFill> Uncross(int market)
    {
        InAuction = false;
        var fills = new List<SlowFill>();
        SlowAuction.Result found = AuctionOf(market);
        while (found.Lots > 0)
        {
            Resting? buy = _orders.Where(o => o.Market == market && o.Side == Side.Buy)
                .OrderByDescending(o => o.Price).ThenBy(o => o.Arrival).FirstOrDefault();
            Resting? sell = _orders.Where(o => o.Market == market && o.Side == Side.Sell)
                .OrderBy(o => o.Price).ThenBy(o => o.Arrival).FirstOrDefault();
            if (buy is null || sell is null || buy.Price < sell.Price)
            {
                break;
            }
            if (buy.Price < found.Price || sell.Price > found.Price)
            {
                found = AuctionOf(market);
            }
            FillAuction(buy, sell, found.Price, fills);
        }
        return fills;
    }

    /// <summary>Settles a dated future at the mean of its index over the last half hour, to the nearest tick.</summary>
    public long Settle(int number)
    {
        Market market = _markets[number];
        long end = market.ExpiryNs / 1_000_000;
        long begin = (market.ExpiryNs - 1_800_000_000_000) / 1_000_000;
        List<(long Ms, long Ticks)> seen = _observed[number];
        BigInteger sum = 0;
        BigInteger ms = 0;
        for (int i = 0; i < seen.Count; i++)
        {
            long from = Math.Max(seen[i].Ms, begin);
            long until = Math.Min(i + 1 < seen.Count ? seen[i + 1].Ms : end, end);
            if (until > from)
            {
                sum += (BigInteger)seen[i].Ticks * (until - from);
                ms += until - from;
            }
        }
        long price = ms == 0 ? market.UnderlyingTicks : (long)Whole.Nearest(sum, ms);
        price = Math.Clamp(price, market.MinPriceTicks, market.MaxPriceTicks);
        market.MarkTicks = price;
        market.Status = MarketStatus.Expired;
        _markets[number] = market;
        _orders.RemoveAll(o => o.Market == number);
        foreach (uint account in _accounts.Keys)
        {
            Book(account, number, -Lots(account, number), price, fee: 0);
            _positions.Remove(RowOf(account, number));
        }
        return price;
    }

    private static Order AsRow(Resting order) => new()
    {
        Id = order.Id,
        Account = order.Account,
        Market = (ushort)order.Market,
        PriceTicks = order.Price,
        OpenLots = order.Lots,
        ReserveTicks = (uint)order.LossTicks,
        Flags = order.Side == Side.Sell ? OrderFlags.Sell : OrderFlags.None,
    };

    private int RowOf(uint account, int market) => ((int)account * _markets.Count) + market;

    private long LossTicks(Side side, long price, int market) =>
        Math.Max(side == Side.Buy ? price - _markets[market].MarkTicks : _markets[market].MarkTicks - price, 0);

    // Initial margin with the order and its fee is covered, or the order asks for no more than there was.
    private bool HasMargin(Resting order, Resting? replaced)
    {
        SlowMargin margin = Margin;
        SlowOrders with = margin.OrdersOf(order.Account, order.Market);
        with = replaced is null ? with : SlowMargin.Count(with, AsRow(replaced), -replaced.Lots);
        with = SlowMargin.Count(with, AsRow(order), order.Lots);
        SlowHealth now = margin.Cross(order.Account);
        SlowNeed then = margin.NeedIf(order.Account, order.Market, Lots(order.Account, order.Market), with);
        BigInteger fee = BigInteger.Max(Fee(order.Account,
            BigInteger.Abs((BigInteger)order.Lots * order.Price * _markets[order.Market].AtomsPerTickLot), maker: false), 0);
        return then.Initial <= now.Need.Initial || then.Initial + fee <= now.Opening;
    }

    private void Enter(Resting order, bool immediate, List<SlowFill> fills)
    {
        _incoming = order;
        bool ended = false;
        while (!InAuction && !ended && order.Lots > 0 && Best(order) is { } maker)
        {
            ended = !TryFill(order, maker, fills);
        }
        _incoming = null;
        if (order.Lots > 0 && !immediate && !ended)
        {
            order.Arrival = ++_arrivals;
            _orders.Add(order);
        }
    }

    private Resting? Best(Resting taker)
    {
        IEnumerable<Resting> other = _orders.Where(o => o.Market == taker.Market && o.Side != taker.Side);
        return taker.Side == Side.Buy
            ? other.Where(o => o.Price <= taker.Price).OrderBy(o => o.Price).ThenBy(o => o.Arrival).FirstOrDefault()
            : other.Where(o => o.Price >= taker.Price).OrderByDescending(o => o.Price).ThenBy(o => o.Arrival).FirstOrDefault();
    }

    // False when the taker stops: at its own order (cancel newest), or where it cannot carry the fill.
    private bool TryFill(Resting taker, Resting maker, List<SlowFill> fills, bool liquidation = false)
    {
        if (maker.Account == taker.Account)
        {
            return false;
        }
        long lots = Math.Min(taker.Lots, maker.Lots);
        BigInteger notional = Notional(taker.Market, lots, maker.Price);
        BigInteger takerFee = Fee(taker.Account, notional, maker: false);
        BigInteger makerFee = Fee(maker.Account, notional, maker: true);
        if (!CanCarry(maker, lots, maker.Price, makerFee))
        {
            _orders.Remove(maker);
            return true;
        }
        if (!liquidation && !CanCarry(taker, lots, maker.Price, takerFee))
        {
            return false;
        }
        Fill(taker, maker, lots, maker.Price, takerFee, makerFee);
        fills.Add(new SlowFill(maker.Id, taker.Id, maker.Price, lots, takerFee, makerFee));
        return true;
    }

    private void FillAuction(Resting buy, Resting sell, long price, List<SlowFill> fills)
    {
        // The later one is the taker: ids grow with time, and an amended order keeps its own.
        (Resting taker, Resting maker) = buy.Id > sell.Id ? (buy, sell) : (sell, buy);
        if (maker.Account == taker.Account)
        {
            _orders.Remove(buy.Arrival > sell.Arrival ? buy : sell);
            return;
        }
        long lots = Math.Min(buy.Lots, sell.Lots);
        BigInteger notional = Notional(buy.Market, lots, price);
        BigInteger takerFee = Fee(taker.Account, notional, maker: false);
        BigInteger makerFee = Fee(maker.Account, notional, maker: true);
        bool buyer = CanCarry(buy, lots, price, buy == taker ? takerFee : makerFee);
        bool seller = CanCarry(sell, lots, price, sell == taker ? takerFee : makerFee);
        if (!buyer || !seller)
        {
            // One at a time: without it the other may do.
            _orders.Remove(buyer ? sell : buy);
            return;
        }
        Fill(taker, maker, lots, price, takerFee, makerFee);
        fills.Add(new SlowFill(maker.Id, taker.Id, price, lots, takerFee, makerFee));
    }

    private void Fill(Resting taker, Resting maker, long lots, long price, BigInteger takerFee, BigInteger makerFee)
    {
        long signed = taker.Side == Side.Buy ? lots : -lots;
        Book(taker.Account, taker.Market, signed, price, takerFee);
        Book(maker.Account, taker.Market, -signed, price, makerFee);
        long notional = (long)Notional(taker.Market, lots, price);
        foreach (Resting order in new[] { taker, maker })
        {
            Account holder = _accounts[order.Account];
            holder.VolumeAtoms += notional;
            _accounts[order.Account] = holder;
            order.Lots -= lots;
            order.Filled += lots;
        }
        CountOpenInterest(taker.Market);
        _orders.RemoveAll(o => o.Lots == 0);
    }

    // After the fill maintenance is covered, and initial margin unless it only reduces; below maintenance it may only get better.
    private bool CanCarry(Resting order, long lots, long price, BigInteger fee)
    {
        Market market = _markets[order.Market];
        SlowMargin margin = Margin;
        SlowHealth before = margin.Cross(order.Account);
        SlowOrders left = SlowMargin.Count(margin.OrdersOf(order.Account, order.Market), AsRow(order), -lots);
        BigInteger held = Lots(order.Account, order.Market);
        BigInteger signed = order.Side == Side.Buy ? lots : -lots;
        SlowNeed after = margin.NeedIf(order.Account, order.Market, held + signed, left);
        BigInteger gain = (signed * (market.MarkTicks - price) * market.AtomsPerTickLot) - fee;
        if (before.Equity + gain >= after.Maintenance)
        {
            bool net = before.Opening + BigInteger.Min(gain, 0) >= after.Initial;
            bool reduces = held.Sign == -signed.Sign && BigInteger.Abs(signed) <= BigInteger.Abs(held)
                && after.Initial <= before.Need.Initial;
            return reduces
                ? net || before.Opening < before.Need.Initial
                : net && OpeningIf(order.Account, order.Market, (long)signed, price, fee) >= after.Initial;
        }
        return before.Equity < before.Need.Maintenance && BigInteger.Abs(held + signed) < BigInteger.Abs(held)
            && before.Equity + gain - after.Maintenance >= before.Equity - before.Need.Maintenance;
    }

    // What counts for opening once the fill is booked: it is booked, looked at and taken back.
    private BigInteger OpeningIf(uint account, int market, long lots, long price, BigInteger fee)
    {
        int row = RowOf(account, market);
        (Account holder, Position position, SlowDeleveraging? queue) = (_accounts[account], Position(row), _queue);
        _queue = null;
        Book(account, market, lots, price, fee);
        BigInteger opening = Margin.Cross(account).Opening;
        (_accounts[account], _positions[row], _queue) = (holder, position, queue);
        return opening;
    }

    private BigInteger Notional(int market, long lots, long price) =>
        BigInteger.Abs((BigInteger)lots * price * _markets[market].AtomsPerTickLot);

    private void CountOpenInterest(int number)
    {
        Market market = _markets[number];
        market.OpenInterestLots = _positions.Values.Where(p => p.Market.Number == number).Sum(p => Math.Max(p.Lots, 0));
        _markets[number] = market;
    }
}
