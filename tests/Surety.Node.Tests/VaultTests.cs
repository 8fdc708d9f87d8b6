using System;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Node.Tests;

/// <summary>The identity folder by itself: sealing, its tie to a ledger, networks.</summary>
public sealed class VaultTests : IDisposable
{
    private const string Secret = "a passphrase of some length";
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-vault-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_folder_in_the_clear_is_sealed_whole_when_it_is_given_a_secret()
    {
        using SigningKey held = SigningKey.Create();
        var store = new IdentityStore(_directory);
        store.Add(Key("id", held, 0));
        IdentityVault clear = IdentityVault.Open(_directory, secret: null);
        clear.Write("operator-login.txt", "secret: topsecret\n");
        Assert.Contains("PRIVATE KEY", File.ReadAllText(clear.PathOf(IdentityStore.FileName)), StringComparison.Ordinal);

        IdentityVault vault = IdentityVault.Open(_directory, Secret);
        Assert.All(Directory.GetFiles(Path.Combine(_directory, "identity")),
            f => Assert.DoesNotContain("PRIVATE", File.ReadAllText(f), StringComparison.Ordinal));
        Assert.DoesNotContain("topsecret", File.ReadAllText(vault.PathOf("operator-login.txt")), StringComparison.Ordinal);
        Assert.Equal("secret: topsecret\n", vault.Read("operator-login.txt"));
        Assert.Equal("secret", new IdentityStore(IdentityVault.Open(_directory, Secret)).Find("id")!.Secret);
        Assert.Throws<IdentityException>(() => IdentityVault.Open(_directory, secret: null));
        Assert.Throws<IdentityException>(() => IdentityVault.Open(_directory, Secret + "!"));

        // Any bit of a sealed file, or another file in its place, is noticed.
        string path = vault.PathOf(IdentityStore.FileName);
        byte[] good = File.ReadAllBytes(path);
        foreach (int at in (int[])[40, good.Length / 2, good.Length - 4])
        {
            byte[] bad = [.. good];
            bad[at] = bad[at] == (byte)'A' ? (byte)'B' : (byte)'A';
            File.WriteAllBytes(path, bad);
            Assert.Throws<IdentityException>(() => vault.Read(IdentityStore.FileName));
        }
        File.Copy(vault.PathOf("operator-login.txt"), path, overwrite: true);
        Assert.Throws<IdentityException>(() => vault.Read(IdentityStore.FileName));
        File.WriteAllBytes(path, good);
        // Each write has a nonce of its own.
        vault.Write("a.txt", "same");
        string first = File.ReadAllText(vault.PathOf("a.txt"));
        vault.Write("a.txt", "same");
        Assert.NotEqual(first, File.ReadAllText(vault.PathOf("a.txt")));
    }

