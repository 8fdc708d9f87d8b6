using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.State;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using static Surety.Node.Api.RpcMethod;

namespace Surety.Node.Api;

/// <summary>
/// Money in and out. A withdrawal goes to an address that has stood in the address book for a while, and is confirmed by another key
/// than the one that asked for it.
/// </summary>
internal sealed class WalletMethods(VenueNode node)
{
    private static readonly RpcParam Currency = Text("currency", "An asset", required: true);
    private static readonly RpcParam Count = Integer("count", "At most so many");

    public IEnumerable<RpcMethod> All() =>
    [
        Ask("get_deposits", KeyScopes.Read, "Deposits", [Currency, Count, Integer("offset", "Skip so many")], c => Movements(c, BalanceReason.Deposit)),
        Ask("get_transfers", KeyScopes.Read, "Transfers between accounts", [Currency, Count, Integer("offset", "Skip so many")], c => Movements(c, BalanceReason.Transfer)),
        Ask("get_withdrawals", KeyScopes.Read, "Withdrawals with their state", [Currency, Count, Integer("offset", "Skip so many")], Withdrawals),
        Ask("get_current_deposit_address", KeyScopes.Read, "Where to send a deposit", [Currency], NoDepositAddress),
        Ask("create_deposit_address", KeyScopes.Withdraw, "Where to send a deposit", [Currency], NoDepositAddress),
        Ask("get_address_book", KeyScopes.Read, "Addresses that one may withdraw to", [Currency, Text("type", "withdrawal")], AddressBook),
        Ask("add_to_address_book", KeyScopes.Withdraw, "Adds an address, usable after a delay", [Currency, Text("address", "The address", required: true), Text("label", "A name for people"), Text("type", "withdrawal")], AddAddress),
        Ask("remove_from_address_book", KeyScopes.Withdraw, "Takes an address off", [Currency, Text("address", "The address", required: true), Text("type", "withdrawal")], RemoveAddress),
        Ask("withdraw", KeyScopes.Withdraw, "Asks for a withdrawal, which another key then confirms by surety/confirm_withdrawal", [Currency, Text("address", "From the address book", required: true), Number("amount", "How much", required: true)], Withdraw),
        Ask("cancel_withdrawal", KeyScopes.Withdraw, "Drops one that is not confirmed", [Currency, Text("id", "Its id", required: true)], Cancel),
        new("private/submit_transfer_to_subaccount", "Moves collateral to another account of the same owner", KeyScopes.Withdraw, 2, [Currency, Number("amount", "How much", required: true), Integer("destination", "Its number", required: true)], Transfer),
        new("surety/confirm_withdrawal", "Confirms a withdrawal with another key than the one that asked for it", KeyScopes.Withdraw, 2, [Text("id", "Its id", required: true), Text("command", "A signed Withdraw command, base64; not needed with an API key")], Confirm),
    ];

    private static RpcMethod Ask(string name, KeyScopes scope, string about, IReadOnlyList<RpcParam> parameters, Action<RpcCall> handler) =>
        new("private/" + name, about, scope, 1, parameters, c => AllMethods.Done(() => handler(c)));

    private static long NowMs => VenueClock.WallNs() / 1_000_000;

    private static void NoDepositAddress(RpcCall call) =>
        throw new RpcException(11095, "disabled_deposit_address_creation", "this venue credits deposits by its operator's custody; it hands out no addresses");

