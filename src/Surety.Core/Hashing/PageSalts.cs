using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Surety.Core.Hashing;

/// <summary>
/// Salts of the pages of state. A page's hash is SHA-256(page ‖ table ‖ number ‖ salt); its salt is the first half of SHA-256(secret ‖
/// "PAGE" ‖ table ‖ number), where the secret is the venue's. An account's proof holds its own pages' salts and no other: the hash of a
/// neighbour's page on its path cannot be compared with a guess of that page.
/// </summary>
public static class PageSalts
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltBytes = RecordSalts.SaltBytes;

    /// <summary>Tells salts of pages from everything else that is made from a secret: "PAGE".</summary>
    public const uint Context = 0x45474150;

    private const int MessageBytes = Hash256.Size + 12;

    /// <summary>Writes the salts of pages from one on, as many as there is room for.</summary>
    /// <param name="secret">The secret of the venue's state.</param>
    /// <param name="table">Which table.</param>
    /// <param name="first">The first page.</param>
    /// <param name="salts">Receives 16 bytes for each page.</param>
    public static void Write(Hash256 secret, uint table, int first, Span<byte> salts)
    {
        Span<byte> messages = stackalloc byte[Sha256Lanes.Lanes * 64];
        Span<Hash256> digests = stackalloc Hash256[Sha256Lanes.Lanes];
        messages.Clear();
        for (int i = 0; i < Sha256Lanes.Lanes; i++)
        {
            Span<byte> message = messages.Slice(i * 64, 64);
            secret.CopyTo(message);
            BinaryPrimitives.WriteUInt32LittleEndian(message[Hash256.Size..], Context);
            BinaryPrimitives.WriteUInt32LittleEndian(message[(Hash256.Size + 4)..], table);
            message[MessageBytes] = 0x80;
            BinaryPrimitives.WriteUInt64BigEndian(message[56..], MessageBytes * 8);
        }
        for (int done = 0; done < salts.Length / SaltBytes; done += Sha256Lanes.Lanes)
        {
            int count = Math.Min(Sha256Lanes.Lanes, (salts.Length / SaltBytes) - done);
            for (int i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(messages[((i * 64) + Hash256.Size + 8)..], (uint)(first + done + i));
            }
            Sha256Lanes.HashPadded(messages, 1, count, digests);
            for (int i = 0; i < count; i++)
            {
                MemoryMarshal.AsBytes(digests.Slice(i, 1))[..SaltBytes].CopyTo(salts[((done + i) * SaltBytes)..]);
            }
        }
    }
}
