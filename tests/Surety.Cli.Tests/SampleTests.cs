using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Surety.Client;

namespace Surety.Cli.Tests;

/// <summary>The programs in samples/, as processes against a whole node. tests/packages.sh builds them from the packages.</summary>
public sealed class SampleTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task Embed_trades_and_executes_itself_again_to_the_same_root()
    {
        (int code, string text) = await RunAsync("embed");
        Assert.True(code == 0, text);
        Assert.Contains("Alice has 10050 USD, Bob 9950 USD.", text, StringComparison.Ordinal);
        Assert.Contains("Broken invariants: none.", text, StringComparison.Ordinal);
        Assert.Contains("executed again the same.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bot_quotes_and_leaves_no_order_behind_and_auditor_checks_its_account()
    {
        (VenueClient client, string id, string secret, uint account) = await node.TraderAsync();
        await using VenueClient trader = client;
        string head = Path.Combine(node.Directory, "auditor.head");
        Assert.Contains("The chain of headers holds", await DoneAsync("auditor", node.Url, head), StringComparison.Ordinal);

        string bot = await DoneAsync("bot", node.Url, id, secret, "BTC_USDC-PERPETUAL", "4");
        Assert.Contains("0 orders left.", bot, StringComparison.Ordinal);
        Assert.DoesNotContain("Quoted 0 times", bot, StringComparison.Ordinal);

        // A trade that is sure to be there, whatever the traders did with the bot's quotes.
        await trader.CallAsync("private/buy", new { instrument_name = "BTC_USDC-PERPETUAL", amount = "0.01", type = "market" });
        string audit = await DoneAsync("auditor", node.Url, head, id, secret);
        Assert.Contains("account_proof: holds", audit, StringComparison.Ordinal);
        Assert.Contains($"positions of account {account}", audit, StringComparison.Ordinal);
        Assert.Contains("event_proof: holds: trade", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("does not hold", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auditor_refuses_a_venue_whose_history_is_not_the_one_that_it_saw()
    {
        string head = Path.Combine(node.Directory, "other.head");
        await File.WriteAllTextAsync(head, $"head 1:{new string('7', 64)}\n");
        (int code, string text) = await RunAsync("auditor", node.Url, head);
        Assert.NotEqual(0, code);
        Assert.Contains("no longer part of the chain", text, StringComparison.Ordinal);
    }

    private static async Task<string> DoneAsync(string name, params string[] arguments)
    {
        (int code, string text) = await RunAsync(name, arguments);
        Assert.True(code == 0, text);
        return text;
    }

    private static async Task<(int Code, string Text)> RunAsync(string name, params string[] arguments)
    {
        string program = Path.Combine(Root(), "samples", name, "bin", "Release", "net10.0", name + ".dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));
}
