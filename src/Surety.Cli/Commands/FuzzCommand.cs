using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Surety.Assurance.Fuzzing;

namespace Surety.Cli.Commands;

/// <summary>surety fuzz: hands changed inputs to all that reads what others wrote.</summary>
internal static class FuzzCommand
{
    public static Command Create()
    {
        var target = new Option<string?>("--target") { Description = "Only this one" };
        var seed = new Option<ulong>("--seed") { Description = "Decides the inputs", DefaultValueFactory = _ => 1 };
        var tries = new Option<int>("--tries") { Description = "Inputs for each target", DefaultValueFactory = _ => 100_000 };
        var file = new Option<string?>("--file") { Description = "Hand this file to --target, instead of making inputs" };
        var command = new Command("fuzz",
            "Makes inputs from valid ones and hands them to all that reads commands, "
                + "proofs, files and texts of others: none may throw, take "
            + "more than two seconds or 64 MiB")
        {
            target, seed, tries, file,
        };
        command.SetAction(parsed =>
        {
            List<FuzzTarget> targets = [.. FuzzTargets.All()];
            if (parsed.GetValue(target) is { } name)
            {
                string known = string.Join(", ", targets.Select(t => t.Name));
                targets = [.. targets.Where(t => t.Name == name)];
                if (targets.Count == 0)
                {
                    throw new UsageException($"--target: there is no {name}; expected one of {known}");
                }
            }
            if (parsed.GetValue(file) is { } path)
            {
                if (targets.Count != 1)
                {
                    throw new UsageException("--file: name its reader with --target");
                }
                FuzzFault? one = Fuzzer.Try(targets[0], File.ReadAllBytes(path));
                Console.WriteLine(one is null ? $"{targets[0].Name}: nothing wrong" : $"{targets[0].Name}: {one.What}");
                return one is null ? 0 : 1;
            }
            int wrong = 0;
            foreach (FuzzTarget each in targets)
            {
                wrong += Run(each, parsed.GetValue(seed), Math.Max(parsed.GetValue(tries), 1)) ? 0 : 1;
            }
            return wrong == 0 ? 0 : 1;
        });
        return command;
    }

    private static bool Run(FuzzTarget target, ulong seed, int tries)
    {
        bool shows = !Console.IsErrorRedirected;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        FuzzFault? fault = Fuzzer.Run(target, seed, tries, at =>
        {
            if (shows)
            {
                Console.Error.Write($"\r{target.Name}: {at:N0} of {tries:N0}   ");
            }
        });
        if (shows)
        {
            Console.Error.Write("\r                                        \r");
        }
        if (fault is null)
        {
            Console.WriteLine($"{target.Name}: {tries:N0} inputs in {clock.Elapsed.TotalSeconds:N1} s, nothing wrong");
            return true;
        }
        string file = $"fuzz-{target.Name}-{seed}.bin";
        File.WriteAllBytes(file, fault.Input);
        Console.WriteLine($"{target.Name}: {fault.What}; the input is in {file}: surety fuzz --target {target.Name} --file {file}");
        return false;
    }
}
