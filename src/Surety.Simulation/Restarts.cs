using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol;

namespace Surety.Simulation;

/// <summary>
/// Whether a venue restored from its tables goes on exactly as the one that ran: the same records through both, compared block by
/// block in events and state.
/// </summary>
public static class Restarts
{
    /// <summary>
    /// Replays records with a restart at every so many commands, twice over: one venue is restored at each of those points, and from
    /// <paramref name="forks"/> of them a restored venue goes on to the end without another restart. Says where the first of them
    /// differs from the venue that was never restored; null when none does.
    /// </summary>
    public static string? FirstDifference(in Genesis genesis, IReadOnlyList<byte[]> records, int every, int forks)
    {
        var running = new Ledger(genesis);
        Ledger? restarted = null;
        var others = new List<(int From, Ledger Ledger)>();
        int apart = Math.Max(records.Count / every / Math.Max(forks, 1), 1);
        for (int i = 0; i < records.Count; i++)
        {
            running.Apply(records[i]);
            restarted?.Apply(records[i]);
            others.ForEach(o => o.Ledger.Apply(records[i]));
            if ((i + 1) % every != 0 && i + 1 != records.Count)
            {
                continue;
            }
            running.SealNow();
            foreach ((int from, Ledger ledger) in restarted is null ? others : others.Append((i + 1 - every, restarted)))
            {
                ledger.SealNow();
                if (Difference(running, ledger) is { } found)
                {
                    return FormattableString.Invariant($"restored after command {from}, different by command {i + 1}: {found}");
                }
            }
            restarted = Restore(running);
            if (others.Count < forks && ((i + 1) / every) % apart == 0)
            {
                others.Add((i + 1, Restore(running)));
            }
        }
        return null;
    }

    /// <summary>A venue that goes on from the bytes of another's tables, whose block must be sealed.</summary>
    public static Ledger Restore(Ledger from)
    {
        var state = new IndexedState(from.Engine.State.Genesis);
        state.Restore(id => from.Engine.State.Tables.Single(t => t.Id == id).Pages);
        return new Ledger(new SuretyEngine(state), from.Last);
    }

    /// <summary>What two ledgers that have just sealed the same block differ in; null for nothing.</summary>
    public static string? Difference(Ledger a, Ledger b)
    {
        if (a.Last.Hash() == b.Last.Hash())
        {
            return null;
        }
        string events = a.Last.EventsRoot == b.Last.EventsRoot ? ""
            : FormattableString.Invariant($" events ({a.Last.EventBytes} and {b.Last.EventBytes} bytes)");
        IEnumerable<string> tables = a.Engine.State.Tables.Zip(b.Engine.State.Tables, (x, y) => (x, y))
            .Where(t => !t.x.Pages.SequenceEqual(t.y.Pages))
            .Select(t =>
                FormattableString.Invariant(
                    $" {t.x.Id} row {t.x.Pages.CommonPrefixLength(t.y.Pages) / t.x.RowBytes} byte ")
                    + FormattableString.Invariant($"{t.x.Pages.CommonPrefixLength(t.y.Pages) % t.x.RowBytes}"));
        return $"block {a.Last.Height}:{events}{string.Concat(tables)}";
    }
}
