using System;
using System.Collections.Generic;
using System.Text.Json;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>Things of the venue as JSON objects, with the fields that software of other venues expects.</summary>
internal static partial class Views
{
    private const int AmountDecimals = Instrument.AmountDecimals;

    public static void Order(Utf8JsonWriter json, OrderRow o, Instrument i)
    {
        json.WriteStartObject();
        json.WriteString("order_id"u8, Id(o.OrderId));
        json.WriteNumber("user_id"u8, o.Account);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteString("direction"u8, o.Side == Side.Buy ? "buy"u8 : "sell"u8);
        json.WriteString("order_state"u8, StateOf(o.State));
        json.WriteString("order_type"u8, TypeOf(o.Kind));
        if (o.Kind is OrderKind.StopMarket or OrderKind.TakeMarket or OrderKind.TrailingStop)
        {
            json.WriteString("price"u8, "market_price"u8);
        }
        else
        {
            json.WriteDecimal("price"u8, i.Price(o.PriceTicks), i.PriceDecimals);
        }
        json.WriteString("time_in_force"u8, TimeInForceOf(o.TimeInForce));
        json.WriteDecimal("amount"u8, i.Amount(o.Lots), AmountDecimals);
        json.WriteNumber("contracts"u8, o.Lots);
        json.WriteDecimal("filled_amount"u8, i.Amount(o.FilledLots), AmountDecimals);
        WriteAverage(json, "average_price"u8, o.FilledTicks, o.FilledLots, i);
        json.WriteDecimal("max_show"u8, i.Amount(o.DisplayLots == 0 ? o.Lots : o.DisplayLots), AmountDecimals);
        if (o.DisplayLots != 0)
        {
            json.WriteDecimal("refresh_amount"u8, i.Amount(o.DisplayLots), AmountDecimals);
            json.WriteDecimal("display_amount"u8, i.Amount(Math.Min(o.DisplayLots, o.Lots - o.FilledLots)), AmountDecimals);
        }
        json.WriteBoolean("post_only"u8, (o.Flags & OrderFlags.PostOnly) != 0);
        json.WriteBoolean("reject_post_only"u8, (o.Flags & (OrderFlags.PostOnly | OrderFlags.Slide)) == OrderFlags.PostOnly);
        json.WriteBoolean("reduce_only"u8, (o.Flags & OrderFlags.ReduceOnly) != 0);
        json.WriteBoolean("quote"u8, (o.Flags & OrderFlags.Quote) != 0);
        // Orders are not protected, only quotes are; nothing is marked as reducing risk, nor placed to balance a portfolio.
        json.WriteBoolean("mmp"u8, (o.Flags & OrderFlags.Quote) != 0);
        json.WriteBoolean("risk_reducing"u8, false);
        json.WriteBoolean("is_rebalance"u8, false);
        json.WriteBoolean("is_liquidation"u8, o.IsLiquidation);
        json.WriteBoolean("replaced"u8, o.Replaced);
        json.WriteBoolean("api"u8, true);
        json.WriteBoolean("web"u8, false);
        json.WriteBoolean("mobile"u8, false);
        json.WriteString("label"u8, o.Label);
        if (o.ClientOrderId != 0)
        {
            json.WriteString("client_order_id"u8, Id(o.ClientOrderId));
        }
        if (o.Parent != 0)
        {
            json.WriteString("trigger_order_id"u8, Id(o.Parent));
        }
        if (o.Kind is >= OrderKind.StopLimit and <= OrderKind.TrailingStop)
        {
            json.WriteDecimal("trigger_price"u8, i.Price(o.TriggerTicks), i.PriceDecimals);
            json.WriteDecimal("stop_price"u8, i.Price(o.TriggerTicks), i.PriceDecimals);
            json.WriteString("trigger"u8, TriggerOf(o.TriggerSource));
            json.WriteBoolean("triggered"u8, o.State == OrderState.Triggered);
            if (o.TrailTicks != 0)
            {
                json.WriteDecimal("trigger_offset"u8, i.Price(o.TrailTicks), i.PriceDecimals);
            }
        }
        json.WriteDecimal("commission"u8, o.FeesAtoms, i.MoneyDecimals);
        if (!o.IsLive)
        {
            json.WriteString("cancel_reason"u8, ReasonOf(o));
        }
        json.WriteNumber("creation_timestamp"u8, o.CreatedNs / 1_000_000);
        json.WriteNumber("last_update_timestamp"u8, o.UpdatedNs / 1_000_000);
        json.WriteNumber("sequence"u8, o.Sequence);
        json.WriteEndObject();
    }

