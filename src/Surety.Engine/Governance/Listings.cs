using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;
using Surety.Engine.State;

namespace Surety.Engine.Governance;

/// <summary>
/// What the operator lists. Limits are chosen here so that nothing computed later can overflow: the largest position at
/// the highest price stays below <see cref="Market.MaxPositionValue"/>.
/// </summary>
internal sealed class Listings(VenueState state)
{
    public RefusalCode Create(in CreateAsset command, out ulong created, out long detail)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Venue[0];
        detail = state.GenesisRef.MaxAssets;
        if (venue.Assets >= state.GenesisRef.MaxAssets)
        {
            return RefusalCode.LimitReached;
        }
        bool taken = !command.Name.IsValid();
        for (int i = 0; i < venue.Assets; i++)
        {
            taken |= state.Assets[i].Name.ToString() == command.Name.ToString();
        }
        if (taken)
        {
            return RefusalCode.InvalidName;
        }
        detail = command.PriceIndexPlusOne - 1;
        if (command.PriceIndexPlusOne > venue.Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        if (!Within(command.Decimals, 0, 12, 84, out detail) || !Within(command.HaircutPpm, 0, 1_000_000, 80, out detail)
            || !Within(command.CollateralCapAtoms, 0, Asset.MaxAmountAtoms, 72, out detail))
        {
            return RefusalCode.InvalidField;
        }

        // Point of no return.
        created = (ulong)venue.Assets;
        state.Assets.Write(state.Venue.Write(0).Assets++) = new Asset
        {
            Name = command.Name,
            Status = 1,
            Decimals = command.Decimals,
            PriceIndexPlusOne = command.PriceIndexPlusOne,
            HaircutPpm = command.HaircutPpm,
            CollateralCapAtoms = command.CollateralCapAtoms,
        };
        return RefusalCode.None;
    }

    public RefusalCode Create(in CreatePool command, out ulong created, out long detail)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Venue[0];
        detail = state.GenesisRef.MaxPools;
        if (venue.Pools >= state.GenesisRef.MaxPools)
        {
            return RefusalCode.LimitReached;
        }
        detail = state.GenesisRef.MaxAccounts;
        if (venue.Accounts >= state.GenesisRef.MaxAccounts)
        {
            return RefusalCode.LimitReached;
        }
        if (!command.Name.IsValid())
        {
            return RefusalCode.InvalidName;
        }
        if (!Within(command.CollateralCount, 1, Pool.MaxCollateral, 88, out detail)
            || !Within(command.FeeTierCount, 1, Pool.MaxFeeTiers, 90, out detail)
            || !Within(command.LiquidationFeePpm, 0, 100_000, 92, out detail))
        {
            return RefusalCode.InvalidField;
        }
        RefusalCode code = CheckCollateral(in command, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        detail = 96;
        for (int i = 0; i < command.FeeTierCount; i++)
        {
            FeeTier tier = command.FeeTiers[i];
            bool rises = i == 0 ? tier.FromVolumeAtoms == 0 : tier.FromVolumeAtoms > command.FeeTiers[i - 1].FromVolumeAtoms;
            if (!rises || tier.TakerPpm is < 0 or > 100_000 || tier.MakerPpm is < -100_000 or > 100_000)
            {
                return RefusalCode.InvalidField;
            }
        }
        for (int i = 0; i < command.FeeTierCount * command.FeeTierCount; i++)
        {
            // No maker may be paid more than any taker pays, or two accounts of one owner could mint money.
            if (-command.FeeTiers[i / command.FeeTierCount].MakerPpm > command.FeeTiers[i % command.FeeTierCount].TakerPpm)
            {
                return RefusalCode.InvalidField;
            }
        }

        // Point of no return.
        ref VenueCounters writable = ref state.Venue.Write(0);
        int number = writable.Pools++;
        created = (ulong)number;
        uint fund = state.OpenAccount((uint)writable.Accounts, (ushort)number, AccountFlags.InsuranceFund);
        state.Pools.Write(number) = new Pool
        {
            Name = command.Name,
            Status = 1,
            CollateralCount = command.CollateralCount,
            FeeTierCount = command.FeeTierCount,
            Collateral = command.Collateral,
            InsuranceAccount = fund,
            LiquidationFeePpm = command.LiquidationFeePpm,
            FeeTiers = command.FeeTiers,
        };
        return RefusalCode.None;
    }

