using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;

namespace Surety.Pricing.Exotics;

/// <summary>
/// Options on an arithmetic mean (E. Levy, "Pricing European average rate currency options", 1992; Haug, 2nd ed., 4.20.2): two moments
/// matched.
/// </summary>
public static class Asian
{
    /// <summary>Present value; the approximation is within about a percent of volatility for σ√T below 0.5.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="spot">Spot price, positive.</param>
    /// <param name="average">Mean so far; anything when nothing has elapsed.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="volatility">Annual volatility, positive.</param>
    /// <param name="length">Whole averaging period, years, positive.</param>
    /// <param name="remaining">What remains of it, years, positive, at most the whole.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <param name="yield">Continuous annual yield of the underlying.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static double Levy(OptionType type, double spot, double average, double strike, double volatility, double length,
        double remaining, double rate, double yield)
    {
        Require.Positive(spot, nameof(spot));
        Require.Positive(strike, nameof(strike));
        Require.Positive(volatility, nameof(volatility));
        Require.Positive(length, nameof(length));
        Require.Positive(remaining, nameof(remaining));
        double b = rate - yield;
        double discount = RealFunctions.Exp(-rate * remaining);
        double variance = volatility * volatility;
        double mean = spot / length * remaining * Growth(b, remaining);
        double left = strike - ((length - remaining) / length * average);
        double forward = mean * discount;
        if (left <= 0)
        {
            return type == OptionType.Call ? forward - (left * discount) : 0;
        }
        // E[A²] of what is still to come: 2 S² / T² ∫∫ e^(b u + (b + σ²) w), w < u.
        double growth2 = remaining * Growth((2 * b) + variance, remaining);
        double growth1 = remaining * Growth(b, remaining);
        double second = b + variance == 0
            ? 2 * spot * spot / (length * length) * SecondMomentWithoutDrift(b, remaining)
            : 2 * spot * spot / (length * length) * (growth2 - growth1) / (b + variance);
        double total = RealFunctions.Log(second) - (2 * RealFunctions.Log(mean));
        double call = BlackScholes.OnForward(OptionType.Call, mean, left, RealFunctions.Sqrt(Math.Max(total, 0)), 1, 0).Price * discount;
        return type == OptionType.Call ? call : call - forward + (left * discount);
    }

    // (e^(bT) − 1) / (bT).
    private static double Growth(double b, double years) =>
        Math.Abs(b * years) < 1e-9 ? 1 + (b * years / 2) : (RealFunctions.Exp(b * years) - 1) / (b * years);

    private static double SecondMomentWithoutDrift(double b, double years) =>
        Math.Abs(b) < 1e-9 ? years * years / 2 : ((years * RealFunctions.Exp(b * years)) - (years * Growth(b, years))) / b;
}
