using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Commands;
using Surety.Cli.Serving;
using Surety.Client;
using Surety.Node.Identity;
using Surety.Node.Proving;
using Surety.Node.Settings;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Cli.Tests;

/// <summary>
/// The identity folder: that it belongs to its journal, who can read it, and how it is sealed. Not beside the others that catch the
/// console.
/// </summary>
[Collection("node")]
public sealed class IdentityTests : IDisposable
{
    private static readonly NodeSettings Quiet =
        new() { Listen = new ListenSettings { Port = 0 }, Feed = new FeedSettings { Source = "signed" } };
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-identity-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Venue => Path.Combine(_directory, "venue");

    [Fact]
    public async Task An_older_journal_beside_a_later_identity_folder_opens_no_account_of_another()
    {
        DefaultVenue.CreateIfEmpty(Venue, "restored");
        string older = Path.Combine(_directory, "older");
        string id;
        string secret;
        uint account;
        await using (RunningNode first = await StartAsync(Quiet))
        {
            await OpenAsync(first.Host.Url, "first");
        }
        Copy(Path.Combine(Venue, "journal"), older);
        await using (RunningNode later = await StartAsync(Quiet))
        {
            (id, secret, account) = await OpenAsync(later.Host.Url, "second");
        }
        Directory.Delete(Path.Combine(Venue, "journal"), recursive: true);
        Directory.Delete(Path.Combine(Venue, "snapshots"), recursive: true);
        Copy(older, Path.Combine(Venue, "journal"));
        // That the journal is an older one is noticed first; here it is accepted.
        await Assert.ThrowsAsync<HistoryException>(() => StartAsync(Quiet));
        NodeSettings rolledBack = Quiet with { Seal = new SealSettings { AcceptRollback = true } };

        IdentityException refused = await Assert.ThrowsAsync<IdentityException>(() => StartAsync(rolledBack));
        Assert.Contains(id, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--drop-unmatched", refused.Message, StringComparison.Ordinal);

        await using (RunningNode dropped = await StartAsync(rolledBack, dropUnmatched: true))
        {
            // The next customer is given the same number; the key of before opens nothing.
            (string newId, string newSecret, uint again) = await OpenAsync(dropped.Host.Url, "third");
            Assert.Equal(account, again);
            await using VenueClient client = await VenueClient.ConnectAsync(dropped.Host.Url);
            await Assert.ThrowsAsync<VenueException>(() => client.LogInAsync(id, secret));
            await client.LogInAsync(newId, newSecret);
        }
        Assert.Single(Directory.GetFiles(Path.Combine(Venue, "identity"), "identity.unmatched-*"));
        Assert.True(new JournalVerification().Run(Venue) is { Holds: true });
        // Once it is one again, it starts without a word.
        await using RunningNode goesOn = await StartAsync(Quiet);
    }

    [Fact]
    public async Task Keys_of_another_ledger_are_not_signed_with()
    {
        DefaultVenue.CreateIfEmpty(Venue, "keys");
        await using (RunningNode first = await StartAsync(Quiet))
        {
            using SigningKey foreign = SigningKey.Create();
            Assert.Contains("operator.pem", Assert.Throws<IdentityException>(() => first.Node.Operator.Hold(foreign)).Message,
                StringComparison.Ordinal);
            var held = new DelegatedKey(0, foreign, 0);
            await Assert.ThrowsAsync<ForeignKeyException>(() =>
                first.Node.Signing.SubmitAsync(held, 0, CommandKind.CancelAll, default(CancelAll)));
        }
        foreach (string name in (string[])["operator", "source-2"])
        {
            string file = Path.Combine(Venue, "identity", name + ".pem");
            string right = await File.ReadAllTextAsync(file);
            using (SigningKey foreign = SigningKey.Create())
            {
                await File.WriteAllTextAsync(file, foreign.ToPem());
            }
            IdentityException refused =
                await Assert.ThrowsAsync<IdentityException>(() => StartAsync(Quiet with { Feed = new FeedSettings { Traders = false } }));
            Assert.Contains(name, refused.Message, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, right);
        }
    }

    [Fact]
    public async Task A_venue_that_is_no_sandbox_keeps_no_private_key_in_the_clear()
    {
        NodeSettings real = Quiet with { Sandbox = new SandboxSettings { Open = false } };
        Assert.Contains("identity.secretFile",
            Assert.Throws<SettingsException>(() => DefaultVenue.CreateIfEmpty(Venue, "real", real)).Message, StringComparison.Ordinal);

        string secretFile = Path.Combine(_directory, "secret");
        await File.WriteAllTextAsync(secretFile, "correct horse battery staple\n");
        NodeSettings named =
            real with
            {
                Identity = new IdentitySettings { SecretFile = secretFile },
                Listen = new ListenSettings { Port = 0, Origins = ["https://app.example"] }
            };
        DefaultVenue.CreateIfEmpty(Venue, "real", named);
        string login;
        await using (RunningNode running = await StartAsync(named))
        {
            login = running.Node.Vault.Read("operator-login.txt")!;
            await using VenueClient client = await VenueClient.ConnectAsync(running.Host.Url);
            await client.LogInAsync(login.Split('\n')[0][4..], login.Split('\n')[1][8..]);
            await ListedPagesMayCall(running.Host.Url);
        }
        string secretOfOperator = login.Split('\n')[1][8..];
        foreach (string file in Directory.GetFiles(Venue, "*", SearchOption.AllDirectories))
        {
            string bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain("PRIVATE KEY", bytes, StringComparison.Ordinal);
            Assert.DoesNotContain(secretOfOperator, bytes, StringComparison.Ordinal);
        }

        // No secret, a wrong one, a changed file, a changed secret.
        Assert.Contains("is sealed", (await Assert.ThrowsAsync<IdentityException>(() => StartAsync(Quiet))).Message,
            StringComparison.Ordinal);
        string wrong = Path.Combine(_directory, "wrong");
        await File.WriteAllTextAsync(wrong, "another passphrase");
        NodeSettings wrongly = named with { Identity = new IdentitySettings { SecretFile = wrong } };
        Assert.Contains("does not open", (await Assert.ThrowsAsync<IdentityException>(() => StartAsync(wrongly))).Message,
            StringComparison.Ordinal);
        IdentityVault.ChangeSecret(Venue, "correct horse battery staple", "another passphrase");
        Assert.Contains("does not open", (await Assert.ThrowsAsync<IdentityException>(() => StartAsync(named))).Message,
            StringComparison.Ordinal);
        await using (await StartAsync(wrongly))
        {
            // The changed one opens it.
        }
        string pem = Path.Combine(Venue, "identity", "source-1.pem");
        string other = Path.Combine(Venue, "identity", "operator.pem");
        await File.WriteAllTextAsync(pem, await File.ReadAllTextAsync(other));
        Assert.Contains("source-1.pem",
            Assert.Throws<IdentityException>(() => IdentityVault.Open(Venue, "another passphrase").FindKey("source-1")).Message,
            StringComparison.Ordinal);
    }

#pragma warning disable CA1416 // Skipped where there are no modes.
    [Fact]
    public async Task Everything_that_a_venue_writes_is_for_its_user_alone_and_so_are_backups()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes here");
        string program = Path.Combine(AppContext.BaseDirectory, "surety.dll");
        string settings = Path.Combine(_directory, "settings.json");
        await File.WriteAllTextAsync(settings, "{ \"listen\": { \"port\": 0 }, \"feed\": { \"source\": \"signed\" } }");
        string backup = Path.Combine(_directory, "backup.tar.gz");
        string restored = Path.Combine(_directory, "restored");
        // With the most generous umask there is.
        using (var node = Process.Start(
            new ProcessStartInfo("sh",
                ["-c", $"umask 000; exec dotnet {program} node --data {Venue} --config {settings}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true
            })!)
        {
            for (string? line = ""; line is not null && !line.Contains("Ctrl+C", StringComparison.Ordinal);)
            {
                line = await node.StandardOutput.ReadLineAsync();
            }
            using (var tar = Process.Start(
                new ProcessStartInfo("sh",
                    ["-c", $"umask 000; dotnet {program} backup {Venue} {backup} --with-keys && "
                        + $"dotnet {program} restore {backup} {restored}"])
                { RedirectStandardOutput = true })!)
            {
                await tar.WaitForExitAsync();
                Assert.Equal(0, tar.ExitCode);
            }
            node.Kill();
            await node.WaitForExitAsync();
        }
        const UnixFileMode ForFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(ForFiles, File.GetUnixFileMode(backup));
        foreach (string root in (string[])[Venue, restored])
        {
            Assert.All(Directory.GetDirectories(root, "*", SearchOption.AllDirectories).Append(root),
                d => Assert.True(File.GetUnixFileMode(d) == (ForFiles | UnixFileMode.UserExecute), $"{d}: {File.GetUnixFileMode(d)}"));
            string[] files = Directory.GetFiles(root, "*", SearchOption.AllDirectories);
            Assert.Contains(files, f => f.EndsWith(".seg", StringComparison.Ordinal));
            Assert.Contains(files, f => f.EndsWith("operator.pem", StringComparison.Ordinal));
            Assert.All(files, f => Assert.True(File.GetUnixFileMode(f) == ForFiles, $"{f}: {File.GetUnixFileMode(f)}"));
        }
        // What an earlier version left readable is closed at the next start.
        string segment = Directory.GetFiles(Path.Combine(restored, "journal"), "*.seg")[0];
        File.SetUnixFileMode(segment, ForFiles | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        using (Replay.Venues.Venue.Open(restored))
        {
            Assert.Equal(ForFiles, File.GetUnixFileMode(segment));
        }
    }
#pragma warning restore CA1416

    private Task<RunningNode> StartAsync(NodeSettings settings, bool dropUnmatched = false) =>
        RunningNode.StartAsync(Venue, settings, NullLoggerFactory.Instance, _ => { }, dropUnmatched);

    // Cross-origin reading is for pages that the operator lists, and only for those.
    private static async Task ListedPagesMayCall(string url)
    {
        using var http = new HttpClient();
        foreach ((string origin, int status) in ((string, int)[])[("https://app.example", 204), ("https://other.example", 403)])
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(url + "/api/v2/private/buy"));
            preflight.Headers.TryAddWithoutValidation("Origin", origin);
            preflight.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");
            using HttpResponseMessage answer = await http.SendAsync(preflight);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(status == 204 ? [origin] : [],
                answer.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? allowed) ? allowed.ToArray() : []);
        }
    }

    private async Task<(string Id, string Secret, uint Account)> OpenAsync(string url, string name)
    {
        using var console = new CapturedConsole();
        Assert.Equal(0,
            await AccountCommand.OpenAsync(url, Path.Combine(_directory, name + ".pem"), "trade:read_write account:read_write",
            asJson: true, default));
        using JsonDocument made = JsonDocument.Parse(console.Text);
        return (made.RootElement.GetProperty("apiKey").GetString()!, made.RootElement.GetProperty("secret").GetString()!,
            made.RootElement.GetProperty("account").GetUInt32());
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
