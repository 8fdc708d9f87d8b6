using System;

namespace Surety.Journal;

/// <summary>Bytes of a journal are not what was written: where, and what to do.</summary>
public sealed class JournalDamagedException : Exception
{
    /// <summary>An error without a message.</summary>
    public JournalDamagedException()
    {
    }

    /// <summary>An error with a message.</summary>
    public JournalDamagedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    public JournalDamagedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="file">The damaged file.</param>
    /// <param name="offset">Where in it the damage begins, bytes.</param>
    /// <param name="record">The number of the record there.</param>
    /// <param name="what">What is wrong.</param>
    public JournalDamagedException(string file, long offset, ulong record, string what)
        : base($"{file}, offset {offset} (record {record}): {what}. Nothing was changed. Restore this file from a copy or a "
            + "replica; everything before that offset is intact.")
    {
        File = file;
        Offset = offset;
        Record = record;
    }

    /// <summary>The damaged file.</summary>
    public string File { get; } = "";

    /// <summary>Where in it the damage begins, bytes.</summary>
    public long Offset { get; }

    /// <summary>The number of the record there, from 0.</summary>
    public ulong Record { get; }
}

/// <summary>The journal cannot be opened or written: disk full, read-only, in use. Nothing acknowledged is lost.</summary>
public sealed class JournalUnavailableException : Exception
{
    /// <summary>An error without a message.</summary>
    public JournalUnavailableException()
    {
    }

    /// <summary>An error with a message.</summary>
    public JournalUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    public JournalUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
