using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Telemetry;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>How much room there is, an owner's part of it, and how what is empty is given back.</summary>
internal sealed class CapacityMethods(VenueReader venue, IdentityStore identities, CallerCommands caller)
{
    public IEnumerable<RpcMethod> All() =>
    [
        new("private/remove_subaccount", "Closes an empty sub-account; its number waits for your next one, its API keys end",
            KeyScopes.Admin, 2, [Integer("subaccount_id", "The sub-account", required: true)], Remove) { Signs = true, OwnerWide = true },
        new("surety/get_limits", "What an owner may hold of the venue's rows, what costs a fee, and how full the venue is", KeyScopes.None,
            1, [], Limits),
    ];

    private async Task Remove(RpcCall call)
    {
        uint closed = (uint)call.Integer("subaccount_id", 0, 0, uint.MaxValue);
        List<ApiKey> keys = identities.Of(account => account == closed);
        await caller.CarryOutAsync(call, CommandKind.CloseSubAccount, new CloseSubAccount { Closed = closed });
        // They have no use any more; revoked, their rows are the owner's again.
        foreach (ApiKey key in keys)
        {
            await caller.SubmitAsync(call, CommandKind.RevokeKey, new RevokeKey { RevokedKey = key.Key });
        }
        call.Ok();
    }

    private async Task Limits(RpcCall call)
    {
        VenueLimits limits = await venue.ReadAsync(l => l.Engine.State.Limits[0]);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("owner"u8);
            json.WriteNumber("sub_accounts"u8, limits.OwnerSubAccounts);
            json.WriteNumber("keys"u8, limits.OwnerKeys);
            json.WriteNumber("orders"u8, limits.OwnerOrders);
            json.WriteNumber("triggers"u8, limits.OwnerTriggers);
            json.WriteNumber("twaps"u8, limits.OwnerTwaps);
            json.WriteNumber("withdrawals"u8, limits.OwnerWithdrawals);
            json.WriteEndObject();
            json.WriteNumber("free_sub_accounts"u8, limits.FreeSubAccounts);
            json.WriteNumber("free_keys"u8, limits.FreeKeys);
            json.WriteNumber("fee_milli"u8, limits.RowFeeMilli);
            json.WriteNumber("key_rest_minutes"u8, limits.KeyRestMinutes);
            json.WriteStartObject("venue"u8);
            foreach ((_, string name, int taken, int room) in CapacityWatch.Read(venue.State))
            {
                json.WriteStartObject(name);
                // In tenths: exact counts would tell everybody of each order, withdrawal and key that comes or goes.
                json.WriteNumber("full_percent"u8, (int)(10L * taken / Math.Max(room, 1)) * 10);
                json.WriteNumber("room"u8, room);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }
}
