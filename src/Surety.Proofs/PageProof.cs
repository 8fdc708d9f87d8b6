using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Proofs;

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

    /// <summary>It is of another table, page, log or place than the one that was asked for.</summary>
    WrongPlace,
}

/// <summary>
/// A page of one table of the state after a block, with its salt and the siblings on its way to the header. It shows nothing of any other
/// page but whether it is in use. Checking needs SHA-256 and nothing of the engine. Layout in docs/protocol.md; commands and events are
/// proved by a <see cref="RecordProof"/>.
/// </summary>
public sealed class PageProof
{
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
        if (Hash256.Of(Directory.Span) != Header.StateRoot
            || !StateDirectory.TryFind(Directory.Span, Table, out uint pages, out Hash256 root))
        {
            return ProofVerdict.WrongDirectory;
        }
        // The path's length follows from the number of pages: a node cannot be passed off as a leaf or the other way round.
        if (PageIndex >= pages || Path.Length != MerkleTree.DepthOf(pages) || Page.Length % 64 != 0 || Page.Length == 0
            || Salt.Length != PageSalts.SaltBytes)
        {
            return ProofVerdict.WrongPath;
        }
        Hash256 leaf = Sha256Lanes.HashPage(Page.Span, Table, PageIndex, Salt.Span);
        return MerkleTree.RootFrom(leaf, PageIndex, Path.Span) == root ? ProofVerdict.Holds : ProofVerdict.WrongPath;
    }

    /// <summary>
    /// The same, for a reader who has asked for a page: one of another account or market holds as well, and says nothing of it.
    /// </summary>
    public ProofVerdict CheckPlace(TableId table, uint page, Hash256 trustedBlock) =>
        Table == (uint)table && PageIndex == page ? Check(trustedBlock) : ProofVerdict.WrongPlace;

    /// <summary>The proof as bytes.</summary>
    public byte[] ToBytes()
    {
        var frame = new PageProofFrame
        {
            Magic = PageProofFrame.ExpectedMagic,
            Header = Header,
            Root = ProvenRoot.State,
            Table = Table,
            PageIndex = PageIndex,
            PageBytes = (uint)Page.Length,
            Siblings = (uint)Path.Length,
            DirectoryBytes = (uint)Directory.Length,
        };
        Salt.Span.CopyTo(frame.Salt);
        return [.. MemoryMarshal.AsBytes([frame]), .. Page.Span, .. MemoryMarshal.AsBytes(Path.Span), .. Directory.Span];
    }

    /// <summary>Reads a proof; null when the bytes do not have the form of one.</summary>
    public static PageProof? Read(ReadOnlySpan<byte> bytes)
    {
        int frameBytes = Unsafe.SizeOf<PageProofFrame>();
        if (bytes.Length < frameBytes)
        {
            return null;
        }
        PageProofFrame frame = MemoryMarshal.Read<PageProofFrame>(bytes);
        (uint page, uint path, uint directory) = (frame.PageBytes, frame.Siblings * Hash256.Size, frame.DirectoryBytes);
        if (frame.Magic != PageProofFrame.ExpectedMagic || !frame.Header.IsOfThisVersion || frame.Root != ProvenRoot.State
            || frame.Reserved != 0 || page > PageProofFrame.MostPageBytes || frame.Siblings > MerkleTree.MaxDepth
                || directory > PageProofFrame.MostPageBytes
            || bytes.Length != frameBytes + page + path + directory)
        {
            return null;
        }
        ReadOnlySpan<byte> rest = bytes[frameBytes..];
        return new PageProof
        {
            Header = frame.Header,
            Table = frame.Table,
            PageIndex = frame.PageIndex,
            Salt = ((ReadOnlySpan<byte>)frame.Salt).ToArray(),
            Page = rest[..(int)page].ToArray(),
            Path = MemoryMarshal.Cast<byte, Hash256>(rest.Slice((int)page, (int)path)).ToArray(),
            Directory = rest[(int)(page + path)..].ToArray(),
        };
    }
}
