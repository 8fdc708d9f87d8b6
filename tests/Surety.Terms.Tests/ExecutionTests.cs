using System;
using System.Collections.Generic;
using System.Text;
using Surety.Terms.Execution;

namespace Surety.Terms.Tests;

public class ExecutionTests
{
    [Fact]
    public void Compiled_contracts_and_the_slow_interpreter_agree_on_random_contracts_and_paths()
    {
        int compared = 0;
        var kinds = new HashSet<ContractEventKind>();
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new RandomContract(seed);
            string text = random.Text();
            if (ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text), out ContractProgram? program) is not null)
            {
                continue;
            }
            compared++;
            for (int i = 0; i < 3; i++)
            {
                List<PathPoint> path = random.Path();
                List<ContractEvent> fast = Run(program!, path);
                IReadOnlyList<ContractEvent> slow = new Interpreter(program!.Contract).Run(path);
                Assert.True(slow.Count == fast.Count, $"seed {seed}: {slow.Count} events, compiled {fast.Count}\n{text}");
                Int128 sum = 0;
                for (int e = 0; e < slow.Count; e++)
                {
                    Assert.True(slow[e] == fast[e], $"seed {seed}: {slow[e]}, compiled {fast[e]}\n{text}");
                    kinds.Add(fast[e].Kind);
                    sum += fast[e].Amount;
                }
                // What static analysis says holds on every path.
                Assert.InRange(sum, -program.Analysis.LongPaysMost, program.Analysis.ShortPaysMost);
            }
        }
        Assert.True(compared > 800, $"only {compared} contracts could be listed");
        Assert.Equal(3, kinds.Count);
    }

    [Fact]
    public void Payoffs_agree_with_functions_written_directly_in_C_sharp()
    {
        var random = new Random(3);
        (string Pay, Func<Int128, Int128, Int128> Direct)[] payoffs =
        [
            ("max(S - 500, 0) + T", (s, t) => Int128.Max(s - Whole(500), 0) + t),
            ("if S > T then S - T else 0", (s, t) => s > t ? s - t : 0),
            ("S * T / 1000", (s, t) => Floor(Floor(s * t, FixedPoint.One) * FixedPoint.One, Whole(1000))),
            ("min(max(S / T, 0.5), 2) * 100",
                (s, t) =>
                Floor(Int128.Min(Int128.Max(Floor(s * FixedPoint.One, t), FixedPoint.One / 2), Whole(2)) * Whole(100), FixedPoint.One)),
            ("abs(S - T) * -1.5", (s, t) => Floor(Int128.Abs(s - t) * (-3 * FixedPoint.One / 2), FixedPoint.One)),
            ("if S >= 300 and T < 700 or S == T then 1 else S - T",
                (s, t) => (s >= Whole(300) && t < Whole(700)) || s == t ? Whole(1) : s - t),
        ];
        foreach ((string pay, Func<Int128, Int128, Int128> direct) in payoffs)
        {
            ContractProgram program =
                Compile($"contract C\nobserve S = index A in 1 .. 1000\nobserve T = index B in 1 .. "
                    + $"1000\nsettle USDC\nexpiry 2026-01-04T00:00Z\nat expiry pay {pay}\n");
            for (int i = 0; i < 2000; i++)
            {
                Int128 s = Whole(1) + random.NextInt64(999 * FixedPoint.One);
                Int128 t = i % 10 == 0 ? s : Whole(1) + random.NextInt64(999 * FixedPoint.One);
                List<ContractEvent> events =
                    Run(program,
                        [new(RandomContract.StartMs, 0, s), new(RandomContract.StartMs, 1, t), new(RandomContract.ExpiryMs + 1, 0, s)]);
                Assert.Equal(direct(s, t), Assert.Single(events).Amount);
            }
        }
    }

    [Fact]
    public void A_knocked_out_contract_pays_its_rebate_once_and_nothing_after()
    {
        ContractProgram program =
            Compile("contract C\nobserve S = index BTC_USD\nsettle USDC\nexpiry 2026-01-04T00:00Z\nwhen "
                + "S >= 130 pay 5 and end\nat expiry pay max(S - 100, 0)\n");
        List<ContractEvent> events = Run(program, [At(0, 110), At(1000, 129), At(2000, 131), At(3000, 90), At(999_999_999, 140)]);
        ContractEvent end = Assert.Single(events);
        Assert.Equal(new ContractEvent(ContractEventKind.Ended, Whole(5), 0, RandomContract.StartMs + 2000), end);
    }

    [Fact]
    public void The_mean_leaves_out_time_in_which_the_price_was_in_doubt()
    {
        ContractProgram program =
            Compile("contract C\nobserve S = index BTC_USD\nsettle USDC\nexpiry 2026-01-04T00:00Z\nat expiry pay mean(S, 30m)\n");
        var state = default(ContractState);
        long windowStart = RandomContract.ExpiryMs - 1_800_000;
        ContractRun.Advance(program, ref state, windowStart, counts: true);
        ContractRun.Observe(program, ref state, 0, Whole(100));
        ContractRun.Advance(program, ref state, windowStart + 600_000, counts: true);
        ContractRun.Observe(program, ref state, 0, Whole(900));
        ContractRun.Advance(program, ref state, windowStart + 1_200_000, counts: false);
        ContractRun.Observe(program, ref state, 0, Whole(200));
        ContractEvent end = ContractRun.Advance(program, ref state, RandomContract.ExpiryMs, counts: true);
        Assert.Equal(Whole(150), end.Amount);
    }

    [Fact]
    public void Running_a_contract_allocates_nothing()
    {
        ContractProgram program = Compile(new RandomContract(1).Text());
        var state = default(ContractState);
        ContractRun.Observe(program, ref state, 0, Whole(500));
        ContractRun.Observe(program, ref state, 1, Whole(500));
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                ContractRun.Advance(program, ref state, RandomContract.StartMs + (((round * 1000) + i) * 1000), counts: true);
                ContractRun.Observe(program, ref state, i & 1, Whole(400 + (i % 100)));
            }
            Assert.True(round == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }
    }

    internal static List<ContractEvent> Run(ContractProgram program, List<PathPoint> path)
    {
        var state = default(ContractState);
        var events = new List<ContractEvent>();
        foreach (PathPoint point in path)
        {
            while (ContractRun.Advance(program, ref state, point.TimeMs, counts: true) is { Kind: not ContractEventKind.None } due)
            {
                events.Add(due);
            }
            if (ContractRun.Observe(program, ref state, point.Observation, point.Price) is { Kind: not ContractEventKind.None } seen)
            {
                events.Add(seen);
            }
        }
        return events;
    }

    internal static ContractProgram Compile(string text)
    {
        TermsError? error = ContractProgram.TryCompile(Encoding.UTF8.GetBytes(text), out ContractProgram? program);
        Assert.Null(error);
        return program!;
    }

    private static PathPoint At(long afterMs, int price) => new(RandomContract.StartMs + afterMs, 0, Whole(price));

    private static Int128 Whole(int value) => (Int128)value * FixedPoint.One;

    private static Int128 Floor(Int128 a, Int128 b) => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
