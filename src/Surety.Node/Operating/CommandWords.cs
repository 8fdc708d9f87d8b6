using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Surety.Core.Hashing;
using Surety.Node.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Operating;

/// <summary>
/// What a command says, in words, from its bytes: what an operator reads before he signs, and in his log. A field that is zero says so:
/// it may be the one that matters. Only among a market's terms and a pool's rules, where zero is no term, it is left out. Rates, times and
/// names are written as people write them, other numbers in the command's own units.
/// </summary>
public static class CommandWords
{
    private static readonly Dictionary<string, Type> Types = typeof(CommandHeader).Assembly.GetTypes()
        .Where(t => t.IsValueType && t.Namespace == "Surety.Protocol.Commands").ToDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>The words of a well-formed record.</summary>
    public static string Of(ReadOnlySpan<byte> record, VenueListing? listing)
    {
        CommandKind kind = CommandCodec.View<CommandHeader>(record).Kind;
        if (kind == CommandKind.WriteContractText)
        {
            ref readonly WriteContractText piece = ref CommandCodec.View<WriteContractText>(record);
            ReadOnlySpan<byte> bytes = piece.Bytes;
            return $"WriteContractText at {piece.Offset}: "
                + $"{JsonText(Encoding.UTF8.GetString(bytes[..Math.Min((int)piece.Length, WriteContractText.MaxBytes)]))}";
        }
        if (kind == CommandKind.MassQuote || !Types.TryGetValue(kind.ToString(), out Type? type))
        {
            return kind.ToString();
        }
        object value =
            typeof(CommandWords).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
                .Invoke(null, [record.ToArray()])!;
        var words = new List<string>();
        Fields(value, listing, words);
        return $"{kind} {string.Join(", ", words)}".TrimEnd();
    }

    private static object Read<T>(byte[] bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes);

    private static void Fields(object value, VenueListing? listing, List<string> words, bool zeros = true)
    {
        foreach (FieldInfo field in value.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            object part = field.GetValue(value)!;
            if (field.Name == "Header" || field.Name.StartsWith("Reserved", StringComparison.Ordinal))
            {
                continue;
            }
            if (field.FieldType.Name is nameof(MarketTerms) or "PoolRules")
            {
                Fields(part, listing, words, zeros: false);
            }
            else if (Text(value, field.Name, part, listing, zeros) is { Length: > 0 } text)
            {
                words.Add($"{JsonName(WithoutUnit(field.Name, value, listing))} {text}");
            }
        }
    }

    private static string? Text(object of, string name, object value, VenueListing? listing, bool zeros)
    {
        switch (value)
        {
            case ShortName or Enum:
                return value.ToString();
            case PublicKey key:
                return Convert.ToBase64String(key.ToBytes());
            case Hash256 hash:
                return hash.ToString();
        }
        if (value.GetType().IsGenericType)
        {
            return Elements(value);
        }
        long number = Convert.ToInt64(value is ulong big ? (long)(big & long.MaxValue) : value, CultureInfo.InvariantCulture);
        bool isReference = name is "Index" or "Pool" or "Market" or "Asset" or "Underlying" or "SourceKey" or "ToAccount" or "RevokedKey"
            or "Paid" or "Decimals";
        return number == 0 && !isReference && !zeros ? null
            : name == "Weight" && number == 0 && of is SetPriceSource ? "0, which removes the source"
            : number == 0 && (name.EndsWith("PlusOne", StringComparison.Ordinal) || name.EndsWith("Ns", StringComparison.Ordinal)) ? "none"
            : name.EndsWith("Ppm", StringComparison.Ordinal) ? DecimalText.ToText(number, 6)
            : name.EndsWith("Milli", StringComparison.Ordinal) ? DecimalText.ToText(number, 3)
            : name.EndsWith("Ms", StringComparison.Ordinal) ? DecimalText.ToText(number, 3) + " s"
            : name.EndsWith("Ns", StringComparison.Ordinal)
                ? DateTime.UnixEpoch.AddTicks(number / 100).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : listing is null ? number.ToString(CultureInfo.InvariantCulture)
            : name is "Index" or "Underlying" && number < listing.Indexes.Count ? listing.Indexes[(int)number].Name
            : name == "PriceIndexPlusOne" && number <= listing.Indexes.Count ? listing.Indexes[(int)number - 1].Name
            : name == "Pool" && number < listing.Pools.Count ? listing.Pools[(int)number].Name
            : name == "Market" && number < listing.Markets.Count ? listing.Markets[(int)number].Name
            : name == "Asset" && number < listing.Assets.Count ? listing.Assets[(int)number].Name
            : name == "AmountAtoms" && of is Deposit d && d.Asset < listing.Assets.Count
                ? DecimalText.ToText(number, listing.Assets[d.Asset].Decimals)
            : number.ToString(CultureInfo.InvariantCulture);
    }

    // A unit that the value was converted out of is not in the name.
    private static string WithoutUnit(string name, object of, VenueListing? listing) =>
        name.EndsWith("Ppm", StringComparison.Ordinal) ? name[..^3]
        : name.EndsWith("Milli", StringComparison.Ordinal) ? name[..^5]
        : name.EndsWith("Ms", StringComparison.Ordinal) || name.EndsWith("Ns", StringComparison.Ordinal) ? name[..^2]
        : name == "AmountAtoms" && of is Deposit d && listing is not null && d.Asset < listing.Assets.Count ? "Amount"
        : name;

    // Arrays of a row: numbers as they are, tiers as FROM:FIRST/SECOND.
    private static string? Elements(object value) => value switch
    {
        Eight<FeeTier> tiers =>
            Join(Items<FeeTier>(tiers)
                .Select((t, i) => i > 0 && t.FromVolumeAtoms == 0
                ? null
                : $"{t.FromVolumeAtoms}:{DecimalText.ToText(t.MakerPpm, 6)}/{DecimalText.ToText(t.TakerPpm, 6)}")),
        Eight<ListedTier> tiers =>
            Join(Items<ListedTier>(tiers)
                .Select((t, i) => t.InitialPpm == 0
                ? null
                : $"{t.FromNotionalAtoms}:{DecimalText.ToText(t.InitialPpm, 6)}/{DecimalText.ToText(t.MaintenancePpm, 6)}")),
        Eight<ushort> numbers => Join(Items<ushort>(numbers).Select(n => n.ToString(CultureInfo.InvariantCulture))),
        Eight<int> numbers => Join(Items<int>(numbers).Select(n => n.ToString(CultureInfo.InvariantCulture))),
        Sixteen<ushort> numbers => Join(((ReadOnlySpan<ushort>)numbers).ToArray().Select(n => n.ToString(CultureInfo.InvariantCulture))),
        _ => null,
    };

    private static T[] Items<T>(Eight<T> eight) => ((ReadOnlySpan<T>)eight).ToArray();

    private static string Join(IEnumerable<string?> parts) => string.Join(' ', parts.Where(p => p is not null));

    private static string JsonName(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
