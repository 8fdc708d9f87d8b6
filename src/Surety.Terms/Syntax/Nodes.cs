using System;
using System.Collections.Generic;

namespace Surety.Terms.Syntax;

/// <summary>A part of a contract, with its place in the text.</summary>
public abstract record Node(int Line, int Column);

/// <summary>Something with a value: a number, or for conditions a truth.</summary>
public abstract record Expression(int Line, int Column) : Node(Line, Column)
{
    /// <summary>Whether it is a truth rather than a number.</summary>
    public virtual bool IsCondition => false;
}

/// <summary>A number.</summary>
public sealed record NumberLiteral(Int128 Value, int Line, int Column) : Expression(Line, Column);

/// <summary>What is observed, now: its number among the contract's observations.</summary>
public sealed record Observed(int Observation, int Line, int Column) : Expression(Line, Column);

/// <summary>What was observed at the fixing before; only inside an aggregate over a schedule.</summary>
public sealed record Previous(int Observation, int Line, int Column) : Expression(Line, Column);

/// <summary>How observations become one number.</summary>
public enum Aggregate
{
    Mean = 1,
    Min = 2,
    Max = 3,
    Sum = 4,
    First = 5,
    Last = 6,
}

/// <summary>An aggregate over the time before an event; its number among the contract's aggregates.</summary>
/// <param name="Kind">Mean (by time), Min or Max.</param>
/// <param name="Observation">What.</param>
/// <param name="WindowMs">Length of the window, milliseconds.</param>
public sealed record WindowAggregate(Aggregate Kind, int Observation, long WindowMs, int Line, int Column) : Expression(Line, Column);

/// <summary>An aggregate over the fixings of a schedule so far.</summary>
public sealed record ScheduleAggregate(Aggregate Kind, Expression Value, int Schedule, int Line, int Column) : Expression(Line, Column);

/// <summary>Two operands. Op is one of + - * / &lt; &lt;= &gt; &gt;= == != and or min max.</summary>
public sealed record Binary(string Op, Expression Left, Expression Right, int Line, int Column) : Expression(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsCondition => Op is "<" or "<=" or ">" or ">=" or "==" or "!=" or "and" or "or";
}

/// <summary>One operand. Op is - (negation), abs or not.</summary>
public sealed record Unary(string Op, Expression Operand, int Line, int Column) : Expression(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsCondition => Op == "not";
}

/// <summary>if … then … else …</summary>
public sealed record Conditional(Expression Condition, Expression Then, Expression Else, int Line, int Column) : Expression(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsCondition => Then.IsCondition;
}

/// <summary>A name for an index, with the range that its prices keep to.</summary>
public sealed record Observation(string Name, string Index, Int128 Low, Int128 High, int Line, int Column) : Node(Line, Column);

/// <summary>Times at equal distances.</summary>
public sealed record Schedule(string Name, long EveryMs, long FromMs, long ToMs, int Line, int Column) : Node(Line, Column)
{
    /// <summary>How many times.</summary>
    public long Count => ((ToMs - FromMs) / EveryMs) + 1;
}

/// <summary>Something that pays.</summary>
/// <param name="Pay">What the short side pays the long; negative the other way round.</param>
public abstract record Clause(Expression Pay, int Line, int Column) : Node(Line, Column);

/// <summary>at expiry pay …</summary>
public sealed record AtExpiry(Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>at SCHEDULE pay …</summary>
public sealed record AtSchedule(int Schedule, Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>when … [at SCHEDULE] [from … to …] pay … and end. Schedule is −1 for every step; times are 0 for always.</summary>
public sealed record When(Expression Condition, int Schedule, long FromMs, long ToMs, Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>holder may take …, at any time before expiry.</summary>
public sealed record HolderMayTake(Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>assert …: for the prover; NAME is the contract that it stands under.</summary>
public sealed record Claim(Expression Condition, string Text, int Line, int Column) : Node(Line, Column);

/// <summary>payoff, or payoff(NAME): everything a contract pays; only in claims. Name is empty for the contract that the claim stands under.</summary>
public sealed record PayoffOf(string Name, int Line, int Column) : Expression(Line, Column);

/// <summary>A contract as it is written.</summary>
public sealed record Contract(
    string Name, IReadOnlyList<Observation> Observations, string Settle, long ExpiryMs, IReadOnlyList<Schedule> Schedules,
    IReadOnlyList<Clause> Clauses, IReadOnlyList<Claim> Claims, int Line, int Column) : Node(Line, Column);
