using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol.Rows;

namespace Surety.Engine.Accounts;

/// <summary>
/// Fees by volume. The measure is traded notional that decays by a thirtieth each UTC day: close to a thirty-day sum, and
/// one number instead of thirty.
/// </summary>
internal sealed class FeeSchedule(IndexedState state)
{
    private const long NsPerDay = 86_400_000_000_000;

    // After so many days nothing is left of any volume worth a tier.
    private const int LongestDecayDays = 1500;

    /// <summary>What a trade of a notional costs the account as taker, rounded up.</summary>
    public long TakerFee(uint account, long notionalAtoms) =>
        Rounding.PpmCeiling(notionalAtoms, TierOf(account).TakerPpm);

    /// <summary>What it costs the account as maker, rounded up; a rebate is negative and rounded toward zero.</summary>
    public long MakerFee(uint account, long notionalAtoms)
    {
        int ppm = TierOf(account).MakerPpm;
        return ppm >= 0 ? Rounding.PpmCeiling(notionalAtoms, ppm) : -Rounding.PpmFloor(notionalAtoms, -ppm);
    }

    /// <summary>Adds a trade to the account's volume.</summary>
    public void AddVolume(uint account, long notionalAtoms)
    {
        ref Account holder = ref state.Accounts.Write((int)account);
        int today = (int)(state.TimeNs / NsPerDay);
        if (holder.VolumeDay != today)
        {
            int days = Math.Min(today - holder.VolumeDay, LongestDecayDays);
            for (int i = 0; i < days && holder.VolumeAtoms != 0; i++)
            {
                holder.VolumeAtoms -= Rounding.DivCeiling(holder.VolumeAtoms, 30);
            }
            holder.VolumeDay = today;
        }
        // A cap far above any tier keeps the sum within 64 bits for ever.
        holder.VolumeAtoms = Math.Min(holder.VolumeAtoms + notionalAtoms, 1L << 60);
    }

    private ref readonly FeeTier TierOf(uint account)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        int tier = pool.FeeTierCount - 1;
        while (tier > 0 && holder.VolumeAtoms < pool.FeeTiers[tier].FromVolumeAtoms)
        {
            tier--;
        }
        return ref pool.FeeTiers[tier];
    }
}
