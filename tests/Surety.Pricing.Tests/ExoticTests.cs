using System;
using System.Collections.Generic;
using Surety.Pricing.American;
using Surety.Pricing.Black;
using Surety.Pricing.Exotics;
using Surety.Pricing.Simulation;

namespace Surety.Pricing.Tests;

public class ExoticTests
{
    [Fact]
    public void American_options_agree_with_a_fine_solution_of_the_integral_equation()
    {
        double worst = 0;
        foreach (Func<string, double> row in ReferenceFile.Ours("american.csv").Numbers)
        {
            double put =
                AmericanOption.Price(OptionType.Put, row("spot"), row("strike"), row("volatility"), row("years"), row("rate"),
                    row("yield"));
            double call =
                AmericanOption.Price(OptionType.Call, row("strike"), row("spot"), row("volatility"), row("years"), row("yield"),
                    row("rate"));
            worst = Math.Max(worst, Math.Abs(put - row("put")));
            // Put and call with spot and strike, rate and yield exchanged are worth the same (McDonald and Schroder 1998).
            Assert.Equal(put, call, 1e-12);
        }
        Assert.InRange(worst, 0, 4e-4);
    }

    [Fact]
    public void Trees_converge_to_the_European_formula_and_to_the_American_solution()
    {
        foreach (TreeType tree in Enum.GetValues<TreeType>())
        {
            double european = BlackScholes.OnSpot(OptionType.Put, 95, 100, 0.4, 0.75, 0.05, 0.02).Price;
            Assert.Equal(european,
                BinomialTree.Evaluate(tree, ExerciseStyle.European, OptionType.Put, 95, 100, 0.4, 0.75, 0.05, 0.02, 2001).Price,
                tree == TreeType.LeisenReimer ? 1e-5 : 3e-3);
            double american = AmericanOption.Price(OptionType.Put, 95, 100, 0.4, 0.75, 0.05, 0.02);
            Assert.Equal(american,
                BinomialTree.Evaluate(tree, ExerciseStyle.American, OptionType.Put, 95, 100, 0.4, 0.75, 0.05, 0.02, 2001).Price, 3e-3);
        }
    }

    [Fact]
    public void A_trees_Greeks_are_those_of_the_formula()
    {
        Greeks tree =
            BinomialTree.Evaluate(TreeType.LeisenReimer, ExerciseStyle.European, OptionType.Call, 105, 100, 0.5, 0.5, 0.03, 0.01, 1001);
        Greeks formula = BlackScholes.OnSpot(OptionType.Call, 105, 100, 0.5, 0.5, 0.03, 0.01);
        Assert.Equal(formula.Delta, tree.Delta, 1e-4);
        Assert.Equal(formula.Gamma, tree.Gamma, 1e-4);
        Assert.Equal(formula.Theta, tree.Theta, 0.05);
    }

    [Fact]
    public void An_American_option_is_never_worth_less_than_a_European_or_than_exercising()
    {
        var random = new Random(11);
        for (int i = 0; i < 3000; i++)
        {
            OptionType type = random.Next(2) == 0 ? OptionType.Call : OptionType.Put;
            double s = 50 + (100 * random.NextDouble()), v = 0.05 + random.NextDouble(), t = 0.01 + (2 * random.NextDouble()),
                r = 0.15 * random.NextDouble(), q = 0.15 * random.NextDouble();
            double american = AmericanOption.Price(type, s, 100, v, t, r, q);
            Assert.True(american >= BlackScholes.OnSpot(type, s, 100, v, t, r, q).Price - 1e-9);
            Assert.True(american >= ((double)type * (s - 100)) - 1e-9);
        }
    }

