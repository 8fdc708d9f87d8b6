using System;
using System.CommandLine;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Journal;
using Surety.Node.Identity;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Cli.Commands;

/// <summary><c>surety account</c></summary>
internal static class AccountCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The venue", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var key =
            new Option<string>("--key")
            {
                Description = "File for the account's own private key; made again",
                DefaultValueFactory = _ => "surety-account.pem"
            };
        var scope =
            new Option<string>("--scope")
            {
                Description = "What the API key may do",
                DefaultValueFactory = _ => "trade:read_write wallet:read_write account:read_write"
            };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var open =
            new Command("open", "Open an account with play money at a sandbox venue, and an API key for it") { url, key, scope, json };
        open.SetAction((parsed, cancellation) =>
            OpenAsync(parsed.GetValue(url)!, parsed.GetValue(key)!, parsed.GetValue(scope)!, parsed.GetValue(json), cancellation));
        var own = new Option<string>("--key") { Description = "The account's own private key, a PEM file", Required = true };
        var output =
            new Option<string?>("--out")
            {
                Description =
                "Write id and secret to this file, readable by you alone, for surety call --login"
            };
        var apiKey =
            new Command("api-key",
                "Make an API key for an account that the operator opened for your public key") { url, own, scope, output };
        apiKey.SetAction((parsed, cancellation) =>
            ApiKeyAsync(parsed.GetValue(url)!, parsed.GetValue(own)!, parsed.GetValue(scope)!, parsed.GetValue(output), cancellation));
        return new Command("account", "Accounts at a running venue") { open, apiKey };
    }

    private static Task<int> ApiKeyAsync(string url, string keyFile, string scope, string? output, CancellationToken cancellation) =>
        Connections.CallAsync(url, async client =>
    {
        using SigningKey own = KeyCommand.Read(keyFile);
        (string id, string secret) = await MakeApiKeyAsync(client, own, scope, "made by ./surety account api-key", cancellation);
        if (output is null)
        {
            Console.WriteLine($"id: {id}\nsecret: {secret}");
        }
        else
        {
            PrivateFiles.Write(output, $"id: {id}\nsecret: {secret}\n");
            Console.WriteLine($"API key {id}: id and secret are in {output}");
        }
        return 0;
    }, cancellation);

    // Logs in with the account's own key, then lets the venue hold a second one and says so in the ledger.
    private static async Task<(string Id, string Secret)> MakeApiKeyAsync(VenueClient client, SigningKey own, string scope, string name,
        CancellationToken cancellation)
    {
        (uint number, uint account, Hash256 venue, ulong nonce) = await Connections.LogInAsync(client, own, cancellation);
        string held = (await client.CallAsync("surety/prepare_api_key", null, cancellation)).GetProperty("public_key").GetString()!;
        var add = new AddKey
        {
            Header = { Account = account, Key = number, Nonce = nonce + 1 },
            PublicKey = PublicKey.From(Convert.FromBase64String(held)),
            Scopes = ScopeTexts.Parse(scope),
        };
        var record = new byte[Unsafe.SizeOf<AddKey>() + CommandHeader.SignatureSize];
        own.Sign(venue, record, CommandCodec.Write(CommandKind.AddKey, ref add, record));
        JsonElement outcome = (await client.CallAsync("surety/submit", new { commands = Convert.ToBase64String(record) }, cancellation))[0];
        if (outcome.GetProperty("code").GetInt32() != 0)
        {
            throw new UsageException($"the venue refused the API key: {outcome.GetProperty("reason").GetString()}");
        }
        JsonElement made = await client.CallAsync("surety/finish_api_key", new { public_key = held, name }, cancellation);
        return (made.GetProperty("client_id").GetString()!, made.GetProperty("client_secret").GetString()!);
    }

    internal static async Task<int> OpenAsync(string url, string file, string scope, bool asJson, CancellationToken cancellation)
    {
        if (File.Exists(file))
        {
            throw new UsageException($"{file}: there is a key already. Name another file with --key");
        }
        try
        {
            await using VenueClient client = await VenueClient.ConnectAsync(url, cancellation);
            using SigningKey own = SigningKey.Create();
            JsonElement opened =
                await client.CallAsync("surety/open_account", new { public_key = Convert.ToBase64String(own.PublicKey.ToBytes()) },
                    cancellation);
            uint account = opened.GetProperty("account").GetUInt32();
            uint number = opened.GetProperty("key").GetUInt32();
            PrivateFiles.Write(file, own.ToPem());

            (string id, string secret) = await MakeApiKeyAsync(client, own, scope, "opened by ./surety account open", cancellation);
            if (asJson)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { account, key = number, apiKey = id, secret, keyFile = file }));
            }
            else
            {
                Console.WriteLine(
                    $"account  {account}\napiKey   {id}\nsecret   {secret}\n\nThe secret is shown once. "
                    + $"The account's own key is in {file}: it can do everything, keep it.");
            }
            return 0;
        }
        catch (Exception e) when (e is IOException or VenueException)
        {
            Console.Error.WriteLine($"surety: {url}: {e.Message}");
            return 1;
        }
    }
}
