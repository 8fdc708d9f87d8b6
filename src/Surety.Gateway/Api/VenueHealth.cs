using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>A pool at a glance.</summary>
internal sealed record PoolHealth(
    string Name, int Asset, long FundAtoms, long FeesAtoms, long SharedLossAtoms, long EquityAtoms, long MaintenanceAtoms,
    long DeficitAtoms, (int Accounts, long NotionalAtoms)[] Distances);

/// <summary>An index at a glance.</summary>
internal sealed record IndexHealth(int Number, PriceState State, long Price, long Dispersion, int Quorum,
    IReadOnlyList<(uint Key, long Price, long TimeNs, bool Fresh, int Outliers)> Sources);

/// <summary>The venue at a glance; copied from the state on the sequencer's thread.</summary>
internal sealed record VenueHealth(
    long TimeNs, int Accounts, string? Violation, IReadOnlyList<(int Asset, long Deposited, long Withdrawn, long Pending)> Assets,
    IReadOnlyList<PoolHealth> Pools,
    IReadOnlyList<IndexHealth> Indexes,
    IReadOnlyList<(int Market, MarketStatus Status, MarketCauses Causes, long OpenInterest, long UntilNs)> Markets)
{
    // Equity over maintenance, the bands of the heat map; the last is for accounts that have more.
    public static readonly double[] Distances = [1.0, 1.1, 1.25, 1.5, 2, 3, 5, 10, 25];

    /// <summary>The last command that stopped the engine and was passed over; 0 for none.</summary>
    public ulong Excluded { get; init; }

    /// <summary>Due work that stopped the engine and was set aside.</summary>
    public long SetAside { get; init; }

    public static VenueHealth Of(Ledger ledger)
    {
        SuretyEngine engine = ledger.Engine;
        IndexedState state = engine.State;
        var bands = new (int Accounts, long NotionalAtoms)[state.Counts.Pools][];
        for (int p = 0; p < bands.Length; p++)
        {
            bands[p] = new (int, long)[Bands];
        }
        var equity = new long[bands.Length];
        var maintenance = new long[bands.Length];
        var deficits = new long[bands.Length];
        for (uint a = 0; a < (uint)state.Counts.Accounts; a++)
        {
            int pool = state.Accounts[(int)a].Pool;
            if (pool >= bands.Length)
            {
                continue;
            }
            Health health = engine.Margin.Cross(a);
            equity[pool] += health.EquityAtoms;
            maintenance[pool] += health.MaintenanceAtoms;
            deficits[pool] += Math.Max(-health.EquityAtoms, 0);
            if (health.MaintenanceAtoms > 0)
            {
                ref (int Accounts, long NotionalAtoms) band = ref bands[pool][BandOf(health)];
                band = (band.Accounts + 1, band.NotionalAtoms + health.MaintenanceAtoms);
            }
        }
        return new VenueHealth(
            state.TimeNs, state.Counts.Accounts, Audit.Conservation(state),
            [.. Enumerable.Range(0, state.Counts.Assets)
                .Select(i => (i, state.Assets[i].DepositedAtoms, state.Assets[i].WithdrawnAtoms, state.Assets[i].PendingWithdrawalAtoms))],
            [.. Enumerable.Range(0, bands.Length).Select(p => new PoolHealth(
                state.Pools[p].Name.ToString(), state.Pools[p].Collateral[0],
                engine.Margin.Cross(state.Pools[p].InsuranceAccount).EquityAtoms,
                state.Pools[p].FeesAtoms, state.Pools[p].SharedLossAtoms, equity[p], maintenance[p], deficits[p], bands[p]))],
            [.. Enumerable.Range(0, state.Counts.Indexes).Select(i => Index(state, i))],
            [.. Enumerable.Range(0, state.Counts.Markets).Where(m => state.Markets[m].Status != MarketStatus.Expired)
                .Select(m =>
                (m, state.Markets[m].Status, state.Markets[m].Causes, state.Markets[m].OpenInterestLots, state.Markets[m].AuctionEndNs))])
        {
            Excluded = state.Counts.Excluded,
            SetAside = state.Counts.SetAsideCount,
        };
    }

    private static int BandOf(Health health)
    {
        if (health.MaintenanceAtoms <= 0)
        {
            return Distances.Length;
        }
        double distance = health.EquityAtoms / (double)health.MaintenanceAtoms;
        int band = 0;
        while (band < Distances.Length && distance >= Distances[band])
        {
            band++;
        }
        return band;
    }

    private static int Bands => Distances.Length + 1;

    private static IndexHealth Index(IndexedState state, int number)
    {
        ref readonly PriceIndex index = ref state.Indexes[number];
        var sources = new List<(uint, long, long, bool, int)>();
        for (int k = 0; k < index.SourceCount; k++)
        {
            PriceSource s = index.Sources[k];
            sources.Add((s.Key, s.Price, s.TimeNs, state.TimeNs - s.TimeNs <= index.MaxAgeMs * 1_000_000L, s.Outliers));
        }
        return new IndexHealth(number, index.State, index.Price, index.Dispersion, index.Quorum, sources);
    }
}
