using System;
using System.Buffers.Binary;
using Surety.Core.Hashing;

namespace Surety.Protocol.Blocks;

/// <summary>
/// The message whose SHA-256 is a state root: for each table, its number and page count (32-bit, little-endian) and the
/// root of its pages' tree.
/// </summary>
public static class StateDirectory
{
    /// <summary>Bytes for one table.</summary>
    public const int EntrySize = 8 + Hash256.Size;

    /// <summary>Writes one entry.</summary>
    public static void Write(Span<byte> destination, uint table, uint pages, Hash256 root)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, table);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], pages);
        root.CopyTo(destination[8..]);
    }

    /// <summary>Finds a table's page count and root; false when the directory does not list it, or is not a directory.</summary>
    public static bool TryFind(ReadOnlySpan<byte> directory, uint table, out uint pages, out Hash256 root)
    {
        pages = 0;
        root = default;
        if (directory.Length % EntrySize != 0)
        {
            return false;
        }
        for (; !directory.IsEmpty; directory = directory[EntrySize..])
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(directory) == table)
            {
                pages = BinaryPrimitives.ReadUInt32LittleEndian(directory[4..]);
                root = new Hash256(directory.Slice(8, Hash256.Size));
                return true;
            }
        }
        return false;
    }
}
