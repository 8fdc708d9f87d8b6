using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Proofs;

/// <summary>
/// Checks one signature over many commands: that a key has signed exactly these, in this order. Layout in docs/protocol.md.
/// </summary>
public static class CommandBatch
{
    /// <summary>
    /// What is wrong with a batch and the commands behind it; null where the key has signed them for the venue, all of them and no
    /// others.
    /// </summary>
    /// <param name="venue">SHA-256 of the venue's genesis record.</param>
    /// <param name="publicKey">The key that the batch names.</param>
    /// <param name="batch">The batch's record.</param>
    /// <param name="commands">The commands, each with its mark.</param>
    public static string? FindFlaw(
        Hash256 venue, in PublicKey publicKey, ReadOnlySpan<byte> batch, IReadOnlyList<ReadOnlyMemory<byte>> commands)
    {
        int frameBytes = Unsafe.SizeOf<BatchFrame>();
        BatchFrame frame = batch.Length < frameBytes ? default : MemoryMarshal.Read<BatchFrame>(batch);
        if (frame.Count is < 1 or > BatchFrame.MaxCommands || batch.Length != frameBytes + (frame.Count * Hash256.Size))
        {
            return "the record does not have the form of a signed batch";
        }
        ReadOnlySpan<byte> digests = batch[frameBytes..];
        var message = new byte[SignedMessage.PrefixBytes + digests.Length];
        SignedMessage.Write(SignedMessage.Batch, venue, digests, message);
        if (!Signatures.IsValid(in publicKey, message, in frame.Signature))
        {
            return $"the batch is not signed by key {frame.Key}";
        }
        if (commands.Count != frame.Count)
        {
            return $"the key has signed {frame.Count} commands, not {commands.Count}";
        }
        for (int i = 0; i < commands.Count; i++)
        {
            ReadOnlySpan<byte> record = commands[i].Span;
            CommandHeader header = record.Length < CommandHeader.Size ? default : MemoryMarshal.Read<CommandHeader>(record);
            if (header.Length < CommandHeader.Size || record.Length != header.Length + CommandHeader.BatchMarkSize)
            {
                return $"command {i} does not have the form of a command of a batch";
            }
            BatchMark mark = MemoryMarshal.Read<BatchMark>(record[header.Length..]);
            if (mark.Place != i || mark.Reserved != 0)
            {
                return $"command {i} does not stand at its place in the batch";
            }
            Hash256 signed = new(digests.Slice(i * Hash256.Size, Hash256.Size));
            if (header.Key != frame.Key || signed != Hash256.Of(record[CommandHeader.StampSize..header.Length]))
            {
                return $"command {i} is not the one that the key has signed";
            }
        }
        return null;
    }
}
