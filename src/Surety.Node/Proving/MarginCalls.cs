using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Oracles;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Proofs;

namespace Surety.Node.Proving;

/// <summary>Makes a certificate for each margin call in a journal, by executing it again.</summary>
public static class MarginCalls
{
    /// <summary>
    /// Every margin call, or one account's, with the command that led to it. Without a certificate where it rests on a model, which the
    /// verifier, who needs no engine, does not have.
    /// </summary>
    public static IEnumerable<(ulong Sequence, uint Account, MarginCallCertificate? Certificate)> Certify(string directory, uint? account)
    {
        using JournalDirectory opened = JournalDirectory.OpenToRead(directory);
        using var reader = new JournalReader(opened);
        var ledger = new Ledger(Recovery.ReadGenesis(reader));
        var latest = new Dictionary<(ushort Index, uint Key), byte[]>();
        var used = new Dictionary<ushort, byte[][]>();
        var pending = new List<(int Offset, ulong Sequence, uint Account, byte[][] Reports)>();
        while (reader.MoveNext())
        {
            bool sealedNow;
            if (reader.Kind == (uint)RecordKind.BlockHeader)
            {
                sealedNow = ledger.SealNow();
            }
            else if (reader.Kind == (uint)RecordKind.Command)
            {
                byte[] record = reader.Payload.ToArray();
                (RefusalCode code, sealedNow) = ledger.Apply(record);
                Follow(ledger, record, code, latest, used, pending);
            }
            else
            {
                continue;
            }
            if (sealedNow)
            {
                foreach ((int offset, ulong sequence, uint called, byte[][] reports) in pending.Where(p => account is null || p.Account == account))
                {
                    yield return (sequence, called, Make(ledger, offset, called, reports));
                }
                pending.Clear();
            }
        }
    }

    private static void Follow(
        Ledger ledger, byte[] record, RefusalCode code, Dictionary<(ushort Index, uint Key), byte[]> latest, Dictionary<ushort, byte[][]> used,
        List<(int Offset, ulong Sequence, uint Account, byte[][] Reports)> pending)
    {
        CommandHeader header = CommandCodec.View<CommandHeader>(record);
        if (header.Kind == CommandKind.ReportPrice && code == RefusalCode.None)
        {
            latest[(CommandCodec.View<ReportPrice>(record).Index, header.Key)] = record;
        }
        var events = new EventReader(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom);
        while (events.MoveNext())
        {
            if (events.Kind == EventKind.IndexChanged)
            {
                // Those that were fresh when the price was published.
                ushort index = events.As<IndexChanged>().Index;
                PriceIndex terms = ledger.Engine.State.Indexes[index];
                used[index] = [.. latest.Where(l => l.Key.Index == index && PriceSourceIsFresh(terms, l.Value)).OrderBy(l => l.Key.Key).Select(l => l.Value)];
            }
            else if (events.Kind == EventKind.MarginCalled)
            {
                EventHeader called = events.As<EventHeader>();
                int offset = ledger.Engine.Events.Log.Bytes.Length - RestOf(ledger, events);
                pending.Add((offset, called.Sequence, called.Account, [.. used.Values.SelectMany(r => r)]));
            }
        }
    }

    private static int RestOf(Ledger ledger, EventReader events)
    {
        _ = ledger.Engine.Events.Log.Bytes.Overlaps(events.Current, out int offset);
        return ledger.Engine.Events.Log.Bytes.Length - offset;
    }

    private static bool PriceSourceIsFresh(PriceIndex index, byte[] record) =>
        index.TimeNs - CommandCodec.View<ReportPrice>(record).ObservedNs <= index.MaxAgeMs * 1_000_000L;

    private static MarginCallCertificate? Make(Ledger ledger, int offset, uint account, byte[][] reports)
    {
        ReadOnlySpan<byte> log = ledger.Engine.Events.Log.Bytes;
        var events = new EventReader(log, offset);
        events.MoveNext();
        MarginCalled called = events.As<MarginCalled>();
        if (called.ByModel != 0)
        {
            return null;
        }
        var indexes = new SortedSet<ushort>();
        int end = offset + events.Current.Length;
        for (int i = 0; i < called.Positions + called.Collaterals && events.MoveNext(); i++)
        {
            indexes.Add(events.Kind == EventKind.MarginCallPosition ? events.As<MarginCallPosition>().Index : events.As<MarginCallCollateral>().Index);
            log.Overlaps(events.Current, out int at);
            end = at + events.Current.Length;
        }
        var proofs = new List<PageProof>();
        int firstPage = offset / PagedLog.PageBytes;
        for (int page = firstPage; page * PagedLog.PageBytes < end; page++)
        {
            proofs.Add(Prover.OfEvents(ledger, page * PagedLog.PageBytes));
        }
        byte[][] relevant = [.. reports.Where(r => indexes.Contains(CommandCodec.View<ReportPrice>(r).Index))];
        proofs.AddRange(indexes.Select(i => Prover.OfRow(ledger, TableId.Indexes, i)));
        proofs.AddRange(relevant.Select(r => CommandCodec.View<CommandHeader>(r).Key).Distinct().Select(key => Prover.OfRow(ledger, TableId.PublicKeys, (int)key)));
        proofs.Add(Prover.OfRow(ledger, TableId.Accounts, (int)account));
        proofs.Add(Prover.OfRow(ledger, TableId.Positions, (int)account * ledger.Engine.State.PositionsPerAccount));
        return new MarginCallCertificate
        {
            Header = ledger.Last,
            EventOffset = offset - (firstPage * PagedLog.PageBytes),
            Proofs = proofs,
            Reports = [.. relevant.Select(r => (ReadOnlyMemory<byte>)r)],
        };
    }
}
