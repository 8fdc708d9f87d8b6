using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.CompilerServices;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Funding;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class OracleTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(7, 3)]
    [InlineData(10, 4)]
    [InlineData(13, 5)]
    public void Less_than_a_third_of_liars_cannot_take_the_index_out_of_the_honest_range_nor_make_it_wide(int sources, ulong seed)
    {
        int liars = (sources - 1) / 3;
        var random = new SplitMix(seed);
        (TestVenue venue, uint[] keys) = WithSources(sources, quorum: sources - liars);
        long honest = 800_000;
        var sequences = new ulong[sources];
        for (int round = 0; round < 400; round++)
        {
            venue.TimeNs += 1_000_000_000;
            honest += random.Below(2_001) - 1_000;
            long low = long.MaxValue;
            long high = long.MinValue;
            for (int i = 0; i < sources; i++)
            {
                long price = honest + random.Below(2_001) - 1_000;
                if (i < liars)
                {
                    // In any way: far off, nothing, a little off, each other's price, silence, from the future.
                    price = random.Below(6) switch
                    {
                        0 => 106,
                        1 => 0,
                        2 => honest * 129 / 100,
                        3 => honest * 72 / 100,
                        4 => -honest,
                        _ => honest * 1_000
                    };
                }
                else
                {
                    (low, high) = (Math.Min(low, price), Math.Max(high, price));
                }
                venue.Send(CommandKind.ReportPrice,
                    new ReportPrice { Index = 1, Price = price, ObservedNs = venue.TimeNs, ReportSequence = ++sequences[i] }, 0, keys[i]);
            }
            PriceIndex index = venue.State.Indexes[1];
            Assert.InRange(index.Price, low, high);
            Assert.Equal(PriceState.Good, index.State);
            Assert.True(index.Dispersion <= high - low, $"dispersion {index.Dispersion}, the honest span {high - low}");
        }
    }

    [Fact]
    public void A_print_of_one_in_a_market_at_a_hundred_and_fifty_does_nothing()
    {
        (TestVenue venue, uint[] keys) = WithSources(3, quorum: 2);
        Report(venue, keys, 15_000);
        venue.TimeNs += 1_000_000_000;
        Assert.Equal(RefusalCode.ReportJump,
            venue.Send(CommandKind.ReportPrice, new ReportPrice { Index = 1, Price = 106, ObservedNs = venue.TimeNs, ReportSequence = 99 },
            0, keys[0]));
        Assert.Equal((15_000, PriceState.Good), (venue.State.Indexes[1].Price, venue.State.Indexes[1].State));
    }

    [Fact]
    public void Below_quorum_the_market_only_reduces_then_halts_and_comes_back_through_an_auction_with_nobody_liquidated_meanwhile()
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 60_000;
        var venue = new TestVenue(terms: terms);
        venue.Trade(A, B, 8_000, 100_000);
        venue.TimeNs += 61_000_000_000;
        venue.SendTick();
        Assert.Equal((PriceState.Stale, MarketStatus.ReduceOnly), (venue.State.Indexes[0].State, venue.State.Markets[0].Status));
        Assert.Equal(RefusalCode.MarketReduceOnly, venue.Place(A, Limit(Side.Buy, 8_000, 1)));
        venue.Wait(30_000);
        Assert.Equal(MarketStatus.Halted, venue.State.Markets[0].Status);
        // The sources come back with a price at which A is below maintenance: first the auction, liquidations last.
        venue.Price(7_100);
        Assert.Equal((PriceState.Good, MarketStatus.Auction), (venue.State.Indexes[0].State, venue.State.Markets[0].Status));
        Assert.Equal(100_000, venue.Lots(A));
        venue.TimeNs += 30_000_000_000;
        venue.Price(7_100);
        Assert.Equal(100_000, venue.Lots(A));
        venue.TimeNs += 30_000_000_000;
        venue.SendTick();
        Assert.Equal(MarketStatus.Trading, venue.State.Markets[0].Status);
        Assert.True(venue.Lots(A) < 100_000, "A is acted on once the market trades again");
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_price_far_from_the_last_waits_in_quarantine_until_the_sources_stand_by_it()
    {
        (TestVenue venue, uint[] keys) = WithSources(3, quorum: 2);
        Report(venue, keys, 10_000);
        venue.TimeNs += 1_000_000_000;
        Report(venue, keys, 12_000);
        Assert.Equal((10_000, PriceState.Quarantined), (venue.State.Indexes[1].Price, venue.State.Indexes[1].State));
        venue.TimeNs += 29_000_000_000;
        Report(venue, keys, 12_010);
        Assert.Equal(10_000, venue.State.Indexes[1].Price);
        venue.TimeNs += 1_000_000_000;
        venue.SendTick();
        Assert.Equal(10_000, venue.State.Indexes[1].Price);
        // Time alone ends it: thirty seconds for each 15% that the price is away.
        venue.TimeNs += 10_200_000_000;
        venue.SendTick();
        Assert.Equal((12_010, PriceState.Good), (venue.State.Indexes[1].Price, venue.State.Indexes[1].State));
    }

    [Fact]
    public void The_honest_source_earns_most()
    {
        // Five honest sources, one that repeats an old price to save work, one that adds a twentieth.
        (TestVenue venue, uint[] keys) = WithSources(7, quorum: 5, reward: 10, terms: bond => bond.BondPool = OptionalId.Of(0));
        uint treasury = (uint)venue.State.Counts.Accounts;
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount());
        venue.Deposit(treasury, 100_000 * Dollar);
        for (int i = 0; i < 7; i++)
        {
            venue.Must(CommandKind.PostBond, new PostBond { Index = 1, SourceKey = keys[i], AmountAtoms = 1_000 * Dollar }, treasury,
                key: 0);
        }
        venue.Trade(A, B, 8_000, 1_000);
        var random = new SplitMix(6);
        long price = 800_000;
        long stale = price;
        for (int second = 0; second < 7_200; second++)
        {
            venue.TimeNs += 1_000_000_000;
            price += random.Below(4_001) - 2_000;
            stale = second % 600 == 0 ? price : stale;
            for (int i = 0; i < 7; i++)
            {
                long told = i == 5 ? stale : i == 6 ? price * 105 / 100 : price + random.Below(401) - 200;
                venue.Send(CommandKind.ReportPrice,
                    new ReportPrice { Index = 1, Price = told, ObservedNs = venue.TimeNs, ReportSequence = (ulong)second + 1 }, 0, keys[i]);
            }
        }
        PriceIndex index = venue.State.Indexes[1];
        long[] worth = [.. Enumerable.Range(0, 7).Select(i => index.Sources[i].BondAtoms)];
        Assert.True(worth.Take(5).Min() > worth[5], $"the lazy one has {worth[5]}, the honest ones {worth.Take(5).Min()} and more");
        Assert.True(worth[5] > worth[6], $"the liar has {worth[6]}, the lazy one {worth[5]}");
        Assert.True(index.Sources[6].SlashedAtoms > 400 * Dollar);
        Assert.True(worth.Take(5).All(w => w > 1_000 * Dollar));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Collateral_counts_for_less_as_its_sources_disagree_and_as_its_price_moves_and_for_nothing_to_open_while_in_doubt()
    {
        var venue = new TestVenue(price: 8_000);
        venue.Deposit(A, 1_00000000, asset: 1);
        Pool pool = venue.State.Pools[0];
        long calm = venue.Engine.Margin.CollateralValueAtoms(in pool, 1, 1_00000000);
        Assert.Equal(7_200 * Dollar, calm);
        venue.TimeNs += 1_000_000_000;
        venue.Price(7_900);
        long moved = venue.Engine.Margin.CollateralValueAtoms(in pool, 1, 1_00000000);
        // 7,900 less 10% less the distance of 100 from the slow price.
        Assert.InRange(moved, 7_000 * Dollar, 7_011 * Dollar);
        venue.Wait(61_000);
        Assert.Equal(0, venue.Engine.Margin.CollateralOpeningAtoms(in pool, 1, 1_00000000));
        Assert.True(venue.Engine.Margin.CollateralValueAtoms(in pool, 1, 1_00000000) > 0);
    }

    [Fact]
    public void Funding_follows_the_published_formula_on_every_rate_that_Hyperliquid_published_from_2024_on()
    {
        string file = Path.Combine(Root(), "..", "shared", "data", "funding", "hyperliquid_BTC_ETH_funding_premium_202305-202602.csv.gz");
        if (!File.Exists(file))
        {
            Assert.Skip("the published rates are not here (../shared/data/funding)");
        }
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        string[] header = reader.ReadLine()!.Split(',');
        int rateAt = Array.FindIndex(header, h => h.Contains("rate", StringComparison.OrdinalIgnoreCase));
        int premiumAt = Array.FindIndex(header, h => h.Contains("premium", StringComparison.OrdinalIgnoreCase));
        int timeAt = Array.FindIndex(header, h => h.Contains("time", StringComparison.OrdinalIgnoreCase));
        int compared = 0;
        double worst = 0;
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');
            bool recent = long.TryParse(fields[timeAt], out long ms)
                ? ms >= 1_704_067_200_000
                : string.CompareOrdinal(fields[timeAt], "2024") >= 0;
            if (!recent)
            {
                continue;
            }
            double premium = double.Parse(fields[premiumAt], CultureInfo.InvariantCulture);
            double published = double.Parse(fields[rateAt], CultureInfo.InvariantCulture);
            long rate = FundingAccrual.RatePpb((long)Math.Round(premium * 1e9), 100, 100_000);
            worst = Math.Max(worst, Math.Abs((rate / 1e9 / 8) - published));
            compared++;
        }
        Assert.True(compared > 37_000, $"{compared} rates");
        Assert.True(worst < 2e-9, $"worst difference {worst}");
    }

    private static void Report(TestVenue venue, uint[] keys, long price)
    {
        foreach (uint key in keys)
        {
            int place = PlaceOf(venue, key);
            venue.Must(CommandKind.ReportPrice,
                new ReportPrice
                {
                    Index = 1,
                    Price = price,
                    ObservedNs = venue.TimeNs,
                    ReportSequence = venue.State.Indexes[1].Sources[place].Sequence + 1
                }, 0, key);
        }
    }

    private static int PlaceOf(TestVenue venue, uint key) =>
        Enumerable.Range(0, 16).First(i => venue.State.Indexes[1].Sources[i].Key == key);

    private delegate void ChangeIndex(Box box);

    private sealed class Box
    {
        public OptionalId BondPool { get; set; } = OptionalId.None;
    }

    // A second index with the default limits and its own sources.
    private static (TestVenue Venue, uint[] Keys) WithSources(int count, int quorum, long reward = 0, ChangeIndex? terms = null)
    {
        var venue = new TestVenue();
        var box = new Box();
        terms?.Invoke(box);
        venue.Must(CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From("OTHER"),
            Decimals = 2,
            Quorum = (ushort)quorum,
            MaxAgeMs = 60_000,
            RewardAtoms = reward,
            BondPool = box.BondPool,
        });
        var keys = new List<uint>();
        for (int i = 0; i < count; i++)
        {
            keys.Add((uint)venue.State.Counts.Keys);
            venue.Must(CommandKind.AddKey, new AddKey { Scopes = KeyScopes.Report });
            venue.Must(CommandKind.SetPriceSource, new SetPriceSource { Index = 1, SourceKey = keys[^1], Weight = 1 });
        }
        return (venue, [.. keys]);
    }

    private static string Root([CallerFilePath] string caller = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));
}
