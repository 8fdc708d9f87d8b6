using System;
using System.Collections.Generic;
using Surety.Terms.Syntax;

namespace Surety.Terms.Analysis;

/// <summary>
/// Decides whether a contract may be listed: it ends, pays once per event, divides by nothing that may be zero, keeps within its
/// numbers and its cost, aggregates only over times that have been. Says what it can ever pay.
/// </summary>
public sealed class Analyzer
{
    private readonly Contract _contract;
    private readonly RangeAnalysis _ranges;
    private readonly List<string> _jumps = [];
    private readonly bool[] _used;
    private long _windowBeforeExpiryMs;

    private Analyzer(Contract contract)
    {
        _contract = contract;
        _ranges = new RangeAnalysis(contract);
        _used = new bool[contract.Observations.Count];
    }

    /// <summary>The analysis, or why the contract cannot be listed.</summary>
    public static TermsError? TryAnalyze(Contract contract, out ContractAnalysis? analysis)
    {
        try
        {
            analysis = new Analyzer(contract).Run();
            return null;
        }
        catch (TermsException e)
        {
            analysis = null;
            return e.Error;
        }
    }

    private ContractAnalysis Run()
    {
        AtExpiry expiry = TheOnlyExpiry();
        OnlyOneOfEach();
        var survived = new List<(Expression Condition, bool Holds)>();
        foreach (Clause clause in _contract.Clauses)
        {
            if (clause is When watch && Survives(watch))
            {
                survived.Add((watch.Condition, false));
            }
        }
        Interval atExpiry = _ranges.RangeWhere(expiry.Pay, survived.ToArray());
        Interval ending = atExpiry;
        Interval running = default;
        long events = 1;
        var pays = new Interval[_contract.Clauses.Count];
        for (int i = 0; i < pays.Length; i++)
        {
            Clause clause = _contract.Clauses[i];
            Check(clause);
            switch (clause)
            {
                case AtSchedule at:
                    Schedule schedule = _contract.Schedules[at.Schedule];
                    pays[i] = _ranges.Range(at.Pay);
                    // A contract that ends early makes fewer of these payments.
                    running = running.Plus(pays[i].WithZero().Times(schedule.Count));
                    events += schedule.Count;
                    break;
                case When watch:
                    (bool canHold, bool canFail) = _ranges.Truth(watch.Condition);
                    if (!canHold || !canFail)
                    {
                        throw RangeAnalysis.Error(watch.Condition,
                            canHold ? "the condition holds at any price" : "the condition never holds at any price in the declared range",
                            canHold ? "say only: at expiry pay …" : "change the level, or the range of what is observed");
                    }
                    pays[i] = _ranges.RangeWhere(watch.Pay, [(watch.Condition, true)]);
                    ending = ending.Join(pays[i]);
                    _jumps.Add($"{watch.Line}:{watch.Column}: the contract ends at once when the condition comes true");
                    break;
                case HolderMayTake may:
                    pays[i] = _ranges.Range(may.Pay);
                    ending = ending.Join(pays[i]);
                    break;
                default:
                    pays[i] = atExpiry;
                    break;
            }
            FindJumps(clause.Pay);
        }
        // With zero, so that what was paid on the way is within the bounds too, whatever the end gives back.
        Interval total = running.Plus(ending.WithZero());
        if (total.Magnitude > FixedPoint.Largest)
        {
            throw RangeAnalysis.Error(_contract, "all payments together may reach more than 10^18",
                "narrow what is observed, or pay less often");
        }
        if (total is { Low: var low, High: var high } && low == 0 && high == 0)
        {
            throw RangeAnalysis.Error(expiry, "the contract never pays anything", "pay something that depends on a price");
        }
        if (_ranges.Operations > Limits.Operations)
        {
            throw RangeAnalysis.Error(_contract, $"the contract takes {_ranges.Operations} operations, more than {Limits.Operations}",
                "simplify it");
        }
        int unused = Array.IndexOf(_used, false);
        if (unused >= 0)
        {
            Observation o = _contract.Observations[unused];
            throw RangeAnalysis.Error(o, $"'{o.Name}' is observed and never used",
                "remove the line; an index that is observed must be delivered");
        }
        PlainForm plain = PlainForm.Of(_contract, expiry);
        return new ContractAnalysis(
            total.High, -total.Low, _ranges.Operations, events, Needs(), _jumps,
            plain.Shape, plain.Strike, plain.WindowMs, plain.Barrier, plain.IsAmerican, pays, ending);
    }

