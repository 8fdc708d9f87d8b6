using System;
using System.Globalization;

namespace Surety.Terms;

/// <summary>What an instrument's name says it is.</summary>
public enum InstrumentKind
{
    /// <summary>A future without an end.</summary>
    Perpetual = 1,
    /// <summary>A dated future.</summary>
    Future = 2,
    /// <summary>A call option.</summary>
    Call = 3,
    /// <summary>A put option.</summary>
    Put = 4,
}

/// <summary>
/// Names as Deribit gives them: BTC_USDC-PERPETUAL, BTC_USDC-29DEC17, BTC_USDC-29DEC17-5000-C. Expiry is at 08:00 UTC of the
/// day; a strike's point is written d (0d25).
/// </summary>
/// <param name="Pair">BTC_USDC.</param>
/// <param name="Kind">What it is.</param>
/// <param name="ExpiryMs">Milliseconds since 1970; 0 for a perpetual.</param>
/// <param name="Strike">Fixed point; 0 for what has none.</param>
public sealed record InstrumentName(string Pair, InstrumentKind Kind, long ExpiryMs, Int128 Strike)
{
    private const long SettlementMs = 8 * 3_600_000;
    private const long DayMs = 86_400_000;

    /// <summary>Reads a name; false when it is none of these.</summary>
    public static bool TryParse(string text, out InstrumentName? name)
    {
        name = null;
        string[] parts = text.Split('-');
        if (parts.Length is < 2 or > 4 || parts.Length == 3 || parts[0].Length == 0 || !IsPair(parts[0]))
        {
            return false;
        }
        if (parts is [_, "PERPETUAL"])
        {
            name = new InstrumentName(parts[0], InstrumentKind.Perpetual, 0, 0);
            return true;
        }
        if (!DateTime.TryParseExact(parts[1], "dMMMyy", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime day)
            || Date(day) != parts[1])
        {
            return false;
        }
        long expiryMs = ((day.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond) + SettlementMs;
        if (parts.Length == 2)
        {
            name = new InstrumentName(parts[0], InstrumentKind.Future, expiryMs, 0);
            return true;
        }
        if (parts[3] is not ("C" or "P") || !FixedPoint.TryParse(parts[2].Replace('d', '.'), out Int128 strike) || strike == 0)
        {
            return false;
        }
        name = new InstrumentName(parts[0], parts[3] == "C" ? InstrumentKind.Call : InstrumentKind.Put, expiryMs, strike);
        return name.ToString() == text;
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        InstrumentKind.Perpetual => $"{Pair}-PERPETUAL",
        InstrumentKind.Future => $"{Pair}-{Date(Day)}",
        _ => $"{Pair}-{Date(Day)}-{FixedPoint.Format(Strike).Replace('.', 'd')}-{(Kind == InstrumentKind.Call ? 'C' : 'P')}",
    };

    private DateTime Day => DateTime.UnixEpoch.AddTicks(ExpiryMs / DayMs * DayMs * TimeSpan.TicksPerMillisecond);

    private static string Date(DateTime day) => day.ToString("dMMMyy", CultureInfo.InvariantCulture).ToUpperInvariant();

    private static bool IsPair(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }
        return true;
    }
}
