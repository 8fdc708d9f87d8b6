using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Scenarios;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// Margin call certificates: real ones, and what a customer who was called, or a server between him and the venue, may make of them. The
/// header is true in all of them.
/// </summary>
internal sealed class CertificateVectors
{
    // The call, two positions and a coin.
    private const int Own = 4;

    private readonly VectorVenue _venue;
    private readonly Ledger _ledger;
    private readonly Ledger _earlier;
    private readonly MarginCallCertificate _made;
    private readonly Vector _own;

    private CertificateVectors()
    {
        (_earlier, _) = VectorVenue.Called().Follow();
        _venue = VectorVenue.Crashed();
        (_ledger, List<MarginCallCertificate> calls) = _venue.Follow();
        _made = calls[0];
        _own = Of("cross", "two positions and a coin, as the venue gives it", _made.ToBytes());
    }

    public static IEnumerable<Vector> All() => new CertificateVectors().Make();

    /// <summary>Null where the certificate proves the call.</summary>
    public static string? Judge(byte[] bytes, JsonObject json)
    {
        if (MarginCallCertificate.Read(bytes, out string reason) is not { } certificate)
        {
            return reason;
        }
        CertificateVerdict verdict = certificate.Check(new Hash256(Convert.FromHexString((string)json["block"]!)), (uint)json["account"]!);
        return verdict.Holds ? null : verdict.Reason;
    }

    private IEnumerable<Vector> Make()
    {
        yield return _own;
        (_, List<MarginCallCertificate> calls) = _venue.Follow();
        Vector isolated = Of("isolated", "an isolated position, as the venue gives it", calls[1].ToBytes(), account: VectorVenue.Isolated);
        yield return isolated;
        byte[] whole = _own.Bytes;
        yield return Of("other-account", "the call of another account than the reader asked for", whole, account: VectorVenue.Maker);
        yield return Of("other-block", "a reader who trusts an earlier block", whole, block: _earlier.Last.Hash());
        IEnumerable<Vector>[] changed = [Reports(), Events(), Around(), Pages(), Forms(whole)];
        foreach (Vector vector in changed.SelectMany(v => v))
        {
            yield return vector with { Of = _own };
        }
        foreach (Vector vector in new ForgedCertificates(_ledger, _made, calls[1], _own).All())
        {
            yield return vector;
        }
    }

