using System;
using System.Linq;
using Surety.Pricing.Bachelier;
using Surety.Pricing.Black;

namespace Surety.Pricing.Tests;

public class BlackTests
{
    [Fact]
    public void Values_and_Greeks_agree_with_sixty_digits()
    {
        double worst = 0;
        foreach (Func<string, double> row in ReferenceFile.Ours("black.csv").Numbers)
        {
            Greeks g =
                BlackScholes.OnForward((OptionType)row("sign"), row("forward"), row("strike"), row("volatility"), row("years"),
                    row("rate"));
            double scale = row("forward");
            // Relative to the value, where it is not a rounding of the forward itself.
            worst = Math.Max(worst, Math.Abs(g.Price - row("price")) / Math.Max(Math.Abs(row("price")), 1e-3 * scale));
            worst = Math.Max(worst, Math.Abs(g.Delta - row("delta")));
            worst = Math.Max(worst, Math.Abs(g.Gamma - row("gamma")) / (row("gamma") + 1e-280) / 10);
            worst = Math.Max(worst, Math.Abs(g.Vega - row("vega")) / (row("vega") + 1e-280) / 10);
            worst = Math.Max(worst, Math.Abs(g.Theta - row("theta")) / (Math.Abs(row("theta")) + (1e-3 * scale)));
            worst = Math.Max(worst, Math.Abs(g.Rho - row("rho")) / Math.Max(Math.Abs(row("rho")), 1e-3 * scale));
            worst = Math.Max(worst, Math.Abs(g.Vanna - row("vanna")) / 10);
            worst = Math.Max(worst, Math.Abs(g.Volga - row("volga")) / scale);
        }
        Assert.InRange(worst, 0, 2e-13);
    }

    [Fact]
    public void One_four_and_eight_lanes_give_the_same_bits()
    {
        Func<string, double>[] rows = [.. ReferenceFile.Ours("black.csv").Numbers];
        double[] Column(string name) => [.. rows.Select(r => r(name))];
        double[] forward = Column("forward");
        double[] strike = Column("strike");
        double[] sign = Column("sign");
        double[] volatility = Column("volatility");
        double[] years = Column("years");
        double[] rate = Column("rate");
        var byWidth = Enum.GetValues<LaneWidth>().Select(width =>
        {
            double[][] r = [.. Enumerable.Range(0, 7).Select(_ => new double[forward.Length])];
            var options = new OptionColumns
            {
                Sign = sign,
                Forward = forward,
                Strike = strike,
                Volatility = volatility,
                Years = years,
                Rate = rate,
            };
            BlackBatch.Evaluate(options,
                new GreekColumns { Price = r[0], Delta = r[1], Gamma = r[2], Vega = r[3], Theta = r[4], Rho = r[5] }, width);
            ImpliedVolatility.Solve(options, r[0], r[6], width);
            return r.SelectMany(c => c).Select(BitConverter.DoubleToInt64Bits).ToArray();
        }).ToArray();
        Assert.Equal(byWidth[0], byWidth[1]);
        Assert.Equal(byWidth[0], byWidth[2]);
        for (int i = 0; i < rows.Length; i++)
        {
            Greeks g = BlackScholes.OnForward((OptionType)sign[i], forward[i], strike[i], volatility[i], years[i], rate[i]);
            Assert.Equal(byWidth[0][i], BitConverter.DoubleToInt64Bits(g.Price));
            Assert.Equal(byWidth[0][(4 * rows.Length) + i], BitConverter.DoubleToInt64Bits(g.Theta));
        }
    }

    [Fact]
    public void Implied_volatility_is_exact_to_1e_14_of_what_the_price_determines()
    {
        double worst = 0;
        foreach (Func<string, double> row in ReferenceFile.Ours("implied-volatility.csv").Numbers)
        {
            PricingRefusal refusal =
                ImpliedVolatility.TrySolve((OptionType)row("sign"), row("price"), row("forward"), row("strike"), row("years"),
                    out double volatility);
            Assert.Equal(PricingRefusal.None, refusal);
            worst = Math.Max(worst, Math.Abs((volatility / row("volatility")) - 1) / Math.Max(row("condition"), 1));
        }
        Assert.InRange(worst, 0, 1e-14);
    }

    [Theory]
    [InlineData(OptionType.Call, 20.0, PricingRefusal.BelowIntrinsic)]
    [InlineData(OptionType.Call, 25.0, PricingRefusal.AtIntrinsic)]
    [InlineData(OptionType.Call, 125.0, PricingRefusal.AboveMaximum)]
    [InlineData(OptionType.Put, -1.0, PricingRefusal.BelowIntrinsic)]
    [InlineData(OptionType.Put, 100.0, PricingRefusal.AboveMaximum)]
    [InlineData(OptionType.Put, double.NaN, PricingRefusal.InputOutOfRange)]
    public void A_price_without_a_volatility_is_refused_with_the_bound_it_breaks(OptionType type, double price, PricingRefusal expected)
    {
        Assert.Equal(expected, ImpliedVolatility.TrySolve(type, price, 125, 100, 0.5, out double volatility));
        Assert.True(double.IsNaN(volatility));
    }

