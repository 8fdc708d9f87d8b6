using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class BreakerTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_auction_trades_at_the_price_that_trades_most_then_leaves_least_then_is_nearest_the_index(ulong seed)
    {
        var random = new SplitMix(seed);
        for (int round = 0; round < 60; round++)
        {
            TestVenue venue = InAuction(traders: 12);
            var bids = new List<(long Price, long Lots)>();
            var asks = new List<(long Price, long Lots)>();
            int orders = 1 + (int)random.Below(40);
            for (int i = 0; i < orders; i++)
            {
                var side = (Side)random.Below(2);
                (long price, long lots) = (7_990 + random.Below(21), 1 + random.Below(50));
                venue.Placed(FirstTrader + (uint)(i % 6) + (side == Side.Sell ? 6u : 0u), Limit(side, price, lots));
                (side == Side.Buy ? bids : asks).Add((price, lots));
            }
            // By hand: every price there could be.
            (long Price, long Lots, long Left) best = (0, 0, 0);
            for (long price = 7_985; price <= 8_015; price++)
            {
                long bid = bids.Where(b => b.Price >= price).Sum(b => b.Lots);
                long offered = asks.Where(a => a.Price <= price).Sum(a => a.Lots);
                (long lots, long left) = (Math.Min(bid, offered), Math.Abs(bid - offered));
                bool better = lots > best.Lots
                    || (lots == best.Lots && lots > 0
                    && (left < best.Left || (left == best.Left && Math.Abs(price - 8_000) < Math.Abs(best.Price - 8_000))));
                best = better ? (price, lots, left) : best;
            }
            venue.Wait(60_000);
            List<AuctionUncrossed> uncrossed = venue.Events<AuctionUncrossed>(EventKind.AuctionUncrossed);
            if (best.Lots == 0)
            {
                Assert.Empty(uncrossed);
            }
            else
            {
                Assert.Equal((best.Price, best.Lots), (uncrossed.Single().PriceTicks, uncrossed.Single().Lots));
                Assert.All(venue.Events<Trade>(EventKind.Trade), t => Assert.Equal(best.Price, t.PriceTicks));
            }
            Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
            Assert.Null(Audit.FindViolation(venue.Engine));
        }
    }

    [Fact]
    public void An_auction_shows_where_it_would_uncross_while_it_runs_and_takes_no_immediate_orders()
    {
        TestVenue venue = InAuction();
        venue.Placed(A, Limit(Side.Buy, 8_010, 5));
        venue.Placed(B, Limit(Side.Sell, 7_990, 8));
        venue.TimeNs += 1_000_000_000;
        venue.Price(8_000);
        AuctionIndicated shown = venue.All<AuctionIndicated>(EventKind.AuctionIndicated)[^1];
        Assert.Equal((8_000L, 5L, 3L), (shown.PriceTicks, shown.Lots, shown.SurplusLots));
        Assert.Equal(RefusalCode.MarketInAuction, venue.Place(A, Limit(Side.Buy, 8_000, 1, TimeInForce.ImmediateOrCancel)));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void An_auction_in_the_middle_survives_a_restart()
    {
        TestVenue venue = InAuction();
        venue.Placed(A, Limit(Side.Buy, 8_010, 5));
        venue.Placed(B, Limit(Side.Sell, 7_990, 8));
        venue.Ledger.SealNow();
        var restored = new IndexedState(venue.State.Genesis);
        restored.Restore(id => venue.State.Tables.Single(t => t.Id == id).Pages);
        var ledger = new Ledger(new SuretyEngine(restored), venue.Ledger.Last);
        int from = venue.Records.Count;
        venue.Wait(60_000);
        foreach (byte[] record in venue.Records.Skip(from))
        {
            ledger.Apply(record);
        }
        Assert.Equal(5, venue.Lots(A));
        Assert.Equal(venue.State.UpdateRoot(), ledger.Engine.State.UpdateRoot());
    }

    [Fact]
    public void A_move_beyond_what_the_horizon_allows_calls_an_auction_and_a_slow_one_does_not()
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        (terms.AuctionMs, terms.BandHorizonMs, terms.BandSigmaMilli, terms.BandFloorPpm, terms.BandCapPpm) =
            (60_000, 300_000, 6_000, 50_000, 100_000);
        var venue = new TestVenue(terms: terms);
        for (int minute = 0; minute < 60; minute++)
        {
            venue.TimeNs += 59_000_000_000;
            venue.Price(8_000 - (minute * 15));
            Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
        }
        venue.TimeNs += 59_000_000_000;
        venue.Price(6_300);
        Assert.Equal((MarketStatus.Auction, MarketCauses.PriceBand), (venue.State.Markets[0].Status, venue.State.Markets[0].Causes));
        venue.Wait(59_000);
        venue.Price(6_300);
        venue.Wait(1_000);
        Assert.Equal((MarketStatus.Trading, MarketCauses.None), (venue.State.Markets[0].Status, venue.State.Markets[0].Causes));
    }

    [Fact]
    public void New_terms_wait_an_hour_are_tried_again_on_the_live_state_and_dropped_if_anybody_would_fall()
    {
        var venue = new TestVenue(change: box => box.Value.BlockMs = 86_400_000);
        venue.Trade(A, B, 8_000, 50_000);
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.Tiers[0] = new ListedTier { InitialPpm = 200_000, MaintenancePpm = 150_000 };
        terms.Tiers[1].InitialPpm = terms.Tiers[1].MaintenancePpm = 250_000;
        long at = venue.TimeNs + 3_600_000_000_000;
        venue.Must(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = at, Terms = terms });
        venue.Must(CommandKind.ChangeMarket, new ChangeMarket { ActivateNs = at, Market = 1, Terms = Changed(venue) });
        // Meanwhile A loses: under the new terms it would now be below maintenance.
        while (venue.TimeNs < at)
        {
            venue.TimeNs += 50_000_000_000;
            venue.Price(7_000);
        }
        List<TermsChanged> outcome = venue.All<TermsChanged>(EventKind.TermsChanged);
        Assert.Contains(outcome, o => o is { Market: 0, Code: RefusalCode.ChangeWouldLiquidate, Detail: 1 });
        Assert.Contains(outcome, o => o is { Market: 1, Code: RefusalCode.None });
        Assert.Equal(50_000, venue.State.Markets[0].Tiers[0].InitialPpm);
        Assert.Equal(77, venue.State.Markets[1].MaxOrderLots);
        Assert.Equal(50_000, venue.Lots(A));
    }

    [Fact]
    public void A_minute_with_too_many_refusals_leaves_only_reductions_until_a_quiet_minute()
    {
        var venue = new TestVenue(change: box => box.Value.BlockCommands = 1_000_000);
        venue.Must(CommandKind.SetOwnerLimits, new SetOwnerLimits { Refusals = 120_000 });
        for (int i = 0; i < 120_000; i++)
        {
            venue.Send(CommandKind.CancelOrder, new CancelOrder { OrderId = 1 }, A);
        }
        Assert.Equal((MarketStatus.ReduceOnly, MarketCauses.RefusalRate), (venue.State.Markets[0].Status, venue.State.Markets[0].Causes));
        venue.TimeNs += 59_000_000_000;
        venue.Price(8_000);
        venue.TimeNs += 59_000_000_000;
        venue.Price(8_000);
        Assert.Equal(MarketStatus.ReduceOnly, venue.State.Markets[0].Status);
        venue.Wait(3_000);
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
    }

    [Fact]
    public void Liquidations_that_sell_too_much_in_a_minute_call_an_auction_and_go_on_outside_the_book()
    {
        TestVenue venue = WithRules(rules => rules.LiquidationRatePpm = 100_000, 60_000);
        venue.Deposit(B, 5_000_000 * Dollar);
        venue.Deposit(FirstTrader + 2, 5_000_000 * Dollar);
        for (uint i = 3; i < 8; i++)
        {
            venue.Trade(FirstTrader + i, B, 8_000, 100_000);
        }
        venue.Placed(FirstTrader + 2, Limit(Side.Buy, 7_165, 100_000));
        for (int i = 0; i < 4; i++)
        {
            venue.Placed(FirstTrader + 2, Limit(Side.Buy, 7_164, 100_000));
        }
        venue.Price(7_170);
        Assert.Equal((MarketStatus.Auction, MarketCauses.LiquidationRate), (venue.State.Markets[0].Status, venue.State.Markets[0].Causes));
        LiquidationOutcome[] outcomes = [.. venue.All<LiquidationEnded>(EventKind.LiquidationEnded).Select(l => l.Outcome)];
        Assert.Contains(LiquidationOutcome.Reduced, outcomes);
        Assert.Contains(outcomes, o => o is LiquidationOutcome.Deleveraged or LiquidationOutcome.TakenOver);
        Assert.Null(Audit.FindViolation(venue.Engine));
        venue.Wait(59_000);
        venue.Price(7_170);
        venue.Wait(1_000);
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
    }

    [Fact]
    public void A_fund_that_lost_more_than_its_hour_allows_leaves_its_markets_only_reductions_until_the_hour_ends()
    {
        TestVenue venue = WithRules(rules => (rules.FundMarketPpm, rules.FundLossPpm) = (1_000_000, 100_000), 0);
        venue.Deposit(1, 100_000 * Dollar);
        venue.Deposit(B, 5_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        // A's deficit of some 25,000 is more than a tenth of the fund.
        venue.Price(6_750);
        Assert.Equal(0, venue.Engine.Margin.Cross(A).EquityAtoms);
        Assert.Equal((MarketStatus.ReduceOnly, MarketCauses.FundLoss), (venue.State.Markets[0].Status, venue.State.Markets[0].Causes));
        for (int i = 0; i < 62; i++)
        {
            venue.TimeNs += 59_000_000_000;
            venue.Price(6_750);
        }
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private delegate void ChangeRules(Rules rules);

    private sealed class Rules
    {
        public int LiquidationRatePpm { get; set; }

        public int FundMarketPpm { get; set; }

        public int FundLossPpm { get; set; }
    }

    private static TestVenue WithRules(ChangeRules change, int auctionMs)
    {
        var rules = new Rules();
        change(rules);
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = auctionMs;
        CreatePool pool = PoolTerms();
        pool.Rules =
            new PoolRules
            {
                LiquidationRatePpm = rules.LiquidationRatePpm == 0 ? PoolRules.Off : rules.LiquidationRatePpm,
                FundMarketPpm = rules.FundMarketPpm,
                FundLossPpm = rules.FundLossPpm
            };
        return new TestVenue(24, terms: terms, pool: pool);
    }

    private static MarketTerms Changed(TestVenue venue)
    {
        MarketTerms terms = Listing("BTC-TOMORROW", venue.State.Markets[1].ExpiryNs).Terms;
        terms.MaxOrderLots = 77;
        return terms;
    }

    private static TestVenue InAuction(int traders = 4)
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 60_000;
        var venue = new TestVenue(traders, terms: terms);
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        return venue;
    }
}
