using System;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// When what the tables say becomes due: functions of rows and times alone, so that a restored venue finds the same moments.
/// </summary>
internal static class DueTimes
{
    private const long NsPerMs = 1_000_000;
    private const long NsPerMinute = 60_000_000_000;
    private const long NsPerHour = 3_600_000_000_000;

    /// <summary>In the id of a timer of <see cref="TimerKind.DoubtEases"/>: an index's doubt, not a market's.</summary>
    public const ulong IndexDoubt = 1UL << 32;

    /// <summary>In the id of a timer of <see cref="TimerKind.TermsChange"/>: a pool's fees, not a market's terms.</summary>
    public const ulong OfPool = 1UL << 32;

    /// <summary>
    /// In a fast move the sources report one after the other: so long they may disagree before trading is restricted. No account is
    /// liquidated meanwhile.
    /// </summary>
    public const long SettleNs = 5_000_000_000;

    /// <summary>The benefit falls by one of so many equal steps with each <see cref="EaseNs"/>.</summary>
    public const int EaseSteps = 5;

    /// <summary>Time of a step.</summary>
    public const long EaseNs = 60_000_000_000;

    /// <summary>
    /// When what became due at a time is tried next: then, and from then on each full minute after it while it must wait. A function of
    /// the two times alone, so that a restored venue tries at the same moments.
    /// </summary>
    public static long NextTry(long dueNs, long nowNs) =>
        dueNs > nowNs ? dueNs : dueNs + ((((nowNs - dueNs) / NsPerMinute) + 1) * NsPerMinute);

    /// <summary>When the benefit of a doubt that began at a time falls next; the end of time when none is left.</summary>
    public static long NextEaseNs(long sinceNs, long nowNs)
    {
        long steps = ((nowNs - sinceNs) / EaseNs) + 1;
        return sinceNs == 0 || steps > EaseSteps ? long.MaxValue : sinceNs + (steps * EaseNs);
    }

    /// <summary>When time alone could next change the index's state; the end of time when it cannot.</summary>
    public static long NextCheckNs(in PriceIndex index)
    {
        switch (index.State)
        {
            case PriceState.Absent:
                return long.MaxValue;
            case PriceState.Stale:
                return index.TimeNs + (index.AbsentMs * NsPerMs) + 1;
            default:
                long stale = NthFreshNs(in index) + (index.MaxAgeMs * NsPerMs) + 1;
                return index.State == PriceState.Quarantined ? Math.Min(stale, index.ConfirmedNs) : stale;
        }
    }

    /// <summary>The full hour after a time, nanoseconds since 1970.</summary>
    public static long NextInterestNs(long timeNs) => ((timeNs / NsPerHour) + 1) * NsPerHour;

    /// <summary>The time of the quorum's oldest member: when it grows too old, there is no quorum.</summary>
    public static long NthFreshNs(in PriceIndex index)
    {
        Span<long> times = stackalloc long[PriceIndex.MaxSources];
        int count = 0;
        for (int i = 0; i < index.SourceCount; i++)
        {
            int at = count++;
            while (at > 0 && times[at - 1] < index.Sources[i].TimeNs)
            {
                times[at] = times[at - 1];
                at--;
            }
            times[at] = index.Sources[i].TimeNs;
        }
        return count < index.Quorum ? 0 : times[index.Quorum - 1];
    }
}
