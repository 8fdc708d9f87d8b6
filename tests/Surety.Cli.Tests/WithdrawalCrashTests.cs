using System;
using System.IO;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Bench;
using Surety.Client;
using Surety.Replay.Verification;

namespace Surety.Cli.Tests;

/// <summary>A node that is killed at each step of a withdrawal goes on from that step, and the ledger verifies.</summary>
public sealed class WithdrawalCrashTests : IDisposable
{
    private static readonly string Program = typeof(Commands.NodeCommand).Assembly.Location;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "surety-withdrawal-" + Guid.NewGuid().ToString("N"));

    public WithdrawalCrashTests() => Directory.CreateDirectory(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Kill_9_after_request_and_after_confirmation_loses_no_step_and_repeats_none()
    {
        string data = Path.Combine(_directory, "venue");
        string settings = Path.Combine(_directory, "settings.json");
        await File.WriteAllTextAsync(settings,
            "{ \"withdrawals\": { \"addressDelaySeconds\": 1, \"keyDelaySeconds\": 1 }, \"feed\": { \"speed\": 1 } }");
        (string Id, string Secret) first, second;
        string id;
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings))
        {
            first = await OpenAsync(node.Url);
            await using VenueClient client = await ClientAsync(node, first);
            JsonElement made = await client.CallAsync("private/create_api_key", new { max_scope = "wallet:read_write" });
            second = (made.GetProperty("client_id").GetString()!, made.GetProperty("client_secret").GetString()!);
            await client.CallAsync("private/add_to_address_book", new { currency = "USDC", address = "0xabc" });
            await Task.Delay(1_500);
            id = (await client.CallAsync("private/withdraw", new { currency = "USDC", address = "0xabc", amount = 1_000 }))
                .GetProperty("id").GetString()!;
            node.Kill();
        }
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings))
        {
            await using VenueClient client = await ClientAsync(node, first);
            Assert.Equal("unconfirmed", await StateAsync(client));
            await using VenueClient confirming = await ClientAsync(node, second);
            Assert.Equal("confirmed",
                (await confirming.CallAsync("surety/confirm_withdrawal", new { id })).GetProperty("state").GetString());
            node.Kill();
        }
        string[] login = await File.ReadAllLinesAsync(Path.Combine(data, "identity", "operator-login.txt"));
        (string, string) custody = (login[0]["id: ".Length..], login[1]["secret: ".Length..]);
        object payment = new { withdrawal = ulong.Parse(id, System.Globalization.CultureInfo.InvariantCulture), paid = true };
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings))
        {
            await using VenueClient confirming = await ClientAsync(node, second);
            Assert.Equal("confirmed", await StateAsync(confirming));
            Assert.Equal(11030,
                (await Assert.ThrowsAsync<VenueException>(() => confirming.CallAsync("surety/confirm_withdrawal", new { id }))).Code);
            await using VenueClient paying = await ClientAsync(node, custody);
            await paying.CallAsync("surety/operator_confirm_withdrawal", payment);
            node.Kill();
        }
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings))
        {
            await using VenueClient client = await ClientAsync(node, first);
            Assert.Equal("completed", await StateAsync(client));
            await using VenueClient paying = await ClientAsync(node, custody);
            Assert.Equal(13020,
                (await Assert.ThrowsAsync<VenueException>(() => paying.CallAsync("surety/operator_confirm_withdrawal", payment))).Code);
            Assert.Equal(99_000m,
                (await client.CallAsync("private/get_account_summary", new { currency = "USDC" })).GetProperty("equity").GetDecimal());
            node.Stop();
        }
        VerificationResult result = new JournalVerification { AuditBlocks = true }.Run(data);
        Assert.True(result.Holds, result.Problem);
    }

    private async Task<(string Id, string Secret)> OpenAsync(string url)
    {
        using var console = new CapturedConsole();
        Assert.Equal(0,
            await Commands.AccountCommand.OpenAsync(url, Path.Combine(_directory, "own.pem"),
            "trade:read_write wallet:read_write account:read_write", asJson: true, CancellationToken.None));
        using JsonDocument made = JsonDocument.Parse(console.Text);
        return (made.RootElement.GetProperty("apiKey").GetString()!, made.RootElement.GetProperty("secret").GetString()!);
    }

    private static async Task<VenueClient> ClientAsync(NodeUnderTest node, (string Id, string Secret) login)
    {
        VenueClient client = await VenueClient.ConnectAsync(node.Url);
        await client.LogInAsync(login.Id, login.Secret);
        return client;
    }

    private static async Task<string> StateAsync(VenueClient client) =>
        (await client.CallAsync("private/get_withdrawals", new { currency = "USDC" })).GetProperty("data")[0].GetProperty("state")
            .GetString()!;
}
