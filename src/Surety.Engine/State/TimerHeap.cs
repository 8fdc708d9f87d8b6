using System;
using Surety.Protocol.Rows;

namespace Surety.Engine.State;

/// <summary>
/// Due times in order: by time, then kind, then id, so that equal times never depend on how the heap was filled. A timer
/// whose order is gone stays until it is due and is then ignored.
/// </summary>
public sealed class TimerHeap
{
    private (long TimeNs, TimerKind Kind, ulong Id)[] _heap;
    private int _count;

    /// <param name="capacity">Timers to take memory for; the heap doubles when full.</param>
    public TimerHeap(int capacity) => _heap = new (long, TimerKind, ulong)[capacity];

    /// <summary>When the next timer is due; the end of time when there is none.</summary>
    public long NextNs { get; private set; } = long.MaxValue;

    /// <summary>Adds a timer.</summary>
    public void Add(long timeNs, TimerKind kind, ulong id)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }
        int at = _count++;
        (long, TimerKind, ulong) entry = (timeNs, kind, id);
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (entry.CompareTo(_heap[parent]) >= 0)
            {
                break;
            }
            _heap[at] = _heap[parent];
            at = parent;
        }
        _heap[at] = entry;
        NextNs = _heap[0].TimeNs;
    }

    /// <summary>Takes the earliest timer out; there must be one.</summary>
    public (long TimeNs, TimerKind Kind, ulong Id) Take()
    {
        (long, TimerKind, ulong) first = _heap[0];
        (long, TimerKind, ulong) moved = _heap[--_count];
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= _count)
            {
                break;
            }
            if (child + 1 < _count && _heap[child + 1].CompareTo(_heap[child]) < 0)
            {
                child++;
            }
            if (moved.CompareTo(_heap[child]) <= 0)
            {
                break;
            }
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = moved;
        NextNs = _count == 0 ? long.MaxValue : _heap[0].TimeNs;
        return first;
    }

    /// <summary>Forgets all timers.</summary>
    public void Clear()
    {
        _count = 0;
        NextNs = long.MaxValue;
    }
}
