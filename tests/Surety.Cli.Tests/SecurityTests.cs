using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Core.Hashing;
using Surety.Node.Settings;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Cli.Tests;

/// <summary>
/// Signed commands that are not what they should be, readers that do not read, TLS, collectors, sources that report by themselves.
/// </summary>
[Collection("node")]
public sealed class SecurityTests(NodeFixture node) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-security-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_signed_command_counts_once_in_time_and_from_its_own_key_only()
    {
        using SigningKey key = SigningKey.Create();
        using SigningKey stranger = SigningKey.Create();
        JsonElement opened = await CallAsync("surety/open_account", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) });
        uint account = opened.GetProperty("account").GetUInt32();
        uint number = opened.GetProperty("key").GetUInt32();
        Assert.True(Hash256.TryParse(opened.GetProperty("venue").GetString(), out Hash256 venue));
        byte[] Order(SigningKey by, ulong nonce, long expiresNs = 0, uint? forAccount = null)
        {
            var place =
                new PlaceOrder
                {
                    Header = { Account = forAccount ?? account, Key = number, Nonce = nonce, ExpiresNs = expiresNs },
                    Side = Side.Buy,
                    PriceTicks = 1,
                    Lots = 1,
                    TimeInForce = TimeInForce.ImmediateOrCancel
                };
            var record = new byte[Unsafe.SizeOf<PlaceOrder>() + CommandHeader.SignatureSize];
            by.Sign(venue, record, CommandCodec.Write(CommandKind.PlaceOrder, ref place, record));
            return record;
        }
        async Task<JsonElement> Submit(byte[] record) =>
            (await CallAsync("surety/submit", new { commands = Convert.ToBase64String(record) }))[0];

        byte[] good = Order(key, 1);
        JsonElement first = await Submit(good);
        Assert.NotEqual("NonceUsed", first.TryGetProperty("refusal", out JsonElement refusal) ? refusal.GetString() : "");
        Assert.Equal("NonceUsed", (await Submit(good)).GetProperty("refusal").GetString());
        Assert.Equal("CommandExpired", (await Submit(Order(key, 2, expiresNs: 1_000_000))).GetProperty("refusal").GetString());
        Assert.Equal("KeyNotOfAccount", (await Submit(Order(key, 3, forAccount: 2))).GetProperty("refusal").GetString());
        Assert.Contains("13009", await Refused(Order(stranger, 4)), StringComparison.Ordinal);
        byte[] changed = Order(key, 5);
        changed[64]++;
        Assert.Contains("13009", await Refused(changed), StringComparison.Ordinal);
        var withdraw = new Withdraw { Header = { Account = account, Key = number, Nonce = 6 }, AmountAtoms = 1 };
        var direct = new byte[Unsafe.SizeOf<Withdraw>() + CommandHeader.SignatureSize];
        key.Sign(venue, direct, CommandCodec.Write(CommandKind.Withdraw, ref withdraw, direct));
        // The ledger itself guards withdrawals: a command sent past the methods needs an address and old keys as well.
        Assert.Equal("UnknownAddress", (await Submit(direct)).GetProperty("refusal").GetString());
    }

    [Fact]
    public async Task Who_does_not_read_is_disconnected_and_others_do_not_notice()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        byte[] ask = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/get_instruments\"}"u8.ToArray();
        var slowest = TimeSpan.Zero;
        try
        {
            for (int i = 0; i < 3_000; i++)
            {
                await socket.SendAsync(ask, WebSocketMessageType.Text, true, default);
                if (i % 500 == 0)
                {
                    long started = Stopwatch.GetTimestamp();
                    Assert.Equal(200, (await node.GetAsync("/api/v2/public/test")).Status);
                    slowest = Stopwatch.GetElapsedTime(started) > slowest ? Stopwatch.GetElapsedTime(started) : slowest;
                }
            }
        }
        catch (WebSocketException)
        {
            // It was cut off while it went on asking.
        }
        bool counted = false;
        for (int i = 0; i < 50 && !counted; i++)
        {
            await Task.Delay(100);
            counted = (await node.GetAsync("/metrics")).Text.Contains("cause=\"slow reader\"", StringComparison.Ordinal);
        }
        Assert.True(counted);
        Assert.True(slowest < TimeSpan.FromSeconds(5), $"another caller waited {slowest}");
    }

    [Fact]
    public async Task With_a_certificate_everything_is_tls()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate =
            request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
        string file = Path.Combine(_directory, "node.pem");
        string keyFile = Path.Combine(_directory, "node.key");
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        string data = Path.Combine(_directory, "venue");
        DefaultVenue.CreateIfEmpty(data, "tls");
        var settings =
            new NodeSettings
            {
                Listen = new ListenSettings { Port = 0, Certificate = file, CertificateKey = keyFile },
                Feed = new FeedSettings { Traders = false }
            };
        await using RunningNode running = await RunningNode.StartAsync(data, settings, NullLoggerFactory.Instance, _ => { });
        Assert.StartsWith("https://", running.Host.Url, StringComparison.Ordinal);
        using var handler =
            new HttpClientHandler
            {
                ServerCertificateCustomValidationCallback = (_, served, _, _) =>
                served?.Thumbprint == certificate.Thumbprint
            };
        using var http = new HttpClient(handler);
        Assert.Contains("\"surety-", await http.GetStringAsync(new Uri(running.Host.Url + "/api/v2/public/test")),
            StringComparison.Ordinal);
        using var plain = new HttpClient();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() =>
            plain.GetStringAsync(new Uri(running.Host.Url.Replace("https", "http", StringComparison.Ordinal) + "/api/v2/public/test")));
    }

    [Fact]
    public async Task Metrics_and_traces_reach_a_collector_and_signed_reports_make_a_price()
    {
        using var collector = new HttpListener();
        int port = 30_000 + (Environment.ProcessId % 20_000);
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var paths = new HashSet<string>();
        var bodies = new StringBuilder();
        Task collecting = Task.Run(async () =>
        {
            while (collector.IsListening)
            {
                try
                {
                    HttpListenerContext context = await collector.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
                    string body = await reader.ReadToEndAsync();
                    lock (paths)
                    {
                        paths.Add(context.Request.Url!.AbsolutePath);
                        bodies.Append(body);
                    }
                    context.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        });
        string data = Path.Combine(_directory, "venue");
        DefaultVenue.CreateIfEmpty(data, "signed");
        var settings =
            new NodeSettings
            {
                Listen = new ListenSettings { Port = 0 },
                Feed = new FeedSettings { Source = "signed" },
                Telemetry = new TelemetrySettings { Otlp = $"http://127.0.0.1:{port}/v1/metrics" }
            };
        await using (RunningNode running = await RunningNode.StartAsync(data, settings, NullLoggerFactory.Instance, _ => { }))
        {
            for (int source = 1; source <= 3; source++)
            {
                Assert.Equal(0,
                    await Commands.ReportPriceCommand.SendAsync(running.Host.Url, Path.Combine(data, "identity", $"source-{source}.pem"),
                    "btc_usdc", "8000.50", CancellationToken.None));
            }
            string index = await node.Http.GetStringAsync(new Uri(running.Host.Url + "/api/v2/public/get_index_price?index_name=btc_usdc"));
            Assert.Contains("\"index_price\":8000.5", index, StringComparison.Ordinal);
            Assert.Contains("\"state\":\"Good\"", index, StringComparison.Ordinal);
            await running.Node.Snapshots.TakeAsync();
        }
        collector.Stop();
        await collecting;
        Assert.Contains("/v1/metrics", paths);
        Assert.Contains("/v1/traces", paths);
        Assert.Contains("surety.command.latency", bodies.ToString(), StringComparison.Ordinal);
        Assert.Contains("snapshot", bodies.ToString(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> CallAsync(string method, object parameters)
    {
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri($"{node.Url}/api/v2/{method}"),
                new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(parameters)));
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.GetProperty("result").Clone();
    }

    private async Task<string> Refused(byte[] record)
    {
        using HttpResponseMessage answer =
            await node.Http.PostAsync(new Uri($"{node.Url}/api/v2/surety/submit"),
                new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new { commands = Convert.ToBase64String(record) })));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Contains("\"error\"", text, StringComparison.Ordinal);
        return text;
    }
}
