using System;
using System.Linq;
using Surety.Pricing.American;
using Surety.Pricing.Black;

namespace Surety.Pricing.Tests;

/// <summary>What no model may give: values beyond their bounds, and digits that are noise.</summary>
public class BoundsTests
{
    [Fact]
    public void Near_the_money_with_hardly_any_time_Black_keeps_all_digits()
    {
        double worst = 0;
        double worstOfDelta = 0;
        foreach (Func<string, double> row in ReferenceFile.Ours("black-near.csv").Numbers)
        {
            Greeks call = BlackScholes.OnForward(OptionType.Call, row("forward"), row("strike"), row("volatility"), 1, 0);
            Greeks put = BlackScholes.OnForward(OptionType.Put, row("forward"), row("strike"), row("volatility"), 1, 0);
            double rounding = row("volatility") > 1e-3 ? 4e-16 * row("forward") : 0;
            worst = Math.Max(worst, (Math.Abs(call.Price - row("call")) - rounding) / row("call"));
            worst = Math.Max(worst, (Math.Abs(put.Price - row("put")) - rounding) / row("put"));
            worstOfDelta = Math.Max(worstOfDelta, Math.Abs(call.Delta - row("delta")));
        }
        Assert.InRange(worst, 0, 3e-13);
        Assert.InRange(worstOfDelta, 0, 1e-15);
    }

    [Fact]
    public void The_value_does_not_jump_where_the_series_takes_over()
    {
        double before = 0;
        for (int i = 0; i <= 400; i++)
        {
            double now = BlackScholes.OnForward(OptionType.Call, 100, 99.9, 0.018 + (i * 1e-5), 1, 0).Price;
            // Vega is near 40: each step adds 4e-4.
            Assert.True(i == 0 || Math.Abs(now - before - 4e-4) < 1e-5);
            before = now;
        }
    }

    [Fact]
    public void An_American_option_lies_between_the_European_and_the_perpetual_one_or_is_refused_far_outside_the_tested_grid()
    {
        var random = new Random(22);
        int refused = 0;
        const int Count = 20_000;
        for (int i = 0; i < Count; i++)
        {
            (OptionType type, double s, double v, double t, double r, double q) = Wild(random);
            double american;
            try
            {
                american = AmericanOption.Price(type, s, 100, v, t, r, q);
            }
            catch (ArgumentOutOfRangeException e)
            {
                Assert.Contains("BinomialTree", e.Message, StringComparison.Ordinal);
                refused++;
                continue;
            }
            string where = FormattableString.Invariant($"{type} spot {s} volatility {v} years {t} rate {r} yield {q}: {american}");
            Assert.True(american >= BlackScholes.OnSpot(type, s, 100, v, t, r, q).Price - 1e-10, where);
            Assert.True(american >= ((int)type * (s - 100)) - 1e-10, where);
            (double own, double other) = type == OptionType.Put ? (r, q) : (q, r);
            (double spot, double strike) = type == OptionType.Put ? (s, 100.0) : (100.0, s);
            Assert.True(own <= 0 || american <= Perpetual(spot, strike, v, own, other) + 1e-9, where);
            Assert.True(own < 0 || american <= strike + 1e-10, where);
            double forward = (strike * Math.Exp(-own * t)) - (spot * Math.Exp(-other * t));
            Assert.True(american >= forward - 1e-10, where);
        }
        Assert.InRange(refused, 1, Count / 5);
    }

