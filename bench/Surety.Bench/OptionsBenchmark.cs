using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using Surety.Core.Numerics;
using Surety.Pricing;
using Surety.Pricing.American;
using Surety.Pricing.Black;

namespace Surety.Bench;

/// <summary>
/// Pricing on one core beside QuantLib, on the same inputs; the peer is left out with a message where it cannot be built.
/// </summary>
/// <param name="options">How many options, at least 64.</param>
/// <param name="report">Takes each figure.</param>
/// <param name="say">Takes messages.</param>
public sealed class OptionsBenchmark(int options, Action<Figure> report, Action<string> say)
{
    private const int Americans = 2000;
    private readonly double[][] _columns = MakeColumns(options);
    private readonly double[][] _americans = MakeAmericans();
    private readonly double[][] _results = [.. Enumerable.Range(0, 7).Select(_ => new double[options])];
    private readonly double[] _americanResults = new double[Americans];

    private OptionColumns Options => new()
    {
        Sign = _columns[0],
        Forward = _columns[1],
        Strike = _columns[2],
        Volatility = _columns[3],
        Years = _columns[4],
        Rate = _columns[5],
    };

    /// <summary>Runs both.</summary>
    public void Run()
    {
        double greeks = Best(200, PriceOnce) / options;
        double implied = Best(100, () => ImpliedVolatility.Solve(Options, _columns[6], _results[6])) / options;
        double[] signs = [.. Enumerable.Repeat(-1.0, Americans)];
        double[] strikes = [.. Enumerable.Repeat(100.0, Americans)];
        double american = Best(10, () => AmericanOption.Price(
            new OptionColumns
            {
                Sign = signs,
                Forward = _americans[0],
                Strike = strikes,
                Volatility = _americans[1],
                Years = _americans[2],
                Rate = _americans[3]
            },
            _americans[4], _americanResults)) / Americans;
        double tree = Best(5, () =>
        {
            for (int i = 0; i < 100; i++)
            {
                BinomialTree.Evaluate(TreeType.CoxRossRubinstein, ExerciseStyle.American, OptionType.Put, _americans[0][i], 100,
                    _americans[1][i], _americans[2][i], _americans[3][i], _americans[4][i], 500);
            }
        }) / 100;
        Put("options.price_greeks.per_second", 1 / greeks, "options/s", "surety", "batch");
        Put("options.implied_vol.per_second", 1 / implied, "volatilities/s", "surety", "batch");
        Put("options.implied_vol.max_relative_error", WorstVolatility(_results[6]), "1", "surety", "batch");
        Put("options.american_500.per_second", 1 / tree, "options/s", "surety", "tree of 500 steps");
        Put("options.american_500.per_second", 1 / american, "options/s", "surety", "integral equation");
        Peer(greeks, implied, american, tree);
    }

    private void Peer(double greeks, double implied, double american, double tree)
    {
        using QuantLibPeer? peer = QuantLibPeer.TryBuild(say);
        if (peer is null)
        {
            return;
        }
        (double[] output, IReadOnlyDictionary<string, (double Count, double Seconds)> times) = peer.Run(_columns, _americans);
        double Each(string name) => times[name].Seconds / times[name].Count;
        Put("options.price_greeks.per_second", 1 / Each("price_greeks"), "options/s", "quantlib", "BlackCalculator");
        Put("options.implied_vol.per_second", 1 / Each("implied_vol"), "volatilities/s", "quantlib", "blackFormulaImpliedStdDev 1e-14");
        Put("options.implied_vol.failed", times["implied_vol_failed"].Count, "options", "quantlib", "blackFormulaImpliedStdDev 1e-14");
        Put("options.implied_vol.max_relative_error", WorstVolatility(output.AsSpan(6 * options, options)), "1", "quantlib",
            "blackFormulaImpliedStdDev 1e-14");
        Put("options.american_500.per_second", 1 / Each("american_500"), "options/s", "quantlib", "BinomialVanillaEngine CRR 500");
        Put("options.american_500.per_second", 1 / Each("american_qdfp"), "options/s", "quantlib", "QdFpAmericanEngine fastScheme");
        Put("options.price_greeks.ratio", Each("price_greeks") / greeks, "times", "both", "surety over quantlib");
        Put("options.implied_vol.ratio", Each("implied_vol") / implied, "times", "both", "surety over quantlib");
        Put("options.american.ratio", Each("american_qdfp") / american, "times", "both", "integral equation over QdFp");
        Put("options.american_tree.ratio", Each("american_500") / tree, "times", "both", "CRR over CRR");
        double worst = 0;
        for (int column = 0; column < 6; column++)
        {
            for (int i = 0; i < options; i++)
            {
                double theirs = output[(column * options) + i];
                // What a column measures at the money: a far tail is compared with that, because there theirs has lost digits.
                double scale = Math.Max(Math.Abs(theirs), 1e-3 * Typical(column, i));
                worst = Math.Max(worst, Math.Abs(_results[column][i] - theirs) / scale);
            }
        }
        Put("options.price_greeks.max_relative_difference", worst, "1", "both", "of values above a thousandth of those at the money");
        double furthest = 0;
        for (int i = 0; i < Americans; i++)
        {
            furthest = Math.Max(furthest, Math.Abs(_americanResults[i] - output[(7 * options) + i]));
        }
        Put("options.american.max_difference", furthest, "strike 100", "both",
            "integral equation and QdFp fastScheme, times rounded to days in QuantLib");
    }

