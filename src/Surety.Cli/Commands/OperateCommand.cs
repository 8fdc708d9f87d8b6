using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Node.Identity;
using Surety.Node.Operating;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Cli.Commands;

/// <summary>Commands that wait to be signed, or are: what <c>surety operate … --unsigned</c> writes, and sign and send read.</summary>
/// <param name="Venue">The venue that they are for.</param>
/// <param name="Signed">Whether each record carries its signature.</param>
/// <param name="Records">The records.</param>
internal sealed record CommandFile(string Venue, bool Signed, List<byte[]> Records);

/// <summary><c>surety operate</c>: everything that a venue's operator does, with a key that stays where he keeps it.</summary>
internal static class OperateCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    // A contract's text comes from a file.
    private const string Text = "text";

    // A signed command that is not sent yet is a cheque: it ends after a day.
    private const long OfflineMs = 86_400_000;
    private const long OnlineMs = 120_000;

    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The venue", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var key = new Option<string?>("--key") { Description = "The operator's private key, a PEM file: signs here and sends" };
        var number =
            new Option<uint>("--key-number")
            {
                Description =
                "With --unsigned: the number of the key that will sign; 0 is the venue's first",
                DefaultValueFactory = _ => 0
            };
        var unsigned =
            new Option<string?>("--unsigned")
            {
                Description =
                "Write the commands to this file instead, to be signed by surety operate sign on the machine that has the key"
            };
        var operate = new Command("operate", "What a venue's operator does: list, credit, change, halt; signed with a key kept elsewhere");
        foreach (OperatorCommand one in OperatorCommands.All)
        {
            var options =
                one.Fields.Select(f =>
                    (f.Name, Option: new Option<string?>(OptionOf(f.Name))
                    {
                        Description = f.Name == Text ? f.About + "; a file" : f.About,
                        Required = f.Required
                    })).ToList();
            var command = new Command(one.Name.Replace('_', '-'), one.About) { url, key, number, unsigned };
            options.ForEach(o => command.Add(o.Option));
            command.SetAction((parsed, cancellation) => RunAsync(
                one, options.Where(o => parsed.GetValue(o.Option) is not null)
                    .ToDictionary(o => o.Name, o => o.Name == Text ? FromFile(parsed.GetValue(o.Option)!) : parsed.GetValue(o.Option)!),
                parsed.GetValue(url)!, parsed.GetValue(key), parsed.GetValue(number), parsed.GetValue(unsigned), cancellation));
            operate.Add(command);
        }
        var file = new Argument<string>("FILE") { Description = "The file of commands" };
        var signer = new Option<string>("--key") { Description = "The private key, a PEM file", Required = true };
        var output = new Option<string>("--out") { Description = "Where the signed commands go", Required = true };
        var sign =
            new Command("sign",
                "Say what waiting commands would do, read from their bytes, and sign them; needs no network") { file, signer, output };
        sign.SetAction(parsed => Sign(parsed.GetValue(file)!, parsed.GetValue(signer)!, parsed.GetValue(output)!));
        operate.Add(sign);
        var send = new Command("send", "Send commands that were signed elsewhere") { file, url };
        send.SetAction((parsed, cancellation) => SendFileAsync(parsed.GetValue(file)!, parsed.GetValue(url)!, cancellation));
        operate.Add(send);
        var count = new Option<int>("--count") { Description = "At most so many", DefaultValueFactory = _ => 50 };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var log = new Command("log", "What the operator did, newest first, accepted or refused") { url, signer, count, json };
        log.SetAction((parsed, cancellation) =>
            LogAsync(parsed.GetValue(url)!, parsed.GetValue(signer)!, parsed.GetValue(count), parsed.GetValue(json), cancellation));
        operate.Add(log);
        return operate;
    }

    private static string OptionOf(string field) => "--" + (field == Text ? "text-file" : field.Replace('_', '-'));

    private static string FromFile(string path) =>
        File.Exists(path) ? File.ReadAllText(path) : throw new UsageException($"--text-file: there is no file {path}");

    private static Task<int> RunAsync(OperatorCommand command, Dictionary<string, string> fields, string url, string? keyFile, uint number,
        string? unsigned, CancellationToken cancellation) =>
        Connections.CallAsync(url, async client =>
        {
            if ((keyFile is null) == (unsigned is null))
            {
                throw new UsageException("expected --key FILE.pem to sign here, or --unsigned FILE to have it signed elsewhere");
            }
            using SigningKey? key = keyFile is null ? null : KeyCommand.Read(keyFile);
            VenueListing listing =
                (await client.CallAsync("surety/get_listing", null, cancellation)).Deserialize<VenueListing>(JsonSerializerOptions.Web)!;
            JsonElement about = await client.CallAsync("surety/venue", null, cancellation);
            JsonElement own = key is null
                ? await client.CallAsync("surety/key", new { key = number }, cancellation)
                : await client.CallAsync("surety/key", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) }, cancellation);
            long nowMs = about.GetProperty("timestamp").GetInt64();
            List<byte[]> records;
            try
            {
                records = command.Records(fields, listing, nowMs * 1_000_000);
            }
            catch (OperateException e)
            {
                throw new UsageException(OptionOf(e.Field) + e.Message[e.Field.Length..], e);
            }
            ulong nonce = own.GetProperty("highest_nonce").GetUInt64();
            foreach (byte[] record in records)
            {
                ref CommandHeader header = ref MemoryMarshal.AsRef<CommandHeader>(record.AsSpan());
                header.Account = own.GetProperty("account").GetUInt32();
                header.Key = own.GetProperty("key").GetUInt32();
                header.Nonce = ++nonce;
                header.ExpiresNs = (nowMs + (key is null ? OfflineMs : OnlineMs)) * 1_000_000;
                Console.WriteLine(CommandWords.Of(record, listing));
            }
            var file = new CommandFile(listing.Venue, false, records);
            if (key is null)
            {
                await File.WriteAllTextAsync(unsigned!, JsonSerializer.Serialize(file, Json), cancellation);
                Console.WriteLine(
                    $"Not sent: sign it with ./surety operate sign {unsigned} --key FILE.pem --out SIGNED, then ./surety operate "
                    + $"send SIGNED. It lapses in a day, and when key {number} sends another command first.");
                return 0;
            }
            return await SendAsync(client, Signed(file, key), cancellation);
        }, cancellation);

    private static CommandFile Signed(CommandFile file, SigningKey key)
    {
        _ = Hash256.TryParse(file.Venue, out Hash256 venue);
        return file with
        {
            Signed = true,
            Records = [.. file.Records.Select(r =>
            {
                var record = new byte[r.Length + CommandHeader.SignatureSize];
                r.CopyTo(record, 0);
                key.Sign(venue, record, r.Length);
                return record;
            })],
        };
    }

    private static CommandFile Load(string path, bool signed)
    {
        CommandFile? file = null;
        try
        {
            file = File.Exists(path)
                ? JsonSerializer.Deserialize<CommandFile>(File.ReadAllText(path))
                : throw new UsageException($"{path}: there is no such file");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path}: not a file of commands: {e.Message}", e);
        }
        if (file?.Records is not { Count: > 0 } || file.Signed != signed || file.Records.Any(r => !CommandCodec.IsWellFormed(r))
            || !Hash256.TryParse(file.Venue, out _))
        {
            throw new UsageException(
                $"{path}: expected commands that are "
                + $"{(signed ? "signed: surety operate sign does that" : "not signed yet, as --unsigned writes them")}");
        }
        return file;
    }

    private static int Sign(string path, string keyFile, string output)
    {
        CommandFile file = Load(path, signed: false);
        using SigningKey key = KeyCommand.Read(keyFile);
        // What is signed is the bytes: the words are made from them here, not taken from the file.
        Console.WriteLine($"venue {file.Venue}");
        foreach (byte[] record in file.Records)
        {
            CommandHeader header = MemoryMarshal.Read<CommandHeader>(record);
            Console.WriteLine(
                $"account {header.Account}, key {header.Key}, nonce {header.Nonce}, until "
                + $"{DateTime.UnixEpoch.AddTicks(header.ExpiresNs / 100):yyyy-MM-dd'T'HH:mm:ss'Z'}: {CommandWords.Of(record, null)}");
        }
        File.WriteAllText(output, JsonSerializer.Serialize(Signed(file, key), Json));
        Console.WriteLine($"Signed: {output}. Send it with ./surety operate send {output}");
        return 0;
    }

    private static Task<int> SendFileAsync(string path, string url, CancellationToken cancellation) =>
        Connections.CallAsync(url, client => SendAsync(client, Load(path, signed: true), cancellation), cancellation);

    private static async Task<int> SendAsync(VenueClient client, CommandFile file, CancellationToken cancellation)
    {
        JsonElement outcomes =
            await client.CallAsync("surety/submit", new { commands = Convert.ToBase64String([.. file.Records.SelectMany(r => r)]) },
                cancellation);
        int code = 0;
        foreach (JsonElement outcome in outcomes.EnumerateArray())
        {
            bool refused = outcome.GetProperty("code").GetInt32() != 0;
            string created = outcome.TryGetProperty("created", out JsonElement number) ? $", number {number.GetString()}" : "";
            ulong sequence = outcome.GetProperty("sequence").GetUInt64();
            string recorded = sequence == 0 ? ", not recorded" : $" as command {sequence}";
            Console.WriteLine(refused
                ? $"refused{recorded}: {outcome.GetProperty("reason").GetString()}"
                : $"accepted as command {outcome.GetProperty("sequence")}{created}");
            code = refused ? 1 : code;
        }
        return code;
    }

    private static Task<int> LogAsync(string url, string keyFile, int count, bool asJson, CancellationToken cancellation) =>
        Connections.CallAsync(url, async client =>
    {
        using SigningKey key = KeyCommand.Read(keyFile);
        await Connections.LogInAsync(client, key, cancellation);
        JsonElement rows = await client.CallAsync("surety/operator_log", new { count }, cancellation);
        if (asJson)
        {
            Console.WriteLine(rows.GetRawText());
            return 0;
        }
        foreach (JsonElement row in rows.EnumerateArray())
        {
            string time =
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetProperty("timestamp").GetInt64())
                    .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            string refusal = row.GetProperty("code").GetInt32() == 0 ? "" : "  refused: " + row.GetProperty("reason").GetString();
            Console.WriteLine(
                $"{time}  command {row.GetProperty("sequence")}  key {row.GetProperty("key")}  "
                + $"{row.GetProperty("command").GetString()}{refusal}");
        }
        return 0;
    }, cancellation);
}

