using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Surety.Journal;

/// <summary>
/// Where a venue lives on disk: <c>journal/</c> with its segments, <c>journal/durable</c> with the mark of what was
/// acknowledged, <c>snapshots/</c>, and <c>lock</c>, held by the writer. All of it is for the owner of the files alone.
/// </summary>
public sealed class JournalDirectory : IDisposable
{
    private const string SegmentSuffix = ".seg";
    private readonly IDisposable? _lock;

    private JournalDirectory(string root, IDisk disk, IDisposable? held)
    {
        Root = root;
        Disk = disk;
        _lock = held;
    }

    /// <summary>The disk that it is on.</summary>
    public IDisk Disk { get; }

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
    /// <param name="root">The directory.</param>
    /// <param name="disk">The disk; null for the machine's.</param>
    public static bool Exists(string root, IDisk? disk = null) =>
        (disk ?? MachineDisk.Instance).HasDirectory(Path.Combine(root, "journal"));

    /// <summary>Opens a directory to write in, making it where it is not there, and locks it.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="disk">The disk; null for the machine's.</param>
    /// <exception cref="JournalUnavailableException">In use by another process, or not writable.</exception>
    public static JournalDirectory OpenToWrite(string root, IDisk? disk = null)
    {
        disk ??= MachineDisk.Instance;
        try
        {
            if (!disk.HasDirectory(root))
            {
                disk.CreateDirectory(root);
            }
            foreach (string folder in (string[])["journal", "snapshots"])
            {
                disk.CreateDirectory(Path.Combine(root, folder));
                if (disk is MachineDisk)
                {
                    // Files of an earlier version may be open to others.
                    foreach (string file in disk.Files(Path.Combine(root, folder), ""))
                    {
                        PrivateFiles.Restrict(file);
                    }
                }
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new JournalUnavailableException(
                $"{root}: cannot be written to ({e.Message}). Give this user write permission, or name another directory.", e);
        }
        try
        {
            return new JournalDirectory(root, disk, disk.Lock(Path.Combine(root, "lock")));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new JournalUnavailableException(
                $"{root}: cannot be written to ({e.Message}). Give this user write permission, or name another directory.", e);
        }
        catch (IOException e) when (e.HResult is not 28)
        {
            throw new JournalUnavailableException($"{root}: in use by another process. Stop that one first, or name another directory.", e);
        }
    }

    /// <summary>Opens a directory to read only: no lock, nothing is repaired.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="disk">The disk; null for the machine's.</param>
    /// <exception cref="JournalUnavailableException">There is no journal.</exception>
    public static JournalDirectory OpenToRead(string root, IDisk? disk = null)
    {
        disk ??= MachineDisk.Instance;
        if (!Exists(root, disk))
        {
            throw new JournalUnavailableException(
                $"{root}: there is no journal here. Name a directory that a venue has written, for example by ./surety demo.");
        }
        return new JournalDirectory(root, disk, null);
    }

    /// <summary>The segment files, oldest first.</summary>
    public IReadOnlyList<string> SegmentFiles() => Disk.Files(Segments, SegmentSuffix);

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    internal string SegmentPath(ulong firstRecord) =>
        Path.Combine(Segments, firstRecord.ToString("D20", CultureInfo.InvariantCulture) + SegmentSuffix);
}
