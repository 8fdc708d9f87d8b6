using System;
using Surety.Engine.State;

namespace Surety.Engine.Instruments;

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

    /// <summary>Lots by which a market's open interest may grow until its cap is reached by all markets on its index; below zero beyond it.</summary>
    public long RoomLots(in Market market)
    {
        if (market.OpenInterestCapLots == long.MaxValue)
        {
            return long.MaxValue;
        }
        Int128 used = (_sums[At(in market)] + PerLot(in market) - 1) / PerLot(in market);
        return (long)Int128.Clamp(market.OpenInterestCapLots - used, -(long.MaxValue / 4), long.MaxValue);
    }

    /// <summary>Sums over all markets.</summary>
    public void Rebuild()
    {
        Array.Clear(_sums);
        for (int number = 0; number < state.Venue[0].Markets; number++)
        {
            Add(in state.Markets[number], state.Markets[number].OpenInterestLots);
        }
    }

    private int At(in Market market) => (market.Pool * state.GenesisRef.MaxIndexes) + market.Index;

    private static long PerLot(in Market market) => Math.Max((long)(((Int128)market.AtomsPerTickLot << Bits) / market.IndexUnitsPerTick), 1);
}
