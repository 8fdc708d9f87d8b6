using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Surety.Node.Instruments;

namespace Surety.Node.Settings;

/// <summary>Whether a file of settings has the form of settings: every wrong name and value, named as it stands in the file.</summary>
internal static class SettingsShape
{
    /// <summary>Adds what is wrong with a value that should be of a type.</summary>
    public static void Check(JsonNode? node, Type type, string path, List<string> problems)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (node is null)
        {
            if (path.Length == 0 || (plain.IsValueType && plain == type) || !IsScalar(plain))
            {
                problems.Add($"{Name(path)}: expected {Expected(plain)}, found null");
            }
        }
        else if (IsScalar(plain))
        {
            if (!Fits(node, plain))
            {
                problems.Add($"{Name(path)}: expected {Expected(plain)}, found {Instrument.Short(node.ToJsonString())}");
            }
        }
        else if (node is not JsonObject fields)
        {
            problems.Add($"{Name(path)}: expected {Expected(plain)}, found {Instrument.Short(node.ToJsonString())}");
        }
        else if (plain.IsGenericType)
        {
            foreach ((string key, JsonNode? value) in fields)
            {
                Check(value, plain.GetGenericArguments()[^1], Join(path, key), problems);
            }
        }
        else
        {
            Dictionary<string, Type> known = plain.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => p.PropertyType);
            foreach ((string key, JsonNode? value) in fields)
            {
                if (known.TryGetValue(key, out Type? of))
                {
                    Check(value, of, Join(path, key), problems);
                }
                else
                {
                    problems.Add(
                        $"{Join(path, key)}: there is no such setting; {(path.Length == 0 ? "there are" : $"{path} has")} "
                        + $"{string.Join(", ", known.Keys)}");
                }
            }
        }
    }

    private static bool IsScalar(Type type) =>
        type == typeof(string) || type == typeof(bool) || type.IsEnum || IsNumber(type) || IsList(type);

    private static bool IsNumber(Type type) =>
        type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(decimal);

    private static bool IsList(Type type) => type.IsArray || (type.IsGenericType && type.GetGenericArguments().Length == 1);

    private static bool Fits(JsonNode node, Type type)
    {
        JsonValueKind kind = node.GetValueKind();
        return type == typeof(string) || type.IsEnum ? kind == JsonValueKind.String
            : type == typeof(bool) ? kind is JsonValueKind.True or JsonValueKind.False
            : IsList(type) ? kind == JsonValueKind.Array
            : kind == JsonValueKind.Number
                && (type == typeof(int)
                ? int.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
                : type != typeof(long)
                    || long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
    }

    private static string Expected(Type type) =>
        type == typeof(string) || type.IsEnum
            ? "a text in quotes"
            : type == typeof(bool)
            ? "true or false"
            : type == typeof(int) || type == typeof(long)
            ? "a whole number"
        : IsNumber(type) ? "a number" : IsList(type) ? "a list in brackets" : "an object in braces";

    private static string Join(string path, string key) => path.Length == 0 ? key : path + "." + key;

    private static string Name(string path) => path.Length == 0 ? "the file" : path;
}
