using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Pricing;
using Surety.Pricing.Black;
using Surety.Pricing.Simulation;
using Surety.Terms;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Cli.Commands;

/// <summary>Values whatever the contract language can say, by running the compiled contract over simulated paths.</summary>
internal static class ContractValue
{
    private const double MsPerYear = 365.0 * 86_400_000;

    /// <summary>Prints the mean of all payments, and beside it the formula where the contract has one.</summary>
    public static int Print(string file, byte[] text, double[] prices, double[] volatilities, double correlation, string? from, int steps,
        int pairs, ulong seed)
    {
        if (ContractProgram.TryCompile(text, out ContractProgram? program) is { } error)
        {
            throw new UsageException($"{file}:{error}");
        }
        Contract contract = program!.Contract;
        int observed = contract.Observations.Count;
        if (prices.Length != observed || volatilities.Length != observed)
        {
            throw new UsageException(
                $"{file}: observes {observed} indices; give so many prices and volatilities, in the text's order, separated by commas");
        }
        long startMs = Start(contract, from);
        (double[] years, long[] times) = Times(contract, startMs, steps);
        var state = default(ContractState);
        MonteCarloResult result =
            MonteCarlo.Run(prices, volatilities, correlation, years, path => Payoff(program, startMs, prices, times, path, ref state),
                pairs, seed);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{contract.Name}: {result.Mean:0.######} {contract.Settle} ± {result.StandardError:0.######} (standard "
                + $"error of {result.Paths:N0} paths of {years.Length} steps, seed {seed}; no interest)"));
        if (program.Analysis is { Shape: ContractShape.Call or ContractShape.Put, WindowMs: 0, Barrier: null })
        {
            double strike = (double)program.Analysis.Strike / FixedPoint.One;
            Greeks g =
                BlackScholes.OnForward(program.Analysis.Shape == ContractShape.Call ? OptionType.Call : OptionType.Put, prices[0], strike,
                    volatilities[0], (contract.ExpiryMs - startMs) / MsPerYear, 0);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"Black's formula: {g.Price:0.######}, delta {g.Delta:0.####}, vega of a point "
                    + $"{g.Vega / 100:0.####}, theta of a day {g.Theta / 365:0.####}"));
        }
        return 0;
    }

    private static long Start(Contract contract, string? from)
    {
        long first = contract.ExpiryMs - (30L * 86_400_000);
        foreach (Schedule schedule in contract.Schedules)
        {
            first = Math.Min(first, schedule.FromMs - schedule.EveryMs);
        }
        if (from is null)
        {
            return first;
        }
        return DateTimeOffset.TryParseExact(from, "yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset time)
            && time.ToUnixTimeMilliseconds() < contract.ExpiryMs
            ? time.ToUnixTimeMilliseconds()
            : throw new UsageException($"--from: expected a time before expiry such as 2026-12-01T08:00Z, found '{from}'");
    }

    // Equal steps, the half hour before expiry minute by minute, and each fixing; all after the start.
    private static (double[] Years, long[] Times) Times(Contract contract, long startMs, int steps)
    {
        var times = new SortedSet<long> { contract.ExpiryMs };
        for (int i = 1; i < steps; i++)
        {
            times.Add(startMs + ((contract.ExpiryMs - startMs) * i / steps));
        }
        for (long t = contract.ExpiryMs - 1_800_000; t < contract.ExpiryMs; t += 60_000)
        {
            times.Add(t);
        }
        foreach (Schedule schedule in contract.Schedules)
        {
            for (long t = schedule.FromMs; t <= schedule.ToMs; t += schedule.EveryMs)
            {
                times.Add(t);
            }
        }
        times.RemoveWhere(t => t <= startMs);
        var years = new List<double>();
        foreach (long t in times)
        {
            years.Add((t - startMs) / MsPerYear);
        }
        return ([.. years], [.. times]);
    }

    // A price comes a millisecond before its moment, so that a fixing at that moment sees it.
    private static double Payoff(ContractProgram program, long startMs, double[] first, long[] times, ReadOnlySpan<double> path,
        ref ContractState state)
    {
        state = default;
        state.TimeMs = startMs;
        Int128 sum = 0;
        sum += See(program, ref state, first);
        for (int i = 0; i < times.Length && state.HasEnded == 0; i++)
        {
            sum += Pass(program, ref state, times[i] - 1);
            if (state.HasEnded == 0)
            {
                sum += See(program, ref state, path.Slice(i * first.Length, first.Length));
                sum += Pass(program, ref state, times[i]);
            }
        }
        return (double)sum / FixedPoint.One;
    }

    private static Int128 See(ContractProgram program, ref ContractState state, ReadOnlySpan<double> prices)
    {
        Int128 sum = 0;
        for (int o = 0; o < prices.Length && state.HasEnded == 0; o++)
        {
            sum += ContractRun.Observe(program, ref state, o, (Int128)(prices[o] * FixedPoint.One)).Amount;
        }
        return sum;
    }

    private static Int128 Pass(ContractProgram program, ref ContractState state, long timeMs)
    {
        Int128 sum = 0;
        while (ContractRun.Advance(program, ref state, timeMs, counts: true) is { Kind: not ContractEventKind.None } due)
        {
            sum += due.Amount;
        }
        return sum;
    }
}
