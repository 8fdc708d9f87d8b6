using System;
using System.Collections.Generic;
using Surety.Core.Hashing;
using Surety.Engine.Pipeline;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;

namespace Surety.Engine.Blocks;

/// <summary>
/// The engine with its blocks: every command is numbered, logged and applied; after so many commands, or so much of the
/// commands' own time, the block is sealed with the roots of its commands, its events and the state.
/// </summary>
public sealed class Ledger
{
    private readonly SuretyEngine _engine;
    private long _blockStartNs;
    private ulong _blockFirst;
    private bool _clearBeforeNext;
    private Hash256 _secret;
    private Hash256 _labels;

    /// <summary>A new venue of a simulation: anyone can compute its secrets.</summary>
    public Ledger(in Genesis genesis)
        : this(new SuretyEngine(genesis), default)
    {
    }

    /// <summary>A new venue, with the secret of its state.</summary>
    public Ledger(GenesisRecord genesisRecord)
        : this(new SuretyEngine(genesisRecord), default)
    {
    }

    /// <summary>A venue that goes on after a sealed block; <paramref name="last"/> is its header, or default at genesis.</summary>
    public Ledger(SuretyEngine engine, BlockHeader last)
    {
        _engine = engine;
        Last = last;
        LastSequence = last.Height == 0 ? 0 : last.FirstSequence + last.CommandCount - 1;
        Commands = new PagedLog(PagedLog.CommandContext, initialPages: 1024);
    }

    /// <summary>The engine.</summary>
    public SuretyEngine Engine => _engine;

    /// <summary>The commands of the block being made, or, right after sealing, of the block just sealed.</summary>
    public PagedLog Commands { get; }

    /// <summary>The last sealed block's header; height 0 before the first.</summary>
    public BlockHeader Last { get; private set; }

    /// <summary>The last command's number.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Commands applied since the last block.</summary>
    public int Pending { get; private set; }

    /// <summary>Commands that are passed over, by number: they are known to stop the engine. Null for none.</summary>
    public IReadOnlyDictionary<ulong, Exclusion>? Exclusions { get; set; }

    /// <summary>
    /// Whether each block's secret is given, as <see cref="NextSecret"/>: so it is where people's commands are to stay their own. Else
    /// it is <see cref="RecordSalts.SimulatedSecret"/>, which hides nothing.
    /// </summary>
    public bool SecretsAreGiven { get; set; }

    /// <summary>The secret of the block that the next command begins; must be set before that command where secrets are given.</summary>
    public Hash256? NextSecret { get; set; }

    /// <summary>
    /// The label that goes with the next command, UTF-8; null for none. Execution does not see it, the block's header covers it.
    /// </summary>
    public byte[]? NextLabel { get; set; }

    /// <summary>The secret of the block being made, or, right after sealing, of the block just sealed.</summary>
    public Hash256 Secret => _secret;

    /// <summary>Where the current command's events begin in <see cref="SuretyEngine.Events"/>.</summary>
    public int EventsFrom { get; private set; }

    /// <summary>
    /// Applies the next record, which must be well-formed, carry the next number and not go back in time; then seals the
    /// block if it is full. Until the next call, the logs still hold a block just sealed.
    /// </summary>
    /// <returns>Whether it was refused, and whether it sealed a block.</returns>
    /// <exception cref="ArgumentException">The record could not be sequenced: the caller's mistake, nothing was changed.</exception>
    public (RefusalCode Code, bool Sealed) Apply(ReadOnlySpan<byte> record)
    {
        if (CheckStamp(record) is { } error)
        {
            throw new ArgumentException(error, nameof(record));
        }
        if (_clearBeforeNext)
        {
            Commands.Clear();
            _engine.Events.Log.Clear();
            _clearBeforeNext = false;
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (Pending == 0)
        {
            BeginBlock();
            _engine.State.NoteBlock(Last.Height == 0 ? Hash256.Zero : Last.Hash());
            _blockFirst = header.Sequence;
            _blockStartNs = header.TimeNs;
        }
        if (NextLabel is { } label)
        {
            _labels = RecordSalts.AddLabel(_secret, _labels, header.Sequence, label);
            NextLabel = null;
        }
        EventsFrom = _engine.Events.Log.Length;
        // Without the signature: the block is what was asked for, and the same whichever valid signature asked for it.
        Commands.Append(record[..header.Length]);
        RefusalCode code = Exclusions is not null && Exclusions.TryGetValue(header.Sequence, out Exclusion exclusion)
            ? _engine.Exclude(record, in exclusion) : _engine.Apply(record);
        LastSequence = header.Sequence;
        Pending++;
        Commands.HashAhead();
        _engine.Events.Log.HashAhead();
        ref readonly Genesis genesis = ref GenesisRef;
        // The record that excludes a command stands right behind it, in the same block.
        bool full = code != RefusalCode.Excluded
            && (Pending >= genesis.BlockCommands || header.TimeNs - _blockStartNs >= genesis.BlockMs * 1_000_000L);
        if (full)
        {
            Seal();
        }
        return (code, full);
    }

    /// <summary>Why a record cannot be sequenced next, or null.</summary>
    public string? CheckStamp(ReadOnlySpan<byte> record)
    {
        if (!CommandCodec.IsWellFormed(record))
        {
            return "The record does not have the form of a command.";
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        return header.Sequence != LastSequence + 1 ? $"The record is number {header.Sequence}; {LastSequence + 1} comes next."
            : Pending == 0 && SecretsAreGiven && NextSecret is null ? $"Block {Last.Height + 1} has no secret before its first command."
            : header.TimeNs < _engine.State.TimeNs ? $"The record's time {header.TimeNs} is before the venue's, {_engine.State.TimeNs}."
            : null;
    }

    /// <summary>Seals the block now, if it has any command.</summary>
    /// <returns>Whether there was one.</returns>
    public bool SealNow()
    {
        if (Pending == 0)
        {
            return false;
        }
        Seal();
        return true;
    }

    private ref readonly Genesis GenesisRef => ref _engine.State.GenesisRef;

    private void BeginBlock()
    {
        _secret = NextSecret ?? RecordSalts.SimulatedSecret(_engine.State.GenesisHash, Last.Height + 1);
        NextSecret = null;
        _labels = default;
        Commands.Begin(_secret);
        _engine.Events.Log.Begin(_secret);
    }

    private void Seal()
    {
        var header = new BlockHeader
        {
            Magic = BlockHeader.ExpectedMagic,
            Height = Last.Height + 1,
            FirstSequence = _blockFirst,
            CommandCount = (ulong)Pending,
            TimeNs = _engine.State.TimeNs,
            CommandBytes = (uint)Commands.Length,
            EventBytes = (uint)_engine.Events.Log.Length,
            EventCount = (ulong)_engine.Events.Log.Count,
            Labels = _labels,
            Venue = _engine.State.GenesisHash,
            Previous = Last.Height == 0 ? Hash256.Zero : Last.Hash(),
            CommandsRoot = Commands.Seal(),
            EventsRoot = _engine.Events.Log.Seal(),
            StateRoot = _engine.State.UpdateRoot(),
        };
        Last = header;
        Pending = 0;
        _clearBeforeNext = true;
    }
}
