using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json.Serialization;
using Surety.Engine.Accounts;
using Surety.Node.Gateway;

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
    public string Name { get; init; } = "";

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
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Whether it was switched off.</summary>
    public bool Disabled { get; set; }

    /// <summary>When it was made, milliseconds since 1970.</summary>
    public long CreatedMs { get; init; }

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
        return Networks.Any(n => IPNetwork.TryParse(n, out IPNetwork network) ? network.Contains(address) : IPAddress.TryParse(n, out IPAddress? one) && one.Equals(address));
    }
}

/// <summary>
/// A P-256 key that the node holds and signs with, safe to use from many threads. Whoever signs and hands in holds <see cref="Gate"/>
/// over both: commands then reach the sequencer in the order of their nonces.
/// </summary>
public sealed class DelegatedKey(uint key, SigningKey signingKey, ulong firstNonce) : IDisposable
{
    private ulong _nonce = firstNonce;

    /// <summary>Held while a command is signed and handed in.</summary>
    public System.Threading.Lock Gate { get; } = new();

    /// <summary>Its number.</summary>
    public uint Key => key;

    /// <summary>Gives the command the next nonce and signs it; returns the record with its signature.</summary>
    public byte[] Sign(Surety.Core.Hashing.Hash256 venue, ReadOnlySpan<byte> command)
    {
        var record = new byte[command.Length + Engine.Commands.CommandHeader.SignatureSize];
        command.CopyTo(record);
        ref Engine.Commands.CommandHeader header = ref System.Runtime.InteropServices.MemoryMarshal.AsRef<Engine.Commands.CommandHeader>(record.AsSpan());
        header.Key = key;
        lock (Gate)
        {
            header.Nonce = ++_nonce;
            signingKey.Sign(venue, record, command.Length);
        }
        return record;
    }

    /// <inheritdoc/>
    public void Dispose() => signingKey.Dispose();
}
