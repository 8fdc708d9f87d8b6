using System;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;

namespace Surety.Node.Sequencing;

/// <summary>
/// Reads the venue that runs now and changes nothing. Safe on every thread; a venue that was opened again is read from then on.
/// </summary>
public sealed class VenueReader
{
    private readonly LiveSequencer _live;

    internal VenueReader(LiveSequencer live) => _live = live;

    /// <summary>The state; other threads than the sequencer's may read what never changes, and keys.</summary>
    public IndexedState State => _live.Current.Venue.Ledger.Engine.State;

    /// <summary>The venue's name to signatures: the hash of its genesis.</summary>
    public Hash256 Name => State.GenesisHash;

    /// <summary>The last durable command that was told of, and its time, nanoseconds since 1970.</summary>
    public (ulong Sequence, long TimeNs) Released => _live.Released;

    /// <summary>Whether it takes requests: not while its journal cannot be written, and not while it stops.</summary>
    public bool IsReady => _live.IsReady;

    /// <summary>Why it takes nothing more; null while it runs.</summary>
    public Exception? Failure => _live.Current.Failure;

    /// <summary>Requests that wait for the sequencer.</summary>
    public int Queued => _live.Current.Queued;

    /// <summary>Records in the journal.</summary>
    public ulong JournalRecords => _live.Current.Venue.JournalRecords;

    /// <summary>Batches of records that were written since the venue was opened, each with one fsync.</summary>
    public long JournalBatches => _live.Current.Venue.JournalBatches;

    /// <summary>How far the venue's time is ahead of the machine's clock, nanoseconds.</summary>
    public long ClockAheadNs => _live.Current.ClockAheadNs;

    /// <summary>How far the machine's clock jumped, nanoseconds, while it is not followed; 0 while it is.</summary>
    public long ClockJumpedNs => _live.Current.ClockJumpedNs;

    /// <summary>Asks something of the state; the answer comes when everything it can rest on is durable.</summary>
    /// <param name="question">Runs on the sequencer's thread; what it returns must be a copy.</param>
    /// <param name="atBlock">Whether to ask right after the next block is sealed, when proofs can be made.</param>
    /// <exception cref="QueueFullException">Too many wait, for the sequencer or for the block.</exception>
    /// <exception cref="VenueStoppedException">The venue takes nothing now.</exception>
    public Task<T> ReadAsync<T>(Func<Ledger, T> question, bool atBlock = false) => _live.Current.ReadAsync(question, atBlock);

    /// <summary>The owner of an account; 0 for the operator's accounts and those that do not exist.</summary>
    public uint OwnerOf(uint account) =>
        State is var state && account < (uint)state.Counts.Accounts ? state.Accounts[(int)account].Owner : 0;

    /// <summary>Whether a command's signature is that of the key it names, for this venue.</summary>
    /// <param name="record">A well-formed command with its signature.</param>
    public bool HasValidSignature(ReadOnlySpan<byte> record) => _live.Current.Venue.HasValidSignature(record);

    /// <summary>Whether one signature over several commands is that of the key they name, for this venue.</summary>
    /// <param name="batch">The batch's record with its signature.</param>
    public bool HasValidBatchSignature(ReadOnlySpan<byte> batch) => _live.Current.Venue.HasValidBatchSignature(batch);
}
