using System;
using System.Collections.Generic;
using System.Text.Json;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>What an account's owner may ask about its orders and fills.</summary>
internal sealed class OrderMethods(InstrumentCatalog catalog, RecentHistory history)
{
    private const int Most = 1_000;
    private static readonly RpcParam Name = Text("instrument_name", "The market", required: true);
    private static readonly RpcParam Currency = Text("currency", "Base or settlement currency");
    private static readonly RpcParam Kind = MarketParams.Kind;
    private static readonly RpcParam[] NotOfHistory =
        [RpcMethod.Without("include_unfilled", "Give what is wanted of order_state yourself: all ended orders are listed", "true", "1")];
    private static readonly RpcParam OldOnes = Flag("include_old", "As there: what there is is one history, so it changes nothing");
    private static readonly RpcParam Historical = Flag("historical", "As there: what there is is one history, so it changes nothing");
    private static readonly RpcParam Offset = Integer("offset", "Skip so many");
    private static readonly RpcParam Count = Integer("count", "At most so many, to 1,000");
    private static readonly RpcParam[] Range =
        [Integer("start_timestamp", "From, milliseconds since 1970"), Integer("end_timestamp", "To, milliseconds since 1970"),
            OneOf("sorting", "asc, desc or default", "asc", "desc", "default")];

