using System;
using System.Collections.Generic;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <content>Orders of every kind.</content>
internal sealed partial class ScenarioRun
{
    private static PlaceOrder Order(ScenarioTerms market, Side side, long ticks, long lots, TimeInForce tif = TimeInForce.GoodTillCancelled,
        OrderOptions options = OrderOptions.None) =>
        new()
        {
            Market =
            (ushort)market.Number,
            Side = side,
            PriceTicks = ticks,
            Lots = Math.Min(lots, market.Terms.MaxOrderLots),
            TimeInForce = tif,
            Options = options
        };

    private static Side SideOf(ScenarioNode e) => e.Need("side").OneOf("buy", "sell") == "buy" ? Side.Buy : Side.Sell;

    private static SelfTradePrevention SelfTradeOf(ScenarioNode e) =>
        e.Find("selfTrade")?.OneOf("cancelNewest", "cancelOldest", "cancelBoth", "decrement") switch
        {
            "cancelOldest" => SelfTradePrevention.CancelOldest,
            "cancelBoth" => SelfTradePrevention.CancelBoth,
            "decrement" => SelfTradePrevention.Decrement,
            _ => SelfTradePrevention.CancelNewest,
        };

    private long GoodTill(ScenarioNode e) => e.Find("goodTill") is { } till ? _scenario.StartNs + till.Moment(_scenario.StartNs) : 0;

    private ulong OrderOf(ScenarioNode id) => _venue.Outcome.Orders.GetValueOrDefault(id.Text()).Order;

    private ulong OtherOf(ScenarioNode e) => e.Find("oneCancelsOther") is { } other ? OrderOf(other) : 0;

    private static TimeInForce TimeInForceOf(ScenarioNode e, string type)
    {
        string tif = e.Find("timeInForce")?.OneOf("gtc", "ioc", "fok", "gtt", "day") ?? type switch
        {
            "market" or "ioc" => "ioc",
            "fok" => "fok",
            "day" => "day",
            _ => e.Find("goodTill") is null ? "gtc" : "gtt",
        };
        if (tif == "gtt" != e.Find("goodTill") is not null)
        {
            throw (e.Find("goodTill") ?? e).Error("goodTill with a good-till-time order and with no other");
        }
        return tif switch
        {
            "ioc" => TimeInForce.ImmediateOrCancel,
            "fok" => TimeInForce.FillOrKill,
            "gtt" => TimeInForce.GoodTillTime,
            "day" => TimeInForce.Day,
            _ => TimeInForce.GoodTillCancelled
        };
    }

    private void Place(ScenarioNode e, string id)
    {
        ScenarioTerms market = Market(e);
        string type = e.Find("type")?.OneOf("limit", "market", "ioc", "fok", "gtt", "day", "postOnly", "slide") ?? "limit";
        bool postOnly = type is "postOnly" or "slide" || e.Find("postOnly")?.Flag() == true;
        OrderOptions options = (type == "market" ? OrderOptions.Market : 0) | (postOnly ? OrderOptions.PostOnly : 0)
            | (type == "slide" ? OrderOptions.Slide : 0)
            | (e.Find("reduceOnly")?.Flag() == true ? OrderOptions.ReduceOnly : 0);
        PlaceOrder order =
            Order(market, SideOf(e), e.Find("price") is { } p ? market.Ticks(p.Number()) : 0,
                market.Lots(e.Need("quantity").Number(0, 1e15m)), TimeInForceOf(e, type), options);
        order.NoProtection = (byte)(type == "market" && e.Find("price") is null ? 1 : 0);
        order.DisplayLots = e.Find("display") is { } display ? market.Lots(display.Number(0, 1e15m)) : 0;
        order.GoodTillNs = GoodTill(e);
        order.OneCancelsOther = OtherOf(e);
        order.SelfTrade = SelfTradeOf(e);
        Placed(id, _venue.Send(CommandKind.PlaceOrder, order, Account(e)), order.PriceTicks);
    }

    // Without a price it becomes a market order.
    private void PlaceTrigger(ScenarioNode e, string id, TriggerKind kind)
    {
        ScenarioTerms market = Market(e);
        Placed(id, _venue.Send(CommandKind.PlaceTrigger, new PlaceTrigger
        {
            Market = (ushort)market.Number,
            Side = SideOf(e),
            Kind = kind,
            Source = e.Find("source")
                ?.OneOf("last", "mark",
                "index") switch
            { "last" => TriggerSource.Last, "index" => TriggerSource.Index, _ => TriggerSource.Mark },
            TriggerTicks = e.Find("trigger") is { } trigger ? market.Ticks(trigger.Number()) : 0,
            TrailTicks = e.Find("trail") is { } trail ? market.Ticks(trail.Number()) : 0,
            PriceTicks = e.Find("price") is { } price ? market.Ticks(price.Number()) : 0,
            Lots = market.Lots(e.Need("quantity").Number()),
            Options = (e.Find("price") is null ? OrderOptions.Market : 0)
                | (e.Find("reduceOnly")?.Flag() == true ? OrderOptions.ReduceOnly : 0),
            GoodTillNs = GoodTill(e),
            OneCancelsOther = OtherOf(e),
            SelfTrade = SelfTradeOf(e),
        }, Account(e)), 0);
    }

