using System;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Surety.Core.Hashing;

namespace Surety.Proofs;

/// <summary>
/// The venue's signature over a block's header: ECDSA P-256 over SHA-256 of "surety header" 0x00 0x00 0x01 ‖ the header's hash. It says
/// that who holds the venue's key has sealed this block and, since each header names the one before, everything before it.
/// </summary>
/// <param name="Height">The block.</param>
/// <param name="Key">The number of the key in the ledger.</param>
/// <param name="PublicKey">X and Y, 32 bytes each.</param>
/// <param name="Signature">r and s, 32 bytes each.</param>
public sealed record HeaderSeal(ulong Height, uint Key, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Bytes of a seal as it stands in the journal.</summary>
    public const int Size = 16 + 64 + 64;

    /// <summary>What is signed.</summary>
    public static byte[] Message(Hash256 block)
    {
        var message = new byte[16 + Hash256.Size];
        "surety header\0\0\u0001"u8.CopyTo(message);
        block.CopyTo(message.AsSpan(16));
        return message;
    }

    /// <summary>Whether it is a valid signature of the public key that it names over a block.</summary>
    public bool Covers(Hash256 block)
    {
        try
        {
            ReadOnlySpan<byte> key = PublicKey.Span;
            using var verifier = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = key[..32].ToArray(), Y = key[32..64].ToArray() },
            });
            return verifier.VerifyData(Message(block), Signature.Span, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The seal as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Height);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Key);
        PublicKey.Span.CopyTo(bytes.AsSpan(16));
        Signature.Span.CopyTo(bytes.AsSpan(80));
        return bytes;
    }

    /// <summary>Reads a seal; null when the bytes do not have the form of one.</summary>
    public static HeaderSeal? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length != Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != 0
            ? null
            : new HeaderSeal(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), bytes[16..80].ToArray(), bytes[80..].ToArray());
}
