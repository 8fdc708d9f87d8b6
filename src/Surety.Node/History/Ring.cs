using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace Surety.Node.History;

/// <summary>The last so many rows of something, each under a number that it keeps; older ones are forgotten.</summary>
internal sealed class Ring<T>(int capacity)
{
    private T[] _rows = new T[Math.Min(capacity, 1024)];

    /// <summary>The number that the next row will get.</summary>
    public long Next { get; private set; }

    /// <summary>The oldest row that is still there.</summary>
    public long First => Math.Max(Next - capacity, 0);

    /// <summary>A row; only between <see cref="First"/> and <see cref="Next"/>.</summary>
    public ref T this[long number] => ref _rows[number % _rows.Length];

    /// <summary>Whether a row is still there.</summary>
    public bool Has(long number) => number >= First && number < Next;

    public long Add(in T row)
    {
        if (Next == _rows.Length && Next < capacity)
        {
            Array.Resize(ref _rows, (int)Math.Min(capacity, Next * 2));
        }
        _rows[Next % _rows.Length] = row;
        return Next++;
    }

    /// <summary>Goes on at a number, when rows are read back.</summary>
    public void StartAt(long number)
    {
        _rows = new T[capacity];
        Next = number;
    }
}

/// <summary>For rows that are chained by account or market: the newest row of each.</summary>
internal sealed class Heads<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, long> _newest = [];

    /// <summary>Takes a new row's number down and returns the one before it, −1 for none.</summary>
    public long Push(TKey key, long number)
    {
        ref long newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest, key, out bool exists);
        long before = exists ? newest : -1;
        newest = number;
        return before;
    }

    public long this[TKey key] => _newest.TryGetValue(key, out long newest) ? newest : -1;

    public void Write(BinaryWriter writer, Action<TKey> key)
    {
        writer.Write(_newest.Count);
        foreach ((TKey k, long newest) in _newest)
        {
            key(k);
            writer.Write(newest);
        }
    }

    public void Read(BinaryReader reader, Func<TKey> key)
    {
        _newest.Clear();
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            _newest[key()] = reader.ReadInt64();
        }
    }
}
