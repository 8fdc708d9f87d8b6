using System;
using System.Runtime.CompilerServices;

namespace Surety.Pricing.Lanes;

/// <summary>One double: what every processor has.</summary>
internal readonly struct OneLane(double value) : ILanes<OneLane>
{
    public double Value { get; } = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Broadcast(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Load(ReadOnlySpan<double> from, int at) => new(from[at]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator +(OneLane a, OneLane b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator -(OneLane a, OneLane b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator *(OneLane a, OneLane b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator /(OneLane a, OneLane b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator +(OneLane a, double b) => new(a.Value + b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator -(OneLane a, double b) => new(a.Value - b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator *(OneLane a, double b) => new(a.Value * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator -(OneLane a) => new(-a.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Sqrt(OneLane a) => new(Math.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Abs(OneLane a) => new(Math.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Max(OneLane a, OneLane b) => b.Value < a.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Min(OneLane a, OneLane b) => a.Value < b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Less(OneLane a, OneLane b) => new(BitConverter.Int64BitsToDouble(a.Value < b.Value ? -1L : 0L));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Select(OneLane mask, OneLane a, OneLane b) => BitConverter.DoubleToInt64Bits(mask.Value) != 0 ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(OneLane mask) => BitConverter.DoubleToInt64Bits(mask.Value) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane AndBits(OneLane a, long bits) =>
        new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(a.Value) & bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane OrBits(OneLane a, long bits) =>
        new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(a.Value) | bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane AddBits(OneLane a, long bits) =>
        new(BitConverter.Int64BitsToDouble(unchecked(BitConverter.DoubleToInt64Bits(a.Value) + bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane ShiftLeft(OneLane a, int bits) =>
        new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(a.Value) << bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane ShiftRight(OneLane a, int bits) =>
        new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(a.Value) >>> bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Span<double> to, int at) => to[at] = Value;
}
