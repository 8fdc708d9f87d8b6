using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Spectre.Console;
using Surety.Cli.Inspection;

namespace Surety.Cli.Commands;

/// <summary><c>surety inspect</c></summary>
internal static class InspectCommand
{
    private static readonly (string Name, string? Number, string Description,
        Func<VenueInspection, long, IReadOnlyList<InspectedTable>> Look)[] Views =
    [
        ("venue", null, "totals, pools, assets, indexes, markets", (i, _) => i.Venue()),
        ("accounts", null, "every account with equity and margin", (i, _) => i.Accounts()),
        ("account", "an account's number", "balances, positions, orders, and how the margin comes about, step by step",
            (i, n) => i.Account(n)),
        ("positions", null, "every open position", (i, _) => i.Positions()),
        ("contracts", null, "every contract: its text, shape and mark", (i, _) => i.Contracts()),
        ("books", null, "every market's book", (i, _) => i.Books()),
        ("book", "a market's number", "one market's book", (i, n) => i.Book(n)),
        ("blocks", null, "block headers", (i, _) => i.Blocks()),
        ("command", "a command's sequence number", "one command with its events", (i, n) => i.Command((ulong)n)),
    ];

    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A venue's directory" };
        var what =
            new Argument<string>("WHAT")
            {
                Description =
                string.Join("; ", Views.Select(v => $"{v.Name}: {v.Description}")),
                DefaultValueFactory = _ => "venue"
            };
        var number = new Argument<long?>("NUMBER") { Description = "Which account, book or command", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "One JSON object a row instead of tables" };
        var at = new Option<long?>("--at") { Description = "As of this command instead of the last one" };
        var command =
            new Command("inspect",
                "Look into a venue: what it knew after its last command, or after a given one") { directory, what, number, json, at };
        command.SetAction(parsed =>
            Run(parsed.GetValue(directory)!, parsed.GetValue(what)!, parsed.GetValue(number), parsed.GetValue(json), parsed.GetValue(at)));
        return command;
    }

    private static int Run(string directory, string what, long? number, bool json, long? at)
    {
        int view = Array.FindIndex(Views, v => v.Name == what);
        if (view < 0)
        {
            throw new UsageException($"inspect: expected one of {string.Join(", ", Views.Select(v => v.Name))}, found '{what}'");
        }
        if (Views[view].Number is { } expected && number is null or < 0)
        {
            throw new UsageException(
                $"inspect {what}: expected {expected} behind it, found "
                + $"{(number is null ? "nothing" : number.Value.ToString(CultureInfo.InvariantCulture))}");
        }
        ulong until = (ulong)Math.Max(what == "command" ? number!.Value : at ?? long.MaxValue, 0);
        foreach (InspectedTable table in Views[view].Look(VenueInspection.Read(directory, until), number ?? 0))
        {
            Print(table, json);
        }
        return 0;
    }

    public static void Print(InspectedTable table, bool json)
    {
        if (json)
        {
            foreach (object?[] row in table.Rows)
            {
                var line = new Dictionary<string, object?> { ["table"] = table.Name };
                for (int i = 0; i < table.Columns.Count; i++)
                {
                    line[table.Columns[i]] = row[i];
                }
                Console.WriteLine(JsonSerializer.Serialize(line));
            }
            return;
        }
        var view = new Table { Border = TableBorder.Simple, Title = new TableTitle($"[bold]{Markup.Escape(table.Name)}[/]") };
        foreach (string column in table.Columns)
        {
            view.AddColumn(Markup.Escape(column));
        }
        foreach (object?[] row in table.Rows)
        {
            view.AddRow([.. row.Select(v => Markup.Escape(Convert.ToString(v, CultureInfo.InvariantCulture) ?? ""))]);
        }
        AnsiConsole.Write(view);
    }
}
