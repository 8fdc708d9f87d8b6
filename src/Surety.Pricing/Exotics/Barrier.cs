using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;

namespace Surety.Pricing.Exotics;

/// <summary>Which crossing does what.</summary>
public enum BarrierType
{
    /// <summary>Begins when the price falls to the barrier.</summary>
    DownIn = 1,
    /// <summary>Begins when the price rises to it.</summary>
    UpIn = 2,
    /// <summary>Ends when the price falls to it.</summary>
    DownOut = 3,
    /// <summary>Ends when the price rises to it.</summary>
    UpOut = 4,
}

/// <summary>
/// Single-barrier options, watched continuously: E. Reiner and M. Rubinstein, "Breaking down the barriers" (1991), in the
/// notation of Haug, 2nd ed., 4.17.1 and 4.19.5. For a barrier that is watched n times a year, shift it first by
/// <see cref="DiscreteShift"/>.
/// </summary>
public static class Barrier
{
    /// <summary>Present value. A rebate is paid at the hit (out) or at expiry when there was none (in).</summary>
    /// <param name="barrier">The crossing and what it does.</param>
    /// <param name="type">Call or put.</param>
    /// <param name="spot">Spot price; beyond the barrier an in-option is plain already, and an out-option is its rebate.</param>
    /// <param name="strike">Strike, positive.</param>
    /// <param name="level">The barrier, positive.</param>
    /// <param name="rebate">The rebate, price units.</param>
    /// <param name="volatility">Annual volatility, positive.</param>
    /// <param name="years">Years to expiry, positive.</param>
    /// <param name="rate">Continuously compounded annual rate.</param>
    /// <param name="yield">Continuous annual yield of the underlying.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is outside its range.</exception>
    public static double Price(
        BarrierType barrier, OptionType type, double spot, double strike, double level, double rebate, double volatility, double years,
        double rate, double yield)
    {
        if (IsCrossed(barrier, spot, level))
        {
            return barrier is BarrierType.DownIn or BarrierType.UpIn
                ? BlackScholes.OnSpot(type, spot, strike, volatility, years, rate, yield).Price
                : rebate;
        }
        var t = new Terms(barrier, (double)type, spot, strike, level, volatility, years, rate, yield);
        bool high = strike > level;
        double core = (barrier, type, high) switch
        {
            (BarrierType.DownIn, OptionType.Call, true) or (BarrierType.UpIn, OptionType.Put, false) => t.C,
            (BarrierType.DownIn, OptionType.Call, false) or (BarrierType.UpIn, OptionType.Put, true) => t.A - t.B + t.D,
            (BarrierType.UpIn, OptionType.Call, true) or (BarrierType.DownIn, OptionType.Put, false) => t.A,
            (BarrierType.UpIn, OptionType.Call, false) or (BarrierType.DownIn, OptionType.Put, true) => t.B - t.C + t.D,
            (BarrierType.DownOut, OptionType.Call, true) or (BarrierType.UpOut, OptionType.Put, false) => t.A - t.C,
            (BarrierType.DownOut, OptionType.Call, false) or (BarrierType.UpOut, OptionType.Put, true) => t.B - t.D,
            (BarrierType.UpOut, OptionType.Call, true) or (BarrierType.DownOut, OptionType.Put, false) => 0,
            _ => t.A - t.B + t.C - t.D,
        };
        return core + (rebate * (barrier is BarrierType.DownIn or BarrierType.UpIn ? t.RebateIfNever : t.RebateAtHit));
    }

    /// <summary>
    /// Present value of cash paid at expiry if the barrier was (in) or was not (out) crossed and the option ends in the money.
    /// </summary>
    /// <inheritdoc cref="Price"/>
    public static double CashOrNothing(
        BarrierType barrier, OptionType type, double spot, double strike, double level, double cash, double volatility, double years,
        double rate, double yield)
    {
        if (IsCrossed(barrier, spot, level))
        {
            return barrier is BarrierType.DownIn or BarrierType.UpIn
                ? Digital.CashOrNothing(type, spot, strike, cash, volatility, years, rate, yield)
                : 0;
        }
        var t = new Terms(barrier, (double)type, spot, strike, level, volatility, years, rate, yield);
        bool high = strike > level;
        double core = (barrier, type, high) switch
        {
            (BarrierType.DownIn, OptionType.Call, true) or (BarrierType.UpIn, OptionType.Put, false) => t.CashB3,
            (BarrierType.DownIn, OptionType.Call, false) or (BarrierType.UpIn, OptionType.Put, true) => t.CashB1 - t.CashB2 + t.CashB4,
            (BarrierType.UpIn, OptionType.Call, true) or (BarrierType.DownIn, OptionType.Put, false) => t.CashB1,
            (BarrierType.UpIn, OptionType.Call, false) or (BarrierType.DownIn, OptionType.Put, true) => t.CashB2 - t.CashB3 + t.CashB4,
            (BarrierType.DownOut, OptionType.Call, true) or (BarrierType.UpOut, OptionType.Put, false) => t.CashB1 - t.CashB3,
            (BarrierType.DownOut, OptionType.Call, false) or (BarrierType.UpOut, OptionType.Put, true) => t.CashB2 - t.CashB4,
            (BarrierType.UpOut, OptionType.Call, true) or (BarrierType.DownOut, OptionType.Put, false) => 0,
            _ => t.CashB1 - t.CashB2 + t.CashB3 - t.CashB4,
        };
        return cash * core;
    }

