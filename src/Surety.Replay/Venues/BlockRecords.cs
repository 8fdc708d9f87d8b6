using System;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Protocol.Commands;

namespace Surety.Replay.Venues;

/// <summary>What a journal says about a block beside its commands: its secret, and the labels of its orders.</summary>
public static class BlockRecords
{
    /// <summary>
    /// Gives a ledger what stands at the reader, where that is a secret or a label. To be called for every record before a command is
    /// applied, also for those that the ledger knows already.
    /// </summary>
    public static void Take(Ledger ledger, JournalReader reader)
    {
        switch ((RecordKind)reader.Kind)
        {
            case RecordKind.BlockSecret when reader.Payload.Length == Hash256.Size && ledger.Pending == 0:
                ledger.NextSecret = new Hash256(reader.Payload);
                break;
            case RecordKind.Label:
                ledger.NextLabel = reader.Payload.ToArray();
                break;
            case RecordKind.Command when reader.Payload.Length >= CommandHeader.Size
                && CommandCodec.View<CommandHeader>(reader.Payload).Sequence <= ledger.LastSequence:
                // Secret and label of a block before the snapshot.
                ledger.NextSecret = null;
                ledger.NextLabel = null;
                break;
            default:
                break;
        }
    }
}