    public RefusalCode Create(in CreateIndex command, out ulong created, out long detail)
    {
        created = 0;
        detail = state.GenesisRef.MaxIndexes;
        if (state.Venue[0].Indexes >= state.GenesisRef.MaxIndexes)
        {
            return RefusalCode.LimitReached;
        }
        if (!command.Name.IsValid())
        {
            return RefusalCode.InvalidName;
        }
        if (!Within(command.Decimals, 0, 9, 72, out detail) || !Within(command.Quorum, 1, PriceIndex.MaxSources, 74, out detail)
            || !Within(command.MaxAgeMs, 1, 86_400_000, 76, out detail))
        {
            return RefusalCode.InvalidField;
        }

        // Point of no return.
        int number = state.Venue.Write(0).Indexes++;
        created = (ulong)number;
        state.Indexes.Write(number) = new PriceIndex
        {
            Name = command.Name,
            Status = 1,
            Decimals = command.Decimals,
            Quorum = command.Quorum,
            MaxAgeMs = command.MaxAgeMs,
        };
        return RefusalCode.None;
    }

    public RefusalCode SetSource(in SetPriceSource command, out long detail)
    {
        detail = command.Index;
        if (command.Index >= state.Venue[0].Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        detail = command.SourceKey;
        if (command.SourceKey >= (uint)state.Venue[0].Keys || (state.Keys[(int)command.SourceKey].Scopes & KeyScopes.Report) == 0)
        {
            return RefusalCode.UnknownKey;
        }
        if (!Within(command.Weight, 0, 1_000_000, 52, out detail))
        {
            return RefusalCode.InvalidField;
        }
        ref readonly PriceIndex index = ref state.Indexes[command.Index];
        int place = PriceFeed.FindSource(in index, command.SourceKey);
        if (place < 0 && (command.Weight == 0 || index.SourceCount == PriceIndex.MaxSources))
        {
            detail = command.Weight == 0 ? command.Index : PriceIndex.MaxSources;
            return command.Weight == 0 ? RefusalCode.NotASource : RefusalCode.LimitReached;
        }

        // Point of no return.
        ref PriceIndex writable = ref state.Indexes.Write(command.Index);
        if (place < 0)
        {
            writable.Sources[writable.SourceCount++] = new PriceSource { KeyPlusOne = command.SourceKey + 1, Weight = command.Weight };
        }
        else if (command.Weight == 0)
        {
            writable.Sources[place] = writable.Sources[--writable.SourceCount];
            writable.Sources[writable.SourceCount] = default;
        }
        else
        {
            writable.Sources[place].Weight = command.Weight;
        }
        return RefusalCode.None;
    }

    public RefusalCode List(in ListMarket command, out ulong created, out long detail)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Venue[0];
        detail = command.Pool;
        if (command.Pool >= venue.Pools)
        {
            return RefusalCode.UnknownPool;
        }
        detail = command.Index;
        if (command.Index >= venue.Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        if (!command.Name.IsValid())
        {
            return RefusalCode.InvalidName;
        }
        if (!TermsAreSound(in command, out detail))
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
            AtomsPerTickLot = command.AtomsPerTickLot,
            MarginFloorTicks = command.MarginFloorTicks,
            TierCount = command.TierCount,
            Status = MarketStatus.Trading,
            Kind = command.Kind,
            Pool = command.Pool,
            Index = command.Index,
            Name = command.Name,
            BasisCapPpm = command.BasisCapPpm,
            BasisWindowMs = command.BasisWindowMs,
            LiquidationBoundPpm = command.LiquidationBoundPpm,
            MarketOrderBoundPpm = command.MarketOrderBoundPpm,
            FundingInterestPpm = command.FundingInterestPpm,
            FundingCapPpm = command.FundingCapPpm,
            FundingTimeMs = state.TimeNs / 1_000_000,
            MinPriceTicks = command.MinPriceTicks,
            MaxPriceTicks = command.MaxPriceTicks,
            MaxOrderLots = command.MaxOrderLots,
            MaxPositionLots = command.MaxPositionLots,
            IndexUnitsPerTick = command.IndexUnitsPerTick,
            OpenInterestLowerAtoms = command.OpenInterestLowerAtoms,
            OpenInterestUpperAtoms = command.OpenInterestUpperAtoms,
            ExpiryNs = command.ExpiryNs,
        };
        SetTiers(ref market, in command);
        state.Derived.AddMarket(number);
        return RefusalCode.None;
    }

