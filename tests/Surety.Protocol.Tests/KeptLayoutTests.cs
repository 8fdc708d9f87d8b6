using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;

namespace Surety.Protocol.Tests;

/// <summary>
/// What was published stays: a field stays at its byte, a number keeps its meaning. The kept files are never written again; what came
/// later is in the files of the next number.
/// </summary>
public class KeptLayoutTests
{
    [Fact]
    public void No_published_field_has_moved()
    {
        Dictionary<string, List<string>> now = Read("../layout.txt");
        foreach ((string layout, List<string> lines) in Kept("layout"))
        {
            Assert.True(now.TryGetValue(layout, out List<string>? current), $"{layout} is gone");
            // A reserved field may get a name, or be divided into several.
            Assert.All(lines.Where(l => !l.Contains(" Reserved", StringComparison.Ordinal)), line => Assert.Contains(line, current!));
        }
    }

    [Fact]
    public void No_published_number_has_another_meaning()
    {
        Dictionary<string, List<string>> now = Read("../enums.txt");
        foreach ((string name, List<string> lines) in Kept("enums"))
        {
            Assert.True(now.TryGetValue(name, out List<string>? current), $"{name} is gone");
            // All values together are not a number of their own.
            Assert.All(lines.Where(l => !l.EndsWith(" All", StringComparison.Ordinal)), line => Assert.Contains(line, current!));
        }
    }

    private static IEnumerable<KeyValuePair<string, List<string>>> Kept(string what)
    {
        string[] files = Directory.GetFiles(Folder(), $"{what}-*.txt");
        Assert.NotEmpty(files);
        return files.SelectMany(f => Read(Path.GetFileName(f)));
    }

    // By the name without its namespace, with the size or width that stands behind it.
    private static Dictionary<string, List<string>> Read(string file)
    {
        var found = new Dictionary<string, List<string>>();
        List<string> lines = [];
        foreach (string line in File.ReadLines(Path.Combine(Folder(), file)))
        {
            if (line.StartsWith(' '))
            {
                lines.Add(line);
                continue;
            }
            found[line[(line.Split(' ')[0].LastIndexOf('.') + 1)..]] = lines = [];
        }
        return found;
    }

    private static string Folder([CallerFilePath] string caller = "") =>
        Path.Combine(Path.GetDirectoryName(caller)!, "..", "golden", "formats");
}
