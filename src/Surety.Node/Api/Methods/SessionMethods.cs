using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Accounts;
using Surety.Node.Identity;
using static Surety.Node.Api.RpcMethod;

namespace Surety.Node.Api;

/// <summary>Logging in and out, subscriptions, heartbeats.</summary>
internal sealed class SessionMethods(VenueNode node)
{
    private static readonly RpcParam Names = RpcMethod.List("channels", "Names of channels", required: true);
    private static readonly RpcParam Snapshots = Flag("snapshots", "Whether channels of orders, fills and trades begin with what there is; without it they tell only of what is new");
    private static readonly RpcParam Connection = OneOf("scope", "connection: each connection asks for itself; what holds for the account and all its connections is not supported", "connection");

    public IEnumerable<RpcMethod> All() =>
    [
        new("public/auth", "Logs in: client_credentials, client_signature, refresh_token, surety_signature (a signed challenge) or surety_passkey", KeyScopes.None, 1,
            [
                OneOf("grant_type", "Which way", "client_credentials", "client_signature", "refresh_token", "surety_signature", "surety_passkey") with { Required = true }, Text("client_id", "API key"), Text("client_secret", "Its secret"), Integer("timestamp", "For client_signature"), Text("signature", "For client_signature (hex) or surety_signature (base64)"),
                Text("nonce", "For client_signature"), Text("data", "For client_signature"), Text("refresh_token", "For refresh_token"), Integer("key", "For surety_signature: the key's number"), Text("challenge", "For surety_signature: from surety/challenge"),
                Text("state", "Given back as it came"), Text("credential_id", "For surety_passkey"), Text("client_data", "For surety_passkey, base64"), Text("authenticator_data", "For surety_passkey, base64"),
            ], c => AllMethods.Done(() => LogIn(c))),
        new("surety/challenge", "A text to sign within a minute, for surety_signature and passkeys", KeyScopes.None, 1, [Integer("key", "The key's number; without one, for a passkey")],
            c => AllMethods.Done(() =>
            {
                string challenge = node.Sessions.Challenge(c.Has("key") ? c.Integer("key", 0, 0).ToString(CultureInfo.InvariantCulture) : "passkey");
                c.Reply(j =>
                {
                    j.WriteStartObject();
                    j.WriteString("challenge"u8, challenge);
                    j.WriteString("venue"u8, node.VenueHash.ToString());
                    j.WriteEndObject();
                });
            })),
        new("private/logout", "Ends the session", KeyScopes.Read, 1, [], c => AllMethods.Done(() =>
        {
            c.Peer.Session = null;
            c.Peer.WhyLoggedOut = null;
            // Who leaves in order keeps the orders.
            if (c.Peer.Connection is { } connection)
            {
                connection.CancelOnDisconnect = false;
            }
            c.Ok();
        })),
        Stays("public/subscribe", "Listens to public channels", KeyScopes.None, [Names, Snapshots], Subscribe),
        Stays("private/subscribe", "Listens to channels, one's own included", KeyScopes.Read, [Names, Snapshots], Subscribe),
        Stays("public/unsubscribe", "Stops listening", KeyScopes.None, [Names], Unsubscribe),
        Stays("private/unsubscribe", "Stops listening", KeyScopes.None, [Names], Unsubscribe),
        Stays("public/unsubscribe_all", "Stops listening to everything", KeyScopes.None, [], UnsubscribeAll),
        Stays("private/unsubscribe_all", "Stops listening to everything", KeyScopes.None, [], UnsubscribeAll),
        Stays("public/set_heartbeat", "Asks to be asked whether one is there", KeyScopes.None, [Integer("interval", "Seconds, at least 10", required: true)], c =>
        {
            c.Peer.Connection!.HeartbeatSeconds = (int)c.Integer("interval", 30, 10, 3600);
            c.Ok();
        }),
        Stays("public/disable_heartbeat", "Ends that", KeyScopes.None, [], c =>
        {
            c.Peer.Connection!.HeartbeatSeconds = 0;
            c.Ok();
        }),
        Stays("private/enable_cancel_on_disconnect", "Cancels the orders that this connection placed when it ends", KeyScopes.Trade, [Connection], c => CancelOnDisconnect(c, true)),
        Stays("private/disable_cancel_on_disconnect", "Leaves them", KeyScopes.Trade, [Connection], c => CancelOnDisconnect(c, false)),
        Stays("private/get_cancel_on_disconnect", "Whether they will be cancelled", KeyScopes.Read, [Connection], c => c.Reply(j =>
        {
            j.WriteStartObject();
            j.WriteString("scope"u8, "connection"u8);
            j.WriteBoolean("enabled"u8, c.Peer.Connection!.CancelOnDisconnect);
            j.WriteEndObject();
        })),
    ];

