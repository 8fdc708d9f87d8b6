using System;
using System.Text.Json;
using Surety.Engine.Indexes;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <content>Markets, their tickers and their books.</content>
internal static partial class Views
{
    public static void Market(Utf8JsonWriter json, Instrument i, (int Maker, int Taker, int Liquidation) fees, long? listedMs)
    {
        json.WriteStartObject();
        json.WriteNumber("instrument_id"u8, i.Number);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteString("kind"u8, i.Kind);
        if (!i.IsOption)
        {
            json.WriteString("future_type"u8, "linear"u8);
        }
        json.WriteString("instrument_type"u8, "linear"u8);
        json.WriteString("base_currency"u8, i.Base);
        json.WriteString("counter_currency"u8, i.Quote);
        json.WriteString("quote_currency"u8, i.Quote);
        json.WriteString("settlement_currency"u8, i.Settle);
        json.WriteString("settlement_period"u8, Period(i));
        json.WriteString("price_index"u8, i.IndexName);
        json.WriteBoolean("is_active"u8, i.IsActive);
        json.WriteString("state"u8, MarketStates.Of(i.Status));
        json.WriteDecimal("tick_size"u8, i.TickUnits, i.PriceDecimals);
        json.WriteStartArray("tick_size_steps"u8);
        json.WriteEndArray();
        json.WriteDecimal("contract_size"u8, i.LotUnits, AmountDecimals);
        json.WriteDecimal("min_trade_amount"u8, i.LotUnits, AmountDecimals);
        json.WriteDecimal("max_trade_amount"u8, i.Amount(i.MaxOrderLots), AmountDecimals);
        json.WriteDecimal("maker_commission"u8, fees.Maker, 6);
        json.WriteDecimal("taker_commission"u8, fees.Taker, 6);
        json.WriteDecimal("max_liquidation_commission"u8, fees.Liquidation, 6);
        json.WriteNumber("max_leverage"u8, Math.Max(1, 1_000_000 / Math.Max(i.InitialPpm, 1)));
        json.WriteDecimal("initial_margin_rate"u8, i.InitialPpm, 6);
        json.WriteDecimal("maintenance_margin_rate"u8, i.MaintenancePpm, 6);
        if (listedMs is { } listed)
        {
            json.WriteNumber("creation_timestamp"u8, listed);
        }
        json.WriteNumber("expiration_timestamp"u8, i.IsPerpetual ? 32_503_708_800_000 : i.ExpiryMs);
        if (i.IsOption)
        {
            json.WritePropertyName("strike"u8);
            json.WriteRawValue(i.StrikeText!, skipInputValidation: true);
            json.WriteString("option_type"u8, i.IsCall ? "call"u8 : "put"u8);
        }
        json.WriteBoolean("rfq"u8, false);
        json.WriteNumber("block_trade_min_trade_amount"u8, 0);
        json.WriteEndObject();
    }

    // As the calendars of other venues count: the last Friday of a month ends the month, another Friday a week.
    private static ReadOnlySpan<byte> Period(Instrument i)
    {
        if (i.IsPerpetual)
        {
            return "perpetual"u8;
        }
        DateTime end = DateTime.UnixEpoch.AddMilliseconds(i.ExpiryMs);
        return end.DayOfWeek != DayOfWeek.Friday ? "day"u8 : end.AddDays(7).Month != end.Month ? "month"u8 : "week"u8;
    }

    /// <summary>What a ticker says.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="m">The market.</param>
    /// <param name="i">Its instrument.</param>
    /// <param name="history">What was traded, and the mark of the session's start.</param>
    public static void Ticker(Utf8JsonWriter json, MarketView m, Instrument i, RecentHistory history)
    {
        json.WriteStartObject();
        TickerFields(json, m, i, history);
        json.WriteEndObject();
    }

    /// <summary>A book, with what a ticker says.</summary>
    public static void OrderBook(Utf8JsonWriter json, MarketView m, Instrument i, RecentHistory history)
    {
        json.WriteStartObject();
        TickerFields(json, m, i, history);
        json.WriteNumber("change_id"u8, m.Top.Sequence);
        Levels(json, "bids"u8, m.Top.Bids, i);
        Levels(json, "asks"u8, m.Top.Asks, i);
        json.WriteEndObject();
    }

