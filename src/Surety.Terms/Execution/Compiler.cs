using System;
using System.Collections.Generic;
using Surety.Terms.Analysis;
using Surety.Terms.Syntax;

namespace Surety.Terms.Execution;

/// <summary>A clause as code.</summary>
/// <param name="Source">What it says.</param>
/// <param name="Condition">When it applies, for when-clauses; else null.</param>
/// <param name="Pay">What it pays.</param>
/// <param name="Fixings">Aggregates over schedules that have no value before their first fixing: the clause waits for it.</param>
internal sealed record CompiledClause(Clause Source, Instruction[]? Condition, Instruction[] Pay, int[] Fixings);

/// <summary>An aggregate and what feeds it.</summary>
/// <param name="Kind">How.</param>
/// <param name="Schedule">The schedule that feeds it; for a window −1.</param>
/// <param name="Value">What is aggregated over a schedule; null for a window.</param>
/// <param name="UsesPrevious">Whether the first fixing cannot count.</param>
/// <param name="Observation">What a window observes.</param>
/// <param name="WindowMs">Length of a window.</param>
/// <param name="Anchor">The schedule whose times end the window, −1 for expiry.</param>
internal sealed record CompiledAggregate(Aggregate Kind, int Schedule, Instruction[]? Value, bool UsesPrevious, int Observation,
    long WindowMs, int Anchor);

/// <summary>Turns clauses into code, giving equal aggregates one place.</summary>
internal sealed class Compiler
{
    private readonly List<Int128> _constants = [];
    private readonly List<(Expression Source, int Anchor)> _places = [];
    private readonly List<CompiledAggregate> _aggregates = [];
    private readonly List<CompiledClause> _clauses = [];

    public Compiler(Contract contract)
    {
        foreach (Clause clause in contract.Clauses)
        {
            int anchor = clause switch
            {
                AtSchedule at => at.Schedule,
                When watch => watch.Schedule,
                _ => -1,
            };
            Instruction[]? condition = clause is When w ? Code(w.Condition, anchor) : null;
            Instruction[] pay = Code(clause.Pay, anchor);
            _clauses.Add(new CompiledClause(clause, condition, pay, FixingsOf([.. condition ?? [], .. pay])));
        }
        Constants = [.. _constants];
    }

    public IReadOnlyList<CompiledClause> Clauses => _clauses;

    public IReadOnlyList<CompiledAggregate> Aggregates => _aggregates;

    public Int128[] Constants { get; }

    private int[] FixingsOf(Instruction[] code)
    {
        var places = new List<int>();
        foreach (Instruction i in code)
        {
            if (i.Op == Opcode.Aggregate && _aggregates[i.Operand] is { Schedule: >= 0, Kind: not Aggregate.Sum }
                && !places.Contains(i.Operand))
            {
                places.Add(i.Operand);
            }
        }
        return [.. places];
    }

    private Instruction[] Code(Expression e, int anchor)
    {
        var code = new List<Instruction>();
        Emit(e, anchor, code);
        return [.. code];
    }

    private void Emit(Expression e, int anchor, List<Instruction> code)
    {
        switch (e)
        {
            case NumberLiteral n:
                _constants.Add(n.Value);
                code.Add(new Instruction(Opcode.Constant, _constants.Count - 1));
                break;
            case Observed o:
                code.Add(new Instruction(Opcode.Observed, o.Observation));
                break;
            case Previous p:
                code.Add(new Instruction(Opcode.Previous, p.Observation));
                break;
            case WindowAggregate or ScheduleAggregate:
                code.Add(new Instruction(Opcode.Aggregate, Place(e, e is WindowAggregate ? anchor : -1)));
                break;
            case Unary u:
                Emit(u.Operand, anchor, code);
                code.Add(new Instruction(u.Op switch { "-" => Opcode.Negate, "abs" => Opcode.Abs, _ => Opcode.Not }, 0));
                break;
            case Conditional c:
                Emit(c.Condition, anchor, code);
                Emit(c.Then, anchor, code);
                Emit(c.Else, anchor, code);
                code.Add(new Instruction(Opcode.Select, 0));
                break;
            case Binary b:
                // a > b is b < a, a != b is not a == b.
                bool swap = b.Op is ">" or ">=";
                Emit(swap ? b.Right : b.Left, anchor, code);
                Emit(swap ? b.Left : b.Right, anchor, code);
                code.Add(new Instruction(OpcodeOf(b.Op), 0));
                if (b.Op == "!=")
                {
                    code.Add(new Instruction(Opcode.Not, 0));
                }
                break;
            default:
                throw RangeAnalysis.Error(e, "payoff has a meaning only in claims", "use it after assert");
        }
    }

    private static Opcode OpcodeOf(string op) => op switch
    {
        "+" => Opcode.Add,
        "-" => Opcode.Subtract,
        "*" => Opcode.Multiply,
        "/" => Opcode.Divide,
        "min" => Opcode.Min,
        "max" => Opcode.Max,
        "and" => Opcode.And,
        "or" => Opcode.Or,
        "<" or ">" => Opcode.Less,
        "<=" or ">=" => Opcode.LessOrEqual,
        _ => Opcode.Equal,
    };

    private int Place(Expression e, int anchor)
    {
        for (int i = 0; i < _places.Count; i++)
        {
            if (_places[i].Anchor == anchor && RangeAnalysis.Same(_places[i].Source, e))
            {
                return i;
            }
        }
        if (_places.Count == Limits.Aggregates)
        {
            throw RangeAnalysis.Error(e, $"there are more than {Limits.Aggregates} aggregates", "use equal ones where you can");
        }
        _places.Add((e, anchor));
        int place = _places.Count - 1;
        // The place is taken before what feeds it is compiled; the analyzer has refused aggregates within.
        _aggregates.Add(null!);
        _aggregates[place] = e is WindowAggregate w
            ? new CompiledAggregate(w.Kind, -1, null, false, w.Observation, w.WindowMs, anchor)
            : OfSchedule((ScheduleAggregate)e);
        return place;
    }

    private CompiledAggregate OfSchedule(ScheduleAggregate s)
    {
        Instruction[] value = Code(s.Value, -1);
        return new CompiledAggregate(s.Kind, s.Schedule, value, Array.Exists(value, i => i.Op == Opcode.Previous), -1, 0, -1);
    }
}
