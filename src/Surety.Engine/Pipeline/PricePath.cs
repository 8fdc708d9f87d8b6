using System;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>The one way of a price: mark prices, what the market may do now, whose band it leaves, which triggers wait for it.</summary>
internal sealed class PricePath(IndexedState state, EngineParts parts)
{
    /// <summary>Carries out what a change of an index leads to.</summary>
    /// <param name="index">The index.</param>
    /// <param name="moved">Its price is another.</param>
    /// <param name="changed">Its state is another.</param>
    public void Apply(int index, bool moved, bool changed)
    {
        state.Derived.ScheduleCheck(index, DueTimes.NextCheckNs(in state.Indexes[index]));
        long price = state.Indexes[index].Price;
        ref readonly VenueCounters venue = ref state.Counts;
        int surfaces = moved || changed ? RefreshSurfaces(index) : 0;
        // A node that only turned doubtful marks its options too: their margin depends on it.
        for (int market = 0; (moved || surfaces != 0) && market < venue.Markets; market++)
        {
            if (!Follows(market, index, surfaces))
            {
                continue;
            }
            if (parts.Contracts.Observe(market, index))
            {
                // What it paid at its end may leave an account below maintenance.
                parts.Enforcement.Require(state.Markets[market].Pool);
                continue;
            }
            parts.Marks.Apply(market, price);
        }
        for (int market = 0; (moved || changed) && market < venue.Markets; market++)
        {
            if (Follows(market, index, surfaces))
            {
                parts.Gate.Follow(market);
            }
        }
        if (state.Indexes[index].DoubtNs == state.TimeNs)
        {
            state.Derived.Timers.Add(state.TimeNs + DueTimes.EaseNs, TimerKind.DoubtEases, DueTimes.IndexDoubt | (uint)index);
        }
        for (int market = 0; (moved || changed) && market < venue.Markets; market++)
        {
            if (!Follows(market, index, surfaces))
            {
                continue;
            }
            if (moved)
            {
                parts.Gate.Observe(market);
                parts.Unwinding.Work(market);
            }
            if (state.Markets[market].Status == MarketStatus.Auction)
            {
                parts.Auction.Indicate(market);
            }
            parts.Enforcement.PriceMoved(market);
            if (state.Derived.TriggerBooks[market]!.Count != 0)
            {
                parts.Aftermath.PriceChanges.Enqueue(market);
            }
        }
        for (int pool = 0; (moved || changed) && pool < venue.Pools; pool++)
        {
            ref readonly Pool terms = ref state.Pools[pool];
            for (int slot = 1; slot < terms.CollateralCount; slot++)
            {
                if (state.Assets[terms.Collateral[slot]].PriceIndex.Number == index)
                {
                    if (moved)
                    {
                        parts.Unwinding.WorkCoins(pool, slot);
                    }
                    parts.Enforcement.CollateralMoved(pool, slot);
                }
            }
        }
    }

    // Whether an index moves a market: it is the market's own, its contract observes it, or it is a node of its volatility.
    private bool Follows(int market, int index, int surfaces)
    {
        ref readonly Market terms = ref state.Markets[market];
        return terms.Status != MarketStatus.Expired
            && (terms.Index == index
                || ((terms.Flags & ContractFlags.ManyIndexes) != 0 && state.Derived.Contracts.ObservationOf(market, index) >= 0)
                || (terms.Surface.Exists && (surfaces & (1 << (terms.Surface.Number))) != 0));
    }

    // Surfaces of which an index is a node are looked at again; a bit for each.
    private int RefreshSurfaces(int index)
    {
        int touched = 0;
        for (int surface = 0; surface < state.Counts.Surfaces; surface++)
        {
            if (parts.Volatilities.IsNode(surface, index))
            {
                parts.Volatilities.Refresh(surface);
                touched |= 1 << surface;
            }
        }
        return touched;
    }
}
