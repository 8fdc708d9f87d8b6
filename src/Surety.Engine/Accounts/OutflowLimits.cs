using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// What may leave the venue in an hour. Each owner may take out the hour's part of what he holds, whatever others do; beyond
/// that, first come first served, he has half of a second allowance of the same size, or the pool's free amount. What he brings
/// back in the hour does not count. So no owner uses up what others may take out, and all together take at most twice the
/// hour's part.
/// </summary>
internal sealed class OutflowLimits(IndexedState state)
{
    private const long NsPerHour = 3_600_000_000_000;
    private const long NsPerMinute = 60_000_000_000;
    private const int MinutesPerHour = 60;
    private const long Myriad = 10_000;

    /// <summary>Whether the hour's outflow of an asset has room for an amount; else the refusal says what is left for the owner.</summary>
    public Refusal Check(uint account, int slot, int assetNumber, long amount)
    {
        if (state.Pools[state.Accounts[(int)account].Pool].Rules.OutflowPpm >= Rounding.Million)
        {
            return Refusal.None;
        }
        Plan plan = PlanOf(account, slot, assetNumber, amount);
        long leftAtoms = plan.Credit + plan.ShareLeft + plan.FirstComeLeft;
        return amount > leftAtoms ? Refusal.OutflowLimit(leftAtoms) : Refusal.None;
    }

    /// <summary>Counts an outflow that was checked, before the balance changes.</summary>
    public void CountOut(uint account, int slot, int assetNumber, long amount)
    {
        Plan plan = PlanOf(account, slot, assetNumber, amount);
        ref Asset asset = ref state.Assets.Write(assetNumber);
        if (state.TimeNs - asset.OutflowHourNs >= NsPerHour)
        {
            (asset.OutflowHourNs, asset.OutflowAtoms, asset.OutflowShareAtoms) = (state.TimeNs, 0, 0);
        }
        asset.OutflowShareAtoms += plan.Share;
        asset.OutflowAtoms += plan.FirstCome;
        ref Account owner = ref Begin(account, assetNumber);
        if (owner.FlowAsset.Number == assetNumber)
        {
            owner.FlowAtoms += amount;
        }
        long used = plan.LimitAtoms == 0 ? 0 : Rounding.MulDivCeiling(plan.FirstCome, Myriad, plan.LimitAtoms);
        owner.FirstComeMyriad = (ushort)Math.Min(owner.FirstComeMyriad + used, Myriad);
    }

    /// <summary>Counts what comes in: what the owner took out in the hour is no outflow as far as it is back.</summary>
    public void CountIn(uint account, int assetNumber, long amount)
    {
        ref Account owner = ref Begin(account, assetNumber);
        if (owner.FlowAsset.Number != assetNumber)
        {
            return;
        }
        long back = Math.Min(amount, Math.Max(owner.FlowAtoms, 0));
        owner.FlowAtoms -= amount;
        if (back == 0 || state.TimeNs - state.Assets[assetNumber].OutflowHourNs >= NsPerHour)
        {
            return;
        }
        long limit = LimitAtoms(in state.Pools[state.Accounts[(int)account].Pool], assetNumber);
        ref Asset asset = ref state.Assets.Write(assetNumber);
        long firstCome = Math.Min(Math.Min(back, asset.OutflowAtoms), Rounding.MulDivFloor(limit, owner.FirstComeMyriad, Myriad));
        asset.OutflowAtoms -= firstCome;
        asset.OutflowShareAtoms -= Math.Min(asset.OutflowShareAtoms, back - firstCome);
        long freed = limit == 0 ? 0 : Rounding.MulDivFloor(firstCome, Myriad, limit);
        owner.FirstComeMyriad -= (ushort)Math.Min(owner.FirstComeMyriad, freed);
    }

    /// <summary>
    /// Counts an outflow that was asked for and did not happen. In a later hour of the owner it is neither outflow nor inflow: it must
    /// not be credit for a second amount beside that hour's own.
    /// </summary>
    public void CountBack(uint account, int assetNumber, long amount, long askedNs)
    {
        ref readonly Account owner = ref state.Accounts[(int)state.Accounts[(int)account].BeneficialOwner];
        if (IsCurrent(in owner) && askedNs / NsPerMinute >= owner.FlowMinute)
        {
            CountIn(account, assetNumber, amount);
        }
    }

    /// <summary>Two persons became one: what the one that gives up its name took out in this hour is counted under the other's.</summary>
    public void Join(uint kept, uint joined)
    {
        ref readonly Account theirs = ref state.Accounts[(int)joined];
        if (!IsCurrent(in theirs))
        {
            return;
        }
        ref Account ours = ref state.Accounts.Write((int)kept);
        if (!IsCurrent(in ours))
        {
            (ours.FlowMinute, ours.FlowAsset, ours.FlowAtoms, ours.FirstComeMyriad) =
                (theirs.FlowMinute, theirs.FlowAsset, theirs.FlowAtoms, theirs.FirstComeMyriad);
            return;
        }
        // Of two assets the one that more may be out of keeps the share. The later hour holds for both: a link never frees an allowance.
        if (ours.FlowAsset == theirs.FlowAsset)
        {
            ours.FlowAtoms = Math.Clamp(ours.FlowAtoms + theirs.FlowAtoms, -Asset.MaxAmountAtoms, Asset.MaxAmountAtoms);
        }
        else if (ours.FlowAtoms <= 0)
        {
            (ours.FlowAsset, ours.FlowAtoms) = (theirs.FlowAsset, theirs.FlowAtoms);
        }
        ours.FlowMinute = Math.Max(ours.FlowMinute, theirs.FlowMinute);
        ours.FirstComeMyriad = (ushort)Math.Min(ours.FirstComeMyriad + theirs.FirstComeMyriad, Myriad);
    }

