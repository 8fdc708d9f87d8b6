using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Simulation;

namespace Surety.Bench;

/// <summary>
/// From an applied price to the last margin action: accounts with up to five positions in twenty markets, on a calm walk, on a
/// crash, and on a gap of 20%; and the same prices with every account looked at each time.
/// </summary>
public sealed class EnforcementBenchmark(IReadOnlyList<int> sizes, IReadOnlyList<string> paths, int ticks, string? crashFile,
    Action<Figure> report, Action<string> say)
{
    private const int Markets = 20;
    private const int PositionsEach = 5;
    private const long FirstPrice = 20_000;
    private const long UnitsPerTick = 100;
    private const long Dollar = 1_000_000;
    private const long StartNs = 1_600_000_000_000_000_000;
    private static readonly double NsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly byte[] _record = new byte[CommandCodec.MaxRecordBytes];
    private SuretyEngine _engine = null!;
    private EngineTarget _target = null!;
    private CommandSender _sender = null!;
    private ulong _reports;
    private uint _maker;
    private const int WarmRounds = 3;

    private bool _warming;

    /// <summary>The paths that prices can take.</summary>
    public static readonly IReadOnlyList<string> Paths = ["calm", "crash", "gap"];

    /// <summary>Measures every size on every path.</summary>
    public void Run()
    {
        // Through everything, not counted, so that the first size is not measured with code that is still compiled: it is compiled in
        // three stages, each when the one before has been used for a while.
        _warming = true;
        for (int round = 0; round < WarmRounds; round++)
        {
            foreach (string path in paths)
            {
                Build(10_000);
                Measure(10_000, path);
            }
        }
        _warming = false;
        foreach (int accounts in sizes)
        {
            foreach (string path in paths)
            {
                Build(accounts);
                Measure(accounts, path);
            }
        }
    }

    private void Measure(int accounts, string path)
    {
        var conditions = new Dictionary<string, object>
        {
            ["path"] = path,
            ["accounts"] = accounts,
            ["markets"] = Markets,
            ["positions"] = PositionsEach,
        };
        long[] prices = Enumerable.Repeat(FirstPrice * UnitsPerTick, Markets).ToArray();
        // Bands are made with the first price; that is not timed.
        Tick(prices);
        long examinedBefore = _engine.Enforcement.Examined;
        var random = new SplitMix(7);
        double[] crash = Crash();
        int steps = path == "gap" ? 1 : path == "crash" ? Math.Min(ticks, crash.Length - 1) : ticks;
        var times = new List<double>();
        (long Liquidations, long Deleveraged) found = default;
        for (int step = 0; step < steps; step++)
        {
            if (path == "calm")
            {
                int market = (int)random.Below(Markets);
                prices[market] += (random.Below(2 * UnitsPerTick * 4) - (UnitsPerTick * 4)) / 2;
                times.Add(Report(market, prices[market]));
                found = Count(found);
            }
            else
            {
                for (int market = 0; market < Markets; market++)
                {
                    double moved = path == "gap" ? 0.8 : crash[step + 1] / crash[0];
                    prices[market] = (long)(FirstPrice * UnitsPerTick * moved);
                    if (path == "crash")
                    {
                        Quote(market, prices[market] / UnitsPerTick);
                    }
                    times.Add(Report(market, prices[market]));
                    found = Count(found);
                }
            }
        }
        if (_warming)
        {
            return;
        }
        times.Sort();
        conditions["ticks"] = times.Count;
        conditions["liquidations"] = found.Liquidations;
        conditions["deleveraged"] = found.Deleveraged;
        report(new Figure("enforcement.tick.median_ns", times[times.Count / 2], "ns", conditions));
        report(new Figure("enforcement.tick.p999_ns", times[(int)Math.Min(times.Count - 1, times.Count * 0.999)], "ns", conditions));
        report(new Figure("enforcement.tick.max_ns", times[^1], "ns", conditions));
        report(new Figure("enforcement.accounts_examined.mean", (_engine.Enforcement.Examined - examinedBefore) / (double)times.Count,
            "accounts", conditions));
        string? violation = Audit.FindViolation(_engine);
        report(new Figure("enforcement.invariants_held", violation is null ? 1 : 0, "1 for all", conditions));
        if (violation is not null)
        {
            say(violation);
        }
        // The same engine, the same kind of tick, everybody looked at.
        _engine.Enforcement.FullScan = true;
        var scans = new List<double>();
        for (int i = 0; i < 9; i++)
        {
            _engine.Events.Log.Clear();
            prices[0] += (i & 1) == 0 ? UnitsPerTick : -UnitsPerTick;
            scans.Add(Report(0, prices[0]));
        }
        scans.Sort();
        report(new Figure("enforcement.full_scan.median_ns", scans[scans.Count / 2], "ns", conditions));
    }

    // Liquidations, and lots taken from an account by deleveraging, each time counted once; a block ends after them, as in a node.
    private (long Liquidations, long Deleveraged) Count((long Liquidations, long Deleveraged) found)
    {
        var events = new EventReader(_engine.Events.Log.Bytes);
        while (events.MoveNext())
        {
            found.Liquidations += events.Kind == EventKind.LiquidationEnded ? 1 : 0;
            found.Deleveraged += events.Kind == EventKind.PositionTransferred
                && events.As<PositionTransferred>().Cause == LiquidationOutcome.Deleveraged ? 1 : 0;
        }
        _engine.Events.Log.Clear();
        return found;
    }

    // Relative prices of the crash, minute by minute: the real file where there is one, else the published figures' shape.
    private double[] Crash()
    {
        if (crashFile is not null && File.Exists(crashFile))
        {
            return [.. File.ReadLines(crashFile).Skip(1)
                .Select(l => double.Parse(l.Split(',')[4], System.Globalization.CultureInfo.InvariantCulture))];
        }
        var random = new SplitMix(3);
        double price = 1;
        return [.. Enumerable.Range(0, 2_000)
            .Select(i => price *= 1 - (i is > 600 and < 900 ? 0.0012 : 0) + ((random.Below(2_001) - 1_000) / 1_000_000.0))];
    }

    private void Build(int accounts)
    {
        say($"building {accounts:N0} accounts in {Markets} markets …");
        Genesis genesis = VenueBuilder.Unsigned("bench", StartNs, accounts + 64, accounts + 64);
        genesis.MaxMarkets = Markets;
        genesis.MaxIndexes = Markets;
        genesis.ClientOrdersPerAccount = 4;
        genesis.MaxOrders = 4_096;
        genesis.OrdersPerAccount = 1_024;
        _engine = new SuretyEngine(genesis);
        _target = new EngineTarget(_engine);
        // Of the accounts the insurance fund's alone has no key.
        _sender = new CommandSender(_target, account => account == 0 ? 0 : account - 1) { TimeNs = StartNs };
        _reports = 0;
        CreatePool pool = Listings.Pool("main", 1, (0, 0, 250));
        pool.LiquidationFeePpm = 5_000;
        // A gap that all sources agree on is to be enforced in its own step, all of it.
        pool.Rules.LiquidationRatePpm = PoolRules.Off;
        pool.Rules.FundLossPpm = PoolRules.Off;
        VenueBuilder venue = new VenueBuilder(_sender).Settlement("USD", 6).Pool(pool);
        for (int m = 0; m < Markets; m++)
        {
            venue.Index(
                new CreateIndex
                {
                    Name = ShortName.From($"I{m}"),
                    Decimals = 2,
                    Quorum = 1,
                    MaxAgeMs = 86_400_000,
                    QuarantinePpm = 500_000
                })
                .Source(0, jumpPpm: 500_000).Market(Listings.Crowded(m));
        }
        venue.Customers(accounts, 100_000 * Dollar);
        _maker = venue.Accounts;
        venue.Customers(Markets, 20_000_000_000 * Dollar);
        Tick(Enumerable.Repeat(FirstPrice * UnitsPerTick, Markets).ToArray());
        var random = new SplitMix(1);
        // Even accounts are long, odd ones short; leverage from 1 to 20 with most of them low; one in ten longs is high.
        for (int a = 0; a + 1 < accounts; a += 2)
        {
            int positions = 1 + (int)random.Below(PositionsEach);
            long leverage = random.Below(5) == 0 ? 6 + random.Below(10) : 1 + random.Below(4);
            for (int k = 0; k < positions; k++)
            {
                int market = ((a / 2) + (k * 7)) % Markets;
                long lots = 100_000 * leverage / positions / (FirstPrice / 1_000);
                Place(a, market, Side.Buy, lots, TimeInForce.GoodTillCancelled);
                Place(a + 1, market, Side.Sell, lots, TimeInForce.ImmediateOrCancel);
            }
            if (_engine.Events.Log.Length > 1 << 20)
            {
                _engine.Events.Log.Clear();
            }
        }
        _engine.Events.Log.Clear();
    }

    private void Tick(long[] prices)
    {
        for (int m = 0; m < Markets; m++)
        {
            Report(m, prices[m]);
        }
        _engine.Events.Log.Clear();
    }

    private double Report(int market, long price)
    {
        _sender.TimeNs += 1_000_000;
        var report = new ReportPrice { Index = (ushort)market, Price = price, ObservedNs = _sender.TimeNs, ReportSequence = ++_reports };
        int length = _sender.Write(CommandKind.ReportPrice, ref report, 0, 0, _record);
        _target.Count();
        long started = Stopwatch.GetTimestamp();
        RefusalCode code = _engine.Apply(_record.AsSpan(0, length));
        double elapsed = (Stopwatch.GetTimestamp() - started) * NsPerTick;
        return code == RefusalCode.None ? elapsed : throw new InvalidOperationException($"price report: {code}");
    }

    // On the crash path a maker keeps a bid and an offer near the price; the gap meets an empty book. Not timed.
    private void Quote(int market, long mark)
    {
        uint maker = _maker + (uint)market;
        _sender.Must(CommandKind.CancelAll, new CancelAll { Market = OptionalId.Of((uint)market) }, maker);
        _sender.Must(CommandKind.PlaceOrder,
            new PlaceOrder { Market = (ushort)market, Side = Side.Buy, PriceTicks = mark * 99 / 100, Lots = 500_000 }, maker);
        _sender.Must(CommandKind.PlaceOrder,
            new PlaceOrder { Market = (ushort)market, Side = Side.Sell, PriceTicks = mark * 101 / 100, Lots = 500_000 }, maker);
    }

    private void Place(int account, int market, Side side, long lots, TimeInForce tif)
    {
        var order =
            new PlaceOrder { Market = (ushort)market, Side = side, PriceTicks = FirstPrice, Lots = Math.Max(lots, 1), TimeInForce = tif };
        _sender.Must(CommandKind.PlaceOrder, order, (uint)account + 2);
    }
}
