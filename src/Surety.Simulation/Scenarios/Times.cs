using System;
using System.Globalization;

namespace Surety.Simulation.Scenarios;

/// <summary>Times as a scenario writes them.</summary>
internal static class Times
{
    /// <summary>A time since the start, such as 1h02m10s; before it, with a minus.</summary>
    public static string Since(long ns)
    {
        var span = TimeSpan.FromMilliseconds(Math.Abs(ns) / 1_000_000);
        string text = span.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}h{span.Minutes:00}m{span.Seconds:00}s")
            : span.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}m{span.Seconds:00}s")
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s");
        return ns < 0 ? "-" + text : text;
    }
}
