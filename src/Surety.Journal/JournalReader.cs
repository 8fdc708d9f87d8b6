using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Surety.Journal;

/// <summary>
/// Reads a journal's records in order and checks every byte on the way. Stops at the end, or at a torn tail that was
/// never acknowledged; anything else that is wrong is a <see cref="JournalDamagedException"/>.
/// </summary>
public sealed class JournalReader : IDisposable
{
    /// <summary>How many records <see cref="Upcoming"/> can look ahead.</summary>
    public const int LookAhead = 8;

    private const int BufferSize = 1 << 22;

    private readonly IDisk _disk;
    private readonly IReadOnlyList<string> _files;
    private readonly ulong _durableRecords;
    private readonly string? _markPath;
    private readonly byte[] _buffer = new byte[BufferSize];
    private IDiskFile? _file;
    private int _fileIndex = -1;
    private long _fileLength;
    private long _bufferStart;
    private int _buffered;
    private int _at;
    private int _payloadLength;
    private uint _crc;
    private readonly long[] _upcoming = new long[LookAhead];
    private long _upcomingEnd;
    private int _upcomingCount;
    private int _upcomingFirst;

    /// <summary>Reads from the first record, or from the first of a segment: what comes before it is then taken on trust.</summary>
    /// <param name="directory">Where the journal is.</param>
    /// <param name="firstSegment">Place of the segment among <see cref="JournalDirectory.SegmentFiles"/>.</param>
    /// <exception cref="JournalDamagedException">The durable mark is damaged, or points behind the end.</exception>
    public JournalReader(JournalDirectory directory, int firstSegment = 0)
    {
        _disk = directory.Disk;
        _files = directory.SegmentFiles();
        if (firstSegment > 0)
        {
            _fileIndex = firstSegment - 1;
            (Count, _crc) = JournalFormat.ReadSegmentStart(_disk, _files[firstSegment]);
        }
        if (DurableMark.FindDamagedCopy(_disk, directory.DurableMarkPath) is { } copy && !directory.IsLocked)
        {
            throw new JournalDamagedException(directory.DurableMarkPath, copy * DurableMark.Size, 0,
                "the mark of what is durable is damaged");
        }
        DurableMark? mark = DurableMark.Read(_disk, directory.DurableMarkPath);
        _markPath = mark is null ? directory.DurableMarkPath : null;
        _durableRecords = mark?.Records ?? 0;
    }

    /// <summary>Records read so far: the current one's number is one less.</summary>
    public ulong Count { get; private set; }

    /// <summary>What the current record is; the journal does not care.</summary>
    public uint Kind { get; private set; }

    /// <summary>The current record's payload, until the next read.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(_at + JournalFormat.RecordHeaderSize, _payloadLength);

    /// <summary>The file of the current record.</summary>
    public string File => _fileIndex < 0 ? "" : _files[_fileIndex];

    /// <summary>Where in its file the current record begins.</summary>
    public long Offset => _bufferStart + _at;

    /// <summary>Bytes of a torn tail that were found after the last whole record; 0 for a clean end.</summary>
    public long TornBytes { get; private set; }

    /// <summary>Bytes of all segments, for progress.</summary>
    public long TotalBytes
    {
        get
        {
            long total = 0;
            foreach (string file in _files)
            {
                total += _disk.LengthOf(file);
            }
            return total;
        }
    }

    internal uint LastCrc => _crc;

    internal int FilesRead => _fileIndex + 1;

    internal long End { get; private set; }

