using System;
using System.Collections.Generic;

namespace Surety.Bench;

/// <summary>Commands as bytes, one after another, ready to be applied.</summary>
public sealed class CommandRecording
{
    private readonly List<int> _ends = [];
    private byte[] _bytes = new byte[1 << 20];
    private int _length;

    /// <summary>How many.</summary>
    public int Count => _ends.Count;

    /// <summary>Bytes in all.</summary>
    public long Bytes => _length;

    /// <summary>The i-th record.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int from = index == 0 ? 0 : _ends[index - 1];
            return _bytes.AsSpan(from, _ends[index] - from);
        }
    }

    /// <summary>Appends a record.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        if (_bytes.Length - _length < record.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }
        record.CopyTo(_bytes.AsSpan(_length));
        _length += record.Length;
        _ends.Add(_length);
    }

    /// <summary>The records' ends as an array, for loops that are timed.</summary>
    public int[] Ends() => [.. _ends];

    /// <summary>The bytes.</summary>
    public byte[] Buffer => _bytes;
}
