using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Pricing.Integers;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Simulation;

namespace Surety.Bench;

/// <summary>Portfolio margin: every account with twenty option positions over all scenarios, and one account after a fill.</summary>
/// <param name="accounts">How many, even.</param>
/// <param name="report">Takes each figure.</param>
/// <param name="say">Takes messages.</param>
public sealed class PortfolioBenchmark(int accounts, Action<Figure> report, Action<string> say)
{
    private const long StartNs = 1_767_225_600_000_000_000;
    private const int Positions = 20;
    private const uint FirstTrader = 2;
    private SuretyEngine _engine = null!;
    private CommandSender _sender = null!;
    private ulong _reports;

    /// <summary>Sets the venue up and measures.</summary>
    public void Run()
    {
        Rate(isFutures: true);
        Rate(isFutures: false);
        long maintenance = 0;
        double sweep = Best(15, () =>
        {
            maintenance = 0;
            for (uint account = FirstTrader; account < FirstTrader + accounts; account++)
            {
                maintenance += _engine.Margin.Portfolio.Of(account).MaintenanceAtoms;
            }
        });
        double health = Best(10, () =>
        {
            for (uint account = FirstTrader; account < FirstTrader + accounts; account++)
            {
                maintenance += _engine.Margin.Cross(account).EquityAtoms;
            }
        });
        int row = (int)FirstTrader * _engine.State.PositionsPerAccount;
        int market = _engine.State.Positions[row].Market.Number;
        long lots = _engine.State.Positions[row].Lots;
        double update = Best(50, () =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                maintenance += _engine.Margin.Change(row, market, lots + (i & 15), default).MaintenanceAtoms;
            }
        }) / 10_000;
        double refresh = Best(50, () =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                _engine.Margin.Portfolio.Refresh(market);
            }
        }) / 1_000;
        Put("margin.portfolio.sweep_ms", sweep * 1e3, "ms", "requirement of every account");
        Put("margin.portfolio.health_sweep_ms", health * 1e3, "ms", "requirement, collateral and unrealised profit of every account");
        Put("margin.portfolio.update_ns", update * 1e9, "ns", "requirement of one account before and after a fill");
        Put("margin.portfolio.market_ns", refresh * 1e9, "ns", "scenario values of one option, after its mark changed");
        long before = _engine.Enforcement.Examined;
        double step = Best(20, () => Price(100_000_00 + (long)((_reports % 7) * 100)));
        Put("margin.portfolio.price_step_ms", step * 1e3, "ms",
            $"three reports of the index: all options marked and enforcement, "
            + $"{(_engine.Enforcement.Examined - before) / 20.0:F0} accounts looked at");
        string? violation = Audit.FindViolation(_engine);
        Put("margin.portfolio.invariants_held", violation is null ? 1 : 0, "1 for all", violation ?? "after all of it");
    }

    // Trades between all accounts in twenty markets: futures under standard margin, then options under portfolio margin.
    private void Rate(bool isFutures)
    {
        Build(isFutures);
        long start = Stopwatch.GetTimestamp();
        Trade();
        Put("engine.new_positions.commands_per_second", accounts * (double)Positions / Stopwatch.GetElapsedTime(start).TotalSeconds,
            "commands/s",
            isFutures
                ? "twenty futures, standard margin, half of the commands trade"
                : "twenty options, portfolio margin, half of the commands trade");
    }

    private void Build(bool isFutures)
    {
        _reports = 0;
        say($"Opening {accounts:N0} accounts with {Positions} option positions each ...");
        Genesis genesis = VenueBuilder.Unsigned("portfolio", StartNs, accounts + 16, accounts + 64);
        genesis.MaxMarkets = 64;
        genesis.PositionsPerAccount = 32;
        _engine = new SuretyEngine(genesis);
        // Key numbers: the operator's, three sources', then the traders', account 1 being the insurance fund.
        _sender = new CommandSender(new EngineTarget(_engine), account => account == 0 ? 0 : account + 2) { TimeNs = StartNs };
        CreatePool pool = Listings.Pool("main", 1, (0, 0, 0));
        pool.Rules.ScanPpm = isFutures ? 0 : 160_000;
        pool.Rules.LiquidationRatePpm = PoolRules.Off;
        VenueBuilder venue = new VenueBuilder(_sender)
            .Index("BTC_USD", 2, 86_400_000).Sources(3)
            .Index("BTC_VOL", 4, 86_400_000).Sources(3)
            .Settlement("USDC", 6).Pool(pool);
        var surface = new CreateSurface { Underlying = 0, TenorCount = 1, MoneynessCount = 1 };
        surface.TenorMinutes[0] = 43_200;
        surface.Nodes0[0] = 1;
        _sender.Must(CommandKind.CreateSurface, surface);
        venue.Customers(accounts, 1_000_000_000_000);
        Report(1, 6_000);
        Price(100_000_00);
        long expiry = StartNs + (30L * 86_400_000_000_000);
        for (int i = 0; i < Positions; i++)
        {
            if (isFutures)
            {
                venue.Market(Listings.Portfolio(i, MarketKind.LinearFuture, expiry + i));
                continue;
            }
            long strike = 80_000 + (2_000 * i);
            string gain = i % 2 == 0 ? $"mean(S, 30m) - {strike}" : $"{strike} - mean(S, 30m)";
            string text =
                $"contract C{i}\nobserve S = index BTC_USD in 1 .. 1000000\nsettle USDC\nexpiry "
                + $"2026-01-31T00:00Z\nat expiry pay max({gain}, 0)\n";
            venue.Contract(text, Listings.Portfolio(i, MarketKind.Contract, expiry), OptionalId.Of(0));
        }
        Price(100_000_00);
    }

    // Accounts in pairs: one sells, the other buys; who is long alternates.
    private void Trade()
    {
        var random = new SplitMix(1);
        for (uint pair = 0; pair < accounts; pair += 2)
        {
            for (int market = 0; market < Positions; market++)
            {
                uint seller = FirstTrader + pair + (uint)(market / 2 % 2);
                uint buyer = FirstTrader + pair + 1 - (uint)(market / 2 % 2);
                long price = Math.Max(_engine.State.Markets[market].MarkTicks, 1);
                long lots = 1 + (long)random.Below(100);
                _sender.Must(CommandKind.PlaceOrder,
                    new PlaceOrder { Market = (ushort)market, Side = Side.Sell, PriceTicks = price, Lots = lots }, seller);
                _sender.Must(CommandKind.PlaceOrder,
                    new PlaceOrder
                    {
                        Market = (ushort)market,
                        Side = Side.Buy,
                        PriceTicks = price,
                        Lots = lots,
                        TimeInForce = TimeInForce.ImmediateOrCancel
                    }, buyer);
            }
            _engine.Events.Log.Clear();
        }
    }

    private void Price(long units) => Report(0, units);

    private void Report(ushort index, long units)
    {
        _reports++;
        for (uint key = 1; key <= 3; key++)
        {
            _sender.Must(CommandKind.ReportPrice,
                new ReportPrice { Index = index, Price = units, ObservedNs = StartNs, ReportSequence = _reports }, 0, key);
        }
        _engine.Events.Log.Clear();
    }

    private void Put(string metric, double value, string unit, string what) =>
        report(new Figure(metric, value, unit, new Dictionary<string, object>
        {
            ["what"] = what,
            ["accounts"] = accounts,
            ["positions"] = Positions,
            ["scenarios"] = ScenarioGrid.Count,
            ["cpu"] = EngineBenchmark.Cpu,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
        }));

    private static double Best(int rounds, Action work)
    {
        double best = double.MaxValue;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