    private void Movements(RpcCall call, BalanceReason reason)
    {
        Currency currency = call.Currency(node);
        int count = (int)call.Integer("count", 10, 1, 1_000);
        List<EventRow> rows = [.. node.History.EventsOfAccount(call.Session.Account, count + (int)call.Integer("offset", 0, 0, 100_000), e => e.Kind == EventKind.BalanceChanged
            && MemoryMarshal.Read<BalanceChanged>(e.Event) is var b && b.Reason == reason && b.Asset == currency.Number).Skip((int)call.Integer("offset", 0))];
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("count"u8, rows.Count);
            json.WriteStartArray("data"u8);
            foreach (EventRow row in rows)
            {
                BalanceChanged change = MemoryMarshal.Read<BalanceChanged>(row.Event);
                json.WriteStartObject();
                json.WriteString("id"u8, row.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
                json.WriteString("currency"u8, currency.Name);
                json.WriteDecimal("amount"u8, Math.Abs(change.ChangeAtoms), currency.Decimals);
                json.WriteString("state"u8, reason == BalanceReason.Deposit ? "completed"u8 : "confirmed"u8);
                json.WriteString("type"u8, "subaccount"u8);
                json.WriteString("direction"u8, change.ChangeAtoms < 0 ? "payment"u8 : "income"u8);
                json.WriteString("other_side"u8, change.Counterparty.ToString(System.Globalization.CultureInfo.InvariantCulture));
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

    private void Withdrawals(RpcCall call)
    {
        Currency currency = call.Currency(node);
        List<WithdrawalRequest> all = [.. node.Identities.Withdrawals(call.Session.Account).Where(w => w.Currency == currency.Name).Take((int)call.Integer("count", 10, 1, 1_000))];
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("count"u8, all.Count);
            json.WriteStartArray("data"u8);
            all.ForEach(w => Write(json, w, currency));
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private void AddressBook(RpcCall call)
    {
        Currency currency = call.Currency(node);
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (WithdrawalAddress address in node.Identities.Addresses(call.Session.Account).Where(a => a.Currency == currency.Name))
            {
                Write(json, address);
            }
            json.WriteEndArray();
        });
    }

    private void AddAddress(RpcCall call)
    {
        Currency currency = call.Currency(node);
        string text = call.Needed("address");
        if (text.Length > 128 || text.Any(c => c is < '!' or > '~'))
        {
            throw new RpcException(11090, "invalid_addr", "address: expected up to 128 printable characters without spaces", "address");
        }
        if (call.Text("label").Length > IdentityStore.MostNameLength)
        {
            throw RpcException.BadParam("label", $"label: at most {IdentityStore.MostNameLength} characters");
        }
        if (node.Identities.Addresses(call.Session.Account).Count >= IdentityStore.MostAddresses)
        {
            throw new RpcException(10028, "too_many_requests", $"an account's address book holds {IdentityStore.MostAddresses} addresses; remove one first");
        }
        var address = new WithdrawalAddress(call.Session.Account, currency.Name, text, call.Text("label"), NowMs, NowMs + (node.Settings.Withdrawals.AddressDelaySeconds * 1_000L));
        node.Identities.Add(address);
        call.Reply(json => Write(json, address));
    }

    private void RemoveAddress(RpcCall call)
    {
        if (!node.Identities.RemoveAddress(call.Session.Account, call.Currency(node).Name, call.Needed("address")))
        {
            throw RpcException.NotFound("address: it is not in the address book");
        }
        call.Ok();
    }

    private void Withdraw(RpcCall call)
    {
        Currency currency = call.Currency(node);
        string text = call.Needed("address");
        WithdrawalAddress? address = node.Identities.Addresses(call.Session.Account).FirstOrDefault(a => a.Currency == currency.Name && a.Address == text);
        if (address is null)
        {
            throw new RpcException(11090, "invalid_addr", "address: it is not in the address book; add it first: private/add_to_address_book", "address");
        }
        if (address.ActiveMs > NowMs)
        {
            throw new RpcException(11090, "invalid_addr", $"address: it was added lately and can be used in {(address.ActiveMs - NowMs + 999) / 1000} s", "address") { WaitMs = (int)Math.Min(address.ActiveMs - NowMs, int.MaxValue) };
        }
        long atoms = Atoms(call, currency);
        var request = new WithdrawalRequest(IdentityStore.Random(12), call.Session.Account, currency.Name, text, atoms, NowMs, call.Session.Key, "unconfirmed", 0, NowMs);
        node.Identities.Put(request);
        call.Reply(json => Write(json, request, currency));
    }

    private void Cancel(RpcCall call)
    {
        WithdrawalRequest request = Waiting(call);
        request = request with { State = "cancelled", UpdatedMs = NowMs };
        node.Identities.Put(request);
        call.Reply(json => Write(json, request, call.Currency(node)));
    }

    private async Task Confirm(RpcCall call)
    {
        WithdrawalRequest request = Waiting(call);
        if (request.RequestedBy == call.Session.Key)
        {
            throw RpcException.Forbidden("a withdrawal is confirmed with another key than the one that asked for it");
        }
        Currency currency = node.Catalog.Current.FindCurrency(request.Currency)!;
        var command = new Withdraw { AmountAtoms = request.AmountAtoms, Asset = (ushort)currency.Number };
        Outcome outcome;
        if (call.Session.ApiKey is { } key)
        {
            outcome = await node.SubmitAsync(node.Identities.SignerOf(key, node.State), request.Account, CommandKind.Withdraw, command);
        }
        else
        {
            byte[] record = call.Bytes("command");
            if (!CommandCodec.IsWellFormed(record) || !node.Sequencer.Venue.HasValidSignature(record) || CommandCodec.View<CommandHeader>(record) is var h
                && (h.Kind != CommandKind.Withdraw || h.Account != request.Account || h.Key != call.Session.Key
                    || CommandCodec.View<Withdraw>(record).AmountAtoms != request.AmountAtoms || CommandCodec.View<Withdraw>(record).Asset != currency.Number))
            {
                throw RpcException.BadParam("command", "command: expected a Withdraw command of this account, asset and amount, signed with this session's key");
            }
            outcome = (await node.Sequencer.SubmitAsync([record]))[0];
        }
        request = request with { State = outcome.Code == RefusalCode.None ? "confirmed" : "rejected", EngineId = outcome.Created, UpdatedMs = NowMs };
        node.Identities.Put(request);
        outcome.OrThrow();
        call.Reply(json => Write(json, request, currency));
    }

    private async Task Transfer(RpcCall call)
    {
        Currency currency = call.Currency(node);
        uint to = (uint)call.Integer("destination", -1, 0, uint.MaxValue);
        VenueState state = node.State;
        if (to >= (uint)state.Venue[0].Accounts || state.Accounts[(int)to].Owner != call.Session.Owner)
        {
            throw new RpcException(12100, "transfer_not_allowed", $"destination: account {to} is not yours", "destination");
        }
        long atoms = Atoms(call, currency);
        Outcome moved = await call.CarryOutAsync(node, CommandKind.Transfer, new Transfer { AmountAtoms = atoms, ToAccount = to, Asset = (ushort)currency.Number });
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, moved.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
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

    private WithdrawalRequest Waiting(RpcCall call)
    {
        string id = call.Needed("id");
        WithdrawalRequest request = node.Identities.Withdrawals(call.Session.Account).FirstOrDefault(w => w.Id == id) ?? throw RpcException.NotFound("id: there is no such withdrawal");
        return request.State != "unconfirmed" ? throw new RpcException(11030, "other_reject", $"id: the withdrawal is {request.State}")
            : NowMs - request.CreatedMs > node.Settings.Withdrawals.ConfirmSeconds * 1_000L ? throw new RpcException(11030, "other_reject", "id: the withdrawal waited too long for its confirmation; ask again")
            : request;
    }

    private static long Atoms(RpcCall call, Currency currency)
    {
        string text = call.Digits("amount")!;
        return Instrument.TryParse(text, currency.Decimals, out long atoms) && atoms > 0
            ? atoms : throw RpcException.BadParam("amount", $"amount: expected more than 0 with at most {currency.Decimals} decimals, found {Instrument.Short(text)}");
    }

    private static void Write(Utf8JsonWriter json, WithdrawalAddress a)
    {
        json.WriteStartObject();
        json.WriteString("currency"u8, a.Currency);
        json.WriteString("address"u8, a.Address);
        json.WriteString("label"u8, a.Label);
        json.WriteString("type"u8, "withdrawal"u8);
        json.WriteString("status"u8, a.ActiveMs <= NowMs ? "confirmed"u8 : "waiting"u8);
        json.WriteNumber("creation_timestamp"u8, a.AddedMs);
        json.WriteNumber("waiting_timestamp"u8, a.ActiveMs);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WithdrawalRequest w, Currency currency)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, w.Id);
        json.WriteString("currency"u8, w.Currency);
        json.WriteString("address"u8, w.Address);
        json.WriteDecimal("amount"u8, w.AmountAtoms, currency.Decimals);
        json.WriteNumber("fee"u8, 0);
        json.WriteString("state"u8, w.State);
        json.WriteNull("transaction_id"u8);
        json.WriteNumber("priority"u8, 1);
        json.WriteNumber("withdrawal"u8, w.EngineId);
        json.WriteNumber("created_timestamp"u8, w.CreatedMs);
        json.WriteNumber("updated_timestamp"u8, w.UpdatedMs);
        json.WriteEndObject();
    }
}
