namespace Surety.Protocol.Tests;

/// <summary>What others read of the protocol is written from its structs, and is as they say.</summary>
public class GeneratedFileTests
{
    [Fact]
    public void The_layouts_for_the_browser_are_those_of_the_structs() => Golden.Check(ScriptFile.Path, ScriptFile.Write());
}
