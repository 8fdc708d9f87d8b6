using Surety.Core.Numerics;
using Surety.Engine.Breakers;
using Surety.Engine.Indexes;
using Surety.Engine.Oracles;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// What the operator lists. Limits are chosen here so that nothing computed later can overflow: the largest position at
/// the highest price stays below <see cref="Market.MaxPositionValue"/>.
/// </summary>
internal sealed class Listings(IndexedState state, MarketGate gate)
{
    /// <summary>The quorum that an index needs before it may price collateral.</summary>
    public const int LeastSources = 2;

    // In the API the word stands for all currencies.
    private static readonly ShortName Any = ShortName.From("any");

    public RefusalCode Create(in CreateAsset command, out ulong created, out long detail)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Counts;
        detail = state.GenesisRef.MaxAssets;
        if (venue.Assets >= state.GenesisRef.MaxAssets)
        {
            return RefusalCode.LimitReached;
        }
        if (!command.Name.IsValid() || command.Name.IsTakenFor(Any))
        {
            return RefusalCode.InvalidName;
        }
        for (int i = 0; i < venue.Assets; i++)
        {
            detail = i;
            if (state.Assets[i].Name.IsTakenFor(in command.Name))
            {
                return RefusalCode.NameTaken;
            }
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
        if (!Within(command.PoolCapAtoms, command.PriceIndexPlusOne == 0 ? 0 : 1, Asset.MaxAmountAtoms, 88, out detail))
        {
            return RefusalCode.CollateralUncapped;
        }
        if (command.PriceIndexPlusOne != 0 && state.Indexes[command.PriceIndexPlusOne - 1].Quorum < LeastSources)
        {
            detail = command.PriceIndexPlusOne - 1;
            return RefusalCode.CollateralSources;
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
            PoolCapAtoms = command.PoolCapAtoms,
        };
        return RefusalCode.None;
    }

    public RefusalCode Create(in CreatePool command, out ulong created, out long detail)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Counts;
        detail = state.GenesisRef.MaxPools;
        if (venue.Pools >= state.GenesisRef.MaxPools)
        {
            return RefusalCode.LimitReached;
        }
        detail = state.Limits[0].MaxAccounts;
        if (venue.Accounts >= state.Limits[0].MaxAccounts)
        {
            return RefusalCode.LimitReached;
        }
        if (!command.Name.IsValid())
        {
            return RefusalCode.InvalidName;
        }
        for (int i = 0; i < venue.Pools; i++)
        {
            detail = i;
            if (state.Pools[i].Name.IsTakenFor(in command.Name))
            {
                return RefusalCode.NameTaken;
            }
        }
        if (!Within(command.CollateralCount, 1, Pool.MaxCollateral, 88, out detail)
            || !Within(command.FeeTierCount, 1, Pool.MaxFeeTiers, 90, out detail)
            || !Within(command.LiquidationFeePpm, 0, 100_000, 92, out detail))
        {
            return RefusalCode.InvalidField;
        }
        PoolRules rules = Defaults.Of(command.Rules, state.Assets, command.Collateral[0]);
        if (!Defaults.AreSound(in rules, out detail))
        {
            return RefusalCode.InvalidField;
        }
        RefusalCode code = CheckCollateral(in command, out detail);
        if (code != RefusalCode.None)
        {
            return code;
        }
        detail = 96;
        if (!FeeChanges.AreSound(in command.FeeTiers, command.FeeTierCount))
        {
            return RefusalCode.InvalidField;
        }

