using System;
using System.Collections.Generic;

namespace Surety.Terms.Syntax;

/// <summary>Reads contracts: recursive descent over the grammar in docs/terms.md, one statement a line.</summary>
public sealed class Parser
{
    private readonly TokenCursor _cursor;
    private readonly ExpressionParser _expressions;
    private readonly ContractScope _scope = new();

    private Parser(IReadOnlyList<Token> tokens)
    {
        _cursor = new TokenCursor(tokens);
        _expressions = new ExpressionParser(_cursor, _scope);
    }

    /// <summary>Reads all contracts of a text; null and contracts, or the first error.</summary>
    public static TermsError? TryParse(string text, out IReadOnlyList<Contract> contracts)
    {
        contracts = [];
        if (new Lexer(text).Run(out IReadOnlyList<Token> tokens) is { } error)
        {
            return error;
        }
        var parser = new Parser(tokens);
        try
        {
            contracts = parser.Contracts();
            return null;
        }
        catch (TermsException e)
        {
            contracts = [];
            return e.Error;
        }
    }

    private List<Contract> Contracts()
    {
        var contracts = new List<Contract>();
        _cursor.SkipLines();
        while (_cursor.Next.Kind != TokenKind.End)
        {
            contracts.Add(Contract());
            _cursor.SkipLines();
        }
        return contracts.Count > 0 ? contracts : throw _cursor.Error("there is no contract", "begin with: contract NAME");
    }

    private Contract Contract()
    {
        Token start = _cursor.Expect("contract", "begin a contract with: contract NAME");
        Token name = _cursor.Word("a name for the contract", "write for example: contract BTC_USDC-29DEC17-5000-C");
        if (name.Text.Length > 32)
        {
            throw _cursor.Error(name, $"the name '{name.Text}' is longer than 32 characters", "shorten it");
        }
        _cursor.EndOfLine();
        _scope.Clear(name.Text);
        string? settle = null;
        long expiry = 0;
        var clauses = new List<Clause>();
        var claims = new List<Claim>();
        _cursor.SkipLines();
        while (_cursor.Next.Kind != TokenKind.End && !_cursor.Next.Is("contract"))
        {
            Token word = _cursor.Take();
            switch (word.Text)
            {
                case "observe":
                    Observe();
                    break;
                case "settle":
                    settle = settle is null
                        ? _cursor.Word("the asset that is paid", "write for example: settle USDC").Text
                        : throw Twice(word);
                    break;
                case "expiry":
                    expiry = expiry == 0 ? Date() : throw Twice(word);
                    break;
                case "let":
                    Let();
                    break;
                case "schedule":
                    Schedule();
                    break;
                case "at":
                    clauses.Add(At(word));
                    break;
                case "when":
                    clauses.Add(When(word));
                    break;
                case "holder":
                    clauses.Add(Holder(word));
                    break;
                case "assert":
                    claims.Add(Assert(word));
                    break;
                default:
                    throw _cursor.Error(word, $"'{word.Text}' begins no statement",
                        "use contract, observe, settle, expiry, let, schedule, at, when, holder or assert");
            }
            if (clauses.Count > Limits.Clauses)
            {
                throw _cursor.Error(word, $"there are more than {Limits.Clauses} clauses", "join some of them with if … then … else");
            }
            _cursor.EndOfLine();
            _cursor.SkipLines();
        }
        if (settle is null)
        {
            throw _cursor.Error(start, "the contract does not say in what it pays", "add: settle USDC");
        }
        return expiry == 0
            ? throw _cursor.Error(start, "the contract does not say when it ends", "add a line such as: expiry 2017-12-29T08:00Z")
            : new Contract(name.Text, [.. _scope.Observations], settle, expiry, [.. _scope.Schedules], clauses, claims, start.Line,
                start.Column);
    }

    private TermsException Twice(Token word) => _cursor.Error(word, $"'{word.Text}' is said twice", "keep one of them");

    private long Date()
    {
        Token date = _cursor.Take();
        return date.Kind == TokenKind.Date
            ? (long)date.Value
            : throw _cursor.Error(date, $"expected a time, found {_cursor.Describe(date)}", "write it as 2017-12-29T08:00Z, in UTC");
    }

    // observe S = index BTC_USD [in LOW .. HIGH]
    private void Observe()
    {
        Token name = _scope.Declare(_cursor, _cursor.Word("a name for what is observed", "write for example: observe S = index BTC_USD"));
        _cursor.Expect("=", "write for example: observe S = index BTC_USD");
        _cursor.Expect("index", "only indices can be observed: observe S = index BTC_USD");
        Token index = _cursor.Word("the name of an index", "write for example: observe S = index BTC_USD");
        Int128 low = 1;
        Int128 high = (Int128)FixedPoint.One * 1_000_000_000;
        if (_cursor.TryTake("in"))
        {
            low = _expressions.SignedNumber();
            _cursor.Expect("..", "write the range as: in 1 .. 1000000");
            high = _expressions.SignedNumber();
            if (Int128.Max(Int128.Abs(low), Int128.Abs(high)) > (Int128)FixedPoint.One * 1_000_000_000_000)
            {
                throw _cursor.Error(index, "the range goes beyond 10^12", "observe the index in smaller units");
            }
            if (low >= high)
            {
                throw _cursor.Error(index, $"the range {FixedPoint.Format(low)} .. {FixedPoint.Format(high)} is empty",
                    "write the lower end first");
            }
        }
        if (_scope.Observations.Count == Limits.Observations)
        {
            throw _cursor.Error(name, $"there are more than {Limits.Observations} observations", "leave one out");
        }
        _scope.Observations.Add(new Observation(name.Text, index.Text, low, high, name.Line, name.Column));
    }

