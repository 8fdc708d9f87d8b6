using System;
using System.Numerics;

namespace Surety.Engine.State;

/// <summary>A set of accounts, a bit for each, read in the order of their numbers.</summary>
internal sealed class AccountSet(int capacity)
{
    private ulong[] _bits = new ulong[(capacity + 63) / 64];
    private int _words;

    /// <summary>Adds an account.</summary>
    public void Add(uint account)
    {
        int word = (int)(account >> 6);
        _bits[word] |= 1UL << (int)(account & 63);
        _words = word >= _words ? word + 1 : _words;
    }

    /// <summary>Takes memory for more accounts.</summary>
    public void Grow(int capacity) => Array.Resize(ref _bits, (capacity + 63) / 64);

    /// <summary>Takes an account out.</summary>
    public void Remove(uint account) => _bits[account >> 6] &= ~(1UL << (int)(account & 63));

    /// <summary>The first account at or after a number; −1 when there is none.</summary>
    public int Next(int from)
    {
        for (int word = from >> 6; word < _words; word++)
        {
            ulong bits = word == from >> 6 ? _bits[word] & (ulong.MaxValue << (from & 63)) : _bits[word];
            if (bits != 0)
            {
                return (word << 6) + BitOperations.TrailingZeroCount(bits);
            }
        }
        return -1;
    }
}
