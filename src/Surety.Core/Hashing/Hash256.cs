using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Surety.Core.Hashing;

/// <summary>A SHA-256 digest: 32 bytes, compared and written as the bytes stand.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public readonly struct Hash256 : IEquatable<Hash256>
{
    /// <summary>Bytes in a digest.</summary>
    public const int Size = 32;

    private readonly ulong _0;
    private readonly ulong _1;
    private readonly ulong _2;
    private readonly ulong _3;

    /// <summary>Copies 32 bytes.</summary>
    public Hash256(ReadOnlySpan<byte> bytes) => this = MemoryMarshal.Read<Hash256>(bytes);

    /// <summary>Thirty-two zero bytes: the leaf that is not there.</summary>
    public static Hash256 Zero => default;

    /// <summary>SHA-256 of <paramref name="data"/> by the platform.</summary>
    public static Hash256 Of(ReadOnlySpan<byte> data)
    {
        Unsafe.SkipInit(out Hash256 hash);
        SHA256.HashData(data, MemoryMarshal.AsBytes(new Span<Hash256>(ref hash)));
        return hash;
    }

    /// <summary>SHA-256 of 64 bytes: <paramref name="left"/> then <paramref name="right"/>.</summary>
    public static Hash256 OfPair(Hash256 left, Hash256 right) => Of(MemoryMarshal.AsBytes<Hash256>([left, right]));

    /// <summary>Reads 64 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out Hash256 hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (hex.Length != 2 * Size || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }
        hash = new Hash256(bytes);
        return true;
    }

    /// <summary>Copies the digest into <paramref name="destination"/>, at least 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <inheritdoc/>
    public bool Equals(Hash256 other) => _0 == other._0 && _1 == other._1 && _2 == other._2 && _3 == other._3;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Hash256 other && Equals(other);

    /// <summary>The first 32 bits of the digest: the same in every process.</summary>
    public override int GetHashCode() => unchecked((int)_0);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(MemoryMarshal.AsBytes([this]));

    /// <summary>Whether both have the same bytes.</summary>
    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    /// <summary>Whether any byte differs.</summary>
    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);
}
