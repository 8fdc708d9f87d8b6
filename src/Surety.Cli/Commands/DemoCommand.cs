using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Spectre.Console;
using Surety.Cli.Demo;
using Surety.Node.Settings;

namespace Surety.Cli.Commands;

/// <summary><c>surety demo</c></summary>
internal static class DemoCommand
{
    private const string DemoMark = "surety-demo.txt";

    public static Command Create()
    {
        var replay =
            new Option<string>("--replay")
            {
                Description = "Which crash: "
                + string.Join(", ", Demo.Replay.All.Select(r => r.Name)),
                DefaultValueFactory = _ => Demo.Replay.All[0].Name
            };
        var prices =
            new Option<string?>("--prices")
            {
                Description =
                "Replay real minute files from this directory instead of the published figures that the project carries"
            };
        var data =
            new Option<string?>("--data")
            {
                Description =
                "Where to write the journal; must be empty. Default: surety-demo/REPLAY-seedN, replaced if a demo made it"
            };
        var seed =
            new Option<long>("--seed")
            {
                Description = "Of everything random: the same seed gives the same state root everywhere",
                DefaultValueFactory = _ => 1
            };
        var report = new Option<string?>("--report") { Description = "The HTML report. Default: report.html beside the journal" };
        var providers =
            new Option<int>("--providers")
            {
                Description =
                "Backstop providers, each with 5,000,000 USD and a standing bid for lots of liquidated accounts at a discount of 1%",
                DefaultValueFactory = _ => 0
            };
        var serve =
            new Option<bool>("--serve")
            {
                Description =
                "Serve it instead: a running venue with its web terminal, the crash replayed live, with traders to trade with"
            };
        var port = new Option<int>("--port") { Description = "With --serve: where it listens", DefaultValueFactory = _ => 8080 };
        var command =
            new Command("demo",
                "Replay a real crash through a venue with simulated traders") { replay, prices, data, seed, report, providers, serve,
                port };
        command.SetAction((parsed, cancellation) => parsed.GetValue(serve)
            ? ServeAsync(parsed.GetValue(replay)!, parsed.GetValue(data), parsed.GetValue(port), cancellation)
            : Task.FromResult(
                Run(parsed.GetValue(replay)!, parsed.GetValue(prices), parsed.GetValue(data), parsed.GetValue(seed),
                    parsed.GetValue(report), parsed.GetValue(providers))));
        return command;
    }

    // An hour before the fall of 12 March 2020, a minute of it every second.
    private static Task<int> ServeAsync(string replay, string? data, int port, CancellationToken cancellation)
    {
        if (replay is not ("2020-03-12" or "2017-09-04"))
        {
            throw new UsageException(
                $"--serve: expected --replay 2020-03-12 or 2017-09-04, which have prices of Bitcoin and Ether; found '{replay}'");
        }
        var settings = new NodeSettings
        {
            Listen = new ListenSettings { Port = port },
            Feed = new FeedSettings { Replay = replay, Speed = 60, StartMinute = replay == "2020-03-12" ? 500 : 1_500 },
        };
        return NodeCommand.RunAsync(data ?? Path.Combine("surety-demo", $"serve-{replay}"), settings, checkOnly: false,
            dropUnmatched: false, cancellation);
    }

    private static int Run(string replayName, string? prices, string? data, long seed, string? report, int providers)
    {
        Demo.Replay replay = Demo.Replay.All.FirstOrDefault(r => r.Name == replayName)
            ?? throw new UsageException(
                $"--replay: expected one of {string.Join(", ", Demo.Replay.All.Select(r => r.Name))}, found '{replayName}'");
        if (providers is < 0 or > 16)
        {
            throw new UsageException($"--providers: expected 0 to 16, found {providers}");
        }
        IReadOnlyList<PriceSeries> series = prices is null ? replay.FromWaypoints((ulong)seed) : replay.FromFiles(prices, (ulong)seed);
        string directory = PrepareDirectory(data, replay, seed);
        report ??= Path.Combine(directory, "report.html");
        AnsiConsole.MarkupLineInterpolated($"[bold]{replay.Title}[/], {replay.Start:d MMMM yyyy} and {replay.Hours} hours on.");
        string source = prices is null
            ? "published figures that the project carries, minutes between them bridged from the seed"
            : "minute files in " + prices;
        AnsiConsole.MarkupLineInterpolated($"Prices: {source}.");

        var simulation = new DemoRun(directory, replay, series, (ulong)seed, providers);
        using DemoVenue venue = simulation.Venue;
        long started = Stopwatch.GetTimestamp();
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
        {
            ProgressTask task = context.AddTask("replaying", maxValue: replay.Minutes);
            simulation.Run(minute => task.Value = minute);
        });
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        DemoSummary summary = DemoSummary.Of(simulation, replay, series, seed, seconds);
        summary.Print();
        HtmlReport.Write(report, summary, simulation.Outcome, venue.State, replay.Start);
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLineInterpolated($"Report: [bold]{report}[/]");
        AnsiConsole.MarkupLineInterpolated($"Verify: [bold]./surety verify {directory}[/]");
        if (simulation.Outcome.Violation is { } violation)
        {
            Console.Error.WriteLine($"surety: an invariant was broken: {violation}");
            return 1;
        }
        return 0;
    }

    // The default directory may hold an earlier demo, which is then replaced; a directory that the user names must be empty.
    private static string PrepareDirectory(string? data, Demo.Replay replay, long seed)
    {
        string directory = data ?? Path.Combine("surety-demo", $"{replay.Name}-seed{seed}");
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            if (data is not null || !File.Exists(Path.Combine(directory, DemoMark)))
            {
                throw new UsageException($"{directory}: not empty. Name an empty directory with --data, or remove that one.");
            }
            AnsiConsole.MarkupLineInterpolated($"Replacing the demo in {directory}.");
            Directory.Delete(directory, recursive: true);
        }
        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Combine(directory, DemoMark), "Written by ./surety demo, which may replace this directory.\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{directory}: cannot be written to ({e.Message}). Name another with --data.", e);
        }
        return directory;
    }
}
