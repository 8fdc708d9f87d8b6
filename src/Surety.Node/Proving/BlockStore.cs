using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Replay.Proving;
using Surety.Replay.Snapshots;
using Surety.Replay.Venues;

namespace Surety.Node.Proving;

/// <summary>A sealed block with what it was made of: enough to prove any of its commands and events.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Commands">The commands' log, padding between pages included.</param>
/// <param name="Events">The events' log.</param>
/// <param name="Secret">What its salts are made from; it goes to no client.</param>
public sealed record StoredBlock(BlockHeader Header, byte[] Commands, byte[] Events, Hash256 Secret)
{
    /// <summary>The last command in it.</summary>
    public ulong LastSequence => Header.FirstSequence + Header.CommandCount - 1;

    /// <summary>Proves the event that begins at a byte offset; of one between two accounts, the sides asked for.</summary>
    public RecordProof ProveEvent(int offset, ShownSides shown = ShownSides.None) =>
        Prove<EventHeader>(ProvenRoot.Events, PagedLog.EventContext, Events, h => h.Length, offset, shown);

    /// <summary>Proves the command that begins at a byte offset.</summary>
    public RecordProof ProveCommand(int offset) =>
        Prove<CommandHeader>(ProvenRoot.Commands, PagedLog.CommandContext, Commands, h => h.Length, offset, ShownSides.None);

    /// <summary>Where the first event that fits begins, or −1.</summary>
    public int FindEvent(Func<EventKind, ReadOnlyMemory<byte>, bool> fits)
    {
        var reader = new EventReader(Events);
        while (reader.MoveNext())
        {
            Events.AsSpan().Overlaps(reader.Current, out int offset);
            if (fits(reader.Kind, Events.AsMemory(offset, reader.Current.Length)))
            {
                return offset;
            }
        }
        return -1;
    }

    /// <summary>The event that begins at a byte offset.</summary>
    public ReadOnlySpan<byte> EventAt(int offset) => Events.AsSpan(offset, MemoryMarshal.Read<EventHeader>(Events.AsSpan(offset)).Length);

    /// <summary>Where a command begins in the commands' log, or −1.</summary>
    public int FindCommand(ulong sequence)
    {
        int at = 0;
        while (at + CommandHeader.Size <= Commands.Length)
        {
            ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(Commands.AsSpan(at));
            if (header.Length == 0)
            {
                at = ((at / PagedLog.PageBytes) + 1) * PagedLog.PageBytes;
                continue;
            }
            if (header.Sequence == sequence)
            {
                return at;
            }
            at += header.Length;
            if (PagedLog.PageBytes - (at % PagedLog.PageBytes) < CommandHeader.Size)
            {
                at = ((at / PagedLog.PageBytes) + 1) * PagedLog.PageBytes;
            }
        }
        return -1;
    }

    // Records follow each other from a page's start until one of length zero, or until the page has no room for another.
    private RecordProof Prove<THeader>(ProvenRoot root, uint context, byte[] bytes, Func<THeader, int> lengthOf, int offset,
        ShownSides shown)
        where THeader : unmanaged
    {
        var log = new PagedLog(context, (bytes.Length / PagedLog.PageBytes) + 1);
        log.Begin(Secret);
        int header = Unsafe.SizeOf<THeader>();
        for (int at = 0; at + header <= bytes.Length;)
        {
            int rest = PagedLog.PageBytes - (at % PagedLog.PageBytes);
            int length = rest < header ? 0 : lengthOf(MemoryMarshal.Read<THeader>(bytes.AsSpan(at)));
            if (length != 0)
            {
                log.Append(bytes.AsSpan(at, length));
            }
            at += length == 0 ? rest : length;
        }
        log.Seal();
        return Prover.OfLog(Header, log, root, log.PlaceOf(offset), shown);
    }
}

/// <summary>
/// Keeps the last sealed blocks in memory, in one buffer that is written round and round; an older one is made again from the journal.
/// Taken down when they are sealed, told of when they are durable.
/// </summary>
public sealed partial class BlockStore(string root, int memoryBytes = 96 << 20) : ISequencerWatch, IOutboxReader, IDisposable
{
    private const int MostHeaders = 200_000;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _rebuilding = new(1);
    private readonly byte[] _memory = new byte[memoryBytes];
    private readonly Queue<(BlockHeader Header, int At, int Commands, int Events, Hash256 Secret)> _blocks = new();
    private readonly List<BlockHeader> _headers = [];
    private readonly Dictionary<ulong, HeaderSeal> _seals = [];
    private readonly List<(ulong FirstHeight, int Segment)> _segments = [];
    private int _next;
    private long _readAtMs = -1_000;