    private IEnumerable<Vector> Reports()
    {
        List<ReadOnlyMemory<byte>> reports = [.. _made.Reports];
        yield return Of("report-repeated", "the last report again", With(reports: [.. reports, reports[^1]]));
        yield return Of(
            "report-repeated-for-another", "one report in another's place", With(reports: [reports[0], reports[0], .. reports.Skip(2)]));
        yield return Of("report-dropped", "a report left out: another median", With(reports: reports.Skip(1)));
        yield return Of("reports-below-quorum", "all reports but one left out", With(reports: reports.Take(1)));
        yield return Of("reports-none", "no reports", With(reports: []));
        yield return Of(
            "reports-swapped", "two reports have changed places, which says nothing",
            With(reports: [reports[1], reports[0], .. reports.Skip(2)]));
        yield return Of(
            "report-stamp", "a report's stamp of the sequencer, which its source has not signed",
            With(reports: [Flip(reports[0], 8), .. reports.Skip(1)]));
        yield return Of("report-price", "one bit of a reported price changed", With(reports: [Flip(reports[0], 50), .. reports.Skip(1)]));
        yield return Of(
            "report-signature", "one bit of a report's signature changed", With(reports: [Flip(reports[0], 100), .. reports.Skip(1)]));
        ReportPrice genuine = MemoryMarshal.Read<ReportPrice>(reports[0].Span);
        byte[] superseded = _venue.Venue.Records.First(r => r.Length == reports[0].Length
            && CommandCodec.View<CommandHeader>(r) is { Kind: CommandKind.ReportPrice } h && h.Key == genuine.Header.Key);
        yield return Of(
            "report-superseded", "an earlier report of a source in place of the one that was in use",
            With(reports: [superseded, .. reports.Skip(1)]));
        byte[] Report(ReportPrice report, VectorSigner? by = null)
        {
            byte[] record = MemoryMarshal.AsBytes([report]).ToArray();
            return by is null ? _venue.Signed(report.Header.Key, record) : _venue.SignedBy(by, record);
        }
        yield return Of(
            "report-stranger", "a report signed by a key that is no source's",
            With(reports: [Report(genuine, new VectorSigner("stranger")), .. reports.Skip(1)]));
        yield return Of(
            "report-other-index", "a report on an index that the account does not depend on",
            With(reports: [.. reports, Report(genuine with { Index = 1 })]));
        yield return Of(
            "report-late", "a report that was sequenced after the call", With(reports: [Report(Later(genuine)), .. reports.Skip(1)]));
        yield return Of(
            "report-old", "a report of its source that was too old when the account was called",
            With(reports: [Report(genuine with { ObservedNs = genuine.ObservedNs - 200_000_000_000 }), .. reports.Skip(1)]));
        yield return Of(
            "report-future", "a report of its source that was observed after the call",
            With(reports: [Report(genuine with { ObservedNs = genuine.ObservedNs + 2_000_000_000 }), .. reports.Skip(1)]));
        CommandHeader otherKind = genuine.Header;
        otherKind.Kind = CommandKind.PostBond;
        yield return Of(
            "report-other-kind", "another command of a source, of a report's length",
            With(reports: [Report(genuine with { Header = otherKind }), .. reports.Skip(1)]));
        CommandHeader otherKey = genuine.Header;
        otherKey.Key = 0;
        yield return Of(
            "report-other-key", "a report that names a key that is no source's",
            With(reports: [Report(genuine with { Header = otherKey }, new VectorSigner("stranger")), .. reports.Skip(1)]));
    }

    private IEnumerable<Vector> Events()
    {
        RecordProof[] events = [.. _made.Events];
        yield return Of("event-repeated", "the second position again", With(events: [.. events[..3], events[2], .. events[3..]]));
        yield return Of("event-dropped", "the second position left out", With(events: [.. events[..2], .. events[3..]]));
        yield return Of("coin-dropped", "the coin left out", With(events: [.. events[..3], .. events[4..]]));
        yield return Of(
            "events-swapped", "the two positions have changed places", With(events: [events[0], events[2], events[1], .. events[3..]]));
        yield return Of(
            "event-before", "the event before the call in front of it",
            With(events: [Prover.OfEvent(_ledger, (int)events[0].Place - 1), .. events]));
        yield return Of("events-none", "a call without events", With(events: []));
        yield return Of(
            "event-of-a-command", "a command's proof among the events", With(events: [.. events[..^1], Prover.OfCommand(_ledger, 0)]));
        yield return Of("events-not-the-first", "the positions without the call", With(events: events[1..]));
    }

