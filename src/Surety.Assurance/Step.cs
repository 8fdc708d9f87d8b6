using System;
using System.Collections.Generic;
using Surety.Core.Numerics;

namespace Surety.Assurance;

/// <summary>What happens in a step of a simulation.</summary>
public enum StepKind
{
    /// <summary>A client places an order: client, market, ticks from the mark, lots and how.</summary>
    Place,

    /// <summary>A client cancels one of its orders.</summary>
    Cancel,

    /// <summary>The operator credits a client.</summary>
    Credit,

    /// <summary>A client withdraws, or pays another.</summary>
    PayOut,

    /// <summary>A client changes a position's margin mode, or an isolated position's margin.</summary>
    Isolate,

    /// <summary>Honest sources report, the price a few parts in a thousand from the last.</summary>
    Report,

    /// <summary>The lying source reports any price.</summary>
    Lie,

    /// <summary>Time passes.</summary>
    Wait,

    /// <summary>The wall clock jumps.</summary>
    ClockJump,

    /// <summary>Messages on their way arrive, in any order.</summary>
    Deliver,

    /// <summary>A message that was sent before is sent again.</summary>
    Repeat,

    /// <summary>A message is lost.</summary>
    Lose,

    /// <summary>A client sends the same request again and again.</summary>
    Flood,

    /// <summary>The sequencer makes a round.</summary>
    Round,

    /// <summary>The disk writes what waits, and what is durable is told.</summary>
    Write,

    /// <summary>A snapshot is taken.</summary>
    Snapshot,

    /// <summary>The newest snapshots are lost.</summary>
    LoseSnapshots,

    /// <summary>The machine crashes now, or in one of the next operations of its disk, and starts again.</summary>
    Crash,

    /// <summary>The disk is full; the next time it has room again.</summary>
    Full,

    /// <summary>A flush fails.</summary>
    FlushFails,

    /// <summary>The node ends as it should, and a bit rots while the machine is off.</summary>
    Rot,
}

/// <summary>One step, with all that decides it: a run without some of its steps means the same by the others.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="A">Whom or what it concerns, taken modulo how many there are.</param>
/// <param name="B">How much.</param>
/// <param name="C">More of it.</param>
public readonly record struct Step(StepKind Kind, uint A, long B, long C)
{
    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Place, 300), (StepKind.Cancel, 50), (StepKind.Credit, 15), (StepKind.PayOut, 25), (StepKind.Isolate, 10),
        (StepKind.Report, 120), (StepKind.Lie, 20), (StepKind.Wait, 60), (StepKind.ClockJump, 4), (StepKind.Deliver, 160),
        (StepKind.Repeat, 15), (StepKind.Lose, 10), (StepKind.Flood, 2), (StepKind.Round, 140), (StepKind.Write, 110),
        (StepKind.Snapshot, 8), (StepKind.LoseSnapshots, 2), (StepKind.Crash, 7), (StepKind.Full, 3), (StepKind.FlushFails, 2),
        (StepKind.Rot, 2),
    ];

    /// <summary>The steps of a seed: the first so many of more are the same.</summary>
    public static List<Step> Of(ulong seed, int count)
    {
        int all = 0;
        foreach ((_, int weight) in Weights)
        {
            all += weight;
        }
        var random = new SplitMix(seed);
        var steps = new List<Step>(count);
        for (int i = 0; i < count; i++)
        {
            long draw = random.Below(all);
            int at = 0;
            while (draw >= Weights[at].Weight)
            {
                draw -= Weights[at++].Weight;
            }
            steps.Add(
                new Step(Weights[at].Kind, (uint)random.Below(uint.MaxValue), random.Below(long.MaxValue), random.Below(long.MaxValue)));
        }
        return steps;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Kind} {A} {B} {C}");
}
