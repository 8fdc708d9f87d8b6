using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using Surety.Simulation.Slow;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class DeleveragingTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private const uint D = FirstTrader + 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Places_are_those_of_a_sort_of_everybody_and_a_restored_venue_gives_the_same_ones(ulong seed)
    {
        TestVenue venue = new(14);
        var stream = new RandomStream(venue, 14, seed);
        var random = new SplitMix(seed);
        Ledger? restored = null;
        for (int i = 0; i < 12_000; i++)
        {
            int sent = venue.Records.Count;
            stream.Step();
            if (venue.Records.Count > sent)
            {
                restored?.Apply(venue.Records[^1]);
            }
            if (random.Chance(3))
            {
                CheckPlaces(venue.State, venue.Engine);
                if (restored is not null)
                {
                    Assert.Equal(venue.State.UpdateRoot(), restored.Engine.State.UpdateRoot());
                    CheckPlaces(venue.State, restored.Engine);
                }
                restored = Restored(venue);
            }
        }
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Places_are_right_where_thousands_stand_in_one_market_and_everybody_comes_and_goes()
    {
        const int Traders = 1_500;
        var venue = new TestVenue(Traders, box => box.Value.BlockCommands = 1_000_000);
        var random = new SplitMix(8);
        for (int i = 0; i < 6_000; i++)
        {
            uint buyer = A + (uint)random.Below(Traders);
            uint seller = A + (uint)random.Below(Traders);
            if (buyer != seller)
            {
                venue.Trade(buyer, seller, 7_995 + random.Below(11), 1 + random.Below(1_000));
            }
            if (i % 1_000 == 999)
            {
                venue.TimeNs += 3_000_000_000_000;
                venue.Price(7_990 + random.Below(20));
                CheckPlaces(venue.State, venue.Engine);
                CheckPlaces(venue.State, Restored(venue).Engine);
            }
        }
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(13, false)]
    [InlineData(14, true)]
    public void Those_who_give_and_how_much_are_those_of_a_queue_sorted_whole_each_time(ulong seed, bool reachesHedges)
    {
        var random = new SplitMix(seed);
        TestVenue venue = Crowded(ref random, out int traders);
        int asked = 0;
        int hedged = 0;
        for (long price = 7_960; price > 6_400; price -= 40)
        {
            venue.TimeNs += 1_000_000_000;
            for (uint source = 1; source <= 3; source++)
            {
                var naive = new SlowDeleveraging(new EngineRows(venue.State), venue.State.Counts.Accounts);
                Ledger other = Restored(venue);
                ulong sequence = venue.State.Indexes[0].Sources[(int)source - 1].Sequence + 1;
                venue.Must(CommandKind.ReportPrice,
                    new ReportPrice { Price = price * 100, ObservedNs = venue.TimeNs, ReportSequence = sequence }, 0, source);
                foreach (PositionTransferred moved in venue.Events<PositionTransferred>(EventKind.PositionTransferred))
                {
                    Assert.Equal(LiquidationOutcome.Deleveraged, moved.Cause);
                    (int row, long lots, int place, bool isHedge) = naive.Next(moved.Market, longs: moved.Lots < 0);
                    Assert.Equal((moved.Header.Account, moved.Place, moved.Hedged),
                        ((uint)(row / venue.State.PositionsPerAccount), (uint)place, isHedge ? 1u : 0u));
                    Assert.InRange(Math.Abs(moved.Lots), 1, lots);
                    Assert.True(moved.GainAtoms <= 0);
                    asked++;
                    hedged += isHedge ? 1 : 0;
                    naive.Add(naive.RowOf(moved.FromAccount, moved.Market), -moved.Lots);
                    naive.Add(row, moved.Lots);
                }
                other.Apply(venue.Records[^1]);
                Assert.Equal(venue.State.UpdateRoot(), other.Engine.State.UpdateRoot());
                Assert.Equal(EventsOf(venue.Ledger), EventsOf(other));
                Assert.Null(Audit.FindViolation(venue.Engine));
            }
        }
        Assert.True(asked > traders / 2, $"{asked} were asked");
        Assert.Equal(reachesHedges, hedged > 0);
    }

    [Fact]
    public void Calls_for_a_cent_are_no_hedge_of_a_short_and_calls_at_the_money_are_one_by_their_delta()
    {
        (TestVenue wings, uint plain, uint shielded) = Shorts(strike: 40_000);
        Assert.InRange(GivenOfHedges(wings, shielded), 0, 400);
        (TestVenue atTheMoney, plain, shielded) = Shorts(strike: 7_000);
        Assert.InRange(GivenOfHedges(atTheMoney, shielded), 10_000, 39_999);
        Assert.Equal(0, GivenOfHedges(atTheMoney, plain));
    }

    [Fact]
    public void Puts_hedge_a_long_and_do_not_hedge_a_short()
    {
        var venue = new OptionsVenue(traders: 8);
        long expiry = (StartNs / 1_000_000) + (30 * OptionsVenue.Day);
        int put = venue.List(OptionsVenue.Put(8_600, expiry), expiry);
        TestVenue v = venue.Venue;
        v.Price(8_000);
        foreach (uint account in new[] { B, C, D, D + 1 })
        {
            v.Deposit(account, 10_000_000 * Dollar);
        }
        // A fails as the price rises. B and C are long against it; B has puts.
        v.Trade(B, A, 8_000, 40_000);
        v.Trade(C, A, 8_000, 40_000);
        v.Trade(B, D, v.State.Markets[put].MarkTicks, 40_000, put);
        v.Price(9_300);
        Assert.InRange(GivenOfHedges(v, B), 4_000, 36_000);
        Assert.Equal((0L, 40_000L), (GivenOfHedges(v, C), Given(v, C)));
        // A short with puts is short twice: none of it is a hedge.
        var again = new OptionsVenue(traders: 8);
        put = again.List(OptionsVenue.Put(8_000, expiry), expiry);
        v = again.Venue;
        v.Price(8_000);
        foreach (uint account in new[] { B, C, D, D + 1 })
        {
            v.Deposit(account, 10_000_000 * Dollar);
        }
        v.Trade(A, B, 8_000, 80_000);
        v.Trade(B, D, v.State.Markets[put].MarkTicks, 80_000, put);
        v.Price(6_700);
        Assert.All(Deleveraged(v), m => Assert.Equal((B, 0u), (m.Header.Account, m.Hedged)));
        Assert.NotEmpty(Deleveraged(v));
    }

    [Fact]
    public void Money_that_comes_for_the_minutes_of_a_crash_moves_nobody_down_the_queue_and_a_gift_moves_nobody_up()
    {
        var venue = new TestVenue(6);
        venue.Trade(A, B, 8_000, 40_000);
        venue.Trade(A, C, 8_000, 20_000);
        venue.Price(7_950);
        Assert.Equal((1, 2), PlaceOf(venue, B));
        venue.Deposit(B, 900_000 * Dollar);
        Assert.Equal((1, 2), PlaceOf(venue, B));
        venue.Trade(D, B, 7_950, 1);
        venue.TimeNs += 1_800_000_000_000;
        venue.Price(7_950);
        venue.Trade(D, B, 7_950, 1);
        Assert.Equal((1, 2), PlaceOf(venue, B));
        // It stays for an hour, and then counts when the owner acts.
        venue.TimeNs += 3_600_000_000_000;
        venue.Price(7_950);
        Assert.Equal((1, 2), PlaceOf(venue, B));
        venue.Trade(D, B, 7_950, 1);
        Assert.Equal((2, 2), PlaceOf(venue, B));
        // Taken away it counts at once. What others send measures nothing.
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 890_000 * Dollar }, B);
        Assert.Equal((1, 2), PlaceOf(venue, B));
        uint leverage = venue.State.Positions[venue.State.FindPosition(C, Perpetual)].Leverage;
        venue.Deposit(C, 1);
        Assert.Equal(leverage, venue.State.Positions[venue.State.FindPosition(C, Perpetual)].Leverage);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Equals_are_asked_in_turn_from_step_to_step()
    {
        var venue = new TestVenue(8);
        for (uint longs = 0; longs < 4; longs++)
        {
            venue.Trade(D + longs, B, 8_000, 20_000);
            venue.Trade(D + longs, C, 8_000, 20_000);
        }
        for (long price = 7_900; price > 5_500; price -= 25)
        {
            venue.Price(price);
        }
        long given = Given(venue, B) + Given(venue, C);
        Assert.True(given > 0 && Given(venue, C) > 0);
        Assert.True(Math.Abs(Given(venue, B) - Given(venue, C)) * 4 <= 160_000,
            $"{Given(venue, B)} and {Given(venue, C)} were taken from equals");
    }

    // Longs of all leverages, shorts of all leverages with money enough to stay, some of them with coins or futures as a hedge.
    private static TestVenue Crowded(ref SplitMix random, out int traders)
    {
        const int Each = 20;
        CreatePool pool = PoolTerms();
        pool.LiquidationFeePpm = 0;
        var venue = new TestVenue(2 * Each, pool: pool);
        traders = 2 * Each;
        for (int i = 0; i < Each; i++)
        {
            uint seller = A + Each + (uint)i;
            venue.Deposit(seller, random.Below(2_000_000) * Dollar);
            if (random.Chance(850))
            {
                venue.Deposit(seller, (1 + random.Below(80)) * 100_000_000L, asset: 1);
            }
        }
        for (int i = 0; i < 120; i++)
        {
            uint buyer = A + (uint)random.Below(Each);
            uint seller = A + Each + (uint)random.Below(Each);
            int market = random.Chance(300) ? Future : Perpetual;
            if (market == Future && random.Chance(500))
            {
                seller = A + Each + (uint)random.Below(Each / 2);
                buyer = A + Each + (Each / 2) + (uint)random.Below(Each / 2);
            }
            long price = 7_970 + random.Below(60);
            venue.Place(seller, Limit(Side.Sell, price, 1 + random.Below(30_000), market: market));
            venue.Place(buyer, Limit(Side.Buy, price, 1 + random.Below(30_000), TimeInForce.ImmediateOrCancel, market: market));
            venue.Must(CommandKind.CancelAll, new CancelAll(), seller);
            venue.Must(CommandKind.CancelAll, new CancelAll { Market = OptionalId.Of(Future) }, seller);
        }
        return venue;
    }

    private static (TestVenue Venue, uint Plain, uint Shielded) Shorts(long strike)
    {
        var venue = new OptionsVenue(traders: 8);
        long expiry = (StartNs / 1_000_000) + (30 * OptionsVenue.Day);
        int call = venue.List(OptionsVenue.Call(strike, expiry), expiry);
        TestVenue v = venue.Venue;
        v.Price(8_000);
        foreach (uint account in new[] { B, C, D })
        {
            v.Deposit(account, 20_000_000 * Dollar);
        }
        v.Trade(A, B, 8_000, 40_000);
        v.Trade(A, C, 8_000, 40_000);
        v.Trade(C, D, Math.Max(v.State.Markets[call].MarkTicks, 1), 40_000, call);
        v.Price(6_700);
        return (v, B, C);
    }

    // Shorts are asked for one account; a bid then turns a short into a long; then longs are asked for another, in the same step.
    [Fact]
    public void A_position_that_turns_round_after_its_side_was_asked_is_asked_on_the_other_side()
    {
        var venue = new TestVenue(5);
        (uint insolvent, uint near, uint both, uint maker, uint other) = (A, A + 1, A + 2, A + 3, A + 4);
        foreach ((uint account, long cents) in new[] { (insolvent, 2_600), (near, 6_230), (both, 26_000) })
        {
            venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = (100_000 * Dollar) - (cents * Dollar / 100) }, account);
        }
        venue.Trade(insolvent, both, 8_000, 40);
        venue.Trade(near, both, 8_000, 50);
        venue.Trade(near, maker, 8_000, 20);
        venue.Trade(both, other, 8_000, 500, Future);
        venue.Placed(maker, Limit(Side.Buy, 7_170, 50));
        venue.Price(7_200);
        Assert.Equal([insolvent, near, both], venue.All<LiquidationEnded>(EventKind.LiquidationEnded).Select(e => e.Header.Account));
        Assert.True(Deleveraged(venue).Any(t => t.Header.Account == maker && t.Lots > 0), "the maker's short was not asked");
        Assert.True(Deleveraged(venue).Any(t => t.Header.Account == maker && t.Lots < 0), "the maker's long was not asked");
        Assert.Equal((0, 0), (venue.Lots(both), venue.Lots(both, Future)));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    private static PositionTransferred[] Deleveraged(TestVenue venue) =>
        [.. venue.All<PositionTransferred>(EventKind.PositionTransferred).Where(m => m.Cause == LiquidationOutcome.Deleveraged)];

    private static long Given(TestVenue venue, uint account) =>
        Deleveraged(venue).Where(m => m.Header.Account == account).Sum(m => Math.Abs(m.Lots));

    private static long GivenOfHedges(TestVenue venue, uint account) =>
        Deleveraged(venue).Where(m => m.Header.Account == account && m.Hedged == 1).Sum(m => Math.Abs(m.Lots));

    private static (int Place, int Of) PlaceOf(TestVenue venue, uint account) =>
        venue.Engine.Deleveraging.PlaceOf(venue.State.FindPosition(account, Perpetual));

    // A venue that goes on from the bytes of another's tables.
    private static Ledger Restored(TestVenue venue)
    {
        venue.Ledger.SealNow();
        var tables = venue.State.Tables.ToDictionary(t => t.Id, t => t.Pages.ToArray());
        var restored = new IndexedState(venue.State.Genesis);
        Assert.Equal(venue.Ledger.Last.StateRoot, restored.Restore(id => tables[id]));
        return new Ledger(new SuretyEngine(restored), venue.Ledger.Last);
    }

    // The events of a venue's last command, each as its bytes.
    private static List<string> EventsOf(Ledger ledger)
    {
        var found = new List<string>();
        var reader = new EventReader(ledger.Engine.Events.Log.Bytes, ledger.EventsFrom);
        while (reader.MoveNext())
        {
            found.Add(Convert.ToHexString(reader.Current));
        }
        return found;
    }

    private static void CheckPlaces(IndexedState state, SuretyEngine engine)
    {
        for (int market = 0; market < state.Counts.Markets; market++)
        {
            foreach (bool longs in new[] { false, true })
            {
                List<int> order = new SlowDeleveraging(new EngineRows(state), state.Counts.Accounts).Order(market, longs);
                for (int i = 0; i < order.Count; i++)
                {
                    Assert.Equal((i + 1, order.Count), engine.Deleveraging.PlaceOf(order[i]));
                }
            }
        }
    }
}
