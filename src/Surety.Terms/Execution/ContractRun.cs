using System;
using Surety.Terms.Syntax;

namespace Surety.Terms.Execution;

/// <summary>What happened to a contract.</summary>
public enum ContractEventKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A scheduled payment; it goes on.</summary>
    Paid = 1,

    /// <summary>A condition came true: it paid and ended.</summary>
    Ended = 2,

    /// <summary>It paid at expiry and ended.</summary>
    Expired = 3,
}

/// <summary>One event: what the short side pays the long for one contract, settlement units, fixed point; negative the other way.</summary>
/// <param name="Kind">What.</param>
/// <param name="Amount">How much.</param>
/// <param name="Clause">Number of the clause in the text, from 0.</param>
/// <param name="TimeMs">When.</param>
public readonly record struct ContractEvent(ContractEventKind Kind, Int128 Amount, int Clause, long TimeMs);

/// <summary>
/// Runs a contract over prices and time. Time is told, prices stand until the next; events come one by one, in the order of
/// time, and at one moment: schedules in the order of the text, each with its aggregates, its payment and its conditions; then expiry.
/// No payment is ever beyond what the analysis says of its clause. Nothing is allocated.
/// </summary>
public static class ContractRun
{
    private const int StackDepth = 2 * Limits.Depth;

    /// <summary>
    /// Lets time pass, at most until the first event. Call until it returns None; then time stands at the moment asked for.
    /// </summary>
    /// <param name="program">The contract.</param>
    /// <param name="state">What it remembers.</param>
    /// <param name="timeMs">Until when.</param>
    /// <param name="counts">Whether the prices that stand are good: what stood in doubt counts for no mean.</param>
    public static ContractEvent Advance(ContractProgram program, ref ContractState state, long timeMs, bool counts)
    {
        while (state.HasEnded == 0 && state.HasPrice == (1 << program.Contract.Observations.Count) - 1)
        {
            (long nextMs, int schedule) = NextFixing(program.Contract, in state);
            long expiry = program.Contract.ExpiryMs;
            long untilMs = Math.Min(Math.Min(nextMs, expiry), timeMs);
            CountTime(program, ref state, untilMs, counts);
            if (nextMs <= timeMs && nextMs <= expiry)
            {
                ContractEvent fixing = Fix(program, ref state, schedule, nextMs);
                if (fixing.Kind != ContractEventKind.None)
                {
                    return fixing;
                }
            }
            else if (expiry <= timeMs)
            {
                return Expire(program, ref state, expiry);
            }
            else
            {
                return default;
            }
        }
        state.TimeMs = Math.Max(state.TimeMs, timeMs);
        return default;
    }

    /// <summary>The next moment at which something happens by time alone, milliseconds; long.MaxValue when nothing will.</summary>
    public static long NextMs(ContractProgram program, in ContractState state) =>
        state.HasEnded != 0 ? long.MaxValue : Math.Min(NextFixing(program.Contract, in state).TimeMs, program.Contract.ExpiryMs);

    /// <summary>Takes a price at the moment that time stands at, and looks whether it ends the contract.</summary>
    public static ContractEvent Observe(ContractProgram program, ref ContractState state, int observation, Int128 price)
    {
        Observation o = program.Contract.Observations[observation];
        // The analysis holds within the declared range: a price beyond it counts as its end.
        state.Prices[observation] = Int128.Clamp(price, o.Low, o.High);
        state.HasPrice |= 1 << observation;
        int all = (1 << program.Contract.Observations.Count) - 1;
        if (state.HasEnded != 0 || state.HasPrice != all)
        {
            return default;
        }
        CountExtremes(program, ref state);
        for (int i = 0; i < program.Clauses.Count; i++)
        {
            if (program.Clauses[i].Source is When { Schedule: < 0 } watch && IsWatched(watch, state.TimeMs) && Holds(program, ref state, i))
            {
                return End(program, ref state, i);
            }
        }
        return default;
    }

    /// <summary>What the holder may take now, fixed point; false when the contract says of nothing, or has no price yet.</summary>
    public static bool TryTake(ContractProgram program, ref ContractState state, out Int128 amount, out int clause)
    {
        (amount, clause) = (0, -1);
        for (int i = 0;
            i < program.Clauses.Count && state.HasEnded == 0 && state.HasPrice == (1 << program.Contract.Observations.Count) - 1; i++)
        {
            if (program.Clauses[i].Source is HolderMayTake)
            {
                (amount, clause) = (Pay(program, ref state, i, -1), i);
                return true;
            }
        }
        return false;
    }

    /// <summary>What it would pay if it expired now, on what it remembers and the prices that stand, fixed point.</summary>
    public static Int128 IfExpiredNow(ContractProgram program, ContractState state)
    {
        for (int i = 0; i < program.Clauses.Count; i++)
        {
            if (program.Clauses[i].Source is AtExpiry)
            {
                return Pay(program, ref state, i, -1);
            }
        }
        return 0;
    }

