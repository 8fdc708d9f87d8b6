using System;
using System.Collections.Generic;
using System.Text;
using Surety.Core.Hashing;
using Surety.Terms.Analysis;
using Surety.Terms.Syntax;

namespace Surety.Terms.Execution;

/// <summary>
/// A contract as the engine runs it: code for each clause and aggregate over one stack of numbers, without branches, so that
/// every evaluation costs the same. The hash of the text says which contract it is.
/// </summary>
public sealed class ContractProgram
{
    private readonly Compiler _compiler;

    internal ContractProgram(Contract contract, ContractAnalysis analysis, Hash256 textHash)
    {
        Contract = contract;
        Analysis = analysis;
        TextHash = textHash;
        _compiler = new Compiler(contract);
        Bounds = [.. analysis.Pays];
        foreach (CompiledClause clause in _compiler.Clauses)
        {
            PaysInSteps |= clause.Source is AtExpiry && Array.Exists(clause.Pay, i => i.Op == Opcode.Select);
        }
    }

    /// <summary>The contract as written.</summary>
    public Contract Contract { get; }

    /// <summary>What static analysis says of it.</summary>
    public ContractAnalysis Analysis { get; }

    /// <summary>SHA-256 of the text's bytes in UTF-8.</summary>
    public Hash256 TextHash { get; }

    /// <summary>By clause: the least and the most of one payment.</summary>
    internal Interval[] Bounds { get; }

    /// <summary>Whether what it pays at expiry depends on conditions, and can jump where the price hardly moves.</summary>
    public bool PaysInSteps { get; }

    internal IReadOnlyList<CompiledClause> Clauses => _compiler.Clauses;

    internal IReadOnlyList<CompiledAggregate> Aggregates => _compiler.Aggregates;

    internal ReadOnlySpan<Int128> Constants => _compiler.Constants;

    /// <summary>A program that pays nothing but a value at a contract's expiry: what a claim means by it.</summary>
    internal static ContractProgram OfValue(Contract contract, Expression value)
    {
        var pays = new Interval(-FixedPoint.Largest, FixedPoint.Largest);
        var analysis = new ContractAnalysis(pays.High, pays.High, 0, 1, [], [], ContractShape.Other, 0, 0, null, false, [pays], pays);
        return new ContractProgram(contract with { Clauses = [new AtExpiry(value, value.Line, value.Column)] }, analysis, default);
    }

    /// <summary>
    /// What can still be paid: by scheduled payments and by the one that ends the contract, each from the least to the most and with zero.
    /// It shrinks with every fixing, never grows; the two together at the beginning are the analysis' bounds.
    /// </summary>
    public (Interval Scheduled, Interval Ending) Left(in ContractState state)
    {
        Interval scheduled = default;
        for (int i = 0; i < Contract.Clauses.Count; i++)
        {
            if (Contract.Clauses[i] is AtSchedule at)
            {
                long left = Contract.Schedules[at.Schedule].Count - state.Fixings[at.Schedule];
                scheduled = scheduled.Plus(Analysis.Pays[i].WithZero().Times(left));
            }
        }
        return (scheduled, Analysis.Ending.WithZero());
    }

    /// <summary>Reads, checks and compiles a text with one contract.</summary>
    /// <returns>Null with the program, or why the contract cannot be listed.</returns>
    public static TermsError? TryCompile(ReadOnlySpan<byte> text, out ContractProgram? program) => TryCompile(text, null, out program);

    /// <summary>
    /// The same where the indices are known: a contract that observes another is refused, and prices keep to the index's own range too.
    /// </summary>
    public static TermsError? TryCompile(ReadOnlySpan<byte> text, IReadOnlyList<IndexRange>? indices, out ContractProgram? program)
    {
        program = null;
        if (text.Length > Limits.TextBytes)
        {
            return new TermsError(1, 1, $"the text has {text.Length} bytes, more than {Limits.TextBytes}",
                "shorten it: comments and spaces count");
        }
        if (Parser.TryParse(Encoding.UTF8.GetString(text), out IReadOnlyList<Contract> contracts) is { } error)
        {
            return error;
        }
        if (contracts.Count > 1)
        {
            return new TermsError(contracts[1].Line, contracts[1].Column, "the text holds more than one contract", "list each by itself");
        }
        if (Narrow(contracts[0], indices, out Contract contract) is { } unknown)
        {
            return unknown;
        }
        if (Analyzer.TryAnalyze(contract, out ContractAnalysis? analysis) is { } refused)
        {
            return refused;
        }
        try
        {
            program = new ContractProgram(contract, analysis!, Hash256.Of(text));
            return null;
        }
        catch (TermsException e)
        {
            return e.Error;
        }
    }

    private static TermsError? Narrow(Contract contract, IReadOnlyList<IndexRange>? indices, out Contract narrowed)
    {
        narrowed = contract;
        if (indices is null)
        {
            return null;
        }
        var observations = new List<Observation>();
        foreach (Observation o in contract.Observations)
        {
            int found = -1;
            for (int i = 0; i < indices.Count; i++)
            {
                found = indices[i].Index == o.Index ? i : found;
            }
            if (found < 0)
            {
                return new TermsError(o.Line, o.Column, $"there is no index '{o.Index}' here", "observe one that the venue has");
            }
            (Int128 low, Int128 high) = (Int128.Max(o.Low, indices[found].Low), Int128.Min(o.High, indices[found].High));
            if (low >= high)
            {
                return new TermsError(o.Line, o.Column, $"the range of '{o.Name}' holds no price that the index can have",
                    "widen it, or leave it out");
            }
            observations.Add(o with { Low = low, High = high });
        }
        narrowed = contract with { Observations = observations };
        return null;
    }
}

/// <summary>An index that a venue has, with the range that its prices keep to, fixed point.</summary>
/// <param name="Index">Its name.</param>
/// <param name="Low">The least price.</param>
/// <param name="High">The largest price.</param>
public readonly record struct IndexRange(string Index, Int128 Low, Int128 High);
