using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;

namespace Surety.Formal.Tests;

/// <summary>The executable model beside the engine. SURETY_FORMAL_STREAM_SECONDS gives it more time, SURETY_FORMAL_SEED other streams.</summary>
public class SideBySideTests(ITestOutputHelper output)
{
    private const int StepsOfAStream = 2_000;

    [Fact]
    public void The_engine_refuses_fills_and_books_what_the_model_does()
    {
        double seconds = Number("SURETY_FORMAL_STREAM_SECONDS", 20);
        ulong seed = (ulong)Number("SURETY_FORMAL_SEED", 1);
        var clock = Stopwatch.StartNew();
        long steps = 0;
        long streams = 0;
        long cut = 0;
        (long Fills, long Liquidations, long Insolvent, long Takings, long Shared) seen = default;
        var answers = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (clock.Elapsed.TotalSeconds < seconds || streams < 3)
        {
            var pair = new SideBySide(seed + (ulong)streams);
            for (int i = 0; i < StepsOfAStream && pair.IsCovered; i++)
            {
                string? difference = pair.Step();
                Assert.True(difference is null, $"seed {seed + (ulong)streams}: {difference}");
            }
            streams++;
            cut += pair.IsCovered ? 0 : 1;
            steps += pair.Steps;
            seen = (seen.Fills + pair.Seen.Fills, seen.Liquidations + pair.Seen.Liquidations, seen.Insolvent + pair.Seen.Insolvent, seen.Takings + pair.Seen.Takings, seen.Shared + pair.Seen.Shared);
            foreach ((string name, long count) in pair.Answers)
            {
                answers[name] = (answers.TryGetValue(name, out long before) ? before : 0) + count;
            }
        }
        output.WriteLine($"{streams} streams ({cut} ended by a breaker), {steps} commands, {seen.Fills} fills, {seen.Liquidations} liquidations ({seen.Insolvent} of accounts worth nothing or less), {seen.Takings} takings, {seen.Shared} atoms shared, no difference");
        output.WriteLine(string.Join(", ", answers.Select(a => $"{a.Key} {a.Value}")));
        Assert.True(seen.Fills > 100 && answers.Count > 5, "the streams do too little");
    }

    private static double Number(string variable, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double given) ? given : otherwise;
}
