using System.Runtime.CompilerServices;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Instruments;

/// <summary>Initial and maintenance margin of one position with its open orders, settlement atoms.</summary>
/// <param name="InitialAtoms">What opening needs.</param>
/// <param name="MaintenanceAtoms">What keeps it from liquidation.</param>
public readonly record struct Requirement(long InitialAtoms, long MaintenanceAtoms);

/// <summary>What stands against what: equity, and the margin it must cover. Settlement atoms.</summary>
/// <param name="EquityAtoms">Everything at mark and at collateral's price: what maintenance is measured against.</param>
/// <param name="OpeningAtoms">The part of it that counts for opening: less of unrealised profit, collateral at the lower of its price and
/// its slow price.</param>
/// <param name="InitialAtoms">What positions and open orders demand before anything may be opened.</param>
/// <param name="MaintenanceAtoms">What they demand before they are acted on.</param>
/// <param name="UnrealisedAtoms">Profit that is not realised, all positions together, negative a loss: a part of equity.</param>
public readonly record struct Health(long EquityAtoms, long OpeningAtoms, long InitialAtoms, long MaintenanceAtoms, long UnrealisedAtoms)
{
    /// <summary>Whether initial margin is covered by what counts for opening.</summary>
    public bool CoversInitial => OpeningAtoms >= InitialAtoms;

    /// <summary>Whether maintenance margin is covered; if not, the account is liquidated in the same step.</summary>
    public bool CoversMaintenance => EquityAtoms >= MaintenanceAtoms;
}

/// <summary>
/// Margin from tiers on notional (the continuous form: rate · notional − deduction), initial margin additionally from the
/// market's open interest. Everything rounds against the account.
/// </summary>
public static class MarginTiers
{
    /// <summary>
    /// Notional of a number of lots at mark, never at less than the market's margin floor; of options at strike and price together.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long NotionalAtoms(in Market market, long lots)
    {
        long price = market.MarkTicks < 0 ? -market.MarkTicks : market.MarkTicks;
        price = (price < market.MarginFloorTicks ? market.MarginFloorTicks : price) + market.StrikeTicks;
        return (lots < 0 ? -lots : lots) * price * market.AtomsPerTickLot;
    }

    /// <summary>Initial margin of a notional: the tier's, or the open interest's rate where that is more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long InitialAtoms(in Market market, long notionalAtoms)
    {
        ref readonly MarginTier tier = ref TierOf(in market, notionalAtoms);
        long byTier = Rounding.PpmCeiling(notionalAtoms, tier.InitialPpm) - tier.InitialDeductionAtoms;
        if (market.OpenInterestPpm == 0)
        {
            return byTier;
        }
        long byOpenInterest = Rounding.PpmCeiling(notionalAtoms, market.OpenInterestPpm);
        return byTier > byOpenInterest ? byTier : byOpenInterest;
    }

    /// <summary>Maintenance margin of a notional.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long MaintenanceAtoms(in Market market, long notionalAtoms)
    {
        ref readonly MarginTier tier = ref TierOf(in market, notionalAtoms);
        return Rounding.PpmCeiling(notionalAtoms, tier.MaintenancePpm) - tier.MaintenanceDeductionAtoms;
    }

    /// <summary>
    /// What a position with its open orders needs. Initial margin is that of the worse of two outcomes: all buys fill, or
    /// all sells do, each with the loss against mark that its orders reserved.
    /// </summary>
    public static Requirement Of(in Market market, long lots, in OpenOrders open)
    {
        if (market.Kind == MarketKind.Contract)
        {
            return ContractMargin.Of(in market, lots, in open);
        }
        long ifBought = lots + open.BuyLots;
        long ifSold = lots - open.SellLots;
        long bought = InitialAtoms(in market, NotionalAtoms(in market, ifBought)) + (open.BuyReserve * market.AtomsPerTickLot);
        long initial = bought;
        if (open.SellLots != 0 || open.BuyLots != 0)
        {
            long sold = InitialAtoms(in market, NotionalAtoms(in market, ifSold)) + (open.SellReserve * market.AtomsPerTickLot);
            initial = bought > sold ? bought : sold;
        }
        return new Requirement(initial, MaintenanceAtoms(in market, NotionalAtoms(in market, lots)));
    }

    /// <summary>
    /// The rate that open interest demands: nothing up to the lower bound, then from the first tier's rate linearly to
    /// 100% at the upper one (the form of dYdX v4's open-interest scaling).
    /// </summary>
    public static int OpenInterestPpm(in Market market)
    {
        long notional = NotionalAtoms(in market, market.OpenInterestLots);
        if (notional <= market.OpenInterestLowerAtoms)
        {
            return 0;
        }
        int first = market.Tiers[0].InitialPpm;
        if (notional >= market.OpenInterestUpperAtoms)
        {
            return (int)Rounding.Million;
        }
        return first + (int)Rounding.MulDivCeiling(
            Rounding.Million - first,
            notional - market.OpenInterestLowerAtoms,
            market.OpenInterestUpperAtoms - market.OpenInterestLowerAtoms);
    }

    /// <summary>The tier that a notional falls into.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref readonly MarginTier TierOf(in Market market, long notionalAtoms)
    {
        int tier = 0;
        while (tier + 1 < market.TierCount && notionalAtoms >= market.Tiers[tier + 1].FromNotionalAtoms)
        {
            tier++;
        }
        return ref market.Tiers[tier];
    }
}
