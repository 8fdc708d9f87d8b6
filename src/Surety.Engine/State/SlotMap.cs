using System;
using System.Numerics;

namespace Surety.Engine.State;

/// <summary>
/// Which rows of a table are taken. The lowest free row is always given next, so the choice is a function of the rows
/// alone and a venue restored from a snapshot makes the same one.
/// </summary>
public sealed class SlotMap
{
    private ulong[] _free;
    private ulong[] _summary;
    private ulong[] _top;

    /// <param name="capacity">Rows.</param>
    public SlotMap(int capacity)
    {
        Capacity = capacity;
        int words = (capacity + 63) / 64;
        _free = new ulong[words];
        _summary = new ulong[(words + 63) / 64];
        _top = new ulong[(_summary.Length + 63) / 64];
        for (int i = 0; i < capacity; i++)
        {
            SetFree(i);
        }
    }

    /// <summary>Rows in all.</summary>
    public int Capacity { get; private set; }

    /// <summary>Rows taken.</summary>
    public int Taken { get; private set; }

    /// <summary>The lowest free row, or −1.</summary>
    public int LowestFree()
    {
        for (int t = 0; t < _top.Length; t++)
        {
            if (_top[t] != 0)
            {
                int s = (t * 64) + BitOperations.TrailingZeroCount(_top[t]);
                int w = (s * 64) + BitOperations.TrailingZeroCount(_summary[s]);
                return (w * 64) + BitOperations.TrailingZeroCount(_free[w]);
            }
        }
        return -1;
    }

    /// <summary>Takes a free row.</summary>
    public void Take(int row)
    {
        int w = row >> 6;
        Invariant.Assert((_free[w] >> (row & 63) & 1) == 1, "a row is taken twice");
        Taken++;
        _free[w] &= ~(1UL << (row & 63));
        if (_free[w] == 0)
        {
            int s = w >> 6;
            _summary[s] &= ~(1UL << (w & 63));
            if (_summary[s] == 0)
            {
                _top[s >> 6] &= ~(1UL << (s & 63));
            }
        }
    }

    /// <summary>Gives a row back.</summary>
    public void Release(int row)
    {
        Invariant.Assert((_free[row >> 6] >> (row & 63) & 1) == 0, "a free row is released");
        Taken--;
        SetFree(row);
    }

    /// <summary>Adds free rows at the end.</summary>
    public void Grow(int capacity)
    {
        int words = (capacity + 63) / 64;
        Array.Resize(ref _free, words);
        Array.Resize(ref _summary, (words + 63) / 64);
        Array.Resize(ref _top, (_summary.Length + 63) / 64);
        for (int row = Capacity; row < capacity; row++)
        {
            SetFree(row);
        }
        Capacity = capacity;
    }

    private void SetFree(int row)
    {
        int w = row >> 6;
        int s = w >> 6;
        _free[w] |= 1UL << (row & 63);
        _summary[s] |= 1UL << (w & 63);
        _top[s >> 6] |= 1UL << (s & 63);
    }
}
