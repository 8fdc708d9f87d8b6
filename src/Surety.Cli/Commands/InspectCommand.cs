using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using Spectre.Console;
using Surety.Cli.Inspection;

namespace Surety.Cli.Commands;

/// <summary><c>surety inspect</c></summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var command = new Command("inspect", "Look into a venue: what it knew after its last command, or after a given one");
        Add(command, "venue", "Totals, pools, assets, indexes and markets", null, (i, _) => i.Venue());
        Add(command, "accounts", "Accounts with equity and margin", null, (i, _) => i.Accounts());
        Add(command, "account", "One account: balances, positions, orders, and how its margin comes about", "NUMBER", (i, n) => i.Account(n));
        Add(command, "positions", "Every open position", null, (i, _) => i.Positions());
        Add(command, "book", "One market's book", "MARKET", (i, n) => i.Book(n));
        Add(command, "blocks", "Block headers", null, (i, _) => i.Blocks());
        Add(command, "command", "One command with its events", "SEQUENCE", (i, n) => i.Command((ulong)n));
        return command;
    }

    private static void Add(Command parent, string name, string description, string? number, Func<VenueInspection, long, IReadOnlyList<InspectedTable>> look)
    {
        var directory = new Argument<string>("DIR") { Description = "A venue's directory" };
        var json = new Option<bool>("--json") { Description = "One JSON object a row instead of tables" };
        var at = new Option<long>("--at") { Description = "As of this command instead of the last one", DefaultValueFactory = _ => long.MaxValue };
        var command = new Command(name, description) { directory };
        Argument<long>? which = number is null ? null : new Argument<long>(number);
        if (which is not null)
        {
            command.Add(which);
        }
        command.Add(json);
        command.Add(at);
        command.SetAction(parsed =>
        {
            long n = which is null ? 0 : parsed.GetValue(which);
            ulong until = name == "command" ? (ulong)n : (ulong)Math.Max(parsed.GetValue(at), 0);
            foreach (InspectedTable table in look(VenueInspection.Read(parsed.GetValue(directory)!, until), n))
            {
                Print(table, parsed.GetValue(json));
            }
            return 0;
        });
        parent.Add(command);
    }

    private static void Print(InspectedTable table, bool json)
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
            view.AddRow([.. row.Select(v => Markup.Escape(Convert.ToString(v, System.Globalization.CultureInfo.InvariantCulture) ?? ""))]);
        }
        AnsiConsole.Write(view);
    }
}