    private Plan PlanOf(uint account, int slot, int assetNumber, long amount)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Account owner = ref state.Accounts[(int)holder.BeneficialOwner];
        ref readonly Asset asset = ref state.Assets[assetNumber];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        bool ownHour = IsCurrent(in owner);
        bool sameAsset = ownHour && owner.FlowAsset.Number == assetNumber;
        long flow = sameAsset ? owner.FlowAtoms : 0;
        // One asset an hour has the owner's share: of a second one, nothing but what comes first.
        bool hasShare = !ownHour || sameAsset || owner.FlowAtoms <= 0;
        bool hour = state.TimeNs - asset.OutflowHourNs < NsPerHour;
        long limit = LimitAtoms(in pool, assetNumber);
        long free = FreeAtoms(in pool, assetNumber);
        long credit = Math.Max(-flow, 0);
        long real = Math.Max(amount - credit, 0);
        long share = hasShare
            ? Rounding.MulDivFloor(Math.Max(holder.Balances[slot] + flow, 0), pool.Rules.OutflowPpm, Rounding.Million) - Math.Max(flow, 0)
            : 0;
        long shareLeft = Math.Max(Math.Min(share, limit - (hour ? asset.OutflowShareAtoms : 0)), 0);
        long used = ownHour ? Rounding.MulDivFloor(limit, owner.FirstComeMyriad, Myriad) : 0;
        long own = Math.Min(Math.Max(free, limit / 2), limit) - used;
        long firstComeLeft = Math.Max(Math.Min(own, limit - (hour ? asset.OutflowAtoms : 0)), 0);
        return new Plan(limit, credit, shareLeft, firstComeLeft, Math.Min(real, shareLeft), Math.Max(real - shareLeft, 0));
    }

    // The owner's hour, begun again where it has passed or counted another asset of which nothing is out.
    private ref Account Begin(uint account, int assetNumber)
    {
        ref Account owner = ref state.Accounts.Write((int)state.Accounts[(int)account].BeneficialOwner);
        if (!IsCurrent(in owner))
        {
            (owner.FlowMinute, owner.FlowAsset, owner.FlowAtoms, owner.FirstComeMyriad) =
                ((int)(state.TimeNs / NsPerMinute), OptionalId.Of(assetNumber), 0, 0);
        }
        else if (owner.FlowAsset.Number != assetNumber && owner.FlowAtoms <= 0)
        {
            (owner.FlowAsset, owner.FlowAtoms) = (OptionalId.Of(assetNumber), 0);
        }
        return ref owner;
    }

    private bool IsCurrent(in Account owner) =>
        owner.FlowAsset.Exists && (state.TimeNs / NsPerMinute) - owner.FlowMinute < MinutesPerHour;

    // The hour's part of what the venue held when the hour began, and at least the free amount.
    private long LimitAtoms(in Pool pool, int assetNumber)
    {
        ref readonly Asset asset = ref state.Assets[assetNumber];
        long gone = state.TimeNs - asset.OutflowHourNs < NsPerHour ? asset.OutflowAtoms + asset.OutflowShareAtoms : 0;
        long held = asset.DepositedAtoms - asset.WithdrawnAtoms - asset.PendingWithdrawalAtoms + gone;
        return Math.Max(FreeAtoms(in pool, assetNumber), Rounding.MulDivFloor(Math.Max(held, 0), pool.Rules.OutflowPpm, Rounding.Million));
    }

    // The pool's free amount in atoms of an asset, at its last price; nothing where it has none.
    private long FreeAtoms(in Pool pool, int assetNumber)
    {
        ref readonly Asset asset = ref state.Assets[assetNumber];
        if (pool.Collateral[0] == assetNumber)
        {
            return pool.Rules.FreeAtoms;
        }
        ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
        if (index.Price <= 0)
        {
            return 0;
        }
        long scale = FixedDecimal.PowerOfTen(asset.Decimals + index.Decimals - state.Assets[pool.Collateral[0]].Decimals);
        return (long)Int128.Min((Int128)pool.Rules.FreeAtoms * scale / index.Price, Asset.MaxAmountAtoms);
    }

    // The limit; what is back of own deposits, left of the owner's share and of what comes first; and what an amount takes of the two.
    private readonly record struct Plan(long LimitAtoms, long Credit, long ShareLeft, long FirstComeLeft, long Share, long FirstCome);
}
