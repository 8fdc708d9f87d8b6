using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Gateway.Api;
using Surety.Protocol.Commands;

namespace Surety.Cli.Tests;

/// <summary>Who is told what by channels: every channel, every kind of listener, and when a stream ends.</summary>
[Collection("node")]
public sealed class ChannelAccessTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";

    // One name or more of every kind of channel; Every_kind_of_channel_is_tried holds it complete.
    private static readonly Dictionary<ChannelKind, string[]> Names = new()
    {
        [ChannelKind.Book] = [$"book.{Perpetual}.100ms"],
        [ChannelKind.BookDepth] = [$"book.{Perpetual}.none.10.100ms"],
        [ChannelKind.Ticker] = [$"ticker.{Perpetual}.100ms", $"incremental_ticker.{Perpetual}"],
        [ChannelKind.Quote] = [$"quote.{Perpetual}"],
        [ChannelKind.Perpetual] = [$"perpetual.{Perpetual}.100ms"],
        [ChannelKind.Trades] = [$"trades.{Perpetual}.raw", "trades.future.BTC.100ms"],
        [ChannelKind.IndexPrice] = ["deribit_price_index.btc_usdc"],
        [ChannelKind.Chart] = [$"chart.trades.{Perpetual}.1"],
        [ChannelKind.PlatformState] = ["platform_state"],
        [ChannelKind.InstrumentState] = ["instrument.state.any.any", "instrument.state.option.BTC"],
        [ChannelKind.Events] = ["surety.events"],
        [ChannelKind.Blocks] = ["surety.blocks"],
        [ChannelKind.UserOrders] = [$"user.orders.{Perpetual}.raw", "user.orders.any.any.raw"],
        [ChannelKind.UserTrades] = [$"user.trades.{Perpetual}.raw", "user.trades.any.any.100ms"],
        [ChannelKind.UserChanges] = [$"user.changes.{Perpetual}.raw", "user.changes.any.any.raw"],
        [ChannelKind.UserPortfolio] = ["user.portfolio.USDC"],
        [ChannelKind.UserEvents] = ["user.events"],
    };

    private static IEnumerable<string> PrivateNames =>
        Names.Where(n => n.Key.ToString().StartsWith("User", StringComparison.Ordinal)).SelectMany(n => n.Value);

    [Fact]
    public void Every_kind_of_channel_is_tried() => Assert.Equal(Enum.GetValues<ChannelKind>().Order(), Names.Keys.Order());

    [Fact]
    public async Task No_channel_tells_a_stranger_anything_of_an_account_however_it_is_spelled()
    {
        (VenueClient owner, string id, string secret, uint account) = await node.TraderAsync();
        await using VenueClient own = owner;
        (VenueClient other, string otherId, string otherSecret, _) = await node.TraderAsync();
        await other.DisposeAsync();
        await using Listener mine = await Listener.ConnectAsync(node.Url);
        await mine.AskAsync("public/auth", new { grant_type = "client_credentials", client_id = id, client_secret = secret });
        Assert.Equal(PrivateNames.Count(),
            (await mine.AskAsync("private/subscribe", new { channels = PrivateNames })).GetProperty("result").GetArrayLength());

        string[] spellings =
        [
            .. PrivateNames,
            .. PrivateNames.SelectMany(n =>
            new[] { $"{account}|{n}", $"{account}.{n}", $"{account}/{n}", n.ToUpperInvariant(), " " + n, n + " ", n
                + $".{account}", n.Replace("user.", $"user.{account}.", StringComparison.Ordinal), "user." + n }),
        ];
        string[] everything =
            [.. Names.Where(n => !n.Key.ToString().StartsWith("User", StringComparison.Ordinal)).SelectMany(n => n.Value)];
        var strangers = new List<Listener>();
        foreach ((string who, string method) in ((string, string)[])
            [("no log-in", "public"), ("no log-in", "private"), ("other", "public"), ("other", "private"), ("expired", "public"),
                ("expired", "private"), ("logged out", "public"), ("logged out", "private"), ("owner", "public")])
        {
            Listener stranger = await Listener.ConnectAsync(node.Url);
            strangers.Add(stranger);
            if (who != "no log-in")
            {
                (string i, string s) = who == "other" ? (otherId, otherSecret) : (id, secret);
                JsonElement session = await stranger.AskAsync("public/auth", new
                {
                    grant_type = "client_credentials",
                    client_id = i,
                    client_secret = s,
                });
                Assert.True(session.TryGetProperty("result", out _));
                if (who == "logged out")
                {
                    await stranger.AskAsync("private/logout");
                }
            }
            var given = new List<string>();
            foreach (string name in spellings)
            {
                string[] channels = [name];
                object token = who == "expired" ? new { channels, access_token = "no-such-token" } : new { channels };
                JsonElement answer = await stranger.AskAsync(method + "/subscribe", token);
                if (answer.TryGetProperty("result", out JsonElement names))
                {
                    given.AddRange(names.EnumerateArray().Select(n => n.GetString()!));
                }
                else
                {
                    Assert.Equal(method == "private" && who != "other" ? 13009 : -32602,
                        answer.GetProperty("error").GetProperty("code").GetInt32());
                }
            }
            if (method == "private" && who != "other")
            {
                Assert.Empty(given);
                continue;
            }
            // With a log-in the plain names are one's own; without, or by public/subscribe, nothing is.
            Assert.Equal(method == "private" ? PrivateNames.Order() : [], given.Order());
            Assert.Equal(everything.Length,
                (await stranger.AskAsync("public/subscribe", new { channels = everything })).GetProperty("result").GetArrayLength());
        }

        string label = "secret-" + Guid.NewGuid().ToString("N");
        JsonElement bought = await own.CallAsync("private/buy", new
        {
            instrument_name = Perpetual,
            amount = 0.013,
            type = "market",
            label,
        });
        string order = bought.GetProperty("order").GetProperty("order_id").GetString()!;
        Assert.NotNull(
            await mine.WaitAsync(m => m.Contains("user.trades", StringComparison.Ordinal) && m.Contains(label, StringComparison.Ordinal),
                5_000));
        Assert.NotNull(
            await mine.WaitAsync(m => m.Contains("user.orders", StringComparison.Ordinal) && m.Contains(label, StringComparison.Ordinal),
                5_000));
        await Task.Delay(1_500);
        foreach (Listener stranger in strangers)
        {
            List<string> messages = stranger.Messages;
            Assert.DoesNotContain(messages,
                m => m.Contains(label, StringComparison.Ordinal) || m.Contains($"\"order_id\":\"{order}\"", StringComparison.Ordinal));
            Assert.DoesNotContain(stranger.Told,
                m => m.Contains("\"channel\":\"user.", StringComparison.Ordinal)
                && !m.Contains("\"snapshot\":true", StringComparison.Ordinal) && !m.Contains("user.portfolio", StringComparison.Ordinal));
            Assert.DoesNotContain(stranger.Told, m => m.Contains("|user.", StringComparison.Ordinal));
            await stranger.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("disabled")]
    [InlineData("networks")]
    [InlineData("expires")]
    [InlineData("revoked in the ledger")]
    [InlineData("logout")]
    [InlineData("another account")]
    [InlineData("logout elsewhere")]
    public async Task A_private_stream_ends_within_a_second_of_the_power_to_read_it(string how)
    {
        (VenueClient owner, string ownerId, string ownerSecret, uint account) = await node.TraderAsync();
        await using VenueClient own = owner;
        long expires = how == "expires" ? DateTimeOffset.UtcNow.AddSeconds(3).ToUnixTimeMilliseconds() : 0;
        JsonElement made = await own.CallAsync("private/create_api_key", new { max_scope = "trade:read_write", name = "watches", expires });
        string id = made.GetProperty("client_id").GetString()!;
        string secret = made.GetProperty("client_secret").GetString()!;
        await using Listener listener = await Listener.ConnectAsync(node.Url);
        JsonElement session = await listener.AskAsync("public/auth", new
        {
            grant_type = "client_credentials",
            client_id = id,
            client_secret = secret,
        });
        string token = session.GetProperty("result").GetProperty("access_token").GetString()!;
        string refresh = session.GetProperty("result").GetProperty("refresh_token").GetString()!;
        await listener.AskAsync("private/subscribe", new { channels = PrivateNames });
        await listener.AskAsync("public/subscribe", new { channels = new[] { $"book.{Perpetual}.100ms" } });
        await Task.Delay(200);
        long from = Environment.TickCount64;
        switch (how)
        {
            case "removed":
                await own.CallAsync("private/remove_api_key", new { id });
                break;
            case "disabled":
                await own.CallAsync("private/disable_api_key", new { id });
                break;
            case "networks":
                await own.CallAsync("private/edit_api_key", new { id, networks = new[] { "10.0.0.0/8" } });
                break;
            case "expires":
                from += Math.Max(expires - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 0);
                break;
            case "revoked in the ledger":
                Node.Identity.ApiKey master = node.Running.Node.Identities.Find(ownerId)!;
                await node.Running.Node.Signing.SubmitAsync(node.Running.Node.Identities.SignerOf(master, node.Running.Node.Venue.State),
                    account, CommandKind.RevokeKey, new RevokeKey { RevokedKey = made.GetProperty("key").GetUInt32() });
                break;
            case "logout":
                await listener.AskAsync("private/logout");
                break;
            case "another account":
                (VenueClient other, string otherId, string otherSecret, _) = await node.TraderAsync();
                await other.DisposeAsync();
                from = Environment.TickCount64;
                await listener.AskAsync("public/auth", new
                {
                    grant_type = "client_credentials",
                    client_id = otherId,
                    client_secret = otherSecret,
                });
                break;
            default:
                await using (Listener elsewhere = await Listener.ConnectAsync(node.Url))
                {
                    await elsewhere.AskAsync("private/logout", new { access_token = token });
                }
                break;
        }
        string? told = await listener.WaitAsync(m => m.Contains("subscription_ended", StringComparison.Ordinal), 6_000);
        long took = Environment.TickCount64 - from;
        Assert.NotNull(told);
        Assert.True(took < 1_000, $"{how}: told after {took} ms");
        Assert.All(PrivateNames, n => Assert.Contains(n, told, StringComparison.Ordinal));
        Assert.DoesNotContain("book.", told, StringComparison.Ordinal);

        int before = listener.Told.Count(m => m.Contains("\"channel\":\"user.", StringComparison.Ordinal));
        int books = listener.Told.Count(m => m.Contains("\"channel\":\"book.", StringComparison.Ordinal));
        await own.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market" });
        Assert.NotNull(
            await listener.WaitAsync(_ => listener.Told.Count(m => m.Contains("\"channel\":\"book.", StringComparison.Ordinal)) > books,
                5_000));
        await Task.Delay(600);
        Assert.Equal(before, listener.Told.Count(m => m.Contains("\"channel\":\"user.", StringComparison.Ordinal)));
        // Public questions go on on the same connection, and neither token opens anything.
        Assert.True((await listener.AskAsync("public/test")).TryGetProperty("result", out _));
        if (how != "another account")
        {
            Assert.Equal(13009, (await listener.AskAsync("private/get_open_orders")).GetProperty("error").GetProperty("code").GetInt32());
            Assert.Equal(13009,
                (await listener.AskAsync("private/get_open_orders", new { access_token = token })).GetProperty("error").GetProperty("code")
                .GetInt32());
            Assert.Equal(13004,
                (await listener.AskAsync("public/auth", new { grant_type = "refresh_token", refresh_token = refresh })).GetProperty("error")
                .GetProperty("code").GetInt32());
        }
        Assert.NotEmpty(ownerSecret);
    }

    [Fact]
    public async Task A_refreshed_session_carries_its_private_streams_on()
    {
        (VenueClient owner, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = owner;
        await using Listener listener = await Listener.ConnectAsync(node.Url);
        JsonElement session = await listener.AskAsync("public/auth", new
        {
            grant_type = "client_credentials",
            client_id = id,
            client_secret = secret,
        });
        await listener.AskAsync("private/subscribe", new { channels = new[] { "user.orders.any.any.raw" } });
        Assert.True(
            (await listener.AskAsync("public/auth",
                new
                {
                    grant_type = "refresh_token",
                    refresh_token = session.GetProperty("result").GetProperty("refresh_token").GetString()
                })).TryGetProperty("result", out _));
        await own.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market", label = "after refresh" });
        Assert.NotNull(await listener.WaitAsync(m => m.Contains("after refresh", StringComparison.Ordinal), 3_000));
        Assert.DoesNotContain(listener.Messages, m => m.Contains("subscription_ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_in_a_request_is_for_that_request_alone()
    {
        (VenueClient owner, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = owner;
        await using Listener listener = await Listener.ConnectAsync(node.Url);
        await using Listener login = await Listener.ConnectAsync(node.Url);
        string token =
            (await login.AskAsync("public/auth", new { grant_type = "client_credentials", client_id = id, client_secret = secret }))
                .GetProperty("result").GetProperty("access_token").GetString()!;
        Assert.True((await listener.AskAsync("private/get_open_orders", new { access_token = token })).TryGetProperty("result", out _));
        Assert.Equal(13009, (await listener.AskAsync("private/get_open_orders")).GetProperty("error").GetProperty("code").GetInt32());
    }
}
