using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Core.Numerics;
using Surety.Engine.Governance;
using Surety.Engine.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using Surety.Simulation.Slow;

namespace Surety.Engine.Tests;

/// <summary>The same commands to the engine and to the slow venue: the same answers, trades, orders, positions, cash and margins.</summary>
public class AgainstSlowVenueTests
{
    private const int Traders = 8;
    private const uint Fund = 1;
    private const uint Last = TestVenue.FirstTrader + Traders - 1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void With_money_for_everything_the_engine_trades_exactly_as_the_slow_venue_does(ulong seed) =>
        Run(seed, 5_000_000_000, steps: 12_000, leastRefused: 0);

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Short_of_money_it_refuses_the_same_orders_and_ends_the_same_makers(ulong seed) =>
        Run(seed, 120, steps: 8_000, leastRefused: 300);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_auction_trades_at_the_price_and_in_the_order_of_the_slow_venue(ulong seed)
    {
        MarketTerms terms = Listings.Small("BTC-PERPETUAL");
        terms.AuctionMs = 60_000;
        (TestVenue fast, SlowVenue slow) = Both(1_000_000, terms);
        var random = new SplitMix(seed);
        int traded = 0;
        for (int round = 0; round < 12; round++)
        {
            fast.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
            fast.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
            slow.BeginAuction();
            for (int i = 0; i < 150; i++)
            {
                uint account = TestVenue.FirstTrader + (uint)random.Below(Traders);
                var side = (Side)random.Below(2);
                Place(fast, slow, account, side, 8_000 + random.Below(81) - 40, 1 + random.Below(60), TestVenue.Perpetual,
                    immediate: false);
            }
            fast.Wait(30_000);
            Price(fast, slow, 8_000 + random.Below(21) - 10);
            Assert.Equal(MarketStatus.Auction, fast.State.Markets[0].Status);
            SlowAuction.Result expected = slow.AuctionOf(TestVenue.Perpetual);
            fast.Wait(31_000);
            Assert.Equal(MarketStatus.Trading, fast.State.Markets[0].Status);
            List<SlowFill> fills = slow.Uncross(TestVenue.Perpetual);
            Assert.Equal(fills, Fills(fast));
            Assert.All(fills.Take(1), f => Assert.Equal(expected.Price, f.Price));
            traded += fills.Count;
            Price(fast, slow, 8_000);
            Same(fast, slow);
            foreach (SlowVenue.Resting order in slow.Orders.ToList())
            {
                fast.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = order.Id }, order.Account);
                slow.Cancel(order.Id);
            }
        }
        Assert.True(traded > 400, $"{traded}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_future_settles_at_the_same_price_and_pays_the_same_cash(ulong seed)
    {
        (TestVenue fast, SlowVenue slow) = Both(1_000_000, Listings.Small("SOON", TestVenue.StartNs + (long)7_200e9));
        var random = new SplitMix(seed);
        for (int i = 0; i < 800; i++)
        {
            uint account = TestVenue.FirstTrader + (uint)random.Below(Traders);
            long at = 8_000 + random.Below(21) - 10;
            Place(fast, slow, account, (Side)random.Below(2), at, 1 + random.Below(50), 0, random.Chance(300));
        }
        long price = 8_000;
        while (fast.TimeNs < TestVenue.StartNs + (long)7_200e9)
        {
            fast.TimeNs += (1_000 + random.Below(49_000)) * 1_000_000;
            price += random.Below(61) - 30;
            if (fast.TimeNs < TestVenue.StartNs + (long)7_200e9)
            {
                Price(fast, slow, price);
            }
        }
        fast.Price(price);
        Assert.Equal(MarketStatus.Expired, fast.State.Markets[0].Status);
        Assert.Equal(fast.State.Markets[0].MarkTicks, slow.Settle(0));
        Observe(fast, slow);
        Same(fast, slow);
    }

    private static void Run(ulong seed, long dollars, int steps, int leastRefused)
    {
        MarketTerms terms = Listings.Small("BTC-PERPETUAL");
        // Open interest demands more, on the way.
        (terms.OpenInterestLowerAtoms, terms.OpenInterestUpperAtoms) = (200_000 * TestVenue.Dollar, 5_000_000 * TestVenue.Dollar);
        (TestVenue fast, SlowVenue slow) = Both(dollars, terms);
        var random = new SplitMix(seed);
        int fills = 0;
        int refused = 0;
        for (int i = 0; i < steps; i++)
        {
            uint account = TestVenue.FirstTrader + (uint)random.Below(Traders);
            long draw = random.Below(100);
            SlowVenue.Resting? own = slow.Orders.Count == 0 ? null : slow.Orders[(int)random.Below(slow.Orders.Count)];
            bool accepted = true;
            if (draw < 45 || own is null)
            {
                var side = (Side)random.Below(2);
                accepted = Place(fast, slow, account, side, Near(ref random, side), 1 + random.Below(100), (int)random.Below(2),
                    random.Chance(200));
            }
            else if (draw < 80)
            {
                var amend = new AmendOrder { OrderId = own.Id, PriceTicks = Near(ref random, own.Side) };
                amend.TotalLots = random.Chance(500) ? 0 : 1 + random.Below(150);
                RefusalCode code = fast.Send(CommandKind.AmendOrder, amend, own.Account);
                if (code != RefusalCode.AmendWouldNotChange)
                {
                    accepted = slow.TryAmend(own.Id, amend.PriceTicks, amend.TotalLots, out List<SlowFill> expected);
                    Assert.Equal(accepted ? RefusalCode.None : RefusalCode.InitialMarginShort, code);
                    Assert.Equal(expected, Fills(fast));
                }
            }
            else if (draw < 93)
            {
                fast.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = own.Id }, own.Account);
                slow.Cancel(own.Id);
            }
            else if (draw < 96)
            {
                long atoms = 1 + random.Below(TestVenue.Dollar);
                fast.Deposit(account, atoms);
                slow.Deposit(account, 0, atoms);
            }
            else
            {
                // So near that no account falls below maintenance.
                fast.TimeNs += 1_000_000_000;
                Price(fast, slow, 8_000 + random.Below(61) - 30);
            }
            fills += accepted ? Fills(fast).Count : 0;
            refused += accepted ? 0 : 1;
            if (i % 40 == 0)
            {
                Same(fast, slow);
                fast.Records.Clear();
            }
        }
        Assert.True(fills > 1_000 && refused >= leastRefused, $"{fills} fills, {refused} refused");
    }

    // Through the book, by deleveraging, with deficits that the fund, then gains, then all pay.
    [Theory]
    [InlineData(1, 2_000)]
    [InlineData(2, 2_000)]
    [InlineData(3, 2_000)]
    [InlineData(4, 0)]
    [InlineData(5, 0)]
    [InlineData(6, 0)]
    public void Liquidations_end_with_the_same_balances_and_positions(ulong seed, long fundDollars)
    {
        CreatePool pool = Listings.SmallPool();
        (pool.Rules.InventoryPpm, pool.Rules.FundMarketPpm, pool.Rules.FundLossPpm) = (PoolRules.Off, PoolRules.Off, PoolRules.Off);
        (TestVenue fast, SlowVenue slow) = Both(400, Listings.Small("BTC-PERPETUAL"), pool, coins: false);
        if (fundDollars > 0)
        {
            fast.Deposit(Fund, fundDollars * TestVenue.Dollar);
            slow.Deposit(Fund, 0, fundDollars * TestVenue.Dollar);
        }
        var random = new SplitMix(seed);
        long price = 8_000;
        ulong reports = 1_000;
        int acted = 0;
        int insolvent = 0;
        for (int i = 0; i < 12_000; i++)
        {
            uint account = TestVenue.FirstTrader + (uint)random.Below(Traders);
            long draw = random.Below(100);
            SlowVenue.Resting? own = slow.Orders.Count == 0 ? null : slow.Orders[(int)random.Below(slow.Orders.Count)];
            if (draw < 60 || own is null)
            {
                Place(fast, slow, account, (Side)random.Below(2), price + random.Below(41) - 20, 1 + random.Below(600),
                    (int)random.Below(2), random.Chance(300));
            }
            else if (draw < 80)
            {
                fast.Must(CommandKind.CancelOrder, new CancelOrder { OrderId = own.Id }, own.Account);
                slow.Cancel(own.Id);
            }
            else if (draw < 84)
            {
                long atoms = 1 + random.Below(40 * TestVenue.Dollar);
                fast.Deposit(account, atoms);
                slow.Deposit(account, 0, atoms);
            }
            else
            {
                fast.TimeNs += 1_000_000_000;
                long step = random.Chance(200) ? random.Below(1_601) - 800 : random.Below(61) - 30;
                price = System.Math.Clamp(price + step + ((8_000 - price) / 40), 4_000, 12_000);
                reports++;
                for (uint source = 1; source <= 3; source++)
                {
                    acted += Report(fast, slow, source, price, reports, ref insolvent);
                }
            }
            if (i % 20 == 0)
            {
                Same(fast, slow);
                fast.Records.Clear();
            }
        }
        Assert.True(acted > 70 && insolvent > 15, $"{acted} liquidations, {insolvent} of them insolvent");
    }

    private static int Report(TestVenue fast, SlowVenue slow, uint source, long price, ulong sequence, ref int insolvent)
    {
        var report = new ReportPrice { Price = price * 100, ObservedNs = fast.TimeNs, ReportSequence = sequence };
        fast.Must(CommandKind.ReportPrice, report, 0, source);
        Observe(fast, slow);
        List<LiquidationEnded> ended = fast.Events<LiquidationEnded>(EventKind.LiquidationEnded);
        Assert.Equal(ended.Select(e => e.Header.Account), slow.Liquidate());
        insolvent += ended.Count(e => e.ResidualAtoms <= 0);
        return ended.Count;
    }

    private static (TestVenue Fast, SlowVenue Slow) Both(long dollars, MarketTerms terms, CreatePool? pool = null, bool coins = true)
    {
        var fast = new TestVenue(Traders, box => box.Value.OrdersPerAccount = 4_096, terms: terms, pool: pool);
        var slow = new SlowVenue(fast.State.Pools[0], [fast.State.Assets[0], fast.State.Assets[1]],
            [fast.State.Markets[0], fast.State.Markets[1]])
        {
            Fund = Fund,
        };
        slow.Open(Fund);
        for (uint a = TestVenue.FirstTrader; a <= Last; a++)
        {
            slow.Open(a);
            slow.Deposit(a, 0, fast.State.Accounts[(int)a].Balances[0]);
            long more = (dollars * TestVenue.Dollar) - fast.State.Accounts[(int)a].Balances[0];
            if (more > 0)
            {
                fast.Deposit(a, more);
            }
            else
            {
                fast.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = -more }, a);
            }
            slow.Deposit(a, 0, more);
            // Every third has coins.
            if (coins && a % 3 == 0)
            {
                fast.Deposit(a, 500_000, asset: 1);
                slow.Deposit(a, 1, 500_000);
            }
        }
        Observe(fast, slow);
        return (fast, slow);
    }

    private static bool Place(TestVenue fast, SlowVenue slow, uint account, Side side, long price, long lots, int market, bool immediate)
    {
        TimeInForce time = immediate ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled;
        RefusalCode code = fast.Place(account, TestVenue.Limit(side, price, lots, time, market: market));
        ulong id = code == RefusalCode.None ? fast.Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId : 0;
        var order = new SlowVenue.Resting { Id = id, Account = account, Market = market, Side = side, Price = price, Lots = lots };
        bool accepted = slow.TryPlace(order, immediate, out List<SlowFill> expected);
        Assert.Equal(accepted ? RefusalCode.None : RefusalCode.InitialMarginShort, code);
        Assert.Equal(expected, Fills(fast));
        return accepted;
    }

    private static List<SlowFill> Fills(TestVenue fast) =>
        [.. fast.Events<Trade>(EventKind.Trade).Select(t => new SlowFill(t.MakerOrder, t.TakerOrder, t.PriceTicks, t.Lots,
            t.TakerFeeAtoms, t.MakerFeeAtoms))];

    private static void Price(TestVenue fast, SlowVenue slow, long price)
    {
        fast.Price(price);
        Assert.Empty(fast.All<LiquidationStarted>(EventKind.LiquidationStarted));
        Observe(fast, slow);
    }

    private static void Observe(TestVenue fast, SlowVenue slow)
    {
        for (int market = 0; market < 2; market++)
        {
            slow.Observe(market, fast.State.Markets[market], [fast.State.Indexes[0]], fast.TimeNs);
        }
    }

    private static uint Leverage(TestVenue fast, uint account, int market) =>
        fast.State.FindPosition(account, market) is >= 0 and var row ? fast.State.Positions[row].Leverage : 0;

    private static void Same(TestVenue fast, SlowVenue slow)
    {
        Assert.Equal(slow.Orders.Select(o => (o.Id, o.Price, o.Lots, o.Filled)).Order(), LiveOrders(fast).Order());
        SlowMargin margin = slow.Margin;
        Assert.Equal(slow.Account(Fund).Balances[0], fast.State.Accounts[(int)Fund].Balances[0]);
        for (uint account = TestVenue.FirstTrader; account <= Last; account++)
        {
            Assert.Equal(slow.Account(account).Balances[0], fast.State.Accounts[(int)account].Balances[0]);
            Assert.Equal((slow.Lots(account, 0), slow.Lots(account, 1)), (fast.Lots(account, 0), fast.Lots(account, 1)));
            Assert.Equal((slow.Leverage(account, 0), slow.Leverage(account, 1)), (Leverage(fast, account, 0), Leverage(fast, account, 1)));
            Health found = fast.Engine.Margin.Cross(account);
            var expected = new SlowHealth(found.EquityAtoms, found.OpeningAtoms, new SlowNeed(found.InitialAtoms, found.MaintenanceAtoms));
            Assert.Equal(expected, margin.Cross(account));
        }
    }

    private static IEnumerable<(ulong, long, long, long)> LiveOrders(TestVenue venue) =>
        Enumerable.Range(0, venue.State.Orders.Capacity).Where(s => venue.State.Orders[s].Id != 0)
            .Select(s => (venue.State.Orders[s].Id, venue.State.Orders[s].PriceTicks, venue.State.Orders[s].OpenLots,
                venue.State.Orders[s].FilledLots));

    private static long Near(ref SplitMix random, Side side)
    {
        long distance = random.Below(30) - 10;
        return side == Side.Buy ? 8_000 - distance : 8_000 + distance;
    }
}
