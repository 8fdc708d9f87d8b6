using System;
using System.CommandLine;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Journal;
using Surety.Node.Gateway;
using Surety.Node.Identity;

namespace Surety.Cli.Commands;

/// <summary><c>surety account</c></summary>
internal static class AccountCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The venue", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var key = new Option<string>("--key") { Description = "File for the account's own private key; made anew", DefaultValueFactory = _ => "surety-account.pem" };
        var scope = new Option<string>("--scope") { Description = "What the API key may do", DefaultValueFactory = _ => "trade:read_write wallet:read_write account:read_write" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var open = new Command("open", "Open an account with play money at a sandbox venue, and an API key for it") { url, key, scope, json };
        open.SetAction((parsed, cancellation) => OpenAsync(parsed.GetValue(url)!, parsed.GetValue(key)!, parsed.GetValue(scope)!, parsed.GetValue(json), cancellation));
        return new Command("account", "Accounts at a running venue") { open };
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
            JsonElement opened = await client.CallAsync("surety/open_account", new { public_key = Convert.ToBase64String(own.PublicKey.ToBytes()) }, cancellation);
            uint account = opened.GetProperty("account").GetUInt32();
            uint number = opened.GetProperty("key").GetUInt32();
            _ = Hash256.TryParse(opened.GetProperty("venue").GetString(), out Hash256 venue);
            PrivateFiles.Write(file, own.ToPem());

            // Log in with the account's own key, then let the venue hold a second one and say so in the ledger.
            string challenge = (await client.CallAsync("surety/challenge", new { key = number }, cancellation)).GetProperty("challenge").GetString()!;
            string proof = Convert.ToBase64String(own.SignMessage(Sessions.LoginMessage(venue, challenge)));
            await client.CallAsync("public/auth", new { grant_type = "surety_signature", key = number, challenge, signature = proof }, cancellation);
            string held = (await client.CallAsync("surety/prepare_api_key", null, cancellation)).GetProperty("public_key").GetString()!;
            var add = new AddKey
            {
                Header = { Account = account, Key = number, Nonce = 1 },
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
            JsonElement made = await client.CallAsync("surety/finish_api_key", new { public_key = held, name = "opened by ./surety account open" }, cancellation);
            string id = made.GetProperty("client_id").GetString()!;
            string secret = made.GetProperty("client_secret").GetString()!;
            if (asJson)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { account, key = number, apiKey = id, secret, keyFile = file }));
            }
            else
            {
                Console.WriteLine($"account  {account}\napiKey   {id}\nsecret   {secret}\n\nThe secret is shown once. The account's own key is in {file}: it can do everything, keep it.");
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
