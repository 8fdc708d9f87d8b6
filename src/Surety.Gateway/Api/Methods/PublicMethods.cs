using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>What anyone may ask: markets, prices, books.</summary>
internal sealed class PublicMethods(VenueReader venue, InstrumentCatalog catalog, RecentHistory history)
{
    private const int MostDepth = 10_000;
    private static readonly RpcParam Name = Text("instrument_name", "Name of the market, as in get_instruments", required: true);
    private static readonly RpcParam Currency = Text("currency", "Base or settlement currency; any for all");
    private static readonly RpcParam Kind = MarketParams.Kind;

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("test", "Says that the venue is there, and its version", [], c => c.Reply(j => Version(j))),
        Ask("hello", "The same, with the client's name for the log", [Text("client_name", "Name"), Text("client_version", "Version")],
            c => c.Reply(j => Version(j))),
        Ask("get_time", "The venue's time, milliseconds since 1970", [],
            c => c.Reply(j => j.WriteNumberValue(Math.Max(venue.Released.TimeNs / 1_000_000, VenueClock.WallNs() / 1_000_000)))),
        Ask("status", "Whether markets are locked, and which", [], Status),
        Ask("get_announcements", "None: what the venue has to say is an event", [], c => c.Reply(EmptyList)),
        Ask("get_currencies", "Assets that can be deposited or settled in", [], Currencies),
        Ask("get_instruments", "All markets", [Currency, Kind, Flag("expired", "Those that ended, instead of those that trade")],
            Instruments),
        Ask("get_instrument", "One market", [Name], c => c.Reply(j => Market(j, c.Instrument(catalog)))),
        Ask("get_contract_size", "Base currency in one contract", [Name], c =>
        {
            Instrument i = c.Instrument(catalog);
            c.Reply(j =>
            {
                j.WriteStartObject();
                j.WriteDecimal("contract_size"u8, i.LotUnits, Instrument.AmountDecimals);
                j.WriteEndObject();
            });
        }),
        Ask("get_expirations", "Days on which markets end",
            [Text("currency", "Base or settlement currency; any (default) for all together, grouped for each by itself"), Kind],
            Expirations),
        Ask("get_index_price_names", "Names of the indices", [], c => c.Reply(Indexes)),
        Ask("get_supported_index_names", "Names of the indices", [], c => c.Reply(Indexes)),
        new("public/get_index_price", "An index's price", KeyScopes.None, 1,
            [Text("index_name", "As in get_index_price_names", required: true)], IndexPrice),
        new("public/get_index", "The index of a currency", KeyScopes.None, 1, [Text("currency", "Base currency", required: true)],
            OldIndex),
        new("public/ticker", "Prices, the top of the book, funding and Greeks", KeyScopes.None, 1, [Name], Ticker),
        new("public/get_order_book", "The book, with what ticker says", KeyScopes.None, 2,
            [Name, Integer("depth", "Prices a side, 1 to 10,000; default 5")], OrderBook),
        new("public/get_book_summary_by_instrument", "A line about one market", KeyScopes.None, 1, [Name],
            c => Summaries(c, [c.Instrument(catalog)])),
        new("public/get_book_summary_by_currency", "A line about each market", KeyScopes.None, 4, [Currency, Kind],
            c => Summaries(c, [.. catalog.Current.All.Where(i => i.IsActive).Where(c.Choice())])),
    ];

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("public/" + name, about, KeyScopes.None, 1, parameters, c => AllMethods.Done(() => handler(c)));

    private static void Version(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("version"u8, "surety-" + typeof(PublicMethods).Assembly.GetName().Version!.ToString(3));
        json.WriteEndObject();
    }

    private static void EmptyList(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteEndArray();
    }

    private void Status(RpcCall call) => call.Reply(json =>
    {
        IEnumerable<Instrument> halted = catalog.Current.All.Where(i => i.Status is MarketStatus.Halted);
        json.WriteStartObject();
        json.WriteString("locked"u8, !venue.IsReady ? "true"u8 : halted.Any() ? "partial"u8 : "false"u8);
        json.WriteStartArray("locked_indices"u8);
        foreach (string index in halted.Select(i => i.IndexName).Distinct())
        {
            json.WriteStringValue(index);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private void Currencies(RpcCall call) => call.Reply(json =>
    {
        InstrumentList list = catalog.Current;
        json.WriteStartArray();
        // Bases that cannot be deposited are currencies, too, to software that looks for a market by its base.
        foreach (string name in list.Currencies.Select(c => c.Name).Concat(list.All.Select(i => i.Base)).Distinct())
        {
            Currency? asset = list.FindCurrency(name);
            json.WriteStartObject();
            json.WriteString("currency"u8, name);
            json.WriteString("currency_long"u8, name);
            json.WriteString("coin_type"u8, name);
            json.WriteBoolean("in_cross_collateral_pool"u8, asset is not null);
            // The operator's custody credits deposits: the venue itself counts no confirmations.
            json.WriteNumber("min_confirmations"u8, 0);
            json.WriteNumber("decimals"u8, asset?.Decimals ?? 8);
            json.WriteNumber("fee_precision"u8, asset?.Decimals ?? 8);
            json.WriteNumber("withdrawal_fee"u8, 0);
            json.WriteNumber("min_withdrawal_fee"u8, 0);
            json.WriteDecimal("initial_haircut"u8, asset?.HaircutPpm ?? 0, 6);
            json.WriteStartArray("withdrawal_priorities"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private void Instruments(RpcCall call)
    {
        Func<Instrument, bool> choice = call.Choice();
        bool expired = call.Flag("expired");
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (Instrument i in catalog.Current.All.Where(i => i.IsActive != expired).Where(choice))
            {
                Market(json, i);
            }
            json.WriteEndArray();
        });
    }

    private void Market(Utf8JsonWriter json, Instrument i) => Views.Market(json, i, BaseFees(i), history.ListedMs(i.Number));

    private (int Maker, int Taker, int Liquidation) BaseFees(Instrument i)
    {
        FeeTier tier = venue.State.Pools[i.Pool].FeeTiers[0];
        return (tier.MakerPpm, tier.TakerPpm, venue.State.Pools[i.Pool].LiquidationFeePpm);
    }

    private void Expirations(RpcCall call)
    {
        string currency = call.Text("currency", "any").ToLowerInvariant();
        string kind = call.Text("kind", "any");
        List<Instrument> open = [.. catalog.Current.All.Where(i => i.IsActive && (kind == "any" || kind == i.Kind))];
        List<string> groups = [.. open.SelectMany(i => (string[])[i.Base.ToLowerInvariant(), i.Settle.ToLowerInvariant()]).Distinct()];
        if (currency is not ("any" or "grouped") && !groups.Contains(currency) && catalog.Current.FindCurrency(currency) is null)
        {
            throw RpcException.BadParam("currency",
                $"currency: expected any, grouped or one of {string.Join(", ", groups)}, found {Instrument.Short(currency)}");
        }
        call.Reply(json =>
        {
            json.WriteStartObject();
            if (currency == "any")
            {
                Days(json, kind, open);
            }
            foreach (string group in groups.Union(currency is "any" or "grouped" ? [] : [currency])
                .Where(g => currency == "grouped" || g == currency))
            {
                json.WriteStartObject(group);
                Days(json, kind,
                    open.Where(i => i.Base.Equals(group, StringComparison.OrdinalIgnoreCase)
                    || i.Settle.Equals(group, StringComparison.OrdinalIgnoreCase)));
                json.WriteEndObject();
            }
            json.WriteEndObject();
        });
    }

    private static void Days(Utf8JsonWriter json, string kind, IEnumerable<Instrument> of)
    {
        ILookup<string, Instrument> kinds = of.ToLookup(i => i.Kind);
        foreach (string one in kind != "any"
            ? [kind]
            : kinds.Contains("contract")
            ? (string[])["future", "option", "contract"]
            : ["future", "option"])
        {
            json.WriteStartArray(one);
            foreach (string day in kinds[one].Select(i => i.IsPerpetual ? "PERPETUAL" : Day(i.ExpiryMs)).Distinct())
            {
                json.WriteStringValue(day);
            }
            json.WriteEndArray();
        }
    }

    // From the expiry, not from the name, which need not hold it.
    private static string Day(long ms) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString("dMMMyy", System.Globalization.CultureInfo.InvariantCulture).ToUpperInvariant();

    private void Indexes(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (string name in catalog.Current.Indexes)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
    }

    private async Task IndexPrice(RpcCall call)
    {
        string name = call.Needed("index_name").ToLowerInvariant();
        int number = catalog.Current.Indexes.ToList().IndexOf(name);
        if (number < 0)
        {
            throw RpcException.NotFound($"index_name: there is no index {Instrument.Short(name)}; see public/get_index_price_names");
        }
        (PriceState state, long price, long dispersion, ushort sources, long timeNs) = await venue.ReadAsync(l =>
        {
            ref readonly PriceIndex index = ref l.Engine.State.Indexes[number];
            return (index.State, index.Price, index.Dispersion, index.SourceCount, index.TimeNs);
        });
        int decimals = catalog.Current.IndexDecimals[number];
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteDecimal("index_price"u8, price, decimals);
            json.WriteDecimal("estimated_delivery_price"u8, price, decimals);
            json.WriteDecimal("dispersion"u8, dispersion, decimals);
            json.WriteString("state"u8, state.ToString());
            json.WriteNumber("sources"u8, sources);
            json.WriteNumber("timestamp"u8, timeNs / 1_000_000);
            json.WriteEndObject();
        });
    }

    private async Task OldIndex(RpcCall call)
    {
        string currency = call.Needed("currency");
        Instrument i = catalog.Current.All.FirstOrDefault(i => string.Equals(i.Base, currency, StringComparison.OrdinalIgnoreCase))
            ?? throw RpcException.NotFound($"currency: nothing is traded on {Instrument.Short(currency)}");
        long price = await venue.ReadAsync(l => l.Engine.State.Indexes[i.IndexNumber].Price);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName(i.Base);
            json.WriteDecimalValue(price, i.PriceDecimals);
            json.WriteDecimal("edp"u8, price, i.PriceDecimals);
            json.WriteEndObject();
        });
    }

    private async Task Ticker(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        MarketView view = await venue.ReadAsync(l => MarketView.Of(l.Engine, i.Number, l.LastSequence));
        call.Reply(json => Views.Ticker(json, view, i, history));
    }

    private async Task OrderBook(RpcCall call)
    {
        Instrument i = call.Instrument(catalog);
        int depth = (int)call.Integer("depth", 5, 1, MostDepth);
        MarketView view = await venue.ReadAsync(l => MarketView.Of(l.Engine, i.Number, l.LastSequence, depth));
        call.Reply(json => Views.OrderBook(json, view, i, history));
    }

    private async Task Summaries(RpcCall call, IReadOnlyList<Instrument> instruments)
    {
        List<MarketView> views =
            await venue.ReadAsync(l => instruments.Select(i => MarketView.Of(l.Engine, i.Number, l.LastSequence)).ToList());
        call.Reply(json =>
        {
            json.WriteStartArray();
            for (int k = 0; k < views.Count; k++)
            {
                Views.Summary(json, views[k], instruments[k], history.Day(instruments[k].Number, views[k].TimeNs / 1_000_000));
            }
            json.WriteEndArray();
        });
    }
}
