using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.State;

namespace Surety.Engine.Oracles;

/// <summary>
/// What price sources stand to lose and to earn. Bond comes out of an account's free balance; a window with too many reports
/// far from the median costs a part of it, which goes to the pool's insurance fund; a timely report within range earns, out of
/// the pool's fees, once a second at most.
/// </summary>
internal sealed class SourceBonds(VenueState state, EventLog events, Custody custody)
{
    private const long RewardEveryNs = 1_000_000_000;

    public RefusalCode Post(in PostBond command, out long detail)
    {
        detail = command.Index;
        if (command.Index >= state.Venue[0].Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        ref readonly PriceIndex index = ref state.Indexes[command.Index];
        int place = PriceFeed.FindSource(in index, command.SourceKey);
        if (place < 0)
        {
            return RefusalCode.NotASource;
        }
        uint account = command.Header.Account;
        detail = index.BondPoolPlusOne - 1;
        if (index.BondPoolPlusOne == 0 || state.Accounts[(int)account].Pool != index.BondPoolPlusOne - 1)
        {
            return RefusalCode.WrongPool;
        }
        ref readonly PriceSource source = ref index.Sources[place];
        detail = source.BondAccount;
        if (source.BondAtoms != 0 && source.BondAccount != account)
        {
            return RefusalCode.NotOwner;
        }
        detail = Asset.MaxAmountAtoms;
        long amount = command.AmountAtoms;
        if (amount == 0 || amount < -source.BondAtoms || amount > Asset.MaxAmountAtoms - source.BondAtoms)
        {
            return RefusalCode.AmountOutOfRange;
        }
        if (amount > 0)
        {
            RefusalCode code = custody.CheckLeaving(account, 0, amount, out detail);
            if (code != RefusalCode.None)
            {
                return code;
            }
        }

        // Point of no return.
        detail = 0;
        ref PriceSource writable = ref state.Indexes.Write(command.Index).Sources[place];
        writable.BondAccount = account;
        writable.BondAtoms += amount;
        custody.Change(account, 0, -amount, BalanceReason.Bond, account);
        return RefusalCode.None;
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
        uint key = source.KeyPlusOne - 1;
        if (Math.Abs(source.Price - index.Price) > index.Part(index.Price, index.OutlierPpm))
        {
            // Beyond the limit each further outlier in the window is free: a window costs its part once.
            if (++source.Outliers == index.OutlierLimit)
            {
                long lost = Rounding.PpmCeiling(source.BondAtoms, index.SlashPpm);
                source.BondAtoms -= lost;
                source.SlashedAtoms += lost;
                custody.Change(state.Pools[index.BondPoolPlusOne - 1].InsuranceAccount, 0, lost, BalanceReason.Slashed, source.BondAccount);
                events.Write(EventKind.SourceSlashed, source.BondAccount, new SourceSettled { AmountAtoms = lost, BondAtoms = source.BondAtoms, SourceKey = key, Index = number });
            }
            return;
        }
        source.Timely++;
        ref Pool pool = ref state.Pools.Write(index.BondPoolPlusOne - 1);
        if (index.RewardAtoms > 0 && pool.FeesAtoms >= index.RewardAtoms && now - source.EarnedNs >= RewardEveryNs
            && source.BondAtoms <= Asset.MaxAmountAtoms)
        {
            pool.FeesAtoms -= index.RewardAtoms;
            source.BondAtoms += index.RewardAtoms;
            source.EarnedAtoms += index.RewardAtoms;
            source.EarnedNs = now;
            events.Write(EventKind.SourceRewarded, source.BondAccount, new SourceSettled { AmountAtoms = index.RewardAtoms, BondAtoms = source.BondAtoms, SourceKey = key, Index = number });
        }
    }
}
