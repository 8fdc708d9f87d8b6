using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;

namespace Surety.Gateway.Api;

/// <summary>Writes what channels say. Always under the channels' lock.</summary>
internal sealed class ChannelWriter(VenueReader venue, InstrumentCatalog catalog, RecentHistory history, BlockStore blocks)
{
    private const int SnapshotTrades = 20;
    private const int MostPending = 5_000;

    /// <summary>Whether a channel shows the state rather than what happened.</summary>
    public static bool IsOfState(ChannelKind kind) =>
        kind is ChannelKind.Book or ChannelKind.BookDepth or ChannelKind.Ticker or ChannelKind.Quote or ChannelKind.Perpetual
            or ChannelKind.IndexPrice or ChannelKind.UserPortfolio;

    /// <summary>Whether a channel waits for a reading of the state.</summary>
    public static bool WaitsForState(Channel channel) =>
        channel.Kind == ChannelKind.UserChanges && (channel.Pending.Count > 0 || channel.Newcomers.Count > 0);

    /// <summary>Whether clients count what a channel tells: fills, trades, orders. Told again, it would be counted again.</summary>
    public static bool IsCounted(ChannelKind kind) =>
        kind is ChannelKind.Trades or ChannelKind.UserOrders or ChannelKind.UserTrades or ChannelKind.UserChanges;

    /// <summary>Sends the snapshots of a channel whose content is what happened, and of a book that is known already.</summary>
    public void Welcome(Channel channel)
    {
        if (channel.Kind == ChannelKind.Book && channel.Book is { } book)
        {
            foreach (RpcConnection newcomer in channel.Newcomers)
            {
                channel.Publish(book.Sequence, json => BookChannels.Snapshot(json, book, Of(channel.Market)), newcomer);
            }
            channel.Newcomers.Clear();
        }
        if (IsOfState(channel.Kind) || channel.Kind == ChannelKind.UserChanges)
        {
            return;
        }
        if (channel.Kind == ChannelKind.InstrumentState)
        {
            // It tells only of what is new: what there is, public/get_instruments tells.
            channel.Newcomers.Clear();
            return;
        }
        ulong sequence = history.LastSequence;
        foreach (RpcConnection newcomer in channel.Newcomers)
        {
            channel.Publish(sequence, json => EventSnapshot(json, channel), newcomer);
        }
        channel.Newcomers.Clear();
    }

    /// <summary>Publishes, or puts by for the next interval, what happened in a round.</summary>
    public void PublishEvents(Channel channel, Happenings round)
    {
        (List<OrderRow> orders, List<TradeRow> trades, List<EventRow> events, List<BlockHeader> headers, List<MarketStateRow> states) =
            round;
        switch (channel.Kind)
        {
            case ChannelKind.Trades:
                Gather(channel, trades.Where(t => Fits(channel, t.Market)).Select(t => (object)t));
                if (channel.IsRaw)
                {
                    PublishGathered(channel);
                }
                break;
            case ChannelKind.Chart:
                Gather(channel, trades.Where(t => t.Market == channel.Market).Select(t => (object)t));
                break;
            case ChannelKind.UserOrders:
                foreach (OrderRow order in orders.Where(o => o.Account == channel.Account && Fits(channel, o.Market)))
                {
                    channel.Publish(order.Sequence, json => Views.Order(json, order, Of(order.Market)));
                }
                break;
            case ChannelKind.UserTrades:
                List<TradeRow> own = [.. trades.Where(t => IsOf(channel, t))];
                if (own.Count > 0)
                {
                    channel.Publish(own[^1].Sequence, json => UserTrades(json, channel.Account, own));
                }
                break;
            case ChannelKind.UserChanges:
                // Positions come with them, as they are after: they are read from the state next.
                Gather(channel, orders.Where(o => o.Account == channel.Account && Fits(channel, o.Market)).Select(o => (object)o));
                Gather(channel, trades.Where(t => IsOf(channel, t)).Select(t => (object)t));
                break;
            case ChannelKind.UserEvents:
                foreach (EventRow row in events.Where(e => e.Account == channel.Account))
                {
                    channel.Publish(row.Sequence, json => EventViews.Write(json, row, catalog.Current));
                }
                break;
            case ChannelKind.Events:
                foreach (EventRow row in events.Where(e => EventViews.IsPublic(e.Kind)))
                {
                    channel.Publish(row.Sequence, json => EventViews.WritePublic(json, row, catalog.Current));
                }
                break;
            case ChannelKind.InstrumentState:
                foreach (MarketStateRow row in states.Where(s => s.Market < catalog.Current.All.Count && Fits(channel, s.Market)))
                {
                    channel.Publish(row.Sequence, json => MarketState(json, row, Of(row.Market)));
                }
                break;
            case ChannelKind.Blocks:
                foreach (BlockHeader block in headers)
                {
                    channel.Publish(block.FirstSequence + block.CommandCount - 1,
                        json => EventViews.Block(json, in block, blocks.SealOf(block.Height)));
                }
                break;
            default:
                break;
        }
    }

