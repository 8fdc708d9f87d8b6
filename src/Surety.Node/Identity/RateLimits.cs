using System;
using System.Collections.Concurrent;
using System.Threading;
using Surety.Node.History;

namespace Surety.Node.Identity;

/// <summary>How much a key and an account may ask for.</summary>
/// <param name="PerSecond">Cost units that come back each second. A question costs 1, an order 4.</param>
/// <param name="Burst">The most that can be saved up.</param>
/// <param name="OrdersPerTrade">From this many orders to a trade on, each order costs twice as much; from twice as many on three times, and
/// so on.</param>
public sealed record RateLimit(int PerSecond = 400, int Burst = 4_000, int OrdersPerTrade = 500);

/// <summary>What is left of an allowance.</summary>
public readonly record struct Allowance(bool Granted, int Limit, int Remaining, int WaitMs);

/// <summary>
/// Token buckets: one for each key or address, one for each account, and one for each owner, over all of its sub-accounts.
/// </summary>
/// <param name="limit">What applies where nothing else does.</param>
/// <param name="ofAccount">What the operator set for an account; null for nothing.</param>
/// <param name="ownerOf">The master account of an account. 0, the operator's, has no bucket of its own.</param>
public sealed class RateLimits(RateLimit limit, Func<uint, RateLimit?>? ofAccount = null, Func<uint, uint>? ownerOf = null)
{
    private const int MostBuckets = 200_000;
    private readonly ConcurrentDictionary<string, Bucket> _senders = new();
    private readonly ConcurrentDictionary<uint, Bucket> _accounts = new();
    private readonly ConcurrentDictionary<uint, Bucket> _owners = new();

    /// <summary>What an owner may ask for over all sub-accounts, in allowances of a key; an account may ask for two.</summary>
    public const int KeysToAnOwner = 4;

    /// <summary>Requests that were refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    private long _refused;
    private long _forgotMs;

    /// <summary>Takes the cost of a request from a sender's allowance and, when it has one, its account's.</summary>
    /// <param name="sender">The key or the address.</param>
    /// <param name="account">Its account; null where there is none.</param>
    /// <param name="cost">Cost units.</param>
    /// <param name="isOrder">Whether it counts in the account's ratio of orders to trades.</param>
    /// <param name="waits">Whether it becomes a command that waits while too much of its owner's was refused.</param>
    public Allowance Take(string sender, uint? account, int cost, bool isOrder, bool waits = false)
    {
        RateLimit applies = (account is { } a ? ofAccount?.Invoke(a) : null) ?? limit;
        if (waits && account is { } commands && Refusals?.WaitMs(commands) is > 0 and var wait)
        {
            Interlocked.Increment(ref _refused);
            return new Allowance(false, applies.Burst, 0, wait);
        }
        ForgetFull();
        Bucket mine = _senders.GetOrAdd(sender, _ => new Bucket(applies.Burst));
        Bucket? shared = account is { } number ? _accounts.GetOrAdd(number, _ => new Bucket(applies.Burst * 2L)) : null;
        if (isOrder && shared is not null)
        {
            cost *= 1 + (int)Math.Min(shared.Orders / Math.Max(shared.Trades + 1, 1) / Math.Max(applies.OrdersPerTrade, 1), 100);
            shared.CountOrder();
        }
        Allowance granted = mine.Take(cost, applies.PerSecond, applies.Burst);
        if (granted.Granted && shared is not null)
        {
            Allowance ofShared = shared.Take(cost, applies.PerSecond * 2L, applies.Burst * 2L);
            granted = ofShared.Granted ? granted : ofShared;
        }
        if (granted.Granted && account is { } own && ownerOf?.Invoke(own) is > 0 and var master)
        {
            RateLimit ofOwner = ofAccount?.Invoke(master) ?? limit;
            Bucket all = _owners.GetOrAdd(master, _ => new Bucket(ofOwner.Burst * (long)KeysToAnOwner));
            Allowance ofAll = all.Take(cost, ofOwner.PerSecond * (long)KeysToAnOwner, ofOwner.Burst * (long)KeysToAnOwner);
            granted = ofAll.Granted ? granted : ofAll;
        }
        if (!granted.Granted)
        {
            Interlocked.Increment(ref _refused);
        }
        return granted;
    }

    /// <summary>What an owner may have refused; null for any number.</summary>
    public RefusalBudget? Refusals { get; init; }

    /// <summary>Senders remembered.</summary>
    public int Remembered => _senders.Count;

    // A sender whose allowance is whole again needs no memory. Forgetting the others would give them a new one.
    private void ForgetFull()
    {
        long now = Environment.TickCount64;
        long forgot = Interlocked.Read(ref _forgotMs);
        if (now - forgot < 1_000 || Interlocked.CompareExchange(ref _forgotMs, now, forgot) != forgot || _senders.Count <= MostBuckets)
        {
            return;
        }
        foreach ((string sender, Bucket bucket) in _senders)
        {
            if (bucket.IsFull(now))
            {
                _senders.TryRemove(sender, out _);
            }
        }
    }

    /// <summary>Counts a fill of both accounts' orders, for their ratio of orders to trades.</summary>
    public void CountTrade(TradeRow trade)
    {
        CountTrade(trade.TakerAccount);
        CountTrade(trade.MakerAccount);
    }

    private void CountTrade(uint account)
    {
        if (_accounts.TryGetValue(account, out Bucket? bucket))
        {
            bucket.CountTrade();
        }
    }

    private sealed class Bucket(long full)
    {
        private const long HourMs = 3_600_000;
        private readonly Lock _gate = new();
        private double _left = full;
        private long _perSecond;
        private long _takenMs = Environment.TickCount64;
        private long _hourMs = Environment.TickCount64;

        public bool IsFull(long nowMs)
        {
            lock (_gate)
            {
                return _left + ((nowMs - _takenMs) * _perSecond / 1000.0) >= full;
            }
        }

        public long Orders { get; private set; }

        public long Trades { get; private set; }

        public Allowance Take(int cost, long perSecond, long burst)
        {
            lock (_gate)
            {
                long now = Environment.TickCount64;
                _left = Math.Min(burst, _left + ((now - _takenMs) * perSecond / 1000.0));
                (_takenMs, _perSecond) = (now, perSecond);
                if (_left < cost)
                {
                    return new Allowance(false, (int)burst, (int)_left, (int)Math.Ceiling((cost - _left) * 1000 / Math.Max(perSecond, 1)));
                }
                _left -= cost;
                return new Allowance(true, (int)burst, (int)_left, 0);
            }
        }

        public void CountOrder()
        {
            lock (_gate)
            {
                if (Environment.TickCount64 - _hourMs > HourMs)
                {
                    (Orders, Trades, _hourMs) = (Orders / 2, Trades / 2, Environment.TickCount64);
                }
                Orders++;
            }
        }

        public void CountTrade()
        {
            lock (_gate)
            {
                Trades++;
            }
        }
    }
}
