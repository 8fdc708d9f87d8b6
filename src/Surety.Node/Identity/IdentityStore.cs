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

/// <summary>
/// Who may log in: API keys and passkeys, in <c>identity/identity.json</c>, readable by the node's user alone, written whole and renamed.
/// Addresses and withdrawals stand in the ledger.
/// </summary>
public sealed class IdentityStore
{
    /// <summary>The most characters of a name or label that people give.</summary>
    public const int MostNameLength = 64;

    /// <summary>The most addresses of an account.</summary>
    public const int MostAddresses = 64;

    /// <summary>The most networks of an API key.</summary>
    public const int MostNetworks = 32;

    /// <summary>The most passkeys of an API key.</summary>
    public const int MostPasskeys = 16;

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
            _saved = JsonSerializer.Deserialize<Saved>(File.ReadAllText(_path)) ?? throw new InvalidDataException($"{_path}: empty. Restore it from a backup, or delete it: clients then make new API keys.");
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
            return SigningKey.FromPem(File.ReadAllText(path));
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

    /// <summary>How many passkeys an API key has.</summary>
    public int PasskeysOf(string apiKeyId)
    {
        lock (_gate)
        {
            return _saved.Passkeys.Count(p => p.ApiKeyId == apiKeyId);
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
            WritePrivate(_path, JsonSerializer.Serialize(_saved, Format));
        }
    }

    private sealed class Saved
    {
        public List<ApiKey> Keys { get; set; } = [];

        public List<Passkey> Passkeys { get; set; } = [];
    }
}
