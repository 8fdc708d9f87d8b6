using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>A book that is kept from events alone, as anyone outside keeps it.</summary>
public class EventBookTests
{
    private const int Traders = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_book_kept_from_events_alone_is_the_venues_book(ulong seed)
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 2_000;
        var venue = new TestVenue(Traders, terms: terms);
        var stream = new RandomStream(venue, Traders, seed);
        var random = new SplitMix(seed + 100);
        var book = new EventBook();
        (int amended, int auctions) = (0, 0);
        for (int step = 0; step < 40_000; step++)
        {
            if (step % 900 == 899)
            {
                venue.Send(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
                book.Take(venue);
                venue.Send(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
            }
            else if (random.Chance(300))
            {
                venue.TimeNs += 1_000_000;
                uint account = FirstTrader + (uint)random.Below(Traders);
                var side = (Side)random.Below(2);
                long mark = venue.State.Markets[0].MarkTicks;
                PlaceOrder order = Limit(side, mark + random.Below(11) - 5, 1 + random.Below(400), market: (int)random.Below(2));
                order.SelfTrade = random.Chance(500) ? SelfTradePrevention.Decrement : (SelfTradePrevention)random.Below(4);
                order.DisplayLots = random.Chance(300) ? 1 + (order.Lots / 5) : 0;
                venue.Place(account, order);
            }
            else
            {
                stream.Step();
            }
            book.Take(venue);
            amended += venue.Events<OrderAmended>(EventKind.OrderAmended).Count;
            auctions += venue.Events<AuctionUncrossed>(EventKind.AuctionUncrossed).Count;
            if (step % 37 == 0)
            {
                book.Compare(venue, $"seed {seed}, step {step}");
            }
            venue.Records.Clear();
        }
        Assert.True(amended > 500 && auctions > 5, $"{amended} amendments, {auctions} auctions");
    }

    [Fact]
    public void Decrementing_says_what_is_left_of_both_orders()
    {
        var venue = new TestVenue();
        ulong resting = venue.Placed(FirstTrader, Limit(Side.Sell, 8_000, 10));
        PlaceOrder order = Limit(Side.Buy, 8_001, 4);
        order.SelfTrade = SelfTradePrevention.Decrement;
        ulong taker = venue.Placed(FirstTrader, order);
        List<OrderAmended> amended = venue.Events<OrderAmended>(EventKind.OrderAmended);
        Assert.Equal([(resting, 8_000, 6), (taker, 8_001, 0)], amended.ConvertAll(a => (a.OrderId, a.PriceTicks, a.OpenLots)));
        order.Lots = 9;
        taker = venue.Placed(FirstTrader, order);
        Assert.Equal((taker, 8_001, 3),
            venue.Events<OrderAmended>(EventKind.OrderAmended).ConvertAll(a => (a.OrderId, a.PriceTicks, a.OpenLots))[0]);
        Assert.Equal(6, venue.Events<OrderEnded>(EventKind.OrderEnded)[0].RestLots);
        Assert.Equal(3, venue.Order(taker).OpenLots);
    }

    private sealed class EventBook
    {
        private readonly Dictionary<ulong, Entry> _orders = [];
        private ulong _taken;

        public void Take(TestVenue venue)
        {
            if (venue.Ledger.LastSequence == _taken)
            {
                return;
            }
            _taken = venue.Ledger.LastSequence;
            var events = new EventReader(venue.Engine.Events.Log.Bytes, venue.Ledger.EventsFrom);
            while (events.MoveNext())
            {
                switch (events.Kind)
                {
                    case EventKind.OrderPlaced when (events.As<OrderPlaced>().OrderId & OrderIds.KindMask) == 0:
                        ref readonly OrderPlaced placed = ref events.As<OrderPlaced>();
                        _orders.Add(placed.OrderId, new Entry { Price = placed.PriceTicks, Open = placed.Lots });
                        break;
                    case EventKind.OrderAmended:
                        Entry amended = _orders[events.As<OrderAmended>().OrderId];
                        amended.Price = events.As<OrderAmended>().PriceTicks;
                        amended.Open = events.As<OrderAmended>().OpenLots;
                        break;
                    case EventKind.IcebergRefilled:
                        _orders[events.As<IcebergRefilled>().OrderId].Shown = events.As<IcebergRefilled>().ShownLots;
                        break;
                    case EventKind.Trade:
                        // A liquidation takes from the book without an order of its own.
                        if (events.As<Trade>().TakerOrder is var taker and not 0)
                        {
                            _orders[taker].Fill(events.As<Trade>().Lots);
                        }
                        _orders[events.As<Trade>().MakerOrder].Fill(events.As<Trade>().Lots);
                        break;
                    case EventKind.OrderEnded when _orders.Remove(events.As<OrderEnded>().OrderId, out Entry? ended):
                        Assert.Equal(ended.Open, events.As<OrderEnded>().RestLots);
                        break;
                    default:
                        break;
                }
            }
        }

        public void Compare(TestVenue venue, string where)
        {
            int live = 0;
            for (int slot = 0; slot < venue.State.Orders.Capacity; slot++)
            {
                ref readonly Order order = ref venue.State.Orders[slot];
                if (order.Id == 0)
                {
                    continue;
                }
                live++;
                Assert.True(_orders.TryGetValue(order.Id, out Entry? entry), $"{where}: order {order.Id} is in no event");
                long shown = (order.Flags & OrderFlags.Iceberg) != 0 ? venue.State.OrderDetails[slot].ShownLots : order.OpenLots;
                Assert.True((order.PriceTicks, order.OpenLots, shown)
                    == (entry.Price, entry.Open, Math.Min(entry.Shown ?? entry.Open, entry.Open)), $"{where}: order {order.Id} differs");
            }
            Assert.Equal(_orders.Count, live);
        }

        private sealed class Entry
        {
            public long Price { get; set; }

            public long Open { get; set; }

            // Of an iceberg.
            public long? Shown { get; set; }

            public void Fill(long lots)
            {
                Open -= lots;
                Shown -= lots;
            }
        }
    }
}
