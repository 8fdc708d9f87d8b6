using System;
using System.IO;
using System.Threading;

namespace Surety.Journal;

/// <summary>
/// Appends records. A second thread writes and fsyncs one batch while the next one gathers (group commit): durability
/// costs one fsync a batch, however many records came meanwhile. Used by one thread.
/// </summary>
public sealed class JournalWriter : IDisposable
{
    /// <summary>A new segment begins when the last one is larger than this.</summary>
    public const long SegmentBytes = 256L << 20;

    private int _disposed;
    private const int BatchBytes = 8 << 20;

    private readonly JournalDirectory _directory;
    private readonly IDiskFile _markFile;
    private readonly Thread? _thread;
    private readonly SemaphoreSlim _handedOver = new(0, 1);
    private readonly ManualResetEventSlim _idle = new(true);
    private byte[] _gathering = new byte[BatchBytes + (1 << 21)];
    private byte[] _writing = new byte[BatchBytes + (1 << 21)];
    private int _gathered;
    private int _toWrite;
    private uint _crc;
    private ulong _toWriteRecords;
    private IDiskFile _segment;
    private ulong _segmentFirst;
    private long _segmentLength;
    private bool _secondMark;
    private ulong _durable;
    private Exception? _failure;
    private volatile bool _stop;

    /// <summary>
    /// Opens the journal at its end, after checking all of it. A torn tail that was never acknowledged is cut off;
    /// <see cref="CutBytes"/> says how much.
    /// </summary>
    /// <exception cref="JournalDamagedException">Something acknowledged is damaged.</exception>
    /// <exception cref="JournalUnavailableException">The directory cannot be written to.</exception>
    public JournalWriter(JournalDirectory directory)
        : this(directory, ReadToEnd(directory))
    {
    }

    /// <summary>Opens the journal where a reader, who has read to its end, found that end; takes the reader over.</summary>
    /// <param name="directory">Where the journal is.</param>
    /// <param name="atEnd">The reader.</param>
    /// <param name="onCaller">
    /// For simulations: no second thread writes; a batch that was handed over waits for <see cref="WriteWaiting"/>.
    /// </param>
    /// <exception cref="JournalUnavailableException">The directory cannot be written to.</exception>
    public JournalWriter(JournalDirectory directory, JournalReader atEnd, bool onCaller = false)
    {
        if (!directory.IsLocked)
        {
            throw new ArgumentException("The directory was opened to read only.", nameof(directory));
        }
        _directory = directory;
        using (atEnd)
        {
            Count = atEnd.Count;
            _crc = atEnd.LastCrc;
            CutBytes = atEnd.TornBytes;
            (_segment, _segmentFirst, _segmentLength) = OpenEnd(directory, atEnd);
        }
        _durable = Count;
        _markFile = directory.Disk.OpenToWrite(directory.DurableMarkPath);
        WriteMark();
        WriteMark();
        _markFile.Flush();
        // Names too: a journal with records and without the mark is refused, and a segment whose name is lost takes its records with it. An
        // earlier start may have stopped between making one and syncing it.
        directory.Disk.SyncDirectory(directory.Segments);
        if (!onCaller)
        {
            _thread = new Thread(WriteBatches) { IsBackground = true, Name = "journal" };
            _thread.Start();
        }
    }

    /// <summary>Records appended, durable or not.</summary>
    public ulong Count { get; private set; }

    /// <summary>Records that are durable: what concerns them may be told to others.</summary>
    public ulong DurableCount => Volatile.Read(ref _durable);

    /// <summary>Bytes of a torn tail that were cut off on opening.</summary>
    public long CutBytes { get; }

    /// <summary>Batches written, each with one fsync.</summary>
    public long Batches { get; private set; }

    /// <summary>Called on the writing thread after each batch is durable, or when writing has failed.</summary>
    public Action? BatchDone { get; set; }

    /// <summary>Why the journal can no longer be written; null while it can.</summary>
    public Exception? Failure => _failure;

