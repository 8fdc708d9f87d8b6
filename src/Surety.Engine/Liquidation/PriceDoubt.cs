using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Oracles;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Nobody is liquidated on a price the oracle does not stand behind. A market whose index is not good, or that is halted or
/// reopening, is not acted in, and an account with a part in such prices is acted on elsewhere only if it would be below
/// maintenance even were those prices better for it by <see cref="DoubtPpm"/>. Nor is anybody liquidated by a book alone: an
/// account is acted on only if it is below maintenance at mark and, too, were every mark its index.
/// </summary>
public static class PriceDoubt
{
    /// <summary>The benefit of the doubt, parts per million of a position's notional.</summary>
    public const int DoubtPpm = 150_000;

    /// <summary>
    /// Whether liquidations may act in a market now: on a good price, while it trades, and, outside its book, while a breaker
    /// holds an auction. In the auction that follows a halt they wait: liquidations come last.
    /// </summary>
    public static bool IsActable(VenueState state, int market)
    {
        ref readonly Market terms = ref state.Markets[market];
        bool breaker = terms.Status == MarketStatus.Auction && (terms.Causes & MarketCauses.Auctioning) != 0;
        return (breaker || terms.Status is MarketStatus.Trading or MarketStatus.ReduceOnly) && state.Indexes[terms.Index].State == PriceState.Good;
    }

    /// <summary>Whether they may act through its book.</summary>
    public static bool IsBookOpen(VenueState state, int market) =>
        state.Markets[market].Status != MarketStatus.Auction && IsActable(state, market);

    /// <summary>Whether a position belongs to the unit that is looked at: the cross-margined account, or one isolated position.</summary>
    public static bool Belongs(in Position position, int row, int isolatedRow) =>
        isolatedRow < 0 ? !position.IsIsolated : row == isolatedRow;

    /// <summary>Whether a unit that is below maintenance must be acted on now.</summary>
    public static bool MustAct(VenueState state, uint account, int isolatedRow, in Health health)
    {
        bool positions = false;
        bool actable = false;
        long doubt = 0;
        long basis = 0;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !Belongs(in position, row, isolatedRow))
            {
                continue;
            }
            positions = true;
            int market = position.MarketPlusOne - 1;
            if (IsActable(state, market))
            {
                actable = true;
                basis += AtIndex(in state.Markets[market], position.Lots);
            }
            else
            {
                doubt += Rounding.PpmCeiling(MarginTiers.NotionalAtoms(in state.Markets[market], position.Lots), DoubtPpm);
            }
        }
        doubt += isolatedRow < 0 ? DoubtfulCollateral(state, account) : 0;
        return (actable || !positions) && health.EquityAtoms + doubt + Math.Max(basis, 0) < health.MaintenanceAtoms;
    }

    // What equity less maintenance would gain if a market's mark were its index: the value of the basis, less a margin at the
    // highest tier's rate of what notional grows by. Of a contract mark and index are one.
    private static long AtIndex(in Market market, long lots)
    {
        if (market.Kind == MarketKind.Contract)
        {
            return 0;
        }
        long index = Math.Clamp(market.IndexTicks, market.MinPriceTicks, market.MaxPriceTicks);
        long value = (index - market.MarkTicks) * lots * market.AtomsPerTickLot;
        long grown = Math.Max(Math.Abs(index) - Math.Abs(market.MarkTicks), 0) * Math.Abs(lots) * market.AtomsPerTickLot;
        return value - Rounding.PpmCeiling(grown, market.Tiers[market.TierCount - 1].MaintenancePpm);
    }

    // Collateral whose price is not good is given the whole of its last price.
    private static long DoubtfulCollateral(VenueState state, uint account)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        long doubt = 0;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
            ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndexPlusOne - 1];
            if (holder.Balances[slot] != 0 && index.State != PriceState.Good && index.Price > 0)
            {
                long scale = FixedDecimal.PowerOfTen(asset.Decimals + index.Decimals - state.Assets[pool.Collateral[0]].Decimals);
                doubt += (long)Int128.Min((Int128)holder.Balances[slot] * index.Price / scale, Market.MaxPositionValue);
            }
        }
        return doubt;
    }
}
