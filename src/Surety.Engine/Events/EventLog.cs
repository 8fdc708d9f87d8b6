using System.Runtime.CompilerServices;
using Surety.Protocol.Blocks;
using Surety.Protocol.Events;

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
