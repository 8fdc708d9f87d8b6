using System;
using Surety.Core.Numerics;

namespace Surety.Pricing.Bachelier;

/// <summary>
/// European options under normal prices, which may be negative (L. Bachelier, "Théorie de la spéculation", 1900; on a forward
/// as in Haug, 2nd ed., 1.3.1).
/// </summary>
public static class BachelierModel
{
    /// <summary>Value and Greeks in the forward, which is held while time and rate change.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="forward">Forward price, any sign.</param>
    /// <param name="strike">Strike, any sign.</param>
    /// <param name="volatility">Annual standard deviation of the price, price units, 0 or more.</param>
    /// <param name="years">Years to expiry, 0 or more.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static Greeks Evaluate(OptionType type, double forward, double strike, double volatility, double years, double rate)
    {
        Require.Finite(forward, nameof(forward));
        Require.Finite(strike, nameof(strike));
        Require.NotNegative(volatility, nameof(volatility));
        Require.NotNegative(years, nameof(years));
        Require.Finite(rate, nameof(rate));
        double sign = (double)type;
        double discount = RealFunctions.Exp(-(rate * years));
        double rootYears = RealFunctions.Sqrt(years);
        double deviation = volatility * rootYears;
        double gain = sign * (forward - strike);
        if (deviation < 1e-150)
        {
            double value = gain > 0 ? discount * gain : 0;
            return new Greeks(value, gain > 0 ? sign * discount : 0, 0, 0, rate * value, -(years * value), 0, 0);
        }
        double d = gain / deviation;
        double density = discount * RealFunctions.NormalPdf(d);
        double probability = discount * RealFunctions.NormalCdf(d);
        double price = (gain * probability) + (deviation * density);
        double vega = density * rootYears;
        return new Greeks(
            price, sign * probability, density / deviation, vega, (rate * price) - (density * volatility / (2 * rootYears)),
            -(years * price), -(sign * density * d / volatility), vega * d * d / volatility);
    }
}