    private static readonly RpcParam[] Sequences = [Integer("start_seq", "First trade_seq"), Integer("end_seq", "Last trade_seq")];

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_open_orders", "Open orders of all markets", [Kind, OrderParams.Type], c => Open(c, Chosen(c))),
        Ask("get_open_orders_by_currency", "Open orders of a currency's markets", [Currency, Kind, OrderParams.Type],
            c => Open(c, Chosen(c))),
        Ask("get_open_orders_by_instrument", "Open orders of a market", [Name, OrderParams.Type], c => Open(c, Of(c))),
        Ask("get_open_orders_by_label", "Open orders with a label", [Currency, Text("label", "The label", required: true)],
            c => Open(c, Labelled(c))),
        Ask("get_order_history_by_instrument", "Ended orders of a market, newest first", [Name, Count, Offset, OldOnes, Historical],
            c => Ended(c, Of(c))),
        Ask("get_order_history_by_currency", "Ended orders of a currency's markets, newest first",
            [Currency, Kind, Count, Offset, OldOnes, Historical], c => Ended(c, Chosen(c))),
        Ask("get_trigger_order_history", "Ended stops and takes, newest first",
            [Currency, Text("instrument_name", "Only of this market"), Count, Offset, Text("continuation", "From the answer before"),
            Flag("with_continuation", "As there: the answer always has it")], TriggerHistory) with { Unsupported = NotOfHistory },
        Ask("get_order_state", "One order", [Text("order_id", "The order", required: true)], State),
        Ask("get_order_state_by_label", "Orders with a label, open or ended", [Currency, Text("label", "The label", required: true)],
            StateByLabel),
        Ask("get_user_trades_by_instrument", "Fills in a market", [Name, Count, .. Range, OldOnes, Historical, .. Sequences],
            c => Trades(c, t => t.Market == c.Instrument(catalog).Number)),
        Ask("get_user_trades_by_instrument_and_time", "Fills in a market in a time",
            [Name, Count, .. Range, OldOnes, Historical, .. Sequences], c => Trades(c, t => t.Market == c.Instrument(catalog).Number)),
        Ask("get_user_trades_by_currency", "Fills in a currency's markets", [Currency, Kind, Count, .. Range, OldOnes, Historical],
            c => Trades(c, ChosenTrades(c))),
        Ask("get_user_trades_by_currency_and_time", "Fills in a currency's markets in a time",
            [Currency, Kind, Count, .. Range, OldOnes, Historical], c => Trades(c, ChosenTrades(c))),
        Ask("get_user_trades_by_order", "Fills of an order",
            [Text("order_id", "The order", required: true), OldOnes, Historical,
            OneOf("sorting", "asc, desc or default", "asc", "desc", "default")], TradesOfOrder),
    ];

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("private/" + name, about, KeyScopes.Read, 1, parameters, c => AllMethods.Done(() => handler(c)));

    private Func<OrderRow, bool> Of(RpcCall call)
    {
        int market = call.Instrument(catalog).Number;
        Func<OrderRow, bool> type = OfType(call);
        return o => o.Market == market && type(o);
    }

    /// <summary>The orders that the parameter type chooses.</summary>
    public static Func<OrderRow, bool> OfType(RpcCall call) => call.Text("type", "all") switch
    {
        "limit" => o => o.Kind is OrderKind.Limit or OrderKind.Market,
        "trigger_all" => o => o.Kind is >= OrderKind.StopLimit and <= OrderKind.TrailingStop,
        "stop" => o => o.Kind is OrderKind.StopLimit or OrderKind.StopMarket,
        "take" => o => o.Kind is OrderKind.TakeLimit or OrderKind.TakeMarket,
        "trailing_stop" => o => o.Kind == OrderKind.TrailingStop,
        _ => _ => true,
    };

    private Func<OrderRow, bool> Labelled(RpcCall call)
    {
        string label = call.Needed("label");
        Func<OrderRow, bool> chosen = Chosen(call);
        return o => o.Label == label && chosen(o);
    }

    private Func<OrderRow, bool> Chosen(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        IReadOnlyList<Instrument> all = catalog.Current.All;
        Func<OrderRow, bool> type = OfType(call);
        return o => choice(all[o.Market]) && type(o);
    }

    private Func<TradeRow, bool> ChosenTrades(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        IReadOnlyList<Instrument> all = catalog.Current.All;
        return t => choice(all[t.Market]);
    }

    private void Open(RpcCall call, Func<OrderRow, bool> where) => Reply(call, history.LiveOrders(call.Session.Account, where));

    private void Ended(RpcCall call, Func<OrderRow, bool> where) =>
        Reply(call,
            history.EndedOrders(call.Session.Account, (int)call.Integer("count", 20, 1, Most), (int)call.Integer("offset", 0, 0, 1_000_000),
            where));

    private void TriggerHistory(RpcCall call)
    {
        Func<OrderRow, bool> chosen = call.Has("instrument_name") ? Of(call) : Chosen(call);
        int count = (int)call.Integer("count", 20, 1, Most);
        // What ended in the meantime is before it, and shifts nothing.
        ulong after = call.Has("continuation") ? TradingMethods.Id(call.Needed("continuation"), "continuation") : 0;
        bool begun = after == 0;
        List<OrderRow> rows = history.EndedOrders(call.Session.Account, count + 1, (int)call.Integer("offset", 0, 0, 1_000_000), o =>
        {
            bool wanted = begun && o.Kind is >= OrderKind.StopLimit and <= OrderKind.TrailingStop && chosen(o);
            begun |= o.OrderId == after;
            return wanted;
        });
        bool more = rows.Count > count;
        if (more)
        {
            rows.RemoveAt(count);
        }
        IReadOnlyList<Instrument> all = catalog.Current.All;
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("entries"u8);
            rows.ForEach(o => Views.TriggerEntry(json, o, all[o.Market]));
            json.WriteEndArray();
            if (more)
            {
                json.WriteString("continuation"u8, rows[^1].OrderId.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                json.WriteNull("continuation"u8);
            }
            json.WriteEndObject();
        });
    }

    private void State(RpcCall call)
    {
        ulong id = TradingMethods.Id(call.Needed("order_id"));
        OrderRow? order = history.Order(id);
        if (order is null || order.Account != call.Session.Account)
        {
            throw new RpcException(10004, "order_not_found", "order_id: the account has no such order; it may have ended long ago");
        }
        call.Reply(json => Views.Order(json, order, catalog.Current.All[order.Market]));
    }

    private void StateByLabel(RpcCall call)
    {
        Func<OrderRow, bool> fits = Labelled(call);
        uint account = call.Session.Account;
        Reply(call, [.. history.LiveOrders(account, fits), .. history.EndedOrders(account, 100, 0, fits)]);
    }

    private void Reply(RpcCall call, List<OrderRow> orders)
    {
        IReadOnlyList<Instrument> all = catalog.Current.All;
        call.Reply(json =>
        {
            json.WriteStartArray();
            orders.ForEach(o => Views.Order(json, o, all[o.Market]));
            json.WriteEndArray();
        });
    }

    private void Trades(RpcCall call, Func<TradeRow, bool> where)
    {
        int count = (int)call.Integer("count", 10, 1, Most);
        long from = call.Integer("start_timestamp", 0);
        long to = call.Integer("end_timestamp", long.MaxValue);
        long fromSeq = call.Integer("start_seq", 0);
        long toSeq = call.Integer("end_seq", long.MaxValue);
        List<TradeRow> trades =
            history.TradesOfAccount(call.Session.Account, count + 1,
                t => t.MarketSequence >= fromSeq && t.MarketSequence <= toSeq && t.TimeNs / 1_000_000 >= from && t.TimeNs / 1_000_000 <= to
                && where(t));
        bool more = trades.Count > count;
        if (more)
        {
            trades.RemoveAt(count);
        }
        string sorting = call.Text("sorting", "default");
        if (sorting == "asc" || (sorting == "default" && from > 0))
        {
            trades.Reverse();
        }
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("trades"u8);
            Write(json, call.Session.Account, trades);
            json.WriteBoolean("has_more"u8, more);
            json.WriteEndObject();
        });
    }

    private void TradesOfOrder(RpcCall call)
    {
        ulong id = TradingMethods.Id(call.Needed("order_id"));
        List<TradeRow> trades = history.TradesOfAccount(call.Session.Account, Most, t => t.TakerOrder == id || t.MakerOrder == id);
        if (call.Text("sorting") == "asc")
        {
            trades.Reverse();
        }
        call.Reply(json => Write(json, call.Session.Account, trades));
    }

    private void Write(Utf8JsonWriter json, uint account, List<TradeRow> trades)
    {
        IReadOnlyList<Instrument> all = catalog.Current.All;
        json.WriteStartArray();
        foreach (TradeRow t in trades)
        {
            bool asTaker = t.TakerAccount == account;
            Views.UserTrade(json, t, all[t.Market], account, history.Order(asTaker ? t.TakerOrder : t.MakerOrder), asTaker);
        }
        json.WriteEndArray();
    }
}
