using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using static Surety.Node.Api.RpcMethod;

namespace Surety.Node.Api;

/// <summary>Placing, changing and cancelling orders with an API key, for which the venue signs.</summary>
internal sealed class TradingMethods(VenueNode node)
{
    private const int OrderCost = 4;
    private const int MostLabel = CommandIntake.MostLabelBytes;

    private static readonly RpcParam[] OrderParams =
    [
        Text("instrument_name", "The market", required: true), Number("amount", "Base currency, a multiple of contract_size"), Integer("contracts", "Instead of amount: contracts"),
        Number("price", "Limit; of a market order the protection price, which may be left out"), Text("type", "limit (default), market, stop_limit, stop_market, take_limit, take_market, trailing_stop"),
        Text("time_in_force", "good_til_cancelled (default), good_til_day, immediate_or_cancel, fill_or_kill"), Integer("valid_until", "When the request lapses, milliseconds since 1970"),
        Integer("good_til", "With good_til_cancelled: when the order lapses, milliseconds since 1970"), Flag("post_only", "Never take"), Flag("reject_post_only", "Refused where it would take, instead of moved"),
        Flag("reduce_only", "Only ever shrink the position"), Number("max_show", "Shown at a time: an iceberg"), Number("display_amount", "The same"), Text("label", "Yours, to 64 characters"),
        Integer("client_order_id", "Yours, below 2^62, given once: sent twice, the order is placed once"), Number("trigger_price", "Of a stop or take"), Number("stop_price", "The same"),
        Number("trigger_offset", "Of a trailing stop: its distance"), Text("trigger", "last_price, mark_price or index_price"), Text("linked_order_id", "Cancelled when this order trades"),
        Text("self_trade", "What happens where it meets an order of the same owner: cancel_newest (default), cancel_oldest, cancel_both, decrement"),
    ];

    private static readonly RpcParam[] EditParams =
    [
        Text("order_id", "The order"), Number("amount", "New total, what is filled included"), Integer("contracts", "The same in contracts"), Number("price", "New limit"),
        Integer("valid_until", "When the request lapses, milliseconds since 1970"), Flag("post_only", "Taken from the order"), Flag("reduce_only", "Taken from the order"), Text("label", "With edit_by_label"), Text("instrument_name", "With edit_by_label"),
    ];

    public IEnumerable<RpcMethod> All() =>
    [
        Trade("buy", "Places a buy order", OrderParams, c => Place(c, Side.Buy)),
        Trade("sell", "Places a sell order", OrderParams, c => Place(c, Side.Sell)),
        Trade("edit", "Gives an order a new price or size; it keeps its id", EditParams, c => Edit(c, Id(c.Needed("order_id")))),
        Trade("edit_by_label", "The same by label", EditParams, c => Edit(c, ByLabel(c))),
        Trade("cancel", "Cancels an order", [Text("order_id", "The order", required: true)], Cancel),
        Trade("cancel_all", "Cancels everything", [Flag("detailed", "List what was cancelled")], c => CancelAll(c, 0)),
        Trade("cancel_all_by_instrument", "Cancels everything in a market", [Text("instrument_name", "The market", required: true), Text("type", "all, limit or trigger_all")], c => CancelAll(c, (uint)c.Instrument(node).Number + 1)),
        Trade("cancel_all_by_currency", "Cancels everything of a currency", [Text("currency", "The currency", required: true), Text("kind", "future, option or any")], c => CancelWhere(c, OfCurrency(c))),
        Trade("cancel_by_label", "Cancels what has a label", [Text("label", "The label", required: true), Text("currency", "Only of this currency")], c => CancelWhere(c, o => o.Label == c.Needed("label"))),
        Trade("close_position", "Places a reduce-only order of the position's size", [Text("instrument_name", "The market", required: true), Text("type", "limit or market", required: true), Number("price", "Of a limit order")], Close),
        Trade("mass_quote", "Replaces quotes, to sixteen markets at once", [new RpcParam("quotes", ParamKind.List, "[{instrument_name, bid: {price, amount}, ask: {price, amount}}]", true)], Quote),
        Trade("set_mmp_config", "Limits that pull all quotes when fills exceed them", [Text("instrument_name", "The market", required: true), Integer("interval", "Window, seconds; 0 switches off", required: true), Integer("frozen_time", "How long quotes are then refused, seconds"), Number("quantity_limit", "Amount"), Number("delta_limit", "Amount")], Protect),
    ];

