using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Surety.Tidy.Tests;

/// <summary>The house's rules that a machine can check.</summary>
public partial class TidyTests
{
    // The longest file may only get shorter.
    private const int LongestFile = 480;
    private const int LongestLine = 140;

    [Theory]
    [InlineData("Surety.Protocol")]
    [InlineData("Surety.Engine")]
    [InlineData("Surety.Terms")]
    public void What_moves_money_has_no_floating_point_anywhere(string room)
    {
        var found = new List<string>();
        foreach (Type type in Load(room).GetTypes())
        {
            const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
                | BindingFlags.DeclaredOnly;
            found.AddRange(type.GetFields(All).Where(f => IsFloat(f.FieldType)).Select(f => $"{type.Name}.{f.Name}"));
            foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            {
                bool uses = method.GetParameters().Any(p => IsFloat(p.ParameterType))
                    || (method is MethodInfo m && IsFloat(m.ReturnType))
                    || (method.GetMethodBody() is { } body
                        && (body.LocalVariables.Any(l => IsFloat(l.LocalType)) || HasFloatingOpcode(body.GetILAsByteArray()!)));
                if (uses)
                {
                    found.Add($"{type.Name}.{method.Name}");
                }
            }
        }
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("Surety.Protocol")]
    [InlineData("Surety.Engine")]
    public void What_must_be_deterministic_refers_to_nothing_that_sees_the_outside_world(string room)
    {
        string[] banned =
            ["System.Threading", "System.Net", "System.IO.", "System.Console", "System.Random", "System.Linq", "System.Diagnostics.Process",
                "System.Collections.Concurrent"];
        IEnumerable<string> used = Load(room).GetReferencedAssemblies().Select(a => a.Name!);
        Assert.DoesNotContain(used, u => banned.Any(b => u.StartsWith(b, StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_stay_short_enough_to_be_read()
    {
        foreach (string file in Sources().Where(f => !File.ReadLines(f).First().Contains("do not edit", StringComparison.Ordinal)))
        {
            int lines = File.ReadLines(file).Count();
            Assert.True(lines <= LongestFile, $"{file} has {lines} lines");
        }
    }

    // What a test quotes whole between three quotation marks is another language's, and keeps its lines.
    [Fact]
    public void Lines_are_no_longer_than_140_characters()
    {
        var found = new List<string>();
        IEnumerable<string> web = new[] { "web/src", "tests" }
            .SelectMany(d => Directory.GetFiles(Path.Combine(Root(), d), "*.*", SearchOption.AllDirectories))
            .Where(f => f.EndsWith(".ts", StringComparison.Ordinal) || f.EndsWith(".mjs", StringComparison.Ordinal))
            .Where(f => !f.Contains("/node_modules/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));
        foreach (string file in SourcesIn("src", "bench", "tests", "samples").Concat(web))
        {
            bool mayQuote = Path.GetRelativePath(Root(), file).StartsWith("tests", StringComparison.Ordinal);
            bool quotes = false;
            int number = 0;
            foreach (string line in File.ReadLines(file))
            {
                number++;
                int marks = line.Split("\"\"\"").Length - 1;
                bool isQuoted = mayQuote && (quotes || marks > 0);
                quotes ^= marks % 2 == 1;
                if (line.Length > LongestLine && !isQuoted)
                {
                    found.Add($"{file}:{number} has {line.Length} characters");
                }
            }
        }
        Assert.Empty(found);
    }

    [Fact]
    public void Names_say_something()
    {
        foreach (string file in Sources())
        {
            Match match = EmptyName().Match(File.ReadAllText(file));
            Assert.False(match.Success, $"{file}: {match.Value}");
        }
    }

    [Fact]
    public void No_interface_has_a_single_implementation()
    {
        Type[] types = [.. FloorTests.MayUse.Keys.SelectMany(room => Load(room).GetTypes())];
        foreach (Type contract in types.Where(t => t.IsInterface))
        {
            int implementations = types.Count(t => !t.IsInterface && t.GetInterfaces().Any(i => i.Name == contract.Name));
            Assert.True(implementations > 1, $"{contract.Name} has {implementations}");
        }
    }

    [Fact]
    public void Every_decision_is_listed()
    {
        string index = File.ReadAllText(Path.Combine(Root(), "docs", "decisions", "README.md"));
        foreach (string file in Directory.GetFiles(Path.Combine(Root(), "docs", "decisions"), "0*.md"))
        {
            Assert.Contains(Path.GetFileName(file), index, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_test_that_the_threat_model_names_exists()
    {
        string model = File.ReadAllText(Path.Combine(Root(), "docs", "threat-model.md"));
        string tests = string.Join('\n', Directory.GetFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        List<Match> named = TestName().Matches(model).ToList();
        Assert.True(named.Count > 100, "it names the test of each control");
        foreach (Match name in named)
        {
            // An ellipsis stands for the rest of a name.
            string wanted = name.Groups["rest"].Value.Length > 0 ? $" {name.Groups["name"].Value}" : $" {name.Groups["name"].Value}(";
            Assert.True(tests.Contains(wanted, StringComparison.Ordinal),
                $"docs/threat-model.md names a test {name.Value} that does not exist");
        }
        foreach (Match room in TestClass().Matches(model))
        {
            Assert.True(tests.Contains($"class {room.Groups["name"].Value}", StringComparison.Ordinal),
                $"docs/threat-model.md names a room of tests {room.Value} that does not exist");
        }
    }

    private static bool IsFloat(Type type)
    {
        Type core = type.IsByRef || type.IsArray ? type.GetElementType()! : type;
        return core == typeof(float) || core == typeof(double) || core == typeof(decimal) || core == typeof(Half);
    }

    private static bool HasFloatingOpcode(byte[] il)
    {
        Dictionary<short, OpCode> codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);
        for (int at = 0; at < il.Length;)
        {
            short value = il[at] == 0xFE ? (short)(0xFE00 | il[at + 1]) : il[at];
            OpCode code = codes[value];
            if (code.Name is { } name
                && (name.Contains(".r4", StringComparison.Ordinal) || name.Contains(".r8", StringComparison.Ordinal)
                || name == "conv.r.un"))
            {
                return true;
            }
            at += code.Size + code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at + code.Size)),
                _ => 4,
            };
        }
        return false;
    }

    internal static Assembly Load(string room) => Assembly.Load(new AssemblyName(room));

    internal static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));

    internal static IEnumerable<string> Sources() => SourcesIn("src", "bench");

    private static IEnumerable<string> SourcesIn(params string[] folders) => folders
        .SelectMany(d => Directory.GetFiles(Path.Combine(Root(), d), "*.cs", SearchOption.AllDirectories))
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    [GeneratedRegex(@"\b(class|struct|interface|record) +\w*(Manager|Helper|Utils?|Impl|Service|Wrapper)\b")]
    private static partial Regex EmptyName();

    [GeneratedRegex("(?<name>[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+){2,})(?<rest>…?)")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\b(?<name>[A-Z][A-Za-z]*Tests)\b")]
    private static partial Regex TestClass();
}
