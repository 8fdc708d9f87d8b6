using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Core.Numerics;

namespace Surety.Pricing.Surfaces;

/// <summary>
/// Fits a smile to quotes by weighted least squares (Levenberg–Marquardt on parameters without bounds), then checks it for
/// butterfly arbitrage and against the expiry before it for calendar arbitrage, and fits again with growing penalties
/// until both are gone.
/// </summary>
public static class SviFit
{
    /// <summary>Quotes that determine five parameters.</summary>
    public const int LeastQuotes = 5;

    private const int Parameters = 5;
    private const int CheckPoints = 61;
    private const int MaxRounds = 200;

    /// <summary>Fits one expiry.</summary>
    /// <param name="quotes">At least five quotes.</param>
    /// <param name="years">Years to expiry, positive.</param>
    /// <param name="earlier">The expiry before, below whose total variance this one must not fall; null for the first.</param>
    /// <exception cref="ArgumentException">Fewer than five quotes, or one with a volatility or spread that is not positive.</exception>
    public static SviFitResult Fit(IReadOnlyList<VolatilityQuote> quotes, double years, SviFitResult? earlier)
    {
        Require.Positive(years, nameof(years));
        if (quotes.Count < LeastQuotes)
        {
            throw new ArgumentException(
                $"{quotes.Count} quotes do not determine a smile of five parameters; give at "
                + $"least {LeastQuotes}, or interpolate between expiries.", nameof(quotes));
        }
        double reach = 0.02;
        foreach (VolatilityQuote quote in quotes)
        {
            if (!(quote.Volatility > 0) || !(quote.HalfSpread > 0) || !double.IsFinite(quote.LogMoneyness))
            {
                throw new ArgumentException($"The quote {quote} needs a positive volatility and spread.", nameof(quotes));
            }
            reach = Math.Max(reach, Math.Abs(quote.LogMoneyness) * 1.5);
        }
        double[] free = Minimise(quotes, years, earlier, reach, 0, FirstGuess(quotes, years));
        SviSlice slice = ToSlice(free);
        (double butterfly, double calendar) = Violations(slice, earlier, reach);
        string? repair = null;
        if (butterfly > 0 || calendar > 0)
        {
            double before = Distance(quotes, years, slice).RootMeanSquare;
            for (double penalty = 1; penalty <= 1e5 && (butterfly > 0 || calendar > 0); penalty *= 3)
            {
                free = Minimise(quotes, years, earlier, reach, penalty, free);
                slice = ToSlice(free);
                (butterfly, calendar) = Violations(slice, earlier, reach);
            }
            (double firstButterfly, double firstCalendar) = (butterfly, calendar);
            slice = Lift(slice, earlier, reach);
            double after = Distance(quotes, years, slice).RootMeanSquare;
            string found = (firstButterfly > 0 ? "a butterfly below zero" : "mended by penalty")
                + (firstCalendar > 0 ? ", variance falls below the expiry before" : "");
            repair = string.Create(CultureInfo.InvariantCulture,
                $"arbitrage in the fitted smile ({found}): fitted again without it; "
                    + $"distance from quotes {before * 100:F3} to {after * 100:F3} volatility points");
        }
        (double rms, double within) = Distance(quotes, years, slice);
        return new SviFitResult(slice, reach, rms, within, repair);
    }

    /// <summary>
    /// The worst butterfly (as −g) over |k| ≤ reach, and the most that variance falls below an earlier expiry's within the reach
    /// of that one; 0 where there is none.
    /// </summary>
    public static (double Butterfly, double Calendar) Violations(SviSlice slice, SviFitResult? earlier, double reach)
    {
        double butterfly = 0;
        double calendar = 0;
        for (int i = 0; i < CheckPoints; i++)
        {
            double k = Point(i, reach);
            double w = slice.Variance(k);
            butterfly = Math.Max(butterfly, w > 0 ? -slice.Butterfly(k) : 1);
            if (earlier is { } e)
            {
                double inside = Math.Clamp(k, -e.Reach, e.Reach);
                calendar = Math.Max(calendar, e.Slice.Variance(inside) - slice.Variance(inside));
            }
        }
        return (butterfly, calendar);
    }

