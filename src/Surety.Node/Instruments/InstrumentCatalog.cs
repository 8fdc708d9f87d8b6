using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Replay.Venues;

namespace Surety.Node.Instruments;

/// <summary>An asset in the words of the API.</summary>
public sealed record Currency(int Number, string Name, int Decimals, int HaircutPpm);

/// <summary>All markets and assets at one moment; never changes.</summary>
public sealed class InstrumentList
{
    private readonly FrozenDictionary<string, Instrument> _byName;
    private readonly int[] _settlementDecimals;

    internal InstrumentList(IndexedState state)
    {
        All = [.. Enumerable.Range(0, state.Counts.Markets).Select(i => Instrument.Of(state, i))];
        Currencies =
            [.. Enumerable.Range(0, state.Counts.Assets)
                .Select(i => new Currency(i, state.Assets[i].Name.ToString(), state.Assets[i].Decimals, state.Assets[i].HaircutPpm))];
        Indexes = [.. Enumerable.Range(0, state.Counts.Indexes).Select(i => state.Indexes[i].Name.ToString().ToLowerInvariant())];
        Listing = Operating.VenueListing.Of(state);
        IndexDecimals = [.. Enumerable.Range(0, state.Counts.Indexes).Select(i => (int)state.Indexes[i].Decimals)];
        _settlementDecimals =
            [.. Enumerable.Range(0, state.Counts.Pools).Select(i => (int)state.Assets[state.Pools[i].Collateral[0]].Decimals)];
        // The engine keeps names unique; a journal of a version that did not is still read, and then the newest is meant.
        var byName = new Dictionary<string, Instrument>(StringComparer.Ordinal);
        foreach (Instrument instrument in All)
        {
            byName[instrument.Name] = instrument;
        }
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        SettlesInOne = All.Select(i => i.Settle).Distinct().Take(2).ToList() is [var one] ? FindCurrency(one) : null;
    }

    /// <summary>Everything that is listed, with terms.</summary>
    public Operating.VenueListing Listing { get; }

    /// <summary>By number.</summary>
    public IReadOnlyList<Instrument> All { get; }

    /// <summary>By number.</summary>
    public IReadOnlyList<Currency> Currencies { get; }

    /// <summary>Names in lower case, by number.</summary>
    public IReadOnlyList<string> Indexes { get; }

    /// <summary>Decimals of each index.</summary>
    public IReadOnlyList<int> IndexDecimals { get; }

    /// <summary>Decimals of the asset that a pool settles in.</summary>
    public int SettlementDecimals(int pool) => pool < _settlementDecimals.Length ? _settlementDecimals[pool] : 0;

    /// <summary>The asset that every market settles in; null where they settle in several.</summary>
    public Currency? SettlesInOne { get; }

    /// <summary>A list of what a state holds.</summary>
    public static InstrumentList Of(IndexedState state) => new(state);

    /// <summary>The market of a name; null when there is none.</summary>
    public Instrument? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The asset of a name; null when there is none.</summary>
    public Currency? FindCurrency(string name) =>
        Currencies.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Keeps the list of markets as the sequencer leaves it; a reader gets the last complete one.</summary>
public sealed class InstrumentCatalog : ISequencerWatch
{
    private volatile InstrumentList _list;
    private bool _changed;

    /// <param name="state">The state at the start.</param>
    public InstrumentCatalog(IndexedState state) => _list = new InstrumentList(state);

    /// <summary>The markets and assets.</summary>
    public InstrumentList Current => _list;

    /// <summary>Reads everything again.</summary>
    public void Reload(IndexedState state) => _list = new InstrumentList(state);

    /// <inheritdoc/>
    public void Executed(Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, bool marginCalled, bool termsChanged) =>
        _changed |= termsChanged;

    /// <inheritdoc/>
    public void BlockSealed(Ledger ledger)
    {
    }

    /// <inheritdoc/>
    public void RoundEnded(Ledger ledger)
    {
        if (_changed)
        {
            _changed = false;
            _list = new InstrumentList(ledger.Engine.State);
        }
    }
}
