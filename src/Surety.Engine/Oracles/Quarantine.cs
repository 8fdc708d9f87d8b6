using System;
using Surety.Core.Numerics;
using Surety.Engine.Marks;
using Surety.Protocol.Rows;

namespace Surety.Engine.Oracles;

/// <summary>
/// Which prices wait, how long, and which of them only a governor's key lets in. The time grows with the jump; beyond a factor
/// of three, from the last price or from the slow one, time alone is never enough: a majority of sources that errs, or lies,
/// errs for longer than any time we would wait.
/// </summary>
public static class Quarantine
{
    /// <summary>Distance over the smaller of two prices at which one is three times the other, parts per million.</summary>
    public const int FactorPpm = 2_000_000;

    /// <summary>The most confirmation times that a jump waits.</summary>
    public const int MostTimes = 20;

    /// <summary>Whether a price must wait. An index whose quarantine is set to a factor of three or wider has none.</summary>
    public static bool Holds(in PriceIndex index, long price, long nowNs) =>
        Math.Abs(price - index.Price) > index.Part(index.Price, index.QuarantinePpm)
            || (index.QuarantinePpm < FactorPpm && NeedsYes(in index, price, nowNs));

    /// <summary>
    /// Whether a price in quarantine needs a governor's yes: it is beyond a factor of three of the last or of the slow price.
    /// </summary>
    public static bool NeedsYes(in PriceIndex index, long price, long nowNs)
    {
        (long slow, _) = index.SlowAt(nowNs);
        return AreApart(in index, price, index.Price) || AreApart(in index, price, slow);
    }

    /// <summary>
    /// How long the sources must stand by a price, nanoseconds: the index's time for each width of its quarantine that the price
    /// is away, relative to the smaller of the two, and twenty times at most.
    /// </summary>
    public static long WaitNs(in PriceIndex index, long price)
    {
        long smaller = Math.Min(index.Magnitude(price), index.Magnitude(index.Price));
        Int128 timesPpm = (Int128)Math.Abs(price - index.Price) * Rounding.Million * Rounding.Million
            / ((Int128)smaller * index.QuarantinePpm);
        timesPpm = Int128.Clamp(timesPpm, Rounding.Million, MostTimes * Rounding.Million);
        return (long)(index.ConfirmMs * timesPpm);
    }

    private static bool AreApart(in PriceIndex index, long one, long other) =>
        Math.Abs(one - other) > (Int128)Math.Min(index.Magnitude(one), index.Magnitude(other)) * FactorPpm / Rounding.Million;
}
