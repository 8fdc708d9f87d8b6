using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Protocol.Commands;

namespace Surety.Replay.Venues;

/// <summary>
/// Commands that stopped the engine. The journal holds such a command before it is carried out; the record right behind it, written when
/// the venue is opened again, excludes it.
/// </summary>
public static class Exclusions
{
    /// <summary>Whether an exception means that the engine found itself wrong, rather than the disk or the caller.</summary>
    public static bool IsStop(Exception e) =>
        e is InvariantViolationException or ArithmeticException or IndexOutOfRangeException or NullReferenceException;

    /// <summary>
    /// All that a journal excludes, read ahead of executing it. Of a journal that is trusted: <see cref="Verification"/> finds each for
    /// itself.
    /// </summary>
    public static IReadOnlyDictionary<ulong, Exclusion> Of(JournalDirectory directory)
    {
        var found = new Dictionary<ulong, Exclusion>();
        using var walk = new JournalWalk(directory);
        while (walk.MoveNext())
        {
            if (TryRead(walk, out Exclusion exclusion))
            {
                found[exclusion.Excluded] = exclusion;
            }
        }
        return found;
    }

    /// <summary>The exclusion where a walk stands, if there is one.</summary>
    public static bool TryRead(JournalWalk walk, out Exclusion exclusion)
    {
        bool isOne = walk.Kind == RecordKind.Command && CommandCodec.IsWellFormed(walk.Payload)
            && CommandCodec.View<CommandHeader>(walk.Payload).Kind == CommandKind.Exclusion;
        exclusion = isOne ? MemoryMarshal.Read<Exclusion>(walk.Payload) : default;
        return isOne;
    }

    /// <summary>
    /// After the command where the walk stands has stopped the ledger's engine: takes down the exclusion that follows it, so that
    /// executing from the start again passes over the command. The walk moves on.
    /// </summary>
    /// <returns>Null, or why the command cannot be passed over.</returns>
    /// <param name="walk">At the command.</param>
    /// <param name="ledger">Stopped by it; of no further use.</param>
    /// <param name="stop">How it stopped.</param>
    /// <param name="known">Takes the exclusion.</param>
    /// <param name="missing">The exclusion that should follow, when the journal ends with the command.</param>
    public static string? Learn(JournalWalk walk, Ledger ledger, Exception stop, Dictionary<ulong, Exclusion> known, out Exclusion? missing)
    {
        Exclusion wanted = ledger.Engine.ExclusionOf(walk.Payload);
        missing = null;
        if (known.ContainsKey(wanted.Excluded))
        {
            return $"passing over command {wanted.Excluded} stops the engine too ({stop.Message})";
        }
        if (!walk.MoveNext())
        {
            missing = wanted;
            return $"command {wanted.Excluded} stops the engine ({stop.Message}); opening the venue excludes it";
        }
        if (!TryRead(walk, out Exclusion follows) || follows.Excluded != wanted.Excluded)
        {
            return $"command {wanted.Excluded} stops the engine ({stop.Message}), and the journal "
                + $"goes on without excluding it: another version executed it";
        }
        if (follows.RecordHash != wanted.RecordHash || !follows.Timer.Is(in wanted.Timer))
        {
            return $"the exclusion of command {wanted.Excluded} names another record, or something else that was due";
        }
        known.Add(wanted.Excluded, follows);
        return null;
    }

    /// <summary>Writes an exclusion at the journal's end, where the walk stands, which is taken over.</summary>
    public static void Append(JournalWalk atEnd, Exclusion exclusion)
    {
        var record = new byte[CommandCodec.SizeOf(CommandKind.Exclusion)];
        CommandCodec.Write(CommandKind.Exclusion, ref exclusion, record);
        using var journal = atEnd.Write();
        journal.Append((uint)RecordKind.Command, record);
        journal.Flush();
    }
}
