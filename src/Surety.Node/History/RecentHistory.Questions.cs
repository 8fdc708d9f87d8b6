using System;
using System.Collections.Generic;
using Surety.Node.Operating;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Node.History;

/// <content>What can be asked, from any thread. Answers are copies.</content>
public sealed partial class RecentHistory
{
    /// <summary>The operator's last commands, newest first.</summary>
    public List<OperatorRow> OperatorCommands(int most, ulong before = ulong.MaxValue)
    {
        var found = new List<OperatorRow>();
        lock (_gate)
        {
            for (long i = _operator.Next - 1; i >= _operator.First && found.Count < most; i--)
            {
                if (_operator[i].Outcome.Sequence < before)
                {
                    found.Add(_operator[i]);
                }
            }
        }
        return found;
    }

    /// <summary>An order, live or ended; null when it is not known, or forgotten.</summary>
    public OrderRow? Order(ulong orderId)
    {
        lock (_gate)
        {
            return _orders.TryGetValue(orderId, out OrderRow? order) ? order.Copy() : null;
        }
    }

    /// <summary>An account's live orders, oldest first.</summary>
    public List<OrderRow> LiveOrders(uint account, Func<OrderRow, bool>? where = null)
    {
        var orders = new List<OrderRow>();
        lock (_gate)
        {
            if (_live.TryGetValue(account, out Dictionary<ulong, OrderRow>? live))
            {
                foreach (OrderRow order in live.Values)
                {
                    if (where is null || where(order))
                    {
                        orders.Add(order.Copy());
                    }
                }
            }
        }
        orders.Sort((a, b) => a.CreatedNs != b.CreatedNs ? a.CreatedNs.CompareTo(b.CreatedNs) : a.OrderId.CompareTo(b.OrderId));
        return orders;
    }

    /// <summary>An account's ended orders, newest first.</summary>
    public List<OrderRow> EndedOrders(uint account, int most, int skip = 0, Func<OrderRow, bool>? where = null)
    {
        var orders = new List<OrderRow>();
        lock (_gate)
        {
            for (long at = _endedOf[account]; _ended.Has(at) && orders.Count < most; at = _ended[at].PreviousOfAccount)
            {
                if ((where is null || where(_ended[at])) && skip-- <= 0)
                {
                    orders.Add(_ended[at].Copy());
                }
            }
        }
        return orders;
    }

    /// <summary>Why sides of a mass quote were refused, in the order in which they were tried.</summary>
    public List<(RefusalCode Code, long Detail)> QuoteRefusals(ulong sequence)
    {
        var refusals = new List<(RefusalCode, long)>();
        lock (_gate)
        {
            foreach ((ulong at, RefusalCode code, long detail) in _quoteRefusals)
            {
                if (at == sequence)
                {
                    refusals.Add((code, detail));
                }
            }
        }
        return refusals;
    }

    /// <summary>When a market was listed, milliseconds since 1970; null when that was before this history.</summary>
    public long? ListedMs(int market)
    {
        lock (_gate)
        {
            return _listed.TryGetValue(market, out long ms) ? ms : null;
        }
    }

    /// <summary>A market's mark at the last 08:00 UTC, ticks; null when it had none.</summary>
    public long? SessionMark(int market, long nowMs)
    {
        long start = ((((nowMs * 1_000_000) - SessionStartNs) / NsPerDay * NsPerDay) + SessionStartNs) / 1_000_000;
        lock (_gate)
        {
            if (_funding.TryGetValue(market, out Ring<FundingRow>? hours))
            {
                for (long i = hours.Next - 1; i >= hours.First; i--)
                {
                    if (hours[i].HourMs < start)
                    {
                        return hours[i].MarkTicks;
                    }
                }
            }
        }
        return null;
    }