    /// <summary>Appends a record; it becomes durable with a later <see cref="Publish"/> or <see cref="Flush"/>.</summary>
    /// <exception cref="JournalUnavailableException">An earlier batch could not be written.</exception>
    public void Append(uint kind, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, JournalFormat.MaxPayload, nameof(payload));
        if (_gathered > BatchBytes)
        {
            HandOver();
        }
        _crc = JournalFormat.WriteRecord(_gathering.AsSpan(_gathered), kind, payload, _crc);
        _gathered += JournalFormat.RecordSize(payload.Length);
        Count++;
    }

    /// <summary>Hands what has gathered to the writing thread, if that is idle; never waits.</summary>
    public void Publish()
    {
        if (_gathered > 0 && _idle.IsSet)
        {
            HandOver();
        }
    }

    /// <summary>Returns when everything appended is durable.</summary>
    /// <exception cref="JournalUnavailableException">It could not be made so.</exception>
    public void Flush()
    {
        if (_gathered > 0)
        {
            HandOver();
        }
        WaitForIdle();
        ThrowIfFailed();
    }

    /// <summary>
    /// Writes the batch that was handed over, on the caller's thread; false when none waits. For a writer without a thread.
    /// </summary>
    public bool WriteWaiting()
    {
        if (_thread is not null || _idle.IsSet)
        {
            return false;
        }
        WriteHanded();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        try
        {
            if (_failure is null && !_stop)
            {
                Flush();
            }
        }
        finally
        {
            // A full disk must not leave a thread and a lock behind as well.
            _stop = true;
            if (_thread is { } thread)
            {
                _handedOver.Release();
                thread.Join();
            }
            try
            {
                if (_failure is null)
                {
                    _markFile.Flush();
                }
            }
            finally
            {
                _segment.Dispose();
                _markFile.Dispose();
                _handedOver.Dispose();
                _idle.Dispose();
            }
        }
    }

    private static JournalReader ReadToEnd(JournalDirectory directory)
    {
        var reader = new JournalReader(directory);
        while (reader.MoveNext())
        {
        }
        return reader;
    }

    private static (IDiskFile Segment, ulong First, long Length) OpenEnd(JournalDirectory directory, JournalReader reader)
    {
        var files = directory.SegmentFiles();
        // What lies behind the last whole record was never acknowledged: cut it off, whole later segments included.
        int last = reader.FilesRead - 1;
        if (reader.End == 0 && last >= 0)
        {
            last--;
        }
        for (int i = files.Count - 1; i > last; i--)
        {
            directory.Disk.Delete(files[i]);
        }
        if (last < 0)
        {
            return Create(directory, 0, 0);
        }
        IDiskFile segment = directory.Disk.OpenToWrite(files[last]);
        long length = reader.End == 0 ? segment.Length : reader.End;
        if (segment.Length != length)
        {
            segment.SetLength(length);
        }
        ulong first = ulong.Parse(Path.GetFileNameWithoutExtension(files[last]), System.Globalization.CultureInfo.InvariantCulture);
        DurableMark? mark = DurableMark.Read(directory.Disk, directory.DurableMarkPath);
        WriteAgain(segment, mark is { } known && known.SegmentFirstRecord == first ? Math.Min(known.Offset, length) : 0, length);
        return (segment, first, length);
    }

    // What lies behind the mark may be read and yet not be on the disk: after a flush that failed, systems keep the bytes in memory, take
    // them for written, and no later flush writes them. Written again, they are.
    private static void WriteAgain(IDiskFile segment, long from, long to)
    {
        var buffer = new byte[(int)Math.Min(Math.Max(to - from, 0), 1 << 20)];
        while (from < to)
        {
            int read = segment.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)), from);
            if (read == 0)
            {
                throw new IOException("the segment became shorter while it was written again");
            }
            segment.Write(buffer.AsSpan(0, read), from);
            from += read;
        }
        segment.Flush();
    }

    private static (IDiskFile Segment, ulong First, long Length) Create(JournalDirectory directory, ulong firstRecord,
        uint previousCrc)
    {
        string path = directory.SegmentPath(firstRecord);
        IDiskFile segment = directory.Disk.Exists(path)
            ? throw new IOException($"{path}: there is a segment of this name already")
            : directory.Disk.OpenToWrite(path);
        Span<byte> header = stackalloc byte[JournalFormat.SegmentHeaderSize];
        JournalFormat.WriteSegmentHeader(header, firstRecord, previousCrc);
        segment.Write(header, 0);
        segment.Flush();
        directory.Disk.SyncDirectory(directory.Segments);
        return (segment, firstRecord, JournalFormat.SegmentHeaderSize);
    }

    private void WaitForIdle()
    {
        if (_thread is null && !_idle.IsSet)
        {
            WriteHanded();
        }
        _idle.Wait();
    }

    private void HandOver()
    {
        WaitForIdle();
        ThrowIfFailed();
        (_gathering, _writing) = (_writing, _gathering);
        _toWrite = _gathered;
        _toWriteRecords = Count;
        _gathered = 0;
        _idle.Reset();
        if (_thread is not null)
        {
            _handedOver.Release();
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new JournalUnavailableException(
                $"{_directory.Root}: the journal could not be written ({failure.Message}). {_durable} "
                    + $"records are durable; none after them was acknowledged. "
                + "Make room or mend the disk and start again.",
                failure);
        }
    }

    private void WriteBatches()
    {
        while (true)
        {
            _handedOver.Wait();
            if (_stop)
            {
                return;
            }
            WriteHanded();
        }
    }

    private void WriteHanded()
    {
        try
        {
            WriteBatch();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e;
        }
        _idle.Set();
        BatchDone?.Invoke();
    }

    private void WriteBatch()
    {
        _segment.Write(_writing.AsSpan(0, _toWrite), _segmentLength);
        _segment.Flush();
        _segmentLength += _toWrite;
        Batches++;
        Volatile.Write(ref _durable, _toWriteRecords);
        WriteMark();
        if (_segmentLength > SegmentBytes)
        {
            // The last record's CRC stands in its header: the next segment's header continues the chain from it.
            uint last = LastCrcOf(_writing.AsSpan(0, _toWrite));
            _segment.Dispose();
            (_segment, _segmentFirst, _segmentLength) = Create(_directory, _toWriteRecords, last);
            WriteMark();
        }
    }

    private static uint LastCrcOf(ReadOnlySpan<byte> batch)
    {
        uint crc = 0;
        while (!batch.IsEmpty)
        {
            crc = BitConverter.ToUInt32(batch[8..]);
            batch = batch[JournalFormat.RecordSize(BitConverter.ToInt32(batch))..];
        }
        return crc;
    }

    private void WriteMark()
    {
        DurableMark.Write(_markFile, new DurableMark(_durable, _segmentFirst, _segmentLength), _secondMark);
        _secondMark = !_secondMark;
    }
}
