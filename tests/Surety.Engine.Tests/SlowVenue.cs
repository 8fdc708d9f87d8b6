using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Engine.Tests;

/// <summary>
/// The second implementation: one market's matching, fees and cash in plain loops over lists, in unbounded integers, with no
/// thought for speed. It knows limit orders, immediate ones, amendments and cancels; its accounts never run out of margin.
/// Cash is kept whole: a position's cost is money paid, so equity is cash + lots · mark, whatever was realised.
/// </summary>
internal sealed class SlowVenue(int atomsPerTickLot)
{
    private readonly List<Resting> _orders = [];
    private long _arrivals;

    public sealed record Fill(ulong Maker, ulong Taker, long Price, long Lots, BigInteger TakerFee, BigInteger MakerFee);

    public sealed class Resting
    {
        public required ulong Id { get; init; }

        public required uint Account { get; init; }

        public required Side Side { get; init; }

        public required long Price { get; set; }

        public required long Lots { get; set; }

        public long Filled { get; set; }

        public long Arrival { get; set; }
    }

    public Dictionary<uint, BigInteger> Lots { get; } = [];

    public Dictionary<uint, BigInteger> Cash { get; } = [];

    public Dictionary<uint, BigInteger> Volume { get; } = [];

    public List<Resting> Orders => _orders;

    public List<Fill> Place(Resting order, bool immediate)
    {
        List<Fill> fills = Match(order);
        if (order.Lots > 0 && !immediate)
        {
            order.Arrival = ++_arrivals;
            _orders.Add(order);
        }
        return fills;
    }

    public List<Fill> Amend(ulong id, long price, long totalLots)
    {
        Resting order = _orders.Single(o => o.Id == id);
        long open = totalLots == 0 ? order.Lots : totalLots - order.Filled;
        if (open <= 0)
        {
            _orders.Remove(order);
            return [];
        }
        if (price == order.Price && open < order.Lots)
        {
            order.Lots = open;
            return [];
        }
        _orders.Remove(order);
        order.Price = price;
        order.Lots = open;
        return Place(order, immediate: false);
    }

    public void Cancel(ulong id) => _orders.RemoveAll(o => o.Id == id);

    private List<Fill> Match(Resting taker)
    {
        var fills = new List<Fill>();
        while (taker.Lots > 0)
        {
            IEnumerable<Resting> other = _orders.Where(o => o.Side != taker.Side);
            Resting? best = taker.Side == Side.Buy
                ? other.Where(o => o.Price <= taker.Price).OrderBy(o => o.Price).ThenBy(o => o.Arrival).FirstOrDefault()
                : other.Where(o => o.Price >= taker.Price).OrderByDescending(o => o.Price).ThenBy(o => o.Arrival).FirstOrDefault();
            if (best is null)
            {
                break;
            }
            if (best.Account == taker.Account)
            {
                // Cancel newest.
                taker.Lots = 0;
                break;
            }
            long lots = System.Math.Min(taker.Lots, best.Lots);
            BigInteger notional = BigInteger.Abs((BigInteger)lots * best.Price * atomsPerTickLot);
            BigInteger takerFee = Fee(taker.Account, notional, maker: false);
            BigInteger makerFee = Fee(best.Account, notional, maker: true);
            BigInteger signed = taker.Side == Side.Buy ? lots : -lots;
            Book(taker.Account, signed, best.Price, takerFee, notional);
            Book(best.Account, -signed, best.Price, makerFee, notional);
            fills.Add(new Fill(best.Id, taker.Id, best.Price, lots, takerFee, makerFee));
            taker.Lots -= lots;
            taker.Filled += lots;
            best.Lots -= lots;
            best.Filled += lots;
            if (best.Lots == 0)
            {
                _orders.Remove(best);
            }
        }
        return fills;
    }

    private void Book(uint account, BigInteger lots, long price, BigInteger fee, BigInteger notional)
    {
        Lots[account] = Lots.GetValueOrDefault(account) + lots;
        Cash[account] = Cash.GetValueOrDefault(account) - (lots * price * atomsPerTickLot) - fee;
        Volume[account] = Volume.GetValueOrDefault(account) + notional;
    }

    // The schedule of TestVenue: 1 and 5 basis points, beyond a million −0.5 and 3.
    private BigInteger Fee(uint account, BigInteger notional, bool maker)
    {
        bool high = Volume.GetValueOrDefault(account) >= 1_000_000_000_000;
        BigInteger ppm = maker ? (high ? -50 : 100) : (high ? 300 : 500);
        return ppm >= 0 ? ((notional * ppm) + 999_999) / 1_000_000 : -(notional * -ppm / 1_000_000);
    }
}
