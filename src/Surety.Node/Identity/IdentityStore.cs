using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Replay.Signing;
using Surety.Replay.Venues;

namespace Surety.Node.Identity;

/// <summary>A passkey: a WebAuthn credential that logs its owner in with an API key's powers.</summary>
public sealed record Passkey(string CredentialId, string PublicKey, string ApiKeyId, long CreatedMs);

/// <summary>
/// Who may log in: API keys and passkeys, in <c>identity/identity.log</c>, readable by the node's user alone, sealed where the vault is. A
/// change is appended, and is on disk before it is answered: what it costs does not grow with the number of keys. The file says which
/// ledger it belongs to, see <see cref="Bind"/>. Addresses and withdrawals stand in the ledger.
/// </summary>
public sealed partial class IdentityStore
{
    /// <summary>The file, in the folder identity.</summary>
    public const string FileName = "identity.log";

    /// <summary>The most characters of a name or label that people give.</summary>
    public const int MostNameLength = 64;

    /// <summary>The most networks of an API key.</summary>
    public const int MostNetworks = 32;

    /// <summary>The most characters of a network: an IPv6 address with its zone, and a length.</summary>
    public const int MostNetworkLength = 64;

    /// <summary>The most passkeys of an API key.</summary>
    public const int MostPasskeys = 16;

    /// <summary>The most characters of a passkey's credential id.</summary>
    public const int MostCredentialId = 1_400;

    /// <summary>The most characters of a passkey's public key.</summary>
    public const int MostPasskeyKey = 1_024;

    private const string EarlierFileName = "identity.json";
    private static readonly JsonSerializerOptions Format = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly Lock _gate = new();
    private readonly IdentityVault _vault;
    private readonly IdentityLog _log;
    private readonly OrderedDictionary<string, ApiKey> _keys = [];
    private readonly OrderedDictionary<string, Passkey> _passkeys = [];

    // The ledger that the entries refer to; empty before the first start with one.
    private string _venue = "";

