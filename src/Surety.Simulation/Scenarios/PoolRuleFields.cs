using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>
/// A pool's rules as a scenario names them: each of the engine's, without its unit, written as a part of one, an amount or a
/// time; so a rule that the engine gains can be named here at once.
/// </summary>
internal static class PoolRuleFields
{
    // Names that say more than the engine's.
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["outflowPerHour"] = nameof(PoolRules.OutflowPpm),
        ["fundLossPerHour"] = nameof(PoolRules.FundLossPpm),
        ["fundPerMarket"] = nameof(PoolRules.FundMarketPpm),
        ["reserveDiscount"] = nameof(PoolRules.BackstopDiscountPpm),
        ["freeAmount"] = nameof(PoolRules.FreeAtoms),
        ["scanRange"] = nameof(PoolRules.ScanPpm),
    };

    private static readonly Dictionary<string, FieldInfo> Fields = Find();

    /// <summary>Every name a rule has.</summary>
    public static string[] Names { get; } = [.. Fields.Keys];

    /// <summary>Reads the rules that a file names; the others keep their defaults. A part of 0 switches a rule off.</summary>
    public static PoolRules Read(ScenarioNode rules, int settlementDecimals)
    {
        rules.Object(Names);
        object read = default(PoolRules);
        foreach (string name in rules.Names())
        {
            FieldInfo field = Fields[name];
            ScenarioNode value = rules.Need(name);
            long number = field.Name switch
            {
                nameof(PoolRules.ScanPpm) => value.Ppm(0.4m),
                var n when n.EndsWith("Ppm", StringComparison.Ordinal) => value.Ppm(100) is var part && part == 0 ? PoolRules.Off : part,
                var n when n.EndsWith("Atoms", StringComparison.Ordinal) =>
                    Math.Max(ScenarioTerms.Atoms(value.Number(0, 1e12m), settlementDecimals), 1),
                var n when n.EndsWith("Ms", StringComparison.Ordinal) => value.Span() / 1_000_000,
                var n when n.EndsWith("Ns", StringComparison.Ordinal) => value.Span(),
                _ => value.IsFlag ? value.Flag() ? 1 : 0 : (long)value.Number(-1e15m, 1e15m),
            };
            field.SetValue(read, Convert.ChangeType(number, field.FieldType, System.Globalization.CultureInfo.InvariantCulture));
        }
        return (PoolRules)read;
    }

    private static Dictionary<string, FieldInfo> Find()
    {
        var fields = new Dictionary<string, FieldInfo>(StringComparer.Ordinal);
        foreach (FieldInfo field in typeof(PoolRules).GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Where(f => f.FieldType.IsPrimitive && !f.Name.StartsWith("Reserved", StringComparison.Ordinal)))
        {
            string unit = new[] { "Ppm", "Atoms", "Ms", "Ns" }.FirstOrDefault(u => field.Name.EndsWith(u, StringComparison.Ordinal)) ?? "";
            string plain = field.Name[..^unit.Length];
            fields[Aliases.FirstOrDefault(a => a.Value == field.Name).Key ?? char.ToLowerInvariant(plain[0]) + plain[1..]] = field;
        }
        return fields;
    }
}
