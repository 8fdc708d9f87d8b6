using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>Blocks, and proofs against their headers: for auditors.</summary>
internal sealed class ProofMethods(
    VenueReader venue, InstrumentCatalog catalog, RecentHistory history, BlockStore blocks, KeptCertificates certificates)
{
    public IEnumerable<RpcMethod> All() =>
    [
        new("surety/get_blocks", "Headers of sealed blocks, newest first", KeyScopes.None, 2,
            [Integer("from", "From this height downward"), Integer("count", "At most so many, to 1,000")], Blocks),
        new("surety/get_receipt",
            "Proves a command of one's own and one of its events, by the command's number; of others' only what concerns the whole venue",
            KeyScopes.None, 10,
            [Integer("sequence", "The command", required: true), Text("trade_id", "The trade, if it is one that is to be proved"),
            Text("event", "Or a kind of event, for example MarginCalled; the first by default"),
            Integer("account", "The account that the event is about")], Receipt),
        new("surety/get_account_proof", "Proves an account and its positions against the next block", KeyScopes.Read, 20,
            [Integer("account", "Another account of the owner's; for the operator, any")], AccountProof),
        new("surety/get_margin_calls", "One's margin calls, and whether there is a certificate", KeyScopes.Read, 2, [],
            c => AllMethods.Done(() => Calls(c))),
        new("surety/get_certificate", "A margin call's certificate: everything its arithmetic rests on, with proofs", KeyScopes.Read, 10,
            [Integer("sequence", "The command that led to it", required: true)], c => AllMethods.Done(() => Certificate(c))),
        new("surety/search", "What there is under a number: block, command, order, trade or account", KeyScopes.None, 20,
            [Text("text", "A number, or a block's hash", required: true)], Search),
    ];

    private async Task Blocks(RpcCall call)
    {
        List<BlockHeader> headers =
            await blocks.HeadersAsync((ulong)call.Integer("from", long.MaxValue, 0), (int)call.Integer("count", 20, 1, 1_000))
            ?? throw new RpcException(10040, "retry",
                "headers as old as these are read from the journal, once a second; try again")
            { WaitMs = 1_000 };
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (BlockHeader header in headers)
            {
                EventViews.Block(json, in header, blocks.SealOf(header.Height));
            }
            json.WriteEndArray();
        });
    }

    private async Task Receipt(RpcCall call)
    {
        ulong sequence = (ulong)call.Integer("sequence", 0, 1);
        string trade = call.Text("trade_id");
        ulong tradeId = trade.Length == 0 ? 0 : TradingMethods.Id(trade, "trade_id");
        EventKind? kind = call.Has("event")
            ? Enum.TryParse(call.Text("event"), out EventKind k)
            ? k
            : throw RpcException.BadParam("event", "event: there is no such kind; see docs/protocol.md")
            : null;
        long account = call.Integer("account", -1);
        // Executing a journal again is work that a stranger cannot ask for.
        bool isKnown = call.Caller is not null;
        StoredBlock? block = await blocks.OfCommandAsync(sequence, mayRebuild: isKnown);
        if (block is null)
        {
            BlockHeader last = blocks.Last;
            throw !isKnown && sequence < last.FirstSequence + last.CommandCount
                ? RpcException.Forbidden($"sequence: command {sequence} is older than the blocks that are at hand for who is not logged in")
                : NotSealed(sequence);
        }
        int commandAt = block.FindCommand(sequence);
        bool isOwnCommand = IsOwn(call, CommandCodec.View<CommandHeader>(block.Commands.AsSpan(commandAt)).Account);
        int eventAt = block.FindEvent((found, bytes) =>
        {
            EventHeader header = System.Runtime.InteropServices.MemoryMarshal.Read<EventHeader>(bytes.Span);
            return header.Sequence == sequence
                && (kind is null || found == kind)
                && (tradeId == 0
                    || (found == EventKind.Trade
                    && System.Runtime.InteropServices.MemoryMarshal.Read<Trade>(bytes.Span).TradeId == tradeId))
                && MaySee(call, found, in header, bytes.Span, account);
        });
        if (!isOwnCommand && eventAt < 0)
        {
            // The same answer whether there is such an event or not.
            throw RpcException.Forbidden(
                $"sequence: command {sequence} and what you ask for of it concern others; a "
                + $"receipt goes to the account concerned, log in as that");
        }
        RecordProof? proof = eventAt < 0 ? null : block.ProveEvent(eventAt, Sides(call, block.EventAt(eventAt)));
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("sequence"u8, sequence);
            json.WriteNumber("height"u8, block.Header.Height);
            json.WriteString("block"u8, block.Header.Hash().ToString());
            if (isOwnCommand)
            {
                json.WriteBase64String("command_proof"u8, block.ProveCommand(commandAt).ToBytes());
            }
            if (eventAt >= 0)
            {
                json.WriteString("event"u8,
                    System.Runtime.InteropServices.MemoryMarshal.Read<EventHeader>(block.Events.AsSpan(eventAt)).Kind.ToString());
                json.WriteBase64String("event_proof"u8, proof!.ToBytes());
            }
            json.WriteEndObject();
        });
    }

    // The operator, or who is logged in for the account or one of the same owner's. See docs/privacy.md.
    private bool IsOwn(RpcCall call, uint account) =>
        call.Caller is { } session && (session.Scopes & KeyScopes.Read) != 0
            && (session.IsOperator || session.MayActFor(account, venue.State));

    // The account that is asked for is compared only with what the caller may see: else asking for one after the other would tell whose the
    // other side is.
    private bool MaySee(RpcCall call, EventKind kind, in EventHeader header, ReadOnlySpan<byte> bytes, long asked)
    {
        // A changed balance is its owner's alone: the other account has such an event of its own.
        uint? other = kind == EventKind.BalanceChanged ? null : OtherSide(bytes);
        bool first = (asked < 0 || asked == header.Account) && ((IsVenueEvent(kind) && header.Account == 0) || IsOwn(call, header.Account));
        return first || (other is { } account && (asked < 0 || asked == account) && IsOwn(call, account));
    }

    // Which sides of an event between two accounts a receipt shows: the caller's own.
    private ShownSides Sides(RpcCall call, ReadOnlySpan<byte> bytes)
    {
        if (RecordSides.Of(PagedLog.EventContext, bytes) is not { } sides)
        {
            return ShownSides.None;
        }
        return (IsOwn(call, sides.AccountOf(0, bytes)) ? ShownSides.First : 0)
            | (IsOwn(call, sides.AccountOf(1, bytes)) ? ShownSides.Second : 0);
    }

    // The second account of an event between two.
    private static uint? OtherSide(ReadOnlySpan<byte> bytes) => RecordSides.Of(PagedLog.EventContext, bytes)?.AccountOf(1, bytes);

    // What happens to the whole venue or a market, and says nothing of any account.
    private static bool IsVenueEvent(EventKind kind) => kind is
        EventKind.IndexChanged or EventKind.MarkChanged or EventKind.IndexStateChanged or EventKind.MarketStatusChanged
            or EventKind.AuctionIndicated
        or EventKind.AuctionUncrossed or EventKind.TermsChanged or EventKind.MarketSettled or EventKind.ContractListed
            or EventKind.ContractEnded;

    private static RpcException NotSealed(ulong sequence) =>
        new(10040, "retry",
            $"command {sequence} is in no sealed block yet, or there is none; blocks are sealed every second")
        { WaitMs = 1_000 };

    private async Task AccountProof(RpcCall call)
    {
        uint account = (uint)call.Integer("account", call.Session.Account, 0, uint.MaxValue);
        if (account >= (uint)venue.State.Counts.Accounts || (!call.Session.IsOperator && !call.Session.MayActFor(account, venue.State)))
        {
            throw RpcException.Forbidden($"account: {account} is not yours");
        }
        (PageProof row, PageProof positions) = await venue.ReadAsync(
            l => (Prover.ForClient(l, TableId.Accounts, account), Prover.ForClient(l, TableId.Positions, account)), atBlock: true);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("account"u8, account);
            json.WriteNumber("height"u8, row.Header.Height);
            json.WriteString("block"u8, row.Header.Hash().ToString());
            json.WriteBase64String("account_proof"u8, row.ToBytes());
            json.WriteBase64String("positions_proof"u8, positions.ToBytes());
            json.WriteEndObject();
        });
    }

    private void Calls(RpcCall call)
    {
        uint account = call.Session.Account;
        List<EventRow> rows = history.EventsOfAccount(account, 100, e => e.Kind == EventKind.MarginCalled);
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (EventRow row in rows)
            {
                MarginCalled called = System.Runtime.InteropServices.MemoryMarshal.Read<MarginCalled>(row.Event);
                bool kept = certificates.TryFind(row.Sequence, account, out MarginCallCertificate? certificate);
                json.WriteStartObject();
                json.WriteNumber("sequence"u8, row.Sequence);
                json.WriteNumber("timestamp"u8, row.TimeNs / 1_000_000);
                json.WriteDecimal("equity"u8, called.EquityAtoms, Decimals);
                json.WriteDecimal("maintenance_margin"u8, called.MaintenanceAtoms, Decimals);
                json.WriteString("certificate"u8,
                    certificate is not null ? "ready"u8 : called.ByModel != 0 ? "by_model"u8 : kept ? "none"u8 : "in_journal"u8);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private int Decimals => catalog.Current.Currencies[0].Decimals;

    private void Certificate(RpcCall call)
    {
        ulong sequence = (ulong)call.Integer("sequence", 0, 1);
        BlockHeader last = blocks.Last;
        if (sequence >= last.FirstSequence + last.CommandCount)
        {
            throw NotSealed(sequence);
        }
        if (!certificates.TryFind(sequence, call.Session.Account, out MarginCallCertificate? certificate) || certificate is null)
        {
            throw RpcException.NotFound(
                "sequence: there is no certificate at hand; one that rests on other contracts than calls and "
                + "puts has none, an old one is made from the journal by ./surety margin-calls");
        }
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("sequence"u8, sequence);
            json.WriteNumber("height"u8, certificate.Header.Height);
            json.WriteString("block"u8, certificate.Header.Hash().ToString());
            json.WriteBase64String("certificate"u8, certificate.ToBytes());
            json.WriteEndObject();
        });
    }

    private async Task Search(RpcCall call)
    {
        string text = call.Needed("text").Trim();
        bool isNumber =
            ulong.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture,
                out ulong number);
        BlockHeader block = Hash256.TryParse(text, out Hash256 hash) ? blocks.Find(hash)
            : isNumber ? blocks.Headers(number, 1).FirstOrDefault(h => h.Height == number) : default;
        StoredBlock? ofCommand = isNumber ? await blocks.OfCommandAsync(number, mayRebuild: call.Caller is not null) : null;
        OrderRow? order = isNumber ? history.Order(number) : null;
        bool isAccount = isNumber && number < (ulong)venue.State.Counts.Accounts;
        call.Reply(json =>
        {
            json.WriteStartObject();
            if (block.Height != 0)
            {
                json.WritePropertyName("block"u8);
                EventViews.Block(json, in block, blocks.SealOf(block.Height));
            }
            if (ofCommand is not null)
            {
                CommandHeader header = CommandCodec.View<CommandHeader>(ofCommand.Commands.AsSpan(ofCommand.FindCommand(number)));
                json.WriteStartObject("command"u8);
                json.WriteNumber("sequence"u8, number);
                json.WriteNumber("height"u8, ofCommand.Header.Height);
                json.WriteString("block"u8, ofCommand.Header.Hash().ToString());
                if (IsOwn(call, header.Account))
                {
                    json.WriteString("kind"u8, header.Kind.ToString());
                    json.WriteNumber("account"u8, header.Account);
                    json.WriteNumber("key"u8, header.Key);
                    json.WriteNumber("timestamp"u8, header.TimeNs / 1_000_000);
                    json.WriteStartArray("events"u8);
                    var events = new EventReader(ofCommand.Events);
                    while (events.MoveNext())
                    {
                        if (events.As<EventHeader>().Sequence == number)
                        {
                            json.WriteStringValue(events.Kind.ToString());
                        }
                    }
                    json.WriteEndArray();
                }
                json.WriteEndObject();
            }
            if (order is not null && IsOwn(call, order.Account))
            {
                json.WritePropertyName("order"u8);
                Views.Order(json, order, catalog.Current.All[order.Market]);
            }
            if (isAccount)
            {
                json.WriteNumber("account"u8, number);
            }
            json.WriteEndObject();
        });
    }
}
