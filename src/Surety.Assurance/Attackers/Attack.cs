using System;
using System.Collections.Generic;

namespace Surety.Assurance.Attackers;

/// <summary>What an attacker is after; each is a number that should be as small as it can be.</summary>
public enum AttackGoal
{
    /// <summary>What the attacker's accounts are worth at the end, with what they withdrew, less what they had: dollars.</summary>
    Profit,

    /// <summary>Liquidations of accounts that nothing but the attack brings below maintenance.</summary>
    Liquidations,

    /// <summary>What the insurance fund has lost: dollars.</summary>
    FundLoss,

    /// <summary>Rounds in which a market took no ordinary order, or the venue stopped.</summary>
    Halts,

    /// <summary>Commands for others' accounts that were accepted.</summary>
    OthersAccounts,
}

/// <summary>What an attacker does.</summary>
public enum AttackMove
{
    /// <summary>Places a limit order, near or far.</summary>
    Order,

    /// <summary>Takes what the book has, up to the market's bound.</summary>
    Take,

    /// <summary>Takes one side of the book, and quotes both sides far from the index with two accounts.</summary>
    Push,

    /// <summary>Cancels everything.</summary>
    CancelAll,

    /// <summary>Places a stop.</summary>
    Stop,

    /// <summary>Moves money to another of the attacker's accounts.</summary>
    Transfer,

    /// <summary>Withdraws.</summary>
    Withdraw,

    /// <summary>Makes a position isolated, or cross again, or moves its margin.</summary>
    Isolate,

    /// <summary>Bids for what liquidations give up.</summary>
    Bid,

    /// <summary>Reports a price with the one source of four that the attacker has.</summary>
    Lie,

    /// <summary>Sends a command for another's account with the attacker's key.</summary>
    Forge,

    /// <summary>Waits.</summary>
    Wait,
}

/// <summary>One move, in a round, by one of the attacker's accounts.</summary>
/// <param name="Round">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Account">With which of the attacker's accounts.</param>
/// <param name="A">How, from 0 up to, not including, 1,000,000.</param>
/// <param name="B">How much, from 0 up to, not including, 1,000,000.</param>
public readonly record struct Attack(int Round, AttackMove Kind, int Account, long A, long B)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"round {Round}, account {Account}: {Kind} {A} {B}");
}

/// <summary>The best that a search found for a goal.</summary>
/// <param name="Goal">The goal.</param>
/// <param name="Best">The figure.</param>
/// <param name="Nearness">
/// What the search follows where figures are equal: atoms of profit; the least that a victim had beyond maintenance, negative; atoms that
/// the fund lost; the most ticks between mark and index.
/// </param>
/// <param name="Tries">Plans tried.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Broken">An invariant that a plan broke, or what stopped the venue; null for none.</param>
public sealed record AttackResult(AttackGoal Goal, long Best, long Nearness, int Tries, IReadOnlyList<Attack> Plan, string? Broken);
