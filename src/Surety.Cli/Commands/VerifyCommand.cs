using System;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using Spectre.Console;
using Surety.Proofs;
using Surety.Replay.Verification;

namespace Surety.Cli.Commands;

/// <summary><c>surety verify</c></summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A venue's directory" };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text" };
        var from =
            new Option<string?>("--from") { Description = "Begin at this snapshot file, whose root must be a block's, instead of genesis" };
        var audit = new Option<bool>("--audit") { Description = "Also check every invariant over the whole state at every block" };
        var noSignatures = new Option<bool>("--no-signatures") { Description = "Do not check the clients' signatures: execution only" };
        var since =
            new Option<string?>("--since")
            {
                Description =
                "A block seen before, HEIGHT:HASH, or a file that remembers one: the journal must contain it"
            };
        var command =
            new Command("verify",
                "Execute a journal again and compare every block header; exit 0 only if all agree") { directory, json, from, audit,
                noSignatures, since };
        command.SetAction(parsed =>
            Run(parsed.GetValue(directory)!, parsed.GetValue(json), parsed.GetValue(from), parsed.GetValue(audit),
                !parsed.GetValue(noSignatures), Head(parsed.GetValue(since))));
        return command;
    }

    private static VenueHead? Head(string? since) =>
        since is null ? null : VenueHead.Parse(File.Exists(since) ? File.ReadAllText(since) : since)
            ?? throw new UsageException(
                $"--since: expected HEIGHT:HASH, the hash in 64 hexadecimal digits, or a file with a line like that; found '{since}'");

    private static int Run(string directory, bool json, string? from, bool audit, bool signatures, VenueHead? since)
    {
        if (from is not null && !File.Exists(from))
        {
            throw new UsageException($"--from: {from} is not a file");
        }
        VerificationResult result = null!;
        JournalVerification Make(Action<long, long>? progress) => new()
        {
            CheckSignatures = signatures,
            AuditBlocks = audit,
            Snapshot = from,
            Since = since,
            Progress = progress,
        };
        if (json)
        {
            result = Make(null).Run(directory);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                holds = result.Holds,
                problem = result.Problem,
                from_block = result.FromHeight,
                blocks = result.Blocks,
                commands = result.Commands,
                signatures = result.Signatures,
                unsealed_commands = result.UnsealedCommands,
                torn_bytes = result.TornBytes,
                head = result.Head?.ToString(),
                signed_blocks = result.SignedBlocks,
                unsigned_blocks = result.UnsignedBlocks,
                since = since?.ToString(),
                state_root = result.StateRoot.ToString(),
                seconds = Math.Round(result.Seconds, 3),
            }));
            return result.Holds ? 0 : 1;
        }
        AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn()).Start(context =>
        {
            ProgressTask task = context.AddTask("verifying");
            result = Make((done, total) => task.Value = 100.0 * done / Math.Max(total, 1)).Run(directory);
            task.Value = 100;
        });
        AnsiConsole.MarkupInterpolated(
            $"{result.Blocks:N0} blocks compared from block {result.FromHeight:N0}, {result.Commands:N0} commands executed, ");
        AnsiConsole.MarkupLineInterpolated($"{result.Signatures:N0} signatures checked in {result.Seconds:N2} s.");
        if (result.UnsealedCommands > 0)
        {
            AnsiConsole.MarkupLineInterpolated($"{result.UnsealedCommands:N0} commands after the last block have no header yet.");
        }
        if (result.TornBytes > 0)
        {
            AnsiConsole.MarkupLineInterpolated($"{result.TornBytes:N0} bytes at the end are a torn write, which was not acknowledged.");
        }
        if (result.UnsignedBlocks > 0)
        {
            AnsiConsole.MarkupInterpolated($"{result.UnsignedBlocks:N0} blocks at the end are not signed by the venue's key: ");
            AnsiConsole.MarkupLine("the node crashed before it signed them, or another program wrote them. Compare a head with --since.");
        }
        if (result.Head is { } head)
        {
            string continues = result.Holds && since is not null ? $"; it continues {since}" : "";
            AnsiConsole.MarkupLineInterpolated($"Head {head}, {result.SignedBlocks:N0} blocks signed by the venue's key{continues}");
        }
        AnsiConsole.MarkupLineInterpolated($"State root {result.StateRoot}");
        if (result.Holds)
        {
            AnsiConsole.MarkupLine("[green bold]Verified: every block came out as its header says.[/]");
            return 0;
        }
        AnsiConsole.MarkupLine("[red bold]Not verified.[/]");
        Console.Error.WriteLine(result.Problem);
        return 1;
    }
}
