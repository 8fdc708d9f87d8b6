using System;
using System.Globalization;
using Surety.Engine.Blocks;
using Surety.Node.Settings;

namespace Surety.Node.Sequencing;

/// <summary>The machine's clock and the venue's last command do not fit together; the message says what to do.</summary>
public sealed class ClockException(string message) : Exception(message);

/// <summary>
/// A venue's time never goes back, so a start with a wrong clock cannot be undone: every later command would bear the wrong time. What
/// is out of proportion needs the operator's explicit word.
/// </summary>
public static class StartClock
{
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Refuses a start with a clock that is out of proportion, unless the operator accepts it.</summary>
    /// <param name="ledger">The venue, as its journal left it.</param>
    /// <param name="settings">What is in proportion.</param>
    /// <param name="wallNs">The machine's clock, nanoseconds since 1970.</param>
    /// <exception cref="ClockException">It is.</exception>
    public static void Check(Ledger ledger, ClockSettings settings, long wallNs)
    {
        if (!settings.Accept && ledger.LastSequence > 0
            && FindError(ledger.Engine.State.TimeNs, wallNs, settings.ForwardHours, settings.AheadSeconds) is { } error)
        {
            throw new ClockException(error);
        }
    }

    /// <summary>What is wrong; null when the venue may start.</summary>
    /// <param name="lastNs">The last durable command's time, nanoseconds since 1970.</param>
    /// <param name="wallNs">The machine's clock.</param>
    /// <param name="forwardHours">How long the venue may have been stopped.</param>
    /// <param name="aheadSeconds">How far its time may be ahead of the clock.</param>
    public static string? FindError(long lastNs, long wallNs, int forwardHours, int aheadSeconds)
    {
        Int128 ahead = (Int128)lastNs - wallNs;
        if (ahead > (Int128)aheadSeconds * NsPerSecond)
        {
            return $"clock: the venue's last command is of {Text(lastNs)}, the machine's clock says {Text(wallNs)}: {Span(ahead)} earlier. "
                + "Set the clock right, or wait until then. If the clock is right and an earlier "
                    + "start had a wrong one, restore a backup of before it "
                + "(docs/operations.md, Clock), or start with --accept-clock and go on at the venue's time.";
        }
        if (-ahead > (Int128)forwardHours * 3_600 * NsPerSecond)
        {
            return $"clock: the venue's last command is of {Text(lastNs)}, the machine's clock says "
                + $"{Text(wallNs)}: {Span(-ahead)} later, more than the {forwardHours} h that "
                + "clock.forwardHours allows. If the venue was stopped for so long, start with --accept-clock. "
                    + "If not, set the clock right: the venue's time cannot go back.";
        }
        return null;
    }

    private static string Text(long ns) =>
        DateTime.UnixEpoch.AddTicks(ns / 100).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Span(Int128 ns)
    {
        long seconds = (long)(ns / NsPerSecond);
        return seconds < 7_200 ? $"{seconds} s" : seconds < 172_800 ? $"{seconds / 3_600} h" : $"{seconds / 86_400} days";
    }
}
