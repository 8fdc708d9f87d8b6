using System;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What a key may do.</summary>
[Flags]
public enum KeyScopes : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Orders, quotes, margin modes, exercise.</summary>
    Trade = 1,
    /// <summary>Withdrawals, transfers, bonds, the address book.</summary>
    Withdraw = 2,

    /// <summary>Add and revoke keys, open sub-accounts.</summary>
    Admin = 4,
    /// <summary>Reading the account; only the node asks for it.</summary>
    Read = 8,

    /// <summary>Venue parameters and listings; the operator's account only.</summary>
    Govern = 16,

    /// <summary>Price reports; the operator's account only.</summary>
    Report = 32,

    /// <summary>Deposits and confirmed withdrawals; the operator's account only.</summary>
    Custody = 64,

    /// <summary>What an account that is not the operator's may give its keys.</summary>
    Customer = Trade | Withdraw | Admin | Read,

    /// <summary>Signs block headers; the operator's account only. A key that seals has this scope and no other.</summary>
    Seal = 128,

    /// <summary>Every scope.</summary>
    All = 255,
}

/// <summary>A key's standing and its nonce window. Its public key stands at the same row of <see cref="TableId.PublicKeys"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct Key
{
    /// <summary>The master account it belongs to.</summary>
    public uint Account;

    /// <summary>What it may do.</summary>
    public KeyScopes Scopes;

    /// <summary>1 while the key is valid, 2 once revoked, 0 for no key, 3 for a row whose generations are used up.</summary>
    public byte Status;

    /// <summary>How many keys had this row before: bits 24 to 31 of the key's number.</summary>
    public byte Generation;

    /// <summary>When it expires, or was revoked, nanoseconds since 1970; 0 for never.</summary>
    public long ExpiresNs;

    /// <summary>The highest nonce used.</summary>
    public ulong HighestNonce;

    /// <summary>Bit i: nonce <see cref="HighestNonce"/> − i was used.</summary>
    public ulong UsedNonces;

    /// <summary>Bits of a key's number that are its row; above them stands the row's generation.</summary>
    public const int RowBits = 24;

    /// <summary>A key that may sign.</summary>
    public const byte Valid = 1;
    /// <summary>A key that was revoked.</summary>
    public const byte Revoked = 2;
    /// <summary>A row that has named as many keys as it can.</summary>
    public const byte UsedUp = 3;

    /// <summary>The row of a key's number.</summary>
    public static int RowOf(uint number) => (int)(number & ((1u << RowBits) - 1));
}

/// <summary>An ECDSA P-256 public key: the affine coordinates, big-endian.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct PublicKey : IEquatable<PublicKey>
{
    /// <summary>Bytes of a coordinate.</summary>
    public const int CoordinateBytes = 32;

    /// <summary>X, then Y, big-endian, in pieces of eight bytes.</summary>
    public Eight<byte> X0, X1, X2, X3, Y0, Y1, Y2, Y3;

    /// <summary>Copies 64 bytes, X then Y.</summary>
    public static PublicKey From(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<PublicKey>(bytes);

    /// <summary>The 64 bytes, X then Y.</summary>
    public readonly byte[] ToBytes() => MemoryMarshal.AsBytes([this]).ToArray();

    /// <summary>The first coordinate, 32 bytes.</summary>
    public readonly byte[] XBytes() => ToBytes()[..CoordinateBytes];

    /// <summary>The second coordinate, 32 bytes.</summary>
    public readonly byte[] YBytes() => ToBytes()[CoordinateBytes..];

    /// <summary>Whether all 64 bytes agree.</summary>
    public static bool operator ==(in PublicKey one, in PublicKey other) =>
        MemoryMarshal.AsBytes([one]).SequenceEqual(MemoryMarshal.AsBytes([other]));

    /// <summary>Whether a byte differs.</summary>
    public static bool operator !=(in PublicKey one, in PublicKey other) => !(one == other);

    /// <inheritdoc/>
    public readonly bool Equals(PublicKey other) => this == other;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is PublicKey other && this == other;

    /// <inheritdoc/>
    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(MemoryMarshal.AsBytes([this]));
}
