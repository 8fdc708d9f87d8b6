using System;
using Surety.Terms.Syntax;

namespace Surety.Terms.Analysis;

/// <summary>Recognises futures, calls and puts, with or without a barrier or early exercise.</summary>
internal sealed record PlainForm(ContractShape Shape, Int128 Strike, long WindowMs, BarrierTerms? Barrier, bool IsAmerican)
{
    private static readonly PlainForm None = new(ContractShape.Other, 0, 0, null, false);

    public static PlainForm Of(Contract contract, AtExpiry expiry)
    {
        if (contract.Observations.Count != 1 || !TryPayoff(expiry.Pay, out ContractShape shape, out Int128 strike, out long windowMs))
        {
            return None;
        }
        BarrierTerms? barrier = null;
        bool american = false;
        foreach (Clause clause in contract.Clauses)
        {
            switch (clause)
            {
                case AtExpiry:
                    break;
                case HolderMayTake may
                    when shape != ContractShape.Future
                        && TryPayoff(may.Pay, out ContractShape early, out Int128 earlyStrike, out long earlyWindow)
                    && early == shape && earlyStrike == strike && earlyWindow == 0:
                    american = true;
                    break;
                // Margin by formula knows of no future that a barrier ends, nor of a rebate beyond the strike.
                case When { Schedule: < 0, FromMs: 0 } watch when barrier is null && shape != ContractShape.Future
                    && watch.Pay is NumberLiteral rebate && rebate.Value <= strike
                        && TryBarrier(watch.Condition, out Int128 level, out bool isUp):
                    barrier = new BarrierTerms(level, isUp, rebate.Value);
                    break;
                default:
                    return None;
            }
        }
        // Early exercise of a barrier option has no formula here.
        return american && barrier is not null ? None : new PlainForm(shape, strike, windowMs, barrier, american);
    }

    private static bool TryPayoff(Expression pay, out ContractShape shape, out Int128 strike, out long windowMs)
    {
        (shape, strike, windowMs) = (ContractShape.Other, 0, 0);
        Expression? gain = pay switch
        {
            Binary { Op: "max", Right: NumberLiteral { Value: var zero } } b when zero == 0 => b.Left,
            Binary { Op: "max", Left: NumberLiteral { Value: var zero } } b when zero == 0 => b.Right,
            Conditional { Else: NumberLiteral { Value: var zero } } c when zero == 0 && PaysWherePositive(c) => c.Then,
            _ => null,
        };
        if (AffineForm.Of(gain ?? pay) is not { Terms: [var (leaf, factor)] } form || !IsPrice(leaf, out windowMs))
        {
            return false;
        }
        if (gain is null)
        {
            shape = ContractShape.Future;
            return factor == FixedPoint.One && form.Constant == 0;
        }
        shape = factor > 0 ? ContractShape.Call : ContractShape.Put;
        strike = factor > 0 ? -form.Constant : form.Constant;
        return Int128.Abs(factor) == FixedPoint.One && strike > 0;
    }

    // if S > K then S - K else 0.
    private static bool PaysWherePositive(Conditional c) =>
        c.Condition is Binary { Op: "<" or "<=" or ">" or ">=" } comparison
        && AffineForm.Of(comparison.Left)?.Plus(AffineForm.Of(comparison.Right), -FixedPoint.One) is { Terms: [var (_, side)] } boundary
        && AffineForm.Of(c.Then) is { Terms: [var (_, factor)] } gain
        && gain.VanishesWith(boundary) && (factor > 0) == ((side > 0) == (comparison.Op[0] == '>'));

    private static bool IsPrice(Expression leaf, out long windowMs)
    {
        windowMs = leaf is WindowAggregate { Kind: Aggregate.Mean } w ? w.WindowMs : 0;
        return leaf is Observed or WindowAggregate { Kind: Aggregate.Mean };
    }

    private static bool TryBarrier(Expression condition, out Int128 level, out bool isUp)
    {
        (level, isUp) = (0, false);
        if (condition is not Binary { Op: "<" or "<=" or ">" or ">=" } c)
        {
            return false;
        }
        if (c.Left is Observed && c.Right is NumberLiteral right)
        {
            (level, isUp) = (right.Value, c.Op[0] == '>');
            return true;
        }
        if (c.Right is Observed && c.Left is NumberLiteral left)
        {
            (level, isUp) = (left.Value, c.Op[0] == '<');
            return true;
        }
        return false;
    }
}
