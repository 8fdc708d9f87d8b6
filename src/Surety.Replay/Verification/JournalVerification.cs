using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Journal;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;
using Surety.Replay.Snapshots;
using Surety.Replay.Venues;

namespace Surety.Replay.Verification;

/// <summary>How a verification ended.</summary>
/// <param name="Holds">Every header agreed, every signature was valid, every invariant held.</param>
/// <param name="Problem">What was found, where, when it does not hold.</param>
/// <param name="FromHeight">The block it began after; 0 for genesis.</param>
/// <param name="Blocks">Headers compared.</param>
/// <param name="Commands">Commands executed again.</param>
/// <param name="Signatures">Signatures checked.</param>
/// <param name="TornBytes">Bytes after the last whole record: a write that was cut off before it was acknowledged.</param>
/// <param name="UnsealedCommands">Commands after the last header.</param>
/// <param name="StateRoot">Of the last header.</param>
/// <param name="Head">The last block, HEIGHT:HASH; null before the first.</param>
/// <param name="SignedBlocks">Headers with a signature of the venue's key, all of them valid.</param>
/// <param name="UnsignedBlocks">Headers at the end that the venue's key should have signed and has not.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record VerificationResult(
    bool Holds, string? Problem, ulong FromHeight, ulong Blocks, ulong Commands, ulong Signatures, long TornBytes,
    ulong UnsealedCommands, Hash256 StateRoot, double Seconds, VenueHead? Head, ulong SignedBlocks, int UnsignedBlocks);

/// <summary>
/// Re-executes a journal and compares every block header. Trusts nothing in the directory but the genesis record: not the
/// snapshots, unless asked to begin at one, and then only if its root is a header's.
/// </summary>
public sealed class JournalVerification
{
    private const int SignatureBatch = 4096;

    // So many blocks may lack the venue's signature at the end, where a crash came before it.
    private const int MostUnsigned = 256;
    private const string Again = "a command is passed over from here on";
    private readonly List<(uint Key, PublicKey PublicKey, byte[] Record, bool IsBatch, string Where)> _unchecked = [];
    private readonly Queue<(ulong Height, Hash256 Hash, List<uint> Keys)> _unsigned = new();
    private byte[] _batch = [];
    private bool _batchIsChecked;
    private uint _batchNext;
    private bool _headerIsDue;
    private ulong _lastWritten;
    private Hash256 _lastHash;
    private bool _foundSince;
    private ulong _seals;
    private ulong _checked;

    /// <summary>Whether to check the clients' signatures too; without, only execution is checked.</summary>
    public bool CheckSignatures { get; init; } = true;

    /// <summary>Whether to check the house's invariants over the whole state at every block: slower.</summary>
    public bool AuditBlocks { get; init; }

    /// <summary>A snapshot file to begin at, or null for genesis.</summary>
    public string? Snapshot { get; init; }

    /// <summary>A block that was seen before and that the journal must contain; null for none.</summary>
    public VenueHead? Since { get; init; }

    /// <summary>Told how many bytes of how many are done.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Verifies a directory. Whatever is wrong with it is in the result.</summary>
    /// <exception cref="JournalUnavailableException">There is no journal.</exception>
    public VerificationResult Run(string root)
    {
        using JournalDirectory directory = JournalDirectory.OpenToRead(root);
        long started = Stopwatch.GetTimestamp();
        var exclusions = new Dictionary<ulong, Exclusion>();
        while (true)
        {
            (int known, _checked) = (exclusions.Count, 0);
            VerificationResult result = Run(directory, started, exclusions);
            if (exclusions.Count == known)
            {
                return result;
            }
            // A command stopped the engine, as the record behind it says: again from the start, passing over it.
            _unchecked.Clear();
        }
    }

