using System;
using System.Collections.Generic;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Node.Instruments;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Simulation.Scenarios;

namespace Surety.Cli.Scenarios;

/// <summary>The node's part of a scenario: keys from names, its words, its journal.</summary>
internal sealed class NodePlatform : ScenarioPlatform
{
    private readonly Dictionary<string, SigningKey> _keys = [];

    /// <summary>A run of a scenario; with a directory every command is signed and journaled there.</summary>
    public static ScenarioRun Run(Scenario scenario, IReadOnlyCollection<string> off, string? directory, int restartEvery = 0) =>
        new(scenario, off, directory, restartEvery, new NodePlatform());

    public override PublicKey PublicKey(string name) => KeyOf(name).PublicKey;

    public override int Sign(string name, Hash256 venue, Span<byte> record, int length) => KeyOf(name).Sign(venue, record, length);

    public override string Words(RefusalCode code, long detail, ReadOnlySpan<byte> record, IndexedState state) =>
        RefusalWords.Of(code, detail, record, InstrumentList.Of(state), id => MarketOf(state, id));

    public override JournaledVenue Create(string directory, in Genesis genesis) => new Journaled(directory, in genesis);

    private static int MarketOf(IndexedState state, ulong order)
    {
        int slot = OrderIds.Slot(order);
        return slot < state.Orders.Capacity && state.Orders[slot].Id == order ? state.Orders[slot].Market : -1;
    }

    private SigningKey KeyOf(string name)
    {
        if (!_keys.TryGetValue(name, out SigningKey? key))
        {
            key = _keys[name] = SigningKey.FromSeed(Encoding.UTF8.GetBytes("surety scenario " + name));
        }
        return key;
    }

    private sealed class Journaled(string directory, in Genesis genesis) : JournaledVenue
    {
        private Venue _venue = Venue.Create(directory, in genesis, Venue.SimulatedSecrets(in genesis));

        public override Ledger Ledger => _venue.Ledger;

        public override RefusalCode Submit(ReadOnlySpan<byte> record, long timeNs) => _venue.Submit(record, timeNs);

        public override void Seal()
        {
            _venue.SealBlock();
            _venue.Flush();
        }

        public override void Reopen(bool fromJournal)
        {
            if (!fromJournal)
            {
                _venue.TakeSnapshot();
            }
            Func<ulong, Hash256> secrets = Venue.SimulatedSecrets(_venue.Ledger.Engine.State.Genesis);
            _venue.Dispose();
            _venue = Venue.Open(directory, secrets: secrets);
        }

        public override void Dispose() => _venue.Dispose();
    }
}