    /// <summary>
    /// What it would pay at expiry if the prices that stand stood until then, fixed point: a mean's window that has begun keeps
    /// what it has counted, and has the price that stands for the rest.
    /// </summary>
    public static Int128 IfPricesStand(ContractProgram program, ContractState state)
    {
        for (int i = 0; i < program.Aggregates.Count; i++)
        {
            CompiledAggregate a = program.Aggregates[i];
            long left = Math.Min(program.Contract.ExpiryMs - state.TimeMs, a.WindowMs);
            if (a.Schedule < 0 && a.Anchor < 0 && a.Kind == Aggregate.Mean && left > 0)
            {
                state.Aggregates[i].Value += state.Prices[a.Observation] * left;
                state.Aggregates[i].Weight += left;
            }
        }
        return IfExpiredNow(program, state);
    }

    private static bool IsWatched(When watch, long timeMs) => watch.FromMs == 0 || (timeMs >= watch.FromMs && timeMs <= watch.ToMs);

    // The first price may come after a fixing was due: nothing has been fixed yet then.
    private static bool Holds(ContractProgram program, ref ContractState state, int clause)
    {
        foreach (int aggregate in program.Clauses[clause].Fixings)
        {
            if (state.Aggregates[aggregate].Weight == 0)
            {
                return false;
            }
        }
        return Evaluate(program, ref state, program.Clauses[clause].Condition!, -1) != 0;
    }

    // What a clause pays now. Its bounds are theorems of the analysis: should one be wrong, an account still pays no more than margin was
    // asked for.
    private static Int128 Pay(ContractProgram program, ref ContractState state, int clause, int schedule) =>
        program.Bounds[clause].Clamp(Evaluate(program, ref state, program.Clauses[clause].Pay, schedule));

    private static ContractEvent End(ContractProgram program, ref ContractState state, int clause)
    {
        Int128 amount = Pay(program, ref state, clause, -1);
        state.HasEnded = 1;
        return new ContractEvent(ContractEventKind.Ended, amount, clause, state.TimeMs);
    }

    private static ContractEvent Expire(ContractProgram program, ref ContractState state, long expiryMs)
    {
        for (int i = 0; i < program.Clauses.Count; i++)
        {
            if (program.Clauses[i].Source is AtExpiry)
            {
                Int128 amount = Pay(program, ref state, i, -1);
                state.HasEnded = 1;
                return new ContractEvent(ContractEventKind.Expired, amount, i, expiryMs);
            }
        }
        throw new InvalidOperationException("a contract without an end was compiled");
    }

    private static (long TimeMs, int Schedule) NextFixing(Contract contract, in ContractState state)
    {
        (long best, int schedule) = (long.MaxValue, -1);
        for (int i = 0; i < contract.Schedules.Count; i++)
        {
            Schedule s = contract.Schedules[i];
            long next = state.Fixings[i] < s.Count ? s.FromMs + (state.Fixings[i] * s.EveryMs) : long.MaxValue;
            (best, schedule) = next < best ? (next, i) : (best, schedule);
        }
        return (best, schedule);
    }

    // One time of a schedule: its aggregates, its payment, its conditions; then its windows begin again.
    private static ContractEvent Fix(ContractProgram program, ref ContractState state, int schedule, long timeMs)
    {
        bool isFirst = state.Fixings[schedule] == 0;
        for (int i = 0; i < program.Aggregates.Count; i++)
        {
            CompiledAggregate a = program.Aggregates[i];
            if (a.Schedule == schedule && !(isFirst && a.UsesPrevious))
            {
                Count(ref state.Aggregates[i], a.Kind, Evaluate(program, ref state, a.Value!, schedule));
            }
        }
        ContractEvent result = default;
        for (int i = 0; i < program.Clauses.Count && result.Kind == ContractEventKind.None; i++)
        {
            if (program.Clauses[i].Source is AtSchedule at && at.Schedule == schedule)
            {
                result = new ContractEvent(ContractEventKind.Paid, Pay(program, ref state, i, schedule), i, timeMs);
            }
        }
        for (int i = 0; i < program.Clauses.Count; i++)
        {
            if (program.Clauses[i].Source is When watch && watch.Schedule == schedule && IsWatched(watch, timeMs)
                && Holds(program, ref state, i))
            {
                ContractEvent end = End(program, ref state, i);
                // Payment and end at one moment are one event.
                result = end with { Amount = end.Amount + result.Amount, TimeMs = timeMs };
                break;
            }
        }
        for (int o = 0; o < program.Contract.Observations.Count; o++)
        {
            state.Fixed[(schedule * Limits.Observations) + o] = state.Prices[o];
        }
        for (int i = 0; i < program.Aggregates.Count; i++)
        {
            if (program.Aggregates[i].Schedule < 0 && program.Aggregates[i].Anchor == schedule)
            {
                state.Aggregates[i] = default;
            }
        }
        state.Fixings[schedule]++;
        return result;
    }

