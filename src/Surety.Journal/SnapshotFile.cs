using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Surety.Journal;

/// <summary>
/// Named parts in one file with a SHA-256 at the end. Written beside its final name and renamed when durable, so a snapshot
/// is there whole or not at all. What the parts mean, and whether they agree with a state root, is the reader's business.
/// </summary>
public static class SnapshotFile
{
    // "SURSNAP1"
    private const ulong Magic = 0x3150414E53525553;

    /// <summary>Writes a snapshot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parts">Its parts.</param>
    /// <param name="disk">The disk; null for the machine's.</param>
    /// <exception cref="JournalUnavailableException">It could not be written.</exception>
    public static void Write(string path, IReadOnlyList<(uint Id, ReadOnlyMemory<byte> Bytes)> parts, IDisk? disk = null)
    {
        disk ??= MachineDisk.Instance;
        string temporary = path + ".new";
        try
        {
            using (IDiskFile file = disk.OpenToWrite(temporary))
            using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            {
                file.SetLength(0);
                long at = 0;
                void Put(ReadOnlySpan<byte> bytes)
                {
                    hash.AppendData(bytes);
                    file.Write(bytes, at);
                    at += bytes.Length;
                }
                Put(BitConverter.GetBytes(Magic));
                Put(BitConverter.GetBytes((ulong)parts.Count));
                foreach ((uint id, ReadOnlyMemory<byte> bytes) in parts)
                {
                    Put(BitConverter.GetBytes((ulong)id));
                    Put(BitConverter.GetBytes((ulong)bytes.Length));
                    Put(bytes.Span);
                }
                file.Write(hash.GetHashAndReset(), at);
                file.Flush();
            }
            disk.Move(temporary, path);
            disk.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalUnavailableException($"{path}: the snapshot could not be written ({e.Message}). The journal is not affected.",
                e);
        }
    }

    /// <summary>Reads a snapshot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="disk">The disk; null for the machine's.</param>
    /// <exception cref="JournalDamagedException">Its bytes are not what was written.</exception>
    public static IReadOnlyList<(uint Id, ReadOnlyMemory<byte> Bytes)> Read(string path, IDisk? disk = null)
    {
        byte[] file = (disk ?? MachineDisk.Instance).ReadAll(path);
        if (file.Length < 48 || BitConverter.ToUInt64(file) != Magic)
        {
            throw Damaged(path, 0, "this is not a snapshot");
        }
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(file.AsSpan(0, file.Length - 32), hash);
        if (!hash.SequenceEqual(file.AsSpan(file.Length - 32)))
        {
            throw Damaged(path, file.Length - 32, "its bytes do not agree with the SHA-256 at its end");
        }
        var parts = new List<(uint, ReadOnlyMemory<byte>)>();
        int at = 16;
        int end = file.Length - 32;
        for (ulong i = 0; i < BitConverter.ToUInt64(file.AsSpan(8)); i++)
        {
            // Anyone can write a file with the right SHA-256.
            if (end - at < 16)
            {
                throw Damaged(path, at, "a part begins behind its end");
            }
            ReadOnlySpan<ulong> header = MemoryMarshal.Cast<byte, ulong>(file.AsSpan(at, 16));
            if (header[0] > uint.MaxValue || header[1] > (ulong)(end - at - 16))
            {
                throw Damaged(path, at, $"a part should have {header[1]} bytes, {end - at - 16} are left");
            }
            int length = (int)header[1];
            parts.Add(((uint)header[0], file.AsMemory(at + 16, length)));
            at += 16 + length;
        }
        return at == end ? parts : throw Damaged(path, at, $"{end - at} bytes are in no part");
    }

    private static JournalDamagedException Damaged(string path, long offset, string what) =>
        new($"{path}, offset {offset}: {what}. Delete it: the journal alone restores the venue, only more slowly.");
}
