using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>
/// Keys that the venue holds for an owner who signs for himself: prepared here, added to the account by a signed AddKey, finished here.
/// Only who prepared a key finishes it, and only with powers that he has himself.
/// </summary>
internal sealed class HeldKeyMethods(VenueReader venue, IdentityStore identities, Sessions sessions, CallerApiKeys apiKeys)
{
    private const int PreparedMs = 300_000;
    private const int MostPrepared = 1_000;
    private const int MostPreparedOfOwner = 4;
    private readonly ConcurrentDictionary<string, Prepared> _prepared = new();

    public IEnumerable<RpcMethod> All() =>
    [
        new("surety/prepare_api_key",
            "A P-256 public key that the venue will hold; add it to the account by a "
            + "signed AddKey command, then call surety/finish_api_key", KeyScopes.Admin, 4, [], c => AllMethods.Done(() => Prepare(c))),
        new("surety/finish_api_key", "The second step, by the key that took the first: gives the API key's id and, once, its secret",
            KeyScopes.Admin, 4,
            [Text("public_key", "As prepared", required: true), Text("name", "A name for people"),
            RpcMethod.List("networks", "Addresses or networks it may be used from")], Finish),
        new("private/edit_api_key", "Gives an API key another name or other networks", KeyScopes.Admin, 2,
            [Text("id", "Its id or client_id", required: true), Text("name", "A name for people"),
            RpcMethod.List("networks", "Addresses or networks it may be used from, from now on; an empty list for any")],
            c => AllMethods.Done(() => Edit(c))),
        new("surety/register_passkey", "Makes a passkey log in with this session's API key", KeyScopes.Admin, 4,
            [Text("credential_id", "Its id", required: true), Text("public_key", "SubjectPublicKeyInfo, base64", required: true),
            Text("client_data", "What the browser said, base64", required: true)],
            c => AllMethods.Done(() => RegisterPasskey(c))) { Signs = true },
    ];

    private void Prepare(RpcCall call)
    {
        foreach ((string old, Prepared entry) in _prepared)
        {
            if (Environment.TickCount64 - entry.AtMs > PreparedMs && _prepared.TryRemove(old, out _))
            {
                entry.Key.Dispose();
            }
        }
        if (_prepared.Count >= MostPrepared || _prepared.Values.Count(p => p.Owner == call.Session.Owner) >= MostPreparedOfOwner)
        {
            throw new RpcException(10028, "too_many_requests",
                "too many keys are prepared and not finished; finish one, or try again in five minutes")
            { WaitMs = PreparedMs };
        }
        SigningKey key = SigningKey.Create();
        string text = Convert.ToBase64String(key.PublicKey.ToBytes());
        _prepared[text] = new Prepared(key, Environment.TickCount64, call.Session.Owner, call.Session.Key);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteString("public_key"u8, text);
            json.WriteEndObject();
        });
    }

    private async Task Finish(RpcCall call)
    {
        string text = call.Needed("public_key");
        Session session = call.Session;
        if (!_prepared.TryGetValue(text, out Prepared? prepared) || prepared.Owner != session.Owner || prepared.By != session.Key)
        {
            throw RpcException.NotFound("public_key: it was not prepared by this key in the last five minutes");
        }
        PublicKey wanted = prepared.Key.PublicKey;
        uint owner = session.Owner;
        (long number, Key row) = await venue.ReadAsync(l =>
        {
            IndexedState state = l.Engine.State;
            int at = state.Derived.KeyRows.Find(in wanted, owner);
            return at >= 0 ? (state.Derived.KeyRows.NumberOf(at), state.Keys[at]) : (-1L, default(Key));
        });
        if (number < 0 || row.Account != session.Owner)
        {
            throw RpcException.NotFound("public_key: the account has no such key; send a signed AddKey command with it first");
        }
        CallerApiKeys.CheckName(call);
        List<string> networks = CallerApiKeys.Networks(call);
        CallerApiKeys.CheckWithin(session, row.Scopes, row.ExpiresNs / 1_000_000, networks);
        if (!_prepared.TryRemove(text, out _))
        {
            throw RpcException.NotFound("public_key: it was finished already");
        }
        apiKeys.Keep(call, prepared.Key, (uint)number, session.Account, row.Scopes, row.ExpiresNs / 1_000_000, call.Text("name"), networks);
        prepared.Key.Dispose();
    }

    private void Edit(RpcCall call)
    {
        ApiKey key = apiKeys.Own(call);
        CallerApiKeys.CheckName(call);
        List<string>? networks = call.Has("networks") ? CallerApiKeys.Networks(call) : null;
        CallerApiKeys.CheckWithin(call.Session, key.Scopes, key.ExpiresMs, networks ?? [.. key.Networks]);
        identities.Edit(key.Id, call.Has("name") ? call.Text("name") : null, networks);
        call.Reply(json => CallerApiKeys.WriteKey(json, key, withSecret: false));
    }

    private void RegisterPasskey(RpcCall call)
    {
        ApiKey key = call.Session.ApiKey!;
        CheckLength("credential_id", IdentityStore.MostCredentialId);
        CheckLength("public_key", IdentityStore.MostPasskeyKey);
        string challenge = Passkeys.CheckNew(call.Bytes("client_data"), call.Needed("public_key"), call.Peer.Origin);
        sessions.TakeChallenge(challenge);
        string id = call.Needed("credential_id");
        if (identities.FindPasskey(id) is not null || identities.PasskeysOf(key.Id) >= IdentityStore.MostPasskeys)
        {
            throw RpcException.BadParam("credential_id",
                $"credential_id: it is registered already, or the API key has its {IdentityStore.MostPasskeys} passkeys");
        }
        identities.Add(new Passkey(id, call.Needed("public_key"), key.Id, VenueClock.WallNs() / 1_000_000));
        call.Ok();

        void CheckLength(string parameter, int most)
        {
            if (call.Needed(parameter).Length > most)
            {
                throw RpcException.BadParam(parameter, $"{parameter}: at most {most} characters, found {call.Needed(parameter).Length}");
            }
        }
    }

    private sealed record Prepared(SigningKey Key, long AtMs, uint Owner, uint By);
}
