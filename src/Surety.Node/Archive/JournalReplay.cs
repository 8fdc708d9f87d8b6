using System;
using System.Collections.Generic;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Replay.Snapshots;
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
        using JournalDirectory directory = JournalDirectory.OpenToRead(root);
        using var reader = new JournalReader(directory);
        GenesisRecord genesisRecord = Recovery.ReadGenesis(reader);
        Ledger ledger = after == 0 ? new Ledger(genesisRecord) : StateSnapshot.LoadNewest(directory, genesisRecord, before: after) ?? new Ledger(genesisRecord);
        ledger.Exclusions = Exclusions.Of(directory);
        ledger.SecretsAreGiven = true;
        var catalog = new InstrumentCatalog(ledger.Engine.State);
        var copy = new EventCopy();
        var batch = new ArchiveBatch();
        ulong height = ledger.Last.Height;
        while (ledger.LastSequence + 1 < until && reader.MoveNext())
        {
            BlockRecords.Take(ledger, reader);
            if (reader.Kind == (uint)RecordKind.Command && BitConverter.ToUInt64(reader.Payload) > ledger.LastSequence)
            {
                Take(ledger, reader, copy, catalog, batch, after);
            }
            else if (reader.Kind == (uint)RecordKind.BlockHeader && ledger.Pending > 0)
            {
                ledger.SealNow();
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

    private static void Take(Ledger ledger, JournalReader reader, EventCopy copy, InstrumentCatalog catalog, ArchiveBatch batch, ulong after)
    {
        (RefusalCode code, _) = ledger.Apply(reader.Payload);
        copy.Clear();
        (long detail, ulong created, _, bool terms) = copy.Append(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom);
        if (terms)
        {
            catalog.Reload(ledger.Engine.State);
        }
        if (ledger.LastSequence > after)
        {
            batch.Add(
                new ExecutedCommand { Record = reader.Payload, Events = copy.Bytes, Outcome = new Outcome(code, detail, ledger.LastSequence, ledger.Engine.State.TimeNs, created) },
                catalog.Current);
        }
    }
}
