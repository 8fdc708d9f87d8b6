using System;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using Surety.Core.Hashing;
using Surety.Proofs;
using Surety.Replay.Proving;

namespace Surety.Cli.Commands;

/// <summary><c>surety margin-calls</c> and <c>surety check-call</c></summary>
internal static class MarginCallCommands
{
    public static Command CreateMake()
    {
        var directory = new Argument<string>("DIR") { Description = "A venue's directory" };
        var output =
            new Option<string>("--out")
            {
                Description = "Where to write one file for each margin call",
                DefaultValueFactory = _ => "margin-calls"
            };
        var account = new Option<long?>("--account") { Description = "Only this account's" };
        var command = new Command("margin-calls", "Write a certificate for every margin call in a journal") { directory, output, account };
        command.SetAction(parsed => Make(parsed.GetValue(directory)!, parsed.GetValue(output)!, parsed.GetValue(account)));
        return command;
    }

    public static Command CreateCheck()
    {
        var file = new Argument<string>("FILE") { Description = "A margin call certificate" };
        var block = new Option<string?>("--block") { Description = "The block's hash, from whom you trust, in 64 hexadecimal digits" };
        var json = new Option<bool>("--json") { Description = "One JSON object" };
        var command =
            new Command("check-call",
                "Check a margin call certificate, without engine and journal; exit 0 only if it proves the call") { file, block, json };
        command.SetAction(parsed => Check(parsed.GetValue(file)!, parsed.GetValue(block), parsed.GetValue(json)));
        return command;
    }

    private static int Make(string directory, string output, long? account)
    {
        if (account is < 0 or > uint.MaxValue)
        {
            throw new UsageException($"--account: expected an account's number, found {account}");
        }
        Directory.CreateDirectory(output);
        int count = 0;
        foreach ((ulong sequence, uint called, MarginCallCertificate? certificate) in MarginCalls.Certify(directory, (uint?)account))
        {
            if (certificate is null)
            {
                Console.WriteLine(
                    $"account {called} at command {sequence}: called on a contract of a kind, or at a time, of which there is "
                    + $"no certificate (docs/decisions/0050); ./surety verify {directory} executes it again");
                continue;
            }
            File.WriteAllBytes(Path.Combine(output, $"call-{sequence:D10}-{called}-{count++}.smcc"), certificate.ToBytes());
        }
        Console.WriteLine($"{count} certificates in {output}. Check one with ./surety check-call FILE.");
        return 0;
    }

    private static int Check(string file, string? block, bool json)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"{file}: is not a file");
        }
        Hash256? trusted = null;
        if (block is not null)
        {
            try
            {
                trusted = new Hash256(Convert.FromHexString(block));
            }
            catch (Exception e) when (e is FormatException or ArgumentException)
            {
                throw new UsageException($"--block: expected 64 hexadecimal digits, found '{block}'", e);
            }
        }
        MarginCallCertificate? certificate = MarginCallCertificate.Read(File.ReadAllBytes(file), out string reason);
        CertificateVerdict verdict = certificate is null ? new CertificateVerdict(false, reason, []) : certificate.Check(trusted);
        if (json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        holds = verdict.Holds,
                        reason = verdict.Reason,
                        block = certificate?.Header.Hash().ToString(),
                        trusted_block = trusted?.ToString(),
                        lines = verdict.Lines
                    }));
            return verdict.Holds ? 0 : 1;
        }
        foreach (string line in verdict.Lines)
        {
            Console.WriteLine(line);
        }
        if (!verdict.Holds)
        {
            Console.Error.WriteLine($"surety: {file}: does not prove the margin call: {verdict.Reason}");
            return 1;
        }
        string compared = trusted is null ? ": compare it with one from whom you trust, or give that with --block" : ", as trusted";
        Console.WriteLine($"block hash {certificate!.Header.Hash()}{compared}");
        Console.WriteLine("Proved: the account was below maintenance margin when it was acted on.");
        return 0;
    }
}
