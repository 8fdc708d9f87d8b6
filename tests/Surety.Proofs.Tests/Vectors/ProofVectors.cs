using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Protocol.Blocks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Scenarios;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// Proofs of a page of state, of a command and of an event: what was asked for, the block that is trusted, the proof's bytes.
/// </summary>
internal static class ProofVectors
{
    public static IEnumerable<Vector> All()
    {
        (Ledger earlier, _) = VectorVenue.Called().Follow();
        VectorVenue venue = VectorVenue.Called();
        venue.Report(8_010);
        venue.Venue.Trade(VectorVenue.Other, VectorVenue.Maker, 8_010, 5);
        (Ledger ledger, _) = venue.Follow();
        return [.. OfState(ledger, earlier), .. OfRecords(ledger, earlier)];
    }

    /// <summary>Null where the proof holds.</summary>
    public static string? Judge(byte[] bytes, JsonObject json)
    {
        var trusted = new Hash256(Convert.FromHexString((string)json["block"]!));
        uint at = (uint)json["place"]!;
        if (json["table"] is { } table)
        {
            return PageProof.Read(bytes) is not { } page ? "these are not the bytes of a proof"
                : page.CheckPlace((TableId)(uint)table, at, trusted) is var verdict and not ProofVerdict.Holds ? verdict.ToString() : null;
        }
        var root = (ProvenRoot)(uint)json["log"]!;
        return RecordProof.Read(bytes) is not { } record ? "these are not the bytes of a receipt"
            : record.CheckPlace(root, at, trusted) is var found and not ProofVerdict.Holds ? found.ToString() : null;
    }

    private static IEnumerable<Vector> OfState(Ledger ledger, Ledger earlier)
    {
        PageProof account = Prover.OfRow(ledger, TableId.Accounts, (int)VectorVenue.Taker);
        Vector own = State("account", "an account's row, as the venue gives it", account, TableId.Accounts, VectorVenue.Taker, ledger);
        yield return own;
        Vector Changed(string name, string what, PageProof proof) => State(
            name, what, proof, TableId.Accounts, VectorVenue.Taker, ledger) with
        { Of = own };
        Vector Bytes(string name, string what, byte[] bytes) => Changed(name, what, account) with { Bytes = bytes };
        yield return State(
            "positions", "an account's positions", Prover.ForClient(ledger, TableId.Positions, VectorVenue.Taker), TableId.Positions,
            VectorVenue.Taker, ledger);
        yield return State("pool", "a pool's row", Prover.OfRow(ledger, TableId.Pools, 0), TableId.Pools, 0, ledger);
        yield return State("market", "a market's row", Prover.OfRow(ledger, TableId.Markets, 0), TableId.Markets, 0, ledger);
        yield return State(
            "other-pool", "another pool's page than the one asked for", Prover.OfRow(ledger, TableId.Pools, 1), TableId.Pools, 0, ledger);
        yield return State(
            "other-market", "another market's page than the one asked for", Prover.OfRow(ledger, TableId.Markets, 1), TableId.Markets, 0,
            ledger);
        yield return State(
            "other-account", "another account's page than the one asked for",
            Prover.OfRow(ledger, TableId.Accounts, (int)VectorVenue.Maker), TableId.Accounts, VectorVenue.Taker, ledger);
        yield return State(
            "other-table", "the account's positions where its row was asked for",
            Prover.ForClient(ledger, TableId.Positions, VectorVenue.Taker), TableId.Accounts, VectorVenue.Taker, ledger);
        PageProof before = Prover.OfRow(earlier, TableId.Accounts, (int)VectorVenue.Taker);
        yield return Changed("earlier-block", "the row as of an earlier block", before);
        yield return Changed(
            "retargeted", "the row as of an earlier block, under the trusted block's header", With(before, header: ledger.Last));
        yield return Changed(
            "retargeted-directory", "the same with the trusted block's table directory",
            With(before, header: ledger.Last, directory: account.Directory.ToArray()));
        PageProof maker = Prover.OfRow(ledger, TableId.Accounts, (int)VectorVenue.Maker);
        yield return Changed(
            "renumbered", "another account's page and path, with this one's number", With(maker, place: VectorVenue.Taker));
        yield return Changed("swapped-page", "another account's page on this one's path", With(account, page: maker.Page.ToArray()));
        yield return Changed("swapped-salt", "another page's salt", With(account, salt: maker.Salt.ToArray()));
        yield return Changed("salt-zero", "a salt of zeros", With(account, salt: new byte[16]));
        Hash256[] path = account.Path.ToArray();
        yield return Changed(
            "path-swapped", "the two lowest siblings have changed places", With(account, path: [path[1], path[0], .. path[2..]]));
        yield return Changed("path-dropped", "the highest sibling left out", With(account, path: path[..^1]));
        yield return Changed("path-repeated", "the highest sibling twice", With(account, path: [.. path, path[^1]]));
        yield return Changed("no-page", "no page", With(account, page: []));
        yield return Changed("page-cut", "half of the page", With(account, page: account.Page.ToArray()[..64]));
        byte[] directory = account.Directory.ToArray();
        int entry = StateDirectory.EntrySize;
        yield return Changed(
            "directory-dropped", "the first table left out of the directory", With(account, directory: directory[entry..]));
        yield return Changed(
            "directory-swapped", "two tables of the directory have changed places",
            With(account, directory: [.. directory[entry..(2 * entry)], .. directory[..entry], .. directory[(2 * entry)..]]));
        yield return Twice(account, directory, ledger);
        byte[] longer = [.. directory, .. new byte[8]];
        yield return Forged(
            "directory-tail", "a directory with eight bytes behind its last table, whose hash is the header's",
            With(account, header: ledger.Last with { StateRoot = Hash256.Of(longer) }, directory: longer));
        byte[] whole = account.ToBytes();
        yield return Bytes("cut", "the proof without its last byte", whole[..^1]);
        yield return Bytes("longer", "the proof and a byte more", [.. whole, 0]);
        yield return Bytes("empty", "no bytes", []);
        yield return Bytes("frame-only", "the frame alone", whole[..304]);
        yield return Bytes("old-version", "the version before", Flip(whole, 4, 1));
        yield return Bytes("not-state", "it says that it is of another root", Flip(whole, 264, 1));
        yield return Bytes("reserved", "what must be zero is not", Flip(whole, 266, 1));
        yield return Bytes("page-changed", "one bit of the page changed", Flip(whole, 310, 4));
        yield return Bytes("header-changed", "one bit of the header changed", Flip(whole, 100, 4));
        yield return Bytes(
            "too-many-siblings", "it says that it has 2^27 siblings more, which is no byte more in 32 bits", Flip(whole, 283, 8));
    }

