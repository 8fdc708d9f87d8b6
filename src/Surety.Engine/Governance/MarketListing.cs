using System;
using Surety.Core.Numerics;
using Surety.Engine.Breakers;
using Surety.Engine.Events;
using Surety.Engine.Funding;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// Listing a market, and changing the terms of one. A change waits at least an hour, and is tried in shadow on the live state
/// both when it is given and when it is to act: one under which an account would fall below maintenance does not act.
/// </summary>
internal sealed class MarketListing(IndexedState state, EventLog events, AccountMargin margin, MarketGate gate, Shadow shadow)
{
    /// <summary>How long before they act new terms, or fees, are announced.</summary>
    public const long LeastDelayNs = 3_600_000_000_000;

    public Refusal List(in ListMarket command, out ulong created)
    {
        created = 0;
        return command.Terms.Kind == MarketKind.Contract ? Refusal.InvalidField(72) : List(in command.Terms, 0, out created);
    }

    /// <summary>Lists a market of any kind; an option's with its strike, ticks.</summary>
    public Refusal List(in MarketTerms terms, long strikeTicks, out ulong created)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Counts;
        if (terms.Pool >= venue.Pools)
        {
            return Refusal.UnknownPool(terms.Pool);
        }
        if (terms.Index >= venue.Indexes)
        {
            return Refusal.UnknownIndex(terms.Index);
        }
        if (!terms.Name.IsValid())
        {
            return Refusal.InvalidName;
        }
        int holder = Find(in terms.Name);
        if (holder >= 0)
        {
            return Refusal.NameTaken(holder);
        }
        Refusal refusal = Check(in terms, strikeTicks, state.TimeNs);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (venue.Markets >= state.GenesisRef.MaxMarkets)
        {
            return Refusal.LimitReached(state.GenesisRef.MaxMarkets);
        }