    public RefusalCode SetStatus(in SetMarketStatus command, out long detail)
    {
        detail = command.Market;
        if (command.Market >= state.Venue[0].Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        detail = (long)state.Markets[command.Market].Status;
        if (state.Markets[command.Market].Status == MarketStatus.Expired)
        {
            return RefusalCode.MarketNotTrading;
        }
        detail = 50;
        if (command.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly or MarketStatus.Halted))
        {
            return RefusalCode.InvalidField;
        }

        // Point of no return.
        state.Markets.Write(command.Market).Status = command.Status;
        return RefusalCode.None;
    }

    // Tier k's deduction makes margin continuous where it begins: deduction_k = deduction_{k−1} + from_k · (rate_k − rate_{k−1}).
    // It is rounded down, so that no tier asks for less than the formula.
    private static void SetTiers(ref Market market, in ListMarket command)
    {
        for (int i = 0; i < command.TierCount; i++)
        {
            ListedTier listed = command.Tiers[i];
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

    private static bool Within(long value, long least, long most, int offset, out long detail)
    {
        detail = offset;
        return value >= least && value <= most;
    }

    private bool TermsAreSound(in ListMarket c, out long detail)
    {
        const long LargestPrice = 1L << 40;
        bool future = c.Kind == MarketKind.LinearFuture;
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
            || !Within(c.ExpiryNs, future ? state.TimeNs + 1 : 0, future ? long.MaxValue : 0, 152, out detail)
            || !Within(c.BasisCapPpm, 0, 100_000, 160, out detail)
            || !Within(c.BasisWindowMs, 1, 86_400_000, 164, out detail)
            || !Within(c.LiquidationBoundPpm, 1, 500_000, 168, out detail)
            || !Within(c.MarketOrderBoundPpm, 1, 500_000, 172, out detail)
            || !Within(c.FundingInterestPpm, -10_000, 10_000, 176, out detail)
            || !Within(c.FundingCapPpm, 0, 100_000, 180, out detail))
        {
            return false;
        }
        detail = 120;
        long magnitude = System.Math.Max(System.Math.Max(System.Math.Abs(c.MinPriceTicks), System.Math.Abs(c.MaxPriceTicks)), c.MarginFloorTicks);
        if ((System.Int128)magnitude * c.MaxPositionLots * c.AtomsPerTickLot > Market.MaxPositionValue)
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

    private RefusalCode CheckCollateral(in CreatePool command, out long detail)
    {
        for (int i = 0; i < command.CollateralCount; i++)
        {
            detail = command.Collateral[i];
            if (command.Collateral[i] >= state.Venue[0].Assets)
            {
                return RefusalCode.UnknownAsset;
            }
            for (int k = 0; k < i; k++)
            {
                if (command.Collateral[k] == command.Collateral[i])
                {
                    detail = 72;
                    return RefusalCode.InvalidField;
                }
            }
            ref readonly Asset asset = ref state.Assets[command.Collateral[i]];
            if (i == 0)
            {
                continue;
            }
            int scale = asset.PriceIndexPlusOne == 0 ? -1
                : asset.Decimals + state.Indexes[asset.PriceIndexPlusOne - 1].Decimals - state.Assets[command.Collateral[0]].Decimals;
            if (scale is < 0 or > FixedDecimal.MaxDecimals)
            {
                return RefusalCode.UnknownAsset;
            }
        }
        detail = 0;
        return RefusalCode.None;
    }
}
