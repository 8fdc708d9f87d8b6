using System;

namespace Surety.Core.Hashing;

/// <summary>
/// A binary Merkle tree over a growing row of leaf digests. A node is SHA-256(left ‖ right), 64 bytes; a leaf that
/// is not there yet is thirty-two zero bytes. After leaves have changed, <see cref="Update"/> rehashes only the
/// paths above them, level by level, sixteen nodes at a time. A leaf's own message is never 64 bytes long, so a node
/// cannot be passed off as a leaf.
/// </summary>
public sealed class MerkleTree
{
    /// <summary>Leaves at most 2^30.</summary>
    public const int MaxDepth = 30;

    private static readonly Hash256[] EmptySubtree = MakeEmptySubtrees();

    private Hash256[][] _levels = [new Hash256[1]];
    private int[] _dirty = new int[64];
    private int[] _parents = new int[64];

    /// <summary>Leaves so far.</summary>
    public int Count { get; private set; }

    /// <summary>Levels above the leaves: the least d with 2^d ≥ <see cref="Count"/>.</summary>
    public int Depth { get; private set; }

    /// <summary>The root as of the last <see cref="Update"/>; a single leaf is its own root.</summary>
    public Hash256 Root => _levels[Depth][0];

    /// <summary>The leaf digests, for the owner to write before it calls <see cref="Update"/>.</summary>
    public Span<Hash256> Leaves => _levels[0].AsSpan(0, Count);

    /// <summary>Levels above a number of leaves: the least d with 2^d ≥ <paramref name="leaves"/>.</summary>
    public static int DepthOf(long leaves)
    {
        int depth = 0;
        while (1L << depth < leaves)
        {
            depth++;
        }
        return depth;
    }

    /// <summary>Makes room for leaves up to <paramref name="count"/>; the new ones must be among the next changed ones.</summary>
    public void Grow(int count)
    {
        if (count <= Count)
        {
            return;
        }
        int depth = DepthOf(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaxDepth, nameof(count));
        if (depth >= _levels.Length)
        {
            var levels = new Hash256[depth + 1][];
            for (int level = 0; level <= depth; level++)
            {
                levels[level] = new Hash256[1 << (depth - level)];
                int kept = level < _levels.Length ? _levels[level].Length : 0;
                if (kept > 0)
                {
                    _levels[level].CopyTo(levels[level], 0);
                }
                levels[level].AsSpan(kept).Fill(EmptySubtree[level]);
            }
            _levels = levels;
        }
        Count = count;
        Depth = depth;
    }

    /// <summary>Rehashes what lies above the given leaves. The indexes must ascend.</summary>
    public void Update(ReadOnlySpan<int> changedLeaves)
    {
        int count = changedLeaves.Length;
        if (_dirty.Length < count)
        {
            _dirty = new int[count * 2];
            _parents = new int[count * 2];
        }
        changedLeaves.CopyTo(_dirty);
        for (int level = 0; level < Depth && count > 0; level++)
        {
            int parents = 0;
            int last = -1;
            for (int i = 0; i < count; i++)
            {
                int parent = _dirty[i] >> 1;
                if (parent != last)
                {
                    _parents[parents++] = parent;
                    last = parent;
                }
            }
            Sha256Lanes.HashPairs(_levels[level], _parents.AsSpan(0, parents), _levels[level + 1]);
            (_dirty, _parents) = (_parents, _dirty);
            count = parents;
        }
    }

    /// <summary>Forgets all leaves, keeping the memory.</summary>
    public void Clear()
    {
        for (int level = 0; level < _levels.Length; level++)
        {
            int used = Math.Min((Count >> level) + 1, _levels[level].Length);
            _levels[level].AsSpan(0, used).Fill(EmptySubtree[level]);
        }
        Count = 0;
        Depth = 0;
    }

    /// <summary>The siblings from a leaf up to the root, <see cref="Depth"/> of them.</summary>
    public Hash256[] Path(int leaf)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)leaf, (uint)Count, nameof(leaf));
        var path = new Hash256[Depth];
        for (int level = 0; level < Depth; level++)
        {
            path[level] = _levels[level][(leaf >> level) ^ 1];
        }
        return path;
    }

    /// <summary>The root that a leaf and its siblings lead to.</summary>
    public static Hash256 RootFrom(Hash256 leaf, long index, ReadOnlySpan<Hash256> path)
    {
        Hash256 node = leaf;
        foreach (Hash256 sibling in path)
        {
            node = (index & 1) == 0 ? Hash256.OfPair(node, sibling) : Hash256.OfPair(sibling, node);
            index >>= 1;
        }
        return node;
    }

    private static Hash256[] MakeEmptySubtrees()
    {
        var empty = new Hash256[MaxDepth + 1];
        for (int level = 1; level < empty.Length; level++)
        {
            empty[level] = Hash256.OfPair(empty[level - 1], empty[level - 1]);
        }
        return empty;
    }
}
