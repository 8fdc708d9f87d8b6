using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>Logging in and out, subscriptions, heartbeats.</summary>
internal sealed class SessionMethods(Sessions sessions, Channels channels, Hash256 venue)
{
    private static readonly RpcParam Names = RpcMethod.List("channels", "Names of channels", required: true);
    private static readonly RpcParam Snapshots =
        Flag("snapshots",
            "Whether channels of orders, fills and trades begin with what there is; without it they tell only of what is new");
    private static readonly RpcParam Connection =
        OneOf("scope", "connection: each connection asks for itself; what holds for the account and all its connections is not supported",
            "connection");

    public IEnumerable<RpcMethod> All() =>
    [
        new("public/auth",
            "Logs in: client_credentials, client_signature, refresh_token, surety_signature (a signed challenge) or surety_passkey",
            KeyScopes.None, 1, [
                OneOf("grant_type", "Which way", "client_credentials", "client_signature", "refresh_token", "surety_signature",
                    "surety_passkey") with { Required = true }, Text("client_id", "API key"), Text("client_secret", "Its secret"),
                    Integer("timestamp", "For client_signature"),
                    Text("signature", "For client_signature (hex) or surety_signature (base64)"),
                Text("nonce", "For client_signature"), Text("data", "For client_signature"), Text("refresh_token", "For refresh_token"),
                Text("scope", "Less than the key may do, as trade:read wallet:read account:read"),
                Integer("key", "For surety_signature: the key's number"), Text("challenge", "For surety_signature: from surety/challenge"),
                Text("state", "Given back as it came"), Text("credential_id", "For surety_passkey"),
                Text("client_data", "For surety_passkey, base64"), Text("authenticator_data", "For surety_passkey, base64"),
            ], c => AllMethods.Done(() => LogIn(c))) { PostOnly = true },
        new("surety/challenge", "A text to sign within a minute, for surety_signature and passkeys", KeyScopes.None, 1,
            [Integer("key", "The key's number; without one, for a passkey")],
            c => AllMethods.Done(() =>
            {
                string challenge =
                    sessions.Challenge(c.Has("key") ? c.Integer("key", 0, 0).ToString(CultureInfo.InvariantCulture) : "passkey");
                c.Reply(j =>
                {
                    j.WriteStartObject();
                    j.WriteString("challenge"u8, challenge);
                    j.WriteString("venue"u8, venue.ToString());
                    j.WriteEndObject();
                });
            })) { PostOnly = true },
        new("private/logout", "Ends the session, with its tokens and private channels", KeyScopes.Read, 1, [], c => AllMethods.Done(() =>
        {
            c.Session.Login.End();
            if (c.Peer.Connection is { } connection && connection.Session?.Login == c.Session.Login)
            {
                // A client that leaves in order keeps its orders.
                connection.Session = null;
                connection.CancelOnDisconnect = false;
                channels.Renew(connection, null);
            }
            c.Ok();
        })),
        Stays("public/subscribe", "Listens to public channels", KeyScopes.None, [Names, Snapshots], c => Subscribe(c, isPrivate: false)),
        Stays("private/subscribe", "Listens to channels, one's own included", KeyScopes.Read, [Names, Snapshots],
            c => Subscribe(c, isPrivate: true)),
        Stays("public/unsubscribe", "Stops listening", KeyScopes.None, [Names], Unsubscribe),
        Stays("private/unsubscribe", "Stops listening", KeyScopes.None, [Names], Unsubscribe),
        Stays("public/unsubscribe_all", "Stops listening to everything", KeyScopes.None, [], UnsubscribeAll),
        Stays("private/unsubscribe_all", "Stops listening to everything", KeyScopes.None, [], UnsubscribeAll),
        Stays("public/set_heartbeat", "Asks to be asked whether one is there", KeyScopes.None,
            [Integer("interval", "Seconds, at least 10", required: true)], c =>
        {
            c.Peer.Connection!.HeartbeatSeconds = (int)c.Integer("interval", 30, 10, 3600);
            c.Ok();
        }),
        Stays("public/disable_heartbeat", "Ends that", KeyScopes.None, [], c =>
        {
            c.Peer.Connection!.HeartbeatSeconds = 0;
            c.Ok();
        }),
        Stays("private/enable_cancel_on_disconnect", "Cancels the orders that this connection placed when it ends", KeyScopes.Trade,
            [Connection], c => CancelOnDisconnect(c, true)) with { Signs = true },
        Stays("private/disable_cancel_on_disconnect", "Leaves them", KeyScopes.Trade, [Connection],
            c => CancelOnDisconnect(c, false)) with { Signs = true },
        Stays("private/get_cancel_on_disconnect", "Whether they will be cancelled", KeyScopes.Read, [Connection], c => c.Reply(j =>
        {
            j.WriteStartObject();
            j.WriteString("scope"u8, "connection"u8);
            j.WriteBoolean("enabled"u8, c.Peer.Connection!.CancelOnDisconnect);
            j.WriteEndObject();
        })),
    ];

