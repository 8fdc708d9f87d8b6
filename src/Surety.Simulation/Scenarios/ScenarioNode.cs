using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Surety.Simulation.Slow;

namespace Surety.Simulation.Scenarios;

/// <summary>
/// A value in a scenario file that knows where it stands, so that every mistake is named by its path with what was expected
/// and what was found.
/// </summary>
internal readonly struct ScenarioNode(JsonElement element, string path)
{
    /// <summary>Where it stands, such as <c>markets[0].tick</c>.</summary>
    public string Path { get; } = path;

    private JsonElement Element { get; } = element;

    /// <summary>The mistake as an exception to throw.</summary>
    public ScenarioException Error(string expected) => new($"{Path}: expected {expected}, found {Shown()}");

    /// <summary>An object whose keys are all known.</summary>
    public ScenarioNode Object(params string[] known)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Error("an object");
        }
        foreach (JsonProperty property in Element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                string near = known.MinBy(k => Distance(k, property.Name))!;
                throw new ScenarioException(
                    $"{Join(Path, property.Name)}: there is no such field here. Did you mean "
                    + $"'{near}'? Known are: {string.Join(", ", known)}");
            }
        }
        return this;
    }

    /// <summary>A field, which must be there.</summary>
    public ScenarioNode Need(string name) =>
        Find(name) ?? throw new ScenarioException($"{Join(Path, name)}: is missing");

    /// <summary>A field, or null.</summary>
    public ScenarioNode? Find(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out JsonElement value)
            ? new ScenarioNode(value, Join(Path, name))
            : null;

    /// <summary>
    /// The same object with another's fields over its own, objects within objects likewise; it stands where the other does.
    /// </summary>
    public ScenarioNode With(ScenarioNode changes, params string[] but)
    {
        JsonObject merged = JsonObject.Create(Element)!.DeepClone().AsObject();
        JsonObject over = JsonObject.Create(changes.Element)!.DeepClone().AsObject();
        foreach (string name in but)
        {
            over.Remove(name);
        }
        Lay(over, merged);
        return new ScenarioNode(JsonSerializer.SerializeToElement(merged), changes.Path);
    }

    /// <summary>The same object with a text for a field that it does not have, or in place of what it has.</summary>
    public ScenarioNode Or(string name, string text, bool instead = false)
    {
        if (!IsObject)
        {
            throw Error("an object");
        }
        JsonObject with = JsonObject.Create(Element)!.DeepClone().AsObject();
        if (instead)
        {
            with.Remove(name);
        }
        with.TryAdd(name, text);
        return new ScenarioNode(JsonSerializer.SerializeToElement(with), Path);
    }

    private static void Lay(JsonObject over, JsonObject under)
    {
        foreach ((string name, JsonNode? value) in over)
        {
            if (value is JsonObject inner && under[name] is JsonObject present)
            {
                Lay(inner, present);
            }
            else
            {
                under[name] = value?.DeepClone();
            }
        }
    }

    /// <summary>The names of an object's fields.</summary>
    public IEnumerable<string> Names() =>
        Element.ValueKind == JsonValueKind.Object ? Element.EnumerateObject().Select(p => p.Name) : throw Error("an object");

    /// <summary>The items of a list; of a field that is not there, none.</summary>
    public IReadOnlyList<ScenarioNode> Items(string name)
    {
        if (Find(name) is not { } list)
        {
            return [];
        }
        return list.Items();
    }

    /// <summary>The items of this list.</summary>
    public IReadOnlyList<ScenarioNode> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Error("a list");
        }
        string path = Path;
        return [.. Element.EnumerateArray().Select((e, i) => new ScenarioNode(e, $"{path}[{i}]"))];
    }

    /// <summary>Text.</summary>
    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Error("text");

    /// <summary>Text, or a number as the file writes it.</summary>
    public string AsWritten() => IsText ? Text() : IsNumber ? Element.GetRawText() : throw Error("text or a number");

    /// <summary>One of some words.</summary>
    public string OneOf(params string[] words) =>
        Element.ValueKind == JsonValueKind.String && words.Contains(Element.GetString())
            ? Element.GetString()!
            : throw Error("one of " + string.Join(", ", words));

    /// <summary>True or false.</summary>
    public bool Flag() =>
        Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Error("true or false");

    /// <summary>Nothing.</summary>
    public bool IsNull => Element.ValueKind == JsonValueKind.Null;

    /// <summary>Whether it is text.</summary>
    public bool IsText => Element.ValueKind == JsonValueKind.String;

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => Element.ValueKind == JsonValueKind.Number;

    /// <summary>Whether it is text that looks like a date.</summary>
    public bool IsDate => IsText && Text().Contains('-', StringComparison.Ordinal);

    /// <summary>Whether it is true or false.</summary>
    public bool IsFlag => Element.ValueKind is JsonValueKind.True or JsonValueKind.False;

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it is a list.</summary>
    public bool IsList => Element.ValueKind == JsonValueKind.Array;

    /// <summary>A decimal, written as a number or as text.</summary>
    public decimal Number()
    {
        string? text =
            Element.ValueKind switch
            {
                JsonValueKind.Number => Element.GetRawText(),
                JsonValueKind.String => Element.GetString(),
                _ => null
            };
        return text is not null && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value)
            ? value
            : throw Error("a decimal number");
    }

    /// <summary>A decimal within bounds.</summary>
    public decimal Number(decimal least, decimal most) =>
        Number() is var value && value >= least && value <= most
            ? value
            : throw Error($"a number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A part of one, as parts per million.</summary>
    public int Ppm(decimal most = 1) => (int)decimal.Round(Number(0, most) * 1_000_000m);

    /// <summary>A moment: a span since the start, or text such as <c>2020-03-12T00:00:00Z</c>. Nanoseconds since the start.</summary>
    public long Moment(long startNs) =>
        IsDate && DateTimeOffset.TryParse(Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? (time.ToUnixTimeMilliseconds() * 1_000_000) - startNs : Span();

    /// <summary>A whole number within bounds.</summary>
    public int Whole(int least, int most) =>
        Number(least, most) is var value && value == decimal.Truncate(value) ? (int)value : throw Error("a whole number");

    /// <summary>A span of time: seconds as a number, or text such as "90s", "2m", "1h30m", "250ms", "2d". Nanoseconds.</summary>
    public long Span()
    {
        if (Element.ValueKind == JsonValueKind.Number)
        {
            return (long)(Number(0, 1_000_000_000m) * 1_000_000_000m);
        }
        if (Element.ValueKind != JsonValueKind.String)
        {
            throw Error("a time: seconds, or text such as \"90s\", \"2m\", \"1h30m\"");
        }
        decimal total = 0;
        string text = Element.GetString()!;
        int at = 0;
        while (at < text.Length)
        {
            int from = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }
            int unit = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
            {
                at++;
            }
            decimal seconds = text[unit..at] switch { "ms" => 0.001m, "s" or "" => 1m, "m" => 60m, "h" => 3_600m, "d" => 86_400m, _ => 0m };
            if (unit == from || seconds == 0
                || !decimal.TryParse(text[from..unit], NumberStyles.Float, CultureInfo.InvariantCulture, out decimal count))
            {
                throw Error("a time: seconds, or text such as \"90s\", \"2m\", \"1h30m\"");
            }
            total += count * seconds;
        }
        return text.Length > 0 && total <= 1_000_000_000m
            ? (long)(total * 1_000_000_000m)
            : throw Error("a time: seconds, or text such as \"90s\", \"2m\", \"1h30m\"");
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private string Shown()
    {
        string raw = Element.ValueKind == JsonValueKind.Undefined ? "nothing" : Element.GetRawText();
        return raw.Length <= 60 ? raw : raw[..57] + "...";
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int k = 1; k <= b.Length; k++)
            {
                (diagonal, row[k]) = (row[k], Math.Min(Math.Min(row[k], row[k - 1]) + 1, diagonal + (a[i - 1] == b[k - 1] ? 0 : 1)));
            }
        }
        return row[b.Length];
    }
}
