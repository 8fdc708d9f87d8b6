using System;
using System.Collections.Generic;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Snapshots;

namespace Surety.Replay.Venues;

/// <summary>From a journal on disk back to a running ledger.</summary>
public static class Recovery
{
    /// <summary>Told of each command that recovery executes again, with the label that stood before it.</summary>
    public delegate void Executed(Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, string? label);

    /// <summary>
    /// The newest usable snapshot, then every later command; each block header on the way must come out as it was written.
    /// </summary>
    /// <returns>The ledger, and a walk at the journal's end, which the caller disposes of or hands to a writer.</returns>
    /// <exception cref="JournalDamagedException">The journal is damaged, or re-execution disagrees with it.</exception>
    /// <param name="directory">Where the journal is.</param>
    /// <param name="executed">Told of every command after the snapshot.</param>
    /// <param name="loaded">Told of the ledger as the snapshot left it.</param>
    /// <param name="tail">Takes what the journal's end lacks.</param>
    public static (Ledger Ledger, JournalWalk AtEnd) Restore(
        JournalDirectory directory, Executed? executed = null, Action<Ledger>? loaded = null, JournalTail? tail = null)
    {
        GenesisRecord genesisRecord;
        using (var first = new JournalWalk(directory))
        {
            genesisRecord = first.ReadGenesis();
        }
        var exclusions = new Dictionary<ulong, Exclusion>();
        ulong told = 0;
        while (true)
        {
            Ledger ledger = StateSnapshot.LoadNewest(directory, genesisRecord) ?? new Ledger(genesisRecord);
            ledger.Exclusions = exclusions;
            ledger.SecretsAreGiven = true;
            tail ??= new JournalTail();
            tail.Begin();
            if (exclusions.Count == 0)
            {
                loaded?.Invoke(ledger);
            }
            var walk = new JournalWalk(directory, SegmentOf(directory, ledger.LastSequence));
            try
            {
                if (Replay(walk, ledger, executed, tail, ref told) is not { } stop)
                {
                    return (ledger, walk);
                }
                // What the command has left half done is thrown away with the ledger; the next round passes over it.
                Exclude(walk, ledger, stop, exclusions);
            }
            catch
            {
                walk.Dispose();
                throw;
            }
        }
    }

    private static void Exclude(JournalWalk walk, Ledger ledger, Exception stop, Dictionary<ulong, Exclusion> exclusions)
    {
        using (walk)
        {
            (string file, long offset, ulong record) = (walk.File, walk.Offset, walk.Record);
            string? problem = Exclusions.Learn(walk, ledger, stop, exclusions, out Exclusion? missing);
            if (missing is { } exclusion && walk.Directory.IsLocked)
            {
                Exclusions.Append(walk, exclusion);
                exclusions.Add(exclusion.Excluded, exclusion);
            }
            else if (problem is not null)
            {
                throw new JournalDamagedException(file, offset, record, problem);
            }
        }
    }

    // Executes to the journal's end; what stopped the engine at the record where the walk then stands, or null.
    private static Exception? Replay(JournalWalk walk, Ledger ledger, Executed? executed, JournalTail tail, ref ulong told)
    {
        string? label = null;
        while (walk.MoveNext())
        {
            BlockRecords.Take(ledger, walk);
            if (walk.Kind == RecordKind.Command)
            {
                if (walk.Sequence > ledger.LastSequence)
                {
                    if (tail.HeaderIsMissing)
                    {
                        throw walk.Damage($"block {ledger.Last.Height} has no header before this command; run ./surety verify");
                    }
                    walk.Anticipate(ledger.Engine);
                    RefusalCode code;
                    try
                    {
                        (code, tail.HeaderIsMissing) = ledger.Apply(walk.Payload);
                    }
                    catch (Exception e) when (Exclusions.IsStop(e))
                    {
                        return e;
                    }
                    if (ledger.LastSequence > told)
                    {
                        told = ledger.LastSequence;
                        executed?.Invoke(ledger, walk.Payload, code, label);
                    }
                }
                label = null;
            }
            else if (walk.Kind == RecordKind.Label)
            {
                label = System.Text.Encoding.UTF8.GetString(walk.Payload);
            }
            else if (walk.TryReadHeader(out BlockHeader written) && written.Height >= ledger.Last.Height)
            {
                // A block sealed on request rather than by its own size is sealed again here.
                if (ledger.Pending > 0 && written.FirstSequence + written.CommandCount - 1 == ledger.LastSequence)
                {
                    ledger.SealNow();
                }
                if (written.Hash() != ledger.Last.Hash())
                {
                    throw walk.Damage($"block {written.Height} does not come out as its header says; run ./surety verify");
                }
                tail.Saw(ledger, in written);
            }
            else if (walk.ReadSeal() is { } seal)
            {
                tail.Saw(seal);
            }
        }
        return null;
    }

    // The newest segment that begins no later than the command after a number: what is older need not be read.
    private static int SegmentOf(JournalDirectory directory, ulong sequence)
    {
        for (int i = directory.SegmentFiles().Count - 1; i > 0 && sequence > 0; i--)
        {
            using var walk = new JournalWalk(directory, i);
            try
            {
                while (walk.MoveNext())
                {
                    if (walk.Kind == RecordKind.Command)
                    {
                        if (walk.Sequence <= sequence)
                        {
                            return i;
                        }
                        break;
                    }
                }
            }
            catch (JournalDamagedException)
            {
                // Reading from further back names the damage.
            }
        }
        return 0;
    }
}
