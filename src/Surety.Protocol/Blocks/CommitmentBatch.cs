using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Protocol.Blocks;

/// <summary>
/// Computes commitments of many records: salts sixteen pairs at a time, and records of the same number of 64-byte blocks sixteen at a
/// time, so that all lanes are in use. Events between two accounts are gathered likewise, for their sides (<see cref="RecordSides"/>).
/// </summary>
internal sealed class CommitmentBatch
{
    private const int MostBlocks = ((RecordSalts.PrefixBytes + PagedLog.PageBytes + 9 + 63) / 64) + 1;
    private const int PairsAtOnce = Sha256Lanes.Lanes;

    private readonly byte[] _pairMessages = new byte[PairsAtOnce * 64];
    private readonly Hash256[] _pairs = new Hash256[PairsAtOnce];
    private readonly Hash256[] _results = new Hash256[Sha256Lanes.Lanes];
    private readonly byte[]?[] _messages = new byte[MostBlocks][];
    private readonly int[][] _places = new int[MostBlocks][];
    private readonly int[] _counts = new int[MostBlocks];
    private readonly int[] _divided = new int[Sha256Lanes.Lanes];
    private readonly byte[] _sideSaltMessages = new byte[Sha256Lanes.Lanes * 64];
    private readonly byte[] _sideMessages = new byte[Sha256Lanes.Lanes * 64];
    private readonly Hash256[] _sideSalts = new Hash256[Sha256Lanes.Lanes];
    private readonly Hash256[][] _sides = [new Hash256[Sha256Lanes.Lanes], new Hash256[Sha256Lanes.Lanes]];
    private int _dividedCount;
    private uint _context;

    /// <summary>The block's secret, and what tells one log's salts from another's.</summary>
    public void Begin(Hash256 secret, uint context)
    {
        _context = context;
        BeginPairs(secret, context, _pairMessages);
        BeginPairs(secret, RecordSides.Context, _sideSaltMessages);
    }

    /// <summary>Commits to the records at some places, from an even one on.</summary>
    /// <param name="bytes">The log.</param>
    /// <param name="records">Of each record of the log, its start × 65,536 + its length.</param>
    /// <param name="from">The first place; even.</param>
    /// <param name="to">The place after the last.</param>
    /// <param name="commitments">Receives each at its place.</param>
    public void Compute(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> records, int from, int to, Span<Hash256> commitments)
    {
        ReadOnlySpan<byte> salts = MemoryMarshal.AsBytes<Hash256>(_pairs);
        for (int first = from; first < to; first += 2 * PairsAtOnce)
        {
            int count = Math.Min(2 * PairsAtOnce, to - first);
            for (int i = 0; 2 * i < count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_pairMessages.AsSpan((i * 64) + Hash256.Size + 4), (uint)((first / 2) + i));
            }
            Sha256Lanes.HashPadded(_pairMessages, 1, (count + 1) / 2, _pairs);
            for (int i = 0; i < count; i++)
            {
                long record = records[first + i];
                ReadOnlySpan<byte> content = bytes.Slice((int)(record >> 16), (int)(record & 0xFFFF));
                if (RecordSides.Of(_context, content) is null)
                {
                    Add(salts.Slice(i * RecordSalts.SaltBytes, RecordSalts.SaltBytes), first + i, content, commitments);
                    continue;
                }
                _divided[_dividedCount++] = first + i;
                if (_dividedCount == Sha256Lanes.Lanes)
                {
                    FlushDivided(bytes, records, commitments);
                }
            }
        }
        FlushDivided(bytes, records, commitments);
        for (int blocks = 1; blocks < MostBlocks; blocks++)
        {
            Flush(blocks, commitments);
        }
    }

    private void Add(ReadOnlySpan<byte> salt, int place, ReadOnlySpan<byte> record, Span<Hash256> commitments)
    {
        int length = RecordSalts.PrefixBytes + record.Length;
        Span<byte> message = Take(length, place, out int blocks);
        salt.CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[RecordSalts.SaltBytes..], (uint)place);
        record.CopyTo(message[RecordSalts.PrefixBytes..]);
        Close(message, length);
        if (_counts[blocks] == Sha256Lanes.Lanes)
        {
            Flush(blocks, commitments);
        }
    }

    // The gathered events between two accounts: salts of their sides, the sides, then the events among the other messages.
    private void FlushDivided(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> records, Span<Hash256> commitments)
    {
        int count = _dividedCount;
        if (count == 0)
        {
            return;
        }
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_sideSaltMessages.AsSpan((i * 64) + Hash256.Size + 4), (uint)_divided[i]);
        }
        Sha256Lanes.HashPadded(_sideSaltMessages, 1, count, _sideSalts);
        ReadOnlySpan<byte> salts = MemoryMarshal.AsBytes<Hash256>(_sideSalts);
        for (int side = 0; side < 2; side++)
        {
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> record = RecordAt(bytes, records, _divided[i]);
                Span<byte> message = _sideMessages.AsSpan(i * 64, 64);
                ReadOnlySpan<byte> salt = salts.Slice((i * Hash256.Size) + (side * RecordSalts.SaltBytes), RecordSalts.SaltBytes);
                Close(message, RecordSides.Of(_context, record)!.WriteSide(salt, (uint)_divided[i], side, record, message));
            }
            Sha256Lanes.HashPadded(_sideMessages, 1, count, _sides[side]);
        }
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> record = RecordAt(bytes, records, _divided[i]);
            RecordSides sides = RecordSides.Of(_context, record)!;
            Span<byte> message = Take(RecordSides.WholePrefixBytes + sides.RestBytes, _divided[i], out int blocks);
            Close(message, sides.WriteWhole(_sides[0][i], _sides[1][i], (uint)_divided[i], record, message));
            if (_counts[blocks] == Sha256Lanes.Lanes)
            {
                Flush(blocks, commitments);
            }
        }
        _dividedCount = 0;
    }

    private static ReadOnlySpan<byte> RecordAt(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> records, int place) =>
        bytes.Slice((int)(records[place] >> 16), (int)(records[place] & 0xFFFF));

    private static void BeginPairs(Hash256 secret, uint context, Span<byte> messages)
    {
        for (int i = 0; i < messages.Length / 64; i++)
        {
            Span<byte> message = messages.Slice(i * 64, 64);
            RecordSalts.WritePair(secret, context, 0, message);
            Close(message, RecordSalts.PairMessageBytes);
        }
    }

    // Room for a message among those of as many blocks.
    private Span<byte> Take(int length, int place, out int blocks)
    {
        blocks = (length + 9 + 63) / 64;
        byte[] messages = _messages[blocks] ??= new byte[Sha256Lanes.Lanes * blocks * 64];
        int[] places = _places[blocks] ??= new int[Sha256Lanes.Lanes];
        int lane = _counts[blocks]++;
        places[lane] = place;
        return messages.AsSpan(lane * blocks * 64, blocks * 64);
    }

    private static void Close(Span<byte> message, int length)
    {
        message[length..].Clear();
        message[length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(message[^8..], (ulong)length * 8);
    }

    private void Flush(int blocks, Span<Hash256> commitments)
    {
        int count = _counts[blocks];
        if (count == 0)
        {
            return;
        }
        Sha256Lanes.HashPadded(_messages[blocks], blocks, count, _results);
        int[] places = _places[blocks];
        for (int i = 0; i < count; i++)
        {
            commitments[places[i]] = _results[i];
        }
        _counts[blocks] = 0;
    }
}
