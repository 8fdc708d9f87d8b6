using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <summary>
/// The price of a call auction, by trying every tick from the highest bid down to the lowest offer: the one at which most trades, then
/// that leaves least over, then that is nearest to the index, then the highest.
/// </summary>
public static class SlowAuction
{
    /// <summary>Where orders would trade; no lots when none cross.</summary>
    public readonly record struct Result(long Price, long Lots, long Surplus);

    /// <summary>Tries every price.</summary>
    public static Result Find(IReadOnlyList<(Side Side, long Price, long Lots)> orders, long index)
    {
        var best = default(Result);
        if (!orders.Any(o => o.Side == Side.Buy) || !orders.Any(o => o.Side == Side.Sell))
        {
            return best;
        }
        long high = orders.Where(o => o.Side == Side.Buy).Max(o => o.Price);
        long low = orders.Where(o => o.Side == Side.Sell).Min(o => o.Price);
        for (long price = high; price >= low; price--)
        {
            long bid = orders.Where(o => o.Side == Side.Buy && o.Price >= price).Sum(o => o.Lots);
            long offered = orders.Where(o => o.Side == Side.Sell && o.Price <= price).Sum(o => o.Lots);
            var found = new Result(price, Math.Min(bid, offered), Math.Abs(bid - offered));
            bool better = found.Lots > best.Lots
                || (found.Lots == best.Lots && found.Lots > 0 && (found.Surplus < best.Surplus
                    || (found.Surplus == best.Surplus && Math.Abs(price - index) < Math.Abs(best.Price - index))));
            best = better ? found : best;
        }
        return best;
    }
}
