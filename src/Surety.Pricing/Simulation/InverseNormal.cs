using System;
using Surety.Core.Numerics;

namespace Surety.Pricing.Simulation;

/// <summary>The quantile of the standard normal distribution: M. Wichura, algorithm AS 241 (PPND16), 1988; about 1e-16 relative.</summary>
public static class InverseNormal
{
    /// <summary>z with Φ(z) = p, for 0 &lt; p &lt; 1; infinite at the ends, NaN outside.</summary>
    public static double Of(double p)
    {
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            double r = 0.180625 - (q * q);
            return q * Ratio(r, Centre, CentreBelow);
        }
        double tail = q < 0 ? p : 1 - p;
        if (!(tail > 0))
        {
            return tail == 0 ? (q < 0 ? double.NegativeInfinity : double.PositiveInfinity) : double.NaN;
        }
        double root = RealFunctions.Sqrt(-RealFunctions.Log(tail));
        double z = root <= 5 ? Ratio(root - 1.6, Middle, MiddleBelow) : Ratio(root - 5, Far, FarBelow);
        return q < 0 ? -z : z;
    }

    private static ReadOnlySpan<double> Centre =>
    [
        3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
        45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
    ];

    private static ReadOnlySpan<double> CentreBelow =>
    [
        1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
        21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610,
    ];

    private static ReadOnlySpan<double> Middle =>
    [
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
        1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 0.000774545014278341407640,
    ];

    private static ReadOnlySpan<double> MiddleBelow =>
    [
        1, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
        0.148103976427480074590, 0.0151986665636164571966, 0.000547593808499534494600, 1.05075007164441684324e-9,
    ];

    private static ReadOnlySpan<double> Far =>
    [
        6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
        0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ];

    private static ReadOnlySpan<double> FarBelow =>
    [
        1, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
        0.000786869131145613259100, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ];

    private static double Ratio(double r, ReadOnlySpan<double> above, ReadOnlySpan<double> below)
    {
        double numerator = above[7];
        double denominator = below[7];
        for (int i = 6; i >= 0; i--)
        {
            numerator = (numerator * r) + above[i];
            denominator = (denominator * r) + below[i];
        }
        return numerator / denominator;
    }
}
