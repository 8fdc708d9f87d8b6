using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// A block of a venue that lies: its events or pages are changed and every root is made again, so that all paths lead to the header, which
/// the reader trusts. What remains to be found is that the parts say different things.
/// </summary>
internal sealed class ForgedBlock
{
    private readonly Ledger _ledger;
    private readonly MarginCallCertificate _made;
    private readonly List<byte[]> _events;
    private readonly int _first;
    private readonly Dictionary<(uint Table, uint Page), byte[]> _pages = [];
    private readonly Dictionary<byte[], ShownSides> _shown;

    /// <param name="ledger">Right behind the block.</param>
    /// <param name="made">A true certificate of a call in it.</param>
    public ForgedBlock(Ledger ledger, MarginCallCertificate made)
    {
        (_ledger, _made, _first) = (ledger, made, (int)made.Events[0].Place);
        _events = [.. Enumerable.Range(0, ledger.Engine.Events.Log.Count).Select(i => ledger.Engine.Events.Log.Record(i).ToArray())];
        MarginCalled called = MemoryMarshal.Read<MarginCalled>(_events[_first]);
        _shown = made.Events.Skip(Own(called)).ToDictionary(e => _events[(int)e.Place], e => e.Shown);
    }

    public delegate void Change<T>(ref T value);

    /// <summary>Changes one of the call's own events: 0 the call, then its positions and coins.</summary>
    public ForgedBlock Event<T>(int own, Change<T> change)
        where T : unmanaged
    {
        T e = MemoryMarshal.Read<T>(_events[_first + own]);
        change(ref e);
        _events[_first + own] = MemoryMarshal.AsBytes([e]).ToArray();
        return this;
    }

    /// <summary>Makes the last announcement of a market's mark before the call say so many ticks more.</summary>
    public ForgedBlock Announced(ushort market, long more)
    {
        int at = _events.FindLastIndex(
            _first,
            e => MemoryMarshal.Read<EventHeader>(e).Kind == EventKind.MarkChanged && MemoryMarshal.Read<MarkChanged>(e).Market == market);
        MemoryMarshal.Cast<byte, MarkChanged>(_events[at].AsSpan())[0].MarkTicks += more;
        return this;
    }

    /// <summary>Leaves one of the call's own events out.</summary>
    public ForgedBlock Drop(int own)
    {
        _events.RemoveAt(_first + own);
        return this;
    }

    /// <summary>Puts one of the call's own events there once more.</summary>
    public ForgedBlock Repeat(int own)
    {
        _events.Insert(_first + own + 1, [.. _events[_first + own]]);
        return this;
    }

    /// <summary>Changes a row of a page.</summary>
    public ForgedBlock Page<T>(TableId table, uint page, Change<T> change, int row = 0)
        where T : unmanaged
    {
        Table rows = Array.Find(_ledger.Engine.State.Tables, t => t.Id == table)!;
        byte[] bytes = _pages.TryGetValue(((uint)table, page), out byte[]? before) ? before
            : rows.Pages.Slice((int)page * rows.PageBytes, rows.PageBytes).ToArray();
        change(ref MemoryMarshal.Cast<byte, T>(bytes.AsSpan())[row]);
        _pages[((uint)table, page)] = bytes;
        return this;
    }

    /// <summary>Makes the sums follow from the terms as they are now stated, so that the arithmetic finds nothing.</summary>
    public ForgedBlock AddUp()
    {
        MarginCalled called = MemoryMarshal.Read<MarginCalled>(_events[_first]);
        (long equity, long maintenance) = (called.BalanceAtoms, 0);
        for (int i = 1; i <= called.Positions; i++)
        {
            Event(i, (ref MarginCallPosition e) =>
            {
                e.UnrealisedAtoms =
                    (e.Lots * e.MarkTicks * e.AtomsPerTickLot) - e.EntryCostAtoms - (e.Lots * (e.FundingIndex - e.EntryFundingIndex));
                e.MaintenanceAtoms = Rounding.PpmCeiling(
                    Math.Abs(e.Lots) * Math.Max(
                        Math.Abs(e.MarkTicks), e.MarginFloorTicks) * e.AtomsPerTickLot, e.MaintenancePpm) - e.DeductionAtoms;
                (equity, maintenance) = (equity + e.UnrealisedAtoms, maintenance + e.MaintenanceAtoms);
            });
        }
        for (int i = 1 + called.Positions; i <= called.Positions + called.Collaterals; i++)
        {
            Event(i, (ref MarginCallCollateral e) =>
            {
                long whole = (long)((Int128)Math.Min(e.AmountAtoms, e.CapAtoms) * e.Price / FixedDecimal.PowerOfTen((int)e.ScaleDecimals));
                e.ValueAtoms = Rounding.PpmFloor(whole, 1_000_000 - e.HaircutPpm);
                equity += e.ValueAtoms;
            });
        }
        return Event(0, (ref MarginCalled c) => (c.EquityAtoms, c.MaintenanceAtoms) = (equity, maintenance));
    }

