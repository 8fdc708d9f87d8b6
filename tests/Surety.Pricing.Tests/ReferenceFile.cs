using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.CompilerServices;

namespace Surety.Pricing.Tests;

/// <summary>Rows of a CSV file by column name: ours beside the tests, or market and published figures outside the project.</summary>
internal sealed class ReferenceFile
{
    private readonly string[] _names;
    private readonly List<string[]> _rows = [];

    private ReferenceFile(TextReader reader)
    {
        _names = reader.ReadLine()!.Split(',');
        while (reader.ReadLine() is { } line)
        {
            _rows.Add(Split(line));
        }
    }

    public IEnumerable<Func<string, double>> Numbers => _rows.Select(row => (Func<string, double>)(name => Number(Field(row, name))));

    public IEnumerable<Func<string, string>> Texts => _rows.Select(row => (Func<string, string>)(name => Field(row, name)));

    public static ReferenceFile Ours(string name)
    {
        using var reader = new StreamReader(Path.Combine(AppContext.BaseDirectory, "reference", name));
        return new ReferenceFile(reader);
    }

    /// <summary>A file of the shared market data; the test is skipped where it is not.</summary>
    public static ReferenceFile Shared(string folder, string name, [CallerFilePath] string caller = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(caller)!, "..", "..", "..", "shared", "data", folder, name);
        if (!File.Exists(path))
        {
            Assert.Skip($"the published figures are not here (../shared/data/{folder}/{name})");
        }
        using Stream file = File.OpenRead(path);
        using Stream data = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(data);
        return new ReferenceFile(reader);
    }

    /// <summary>A number or a fraction of two; NaN for nothing.</summary>
    public static double Number(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 ? Number(text[..slash]) / Number(text[(slash + 1)..])
            : text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);
    }

    private string Field(string[] row, string name) => row[Array.IndexOf(_names, name)];

    private static string[] Split(string line)
    {
        var fields = new List<string>();
        bool quoted = false;
        int start = 0;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || (line[i] == ',' && !quoted))
            {
                fields.Add(line[start..i].Trim('"'));
                start = i + 1;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
        }
        return [.. fields];
    }
}
