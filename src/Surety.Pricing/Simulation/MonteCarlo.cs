using System;
using Surety.Core.Numerics;

namespace Surety.Pricing.Simulation;

/// <summary>What one path pays; the payoff discounts it to today, or does not.</summary>
/// <param name="prices">The underlying at each time of the schedule.</param>
public delegate double PathPayoff(ReadOnlySpan<double> prices);

/// <summary>A mean over paths.</summary>
/// <param name="Mean">Mean payoff.</param>
/// <param name="StandardError">Standard deviation of the mean, over antithetic pairs.</param>
/// <param name="Paths">How many paths.</param>
public readonly record struct MonteCarloResult(double Mean, double StandardError, long Paths);

/// <summary>
/// Mean payoffs over simulated paths: log-normal with jumps (Merton 1976), sampled exactly at the times asked for, in antithetic
/// pairs. Path n is a function of the seed and n alone.
/// </summary>
public static class MonteCarlo
{
    /// <summary>The most times in a schedule.</summary>
    public const int MaxTimes = 100_000;

    /// <summary>Simulates and averages.</summary>
    /// <param name="forward">Forward price now, for all times alike, positive.</param>
    /// <param name="volatility">Annual volatility between jumps, 0 or more.</param>
    /// <param name="jumps">Jumps, or null for none.</param>
    /// <param name="years">Times of observation, years from now, increasing, the first 0 or more.</param>
    /// <param name="payoff">What a path pays.</param>
    /// <param name="pairs">Antithetic pairs of paths, at least 2.</param>
    /// <param name="seed">Which paths.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static MonteCarloResult Run(double forward, double volatility, Jumps? jumps, ReadOnlySpan<double> years, PathPayoff payoff,
        long pairs, ulong seed)
    {
        Require.Positive(forward, nameof(forward));
        Require.NotNegative(volatility, nameof(volatility));
        Require.Between(years.Length, 1, MaxTimes, "the number of years");
        if (pairs < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(pairs), pairs, "pairs must be at least 2: fewer give no standard error.");
        }
        RequireIncreasing(years);
        var path = new double[years.Length];
        var mirrored = new double[years.Length];
        var mean = default(RunningMean);
        for (long pair = 0; pair < pairs; pair++)
        {
            Draw(forward, volatility, jumps, years, (ulong)pair, seed, path, mirrored);
            mean.Add((payoff(path) + payoff(mirrored)) / 2);
        }
        return mean.Result;
    }

    /// <summary>The same for several underlyings without jumps, every two of them equally correlated.</summary>
    /// <param name="forwards">Forward prices now, positive.</param>
    /// <param name="volatilities">Annual volatilities, 0 or more, as many.</param>
    /// <param name="correlation">Of the logarithms' moves, 0 to 1.</param>
    /// <param name="years">Times of observation, years from now, increasing.</param>
    /// <param name="payoff">What a path pays; it gets all prices of the first time, then all of the second.</param>
    /// <param name="pairs">Antithetic pairs of paths, at least 2.</param>
    /// <param name="seed">Which paths.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static MonteCarloResult Run(
        ReadOnlySpan<double> forwards, ReadOnlySpan<double> volatilities, double correlation, ReadOnlySpan<double> years, PathPayoff payoff,
        long pairs, ulong seed)
    {
        Require.Between(forwards.Length, 1, 16, "the number of forwards");
        Require.Between(volatilities.Length, forwards.Length, forwards.Length, "the number of volatilities");
        Require.Between(years.Length, 1, MaxTimes, "the number of years");
        RequireIncreasing(years);
        if (!(correlation >= 0 && correlation <= 1) || pairs < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(correlation), correlation,
                "correlation must be from 0 to 1, and pairs at least 2.");
        }
        for (int k = 0; k < forwards.Length; k++)
        {
            Require.Positive(forwards[k], nameof(forwards));
            Require.NotNegative(volatilities[k], nameof(volatilities));
        }
        var path = new double[years.Length * forwards.Length];
        var mirrored = new double[years.Length * forwards.Length];
        var mean = default(RunningMean);
        for (long pair = 0; pair < pairs; pair++)
        {
            DrawMany(forwards, volatilities, correlation, years, (ulong)pair, seed, path, mirrored);
            mean.Add((payoff(path) + payoff(mirrored)) / 2);
        }
        return mean.Result;
    }

    // A move that all share, and one of its own for each.
    private static void DrawMany(
        ReadOnlySpan<double> forwards, ReadOnlySpan<double> volatilities, double correlation, ReadOnlySpan<double> years, ulong pair,
        ulong seed, Span<double> path, Span<double> mirrored)
    {
        int n = forwards.Length;
        double common = RealFunctions.Sqrt(correlation);
        double own = RealFunctions.Sqrt(1 - correlation);
        Span<double> logs = stackalloc double[16];
        Span<double> mirrors = stackalloc double[16];
        logs.Clear();
        mirrors.Clear();
        double before = 0;
        for (int i = 0; i < years.Length; i++)
        {
            double step = years[i] - before;
            before = years[i];
            double shared = InverseNormal.Of(Philox.Uniforms(pair, (uint)(i * (n + 1)), seed).First);
            for (int k = 0; k < n; k++)
            {
                double z = (common * shared) + (own * InverseNormal.Of(Philox.Uniforms(pair, (uint)((i * (n + 1)) + k + 1), seed).First));
                double move = volatilities[k] * RealFunctions.Sqrt(step) * z;
                double drift = -(volatilities[k] * volatilities[k] / 2 * step);
                logs[k] += drift + move;
                mirrors[k] += drift - move;
                path[(i * n) + k] = forwards[k] * RealFunctions.Exp(logs[k]);
                mirrored[(i * n) + k] = forwards[k] * RealFunctions.Exp(mirrors[k]);
            }
        }
    }

    private static void RequireIncreasing(ReadOnlySpan<double> years)
    {
        double last = 0;
        foreach (double year in years)
        {
            if (!(year >= last) || !double.IsFinite(year))
            {
                throw new ArgumentOutOfRangeException(nameof(years), year, "years must increase from 0 on.");
            }
            last = year;
        }
    }

    // Welford's update: no cancellation over many paths.
    private struct RunningMean
    {
        private double _mean;
        private double _squares;
        private long _count;

        public readonly MonteCarloResult Result => new(_mean, RealFunctions.Sqrt(_squares / (_count - 1) / _count), _count * 2);

        public void Add(double value)
        {
            _count++;
            double change = value - _mean;
            _mean += change / _count;
            _squares += change * (value - _mean);
        }
    }

    private static void Draw(
        double forward, double volatility, Jumps? jumps, ReadOnlySpan<double> years, ulong pair, ulong seed, Span<double> path,
        Span<double> mirrored)
    {
        double compensation = jumps is { } model
            ? model.PerYear * (RealFunctions.Exp(model.MeanLog + (model.Volatility * model.Volatility / 2)) - 1) : 0;
        double log = 0;
        double mirror = 0;
        double before = 0;
        for (int i = 0; i < years.Length; i++)
        {
            double step = years[i] - before;
            before = years[i];
            (double first, double second) = Philox.Uniforms(pair, (uint)(2 * i), seed);
            double move = volatility * RealFunctions.Sqrt(step) * InverseNormal.Of(first);
            double drift = -((volatility * volatility / 2) + compensation) * step;
            double jump = 0;
            double jumpNoise = 0;
            if (jumps is { } j)
            {
                int count = Poisson(second, j.PerYear * step);
                jump = count * j.MeanLog;
                jumpNoise = count == 0
                    ? 0
                    : j.Volatility * RealFunctions.Sqrt(count) * InverseNormal.Of(Philox.Uniforms(pair, (uint)((2 * i) + 1), seed).First);
            }
            log += drift + jump + move + jumpNoise;
            mirror += drift + jump - move - jumpNoise;
            path[i] = forward * RealFunctions.Exp(log);
            mirrored[i] = forward * RealFunctions.Exp(mirror);
        }
    }

    private static int Poisson(double uniform, double mean)
    {
        double weight = RealFunctions.Exp(-mean);
        double sum = weight;
        int count = 0;
        while (uniform > sum && count < 1000)
        {
            count++;
            weight *= mean / count;
            sum += weight;
        }
        return count;
    }
}

/// <summary>Log-normal jumps at Poisson times.</summary>
/// <param name="PerYear">Mean number a year, 0 or more.</param>
/// <param name="MeanLog">Mean of the logarithm of a jump's factor.</param>
/// <param name="Volatility">Standard deviation of that logarithm, 0 or more.</param>
public readonly record struct Jumps(double PerYear, double MeanLog, double Volatility);
