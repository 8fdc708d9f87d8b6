using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Surety.Engine.State;

/// <summary>
/// A position's leverage as its owner last left it: notional over the money behind it, in 128ths of a power of two. It rises at
/// once. It falls at once by what the position was reduced, and for money that was paid in an hour late and only at an action of
/// the owner: money that comes for the minutes of a crash moves no position down the queue. docs/liquidation.md has the rule.
/// </summary>
public static class LeverageBand
{
    /// <summary>Bands of a quarter of a power of two, from a leverage of 1/16 to 256; what is outside counts to the outermost.</summary>
    public const int Count = 48;

    // 2^7 steps to a power of two, 2^5 to a band.
    private const int StepBits = 7;
    private const int BandBits = 5;
    private const int Lowest = -4 << StepBits;
    private const int Highest = (Count << BandBits) - 1;

    private const int FieldBits = 11;
    private const uint FieldMask = (1 << FieldBits) - 1;
    private const uint SinceMask = (1u << (32 - (2 * FieldBits))) - 1;
    private const long SinceUnitNs = 600_000_000_000;

    // Six whole units have passed: an hour. Units are counted round a clock of a week; at worst one waits an hour more.
    private const long FallsAfterUnits = 7;

    private static readonly byte[] Fractions = MakeFractions();

    /// <summary>2^(band / 4) · 2^14: what profit is multiplied by in a band.</summary>
    public static long Factor(int band) => ((band & 3) switch { 0 => 16_384L, 1 => 19_484L, 2 => 23_170L, _ => 27_554L }) << (band >> 2);

    /// <summary>The band of what a row remembers, 0 to <see cref="Count"/> − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(uint remembered) => (int)(remembered & FieldMask) >> BandBits;

    /// <summary>The leverage of a notional and the money behind it, settlement atoms.</summary>
    public static int Measure(long notionalAtoms, long fundsAtoms) =>
        fundsAtoms <= 0 ? Highest : Math.Clamp(Log(Math.Max(notionalAtoms, 1)) - Log(fundsAtoms) - Lowest, 0, Highest);

    /// <summary>What a position that was just opened remembers.</summary>
    public static uint Opened(int measured) => Pack(measured, measured, 0);

    /// <summary>
    /// What a row remembers after its owner acted: the leverage that counts (11 bits), the lower one that waits (11), and since
    /// when it waits (10).
    /// </summary>
    public static uint After(uint remembered, int measured, long timeNs)
    {
        int current = (int)(remembered & FieldMask);
        if (measured >= current)
        {
            return Opened(measured);
        }
        int waiting = (int)((remembered >> FieldBits) & FieldMask);
        uint since = remembered >> (2 * FieldBits);
        uint now = (uint)(timeNs / SinceUnitNs) & SinceMask;
        if (waiting >= current)
        {
            return Pack(current, measured, now);
        }
        waiting = Math.Max(waiting, measured);
        // The clock goes round: the difference does too.
        if ((unchecked(now - since) & SinceMask) < FallsAfterUnits)
        {
            return Pack(current, waiting, since);
        }
        return measured < waiting ? Pack(waiting, measured, now) : Opened(waiting);
    }

    /// <summary>What a row remembers after its position was reduced: as much less as it has fewer lots, never more.</summary>
    public static uint Reduced(uint remembered, long lotsBefore, long lotsAfter)
    {
        int less = Math.Max(Log(lotsBefore) - Log(lotsAfter) - 1, 0);
        int current = (int)(remembered & FieldMask);
        int waiting = (int)((remembered >> FieldBits) & FieldMask);
        return Pack(Math.Max(current - less, 0), Math.Max(waiting - less, 0), remembered >> (2 * FieldBits));
    }

    // 128 · log2 of a positive number, rounded down to a 128th of what its first eight bits say.
    private static int Log(long value)
    {
        int exponent = BitOperations.Log2((ulong)value);
        ulong mantissa = exponent >= 8 ? (ulong)value >> (exponent - 8) : (ulong)value << (8 - exponent);
        return (exponent << StepBits) + Fractions[(int)(mantissa & 255)];
    }

    // floor(128 · log2(1 + i / 256)) by squaring, in integers: the same on every machine.
    private static byte[] MakeFractions()
    {
        var fractions = new byte[256];
        for (int i = 0; i < fractions.Length; i++)
        {
            UInt128 value = (UInt128)(256 + i) << 54;
            int log = 0;
            for (int bit = 0; bit < StepBits; bit++)
            {
                // The value is one to two, times 2^62.
                value = (value * value) >> 62;
                bool isTwo = value >> 63 != 0;
                value >>= isTwo ? 1 : 0;
                log = (log << 1) | (isTwo ? 1 : 0);
            }
            fractions[i] = (byte)log;
        }
        return fractions;
    }

    private static uint Pack(int current, int waiting, uint since) =>
        (uint)current | ((uint)waiting << FieldBits) | (since << (2 * FieldBits));
}