    /// <summary>A stop or take that has ended, in a history of such.</summary>
    public static void TriggerEntry(Utf8JsonWriter json, OrderRow o, Instrument i)
    {
        json.WriteStartObject();
        json.WriteString("trigger_order_id"u8, Id(o.OrderId));
        json.WriteString("request"u8, o.State == OrderState.Cancelled ? "cancel"u8 : "trigger:order"u8);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteString("direction"u8, o.Side == Side.Buy ? "buy"u8 : "sell"u8);
        json.WriteString("order_type"u8, TypeOf(o.Kind));
        json.WriteString("order_state"u8, StateOf(o.State));
        json.WriteString("trigger"u8, TriggerOf(o.TriggerSource));
        json.WriteDecimal("trigger_price"u8, i.Price(o.TriggerTicks), i.PriceDecimals);
        WriteOrNull(json, "offset"u8, o.TrailTicks != 0, i.Price(o.TrailTicks), i.PriceDecimals);
        if (o.Kind is OrderKind.StopLimit or OrderKind.TakeLimit)
        {
            json.WriteDecimal("price"u8, i.Price(o.PriceTicks), i.PriceDecimals);
        }
        json.WriteDecimal("amount"u8, i.Amount(o.Lots), AmountDecimals);
        json.WriteBoolean("post_only"u8, false);
        json.WriteBoolean("reduce_only"u8, (o.Flags & OrderFlags.ReduceOnly) != 0);
        json.WriteString("label"u8, o.Label);
        json.WriteNumber("timestamp"u8, o.UpdatedNs / 1_000_000);
        json.WriteNumber("last_update_timestamp"u8, o.UpdatedNs / 1_000_000);
        json.WriteEndObject();
    }

    private static string Id(ulong id) => id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ReadOnlySpan<byte> TriggerOf(TriggerSource source) =>
        source switch { TriggerSource.Mark => "mark_price"u8, TriggerSource.Index => "index_price"u8, _ => "last_price"u8 };

    /// <summary>A trade as everyone sees it.</summary>
    public static void PublicTrade(Utf8JsonWriter json, TradeRow t, Instrument i)
    {
        json.WriteStartObject();
        TradeFields(json, t, i);
        json.WriteString("direction"u8, t.TakerSide == Side.Buy ? "buy"u8 : "sell"u8);
        json.WriteEndObject();
    }

