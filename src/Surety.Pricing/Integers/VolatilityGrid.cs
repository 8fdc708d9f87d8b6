using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;

namespace Surety.Pricing.Integers;

/// <summary>
/// Volatility between nodes that sources report: tenors in minutes by moneyness ln(strike / forward) / √years, in thousandths;
/// volatilities in parts per million, tenor by tenor. Linear in moneyness within a tenor, flat beyond its ends; total variance
/// linear in time between tenors at the same ln(strike / forward), volatility flat beyond the first and last.
/// </summary>
public static class VolatilityGrid
{
    private const double MinutesPerYear = 365.0 * 1440;

    /// <summary>Volatility of a strike and a time to expiry, parts per million, at least 1.</summary>
    public static int VolatilityPpm(ReadOnlySpan<int> tenorMinutes, ReadOnlySpan<int> moneynessMilli, ReadOnlySpan<int> volatilitiesPpm,
        long underlying, long strike, long ms)
    {
        double k = RealFunctions.Log((double)strike / underlying);
        double years = Math.Max(ms, 60_000) / IntegerOptions.MsPerYear;
        int after = 0;
        while (after < tenorMinutes.Length && tenorMinutes[after] / MinutesPerYear < years)
        {
            after++;
        }
        double variance;
        if (after == 0 || after == tenorMinutes.Length)
        {
            double v = AtTenor(tenorMinutes, moneynessMilli, volatilitiesPpm, after == 0 ? 0 : after - 1, k);
            variance = v * v * years;
        }
        else
        {
            double early = tenorMinutes[after - 1] / MinutesPerYear;
            double late = tenorMinutes[after] / MinutesPerYear;
            double a = AtTenor(tenorMinutes, moneynessMilli, volatilitiesPpm, after - 1, k);
            double b = AtTenor(tenorMinutes, moneynessMilli, volatilitiesPpm, after, k);
            double share = (years - early) / (late - early);
            variance = (a * a * early * (1 - share)) + (b * b * late * share);
        }
        return (int)Math.Clamp(IntegerOptions.ToNearest(RealFunctions.Sqrt(variance / years) * 1e6), 1, 100_000_000);
    }

    /// <summary>
    /// Whether the nodes allow arbitrage: call prices at a tenor's nodes that are not convex in strike (a butterfly below zero), or
    /// total variance at a node that falls from one tenor to the next (a calendar spread below zero).
    /// </summary>
    public static bool HasArbitrage(ReadOnlySpan<int> tenorMinutes, ReadOnlySpan<int> moneynessMilli, ReadOnlySpan<int> volatilitiesPpm)
    {
        int width = moneynessMilli.Length;
        for (int t = 0; t < tenorMinutes.Length; t++)
        {
            double years = tenorMinutes[t] / MinutesPerYear;
            double strikeBefore = 0;
            double priceBefore = 1;
            double slopeBefore = -1;
            for (int m = 0; m < width; m++)
            {
                double strike = RealFunctions.Exp(moneynessMilli[m] * 0.001 * RealFunctions.Sqrt(years));
                double volatility = volatilitiesPpm[(t * width) + m] * 1e-6;
                double price = BlackScholes.OnForward(OptionType.Call, 1, strike, volatility, years, 0).Price;
                double slope = (price - priceBefore) / (strike - strikeBefore);
                // Prices are exact to some 1e-15; the margin lets a straight line pass.
                if (slope < slopeBefore - 1e-12 || slope > 1e-12)
                {
                    return true;
                }
                (strikeBefore, priceBefore, slopeBefore) = (strike, price, slope);
                if (t + 1 < tenorMinutes.Length)
                {
                    double later = AtTenor(tenorMinutes, moneynessMilli, volatilitiesPpm, t + 1, RealFunctions.Log(strike));
                    if (later * later * tenorMinutes[t + 1] < volatility * volatility * tenorMinutes[t] * (1 - 1e-9))
                    {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static double AtTenor(ReadOnlySpan<int> tenorMinutes, ReadOnlySpan<int> moneynessMilli, ReadOnlySpan<int> volatilitiesPpm,
        int tenor, double k)
    {
        ReadOnlySpan<int> row = volatilitiesPpm.Slice(tenor * moneynessMilli.Length, moneynessMilli.Length);
        double m = k / RealFunctions.Sqrt(tenorMinutes[tenor] / MinutesPerYear) * 1000;
        if (m <= moneynessMilli[0] || row.Length == 1)
        {
            return row[0] * 1e-6;
        }
        for (int i = 1; i < row.Length; i++)
        {
            if (m <= moneynessMilli[i])
            {
                double share = (m - moneynessMilli[i - 1]) / (moneynessMilli[i] - moneynessMilli[i - 1]);
                return ((row[i - 1] * (1 - share)) + (row[i] * share)) * 1e-6;
            }
        }
        return row[^1] * 1e-6;
    }
}
