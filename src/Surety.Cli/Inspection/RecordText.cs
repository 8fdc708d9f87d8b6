using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Cli.Inspection;

/// <summary>Commands and events as text: their fields by name, from the types that define their layout.</summary>
internal static class RecordText
{
    private static readonly Dictionary<string, Type> Types = typeof(CommandHeader).Assembly.GetTypes()
        .Where(t => t.IsValueType && t.Namespace is "Surety.Protocol.Commands" or "Surety.Protocol.Events")
        .ToDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>A command's fields after its header.</summary>
    public static string Of(CommandKind kind, ReadOnlySpan<byte> record)
    {
        if (kind == CommandKind.MassQuote)
        {
            var parts = new List<string>();
            foreach (QuoteEntry q in CommandCodec.Quotes(record))
            {
                parts.Add(Fields(q));
            }
            return string.Join("; ", parts);
        }
        return Types.TryGetValue(kind.ToString(), out Type? type) ? Fields(Read(type, record)) : "";
    }

    /// <summary>An event's fields after its header.</summary>
    public static string Of(EventKind kind, ReadOnlySpan<byte> bytes) =>
        Types.TryGetValue(kind.ToString(), out Type? type) ? Fields(Read(type, bytes)) : "";

    private static object Read(Type type, ReadOnlySpan<byte> bytes) =>
        typeof(RecordText).GetMethod(nameof(Copy), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [bytes.ToArray()])!;

    private static object Copy<T>(byte[] bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes);

    private static string Fields(object value) => string.Join(", ", value.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance)
        .Where(f => f.Name != "Header" && !f.Name.StartsWith("Reserved", StringComparison.Ordinal))
        .Select(f => $"{f.Name} {Text(f.GetValue(value)!)}"));

    private static string Text(object value) =>
        value.GetType().Name.StartsWith("Eight", StringComparison.Ordinal) ? "[…]"
        : value is PublicKey key ? Convert.ToHexStringLower(key.ToBytes())
        : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
