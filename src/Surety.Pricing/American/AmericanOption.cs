using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.American;

/// <summary>
/// American options on a spot price with continuous yield, by the exercise boundary's integral equation
/// (<see cref="AmericanKernel"/>). Error below 4e-4 at a strike of 100 over the grids of the tests, and below 6e-4 of the strike wherever a
/// value is given: where the method does not converge it says so. Values keep between the European, or what exercise gives now, and
/// the perpetual one, or the European and all interest on the strike. For what is refused, and for a put with a negative rate and a
/// yet lower yield (a call the other way round), which has two boundaries, use <see cref="BinomialTree"/>.
/// </summary>
public static class AmericanOption
{
    // Of the strike: what the boundary's last change may be worth.
    private const double Tolerance = 1e-5;

    // Rate times years beyond which the boundary has too few nodes.
    private const double MostInterest = 3;

    /// <summary>Present value of one option. Ranges as in <see cref="BlackScholes.OnSpot"/>, volatility and years positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range, the option has two exercise boundaries, or the method
    /// does not converge.</exception>
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
                : throw new ArgumentOutOfRangeException(nameof(rate), rate,
                    "with a negative rate above the yield (a call: a negative yield above the "
                    + "rate) there are two exercise boundaries; use BinomialTree.");
        }
        (double s, double k) = type == OptionType.Put ? (spot, strike) : (strike, spot);
        double value = AmericanKernel.Put(
            new OneLane(s), new OneLane(k), new OneLane(volatility), new OneLane(years), new OneLane(own), new OneLane(other),
            out OneLane change).Value;
        value = WithinBounds(value, change.Value, s, k, volatility, years, own, other);
        return double.IsNaN(value)
            ? throw new ArgumentOutOfRangeException(nameof(years), years,
                $"the exercise boundary does not converge for volatility {volatility}, rate {rate} "
                + $"and yield {yield} over {years} years; use BinomialTree.")
            : value;
    }

    /// <summary>
    /// Present value of many: columns as in <see cref="OptionColumns"/> with the spot price as forward, and yields. Rows whose
    /// holder never exercises early, or that have two boundaries, are valued one by one; the latter, and rows that do not converge, as NaN.
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
        for (int i = done; i < options.Count; i++)
        {
            AmericanKernel.Put(
                new OneLane(options.Sign[i] < 0 ? options.Forward[i] : options.Strike[i]),
                new OneLane(options.Sign[i] < 0 ? options.Strike[i] : options.Forward[i]),
                new OneLane(options.Volatility[i]), new OneLane(options.Years[i]),
                new OneLane(options.Sign[i] < 0 ? options.Rate[i] : yields[i]),
                new OneLane(options.Sign[i] < 0 ? yields[i] : options.Rate[i]), out OneLane change).Store(prices, i);
            Settle(in options, yields, i, change.Value, prices);
        }
    }

    // A row's value within its bounds; those without a boundary, or with two, and those that do not converge.
    private static void Settle(in OptionColumns options, ReadOnlySpan<double> yields, int i, double change, Span<double> prices)
    {
        bool isPut = options.Sign[i] < 0;
        (double own, double other) = isPut ? (options.Rate[i], yields[i]) : (yields[i], options.Rate[i]);
        (double s, double k) = isPut ? (options.Forward[i], options.Strike[i]) : (options.Strike[i], options.Forward[i]);
        prices[i] = own > 0 ? WithinBounds(prices[i], change, s, k, options.Volatility[i], options.Years[i], own, other)
            : other < own ? double.NaN
            : BlackScholes.OnSpot((OptionType)options.Sign[i], options.Forward[i], options.Strike[i], options.Volatility[i],
                options.Years[i], options.Rate[i], yields[i]).Price;
    }

    // NaN where the value cannot be relied on. An error of the boundary counts by its square: the price is greatest at the right one.
    private static double WithinBounds(double value, double change, double s, double k, double volatility, double years, double rate,
        double yield)
    {
        double european = BlackScholes.OnSpot(OptionType.Put, s, k, volatility, years, rate, yield).Price;
        // What exercise can ever add: all interest on the strike, and what a negative yield costs.
        double interest = (k * (1 - RealFunctions.Exp(-(rate * years)))) + Math.Max(s * (RealFunctions.Exp(-(yield * years)) - 1), 0);
        double most = Math.Min(PerpetualPut(s, k, volatility, rate, yield), european + interest);
        double doubt = Math.Min(interest, most) * change * change;
        bool converges = rate * years <= MostInterest && doubt <= Tolerance * k && value <= most + (Tolerance * k);
        return converges ? Math.Max(Math.Min(value, most), Math.Max(european, k - s)) : double.NaN;
    }

    /// <summary>
    /// Value of a put without expiry (Merton 1973): the most that one with expiry can be worth. Rate and volatility positive.
    /// </summary>
    internal static double PerpetualPut(double s, double k, double volatility, double rate, double yield)
    {
        double variance = volatility * volatility;
        double drift = rate - yield - (variance / 2);
        double root = RealFunctions.Sqrt((drift * drift) + (2 * rate * variance));
        // The negative root of ½σ²m² + (r − q − ½σ²)m = r, without cancellation.
        double power = drift > 0 ? -(drift + root) / variance : -2 * rate / (root - drift);
        double boundary = k / (1 - (1 / power));
        return s <= boundary ? k - s : (k - boundary) * RealFunctions.Exp(power * RealFunctions.Log(s / boundary));
    }

    private static int Run<V>(in OptionColumns options, ReadOnlySpan<double> yields, Span<double> prices)
        where V : struct, ILanes<V>
    {
        int at = 0;
        Span<double> changes = stackalloc double[V.Count];
        for (; at + V.Count <= options.Count; at += V.Count)
        {
            V isPut = V.Less(V.Load(options.Sign, at), V.Broadcast(0));
            V spot = V.Load(options.Forward, at);
            V strike = V.Load(options.Strike, at);
            V rate = V.Load(options.Rate, at);
            V yield = V.Load(yields, at);
            AmericanKernel.Put(
                V.Select(isPut, spot, strike), V.Select(isPut, strike, spot), V.Load(options.Volatility, at), V.Load(options.Years, at),
                V.Select(isPut, rate, yield), V.Select(isPut, yield, rate), out V change).Store(prices, at);
            change.Store(changes, 0);
            for (int i = 0; i < V.Count; i++)
            {
                Settle(in options, yields, at + i, changes[i], prices);
            }
        }
        return at;
    }
}
