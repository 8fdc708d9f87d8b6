using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Blocks;

/// <summary>Which of a header's three roots a proof leads to. Numbers are frozen.</summary>
public enum ProvenRoot : ushort
{
    /// <summary>The header's root of commands.</summary>
    Commands = 1,
    /// <summary>The header's root of events.</summary>
    Events = 2,
    /// <summary>The header's root of the state.</summary>
    State = 3,
}

/// <summary>One table in the message whose SHA-256 is a state root: see <see cref="StateDirectory"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct DirectoryEntry
{
    /// <summary>The table.</summary>
    public TableId Table;

    /// <summary>How many pages the table has.</summary>
    public uint Pages;

    /// <summary>The root of the tree of its pages.</summary>
    public Core.Hashing.Hash256 Root;
}

/// <summary>What a proof of state begins with. The page, its siblings from the leaf upward and the table directory follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = 304)]
public struct PageProofFrame
{
    /// <summary>"SPRF", version 3.</summary>
    public const ulong ExpectedMagic = 0x0000_0003_4652_5053;

    /// <summary>The most bytes of a page, and of a table directory.</summary>
    public const int MostPageBytes = 1 << 16;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;
    /// <summary>The header that the proof is about.</summary>
    public BlockHeader Header;

    /// <summary><see cref="ProvenRoot.State"/>.</summary>
    public ProvenRoot Root;

    /// <summary>Zero.</summary>
    public ushort Reserved;

    /// <summary>The table, a <see cref="Rows.TableId"/>.</summary>
    public uint Table;
    /// <summary>Which page of the table, from 0.</summary>
    public uint PageIndex;

    /// <summary>Bytes of the page.</summary>
    public uint PageBytes;

    /// <summary>How many siblings follow the page.</summary>
    public uint Siblings;

    /// <summary>Bytes of the table directory.</summary>
    public uint DirectoryBytes;

    /// <summary>The page's salt.</summary>
    public Sixteen<byte> Salt;
}

/// <summary>
/// What a proof of a command or event begins with. The salt follows, or of a divided event two salts or commitments; then the record, the
/// fifteen other commitments of its group, and the siblings from the group's leaf upward.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 280)]
public struct RecordProofFrame
{
    /// <summary>"SREC", version 2.</summary>
    public const ulong ExpectedMagic = 0x0000_0002_4345_5253;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;
    /// <summary>The header that the proof is about.</summary>
    public BlockHeader Header;

    /// <summary><see cref="ProvenRoot.Commands"/> or <see cref="ProvenRoot.Events"/>.</summary>
    public ProvenRoot Root;

    /// <summary>What is shown of an event between two accounts.</summary>
    public ShownSides Shown;

    /// <summary>Which record of the block, from 0.</summary>
    public uint Place;

    /// <summary>Bytes of the record.</summary>
    public uint RecordBytes;

    /// <summary>How many siblings there are.</summary>
    public uint Siblings;
}

/// <summary>
/// What a margin call certificate begins with. The proofs follow, each behind its length (32-bit), those of events first; then the
/// reports (<see cref="SignedReport"/>) and SHA-256 of everything before it.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct CertificateFrame
{
    /// <summary>"SMCC", version 4.</summary>
    public const ulong ExpectedMagic = 0x0000_0004_4343_4D53;

    /// <summary>"SMCC", version 3: it compared no terms, and is refused by name.</summary>
    public const ulong VersionThree = 0x0000_0003_4343_4D53;

    /// <summary>The most proofs of events, of state, and reports.</summary>
    public const int MostParts = 4_096;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;

    /// <summary>Proofs of events: the margin call's own, then those around it.</summary>
    public ushort Events;

    /// <summary>Proofs of state.</summary>
    public ushort Pages;

    /// <summary>Price reports in it.</summary>
    public ushort Reports;

    /// <summary>Zero.</summary>
    public ushort Reserved;
}

/// <summary>A price report as it was sequenced, with its source's signature.</summary>
[StructLayout(LayoutKind.Sequential, Size = 152)]
public struct SignedReport
{
    /// <summary>The report as it was sequenced.</summary>
    public ReportPrice Report;
    /// <summary>The source's signature.</summary>
    public Signature Signature;
}

/// <summary>The venue's signature over a block's header as it stands in the journal.</summary>
[StructLayout(LayoutKind.Sequential, Size = 144)]
public struct SealFrame
{
    /// <summary>The block.</summary>
    public ulong Height;

    /// <summary>The number of the venue's key.</summary>
    public uint Key;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>The key that signed, X and Y.</summary>
    public PublicKey PublicKey;
    /// <summary>The signature, r and s.</summary>
    public Signature Signature;
}
