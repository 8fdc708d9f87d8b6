using System;
using System.Collections.Generic;
using System.Diagnostics;
using Surety.Core.Numerics;

namespace Surety.Assurance.Fuzzing;

/// <summary>Something that reads bytes from strangers. It may refuse them; it may not throw, hang, or take much memory.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Seeds">Valid inputs, which others are made from.</param>
/// <param name="Read">Reads an input; what it throws is a fault.</param>
public sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Read);

/// <summary>An input that a target did wrong on.</summary>
/// <param name="Target">The target.</param>
/// <param name="Input">The input.</param>
/// <param name="What">What it did.</param>
public sealed record FuzzFault(string Target, byte[] Input, string What);

/// <summary>
/// Makes inputs from valid ones, by turned bits, cut, doubled and exchanged pieces, and numbers that are seldom thought of, and hands them
/// to a target. The same seed makes the same inputs.
/// </summary>
public static class Fuzzer
{
    /// <summary>The most that reading one input may take.</summary>
    public const int MostMs = 2_000;

    /// <summary>The most memory that reading one input may take, bytes.</summary>
    public const long MostBytes = 64L << 20;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 7, 8, 63, 64, 127, 128, 255, 256, 1_023, 1_024, 32_767, 32_768, 65_535, 65_536, 1_000_000, int.MaxValue, int.MinValue,
        uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
    ];

    /// <summary>Tries so many inputs; the first that the target does wrong on, or null.</summary>
    public static FuzzFault? Run(FuzzTarget target, ulong seed, int tries, Action<int>? progress = null)
    {
        var random = new SplitMix(seed);
        for (int i = 0; i < tries; i++)
        {
            byte[] input = Make(ref random, target.Seeds);
            if (Try(target, input) is { } fault)
            {
                return fault;
            }
            if (i % 1_024 == 0)
            {
                progress?.Invoke(i);
            }
        }
        return null;
    }

    /// <summary>Hands one input to a target.</summary>
    public static FuzzFault? Try(FuzzTarget target, byte[] input)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        try
        {
            target.Read(input);
        }
        catch (Exception e)
        {
            return new FuzzFault(target.Name, input, $"{e.GetType().Name}: {e.Message}");
        }
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        return clock.ElapsedMilliseconds > MostMs ? new FuzzFault(target.Name, input, $"took {clock.ElapsedMilliseconds} ms")
            : bytes > MostBytes ? new FuzzFault(target.Name, input, $"took {bytes >> 20} MiB")
            : null;
    }

    private static byte[] Make(ref SplitMix random, IReadOnlyList<byte[]> seeds)
    {
        List<byte> bytes = [.. seeds[(int)random.Below(seeds.Count)]];
        for (long edits = 1 + random.Below(6); edits > 0; edits--)
        {
            Edit(ref random, bytes, seeds);
        }
        return [.. bytes];
    }

    private static void Edit(ref SplitMix random, List<byte> bytes, IReadOnlyList<byte[]> seeds)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)random.Below(256));
            return;
        }
        int at = (int)random.Below(bytes.Count);
        int count = (int)Math.Min(1 + random.Below(random.Chance(200) ? 64 : 8), bytes.Count - at);
        switch (random.Below(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << (int)random.Below(8));
                break;
            case 1:
                bytes[at] = (byte)random.Below(256);
                break;
            case 2:
                bytes.RemoveRange(at, count);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, count));
                break;
            case 4:
                byte[] number = BitConverter.GetBytes(Numbers[random.Below(Numbers.Length)]);
                int width = 1 << (int)random.Below(4);
                // Most fields lie at a multiple of their width.
                at = random.Chance(800) ? at / width * width : at;
                for (int i = 0; i < width && at + i < bytes.Count; i++)
                {
                    bytes[at + i] = number[i];
                }
                break;
            case 5:
                byte[] other = seeds[(int)random.Below(seeds.Count)];
                int from = other.Length == 0 ? 0 : (int)random.Below(other.Length);
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[from..]);
                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                (bytes[at], bytes[^1]) = (bytes[^1], bytes[at]);
                break;
        }
    }
}
