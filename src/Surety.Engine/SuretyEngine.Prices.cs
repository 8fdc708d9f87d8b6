using Surety.Engine.Liquidation;
using Surety.Engine.Oracles;
using Surety.Protocol.Rows;

namespace Surety.Engine;

/// <content>The way of a price.</content>
public sealed partial class SuretyEngine
{
    // The one way of a price: mark prices, what the market may do now, whose band it leaves, which triggers wait for it.
    private void ApplyIndex(int index, bool moved, bool changed)
    {
        State.Derived.ScheduleCheck(index, PriceFeed.NextCheckNs(in State.Indexes[index]));
        long price = State.Indexes[index].Price;
        ref readonly VenueCounters venue = ref State.Venue[0];
        int surfaces = moved || changed ? RefreshSurfaces(index) : 0;
        // A node that only turned doubtful marks its options too: their margin depends on it.
        for (int market = 0; (moved || surfaces != 0) && market < venue.Markets; market++)
        {
            if (!Follows(market, index, surfaces))
            {
                continue;
            }
            if (_contracts.Observe(market, index))
            {
                // What it paid at its end may leave an account below maintenance.
                Enforcement.Require(State.Markets[market].Pool);
                continue;
            }
            _marks.Apply(market, price);
        }
        for (int market = 0; (moved || changed) && market < venue.Markets; market++)
        {
            if (Follows(market, index, surfaces))
            {
                _gate.Follow(market);
            }
        }
        if (State.Indexes[index].DoubtNs == State.TimeNs)
        {
            State.Derived.Timers.Add(State.TimeNs + PriceDoubt.EaseNs, TimerKind.DoubtEases, IndexDoubt | (uint)index);
        }
        for (int market = 0; (moved || changed) && market < venue.Markets; market++)
        {
            if (!Follows(market, index, surfaces))
            {
                continue;
            }
            if (moved)
            {
                _gate.Observe(market);
                _unwinding.Work(market);
            }
            if (State.Markets[market].Status == MarketStatus.Auction)
            {
                _auction.Indicate(market);
            }
            Enforcement.PriceMoved(market);
            if (State.Derived.TriggerBooks[market]!.Count != 0)
            {
                _aftermath.PriceChanges.Enqueue(market);
            }
        }
        for (int pool = 0; (moved || changed) && pool < venue.Pools; pool++)
        {
            ref readonly Pool terms = ref State.Pools[pool];
            for (int slot = 1; slot < terms.CollateralCount; slot++)
            {
                if (State.Assets[terms.Collateral[slot]].PriceIndexPlusOne == index + 1)
                {
                    if (moved)
                    {
                        _unwinding.WorkCoins(pool, slot);
                    }
                    Enforcement.CollateralMoved(pool, slot);
                }
            }
        }
    }

    // Whether an index moves a market: it is the market's own, its contract observes it, or it is a node of its volatility.
    private bool Follows(int market, int index, int surfaces)
    {
        ref readonly Market terms = ref State.Markets[market];
        return terms.Status != MarketStatus.Expired
            && (terms.Index == index
                || ((terms.Flags & ContractFlags.ManyIndexes) != 0 && State.Derived.Contracts.ObservationOf(market, index) >= 0)
                || (terms.SurfacePlusOne != 0 && (surfaces & (1 << (terms.SurfacePlusOne - 1))) != 0));
    }

    // Surfaces of which an index is a node are looked at again; a bit for each.
    private int RefreshSurfaces(int index)
    {
        int touched = 0;
        for (int surface = 0; surface < State.Venue[0].Surfaces; surface++)
        {
            if (_volatilities.IsNode(surface, index))
            {
                _volatilities.Refresh(surface);
                touched |= 1 << surface;
            }
        }
        return touched;
    }
}
