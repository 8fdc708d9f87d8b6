using System.Collections.Generic;
using Surety.Engine.Blocks;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Replay.Venues;

namespace Surety.Node.Archive;

/// <summary>Executes a journal again for the sake of its events: what a projection that was dropped or fell behind is made from.</summary>
public static class JournalReplay
{
    /// <summary>Batches of everything after a command, oldest first, until a command or the durable end.</summary>
    /// <param name="root">The venue's directory; it may be in use.</param>
    /// <param name="after">The last command that is known already.</param>
    /// <param name="until">The first command that is not wanted.</param>
    /// <param name="rows">Rows of a batch.</param>
    public static IEnumerable<ArchiveBatch> Batches(string root, ulong after, ulong until = ulong.MaxValue, int rows = 5_000)
    {
        using JournalExecution execution = JournalExecution.Begin(root, before: after);
        Ledger ledger = execution.Ledger;
        var catalog = new InstrumentCatalog(ledger.Engine.State);
        var copy = new EventCopy();
        var batch = new ArchiveBatch();
        ulong height = ledger.Last.Height;
        while (ledger.LastSequence + 1 < until && execution.MoveNext())
        {
            if (execution.IsCommand)
            {
                Take(execution, copy, catalog, batch, after);
            }
            if (ledger.Last.Height != height)
            {
                height = ledger.Last.Height;
                // The block of the last known command may have been sealed after it was written down.
                if (ledger.LastSequence >= after)
                {
                    batch.Add(ledger.Last);
                }
            }
            if (batch.Rows >= rows)
            {
                yield return batch;
                batch = new ArchiveBatch();
            }
        }
        if (batch.Rows > 0 || !batch.IsEmpty)
        {
            yield return batch;
        }
    }

    private static void Take(JournalExecution execution, EventCopy copy, InstrumentCatalog catalog, ArchiveBatch batch, ulong after)
    {
        Ledger ledger = execution.Ledger;
        copy.Clear();
        (long detail, ulong created, _, bool terms) = copy.Append(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom);
        if (terms)
        {
            catalog.Reload(ledger.Engine.State);
        }
        if (ledger.LastSequence > after)
        {
            var outcome = new Outcome(execution.Code, detail, ledger.LastSequence, ledger.Engine.State.TimeNs, created);
            batch.Add(new ExecutedCommand { Record = execution.Walk.Payload, Events = copy.Bytes, Outcome = outcome }, catalog.Current);
        }
    }
}