    private void PlaceTwap(ScenarioNode e, string id)
    {
        ScenarioTerms market = Market(e);
        Placed(id, _venue.Send(CommandKind.PlaceTwap, new PlaceTwap
        {
            Market = (ushort)market.Number,
            Side = SideOf(e),
            PriceTicks = market.Ticks(e.Need("price").Number()),
            TotalLots = market.Lots(e.Need("quantity").Number()),
            IntervalNs = e.Need("interval").Span(),
            Slices = e.Need("slices").Whole(1, 100_000),
            Options = e.Find("reduceOnly")?.Flag() == true ? OrderOptions.ReduceOnly : 0,
            SelfTrade = SelfTradeOf(e),
        }, Account(e)), 0);
    }

    // A side that is not named is pulled.
    private void PlaceQuotes(ScenarioNode e, string id)
    {
        IReadOnlyList<ScenarioNode> quotes = e.Find("quotes") is { } list ? list.Items() : [e];
        if (quotes.Count is < 1 or > MassQuote.MaxEntries)
        {
            throw e.Need("quotes").Error($"1 to {MassQuote.MaxEntries} quotes");
        }
        var command = new MassQuote { Count = (uint)quotes.Count };
        for (int i = 0; i < quotes.Count; i++)
        {
            if (e.Find("quotes") is not null)
            {
                quotes[i].Object("market", "bid", "ask");
            }
            ScenarioTerms market = Market(quotes[i]);
            (long bid, long bidLots) = Level(quotes[i].Find("bid"), market);
            (long ask, long askLots) = Level(quotes[i].Find("ask"), market);
            command.Entries[i] = new QuoteEntry
            {
                Market = (ushort)market.Number,
                BidTicks = bid,
                BidLots = bidLots,
                AskTicks = ask,
                AskLots = askLots,
            };
        }
        Answer(id, _venue.Send(CommandKind.MassQuote, command, Account(e)));
    }

    private static (long Ticks, long Lots) Level(ScenarioNode? level, ScenarioTerms market)
    {
        if (level is not { IsNull: false } given)
        {
            return (0, 0);
        }
        IReadOnlyList<ScenarioNode> pair = given.Items();
        return pair.Count == 2
            ? (market.Ticks(pair[0].Number()), pair[1].Number(0, 1e15m) == 0 ? 0 : market.Lots(pair[1].Number()))
            : throw given.Error("a pair [price, quantity]");
    }

    private void ProtectQuotes(ScenarioNode e, string id)
    {
        ScenarioTerms market = Market(e);
        Answer(id, _venue.Send(CommandKind.SetQuoteProtection, new SetQuoteProtection
        {
            Market = (ushort)market.Number,
            WindowNs = e.Need("window").Span(),
            LotsLimit = e.Find("quantity") is { } quantity ? market.Lots(quantity.Number()) : long.MaxValue / 4,
            DeltaLimit = e.Find("delta") is { } delta ? market.Lots(delta.Number()) : long.MaxValue / 4,
            FreezeNs = e.Find("freeze")?.Span() ?? 0,
        }, Account(e)));
    }

    private void Amend(ScenarioNode e, string id)
    {
        string order = e.Need("order").Text();
        if (!_venue.Outcome.Orders.TryGetValue(order, out (ulong Number, int Market) placed))
        {
            Answer(id, (RefusalCode.UnknownOrder, 0));
            return;
        }
        ScenarioTerms market = _venue.Markets[placed.Market];
        long ticks = e.Find("price") is { } price ? market.Ticks(price.Number()) : _prices[order];
        (RefusalCode code, long detail) =
            _venue.Send(CommandKind.AmendOrder,
                new AmendOrder
                {
                    OrderId = placed.Number,
                    PriceTicks = ticks,
                    TotalLots = e.Find("quantity") is { } q ? market.Lots(q.Number()) : 0
                }, Account(e));
        if (code == RefusalCode.None)
        {
            _prices[order] = ticks;
        }
        Answer(id, (code, detail));
    }

    private void Placed(string id, (RefusalCode Code, long Detail) answer, long ticks)
    {
        Answer(id, answer);
        if (answer.Code == RefusalCode.None && LastOrder() is { } placed)
        {
            _venue.Outcome.Orders[id] = placed;
            _prices[id] = ticks;
        }
    }

    private (ulong Order, int Market)? LastOrder()
    {
        var reader = new EventReader(_venue.Engine.Events.Log.Bytes, _venue.Ledger.EventsFrom);
        while (reader.MoveNext())
        {
            if (reader.Kind == EventKind.OrderPlaced)
            {
                OrderPlaced placed = reader.As<OrderPlaced>();
                return (placed.OrderId, placed.Market);
            }
        }
        return null;
    }
}
