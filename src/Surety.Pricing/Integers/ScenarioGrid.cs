using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;

namespace Surety.Pricing.Integers;

/// <summary>
/// The grid of portfolio margin: 32 scenarios of price by volatility. Nine moves from −1 to +1 of the scan range, each with
/// volatility up, as it is, and down; and five extreme moves with volatility up that count in part. docs/margin.md has the table.
/// </summary>
public static class ScenarioGrid
{
    /// <summary>How many.</summary>
    public const int Count = 32;

    /// <summary>Moves of the grid in quarters of the scan range.</summary>
    private const int Inner = 27;

    /// <summary>A scenario's price move, in quarters of the scan range.</summary>
    public static int Quarters(int scenario) => scenario < Inner ? (scenario / 3) - 4 : ExtremeQuarters[scenario - Inner];

    /// <summary>Whether volatility is up (1), as it is (0) or down (−1).</summary>
    public static int VolatilityMove(int scenario) => scenario < Inner ? 1 - (scenario % 3) : 1;

    /// <summary>The part of the loss that counts, parts per million.</summary>
    public static int CountedPpm(int scenario) => scenario < Inner ? 1_000_000 : ExtremeCounted[scenario - Inner];

    // Twice and three times the range down, twice, four and eight times it up.
    private static ReadOnlySpan<int> ExtremeQuarters => [-12, -8, 8, 16, 32];

    private static ReadOnlySpan<int> ExtremeCounted => [300_000, 450_000, 450_000, 200_000, 100_000];

    /// <summary>The underlying in a scenario, units: never below a hundredth of what it is.</summary>
    public static long Underlying(int scenario, long underlying, int scanPpm) =>
        Math.Max(underlying + MoveOf(underlying, (long)scanPpm * Quarters(scenario)), Math.Max(underlying / 100, 1));

    /// <summary>
    /// What one long option loses in each scenario, units, the counted part, rounded up; a gain is negative. Volatility is
    /// multiplied by 1 + 0.5 (30 / days)^p up and 1 − 0.3 (30 / days)^p down, p = 0.3 to thirty days and 0.13 beyond, from
    /// one day on (after Derive's PM2).
    /// </summary>
    public static void Losses(in IntegerOption option, int scanPpm, Span<long> losses)
    {
        Span<double> sign = stackalloc double[Count];
        Span<double> forward = stackalloc double[Count];
        Span<double> strike = stackalloc double[Count];
        Span<double> volatility = stackalloc double[Count];
        Span<double> years = stackalloc double[Count];
        Span<double> rate = stackalloc double[Count];
        Span<double> results = stackalloc double[6 * Count];
        Span<long> moved = stackalloc long[Count];
        bool hasTime = option.Ms > 0 && option.VolatilityPpm > 0 && option.Underlying > 0;
        double reach = VolatilityReach(option.Ms);
        for (int i = 0; i < Count; i++)
        {
            sign[i] = (double)option.Type;
            moved[i] = Underlying(i, option.Underlying, scanPpm);
            forward[i] = moved[i];
            strike[i] = option.Strike;
            int move = VolatilityMove(i);
            double factor = move > 0 ? 1 + (0.5 * reach) : move < 0 ? Math.Max(1 - (0.3 * reach), 0.2) : 1;
            volatility[i] = option.VolatilityPpm * 1e-6 * factor;
            years[i] = option.Ms / IntegerOptions.MsPerYear;
        }
        rate.Clear();
        if (hasTime)
        {
            BlackBatch.Evaluate(
                new OptionColumns { Sign = sign, Forward = forward, Strike = strike, Volatility = volatility, Years = years, Rate = rate },
                new GreekColumns
                {
                    Price = results[..Count],
                    Delta = results.Slice(Count, Count),
                    Gamma = results.Slice(2 * Count, Count),
                    Vega = results.Slice(3 * Count, Count),
                    Theta = results.Slice(4 * Count, Count),
                    Rho = results.Slice(5 * Count, Count),
                });
        }
        long now = IntegerOptions.Price(in option);
        for (int i = 0; i < Count; i++)
        {
            var there = option with { Underlying = moved[i] };
            long value = hasTime
                ? Math.Max(IntegerOptions.ToNearest(results[i]), IntegerOptions.Intrinsic(in there))
                : IntegerOptions.Intrinsic(in there);
            losses[i] = Counted(now - value, i);
        }
    }

    /// <summary>What one long unit of the underlying itself loses in each scenario, units, the counted part.</summary>
    public static void LossesOfUnderlying(long underlying, int scanPpm, Span<long> losses)
    {
        for (int i = 0; i < Count; i++)
        {
            losses[i] = Counted(underlying - Underlying(i, underlying, scanPpm), i);
        }
    }

    // In 64 bits where the product fits, which is all but always.
    private static long MoveOf(long underlying, long quarterPpm) =>
        underlying is >= 0 and < 1L << 38
            ? Rounding.DivFloor(underlying * quarterPpm, 4_000_000)
            : Rounding.MulDivFloor(underlying, quarterPpm, 4_000_000);

    private static long Counted(long loss, int scenario) =>
        CountedPpm(scenario) == 1_000_000 ? loss : Rounding.MulDivCeiling(loss, CountedPpm(scenario), 1_000_000);

    // (30 / days)^p.
    private static double VolatilityReach(long ms)
    {
        double days = Math.Max(ms / 86_400_000.0, 1);
        return RealFunctions.Exp((days <= 30 ? 0.3 : 0.13) * RealFunctions.Log(30 / days));
    }
}
