using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Surety.Terms.Execution;

namespace Surety.Terms.Tests;

/// <summary>A random contract's text together with the same payoff written as a C# function, and a random path.</summary>
internal sealed class RandomContract
{
    public const long StartMs = 1_767_225_600_000; // 2026-01-01T00:00Z
    public const long ExpiryMs = StartMs + (3 * 86_400_000);
    private readonly Random _random;

    public RandomContract(int seed) => _random = new Random(seed);

    /// <summary>A contract with clauses of every kind.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        text.Append(
            "contract RANDOM\nobserve S = index BTC_USD in 1 .. 1000\nobserve T = index "
            + "ETH_USD in 1 .. 1000\nsettle USDC\nexpiry 2026-01-04T00:00Z\n");
        text.Append("schedule FIX = every 6h from 2026-01-01T06:00Z to 2026-01-03T18:00Z\n");
        if (_random.Next(2) == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"when S + T >= {1500 + _random.Next(400)} pay {_random.Next(50)} and end\n");
        }
        if (_random.Next(3) == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"when {Aggregated(3)} < S / {1 + _random.Next(5)} at FIX pay S and end\n");
        }
        if (_random.Next(2) == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"at FIX pay {Number(2, atSchedule: true)}\n");
        }
        // Both are used for certain, so that neither is refused as idle.
        text.Append(CultureInfo.InvariantCulture, $"at expiry pay {Number(4, atSchedule: false)} + S - T / 2\n");
        return text.ToString();
    }

    /// <summary>Prices of both indices, some at the very moment of a fixing and of expiry.</summary>
    public List<PathPoint> Path()
    {
        var path = new List<PathPoint> { new(StartMs, 0, Price()), new(StartMs, 1, Price()) };
        long time = StartMs;
        while (time < ExpiryMs + 3_600_000)
        {
            time += _random.Next(4) == 0 ? 3_600_000 - (time % 3_600_000) : _random.Next(1, 5_000_000);
            path.Add(new PathPoint(time, _random.Next(2), Price()));
        }
        return path;
    }

    private Int128 Price() => ((Int128)_random.Next(0, 1100) * FixedPoint.One) + _random.Next(100_000_000);

    private string Number(int depth, bool atSchedule)
    {
        string N() => Number(depth - 1, atSchedule);
        return (depth <= 0 ? _random.Next(4) : _random.Next(13)) switch
        {
            0 => "S",
            1 => "T",
            2 => $"{_random.Next(1000)}.{_random.Next(1000):000}",
            3 => Aggregated(atSchedule ? 3 : 5),
            4 => $"({N()} + {N()})",
            5 => $"({N()} - {N()})",
            6 => $"{N()} * {_random.Next(1, 4)}.5",
            7 => $"({N()}) / {_random.Next(1, 9)}",
            8 => $"min({N()}, {N()}, {N()})",
            9 => $"max({N()}, {N()})",
            10 => $"abs({N()})",
            11 => $"-({N()})",
            _ => $"(if {Condition(depth - 1, atSchedule)} then {N()} else {N()})",
        };
    }

    private string Condition(int depth, bool atSchedule)
    {
        string[] comparisons = ["<", "<=", ">", ">=", "==", "!="];
        string one = $"{Number(depth - 1, atSchedule)} {comparisons[_random.Next(6)]} {Number(depth - 1, atSchedule)}";
        return _random.Next(5) switch { 0 => $"not {one}", 1 => $"{one} and S < 500", 2 => $"{one} or T < 500", _ => one };
    }

    private string Aggregated(int kinds) => _random.Next(kinds) switch
    {
        0 => $"{Kind("mean", "min", "max")}({Kind("S", "T")}, {Kind("30m", "2h", "6h")})",
        1 => $"sum(abs(S - T) at FIX) / 100",
        2 => $"{Kind("mean", "min", "max", "first", "last")}({Kind("S + T", "S", "min(S, T)")} at FIX)",
        3 => "mean(S - prev(S) at FIX)",
        _ => $"max({Kind("S", "T")}, 1d)",
    };

    private string Kind(params string[] kinds) => kinds[_random.Next(kinds.Length)];
}
