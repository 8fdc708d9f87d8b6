using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>Early exercise: who could know the price, who is chosen, what a holder could take back.</summary>
public class ExerciseTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private const long Start = StartNs / 1_000_000;
    private const long Week = Start + (7 * OptionsVenue.Day);
    private ulong _reports = 1_000_000;

    [Fact]
    public void An_exercise_fills_at_the_first_price_observed_after_it_and_not_at_one_that_was_known()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100, 100);
        Exercise(venue, A, put, 150);
        ContractExerciseRequested requested =
            Assert.Single(venue.Venue.Events<ContractExerciseRequested>(EventKind.ContractExerciseRequested));
        Assert.Equal((150L, A), (requested.Lots, requested.Header.Account));
        Assert.Equal(300, venue.Venue.Lots(A, put));
        // Published later, observed before: everybody could have seen these.
        long askedNs = venue.Venue.TimeNs;
        venue.Venue.TimeNs += 3_000_000_000;
        for (uint source = 1; source <= 3; source++)
        {
            Report(venue, source, 7_940, askedNs);
        }
        Assert.Equal(300, venue.Venue.Lots(A, put));
        // One source of three after the request is no price after it.
        Report(venue, 1, 7_900, venue.Venue.TimeNs);
        Assert.Equal(300, venue.Venue.Lots(A, put));
        Report(venue, 2, 7_960, venue.Venue.TimeNs);
        ContractExercised exercised = Assert.Single(venue.Venue.Events<ContractExercised>(EventKind.ContractExercised));
        // The median of 7,900, 7,940 and 7,960.
        Assert.Equal((-150L, 560L), (exercised.Lots, exercised.PriceTicks));
        Assert.Equal(150, venue.Venue.Lots(A, put));
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void A_report_whose_clock_runs_ahead_of_the_request_does_not_carry_it_out()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100);
        Report(venue, 1, 7_000, venue.Venue.TimeNs + 900_000_000);
        Report(venue, 2, 7_000, venue.Venue.TimeNs + 900_000_000);
        Exercise(venue, A, put, 100);
        Report(venue, 3, 7_000, venue.Venue.TimeNs);
        Assert.Equal(200, venue.Venue.Lots(A, put));
    }

    [Fact]
    public void Every_short_position_is_assigned_its_part()
    {
        (OptionsVenue venue, int put) = Listed(6, 400, 200, 100, 3);
        Exercise(venue, A, put, 351);
        Later(venue, 7_900);
        List<ContractExercised> assigned = venue.Venue.All<ContractExercised>(EventKind.ContractAssigned);
        // 351 of 703: 199.7, 99.9, 49.9 and 1.5, each rounded so that any that follow one another have theirs.
        Assert.Equal([(B, 199L), (C, 100L), (C + 1, 50L), (C + 2, 2L)], assigned.Select(a => (a.Header.Account, a.Lots)));
        Assert.Equal(352, venue.Venue.Lots(A, put));
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Splitting_a_short_position_over_accounts_does_not_change_its_part(int seed)
    {
        var random = new Random(seed);
        long lots = random.Next(20, 60);
        // B holds them in one account; C and those after it hold as many, one lot each... as far as there are accounts.
        int parts = (int)Math.Min(lots, 40);
        long[] shorts = [parts, .. Enumerable.Repeat(1L, parts)];
        (OptionsVenue venue, int put) = Listed(parts + 4, shorts);
        long exercised = random.Next(1, parts * 2);
        Exercise(venue, A, put, exercised);
        Later(venue, 7_900);
        List<ContractExercised> assigned = venue.Venue.All<ContractExercised>(EventKind.ContractAssigned);
        long whole = assigned.Where(a => a.Header.Account == B).Sum(a => a.Lots);
        long split = assigned.Where(a => a.Header.Account != B).Sum(a => a.Lots);
        Assert.InRange(whole - split, -1, 1);
        Assert.Equal(exercised, whole + split);
        Assert.All(assigned, a => Assert.InRange(a.Lots, 1, -a.LotsBefore));
    }

    [Fact]
    public void A_request_cannot_be_taken_back_not_by_selling_the_lots_to_a_friend_either()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100);
        ulong resting = venue.Venue.Placed(A, Limit(Side.Sell, 700, 150, market: put));
        Exercise(venue, A, put, 200);
        Assert.False(venue.Venue.IsLive(resting));
        Assert.Equal(RefusalCode.ExercisePending, venue.Venue.Place(A, Limit(Side.Sell, 700, 200, market: put)));
        Assert.Equal(RefusalCode.ExercisePending,
            venue.Venue.Send(CommandKind.ExerciseContract, new ExerciseContract { Market = (ushort)put, Lots = 1 }, A));
        Assert.Equal(RefusalCode.ExercisePending,
            venue.Venue.Send(CommandKind.PlaceTrigger,
            new PlaceTrigger
            {
                Market = (ushort)put,
                Side = Side.Sell,
                Lots = 100,
                PriceTicks = 600,
                TriggerTicks = 600,
                Options = OrderOptions.ReduceOnly
            }, A));
        // Other markets, and other accounts, are not concerned.
        Assert.Equal(RefusalCode.None, venue.Venue.Place(A, Limit(Side.Buy, 7_000, 1)));
        Assert.Equal(RefusalCode.None, venue.Venue.Place(B, Limit(Side.Buy, 500, 1, market: put)));
        Later(venue, 7_900);
        Assert.Equal(0, venue.Venue.Lots(A, put));
        Assert.Equal(RefusalCode.None, venue.Venue.Place(A, Limit(Side.Buy, 500, 1, market: put)));
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void An_exercise_waits_while_the_price_is_in_doubt()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100);
        venue.Venue.Wait(61_000);
        Assert.NotEqual(PriceState.Good, venue.Venue.State.Indexes[0].State);
        Exercise(venue, A, put, 100);
        venue.Venue.Wait(5_000);
        // Three sources that disagree: a price, but not one to exercise at.
        Report(venue, 1, 6_000, venue.Venue.TimeNs);
        Report(venue, 2, 7_000, venue.Venue.TimeNs);
        Report(venue, 3, 8_000, venue.Venue.TimeNs);
        Assert.Equal(PriceState.Wide, venue.Venue.State.Indexes[0].State);
        Assert.Equal(200, venue.Venue.Lots(A, put));
        venue.Venue.Wait(3_000);
        Report(venue, 1, 7_800, venue.Venue.TimeNs);
        Report(venue, 3, 7_800, venue.Venue.TimeNs);
        Report(venue, 2, 7_800, venue.Venue.TimeNs);
        venue.Venue.Wait(3_000);
        Report(venue, 1, 7_700, venue.Venue.TimeNs);
        Assert.Equal(100, venue.Venue.Lots(A, put));
        Assert.Equal(700, Assert.Single(venue.Venue.All<ContractExercised>(EventKind.ContractExercised)).PriceTicks);
    }

    [Fact]
    public void A_request_lapses_where_the_price_leaves_nothing_to_take()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100);
        Exercise(venue, A, put, 100);
        Later(venue, 8_600);
        Assert.Equal(100, Assert.Single(venue.Venue.All<ContractExerciseRequested>(EventKind.ContractExerciseLapsed)).Lots);
        Assert.Equal(200, venue.Venue.Lots(A, put));
        Assert.Empty(venue.Venue.All<ContractExercised>(EventKind.ContractExercised));
        Assert.Equal(RefusalCode.None, venue.Venue.Place(A, Limit(Side.Sell, 200, 200, market: put)));
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void A_liquidation_takes_lots_whose_exercise_waits_and_the_rest_is_exercised()
    {
        (OptionsVenue venue, int put) = Listed(4);
        venue.Venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 90_000 * Dollar }, A);
        // All but 160 dollars of what A has left is paid for puts.
        long mark = venue.Venue.State.Markets[put].MarkTicks;
        long half = 4_920 * Dollar / (mark * 1_000);
        venue.Venue.Trade(A, B, mark, half, put);
        venue.Venue.Trade(A, C, mark, half, put);
        venue.Venue.Trade(B, A, 8_000, 250);
        Exercise(venue, A, put, 2 * half);
        // A price that was observed before it: it liquidates, and exercises nothing.
        long askedNs = venue.Venue.TimeNs;
        venue.Venue.TimeNs += 3_000_000_000;
        for (uint source = 1; source <= 3; source++)
        {
            Report(venue, source, 8_900, askedNs);
        }
        Assert.NotEmpty(venue.Venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
        long left = venue.Venue.Lots(A, put);
        Assert.InRange(left, 1, (2 * half) - 1);
        Assert.Equal(left, venue.Venue.State.Markets[put].ExerciseLots);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
        Later(venue, 8_400);
        Assert.Equal(-left, Assert.Single(venue.Venue.All<ContractExercised>(EventKind.ContractExercised)).Lots);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void A_request_survives_a_restart()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100);
        Exercise(venue, A, put, 70);
        venue.Venue.Ledger.SealNow();
        var restored = new IndexedState(venue.Venue.State.Genesis);
        restored.Restore(id => venue.Venue.State.Tables.Single(t => t.Id == id).Pages);
        var ledger = new Ledger(new SuretyEngine(restored), venue.Venue.Ledger.Last);
        int from = venue.Venue.Records.Count;
        Later(venue, 7_900);
        foreach (byte[] record in venue.Venue.Records.Skip(from))
        {
            ledger.Apply(record);
        }
        Assert.Equal(130, restored.Positions[restored.FindPosition(A, put)].Lots);
        Assert.Equal(venue.Venue.State.UpdateRoot(), restored.UpdateRoot());
    }

    [Fact]
    public void An_end_comes_before_an_exercise_and_leaves_no_request_behind()
    {
        (OptionsVenue venue, int put) = Listed(4, 100, 100);
        Exercise(venue, A, put, 100);
        venue.Venue.State.Positions.Write(venue.Venue.State.FindPosition(A, put)).Flags |= PositionFlags.Protected;
        venue.Venue.TimeNs = (Week * 1_000_000) + 1;
        Later(venue, 7_900);
        Assert.Equal(MarketStatus.Expired, venue.Venue.State.Markets[put].Status);
        Assert.Equal((0L, 0L),
            (venue.Venue.State.Markets[put].ExerciseLots,
            venue.Venue.State.Positions[venue.Venue.State.FindPosition(A, put)].ExerciseLots));
    }

    private static (OptionsVenue Venue, int Put) Listed(int traders, params long[] shorts)
    {
        var venue = new OptionsVenue(traders: traders);
        int put = venue.List(OptionsVenue.Put(8_500, Week, "holder may take max(8500 - S, 0)\n"), Week);
        venue.Venue.Price(8_000);
        for (int i = 0; i < shorts.Length; i++)
        {
            venue.Venue.Trade(A, B + (uint)i, 600, shorts[i], put);
        }
        return (venue, put);
    }

    private static void Exercise(OptionsVenue venue, uint account, int market, long lots) =>
        venue.Venue.Must(CommandKind.ExerciseContract, new ExerciseContract { Market = (ushort)market, Lots = lots }, account);

    // All sources report, late enough for what waits.
    private void Later(OptionsVenue venue, long price)
    {
        venue.Venue.TimeNs += 3_000_000_000;
        for (uint source = 1; source <= 3; source++)
        {
            Report(venue, source, price, venue.Venue.TimeNs);
        }
    }

    private void Report(OptionsVenue venue, uint source, long price, long observedNs) =>
        venue.Venue.Must(CommandKind.ReportPrice,
            new ReportPrice { Price = price * 100, ObservedNs = observedNs, ReportSequence = ++_reports }, 0, source);
}