    private static IEnumerable<Vector> OfRecords(Ledger ledger, Ledger earlier)
    {
        int place =
            Enumerable.Range(0, ledger.Engine.Events.Log.Count).First(i => new EventReader(ledger.Engine.Events.Log.Record(i)) is var e
            && e.MoveNext() && e.Kind == EventKind.Trade);
        int plain = place - 1;
        RecordProof placed = Prover.OfEvent(ledger, plain);
        Vector own = Record("event", "an event, as the venue gives it", placed, ProvenRoot.Events, plain, ledger);
        yield return own;
        Vector Changed(string name, string what, RecordProof proof) => Record(
            name, what, proof, ProvenRoot.Events, plain, ledger) with
        { Of = own };
        Vector Bytes(string name, string what, byte[] bytes) => Changed(name, what, placed) with { Bytes = bytes };
        RecordProof command = Prover.OfCommand(ledger, 3);
        yield return Record("command", "a command, as the venue gives it", command, ProvenRoot.Commands, 3, ledger);
        yield return Record(
            "command-for-event", "a command where an event was asked for", Prover.OfCommand(ledger, 3), ProvenRoot.Events, 3, ledger);
        yield return Record(
            "other-event", "another event than the one asked for", Prover.OfEvent(ledger, plain - 1), ProvenRoot.Events, plain, ledger);
        RecordProof neighbour = Prover.OfEvent(ledger, plain - 1);
        yield return Changed("event-renumbered", "another event, with this one's place", With(neighbour, place: (uint)plain));
        yield return Changed(
            "event-swapped", "another event's record with this one's path", With(placed, record: neighbour.Record.ToArray()));
        yield return Changed("event-salt-swapped", "another event's salt", With(placed, salt: neighbour.Salt.ToArray()));
        yield return Changed("event-other-root", "an event that says that it is a command", With(placed, root: ProvenRoot.Commands));
        yield return Changed("event-retargeted", "under an earlier block's header", With(placed, header: earlier.Last));
        Hash256[] others = placed.Others.ToArray();
        yield return Changed(
            "group-swapped", "two commitments of the group have changed places",
            With(placed, others: [others[1], others[0], .. others[2..]]));
        yield return Changed(
            "group-repeated", "a commitment of the group twice", With(placed, others: [others[0], others[0], .. others[2..]]));
        yield return Changed("group-zero", "a commitment of the group left out", With(placed, others: [Hash256.Zero, .. others[1..]]));
        yield return Changed("event-path-repeated", "a sibling more", With(placed, path: [.. placed.Path.ToArray(), Hash256.Zero]));
        yield return Changed("event-no-record", "no record", With(placed, record: []));
        byte[] whole = placed.ToBytes();
        yield return Bytes("event-cut", "the receipt without its last byte", whole[..^1]);
        yield return Bytes("event-longer", "the receipt and a byte more", [.. whole, 0]);
        yield return Bytes("event-old-version", "the version before", Flip(whole, 4, 3));
        yield return Bytes("event-not-a-log", "it says that it is of state", Flip(whole, 264, 1));
        yield return Bytes("event-shown", "an event of one account that says that it is divided", Flip(whole, 266, 4));
        yield return Bytes("event-changed", "one bit of the record changed", Flip(whole, 280 + 16 + 20, 4));
        foreach (
            (string name, ShownSides shown) in (List<(string, ShownSides)>)[("taker", ShownSides.First), ("maker", ShownSides.Second),
                ("both", ShownSides.First | ShownSides.Second), ("neither", ShownSides.None)])
        {
            yield return Record(
                $"trade-{name}", $"a trade of which {name} is shown", Prover.OfEvent(ledger, place, shown), ProvenRoot.Events, place,
                ledger);
        }
        RecordProof trade = Prover.OfEvent(ledger, place, ShownSides.First);
        Vector shownTrade = Record("trade-taker", "", trade, ProvenRoot.Events, place, ledger);
        Vector Side(string name, string what, RecordProof proof) => Record(
            name, what, proof, ProvenRoot.Events, place, ledger) with
        { Of = shownTrade };
        yield return Side(
            "side-swapped", "the taker's salt and the maker's commitment have changed places",
            With(trade, salt: trade.SecondSalt.ToArray(), second: trade.Salt.ToArray()));
        yield return Side(
            "side-swapped-shown", "the same, saying that the maker is shown",
            With(trade, salt: trade.SecondSalt.ToArray(), second: trade.Salt.ToArray(), shown: ShownSides.Divided | ShownSides.Second));
        yield return Side("side-dropped", "the maker's commitment is zero", With(trade, second: new byte[32]));
        byte[] invented = trade.Record.ToArray();
        invented[72] = 9;
        yield return Side("side-invented", "a maker's number where the maker is not shown", With(trade, record: invented));
        yield return Side("side-whole", "a trade that says that it is not divided", With(trade, second: [], shown: ShownSides.None));
        byte[] anothers = trade.Record.ToArray();
        anothers[4] ^= 1;
        yield return Side("side-anothers", "another account as the taker", With(trade, record: anothers));
    }

