using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Surety.Core.Hashing;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Protocol;
using Surety.Protocol.Blocks;

namespace Surety.Replay.Snapshots;

/// <summary>The state at a block, saved table by table. Loading rebuilds the state root and compares it with the block's header.</summary>
public sealed class StateSnapshot
{
    private const uint HeaderPart = 0;
    private readonly List<(uint, ReadOnlyMemory<byte>)> _parts;
    private readonly IDisk _disk;

    private StateSnapshot(string path, List<(uint, ReadOnlyMemory<byte>)> parts, IDisk disk) =>
        (Path, _parts, _disk) = (path, parts, disk);

    /// <summary>The file it goes to.</summary>
    public string Path { get; }

    /// <summary>Copies the state as of the last sealed block.</summary>
    /// <exception cref="InvalidOperationException">Commands were applied since that block.</exception>
    public static StateSnapshot Of(JournalDirectory directory, Ledger ledger)
    {
        if (ledger.Pending > 0 || ledger.Last.Height == 0)
        {
            throw new InvalidOperationException("A snapshot is of a sealed block; seal the one being made first.");
        }
        var parts = new List<(uint, ReadOnlyMemory<byte>)> { (HeaderPart, ledger.Last.ToBytes()) };
        foreach (Table table in ledger.Engine.State.Tables)
        {
            parts.Add(((uint)table.Id, table.Pages.ToArray()));
        }
        return new StateSnapshot(
            System.IO.Path.Combine(directory.Snapshots, ledger.Last.Height.ToString("D12", CultureInfo.InvariantCulture) + ".snap"),
            parts, directory.Disk);
    }

    /// <summary>Writes the file.</summary>
    public void Write() => SnapshotFile.Write(Path, _parts, _disk);

    /// <summary>Saves the state as of the last sealed block; returns the file.</summary>
    /// <exception cref="InvalidOperationException">Commands were applied since that block.</exception>
    public static string Save(JournalDirectory directory, Ledger ledger)
    {
        StateSnapshot snapshot = Of(directory, ledger);
        snapshot.Write();
        return snapshot.Path;
    }

    /// <summary>The newest snapshot that loads, as a ledger that goes on after its block; null when there is none.</summary>
    /// <param name="directory">Where the snapshots are.</param>
    /// <param name="genesisRecord">The venue.</param>
    /// <param name="before">Only one whose block ended before this command.</param>
    public static Ledger? LoadNewest(JournalDirectory directory, GenesisRecord genesisRecord, ulong before = ulong.MaxValue)
    {
        IReadOnlyList<string> files = directory.Disk.Files(directory.Snapshots, ".snap");
        for (int i = files.Count - 1; i >= 0; i--)
        {
            try
            {
                Ledger ledger = Load(files[i], genesisRecord, directory.Disk);
                if (ledger.LastSequence < before)
                {
                    return ledger;
                }
            }
            catch (Exception e) when (e is JournalDamagedException or IOException or UnauthorizedAccessException)
            {
                // An older one, or the journal from its beginning, gives the same state.
            }
        }
        return null;
    }

    /// <summary>
    /// Loads a snapshot and checks it against its block's state root, with the salts of the venue's secret, which is not in it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="genesisRecord">The venue.</param>
    /// <param name="disk">The disk; null for the machine's.</param>
    /// <exception cref="JournalDamagedException">It is damaged, of another venue, or its state has another root.</exception>
    public static Ledger Load(string path, GenesisRecord genesisRecord, IDisk? disk = null)
    {
        IReadOnlyList<(uint Id, ReadOnlyMemory<byte> Bytes)> parts = SnapshotFile.Read(path, disk);
        if (parts.Count == 0 || parts[0].Id != HeaderPart || !BlockHeader.TryRead(parts[0].Bytes.Span, out BlockHeader header))
        {
            throw new JournalDamagedException(
                $"{path}: it does not begin with a block header. Delete it: the journal alone restores the venue.");
        }
        var tables = new Dictionary<uint, ReadOnlyMemory<byte>>();
        for (int i = 1; i < parts.Count; i++)
        {
            tables[parts[i].Id] = parts[i].Bytes;
        }
        var state = new IndexedState(genesisRecord);
        Hash256 root;
        try
        {
            root = state.Restore(id => tables.TryGetValue((uint)id, out ReadOnlyMemory<byte> bytes) ? bytes.Span : default,
                header.StateRoot);
        }
        catch (ArgumentException e)
        {
            throw new JournalDamagedException($"{path}: {e.Message} Delete it: the journal alone restores the venue.");
        }
        if (header.Venue != state.GenesisHash || root != header.StateRoot)
        {
            throw new JournalDamagedException(
                $"{path}: the state in it has root {root}, its block says {header.StateRoot}. "
                + $"Delete it: the journal alone restores the venue.");
        }
        return new Ledger(new SuretyEngine(state), header);
    }
}
