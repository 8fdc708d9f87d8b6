using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>API keys of the caller: made, listed, switched on and off, removed.</summary>
internal sealed class ApiKeyMethods(VenueReader venue, IdentityStore identities, CallerApiKeys apiKeys, CallerCommands caller)
{
    public IEnumerable<RpcMethod> All() =>
    [
        Ask("list_api_keys", "API keys of the owner's accounts, without their secrets", [], Keys),
        Admin("create_api_key", "Makes an API key; where the venue cannot sign for the caller, in two steps with surety/prepare_api_key",
            [Text("max_scope", "As trade:read_write wallet:read account:read"), Text("name", "A name for people"),
            RpcMethod.List("networks", "Addresses or networks it may be used from"),
            Integer("expires", "When it ends, milliseconds since 1970"), Integer("account", "A sub-account")],
            CreateKey) with { Signs = true },
        Admin("disable_api_key", "Switches a key off", [Text("id", "Its id or client_id", required: true)], c => SetDisabled(c, true)),
        Admin("enable_api_key", "Switches a key on", [Text("id", "Its id or client_id", required: true)], c => SetDisabled(c, false)),
        Admin("remove_api_key", "Revokes a key for good", [Text("id", "Its id or client_id", required: true)],
            RemoveKey) with { Signs = true, Relieves = true },
    ];

    private static RpcMethod Ask(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Read, 1, parameters, handler);

    private static RpcMethod Admin(string name, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new("private/" + name, about, KeyScopes.Admin, 2, parameters, handler);

    private Task Keys(RpcCall call)
    {
        IndexedState state = venue.State;
        List<ApiKey> keys = identities.Of(a => call.Session.MayActFor(a, state));
        call.Reply(json =>
        {
            json.WriteStartArray();
            keys.ForEach(k => CallerApiKeys.WriteKey(json, k, withSecret: false));
            json.WriteEndArray();
        });
        return Task.CompletedTask;
    }

    private async Task CreateKey(RpcCall call)
    {
        Session session = call.Session;
        KeyScopes asked = ScopeParams.Parse(call.Text("max_scope", "trade:read_write wallet:read account:read"), "max_scope");
        KeyScopes scopes = call.Has("max_scope") ? asked : asked & session.Scopes;
        long expires = call.Integer("expires", CallerApiKeys.EndOf(session), 0, 4_000_000_000_000);
        uint account = (uint)call.Integer("account", session.Account, 0, uint.MaxValue);
        if (!session.MayActFor(account, venue.State))
        {
            throw RpcException.Forbidden($"account: {account} is not yours, or beyond this key, which is a sub-account's");
        }
        CallerApiKeys.CheckName(call);
        List<string> networks = call.Has("networks") ? CallerApiKeys.Networks(call) : [.. session.ApiKey!.Networks];
        CallerApiKeys.CheckWithin(session, scopes, expires, networks);
        using SigningKey key = SigningKey.Create();
        var add = new AddKey { PublicKey = key.PublicKey, Scopes = scopes, KeyExpiresNs = expires * 1_000_000 };
        Outcome added = await caller.CarryOutAsync(call, CommandKind.AddKey, add);
        apiKeys.Keep(call, key, (uint)added.Created, account, scopes, expires, call.Text("name"), networks);
    }

    private Task SetDisabled(RpcCall call, bool disabled)
    {
        ApiKey key = apiKeys.Own(call);
        if (!disabled)
        {
            CallerApiKeys.CheckWithin(call.Session, key.Scopes, key.ExpiresMs, [.. key.Networks]);
        }
        identities.SetDisabled(key.Id, disabled);
        call.Reply(json => CallerApiKeys.WriteKey(json, key, withSecret: false));
        return Task.CompletedTask;
    }

    private async Task RemoveKey(RpcCall call)
    {
        ApiKey key = apiKeys.Own(call);
        if ((key.Scopes & ~call.Session.Scopes) != 0)
        {
            throw RpcException.Forbidden(
                $"id: this log-in may not end a key that can do more than itself "
                + $"({key.Scopes & ~call.Session.Scopes}); private/disable_api_key switches it off");
        }
        Outcome outcome = await caller.SubmitAsync(call, CommandKind.RevokeKey, new RevokeKey { RevokedKey = key.Key });
        // Revoked before, or so long ago that its row was given back: what is left of it goes.
        if (outcome.Code is not (RefusalCode.KeyRevoked or RefusalCode.UnknownKey))
        {
            RefusalErrors.Accepted(outcome);
        }
        identities.Remove(key.Id);
        call.Ok();
    }
}
