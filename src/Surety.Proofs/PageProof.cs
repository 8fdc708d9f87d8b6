using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;

namespace Surety.Proofs;

/// <summary>Which of a header's three roots a proof leads to. Numbers are frozen.</summary>
public enum ProvenRoot : ushort
{
    Commands = 1,
    Events = 2,
    State = 3,
}

/// <summary>What checking a proof came to.</summary>
public enum ProofVerdict
{
    /// <summary>The page is part of the block.</summary>
    Holds,

    /// <summary>The header is not the block that was asked for.</summary>
    WrongBlock,

    /// <summary>The table directory does not have the header's state root, or does not list the table or page.</summary>
    WrongDirectory,

    /// <summary>The page and its path do not lead to the root.</summary>
    WrongPath,
}

/// <summary>
/// A page of one table of the state after a block, with its salt and the siblings on its way to the header. It shows nothing of any other
/// page but whether it is in use. Checking needs SHA-256 and nothing of the engine. Layout in docs/protocol.md; commands and events are
/// proved by a <see cref="RecordProof"/>.
/// </summary>
public sealed class PageProof
{
    // "SPRF", version 3.
    internal const ulong Magic = 0x0000_0003_4652_5053;
    private const int FixedSize = 8 + BlockHeader.Size + 24 + PageSalts.SaltBytes;
    private const int MaxPageBytes = 1 << 16;

    /// <summary>The header that the proof is about.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>The table's number.</summary>
    public required uint Table { get; init; }

    /// <summary>Which page.</summary>
    public required uint PageIndex { get; init; }

    /// <summary>The page's salt, 16 bytes; it says nothing of any other page's.</summary>
    public required ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>The page's bytes.</summary>
    public required ReadOnlyMemory<byte> Page { get; init; }

    /// <summary>Siblings from the leaf upward.</summary>
    public required ReadOnlyMemory<Hash256> Path { get; init; }

    /// <summary>The table directory.</summary>
    public required ReadOnlyMemory<byte> Directory { get; init; }

    /// <summary>Checks the proof against a block hash that the reader trusts.</summary>
    public ProofVerdict Check(Hash256 trustedBlock)
    {
        if (Header.Hash() != trustedBlock)
        {
            return ProofVerdict.WrongBlock;
        }
        if (Hash256.Of(Directory.Span) != Header.StateRoot || !StateDirectory.TryFind(Directory.Span, Table, out uint pages, out Hash256 root))
        {
            return ProofVerdict.WrongDirectory;
        }
        // The path's length follows from the number of pages: a node cannot be passed off as a leaf or the other way round.
        if (PageIndex >= pages || Path.Length != MerkleTree.DepthOf(pages) || Page.Length % 64 != 0 || Page.Length == 0 || Salt.Length != PageSalts.SaltBytes)
        {
            return ProofVerdict.WrongPath;
        }
        Hash256 leaf = Sha256Lanes.HashPage(Page.Span, Table, PageIndex, Salt.Span);
        return MerkleTree.RootFrom(leaf, PageIndex, Path.Span) == root ? ProofVerdict.Holds : ProofVerdict.WrongPath;
    }

    /// <summary>The proof as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[FixedSize + Page.Length + (Path.Length * Hash256.Size) + Directory.Length];
        Span<byte> rest = bytes;
        BinaryPrimitives.WriteUInt64LittleEndian(rest, Magic);
        Header.ToBytes().CopyTo(rest[8..]);
        rest = rest[(8 + BlockHeader.Size)..];
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)ProvenRoot.State);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], Table);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], PageIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], (uint)Page.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[16..], (uint)Path.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[20..], (uint)Directory.Length);
        Salt.Span.CopyTo(rest[24..]);
        rest = rest[(24 + PageSalts.SaltBytes)..];
        Page.Span.CopyTo(rest);
        rest = rest[Page.Length..];
        MemoryMarshal.AsBytes(Path.Span).CopyTo(rest);
        Directory.Span.CopyTo(rest[(Path.Length * Hash256.Size)..]);
        return bytes;
    }

    /// <summary>Reads a proof; null when the bytes do not have the form of one.</summary>
    public static PageProof? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedSize || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || !BlockHeader.TryRead(bytes.Slice(8, BlockHeader.Size), out BlockHeader header))
        {
            return null;
        }
        ReadOnlySpan<byte> f = bytes.Slice(8 + BlockHeader.Size, 24 + PageSalts.SaltBytes);
        ushort root = BinaryPrimitives.ReadUInt16LittleEndian(f);
        uint page = BinaryPrimitives.ReadUInt32LittleEndian(f[12..]);
        uint path = BinaryPrimitives.ReadUInt32LittleEndian(f[16..]);
        uint directory = BinaryPrimitives.ReadUInt32LittleEndian(f[20..]);
        if (root != (ushort)ProvenRoot.State || f[2] != 0 || f[3] != 0 || page > MaxPageBytes || path > MerkleTree.MaxDepth || directory > MaxPageBytes
            || bytes.Length != FixedSize + page + (path * Hash256.Size) + directory)
        {
            return null;
        }
        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        return new PageProof
        {
            Header = header,
            Table = BinaryPrimitives.ReadUInt32LittleEndian(f[4..]),
            PageIndex = BinaryPrimitives.ReadUInt32LittleEndian(f[8..]),
            Salt = f.Slice(24, PageSalts.SaltBytes).ToArray(),
            Page = rest[..(int)page].ToArray(),
            Path = MemoryMarshal.Cast<byte, Hash256>(rest.Slice((int)page, (int)path * Hash256.Size)).ToArray(),
            Directory = rest[(int)(page + (path * Hash256.Size))..].ToArray(),
        };
    }
}