    [Fact]
    public void Two_exercise_boundaries_are_refused_with_what_to_use_instead()
    {
        ArgumentOutOfRangeException e =
            Assert.Throws<ArgumentOutOfRangeException>(() => AmericanOption.Price(OptionType.Put, 100, 100, 0.3, 1, -0.01, -0.05));
        Assert.Contains("BinomialTree", e.Message, StringComparison.Ordinal);
        Assert.True(
            BinomialTree.Evaluate(TreeType.LeisenReimer, ExerciseStyle.American, OptionType.Put, 100, 100, 0.3, 1, -0.01, -0.05, 501).Price
                > 0);
    }

    [Fact]
    public void Published_European_values_are_met() => Compare("quantlib_europeanoption_testValues.csv", row =>
        (BlackScholes.OnSpot(Type(row), N(row, "s"), N(row, "strike"), N(row, "v"), N(row, "t"), N(row, "r"), N(row, "q")).Price,
            N(row, "tol")));

    [Fact]
    public void Published_American_values_are_met_within_their_own_error() => Compare("quantlib_americanoption_juValues.csv", row =>
        // The table's method is Ju's own approximation, which misses the exact values by up to 0.075.
        (AmericanOption.Price(Type(row), N(row, "s"), N(row, "strike"), N(row, "v"), N(row, "t"), N(row, "r"), N(row, "q")),
            0.036 + (0.0015 * N(row, "result"))));

    [Fact]
    public void Published_barrier_values_are_met() => Compare("quantlib_barrieroption_testHaugValues.csv", row =>
    {
        if (row("exType") != "european")
        {
            return null;
        }
        return (Barrier.Price(Enum.Parse<BarrierType>(row("barrierType")), Type(row), N(row, "s"), N(row, "strike"), N(row, "barrier"),
            N(row, "rebate"), N(row, "v"), N(row, "t"), N(row, "r"), N(row, "q")), N(row, "tol"));
    });

    [Fact]
    public void Published_binary_barrier_values_are_met() => Compare("quantlib_binaryoption_testCashOrNothingHaugValues.csv", row =>
        (Barrier.CashOrNothing(Enum.Parse<BarrierType>(row("barrierType")), Type(row), N(row, "s"), N(row, "strike"), N(row, "barrier"),
            N(row, "cash"), N(row, "v"), N(row, "t"), N(row, "r"), N(row, "q")), N(row, "tol")));

    [Fact]
    public void Published_gap_values_are_met() => Compare("quantlib_digitaloption_testGapEuropeanValues.csv", row =>
        (Digital.Gap(Type(row), N(row, "s"), N(row, "strike"), 57, N(row, "v"), N(row, "t"), N(row, "r"), N(row, "q")), N(row, "tol")));

    [Fact]
    public void Published_Asian_values_are_met() => Compare("quantlib_asianoptions_testLevyEngine.csv", row =>
        (Asian.Levy(Type(row), N(row, "spot"), N(row, "currentAverage"), N(row, "strike"), N(row, "volatility"),
            N(row, "length") / 360, (N(row, "length") - N(row, "elapsed")) / 360, N(row, "riskFreeRate"), N(row, "dividendYield")), 1e-4));

    [Fact]
    public void Published_Greeks_are_met() => Compare("quantlib_europeanoption_testGreekValues.csv", row =>
    {
        Greeks g = BlackScholes.OnSpot(Type(row), N(row, "s"), N(row, "strike"), N(row, "v"), N(row, "t"), N(row, "r"), N(row, "q"));
        double? value = row("note") switch
        {
            "delta" => g.Delta,
            "gamma" => g.Gamma,
            "vega" => g.Vega,
            "theta" => g.Theta,
            "thetaPerDay" => g.Theta / 365,
            "rho" => g.Rho,
            "elasticity" => g.Delta * N(row, "s") / g.Price,
            _ => null,
        };
        return value is { } v ? (v, 1e-4) : null;
    });

