using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;

namespace Surety.Pricing.Exotics;

/// <summary>
/// European options where prices diffuse and jump (R. Merton, "Option pricing when underlying stock returns are
/// discontinuous", 1976): a Poisson-weighted sum of Black values, jumps log-normal.
/// </summary>
public static class MertonJump
{
    /// <summary>The most jumps that are summed over.</summary>
    public const int MaxJumps = 400;

    /// <summary>Value and Greeks in the forward; vega is in the diffusion's volatility, theta and rho hold the forward.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="forward">Forward price, positive.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="volatility">Annual volatility between jumps, positive.</param>
    /// <param name="years">Years to expiry, positive.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <param name="jumpsPerYear">Mean number of jumps a year, 0 or more; at most 100 until expiry.</param>
    /// <param name="meanLogJump">Mean of the logarithm of a jump's factor: −0.1 for a tenth down.</param>
    /// <param name="jumpVolatility">Standard deviation of that logarithm, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static Greeks Evaluate(
        OptionType type, double forward, double strike, double volatility, double years, double rate, double jumpsPerYear,
        double meanLogJump, double jumpVolatility)
    {
        Require.Positive(volatility, nameof(volatility));
        Require.Positive(years, nameof(years));
        Require.NotNegative(jumpsPerYear, nameof(jumpsPerYear));
        Require.NotNegative(jumpVolatility, nameof(jumpVolatility));
        Require.Finite(meanLogJump, nameof(meanLogJump));
        double logMean = meanLogJump + (jumpVolatility * jumpVolatility / 2);
        double meanFactor = RealFunctions.Exp(logMean);
        // Under the measure that prices, a jump is weighted with its own size.
        double expected = jumpsPerYear * meanFactor * years;
        if (!(expected <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(jumpsPerYear), jumpsPerYear,
                "jumpsPerYear · mean jump · years must be at most 100; shorten the time or model the jumps as volatility.");
        }
        double drift = -jumpsPerYear * (meanFactor - 1);
        double weight = RealFunctions.Exp(-jumpsPerYear * years);
        Greeks total = default;
        for (int jumps = 0; jumps < MaxJumps; jumps++)
        {
            double factor = RealFunctions.Exp((drift * years) + (jumps * logMean));
            double variance = (volatility * volatility) + (jumps * jumpVolatility * jumpVolatility / years);
            double sigma = RealFunctions.Sqrt(variance);
            Greeks g = BlackScholes.OnForward(type, forward * factor, strike, sigma, years, rate);
            double slope = volatility / sigma;
            // Theta is that of the weights, of the forward's drift, and of Black's formula with the total variance held per year.
            double decay = g.Vega * jumps * jumpVolatility * jumpVolatility / (2 * sigma * years * years);
            double weightSlope = (jumps / years) - jumpsPerYear;
            total = new Greeks(
                total.Price + (weight * g.Price),
                total.Delta + (weight * factor * g.Delta),
                total.Gamma + (weight * factor * factor * g.Gamma),
                total.Vega + (weight * slope * g.Vega),
                total.Theta + (weight * (g.Theta + decay - (weightSlope * g.Price) - (drift * forward * factor * g.Delta))),
                total.Rho + (weight * g.Rho),
                total.Vanna + (weight * factor * slope * g.Vanna),
                total.Volga + (weight * ((slope * slope * g.Volga) + (g.Vega * (1 - (slope * slope)) / sigma))));
            if (jumps > expected && weight * factor * (forward + strike) < 1e-18 * strike)
            {
                break;
            }
            weight *= jumpsPerYear * years / (jumps + 1);
        }
        return total;
    }
}
