using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine.Indexes;
using Surety.Gateway.Web;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>
/// Withdrawals and the address book. Everything about them stands in the ledger: a method here sends one command, and what is shown is
/// read from rows and events. Nothing is decided at this edge.
/// </summary>
internal sealed class WithdrawalMethods(
    VenueReader venue, CommandQueue commands, InstrumentCatalog catalog, RecentHistory history, CallerCommands caller)
{
    private const int MostEnded = 10_000;

    private static readonly RpcParam Currency = WalletMethods.Currency;

    private static readonly RpcParam Id = Text("id", "Its id", required: true);

    private static readonly RpcParam Address = Text("address", "The address", required: true);

    private static readonly RpcParam Type = Text("type", "withdrawal");

    public IEnumerable<RpcMethod> All() =>
    [
        new("private/get_withdrawals", "Withdrawals with their state", KeyScopes.Read, 1,
            [Currency, WalletMethods.Count, Integer("offset", "Skip so many")], Withdrawals),
        new("private/get_address_book", "Addresses that one may withdraw to", KeyScopes.Read, 1, [Currency, Type], AddressBook),
        new("private/add_to_address_book", "Adds an address, usable after a delay", KeyScopes.Withdraw, 1,
            [Currency, Address, Text("label", "A name for people, up to 24 characters"), Type], AddAddress) { Signs = true,
            OwnerWide = true },
        new("private/remove_from_address_book", "Takes an address off", KeyScopes.Withdraw, 1, [Currency, Address, Type], RemoveAddress)
        {
            Signs = true,
            OwnerWide = true,
            Relieves = true,
        },
        new("private/withdraw", "Asks for a withdrawal, which another key then confirms by surety/confirm_withdrawal", KeyScopes.Withdraw,
            1, [Currency, Address, Number("amount", "How much", required: true)], Withdraw) { Signs = true },
        new("private/cancel_withdrawal", "Takes one back that is not confirmed", KeyScopes.Withdraw, 1, [Currency, Id],
            Cancel) { Signs = true },
        new("surety/confirm_withdrawal", "Confirms a withdrawal with another key than the one that asked for it", KeyScopes.Withdraw, 2,
            [Id, Text("command", "A signed ApproveWithdrawal command, base64; not needed with an API key")], Confirm),
        new("surety/set_withdrawal_rule", "Whether withdrawals need a second key: a demand acts at once, giving it up waits",
            KeyScopes.Admin, 2, [Flag("second_key", "true to demand it")], SetRule) { Signs = true, OwnerWide = true },
        new("surety/get_withdrawal_rules", "The delays of addresses and keys, and the caller's own rule", KeyScopes.Read, 1, [], Rules),
        new("surety/operator_withdrawals", "Withdrawals under way, with the address that each is to be paid to", KeyScopes.Custody, 2, [],
            UnderWay)
        {
            OperatorOnly = true,
        },
    ];

    private async Task Withdrawals(RpcCall call)
    {
        Currency currency = call.Currency(catalog);
        uint account = call.Session.Account;
        int count = (int)call.Integer("count", 10, 1, 1_000);
        int offset = (int)call.Integer("offset", 0, 0, MostEnded);
        // Rows first: one that ends meanwhile is then in both, never in neither.
        List<View> rows = await venue.ReadAsync(l => Of(l.Engine.State, account).Where(w => w.Asset == currency.Number).ToList());
        List<View> ended = Ended(account, count + offset, currency.Number, null);
        List<View> all =
            [.. ended.Concat(rows.Where(r => ended.All(e => e.Id != r.Id))).OrderByDescending(v => v.Id >> 24).Skip(offset).Take(count)];
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

    private async Task AddressBook(RpcCall call)
    {
        Currency currency = call.Currency(catalog);
        uint owner = call.Session.Owner;
        (List<WithdrawalAddress> addresses, long nowNs) =
            await venue.ReadAsync(l => (Addresses(l.Engine.State, owner, currency.Number), l.Engine.State.TimeNs));
        call.Reply(json =>
        {
            json.WriteStartArray();
            addresses.ForEach(a => Write(json, a, currency, nowNs));
            json.WriteEndArray();
        });
    }

    private async Task AddAddress(RpcCall call)
    {
        Currency currency = call.Currency(catalog);
        string text = call.Needed("address");
        string label = call.Text("label");
        if (text.Length > AddressText.Size || text.Any(c => c is < '!' or > '~'))
        {
            throw new RpcException(11090, "invalid_addr", $"address: expected up to {AddressText.Size} printable characters without spaces",
                "address");
        }
        if (label.Length > ShortName.Size || label.Any(c => c is < ' ' or > '~'))
        {
            throw RpcException.BadParam("label", $"label: expected up to {ShortName.Size} printable ASCII characters");
        }
        var command = new AllowAddress { Asset = (ushort)currency.Number, Label = ShortName.From(label), Text = AddressText.From(text) };
        Outcome added = await caller.CarryOutAsync(call, CommandKind.AllowAddress, command);
        (WithdrawalAddress address, long nowNs) =
            await venue.ReadAsync(l => (l.Engine.State.Addresses[(int)added.Created], l.Engine.State.TimeNs));
        call.Reply(json => Write(json, address, currency, nowNs));
    }

    private async Task RemoveAddress(RpcCall call)
    {
        Currency currency = call.Currency(catalog);
        string text = call.Needed("address");
        int row = await RowOf(call.Session.Owner, currency.Number, text);
        if (row < 0)
        {
            throw RpcException.NotFound("address: it is not in the address book");
        }
        await caller.CarryOutAsync(call, CommandKind.RemoveAddress, new RemoveAddress { Address = (uint)row });
        call.Ok();
    }

    private async Task Withdraw(RpcCall call)
    {
        Currency currency = call.Currency(catalog);
        string text = call.Needed("address");
        long atoms = WalletMethods.Atoms(call, currency);
        int row = await RowOf(call.Session.Owner, currency.Number, text);
        if (row < 0)
        {
            throw new RpcException(11090, "invalid_addr",
                "address: it is not in the address book; add it first: private/add_to_address_book", "address");
        }
        // A row is one destination for ever: what the engine pays is what was asked for here.
        var command = new Withdraw { AmountAtoms = atoms, Asset = (ushort)currency.Number, Address = OptionalId.Of((uint)row) };
        Outcome asked = await caller.CarryOutAsync(call, CommandKind.Withdraw, command);
        await Show(call, asked.Created);
    }

    private async Task Cancel(RpcCall call)
    {
        ulong id = IdOf(call);
        await caller.CarryOutAsync(call, CommandKind.CancelWithdrawal, new CancelWithdrawal { WithdrawalId = id });
        await Show(call, id);
    }

    private async Task Confirm(RpcCall call)
    {
        ulong id = IdOf(call);
        if (call.Session.ApiKey is not null)
        {
            await caller.CarryOutAsync(call, CommandKind.ApproveWithdrawal, new ApproveWithdrawal { WithdrawalId = id });
        }
        else
        {
            byte[] record = call.Bytes("command");
            if (!CommandCodec.IsWellFormed(record) || !venue.HasValidSignature(record) || CommandCodec.View<CommandHeader>(record) is var h
                && (h.Kind != CommandKind.ApproveWithdrawal || h.Account != call.Session.Account || h.Key != call.Session.Key
                    || CommandCodec.View<ApproveWithdrawal>(record).WithdrawalId != id))
            {
                const string Expected = "an ApproveWithdrawal command of this account and withdrawal, signed with this session's key";
                throw RpcException.BadParam("command", "command: expected " + Expected);
            }
            RefusalErrors.Accepted((await commands.SubmitAsync(record))[0]);
        }
        await Show(call, id);
    }

    private async Task SetRule(RpcCall call)
    {
        await caller.CarryOutAsync(call, CommandKind.SetWithdrawalRule,
            new SetWithdrawalRule { SecondKey = (ushort)(call.Flag("second_key", true) ? 1 : 0) });
        await Rules(call);
    }

    private async Task Rules(RpcCall call)
    {
        uint owner = call.Session.Owner;
        (WithdrawalTerms terms, OwnerWithdrawals own, long nowNs) = await venue.ReadAsync(l => l.Engine.State is var s && s.HasAddressBook
            ? (s.WithdrawalTerms[0].At(s.TimeNs), s.OwnerWithdrawals[(int)owner], s.TimeNs)
            : throw RpcException.Of(RefusalCode.NoAddressBook, 0));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("address_delay"u8, terms.AddressDelayNs / 1_000_000_000);
            json.WriteNumber("key_delay"u8, terms.KeyDelayNs / 1_000_000_000);
            json.WriteNumber("confirm"u8, terms.ConfirmNs / 1_000_000_000);
            if (terms.NextFromNs != 0)
            {
                json.WriteNumber("next_from"u8, terms.NextFromNs / 1_000_000);
                json.WriteNumber("next_address_delay"u8, terms.NextAddressDelayNs / 1_000_000_000);
                json.WriteNumber("next_key_delay"u8, terms.NextKeyDelayNs / 1_000_000_000);
            }
            json.WriteBoolean("second_key"u8, own.SingleKeyFromNs == 0 || own.SingleKeyFromNs > nowNs);
            if (own.SingleKeyFromNs > nowNs)
            {
                json.WriteNumber("second_key_until"u8, own.SingleKeyFromNs / 1_000_000);
            }
            json.WriteNumber("addresses"u8, own.Addresses);
            json.WriteNumber("most_addresses"u8, venue.State.Genesis.AddressesPerOwner);
            json.WriteNumber("under_way"u8, own.Pending);
            json.WriteNumber("most_under_way"u8, OwnerWithdrawals.MostPending);
            json.WriteEndObject();
        });
    }

    private async Task UnderWay(RpcCall call)
    {
        List<View> rows = await venue.ReadAsync(l => All(l.Engine.State));
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (View w in rows)
            {
                Write(json, w, catalog.Current.Currencies[w.Asset]);
            }
            json.WriteEndArray();
        });
    }

    // What became of one of the account's: its row, or the event that ended it.
    private async Task Show(RpcCall call, ulong id)
    {
        uint account = call.Session.Account;
        View? found = await venue.ReadAsync(l => Of(l.Engine.State, account).FirstOrDefault(w => w.Id == id))
            ?? Ended(account, 1, -1, id).FirstOrDefault();
        View shown = found ?? throw RpcException.NotFound("id: there is no such withdrawal");
        call.Reply(json => Write(json, shown, catalog.Current.Currencies[shown.Asset]));
    }

    private Task<int> RowOf(uint owner, int asset, string text) => venue.ReadAsync(l =>
    {
        IndexedState state = l.Engine.State;
        foreach (int row in state.Derived.Addresses.Of(owner))
        {
            if (state.Addresses[row].Asset == asset && state.Addresses[row].Text.ToString() == text)
            {
                return row;
            }
        }
        return -1;
    });

    private static List<WithdrawalAddress> Addresses(IndexedState state, uint owner, int asset)
    {
        var found = new List<WithdrawalAddress>();
        foreach (int row in state.Derived.Addresses.Of(owner))
        {
            if (state.Addresses[row].Asset == asset && state.Addresses[row].Status == WithdrawalAddress.Allowed)
            {
                found.Add(state.Addresses[row]);
            }
        }
        return found;
    }

    private static List<View> Of(IndexedState state, uint account) =>
        [.. state.Derived.UnderWay.Of(state.Accounts[(int)account].Owner).Select(row => ViewOf(state, row))
            .Where(w => w.Account == account)];

    private static List<View> All(IndexedState state)
    {
        var found = new List<View>();
        for (int row = 0; found.Count < state.Derived.WithdrawalSlots.Taken; row++)
        {
            if (state.Withdrawals[row].Id != 0)
            {
                found.Add(ViewOf(state, row));
            }
        }
        return found;
    }

    private static View ViewOf(IndexedState state, int row)
    {
        ref readonly Withdrawal w = ref state.Withdrawals[row];
        long updatedNs = w.ApprovedNs != 0 ? w.ApprovedNs : w.RequestedNs;
        return new View(w.Id, w.Account, w.Asset, w.AmountAtoms, w.Status, TextOf(state, w.Address), w.RequestedNs, w.ApprovedNs,
            updatedNs);
    }

    private List<View> Ended(uint account, int most, int asset, ulong? id) =>
    [
        .. history.EventsOfAccount(account, most,
            e => e.Kind == EventKind.WithdrawalChanged && MemoryMarshal.Read<WithdrawalChanged>(e.Event) is var w
                && w.Status > WithdrawalStatus.Approved && (asset < 0 || w.Asset == asset)
                    && (id is not { } wanted || w.WithdrawalId == wanted))
            .Select(e => (e.TimeNs, Event: MemoryMarshal.Read<WithdrawalChanged>(e.Event)))
            .Select(e => new View(e.Event.WithdrawalId, account, e.Event.Asset, e.Event.AmountAtoms, e.Event.Status,
                TextOf(venue.State, e.Event.Address), e.Event.RequestedNs, 0, e.TimeNs)),
    ];

    // An address's text never changes, so any thread may read it.
    private static string TextOf(IndexedState state, OptionalId address) =>
        !address.Exists ? "" : state.Addresses[address.Number].Text.ToString();

    private static ulong IdOf(RpcCall call) =>
        ulong.TryParse(call.Needed("id"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw RpcException.NotFound("id: there is no such withdrawal");

    private static void Write(Utf8JsonWriter json, in WithdrawalAddress a, Currency currency, long nowNs)
    {
        json.WriteStartObject();
        json.WriteString("currency"u8, currency.Name);
        json.WriteString("address"u8, a.Text.ToString());
        json.WriteString("label"u8, a.Label.ToString());
        json.WriteString("type"u8, "withdrawal"u8);
        json.WriteString("status"u8, a.ActiveNs <= nowNs ? "confirmed"u8 : "waiting"u8);
        json.WriteNumber("creation_timestamp"u8, a.AllowedNs / 1_000_000);
        json.WriteNumber("waiting_timestamp"u8, a.ActiveNs / 1_000_000);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, View w, Currency currency)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, w.Id.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("account"u8, w.Account);
        json.WriteString("currency"u8, currency.Name);
        json.WriteString("address"u8, w.Address);
        json.WriteDecimal("amount"u8, w.AmountAtoms, currency.Decimals);
        json.WriteNumber("fee"u8, 0);
        json.WriteString("state"u8, w.Status switch
        {
            WithdrawalStatus.Requested => "unconfirmed"u8,
            WithdrawalStatus.Approved => "confirmed"u8,
            WithdrawalStatus.Paid => "completed"u8,
            WithdrawalStatus.Returned => "rejected"u8,
            _ => "cancelled"u8,
        });
        json.WriteString("surety_state"u8, w.Status.ToString().ToLowerInvariant());
        json.WriteNull("transaction_id"u8);
        json.WriteNumber("priority"u8, 1);
        json.WriteNumber("withdrawal"u8, w.Id);
        json.WriteNumber("created_timestamp"u8, w.RequestedNs / 1_000_000);
        if (w.ApprovedNs != 0)
        {
            json.WriteNumber("confirmed_timestamp"u8, w.ApprovedNs / 1_000_000);
        }
        else
        {
            json.WriteNull("confirmed_timestamp"u8);
        }
        json.WriteNumber("updated_timestamp"u8, w.UpdatedNs / 1_000_000);
        json.WriteEndObject();
    }

    // A withdrawal as it is shown.
    private sealed record View(
        ulong Id, uint Account, int Asset, long AmountAtoms, WithdrawalStatus Status, string Address, long RequestedNs, long ApprovedNs,
        long UpdatedNs);
}