    /// <summary>Publishes what was put by.</summary>
    public void PublishGathered(Channel channel)
    {
        if (channel.Pending.Count == 0 || channel.Kind == ChannelKind.UserChanges)
        {
            return;
        }
        List<TradeRow> trades = [.. channel.Pending.Cast<TradeRow>()];
        channel.Pending.Clear();
        if (channel.Kind == ChannelKind.Chart)
        {
            long now = trades[^1].TimeNs / 1_000_000;
            Candle? bar =
                history.Bars(channel.Market, now / channel.BarMs * channel.BarMs, now, channel.BarMs, 2).Select(b => (Candle?)b)
                    .LastOrDefault();
            if (bar is { } candle)
            {
                channel.Publish(trades[^1].Sequence, json => Bar(json, candle, Of(channel.Market)));
            }
            return;
        }
        channel.Publish(trades[^1].Sequence, json =>
        {
            json.WriteStartArray();
            foreach (TradeRow trade in trades)
            {
                Views.PublicTrade(json, trade, Of(trade.Market));
            }
            json.WriteEndArray();
        });
    }

    /// <summary>Publishes a reading of the state where it differs from the one before, and snapshots to newcomers.</summary>
    public void PublishView(Channel channel, object view, ulong sequence)
    {
        switch (view)
        {
            case BookView book when channel.Kind == ChannelKind.Book:
                BookChannels.Publish(channel, book, Of(channel.Market));
                return;
            case BookView book:
                BookView grouped = BookChannels.Grouped(book, channel);
                Publish(channel, (grouped.Bids.ToList().GetHashOf(), grouped.Asks.ToList().GetHashOf()), book.Sequence,
                    json => BookChannels.Depth(json, grouped, Of(channel.Market)));
                return;
            case MarketView market when channel.Kind == ChannelKind.Ticker:
                Publish(channel, Key(market), market.Top.Sequence, json => Views.Ticker(json, market, Of(channel.Market), history));
                return;
            case MarketView market when channel.Kind == ChannelKind.Quote:
                Publish(channel, (Best(market.Top.Bids), Best(market.Top.Asks)), market.Top.Sequence, json =>
                {
                    json.WriteStartObject();
                    json.WriteString("instrument_name"u8, Of(channel.Market).Name);
                    json.WriteNumber("timestamp"u8, market.TimeNs / 1_000_000);
                    Views.Top(json, market.Top, Of(channel.Market));
                    json.WriteEndObject();
                });
                return;
            case MarketView market:
                Instrument i = Of(channel.Market);
                Publish(channel, (market.FundingRatePpb, market.IndexTicks), market.Top.Sequence, json =>
                {
                    json.WriteStartObject();
                    json.WriteNumber("timestamp"u8, market.TimeNs / 1_000_000);
                    json.WriteDecimal("interest"u8, market.FundingRatePpb, 9);
                    json.WriteDecimal("index_price"u8, i.Price(market.IndexTicks), i.PriceDecimals);
                    json.WriteEndObject();
                });
                return;
            case ChangesView changes:
                PublishChanges(channel, changes);
                return;
            case AccountView account:
                InstrumentList list = catalog.Current;
                bool all = string.Equals(channel.Currency, "any", StringComparison.OrdinalIgnoreCase);
                var summaries = new List<Action<Utf8JsonWriter>>();
                foreach (Currency? asset in all
                    ? account.Assets.Select(a => (Currency?)list.Currencies[a])
                    : [list.FindCurrency(channel.Currency)])
                {
                    summaries.Add(json => AccountViews.Summary(json, account, list, channel.Currency, asset, history));
                }
                Publish(channel, (account.Health, string.Join(',', account.Balances)), sequence, [.. summaries]);
                return;
            case ValueTuple<long, long> index:
                Publish(channel, index.Item1, sequence, json =>
                {
                    json.WriteStartObject();
                    json.WriteString("index_name"u8, catalog.Current.Indexes[channel.Index]);
                    json.WriteNumber("timestamp"u8, index.Item2 / 1_000_000);
                    json.WriteDecimal("price"u8, index.Item1, catalog.Current.IndexDecimals[channel.Index]);
                    json.WriteEndObject();
                });
                return;
            default:
                return;
        }
    }

