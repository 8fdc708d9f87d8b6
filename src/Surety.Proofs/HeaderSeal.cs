using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

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
    /// <summary>What is signed.</summary>
    public static byte[] Message(Hash256 block) => SignedMessage.OfHeader(block);

    /// <summary>Whether it is a valid signature of the public key that it names over a block.</summary>
    public bool Covers(Hash256 block) =>
        PublicKey.Length == Unsafe.SizeOf<PublicKey>() && Signature.Length == CommandHeader.SignatureSize
        && Signatures.IsValid(Protocol.Rows.PublicKey.From(PublicKey.Span), Message(block),
            Protocol.Commands.Signature.From(Signature.Span));

    /// <summary>The seal as bytes.</summary>
    public byte[] ToBytes()
    {
        var frame = new SealFrame
        {
            Height = Height,
            Key = Key,
            PublicKey = Protocol.Rows.PublicKey.From(PublicKey.Span),
            Signature = Protocol.Commands.Signature.From(Signature.Span),
        };
        return MemoryMarshal.AsBytes([frame]).ToArray();
    }

    /// <summary>Reads a seal; null when the bytes do not have the form of one.</summary>
    public static HeaderSeal? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Unsafe.SizeOf<SealFrame>())
        {
            return null;
        }
        SealFrame frame = MemoryMarshal.Read<SealFrame>(bytes);
        return frame.Reserved != 0 ? null : new HeaderSeal(frame.Height, frame.Key, frame.PublicKey.ToBytes(),
            ((ReadOnlySpan<byte>)frame.Signature).ToArray());
    }
}
