using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Journal;
using Surety.Node.History;
using Surety.Node.Proving;
using Surety.Node.Telemetry;
using Surety.Protocol.Commands;
using Surety.Replay.Proving;
using Surety.Replay.Venues;

namespace Surety.Node.Sequencing;

/// <summary>Opens the venue from its directory and tells history, blocks and margin calls what its journal holds.</summary>
public sealed partial class VenueRecovery
{
    private readonly string _root;
    private readonly RecentHistory _history;
    private readonly BlockStore _blocks;
    private readonly MarginCalls _calls;
    private readonly ILogger _log;

    internal VenueRecovery(string root, RecentHistory history, BlockStore blocks, MarginCalls calls, ILogger log) =>
        (_root, _history, _blocks, _calls, _log) = (root, history, blocks, calls, log);

    /// <summary>How long the first opening took, seconds.</summary>
    public double Seconds { get; internal set; }

    /// <summary>Commands that were executed again, over all openings.</summary>
    public ulong Commands { get; private set; }

    /// <summary>Opens the venue; the caller owns it.</summary>
    /// <exception cref="JournalDamagedException">The journal is damaged.</exception>
    /// <exception cref="JournalUnavailableException">There is none, or the directory cannot be written to.</exception>
    internal Venue Open()
    {
        using Activity? activity = NodeMetrics.Activities.StartActivity("recovery");
        ulong height = 0;
        var copy = new EventCopy();
        ulong known = _history.LastSequence;
        Venue venue = Venue.Open(
            _root,
            (ledger, record, code, label) =>
            {
                Commands++;
                if (code == RefusalCode.Excluded)
                {
                    LogExcluded(_log, ledger.LastSequence);
                }
                bool isSealed = ledger.Last.Height != height;
                height = ledger.Last.Height;
                // A command that was accepted once must never keep the venue from opening: what follows it may fail, the venue may not.
                try
                {
                    Project(ledger, record, code, label, copy, known, isSealed);
                }
                catch (Exception e)
                {
                    LogUnexpected(_log, e);
                }
            },
            ledger =>
            {
                height = ledger.Last.Height;
                Load(ledger, isFirst: known == 0);
            });
        // What was read from the journal is durable.
        if (venue.Ledger.Last.Height > 0)
        {
            _blocks.Sealed(venue.Ledger.Last);
        }
        return venue;
    }

    // The history that was saved with the snapshot.
    private void Load(Ledger ledger, bool isFirst)
    {
        // What never changes of a market.
        IndexedState state = ledger.Engine.State;
        _history.IndexOf = market => state.Markets[market].Index;
        _history.AtomsOf = market => state.Markets[market].AtomsPerTickLot;
        if (!isFirst)
        {
            return;
        }
        _history.Begin(state);
        if (ledger.Last.Height > 0)
        {
            string snapshot = Path.Combine(_root, "snapshots", ledger.Last.Height.ToString("D12", CultureInfo.InvariantCulture) + ".snap");
            _history.Load(RecentHistory.PathFor(snapshot), ledger.LastSequence);
        }
    }

    private void Project(
        Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, string? label, EventCopy copy, ulong known, bool isSealed)
    {
        _calls.Executed(ledger, record, code, marginCalled: true, termsChanged: false);
        if (ledger.LastSequence > known)
        {
            copy.Clear();
            (long detail, ulong created, _, _) = copy.Append(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom, ledger.Engine.State);
            _history.Executed(new ExecutedCommand
            {
                Record = record,
                Events = copy.Bytes,
                Outcome = new Outcome(code, detail, ledger.LastSequence, ledger.Engine.State.TimeNs, created),
                Label = label,
                Balances = CollectionsMarshal.AsSpan(copy.Balances),
            });
        }
        if (isSealed)
        {
            _calls.BlockSealed(ledger);
            _blocks.BlockSealed(ledger);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "command {Sequence} stopped the engine and is excluded; its markets are halted, or only reduce, "
            + "until you set their status")]
    private static partial void LogExcluded(ILogger log, ulong sequence);

    [LoggerMessage(Level = LogLevel.Error, Message = "what follows the journal failed in a way that it should not")]
    private static partial void LogUnexpected(ILogger log, Exception e);
}
