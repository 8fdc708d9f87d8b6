using System;
using System.Numerics;

namespace Surety.Engine.Liquidation;

/// <summary>
/// A position's leverage in powers of two, as its owner last left it: notional over the money behind it. It rises at once and
/// falls an hour late, and only at an action of the owner, so that money paid in for the minutes of a crash moves nobody down
/// the queue of deleveraging. docs/liquidation.md has the rule.
/// </summary>
internal static class LeverageBand
{
    /// <summary>Bands: below 1, then from 1, 2, 4 … up to 64, and 128 and more (or nothing behind it).</summary>
    public const int Count = 9;

    private const long UnitNs = 600_000_000_000;

    // More than six whole units have begun: at least an hour has passed.
    private const long FallsAfterUnits = 7;

    /// <summary>The band of a notional and the money behind it, settlement atoms; 0 to <see cref="Count"/> − 1.</summary>
    public static int Of(long notionalAtoms, long fundsAtoms)
    {
        if (fundsAtoms <= 0)
        {
            return Count - 1;
        }
        return notionalAtoms < fundsAtoms ? 0 : Math.Min(1 + BitOperations.Log2((ulong)(notionalAtoms / fundsAtoms)), Count - 1);
    }

    /// <summary>The band that counts, of what a position's row remembers.</summary>
    public static int Current(uint remembered) => (int)(remembered & 15);

    /// <summary>What a position that was just opened remembers.</summary>
    public static uint Opened(int measured) => Pack(measured, measured, 0);

    /// <summary>
    /// What a row remembers after its owner acted: the band (bits 0 to 3), the lower one that waits (4 to 7), and since when it
    /// waits, tens of minutes since 1970 (8 to 31). An action that only reduces may lower the band, never raise it.
    /// </summary>
    public static uint After(uint remembered, int measured, bool mayRise, long timeNs)
    {
        int band = Current(remembered);
        if (measured >= band)
        {
            return Opened(mayRise ? measured : band);
        }
        int waiting = (int)((remembered >> 4) & 15);
        long since = remembered >> 8;
        long now = timeNs / UnitNs;
        if (waiting >= band)
        {
            return Pack(band, measured, now);
        }
        waiting = Math.Max(waiting, measured);
        if (now - since < FallsAfterUnits)
        {
            return Pack(band, waiting, since);
        }
        return measured < waiting ? Pack(waiting, measured, now) : Opened(waiting);
    }

    private static uint Pack(int band, int waiting, long since) => (uint)band | ((uint)waiting << 4) | ((uint)since << 8);
}
