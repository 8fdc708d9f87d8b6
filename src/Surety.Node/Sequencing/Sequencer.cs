using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Proving;
using Surety.Replay.Venues;

namespace Surety.Node.Sequencing;

/// <summary>The queue to the sequencer is full: the sender should wait and try again.</summary>
public sealed class QueueFullException(int limit) : Exception($"{limit} requests wait already; try again later");

/// <summary>The venue takes nothing now; the message says why.</summary>
public sealed class VenueStoppedException(string message) : Exception(message);

/// <summary>
/// One thread that numbers, journals and executes; journal and engine overlap, and what came of a command goes to the
/// <see cref="Outbox"/>, which releases it when it is durable. Questions about the state travel the same way, so that no reader is told
/// of anything that a crash could take back.
/// </summary>
public sealed class Sequencer : IDisposable
{
    private const int MostPerRound = 2_048;

    // Questions that wait for one block: they are asked in one go.
    private const int MostAtBlock = 256;
    private const long TickNs = 250_000_000;


    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _wake = new(false);
    private readonly Thread _thread;
    private readonly Outbox _outbox;
    private readonly VenueClock _clock;
    private readonly int _queueLimit;
    private readonly byte[] _tick = new byte[CommandHeader.Size];
    private readonly List<Question> _afterBlock = [];
    private readonly Queue<Question> _questions = new();
    private List<object> _incoming = [];
    private List<object> _working = [];
    private int _done;
    private int _stop;
    private OutboxBatch _batch;

    /// <param name="venue">The open venue; the sequencer owns it from here on.</param>
    /// <param name="outbox">Where executed commands go.</param>
    /// <param name="queueLimit">How many submissions and questions may wait.</param>
    /// <param name="clock">Its time; null for the machine's clocks.</param>
    public Sequencer(Venue venue, Outbox outbox, int queueLimit = 65_536, VenueClock? clock = null)
    {
        Venue = venue;
        _outbox = outbox;
        _queueLimit = queueLimit;
        _clock = clock ?? new VenueClock(venue.Ledger.Engine.State.TimeNs);
        _batch = outbox.NewBatch();
        CommandHeader header = default;
        header.Kind = CommandKind.Tick;
        header.Length = CommandHeader.Size;
        MemoryMarshal.Write(_tick, in header);
        venue.BatchDone = () =>
        {
            _outbox.Wake();
            _wake.Set();
        };
        _thread = new Thread(Run) { IsBackground = true, Name = "sequencer" };
    }

    /// <summary>The venue on disk.</summary>
    public Venue Venue { get; }

    /// <summary>How long questions may take in a round: two milliseconds where nothing else is said.</summary>
    public TimeSpan MostForQuestions { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Who looks on, on the sequencer's thread.</summary>
    public IReadOnlyList<ISequencerWatch> Watches { get; init; } = [];

    /// <summary>Told of an exception in one who looks on: it concerns that one, and the venue goes on.</summary>
    public Action<Exception>? Unexpected { get; init; }

    /// <summary>
    /// Signs headers; null for none. A block is then told of when its signature is durable with it. The caller disposes of the signer after
    /// the sequencer.
    /// </summary>
    public HeaderSigner? Signer
    {
        get;
        init
        {
            field = value;
            if (value is not null)
            {
                value.Signed = () => _wake.Set();
            }
        }
    }

    /// <summary>Things that wait.</summary>
    public int Queued => _incoming.Count + _working.Count + _questions.Count;

    /// <summary>Why the venue takes nothing more; null while it runs.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>How far the venue's time is ahead of the wall clock, nanoseconds.</summary>
    public long ClockAheadNs => _clock.AheadNs;

    /// <summary>How far the wall clock jumped, nanoseconds, while it is not followed; 0 while it is.</summary>
    public long ClockJumpedNs => _clock.JumpedNs;

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>Hands commands in.</summary>
    /// <exception cref="QueueFullException">Too many wait.</exception>
    /// <exception cref="VenueStoppedException">The venue takes nothing now.</exception>
    public void Enqueue(Submission submission)
    {
        submission.EnqueuedAt = Stopwatch.GetTimestamp();
        Add(submission);
    }

    /// <summary>Hands commands in and returns what became of them when that is durable.</summary>
    public Task<Outcome[]> SubmitAsync(byte[][] commands, byte[]? batch = null, string? label = null)
    {
        var source = new TaskCompletionSource<Outcome[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(new Submission(commands)
        {
            Batch = batch,
            Label = label,
            Released = (s, error) =>
            {
                if (error is null)
                {
                    source.SetResult(s.Outcomes);
                }
                else
                {
                    source.SetException(error);
                }
            },
        });
        return source.Task;
    }

    /// <summary>Asks something of the state; the answer comes when everything it can rest on is durable.</summary>
    /// <param name="question">Runs on the sequencer's thread; what it returns must be a copy.</param>
    /// <param name="atBlock">Whether to ask right after the next block is sealed, when proofs can be made.</param>
    /// <param name="own">Whether the node itself asks: it is then asked however many wait for the block.</param>
    /// <exception cref="QueueFullException">Too many wait, for the sequencer or for the block.</exception>
    public Task<T> ReadAsync<T>(Func<Ledger, T> question, bool atBlock = false, bool own = false)
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(new Question<T>(question, source, atBlock, own));
        return source.Task;
    }

    /// <summary>Finishes what waits, seals the block, makes everything durable, and stops.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stop, 1) == 0 && _thread.IsAlive)
        {
            _wake.Set();
            _thread.Join();
        }
        if (Signer is { } signer)
        {
            signer.Signed = null;
        }
        Venue.Dispose();
        _wake.Dispose();
    }

