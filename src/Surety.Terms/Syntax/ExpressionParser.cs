using System;
using System.Collections.Generic;

namespace Surety.Terms.Syntax;

/// <summary>Reads expressions. From loosest to tightest: if, or, and, not, comparison, + -, * /, unary -.</summary>
internal sealed class ExpressionParser(TokenCursor cursor, ContractScope scope)
{
    private int _depth;
    private bool _stopAtEnd;

    // Inside an aggregate over a schedule, where prev has a meaning.
    private bool _inFixing;

    /// <summary>One expression. With stopAtEnd, "and end" closes it instead of joining conditions.</summary>
    public Expression Expression(bool stopAtEnd = false)
    {
        bool before = _stopAtEnd;
        _stopAtEnd = stopAtEnd;
        Expression e = Or();
        _stopAtEnd = before;
        return e;
    }

    /// <summary>A number with an optional minus.</summary>
    public Int128 SignedNumber()
    {
        bool negative = cursor.TryTake("-");
        Token number = cursor.Take();
        return number.Kind == TokenKind.Number ? (negative ? -number.Value : number.Value)
            : throw cursor.Error(number, $"expected a number, found {cursor.Describe(number)}", "write one like 5000 or 0.125");
    }

    private Expression Or()
    {
        if (++_depth > Limits.Depth)
        {
            throw cursor.Error($"the expression is nested more than {Limits.Depth} deep", "give parts of it a name with let");
        }
        Expression left = And();
        while (cursor.Next.Is("or"))
        {
            Token op = cursor.Take();
            left = Join(op, left, And(), condition: true);
        }
        _depth--;
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (cursor.Next.Is("and") && !(_stopAtEnd && cursor.After.Is("end")))
        {
            Token op = cursor.Take();
            left = Join(op, left, Not(), condition: true);
        }
        return left;
    }

    private Expression Not()
    {
        if (!cursor.Next.Is("not"))
        {
            return Comparison();
        }
        Token op = cursor.Take();
        Expression operand = Not();
        return operand.IsCondition
            ? new Unary("not", operand, op.Line, op.Column)
            : throw cursor.Error(operand, "'not' needs a condition", "compare something: not S < 5000");
    }

    // Chains read as in mathematics: 0 <= payoff <= 1.
    private Expression Comparison()
    {
        Expression left = Sum();
        Expression? all = null;
        while (cursor.Next.Kind == TokenKind.Symbol && cursor.Next.Text is "<" or "<=" or ">" or ">=" or "==" or "!=")
        {
            Token op = cursor.Take();
            Expression right = Sum();
            Expression one = Join(op, left, right, condition: false);
            all = all is null ? one : new Binary("and", all, one, op.Line, op.Column);
            left = right;
        }
        return all ?? left;
    }

    private Expression Sum()
    {
        Expression left = Product();
        while (cursor.Next.Kind == TokenKind.Symbol && cursor.Next.Text is "+" or "-")
        {
            Token op = cursor.Take();
            left = Join(op, left, Product(), condition: false);
        }
        return left;
    }

    private Expression Product()
    {
        Expression left = Negation();
        while (cursor.Next.Kind == TokenKind.Symbol && cursor.Next.Text is "*" or "/")
        {
            Token op = cursor.Take();
            left = Join(op, left, Negation(), condition: false);
        }
        return left;
    }

    private Expression Negation()
    {
        if (!cursor.Next.Is("-"))
        {
            return Primary();
        }
        Token op = cursor.Take();
        Expression operand = Primary();
        return operand is NumberLiteral number ? number with { Value = -number.Value }
            : operand.IsCondition
                ? throw cursor.Error(operand, "a truth cannot be negated with -", "use not")
                : new Unary("-", operand, op.Line, op.Column);
    }

    private Expression Primary()
    {
        Token token = cursor.Take();
        if (token.Kind == TokenKind.Number)
        {
            return new NumberLiteral(token.Value, token.Line, token.Column);
        }
        if (token.Is("("))
        {
            Expression inner = Nested();
            cursor.Expect(")", "close the parenthesis");
            return inner;
        }
        if (token.Kind != TokenKind.Word)
        {
            throw cursor.Error(token, $"expected a value, found {cursor.Describe(token)}",
                "write a number, a name, or min, max, abs, mean, if …");
        }
        return token.Text switch
        {
            "if" => If(token),
            "abs" => Abs(token),
            "mean" or "sum" or "first" or "last" or "min" or "max" => Function(token),
            "prev" => Prev(token),
            "payoff" => Payoff(token),
            _ => Name(token),
        };
    }

    // Inside parentheses "and end" is no end of a clause.
    private Expression Nested()
    {
        bool before = _stopAtEnd;
        _stopAtEnd = false;
        Expression e = Or();
        _stopAtEnd = before;
        return e;
    }

    private Expression If(Token token)
    {
        Expression condition = Or();
        if (!condition.IsCondition)
        {
            throw cursor.Error(condition, "'if' needs a condition", "compare something: if S > 5000 then 1 else 0");
        }
        cursor.Expect("then", "write: if CONDITION then VALUE else VALUE");
        Expression then = Or();
        cursor.Expect("else", "say what holds otherwise: if CONDITION then VALUE else VALUE");
        Expression otherwise = Or();
        return then.IsCondition == otherwise.IsCondition
            ? new Conditional(condition, then, otherwise, token.Line, token.Column)
            : throw cursor.Error(otherwise, "one branch is a truth and the other a number", "give both branches the same kind of value");
    }

