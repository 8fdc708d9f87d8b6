using System;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Node.Snapshots;

namespace Surety.Node.Sequencing;

/// <summary>From a journal on disk back to a running ledger.</summary>
public static class Recovery
{
    /// <summary>Reads the genesis record, which must come first.</summary>
    /// <exception cref="JournalDamagedException">It does not, or is not valid.</exception>
    public static Genesis ReadGenesis(JournalReader reader)
    {
        if (!reader.MoveNext() || reader.Kind != (uint)RecordKind.Genesis || reader.Payload.Length != Genesis.Size)
        {
            throw new JournalDamagedException(reader.File, reader.Offset, 0, "the journal does not begin with a genesis record");
        }
        Genesis genesis = MemoryMarshal.Read<Genesis>(reader.Payload);
        return genesis.FindError() is { } error
            ? throw new JournalDamagedException(reader.File, reader.Offset, 0, $"the genesis record is not valid: {error}")
            : genesis;
    }

    /// <summary>The newest usable snapshot, then every later command; each block header on the way must come out as it was written.</summary>
    /// <exception cref="JournalDamagedException">The journal is damaged, or re-execution disagrees with it.</exception>
    public static Ledger Restore(JournalDirectory directory)
    {
        using var reader = new JournalReader(directory);
        Genesis genesis = ReadGenesis(reader);
        Ledger ledger = StateSnapshot.LoadNewest(directory, genesis) ?? new Ledger(in genesis);
        while (reader.MoveNext())
        {
            if (reader.Kind == (uint)RecordKind.Command)
            {
                if (BitConverter.ToUInt64(reader.Payload) > ledger.LastSequence)
                {
                    ledger.Apply(reader.Payload);
                }
            }
            else if (reader.Kind == (uint)RecordKind.BlockHeader && BlockHeader.TryRead(reader.Payload, out BlockHeader written) && written.Height >= ledger.Last.Height)
            {
                // A block sealed on request rather than by its own size is sealed again here.
                if (ledger.Pending > 0 && written.FirstSequence + written.CommandCount - 1 == ledger.LastSequence)
                {
                    ledger.SealNow();
                }
                if (written.Hash() != ledger.Last.Hash())
                {
                    throw new JournalDamagedException(reader.File, reader.Offset, reader.Count - 1, $"block {written.Height} does not come out as its header says; run ./surety verify");
                }
            }
        }
        return ledger;
    }
}
