using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Accounts;
using Surety.Node.History;
using Surety.Node.Instruments;
using static Surety.Node.Api.RpcMethod;

namespace Surety.Node.Api;

/// <summary>What an account's owner may ask about its orders and fills.</summary>
internal sealed class OrderMethods(VenueNode node)
{
    private const int Most = 1_000;
    private static readonly RpcParam Name = Text("instrument_name", "The market", required: true);
    private static readonly RpcParam Currency = Text("currency", "Base or settlement currency");
    private static readonly RpcParam Kind = Text("kind", "future, option, contract or any");
    private static readonly RpcParam Count = Integer("count", "At most so many, to 1,000");
    private static readonly RpcParam[] Range = [Integer("start_timestamp", "From, milliseconds since 1970"), Integer("end_timestamp", "To, milliseconds since 1970"), Text("sorting", "asc or desc")];

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_open_orders", "Open orders of all markets", [Kind, Text("type", "all, limit, trigger_all")], c => Open(c, _ => true)),
        Ask("get_open_orders_by_currency", "Open orders of a currency's markets", [Currency, Kind], c => Open(c, Chosen(c))),
        Ask("get_open_orders_by_instrument", "Open orders of a market", [Name], c => Open(c, Of(c))),
        Ask("get_open_orders_by_label", "Open orders with a label", [Currency, Text("label", "The label", required: true)], c => Open(c, o => o.Label == c.Needed("label"))),
        Ask("get_order_history_by_instrument", "Ended orders of a market, newest first", [Name, Count, Integer("offset", "Skip so many")], c => Ended(c, Of(c))),
        Ask("get_order_history_by_currency", "Ended orders of a currency's markets, newest first", [Currency, Kind, Count, Integer("offset", "Skip so many")], c => Ended(c, Chosen(c))),
        Ask("get_trigger_order_history", "Ended stops and takes, newest first", [Currency, Count], c => Ended(c, o => o.Kind >= OrderKind.StopLimit)),
        Ask("get_order_state", "One order", [Text("order_id", "The order", required: true)], State),
        Ask("get_order_state_by_label", "Orders with a label, open or ended", [Currency, Text("label", "The label", required: true)], StateByLabel),
        Ask("get_user_trades_by_instrument", "Fills in a market", [Name, Count, .. Range], c => Trades(c, t => t.Market == c.Instrument(node).Number)),
        Ask("get_user_trades_by_instrument_and_time", "Fills in a market in a time", [Name, Count, .. Range], c => Trades(c, t => t.Market == c.Instrument(node).Number)),
        Ask("get_user_trades_by_currency", "Fills in a currency's markets", [Currency, Kind, Count, .. Range], c => Trades(c, ChosenTrades(c))),
        Ask("get_user_trades_by_currency_and_time", "Fills in a currency's markets in a time", [Currency, Kind, Count, .. Range], c => Trades(c, ChosenTrades(c))),
        Ask("get_user_trades_by_order", "Fills of an order", [Text("order_id", "The order", required: true), Text("sorting", "asc or desc")], TradesOfOrder),
    ];

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("private/" + name, about, KeyScopes.Read, 1, parameters, c => AllMethods.Done(() => handler(c)));

    private Func<OrderRow, bool> Of(RpcCall call)
    {
        int market = call.Instrument(node).Number;
        return o => o.Market == market;
    }

    private Func<OrderRow, bool> Chosen(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        return o => choice(all[o.Market]);
    }

    private Func<TradeRow, bool> ChosenTrades(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        return t => choice(all[t.Market]);
    }

    private void Open(RpcCall call, Func<OrderRow, bool> where) => Reply(call, node.History.LiveOrders(call.Session.Account, where));

    private void Ended(RpcCall call, Func<OrderRow, bool> where) =>
        Reply(call, node.History.EndedOrders(call.Session.Account, (int)call.Integer("count", 20, 1, Most), (int)call.Integer("offset", 0, 0, 1_000_000), where));

    private void State(RpcCall call)
    {
        ulong id = TradingMethods.Id(call.Needed("order_id"));
        OrderRow? order = node.History.Order(id);
        if (order is null || order.Account != call.Session.Account)
        {
            throw new RpcException(10004, "order_not_found", "order_id: the account has no such order; it may have ended long ago");
        }
        call.Reply(json => Views.Order(json, order, node.Catalog.Current.All[order.Market]));
    }

    private void StateByLabel(RpcCall call)
    {
        string label = call.Needed("label");
        uint account = call.Session.Account;
        Reply(call, [.. node.History.LiveOrders(account, o => o.Label == label), .. node.History.EndedOrders(account, 100, 0, o => o.Label == label)]);
    }

    private void Reply(RpcCall call, List<OrderRow> orders)
    {
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
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
        List<TradeRow> trades = node.History.TradesOfAccount(call.Session.Account, count + 1, t => t.TimeNs / 1_000_000 >= from && t.TimeNs / 1_000_000 <= to && where(t));
        bool more = trades.Count > count;
        if (more)
        {
            trades.RemoveAt(count);
        }
        if (call.Text("sorting", from > 0 ? "asc" : "desc") == "asc")
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
        List<TradeRow> trades = node.History.TradesOfAccount(call.Session.Account, Most, t => t.TakerOrder == id || t.MakerOrder == id);
        if (call.Text("sorting") == "asc")
        {
            trades.Reverse();
        }
        call.Reply(json => Write(json, call.Session.Account, trades));
    }

    private void Write(Utf8JsonWriter json, uint account, List<TradeRow> trades)
    {
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        json.WriteStartArray();
        foreach (TradeRow t in trades)
        {
            bool asTaker = t.TakerAccount == account;
            Views.UserTrade(json, t, all[t.Market], account, node.History.Order(asTaker ? t.TakerOrder : t.MakerOrder), asTaker);
        }
        json.WriteEndArray();
    }
}
