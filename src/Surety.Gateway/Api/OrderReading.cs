using System;
using Surety.Node.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>
/// From a request's parameters to an order. A combination that the order would not honour is refused with the name of the parameter:
/// never placed as something else.
/// </summary>
internal static class OrderReading
{
    private const long LastMs = 4_000_000_000_000;
    private const long MsPerDay = 86_400_000;

    /// <summary>Whether the request is for a stop, a take or a trailing stop.</summary>
    public static bool IsTrigger(RpcCall call) => call.Text("type", "limit") is not ("limit" or "market");

    /// <summary>A limit or market order.</summary>
    /// <param name="call">The request.</param>
    /// <param name="i">The market.</param>
    /// <param name="side">Buy or sell.</param>
    /// <param name="marketWithoutPrice">Whether, where neither type nor price is given, a market order is meant.</param>
    public static PlaceOrder Order(RpcCall call, Instrument i, Side side, bool marketWithoutPrice = false)
    {
        bool market = call.Text("type", marketWithoutPrice && !call.Has("price") ? "market" : "limit") == "market";
        string kind = market ? "a market order" : "a limit order";
        Refuse(call, ["trigger_price", "stop_price", "trigger", "trigger_offset"],
            $"{kind} waits for no price; for a stop give type stop_limit, stop_market, take_limit, take_market or trailing_stop");
        string tif = call.Text("time_in_force", "good_til_cancelled");
        bool immediate = market || tif is "immediate_or_cancel" or "fill_or_kill";
        long goodTil = call.Integer("good_til", 0, 1, LastMs);
        bool hasPrice = call.Has("price");
        if (!market && !hasPrice)
        {
            throw RpcException.BadParam("price", "price: a limit order needs one");
        }
        if (market && tif is "good_til_day" or "good_til_date")
        {
            throw RpcException.BadParam("time_in_force",
                "time_in_force: a market order never rests; give immediate_or_cancel or fill_or_kill");
        }
        if (immediate)
        {
            Refuse(call, ["max_show", "display_amount"],
                $"what never rests shows nothing; leave it out of {(market ? kind : "an order that is " + tif)}");
            RefuseFlag(call, "post_only", $"{(market ? kind : "an order that is " + tif)} only takes; leave it out");
        }
        CheckGoodTil(call, immediate ? "" : tif, goodTil);
        return new PlaceOrder
        {
            Header = { ExpiresNs = ValidUntilNs(call) },
            Market = (ushort)i.Number,
            Side = side,
            PriceTicks = hasPrice ? Ticks(call, i, "price") : 0,
            NoProtection = market && !hasPrice ? (byte)1 : (byte)0,
            Lots = Lots(call, i),
            DisplayLots = Shown(call, i),
            ClientOrderId = ClientOrderId(call),
            GoodTillNs = goodTil * 1_000_000,
            OneCancelsOther = OtherHalf(call),
            Options = Options(call, market),
            SelfTrade = SelfTrade(call),
            TimeInForce = tif switch
            {
                "fill_or_kill" => TimeInForce.FillOrKill,
                "immediate_or_cancel" => TimeInForce.ImmediateOrCancel,
                _ when market => TimeInForce.ImmediateOrCancel,
                "good_til_day" => TimeInForce.Day,
                _ => goodTil == 0 ? TimeInForce.GoodTillCancelled : TimeInForce.GoodTillTime,
            },
        };
    }