    /// <summary>
    /// Whether a condition that has not ended the contract is known not to hold at expiry: it was looked at with every price since the
    /// first, and nothing in it moves without a price. A time of its own may pass without a step, and aggregates change at fixings.
    /// </summary>
    internal static bool Survives(When watch) =>
        watch.Schedule < 0 && watch.FromMs == 0 && !Contains(watch.Condition, e => e is ScheduleAggregate);

    private AtExpiry TheOnlyExpiry()
    {
        AtExpiry? found = null;
        foreach (Clause clause in _contract.Clauses)
        {
            if (clause is AtExpiry at)
            {
                found = found is null ? at : throw RangeAnalysis.Error(at, "the contract pays twice at expiry", "join the two with +");
            }
        }
        return found
            ?? throw RangeAnalysis.Error(_contract, "the contract pays nothing at expiry, so that money could stay locked in it",
            "add: at expiry pay …, if need be of 0");
    }

    private void OnlyOneOfEach()
    {
        for (int i = 0; i < _contract.Clauses.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (_contract.Clauses[i] is AtSchedule a && _contract.Clauses[j] is AtSchedule b && a.Schedule == b.Schedule)
                {
                    throw RangeAnalysis.Error(a, $"the contract pays twice at {_contract.Schedules[a.Schedule].Name}",
                        "join the two with +");
                }
                if (_contract.Clauses[i] is HolderMayTake second && _contract.Clauses[j] is HolderMayTake)
                {
                    throw RangeAnalysis.Error(second, "the holder may take two things", "join them with max");
                }
            }
        }
        foreach (Observation o in _contract.Observations)
        {
            foreach (Observation other in _contract.Observations)
            {
                if (other.Line > o.Line && other.Index == o.Index)
                {
                    throw RangeAnalysis.Error(other, $"the index '{o.Index}' is observed twice",
                        $"use {o.Name}, and min or max for another range");
                }
            }
        }
        foreach (Schedule schedule in _contract.Schedules)
        {
            if (schedule.ToMs > _contract.ExpiryMs)
            {
                throw RangeAnalysis.Error(schedule, $"the schedule '{schedule.Name}' goes on after expiry", "end it at expiry or before");
            }
        }
    }

    private void Check(Clause clause)
    {
        (int schedule, long fromMs, long toMs) = clause switch
        {
            AtSchedule at => (at.Schedule, _contract.Schedules[at.Schedule].FromMs, 0),
            When { Schedule: >= 0 } watch =>
                (watch.Schedule, Math.Max(_contract.Schedules[watch.Schedule].FromMs, watch.FromMs), watch.ToMs),
            When watch => (-2, watch.FromMs, watch.ToMs),
            HolderMayTake => (-2, 0, 0),
            _ => (-1, _contract.ExpiryMs, 0),
        };
        if (toMs > _contract.ExpiryMs)
        {
            throw RangeAnalysis.Error(clause, "the condition is watched for after expiry", "end its time at expiry or before");
        }
        if (clause is When w)
        {
            Check(w.Condition, schedule, fromMs, inFixing: false);
        }
        Check(clause.Pay, schedule, fromMs, inFixing: false);
    }

    // Anchor: the schedule at whose times the expression is evaluated, −1 for expiry, −2 for any step.
    private void Check(Expression e, int anchor, long fromMs, bool inFixing)
    {
        switch (e)
        {
            case Observed o:
                _used[o.Observation] = true;
                break;
            case Previous p:
                _used[p.Observation] = true;
                if (!inFixing)
                {
                    throw RangeAnalysis.Error(p, "prev has a meaning only within an aggregate over a schedule",
                        "write for example: sum((S - prev(S)) * (S - prev(S)) at FIX)");
                }
                break;
            case WindowAggregate window:
                _used[window.Observation] = true;
                CheckWindow(window, anchor, inFixing);
                break;
            case ScheduleAggregate s:
                CheckFixings(s, anchor, fromMs, inFixing);
                Check(s.Value, anchor, fromMs, inFixing: true);
                break;
            case Unary u:
                Check(u.Operand, anchor, fromMs, inFixing);
                break;
            case Binary b:
                Check(b.Left, anchor, fromMs, inFixing);
                Check(b.Right, anchor, fromMs, inFixing);
                break;
            case Conditional c:
                Check(c.Condition, anchor, fromMs, inFixing);
                Check(c.Then, anchor, fromMs, inFixing);
                Check(c.Else, anchor, fromMs, inFixing);
                break;
            default:
                break;
        }
    }

    private void CheckWindow(WindowAggregate window, int anchor, bool inFixing)
    {
        if (inFixing)
        {
            throw RangeAnalysis.Error(window, "a window within an aggregate over a schedule would need memory for every fixing",
                "aggregate the price itself: mean(S at FIX)");
        }
        if (anchor == -2)
        {
            throw RangeAnalysis.Error(window, "a window that moves with every step would need memory without bound",
                "watch at a schedule: when … at FIX …, or watch the price itself");
        }
        if (anchor >= 0 && window.WindowMs > _contract.Schedules[anchor].EveryMs)
        {
            throw RangeAnalysis.Error(window, "the window is longer than the schedule's step, so that windows would overlap",
                "use a window of at most the step");
        }
        _windowBeforeExpiryMs = anchor == -1 ? Math.Max(_windowBeforeExpiryMs, window.WindowMs) : _windowBeforeExpiryMs;
    }

    private void CheckFixings(ScheduleAggregate s, int anchor, long fromMs, bool inFixing)
    {
        Schedule schedule = _contract.Schedules[s.Schedule];
        if (inFixing)
        {
            throw RangeAnalysis.Error(s, "an aggregate of an aggregate is taken", "take one of the two");
        }
        bool usesPrevious = Contains(s.Value, e => e is Previous);
        long first = schedule.FromMs + (usesPrevious ? schedule.EveryMs : 0);
        if (usesPrevious && schedule.Count < 2)
        {
            throw RangeAnalysis.Error(s, $"'{schedule.Name}' has one time, and prev needs two", "give the schedule more times");
        }
        // At one moment schedules come in the order of the text.
        if (s.Kind != Aggregate.Sum && (fromMs < first || (fromMs == first && anchor >= 0 && anchor < s.Schedule)))
        {
            throw RangeAnalysis.Error(s, $"nothing has been fixed at '{schedule.Name}' yet when this is first evaluated",
                "begin the schedule earlier, or watch later: from DATE to DATE");
        }
    }

    private void FindJumps(Expression e)
    {
        switch (e)
        {
            case Conditional c:
                if (!IsContinuous(c))
                {
                    _jumps.Add($"{c.Line}:{c.Column}: the two branches differ where the condition changes");
                }
                FindJumps(c.Then);
                FindJumps(c.Else);
                break;
            case Binary b:
                FindJumps(b.Left);
                FindJumps(b.Right);
                break;
            case Unary u:
                FindJumps(u.Operand);
                break;
            case ScheduleAggregate s:
                FindJumps(s.Value);
                break;
            default:
                break;
        }
    }

    private static bool IsContinuous(Conditional c) =>
        c.Condition is Binary { Op: "<" or "<=" or ">" or ">=" } comparison
        && AffineForm.Of(comparison.Left)?.Plus(AffineForm.Of(comparison.Right), -FixedPoint.One) is { } boundary
        && AffineForm.Of(c.Then)?.Plus(AffineForm.Of(c.Else), -FixedPoint.One) is { } gap
        && gap.VanishesWith(boundary);

    private List<IndexNeed> Needs()
    {
        // A clause that is watched at every step, or a window before expiry, decides from when an index must be there.
        bool always = HasClause(c => c is When { Schedule: < 0, FromMs: 0 } or HolderMayTake);
        long from = _contract.ExpiryMs - _windowBeforeExpiryMs;
        foreach (Schedule schedule in _contract.Schedules)
        {
            from = Math.Min(from, schedule.FromMs);
        }
        foreach (Clause clause in _contract.Clauses)
        {
            from = clause is When { FromMs: > 0 } watch ? Math.Min(from, watch.FromMs) : from;
        }
        var needs = new List<IndexNeed>();
        foreach (Observation o in _contract.Observations)
        {
            needs.Add(new IndexNeed(o.Index, always ? 0 : from, _contract.ExpiryMs));
        }
        return needs;
    }

    private bool HasClause(Func<Clause, bool> what)
    {
        foreach (Clause clause in _contract.Clauses)
        {
            if (what(clause))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Contains(Expression e, Func<Expression, bool> what) => what(e) || e switch
    {
        Unary u => Contains(u.Operand, what),
        Binary b => Contains(b.Left, what) || Contains(b.Right, what),
        Conditional c => Contains(c.Condition, what) || Contains(c.Then, what) || Contains(c.Else, what),
        ScheduleAggregate s => Contains(s.Value, what),
        _ => false,
    };
}
