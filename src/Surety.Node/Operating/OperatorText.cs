using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Engine.Instruments;
using Surety.Node.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Operating;

/// <summary>What was asked of the venue cannot be: the field, what was expected there, and what was found.</summary>
public sealed class OperateException(string name, string problem) : Exception($"{name}: {problem}")
{
    /// <summary>The field.</summary>
    public string Field => name;
}

/// <summary>
/// Fields that people write, by name: each is read once, exactly; what is never read is a field that the command does not have.
/// </summary>
public sealed class OperatorText(IReadOnlyDictionary<string, string> given)
{
    /// <summary>Whether a field was given.</summary>
    public bool Has(string name) => given.TryGetValue(name, out string? text) && text.Length > 0;

    /// <summary>A text that must be there.</summary>
    public string Needed(string name) => Has(name) ? given[name] : throw new OperateException(name, "this is needed");

    /// <summary>A text, or another.</summary>
    public string Or(string name, string otherwise) => Has(name) ? given[name] : otherwise;

    /// <summary>A whole number.</summary>
    public long Whole(string name, long least, long most, long? otherwise = null)
    {
        if (otherwise is { } standard && !Has(name))
        {
            return standard;
        }
        string text = Needed(name);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least
            && value <= most
            ? value : throw new OperateException(name, $"expected a whole number from {least} to {most}, found '{Instrument.Short(text)}'");
    }

    /// <summary>A decimal number, scaled: 1.5 with two decimals is 150.</summary>
    public long Scaled(string name, int decimals, long? otherwise = null)
    {
        if (otherwise is { } standard && !Has(name))
        {
            return standard;
        }
        return Scale(name, Needed(name), decimals);
    }

    /// <summary>A part of one, in parts per million: 0.05 is 50,000.</summary>
    public int Ppm(string name, int? otherwise = null) => (int)Range(name, Scaled(name, 6, otherwise), int.MinValue, int.MaxValue);

    /// <summary>Seconds, in milliseconds.</summary>
    public int Ms(string name, int? otherwise = null) => (int)Range(name, Scaled(name, 3, otherwise), 0, 86_400_000);