    /// <summary>A trade as one of its sides sees it.</summary>
    public static void UserTrade(Utf8JsonWriter json, TradeRow t, Instrument i, uint account, OrderRow? order, bool asTaker)
    {
        json.WriteStartObject();
        TradeFields(json, t, i);
        Side side = asTaker ? t.TakerSide : t.TakerSide == Side.Buy ? Side.Sell : Side.Buy;
        json.WriteString("direction"u8, side == Side.Buy ? "buy"u8 : "sell"u8);
        json.WriteString("order_id"u8, (asTaker ? t.TakerOrder : t.MakerOrder).ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("order_type"u8, TypeOf(order?.Kind ?? OrderKind.Limit));
        json.WriteString("state"u8, StateOf(order?.State ?? OrderState.Filled));
        json.WriteString("label"u8, order?.Label ?? "");
        json.WriteBoolean("post_only"u8, order is not null && (order.Flags & OrderFlags.PostOnly) != 0);
        json.WriteBoolean("reduce_only"u8, order is not null && (order.Flags & OrderFlags.ReduceOnly) != 0);
        json.WriteString("liquidity"u8, asTaker ? "T"u8 : "M"u8);
        json.WriteDecimal("fee"u8, asTaker ? t.TakerFeeAtoms : t.MakerFeeAtoms, i.MoneyDecimals);
        json.WriteString("fee_currency"u8, i.Settle);
        json.WriteBoolean("self_trade"u8, t.TakerAccount == t.MakerAccount);
        json.WriteBoolean("api"u8, true);
        json.WriteBoolean("mmp"u8, order is not null && (order.Flags & OrderFlags.Quote) != 0);
        json.WriteBoolean("risk_reducing"u8, false);
        // Of the lots that it closed: what they were sold for beyond what they were bought for. Its fee stands beside it.
        json.WriteDecimal("profit_loss"u8, asTaker ? t.TakerProfitAtoms : t.MakerProfitAtoms, i.MoneyDecimals);
        if (i.IsOption)
        {
            WriteOrNull(json, "underlying_price"u8, t.IndexUnits != 0, t.IndexUnits, i.PriceDecimals);
        }
        json.WriteNumber("user_id"u8, account);
        json.WriteNull("matching_id"u8);
        json.WriteNumber("account"u8, account);
        json.WriteEndObject();
    }

    public static void Top(Utf8JsonWriter json, BookView book, Instrument i)
    {
        (long bid, long bidLots) = book.Bids.Count > 0 ? book.Bids[0] : (0, 0);
        (long ask, long askLots) = book.Asks.Count > 0 ? book.Asks[0] : (0, 0);
        WriteOrNull(json, "best_bid_price"u8, book.Bids.Count > 0, i.Price(bid), i.PriceDecimals);
        json.WriteDecimal("best_bid_amount"u8, i.Amount(bidLots), AmountDecimals);
        WriteOrNull(json, "best_ask_price"u8, book.Asks.Count > 0, i.Price(ask), i.PriceDecimals);
        json.WriteDecimal("best_ask_amount"u8, i.Amount(askLots), AmountDecimals);
    }

    public static void Levels(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<(long Ticks, long Lots)> levels, Instrument i)
    {
        json.WriteStartArray(name);
        foreach ((long ticks, long lots) in levels)
        {
            json.WriteStartArray();
            json.WriteDecimalValue(i.Price(ticks), i.PriceDecimals);
            json.WriteDecimalValue(i.Amount(lots), AmountDecimals);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    public static void Position(Utf8JsonWriter json, PositionView p, Instrument i, RecentHistory history, long nowNs, long realisedAtoms)
    {
        json.WriteStartObject();
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteString("kind"u8, i.Kind);
        json.WriteString("direction"u8, p.Lots > 0 ? "buy"u8 : p.Lots < 0 ? "sell"u8 : "zero"u8);
        json.WriteDecimal("size"u8, i.Amount(p.Lots), AmountDecimals);
        json.WriteDecimal("size_currency"u8, i.Amount(p.Lots), AmountDecimals);
        json.WriteNumber("contracts"u8, p.Lots);
        WriteAverage(json, "average_price"u8, p.Lots == 0 ? 0 : (Int128)p.EntryCostAtoms / i.AtomsPerTickLot, p.Lots, i);
        json.WriteDecimal("mark_price"u8, i.Price(p.MarkTicks), i.PriceDecimals);
        json.WriteDecimal("index_price"u8, i.Price(p.IndexTicks), i.PriceDecimals);
        if (history.SessionMark(i.Number, nowNs / 1_000_000) is { } settlement)
        {
            json.WriteDecimal("settlement_price"u8, i.Price(settlement), i.PriceDecimals);
        }
        json.WriteDecimal("floating_profit_loss"u8, p.UnrealisedAtoms, i.MoneyDecimals);
        json.WriteDecimal("total_profit_loss"u8, p.UnrealisedAtoms + realisedAtoms, i.MoneyDecimals);
        json.WriteDecimal("realized_profit_loss"u8, realisedAtoms, i.MoneyDecimals);
        json.WriteDecimal("realized_funding"u8, p.FundingAtoms, i.MoneyDecimals);
        if (i.IsPerpetual)
        {
            InterestValue(json, p.FundingIndex, i);
        }
        json.WriteDecimal("initial_margin"u8, p.InitialAtoms, i.MoneyDecimals);
        json.WriteDecimal("maintenance_margin"u8, p.MaintenanceAtoms, i.MoneyDecimals);
        json.WriteDecimal("open_orders_margin"u8, p.OrdersAtoms, i.MoneyDecimals);
        json.WriteNumber("leverage"u8, Math.Max(1, 1_000_000 / Math.Max(i.InitialPpm, 1)));
        if (p.LiquidationTicks is { } liquidation)
        {
            json.WriteNumber("estimated_liquidation_price"u8,
                Math.Round(liquidation * i.TickUnits / Surety.Core.Numerics.FixedDecimal.PowerOfTen(i.PriceDecimals), i.PriceDecimals));
        }
        else
        {
            json.WriteNull("estimated_liquidation_price"u8);
        }
        json.WriteDecimal("delta"u8, i.Amount(p.Lots) * p.DeltaPpm / 1_000_000, AmountDecimals);
        json.WriteDecimal("delta_money"u8, p.Greeks.DeltaAtoms, i.MoneyDecimals);
        json.WriteDecimal("gamma"u8, p.Greeks.GammaAtoms, i.MoneyDecimals);
        json.WriteDecimal("vega"u8, p.Greeks.VegaAtoms, i.MoneyDecimals);
        json.WriteDecimal("theta"u8, p.Greeks.ThetaAtoms, i.MoneyDecimals);
        json.WriteString("margin_mode"u8, p.IsIsolated ? "isolated"u8 : "cross"u8);
        json.WriteNumber("adl_place"u8, p.AdlPlace);
        json.WriteNumber("adl_of"u8, p.AdlOf);
        json.WriteEndObject();
    }

    public static ReadOnlySpan<byte> TypeOf(OrderKind kind) => kind switch
    {
        OrderKind.Market => "market"u8,
        OrderKind.StopLimit => "stop_limit"u8,
        OrderKind.StopMarket => "stop_market"u8,
        OrderKind.TakeLimit => "take_limit"u8,
        OrderKind.TakeMarket => "take_market"u8,
        OrderKind.TrailingStop => "trailing_stop"u8,
        OrderKind.Twap => "twap"u8,
        _ => "limit"u8,
    };

    public static ReadOnlySpan<byte> StateOf(OrderState state) => state switch
    {
        OrderState.Filled => "filled"u8,
        OrderState.Cancelled => "cancelled"u8,
        OrderState.Rejected => "rejected"u8,
        OrderState.Untriggered => "untriggered"u8,
        OrderState.Triggered => "triggered"u8,
        _ => "open"u8,
    };

    public static string ReasonOf(OrderRow o) => o.EndReason switch
    {
        EndReason.Filled => "filled",
        EndReason.Cancelled => "user_request",
        EndReason.NotImmediate => "immediate_or_cancel",
        EndReason.Expired => "expired",
        EndReason.SelfTrade => "self_trade_prevention",
        EndReason.MarginShort => "not_enough_margin",
        EndReason.NothingToReduce => "nothing_to_reduce",
        EndReason.OneCancelsOther => "oco_other_closed",
        EndReason.Liquidation => "liquidation",
        EndReason.MarketClosed => "market_closed",
        EndReason.QuoteProtection => "mmp_trigger",
        EndReason.Triggered => "triggered",
        EndReason.OpenInterestCap => "open_interest_cap",
        EndReason.Refused => "refused: " + o.Refused,
        _ => "",
    };

    /// <summary>Writes sum of price · lots over lots, rounded to six decimals beyond a tick.</summary>
    internal static void WriteAverage(Utf8JsonWriter json, ReadOnlySpan<byte> name, Int128 sumTicks, long lots, Instrument i) =>
        json.WriteDecimal(name, lots == 0 ? 0 : sumTicks * i.TickUnits * 10_000 / lots, i.PriceDecimals + 4);

    private static ReadOnlySpan<byte> TimeInForceOf(TimeInForce tif) => tif switch
    {
        TimeInForce.ImmediateOrCancel => "immediate_or_cancel"u8,
        TimeInForce.FillOrKill => "fill_or_kill"u8,
        TimeInForce.GoodTillTime => "good_til_date"u8,
        TimeInForce.Day => "good_til_day"u8,
        _ => "good_til_cancelled"u8,
    };

    private static void TradeFields(Utf8JsonWriter json, TradeRow t, Instrument i)
    {
        json.WriteString("trade_id"u8, t.TradeId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteNumber("trade_seq"u8, t.MarketSequence);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteNumber("timestamp"u8, t.TimeNs / 1_000_000);
        json.WriteDecimal("price"u8, i.Price(t.PriceTicks), i.PriceDecimals);
        json.WriteDecimal("amount"u8, i.Amount(t.Lots), AmountDecimals);
        json.WriteNumber("contracts"u8, t.Lots);
        json.WriteDecimal("mark_price"u8, i.Price(t.MarkTicks), i.PriceDecimals);
        WriteOrNull(json, "index_price"u8, t.IndexUnits != 0, t.IndexUnits, i.PriceDecimals);
        if (ImpliedVolatility.OfTrade(in t, i) is > 0 and var volatility)
        {
            json.WriteDecimal("iv"u8, volatility, 4);
        }
        json.WriteNumber("tick_direction"u8, t.TickDirection);
        json.WriteNumber("sequence"u8, t.Sequence);
        if (t.Liquidation != 0)
        {
            json.WriteString("liquidation"u8, "T"u8);
        }
    }

    private static void Stats(Utf8JsonWriter json, Instrument i, Candle? day)
    {
        json.WriteStartObject();
        StatsFields(json, i, day);
        json.WriteEndObject();
    }

    private static void StatsFields(Utf8JsonWriter json, Instrument i, Candle? day)
    {
        WriteOrNull(json, "high"u8, day is not null, i.Price(day?.High ?? 0), i.PriceDecimals);
        WriteOrNull(json, "low"u8, day is not null, i.Price(day?.Low ?? 0), i.PriceDecimals);
        json.WriteDecimal("volume"u8, i.Amount(day?.Lots ?? 0), AmountDecimals);
        Int128 notional = (Int128)(day?.CostTicks ?? 0) * i.AtomsPerTickLot;
        json.WriteDecimal("volume_usd"u8, notional, i.MoneyDecimals);
        json.WriteDecimal("volume_notional"u8, notional, i.MoneyDecimals);
        WriteOrNull(json, "price_change"u8, day is { Open: not 0 },
            day is { Open: not 0 } d ? (Int128)(d.Close - d.Open) * 1_000_000 / d.Open : 0, 4);
    }

    private static void Greeks(Utf8JsonWriter json, MarketView m, Instrument i)
    {
        json.WriteStartObject("greeks"u8);
        if (m.Greeks is { } g)
        {
            json.WriteDecimal("delta"u8, g.DeltaPpm, 6);
            // For one unit of the quote currency rather than a hundredth of the underlying.
            Int128 underlying = i.Price(m.UnderlyingTicks);
            json.WriteDecimal("gamma"u8,
                underlying == 0
                ? 0
                : (Int128)g.GammaPpm * 100 * Surety.Core.Numerics.FixedDecimal.PowerOfTen(i.PriceDecimals) * 1_000_000 / underlying, 12);
            json.WriteDecimal("vega"u8, (Int128)g.Vega * i.TickUnits, 6 + i.PriceDecimals);
            json.WriteDecimal("theta"u8, (Int128)g.Theta * i.TickUnits, 6 + i.PriceDecimals);
            json.WriteDecimal("rho"u8, 0, 0);
        }
        json.WriteEndObject();
    }

    // Funding that one unit of base currency has paid since the market was listed; a position's: when its own was last settled.
    private static void InterestValue(Utf8JsonWriter json, long fundingIndex, Instrument i) =>
        json.WriteDecimal(
            "interest_value"u8, (Int128)fundingIndex * Surety.Core.Numerics.FixedDecimal.PowerOfTen(AmountDecimals) * 10_000 / i.LotUnits,
            i.MoneyDecimals + 4);

    internal static void WriteOrNull(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool has, Int128 scaled, int decimals)
    {
        if (has)
        {
            json.WriteDecimal(name, scaled, decimals);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
