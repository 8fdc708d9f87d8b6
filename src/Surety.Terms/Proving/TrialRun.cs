using System;
using System.Collections.Generic;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Terms.Proving;

/// <summary>A price of an index from a moment on, fixed point.</summary>
internal readonly record struct TrialPrice(long TimeMs, string Index, Int128 Price);

/// <summary>A contract over one path: all that it pays.</summary>
internal sealed class TrialRun(ContractProgram program)
{
    private ContractState _state;

    /// <summary>All that the short side paid the long, fixed point.</summary>
    public Int128 Paid { get; private set; }

    /// <summary>Whether the holder took what the text gave.</summary>
    public bool WasTaken { get; private set; }

    /// <summary>Runs over a path that goes on after expiry; the holder takes what there is from a moment on.</summary>
    public void Follow(IReadOnlyList<TrialPrice> path, long takesFromMs)
    {
        _state = default;
        (Paid, WasTaken) = (0, false);
        foreach (TrialPrice point in path)
        {
            ContractEvent due;
            while ((due = ContractRun.Advance(program, ref _state, point.TimeMs, counts: true)).Kind != ContractEventKind.None)
            {
                Paid += due.Amount;
            }
            int observation = Observation(point.Index);
            if (observation >= 0)
            {
                Paid += ContractRun.Observe(program, ref _state, observation, point.Price).Amount;
            }
            if (point.TimeMs >= takesFromMs && ContractRun.TryTake(program, ref _state, out Int128 amount, out _) && amount > 0)
            {
                Paid += amount;
                WasTaken = true;
                return;
            }
        }
    }

    private int Observation(string index)
    {
        for (int o = 0; o < program.Contract.Observations.Count; o++)
        {
            if (program.Contract.Observations[o].Index == index)
            {
                return o;
            }
        }
        return -1;
    }
}

/// <summary>
/// Paths that look for trouble: prices at every level that the texts name, just beside it, at and beyond the ends of ranges, or as before;
/// steps at every moment of the texts, just beside it, or long none.
/// </summary>
internal sealed class TrialPaths
{
    private const int MostMoments = 64;
    private readonly List<string> _indices = [];
    private readonly List<Int128> _levels = [];
    private readonly List<long> _moments = [];
    private readonly long _startMs;
    private readonly long _endMs;
    private Core.Numerics.SplitMix _random;

    public TrialPaths(IReadOnlyList<Contract> contracts, Expression claim, ulong seed)
    {
        _random = new Core.Numerics.SplitMix(seed);
        foreach (Contract c in contracts)
        {
            foreach (Observation o in c.Observations)
            {
                _levels.AddRange([o.Low, o.High]);
                if (!_indices.Contains(o.Index))
                {
                    _indices.Add(o.Index);
                }
            }
            foreach (Schedule s in c.Schedules)
            {
                for (long i = 0; i < s.Count; i += Math.Max(1, s.Count / MostMoments))
                {
                    _moments.Add(s.FromMs + (i * s.EveryMs));
                }
            }
            foreach (Clause clause in c.Clauses)
            {
                Look(clause.Pay, c.ExpiryMs);
                if (clause is When w)
                {
                    Look(w.Condition, c.ExpiryMs);
                    _moments.AddRange(w.FromMs > 0 ? [w.FromMs, w.ToMs] : []);
                }
            }
            _moments.Add(c.ExpiryMs);
            Look(claim, c.ExpiryMs);
        }
        _moments.Sort();
        // An hour before whatever comes first, so that everything is priced by then.
        (_startMs, _endMs) = (_moments[0] - 3_600_000, _moments[^1] + 3_600_000);
    }

    public IReadOnlyList<TrialPrice> Next()
    {
        var times = new SortedSet<long>();
        for (long n = _random.Below(24); n > 0; n--)
        {
            times.Add(_random.Chance(300)
                ? _startMs + _random.Below(_endMs - _startMs)
                : _moments[(int)_random.Below(_moments.Count)] + _random.Below(3) - 1);
        }
        times.Remove(_startMs);
        var path = new List<TrialPrice>();
        foreach (string index in _indices)
        {
            path.Add(new TrialPrice(_startMs, index, Price(1_000 * (Int128)FixedPoint.One)));
        }
        foreach (long time in times)
        {
            foreach (string index in _indices)
            {
                if (_indices.Count == 1 || _random.Chance(600))
                {
                    path.Add(new TrialPrice(time, index, Price(path.FindLast(p => p.Index == index).Price)));
                }
            }
        }
        foreach (string index in _indices)
        {
            path.Add(new TrialPrice(_endMs, index, path.FindLast(p => p.Index == index).Price));
        }
        return path;
    }

    /// <summary>From when on the next holder takes what there is: often never.</summary>
    public long TakesFrom() => _random.Chance(500) ? long.MaxValue : _startMs + _random.Below(_endMs - _startMs);

    private Int128 Price(Int128 before) => _random.Below(10) switch
    {
        < 5 => _levels[(int)_random.Below(_levels.Count)] + (_random.Below(3) - 1) * (_random.Chance(500) ? 1 : FixedPoint.One),
        < 7 => FixedPoint.Multiply(before, 50_000_000 + _random.Below(150_000_000)),
        7 => before,
        8 => Between(_levels[(int)_random.Below(_levels.Count)], _levels[(int)_random.Below(_levels.Count)]),
        _ => -before,
    };

    private Int128 Between(Int128 a, Int128 b) => a + ((b - a) / 1_000_000 * _random.Below(1_000_001));

    private void Look(Expression e, long expiryMs)
    {
        switch (e)
        {
            case NumberLiteral n:
                _levels.Add(n.Value);
                break;
            case WindowAggregate w:
                _moments.Add(Math.Max(expiryMs - w.WindowMs, 1));
                break;
            case ScheduleAggregate s:
                Look(s.Value, expiryMs);
                break;
            case Unary u:
                Look(u.Operand, expiryMs);
                break;
            case Binary b:
                Look(b.Left, expiryMs);
                Look(b.Right, expiryMs);
                break;
            case Conditional c:
                Look(c.Condition, expiryMs);
                Look(c.Then, expiryMs);
                Look(c.Else, expiryMs);
                break;
            default:
                break;
        }
    }
}
