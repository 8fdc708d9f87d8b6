using System;
using System.Globalization;
using Surety.Core.Numerics;

namespace Surety.Terms;

/// <summary>
/// Numbers of contracts: integers that count hundred-millionths, 128 bits wide. Sums are exact; products and quotients are
/// rounded down (toward −∞), every time. What would leave ±10^18 stays at its end: the analyzer refuses a contract of which
/// that could ever be seen, so that it happens only in branches not taken.
/// </summary>
public static class FixedPoint
{
    /// <summary>Decimals.</summary>
    public const int Decimals = 8;

    /// <summary>One.</summary>
    public const long One = 100_000_000;

    /// <summary>The largest magnitude that an operand may have: 10^18, scaled.</summary>
    public static readonly Int128 Largest = (Int128)One * 1_000_000_000_000_000_000;

    /// <summary>a + b.</summary>
    public static Int128 Add(Int128 a, Int128 b) => Bound(a + b);

    /// <summary>floor(a · b).</summary>
    public static Int128 Multiply(Int128 a, Int128 b)
    {
        if (((Int128.Abs(a) / One) + 1) * ((Int128.Abs(b) / One) + 1) > Largest / One)
        {
            return (a < 0) == (b < 0) ? Largest : -Largest;
        }
        // Whole and fractional part apart, so that the product of two large numbers needs no more than 128 bits.
        (Int128 whole, Int128 rest) = DivRemFloor(a, One);
        return (whole * b) + DivRemFloor(rest * b, One).Quotient;
    }

    /// <summary>floor(a / b), and 0 for b = 0.</summary>
    public static Int128 Divide(Int128 a, Int128 b) =>
        b == 0 ? 0 : Bound(b > 0 ? DivRemFloor(a * One, b).Quotient : DivRemFloor(-a * One, -b).Quotient);

    /// <summary>The sum over a count, rounded down.</summary>
    public static Int128 Mean(Int128 sum, Int128 weight) => DivRemFloor(sum, weight).Quotient;

    /// <summary>Reads digits with at most eight decimals.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Int128 value)
    {
        value = 0;
        int point = text.IndexOf('.');
        ReadOnlySpan<char> whole = point < 0 ? text : text[..point];
        ReadOnlySpan<char> fraction = point < 0 ? default : text[(point + 1)..];
        if (whole.Length is 0 or > 18 || fraction.Length > Decimals || (point >= 0 && fraction.Length == 0))
        {
            return false;
        }
        foreach (char c in whole)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
            value = (value * 10) + (c - '0');
        }
        foreach (char c in fraction)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
            value = (value * 10) + (c - '0');
        }
        value *= FixedDecimal.PowerOfTen(Decimals - fraction.Length);
        return true;
    }

    /// <summary>Digits without trailing zeros.</summary>
    public static string Format(Int128 value)
    {
        string text = FixedDecimal.Format(value, Decimals).TrimEnd('0').TrimEnd('.');
        return text.Length == 0 ? "0" : text.ToString(CultureInfo.InvariantCulture);
    }

    private static Int128 Bound(Int128 value) => Int128.Clamp(value, -Largest, Largest);

    private static (Int128 Quotient, Int128 Remainder) DivRemFloor(Int128 value, Int128 divisor)
    {
        Int128 quotient = value / divisor;
        Int128 remainder = value - (quotient * divisor);
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder);
    }
}
