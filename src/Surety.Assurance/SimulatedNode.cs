using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Engine.Auditing;
using Surety.Engine.Indexes;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Venues;
using Surety.Simulation.Faults;

namespace Surety.Assurance;

/// <summary>
/// A node on one thread: the real venue, journal, sequencer, outbox and recovery, on a disk that fails and clocks that jump. It crashes and
/// starts again; after each start what was told before must be there, and come to the same.
/// </summary>
internal sealed class SimulatedNode : IDisposable
{
    private const string Root = "/venue";
    private const int QueueLimit = 512;

    private readonly SimulatedDisk _disk;
    private readonly Told _told;
    private readonly Func<ulong, Hash256> _secrets;
    private Venue? _venue;
    private Sequencer? _sequencer;
    private Outbox? _outbox;

    public SimulatedNode(SimulatedDisk disk, Told told, in Genesis genesis, long startNs)
    {
        (_disk, _told, _secrets) = (disk, told, Venue.SimulatedSecrets(genesis));
        WallNs = startNs;
        Begin(Venue.Create(Root, genesis, _secrets, disk));
    }

    /// <summary>The wall clock.</summary>
    public long WallNs { get; set; }

    /// <summary>The monotonic clock.</summary>
    public long MonotonicNs { get; set; }

    /// <summary>Starts after crashes and failures.</summary>
    public int Restarts { get; private set; }

    /// <summary>Damage that was recognised and refused, then undone from a copy.</summary>
    public int DamageFound { get; private set; }

    /// <summary>What is wrong; null for nothing.</summary>
    public string? Broken { get; private set; }

    /// <summary>The state as executed, whether it is durable or not; null while the node is off.</summary>
    public IndexedState? State => _venue?.Ledger.Engine.State;

    /// <summary>Hands a request in; one that comes while the node is off, or too many wait, is lost.</summary>
    public void Submit(byte[] record)
    {
        try
        {
            _sequencer?.Enqueue(new Submission(record));
        }
        catch (Exception e) when (e is QueueFullException or VenueStoppedException)
        {
            // The client is told that nothing was done.
        }
    }

    /// <summary>Lets the sequencer make a round.</summary>
    public void Round() => Guard(() => _sequencer?.TryRound());

    /// <summary>Lets the disk write what waits, and tells what is durable.</summary>
    public void Write() => Guard(() =>
    {
        _venue?.WriteWaiting();
        _outbox?.ReleaseDurable();
    });

    /// <summary>Seals the block and takes a snapshot of it.</summary>
    public void Snapshot() => Guard(() =>
    {
        if (_venue is { } venue && _sequencer!.Failure is null)
        {
            try
            {
                venue.Flush();
                if (venue.Ledger.Pending == 0 && venue.Ledger.Last.Height > 0)
                {
                    venue.TakeSnapshot();
                }
            }
            catch (JournalUnavailableException)
            {
                // The disk is full, or failed: without a snapshot the journal restores the venue.
            }
            _outbox!.ReleaseDurable();
        }
    });

    /// <summary>The machine stops without a word.</summary>
    public void Crash()
    {
        _disk.Crash();
        (_venue, _sequencer, _outbox) = (null, null, null);
    }

    /// <summary>The node ends as it should, and the machine is turned off; false where it could not write all that it had to.</summary>
    public bool Stop()
    {
        if (_venue is null || _sequencer?.Failure is not null || _disk.Room != long.MaxValue || _disk.FailingFlushes > 0)
        {
            return false;
        }
        _disk.CrashAt = long.MaxValue;
        Dispose();
        return true;
    }

