using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Surety.Engine.State;

/// <summary>Checks that stay in release builds. A failure means that the engine itself is wrong: it stops rather than goes on.</summary>
public static class Invariant
{
    /// <summary>Stops the engine when <paramref name="holds"/> is false.</summary>
    /// <param name="holds">What must be true.</param>
    /// <param name="violation">What it means when it is not.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Assert([DoesNotReturnIf(false)] bool holds, string violation)
    {
        if (!holds)
        {
            throw new InvariantViolationException(violation);
        }
    }
}

/// <summary>The engine found itself wrong. Its state must not be used further; restore it from the journal.</summary>
public sealed class InvariantViolationException : Exception
{
    /// <summary>An error without a message.</summary>
    public InvariantViolationException()
    {
    }

    /// <summary>An error with a message.</summary>
    public InvariantViolationException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    public InvariantViolationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
