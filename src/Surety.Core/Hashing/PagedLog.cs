using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Surety.Core.Hashing;

/// <summary>
/// An append-only run of records in pages of 1,024 bytes, with a Merkle root over the pages. A record never
/// straddles two pages: where it would, the rest of the page stays zero. So each page can be read from its own
/// start, and one page with its path proves every record in it. Full pages are hashed sixteen at a time as they
/// come, so that closing a block has little left to do.
/// </summary>
public sealed class PagedLog
{
    /// <summary>Bytes in a page, and the longest record.</summary>
    public const int PageBytes = 1024;

    /// <summary>Tells pages of commands from other pages in leaf digests: "CMMD".</summary>
    public const uint CommandContext = 0x444D4D43;

    /// <summary>The same for pages of events: "EVNT".</summary>
    public const uint EventContext = 0x544E5645;

    private readonly MerkleTree _tree = new();
    private readonly uint _context;
    private byte[] _bytes;
    private int[] _batch = new int[Sha256Lanes.Lanes];
    private int[] _all = [];
    private int _hashedPages;

    /// <param name="context">Tells one log's pages from another's in the leaf digests.</param>
    /// <param name="initialPages">Memory taken in advance; the log doubles when it is full.</param>
    public PagedLog(uint context, int initialPages)
    {
        _context = context;
        _bytes = GC.AllocateArray<byte>(initialPages * PageBytes, pinned: true);
    }

    /// <summary>Bytes used, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Pages begun.</summary>
    public int PageCount => (Length + PageBytes - 1) / PageBytes;

    /// <summary>Everything appended since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Room for one record of <paramref name="bytes"/> bytes, a multiple of eight; the caller writes all of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte Reserve(int bytes)
    {
        int at = Length;
        int pageRest = PageBytes - (at & (PageBytes - 1));
        if (bytes > pageRest || at + bytes > _bytes.Length)
        {
            at = MakeRoom(bytes, pageRest);
        }
        Length = at + bytes;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), (uint)at);
    }

    /// <summary>Appends a record as it stands.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        ref byte destination = ref Reserve(record.Length);
        record.CopyTo(MemoryMarshal.CreateSpan(ref destination, record.Length));
    }

    /// <summary>Hashes the pages that have become full, when there are enough of them to fill the lanes.</summary>
    public void HashFullPages()
    {
        while ((Length / PageBytes) - _hashedPages >= Sha256Lanes.Lanes)
        {
            HashNext(Sha256Lanes.Lanes);
        }
    }

    /// <summary>The root over all pages; the last one counts with its unused rest as zeros. Zero when there is none.</summary>
    public Hash256 Seal()
    {
        int pages = PageCount;
        if (pages == 0)
        {
            return Hash256.Zero;
        }
        _bytes.AsSpan(Length, (pages * PageBytes) - Length).Clear();
        while (_hashedPages < pages)
        {
            HashNext(Math.Min(Sha256Lanes.Lanes, pages - _hashedPages));
        }
        if (_all.Length < pages)
        {
            _all = new int[Math.Max(pages, 1024)];
            for (int i = 0; i < _all.Length; i++)
            {
                _all[i] = i;
            }
        }
        _tree.Update(_all.AsSpan(0, pages));
        return _tree.Root;
    }

    /// <summary>The whole page, its unused rest zero. Only after <see cref="Seal"/>.</summary>
    public ReadOnlySpan<byte> Page(int index) => _bytes.AsSpan(index * PageBytes, PageBytes);

    /// <summary>The siblings of a page. Only after <see cref="Seal"/>.</summary>
    public Hash256[] Path(int page) => _tree.Path(page);

    /// <summary>Empties the log, keeping the memory.</summary>
    public void Clear()
    {
        Length = 0;
        _hashedPages = 0;
        _tree.Clear();
    }

    private void HashNext(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _batch[i] = _hashedPages + i;
        }
        _hashedPages += count;
        _tree.Grow(_hashedPages);
        Sha256Lanes.HashPages(_bytes, PageBytes, _context, _batch.AsSpan(0, count), _tree.Leaves);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int MakeRoom(int bytes, int pageRest)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, PageBytes, nameof(bytes));
        int at = Length;
        if (bytes > pageRest)
        {
            _bytes.AsSpan(at, pageRest).Clear();
            at += pageRest;
        }
        if (at + bytes > _bytes.Length)
        {
            byte[] larger = GC.AllocateArray<byte>(checked(_bytes.Length * 2), pinned: true);
            _bytes.AsSpan(0, at).CopyTo(larger);
            _bytes = larger;
        }
        return at;
    }
}
