using System;
using Surety.Protocol.Rows;

namespace Surety.Engine.Oracles;

/// <summary>When an index's price was observed, as far as its sources say.</summary>
internal static class ObservationTime
{
    /// <summary>
    /// The latest time since which a quorum of sources with more than half of the fresh weight have observed, nanoseconds since
    /// 1970; 0 where there is none. The median then lies between prices that were observed at that time or later: neither an old
    /// report nor a minority can put it elsewhere.
    /// </summary>
    public static long LatestNs(in PriceIndex index, long nowNs)
    {
        Span<(long TimeNs, uint Weight)> latest = stackalloc (long, uint)[PriceIndex.MaxSources];
        int count = 0;
        long weights = 0;
        for (int i = 0; i < index.SourceCount; i++)
        {
            ref readonly PriceSource source = ref index.Sources[i];
            if (source.Sequence == 0 || nowNs - source.TimeNs > index.MaxAgeMs * 1_000_000L)
            {
                continue;
            }
            // Insertion keeps the latest first.
            int at = count++;
            while (at > 0 && latest[at - 1].TimeNs < source.TimeNs)
            {
                latest[at] = latest[at - 1];
                at--;
            }
            latest[at] = (source.TimeNs, source.Weight);
            weights += source.Weight;
        }
        long reached = 0;
        for (int i = 0; i < count; i++)
        {
            reached += latest[i].Weight;
            if (i + 1 >= index.Quorum && 2 * reached > weights)
            {
                return latest[i].TimeNs;
            }
        }
        return 0;
    }
}
