using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using CsvHelper;
using Surety.Cli.Commands;

namespace Surety.Cli.Scenarios;

/// <summary>Prices from a CSV file with a header, plain or gzipped.</summary>
internal static class PriceFile
{
    /// <summary>Reads a file's column as points since a scenario's start. Times before the start stand for the price at the start.</summary>
    public static List<(long Ns, decimal? Price)> Read(ScenarioNode csv, ScenarioNode node, string directory, long startNs)
    {
        string file = Path.IsPathRooted(csv.Text()) ? csv.Text() : Path.Combine(directory, csv.Text());
        if (!File.Exists(file))
        {
            throw csv.Error($"a file that exists ({file} does not)");
        }
        string timeColumn = node.Find("time")?.Text() ?? "time";
        string priceColumn = node.Find("price")?.Text() ?? "close";
        decimal unit = node.Find("timeUnit")?.OneOf("s", "ms", "us", "ns", "iso") switch { "s" => 1_000_000_000m, "us" => 1_000m, "ns" => 1m, "iso" => 0m, _ => 1_000_000m };
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
        foreach ((string name, string column) in new[] { ("time", timeColumn), ("price", priceColumn) })
        {
            if (!header.Contains(column))
            {
                throw new UsageException($"{node.Path}.{name}: expected a column of {file} ({string.Join(", ", header)}), found '{column}'");
            }
        }
        var points = new List<(long Ns, decimal? Price)>();
        while (reader.Read())
        {
            string when = reader.GetField(timeColumn)!;
            bool valid = decimal.TryParse(reader.GetField(priceColumn), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal price);
            decimal number = 0;
            DateTimeOffset date = default;
            valid &= unit == 0 ? DateTimeOffset.TryParse(when, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date) : decimal.TryParse(when, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
            if (!valid)
            {
                throw new UsageException($"{csv.Path}: {file}, line {reader.Parser.Row}: expected a time and a price, found '{when}' and '{reader.GetField(priceColumn)}'");
            }
            long ns = (unit == 0 ? date.ToUnixTimeMilliseconds() * 1_000_000 : (long)(number * unit)) - startNs + offset;
            (long, decimal?) point = (Math.Max(ns, 0), price * scale);
            if (points.Count > 0 && point.Item1 <= points[^1].Ns)
            {
                points[^1] = point.Item1 == points[^1].Ns ? point : points[^1];
                continue;
            }
            points.Add(point);
        }
        return points.Count > 0 ? points : throw csv.Error("a file with at least one row");
    }
}