    private static void Count(ref AggregateState a, Aggregate kind, Int128 value)
    {
        a.Value = (a.Weight, kind) switch
        {
            (0, _) or (_, Aggregate.Last) => value,
            (_, Aggregate.Min) => Int128.Min(a.Value, value),
            (_, Aggregate.Max) => Int128.Max(a.Value, value),
            (_, Aggregate.First) => a.Value,
            _ => a.Value + value,
        };
        a.Weight++;
    }

    private static void CountTime(ContractProgram program, ref ContractState state, long untilMs, bool counts)
    {
        if (untilMs <= state.TimeMs)
        {
            return;
        }
        for (int i = 0; i < program.Aggregates.Count; i++)
        {
            CompiledAggregate a = program.Aggregates[i];
            if (a.Schedule >= 0)
            {
                continue;
            }
            long end = WindowEnd(program.Contract, in state, a);
            long from = Math.Max(state.TimeMs, end - a.WindowMs);
            long ms = Math.Min(untilMs, end) - from;
            if (ms > 0 && counts && a.Kind == Aggregate.Mean)
            {
                state.Aggregates[i].Value += state.Prices[a.Observation] * ms;
                state.Aggregates[i].Weight += ms;
            }
            else if (ms > 0 && a.Kind != Aggregate.Mean)
            {
                // The price that stands as the window begins is in it.
                Count(ref state.Aggregates[i], a.Kind, state.Prices[a.Observation]);
            }
        }
        state.TimeMs = untilMs;
    }

    private static void CountExtremes(ContractProgram program, ref ContractState state)
    {
        for (int i = 0; i < program.Aggregates.Count; i++)
        {
            CompiledAggregate a = program.Aggregates[i];
            long end = a.Schedule < 0 ? WindowEnd(program.Contract, in state, a) : 0;
            if (a.Schedule < 0 && a.Kind != Aggregate.Mean && state.TimeMs >= end - a.WindowMs && state.TimeMs <= end)
            {
                Count(ref state.Aggregates[i], a.Kind, state.Prices[a.Observation]);
            }
        }
    }

    private static long WindowEnd(Contract contract, in ContractState state, CompiledAggregate a)
    {
        if (a.Anchor < 0)
        {
            return contract.ExpiryMs;
        }
        Schedule s = contract.Schedules[a.Anchor];
        return s.FromMs + (Math.Min(state.Fixings[a.Anchor], s.Count - 1) * s.EveryMs);
    }

    // The value of an aggregate: the mean of what was counted, or the price that stands when nothing was.
    private static Int128 ValueOf(ContractProgram program, in ContractState state, int aggregate)
    {
        CompiledAggregate a = program.Aggregates[aggregate];
        ref readonly AggregateState s = ref state.Aggregates[aggregate];
        return s.Weight == 0 ? (a.Schedule < 0 ? state.Prices[a.Observation] : 0)
            : a.Kind == Aggregate.Mean ? FixedPoint.Mean(s.Value, s.Weight) : s.Value;
    }

    private static Int128 Evaluate(ContractProgram program, ref ContractState state, Instruction[] code, int schedule)
    {
        Span<Int128> stack = stackalloc Int128[StackDepth];
        int top = 0;
        foreach (Instruction instruction in code)
        {
            switch (instruction.Op)
            {
                case Opcode.Constant:
                    stack[top++] = program.Constants[instruction.Operand];
                    break;
                case Opcode.Observed:
                    stack[top++] = state.Prices[instruction.Operand];
                    break;
                case Opcode.Previous:
                    stack[top++] = state.Fixed[(schedule * Limits.Observations) + instruction.Operand];
                    break;
                case Opcode.Aggregate:
                    stack[top++] = ValueOf(program, in state, instruction.Operand);
                    break;
                case Opcode.Negate:
                    stack[top - 1] = -stack[top - 1];
                    break;
                case Opcode.Abs:
                    stack[top - 1] = Int128.Abs(stack[top - 1]);
                    break;
                case Opcode.Not:
                    stack[top - 1] = 1 - stack[top - 1];
                    break;
                case Opcode.Select:
                    top -= 2;
                    stack[top - 1] = stack[top - 1] != 0 ? stack[top] : stack[top + 1];
                    break;
                default:
                    top--;
                    stack[top - 1] = Combine(instruction.Op, stack[top - 1], stack[top]);
                    break;
            }
        }
        return stack[0];
    }

    private static Int128 Combine(Opcode op, Int128 a, Int128 b) => op switch
    {
        Opcode.Add => FixedPoint.Add(a, b),
        Opcode.Subtract => FixedPoint.Add(a, -b),
        Opcode.Multiply => FixedPoint.Multiply(a, b),
        Opcode.Divide => FixedPoint.Divide(a, b),
        Opcode.Min => Int128.Min(a, b),
        Opcode.Max => Int128.Max(a, b),
        Opcode.And => a & b,
        Opcode.Or => a | b,
        Opcode.Less => a < b ? 1 : 0,
        Opcode.LessOrEqual => a <= b ? 1 : 0,
        _ => a == b ? 1 : 0,
    };
}
