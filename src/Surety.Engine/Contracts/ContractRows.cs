using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Engine.Contracts;

/// <summary>The bytes of a text, zero-padded.</summary>
[InlineArray(Limits.TextBytes)]
public struct ContractTextBytes
{
    private byte _first;
}

/// <summary>The text of a market's contract: what auditors read, and what the engine compiles again after a restart.</summary>
[StructLayout(LayoutKind.Sequential, Size = 3136)]
public struct ContractText
{
    /// <summary>SHA-256 of the text, once its market is listed.</summary>
    public Hash256 Hash;

    public int Length;
    public int Reserved0;
    public long Reserved1;
    public long Reserved2;
    public long Reserved3;
    public ContractTextBytes Bytes;

    /// <summary>The text as far as it is written.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Text => MemoryMarshal.CreateReadOnlySpan(in Bytes[0], Length);
}

/// <summary>What a running contract remembers.</summary>
[StructLayout(LayoutKind.Sequential, Size = 640)]
public struct RunningContract
{
    public ContractState State;

    /// <summary>What the short side has paid the long for one contract by scheduled payments, net: settlement units, fixed point.</summary>
    public Int128 Paid;

    /// <summary>The same for one lot as it was carried out, atoms: the sum rounded down, so that roundings do not add up.</summary>
    public long PaidAtoms;

    public long Reserved;
}
