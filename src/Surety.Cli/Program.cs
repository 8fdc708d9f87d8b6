using System;
using System.CommandLine;
using System.IO;
using Spectre.Console;
using Surety.Cli.Commands;
using Surety.Engine.State;
using Surety.Journal;

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
    BenchCommand.Create(),
};
foreach (Command command in OperationCommands.Create())
{
    root.Add(command);
}

try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is JournalUnavailableException or JournalDamagedException or IOException or InvariantViolationException or UsageException or Surety.Node.Settings.SettingsException or Surety.Node.Proving.HistoryException)
{
    Console.Error.WriteLine($"surety: {e.Message}");
    return e is UsageException or Surety.Node.Settings.SettingsException ? 2 : 1;
}