    private static double Point(int i, double reach) => reach * ((2.0 * i / (CheckPoints - 1)) - 1);

    // What penalties left is taken away for certain: the level is raised, which cures the calendar and eases the butterfly.
    private static SviSlice Lift(SviSlice slice, SviFitResult? earlier, double reach)
    {
        for (int round = 0; round < 60; round++)
        {
            (double butterfly, double calendar) = Violations(slice, earlier, reach);
            if (butterfly <= 0 && calendar <= 0)
            {
                return slice;
            }
            slice = slice with
            {
                A = slice.A + calendar + (butterfly > 0 ? (Math.Abs(slice.A) + (slice.B * slice.S)) / 16 : 1e-12),
                B = butterfly > 0 ? slice.B * 0.97 : slice.B
            };
        }
        return slice;
    }

    private static double[] FirstGuess(IReadOnlyList<VolatilityQuote> quotes, double years)
    {
        VolatilityQuote lowest = quotes[0];
        double left = 0;
        double right = 0;
        foreach (VolatilityQuote quote in quotes)
        {
            lowest = quote.Volatility < lowest.Volatility ? quote : lowest;
        }
        double least = lowest.Volatility * lowest.Volatility * years;
        foreach (VolatilityQuote quote in quotes)
        {
            double rise = (quote.Volatility * quote.Volatility * years) - least;
            double distance = quote.LogMoneyness - lowest.LogMoneyness;
            left = distance < -0.01 ? Math.Max(left, rise / -distance) : left;
            right = distance > 0.01 ? Math.Max(right, rise / distance) : right;
        }
        double b = Math.Max((left + right) / 2, 1e-4);
        double rho = Math.Clamp((right - left) / (left + right + 1e-12), -0.9, 0.9);
        // The minimum of the smile is A + B S √(1 − ρ²).
        return [RealFunctions.Log(Math.Max(least, 1e-10)), RealFunctions.Log(b), Atanh(rho), lowest.LogMoneyness, RealFunctions.Log(0.1)];
    }

    // Least variance, slope and roundness as logarithms, tilt as an inverse hyperbolic tangent: every vector is a smile.
    private static SviSlice ToSlice(ReadOnlySpan<double> p)
    {
        double b = RealFunctions.Exp(Math.Clamp(p[1], -20, 5));
        double e = RealFunctions.Exp(2 * Math.Clamp(p[2], -6, 6));
        double rho = (e - 1) / (e + 1);
        double s = RealFunctions.Exp(Math.Clamp(p[4], -9, 3));
        double least = RealFunctions.Exp(Math.Clamp(p[0], -30, 5));
        return new SviSlice(least - (b * s * RealFunctions.Sqrt(1 - (rho * rho))), b, rho, p[3], s);
    }

    private static double Atanh(double x) => RealFunctions.Log((1 + x) / (1 - x)) / 2;

    private static (double RootMeanSquare, double WithinSpread) Distance(IReadOnlyList<VolatilityQuote> quotes, double years,
        SviSlice slice)
    {
        double squares = 0;
        int within = 0;
        foreach (VolatilityQuote quote in quotes)
        {
            double distance = RealFunctions.Sqrt(slice.Variance(quote.LogMoneyness) / years) - quote.Volatility;
            squares += distance * distance;
            within += Math.Abs(distance) <= quote.HalfSpread ? 1 : 0;
        }
        return (RealFunctions.Sqrt(squares / quotes.Count), (double)within / quotes.Count);
    }