    // The last durable command at the last change: a ledger that ends before it is older than this file.
    private ulong _sequence;

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
        _log = new IdentityLog(vault, FileName);
        if (_log.Load() is { } records)
        {
            if (vault.Exists(EarlierFileName))
            {
                vault.SetAside(EarlierFileName);
            }
            records.ForEach(r => Apply(Parse(r)));
        }
        else if (vault.Read(EarlierFileName) is { } text)
        {
            TakeOver(text);
        }
    }

    /// <summary>Bytes written to the file so far.</summary>
    public long BytesWritten => _log.BytesWritten;

    /// <summary>The error of a file that cannot be used, with the remedy.</summary>
    internal static IdentityException Damaged(string path, string how) =>
        new($"{path}: damaged: {how}. Restore the identity folder from a backup made with --with-keys, or move the "
            + $"file away: clients then make new API keys; accounts and money are in the journal.");

    /// <summary>The API key of an id; null when there is none.</summary>
    public ApiKey? Find(string id)
    {
        lock (_gate)
        {
            return _keys.GetValueOrDefault(id);
        }
    }

    /// <summary>The API key of a number, if it is one of some accounts'; null when there is none.</summary>
    public ApiKey? FindNumber(string number, Func<uint, bool> account)
    {
        if (!uint.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out uint key))
        {
            return null;
        }
        lock (_gate)
        {
            return _keys.Values.FirstOrDefault(k => k.Key == key && account(k.Account));
        }
    }

    /// <summary>The API keys of an owner's accounts.</summary>
    public List<ApiKey> Of(Func<uint, bool> account)
    {
        lock (_gate)
        {
            return [.. _keys.Values.Where(k => account(k.Account))];
        }
    }

    /// <summary>Keeps a new API key.</summary>
    public void Add(ApiKey key) => Change(new Entry { Op = "key", Key = key });

    /// <summary>Switches a key off or on.</summary>
    public void SetDisabled(string id, bool disabled) => Change(new Entry { Op = disabled ? "disable" : "enable", Ids = [id] });

    /// <summary>Gives a key another name or other networks; what is null stays. Sessions of the key notice at once.</summary>
    public void Edit(string id, string? name, IReadOnlyList<string>? networks) =>
        Change(new Entry { Op = "edit", Ids = [id], Name = name, Networks = networks });

    /// <summary>Forgets a key and the passkeys that stand for it.</summary>
    public void Remove(string id) => Change(new Entry { Op = "remove", Ids = [id] });

    /// <summary>Forgets all keys of accounts, with their passkeys.</summary>
    public void RemoveOf(Func<uint, bool> account)
    {
        if (Of(account) is { Count: > 0 } keys)
        {
            Change(new Entry { Op = "remove", Ids = [.. keys.Select(k => k.Id)] });
        }
    }

    /// <summary>How many passkeys stand for a key.</summary>
    public int PasskeysOf(string id)
    {
        lock (_gate)
        {
            return _passkeys.Values.Count(p => p.ApiKeyId == id);
        }
    }

    /// <summary>The signer of an API key; its nonces go on above those used.</summary>
    public DelegatedKey SignerOf(ApiKey key, VenueState state)
    {
        lock (_gate)
        {
            return key.Signer ??= new DelegatedKey(key.Key, SigningKey.FromPem(key.PrivateKey),
                state.Keys[KeyRows.RowOf(key.Key)].HighestNonce);
        }
    }

    /// <summary>The passkey of a credential id.</summary>
    public Passkey? FindPasskey(string credentialId)
    {
        lock (_gate)
        {
            return _passkeys.GetValueOrDefault(credentialId);
        }
    }

    /// <summary>Keeps a passkey.</summary>
    public void Add(Passkey passkey) => Change(new Entry { Op = "passkey", Passkey = passkey });

    /// <summary>A random text of so many bytes, in letters, digits, - and _.</summary>
    public static string Random(int bytes) =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    // Durable first, then in force. What takes power away is in force even if it could not be written: the caller is told that it was not.
    private void Change(Entry entry)
    {
        lock (_gate)
        {
            entry = entry with { Sequence = Math.Max(_sequence, Position?.Invoke() ?? 0) };
            bool takesAway = entry.Op is "disable" or "remove";
            if (takesAway)
            {
                Apply(entry);
            }
            _log.Append(JsonSerializer.Serialize(entry, Format), () => takesAway ? Whole() : Whole(entry));
            if (!takesAway)
            {
                Apply(entry);
            }
            if (_log.IsOutgrown)
            {
                Compact();
            }
        }
    }

    private void Compact()
    {
        try
        {
            _log.Rewrite(Whole());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The change is durable where it was appended; the next one tries again.
        }
    }

    // The records of a file that holds what is in force now, and one more.
    private IEnumerable<string> Whole(Entry? more = null)
    {
        IEnumerable<Entry> entries =
        [
            new Entry { Op = "ledger", Venue = _venue, Sequence = _sequence },
            .. _keys.Values.Select(k => new Entry { Op = "key", Key = k }),
            .. _passkeys.Values.Select(p => new Entry { Op = "passkey", Passkey = p }),
        ];
        return entries.Concat(more is null ? [] : [more]).Select(e => JsonSerializer.Serialize(e, Format));
    }

    private Entry Parse(string record)
    {
        try
        {
            Entry? entry = JsonSerializer.Deserialize<Entry>(record, Format);
            bool isWhole = entry?.Op switch
            {
                "ledger" => entry.Venue is not null,
                "key" => entry.Key is not null,
                "passkey" => entry.Passkey is not null,
                "edit" or "disable" or "enable" or "remove" => entry.Ids is not null,
                _ => false,
            };
            return isWhole ? entry! : throw new JsonException("its kind is not known here, or a field is missing");
        }
        catch (JsonException e)
        {
            throw Damaged(_vault.PathOf(FileName), $"a record cannot be read ({e.Message}); it may be of another version");
        }
    }

    private void Apply(Entry entry)
    {
        _sequence = Math.Max(_sequence, entry.Sequence);
        switch (entry.Op)
        {
            case "ledger":
                (_venue, _sequence) = (entry.Venue!, entry.Sequence);
                break;
            case "key":
                _keys[entry.Key!.Id] = entry.Key;
                break;
            case "passkey":
                _passkeys[entry.Passkey!.CredentialId] = entry.Passkey;
                break;
            default:
                foreach (string id in entry.Ids!)
                {
                    ApplyTo(id, entry);
                }
                break;
        }
    }

    private void ApplyTo(string id, Entry entry)
    {
        if (entry.Op == "remove")
        {
            foreach (Passkey passkey in (Passkey[])[.. _passkeys.Values.Where(p => p.ApiKeyId == id)])
            {
                _passkeys.Remove(passkey.CredentialId);
            }
        }
        if (_keys.GetValueOrDefault(id) is not { } key)
        {
            return;
        }
        switch (entry.Op)
        {
            case "remove":
                key.Removed = true;
                _keys.Remove(id);
                break;
            case "edit":
                key.Name = entry.Name ?? key.Name;
                key.Networks = entry.Networks ?? key.Networks;
                break;
            default:
                key.Disabled = entry.Op == "disable";
                break;
        }
    }

    // The file of earlier versions, which was written whole at each change.
    private void TakeOver(string text)
    {
        try
        {
            Saved saved = JsonSerializer.Deserialize<Saved>(text) ?? throw new JsonException("it is empty");
            (_venue, _sequence) = (saved.Venue, saved.Sequence);
            saved.Keys.ForEach(k => _keys[k.Id] = k);
            saved.Passkeys.ForEach(p => _passkeys[p.CredentialId] = p);
        }
        catch (JsonException e)
        {
            throw Damaged(_vault.PathOf(EarlierFileName), e.Message);
        }
        _log.Rewrite(Whole());
        File.Delete(_vault.PathOf(EarlierFileName));
    }

    private sealed record Entry
    {
        public required string Op { get; init; }

        public ulong Sequence { get; init; }

        public string? Venue { get; init; }

        public ApiKey? Key { get; init; }

        public Passkey? Passkey { get; init; }

        public IReadOnlyList<string>? Ids { get; init; }

        public string? Name { get; init; }

        public IReadOnlyList<string>? Networks { get; init; }
    }

    private sealed class Saved
    {
        public string Venue { get; set; } = "";

        public ulong Sequence { get; set; }

        public List<ApiKey> Keys { get; set; } = [];

        public List<Passkey> Passkeys { get; set; } = [];
    }
}