    private static RpcMethod Stays(string name, string about, KeyScopes scope, IReadOnlyList<RpcParam> parameters,
        Action<RpcCall> handler) =>
        new(name, about, scope, 1, parameters, c => AllMethods.Done(() => handler(c))) { NeedsConnection = true };

    private void LogIn(RpcCall call)
    {
        Session session = call.Needed("grant_type") switch
        {
            "client_credentials" => sessions.BySecret(call.Needed("client_id"), call.Needed("client_secret"), call.Peer.Address),
            "client_signature" => ByHmac(call),
            "refresh_token" => sessions.ByRefresh(call.Needed("refresh_token"), call.Peer.Address),
            "surety_signature" =>
                sessions.BySignature((uint)call.Integer("key", -1, 0, uint.MaxValue), call.Needed("challenge"), call.Bytes("signature")),
            "surety_passkey" =>
                sessions.ByPasskey(call.Needed("credential_id"), call.Bytes("client_data"), call.Bytes("authenticator_data"),
                    call.Bytes("signature"), call.Peer.Origin, call.Peer.Address),
            string other =>
                throw RpcException.BadParam("grant_type",
                    $"grant_type: expected client_credentials, client_signature, refresh_token, surety_signature "
                    + $"or surety_passkey, found {Node.Instruments.Instrument.Short(other)}"),
        };
        session = Narrowed(session, call.Text("scope"));
        (string access, string refresh) = sessions.Issue(session);
        if (call.Peer.Connection is { } connection)
        {
            connection.Session = session;
            channels.Renew(connection, session);
        }
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteString("access_token"u8, access);
            json.WriteString("refresh_token"u8, refresh);
            json.WriteNumber("expires_in"u8, Math.Max((session.ExpiresMs - (VenueClock.WallNs() / 1_000_000)) / 1000, 0));
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

    // Only what was asked for: "connection" and "session:NAME" say where it counts, which is everywhere here.
    private static Session Narrowed(Session session, string asked)
    {
        string powers = string.Join(' ', asked.Split([' ', ','], System.StringSplitOptions.RemoveEmptyEntries)
            .Where(p => p != "connection" && !p.StartsWith("session:", System.StringComparison.Ordinal)));
        return powers.Length == 0 ? session : session with { Scopes = session.Scopes & ScopeParams.Parse(powers, "scope") };
    }

    private Session ByHmac(RpcCall call) => sessions.BySignedText(
        new HmacProof(call.Needed("client_id"), call.Needed("timestamp"), call.Needed("nonce"), call.Needed("signature")),
        call.Text("data"), call.Peer.Address);

    // public/subscribe listens without a log-in: private channels are only given to private/subscribe, which needs a log-in.
    private void Subscribe(RpcCall call, bool isPrivate)
    {
        List<string> names =
            channels.Subscribe(call.Peer.Connection!, call.List("channels"), isPrivate ? call.Session : null, call.Flag("snapshots"));
        ReplyNames(call, names);
        channels.Welcome();
    }

    private void Unsubscribe(RpcCall call) => ReplyNames(call, channels.Unsubscribe(call.Peer.Connection!, call.List("channels")));

    private void UnsubscribeAll(RpcCall call)
    {
        channels.Unsubscribe(call.Peer.Connection!, null);
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
        call.Peer.Connection!.CancelOnDisconnect = enabled;
        call.Ok();
    }
}
