using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>What anyone may ask about the past: trades, bars, funding, settlements.</summary>
internal sealed class MarketHistoryMethods(VenueReader venue, InstrumentCatalog catalog, RecentHistory history)
{
    private const int MostTrades = 1_000;
    private const int MostBars = 5_000;
    private static readonly RpcParam Name = Text("instrument_name", "Name of the market", required: true);
    private static readonly RpcParam Currency = Text("currency", "Base or settlement currency; any for all");
    private static readonly RpcParam Kind = MarketParams.Kind;
    private static readonly RpcParam[] Range =
        [Integer("start_timestamp", "From, milliseconds since 1970"), Integer("end_timestamp", "To, milliseconds since 1970")];
    private static readonly RpcParam[] Count =
        [Integer("count", "At most so many, to 1,000; default 10"), OneOf("sorting", "asc, desc or default", "asc", "desc", "default"),
            Flag("include_old", "As there: what there is is one history, so it changes nothing"),
            Flag("historical", "As there: it changes nothing")];

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_last_trades_by_instrument", "The last trades of a market",
            [Name, Integer("start_seq", "First trade_seq"), Integer("end_seq", "Last trade_seq"), .. Range, .. Count], c =>
            Trades(c, c.Instrument(catalog))),
        Ask("get_last_trades_by_instrument_and_time", "Trades of a market in a time", [Name, .. Range, .. Count],
            c => Trades(c, c.Instrument(catalog))),
        Ask("get_last_trades_by_currency", "The last trades of all markets of a currency", [Currency, Kind, .. Range, .. Count],
            c => Trades(c, null)),
        Ask("get_last_trades_by_currency_and_time", "Trades of all markets of a currency in a time", [Currency, Kind, .. Range, .. Count],
            c => Trades(c, null)),
        Ask("get_tradingview_chart_data", "Bars of trades",
            [Name, .. Range,
            OneOf("resolution", "Minutes, or 1D", "1", "3", "5", "10", "15", "30", "60", "120", "180", "360", "720",
            "1D") with { Required = true }], Chart),
        Ask("get_index_chart_data", "An index's course",
            [Text("index_name", "The index", required: true),
            OneOf("range", "1h, 1d (default), 2d, 1m, 1y or all; bars reach two weeks back", "1h", "1d", "2d", "1m", "1y", "all")],
            IndexChart),
        Ask("get_mark_price_history", "Marks of a market, an hour each", [Name, .. Range], Marks),
        Ask("get_funding_rate_value", "Funding of a perpetual over a time, as a part of the index", [Name, .. Range], FundingValue),
        Ask("get_funding_rate_history", "Funding of a perpetual, hour by hour", [Name, .. Range], FundingHistory),
        Ask("get_funding_chart_data", "Funding of a perpetual for a chart",
            [Name, OneOf("length", "8h (default), 24h or 1m", "8h", "24h", "1m")], FundingChart),
        Ask("get_historical_volatility", "Annual volatility of a currency's index, from hourly closes of two weeks, percent",
            [Text("currency", "Base currency", required: true)], Volatility),
        Ask("get_delivery_prices", "Prices at which markets of an index settled", [Text("index_name", "The index", required: true)],
            Deliveries),
        Ask("get_last_settlements_by_instrument", "Settlements, or with type bankruptcy liquidations, of a market",
            [Name, OneOf("type", "settlement, delivery or bankruptcy", "settlement", "delivery", "bankruptcy"),
            Integer("count", "At most so many"), Integer("search_start_timestamp", "Of before then, milliseconds since 1970")],
            c => Settlements(c, i => i.Number == c.Instrument(catalog).Number)),
        Ask("get_last_settlements_by_currency", "The same of all markets of a currency",
            [Currency, OneOf("type", "settlement, delivery or bankruptcy", "settlement", "delivery", "bankruptcy"),
            Integer("count", "At most so many"), Integer("search_start_timestamp", "Of before then, milliseconds since 1970")],
            c => Settlements(c, c.Choice())),
        Ask("get_trade_volumes", "Volume of the last day, by currency", [Flag("extended", "With the last 7 and 30 days")], Volumes),
    ];

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("public/" + name, about, KeyScopes.None, 2, parameters, c => AllMethods.Done(() => handler(c)));

    private long NowMs => venue.Released.TimeNs / 1_000_000;

    private void Trades(RpcCall call, Instrument? one)
    {
        int count = (int)call.Integer("count", 10, 1, MostTrades);
        long from = call.Integer("start_timestamp", 0);
        long to = call.Integer("end_timestamp", long.MaxValue / 2_000_000);
        long fromSeq = call.Integer("start_seq", 0);
        long toSeq = call.Integer("end_seq", long.MaxValue);
        bool Fits(TradeRow t) =>
            t.TimeNs / 1_000_000 >= from && t.TimeNs / 1_000_000 <= to && t.MarketSequence >= fromSeq && t.MarketSequence <= toSeq;
        IReadOnlyList<Instrument> all = catalog.Current.All;
        List<TradeRow> trades = one is not null
            ? history.TradesOfMarket(one.Number, count + 1, Fits)
            : [.. all.Where(call.Choice()).SelectMany(i => history.TradesOfMarket(i.Number, count + 1, Fits))
                .OrderByDescending(t => t.TradeId).Take(count + 1)];
        bool more = trades.Count > count;
        if (more)
        {
            trades.RemoveAt(count);
        }
        if (call.Text("sorting") == "asc")
        {
            trades.Reverse();
        }
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("trades"u8);
            trades.ForEach(t => Views.PublicTrade(json, t, all[t.Market]));
            json.WriteEndArray();
            json.WriteBoolean("has_more"u8, more);
            json.WriteEndObject();
        });
    }

    private void Chart(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        long bar = ChannelNames.BarMs(call.Needed("resolution"));
        if (bar == 0)
        {
            throw RpcException.BadParam("resolution", "resolution: expected 1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720 or 1D");
        }
        long to = call.Integer("end_timestamp", NowMs, 0, long.MaxValue / 2_000_000);
        long from = call.Integer("start_timestamp", to - (500 * bar), 0, long.MaxValue / 2_000_000);
        List<Candle> bars = history.Bars(i.Number, from, to, bar, MostBars);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, bars.Count == 0 ? "no_data"u8 : "ok"u8);
            Column(json, "ticks"u8, bars, b => json.WriteNumberValue(b.StartMs));
            Column(json, "open"u8, bars, b => json.WriteDecimalValue(i.Price(b.Open), i.PriceDecimals));
            Column(json, "high"u8, bars, b => json.WriteDecimalValue(i.Price(b.High), i.PriceDecimals));
            Column(json, "low"u8, bars, b => json.WriteDecimalValue(i.Price(b.Low), i.PriceDecimals));
            Column(json, "close"u8, bars, b => json.WriteDecimalValue(i.Price(b.Close), i.PriceDecimals));
            Column(json, "volume"u8, bars, b => json.WriteDecimalValue(i.Amount(b.Lots), Instrument.AmountDecimals));
            Column(json, "cost"u8, bars, b => json.WriteDecimalValue((Int128)b.CostTicks * i.AtomsPerTickLot, i.MoneyDecimals));
            json.WriteEndObject();
        });
    }

    private void IndexChart(RpcCall call)
    {
        string name = call.Needed("index_name").ToLowerInvariant();
        int number = catalog.Current.Indexes.ToList().IndexOf(name);
        if (number < 0)
        {
            throw RpcException.NotFound($"index_name: there is no index {Instrument.Short(name)}");
        }
        (long span, long bar) = call.Text("range", "1d") switch
        {
            "1h" => (3_600_000L, 60_000L),
            "1d" => (86_400_000L, 60_000L * 5),
            "2d" => (172_800_000L, 60_000L * 10),
            _ => (31L * 86_400_000, 3_600_000L),
        };
        List<Candle> bars = history.IndexBars(number, NowMs - span, NowMs, bar, MostBars);
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (Candle b in bars)
            {
                json.WriteStartArray();
                json.WriteNumberValue(b.StartMs);
                json.WriteDecimalValue(b.Close, catalog.Current.IndexDecimals[number]);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        });
    }

    private void Marks(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        List<FundingRow> rows = Hours(call, i);
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (FundingRow row in rows)
            {
                json.WriteStartArray();
                json.WriteNumberValue(row.HourMs);
                json.WriteDecimalValue(i.Price(row.MarkTicks), i.PriceDecimals);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        });
    }

    private List<FundingRow> Hours(RpcCall call, Instrument i) =>
        history.Funding(i.Number, call.Integer("start_timestamp", 0), call.Integer("end_timestamp", long.MaxValue));

    private void FundingValue(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        List<FundingRow> rows = Hours(call, i);
        // Eight hours at an hour's rate, for the hours in the range.
        call.Reply(json => json.WriteDecimalValue(rows.Sum(r => (long)r.RatePpb) / 8, 9));
    }

    private void FundingHistory(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        List<FundingRow> rows = Hours(call, i);
        call.Reply(json =>
        {
            json.WriteStartArray();
            long before = rows.Count > 0 ? rows[0].IndexTicks : 0;
            foreach (FundingRow row in rows)
            {
                json.WriteStartObject();
                json.WriteNumber("timestamp"u8, row.HourMs);
                json.WriteDecimal("index_price"u8, i.Price(row.IndexTicks), i.PriceDecimals);
                json.WriteDecimal("prev_index_price"u8, i.Price(before), i.PriceDecimals);
                json.WriteDecimal("interest_8h"u8, row.RatePpb, 9);
                json.WriteDecimal("interest_1h"u8, row.RatePpb / 8, 9);
                json.WriteEndObject();
                before = row.IndexTicks;
            }
            json.WriteEndArray();
        });
    }

    private void FundingChart(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        long span = call.Text("length", "8h") switch { "24h" => 86_400_000, "1m" => 31L * 86_400_000, _ => 28_800_000 };
        List<FundingRow> rows = history.Funding(i.Number, NowMs - span, NowMs);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteDecimal("current_interest"u8, rows.Count > 0 ? rows[^1].RatePpb : 0, 9);
            json.WriteDecimal("interest_8h"u8, rows.Count > 0 ? rows[^1].RatePpb : 0, 9);
            json.WriteStartArray("data"u8);
            foreach (FundingRow row in rows)
            {
                json.WriteStartObject();
                json.WriteNumber("timestamp"u8, row.HourMs);
                json.WriteDecimal("index_price"u8, i.Price(row.IndexTicks), i.PriceDecimals);
                json.WriteDecimal("interest_8h"u8, row.RatePpb, 9);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private void Volatility(RpcCall call)
    {
        string currency = call.Needed("currency");
        Instrument? i = catalog.Current.All.FirstOrDefault(i => string.Equals(i.Base, currency, StringComparison.OrdinalIgnoreCase));
        List<Candle> hours = i is null ? [] : history.IndexBars(i.IndexNumber, NowMs - (14L * 86_400_000), NowMs, 3_600_000, MostBars);
        call.Reply(json =>
        {
            json.WriteStartArray();
            double sum = 0;
            for (int k = 1; k < hours.Count; k++)
            {
                double move = Math.Log((double)hours[k].Close / hours[k - 1].Close);
                sum += move * move;
                json.WriteStartArray();
                json.WriteNumberValue(hours[k].StartMs);
                json.WriteNumberValue(Math.Round(Math.Sqrt(sum / k * 24 * 365) * 100, 4));
                json.WriteEndArray();
            }
            json.WriteEndArray();
        });
    }

    private void Deliveries(RpcCall call)
    {
        string index = call.Needed("index_name").ToLowerInvariant();
        IReadOnlyList<Instrument> all = catalog.Current.All;
        List<EventRow> rows =
            history.Events(100, e => e.Kind is EventKind.MarketSettled or EventKind.ContractEnded && all[e.Market].IndexName == index);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (EventRow row in rows)
            {
                Instrument i = all[row.Market];
                json.WriteStartObject();
                json.WriteString("date"u8,
                    DateTimeOffset.FromUnixTimeMilliseconds(row.TimeNs / 1_000_000)
                    .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
                json.WriteString("instrument_name"u8, i.Name);
                json.WriteDecimal("delivery_price"u8, i.Price(SettledTicks(row)), i.PriceDecimals);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNumber("records_total"u8, rows.Count);
            json.WriteEndObject();
        });
    }

    private void Settlements(RpcCall call, Func<Instrument, bool> fits)
    {
        IReadOnlyList<Instrument> all = catalog.Current.All;
        long latest = call.Integer("search_start_timestamp", long.MaxValue);
        bool bankruptcies = call.Text("type") == "bankruptcy";
        EventKind wanted = bankruptcies ? EventKind.PositionTransferred : EventKind.MarketSettled;
        List<EventRow> rows =
            history.Events((int)call.Integer("count", 20, 1, MostTrades),
                e => e.Kind == wanted && e.TimeNs / 1_000_000 <= latest && e.Market >= 0 && fits(all[e.Market]));
        call.Reply(json => SettlementRows(json, rows, all, history));
    }

    private static long SettledTicks(EventRow row) => row.Kind == EventKind.ContractEnded
        ? MemoryMarshal.Read<ContractEnded>(row.Event).PriceTicks : MemoryMarshal.Read<MarketSettled>(row.Event).PriceTicks;

    internal static void SettlementRows(Utf8JsonWriter json, List<EventRow> rows, IReadOnlyList<Instrument> all, RecentHistory history)
    {
        json.WriteStartObject();
        json.WriteStartArray("settlements"u8);
        foreach (EventRow row in rows)
        {
            Instrument i = all[row.Market];
            json.WriteStartObject();
            json.WriteString("instrument_name"u8, i.Name);
            json.WriteNumber("timestamp"u8, row.TimeNs / 1_000_000);
            if (row.Kind == EventKind.PositionTransferred)
            {
                PositionTransferred moved = MemoryMarshal.Read<PositionTransferred>(row.Event);
                json.WriteString("type"u8, "bankruptcy"u8);
                json.WriteDecimal("session_bankrupcy"u8, Math.Abs(moved.CostAtoms), i.MoneyDecimals);
                json.WriteDecimal("session_bankruptcy"u8, Math.Abs(moved.CostAtoms), i.MoneyDecimals);
                json.WriteDecimal("position"u8, i.Amount(moved.Lots), Instrument.AmountDecimals);
            }
            else
            {
                json.WriteString("type"u8, "delivery"u8);
                // The event of one account's position does not repeat the price; that of its market has it.
                if ((row.Kind == EventKind.PositionSettled ? history.DeliveryTicks(row.Market) : SettledTicks(row)) is { } ticks)
                {
                    json.WriteDecimal("mark_price"u8, i.Price(ticks), i.PriceDecimals);
                }
                if (row.Kind == EventKind.PositionSettled)
                {
                    PositionSettled settled = MemoryMarshal.Read<PositionSettled>(row.Event);
                    json.WriteDecimal("position"u8, i.Amount(settled.Lots), Instrument.AmountDecimals);
                    json.WriteDecimal("profit_loss"u8, settled.ProfitAtoms, i.MoneyDecimals);
                }
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("continuation"u8);
        json.WriteEndObject();
    }

    private void Volumes(RpcCall call)
    {
        (string, int)[] spans = call.Flag("extended") ? [("", 1), ("_7d", 7), ("_30d", 30)] : [("", 1)];
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (IGrouping<string, Instrument> group in catalog.Current.All.GroupBy(i => i.Base))
            {
                json.WriteStartObject();
                json.WriteString("currency"u8, group.Key);
                foreach ((string suffix, int days) in spans)
                {
                    Volume(json, "futures_volume" + suffix, group.Where(i => !i.IsOption), days);
                    Volume(json, "calls_volume" + suffix, group.Where(i => i.IsOption && i.IsCall), days);
                    Volume(json, "puts_volume" + suffix, group.Where(i => i.IsOption && !i.IsCall), days);
                    // Nothing is traded spot here.
                    json.WriteNumber("spot_volume" + suffix, 0);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private void Volume(Utf8JsonWriter json, string name, IEnumerable<Instrument> markets, int days)
    {
        Int128 sum = 0;
        foreach (Instrument i in markets)
        {
            sum += i.Amount(history.TradedLots(i.Number, NowMs - (days * 86_400_000L)));
        }
        json.WriteDecimal(System.Text.Encoding.UTF8.GetBytes(name), sum, Instrument.AmountDecimals);
    }

    private static void Column(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<Candle> bars, Action<Candle> write)
    {
        json.WriteStartArray(name);
        bars.ForEach(write);
        json.WriteEndArray();
    }
}
