using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Tests;

/// <summary>Writes the tables of layouts that docs/protocol.md shows between its marks.</summary>
internal static class LayoutTables
{
    /// <summary>Where the page stands, from tests/golden.</summary>
    public const string Path = "../../docs/protocol.md";

    private const string End = "<!-- end -->\n";

    // Events whose struct has another name than their kind.
    private static readonly Dictionary<EventKind, Type> SharedForms = new()
    {
        [EventKind.ContractAssigned] = typeof(ContractExercised),
        [EventKind.ContractExerciseLapsed] = typeof(ContractExerciseRequested),
        [EventKind.SourceRewarded] = typeof(SourceSettled),
        [EventKind.SourceSlashed] = typeof(SourceSettled),
    };

    private static readonly Dictionary<string, Func<string>> Tables = new()
    {
        ["command header"] = () => Fields(typeof(CommandHeader)),
        ["commands"] = () => Kinds("command", typeof(CommandHeader), Enum.GetValues<CommandKind>().Where(k => k != CommandKind.None)
            .Select(k => ((int)k, k.ToString(), k == CommandKind.Tick ? typeof(CommandHeader) : Named(k.ToString())))),
        ["event header"] = () => Fields(typeof(EventHeader)),
        ["events"] = () => Kinds("event", typeof(EventHeader), Enum.GetValues<EventKind>().Where(k => k != EventKind.None)
            .Select(k => ((int)k, k.ToString(), SharedForms.TryGetValue(k, out Type? form) ? form : Named(k.ToString())))),
        ["divided events"] = Divided,
        ["tables"] = StateTables,
        ["block header"] = () => Fields(typeof(BlockHeader)),
        ["frames"] = () => Forms([typeof(DirectoryEntry), typeof(RecordProofFrame), typeof(PageProofFrame), typeof(CertificateFrame),
            typeof(SignedReport), typeof(SealFrame), typeof(BatchFrame), typeof(BatchMark)]),
        ["parts"] = () => Forms(Parts()),
    };

    /// <summary>The page with its tables rewritten.</summary>
    public static string Fill(string page)
    {
        foreach ((string name, Func<string> write) in Tables)
        {
            string begin = $"<!-- generated: {name} -->\n";
            int from = page.IndexOf(begin, StringComparison.Ordinal);
            int to = from < 0 ? -1 : page.IndexOf(End, from, StringComparison.Ordinal);
            Assert.True(to > 0, $"docs/protocol.md has no place for '{name}'");
            page = page[..(from + begin.Length)] + "\n" + write() + "\n" + page[to..];
        }
        return page;
    }

    private static Type Named(string name) => Layout.All.Single(t => t.Name == name);

    private static string Fields(Type type) => "| bytes | field | type |\n|---|---|---|\n" + string.Concat(Layout.FieldsOf(type)
        .Select(f => $"| {f.Offset}–{f.Offset + f.Bytes - 1} | {f.Name} | {Kind(f.Type)} |\n"));

    private static string Kinds(string what, Type header, IEnumerable<(int Kind, string Name, Type Form)> kinds) =>
        $"| kind | {what} | bytes | from byte {Layout.SizeOf(header)} on |\n|---|---|---|---|\n"
        + string.Concat(
            kinds.Select(k => $"| {k.Kind} | `{k.Name}` | {Layout.SizeOf(k.Form)} | {(k.Form == header ? "" : List(k.Form))} |\n"));

    private static string Forms(IEnumerable<Type> types) => "| layout | bytes | fields |\n|---|---|---|\n"
        + string.Concat(types.Select(t => $"| `{t.Name}` | {Layout.SizeOf(t)} | {List(t)} |\n"));

    private static string Divided()
    {
        var text = new StringBuilder("| kind | event | bytes | first side: offset, length | second side |\n|---|---|---|---|---|\n");
        foreach (RecordSides sides in RecordSides.All)
        {
            string Of(int side) => string.Join("; ", sides.BytesOf(side).ToArray().Select(r => $"{r.At}, {r.Length}"));
            text.Append(CultureInfo.InvariantCulture,
                $"| {sides.Kind} | `{(EventKind)sides.Kind}` | {sides.Length} | {Of(0)} | {Of(1)} |\n");
        }
        return text.ToString();
    }

    // A table's rows a page are the same in every venue, or they are an account's and the genesis record says how many.
    private static string StateTables()
    {
        Genesis genesis = Genesis.Default("layout", default, 0);
        (genesis.MaxAccounts, genesis.MaxKeys, genesis.MaxOrders) = (16, 16, 64);
        (genesis.MaxTriggers, genesis.MaxTwaps, genesis.MaxWithdrawals) = (16, 16, 16);
        Genesis other = genesis;
        (other.PositionsPerAccount, other.ClientOrdersPerAccount) = (2 * genesis.PositionsPerAccount, 2 * genesis.ClientOrdersPerAccount);
        Table[] tables = new IndexedState(GenesisRecord.Simulated(in genesis)).Tables,
            others = new IndexedState(GenesisRecord.Simulated(in other)).Tables;
        return "| number | table | row | bytes | rows a page |\n|---|---|---|---|---|\n" + string.Concat(tables.Zip(others, (t, o) =>
            $"| {(uint)t.Id} | {t.Id} | `{t.GetType().GetGenericArguments()[0].Name}` | {t.RowBytes} | "
                + $"{(t.RowsPerPage == o.RowsPerPage ? $"{t.RowsPerPage}" : "one account's")} |\n"));
    }

    // What stands within commands, events and frames.
    private static IEnumerable<Type> Parts() => Layout.All.Where(t => t.Namespace != typeof(Account).Namespace || IsPart(t))
        .SelectMany(Layout.FieldsOf).Select(f => Layout.Entries(f.Type) > 0 ? Layout.EntryOf(f.Type) : f.Type)
        .Where(t => Layout.All.Contains(t) && t != typeof(CommandHeader) && t != typeof(EventHeader) && t != typeof(BlockHeader)
            && Layout.FieldsOf(t).Count > 0)
        .Distinct().OrderBy(t => t.Name, StringComparer.Ordinal);

    private static bool IsPart(Type type) => type == typeof(MarketTerms) || type == typeof(PoolRules);

    private static string List(Type type) => string.Join(", ", Layout.FieldsOf(type)
        .Where(f => f.Type != typeof(CommandHeader) && f.Type != typeof(EventHeader)
            && !f.Name.StartsWith("Reserved", StringComparison.Ordinal))
        .Select(f => $"{f.Offset} {f.Name} {Kind(f.Type)}"));

    private static string Kind(Type type)
    {
        Type plain = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        if (Layout.Entries(plain) is var entries and > 0)
        {
            Type entry = Layout.EntryOf(plain);
            return entry == typeof(byte) ? $"{entries} bytes" : $"{entries} × {Kind(entry)}";
        }
        return plain.Name switch
        {
            nameof(Byte) => "u8",
            nameof(UInt16) => "u16",
            nameof(UInt32) => "u32",
            nameof(Int32) => "i32",
            nameof(UInt64) => "u64",
            nameof(Int64) => "i64",
            nameof(Hash256) => $"{Hash256.Size} bytes",
            nameof(PublicKey) => $"{2 * PublicKey.CoordinateBytes} bytes",
            _ => $"`{plain.Name}`",
        };
    }
}
