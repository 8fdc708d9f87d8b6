using System;
using System.Collections.Generic;
using System.CommandLine;
using Surety.Assurance;

namespace Surety.Cli.Commands;

/// <summary>
/// surety simulate: a venue, its node, its disk, network, clocks, sources and clients in one thread, all of it from a seed.
/// </summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var seed = new Option<ulong>("--seed") { Description = "Decides all that happens", DefaultValueFactory = _ => 1 };
        var steps = new Option<int>("--steps") { Description = "How many steps", DefaultValueFactory = _ => 10_000 };
        var seeds = new Option<int>("--seeds") { Description = "How many seeds, from the first on", DefaultValueFactory = _ => 1 };
        var minimise = new Option<int>("--minimise")
        {
            Description = "Seconds to leave out of a run that breaks what it breaks without",
            DefaultValueFactory = _ => 60,
        };
        var command = new Command("simulate",
            "Runs a venue on one thread with crashes at any write, torn and lost writes, "
                + "full disks, rot, lost and repeated messages, lying "
            + "sources and jumping clocks, and checks that what was acknowledged stays true")
        {
            seed, steps, seeds, minimise,
        };
        command.SetAction(parsed =>
        {
            int count = parsed.GetValue(steps);
            int many = parsed.GetValue(seeds);
            if (count < 1 || many < 1)
            {
                throw new UsageException("--steps and --seeds: expected 1 or more");
            }
            int broken = 0;
            ulong first = parsed.GetValue(seed);
            for (ulong at = first; at < first + (ulong)many; at++)
            {
                broken += Run(at, count, TimeSpan.FromSeconds(Math.Max(parsed.GetValue(minimise), 0))) ? 0 : 1;
            }
            return broken == 0 ? 0 : 1;
        });
        return command;
    }

    private static bool Run(ulong seed, int count, TimeSpan minimise)
    {
        List<Step> steps = Step.Of(seed, count);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        bool shows = !Console.IsErrorRedirected;
        SimulationResult found = SimulatedVenue.Run(seed, steps, at =>
        {
            if (shows)
            {
                Console.Error.Write($"\rseed {seed}: step {at:N0} of {count:N0}   ");
            }
        });
        if (shows)
        {
            Console.Error.Write("\r                                                  \r");
        }
        Console.WriteLine(
            $"seed {seed}: {found.AtStep:N0} steps in {clock.Elapsed.TotalSeconds:N1} s, "
                + $"{found.Commands:N0} commands, {found.Trades:N0} trades, "
            + $"{found.Liquidations:N0} liquidations, {found.Blocks:N0} blocks, {found.Operations:N0} operations of the disk, "
            + $"{found.Restarts:N0} starts, {found.DamageFound:N0} times damage recognised");
        if (found.Broken is null)
        {
            return true;
        }
        Console.WriteLine($"BROKEN after step {found.AtStep:N0}: {found.Broken}");
        List<Step> left = SimulatedVenue.Minimise(seed, steps.GetRange(0, found.AtStep), minimise);
        Console.WriteLine($"{left.Count:N0} steps are enough: {SimulatedVenue.Run(seed, left).Broken}");
        left.ForEach(step => Console.WriteLine($"  {step}"));
        return false;
    }
}
