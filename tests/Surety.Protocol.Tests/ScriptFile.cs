using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Tests;

/// <summary>Writes web/src/protocol.ts: every layout and number of the protocol for programs that are not of this one.</summary>
internal static class ScriptFile
{
    /// <summary>Where it stands, from tests/golden.</summary>
    public const string Path = "../../web/src/protocol.ts";

    private const int Width = 128;

    /// <summary>The text of the file.</summary>
    public static string Write()
    {
        var text = new StringBuilder();
        text.Append(
            "// Generated from the structs of Surety.Protocol by GeneratedFileTests; do "
            + "not edit. SURETY_UPDATE_GOLDEN=1 writes it again.\n\n");
        text.Append("import { bytes, i32, i64, layout, list, struct, u16, u32, u64, u8 } from './layout';\n");
        WriteConstants(text);
        foreach (Type type in Layout.Enums.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            IEnumerable<string> entries = Enum.GetNames(type)
                .Select(n => string.Create(CultureInfo.InvariantCulture, $"{n}: {Convert.ToInt64(Enum.Parse(type, n), null)}"));
            WriteList(text, $"export const {type.Name} = {{", [.. entries], "} as const;");
        }
        var written = new HashSet<Type>();
        foreach (Type type in Layout.All.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            WriteLayout(text, type, written);
        }
        return text.ToString();
    }

    private static void WriteConstants(StringBuilder text)
    {
        void Constant(string name, object value) => text.Append(CultureInfo.InvariantCulture, $"export const {name} = {value};\n");
        text.Append(
            "\n// Blocks: how many records a leaf has, the longest record, the deepest tree; what tells one kind of hash from another.\n");
        Constant("GroupRecords", PagedLog.GroupRecords);
        Constant("MostRecordBytes", PagedLog.PageBytes);
        Constant("MostSiblings", MerkleTree.MaxDepth);
        Constant("MostPageBytes", PageProofFrame.MostPageBytes);
        Constant("HashBytes", Hash256.Size);
        Constant("SaltBytes", RecordSalts.SaltBytes);
        Constant("CommandContext", PagedLog.CommandContext);
        Constant("EventContext", PagedLog.EventContext);
        Constant("SideContext", RecordSides.Context);
        text.Append("\n// What a format begins with: four letters and its version.\n");
        Constant("BlockHeaderMagic", $"{BlockHeader.ExpectedMagic}n");
        Constant("PageProofMagic", $"{PageProofFrame.ExpectedMagic}n");
        Constant("RecordProofMagic", $"{RecordProofFrame.ExpectedMagic}n");
        Constant("CertificateMagic", $"{CertificateFrame.ExpectedMagic}n");
        Constant("MostParts", CertificateFrame.MostParts);
        text.Append("\n// What a signed message begins with.\n");
        Constant("SignsCommand", Quoted(SignedMessage.Command));
        Constant("SignsLogin", Quoted(SignedMessage.Login));
        Constant("SignsHeader", Quoted(SignedMessage.Header));
        Constant("SignsBatch", Quoted(SignedMessage.Batch));
        Constant("MostBatched", BatchFrame.MaxCommands);
        text.Append("\n// A command's stamp is not signed; a key's row is in the low bits of its number.\n");
        Constant("StampBytes", CommandHeader.StampSize);
        Constant("SignatureBytes", CommandHeader.SignatureSize);
        Constant("KeyRowBits", Key.RowBits);
        Constant("PublicKeyBytes", 2 * PublicKey.CoordinateBytes);
        Constant("MostSources", PriceIndex.MaxSources);
        Constant("MostCollateral", Pool.MaxCollateral);
        Constant("MostTiers", Market.MaxTiers);
        Constant("MostPositionValue", $"{Market.MaxPositionValue}n");
        text.Append("\n/** Events between two accounts: length, and which bytes are each side's: offset and length. */\n");
        text.Append("export const Divided: Record<number, { length: number; sides: readonly [Ranges, Ranges] }> = {\n");
        foreach (RecordSides sides in RecordSides.All)
        {
            string Of(int side) => $"[{string.Join(", ", sides.BytesOf(side).ToArray().Select(r => $"[{r.At}, {r.Length}]"))}]";
            text.Append(CultureInfo.InvariantCulture, $"  {sides.Kind}: {{ length: {sides.Length}, sides: [{Of(0)}, {Of(1)}] }},\n");
        }
        text.Append("};\n\nexport type Ranges = readonly (readonly [at: number, length: number])[];\n");
    }

    private static void WriteLayout(StringBuilder text, Type type, HashSet<Type> written)
    {
        if (IsBytes(type) || !written.Add(type))
        {
            return;
        }
        IReadOnlyList<LayoutField> fields = Layout.FieldsOf(type);
        foreach (LayoutField field in fields)
        {
            Type inner = Layout.Entries(field.Type) > 0 ? Layout.EntryOf(field.Type) : field.Type;
            if (!inner.IsPrimitive && !inner.IsEnum)
            {
                WriteLayout(text, inner, written);
            }
        }
        if (fields.Count > 0)
        {
            string open = $"export const {type.Name} = /* @__PURE__ */ layout({Layout.SizeOf(type)}, {{";
            WriteList(text, open,
                [.. fields.Select(f => $"{Camel(f.Name)}: {Reader(f.Type, f.Offset.ToString(CultureInfo.InvariantCulture))}")], "});");
        }
    }

    private static string Reader(Type type, string at)
    {
        Type plain = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        if (IsBytes(plain))
        {
            return $"bytes({at}, {Layout.SizeOf(plain)})";
        }
        if (Layout.Entries(plain) is var entries and > 0)
        {
            Type entry = Layout.EntryOf(plain);
            string reader = entry.IsPrimitive ? Primitive(entry) : $"(at) => {Reader(entry, "at")}";
            return $"list({at}, {entries}, {Layout.SizeOf(entry)}, {reader})";
        }
        return plain.IsPrimitive ? $"{Primitive(plain)}({at})" : $"struct({at}, {plain.Name})";
    }

    private static string Primitive(Type type) => type.Name switch
    {
        nameof(Byte) => "u8",
        nameof(UInt16) => "u16",
        nameof(UInt32) => "u32",
        nameof(Int32) => "i32",
        nameof(UInt64) => "u64",
        nameof(Int64) => "i64",
        _ => throw new NotSupportedException($"layouts have no {type.Name}"),
    };

    // Texts, digests, keys and signatures: nothing in them is a number.
    private static bool IsBytes(Type type) => type == typeof(Hash256) || type == typeof(Hash128) || type == typeof(PublicKey)
        || (Layout.Entries(type) > 0 && Layout.EntryOf(type) == typeof(byte));

    private static void WriteList(StringBuilder text, string open, string[] entries, string close)
    {
        text.Append('\n').Append(open).Append('\n');
        var line = new StringBuilder();
        foreach (string entry in entries)
        {
            if (line.Length > 0 && line.Length + entry.Length + 4 > Width)
            {
                text.Append(' ').Append(line).Append('\n');
                line.Clear();
            }
            line.Append(' ').Append(entry).Append(',');
        }
        text.Append(' ').Append(line).Append('\n').Append(close).Append('\n');
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string Quoted(ReadOnlySpan<byte> ascii) =>
        $"'{string.Concat(Encoding.ASCII.GetString(ascii).Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()))}'";
}
