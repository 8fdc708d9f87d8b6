using System;
using System.Collections.Generic;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Simulation;

/// <summary>A ledger in memory, and every record that it was given.</summary>
public sealed class LedgerTarget(Ledger ledger) : ICommandTarget
{
    /// <summary>The ledger.</summary>
    public Ledger Ledger { get; set; } = ledger;

    /// <summary>Every record applied, in order.</summary>
    public List<byte[]> Records { get; } = [];

    /// <inheritdoc/>
    public ulong LastSequence => Ledger.LastSequence;

    /// <inheritdoc/>
    public long LastDetail { get; private set; }

    /// <inheritdoc/>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        Records.Add(record.ToArray());
        RefusalCode code = Ledger.Apply(record).Code;
        LastDetail = code == RefusalCode.None ? LastDetail : Detail(Ledger.Engine, Ledger.EventsFrom, LastDetail);
        return code;
    }

    /// <summary>The detail of the refusal among the events from a place on.</summary>
    internal static long Detail(SuretyEngine engine, int from, long otherwise)
    {
        var events = new EventReader(engine.Events.Log.Bytes, from);
        while (events.MoveNext())
        {
            otherwise = events.Kind == EventKind.CommandRefused ? events.As<CommandRefused>().Detail : otherwise;
        }
        return otherwise;
    }
}

/// <summary>An engine alone, without blocks; its events are forgotten now and then.</summary>
public sealed class EngineTarget(SuretyEngine engine) : ICommandTarget
{
    private const int MostEventBytes = 1 << 20;

    /// <inheritdoc/>
    public ulong LastSequence { get; private set; }

    /// <inheritdoc/>
    public long LastDetail { get; private set; }

    /// <summary>Counts a record that its writer applies to the engine itself.</summary>
    public void Count() => LastSequence++;

    /// <inheritdoc/>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        if (engine.Events.Log.Length > MostEventBytes)
        {
            engine.Events.Log.Clear();
        }
        int from = engine.Events.Log.Length;
        LastSequence++;
        RefusalCode code = engine.Apply(record);
        LastDetail = code == RefusalCode.None ? LastDetail : LedgerTarget.Detail(engine, from, LastDetail);
        return code;
    }
}