    [Fact]
    public void Call_less_put_is_the_discounted_forward_less_strike_and_values_stay_within_bounds()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            double f = 100, k = 100 * Math.Exp((random.NextDouble() * 4) - 2), v = 0.01 + (random.NextDouble() * 3),
                t = 0.001 + (random.NextDouble() * 3), r = (random.NextDouble() * 0.2) - 0.05;
            Greeks call = BlackScholes.OnForward(OptionType.Call, f, k, v, t, r);
            Greeks put = BlackScholes.OnForward(OptionType.Put, f, k, v, t, r);
            double discount = Math.Exp(-r * t);
            Assert.Equal(discount * (f - k), call.Price - put.Price, 1e-12 * (f + k));
            Assert.InRange(call.Price, (discount * Math.Max(f - k, 0)) - 1e-11, discount * f * (1 + 1e-14));
            Assert.InRange(put.Price, (discount * Math.Max(k - f, 0)) - 1e-11, discount * k * (1 + 1e-14));
            Assert.Equal(call.Vega, put.Vega);
            Assert.Equal(call.Gamma, put.Gamma);
        }
    }

    [Fact]
    public void Greeks_on_spot_are_the_derivatives_of_the_price()
    {
        var random = new Random(6);
        for (int i = 0; i < 200; i++)
        {
            OptionType type = random.Next(2) == 0 ? OptionType.Call : OptionType.Put;
            double s = 100, k = 70 + (60 * random.NextDouble()), v = 0.2 + random.NextDouble(), t = 0.1 + random.NextDouble(),
                r = 0.1 * random.NextDouble(), q = 0.1 * random.NextDouble();
            Greeks g = BlackScholes.OnSpot(type, s, k, v, t, r, q);
            Derivatives(x => BlackScholes.OnSpot(type, x, k, v, t, r, q), s, 1e-2, out double delta, out double gamma, out _);
            Derivatives(x => BlackScholes.OnSpot(type, s, k, x, t, r, q), v, 1e-4, out double vega, out double volga, out double vanna);
            Derivatives(x => BlackScholes.OnSpot(type, s, k, v, x, r, q), t, 1e-4, out double decay, out _, out _);
            Derivatives(x => BlackScholes.OnSpot(type, s, k, v, t, x, q), r, 1e-4, out double rho, out _, out _);
            Assert.Equal(delta, g.Delta, 1e-7);
            Assert.Equal(gamma, g.Gamma, 1e-6);
            Assert.Equal(vega, g.Vega, 1e-5);
            Assert.Equal(volga, g.Volga, 1e-3);
            Assert.Equal(vanna, g.Vanna, 1e-5);
            Assert.Equal(-decay, g.Theta, 1e-5);
            Assert.Equal(rho, g.Rho, 1e-5);
        }
    }

    [Fact]
    public void Bachelier_takes_negative_prices_and_its_Greeks_are_derivatives()
    {
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            OptionType type = random.Next(2) == 0 ? OptionType.Call : OptionType.Put;
            double f = -20 + (40 * random.NextDouble()), k = -20 + (40 * random.NextDouble()), v = 10 + (20 * random.NextDouble()),
                t = 0.1 + random.NextDouble(), r = 0.1 * random.NextDouble();
            Greeks g = BachelierModel.Evaluate(type, f, k, v, t, r);
            Derivatives(x => BachelierModel.Evaluate(type, x, k, v, t, r), f, 1e-3, out double delta, out double gamma, out _);
            Derivatives(x => BachelierModel.Evaluate(type, f, k, x, t, r), v, 1e-3, out double vega, out double volga, out double vanna);
            Derivatives(x => BachelierModel.Evaluate(type, f, k, v, x, r), t, 1e-4, out double decay, out _, out _);
            Derivatives(x => BachelierModel.Evaluate(type, f, k, v, t, x), r, 1e-4, out double rho, out _, out _);
            Assert.Equal(delta, g.Delta, 1e-6);
            Assert.Equal(gamma, g.Gamma, 1e-6);
            Assert.Equal(vega, g.Vega, 1e-6);
            Assert.Equal(volga, g.Volga, 1e-6);
            Assert.Equal(vanna, g.Vanna, 1e-6);
            Assert.Equal(-decay, g.Theta, 1e-4);
            Assert.Equal(rho, g.Rho, 1e-5);
        }
    }

    [Fact]
    public void An_option_without_time_or_volatility_is_its_discounted_intrinsic_value()
    {
        Assert.Equal(25, BlackScholes.OnForward(OptionType.Call, 125, 100, 0.8, 0, 0.05).Price);
        Assert.Equal(0, BlackScholes.OnForward(OptionType.Put, 125, 100, 0, 1, 0.05).Price);
        Assert.Equal(25 * Math.Exp(-0.05), BlackScholes.OnForward(OptionType.Call, 125, 100, 0, 1, 0.05).Price, 1e-12);
        Assert.Equal(5, BachelierModel.Evaluate(OptionType.Put, -5, 0, 0, 1, 0).Price);
    }

    [Fact]
    public void An_input_outside_its_range_is_named()
    {
        ArgumentOutOfRangeException e =
            Assert.Throws<ArgumentOutOfRangeException>(() => BlackScholes.OnForward(OptionType.Call, 100, -5, 0.5, 1, 0));
        Assert.Equal("strike", e.ParamName);
        Assert.Contains("positive", e.Message, StringComparison.Ordinal);
    }

    // First and second derivative of the price, and that of delta, by central differences.
    internal static void Derivatives(Func<double, Greeks> f, double at, double step, out double first, out double second,
        out double ofDelta)
    {
        Greeks up = f(at + step);
        Greeks down = f(at - step);
        first = (up.Price - down.Price) / (2 * step);
        second = (up.Price - (2 * f(at).Price) + down.Price) / (step * step);
        ofDelta = (up.Delta - down.Delta) / (2 * step);
    }
}
