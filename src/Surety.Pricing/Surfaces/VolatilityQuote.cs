namespace Surety.Pricing.Surfaces;

/// <summary>What the market says of one strike.</summary>
/// <param name="LogMoneyness">ln(strike / forward).</param>
/// <param name="Volatility">Annual implied volatility, positive.</param>
/// <param name="HalfSpread">Half the distance between the volatilities of bid and ask, positive: how exactly it is known.</param>
public readonly record struct VolatilityQuote(double LogMoneyness, double Volatility, double HalfSpread);

/// <summary>What a fit did.</summary>
/// <param name="Slice">The smile.</param>
/// <param name="Reach">The |k| up to which it is free of arbitrage: half as far again as the furthest quote.</param>
/// <param name="RootMeanSquare">Root mean square distance from the quotes, volatility.</param>
/// <param name="WithinSpread">Share of quotes that it meets within their spread, 0 to 1.</param>
/// <param name="Repair">What was mended and what it cost, or null if nothing was.</param>
public sealed record SviFitResult(SviSlice Slice, double Reach, double RootMeanSquare, double WithinSpread, string? Repair);
