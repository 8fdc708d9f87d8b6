using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.American;

/// <summary>
/// American options on a spot price with continuous yield, by the exercise boundary's integral equation
/// (<see cref="AmericanKernel"/>). Error below 4e-4 of a strike of 100 over the grids of the tests; for more, or for a put with
/// a negative rate and a yet lower yield (a call the other way round), which has two boundaries, use <see cref="BinomialTree"/>.
/// </summary>
public static class AmericanOption
{
    /// <summary>Present value of one option. Ranges as in <see cref="BlackScholes.OnSpot"/>, volatility and years positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range, or the option has two exercise boundaries.</exception>
    public static double Price(OptionType type, double spot, double strike, double volatility, double years, double rate, double yield)
    {
        Require.Positive(spot, nameof(spot));
        Require.Positive(strike, nameof(strike));
        Require.Positive(volatility, nameof(volatility));
        Require.Positive(years, nameof(years));
        Require.Finite(rate, nameof(rate));
        Require.Finite(yield, nameof(yield));
        (double own, double other) = type == OptionType.Put ? (rate, yield) : (yield, rate);
        if (own <= 0)
        {
            return other >= own
                ? BlackScholes.OnSpot(type, spot, strike, volatility, years, rate, yield).Price
                : throw new ArgumentOutOfRangeException(nameof(rate), rate, "with a negative rate above the yield (a call: a negative yield above the rate) there are two exercise boundaries; use BinomialTree.");
        }
        (double s, double k) = type == OptionType.Put ? (spot, strike) : (strike, spot);
        return AmericanKernel.Put(new OneLane(s), new OneLane(k), new OneLane(volatility), new OneLane(years), new OneLane(own), new OneLane(other)).Value;
    }

    /// <summary>
    /// Present value of many: columns as in <see cref="OptionColumns"/> with the spot price as forward, and yields. Rows whose
    /// holder never exercises early, or that have two boundaries, are valued one by one; the latter as NaN.
    /// </summary>
    /// <exception cref="ArgumentException">The columns are not equally long.</exception>
    public static void Price(in OptionColumns options, ReadOnlySpan<double> yields, Span<double> prices)
    {
        if (!options.AreEquallyLong || yields.Length != options.Count || prices.Length < options.Count)
        {
            throw new ArgumentException("The columns differ in length; give each the same number of rows.", nameof(options));
        }
        int done = BlackBatch.WidestHere switch
        {
            LaneWidth.Eight => Run<EightLanes>(in options, yields, prices),
            LaneWidth.Four => Run<FourLanes>(in options, yields, prices),
            _ => 0,
        };
        for (int i = 0; i < options.Count; i++)
        {
            double own = options.Sign[i] < 0 ? options.Rate[i] : yields[i];
            double other = options.Sign[i] < 0 ? yields[i] : options.Rate[i];
            if (i >= done || own <= 0)
            {
                prices[i] = own <= 0 && other < own ? double.NaN
                    : Price((OptionType)options.Sign[i], options.Forward[i], options.Strike[i], options.Volatility[i], options.Years[i], options.Rate[i], yields[i]);
            }
        }
    }

    private static int Run<V>(in OptionColumns options, ReadOnlySpan<double> yields, Span<double> prices)
        where V : struct, ILanes<V>
    {
        int at = 0;
        for (; at + V.Count <= options.Count; at += V.Count)
        {
            V isPut = V.Less(V.Load(options.Sign, at), V.Broadcast(0));
            V spot = V.Load(options.Forward, at);
            V strike = V.Load(options.Strike, at);
            V rate = V.Load(options.Rate, at);
            V yield = V.Load(yields, at);
            AmericanKernel.Put(
                V.Select(isPut, spot, strike), V.Select(isPut, strike, spot), V.Load(options.Volatility, at), V.Load(options.Years, at),
                V.Select(isPut, rate, yield), V.Select(isPut, yield, rate)).Store(prices, at);
        }
        return at;
    }
}
