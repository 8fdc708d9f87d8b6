using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Pricing.Black;
using Surety.Pricing.Surfaces;

namespace Surety.Pricing.Tests;

/// <summary>Real option chains of Deribit: prices are in coin, so a price in dollars is price · forward.</summary>
public class ChainTests
{
    private const double MsPerYear = 365.0 * 86_400_000;

    public static TheoryData<string> Chains =>
        ["deribit_BTC_ETH_chain_20251230T173115Z.csv.gz", "deribit_BTC_ETH_chain_20260204T213308Z.csv.gz",
            "deribit_BTC_ETH_chain_20260206T155121Z.csv.gz"];

    [Theory]
    [MemberData(nameof(Chains))]
    public void Mark_prices_follow_from_mark_volatilities(string file)
    {
        var distances = new List<double>();
        foreach (Func<string, string> row in ReferenceFile.Shared("options", file).Texts)
        {
            double N(string name) => ReferenceFile.Number(row(name));
            double forward = N("underlying_future_price");
            double years = (N("expiry_ms") - N("ts_ms")) / MsPerYear;
            if (!(forward > 0) || !(years > 0) || !(N("mark_iv") > 0))
            {
                continue;
            }
            double price =
                BlackScholes.OnForward(row("type") == "call" ? OptionType.Call : OptionType.Put, forward, N("strike"), N("mark_iv"), years,
                    0).Price;
            distances.Add(Math.Abs((price / forward) - N("mark")));
        }
        distances.Sort();
        Assert.True(distances.Count > 1000);
        // mark_iv is rounded to 0.01 points, and a snapshot takes seconds in which the forward moves but a row's mark does not:
        // on 6 February 2026, when Bitcoin moved 1% in minutes, that is what the last tenth shows.
        Assert.InRange(distances[distances.Count / 2], 0, 6e-5);
        Assert.InRange(distances[(int)(distances.Count * 0.9)], 0, 2e-3);
    }

