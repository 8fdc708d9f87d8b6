using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Surety.Core.Numerics;
using Surety.Pricing;
using Surety.Pricing.Integers;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// What the engine's models say, for the browser's to say the same: options from deep in the money to far out, from a millisecond to
/// years, and volatilities between, beyond and on nodes. One case a line; numbers as they are, those that may not fit a double as text.
/// </summary>
internal static class ModelCases
{
    public static string Options()
    {
        var random = new SplitMix(20);
        var lines = new List<string>();
        Span<long> losses = stackalloc long[ScenarioGrid.Count];
        for (int i = 0; i < 300; i++)
        {
            long underlying = 1 + (long)random.Below(i % 3 == 0 ? 400_000 : 20_000);
            long strike = i % 5 == 0 ? underlying + (long)random.Below(20)
                : 1 + (long)(underlying * (0.05 + (random.Below(4_000) / 1_000.0)));
            int volatility = i % 11 == 0 ? (int)random.Below(3) : 1_000 + (int)random.Below(i % 7 == 0 ? 20_000_000 : 2_000_000);
            long ms = i % 13 == 0 ? (long)random.Below(3) : 1 + (long)random.Below(i % 4 == 0 ? 3_600_000L : 60_000_000_000L);
            int scan = 1 + (int)random.Below(400_000);
            var option = new IntegerOption(i % 2 == 0 ? OptionType.Call : OptionType.Put, underlying, strike, volatility, ms);
            ScenarioGrid.Losses(in option, scan, losses);
            lines.Add(FormattableString.Invariant(
                $"{{ \"type\": {(int)option.Type}, \"underlying\": \"{underlying}\", \"strike\": \"{strike}\", \"volatility\": ")
                    + FormattableString.Invariant($"{volatility}, \"ms\": \"{ms}\", \"scan\": \"{scan}\", ")
                    + FormattableString.Invariant($"\"price\": \"{IntegerOptions.Price(in option)}\", ")
                    + FormattableString.Invariant($"\"delta\": \"{IntegerOptions.GreeksOf(in option).DeltaPpm}\", \"losses\": ")
                    + FormattableString.Invariant($"\"{string.Join(' ', losses.ToArray())}\" }}"));
        }
        return Lines(lines);
    }

    public static string Underlyings()
    {
        var random = new SplitMix(21);
        var lines = new List<string>();
        Span<long> losses = stackalloc long[ScenarioGrid.Count];
        for (int i = 0; i < 40; i++)
        {
            (long underlying, int scan) = (1 + (long)random.Below(i % 2 == 0 ? 1_000_000L : 1L << 45), 1 + (int)random.Below(400_000));
            ScenarioGrid.LossesOfUnderlying(underlying, scan, losses);
            lines.Add(
                FormattableString.Invariant(
                    $"{{ \"underlying\": \"{underlying}\", \"scan\": \"{scan}\", \"losses\": \"{string.Join(' ', losses.ToArray())}\" }}"));
        }
        return Lines(lines);
    }

    public static string Volatilities()
    {
        var random = new SplitMix(22);
        var lines = new List<string>();
        for (int i = 0; i < 300; i++)
        {
            int[] tenors = Rising(1 + (int)random.Below(4), 1 + (int)random.Below(5_000), random, 60_000);
            int[] moneyness = Rising(1 + (int)random.Below(5), -1_500 + (int)random.Below(500), random, 900);
            int[] volatilities =
                [.. Enumerable.Range(0, tenors.Length * moneyness.Length).Select(_ => 100_000 + (int)random.Below(2_000_000))];
            long underlying = 1 + (long)random.Below(400_000);
            long strike = 1 + (long)(underlying * (0.2 + (random.Below(3_000) / 1_000.0)));
            long ms = i % 5 == 0 ? tenors[0] * 60_000L : 1 + (long)random.Below(i % 3 == 0 ? 100_000L : 20_000_000_000L);
            int found = VolatilityGrid.VolatilityPpm(tenors, moneyness, volatilities, underlying, strike, ms);
            lines.Add(FormattableString.Invariant(
                $"{{ \"tenors\": [{string.Join(", ", tenors)}], \"moneyness\": [{string.Join(", ", moneyness)}], \"volatilities\": ")
                    + FormattableString.Invariant($"[{string.Join(", ", volatilities)}], \"underlying\": \"{underlying}\", ")
                    + FormattableString.Invariant($"\"strike\": \"{strike}\", \"ms\": \"{ms}\", \"ppm\": {found} }}"));
        }
        return Lines(lines);
    }

    private static int[] Rising(int count, int first, SplitMix random, long most)
    {
        var values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = i == 0 ? first : values[i - 1] + 1 + (int)random.Below(most);
        }
        return values;
    }

    private static string Lines(List<string> lines) =>
        new StringBuilder("[\n ").AppendJoin(",\n ", lines).Append(CultureInfo.InvariantCulture, $"\n]\n").ToString();
}
