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
/// where they mean the same index at the same moment, and each cuts it to its own range. Products and quotients are free within
/// the rounding of the engine, so that what is proved holds for its integers too.
/// </summary>
public sealed class SmtWriter
{
    /// <summary>Schedules with more times than this are bounded as a whole instead of time by time.</summary>
    public const int MostFixings = 24;

    private readonly IReadOnlyList<Contract> _contracts;
    private readonly List<ProofVariable> _variables = [];
    private readonly StringBuilder _declarations = new();
    private readonly SortedDictionary<string, string> _symbols = new(StringComparer.Ordinal);
    private readonly List<(Contract Contract, string Label, ScheduleAggregate Source, string Symbol)> _wholes = [];
    private readonly string?[] _payoffs;

    private SmtWriter(IReadOnlyList<Contract> contracts) => (_contracts, _payoffs) = (contracts, new string?[contracts.Count]);

    /// <summary>The question of one claim, or why it cannot be asked.</summary>
    public static TermsError? TryWrite(IReadOnlyList<Contract> contracts, Contract under, Claim claim, out ProofQuestion? question)
    {
        question = null;
        var writer = new SmtWriter(contracts);
        try
        {
            string condition = writer.Of(claim.Condition, writer.AtExpiry(under));
            var script = new StringBuilder("(set-option :pp.decimal true)\n(set-option :pp.decimal_precision 8)\n");
            script.Append(writer._declarations);
            string assumptions = script + "(check-sat)\n";
            script.Append("(assert (not ").Append(condition).Append("))\n(check-sat)\n");
            if (writer._variables.Count > 0)
            {
                script.Append("(get-value (");
                foreach (ProofVariable v in writer._variables)
                {
                    script.Append(v.Symbol).Append(' ');
                }
                script.Append("))\n");
            }
            question = new ProofQuestion(claim, script.ToString(), assumptions, writer._variables);
            return null;
        }
        catch (TermsException e)
        {
            return e.Error;
        }
    }

    // Where an expression is evaluated: a contract, a label of the moment, whether all fixings have been, and within a fixing its number.
    private sealed record Moment(Contract Contract, string Label, bool IsExpiry = false, int Fixing = -1, int Schedule = -1);

    private Moment AtExpiry(Contract c) => new(c, At(c.ExpiryMs), IsExpiry: true);

