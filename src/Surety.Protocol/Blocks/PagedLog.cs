using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Protocol.Blocks;

/// <summary>
/// An append-only run of records, with a Merkle root that lets each of them be shown alone. A record never straddles two pages of
/// 1,024 bytes: where it would, the rest of the page stays zero, so that reading can begin at any page. The tree's leaves are groups of
/// sixteen commitments (<see cref="RecordSalts"/>): a leaf is SHA-256(sixteen commitments ‖ context ‖ group's number), a commitment
/// that is not there being zero. Who is shown a record sees of all others only commitments, and nothing can be guessed from those.
/// Commitments are computed sixteen at a time as records come, so that closing a block has little left to do.
/// </summary>
public sealed class PagedLog
{
    /// <summary>Bytes in a page, and the longest record.</summary>
    public const int PageBytes = 1024;

    /// <summary>Records to a leaf of the tree.</summary>
    public const int GroupRecords = 16;

    /// <summary>Tells commands from other records in salts and leaf digests: "CMMD".</summary>
    public const uint CommandContext = 0x444D4D43;

    /// <summary>The same for events: "EVNT".</summary>
    public const uint EventContext = 0x544E5645;

    // So many records are hashed together: enough that hardly a lane is idle, few enough that they are still in the cache.
    private const int Chunk = 2_048;
    private const int GroupBytes = GroupRecords * Hash256.Size;

    private readonly MerkleTree _tree = new();
    private readonly CommitmentBatch _batch = new();
    private readonly uint _context;
    private byte[] _bytes;
    private long[] _records;
    private Hash256[] _commitments = new Hash256[Chunk];
    private int[] _all = [];
    private int _committed;
    private int _groups;

    /// <param name="context">Tells one log's records from another's.</param>
    /// <param name="initialPages">Memory taken in advance; the log doubles when it is full.</param>
    public PagedLog(uint context, int initialPages)
    {
        _context = context;
        _bytes = GC.AllocateArray<byte>(initialPages * PageBytes, pinned: true);
        _records = new long[initialPages * 16];
    }

    /// <summary>Bytes used, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Records appended.</summary>
    public int Count { get; private set; }

    /// <summary>Everything appended since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The block's secret, from which salts are made.</summary>
    public Hash256 Secret { get; private set; }

    /// <summary>Sets the secret of the block that begins, after <see cref="Clear"/> and before anything is hashed.</summary>
    public void Begin(Hash256 secret)
    {
        Secret = secret;
        _batch.Begin(secret, _context);
    }

    /// <summary>Room for one record of <paramref name="bytes"/> bytes, a multiple of eight; the caller writes all of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte Reserve(int bytes)
    {
        int at = Length;
        int pageRest = PageBytes - (at & (PageBytes - 1));
        if (bytes > pageRest || at + bytes > _bytes.Length || Count >= _records.Length)
        {
            at = MakeRoom(bytes, pageRest);
        }
        _records[Count++] = ((long)at << 16) | (uint)bytes;
        Length = at + bytes;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), (uint)at);
    }

    /// <summary>Appends a record as it stands.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        ref byte destination = ref Reserve(record.Length);
        record.CopyTo(MemoryMarshal.CreateSpan(ref destination, record.Length));
    }

    /// <summary>Commits to the records that have come, when there are enough of them to keep the lanes busy.</summary>
    public void HashAhead()
    {
        while (Count - _committed >= Chunk)
        {
            Commit(_committed + Chunk);
            HashGroups(_committed / GroupRecords);
        }
    }

    /// <summary>The root over all records; zero when there is none.</summary>
    public Hash256 Seal()
    {
        if (Count == 0)
        {
            return Hash256.Zero;
        }
        _bytes.AsSpan(Length, ((Length + PageBytes - 1) / PageBytes * PageBytes) - Length).Clear();
        Commit(Count);
        int groups = (Count + GroupRecords - 1) / GroupRecords;
        _commitments.AsSpan(Count, (groups * GroupRecords) - Count).Clear();
        HashGroups(groups);
        _tree.Update(_all.AsSpan(0, groups));
        return _tree.Root;
    }

    /// <summary>The bytes of a record.</summary>
    public ReadOnlySpan<byte> Record(int place) => _bytes.AsSpan((int)(_records[place] >> 16), (int)(_records[place] & 0xFFFF));

    /// <summary>Which record begins at a byte; −1 for none.</summary>
    public int PlaceOf(int offset)
    {
        (int low, int high) = (0, Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int start = (int)(_records[middle] >> 16);
            if (start == offset)
            {
                return middle;
            }
            (low, high) = start < offset ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }

    /// <summary>The sixteen commitments of a record's group. Only after <see cref="Seal"/>.</summary>
    public ReadOnlySpan<Hash256> Group(int place) => _commitments.AsSpan(place / GroupRecords * GroupRecords, GroupRecords);

    /// <summary>The siblings of a record's group. Only after <see cref="Seal"/>.</summary>
    public Hash256[] Path(int place) => _tree.Path(place / GroupRecords);

    /// <summary>Empties the log, keeping the memory.</summary>
    public void Clear()
    {
        Length = 0;
        Count = 0;
        _committed = 0;
        _groups = 0;
        _tree.Clear();
    }

    private void Commit(int to)
    {
        if (_commitments.Length < to + GroupRecords)
        {
            Array.Resize(ref _commitments, Math.Max(to + GroupRecords, 2 * _commitments.Length));
        }
        _batch.Compute(_bytes, _records, _committed, to, _commitments);
        _committed = to;
    }

    private void HashGroups(int to)
    {
        if (_all.Length < to)
        {
            _all = new int[Math.Max(to, 2 * Math.Max(_all.Length, 512))];
            for (int i = 0; i < _all.Length; i++)
            {
                _all[i] = i;
            }
        }
        _tree.Grow(to);
        Sha256Lanes.HashPages(MemoryMarshal.AsBytes<Hash256>(_commitments), GroupBytes, _context, _all.AsSpan(_groups, to - _groups),
            _tree.Leaves);
        _groups = to;
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
            // What is not written is not read: MakeRoom and Seal clear the rest of a page.
            byte[] larger = GC.AllocateUninitializedArray<byte>(checked(_bytes.Length * 2), pinned: true);
            _bytes.AsSpan(0, at).CopyTo(larger);
            _bytes = larger;
        }
        if (Count >= _records.Length)
        {
            Array.Resize(ref _records, 2 * _records.Length);
        }
        return at;
    }
}
