using System.IO;
using System.Runtime.CompilerServices;

namespace Surety.Protocol.Tests;

/// <summary>What others read of the protocol is written from its structs, and is as they say.</summary>
public class GeneratedFileTests
{
    [Fact]
    public void The_layouts_for_the_browser_are_those_of_the_structs() => Golden.Check(ScriptFile.Path, ScriptFile.Write());

    [Fact]
    public void The_tables_of_the_documentation_are_those_of_the_structs() =>
        Golden.Check(LayoutTables.Path, LayoutTables.Fill(File.ReadAllText(Path.Combine(Folder(), "..", "golden", LayoutTables.Path))));

    private static string Folder([CallerFilePath] string caller = "") => Path.GetDirectoryName(caller)!;
}
