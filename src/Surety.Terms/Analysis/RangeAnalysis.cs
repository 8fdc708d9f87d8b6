using System;
using System.Collections.Generic;
using Surety.Terms.Syntax;

namespace Surety.Terms.Analysis;

/// <summary>
/// The least and most of every expression over all prices in their declared ranges: interval arithmetic with the contract's own
/// rounding, narrowed by the conditions that lead to a branch. Finds divisions by zero and numbers that grow too large.
/// </summary>
internal sealed class RangeAnalysis(Contract contract)
{
    // What conditions on the way have shown of a leaf: the latest first.
    private readonly List<(Expression Leaf, Interval Range)> _known = [];

    /// <summary>Operations counted so far.</summary>
    public int Operations { get; private set; }

    /// <summary>Whether conditions can be true and can be false.</summary>
    public (bool CanHold, bool CanFail) Truth(Expression e)
    {
        Operations++;
        switch (e)
        {
            case Unary { Op: "not" } not:
                (bool holds, bool fails) = Truth(not.Operand);
                return (fails, holds);
            case Binary { Op: "and" } and:
                (bool leftHolds, bool leftFails) = Truth(and.Left);
                (bool rightHolds, bool rightFails) = Truth(and.Right);
                return (leftHolds && rightHolds, leftFails || rightFails);
            case Binary { Op: "or" } or:
                (leftHolds, leftFails) = Truth(or.Left);
                (rightHolds, rightFails) = Truth(or.Right);
                return (leftHolds || rightHolds, leftFails && rightFails);
            case Conditional c:
                Truth(c.Condition);
                (leftHolds, leftFails) = Truth(c.Then);
                (rightHolds, rightFails) = Truth(c.Else);
                return (leftHolds || rightHolds, leftFails || rightFails);
            default:
                var comparison = (Binary)e;
                Interval a = Range(comparison.Left);
                Interval b = Range(comparison.Right);
                bool same = a.Low == a.High && b == a;
                bool apart = a.High < b.Low || b.High < a.Low;
                return comparison.Op switch
                {
                    "<" => (a.Low < b.High, a.High >= b.Low),
                    "<=" => (a.Low <= b.High, a.High > b.Low),
                    ">" => (a.High > b.Low, a.Low <= b.High),
                    ">=" => (a.High >= b.Low, a.Low < b.High),
                    "==" => (!apart, !same),
                    _ => (!same, !apart),
                };
        }
    }

    /// <summary>The least and most of a number.</summary>
    /// <exception cref="TermsException">It may divide by zero or grow too large.</exception>
    public Interval Range(Expression e)
    {
        Operations++;
        Interval range = e switch
        {
            NumberLiteral n => new Interval(n.Value, n.Value),
            Observed o => Known(o, OfObservation(o.Observation)),
            Previous p => OfObservation(p.Observation),
            WindowAggregate w => Known(w, OfObservation(w.Observation)),
            ScheduleAggregate s => Known(s, OfSchedule(s)),
            Unary u => OfUnary(u),
            Conditional c => OfConditional(c),
            Binary b => OfBinary(b),
            _ => throw Error(e, "payoff has a meaning only in claims", "use it after assert"),
        };
        return range.Magnitude > FixedPoint.Largest
            ? throw Error(e, $"the value may reach {FixedPoint.Format(range.Magnitude)}, more than 10^18",
                "narrow what it is made of: observe S = index NAME in 1 .. 1000000")
            : range;
    }

    private Interval OfObservation(int observation) => new(contract.Observations[observation].Low, contract.Observations[observation].High);

    private Interval Known(Expression leaf, Interval range)
    {
        for (int i = _known.Count - 1; i >= 0; i--)
        {
            if (Same(_known[i].Leaf, leaf))
            {
                return new Interval(Int128.Max(range.Low, _known[i].Range.Low), Int128.Min(range.High, _known[i].Range.High));
            }
        }
        return range;
    }

    private Interval OfSchedule(ScheduleAggregate s)
    {
        // What is known of now says nothing of the prices at the fixings.
        (Expression, Interval)[] now = [.. _known];
        _known.Clear();
        Interval one = Range(s.Value);
        _known.AddRange(now);
        if (s.Kind != Aggregate.Sum)
        {
            return one;
        }
        Int128 count = contract.Schedules[s.Schedule].Count;
        return new Interval(Int128.Min(one.Low * count, 0), Int128.Max(one.High * count, 0));
    }

    private Interval OfUnary(Unary u)
    {
        Interval a = Range(u.Operand);
        return u.Op == "-" ? new Interval(-a.High, -a.Low)
            : a.HasZero ? new Interval(0, a.Magnitude) : new Interval(Int128.Min(Int128.Abs(a.Low), Int128.Abs(a.High)), a.Magnitude);
    }