    /// <summary>The last durable block's header; height 0 before the first.</summary>
    public BlockHeader Last { get; private set; }

    /// <inheritdoc/>
    public void Executed(Ledger ledger, ReadOnlySpan<byte> record, RefusalCode code, bool marginCalled, bool termsChanged)
    {
    }

    /// <inheritdoc/>
    public void BlockSealed(Ledger ledger)
    {
        ReadOnlySpan<byte> commands = ledger.Commands.Bytes;
        ReadOnlySpan<byte> events = ledger.Engine.Events.Log.Bytes;
        int size = commands.Length + events.Length;
        lock (_gate)
        {
            _headers.Add(ledger.Last);
            if (_headers.Count > MostHeaders)
            {
                for (int i = 0; i < MostHeaders / 10; i++)
                {
                    _seals.Remove(_headers[i].Height);
                }
                _headers.RemoveRange(0, MostHeaders / 10);
            }
            if (size > _memory.Length)
            {
                return;
            }
            int at = _next + size > _memory.Length ? 0 : _next;
            // Whatever stands where this block goes, or between there and the end, is forgotten.
            while (_blocks.TryPeek(out (BlockHeader Header, int At, int Commands, int Events, Hash256 Secret) oldest)
                && ((at < _next && oldest.At >= _next) || (oldest.At < at + size && at < oldest.At + oldest.Commands + oldest.Events)))
            {
                _blocks.Dequeue();
            }
            commands.CopyTo(_memory.AsSpan(at));
            events.CopyTo(_memory.AsSpan(at + commands.Length));
            _blocks.Enqueue((ledger.Last, at, commands.Length, events.Length, ledger.Secret));
            _next = at + size;
        }
    }

    /// <inheritdoc/>
    public void RoundEnded(Ledger ledger)
    {
    }

    /// <inheritdoc/>
    public void Executed(in ExecutedCommand command)
    {
    }

    /// <inheritdoc/>
    public void Sealed(in BlockHeader header)
    {
        lock (_gate)
        {
            Last = header;
        }
    }

    /// <inheritdoc/>
    public void RoundEnded()
    {
    }

    /// <inheritdoc/>
    public void Signed(HeaderSeal seal)
    {
        lock (_gate)
        {
            _seals[seal.Height] = seal;
        }
    }

    /// <summary>The venue's signature over a block's header; null when there is none.</summary>
    public HeaderSeal? SealOf(ulong height)
    {
        lock (_gate)
        {
            return _seals.GetValueOrDefault(height);
        }
    }

