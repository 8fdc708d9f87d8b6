using System;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// Open interest of all markets of a pool on one index together: what settlement atoms the longs gain when the index rises by a
/// unit. Derived from the markets' lots. Caps are per index, so that many expiries do not have many caps.
/// </summary>
internal sealed class IndexOpenInterest(VenueState state)
{
    // Atoms a lot gains for an index unit, times 2^20.
    private const int Bits = 20;

    private readonly Int128[] _sums = new Int128[state.GenesisRef.MaxPools * state.GenesisRef.MaxIndexes];

    /// <summary>Counts lots of a market; negative when they close.</summary>
    public void Add(in Market market, long lots) => _sums[At(in market)] += (Int128)lots * PerLot(in market);

    /// <summary>
    /// Lots by which a market's open interest may grow until its cap is reached by all markets on its index; below zero beyond it.
    /// </summary>
    public long RoomLots(in Market market)
    {
        if (market.OpenInterestCapLots == long.MaxValue)
        {
            return long.MaxValue;
        }
        Int128 used = (_sums[At(in market)] + PerLot(in market) - 1) / PerLot(in market);
        return (long)Int128.Clamp(market.OpenInterestCapLots - used, -(long.MaxValue / 4), long.MaxValue);
    }

    /// <summary>A pool and index whose sum is not that of its markets; null when all are.</summary>
    public string? FindError()
    {
        var expected = new Int128[_sums.Length];
        for (int number = 0; number < state.Counts.Markets; number++)
        {
            ref readonly Market market = ref state.Markets[number];
            expected[At(in market)] += (Int128)market.OpenInterestLots * PerLot(in market);
        }
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] != _sums[i])
            {
                return $"open interest of pool {i / state.GenesisRef.MaxIndexes}, index {i % state.GenesisRef.MaxIndexes} "
                    + $"is counted as {_sums[i]}, its markets come to {expected[i]}";
            }
        }
        return null;
    }

    /// <summary>Sums over all markets.</summary>
    public void Rebuild()
    {
        Array.Clear(_sums);
        for (int number = 0; number < state.Counts.Markets; number++)
        {
            Add(in state.Markets[number], state.Markets[number].OpenInterestLots);
        }
    }

    private int At(in Market market) => (market.Pool * state.GenesisRef.MaxIndexes) + market.Index;

    private static long PerLot(in Market market) =>
        Math.Max((long)(((Int128)market.AtomsPerTickLot << Bits) / market.IndexUnitsPerTick), 1);
}