    /// <summary>
    /// The barrier that, watched continuously, is worth what one watched at equal intervals is: level · e^(±0.5826 σ√interval),
    /// away from spot (M. Broadie, P. Glasserman, S. Kou 1997).
    /// </summary>
    public static double DiscreteShift(BarrierType barrier, double level, double volatility, double intervalYears) =>
        level * RealFunctions.Exp((barrier is BarrierType.UpIn or BarrierType.UpOut ? 1 : -1) * 0.5825971579390106 * volatility
            * RealFunctions.Sqrt(intervalYears));

    private static bool IsCrossed(BarrierType barrier, double spot, double level) =>
        barrier is BarrierType.DownIn or BarrierType.DownOut ? spot <= level : spot >= level;

    private readonly struct Terms
    {
        public Terms(BarrierType barrier, double phi, double s, double k, double h, double v, double t, double r, double q)
        {
            Require.Positive(s, "spot");
            Require.Positive(k, "strike");
            Require.Positive(h, "level");
            Require.Positive(v, "volatility");
            Require.Positive(t, "years");
            Require.Finite(r, "rate");
            Require.Finite(q, "yield");
            double eta = barrier is BarrierType.DownIn or BarrierType.DownOut ? 1 : -1;
            double b = r - q;
            double deviation = v * RealFunctions.Sqrt(t);
            double mu = (b - (v * v / 2)) / (v * v);
            double lambda = RealFunctions.Sqrt((mu * mu) + (2 * r / (v * v)));
            double carry = RealFunctions.Exp((b - r) * t);
            double discount = RealFunctions.Exp(-r * t);
            double log = RealFunctions.Log(h / s);
            double power = RealFunctions.Exp(2 * mu * log);
            double powerUp = power * (h / s) * (h / s);
            double shift = (1 + mu) * deviation;
            double x1 = (RealFunctions.Log(s / k) / deviation) + shift;
            double x2 = (-log / deviation) + shift;
            double y1 = (RealFunctions.Log(h * h / (s * k)) / deviation) + shift;
            double y2 = (log / deviation) + shift;
            double z = (log / deviation) + (lambda * deviation);
            double Asset(double x) => RealFunctions.NormalCdf(x);
            A = phi * ((s * carry * Asset(phi * x1)) - (k * discount * Asset(phi * (x1 - deviation))));
            B = phi * ((s * carry * Asset(phi * x2)) - (k * discount * Asset(phi * (x2 - deviation))));
            C = phi * ((s * carry * powerUp * Asset(eta * y1)) - (k * discount * power * Asset(eta * (y1 - deviation))));
            D = phi * ((s * carry * powerUp * Asset(eta * y2)) - (k * discount * power * Asset(eta * (y2 - deviation))));
            RebateIfNever = discount * (Asset(eta * (x2 - deviation)) - (power * Asset(eta * (y2 - deviation))));
            RebateAtHit = (RealFunctions.Exp((mu + lambda) * log) * Asset(eta * z))
                + (RealFunctions.Exp((mu - lambda) * log) * Asset(eta * (z - (2 * lambda * deviation))));
            CashB1 = discount * Asset(phi * (x1 - deviation));
            CashB2 = discount * Asset(phi * (x2 - deviation));
            CashB3 = discount * power * Asset(eta * (y1 - deviation));
            CashB4 = discount * power * Asset(eta * (y2 - deviation));
        }

        public double A { get; }
        public double B { get; }
        public double C { get; }
        public double D { get; }
        public double RebateIfNever { get; }
        public double RebateAtHit { get; }
        public double CashB1 { get; }
        public double CashB2 { get; }
        public double CashB3 { get; }
        public double CashB4 { get; }
    }
}
