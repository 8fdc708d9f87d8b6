using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Surety.Pricing.Lanes;

/// <summary>Four doubles in one 256-bit register.</summary>
internal readonly struct FourLanes : ILanes<FourLanes>
{
    private readonly Vector256<double> _v;

    private FourLanes(Vector256<double> v) => _v = v;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Broadcast(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Load(ReadOnlySpan<double> from, int at) => new(Vector256.Create(from.Slice(at, 4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator +(FourLanes a, FourLanes b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator -(FourLanes a, FourLanes b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator *(FourLanes a, FourLanes b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator /(FourLanes a, FourLanes b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator +(FourLanes a, double b) => new(a._v + Vector256.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator -(FourLanes a, double b) => new(a._v - Vector256.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator *(FourLanes a, double b) => new(a._v * Vector256.Create(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator -(FourLanes a) => new(-a._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Sqrt(FourLanes a) => new(Vector256.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Abs(FourLanes a) => new(Vector256.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Max(FourLanes a, FourLanes b) => new(Vector256.ConditionalSelect(Vector256.LessThan(b._v, a._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Min(FourLanes a, FourLanes b) => new(Vector256.ConditionalSelect(Vector256.LessThan(a._v, b._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Less(FourLanes a, FourLanes b) => new(Vector256.LessThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Select(FourLanes mask, FourLanes a, FourLanes b) => new(Vector256.ConditionalSelect(mask._v, a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(FourLanes mask) => mask._v.AsInt64() != Vector256<long>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes AndBits(FourLanes a, long bits) => new((a._v.AsInt64() & Vector256.Create(bits)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes OrBits(FourLanes a, long bits) => new((a._v.AsInt64() | Vector256.Create(bits)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes AddBits(FourLanes a, long bits) => new((a._v.AsInt64() + Vector256.Create(bits)).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes ShiftLeft(FourLanes a, int bits) => new((a._v.AsInt64() << bits).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes ShiftRight(FourLanes a, int bits) => new((a._v.AsInt64() >>> bits).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Span<double> to, int at) => _v.CopyTo(to.Slice(at, 4));
}
