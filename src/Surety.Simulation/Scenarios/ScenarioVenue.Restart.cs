using System.Collections.Generic;
using System.Globalization;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <content>Restarts on the way, and the same commands once more at the end.</content>
internal sealed partial class ScenarioVenue
{
    // At the end of a run a venue restored there goes on beside the one that ran.
    private const int EveryThousandth = 1_000;

    // How many records were applied when a block was sealed on request: sealing is part of what happened.
    private readonly List<int> _seals = [];

    /// <summary>After so many commands the venue is restored from its saved tables, again and again; 0 for never.</summary>
    public int RestartEvery { get; init; }

    private ulong _restartedAt;

    private void RestartIfDue()
    {
        if (RestartEvery > 0 && LastSequence >= _restartedAt + (ulong)RestartEvery)
        {
            _restartedAt = LastSequence;
            Restart(fromJournal: false);
        }
    }

    /// <summary>What went wrong at a restart, or null.</summary>
    public string? RestartError { get; private set; }

    /// <summary>Restarts of the run so far.</summary>
    public int RestartCount { get; private set; }

    /// <summary>
    /// Seals the block, forgets everything and goes on from the saved tables, or from the records alone; says whether the roots agree.
    /// </summary>
    public string Restart(bool fromJournal)
    {
        RestartCount++;
        Seal();
        Hash256 before = _ledger.Engine.State.UpdateRoot();
        string how = fromJournal ? "journal" : "snapshot";
        if (_journal is not null)
        {
            _journal.Reopen(fromJournal);
            _ledger = _journal.Ledger;
        }
        else
        {
            _ledger = fromJournal ? Again() : Restarts.Restore(_ledger);
        }
        Hash256 after = _ledger.Engine.State.UpdateRoot();
        string text = before == after
            ? $"restarted from the {how}: same root"
            : string.Create(CultureInfo.InvariantCulture, $"restarted from the {how}: root {after} instead of {before}");
        RestartError ??= before == after ? null : text;
        return text;
    }

    /// <summary>Everything once more from the records alone, without the restarts; says whether it comes to a root.</summary>
    public string Replay(Hash256 root)
    {
        if (_journal is not null)
        {
            return RestartError is null ? "run ./surety verify on the journal" : $"another root: {RestartError}";
        }
        Hash256 again = Again().Engine.State.UpdateRoot();
        return RestartError is { } error ? $"another root: {error}"
            : again == root ? Restarts.FirstDifference(State.Genesis, Records, EveryThousandth, forks: 0) ?? "same root"
            : string.Create(CultureInfo.InvariantCulture, $"another root, {again}");
    }

    private void Seal()
    {
        if (_journal is not null)
        {
            _journal.Seal();
        }
        else if (_ledger.SealNow())
        {
            _seals.Add(Records.Count);
        }
    }

    private Ledger Again()
    {
        var ledger = new Ledger(_ledger.Engine.State.Genesis);
        int seal = 0;
        for (int i = 0; i < Records.Count; i++)
        {
            ledger.Apply(Records[i]);
            if (seal < _seals.Count && _seals[seal] == i + 1)
            {
                ledger.SealNow();
                seal++;
            }
        }
        return ledger;
    }
}
