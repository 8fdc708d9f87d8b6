using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Blocks;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;

namespace Surety.Replay.Proving;

/// <summary>
/// Makes a certificate for each margin call, following a ledger command by command: one that executes a journal again, or the one that
/// runs.
/// </summary>
public sealed class MarginCalls : ISequencerWatch
{
    private readonly Dictionary<(ushort Index, uint Key), byte[]> _latest = [];
    private readonly Dictionary<ushort, byte[][]> _used = [];
    private TermsBefore? _terms;
    private readonly List<(int Offset, ulong Sequence, uint Account, byte[][] Reports)> _pending = [];

    /// <summary>
    /// Told, right after a block is sealed, of each margin call in it: command, account, and the certificate, where there can be one.
    /// </summary>
    public Action<ulong, uint, MarginCallCertificate?>? Certified { get; init; }

    /// <summary>
    /// Every margin call in a journal, or one account's, with the command that led to it. Without a certificate where it rests on
    /// what the verifier, who needs no engine, cannot compute again: docs/decisions/0050.
    /// </summary>
    public static IEnumerable<(ulong Sequence, uint Account, MarginCallCertificate? Certificate)> Certify(string directory, uint? account)
    {
        using JournalExecution execution = JournalExecution.Begin(directory);
        var found = new List<(ulong, uint, MarginCallCertificate?)>();
        var calls = new MarginCalls
        {
            Certified = (sequence, called, certificate) =>
            {
                if (account is null || called == account)
                {
                    found.Add((sequence, called, certificate));
                }
            },
        };
        while (execution.MoveNext())
        {
            if (execution.IsCommand)
            {
                calls.Executed(execution.Ledger, execution.Walk.Payload, execution.Code, marginCalled: true, termsChanged: false);
            }
            if (execution.IsSealed)
            {
                calls.BlockSealed(execution.Ledger);
                foreach ((ulong, uint, MarginCallCertificate?) one in found)
                {
                    yield return one;
                }
                found.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public void Executed(Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, bool marginCalled, bool termsChanged)
    {
        CommandHeader header = CommandCodec.View<CommandHeader>(record);
        if (header.Kind == CommandKind.ReportPrice && code == RefusalCode.None)
        {
            _latest[(CommandCodec.View<ReportPrice>(record).Index, header.Key)] = record.ToArray();
        }
        else if (!marginCalled)
        {
            return;
        }
        var events = new EventReader(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom);
        while (events.MoveNext())
        {
            if (events.Kind == EventKind.IndexChanged)
            {
                // Those that were fresh when the price was published.
                ushort index = events.As<IndexChanged>().Index;
                PriceIndex terms = ledger.Engine.State.Indexes[index];
                _used[index] =
                    [.. _latest.Where(l => l.Key.Index == index && PriceSourceIsFresh(terms, l.Value)).OrderBy(l => l.Key.Key)
                        .Select(l => l.Value)];
            }
            else if (events.Kind == EventKind.MarginCalled)
            {
                EventHeader called = events.As<EventHeader>();
                int offset = ledger.Engine.Events.Log.Bytes.Length - RestOf(ledger, events);
                _pending.Add((offset, called.Sequence, called.Account, [.. _used.Values.SelectMany(r => r)]));
            }
        }
    }

    /// <inheritdoc/>
    public void BlockSealed(Ledger ledger)
    {
        if (_pending.Count > 0)
        {
            var block = new CertifiedBlock(ledger, _terms, _pending.Select(p => p.Account).ToHashSet());
            foreach ((int offset, ulong sequence, uint called, byte[][] reports) in _pending)
            {
                Certified?.Invoke(sequence, called, block.Certify(offset, reports));
            }
            _pending.Clear();
        }
        _terms = TermsBefore.Of(ledger);
    }

    /// <inheritdoc/>
    public void RoundEnded(Ledger ledger)
    {
    }

    /// <summary>Forgets the calls of the block being made: the venue is opened again.</summary>
    public void Forget()
    {
        _pending.Clear();
        _terms = null;
    }

    private static int RestOf(Ledger ledger, EventReader events)
    {
        _ = ledger.Engine.Events.Log.Bytes.Overlaps(events.Current, out int offset);
        return ledger.Engine.Events.Log.Bytes.Length - offset;
    }

    private static bool PriceSourceIsFresh(PriceIndex index, byte[] record) =>
        index.TimeNs - CommandCodec.View<ReportPrice>(record).ObservedNs <= index.MaxAgeMs * 1_000_000L;
}
