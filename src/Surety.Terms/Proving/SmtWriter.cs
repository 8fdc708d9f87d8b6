using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Surety.Terms.Analysis;
using Surety.Terms.Syntax;

namespace Surety.Terms.Proving;

/// <summary>
/// Turns contracts and a claim into SMT-LIB over the reals: prices at each moment that matters, aggregates, and which clause
/// ended a contract are free within what the language says of them, and the claim is denied. Contracts share a variable
/// where they mean the same index at the same moment. Numbers are exact here; the engine rounds each product and
/// quotient down by less than 10⁻⁸.
/// </summary>
public sealed class SmtWriter
{
    /// <summary>Schedules with more times than this are bounded as a whole instead of time by time.</summary>
    public const int MostFixings = 24;

    private readonly IReadOnlyList<Contract> _contracts;
    private readonly List<ProofVariable> _variables = [];
    private readonly StringBuilder _declarations = new();
    private readonly List<string> _known = [];
    private readonly string?[] _payoffs;

    private SmtWriter(IReadOnlyList<Contract> contracts) => (_contracts, _payoffs) = (contracts, new string?[contracts.Count]);

    /// <summary>The question of one claim, or why it cannot be asked.</summary>
    public static TermsError? TryWrite(IReadOnlyList<Contract> contracts, Contract under, Claim claim, out ProofQuestion? question)
    {
        question = null;
        var writer = new SmtWriter(contracts);
        try
        {
            string condition = writer.Of(claim.Condition, new Moment(under, At(under.ExpiryMs), -1));
            var script = new StringBuilder("(set-option :pp.decimal true)\n(set-option :pp.decimal_precision 8)\n");
            script.Append(writer._declarations).Append("(assert (not ").Append(condition).Append("))\n(check-sat)\n");
            if (writer._variables.Count > 0)
            {
                script.Append("(get-value (");
                foreach (ProofVariable v in writer._variables)
                {
                    script.Append(v.Symbol).Append(' ');
                }
                script.Append("))\n");
            }
            question = new ProofQuestion(claim, script.ToString(), writer._variables);
            return null;
        }
        catch (TermsException e)
        {
            return e.Error;
        }
    }

    // Where an expression is evaluated: a contract, a label of the moment, and within a fixing the one before it.
    private sealed record Moment(Contract Contract, string Label, int Fixing, int Schedule = -1);

