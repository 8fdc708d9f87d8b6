using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol.Commands;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Cli.Tests;

/// <summary>A whole node that is started with a wrong clock: what stops it, what lets it start, and the way back.</summary>
[Collection("node")]
public sealed class ClockTests : IDisposable
{
    private const long Hour = 3_600_000_000_000;
    private static readonly NodeSettings Quiet =
        new() { Listen = new ListenSettings { Port = 0 }, Feed = new FeedSettings { Source = "signed" } };
    private static readonly NodeSettings Accepting = Quiet with { Clock = new ClockSettings { Accept = true } };
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-clock-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_start_beyond_the_clocks_bound_needs_the_word_and_a_backup_is_the_way_back()
    {
        string venue = In("venue");
        DefaultVenue.CreateIfEmpty(venue, "clock");
        await using (RunningNode first = await StartAsync(venue, Quiet, VenueClock.WallNs))
        {
            await CommandAsync(first);
        }
        long last = LastNs(venue);
        long bound = new ClockSettings().ForwardHours * Hour;
        Assert.Equal(168 * Hour, bound);
        Assert.Equal(0, Cli("backup", venue, In("backup.tar.gz"), "--with-keys").Code);

        // A nanosecond beyond the bound: refused, with the remedy, and nothing was written.
        byte[] journal = Journal(venue);
        ClockException forward = await Assert.ThrowsAsync<ClockException>(() => StartAsync(venue, Quiet, () => last + bound + 1));
        Assert.All((string[])["168 h", "clock.forwardHours", "--accept-clock", "set the clock right"],
            t => Assert.Contains(t, forward.Message, StringComparison.Ordinal));
        Assert.Equal(journal, Journal(venue));
        Assert.Equal(last, LastNs(venue));
        Copy(venue, In("bound"));

        // With the word it starts, and the venue's time is the wrong one from then on.
        long wrong = bound + (24 * Hour);
        await using (RunningNode jumped = await StartAsync(venue, Accepting, () => VenueClock.WallNs() + wrong))
        {
            await CommandAsync(jumped);
        }
        Assert.True(LastNs(venue) >= last + wrong);

        // The clock is right again: the real program refuses, and names both ways.
        (int code, string error) = Cli("node", "--data", venue, "--config", Settings(), "--port", "0");
        Assert.Equal(1, code);
        Assert.All((string[])["restore a backup", "--accept-clock", "docs/operations.md"],
            t => Assert.Contains(t, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        // One way: go on at the venue's time, which does not go back.
        long ahead = LastNs(venue);
        await using (RunningNode goesOn = await StartAsync(venue, Accepting, VenueClock.WallNs))
        {
            await CommandAsync(goesOn);
        }
        Assert.True(LastNs(venue) > ahead);
        Assert.True(new JournalVerification().Run(venue) is { Holds: true });
        // The other: the backup of before, at the right time. The machine remembers the later blocks, so that they end needs a word, too.
        Assert.Equal(0, Cli("restore", In("backup.tar.gz"), In("restored")).Code);
        HistoryException rollback = await Assert.ThrowsAsync<HistoryException>(() => StartAsync(In("restored"), Quiet, VenueClock.WallNs));
        Assert.Contains("--accept-rollback", rollback.Message, StringComparison.Ordinal);
        NodeSettings rolledBack = Quiet with { Seal = new SealSettings { AcceptRollback = true } };
        await using (RunningNode back = await StartAsync(In("restored"), rolledBack, VenueClock.WallNs))
        {
            await CommandAsync(back);
        }
        Assert.True(LastNs(In("restored")) < last + Hour);
        Assert.True(new JournalVerification().Run(In("restored")) is { Holds: true });
        // Exactly at the bound a start needs no word for the clock.
        await using (RunningNode within = await StartAsync(In("bound"), rolledBack, () => last + bound))
        {
            await CommandAsync(within);
        }
        Assert.True(LastNs(In("bound")) >= last + bound);
    }

    private static Task<RunningNode> StartAsync(string directory, NodeSettings settings, Func<long> wallNs) =>
        RunningNode.StartAsync(directory, settings, NullLoggerFactory.Instance, _ => { }, wallNs: wallNs);

    private static async Task CommandAsync(RunningNode node) =>
        Assert.Equal(RefusalCode.None, (await node.Node.Operator.SubmitAsync(CommandKind.CancelAll, default(CancelAll))).Code);

    private static long LastNs(string directory)
    {
        using Venue venue = Venue.Open(directory);
        return venue.Ledger.Engine.State.TimeNs;
    }

    private static byte[] Journal(string directory) =>
        [.. Directory.GetFiles(Path.Combine(directory, "journal"), "*.seg").Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static (int Code, string Error) Cli(params IEnumerable<string> arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "surety.dll");
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error + output.Result);
    }

    private string Settings()
    {
        File.WriteAllText(In("settings.json"), """{ "feed": { "source": "signed" } }""");
        return In("settings.json");
    }

    private string In(string name) => Path.Combine(_directory, name);
}
