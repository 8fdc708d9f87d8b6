using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Gateway.Api;

namespace Surety.Cli.Tests;

/// <summary>Order methods honour a parameter or refuse it by name: nothing that means money is taken and then not counted.</summary>
[Collection("node")]
public class OrderParamTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";

    // Every parameter that Deribit documents for its methods that place, change and cancel orders, from its published schema.
    private static readonly Dictionary<string, string[]> Documented = new()
    {
        ["private/buy"] =
            ["instrument_name", "amount", "contracts", "type", "label", "price", "time_in_force", "display_amount", "post_only",
                "reject_post_only", "reduce_only", "trigger_price", "trigger_offset", "trigger", "advanced", "mmp", "valid_until",
                "linked_order_type", "trigger_fill_condition", "otoco_config"],
        ["private/sell"] =
            ["instrument_name", "amount", "contracts", "type", "label", "price", "time_in_force", "display_amount", "post_only",
                "reject_post_only", "reduce_only", "trigger_price", "trigger_offset", "trigger", "advanced", "mmp", "valid_until",
                "linked_order_type", "trigger_fill_condition", "otoco_config"],
        ["private/edit"] =
            ["order_id", "amount", "contracts", "price", "post_only", "reduce_only", "reject_post_only", "advanced", "trigger_price",
                "trigger_offset", "mmp", "valid_until", "display_amount"],
        ["private/edit_by_label"] =
            ["label", "instrument_name", "amount", "contracts", "price", "post_only", "reduce_only", "reject_post_only", "advanced",
                "trigger_price", "mmp", "valid_until"],
        ["private/cancel"] = ["order_id"],
        ["private/cancel_all"] = ["detailed", "freeze_quotes"],
        ["private/cancel_all_by_instrument"] = ["instrument_name", "type", "detailed", "include_combos", "freeze_quotes"],
        ["private/cancel_all_by_currency"] = ["currency", "kind", "type", "detailed", "freeze_quotes"],
        ["private/cancel_by_label"] = ["label", "currency"],
        ["private/close_position"] = ["instrument_name", "type", "price"],
        ["private/mass_quote"] = ["quote_id", "mmp_group", "quotes", "wait_for_mmp", "valid_until", "detailed"],
        ["private/set_mmp_config"] =
            ["index_name", "interval", "frozen_time", "mmp_group", "quantity_limit", "delta_limit", "vega_limit", "max_quote_quantity",
                "block_rfq", "trade_limit"],
        ["private/enable_cancel_on_disconnect"] = ["scope"],
        ["private/disable_cancel_on_disconnect"] = ["scope"],
    };

    // A value that asks for something, for each of them.
    private static readonly Dictionary<string, object> Asking = new()
    {
        ["advanced"] = "implv",
        ["mmp"] = true,
        ["linked_order_type"] = "one_cancels_other",
        ["trigger_fill_condition"] = "first_hit",
        ["otoco_config"] = new[] { new { amount = 1 } },
        ["detailed"] = true,
        ["freeze_quotes"] = true,
        ["include_combos"] = true,
        ["quote_id"] = "1",
        ["mmp_group"] = "g",
        ["wait_for_mmp"] = true,
        ["index_name"] = "btc_usdc",
        ["vega_limit"] = 1,
        ["max_quote_quantity"] = 1,
        ["block_rfq"] = true,
        ["trade_limit"] = 1,
        ["scope"] = "account",
        ["type"] = "market_limit",
        ["display_amount"] = 0.001,
        ["trigger_price"] = 7000,
        ["trigger_offset"] = 10,
    };

    [Fact]
    public void Every_documented_parameter_of_an_order_method_is_read_or_refused_by_name()
    {
        Dictionary<string, RpcMethod> methods = node.Running.Gateway.Methods.ToDictionary(m => m.Name);
        foreach ((string name, string[] parameters) in Documented)
        {
            RpcMethod method = methods[name];
            foreach (string parameter in parameters)
            {
                RpcParam? read = method.Params.FirstOrDefault(p => p.Name == parameter);
                RpcParam? refused = method.Unsupported.FirstOrDefault(p => p.Name == parameter);
                Assert.True(read is null != refused is null, $"{name} {parameter} is neither read nor refused, or both");
                Assert.True(refused is null || refused.Instead!.Length > 20, $"{name} {parameter}: what to do instead");
            }
        }
    }

    [Fact]
    public async Task What_is_not_honoured_is_refused_by_name_and_nothing_is_placed()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal price = await PriceAsync(client, 0.97m);
        foreach (
            (string name,
                string[] parameters) in Documented.Where(d =>
                d.Key is not ("private/enable_cancel_on_disconnect" or "private/disable_cancel_on_disconnect")))
        {
            RpcMethod method = node.Running.Gateway.Methods.First(m => m.Name == name);
            foreach (string parameter in parameters.Where(p => method.Unsupported.Any(u => u.Name == p)).Append("no_such_parameter"))
            {
                var given = new Dictionary<string, object?>
                {
                    ["instrument_name"] = Perpetual,
                    ["amount"] = "0.01",
                    ["price"] = price,
                    ["order_id"] = "1",
                    ["label"] = "x",
                    ["currency"] = "BTC",
                    ["type"] = "limit",
                    ["interval"] = 1,
                    ["quotes"] = new[] { new { instrument_name = Perpetual } },
                };
                foreach (string other in given.Keys.Where(k => method.Params.All(p => p.Name != k)).ToList())
                {
                    given.Remove(other);
                }
                RpcParam? unsupported = method.Unsupported.FirstOrDefault(u => u.Name == parameter);
                object asked = Asking.GetValueOrDefault(parameter, "x");
                given[parameter] = unsupported?.Values.Contains(asked.ToString()!.ToLowerInvariant()) == true ? "something" : asked;
                VenueException refused = await Refused(client, name, given);
                Assert.True(refused.Code == -32602 && refused.Message.Contains(parameter, StringComparison.Ordinal),
                    $"{name} {parameter}: {refused.Message}");
                Assert.Contains("not carried out", refused.Message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(0, (await client.CallAsync("private/get_open_orders")).GetArrayLength());
    }

    public static TheoryData<string, string> Combinations => new()
    {
        { """{"type":"market_limit"}""", "type" }, { """{"type":"LIMIT"}""", "type" }, { """{"time_in_force":"gtc"}""", "time_in_force" }, { """{"time_in_force":5}""", "time_in_force" },
        { """{"trigger_price":7000}""", "trigger_price" }, { """{"trigger":"mark_price"}""", "trigger" }, { """{"trigger_offset":10}""", "trigger_offset" }, { """{"stop_price":7000}""", "stop_price" },
        { """{"post_only":"maybe"}""", "post_only" }, { """{"reject_post_only":true}""", "reject_post_only" }, { """{"reduce_only":[true]}""", "reduce_only" }, { """{"max_show":0}""", "max_show" }, { """{"display_amount":0}""", "display_amount" },
        { """{"max_show":0.001,"display_amount":0.002}""", "display_amount" }, { """{"contracts":77}""", "contracts" }, { """{"valid_until":"tomorrow"}""", "valid_until" }, { """{"valid_until":0}""", "valid_until" },
        { """{"time_in_force":"immediate_or_cancel","post_only":true}""", "post_only" }, { """{"time_in_force":"fill_or_kill","max_show":0.001}""", "max_show" }, { """{"time_in_force":"good_til_date"}""", "good_til" },
        { """{"time_in_force":"good_til_day","good_til":4000000000000}""", "good_til" }, { """{"self_trade":"none"}""", "self_trade" }, { """{"trigger":"oracle"}""", "trigger" }, { """{"client_order_id":0}""", "client_order_id" },
        { """{"type":"market","time_in_force":"good_til_day","price":null}""", "time_in_force" }, { """{"type":"market","post_only":true,"price":null}""", "post_only" }, { """{"type":"market","good_til":4000000000000,"price":null}""", "good_til" },
        { """{"type":"stop_market","trigger_price":1}""", "price" }, { """{"type":"stop_limit","trigger_price":1,"post_only":true}""", "post_only" }, { """{"type":"stop_limit","trigger_price":1,"max_show":0.001}""", "max_show" },
        { """{"type":"stop_limit","trigger_price":1,"time_in_force":"immediate_or_cancel"}""", "time_in_force" }, { """{"type":"stop_limit","trigger_price":1,"time_in_force":"fill_or_kill"}""", "time_in_force" }, { """{"type":"stop_limit"}""", "trigger_price" },
        { """{"type":"stop_limit","trigger_price":1,"trigger_offset":5}""", "trigger_offset" }, { """{"type":"trailing_stop","trigger_offset":5,"trigger_price":1,"price":null}""", "trigger_price" }, { """{"type":"stop_limit","trigger_price":7000,"stop_price":7001}""", "stop_price" },
        { """{"triggerPrice":7000}""", "triggerPrice" }, { """{"stopPrice":7000}""", "stopPrice" }, { """{"leverage":5}""", "leverage" }, { """{"amount":{"a":1}}""", "amount" }, { """{"price":"NaN"}""", "price" }, { """{"instrument_name":["x"]}""", "instrument_name" },
    };

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task A_value_or_combination_that_an_order_cannot_honour_is_refused_by_name(string changes, string named)
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        var given = new Dictionary<string, object?>
        {
            ["instrument_name"] = Perpetual,
            ["amount"] = "0.01",
            ["price"] = await PriceAsync(client, 0.97m),
        };
        using JsonDocument document = JsonDocument.Parse(changes);
        foreach (JsonProperty change in document.RootElement.EnumerateObject())
        {
            given[change.Name] = change.Value.ValueKind == JsonValueKind.Null ? null : change.Value.Clone();
        }
        VenueException refused = await Refused(client, "private/buy", given);
        Assert.StartsWith("Invalid params: " + named,
            refused.Message.Replace("invalid_amount: ", "Invalid params: ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, (await client.CallAsync("private/get_open_orders")).GetArrayLength());
    }

    [Fact]
    public async Task A_parameter_given_twice_or_in_two_places_is_refused()
    {
        async Task<string> Post(string path, string body)
        {
            using System.Net.Http.HttpResponseMessage answer =
                await node.Http.PostAsync(new Uri(node.Url + path),
                    new System.Net.Http.StringContent(body, System.Text.Encoding.UTF8, "application/json"));
            return await answer.Content.ReadAsStringAsync();
        }
        Assert.Contains("depth: it is given twice",
            (await node.GetAsync($"/api/v2/public/get_order_book?instrument_name={Perpetual}&depth=1&depth=5")).Text,
            StringComparison.Ordinal);
        Assert.Contains("depth: it is given twice", await Post("/api/v2", $$$"""{"id":1,"method":"public/get_order_book","params":{"instrument_name":"{{{Perpetual}}}","depth":1,"depth":5}}"""), StringComparison.Ordinal);
        Assert.Contains("not in both", await Post("/api/v2/public/get_order_book?depth=5", $$"""{"instrument_name":"{{Perpetual}}"}"""), StringComparison.Ordinal);
        Assert.Contains("must be the same", await Post("/api/v2/public/ticker", $$$"""{"id":1,"method":"public/get_order_book","params":{"instrument_name":"{{{Perpetual}}}"}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_honoured_shows_in_the_order()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal price = await PriceAsync(client, 0.97m);
        long later = (await client.CallAsync("public/get_time")).GetInt64() + 3_600_000;
        JsonElement order = (await client.CallAsync("private/buy", new
        {
            instrument_name = Perpetual,
            amount = "0.02",
            contracts = 20,
            price,
            type = "limit",
            label = "mine",
            post_only = true,
            reject_post_only = true,
            display_amount = 0.005,
            time_in_force = "good_til_date",
            good_til = later,
            valid_until = later,
            client_order_id = 5,
            mmp = false,
            self_trade = "cancel_both",
        })).GetProperty("order");
        Assert.Equal((0.02m, 0.005m, 0.005m, "mine", true, true, "good_til_date", "5"), (
            order.GetProperty("amount").GetDecimal(), order.GetProperty("display_amount").GetDecimal(),
            order.GetProperty("refresh_amount").GetDecimal(), order.GetProperty("label").GetString(),
            order.GetProperty("post_only").GetBoolean(),
            order.GetProperty("reject_post_only").GetBoolean(), order.GetProperty("time_in_force").GetString(),
            order.GetProperty("client_order_id").GetString()));
        JsonElement stop =
            (await client.CallAsync("private/sell",
                new
                {
                    instrument_name = Perpetual,
                    amount = "0.02",
                    type = "stop_limit",
                    price,
                    trigger_price = price,
                    trigger = "mark_price",
                    time_in_force = "good_til_day",
                    reduce_only = true,
                    valid_until = later
                })).GetProperty("order");
        Assert.Equal(("stop_limit", "mark_price", "good_til_date", true),
            (stop.GetProperty("order_type").GetString(), stop.GetProperty("trigger").GetString(),
            stop.GetProperty("time_in_force").GetString(), stop.GetProperty("reduce_only").GetBoolean()));
        // What has lapsed is not placed, and the log-in is not blamed.
        foreach (object late in (object[])[
            new { instrument_name = Perpetual, amount = "0.02", price, valid_until = 1_000 },
            new { instrument_name = Perpetual, amount = "0.02", price, type = "stop_limit", trigger_price = price, valid_until = 1_000 }])
        {
            VenueException expired = await Assert.ThrowsAsync<VenueException>(() => client.CallAsync("private/buy", late));
            Assert.Equal((13888, "timed_out"), (expired.Code, expired.Name));
        }
        // An open stop cannot be edited, and is told so; flags of an order stay as they are.
        VenueException edited = await Refused(client, "private/edit", new()
        {
            ["order_id"] = stop.GetProperty("order_id").GetString(),
            ["amount"] = "0.01",
            ["price"] = price,
        });
        Assert.Contains("cancel it and place a new one", edited.Message, StringComparison.Ordinal);
        VenueException flag = await Refused(client, "private/edit", new()
        {
            ["order_id"] = order.GetProperty("order_id").GetString(),
            ["amount"] = "0.03",
            ["price"] = price,
            ["post_only"] = false,
        });
        Assert.Contains("post_only", flag.Message, StringComparison.Ordinal);
        await client.CallAsync("private/edit", new
        {
            order_id = order.GetProperty("order_id").GetString(),
            amount = "0.03",
            price,
            post_only = true,
            reduce_only = false,
        });
        // Triggers are cancelled by their type, and nothing else is.
        Assert.Equal(1,
            (await client.CallAsync("private/cancel_all_by_instrument", new { instrument_name = Perpetual, type = "trigger_all" }))
            .GetInt32());
        Assert.Equal("limit", (await client.CallAsync("private/get_open_orders"))[0].GetProperty("order_type").GetString());
        Assert.Equal(0, (await client.CallAsync("private/cancel_all_by_currency", new { currency = "ETH" })).GetInt32());
        Assert.Equal(0, (await client.CallAsync("private/cancel_all_by_currency", new { currency = "BTC", kind = "option" })).GetInt32());
        Assert.Equal(0, (await client.CallAsync("private/cancel_by_label", new { label = "mine", currency = "ETH" })).GetInt32());
        Assert.Equal(1, (await client.CallAsync("private/cancel_all")).GetInt32());
        Assert.Equal(0, (await client.CallAsync("private/cancel_all")).GetInt32());
    }

    [Fact]
    public async Task A_quote_with_a_part_that_is_not_honoured_is_refused_whole_and_a_side_that_would_trade_is_told()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal price = await PriceAsync(client, 0.97m);
        foreach (string quote in (string[])[
            $$$"""{"instrument_name":"{{{Perpetual}}}","bid":{"price":{{{price}}},"amount":0.01},"quote_set_id":"1"}""", $$$"""{"instrument_name":"{{{Perpetual}}}","bid":{"price":{{{price}}},"amount":0.01,"post_only":true}}""",
            $$"""{"instrument_name":"{{Perpetual}}","bid":5}""", $$"""{"instrument_name":"{{Perpetual}}","side":"buy","price":{{price}},"amount":0.01}""", "5",
            $$$"""{"instrument_name":"{{{Perpetual}}}","instrument_name":"ETH_USDC-PERPETUAL","bid":{"price":{{{price}}},"amount":0.01}}""", $$$"""{"instrument_name":"{{{Perpetual}}}","bid":{"price":1,"price":{{{price}}},"amount":0.01}}"""])
        {
            using JsonDocument document = JsonDocument.Parse(quote);
            Assert.Equal(-32602,
                (await Assert.ThrowsAsync<VenueException>(() =>
                client.CallAsync("private/mass_quote", new { quotes = new[] { document.RootElement } }))).Code);
        }
        JsonElement quoted =
            await client.CallAsync("private/mass_quote",
                new
                {
                    quotes =
                new[] { new { instrument_name = Perpetual, bid = new { price, amount = 0.01m },
                    ask = new { price = price + 1, amount = 0.01m } } }
                });
        Assert.Equal("buy", quoted.GetProperty("orders")[0].GetProperty("direction").GetString());
        JsonElement error = quoted.GetProperty("errors")[0];
        Assert.Equal((1, "sell", 11054),
            (quoted.GetProperty("errors").GetArrayLength(), error.GetProperty("side").GetString(),
            error.GetProperty("error").GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task The_end_of_a_connection_cancels_what_it_placed_and_nothing_of_others()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient other = await VenueClient.ConnectAsync(node.Url);
        await other.LogInAsync(id, secret);
        decimal price = await PriceAsync(other, 0.97m);
        Assert.Contains("scope", (await Refused(client, "private/enable_cancel_on_disconnect", new() { ["scope"] = "account" })).Message,
            StringComparison.Ordinal);
        await client.CallAsync("private/enable_cancel_on_disconnect", new { scope = "connection" });
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = "0.01", price, label = "gone" });
        await client.CallAsync("private/buy", new
        {
            instrument_name = Perpetual,
            amount = "0.01",
            type = "stop_market",
            trigger_price = price * 2,
            trigger = "mark_price",
            label = "gone",
        });
        await client.CallAsync("private/mass_quote",
            new { quotes = new[] { new { instrument_name = Perpetual, bid = new { price = price - 1, amount = 0.01m } } } });
        await other.CallAsync("private/buy", new { instrument_name = Perpetual, amount = "0.01", price, label = "stays" });
        await client.DisposeAsync();
        JsonElement open = default;
        for (int i = 0; i < 100 && (i == 0 || open.GetArrayLength() > 1); i++)
        {
            await Task.Delay(50);
            open = await other.CallAsync("private/get_open_orders");
        }
        Assert.Equal("stays", Assert.Single(open.EnumerateArray()).GetProperty("label").GetString());
    }

    [Fact]
    public async Task Every_method_refuses_a_parameter_that_it_does_not_have()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        foreach (RpcMethod method in node.Running.Gateway.Methods.Where(m => !m.OperatorOnly))
        {
            VenueException refused = await Refused(client, method.Name, new() { ["no_such_parameter"] = 1 });
            Assert.True(refused.Code is -32602 && refused.Message.Contains("no_such_parameter", StringComparison.Ordinal),
                $"{method.Name}: {refused.Message}");
            foreach (RpcParam p in method.Params.Where(p => p.Kind is not ParamKind.List and not ParamKind.Object))
            {
                VenueException wrong = await Refused(client, method.Name, new() { [p.Name] = new[] { new { a = 1 } } });
                Assert.True(wrong.Code is -32602 && wrong.Message.Contains(p.Name, StringComparison.Ordinal),
                    $"{method.Name} {p.Name}: {wrong.Message}");
            }
        }
    }

    private static async Task<decimal> PriceAsync(VenueClient client, decimal part) =>
        Math.Round((await client.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price").GetDecimal()
            * part);

    private static Task<VenueException> Refused(VenueClient client, string method, Dictionary<string, object?> parameters) =>
        Assert.ThrowsAsync<VenueException>(() => client.CallAsync(method, parameters));
}