    [Fact]
    public void An_American_option_that_is_given_is_that_of_a_tree_to_6e_4_of_its_strike()
    {
        var random = new Random(23);
        double worst = 0;
        int compared = 0;
        while (compared < 400)
        {
            (OptionType type, double s, double v, double t, double r, double q) = Wild(random);
            try
            {
                double american = AmericanOption.Price(type, s, 100, v, t, r, q);
                double coarse = BinomialTree.Evaluate(TreeType.LeisenReimer, ExerciseStyle.American, type, s, 100, v, t, r, q, 401).Price;
                double fine = BinomialTree.Evaluate(TreeType.LeisenReimer, ExerciseStyle.American, type, s, 100, v, t, r, q, 801).Price;
                if (Math.Abs(fine - coarse) < 5e-3)
                {
                    worst = Math.Max(worst, Math.Abs(american - ((2 * fine) - coarse)) / Math.Max(s, 100));
                    compared++;
                }
            }
            catch (ArgumentOutOfRangeException)
            {
                // Refused by one of the two.
            }
        }
        Assert.InRange(worst, 0, 6e-4);
    }

    [Theory]
    [InlineData(74.201, 0.0369, 0.3163, 0.456, 0.000135)]
    [InlineData(100, 0.2, 20, 0.2, 0)]
    public void A_boundary_that_does_not_converge_is_refused_and_in_columns_it_is_not_a_number(double s, double v, double t, double r,
        double q)
    {
        ArgumentOutOfRangeException e =
            Assert.Throws<ArgumentOutOfRangeException>(() => AmericanOption.Price(OptionType.Put, s, 100, v, t, r, q));
        Assert.Contains("does not converge", e.Message, StringComparison.Ordinal);
        var prices = new double[9];
        double[] Nine(double value) => [.. Enumerable.Repeat(value, 9)];
        var columns =
            new OptionColumns
            {
                Sign = Nine(-1),
                Forward = Nine(s),
                Strike = Nine(100),
                Volatility = Nine(v),
                Years = Nine(t),
                Rate = Nine(r)
            };
        AmericanOption.Price(in columns, Nine(q), prices);
        Assert.All(prices, p => Assert.True(double.IsNaN(p)));
    }

    [Fact]
    public void Columns_give_the_same_American_values_as_one_by_one()
    {
        var random = new Random(24);
        const int Count = 203;
        double[][] c = [.. Enumerable.Range(0, 7).Select(_ => new double[Count])];
        for (int i = 0; i < Count; i++)
        {
            (OptionType type, c[1][i], c[3][i], c[4][i], c[5][i], c[6][i]) = Wild(random);
            (c[0][i], c[2][i]) = ((double)type, 100);
        }
        var prices = new double[Count];
        AmericanOption.Price(new OptionColumns { Sign = c[0], Forward = c[1], Strike = c[2], Volatility = c[3], Years = c[4], Rate = c[5] },
            c[6], prices);
        for (int i = 0; i < Count; i++)
        {
            double one = double.NaN;
            try
            {
                one = AmericanOption.Price((OptionType)c[0][i], c[1][i], c[2][i], c[3][i], c[4][i], c[5][i], c[6][i]);
            }
            catch (ArgumentOutOfRangeException)
            {
                // Not a number in columns.
            }
            Assert.Equal(BitConverter.DoubleToInt64Bits(one), BitConverter.DoubleToInt64Bits(prices[i]));
        }
    }

    // Merton 1973, as a textbook has it.
    private static double Perpetual(double s, double k, double v, double r, double q)
    {
        double a = r - q - (v * v / 2);
        double m = (-a - Math.Sqrt((a * a) + (2 * r * v * v))) / (v * v);
        double boundary = k * m / (m - 1);
        return s <= boundary ? k - s : (k - boundary) * Math.Pow(s / boundary, m);
    }

    private static (OptionType Type, double Spot, double Volatility, double Years, double Rate, double Yield) Wild(Random random)
    {
        double Between(double low, double high) => low * Math.Pow(high / low, random.NextDouble());
        double Rate() => random.Next(5) switch { 0 => 0, 1 => -Between(1e-4, 0.2), _ => Between(1e-4, 0.5) };
        return (random.Next(2) == 0 ? OptionType.Call : OptionType.Put, Between(37, 270), Between(0.01, 3), Between(1e-3, 50), Rate(),
            Rate());
    }
}
