using System;
using System.Collections.Generic;
using System.Threading;

namespace Surety.Node.Identity;

/// <summary>
/// How often something may be done from an address in an hour; it forgets everything each hour, so it remembers no more than an hour's
/// senders.
/// </summary>
/// <param name="most">Times an hour.</param>
public sealed class HourlyQuota(int most)
{
    private const long HourMs = 3_600_000;
    private const int MostRemembered = 100_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = [];
    private long _beganMs = Environment.TickCount64;

    /// <summary>Counts once more, unless the address has done it as often as it may.</summary>
    public bool TryTake(string address)
    {
        lock (_gate)
        {
            if (Environment.TickCount64 - _beganMs > HourMs)
            {
                _counts.Clear();
                _beganMs = Environment.TickCount64;
            }
            int count = _counts.GetValueOrDefault(address);
            if (count >= most || (count == 0 && _counts.Count >= MostRemembered))
            {
                return false;
            }
            _counts[address] = count + 1;
            return true;
        }
    }
}