    /// <summary>A stop, take or trailing stop.</summary>
    /// <param name="call">The request.</param>
    /// <param name="i">The market.</param>
    /// <param name="side">Buy or sell.</param>
    /// <param name="nowMs">The venue's time, for what lasts until the day ends.</param>
    public static PlaceTrigger Trigger(RpcCall call, Instrument i, Side side, long nowMs)
    {
        string type = call.Text("type");
        bool trailing = type == "trailing_stop";
        bool market = type is "stop_market" or "take_market" or "trailing_stop";
        RefuseFlag(call, "post_only", $"an order of type {type} may take once it is triggered; leave it out");
        RefuseFlag(call, "reject_post_only", $"an order of type {type} may take once it is triggered; leave it out");
        Refuse(call, ["max_show", "display_amount"], $"an order of type {type} shows all of itself once it is triggered; leave it out");
        Refuse(call, trailing ? ["trigger_price", "stop_price"] : ["trigger_offset"],
            trailing
            ? "of a trailing stop trigger_offset says when it is triggered"
            : $"it belongs to type trailing_stop; an order of type {type} has trigger_price");
        if (market)
        {
            Refuse(call, ["price"],
                $"an order of type {type} becomes a market order, protected by the venue's bound; for a "
                + $"limit give type {(type == "take_market" ? "take_limit" : "stop_limit")}");
        }
        string tif = call.Text("time_in_force", "good_til_cancelled");
        if (tif == "fill_or_kill" || (tif == "immediate_or_cancel" && !market))
        {
            throw RpcException.BadParam("time_in_force",
                $"time_in_force: an order of type {type} "
                + $"{(market ? "takes what it can once it is triggered" : "rests once it is triggered")}; "
                + $"give good_til_cancelled, good_til_day or good_til");
        }
        long goodTil = call.Integer("good_til", 0, 1, LastMs);
        CheckGoodTil(call, tif, goodTil);
        string priceName = call.Has("trigger_price") ? "trigger_price" : "stop_price";
        Agree(call, i, "trigger_price", "stop_price", static (c, x, n) => Ticks(c, x, n));
        return new PlaceTrigger
        {
            Header = { ExpiresNs = ValidUntilNs(call) },
            Market = (ushort)i.Number,
            Side = side,
            Lots = Lots(call, i),
            Kind = type switch
            {
                "stop_limit" or "stop_market" => TriggerKind.Stop,
                "take_limit" or "take_market" => TriggerKind.TakeProfit,
                _ => TriggerKind.TrailingStop,
            },
            Source = call.Text("trigger", "last_price") switch
            {
                "mark_price" => TriggerSource.Mark,
                "index_price" => TriggerSource.Index,
                _ => TriggerSource.Last,
            },
            TriggerTicks = trailing
                ? 0
                : Ticks(call, i, priceName == "stop_price" && !call.Has("stop_price") ? "trigger_price" : priceName),
            TrailTicks = trailing ? Ticks(call, i, "trigger_offset") : 0,
            PriceTicks = market ? 0 : Ticks(call, i, "price"),
            GoodTillNs = 1_000_000 * (tif == "good_til_day" ? ((nowMs / MsPerDay) + 1) * MsPerDay : goodTil),
            Options = Options(call, market),
            SelfTrade = SelfTrade(call),
            ClientOrderId = ClientOrderId(call),
            OneCancelsOther = OtherHalf(call),
        };
    }

    /// <summary>When the command lapses, nanoseconds since 1970; 0 for never.</summary>
    public static long ValidUntilNs(RpcCall call) => call.Integer("valid_until", 0, 1, LastMs) * 1_000_000;

    /// <summary>A price in ticks.</summary>
    public static long Ticks(RpcCall call, Instrument i, string name)
    {
        string text = call.Digits(name) ?? throw RpcException.BadParam(name, $"{name}: this order needs it");
        return i.TryTicks(text, out long ticks) is { } error
            ? throw new RpcException(10043, "price_wrong_tick", $"{name}: {error}", name)
            : ticks;
    }

    /// <summary>The order's size, by amount or contracts.</summary>
    public static long Lots(RpcCall call, Instrument i)
    {
        if (!call.Has("amount") && !call.Has("contracts"))
        {
            throw RpcException.BadParam("amount", "amount: this parameter is needed, or contracts");
        }
        long contracts = call.Integer("contracts", 0, 1, i.MaxOrderLots);
        long amount = call.Has("amount") ? Amount(call, i, "amount") : contracts;
        return contracts == 0 || contracts == amount
            ? amount
            : throw RpcException.BadParam("contracts",
                $"contracts: {contracts} contracts are not the amount that was given; give one of the two");
    }

