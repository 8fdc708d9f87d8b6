using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
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
        ["Surety.Proofs"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing"],
        ["Surety.Replay"] = ["Surety.Core", "Surety.Protocol", "Surety.Terms", "Surety.Journal", "Surety.Engine", "Surety.Proofs"],
        ["Surety.Simulation"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Replay"],
        ["Surety.Node"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Replay"],
        ["Surety.Gateway"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Replay", "Surety.Node"],
        ["Surety.Client"] = ["Surety.Core", "Surety.Protocol", "Surety.Proofs"],
        ["Surety.Assurance"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Replay", "Surety.Simulation", "Surety.Node"],
        ["Surety.Bench"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Replay", "Surety.Simulation", "Surety.Node"],
        ["surety"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine",
            "Surety.Proofs", "Surety.Replay", "Surety.Simulation", "Surety.Node", "Surety.Gateway", "Surety.Client",
            "Surety.Assurance"],
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
        ["Surety.Replay"] = 3,
        ["Surety.Simulation"] = 4,
        ["Surety.Node"] = 5,
        ["Surety.Gateway"] = 6,
        ["Surety.Client"] = 6,
        ["Surety.Assurance"] = 6,
        ["Surety.Bench"] = 6,
        ["surety"] = 7,
    };

    /// <summary>
    /// Folders of the engine, the lowest first: a folder uses only those before it. "" is what stands beside the folders.
    /// </summary>
    private static readonly string[] EngineFolders =
    [
        "State", "Indexes", "Events", "Instruments", "Funding", "Marks", "Margin", "Accounts", "Books", "Oracles", "Breakers",
        "Liquidation", "Settlement", "Contracts", "Governance", "Views", "Pipeline", "", "Blocks", "Auditing",
    ];

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
    public void A_folder_of_the_engine_uses_only_folders_below_it()
    {
        var above = new List<string>();
        foreach (string file in SourcesOf("Surety.Engine"))
        {
            string[] parts = Path.GetRelativePath(Folder("Surety.Engine"), file).Split('/');
            int own = Array.IndexOf(EngineFolders, parts.Length == 1 ? "" : parts[0]);
            Assert.True(own >= 0, $"{file} is in a folder without a floor");
            string text = File.ReadAllText(file);
            // A using, or the folder's name in front of one of its types.
            IEnumerable<string> used = EngineUsing().Matches(text).Select(m => m.Groups[1].Value)
                .Concat(QualifiedName().Matches(text)
                    .Where(m => File.Exists(Path.Combine(Folder("Surety.Engine"), m.Groups[1].Value, m.Groups[2].Value + ".cs")))
                    .Select(m => m.Groups[1].Value));
            above.AddRange(used.Where(u => Array.IndexOf(EngineFolders, u) > own).Select(u => $"{string.Join('/', parts)} uses {u}"));
        }
        Assert.Empty(above);
    }

    // The types themselves, however they are named: a circle among folders cannot come back through a nested or a partly named type.
    [Fact]
    public void A_type_of_the_engine_refers_only_to_types_on_its_floor_or_below()
    {
        var above = new HashSet<string>();
        foreach (Type type in TidyTests.Load("Surety.Engine").GetTypes()
            .Where(t => t.Namespace?.StartsWith("Surety.Engine", StringComparison.Ordinal) == true))
        {
            const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
                | BindingFlags.DeclaredOnly;
            IEnumerable<Type?> used = type.GetFields(All).Select(f => (Type?)f.FieldType)
                .Concat(type.GetMethods(All).SelectMany(m => m.GetParameters().Select(p => (Type?)p.ParameterType).Append(m.ReturnType)))
                .Concat(type.GetConstructors(All).SelectMany(c => c.GetParameters().Select(p => (Type?)p.ParameterType)))
                .Append(type.BaseType);
            foreach (Type other in used.OfType<Type>().Select(t => t.HasElementType ? t.GetElementType()! : t))
            {
                if (other.Assembly == type.Assembly && FloorOf(other) > FloorOf(type))
                {
                    above.Add($"{type.FullName} refers to {other.FullName}");
                }
            }
        }
        Assert.Empty(above);
    }

    private static int FloorOf(Type type) =>
        Array.IndexOf(EngineFolders, type.Namespace!.Length > "Surety.Engine".Length ? type.Namespace["Surety.Engine.".Length..] : "");

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

    // What composes may know the whole node. Everything else takes the parts that it uses, so that its constructor says what it can touch.
    [Fact]
    public void A_class_of_the_gateway_takes_parts_of_the_node_and_not_the_node()
    {
        string[] composing = ["VenueGateway.cs", "AllMethods.cs", "NodeHost.cs"];
        string[] names = [.. CodeNaming("Surety.Gateway", WholeNode()).Where(f => !composing.Contains(Path.GetFileName(f)))];
        Assert.Empty(names);
        Assert.Equal(composing.Order(), CodeNaming("Surety.Gateway", WholeNode()).Select(f => Path.GetFileName(f)!).Order());
    }

    [Fact]
    public void A_journal_is_read_by_one_walk()
    {
        string[] rooms = [.. MayUse.Keys.Where(r => r is not ("Surety.Journal" or "Surety.Bench"))];
        Assert.Equal("JournalWalk.cs", Path.GetFileName(Assert.Single(rooms.SelectMany(r => CodeNaming(r, JournalReading())))));
    }

    private static IEnumerable<string> CodeNaming(string room, Regex name) =>
        SourcesOf(room)
            .Where(f => File.ReadLines(f).Any(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal) && name.IsMatch(l)));

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

    [GeneratedRegex(@"\bVenue(Node|Gateway)\b")]
    private static partial Regex WholeNode();

    [GeneratedRegex(@"\bJournalReader\b")]
    private static partial Regex JournalReading();

    [GeneratedRegex(@"^using Surety\.Engine\.(\w+);", RegexOptions.Multiline)]
    private static partial Regex EngineUsing();

    [GeneratedRegex(@"(?<![\w""])(\w+)\.([A-Z]\w*)")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"[gs]et(Big)?(Ui|I)nt\d+\(\d+ *[,)+]|(Read|Write)U?Int\d+(Little|Big)Endian"
        + @"|\.Slice\(\d|AsSpan\([1-9]|\[[1-9]\d*\.\.|MemoryMarshal\.Read<[a-z]+>\(\w+\[")]
    private static partial Regex BareOffset();
}
