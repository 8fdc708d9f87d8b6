using System;
using Surety.Engine.Blocks;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;

namespace Surety.Node;

/// <content>What follows the journal while the venue is opened.</content>
public sealed partial class VenueNode
{
    private void Project(Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, string? label, EventCopy copy, ulong known, bool isSealed)
    {
        Calls.Executed(ledger, record, code, marginCalled: true, termsChanged: false);
        if (ledger.LastSequence > known)
        {
            copy.Clear();
            (long detail, ulong created, _, _) = copy.Append(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom, ledger.Engine.State);
            History.Executed(new ExecutedCommand
            {
                Record = record,
                Events = copy.Bytes,
                Outcome = new Outcome(code, detail, ledger.LastSequence, ledger.Engine.State.TimeNs, created),
                Label = label,
                Balances = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(copy.Balances),
            });
        }
        if (isSealed)
        {
            Calls.BlockSealed(ledger);
            Blocks.BlockSealed(ledger);
        }
    }
}