    private Expression Abs(Token token)
    {
        cursor.Expect("(", "write: abs(VALUE)");
        Expression operand = Nested();
        cursor.Expect(")", "close the parenthesis");
        return operand.IsCondition
            ? throw cursor.Error(operand, "a truth has no magnitude", "give abs a number")
            : new Unary("abs", operand, token.Line, token.Column);
    }

    // min(a, b, …), min(S, 30m), min(VALUE at FIX).
    private Expression Function(Token token)
    {
        cursor.Expect("(", $"write: {token.Text}(S, 30m) or {token.Text}(S at FIX)");
        bool inFixing = _inFixing;
        _inFixing = true;
        Expression first = Nested();
        _inFixing = inFixing;
        if (cursor.TryTake("at"))
        {
            int schedule = scope.FindSchedule(cursor, cursor.Word("a schedule", $"write: {token.Text}(S at FIX)"));
            cursor.Expect(")", "close the parenthesis");
            if (inFixing && _depth > 1 && first is ScheduleAggregate)
            {
                throw cursor.Error(first, "an aggregate of an aggregate is taken", "take one of the two");
            }
            return first.IsCondition
                ? throw cursor.Error(first, "a truth is aggregated",
                    $"count with: sum(if … then 1 else 0 at {scope.Schedules[schedule].Name})")
                : new ScheduleAggregate(Kind(token.Text), first, schedule, token.Line, token.Column);
        }
        cursor.Expect(",", $"write: {token.Text}(S, 30m) over a time, or {token.Text}(S at FIX) over a schedule");
        if (cursor.Next.Kind == TokenKind.Duration)
        {
            return Window(token, first);
        }
        if (token.Text is not ("min" or "max"))
        {
            throw cursor.Error($"'{token.Text}' needs a duration or a schedule", $"write: {token.Text}(S, 30m) or {token.Text}(S at FIX)");
        }
        Expression result = Join(token, first, Nested(), condition: false);
        while (cursor.TryTake(","))
        {
            result = Join(token, result, Nested(), condition: false);
        }
        cursor.Expect(")", "close the parenthesis");
        return result;
    }

    private Expression Window(Token token, Expression first)
    {
        Token duration = cursor.Take();
        cursor.Expect(")", "close the parenthesis");
        if (first is Observed && token.Text == "last")
        {
            return first;
        }
        return first is Observed observed && token.Text is "mean" or "min" or "max"
            ? new WindowAggregate(Kind(token.Text), observed.Observation, (long)duration.Value, token.Line, token.Column)
            : throw cursor.Error(token, $"{token.Text} over a duration is kept only of something observed, as mean, min or max",
                "observe it directly, or aggregate over a schedule: sum(VALUE at FIX)");
    }

    private Expression Prev(Token token)
    {
        cursor.Expect("(", "write: prev(S)");
        Token name = cursor.Word("something observed", "write: prev(S)");
        cursor.Expect(")", "close the parenthesis");
        int observation = scope.FindObservation(name.Text);
        return observation < 0 ? throw cursor.Error(name, $"'{name.Text}' is not observed", "write: prev(S), with S from an observe line")
            : _inFixing ? new Previous(observation, token.Line, token.Column)
            : throw cursor.Error(token, "prev has a meaning only within an aggregate over a schedule",
                "write for example: sum((S - prev(S)) * (S - prev(S)) at FIX)");
    }

    private Expression Payoff(Token token)
    {
        if (!scope.InClaim)
        {
            throw cursor.Error(token, "payoff has a meaning only in claims", "use it after assert");
        }
        string name = scope.Contract;
        if (cursor.TryTake("("))
        {
            name = cursor.Word("the name of a contract", "write: payoff(NAME)").Text;
            cursor.Expect(")", "close the parenthesis");
        }
        return new PayoffOf(name, token.Line, token.Column);
    }

    private Expression Name(Token token)
    {
        int observation = scope.FindObservation(token.Text);
        if (observation >= 0)
        {
            return new Observed(observation, token.Line, token.Column);
        }
        if (ContractScope.IsReserved(token.Text))
        {
            throw cursor.Error(token, $"'{token.Text}' has no value", "write a number, a name, or min, max, abs, mean, if …");
        }
        return scope.Find(token.Text)
            ?? throw cursor.Error(token, $"'{token.Text}' has no meaning here",
            $"declare it: observe {token.Text} = index NAME, or let {token.Text} = VALUE");
    }

    private Binary Join(Token op, Expression left, Expression right, bool condition)
    {
        Expression wrong = left.IsCondition != condition ? left : right;
        return left.IsCondition == condition && right.IsCondition == condition ? new Binary(op.Text, left, right, op.Line, op.Column)
            : throw cursor.Error(wrong,
                condition ? $"'{op.Text}' joins conditions, and this is a number" : $"'{op.Text}' takes numbers, and this is a truth",
                condition ? "compare it with something" : "use if … then 1 else 0");
    }

    private static Aggregate Kind(string word) => word switch
    {
        "mean" => Aggregate.Mean,
        "min" => Aggregate.Min,
        "max" => Aggregate.Max,
        "sum" => Aggregate.Sum,
        "first" => Aggregate.First,
        _ => Aggregate.Last,
    };
}
