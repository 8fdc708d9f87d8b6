using System;
using System.Collections.Generic;

namespace Surety.Node.History;

/// <summary>Minutes of one price, and whatever is coarser made of them.</summary>
internal sealed class CandleSeries(int capacity)
{
    public const long MinuteMs = 60_000;

    public Ring<Candle> Minutes { get; } = new(capacity);

    /// <summary>Takes a price down; lots are 0 for one without a trade.</summary>
    public void Add(long timeMs, long price, long lots)
    {
        long start = timeMs / MinuteMs * MinuteMs;
        if (Minutes.Next == 0 || Minutes[Minutes.Next - 1].StartMs < start)
        {
            Minutes.Add(
                new Candle
                {
                    StartMs = start,
                    Open = price,
                    High = price,
                    Low = price,
                    Close = price,
                    Lots = lots,
                    CostTicks = lots * price
                });
            return;
        }
        ref Candle candle = ref Minutes[Minutes.Next - 1];
        candle.High = Math.Max(candle.High, price);
        candle.Low = Math.Min(candle.Low, price);
        candle.Close = price;
        candle.Lots += lots;
        candle.CostTicks += lots * price;
    }

    /// <summary>
    /// Bars of so many milliseconds that begin within a range, oldest first; minutes without a price repeat the last close.
    /// </summary>
    public List<Candle> Bars(long fromMs, long toMs, long barMs, int most)
    {
        var bars = new List<Candle>();
        for (long i = Find(fromMs / barMs * barMs); i < Minutes.Next && Minutes[i].StartMs <= toMs; i++)
        {
            Candle minute = Minutes[i];
            long start = minute.StartMs / barMs * barMs;
            if (bars.Count > 0)
            {
                Candle last = bars[^1];
                for (long gap = last.StartMs + barMs; gap < start && bars.Count < most; gap += barMs)
                {
                    bars.Add(new Candle { StartMs = gap, Open = last.Close, High = last.Close, Low = last.Close, Close = last.Close });
                }
                if (bars[^1].StartMs == start)
                {
                    last = bars[^1];
                    last.High = Math.Max(last.High, minute.High);
                    last.Low = Math.Min(last.Low, minute.Low);
                    last.Close = minute.Close;
                    last.Lots += minute.Lots;
                    last.CostTicks += minute.CostTicks;
                    bars[^1] = last;
                    continue;
                }
            }
            if (bars.Count >= most)
            {
                break;
            }
            minute.StartMs = start;
            bars.Add(minute);
        }
        return bars;
    }

    /// <summary>The day up to a time as one bar; null when nothing was traded.</summary>
    public Candle? Day(long nowMs) => Since(nowMs - 86_400_000);

    /// <summary>Whether no minute since a time is forgotten.</summary>
    public bool Reaches(long ms) => Minutes.First == 0 || Minutes[Minutes.First].StartMs <= ms;

    /// <summary>What came since a time as one bar; null when nothing was traded.</summary>
    public Candle? Since(long ms)
    {
        Candle? bar = null;
        for (long i = Find(ms); i < Minutes.Next; i++)
        {
            Candle minute = Minutes[i];
            bar = bar is { } b
                ? b with
                {
                    High = Math.Max(b.High, minute.High),
                    Low = Math.Min(b.Low, minute.Low),
                    Close = minute.Close,
                    Lots = b.Lots
                    + minute.Lots,
                    CostTicks = b.CostTicks + minute.CostTicks
                }
                : minute;
        }
        return bar;
    }

    // The first minute not before a time.
    private long Find(long ms)
    {
        (long low, long high) = (Minutes.First, Minutes.Next);
        while (low < high)
        {
            long middle = (low + high) / 2;
            if (Minutes[middle].StartMs < ms)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }
}