    /// <summary>The certificate that the lying venue gives, and its block.</summary>
    public (MarginCallCertificate Certificate, Hash256 Block) Build()
    {
        var log = new PagedLog(PagedLog.EventContext, 1);
        log.Begin(_ledger.Secret);
        _events.ForEach(e => log.Append(e));
        byte[] directory = _ledger.Engine.State.Directory();
        var trees = new Dictionary<uint, MerkleTree>();
        foreach (uint id in _pages.Keys.Select(p => p.Table).Distinct())
        {
            trees[id] = Tree(id);
            StateDirectory.TryFind(directory, id, out uint count, out _);
            foreach (int at in Enumerable.Range(
                0, directory.Length / StateDirectory.EntrySize).Select(i => i * StateDirectory.EntrySize)
                    .Where(at => BitConverter.ToUInt32(directory, at) == id))
            {
                StateDirectory.Write(directory.AsSpan(at), id, count, trees[id].Root);
            }
        }
        BlockHeader header =
            _ledger.Last with { EventsRoot = log.Seal(), EventCount = (ulong)log.Count, StateRoot = Hash256.Of(directory) };
        MarginCalled called = MemoryMarshal.Read<MarginCalled>(_events[_first]);
        var made = new MarginCallCertificate
        {
            Header = header,
            Events =
            [
                .. Enumerable.Range(_first, Own(called)).Select(place => Prover.OfLog(in header, log, ProvenRoot.Events, place)),
                .. Enumerable.Range(0, _events.Count).Where(i => _shown.ContainsKey(_events[i])).Select(i => Prover.OfLog(
                    in header, log, ProvenRoot.Events, i, _shown[_events[i]])),
            ],
            Proofs = [.. _made.Proofs.Select(p => p.Header.Hash() == header.Previous ? p : new PageProof
            {
                Header = header, Table = p.Table, PageIndex = p.PageIndex, Salt = p.Salt, Directory = directory,
                Page = _pages.TryGetValue((p.Table, p.PageIndex), out byte[]? forged) ? forged : p.Page,
                Path = trees.TryGetValue(p.Table, out MerkleTree? tree) ? tree.Path((int)p.PageIndex) : p.Path,
            })],
            Reports = _made.Reports,
        };
        return (made, header.Hash());
    }

    private static int Own(MarginCalled called) => 1 + called.Positions + called.Collaterals + called.Models + called.Nodes;

    // Leaves as they are, but for the pages that are changed; each is the lowest sibling of the one beside it.
    private MerkleTree Tree(uint id)
    {
        Table rows = Array.Find(_ledger.Engine.State.Tables, t => t.Id == (TableId)id)!;
        var tree = new MerkleTree();
        tree.Grow(rows.PageCount);
        for (int page = 0; page < rows.PageCount; page++)
        {
            byte[]? forged = _pages.GetValueOrDefault((id, (uint)page));
            tree.Leaves[page] = forged is null && (page ^ 1) < rows.PageCount ? rows.Path(page ^ 1)[0]
                : Sha256Lanes.HashPage(forged ?? rows.Pages.Slice(page * rows.PageBytes, rows.PageBytes), id, (uint)page, rows.Salt(page));
        }
        tree.Update([.. Enumerable.Range(0, rows.PageCount)]);
        return tree;
    }
}
