using System;
using Surety.Engine;
using Surety.Journal;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;

namespace Surety.Replay.Venues;

/// <summary>
/// The one way over a venue's journal: opens its segments in order, and gives each record with what it is, its command's sequence number,
/// its place on disk, and where blocks end. Every byte is checked on the way. It stops at the end, or at a torn tail that was told to
/// none; a byte that changed is a <see cref="JournalDamagedException"/> that names its place.
/// </summary>
public sealed class JournalWalk : IDisposable
{
    private readonly JournalDirectory? _opened;
    private readonly JournalReader _reader;

    /// <summary>Begins before the first record, or before the first of a segment: what comes before it is then taken on trust.</summary>
    /// <param name="directory">Where the journal is.</param>
    /// <param name="firstSegment">Place of the segment among <see cref="JournalDirectory.SegmentFiles"/>.</param>
    /// <exception cref="JournalDamagedException">The durable mark is damaged.</exception>
    public JournalWalk(JournalDirectory directory, int firstSegment = 0)
    {
        Directory = directory;
        _reader = new JournalReader(directory, firstSegment);
    }

    /// <summary>The same over a directory that is opened to read for this walk; it may be in use.</summary>
    /// <exception cref="JournalUnavailableException">There is no journal.</exception>
    /// <exception cref="JournalDamagedException">The durable mark is damaged.</exception>
    public JournalWalk(string root, int firstSegment = 0)
        : this(JournalDirectory.OpenToRead(root), firstSegment) => _opened = Directory;

    /// <summary>Where the journal is.</summary>
    public JournalDirectory Directory { get; }

    /// <summary>What the current record is; one that this version does not know has another number.</summary>
    public RecordKind Kind => (RecordKind)_reader.Kind;

    /// <summary>The current record's payload, until the next one.</summary>
    public ReadOnlySpan<byte> Payload => _reader.Payload;

    /// <summary>The current record's number in the journal, from 0.</summary>
    public ulong Record => _reader.Count - 1;

    /// <summary>The sequence number of the current command; 0 where the record is none.</summary>
    public ulong Sequence => Kind == RecordKind.Command ? BitConverter.ToUInt64(Payload) : 0;

    /// <summary>The segment's file that the current record is in.</summary>
    public string File => _reader.File;

    /// <summary>Where in its file the current record begins, bytes.</summary>
    public long Offset => _reader.Offset;

    /// <summary>Bytes of a torn tail that were found after the last whole record; 0 for a clean end.</summary>
    public long TornBytes => _reader.TornBytes;

    /// <summary>Bytes of all segments, for progress.</summary>
    public long TotalBytes => _reader.TotalBytes;

    /// <summary>Goes to the next record; false at the end.</summary>
    /// <exception cref="JournalDamagedException">A record that was acknowledged is not what was written.</exception>
    public bool MoveNext() => _reader.MoveNext();

    /// <summary>Reads the genesis record, which must come first.</summary>
    /// <exception cref="JournalDamagedException">It does not, is not valid, or is of another version.</exception>
    public GenesisRecord ReadGenesis()
    {
        string error = "the journal does not begin with a genesis record";
        return (MoveNext() && Kind == RecordKind.Genesis ? GenesisRecord.Read(Payload, out error) : null)
            ?? throw new JournalDamagedException(File, Offset, 0, error);
    }

    /// <summary>Whether a block ends here: its header, which stands behind the last of its commands.</summary>
    public bool TryReadHeader(out BlockHeader header)
    {
        header = default;
        return Kind == RecordKind.BlockHeader && BlockHeader.TryRead(Payload, out header);
    }

    /// <summary>The venue's signature over a block's header; null where the record is none.</summary>
    public HeaderSeal? ReadSeal() => Kind == RecordKind.HeaderSeal ? HeaderSeal.Read(Payload) : null;

    /// <summary>Lets the engine fetch ahead what commands further on will touch, where that pays.</summary>
    public void Anticipate(SuretyEngine engine)
    {
        if (engine.AnticipationPays)
        {
            engine.Anticipate(_reader.Upcoming(JournalReader.LookAhead), close: false);
            engine.Anticipate(_reader.Upcoming(JournalReader.LookAhead / 2), close: true);
        }
    }

    /// <summary>What is wrong with the current record, with its place in front.</summary>
    public string Where(string what) => $"{File}, offset {Offset} (record {Record}): {what}";

    /// <summary>The same as an error that stops the reading.</summary>
    public JournalDamagedException Damage(string what) => new(File, Offset, Record, what);

    /// <summary>Hands the end of the journal to a writer, which takes this walk over.</summary>
    /// <param name="onCaller">For simulations: the writer has no thread of its own.</param>
    /// <exception cref="JournalUnavailableException">The directory cannot be written to.</exception>
    public JournalWriter Write(bool onCaller = false) => new(Directory, _reader, onCaller);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _opened?.Dispose();
    }
}
