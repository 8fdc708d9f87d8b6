using System;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Engine.Tests;

/// <summary>
/// Bands against a full scan: the same venue twice, the same commands, the same everything, and one of the two looks at everybody.
/// </summary>
public class EnforcementTests
{
    private const int Traders = 60;

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public void Bands_miss_nobody_on_random_portfolios_and_random_walks(ulong seed)
    {
        TestVenue banded = Portfolio(seed, fullScan: false);
        TestVenue scanned = Portfolio(seed, fullScan: true);
        var random = new SplitMix(seed * 7919);
        long price = 8_000;
        for (int i = 0; i < 1_500; i++)
        {
            // Calm, then nervous, then a crash and a recovery; time passes so that funding flows too.
            long width = (i / 250) switch { 0 or 3 => 8, 1 or 4 => 60, _ => 200 };
            price = Math.Clamp(price + random.Below((2 * width) + 1) - width, 4_000, 15_000);
            foreach (TestVenue venue in new[] { banded, scanned })
            {
                venue.TimeNs += 20_000_000_000;
                venue.Price(price);
            }
            Trade(banded, scanned, ref random, price);
            string? missed = Audit.Enforcement(banded.Engine);
            Assert.True(missed is null, $"seed {seed}, step {i}: {missed}");
        }
        int liquidations = banded.All<LiquidationEnded>(EventKind.LiquidationEnded).Count;
        banded.Ledger.SealNow();
        scanned.Ledger.SealNow();
        Assert.Equal(scanned.Ledger.Last.EventsRoot, banded.Ledger.Last.EventsRoot);
        Assert.Equal(scanned.Ledger.Last.StateRoot, banded.Ledger.Last.StateRoot);
        Assert.True(liquidations > 5, $"only {liquidations} liquidations");
        Assert.True(banded.Engine.Enforcement.Examined * 3 < scanned.Engine.Enforcement.Examined,
            $"{banded.Engine.Enforcement.Examined} looked at with bands, {scanned.Engine.Enforcement.Examined} without");
        Assert.Null(Audit.FindViolation(banded.Engine));
    }

    [Fact]
    public void Bands_are_found_again_after_a_restart()
    {
        TestVenue venue = Portfolio(21, fullScan: false);
        venue.Ledger.SealNow();
        var tables = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        int from = venue.Records.Count;
        Protocol.Blocks.BlockHeader sealedBlock = venue.Ledger.Last;
        var random = new SplitMix(5);
        for (int i = 0; i < 300; i++)
        {
            venue.TimeNs += 20_000_000_000;
            venue.Price(8_000 - (i * 8) + random.Below(20));
        }
        var restored = new IndexedState(venue.State.Genesis);
        restored.Restore(id => tables[id]);
        var ledger = new Ledger(new SuretyEngine(restored), sealedBlock);
        foreach (byte[] record in venue.Records.Skip(from))
        {
            ledger.Apply(record);
        }
        Assert.Equal(venue.State.UpdateRoot(), restored.UpdateRoot());
    }

    [Fact]
    public void Accounts_that_give_lots_at_mark_are_looked_at_neither_then_nor_later_than_a_full_scan_finds_them()
    {
        TestVenue banded = OneLongAgainstMany(fullScan: false);
        TestVenue scanned = OneLongAgainstMany(fullScan: true);
        int taken = 0;
        int ended = 0;
        // Their trades touched them all.
        Report(banded, scanned, 8_000);
        // Down until the long one is reduced, step by step, against all the others; then up until those are themselves found.
        for (long price = 7_990; price > 7_300 && taken < Traders - 1; price -= 10)
        {
            long before = banded.Engine.Enforcement.Examined;
            Report(banded, scanned, price);
            taken = banded.All<PositionTransferred>(EventKind.PositionTransferred).Count(t => t.Cause == LiquidationOutcome.Deleveraged);
            Assert.True(banded.Engine.Enforcement.Examined - before < Traders / 4,
                $"{banded.Engine.Enforcement.Examined - before} accounts are looked at at {price}");
        }
        Assert.True(taken >= Traders - 1, $"only {taken} gave lots");
        for (long price = 7_600; price < 14_000 && ended < Traders / 2; price += 25)
        {
            Report(banded, scanned, price);
            ended = banded.All<LiquidationEnded>(EventKind.LiquidationEnded).Count(e => e.Header.Account > TestVenue.FirstTrader);
        }
        Assert.True(ended >= Traders / 2, $"only {ended} of those who gave are liquidated");
        banded.Ledger.SealNow();
        scanned.Ledger.SealNow();
        Assert.Equal(scanned.Ledger.Last.EventsRoot, banded.Ledger.Last.EventsRoot);
        Assert.Equal(scanned.Ledger.Last.StateRoot, banded.Ledger.Last.StateRoot);
    }

