using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Surety.Bench;

/// <summary>Prints the figures of a bench as they come, and at the end how they stand against a file of baselines.</summary>
internal sealed class BenchOutput
{
    private readonly string _bench;
    private readonly TextWriter _output;
    private readonly Baselines? _baselines;
    private readonly List<Figure> _figures = [];

    /// <param name="bench">The bench's command.</param>
    /// <param name="isJson">Whether to print one JSON object a line.</param>
    /// <param name="against">The file of baselines; null for none. It is read before anything is measured.</param>
    /// <param name="output">Where it is printed; null for the console.</param>
    /// <exception cref="ArgumentException">The file is not there, or does not have the form of baselines.</exception>
    public BenchOutput(string bench, bool isJson, string? against, TextWriter? output = null)
    {
        (_bench, IsJson, _output) = (bench, isJson, output ?? Console.Out);
        if (against is null)
        {
            return;
        }
        if (!File.Exists(against))
        {
            throw new ArgumentException($"--against: {against} does not exist; bench/baselines.json is an example");
        }
        try
        {
            _baselines = Baselines.Read(against);
            _baselines.Compare(bench, []);
        }
        catch (InvalidDataException e)
        {
            throw new ArgumentException($"--against: {e.Message}", e);
        }
    }

    /// <summary>Whether each line is a JSON object.</summary>
    public bool IsJson { get; }

    /// <summary>Prints a figure and keeps it.</summary>
    public void Take(Figure figure)
    {
        _figures.Add(figure);
        if (!IsJson)
        {
            string conditions = string.Join(", ", Describe(figure.Conditions));
            _output.WriteLine($"{figure.Metric,-52} {Number(figure.Value),16} {figure.Unit,-20} {conditions}");
            return;
        }
        var line = new Dictionary<string, object>
        {
            ["metric"] = figure.Metric,
            ["value"] = Math.Abs(figure.Value) < 1 ? figure.Value : Math.Round(figure.Value, 4),
            ["unit"] = figure.Unit,
        };
        foreach ((string name, object value) in figure.Conditions)
        {
            line[name] = value;
        }
        _output.WriteLine(JsonSerializer.Serialize(line));
    }

    /// <summary>Prints the comparison; the exit status: 1 if a baseline does not hold or was not measured.</summary>
    public int Finish()
    {
        if (_baselines is null)
        {
            return 0;
        }
        IReadOnlyList<Comparison> all = _baselines.Compare(_bench, _figures);
        if (!IsJson)
        {
            _output.WriteLine($"\nAgainst {_baselines.Machine}:");
            _output.WriteLine($"{"baseline",16} {"now",16} {"now/baseline",12}  within  metric");
        }
        foreach (Comparison c in all)
        {
            Print(c);
        }
        int outside = all.Count(c => !c.IsWithin);
        if (!IsJson)
        {
            _output.WriteLine(outside == 0 ? $"All {all.Count} are within their tolerances."
                : $"{outside} of {all.Count} are outside their tolerances or were not measured.");
        }
        return outside == 0 ? 0 : 1;
    }

    private void Print(Comparison c)
    {
        double? ratio = c.Now is { } n && c.Baseline.Value != 0 ? n / c.Baseline.Value : null;
        if (IsJson)
        {
            (string name, double value, string unit) = (c.Baseline.ToString(), c.Baseline.Value, c.Baseline.Unit);
            var line = new { baseline = name, value, now = c.Now, ratio, unit, within = c.IsWithin, problem = c.Problem };
            _output.WriteLine(JsonSerializer.Serialize(line));
            return;
        }
        string now = c.Now is { } measured ? Number(measured) : "-";
        string times = ratio is { } r ? r.ToString("F2", CultureInfo.InvariantCulture) : "-";
        string worse = c.Baseline.Better switch
        {
            Better.Higher => "higher is better, may be worse by",
            Better.Lower => "lower is better, may be worse by",
            _ => "may move by",
        };
        string slack = c.Baseline.Slack > 0 ? FormattableString.Invariant($" and {c.Baseline.Slack} {c.Baseline.Unit}") : "";
        string allowed = FormattableString.Invariant($"{worse} {Math.Round(c.Baseline.Tolerance * 100)}%{slack}");
        string problem = c.Problem.Length == 0 ? "" : ": " + c.Problem;
        _output.WriteLine($"{Number(c.Baseline.Value),16} {now,16} {times,12}  {(c.IsWithin ? "yes" : "NO"),-6}  "
            + $"{c.Baseline}, {c.Baseline.Unit} [{allowed}]{problem}");
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) is > 0 and < 0.1 ? "E2" : "N2", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Describe(IReadOnlyDictionary<string, object> conditions)
    {
        foreach ((string name, object value) in conditions)
        {
            if (name is not ("cpu" or "runtime" or "cores"))
            {
                yield return $"{name} {value}";
            }
        }
    }
}
