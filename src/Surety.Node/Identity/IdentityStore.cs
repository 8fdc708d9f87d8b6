using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading;
using Surety.Engine.State;
using Surety.Node.Gateway;

namespace Surety.Node.Identity;

/// <summary>A passkey: a WebAuthn credential that logs its owner in with an API key's powers.</summary>
public sealed record Passkey(string CredentialId, string PublicKey, string ApiKeyId, long CreatedMs);

/// <summary>
/// Who may log in: API keys and passkeys, in <c>identity/identity.json</c>, readable by the node's user
/// alone, written whole and renamed, sealed where the vault is. It says which ledger it belongs to, see <see cref="Bind"/>. Addresses and withdrawals stand in the
/// ledger.
/// </summary>
public sealed partial class IdentityStore
{
    /// <summary>The most characters of a name or label that people give.</summary>
    public const int MostNameLength = 64;

    /// <summary>The most networks of an API key.</summary>
    public const int MostNetworks = 32;

    /// <summary>The most passkeys of an API key.</summary>
    public const int MostPasskeys = 16;

    private const string FileName = "identity.json";
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };
    private readonly Lock _gate = new();
    private readonly IdentityVault _vault;
    private Saved _saved = new();

    /// <param name="root">The venue's directory; its identity folder is in the clear.</param>
    public IdentityStore(string root)
        : this(IdentityVault.Open(root, secret: null))
    {
    }

    /// <param name="vault">The folder.</param>
    /// <exception cref="IdentityException">The file cannot be read.</exception>
    public IdentityStore(IdentityVault vault)
    {
        _vault = vault;
        if (vault.Read(FileName) is { } text)
        {
            try
            {
                _saved = JsonSerializer.Deserialize<Saved>(text) ?? throw new JsonException("it is empty");
            }
            catch (JsonException e)
            {
                throw new IdentityException($"{vault.PathOf(FileName)}: damaged ({e.Message}). Restore it from a backup made with --with-keys, or move it away: clients then make new API keys; accounts and money are in the journal.");
            }
        }
    }

    /// <summary>The API key of an id; null when there is none.</summary>
    public ApiKey? Find(string id)
    {
        lock (_gate)
        {
            return _saved.Keys.FirstOrDefault(k => k.Id == id);
        }
    }

    /// <summary>The API keys of an owner's accounts.</summary>
    public List<ApiKey> Of(Func<uint, bool> account)
    {
        lock (_gate)
        {
            return [.. _saved.Keys.Where(k => account(k.Account))];
        }
    }

    /// <summary>Keeps a new API key.</summary>
    public void Add(ApiKey key) => Change(s => s.Keys.Add(key));

    /// <summary>Switches a key off or on.</summary>
    public void SetDisabled(string id, bool disabled) => Change(s =>
    {
        foreach (ApiKey key in s.Keys.Where(k => k.Id == id))
        {
            key.Disabled = disabled;
        }
    });

    /// <summary>Gives a key another name or other networks; what is null stays. Sessions of the key notice at once.</summary>
    public void Edit(string id, string? name, IReadOnlyList<string>? networks) => Change(s =>
    {
        foreach (ApiKey key in s.Keys.Where(k => k.Id == id))
        {
            key.Name = name ?? key.Name;
            key.Networks = networks ?? key.Networks;
        }
    });

    /// <summary>Forgets a key and the passkeys that stand for it.</summary>
    public void Remove(string id) => Change(s =>
    {
        foreach (ApiKey key in s.Keys.Where(k => k.Id == id))
        {
            key.Removed = true;
        }
        s.Keys.RemoveAll(k => k.Id == id);
        s.Passkeys.RemoveAll(p => p.ApiKeyId == id);
    });

    /// <summary>Forgets all keys of accounts, with their passkeys.</summary>
    public void RemoveOf(Func<uint, bool> account)
    {
        foreach (ApiKey key in Of(account))
        {
            Remove(key.Id);
        }
    }

    /// <summary>How many passkeys stand for a key.</summary>
    public int PasskeysOf(string id)
    {
        lock (_gate)
        {
            return _saved.Passkeys.Count(p => p.ApiKeyId == id);
        }
    }

    /// <summary>The signer of an API key; its nonces go on above those used.</summary>
    public DelegatedKey SignerOf(ApiKey key, VenueState state)
    {
        lock (_gate)
        {
            return key.Signer ??= new DelegatedKey(key.Key, SigningKey.FromPem(key.PrivateKey), state.Keys[Engine.Accounts.KeyRows.RowOf(key.Key)].HighestNonce);
        }
    }

    /// <summary>The passkey of a credential id.</summary>
    public Passkey? FindPasskey(string credentialId)
    {
        lock (_gate)
        {
            return _saved.Passkeys.FirstOrDefault(p => p.CredentialId == credentialId);
        }
    }

    /// <summary>Keeps a passkey.</summary>
    public void Add(Passkey passkey) => Change(s => s.Passkeys.Add(passkey));

    /// <summary>A random text of so many bytes, in letters, digits, - and _.</summary>
    public static string Random(int bytes) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private void Change(Action<Saved> change)
    {
        lock (_gate)
        {
            change(_saved);
            _saved.Sequence = Math.Max(_saved.Sequence, Position?.Invoke() ?? 0);
            _vault.Write(FileName, JsonSerializer.Serialize(_saved, Format));
        }
    }

    private sealed class Saved
    {
        /// <summary>The ledger that the entries refer to; empty before the first start with one.</summary>
        public string Venue { get; set; } = "";

        /// <summary>The last durable command when this was written: a ledger that ends before it is older than this file.</summary>
        public ulong Sequence { get; set; }

        public List<ApiKey> Keys { get; set; } = [];

        public List<Passkey> Passkeys { get; set; } = [];
    }
}
