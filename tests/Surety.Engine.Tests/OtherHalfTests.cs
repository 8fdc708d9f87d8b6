using System.Linq;
using Surety.Engine.Auditing;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>One half of a pair fills, and nothing of the other: in one match, in one auction, as maker and as taker.</summary>
public class OtherHalfTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;

    [Fact]
    public void Two_halves_that_one_order_crosses_fill_one_of_them()
    {
        var venue = new TestVenue();
        (ulong first, ulong second) = Pair(venue, A, Side.Sell, 8_000, 8_001);
        ulong behind = venue.Placed(B, Limit(Side.Sell, 8_002, 10));
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_010, 20, TimeInForce.FillOrKill), C);
        Assert.Equal((-10, -10, 20), (venue.Lots(A), venue.Lots(B), venue.Lots(C)));
        Assert.False(venue.IsLive(first) || venue.IsLive(second) || venue.IsLive(behind));
        Assert.Contains(venue.Events<OrderEnded>(EventKind.OrderEnded),
            e => e.OrderId == second && e.Reason == EndReason.OneCancelsOther && e.RestLots == 10);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void The_half_that_was_there_first_ends_the_one_that_named_it_too()
    {
        var venue = new TestVenue();
        (ulong first, ulong second) = Pair(venue, A, Side.Sell, 8_000, 8_100);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 3, TimeInForce.ImmediateOrCancel), C);
        Assert.True(venue.IsLive(first));
        Assert.False(venue.IsLive(second));
    }

    [Fact]
    public void A_half_that_takes_ends_the_other_with_its_first_fill()
    {
        var venue = new TestVenue();
        ulong half = venue.Placed(A, Limit(Side.Buy, 7_990, 10));
        venue.Placed(B, Limit(Side.Sell, 8_000, 4));
        PlaceOrder taking = Limit(Side.Buy, 8_000, 10);
        taking.OneCancelsOther = half;
        ulong rest = venue.Placed(A, taking);
        Assert.False(venue.IsLive(half));
        Assert.Equal(6, venue.Order(rest).OpenLots);
        // The other half ended before anything else could happen to it.
        Assert.Equal(EndReason.OneCancelsOther, venue.Events<OrderEnded>(EventKind.OrderEnded).Single(e => e.OrderId == half).Reason);
    }

    [Fact]
    public void Two_halves_in_one_auction_fill_one_of_them()
    {
        TestVenue venue = InAuction(PoolTerms());
        (ulong first, ulong second) = Pair(venue, A, Side.Sell, 7_990, 7_995);
        venue.Placed(B, Limit(Side.Buy, 8_010, 30));
        venue.Wait(60_000);
        Assert.Equal((-10, 10), (venue.Lots(A), venue.Lots(B)));
        Assert.False(venue.IsLive(first) || venue.IsLive(second));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_trigger_that_goes_off_ends_its_other_half_before_its_order_trades()
    {
        var venue = new TestVenue();
        ulong profit = venue.Placed(A, Limit(Side.Buy, 7_990, 10));
        // Of the same account on the other side: its order would meet the half that must go.
        venue.Must(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Side = Side.Sell,
                Kind = TriggerKind.Stop,
                Source = TriggerSource.Mark,
                TriggerTicks = 7_995,
                PriceTicks = 7_980,
                Lots = 10,
                OneCancelsOther = profit
            }, A);
        venue.Placed(B, Limit(Side.Buy, 7_985, 10));
        venue.TimeNs += 1_000_000_000;
        venue.Price(7_994);
        Assert.Equal((-10, 10), (venue.Lots(A), venue.Lots(B)));
        Assert.False(venue.IsLive(profit));
    }

    // Two accounts of one mind trade with each other in auctions: with a rebate on both sides the pool paid for it.
    [Fact]
    public void Trading_with_oneself_in_an_auction_never_takes_from_the_pool()
    {
        CreatePool pool = PoolTerms();
        pool.FeeTiers[0] = new FeeTier { MakerPpm = -200, TakerPpm = 250 };
        pool.FeeTiers[1] = new FeeTier { FromVolumeAtoms = 1_000_000 * Dollar, MakerPpm = -200, TakerPpm = 200 };
        TestVenue venue = InAuction(pool);
        long fees = venue.State.Pools[0].FeesAtoms;
        for (int round = 0; round < 6; round++)
        {
            (uint buyer, uint seller) = round % 2 == 0 ? (A, B) : (B, A);
            if (round % 3 == 0)
            {
                venue.Placed(buyer, Limit(Side.Buy, 8_010, 30_000));
                venue.Placed(seller, Limit(Side.Sell, 7_990, 30_000));
            }
            else
            {
                venue.Placed(seller, Limit(Side.Sell, 7_990, 30_000));
                venue.Placed(buyer, Limit(Side.Buy, 8_010, 30_000));
            }
            venue.Wait(30_000);
            venue.Price(8_000);
            venue.Wait(30_000);
            Trade trade = venue.Events<Trade>(EventKind.Trade).Single();
            Assert.True(trade.TakerFeeAtoms + trade.MakerFeeAtoms >= 0, $"round {round}: {trade.TakerFeeAtoms} and {trade.MakerFeeAtoms}");
            // Who came later took.
            Assert.True(trade.TakerOrder > trade.MakerOrder);
            Assert.Equal(fees + trade.TakerFeeAtoms + trade.MakerFeeAtoms, venue.State.Pools[0].FeesAtoms);
            fees = venue.State.Pools[0].FeesAtoms;
            venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
            venue.Price(8_000);
            venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        }
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private static (ulong First, ulong Second) Pair(TestVenue venue, uint account, Side side, long price, long otherPrice)
    {
        ulong first = venue.Placed(account, Limit(side, price, 10));
        PlaceOrder half = Limit(side, otherPrice, 10);
        half.OneCancelsOther = first;
        return (first, venue.Placed(account, half));
    }

    private static TestVenue InAuction(CreatePool pool)
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 60_000;
        var venue = new TestVenue(4, terms: terms, pool: pool);
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        return venue;
    }
}
