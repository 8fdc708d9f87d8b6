using System;

namespace Surety.Simulation.Scenarios;

/// <summary>A scenario's file is invalid: the message says where, what is expected and what was found.</summary>
internal sealed class ScenarioException : Exception
{
    public ScenarioException()
    {
    }

    public ScenarioException(string message)
        : base(message)
    {
    }

    public ScenarioException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
