using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Terms.Tests;

/// <summary>A price of one observation from a moment on.</summary>
public readonly record struct PathPoint(long TimeMs, int Observation, Int128 Price);

/// <summary>
/// What a contract means, said slowly: it keeps the whole path and computes every aggregate from its definition. The compiled
/// form is tested against it; simulations and explanations use it. Prices must come in the order of time, all observations
/// priced by the first moment that matters.
/// </summary>
public sealed class Interpreter(Contract contract)
{
    private readonly List<PathPoint> _path = [];

    /// <summary>All events over a path, in order.</summary>
    public IReadOnlyList<ContractEvent> Run(IReadOnlyList<PathPoint> path)
    {
        var events = new List<ContractEvent>();
        _path.Clear();
        int at = 0;
        while (true)
        {
            long priceMs = at < path.Count ? path[at].TimeMs : long.MaxValue;
            // Time's own events come before a price of the same moment.
            foreach (long moment in Moments(_path.Count == 0 ? 0 : _path[^1].TimeMs, priceMs))
            {
                if (AllPriced() && AtMoment(moment, events))
                {
                    return events;
                }
            }
            if (at == path.Count)
            {
                return events;
            }
            Observation o = contract.Observations[path[at].Observation];
            _path.Add(path[at] with { Price = Int128.Clamp(path[at].Price, o.Low, o.High) });
            at++;
            if (AllPriced() && AtPrice(events))
            {
                return events;
            }
        }
    }

    private readonly HashSet<long> _done = [];

    private IEnumerable<long> Moments(long afterMs, long untilMs)
    {
        var moments = new SortedSet<long> { contract.ExpiryMs };
        foreach (Schedule s in contract.Schedules)
        {
            for (long t = s.FromMs; t <= s.ToMs; t += s.EveryMs)
            {
                moments.Add(t);
            }
        }
        foreach (long moment in moments)
        {
            if (moment <= untilMs && moment >= afterMs && _done.Add(moment))
            {
                yield return moment;
            }
        }
    }

    private bool AllPriced()
    {
        for (int o = 0; o < contract.Observations.Count; o++)
        {
            if (!_path.Exists(p => p.Observation == o))
            {
                return false;
            }
        }
        return true;
    }

    private bool AtMoment(long moment, List<ContractEvent> events)
    {
        for (int s = 0; s < contract.Schedules.Count; s++)
        {
            Schedule schedule = contract.Schedules[s];
            if (moment < schedule.FromMs || moment > schedule.ToMs || (moment - schedule.FromMs) % schedule.EveryMs != 0)
            {
                continue;
            }
            Int128 paid = 0;
            int payer = contract.Clauses.ToList().FindIndex(c => c is AtSchedule at && at.Schedule == s);
            if (payer >= 0)
            {
                paid = Number(contract.Clauses[payer].Pay, moment, moment);
            }
            int ender =
                contract.Clauses.ToList()
                    .FindIndex(c => c is When w && w.Schedule == s && Watched(w, moment) && Truth(w.Condition, moment, moment));
            if (ender >= 0)
            {
                events.Add(
                    new ContractEvent(ContractEventKind.Ended, paid + Number(contract.Clauses[ender].Pay, moment, moment), ender, moment));
                return true;
            }
            if (payer >= 0)
            {
                events.Add(new ContractEvent(ContractEventKind.Paid, paid, payer, moment));
            }
        }
        if (moment != contract.ExpiryMs)
        {
            return false;
        }
        int last = contract.Clauses.ToList().FindIndex(c => c is AtExpiry);
        events.Add(new ContractEvent(ContractEventKind.Expired, Number(contract.Clauses[last].Pay, moment, moment), last, moment));
        return true;
    }

    private bool AtPrice(List<ContractEvent> events)
    {
        long now = _path[^1].TimeMs;
        int ender =
            contract.Clauses.ToList()
                .FindIndex(c => c is When { Schedule: < 0 } w && Watched(w, now) && Truth(w.Condition, now, long.MaxValue));
        if (ender < 0)
        {
            return false;
        }
        events.Add(new ContractEvent(ContractEventKind.Ended, Number(contract.Clauses[ender].Pay, now, long.MaxValue), ender, now));
        return true;
    }

    private static bool Watched(When w, long now) => w.FromMs == 0 || (now >= w.FromMs && now <= w.ToMs);

    private bool Truth(Expression e, long now, long fixedAt) => e switch
    {
        Unary u => !Truth(u.Operand, now, fixedAt),
        Conditional c => Truth(c.Condition, now, fixedAt) ? Truth(c.Then, now, fixedAt) : Truth(c.Else, now, fixedAt),
        Binary { Op: "and" } b => Truth(b.Left, now, fixedAt) && Truth(b.Right, now, fixedAt),
        Binary { Op: "or" } b => Truth(b.Left, now, fixedAt) || Truth(b.Right, now, fixedAt),
        Binary b => (b.Op, Number(b.Left, now, fixedAt), Number(b.Right, now, fixedAt)) switch
        {
            ("<", var x, var y) => x < y,
            ("<=", var x, var y) => x <= y,
            (">", var x, var y) => x > y,
            (">=", var x, var y) => x >= y,
            ("==", var x, var y) => x == y,
            (_, var x, var y) => x != y,
        },
        _ => throw new InvalidOperationException("a number stands where a truth should"),
    };

