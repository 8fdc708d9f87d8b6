using System;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Protocol.Blocks;

/// <summary>
/// What a block comes to: 256 bytes, little-endian, as laid out here. Its SHA-256 is the block's hash. With it,
/// any command, event or piece of state of that block can be checked by a short path.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public struct BlockHeader
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 256;

    /// <summary>"SBLK", version 3.</summary>
    public const ulong ExpectedMagic = 0x0000_0003_4B4C_4253;

    /// <summary><see cref="ExpectedMagic"/>: "SBLK" and the version.</summary>
    public ulong Magic;

    /// <summary>1 for the first block.</summary>
    public ulong Height;

    /// <summary>Number of the first command in it, and how many there are.</summary>
    public ulong FirstSequence;
    /// <summary>Commands of the block, at least 1.</summary>
    public ulong CommandCount;

    /// <summary>The last command's time, nanoseconds since 1970.</summary>
    public long TimeNs;

    /// <summary>Bytes in the commands' and the events' pages that are used.</summary>
    public uint CommandBytes;
    /// <summary>Bytes of its events.</summary>
    public uint EventBytes;

    /// <summary>SHA-256 of the genesis record: which venue.</summary>
    public Hash256 Venue;

    /// <summary>The previous header's hash; zero in the first.</summary>
    public Hash256 Previous;
    /// <summary>Root of its commands, without signatures.</summary>
    public Hash256 CommandsRoot;
    /// <summary>Root of its events.</summary>
    public Hash256 EventsRoot;
    /// <summary>Root of the state after it.</summary>
    public Hash256 StateRoot;

    /// <summary>How many events there are.</summary>
    public ulong EventCount;

    /// <summary>
    /// Covers the clients' labels of the block's commands: see <see cref="RecordSalts.AddLabel"/>. Zero when there is none.
    /// </summary>
    public Hash256 Labels;

    /// <summary>Zero.</summary>
    public long Reserved0;

    /// <summary>The block's hash.</summary>
    public readonly Hash256 Hash() => Hash256.Of(MemoryMarshal.AsBytes([this]));

    /// <summary>Whether it says that it is a header of this version.</summary>
    public readonly bool IsOfThisVersion => Magic == ExpectedMagic;

    /// <summary>The 256 bytes.</summary>
    public readonly byte[] ToBytes() => MemoryMarshal.AsBytes([this]).ToArray();

    /// <summary>Reads a header; false when the bytes are not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BlockHeader header)
    {
        header = default;
        if (bytes.Length != Size)
        {
            return false;
        }
        header = MemoryMarshal.Read<BlockHeader>(bytes);
        return header.IsOfThisVersion;
    }
}
