using System;
using Surety.Protocol.Commands;

namespace Surety.Simulation;

/// <summary>Where a simulation's commands go: an engine, a ledger, a journal, a recording.</summary>
public interface ICommandTarget
{
    /// <summary>The number of the last command, 0 before the first.</summary>
    ulong LastSequence { get; }

    /// <summary>The number that says more about the last refusal.</summary>
    long LastDetail { get; }

    /// <summary>Takes the next record, stamped, and signed where signatures are asked for.</summary>
    RefusalCode Apply(ReadOnlySpan<byte> record);
}

/// <summary>Writes the signature of a key of the venue behind a command; returns the bytes of both.</summary>
public delegate int SignCommand(uint key, Span<byte> record, int length);