    private static string At(long ms) =>
        "at " + DateTime.UnixEpoch.AddTicks(ms * TimeSpan.TicksPerMillisecond)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture).Replace(":00Z", "Z", StringComparison.Ordinal);

    // The moment of a clause is its own: another contract ends at another.
    private static string EndOf(Contract c, Clause clause) =>
        $"when {c.Name} ends by {(clause is HolderMayTake ? "its holder, who takes what" : "the condition of")} "
            + $"line {clause.Line} {(clause is HolderMayTake ? "says" : "came true")}";

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
                return u.Op switch
                {
                    "-" => $"(- {operand})",
                    "not" => $"(not {operand})",
                    _ => $"(ite (>= {operand} 0.0) {operand} (- {operand}))"
                };
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
                    "*" => IsWhole(b.Left) || IsWhole(b.Right) ? $"(* {x} {y})" : RoundedDown($"(* {x} {y})"),
                    "/" => RoundedDown($"(/ {x} {y})"),
                    _ => $"({b.Op} {x} {y})",
                };
        }
    }

    private static bool IsWhole(Expression e) => e is NumberLiteral n && n.Value % FixedPoint.One == 0;

    // What the engine makes of an exact number: less by less than a hundred-millionth, but not below zero. The same number is rounded
    // alike.
    private string RoundedDown(string exact)
    {
        if (!_symbols.TryGetValue(exact, out string? symbol))
        {
            symbol = $"r{_symbols.Count}";
            _symbols.Add(exact, symbol);
            _declarations.Append(CultureInfo.InvariantCulture,
                $"(declare-const {symbol} Real)\n(assert (and (<= {symbol} {exact}) (< {exact} (+ "
                + $"{symbol} 0.00000001)) (=> (>= {exact} 0.0) (>= {symbol} 0.0))))\n");
        }
        return symbol;
    }

    // An index at a moment, as a contract sees it: cut to the range that it declares.
    private string Price(Observation o, string label)
    {
        (Int128 low, Int128 high) = (o.Low, o.High);
        foreach (Contract c in _contracts)
        {
            foreach (Observation other in c.Observations)
            {
                (low, high) = other.Index == o.Index ? (Int128.Min(low, other.Low), Int128.Max(high, other.High)) : (low, high);
            }
        }
        // Beyond what any contract sees a price makes no difference.
        string price = Number($"{o.Index} {label}", low, high);
        price = high > o.High ? $"(ite (<= {price} {Literal(o.High)}) {price} {Literal(o.High)})" : price;
        return low < o.Low ? $"(ite (>= {price} {Literal(o.Low)}) {price} {Literal(o.Low)})" : price;
    }

    private string Number(string meaning, Int128 low, Int128 high)
    {
        if (!_symbols.TryGetValue(meaning, out string? symbol))
        {
            symbol = Declare(meaning, "Real");
            Assume($"(<= {Literal(low)} {symbol} {Literal(high)})");
        }
        return symbol;
    }

    private string Truth(string meaning) => _symbols.TryGetValue(meaning, out string? symbol) ? symbol : Declare(meaning, "Bool");

    private string Declare(string meaning, string sort)
    {
        string symbol = $"v{_symbols.Count}";
        _symbols.Add(meaning, symbol);
        _variables.Add(new ProofVariable(symbol, meaning));
        _declarations.Append(CultureInfo.InvariantCulture, $"(declare-const {symbol} {sort}) ; {meaning}\n");
        return symbol;
    }

    // Least, mean and most of a window are ordered, and the last price is between least and most. The mean of a cut price is not the cut
    // mean: contracts share it only where they cut alike.
    private string Window(Observation o, WindowAggregate w, string label)
    {
        string of = $"of {o.Index} from {FixedPoint.Format(o.Low)} to {FixedPoint.Format(o.High)} over {w.WindowMs} milliseconds {label}";
        bool isNew = !_symbols.ContainsKey("min " + of);
        string Part(string kind) => Number($"{kind} {of}", o.Low, o.High);
        string last = Price(o, label);
        (string min, string mean, string max) = (Part("min"), Part("mean"), Part("max"));
        if (isNew)
        {
            Assume($"(and (<= {min} {last} {max}) (<= {min} {mean} {max}))");
        }
        return w.Kind switch { Aggregate.Min => min, Aggregate.Max => max, _ => mean };
    }

    private string OverSchedule(ScheduleAggregate s, Moment m)
    {
        Schedule schedule = m.Contract.Schedules[s.Schedule];
        if (schedule.Count > MostFixings || !m.IsExpiry)
        {
            return AsAWhole(s, m);
        }
        var values = new List<string>();
        for (int i = UsesPrevious(s.Value) ? 1 : 0; i < schedule.Count; i++)
        {
            values.Add(Of(s.Value, new Moment(m.Contract, At(schedule.FromMs + (i * schedule.EveryMs)), Fixing: i, Schedule: s.Schedule)));
        }
        string all = values.Count == 1 ? values[0] : $"(+ {string.Join(' ', values)})";
        return s.Kind switch
        {
            Aggregate.Sum => all,
            Aggregate.Mean => values.Count == 1 ? all : RoundedDown($"(/ {all} {values.Count}.0)"),
            Aggregate.First => values[0],
            Aggregate.Last => values[^1],
            _ => Extreme(values, s.Kind == Aggregate.Min ? "<=" : ">="),
        };
    }

    // An aggregate within its range only: each of its own, for the same schedule feeds many.
    private string AsAWhole(ScheduleAggregate s, Moment m)
    {
        foreach ((Contract contract, string label, ScheduleAggregate source, string known) in _wholes)
        {
            if (ReferenceEquals(contract, m.Contract) && label == m.Label && RangeAnalysis.Same(source, s))
            {
                return known;
            }
        }
        Interval range = new RangeAnalysis(m.Contract).Range(s);
        string symbol =
            Number($"{s.Kind} {_wholes.Count + 1} over {m.Contract.Schedules[s.Schedule].Name} "
                + $"of {m.Contract.Name} (line {s.Line}) {m.Label}", range.Low, range.High);
        _wholes.Add((m.Contract, m.Label, s, symbol));
        return symbol;
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
            if (_contracts[i].Name == p.Name)
            {
                found = found < 0
                    ? i
                    : throw RangeAnalysis.Error(p, $"two contracts here are called '{p.Name}'", "give each a name of its own");
            }
        }
        return found < 0
            ? throw RangeAnalysis.Error(p, $"there is no contract '{p.Name}' here",
                "use the name of a contract in the same file, or payoff alone for " + under.Name)
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
                ending = Of(at.Pay, AtExpiry(c));
            }
        }
        foreach (Clause clause in c.Clauses)
        {
            if (clause is not (When or HolderMayTake))
            {
                continue;
            }
            string happened = Truth(Happened(c, clause));
            var then = new Moment(c, EndOf(c, clause));
            if (clause is When when)
            {
                Assume($"(=> {happened} {Of(when.Condition, then)})");
                if (Analyzer.Survives(when))
                {
                    // What was watched to the end and did not come true does not hold at the end.
                    Assume($"(=> {Of(when.Condition, AtExpiry(c))} (or {happened} {OtherEndings(c, clause)}))");
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

    private static string Happened(Contract c, Clause clause) => $"whether {EndOf(c, clause)["when ".Length..]}";

    private string OtherEndings(Contract c, Clause own)
    {
        string others = "false";
        foreach (Clause clause in c.Clauses)
        {
            if (clause != own && clause is When or HolderMayTake)
            {
                others = $"(or {others} {Truth(Happened(c, clause))})";
            }
        }
        return others;
    }

    private string Payments(Contract c, AtSchedule clause, string alive)
    {
        Schedule schedule = c.Schedules[clause.Schedule];
        if (schedule.Count > MostFixings)
        {
            Interval all = new RangeAnalysis(c).Range(clause.Pay).WithZero().Times(schedule.Count);
            return Number($"all payments at {schedule.Name} of {c.Name}", all.Low, all.High);
        }
        string sum = "0.0";
        string before = "true";
        for (int i = 0; i < schedule.Count; i++)
        {
            string label = At(schedule.FromMs + (i * schedule.EveryMs));
            string made = Truth($"whether {c.Name} pays {schedule.Name} {label}");
            Assume($"(and (=> {made} {before}) (=> {alive} {made}))");
            sum = $"(+ {sum} (ite {made} {Of(clause.Pay, new Moment(c, label, Fixing: i, Schedule: clause.Schedule))} 0.0))";
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
