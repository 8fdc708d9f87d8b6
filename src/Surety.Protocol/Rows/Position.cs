using System;
using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>How a position is margined.</summary>
[Flags]
public enum PositionFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The position has collateral of its own and shares nothing with the account.</summary>
    Isolated = 1,

    /// <summary>Market-maker protection is set: the row stays.</summary>
    Protected = 2,
}

/// <summary>An account's standing in one market. An account has a fixed number of such rows, side by side.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Position
{
    /// <summary>Positive long, negative short.</summary>
    public long Lots;

    /// <summary>What was paid for the lots held, signed: value at mark less this is the unrealised profit.</summary>
    public long EntryCostAtoms;

    /// <summary>The market's cumulative funding when the position last settled it.</summary>
    public long FundingIndex;

    /// <summary>Collateral in the settlement asset, of an isolated position.</summary>
    public long IsolatedAtoms;

    /// <summary>The resting bid of the account's quote, 0 for none.</summary>
    public ulong QuoteBid;

    /// <summary>The resting ask of the account's quote, 0 for none.</summary>
    public ulong QuoteAsk;

    /// <summary>Market number plus one; 0 for a free row.</summary>
    public ushort MarketPlusOne;

    /// <summary>How it is margined.</summary>
    public PositionFlags Flags;

    /// <summary>The leverage of when its owner last acted, and the lower one that waits: LeverageBand says how they are packed.</summary>
    public uint Leverage;

    /// <summary>What carries the exercise out is observed after this second since 1970; 0 while none waits.</summary>
    public uint ExerciseAfterS;

    /// <summary>Long lots whose exercise waits for a price; at most those held.</summary>
    public uint ExerciseLots;

    /// <summary>Whether it has collateral of its own.</summary>
    public readonly bool IsIsolated => (Flags & PositionFlags.Isolated) != 0;

    /// <inheritdoc cref="MarketPlusOne"/>
    public OptionalId Market { readonly get => OptionalId.OfPlusOne(MarketPlusOne); set => MarketPlusOne = value.PlusOne16(); }
}

/// <summary>Market-maker protection of one account in one market; beside its position's row.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct QuoteProtection
{
    /// <summary>Length of the window that the limits apply to, nanoseconds; 0 when protection is off.</summary>
    public long WindowNs;

    /// <summary>The most lots of quotes that may fill in a window.</summary>
    public long LotsLimit;

    /// <summary>The most that bought lots less sold lots may differ from zero in a window.</summary>
    public long DeltaLimit;

    /// <summary>How long quotes are refused after the protection acted, nanoseconds.</summary>
    public long FreezeNs;

    /// <summary>When the window began.</summary>
    public long WindowStartNs;
    /// <summary>Lots filled in the window.</summary>
    public long FilledLots;
    /// <summary>Net lots filled in the window.</summary>
    public long NetLots;
    /// <summary>Until when no quote is taken.</summary>
    public long FrozenUntilNs;
}

/// <summary>A client order id and the order it named.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct ClientOrder
{
    /// <summary>The client's own number.</summary>
    public ulong ClientOrderId;
    /// <summary>The order that it names.</summary>
    public ulong OrderId;
}
