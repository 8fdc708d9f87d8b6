using System;
using Surety.Core.Numerics;
using Surety.Engine.Marks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>What becomes of a price far from the last, and of means at any cadence.</summary>
public class QuarantineTests
{
    private const uint A = FirstTrader;

    [Theory]
    [InlineData(10_000, 12_000, 40)]
    [InlineData(10_000, 20_000, 200)]
    [InlineData(10_000, 29_900, 398)]
    [InlineData(20_000, 10_000, 200)]
    [InlineData(29_900, 10_000, 398)]
    public void The_time_in_quarantine_grows_with_the_jump_either_way(long from, long to, int seconds)
    {
        TestVenue venue = WithIndex(from);
        Silence(venue);
        Say(venue, to);
        Assert.Equal(PriceState.Quarantined, venue.State.Indexes[1].State);
        for (int second = 1; second < seconds; second++)
        {
            venue.TimeNs += 1_000_000_000;
            Say(venue, to);
            Assert.True(from == venue.State.Indexes[1].Price, $"believed after {second} seconds");
        }
        venue.TimeNs += 1_000_000_000;
        Say(venue, to);
        Assert.Equal((to, PriceState.Good), (venue.State.Indexes[1].Price, venue.State.Indexes[1].State));
    }

    [Theory]
    [InlineData(10_000, 100_000_000)]
    [InlineData(10_000, 30_100)]
    [InlineData(30_100, 10_000)]
    public void Beyond_a_factor_of_three_all_sources_together_are_not_believed_until_a_governor_says_yes(long from, long to)
    {
        TestVenue venue = WithIndex(from);
        Silence(venue);
        for (int minute = 0; minute < 120; minute++)
        {
            Say(venue, to);
            venue.TimeNs += 30_000_000_000;
            Assert.Equal((from, PriceState.Quarantined), (venue.State.Indexes[1].Price, venue.State.Indexes[1].State));
        }
        Assert.Equal(RefusalCode.ScopeMissing,
            venue.Send(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice { Index = 1, Price = to }, 0, 1));
        Assert.Equal(RefusalCode.CandidateElsewhere,
            venue.Send(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice { Index = 1, Price = to + 100 }));
        venue.Must(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice { Index = 1, Price = to + 100, TolerancePpm = 10_000 });
        Assert.Equal((to, to, PriceState.Good),
            (venue.State.Indexes[1].Price, venue.State.Indexes[1].SlowPrice, venue.State.Indexes[1].State));
        venue.TimeNs += 1_000_000_000;
        Say(venue, to);
        Assert.Equal(PriceState.Good, venue.State.Indexes[1].State);
    }

    [Fact]
    public void A_price_that_walks_in_steps_below_the_quarantine_does_not_get_beyond_a_factor_of_three_of_the_slow_price()
    {
        TestVenue venue = WithIndex(10_000);
        long price = 10_000;
        for (int second = 0; second < 60; second++)
        {
            venue.TimeNs += 1_000_000_000;
            price = price * 114 / 100;
            Say(venue, price);
        }
        PriceIndex index = venue.State.Indexes[1];
        Assert.Equal(PriceState.Quarantined, index.State);
        Assert.True(index.Price <= 3 * (index.SlowPrice + 1), $"{index.Price}, slow {index.SlowPrice}");
        Assert.InRange(index.Price, 26_000, 40_000);
    }

    [Fact]
    public void One_source_s_confidence_is_not_the_index_s()
    {
        TestVenue venue = WithIndex(10_000);
        venue.TimeNs += 1_000_000_000;
        // The median's source says that it is uncertain by the most that is allowed; the others are sure.
        for (uint key = 1; key <= 3; key++)
        {
            venue.Must(CommandKind.ReportPrice,
                new ReportPrice
                {
                    Index = 1,
                    Price = 9_998 + key,
                    Confidence = key == 2 ? 500 : 1,
                    ObservedNs = venue.TimeNs,
                    ReportSequence = 99
                }, 0, key);
        }
        Assert.Equal((10_000, 1L), (venue.State.Indexes[1].Price, venue.State.Indexes[1].Confidence));
    }