    [Fact]
    public void An_entry_counts_only_if_the_ledgers_key_of_its_number_is_its_own()
    {
        using SigningKey operatorKey = SigningKey.FromSeed("o"u8);
        using SigningKey stranger = SigningKey.FromSeed("s"u8);
        IndexedState state = State(operatorKey, "one");
        var store = new IdentityStore(_directory);
        store.Add(Key("good", operatorKey, 0));
        Assert.Empty(store.Bind(state, 10, dropUnmatched: false));
        Assert.Empty(new IdentityStore(_directory).Bind(state, 10, dropUnmatched: false));

        store.Add(Key("given again", stranger, 0));
        store.Add(Key("no such key", stranger, 7));
        store.Add(new Passkey("p", "", "given again", 0));
        store.Add(new Passkey("orphan", "", "never was", 0));
        IdentityException refused =
            Assert.Throws<IdentityException>(() => new IdentityStore(_directory).Bind(state, 10, dropUnmatched: false));
        Assert.All((string[])["given again", "no such key", "never was", "--drop-unmatched"],
            t => Assert.Contains(t, refused.Message, StringComparison.Ordinal));
        var again = new IdentityStore(_directory);
        Assert.Equal(4, again.Bind(state, 10, dropUnmatched: true).Count);
        Assert.NotNull(again.Find("good"));
        Assert.Null(again.Find("given again"));
        Assert.Null(again.FindPasskey("p"));
        Assert.Null(again.FindPasskey("orphan"));
        Assert.Empty(new IdentityStore(_directory).Bind(state, 10, dropUnmatched: false));

        // Another venue's folder, and a journal that ends before the folder was written.
        Assert.Contains("belongs to the venue",
            Assert.Throws<IdentityException>(() => new IdentityStore(_directory).Bind(State(operatorKey, "two"), 10, dropUnmatched: false))
            .Message, StringComparison.Ordinal);
        again.Position = () => 500;
        again.SetDisabled("good", true);
        Assert.Contains("older",
            Assert.Throws<IdentityException>(() => new IdentityStore(_directory).Bind(state, 499, dropUnmatched: false)).Message,
            StringComparison.Ordinal);
        Assert.Empty(new IdentityStore(_directory).Bind(state, 500, dropUnmatched: false));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", true)]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", false)]
    [InlineData("10.0.0.0/8", "0.0.0.0/0", false)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.0/8", "::/0", false)]
    [InlineData("10.0.0.0/8", "", false)]
    [InlineData("", "11.0.0.1", true)]
    public void Networks_lie_within_others_or_not(string outer, string inner, bool within)
    {
        using SigningKey held = SigningKey.Create();
        ApiKey key = Key("id", held, 0);
        key.Networks = outer.Length == 0 ? [] : [outer];
        Assert.Equal(within, key.Covers(inner.Length == 0 ? [] : [inner]));
    }

    [Fact]
    public void An_api_key_is_used_from_its_networks_only_by_every_way_in()
    {
        using SigningKey operatorKey = SigningKey.FromSeed("o"u8);
        IndexedState state = State(operatorKey, "one");
        using var signatures = new CommandSignatures(state.GenesisHash);
        var store = new IdentityStore(_directory);
        ApiKey key = Key("id", operatorKey, 0);
        key.Networks = ["10.0.0.0/8"];
        store.Add(key);
        var sessions = new Sessions(store, state, signatures, () => 1_000_000);
        var inside = IPAddress.Parse("10.9.9.9");
        var outside = IPAddress.Parse("192.0.2.1");
        Session session = sessions.BySecret("id", "secret", inside);
        (string access, string refresh) = sessions.Issue(session);
        using ECDsa authenticator = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        store.Add(new Passkey("credential", Convert.ToBase64String(authenticator.ExportSubjectPublicKeyInfo()), "id", 0));
        foreach (IPAddress? from in (IPAddress?[])[outside, null, IPAddress.Parse("::ffff:192.0.2.1"), IPAddress.IPv6Loopback])
        {
            Assert.Contains("may not be used from", Assert.Throws<LoginException>(() => ByPasskey(from)).Message, StringComparison.Ordinal);
            Assert.Throws<LoginException>(() => sessions.BySecret("id", "secret", from));
            Assert.Throws<LoginException>(() => sessions.ByToken(access, from));
            Assert.Throws<LoginException>(() => sessions.ByRefresh(refresh, from));
            Assert.NotNull(sessions.Problem(session, from));
        }
        Assert.Null(sessions.Problem(session, inside));
        Assert.Equal("id", ByPasskey(inside).ApiKey!.Id);
        // Taken away while it is in use.
        store.Edit("id", null, ["10.1.0.0/16"]);
        Assert.NotNull(sessions.Problem(session, inside));
        store.Edit("id", null, []);
        Assert.Null(sessions.Problem(session, outside));

        Session ByPasskey(IPAddress? from)
        {
            byte[] data = [.. SHA256.HashData("venue.example"u8), 1, 0, 0, 0, 1];
            string challenge = sessions.Challenge("passkey");
            byte[] client = Encoding.UTF8.GetBytes(
                $"{{\"type\":\"webauthn.get\",\"challenge\":\"{challenge}\",\"origin\":\"https://venue.example\"}}");
            byte[] signature =
                authenticator.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256,
                    DSASignatureFormat.Rfc3279DerSequence);
            return sessions.ByPasskey("credential", client, data, signature, "https://venue.example", from);
        }
    }

    [Fact]
    public void A_refreshed_session_can_do_no_more_than_the_log_in_that_it_came_of_and_ends_with_it()
    {
        using SigningKey operatorKey = SigningKey.FromSeed("o"u8);
        IndexedState state = State(operatorKey, "one");
        using var signatures = new CommandSignatures(state.GenesisHash);
        var store = new IdentityStore(_directory);
        store.Add(Key("id", operatorKey, 0));
        var sessions = new Sessions(store, state, signatures, () => 1_000_000);
        Session full = sessions.BySecret("id", "secret", null);
        Session asked = full with { Scopes = KeyScopes.Read };
        (string access, string refresh) = sessions.Issue(asked);
        Session refreshed = sessions.ByRefresh(refresh, null);
        Assert.Equal(KeyScopes.Read, refreshed.Scopes);
        (string again, string last) = sessions.Issue(refreshed);
        // Another log-in of the same key has nothing to do with it.
        Session apart = sessions.BySecret("id", "secret", null);
        (string other, _) = sessions.Issue(apart);
        asked.Login.End();
        Assert.Contains("logged out", sessions.Problem(refreshed, null), StringComparison.Ordinal);
        Assert.All((string[])[access, again], token => Assert.Throws<LoginException>(() => sessions.ByToken(token, null)));
        Assert.Throws<LoginException>(() => sessions.ByRefresh(last, null));
        Assert.Equal(KeyScopes.Customer, sessions.ByToken(other, null).Scopes);
        // A ledger that gave the key's number to another.
        using SigningKey another = SigningKey.FromSeed("another"u8);
        sessions.State = State(another, "one");
        Assert.Contains("does not have the session's key", sessions.Problem(apart, null), StringComparison.Ordinal);
        Assert.Throws<LoginException>(() => sessions.ByToken(other, null));
    }

    private static ApiKey Key(string id, SigningKey held, uint number) =>
        new() { Id = id, Secret = "secret", Account = 0, Key = number, PrivateKey = held.ToPem(), Scopes = KeyScopes.Customer };

    private static IndexedState State(SigningKey operatorKey, string name)
    {
        Genesis genesis = Genesis.Default(name, operatorKey.PublicKey, 1);
        genesis.MaxAccounts = 64;
        genesis.MaxKeys = 64;
        genesis.MaxOrders = 1_024;
        return new IndexedState(genesis);
    }
}