    private VerificationResult Run(JournalDirectory directory, long started, Dictionary<ulong, Exclusion> exclusions)
    {
        Ledger? ledger = null;
        CommandSignatures? signatures = null;
        ulong from = 0, blocks = 0, commands = 0;
        _unsigned.Clear();
        (_headerIsDue, _lastWritten, _lastHash, _foundSince, _seals) = (false, 0, default, false, 0);
        long torn = 0;
        string? problem = null;
        try
        {
            using var walk = new JournalWalk(directory);
            GenesisRecord genesisRecord = walk.ReadGenesis();
            ledger = Snapshot is null ? new Ledger(genesisRecord) : StateSnapshot.Load(Snapshot, genesisRecord);
            ledger.Exclusions = exclusions;
            ledger.SecretsAreGiven = true;
            from = ledger.Last.Height;
            ulong skipTo = ledger.LastSequence;
            signatures = new CommandSignatures(ledger.Engine.State.GenesisHash);
            long total = walk.TotalBytes;
            long done = 0;
            bool foundStart = from == 0;
            while (problem is null && walk.MoveNext())
            {
                done += walk.Payload.Length + 16;
                if (((walk.Record + 1) & 0x3FFF) == 0)
                {
                    Progress?.Invoke(done, total);
                }
                BlockRecords.Take(ledger, walk);
                if (walk.Kind == RecordKind.Command)
                {
                    if (CommandCodec.IsWellFormed(walk.Payload) && CommandCodec.View<CommandHeader>(walk.Payload).Sequence <= skipTo)
                    {
                        continue;
                    }
                    walk.Anticipate(ledger.Engine);
                    problem = Execute(ledger, walk, signatures, exclusions);
                    commands++;
                }
                else if (walk.Kind == RecordKind.BlockHeader)
                {
                    problem = Compare(ledger, walk, from, ref foundStart, ref blocks);
                }
                else if (walk.Kind == RecordKind.SignedBatch)
                {
                    problem = TakeBatch(ledger, walk, signatures);
                }
                else if (walk.Kind == RecordKind.HeaderSeal)
                {
                    problem = TakeSeal(ledger, walk, from);
                }
                else if (walk.Kind == RecordKind.BlockSecret)
                {
                    problem = walk.Payload.Length != Hash256.Size ? walk.Where("a block's secret that is not one")
                        : ledger.Pending > 0 ? walk.Where("a block's secret after the block's first command") : null;
                }
                else if (walk.Kind != RecordKind.Label)
                {
                    problem = walk.Where($"a record of unknown kind {(uint)walk.Kind}");
                }
            }
            // A signature that is not valid explains a block that differs, so it is named first.
            problem = CheckGathered(signatures) ?? problem;
            problem ??= foundStart ? null : $"{Snapshot}: its block {from} is not in the journal";
            problem ??= Since is not { } since || _foundSince ? null
                : _lastWritten < since.Height
                    ? $"the journal ends with block {_lastWritten}; block {since.Height} was seen before: it was rolled back"
                : $"the journal has no block {since.Height}, which was seen before";
            problem ??= _unsigned.Count > MostUnsigned
                ? $"more than the last {MostUnsigned} blocks are not signed by the venue's key: start "
                    + $"the node with that key (seal.key), which signs for all of them"
                : null;
            torn = walk.TornBytes;
        }
        catch (Exception e) when (e is JournalDamagedException or InvariantViolationException or ArgumentException or OverflowException)
        {
            problem = e.Message;
        }
        finally
        {
            signatures?.Dispose();
        }
        return new VerificationResult(
            problem is null, problem, from, blocks, commands, _checked, torn, (ulong)(ledger?.Pending ?? 0),
            ledger?.Last.StateRoot ?? default, Stopwatch.GetElapsedTime(started).TotalSeconds,
            _lastWritten == 0 ? null : new VenueHead(_lastWritten, _lastHash), _seals, _unsigned.Count);
    }

