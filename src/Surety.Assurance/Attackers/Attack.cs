using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;

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

/// <summary>
/// Searches plans by which an attacker with money, several accounts under several names and one source of four comes nearest to a goal: a
/// crowd of random plans first, then the best of them changed move by move. The same seed gives the same search.
/// </summary>
public static class AttackSearch
{
    private const int MostMoves = 28;
    private const int Kept = 8;

    /// <summary>Searches for one goal.</summary>
    /// <param name="goal">The goal.</param>
    /// <param name="seed">Decides the search.</param>
    /// <param name="tries">Plans to try.</param>
    /// <param name="progress">Told now and then how many were tried.</param>
    /// <param name="isWeak">Whether the venue is one that attacks must succeed against.</param>
    public static AttackResult For(AttackGoal goal, ulong seed, int tries, Action<int>? progress = null, bool isWeak = false)
    {
        var random = new SplitMix(seed + ((ulong)goal * 7_919));
        var best = new List<(long Figure, long Nearness, List<Attack> Plan)>();
        string? broken = null;
        for (int i = 0; i < tries; i++)
        {
            bool isFresh = i < tries / 4 || best.Count == 0;
            List<Attack> plan = isFresh ? Fresh(ref random) : Changed(ref random, best[(int)random.Below(best.Count)].Plan);
            (long figure, long nearness, string? found) = AttackedVenue.Play(goal, plan, isWeak);
            broken ??= found;
            if (best.Count < Kept || (figure, nearness).CompareTo((best[^1].Figure, best[^1].Nearness)) > 0)
            {
                best.Add((figure, nearness, plan));
                best = [.. best.OrderByDescending(b => b.Figure).ThenByDescending(b => b.Nearness).Take(Kept)];
            }
            if (i % 64 == 0)
            {
                progress?.Invoke(i);
            }
        }
        return new AttackResult(goal, best[0].Figure, best[0].Nearness, tries, best[0].Plan, broken);
    }

    private static List<Attack> Fresh(ref SplitMix random)
    {
        var plan = new List<Attack>();
        int count = 2 + (int)random.Below(MostMoves - 2);
        for (int i = 0; i < count; i++)
        {
            plan.Add(Move(ref random));
        }
        return Sorted(plan);
    }

    private static List<Attack> Changed(ref SplitMix random, List<Attack> plan)
    {
        List<Attack> changed = [.. plan];
        for (long edits = 1 + random.Below(4); edits > 0; edits--)
        {
            int at = changed.Count == 0 ? 0 : (int)random.Below(changed.Count);
            switch (random.Below(4))
            {
                case 0 when changed.Count < MostMoves:
                    changed.Add(Move(ref random));
                    break;
                case 1 when changed.Count > 1:
                    changed.RemoveAt(at);
                    break;
                case 2 when changed.Count > 0:
                    // The same move, later or earlier, more or less.
                    Attack old = changed[at];
                    changed[at] = old with
                    {
                        Round = Math.Clamp(old.Round + (int)random.Below(7) - 3, 0, AttackedVenue.Rounds - 1),
                        B = Math.Clamp(old.B + random.Below(200_001) - 100_000, 0, 999_999),
                    };
                    break;
                default:
                    Attack move = Move(ref random);
                    if (changed.Count > 0)
                    {
                        changed[at] = move;
                    }
                    break;
            }
        }
        return Sorted(changed);
    }

    private static Attack Move(ref SplitMix random) => new(
        (int)random.Below(AttackedVenue.Rounds), (AttackMove)random.Below((long)AttackMove.Wait + 1),
        (int)random.Below(AttackedVenue.AttackerAccounts), random.Below(1_000_000), random.Below(1_000_000));

    private static List<Attack> Sorted(List<Attack> plan) => [.. plan.OrderBy(m => m.Round)];
}
