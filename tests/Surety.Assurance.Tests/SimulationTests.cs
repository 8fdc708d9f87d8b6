using System;
using System.Collections.Generic;
using System.Linq;

namespace Surety.Assurance.Tests;

public class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void What_was_acknowledged_stays_true_through_crashes_full_disks_rot_lies_and_jumping_clocks()
    {
        (long commands, int restarts, int damage, long trades, long liquidations) = (0, 0, 0, 0, 0);
        for (ulong seed = 1; seed <= 12; seed++)
        {
            SimulationResult found = SimulatedVenue.Run(seed, Step.Of(seed, 4_000));
            Assert.True(found.Broken is null, $"surety simulate --seed {seed} --steps {found.AtStep}: {found.Broken}");
            (commands, restarts, damage) = (commands + found.Commands, restarts + found.Restarts, damage + found.DamageFound);
            (trades, liquidations) = (trades + found.Trades, liquidations + found.Liquidations);
        }
        output.WriteLine($"{commands} commands, {trades} trades, {liquidations} liquidations, {restarts} restarts, {damage} times damage");
        Assert.True(commands > 5_000 && restarts > 400 && damage > 5 && trades > 1_000 && liquidations > 5);
    }

    [Fact]
    public void A_seed_gives_the_same_run_again()
    {
        List<Step> steps = Step.Of(99, 2_000);
        Assert.Equal(SimulatedVenue.Run(99, steps), SimulatedVenue.Run(99, steps));
        Assert.Equal(steps, Step.Of(99, 3_000).Take(2_000));
    }
}
