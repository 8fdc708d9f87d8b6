using System;
using System.Collections.Generic;
using System.IO;

namespace Surety.Journal;

/// <summary>
/// The disk that a journal and its snapshots are on: the machine's, or one that a test lets fail. All files on it are for their owner
/// alone. What fails is an <see cref="IOException"/>.
/// </summary>
public interface IDisk
{
    /// <summary>Whether a directory is there.</summary>
    bool HasDirectory(string path);

    /// <summary>Makes a directory and its parents; no error where it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>Paths of the files of a directory whose names end so, by name; none where there is no directory.</summary>
    IReadOnlyList<string> Files(string directory, string suffix);

    /// <summary>Whether a file is there.</summary>
    bool Exists(string path);

    /// <summary>Opens a file that is there to read.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    IDiskFile OpenToRead(string path);

    /// <summary>Opens a file to read and write; one that is not there is made, empty.</summary>
    IDiskFile OpenToWrite(string path);

    /// <summary>Gives a file another name, in the place of one that has it. Lasting once the directory is synced.</summary>
    void Move(string from, string to);

    /// <summary>Deletes a file. Lasting once the directory is synced.</summary>
    void Delete(string path);

    /// <summary>Makes the names in a directory lasting.</summary>
    void SyncDirectory(string path);

    /// <summary>Locks a file against other writers until it is disposed of; one that is not there is made.</summary>
    /// <exception cref="IOException">Another holds it.</exception>
    IDisposable Lock(string path);
}

/// <summary>An open file of a disk.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Bytes in it.</summary>
    long Length { get; }

    /// <summary>Reads from a place on, as much as there is; returns how many bytes, 0 at the end.</summary>
    int Read(Span<byte> bytes, long offset);

    /// <summary>Writes at a place. Lasting once the file is flushed.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts the file off, or lengthens it. Lasting once the file is flushed.</summary>
    void SetLength(long length);

    /// <summary>Makes all that was written lasting.</summary>
    void Flush();
}

/// <summary>What can be said of any disk.</summary>
public static class DiskExtensions
{
    /// <summary>Reads a file whole.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static byte[] ReadAll(this IDisk disk, string path)
    {
        using IDiskFile file = disk.OpenToRead(path);
        var bytes = new byte[file.Length];
        int at = 0;
        while (at < bytes.Length && file.Read(bytes.AsSpan(at), at) is var read and > 0)
        {
            at += read;
        }
        return at == bytes.Length ? bytes : bytes[..at];
    }

    /// <summary>Bytes in a file.</summary>
    public static long LengthOf(this IDisk disk, string path)
    {
        using IDiskFile file = disk.OpenToRead(path);
        return file.Length;
    }
}
