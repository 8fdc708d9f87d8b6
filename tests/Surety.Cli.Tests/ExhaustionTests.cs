using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Settings;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Verification;

namespace Surety.Cli.Tests;

/// <summary>A node of its own with small limits, and customers who want all of it.</summary>
public sealed class SmallNode : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "surety-small-" + Guid.NewGuid().ToString("N"));
    private readonly Dictionary<uint, ulong> _nonces = [];
    private RunningNode _running = null!;

    internal static NodeSettings Settings { get; } = new()
    {
        Listen = new ListenSettings { Port = 0 },
        Limits = new LimitSettings
        {
            UnitsPerSecond = 100_000,
            UnitsBurst = 1_000_000,
            OrdersPerTrade = 1_000_000,
            ConnectionsPerAddress = 8,
            OutgoingBytes = 1 << 20,
            OutgoingTotalBytes = 2 << 20,
            WriteSeconds = 2,
            Channels = 40,
            ChannelsPerAddress = 60,
            ChannelsPerOwner = 45,
            ChannelsTotal = 50,
            RefusedPerSecond = 1,
            RefusedBurst = 100,
        },
        Sandbox = new SandboxSettings { AccountsPerHour = 5 },
        Feed = new FeedSettings { Traders = false, Speed = 1 },
    };

    public string Directory => _directory;

    public string Url => _running.Host.Url;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 2 });

    public VenueNode Node => _running.Node;

    internal RunningNode Running => _running;

    public async ValueTask InitializeAsync()
    {
        DefaultVenue.CreateIfEmpty(_directory, "small");
        await StartAsync(Settings);
    }

    internal async Task StartAsync(NodeSettings settings) =>
        _running = await RunningNode.StartAsync(_directory, settings, NullLoggerFactory.Instance, _ => { });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _running.DisposeAsync();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A customer with money whose key is here.</summary>
    public async Task<Customer> CustomerAsync()
    {
        SigningKey key = SigningKey.Create();
        uint account =
            (uint)(await Node.Operator.SubmitAsync(CommandKind.OpenAccount,
                new OpenAccount { PublicKey = key.PublicKey, Scopes = KeyScopes.Customer })).Created;
        Assert.Equal(RefusalCode.None,
            (await Node.Operator.SubmitAsync(CommandKind.Deposit, new Deposit { ToAccount = account, AmountAtoms = 1_000_000_000 })).Code);
        PublicKey publicKey = key.PublicKey;
        uint number =
            await Node.Venue.ReadAsync(l =>
                l.Engine.State.Derived.KeyRows.NumberOf(l.Engine.State.Derived.KeyRows.Find(in publicKey, account)));
        return new Customer(account, number, key);
    }

    public async Task<JsonElement> CallAsync(string method, object parameters, string? login = null)
    {
        using var request =
            new HttpRequestMessage(HttpMethod.Post,
                new Uri($"{Url}/api/v2/{method}"))
            { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(parameters)) };
        if (login is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(login)));
        }
        using HttpResponseMessage answer = await Http.SendAsync(request);
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>Unsigned bytes of a command of a customer, with the next nonce.</summary>
    public byte[] Command<T>(Customer customer, CommandKind kind, T command)
        where T : unmanaged
    {
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        (header.Account, header.Key, header.Nonce) =
            (customer.Account, customer.Number, _nonces[customer.Number] = _nonces.GetValueOrDefault(customer.Number) + 1);
        var record = new byte[Unsafe.SizeOf<T>()];
        CommandCodec.Write(kind, ref command, record);
        return record;
    }

    /// <summary>Sends one command signed by the customer.</summary>
    public async Task<JsonElement> SubmitAsync<T>(Customer customer, CommandKind kind, T command, string? label = null)
        where T : unmanaged
    {
        byte[] bytes = Command(customer, kind, command);
        var record = new byte[bytes.Length + CommandHeader.SignatureSize];
        bytes.CopyTo(record, 0);
        customer.Key.Sign(Node.Venue.Name, record, bytes.Length);
        return await CallAsync("surety/submit",
            label is null ? new { commands = Convert.ToBase64String(record) } : new { commands = Convert.ToBase64String(record), label });
    }

    public sealed record Customer(uint Account, uint Number, SigningKey Key);
}