    private string? Execute(Ledger ledger, JournalWalk walk, CommandSignatures signatures, Dictionary<ulong, Exclusion> exclusions)
    {
        ReadOnlySpan<byte> record = walk.Payload;
        if (!CommandCodec.IsWellFormed(record))
        {
            return walk.Where("the record does not have the form of a command");
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (_headerIsDue)
        {
            return walk.Where($"block {ledger.Last.Height} has no header before command {header.Sequence}: the header was removed");
        }
        IndexedState state = ledger.Engine.State;
        if (Exclusions.TryRead(walk, out Exclusion exclusion)
            && (state.Counts.Excluded != exclusion.Excluded || header.Sequence != exclusion.Excluded + 1))
        {
            return walk.Where(
                $"command {exclusion.Excluded} is excluded, yet it can be carried out: only what stops the engine may be excluded");
        }
        if (CheckSignatures && CommandCodec.IsInBatch(record))
        {
            if (!SignedBatch.Covers(_batch, record))
            {
                return walk.Where($"command {header.Sequence} says that a batch's signature covers it; the batch before it does not");
            }
            // Not all need be there, since some may be refused before they are numbered; but none comes twice or before one that was signed
            // before it.
            if (SignedBatch.PlaceOf(record) < _batchNext)
            {
                return walk.Where($"command {header.Sequence} stands twice, or in another order than its batch was signed in");
            }
            _batchNext = SignedBatch.PlaceOf(record) + 1;
            // A batch that came before its key existed was checked against nothing.
            if (!_batchIsChecked && state.Derived.KeyRows.Find(header.Key) >= 0)
            {
                return walk.Where($"command {header.Sequence} is of a batch that was signed before its key {header.Key} existed");
            }
        }
        else if (CheckSignatures && CommandCodec.IsSigned(record))
        {
            if (KeyRows.RowOf(header.Key) >= state.Counts.Keys)
            {
                return walk.Where($"command {header.Sequence} names key {header.Key}, which does not exist");
            }
            // Of a key whose row was given to another in the meantime nothing can be checked; the engine refuses what it signed.
            int row = state.Derived.KeyRows.Find(header.Key);
            if (row >= 0)
            {
                _unchecked.Add(
                    (header.Key, state.PublicKeys[row], record.ToArray(), false,
                        walk.Where($"the signature of command {header.Sequence} is not valid")));
            }
            if (_unchecked.Count >= SignatureBatch && CheckGathered(signatures) is { } invalid)
            {
                return invalid;
            }
        }
        try
        {
            _headerIsDue = ledger.Apply(record).Sealed;
            return null;
        }
        catch (Exception stop) when (Exclusions.IsStop(stop))
        {
            string where = walk.Where("");
            return Exclusions.Learn(walk, ledger, stop, exclusions, out _) is { } problem ? where + problem : Again;
        }
        catch (ArgumentException outOfPlace)
        {
            return walk.Where(outOfPlace.Message);
        }
    }

    private string? TakeBatch(Ledger ledger, JournalWalk walk, CommandSignatures signatures)
    {
        _batch = walk.Payload.ToArray();
        _batchNext = 0;
        if (!SignedBatch.IsWellFormed(_batch))
        {
            return walk.Where("the record does not have the form of a signed batch");
        }
        if (!CheckSignatures)
        {
            return null;
        }
        IndexedState state = ledger.Engine.State;
        uint key = SignedBatch.KeyOf(_batch);
        _batchIsChecked = false;
        if (KeyRows.RowOf(key) >= state.Counts.Keys)
        {
            return walk.Where($"a signed batch names key {key}, which does not exist");
        }
        int row = state.Derived.KeyRows.Find(key);
        if (row < 0)
        {
            return null;
        }
        _batchIsChecked = true;
        _unchecked.Add((key, state.PublicKeys[row], _batch, true, walk.Where("the signature of a batch is not valid")));
        return _unchecked.Count >= SignatureBatch ? CheckGathered(signatures) : null;
    }

    private string? Compare(Ledger ledger, JournalWalk walk, ulong from, ref bool foundStart, ref ulong blocks)
    {
        if (!BlockHeader.TryRead(walk.Payload, out BlockHeader written))
        {
            return walk.Where("a block header that is not one");
        }
        Hash256 hash = written.Hash();
        if (written.Height != _lastWritten + 1)
        {
            return walk.Where(
                $"the header of block {written.Height} follows that of block {_lastWritten}: a header was removed, or stands twice");
        }
        if (written.Previous != _lastHash)
        {
            return walk.Where($"block {written.Height}: it does not follow the block before it");
        }
        (_lastWritten, _lastHash, _headerIsDue) = (written.Height, hash, false);
        if (Since is { } since && since.Height == written.Height)
        {
            if (hash != since.Hash)
            {
                return walk.Where($"block {written.Height} is {hash}, the block seen before was {since.Hash}: the journal was forked");
            }
            _foundSince = true;
        }
        if (written.Height <= from)
        {
            foundStart |= written.Height == from && hash == ledger.Last.Hash();
            return null;
        }
        if (ledger.Pending > 0)
        {
            ledger.SealNow();
        }
        BlockHeader computed = ledger.Last;
        blocks++;
        if (hash != computed.Hash())
        {
            return walk.Where($"block {written.Height}: {Difference(in written, in computed)}");
        }
        if (SealingKeys.Of(ledger.Engine.State) is { Count: > 0 } keys)
        {
            // A later signature covers a run of any length; only the newest are kept for the one that signs them.
            _unsigned.Enqueue((written.Height, hash, keys));
            if (_unsigned.Count > MostUnsigned + 1)
            {
                _unsigned.Dequeue();
            }
        }
        return AuditBlocks && Audit.FindViolation(ledger.Engine) is { } violation
            ? walk.Where($"block {written.Height}: {violation}")
            : null;
    }

    // A signature over a header covers the headers before it, too: each names the one before.
    private string? TakeSeal(Ledger ledger, JournalWalk walk, ulong from)
    {
        if (HeaderSeal.Read(walk.Payload) is not { } seal)
        {
            return walk.Where("a header's signature that is not one");
        }
        if (seal.Height <= from)
        {
            return null;
        }
        if (seal.Height > _lastWritten)
        {
            return walk.Where($"a signature over block {seal.Height}, whose header is not there: the header was removed");
        }
        if (_unsigned.Count == 0 || _unsigned.Peek().Height > seal.Height)
        {
            return walk.Where(
                $"a signature over block {seal.Height}, for which no key of the venue was valid, a "
                + $"second one, or one that comes more than {MostUnsigned} blocks late");
        }
        while (_unsigned.TryPeek(out (ulong Height, Hash256 Hash, List<uint> Keys) first) && first.Height < seal.Height)
        {
            _unsigned.Dequeue();
        }
        if (!_unsigned.TryDequeue(out (ulong Height, Hash256 Hash, List<uint> Keys) signed) || signed.Height != seal.Height)
        {
            return walk.Where($"a signature over block {seal.Height}, for which no key of the venue was valid, or a second one");
        }
        ReadOnlySpan<byte> named = seal.PublicKey.Span;
        bool isVenues = signed.Keys.Contains(seal.Key)
            && named.SequenceEqual(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes([ledger.Engine.State.PublicKeys[KeyRows.RowOf(seal.Key)]]));
        if (!isVenues)
        {
            return walk.Where($"the header of block {seal.Height} is signed with a key that is not the venue's");
        }
        _seals++;
        return !CheckSignatures || seal.Covers(signed.Hash)
            ? null
            : walk.Where($"the venue's signature over the header of block {seal.Height} is not valid");
    }

    private static string Difference(in BlockHeader written, in BlockHeader computed) =>
        written.Height != computed.Height ? $"re-execution is at block {computed.Height}"
        : written.Venue != computed.Venue ? "it is of another venue"
        : written.Previous != computed.Previous ? "it does not follow the block before it"
        : written.FirstSequence != computed.FirstSequence || written.CommandCount != computed.CommandCount
            ? $"its commands are {written.FirstSequence} to {written.FirstSequence + written.CommandCount - 1}, in the journal "
                + $"they are {computed.FirstSequence} to {computed.FirstSequence + computed.CommandCount - 1}"
        : written.CommandsRoot != computed.CommandsRoot
            ? $"the commands' root is {computed.CommandsRoot}, the header says {written.CommandsRoot}: a command was changed"
        : written.EventsRoot != computed.EventsRoot
            ? $"the events' root is {computed.EventsRoot}, the header says {written.EventsRoot}: execution differs"
        : written.Labels != computed.Labels ? "a label of its orders was changed, added or removed"
        : written.StateRoot != computed.StateRoot
            ? $"the state root is {computed.StateRoot}, the header says {written.StateRoot}: execution differs"
        : "the header differs";

    private string? CheckGathered(CommandSignatures signatures)
    {
        string? first = null;
        int firstAt = int.MaxValue;
        Lock gate = new();
        Parallel.For(0, _unchecked.Count, i =>
        {
            (uint key, PublicKey publicKey, byte[] record, bool isBatch, string where) = _unchecked[i];
            bool valid = isBatch ? signatures.IsBatchValid(key, in publicKey, record) : signatures.AreValid(key, in publicKey, record);
            if (!valid)
            {
                lock (gate)
                {
                    if (i < firstAt)
                    {
                        (first, firstAt) = (where, i);
                    }
                }
            }
        });
        _checked += (ulong)_unchecked.Count;
        _unchecked.Clear();
        return first;
    }
}
