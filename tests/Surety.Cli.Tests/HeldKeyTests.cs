using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Cli.Serving;
using Surety.Client;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Cli.Tests;

/// <summary>Keys that the node holds: whose they are, how they end, and what is bounded of them.</summary>
[Collection("node")]
public sealed class HeldKeyTests : IAsyncLifetime
{
    private const string Max = "trade:read_write wallet:read_write account:read_write";

    private static readonly NodeSettings Quiet = new()
    {
        Listen = new ListenSettings { Port = 0 },
        Feed = new FeedSettings { Source = "signed" },
        Limits = new LimitSettings { UnitsPerSecond = 100_000, UnitsBurst = 1_000_000 },
        Sandbox = new SandboxSettings { AccountsPerHour = 1_000 },
        Telemetry = new TelemetrySettings { MetricsLocalOnly = false },
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("surety-held-").FullName;
    private RunningNode _running = null!;

    private string Url => _running.Host.Url;

    public async ValueTask InitializeAsync()
    {
        DefaultVenue.CreateIfEmpty(_directory, "held");
        _running = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _running.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_token_that_asked_for_less_removes_no_api_key_that_can_do_more()
    {
        await using VenueClient own = await CustomerAsync();
        JsonElement strong = await own.CallAsync("private/create_api_key", new { max_scope = Max });
        JsonElement weak = await own.CallAsync("private/create_api_key", new { max_scope = "account:read_write" });
        await using Listener narrowed = await Listener.ConnectAsync(Url);
        JsonElement login = await narrowed.AskAsync("public/auth", new
        {
            grant_type = "client_credentials",
            client_id = Id(strong),
            client_secret = Secret(strong),
            scope = "account:read_write trade:read wallet:none",
        });
        Assert.True(login.TryGetProperty("result", out _), login.GetRawText());
        // The key that stands behind the token could: what counts is the token.
        JsonElement refused = (await narrowed.AskAsync("private/remove_api_key", new { id = Id(strong) })).GetProperty("error");
        Assert.Equal(13021, refused.GetProperty("code").GetInt32());
        Assert.Contains("id: ", refused.GetRawText(), StringComparison.Ordinal);
        ApiKey kept = _running.Node.Identities.Find(Id(strong))!;
        Assert.Equal(Key.Valid, _running.Node.Venue.State.Keys[_running.Node.Venue.State.Derived.KeyRows.Find(kept.Key)].Status);
        await using (await LogInAsync(strong))
        {
            // It still logs in.
        }
        // What is within the token's scopes it removes.
        Assert.True((await narrowed.AskAsync("private/remove_api_key", new { id = Id(weak) })).TryGetProperty("result", out _));
        await Assert.ThrowsAsync<VenueException>(() => LogInAsync(weak));
    }

    [Fact]
    public async Task An_api_key_whose_ledger_key_is_long_retired_is_removed_and_the_next_key_of_its_row_stays()
    {
        await using VenueClient first = await CustomerAsync();
        JsonElement other = await first.CallAsync("private/create_api_key", new { max_scope = Max });
        JsonElement old = await first.CallAsync("private/create_api_key", new { max_scope = Max });
        ApiKey held = _running.Node.Identities.Find(Id(old))!;
        DelegatedKey signer = _running.Node.Identities.SignerOf(held, _running.Node.Venue.State);
        Assert.Equal(RefusalCode.None,
            (await _running.Node.Signing.SubmitAsync(signer, held.Account, CommandKind.RevokeKey, new RevokeKey { RevokedKey = held.Key }))
            .Code);

        // A day and an hour later its row may be given again. A dead log-in keeps the node from starting no more than it opens anything.
        await _running.DisposeAsync();
        _running = await StartAsync(() => VenueClock.WallNs() + (25 * 3_600_000_000_000));
        for (int i = 0; i < 3; i++)
        {
            await _running.Node.Operator.SubmitAsync(CommandKind.CancelAll, default(CancelAll));
        }
        Assert.True(_running.Node.Venue.State.Derived.KeyRows.IsRetired(held.Key));
        await using VenueClient own = await LogInAsync(other);
        JsonElement next = await own.CallAsync("private/create_api_key", new { max_scope = Max });
        uint given = _running.Node.Identities.Find(Id(next))!.Key;
        Assert.Equal((KeyRows.RowOf(held.Key), true), (KeyRows.RowOf(given), given != held.Key));

        await Assert.ThrowsAsync<VenueException>(() => LogInAsync(old));
        await using VenueClient again = await LogInAsync(next);
        await again.CallAsync("private/remove_api_key", new { id = Id(old) });
        Assert.DoesNotContain((await again.CallAsync("private/list_api_keys")).EnumerateArray(), k => Id(k) == Id(old));
        Assert.Equal(Key.Valid, _running.Node.Venue.State.Keys[_running.Node.Venue.State.Derived.KeyRows.Find(given)].Status);
        await using (await LogInAsync(next))
        {
            // The key that has its row now was not revoked in its place.
        }
    }

    [Fact]
    public async Task The_nodes_keys_are_found_with_their_first_owner_although_others_open_accounts_with_the_same_public_keys()
    {
        // Public keys are public: a customer opens an account with the operator's, and with a price source's.
        IdentityVault vault = _running.Node.Vault;
        foreach (string name in (string[])["operator", "source-1"])
        {
            using SigningKey copied = vault.FindKey(name)!;
            (JsonElement opened, _) = await OpenAsync(copied);
            Assert.NotEqual(0u, opened.GetProperty("account").GetUInt32());
        }
        await _running.DisposeAsync();
        _running = await StartAsync();
        Venue venue = _running.Node.Sequencer.Venue;
        foreach (string name in (string[])["operator", "source-1"])
        {
            using SigningKey key = vault.FindKey(name)!;
            DelegatedKey held = _running.Node.Signing.Hold(key, name);
            Assert.Equal(0u, venue.Ledger.Engine.State.Keys[KeyRows.RowOf(held.Key)].Account);
        }
        // A customer's key is the operator's in no file of that name.
        using SigningKey customer = SigningKey.Create();
        (JsonElement made, _) = await OpenAsync(customer);
        string said = Assert.Throws<IdentityException>(() => _running.Node.Signing.Hold(customer, "operator")).Message;
        Assert.Contains($"a key of account {made.GetProperty("account").GetUInt32()}, not the operator's", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_and_networks_are_taken_at_their_bound_and_refused_beyond_it()
    {
        await using VenueClient own = await CustomerAsync();
        string name = new('n', 64);
        string[] networks = [.. Enumerable.Range(0, 32).Select(i => $"10.0.{i}.0/24")];
        JsonElement made = await own.CallAsync("private/create_api_key", new { name, networks });
        Assert.Equal((name, 32), (made.GetProperty("name").GetString(), made.GetProperty("networks").GetArrayLength()));
        string id = Id(made);
        await own.CallAsync("private/edit_api_key", new { id, name = new string('m', 64), networks });
        const string Longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128";
        await own.CallAsync("private/edit_api_key", new { id, networks = new[] { Longest } });
        string[] tooMany = [.. networks, "10.1.0.0/24"];
        string[] tooLong = ["::1%" + new string('1', 61)];
        foreach ((object create, object edit, string parameter, string limit) in ((object, object, string, string)[])
            [
                (new { name = name + "n" }, new { id, name = name + "n" }, "name", "at most 64 characters, found 65"),
                (new { networks = tooMany }, new { id, networks = tooMany }, "networks", "at most 32, found 33"),
                (new { networks = tooLong }, new { id, networks = tooLong }, "networks", "at most 64 characters, found 65"),
            ])
        {
            await RefusedAsync(() => own.CallAsync("private/create_api_key", create), parameter, limit);
            await RefusedAsync(() => own.CallAsync("private/edit_api_key", edit), parameter, limit);
        }
        ApiKey kept = _running.Node.Identities.Find(id)!;
        Assert.Equal((new string('m', 64), Longest), (kept.Name, Assert.Single(kept.Networks)));
        // The same when a key is finished that its owner added to the account himself.
        foreach ((object ask, string parameter, string limit) in ((object, string, string)[])
            [(new { public_key = "", name = name + "n" }, "name", "at most 64 characters, found 65"),
                (new { public_key = "", networks = tooMany }, "networks", "at most 32, found 33")])
        {
            string held = (await own.CallAsync("surety/prepare_api_key")).GetProperty("public_key").GetString()!;
            ApiKey mine = _running.Node.Identities.Of(a => a == kept.Account).First(k => (k.Scopes & KeyScopes.Admin) != 0);
            var add = new AddKey { PublicKey = PublicKey.From(Convert.FromBase64String(held)), Scopes = KeyScopes.Read };
            Assert.Equal(RefusalCode.None,
                (await _running.Node.Signing.SubmitAsync(_running.Node.Identities.SignerOf(mine, _running.Node.Venue.State), mine.Account,
                CommandKind.AddKey, add)).Code);
            string text =
                JsonSerializer.Serialize(ask)
                    .Replace("\"public_key\":\"\"", "\"public_key\":" + JsonSerializer.Serialize(held), StringComparison.Ordinal);
            await RefusedAsync(() => own.CallAsync("surety/finish_api_key", JsonSerializer.Deserialize<JsonElement>(text)), parameter,
                limit);
            // A refusal does not use the prepared key up.
            await own.CallAsync("surety/finish_api_key", new { public_key = held, name, networks });
        }
    }

    [Fact]
    public async Task Passkeys_are_taken_at_their_bounds_and_refused_beyond_them()
    {
        await using VenueClient own = await CustomerAsync();
        JsonElement key = await own.CallAsync("private/create_api_key", new { max_scope = Max });
        await using Listener page = await Listener.ConnectAsync(Url, origin: Url);
        await page.AskAsync("public/auth", new { grant_type = "client_credentials", client_id = Id(key), client_secret = Secret(key) });
        using ECDsa authenticator = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string publicKey = Convert.ToBase64String(authenticator.ExportSubjectPublicKeyInfo());
        async Task<JsonElement> RegisterAsync(string credential, string with)
        {
            string challenge = (await page.AskAsync("surety/challenge")).GetProperty("result").GetProperty("challenge").GetString()!;
            string client = $"{{\"type\":\"webauthn.create\",\"challenge\":\"{challenge}\",\"origin\":\"{Url}\"}}";
            return await page.AskAsync("surety/register_passkey", new
            {
                credential_id = credential,
                public_key = with,
                client_data = Convert.ToBase64String(Encoding.UTF8.GetBytes(client)),
            });
        }
        void Refused(JsonElement answer, string parameter, string limit)
        {
            string said = answer.GetProperty("error").GetRawText();
            Assert.True(said.Contains(parameter + ": ", StringComparison.Ordinal) && said.Contains(limit, StringComparison.Ordinal), said);
        }
        Refused(await RegisterAsync(new string('c', 1_401), publicKey), "credential_id", "at most 1400 characters, found 1401");
        Refused(await RegisterAsync("long key", publicKey.PadRight(1_025, '=')), "public_key", "at most 1024 characters, found 1025");
        Assert.True((await RegisterAsync(new string('c', 1_400), publicKey)).TryGetProperty("result", out _));
        for (int i = 1; i < 16; i++)
        {
            Assert.True((await RegisterAsync($"credential {i}", publicKey)).TryGetProperty("result", out _), $"{i}");
        }
        Refused(await RegisterAsync("one too many", publicKey), "credential_id", "16 passkeys");
        Assert.Equal(16, _running.Node.Identities.PasskeysOf(Id(key)));
    }

    [Fact]
    public async Task Strangers_learn_the_nonce_of_a_key_and_not_what_it_may_do_nor_until_when()
    {
        using SigningKey mine = SigningKey.Create();
        (JsonElement opened, Listener session) = await OpenAsync(mine);
        await using Listener own = session;
        uint number = opened.GetProperty("key").GetUInt32();
        uint account = opened.GetProperty("account").GetUInt32();
        using SigningKey reader = SigningKey.Create();
        long endsMs = (_running.Node.Venue.State.TimeNs / 1_000_000) + 3_600_000;
        var add =
            new AddKey
            {
                Header = { Account = account, Key = number, Nonce = 1 },
                PublicKey = reader.PublicKey,
                Scopes = KeyScopes.Read,
                KeyExpiresNs = endsMs * 1_000_000
            };
        Assert.Equal(0, (await SubmitAsync(own, mine, CommandKind.AddKey, add)).GetProperty("result")[0].GetProperty("code").GetInt32());
        object ask = new { public_key = Convert.ToBase64String(reader.PublicKey.ToBytes()) };
        await using Listener stranger = await Listener.ConnectAsync(Url);
        await using VenueClient other = await CustomerAsync();
        JsonElement[] strangers =
            [(await stranger.AskAsync("surety/key", ask)).GetProperty("result"), await other.CallAsync("surety/key", ask)];
        foreach (JsonElement seen in strangers)
        {
            Assert.Equal(["key", "account", "valid", "highest_nonce"], seen.EnumerateObject().Select(p => p.Name));
        }
        JsonElement known = (await own.AskAsync("surety/key", ask)).GetProperty("result");
        Assert.Equal(("trade:read wallet:read account:read", endsMs),
            (known.GetProperty("scope").GetString(), known.GetProperty("expires").GetInt64()));
        // Nor by a command that the key may not send: without its signature the answer is that of a wrong signature.
        uint narrow = known.GetProperty("key").GetUInt32();
        var cancel = new CancelAll { Header = { Account = account, Key = narrow, Nonce = 1 } };
        JsonElement forged = await SubmitAsync(stranger, mine, CommandKind.CancelAll, cancel);
        Assert.Equal(13009, forged.GetProperty("error").GetProperty("code").GetInt32());
        Assert.DoesNotContain("cope", forged.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("ScopeMissing",
            (await SubmitAsync(stranger, reader, CommandKind.CancelAll, cancel)).GetProperty("result")[0].GetProperty("refusal")
            .GetString());
    }

    [Fact]
    public async Task How_full_the_venue_is_is_told_in_tenths()
    {
        await using Listener stranger = await Listener.ConnectAsync(Url);
        JsonElement venue = (await stranger.AskAsync("surety/get_limits")).GetProperty("result").GetProperty("venue");
        foreach (JsonProperty table in venue.EnumerateObject())
        {
            Assert.Equal(["full_percent", "room"], table.Value.EnumerateObject().Select(p => p.Name));
            Assert.Equal(0, table.Value.GetProperty("full_percent").GetInt32() % 10);
        }
        // The metrics, too, to who asks from elsewhere.
        using var http = new HttpClient();
        string here = await http.GetStringAsync(new Uri(Url + "/metrics"));
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        string elsewhere = await http.GetStringAsync(new Uri(Url + "/metrics"));
        Assert.Contains(Used(here), u => u.Length > 3);
        Assert.All(Used(elsewhere), u => Assert.Matches(@"^(0(\.[1-9])?|1)$", u));

        static string[] Used(string page) =>
            [.. page.Split('\n').Where(l => l.StartsWith("surety_room_used{", StringComparison.Ordinal)).Select(l => l.Split(' ')[1])];
    }

    private static string Id(JsonElement key) => key.GetProperty("client_id").GetString()!;

    private static string Secret(JsonElement key) => key.GetProperty("client_secret").GetString()!;

    private static async Task RefusedAsync(Func<Task> call, string parameter, string limit)
    {
        VenueException refused = await Assert.ThrowsAsync<VenueException>(call);
        Assert.Equal(-32602, refused.Code);
        Assert.Contains(parameter + ": ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(limit, refused.Message, StringComparison.Ordinal);
    }

    private Task<RunningNode> StartAsync(Func<long>? wallNs = null) =>
        RunningNode.StartAsync(_directory, Quiet, NullLoggerFactory.Instance, _ => { }, wallNs: wallNs);

    private async Task<VenueClient> LogInAsync(JsonElement key)
    {
        VenueClient client = await VenueClient.ConnectAsync(Url);
        await client.LogInAsync(Id(key), Secret(key));
        return client;
    }

    // A new account, logged in with its own key.
    private async Task<(JsonElement Opened, Listener Session)> OpenAsync(SigningKey key)
    {
        Listener listener = await Listener.ConnectAsync(Url);
        JsonElement opened =
            (await listener.AskAsync("surety/open_account", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) }))
                .GetProperty("result");
        uint number = opened.GetProperty("key").GetUInt32();
        string challenge =
            (await listener.AskAsync("surety/challenge", new { key = number })).GetProperty("result").GetProperty("challenge").GetString()!;
        string proof = Convert.ToBase64String(key.SignMessage(Sessions.LoginMessage(_running.Node.Venue.Name, challenge)));
        Assert.True(
            (await listener.AskAsync("public/auth", new { grant_type = "surety_signature", key = number, challenge, signature = proof }))
                .TryGetProperty("result", out _));
        return (opened, listener);
    }

    // A customer with an API key of all scopes.
    private async Task<VenueClient> CustomerAsync()
    {
        using SigningKey key = SigningKey.Create();
        (JsonElement opened, Listener session) = await OpenAsync(key);
        await using Listener own = session;
        string held = (await own.AskAsync("surety/prepare_api_key")).GetProperty("result").GetProperty("public_key").GetString()!;
        var add = new AddKey
        {
            Header = { Account = opened.GetProperty("account").GetUInt32(), Key = opened.GetProperty("key").GetUInt32(), Nonce = 1 },
            PublicKey = PublicKey.From(Convert.FromBase64String(held)),
            Scopes = KeyScopes.Customer,
        };
        Assert.Equal(0, (await SubmitAsync(own, key, CommandKind.AddKey, add)).GetProperty("result")[0].GetProperty("code").GetInt32());
        return await LogInAsync((await own.AskAsync("surety/finish_api_key", new { public_key = held })).GetProperty("result"));
    }

    private async Task<JsonElement> SubmitAsync<T>(Listener listener, SigningKey key, CommandKind kind, T command)
        where T : unmanaged
    {
        var record = new byte[System.Runtime.CompilerServices.Unsafe.SizeOf<T>() + CommandHeader.SignatureSize];
        key.Sign(_running.Node.Venue.Name, record, CommandCodec.Write(kind, ref command, record));
        return await listener.AskAsync("surety/submit", new { commands = Convert.ToBase64String(record) });
    }
}