/// <summary>Attacks that once filled the venue, its memory, its disk or its operator's patience, against a running node.</summary>
[Collection("exhaustion")]
public sealed class ExhaustionTests(SmallNode node) : IClassFixture<SmallNode>
{
    [Fact]
    public async Task A_signed_batch_of_refused_commands_replayed_by_anyone_never_reaches_the_sequencer_again()
    {
        var bodies = new List<object>();
        foreach (
            SmallNode.Customer customer in (IEnumerable<SmallNode.Customer>)[await node.CustomerAsync(), await node.CustomerAsync(),
                await node.CustomerAsync()])
        {
            byte[] commands =
                [.. Enumerable.Range(0, 64)
                    .SelectMany(_ => node.Command(customer, CommandKind.CancelOrder, new CancelOrder { OrderId = 77 }))];
            var batch = new byte[SignedBatch.SizeOf(SignedBatch.MaxCommands)];
            int count = SignedBatch.Write(customer.Number, commands, batch);
            customer.Key.SignBatch(node.Node.Venue.Name, batch.AsSpan(0, SignedBatch.SizeOf(count)));
            bodies.Add(
                new { commands = Convert.ToBase64String(commands), signature = Convert.ToBase64String(SignedBatch.SignatureOf(batch)) });
        }
        long before = await Refusals();
        foreach (object body in bodies)
        {
            JsonElement answer = await node.CallAsync("surety/submit", body);
            Assert.All(answer.GetProperty("result").EnumerateArray(),
                o => Assert.Equal((int)RefusalCode.UnknownOrder, o.GetProperty("code").GetInt32()));
        }
        Assert.Equal(before + (3 * 64), await Refusals());
        long commandsBefore = node.Node.History.Counts.Refusals;
        for (int i = 0; i < 200; i++)
        {
            JsonElement answer = await node.CallAsync("surety/submit", bodies[i % 3]);
            Assert.All(answer.GetProperty("result").EnumerateArray(),
                o => Assert.Equal((0ul, (int)RefusalCode.NonceUsed),
                (o.GetProperty("sequence").GetUInt64(), o.GetProperty("code").GetInt32())));
        }
        Assert.Equal(commandsBefore, node.Node.History.Counts.Refusals);
        Assert.Equal(0u, (uint)(await node.Node.Venue.ReadAsync(l => l.Engine.State.Markets[0].Causes) & MarketCauses.RefusalRate));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_owner_whose_commands_are_refused_too_often_waits_can_cancel_and_keeps_nobody_else_waiting(bool transfers)
    {
        SmallNode.Customer noisy = await node.CustomerAsync();
        SmallNode.Customer quiet = await node.CustomerAsync();
        int journaled = 0;
        JsonElement answer = default;
        for (int i = 0; i < 400; i++)
        {
            answer = transfers
                ? await node.SubmitAsync(noisy, CommandKind.Transfer, new Transfer { ToAccount = 60_000, AmountAtoms = 1 })
                : await node.SubmitAsync(noisy, CommandKind.PlaceOrder, new PlaceOrder { Market = 60_000, Lots = 1, PriceTicks = 1 });
            if (answer.TryGetProperty("error", out _))
            {
                break;
            }
            journaled++;
        }
        Assert.Equal(10028, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.InRange(journaled, 50, 250);
        Assert.Equal(0,
            (await node.SubmitAsync(noisy, CommandKind.CancelAll, new CancelAll())).GetProperty("result")[0].GetProperty("code")
            .GetInt32());
        Assert.Equal((int)RefusalCode.UnknownMarket,
            (await node.SubmitAsync(quiet, CommandKind.PlaceOrder, new PlaceOrder { Market = 60_000, Lots = 1, PriceTicks = 1 }))
            .GetProperty("result")[0].GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task One_address_has_so_many_connections_and_when_they_end_it_has_them_again()
    {
        await Eventually(() => Task.FromResult(node.Node.Metrics.Connections == 0));
        var sockets = new List<ClientWebSocket>();
        for (int i = 0; i < 8; i++)
        {
            sockets.Add(await ConnectAsync());
        }
        WebSocketException refused = await Assert.ThrowsAsync<WebSocketException>(ConnectAsync);
        Assert.Contains("429", refused.Message, StringComparison.Ordinal);
        // Bare connections, before a word is said.
        var bare = new List<TcpClient>();
        for (int i = 0; i < 40; i++)
        {
            var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", new Uri(node.Url).Port);
                bare.Add(client);
            }
            catch (SocketException)
            {
                // Closed as it was made.
                client.Dispose();
            }
        }
        int open = 0;
        foreach (TcpClient client in bare)
        {
            client.ReceiveTimeout = 300;
            try
            {
                open += client.GetStream().Read(new byte[1]) == 0 ? 0 : 1;
            }
            catch (IOException e)
            {
                open += e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock } ? 1 : 0;
            }
        }
        Assert.InRange(open, 0, 16);
        Assert.Equal(8, node.Node.Metrics.Connections);
        bare.ForEach(c => c.Dispose());
        sockets.ForEach(s => s.Abort());
        await Eventually(async () =>
        {
            using ClientWebSocket again = await ConnectAsync();
            return again.State == WebSocketState.Open;
        });
    }

    [Fact]
    public async Task Readers_who_do_not_read_are_closed_and_what_they_held_is_given_back()
    {
        byte[] ask = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/get_instruments\"}"u8.ToArray();
        var sockets = new List<ClientWebSocket>();
        await Eventually(() => Task.FromResult(node.Node.Metrics.Connections == 0));
        for (int i = 0; i < 6; i++)
        {
            sockets.Add(await ConnectAsync());
        }
        // The kernel takes some megabytes before the node holds anything; the node closes a socket two seconds after its first write that
        // waits. A send that waits longer than that fails the test: the client would close the socket then, not the node.
        long most = 0;
        var open = new List<ClientWebSocket>(sockets);
        for (long end = Environment.TickCount64 + 60_000; open.Count > 0 && Environment.TickCount64 < end;)
        {
            foreach (ClientWebSocket socket in open.ToArray())
            {
                using var patience = new CancellationTokenSource(20_000);
                try
                {
                    await socket.SendAsync(ask, WebSocketMessageType.Text, true, patience.Token);
                }
                catch (Exception e) when (e is WebSocketException or IOException)
                {
                    open.Remove(socket);
                }
                most = Math.Max(most, node.Running.Gateway.Outgoing.Used);
            }
        }
        await Eventually(() => Task.FromResult(node.Node.Metrics.Connections == 0));
        // Beyond the budget there is at most what one more answer takes of each.
        Assert.InRange(most, 1 << 18, 3 * node.Running.Gateway.Outgoing.Most);
        await Eventually(() => Task.FromResult(node.Running.Gateway.Outgoing.Used < 1 << 18));
        sockets.ForEach(s => s.Abort());
        Assert.Equal(JsonValueKind.Object, (await node.CallAsync("public/test", new { })).GetProperty("result").ValueKind);
    }

    [Fact]
    public async Task Answers_over_plain_http_that_nobody_reads_are_bounded_and_given_up()
    {
        byte[] batch =
            JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(0, 100)
                .Select(i => new { jsonrpc = "2.0", id = i, method = "public/get_instruments", @params = new { currency = "any" } }));
        byte[] request =
            [.. Encoding.ASCII.GetBytes(
                $"POST /api/v2 HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {batch.Length}\r\n\r\n"),
                    .. batch];
        await Eventually(() =>
            Task.FromResult(node.Running.Gateway.Connections.Addresses <= 1 && node.Running.Gateway.PlainAnswers.Used == 0));
        var clients = new List<Socket>();
        long most = 0;
        for (int i = 0; i < 6; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
            clients.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, new Uri(node.Url).Port);
            await client.SendAsync(request);
            await Task.Delay(100);
            most = Math.Max(most, node.Running.Gateway.PlainAnswers.Used);
        }
        // An eighth of the memory there is would be less than one answer: an address has one at a time, and those beyond are told so.
        Assert.InRange(most, 1 << 20, Gateway.Api.RpcDispatcher.MostBatchBytes + (100 * 400));
        var buffer = new byte[4_096];
        int length = await clients[^1].ReceiveAsync(buffer);
        Assert.StartsWith("HTTP/1.1 429", Encoding.ASCII.GetString(buffer, 0, length), StringComparison.Ordinal);
        // Who takes nothing for two seconds gets no more of it.
        await Eventually(() => Task.FromResult(node.Running.Gateway.PlainAnswers.Used == 0));
        clients.ForEach(c => c.Dispose());
        Assert.Equal(JsonValueKind.Object, (await node.CallAsync("public/test", new { })).GetProperty("result").ValueKind);
    }

