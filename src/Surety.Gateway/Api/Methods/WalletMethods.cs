using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Surety.Engine.State;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>Deposits and transfers. Withdrawals: <see cref="WithdrawalMethods"/>.</summary>
internal sealed class WalletMethods(VenueReader venue, InstrumentCatalog catalog, RecentHistory history, CallerCommands caller)
{
    public static readonly RpcParam Currency = Text("currency", "An asset", required: true);
    public static readonly RpcParam Count = Integer("count", "At most so many");

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_deposits", KeyScopes.Read, "Deposits", [Currency, Count, Integer("offset", "Skip so many")],
            c => Movements(c, BalanceReason.Deposit)),
        Ask("get_transfers", KeyScopes.Read, "Transfers between accounts", [Currency, Count, Integer("offset", "Skip so many")],
            c => Movements(c, BalanceReason.Transfer)),
        Ask("get_current_deposit_address", KeyScopes.Read, "Where to send a deposit", [Currency], NoDepositAddress),
        Ask("create_deposit_address", KeyScopes.Withdraw, "Where to send a deposit", [Currency], NoDepositAddress),
        new("private/submit_transfer_to_subaccount", "Moves collateral to another account of the same owner", KeyScopes.Withdraw, 2,
            [Currency, Number("amount", "How much", required: true), Integer("destination", "Its number", required: true)],
            Transfer) { Signs = true },
    ];

    private static RpcMethod Ask(string name, KeyScopes scope, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("private/" + name, about, scope, 1, parameters, c => AllMethods.Done(() => handler(c)));

    private static void NoDepositAddress(RpcCall call) =>
        throw new RpcException(11095, "disabled_deposit_address_creation",
            "this venue credits deposits by its operator's custody; it hands out no addresses");

    private void Movements(RpcCall call, BalanceReason reason)
    {
        Currency currency = call.Currency(catalog);
        int count = (int)call.Integer("count", 10, 1, 1_000);
        List<EventRow> rows =
            [.. history.EventsOfAccount(call.Session.Account, count + (int)call.Integer("offset", 0, 0, 100_000),
                e => e.Kind == EventKind.BalanceChanged
            && MemoryMarshal.Read<BalanceChanged>(e.Event) is var b && b.Reason == reason && b.Asset == currency.Number)
                .Skip((int)call.Integer("offset", 0))];
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("count"u8, rows.Count);
            json.WriteStartArray("data"u8);
            foreach (EventRow row in rows)
            {
                BalanceChanged change = MemoryMarshal.Read<BalanceChanged>(row.Event);
                json.WriteStartObject();
                json.WriteNumber("id"u8, row.Sequence);
                json.WriteString("currency"u8, currency.Name);
                json.WriteDecimal("amount"u8, Math.Abs(change.ChangeAtoms), currency.Decimals);
                json.WriteString("state"u8, reason == BalanceReason.Deposit ? "completed"u8 : "confirmed"u8);
                if (reason == BalanceReason.Transfer)
                {
                    json.WriteString("type"u8, "subaccount"u8);
                    json.WriteString("direction"u8, change.ChangeAtoms < 0 ? "payment"u8 : "income"u8);
                    json.WriteString("other_side"u8, change.Counterparty.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }
                json.WriteNumber("created_timestamp"u8, row.TimeNs / 1_000_000);
                json.WriteNumber("received_timestamp"u8, row.TimeNs / 1_000_000);
                json.WriteNumber("updated_timestamp"u8, row.TimeNs / 1_000_000);
                json.WriteNull("address"u8);
                json.WriteNull("transaction_id"u8);
                json.WriteNumber("sequence"u8, row.Sequence);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task Transfer(RpcCall call)
    {
        Currency currency = call.Currency(catalog);
        uint to = (uint)call.Integer("destination", -1, 0, uint.MaxValue);
        VenueState state = venue.State;
        if (to >= (uint)state.Counts.Accounts || state.Accounts[(int)to].Owner != call.Session.Owner)
        {
            throw new RpcException(12100, "transfer_not_allowed", $"destination: account {to} is not yours", "destination");
        }
        long atoms = Atoms(call, currency);
        Outcome moved = await caller.CarryOutAsync(call, CommandKind.Transfer, new Transfer
        {
            AmountAtoms = atoms,
            ToAccount = to,
            Asset = (ushort)currency.Number,
        });
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("id"u8, moved.Sequence);
            json.WriteString("currency"u8, currency.Name);
            json.WriteDecimal("amount"u8, atoms, currency.Decimals);
            json.WriteString("state"u8, "confirmed"u8);
            json.WriteString("type"u8, "subaccount"u8);
            json.WriteString("direction"u8, "payment"u8);
            json.WriteString("other_side"u8, to.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteNumber("created_timestamp"u8, moved.TimeNs / 1_000_000);
            json.WriteNumber("updated_timestamp"u8, moved.TimeNs / 1_000_000);
            json.WriteEndObject();
        });
    }

    public static long Atoms(RpcCall call, Currency currency)
    {
        string text = call.Digits("amount")!;
        return Instrument.TryParse(text, currency.Decimals, out long atoms) && atoms > 0
            ? atoms : throw RpcException.BadParam("amount",
                $"amount: expected more than 0 with at most {currency.Decimals} decimals, found {Instrument.Short(text)}");
    }
}
