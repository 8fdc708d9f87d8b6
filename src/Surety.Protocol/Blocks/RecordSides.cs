using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Events;

namespace Surety.Protocol.Blocks;

/// <summary>Of an event between two accounts, which parts a proof shows. Numbers are frozen.</summary>
[Flags]
public enum ShownSides : ushort
{
    /// <summary>The record is not divided; it is shown whole.</summary>
    None = 0,

    /// <summary>The first side: the account in the event's header, of a trade the taker.</summary>
    First = 1,

    /// <summary>The second side: the other account, of a trade the maker.</summary>
    Second = 2,

    /// <summary>The record is divided; without a side, only what concerns both is shown.</summary>
    Divided = 4,
}

/// <summary>Of an event between two accounts, a field that only one side is shown.</summary>
/// <param name="side">The first side, whose account the header names, or the second.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ShownToAttribute(ShownSides side) : Attribute
{
    /// <summary>Whose it is.</summary>
    public ShownSides Side { get; } = side;

    /// <summary>Whether it is the account itself.</summary>
    public bool IsAccount { get; init; }
}

/// <summary>
/// How an event between two accounts is divided, so that each can be shown its own side and not the other's. A side's commitment has a
/// salt of its own: SHA-256(salt ‖ place ‖ side ‖ the side's bytes). The event's commitment covers both sides' commitments and the shared
/// bytes: SHA-256(first ‖ second ‖ "SIDE" ‖ place ‖ shared bytes). A side's commitment cannot be computed without its salt, so the two
/// also hide the shared bytes from everyone but the two sides.
/// </summary>
public sealed class RecordSides
{
    /// <summary>Tells salts and commitments of sides from others: "SIDE".</summary>
    public const uint Context = 0x45444953;

    /// <summary>Bytes before a side's own in its message: salt, place and side. With them no message is longer than a block.</summary>
    internal const int SidePrefixBytes = RecordSalts.SaltBytes + 8;

    /// <summary>Bytes before the rest in the event's message. Its length is a multiple of eight, which no undivided record's is.</summary>
    internal const int WholePrefixBytes = (2 * Hash256.Size) + 8;

    private static readonly int HeadersAccountAt = (int)Marshal.OffsetOf<EventHeader>(nameof(EventHeader.Account));

    // Which fields are whose is said by ShownTo at the event's struct; a test finds an event that names a second account and is not here.
    private static readonly RecordSides?[] ByKind = MakeTable(
        Of<Trade>(EventKind.Trade),
        Of<BalanceChanged>(EventKind.BalanceChanged),
        Of<PositionTransferred>(EventKind.PositionTransferred),
        Of<LossShared>(EventKind.LossShared),
        Of<CollateralSold>(EventKind.CollateralSold),
        Of<BackstopTook>(EventKind.BackstopTook));

    private readonly (int At, int Length)[][] _sides;
    private readonly (int At, int Length)[] _rest;

    private readonly int _secondAccountAt;

    private RecordSides(ushort kind, int length, (int At, int Length)[] first, (int At, int Length)[] second, int secondAccountAt)
    {
        (Kind, Length, _sides, _secondAccountAt) = (kind, length, [first, second], secondAccountAt);
        var rest = new List<(int, int)>();
        for (int at = 0; at < length; at++)
        {
            if (!Array.Exists([.. first, .. second], r => at >= r.At && at < r.At + r.Length))
            {
                rest.Add((at, 1));
            }
        }
        _rest = Runs(rest);
        RestBytes = Sum(_rest);
    }

    /// <summary>Every divided event.</summary>
    public static IReadOnlyList<RecordSides> All { get; } = Array.FindAll(ByKind, s => s is not null)!;

    /// <summary>The event's kind.</summary>
    public ushort Kind { get; }

    /// <summary>Bytes of the event.</summary>
    public int Length { get; }

    /// <summary>Bytes that belong to no side.</summary>
    public int RestBytes { get; }

    /// <summary>How a record is divided; null for one that is not.</summary>
    /// <param name="context">The log that it is of; only events are divided.</param>
    /// <param name="record">The record.</param>
    public static RecordSides? Of(uint context, ReadOnlySpan<byte> record)
    {
        if (context != PagedLog.EventContext || record.Length < 2)
        {
            return null;
        }
        int kind = BinaryPrimitives.ReadUInt16LittleEndian(record);
        return kind < ByKind.Length && ByKind[kind] is { } sides && sides.Length == record.Length ? sides : null;
    }

    /// <summary>The account of a side, 0 or 1.</summary>
    public uint AccountOf(int side, ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[(side == 0 ? HeadersAccountAt : _secondAccountAt)..]);

    /// <summary>The bytes of a side, 0 or 1, in the event.</summary>
    public ReadOnlySpan<(int At, int Length)> BytesOf(int side) => _sides[side];

    /// <summary>Writes the salts of the two sides at a place, 16 bytes each.</summary>
    public static void WriteSalts(Hash256 secret, uint place, Span<byte> salts)
    {
        Span<byte> message = stackalloc byte[RecordSalts.PairMessageBytes];
        RecordSalts.WritePair(secret, Context, place, message);
        Hash256.Of(message).CopyTo(salts);
    }

