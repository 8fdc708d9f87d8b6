using System;

namespace Surety.Core.Numerics;

/// <summary>
/// Integer division with a named rounding. The platform's <c>/</c> truncates toward zero, which rounds a
/// gain and a loss in opposite directions; money never uses it.
/// </summary>
public static class Rounding
{
    /// <summary>Parts in one: rates are held in parts per million.</summary>
    public const long Million = 1_000_000;

    /// <summary>The greatest integer not above <paramref name="value"/> / <paramref name="divisor"/>; divisor &gt; 0.</summary>
    public static long DivFloor(long value, long divisor)
    {
        long quotient = value / divisor;
        return value % divisor < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The least integer not below <paramref name="value"/> / <paramref name="divisor"/>; divisor &gt; 0.</summary>
    public static long DivCeiling(long value, long divisor)
    {
        long quotient = value / divisor;
        return value % divisor > 0 ? quotient + 1 : quotient;
    }

    /// <summary>The nearest integer, halves upward; divisor &gt; 0.</summary>
    public static long DivNearest(long value, long divisor)
    {
        long floor = DivFloor(value, divisor);
        long remainder = value % divisor;
        remainder = remainder < 0 ? remainder + divisor : remainder;
        return remainder >= divisor - remainder ? floor + 1 : floor;
    }

    /// <summary>floor(a·b / divisor) with the product in 128 bits; divisor &gt; 0.</summary>
    /// <exception cref="OverflowException">The quotient does not fit 64 bits.</exception>
    public static long MulDivFloor(long a, long b, long divisor)
    {
        Int128 product = (Int128)a * b;
        Int128 quotient = product / divisor;
        if (product % divisor < 0)
        {
            quotient -= 1;
        }
        return checked((long)quotient);
    }

    /// <summary>ceiling(a·b / divisor) with the product in 128 bits; divisor &gt; 0.</summary>
    /// <exception cref="OverflowException">The quotient does not fit 64 bits.</exception>
    public static long MulDivCeiling(long a, long b, long divisor)
    {
        Int128 product = (Int128)a * b;
        Int128 quotient = product / divisor;
        if (product % divisor > 0)
        {
            quotient += 1;
        }
        return checked((long)quotient);
    }

    /// <summary>
    /// ceiling(amount · ppm / 1,000,000), exactly, for amount ≥ 0 and 0 ≤ ppm ≤ 1,000,000, without a 128-bit
    /// division: the amount is split at a million, so neither half can overflow.
    /// </summary>
    public static long PpmCeiling(long amount, long ppm)
    {
        long millions = amount / Million;
        long rest = amount - (millions * Million);
        return (millions * ppm) + (((rest * ppm) + (Million - 1)) / Million);
    }

    /// <summary>floor(amount · ppm / 1,000,000), exactly, for amount ≥ 0 and 0 ≤ ppm ≤ 1,000,000.</summary>
    public static long PpmFloor(long amount, long ppm)
    {
        long millions = amount / Million;
        long rest = amount - (millions * Million);
        return (millions * ppm) + (rest * ppm / Million);
    }
}
