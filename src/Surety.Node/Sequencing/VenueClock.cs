using System;
using System.Diagnostics;

namespace Surety.Node.Sequencing;

/// <summary>
/// The sequencer's time. It starts at the wall clock or the venue's last time, whichever is later, moves with the monotonic clock, and
/// follows the wall clock by at most one part in a hundred: whatever the wall clock does, it neither runs backwards nor leaps.
/// </summary>
public sealed class VenueClock
{
    private const int SlewPart = 100;
    private readonly Func<long> _wallNs;
    private readonly Func<long> _monotonicNs;
    private long _nowNs;
    private long _lastMonotonicNs;

    /// <param name="venueNs">The venue's last time.</param>
    /// <param name="wallNs">The wall clock, nanoseconds since 1970; for tests.</param>
    /// <param name="monotonicNs">The monotonic clock; for tests.</param>
    public VenueClock(long venueNs, Func<long>? wallNs = null, Func<long>? monotonicNs = null)
    {
        _wallNs = wallNs ?? WallNs;
        _monotonicNs = monotonicNs ?? MonotonicNs;
        _nowNs = Math.Max(venueNs, _wallNs());
        _lastMonotonicNs = _monotonicNs();
    }

    /// <summary>How far the venue's time is ahead of the wall clock, nanoseconds; for alarms.</summary>
    public long AheadNs => _nowNs - _wallNs();

    /// <summary>Now, nanoseconds since 1970. Called by one thread.</summary>
    public long NowNs()
    {
        long monotonic = _monotonicNs();
        long passed = Math.Max(monotonic - _lastMonotonicNs, 0);
        _lastMonotonicNs = monotonic;
        long target = _wallNs();
        long slew = passed / SlewPart;
        _nowNs += passed + Math.Clamp(target - (_nowNs + passed), -slew, slew);
        return _nowNs;
    }

    /// <summary>The wall clock, nanoseconds since 1970.</summary>
    public static long WallNs() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    private static long MonotonicNs() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
}