    /// <summary>A time: milliseconds since 1970, or 2026-12-25T08:00:00Z. Nanoseconds since 1970.</summary>
    public long TimeNs(string name, long? otherwise = null)
    {
        if (otherwise is { } standard && !Has(name))
        {
            return standard;
        }
        string text = Needed(name);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long ms) && ms <= CommandCodec.LatestNs / 1_000_000)
        {
            return ms * 1_000_000;
        }
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTime time) && time >= DateTime.UnixEpoch && time.Year < 2116
            ? (time - DateTime.UnixEpoch).Ticks
                * 100 : throw new OperateException(name,
                $"expected milliseconds since 1970 or a time like 2026-12-25T08:00:00Z, found '{Instrument.Short(text)}'");
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise) => Or(name, otherwise ? "true" : "false") switch
    {
        "true" or "True" or "1" or "yes" => true,
        "false" or "False" or "0" or "no" => false,
        var text => throw new OperateException(name, $"expected true or false, found '{Instrument.Short(text)}'"),
    };

    /// <summary>Parts between commas.</summary>
    public string[] Parts(string name) => Needed(name).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A name for something new.</summary>
    public ShortName Name(string name)
    {
        string text = Needed(name);
        ShortName made = text.Length <= ShortName.Size && text.All(char.IsAscii) ? ShortName.From(text) : default;
        return made.IsValid()
            ? made
            : throw new OperateException(name,
                $"expected 1 to {ShortName.Size} letters, digits, _ and -, beginning with "
                + $"a letter or digit, found '{Instrument.Short(text)}'");
    }

    /// <summary>A P-256 public key: X and Y in base64.</summary>
    public PublicKey Key(string name)
    {
        string text = Needed(name);
        Span<byte> bytes = stackalloc byte[96];
        return Convert.TryFromBase64String(text, bytes, out int length) && length == 64
            ? PublicKey.From(bytes[..64]) : throw new OperateException(name,
                $"expected X and Y of a P-256 key, 64 bytes in base64, as surety key create prints them, found '{Instrument.Short(text)}'");
    }

    /// <summary>Scopes: trade,withdraw,admin,read,govern,custody,report,seal.</summary>
    public KeyScopes Scopes(string name, KeyScopes? otherwise = null)
    {
        if (otherwise is { } standard && !Has(name))
        {
            return standard;
        }
        KeyScopes scopes = KeyScopes.None;
        foreach (string part in Parts(name))
        {
            scopes |= part switch
            {
                "trade" => KeyScopes.Trade,
                "withdraw" => KeyScopes.Withdraw,
                "admin" => KeyScopes.Admin,
                "read" => KeyScopes.Read,
                "govern" => KeyScopes.Govern,
                "custody" => KeyScopes.Custody,
                "report" => KeyScopes.Report,
                "seal" => KeyScopes.Seal,
                _ => throw new OperateException(name,
                    $"expected some of trade, withdraw, admin, read, govern, custody, report, "
                    + $"seal, between commas, found '{Instrument.Short(part)}'"),
            };
        }
        return scopes;
    }

    /// <summary>Fee tiers: FROM_VOLUME:MAKER/TAKER, between commas, for example 0:0.0001/0.0005,5000000:0/0.0004.</summary>
    public (Eight<FeeTier> Tiers, ushort Count) FeeTiers(string name, int decimals)
    {
        Eight<FeeTier> tiers = default;
        (string From, string First, string Second)[] parts = Triples(name, Pool.MaxFeeTiers, "0:0.0001/0.0005 for FROM_VOLUME:MAKER/TAKER");
        for (int i = 0; i < parts.Length; i++)
        {
            tiers[i] =
                new FeeTier
                {
                    FromVolumeAtoms =
                    Scale(name, parts[i].From, decimals),
                    MakerPpm = (int)Scale(name, parts[i].First, 6),
                    TakerPpm = (int)Scale(name, parts[i].Second, 6)
                };
        }
        return (tiers, (ushort)parts.Length);
    }

    /// <summary>Margin tiers: FROM_NOTIONAL:INITIAL/MAINTENANCE, between commas, for example 0:0.05/0.025,1000000:0.1/0.05.</summary>
    public (Eight<ListedTier> Tiers, ushort Count) MarginTiers(string name, int decimals)
    {
        Eight<ListedTier> tiers = default;
        (string From, string First, string Second)[] parts =
            Triples(name, Market.MaxTiers, "0:0.05/0.025 for FROM_NOTIONAL:INITIAL/MAINTENANCE");
        for (int i = 0; i < parts.Length; i++)
        {
            tiers[i] =
                new ListedTier
                {
                    FromNotionalAtoms =
                    Scale(name, parts[i].From, decimals),
                    InitialPpm = (int)Scale(name, parts[i].First, 6),
                    MaintenancePpm = (int)Scale(name, parts[i].Second, 6)
                };
        }
        return (tiers, (ushort)parts.Length);
    }

    /// <summary>Fee tiers as they are written.</summary>
    public static string FeeTiers(Eight<FeeTier> tiers, int count, int decimals) => string.Join(',', Enumerable.Range(0, count)
        .Select(i => $"{DecimalText.ToText(tiers[i].FromVolumeAtoms, decimals)}:"
            + $"{DecimalText.ToText(tiers[i].MakerPpm, 6)}/{DecimalText.ToText(tiers[i].TakerPpm, 6)}"));

    /// <summary>Reads a decimal number exactly.</summary>
    public static long Scale(string name, string text, int decimals) => Instrument.TryParse(text, decimals, out long value)
        ? value : throw new OperateException(name, $"expected a number with at most {decimals} decimals, found '{Instrument.Short(text)}'");

    /// <summary>The value, if it is in its range.</summary>
    public static long Range(string name, long value, long least, long most) => value >= least && value <= most
        ? value : throw new OperateException(name, $"expected at most {most} of its smallest units, found {value}");

    private (string From, string First, string Second)[] Triples(string name, int most, string form)
    {
        string[] parts = Parts(name);
        if (parts.Length == 0 || parts.Length > most)
        {
            throw new OperateException(name, $"expected 1 to {most} tiers like {form}, found {parts.Length}");
        }
        return [.. parts.Select(p => p.Split(':', '/') is [var from, var first, var second]
            ? (from, first, second)
            : throw new OperateException(name, $"expected tiers like {form}, found '{Instrument.Short(p)}'"))];
    }
}
