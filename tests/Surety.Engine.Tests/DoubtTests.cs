using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>What doubt stops, for how long, and what it does not.</summary>
public class DoubtTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private const int Dead = 2;

    [Fact]
    public void A_position_in_a_dead_market_shelters_for_minutes_and_never_beyond_half_of_maintenance()
    {
        TestVenue venue = WithDeadMarket();
        venue.Deposit(B, 10_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        venue.Trade(A, B, 100, 5_000_000, Dead);
        Die(venue);
        PriceState dead = venue.State.Indexes[1].State;
        Assert.Equal(PriceState.Stale, dead);
        // Below maintenance by less than the benefit, which begins at half of maintenance.
        venue.Price(7_310);
        Health health = venue.Engine.Margin.Cross(A);
        Assert.True(!health.CoversMaintenance && health.EquityAtoms > health.MaintenanceAtoms * 6 / 10, $"{health}");
        Assert.Equal(100_000, venue.Lots(A));
        // Time alone ends it.
        for (int second = 0; second < 300; second += 10)
        {
            venue.TimeNs += 10_000_000_000;
            venue.Price(7_310);
            Assert.Null(Audit.FindViolation(venue.Engine));
        }
        Assert.True(venue.Lots(A) < 100_000);
        Assert.True(venue.Engine.Margin.Cross(A).EquityAtoms > 0);
    }

    [Fact]
    public void Doubt_eases_with_the_clock_even_when_no_price_comes_and_a_restored_venue_eases_with_it()
    {
        TestVenue venue = WithDeadMarket();
        venue.Deposit(B, 10_000_000 * Dollar);
        venue.Trade(A, B, 8_000, 100_000);
        venue.Trade(A, B, 100, 5_000_000, Dead);
        Die(venue);
        venue.Price(7_174);
        Assert.Equal(100_000, venue.Lots(A));
        venue.Ledger.SealNow();
        var restored = new IndexedState(venue.State.Genesis);
        restored.Restore(id => venue.State.Tables.Single(t => t.Id == id).Pages);
        var ledger = new Ledger(new SuretyEngine(restored), venue.Ledger.Last);
        int from = venue.Records.Count;
        for (int i = 0; i < 6; i++)
        {
            venue.Wait(10_000);
            Assert.Null(Audit.FindViolation(venue.Engine));
        }
        Assert.True(venue.Lots(A) < 100_000, "the first minute's ease takes it");
        foreach (byte[] record in venue.Records.Skip(from))
        {
            ledger.Apply(record);
        }
        Assert.Equal(venue.State.UpdateRoot(), restored.UpdateRoot());
    }

    [Fact]
    public void While_a_price_is_stale_a_maker_s_opening_order_does_not_fill_keeps_its_place_and_a_reducing_one_fills()
    {
        var venue = new TestVenue();
        venue.Trade(A, B, 8_000, 100);
        // B is short and buys back; C would open.
        ulong opening = venue.Placed(C, Limit(Side.Buy, 8_010, 50));
        ulong reducing = venue.Placed(B, Limit(Side.Buy, 8_005, 30));
        venue.TimeNs += 61_000_000_000;
        venue.SendTick();
        Assert.Equal((PriceState.Stale, MarketStatus.ReduceOnly), (venue.State.Indexes[0].State, venue.State.Markets[0].Status));
        Assert.Equal(RefusalCode.None, venue.Place(A, Limit(Side.Sell, 8_000, 100, options: OrderOptions.ReduceOnly)));
        Assert.Equal((70L, 0L), (venue.Lots(A), venue.Lots(C)));
        Assert.False(venue.IsLive(reducing));
        Assert.True(venue.IsLive(opening));
        Assert.Equal(RefusalCode.CannotFill, venue.Place(A, Limit(Side.Sell, 8_000, 10, TimeInForce.FillOrKill, OrderOptions.ReduceOnly)));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Orders_that_a_halt_left_outside_the_band_end_when_the_market_reopens()
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        (terms.AuctionMs, terms.OrderBandPpm) = (60_000, 50_000);
        var venue = new TestVenue(terms: terms);
        ulong stale = venue.Placed(C, Limit(Side.Buy, 7_990, 50));
        ulong far = venue.Placed(C, Limit(Side.Buy, 7_000, 50));
        venue.Wait(61_000);
        venue.Wait(31_000);
        Assert.Equal(MarketStatus.Halted, venue.State.Markets[0].Status);
        venue.Price(7_500);
        Assert.Equal(MarketStatus.Auction, venue.State.Markets[0].Status);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 7_500, 50), B);
        venue.TimeNs += 59_000_000_000;
        venue.Price(7_500);
        venue.Wait(1_000);
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
        Assert.False(venue.IsLive(stale));
        Assert.True(venue.IsLive(far));
        Assert.Equal(0, venue.Lots(C));
    }

    [Fact]
    public void Funding_stops_while_a_market_is_halted_or_in_an_auction()
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 60_000;
        var venue = new TestVenue(terms: terms);
        venue.Trade(A, B, 8_000, 100);
        venue.TimeNs += 50_000_000_000;
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
        long atHalt = venue.State.Markets[0].FundingIndex;
        Assert.True(atHalt > 0);
        for (int i = 0; i < 100; i++)
        {
            venue.TimeNs += 50_000_000_000;
            venue.Price(8_000);
        }
        Assert.Equal(atHalt, venue.State.Markets[0].FundingIndex);
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        venue.Wait(59_000);
        Assert.Equal(atHalt, venue.State.Markets[0].FundingIndex);
        venue.Wait(1_000);
        venue.TimeNs += 50_000_000_000;
        venue.Price(8_000);
        long after = venue.State.Markets[0].FundingIndex - atHalt;
        Assert.InRange(after, atHalt - 1, atHalt + 1);
    }

    [Fact]
    public void A_volatility_in_doubt_holds_liquidations_and_withdrawals_of_the_options_that_it_marks()
    {
        var options = new OptionsVenue();
        TestVenue venue = options.Venue;
        long week = (StartNs / 1_000_000) + (7 * OptionsVenue.Day);
        int call = options.List(OptionsVenue.Call(8_500, week), week);
        venue.Price(8_000);
        long mark = venue.State.Markets[call].MarkTicks;
        venue.Trade(A, B, mark, 100, call);
        Assert.True(PriceDoubt.IsActable(venue.State, call));
        Assert.Equal(RefusalCode.None, venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, B));
        options.Until((venue.TimeNs / 1_000_000) + 3_700_000, 8_000);
        Assert.Equal(1, venue.State.Surfaces[0].InDoubt);
        Assert.Equal(PriceState.Good, venue.State.Indexes[0].State);
        Assert.False(PriceDoubt.IsActable(venue.State, call));
        Assert.Equal(RefusalCode.PriceInDoubt, venue.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 }, B));
        // Reductions only, and no halt however long it lasts.
        Assert.Equal(MarketStatus.ReduceOnly, venue.State.Markets[call].Status);
    }

    [Fact]
    public void A_small_loss_of_a_small_fund_does_not_stop_its_pool()
    {
        CreatePool pool = PoolTerms();
        pool.Rules = new PoolRules { LiquidationRatePpm = PoolRules.Off, FundMarketPpm = 1_000_000 };
        var venue = new TestVenue(24, pool: pool);
        venue.Deposit(1, 1_000 * Dollar);
        venue.Deposit(B, 5_000_000 * Dollar);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 99_000 * Dollar }, A);
        venue.Trade(A, B, 8_000, 2_000);
        venue.Price(7_350);
        Assert.True(venue.State.Pools[0].FundSpentAtoms > 250 * Dollar, $"{venue.State.Pools[0].FundSpentAtoms}");
        Assert.Equal(MarketCauses.None, venue.State.Markets[0].Causes);
    }

    // The index's sources fall silent; the other index goes on.
    private static void Die(TestVenue venue)
    {
        for (int i = 0; i < 7; i++)
        {
            venue.TimeNs += 10_000_000_000;
            venue.Price(8_000);
        }
    }

    private static TestVenue WithDeadMarket()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.CreateIndex, new CreateIndex { Name = ShortName.From("DEAD"), Decimals = 2, Quorum = 2, MaxAgeMs = 60_000 });
        for (uint key = 1; key <= 3; key++)
        {
            venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 1, SourceKey = key, Weight = 1 });
        }
        MarketTerms terms = Listing("DEAD-PERP", 0).Terms;
        (terms.Index, terms.MinPriceTicks, terms.MaxPriceTicks, terms.MaxOrderLots, terms.MaxPositionLots) =
            (1, 1, 1_000, 10_000_000, 10_000_000);
        venue.Must(CommandKind.ListMarket, new ListMarket { Terms = terms });
        for (uint key = 1; key <= 3; key++)
        {
            venue.Must(CommandKind.ReportPrice,
                new ReportPrice { Index = 1, Price = 10_000, ObservedNs = venue.TimeNs, ReportSequence = 1 }, 0, key);
        }
        return venue;
    }
}
