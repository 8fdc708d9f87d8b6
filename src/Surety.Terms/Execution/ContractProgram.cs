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

    private ContractProgram(Contract contract, ContractAnalysis analysis, Hash256 textHash)
    {
        Contract = contract;
        Analysis = analysis;
        TextHash = textHash;
        _compiler = new Compiler(contract);
    }

    /// <summary>The contract as written.</summary>
    public Contract Contract { get; }

    /// <summary>What static analysis says of it.</summary>
    public ContractAnalysis Analysis { get; }

    /// <summary>SHA-256 of the text's bytes in UTF-8.</summary>
    public Hash256 TextHash { get; }

    internal IReadOnlyList<CompiledClause> Clauses => _compiler.Clauses;

    internal IReadOnlyList<CompiledAggregate> Aggregates => _compiler.Aggregates;

    internal ReadOnlySpan<Int128> Constants => _compiler.Constants;

    /// <summary>Reads, checks and compiles a text with one contract.</summary>
    /// <returns>Null with the program, or why the contract cannot be listed.</returns>
    public static TermsError? TryCompile(ReadOnlySpan<byte> text, out ContractProgram? program)
    {
        program = null;
        if (text.Length > Limits.TextBytes)
        {
            return new TermsError(1, 1, $"the text has {text.Length} bytes, more than {Limits.TextBytes}", "shorten it: comments and spaces count");
        }
        if (Parser.TryParse(Encoding.UTF8.GetString(text), out IReadOnlyList<Contract> contracts) is { } error)
        {
            return error;
        }
        if (contracts.Count > 1)
        {
            return new TermsError(contracts[1].Line, contracts[1].Column, "the text holds more than one contract", "list each by itself");
        }
        if (Analyzer.TryAnalyze(contracts[0], out ContractAnalysis? analysis) is { } refused)
        {
            return refused;
        }
        try
        {
            program = new ContractProgram(contracts[0], analysis!, Hash256.Of(text));
            return null;
        }
        catch (TermsException e)
        {
            return e.Error;
        }
    }
}
