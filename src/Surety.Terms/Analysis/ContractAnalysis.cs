using System;
using System.Collections.Generic;

namespace Surety.Terms.Analysis;

/// <summary>What a venue can price and margin by formula; everything else is margined by what it can ever pay.</summary>
public enum ContractShape
{
    /// <summary>None of the others.</summary>
    Other = 0,

    /// <summary>Pays the index, or its mean.</summary>
    Future = 1,

    /// <summary>Pays what the index, or its mean, is above the strike.</summary>
    Call = 2,

    /// <summary>Pays what the index, or its mean, is below the strike.</summary>
    Put = 3,
}

/// <summary>A barrier that ends a contract, when it is a plain one.</summary>
/// <param name="Level">Fixed point.</param>
/// <param name="IsUp">Crossed from below.</param>
/// <param name="Rebate">What is paid at the crossing, fixed point.</param>
public sealed record BarrierTerms(Int128 Level, bool IsUp, Int128 Rebate);

/// <summary>An index that a contract needs.</summary>
/// <param name="Index">Its name.</param>
/// <param name="FromMs">From when on, milliseconds since 1970; 0 for from the listing on.</param>
/// <param name="ToMs">Until when.</param>
public sealed record IndexNeed(string Index, long FromMs, long ToMs);

/// <summary>What static analysis says of a contract that may be listed.</summary>
/// <param name="ShortPaysMost">
/// The most that the short side can ever have paid for one contract, net, at any moment of any path: settlement units, fixed point, not
/// below 0.
/// </param>
/// <param name="LongPaysMost">The most that the long side can ever have paid, likewise.</param>
/// <param name="Operations">The highest cost of one evaluation, operations.</param>
/// <param name="Events">The most moments at which it can pay.</param>
/// <param name="Needs">Which indices, from when until when.</param>
/// <param name="Jumps">Where its value jumps as a price moves a little, as "line:column: why"; empty when it can be hedged
/// continuously.</param>
/// <param name="Shape">What it is, if it is plain.</param>
/// <param name="Strike">The strike of a call or put, fixed point.</param>
/// <param name="WindowMs">Length of the mean that it settles on; 0 for the index at expiry.</param>
/// <param name="Barrier">The barrier that ends it, or null.</param>
/// <param name="IsAmerican">Whether the holder may take its intrinsic value before expiry.</param>
/// <param name="Pays">By clause, in the order of the text: the least and the most of one payment, fixed point.</param>
/// <param name="Ending">The least and the most of the payment that ends the contract, whichever clause makes it, fixed point.</param>
public sealed record ContractAnalysis(
    Int128 ShortPaysMost, Int128 LongPaysMost, int Operations, long Events, IReadOnlyList<IndexNeed> Needs, IReadOnlyList<string> Jumps,
    ContractShape Shape, Int128 Strike, long WindowMs, BarrierTerms? Barrier, bool IsAmerican,
    IReadOnlyList<Interval> Pays, Interval Ending);
