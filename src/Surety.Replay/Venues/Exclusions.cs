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

    /// <summary>All that a journal excludes, read ahead of executing it. Of a journal that is trusted: <see cref="Verification"/> finds each for itself.</summary>
    public static IReadOnlyDictionary<ulong, Exclusion> Of(JournalDirectory directory)
    {
        var found = new Dictionary<ulong, Exclusion>();
        using var reader = new JournalReader(directory);
        while (reader.MoveNext())
        {
            if (TryRead(reader, out Exclusion exclusion))
            {
                found[exclusion.Excluded] = exclusion;
            }
        }
        return found;
    }

    /// <summary>The exclusion where a reader stands, if there is one.</summary>
    public static bool TryRead(JournalReader reader, out Exclusion exclusion)
    {
        bool isOne = reader.Kind == (uint)RecordKind.Command && CommandCodec.IsWellFormed(reader.Payload)
            && CommandCodec.View<CommandHeader>(reader.Payload).Kind == CommandKind.Exclusion;
        exclusion = isOne ? MemoryMarshal.Read<Exclusion>(reader.Payload) : default;
        return isOne;
    }

    /// <summary>
    /// After the command where the reader stands has stopped the ledger's engine: takes down the exclusion that follows it, so that
    /// executing from the start again passes over the command. The reader moves on.
    /// </summary>
    /// <returns>Null, or why the command cannot be passed over.</returns>
    /// <param name="reader">At the command.</param>
    /// <param name="ledger">Stopped by it; of no further use.</param>
    /// <param name="stop">How it stopped.</param>
    /// <param name="known">Takes the exclusion.</param>
    /// <param name="missing">The exclusion that should follow, when the journal ends with the command.</param>
    public static string? Learn(JournalReader reader, Ledger ledger, Exception stop, Dictionary<ulong, Exclusion> known, out Exclusion? missing)
    {
        Exclusion wanted = ledger.Engine.ExclusionOf(reader.Payload);
        missing = null;
        if (known.ContainsKey(wanted.Excluded))
        {
            return $"passing over command {wanted.Excluded} stops the engine too ({stop.Message})";
        }
        if (!reader.MoveNext())
        {
            missing = wanted;
            return $"command {wanted.Excluded} stops the engine ({stop.Message}); opening the venue excludes it";
        }
        if (!TryRead(reader, out Exclusion follows) || follows.Excluded != wanted.Excluded)
        {
            return $"command {wanted.Excluded} stops the engine ({stop.Message}), and the journal goes on without excluding it: another version executed it";
        }
        if (follows.RecordHash != wanted.RecordHash || !follows.Timer.Is(in wanted.Timer))
        {
            return $"the exclusion of command {wanted.Excluded} names another record, or something else that was due";
        }
        known.Add(wanted.Excluded, follows);
        return null;
    }

    /// <summary>Writes an exclusion at the journal's end, where the reader stands, which is taken over.</summary>
    public static void Append(JournalDirectory directory, JournalReader atEnd, Exclusion exclusion)
    {
        var record = new byte[CommandCodec.SizeOf(CommandKind.Exclusion)];
        CommandCodec.Write(CommandKind.Exclusion, ref exclusion, record);
        using var journal = new JournalWriter(directory, atEnd);
        journal.Append((uint)RecordKind.Command, record);
        journal.Flush();
    }
}