    private static RpcMethod Stays(string name, string about, KeyScopes scope, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new(name, about, scope, 1, parameters, c => AllMethods.Done(() => handler(c))) { NeedsConnection = true };

    private void LogIn(RpcCall call)
    {
        Session session = call.Needed("grant_type") switch
        {
            "client_credentials" => node.Sessions.BySecret(call.Needed("client_id"), call.Needed("client_secret"), call.Peer.Address),
            "client_signature" => ByHmac(call),
            "refresh_token" => node.Sessions.ByRefresh(call.Needed("refresh_token")),
            "surety_signature" => node.Sessions.BySignature((uint)call.Integer("key", -1, 0, uint.MaxValue), call.Needed("challenge"), call.Bytes("signature")),
            "surety_passkey" => node.Sessions.ByPasskey(call.Needed("credential_id"), call.Bytes("client_data"), call.Bytes("authenticator_data"), call.Bytes("signature"), call.Peer.Origin),
            string other => throw RpcException.BadParam("grant_type", $"grant_type: expected client_credentials, client_signature, refresh_token, surety_signature or surety_passkey, found {Instruments.Instrument.Short(other)}"),
        };
        (string access, string refresh) = node.Sessions.Issue(session);
        if (call.Peer.Connection is not null)
        {
            call.Peer.Session = session;
        }
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteString("access_token"u8, access);
            json.WriteString("refresh_token"u8, refresh);
            json.WriteNumber("expires_in"u8, node.Sessions.LastsMs / 1000);
            json.WriteString("scope"u8, ScopeTexts.Format(session.Scopes));
            json.WriteString("token_type"u8, "bearer"u8);
            json.WriteStartArray("enabled_features"u8);
            json.WriteEndArray();
            if (call.Has("state"))
            {
                json.WriteString("state"u8, call.Text("state"));
            }
            json.WriteNumber("account"u8, session.Account);
            json.WriteNumber("key"u8, session.Key);
            json.WriteBoolean("operator"u8, session.IsOperator);
            json.WriteBoolean("delegated"u8, session.ApiKey is not null);
            json.WriteEndObject();
        });
    }

    private Session ByHmac(RpcCall call)
    {
        string timestamp = call.Needed("timestamp");
        string nonce = call.Needed("nonce");
        return node.Sessions.ByHmac(call.Needed("client_id"), timestamp, nonce, $"{timestamp}\n{nonce}\n{call.Text("data")}", call.Needed("signature"), call.Peer.Address);
    }

    private void Subscribe(RpcCall call)
    {
        List<string> names = node.Channels.Subscribe(call.Peer.Connection!, call.List("channels"), call.Peer.Session, call.Flag("snapshots"));
        ReplyNames(call, names);
        node.Channels.Welcome();
    }

    private void Unsubscribe(RpcCall call) => ReplyNames(call, node.Channels.Unsubscribe(call.Peer.Connection!, call.List("channels")));

    private void UnsubscribeAll(RpcCall call)
    {
        node.Channels.Unsubscribe(call.Peer.Connection!, null);
        call.Ok();
    }

    private static void ReplyNames(RpcCall call, List<string> names) => call.Reply(json =>
    {
        json.WriteStartArray();
        names.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    });

    private static void CancelOnDisconnect(RpcCall call, bool enabled)
    {
        if (call.Session.ApiKey is null)
        {
            throw RpcException.Forbidden("the venue cannot sign for this key: log in with an API key");
        }
        call.Peer.Connection!.CancelOnDisconnect = enabled;
        call.Ok();
    }
}
