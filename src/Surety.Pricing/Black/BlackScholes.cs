using System;
using Surety.Core.Numerics;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.Black;

/// <summary>
/// European options under log-normal prices: Black-76 on a forward, and Black–Scholes–Merton on a spot price with a
/// continuous yield (Haug, "The Complete Guide to Option Pricing Formulas", 2nd ed., ch. 1 and 2). The same kernel as
/// <see cref="BlackBatch"/>, so the same bits.
/// </summary>
public static class BlackScholes
{
    /// <summary>Black-76. Greeks are in the forward, which is held while time and rate change.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="forward">Forward price, positive.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="volatility">Annual volatility, 0 or more.</param>
    /// <param name="years">Years to expiry, 0 or more.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static Greeks OnForward(OptionType type, double forward, double strike, double volatility, double years, double rate)
    {
        Require.Positive(forward, nameof(forward));
        Require.Positive(strike, nameof(strike));
        Require.NotNegative(volatility, nameof(volatility));
        Require.NotNegative(years, nameof(years));
        Require.Finite(rate, nameof(rate));
        double sign = (double)type;
        double rootYears = RealFunctions.Sqrt(years);
        if (volatility * rootYears < 1e-150)
        {
            return Certain(sign, forward, strike, years, rate);
        }
        var (f, k, v, t, r) = (new OneLane(forward), new OneLane(strike), new OneLane(volatility), new OneLane(years), new OneLane(rate));
        BlackArguments<OneLane> a = BlackKernel.Arguments(f, k, v, t);
        OneLane d2 = a.D1 - (v * a.RootYears);
        BlackTails<OneLane> tails = BlackKernel.Tails(a.D1, d2, a.Ratio);
        BlackResults<OneLane> g = BlackKernel.Results(new OneLane(sign), f, k, v, t, r, LaneFunctions.Exp(-(r * t)), in a, d2, in tails);
        double slope = LaneFunctions.Exp(-(r * t)).Value * tails.Density.Value;
        return new Greeks(
            g.Price.Value, g.Delta.Value, g.Gamma.Value, g.Vega.Value, g.Theta.Value, g.Rho.Value,
            -(slope * d2.Value / volatility), g.Vega.Value * a.D1.Value * d2.Value / volatility);
    }

    /// <summary>Black–Scholes–Merton. Greeks are in the spot price; theta and rho let the forward follow time and rate.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="spot">Spot price, positive.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="volatility">Annual volatility, 0 or more.</param>
    /// <param name="years">Years to expiry, 0 or more.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <param name="yield">Continuous annual yield of the underlying.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static Greeks OnSpot(OptionType type, double spot, double strike, double volatility, double years, double rate, double yield)
    {
        Require.Positive(spot, nameof(spot));
        Require.Finite(yield, nameof(yield));
        double growth = RealFunctions.Exp((rate - yield) * years);
        double forward = spot * growth;
        Greeks f = OnForward(type, forward, strike, volatility, years, rate);
        double delta = f.Delta * growth;
        return f with
        {
            Delta = delta,
            Gamma = f.Gamma * growth * growth,
            Theta = f.Theta - ((rate - yield) * spot * delta),
            Rho = f.Rho + (years * spot * delta),
            Vanna = f.Vanna * growth,
        };
    }

    // Without volatility or time the option is its discounted intrinsic value.
    private static Greeks Certain(double sign, double forward, double strike, double years, double rate)
    {
        double discount = RealFunctions.Exp(-(rate * years));
        double gain = sign * (forward - strike);
        double price = gain > 0 ? discount * gain : 0;
        return new Greeks(price, gain > 0 ? sign * discount : 0, 0, 0, rate * price, -(years * price), 0, 0);
    }
}
