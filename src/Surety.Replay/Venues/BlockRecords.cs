using System;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Protocol.Commands;

namespace Surety.Replay.Venues;

/// <summary>What a journal says about a block beside its commands: its secret, and the labels of its orders.</summary>
public static class BlockRecords
{
    /// <summary>
    /// Gives a ledger what stands at the walk, where that is a secret or a label. To be called for every record before a command is
    /// applied, also for those that the ledger knows already.
    /// </summary>
    public static void Take(Ledger ledger, JournalWalk walk)
    {
        switch (walk.Kind)
        {
            case RecordKind.BlockSecret when walk.Payload.Length == Hash256.Size && ledger.Pending == 0:
                ledger.NextSecret = new Hash256(walk.Payload);
                break;
            case RecordKind.Label:
                ledger.NextLabel = walk.Payload.ToArray();
                break;
            case RecordKind.Command when walk.Payload.Length >= CommandHeader.Size
                && CommandCodec.View<CommandHeader>(walk.Payload).Sequence <= ledger.LastSequence:
                // Secret and label of a block before the snapshot.
                ledger.NextSecret = null;
                ledger.NextLabel = null;
                break;
            default:
                break;
        }
    }
}
