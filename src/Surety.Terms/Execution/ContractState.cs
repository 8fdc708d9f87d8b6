using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Surety.Terms.Execution;

/// <summary>An aggregate so far.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct AggregateState
{
    /// <summary>Sum of value · milliseconds (mean over a window), sum of values (over a schedule), or the extreme, first or last.</summary>
    public Int128 Value;

    /// <summary>Milliseconds or fixings counted.</summary>
    public long Weight;

    /// <summary>Since when an extreme over a window counts, milliseconds; otherwise 0.</summary>
    public long Reserved;
}

/// <summary>Eight aggregates.</summary>
[InlineArray(Syntax.Limits.Aggregates)]
public struct AggregateStates
{
    private AggregateState _first;
}

/// <summary>Prices by observation.</summary>
[InlineArray(Syntax.Limits.Observations)]
public struct ObservedPrices
{
    private Int128 _first;
}

/// <summary>Prices at the last fixing, by schedule and observation.</summary>
[InlineArray(Syntax.Limits.Schedules * Syntax.Limits.Observations)]
public struct FixedPrices
{
    private Int128 _first;
}

/// <summary>Fixings done, by schedule.</summary>
[InlineArray(Syntax.Limits.Schedules)]
public struct FixingCounts
{
    private int _first;
}

/// <summary>
/// What a running contract remembers: fixed in size, all of it in the venue's state. A fresh one is all zeros.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct ContractState
{
    /// <summary>The aggregates, in the program's order.</summary>
    public AggregateStates Aggregates;

    /// <summary>What each index stands at, fixed point.</summary>
    public ObservedPrices Prices;

    /// <summary>What it stood at when a schedule last fixed.</summary>
    public FixedPrices Fixed;

    /// <summary>Fixings done.</summary>
    public FixingCounts Fixings;

    /// <summary>Until when time has been counted, milliseconds since 1970.</summary>
    public long TimeMs;

    /// <summary>Bit by observation: whether it has a price.</summary>
    public int HasPrice;

    /// <summary>1 once it has ended.</summary>
    public int HasEnded;
}
