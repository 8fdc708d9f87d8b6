using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace Surety.Journal;

/// <summary>
/// Where a venue lives on disk: <c>journal/</c> with its segments, <c>journal/durable</c> with the mark of what was
/// acknowledged, <c>snapshots/</c>, and <c>lock</c>, held by the writer. All of it is for the owner of the files alone.
/// </summary>
public sealed partial class JournalDirectory : IDisposable
{
    private const string SegmentSuffix = ".seg";
    private readonly FileStream? _lock;

    private JournalDirectory(string root, FileStream? held)
    {
        Root = root;
        _lock = held;
    }

    /// <summary>The directory.</summary>
    public string Root { get; }

    /// <summary>Where the segments are.</summary>
    public string Segments => Path.Combine(Root, "journal");

    /// <summary>Where the snapshots are.</summary>
    public string Snapshots => Path.Combine(Root, "snapshots");

    internal string DurableMarkPath => Path.Combine(Segments, "durable");

    /// <summary>Whether this opening may write: it holds the lock of the directory.</summary>
    public bool IsLocked => _lock is not null;

    /// <summary>Whether a journal is there.</summary>
    public static bool Exists(string root) => Directory.Exists(Path.Combine(root, "journal"));

    /// <summary>Opens a directory to write in, making it where it is not there, and locks it.</summary>
    /// <exception cref="JournalUnavailableException">In use by another process, or not writable.</exception>
    public static JournalDirectory OpenToWrite(string root)
    {
        try
        {
            if (!Directory.Exists(root))
            {
                PrivateFiles.CreateDirectory(root);
            }
            foreach (string folder in (string[])["journal", "snapshots"])
            {
                PrivateFiles.CreateDirectory(Path.Combine(root, folder));
                foreach (string file in Directory.GetFiles(Path.Combine(root, folder)))
                {
                    PrivateFiles.Restrict(file);
                }
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new JournalUnavailableException($"{root}: cannot be written to ({e.Message}). Give this user write permission, or name another directory.", e);
        }
        try
        {
            return new JournalDirectory(root, PrivateFiles.Open(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new JournalUnavailableException($"{root}: cannot be written to ({e.Message}). Give this user write permission, or name another directory.", e);
        }
        catch (IOException e) when (e.HResult is not 28)
        {
            throw new JournalUnavailableException($"{root}: in use by another process. Stop that one first, or name another directory.", e);
        }
    }

    /// <summary>Opens a directory to read only: no lock, nothing is repaired.</summary>
    /// <exception cref="JournalUnavailableException">There is no journal.</exception>
    public static JournalDirectory OpenToRead(string root)
    {
        if (!Exists(root))
        {
            throw new JournalUnavailableException($"{root}: there is no journal here. Name a directory that a venue has written, for example by ./surety demo.");
        }
        return new JournalDirectory(root, null);
    }

    /// <summary>The segment files, oldest first.</summary>
    public IReadOnlyList<string> SegmentFiles()
    {
        string[] files = Directory.GetFiles(Segments, "*" + SegmentSuffix);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    internal string SegmentPath(ulong firstRecord) =>
        Path.Combine(Segments, firstRecord.ToString("D20", CultureInfo.InvariantCulture) + SegmentSuffix);

    /// <summary>Makes a new name in a directory durable; on systems without a way to do so, nothing.</summary>
    internal static void SyncDirectory(string path)
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
}