    private static void TickerFields(Utf8JsonWriter json, MarketView m, Instrument i, RecentHistory history)
    {
        long nowMs = m.TimeNs / 1_000_000;
        Int128 index = i.Price(i.MarketKind == MarketKind.Contract ? m.UnderlyingTicks : m.IndexTicks);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteNumber("timestamp"u8, nowMs);
        json.WriteString("state"u8, MarketStates.Of(m.Status));
        if (m.Causes != MarketCauses.None)
        {
            json.WriteString("state_reason"u8, m.Causes.ToString());
        }
        json.WritePropertyName("stats"u8);
        Stats(json, i, history.Day(i.Number, nowMs));
        Top(json, m.Top, i);
        json.WriteDecimal("mark_price"u8, i.Price(m.MarkTicks), i.PriceDecimals);
        json.WriteDecimal("index_price"u8, index, i.PriceDecimals);
        // What would be settled on if it were now.
        json.WriteDecimal("estimated_delivery_price"u8, index, i.PriceDecimals);
        if (m.Status == MarketStatus.Expired && history.DeliveryTicks(i.Number) is { } delivered)
        {
            json.WriteDecimal("delivery_price"u8, i.Price(delivered), i.PriceDecimals);
        }
        WriteOrNull(json, "last_price"u8, m.HasLast, i.Price(m.LastTicks), i.PriceDecimals);
        if (history.SessionMark(i.Number, nowMs) is { } settlement)
        {
            json.WriteDecimal("settlement_price"u8, i.Price(settlement), i.PriceDecimals);
        }
        json.WriteDecimal("min_price"u8, i.Price(m.MinPriceTicks), i.PriceDecimals);
        json.WriteDecimal("max_price"u8, i.Price(m.MaxPriceTicks), i.PriceDecimals);
        json.WriteDecimal("open_interest"u8, i.Amount(m.OpenInterestLots), AmountDecimals);
        if (i.IsPerpetual)
        {
            json.WriteDecimal("current_funding"u8, m.FundingRatePpb, 9);
            json.WriteDecimal("funding_8h"u8, m.FundingRatePpb, 9);
            InterestValue(json, m.FundingIndex, i);
        }
        if (i.IsOption)
        {
            json.WriteDecimal("mark_iv"u8, m.VolatilityPpm, 4);
            // As there: 0 where there is no price, or none that a volatility would explain.
            json.WriteDecimal("bid_iv"u8, m.Top.Bids.Count > 0 ? m.ImpliedPpm(m.Top.Bids[0].Ticks) : 0, 4);
            json.WriteDecimal("ask_iv"u8, m.Top.Asks.Count > 0 ? m.ImpliedPpm(m.Top.Asks[0].Ticks) : 0, 4);
            json.WriteDecimal("underlying_price"u8, i.Price(m.UnderlyingTicks), i.PriceDecimals);
            json.WriteString("underlying_index"u8, i.IndexName);
            json.WriteDecimal("interest_rate"u8, 0, 0);
            Greeks(json, m, i);
        }
        if (m.Indicative is var (price, lots, surplus))
        {
            json.WriteStartObject("indicative_auction"u8);
            json.WriteDecimal("price"u8, i.Price(price), i.PriceDecimals);
            json.WriteDecimal("amount"u8, i.Amount(lots), AmountDecimals);
            json.WriteDecimal("surplus"u8, i.Amount(surplus), AmountDecimals);
            json.WriteNumber("until"u8, m.AuctionEndNs / 1_000_000);
            json.WriteEndObject();
        }
    }

    public static void Summary(Utf8JsonWriter json, MarketView m, Instrument i, Candle? day)
    {
        json.WriteStartObject();
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteString("base_currency"u8, i.Base);
        json.WriteString("quote_currency"u8, i.Quote);
        WriteOrNull(json, "bid_price"u8, m.Top.Bids.Count > 0, m.Top.Bids.Count > 0 ? i.Price(m.Top.Bids[0].Ticks) : 0, i.PriceDecimals);
        WriteOrNull(json, "ask_price"u8, m.Top.Asks.Count > 0, m.Top.Asks.Count > 0 ? i.Price(m.Top.Asks[0].Ticks) : 0, i.PriceDecimals);
        bool both = m.Top.Bids.Count > 0 && m.Top.Asks.Count > 0;
        WriteOrNull(json, "mid_price"u8, both, both ? (i.Price(m.Top.Bids[0].Ticks) + i.Price(m.Top.Asks[0].Ticks)) * 10 / 2 : 0,
            i.PriceDecimals + 1);
        json.WriteDecimal("mark_price"u8, i.Price(m.MarkTicks), i.PriceDecimals);
        WriteOrNull(json, "last"u8, m.HasLast, i.Price(m.LastTicks), i.PriceDecimals);
        json.WriteDecimal("open_interest"u8, i.Amount(m.OpenInterestLots), AmountDecimals);
        json.WriteDecimal("underlying_price"u8, i.Price(m.UnderlyingTicks), i.PriceDecimals);
        json.WriteString("underlying_index"u8, i.IndexName);
        json.WriteDecimal("estimated_delivery_price"u8, i.Price(m.UnderlyingTicks), i.PriceDecimals);
        if (i.IsOption)
        {
            json.WriteDecimal("mark_iv"u8, m.VolatilityPpm, 4);
            json.WriteDecimal("interest_rate"u8, 0, 0);
        }
        if (i.IsPerpetual)
        {
            json.WriteDecimal("current_funding"u8, m.FundingRatePpb, 9);
            json.WriteDecimal("funding_8h"u8, m.FundingRatePpb, 9);
        }
        StatsFields(json, i, day);
        json.WriteNumber("creation_timestamp"u8, m.TimeNs / 1_000_000);
        json.WriteEndObject();
    }
}
