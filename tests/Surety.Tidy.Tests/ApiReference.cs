using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Surety.Tidy.Tests;

/// <summary>Writes a page about the public members of an assembly from what is compiled and its XML documentation.</summary>
internal sealed partial class ApiReference
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nulls = new();

    private static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Equality"] = "operator ==",
        ["op_Inequality"] = "operator !=",
        ["op_LessThan"] = "operator <",
        ["op_GreaterThan"] = "operator >",
        ["op_LessThanOrEqual"] = "operator <=",
        ["op_GreaterThanOrEqual"] = "operator >=",
        ["op_Addition"] = "operator +",
        ["op_Subtraction"] = "operator -",
        ["op_Multiply"] = "operator *",
        ["op_Division"] = "operator /",
        ["op_UnaryNegation"] = "operator -",
        ["op_BitwiseAnd"] = "operator &",
        ["op_BitwiseOr"] = "operator |",
        ["op_Implicit"] = "implicit operator",
        ["op_Explicit"] = "explicit operator",
    };

    private readonly Assembly _assembly;
    private readonly Dictionary<string, XElement> _documentation;

    public ApiReference(string room)
    {
        _assembly = TidyTests.Load(room);
        _documentation = XDocument.Load(Path.ChangeExtension(_assembly.Location, ".xml")).Descendants("member")
            .ToDictionary(m => (string)m.Attribute("name")!);
    }

    /// <summary>How many types and members the page describes.</summary>
    public int Count { get; private set; }

    /// <summary>The page.</summary>
    public string Write(string about)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {_assembly.GetName().Name}\n\n{about}\n\n");
        text.Append("Generated from the code and its comments by ApiReferenceTests; do not edit. ");
        text.Append("SURETY_UPDATE_GOLDEN=1 writes it again.\n");
        IEnumerable<Type> types = _assembly.GetTypes().Where(IsVisible)
            .OrderBy(t => t.Namespace, StringComparer.Ordinal).ThenBy(NameOf, StringComparer.Ordinal);
        foreach (IGrouping<string?, Type> space in types.GroupBy(t => t.Namespace))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {space.Key}\n");
            foreach (Type type in space)
            {
                Write(text, type);
            }
        }
        return text.ToString();
    }

    private void Write(StringBuilder text, Type type)
    {
        Count++;
        XElement? about = Find(IdOf(type));
        string heading = NameOf(type).Replace("<", "\\<", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"\n### {heading}\n\n{KindOf(type)}{SizeOf(type)}. {Say(about)}\n");
        List<(string Name, string Text)> rows = typeof(Delegate).IsAssignableFrom(type)
            ? [(SignatureOf(type.GetMethod("Invoke")!), "What it is called with.")]
            : [.. MembersOf(type).Select(m => (SignatureOf(m), SayMember(m, about)))];
        (string Name, string Text) silent = rows.Find(r => r.Text.Length == 0);
        if (silent.Name is not null)
        {
            throw new InvalidOperationException($"{NameOf(type)}: {silent.Name} has no comment; a record has param tags");
        }
        Count += rows.Count;
        if (rows.Count == 0)
        {
            return;
        }
        text.Append(type.IsEnum ? "\n| value | |\n|---|---|\n" : "\n| member | |\n|---|---|\n");
        rows.ForEach(r => text.Append(CultureInfo.InvariantCulture, $"| `{r.Name}` | {r.Text} |\n"));
    }

    // What the compiler adds to records, enums and lambdas is no member to be told of.
    private static IEnumerable<MemberInfo> MembersOf(Type type) => type.GetMembers(Declared)
        .Where(m => m switch
        {
            FieldInfo f => (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) && !f.IsSpecialName,
            PropertyInfo p => p.GetAccessors(true).Any(IsVisible) && p.Name != "EqualityContract",
            EventInfo e => IsVisible(e.AddMethod!),
            ConstructorInfo c => IsVisible(c) && !c.IsStatic && !IsCopy(c, type),
            MethodInfo o => IsVisible(o) && (!o.IsSpecialName || o.Name.StartsWith("op_", StringComparison.Ordinal))
                && !o.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsOfEveryObject(o),
            _ => false,
        } && !m.Name.Contains('<', StringComparison.Ordinal))
        .OrderBy(m => m is FieldInfo ? 0 : m is ConstructorInfo ? 1 : m is PropertyInfo ? 2 : 3).ThenBy(m => m.MetadataToken);

    private static bool IsOfEveryObject(MethodInfo method) =>
        method.Name is "ToString" or "Equals" or "GetHashCode" && method.GetBaseDefinition() != method;

    private static bool IsCopy(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is [{ } only] && only.ParameterType == type;

    private static bool IsVisible(Type type) => type.IsNested ? type.IsNestedPublic && IsVisible(type.DeclaringType!) : type.IsPublic;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string KindOf(Type type) =>
        type.IsEnum ? $"enum of {NameOf(Enum.GetUnderlyingType(type))}"
        : type.IsInterface ? "interface"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
        : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsAbstract ? "abstract class"
        : "class";

    private static string SizeOf(Type type) =>
        type is { IsValueType: true, IsEnum: false } && type.StructLayoutAttribute is { Size: > 0 } layout
            ? FormattableString.Invariant($" of {layout.Size} bytes") : "";

    private static string SignatureOf(MemberInfo member) => member switch
    {
        FieldInfo { DeclaringType.IsEnum: true } e => FormattableString.Invariant($"{e.Name} = {e.GetRawConstantValue()}"),
        FieldInfo f => $"{(f.IsLiteral ? "const " : Static(f.IsStatic))}{NameOf(f.FieldType)}{Maybe(f.FieldType, Nulls.Create(f))} "
            + f.Name,
        PropertyInfo p => $"{Static(p.GetAccessors(true)[0].IsStatic)}{NameOf(p.PropertyType)}{Maybe(p.PropertyType, Nulls.Create(p))} "
            + NameOf(p),
        EventInfo e => $"event {NameOf(e.EventHandlerType!)} {e.Name}",
        ConstructorInfo c => $"{NameOf(c.DeclaringType!)}({Parameters(c.GetParameters())})",
        MethodInfo m => $"{Static(m.IsStatic)}{NameOf(m.ReturnType)}{Maybe(m.ReturnType, Nulls.Create(m.ReturnParameter))} "
            + $"{Operators.GetValueOrDefault(m.Name, m.Name)}{Arguments(m.GetGenericArguments())}({Parameters(m.GetParameters())})",
        _ => member.Name,
    };

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string NameOf(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } index ? $"this[{Parameters(index)}]" : property.Name;

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(p =>
    {
        string way = p.IsOut ? "out " : !p.ParameterType.IsByRef ? "" : p.IsIn ? "in " : "ref ";
        string standard = p.HasDefaultValue ? $" = {Default(p)}" : "";
        return $"{way}{NameOf(p.ParameterType)}{Maybe(p.ParameterType, Nulls.Create(p))} {p.Name}{standard}";
    }));

    // Of values NameOf says it already.
    private static string Maybe(Type type, NullabilityInfo nulls) =>
        !type.IsValueType && (nulls.ReadState == NullabilityState.Nullable || nulls.WriteState == NullabilityState.Nullable)
        && !(type.IsByRef && type.GetElementType()!.IsValueType) ? "?" : "";

    private static string Default(ParameterInfo parameter) => parameter.RawDefaultValue switch
    {
        null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
        bool b => b ? "true" : "false",
        string t => $"\"{t}\"",
        var value when parameter.ParameterType.IsEnum => Enum.ToObject(parameter.ParameterType, value).ToString()!,
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Arguments(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(NameOf))}>";

    private static string NameOf(Type type)
    {
        if (type.IsByRef || type.IsPointer)
        {
            return NameOf(type.GetElementType()!) + (type.IsPointer ? "*" : "");
        }
        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!) + "[]";
        }
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return NameOf(inner) + "?";
        }
        string own = type.IsNested && !type.IsGenericParameter ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : type.Name;
        if (type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
        {
            return $"({string.Join(", ", type.GetGenericArguments().Select(NameOf))})";
        }
        string plain = Arity().Replace(own, "") + Arguments(type.GetGenericArguments());
        return Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => plain,
            TypeCode.Boolean => "bool",
            TypeCode.Byte => "byte",
            TypeCode.SByte => "sbyte",
            TypeCode.Int16 => "short",
            TypeCode.UInt16 => "ushort",
            TypeCode.Int32 => "int",
            TypeCode.UInt32 => "uint",
            TypeCode.Int64 => "long",
            TypeCode.UInt64 => "ulong",
            TypeCode.Double => "double",
            TypeCode.Decimal => "decimal",
            TypeCode.String => "string",
            TypeCode.Char => "char",
            _ => type == typeof(void) ? "void" : type == typeof(object) ? "object" : plain,
        };
    }

    private string SayMember(MemberInfo member, XElement? type)
    {
        XElement? about = Find(IdOf(member));
        // A record's constructor has the record's comment.
        bool isRepeated = member is ConstructorInfo && about?.Element("summary")?.Value == type?.Element("summary")?.Value;
        if (about is not null && !isRepeated)
        {
            return Say(about);
        }
        // A record's parameter is told of at the record.
        XElement? parameter = type?.Elements("param").FirstOrDefault(p => (string?)p.Attribute("name") == member.Name);
        return parameter is not null ? Plain(parameter) : member is ConstructorInfo ? "Makes one." : "";
    }

    private static string Say(XElement? about)
    {
        if (about is null)
        {
            return "";
        }
        string summary = about.Element("summary") is { } said ? Plain(said) : "";
        var parts = new List<string> { about.Element("inheritdoc") is null ? summary : "As its base says." };
        bool isType = ((string)about.Attribute("name")!)[0] == 'T';
        parts.AddRange(about.Elements("param").Where(_ => !isType).Select(p => $"`{(string?)p.Attribute("name")}`: {Plain(p)}"));
        parts.AddRange(about.Elements("returns").Select(r => $"Returns: {Plain(r)}"));
        parts.AddRange(about.Elements("exception").Select(e => $"Throws `{Last((string)e.Attribute("cref")!)}`: {Plain(e)}"));
        parts.AddRange(about.Elements("remarks").Select(Plain));
        return string.Join(" ", parts.Where(p => p.Length > 0));
    }

    private static string Plain(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
        {
            text.Append(node switch
            {
                XText t => t.Value.Replace("<", "&lt;", StringComparison.Ordinal),
                XElement { Name.LocalName: "see" or "seealso" } see =>
                    $"`{Last((string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? "")}`",
                XElement { Name.LocalName: "paramref" or "typeparamref" } p => $"`{(string?)p.Attribute("name")}`",
                XElement { Name.LocalName: "c" or "code" } c => $"`{c.Value}`",
                XElement other => Plain(other),
                _ => "",
            });
        }
        return Spaces().Replace(text.ToString(), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    // The last word of a documentation id: T:Surety.Core.Hash256 is Hash256.
    private static string Last(string id) => Arity().Replace(id.Split('(')[0].Split('.', ':')[^1], "");

    private XElement? Find(string id) => _documentation.GetValueOrDefault(id);

    private static string IdOf(MemberInfo member) => member switch
    {
        Type t => "T:" + Reference(t, isOwner: true),
        FieldInfo f => $"F:{Reference(f.DeclaringType!, isOwner: true)}.{f.Name}",
        EventInfo e => $"E:{Reference(e.DeclaringType!, isOwner: true)}.{e.Name}",
        PropertyInfo p => $"P:{Reference(p.DeclaringType!, isOwner: true)}.{p.Name}{List(p.GetIndexParameters())}",
        ConstructorInfo c => $"M:{Reference(c.DeclaringType!, isOwner: true)}.#ctor{List(c.GetParameters())}",
        MethodInfo m => $"M:{Reference(m.DeclaringType!, isOwner: true)}.{m.Name}"
            + (m.IsGenericMethod ? "``" + m.GetGenericArguments().Length : "") + List(m.GetParameters())
            + (m.Name is "op_Implicit" or "op_Explicit" ? "~" + Reference(m.ReturnType) : ""),
        _ => member.Name,
    };

    private static string List(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(",", parameters.Select(p => Reference(p.ParameterType)))})";

    private static string Reference(Type type, bool isOwner = false)
    {
        if (type.IsGenericParameter)
        {
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        }
        if (type.HasElementType)
        {
            return Reference(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsByRef ? "@" : "*");
        }
        string name = type.IsNested ? $"{Reference(type.DeclaringType!, isOwner)}.{type.Name}" : $"{type.Namespace}.{type.Name}";
        string arguments = string.Join(",", type.GetGenericArguments().Select(a => Reference(a)));
        return isOwner || !type.IsGenericType ? name : $"{Arity().Replace(name, "")}{{{arguments}}}";
    }

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