    [Fact]
    public async Task Different_channels_are_bounded_by_connection_by_address_and_in_total()
    {
        await Eventually(() => Task.FromResult(node.Node.Metrics.Connections == 0));
        using ClientWebSocket one = await ConnectAsync();
        // What is refused is refused whole.
        Assert.Contains("40 channels", await SubscribeAsync(one, Names(1, 45)), StringComparison.Ordinal);
        Assert.Equal(0, node.Running.Gateway.Channels.Count);
        Assert.Contains("\"result\"", await SubscribeAsync(one, Names(1, 40)), StringComparison.Ordinal);
        Assert.Contains("40 channels", await SubscribeAsync(one, Names(40, 2)), StringComparison.Ordinal);
        using ClientWebSocket two = await ConnectAsync();
        Assert.Contains("50 different public channels", await SubscribeAsync(two, Names(50, 20)), StringComparison.Ordinal);
        Assert.Equal(40, node.Running.Gateway.Channels.Count);
        Assert.Contains("\"result\"", await SubscribeAsync(two, Names(50, 10)), StringComparison.Ordinal);
        Assert.Equal(50, node.Running.Gateway.Channels.Count);
        // A customer's own are counted by themselves.
        await using (Listener customer = await Listener.ConnectAsync(node.Url))
        {
            await customer.AskAsync("public/auth", new
            {
                grant_type = "client_credentials",
                client_id = "operator",
                client_secret = Login().Split(':')[1],
            });
            Assert.True((await customer.AskAsync("private/subscribe", new { channels = new[] { "user.orders.any.any.raw" } }))
                .TryGetProperty("result", out _));
        }
        // What others listen to can be listened to.
        using ClientWebSocket three = await ConnectAsync();
        Assert.Contains("\"result\":[\"book.BTC_USDC-PERPETUAL.none.1.100ms\"]", await SubscribeAsync(three, Names(1, 1)),
            StringComparison.Ordinal);
        Assert.Contains("one address may listen to 60 channels", await SubscribeAsync(three, Names(2, 20)), StringComparison.Ordinal);
        foreach (ClientWebSocket socket in (IEnumerable<ClientWebSocket>)[one, two, three])
        {
            socket.Abort();
        }
        await Eventually(() => Task.FromResult(node.Running.Gateway.Channels.Count == 0));
    }

