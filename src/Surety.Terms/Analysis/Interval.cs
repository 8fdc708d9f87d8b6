using System;

namespace Surety.Terms.Analysis;

/// <summary>All values from the least to the most, both possible.</summary>
/// <param name="Low">The least, fixed point.</param>
/// <param name="High">The most, fixed point.</param>
public readonly record struct Interval(Int128 Low, Int128 High)
{
    /// <summary>Whether zero is in it.</summary>
    public bool HasZero => Low <= 0 && High >= 0;

    /// <summary>The larger magnitude of the two ends.</summary>
    public Int128 Magnitude => Int128.Max(Int128.Abs(Low), Int128.Abs(High));

    /// <summary>The least interval that holds both.</summary>
    public Interval Join(Interval other) => new(Int128.Min(Low, other.Low), Int128.Max(High, other.High));

    /// <summary>The least interval that holds zero too.</summary>
    public Interval WithZero() => new(Int128.Min(Low, 0), Int128.Max(High, 0));

    /// <summary>What one of each can make together.</summary>
    public Interval Plus(Interval other) => new(Low + other.Low, High + other.High);

    /// <summary>What a number of them can make together.</summary>
    public Interval Times(long count) => new(Low * count, High * count);

    /// <summary>The value of the interval that is nearest to a number.</summary>
    public Int128 Clamp(Int128 value) => Int128.Clamp(value, Low, High);

    /// <summary>Of the four corners of a function that is monotone in each operand.</summary>
    internal static Interval OfCorners(Interval a, Interval b, Func<Int128, Int128, Int128> f)
    {
        Int128 ll = f(a.Low, b.Low);
        Int128 lh = f(a.Low, b.High);
        Int128 hl = f(a.High, b.Low);
        Int128 hh = f(a.High, b.High);
        return new Interval(Int128.Min(Int128.Min(ll, lh), Int128.Min(hl, hh)), Int128.Max(Int128.Max(ll, lh), Int128.Max(hl, hh)));
    }
}