    private static void Residuals(IReadOnlyList<VolatilityQuote> quotes, double years, SviFitResult? earlier, double reach, double penalty,
        ReadOnlySpan<double> p, Span<double> residuals)
    {
        SviSlice slice = ToSlice(p);
        for (int i = 0; i < quotes.Count; i++)
        {
            VolatilityQuote quote = quotes[i];
            residuals[i] = (RealFunctions.Sqrt(slice.Variance(quote.LogMoneyness) / years) - quote.Volatility) / (quote.HalfSpread + 0.002);
        }
        for (int i = 0; i < CheckPoints; i++)
        {
            double k = Point(i, reach);
            // A margin beyond the bound, so that the penalty ends on its right side.
            residuals[quotes.Count + i] = penalty == 0 ? 0 : penalty * Math.Max(0.0005 - slice.Butterfly(k), 0);
            residuals[quotes.Count + CheckPoints + i] = penalty == 0 || earlier is null ? 0
                : 30 * penalty
                    * Math.Max(earlier.Slice.Variance(Math.Clamp(k, -earlier.Reach, earlier.Reach))
                    - slice.Variance(Math.Clamp(k, -earlier.Reach, earlier.Reach)) + 1e-7, 0) / years;
        }
    }

    private static double[] Minimise(IReadOnlyList<VolatilityQuote> quotes, double years, SviFitResult? earlier, double reach,
        double penalty, double[] start)
    {
        int count = quotes.Count + (2 * CheckPoints);
        var residuals = new double[count];
        var moved = new double[count];
        var jacobian = new double[Parameters * count];
        double[] best = [.. start];
        Residuals(quotes, years, earlier, reach, penalty, best, residuals);
        double cost = Squares(residuals);
        double damping = 1e-3;
        for (int round = 0; round < MaxRounds && damping < 1e12; round++)
        {
            for (int j = 0; j < Parameters; j++)
            {
                const double Step = 1e-6;
                double[] beside = [.. best];
                beside[j] += Step;
                Residuals(quotes, years, earlier, reach, penalty, beside, moved);
                for (int i = 0; i < count; i++)
                {
                    jacobian[(j * count) + i] = (moved[i] - residuals[i]) / Step;
                }
            }
            double[] next = LevenbergStep(jacobian, residuals, best, damping);
            Residuals(quotes, years, earlier, reach, penalty, next, moved);
            double nextCost = Squares(moved);
            if (nextCost < cost)
            {
                bool isDone = cost - nextCost < 1e-12 * cost;
                (best, cost) = (next, nextCost);
                moved.CopyTo(residuals, 0);
                damping = Math.Max(damping / 5, 1e-12);
                if (isDone)
                {
                    break;
                }
            }
            else
            {
                damping *= 4;
            }
        }
        return best;
    }

    private static double Squares(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value * value;
        }
        return double.IsNaN(sum) ? double.PositiveInfinity : sum;
    }

    // Solves (JᵀJ + damping · diagonal) step = −Jᵀr by Gaussian elimination with pivots.
    private static double[] LevenbergStep(ReadOnlySpan<double> jacobian, ReadOnlySpan<double> residuals, ReadOnlySpan<double> from,
        double damping)
    {
        int count = residuals.Length;
        Span<double> matrix = stackalloc double[Parameters * (Parameters + 1)];
        for (int a = 0; a < Parameters; a++)
        {
            for (int b = 0; b <= Parameters; b++)
            {
                double sum = 0;
                for (int i = 0; i < count; i++)
                {
                    sum += jacobian[(a * count) + i] * (b == Parameters ? -residuals[i] : jacobian[(b * count) + i]);
                }
                matrix[(a * (Parameters + 1)) + b] = sum;
            }
            matrix[(a * (Parameters + 1)) + a] += (damping * matrix[(a * (Parameters + 1)) + a]) + 1e-14;
        }
        Span<double> step = stackalloc double[Parameters];
        LinearSolver.Solve(matrix, step);
        var next = new double[Parameters];
        for (int i = 0; i < Parameters; i++)
        {
            next[i] = from[i] + Math.Clamp(step[i], -1, 1);
        }
        return next;
    }
}