    /// <summary>Goes to the next record; false at the end.</summary>
    /// <exception cref="JournalDamagedException">A record that was acknowledged is not what was written.</exception>
    public bool MoveNext()
    {
        if (_file is not null)
        {
            _at += JournalFormat.RecordSize(_payloadLength);
        }
        while (_file is null || Offset >= _fileLength)
        {
            if (!NextFile())
            {
                return AtEnd(0);
            }
        }
        if (!Available(JournalFormat.RecordHeaderSize))
        {
            return Broken("the record's header is cut off");
        }
        ReadOnlySpan<byte> header = _buffer.AsSpan(_at);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > JournalFormat.MaxPayload)
        {
            return Broken($"the record claims {length} bytes, more than any may have");
        }
        int size = JournalFormat.RecordSize((int)length);
        if (!Available(size))
        {
            return Broken($"the record should have {size} bytes, {_fileLength - Offset} are left");
        }
        ReadOnlySpan<byte> record = _buffer.AsSpan(_at, size);
        uint crc = JournalFormat.RecordCrc(record, _crc);
        if (crc != BinaryPrimitives.ReadUInt32LittleEndian(record[8..]))
        {
            return Broken("the record's checksum does not match its bytes");
        }
        _crc = crc;
        _payloadLength = (int)length;
        Kind = BinaryPrimitives.ReadUInt32LittleEndian(record[4..]);
        Count++;
        End = Offset + size;
        return true;
    }

    /// <summary>
    /// The payload of a record some places ahead of the current one, as far as it is in memory already; else nothing. It is
    /// not checked yet: good for a hint and nothing else.
    /// </summary>
    /// <param name="places">1 to <see cref="LookAhead"/>.</param>
    public ReadOnlySpan<byte> Upcoming(int places)
    {
        // Forget what has become current, then walk on to as many as may be asked for.
        while (_upcomingCount > 0 && _upcoming[_upcomingFirst] <= Offset)
        {
            _upcomingFirst = (_upcomingFirst + 1) % LookAhead;
            _upcomingCount--;
        }
        if (_upcomingCount == 0)
        {
            _upcomingEnd = Offset + JournalFormat.RecordSize(_payloadLength);
        }
        while (_upcomingCount < LookAhead && UpcomingLength(_upcomingEnd) is var length and >= 0)
        {
            _upcoming[(_upcomingFirst + _upcomingCount++) % LookAhead] = _upcomingEnd;
            _upcomingEnd += JournalFormat.RecordSize(length);
        }
        if (places > _upcomingCount)
        {
            return default;
        }
        long at = _upcoming[(_upcomingFirst + places - 1) % LookAhead];
        return _buffer.AsSpan((int)(at - _bufferStart) + JournalFormat.RecordHeaderSize, UpcomingLength(at));
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    // The payload length of the record at a place in the file, if all of it is in the buffer; else −1.
    private int UpcomingLength(long offset)
    {
        long at = offset - _bufferStart;
        if (at < 0 || at + JournalFormat.RecordHeaderSize > _buffered)
        {
            return -1;
        }
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan((int)at));
        return length <= JournalFormat.MaxPayload && at + JournalFormat.RecordSize((int)length) <= _buffered ? (int)length : -1;
    }

    private bool NextFile()
    {
        if (_fileIndex + 1 >= _files.Count)
        {
            return false;
        }
        _file?.Dispose();
        _fileIndex++;
        _file = _disk.OpenToRead(_files[_fileIndex]);
        _fileLength = _file.Length;
        _bufferStart = 0;
        _buffered = 0;
        _at = 0;
        _upcomingCount = 0;
        string? error = !Available(JournalFormat.SegmentHeaderSize)
            ? "the segment's header is cut off"
            : JournalFormat.FindSegmentHeaderError(_buffer.AsSpan(0, JournalFormat.SegmentHeaderSize), Count, _crc);
        if (error is not null)
        {
            if (Count < _durableRecords || _fileIndex + 1 < _files.Count)
            {
                throw new JournalDamagedException(File, 0, Count, error);
            }
            TornBytes = _fileLength;
            End = 0;
            return false;
        }
        _at = JournalFormat.SegmentHeaderSize;
        End = _at;
        return true;
    }

    // Bytes of the current record in the buffer, read from the file as needed.
    private bool Available(int bytes)
    {
        if (_buffered - _at >= bytes)
        {
            return true;
        }
        if (_fileLength - Offset < bytes)
        {
            return false;
        }
        _buffer.AsSpan(_at, _buffered - _at).CopyTo(_buffer);
        _bufferStart += _at;
        _buffered -= _at;
        _at = 0;
        while (_buffered < bytes)
        {
            int read = _file!.Read(_buffer.AsSpan(_buffered), _bufferStart + _buffered);
            if (read == 0)
            {
                return false;
            }
            _buffered += read;
        }
        return true;
    }

    private bool Broken(string what)
    {
        if (Count < _durableRecords)
        {
            throw new JournalDamagedException(File, Offset, Count, what);
        }
        long torn = _fileLength - Offset;
        for (int later = _fileIndex + 1; later < _files.Count; later++)
        {
            torn += _disk.LengthOf(_files[later]);
        }
        return AtEnd(torn);
    }

    private bool AtEnd(long torn)
    {
        if (Count < _durableRecords)
        {
            string file = _files.Count == 0 ? "(no segment)" : _files[^1];
            throw new JournalDamagedException(file, End, Count, $"the journal ends here, but {_durableRecords} records were acknowledged");
        }
        if (_markPath is not null && Count > 0)
        {
            // The writer makes the mark before the first record.
            throw new JournalDamagedException(_markPath, 0, 0, "the mark of what is durable is missing");
        }
        TornBytes = Math.Max(TornBytes, torn);
        return false;
    }
}
