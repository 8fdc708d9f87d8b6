using System;
using Surety.Engine.Blocks;
using Surety.Protocol.Commands;

namespace Surety.Replay.Venues;

/// <summary>Who looks over the sequencer's shoulder, on its thread; must be quick.</summary>
public interface ISequencerWatch
{
    /// <summary>A command was executed.</summary>
    void Executed(Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, bool marginCalled, bool termsChanged);

    /// <summary>A block was sealed; its logs are still there.</summary>
    void BlockSealed(Ledger ledger);

    /// <summary>A round of commands is over.</summary>
    void RoundEnded(Ledger ledger);
}
