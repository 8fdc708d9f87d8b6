using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Proofs.CertificateFlawException;

namespace Surety.Proofs;

/// <summary>
/// What a certificate carries, once every part is known to lead to the block. Each part is handed out by what it is, and must be asked
/// for: a part that nothing rests on is refused, so that there is one certificate of a call and nothing of others in it.
/// </summary>
internal sealed class CertificateParts
{
    // What may be proved as of the block before: the venue's own rows only.
    private static readonly TableId[] OfTerms =
        [TableId.Assets, TableId.Pools, TableId.Indexes, TableId.Markets, TableId.Surfaces, TableId.ContractTexts];

    private readonly Dictionary<(uint Table, uint Page, bool Before), ReadOnlyMemory<byte>> _pages = [];
    private readonly HashSet<(uint Table, uint Page, bool Before)> _wanted = [];
    private readonly IReadOnlyList<RecordProof> _events;
    private readonly HashSet<int> _used = [];
    private int _own;

    public CertificateParts(MarginCallCertificate certificate, Hash256 block)
    {
        BlockHeader header = certificate.Header;
        _events = certificate.Events;
        IsFirstBlock = header.Height == 1;
        Require(header.Hash() == block, $"it is about block {header.Hash()}, not {block}");
        foreach (PageProof proof in certificate.Proofs)
        {
            bool before = proof.Header.Hash() == header.Previous;
            Require(!before || OfTerms.Contains((TableId)proof.Table), $"a page of table {proof.Table} is of the block before");
            ProofVerdict verdict = proof.Check(before ? header.Previous : block);
            Require(verdict == ProofVerdict.Holds, $"a page of table {proof.Table} does not lead to block {block}: {verdict}");
            Require(_pages.TryAdd((proof.Table, proof.PageIndex, before), proof.Page), $"a page of table {proof.Table} stands twice");
        }
        foreach (RecordProof e in _events)
        {
            ProofVerdict verdict = e.Check(block);
            Require(
                e.Root == ProvenRoot.Events && verdict == ProofVerdict.Holds,
                $"event {e.Place} does not lead to block {block}: {verdict}");
        }
    }

    /// <summary>Whether there is no block before: then nothing can be compared with what stood there.</summary>
    public bool IsFirstBlock { get; }

    /// <summary>The call's own place among the block's events, and that of its last event.</summary>
    public (uint First, uint Last) Places => (_events[0].Place, _events[_own - 1].Place);

    /// <summary>The next event of the call itself.</summary>
    public T Next<T>(EventKind kind)
        where T : unmanaged
    {
        Require(_own < _events.Count, "its events end before the margin call does");
        RecordProof proof = _events[_own];
        Require(proof.Place == _events[0].Place + (uint)_own, "its events do not follow each other");
        ReadOnlySpan<byte> bytes = proof.Record.Span;
        EventHeader header = bytes.Length == Unsafe.SizeOf<T>() ? MemoryMarshal.Read<EventHeader>(bytes) : default;
        Require(header.Kind == kind && header.Length == bytes.Length, "its events are not those of one margin call");
        _used.Add(_own++);
        return MemoryMarshal.Read<T>(bytes);
    }

    /// <summary>Says that the call's own events have been read; the others must stand in order of place, none twice.</summary>
    public void EndOwn()
    {
        for (int i = _own; i < _events.Count; i++)
        {
            Require(_events[i].Place < Places.First || _events[i].Place > Places.Last, "an event of the margin call stands twice");
            Require(i == _own || _events[i].Place > _events[i - 1].Place, "its other events are not in order");
        }
    }

    /// <summary>The events before the call, or behind it, that concern something, in order.</summary>
    public List<T> Others<T>(EventKind kind, bool before, Func<T, ShownSides, bool> concerns)
        where T : unmanaged => [.. OtherPlaces(kind, before, concerns).Select(o => o.Event)];

    /// <summary>The same with their places.</summary>
    public List<(uint Place, ShownSides Shown, T Event)> OtherPlaces<T>(EventKind kind, bool before, Func<T, ShownSides, bool> concerns)
        where T : unmanaged
    {
        var found = new List<(uint, ShownSides, T)>();
        for (int i = _own; i < _events.Count; i++)
        {
            RecordProof proof = _events[i];
            ReadOnlySpan<byte> bytes = proof.Record.Span;
            if (proof.Place < Places.First == before && bytes.Length == Unsafe.SizeOf<T>()
                && MemoryMarshal.Read<EventHeader>(bytes).Kind == kind)
            {
                T e = MemoryMarshal.Read<T>(bytes);
                if (concerns(e, proof.Shown))
                {
                    _used.Add(i);
                    found.Add((proof.Place, proof.Shown, e));
                }
            }
        }
        return found;
    }

    /// <summary>A row that is one page, after the block, or null.</summary>
    public T? After<T>(TableId table, uint page)
        where T : unmanaged => Row<T>(table, page, before: false);

    /// <summary>The same as of the block before, or null.</summary>
    public T? Before<T>(TableId table, uint page)
        where T : unmanaged => Row<T>(table, page, before: true);

    /// <summary>What is there of a row, at most two states of it; at least one.</summary>
    public List<T> Rows<T>(TableId table, uint page, string what)
        where T : unmanaged
    {
        var rows = new List<T>();
        foreach (T? row in (ReadOnlySpan<T?>)[After<T>(table, page), Before<T>(table, page)])
        {
            if (row is { } there)
            {
                rows.Add(there);
            }
        }
        Require(rows.Count > 0, $"{what} is not in it");
        return rows;
    }

    /// <summary>The bytes of a page after the block; empty where it is not there.</summary>
    public ReadOnlyMemory<byte> Page(TableId table, uint page) => Find(table, page, before: false);

    /// <summary>Refuses what nothing has asked for.</summary>
    public void EndAll()
    {
        Require(_used.Count == _events.Count, "it holds events that the margin call does not rest on");
        Require(_wanted.Count == _pages.Count, "it holds pages that the margin call does not rest on");
    }

    private T? Row<T>(TableId table, uint page, bool before)
        where T : unmanaged => Find(table, page, before) is { Length: > 0 } bytes && bytes.Length == Unsafe.SizeOf<T>()
            ? MemoryMarshal.Read<T>(bytes.Span) : null;

    private ReadOnlyMemory<byte> Find(TableId table, uint page, bool before)
    {
        if (!_pages.TryGetValue(((uint)table, page, before), out ReadOnlyMemory<byte> bytes))
        {
            return default;
        }
        _wanted.Add(((uint)table, page, before));
        return bytes;
    }
}