    [Fact]
    public void In_and_out_barriers_together_are_the_plain_option()
    {
        var random = new Random(12);
        for (int i = 0; i < 2000; i++)
        {
            OptionType type = random.Next(2) == 0 ? OptionType.Call : OptionType.Put;
            bool up = random.Next(2) == 0;
            double s = 100, k = 60 + (80 * random.NextDouble()),
                h = up ? 100 + (40 * random.NextDouble()) : 60 + (40 * random.NextDouble()), v = 0.1 + random.NextDouble(),
                t = 0.1 + random.NextDouble(), r = 0.1 * random.NextDouble(), q = 0.1 * random.NextDouble();
            double plain = BlackScholes.OnSpot(type, s, k, v, t, r, q).Price;
            double inside = Barrier.Price(up ? BarrierType.UpIn : BarrierType.DownIn, type, s, k, h, 0, v, t, r, q);
            double outside = Barrier.Price(up ? BarrierType.UpOut : BarrierType.DownOut, type, s, k, h, 0, v, t, r, q);
            Assert.Equal(plain, inside + outside, 1e-9);
            Assert.InRange(inside, -1e-9, plain + 1e-9);
        }
    }

    [Fact]
    public void Jumps_fatten_the_tails_and_none_give_Black()
    {
        Greeks black = BlackScholes.OnForward(OptionType.Put, 100, 60, 0.5, 0.1, 0.03);
        Greeks without = MertonJump.Evaluate(OptionType.Put, 100, 60, 0.5, 0.1, 0.03, 0, -0.1, 0.2);
        Assert.Equal(black.Price, without.Price, 1e-12);
        Assert.True(MertonJump.Evaluate(OptionType.Put, 100, 60, 0.5, 0.1, 0.03, 2, -0.1, 0.2).Price > 2 * black.Price);
    }