    [Fact]
    public void A_rise_does_not_widen_the_haircut_of_maintenance_and_a_fall_does()
    {
        var venue = new TestVenue(price: 8_000);
        venue.Deposit(A, 1_00000000, asset: 1);
        Pool pool = venue.State.Pools[0];
        venue.TimeNs += 1_000_000_000;
        venue.Price(8_800);
        Assert.Equal(7_920 * Dollar, venue.Engine.Margin.CollateralValueAtoms(in pool, 1, 1_00000000));
        Assert.True(venue.Engine.Margin.CollateralOpeningAtoms(in pool, 1, 1_00000000) < 7_200 * Dollar);
        venue.TimeNs += 1_000_000_000;
        venue.Price(7_200);
        Assert.True(venue.Engine.Margin.CollateralValueAtoms(in pool, 1, 1_00000000) < 6_480 * Dollar - (700 * Dollar));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(7_300)]
    [InlineData(60_000)]
    public void The_slow_price_is_the_same_at_any_cadence(int everyMs)
    {
        // Ten minutes at 10,000 after an hour at 9,999: small enough to be lost where each step is rounded to whole units.
        TestVenue venue = WithIndex(9_900);
        venue.TimeNs += 1_000_000;
        Say(venue, 10_000);
        long until = venue.TimeNs + 600_000_000_000;
        while (venue.TimeNs < until)
        {
            venue.TimeNs = Math.Min(venue.TimeNs + (everyMs * 1_000_000L), until);
            Say(venue, 10_000);
        }
        // 10,000 − 100/e, and the millisecond before.
        Assert.Equal(9_963, venue.State.Indexes[1].SlowPrice);
        double fraction = venue.State.Indexes[1].SlowFraction / 4294967296.0;
        Assert.InRange(fraction, 0.2119, 0.2123);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public void The_variance_is_the_same_at_any_cadence(int everySeconds)
    {
        TestVenue venue = WithIndex(1_000_000);
        var random = new SplitMix(11);
        long price = 1_000_000;
        for (int second = 1; second <= 7_200; second++)
        {
            price += (2 * random.Below(2)) - 1 + (10 * ((2 * random.Below(2)) - 1));
            venue.TimeNs += 1_000_000_000;
            if (second % everySeconds == 0)
            {
                Say(venue, price);
            }
        }
        // Steps of ±1 ± 10 units in a million: 101 ppm² a second, of which two hours have counted 1 − e^−2.
        Assert.InRange(venue.State.Indexes[1].VariancePpm2, 60, 120);
    }

    [Fact]
    public void Decay_over_two_steps_is_decay_over_both()
    {
        Assert.Equal(1L << ExponentialDecay.Bits, ExponentialDecay.Of(0, 5));
        Assert.Equal(0, ExponentialDecay.Of(1_000, 10));
        for (long x = 1; x < 2_000; x += 37)
        {
            double expected = Math.Exp(-x / 600.0) * (1L << ExponentialDecay.Bits);
            Assert.InRange(ExponentialDecay.Of(x, 600), expected - 4, expected + 1);
        }
    }

    private static void Silence(TestVenue venue)
    {
        venue.TimeNs += 61_000_000_000;
        venue.SendTick();
    }

    private static void Say(TestVenue venue, long price)
    {
        ulong number = venue.State.Indexes[1].Sources[0].Sequence + 1;
        for (uint key = 1; key <= 3; key++)
        {
            venue.Send(CommandKind.ReportPrice,
                new ReportPrice { Index = 1, Price = price, ObservedNs = venue.TimeNs, ReportSequence = number }, 0, key);
        }
    }

    private static TestVenue WithIndex(long price)
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From("OTHER"),
            Decimals = 2,
            Quorum = 2,
            MaxAgeMs = 60_000,
        });
        for (uint key = 1; key <= 3; key++)
        {
            venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 1, SourceKey = key, Weight = 1 });
        }
        Say(venue, price);
        return venue;
    }
}
