using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Commands;

/// <summary>An ECDSA P-256 signature: r then s, 32 bytes each, big-endian.</summary>
[InlineArray(CommandHeader.SignatureSize)]
public struct Signature
{
    private byte _first;

    /// <summary>Copies 64 bytes.</summary>
    public static Signature From(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<Signature>(bytes);
}
