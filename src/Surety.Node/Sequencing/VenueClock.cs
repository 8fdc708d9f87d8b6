using System;
using System.Diagnostics;

namespace Surety.Node.Sequencing;

/// <summary>
/// The sequencer's time. It starts at the wall clock or the venue's last time, whichever is later, moves with the monotonic clock, and
/// follows the wall clock by at most one part in a hundred: whatever the wall clock does, it neither runs backwards nor leaps. A wall clock
/// that jumps against the monotonic one is not followed at all until it comes back, and the jump is reported.
/// </summary>
public sealed class VenueClock
{
    private const int SlewPart = 100;
    private readonly Func<long> _wallNs;
    private readonly Func<long> _monotonicNs;
    private readonly long _jumpNs;
    private long _nowNs;
    private long _lastMonotonicNs;

    // Wall less monotonic time, as it was believed last.
    private long _offsetNs;

    /// <param name="venueNs">The venue's last time.</param>
    /// <param name="wallNs">The wall clock, nanoseconds since 1970; for tests.</param>
    /// <param name="monotonicNs">The monotonic clock; for tests.</param>
    /// <param name="jumpNs">How far the wall clock may move against the monotonic one between two readings and still be followed.</param>
    public VenueClock(long venueNs, Func<long>? wallNs = null, Func<long>? monotonicNs = null, long jumpNs = 5_000_000_000)
    {
        _wallNs = wallNs ?? WallNs;
        _monotonicNs = monotonicNs ?? MonotonicNs;
        _jumpNs = jumpNs;
        long wall = _wallNs();
        _nowNs = Math.Max(venueNs, wall);
        _lastMonotonicNs = _monotonicNs();
        _offsetNs = wall - _lastMonotonicNs;
    }

    /// <summary>How far the venue's time is ahead of the wall clock, nanoseconds; for alarms.</summary>
    public long AheadNs => _nowNs - _wallNs();

    /// <summary>How far the wall clock has jumped, nanoseconds, while it is not followed; 0 while it is.</summary>
    public long JumpedNs { get; private set; }

    /// <summary>Now, nanoseconds since 1970. Called by one thread.</summary>
    public long NowNs()
    {
        long monotonic = _monotonicNs();
        long passed = Math.Max(monotonic - _lastMonotonicNs, 0);
        _lastMonotonicNs = monotonic;
        long moved = _wallNs() - monotonic - _offsetNs;
        if (Math.Abs(moved) <= _jumpNs)
        {
            _offsetNs += moved;
            JumpedNs = 0;
        }
        else
        {
            JumpedNs = moved;
        }
        long target = monotonic + _offsetNs;
        long slew = passed / SlewPart;
        _nowNs += passed + Math.Clamp(target - (_nowNs + passed), -slew, slew);
        return _nowNs;
    }

    /// <summary>The wall clock, nanoseconds since 1970.</summary>
    public static long WallNs() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    private static long MonotonicNs() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
}
