using System;
using System.Runtime.Intrinsics;

namespace Surety.Pricing.Lanes;

/// <summary>One step back in a tree, over lanes: a level's values in place.</summary>
internal static class TreeStep
{
    public static void European(Span<double> values, int count, double weightUp, double weightDown)
    {
        int done = Vector512.IsHardwareAccelerated ? European<EightLanes>(values, 0, count, weightUp, weightDown)
            : Vector256.IsHardwareAccelerated ? European<FourLanes>(values, 0, count, weightUp, weightDown) : 0;
        European<OneLane>(values, done, count, weightUp, weightDown);
    }

    public static void American(Span<double> values, Span<double> prices, int count, double weightUp, double weightDown, double inverseDown,
        double sign, double strike)
    {
        int done = Vector512.IsHardwareAccelerated
            ? American<EightLanes>(values, prices, 0, count, weightUp, weightDown, inverseDown, sign, strike)
            : Vector256.IsHardwareAccelerated
                ? American<FourLanes>(values, prices, 0, count, weightUp, weightDown, inverseDown, sign, strike)
                : 0;
        American<OneLane>(values, prices, done, count, weightUp, weightDown, inverseDown, sign, strike);
    }

    private static int European<V>(Span<double> values, int from, int count, double weightUp, double weightDown)
        where V : struct, ILanes<V>
    {
        int i = from;
        for (; i + V.Count <= count; i += V.Count)
        {
            ((V.Load(values, i + 1) * weightUp) + (V.Load(values, i) * weightDown)).Store(values, i);
        }
        return i;
    }

    private static int American<V>(
        Span<double> values, Span<double> prices, int from, int count, double weightUp, double weightDown, double inverseDown, double sign,
        double strike)
        where V : struct, ILanes<V>
    {
        int i = from;
        V gainAtZero = V.Broadcast(-sign * strike);
        for (; i + V.Count <= count; i += V.Count)
        {
            V price = V.Load(prices, i) * inverseDown;
            price.Store(prices, i);
            V held = (V.Load(values, i + 1) * weightUp) + (V.Load(values, i) * weightDown);
            V.Max(held, (price * sign) + gainAtZero).Store(values, i);
        }
        return i;
    }
}