    private static string At(long ms) =>
        "at " + DateTime.UnixEpoch.AddTicks(ms * TimeSpan.TicksPerMillisecond).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture).Replace(":00Z", "Z", StringComparison.Ordinal);

    private string Of(Expression e, Moment m)
    {
        switch (e)
        {
            case NumberLiteral n:
                return Literal(n.Value);
            case Observed o:
                return Price(m.Contract.Observations[o.Observation], m.Label);
            case Previous p:
                Schedule schedule = m.Contract.Schedules[m.Schedule];
                return Price(m.Contract.Observations[p.Observation], At(schedule.FromMs + ((m.Fixing - 1) * schedule.EveryMs)));
            case WindowAggregate w:
                return Window(m.Contract.Observations[w.Observation], w, m.Label);
            case ScheduleAggregate s:
                return OverSchedule(s, m);
            case PayoffOf p:
                return Payoff(p, m.Contract);
            case Unary u:
                string operand = Of(u.Operand, m);
                return u.Op switch { "-" => $"(- {operand})", "not" => $"(not {operand})", _ => $"(ite (>= {operand} 0.0) {operand} (- {operand}))" };
            case Conditional c:
                return $"(ite {Of(c.Condition, m)} {Of(c.Then, m)} {Of(c.Else, m)})";
            default:
                var b = (Binary)e;
                (string x, string y) = (Of(b.Left, m), Of(b.Right, m));
                return b.Op switch
                {
                    "min" => $"(ite (<= {x} {y}) {x} {y})",
                    "max" => $"(ite (>= {x} {y}) {x} {y})",
                    "==" => $"(= {x} {y})",
                    "!=" => $"(not (= {x} {y}))",
                    _ => $"({b.Op} {x} {y})",
                };
        }
    }

    private string Price(Observation o, string label) => Number($"{o.Index} {label}", o.Low, o.High);

    private string Number(string meaning, Int128 low, Int128 high)
    {
        int at = _known.IndexOf(meaning);
        string symbol = $"v{(at < 0 ? _known.Count : at)}";
        if (at < 0)
        {
            _known.Add(meaning);
            _variables.Add(new ProofVariable(symbol, meaning));
            _declarations.Append(CultureInfo.InvariantCulture, $"(declare-const {symbol} Real) ; {meaning}\n");
        }
        // Each contract brings its own range: all of them hold.
        Assume($"(<= {Literal(low)} {symbol} {Literal(high)})");
        return symbol;
    }

    private string Truth(string meaning)
    {
        int at = _known.IndexOf(meaning);
        if (at >= 0)
        {
            return $"v{at}";
        }
        string symbol = $"v{_known.Count}";
        _known.Add(meaning);
        _variables.Add(new ProofVariable(symbol, meaning));
        _declarations.Append(CultureInfo.InvariantCulture, $"(declare-const {symbol} Bool) ; {meaning}\n");
        return symbol;
    }

    // Least, mean and most of a window are ordered, and the last price is between least and most.
    private string Window(Observation o, WindowAggregate w, string label)
    {
        string Part(string kind) => Number($"{kind} of {o.Index} over {w.WindowMs / 1000} seconds {label}", o.Low, o.High);
        string last = Price(o, label);
        (string min, string mean, string max) = (Part("min"), Part("mean"), Part("max"));
        Assume($"(and (<= {min} {last} {max}) (<= {min} {mean} {max}))");
        return w.Kind switch { Aggregate.Min => min, Aggregate.Max => max, _ => mean };
    }

    private string OverSchedule(ScheduleAggregate s, Moment m)
    {
        Schedule schedule = m.Contract.Schedules[s.Schedule];
        bool usesPrevious = UsesPrevious(s.Value);
        if (schedule.Count > MostFixings || m.Label != At(m.Contract.ExpiryMs))
        {
            Interval range = new RangeAnalysis(m.Contract).Range(s);
            return Number($"{s.Kind} over {schedule.Name} of {m.Contract.Name} {m.Label}", range.Low, range.High);
        }
        var values = new List<string>();
        for (int i = usesPrevious ? 1 : 0; i < schedule.Count; i++)
        {
            values.Add(Of(s.Value, new Moment(m.Contract, At(schedule.FromMs + (i * schedule.EveryMs)), i, s.Schedule)));
        }
        string all = values.Count == 1 ? values[0] : $"(+ {string.Join(' ', values)})";
        return s.Kind switch
        {
            Aggregate.Sum => all,
            Aggregate.Mean => $"(/ {all} {values.Count}.0)",
            Aggregate.First => values[0],
            Aggregate.Last => values[^1],
            _ => Extreme(values, s.Kind == Aggregate.Min ? "<=" : ">="),
        };
    }

    private static string Extreme(List<string> values, string comparison)
    {
        string best = values[0];
        for (int i = 1; i < values.Count; i++)
        {
            best = $"(ite ({comparison} {best} {values[i]}) {best} {values[i]})";
        }
        return best;
    }

    private string Payoff(PayoffOf p, Contract under)
    {
        int found = -1;
        for (int i = 0; i < _contracts.Count; i++)
        {
            found = _contracts[i].Name == p.Name ? i : found;
        }
        return found < 0
            ? throw RangeAnalysis.Error(p, $"there is no contract '{p.Name}' here", "use the name of a contract in the same file, or payoff alone for " + under.Name)
            : _payoffs[found] ??= Total(_contracts[found]);
    }

    // All that a contract pays: what ended it, and of its scheduled payments those before.
    private string Total(Contract c)
    {
        string ending = "";
        string alive = "true";
        string total = "0.0";
        foreach (Clause clause in c.Clauses)
        {
            if (clause is AtExpiry at)
            {
                ending = Of(at.Pay, new Moment(c, At(c.ExpiryMs), -1));
            }
        }
        foreach (Clause clause in c.Clauses)
        {
            if (clause is not (When or HolderMayTake))
            {
                continue;
            }
            string label = clause is When ? $"when the condition of line {clause.Line} came true" : "when the holder takes it";
            string happened = Truth($"{c.Name} ends {label}");
            var then = new Moment(c, label, -1);
            if (clause is When when)
            {
                Assume($"(=> {happened} {Of(when.Condition, then)})");
                if (when.Schedule < 0 && when.FromMs == 0)
                {
                    // What was watched to the end and did not come true does not hold at the end.
                    Assume($"(=> {Of(when.Condition, new Moment(c, At(c.ExpiryMs), -1))} (or {happened} {OtherEndings(c, clause)}))");
                }
            }
            ending = $"(ite {happened} {Of(clause.Pay, then)} {ending})";
            alive = $"(and {alive} (not {happened}))";
        }
        foreach (Clause clause in c.Clauses)
        {
            if (clause is AtSchedule scheduled)
            {
                total = $"(+ {total} {Payments(c, scheduled, alive)})";
            }
        }
        return $"(+ {total} {ending})";
    }

    private string OtherEndings(Contract c, Clause own)
    {
        string others = "false";
        foreach (Clause clause in c.Clauses)
        {
            if (clause != own && clause is When or HolderMayTake)
            {
                others = $"(or {others} {Truth($"{c.Name} ends {(clause is When ? $"when the condition of line {clause.Line} came true" : "when the holder takes it")}")})";
            }
        }
        return others;
    }

    private string Payments(Contract c, AtSchedule clause, string alive)
    {
        Schedule schedule = c.Schedules[clause.Schedule];
        if (schedule.Count > MostFixings)
        {
            Interval one = new RangeAnalysis(c).Range(clause.Pay);
            return Number($"all payments at {schedule.Name} of {c.Name}", Int128.Min(one.Low * schedule.Count, 0), Int128.Max(one.High * schedule.Count, 0));
        }
        string sum = "0.0";
        string before = "true";
        for (int i = 0; i < schedule.Count; i++)
        {
            string label = At(schedule.FromMs + (i * schedule.EveryMs));
            string made = Truth($"{c.Name} pays {label}");
            Assume($"(and (=> {made} {before}) (=> {alive} {made}))");
            sum = $"(+ {sum} (ite {made} {Of(clause.Pay, new Moment(c, label, i, clause.Schedule))} 0.0))";
            before = made;
        }
        return sum;
    }

    // Takes the whole text: writing it may declare variables, which must come before.
    private void Assume(string condition) => _declarations.Append("(assert ").Append(condition).Append(")\n");

    private static bool UsesPrevious(Expression e) => e switch
    {
        Previous => true,
        Unary u => UsesPrevious(u.Operand),
        Binary b => UsesPrevious(b.Left) || UsesPrevious(b.Right),
        Conditional c => UsesPrevious(c.Condition) || UsesPrevious(c.Then) || UsesPrevious(c.Else),
        _ => false,
    };

    private static string Literal(Int128 value)
    {
        string text = FixedPoint.Format(Int128.Abs(value));
        text = text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
        return value < 0 ? $"(- {text})" : text;
    }
}
