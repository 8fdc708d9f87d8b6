using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Core.Numerics;

namespace Surety.Pricing.Surfaces;

/// <summary>One expiry's quotes.</summary>
/// <param name="Years">Years to expiry, positive.</param>
/// <param name="Quotes">Its quotes.</param>
public sealed record ExpiryQuotes(double Years, IReadOnlyList<VolatilityQuote> Quotes);

/// <summary>One fitted expiry.</summary>
/// <param name="Years">Years to expiry.</param>
/// <param name="Fit">Its smile and how well it fits.</param>
public sealed record FittedExpiry(double Years, SviFitResult Fit);

/// <summary>
/// Implied volatility by strike and time: a smile for each expiry, and between expiries total variance interpolated linearly
/// in time at the same log-moneyness, which keeps calendar arbitrage away if the smiles have none.
/// </summary>
public sealed class VolatilitySurface
{
    private VolatilitySurface(IReadOnlyList<FittedExpiry> expiries, IReadOnlyList<string> messages) =>
        (Expiries, Messages) = (expiries, messages);

    /// <summary>The smiles, by time.</summary>
    public IReadOnlyList<FittedExpiry> Expiries { get; }

    /// <summary>What was repaired or left out, a line each.</summary>
    public IReadOnlyList<string> Messages { get; }

    /// <summary>Fits every expiry that has enough quotes, earliest first.</summary>
    /// <exception cref="ArgumentException">No expiry has enough quotes, or two have the same time.</exception>
    public static VolatilitySurface Fit(IEnumerable<ExpiryQuotes> expiries)
    {
        var sorted = new List<ExpiryQuotes>(expiries);
        sorted.Sort((a, b) => a.Years.CompareTo(b.Years));
        var fitted = new List<FittedExpiry>();
        var messages = new List<string>();
        foreach (ExpiryQuotes expiry in sorted)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"expiry in {expiry.Years * 365:F2} days");
            if (expiry.Quotes.Count < SviFit.LeastQuotes)
            {
                messages.Add($"{name}: only {expiry.Quotes.Count} quotes, left out");
                continue;
            }
            if (fitted.Count > 0 && fitted[^1].Years == expiry.Years)
            {
                throw new ArgumentException($"Two sets of quotes for the {name}; join them.", nameof(expiries));
            }
            SviFitResult fit = SviFit.Fit(expiry.Quotes, expiry.Years, fitted.Count == 0 ? null : fitted[^1].Fit);
            if (fit.Repair is { } repair)
            {
                messages.Add($"{name}: {repair}");
            }
            fitted.Add(new FittedExpiry(expiry.Years, fit));
        }
        return fitted.Count > 0 ? new VolatilitySurface(fitted, messages)
            : throw new ArgumentException($"No expiry has the {SviFit.LeastQuotes} quotes that a smile needs.", nameof(expiries));
    }

    /// <summary>
    /// Total variance at ln(strike / forward) and a time; before the first expiry and after the last at their volatility.
    /// </summary>
    public double Variance(double logMoneyness, double years)
    {
        Require.Positive(years, nameof(years));
        int after = 0;
        while (after < Expiries.Count && Expiries[after].Years < years)
        {
            after++;
        }
        if (after == 0 || after == Expiries.Count)
        {
            FittedExpiry end = Expiries[after == 0 ? 0 : after - 1];
            return end.Fit.Slice.Variance(logMoneyness) * years / end.Years;
        }
        FittedExpiry low = Expiries[after - 1];
        FittedExpiry high = Expiries[after];
        double share = (years - low.Years) / (high.Years - low.Years);
        return (low.Fit.Slice.Variance(logMoneyness) * (1 - share)) + (high.Fit.Slice.Variance(logMoneyness) * share);
    }

    /// <summary>Annual implied volatility at ln(strike / forward) and a time.</summary>
    public double Volatility(double logMoneyness, double years) => RealFunctions.Sqrt(Variance(logMoneyness, years) / years);
}
