using System;
using Surety.Core.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Engine.Marks;

/// <summary>How far a market's own book stands from its index, smoothed: what its mark adds to the index.</summary>
internal static class Basis
{
    /// <summary>How long a sample of the book counts for at most, milliseconds.</summary>
    internal const long SampleMs = 10_000;

    /// <summary>
    /// Moves a market's basis towards a sample: basis += (sample − basis) · min(elapsed, <see cref="SampleMs"/>) / window. A
    /// sample stands for seconds at most: a book that was shown for a moment does not count for the silence before it.
    /// </summary>
    internal static void Smooth(ref Market market, long sample16, long windowMs, long nowNs)
    {
        long elapsedMs = Math.Min(Math.Min((nowNs - market.BasisTimeNs) / 1_000_000, SampleMs), windowMs);
        market.BasisTicks16 += Rounding.MulDivFloor(sample16 - market.BasisTicks16, elapsedMs, windowMs);
        market.BasisTimeNs = nowNs;
    }
}
