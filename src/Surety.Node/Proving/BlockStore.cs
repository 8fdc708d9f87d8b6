using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Node.Sequencing;
using Surety.Node.Snapshots;
using Surety.Proofs;

namespace Surety.Node.Proving;

/// <summary>A sealed block with what it was made of: enough to prove any of its commands and events.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Commands">The commands' log, pages and padding as hashed.</param>
/// <param name="Events">The events' log.</param>
public sealed record StoredBlock(BlockHeader Header, byte[] Commands, byte[] Events)
{
    /// <summary>The last command in it.</summary>
    public ulong LastSequence => Header.FirstSequence + Header.CommandCount - 1;

    /// <summary>Proves the page of events at a byte offset.</summary>
    public PageProof ProveEvents(int offset) => Prove(ProvenRoot.Events, PagedLog.EventContext, Events, offset);

    /// <summary>Proves the page of commands at a byte offset.</summary>
    public PageProof ProveCommands(int offset) => Prove(ProvenRoot.Commands, PagedLog.CommandContext, Commands, offset);

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

    private PageProof Prove(ProvenRoot root, uint context, byte[] bytes, int offset)
    {
        var log = new PagedLog(context, (bytes.Length / PagedLog.PageBytes) + 1);
        for (int at = 0; at < bytes.Length; at += PagedLog.PageBytes)
        {
            log.Append(bytes.AsSpan(at, Math.Min(PagedLog.PageBytes, bytes.Length - at)));
        }
        log.Seal();
        int page = offset / PagedLog.PageBytes;
        return new PageProof
        {
            Header = Header,
            Root = root,
            Table = 0,
            PageIndex = (uint)page,
            Page = log.Page(page).ToArray(),
            Path = log.Path(page),
            Directory = default,
        };
    }
}

/// <summary>
/// Keeps the last sealed blocks in memory, in one buffer that is written round and round; an older one is made again from the journal.
/// Taken down when they are sealed, told of when they are durable.
/// </summary>
public sealed class BlockStore(string root, int memoryBytes = 96 << 20) : ISequencerWatch, IOutboxReader, IDisposable
{
    private const int MostHeaders = 200_000;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _rebuilding = new(1);
    private readonly byte[] _memory = new byte[memoryBytes];
    private readonly Queue<(BlockHeader Header, int At, int Commands, int Events)> _blocks = new();
    private readonly List<BlockHeader> _headers = [];
    private int _next;

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
                _headers.RemoveRange(0, MostHeaders / 10);
            }
            if (size > _memory.Length)
            {
                return;
            }
            int at = _next + size > _memory.Length ? 0 : _next;
            // Whatever stands where this block goes, or between there and the end, is forgotten.
            while (_blocks.TryPeek(out (BlockHeader Header, int At, int Commands, int Events) oldest)
                && ((at < _next && oldest.At >= _next) || (oldest.At < at + size && at < oldest.At + oldest.Commands + oldest.Events)))
            {
                _blocks.Dequeue();
            }
            commands.CopyTo(_memory.AsSpan(at));
            events.CopyTo(_memory.AsSpan(at + commands.Length));
            _blocks.Enqueue((ledger.Last, at, commands.Length, events.Length));
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

    /// <summary>Forgets everything: the venue is opened anew, and what was sealed without being durable is sealed again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _headers.Clear();
            _blocks.Clear();
            _next = 0;
            Last = default;
        }
    }

    /// <summary>Reads the headers of blocks before those that it has seen, out of the journal: after a start from a snapshot.</summary>
    public void LoadOlder()
    {
        ulong first;
        lock (_gate)
        {
            first = _headers.Count > 0 ? _headers[0].Height : ulong.MaxValue;
        }
        var older = new List<BlockHeader>();
        using JournalDirectory directory = JournalDirectory.OpenToRead(root);
        using var reader = new JournalReader(directory);
        while (reader.MoveNext())
        {
            if (reader.Kind == (uint)RecordKind.BlockHeader && BlockHeader.TryRead(reader.Payload, out BlockHeader header))
            {
                if (header.Height >= first)
                {
                    break;
                }
                older.Add(header);
            }
        }
        lock (_gate)
        {
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
    public async Task<StoredBlock?> OfCommandAsync(ulong sequence)
    {
        lock (_gate)
        {
            if (Last.Height == 0 || sequence == 0 || sequence > Last.FirstSequence + Last.CommandCount - 1)
            {
                return null;
            }
            foreach ((BlockHeader header, int at, int commands, int events) in _blocks)
            {
                if (header.FirstSequence <= sequence && sequence <= header.FirstSequence + header.CommandCount - 1)
                {
                    return new StoredBlock(header, _memory.AsSpan(at, commands).ToArray(), _memory.AsSpan(at + commands, events).ToArray());
                }
            }
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
        using JournalDirectory directory = JournalDirectory.OpenToRead(root);
        using var reader = new JournalReader(directory);
        Genesis genesis = Recovery.ReadGenesis(reader);
        Ledger ledger = StateSnapshot.LoadNewest(directory, in genesis, before: sequence) ?? new Ledger(in genesis);
        ledger.Exclusions = Exclusions.Of(directory);
        while (reader.MoveNext())
        {
            bool sealedNow = false;
            if (reader.Kind == (uint)RecordKind.Command && BitConverter.ToUInt64(reader.Payload) > ledger.LastSequence)
            {
                (_, sealedNow) = ledger.Apply(reader.Payload);
            }
            else if (reader.Kind == (uint)RecordKind.BlockHeader && ledger.Pending > 0)
            {
                sealedNow = ledger.SealNow();
            }
            if (sealedNow && ledger.LastSequence >= sequence)
            {
                return new StoredBlock(ledger.Last, ledger.Commands.Bytes.ToArray(), ledger.Engine.Events.Log.Bytes.ToArray());
            }
        }
        return null;
    }
}
