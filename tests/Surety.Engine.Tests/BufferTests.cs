using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;

namespace Surety.Engine.Tests;

/// <summary>
/// The buffer between initial and maintenance margin: no fill that does more than reduce leaves initial margin uncovered.
/// </summary>
public class BufferTests
{
    private const uint Holder = TestVenue.FirstTrader;
    private const uint Other = TestVenue.FirstTrader + 1;
    private const uint Third = TestVenue.FirstTrader + 2;
    private const long Lots = 1_000;

    // Profit counts in half for opening. What nets it while neither is realised no longer does once the loss is.
    [Fact]
    public void A_fill_that_turns_a_loss_round_beside_profit_is_let_happen_only_if_initial_margin_stays_covered()
    {
        TestVenue venue = WithGainAndLoss();
        Assert.True(venue.Engine.Margin.Cross(Holder).CoversInitial);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Sell, 8_400, 2 * Lots, market: TestVenue.Future), Other);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 8_400, 2 * Lots, market: TestVenue.Future), Holder);
        Assert.Equal(-Lots, venue.Lots(Holder, TestVenue.Future));
        Assert.Equal(EndReason.MarginShort, Assert.Single(venue.Events<OrderEnded>(EventKind.OrderEnded)).Reason);
        Assert.True(venue.Engine.Margin.Cross(Holder).CoversInitial);
    }

    // Fill by fill it comes to the same: the part that closes may trade, the part that opens may not.
    [Fact]
    public void Nor_does_it_help_to_close_with_one_maker_and_to_open_with_the_next()
    {
        TestVenue venue = WithGainAndLoss();
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Sell, 8_400, Lots, market: TestVenue.Future), Other);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Sell, 8_400, Lots, market: TestVenue.Future), Third);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 8_400, 2 * Lots, market: TestVenue.Future), Holder);
        Assert.Equal(0, venue.Lots(Holder, TestVenue.Future));
        Assert.True(venue.Engine.Margin.Cross(Holder).CoversInitial);
    }

    [Fact]
    public void An_order_that_rests_is_lost_when_it_would_open_and_initial_margin_is_no_longer_covered()
    {
        var venue = new TestVenue(3);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = (100_000 - 480) * TestVenue.Dollar }, Holder);
        venue.Trade(Holder, Other, 8_000, Lots);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 7_900, 100), Holder);
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Sell, 8_300, Lots), Holder);
        venue.Price(7_950);
        Health before = venue.Engine.Margin.Cross(Holder);
        Assert.True(!before.CoversInitial && before.CoversMaintenance, before.ToString());
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Sell, 7_900, 100), Other);
        Assert.Equal(Lots, venue.Lots(Holder));
        Assert.Equal((Holder, EndReason.MarginShort), Ended(venue));
        // What reduces still trades, behind the order that found no taker.
        venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 8_300, Lots + 100), Third);
        Assert.Equal(0, venue.Lots(Holder));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_is_traded_an_account_that_grew_covers_initial_margin(ulong seed)
    {
        const int Traders = 8;
        var random = new SplitMix(seed);
        var venue = new TestVenue(Traders);
        for (uint account = Holder; account < Holder + Traders; account++)
        {
            venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 99_400 * TestVenue.Dollar }, account);
        }
        long price = 8_000;
        int grew = 0;
        int stopped = 0;
        for (int i = 0; i < 6_000; i++)
        {
            if (random.Chance(30))
            {
                venue.TimeNs += (1 + random.Below(3_600)) * 1_000_000_000;
                price = Math.Clamp(price + random.Below(101) - 50, 7_600, 8_400);
                venue.Price(price);
                continue;
            }
            uint account = Holder + (uint)random.Below(Traders);
            int market = random.Below(2) == 0 ? TestVenue.Perpetual : TestVenue.Future;
            Dictionary<(uint, int), long> before = Held(venue, Traders);
            var order = TestVenue.Limit((Side)random.Below(2), price + random.Below(21) - 10, 1 + random.Below(900), market: market);
            venue.Place(account, order);
            foreach (OrderEnded ended in venue.Events<OrderEnded>(EventKind.OrderEnded))
            {
                stopped += ended.Reason == EndReason.MarginShort ? 1 : 0;
            }
            foreach (((uint Account, int Market) key, long lots) in Held(venue, Traders))
            {
                bool onlyReduced = Math.Abs(lots) <= Math.Abs(before[key]) && (lots == 0 || Math.Sign(lots) == Math.Sign(before[key]));
                if (!onlyReduced)
                {
                    grew++;
                    Health health = venue.Engine.Margin.Cross(key.Account);
                    Assert.True(health.CoversInitial, $"seed {seed}, step {i}, account {key.Account}: {health}");
                }
            }
            if (i % 50 == 0)
            {
                venue.Records.Clear();
            }
        }
        Assert.True(grew > 200 && stopped > 8, $"{grew} grew, {stopped} stopped");
    }

    private static (uint Account, EndReason Reason) Ended(TestVenue venue)
    {
        OrderEnded ended = Assert.Single(venue.Events<OrderEnded>(EventKind.OrderEnded), e => e.Reason == EndReason.MarginShort);
        return (ended.Header.Account, ended.Reason);
    }

    private static Dictionary<(uint Account, int Market), long> Held(TestVenue venue, int traders)
    {
        var held = new Dictionary<(uint, int), long>();
        for (uint account = Holder; account < Holder + traders; account++)
        {
            held[(account, TestVenue.Perpetual)] = venue.Lots(account, TestVenue.Perpetual);
            held[(account, TestVenue.Future)] = venue.Lots(account, TestVenue.Future);
        }
        return held;
    }

    // What both positions need at 8,400, twice 5%, and the fees: a gain of 400 dollars, and a loss of 400.
    private static TestVenue WithGainAndLoss()
    {
        var venue = new TestVenue(3);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = (100_000 - 860) * TestVenue.Dollar }, Holder);
        venue.Trade(Holder, Other, 8_000, Lots);
        venue.Trade(Other, Holder, 8_000, Lots, TestVenue.Future);
        venue.Price(8_400);
        return venue;
    }
}
