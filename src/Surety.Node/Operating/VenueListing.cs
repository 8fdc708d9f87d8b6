using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Surety.Engine.Indexes;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;

namespace Surety.Node.Operating;

/// <summary>An asset by name.</summary>
public sealed record ListedAsset(int Number, string Name, int Decimals);

/// <summary>A pool by name: its settlement asset's number, its fees now, and the account of its insurance fund.</summary>
public sealed record ListedPool(int Number, string Name, int Settlement, string FeeTiers, int LiquidationFeePpm, uint InsuranceAccount);

/// <summary>An index by name.</summary>
public sealed record ListedIndex(int Number, string Name, int Decimals);

/// <summary>A volatility surface and the index whose options it marks.</summary>
public sealed record ListedSurface(int Number, int Underlying);

/// <summary>A market by name, with its terms as the bytes of a ListMarket command has them.</summary>
public sealed record ListedMarket(int Number, string Name, string Status, byte[] Terms)
{
    /// <summary>The terms.</summary>
    public MarketTerms Read() => MemoryMarshal.Read<MarketTerms>(Terms);
}

/// <summary>
/// What is listed at a venue, with the numbers by which commands name it: what a person's words are turned into commands with, at the
/// venue or on the machine where the operator's key is kept.
/// </summary>
public sealed record VenueListing(
    string Venue, IReadOnlyList<ListedAsset> Assets, IReadOnlyList<ListedPool> Pools, IReadOnlyList<ListedIndex> Indexes,
    IReadOnlyList<ListedSurface> Surfaces, IReadOnlyList<ListedMarket> Markets)
{
    /// <summary>As the state has it; runs on the sequencer's thread.</summary>
    public static VenueListing Of(IndexedState state)
    {
        ref readonly VenueCounters venue = ref state.Counts;
        return new VenueListing(
            state.GenesisHash.ToString(),
            [.. Enumerable.Range(0, venue.Assets)
                .Select(i => new ListedAsset(i, state.Assets[i].Name.ToString(), state.Assets[i].Decimals))],
            [.. Enumerable.Range(0, venue.Pools).Select(i => PoolOf(state, i))],
            [.. Enumerable.Range(0, venue.Indexes)
                .Select(i => new ListedIndex(i, state.Indexes[i].Name.ToString(), state.Indexes[i].Decimals))],
            [.. Enumerable.Range(0, venue.Surfaces).Select(i => new ListedSurface(i, state.Surfaces[i].Underlying))],
            [.. Enumerable.Range(0, venue.Markets).Select(i => MarketOf(state, i))]);
    }

    /// <summary>The asset of a name.</summary>
    /// <exception cref="OperateException">There is none.</exception>
    public ListedAsset Asset(string field, string name) => Find(Assets, a => a.Name, field, name);

    /// <summary>The pool of a name.</summary>
    /// <exception cref="OperateException">There is none.</exception>
    public ListedPool Pool(string field, string name) => Find(Pools, p => p.Name, field, name);

    /// <summary>The index of a name.</summary>
    /// <exception cref="OperateException">There is none.</exception>
    public ListedIndex Index(string field, string name) => Find(Indexes, i => i.Name, field, name);

    /// <summary>The market of a name.</summary>
    /// <exception cref="OperateException">There is none.</exception>
    public ListedMarket Market(string field, string name) => Find(Markets, m => m.Name, field, name);

    /// <summary>Decimals of what a pool settles in.</summary>
    public int MoneyDecimals(int pool) => pool < Pools.Count ? Assets[Pools[pool].Settlement].Decimals : 0;

    private static T Find<T>(IReadOnlyList<T> list, Func<T, string> name, string field, string wanted) =>
        list.FirstOrDefault(x => string.Equals(name(x), wanted, StringComparison.OrdinalIgnoreCase))
        ?? throw new OperateException(field,
            $"there is none named '{wanted}'; there {(list.Count == 1 ? "is" : "are")} "
            + $"{(list.Count == 0 ? "none at all yet" : string.Join(", ", list.Take(20).Select(name)))}");

    private static ListedPool PoolOf(IndexedState state, int number)
    {
        ref readonly Pool pool = ref state.Pools[number];
        return new ListedPool(
            number, pool.Name.ToString(), pool.Collateral[0],
            OperatorText.FeeTiers(pool.FeeTiers, pool.FeeTierCount, state.Assets[pool.Collateral[0]].Decimals), pool.LiquidationFeePpm,
            pool.InsuranceAccount);
    }

    private static ListedMarket MarketOf(IndexedState state, int number)
    {
        MarketTerms terms = MarketTerms.Of(in state.Markets[number]);
        return new ListedMarket(number, state.Markets[number].Name.ToString(), state.Markets[number].Status.ToString(),
            MemoryMarshal.AsBytes([terms]).ToArray());
    }
}
