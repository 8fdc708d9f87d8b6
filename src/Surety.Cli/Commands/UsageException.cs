using System;

namespace Surety.Cli.Commands;

/// <summary>The command line is invalid: the message says what is expected.</summary>
internal sealed class UsageException : Exception
{
    public UsageException()
    {
    }

    public UsageException(string message)
        : base(message)
    {
    }

    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
