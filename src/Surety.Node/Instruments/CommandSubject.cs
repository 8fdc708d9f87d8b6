using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Instruments;

/// <summary>What a command is about: its market, its asset, its index, and the name of a field at a place in its bytes.</summary>
public static class CommandSubject
{
    private static readonly ConcurrentDictionary<Type, (int Offset, FieldInfo Field)[]> Layouts = new();

    /// <summary>The number of its market; −1 where it has none, several, or one that is not known.</summary>
    public static int MarketOf(ReadOnlySpan<byte> record, Func<ulong, int>? marketOfOrder = null) => KindOf(record) switch
    {
        CommandKind.PlaceOrder => CommandCodec.View<PlaceOrder>(record).Market,
        CommandKind.PlaceTrigger => CommandCodec.View<PlaceTrigger>(record).Market,
        CommandKind.PlaceTwap => CommandCodec.View<PlaceTwap>(record).Market,
        CommandKind.AmendOrder => marketOfOrder?.Invoke(CommandCodec.View<AmendOrder>(record).OrderId) ?? -1,
        CommandKind.CancelOrder => marketOfOrder?.Invoke(CommandCodec.View<CancelOrder>(record).OrderId) ?? -1,
        CommandKind.MassQuote => OnlyMarket(record),
        CommandKind.SetQuoteProtection => CommandCodec.View<SetQuoteProtection>(record).Market,
        CommandKind.ExerciseContract => CommandCodec.View<ExerciseContract>(record).Market,
        CommandKind.SetMarginMode => CommandCodec.View<SetMarginMode>(record).Market,
        CommandKind.AdjustIsolatedMargin => CommandCodec.View<AdjustIsolatedMargin>(record).Market,
        CommandKind.SetMarketStatus => CommandCodec.View<SetMarketStatus>(record).Market,
        CommandKind.ChangeMarket => (int)Math.Min(CommandCodec.View<ChangeMarket>(record).Market, int.MaxValue),
        _ => -1,
    };

    /// <summary>The number of its asset; −1 where it names none.</summary>
    public static int AssetOf(ReadOnlySpan<byte> record) => KindOf(record) switch
    {
        CommandKind.Deposit => CommandCodec.View<Deposit>(record).Asset,
        CommandKind.Withdraw => CommandCodec.View<Withdraw>(record).Asset,
        CommandKind.Transfer => CommandCodec.View<Transfer>(record).Asset,
        _ => -1,
    };

    /// <summary>The number of its index; −1 where it names none.</summary>
    public static int IndexOf(ReadOnlySpan<byte> record) => KindOf(record) switch
    {
        CommandKind.ReportPrice => CommandCodec.View<ReportPrice>(record).Index,
        CommandKind.ConfirmIndexPrice => CommandCodec.View<ConfirmIndexPrice>(record).Index,
        CommandKind.SetPriceSource => CommandCodec.View<SetPriceSource>(record).Index,
        CommandKind.PostBond => CommandCodec.View<PostBond>(record).Index,
        _ => -1,
    };

    /// <summary>
    /// Of terms that a command lists: the index, and how many of its smallest units a tick is; −1 where it lists nothing.
    /// </summary>
    public static (int Index, long Tick) TickOf(ReadOnlySpan<byte> record)
    {
        switch (KindOf(record))
        {
            case CommandKind.ListMarket:
                ref readonly MarketTerms market = ref CommandCodec.View<ListMarket>(record).Terms;
                return (market.Index, market.IndexUnitsPerTick);
            case CommandKind.ListContract:
                ref readonly MarketTerms contract = ref CommandCodec.View<ListContract>(record).Terms;
                return (contract.Index, contract.IndexUnitsPerTick);
            default:
                return (-1, 0);
        }
    }

    /// <summary>
    /// The name of the field at a byte of a command, as in the protocol's layout; "a field" where the command is not known.
    /// </summary>
    public static string FieldAt(ReadOnlySpan<byte> record, long offset)
    {
        // What a change says of its terms it says by their place in a listing.
        CommandKind kind = KindOf(record) == CommandKind.ChangeMarket ? CommandKind.ListMarket : KindOf(record);
        Type? type = typeof(CommandHeader).Assembly.GetType($"{typeof(CommandHeader).Namespace}.{kind}");
        string name = "";
        while (type is { IsValueType: true, IsEnum: false, IsPrimitive: false, IsGenericType: false })
        {
            (int Offset, FieldInfo Field)[] layout = Layouts.GetOrAdd(type, LayoutOf);
            (int at, FieldInfo? field) = layout.LastOrDefault(f => f.Offset <= offset);
            if (field is null)
            {
                break;
            }
            name = name.Length == 0 || name.EndsWith('s') ? field.Name : $"{name}.{field.Name}";
            offset -= at;
            type = field.FieldType == typeof(MarketTerms) || field.FieldType == typeof(CommandHeader) ? field.FieldType : null;
            name = type == typeof(MarketTerms) ? "" : name;
        }
        return name.Length == 0 ? "a field" : $"the field {name}";
    }

    internal static CommandKind KindOf(ReadOnlySpan<byte> record)
    {
        if (record.Length < CommandHeader.Size)
        {
            return CommandKind.None;
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        return header.Kind == CommandKind.MassQuote || (CommandCodec.SizeOf(header.Kind) is > 0 and var size && record.Length >= size)
            ? header.Kind
            : CommandKind.None;
    }

    private static int OnlyMarket(ReadOnlySpan<byte> record) =>
        record.Length >= MassQuote.FixedSize + System.Runtime.CompilerServices.Unsafe.SizeOf<QuoteEntry>()
            && MemoryMarshal.Read<uint>(record[CommandHeader.Size..]) == 1
            ? MemoryMarshal.Read<QuoteEntry>(record[MassQuote.FixedSize..]).Market : -1;

    private static (int, FieldInfo)[] LayoutOf(Type type) =>
        [.. type.GetFields(BindingFlags.Public | BindingFlags.Instance).Select(f => (OffsetOf(type, f), f)).OrderBy(f => f.Item1)];

    // The place at which a field that is not zero shows in the bytes of a value that otherwise is.
    private static int OffsetOf(Type type, FieldInfo field) =>
        (int)typeof(CommandSubject)
            .GetMethod(nameof(FirstByte), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type, field.FieldType)
            .Invoke(null, [field])!;

    private static int FirstByte<T, TField>(FieldInfo field)
        where T : unmanaged
        where TField : unmanaged
    {
        TField ones = default;
        MemoryMarshal.AsBytes(new Span<TField>(ref ones)).Fill(0xFF);
        object boxed = default(T);
        field.SetValue(boxed, ones);
        var value = (T)boxed;
        return MemoryMarshal.AsBytes(new Span<T>(ref value)).IndexOfAnyExcept((byte)0);
    }
}
