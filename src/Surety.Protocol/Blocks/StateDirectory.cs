using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Blocks;

/// <summary>
/// The message whose SHA-256 is a state root: for each table, its number and page count (32-bit, little-endian) and the
/// root of its pages' tree.
/// </summary>
public static class StateDirectory
{
    /// <summary>Bytes for one table.</summary>
    public static int EntrySize => Unsafe.SizeOf<DirectoryEntry>();

    /// <summary>Writes one entry.</summary>
    public static void Write(Span<byte> destination, uint table, uint pages, Hash256 root) =>
        MemoryMarshal.Write(destination, new DirectoryEntry { Table = (TableId)table, Pages = pages, Root = root });

    /// <summary>
    /// Finds a table's page count and root; false when the directory does not list it, or is not a directory: one that lists it twice would
    /// say two things.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> directory, uint table, out uint pages, out Hash256 root)
    {
        pages = 0;
        root = default;
        if (directory.Length % EntrySize != 0)
        {
            return false;
        }
        bool found = false;
        foreach (ref readonly DirectoryEntry entry in MemoryMarshal.Cast<byte, DirectoryEntry>(directory))
        {
            if (entry.Table == (TableId)table)
            {
                if (found)
                {
                    return false;
                }
                (pages, root, found) = (entry.Pages, entry.Root, true);
            }
        }
        return found;
    }
}
