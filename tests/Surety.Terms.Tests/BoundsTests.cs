using System;
using System.Collections.Generic;
using System.Text;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Terms.Tests;

/// <summary>What the analysis says of payments holds on every path; and should it not, nothing beyond it is paid.</summary>
public class BoundsTests
{
    private const string Head = "contract C\nobserve S = index BTC_USD in 0 .. 1000\nsettle USDC\nexpiry 2026-01-04T00:00Z\n";

    [Fact]
    public void No_payment_and_no_sum_of_payments_of_a_random_contract_leaves_the_analysed_bounds_on_any_adversarial_path()
    {
        int runs = 0;
        var kinds = new HashSet<ContractEventKind>();
        for (int seed = 0; seed < 12_000; seed++)
        {
            var random = new AdversarialContract(seed);
            string text = random.Text();
            if (ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text), out ContractProgram? program) is not null)
            {
                continue;
            }
            ContractProgram free = Unclamped(program!);
            for (int i = 0; i < 8; i++)
            {
                List<PathPoint> path = random.Path(program!.Contract);
                runs++;
                Follow(program, free, path, $"seed {seed}, path {i}\n{text}", kinds);
            }
        }
        Assert.True(runs > 8_000, $"only {runs} runs");
        Assert.Equal(3, kinds.Count);
    }

    // A contract that "pays at most 1" paid 1,000: each rule of the analysis that said so.
    [Theory]
    [InlineData("when S > 1 from 2026-01-03T00:00Z to 2026-01-04T00:00Z pay 0 and end\nat expiry pay S\n")]
    [InlineData(
        "schedule F = every 6h from 2026-01-01T06:00Z to 2026-01-04T00:00Z\nwhen sum(S "
        + "at F) > 1 pay 0 and end\nat expiry pay sum(S at F)\n")]
    [InlineData("schedule F = every 6h from 2026-01-01T06:00Z to 2026-01-04T00:00Z\nat expiry pay if S <= 1 then max(S at F) else 0\n")]
    public void A_bound_does_not_rest_on_a_time_without_a_step_nor_on_what_changes_at_fixings(string clauses)
    {
        ContractAnalysis analysis = ExecutionTests.Compile(Head + clauses).Analysis;
        Assert.True(analysis.ShortPaysMost >= (Int128)1000 * FixedPoint.One, FixedPoint.Format(analysis.ShortPaysMost));
    }

    [Fact]
    public void What_is_watched_with_every_price_still_narrows_the_bound()
    {
        ContractAnalysis analysis = ExecutionTests.Compile(Head + "when S > 1 pay 0 and end\nat expiry pay S\n").Analysis;
        Assert.Equal(FixedPoint.One, analysis.ShortPaysMost);
    }

    [Fact]
    public void An_aggregate_of_a_schedule_that_comes_later_at_the_same_moment_is_refused()
    {
        const string Schedules =
            "schedule G = every 6h from 2026-01-01T06:00Z to 2026-01-04T00:00Z\nschedule F "
            + "= every 6h from 2026-01-01T06:00Z to 2026-01-04T00:00Z\n";
        string text = "contract C\nobserve S = index BTC_USD in 1 .. 1000\nsettle USDC\nexpiry 2026-01-04T00:00Z\n" + Schedules;
        Assert.NotNull(ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text + "at G pay 1 / mean(S at F)\nat expiry pay S\n"), out _));
        Assert.Null(ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text + "at F pay 1 / mean(S at G)\nat expiry pay S\n"), out _));
    }

    [Fact]
    public void A_condition_waits_for_the_first_fixing_when_the_first_price_comes_after_it()
    {
        const string Text =
            "contract C\nobserve S = index BTC_USD in 10 .. 1000\nsettle USDC\nexpiry 2026-01-04T00:00Z\nschedule "
            + "F = every 6h from 2026-01-01T06:00Z to 2026-01-04T00:00Z\n"
            + "when mean(S at F) < 5 or S > 2 * mean(S at F) from 2026-01-01T06:00Z to "
                + "2026-01-04T00:00Z pay 1 / mean(S at F) and end\nat expiry pay S\n";
        ContractProgram program = ExecutionTests.Compile(Text);
        List<ContractEvent> events = ExecutionTests.Run(program, [new(RandomContract.StartMs + 86_400_000, 0, 100 * FixedPoint.One)]);
        Assert.Empty(events);
    }

    [Fact]
    public void An_index_observed_twice_is_refused()
    {
        string text = Head + "observe T = index BTC_USD in 5 .. 10\nat expiry pay S - T\n";
        Assert.Contains("observed twice", ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text), out _)!.Problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_paid_on_the_way_counts_though_the_end_gives_it_back()
    {
        ContractAnalysis analysis =
            ExecutionTests.Compile(Head
                + "schedule F = every 1d from 2026-01-02T00:00Z to 2026-01-03T00:00Z\nat F pay 100\nat expiry pay -150 - S\n").Analysis;
        Assert.Equal(200 * FixedPoint.One, analysis.ShortPaysMost);
        Assert.Equal(1150 * FixedPoint.One, analysis.LongPaysMost);
    }

    [Theory]
    [InlineData("when S >= 130 pay 1000 and end\nat expiry pay max(S - 100, 0)\n")]
    [InlineData("when S >= 130 pay 5 and end\nat expiry pay S\n")]
    public void A_rebate_beyond_the_strike_or_a_future_with_a_barrier_is_margined_by_all_that_it_can_pay(string clauses) =>
        Assert.Equal(ContractShape.Other, ExecutionTests.Compile(Head + clauses).Analysis.Shape);

    [Fact]
    public void A_payment_beyond_its_clauses_bound_is_cut_to_it()
    {
        ContractProgram program =
            ExecutionTests.Compile(Head
                + "schedule F = every 1d from 2026-01-02T00:00Z to 2026-01-03T00:00Z\nat F pay S\nat expiry pay S - 500\n");
        var narrow =
            new ContractProgram(program.Contract,
                program.Analysis with { Pays = [new(0, FixedPoint.One), new(-FixedPoint.One, FixedPoint.One)] }, default);
        List<ContractEvent> events =
            ExecutionTests.Run(narrow, [new(RandomContract.StartMs, 0, 1000 * FixedPoint.One), new(RandomContract.ExpiryMs + 1, 0, 0)]);
        Assert.Equal(3, events.Count);
        Assert.All(events, e => Assert.Equal(FixedPoint.One, e.Amount));
    }

    private static ContractProgram Unclamped(ContractProgram program)
    {
        var wide = new Interval[program.Contract.Clauses.Count];
        Array.Fill(wide, new Interval(-FixedPoint.Largest, FixedPoint.Largest));
        return new ContractProgram(program.Contract, program.Analysis with { Pays = wide }, default);
    }

    private static void Follow(ContractProgram program, ContractProgram free, List<PathPoint> path, string where,
        HashSet<ContractEventKind> kinds)
    {
        var state = default(ContractState);
        Int128 paid = 0;
        foreach (PathPoint point in path)
        {
            while (true)
            {
                (Interval scheduled, Interval ending) = program.Left(in state);
                ContractEvent due = ContractRun.Advance(free, ref state, point.TimeMs, counts: (point.TimeMs & 3) != 0);
                if (!Take(due, scheduled, ending))
                {
                    break;
                }
            }
            (Interval before, Interval end) = program.Left(in state);
            Take(ContractRun.Observe(free, ref state, point.Observation, point.Price), before, end);
            if (ContractRun.TryTake(free, ref state, out Int128 amount, out int clause))
            {
                Assert.True(Within(program.Analysis.Pays[clause], amount) && Within(Bounds(), paid + amount), where);
            }
        }
        Assert.True(state.HasEnded == 1, where);

        bool Take(ContractEvent what, Interval scheduled, Interval ending)
        {
            if (what.Kind == ContractEventKind.None)
            {
                return false;
            }
            kinds.Add(what.Kind);
            paid += what.Amount;
            (Interval scheduledAfter, Interval endingAfter) = program.Left(in state);
            Assert.True(Within(Bounds(), paid), $"{what} of {paid} is beyond {Bounds()}: {where}");
            // What was left before covers this payment and all that is left after it.
            Interval left = scheduled.Plus(ending);
            Interval after = what.Kind == ContractEventKind.Paid ? scheduledAfter.Plus(endingAfter) : default;
            Assert.True(left.Low <= what.Amount + after.Low && left.High >= what.Amount + after.High,
                $"{what} shrinks {left} to {after}: {where}");
            return what.Kind == ContractEventKind.Paid;
        }

        Interval Bounds() => new(-program.Analysis.LongPaysMost, program.Analysis.ShortPaysMost);
    }

    private static bool Within(Interval bounds, Int128 value) => value >= bounds.Low && value <= bounds.High;
}
