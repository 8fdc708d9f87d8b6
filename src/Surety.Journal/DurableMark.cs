using System;
using System.Buffers.Binary;

namespace Surety.Journal;

/// <summary>
/// How far the journal was known durable at the last acknowledgement: number of records, segment, offset. It is written
/// after each fsync. Damage before the mark concerns acknowledged records and is refused; a broken end behind it is what a
/// crash in mid-write leaves, and is cut off.
/// </summary>
internal readonly record struct DurableMark(ulong Records, ulong SegmentFirstRecord, long Offset)
{
    public const int Size = 40;

    public static DurableMark? Read(IDisk disk, string path)
    {
        if (!disk.Exists(path))
        {
            return null;
        }
        byte[] bytes = disk.ReadAll(path);
        // Two copies, written by turns: a crash while one is written leaves the other.
        DurableMark? first = bytes.Length >= Size ? Parse(bytes.AsSpan(0, Size)) : null;
        DurableMark? second = bytes.Length >= 2 * Size ? Parse(bytes.AsSpan(Size, Size)) : null;
        if (first is null && second is null)
        {
            throw new JournalDamagedException(path, 0, 0, "the mark of what is durable is damaged in both copies");
        }
        return first is { } a && (second is not { } b || a.Records >= b.Records) ? first : second;
    }

    public static void Write(IDiskFile file, DurableMark mark, bool second)
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, mark.Records);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], mark.SegmentFirstRecord);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], mark.Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], JournalFormat.Crc(0x53555245, bytes[..32]));
        file.Write(bytes, second ? Size : 0);
    }

    /// <summary>The copy that is damaged, if the file is there and one is; for verification.</summary>
    public static int? FindDamagedCopy(IDisk disk, string path)
    {
        if (!disk.Exists(path))
        {
            return null;
        }
        byte[] bytes = disk.ReadAll(path);
        for (int copy = 0; copy * Size < bytes.Length; copy++)
        {
            if (bytes.Length < (copy + 1) * Size || Parse(bytes.AsSpan(copy * Size, Size)) is null)
            {
                return copy;
            }
        }
        return bytes.Length == 0 ? 0 : null;
    }

    private static DurableMark? Parse(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]) == JournalFormat.Crc(0x53555245, bytes[..32])
            ? new DurableMark(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]))
            : null;
}
