using System;
using System.Buffers.Text;
using System.Text.Json;
using Surety.Core.Numerics;

namespace Surety.Node.Instruments;

/// <summary>Scaled integers as JSON numbers, exactly, without the zeros at their end.</summary>
public static class DecimalText
{
    private const int MostBytes = 64;

    /// <summary>Writes a scaled integer as a decimal number's digits; returns their count.</summary>
    public static int Format(Span<byte> destination, Int128 scaled, int decimals)
    {
        while (decimals > 0 && scaled % 10 == 0)
        {
            scaled /= 10;
            decimals--;
        }
        if (scaled > long.MaxValue || scaled < long.MinValue + 1)
        {
            return System.Text.Encoding.ASCII.GetBytes(FixedDecimal.Format(scaled, decimals), destination);
        }
        long value = (long)scaled;
        int at = 0;
        if (value < 0)
        {
            destination[at++] = (byte)'-';
            value = -value;
        }
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out int count);
        if (decimals == 0)
        {
            digits[..count].CopyTo(destination[at..]);
            return at + count;
        }
        int whole = count - decimals;
        if (whole <= 0)
        {
            destination[at++] = (byte)'0';
            destination[at++] = (byte)'.';
            for (int i = whole; i < 0; i++)
            {
                destination[at++] = (byte)'0';
            }
            digits[..count].CopyTo(destination[at..]);
            return at + count;
        }
        digits[..whole].CopyTo(destination[at..]);
        at += whole;
        destination[at++] = (byte)'.';
        digits[whole..count].CopyTo(destination[at..]);
        return at + decimals;
    }

    /// <summary>The same as text.</summary>
    public static string ToText(Int128 scaled, int decimals)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        return System.Text.Encoding.ASCII.GetString(bytes[..Format(bytes, scaled, decimals)]);
    }

    /// <summary>Writes a property whose value is a scaled integer.</summary>
    public static void WriteDecimal(this Utf8JsonWriter json, ReadOnlySpan<byte> name, Int128 scaled, int decimals)
    {
        json.WritePropertyName(name);
        json.WriteDecimalValue(scaled, decimals);
    }

    /// <summary>Writes a value that is a scaled integer.</summary>
    public static void WriteDecimalValue(this Utf8JsonWriter json, Int128 scaled, int decimals)
    {
        Span<byte> bytes = stackalloc byte[MostBytes];
        json.WriteRawValue(bytes[..Format(bytes, scaled, decimals)], skipInputValidation: true);
    }
}
