using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;

namespace Surety.Pricing.Exotics;

/// <summary>Options that pay all or nothing at expiry (Haug, 2nd ed., 4.19; Reiner and Rubinstein 1991).</summary>
public static class Digital
{
    /// <summary>
    /// Present value of an amount paid if the option ends in the money. Parameters as in <see cref="BlackScholes.OnSpot"/>.
    /// </summary>
    public static double CashOrNothing(OptionType type, double spot, double strike, double cash, double volatility, double years,
        double rate, double yield) =>
        cash * RealFunctions.Exp(-rate * years) * RealFunctions.NormalCdf((double)type * D2(spot, strike, volatility, years, rate, yield));

    /// <summary>Present value of the underlying, delivered if the option ends in the money.</summary>
    public static double AssetOrNothing(OptionType type, double spot, double strike, double volatility, double years, double rate,
        double yield) =>
        spot * RealFunctions.Exp(-yield * years)
            * RealFunctions.NormalCdf((double)type
                * (D2(spot, strike, volatility, years, rate, yield) + (volatility * RealFunctions.Sqrt(years))));

    /// <summary>
    /// Gap option: pays spot − payoffStrike (call; its negative for a put) if spot ends beyond the trigger; may be negative.
    /// </summary>
    public static double Gap(OptionType type, double spot, double trigger, double payoffStrike, double volatility, double years,
        double rate, double yield) =>
        (double)type * (AssetOrNothing(type, spot, trigger, volatility, years, rate, yield)
            - CashOrNothing(type, spot, trigger, payoffStrike, volatility, years, rate, yield));

    private static double D2(double spot, double strike, double volatility, double years, double rate, double yield)
    {
        Require.Positive(spot, nameof(spot));
        Require.Positive(strike, nameof(strike));
        Require.Positive(volatility, nameof(volatility));
        Require.Positive(years, nameof(years));
        Require.Finite(rate, nameof(rate));
        Require.Finite(yield, nameof(yield));
        return (RealFunctions.Log(spot / strike) + ((rate - yield - (volatility * volatility / 2)) * years))
            / (volatility * RealFunctions.Sqrt(years));
    }
}
