using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using Surety.Protocol.Rows;

namespace Surety.Formal.Tests;

/// <summary>
/// The executable model beside the engine. SURETY_FORMAL_STREAM_SECONDS gives it more time, SURETY_FORMAL_SEED other streams.
/// </summary>
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
        Tally seen = default;
        var answers = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (clock.Elapsed.TotalSeconds < seconds || streams < 3)
        {
            var pair = new SideBySide(seed + (ulong)streams);
            string? difference = Run(pair);
            Assert.True(difference is null, $"seed {seed + (ulong)streams}: {difference}");
            streams++;
            cut += pair.IsCovered ? 0 : 1;
            steps += pair.Steps;
            seen += pair.Seen;
            foreach ((string name, long count) in pair.Answers)
            {
                answers[name] = (answers.TryGetValue(name, out long before) ? before : 0) + count;
            }
        }
        output.WriteLine(
            $"{streams} streams ({cut} ended by a breaker), {steps} commands, {seen.Fills} fills, {seen.Liquidations} liquidations");
        output.WriteLine(
            $"({seen.Insolvent} of accounts worth nothing or less), {seen.Takings} takings, {seen.Shared} atoms shared, no difference");
        output.WriteLine(string.Join(", ", answers.Select(a => $"{a.Key} {a.Value}")));
        Assert.True(seen.Fills > 100 && answers.Count > 5, "the streams do too little");
    }

    // A comparison that never differs could be of nothing: one number that the model reads wrongly is found.
    [Theory]
    [InlineData("liquidation fee")]
    [InlineData("takeover charge")]
    [InlineData("profit that counts")]
    [InlineData("margin of transfers")]
    [InlineData("fence of the fund")]
    [InlineData("taker fee")]
    [InlineData("maker fee")]
    public void One_number_that_the_model_reads_wrongly_is_found(string what)
    {
        string? difference = null;
        for (ulong seed = 1; seed <= 60 && difference is null; seed++)
        {
            difference = Run(new SideBySide(seed, pool => Misread(pool, what)));
        }
        Assert.NotNull(difference);
    }

    private static Pool Misread(Pool pool, string what)
    {
        switch (what)
        {
            case "liquidation fee":
                pool.LiquidationFeePpm++;
                break;
            case "takeover charge":
                pool.Rules.TakeoverChargePpm = 0;
                break;
            case "profit that counts":
                pool.Rules.ProfitHaircutPpm -= 1_000;
                break;
            case "margin of transfers":
                pool.Rules.TransferMarginPpm += 1_000;
                break;
            case "fence of the fund":
                pool.Rules.FundMarketPpm += 1_000;
                break;
            case "taker fee":
                pool.FeeTiers[0].TakerPpm++;
                break;
            default:
                pool.FeeTiers[0].MakerPpm--;
                break;
        }
        return pool;
    }

    private static string? Run(SideBySide pair)
    {
        string? difference = null;
        for (int i = 0; i < StepsOfAStream && pair.IsCovered && difference is null; i++)
        {
            try
            {
                difference = pair.Step();
            }
            catch (Surety.Engine.State.InvariantViolationException e)
            {
                difference = e.Message;
            }
        }
        return difference;
    }

    private static double Number(string variable, double otherwise)
    {
        string? given = Environment.GetEnvironmentVariable(variable);
        return double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : otherwise;
    }
}