    /// <summary>An amount in lots, more than none.</summary>
    public static long Amount(RpcCall call, Instrument i, string name)
    {
        string? error = i.TryLots(call.Digits(name)!, out long lots);
        return error is null && lots > 0
            ? lots
            : throw new RpcException(10021, "invalid_amount", $"{name}: {error ?? "expected more than 0"}", name);
    }

    private static void CheckGoodTil(RpcCall call, string tif, long goodTil)
    {
        if (goodTil != 0 && tif is not ("good_til_cancelled" or "good_til_date"))
        {
            throw RpcException.BadParam("good_til",
                "good_til: it belongs to an order that rests until then; leave time_in_force out, or give good_til_date");
        }
        if (goodTil == 0 && tif == "good_til_date")
        {
            throw RpcException.BadParam("good_til", "good_til: an order that is good_til_date needs it, milliseconds since 1970");
        }
    }

    private static long Shown(RpcCall call, Instrument i)
    {
        string name = call.Has("max_show") ? "max_show" : "display_amount";
        if (!call.Has(name))
        {
            return 0;
        }
        Agree(call, i, "max_show", "display_amount", static (c, x, n) => Amount(c, x, n));
        if (call.Digits(name) is { } text
            && decimal.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture,
            out decimal shown) && shown == 0)
        {
            throw RpcException.BadParam(name,
                $"{name}: an order that shows nothing is not supported here; show at least one contract, or leave it out");
        }
        long lots = Amount(call, i, name);
        return lots >= Lots(call, i) ? 0 : lots;
    }

    private static ulong ClientOrderId(RpcCall call) => (ulong)call.Integer("client_order_id", 0, 1, (1L << 62) - 1);

    private static ulong OtherHalf(RpcCall call) =>
        call.Has("linked_order_id") ? TradingMethods.Id(call.Text("linked_order_id"), "linked_order_id") : 0;

    private static OrderOptions Options(RpcCall call, bool market)
    {
        bool post = call.Flag("post_only");
        bool reject = call.Flag("reject_post_only");
        if (reject && !post)
        {
            throw RpcException.BadParam("reject_post_only",
                "reject_post_only: it says what becomes of a post-only order that would take; give post_only, too");
        }
        return (market ? OrderOptions.Market : OrderOptions.None)
            | (post ? OrderOptions.PostOnly : OrderOptions.None)
            | (post && !reject ? OrderOptions.Slide : OrderOptions.None)
            | (call.Flag("reduce_only") ? OrderOptions.ReduceOnly : OrderOptions.None);
    }

    private static SelfTradePrevention SelfTrade(RpcCall call) => call.Text("self_trade", "cancel_newest") switch
    {
        "cancel_oldest" => SelfTradePrevention.CancelOldest,
        "cancel_both" => SelfTradePrevention.CancelBoth,
        "decrement" => SelfTradePrevention.Decrement,
        _ => SelfTradePrevention.CancelNewest,
    };

    private static void Agree(RpcCall call, Instrument i, string one, string other, Func<RpcCall, Instrument, string, long> read)
    {
        if (call.Has(one) && call.Has(other) && read(call, i, one) != read(call, i, other))
        {
            throw RpcException.BadParam(other, $"{other}: it is another name of {one}, which has another value; give one of the two");
        }
    }

    private static void Refuse(RpcCall call, ReadOnlySpan<string> names, string why)
    {
        foreach (string name in names)
        {
            if (call.Has(name))
            {
                throw RpcException.BadParam(name, $"{name}: {why}");
            }
        }
    }

    private static void RefuseFlag(RpcCall call, string name, string why)
    {
        if (call.Flag(name))
        {
            throw RpcException.BadParam(name, $"{name}: {why}");
        }
    }
}
