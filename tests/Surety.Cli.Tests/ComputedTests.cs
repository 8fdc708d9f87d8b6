using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Client;
using Surety.Node.Instruments;
using Surety.Node.Settings;
using Surety.Pricing;
using Surety.Pricing.Black;

namespace Surety.Cli.Tests;

/// <summary>Values that answers compute from what happened mean what they say: each is worked out again from other answers.</summary>
[Collection("node")]
public sealed class ComputedTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";
    private const decimal Atom = 0.000001m;

    [Fact]
    public async Task The_volatility_of_an_option_trade_gives_its_price_and_what_was_closed_the_difference_of_prices()
    {
        (VenueClient maker, _, _, _) = await node.TraderAsync();
        (VenueClient taker, _, _, _) = await node.TraderAsync();
        await using VenueClient a = maker;
        await using VenueClient b = taker;
        decimal index =
            (await a.CallAsync("public/get_index_price", new { index_name = "btc_usdc" })).GetProperty("index_price").GetDecimal();
        JsonElement[] options =
            [.. (await a.CallAsync("public/get_instruments", new { currency = "BTC", kind = "option" })).EnumerateArray()];
        long last = options.Max(o => o.GetProperty("expiration_timestamp").GetInt64());
        JsonElement near =
            options.Where(o => o.GetProperty("expiration_timestamp").GetInt64() == last)
                .MinBy(o => Math.Abs(o.GetProperty("strike").GetDecimal() - index));
        string option = near.GetProperty("instrument_name").GetString()!;
        decimal tick = near.GetProperty("tick_size").GetDecimal();
        decimal mark =
            Math.Floor((await a.CallAsync("public/ticker", new { instrument_name = option })).GetProperty("mark_price").GetDecimal() / tick)
                * tick;
        foreach ((string give, string take, decimal price, string amount) in ((string, string, decimal, string)[])
            [("sell", "buy", mark + (2 * tick), "0.05"), ("sell", "buy", mark + (5 * tick), "0.02"), ("buy", "sell", mark - tick, "0.03"),
                ("buy", "sell", mark - (2 * tick), "0.04")])
        {
            await a.CallAsync("private/" + give, new { instrument_name = option, amount, price, post_only = true });
            JsonElement made = await b.CallAsync("private/" + take, new { instrument_name = option, amount, price });
            Assert.Equal("filled", made.GetProperty("order").GetProperty("order_state").GetString());
        }
        JsonElement[] trades =
            [.. (await b.CallAsync("private/get_user_trades_by_instrument", new { instrument_name = option, count = 100, sorting = "asc" }))
                .GetProperty("trades").EnumerateArray()];
        Profits(trades);
        Instrument market = node.Running.Node.Catalog.Current.Find(option)!;
        Dictionary<string, decimal> told =
            (await a.CallAsync("public/get_last_trades_by_instrument", new { instrument_name = option, count = 100 })).GetProperty("trades")
            .EnumerateArray().ToDictionary(t => t.GetProperty("trade_id").GetString()!, t => t.GetProperty("iv").GetDecimal());
        foreach (JsonElement trade in trades)
        {
            decimal iv = trade.GetProperty("iv").GetDecimal();
            Assert.Equal(iv, told[trade.GetProperty("trade_id").GetString()!]);
            Assert.Equal(trade.GetProperty("index_price").GetDecimal(), trade.GetProperty("underlying_price").GetDecimal());
            long left = last - trade.GetProperty("timestamp").GetInt64() - market.WindowMs + (market.WindowMs / 3);
            double price = BlackScholes.OnForward(
                near.GetProperty("option_type").GetString() == "call" ? OptionType.Call : OptionType.Put,
                (double)trade.GetProperty("index_price").GetDecimal(), (double)near.GetProperty("strike").GetDecimal(),
                (double)iv / 100, left / (365.0 * 86_400_000), 0).Price;
            Assert.InRange(Math.Abs(price - (double)trade.GetProperty("price").GetDecimal()), 0, 0.011);
        }
        // No funding on options: balances changed by what was closed, less fees.
        decimal change =
            (await b.CallAsync("private/get_transaction_log", new { currency = "USDC", query = "trade", count = 1000 })).GetProperty("logs")
                .EnumerateArray().Sum(l => l.GetProperty("change").GetDecimal());
        Assert.Equal(change, trades.Sum(t => t.GetProperty("profit_loss").GetDecimal() - t.GetProperty("fee").GetDecimal()));
    }

    [Fact]
    public async Task A_perpetuals_profits_and_funding_are_those_of_its_trades_and_interest_values()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        foreach (
            (string side, double amount) in ((string, double)[])[("buy", 0.05), ("buy", 0.02), ("sell", 0.03), ("sell", 0.1),
                ("buy", 0.01)])
        {
            await client.CallAsync("private/" + side, new { instrument_name = Perpetual, amount, type = "market" });
        }
        Profits([
            .. (await client.CallAsync("private/get_user_trades_by_instrument",
                new { instrument_name = Perpetual, count = 100, sorting = "asc" })).GetProperty("trades").EnumerateArray()]);
        // Between two tickers whose interest value is the same nothing accrued: the position asked in between saw it, too.
        for (int i = 0; i < 100; i++)
        {
            decimal before = Value(await client.CallAsync("public/ticker", new { instrument_name = Perpetual }));
            JsonElement position = await client.CallAsync("private/get_position", new { instrument_name = Perpetual });
            if (Value(await client.CallAsync("public/ticker", new { instrument_name = Perpetual })) == before)
            {
                decimal due = -position.GetProperty("size").GetDecimal() * (before - Value(position));
                Assert.InRange(position.GetProperty("realized_funding").GetDecimal(), due - Atom, due + Atom);
                return;
            }
        }
        Assert.Fail("funding never stood still");
        static decimal Value(JsonElement json) => json.GetProperty("interest_value").GetDecimal();
    }

    [Fact]
    public async Task Volumes_of_a_venue_younger_than_a_week_are_the_same_and_sum_its_trades()
    {
        await using VenueClient client = await VenueClient.ConnectAsync(node.Url);
        JsonElement volumes =
            (await client.CallAsync("public/get_trade_volumes", new { extended = true })).EnumerateArray()
                .Single(v => v.GetProperty("currency").GetString() == "BTC");
        decimal day = volumes.GetProperty("futures_volume").GetDecimal();
        Assert.True(day > 0 && volumes.GetProperty("futures_volume_7d").GetDecimal() >= day
            && volumes.GetProperty("futures_volume_30d").GetDecimal() >= volumes.GetProperty("futures_volume_7d").GetDecimal());
    }

    [Fact]
    public async Task Api_keys_go_by_their_number_too_and_stops_that_ended_are_listed_page_by_page()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        JsonElement made = await client.CallAsync("private/create_api_key", new { max_scope = "account:read", name = "numbered" });
        long number = made.GetProperty("id").GetInt64();
        Assert.NotEmpty(made.GetProperty("client_secret").GetString()!);
        foreach ((string method, bool enabled) in ((string, bool)[])[("disable", false), ("enable", true)])
        {
            JsonElement key = await client.CallAsync($"private/{method}_api_key", new { id = number });
            Assert.Equal((enabled, "", made.GetProperty("client_id").GetString()),
                (key.GetProperty("enabled").GetBoolean(), key.GetProperty("client_secret").GetString(),
                key.GetProperty("client_id").GetString()));
        }
        (VenueClient stranger, _, _, _) = await node.TraderAsync();
        await using VenueClient other = stranger;
        await Assert.ThrowsAsync<VenueException>(() => stranger.CallAsync("private/remove_api_key", new { id = number }));
        await client.CallAsync("private/remove_api_key", new { id = number });
        Assert.DoesNotContain((await client.CallAsync("private/list_api_keys")).EnumerateArray(),
            k => k.GetProperty("id").GetInt64() == number);

        decimal mark =
            Math.Round((await client.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price")
                .GetDecimal());
        var placed = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            JsonElement stop = await client.CallAsync("private/sell", new
            {
                instrument_name = Perpetual,
                amount = 0.01,
                type = "stop_market",
                trigger_price = mark - 3_000,
            });
            placed.Insert(0, stop.GetProperty("order").GetProperty("order_id").GetString()!);
            await client.CallAsync("private/cancel", new { order_id = placed[0] });
        }
        var listed = new List<string>();
        string? from = null;
        do
        {
            JsonElement page =
                await client.CallAsync("private/get_trigger_order_history", from is null ? new { currency = "BTC", count = 2 } : new
                {
                    currency = "BTC",
                    count = 2,
                    continuation = from,
                });
            listed.AddRange(page.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("trigger_order_id").GetString()!));
            from = page.GetProperty("continuation").GetString();
        }
        while (from is not null);
        Assert.Equal(placed, listed);
    }

    [Fact]
    public async Task A_markets_listing_opening_and_settlement_are_told_and_it_says_at_what_it_settled()
    {
        string data = Path.Combine(node.Directory, "states");
        DefaultVenue.CreateIfEmpty(data, "states");
        var settings = new NodeSettings { Listen = new ListenSettings { Port = 0 }, Feed = new FeedSettings { Traders = false } };
        await using RunningNode running = await RunningNode.StartAsync(data, settings, NullLoggerFactory.Instance, _ => { });
        string[] login = File.ReadAllLines(Path.Combine(data, "identity", "operator-login.txt"));
        await using VenueClient client = await VenueClient.ConnectAsync(running.Host.Url);
        await client.LogInAsync(login[0].Split(' ')[1], login[1].Split(' ')[1]);
        await using Listener listener = await Listener.ConnectAsync(running.Host.Url);
        string[] channels =
            ["instrument.state.any.any", "instrument.state.future.BTC", "instrument.state.option.BTC", "instrument.state.future.ETH"];
        Assert.Equal(channels.Length,
            (await listener.AskAsync("public/subscribe", new { channels })).GetProperty("result").GetArrayLength());
        const string Name = "BTC_USDC-1JAN30";
        long expiry = DateTimeOffset.UtcNow.AddSeconds(4).ToUnixTimeMilliseconds();
        await client.CallAsync("surety/operator_list_market", new
        {
            instrument_name = Name,
            index_name = "BTC_USDC",
            tick_size = "0.5",
            contract_size = "0.001",
            max_price = "100000",
            max_position = "1000",
            expiry,
        });
        Assert.NotNull(
            await listener.WaitAsync(m => m.Contains("\"closed\"", StringComparison.Ordinal) && m.Contains(Name, StringComparison.Ordinal),
                15_000));
        foreach (string channel in channels)
        {
            string[] states =
                [.. listener.Told.Select(m => JsonDocument.Parse(m).RootElement.GetProperty("params"))
                    .Where(p => p.GetProperty("channel").GetString() == channel)
                .Select(p => p.GetProperty("data"))
                    .Where(d => d.GetProperty("instrument_name").GetString() == Name && d.GetProperty("timestamp").GetInt64() > 0)
                    .Select(d => d.GetProperty("state").GetString()!)];
            Assert.Equal(channel is "instrument.state.any.any" or "instrument.state.future.BTC"
                ? ["created", "started", "settled", "closed"]
                : [], states);
        }
        JsonElement ticker = await client.CallAsync("public/ticker", new { instrument_name = Name });
        Assert.Equal("closed", ticker.GetProperty("state").GetString());
        decimal settled =
            (await client.CallAsync("public/get_last_settlements_by_instrument", new { instrument_name = Name }))
                .GetProperty("settlements")[0].GetProperty("mark_price").GetDecimal();
        Assert.Equal(settled, ticker.GetProperty("delivery_price").GetDecimal());
    }

    // Of the lots that a trade closes: (price − entry) · size, with entry the mean of what was opened.
    private static void Profits(JsonElement[] trades)
    {
        (decimal size, decimal cost) = (0, 0);
        foreach (JsonElement trade in trades)
        {
            decimal amount = trade.GetProperty("amount").GetDecimal() * (trade.GetProperty("direction").GetString() == "buy" ? 1 : -1);
            decimal price = trade.GetProperty("price").GetDecimal();
            decimal closed = Math.Sign(size) == -Math.Sign(amount) ? -Math.Sign(amount) * Math.Min(Math.Abs(amount), Math.Abs(size)) : 0;
            decimal profit = closed == 0 ? 0 : (price - (cost / size)) * closed;
            Assert.InRange(trade.GetProperty("profit_loss").GetDecimal(), profit - (trades.Length * Atom), profit + (trades.Length * Atom));
            cost = closed == 0 ? cost + (amount * price) : (cost / size * (size - closed)) + ((amount + closed) * price);
            size += amount;
        }
        Assert.Contains(trades, t => t.GetProperty("profit_loss").GetDecimal() != 0);
    }
}
