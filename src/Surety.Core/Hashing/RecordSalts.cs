using System;
using System.Buffers.Binary;

namespace Surety.Core.Hashing;

/// <summary>
/// How one record of a block is committed to without telling anything about it. A record's commitment is SHA-256(salt ‖ place ‖
/// record); its salt is half of SHA-256(secret ‖ context ‖ place / 2), where the secret is the block's. Who is given one salt learns no
/// other, and without a salt even a record of which all but a few bits are known cannot be guessed.
/// </summary>
public static class RecordSalts
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltBytes = 16;

    /// <summary>Bytes before the record in what is hashed: salt and place. No message is then 64 bytes long, as a tree's node is.</summary>
    public const int PrefixBytes = SaltBytes + 4;

    /// <summary>Tells labels from records: "LABL".</summary>
    public const uint LabelContext = 0x4C42414C;

    /// <summary>Bytes of what a pair of salts is made from.</summary>
    public const int PairMessageBytes = Hash256.Size + 8;

    /// <summary>
    /// The secret of a block in a simulation, where nothing is hidden: anyone who knows the venue can compute it. A venue that people
    /// use draws its secrets at random.
    /// </summary>
    public static Hash256 SimulatedSecret(Hash256 venue, ulong height)
    {
        Span<byte> message = stackalloc byte[24 + Hash256.Size];
        "surety secret\0\0\u0001"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt64LittleEndian(message[16..], height);
        venue.CopyTo(message[24..]);
        return Hash256.Of(message);
    }

    /// <summary>Writes the salt of a place, 16 bytes.</summary>
    public static void Write(Hash256 secret, uint context, uint place, Span<byte> salt)
    {
        Span<byte> message = stackalloc byte[PairMessageBytes];
        WritePair(secret, context, place / 2, message);
        Span<byte> pair = stackalloc byte[Hash256.Size];
        Hash256.Of(message).CopyTo(pair);
        pair.Slice((int)(place & 1) * SaltBytes, SaltBytes).CopyTo(salt);
    }

    /// <summary>The commitment to a record.</summary>
    public static Hash256 Commit(ReadOnlySpan<byte> salt, uint place, ReadOnlySpan<byte> record)
    {
        Span<byte> message = record.Length <= 1024 ? stackalloc byte[PrefixBytes + record.Length] : new byte[PrefixBytes + record.Length];
        salt[..SaltBytes].CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[SaltBytes..], place);
        record.CopyTo(message[PrefixBytes..]);
        return Hash256.Of(message);
    }

    /// <summary>
    /// The hash over a block's labels after one more label: SHA-256(before ‖ command's number ‖ label). It begins with SHA-256(secret ‖
    /// "LABL" ‖ 0), so that labels cannot be guessed and tried against the header.
    /// </summary>
    public static Hash256 AddLabel(Hash256 secret, Hash256 before, ulong sequence, ReadOnlySpan<byte> label)
    {
        if (before == Hash256.Zero)
        {
            Span<byte> start = stackalloc byte[PairMessageBytes];
            WritePair(secret, LabelContext, 0, start);
            before = Hash256.Of(start);
        }
        var message = new byte[Hash256.Size + 8 + label.Length];
        before.CopyTo(message);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(Hash256.Size), sequence);
        label.CopyTo(message.AsSpan(Hash256.Size + 8));
        return Hash256.Of(message);
    }

    /// <summary>Writes what a pair of salts is made from: secret, context, and the number of the pair.</summary>
    public static void WritePair(Hash256 secret, uint context, uint pair, Span<byte> message)
    {
        secret.CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[Hash256.Size..], context);
        BinaryPrimitives.WriteUInt32LittleEndian(message[(Hash256.Size + 4)..], pair);
    }
}
