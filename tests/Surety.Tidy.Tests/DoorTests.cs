using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Surety.Tidy.Tests;

/// <summary>The documents that a newcomer opens first name files and rules that exist.</summary>
public partial class DoorTests
{
    private static readonly string[] Extensions = [".md", ".cs", ".json", ".sh", ".txt", ".props", ".slnx", ".ts"];

    public static TheoryData<string> Documents => new(
        ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "README.md", "docs/packages.md",
            "samples/embed/README.md", "samples/bot/README.md", "samples/auditor/README.md"]);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_that_it_names_exists(string document)
    {
        string text = File.ReadAllText(Path.Combine(TidyTests.Root(), document));
        string folder = Path.GetDirectoryName(Path.Combine(TidyTests.Root(), document))!;
        IEnumerable<string> links = Link().Matches(text).Select(m => m.Groups[1].Value)
            .Where(l => !l.Contains("://", StringComparison.Ordinal) && !l.StartsWith('#'))
            .Select(l => Path.Combine(folder, l.Split('#')[0]));
        // In code, names are from the root. What begins with no folder or file of it is no path of the project.
        IEnumerable<string> names = Code().Matches(text).Select(m => m.Groups[1].Value).Where(IsPath)
            .Select(n => Path.Combine(TidyTests.Root(), n));
        string[] all = [.. links.Concat(names)];
        Assert.All(all, path => Assert.True(Path.Exists(path), $"{document} names {path}, which does not exist"));
    }

    [Fact]
    public void Every_rule_stands_where_the_architecture_says()
    {
        string text = File.ReadAllText(Path.Combine(TidyTests.Root(), "ARCHITECTURE.md"));
        Match[] rules = Rule().Matches(text).ToArray();
        Assert.True(rules.Length > 50, "it says of each rule where it stands");
        foreach (Match rule in rules)
        {
            (string file, string name) = (rule.Groups["file"].Value, rule.Groups["name"].Value);
            string source = File.ReadAllText(Path.Combine(TidyTests.Root(), file));
            Assert.True(Regex.IsMatch(source, $@"\b{name}\b"), $"ARCHITECTURE.md: {file} has no {name}");
        }
    }

    [Fact]
    public void The_architecture_names_every_project_and_every_folder_of_the_engine()
    {
        string text = File.ReadAllText(Path.Combine(TidyTests.Root(), "ARCHITECTURE.md"));
        foreach (string room in FloorTests.MayUse.Keys)
        {
            Assert.Contains(room == "surety" ? "src/Surety.Cli" : room, text, StringComparison.Ordinal);
        }
        IEnumerable<string> folders = Directory.GetDirectories(Path.Combine(TidyTests.Root(), "src", "Surety.Engine"))
            .Select(d => Path.GetFileName(d)).Where(d => d is not ("bin" or "obj"));
        Assert.All(folders, f => Assert.Contains($"`{f}`", text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_changelog_has_the_version_that_is_built()
    {
        string props = File.ReadAllText(Path.Combine(TidyTests.Root(), "Directory.Build.props"));
        string version = VersionElement().Match(props).Groups[1].Value;
        Assert.Contains($"\n## {version}", File.ReadAllText(Path.Combine(TidyTests.Root(), "CHANGELOG.md")), StringComparison.Ordinal);
    }

    // With a slash it is a path if it begins with a folder of the project; without one, if it ends like a file.
    private static bool IsPath(string name) => PathName().IsMatch(name) && (name.Contains('/')
        ? Directory.Exists(Path.Combine(TidyTests.Root(), name.Split('/')[0]))
        : Extensions.Contains(Path.GetExtension(name)) && char.IsUpper(name[0]));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^[\w.-]+(/[\w.-]+)*/?$")]
    private static partial Regex PathName();

    [GeneratedRegex(@"^\| [^|]+ \| `(?<file>src/[^`]+\.cs)` \| `(?<name>\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex("<Version>(.+)</Version>")]
    private static partial Regex VersionElement();
}
