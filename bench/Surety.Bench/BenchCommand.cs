using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Surety.Bench;

/// <summary><c>surety bench</c></summary>
internal static class BenchCommand
{
    public static RootCommand Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON object a line" };
        var against =
            new Option<string?>("--against")
            {
                Description =
                "A file of baselines, such as bench/baselines.json: compares with it and exits 1 if a figure is outside its tolerance"
            };
        var commands = new Option<int>("--commands") { Description = "Commands in the timed stream", DefaultValueFactory = _ => 3_000_000 };
        var data =
            new Option<string?>("--data")
            {
                Description =
                "Where the journal is written while it is timed; its disk decides that figure. Default: a temporary directory here"
            };
        var engine =
            new Command("engine",
                "Matching and margin, then with state root and header, then with journal and fsync; one book and a hundred") { json,
                against, commands, data };
        engine.SetAction(parsed =>
            Run(new BenchOutput("engine", parsed.GetValue(json), parsed.GetValue(against)), parsed.GetValue(commands),
                parsed.GetValue(data)));
        var accounts =
            new Option<string>("--accounts")
            {
                Description = "Sizes, separated by commas",
                DefaultValueFactory = _ => "10000,100000,1000000"
            };
        var paths =
            new Option<string>("--paths")
            {
                Description = "Paths of prices, comma-separated: calm, crash, gap",
                DefaultValueFactory = _ =>
                string.Join(',', EnforcementBenchmark.Paths)
            };
        var ticks =
            new Option<int>("--ticks")
            {
                Description = "Prices on the calm walk, and at most so many minutes of the crash",
                DefaultValueFactory = _ => 20_000
            };
        var crash =
            new Option<string?>("--crash")
            {
                Description =
                "A CSV of minutes whose fifth column is the price; without one, a fall of the same shape"
            };
        var enforcement =
            new Command("enforcement",
                "From an applied price to the last margin action: calm walk, crash, gap of 20%; and a full scan") { json, against, accounts,
                paths, ticks, crash };
        enforcement.SetAction(parsed =>
            RunEnforcement(new BenchOutput("enforcement", parsed.GetValue(json), parsed.GetValue(against)), parsed.GetValue(accounts)!,
                parsed.GetValue(paths)!, parsed.GetValue(ticks), parsed.GetValue(crash)));
        var count = new Option<int>("--options") { Description = "Options in a batch", DefaultValueFactory = _ => 4096 };
        var portfolios =
            new Option<int>("--portfolios")
            {
                Description = "Accounts under portfolio margin; 0 leaves that part out",
                DefaultValueFactory = _ => 100_000
            };
        var options =
            new Command("options",
                "Prices with Greeks, implied volatilities and American options a second, beside "
                + "QuantLib where it is installed; portfolio margin of many accounts") { json, against, count, portfolios };
        options.SetAction(parsed =>
            RunOptions(new BenchOutput("options", parsed.GetValue(json), parsed.GetValue(against)), parsed.GetValue(count),
                parsed.GetValue(portfolios)));
        var seconds = new Option<double>("--seconds") { Description = "Of each timed part", DefaultValueFactory = _ => 8 };
        var recovery =
            new Option<int>("--recovery-commands") { Description = "Commands behind the snapshot", DefaultValueFactory = _ => 1_000_000 };
        var listeners =
            new Option<string>("--connections")
            {
                Description = "Connections that listen to the busy book, separated by commas",
                DefaultValueFactory = _ => "1,100,5000"
            };
        var node =
            new Command("node",
                "A whole node over loopback: orders a second with signatures checked and answers "
                + "after fsync, round trips at half that load, cold start, recovery") { json, against, seconds, recovery, listeners, data };
        node.SetAction(parsed =>
            RunNode(new BenchOutput("node", parsed.GetValue(json), parsed.GetValue(against)), parsed.GetValue(seconds),
                parsed.GetValue(recovery), parsed.GetValue(listeners)!, parsed.GetValue(data)));
        return new RootCommand("Measure; see docs/performance.md for what the figures mean") { engine, enforcement, options, node };
    }

    private static int Run(BenchOutput output, int commands, string? data)
    {
        if (commands < 1000)
        {
            throw new ArgumentException($"--commands: expected at least 1000, found {commands}");
        }
        string directory = data ?? Path.Combine(Environment.CurrentDirectory, $"surety-bench-{Environment.ProcessId}");
        if (Directory.Exists(directory))
        {
            throw new ArgumentException($"{directory}: exists already; --data names a directory to make and remove");
        }
        var bench = new EngineBenchmark(commands, directory, output.Take);
        if (!output.IsJson)
        {
            Console.WriteLine(bench.Conditions);
        }
        bench.Run();
        return output.Finish();
    }

    private static int RunEnforcement(BenchOutput output, string accounts, string paths, int ticks, string? crash)
    {
        var sizes = new List<int>();
        foreach (string size in accounts.Split(','))
        {
            sizes.Add(int.TryParse(size, out int count) && count is >= 100 and <= 2_000_000
                ? count
                : throw new ArgumentException($"--accounts: expected sizes from 100 to 2000000, found '{size}'"));
        }
        string[] chosen = paths.Split(',');
        if (chosen.FirstOrDefault(p => !EnforcementBenchmark.Paths.Contains(p)) is { } unknown)
        {
            throw new ArgumentException($"--paths: expected {string.Join(", ", EnforcementBenchmark.Paths)}, found '{unknown}'");
        }
        if (ticks < 100)
        {
            throw new ArgumentException($"--ticks: expected at least 100, found {ticks}");
        }
        if (crash is not null && !File.Exists(crash))
        {
            throw new ArgumentException($"--crash: {crash} does not exist");
        }
        new EnforcementBenchmark(sizes, chosen, ticks, crash, output.Take, text => Console.Error.WriteLine(text)).Run();
        return output.Finish();
    }

    private static int RunOptions(BenchOutput output, int count, int portfolios)
    {
        if (count is < 64 or > 1_000_000)
        {
            throw new ArgumentException($"--options: expected 64 to 1000000, found {count}");
        }
        if (portfolios is < 0 or > 1_000_000 || portfolios % 2 != 0)
        {
            throw new ArgumentException($"--portfolios: expected an even number from 0 to 1000000, found {portfolios}");
        }
        if (portfolios > 0)
        {
            new PortfolioBenchmark(portfolios, output.Take, text => Console.Error.WriteLine(text)).Run();
        }
        new OptionsBenchmark(count, output.Take, text => Console.Error.WriteLine(text)).Run();
        return output.Finish();
    }

    private static async Task<int> RunNode(BenchOutput output, double seconds, int recovery, string connections, string? data)
    {
        if (seconds is < 0.5 or > 600 || recovery is < 1_000 or > 100_000_000)
        {
            throw new ArgumentException(
                $"--seconds: expected 0.5 to 600, found {seconds}; --recovery-commands: expected 1000 to 100000000, found {recovery}");
        }
        int[] listeners =
            [.. connections.Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(c => int.TryParse(c, out int n) && n is >= 0 and <= 15_000
                ? n
                : throw new ArgumentException($"--connections: expected numbers to 15000, found '{c}'"))];
        string directory = data ?? Path.Combine(Environment.CurrentDirectory, $"surety-bench-{Environment.ProcessId}");
        if (Directory.Exists(directory))
        {
            throw new ArgumentException($"{directory}: exists already; --data names a directory to make and remove");
        }
        await new NodeBenchmark(NodeUnderTest.FindProgram(), directory, seconds, recovery, listeners, output.Take,
            text => Console.Error.WriteLine(text)).RunAsync();
        return output.Finish();
    }
}
