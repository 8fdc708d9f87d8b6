using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Surety.Journal;

/// <summary>
/// The journal's bytes. A segment file is a 64-byte header and then records; a record is a 16-byte header, its payload,
/// and zeros up to a multiple of eight. Each record's CRC-32C begins with the CRC of the record before it, so a record that
/// is missing, doubled or moved is found like one that is changed. Little-endian throughout; see docs/protocol.md.
/// </summary>
internal static class JournalFormat
{
    public const int SegmentHeaderSize = 64;
    public const int RecordHeaderSize = 16;
    public const int MaxPayload = 1 << 20;

    // "SURJRNL1"
    private const ulong SegmentMagic = 0x314C4E524A525553;

    /// <summary>A segment's header: magic, first record's number, CRC of the record before it, reserved, own CRC.</summary>
    public static void WriteSegmentHeader(Span<byte> destination, ulong firstRecord, uint previousCrc)
    {
        destination[..SegmentHeaderSize].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, SegmentMagic);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], firstRecord);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], previousCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[60..], Crc(0, destination[..56]));
    }

    /// <summary>Why the bytes are not the header that must come here, or null.</summary>
    public static string? FindSegmentHeaderError(ReadOnlySpan<byte> header, ulong firstRecord, uint previousCrc)
    {
        Span<byte> expected = stackalloc byte[SegmentHeaderSize];
        WriteSegmentHeader(expected, firstRecord, previousCrc);
        int difference = header.CommonPrefixLength(expected);
        return difference == SegmentHeaderSize
            ? null
            : $"byte {difference} of the segment header is not what the journal before it demands";
    }

    /// <summary>
    /// The first record's number and the CRC of the record before it, as a segment's header says; checked when the segment is read.
    /// </summary>
    public static (ulong FirstRecord, uint PreviousCrc) ReadSegmentStart(IDisk disk, string path)
    {
        Span<byte> header = stackalloc byte[SegmentHeaderSize];
        using IDiskFile file = disk.OpenToRead(path);
        return file.Read(header, 0) < SegmentHeaderSize
            ? default
            : (BinaryPrimitives.ReadUInt64LittleEndian(header[8..]), BinaryPrimitives.ReadUInt32LittleEndian(header[16..]));
    }

    /// <summary>Bytes that a record takes.</summary>
    public static int RecordSize(int payload) => RecordHeaderSize + ((payload + 7) & ~7);

    /// <summary>Writes a record; returns its CRC.</summary>
    public static uint WriteRecord(Span<byte> destination, uint kind, ReadOnlySpan<byte> payload, uint previousCrc)
    {
        int size = RecordSize(payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], kind);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], 0);
        payload.CopyTo(destination[RecordHeaderSize..]);
        destination[(RecordHeaderSize + payload.Length)..size].Clear();
        uint crc = RecordCrc(destination[..size], previousCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], crc);
        return crc;
    }

    /// <summary>The CRC that a whole record should carry.</summary>
    public static uint RecordCrc(ReadOnlySpan<byte> record, uint previousCrc)
    {
        uint crc = BitOperations.Crc32C(previousCrc, BinaryPrimitives.ReadUInt64LittleEndian(record));
        crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt32LittleEndian(record[12..]));
        return Crc(crc, record[RecordHeaderSize..]);
    }

    /// <summary>CRC-32C of bytes whose length is a multiple of eight.</summary>
    public static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }
        return crc;
    }
}
