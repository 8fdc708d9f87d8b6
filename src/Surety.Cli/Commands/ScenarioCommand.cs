using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Spectre.Console;
using Surety.Cli.Scenarios;
using Surety.Simulation.Scenarios;

namespace Surety.Cli.Commands;

/// <summary><c>surety scenario</c></summary>
internal static class ScenarioCommand
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A scenario, in JSON; the format is in docs/scenarios.md" };
        var json = new Option<bool>("--json") { Description = "One JSON object" };
        var without = new Option<string?>("--without") { Description = "Controls to switch off, such as C09,C06: shows what they prevent" };
        var data =
            new Option<string?>("--data") { Description = "Sign every command and write a journal here, to be verified; must be empty" };
        var bites =
            new Option<bool>("--bites")
            {
                Description =
                "Run it with the controls off that its 'bites' names, and exit 0 if it then goes wrong as it says"
            };
        var restarts =
            new Option<int>("--restart-every")
            {
                Description =
                "Restore the venue from its saved tables after every so many commands; it must end as one that never stopped"
            };
        var run =
            new Command("run",
                "Run a market situation; exit status 0 if all it expects is seen, 1 if not, 2 if the file is wrong") { file, json, without,
                data, bites, restarts };
        run.SetAction(parsed =>
            Run(parsed.GetValue(file)!, parsed.GetValue(json), parsed.GetValue(without), parsed.GetValue(data), parsed.GetValue(bites),
                parsed.GetValue(restarts)));
        return new Command("scenario", "Market situations written as files") { run };
    }

    private static int Run(string file, bool json, string? without, string? data, bool bites, int restartEvery)
    {
        if (restartEvery < 0)
        {
            throw new UsageException($"--restart-every: expected a number of commands, found {restartEvery}");
        }
        Scenario scenario = Scenario.Read(file);
        List<string> off = [.. scenario.Off];
        foreach (string control in (without ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            off.Add(ControlSwitches.CanBeOff(control)
                ? control
                : throw new UsageException(
                    $"--without: expected controls that can be switched off "
                    + $"({string.Join(", ", ControlSwitches.All)}), found '{control}'"));
        }
        if (bites)
        {
            off.AddRange(scenario.Bites?.Without
                ?? throw new UsageException(
                $"{file}: bites: is missing; it says which controls to switch off and which expectations then fail"));
        }
        if (data is not null && Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
        {
            throw new UsageException($"{data}: not empty. Name an empty directory with --data.");
        }
        ScenarioResult result;
        try
        {
            using var run = NodePlatform.Run(scenario, off, data, restartEvery);
            result = json || Console.IsOutputRedirected ? run.Play() : WithProgress(run);
        }
        catch (ScenarioException e) when (!e.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new UsageException($"{file}: {e.Message}", e);
        }
        bool passed = bites
            ? scenario.Bites!.Value.Fails.All(f => result.Expectations.Any(e => e.That == f && !e.Holds))
            : result.Passed;
        if (json)
        {
            PrintJson(result, off, passed);
        }
        else
        {
            Print(result, off, passed, bites);
        }
        return passed ? 0 : 1;
    }

    private static ScenarioResult WithProgress(ScenarioRun run)
    {
        ScenarioResult? result = null;
        AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn()).Start(context =>
        {
            ProgressTask task = context.AddTask("playing", maxValue: 1);
            result = run.Play(done => task.Value = done);
        });
        return result!;
    }

    private static void Print(ScenarioResult result, List<string> off, bool passed, bool bites)
    {
        Console.WriteLine(result.Scenario.Name);
        if (result.Scenario.Verdict is { } verdict)
        {
            Console.WriteLine(verdict);
        }
        if (off.Count > 0)
        {
            Console.WriteLine($"Switched off: {string.Join(", ", off)}.");
        }
        Console.WriteLine();
        const int MostNotes = 40;
        List<(long Ns, string Text)> notes = result.Outcome.Notes;
        foreach ((long ns, string text) in notes.Take(MostNotes))
        {
            Console.WriteLine($"  {Times.Since(ns - result.Scenario.StartNs),10}  {text}");
        }
        if (notes.Count > MostNotes)
        {
            Console.WriteLine($"  … and {notes.Count - MostNotes} more; --json has them all");
        }
        Console.WriteLine();
        foreach (ExpectationResult e in result.Expectations)
        {
            Console.WriteLine($"  {(e.Holds ? "holds" : "FAILS"),-6} {e.That}: expected {e.Expected}; seen: {e.Seen}");
        }
        Console.WriteLine();
        Console.WriteLine($"state root {result.StateRoot} ({result.Replay})");
        Console.WriteLine(bites
            ? passed
                ? "It bites: without the control it goes wrong as the file says."
                : "It does not bite: without the control nothing of what the file names goes wrong."
            : passed
                ? "All expectations hold."
                : $"{result.Expectations.Count(e => !e.Holds)} of {result.Expectations.Count} expectations fail.");
    }

    private static void PrintJson(ScenarioResult result, List<string> off, bool passed)
    {
        var document = new Dictionary<string, object?>
        {
            ["name"] = result.Scenario.Name,
            ["verdict"] = result.Scenario.Verdict,
            ["passed"] = passed,
            ["switched_off"] = off,
            ["state_root"] = result.StateRoot.ToString(),
            ["replay"] = result.Replay,
            ["expectations"] =
                result.Expectations.Select(e => new Dictionary<string, object?>
                {
                    ["that"] = e.That,
                    ["holds"] = e.Holds,
                    ["expected"] = e.Expected,
                    ["seen"] = e.Seen,
                }),
            ["timeline"] =
                result.Outcome.Notes.Select(n =>
                    new Dictionary<string,
                        object?>
                    { ["seconds"] = Math.Round((n.Ns - result.Scenario.StartNs) / 1e9, 3), ["what"] = n.Text }),
            ["answers"] =
                result.Outcome.Answers.ToDictionary(a => a.Key,
                    a => (object?)(a.Value.Code == 0
                    ? "accepted"
                    : string.Create(CultureInfo.InvariantCulture, $"{a.Value.Code}: {a.Value.Message}"))),
        };
        Console.WriteLine(JsonSerializer.Serialize(document, Readable));
    }
}
