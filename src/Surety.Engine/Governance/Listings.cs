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

    public Refusal Create(in CreateAsset command, out ulong created)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Counts;
        if (venue.Assets >= state.GenesisRef.MaxAssets)
        {
            return Refusal.LimitReached(state.GenesisRef.MaxAssets);
        }
        if (!command.Name.IsValid() || command.Name.IsTakenFor(Any))
        {
            return Refusal.InvalidName;
        }
        for (int i = 0; i < venue.Assets; i++)
        {
            if (state.Assets[i].Name.IsTakenFor(in command.Name))
            {
                return Refusal.NameTaken(i);
            }
        }
        if (command.PriceIndex.Number >= venue.Indexes)
        {
            return Refusal.UnknownIndex(command.PriceIndex.Number);
        }
        Refusal refusal = default(FieldCheck)
            .Within(command.Decimals, 0, 12, 84)
            .Within(command.HaircutPpm, 0, 1_000_000, 80)
            .Within(command.CollateralCapAtoms, 0, Asset.MaxAmountAtoms, 72)
            .Found;
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (command.PoolCapAtoms < (!command.PriceIndex.Exists ? 0 : 1) || command.PoolCapAtoms > Asset.MaxAmountAtoms)
        {
            return Refusal.CollateralUncapped(88);
        }
        if (command.PriceIndex.Exists && state.Indexes[command.PriceIndex.Number].Quorum < LeastSources)
        {
            return Refusal.CollateralSources(command.PriceIndex.Number);
        }

        // Point of no return.
        created = (ulong)venue.Assets;
        state.Assets.Write(state.Venue.Write(0).Assets++) = new Asset
        {
            Name = command.Name,
            Status = 1,
            Decimals = command.Decimals,
            PriceIndex = command.PriceIndex,
            HaircutPpm = command.HaircutPpm,
            CollateralCapAtoms = command.CollateralCapAtoms,
            PoolCapAtoms = command.PoolCapAtoms,
        };
        return Refusal.None;
    }

    public Refusal Create(in CreatePool command, out ulong created)
    {
        created = 0;
        ref readonly VenueCounters venue = ref state.Counts;
        if (venue.Pools >= state.GenesisRef.MaxPools)
        {
            return Refusal.LimitReached(state.GenesisRef.MaxPools);
        }
        if (venue.Accounts >= state.Limits[0].MaxAccounts)
        {
            return Refusal.LimitReached(state.Limits[0].MaxAccounts);
        }
        if (!command.Name.IsValid())
        {
            return Refusal.InvalidName;
        }
        for (int i = 0; i < venue.Pools; i++)
        {
            if (state.Pools[i].Name.IsTakenFor(in command.Name))
            {
                return Refusal.NameTaken(i);
            }
        }
        Refusal refusal = default(FieldCheck)
            .Within(command.CollateralCount, 1, Pool.MaxCollateral, 88)
            .Within(command.FeeTierCount, 1, Pool.MaxFeeTiers, 90)
            .Within(command.LiquidationFeePpm, 0, 100_000, 92)
            .Found;
        if (!refusal.IsNone)
        {
            return refusal;
        }
        PoolRules rules = Defaults.Of(command.Rules, state.Assets, command.Collateral[0]);
        if (!Defaults.AreSound(in rules))
        {
            return Refusal.InvalidField(224);
        }
        refusal = CheckCollateral(in command);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (!FeeChanges.AreSound(in command.FeeTiers, command.FeeTierCount))
        {
            return Refusal.InvalidField(96);
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
        return Refusal.None;
    }

    public Refusal Create(in CreateIndex command, out ulong created)
    {
        created = 0;
        PriceIndex index = default;
        if (state.Counts.Indexes >= state.GenesisRef.MaxIndexes)
        {
            return Refusal.LimitReached(state.GenesisRef.MaxIndexes);
        }
        // A contract's text names its index: a second one of the name would be taken for it after a restart, with another range.
        if (!command.Name.IsValid())
        {
            return Refusal.InvalidName;
        }
        for (int i = 0; i < state.Counts.Indexes; i++)
        {
            if (state.Indexes[i].Name.IsTakenFor(in command.Name))
            {
                return Refusal.NameTaken(i);
            }
        }
        Refusal refusal = default(FieldCheck)
            .Within(command.Decimals, 0, 9, 72)
            .Within(command.Quorum, 1, PriceIndex.MaxSources, 74)
            .Within(command.MaxAgeMs, 1, 86_400_000, 76)
            .Found;
        if (refusal.IsNone)
        {
            refusal = Defaults.Make(in command, state.Counts.Pools, out index);
        }
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        int number = state.Venue.Write(0).Indexes++;
        created = (ulong)number;
        state.Indexes.Write(number) = index;
        return Refusal.None;
    }

    /// <summary>An index's row with a source added, changed or removed; nothing is written yet.</summary>
    public Refusal CheckSource(in SetPriceSource command, out PriceIndex changed)
    {
        changed = default;
        if (command.Index >= state.Counts.Indexes)
        {
            return Refusal.UnknownIndex(command.Index);
        }
        int sourceRow = state.Derived.KeyRows.Find(command.SourceKey);
        if (sourceRow < 0 || (state.Keys[sourceRow].Scopes & KeyScopes.Report) == 0)
        {
            return Refusal.UnknownKey(command.SourceKey);
        }
        Refusal refusal = default(FieldCheck)
            .Within(command.Weight, 0, 1_000_000, 52)
            .Within(command.JumpPpm, 0, 1_000_000_000, 60)
            .Within(command.MinPrice, -PriceFeed.LargestPrice, PriceFeed.LargestPrice, 64)
            .Within(command.MaxPrice, -PriceFeed.LargestPrice, PriceFeed.LargestPrice, 72)
            .Found;
        if (!refusal.IsNone)
        {
            return refusal;
        }
        ref readonly PriceIndex index = ref state.Indexes[command.Index];
        int place = PriceFeed.FindSource(in index, command.SourceKey);
        if (place >= 0 && command.Weight == 0 && index.Sources[place].Weight == 0)
        {
            return Refusal.NotASource(command.Index);
        }
        if (place < 0 && (command.Weight == 0 || index.SourceCount == PriceIndex.MaxSources))
        {
            return command.Weight == 0 ? Refusal.NotASource(command.Index) : Refusal.LimitReached(PriceIndex.MaxSources);
        }

        changed = index;
        if (command.Weight == 0)
        {
            // A bond cannot keep its source in office, nor leave with it before it could be caught: SourceBonds.Dismiss does the rest.
            ref PriceSource leaves = ref changed.Sources[place];
            (leaves.Weight, leaves.Price, leaves.TimeNs, leaves.Sequence) = (0, 0, 0, 0);
            return Refusal.None;
        }
        place = place < 0 ? changed.SourceCount++ : place;
        ref PriceSource source = ref changed.Sources[place];
        bool unlimited = command.MinPrice == 0 && command.MaxPrice == 0;
        source.Key = command.SourceKey;
        source.Weight = command.Weight;
        source.JumpPpm = command.JumpPpm == 0 ? Defaults.JumpPpm : command.JumpPpm;
        source.MinPrice = unlimited ? long.MinValue : command.MinPrice;
        source.MaxPrice = unlimited ? long.MaxValue : command.MaxPrice;
        return Refusal.None;
    }

    public Refusal SetStatus(in SetMarketStatus command)
    {
        if (command.Market >= state.Counts.Markets)
        {
            return Refusal.UnknownMarket(command.Market);
        }
        if (state.Markets[command.Market].Status == MarketStatus.Expired)
        {
            return Refusal.MarketNotTrading(state.Markets[command.Market].Status);
        }
        if (command.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly or MarketStatus.Halted))
        {
            return Refusal.InvalidField(50);
        }

        // Point of no return. A halt acts at once; ending one takes the way every halt takes.
        gate.Set(command.Market, MarketCauses.OperatorHalt, command.Status == MarketStatus.Halted);
        gate.Set(command.Market, MarketCauses.OperatorReduceOnly, command.Status == MarketStatus.ReduceOnly);
        return Refusal.None;
    }

    private Refusal CheckCollateral(in CreatePool command)
    {
        for (int i = 0; i < command.CollateralCount; i++)
        {
            if (command.Collateral[i] >= state.Counts.Assets)
            {
                return Refusal.UnknownAsset(command.Collateral[i]);
            }
            for (int k = 0; k < i; k++)
            {
                if (command.Collateral[k] == command.Collateral[i])
                {
                    return Refusal.InvalidField(72);
                }
            }
            ref readonly Asset asset = ref state.Assets[command.Collateral[i]];
            if (i == 0)
            {
                continue;
            }
            int scale = !asset.PriceIndex.Exists ? -1
                : asset.Decimals + state.Indexes[asset.PriceIndex.Number].Decimals - state.Assets[command.Collateral[0]].Decimals;
            if (scale is < 0 or > FixedDecimal.MaxDecimals)
            {
                return Refusal.UnknownAsset(command.Collateral[i]);
            }
        }
        return Refusal.None;
    }
}
