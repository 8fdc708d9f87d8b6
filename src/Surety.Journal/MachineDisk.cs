using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Surety.Journal;

/// <summary>The machine's disk.</summary>
public sealed partial class MachineDisk : IDisk
{
    private MachineDisk()
    {
    }

    /// <summary>The one there is.</summary>
    public static MachineDisk Instance { get; } = new();

    /// <inheritdoc/>
    public bool HasDirectory(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => PrivateFiles.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> Files(string directory, string suffix)
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }
        string[] files = Directory.GetFiles(directory, "*" + suffix);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public IDiskFile OpenToRead(string path) =>
        new OpenFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <inheritdoc/>
    public IDiskFile OpenToWrite(string path)
    {
        if (!File.Exists(path))
        {
            PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read).Dispose();
        }
        return new OpenFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read));
    }

    /// <inheritdoc/>
    public void Move(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public IDisposable Lock(string path) => PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <inheritdoc/>
    /// <remarks>On systems without a way to do so, nothing happens.</remarks>
    public void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }
        int descriptor = OpenDescriptor(path, 0);
        if (descriptor >= 0)
        {
            _ = Fsync(descriptor);
            _ = CloseDescriptor(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    private sealed class OpenFile(SafeFileHandle handle) : IDiskFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> bytes, long offset) => RandomAccess.Read(handle, bytes, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Flush() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