    private void Let()
    {
        Token name = _cursor.Word("a name", "write for example: let gain = S - 5000");
        _cursor.Expect("=", "write for example: let gain = S - 5000");
        Expression value = _expressions.Expression();
        _scope.Declare(_cursor, name);
        _scope.Lets.Add((name.Text, value));
    }

    // schedule FIX = every 1d from DATE to DATE
    private void Schedule()
    {
        Token name = _scope.Declare(_cursor, _cursor.Word("a name for the schedule", Example));
        _cursor.Expect("=", Example);
        _cursor.Expect("every", Example);
        Token every = _cursor.Take();
        if (every.Kind != TokenKind.Duration)
        {
            throw _cursor.Error(every, $"expected a duration, found {_cursor.Describe(every)}", "write one like 30m, 8h or 1d");
        }
        _cursor.Expect("from", Example);
        long from = Date();
        _cursor.Expect("to", Example);
        long to = Date();
        var schedule = new Schedule(name.Text, (long)every.Value, from, to, name.Line, name.Column);
        if (to < from || (to - from) % schedule.EveryMs != 0 || schedule.Count > Limits.Fixings)
        {
            throw _cursor.Error(
                name, to < from
                    ? "the schedule ends before it begins"
                    : (to - from) % schedule.EveryMs != 0
                    ? "the schedule's end is not one of its times"
                    : $"the schedule has {schedule.Count} times",
                to < from
                    ? "exchange the two times"
                    : (to - from) % schedule.EveryMs != 0
                    ? $"end it at a whole number of {every.Text} after its beginning"
                    : $"use at most {Limits.Fixings}");
        }
        if (_scope.Schedules.Count == Limits.Schedules)
        {
            throw _cursor.Error(name, $"there are more than {Limits.Schedules} schedules", "leave one out");
        }
        _scope.Schedules.Add(schedule);
    }

    private const string Example = "write for example: schedule FIX = every 1d from 2017-12-01T08:00Z to 2017-12-29T08:00Z";

    // at expiry pay … | at FIX pay …
    private Clause At(Token at)
    {
        Token what = _cursor.Word("'expiry' or a schedule", "write: at expiry pay …, or: at FIX pay …");
        int schedule = what.Is("expiry") ? -1 : _scope.FindSchedule(_cursor, what);
        Expression pay = Pay();
        return schedule < 0 ? new AtExpiry(pay, at.Line, at.Column) : new AtSchedule(schedule, pay, at.Line, at.Column);
    }

    private Expression Pay()
    {
        _cursor.Expect("pay", "say what is paid: pay EXPRESSION");
        Expression pay = _expressions.Expression();
        return pay.IsCondition ? throw _cursor.Error(pay, "a truth is paid", "pay a number: if … then 1 else 0") : pay;
    }

    // when CONDITION [at FIX] [from DATE to DATE] pay … and end
    private Clause When(Token when)
    {
        Expression condition = _expressions.Expression(stopAtEnd: true);
        if (!condition.IsCondition)
        {
            throw _cursor.Error(condition, "'when' needs a condition", "compare something: when S >= 6000 pay 0 and end");
        }
        int schedule = _cursor.TryTake("at")
            ? _scope.FindSchedule(_cursor, _cursor.Word("a schedule", "write: when … at FIX pay … and end"))
            : -1;
        (long from, long to) = (0, 0);
        if (_cursor.TryTake("from"))
        {
            from = Date();
            _cursor.Expect("to", "say until when: from DATE to DATE");
            to = Date();
            if (to <= from)
            {
                throw _cursor.Error(when, "the condition's time ends before it begins", "exchange the two times");
            }
        }
        _cursor.Expect("pay", "say what is paid: when … pay EXPRESSION and end");
        Expression pay = _expressions.Expression(stopAtEnd: true);
        if (pay.IsCondition)
        {
            throw _cursor.Error(pay, "a truth is paid", "pay a number: if … then 1 else 0");
        }
        if (!_cursor.TryTake("and") || !_cursor.TryTake("end"))
        {
            throw _cursor.Error(when, "the clause does not end the contract, so that it would pay at every step",
                "write: when … pay … and end");
        }
        return new When(condition, schedule, from, to, pay, when.Line, when.Column);
    }

    private Clause Holder(Token holder)
    {
        const string Remedy = "write: holder may take max(5000 - S, 0)";
        _cursor.Expect("may", Remedy);
        _cursor.Expect("take", Remedy);
        Expression pay = _expressions.Expression();
        return pay.IsCondition
            ? throw _cursor.Error(pay, "a truth is taken", "take a number")
            : new HolderMayTake(pay, holder.Line, holder.Column);
    }

    private Claim Assert(Token assert)
    {
        _scope.InClaim = true;
        int from = _cursor.Position;
        Expression condition = _expressions.Expression();
        _scope.InClaim = false;
        return condition.IsCondition
            ? new Claim(condition, _cursor.TextSince(from), assert.Line, assert.Column)
            : throw _cursor.Error(assert, "a claim is a number", "claim a condition: assert 0 <= payoff");
    }
}