    private void Add(object work)
    {
        lock (_gate)
        {
            if (Failure is { } failure)
            {
                throw new VenueStoppedException(failure.Message);
            }
            if (_stop != 0)
            {
                throw new VenueStoppedException("the venue is stopping");
            }
            if (_incoming.Count + _questions.Count >= _queueLimit)
            {
                throw new QueueFullException(_queueLimit);
            }
            _incoming.Add(work);
        }
        _wake.Set();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                if (_incoming.Count == 0 && _questions.Count == 0)
                {
                    _wake.Wait(100);
                }
                _wake.Reset();
                bool stopping = Volatile.Read(ref _stop) != 0;
                Round();
                if (stopping && _incoming.Count == 0 && _questions.Count == 0)
                {
                    break;
                }
            }
            ulong height = Venue.Ledger.Last.Height;
            Venue.SealBlock();
            if (Venue.Ledger.Last.Height != height)
            {
                Sealed();
            }
            Signer?.Finish();
            TakeSigned();
            Venue.Flush();
            HandOver();
            _afterBlock.ForEach(q => q.Fail(new VenueStoppedException("the venue is stopping")));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>
    /// One round on the caller's thread, for simulations, instead of <see cref="Start"/>; false when the venue can go on no more.
    /// </summary>
    public bool TryRound()
    {
        try
        {
            Round();
            return true;
        }
        catch (Exception e)
        {
            Fail(e);
            return false;
        }
    }

    private void Round()
    {
        lock (_gate)
        {
            (_incoming, _working) = (_working, _incoming);
        }
        ThrowIfJournalFailed();
        for (int i = 0; i < _working.Count; i++)
        {
            Do(_working[i]);
            _done = i + 1;
            if (_batch.Count >= MostPerRound)
            {
                HandOver();
            }
        }
        _working.Clear();
        _done = 0;
        AnswerQuestions();
        TakeSigned();
        if (_clock.NowNs() - Venue.Ledger.Engine.State.TimeNs >= TickNs)
        {
            Apply(_tick, null, 0, null);
        }
        HandOver();
    }

    private void Do(object work)
    {
        if (work is Submission submission)
        {
            if (submission.Batch is { } batch)
            {
                Venue.AppendBatch(batch);
            }
            if (submission.Label is { } label)
            {
                Venue.AppendLabel(System.Text.Encoding.UTF8.GetBytes(label));
            }
            submission.Outcomes = new Outcome[submission.Commands.Length];
            for (int i = 0; i < submission.Commands.Length; i++)
            {
                submission.Outcomes[i] = Apply(submission.Commands[i], submission, i, i == 0 ? submission.Label : null);
            }
        }
        else
        {
            var question = (Question)work;
            if (question.AtBlock && !question.Own && _afterBlock.Count >= MostAtBlock)
            {
                question.Fail(new QueueFullException(MostAtBlock));
            }
            else if (question.AtBlock)
            {
                _afterBlock.Add(question);
            }
            else
            {
                _questions.Enqueue(question);
            }
        }
    }

