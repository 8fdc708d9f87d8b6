using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Protocol;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Cli.Commands;

/// <summary><c>surety key</c>, <c>surety venue</c>, <c>surety call</c>: a key, a venue that is no sandbox, a request.</summary>
internal static class KeyCommand
{
    public static IEnumerable<Command> Create()
    {
        var file = new Argument<string>("FILE") { Description = "The private key, a PEM file" };
        var make = new Command("create", "Make a P-256 key: the private key goes into the file, the public key is printed") { file };
        make.SetAction(parsed => Make(parsed.GetValue(file)!));
        var show = new Command("show", "Print the public key of a file") { file };
        show.SetAction(parsed => Show(parsed.GetValue(file)!));
        yield return new Command("key", "Keys: an operator's, a customer's, a price source's") { make, show };

        var data = new Option<string>("--data") { Description = "An empty directory", Required = true };
        var owner =
            new Option<string>("--operator-public-key")
            {
                Description =
                "The operator's public key, as surety key create prints it; the private key stays where it is",
                Required = true
            };
        var name = new Option<string>("--name") { Description = "The venue's name", DefaultValueFactory = _ => "surety" };
        var markets = new Option<int>("--max-markets") { Description = "Markets that it may ever list", DefaultValueFactory = _ => 192 };
        var addressDelay =
            new Option<int>("--address-delay")
            {
                Description = "How long a new withdrawal address waits, seconds",
                DefaultValueFactory = _ => 86_400
            };
        var keyDelay =
            new Option<int>("--key-delay")
            {
                Description = "How old a key must be to ask for or confirm a withdrawal, seconds",
                DefaultValueFactory = _ => 86_400
            };
        var confirm =
            new Option<int>("--confirm")
            {
                Description = "How long a withdrawal waits for its confirmation, seconds",
                DefaultValueFactory = _ => 3_600
            };
        var create =
            new Command("create",
                "Make a venue that is no sandbox: nothing is listed, and only the operator's key can list") { data, owner, name, markets,
                addressDelay, keyDelay, confirm };
        create.SetAction(parsed =>
            CreateVenue(parsed.GetValue(data)!, parsed.GetValue(owner)!, parsed.GetValue(name)!, parsed.GetValue(markets),
            (parsed.GetValue(addressDelay), parsed.GetValue(keyDelay), parsed.GetValue(confirm))));
        yield return new Command("venue", "Venues as directories") { create };

        var method = new Argument<string>("METHOD") { Description = "For example private/buy" };
        var parameters = new Argument<string[]>("NAME=VALUE") { Description = "Its parameters", Arity = ArgumentArity.ZeroOrMore };
        var url = new Option<string>("--url") { Description = "The venue", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var login =
            new Option<string?>("--login")
            {
                Description =
                "A file with the id and secret of an API key, as surety account api-key writes it"
            };
        var key = new Option<string?>("--key") { Description = "Or a private key, a PEM file, to log in with" };
        var call = new Command("call", "Call a method of the API and print its result") { method, parameters, url, login, key };
        call.SetAction((parsed, cancellation) =>
            CallAsync(parsed.GetValue(method)!, parsed.GetValue(parameters) ?? [], parsed.GetValue(url)!, parsed.GetValue(login),
                parsed.GetValue(key), cancellation));
        yield return call;
    }

    /// <summary>The key of a file.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static SigningKey Read(string file)
    {
        try
        {
            return File.Exists(file)
                ? SigningKey.FromPem(File.ReadAllText(file))
                : throw new UsageException($"{file}: there is no such file");
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{file}: {e.Message}", e);
        }
    }

    private static int Make(string file)
    {
        if (File.Exists(file))
        {
            throw new UsageException($"{file}: there is a key already. Name another file");
        }
        using SigningKey key = SigningKey.Create();
        PrivateFiles.Write(file, key.ToPem());
        Console.WriteLine(Convert.ToBase64String(key.PublicKey.ToBytes()));
        return 0;
    }

    private static int Show(string file)
    {
        using SigningKey key = Read(file);
        Console.WriteLine(Convert.ToBase64String(key.PublicKey.ToBytes()));
        return 0;
    }

    private static int CreateVenue(string directory, string publicKey, string name, int markets, (int Address, int Key, int Confirm) delays)
    {
        byte[] key;
        try
        {
            key = Convert.FromBase64String(publicKey);
        }
        catch (FormatException)
        {
            key = [];
        }
        if (key.Length != 64)
        {
            throw new UsageException(
                "--operator-public-key: expected X and Y of a P-256 key, 64 bytes in base64, as surety key create prints them");
        }
        if (name.Length > ShortName.Size || !name.All(char.IsAscii) || !ShortName.From(name).IsValid())
        {
            throw new UsageException($"--name: expected 1 to {ShortName.Size} letters, digits, _ and -, found '{name}'");
        }
        Genesis genesis = Genesis.Default(name, PublicKey.From(key), VenueClock.WallNs());
        genesis.MaxMarkets = markets;
        genesis.PositionsPerAccount = 16;
        genesis.ClientOrdersPerAccount = 64;
        genesis.BlockMs = 1_000;
        (genesis.AddressDelaySeconds, genesis.KeyDelaySeconds, genesis.ConfirmSeconds) = delays;
        if (genesis.FindError() is { } error)
        {
            throw new UsageException($"the venue cannot be made so: {error}");
        }
        using Venue venue = Venue.Create(directory, in genesis);
        Console.WriteLine($"venue {venue.Ledger.Engine.State.GenesisHash} in {directory}");
        Console.WriteLine(
            "Run it with ./surety node and \"sandbox\": {\"open\": false} in its settings; then "
            + "./surety operate. docs/setup.md leads to the first trade.");
        return 0;
    }

    private static Task<int> CallAsync(string method, string[] parameters, string url, string? login, string? keyFile,
        CancellationToken cancellation) => Connections.CallAsync(url, async client =>
    {
        if (login is not null)
        {
            string[] lines = File.Exists(login)
                ? await File.ReadAllLinesAsync(login, cancellation)
                : throw new UsageException($"--login: there is no file {login}");
            string Line(string name) =>
                lines.FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..].Trim()
                    ?? throw new UsageException($"{login}: there is no line '{name}: …'");
            await client.LogInAsync(Line("id"), Line("secret"), cancellation);
        }
        else if (keyFile is not null)
        {
            using SigningKey key = Read(keyFile);
            await Connections.LogInAsync(client, key, cancellation);
        }
        var given = new Dictionary<string, string>();
        foreach (string parameter in parameters)
        {
            int at = parameter.IndexOf('=', StringComparison.Ordinal);
            given[at > 0 ? parameter[..at] : throw new UsageException($"{parameter}: expected NAME=VALUE")] = parameter[(at + 1)..];
        }
        JsonElement result = await client.CallAsync(method, given, cancellation);
        Console.WriteLine(result.GetRawText());
        return 0;
    }, cancellation);
}