    [Fact]
    public void Volatilities_and_Greeks_of_a_chain_are_reproduced()
    {
        var volatility = new List<double>();
        var delta = new List<double>();
        var gamma = new List<double>();
        var vega = new List<double>();
        var theta = new List<double>();
        foreach (Func<string, string> row in ReferenceFile.Shared("options", "deribit_BTC_chain_greeks_20200521.csv.gz").Texts)
        {
            double N(string name) => ReferenceFile.Number(row(name));
            double forward = N("underlying_price");
            double years = (N("expiry_ms") - N("ts_ms")) / MsPerYear;
            OptionType type = row("type") == "call" ? OptionType.Call : OptionType.Put;
            Greeks g = BlackScholes.OnForward(type, forward, N("strike"), N("mark_iv_pct") / 100, years, 0);
            delta.Add(Math.Abs(g.Delta - N("delta")));
            gamma.Add(Math.Abs(g.Gamma - N("gamma")));
            vega.Add(Math.Abs((g.Vega / 100) - N("vega")) / (N("vega") + 0.01));
            if (years > 1.0 / 365)
            {
                // On the last day Deribit's theta counts only the decay that is left.
                theta.Add(Math.Abs((g.Theta / 365) - N("theta")) / (Math.Abs(N("theta")) + 0.1));
            }
            // Only where the price determines a volatility: a tenth of a thousandth coin is its last digit.
            if (Math.Abs(N("delta")) is > 0.05 and < 0.95
                && ImpliedVolatility.TrySolve(type, N("mark") * forward, forward, N("strike"), years, out double implied)
                    == PricingRefusal.None)
            {
                volatility.Add(Math.Abs(implied - (N("mark_iv_pct") / 100)));
            }
        }
        Assert.True(volatility.Count > 150);
        Assert.InRange(Quantile(volatility, 0.5), 0, 1e-4);
        Assert.InRange(Quantile(volatility, 0.95), 0, 2e-3);
        // Deribit rounds delta to 1e-5 and gamma to 1e-5.
        Assert.InRange(Quantile(delta, 0.95), 0, 2e-3);
        Assert.InRange(Quantile(gamma, 0.95), 0, 1e-5);
        Assert.InRange(Quantile(vega, 0.95), 0, 5e-3);
        Assert.InRange(Quantile(theta, 0.95), 0, 1e-3);
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void A_surface_without_arbitrage_lies_within_the_spread_of_most_quotes(string file)
    {
        foreach (string currency in new[] { "BTC", "ETH" })
        {
            VolatilitySurface surface = VolatilitySurface.Fit(Quotes(file, currency));
            Assert.True(surface.Expiries.Count >= 8);
            SviFitResult? before = null;
            foreach (FittedExpiry expiry in surface.Expiries)
            {
                Assert.Equal((0, 0), SviFit.Violations(expiry.Fit.Slice, before, expiry.Fit.Reach));
                before = expiry.Fit;
            }
            double within = surface.Expiries.Average(e => e.Fit.WithinSpread);
            Assert.True(within > 0.75, $"{file} {currency}: {within:P0} within the spread; {string.Join("; ", surface.Messages)}");
            double between = surface.Volatility(0.05, (surface.Expiries[2].Years + surface.Expiries[3].Years) / 2);
            Assert.InRange(between, 0.1, 3);
        }
    }

    [Fact]
    public void A_smile_with_arbitrage_is_repaired_and_says_so()
    {
        // Wings steeper than any density allows, and less variance than the expiry before.
        VolatilityQuote[] wild =
            [.. Enumerable.Range(-6, 13).Select(i => new VolatilityQuote(i * 0.1, 0.4 + (2.5 * Math.Abs(i) * 0.1), 0.005))];
        VolatilityQuote[] low = [.. Enumerable.Range(-6, 13).Select(i => new VolatilityQuote(i * 0.1, 0.25, 0.005))];
        VolatilitySurface surface = VolatilitySurface.Fit([new ExpiryQuotes(1, wild), new ExpiryQuotes(1.2, low)]);
        Assert.Equal(2, surface.Messages.Count);
        Assert.All(surface.Messages, m => Assert.Contains("arbitrage", m, StringComparison.Ordinal));
        Assert.Equal((0, 0), SviFit.Violations(surface.Expiries[0].Fit.Slice, null, 0.9));
        Assert.Equal((0, 0), SviFit.Violations(surface.Expiries[1].Fit.Slice, surface.Expiries[0].Fit, 0.9));
    }

    [Fact]
    public void Too_few_quotes_are_left_out_with_a_message()
    {
        VolatilityQuote[] five = [.. Enumerable.Range(-2, 5).Select(i => new VolatilityQuote(i * 0.1, 0.5 + (0.1 * i * i * 0.1), 0.01))];
        VolatilitySurface surface = VolatilitySurface.Fit([new ExpiryQuotes(0.1, five), new ExpiryQuotes(0.2, [five[0]])]);
        Assert.Contains("left out", Assert.Single(surface.Messages), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => VolatilitySurface.Fit([new ExpiryQuotes(0.2, [five[0]])]));
    }

    private static IEnumerable<ExpiryQuotes> Quotes(string file, string currency)
    {
        var byExpiry = new SortedDictionary<double, List<VolatilityQuote>>();
        foreach (Func<string, string> row in ReferenceFile.Shared("options", file).Texts)
        {
            double N(string name) => ReferenceFile.Number(row(name));
            double forward = N("underlying_future_price");
            double strike = N("strike");
            double years = (N("expiry_ms") - N("ts_ms")) / MsPerYear;
            bool isCall = row("type") == "call";
            // Out of the money, both sides quoted, more than a day to go.
            if (row("currency") != currency || !(N("bid") > 0) || !(N("ask") > 0) || years < 1.0 / 365 || isCall != (strike >= forward))
            {
                continue;
            }
            OptionType type = isCall ? OptionType.Call : OptionType.Put;
            if (ImpliedVolatility.TrySolve(type, N("bid") * forward, forward, strike, years, out double bid) == PricingRefusal.None
                && ImpliedVolatility.TrySolve(type, N("ask") * forward, forward, strike, years, out double ask) == PricingRefusal.None
                && ask > bid && ask - bid < 0.3)
            {
                double expiry = N("expiry_ms");
                if (!byExpiry.TryGetValue(expiry, out List<VolatilityQuote>? quotes))
                {
                    byExpiry.Add(expiry, quotes = []);
                }
                quotes.Add(new VolatilityQuote(Math.Log(strike / forward), (bid + ask) / 2, (ask - bid) / 2));
            }
        }
        double now = ReferenceFile.Number(ReferenceFile.Shared("options", file).Texts.First()("ts_ms"));
        return byExpiry.Select(p => new ExpiryQuotes((p.Key - now) / MsPerYear, p.Value));
    }

    private static double Quantile(List<double> values, double share)
    {
        values.Sort();
        return values[(int)(values.Count * share)];
    }
}
