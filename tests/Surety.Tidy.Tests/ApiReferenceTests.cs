using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml.Linq;

namespace Surety.Tidy.Tests;

/// <summary>docs/api is what the public members of the packages and their comments say.</summary>
public class ApiReferenceTests
{
    public static TheoryData<string> Packages => new(Rooms());

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_packages_page_is_what_its_public_members_say(string room)
    {
        var reference = new ApiReference(room);
        string page = reference.Write(AboutOf(room));
        Assert.True(reference.Count > 5, "it has members");
        Golden.Check($"../../docs/api/{room}.md", page);
    }

    [Fact]
    public void The_index_names_every_package()
    {
        var text = new StringBuilder("""
            # Reference of the packages

            The public members of each package, generated from the code and its comments. [Packages](../packages.md) says
            how to use them, [architecture](../../ARCHITECTURE.md) how they fit together.

            | package | |
            |---|---|

            """);
        foreach (string room in Rooms())
        {
            text.Append(CultureInfo.InvariantCulture, $"| [{room}]({room}.md) | {AboutOf(room)} |\n");
        }
        Golden.Check("../../docs/api/README.md", text.ToString());
    }

    // A package is a room that Directory.Build.props lets be packed.
    private static string[] Rooms()
    {
        XDocument props = XDocument.Load(Path.Combine(TidyTests.Root(), "Directory.Build.props"));
        string condition = (string)props.Descendants("IsPackable").Single(p => p.Value == "true").Parent!.Attribute("Condition")!;
        return [.. condition.Split('\'').Where(p => p.StartsWith("Surety.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static string AboutOf(string room) =>
        XDocument.Load(Path.Combine(TidyTests.Root(), "src", room, room + ".csproj")).Descendants("Description").Single().Value;
}
