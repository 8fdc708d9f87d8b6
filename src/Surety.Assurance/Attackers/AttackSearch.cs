using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;

namespace Surety.Assurance.Attackers;

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