        // Point of no return.
        ref VenueCounters writable = ref state.Venue.Write(0);
        int number = writable.Pools++;
        created = (ulong)number;
        if (number == 0)
        {
            state.Derived.Timers.Add(DueTimes.NextInterestNs(state.TimeNs), TimerKind.Interest, 0);
        }
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
            Rules = rules,
        };
        return RefusalCode.None;
    }

    public RefusalCode Create(in CreateIndex command, out ulong created, out long detail)
    {
        created = 0;
        detail = state.GenesisRef.MaxIndexes;
        if (state.Counts.Indexes >= state.GenesisRef.MaxIndexes)
        {
            return RefusalCode.LimitReached;
        }
        // A contract's text names its index: a second one of the name would be taken for it after a restart, with another range.
        if (!command.Name.IsValid())
        {
            return RefusalCode.InvalidName;
        }
        for (int i = 0; i < state.Counts.Indexes; i++)
        {
            detail = i;
            if (state.Indexes[i].Name.IsTakenFor(in command.Name))
            {
                return RefusalCode.NameTaken;
            }
        }
        if (!Within(command.Decimals, 0, 9, 72, out detail) || !Within(command.Quorum, 1, PriceIndex.MaxSources, 74, out detail)
            || !Within(command.MaxAgeMs, 1, 86_400_000, 76, out detail))
        {
            return RefusalCode.InvalidField;
        }
        if (!Defaults.TryMake(in command, state.Counts.Pools, out PriceIndex index, out detail))
        {
            return RefusalCode.InvalidField;
        }

        // Point of no return.
        int number = state.Venue.Write(0).Indexes++;
        created = (ulong)number;
        state.Indexes.Write(number) = index;
        return RefusalCode.None;
    }

    /// <summary>An index's row with a source added, changed or removed; nothing is written yet.</summary>
    public RefusalCode CheckSource(in SetPriceSource command, out PriceIndex changed, out long detail)
    {
        changed = default;
        detail = command.Index;
        if (command.Index >= state.Counts.Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        detail = command.SourceKey;
        int sourceRow = state.Derived.KeyRows.Find(command.SourceKey);
        if (sourceRow < 0 || (state.Keys[sourceRow].Scopes & KeyScopes.Report) == 0)
        {
            return RefusalCode.UnknownKey;
        }
        if (!Within(command.Weight, 0, 1_000_000, 52, out detail))
        {
            return RefusalCode.InvalidField;
        }
        if (!Within(command.JumpPpm, 0, 1_000_000_000, 60, out detail) || !Within(command.MinPrice, -PriceFeed.LargestPrice, PriceFeed.LargestPrice, 64, out detail)
            || !Within(command.MaxPrice, -PriceFeed.LargestPrice, PriceFeed.LargestPrice, 72, out detail))
        {
            return RefusalCode.InvalidField;
        }
        ref readonly PriceIndex index = ref state.Indexes[command.Index];
        int place = PriceFeed.FindSource(in index, command.SourceKey);
        if (place >= 0 && command.Weight == 0 && index.Sources[place].Weight == 0)
        {
            detail = command.Index;
            return RefusalCode.NotASource;
        }
        if (place < 0 && (command.Weight == 0 || index.SourceCount == PriceIndex.MaxSources))
        {
            detail = command.Weight == 0 ? command.Index : PriceIndex.MaxSources;
            return command.Weight == 0 ? RefusalCode.NotASource : RefusalCode.LimitReached;
        }

        detail = 0;
        changed = index;
        if (command.Weight == 0)
        {
            // A bond cannot keep its source in office, nor leave with it before it could be caught: SourceBonds.Dismiss does the rest.
            ref PriceSource leaves = ref changed.Sources[place];
            (leaves.Weight, leaves.Price, leaves.TimeNs, leaves.Sequence) = (0, 0, 0, 0);
            return RefusalCode.None;
        }
        place = place < 0 ? changed.SourceCount++ : place;
        ref PriceSource source = ref changed.Sources[place];
        bool unlimited = command.MinPrice == 0 && command.MaxPrice == 0;
        source.KeyPlusOne = command.SourceKey + 1;
        source.Weight = command.Weight;
        source.JumpPpm = command.JumpPpm == 0 ? Defaults.JumpPpm : command.JumpPpm;
        source.MinPrice = unlimited ? long.MinValue : command.MinPrice;
        source.MaxPrice = unlimited ? long.MaxValue : command.MaxPrice;
        return RefusalCode.None;
    }

    public RefusalCode SetStatus(in SetMarketStatus command, out long detail)
    {
        detail = command.Market;
        if (command.Market >= state.Counts.Markets)
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

        // Point of no return. A halt acts at once; ending one takes the way every halt takes.
        gate.Set(command.Market, MarketCauses.OperatorHalt, command.Status == MarketStatus.Halted);
        gate.Set(command.Market, MarketCauses.OperatorReduceOnly, command.Status == MarketStatus.ReduceOnly);
        return RefusalCode.None;
    }

    private static bool Within(long value, long least, long most, int offset, out long detail)
    {
        detail = offset;
        return value >= least && value <= most;
    }

    private RefusalCode CheckCollateral(in CreatePool command, out long detail)
    {
        for (int i = 0; i < command.CollateralCount; i++)
        {
            detail = command.Collateral[i];
            if (command.Collateral[i] >= state.Counts.Assets)
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
