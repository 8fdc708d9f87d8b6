using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Protocol.Commands;

namespace Surety.Simulation;

/// <summary>
/// Everybody who sends commands to a simulated venue: writes the header (number, time, account, key, next nonce), signs where there is
/// a signer, and hands the record on.
/// </summary>
/// <param name="target">Where the commands go.</param>
/// <param name="keyOf">The first key of an account.</param>
public sealed class CommandSender(ICommandTarget target, Func<uint, uint> keyOf)
{
    private readonly Dictionary<uint, ulong> _nonces = [];
    private readonly byte[] _record = new byte[CommandCodec.MaxRecordBytes + CommandHeader.SignatureSize];

    /// <summary>The time of the next command, nanoseconds since 1970.</summary>
    public long TimeNs { get; set; }

    /// <summary>Signs the commands; null where the venue asks for no signatures.</summary>
    public SignCommand? Signer { get; init; }

    /// <summary>Where the commands go.</summary>
    public ICommandTarget Target => target;

    /// <summary>The number that says more about the last refusal.</summary>
    public long LastDetail => target.LastDetail;

    /// <summary>The record that was sent last; overwritten by the next.</summary>
    public ReadOnlySpan<byte> Last => _record.AsSpan(0, _length);

    private int _length;

    /// <summary>Sends a command for an account with its first key, or another.</summary>
    public RefusalCode Send<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        uint number = key ?? keyOf(account);
        _length = Write(kind, ref command, account, number, _record);
        if (Signer is { } signer)
        {
            _length = signer(number, _record, _length);
        }
        return target.Apply(Last);
    }

    /// <summary>Sends a command that must be accepted.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public void Must<T>(CommandKind kind, T command, uint account = 0, uint? key = null)
        where T : unmanaged
    {
        RefusalCode code = Send(kind, command, account, key);
        if (code != RefusalCode.None)
        {
            throw new InvalidOperationException($"{kind} of account {account}: {Refusals.Describe(code, LastDetail)}");
        }
    }

    /// <summary>Lets time pass up to <see cref="TimeNs"/>.</summary>
    public RefusalCode Tick()
    {
        var tick = new CommandHeader { Sequence = target.LastSequence + 1, TimeNs = TimeNs };
        _length = CommandCodec.Write(CommandKind.Tick, ref tick, _record);
        return target.Apply(Last);
    }

    /// <summary>Writes a command with its header, without sending it; returns its bytes.</summary>
    public int Write<T>(CommandKind kind, ref T command, uint account, uint key, Span<byte> record)
        where T : unmanaged
    {
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        header.Sequence = target.LastSequence + 1;
        header.TimeNs = TimeNs;
        header.Account = account;
        header.Key = key;
        header.Nonce = NextNonce(key);
        // Of a mass quote only the entries in use are written.
        return kind == CommandKind.MassQuote
            ? CommandCodec.WriteMassQuote(ref Unsafe.As<T, MassQuote>(ref command), record)
            : CommandCodec.Write(kind, ref command, record);
    }

    /// <summary>The next nonce of a key.</summary>
    public ulong NextNonce(uint key) => ++CollectionsMarshal.GetValueRefOrAddDefault(_nonces, key, out _);
}
