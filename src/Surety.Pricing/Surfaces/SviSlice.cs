using System;
using Surety.Core.Numerics;

namespace Surety.Pricing.Surfaces;

/// <summary>
/// Total variance of one expiry: w(k) = A + B (ρ (k − M) + √((k − M)² + S²)), the raw parametrisation of J. Gatheral's
/// "stochastic volatility inspired" smile (2004). k is ln(strike / forward); w is volatility squared times years.
/// </summary>
/// <param name="A">Level.</param>
/// <param name="B">Slope of the wings, 0 or more.</param>
/// <param name="Rho">Tilt, −1 to 1.</param>
/// <param name="M">Centre, in k.</param>
/// <param name="S">Roundness at the centre, positive.</param>
public readonly record struct SviSlice(double A, double B, double Rho, double M, double S)
{
    /// <summary>Total variance.</summary>
    public double Variance(double k)
    {
        double x = k - M;
        return A + (B * ((Rho * x) + RealFunctions.Sqrt((x * x) + (S * S))));
    }

    /// <summary>
    /// g(k) of J. Gatheral and A. Jacquier, "Arbitrage-free SVI volatility surfaces" (2014), formula 2.1: the density of the
    /// price at expiry has its sign, so a butterfly somewhere has a negative price where it is negative.
    /// </summary>
    public double Butterfly(double k)
    {
        double x = k - M;
        double root = RealFunctions.Sqrt((x * x) + (S * S));
        double w = A + (B * ((Rho * x) + root));
        double first = B * (Rho + (x / root));
        double second = B * S * S / (root * root * root);
        double half = 1 - (k * first / (2 * w));
        return (half * half) - (first * first / 4 * ((1 / w) + 0.25)) + (second / 2);
    }
}
