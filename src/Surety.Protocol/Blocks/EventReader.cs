using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Protocol.Events;

namespace Surety.Protocol.Blocks;

/// <summary>Walks the events in a log's bytes, or in one page of it.</summary>
public ref struct EventReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;

    /// <param name="bytes">Whole pages, or a log from a page's start.</param>
    /// <param name="from">Where to begin: 0, or the end of an earlier event.</param>
    public EventReader(ReadOnlySpan<byte> bytes, int from = 0)
    {
        _bytes = bytes;
        _next = from;
        Current = default;
    }

    /// <summary>The event, header first.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Its kind.</summary>
    public readonly EventKind Kind => As<EventHeader>().Kind;

    /// <summary>The event as its type.</summary>
    public readonly ref readonly T As<T>()
        where T : unmanaged => ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(Current));

    /// <summary>Goes to the next event.</summary>
    public bool MoveNext()
    {
        while (_next + 16 <= _bytes.Length)
        {
            ref readonly EventHeader header = ref Unsafe.As<byte, EventHeader>(ref MemoryMarshal.GetReference(_bytes[_next..]));
            if (header.Kind == EventKind.None)
            {
                _next = (_next / PagedLog.PageBytes * PagedLog.PageBytes) + PagedLog.PageBytes;
                continue;
            }
            Current = _bytes.Slice(_next, header.Length);
            _next += header.Length;
            return true;
        }
        return false;
    }
}
