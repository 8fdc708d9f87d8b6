using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using Spectre.Console;
using Surety.Cli.Commands;

if (Console.IsOutputRedirected)
{
    // A file or another program gets plain text, with room for whole lines.
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    AnsiConsole.Profile.Width = 180;
}

var root = new RootCommand("Surety: a derivatives venue whose every step can be executed again and verified.")
{
    DemoCommand.Create(),
    NodeCommand.Create(),
    AccountCommand.Create(),
    OperateCommand.Create(),
    ReadyCommand.Create(),
    ReportPriceCommand.Create(),
    VerifyCommand.Create(),
    InspectCommand.Create(),
    ScenarioCommand.Create(),
    MarginCallCommands.CreateMake(),
    MarginCallCommands.CreateCheck(),
    CheckProofCommand.Create(),
    TermsCommand.Create(),
    WhatIfCommand.Create(),
    PriceCommand.Create(),
    SimulateCommand.Create(),
    AttackCommand.Create(),
    FuzzCommand.Create(),
    BenchCommand.Create(),
};
foreach (Command command in OperationCommands.Create().Concat(KeyCommand.Create()))
{
    root.Add(command);
}
foreach (Command command in IdentityCommands.Create())
{
    root.Add(command);
}

try
{
    ParseResult parsed = root.Parse(args);
    string[] wrong = [.. parsed.Errors.Select(Failures.Describe).OfType<string>().Distinct()];
    if (wrong.Length > 0)
    {
        wrong.ToList().ForEach(w => Console.Error.WriteLine($"surety: {w}"));
        return 2;
    }
    int status = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? 2 : status;
}
catch (Exception e)
{
    Console.Error.WriteLine($"surety: {Failures.Describe(e)}");
    if (Environment.GetEnvironmentVariable("SURETY_TRACE") == "1")
    {
        Console.Error.WriteLine(e);
    }
    return Failures.StatusOf(e);
}