    // After the commands of the round, and for so long at most: many questions delay questions, not orders.
    private void AnswerQuestions()
    {
        long from = Stopwatch.GetTimestamp();
        while (_questions.TryDequeue(out Question? question))
        {
            question.Ask(Venue.Ledger);
            _batch.AddQuestion(question);
            if (Stopwatch.GetElapsedTime(from) > MostForQuestions)
            {
                return;
            }
        }
    }

    private Outcome Apply(byte[] record, Submission? submission, int index, string? label)
    {
        Ledger ledger = Venue.Ledger;
        ulong before = ledger.LastSequence;
        ulong height = ledger.Last.Height;
        RefusalCode code = Venue.Submit(record, _clock.NowNs());
        if (ledger.LastSequence == before)
        {
            var malformed = new Outcome(code, 0, 0, 0, 0);
            _batch.AddUnsequenced(submission, index);
            return malformed;
        }
        int from = _batch.Events.Length;
        int balances = _batch.Events.Balances.Count;
        (long detail, ulong created, bool called, bool terms) =
            _batch.Events.Append(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom, ledger.Engine.State);
        var outcome = new Outcome(code, detail, ledger.LastSequence, ledger.Engine.State.TimeNs, created);
        _batch.AddCommand(record, submission, index, outcome, label, from, _batch.Events.Length, balances, _batch.Events.Balances.Count);
        foreach (ISequencerWatch watch in Watches)
        {
            try
            {
                watch.Executed(ledger, record, code, called, terms);
            }
            catch (Exception e)
            {
                Unexpected?.Invoke(e);
            }
        }
        if (ledger.Last.Height != height)
        {
            Sealed();
        }
        return outcome;
    }

    // Right after sealing, while the logs still hold the block.
    private void Sealed()
    {
        Ledger ledger = Venue.Ledger;
        foreach (ISequencerWatch watch in Watches)
        {
            try
            {
                watch.BlockSealed(ledger);
            }
            catch (Exception e)
            {
                Unexpected?.Invoke(e);
            }
        }
        if (Signer is not { } signer)
        {
            _batch.AddBlock(ledger.Last);
        }
        else
        {
            // Until the operator has added the key, and after it was revoked, a block goes out unsigned, but in its turn.
            signer.Enqueue(ledger.Last, SealingKeys.Find(ledger.Engine.State, signer.PublicKey));
        }
        foreach (Question question in _afterBlock)
        {
            question.Ask(ledger);
            _batch.AddQuestion(question);
        }
        _afterBlock.Clear();
    }

    private void TakeSigned()
    {
        while (Signer is { } signer && signer.TryTake(out BlockHeader header, out HeaderSeal? seal))
        {
            if (seal is not null)
            {
                Venue.AppendSeal(seal);
            }
            _batch.AddBlock(header, seal);
        }
    }

    private void HandOver()
    {
        Venue.Publish();
        if (_batch.Count > 0)
        {
            foreach (ISequencerWatch watch in Watches)
            {
                try
                {
                    watch.RoundEnded(Venue.Ledger);
                }
                catch (Exception e)
                {
                    Unexpected?.Invoke(e);
                }
            }
            _batch.JournalRecords = Venue.JournalRecords;
            _outbox.Add(_batch, Venue);
            _batch = _outbox.NewBatch();
        }
    }

    private void ThrowIfJournalFailed()
    {
        if (Venue.JournalFailure is { } failure)
        {
            throw new JournalUnavailableException(
                $"{Venue.Root}: the journal could not be written ({failure.Message}); nothing after it was acknowledged", failure);
        }
    }

    private void Fail(Exception e)
    {
        List<object> waiting;
        lock (_gate)
        {
            Failure = e;
            // What was carried out before is in a batch, which tells its sender.
            waiting = [.. _working[_done..], .. _incoming, .. _questions, .. _afterBlock];
            _incoming.Clear();
            _questions.Clear();
        }
        var stopped = new VenueStoppedException(e.Message);
        _batch.FailAll(stopped);
        _outbox.Fail(stopped);
        foreach (object work in waiting)
        {
            OutboxBatch.FailOne(work, stopped);
        }
        Failed?.Invoke(e);
    }

    /// <summary>Told, on the sequencer's thread, that the venue can go on no more.</summary>
    public Action<Exception>? Failed { get; set; }
}