    private static void Publish(Channel channel, object key, ulong sequence, params ReadOnlySpan<Action<Utf8JsonWriter>> data)
    {
        foreach (RpcConnection newcomer in channel.Newcomers)
        {
            foreach (Action<Utf8JsonWriter> one in data)
            {
                channel.Publish(sequence, one, newcomer);
            }
        }
        bool alone = channel.Newcomers.Count == channel.Subscribers.Count;
        channel.Newcomers.Clear();
        if (!alone && !key.Equals(channel.Last))
        {
            foreach (Action<Utf8JsonWriter> one in data)
            {
                channel.Publish(sequence, one);
            }
        }
        channel.Last = key;
    }

    private void PublishChanges(Channel channel, ChangesView view)
    {
        (AccountView account, _, ulong sequence) = view;
        foreach (RpcConnection newcomer in channel.Newcomers)
        {
            List<OrderRow> live = history.LiveOrders(channel.Account, o => Fits(channel, o.Market));
            channel.Publish(sequence,
                json => Changes(json, channel, view, live, [], [.. account.Positions.Select(p => p.Market).Where(m => Fits(channel, m))]),
                newcomer);
        }
        channel.Newcomers.Clear();
        // What came after the reading waits for the next one: a position is never older than its fill.
        List<OrderRow> orders = [.. channel.Pending.OfType<OrderRow>().Where(o => o.Sequence <= sequence)];
        List<TradeRow> trades = [.. channel.Pending.OfType<TradeRow>().Where(t => t.Sequence <= sequence)];
        channel.Pending.RemoveAll(p => p is OrderRow o ? o.Sequence <= sequence : p is TradeRow t && t.Sequence <= sequence);
        foreach (int market in orders.Select(o => (int)o.Market).Concat(trades.Select(t => (int)t.Market)).Distinct())
        {
            List<TradeRow> traded = [.. trades.Where(t => t.Market == market)];
            channel.Publish(sequence,
                json => Changes(json, channel, view, [.. orders.Where(o => o.Market == market)], traded, traded.Count > 0 ? [market] : [],
                market));
        }
    }

