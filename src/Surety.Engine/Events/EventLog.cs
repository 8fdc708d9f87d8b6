using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Engine.Events;

/// <summary>The sink: events of the block being made, as bytes, in the order in which they happened.</summary>
public sealed class EventLog
{
    /// <param name="initialPages">Memory taken in advance, KiB.</param>
    public EventLog(int initialPages) => Log = new PagedLog(PagedLog.EventContext, initialPages);

    /// <summary>The bytes and their tree.</summary>
    public PagedLog Log { get; }

    /// <summary>The command being applied.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Nothing is written while a change is only tried.</summary>
    internal bool IsMuted { get; set; }

    /// <summary>Appends an event; the caller has set all but the header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<T>(EventKind kind, uint account, in T body)
        where T : unmanaged
    {
        if (IsMuted)
        {
            return;
        }
        ref byte at = ref Log.Reserve(Unsafe.SizeOf<T>());
        Unsafe.WriteUnaligned(ref at, body);
        Unsafe.WriteUnaligned(ref at, new EventHeader
        {
            Kind = kind,
            Length = (ushort)Unsafe.SizeOf<T>(),
            Account = account,
            Sequence = Sequence,
        });
    }
}

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
