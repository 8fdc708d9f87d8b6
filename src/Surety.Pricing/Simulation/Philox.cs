using System;

namespace Surety.Pricing.Simulation;

/// <summary>
/// Philox4x32-10: random words as a function of a counter and a key (J. Salmon and others, "Parallel random numbers: as easy as
/// 1, 2, 3", 2011). Any draw can be computed without those before it, so that a simulation gives the same result however
/// its paths are divided.
/// </summary>
public static class Philox
{
    /// <summary>Four words for a 128-bit counter and a 64-bit key, both given as 32-bit words, lowest first.</summary>
    public static (uint A, uint B, uint C, uint D) Words(uint counter0, uint counter1, uint counter2, uint counter3, uint key0, uint key1)
    {
        unchecked
        {
            for (int round = 0; round < 10; round++)
            {
                ulong first = 0xD2511F53UL * counter0;
                ulong second = 0xCD9E8D57UL * counter2;
                (counter0, counter1, counter2, counter3) =
                    ((uint)(second >> 32) ^ counter1 ^ key0, (uint)second, (uint)(first >> 32) ^ counter3 ^ key1, (uint)first);
                key0 += 0x9E3779B9;
                key1 += 0xBB67AE85;
            }
            return (counter0, counter1, counter2, counter3);
        }
    }

    /// <summary>Two numbers strictly between 0 and 1, multiples of 2^−53 plus half of one.</summary>
    public static (double First, double Second) Uniforms(ulong path, uint draw, ulong seed)
    {
        (uint a, uint b, uint c, uint d) =
            Words((uint)(path & uint.MaxValue), (uint)(path >> 32), draw, 0, (uint)(seed & uint.MaxValue), (uint)(seed >> 32));
        return (ToUnit(a, b), ToUnit(c, d));
    }

    private static double ToUnit(uint low, uint high) => ((((long)high << 21) | (low >> 11)) + 0.5) * (1.0 / (1L << 53));
}
