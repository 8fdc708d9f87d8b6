using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Terms.Tests;

/// <summary>
/// Texts and paths that look for payments beyond the analysed bounds: the same few leaves in conditions and in what they pay, schedules
/// that meet, times of watching without a step; prices at every level that the text names, at the edges of every time, too late, or never.
/// </summary>
internal sealed class AdversarialContract(int seed)
{
    private static readonly string[] Times =
        ["2026-01-01T06:00Z", "2026-01-01T12:00Z", "2026-01-02T00:00Z", "2026-01-02T12:00Z", "2026-01-03T00:00Z", "2026-01-04T00:00Z"];
    private readonly Random _random = new(seed);
    private readonly string[] _schedules = ["F", "G"];

    public string Text()
    {
        var text = new StringBuilder("contract RANDOM\n");
        text.Append(CultureInfo.InvariantCulture,
            $"observe S = index BTC_USD in {Pick("0", "-5", "1")} .. {Pick("10", "1000")}\nobserve "
            + $"T = index ETH_USD in 1 .. {Pick("10", "50")}\n");
        text.Append("settle USDC\nexpiry 2026-01-04T00:00Z\n");
        foreach (string schedule in _schedules)
        {
            int from = _random.Next(5);
            int to = _random.Next(from, 6);
            text.Append(CultureInfo.InvariantCulture, $"schedule {schedule} = every 6h from {Times[from]} to {Times[to]}\n");
        }
        for (int n = _random.Next(4); n > 0; n--)
        {
            string at = Pick("", "", " at F", " at G");
            string time = Pick("", "", $" from {Times[_random.Next(3)]} to {Times[_random.Next(3, 6)]}", $" from {Times[4]} to {Times[5]}");
            text.Append(CultureInfo.InvariantCulture,
                $"when {Condition(at.Length > 0)}{at}{time} pay {Number(2, at.Length > 0)} and end\n");
        }
        foreach (string schedule in _schedules)
        {
            if (_random.Next(3) == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"at {schedule} pay {Number(2, true)}\n");
            }
        }
        if (_random.Next(4) == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"holder may take {Number(2, false, sumsOnly: true)}\n");
        }
        return text.Append(CultureInfo.InvariantCulture, $"at expiry pay {Number(3, true)} + 0 * S * T\n").ToString();
    }

    public List<PathPoint> Path(Contract contract)
    {
        List<long> edges = [RandomContract.StartMs, contract.ExpiryMs];
        foreach (Schedule s in contract.Schedules)
        {
            edges.AddRange([s.FromMs, s.FromMs + s.EveryMs, s.ToMs - s.EveryMs, s.ToMs]);
        }
        foreach (string time in Times)
        {
            edges.Add(new DateTimeOffset(DateTime.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal))
                .ToUnixTimeMilliseconds());
        }
        var times = new SortedSet<long>();
        for (int n = _random.Next(1, 40); n > 0; n--)
        {
            times.Add(edges[_random.Next(edges.Count)]
                + (_random.Next(3) == 0 ? _random.Next(-7_200_000, 7_200_000) : _random.Next(-1, 2)));
        }
        var path = new List<PathPoint>();
        if (_random.Next(4) != 0)
        {
            path.AddRange([new(RandomContract.StartMs - 7_200_000, 0, Price()), new(RandomContract.StartMs - 7_200_000, 1, Price())]);
        }
        foreach (long time in times)
        {
            path.Add(new PathPoint(time, _random.Next(2), Price()));
        }
        // The last word: both are priced, and time goes on to the end.
        path.AddRange(
            [new(contract.ExpiryMs + 7_200_001, 0, Price()), new(contract.ExpiryMs + 7_200_001, 1, Price()),
                new(contract.ExpiryMs + 7_200_002, 0, Price())]);
        return path;
    }

    private Int128 Price()
    {
        int[] levels = [-10, -5, 0, 1, 2, 3, 5, 7, 10, 11, 50, 999, 1000, 2000];
        return ((Int128)levels[_random.Next(levels.Length)] * FixedPoint.One) + _random.Next(-1, 2);
    }

    private string Number(int depth, bool windows, bool sumsOnly = false)
    {
        string N() => Number(depth - 1, windows, sumsOnly);
        return (depth <= 0 ? _random.Next(2) : _random.Next(10)) switch
        {
            0 => Leaf(windows, sumsOnly),
            1 => Pick("0", "1", "2", "5", "7.5"),
            2 => $"({N()} + {N()})",
            3 => $"({N()} - {N()})",
            4 => $"min({N()}, {N()})",
            5 => $"max({N()}, {N()})",
            6 => $"{N()} / {Pick("3", "T")}",
            7 => $"abs({N()})",
            _ => $"(if {Condition(windows, sumsOnly)} then {N()} else {N()})",
        };
    }

    private string Condition(bool windows, bool sumsOnly = false)
    {
        string one = $"{Leaf(windows, sumsOnly)} {Pick("<", "<=", ">", ">=")} {Pick("1", "2", "5", "7.5", "T", Leaf(windows, sumsOnly))}";
        return _random.Next(6) switch { 0 => $"not ({one})", 1 => $"({one} and S < 5)", 2 => $"({one} or S > 5)", _ => one };
    }

    // Few, so that the same ones meet.
    private string Leaf(bool windows, bool sumsOnly) => _random.Next(sumsOnly ? 4 : windows ? 10 : 7) switch
    {
        0 or 1 => "S",
        2 => "T",
        3 => $"sum({Pick("S", "1", "if S > 5 then S else 0")} at {Pick(_schedules)})",
        4 => $"max(S at {Pick(_schedules)})",
        5 => $"{Pick("mean", "min", "first", "last")}({Pick("S", "if S < T then S else T")} at {Pick(_schedules)})",
        6 => $"mean(S - prev(S) at {Pick(_schedules)})",
        7 => "mean(S, 2h)",
        8 => "min(S, 2h)",
        _ => "max(S, 2h)",
    };

    private string Pick(params string[] of) => of[_random.Next(of.Length)];
}
