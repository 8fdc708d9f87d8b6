using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Proofs;

/// <summary>
/// One command or one event of a block, with its salt, the commitments to the fifteen others of its group, and the siblings on the way
/// to the header. It shows nothing of any other record. Checking needs SHA-256 and nothing of the engine. Layout in docs/protocol.md.
/// </summary>
public sealed class RecordProof
{
    /// <summary>"SREC", version 1.</summary>
    internal const ulong Magic = 0x0000_0001_4345_5253;
    private const int FixedSize = 8 + BlockHeader.Size + 16 + RecordSalts.SaltBytes;
    private const int Neighbours = PagedLog.GroupRecords - 1;

    /// <summary>The header that the proof is about.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>Commands or events.</summary>
    public required ProvenRoot Root { get; init; }

    /// <summary>Which record of the block, from 0.</summary>
    public required uint Place { get; init; }

    /// <summary>The record's salt, 16 bytes.</summary>
    public required ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>The command without its signature, or the event.</summary>
    public required ReadOnlyMemory<byte> Record { get; init; }

    /// <summary>The commitments to the fifteen other records of its group, in order; zero for one that is not there.</summary>
    public required ReadOnlyMemory<Hash256> Others { get; init; }

    /// <summary>Siblings from the group's leaf upward.</summary>
    public required ReadOnlyMemory<Hash256> Path { get; init; }

    /// <summary>Checks the proof against a block hash that the reader trusts.</summary>
    public ProofVerdict Check(Hash256 trustedBlock)
    {
        if (Header.Hash() != trustedBlock)
        {
            return ProofVerdict.WrongBlock;
        }
        bool commands = Root == ProvenRoot.Commands;
        ulong count = commands ? Header.CommandCount : Header.EventCount;
        // The path's length follows from the number of records: a node cannot be passed off as a leaf or the other way round.
        ulong groups = (count + PagedLog.GroupRecords - 1) / PagedLog.GroupRecords;
        if (count > 1UL << 34 || Place >= count || Path.Length != MerkleTree.DepthOf((long)groups) || Salt.Length != RecordSalts.SaltBytes
            || Others.Length != Neighbours || Record.Length is 0 or > PagedLog.PageBytes || Record.Length % 8 != 0)
        {
            return ProofVerdict.WrongPath;
        }
        Span<Hash256> group = stackalloc Hash256[PagedLog.GroupRecords];
        int own = (int)(Place % PagedLog.GroupRecords);
        Others.Span[..own].CopyTo(group);
        Others.Span[own..].CopyTo(group[(own + 1)..]);
        group[own] = RecordSalts.Commit(Salt.Span, Place, Record.Span);
        uint index = Place / PagedLog.GroupRecords;
        Hash256 leaf = Sha256Lanes.HashPage(MemoryMarshal.AsBytes(group), commands ? PagedLog.CommandContext : PagedLog.EventContext, index);
        return MerkleTree.RootFrom(leaf, index, Path.Span) == (commands ? Header.CommandsRoot : Header.EventsRoot) ? ProofVerdict.Holds : ProofVerdict.WrongPath;
    }

    /// <summary>The proof as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[FixedSize + Record.Length + ((Others.Length + Path.Length) * Hash256.Size)];
        Span<byte> rest = bytes;
        BinaryPrimitives.WriteUInt64LittleEndian(rest, Magic);
        Header.ToBytes().CopyTo(rest[8..]);
        rest = rest[(8 + BlockHeader.Size)..];
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)Root);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], Place);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], (uint)Record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], (uint)Path.Length);
        Salt.Span.CopyTo(rest[16..]);
        rest = rest[(16 + RecordSalts.SaltBytes)..];
        Record.Span.CopyTo(rest);
        rest = rest[Record.Length..];
        MemoryMarshal.AsBytes(Others.Span).CopyTo(rest);
        MemoryMarshal.AsBytes(Path.Span).CopyTo(rest[(Others.Length * Hash256.Size)..]);
        return bytes;
    }

    /// <summary>Reads a proof; null when the bytes do not have the form of one.</summary>
    public static RecordProof? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedSize || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || !BlockHeader.TryRead(bytes.Slice(8, BlockHeader.Size), out BlockHeader header))
        {
            return null;
        }
        ReadOnlySpan<byte> f = bytes[(8 + BlockHeader.Size)..];
        ushort root = BinaryPrimitives.ReadUInt16LittleEndian(f);
        uint record = BinaryPrimitives.ReadUInt32LittleEndian(f[8..]);
        uint path = BinaryPrimitives.ReadUInt32LittleEndian(f[12..]);
        if (root is not ((ushort)ProvenRoot.Commands or (ushort)ProvenRoot.Events) || f[2] != 0 || f[3] != 0 || record > PagedLog.PageBytes
            || path > MerkleTree.MaxDepth || bytes.Length != FixedSize + record + ((Neighbours + path) * Hash256.Size))
        {
            return null;
        }
        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        return new RecordProof
        {
            Header = header,
            Root = (ProvenRoot)root,
            Place = BinaryPrimitives.ReadUInt32LittleEndian(f[4..]),
            Salt = f.Slice(16, RecordSalts.SaltBytes).ToArray(),
            Record = rest[..(int)record].ToArray(),
            Others = MemoryMarshal.Cast<byte, Hash256>(rest.Slice((int)record, Neighbours * Hash256.Size)).ToArray(),
            Path = MemoryMarshal.Cast<byte, Hash256>(rest[((int)record + (Neighbours * Hash256.Size))..]).ToArray(),
        };
    }
}
