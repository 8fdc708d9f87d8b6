using System;
using System.Collections.Generic;
using System.Threading;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Venues;

namespace Surety.Node.Sequencing;

/// <summary>One round of the sequencer: executed commands, sealed blocks and answered questions, waiting to be durable.</summary>
internal sealed class OutboxBatch
{
    private readonly List<Entry> _entries = [];

    public EventCopy Events { get; } = new();

    public int Count => _entries.Count;

    /// <summary>The journal's length with which all of this is durable.</summary>
    public ulong JournalRecords { get; set; }

    public IReadOnlyList<Entry> Entries => _entries;

    public void AddCommand(byte[] record, Submission? submission, int index, Outcome outcome, string? label, int from, int to,
        int balancesFrom, int balancesTo) =>
        _entries.Add(new Entry(record, submission, index, outcome, label, from, to, null, null, balancesFrom, balancesTo));

    public void AddUnsequenced(Submission? submission, int index) =>
        _entries.Add(new Entry(null, submission, index, default, null, 0, 0, null, null));

    public void AddBlock(BlockHeader header, HeaderSeal? seal = null) =>
        _entries.Add(new Entry(null, null, 0, default, null, 0, 0, null, header, Seal: seal));

    /// <summary>A question that was asked.</summary>
    public void AddQuestion(Question question) => _entries.Add(new Entry(null, null, 0, default, null, 0, 0, question, null));

    public void Clear()
    {
        _entries.Clear();
        Events.Clear();
    }

    public void FailAll(Exception e)
    {
        foreach (Entry entry in _entries)
        {
            entry.Question?.Fail(e);
            if (entry.Submission is { } submission && entry.Index == submission.Commands.Length - 1)
            {
                submission.Released?.Invoke(submission, e);
            }
        }
    }

    public static void FailOne(object work, Exception e)
    {
        if (work is Submission submission)
        {
            submission.Released?.Invoke(submission, e);
        }
        else
        {
            ((Question)work).Fail(e);
        }
    }

    public readonly record struct Entry(
        byte[]? Record, Submission? Submission, int Index, Outcome Outcome, string? Label, int From, int To, Question? Question,
        BlockHeader? Block, int BalancesFrom = 0, int BalancesTo = 0, HeaderSeal? Seal = null);
}

/// <summary>Who follows the durable venue.</summary>
public interface IOutboxReader
{
    /// <summary>A command is durable. Before its sender is told.</summary>
    void Executed(in ExecutedCommand command);

    /// <summary>A block is durable.</summary>
    void Sealed(in BlockHeader header);

    /// <summary>The venue's signature over the block that is told of next.</summary>
    void Signed(HeaderSeal seal)
    {
    }

    /// <summary>No more is durable now: time to tell others what was gathered.</summary>
    void RoundEnded();
}

