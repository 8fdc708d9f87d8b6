using System;
using System.Globalization;

namespace Surety.Core.Numerics;

/// <summary>
/// Text to scaled integers and back: "7985.5" at two decimals is 798550. For configuration, input files and
/// reports; the engine itself sees only the integers.
/// </summary>
public static class FixedDecimal
{
    /// <summary>The most decimals a scale may have, so that 10^decimals fits 64 bits.</summary>
    public const int MaxDecimals = 18;

    private static readonly long[] Powers = MakePowers();

    /// <summary>10 to the power of <paramref name="decimals"/>, 0 to 18.</summary>
    public static long PowerOfTen(int decimals) => Powers[decimals];

    /// <summary>
    /// Reads a plain decimal number exactly. False when the text is not one, has more decimals than the scale
    /// can hold without losing a digit, or does not fit 64 bits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, int decimals, out long scaled)
    {
        scaled = 0;
        bool negative = text.Length > 0 && text[0] == '-';
        ReadOnlySpan<char> digits = negative ? text[1..] : text;
        int point = digits.IndexOf('.');
        ReadOnlySpan<char> whole = point < 0 ? digits : digits[..point];
        ReadOnlySpan<char> fraction = point < 0 ? default : digits[(point + 1)..].TrimEnd('0');
        if (whole.Length == 0 || whole.Length > 19 || fraction.Length > decimals || (point >= 0 && digits.Length == point + 1))
        {
            return false;
        }
        Int128 value = 0;
        foreach (char c in whole)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
            value = (value * 10) + (c - '0');
        }
        for (int i = 0; i < decimals; i++)
        {
            int digit = 0;
            if (i < fraction.Length)
            {
                if (!char.IsAsciiDigit(fraction[i]))
                {
                    return false;
                }
                digit = fraction[i] - '0';
            }
            value = (value * 10) + digit;
        }
        value = negative ? -value : value;
        if (value < long.MinValue || value > long.MaxValue)
        {
            return false;
        }
        scaled = (long)value;
        return true;
    }

    /// <summary>Writes a scaled integer with all its decimals: 798550 at two decimals is "7985.50".</summary>
    public static string Format(Int128 scaled, int decimals)
    {
        Int128 magnitude = scaled < 0 ? -scaled : scaled;
        string digits = magnitude.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string sign = scaled < 0 ? "-" : "";
        return decimals == 0
            ? sign + digits
            : $"{sign}{digits.AsSpan(0, digits.Length - decimals)}.{digits.AsSpan(digits.Length - decimals)}";
    }

    private static long[] MakePowers()
    {
        var powers = new long[MaxDecimals + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }
        return powers;
    }
}