    private Interval OfBinary(Binary b)
    {
        Interval left = Range(b.Left);
        Interval right = Range(b.Right);
        switch (b.Op)
        {
            case "+":
                return new Interval(left.Low + right.Low, left.High + right.High);
            case "-":
                var gap = new Interval(left.Low - right.High, left.High - right.Low);
                return AreOrdered(b.Right, b.Left)
                    ? gap with { Low = Int128.Max(gap.Low, 0) }
                    : AreOrdered(b.Left, b.Right)
                    ? gap with { High = Int128.Min(gap.High, 0) }
                    : gap;
            case "min":
                return new Interval(Int128.Min(left.Low, right.Low), Int128.Min(left.High, right.High));
            case "max":
                return new Interval(Int128.Max(left.Low, right.Low), Int128.Max(left.High, right.High));
            case "*":
                // In whole numbers first: the product of two large ones would not fit.
                Int128 whole = ((left.Magnitude / FixedPoint.One) + 1) * ((right.Magnitude / FixedPoint.One) + 1);
                if (whole > FixedPoint.Largest / FixedPoint.One)
                {
                    throw Error(b, $"the product may reach {whole}, more than 10^18",
                        "narrow what it is made of: observe S = index NAME in 1 .. 1000000");
                }
                return left == right && Same(b.Left, b.Right) && left.HasZero
                    ? new Interval(0, FixedPoint.Multiply(left.Magnitude, left.Magnitude))
                    : Interval.OfCorners(left, right, FixedPoint.Multiply);
            default:
                return right.HasZero
                    ? throw Error(b.Right,
                        $"the divisor may be zero: it lies from {FixedPoint.Format(right.Low)} to {FixedPoint.Format(right.High)}",
                        "divide by something that is never zero, or by max(…, 1)")
                    : Interval.OfCorners(left, right, FixedPoint.Divide);
        }
    }

    private Interval OfConditional(Conditional c)
    {
        (bool canHold, bool canFail) = Truth(c.Condition);
        int before = _known.Count;
        Learn(c.Condition, holds: true);
        Interval then = Range(c.Then);
        _known.RemoveRange(before, _known.Count - before);
        Learn(c.Condition, holds: false);
        Interval otherwise = Range(c.Else);
        _known.RemoveRange(before, _known.Count - before);
        return !canFail ? then : !canHold ? otherwise : then.Join(otherwise);
    }

    // The least of a window is at most its mean and its last price, and these are at most its greatest.
    private static bool AreOrdered(Expression low, Expression high) => (low, high) switch
    {
        (WindowAggregate { Kind: Aggregate.Min } a, WindowAggregate { Kind: Aggregate.Mean or Aggregate.Max } b) =>
            a.Observation == b.Observation && a.WindowMs == b.WindowMs,
        (WindowAggregate { Kind: Aggregate.Mean } a, WindowAggregate { Kind: Aggregate.Max } b) =>
            a.Observation == b.Observation && a.WindowMs == b.WindowMs,
        (WindowAggregate { Kind: Aggregate.Min } a, Observed b) => a.Observation == b.Observation,
        (Observed a, WindowAggregate { Kind: Aggregate.Max } b) => a.Observation == b.Observation,
        _ => false,
    };

    /// <summary>The range of a number where a condition is known to hold, or not to.</summary>
    public Interval RangeWhere(Expression e, ReadOnlySpan<(Expression Condition, bool Holds)> known)
    {
        int before = _known.Count;
        foreach ((Expression condition, bool holds) in known)
        {
            Learn(condition, holds);
        }
        Interval range = Range(e);
        _known.RemoveRange(before, _known.Count - before);
        return range;
    }

    // What a condition that holds, or does not, says of a leaf that it compares.
    private void Learn(Expression condition, bool holds)
    {
        if (condition is Unary { Op: "not" } not)
        {
            Learn(not.Operand, !holds);
        }
        else if (condition is Binary { Op: "and" } and && holds)
        {
            Learn(and.Left, true);
            Learn(and.Right, true);
        }
        else if (condition is Binary { Op: "or" } or && !holds)
        {
            Learn(or.Left, false);
            Learn(or.Right, false);
        }
        else if (condition is Binary { Op: "<" or "<=" or ">" or ">=" } comparison)
        {
            bool isLess = (comparison.Op[0] == '<') == holds;
            LearnOf(comparison.Left, comparison.Right, isLess);
            LearnOf(comparison.Right, comparison.Left, !isLess);
        }
    }

    private void LearnOf(Expression leaf, Expression other, bool isLess)
    {
        if (leaf is Observed or WindowAggregate or ScheduleAggregate)
        {
            Interval own = Range(leaf);
            Interval bound = Range(other);
            var narrowed = isLess
                ? new Interval(own.Low, Int128.Min(own.High, bound.High))
                : new Interval(Int128.Max(own.Low, bound.Low), own.High);
            if (narrowed.Low <= narrowed.High)
            {
                _known.Add((leaf, narrowed));
            }
        }
    }

    /// <summary>Whether two expressions say the same, wherever they stand.</summary>
    internal static bool Same(Expression a, Expression b) => (a, b) switch
    {
        (NumberLiteral x, NumberLiteral y) => x.Value == y.Value,
        (Observed x, Observed y) => x.Observation == y.Observation,
        (Previous x, Previous y) => x.Observation == y.Observation,
        (WindowAggregate x, WindowAggregate y) => x.Kind == y.Kind && x.Observation == y.Observation && x.WindowMs == y.WindowMs,
        (ScheduleAggregate x, ScheduleAggregate y) => x.Kind == y.Kind && x.Schedule == y.Schedule && Same(x.Value, y.Value),
        (Unary x, Unary y) => x.Op == y.Op && Same(x.Operand, y.Operand),
        (Binary x, Binary y) => x.Op == y.Op && Same(x.Left, y.Left) && Same(x.Right, y.Right),
        (Conditional x, Conditional y) => Same(x.Condition, y.Condition) && Same(x.Then, y.Then) && Same(x.Else, y.Else),
        (PayoffOf x, PayoffOf y) => x.Name == y.Name,
        _ => false,
    };

    internal static TermsException Error(Node node, string problem, string remedy) =>
        new(new TermsError(node.Line, node.Column, problem, remedy));
}
