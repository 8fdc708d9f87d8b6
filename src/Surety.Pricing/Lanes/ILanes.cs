using System;

namespace Surety.Pricing.Lanes;

/// <summary>
/// One, four or eight doubles that are computed on together. A formula is written once over this interface and runs in
/// every width with the same bits in each lane: only IEEE 754 additions, multiplications, divisions and square roots, no
/// fused multiply-add, and operations on the bits.
/// </summary>
/// <typeparam name="T">The width.</typeparam>
internal interface ILanes<T>
    where T : struct, ILanes<T>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    static abstract T Broadcast(double value);

    static abstract T Load(ReadOnlySpan<double> from, int at);

    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T operator +(T a, double b);

    static abstract T operator -(T a, double b);

    static abstract T operator *(T a, double b);

    static abstract T operator -(T a);

    static abstract T Sqrt(T a);

    static abstract T Abs(T a);

    /// <summary>b &lt; a ? a : b, also for NaN.</summary>
    static abstract T Max(T a, T b);

    /// <summary>a &lt; b ? a : b, also for NaN.</summary>
    static abstract T Min(T a, T b);

    /// <summary>All bits set where a &lt; b.</summary>
    static abstract T Less(T a, T b);

    /// <summary>Lane by lane: a where the mask's bits are set, else b.</summary>
    static abstract T Select(T mask, T a, T b);

    /// <summary>Whether the mask is set in any lane.</summary>
    static abstract bool Any(T mask);

    static abstract T AndBits(T a, long bits);

    static abstract T OrBits(T a, long bits);

    static abstract T AddBits(T a, long bits);

    static abstract T ShiftLeft(T a, int bits);

    /// <summary>Logical: zeros come in.</summary>
    static abstract T ShiftRight(T a, int bits);

    void Store(Span<double> to, int at);
}
