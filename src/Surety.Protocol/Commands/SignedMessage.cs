using System;
using Surety.Core.Hashing;

namespace Surety.Protocol.Commands;

/// <summary>What a client signs: "surety command\0\1" ‖ venue ‖ the command from its kind to the end of its body.</summary>
public static class SignedMessage
{
    /// <summary>Bytes before the command.</summary>
    public const int PrefixBytes = 16 + Hash256.Size;

    /// <summary>Writes the message and returns its length.</summary>
    public static int Write(Hash256 venue, ReadOnlySpan<byte> signedPart, Span<byte> message)
    {
        "surety command\0\u0001"u8.CopyTo(message);
        venue.CopyTo(message[16..]);
        signedPart.CopyTo(message[PrefixBytes..]);
        return PrefixBytes + signedPart.Length;
    }
}
