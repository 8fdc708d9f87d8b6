using System;

namespace Surety.Client;

/// <summary>The venue answered with an error.</summary>
public sealed class VenueException(int code, string name, string reason,
    int? waitMs) : Exception(reason.Length == 0 ? name : $"{name}: {reason}")
{
    /// <summary>The error's number; those of Deribit's API where there is one that fits.</summary>
    public int Code => code;

    /// <summary>Its short name, for example not_enough_funds.</summary>
    public string Name => name;

    /// <summary>Milliseconds after which to try again; null when that would not help.</summary>
    public int? WaitMs => waitMs;
}
