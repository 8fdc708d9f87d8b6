using System;
using System.Numerics;

namespace Surety.Bench;

/// <summary>
/// Counts of nanoseconds in buckets of 1/64 relative width (the layout of HdrHistogram with six significant bits), so that
/// a quantile is off by at most 1.6%. No package for it was to be had.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private readonly long[] _counts = new long[64 << SubBits];
    private long _total;

    /// <summary>The longest.</summary>
    public long MaxNs { get; private set; }

    /// <summary>Counts one latency; below zero counts as zero.</summary>
    public void Add(long ns)
    {
        ns = ns < 0 ? 0 : ns;
        MaxNs = ns > MaxNs ? ns : MaxNs;
        int shift = ns < 1 << SubBits ? 0 : 63 - BitOperations.LeadingZeroCount((ulong)ns) - SubBits;
        _counts[(shift << SubBits) + (int)(ns >> shift)]++;
        _total++;
    }

    /// <summary>The latency that a share of all stayed below, its bucket's upper end.</summary>
    public long Quantile(double share)
    {
        long wanted = (long)Math.Ceiling(share * _total);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && _counts[i] > 0)
            {
                int shift = i < 2 << SubBits ? 0 : (i >> SubBits) - 1;
                long lowest = (long)(i - (shift << SubBits)) << shift;
                return Math.Min(lowest + (1L << shift) - 1, MaxNs);
            }
        }
        return MaxNs;
    }

    /// <summary>Forgets all counts.</summary>
    public void Clear()
    {
        _counts.AsSpan().Clear();
        _total = 0;
        MaxNs = 0;
    }
}
