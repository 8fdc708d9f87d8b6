using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Surety.Formal.Tests;

/// <summary>docs/assurance.md lists what the model proves: all of it, and nothing else.</summary>
public partial class DocumentTests
{
    [Fact]
    public void Every_theorem_of_the_model_stands_in_the_document_and_no_other()
    {
        string root = Root();
        List<string> proved = [.. Directory.GetFiles(Path.Combine(root, "formal"), "*.dfy").SelectMany(TheoremsOf).Order()];
        string document = File.ReadAllText(Path.Combine(root, "docs", "assurance.md"));
        List<string> listed = [.. RowName().Matches(document).Select(m => m.Groups[1].Value).Order()];
        Assert.Equal(proved, listed);
        Assert.True(proved.Count > 90, $"only {proved.Count} theorems are found");
    }

    [Fact]
    public void Every_planted_fault_names_a_theorem_of_the_model()
    {
        string root = Root();
        string model = string.Concat(Directory.GetFiles(Path.Combine(root, "formal"), "*.dfy").Select(File.ReadAllText));
        string[] faults = Directory.GetFiles(Path.Combine(root, "formal", "faults"), "*.patch");
        Assert.True(faults.Length >= 10);
        foreach (string fault in faults)
        {
            string theorem =
                File.ReadLines(fault).Single(l => l.StartsWith("Theorem: ", System.StringComparison.Ordinal))["Theorem: ".Length..];
            Assert.Matches($@"lemma (\{{:\w+\}} )?{theorem}\(", model);
        }
    }

    // A lemma that a comment introduces is a theorem; the others are steps of its proof.
    private static IEnumerable<string> TheoremsOf(string file)
    {
        bool isSaid = false;
        foreach (string line in File.ReadLines(file))
        {
            Match lemma = Lemma().Match(line);
            if (lemma.Success && isSaid)
            {
                yield return lemma.Groups[1].Value;
            }
            isSaid = line.TrimStart().StartsWith("//", System.StringComparison.Ordinal);
        }
    }

    private static string Root()
    {
        string at = System.AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Surety.slnx")))
        {
            at = Path.GetDirectoryName(at)!;
        }
        return at;
    }

    [GeneratedRegex(@"^ *lemma (?:\{:\w+\} )?(\w+)\(")]
    private static partial Regex Lemma();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex RowName();
}
