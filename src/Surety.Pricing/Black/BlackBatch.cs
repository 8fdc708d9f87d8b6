using System;
using System.Runtime.Intrinsics;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.Black;

/// <summary>How many options are computed at a time. Every width gives the same bits.</summary>
public enum LaneWidth
{
    /// <summary>One option at a time.</summary>
    One = 1,
    /// <summary>Four at a time, 256 bits.</summary>
    Four = 4,
    /// <summary>Eight at a time, 512 bits.</summary>
    Eight = 8,
}

/// <summary>
/// Black-76 values and Greeks of many options. An option with an input outside its range gets NaN or meaningless numbers, the others are
/// not touched by it.
/// </summary>
public static class BlackBatch
{
    // Options that go through a stage together: their intermediate results stay in the first-level cache.
    private const int Block = 128;

    /// <summary>The widest that this processor does in hardware.</summary>
    public static LaneWidth WidestHere => Vector512.IsHardwareAccelerated ? LaneWidth.Eight
        : Vector256.IsHardwareAccelerated ? LaneWidth.Four : LaneWidth.One;

    /// <summary>Price, delta, gamma, vega, theta and rho, with the forward held while time and rate change.</summary>
    /// <exception cref="ArgumentException">The columns are not equally long, or an output is too short.</exception>
    public static void Evaluate(in OptionColumns options, in GreekColumns results) => Evaluate(in options, in results, WidestHere);

    /// <inheritdoc cref="Evaluate(in OptionColumns, in GreekColumns)"/>
    public static void Evaluate(in OptionColumns options, in GreekColumns results, LaneWidth width)
    {
        if (!options.AreEquallyLong)
        {
            throw new ArgumentException("The columns of options differ in length; give each the same number of rows.", nameof(options));
        }
        if (!results.Hold(options.Count))
        {
            throw new ArgumentException($"A column of results is shorter than the {options.Count} options; make each at least as long.",
                nameof(results));
        }
        int done = width switch
        {
            LaneWidth.Eight => Run<EightLanes>(in options, in results, 0),
            LaneWidth.Four => Run<FourLanes>(in options, in results, 0),
            _ => 0,
        };
        Run<OneLane>(in options, in results, done);
    }

    private static int Run<V>(in OptionColumns options, in GreekColumns results, int from)
        where V : struct, ILanes<V>
    {
        Span<double> d1 = stackalloc double[Block];
        Span<double> d2 = stackalloc double[Block];
        Span<double> rootYears = stackalloc double[Block];
        Span<double> inverse = stackalloc double[Block];
        // Forward over strike; then the second tail.
        Span<double> tail2 = stackalloc double[Block];
        Span<double> tail1 = stackalloc double[Block];
        Span<double> density = stackalloc double[Block];
        Span<double> discount = stackalloc double[Block];
        int end = from + ((options.Count - from) / V.Count * V.Count);
        for (int at = from; at < end; at += Block)
        {
            int count = Math.Min(Block, end - at);
            Arguments<V>(in options, at, count, d1, d2, rootYears, inverse, tail2, discount);
            Tails<V>(count, d1, d2, tail2, tail1, density);
            Results<V>(in options, in results, at, count, d1, d2, rootYears, inverse, tail1, tail2, density, discount);
        }
        return end;
    }

    private static void Arguments<V>(
        in OptionColumns options, int at, int count, Span<double> d1, Span<double> d2, Span<double> rootYears, Span<double> inverse,
        Span<double> ratio, Span<double> discount)
        where V : struct, ILanes<V>
    {
        for (int i = 0; i < count; i += V.Count)
        {
            V volatility = V.Load(options.Volatility, at + i);
            V years = V.Load(options.Years, at + i);
            BlackArguments<V> a = BlackKernel.Arguments(V.Load(options.Forward, at + i), V.Load(options.Strike, at + i), volatility, years);
            a.D1.Store(d1, i);
            (a.D1 - (volatility * a.RootYears)).Store(d2, i);
            a.RootYears.Store(rootYears, i);
            a.Inverse.Store(inverse, i);
            a.Ratio.Store(ratio, i);
            LaneFunctions.Exp(-(V.Load(options.Rate, at + i) * years)).Store(discount, i);
        }
    }

    private static void Tails<V>(int count, Span<double> d1, Span<double> d2, Span<double> tail2, Span<double> tail1, Span<double> density)
        where V : struct, ILanes<V>
    {
        for (int i = 0; i < count; i += V.Count)
        {
            BlackTails<V> tails = BlackKernel.Tails(V.Load(d1, i), V.Load(d2, i), V.Load(tail2, i));
            tails.Density.Store(density, i);
            tails.Tail1.Store(tail1, i);
            tails.Tail2.Store(tail2, i);
        }
    }

    private static void Results<V>(
        in OptionColumns options, in GreekColumns results, int at, int count,
        Span<double> d1, Span<double> d2, Span<double> rootYears, Span<double> inverse, Span<double> tail1, Span<double> tail2,
        Span<double> density, Span<double> discount)
        where V : struct, ILanes<V>
    {
        for (int i = 0; i < count; i += V.Count)
        {
            var arguments = new BlackArguments<V> { RootYears = V.Load(rootYears, i), Inverse = V.Load(inverse, i), D1 = V.Load(d1, i) };
            var tails = new BlackTails<V> { Density = V.Load(density, i), Tail1 = V.Load(tail1, i), Tail2 = V.Load(tail2, i) };
            BlackResults<V> r = BlackKernel.Results(
                V.Load(options.Sign, at + i), V.Load(options.Forward, at + i), V.Load(options.Strike, at + i),
                V.Load(options.Volatility, at + i),
                V.Load(options.Years, at + i), V.Load(options.Rate, at + i), V.Load(discount, i), in arguments, V.Load(d2, i), in tails);
            r.Price.Store(results.Price, at + i);
            r.Delta.Store(results.Delta, at + i);
            r.Gamma.Store(results.Gamma, at + i);
            r.Vega.Store(results.Vega, at + i);
            r.Theta.Store(results.Theta, at + i);
            r.Rho.Store(results.Rho, at + i);
        }
    }
}
