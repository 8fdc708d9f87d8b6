using System;
using System.CommandLine;
using Surety.Assurance.Attackers;

namespace Surety.Cli.Commands;

/// <summary>surety attack: searches what an attacker with money, accounts and one source of four could gain or break.</summary>
internal static class AttackCommand
{
    public static Command Create()
    {
        var seed = new Option<ulong>("--seed") { Description = "Decides the search", DefaultValueFactory = _ => 1 };
        var tries = new Option<int>("--tries") { Description = "Plans tried for each goal", DefaultValueFactory = _ => 2_000 };
        var command = new Command("attack",
            "Searches plans for an attacker with 200,000 dollars, four accounts under four names and one price source of four, in a venue "
            + "whose index stands still: for profit, others' liquidations, the fund's money, a halted market, others' accounts")
        {
            seed, tries,
        };
        command.SetAction(parsed =>
        {
            int count = parsed.GetValue(tries);
            if (count < 1)
            {
                throw new UsageException("--tries: expected 1 or more");
            }
            bool broken = false;
            foreach (AttackGoal goal in Enum.GetValues<AttackGoal>())
            {
                bool shows = !Console.IsErrorRedirected;
                AttackResult found = AttackSearch.For(goal, parsed.GetValue(seed), count, at =>
                {
                    if (shows)
                    {
                        Console.Error.Write($"\r{goal}: {at:N0} of {count:N0}   ");
                    }
                });
                if (shows)
                {
                    Console.Error.Write("\r                                        \r");
                }
                Console.WriteLine($"{goal}: {found.Best:N0} {Unit(goal)}, by {found.Plan.Count} moves; {found.Tries:N0} plans tried");
                foreach (Attack move in found.Best > 0 ? found.Plan : [])
                {
                    Console.WriteLine($"  {move}");
                }
                if (found.Broken is { } what)
                {
                    Console.WriteLine($"BROKEN: {what}");
                    broken = true;
                }
            }
            return broken ? 1 : 0;
        });
        return command;
    }

    private static string Unit(AttackGoal goal) => goal switch
    {
        AttackGoal.Profit or AttackGoal.FundLoss => "dollars",
        AttackGoal.Liquidations => "liquidations",
        AttackGoal.Halts => "rounds of ten seconds",
        _ => "commands accepted",
    };
}