        // Point of no return.
        int number = state.Venue.Write(0).Markets++;
        created = (ulong)number;
        ref Market market = ref state.Markets.Write(number);
        market = new Market
        {
            AtomsPerTickLot = terms.AtomsPerTickLot,
            Status = MarketStatus.Trading,
            Kind = terms.Kind,
            Pool = terms.Pool,
            Index = terms.Index,
            Name = terms.Name,
            FundingTimeMs = state.TimeNs / 1_000_000,
            FundingRatePpb = terms.Kind == MarketKind.LinearPerpetual
                ? (int)FundingAccrual.RatePpb(0, terms.FundingInterestPpm, terms.FundingCapPpm)
                : 0,
            MinPriceTicks = terms.MinPriceTicks,
            MaxPriceTicks = terms.MaxPriceTicks,
            IndexUnitsPerTick = terms.IndexUnitsPerTick,
            StrikeTicks = strikeTicks,
            ExpiryNs = terms.ExpiryNs,
        };
        SetChangeable(ref market, in terms);
        SetImpact(ref market);
        state.Derived.AddMarket(number);
        return Refusal.None;
    }

    /// <summary>The market of a name, regardless of case; −1 when there is none.</summary>
    public int Find(in ShortName name)
    {
        for (int i = 0; i < state.Counts.Markets; i++)
        {
            if (state.Markets[i].Name.IsTakenFor(in name))
            {
                return i;
            }
        }
        return -1;
    }

    public Refusal Change(in ChangeMarket command)
    {
        if (command.Market >= (uint)state.Counts.Markets)
        {
            return Refusal.UnknownMarket(command.Market);
        }
        ref readonly Market market = ref state.Markets[(int)command.Market];
        if (market.Status == MarketStatus.Expired)
        {
            return Refusal.MarketNotTrading(market.Status);
        }
        ref readonly MarketTerms terms = ref command.Terms;
        long offset = terms.AtomsPerTickLot != market.AtomsPerTickLot ? 80 : terms.IndexUnitsPerTick != market.IndexUnitsPerTick ? 88
            : terms.MinPriceTicks != market.MinPriceTicks ? 96 : terms.MaxPriceTicks != market.MaxPriceTicks ? 104
            : terms.ExpiryNs != market.ExpiryNs ? 152 : terms.Kind != market.Kind ? 72 : terms.Pool != market.Pool ? 74
            : terms.Index != market.Index ? 76 : 0;
        if (offset != 0)
        {
            return Refusal.TermFixed(offset);
        }
        Refusal refusal = Check(in terms, market.StrikeTicks, state.TimeNs);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        long earliestNs = state.TimeNs + LeastDelayNs;
        if (command.ActivateNs < earliestNs || command.ActivateNs > CommandCodec.LatestNs)
        {
            return Refusal.ChangeTooSoon(earliestNs);
        }
        int row = -1;
        for (int i = 0; i < PendingTerms.Most; i++)
        {
            OptionalId taken = state.PendingTerms[i].Market;
            if (taken.Number == command.Market || (!taken.Exists && row < 0))
            {
                row = i;
                if (taken.Exists)
                {
                    break;
                }
            }
        }
        if (row < 0)
        {
            return Refusal.LimitReached(PendingTerms.Most);
        }
        long accounts = CountFallen((int)command.Market, in terms);
        if (accounts > 0)
        {
            return Refusal.ChangeWouldLiquidate(accounts);
        }

        // Point of no return. A later change of the same market replaces an earlier one.
        state.PendingTerms.Write(row) = new PendingTerms
        {
            ActivateNs = command.ActivateNs,
            Market = OptionalId.Of(command.Market),
            Terms = terms,
        };
        state.Derived.Timers.Add(command.ActivateNs, TimerKind.TermsChange, (ulong)row);
        return Refusal.None;
    }

    /// <summary>Lets pending terms act, or drops them where an account would fall; true when they act.</summary>
    public bool Activate(int row, out int marketNumber)
    {
        PendingTerms pending = state.PendingTerms[row];
        marketNumber = pending.Market.Number;
        if (marketNumber < 0 || pending.ActivateNs > state.TimeNs)
        {
            return false;
        }
        state.PendingTerms.Write(row) = default;
        ref Market market = ref state.Markets.Write(marketNumber);
        if (market.Status == MarketStatus.Expired)
        {
            return false;
        }
        long fallen = CountFallen(marketNumber, in pending.Terms);
        if (fallen == 0)
        {
            SetChangeable(ref market, in pending.Terms);
            SetImpact(ref market);
            market.OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
            margin.Portfolio.Refresh(marketNumber);
            state.Derived.Bands.TouchAll(marketNumber);
            gate.Set(marketNumber, MarketCauses.None, true);
            // Its patience with a doubtful index may be another now.
            state.Derived.ScheduleGrace(marketNumber);
            gate.EndGrace(marketNumber);
        }
        events.Write(EventKind.TermsChanged, 0, new TermsChanged
        {
            Market = (ushort)marketNumber,
            Code = fallen == 0 ? RefusalCode.None : RefusalCode.ChangeWouldLiquidate,
            Detail = fallen,
        });
        return fallen == 0;
    }

    /// <summary>
    /// Whether terms are within their ranges and consistent. A field's offset is from the start of <see cref="ListMarket"/>.
    /// </summary>
    public static Refusal Check(in MarketTerms c, long strikeTicks, long nowNs)
    {
        const long LargestPrice = 1L << 40;
        bool future = c.Kind is MarketKind.LinearFuture or MarketKind.Contract;
        if (!future && c.Kind != MarketKind.LinearPerpetual)
        {
            return Refusal.InvalidField(72);
        }
        // Bounds that depend on another field, which may itself be anything.
        long leastTicks = Math.Clamp(c.MinPriceTicks, -LargestPrice, LargestPrice);
        long lowerAtoms = Math.Clamp(c.OpenInterestLowerAtoms, 1, 1L << 61);
        Refusal refusal = default(FieldCheck)
            .Within(c.TierCount, 1, Market.MaxTiers, 78)
            .Within(c.AtomsPerTickLot, 1, 1L << 40, 80)
            .Within(c.IndexUnitsPerTick, 1, 1L << 40, 88)
            .Within(c.MinPriceTicks, -LargestPrice, LargestPrice, 96)
            .Within(c.MaxPriceTicks, leastTicks + 1, leastTicks + Market.MaxPriceSpan - 1, 104)
            .Within(c.MaxOrderLots, 1, 1L << 40, 112)
            .Within(c.MaxPositionLots, c.MaxOrderLots, 1L << 40, 120)
            .Within(c.MarginFloorTicks, 1, LargestPrice, 128)
            .Within(c.OpenInterestLowerAtoms, 1, 1L << 61, 136)
            .Within(c.OpenInterestUpperAtoms, lowerAtoms + 1, 1L << 62, 144)
            .Within(c.ExpiryNs, future ? nowNs + 1 : 0, future ? long.MaxValue : 0, 152)
            .Within(c.BasisCapPpm, 0, 100_000, 160)
            .Within(c.BasisWindowMs, 1, 86_400_000, 164)
            .Within(c.LiquidationBoundPpm, 1, 500_000, 168)
            .Within(c.MarketOrderBoundPpm, 1, 500_000, 172)
            .Within(c.FundingInterestPpm, -10_000, 10_000, 176)
            .Within(c.FundingCapPpm, 0, 100_000, 180)
            .Within(c.OpenInterestCapAtoms, 0, 1L << 61, 312)
            .Within(c.ExternalDepthAtoms, 0, 1L << 61, 320)
            .Within(c.OpenInterestFreeAtoms, 0, 1L << 61, 328)
            .Within(c.ImpactAtoms, 0, 1L << 50, 336)
            .Within(c.OrderBandPpm, 0, 1_000_000, 344)
            .Within(c.BandHorizonMs, 0, 86_400_000, 348)
            .Within(c.BandSigmaMilli, 0, 100_000, 352)
            .Within(c.BandFloorPpm, 0, 1_000_000, 356)
            .Within(c.BandCapPpm, c.BandFloorPpm, 10_000_000, 360)
            .Within(c.AuctionMs, 0, 86_400_000, 364)
            .Within(c.OracleGraceMs, 0, 86_400_000, 368)
            .Found;
        if (!refusal.IsNone)
        {
            return refusal;
        }
        long magnitude = Math.Max(Math.Max(Math.Abs(c.MinPriceTicks), Math.Abs(c.MaxPriceTicks)), c.MarginFloorTicks);
        if (((Int128)magnitude + strikeTicks) * c.MaxPositionLots * c.AtomsPerTickLot > Market.MaxPositionValue)
        {
            return Refusal.InvalidField(120);
        }
        for (int i = 0; i < c.TierCount; i++)
        {
            ListedTier tier = c.Tiers[i];
            bool rises = i == 0 ? tier.FromNotionalAtoms == 0
                : tier.FromNotionalAtoms > c.Tiers[i - 1].FromNotionalAtoms
                    && tier.InitialPpm >= c.Tiers[i - 1].InitialPpm && tier.MaintenancePpm >= c.Tiers[i - 1].MaintenancePpm;
            if (!rises || tier.MaintenancePpm < 1 || tier.InitialPpm < tier.MaintenancePpm || tier.InitialPpm > Rounding.Million)
            {
                return Refusal.InvalidField(184);
            }
        }
        return Refusal.None;
    }

    private static void SetChangeable(ref Market market, in MarketTerms terms)
    {
        market.MarginFloorTicks = terms.MarginFloorTicks;
        market.TierCount = terms.TierCount;
        market.BasisCapPpm = terms.BasisCapPpm;
        market.BasisWindowMs = terms.BasisWindowMs;
        market.LiquidationBoundPpm = terms.LiquidationBoundPpm;
        market.MarketOrderBoundPpm = terms.MarketOrderBoundPpm;
        market.FundingInterestPpm = terms.FundingInterestPpm;
        market.FundingCapPpm = terms.FundingCapPpm;
        market.MaxOrderLots = terms.MaxOrderLots;
        market.MaxPositionLots = terms.MaxPositionLots;
        market.OpenInterestLowerAtoms = terms.OpenInterestLowerAtoms;
        market.OpenInterestUpperAtoms = terms.OpenInterestUpperAtoms;
        market.OpenInterestCapAtoms = terms.OpenInterestCapAtoms;
        market.ExternalDepthAtoms = terms.ExternalDepthAtoms;
        market.OpenInterestFreeAtoms = terms.OpenInterestFreeAtoms;
        market.ImpactAtoms = terms.ImpactAtoms;
        market.OrderBandPpm = terms.OrderBandPpm;
        market.BandHorizonMs = terms.BandHorizonMs;
        market.BandSigmaMilli = terms.BandSigmaMilli;
        market.BandFloorPpm = terms.BandFloorPpm;
        market.BandCapPpm = terms.BandCapPpm;
        market.AuctionMs = terms.AuctionMs;
        market.OracleGraceMs = terms.OracleGraceMs;
        market.DepthMultiple = terms.DepthMultiple;
        market.FundMultiple = terms.FundMultiple;
        SetTiers(ref market, in terms);
    }

    // A book says nothing of a price without depth: where the operator names none, ten thousand units of what the pool settles in.
    private void SetImpact(ref Market market)
    {
        if (market.ImpactAtoms == 0)
        {
            int decimals = Math.Min(state.Assets[state.Pools[market.Pool].Collateral[0]].Decimals, (ushort)9);
            market.ImpactAtoms = 10_000 * FixedDecimal.PowerOfTen(decimals);
        }
    }

    // Tier k's deduction makes margin continuous where it begins: deduction_k = deduction_{k−1} + from_k · (rate_k − rate_{k−1}).
    // It is rounded down, so that no tier asks for less than the formula.
    private static void SetTiers(ref Market market, in MarketTerms terms)
    {
        for (int i = 0; i < terms.TierCount; i++)
        {
            ListedTier listed = terms.Tiers[i];
            var tier =
                new MarginTier
                {
                    FromNotionalAtoms = listed.FromNotionalAtoms,
                    InitialPpm = listed.InitialPpm,
                    MaintenancePpm = listed.MaintenancePpm
                };
            if (i > 0)
            {
                MarginTier below = market.Tiers[i - 1];
                tier.InitialDeductionAtoms = below.InitialDeductionAtoms
                    + Rounding.MulDivFloor(listed.FromNotionalAtoms, listed.InitialPpm - below.InitialPpm, Rounding.Million);
                tier.MaintenanceDeductionAtoms = below.MaintenanceDeductionAtoms
                    + Rounding.MulDivFloor(listed.FromNotionalAtoms, listed.MaintenancePpm - below.MaintenancePpm, Rounding.Million);
            }
            market.Tiers[i] = tier;
        }
    }

    // The shadow: units that are above maintenance now and would not be under the terms.
    private long CountFallen(int marketNumber, in MarketTerms terms)
    {
        Market changed = state.Markets[marketNumber];
        SetChangeable(ref changed, in terms);
        return shadow.CountFallen(marketNumber, in changed);
    }
}
