using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Journal;
using Surety.Node.Settings;

namespace Surety.Cli.Tests;

/// <summary>Starts that fail behind the opening of the venue: nothing of them stays, and the message says what to change.</summary>
[Collection("node")]
public sealed class FailedStartTests : IDisposable
{
    private static readonly string[] Named = ["sequencer", "outbox", "channels", "journal", "header signer"];
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-start-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_start_on_a_taken_port_says_the_remedy_and_leaves_no_thread_and_no_lock()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        DefaultVenue.CreateIfEmpty(_directory, "start");
        SortedDictionary<string, int> before = Threads();

        IOException refused = await Assert.ThrowsAsync<IOException>(() => StartAsync(port));

        Assert.StartsWith(
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port} cannot be listened on"), refused.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("Choose another port with --port or listen.port.", refused.Message, StringComparison.Ordinal);
        JournalDirectory.OpenToWrite(_directory).Dispose();
        SortedDictionary<string, int> after = Threads();
        for (int i = 0; i < 100 && after.Any(t => t.Value > before[t.Key]); i++)
        {
            await Task.Delay(50);
            after = Threads();
        }
        Assert.Equal(before, after);

        // The same directory starts on a free port, with what the failed start set up.
        await using RunningNode running = await StartAsync(port: 0);
        Assert.True(running.Node.Venue.IsReady);
    }

    [Fact]
    public async Task A_start_with_an_address_of_another_machine_says_the_remedy_too()
    {
        DefaultVenue.CreateIfEmpty(_directory, "start");
        IOException refused = await Assert.ThrowsAsync<IOException>(() => StartAsync(port: 0, address: "192.0.2.1"));
        Assert.StartsWith("192.0.2.1:0 cannot be listened on: ", refused.Message, StringComparison.Ordinal);
        JournalDirectory.OpenToWrite(_directory).Dispose();
    }

    [Fact]
    public async Task A_start_with_a_certificate_that_is_none_leaves_no_lock()
    {
        DefaultVenue.CreateIfEmpty(_directory, "start");
        string file = Path.Combine(_directory, "none.pem");
        await File.WriteAllTextAsync(file, "no certificate", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SettingsException>(() => StartAsync(port: 0, certificate: file));
        JournalDirectory.OpenToWrite(_directory).Dispose();
    }

    private Task<RunningNode> StartAsync(int port, string address = "127.0.0.1", string? certificate = null)
    {
        var listen = new ListenSettings { Address = address, Port = port, Certificate = certificate };
        return RunningNode.StartAsync(_directory, new NodeSettings { Listen = listen }, NullLoggerFactory.Instance, _ => { });
    }

    // The node's own threads, by the names that the system knows them by; none where it has no such list.
    private static SortedDictionary<string, int> Threads()
    {
        string[] names = !Directory.Exists("/proc/self/task") ? []
            : [.. Directory.GetDirectories("/proc/self/task").Select(t => Path.Combine(t, "comm")).Select(NameOf)];
        return new(Named.ToDictionary(n => n, n => names.Count(o => o == n)));
    }

    private static string NameOf(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (IOException)
        {
            // It has ended.
            return "";
        }
    }
}
