using System;
using System.Collections.Generic;
using Surety.Core.Hashing;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Terms.Proving;

/// <summary>
/// Tries a claim on random paths: the compiled contracts run as a venue runs them, and the claim is computed from what they pay. No proof,
/// but an error in what the prover is told shows here.
/// </summary>
public sealed class ClaimTrial
{
    private readonly Contract _under;
    private readonly Claim _claim;
    private readonly TrialPaths _paths;
    private readonly List<(string Name, TrialRun Run)> _payoffs = [];
    private readonly List<(Expression Leaf, TrialRun Run)> _leaves = [];

    private ClaimTrial(IReadOnlyList<Contract> contracts, Contract under, Claim claim, ulong seed)
    {
        (_under, _claim) = (under, claim);
        var used = new List<Contract> { under };
        Collect(claim.Condition, contracts, used);
        _paths = new TrialPaths(used, claim.Condition, seed);
    }

    /// <summary>Runs a claim that can be asked over paths.</summary>
    /// <param name="contracts">All contracts of the file; each may be listed.</param>
    /// <param name="under">The one that the claim stands under.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="paths">How many.</param>
    /// <param name="seed">Which.</param>
    /// <returns>Null where it holds on all; otherwise the first path on which it does not, a line for each price.</returns>
    public static IReadOnlyList<string>? FindContradiction(IReadOnlyList<Contract> contracts, Contract under, Claim claim, int paths,
        ulong seed)
    {
        var trial = new ClaimTrial(contracts, under, claim, seed);
        for (int i = 0; i < paths; i++)
        {
            IReadOnlyList<TrialPrice> path = trial._paths.Next();
            foreach ((_, TrialRun run) in trial._payoffs)
            {
                run.Follow(path, trial._paths.TakesFrom());
            }
            foreach ((_, TrialRun run) in trial._leaves)
            {
                run.Follow(path, long.MaxValue);
            }
            if (!trial.Holds(claim.Condition))
            {
                return trial.Describe(path);
            }
        }
        return null;
    }

    private void Collect(Expression e, IReadOnlyList<Contract> contracts, List<Contract> used)
    {
        switch (e)
        {
            case PayoffOf p:
                if (!_payoffs.Exists(known => known.Name == p.Name))
                {
                    Contract named = Find(contracts, p);
                    if (Analyzer.TryAnalyze(named, out ContractAnalysis? analysis) is { } error)
                    {
                        throw new TermsException(error);
                    }
                    _payoffs.Add((p.Name, new TrialRun(new ContractProgram(named, analysis!, default(Hash256)))));
                    used.Add(named);
                }
                break;
            case Observed or WindowAggregate or ScheduleAggregate:
                if (!_leaves.Exists(known => RangeAnalysis.Same(known.Leaf, e)))
                {
                    _leaves.Add((e, new TrialRun(ContractProgram.OfValue(_under, e))));
                }
                break;
            case Unary u:
                Collect(u.Operand, contracts, used);
                break;
            case Binary b:
                Collect(b.Left, contracts, used);
                Collect(b.Right, contracts, used);
                break;
            case Conditional c:
                Collect(c.Condition, contracts, used);
                Collect(c.Then, contracts, used);
                Collect(c.Else, contracts, used);
                break;
            default:
                break;
        }
    }

    private static Contract Find(IReadOnlyList<Contract> contracts, PayoffOf p)
    {
        foreach (Contract c in contracts)
        {
            if (c.Name == p.Name)
            {
                return c;
            }
        }
        throw RangeAnalysis.Error(p, $"there is no contract '{p.Name}' here", "use the name of a contract in the same file");
    }

    private bool Holds(Expression e) => e switch
    {
        Unary u => !Holds(u.Operand),
        Conditional c => Holds(c.Condition) ? Holds(c.Then) : Holds(c.Else),
        Binary { Op: "and" } b => Holds(b.Left) && Holds(b.Right),
        Binary { Op: "or" } b => Holds(b.Left) || Holds(b.Right),
        Binary b => (b.Op, Number(b.Left), Number(b.Right)) switch
        {
            ("<", var x, var y) => x < y,
            ("<=", var x, var y) => x <= y,
            (">", var x, var y) => x > y,
            (">=", var x, var y) => x >= y,
            ("==", var x, var y) => x == y,
            (_, var x, var y) => x != y,
        },
        _ => throw new InvalidOperationException("a number stands where a truth should"),
    };

    private Int128 Number(Expression e) => e switch
    {
        NumberLiteral n => n.Value,
        PayoffOf p => _payoffs.Find(known => known.Name == p.Name).Run.Paid,
        Observed or WindowAggregate or ScheduleAggregate => _leaves.Find(known => RangeAnalysis.Same(known.Leaf, e)).Run.Paid,
        Unary { Op: "-" } u => -Number(u.Operand),
        Unary u => Int128.Abs(Number(u.Operand)),
        Conditional c => Holds(c.Condition) ? Number(c.Then) : Number(c.Else),
        Binary b => (b.Op, Number(b.Left), Number(b.Right)) switch
        {
            ("+", var x, var y) => x + y,
            ("-", var x, var y) => x - y,
            ("*", var x, var y) => FixedPoint.Multiply(x, y),
            ("/", var x, var y) => FixedPoint.Divide(x, y),
            ("min", var x, var y) => Int128.Min(x, y),
            (_, var x, var y) => Int128.Max(x, y),
        },
        _ => throw new InvalidOperationException("a word of clauses stands in a claim"),
    };

    private List<string> Describe(IReadOnlyList<TrialPrice> path)
    {
        var lines = new List<string>();
        foreach (TrialPrice p in path)
        {
            lines.Add(
                $"{p.Index} at {DateTime.UnixEpoch.AddTicks(p.TimeMs * TimeSpan.TicksPerMillisecond):yyyy-MM-dd'T'HH:mm:ss.FFF'Z'}: "
                + $"{FixedPoint.Format(p.Price)}");
        }
        foreach ((string name, TrialRun run) in _payoffs)
        {
            lines.Add($"payoff({name}): {FixedPoint.Format(run.Paid)}{(run.WasTaken ? ", taken by its holder" : "")}");
        }
        foreach ((Expression leaf, TrialRun run) in _leaves)
        {
            lines.Add($"the value at {leaf.Line}:{leaf.Column} of '{_claim.Text}': {FixedPoint.Format(run.Paid)}");
        }
        return lines;
    }
}
