using System;
using System.Collections.Generic;

namespace Surety.Terms.Syntax;

/// <summary>A part of a contract, with its place in the text.</summary>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public abstract record Node(int Line, int Column);

/// <summary>Something with a value: a number, or for conditions a truth.</summary>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public abstract record Expression(int Line, int Column) : Node(Line, Column)
{
    /// <summary>Whether it is a truth rather than a number.</summary>
    public virtual bool IsCondition => false;
}

/// <summary>A number.</summary>
/// <param name="Value">The number, fixed point.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record NumberLiteral(Int128 Value, int Line, int Column) : Expression(Line, Column);

/// <summary>What is observed, now: its number among the contract's observations.</summary>
/// <param name="Observation">Its number among the contract's observations.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Observed(int Observation, int Line, int Column) : Expression(Line, Column);

/// <summary>What was observed at the fixing before; only inside an aggregate over a schedule.</summary>
/// <param name="Observation">Its number among the contract's observations.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Previous(int Observation, int Line, int Column) : Expression(Line, Column);

/// <summary>How observations become one number.</summary>
public enum Aggregate
{
    /// <summary>Their mean.</summary>
    Mean = 1,
    /// <summary>The least.</summary>
    Min = 2,
    /// <summary>The largest.</summary>
    Max = 3,
    /// <summary>Their sum.</summary>
    Sum = 4,
    /// <summary>The first.</summary>
    First = 5,
    /// <summary>The last.</summary>
    Last = 6,
}

/// <summary>An aggregate over the time before an event; its number among the contract's aggregates.</summary>
/// <param name="Kind">Mean (by time), Min or Max.</param>
/// <param name="Observation">What.</param>
/// <param name="WindowMs">Length of the window, milliseconds.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record WindowAggregate(Aggregate Kind, int Observation, long WindowMs, int Line, int Column) : Expression(Line, Column);

/// <summary>An aggregate over the fixings of a schedule so far.</summary>
/// <param name="Kind">How they become one number.</param>
/// <param name="Value">What is computed at each fixing.</param>
/// <param name="Schedule">Number of the schedule.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record ScheduleAggregate(Aggregate Kind, Expression Value, int Schedule, int Line, int Column) : Expression(Line, Column);

/// <summary>Two operands. Op is one of + - * / &lt; &lt;= &gt; &gt;= == != and or min max.</summary>
/// <param name="Op">The operation.</param>
/// <param name="Left">The first operand.</param>
/// <param name="Right">The second operand.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Binary(string Op, Expression Left, Expression Right, int Line, int Column) : Expression(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsCondition => Op is "<" or "<=" or ">" or ">=" or "==" or "!=" or "and" or "or";
}

/// <summary>One operand. Op is - (negation), abs or not.</summary>
/// <param name="Op">The operation.</param>
/// <param name="Operand">The operand.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Unary(string Op, Expression Operand, int Line, int Column) : Expression(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsCondition => Op == "not";
}

/// <summary>if … then … else …</summary>
/// <param name="Condition">Decides.</param>
/// <param name="Then">The value where it holds.</param>
/// <param name="Else">The value where it does not.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Conditional(Expression Condition, Expression Then, Expression Else, int Line, int Column) : Expression(Line, Column)
{
    /// <inheritdoc/>
    public override bool IsCondition => Then.IsCondition;
}

/// <summary>A name for an index, with the range that its prices keep to.</summary>
/// <param name="Name">The name in the contract.</param>
/// <param name="Index">The index.</param>
/// <param name="Low">The least price, fixed point.</param>
/// <param name="High">The largest price, fixed point.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Observation(string Name, string Index, Int128 Low, Int128 High, int Line, int Column) : Node(Line, Column);

/// <summary>Times at equal distances.</summary>
/// <param name="Name">The name in the contract.</param>
/// <param name="EveryMs">Distance, milliseconds.</param>
/// <param name="FromMs">The first time, milliseconds since 1970.</param>
/// <param name="ToMs">The last time is not after this, milliseconds since 1970.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Schedule(string Name, long EveryMs, long FromMs, long ToMs, int Line, int Column) : Node(Line, Column)
{
    /// <summary>How many times.</summary>
    public long Count => ((ToMs - FromMs) / EveryMs) + 1;
}

/// <summary>Something that pays.</summary>
/// <param name="Pay">What the short side pays the long; negative the other way round.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public abstract record Clause(Expression Pay, int Line, int Column) : Node(Line, Column);

/// <summary>at expiry pay …</summary>
/// <param name="Pay">What it pays.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record AtExpiry(Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>at SCHEDULE pay …</summary>
/// <param name="Schedule">Number of the schedule.</param>
/// <param name="Pay">What it pays each time.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record AtSchedule(int Schedule, Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>when … [at SCHEDULE] [from … to …] pay … and end. Schedule is −1 for every step; times are 0 for always.</summary>
/// <param name="Condition">Decides.</param>
/// <param name="Schedule">Number of the schedule; −1 for every step.</param>
/// <param name="FromMs">Not before this, milliseconds since 1970; 0 for always.</param>
/// <param name="ToMs">Not after this; 0 for always.</param>
/// <param name="Pay">What it pays.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record When(Expression Condition, int Schedule, long FromMs, long ToMs, Expression Pay, int Line, int Column) : Clause(Pay,
    Line, Column);

/// <summary>holder may take …, at any time before expiry.</summary>
/// <param name="Pay">What the holder may take.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record HolderMayTake(Expression Pay, int Line, int Column) : Clause(Pay, Line, Column);

/// <summary>assert …: for the prover; NAME is the contract that it stands under.</summary>
/// <param name="Condition">What is claimed.</param>
/// <param name="Text">The claim as it is written.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Claim(Expression Condition, string Text, int Line, int Column) : Node(Line, Column);

/// <summary>
/// payoff, or payoff(NAME): everything a contract pays; only in claims. Name is empty for the contract that the claim stands under.
/// </summary>
/// <param name="Name">The contract; empty for the one that the claim stands under.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record PayoffOf(string Name, int Line, int Column) : Expression(Line, Column);

/// <summary>A contract as it is written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Observations">What it observes.</param>
/// <param name="Settle">The asset that it settles in.</param>
/// <param name="ExpiryMs">When it ends, milliseconds since 1970.</param>
/// <param name="Schedules">Its schedules.</param>
/// <param name="Clauses">What pays.</param>
/// <param name="Claims">What is claimed of it.</param>
/// <param name="Line">Where it stands in the text: the line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
public sealed record Contract(
    string Name, IReadOnlyList<Observation> Observations, string Settle, long ExpiryMs, IReadOnlyList<Schedule> Schedules,
    IReadOnlyList<Clause> Clauses, IReadOnlyList<Claim> Claims, int Line, int Column) : Node(Line, Column);
