using System;
using System.Collections.Generic;
using Surety.Core.Hashing;
using Surety.Engine.Auditing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>What an order would answer is what it then answers.</summary>
public class WhatIfTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_an_order_would_answer_is_what_it_answers_and_asking_changes_nothing(int seed)
    {
        var random = new Random(seed);
        var venue = new TestVenue(traders: 5, change: g => g.Value.OrdersPerAccount = 24);
        var told = new Dictionary<RefusalCode, int>();
        ulong client = 0;
        var ids = new List<ulong>();
        for (int step = 0; step < 2_500; step++)
        {
            if (step % 97 == 0)
            {
                venue.TimeNs += 1_000_000_000;
                venue.Price(8_000 + random.Next(-120, 120));
            }
            if (step % 400 == 399)
            {
                venue.Must(CommandKind.SetMarketStatus,
                    new SetMarketStatus
                    {
                        Market = Perpetual,
                        Status = random.Next(3) switch { 0 => MarketStatus.Halted, 1 => MarketStatus.ReduceOnly, _ => MarketStatus.Trading }
                    });
            }
            uint account = FirstTrader + (uint)random.Next(5);
            if (random.Next(12) == 0)
            {
                venue.Send(CommandKind.CancelAll, new CancelAll(), account);
            }
            PlaceOrder order = Random(random, ref client, ids);
            order.Header.Account = account;
            Hash256 before = venue.State.UpdateRoot();
            (RefusalCode expected, long expectedDetail) = venue.Engine.WouldAnswer(in order);
            Assert.Equal(before, venue.State.UpdateRoot());
            RefusalCode code = venue.Place(account, order);
            Assert.True(expected == code, $"step {step}: it was said to answer {expected}, and answered {code}");
            Assert.True(code == RefusalCode.None || expectedDetail == venue.LastDetail,
                $"step {step}: {code} with {expectedDetail}, then {venue.LastDetail}");
            told[code] = told.GetValueOrDefault(code) + 1;
            if (code == RefusalCode.None)
            {
                ids.Add(venue.Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId);
            }
        }
        Assert.Null(Audit.FindViolation(venue.Engine));
        Assert.True(told.GetValueOrDefault(RefusalCode.None) > 300, "too few orders were taken");
        Assert.True(told.Count > 9, "too few kinds of refusals were met: " + string.Join(", ", told.Keys));
    }

    private static PlaceOrder Random(Random random, ref ulong client, List<ulong> ids)
    {
        bool market = random.Next(5) == 0;
        TimeInForce tif = market ? (random.Next(4) == 0 ? TimeInForce.FillOrKill : TimeInForce.ImmediateOrCancel)
            : random.Next(8) switch
            {
                0 => TimeInForce.ImmediateOrCancel,
                1 => TimeInForce.FillOrKill,
                2 => TimeInForce.GoodTillTime,
                3 => TimeInForce.Day,
                _ => TimeInForce.GoodTillCancelled
            };
        bool post = random.Next(8) == 0;
        return new PlaceOrder
        {
            Market = (ushort)(random.Next(40) == 0 ? 9 : random.Next(6) == 0 ? Future : Perpetual),
            Side = random.Next(2) == 0 ? Side.Buy : Side.Sell,
            PriceTicks = random.Next(60) == 0 ? 70_000 : 8_000 + random.Next(-200, 200),
            NoProtection = market && random.Next(2) == 0 ? (byte)1 : (byte)0,
            Lots = random.Next(50) == 0 ? 200_000 : random.Next(6) == 0 ? random.Next(1, 60_000) : random.Next(0, 4_000),
            DisplayLots = random.Next(20) == 0 ? random.Next(1, 500) : 0,
            GoodTillNs = tif == TimeInForce.GoodTillTime ? StartNs + (random.Next(3) == 0 ? 1 : 86_400_000_000_000) : 0,
            ClientOrderId = random.Next(10) == 0 ? (random.Next(2) == 0 && client > 0 ? client : ++client) : 0,
            OneCancelsOther = random.Next(25) == 0 && ids.Count > 0 ? ids[random.Next(ids.Count)] : 0,
            TimeInForce = tif,
            SelfTrade = (SelfTradePrevention)random.Next(4),
            Options = (market ? OrderOptions.Market : 0) | (post ? OrderOptions.PostOnly : 0)
                | (post && random.Next(2) == 0 ? OrderOptions.Slide : 0) | (random.Next(6) == 0 ? OrderOptions.ReduceOnly : 0),
        };
    }

    [Fact]
    public void What_lasts_until_a_time_lasts_no_longer_for_having_been_triggered()
    {
        var venue = new TestVenue();
        long end = venue.TimeNs + 10_000_000_000;
        venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Market = Perpetual,
                Side = Side.Sell,
                Lots = 10,
                TriggerTicks = 7_900,
                PriceTicks = 8_500,
                Source = TriggerSource.Mark,
                GoodTillNs = end
            }, FirstTrader);
        venue.TimeNs += 1_000_000_000;
        venue.Price(7_800);
        OrderTriggered fired = Assert.Single(venue.All<OrderTriggered>(EventKind.OrderTriggered));
        Assert.True(venue.IsLive(fired.OrderId));
        venue.TimeNs = end;
        venue.SendTick();
        Assert.False(venue.IsLive(fired.OrderId));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }
}
