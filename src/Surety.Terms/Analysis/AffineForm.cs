using System;
using System.Collections.Generic;
using System.Numerics;
using Surety.Terms.Syntax;

namespace Surety.Terms.Analysis;

/// <summary>A constant plus multiples of leaves, for what is one.</summary>
internal sealed class AffineForm
{
    private AffineForm(Int128 constant) => Constant = constant;

    public Int128 Constant { get; private set; }

    public List<(Expression Leaf, Int128 Factor)> Terms { get; } = [];

    /// <summary>The form of an expression, or null where it is not affine.</summary>
    public static AffineForm? Of(Expression e)
    {
        switch (e)
        {
            case NumberLiteral n:
                return new AffineForm(n.Value);
            case Observed or WindowAggregate or ScheduleAggregate or Previous:
                var leaf = new AffineForm(0);
                leaf.Terms.Add((e, FixedPoint.One));
                return leaf;
            case Unary { Op: "-" } u:
                return Of(u.Operand)?.Scale(-FixedPoint.One);
            case Binary { Op: "+" } b:
                return Of(b.Left)?.Plus(Of(b.Right), FixedPoint.One);
            case Binary { Op: "-" } b:
                return Of(b.Left)?.Plus(Of(b.Right), -FixedPoint.One);
            case Binary { Op: "*" } b:
                return b.Left is NumberLiteral l
                    ? Of(b.Right)?.Scale(l.Value)
                    : b.Right is NumberLiteral r
                    ? Of(b.Left)?.Scale(r.Value)
                    : null;
            default:
                return null;
        }
    }

    /// <summary>Whether this is some multiple of another, zero included: it vanishes where the other does.</summary>
    public bool VanishesWith(AffineForm other)
    {
        if (Terms.Count == 0 && Constant == 0)
        {
            return true;
        }
        if (Terms.Count != other.Terms.Count || other.Terms.Count == 0)
        {
            return false;
        }
        // Cross-multiplied, so that no quotient is rounded.
        (Expression lead, Int128 own) = Terms[0];
        Int128 theirs = other.FactorOf(lead);
        foreach ((Expression leaf, Int128 factor) in Terms)
        {
            if (!Equal(factor, theirs, other.FactorOf(leaf), own))
            {
                return false;
            }
        }
        return theirs != 0 && Equal(Constant, theirs, other.Constant, own);
    }

    public AffineForm? Plus(AffineForm? other, Int128 factor)
    {
        if (other is null)
        {
            return null;
        }
        var sum = new AffineForm(Constant + FixedPoint.Multiply(other.Constant, factor));
        sum.Terms.AddRange(Terms);
        foreach ((Expression leaf, Int128 theirs) in other.Terms)
        {
            int at = sum.Terms.FindIndex(t => RangeAnalysis.Same(t.Leaf, leaf));
            Int128 total = FixedPoint.Multiply(theirs, factor) + (at < 0 ? 0 : sum.Terms[at].Factor);
            if (at >= 0)
            {
                sum.Terms.RemoveAt(at);
            }
            if (total != 0)
            {
                sum.Terms.Add((leaf, total));
            }
        }
        return sum;
    }

    private AffineForm? Scale(Int128 factor) => new AffineForm(0).Plus(this, factor);

    private Int128 FactorOf(Expression leaf)
    {
        foreach ((Expression own, Int128 factor) in Terms)
        {
            if (RangeAnalysis.Same(own, leaf))
            {
                return factor;
            }
        }
        return 0;
    }

    private static bool Equal(Int128 a, Int128 b, Int128 c, Int128 d) => (BigInteger)a * b == (BigInteger)c * d;
}