    private static Vector Twice(PageProof account, byte[] directory, Ledger ledger)
    {
        // A venue that wants to show each reader a page of its choice.
        byte[] page = account.Page.ToArray();
        page[32] ^= 1;
        Hash256 root = MerkleTree.RootFrom(
            Sha256Lanes.HashPage(page, account.Table, account.PageIndex, account.Salt.Span), account.PageIndex, account.Path.Span);
        var entry = new byte[StateDirectory.EntrySize];
        StateDirectory.TryFind(directory, account.Table, out uint pages, out _);
        StateDirectory.Write(entry, account.Table, pages, root);
        byte[] twice = [.. entry, .. directory];
        return Forged(
            "directory-twice", "a directory that lists the table twice, whose hash is the header's",
            With(account, header: ledger.Last with { StateRoot = Hash256.Of(twice) }, directory: twice, page: page));
    }

    private static Vector Forged(string name, string what, PageProof proof) =>
        Of(name, what, proof.ToBytes(), proof.Header.Hash(), VectorVenue.Taker, (uint)TableId.Accounts, null);

    private static Vector State(string name, string what, PageProof proof, TableId table, uint place, Ledger ledger) =>
        Of(name, what, proof.ToBytes(), ledger.Last.Hash(), place, (uint)table, null);

    private static Vector Record(string name, string what, RecordProof proof, ProvenRoot root, int place, Ledger ledger) =>
        Of(name, what, proof.ToBytes(), ledger.Last.Hash(), (uint)place, null, root);

    private static Vector Of(string name, string what, byte[] bytes, Hash256 block, uint place, uint? table, ProvenRoot? log)
    {
        var inputs = new JsonObject { ["block"] = block.ToString(), ["place"] = place };
        inputs[table is null ? "log" : "table"] = table ?? (uint)log!;
        return new Vector(name, what, bytes, inputs);
    }

    private static PageProof With(
        PageProof p, BlockHeader? header = null, uint? place = null, byte[]? salt = null, byte[]? page = null, Hash256[]? path = null,
        byte[]? directory = null) => new()
        {
            Header =
            header ?? p.Header,
            Table =
                p.Table,
            PageIndex = place ?? p.PageIndex,
            Salt = salt ?? p.Salt,
            Page = page ?? p.Page,
            Path = path ?? p.Path,
            Directory = directory ?? p.Directory,
        };

    private static RecordProof With(
        RecordProof r, BlockHeader? header =
            null, ProvenRoot? root = null, uint? place = null, ShownSides? shown = null, byte[]? salt = null, byte[]? second = null,
        byte[]? record = null, Hash256[]? others = null, Hash256[]? path = null) => new()
        {
            Header = header ?? r.Header,
            Root = root ?? r.Root,
            Place = place ?? r.Place,
            Shown = shown ?? r.Shown,
            Salt = salt ?? r.Salt,
            SecondSalt = second ?? r.SecondSalt,
            Record = record ?? r.Record,
            Others = others ?? r.Others,
            Path = path ?? r.Path,
        };

    private static byte[] Flip(byte[] bytes, int at, byte bits)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= bits;
        return changed;
    }
}
