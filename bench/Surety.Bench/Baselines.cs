using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Surety.Bench;

/// <summary>Which way a figure is good.</summary>
public enum Better
{
    /// <summary>It may fall by its tolerance, and rise as far as it will.</summary>
    Higher,

    /// <summary>It may rise by its tolerance, and fall as far as it will.</summary>
    Lower,

    /// <summary>It may move by its tolerance either way.</summary>
    Same,
}

/// <summary>Names one figure of a run: the metric, and as many of its conditions as single it out.</summary>
public sealed record FigureName
{
    /// <summary>For example engine.roots.commands_per_second.</summary>
    public required string Metric { get; init; }

    /// <summary>Conditions that the figure must have, with these values; it may have others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Conditions { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether a figure is the one named.</summary>
    public bool Fits(Figure figure) => figure.Metric == Metric
        && Conditions.All(c => figure.Conditions.TryGetValue(c.Key, out object? value)
            && JsonSerializer.SerializeToElement(value).ToString() == c.Value.ToString());

    /// <summary>The metric with its conditions.</summary>
    public override string ToString() =>
        Conditions.Count == 0 ? Metric : $"{Metric} ({string.Join(", ", Conditions.Select(c => $"{c.Key} {c.Value}"))})";
}

/// <summary>
/// What a figure was, and how far it may be from that. With <see cref="Over"/> it is the ratio of two figures of the same run, which
/// differs less from machine to machine.
/// </summary>
public sealed record Baseline
{
    /// <summary>The figure.</summary>
    public required FigureName Figure { get; init; }

    /// <summary>The figure of the same run that it is divided by; null for none.</summary>
    public FigureName? Over { get; init; }

    /// <summary>What it was.</summary>
    public required double Value { get; init; }

    /// <summary>Its unit; "times" for a ratio.</summary>
    public required string Unit { get; init; }

    /// <summary>Which way is good.</summary>
    public required Better Better { get; init; }

    /// <summary>How far it may be from the value, as a part of it: 0.3 is 30%.</summary>
    public double Tolerance { get; init; }

    /// <summary>How far it may be from the value besides, in its unit: for values near 0.</summary>
    public double Slack { get; init; }

    /// <summary>Whether a value is within the tolerance.</summary>
    public bool Allows(double now)
    {
        double room = (Math.Abs(Value) * Tolerance) + Slack;
        return double.IsFinite(now) && (Better == Better.Higher || now <= Value + room) && (Better == Better.Lower || now >= Value - room);
    }

    /// <summary>What is compared.</summary>
    public override string ToString() => Over is null ? $"{Figure}" : $"{Figure} / {Over}";
}

/// <summary>One baseline beside what was measured now.</summary>
/// <param name="Baseline">The baseline.</param>
/// <param name="Now">What was measured; null where the run has no such figure.</param>
/// <param name="Problem">Why there is no figure to compare; empty where there is one.</param>
public sealed record Comparison(Baseline Baseline, double? Now, string Problem)
{
    /// <summary>Whether it was measured and is within the tolerance.</summary>
    public bool IsWithin => Now is { } now && Baseline.Allows(now);
}

/// <summary>Figures of an earlier run, with tolerances: a file such as bench/baselines.json.</summary>
public sealed class Baselines
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
    };

    /// <summary>Where and when the values were measured.</summary>
    public required string Machine { get; init; }

    /// <summary>The baselines of each bench, by its command: engine, enforcement, options, node.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Baseline>> Benches { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It does not have the form of baselines; the message says where.</exception>
    public static Baselines Read(string path)
    {
        try
        {
            Baselines read = JsonSerializer.Deserialize<Baselines>(File.ReadAllBytes(path), Options)
                ?? throw new InvalidDataException($"{path}: expected an object, found null");
            foreach (Baseline baseline in read.Benches.Values.SelectMany(b => b))
            {
                // A figure that may not move at all is a mistake, but for one that is no time, such as whether the invariants held.
                bool isExact = baseline.Tolerance == 0 && baseline.Slack == 0 && baseline.Better != Better.Same;
                if (!double.IsFinite(baseline.Value) || baseline.Tolerance < 0 || baseline.Slack < 0 || isExact)
                {
                    throw new InvalidDataException($"{path}: {baseline}: expected a tolerance or a slack above 0, "
                        + $"found {baseline.Tolerance} and {baseline.Slack}");
                }
            }
            return read;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not a file of baselines: {e.Message}", e);
        }
    }

    /// <summary>Compares the figures of a run with the baselines of its bench.</summary>
    /// <param name="bench">The bench's command, for example engine.</param>
    /// <param name="figures">Every figure of the run.</param>
    /// <exception cref="InvalidDataException">The file has no baseline of this bench.</exception>
    public IReadOnlyList<Comparison> Compare(string bench, IReadOnlyList<Figure> figures)
    {
        if (!Benches.TryGetValue(bench, out IReadOnlyList<Baseline>? baselines) || baselines.Count == 0)
        {
            throw new InvalidDataException($"There is no baseline of '{bench}'; there are of {string.Join(", ", Benches.Keys)}");
        }
        return [.. baselines.Select(b => Compare(b, figures))];
    }

    private static Comparison Compare(Baseline baseline, IReadOnlyList<Figure> figures)
    {
        (double? value, string problem) = Find(baseline.Figure, figures);
        if (value is not { } now || baseline.Over is null)
        {
            return new Comparison(baseline, value, problem);
        }
        (double? below, string none) = Find(baseline.Over, figures);
        return below is not { } divisor ? new Comparison(baseline, null, none)
            : divisor == 0 ? new Comparison(baseline, null, $"{baseline.Over} is 0")
            : new Comparison(baseline, now / divisor, "");
    }

    private static (double? Value, string Problem) Find(FigureName name, IReadOnlyList<Figure> figures)
    {
        Figure[] found = [.. figures.Where(name.Fits)];
        return found.Length switch
        {
            1 => (found[0].Value, ""),
            0 => (null, $"{name} was not measured in this run"),
            _ => (null, $"{found.Length} figures fit {name}: name more of its conditions"),
        };
    }
}
