using System;
using System.Runtime.CompilerServices;
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
    private const int Neighbours = PagedLog.GroupRecords - 1;

    /// <summary>The header that the proof is about.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>Commands or events.</summary>
    public required ProvenRoot Root { get; init; }

    /// <summary>Which record of the block, from 0.</summary>
    public required uint Place { get; init; }

    /// <summary>Of an event between two accounts, what of it is shown.</summary>
    public ShownSides Shown { get; init; }

    /// <summary>
    /// The record's salt, 16 bytes; of a divided event the first side's, or where that is not shown its commitment, 32 bytes.
    /// </summary>
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
        Hash256 leaf =
            Sha256Lanes.HashPage(MemoryMarshal.AsBytes(group), commands ? PagedLog.CommandContext : PagedLog.EventContext, index);
        return MerkleTree.RootFrom(leaf, index, Path.Span) == (commands ? Header.CommandsRoot : Header.EventsRoot)
            ? ProofVerdict.Holds
            : ProofVerdict.WrongPath;
    }

    /// <summary>The same, for a reader who has asked for a record.</summary>
    public ProofVerdict CheckPlace(ProvenRoot root, uint place, Hash256 trustedBlock) =>
        Root == root && Place == place ? Check(trustedBlock) : ProofVerdict.WrongPlace;

    /// <summary>The proof as bytes.</summary>
    public byte[] ToBytes()
    {
        var frame = new RecordProofFrame
        {
            Magic = RecordProofFrame.ExpectedMagic,
            Header = Header,
            Root = Root,
            Shown = Shown,
            Place = Place,
            RecordBytes = (uint)Record.Length,
            Siblings = (uint)Path.Length,
        };
        return
        [
            .. MemoryMarshal.AsBytes([frame]), .. Salt.Span, .. SecondSalt.Span, .. Record.Span,
            .. MemoryMarshal.AsBytes(Others.Span), .. MemoryMarshal.AsBytes(Path.Span),
        ];
    }

    /// <summary>Reads a proof; null when the bytes do not have the form of one.</summary>
    public static RecordProof? Read(ReadOnlySpan<byte> bytes)
    {
        int frameBytes = Unsafe.SizeOf<RecordProofFrame>();
        if (bytes.Length < frameBytes)
        {
            return null;
        }
        RecordProofFrame frame = MemoryMarshal.Read<RecordProofFrame>(bytes);
        (int first, int second) = SaltSizes(frame.Shown);
        if (frame.Magic != RecordProofFrame.ExpectedMagic || !frame.Header.IsOfThisVersion
            || frame.Root is not (ProvenRoot.Commands or ProvenRoot.Events)
            || first == 0 || frame.RecordBytes > PagedLog.PageBytes || frame.Siblings > MerkleTree.MaxDepth
            || bytes.Length != frameBytes + first + second + frame.RecordBytes + ((Neighbours + frame.Siblings) * Hash256.Size))
        {
            return null;
        }
        ReadOnlySpan<byte> salts = bytes[frameBytes..];
        ReadOnlySpan<byte> record = salts[(first + second)..];
        ReadOnlySpan<Hash256> hashes = MemoryMarshal.Cast<byte, Hash256>(record[(int)frame.RecordBytes..]);
        return new RecordProof
        {
            Header = frame.Header,
            Root = frame.Root,
            Place = frame.Place,
            Shown = frame.Shown,
            Salt = salts[..first].ToArray(),
            SecondSalt = salts.Slice(first, second).ToArray(),
            Record = record[..(int)frame.RecordBytes].ToArray(),
            Others = hashes[..Neighbours].ToArray(),
            Path = hashes[Neighbours..].ToArray(),
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
        return Shown != ShownSides.None && Side(sides, 0) is { } first && Side(sides, 1) is { } second
            ? sides.Commit(first, second, Place, Record.Span)
            : null;
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
