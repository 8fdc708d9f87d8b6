using System;
using Surety.Core.Numerics;

namespace Surety.Pricing.American;

/// <summary>How a tree's moves are chosen.</summary>
public enum TreeType
{
    /// <summary>J. Cox, S. Ross, M. Rubinstein 1979.</summary>
    CoxRossRubinstein = 1,

    /// <summary>D. Leisen, M. Reimer 1996, with the Peizer–Pratt inversion: converges without the saw-tooth; steps are made odd.</summary>
    LeisenReimer = 2,
}

/// <summary>When the holder may exercise.</summary>
public enum ExerciseStyle
{
    /// <summary>At expiry alone.</summary>
    European = 1,
    /// <summary>At any time until expiry.</summary>
    American = 2,
}

/// <summary>
/// Recombining binomial trees. For what has no faster way: American options of any rate and yield, negative ones too. For
/// many ordinary American options use <see cref="AmericanOption"/>.
/// </summary>
public static class BinomialTree
{
    /// <summary>The most steps.</summary>
    public const int MaxSteps = 10_000;

    /// <summary>Price, delta, gamma and theta from the tree itself; vega and the rest are not given (NaN).</summary>
    /// <param name="tree">How moves are chosen.</param>
    /// <param name="style">When exercise is allowed.</param>
    /// <param name="type">Call or put.</param>
    /// <param name="spot">Spot price, positive.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="volatility">Annual volatility, positive.</param>
    /// <param name="years">Years to expiry, positive.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <param name="yield">Continuous annual yield of the underlying.</param>
    /// <param name="steps">Time steps, 3 to 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range, or the steps are too few for the drift: the
    /// probabilities would leave 0 to 1.</exception>
    public static Greeks Evaluate(
        TreeType tree, ExerciseStyle style, OptionType type, double spot, double strike, double volatility, double years, double rate,
        double yield, int steps)
    {
        Require.Positive(spot, nameof(spot));
        Require.Positive(strike, nameof(strike));
        Require.Positive(volatility, nameof(volatility));
        Require.Positive(years, nameof(years));
        Require.Finite(rate, nameof(rate));
        Require.Finite(yield, nameof(yield));
        Require.Between(steps, 3, MaxSteps, nameof(steps));
        int n = tree == TreeType.LeisenReimer ? steps | 1 : steps;
        double dt = years / n;
        (double up, double down, double p) = Moves(tree, spot, strike, volatility, years, rate - yield, n, dt);
        if (!(p >= 0 && p <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(steps), steps,
                "steps are too few for this drift and volatility: a probability would leave 0 to 1; use more.");
        }
        if (!double.IsFinite(up) || !(down > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(volatility), volatility,
                "the strike is out of the tree's reach: a probability rounds to 0 or 1; use CoxRossRubinstein, or what exercise gives.");
        }
        double discount = RealFunctions.Exp(-rate * dt);
        return Backward((double)type, style, spot, strike, up, down, discount * p, discount * (1 - p), dt, n);
    }

    private static Greeks Backward(
        double sign, ExerciseStyle style, double spot, double strike, double up, double down, double weightUp, double weightDown, double dt,
        int n)
    {
        Span<double> values = n < 2048 ? stackalloc double[n + 1] : new double[n + 1];
        // Prices of a level: spot · up^(level − 2j)-like powers, kept as a column that each step back divides by the down move.
        Span<double> prices = n < 2048 ? stackalloc double[n + 1] : new double[n + 1];
        double ratio = up / down;
        double price = spot * RealFunctions.Exp(n * RealFunctions.Log(down));
        for (int i = 0; i <= n; i++)
        {
            prices[i] = price;
            values[i] = Math.Max(sign * (price - strike), 0);
            price *= ratio;
        }
        double inverseDown = 1 / down;
        Span<double> late = stackalloc double[3];
        Span<double> early = stackalloc double[2];
        for (int level = n - 1; level >= 0; level--)
        {
            if (style == ExerciseStyle.American)
            {
                Lanes.TreeStep.American(values, prices, level + 1, weightUp, weightDown, inverseDown, sign, strike);
            }
            else
            {
                Lanes.TreeStep.European(values, level + 1, weightUp, weightDown);
            }
            if (level == 2)
            {
                values[..3].CopyTo(late);
            }
            else if (level == 1)
            {
                values[..2].CopyTo(early);
            }
        }
        double s1 = spot * up;
        double s0 = spot * down;
        double delta = (early[1] - early[0]) / (s1 - s0);
        double high = spot * up * up;
        double middle = spot * up * down;
        double low = spot * down * down;
        double gamma = (((late[2] - late[1]) / (high - middle)) - ((late[1] - late[0]) / (middle - low))) / ((high - low) / 2);
        // The middle node after two steps is spot again only where up · down = 1: the rest is taken out by delta and gamma.
        double moved = middle - spot;
        double theta = (late[1] - (delta * moved) - (gamma * moved * moved / 2) - values[0]) / (2 * dt);
        return new Greeks(values[0], delta, gamma, double.NaN, theta, double.NaN, double.NaN, double.NaN);
    }

    private static (double Up, double Down, double P) Moves(
        TreeType tree, double spot, double strike, double volatility, double years, double drift, int n, double dt)
    {
        double growth = RealFunctions.Exp(drift * dt);
        if (tree == TreeType.CoxRossRubinstein)
        {
            double u = RealFunctions.Exp(volatility * RealFunctions.Sqrt(dt));
            return (u, 1 / u, (growth - (1 / u)) / (u - (1 / u)));
        }
        double deviation = volatility * RealFunctions.Sqrt(years);
        double d2 = (RealFunctions.Log(spot / strike) + ((drift - (volatility * volatility / 2)) * years)) / deviation;
        double p = PeizerPratt(d2, n);
        double pUp = PeizerPratt(d2 + deviation, n);
        double up = growth * pUp / p;
        return (up, (growth - (p * up)) / (1 - p), p);
    }

    // The probability whose binomial distribution of n trials lies at the normal quantile z.
    private static double PeizerPratt(double z, int n)
    {
        double a = z / (n + (1.0 / 3) + (0.1 / (n + 1)));
        double p = RealFunctions.Sqrt(1 - RealFunctions.Exp(-a * a * (n + (1.0 / 6)))) / 2;
        return z < 0 ? 0.5 - p : 0.5 + p;
    }
}
