using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading;
using Surety.Engine.State;
using Surety.Node.Gateway;

namespace Surety.Node.Identity;

/// <summary>A passkey: a WebAuthn credential that logs its owner in with an API key's powers.</summary>
public sealed record Passkey(string CredentialId, string PublicKey, string ApiKeyId, long CreatedMs);

/// <summary>An address that an account may withdraw to, from a time on.</summary>
public sealed record WithdrawalAddress(uint Account, string Currency, string Address, string Label, long AddedMs, long ActiveMs);

/// <summary>A withdrawal that waits for its second confirmation, or went through.</summary>
public sealed record WithdrawalRequest(string Id, uint Account, string Currency, string Address, long AmountAtoms, long CreatedMs, uint RequestedBy, string State, ulong EngineId, long UpdatedMs);

/// <summary>
/// Who may log in: API keys, passkeys, addresses and waiting withdrawals, in <c>identity/identity.json</c>, readable by the node's user
/// alone, written whole and renamed.
/// </summary>
public sealed class IdentityStore
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };
    private readonly Lock _gate = new();
    private readonly string _path;
    private Saved _saved = new();

    /// <param name="root">The venue's directory.</param>
    public IdentityStore(string root)
    {
        string folder = Path.Combine(root, "identity");
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, "identity.json");
        if (File.Exists(_path))
        {
            try
            {
                _saved = JsonSerializer.Deserialize<Saved>(File.ReadAllText(_path)) ?? throw new JsonException("it is empty");
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{_path}: damaged ({e.Message}). Restore it from a backup made with --with-keys, or move it away: clients then make new API keys; accounts and money are in the journal.", e);
            }
        }
    }

    /// <summary>Makes a private text file that only this user can read.</summary>
    public static void WritePrivate(string path, string text)
    {
        string temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using (var file = new FileStream(temporary, options))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>A key pair kept in the venue's directory, made when it is not there.</summary>
    public static SigningKey KeyFile(string root, string name)
    {
        string folder = Path.Combine(root, "identity");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name + ".pem");
        if (File.Exists(path))
        {
            try
            {
                return SigningKey.FromPem(File.ReadAllText(path));
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"{path}: damaged ({e.Message}). Restore it from a backup made with --with-keys.", e);
            }
        }
        SigningKey key = SigningKey.Create();
        WritePrivate(path, key.ToPem());
        return key;
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

    /// <summary>Forgets a key.</summary>
    public void Remove(string id) => Change(s => s.Keys.RemoveAll(k => k.Id == id));

    /// <summary>The signer of an API key; its nonces go on above those used.</summary>
    public DelegatedKey SignerOf(ApiKey key, VenueState state)
    {
        lock (_gate)
        {
            return key.Signer ??= new DelegatedKey(key.Key, SigningKey.FromPem(key.PrivateKey), state.Keys[(int)key.Key].HighestNonce);
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

    /// <summary>An account's addresses.</summary>
    public List<WithdrawalAddress> Addresses(uint account)
    {
        lock (_gate)
        {
            return [.. _saved.Addresses.Where(a => a.Account == account)];
        }
    }

    /// <summary>Adds an address; replaces one of the same currency and text, which then waits anew.</summary>
    public void Add(WithdrawalAddress address) => Change(s =>
    {
        s.Addresses.RemoveAll(a => a.Account == address.Account && a.Currency == address.Currency && a.Address == address.Address);
        s.Addresses.Add(address);
    });

    /// <summary>Takes an address off the list.</summary>
    public bool RemoveAddress(uint account, string currency, string address)
    {
        bool removed = false;
        Change(s => removed = s.Addresses.RemoveAll(a => a.Account == account && a.Currency == currency && a.Address == address) > 0);
        return removed;
    }

    /// <summary>An account's withdrawals, newest first.</summary>
    public List<WithdrawalRequest> Withdrawals(uint account)
    {
        lock (_gate)
        {
            return [.. _saved.Withdrawals.Where(w => w.Account == account).Reverse()];
        }
    }

    /// <summary>Keeps a withdrawal, or its new state.</summary>
    public void Put(WithdrawalRequest request) => Change(s =>
    {
        s.Withdrawals.RemoveAll(w => w.Id == request.Id);
        s.Withdrawals.Add(request);
    });

    /// <summary>A random text of so many bytes, in letters, digits, - and _.</summary>
    public static string Random(int bytes) => Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private void Change(Action<Saved> change)
    {
        lock (_gate)
        {
            change(_saved);
            WritePrivate(_path, JsonSerializer.Serialize(_saved, Format));
        }
    }

    private sealed class Saved
    {
        public List<ApiKey> Keys { get; set; } = [];

        public List<Passkey> Passkeys { get; set; } = [];

        public List<WithdrawalAddress> Addresses { get; set; } = [];

        public List<WithdrawalRequest> Withdrawals { get; set; } = [];
    }
}