    // Those that lead from the call to the account's end: two marks before it; then trades, transfers and balances.
    private IEnumerable<Vector> Around()
    {
        RecordProof[] own = [.. _made.Events.Take(Own)];
        RecordProof[] around = [.. _made.Events.Skip(Own)];
        RecordProof Again(RecordProof e, ShownSides shown) => Prover.OfEvent(_ledger, (int)e.Place, shown);
        int trade = Array.FindIndex(around, e => MemoryMarshal.Read<EventHeader>(e.Record.Span).Kind == EventKind.Trade);
        yield return Of("around-none", "nothing of what came after the call", With(events: own));
        yield return Of(
            "around-trade-dropped", "a trade after the call left out",
            With(events: [.. own, .. around[..trade], .. around[(trade + 1)..]]));
        yield return Of("around-last-dropped", "the last event after the call left out", With(events: [.. own, .. around[..^1]]));
        yield return Of(
            "around-trade-repeated", "a trade after the call twice", With(events: [.. own, .. around[..(trade + 1)], .. around[trade..]]));
        yield return Of(
            "around-swapped", "two events after the call have changed places",
            With(events: [.. own, .. around[..^2], around[^1], around[^2]]));
        yield return Of("around-own", "the call once more behind its events", With(events: [.. own, .. around, own[0]]));
        yield return Of(
            "around-stranger", "an event that does not concern the account",
            With(events: [.. own, Prover.OfEvent(_ledger, 0), .. around]));
        yield return Of(
            "around-side", "a trade of which the other side is shown",
            With(events: [.. own, .. around[..trade], Again(around[trade], ShownSides.Second), .. around[(trade + 1)..]]));
        yield return Of(
            "around-mark-dropped", "the mark's announcement left out, the mark being the same at the block's end",
            With(events: [.. own, .. around[1..]]));
    }

    private IEnumerable<Vector> Pages()
    {
        List<PageProof> pages = [.. _made.Proofs];
        PageProof Page(TableId table, int row) => Prover.OfRow(_ledger, table, row);
        IEnumerable<PageProof> Without(TableId table) => pages.Where(p => p.Table != (uint)table);
        IEnumerable<PageProof> Instead(TableId table, int row) => [.. Without(table), Page(table, row)];
        int perAccount = _ledger.Engine.State.PositionsPerAccount;
        yield return Of("account-page-dropped", "the account's row left out", With(pages: Without(TableId.Accounts)));
        yield return Of("position-page-dropped", "the account's positions left out", With(pages: Without(TableId.Positions)));
        yield return Of("index-page-dropped", "the index left out", With(pages: Without(TableId.Indexes)));
        yield return Of("key-pages-dropped", "the sources' keys left out", With(pages: Without(TableId.PublicKeys)));
        yield return Of(
            "account-page-of-another", "another account's row in its place",
            With(pages: Instead(TableId.Accounts, (int)VectorVenue.Maker)));
        yield return Of(
            "position-page-of-another", "another account's positions in their place",
            With(pages: Instead(TableId.Positions, (int)VectorVenue.Maker * perAccount)));
        yield return Of("index-page-of-another", "another index in its place", With(pages: Instead(TableId.Indexes, 1)));
        yield return Of("market-page-dropped", "the markets left out", With(pages: Without(TableId.Markets)));
        yield return Of(
            "market-page-of-another", "another market in one's place",
            With(pages: [.. pages.Where(p => p.Table != (uint)TableId.Markets || p.PageIndex != 1), Page(TableId.Markets, 0)]));
        yield return Of("pool-page-dropped", "the pool left out", With(pages: Without(TableId.Pools)));
        yield return Of("pool-page-of-another", "another pool in its place", With(pages: Instead(TableId.Pools, 1)));
        yield return Of("asset-pages-dropped", "the assets left out", With(pages: Without(TableId.Assets)));
        yield return Of(
            "page-repeated", "the account's row twice", With(pages: [.. pages, Page(TableId.Accounts, (int)VectorVenue.Taker)]));
        yield return Of(
            "page-of-a-stranger", "another account's row beside the account's own",
            With(pages: [.. pages, Page(TableId.Accounts, (int)VectorVenue.Maker)]));
        yield return Of(
            "pages-swapped", "two pages have changed places, which says nothing", With(pages: [pages[1], pages[0], .. pages.Skip(2)]));
        yield return Of(
            "page-of-an-earlier-block", "the account's row as of an earlier block",
            With(pages: [.. Without(TableId.Accounts), Prover.OfRow(_earlier, TableId.Accounts, (int)VectorVenue.Taker)]));
        yield return Of(
            "page-cut", "half of the account's row",
            With(pages: [.. Without(TableId.Accounts), Cut(Page(TableId.Accounts, (int)VectorVenue.Taker))]));
        yield return Of(
            "retargeted", "every part under an earlier block's header, which is the one that is trusted",
            Retargeted(_earlier.Last).ToBytes(), block: _earlier.Last.Hash());
    }

