using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;

namespace Surety.Proofs;

/// <summary>
/// One command or one event of a block, with its salt, the commitments to the fifteen others of its group, and the siblings on the way
/// to the header. It shows nothing of any other record; of an event between two accounts it shows the sides that <see cref="Shown"/> names.
/// Checking needs SHA-256 and nothing of the engine. Layout in docs/protocol.md.
/// </summary>
public sealed class RecordProof
{
    /// <summary>"SREC", version 2.</summary>
    internal const ulong Magic = 0x0000_0002_4345_5253;
    private const int FixedSize = 8 + BlockHeader.Size + 16;
    private const int Neighbours = PagedLog.GroupRecords - 1;

    /// <summary>The header that the proof is about.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>Commands or events.</summary>
    public required ProvenRoot Root { get; init; }

    /// <summary>Which record of the block, from 0.</summary>
    public required uint Place { get; init; }

    /// <summary>Of an event between two accounts, what of it is shown.</summary>
    public ShownSides Shown { get; init; }

    /// <summary>The record's salt, 16 bytes; of a divided event the first side's, or where that is not shown its commitment, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>Of a divided event, the second side's salt or commitment; else empty.</summary>
    public ReadOnlyMemory<byte> SecondSalt { get; init; }

    /// <summary>The command without its signature, or the event; a side that is not shown is zeros.</summary>
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
        if (count > 1UL << 34 || Place >= count || Path.Length != MerkleTree.DepthOf((long)groups)
            || Others.Length != Neighbours || Record.Length is 0 or > PagedLog.PageBytes || Record.Length % 8 != 0)
        {
            return ProofVerdict.WrongPath;
        }
        if (Commitment(commands ? PagedLog.CommandContext : PagedLog.EventContext) is not { } commitment)
        {
            return ProofVerdict.WrongPath;
        }
        Span<Hash256> group = stackalloc Hash256[PagedLog.GroupRecords];
        int own = (int)(Place % PagedLog.GroupRecords);
        Others.Span[..own].CopyTo(group);
        Others.Span[own..].CopyTo(group[(own + 1)..]);
        group[own] = commitment;
        uint index = Place / PagedLog.GroupRecords;
        Hash256 leaf = Sha256Lanes.HashPage(MemoryMarshal.AsBytes(group), commands ? PagedLog.CommandContext : PagedLog.EventContext, index);
        return MerkleTree.RootFrom(leaf, index, Path.Span) == (commands ? Header.CommandsRoot : Header.EventsRoot) ? ProofVerdict.Holds : ProofVerdict.WrongPath;
    }

    /// <summary>The proof as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[FixedSize + Salt.Length + SecondSalt.Length + Record.Length + ((Others.Length + Path.Length) * Hash256.Size)];
        Span<byte> rest = bytes;
        BinaryPrimitives.WriteUInt64LittleEndian(rest, Magic);
        Header.ToBytes().CopyTo(rest[8..]);
        rest = rest[(8 + BlockHeader.Size)..];
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)Root);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], (ushort)Shown);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], Place);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], (uint)Record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], (uint)Path.Length);
        Salt.Span.CopyTo(rest[16..]);
        SecondSalt.Span.CopyTo(rest[(16 + Salt.Length)..]);
        rest = rest[(16 + Salt.Length + SecondSalt.Length)..];
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
        var shown = (ShownSides)BinaryPrimitives.ReadUInt16LittleEndian(f[2..]);
        (int first, int second) = SaltSizes(shown);
        if (root is not ((ushort)ProvenRoot.Commands or (ushort)ProvenRoot.Events) || first == 0 || record > PagedLog.PageBytes
            || path > MerkleTree.MaxDepth || bytes.Length != FixedSize + first + second + record + ((Neighbours + path) * Hash256.Size))
        {
            return null;
        }
        ReadOnlySpan<byte> rest = bytes[(FixedSize + first + second)..];
        return new RecordProof
        {
            Header = header,
            Root = (ProvenRoot)root,
            Place = BinaryPrimitives.ReadUInt32LittleEndian(f[4..]),
            Shown = shown,
            Salt = f.Slice(16, first).ToArray(),
            SecondSalt = f.Slice(16 + first, second).ToArray(),
            Record = rest[..(int)record].ToArray(),
            Others = MemoryMarshal.Cast<byte, Hash256>(rest.Slice((int)record, Neighbours * Hash256.Size)).ToArray(),
            Path = MemoryMarshal.Cast<byte, Hash256>(rest[((int)record + (Neighbours * Hash256.Size))..]).ToArray(),
        };
    }

    // What leads to the record in its group; null when what is shown does not fit the record.
    private Hash256? Commitment(uint context)
    {
        if ((Salt.Length, SecondSalt.Length) != SaltSizes(Shown) || Salt.Length == 0)
        {
            return null;
        }
        // An event that is divided is never committed to whole: there is one way to open each record.
        if (RecordSides.Of(context, Record.Span) is not { } sides)
        {
            return Shown == ShownSides.None ? RecordSalts.Commit(Salt.Span, Place, Record.Span) : null;
        }
        return Shown != ShownSides.None && Side(sides, 0) is { } first && Side(sides, 1) is { } second ? sides.Commit(first, second, Place, Record.Span) : null;
    }

    private Hash256? Side(RecordSides sides, int side)
    {
        ReadOnlySpan<byte> salt = side == 0 ? Salt.Span : SecondSalt.Span;
        return salt.Length == RecordSalts.SaltBytes ? sides.CommitSide(salt, Place, side, Record.Span)
            : sides.IsHidden(side, Record.Span) ? new Hash256(salt) : null;
    }

    // Bytes of the salts or commitments; none for flags that are not known.
    private static (int First, int Second) SaltSizes(ShownSides shown) => shown switch
    {
        ShownSides.None => (RecordSalts.SaltBytes, 0),
        ShownSides.Divided => (Hash256.Size, Hash256.Size),
        ShownSides.Divided | ShownSides.First => (RecordSalts.SaltBytes, Hash256.Size),
        ShownSides.Divided | ShownSides.Second => (Hash256.Size, RecordSalts.SaltBytes),
        ShownSides.Divided | ShownSides.First | ShownSides.Second => (RecordSalts.SaltBytes, RecordSalts.SaltBytes),
        _ => default,
    };
}
