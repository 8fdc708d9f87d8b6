using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Journal;

namespace Surety.Simulation.Faults;

/// <summary>The machine stopped in the middle of an operation of its disk.</summary>
public sealed class SimulatedCrashException(long operation) : Exception($"the machine crashed at operation {operation} of its disk");

/// <summary>
/// A disk in memory that fails as disks do. What was written and not flushed survives a crash whole, torn or not at all, each write for
/// itself, so that later ones may be there without earlier ones. Names survive in the order in which they were made, up to some point, and
/// surely up to the last sync of their directory. A sector of 512 bytes is written whole or not at all. A bit may rot; the disk may be
/// full; a flush may fail. All of it follows from the seed.
/// </summary>
public sealed class SimulatedDisk(ulong seed) : IDisk
{
    private const int Sector = 512;

    private readonly Dictionary<string, Content> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Content> _lasting = new(StringComparer.Ordinal);
    private readonly List<NameChange> _changes = [];
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private SplitMix _random = new(seed);

    // A file's bytes: those that last, those that are read now, and what lies between.
    private sealed class Content
    {
        public byte[] Lasting { get; set; } = [];

        public byte[] Now { get; set; } = [];

        public List<Change> Changes { get; } = [];
    }

    // Bytes at a place, or, without bytes, a new length.
    private readonly record struct Change(long At, byte[]? Bytes);

    private readonly record struct NameChange(string Directory, string Name, Content? Content);

    /// <summary>Operations that changed something, or wanted to.</summary>
    public long Operations { get; private set; }

    /// <summary>The operation in which the machine crashes.</summary>
    public long CrashAt { get; set; } = long.MaxValue;

    /// <summary>Whether the machine has crashed and was not started again.</summary>
    public bool IsCrashed { get; private set; }

    /// <summary>Bytes that there is still room for.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>How many of the next flushes fail.</summary>
    public int FailingFlushes { get; set; }

    /// <summary>Crashes at once, between two operations.</summary>
    public void Crash() => IsCrashed = true;

    /// <summary>The disk as the machine finds it when it starts again after a crash.</summary>
    public void Restart()
    {
        foreach (IGrouping<string, NameChange> directory in _changes.GroupBy(c => c.Directory).ToList())
        {
            foreach (NameChange change in directory.Take((int)_random.Below(directory.Count() + 1)))
            {
                Apply(_lasting, change);
            }
        }
        _changes.Clear();
        _names.Clear();
        foreach ((string name, Content content) in _lasting.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            byte[] bytes = content.Lasting;
            foreach (Change change in content.Changes)
            {
                bytes = Survive(bytes, change);
            }
            content.Changes.Clear();
            (content.Lasting, content.Now) = (bytes, (byte[])bytes.Clone());
            _names[name] = content;
        }
        _locks.Clear();
        (IsCrashed, CrashAt, FailingFlushes) = (false, long.MaxValue, 0);
    }

    /// <summary>
    /// Turns a bit of a lasting file with a suffix; its name, or null where there is no such byte. Undone by what is returned with it.
    /// </summary>
    public (string Name, Action Undo)? Rot(string suffix)
    {
        List<string> files = [.. _names.Keys.Where(n => n.EndsWith(suffix, StringComparison.Ordinal) && _names[n].Now.Length > 0)
            .Order(StringComparer.Ordinal)];
        if (files.Count == 0)
        {
            return null;
        }
        string name = files[(int)_random.Below(files.Count)];
        Content content = _names[name];
        long at = _random.Below(content.Now.Length);
        var bit = (byte)(1 << (int)_random.Below(8));
        byte whole = content.Now[at];
        var rotten = (byte)(whole ^ bit);
        void Replace(byte from, byte to)
        {
            // What was cut off or written over since has no rot any more.
            foreach (byte[] bytes in new[] { content.Now, content.Lasting })
            {
                if (at < bytes.Length && bytes[at] == from)
                {
                    bytes[at] = to;
                }
            }
        }
        Replace(whole, rotten);
        return (name, () => Replace(rotten, whole));
    }

