using System;
using System.Collections.Generic;

namespace Surety.Engine.Indexes;

/// <summary>
/// Rows in ascending order of (key, row), in leaves of at most <see cref="LeafRows"/>: adding and removing cost a binary search
/// and a move within one leaf. The order depends on what is in it alone, not on how it came in.
/// </summary>
internal sealed class RankedRows(Stack<RankedRows.Leaf> spare)
{
    /// <summary>Most rows of a leaf.</summary>
    public const int LeafRows = 128;

    private Leaf[] _leaves = new Leaf[4];

    // The first of each leaf, side by side: a search for a leaf reads these, and of the leaves only the one it ends at.
    private (long Key, int Row)[] _firsts = new (long, int)[4];
    private int _leafCount;

    /// <summary>Rows in all.</summary>
    public int Count { get; private set; }

    /// <summary>Some rows that follow each other.</summary>
    internal sealed class Leaf
    {
        public readonly long[] Keys = new long[LeafRows];
        public readonly int[] Rows = new int[LeafRows];
        public int Count;
    }

    /// <summary>A place in the order; good until something is added or removed.</summary>
    public struct Cursor
    {
        public int Leaf;
        public int At;
    }

    /// <summary>Tells the rows before a point of the order from those after it.</summary>
    public interface IAhead
    {
        /// <summary>Whether a row is before the point. True for a beginning of the order, false for the rest.</summary>
        bool IsAhead(long key, int row);
    }

    private readonly struct Before(long key, int row) : IAhead
    {
        public bool IsAhead(long otherKey, int otherRow) => otherKey != key ? otherKey < key : otherRow < row;
    }

    /// <summary>Adds a row that is not in it.</summary>
    public void Add(long key, int row)
    {
        Count++;
        if (_leafCount == 0)
        {
            InsertLeaf(0);
        }
        Cursor at = Find(new Before(key, row));
        Leaf leaf = _leaves[at.Leaf];
        if (leaf.Count == LeafRows)
        {
            Leaf upper = InsertLeaf(at.Leaf + 1);
            Move(leaf, LeafRows / 2, upper, 0, LeafRows / 2);
            (leaf.Count, upper.Count) = (LeafRows / 2, LeafRows / 2);
            NoteFirst(at.Leaf + 1);
            if (at.At > leaf.Count)
            {
                (leaf, at) = (upper, new Cursor { Leaf = at.Leaf + 1, At = at.At - leaf.Count });
            }
        }
        Move(leaf, at.At, leaf, at.At + 1, leaf.Count - at.At);
        (leaf.Keys[at.At], leaf.Rows[at.At]) = (key, row);
        leaf.Count++;
        NoteFirst(at.Leaf);
    }

    /// <summary>Takes a row out; false when it was not in it.</summary>
    public bool Remove(long key, int row)
    {
        if (!TryFind(key, row, out Cursor at))
        {
            return false;
        }
        Count--;
        Leaf leaf = _leaves[at.Leaf];
        leaf.Count--;
        Move(leaf, at.At + 1, leaf, at.At, leaf.Count - at.At);
        if (leaf.Count == 0)
        {
            RemoveLeaf(at.Leaf);
            return true;
        }
        NoteFirst(at.Leaf);
        if (at.Leaf + 1 < _leafCount && leaf.Count + _leaves[at.Leaf + 1].Count <= LeafRows / 2)
        {
            // Leaves that emptied are joined, so that there are never many more of them than rows need.
            Leaf next = _leaves[at.Leaf + 1];
            Move(next, 0, leaf, leaf.Count, next.Count);
            leaf.Count += next.Count;
            RemoveLeaf(at.Leaf + 1);
        }
        return true;
    }

    /// <summary>Whether a row is in it under a key.</summary>
    public bool Contains(long key, int row) => TryFind(key, row, out _);

    /// <summary>How many rows are before a point. Costs one addition for each leaf before it.</summary>
    public int CountAhead<T>(in T point)
        where T : struct, IAhead
    {
        if (_leafCount == 0)
        {
            return 0;
        }
        Cursor at = Find(point);
        int count = at.At;
        for (int i = 0; i < at.Leaf; i++)
        {
            count += _leaves[i].Count;
        }
        return count;
    }