    /// <summary>How many orders of an account its own command cancelled.</summary>
    public int CountCancelled(uint account, ulong sequence)
    {
        int count = 0;
        lock (_gate)
        {
            for (long at = _endedOf[account]; _ended.Has(at) && _ended[at].Sequence >= sequence; at = _ended[at].PreviousOfAccount)
            {
                count += _ended[at].Sequence == sequence && _ended[at].EndReason == EndReason.Cancelled ? 1 : 0;
            }
        }
        return count;
    }

    /// <summary>A market's trades, newest first.</summary>
    public List<TradeRow> TradesOfMarket(int market, int most, Func<TradeRow, bool>? where = null)
    {
        var trades = new List<TradeRow>();
        lock (_gate)
        {
            for (long at = _tradesOfMarket[market]; _trades.Has(at) && trades.Count < most; at = _trades[at].PreviousOfMarket)
            {
                if (where is null || where(_trades[at]))
                {
                    trades.Add(_trades[at]);
                }
            }
        }
        return trades;
    }

    /// <summary>An account's fills, newest first.</summary>
    public List<TradeRow> TradesOfAccount(uint account, int most, Func<TradeRow, bool>? where = null)
    {
        var trades = new List<TradeRow>();
        lock (_gate)
        {
            for (long at = _tradesOfAccount[account]; _trades.Has(at) && trades.Count < most;)
            {
                TradeRow row = _trades[at];
                if (where is null || where(row))
                {
                    trades.Add(row);
                }
                at = row.TakerAccount == account ? row.PreviousOfTaker : row.PreviousOfMaker;
            }
        }
        return trades;
    }

    /// <summary>What happened to an account, newest first.</summary>
    public List<EventRow> EventsOfAccount(uint account, int most, Func<EventRow, bool>? where = null)
    {
        var rows = new List<EventRow>();
        lock (_gate)
        {
            for (long at = _eventsOfAccount[account]; _events.Has(at) && rows.Count < most; at = _events[at].PreviousOfAccount)
            {
                if (where is null || where(_events[at]))
                {
                    rows.Add(_events[at]);
                }
            }
        }
        return rows;
    }

    /// <summary>What happened at the venue, newest first.</summary>
    public List<EventRow> Events(int most, Func<EventRow, bool>? where = null)
    {
        var rows = new List<EventRow>();
        lock (_gate)
        {
            for (long at = _events.Next - 1; at >= _events.First && rows.Count < most; at--)
            {
                if (where is null || where(_events[at]))
                {
                    rows.Add(_events[at]);
                }
            }
        }
        return rows;
    }

    /// <summary>Bars of a market's trades, prices in ticks, oldest first.</summary>
    public List<Candle> Bars(int market, long fromMs, long toMs, long barMs, int most)
    {
        lock (_gate)
        {
            return _candles.TryGetValue(market, out CandleSeries? series) ? series.Bars(fromMs, toMs, barMs, most) : [];
        }
    }

    /// <summary>Bars of an index, in its units.</summary>
    public List<Candle> IndexBars(int index, long fromMs, long toMs, long barMs, int most)
    {
        lock (_gate)
        {
            return _indexes.TryGetValue(index, out CandleSeries? series) ? series.Bars(fromMs, toMs, barMs, most) : [];
        }
    }

    /// <summary>A market's last 24 hours; null when nothing was traded.</summary>
    public Candle? Day(int market, long nowMs)
    {
        lock (_gate)
        {
            return _candles.TryGetValue(market, out CandleSeries? series) ? series.Day(nowMs) : null;
        }
    }

    /// <summary>A market's hours of funding within a range, oldest first.</summary>
    public List<FundingRow> Funding(int market, long fromMs, long toMs)
    {
        var rows = new List<FundingRow>();
        lock (_gate)
        {
            if (_funding.TryGetValue(market, out Ring<FundingRow>? hours))
            {
                for (long i = hours.First; i < hours.Next; i++)
                {
                    if (hours[i].HourMs >= fromMs && hours[i].HourMs <= toMs)
                    {
                        rows.Add(hours[i]);
                    }
                }
            }
        }
        return rows;
    }
}