    private double Typical(int column, int i)
    {
        double forward = _columns[1][i];
        double years = _columns[4][i];
        double deviation = _columns[3][i] * Math.Sqrt(years);
        return column switch
        {
            0 => forward * deviation * 0.4,
            1 => 0.5,
            2 => 0.4 / (forward * deviation),
            3 => 0.4 * forward * Math.Sqrt(years),
            4 => 0.2 * forward * _columns[3][i] / Math.Sqrt(years),
            _ => years * forward * deviation * 0.4,
        };
    }

    private double WorstVolatility(ReadOnlySpan<double> found)
    {
        double worst = 0;
        for (int i = 0; i < found.Length; i++)
        {
            worst = double.IsNaN(found[i]) ? worst : Math.Max(worst, Math.Abs((found[i] / _columns[3][i]) - 1));
        }
        return worst;
    }

    private void PriceOnce() => BlackBatch.Evaluate(Options, new GreekColumns
    {
        Price = _results[0],
        Delta = _results[1],
        Gamma = _results[2],
        Vega = _results[3],
        Theta = _results[4],
        Rho = _results[5],
    });

    private void Put(string metric, double value, string unit, string library, string method) =>
        report(new Figure(metric, value, unit, new Dictionary<string, object>
        {
            ["library"] = library,
            ["method"] = method,
            ["options"] = options,
            ["lanes"] = (int)BlackBatch.WidestHere,
            ["cpu"] = EngineBenchmark.Cpu,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
        }));

    // The best of several rounds, after enough of them that the runtime has compiled what they use to the end.
    private static double Best(int rounds, Action work)
    {
        double best = double.MaxValue;
        long begin = Stopwatch.GetTimestamp();
        for (int round = 0; round < 100 || Stopwatch.GetElapsedTime(begin).TotalSeconds < 1; round++)
        {
            work();
        }
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    // Out of the money, within 2.2 deviations, a week to two years, 20% to 150%: the price then determines the volatility.
    private static double[][] MakeColumns(int count)
    {
        var random = new SplitMix(1);
        double[][] c = [.. Enumerable.Range(0, 7).Select(_ => new double[count])];
        for (int i = 0; i < count; i++)
        {
            double Unit() => (random.Next() >> 11) * (1.0 / (1L << 53));
            c[1][i] = 50_000 + (10_000 * Unit());
            c[3][i] = 0.2 + (1.3 * Unit());
            c[4][i] = 0.02 + (2 * Unit());
            c[5][i] = 0.08 * Unit();
            c[2][i] = c[1][i] * RealFunctions.Exp(((4.4 * Unit()) - 2.2) * c[3][i] * Math.Sqrt(c[4][i]));
            c[0][i] = c[2][i] >= c[1][i] ? 1 : -1;
            // Not by what is measured: from the half-ulp distribution function.
            double deviation = c[3][i] * Math.Sqrt(c[4][i]);
            double d1 = (RealFunctions.Log(c[1][i] / c[2][i]) / deviation) + (deviation / 2);
            c[6][i] = c[0][i]
                * ((c[1][i] * RealFunctions.NormalCdf(c[0][i] * d1)) - (c[2][i] * RealFunctions.NormalCdf(c[0][i] * (d1 - deviation))));
        }
        return c;
    }

    private static double[][] MakeAmericans()
    {
        var random = new SplitMix(2);
        double[][] c = [.. Enumerable.Range(0, 5).Select(_ => new double[Americans])];
        for (int i = 0; i < Americans; i++)
        {
            double Unit() => (random.Next() >> 11) * (1.0 / (1L << 53));
            c[0][i] = 70 + (60 * Unit());
            c[1][i] = 0.1 + (0.5 * Unit());
            // Whole days, since QuantLib counts in them.
            c[2][i] = Math.Floor(30 + (335 * Unit())) / 365;
            c[3][i] = 0.01 + (0.07 * Unit());
            c[4][i] = 0.06 * Unit();
        }
        return c;
    }
}
