using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Surety.Cli.Inspection;
using Surety.Core.Hashing;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Cli.Commands;

/// <summary><c>surety check-proof</c></summary>
internal static class CheckProofCommand
{
    private static readonly string[] Fields = ["command_proof", "event_proof", "account_proof", "positions_proof", "certificate"];

    public static Command Create()
    {
        var file =
            new Argument<string>("FILE")
            {
                Description =
                "A proof as it was downloaded: a command, an event, an account, positions or "
                + "a margin call; or the API's answer with them, in JSON"
            };
        var block = new Option<string?>("--block") { Description = "The block's hash, from whom you trust, in 64 hexadecimal digits" };
        var command =
            new Command("check-proof",
                "Check a proof with nothing but its file and a block's hash; exit 0 only if it holds") { file, block };
        command.SetAction(parsed => Check(parsed.GetValue(file)!, parsed.GetValue(block)));
        return command;
    }

    private static int Check(string file, string? block)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"{file}: is not a file");
        }
        Hash256 trusted = default;
        if (block is not null && !Hash256.TryParse(block, out trusted))
        {
            throw new UsageException($"--block: expected 64 hexadecimal digits, found '{block}'");
        }
        Hash256? found = null;
        foreach ((string name, byte[] bytes) in Parts(file, File.ReadAllBytes(file)))
        {
            var lines = new List<string>();
            (Hash256 Block, string? Flaw) result = CheckOne(bytes, block is null ? null : trusted, lines);
            lines.ForEach(Console.WriteLine);
            string? flaw = result.Flaw
                ?? (found is { } other && other != result.Block ? "it is of another block than the proof before it" : null);
            if (flaw is not null)
            {
                Console.Error.WriteLine($"surety: {file}{(name.Length == 0 ? "" : ", " + name)}: does not hold: {flaw}");
                return 1;
            }
            found = result.Block;
        }
        Console.WriteLine(
            $"Block {found}{(block is null ? ": compare it with one from whom you trust, or give that with --block" : ", as trusted")}.");
        Console.WriteLine("The proof holds.");
        return 0;
    }

    // One proof as bytes; or every proof in an answer of the API.
    private static List<(string Name, byte[] Bytes)> Parts(string file, byte[] bytes)
    {
        if (bytes.Length == 0 || bytes[0] != '{')
        {
            return [("", bytes)];
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement answer = document.RootElement.TryGetProperty("result", out JsonElement result) ? result : document.RootElement;
            List<(string, byte[])> parts =
                [.. Fields.Where(f => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(f, out _))
                    .Select(f => (f, answer.GetProperty(f).GetBytesFromBase64()))];
            return parts.Count > 0
                ? parts
                : throw new UsageException($"{file}: expected a proof, or JSON with one of {string.Join(", ", Fields)}");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new UsageException($"{file}: not a proof, and not JSON with one: {e.Message}", e);
        }
    }

    private static (Hash256 Block, string? Flaw) CheckOne(byte[] bytes, Hash256? trusted, List<string> lines)
    {
        if (RecordProof.Read(bytes) is { } record)
        {
            Hash256 block = record.Header.Hash();
            ProofVerdict verdict = record.Check(trusted ?? block);
            if (verdict == ProofVerdict.Holds)
            {
                lines.Add(Describe(record));
            }
            return (block, Words(verdict, block));
        }
        if (PageProof.Read(bytes) is { } page)
        {
            Hash256 block = page.Header.Hash();
            ProofVerdict verdict = page.Check(trusted ?? block);
            if (verdict == ProofVerdict.Holds)
            {
                lines.AddRange(Describe(page));
            }
            return (block, Words(verdict, block));
        }
        MarginCallCertificate? certificate = MarginCallCertificate.Read(bytes, out string reason);
        if (certificate is null)
        {
            return (default,
                bytes.Length > 4 && bytes.AsSpan(0, 4).SequenceEqual("SMCC"u8)
                ? reason
                : "the file does not have the form of a proof, or was cut off or damaged");
        }
        CertificateVerdict call = certificate.Check(trusted);
        lines.AddRange(call.Lines);
        return (certificate.Header.Hash(), call.Holds ? null : call.Reason);
    }

    private static string? Words(ProofVerdict verdict, Hash256 block) => verdict switch
    {
        ProofVerdict.Holds => null,
        ProofVerdict.WrongBlock => $"it is about block {block}, not the one that you trust",
        ProofVerdict.WrongDirectory => "its list of tables is not that of the block's state",
        _ => "what it shows does not lead to the block's header: it was changed, or is of another place or block",
    };

    private static string Describe(RecordProof proof)
    {
        ReadOnlySpan<byte> record = proof.Record.Span;
        if (proof.Root == ProvenRoot.Commands)
        {
            CommandHeader header = MemoryMarshal.Read<CommandHeader>(record);
            return FormattableString.Invariant(
                $"Command {header.Sequence} of block {proof.Header.Height}: {header.Kind} of account {header.Account}, ")
                + FormattableString.Invariant($"key {header.Key}, nonce {header.Nonce}. {RecordText.Of(header.Kind, record)}");
        }
        EventHeader happened = MemoryMarshal.Read<EventHeader>(record);
        bool isFirst = proof.Shown == ShownSides.None || (proof.Shown & ShownSides.First) != 0;
        string account = isFirst ? FormattableString.Invariant($" of account {happened.Account}") : "";
        string hidden = !isFirst ? ". The first side, of a trade the taker, is not shown: its fields read 0."
            : proof.Shown == (ShownSides.Divided | ShownSides.First)
                ? ". The second side, of a trade the maker, is not shown: its fields read 0."
            : "";
        return FormattableString.Invariant(
            $"Event {proof.Place} of block {proof.Header.Height}: {happened.Kind}{account}, by command ")
            + FormattableString.Invariant($"{happened.Sequence}. {RecordText.Of(happened.Kind, record)}{hidden}");
    }

    private static IEnumerable<string> Describe(PageProof proof)
    {
        var table = (TableId)proof.Table;
        if (table == TableId.Accounts)
        {
            Account account = MemoryMarshal.Read<Account>(proof.Page.Span);
            yield return FormattableString.Invariant(
                $"Account {proof.PageIndex} after block {proof.Header.Height}: owner {account.Owner}, ")
                + FormattableString.Invariant($"balance {account.Balances[0]} atoms of the settlement asset.");
        }
        else if (table == TableId.Positions)
        {
            yield return FormattableString.Invariant($"Positions of account {proof.PageIndex} after block {proof.Header.Height}:");
            foreach (Position position in MemoryMarshal.Cast<byte, Position>(proof.Page.Span).ToArray().Where(p => p.Market.Exists))
            {
                yield return FormattableString.Invariant($"  market {position.Market.Number}: {position.Lots} lots");
            }
        }
        else
        {
            yield return FormattableString.Invariant(
                $"Page {proof.PageIndex} of table {table} after block {proof.Header.Height}, {proof.Page.Length} bytes.");
        }
    }
}
