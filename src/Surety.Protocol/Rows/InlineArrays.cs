using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Surety.Protocol.Rows;

/// <summary>Eight 64-bit amounts in a row of a table.</summary>
[InlineArray(8)]
public struct Eight<T>
{
    private T _first;
}

/// <summary>Sixteen entries in a row of a table.</summary>
[InlineArray(16)]
public struct Sixteen<T>
{
    private T _first;
}

/// <summary>A short ASCII name, zero-padded to 24 bytes.</summary>
[InlineArray(Size)]
public struct ShortName
{
    /// <summary>Bytes of a name.</summary>
    public const int Size = 24;

    private static readonly System.Buffers.SearchValues<byte> Allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    private byte _first;

    /// <summary>Takes up to 24 printable ASCII characters.</summary>
    /// <exception cref="ArgumentException">Longer, or not printable ASCII.</exception>
    public static ShortName From(string text)
    {
        if (text.Length > Size || !Ascii.IsValid(text))
        {
            throw new ArgumentException($"A name is at most {Size} ASCII characters; '{text}' is not.", nameof(text));
        }
        ShortName name = default;
        Encoding.ASCII.GetBytes(text, MemoryMarshal.CreateSpan(ref name._first, Size));
        return name;
    }

    /// <summary>
    /// Letters, digits, _ and -, beginning with a letter or digit, then only zeros: names stand in channels, URLs, contract texts and
    /// database rows, where a dot, a slash or a quote would mean something else.
    /// </summary>
    public readonly bool IsValid()
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(in _first, Size);
        int length = bytes.IndexOf((byte)0);
        length = length < 0 ? Size : length;
        return length > 0
            && bytes[length..].IndexOfAnyExcept((byte)0) < 0
            && char.IsAsciiLetterOrDigit((char)bytes[0])
            && bytes[..length].IndexOfAnyExcept(Allowed) < 0;
    }

    /// <summary>Whether a reader would take the two for one: names are told apart regardless of case.</summary>
    public readonly bool IsTakenFor(in ShortName other) =>
        Ascii.EqualsIgnoreCase(MemoryMarshal.CreateReadOnlySpan(in _first, Size), MemoryMarshal.CreateReadOnlySpan(in other._first, Size));

    /// <summary>The characters before the first zero.</summary>
    public readonly override string ToString()
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(in _first, Size);
        int length = bytes.IndexOf((byte)0);
        return Encoding.ASCII.GetString(length < 0 ? bytes : bytes[..length]);
    }
}