    [Fact]
    public async Task One_owner_listens_to_so_many_private_channels_over_all_connections_and_others_still_to_theirs()
    {
        await Eventually(() => Task.FromResult(node.Node.Metrics.Connections == 0));
        await using (Listener one = await Listener.ConnectAsync(node.Url))
        await using (Listener two = await Listener.ConnectAsync(node.Url))
        {
            foreach (Listener connection in (IEnumerable<Listener>)[one, two])
            {
                await connection.AskAsync("public/auth", new
                {
                    grant_type = "client_credentials",
                    client_id = "operator",
                    client_secret = Login().Split(':')[1],
                });
            }
            Assert.True((await one.AskAsync("private/subscribe", new { channels = Portfolios(0, 40) })).TryGetProperty("result", out _));
            JsonElement refused = await two.AskAsync("private/subscribe", new { channels = Portfolios(40, 6) });
            Assert.Contains("45 private channels", refused.ToString(), StringComparison.Ordinal);
            Assert.Equal(40, node.Running.Gateway.Channels.Count);
            Assert.True((await two.AskAsync("private/subscribe", new { channels = Portfolios(40, 5) })).TryGetProperty("result", out _));
            // What ends gives its room back.
            await one.AskAsync("private/unsubscribe", new { channels = Portfolios(0, 10) });
            Assert.True((await two.AskAsync("private/subscribe", new { channels = Portfolios(50, 10) })).TryGetProperty("result", out _));
        }
        await Eventually(() => Task.FromResult(node.Running.Gateway.Channels.Count == 0));

        static string[] Portfolios(int from, int count) => [.. Enumerable.Range(from, count).Select(i => $"user.portfolio.C{i}")];
    }

