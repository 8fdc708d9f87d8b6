using System;
using System.IO;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Client;
using Surety.Node.Settings;

namespace Surety.Cli.Tests;

/// <summary>A whole node in this process, on a free port of loopback, with the default venue and its traders.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    private RunningNode _running = null!;

    public string Directory { get; } = Path.Combine(Path.GetTempPath(), "surety-node-" + Guid.NewGuid().ToString("N"));

    public string Url => _running.Host.Url;

    public HttpClient Http { get; } = new();

    internal RunningNode Running => _running;

    public async ValueTask InitializeAsync()
    {
        var settings = new NodeSettings
        {
            Listen = new ListenSettings { Port = 0 },
            Limits = new LimitSettings
            {
                UnitsPerSecond = 100_000,
                UnitsBurst = 1_000_000,
                OrdersPerTrade = 1_000_000,
                MessageBytes = 32_768,
                OutgoingBytes = 1 << 20
            },
            Withdrawals = new WithdrawalSettings { AddressDelaySeconds = 1, KeyDelaySeconds = 5 },
            Sandbox = new SandboxSettings { AccountsPerHour = 10_000 },
            Feed = new FeedSettings { Speed = 1 },
        };
        DefaultVenue.CreateIfEmpty(Directory, "test", settings);
        _running = await RunningNode.StartAsync(Directory, settings, NullLoggerFactory.Instance, _ => { });
        // Until the traders have arrived.
        for (int i = 0;
            i < 100 && (await GetAsync("/api/v2/public/ticker?instrument_name=BTC_USDC-PERPETUAL"))
            .Text.Contains("\"best_ask_price\":null", StringComparison.Ordinal); i++)
        {
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _running.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>A client of a new account, logged in with a new API key.</summary>
    public async Task<(VenueClient Client, string Id, string Secret, uint Account)> TraderAsync()
    {
        string file = Path.Combine(Directory, Guid.NewGuid().ToString("N") + ".pem");
        using var console = new CapturedConsole();
        Assert.Equal(0,
            await Commands.AccountCommand.OpenAsync(Url, file, "trade:read_write wallet:read_write account:read_write", asJson: true,
            CancellationToken.None));
        using JsonDocument made = JsonDocument.Parse(console.Text);
        string id = made.RootElement.GetProperty("apiKey").GetString()!;
        string secret = made.RootElement.GetProperty("secret").GetString()!;
        VenueClient client = await VenueClient.ConnectAsync(Url);
        await client.LogInAsync(id, secret);
        return (client, id, secret, made.RootElement.GetProperty("account").GetUInt32());
    }

    /// <summary>A plain HTTP call's answer as text, with its status.</summary>
    public async Task<(int Status, string Text)> GetAsync(string path)
    {
        using HttpResponseMessage answer = await Http.GetAsync(new Uri(Url + path));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
