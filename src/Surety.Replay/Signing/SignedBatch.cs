using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;

namespace Surety.Replay.Signing;

/// <summary>
/// One ECDSA P-256 signature for up to 64 commands of one key: what is signed is "surety batch\0\0\0\1" ‖ venue ‖ SHA-256 of each
/// command from its kind to the end of its body. In the journal the record stands before its commands, so that every prefix of the
/// journal can be checked. It is a <see cref="BatchFrame"/>, then a digest for each command.
/// </summary>
public static class SignedBatch
{
    /// <summary>The most commands of a batch.</summary>
    public const int MaxCommands = BatchFrame.MaxCommands;

    /// <summary>Bytes before the digests.</summary>
    public static int FixedSize => Unsafe.SizeOf<BatchFrame>();

    internal const int MaxMessageBytes = SignedMessage.PrefixBytes + (MaxCommands * Hash256.Size);

    /// <summary>Bytes of the record for so many commands.</summary>
    public static int SizeOf(int commands) => FixedSize + (commands * Hash256.Size);

    /// <summary>
    /// Writes key, count and the digests of commands that stand one behind another, unsigned; returns how many there are, 0 when they do
    /// not have the form of commands of that key.
    /// </summary>
    public static int Write(uint key, ReadOnlySpan<byte> commands, Span<byte> record)
    {
        int count = 0;
        while (commands.Length >= CommandHeader.Size && count < MaxCommands)
        {
            ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(commands);
            if (header.Length > commands.Length || header.Key != key || !CommandCodec.IsWellFormed(commands[..header.Length]))
            {
                return 0;
            }
            Hash256.Of(CommandCodec.SignedPart(commands[..header.Length])).CopyTo(record[(FixedSize + (count * Hash256.Size))..]);
            commands = commands[header.Length..];
            count++;
        }
        ref BatchFrame frame = ref MemoryMarshal.AsRef<BatchFrame>(record);
        (frame.Key, frame.Count) = (key, count);
        return commands.IsEmpty ? count : 0;
    }

    /// <summary>Whether the bytes have the form of a batch record.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> record) =>
        record.Length >= SizeOf(1) && CountOf(record) is >= 1 and <= MaxCommands && record.Length == SizeOf(CountOf(record));

    /// <summary>The key that signed.</summary>
    public static uint KeyOf(ReadOnlySpan<byte> record) => MemoryMarshal.AsRef<BatchFrame>(record).Key;

    /// <summary>How many commands it covers.</summary>
    public static int CountOf(ReadOnlySpan<byte> record) => MemoryMarshal.AsRef<BatchFrame>(record).Count;

    /// <summary>Where the signature stands.</summary>
    public static Span<byte> SignatureOf(Span<byte> record) => MemoryMarshal.AsRef<BatchFrame>(record).Signature;

    /// <summary>The signature.</summary>
    public static ReadOnlySpan<byte> SignatureOf(ReadOnlySpan<byte> record) => MemoryMarshal.AsRef<BatchFrame>(record).Signature;

    /// <summary>Which command of its batch a command with a mark behind it is, from 0.</summary>
    public static uint PlaceOf(ReadOnlySpan<byte> command) =>
        MemoryMarshal.AsRef<BatchMark>(command[CommandCodec.View<CommandHeader>(command).Length..]).Place;

    /// <summary>Whether the command at a place, with its mark behind it, is the one that the batch has there.</summary>
    public static bool Covers(ReadOnlySpan<byte> batch, ReadOnlySpan<byte> command)
    {
        if (!IsWellFormed(batch))
        {
            return false;
        }
        uint place = PlaceOf(command);
        return place < CountOf(batch)
            && CommandCodec.View<CommandHeader>(command).Key == KeyOf(batch)
            && new Hash256(batch.Slice(FixedSize + ((int)place * Hash256.Size), Hash256.Size))
                == Hash256.Of(CommandCodec.SignedPart(command));
    }

    /// <summary>Writes what is signed and returns its length.</summary>
    internal static int WriteMessage(Hash256 venue, ReadOnlySpan<byte> record, Span<byte> message)
    {
        return SignedMessage.Write(SignedMessage.Batch, venue, record[FixedSize..], message);
    }
}
