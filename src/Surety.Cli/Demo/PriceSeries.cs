using System;
using System.Collections.Generic;
using Surety.Core.Numerics;

namespace Surety.Cli.Demo;

/// <summary>One source's price of one index, minute by minute, in index units; 0 where the source was silent.</summary>
/// <param name="Index">For example BTC_USD.</param>
/// <param name="Source">The venue, and how it was derived if it was.</param>
/// <param name="Minutes">From the replay's first minute.</param>
internal sealed record PriceSeries(string Index, string Source, long[] Minutes)
{
    /// <summary>Volatility of a minute between waypoints: that of Bitcoin on a quiet day.</summary>
    private const double MinuteSigma = 0.0006;

    /// <summary>
    /// Joins waypoints by a Brownian bridge in the logarithm of the price: it passes through every one of them, and the seed
    /// decides what happens between.
    /// </summary>
    public static long[] Bridge(IReadOnlyList<(int Minute, double Price)> waypoints, int minutes, double scale, ulong seed)
    {
        var result = new long[minutes];
        var random = new SplitMix(seed);
        for (int i = 0; i + 1 < waypoints.Count; i++)
        {
            (int from, double start) = waypoints[i];
            (int to, double end) = waypoints[i + 1];
            double log = RealFunctions.Log(start);
            double target = RealFunctions.Log(end);
            for (int m = from; m < to; m++)
            {
                Put(result, m, RealFunctions.Exp(log), scale);
                // Next step of a bridge: drift to the end, variance that vanishes there.
                double left = to - m;
                double sigma = MinuteSigma * RealFunctions.Sqrt((left - 1) / left);
                log += ((target - log) / left) + (sigma * Normal(ref random));
            }
        }
        if (waypoints.Count > 0)
        {
            (int last, double price) = waypoints[^1];
            for (int m = last; m < minutes; m++)
            {
                Put(result, m, price, scale);
            }
        }
        return result;
    }

    private static void Put(long[] minutes, int minute, double price, double scale)
    {
        if (minute >= 0 && minute < minutes.Length)
        {
            minutes[minute] = (long)((price * scale) + 0.5);
        }
    }

    // The sum of twelve uniform numbers, less six: normal enough for a path between waypoints.
    private static double Normal(ref SplitMix random)
    {
        double sum = -6;
        for (int i = 0; i < 12; i++)
        {
            sum += random.Unit();
        }
        return sum;
    }
}