    private Int128 Number(Expression e, long now, long fixedAt) => e switch
    {
        NumberLiteral n => n.Value,
        Observed o => PriceAt(o.Observation, fixedAt),
        Previous p => PriceAt(p.Observation, now),
        WindowAggregate w => Window(w, now),
        ScheduleAggregate s => OverSchedule(s, now),
        Unary { Op: "-" } u => -Number(u.Operand, now, fixedAt),
        Unary u => Int128.Abs(Number(u.Operand, now, fixedAt)),
        Conditional c => Truth(c.Condition, now, fixedAt) ? Number(c.Then, now, fixedAt) : Number(c.Else, now, fixedAt),
        Binary b => (b.Op, Number(b.Left, now, fixedAt), Number(b.Right, now, fixedAt)) switch
        {
            ("+", var x, var y) => FixedPoint.Add(x, y),
            ("-", var x, var y) => FixedPoint.Add(x, -y),
            ("*", var x, var y) => FixedPoint.Multiply(x, y),
            ("/", var x, var y) => FixedPoint.Divide(x, y),
            ("min", var x, var y) => Int128.Min(x, y),
            (_, var x, var y) => Int128.Max(x, y),
        },
        _ => throw new InvalidOperationException("a claim's word stands in a contract"),
    };

    // The price that stood as a moment came: a price that comes at that very moment comes after it.
    private Int128 PriceAt(int observation, long timeMs)
    {
        Int128 price = 0;
        foreach (PathPoint p in _path)
        {
            price = p.Observation == observation && (p.TimeMs < timeMs || p.TimeMs == _path[0].TimeMs) ? p.Price : price;
        }
        return price;
    }

    private Int128 Window(WindowAggregate w, long now)
    {
        long from = now - w.WindowMs;
        Int128 sum = 0;
        long weight = 0;
        Int128? extreme = null;
        for (int i = 0; i < _path.Count; i++)
        {
            if (_path[i].Observation != w.Observation)
            {
                continue;
            }
            int next = _path.FindIndex(i + 1, p => p.Observation == w.Observation);
            long until = Math.Min(next < 0 ? now : _path[next].TimeMs, now);
            long since = Math.Max(Math.Max(_path[i].TimeMs, from), FirstMs());
            if (until > since || (_path[i].TimeMs >= from && _path[i].TimeMs <= now))
            {
                extreme = extreme is not { } x
                    ? _path[i].Price
                    : w.Kind == Aggregate.Min
                    ? Int128.Min(x, _path[i].Price)
                    : Int128.Max(x, _path[i].Price);
            }
            if (until > since)
            {
                sum += _path[i].Price * (until - since);
                weight += until - since;
            }
        }
        return w.Kind != Aggregate.Mean ? extreme!.Value : weight == 0 ? PriceAt(w.Observation, now) : FixedPoint.Mean(sum, weight);
    }

    // When the last of the observations got its first price: before, nothing counts.
    private long FirstMs()
    {
        long first = 0;
        for (int o = 0; o < contract.Observations.Count; o++)
        {
            first = Math.Max(first, _path.Find(p => p.Observation == o).TimeMs);
        }
        return first;
    }

    private Int128 OverSchedule(ScheduleAggregate s, long now)
    {
        Schedule schedule = contract.Schedules[s.Schedule];
        var values = new List<Int128>();
        bool usesPrevious = Mentions(s.Value);
        for (long t = schedule.FromMs + (usesPrevious ? schedule.EveryMs : 0); t <= Math.Min(now, schedule.ToMs); t += schedule.EveryMs)
        {
            // Within a fixing, "now" is the fixing before, for prev.
            values.Add(Number(s.Value, t - schedule.EveryMs, t));
        }
        return values.Count == 0 ? 0 : s.Kind switch
        {
            Aggregate.Mean => FixedPoint.Mean(Sum(values), values.Count),
            Aggregate.Sum => Sum(values),
            Aggregate.Min => values.Min(),
            Aggregate.Max => values.Max(),
            Aggregate.First => values[0],
            _ => values[^1],
        };
    }

    private static Int128 Sum(List<Int128> values)
    {
        Int128 sum = 0;
        values.ForEach(v => sum += v);
        return sum;
    }

    private static bool Mentions(Expression e) => e switch
    {
        Previous => true,
        Unary u => Mentions(u.Operand),
        Binary b => Mentions(b.Left) || Mentions(b.Right),
        Conditional c => Mentions(c.Condition) || Mentions(c.Then) || Mentions(c.Else),
        _ => false,
    };
}
