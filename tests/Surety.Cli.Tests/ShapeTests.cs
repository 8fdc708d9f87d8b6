using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Client;
using Surety.Gateway.Api;
using Surety.Node.Settings;

namespace Surety.Cli.Tests;

/// <summary>Answers have the fields that the published schema requires, and they mean what they mean there.</summary>
[Collection("node")]
public class ShapeTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";

    // Fields that Deribit's published schema requires and this venue has a value for: n a number, s a text, b true or false, a a list, o an
    // object, 0 a number or null, ? anything.
    private static readonly (string Method, string Params, string At, string Fields)[] Required =
    [
        ("public/get_order_book", """{"instrument_name":"BTC_USDC-PERPETUAL"}""", "", "timestamp:n instrument_name:s state:s change_id:n bids:a asks:a stats:o best_bid_price:0 best_bid_amount:n best_ask_price:0 best_ask_amount:n mark_price:n index_price:n last_price:0 min_price:n max_price:n open_interest:n current_funding:n funding_8h:n estimated_delivery_price:n"),
        ("public/get_order_book", """{"instrument_name":"BTC_USDC-PERPETUAL"}""", "stats", "high:0 low:0 volume:n volume_usd:n price_change:0"),
        ("public/get_order_book", """{"instrument_name":"OPTION"}""", "", "underlying_price:n underlying_index:s mark_iv:n bid_iv:n ask_iv:n interest_rate:n greeks:o stats:o estimated_delivery_price:n"),
        ("public/ticker", """{"instrument_name":"BTC_USDC-PERPETUAL"}""", "", "timestamp:n stats:o state:s open_interest:n min_price:n max_price:n mark_price:n last_price:0 instrument_name:s index_price:n best_bid_price:0 best_bid_amount:n best_ask_price:0 best_ask_amount:n estimated_delivery_price:n"),
        ("public/ticker", """{"instrument_name":"OPTION"}""", "greeks", "delta:n gamma:n vega:n theta:n rho:n"),
        ("public/get_book_summary_by_currency", """{"currency":"BTC","kind":"option"}""", "0", "instrument_name:s base_currency:s quote_currency:s mark_price:n open_interest:n volume:n underlying_price:n underlying_index:s mark_iv:n interest_rate:n estimated_delivery_price:n creation_timestamp:n"),
        ("public/get_trade_volumes", "{}", "0", "currency:s futures_volume:n calls_volume:n puts_volume:n spot_volume:n"),
        ("public/get_trade_volumes", """{"extended":true}""", "0", "currency:s futures_volume:n calls_volume:n puts_volume:n spot_volume:n futures_volume_7d:n calls_volume_7d:n puts_volume_7d:n spot_volume_7d:n futures_volume_30d:n calls_volume_30d:n puts_volume_30d:n spot_volume_30d:n"),
        ("public/ticker", """{"instrument_name":"BTC_USDC-PERPETUAL"}""", "", "interest_value:n current_funding:n funding_8h:n"),
        ("private/get_account_summary", """{"currency":"USDC","extended":true}""", "fees.0", "index_name:s kind:s value:o"),
        ("private/get_account_summary", """{"currency":"USDC","extended":true}""", "fees.0.value.default", "type:s maker:n taker:n"),
        ("private/get_account_summary", """{"currency":"USDC"}""", "", "additional_reserve:n spot_reserve:n locked_balance:n"),
        ("private/get_position", """{"instrument_name":"BTC_USDC-PERPETUAL"}""", "", "interest_value:n realized_funding:n"),
        ("private/get_user_trades_by_currency", """{"currency":"BTC"}""", "trades.0", "profit_loss:n"),
        ("private/list_api_keys", "{}", "0",
            "id:n client_id:s client_secret:s default:b enabled:b name:s max_scope:s timestamp:n enabled_features:a ip_whitelist:a"),
        ("private/create_api_key", """{"max_scope":"trade:read","name":"shape"}""", "", "id:n client_id:s client_secret:s default:b enabled:b name:s max_scope:s timestamp:n enabled_features:a"),
        ("private/get_transfers", """{"currency":"USDC"}""", "", "count:n data:a"),
        ("private/get_transfers", """{"currency":"USDC"}""", "data.0", "id:n amount:n created_timestamp:n currency:s direction:s other_side:s state:s type:s updated_timestamp:n"),
        ("private/get_deposits", """{"currency":"USDC"}""", "data.0", "amount:n currency:s received_timestamp:n state:s updated_timestamp:n address:? transaction_id:?"),
        ("public/get_instruments", """{"currency":"BTC","kind":"future"}""", "0", "instrument_name:s instrument_id:n kind:s base_currency:s quote_currency:s counter_currency:s settlement_currency:s settlement_period:s future_type:s tick_size:n contract_size:n min_trade_amount:n maker_commission:n taker_commission:n max_liquidation_commission:n max_leverage:n is_active:b expiration_timestamp:n creation_timestamp:n price_index:s rfq:b"),
        ("public/get_currencies", "{}", "0",
            "currency:s currency_long:s coin_type:s min_confirmations:n withdrawal_fee:n "
            + "fee_precision:n decimals:n in_cross_collateral_pool:b"),
        ("public/get_expirations", """{"currency":"BTC","kind":"any"}""", "btc", "future:a option:a"),
        ("public/get_expirations", """{"currency":"grouped","kind":"any"}""", "eth", "future:a option:a"),
        ("public/get_expirations", """{"currency":"any","kind":"any"}""", "", "future:a option:a"),
        ("public/get_last_trades_by_instrument", """{"instrument_name":"BTC_USDC-PERPETUAL"}""", "trades.0", "trade_seq:n trade_id:s timestamp:n tick_direction:n price:n mark_price:n instrument_name:s index_price:n direction:s amount:n"),
        ("private/get_account_summary", """{"currency":"USDC","extended":true}""", "", "currency:s equity:n balance:n margin_balance:n available_funds:n available_withdrawal_funds:n initial_margin:n maintenance_margin:n projected_initial_margin:n projected_maintenance_margin:n total_pl:n session_upl:n session_rpl:n futures_pl:n futures_session_upl:n futures_session_rpl:n options_pl:n options_session_upl:n options_session_rpl:n options_value:n options_delta:n options_gamma:n options_vega:n options_theta:n options_gamma_map:o options_vega_map:o options_theta_map:o delta_total:n delta_total_map:o projected_delta_total:n fee_balance:n email:s system_name:s username:s type:s id:n security_keys_enabled:b portfolio_margining_enabled:b cross_collateral_enabled:b margin_model:s"),
        ("private/get_account_summaries", "{}", "", "id:n email:s system_name:s username:s type:s summaries:a"),
        ("private/get_positions", "{}", "0",
            "instrument_name:s kind:s direction:s size:n average_price:n mark_price:n index_price:n floating_profit_loss:n "
            + "realized_profit_loss:n total_profit_loss:n initial_margin:n maintenance_margin:n open_orders_margin:n leverage:n delta:n"),
        ("private/get_open_orders", "{}", "0",
            "order_id:s order_state:s order_type:s time_in_force:s instrument_name:s direction:s price:? amount:n filled_amount:n "
            + "average_price:n label:s post_only:b reduce_only:b is_liquidation:b api:b web:b mmp:b risk_reducing:b "
            + "is_rebalance:b replaced:b user_id:n creation_timestamp:n last_update_timestamp:n"),
        ("private/get_user_trades_by_currency", """{"currency":"BTC"}""", "trades.0", "trade_seq:n trade_id:s timestamp:n tick_direction:n state:s self_trade:b price:n order_type:s order_id:s matching_id:? mark_price:n liquidity:s instrument_name:s index_price:n fee:n fee_currency:s direction:s amount:n api:b mmp:b post_only:b reduce_only:b risk_reducing:b user_id:n"),
        ("private/get_transaction_log", """{"currency":"USDC"}""", "logs.0", "id:n user_id:n user_seq:n username:s timestamp:n type:s currency:s change:n cashflow:n commission:n balance:n"),
        ("private/get_trigger_order_history", """{"currency":"BTC"}""", "", "entries:a continuation:?"),
        ("private/get_trigger_order_history", """{"currency":"BTC"}""", "entries.0", "trigger_order_id:s request:s trigger:s order_state:s order_type:s direction:s instrument_name:s amount:n timestamp:n trigger_price:n"),
        ("private/set_mmp_config", """{"instrument_name":"BTC_USDC-PERPETUAL","interval":1,"quantity_limit":1,"delta_limit":1}""", "0", "index_name:s interval:n frozen_time:n quantity_limit:n delta_limit:n"),
        ("private/mass_quote", """{"quotes":[{"instrument_name":"BTC_USDC-PERPETUAL"}]}""", "", "orders:a trades:a errors:a"),
        ("private/get_subaccounts", "{}", "0",
            "id:n email:s is_password:b login_enabled:b receive_notifications:b system_name:s security_keys_enabled:b type:s username:s"),
        ("private/get_subaccounts_details", """{"currency":"BTC","with_open_orders":true}""", "0", "uid:n positions:a open_orders:a"),
        ("private/create_subaccount", "{}", "",
            "id:n email:s is_password:b login_enabled:b receive_notifications:b system_name:s type:s username:s"),
    ];

    // The same of channels: of the first message, and where in it.
    private static readonly (string Channel, string At, string Fields)[] RequiredOfChannels =
    [
        ("book.BTC_USDC-PERPETUAL.100ms", "", "type:s timestamp:n instrument_name:s change_id:n bids:a asks:a"),
        ("book.BTC_USDC-PERPETUAL.none.10.100ms", "", "timestamp:n instrument_name:s change_id:n bids:a asks:a"),
        ("ticker.BTC_USDC-PERPETUAL.100ms", "",
            "timestamp:n stats:o state:s open_interest:n min_price:n max_price:n mark_price:n last_price:0 instrument_name:s "
            + "index_price:n best_bid_price:0 best_bid_amount:n best_ask_price:0 best_ask_amount:n "
            + "estimated_delivery_price:n current_funding:n funding_8h:n interest_value:n"),
        ("ticker.OPTION.100ms", "", "mark_iv:n bid_iv:n ask_iv:n underlying_price:n underlying_index:s interest_rate:n greeks:o"),
        ("quote.BTC_USDC-PERPETUAL", "",
            "timestamp:n instrument_name:s best_bid_price:0 best_bid_amount:n best_ask_price:0 best_ask_amount:n"),
        ("perpetual.BTC_USDC-PERPETUAL.100ms", "", "timestamp:n interest:n index_price:n"),
        ("deribit_price_index.btc_usdc", "", "index_name:s timestamp:n price:n"),
        ("trades.BTC_USDC-PERPETUAL.raw", "0",
            "trade_seq:n trade_id:s timestamp:n tick_direction:n price:n mark_price:n "
            + "instrument_name:s index_price:n direction:s amount:n"),
        ("chart.trades.BTC_USDC-PERPETUAL.1", "", "tick:n open:n high:n low:n close:n volume:n cost:n"),
        ("platform_state", "", "locked:b"),
        ("user.orders.any.any.raw", "",
            "order_id:s order_state:s order_type:s instrument_name:s direction:s price:? amount:n filled_amount:n average_price:n "
            + "label:s time_in_force:s post_only:b reduce_only:b creation_timestamp:n last_update_timestamp:n"),
        ("user.trades.any.any.raw", "0",
            "trade_id:s trade_seq:n order_id:s instrument_name:s price:n amount:n fee:n fee_currency:s liquidity:s "
            + "profit_loss:n state:s index_price:n mark_price:n matching_id:? timestamp:n tick_direction:n"),
        ("user.changes.any.any.raw", "", "instrument_name:s orders:a trades:a positions:a"),
        ("user.portfolio.USDC", "",
            "currency:s equity:n balance:n margin_balance:n available_funds:n initial_margin:n maintenance_margin:n "
            + "total_pl:n session_upl:n session_rpl:n futures_pl:n options_pl:n delta_total:n fee_balance:n"),
    ];

    [Fact]
    public async Task Channels_have_the_fields_that_the_published_schema_requires()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = client;
        string option =
            (await client.CallAsync("public/get_instruments", new { currency = "BTC", kind = "option" }))[0].GetProperty("instrument_name")
                .GetString()!;
        await using Listener listener = await Listener.ConnectAsync(node.Url);
        await listener.AskAsync("public/auth", new { grant_type = "client_credentials", client_id = id, client_secret = secret });
        (string Channel, string At, string Fields)[] wanted =
            [.. RequiredOfChannels.Select(r => r with { Channel = r.Channel.Replace("OPTION", option, StringComparison.Ordinal) })];
        JsonElement answer = await listener.AskAsync("private/subscribe", new { channels = wanted.Select(w => w.Channel) });
        Assert.Equal(wanted.Length, answer.GetProperty("result").GetArrayLength());
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market" });
        var wrong = new List<string>();
        foreach ((string channel, string at, string fields) in wanted)
        {
            if (await listener.WaitAsync(m => m.Contains($"\"channel\":\"{channel}\"", StringComparison.Ordinal),
                10_000) is not { } message)
            {
                wrong.Add($"{channel}: nothing was told");
                continue;
            }
            using JsonDocument document = JsonDocument.Parse(message);
            wrong.AddRange(Missing(At(document.RootElement.GetProperty("params").GetProperty("data"), at), fields)
                .Select(f => $"{channel} {at}: {f}"));
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Answers_have_the_fields_that_the_published_schema_requires()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal mark = await BusyAsync(client);
        string option =
            (await client.CallAsync("public/get_instruments", new { currency = "BTC", kind = "option" }))[0].GetProperty("instrument_name")
                .GetString()!;
        var wrong = new List<string>();
        foreach ((string method, string parameters, string at, string fields) in Required)
        {
            using JsonDocument document = JsonDocument.Parse(parameters.Replace("OPTION", option, StringComparison.Ordinal));
            JsonElement found = await client.CallAsync(method, document.RootElement);
            found = At(found, at);
            wrong.AddRange(Missing(found, fields).Select(f => $"{method} {parameters} {at}: {f}"));
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Channels_tell_what_they_tell_there()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = client;
        using ClientWebSocket socket = await OpenAsync();
        await AskAsync(socket, $$$"""{"id":1,"method":"public/auth","params":{"grant_type":"client_credentials","client_id":"{{{id}}}","client_secret":"{{{secret}}}","state":"mine"}}""");
        // A fill of before, which must not be counted again.
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market" });
        await AskAsync(socket, """{"id":2,"method":"private/subscribe","params":{"channels":["user.orders.any.any.raw","user.trades.any.any.raw","user.changes.any.any.raw","user.portfolio.any","trades.future.BTC.100ms"]}}""");
        await Task.Delay(300);
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.02, type = "market", label = "new" });
        Dictionary<string, List<JsonElement>> told = await ListenAsync(socket, TimeSpan.FromSeconds(3));
        Assert.Contains("\"state\":\"mine\"", _first, StringComparison.Ordinal);
        Assert.All(told["user.orders.any.any.raw"], o => Assert.Equal("new", o.GetProperty("label").GetString()));
        Assert.All(told["user.trades.any.any.raw"].SelectMany(t => t.EnumerateArray()),
            t => Assert.Equal("new", t.GetProperty("label").GetString()));
        JsonElement change = told["user.changes.any.any.raw"].Last(c => c.GetProperty("trades").GetArrayLength() > 0);
        Assert.Equal(Perpetual, change.GetProperty("instrument_name").GetString());
        Assert.Equal(0.03m, Assert.Single(change.GetProperty("positions").EnumerateArray()).GetProperty("size").GetDecimal());
        Assert.Contains(told["user.portfolio.any"],
            p => p.GetProperty("currency").GetString() == "USDC" && p.GetProperty("equity").GetDecimal() > 90_000);
        Assert.All(told["user.portfolio.any"], p => Assert.NotEqual("ANY", p.GetProperty("currency").GetString()));
        foreach (
            string channel in (string[])["instrument.state.nothing.any", "markprice.options.btc_usdc", "user.lock",
                "user.mmp_trigger.btc_usdc", "nothing", "2|user.portfolio.USDC"])
        {
            string answer = await AskAsync(socket, $$$"""{"id":3,"method":"private/subscribe","params":{"channels":["book.{{{Perpetual}}}.100ms","{{{channel}}}"]}}""", "\"id\":3");
            Assert.Contains("-32602", answer, StringComparison.Ordinal);
            Assert.Contains(channel, answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_told_of_options_prices_and_trades_is_computed()
    {
        await using VenueClient client = await VenueClient.ConnectAsync(node.Url);
        JsonElement trades =
            (await client.CallAsync("public/get_last_trades_by_instrument",
                new { instrument_name = Perpetual, count = 100, sorting = "asc" })).GetProperty("trades");
        decimal last = 0;
        int direction = -1;
        foreach (JsonElement trade in trades.EnumerateArray())
        {
            decimal price = trade.GetProperty("price").GetDecimal();
            int told = trade.GetProperty("tick_direction").GetInt32();
            if (last != 0)
            {
                Assert.Equal(price > last ? 0 : price < last ? 2 : direction >= 2 ? 3 : 1, told);
            }
            (last, direction) = (price, told);
        }
        decimal index =
            (await client.CallAsync("public/get_index_price", new { index_name = "btc_usdc" })).GetProperty("index_price").GetDecimal();
        (VenueClient trader, _, _, _) = await node.TraderAsync();
        await using VenueClient own = trader;
        JsonElement near =
            (await client.CallAsync("public/get_instruments", new { currency = "BTC", kind = "option" })).EnumerateArray()
                .MinBy(o => Math.Abs(o.GetProperty("strike").GetDecimal() - index));
        string option = near.GetProperty("instrument_name").GetString()!;
        decimal tick = near.GetProperty("tick_size").GetDecimal();
        decimal mark =
            Math.Floor((await client.CallAsync("public/ticker", new { instrument_name = option })).GetProperty("mark_price").GetDecimal()
                / tick) * tick;
        foreach ((string side, decimal price) in ((string, decimal)[])[("buy", mark - (2 * tick)), ("sell", mark + (4 * tick))])
        {
            await trader.CallAsync("private/" + side, new { instrument_name = option, amount = "0.01", price, post_only = true });
        }
        JsonElement ticker = await client.CallAsync("public/ticker", new { instrument_name = option });
        (decimal bid, decimal model, decimal ask) =
            (ticker.GetProperty("bid_iv").GetDecimal(), ticker.GetProperty("mark_iv").GetDecimal(),
                ticker.GetProperty("ask_iv").GetDecimal());
        Assert.True(bid > 0 && bid < ask, $"{option}: {ticker}");
        Assert.InRange(model, bid - 25, ask + 25);
        Assert.InRange(ticker.GetProperty("index_price").GetDecimal(), index * 0.5m, index * 2m);
        foreach (
            JsonElement trade in (
                await client.CallAsync("public/get_last_trades_by_currency", new { currency = "BTC", kind = "option", count = 20 }))
                    .GetProperty("trades").EnumerateArray())
        {
            Assert.InRange(trade.GetProperty("index_price").GetDecimal(), index * 0.5m, index * 2m);
        }
    }

    [Fact]
    public async Task The_transaction_log_adds_up_to_the_balance()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        foreach ((string side, double amount) in ((string, double)[])[("buy", 0.5), ("sell", 0.2), ("sell", 0.6), ("buy", 0.3)])
        {
            await client.CallAsync("private/" + side, new { instrument_name = Perpetual, amount, type = "market" });
        }
        JsonElement sub = await client.CallAsync("private/create_subaccount");
        await client.CallAsync("private/submit_transfer_to_subaccount", new
        {
            currency = "USDC",
            amount = 1_000,
            destination = sub.GetProperty("id").GetInt64(),
        });
        decimal balance =
            (await client.CallAsync("private/get_account_summary", new { currency = "USDC" })).GetProperty("balance").GetDecimal();
        var entries = new List<JsonElement>();
        for (long? from = null; ;)
        {
            JsonElement page =
                await client.CallAsync("private/get_transaction_log", from is null ? new { currency = "USDC", count = 2 } : new
                {
                    currency = "USDC",
                    count = 2,
                    continuation = from,
                });
            entries.AddRange(page.GetProperty("logs").EnumerateArray());
            if (page.GetProperty("continuation").ValueKind == JsonValueKind.Null)
            {
                break;
            }
            from = page.GetProperty("continuation").GetInt64();
        }
        Assert.Equal(balance, entries.Sum(e => e.GetProperty("change").GetDecimal()));
        Assert.Equal(balance, entries[0].GetProperty("balance").GetDecimal());
        for (int i = 1; i < entries.Count; i++)
        {
            Assert.Equal(entries[i - 1].GetProperty("balance").GetDecimal() - entries[i - 1].GetProperty("change").GetDecimal(),
                entries[i].GetProperty("balance").GetDecimal());
        }
        decimal fees =
            (await client.CallAsync("private/get_user_trades_by_currency", new { currency = "BTC", count = 1000 })).GetProperty("trades")
                .EnumerateArray().Sum(t => t.GetProperty("fee").GetDecimal());
        Assert.Equal(fees, entries.Sum(e => e.GetProperty("commission").GetDecimal()));
        Assert.Equal(["deposit", "trade", "transfer"],
            entries.Select(e => e.GetProperty("type").GetString()!).Distinct().Order(StringComparer.Ordinal));
        JsonElement only =
            (await client.CallAsync("private/get_transaction_log", new { currency = "USDC", query = "transfer" })).GetProperty("logs");
        Assert.Equal(-1_000m, Assert.Single(only.EnumerateArray()).GetProperty("change").GetDecimal());
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","method":"public/test"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"public/ticker","params":{"instrument_name":"\udfff"}}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"\ud800":2,"method":"public/test"}""", -32600)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"public/test","params":{"\ud83d":1}}]""", -32600)]
    public async Task Text_that_is_no_unicode_is_answered(string text, int code)
    {
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri(node.Url + "/api/v2"), new StringContent(text, Encoding.UTF8, "application/json"));
        Assert.Contains($"\"code\":{code}", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpResponseMessage raw =
            await node.Http.PostAsync(new Uri(node.Url + "/api/v2"),
                new ByteArrayContent(
                [.. "{\"id\":1,\"method\":\"public/hello\",\"params\":{\"client_name\":\""u8, 0xC3, 0x28, .. "\"}}"u8]));
        Assert.Contains($"\"code\":{code}", await raw.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using ClientWebSocket socket = await OpenAsync();
        Assert.Contains($"\"code\":{code}", await AskAsync(socket, text), StringComparison.Ordinal);
        using HttpResponseMessage plain = await node.Http.PostAsync(new Uri(node.Url + "/api/v2/public/ticker"), new StringContent("""{"instrument_name":"\ud800"}""", Encoding.UTF8, "application/json"));
        Assert.Contains("\"code\":-32602", await plain.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public/ticker", """{"id":"\ud800","method":"public/ticker","params":{"instrument_name":"BTC_USDC-PERPETUAL"}}""")]
    [InlineData("public/test", """{"id":1,"method":"\ud800","params":{}}""")]
    [InlineData("public/test", """{"\ud800":1,"method":"public/test","params":{}}""")]
    [InlineData("public/test", """{"expected_\udc00":1}""")]
    public async Task A_body_that_is_no_unicode_is_answered_at_a_methods_own_address_too(string method, string body)
    {
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri($"{node.Url}/api/v2/{method}"), new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("no Unicode", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_written_as_a_text_that_is_no_unicode_is_refused_by_name()
    {
        using ClientWebSocket socket = await OpenAsync();
        string answer = await AskAsync(socket, """{"id":1,"method":"public/subscribe","params":{"channels":"[\"\\ud800\"]"}}""");
        Assert.Contains("\"code\":-32602", answer, StringComparison.Ordinal);
        Assert.Contains("no Unicode", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_over_ends_neither_the_socket_nor_what_needs_no_log_in()
    {
        string data = Path.Combine(node.Directory, "short");
        DefaultVenue.CreateIfEmpty(data, "short");
        var settings =
            new NodeSettings
            {
                Listen = new ListenSettings { Port = 0 },
                Feed = new FeedSettings { Traders = false },
                Limits = new LimitSettings { SessionSeconds = 3 }
            };
        await using RunningNode running = await RunningNode.StartAsync(data, settings, NullLoggerFactory.Instance, _ => { });
        string[] login = File.ReadAllLines(Path.Combine(data, "identity", "operator-login.txt"));
        (string id, string secret) = (login[0].Split(' ')[1], login[1].Split(' ')[1]);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(running.Host.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        string auth = await AskAsync(socket, $$$"""{"id":1,"method":"public/auth","params":{"grant_type":"client_credentials","client_id":"{{{id}}}","client_secret":"{{{secret}}}"}}""");
        using JsonDocument session = JsonDocument.Parse(auth);
        // Whole seconds, of which a part has passed.
        Assert.InRange(session.RootElement.GetProperty("result").GetProperty("expires_in").GetInt32(), 2, 3);
        Assert.Contains("\"result\"", await AskAsync(socket, """{"id":2,"method":"private/get_subaccounts","params":{}}"""), StringComparison.Ordinal);
        await Task.Delay(3_300);
        string late = await AskAsync(socket, """{"id":3,"method":"private/get_subaccounts","params":{}}""");
        Assert.Contains("\"code\":13009", late, StringComparison.Ordinal);
        Assert.Contains("log in again", late, StringComparison.Ordinal);
        Assert.Contains("\"version\"", await AskAsync(socket, """{"id":4,"method":"public/test"}"""), StringComparison.Ordinal);
        Assert.Contains("\"mark_price\"", await AskAsync(socket, $$$"""{"id":5,"method":"public/ticker","params":{"instrument_name":"{{{Perpetual}}}"}}"""), StringComparison.Ordinal);
        Assert.Contains("-32602", await AskAsync(socket, """{"id":6,"method":"public/subscribe","params":{"channels":["user.events"]}}"""), StringComparison.Ordinal);
        string refresh = session.RootElement.GetProperty("result").GetProperty("refresh_token").GetString()!;
        Assert.Contains("\"access_token\"", await AskAsync(socket, $$$"""{"id":7,"method":"public/auth","params":{"grant_type":"refresh_token","refresh_token":"{{{refresh}}}"}}"""), StringComparison.Ordinal);
        Assert.Contains("\"result\"", await AskAsync(socket, """{"id":8,"method":"private/get_subaccounts","params":{}}"""), StringComparison.Ordinal);
        await Task.Delay(3_300);
        Assert.Contains("\"access_token\"", await AskAsync(socket, $$$"""{"id":9,"method":"public/auth","params":{"grant_type":"client_credentials","client_id":"{{{id}}}","client_secret":"{{{secret}}}"}}"""), StringComparison.Ordinal);
        Assert.Contains("\"result\"", await AskAsync(socket, """{"id":10,"method":"private/get_subaccounts","params":{}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_if_answers_what_the_order_answers()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal mark = await BusyAsync(client);
        (decimal near, decimal far) = (Math.Round(mark * 1.02m), Math.Round(mark * 1.4m));
        foreach ((string direction, string order) in ((string, string)[])[
            ("buy", $$"""{"amount":"1000000","price":{{mark}}}"""), ("buy", $$"""{"amount":"90","price":{{mark}}}"""), ("buy", $$"""{"amount":"0.01","price":{{far}}}"""), ("sell", """{"amount":"0.01","type":"market","reduce_only":true}"""),
            ("buy", $$"""{"amount":"0.01","price":{{near}},"post_only":true,"reject_post_only":true}"""), ("buy", $$"""{"amount":"0.01","price":{{mark - 200}}}"""), ("buy", $$"""{"amount":"5","price":{{mark - 200}},"time_in_force":"fill_or_kill"}"""), ("sell", """{"amount":"0.01","type":"market"}""")])
        {
            using JsonDocument document = JsonDocument.Parse(order);
            var parameters = document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => (object)p.Value);
            parameters["instrument_name"] = Perpetual;
            string answer = "accepted";
            JsonElement said =
                await client.CallAsync("surety/what_if", new Dictionary<string, object>(parameters) { ["direction"] = direction });
            try
            {
                await client.CallAsync("private/" + direction, parameters);
            }
            catch (VenueException e)
            {
                answer = e.Message.Split(": ", 2)[1].Split(';')[0].Split(' ')[0];
            }
            Assert.True(said.GetProperty("accepted").GetBoolean()
                ? answer == "accepted"
                : answer == said.GetProperty("reason").GetString()!.Split(' ')[0], $"{direction} {order}: {said} and then {answer}");
        }
    }

    private string _first = "";

    // Something of everything: a position, an open order, a stop that has ended, fills.
    private static async Task<decimal> BusyAsync(VenueClient client)
    {
        decimal mark =
            Math.Round((await client.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price")
                .GetDecimal());
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market" });
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, price = mark - 300 });
        JsonElement stop = await client.CallAsync("private/sell", new
        {
            instrument_name = Perpetual,
            amount = 0.01,
            type = "stop_market",
            trigger_price = mark - 3_000,
        });
        await client.CallAsync("private/cancel", new { order_id = stop.GetProperty("order").GetProperty("order_id").GetString() });
        JsonElement sub = await client.CallAsync("private/create_subaccount");
        await client.CallAsync("private/submit_transfer_to_subaccount", new
        {
            currency = "USDC",
            amount = 10,
            destination = sub.GetProperty("id").GetInt64(),
        });
        return mark;
    }

    private static JsonElement At(JsonElement found, string at)
    {
        foreach (string step in at.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (found.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            {
                return default;
            }
            found = found.ValueKind == JsonValueKind.Array
                ? found.EnumerateArray().ElementAtOrDefault(int.Parse(step, System.Globalization.CultureInfo.InvariantCulture))
                : found.TryGetProperty(step, out JsonElement next) ? next : default;
        }
        return found;
    }

    private static IEnumerable<string> Missing(JsonElement found, string fields)
    {
        if (found.ValueKind != JsonValueKind.Object)
        {
            return ["nothing is there"];
        }
        return fields.Split(' ').Select(f => f.Split(':')).Where(f => !found.TryGetProperty(f[0], out JsonElement value) || !(f[1] switch
        {
            "n" => value.ValueKind == JsonValueKind.Number,
            "0" => value.ValueKind is JsonValueKind.Number or JsonValueKind.Null,
            "s" => value.ValueKind == JsonValueKind.String,
            "b" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "a" => value.ValueKind == JsonValueKind.Array,
            "o" => value.ValueKind == JsonValueKind.Object,
            _ => true,
        })).Select(f => f[0] + (found.TryGetProperty(f[0], out JsonElement value) ? $" is {value}" : " is missing"));
    }

    private async Task<ClientWebSocket> OpenAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        return socket;
    }

    private async Task<string> AskAsync(ClientWebSocket socket, string text, string until = "")
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);
        string answer;
        do
        {
            answer = await ReceiveAsync(socket, TimeSpan.FromSeconds(10)) ?? "";
        }
        while (answer.Length > 0 && !answer.Contains(until, StringComparison.Ordinal));
        _first = _first.Length == 0 ? answer : _first;
        return answer;
    }

    private static async Task<string?> ReceiveAsync(ClientWebSocket socket, TimeSpan patience)
    {
        var buffer = new byte[1 << 18];
        using var cancel = new CancellationTokenSource(patience);
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(length), cancel.Token);
            length += result.Count;
            if (result.EndOfMessage)
            {
                return Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    // What channels say in a while, by channel. The socket is of no use after that: its last reading was given up.
    private async Task<Dictionary<string, List<JsonElement>>> ListenAsync(ClientWebSocket socket, TimeSpan time)
    {
        var told = new Dictionary<string, List<JsonElement>>();
        DateTime end = DateTime.UtcNow + time;
        await socket.SendAsync("{\"id\":99,\"method\":\"public/set_heartbeat\",\"params\":{\"interval\":10}}"u8.ToArray(),
            WebSocketMessageType.Text, true, default);
        while (DateTime.UtcNow < end)
        {
            using JsonDocument document = JsonDocument.Parse((await ReceiveAsync(socket, TimeSpan.FromSeconds(20)))!);
            if (document.RootElement.TryGetProperty("params", out JsonElement parameters)
                && parameters.TryGetProperty("channel", out JsonElement channel))
            {
                string name = channel.GetString()!;
                told.TryAdd(name, []);
                told[name].Add(parameters.GetProperty("data").Clone());
            }
        }
        return told;
    }
}
