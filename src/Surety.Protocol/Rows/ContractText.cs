using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Protocol.Rows;

/// <summary>The bytes of a text, zero-padded.</summary>
[InlineArray(ContractText.MaxBytes)]
public struct ContractTextBytes
{
    private byte _first;
}

/// <summary>The text of a market's contract: what auditors read, and what the engine compiles again after a restart.</summary>
[StructLayout(LayoutKind.Sequential, Size = 3136)]
public struct ContractText
{
    /// <summary>The longest text, bytes.</summary>
    public const int MaxBytes = 3072;

    /// <summary>SHA-256 of the text, once its market is listed.</summary>
    public Hash256 Hash;

    /// <summary>Bytes written so far.</summary>
    public int Length;
    /// <summary>Zero.</summary>
    public int Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>The text, UTF-8.</summary>
    public ContractTextBytes Bytes;

    /// <summary>The text as far as it is written.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Text => MemoryMarshal.CreateReadOnlySpan(in Bytes[0], Length);
}
