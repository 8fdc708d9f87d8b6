using System;
using Surety.Core.Numerics;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.Black;

/// <summary>
/// The volatility at which Black's formula gives a price. To the last bits of what the price determines: in the middle of
/// its range the result is as good as the price; near intrinsic value or near the most an option can be worth a rounding
/// of the price moves the volatility by far more, and no method can do better.
/// </summary>
public static class ImpliedVolatility
{
    /// <summary>Annual volatility of an option's undiscounted price (value on the forward: price · e^(rate · years)).</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="price">Undiscounted price, above intrinsic value and below forward (call) or strike (put).</param>
    /// <param name="forward">Forward price, positive.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="years">Years to expiry, positive.</param>
    /// <param name="volatility">The volatility, or NaN with a refusal.</param>
    public static PricingRefusal TrySolve(OptionType type, double price, double forward, double strike, double years, out double volatility)
    {
        volatility = double.NaN;
        PricingRefusal refusal = Check((double)type, price, forward, strike, years);
        if (refusal == PricingRefusal.None)
        {
            volatility =
                Solve(new OneLane((double)type), new OneLane(price), new OneLane(forward), new OneLane(strike), new OneLane(years)).Value;
        }
        return refusal;
    }

    /// <summary>The same for many; a row that is refused gets NaN.</summary>
    /// <returns>How many rows were refused.</returns>
    /// <exception cref="ArgumentException">The columns are not equally long, or the result is too short.</exception>
    public static int Solve(in OptionColumns options, ReadOnlySpan<double> prices, Span<double> volatilities) =>
        Solve(in options, prices, volatilities, BlackBatch.WidestHere);

    /// <inheritdoc cref="Solve(in OptionColumns, ReadOnlySpan{double}, Span{double})"/>
    public static int Solve(in OptionColumns options, ReadOnlySpan<double> prices, Span<double> volatilities, LaneWidth width)
    {
        int count = options.Count;
        if (prices.Length != count || options.Forward.Length != count || options.Strike.Length != count || options.Years.Length != count
            || volatilities.Length < count)
        {
            throw new ArgumentException("The columns differ in length; give each the same number of rows.", nameof(options));
        }
        int done = width switch
        {
            LaneWidth.Eight => Run<EightLanes>(in options, prices, volatilities, 0),
            LaneWidth.Four => Run<FourLanes>(in options, prices, volatilities, 0),
            _ => 0,
        };
        Run<OneLane>(in options, prices, volatilities, done);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            if (Check(options.Sign[i], prices[i], options.Forward[i], options.Strike[i], options.Years[i]) != PricingRefusal.None)
            {
                volatilities[i] = double.NaN;
                refused++;
            }
        }
        return refused;
    }

    private static int Run<V>(in OptionColumns options, ReadOnlySpan<double> prices, Span<double> volatilities, int from)
        where V : struct, ILanes<V>
    {
        int at = from;
        for (; at + V.Count <= options.Count; at += V.Count)
        {
            Solve(V.Load(options.Sign, at), V.Load(prices, at), V.Load(options.Forward, at), V.Load(options.Strike, at),
                V.Load(options.Years, at))
                .Store(volatilities, at);
        }
        return at;
    }

    private static V Solve<V>(V sign, V price, V forward, V strike, V years)
        where V : struct, ILanes<V>
    {
        V zero = V.Broadcast(0);
        V timeValue = price - V.Max(sign * (forward - strike), zero);
        V low = V.Min(forward, strike);
        V high = V.Max(forward, strike);
        V x = LaneFunctions.LogRatio(high, low);
        V normalised = timeValue / V.Sqrt(forward * strike);
        return ImpliedVolatilityKernel.Deviation(x, normalised, V.Sqrt(low / high)) / V.Sqrt(years);
    }

    private static PricingRefusal Check(double sign, double price, double forward, double strike, double years)
    {
        if (!(forward > 1e-100 && forward < 1e100 && strike > 1e-100 && strike < 1e100 && years > 0 && double.IsFinite(years)
            && double.IsFinite(price)))
        {
            return PricingRefusal.InputOutOfRange;
        }
        double timeValue = price - Math.Max(sign * (forward - strike), 0);
        double normalised = timeValue / RealFunctions.Sqrt(forward * strike);
        return timeValue < 0 ? PricingRefusal.BelowIntrinsic
            : price >= (sign > 0 ? forward : strike) ? PricingRefusal.AboveMaximum
            : normalised < 1e-300 ? PricingRefusal.AtIntrinsic : PricingRefusal.None;
    }
}
