using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Oracles;

/// <summary>
/// What price sources stand to lose and to earn. Bond comes out of the free balance of an account of the source's own owner;
/// a window with too many reports far from the median costs a part of it, which goes to the pool's insurance fund; a timely
/// report within range earns, out of the pool's fees, once a second at most. What is asked back stays at stake for longer than
/// it takes to be caught.
/// </summary>
internal sealed class SourceBonds(IndexedState state, EventLog events, Custody custody)
{
    private const long RewardEveryNs = 1_000_000_000;
    private const long LeastUnbondingNs = 86_400_000_000_000;

    /// <summary>How long bond stays at stake after it was asked back: a day and one bond window, nanoseconds.</summary>
    public static long UnbondingNs(in PriceIndex index) => LeastUnbondingNs + (index.BondWindowMs * 1_000_000L);

    public Refusal Post(in PostBond command)
    {
        Refusal refusal = Check(in command, out int place);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        uint account = command.Header.Account;
        long amount = command.AmountAtoms;
        ref PriceIndex index = ref state.Indexes.Write(command.Index);
        ref PriceSource source = ref index.Sources[place];
        if (amount < 0)
        {
            AskBack(command.Index, ref index, place, -amount);
            return Refusal.None;
        }
        source.BondAccount = account;
        source.BondAtoms += amount;
        custody.Change(account, 0, -amount, BalanceReason.Bond, account);
        return Refusal.None;
    }

    /// <summary>
    /// A source that no longer counts: its bond is asked back as a whole, and its place is given up when that has left. At once
    /// when it has none.
    /// </summary>
    public void Dismiss(ushort number, int place)
    {
        ref PriceIndex index = ref state.Indexes.Write(number);
        ref PriceSource source = ref index.Sources[place];
        (source.Weight, source.Price, source.TimeNs, source.Sequence) = (0, 0, 0, 0);
        if (source.BondAtoms > 0)
        {
            AskBack(number, ref index, place, source.BondAtoms - source.UnbondingAtoms);
            return;
        }
        GiveUp(ref index, place);
    }

    /// <summary>Pays what has waited long enough.</summary>
    public void Release(ushort number)
    {
        ref PriceIndex index = ref state.Indexes.Write(number);
        for (int place = index.SourceCount - 1; place >= 0; place--)
        {
            ref PriceSource source = ref index.Sources[place];
            if (source.UnbondedNs == 0 || source.UnbondedNs > state.TimeNs)
            {
                continue;
            }
            long amount = source.UnbondingAtoms;
            source.BondAtoms -= amount;
            (source.UnbondingAtoms, source.UnbondedNs) = (0, 0);
            if (amount > 0)
            {
                custody.Change(source.BondAccount, 0, amount, BalanceReason.Bond, source.BondAccount);
            }
            if (source.Weight == 0 && source.BondAtoms == 0)
            {
                GiveUp(ref index, place);
            }
        }
    }

    private Refusal Check(in PostBond command, out int place)
    {
        place = -1;
        if (command.Index >= state.Counts.Indexes)
        {
            return Refusal.UnknownIndex(command.Index);
        }
        ref readonly PriceIndex index = ref state.Indexes[command.Index];
        place = PriceFeed.FindSource(in index, command.SourceKey);
        if (place < 0)
        {
            return Refusal.NotASource(command.Index);
        }
        uint account = command.Header.Account;
        if (!index.BondPool.Exists || state.Accounts[(int)account].Pool != index.BondPool.Number)
        {
            return Refusal.WrongPool(index.BondPool.Number);
        }
        ref readonly PriceSource source = ref index.Sources[place];
        long amount = command.AmountAtoms;
        if (source.BondAtoms != 0 && source.BondAccount != account)
        {
            return Refusal.NotOwner(source.BondAccount);
        }
        // The first to post holds the bond and earns with it: only the source's own owner may.
        int sourceRow = state.Derived.KeyRows.Find(command.SourceKey);
        long owner = sourceRow < 0 ? uint.MaxValue : state.Keys[sourceRow].Account;
        if (amount > 0 && state.Accounts[(int)account].Owner != owner)
        {
            return Refusal.NotOwner(owner);
        }
        if (amount == 0 || amount < source.UnbondingAtoms - source.BondAtoms || amount > Asset.MaxAmountAtoms - source.BondAtoms)
        {
            return Refusal.AmountOutOfRange(Asset.MaxAmountAtoms);
        }
        return amount < 0 ? Refusal.None
            : source.Weight == 0 ? Refusal.NotASource(command.Index)
            : custody.CheckLeaving(account, 0, amount);
    }

    // A further request makes all of it wait from now on.
    private void AskBack(ushort number, ref PriceIndex index, int place, long amount)
    {
        ref PriceSource source = ref index.Sources[place];
        source.UnbondingAtoms += amount;
        source.UnbondedNs = state.TimeNs + UnbondingNs(in index);
        state.Derived.Timers.Add(source.UnbondedNs, TimerKind.BondRelease, number);
    }

    private static void GiveUp(ref PriceIndex index, int place)
    {
        index.Sources[place] = index.Sources[--index.SourceCount];
        index.Sources[index.SourceCount] = default;
    }

    /// <summary>Counts the report that has just led to a published price for or against its source.</summary>
    public void Judge(ushort number, ref PriceIndex index, int place)
    {
        ref PriceSource source = ref index.Sources[place];
        if (source.BondAtoms == 0)
        {
            return;
        }
        long now = state.TimeNs;
        if (now - source.WindowNs >= index.BondWindowMs * 1_000_000L)
        {
            (source.WindowNs, source.Outliers, source.Timely) = (now, 0, 0);
        }
        uint key = source.Key;
        if (Math.Abs(source.Price - index.Price) > index.Part(index.Price, index.OutlierPpm))
        {
            // Beyond the limit each further outlier in the window is free: a window costs its part once.
            if (++source.Outliers == index.OutlierLimit)
            {
                long lost = Rounding.PpmCeiling(source.BondAtoms, index.SlashPpm);
                source.BondAtoms -= lost;
                source.SlashedAtoms += lost;
                source.UnbondingAtoms = Math.Min(source.UnbondingAtoms, source.BondAtoms);
                custody.Change(state.Pools[index.BondPool.Number].InsuranceAccount, 0, lost, BalanceReason.Slashed, source.BondAccount);
                events.Write(EventKind.SourceSlashed, source.BondAccount, new SourceSettled
                {
                    AmountAtoms = lost,
                    BondAtoms = source.BondAtoms,
                    SourceKey = key,
                    Index = number,
                });
            }
            return;
        }
        source.Timely++;
        ref Pool pool = ref state.Pools.Write(index.BondPool.Number);
        if (index.RewardAtoms > 0 && pool.FeesAtoms >= index.RewardAtoms && now - source.EarnedNs >= RewardEveryNs
            && source.BondAtoms <= Asset.MaxAmountAtoms)
        {
            pool.FeesAtoms -= index.RewardAtoms;
            source.BondAtoms += index.RewardAtoms;
            source.EarnedAtoms += index.RewardAtoms;
            source.EarnedNs = now;
            events.Write(EventKind.SourceRewarded, source.BondAccount, new SourceSettled
            {
                AmountAtoms = index.RewardAtoms,
                BondAtoms = source.BondAtoms,
                SourceKey = key,
                Index = number,
            });
        }
    }
}