    /// <summary>The commitment to one side of an event.</summary>
    public Hash256 CommitSide(ReadOnlySpan<byte> salt, uint place, int side, ReadOnlySpan<byte> record)
    {
        Span<byte> message = stackalloc byte[64];
        return Hash256.Of(message[..WriteSide(salt, place, side, record, message)]);
    }

    /// <summary>The commitment to an event, from those to its sides.</summary>
    public Hash256 Commit(Hash256 first, Hash256 second, uint place, ReadOnlySpan<byte> record)
    {
        Span<byte> message = stackalloc byte[WholePrefixBytes + RestBytes];
        WriteWhole(first, second, place, record, message);
        return Hash256.Of(message);
    }

    /// <summary>Overwrites a side with zeros.</summary>
    public void Hide(int side, Span<byte> record)
    {
        foreach ((int at, int length) in _sides[side])
        {
            record.Slice(at, length).Clear();
        }
    }

    /// <summary>Whether a side is all zeros, as one that is not shown must be: no byte of a proof may stand there uncommitted.</summary>
    public bool IsHidden(int side, ReadOnlySpan<byte> record)
    {
        foreach ((int at, int length) in _sides[side])
        {
            if (record.Slice(at, length).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }
        return true;
    }

    internal int WriteSide(ReadOnlySpan<byte> salt, uint place, int side, ReadOnlySpan<byte> record, Span<byte> message)
    {
        salt[..RecordSalts.SaltBytes].CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[RecordSalts.SaltBytes..], place);
        BinaryPrimitives.WriteUInt32LittleEndian(message[(RecordSalts.SaltBytes + 4)..], (uint)side);
        return SidePrefixBytes + Copy(_sides[side], record, message[SidePrefixBytes..]);
    }

    internal int WriteWhole(Hash256 first, Hash256 second, uint place, ReadOnlySpan<byte> record, Span<byte> message)
    {
        first.CopyTo(message);
        second.CopyTo(message[Hash256.Size..]);
        BinaryPrimitives.WriteUInt32LittleEndian(message[(2 * Hash256.Size)..], Context);
        BinaryPrimitives.WriteUInt32LittleEndian(message[((2 * Hash256.Size) + 4)..], place);
        return WholePrefixBytes + Copy(_rest, record, message[WholePrefixBytes..]);
    }

    // The header's account is the first side's; of the other fields, each says whose it is, if it is one side's.
    private static RecordSides Of<T>(EventKind kind)
        where T : unmanaged
    {
        List<(int At, int Length)>[] sides = [[(HeadersAccountAt, sizeof(uint))], []];
        int secondAccountAt = 0;
        foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            if (field.GetCustomAttribute<ShownToAttribute>() is { } shown)
            {
                int at = (int)Marshal.OffsetOf<T>(field.Name);
                sides[shown.Side == ShownSides.First ? 0 : 1].Add((at, Marshal.SizeOf(field.FieldType)));
                secondAccountAt = shown.IsAccount ? at : secondAccountAt;
            }
        }
        sides[0].Sort();
        sides[1].Sort();
        return new RecordSides((ushort)kind, Unsafe.SizeOf<T>(), [.. sides[0]], [.. sides[1]], secondAccountAt);
    }

    // What is adjacent as one, so that it is copied at once.
    private static (int At, int Length)[] Runs(List<(int At, int Length)> ranges)
    {
        for (int i = ranges.Count - 1; i > 0; i--)
        {
            if (ranges[i - 1].At + ranges[i - 1].Length == ranges[i].At)
            {
                ranges[i - 1] = (ranges[i - 1].At, ranges[i - 1].Length + ranges[i].Length);
                ranges.RemoveAt(i);
            }
        }
        return [.. ranges];
    }

    private static int Copy((int At, int Length)[] ranges, ReadOnlySpan<byte> record, Span<byte> destination)
    {
        int written = 0;
        foreach ((int at, int length) in ranges)
        {
            record.Slice(at, length).CopyTo(destination[written..]);
            written += length;
        }
        return written;
    }

    private static int Sum((int At, int Length)[] ranges)
    {
        int sum = 0;
        foreach ((_, int length) in ranges)
        {
            sum += length;
        }
        return sum;
    }

    private static RecordSides?[] MakeTable(params RecordSides[] divided)
    {
        var table = new RecordSides?[64];
        foreach (RecordSides one in divided)
        {
            // A side's message is one block with its padding; a divided event's length differs from every undivided one's, and a node's.
            int longest = SidePrefixBytes + Math.Max(Sum(one._sides[0]), Sum(one._sides[1]));
            bool fits = one.Kind < table.Length && one._secondAccountAt > 0 && longest + 9 <= 64 && one.RestBytes % 8 == 0
                && one.RestBytes > 0;
            if (!fits)
            {
                throw new InvalidOperationException($"events of kind {one.Kind} cannot be divided so");
            }
            table[one.Kind] = one;
        }
        return table;
    }
}
