using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;

namespace Surety.Cli.Scenarios;

/// <content>Restarts on the way, and the same commands once more at the end.</content>
internal sealed partial class ScenarioVenue
{
    // How many records were applied when a block was sealed on request: sealing is part of what happened.
    private readonly List<int> _seals = [];

    /// <summary>After so many commands the venue is restored from its saved tables, again and again; 0 for never.</summary>
    public int RestartEvery { get; init; }

    private ulong _restartedAt;

    private void RestartIfDue()
    {
        if (RestartEvery > 0 && _sequence >= _restartedAt + (ulong)RestartEvery)
        {
            _restartedAt = _sequence;
            Restart(fromJournal: false);
        }
    }

    /// <summary>What went wrong at a restart, or null.</summary>
    public string? RestartError { get; private set; }

    /// <summary>Restarts of the run so far.</summary>
    public int Restarts { get; private set; }

    /// <summary>Seals the block, forgets everything and goes on from the saved tables, or from the records alone; says whether the roots agree.</summary>
    public string Restart(bool fromJournal)
    {
        Restarts++;
        Seal();
        Hash256 before = _ledger.Engine.State.UpdateRoot();
        string how = fromJournal ? "journal" : "snapshot";
        if (_venue is not null)
        {
            if (!fromJournal)
            {
                _venue.TakeSnapshot();
            }
            _venue.Dispose();
            _venue = Venue.Open(_directory!, secrets: Venue.SimulatedSecrets(State.Genesis));
            _ledger = _venue.Ledger;
        }
        else if (fromJournal)
        {
            _ledger = Again();
        }
        else
        {
            BlockHeader last = _ledger.Last;
            VenueState old = _ledger.Engine.State;
            Dictionary<TableId, byte[]> tables = old.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
            var state = new IndexedState(old.Genesis);
            state.Restore(id => tables[id]);
            _ledger = new Ledger(new SuretyEngine(state), last);
        }
        Hash256 after = _ledger.Engine.State.UpdateRoot();
        string text = before == after ? $"restarted from the {how}: same root" : string.Create(CultureInfo.InvariantCulture, $"restarted from the {how}: root {after} instead of {before}");
        RestartError ??= before == after ? null : text;
        return text;
    }

    /// <summary>Everything once more from the records alone, without the restarts; says whether it comes to a root.</summary>
    public string Replay(Hash256 root)
    {
        if (_venue is not null)
        {
            return RestartError is null ? "run ./surety verify on the journal" : $"another root: {RestartError}";
        }
        Hash256 again = Again().Engine.State.UpdateRoot();
        return RestartError is { } error ? $"another root: {error}"
            : again == root ? RestartReplay.Check(State.Genesis, Records) ?? "same root"
            : string.Create(CultureInfo.InvariantCulture, $"another root, {again}");
    }

    private void Seal()
    {
        if (_venue is not null)
        {
            _venue.SealBlock();
            _venue.Flush();
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
