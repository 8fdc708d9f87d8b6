using System;
using System.Collections.Generic;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Assurance;

/// <summary>Whether an index stays within what honest sources said lately, whatever the lying one says.</summary>
internal sealed class Honesty(uint firstHonest, uint lastHonest, long maxAgeNs)
{
    private readonly List<(long TimeNs, long Price)> _said = [];

    public string? Broken { get; private set; }

    /// <summary>A command was carried out; a report of an honest source counts.</summary>
    public void Said(ReadOnlySpan<byte> record, RefusalCode code, long timeNs)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (header.Kind == CommandKind.ReportPrice && code == RefusalCode.None && header.Key >= firstHonest && header.Key <= lastHonest)
        {
            _said.RemoveAll(s => timeNs - s.TimeNs > 2 * maxAgeNs);
            _said.Add((timeNs, CommandCodec.View<ReportPrice>(record).Price));
        }
    }

    /// <summary>Compares what an index came to with what was said.</summary>
    public void Follow(ReadOnlySpan<byte> record, Outcome outcome, EventReader events)
    {
        Said(record, outcome.Code, outcome.TimeNs);
        while (events.MoveNext())
        {
            if (events.Kind != EventKind.IndexChanged || _said.Count == 0)
            {
                continue;
            }
            long price = events.As<IndexChanged>().Price;
            (long least, long most) = (long.MaxValue, long.MinValue);
            foreach ((_, long said) in _said)
            {
                (least, most) = (Math.Min(least, said), Math.Max(most, said));
            }
            if (price < least || price > most)
            {
                Broken ??= $"the index is at {price}, honest sources said {least} to {most}";
            }
        }
    }
}