    [Fact]
    public void Greeks_with_jumps_are_derivatives_and_parity_holds()
    {
        const double F = 100, K = 110, V = 0.5, T = 0.4, R = 0.03, L = 3, M = -0.08, D = 0.15;
        Greeks At(OptionType type, double f, double v, double t, double r) => MertonJump.Evaluate(type, f, K, v, t, r, L, M, D);
        Greeks g = At(OptionType.Call, F, V, T, R);
        BlackTests.Derivatives(x => At(OptionType.Call, x, V, T, R), F, 1e-2, out double delta, out double gamma, out _);
        BlackTests.Derivatives(x => At(OptionType.Call, F, x, T, R), V, 1e-4, out double vega, out double volga, out double vanna);
        BlackTests.Derivatives(x => At(OptionType.Call, F, V, x, R), T, 1e-4, out double decay, out _, out _);
        BlackTests.Derivatives(x => At(OptionType.Call, F, V, T, x), R, 1e-4, out double rho, out _, out _);
        Assert.Equal(delta, g.Delta, 1e-7);
        Assert.Equal(gamma, g.Gamma, 1e-6);
        Assert.Equal(vega, g.Vega, 1e-5);
        Assert.Equal(volga, g.Volga, 1e-3);
        Assert.Equal(vanna, g.Vanna, 1e-5);
        Assert.Equal(-decay, g.Theta, 1e-4);
        Assert.Equal(rho, g.Rho, 1e-5);
        Assert.Equal(Math.Exp(-R * T) * (F - K), g.Price - At(OptionType.Put, F, V, T, R).Price, 1e-10);
    }

    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu)]
    [InlineData(0x243F6A88u, 0x85A308D3u, 0x13198A2Eu, 0x03707344u, 0xA4093822u, 0x299F31D0u, 0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u,
        0x24126EA1u)]
    public void The_generator_meets_its_published_test_vectors(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1,
        uint r2, uint r3) =>
        Assert.Equal((r0, r1, r2, r3), Philox.Words(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void The_normal_quantile_inverts_the_distribution()
    {
        for (double z = -37; z < 8; z += 0.01)
        {
            double p = Surety.Core.Numerics.RealFunctions.NormalCdf(z);
            // Near one, p itself is only so exact.
            Assert.Equal(z, InverseNormal.Of(p), (1e-14 * Math.Abs(z)) + (1.2e-16 * p / Surety.Core.Numerics.RealFunctions.NormalPdf(z)));
        }
    }

    [Fact]
    public void Simulated_means_meet_the_formulas_within_their_error()
    {
        double[] times = [0.25, 0.5];
        MonteCarloResult plain = MonteCarlo.Run(100, 0.6, null, times, p => Math.Max(p[1] - 110, 0), 40_000, 1);
        Assert.InRange(plain.Mean - BlackScholes.OnForward(OptionType.Call, 100, 110, 0.6, 0.5, 0).Price, -4 * plain.StandardError,
            4 * plain.StandardError);
        MonteCarloResult jumps = MonteCarlo.Run(100, 0.6, new Jumps(4, -0.1, 0.1), times, p => Math.Max(80 - p[1], 0), 40_000, 2);
        Assert.InRange(jumps.Mean - MertonJump.Evaluate(OptionType.Put, 100, 80, 0.6, 0.5, 0, 4, -0.1, 0.1).Price, -4 * jumps.StandardError,
            4 * jumps.StandardError);
        Assert.Equal(plain, MonteCarlo.Run(100, 0.6, null, times, p => Math.Max(p[1] - 110, 0), 40_000, 1));
    }

    [Fact]
    public void An_exchange_of_two_correlated_assets_meets_Margrabes_formula()
    {
        const double Correlation = 0.7;
        MonteCarloResult simulated =
            MonteCarlo.Run([100, 90], [0.5, 0.7], Correlation, [0.2, 0.5], p => Math.Max(p[2] - p[3], 0), 40_000, 4);
        // The ratio of the two is log-normal (W. Margrabe 1978).
        double volatility = Math.Sqrt((0.5 * 0.5) + (0.7 * 0.7) - (2 * Correlation * 0.5 * 0.7));
        double exact = BlackScholes.OnForward(OptionType.Call, 100, 90, volatility, 0.5, 0).Price;
        Assert.InRange(simulated.Mean - exact, -4 * simulated.StandardError, 4 * simulated.StandardError);
    }

    [Fact]
    public void A_barrier_watched_seldom_is_one_further_away()
    {
        const int Times = 50;
        var times = new double[Times];
        for (int i = 0; i < Times; i++)
        {
            times[i] = 0.5 * (i + 1) / Times;
        }
        MonteCarloResult simulated = MonteCarlo.Run(100, 0.5, null, times, p =>
        {
            foreach (double price in p)
            {
                if (price <= 85)
                {
                    return 0;
                }
            }
            return Math.Max(p[^1] - 100, 0);
        }, 40_000, 3);
        double level = Barrier.DiscreteShift(BarrierType.DownOut, 85, 0.5, 0.5 / Times);
        double shifted = Barrier.Price(BarrierType.DownOut, OptionType.Call, 100, 100, level, 0, 0.5, 0.5, 0, 0);
        Assert.InRange(simulated.Mean - shifted, (-4 * simulated.StandardError) - 0.02, (4 * simulated.StandardError) + 0.02);
    }

    private static OptionType Type(Func<string, string> row) => Enum.Parse<OptionType>(row("type"));

    private static double N(Func<string, string> row, string name) => ReferenceFile.Number(row(name));

    private static void Compare(string file, Func<Func<string, string>, (double Value, double Tolerance)?> compute)
    {
        int compared = 0;
        var misses = new List<string>();
        foreach (Func<string, string> row in ReferenceFile.Shared("reference", file).Texts)
        {
            if (compute(row) is var (value, tolerance))
            {
                compared++;
                double expected = N(row, "result");
                if (!(Math.Abs(value - expected) <= tolerance))
                {
                    misses.Add($"row {compared}: {value} where {expected} is published");
                }
            }
        }
        Assert.True(compared > 0);
        Assert.Empty(misses);
    }
}
