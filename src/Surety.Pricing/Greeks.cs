namespace Surety.Pricing;

/// <summary>
/// A value and its sensitivities, per unit of the underlying, in the unit of price. Annual, not per day or per point:
/// vega is per 1.00 of volatility, theta per year of calendar time that passes, rho per 1.00 of rate.
/// </summary>
/// <param name="Price">Present value.</param>
/// <param name="Delta">First derivative in the underlying.</param>
/// <param name="Gamma">Second derivative in the underlying.</param>
/// <param name="Vega">First derivative in volatility.</param>
/// <param name="Theta">Derivative in calendar time: minus that in time to expiry.</param>
/// <param name="Rho">First derivative in the interest rate.</param>
/// <param name="Vanna">Mixed second derivative in the underlying and volatility.</param>
/// <param name="Volga">Second derivative in volatility.</param>
public readonly record struct Greeks(double Price, double Delta, double Gamma, double Vega, double Theta, double Rho, double Vanna,
    double Volga);
