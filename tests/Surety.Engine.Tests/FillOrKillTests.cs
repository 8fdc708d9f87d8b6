using System;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class FillOrKillTests
{
    private const int Traders = 10;
    private const long Month = (StartNs / 1_000_000) + (30 * OptionsVenue.Day);

    private static readonly TableId[] Untouched =
    [
        TableId.Pools, TableId.Markets, TableId.Accounts, TableId.Positions, TableId.QuoteProtections, TableId.Orders, TableId.OrderDetails,
        TableId.Triggers, TableId.ClientOrders,
    ];

    // Makers and takers near the end of their margin, in pools of formulas and of scenarios, with everything that ends or shrinks
    // an order on the way: own orders, icebergs, reduce-only, other halves, caps of open interest.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(160_000, 3)]
    [InlineData(160_000, 4)]
    [InlineData(300_000, 5)]
    [InlineData(300_000, 6)]
    public void A_fill_or_kill_fills_whole_or_changes_nothing_and_no_book_makes_it_stop_the_venue(int scanPpm, ulong seed)
    {
        var options = new OptionsVenue(scanPpm, Traders);
        TestVenue venue = options.Venue;
        int[] markets =
            [Perpetual, options.List(OptionsVenue.Call(8_500, Month), Month, "C8500"),
                options.List(OptionsVenue.Put(7_500, Month), Month, "P7500")];
        var random = new SplitMix(seed);
        (int filled, int refused, int compared) = (0, 0, 0);
        for (int step = 0; step < 6_000; step++)
        {
            venue.TimeNs += 1_000_000;
            uint account = FirstTrader + (uint)random.Below(Traders);
            int market = markets[random.Below(markets.Length)];
            var side = (Side)random.Below(2);
            long mark = venue.State.Markets[market].MarkTicks;
            if (step % 200 == 0)
            {
                venue.Price(8_000 + random.Below(400) - 200);
                options.Volatility(7_000 + random.Below(2_000));
                Assert.True(Audit.FindViolation(venue.Engine) is null, $"step {step}: {Audit.FindViolation(venue.Engine)}");
            }
            if (random.Chance(600))
            {
                venue.Place(account, Maker(ref random, side, market, mark, venue, account));
                continue;
            }
            PlaceOrder order =
                Limit(side, Math.Max(mark + (side == Side.Buy ? 12 : -12), 0), 1 + random.Below(random.Chance(300) ? 90_000 : 6_000),
                    TimeInForce.FillOrKill, market: market);
            order.SelfTrade = (SelfTradePrevention)random.Below(4);
            order.Options = random.Chance(100) ? OrderOptions.ReduceOnly : OrderOptions.None;
            order.OneCancelsOther = random.Chance(100) ? Own(venue, account) : 0;
            Hash256[] before = Roots(venue);
            int touched = venue.State.Derived.Bands.TouchedCount;
            RefusalCode code = venue.Place(account, order);
            if (code == RefusalCode.None)
            {
                Assert.Equal(order.Lots,
                    venue.Events<Trade>(EventKind.Trade)
                    .Where(t => t.TakerOrder == venue.Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId).Sum(t => t.Lots));
                filled++;
                continue;
            }
            refused++;
            Assert.Equal(before, Roots(venue));
            Assert.Equal(touched, venue.State.Derived.Bands.TouchedCount);
            long fillable = venue.LastDetail;
            order.TimeInForce = TimeInForce.ImmediateOrCancel;
            if (code == RefusalCode.CannotFill && venue.Place(account, order) == RefusalCode.None)
            {
                ulong id = venue.Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId;
                Assert.Equal(fillable, venue.Events<Trade>(EventKind.Trade).Where(t => t.TakerOrder == id).Sum(t => t.Lots));
                compared++;
            }
        }
        Assert.True(filled > 200 && refused > 200 && compared > 100, $"{filled} filled, {refused} refused, {compared} compared");
    }

    // The maker's order closes the hedge of its portfolio: by formula it is carried, by scenarios it is not. The fill-or-kill
    // counted the one and its fills were checked by the other, so it "filled in part" and stopped the venue.
    [Fact]
    public void A_maker_whose_fill_would_open_its_hedge_is_not_counted_and_the_venue_goes_on()
    {
        var options = new OptionsVenue(160_000);
        TestVenue venue = options.Venue;
        const uint Hedged = FirstTrader;
        const uint House = FirstTrader + 1;
        const uint Taker = FirstTrader + 2;
        venue.Deposit(Hedged, 1_000_000 * Dollar);
        venue.Deposit(House, 1_000_000 * Dollar);
        venue.Deposit(Taker, 1_000_000 * Dollar);
        int call = options.List(OptionsVenue.Call(8_500, Month), Month, "CALL");
        int put = options.List(OptionsVenue.Put(8_500, Month), Month, "PUT");
        venue.Price(8_000);
        for (int slice = 0; slice < 5; slice++)
        {
            venue.Trade(Hedged, House, venue.State.Markets[call].MarkTicks, 10_000, call);
            venue.Trade(House, Hedged, 8_000, 10_000);
            venue.Trade(House, Hedged, venue.State.Markets[put].MarkTicks, 10_000, put);
        }
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 50_000), Hedged);
        for (long amount = 1_000_000 * Dollar; amount > Dollar; amount /= 2)
        {
            // As much as may leave, so that margin binds.
            venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = amount }, Hedged);
        }
        Assert.Equal(RefusalCode.CannotFill, venue.Place(Taker, Limit(Side.Sell, 8_000, 50_000, TimeInForce.FillOrKill)));
        Assert.Equal(0, venue.LastDetail);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 8_000, 50_000, TimeInForce.ImmediateOrCancel), Taker);
        Assert.Contains(venue.Events<OrderEnded>(EventKind.OrderEnded),
            e => e.Reason == EndReason.MarginShort && e.Header.Account == Hedged);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private static PlaceOrder Maker(ref SplitMix random, Side side, int market, long mark, TestVenue venue, uint account)
    {
        PlaceOrder order =
            Limit(side, Math.Max(mark + ((side == Side.Buy ? -1 : 1) * random.Below(12)), 0),
                1 + random.Below(random.Chance(200) ? 60_000 : 4_000), market: market);
        order.DisplayLots = random.Chance(250) ? 1 + (order.Lots / 6) : 0;
        order.Options = random.Chance(100) ? OrderOptions.ReduceOnly : OrderOptions.None;
        order.OneCancelsOther = random.Chance(200) ? Own(venue, account) : 0;
        order.SelfTrade = (SelfTradePrevention)random.Below(4);
        return order;
    }

    private static ulong Own(TestVenue venue, uint account) =>
        venue.State.Derived.FirstOrderOf[account] is var slot and >= 0 ? venue.State.Orders[slot].Id : 0;

    // A refusal changes the sender's nonce and the venue's count of refusals, which are in other tables.
    private static Hash256[] Roots(TestVenue venue) =>
        [.. venue.State.Tables.Where(t => Untouched.Contains(t.Id)).Select(t => t.UpdateRoot())];
}
