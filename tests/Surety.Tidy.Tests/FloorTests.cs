using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Surety.Tidy.Tests;

/// <summary>
/// A room uses rooms on floors below its own, and of those only the ones named here. What is compiled, what the project files refer to and
/// what the sources name are each checked: a reference that nothing uses yet is a door all the same.
/// </summary>
public partial class FloorTests
{
    internal static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Surety.Core"] = [],
        ["Surety.Protocol"] = ["Surety.Core"],
        ["Surety.Journal"] = ["Surety.Core"],
        ["Surety.Pricing"] = ["Surety.Core"],
        ["Surety.Terms"] = ["Surety.Core"],
        ["Surety.Engine"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms"],
        ["Surety.Proofs"] = ["Surety.Core", "Surety.Protocol"],
        ["Surety.Node"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs"],
        ["Surety.Client"] = ["Surety.Core", "Surety.Protocol", "Surety.Proofs"],
        ["Surety.Bench"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Node"],
        ["surety"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Node", "Surety.Client", "Surety.Bench"],
    };

    private static readonly Dictionary<string, int> Floors = new()
    {
        ["Surety.Core"] = 0,
        ["Surety.Protocol"] = 1,
        ["Surety.Journal"] = 1,
        ["Surety.Pricing"] = 1,
        ["Surety.Terms"] = 1,
        ["Surety.Engine"] = 2,
        ["Surety.Proofs"] = 2,
        ["Surety.Node"] = 5,
        ["Surety.Client"] = 6,
        ["Surety.Bench"] = 6,
        ["surety"] = 7,
    };

    public static TheoryData<string> Rooms => new(MayUse.Keys);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_may_use_only_floors_below_its_own(string room) =>
        Assert.All(MayUse[room], used => Assert.True(Floors[used] < Floors[room], used));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void What_is_compiled_uses_only_that(string room)
    {
        IEnumerable<string> used = TidyTests.Load(room).GetReferencedAssemblies().Select(a => a.Name!)
            .Where(n => n.StartsWith("Surety", StringComparison.Ordinal));
        Assert.Empty(used.Except(MayUse[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_project_refers_only_to_that(string room)
    {
        string project = Directory.GetFiles(Folder(room), "*.csproj").Single();
        IEnumerable<string> used = XDocument.Load(project).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));
        Assert.Empty(used.Except(MayUse[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Sources_name_only_that(string room)
    {
        string own = room == "surety" ? "Surety.Cli" : room;
        foreach (string file in SourcesOf(room))
        {
            foreach (string line in File.ReadLines(file).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            {
                foreach (Match match in RoomName().Matches(line))
                {
                    bool allowed = match.Value == own || MayUse[room].Contains(match.Value) || !Floors.ContainsKey(match.Value);
                    Assert.True(allowed, $"{file} names {match.Value}: {line.Trim()}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Namespaces_follow_folders(string room)
    {
        foreach (string file in SourcesOf(room).Where(f => Path.GetFileName(f) != "Program.cs"))
        {
            string name = Namespace().Match(File.ReadAllText(file)).Groups[1].Value;
            string folder = Path.GetFileName(Folder(room)) + Path.GetDirectoryName(file)![Folder(room).Length..].Replace('/', '.');
            // Methods of the API stand in a folder of their own within its namespace.
            Assert.True(folder == name || folder == $"{name}.Methods", $"{file} is of {name}");
        }
    }

    [Fact]
    public void No_verifier_and_no_page_reads_bytes_at_a_number()
    {
        IEnumerable<string> files = Directory.GetFiles(Path.Combine(TidyTests.Root(), "src", "Surety.Proofs"), "*.cs")
            .Concat(Directory.GetFiles(Path.Combine(TidyTests.Root(), "web", "src"), "*.ts")
                .Where(f => Path.GetFileName(f) is not ("layout.ts" or "protocol.ts")));
        foreach (string file in files)
        {
            foreach (string line in File.ReadLines(file))
            {
                Assert.False(BareOffset().IsMatch(line), $"{file}: {line.Trim()}");
            }
        }
    }

    private static string Folder(string room) => room switch
    {
        "surety" => Path.Combine(TidyTests.Root(), "src", "Surety.Cli"),
        "Surety.Bench" => Path.Combine(TidyTests.Root(), "bench", room),
        _ => Path.Combine(TidyTests.Root(), "src", room),
    };

    private static IEnumerable<string> SourcesOf(string room) =>
        TidyTests.Sources().Where(f => f.StartsWith(Folder(room) + "/", StringComparison.Ordinal));

    [GeneratedRegex(@"\bSurety\.[A-Z]\w*")]
    private static partial Regex RoomName();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"[gs]et(Big)?(Ui|I)nt\d+\(\d+ *[,)+]|(Read|Write)U?Int\d+(Little|Big)Endian"
        + @"|\.Slice\(\d|AsSpan\([1-9]|\[[1-9]\d*\.\.|MemoryMarshal\.Read<[a-z]+>\(\w+\[")]
    private static partial Regex BareOffset();
}
