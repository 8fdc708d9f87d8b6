using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json.Serialization;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Node.Identity;

/// <summary>
/// A key that the venue holds for a client, so that software which knows only an id and a secret can trade. Its P-256 key was added to
/// the account by a command that the account's own key signed: what it may do, and until when, stands in the ledger.
/// </summary>
public sealed class ApiKey
{
    /// <summary>What the client calls it by.</summary>
    public required string Id { get; init; }

    /// <summary>Shared with the client; keys the HMAC. Never logged.</summary>
    public required string Secret { get; init; }

    /// <summary>A name for people.</summary>
    public string Name { get; set; } = "";

    /// <summary>The account it acts for.</summary>
    public required uint Account { get; init; }

    /// <summary>The ledger's number of its P-256 key.</summary>
    public required uint Key { get; init; }

    /// <summary>The private P-256 key, PEM.</summary>
    public required string PrivateKey { get; init; }

    /// <summary>What it may do.</summary>
    public required KeyScopes Scopes { get; init; }

    /// <summary>When it ends, milliseconds since 1970; 0 for never.</summary>
    public long ExpiresMs { get; init; }

    /// <summary>Addresses or networks it may be used from; empty for any.</summary>
    public IReadOnlyList<string> Networks { get; set; } = [];

    /// <summary>Whether it was switched off.</summary>
    public bool Disabled { get; set; }

    /// <summary>When it was made, milliseconds since 1970.</summary>
    public long CreatedMs { get; init; }

    /// <summary>Whether it was removed; what still refers to it is of no use.</summary>
    [JsonIgnore]
    public bool Removed { get; internal set; }

    /// <summary>The public key of <see cref="PrivateKey"/>: the ledger's key of the number <see cref="Key"/> must be this one.</summary>
    [JsonIgnore]
    public PublicKey PublicKey
    {
        get
        {
            if (_publicKey is null)
            {
                using SigningKey key = SigningKey.FromPem(PrivateKey);
                _publicKey = key.PublicKey.ToBytes();
            }
            return PublicKey.From(_publicKey);
        }
    }

    private byte[]? _publicKey;

    /// <summary>Signs for it; commands of one key are numbered by its nonces.</summary>
    [JsonIgnore]
    internal DelegatedKey? Signer { get; set; }

    /// <summary>Whether it may be used from an address.</summary>
    public bool Allows(IPAddress? from)
    {
        if (Networks.Count == 0)
        {
            return true;
        }
        if (from is null)
        {
            return false;
        }
        IPAddress address = from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from;
        return Networks.Any(n => NetworkOf(n) is { } network && network.Contains(address));
    }

    /// <summary>Whether each of a list of networks lies within this key's.</summary>
    public bool Covers(IReadOnlyList<string> networks) =>
        Networks.Count == 0 || (networks.Count > 0 && networks.All(n => NetworkOf(n) is { } inner
            && Networks.Any(o =>
                NetworkOf(o) is { } outer && outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress))));

    /// <summary>The network of a text like 10.0.0.0/8, or of one address; null when it is neither.</summary>
    public static IPNetwork? NetworkOf(string text) =>
        IPNetwork.TryParse(text, out IPNetwork network) ? network
        : IPAddress.TryParse(text, out IPAddress? one)
            ? new IPNetwork(one.IsIPv4MappedToIPv6 ? one.MapToIPv4() : one,
                (one.IsIPv4MappedToIPv6 ? one.MapToIPv4() : one).GetAddressBytes().Length * 8)
        : null;
}

/// <summary>A key that is held here is not the ledger's key of its number: nothing is signed with it.</summary>
public sealed class ForeignKeyException(uint key)
    : Exception(
        $"the key held here is not the ledger's key {key}; bring back the identity folder that belongs to this journal, or make a new key");

/// <summary>
/// A P-256 key that the node holds and signs with, safe to use from many threads. A thread that signs and submits holds <see cref="Gate"/>
/// over both: commands then reach the sequencer in the order of their nonces.
/// </summary>
public sealed class DelegatedKey(uint key, SigningKey signingKey, ulong firstNonce) : IDisposable
{
    private readonly PublicKey _publicKey = signingKey.PublicKey;
    private ulong _nonce = firstNonce;

    /// <summary>Held while a command is signed and handed in.</summary>
    public System.Threading.Lock Gate { get; } = new();

    /// <summary>Its number.</summary>
    public uint Key => key;

    /// <summary>Gives the command the next nonce and signs it; returns the record with its signature.</summary>
    /// <exception cref="ForeignKeyException">The ledger has another key under its number: the signature would not be valid
    /// there.</exception>
    public byte[] Sign(IndexedState state, ReadOnlySpan<byte> command)
    {
        int row = state.Derived.KeyRows.Find(key);
        if (row < 0 || state.PublicKeys[row] != _publicKey)
        {
            throw new ForeignKeyException(key);
        }
        var record = new byte[command.Length + CommandHeader.SignatureSize];
        command.CopyTo(record);
        ref CommandHeader header = ref System.Runtime.InteropServices.MemoryMarshal.AsRef<CommandHeader>(record.AsSpan());
        header.Key = key;
        lock (Gate)
        {
            header.Nonce = ++_nonce;
            signingKey.Sign(state.GenesisHash, record, command.Length);
        }
        return record;
    }

    /// <inheritdoc/>
    public void Dispose() => signingKey.Dispose();
}
