using System.Runtime.InteropServices;

namespace Surety.Protocol.Commands;

/// <summary>
/// The first 48 bytes of every command. The sequencer stamps the first 16; the rest, with the body, is what the client
/// signs. The signature, 64 bytes where the venue demands one, follows the body and is not counted in
/// <see cref="Length"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public struct CommandHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 48;

    /// <summary>Bytes the sequencer writes, not signed by the client.</summary>
    public const int StampSize = 16;

    /// <summary>Bytes of an ECDSA P-256 signature (IEEE P1363: r then s).</summary>
    public const int SignatureSize = 64;

    /// <summary>Bytes behind a command that a signature over a whole batch covers: its place in the batch.</summary>
    public const int BatchMarkSize = 8;

    /// <summary>The command's number, from 1, without gaps.</summary>
    public ulong Sequence;

    /// <summary>When it was sequenced, nanoseconds since 1970; never less than the one before.</summary>
    public long TimeNs;

    /// <summary>What it is.</summary>
    public CommandKind Kind;

    /// <summary>Bytes of header and body.</summary>
    public ushort Length;

    /// <summary>The sub-account it acts for.</summary>
    public uint Account;

    /// <summary>The key that signed.</summary>
    public uint Key;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>Never used before with this key; the engine keeps a window of 64 (<see cref="Rows.Key.UsedNonces"/>).</summary>
    public ulong Nonce;

    /// <summary>Refused when sequenced later; 0 for never.</summary>
    public long ExpiresNs;
}
