using System;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Pricing;
using Surety.Pricing.Black;
using Surety.Pricing.Exotics;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class ContractTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;
    private const long Start = StartNs / 1_000_000;
    private const long Week = Start + (7 * OptionsVenue.Day);

    // A mean over the last half hour varies like a price that ends twenty minutes earlier: T − 2W/3, in years.
    private const double WeekOfMean = (7 - (20 / 1440.0)) / 365;

    [Fact]
    public void An_option_is_marked_by_Black_with_the_surfaces_volatility()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(8_500, Week), Week);
        venue.Venue.Price(8_000);
        double expected = BlackScholes.OnForward(OptionType.Call, 8_000, 8_500, 0.8, WeekOfMean, 0).Price;
        Assert.Equal(Math.Round(expected), venue.Venue.State.Markets[call].MarkTicks);
        venue.Volatility(10_000);
        double higher = BlackScholes.OnForward(OptionType.Call, 8_000, 8_500, 1.0, WeekOfMean, 0).Price;
        Assert.Equal(Math.Round(higher), venue.Venue.State.Markets[call].MarkTicks);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Expiry_exercises_by_itself_at_the_mean_of_the_last_half_hour_net_for_each_account()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(8_500, Week), Week);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 300, 1_000, call);
        venue.Venue.Trade(A, C, 200, 500, call);
        venue.Venue.Trade(B, A, 250, 300, call);
        long[] before = [Cash(venue, A), Cash(venue, B), Cash(venue, C)];
        venue.Until(Week - 1_800_000, 8_000, 3_000_000);
        venue.Until(Week - 900_000, 9_000);
        venue.Until(Week - 1, 9_400);
        venue.Venue.Wait(60_000);
        Assert.Equal(MarketStatus.Expired, venue.Venue.State.Markets[call].Status);
        ContractEnded ended = Assert.Single(venue.Venue.All<ContractEnded>(EventKind.ContractEnded));
        // Of 1,800 seconds 50 at 8,000, 900 at 9,000 and 850 at 9,400: reports come each 50 seconds.
        Assert.Equal((((50 * 8_000) + (900 * 9_000) + (850 * 9_400)) / 1_800) - 8_500, ended.PriceTicks);
        Assert.Equal(Week, ended.TimeMs);
        Assert.Equal(3, venue.Venue.All<PositionSettled>(EventKind.PositionSettled).Count);
        long[] after = [Cash(venue, A), Cash(venue, B), Cash(venue, C)];
        Assert.Equal((1_200 * ended.PriceTicks * 1_000) - (((1_000 * 300) + (500 * 200) - (300 * 250)) * 1_000),
            after[0] - before[0] + Realised(300));
        Assert.Equal(300_000 * Dollar, after.Sum() + venue.Venue.State.Pools[0].FeesAtoms);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));

        // A's sale of 300 realised its profit in cash before.
        static long Realised(long sold) => (300 * 250 * 1_000) - (sold * 1_000 * ((1_000 * 300) + (500 * 200)) / 1_500);
    }

    [Fact]
    public void A_barrier_ends_the_contract_at_the_index_step_that_crosses_it()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(8_000, Week, "when S >= 9000 pay 25 and end\n"), Week);
        venue.Venue.Price(8_000);
        long mark = venue.Venue.State.Markets[call].MarkTicks;
        Assert.Equal(Math.Round(Barrier.Price(BarrierType.UpOut, OptionType.Call, 8_000, 8_000, 9_000, 25, 0.8, 7 / 365.0, 0, 0)), mark);
        venue.Venue.Trade(A, B, 200, 1_000, call);
        venue.Venue.Placed(A, Limit(Side.Buy, 100, 10, market: call));
        venue.Venue.TimeNs += 1_000_000_000;
        venue.Venue.Price(9_010);
        Assert.Equal(MarketStatus.Expired, venue.Venue.State.Markets[call].Status);
        ContractEnded ended = Assert.Single(venue.Venue.All<ContractEnded>(EventKind.ContractEnded));
        Assert.Equal((25L, (ushort)0), (ended.PriceTicks, ended.Clause));
        Assert.Equal(0, venue.Venue.Lots(A, call));
        Assert.Equal(RefusalCode.MarketNotTrading, venue.Venue.Place(A, Limit(Side.Buy, 100, 1, market: call)));
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Scheduled_payments_move_from_one_side_to_the_other_and_the_contract_goes_on()
    {
        var venue = new OptionsVenue();
        long first = Start + 3_600_000;
        string schedule = $"schedule HOURS = every 1h from {Date(first)} to {Date(first + 7_200_000)}\nat HOURS pay 10 * S / 8000\n";
        int market =
            venue.List(OptionsVenue.Text("S - S + 1", Week, schedule).Replace("S - S + 1", "min(S, 1)", StringComparison.Ordinal), Week);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 20, 1_000, market);
        Health before = venue.Venue.Engine.Margin.Cross(A);
        venue.Until(first + 1, 8_000);
        ContractPaid paid = Assert.Single(venue.Venue.All<ContractPaid>(EventKind.ContractPaid));
        Assert.Equal(10_000, paid.AtomsPerLot);
        Assert.True(venue.Venue.Engine.Margin.Cross(A).EquityAtoms - before.EquityAtoms > 0);
        venue.Until(first + 7_200_001, 8_000);
        Assert.Equal(3, venue.Venue.All<ContractPaid>(EventKind.ContractPaid).Count);
        Assert.Equal(MarketStatus.Trading, venue.Venue.State.Markets[market].Status);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Standard_margin_is_what_the_formula_says()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(9_000, Week), Week);
        venue.Venue.Price(8_000);
        long mark = venue.Venue.State.Markets[call].MarkTicks;
        venue.Venue.Trade(A, B, mark, 1_000, call);
        long notional = 1_000 * (9_000 + mark) * 1_000;
        Health seller = venue.Venue.Engine.Margin.Cross(B);
        Assert.Equal(notional * 75 / 1000, seller.MaintenanceAtoms);
        // 15% of it less the 1,000 dollars it is out of the money, but at least two thirds.
        Assert.Equal(Math.Max((notional * 150 / 1000) - (1_000 * 1_000 * 1_000), ((notional * 150 / 1000 * 2) + 2) / 3),
            seller.InitialAtoms);
        Assert.Equal(1_000 * mark * 1_000, venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms);
    }

    [Fact]
    public void A_contract_without_a_formula_is_margined_by_all_it_can_still_pay()
    {
        var venue = new OptionsVenue();
        int digital = venue.List(OptionsVenue.Text("if S >= 9000 then 100 else 0", Week), Week);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 40, 1_000, digital);
        Health seller = venue.Venue.Engine.Margin.Cross(B);
        long mark = venue.Venue.State.Markets[digital].MarkTicks;
        Assert.Equal(1_000 * (100 - mark) * 1_000, seller.MaintenanceAtoms);
        Assert.Equal(1_000 * mark * 1_000, venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms);
        venue.Venue.Price(9_500);
        venue.Until(Week - 1, 9_500, 3_000_000);
        venue.Venue.Wait(60_000);
        // Whatever happened, the seller could pay: 60 a lot lost of the 100 it was margined for.
        Assert.Equal((100_000 * Dollar) - (60 * 1_000 * 1_000), Cash(venue, B) + Fees(venue, B));
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void A_node_in_doubt_or_an_arbitrage_widens_margin_and_never_narrows_it()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(8_500, Week), Week);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 300, 1_000, call);
        Health before = venue.Venue.Engine.Margin.Cross(B);
        // Total variance that falls from one week to two months is a calendar spread for less than nothing.
        venue.Node(4, 2_000);
        Assert.Equal(1, venue.Venue.State.Surfaces[0].HasArbitrage);
        Health after = venue.Venue.Engine.Margin.Cross(B);
        Assert.True(after.InitialAtoms >= before.InitialAtoms * 14 / 10);
        Assert.True(after.CoversMaintenance);
        venue.Node(4, 8_000);
        Assert.Equal(0, venue.Venue.State.Surfaces[0].InDoubt);
        Assert.Equal(before.InitialAtoms, venue.Venue.Engine.Margin.Cross(B).InitialAtoms);
    }

    [Fact]
    public void A_node_that_goes_stale_widens_margin_at_that_moment()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(8_500, Week), Week);
        venue.Venue.Price(8_000);
        Assert.False(venue.Venue.State.Markets[call].Flags.HasFlag(ContractFlags.SurfaceInDoubt));
        venue.Venue.Wait(3_700_000);
        Assert.True(venue.Venue.State.Markets[call].Flags.HasFlag(ContractFlags.SurfaceInDoubt));
    }

    [Fact]
    public void A_contract_that_is_due_before_it_has_seen_a_price_waits_for_one()
    {
        var venue = new OptionsVenue();
        venue.Venue.Price(8_000);
        long soon = (venue.Venue.TimeNs / 1_000_000) + 2_000;
        int call = venue.List(OptionsVenue.Call(8_500, soon), soon);
        venue.Venue.Wait(10_000);
        Assert.Equal(MarketStatus.Trading, venue.Venue.State.Markets[call].Status);
        venue.Venue.Price(8_700);
        venue.Venue.Wait(61_000);
        Assert.Equal(MarketStatus.Expired, venue.Venue.State.Markets[call].Status);
    }

    [Fact]
    public void A_contract_on_two_indices_does_not_expire_while_one_is_stale()
    {
        var venue = new OptionsVenue();
        long expiry = Start + (70 * 60_000);
        string text = OptionsVenue.Text("min(S * T, 400000)", expiry, "observe T = index BTC_VOL_0 in 0.01 .. 10\n");
        int market = venue.List(text, expiry);
        venue.Venue.Price(8_000);
        venue.Volatility(8_000);
        venue.Until(expiry + 120_000, 8_000);
        Assert.NotEqual(MarketStatus.Expired, venue.Venue.State.Markets[market].Status);
        venue.Volatility(8_000);
        venue.Until(expiry + 240_000, 8_000);
        Assert.Equal(MarketStatus.Expired, venue.Venue.State.Markets[market].Status);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void An_account_that_a_barrier_leaves_short_is_called_in_the_same_step()
    {
        var venue = new OptionsVenue();
        int call = venue.List(OptionsVenue.Call(8_000, Week, "when S >= 9000 pay 3000 and end\n"), Week);
        venue.Venue.Price(8_000);
        long mark = venue.Venue.State.Markets[call].MarkTicks;
        venue.Venue.Trade(A, B, mark, 30_000, call);
        venue.Venue.Trade(A, B, 8_000, 10_000);
        venue.Venue.TimeNs += 1_000_000_000;
        venue.Venue.Price(9_000);
        Assert.Equal(MarketStatus.Expired, venue.Venue.State.Markets[call].Status);
        Assert.True(venue.Venue.Engine.Margin.Cross(B).CoversMaintenance);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void A_schedule_lists_options_around_the_index_for_fridays_months_and_quarters()
    {
        var venue = new OptionsVenue();
        MarketTerms terms = OptionsVenue.Terms("BTC_USD", 0);
        venue.Venue.Must(CommandKind.ScheduleListings, new ScheduleListings
        {
            Terms = terms,
            StrikeStep = 500_00,
            StrikesEachSide = 2,
            Weeks = 1,
            Months = 1,
            Quarters = 1,
            Surface = OptionalId.Of(0),
        });
        string[] names =
            [.. Enumerable.Range(OptionsVenue.FirstOption, venue.Venue.State.Counts.Markets - OptionsVenue.FirstOption)
                .Select(m => venue.Venue.State.Markets[m].Name.ToString())];
        // 12 March 2020 was a Thursday; 27 March the last Friday of the month and of the quarter.
        Assert.Equal(20, names.Length);
        Assert.Contains("BTC_USD-13MAR20-8000-C", names);
        Assert.Contains("BTC_USD-27MAR20-9000-P", names);
        Assert.All(venue.Venue.All<ContractListed>(EventKind.ContractListed), l => Assert.Equal(RefusalCode.None, l.Code));
        // On the next day, as the first Friday expires, the next gets ten and the month's end two more strikes each way of options.
        venue.Venue.TimeNs = ((StartNs / 86_400_000_000_000) + 1) * 86_400_000_000_000;
        venue.Venue.Price(9_000);
        venue.Venue.TimeNs += 8 * 3_600_000_000_000 - 1_000_000_000;
        venue.Venue.Price(9_000);
        venue.Venue.Wait(2_000);
        Assert.Equal(names.Length + 14, venue.Venue.State.Counts.Markets - OptionsVenue.FirstOption);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Listed_contracts_survive_a_restart_with_what_they_remember()
    {
        var venue = new OptionsVenue(scanPpm: 160_000);
        long expiry = Start + 3_600_000;
        int call = venue.List(OptionsVenue.Call(8_000, expiry), expiry);
        venue.List(OptionsVenue.Text("min(max(S, 10m) - min(S, 10m), 400000)", expiry), expiry, "RANGE");
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 300, 1_000, call);
        venue.Until(expiry - 600_000, 8_100);
        venue.Venue.Ledger.SealNow();
        var restored = new IndexedState(venue.Venue.State.Genesis);
        restored.Restore(id => venue.Venue.State.Tables.Single(t => t.Id == id).Pages);
        var ledger = new Ledger(new SuretyEngine(restored), venue.Venue.Ledger.Last);
        Assert.Equal(venue.Venue.Engine.Margin.Cross(B), ledger.Engine.Margin.Cross(B));
        int from = venue.Venue.Records.Count;
        venue.Until(expiry + 1, 8_300);
        venue.Venue.Wait(10);
        foreach (byte[] record in venue.Venue.Records.Skip(from))
        {
            ledger.Apply(record);
        }
        Assert.Equal(MarketStatus.Expired, restored.Markets[call].Status);
        Assert.Equal(venue.Venue.State.UpdateRoot(), restored.UpdateRoot());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Extreme_terms_prices_and_volatilities_are_refused_or_carried_but_never_stop_the_engine(int seed)
    {
        var random = new Random(seed);
        long[] extremes = [long.MinValue, -1, 0, 1, 2, 1_000, 1L << 20, 1L << 32, 1L << 40, 1L << 55, long.MaxValue];
        string[] pays =
            ["max(mean(S, 30m) - 8000, 0)", "max(8000 - S, 0)", "S", "if S > 8000 then 1 else 0", "min(S * S / 1000, 400000)",
                "max(S - 399999, 0)", "max(S - 2, 0)", "max(S, 1d) - min(S, 1d)"];
        string[] extras =
            ["", "", "when S >= 9000 pay 5 and end\n", "holder may take max(8000 - S, 0)\n",
                "schedule F = every 1d from 2020-03-13T00:00Z to 2020-03-18T00:00Z\nat F pay 3 * S / 8000 - 1\n"];
        OptionsVenue venue = new(seed % 2 == 0 ? 160_000 : 0);
        int listed = 0;
        for (int i = 0; i < 200; i++)
        {
            if (venue.Venue.State.Counts.Markets > 40)
            {
                venue = new OptionsVenue(i % 3 == 0 ? 400_000 : 0);
            }
            MarketTerms terms = OptionsVenue.Terms($"X{i}", Week);
            Span<long> fields = System.Runtime.InteropServices.MemoryMarshal.Cast<MarketTerms, long>(new Span<MarketTerms>(ref terms));
            for (int n = random.Next(3); n > 0; n--)
            {
                // Not the name, which would be refused before anything else.
                fields[random.Next(4, fields.Length)] = extremes[random.Next(extremes.Length)];
            }
            bool isListed = venue.Try(OptionsVenue.Text(pays[random.Next(pays.Length)], Week, extras[random.Next(extras.Length)]), terms)
                == RefusalCode.None;
            listed += isListed ? 1 : 0;
            venue.Venue.TimeNs += random.Next(1, 5) * 100_000_000_000L;
            long[] prices = [1, 100, 8_000, 9_500, 399_999, 10_000_000, 1_000_000_000_000];
            long price = prices[random.Next(prices.Length)] * 100;
            long volatility = new long[] { 1, 100, 8_000, 1_000_000, 1L << 45 }[random.Next(5)];
            for (uint source = 1; source <= 3; source++)
            {
                for (ushort index = 0; index < 7; index++)
                {
                    venue.Venue.Send(CommandKind.ReportPrice,
                        new ReportPrice
                        {
                            Index = index,
                            Price = index == 0 ? price : volatility,
                            ObservedNs = venue.Venue.TimeNs,
                            ReportSequence = 10_000 + (ulong)(2 * i)
                        }, 0, source);
                }
            }
            ushort market = (ushort)random.Next(venue.Venue.State.Counts.Markets);
            long mark = venue.Venue.State.Markets[market].MarkTicks;
            foreach (long lots in new[] { 1, 1_000, extremes[random.Next(extremes.Length)] })
            {
                venue.Venue.Send(CommandKind.PlaceOrder, Limit(Side.Sell, mark, lots, market: market), A);
                venue.Venue.Send(CommandKind.PlaceOrder, Limit(Side.Buy, mark, lots, market: market), B);
                venue.Venue.Send(CommandKind.ExerciseContract, new ExerciseContract { Market = market, Lots = lots }, B);
            }
            for (uint source = 1; source <= 3; source++)
            {
                venue.Venue.Send(CommandKind.ReportPrice,
                    new ReportPrice { Price = 800_000, ObservedNs = venue.Venue.TimeNs, ReportSequence = 10_001 + (ulong)(2 * i) }, 0,
                    source);
            }
            if (i % 20 == 0)
            {
                Assert.Null(Audit.FindViolation(venue.Venue.Engine));
            }
        }
        Assert.True(listed > 30, $"only {listed} were listed");
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    internal static long Cash(OptionsVenue venue, uint account) => venue.Venue.State.Accounts[(int)account].Balances[0];

    private static long Fees(OptionsVenue venue, uint account) =>
        (100_000 * Dollar) - Cash(venue, account) - (60 * 1_000 * 1_000);

    private static string Date(long ms) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
