using System;

namespace Surety.Protocol.Rows;

/// <summary>
/// The number of a row, or none. Rows, commands and events keep it as the number plus one, so that bytes of zero mean none; a field of that
/// form is read and written through the property of the same name without <c>PlusOne</c>.
/// </summary>
public readonly record struct OptionalId
{
    // None is −1, so that a number that is tested and then used costs one comparison.
    private OptionalId(int number) => Number = number;

    /// <summary>None.</summary>
    public static OptionalId None => new(-1);

    /// <summary>The number; −1 for none. A number beyond 2³¹ − 2, which no table has, reads as 2³¹ − 1.</summary>
    public int Number { get; }

    /// <summary>Whether there is one.</summary>
    public bool Exists => Number >= 0;

    /// <summary>A number from 0 on; −1 is none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below −1, or beyond 2³¹ − 2.</exception>
    public static OptionalId Of(long number) => number is >= -1 and < int.MaxValue
        ? new OptionalId((int)number) : throw new ArgumentOutOfRangeException(nameof(number), number,
            "a row's number: from 0 on, or −1 for none");

    internal static OptionalId OfPlusOne(ushort plusOne) => new(plusOne - 1);

    internal static OptionalId OfPlusOne(uint plusOne) => new(plusOne > int.MaxValue ? int.MaxValue : (int)plusOne - 1);

    internal ushort PlusOne16() => (ushort)(Number + 1);

    internal uint PlusOne32() => (uint)(Number + 1);
}
