using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using CsvHelper;

namespace Surety.Simulation.Scenarios;

/// <summary>Prices from a CSV file with a header, plain or gzipped.</summary>
internal static class PriceFile
{
    /// <summary>
    /// Reads a file's column as points since a scenario's start. Times before the start stand for the price at the start.
    /// </summary>
    public static List<(long Ns, decimal? Price)> Read(ScenarioNode csv, ScenarioNode node, string directory, long startNs)
    {
        string file = Path.IsPathRooted(csv.Text()) ? csv.Text() : Path.Combine(directory, csv.Text());
        if (!File.Exists(file))
        {
            throw csv.Error($"a file that exists ({file} does not)");
        }
        string timeColumn = node.Find("time")?.Text() ?? "time";
        string priceColumn = node.Find("price")?.Text() ?? "close";
        decimal unit =
            node.Find("timeUnit")
                ?.OneOf("s", "ms", "us", "ns",
                "iso") switch
            { "s" => 1_000_000_000m, "us" => 1_000m, "ns" => 1m, "iso" => 0m, _ => 1_000_000m };
        long offset = node.Find("offset")?.Span() ?? 0;
        decimal scale = node.Find("scale")?.Number(0.000001m, 1_000_000m) ?? 1m;
        using Stream raw = File.OpenRead(file);
        using Stream plain = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var text = new StreamReader(plain);
        using var reader = new CsvReader(text, CultureInfo.InvariantCulture);
        if (!reader.Read() || !reader.ReadHeader())
        {
            throw csv.Error("a file with a header line");
        }
        string[] header = reader.HeaderRecord!;
        List<(string Column, string[] Values)> where = Filter(node, file, header);
        // A date is the row's own time, a span the time since the start that the row is moved to.
        long earliest = node.Find("from") is { } first ? first.Moment(startNs) + (first.IsDate ? offset : 0) : long.MinValue;
        long latest = node.Find("to") is { } last ? last.Moment(startNs) + (last.IsDate ? offset : 0) : long.MaxValue;
        foreach ((string name, string column) in new[] { ("time", timeColumn), ("price", priceColumn) })
        {
            if (!header.Contains(column))
            {
                throw new ScenarioException(
                    $"{node.Path}.{name}: expected a column of {file} ({string.Join(", ", header)}), found '{column}'");
            }
        }
        var points = new List<(long Ns, decimal? Price)>();
        while (reader.Read())
        {
            if (where.Exists(w => !w.Values.Contains(reader.GetField(w.Column), StringComparer.Ordinal)))
            {
                continue;
            }
            string when = reader.GetField(timeColumn)!;
            bool valid =
                decimal.TryParse(reader.GetField(priceColumn), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal price);
            decimal number = 0;
            DateTimeOffset date = default;
            valid &= unit == 0
                ? DateTimeOffset.TryParse(when, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date)
                : decimal.TryParse(when, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
            if (!valid)
            {
                throw new ScenarioException(
                    $"{csv.Path}: {file}, line {reader.Parser.Row}: expected a time and a price, "
                    + $"found '{when}' and '{reader.GetField(priceColumn)}'");
            }
            long ns = (unit == 0 ? date.ToUnixTimeMilliseconds() * 1_000_000 : (long)(number * unit)) - startNs + offset;
            if (ns < earliest || ns > latest)
            {
                continue;
            }
            (long, decimal?) point = (Math.Max(ns, 0), price * scale);
            if (points.Count > 0 && point.Item1 <= points[^1].Ns)
            {
                points[^1] = point.Item1 == points[^1].Ns ? point : points[^1];
                continue;
            }
            points.Add(point);
        }
        return points.Count > 0
            ? points
            : throw csv.Error("a file with at least one row"
                + (node.Find("where") is null && node.Find("from") is null && node.Find("to") is null
                ? ""
                : " that where, from and to let through"));
    }

    // Rows count where every column named has the value, or one of the values, given.
    private static List<(string Column, string[] Values)> Filter(ScenarioNode node, string file, string[] header)
    {
        var filter = new List<(string, string[])>();
        if (node.Find("where") is { } where)
        {
            foreach (string column in where.Names())
            {
                if (!header.Contains(column))
                {
                    throw new ScenarioException(
                        $"{where.Path}: expected columns of {file} ({string.Join(", ", header)}), found '{column}'");
                }
                ScenarioNode value = where.Need(column);
                filter.Add((column, value.IsList ? [.. value.Items().Select(v => v.AsWritten())] : [value.AsWritten()]));
            }
        }
        return filter;
    }
}
