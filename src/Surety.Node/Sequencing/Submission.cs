using System;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;

namespace Surety.Node.Sequencing;

/// <summary>What became of one command.</summary>
/// <param name="Code">None, or why it was refused.</param>
/// <param name="Detail">The refusal's number: see <see cref="Refusals"/>.</param>
/// <param name="Sequence">Its number; 0 when it was not sequenced.</param>
/// <param name="TimeNs">When it was sequenced, nanoseconds since 1970.</param>
/// <param name="Created">The number of what it made, where it made something.</param>
public readonly record struct Outcome(RefusalCode Code, long Detail, ulong Sequence, long TimeNs, ulong Created);

/// <summary>
/// Commands of one sender on their way through: sequenced one behind another, journaled together, and released when all of them are
/// durable.
/// </summary>
public class Submission
{
    /// <param name="commands">Well-formed records, signed or marked, whose signatures were checked.</param>
    public Submission(params byte[][] commands) => Commands = commands;

    /// <summary>The records; the sequencer writes their stamps.</summary>
    public byte[][] Commands { get; }

    /// <summary>The signature that covers them, when they carry none of their own.</summary>
    public byte[]? Batch { get; init; }

    /// <summary>A label for the order that the first command places.</summary>
    public string? Label { get; init; }

    /// <summary>What became of them, once released.</summary>
    public Outcome[] Outcomes { get; internal set; } = [];

    /// <summary>Called on the outbox's thread once everything is durable and projected, or with what went wrong.</summary>
    public Action<Submission, Exception?>? Released { get; init; }

    /// <summary>When it was handed in, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    internal long EnqueuedAt { get; set; }
}

/// <summary>A command as the outbox sees it: executed, durable, with its events one behind another, without padding.</summary>
public readonly ref struct ExecutedCommand
{
    /// <summary>The record.</summary>
    public required ReadOnlySpan<byte> Record { get; init; }

    /// <summary>Its events.</summary>
    public required ReadOnlySpan<byte> Events { get; init; }

    /// <summary>What became of it.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>The label that came with it.</summary>
    public string? Label { get; init; }

    /// <summary>Settlement balances, after it, of the accounts that its events are about.</summary>
    public ReadOnlySpan<(uint Account, ushort Asset, long Atoms)> Balances { get; init; }

    /// <summary>Walks its events.</summary>
    public EventReader Read() => new(Events);
}