    /// <summary>
    /// The machine starts, and the venue is opened where it stopped; it may crash in that. With damage, that must be seen.
    /// </summary>
    public void Start((string Name, Action Undo)? damage = null)
    {
        bool isOpen = false;
        while (!isOpen)
        {
            if (_disk.IsCrashed)
            {
                _disk.Restart();
            }
            Restarts++;
            try
            {
                Open();
                isOpen = true;
            }
            catch (SimulatedCrashException)
            {
            }
            catch (JournalDamagedException) when (damage is not null)
            {
                damage!.Value.Undo();
                (damage, DamageFound) = (null, DamageFound + 1);
            }
            catch (JournalDamagedException e)
            {
                Broken ??= $"what a crash left is refused as damage: {e.Message}";
                return;
            }
            catch (Exception e) when (e is JournalUnavailableException or IOException)
            {
                // The disk is full, or failed: it starts when there is room.
                return;
            }
        }
        // Damage behind what is needed, as in an old snapshot, harms nothing: what was told was compared.
        damage?.Undo();
    }

    /// <summary>Looks at every invariant of the state as executed.</summary>
    public void Check()
    {
        if (_venue is not { } venue)
        {
            return;
        }
        Broken ??= Audit.FindViolation(venue.Ledger.Engine);
    }

    /// <summary>
    /// At the end: crashes, starts from the journal alone, and compares the state's root with that of the venue as the last snapshot led
    /// to it.
    /// </summary>
    public void Finish()
    {
        _disk.Room = long.MaxValue;
        Crash();
        Start();
        if (_venue is null)
        {
            Broken ??= "the venue does not start any more";
            return;
        }
        Hash256 root = _venue.Ledger.Engine.State.UpdateRoot();
        Crash();
        _disk.Restart();
        foreach (string file in _disk.Files(Path.Combine(Root, "snapshots"), ".snap"))
        {
            _disk.Delete(file);
        }
        OpenAfter("all snapshots were deleted");
        if (_venue is { } venue && venue.Ledger.Engine.State.UpdateRoot() is var again && again != root)
        {
            Broken ??= $"from a snapshot the state has root {root}, from the journal alone {again}";
        }
        Check();
    }

    /// <summary>Files of snapshots, newest last.</summary>
    public IReadOnlyList<string> Snapshots => _disk.Files(Path.Combine(Root, "snapshots"), ".snap");

    private void OpenAfter(string what)
    {
        try
        {
            Open();
        }
        catch (JournalDamagedException e)
        {
            Broken ??= $"after {what} the journal is refused: {e.Message}";
        }
    }

    private void Open()
    {
        Venue venue = Venue.Open(Root, (ledger, record, code, _) => _told.Again(record, code), null, _secrets, _disk);
        using (var walk = new JournalWalk(venue.Directories))
        {
            while (walk.MoveNext())
            {
                if (walk.TryReadHeader(out BlockHeader header))
                {
                    _told.Again(in header);
                }
            }
        }
        _told.Recovered(venue.Ledger.LastSequence, venue.Ledger.Last.Height);
        Broken ??= _told.Broken;
        Begin(venue);
        Check();
    }

    private void Begin(Venue venue)
    {
        _venue = venue;
        _outbox = Outbox.OnCaller(_told);
        _sequencer = new Sequencer(
            venue, _outbox, QueueLimit, new VenueClock(venue.Ledger.Engine.State.TimeNs, () => WallNs, () => MonotonicNs))
        {
            MostForQuestions = TimeSpan.MaxValue,
            Unexpected = e => Broken ??= $"unexpected: {e}",
        };
    }

    // A crash stops everything; a disk that fails stops the venue, which is opened again.
    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (SimulatedCrashException)
        {
        }
        Broken ??= _told.Broken;
        if (_disk.IsCrashed)
        {
            Crash();
            Start();
        }
        else if (_sequencer?.Failure is { } failure)
        {
            if (failure is not (JournalUnavailableException or IOException))
            {
                Broken ??= $"the venue stopped: {failure}";
            }
            Reopen();
        }
    }

    private void Reopen()
    {
        Dispose();
        Start();
    }

    public void Dispose()
    {
        try
        {
            _outbox?.ReleaseDurable();
            _sequencer?.Dispose();
        }
        catch (Exception e) when (e is JournalUnavailableException or IOException or SimulatedCrashException)
        {
            // As the node does: what could not be written was not acknowledged.
        }
        (_venue, _sequencer, _outbox) = (null, null, null);
    }
}
