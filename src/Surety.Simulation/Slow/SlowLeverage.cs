using System;
using System.Linq;
using System.Numerics;

namespace Surety.Simulation.Slow;

/// <summary>
/// The leverage that a position remembers, as docs/liquidation.md says it: notional over the money behind it, in 128ths of a power of
/// two from 1/16 to 256. The one that counts (11 bits of the row's field), a lower one that waits (11), and the ten minutes, of a clock
/// of 1,024, in which it began to (10).
/// </summary>
public readonly record struct SlowLeverage(int Counts, int Waits, int Since)
{
    private const int Steps = 128;
    private const int Highest = (12 * Steps) - 1;
    private const int Clock = 1_024;
    private const long TenMinutesNs = 600_000_000_000;
    private const int HourAtLeast = 7;

    private static readonly int[] Logs = [.. Enumerable.Range(0, 256).Select(LogOfPart)];

    /// <summary>From a row's field.</summary>
    public static SlowLeverage Of(uint field) => new((int)(field % 2_048), (int)(field / 2_048 % 2_048), (int)(field / 4_194_304));

    /// <summary>The row's field.</summary>
    public uint Field => (uint)Counts + ((uint)Waits * 2_048) + ((uint)Since * 4_194_304);

    /// <summary>Of a position that was just opened.</summary>
    public static SlowLeverage Opened(int measured) => new(measured, measured, 0);

    /// <summary>What is measured: without money behind it, the most there is.</summary>
    public static int Measure(BigInteger notional, BigInteger funds) => funds <= 0
        ? Highest
        : Math.Clamp(Log(BigInteger.Max(notional, 1)) - Log(funds) + (4 * Steps), 0, Highest);

    /// <summary>After the owner acted: it rises at once, and falls at the first action an hour after the one that found it lower.</summary>
    public SlowLeverage After(int measured, long timeNs)
    {
        int now = (int)(timeNs / TenMinutesNs % Clock);
        if (measured >= Counts)
        {
            return Opened(measured);
        }
        if (Waits >= Counts)
        {
            return new SlowLeverage(Counts, measured, now);
        }
        int lower = Math.Max(Waits, measured);
        bool waited = (now - Since + Clock) % Clock >= HourAtLeast;
        return !waited ? this with { Waits = lower } : measured < lower ? new SlowLeverage(lower, measured, now) : Opened(lower);
    }

    /// <summary>After lots were given up: as much less, less one step for what the measure cuts off.</summary>
    public SlowLeverage Reduced(long lotsBefore, long lotsAfter)
    {
        int less = Math.Max(Log(lotsBefore) - Log(lotsAfter) - 1, 0);
        return this with { Counts = Math.Max(Counts - less, 0), Waits = Math.Max(Waits - less, 0) };
    }

    // 128 · log2 of what the number's first nine bits say, rounded down.
    private static int Log(BigInteger value)
    {
        int exponent = (int)value.GetBitLength() - 1;
        BigInteger first = exponent >= 8 ? value >> (exponent - 8) : value << (8 - exponent);
        return (exponent * Steps) + Logs[(int)first - 256];
    }

    // By trial: k steps are too many when 2^k is above the number to the 128th.
    private static int LogOfPart(int i)
    {
        int steps = 0;
        while (steps < Steps - 1 && BigInteger.Pow(2, steps + 1 + (8 * Steps)) <= BigInteger.Pow(256 + i, Steps))
        {
            steps++;
        }
        return steps;
    }
}
