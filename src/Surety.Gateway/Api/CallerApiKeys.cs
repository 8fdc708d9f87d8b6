using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Gateway.Api;

/// <summary>API keys as a caller may make, find and see them: never with more power than the session that he calls with.</summary>
internal sealed class CallerApiKeys(IdentityStore identities, VenueReader venue)
{
    /// <summary>Keeps a new API key whose P-256 key the ledger has accepted, and answers with its secret, once.</summary>
    public void Keep(
        RpcCall call, SigningKey key, uint number, uint account, KeyScopes scopes, long expiresMs, string name,
        IReadOnlyList<string> networks)
    {
        var apiKey = new ApiKey
        {
            Id = IdentityStore.Random(9),
            Secret = IdentityStore.Random(32),
            Name = name,
            Account = account,
            Key = number,
            PrivateKey = key.ToPem(),
            Scopes = scopes,
            ExpiresMs = expiresMs,
            Networks = networks,
            CreatedMs = VenueClock.WallNs() / 1_000_000,
        };
        identities.Add(apiKey);
        call.Reply(json => WriteKey(json, apiKey, withSecret: true));
    }

    /// <summary>The API key of the parameter id, if it is one of the accounts that the session may act for.</summary>
    public ApiKey Own(RpcCall call)
    {
        string id = call.Needed("id");
        ApiKey? key = identities.Find(id) ?? identities.FindNumber(id, a => call.Session.MayActFor(a, venue.State));
        return key is not null && call.Session.MayActFor(key.Account, venue.State)
            ? key : throw RpcException.NotFound("id: you have no such API key");
    }

    /// <summary>When the session's own key ends, milliseconds since 1970; 0 for never.</summary>
    public static long EndOf(Session session) => session.ApiKey?.ExpiresMs ?? 0;

    /// <summary>Refuses a key with more power than the session that makes or changes it: scopes, expiry, networks.</summary>
    /// <exception cref="RpcException">It would have more.</exception>
    public static void CheckWithin(Session session, KeyScopes scopes, long expiresMs, List<string> networks)
    {
        if ((scopes & ~session.Scopes) != 0)
        {
            throw RpcException.Forbidden($"max_scope: this key may not give what it does not have itself ({scopes & ~session.Scopes})");
        }
        if (EndOf(session) is > 0 and var end && (expiresMs == 0 || expiresMs > end))
        {
            throw RpcException.Forbidden($"expires: this key ends at {end} and makes none that lasts longer");
        }
        if (session.ApiKey is { } own && !own.Covers(networks))
        {
            throw RpcException.Forbidden(
                $"networks: this key is limited to {string.Join(", ", own.Networks)} and makes none for other places");
        }
    }

    /// <summary>Whether the name that an API key is given is not too long.</summary>
    public static void CheckName(RpcCall call)
    {
        if (call.Text("name").Length > IdentityStore.MostNameLength)
        {
            throw RpcException.BadParam(
                "name", $"name: at most {IdentityStore.MostNameLength} characters, found {call.Text("name").Length}");
        }
    }

    /// <summary>The parameter networks: at most 32 addresses or networks.</summary>
    public static List<string> Networks(RpcCall call)
    {
        List<string> networks = call.List("networks");
        foreach (string network in networks.Where(n => n.Length > IdentityStore.MostNetworkLength))
        {
            throw RpcException.BadParam(
                "networks", $"networks: each has at most {IdentityStore.MostNetworkLength} characters, found {network.Length}");
        }
        foreach (string network in networks.Where(n => ApiKey.NetworkOf(n) is null))
        {
            throw RpcException.BadParam(
                "networks", $"networks: expected addresses or networks like 10.0.0.0/8, found {Instrument.Short(network)}");
        }
        return networks.Count <= IdentityStore.MostNetworks
            ? networks : throw RpcException.BadParam("networks", $"networks: at most {IdentityStore.MostNetworks}, found {networks.Count}");
    }

    /// <summary>Writes an API key; its secret only when it is new.</summary>
    public static void WriteKey(Utf8JsonWriter json, ApiKey key, bool withSecret)
    {
        json.WriteStartObject();
        // The ledger's number of its key: no two API keys have the same.
        json.WriteNumber("id"u8, key.Key);
        json.WriteString("client_id"u8, key.Id);
        // Told once, to whom it is made for; it is there in every answer, because clients need it to be.
        json.WriteString("client_secret"u8, withSecret ? key.Secret : "");
        json.WriteBoolean("default"u8, false);
        json.WriteStartArray("enabled_features"u8);
        json.WriteEndArray();
        json.WriteString("name"u8, key.Name);
        json.WriteString("max_scope"u8, ScopeTexts.Format(key.Scopes));
        json.WriteNumber("account"u8, key.Account);
        json.WriteNumber("key"u8, key.Key);
        json.WriteBoolean("enabled"u8, !key.Disabled);
        json.WriteNumber("expires"u8, key.ExpiresMs);
        json.WriteNumber("timestamp"u8, key.CreatedMs);
        foreach (string name in (string[])["networks", "ip_whitelist"])
        {
            json.WriteStartArray(name);
            foreach (string network in key.Networks)
            {
                json.WriteStringValue(network);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
