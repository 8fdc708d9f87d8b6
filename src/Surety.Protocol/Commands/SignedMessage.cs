using System;
using Surety.Core.Hashing;

namespace Surety.Protocol.Commands;

/// <summary>
/// What is signed. Each kind of message begins with sixteen bytes of its own, so that no signature can stand for another kind; then comes
/// the venue, or the hash of what belongs to one.
/// </summary>
public static class SignedMessage
{
    /// <summary>Bytes that say what kind of message it is.</summary>
    public const int KindBytes = 16;

    /// <summary>Bytes before the command.</summary>
    public const int PrefixBytes = KindBytes + Hash256.Size;

    /// <summary>Begins what a client signs: then the venue and the command from its kind to the end of its body.</summary>
    public static ReadOnlySpan<byte> Command => "surety command\0\u0001"u8;

    /// <summary>Begins what a client signs for many commands at once: then the venue and the digest of each.</summary>
    public static ReadOnlySpan<byte> Batch => "surety batch\0\0\0\u0001"u8;

    /// <summary>Begins what a client signs to log in: then the venue and the challenge.</summary>
    public static ReadOnlySpan<byte> Login => "surety login\0\0\0\u0001"u8;

    /// <summary>Begins what the venue signs: then the hash of a block.</summary>
    public static ReadOnlySpan<byte> Header => "surety header\0\0\u0001"u8;

    /// <summary>Writes what a client signs and returns its length.</summary>
    public static int Write(Hash256 venue, ReadOnlySpan<byte> signedPart, Span<byte> message) => Write(Command, venue, signedPart, message);

    /// <summary>Writes a message of a kind and returns its length.</summary>
    public static int Write(ReadOnlySpan<byte> kind, Hash256 venue, ReadOnlySpan<byte> content, Span<byte> message)
    {
        kind.CopyTo(message);
        venue.CopyTo(message[KindBytes..]);
        content.CopyTo(message[PrefixBytes..]);
        return PrefixBytes + content.Length;
    }

    /// <summary>What the venue signs of a block.</summary>
    public static byte[] OfHeader(Hash256 block)
    {
        var message = new byte[PrefixBytes];
        Header.CopyTo(message);
        block.CopyTo(message.AsSpan(KindBytes));
        return message;
    }
}
