using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// Fees of a pool and their changes. A change is announced at least an hour before it acts, so that who has orders in a book can take
/// them out. It needs no shadow: no requirement of maintenance counts a fee, so no account can fall below it by one (decision 45).
/// </summary>
internal sealed class FeeChanges(IndexedState state, EventLog events)
{
    /// <summary>Highest liquidation fee and taker fee, and largest maker fee or rebate, parts per million.</summary>
    public const int HighestPpm = 100_000;

    public Refusal Post(in SetFees command)
    {
        if (command.Pool >= state.Counts.Pools)
        {
            return Refusal.UnknownPool(command.Pool);
        }
        long offset = command.FeeTierCount is < 1 or > Pool.MaxFeeTiers ? 50 : command.LiquidationFeePpm is < 0 or > HighestPpm ? 52
            : AreSound(in command.FeeTiers, command.FeeTierCount) ? 0 : 64;
        if (offset != 0)
        {
            return Refusal.InvalidField(offset);
        }
        long earliestNs = state.TimeNs + MarketListing.LeastDelayNs;
        if (command.ActivateNs < earliestNs || command.ActivateNs > CommandCodec.LatestNs)
        {
            return Refusal.ChangeTooSoon(earliestNs);
        }

        // Point of no return.
        ref Pool pool = ref state.Pools.Write(command.Pool);
        pool.FeesActNs = command.ActivateNs;
        pool.NextFeeTierCount = command.FeeTierCount;
        pool.NextLiquidationFeePpm = command.LiquidationFeePpm;
        pool.NextFeeTiers = command.FeeTiers;
        state.Derived.Timers.Add(command.ActivateNs, TimerKind.TermsChange, DueTimes.OfPool | command.Pool);
        Say(command.Pool, in pool, command.ActivateNs);
        return Refusal.None;
    }

    /// <summary>Lets fees act that are due; those of a change that was replaced are not.</summary>
    public void Activate(int number)
    {
        if (state.Pools[number].FeesActNs == 0 || state.Pools[number].FeesActNs > state.TimeNs)
        {
            return;
        }
        ref Pool pool = ref state.Pools.Write(number);
        Say(number, in pool, pool.FeesActNs);
        pool.FeeTierCount = pool.NextFeeTierCount;
        pool.LiquidationFeePpm = pool.NextLiquidationFeePpm;
        pool.FeeTiers = pool.NextFeeTiers;
        (pool.FeesActNs, pool.NextFeeTierCount, pool.NextLiquidationFeePpm, pool.NextFeeTiers) = (0, 0, 0, default);
    }

    /// <summary>
    /// Whether tiers rise from zero, and no maker is paid more than any taker pays: else two accounts of one owner could mint money.
    /// </summary>
    public static bool AreSound(in Eight<FeeTier> tiers, int count)
    {
        for (int i = 0; i < count; i++)
        {
            bool rises = i == 0 ? tiers[0].FromVolumeAtoms == 0 : tiers[i].FromVolumeAtoms > tiers[i - 1].FromVolumeAtoms;
            if (!rises || tiers[i].TakerPpm is < 0 or > HighestPpm || tiers[i].MakerPpm is < -HighestPpm or > HighestPpm)
            {
                return false;
            }
        }
        for (int i = 0; i < count * count; i++)
        {
            if (-tiers[i / count].MakerPpm > tiers[i % count].TakerPpm)
            {
                return false;
            }
        }
        return true;
    }

    private void Say(int number, in Pool pool, long activateNs) => events.Write(EventKind.FeesChanged, 0, new FeesChanged
    {
        ActivateNs = activateNs,
        Pool = (ushort)number,
        FeeTierCount = pool.NextFeeTierCount,
        LiquidationFeePpm = pool.NextLiquidationFeePpm,
        FeeTiers = pool.NextFeeTiers,
    });
}