    private void Changes(Utf8JsonWriter json, Channel channel, ChangesView view, List<OrderRow> orders, List<TradeRow> trades,
        List<int> positions, int market = -1)
    {
        AccountView account = view.Account;
        Dictionary<int, long> realised = history.SessionProfit(channel.Account, account.TimeNs);
        json.WriteStartObject();
        if (market >= 0 || channel.Market >= 0)
        {
            json.WriteString("instrument_name"u8, Of(market >= 0 ? market : channel.Market).Name);
        }
        json.WriteStartArray("orders"u8);
        orders.ForEach(o => Views.Order(json, o, Of(o.Market)));
        json.WriteEndArray();
        json.WritePropertyName("trades"u8);
        UserTrades(json, channel.Account, trades);
        json.WriteStartArray("positions"u8);
        foreach (int one in positions)
        {
            PositionView position = account.Positions.FirstOrDefault(p => p.Market == one)
                ?? PositionView.Flat(one, view.Prices[one].Mark, view.Prices[one].Index);
            Views.Position(json, position, Of(one), history, account.TimeNs, realised.GetValueOrDefault(one));
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void EventSnapshot(Utf8JsonWriter json, Channel channel)
    {
        switch (channel.Kind)
        {
            case ChannelKind.Trades:
                json.WriteStartArray();
                IEnumerable<TradeRow> last = channel.Market >= 0 ? history.TradesOfMarket(channel.Market, SnapshotTrades) : [];
                foreach (TradeRow trade in last.Reverse())
                {
                    Views.PublicTrade(json, trade, Of(trade.Market));
                }
                json.WriteEndArray();
                break;
            case ChannelKind.Chart:
                List<Candle> bars = history.Bars(channel.Market, 0, long.MaxValue / 2, channel.BarMs, int.MaxValue);
                if (bars.Count > 0)
                {
                    Bar(json, bars[^1], Of(channel.Market));
                }
                else
                {
                    json.WriteNullValue();
                }
                break;
            case ChannelKind.UserOrders:
                json.WriteStartArray();
                history.LiveOrders(channel.Account, o => Fits(channel, o.Market)).ForEach(o => Views.Order(json, o, Of(o.Market)));
                json.WriteEndArray();
                break;
            case ChannelKind.UserTrades:
                UserTrades(json, channel.Account,
                    [.. history.TradesOfAccount(channel.Account, SnapshotTrades, t => Fits(channel, t.Market)).AsEnumerable().Reverse()]);
                break;
            case ChannelKind.UserEvents:
                EventViews.List(json, history.EventsOfAccount(channel.Account, SnapshotTrades), catalog.Current);
                break;
            case ChannelKind.Events:
                EventViews.ListPublic(json, history.Events(SnapshotTrades, e => EventViews.IsPublic(e.Kind)), catalog.Current);
                break;
            case ChannelKind.Blocks:
                BlockHeader block = blocks.Last;
                EventViews.Block(json, in block, blocks.SealOf(block.Height));
                break;
            case ChannelKind.PlatformState:
                json.WriteStartObject();
                json.WriteBoolean("locked"u8, !venue.IsReady);
                json.WriteEndObject();
                break;
            default:
                json.WriteStartObject();
                json.WriteEndObject();
                break;
        }
    }

    internal void UserTrades(Utf8JsonWriter json, uint account, IReadOnlyList<TradeRow> trades)
    {
        json.WriteStartArray();
        foreach (TradeRow trade in trades)
        {
            bool asTaker = trade.TakerAccount == account;
            Views.UserTrade(json, trade, Of(trade.Market), account, history.Order(asTaker ? trade.TakerOrder : trade.MakerOrder), asTaker);
        }
        json.WriteEndArray();
    }

    private static void MarketState(Utf8JsonWriter json, MarketStateRow row, Instrument i)
    {
        json.WriteStartObject();
        json.WriteNumber("timestamp"u8, row.TimeNs / 1_000_000);
        json.WriteString("state"u8, row.State);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteEndObject();
    }

    private static void Bar(Utf8JsonWriter json, Candle bar, Instrument i)
    {
        json.WriteStartObject();
        json.WriteNumber("tick"u8, bar.StartMs);
        json.WriteDecimal("open"u8, i.Price(bar.Open), i.PriceDecimals);
        json.WriteDecimal("high"u8, i.Price(bar.High), i.PriceDecimals);
        json.WriteDecimal("low"u8, i.Price(bar.Low), i.PriceDecimals);
        json.WriteDecimal("close"u8, i.Price(bar.Close), i.PriceDecimals);
        json.WriteDecimal("volume"u8, i.Amount(bar.Lots), Instrument.AmountDecimals);
        json.WriteDecimal("cost"u8, (Int128)bar.CostTicks * i.AtomsPerTickLot, i.MoneyDecimals);
        json.WriteEndObject();
    }

    private static void Gather(Channel channel, IEnumerable<object> rows)
    {
        channel.Pending.AddRange(rows);
        if (channel.Pending.Count > MostPending)
        {
            channel.Pending.RemoveRange(0, channel.Pending.Count - MostPending);
        }
    }

    private bool Fits(Channel channel, int market)
    {
        if (channel.Market >= 0)
        {
            return market == channel.Market;
        }
        Instrument i = Of(market);
        return (channel.MarketKind == "any" || channel.MarketKind == i.Kind)
            && (channel.Currency == "any" || string.Equals(channel.Currency, i.Base, StringComparison.OrdinalIgnoreCase)
                || string.Equals(channel.Currency, i.Settle, StringComparison.OrdinalIgnoreCase));
    }

    private bool IsOf(Channel channel, TradeRow trade) =>
        (trade.TakerAccount == channel.Account || trade.MakerAccount == channel.Account) && Fits(channel, trade.Market);

    private Instrument Of(int market) => catalog.Current.All[market];

    private static object Key(MarketView m) =>
        (m.MarkTicks, m.IndexTicks, m.LastTicks, m.OpenInterestLots, m.Status, m.Causes, Best(m.Top.Bids), Best(m.Top.Asks), m.Indicative);

    private static (long, long) Best(IReadOnlyList<(long, long)> levels) => levels.Count > 0 ? levels[0] : default;
}

/// <summary>Telling whether a list of levels is the one of before.</summary>
internal static class LevelLists
{
    public static int GetHashOf(this List<(long Ticks, long Lots)> levels)
    {
        var hash = new HashCode();
        levels.ForEach(l => hash.Add(l));
        return hash.ToHashCode();
    }
}
