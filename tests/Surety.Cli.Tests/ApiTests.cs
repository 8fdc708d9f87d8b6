using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;

namespace Surety.Cli.Tests;

/// <summary>The API of a running node: what is asked wrongly, what a client library can rely on.</summary>
[Collection("node")]
public class ApiTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";

    public static TheoryData<string, int> BadTexts => new()
    {
        { "{", -32700 },
        { "", -32700 },
        { "[]", -32600 },
        { "42", -32600 },
        { "\"text\"", -32600 },
        { "{\"method\":5}", -32600 },
        { "{\"method\":\"public/get_time\",\"method\":\"public/test\"}", -32600 },
        { "{\"method\":\"public/get_time\",\"params\":{},\"params\":{}}", -32600 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/nothing\"}", -32601 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/ticker\"}", -32602 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/ticker\",\"params\":[1,2]}", -32602 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/ticker\",\"params\":{\"instrument_name\":{\"a\":1}}}", -32602 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/ticker\",\"params\":{\"instrument_name\":\"NOPE\"}}", 13020 },
        { """{"jsonrpc":"2.0","id":1,"method":"public/get_order_book","params":{"instrument_name":"BTC_USDC-PERPETUAL","depth":1e99}}""", -32602 },
        { """{"jsonrpc":"2.0","id":1,"method":"public/get_order_book","params":{"instrument_name":"BTC_USDC-PERPETUAL","depth":-1}}""", -32602 },
        { """{"jsonrpc":"2.0","id":1,"method":"public/get_order_book","params":{"instrument_name":"BTC_USDC-PERPETUAL","depth":NaN}}""", -32700 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"private/buy\",\"params\":{}}", 13009 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"surety/submit\",\"params\":{\"commands\":\"!!!\"}}", -32602 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"surety/submit\",\"params\":{\"commands\":\"AAAA\"}}", -32602 },
        { """{"jsonrpc":"2.0","id":1,"method":"public/auth","params":{"grant_type":"client_credentials","client_id":"x","client_secret":"y"}}""", 13004 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"surety/report_price\",\"params\":{\"command\":\"AAAA\"}}", -32602 },
        { new string('[', 500) + new string(']', 500), -32700 },
        { "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/test\",\"params\":{\"a\":" + new string('9', 20_000) + "}}", -32602 },
    };

    [Theory]
    [MemberData(nameof(BadTexts))]
    public async Task What_is_asked_wrongly_gets_an_error_in_the_apis_shape_over_http_and_websocket(string text, int code)
    {
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri(node.Url + "/api/v2"), new StringContent(text, Encoding.UTF8, "application/json"));
        Check(await answer.Content.ReadAsStringAsync());
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);
        Check(await Receive(socket));
        // And the connection goes on.
        await socket.SendAsync("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"public/test\"}"u8.ToArray(), WebSocketMessageType.Text, true,
            default);
        Assert.Contains("\"id\":7", await Receive(socket), StringComparison.Ordinal);

        void Check(string found)
        {
            using JsonDocument document = JsonDocument.Parse(found);
            if (code == 0)
            {
                Assert.True(document.RootElement.TryGetProperty("result", out _), found);
                return;
            }
            JsonElement error = document.RootElement.GetProperty("error");
            Assert.Equal(code, error.GetProperty("code").GetInt32());
            Assert.NotEmpty(error.GetProperty("message").GetString()!);
            Assert.NotEmpty(error.GetProperty("data").GetProperty("reason").GetString()!);
        }
    }

    [Fact]
    public async Task Oversize_requests_and_messages_are_refused_and_nobody_else_notices()
    {
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri(node.Url + "/api/v2"), new ByteArrayContent(new byte[100_000]));
        Assert.Equal(413, (int)answer.StatusCode);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        await socket.SendAsync(new byte[40_000], WebSocketMessageType.Text, true, default);
        WebSocketReceiveResult end = await socket.ReceiveAsync(new byte[1000], default);
        Assert.Equal(WebSocketMessageType.Close, end.MessageType);
        Assert.Contains("32768", end.CloseStatusDescription, StringComparison.Ordinal);
        Assert.Equal(200, (await node.GetAsync("/api/v2/public/test")).Status);
    }

    [Fact]
    public async Task Half_frames_slow_headers_and_noise_do_no_harm_to_others()
    {
        var uri = new Uri(node.Url);
        var idle = new List<TcpClient>();
        for (int i = 0; i < 50; i++)
        {
            var client = new TcpClient(uri.Host, uri.Port);
            byte[] bytes = (i % 3) switch
            {
                0 => "GET /api/v2/public/test HTTP/1.1\r\nHost: x\r\nX-Slow:"u8.ToArray(),
                1 => [0xFF, 0xFE, 0, 1, 2, 3, 4, 5, 6, 7, 13, 10, 13, 10],
                _ =>
                [
                    .. "GET /ws/api/v2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8,
                    .. "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\xFE"u8,
                ],
            };
            await client.GetStream().WriteAsync(bytes);
            idle.Add(client);
        }
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await node.GetAsync("/api/v2/public/ticker?instrument_name=" + Perpetual)).Status);
        }
        idle.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task A_client_keeps_its_book_over_broken_connections_and_it_is_the_venues_book()
    {
        await using VenueClient client = await VenueClient.ConnectAsync(node.Url);
        var book = new LiveBook();
        await client.SubscribeAsync($"book.{Perpetual}.raw", book.Take);
        for (int round = 0; round < 4; round++)
        {
            await Task.Delay(700);
            bool agreed = false;
            for (int attempt = 0; attempt < 50 && !agreed; attempt++)
            {
                await Task.Delay(30);
                JsonElement truth =
                    await Try(() => client.CallAsync("public/get_order_book", new { instrument_name = Perpetual, depth = 1000 }));
                if (truth.ValueKind == JsonValueKind.Undefined || !book.IsReady)
                {
                    continue;
                }
                (IReadOnlyList<KeyValuePair<decimal, decimal>> bids, IReadOnlyList<KeyValuePair<decimal, decimal>> asks) = book.Levels();
                agreed = Same(bids, truth.GetProperty("bids")) && Same(asks, truth.GetProperty("asks"));
            }
            Assert.True(agreed, $"round {round}: the book never agreed with the venue's");
            client.Break();
        }
        Assert.True(client.Connections >= 3);
    }

    [Fact]
    public async Task Every_channel_starts_with_a_snapshot_and_its_numbers_rise_by_one()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        var seen = new Dictionary<string, List<ChannelMessage>>();
        string[] channels =
        [
            $"book.{Perpetual}.100ms", $"book.{Perpetual}.none.10.100ms", $"book.{Perpetual}.5.10.100ms", $"ticker.{Perpetual}.100ms",
            $"quote.{Perpetual}", $"perpetual.{Perpetual}.100ms", $"trades.{Perpetual}.raw", "trades.future.BTC.100ms",
            "deribit_price_index.btc_usdc", $"chart.trades.{Perpetual}.1", "platform_state", "surety.events", "surety.blocks",
            "user.orders.any.any.raw", "user.trades.any.any.raw", "user.changes.any.any.raw", "user.portfolio.USDC", "user.events",
        ];
        foreach (string channel in channels)
        {
            var list = seen[channel] = [];
            await client.SubscribeAsync(channel, m =>
            {
                lock (list)
                {
                    list.Add(m with { Data = m.Data.Clone() });
                }
            });
        }
        await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market" });
        await Task.Delay(2_500);
        foreach (string channel in channels)
        {
            List<ChannelMessage> list = seen[channel];
            lock (list)
            {
                Assert.True(list.Count > 0 && list[0].IsSnapshot, channel);
                for (int i = 1; i < list.Count; i++)
                {
                    Assert.True(list[i].Number == list[i - 1].Number + 1 || list[i].IsSnapshot,
                        $"{channel}: {list[i - 1].Number} then {list[i].Number}");
                }
            }
        }
        Assert.Contains(seen["user.trades.any.any.raw"], m => !m.IsSnapshot && m.Data.GetArrayLength() > 0);
        await Assert.ThrowsAsync<ArgumentException>(() => client.SubscribeAsync("book.NOPE.raw", _ => { }));
    }

    [Fact]
    public async Task Orders_are_cancelled_when_the_connection_ends_if_that_was_asked_for()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await client.CallAsync("private/enable_cancel_on_disconnect");
        JsonElement ticker = await client.CallAsync("public/ticker", new { instrument_name = Perpetual });
        await client.CallAsync("private/buy", new
        {
            instrument_name = Perpetual,
            amount = "0.01",
            price = Math.Round(ticker.GetProperty("mark_price").GetDecimal() * 0.97m),
            label = "mine",
        });
        await using VenueClient other = await VenueClient.ConnectAsync(node.Url);
        await other.LogInAsync(id, secret);
        JsonElement open = await other.CallAsync("private/get_open_orders_by_label", new { label = "mine" });
        Assert.Equal(1, open.GetArrayLength());
        await client.DisposeAsync();
        for (int i = 0; i < 100 && open.GetArrayLength() > 0; i++)
        {
            await Task.Delay(50);
            open = await other.CallAsync("private/get_open_orders");
        }
        Assert.Equal(0, open.GetArrayLength());
    }

    [Fact]
    public async Task A_client_order_id_given_twice_places_one_order()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        JsonElement ticker = await client.CallAsync("public/ticker", new { instrument_name = Perpetual });
        object order =
            new
            {
                instrument_name = Perpetual,
                amount = "0.01",
                price = Math.Round(ticker.GetProperty("mark_price").GetDecimal() * 0.97m),
                client_order_id = 77
            };
        await client.CallAsync("private/buy", order);
        await Refused(client.CallAsync("private/buy", order));
        Assert.Equal(1, (await client.CallAsync("private/get_open_orders")).GetArrayLength());
    }

    [Fact]
    public async Task Many_requests_at_once_with_one_key_are_all_taken()
    {
        (VenueClient client, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = client;
        decimal price =
            Math.Round((await client.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price").GetDecimal()
                * 0.97m);
        string token;
        using (HttpResponseMessage login =
            await node.Http.PostAsync(new Uri(node.Url + "/api/v2/public/auth"),
                new ByteArrayContent(
                JsonSerializer.SerializeToUtf8Bytes(new { grant_type = "client_credentials", client_id = id, client_secret = secret }))))
        {
            using JsonDocument answer = JsonDocument.Parse(await login.Content.ReadAsStringAsync());
            token = answer.RootElement.GetProperty("result").GetProperty("access_token").GetString()!;
        }
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 150).Select(async _ =>
        {
            using var request =
                new HttpRequestMessage(HttpMethod.Get,
                    new Uri($"{node.Url}/api/v2/private/buy?instrument_name={Perpetual}&amount=0.001&price={price}"));
            request.Headers.Authorization = new("Bearer", token);
            using HttpResponseMessage answer = await node.Http.SendAsync(request);
            return await answer.Content.ReadAsStringAsync();
        }));
        Assert.All(answers, answer => Assert.Contains("\"order_state\":\"open\"", answer, StringComparison.Ordinal));
        Assert.Equal(150, (await client.CallAsync("private/cancel_all")).GetInt32());
    }

    [Fact]
    public async Task A_fill_and_the_account_are_proven_against_a_block_that_was_taken_down_live()
    {
        (VenueClient client, _, _, uint account) = await node.TraderAsync();
        await using VenueClient own = client;
        var hashes = new Dictionary<ulong, Core.Hashing.Hash256>();
        await client.SubscribeAsync("surety.blocks", m =>
        {
            if (BlockHeader.TryRead(Convert.FromBase64String(m.Data.GetProperty("header").GetString()!), out BlockHeader header))
            {
                lock (hashes)
                {
                    hashes[header.Height] = header.Hash();
                }
            }
        });
        JsonElement bought = await client.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, type = "market" });
        JsonElement trade = bought.GetProperty("trades")[0];
        await Task.Delay(2_200);
        JsonElement receipt =
            await client.CallAsync("surety/get_receipt",
                new { sequence = trade.GetProperty("sequence").GetUInt64(), trade_id = trade.GetProperty("trade_id").GetString() });
        Core.Hashing.Hash256 trusted;
        lock (hashes)
        {
            trusted = hashes[receipt.GetProperty("height").GetUInt64()];
        }
        foreach (string part in (string[])["command_proof", "event_proof"])
        {
            Proofs.RecordProof proof = Proofs.RecordProof.Read(Convert.FromBase64String(receipt.GetProperty(part).GetString()!))!;
            Assert.Equal(Proofs.ProofVerdict.Holds, proof.Check(trusted));
        }
        JsonElement state = await client.CallAsync("surety/get_account_proof");
        Proofs.PageProof row = Proofs.PageProof.Read(Convert.FromBase64String(state.GetProperty("account_proof").GetString()!))!;
        Assert.Equal(Proofs.ProofVerdict.Holds, row.Check(row.Header.Hash()));
        Assert.Equal(account, row.PageIndex);
    }

    [Fact]
    public async Task What_if_tells_before_sending_what_the_margin_would_be()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        await using VenueClient own = client;
        JsonElement small = await client.CallAsync("surety/what_if", new
        {
            instrument_name = Perpetual,
            direction = "buy",
            amount = "0.1",
        });
        Assert.True(small.GetProperty("accepted").GetBoolean());
        Assert.True(small.GetProperty("after").GetProperty("initial_margin").GetDecimal() > 0);
        JsonElement large = await client.CallAsync("surety/what_if", new
        {
            instrument_name = Perpetual,
            direction = "sell",
            amount = "1000",
        });
        Assert.False(large.GetProperty("accepted").GetBoolean());
        Assert.Contains("from 0.001 BTC to", large.GetProperty("reason").GetString(), StringComparison.Ordinal);
        decimal price =
            Math.Round((await client.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price").GetDecimal()
                * 0.97m);
        object order = new { instrument_name = Perpetual, amount = "90", price };
        JsonElement said = default;
        for (int i = 0; i < 10 && (i == 0 || said.GetProperty("accepted").GetBoolean()); i++)
        {
            said = await client.CallAsync("surety/what_if", new { instrument_name = Perpetual, direction = "buy", amount = "90", price });
            if (said.GetProperty("accepted").GetBoolean())
            {
                await client.CallAsync("private/buy", order);
            }
        }
        Assert.Equal("InitialMarginShort", said.GetProperty("refusal").GetString());
        Assert.True(said.GetProperty("missing").GetDecimal() > 0);
        Assert.Equal(10009, (await Refused(client.CallAsync("private/buy", order))).Code);
    }

    [Fact]
    public async Task Health_metrics_and_description_answer()
    {
        Assert.Equal((200, "ready\n"), await node.GetAsync("/health/ready"));
        (int status, string page) = await node.GetAsync("/metrics");
        Assert.Equal(200, status);
        Assert.All(page.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            l => Assert.Matches(@"^(# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? -?[0-9.E+-]+(\+Inf)?)$", l));
        Assert.Contains("surety_insurance_fund{pool=\"main\"}", page, StringComparison.Ordinal);
        // What a proxy on this machine passes on is not asked from here.
        foreach (string header in (string[])["X-Forwarded-For", "Forwarded", "Via"])
        {
            using var passed =
                new HttpRequestMessage(HttpMethod.Get,
                    new Uri(node.Url + "/metrics"))
                { Headers = { { header, header == "Via" ? "1.1 proxy" : "for=192.0.2.1" } } };
            using HttpResponseMessage refused = await node.Http.SendAsync(passed);
            Assert.Equal(403, (int)refused.StatusCode);
        }
        using JsonDocument document = JsonDocument.Parse((await node.GetAsync("/api/openapi.json")).Text);
        Assert.Equal("3.1.0", document.RootElement.GetProperty("openapi").GetString());
        Assert.True(document.RootElement.GetProperty("paths").EnumerateObject().Count() > 80);
    }

    [Fact]
    public async Task Standing_backstop_bids_are_listed_with_their_terms_and_without_their_owners()
    {
        (VenueClient client, _, _, uint account) = await node.TraderAsync();
        await using VenueClient own = client;
        string file = new DirectoryInfo(node.Directory).GetFiles("*.pem").OrderByDescending(f => f.LastWriteTimeUtc).First().FullName;
        using SigningKey key = SigningKey.FromPem(await File.ReadAllTextAsync(file));
        JsonElement known =
            await client.CallAsync("surety/key",
                new { public_key = Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes([key.PublicKey])) });
        var bid = new PlaceBackstopBid
        {
            Header = new CommandHeader
            {
                Account = account,
                Key = known.GetProperty("key").GetUInt32(),
                Nonce = known.GetProperty("highest_nonce").GetUInt64() + 1
            },
            DiscountPpm = 7_000,
            MaxNotionalAtoms = 50_000_000_000,
        };
        var record = new byte[256];
        int length = key.Sign(node.Running.Node.Venue.Name, record, CommandCodec.Write(CommandKind.PlaceBackstopBid, ref bid, record));
        await client.CallAsync("surety/submit", new { commands = Convert.ToBase64String(record.AsSpan(0, length)) });
        JsonElement bids = await client.CallAsync("surety/get_backstop_bids");
        JsonElement listed = Assert.Single(bids.EnumerateArray(), b => b.GetProperty("discount").GetDecimal() == 0.007m);
        Assert.Equal(("main", 50_000m, false),
            (listed.GetProperty("pool").GetString(), listed.GetProperty("capacity").GetDecimal(),
            listed.GetProperty("counts").GetBoolean()));
        Assert.True(listed.GetProperty("counts_from").GetInt64() > DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.NotEqual(0, listed.GetProperty("index_names").GetArrayLength());
        Assert.False(listed.TryGetProperty("account", out _));
    }

    [Fact]
    public async Task Limits_are_told_in_headers()
    {
        using HttpResponseMessage answer = await node.Http.GetAsync(new Uri(node.Url + "/api/v2/public/test"));
        Assert.True(int.Parse(answer.Headers.GetValues("X-RateLimit-Remaining").Single(), System.Globalization.CultureInfo.InvariantCulture)
            > 0);
        Assert.Equal("1000000", answer.Headers.GetValues("X-RateLimit-Limit").Single());
    }

    [Fact]
    public void Every_method_is_in_the_table_of_compatibility()
    {
        string table = File.ReadAllText(Path.Combine(Root(), "docs", "api-compatibility.md"));
        IEnumerable<string> missing =
            node.Running.Gateway.Methods.Select(m => m.Name).Where(m => !table.Contains($"`{m}`", StringComparison.Ordinal));
        Assert.Empty(missing);
        int from = table.IndexOf("## Not supported", StringComparison.Ordinal);
        string not = table[from..table.IndexOf("\n## ", from + 1, StringComparison.Ordinal)];
        Assert.DoesNotContain(node.Running.Gateway.Methods.Select(m => m.Name),
            m => !m.StartsWith("surety/", StringComparison.Ordinal) && not.Contains($"`{m}`", StringComparison.Ordinal));
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));

    private static async Task<JsonElement> Try(Func<Task<JsonElement>> call)
    {
        try
        {
            return await call();
        }
        catch (IOException)
        {
            return default;
        }
    }

    private static Task<VenueException> Refused(Task<JsonElement> call) => Assert.ThrowsAsync<VenueException>(() => call);

    private static bool Same(IReadOnlyList<KeyValuePair<decimal, decimal>> own, JsonElement truth) =>
        own.Count == truth.GetArrayLength()
            && own.Zip(truth.EnumerateArray())
            .All(p => p.First.Key == p.Second[0].GetDecimal() && p.First.Value == p.Second[1].GetDecimal());

    private static async Task<string> Receive(ClientWebSocket socket)
    {
        var buffer = new byte[65_536];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }
}

/// <summary>One node for all tests that ask it things.</summary>
[CollectionDefinition("node")]
public sealed class NodeCollection : ICollectionFixture<NodeFixture>;