    /// <inheritdoc/>
    public bool HasDirectory(string path) => _directories.Contains(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => _directories.Add(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> Files(string directory, string suffix) =>
        [.. _names.Keys.Where(n => Path.GetDirectoryName(n) == directory && n.EndsWith(suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public bool Exists(string path) => _names.ContainsKey(path);

    /// <inheritdoc/>
    public IDiskFile OpenToRead(string path) =>
        new OpenFile(this, _names.TryGetValue(path, out Content? content) ? content : throw new FileNotFoundException(path));

    /// <inheritdoc/>
    public IDiskFile OpenToWrite(string path)
    {
        if (!_names.TryGetValue(path, out Content? content))
        {
            content = new Content();
            Rename(path, content);
        }
        return new OpenFile(this, content);
    }

    /// <inheritdoc/>
    public void Move(string from, string to)
    {
        Content content = _names.TryGetValue(from, out Content? found) ? found : throw new FileNotFoundException(from);
        Operate();
        // Both names change together, or neither.
        _changes.Add(new NameChange(Path.GetDirectoryName(to)!, $"{from}\n{to}", content));
        Apply(_names, _changes[^1]);
    }

    /// <inheritdoc/>
    public void Delete(string path) => Rename(path, null);

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        Operate();
        foreach (NameChange change in _changes.Where(c => c.Directory == path))
        {
            Apply(_lasting, change);
        }
        _changes.RemoveAll(c => c.Directory == path);
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path) =>
        _locks.Add(path) ? new Held(this, path) : throw new IOException($"{path} is locked");

    private void Rename(string path, Content? content)
    {
        Operate();
        _changes.Add(new NameChange(Path.GetDirectoryName(path)!, path, content));
        Apply(_names, _changes[^1]);
    }

    private static void Apply(Dictionary<string, Content> names, NameChange change)
    {
        string[] moved = change.Name.Split('\n');
        if (moved.Length == 2)
        {
            names.Remove(moved[0]);
        }
        if (change.Content is { } content)
        {
            names[moved[^1]] = content;
        }
        else
        {
            names.Remove(moved[^1]);
        }
    }

    private void Operate()
    {
        if (IsCrashed)
        {
            throw new SimulatedCrashException(Operations);
        }
        if (++Operations >= CrashAt)
        {
            IsCrashed = true;
            throw new SimulatedCrashException(Operations);
        }
    }

    private byte[] Survive(byte[] bytes, Change change)
    {
        long draw = _random.Below(100);
        if (draw < 35)
        {
            return bytes;
        }
        if (change.Bytes is not { } written || draw < 75)
        {
            return Applied(bytes, change);
        }
        // Torn: a sector is there whole or not at all; some are, or those up to some point.
        bool isPrefix = _random.Chance(500);
        bool isThere = true;
        for (int from = 0; from < written.Length;)
        {
            int to = (int)Math.Min(written.Length, ((change.At + from) / Sector * Sector) + Sector - change.At);
            isThere = isPrefix ? isThere && _random.Chance(700) : _random.Chance(500);
            bytes = isThere ? Applied(bytes, new Change(change.At + from, written[from..to])) : bytes;
            from = to;
        }
        return bytes;
    }

    private static byte[] Applied(byte[] bytes, Change change)
    {
        if (change.Bytes is not { } written)
        {
            Array.Resize(ref bytes, (int)change.At);
            return bytes;
        }
        if (bytes.Length < change.At + written.Length)
        {
            Array.Resize(ref bytes, (int)change.At + written.Length);
        }
        else
        {
            bytes = (byte[])bytes.Clone();
        }
        written.CopyTo(bytes, change.At);
        return bytes;
    }

    private sealed class Held(SimulatedDisk disk, string path) : IDisposable
    {
        public void Dispose() => disk._locks.Remove(path);
    }

    private sealed class OpenFile(SimulatedDisk disk, Content content) : IDiskFile
    {
        public long Length => content.Now.Length;

        public int Read(Span<byte> bytes, long offset)
        {
            if (offset >= content.Now.Length)
            {
                return 0;
            }
            int count = (int)Math.Min(bytes.Length, content.Now.Length - offset);
            content.Now.AsSpan((int)offset, count).CopyTo(bytes);
            return count;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            long grows = Math.Max(offset + bytes.Length - content.Now.Length, 0);
            int fits = grows <= disk.Room ? bytes.Length : (int)Math.Max(bytes.Length - (grows - disk.Room), 0);
            var change = new Change(offset, bytes[..fits].ToArray());
            bool isOn = !disk.IsCrashed;
            try
            {
                disk.Operate();
            }
            catch (SimulatedCrashException) when (isOn)
            {
                content.Changes.Add(change);
                throw;
            }
            content.Changes.Add(change);
            content.Now = Grown(content.Now, change);
            disk.Room -= disk.Room == long.MaxValue ? 0 : Math.Min(grows, disk.Room);
            if (fits < bytes.Length)
            {
                throw new IOException("No space left on device", 28);
            }
        }

        public void SetLength(long length)
        {
            disk.Operate();
            content.Changes.Add(new Change(length, null));
            content.Now = Applied(content.Now, content.Changes[^1]);
        }

        public void Flush()
        {
            disk.Operate();
            if (disk.FailingFlushes > 0)
            {
                // As Linux does: what was written is lost with the next crash, and a later flush says nothing of it.
                disk.FailingFlushes--;
                content.Changes.Clear();
                throw new IOException("Input/output error", 5);
            }
            foreach (Change change in content.Changes)
            {
                content.Lasting = change.Bytes is null ? Applied(content.Lasting, change) : Grown(content.Lasting, change);
            }
            content.Changes.Clear();
        }

        public void Dispose()
        {
        }

        // In place where it fits: a mark is written thousands of times.
        private static byte[] Grown(byte[] bytes, Change change)
        {
            if (bytes.Length < change.At + change.Bytes!.Length)
            {
                Array.Resize(ref bytes, (int)change.At + change.Bytes.Length);
            }
            change.Bytes.CopyTo(bytes, change.At);
            return bytes;
        }
    }
}