    [Fact]
    public async Task The_answers_of_a_batch_have_four_mebibytes_together_and_those_beyond_are_errors()
    {
        var requests = Enumerable.Range(0, 100).Select(i => new
        {
            jsonrpc = "2.0",
            id = i,
            method = "public/get_instruments",
            @params = new { currency = "any" },
        });
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri(node.Url + "/api/v2"), new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(requests)));
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        Assert.InRange(body.Length, 100, Gateway.Api.RpcDispatcher.MostBatchBytes + (100 * 400));
        using JsonDocument document = JsonDocument.Parse(body);
        Assert.Equal(Enumerable.Range(0, 100), document.RootElement.EnumerateArray().Select(a => a.GetProperty("id").GetInt32()));
    }

    [Fact]
    public async Task A_label_has_64_bytes_whichever_way_an_order_comes()
    {
        SmallNode.Customer customer = await node.CustomerAsync();
        JsonElement answer = await node.SubmitAsync(customer, CommandKind.CancelAll, new CancelAll(), new string('x', 65));
        Assert.Contains("64 bytes", answer.GetProperty("error").GetProperty("data").GetProperty("reason").GetString(),
            StringComparison.Ordinal);
        answer = await node.SubmitAsync(customer, CommandKind.CancelAll, new CancelAll(), new string('é', 33));
        Assert.Contains("found 66", answer.GetProperty("error").GetProperty("data").GetProperty("reason").GetString(),
            StringComparison.Ordinal);
        string operatorLogin = Login();
        answer = await node.CallAsync("private/buy",
            new { instrument_name = "BTC_USDC-PERPETUAL", amount = 0.001, type = "market", label = new string('é', 33) }, operatorLogin);
        Assert.Contains("64 bytes", answer.GetProperty("error").GetProperty("data").GetProperty("reason").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_are_opened_so_often_from_one_address_and_keys_prepared_so_often_by_one_owner()
    {
        int opened = 0;
        JsonElement answer = default;
        for (int i = 0; i < 10; i++)
        {
            using SigningKey key = SigningKey.Create();
            answer = await node.CallAsync("surety/open_account", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) });
            opened += answer.TryGetProperty("result", out _) ? 1 : 0;
        }
        Assert.Equal(5, opened);
        Assert.Equal(10028, answer.GetProperty("error").GetProperty("code").GetInt32());
        int prepared = 0;
        for (int i = 0; i < 8; i++)
        {
            prepared += (await node.CallAsync("surety/prepare_api_key", new { }, Login())).TryGetProperty("result", out _) ? 1 : 0;
        }
        Assert.Equal(4, prepared);
    }

    [Fact]
    public async Task The_operator_makes_room_while_the_venue_runs_and_it_is_there_after_a_restart_and_verifies()
    {
        JsonElement limits = (await node.CallAsync("surety/get_limits", new { })).GetProperty("result");
        int room = limits.GetProperty("venue").GetProperty("triggers").GetProperty("room").GetInt32();
        JsonElement grown = await node.CallAsync("surety/operator_grow", new { table = "triggers", capacity = room + 1_000 }, Login());
        Assert.True(grown.TryGetProperty("result", out _), grown.ToString());
        Assert.True((await node.CallAsync("surety/operator_grow", new { table = "accounts", capacity = 30_000 }, Login()))
            .TryGetProperty("result", out _));
        Assert.True((await node.CallAsync("surety/operator_set_limits", new { keys = 100, fee_milli = -1 }, Login()))
            .TryGetProperty("result", out _));
        SmallNode.Customer customer = await node.CustomerAsync();
        Assert.Equal(0,
            (await node.SubmitAsync(customer, CommandKind.CancelAll, new CancelAll())).GetProperty("result")[0].GetProperty("code")
            .GetInt32());
        await node.Running.DisposeAsync();
        VerificationResult verified = new JournalVerification { AuditBlocks = true }.Run(node.Directory);
        Assert.True(verified.Holds, verified.Problem);
        await node.StartAsync(SmallNode.Settings);
        limits = (await node.CallAsync("surety/get_limits", new { })).GetProperty("result");
        Assert.Equal(room + 1_000, limits.GetProperty("venue").GetProperty("triggers").GetProperty("room").GetInt32());
        Assert.Equal(100, limits.GetProperty("owner").GetProperty("keys").GetInt32());
        Assert.Contains("surety_room_used{table=\"triggers\"} 0", await node.Http.GetStringAsync(new Uri(node.Url + "/metrics")),
            StringComparison.Ordinal);
    }

    private static string[] Names(int from, int count) =>
        [.. Enumerable.Range(from, count).Select(d => $"book.BTC_USDC-PERPETUAL.none.{d}.100ms")];

    private string Login() =>
        "operator:" + File.ReadAllLines(Path.Combine(node.Directory, "identity", "operator-login.txt"))[1]["secret: ".Length..];

    private Task<long> Refusals() => node.Node.Venue.ReadAsync(l =>
    {
        long sum = 0;
        for (int account = 0; account < l.Engine.State.Counts.Accounts; account++)
        {
            sum += l.Engine.State.Owners[account].Refusals;
        }
        return sum;
    });

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        return socket;
    }

    private static async Task<string> SubscribeAsync(ClientWebSocket socket, string[] names)
    {
        await socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(
                new { jsonrpc = "2.0", id = 5, method = "public/subscribe", @params = new { channels = names } }),
                    WebSocketMessageType.Text, true, default);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[1 << 20];
        while (true)
        {
            int length = 0;
            WebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), patience.Token);
                length += part.Count;
            }
            while (!part.EndOfMessage);
            string text = Encoding.UTF8.GetString(buffer, 0, length);
            if (text.Contains("\"id\":5", StringComparison.Ordinal))
            {
                return text;
            }
        }
    }

    private static async Task Eventually(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 100; i++)
        {
            try
            {
                if (await holds())
                {
                    return;
                }
            }
            catch (WebSocketException)
            {
                // Not yet.
            }
            await Task.Delay(100);
        }
        Assert.Fail("it did not become true in ten seconds");
    }
}
