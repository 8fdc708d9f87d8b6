using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Surety.Engine.State;

/// <summary>Asks the processor for a cache line that will be needed soon. A hint: it changes nothing and cannot fail.</summary>
internal static class Prefetch
{
    /// <summary>The line that holds the first byte of a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Line<T>(ref readonly T value)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in value)));
        }
    }

    /// <summary>The lines of the first and the last byte of a value: a row of 64 bytes mostly lies in two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Ends<T>(ref readonly T value)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            byte* first = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in value));
            Sse.Prefetch0(first);
            Sse.Prefetch0(first + sizeof(T) - 1);
        }
    }
}