    /// <summary>The row at a place; false at the end.</summary>
    public bool TryRead(ref Cursor at, out long key, out int row)
    {
        if (at.Leaf < _leafCount && at.At == _leaves[at.Leaf].Count)
        {
            at = new Cursor { Leaf = at.Leaf + 1 };
        }
        if (at.Leaf >= _leafCount)
        {
            (key, row) = (0, -1);
            return false;
        }
        Leaf leaf = _leaves[at.Leaf];
        (key, row) = (leaf.Keys[at.At], leaf.Rows[at.At]);
        return true;
    }

    /// <summary>The row some places after one, in the same leaf; false when the leaf ends before.</summary>
    public bool TryPeek(in Cursor at, int ahead, out int row)
    {
        bool isThere = at.Leaf < _leafCount && at.At + ahead < _leaves[at.Leaf].Count;
        row = isThere ? _leaves[at.Leaf].Rows[at.At + ahead] : -1;
        return isThere;
    }

    /// <summary>Replaces everything by rows that are in order already.</summary>
    public void Load(ReadOnlySpan<(long Key, int Row)> ordered)
    {
        while (_leafCount > 0)
        {
            RemoveLeaf(_leafCount - 1);
        }
        Count = ordered.Length;
        // Three quarters full, so that the next additions do not split every leaf.
        for (int from = 0; from < ordered.Length; from += LeafRows * 3 / 4)
        {
            Leaf leaf = InsertLeaf(_leafCount);
            leaf.Count = Math.Min(LeafRows * 3 / 4, ordered.Length - from);
            for (int i = 0; i < leaf.Count; i++)
            {
                (leaf.Keys[i], leaf.Rows[i]) = ordered[from + i];
            }
            NoteFirst(_leafCount - 1);
        }
    }

    private bool TryFind(long key, int row, out Cursor at)
    {
        at = default;
        if (_leafCount == 0)
        {
            return false;
        }
        at = Find(new Before(key, row));
        return TryRead(ref at, out long foundKey, out int foundRow) && foundKey == key && foundRow == row;
    }

    // Where the rows before a point end, within the leaf that holds the last of them.
    private Cursor Find<T>(in T point)
        where T : struct, IAhead
    {
        int low = 0;
        int high = _leafCount - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = point.IsAhead(_firsts[middle].Key, _firsts[middle].Row) ? (middle, high) : (low, middle - 1);
        }
        Leaf found = _leaves[low];
        int from = 0;
        int to = found.Count;
        while (from < to)
        {
            int middle = (from + to) / 2;
            (from, to) = point.IsAhead(found.Keys[middle], found.Rows[middle]) ? (middle + 1, to) : (from, middle);
        }
        return new Cursor { Leaf = low, At = from };
    }

    private Leaf InsertLeaf(int at)
    {
        if (_leafCount == _leaves.Length)
        {
            Array.Resize(ref _leaves, _leafCount * 2);
            Array.Resize(ref _firsts, _leafCount * 2);
        }
        Array.Copy(_leaves, at, _leaves, at + 1, _leafCount - at);
        Array.Copy(_firsts, at, _firsts, at + 1, _leafCount - at);
        _leafCount++;
        return _leaves[at] = spare.TryPop(out Leaf? used) ? used : new Leaf();
    }

    private void RemoveLeaf(int at)
    {
        Leaf leaf = _leaves[at];
        leaf.Count = 0;
        spare.Push(leaf);
        _leafCount--;
        Array.Copy(_leaves, at + 1, _leaves, at, _leafCount - at);
        Array.Copy(_firsts, at + 1, _firsts, at, _leafCount - at);
        _leaves[_leafCount] = null!;
    }

    private void NoteFirst(int at) => _firsts[at] = (_leaves[at].Keys[0], _leaves[at].Rows[0]);

    private static void Move(Leaf from, int fromAt, Leaf to, int toAt, int count)
    {
        Array.Copy(from.Keys, fromAt, to.Keys, toAt, count);
        Array.Copy(from.Rows, fromAt, to.Rows, toAt, count);
    }
}