/// <summary>
/// Releases what is durable, in order, on its own thread: readers first, so that a receiver can ask and find it, then the sender.
/// </summary>
public sealed class Outbox : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _wake = new(false);
    private readonly Queue<(OutboxBatch Batch, Venue Venue)> _waiting = new();
    private readonly Stack<OutboxBatch> _free = new();
    private readonly IReadOnlyList<IOutboxReader> _readers;
    private readonly Thread? _thread;
    private bool _finish;
    private Exception? _failure;

    /// <param name="readers">Told of everything, in this order.</param>
    public Outbox(params IReadOnlyList<IOutboxReader> readers)
        : this(readers, hasThread: true)
    {
    }

    private Outbox(IReadOnlyList<IOutboxReader> readers, bool hasThread)
    {
        _readers = readers;
        if (hasThread)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "outbox" };
            _thread.Start();
        }
    }

    /// <summary>For simulations: one without a thread, which releases when <see cref="ReleaseDurable"/> is called.</summary>
    public static Outbox OnCaller(params IReadOnlyList<IOutboxReader> readers) => new(readers, hasThread: false);

    /// <summary>The venue's time of the last command that was released.</summary>
    public long ReleasedTimeNs { get; private set; }

    /// <summary>The last command that was released.</summary>
    public ulong ReleasedSequence { get; private set; }

    /// <summary>Told how long each submission took from being handed in to being released, stopwatch ticks.</summary>
    public Action<long>? Latency { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Finish();
        _wake.Dispose();
    }

    /// <summary>Told of an exception in a reader or in a sender's callback: it concerns that one, and the venue goes on.</summary>
    public Action<Exception>? Unexpected { get; set; }

    internal OutboxBatch NewBatch()
    {
        lock (_gate)
        {
            return _free.TryPop(out OutboxBatch? batch) ? batch : new OutboxBatch();
        }
    }

    internal void Add(OutboxBatch batch, Venue venue)
    {
        lock (_gate)
        {
            _waiting.Enqueue((batch, venue));
        }
        _wake.Set();
    }

    internal void Wake() => _wake.Set();

    /// <summary>What is not durable by now never will be: its senders are told so.</summary>
    internal void Fail(Exception e)
    {
        lock (_gate)
        {
            _failure = e;
        }
        _wake.Set();
    }

    /// <summary>Takes batches of a venue that was opened again.</summary>
    internal void Recover()
    {
        lock (_gate)
        {
            _failure = null;
        }
    }

    /// <summary>Returns when everything handed in is released, and ends the thread.</summary>
    internal void Finish()
    {
        lock (_gate)
        {
            _finish = true;
        }
        _wake.Set();
        if (_thread is not null && Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (true)
        {
            _wake.Wait(200);
            _wake.Reset();
            ReleaseDurable();
            if (_finish && _waiting.Count == 0)
            {
                return;
            }
        }
    }

    /// <summary>Releases all that is durable, in order, on the caller's thread.</summary>
    public void ReleaseDurable()
    {
        bool any = false;
        while (TakeNext(out OutboxBatch? batch, out Exception? failure))
        {
            if (failure is null)
            {
                Release(batch!);
                any = true;
            }
            else
            {
                batch!.FailAll(failure);
            }
            batch!.Clear();
            lock (_gate)
            {
                _free.Push(batch);
            }
        }
        if (any)
        {
            foreach (IOutboxReader reader in _readers)
            {
                Guard(reader.RoundEnded);
            }
        }
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            Unexpected?.Invoke(e);
        }
    }

    private bool TakeNext(out OutboxBatch? batch, out Exception? failure)
    {
        lock (_gate)
        {
            batch = null;
            failure = null;
            if (!_waiting.TryPeek(out (OutboxBatch Batch, Venue Venue) next))
            {
                return false;
            }
            if (next.Venue.DurableRecords < next.Batch.JournalRecords)
            {
                if (_failure is null)
                {
                    return false;
                }
                failure = _failure;
            }
            batch = next.Batch;
            _waiting.Dequeue();
            return true;
        }
    }

    private void Release(OutboxBatch batch)
    {
        foreach (OutboxBatch.Entry entry in batch.Entries)
        {
            if (entry.Record is { } record)
            {
                var command = new ExecutedCommand
                {
                    Record = record,
                    Events = batch.Events.Bytes[entry.From..entry.To],
                    Outcome = entry.Outcome,
                    Label = entry.Label,
                    Balances = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(
                        batch.Events.Balances)[entry.BalancesFrom..entry.BalancesTo],
                };
                foreach (IOutboxReader reader in _readers)
                {
                    try
                    {
                        reader.Executed(in command);
                    }
                    catch (Exception e)
                    {
                        Unexpected?.Invoke(e);
                    }
                }
                ReleasedTimeNs = entry.Outcome.TimeNs;
                ReleasedSequence = entry.Outcome.Sequence;
            }
            if (entry.Submission is { } submission && entry.Index == submission.Commands.Length - 1)
            {
                Latency?.Invoke(System.Diagnostics.Stopwatch.GetTimestamp() - submission.EnqueuedAt);
                try
                {
                    submission.Released?.Invoke(submission, null);
                }
                catch (Exception e)
                {
                    Unexpected?.Invoke(e);
                }
            }
            if (entry.Block is { } header)
            {
                foreach (IOutboxReader reader in _readers)
                {
                    if (entry.Seal is { } seal)
                    {
                        Guard(() => reader.Signed(seal));
                    }
                    Guard(() => reader.Sealed(in header));
                }
            }
            entry.Question?.Release();
        }
    }
}