    /// <summary>Forgets everything: the venue is opened again, and what was sealed without being durable is sealed again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _headers.Clear();
            _seals.Clear();
            _blocks.Clear();
            _next = 0;
            Last = default;
        }
    }

    /// <summary>
    /// Reads the headers of blocks before those that it has seen, out of the journal: after a start from a snapshot. A failure is logged.
    /// </summary>
    internal void LoadOlder(ILogger log)
    {
        try
        {
            LoadOlder();
        }
        catch (Exception e) when (e is JournalDamagedException or JournalUnavailableException or IOException)
        {
            LogUnread(log, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "reading older blocks failed in a way that it should not")]
    private static partial void LogUnread(ILogger log, Exception e);

    private void LoadOlder()
    {
        ulong first;
        lock (_gate)
        {
            first = _headers.Count > 0 ? _headers[0].Height : ulong.MaxValue;
        }
        var older = new List<BlockHeader>();
        var seals = new Queue<HeaderSeal>();
        var segments = new List<(ulong FirstHeight, int Segment)>();
        string file = "";
        using var walk = new JournalWalk(root);
        while (walk.MoveNext())
        {
            if (walk.TryReadHeader(out BlockHeader header))
            {
                if (header.Height < first)
                {
                    older.Add(header);
                }
                if (walk.File != file)
                {
                    file = walk.File;
                    segments.Add((header.Height, walk.Directory.SegmentFiles().ToList().IndexOf(file)));
                }
            }
            else if (walk.ReadSeal() is { } seal)
            {
                seals.Enqueue(seal);
                if (seals.Count > MostHeaders)
                {
                    seals.Dequeue();
                }
            }
        }
        lock (_gate)
        {
            _segments.Clear();
            _segments.AddRange(segments);
            foreach (HeaderSeal seal in seals)
            {
                _seals.TryAdd(seal.Height, seal);
            }
            ulong next = _headers.Count > 0 ? _headers[0].Height : ulong.MaxValue;
            older.RemoveAll(h => h.Height >= next);
            _headers.InsertRange(0, older.GetRange(Math.Max(older.Count - MostHeaders, 0), Math.Min(older.Count, MostHeaders)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rebuilding.Dispose();

    /// <summary>The last headers, newest first, from a height downward.</summary>
    public List<BlockHeader> Headers(ulong from, int most)
    {
        var found = new List<BlockHeader>();
        lock (_gate)
        {
            for (int i = _headers.Count - 1; i >= 0 && found.Count < most; i--)
            {
                if (_headers[i].Height <= from && _headers[i].Height <= Last.Height)
                {
                    found.Add(_headers[i]);
                }
            }
        }
        return found;
    }

    /// <summary>
    /// The same, out of the journal where they are older than those kept in memory: who was away for long can link to what he saw. Null
    /// where the journal was read for another request in this second: a stranger can ask for this work.
    /// </summary>
    public async Task<List<BlockHeader>?> HeadersAsync(ulong from, int most)
    {
        List<BlockHeader> found = Headers(from, most);
        ulong reached = found.Count > 0 ? found[^1].Height : Math.Min(from, Last.Height) + 1;
        if (found.Count == most || reached <= 1)
        {
            return found;
        }
        ulong lowest = reached > (ulong)(most - found.Count) ? reached - (ulong)(most - found.Count) : 1;
        if (Environment.TickCount64 - Volatile.Read(ref _readAtMs) < 1_000 || !await _rebuilding.WaitAsync(0))
        {
            return null;
        }
        try
        {
            List<BlockHeader> older = await Task.Run(() => ReadHeaders(lowest, reached - 1));
            older.Reverse();
            found.AddRange(older);
            return found;
        }
        finally
        {
            Volatile.Write(ref _readAtMs, Environment.TickCount64);
            _rebuilding.Release();
        }
    }

    private List<BlockHeader> ReadHeaders(ulong from, ulong to)
    {
        int segment;
        lock (_gate)
        {
            int after = _segments.FindIndex(s => s.FirstHeight > from);
            segment = _segments.Count == 0 ? 0 : _segments[Math.Max((after < 0 ? _segments.Count : after) - 1, 0)].Segment;
        }
        var found = new List<BlockHeader>();
        using var walk = new JournalWalk(root, segment);
        while (walk.MoveNext() && (found.Count == 0 || found[^1].Height < to))
        {
            if (walk.TryReadHeader(out BlockHeader header) && header.Height >= from && header.Height <= to)
            {
                found.Add(header);
            }
        }
        return found;
    }

    /// <summary>The header with a hash; height 0 when it is not known.</summary>
    public BlockHeader Find(Hash256 hash)
    {
        // A header's hash stands in the one after it: no need to compute any but the last.
        lock (_gate)
        {
            for (int i = _headers.Count - 1; i >= 0; i--)
            {
                if ((i + 1 < _headers.Count ? _headers[i + 1].Previous : _headers[i].Hash()) == hash && _headers[i].Height <= Last.Height)
                {
                    return _headers[i];
                }
            }
        }
        return default;
    }

    /// <summary>The block of a command; null when that is in no sealed block yet.</summary>
    /// <param name="sequence">The command.</param>
    /// <param name="mayRebuild">Whether a block that is not in memory may be made again from the journal, which is work; else it is as if
    /// it were not there.</param>
    public async Task<StoredBlock?> OfCommandAsync(ulong sequence, bool mayRebuild = true)
    {
        lock (_gate)
        {
            if (Last.Height == 0 || sequence == 0 || sequence > Last.FirstSequence + Last.CommandCount - 1)
            {
                return null;
            }
            foreach ((BlockHeader header, int at, int commands, int events, Hash256 secret) in _blocks)
            {
                if (header.FirstSequence <= sequence && sequence <= header.FirstSequence + header.CommandCount - 1)
                {
                    return new StoredBlock(header, _memory.AsSpan(at, commands).ToArray(), _memory.AsSpan(at + commands, events).ToArray(),
                        secret);
                }
            }
        }
        if (!mayRebuild)
        {
            return null;
        }
        await _rebuilding.WaitAsync();
        try
        {
            return await Task.Run(() => Rebuild(root, sequence));
        }
        finally
        {
            _rebuilding.Release();
        }
    }

    /// <summary>Executes the journal again, from the newest snapshot before a command, until its block is sealed.</summary>
    public static StoredBlock? Rebuild(string root, ulong sequence)
    {
        using JournalExecution execution = JournalExecution.Begin(root, before: sequence);
        while (execution.MoveNext())
        {
            Ledger ledger = execution.Ledger;
            if (execution.IsSealed && ledger.LastSequence >= sequence)
            {
                return new StoredBlock(ledger.Last, ledger.Commands.Bytes.ToArray(), ledger.Engine.Events.Log.Bytes.ToArray(),
                    ledger.Secret);
            }
        }
        return null;
    }
}
