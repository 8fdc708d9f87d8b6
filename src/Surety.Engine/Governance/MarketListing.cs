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

    public RefusalCode List(in ListMarket command, out ulong created, out long detail)
    {
        (created, detail) = (0, 72);
        return command.Terms.Kind == MarketKind.Contract ? RefusalCode.InvalidField : List(in command.Terms, 0, out created, out detail);
    }

    /// <summary>Lists a market of any kind; an option's with its strike, ticks.</summary>
    public RefusalCode List(in MarketTerms terms, long strikeTicks, out ulong created, out long detail)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Counts;
        detail = terms.Pool;
        if (terms.Pool >= venue.Pools)
        {
            return RefusalCode.UnknownPool;
        }
        detail = terms.Index;
        if (terms.Index >= venue.Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        if (!terms.Name.IsValid())
        {
            return RefusalCode.InvalidName;
        }
        int holder = Find(in terms.Name);
        if (holder >= 0)
        {
            detail = holder;
            return RefusalCode.NameTaken;
        }
        if (!AreSound(in terms, strikeTicks, state.TimeNs, out detail))
        {
            return RefusalCode.InvalidField;
        }
        detail = state.GenesisRef.MaxMarkets;
        if (venue.Markets >= state.GenesisRef.MaxMarkets)
        {
            return RefusalCode.LimitReached;
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
            FundingRatePpb = terms.Kind == MarketKind.LinearPerpetual ? (int)FundingAccrual.RatePpb(0, terms.FundingInterestPpm, terms.FundingCapPpm) : 0,
            MinPriceTicks = terms.MinPriceTicks,
            MaxPriceTicks = terms.MaxPriceTicks,
            IndexUnitsPerTick = terms.IndexUnitsPerTick,
            StrikeTicks = strikeTicks,
            ExpiryNs = terms.ExpiryNs,
        };
        SetChangeable(ref market, in terms);
        SetImpact(ref market);
        state.Derived.AddMarket(number);
        return RefusalCode.None;
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

    public RefusalCode Change(in ChangeMarket command, out long detail)
    {
        detail = command.Market;
        if (command.Market >= (uint)state.Counts.Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        ref readonly Market market = ref state.Markets[(int)command.Market];
        detail = (long)market.Status;
        if (market.Status == MarketStatus.Expired)
        {
            return RefusalCode.MarketNotTrading;
        }
        ref readonly MarketTerms terms = ref command.Terms;
        detail = terms.AtomsPerTickLot != market.AtomsPerTickLot ? 80 : terms.IndexUnitsPerTick != market.IndexUnitsPerTick ? 88
            : terms.MinPriceTicks != market.MinPriceTicks ? 96 : terms.MaxPriceTicks != market.MaxPriceTicks ? 104
            : terms.ExpiryNs != market.ExpiryNs ? 152 : terms.Kind != market.Kind ? 72 : terms.Pool != market.Pool ? 74
            : terms.Index != market.Index ? 76 : 0;
        if (detail != 0)
        {
            return RefusalCode.TermFixed;
        }
        if (!AreSound(in terms, market.StrikeTicks, state.TimeNs, out detail))
        {
            return RefusalCode.InvalidField;
        }
        detail = state.TimeNs + LeastDelayNs;
        if (command.ActivateNs < detail || command.ActivateNs > CommandCodec.LatestNs)
        {
            return RefusalCode.ChangeTooSoon;
        }
        int row = -1;
        for (int i = 0; i < PendingTerms.Most; i++)
        {
            uint taken = state.PendingTerms[i].MarketPlusOne;
            if (taken == command.Market + 1 || (taken == 0 && row < 0))
            {
                row = i;
                if (taken != 0)
                {
                    break;
                }
            }
        }
        detail = PendingTerms.Most;
        if (row < 0)
        {
            return RefusalCode.LimitReached;
        }
        detail = CountFallen((int)command.Market, in terms);
        if (detail > 0)
        {
            return RefusalCode.ChangeWouldLiquidate;
        }

        // Point of no return. A later change of the same market replaces an earlier one.
        detail = 0;
        state.PendingTerms.Write(row) = new PendingTerms { ActivateNs = command.ActivateNs, MarketPlusOne = command.Market + 1, Terms = terms };
        state.Derived.Timers.Add(command.ActivateNs, TimerKind.TermsChange, (ulong)row);
        return RefusalCode.None;
    }

    /// <summary>Lets pending terms act, or drops them where an account would fall; true when they act.</summary>
    public bool Activate(int row, out int marketNumber)
    {
        PendingTerms pending = state.PendingTerms[row];
        marketNumber = (int)pending.MarketPlusOne - 1;
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

    /// <summary>Whether terms are within their ranges and consistent; else the offset of the first field that is not, from the start of <see cref="ListMarket"/>.</summary>
    public static bool AreSound(in MarketTerms c, long strikeTicks, long nowNs, out long detail)
    {
        const long LargestPrice = 1L << 40;
        bool future = c.Kind is MarketKind.LinearFuture or MarketKind.Contract;
        detail = 72;
        if (!future && c.Kind != MarketKind.LinearPerpetual)
        {
            return false;
        }
        if (!Within(c.TierCount, 1, Market.MaxTiers, 78, out detail)
            || !Within(c.AtomsPerTickLot, 1, 1L << 40, 80, out detail)
            || !Within(c.IndexUnitsPerTick, 1, 1L << 40, 88, out detail)
            || !Within(c.MinPriceTicks, -LargestPrice, LargestPrice, 96, out detail)
            || !Within(c.MaxPriceTicks, c.MinPriceTicks + 1, c.MinPriceTicks + Market.MaxPriceSpan - 1, 104, out detail)
            || !Within(c.MaxOrderLots, 1, 1L << 40, 112, out detail)
            || !Within(c.MaxPositionLots, c.MaxOrderLots, 1L << 40, 120, out detail)
            || !Within(c.MarginFloorTicks, 1, LargestPrice, 128, out detail)
            || !Within(c.OpenInterestLowerAtoms, 1, 1L << 61, 136, out detail)
            || !Within(c.OpenInterestUpperAtoms, c.OpenInterestLowerAtoms + 1, 1L << 62, 144, out detail)
            || !Within(c.ExpiryNs, future ? nowNs + 1 : 0, future ? long.MaxValue : 0, 152, out detail)
            || !Within(c.BasisCapPpm, 0, 100_000, 160, out detail)
            || !Within(c.BasisWindowMs, 1, 86_400_000, 164, out detail)
            || !Within(c.LiquidationBoundPpm, 1, 500_000, 168, out detail)
            || !Within(c.MarketOrderBoundPpm, 1, 500_000, 172, out detail)
            || !Within(c.FundingInterestPpm, -10_000, 10_000, 176, out detail)
            || !Within(c.FundingCapPpm, 0, 100_000, 180, out detail)
            || !Within(c.OpenInterestCapAtoms, 0, 1L << 61, 312, out detail)
            || !Within(c.ExternalDepthAtoms, 0, 1L << 61, 320, out detail)
            || !Within(c.OpenInterestFreeAtoms, 0, 1L << 61, 328, out detail)
            || !Within(c.ImpactAtoms, 0, 1L << 50, 336, out detail)
            || !Within(c.OrderBandPpm, 0, 1_000_000, 344, out detail)
            || !Within(c.BandHorizonMs, 0, 86_400_000, 348, out detail)
            || !Within(c.BandSigmaMilli, 0, 100_000, 352, out detail)
            || !Within(c.BandFloorPpm, 0, 1_000_000, 356, out detail)
            || !Within(c.BandCapPpm, c.BandFloorPpm, 10_000_000, 360, out detail)
            || !Within(c.AuctionMs, 0, 86_400_000, 364, out detail)
            || !Within(c.OracleGraceMs, 0, 86_400_000, 368, out detail))
        {
            return false;
        }
        detail = 120;
        long magnitude = Math.Max(Math.Max(Math.Abs(c.MinPriceTicks), Math.Abs(c.MaxPriceTicks)), c.MarginFloorTicks);
        if (((Int128)magnitude + strikeTicks) * c.MaxPositionLots * c.AtomsPerTickLot > Market.MaxPositionValue)
        {
            return false;
        }
        detail = 184;
        for (int i = 0; i < c.TierCount; i++)
        {
            ListedTier tier = c.Tiers[i];
            bool rises = i == 0 ? tier.FromNotionalAtoms == 0
                : tier.FromNotionalAtoms > c.Tiers[i - 1].FromNotionalAtoms
                    && tier.InitialPpm >= c.Tiers[i - 1].InitialPpm && tier.MaintenancePpm >= c.Tiers[i - 1].MaintenancePpm;
            if (!rises || tier.MaintenancePpm < 1 || tier.InitialPpm < tier.MaintenancePpm || tier.InitialPpm > Rounding.Million)
            {
                return false;
            }
        }
        detail = 0;
        return true;
    }

    private static bool Within(long value, long least, long most, int offset, out long detail)
    {
        detail = offset;
        return value >= least && value <= most;
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
            var tier = new MarginTier { FromNotionalAtoms = listed.FromNotionalAtoms, InitialPpm = listed.InitialPpm, MaintenancePpm = listed.MaintenancePpm };
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
