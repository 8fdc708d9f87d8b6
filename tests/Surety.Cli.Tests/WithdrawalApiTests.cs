using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Client;
using Surety.Core.Hashing;
using Surety.Node.Identity;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Cli.Tests;

/// <summary>Withdrawals through a running node: asked for at once or in any order, the ledger pays once.</summary>
[Collection("node")]
public class WithdrawalApiTests(NodeFixture node)
{
    private static readonly object Address = new { currency = "USDC", address = "0xabc", label = "my wallet" };

    [Fact]
    public async Task Twenty_confirmations_and_twenty_payments_at_once_over_HTTP_and_WebSocket_pay_once()
    {
        await using Owner owner = await OwnerAsync();
        string id = await owner.AskAsync(1_000);
        Assert.Equal(99_000m, await owner.EquityAsync());
        var calls = new List<Task<int>>();
        for (int i = 0; i < 10; i++)
        {
            calls.Add(Code(owner.Second.CallAsync("surety/confirm_withdrawal", new { id })));
            calls.Add(PostAsync("surety/confirm_withdrawal", new { id }, owner.SecondLogin));
        }
        int[] codes = await Task.WhenAll(calls);
        Assert.Equal(1, codes.Count(c => c == 0));
        Assert.Equal(19, codes.Count(c => c == 11030));

        (string operatorId, string secret) = OperatorLogin();
        await using VenueClient custody = await VenueClient.ConnectAsync(node.Url);
        await custody.LogInAsync(operatorId, secret);
        JsonElement shown =
            (await custody.CallAsync("surety/operator_withdrawals")).EnumerateArray().Single(w => w.GetProperty("id").GetString() == id);
        Assert.Equal(("0xabc", "confirmed", 1_000m),
            (shown.GetProperty("address").GetString(), shown.GetProperty("state").GetString(), shown.GetProperty("amount").GetDecimal()));
        ulong withdrawal = ulong.Parse(id, System.Globalization.CultureInfo.InvariantCulture);
        int[] paid = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? Code(custody.CallAsync("surety/operator_confirm_withdrawal", new { withdrawal, paid = true }))
            : PostAsync("surety/operator_confirm_withdrawal", new { withdrawal, paid = i % 3 == 0 }, (operatorId, secret))));
        Assert.Equal(1, paid.Count(c => c == 0));
        JsonElement after = await owner.Client.CallAsync("private/get_withdrawals", new { currency = "USDC" });
        Assert.Equal(1, after.GetProperty("count").GetInt32());
        string state = after.GetProperty("data")[0].GetProperty("state").GetString()!;
        Assert.True(state is "completed" or "rejected", state);
        Assert.Equal(state == "completed" ? 99_000m : 100_000m, await owner.EquityAsync());
    }

    [Fact]
    public async Task Of_a_cancellation_and_a_confirmation_at_once_one_wins()
    {
        await using Owner owner = await OwnerAsync();
        int cancelled = 0;
        for (int round = 0; round < 6; round++)
        {
            string id = await owner.AskAsync(100);
            int[] codes = await Task.WhenAll(
                Code(round % 2 == 0
                    ? owner.Client.CallAsync("private/cancel_withdrawal", new { currency = "USDC", id })
                    : owner.Second.CallAsync("surety/confirm_withdrawal", new { id })),
                Code(round % 2 == 0
                    ? owner.Second.CallAsync("surety/confirm_withdrawal", new { id })
                    : owner.Client.CallAsync("private/cancel_withdrawal", new { currency = "USDC", id })));
            Assert.Equal(1, codes.Count(c => c == 0));
            JsonElement data = (await owner.Client.CallAsync("private/get_withdrawals", new { currency = "USDC" })).GetProperty("data");
            cancelled += data.EnumerateArray().Single(w => w.GetProperty("id").GetString() == id).GetProperty("state").GetString()
                == "cancelled" ? 1 : 0;
        }
        Assert.Equal(100_000m - (100 * (6 - cancelled)), await owner.EquityAsync());
    }

    [Fact]
    public async Task A_withdrawal_is_confirmed_by_an_old_key_that_did_not_ask_and_only_while_its_address_stands()
    {
        await using Owner owner = await OwnerAsync();
        string id = await owner.AskAsync(100);
        Assert.Equal(13021, await Code(owner.Client.CallAsync("surety/confirm_withdrawal", new { id })));

        // A key made just now by the one that asked.
        JsonElement made = await owner.Client.CallAsync("private/create_api_key", new { max_scope = "wallet:read_write", name = "young" });
        await using VenueClient young = await VenueClient.ConnectAsync(node.Url);
        await young.LogInAsync(made.GetProperty("client_id").GetString()!, made.GetProperty("client_secret").GetString()!);
        VenueException early = await Assert.ThrowsAsync<VenueException>(() => young.CallAsync("surety/confirm_withdrawal", new { id }));
        Assert.Equal(13021, early.Code);
        Assert.True(early.WaitMs > 0);
        Assert.Equal(13021, await Code(young.CallAsync("private/withdraw", new { currency = "USDC", address = "0xabc", amount = 1 })));

        // Another account's key.
        await using Owner stranger = await OwnerAsync();
        Assert.Equal(13020, await Code(stranger.Second.CallAsync("surety/confirm_withdrawal", new { id })));
        Assert.Equal(13020, await Code(stranger.Client.CallAsync("private/cancel_withdrawal", new { currency = "USDC", id })));
        Assert.Equal(0,
            (await stranger.Client.CallAsync("private/get_withdrawals", new { currency = "USDC" })).GetProperty("count").GetInt32());

        await owner.Client.CallAsync("private/remove_from_address_book", new { currency = "USDC", address = "0xabc" });
        Assert.Equal(0, (await owner.Client.CallAsync("private/get_address_book", new { currency = "USDC" })).GetArrayLength());
        Assert.Equal(11090, await Code(owner.Second.CallAsync("surety/confirm_withdrawal", new { id })));
        await owner.Client.CallAsync("private/add_to_address_book", Address);
        await Task.Delay(1_500);
        Assert.Equal(11090, await Code(owner.Second.CallAsync("surety/confirm_withdrawal", new { id })));
        Assert.Equal("cancelled",
            (await owner.Client.CallAsync("private/cancel_withdrawal", new { currency = "USDC", id })).GetProperty("state").GetString());
        Assert.Equal(100_000m, await owner.EquityAsync());
    }

    [Fact]
    public async Task An_address_waits_and_nothing_of_withdrawals_is_kept_beside_the_ledger()
    {
        await using Owner owner = await OwnerAsync();
        object ask = new { currency = "USDC", address = "0xdef", amount = 100 };
        Assert.Equal(11090, await Code(owner.Client.CallAsync("private/withdraw", ask)));
        JsonElement added = await owner.Client.CallAsync("private/add_to_address_book", new
        {
            currency = "USDC",
            address = "0xdef",
            label = "other",
        });
        Assert.Equal("waiting", added.GetProperty("status").GetString());
        VenueException early = await Assert.ThrowsAsync<VenueException>(() => owner.Client.CallAsync("private/withdraw", ask));
        Assert.True(early.Code == 11090 && early.WaitMs > 0);
        await Task.Delay(1_500);
        JsonElement asked = await owner.Client.CallAsync("private/withdraw", ask);
        Assert.Equal(("unconfirmed", "0xdef", 100m),
            (asked.GetProperty("state").GetString(), asked.GetProperty("address").GetString(), asked.GetProperty("amount").GetDecimal()));
        string identity = await File.ReadAllTextAsync(Path.Combine(node.Directory, "identity", "identity.log"));
        Assert.DoesNotContain("0xdef", identity, StringComparison.Ordinal);
        Assert.DoesNotContain("ithdrawals", identity, StringComparison.Ordinal);
        Assert.Equal(-32602,
            await Code(
            owner.Client.CallAsync("private/add_to_address_book",
                new { currency = "USDC", address = "0x1", label = new string('l', 25) })));
        JsonElement rules = await owner.Client.CallAsync("surety/get_withdrawal_rules");
        Assert.Equal((1, 5, true, 2, 1),
            (rules.GetProperty("address_delay").GetInt32(), rules.GetProperty("key_delay").GetInt32(),
            rules.GetProperty("second_key").GetBoolean(), rules.GetProperty("addresses").GetInt32(),
            rules.GetProperty("under_way").GetInt32()));
    }

    [Fact]
    public async Task A_prepared_key_that_two_finish_at_once_becomes_one_API_key()
    {
        using SigningKey own = SigningKey.Create();
        await using VenueClient client = await VenueClient.ConnectAsync(node.Url);
        JsonElement opened =
            await client.CallAsync("surety/open_account", new { public_key = Convert.ToBase64String(own.PublicKey.ToBytes()) });
        uint account = opened.GetProperty("account").GetUInt32();
        uint number = opened.GetProperty("key").GetUInt32();
        Assert.True(Hash256.TryParse(opened.GetProperty("venue").GetString(), out Hash256 venue));
        string challenge = (await client.CallAsync("surety/challenge", new { key = number })).GetProperty("challenge").GetString()!;
        string signature = Convert.ToBase64String(own.SignMessage(Sessions.LoginMessage(venue, challenge)));
        await client.CallAsync("public/auth", new { grant_type = "surety_signature", key = number, challenge, signature });
        string held = (await client.CallAsync("surety/prepare_api_key")).GetProperty("public_key").GetString()!;
        var add =
            new AddKey
            {
                Header = { Account = account, Key = number, Nonce = 1 },
                PublicKey = PublicKey.From(Convert.FromBase64String(held)),
                Scopes = KeyScopes.Customer
            };
        var record = new byte[Unsafe.SizeOf<AddKey>() + CommandHeader.SignatureSize];
        own.Sign(venue, record, CommandCodec.Write(CommandKind.AddKey, ref add, record));
        await client.CallAsync("surety/submit", new { commands = Convert.ToBase64String(record) });
        int[] codes =
            await Task.WhenAll(Enumerable.Range(0, 20)
                .Select(_ => Code(client.CallAsync("surety/finish_api_key", new { public_key = held }))));
        Assert.Equal(1, codes.Count(c => c == 0));
        Assert.Equal(19, codes.Count(c => c == 13020));
    }

    // An account with an address and two API keys, all of them old enough.
    private async Task<Owner> OwnerAsync()
    {
        (VenueClient client, _, _, _) = await node.TraderAsync();
        JsonElement second = await client.CallAsync("private/create_api_key", new { max_scope = "wallet:read_write", name = "confirms" });
        (string, string) login = (second.GetProperty("client_id").GetString()!, second.GetProperty("client_secret").GetString()!);
        VenueClient confirming = await VenueClient.ConnectAsync(node.Url);
        await confirming.LogInAsync(login.Item1, login.Item2);
        await client.CallAsync("private/add_to_address_book", Address);
        await Task.Delay(5_500);
        return new Owner(client, confirming, login);
    }

    private (string Id, string Secret) OperatorLogin()
    {
        string[] lines = File.ReadAllLines(node.Running.OperatorLogin!);
        return (lines[0]["id: ".Length..], lines[1]["secret: ".Length..]);
    }

    // 0 for an answer, else the error's code.
    private static async Task<int> Code(Task<JsonElement> call)
    {
        try
        {
            await call;
            return 0;
        }
        catch (VenueException e)
        {
            return e.Code;
        }
    }

    private async Task<int> PostAsync(string method, object parameters, (string Id, string Secret) login)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{node.Url}/api/v2/{method}"));
        request.Content =
            new StringContent(JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 1, method, @params = parameters }), Encoding.UTF8,
                "application/json");
        request.Headers.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.Id}:{login.Secret}")));
        using HttpResponseMessage answer = await node.Http.SendAsync(request);
        using JsonDocument said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return said.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("code").GetInt32() : 0;
    }

    private sealed class Owner(VenueClient client, VenueClient second, (string Id, string Secret) secondLogin) : IAsyncDisposable
    {
        public VenueClient Client => client;

        public VenueClient Second => second;

        public (string Id, string Secret) SecondLogin => secondLogin;

        public async Task<string> AskAsync(int amount) =>
            (await client.CallAsync("private/withdraw", new { currency = "USDC", address = "0xabc", amount })).GetProperty("id")
                .GetString()!;

        public async Task<decimal> EquityAsync() =>
            (await client.CallAsync("private/get_account_summary", new { currency = "USDC" })).GetProperty("equity").GetDecimal();

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await second.DisposeAsync();
        }
    }
}
