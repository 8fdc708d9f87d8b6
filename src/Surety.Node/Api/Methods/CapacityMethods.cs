using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Engine.Governance;
using Surety.Engine.State;
using Surety.Node.Sequencing;
using Surety.Node.Telemetry;
using static Surety.Node.Api.RpcMethod;

namespace Surety.Node.Api;

/// <summary>How much room there is, an owner's part of it, and how what is empty is given back.</summary>
internal sealed class CapacityMethods(VenueNode node)
{
    private static readonly string[] Tables = ["accounts", "keys", "orders", "triggers", "twaps", "withdrawals"];

    public IEnumerable<RpcMethod> All() =>
    [
        new("private/remove_subaccount", "Closes an empty sub-account; its number waits for your next one", KeyScopes.Admin, 2, [Integer("subaccount_id", "The sub-account", required: true)], Remove),
        new("surety/get_limits", "What an owner may hold of the venue's rows, what costs a fee, and how full the venue is", KeyScopes.None, 1, [], Limits),
        new("surety/operator_grow", "Raises the room of a table, at most to twice what it is", KeyScopes.Govern, 2,
            [Text("table", "accounts, keys, orders, triggers, twaps or withdrawals", required: true), Integer("capacity", "Rows from now on", required: true)], Grow) { OperatorOnly = true },
        new("surety/operator_set_limits", "Sets what owners may hold; what is not given stays", KeyScopes.Govern, 2,
            [
                Integer("owner", "A master account, whose factor is set; without it, the terms of all"), Integer("factor", "His limits are the venue's times this, 1 to 1,000"),
                Integer("sub_accounts", "Sub-accounts of an owner"), Integer("keys", "Keys of an owner"), Integer("orders", "Resting orders of an owner"), Integer("triggers", "Triggers of an owner"),
                Integer("twaps", "TWAPs of an owner"), Integer("withdrawals", "Unconfirmed withdrawals of an owner"), Integer("free_sub_accounts", "Without a fee; -1 for none"),
                Integer("free_keys", "Without a fee; -1 for none"), Integer("fee_milli", "What each further one costs, thousandths of a unit of the settlement asset; -1 for nothing"),
                Integer("refusals", "Refused commands of an owner in a minute that count towards the breaker"), Integer("key_rest_minutes", "How long the row of a dead key rests"),
            ], Set) { OperatorOnly = true },
    ];

    private async Task Remove(RpcCall call)
    {
        await call.CarryOutAsync(node, CommandKind.CloseSubAccount, new CloseSubAccount { Closed = (uint)call.Integer("subaccount_id", 0, 0, uint.MaxValue) });
        call.Ok();
    }

    private async Task Limits(RpcCall call)
    {
        VenueLimits limits = await node.Sequencer.ReadAsync(l => l.Engine.State.Limits[0]);
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
            foreach ((_, string name, int taken, int room) in CapacityWatch.Read(node.State))
            {
                json.WriteStartObject(name);
                json.WriteNumber("taken"u8, taken);
                json.WriteNumber("room"u8, room);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private async Task Grow(RpcCall call)
    {
        TableId table = Array.IndexOf(Tables, call.Needed("table")) switch
        {
            0 => TableId.Accounts,
            1 => TableId.Keys,
            2 => TableId.Orders,
            3 => TableId.Triggers,
            4 => TableId.Twaps,
            5 => TableId.Withdrawals,
            _ => throw RpcException.BadParam("table", $"table: expected one of {string.Join(", ", Tables)}"),
        };
        await Submit(call, CommandKind.GrowCapacity, new GrowCapacity { Table = (uint)table, Capacity = Int(call, "capacity") });
    }

    private Task Set(RpcCall call) => Submit(call, CommandKind.SetOwnerLimits, new SetOwnerLimits
    {
        OwnerPlusOne = call.Has("owner") ? (uint)call.Integer("owner", 0, 0, uint.MaxValue - 1L) + 1 : SetOwnerLimits.Everyone,
        Factor = Int(call, "factor"),
        SubAccounts = Int(call, "sub_accounts"),
        Keys = Int(call, "keys"),
        Orders = Int(call, "orders"),
        Triggers = Int(call, "triggers"),
        Twaps = Int(call, "twaps"),
        Withdrawals = Int(call, "withdrawals"),
        FreeSubAccounts = Int(call, "free_sub_accounts"),
        FreeKeys = Int(call, "free_keys"),
        RowFeeMilli = Int(call, "fee_milli"),
        Refusals = Int(call, "refusals"),
        KeyRestMinutes = Int(call, "key_rest_minutes"),
    });

    private async Task Submit<T>(RpcCall call, CommandKind kind, T command)
        where T : unmanaged
    {
        Outcome outcome = await call.CarryOutAsync(node, kind, command);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("sequence"u8, outcome.Sequence);
            json.WriteEndObject();
        });
    }

    private static int Int(RpcCall call, string name) => (int)call.Integer(name, 0, int.MinValue, int.MaxValue);
}
