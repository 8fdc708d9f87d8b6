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
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Surety.Core"] = [],
        ["Surety.Protocol"] = ["Surety.Core"],
        ["Surety.Journal"] = ["Surety.Core"],
        ["Surety.Pricing"] = ["Surety.Core"],
        ["Surety.Terms"] = ["Surety.Core"],
        ["Surety.Engine"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms"],
        ["Surety.Proofs"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing"],
        ["Surety.Client"] = ["Surety.Core", "Surety.Protocol", "Surety.Proofs"],
        ["Surety.Node"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine", "Surety.Proofs"],
        ["Surety.Bench"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine", "Surety.Proofs", "Surety.Node"],
        ["surety"] = ["Surety.Core", "Surety.Protocol", "Surety.Pricing", "Surety.Terms", "Surety.Journal", "Surety.Engine", "Surety.Proofs", "Surety.Node", "Surety.Client", "Surety.Bench"],
    };

    // The longest file may only get shorter.
    private const int LongestFile = 460;

    public static TheoryData<string> Rooms => new(MayUse.Keys);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_floors_below_it(string room)
    {
        IEnumerable<string> used = Load(room).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Surety", StringComparison.Ordinal));
        Assert.Empty(used.Except(MayUse[room]));
    }

    [Theory]
    [InlineData("Surety.Protocol")]
    [InlineData("Surety.Engine")]
    [InlineData("Surety.Terms")]
    public void What_moves_money_has_no_floating_point_anywhere(string room)
    {
        var found = new List<string>();
        foreach (Type type in Load(room).GetTypes())
        {
            const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
            found.AddRange(type.GetFields(All).Where(f => IsFloat(f.FieldType)).Select(f => $"{type.Name}.{f.Name}"));
            foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            {
                bool uses = method.GetParameters().Any(p => IsFloat(p.ParameterType))
                    || (method is MethodInfo m && IsFloat(m.ReturnType))
                    || (method.GetMethodBody() is { } body && (body.LocalVariables.Any(l => IsFloat(l.LocalType)) || HasFloatingOpcode(body.GetILAsByteArray()!)));
                if (uses)
                {
                    found.Add($"{type.Name}.{method.Name}");
                }
            }
        }
        Assert.Empty(found);
    }

    [Fact]
    public void The_engine_refers_to_nothing_that_sees_the_outside_world()
    {
        string[] banned = ["System.Threading", "System.Net", "System.IO.", "System.Console", "System.Random", "System.Linq", "System.Diagnostics.Process", "System.Collections.Concurrent"];
        IEnumerable<string> used = Load("Surety.Engine").GetReferencedAssemblies().Select(a => a.Name!);
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
        foreach (string room in MayUse.Keys)
        {
            Type[] types = Load(room).GetTypes();
            foreach (Type contract in types.Where(t => t.IsInterface))
            {
                int implementations = types.Count(t => !t.IsInterface && t.GetInterfaces().Any(i => i.Name == contract.Name));
                Assert.True(implementations > 1, $"{contract.Name} has {implementations}");
            }
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
            if (code.Name is { } name && (name.Contains(".r4", StringComparison.Ordinal) || name.Contains(".r8", StringComparison.Ordinal) || name == "conv.r.un"))
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

    private static Assembly Load(string room) => Assembly.Load(new AssemblyName(room));

    private static string Root([CallerFilePath] string caller = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));

    private static IEnumerable<string> Sources() => new[] { "src", "bench" }
        .SelectMany(d => Directory.GetFiles(Path.Combine(Root(), d), "*.cs", SearchOption.AllDirectories))
        .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    [GeneratedRegex(@"\b(class|struct|interface|record) +\w*(Manager|Helper|Utils?|Impl|Service|Wrapper)\b")]
    private static partial Regex EmptyName();
}
