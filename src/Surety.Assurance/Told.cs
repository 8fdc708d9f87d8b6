using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;

namespace Surety.Assurance;

/// <summary>
/// All that anyone was told, which must stay true: what became of each command, the hash of each block, and that no request counts twice.
/// It follows the outbox, and compares with what a recovery executes again.
/// </summary>
internal sealed class Told : IOutboxReader
{
    private readonly Dictionary<ulong, (Hash256 Record, RefusalCode Code)> _commands = [];
    private readonly Dictionary<(uint Key, ulong Nonce), ulong> _accepted = [];
    private readonly Dictionary<ulong, Hash256> _blocks = [];
    private readonly Honesty _honesty;

    public Told(Honesty honesty) => _honesty = honesty;

    /// <summary>The first that did not stay true; null while all does.</summary>
    public string? Broken { get; private set; }

    /// <summary>The last command that anyone was told of.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>What became of that command.</summary>
    public RefusalCode LastCode { get; private set; }

    public long Trades { get; private set; }

    public long Liquidations { get; private set; }

    public long Commands => _commands.Count;

    public long Blocks => _blocks.Count;

    public void Executed(in ExecutedCommand command)
    {
        ulong sequence = command.Outcome.Sequence;
        if (sequence != LastSequence + 1)
        {
            Break($"command {sequence} was told of after {LastSequence}");
        }
        (LastSequence, LastCode) = (sequence, command.Outcome.Code);
        EventReader events = command.Read();
        while (events.MoveNext())
        {
            Trades += events.Kind == EventKind.Trade ? 1 : 0;
            Liquidations += events.Kind == EventKind.LiquidationStarted ? 1 : 0;
        }
        _commands[sequence] = (HashOf(command.Record), command.Outcome.Code);
        Count(command.Record, command.Outcome.Code, sequence);
        _honesty.Follow(command.Record, command.Outcome, command.Read());
        if (_honesty.Broken is { } broken)
        {
            Break(broken);
        }
    }

    public void Sealed(in BlockHeader header)
    {
        if (!_blocks.TryAdd(header.Height, header.Hash()) && _blocks[header.Height] != header.Hash())
        {
            Break($"block {header.Height} was told of twice, differently");
        }
    }

    public void RoundEnded()
    {
    }

    /// <summary>A recovery executes a command again.</summary>
    public void Again(ReadOnlySpan<byte> record, RefusalCode code)
    {
        ulong sequence = CommandCodec.View<CommandHeader>(record).Sequence;
        if (_commands.TryGetValue(sequence, out (Hash256 Record, RefusalCode Code) told) && told != (HashOf(record), code))
        {
            Break($"command {sequence} was told of with {told.Code}, and comes to {code} after a restart, or is another");
        }
        Count(record, code, sequence);
        _honesty.Said(record, code, CommandCodec.View<CommandHeader>(record).TimeNs);
    }

    /// <summary>A block of the journal after a restart.</summary>
    public void Again(in BlockHeader header)
    {
        if (_blocks.TryGetValue(header.Height, out Hash256 told) && told != header.Hash())
        {
            Break($"block {header.Height} is another after a restart");
        }
    }

    /// <summary>
    /// After a recovery: nothing that was told of is missing. What was not may be there all the same; it is told of no more.
    /// </summary>
    public void Recovered(ulong lastSequence, ulong height)
    {
        if (lastSequence < LastSequence)
        {
            Break($"commands up to {LastSequence} were acknowledged, after a restart there are {lastSequence}");
        }
        foreach (ulong block in _blocks.Keys)
        {
            if (block > height)
            {
                Break($"block {block} was told of, after a restart there are {height}");
            }
        }
        LastSequence = lastSequence;
    }

    // Without the stamp, which is the sequencer's.
    private static Hash256 HashOf(ReadOnlySpan<byte> record) => Hash256.Of(record[CommandHeader.StampSize..]);

    private void Count(ReadOnlySpan<byte> record, RefusalCode code, ulong sequence)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (code != RefusalCode.None || header.Kind == CommandKind.Tick)
        {
            return;
        }
        ref ulong first = ref CollectionsMarshal.GetValueRefOrAddDefault(_accepted, (header.Key, header.Nonce), out bool known);
        if (known && first != sequence)
        {
            Break($"request {header.Nonce} of key {header.Key} was accepted as command {first} and again as {sequence}");
        }
        first = sequence;
    }

    private void Break(string what) => Broken ??= what;
}