    private static void Report(TestVenue banded, TestVenue scanned, long price)
    {
        foreach (TestVenue venue in new[] { banded, scanned })
        {
            venue.TimeNs += 20_000_000_000;
            venue.Price(price);
        }
        string? missed = Audit.Enforcement(banded.Engine);
        Assert.True(missed is null, $"at {price}: {missed}");
    }

    // The first trader is long with all it can carry; the others, its counterparties, are short with little.
    private static TestVenue OneLongAgainstMany(bool fullScan)
    {
        var venue = new TestVenue(Traders, box => (box.Value.MaxOrders, box.Value.BlockMs) = (8_192, 86_400_000));
        venue.Engine.Enforcement.FullScan = fullScan;
        venue.Price(8_000);
        for (uint i = 1; i < Traders; i++)
        {
            venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + i, 8_000, 2_900 + i);
            venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 95_000 * TestVenue.Dollar }, TestVenue.FirstTrader + i);
        }
        return venue;
    }

    // Longs and shorts in four markets on two indexes, some isolated, some with coins, at leverages from 2 to 20.
    private static TestVenue Portfolio(ulong seed, bool fullScan)
    {
        var venue = new TestVenue(Traders, box => (box.Value.MaxMarkets, box.Value.MaxOrders, box.Value.BlockMs) = (8, 8_192, 86_400_000));
        venue.Engine.Enforcement.FullScan = fullScan;
        venue.Must(CommandKind.ListMarket, TestVenue.Listing("BTC-PERPETUAL-2", 0));
        venue.Must(CommandKind.ListMarket, TestVenue.Listing("BTC-LATER", TestVenue.StartNs + (40L * 86_400_000_000_000)));
        venue.Deposit(1, 30_000 * TestVenue.Dollar);
        venue.Price(8_000);
        var random = new SplitMix(seed);
        for (uint i = 0; i < Traders; i++)
        {
            uint account = TestVenue.FirstTrader + i;
            if (random.Chance(300))
            {
                venue.Deposit(account, 1 + random.Below(5_00000000), asset: 1);
            }
            if (random.Chance(250))
            {
                ushort market = (ushort)random.Below(4);
                venue.Must(CommandKind.SetMarginMode, new SetMarginMode { Market = market, Isolated = 1 }, account);
                venue.Must(CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin { Market = market, AmountAtoms = (5_000 + random.Below(20_000)) * TestVenue.Dollar }, account);
            }
        }
        for (int i = 0; i < 400; i++)
        {
            uint a = TestVenue.FirstTrader + (uint)random.Below(Traders);
            uint b = TestVenue.FirstTrader + (uint)random.Below(Traders);
            int market = (int)random.Below(4);
            long lots = 100 + random.Below(20_000);
            venue.Place(a, TestVenue.Limit(Side.Sell, 8_000, lots, market: market));
            venue.Place(b, TestVenue.Limit(Side.Buy, 8_000, lots, TimeInForce.ImmediateOrCancel, market: market));
            venue.Send(CommandKind.CancelAll, new CancelAll(), a);
        }
        return venue;
    }

    // Sometimes a book to liquidate into, a fresh position, a withdrawal, fresh collateral: the same in both venues.
    private static void Trade(TestVenue banded, TestVenue scanned, ref SplitMix random, long price)
    {
        uint a = TestVenue.FirstTrader + (uint)random.Below(Traders);
        uint b = TestVenue.FirstTrader + (uint)random.Below(Traders);
        int market = (int)random.Below(4);
        long lots = 1 + random.Below(15_000);
        long kind = random.Below(6);
        foreach (TestVenue venue in new[] { banded, scanned })
        {
            switch (kind)
            {
                case 0:
                    venue.Place(a, TestVenue.Limit(Side.Buy, price - 20, lots, market: market));
                    venue.Place(b, TestVenue.Limit(Side.Sell, price + 20, lots, market: market));
                    break;
                case 1:
                    venue.Place(a, TestVenue.Limit(Side.Buy, price + 40, lots, TimeInForce.ImmediateOrCancel, market: market));
                    break;
                case 2:
                    venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = lots * TestVenue.Dollar }, a);
                    break;
                case 3:
                    venue.Deposit(a, lots * TestVenue.Dollar);
                    break;
                case 4:
                    venue.Send(CommandKind.PlaceBackstopBid,
                        new PlaceBackstopBid { DiscountPpm = (int)lots, MaxNotionalAtoms = lots * 10 * TestVenue.Dollar }, b);
                    break;
                default:
                    venue.Send(CommandKind.CancelAll, new CancelAll(), a);
                    break;
            }
        }
    }
}