    private static RpcMethod Trade(string name, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("private/" + name, about, KeyScopes.Trade, OrderCost, parameters, c => AllMethods.Done(() => handler(c))) { Signs = true };

    private static RpcMethod Trade(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Trade, OrderCost, parameters, handler) { Signs = true };

    /// <summary>Cancels an account's orders for a session, as when its connection ends.</summary>
    public static void CancelFor(VenueNode node, Session session)
    {
        if (session.ApiKey is { } key)
        {
            _ = node.SubmitAsync(node.Identities.SignerOf(key, node.State), session.Account, CommandKind.CancelAll, default(CancelAll));
        }
    }

    private void Place(RpcCall call, Side side)
    {
        Instrument i = call.Instrument(node);
        string type = call.Text("type", "limit");
        if (type is "limit" or "market")
        {
            PlaceOrder order = OrderOf(call, i, side, type == "market");
            Submit(call, CommandKind.PlaceOrder, order, outcome => ReplyOrder(call, i, outcome.Created, outcome.Sequence), Label(call));
        }
        else
        {
            PlaceTrigger trigger = TriggerOf(call, i, side, type);
            Submit(call, CommandKind.PlaceTrigger, trigger, outcome => ReplyOrder(call, i, outcome.Created, outcome.Sequence), Label(call));
        }
    }

    private static PlaceOrder OrderOf(RpcCall call, Instrument i, Side side, bool market)
    {
        string tif = call.Text("time_in_force", market ? "immediate_or_cancel" : "good_til_cancelled");
        long goodTil = call.Integer("good_til", 0, 0, 4_000_000_000_000);
        bool hasPrice = call.Has("price");
        if (!market && !hasPrice)
        {
            throw RpcException.BadParam("price", "price: a limit order needs one");
        }
        return new PlaceOrder
        {
            Header = { ExpiresNs = call.Integer("valid_until", 0, 0, 4_000_000_000_000) * 1_000_000 },
            Market = (ushort)i.Number,
            Side = side,
            PriceTicks = hasPrice ? Ticks(call, i, "price") : 0,
            NoProtection = market && !hasPrice ? (byte)1 : (byte)0,
            Lots = Lots(call, i),
            DisplayLots = call.Has("max_show") || call.Has("display_amount") ? Shown(call, i) : 0,
            ClientOrderId = (ulong)call.Integer("client_order_id", 0, 0, (1L << 62) - 1),
            GoodTillNs = goodTil * 1_000_000,
            OneCancelsOther = call.Has("linked_order_id") ? Id(call.Text("linked_order_id"), "linked_order_id") : 0,
            Options = Options(call, market),
            SelfTrade = SelfTrade(call),
            TimeInForce = market ? (tif == "fill_or_kill" ? TimeInForce.FillOrKill : TimeInForce.ImmediateOrCancel) : tif switch
            {
                "good_til_cancelled" => goodTil == 0 ? TimeInForce.GoodTillCancelled : TimeInForce.GoodTillTime,
                "good_til_date" => TimeInForce.GoodTillTime,
                "good_til_day" => TimeInForce.Day,
                "immediate_or_cancel" => TimeInForce.ImmediateOrCancel,
                "fill_or_kill" => TimeInForce.FillOrKill,
                _ => throw RpcException.BadParam("time_in_force", $"time_in_force: expected good_til_cancelled, good_til_day, immediate_or_cancel or fill_or_kill, found {Instrument.Short(tif)}"),
            },
        };
    }

    private static long Shown(RpcCall call, Instrument i)
    {
        string name = call.Has("max_show") ? "max_show" : "display_amount";
        long lots = Amount(call, i, name);
        return lots >= Lots(call, i) ? 0 : lots;
    }

    private static PlaceTrigger TriggerOf(RpcCall call, Instrument i, Side side, string type)
    {
        bool market = type is "stop_market" or "take_market" or "trailing_stop";
        string priceName = call.Has("trigger_price") ? "trigger_price" : "stop_price";
        return new PlaceTrigger
        {
            Market = (ushort)i.Number,
            Side = side,
            Lots = Lots(call, i),
            Kind = type switch
            {
                "stop_limit" or "stop_market" => TriggerKind.Stop,
                "take_limit" or "take_market" => TriggerKind.TakeProfit,
                "trailing_stop" => TriggerKind.TrailingStop,
                _ => throw RpcException.BadParam("type", $"type: expected limit, market, stop_limit, stop_market, take_limit, take_market or trailing_stop, found {Instrument.Short(type)}"),
            },
            Source = call.Text("trigger", "last_price") switch
            {
                "last_price" => TriggerSource.Last,
                "mark_price" => TriggerSource.Mark,
                "index_price" => TriggerSource.Index,
                string other => throw RpcException.BadParam("trigger", $"trigger: expected last_price, mark_price or index_price, found {Instrument.Short(other)}"),
            },
            TriggerTicks = type == "trailing_stop" ? 0 : Ticks(call, i, priceName),
            TrailTicks = type == "trailing_stop" ? Ticks(call, i, "trigger_offset") : 0,
            PriceTicks = market ? 0 : Ticks(call, i, "price"),
            Options = Options(call, market),
            SelfTrade = SelfTrade(call),
            ClientOrderId = (ulong)call.Integer("client_order_id", 0, 0, (1L << 62) - 1),
            OneCancelsOther = call.Has("linked_order_id") ? Id(call.Text("linked_order_id"), "linked_order_id") : 0,
        };
    }

    private static OrderOptions Options(RpcCall call, bool market)
    {
        bool post = call.Flag("post_only");
        return (market ? OrderOptions.Market : OrderOptions.None)
            | (post ? OrderOptions.PostOnly : OrderOptions.None)
            | (post && !call.Flag("reject_post_only") ? OrderOptions.Slide : OrderOptions.None)
            | (call.Flag("reduce_only") ? OrderOptions.ReduceOnly : OrderOptions.None);
    }

    private static SelfTradePrevention SelfTrade(RpcCall call) => call.Text("self_trade", "cancel_newest") switch
    {
        "cancel_newest" => SelfTradePrevention.CancelNewest,
        "cancel_oldest" => SelfTradePrevention.CancelOldest,
        "cancel_both" => SelfTradePrevention.CancelBoth,
        "decrement" => SelfTradePrevention.Decrement,
        string other => throw RpcException.BadParam("self_trade", $"self_trade: expected cancel_newest, cancel_oldest, cancel_both or decrement, found {Instrument.Short(other)}"),
    };

    private void Edit(RpcCall call, ulong orderId)
    {
        OrderRow order = Own(call, orderId);
        Instrument i = node.Catalog.Current.All[order.Market];
        var amend = new AmendOrder
        {
            Header = { ExpiresNs = call.Integer("valid_until", 0, 0, 4_000_000_000_000) * 1_000_000 },
            OrderId = orderId,
            PriceTicks = call.Has("price") ? Ticks(call, i, "price") : order.PriceTicks,
            TotalLots = call.Has("amount") || call.Has("contracts") ? Lots(call, i) : 0,
        };
        Submit(call, CommandKind.AmendOrder, amend, outcome => ReplyOrder(call, i, orderId, outcome.Sequence));
    }

    private ulong ByLabel(RpcCall call)
    {
        string label = call.Needed("label");
        Instrument i = call.Instrument(node);
        List<OrderRow> found = node.History.LiveOrders(call.Session.Account, o => o.Label == label && o.Market == i.Number);
        return found.Count == 1 ? found[0].OrderId : throw new RpcException(10004, "order_not_found", $"label: {found.Count} open orders in {i.Name} have it; expected one");
    }

    private void Cancel(RpcCall call)
    {
        ulong id = Id(call.Needed("order_id"));
        OrderRow order = Own(call, id);
        Submit(call, CommandKind.CancelOrder, new CancelOrder { OrderId = id }, _ => call.Reply(json => Views.Order(json, node.History.Order(id) ?? order, node.Catalog.Current.All[order.Market])));
    }

    private void CancelAll(RpcCall call, uint marketPlusOne)
    {
        int before = node.History.LiveOrders(call.Session.Account, o => marketPlusOne == 0 || o.Market == marketPlusOne - 1).Count;
        Submit(call, CommandKind.CancelAll, new CancelAll { MarketPlusOne = marketPlusOne }, _ => call.Reply(json => json.WriteNumberValue(before)));
    }

    private void CancelWhere(RpcCall call, Func<OrderRow, bool> where)
    {
        List<OrderRow> orders = node.History.LiveOrders(call.Session.Account, where);
        if (orders.Count == 0)
        {
            call.Reply(json => json.WriteNumberValue(0));
            return;
        }
        DelegatedKey key = call.Signer(node);
        lock (key.Gate)
        {
            byte[][] commands = [.. orders.Select(o => node.Sign(key, call.Session.Account, CommandKind.CancelOrder, new CancelOrder { OrderId = o.OrderId }))];
            Enqueue(call, commands, null, outcomes => call.Reply(json => json.WriteNumberValue(outcomes.Count(o => o.Code == RefusalCode.None))));
        }
    }

    private Func<OrderRow, bool> OfCurrency(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        return o => choice(all[o.Market]);
    }

    private async Task Close(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        uint account = call.Session.Account;
        long lots = await node.Sequencer.ReadAsync(l => l.Engine.State.FindPosition(account, i.Number) is >= 0 and var row ? l.Engine.State.Positions[row].Lots : 0);
        bool market = call.Needed("type") == "market";
        if (lots == 0)
        {
            throw RpcException.Of(RefusalCode.WouldNotReduce, 0);
        }
        var order = new PlaceOrder
        {
            Market = (ushort)i.Number,
            Side = lots > 0 ? Side.Sell : Side.Buy,
            Lots = Math.Min(Math.Abs(lots), i.MaxOrderLots),
            PriceTicks = market ? 0 : Ticks(call, i, "price"),
            NoProtection = market ? (byte)1 : (byte)0,
            Options = OrderOptions.ReduceOnly | (market ? OrderOptions.Market : OrderOptions.None),
            TimeInForce = market ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled,
        };
        Submit(call, CommandKind.PlaceOrder, order, outcome => ReplyOrder(call, i, outcome.Created, outcome.Sequence));
    }

    private void Quote(RpcCall call)
    {
        if (!call.Find("quotes", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MassQuote.MaxEntries)
        {
            throw RpcException.BadParam("quotes", $"quotes: expected a list of 1 to {MassQuote.MaxEntries} quotes");
        }
        var quote = new MassQuote { Header = { Account = call.Session.Account } };
        foreach (JsonElement one in list.EnumerateArray())
        {
            string name = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("instrument_name", out JsonElement n) ? n.ToString() : "";
            Instrument i = node.Catalog.Current.Find(name) ?? throw RpcException.NotFound($"quotes: there is no instrument {Instrument.Short(name)}");
            (long bid, long bidLots) = SideOf(one, "bid", i);
            (long ask, long askLots) = SideOf(one, "ask", i);
            quote.Entries[(int)quote.Count++] = new QuoteEntry { Market = (ushort)i.Number, BidTicks = bid, BidLots = bidLots, AskTicks = ask, AskLots = askLots };
        }
        Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
        int length = CommandCodec.WriteMassQuote(ref quote, record);
        DelegatedKey key = call.Signer(node);
        lock (key.Gate)
        {
            Enqueue(call, [key.Sign(node.State, record[..length])], null, outcomes => ReplyQuotes(call, outcomes[0]));
        }
    }

    private void ReplyQuotes(RpcCall call, Outcome outcome)
    {
        outcome.OrThrow();
        IReadOnlyList<Instrument> all = node.Catalog.Current.All;
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("orders"u8);
            node.History.LiveOrders(call.Session.Account, o => (o.Flags & OrderFlags.Quote) != 0).ForEach(o => Views.Order(json, o, all[o.Market]));
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static (long Ticks, long Lots) SideOf(JsonElement quote, string side, Instrument i)
    {
        if (!quote.TryGetProperty(side, out JsonElement s) || s.ValueKind != JsonValueKind.Object)
        {
            return (0, 0);
        }
        string price = s.TryGetProperty("price", out JsonElement p) ? p.ToString() : "";
        string amount = s.TryGetProperty("amount", out JsonElement a) ? a.ToString() : "";
        string? error = i.TryTicks(price, out long ticks) ?? i.TryLots(amount, out long _);
        i.TryLots(amount, out long lots);
        return error is null ? (ticks, lots) : throw RpcException.BadParam("quotes", $"quotes: {i.Name} {side}: {error}");
    }

    private void Protect(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        var protection = new SetQuoteProtection
        {
            Market = (ushort)i.Number,
            WindowNs = call.Integer("interval", 0, 0, 86_400) * 1_000_000_000,
            FreezeNs = call.Integer("frozen_time", 0, 0, 86_400) * 1_000_000_000,
            LotsLimit = call.Has("quantity_limit") ? Amount(call, i, "quantity_limit") : i.MaxOrderLots,
            DeltaLimit = call.Has("delta_limit") ? Amount(call, i, "delta_limit") : i.MaxOrderLots,
        };
        Submit(call, CommandKind.SetQuoteProtection, protection, _ => call.Ok());
    }

    private void Submit<T>(RpcCall call, CommandKind kind, T command, Action<Outcome> accepted, string? label = null)
        where T : unmanaged
    {
        DelegatedKey key = call.Signer(node);
        lock (key.Gate)
        {
            byte[] record = node.Sign(key, call.Session.Account, kind, command);
            Enqueue(call, [record], label, outcomes => accepted(outcomes[0].OrThrow()));
        }
    }

    private void Enqueue(RpcCall call, byte[][] commands, string? label, Action<Outcome[]> released) => node.Sequencer.Enqueue(new Submission(commands)
    {
        Label = label,
        Released = (submission, error) =>
        {
            try
            {
                if (error is not null)
                {
                    throw error;
                }
                released(submission.Outcomes);
            }
            catch (Exception e)
            {
                call.Fail(node.Dispatcher.Translate(call.Method, e));
            }
        },
    });

    // The order as it is now, with the trades that this command made.
    private void ReplyOrder(RpcCall call, Instrument i, ulong orderId, ulong sequence)
    {
        OrderRow order = node.History.Order(orderId) ?? throw new RpcException(10004, "order_not_found", "the order is not known any more");
        uint account = order.Account;
        List<TradeRow> trades = order.FilledLots == 0 ? [] : node.History.TradesOfAccount(account, 1_000, t => t.Sequence == sequence && (t.TakerOrder == orderId || t.MakerOrder == orderId));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("order"u8);
            Views.Order(json, order, i);
            json.WriteStartArray("trades"u8);
            for (int k = trades.Count - 1; k >= 0; k--)
            {
                Views.UserTrade(json, trades[k], i, account, order, trades[k].TakerOrder == orderId);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private OrderRow Own(RpcCall call, ulong id)
    {
        OrderRow? order = node.History.Order(id);
        if (order is null || order.Account != call.Session.Account)
        {
            throw new RpcException(10004, "order_not_found", "order_id: the account has no such order; it may have been cancelled long ago");
        }
        return order.IsLive ? order : throw new RpcException(11044, "not_open_order", $"order_id: the order is {Enum.GetName(order.State)?.ToLowerInvariant()} ({Views.ReasonOf(order)})");
    }

    internal static ulong Id(string text, string name = "order_id") =>
        ulong.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out ulong id)
            ? id : throw new RpcException(10025, "invalid_order_id", $"{name}: expected a number, found {Instrument.Short(text)}", name);

    private static string? Label(RpcCall call)
    {
        string label = call.Text("label");
        return label.Length == 0 ? null : System.Text.Encoding.UTF8.GetByteCount(label) <= MostLabel ? label : throw RpcException.BadParam("label", $"label: at most {MostLabel} bytes of UTF-8, found {System.Text.Encoding.UTF8.GetByteCount(label)}");
    }

    private static long Ticks(RpcCall call, Instrument i, string name)
    {
        string text = call.Digits(name) ?? throw RpcException.BadParam(name, $"{name}: this order needs it");
        return i.TryTicks(text, out long ticks) is { } error ? throw new RpcException(10043, "price_wrong_tick", $"{name}: {error}", name) : ticks;
    }

    private static long Lots(RpcCall call, Instrument i) =>
        call.Has("amount") ? Amount(call, i, "amount")
        : call.Has("contracts") ? call.Integer("contracts", 0, 1, i.MaxOrderLots)
        : throw RpcException.BadParam("amount", "amount: this parameter is needed");

    private static long Amount(RpcCall call, Instrument i, string name)
    {
        string? error = i.TryLots(call.Digits(name)!, out long lots);
        return error is null && lots > 0 ? lots : throw new RpcException(10021, "invalid_amount", $"{name}: {error ?? "expected more than 0"}", name);
    }
}
