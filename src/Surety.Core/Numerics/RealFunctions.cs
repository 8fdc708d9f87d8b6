using System;

namespace Surety.Core.Numerics;

/// <summary>
/// Exponential, logarithm and the normal distribution from IEEE 754 additions, multiplications, divisions and square
/// roots alone, so that every machine computes the same bits. Each is within 2 ulp of the true value (measured in the
/// tests against 106-bit references; typically below 0.6).
/// <para>Method: table lookup and short Taylor polynomials, with the leading part carried as an unevaluated sum of two
/// doubles (Dekker 1971, "A floating-point technique for extending the available precision").</para>
/// </summary>
public static class RealFunctions
{
    private const double SplitFactor = 134217729.0; // 2^27 + 1

    /// <summary>The square root; IEEE 754 rounds it correctly everywhere.</summary>
    public static double Sqrt(double x) => Math.Sqrt(x);

    /// <summary>e to the power x. Infinity above 709.78, 0 below −745.13, NaN for NaN.</summary>
    public static double Exp(double x)
    {
        if (!(x < 709.782712893384))
        {
            return x > 709 ? (x == 709.782712893384 ? 1.797693134862273e308 : double.PositiveInfinity) : double.NaN;
        }
        if (x < -745.1332191019412)
        {
            return 0;
        }
        ExpParts(x, 0, out double high, out double low, out int exponent);
        return Scale(high + low, exponent);
    }

    /// <summary>The natural logarithm. −∞ at zero, NaN below it.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }
        int exponent = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984.0; // 2^54
            exponent = -54;
        }
        long bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m >= 1.41015625)
        {
            m *= 0.5;
            exponent++;
        }
        int row = 3 * ((int)((m * 128) + 0.5) - 90);
        double inverse = RealTables.Logarithms[row];
        Multiply(m, inverse, out double product, out double productLow);
        double r = product - 1;
        double tail = r * r * (-1.0 / 2 + (r * (1.0 / 3 + (r * (-1.0 / 4 + (r * (1.0 / 5 + (r * (-1.0 / 6
            + (r * (1.0 / 7 + (r * (-1.0 / 8 + (r * (1.0 / 9))))))))))))))) + (productLow - (r * productLow));
        Add(exponent * RealTables.Ln2High, RealTables.Logarithms[row + 1], out double sum, out double sumLow);
        Add(sum, r, out double high, out double highLow);
        return high + (highLow + (sumLow + (RealTables.Logarithms[row + 2] + (exponent * RealTables.Ln2Low) + tail)));
    }

    /// <summary>The standard normal density, e^(−x²/2) / √(2π).</summary>
    public static double NormalPdf(double x)
    {
        double t = Math.Abs(x);
        if (!(t < 39))
        {
            return double.IsNaN(x) ? x : 0;
        }
        Density(t, out double high, out double low, out int exponent);
        return Scale(high + low, exponent);
    }

    /// <summary>The standard normal distribution function, accurate in relative terms far into the lower tail.</summary>
    public static double NormalCdf(double x)
    {
        double t = Math.Abs(x);
        if (!(t < 38.75))
        {
            return double.IsNaN(x) ? x : x > 0 ? 1 : 0;
        }
        Density(t, out double density, out double densityLow, out int exponent);
        MillsRatio(t, out double ratio, out double ratioLow);
        Multiply(density, ratio, out double tail, out double tailLow);
        tailLow += (density * ratioLow) + (densityLow * ratio);
        if (x <= 0)
        {
            return Scale(tail + tailLow, exponent);
        }
        double scale = Scale(1, exponent);
        Add(1, -(tail * scale), out double high, out double low);
        return high + (low - (tailLow * scale));
    }

    // (1 − Φ(t)) / φ(t), t in [0, 38.75): a polynomial about the nearest quarter.
    private static void MillsRatio(double t, out double high, out double low)
    {
        int node = (int)((t * 4) + 0.5);
        double h = t - (node * 0.25);
        ReadOnlySpan<double> a = RealTables.MillsRatio.AsSpan(node * 16, 16);
        double p = a[15];
        for (int i = 14; i >= 3; i--)
        {
            p = (p * h) + a[i];
        }
        Multiply(h, a[2], out double linear, out double linearLow);
        Add(a[0], linear, out double sum, out double sumLow);
        Add(sum, h * h * p, out high, out low);
        low += sumLow + linearLow + a[1];
    }

    // φ(t) = (high + low) · 2^exponent.
    private static void Density(double t, out double high, out double low, out int exponent)
    {
        Multiply(t, t, out double square, out double squareLow);
        ExpParts(-0.5 * square, -0.5 * squareLow, out double e, out double eLow, out exponent);
        Multiply(e, RealTables.InverseRootTwoPiHigh, out high, out low);
        low += (eLow * RealTables.InverseRootTwoPiHigh) + (e * RealTables.InverseRootTwoPiLow);
    }

    // e^(x + xLow) = (high + low) · 2^exponent.
    private static void ExpParts(double x, double xLow, out double high, out double low, out int exponent)
    {
        double n = Math.Floor((x * RealTables.StepsPerUnit) + 0.5);
        int steps = (int)n;
        Add(x - (n * RealTables.Step1), -(n * RealTables.Step2), out double r, out double rLow);
        rLow += xLow - (n * RealTables.Step3);
        double tail = r * r * (1.0 / 2 + (r * (1.0 / 6 + (r * (1.0 / 24 + (r * (1.0 / 120 + (r * (1.0 / 720 + (r * (1.0 / 5040)))))))))));
        double rest = rLow + (r * rLow) + tail;
        int entry = 2 * (steps & 31);
        double table = RealTables.PowersOfTwo[entry];
        double tableLow = RealTables.PowersOfTwo[entry + 1];
        Multiply(table, r, out double linear, out double linearLow);
        Add(table, linear, out double sum, out double sumLow);
        Add(sum, (table * rest) + tableLow + (tableLow * r) + linearLow, out high, out low);
        low += sumLow;
        exponent = steps >> 5;
    }

    // value · 2^exponent, rounding once even where the result is subnormal; value is near one.
    private static double Scale(double value, int exponent)
    {
        if (exponent > 1023)
        {
            return value * 2 * PowerOfTwo(exponent - 1);
        }
        return exponent >= -1022 ? value * PowerOfTwo(exponent) : value * PowerOfTwo(exponent + 200) * PowerOfTwo(-200);
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);

    // a + b exactly (Knuth's two-sum).
    private static void Add(double a, double b, out double sum, out double error)
    {
        sum = a + b;
        double bb = sum - a;
        error = (a - (sum - bb)) + (b - bb);
    }

    // a · b exactly (Veltkamp's split and Dekker's product), for magnitudes below 2^990.
    private static void Multiply(double a, double b, out double product, out double error)
    {
        product = a * b;
        double aSplit = a * SplitFactor;
        double aHigh = aSplit - (aSplit - a);
        double aLow = a - aHigh;
        double bSplit = b * SplitFactor;
        double bHigh = bSplit - (bSplit - b);
        double bLow = b - bHigh;
        error = ((aHigh * bHigh) - product + (aHigh * bLow) + (aLow * bHigh)) + (aLow * bLow);
    }
}
