using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Rows;

namespace Surety.Engine.State;

/// <summary>
/// One kind of state: rows of a fixed layout in memory taken in advance, cut into pages, each page a leaf of the table's
/// Merkle tree. The bytes of a row in memory are its bytes in a snapshot and in a proof (little-endian). Writing a row
/// marks its page; <see cref="UpdateRoot"/> rehashes only marked pages and the paths above them. A page's hash is salted
/// (<see cref="PageSalts"/>); a page never used has the hash zero, which tells nothing but that.
/// </summary>
public abstract class Table
{
    private readonly MerkleTree _tree = new();
    private int[] _dirtyPages = new int[256];
    private byte[] _salts;
    private int _salted;
    private Hash256 _secret;

    private protected Table(TableId id, int rowBytes, int rowsPerPage, int capacity)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Surety's state is laid out little-endian; this processor is not.");
        }
        Id = id;
        RowBytes = rowBytes;
        RowsPerPage = rowsPerPage;
        Capacity = (capacity + rowsPerPage - 1) / rowsPerPage * rowsPerPage;
        PageBytes = rowBytes * rowsPerPage;
        Dirty = new byte[Capacity / rowsPerPage];
        _salts = new byte[Dirty.Length * PageSalts.SaltBytes];
    }

    /// <summary>Which table.</summary>
    public TableId Id { get; }

    /// <summary>Bytes of a row.</summary>
    public int RowBytes { get; }

    /// <summary>Rows in a page, a power of two.</summary>
    public int RowsPerPage { get; }

    /// <summary>Bytes of a page: one leaf.</summary>
    public int PageBytes { get; }

    /// <summary>Rows there is room for, whole pages.</summary>
    public int Capacity { get; private protected set; }

    /// <summary>Pages up to the last one that was ever written to: the leaves of the tree. Grows, never shrinks.</summary>
    public int PageCount { get; private protected set; }

    /// <summary>Rows of the pages in use.</summary>
    public int Rows => PageCount * RowsPerPage;

    /// <summary>The bytes of all pages in use.</summary>
    public ReadOnlySpan<byte> Pages => AllBytes()[..(PageCount * PageBytes)];

    private protected byte[] Dirty { get; private set; }

    /// <summary>Rehashes what was written since the last call and returns the root; zero for an untouched table.</summary>
    public Hash256 UpdateRoot()
    {
        _tree.Grow(PageCount);
        if (_salted < PageCount)
        {
            PageSalts.Write(_secret, (uint)Id, _salted,
                _salts.AsSpan(_salted * PageSalts.SaltBytes, (PageCount - _salted) * PageSalts.SaltBytes));
            _salted = PageCount;
        }
        ReadOnlySpan<byte> marks = Dirty.AsSpan(0, PageCount);
        int count = 0;
        int at = 0;
        while (true)
        {
            int next = marks[at..].IndexOfAnyExcept((byte)0);
            if (next < 0)
            {
                break;
            }
            at += next;
            if (count == _dirtyPages.Length)
            {
                Array.Resize(ref _dirtyPages, count * 2);
            }
            _dirtyPages[count++] = at++;
        }
        if (count > 0)
        {
            ReadOnlySpan<int> pages = _dirtyPages.AsSpan(0, count);
            Sha256Lanes.HashPages(AllBytes(), PageBytes, (uint)Id, pages, _tree.Leaves, _salts);
            _tree.Update(pages);
            Dirty.AsSpan(0, PageCount).Clear();
        }
        return _tree.Root;
    }

    /// <summary>The siblings of a page, as of the last <see cref="UpdateRoot"/>.</summary>
    public Hash256[] Path(int page) => _tree.Path(page);

    /// <summary>The salt of a page, as of the last <see cref="UpdateRoot"/>.</summary>
    public ReadOnlySpan<byte> Salt(int page) =>
        _salts.AsSpan(0, _salted * PageSalts.SaltBytes).Slice(page * PageSalts.SaltBytes, PageSalts.SaltBytes);

    /// <summary>Sets the secret that salts are made from, before anything is hashed.</summary>
    internal void SaltWith(Hash256 secret) => _secret = secret;

    /// <summary>Replaces the table's content with saved pages and marks all of it for hashing.</summary>
    /// <exception cref="ArgumentException">Not whole pages, or more than there is room for.</exception>
    public void Load(ReadOnlySpan<byte> pages)
    {
        if (pages.Length % PageBytes != 0 || pages.Length > AllBytes().Length)
        {
            throw new ArgumentException($"Table {Id}: {pages.Length} bytes are not whole pages of {PageBytes} within {Capacity} rows.",
                nameof(pages));
        }
        pages.CopyTo(AllBytes());
        AllBytes()[pages.Length..(PageCount * PageBytes < pages.Length ? pages.Length : PageCount * PageBytes)].Clear();
        PageCount = pages.Length / PageBytes;
        Dirty.AsSpan(0, PageCount).Fill(1);
    }

    /// <summary>Takes memory for more rows; those there are stay as they are. No reference to a row may be held meanwhile.</summary>
    internal abstract void Grow(int capacity);

    private protected void GrowPages(int rows)
    {
        byte[] dirty = Dirty;
        Array.Resize(ref dirty, rows / RowsPerPage);
        Dirty = dirty;
        Array.Resize(ref _salts, dirty.Length * PageSalts.SaltBytes);
        Capacity = rows;
    }

    private protected abstract Span<byte> AllBytes();

    // Pages that are passed over become leaves like the one that is written, so that the root depends on the rows alone.
    private protected void Extend(int page)
    {
        Dirty.AsSpan(PageCount, page + 1 - PageCount).Fill(1);
        PageCount = page + 1;
    }
}

/// <inheritdoc cref="Table"/>
/// <typeparam name="T">The row.</typeparam>
public sealed class Table<T> : Table
    where T : unmanaged
{
    private T[] _rows;
    private readonly int _pageShift;

    /// <param name="id">Which table.</param>
    /// <param name="capacity">Rows to take memory for.</param>
    /// <param name="rowsPerPage">A power of two.</param>
    public Table(TableId id, int capacity, int rowsPerPage)
        : base(id, Unsafe.SizeOf<T>(), rowsPerPage, capacity)
    {
        _rows = GC.AllocateArray<T>(Capacity, pinned: true);
        _pageShift = int.Log2(rowsPerPage);
    }

    /// <summary>A row to read.</summary>
    public ref readonly T this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _rows[row];
    }

    /// <summary>A row to write: its page will be hashed again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Write(int row)
    {
        int page = row >> _pageShift;
        if (page >= PageCount)
        {
            Extend(page);
        }
        Dirty[page] = 1;
        return ref _rows[row];
    }

    /// <summary>Touches rows without changing them, so that pages that will be used exist from here on.</summary>
    public void Claim(int firstRow, int rows)
    {
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            Write(row);
        }
    }

    internal override void Grow(int capacity)
    {
        int rows = (capacity + RowsPerPage - 1) / RowsPerPage * RowsPerPage;
        if (rows > Capacity)
        {
            // Who reads from another thread sees the old rows or the new ones; the capacity follows.
            T[] grown = GC.AllocateArray<T>(rows, pinned: true);
            _rows.CopyTo(grown, 0);
            _rows = grown;
            GrowPages(rows);
        }
    }

    private protected override Span<byte> AllBytes() => MemoryMarshal.AsBytes(_rows.AsSpan());
}
