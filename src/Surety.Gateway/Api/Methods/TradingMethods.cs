using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>Placing, changing and cancelling orders with an API key, for which the venue signs.</summary>
internal sealed class TradingMethods(
    VenueReader venue, InstrumentCatalog catalog, RecentHistory history, CallerCommands caller, RefusalErrors refusals,
    DisconnectCancelling cancelling)
{
    private const int OrderCost = 4;
    private const int MostLabel = CommandIntake.MostLabelBytes;

    public IEnumerable<RpcMethod> All() =>
    [
        Trade("buy", "Places a buy order", OrderParams.Order, c => Place(c, Side.Buy)) with { Unsupported = OrderParams.NotOfOrder },
        Trade("sell", "Places a sell order", OrderParams.Order, c => Place(c, Side.Sell)) with { Unsupported = OrderParams.NotOfOrder },
        Trade("edit", "Gives an order a new price or size; it keeps its id",
            [Text("order_id", "The order", required: true), .. OrderParams.Edit], c =>
            Edit(c, Id(c.Needed("order_id")))) with { Unsupported = OrderParams.NotOfEdit },
        Trade("edit_by_label", "The same by label",
            [Text("label", "The label", required: true), Text("instrument_name", "The market", required: true), .. OrderParams.Edit], c =>
            Edit(c, ByLabel(c))) with { Unsupported = OrderParams.NotOfEdit },
        Trade("cancel", "Cancels an order", [Text("order_id", "The order", required: true)], Cancel),
        Trade("cancel_all", "Cancels everything", [], c => CancelAll(c, OptionalId.None)) with { Unsupported = OrderParams.NotOfCancel },
        Trade("cancel_all_by_instrument", "Cancels everything in a market, or everything of a type",
            [Text("instrument_name", "The market", required: true), OrderParams.Type],
            CancelByInstrument) with { Unsupported = OrderParams.NotOfCancel },
        Trade("cancel_all_by_currency", "Cancels everything of a currency",
            [Text("currency", "The currency", required: true), Kind, OrderParams.Type], c =>
            CancelWhere(c, OfCurrency(c))) with { Unsupported = OrderParams.NotOfCancel },
        Trade("cancel_by_label", "Cancels what has a label",
            [Text("label", "The label", required: true), Text("currency", "Only of this currency")], CancelByLabel),
        Trade("close_position", "Places a reduce-only order of the position's size",
            [Text("instrument_name", "The market", required: true),
            OneOf("type", "limit or market", "limit", "market") with { Required = true }, Number("price", "Of a limit order")], Close),
        Trade("mass_quote", "Replaces quotes, to sixteen markets at once", OrderParams.Quote,
            Quote) with { Unsupported = OrderParams.NotOfQuote },
        Trade("set_mmp_config", "Limits that pull all quotes when fills exceed them",
            [Text("instrument_name", "The market", required: true), Integer("interval", "Window, seconds; 0 switches off", required: true),
            Integer("frozen_time", "How long quotes are then refused, seconds"), Number("quantity_limit", "Amount"),
            Number("delta_limit", "Amount")], Protect) with { Unsupported = OrderParams.NotOfProtection },
    ];

    private static RpcParam Kind => MarketParams.Kind;

    private static RpcMethod Trade(string name, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("private/" + name, about, KeyScopes.Trade, OrderCost, parameters, c => AllMethods.Done(() => handler(c))) { Signs = true };

    private static RpcMethod Trade(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Trade, OrderCost, parameters, handler) { Signs = true };

    private void Place(RpcCall call, Side side)
    {
        Instrument i = call.Instrument(catalog);
        void Placed(Outcome outcome)
        {
            Remember(call, outcome.Created);
            ReplyOrder(call, i, outcome.Created, outcome.Sequence);
        }
        if (OrderReading.IsTrigger(call))
        {
            caller.Enqueue(call, CommandKind.PlaceTrigger,
                OrderReading.Trigger(call, i, side, Math.Max(venue.Released.TimeNs, VenueClock.WallNs()) / 1_000_000), Placed, Label(call));
        }
        else
        {
            caller.Enqueue(call, CommandKind.PlaceOrder, OrderReading.Order(call, i, side), Placed, Label(call));
        }
    }

    private void Remember(RpcCall call, ulong orderId)
    {
        if (call.Peer.Connection is { } connection)
        {
            cancelling.Placed(connection, orderId, call.Session);
        }
    }

    private void Edit(RpcCall call, ulong orderId)
    {
        OrderRow order = Own(call, orderId);
        Instrument i = catalog.Current.All[order.Market];
        if (order.Kind is not (OrderKind.Limit or OrderKind.Market))
        {
            throw new RpcException(11030, "other_reject",
                $"order_id: an order of type {System.Text.Encoding.UTF8.GetString(Views.TypeOf(order.Kind))} "
                + $"cannot be edited before it is triggered; cancel it and place a new one", "order_id");
        }
        bool post = (order.Flags & OrderFlags.PostOnly) != 0;
        Unchanged(call, "post_only", post);
        Unchanged(call, "reject_post_only", post && (order.Flags & OrderFlags.Slide) == 0);
        Unchanged(call, "reduce_only", (order.Flags & OrderFlags.ReduceOnly) != 0);
        var amend = new AmendOrder
        {
            Header = { ExpiresNs = OrderReading.ValidUntilNs(call) },
            OrderId = orderId,
            PriceTicks = call.Has("price") ? OrderReading.Ticks(call, i, "price") : order.PriceTicks,
            TotalLots = call.Has("amount") || call.Has("contracts") ? OrderReading.Lots(call, i) : 0,
        };
        caller.Enqueue(call, CommandKind.AmendOrder, amend, outcome => ReplyOrder(call, i, orderId, outcome.Sequence));
    }

    private static void Unchanged(RpcCall call, string name, bool now)
    {
        if (call.Has(name) && call.Flag(name) != now)
        {
            throw RpcException.BadParam(name,
                $"{name}: the order has {(now ? "true" : "false")}, and an edit does not change it; cancel the order and place a new one");
        }
    }

    private ulong ByLabel(RpcCall call)
    {
        string label = call.Needed("label");
        Instrument i = call.Instrument(catalog);
        List<OrderRow> found = history.LiveOrders(call.Session.Account, o => o.Label == label && o.Market == i.Number);
        return found.Count == 1
            ? found[0].OrderId
            : throw new RpcException(10004, "order_not_found", $"label: {found.Count} open orders in {i.Name} have it; expected one");
    }

    private void Cancel(RpcCall call)
    {
        ulong id = Id(call.Needed("order_id"));
        OrderRow order = Own(call, id);
        caller.Enqueue(call, CommandKind.CancelOrder, new CancelOrder { OrderId = id },
            _ => call.Reply(json => Views.Order(json, history.Order(id) ?? order, catalog.Current.All[order.Market])));
    }

    private void CancelAll(RpcCall call, OptionalId market)
    {
        uint account = call.Session.Account;
        caller.Enqueue(call, CommandKind.CancelAll, new CancelAll { Market = market },
            outcome => call.Reply(json => json.WriteNumberValue(history.CountCancelled(account, outcome.Sequence))));
    }

    private void CancelByInstrument(RpcCall call)
    {
        int market = call.Instrument(catalog).Number;
        if (call.Text("type", "all") == "all")
        {
            CancelAll(call, OptionalId.Of(market));
            return;
        }
        Func<OrderRow, bool> type = OrderMethods.OfType(call);
        CancelWhere(call, o => o.Market == market && type(o));
    }

    private void CancelByLabel(RpcCall call)
    {
        string label = call.Needed("label");
        Func<OrderRow, bool> currency = OfCurrency(call);
        CancelWhere(call, o => o.Label == label && currency(o));
    }

    private void CancelWhere(RpcCall call, Func<OrderRow, bool> where)
    {
        List<OrderRow> orders = history.LiveOrders(call.Session.Account, where);
        if (orders.Count == 0)
        {
            call.Reply(json => json.WriteNumberValue(0));
            return;
        }
        CancelOrder[] cancels = [.. orders.Select(o => new CancelOrder { OrderId = o.OrderId })];
        caller.EnqueueAll(
            call, CommandKind.CancelOrder, cancels,
            outcomes => call.Reply(json => json.WriteNumberValue(outcomes.Count(o => o.Code == RefusalCode.None))));
    }

    private Func<OrderRow, bool> OfCurrency(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        IReadOnlyList<Instrument> all = catalog.Current.All;
        Func<OrderRow, bool> type = OrderMethods.OfType(call);
        return o => choice(all[o.Market]) && type(o);
    }

    private async Task Close(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        uint account = call.Session.Account;
        long lots =
            await venue.ReadAsync(l => l.Engine.State.FindPosition(account, i.Number) is >= 0 and var row
                ? l.Engine.State.Positions[row].Lots
                : 0);
        bool market = call.Needed("type") == "market";
        if (market && call.Has("price"))
        {
            throw RpcException.BadParam("price",
                "price: a market order that closes a position is protected by the venue's bound; for a limit give type limit");
        }
        if (lots == 0)
        {
            throw refusals.Of(RefusalCode.WouldNotReduce, 0, default);
        }
        var order = new PlaceOrder
        {
            Market = (ushort)i.Number,
            Side = lots > 0 ? Side.Sell : Side.Buy,
            Lots = Math.Min(Math.Abs(lots), i.MaxOrderLots),
            PriceTicks = market ? 0 : OrderReading.Ticks(call, i, "price"),
            NoProtection = market ? (byte)1 : (byte)0,
            Options = OrderOptions.ReduceOnly | (market ? OrderOptions.Market : OrderOptions.None),
            TimeInForce = market ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled,
        };
        caller.Enqueue(call, CommandKind.PlaceOrder, order, outcome =>
        {
            Remember(call, outcome.Created);
            ReplyOrder(call, i, outcome.Created, outcome.Sequence);
        });
    }

    private void Quote(RpcCall call)
    {
        if (!call.Find("quotes", out JsonElement list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is 0 or > MassQuote.MaxEntries)
        {
            throw RpcException.BadParam("quotes", $"quotes: expected a list of 1 to {MassQuote.MaxEntries} quotes");
        }
        var quote = new MassQuote { Header = { Account = call.Session.Account, ExpiresNs = OrderReading.ValidUntilNs(call) } };
        foreach (JsonElement one in list.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object)
            {
                throw RpcException.BadParam("quotes",
                    "quotes: expected objects {instrument_name, bid: {price, amount}, ask: {price, amount}}");
            }
            OnlyNames(one, "quotes", "instrument_name", "bid", "ask");
            string name = one.TryGetProperty("instrument_name", out JsonElement n) ? n.ToString() : "";
            Instrument i = catalog.Current.Find(name)
                ?? throw RpcException.NotFound($"quotes: there is no instrument {Instrument.Short(name)}");
            (long bid, long bidLots) = SideOf(one, "bid", i);
            (long ask, long askLots) = SideOf(one, "ask", i);
            quote.Entries[(int)quote.Count++] = new QuoteEntry
            {
                Market = (ushort)i.Number,
                BidTicks = bid,
                BidLots = bidLots,
                AskTicks = ask,
                AskLots = askLots,
            };
        }
        Span<byte> record = stackalloc byte[CommandCodec.MaxRecordBytes];
        int length = CommandCodec.WriteMassQuote(ref quote, record);
        caller.Enqueue(call, record[..length], (outcome, signed) => ReplyQuotes(call, outcome, signed));
    }

    private static void OnlyNames(JsonElement json, string where, params ReadOnlySpan<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty given in json.EnumerateObject())
        {
            if (!seen.Add(given.Name))
            {
                throw RpcException.BadParam("quotes",
                    $"{where}: {Instrument.Short(given.Name)} is given twice, so nothing was quoted; give it once");
            }
            if (!names.Contains(given.Name))
            {
                throw RpcException.BadParam("quotes",
                    $"{where}: {Instrument.Short(given.Name)} is not supported here, so nothing was quoted; "
                    + $"a quote has instrument_name, bid and ask, a side price and amount");
            }
        }
    }

    private void ReplyQuotes(RpcCall call, Outcome outcome, byte[] record)
    {
        InstrumentList list = catalog.Current;
        IReadOnlyList<Instrument> all = list.All;
        List<OrderRow> quotes = history.LiveOrders(call.Session.Account, o => (o.Flags & OrderFlags.Quote) != 0);
        List<(Instrument Market, Side Side)> missing = [];
        foreach (QuoteEntry entry in CommandCodec.Quotes(record))
        {
            Look(Side.Buy, entry.BidTicks, entry.BidLots);
            Look(Side.Sell, entry.AskTicks, entry.AskLots);
            void Look(Side side, long ticks, long lots)
            {
                if (lots > 0 && !quotes.Exists(o => o.Market == entry.Market && o.Side == side && o.PriceTicks == ticks))
                {
                    missing.Add((all[entry.Market], side));
                }
            }
        }
        List<(RefusalCode Code, long Detail)> refusals = history.QuoteRefusals(outcome.Sequence);
        history.LiveOrders(call.Session.Account, o => (o.Flags & OrderFlags.Quote) != 0 && o.Sequence == outcome.Sequence)
            .ForEach(o => Remember(call, o.OrderId));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("orders"u8);
            quotes.ForEach(o => Views.Order(json, o, all[o.Market]));
            json.WriteEndArray();
            // Quotes only make: nothing is traded by placing them.
            json.WriteStartArray("trades"u8);
            json.WriteEndArray();
            json.WriteStartArray("errors"u8);
            for (int k = 0; k < missing.Count; k++)
            {
                (Instrument market, Side side) = missing[k];
                json.WriteStartObject();
                json.WriteString("instrument_name"u8, market.Name);
                json.WriteString("side"u8, side == Side.Buy ? "buy"u8 : "sell"u8);
                if (refusals.Count == missing.Count)
                {
                    (RefusalCode code, long detail) = refusals[k];
                    RpcException error = RpcException.Of(code, detail, RefusalWords.Of(code, detail, record, list, market));
                    json.WriteStartObject("error"u8);
                    json.WriteNumber("code"u8, error.Code);
                    json.WriteString("message"u8, error.Name);
                    json.WriteString("reason"u8, error.Reason);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static (long Ticks, long Lots) SideOf(JsonElement quote, string side, Instrument i)
    {
        if (!quote.TryGetProperty(side, out JsonElement s) || s.ValueKind == JsonValueKind.Null)
        {
            return (0, 0);
        }
        if (s.ValueKind != JsonValueKind.Object)
        {
            throw RpcException.BadParam("quotes", $"quotes: {i.Name} {side}: expected {{price, amount}}; leave the side out to pull it");
        }
        OnlyNames(s, $"quotes: {i.Name} {side}", "price", "amount");
        string price = s.TryGetProperty("price", out JsonElement p) ? p.ToString() : "";
        string amount = s.TryGetProperty("amount", out JsonElement a) ? a.ToString() : "";
        string? error = i.TryTicks(price, out long ticks) ?? i.TryLots(amount, out long _);
        i.TryLots(amount, out long lots);
        return error is null ? (ticks, lots) : throw RpcException.BadParam("quotes", $"quotes: {i.Name} {side}: {error}");
    }

    private void Protect(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        var protection = new SetQuoteProtection
        {
            Market = (ushort)i.Number,
            WindowNs = call.Integer("interval", 0, 0, 86_400) * 1_000_000_000,
            FreezeNs = call.Integer("frozen_time", 0, 0, 86_400) * 1_000_000_000,
            LotsLimit = call.Has("quantity_limit") ? OrderReading.Amount(call, i, "quantity_limit") : i.MaxOrderLots,
            DeltaLimit = call.Has("delta_limit") ? OrderReading.Amount(call, i, "delta_limit") : i.MaxOrderLots,
        };
        caller.Enqueue(call, CommandKind.SetQuoteProtection, protection, _ => call.Reply(json =>
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("instrument_name"u8, i.Name);
            json.WriteString("index_name"u8, i.IndexName);
            json.WriteNumber("interval"u8, protection.WindowNs / 1_000_000_000);
            json.WriteNumber("frozen_time"u8, protection.FreezeNs / 1_000_000_000);
            json.WriteDecimal("quantity_limit"u8, i.Amount(protection.LotsLimit), Instrument.AmountDecimals);
            json.WriteDecimal("delta_limit"u8, i.Amount(protection.DeltaLimit), Instrument.AmountDecimals);
            json.WriteEndObject();
            json.WriteEndArray();
        }));
    }

    // The order as it is now, with the trades that this command made.
    private void ReplyOrder(RpcCall call, Instrument i, ulong orderId, ulong sequence)
    {
        OrderRow order = history.Order(orderId) ?? throw new RpcException(10004, "order_not_found", "the order is not known any more");
        uint account = order.Account;
        List<TradeRow> trades = order.FilledLots == 0
            ? []
            : history.TradesOfAccount(account, 1_000, t => t.Sequence == sequence && (t.TakerOrder == orderId || t.MakerOrder == orderId));
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
        OrderRow? order = history.Order(id);
        if (order is null || order.Account != call.Session.Account)
        {
            throw new RpcException(10004, "order_not_found",
                "order_id: the account has no such order; it may have been cancelled long ago");
        }
        return order.IsLive
            ? order
            : throw new RpcException(11044, "not_open_order",
                $"order_id: the order is {Enum.GetName(order.State)?.ToLowerInvariant()} ({Views.ReasonOf(order)})");
    }

    internal static ulong Id(string text, string name = "order_id") =>
        ulong.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out ulong id)
            ? id : throw new RpcException(10025, "invalid_order_id", $"{name}: expected a number, found {Instrument.Short(text)}", name);

    private static string? Label(RpcCall call)
    {
        string label = call.Text("label");
        return label.Length == 0
            ? null
            : System.Text.Encoding.UTF8.GetByteCount(label) <= MostLabel
            ? label
            : throw RpcException.BadParam("label",
                $"label: at most {MostLabel} bytes of UTF-8, found {System.Text.Encoding.UTF8.GetByteCount(label)}");
    }
}
