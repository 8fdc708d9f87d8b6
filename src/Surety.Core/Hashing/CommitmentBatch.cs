using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Surety.Core.Hashing;

/// <summary>
/// Computes commitments of many records: salts sixteen pairs at a time, and records of the same number of 64-byte blocks sixteen at a
/// time, so that all lanes are in use.
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

    /// <summary>The block's secret, and what tells one log's salts from another's.</summary>
    public void Begin(Hash256 secret, uint context)
    {
        for (int i = 0; i < PairsAtOnce; i++)
        {
            Span<byte> message = _pairMessages.AsSpan(i * 64, 64);
            message.Clear();
            RecordSalts.WritePair(secret, context, 0, message);
            message[RecordSalts.PairMessageBytes] = 0x80;
            BinaryPrimitives.WriteUInt64BigEndian(message[56..], RecordSalts.PairMessageBytes * 8);
        }
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
                Add(salts.Slice(i * RecordSalts.SaltBytes, RecordSalts.SaltBytes), first + i, bytes.Slice((int)(record >> 16), (int)(record & 0xFFFF)), commitments);
            }
        }
        for (int blocks = 1; blocks < MostBlocks; blocks++)
        {
            Flush(blocks, commitments);
        }
    }

    private void Add(ReadOnlySpan<byte> salt, int place, ReadOnlySpan<byte> record, Span<Hash256> commitments)
    {
        int length = RecordSalts.PrefixBytes + record.Length;
        int blocks = (length + 9 + 63) / 64;
        byte[] messages = _messages[blocks] ??= new byte[Sha256Lanes.Lanes * blocks * 64];
        int[] places = _places[blocks] ??= new int[Sha256Lanes.Lanes];
        int lane = _counts[blocks]++;
        Span<byte> message = messages.AsSpan(lane * blocks * 64, blocks * 64);
        salt.CopyTo(message);
        BinaryPrimitives.WriteUInt32LittleEndian(message[RecordSalts.SaltBytes..], (uint)place);
        record.CopyTo(message[RecordSalts.PrefixBytes..]);
        message[length..].Clear();
        message[length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(message[^8..], (ulong)length * 8);
        places[lane] = place;
        if (lane + 1 == Sha256Lanes.Lanes)
        {
            Flush(blocks, commitments);
        }
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