    private IEnumerable<Vector> Forms(byte[] whole)
    {
        yield return Of("cut", "the file without its last byte", whole[..^1]);
        yield return Of("cut-half", "half of the file", whole[..(whole.Length / 2)]);
        yield return Of("empty", "no bytes", []);
        yield return Of("longer", "the file and a byte more", [.. whole, 0]);
        yield return Of("digest", "one bit of the digest changed", Mended(whole, whole.Length - 1, 1, mend: false));
        yield return Of("old-version", "the version before, the digest mended", Mended(whole, 4, 1));
        yield return Of("reserved", "what must be zero is not, the digest mended", Mended(whole, 14, 1));
        yield return Of(
            "counts", "an event fewer and a page more in the frame, the digest mended",
            Mended(Mended(whole, 8, (byte)(whole[8] ^ (whole[8] - 1))), 10, (byte)(whole[10] ^ (whole[10] + 1))));
        yield return Of("length", "a part's length that reaches beyond the file, the digest mended", Mended(whole, 19, 0x7F));
        yield return Of(
            "report-more", "a report more in the frame than in the file, the digest mended",
            Mended(whole, 12, (byte)(whole[12] ^ (whole[12] + 1))));
    }

    private byte[] With(
        IEnumerable<RecordProof>? events =
            null, IEnumerable<PageProof>? pages = null, IEnumerable<ReadOnlyMemory<byte>>? reports = null) => new MarginCallCertificate
            {
                Header =
            _made.Header,
                Events =
                [.. events ?? _made.Events],
                Proofs = [.. pages ?? _made.Proofs],
                Reports = [.. reports ?? _made.Reports],
            }.ToBytes();

    private MarginCallCertificate Retargeted(BlockHeader header) => new()
    {
        Header = header,
        Events = [.. _made.Events.Select(r => new RecordProof
        {
            Header =
                header, Root =
                    r.Root, Place =
                        r.Place, Shown =
                            r.Shown, Salt = r.Salt, SecondSalt = r.SecondSalt, Record = r.Record, Others = r.Others, Path = r.Path,
        })],
        Proofs =
            [.. _made.Proofs.Select(p =>
                new PageProof { Header = header, Table = p.Table, PageIndex = p.PageIndex, Salt = p.Salt, Page = p.Page, Path = p.Path,
                    Directory = p.Directory })],
        Reports = _made.Reports,
    };

    private Vector Of(string name, string what, byte[] bytes, uint account = VectorVenue.Taker, Hash256? block = null) =>
        new(
            name, what, bytes, new JsonObject { ["block"] = (block ?? _ledger.Last.Hash()).ToString(), ["account"] = account },
            bytes == _own?.Bytes ? _own : null);

    private static ReportPrice Later(ReportPrice report)
    {
        report.Header.Sequence += 1_000;
        return report;
    }

    private static PageProof Cut(PageProof p) => new()
    {
        Header =
            p.Header,
        Table =
                p.Table,
        PageIndex = p.PageIndex,
        Salt = p.Salt,
        Page = p.Page[..64],
        Path = p.Path,
        Directory = p.Directory,
    };

    private static ReadOnlyMemory<byte> Flip(ReadOnlyMemory<byte> bytes, int at)
    {
        byte[] changed = bytes.ToArray();
        changed[at] ^= 1;
        return changed;
    }

    private static byte[] Mended(byte[] bytes, int at, byte bits, bool mend = true)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= bits;
        if (mend)
        {
            SHA256.HashData(changed.AsSpan(0, changed.Length - 32)).CopyTo(changed, changed.Length - 32);
        }
        return changed;
    }
}
