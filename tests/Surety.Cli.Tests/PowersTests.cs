using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Gateway.Api;
using Surety.Node.Identity;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Cli.Tests;

/// <summary>Every method with every kind of credential against docs/powers.md; and what each kind may make.</summary>
[Collection("node")]
public sealed class PowersTests(NodeFixture node)
{
    private const string Perpetual = "BTC_USDC-PERPETUAL";
    private static readonly int[] Refusals = [13009, 13004, 13021];

    private static string Page => System.IO.Path.Combine("..", "..", "docs", "powers.md");

    [Fact]
    public void The_page_of_powers_is_what_the_node_decides_by() => Golden.Check(Page, PowersPage.Write(node.Running.Gateway.Methods));

    [Fact]
    public async Task Every_method_answers_to_exactly_the_credentials_that_the_page_says()
    {
        List<(string Method, string Needs, bool Signs, string ForWhom, string Http)> rows =
            [.. PowersPage.Read(await System.IO.File.ReadAllTextAsync(System.IO.Path.Combine(Root(), "docs", "powers.md")))
                .OrderBy(r => r.Method == "private/logout")];
        Assert.Equal(node.Running.Gateway.Methods.Select(m => m.Name).Order(StringComparer.Ordinal),
            rows.Select(r => r.Method).Order(StringComparer.Ordinal));
        var wrong = new List<string>();
        foreach (
            (string name, HashSet<string> powers, bool held, bool isOperator, bool holds,
                Func<string, byte[], string?> authorization) in await CredentialsAsync())
        {
            foreach ((string method, string needs, bool signs, string forWhom, _) in rows)
            {
                (int status, int code) = await PostAsync(method, authorization);
                bool may = holds && (needs == "nothing" || powers.Contains(needs)) && (forWhom != "operator" || isOperator)
                    && (forWhom != "owner" || !name.Contains("sub-account", StringComparison.Ordinal)) && (!signs || held);
                bool did = status is not (401 or 403) && !Refusals.Contains(code);
                if (may != did)
                {
                    wrong.Add($"{name} {method}: {(may ? "may" : "may not")}, found HTTP {status}, code {code}");
                }
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task An_order_of_a_stranger_is_not_found_by_any_method_that_takes_its_id()
    {
        (VenueClient owner, _, _, _) = await node.TraderAsync();
        await using VenueClient own = owner;
        (VenueClient stranger, _, _, _) = await node.TraderAsync();
        await using VenueClient other = stranger;
        decimal price =
            Math.Round((await own.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price").GetDecimal()
                * 0.97m);
        string id =
            (await own.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, price, label = "private label" }))
                .GetProperty("order").GetProperty("order_id").GetString()!;
        Assert.Equal(10004,
            (await Assert.ThrowsAsync<VenueException>(() => other.CallAsync("private/get_order_state", new { order_id = id }))).Code);
        Assert.Equal(10004,
            (await Assert.ThrowsAsync<VenueException>(() => other.CallAsync("private/edit", new { order_id = id, amount = 0.02, price })))
            .Code);
        Assert.Equal(10004,
            (await Assert.ThrowsAsync<VenueException>(() => other.CallAsync("private/cancel", new { order_id = id }))).Code);
        Assert.Equal(0, (await other.CallAsync("private/get_user_trades_by_order", new { order_id = id })).GetArrayLength());
        Assert.DoesNotContain("private label", (await other.CallAsync("surety/search", new { text = id })).GetRawText(),
            StringComparison.Ordinal);
        Assert.Equal("open",
            (await own.CallAsync("private/get_order_state", new { order_id = id })).GetProperty("order_state").GetString());
    }

    [Fact]
    public async Task No_method_acts_on_what_a_stranger_names_by_number()
    {
        (VenueClient owner, string key, _, uint account) = await node.TraderAsync();
        await using VenueClient own = owner;
        (VenueClient stranger, _, _, _) = await node.TraderAsync();
        await using VenueClient other = stranger;
        decimal price =
            Math.Round((await own.CallAsync("public/ticker", new { instrument_name = Perpetual })).GetProperty("mark_price").GetDecimal()
                * 0.97m);
        string order =
            (await own.CallAsync("private/buy", new { instrument_name = Perpetual, amount = 0.01, price })).GetProperty("order")
                .GetProperty("order_id").GetString()!;
        var named = new Dictionary<string, object>
        {
            ["subaccount_id"] = account,
            ["account"] = account,
            ["destination"] = account,
            ["order_id"] = order,
            ["linked_order_id"] = order,
            ["id"] = key,
        };
        var plausible = new Dictionary<string, object>
        {
            ["currency"] = "USDC",
            ["amount"] = 0.01,
            ["price"] = price,
            ["instrument_name"] = Perpetual,
            ["label"] = "x",
            ["direction"] = "buy",
            ["type"] = "limit",
            ["address"] = "0xabc",
        };
        int tried = 0;
        foreach (RpcMethod method in node.Running.Gateway.Methods.Where(m => m.Scope != KeyScopes.None && !m.OperatorOnly))
        {
            foreach (RpcParam by in method.Params.Where(p => named.ContainsKey(p.Name)))
            {
                var ask =
                    method.Params.Where(p => p.Required && plausible.ContainsKey(p.Name)).ToDictionary(p => p.Name, p => plausible[p.Name]);
                ask[by.Name] = named[by.Name];
                if (method.Name is "private/edit" or "private/buy" or "private/sell" or "surety/what_if")
                {
                    ask["price"] = price;
                    ask["amount"] = 0.02;
                }
                if (method.Name is "private/edit_by_label")
                {
                    ask["label"] = "x";
                    ask["instrument_name"] = Perpetual;
                }
                tried++;
                try
                {
                    JsonElement result = await other.CallAsync(method.Name, ask);
                    // An order that is not there cancels nothing; nothing is listed of it.
                    Assert.True(by.Name == "linked_order_id" || (result.ValueKind == JsonValueKind.Array && result.GetArrayLength() == 0),
                        $"{method.Name} {by.Name}: {result}");
                }
                catch (VenueException e)
                {
                    Assert.True(e.Code != -32602 || method.Name.Contains("withdraw", StringComparison.Ordinal),
                        $"{method.Name} {by.Name}: {e.Message}");
                }
            }
        }
        Assert.True(tried >= 14, $"{tried}");
        await other.CallAsync("private/cancel_all");
        Assert.Equal("open",
            (await own.CallAsync("private/get_order_state", new { order_id = order })).GetProperty("order_state").GetString());
        Assert.Single((await own.CallAsync("private/list_api_keys")).EnumerateArray(), k => k.GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task A_key_makes_none_that_can_do_more_last_longer_or_be_used_elsewhere()
    {
        (VenueClient owner, _, _, _) = await node.TraderAsync();
        await using VenueClient own = owner;
        long end = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds();
        JsonElement made = await own.CallAsync("private/create_api_key", new
        {
            max_scope = "account:read_write",
            networks = new[] { "127.0.0.0/8" },
            expires = end,
        });
        await using VenueClient lesser = await LogIn(made);
        foreach (object ask in (object[])
            [
                new { max_scope = "trade:read_write" }, new { max_scope = "wallet:read_write" },
                new { max_scope = "account:read_write surety:govern" },
                new { max_scope = "account:read", expires = end + 1 }, new { max_scope = "account:read", expires = 0 },
                    new { max_scope = "account:read", networks = new[] { "10.0.0.0/8" } },
                new { max_scope = "account:read", networks = Array.Empty<string>() },
                    new { max_scope = "account:read", networks = new[] { "0.0.0.0/0" } },
            ])
        {
            Assert.Equal(13021, (await Assert.ThrowsAsync<VenueException>(() => lesser.CallAsync("private/create_api_key", ask))).Code);
        }
        JsonElement same =
            await lesser.CallAsync("private/create_api_key", new { max_scope = "account:read", networks = new[] { "127.0.0.1" } });
        Assert.Equal(end, same.GetProperty("expires").GetInt64());
        JsonElement plain = await lesser.CallAsync("private/create_api_key");
        Assert.Equal("trade:read wallet:read account:read", plain.GetProperty("max_scope").GetString());
        Assert.Equal("127.0.0.0/8", plain.GetProperty("networks")[0].GetString());
        // Nor does it free itself of its own limits, or switch on or end what is beyond it.
        Assert.Equal(13021,
            (await Assert.ThrowsAsync<VenueException>(() =>
            lesser.CallAsync("private/edit_api_key",
                new { id = made.GetProperty("client_id").GetString(), networks = Array.Empty<string>() }))).Code);
        string full =
            (await own.CallAsync("private/create_api_key", new { max_scope = "trade:read_write wallet:read_write account:read_write" }))
                .GetProperty("client_id").GetString()!;
        await own.CallAsync("private/disable_api_key", new { id = full });
        Assert.Equal(13021,
            (await Assert.ThrowsAsync<VenueException>(() => lesser.CallAsync("private/enable_api_key", new { id = full }))).Code);
        Assert.Equal(13021,
            (await Assert.ThrowsAsync<VenueException>(() => lesser.CallAsync("private/remove_api_key", new { id = full }))).Code);
    }

    [Fact]
    public async Task Only_the_key_that_prepared_an_api_key_finishes_it_once()
    {
        (Listener own, SigningKey key, uint account, uint number, Hash256 venue) = await LedgerKeyAsync();
        using SigningKey mine = key;
        await using Listener session = own;
        string held = (await own.AskAsync("surety/prepare_api_key")).GetProperty("result").GetProperty("public_key").GetString()!;
        // The owner also has a read-only API key and a second full one: neither gets the secret.
        JsonElement readOnly = await AddApiKeyAsync(own, key, account, number, venue, KeyScopes.Read, 1);
        JsonElement second = await AddApiKeyAsync(own, key, account, number, venue, KeyScopes.Customer, 2);
        JsonElement outcome = await SubmitAsync(own, key, venue, CommandKind.AddKey, new AddKey
        {
            Header = { Account = account, Key = number, Nonce = 3 },
            PublicKey = PublicKey.From(Convert.FromBase64String(held)),
            Scopes = KeyScopes.Customer,
        });
        Assert.Equal(0, outcome.GetProperty("code").GetInt32());
        foreach ((JsonElement credential, int code) in ((JsonElement, int)[])[(readOnly, 13021), (second, 13020)])
        {
            await using VenueClient thief = await LogIn(credential);
            Assert.Equal(code,
                (await Assert.ThrowsAsync<VenueException>(() => thief.CallAsync("surety/finish_api_key", new { public_key = held }))).Code);
        }
        JsonElement[] both =
            await Task.WhenAll(own.AskAsync("surety/finish_api_key", new { public_key = held }),
                own.AskAsync("surety/finish_api_key", new { public_key = held }));
        Assert.Single(both, a => a.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task A_sub_accounts_api_key_is_confined_to_it()
    {
        (VenueClient owner, string masterKey, _, uint master) = await node.TraderAsync();
        await using VenueClient own = owner;
        uint sub = (await own.CallAsync("private/create_subaccount")).GetProperty("id").GetUInt32();
        JsonElement made =
            await own.CallAsync("private/create_api_key",
                new { max_scope = "trade:read_write wallet:read_write account:read_write", account = sub });
        await using VenueClient confined = await LogIn(made);
        foreach ((string method, object ask) in ((string, object)[])
            [
                ("private/get_account_summary", new { currency = "USDC", subaccount_id = master }),
                ("private/get_positions", new { subaccount_id = master }),
                ("private/get_account_summaries", new { subaccount_id = master }),
                ("private/create_api_key", new { max_scope = "trade:read_write", account = master }),
                ("private/create_subaccount", new { }), ("surety/get_account_proof", new { account = master }),
                ("private/disable_api_key", new { id = masterKey }), ("private/edit_api_key", new { id = masterKey }),
                ("private/remove_api_key", new { id = masterKey }),
            ])
        {
            Assert.Contains((await Assert.ThrowsAsync<VenueException>(() => confined.CallAsync(method, ask))).Code, (int[])[13021, 13020]);
        }
        Assert.All((await confined.CallAsync("private/get_subaccounts")).EnumerateArray(),
            a => Assert.Equal(sub, a.GetProperty("id").GetUInt32()));
        Assert.All((await confined.CallAsync("private/list_api_keys")).EnumerateArray(),
            k => Assert.Equal(sub, k.GetProperty("account").GetUInt32()));
        Assert.Equal(2, (await own.CallAsync("private/get_subaccounts")).GetArrayLength());
    }

    [Fact]
    public async Task A_signed_request_counts_once_however_it_is_spelled_and_is_no_log_in()
    {
        (VenueClient owner, string id, string secret, _) = await node.TraderAsync();
        await using VenueClient own = owner;
        string target = $"/api/v2/private/get_open_orders_by_instrument?instrument_name={Perpetual}";
        string ts = Now();
        string text = $"{ts}\nfirst\nGET\n{target}\n\n";
        string sig = Sign(secret, text);
        Assert.Equal(200, await GetAsync(target, id, ts, "first", sig));
        foreach (string spelled in (string[])[sig, sig.ToUpperInvariant(), char.ToUpperInvariant(sig[0]) + sig[1..].ToUpperInvariant()])
        {
            Assert.Equal(401, await GetAsync(target, id, ts, "first", spelled));
        }
        // The same nonce for another request, another path with the same signature, other verbs.
        Assert.Equal(401, await GetAsync(target + "&x=1", id, ts, "first", Sign(secret, $"{ts}\nfirst\nGET\n{target}&x=1\n\n")));
        string other = Sign(secret, $"{ts}\nsecond\nGET\n{target}\n\n");
        Assert.Equal(401, await GetAsync("/api/v2/private/get_positions", id, ts, "second", other));
        // Traded for a token: as data, or hidden in the nonce.
        await using Listener attacker = await Listener.ConnectAsync(node.Url);
        foreach (
            (string nonce, string data) in ((string, string)[])[("second", $"GET\n{target}\n\n"), ($"second\nGET\n{target}\n", ""),
                ($"second\nGET\n{target}", "\n"), ("second", $"GET\r\n{target}")])
        {
            JsonElement answer = await attacker.AskAsync("public/auth", new
            {
                grant_type = "client_signature",
                client_id = id,
                timestamp = ts,
                nonce,
                data,
                signature = other,
            });
            Assert.Equal(13004, answer.GetProperty("error").GetProperty("code").GetInt32());
        }
        // A log-in text is no request either, and counts once.
        string login = Sign(secret, $"{ts}\nthird\n");
        object ask = new { grant_type = "client_signature", client_id = id, timestamp = ts, nonce = "third", data = "", signature = login };
        Assert.True((await attacker.AskAsync("public/auth", ask)).TryGetProperty("result", out _));
        Assert.Equal(13004, (await attacker.AskAsync("public/auth", ask)).GetProperty("error").GetProperty("code").GetInt32());
        // ccxt's nonce is the clock: two requests within its millisecond are two, the same one twice is one.
        string clock = Now();
        string[] targets = [target, "/api/v2/private/get_positions?currency=any"];
        foreach (string t in targets)
        {
            Assert.Equal(200, await GetAsync(t, id, clock, clock, Sign(secret, $"{clock}\n{clock}\nGET\n{t}\n\n")));
            Assert.Equal(401, await GetAsync(t, id, clock, clock, Sign(secret, $"{clock}\n{clock}\nGET\n{t}\n\n").ToUpperInvariant()));
        }
    }

    // ---- credentials ----

    private async Task<List<(string Name, HashSet<string> Powers, bool Held, bool Operator, bool Holds,
        Func<string, byte[], string?> Authorization)>> CredentialsAsync()
    {
        var all = new List<(string, HashSet<string>, bool, bool, bool, Func<string, byte[], string?>)>();
        void Add(string name, string powers, bool held, bool isOperator, bool holds, Func<string, byte[], string?> authorization) =>
            all.Add((name, [.. powers.Split(' ', StringSplitOptions.RemoveEmptyEntries)], held, isOperator, holds, authorization));

        (Listener listener, SigningKey key, uint account, uint number, Hash256 venue) = await LedgerKeyAsync();
        await using Listener own = listener;
        using SigningKey mine = key;
        Add("no credential", "", false, false, true, (_, _) => null);
        string bearer = await TokenAsync(key, number, venue);
        Add("ledger key", "read trade wallet account", false, false, true, (_, _) => "Bearer " + bearer);
        ulong nonce = 100;
        foreach (
            (KeyScopes scope, string word) in ((KeyScopes, string)[])[(KeyScopes.Read, "read"), (KeyScopes.Trade, "trade"),
                (KeyScopes.Withdraw, "wallet"), (KeyScopes.Admin, "account")])
        {
            using SigningKey narrow = SigningKey.Create();
            await SubmitAsync(own, key, venue, CommandKind.AddKey, new AddKey
            {
                Header = { Account = account, Key = number, Nonce = ++nonce },
                PublicKey = narrow.PublicKey,
                Scopes = scope,
            });
            uint narrowNumber =
                (await own.AskAsync("surety/key", new { public_key = Convert.ToBase64String(narrow.PublicKey.ToBytes()) }))
                    .GetProperty("result").GetProperty("key").GetUInt32();
            string token = await TokenAsync(narrow, narrowNumber, venue);
            Add($"ledger key with {scope} alone", word, false, false, true, (_, _) => "Bearer " + token);
            JsonElement apiKey = await AddApiKeyAsync(own, key, account, number, venue, scope | KeyScopes.Read, ++nonce);
            Add($"API key with {scope}", "read " + word, true, false, true, Basic(apiKey));
        }
        JsonElement full = await AddApiKeyAsync(own, key, account, number, venue, KeyScopes.Customer, ++nonce);
        const string Customer = "read trade wallet account";
        Add("API key", Customer, true, false, true, Basic(full));
        Add("HMAC", Customer, true, false, true, Hmac(full));
        (string access, string refresh) = await TokensAsync(full);
        Add("access token", Customer, true, false, true, (_, _) => "Bearer " + access);
        (string narrowed, _) = await TokensAsync(full, "session:mine trade:read_write wallet:none");
        Add("access token that asked for less", "read trade", true, false, true, (_, _) => "Bearer " + narrowed);
        Add("refresh token as access token", "", false, false, false, (_, _) => "Bearer " + refresh);
        Add("refresh token with its prefix", "", false, false, false, (_, _) => "Bearer refresh:" + refresh);
        (string ended, _) = await TokensAsync(full);
        await PostAsync("private/logout", (_, _) => "Bearer " + ended);
        Add("token after logout", "", false, false, false, (_, _) => "Bearer " + ended);
        string passkey = await PasskeyTokenAsync(full);
        Add("passkey", Customer, true, false, true, (_, _) => "Bearer " + passkey);
        Add("wrong secret", "", false, false, false,
            (_, _) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(full.GetProperty("client_id").GetString() + ":wrong")));
        Add("another scheme", "", false, false, false, (_, _) => "Digest abc");

        await using VenueClient owner = await LogIn(full);
        async Task<JsonElement> Make(object how) => await owner.CallAsync("private/create_api_key", how);
        const string Max = "trade:read_write wallet:read_write account:read_write";
        JsonElement elsewhere = await Make(new { max_scope = Max, networks = new[] { "10.0.0.0/8", "2001:db8::/32" } });
        Add("API key of other networks", "", false, false, false, Basic(elsewhere));
        Add("HMAC of other networks", "", false, false, false, Hmac(elsewhere));
        JsonElement moved = await Make(new { max_scope = Max });
        (string movedToken, _) = await TokensAsync(moved);
        await owner.CallAsync("private/edit_api_key",
            new { id = moved.GetProperty("client_id").GetString(), networks = new[] { "10.0.0.0/8" } });
        Add("token of a key that was given other networks", "", false, false, false, (_, _) => "Bearer " + movedToken);
        JsonElement off = await Make(new { max_scope = Max });
        (string offToken, _) = await TokensAsync(off);
        await owner.CallAsync("private/disable_api_key", new { id = off.GetProperty("client_id").GetString() });
        Add("disabled API key", "", false, false, false, Basic(off));
        Add("token of a disabled API key", "", false, false, false, (_, _) => "Bearer " + offToken);
        JsonElement gone = await Make(new { max_scope = Max });
        (string goneToken, _) = await TokensAsync(gone);
        await owner.CallAsync("private/remove_api_key", new { id = gone.GetProperty("client_id").GetString() });
        Add("removed API key", "", false, false, false, Basic(gone));
        Add("token of a removed API key", "", false, false, false, (_, _) => "Bearer " + goneToken);
        JsonElement brief = await Make(new { max_scope = Max, expires = DateTimeOffset.UtcNow.AddSeconds(2).ToUnixTimeMilliseconds() });
        (string briefToken, _) = await TokensAsync(brief);
        await Task.Delay(2_100);
        Add("expired API key", "", false, false, false, Basic(brief));
        Add("expired token", "", false, false, false, (_, _) => "Bearer " + briefToken);

        uint sub = await SubAccountAsync(owner);
        JsonElement ofSub = await Make(new { max_scope = Max, account = sub });
        Add("API key of a sub-account", Customer, true, false, true, Basic(ofSub));
        uint closed = await SubAccountAsync(owner);
        JsonElement ofClosed = await Make(new { max_scope = Max, account = closed });
        (string closedToken, _) = await TokensAsync(ofClosed);
        await owner.CallAsync("private/remove_subaccount", new { subaccount_id = closed });
        Assert.DoesNotContain((await owner.CallAsync("private/get_subaccounts")).EnumerateArray(),
            a => a.GetProperty("uid").GetUInt32() == closed);
        // The number is given again: what was made for the account before does not act for this one.
        Assert.Equal(closed, await SubAccountAsync(owner));
        Add("API key of a sub-account whose number was given again", "", false, false, false, Basic(ofClosed));
        Add("HMAC of a sub-account whose number was given again", "", false, false, false, Hmac(ofClosed));
        Add("token of a sub-account whose number was given again", "", false, false, false, (_, _) => "Bearer " + closedToken);

        string[] login =
            [.. (await System.IO.File.ReadAllLinesAsync(System.IO.Path.Combine(node.Directory, "identity", "operator-login.txt")))
                .Select(l => l.Split(": ")[1])];
        Add("operator", Customer + " govern", true, true, true,
            (_, _) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(login[0] + ":" + login[1])));
        using SigningKey operators =
            SigningKey.FromPem(await System.IO.File.ReadAllTextAsync(System.IO.Path.Combine(node.Directory, "identity", "operator.pem")));
        string operatorToken = await TokenAsync(operators, 0, venue);
        Add("operator's ledger key", Customer + " govern", false, true, true, (_, _) => "Bearer " + operatorToken);
        return all;
    }

    private static async Task<uint> SubAccountAsync(VenueClient owner)
    {
        JsonElement made = await owner.CallAsync("private/create_subaccount");
        return made.GetProperty("id").GetUInt32();
    }

    private static Func<string, byte[], string?> Basic(JsonElement key)
    {
        string text = "Basic "
            + Convert.ToBase64String(
            Encoding.UTF8.GetBytes($"{key.GetProperty("client_id").GetString()}:{key.GetProperty("client_secret").GetString()}"));
        return (_, _) => text;
    }

    private static Func<string, byte[], string?> Hmac(JsonElement key)
    {
        string id = key.GetProperty("client_id").GetString()!;
        string secret = key.GetProperty("client_secret").GetString()!;
        return (target, body) =>
        {
            string ts = Now();
            string nonce = Guid.NewGuid().ToString("N");
            return $"deri-hmac-sha256 "
                + $"id={id},ts={ts},sig={Sign(secret, $"{ts}\n{nonce}\nPOST\n{target}\n{Encoding.UTF8.GetString(body)}\n")},nonce={nonce}";
        };
    }

    private static string Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static string Sign(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    private async Task<(int Status, int Code)> PostAsync(string method, Func<string, byte[], string?> authorization)
    {
        byte[] body = "{}"u8.ToArray();
        using var request =
            new HttpRequestMessage(HttpMethod.Post, new Uri($"{node.Url}/api/v2/{method}")) { Content = new ByteArrayContent(body) };
        if (authorization("/api/v2/" + method, body) is { } header)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }
        using HttpResponseMessage answer = await node.Http.SendAsync(request);
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode,
            document.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("code").GetInt32() : 0);
    }

    private async Task<int> GetAsync(string target, string id, string ts, string nonce, string sig)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Url + target));
        request.Headers.TryAddWithoutValidation("Authorization", $"deri-hmac-sha256 id={id},ts={ts},sig={sig},nonce={nonce}");
        using HttpResponseMessage answer = await node.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private async Task<VenueClient> LogIn(JsonElement key)
    {
        VenueClient client = await VenueClient.ConnectAsync(node.Url);
        await client.LogInAsync(key.GetProperty("client_id").GetString()!, key.GetProperty("client_secret").GetString()!);
        return client;
    }

    private async Task<(string Access, string Refresh)> TokensAsync(JsonElement key, string scope = "")
    {
        await using Listener listener = await Listener.ConnectAsync(node.Url);
        JsonElement result =
            (await listener.AskAsync("public/auth",
                new
                {
                    grant_type = "client_credentials",
                    client_id = key.GetProperty("client_id").GetString(),
                    client_secret = key.GetProperty("client_secret").GetString(),
                    scope
                })).GetProperty("result");
        return (result.GetProperty("access_token").GetString()!, result.GetProperty("refresh_token").GetString()!);
    }

    private async Task<string> TokenAsync(SigningKey key, uint number, Hash256 venue)
    {
        await using Listener listener = await Listener.ConnectAsync(node.Url);
        return (await LogInAsync(listener, key, number, venue)).GetProperty("access_token").GetString()!;
    }

    private static async Task<JsonElement> LogInAsync(Listener listener, SigningKey key, uint number, Hash256 venue)
    {
        string challenge =
            (await listener.AskAsync("surety/challenge", new { key = number })).GetProperty("result").GetProperty("challenge").GetString()!;
        return (await listener.AskAsync("public/auth",
            new
            {
                grant_type = "surety_signature",
                key = number,
                challenge,
                signature = Convert.ToBase64String(key.SignMessage(Sessions.LoginMessage(venue, challenge)))
            })).GetProperty("result");
    }

    // An account of its own, with the key that can do everything, logged in by signature.
    private async Task<(Listener Listener, SigningKey Key, uint Account, uint Number, Hash256 Venue)> LedgerKeyAsync()
    {
        Listener listener = await Listener.ConnectAsync(node.Url);
        SigningKey key = SigningKey.Create();
        JsonElement opened =
            (await listener.AskAsync("surety/open_account", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) }))
                .GetProperty("result");
        Assert.True(Hash256.TryParse(opened.GetProperty("venue").GetString(), out Hash256 venue));
        uint number = opened.GetProperty("key").GetUInt32();
        await LogInAsync(listener, key, number, venue);
        return (listener, key, opened.GetProperty("account").GetUInt32(), number, venue);
    }

    private static async Task<JsonElement> AddApiKeyAsync(Listener own, SigningKey key, uint account, uint number, Hash256 venue,
        KeyScopes scopes, ulong nonce)
    {
        string held = (await own.AskAsync("surety/prepare_api_key")).GetProperty("result").GetProperty("public_key").GetString()!;
        JsonElement outcome = await SubmitAsync(own, key, venue, CommandKind.AddKey, new AddKey
        {
            Header = { Account = account, Key = number, Nonce = nonce },
            PublicKey = PublicKey.From(Convert.FromBase64String(held)),
            Scopes = scopes,
        });
        Assert.Equal(0, outcome.GetProperty("code").GetInt32());
        return (await own.AskAsync("surety/finish_api_key", new { public_key = held })).GetProperty("result");
    }

    private static async Task<JsonElement> SubmitAsync<T>(Listener listener, SigningKey key, Hash256 venue, CommandKind kind, T command)
        where T : unmanaged
    {
        var record = new byte[Unsafe.SizeOf<T>() + CommandHeader.SignatureSize];
        key.Sign(venue, record, CommandCodec.Write(kind, ref command, record));
        return (await listener.AskAsync("surety/submit", new { commands = Convert.ToBase64String(record) })).GetProperty("result")[0];
    }

    // An authenticator of our own: registers with the API key, then logs in.
    private async Task<string> PasskeyTokenAsync(JsonElement apiKey)
    {
        using ECDsa authenticator = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using Listener page = await Listener.ConnectAsync(node.Url, origin: node.Url);
        await page.AskAsync("public/auth", new
        {
            grant_type = "client_credentials",
            client_id = apiKey.GetProperty("client_id").GetString(),
            client_secret = apiKey.GetProperty("client_secret").GetString(),
        });
        byte[] Client(string type, string challenge) =>
            Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"challenge\":\"{challenge}\",\"origin\":\"{node.Url}\"}}");
        async Task<string> Challenge() =>
            (await page.AskAsync("surety/challenge")).GetProperty("result").GetProperty("challenge").GetString()!;
        string credential = Guid.NewGuid().ToString("N");
        JsonElement registered = await page.AskAsync("surety/register_passkey", new
        {
            credential_id = credential,
            public_key = Convert.ToBase64String(authenticator.ExportSubjectPublicKeyInfo()),
            client_data = Convert.ToBase64String(Client("webauthn.create", await Challenge())),
        });
        Assert.True(registered.TryGetProperty("result", out _), registered.GetRawText());
        byte[] data = [.. SHA256.HashData(Encoding.UTF8.GetBytes(new Uri(node.Url).Host)), 1, 0, 0, 0, 1];
        byte[] client = Client("webauthn.get", await Challenge());
        byte[] signature =
            authenticator.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        JsonElement session = await page.AskAsync("public/auth", new
        {
            grant_type = "surety_passkey",
            credential_id = credential,
            client_data = Convert.ToBase64String(client),
            authenticator_data = Convert.ToBase64String(data),
            signature = Convert.ToBase64String(signature),
        });
        return session.GetProperty("result").GetProperty("access_token").GetString()!;
    }

    private static string Root([CallerFilePath] string caller = "") =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(caller)!, "..", ".."));
}