/// <summary>A command line's connection to a venue, with its errors told in one line.</summary>
internal static class Connections
{
    /// <summary>Connects, calls, and says what went wrong, if anything did.</summary>
    public static async Task<int> CallAsync(string url, Func<VenueClient, Task<int>> call, CancellationToken cancellation)
    {
        try
        {
            await using VenueClient client = await VenueClient.ConnectAsync(url, cancellation);
            return await call(client);
        }
        catch (Exception e) when (e is IOException or VenueException)
        {
            Console.Error.WriteLine($"surety: {url}: {e.Message}");
            return 1;
        }
    }

    /// <summary>Logs the holder of a key in; its number in the ledger, and its account.</summary>
    public static async Task<(uint Key, uint Account, Hash256 Venue, ulong HighestNonce)> LogInAsync(VenueClient client, SigningKey key,
        CancellationToken cancellation)
    {
        JsonElement own =
            await client.CallAsync("surety/key", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) }, cancellation);
        uint number = own.GetProperty("key").GetUInt32();
        JsonElement about = await client.CallAsync("surety/venue", null, cancellation);
        _ = Hash256.TryParse(about.GetProperty("venue").GetString(), out Hash256 venue);
        string challenge =
            (await client.CallAsync("surety/challenge", new { key = number }, cancellation)).GetProperty("challenge").GetString()!;
        string proof = Convert.ToBase64String(key.SignMessage(Sessions.LoginMessage(venue, challenge)));
        await client.CallAsync("public/auth", new { grant_type = "surety_signature", key = number, challenge, signature = proof },
            cancellation);
        return (number, own.GetProperty("account").GetUInt32(), venue, own.GetProperty("highest_nonce").GetUInt64());
    }
}
