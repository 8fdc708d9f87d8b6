using System;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Instruments;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>Bands against a full scan, over every kind of position: docs/enforcement.md says why no account is missed.</summary>
public class BandTests
{
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(35)]
    [InlineData(36)]
    public void Bands_miss_nobody_whatever_he_holds(ulong seed)
    {
        var venue = new ManyProducts(seed);
        for (int i = 0; i < 2_600; i++)
        {
            venue.Step();
        }
        string? difference = Compare(venue.Venue, out int liquidations, out double looked);
        Assert.True(difference is null, difference);
        Assert.True(liquidations > 5, $"only {liquidations} liquidations");
        Assert.True(looked < 0.9, $"{looked} of those that a full scan looks at");
    }

    // With less slack than its reserve no band is safe. The mark rises a tick, funding takes nearly a tick, a band that ended where the
    // price stands would not be left, and maintenance has grown with the mark: WhereTheSlackIsBelowTheReserveALongCanBeMissed of the formal
    // model.
    [Fact]
    public void A_long_with_less_slack_than_its_reserve_is_looked_at_where_funding_keeps_pace_with_the_mark()
    {
        TestVenue venue = Near(Side.Buy, 1_000);
        for (int i = 0; i < 1_500 && venue.All<LiquidationStarted>(EventKind.LiquidationStarted).Count == 0; i++)
        {
            venue.TimeNs += 30_000_000_000;
            venue.Price(NearTicks(Side.Buy) + 1);
            Assert.Null(Audit.Enforcement(venue.Engine));
        }
        Assert.NotEmpty(venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
    }

    [Theory]
    [InlineData(Side.Buy)]
    [InlineData(Side.Sell)]
    public void A_unit_with_less_slack_than_its_reserve_is_looked_at_at_every_price(Side side)
    {
        int liquidated = 0;
        for (ulong seed = 1; seed <= 12; seed++)
        {
            var random = new SplitMix(seed);
            TestVenue venue = Near(side, 1_000 + random.Below(900_000));
            int tick = 0;
            for (int i = 0; i < 150 && venue.All<LiquidationStarted>(EventKind.LiquidationStarted).Count == 0; i++)
            {
                venue.TimeNs += (1 + random.Below(40)) * 30_000_000_000;
                tick = Math.Clamp(tick + (int)random.Below(3) - 1, -1, 1);
                venue.Price(NearTicks(side) + tick);
                Assert.True(Audit.Enforcement(venue.Engine) is null, $"seed {seed}, step {i}: {Audit.Enforcement(venue.Engine)}");
            }
            liquidated += venue.All<LiquidationStarted>(EventKind.LiquidationStarted).Count > 0 ? 1 : 0;
        }
        Assert.InRange(liquidated, 1, 12);
    }

    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private static long NearTicks(Side side) => side == Side.Buy ? 7_200 : 8_800;

    // A thousand lots so near to maintenance at the price that its reserve is more than its slack.
    private static TestVenue Near(Side side, long slackAtoms)
    {
        const long Lots = 1_000;
        var venue = new TestVenue(2);
        // All in the first moment: the ledger of funding stands at its reference when the band is made.
        (uint buyer, uint seller) = side == Side.Buy ? (A, B) : (B, A);
        venue.Trade(buyer, seller, 8_000, Lots);
        // Losses up to the price, maintenance there (2.5%), and the slack.
        long stays = (800 * Lots * 1_000) + (NearTicks(side) * Lots * 1_000 / 40) + slackAtoms;
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = venue.State.Accounts[(int)A].Balances[0] - stays }, A);
        venue.Price(NearTicks(side));
        Health near = venue.Engine.Margin.Cross(A);
        Assert.Equal(slackAtoms, near.EquityAtoms - near.MaintenanceAtoms);
        return venue;
    }

    // A haircut and a cap are for customers. While a haircut that a crash widened goes back, what a unit counts for rises, though its price
    // falls: a customer loses nothing by that, the fund does.
    [Fact]
    public void The_insurance_fund_which_counts_coins_at_their_price_is_looked_at_while_their_haircut_goes_back()
    {
        const uint Fund = 1;
        var venue = new TestVenue(2);
        venue.Deposit(B, 900_000 * Dollar);
        venue.Deposit(A, 10_00000000, asset: 1);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 99_000 * Dollar }, A);
        venue.Trade(A, B, 8_000, 100_000);
        // It is worth less than nothing: its coins go to the fund with the debt that they were to cover.
        venue.Price(7_170);
        Assert.Equal(10_00000000, venue.State.Accounts[(int)Fund].Balances[1]);
        venue.Deposit(Fund, 5_000 * Dollar);
        for (long price = 7_160; price > 6_400; price -= 10)
        {
            venue.Wait(20_000);
            venue.Price(price);
            Health found = venue.Engine.Margin.Cross(Fund);
            Assert.True(found.EquityAtoms >= 0, $"at {price}: {found}");
        }
        Assert.NotEmpty(venue.All<LossShared>(EventKind.LossShared));
    }

    [Fact]
    public void A_contract_that_takes_a_payment_while_its_mark_rises_is_looked_at_though_what_a_lot_has_gained_is_the_same()
    {
        // Margined by all that it can still lose: maintenance rises with the mark, equity falls by the payment.
        var venue = new OptionsVenue();
        long start = TestVenue.StartNs / 1_000_000;
        long end = start + OptionsVenue.Day;
        string text =
            OptionsVenue.Text("min(S, 20000)", end,
                "schedule H = every 1h from 2020-03-12T09:00:00Z to 2020-03-12T10:00:00Z\nat H pay -100\n")
                .Replace("400000", "20000", StringComparison.Ordinal);
        MarketTerms terms = OptionsVenue.Terms("C", end);
        terms.MinPriceTicks = -1_000;
        Assert.Equal(RefusalCode.None, venue.Try(text, terms));
        int market = venue.Venue.State.Counts.Markets - 1;
        venue.Until(start + (59 * 60_000) + 30_000, 8_000, 30_000);
        venue.Venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000, 1_000, market);
        // Another account takes it over, so that what must stay behind is its margin.
        venue.Venue.Must(CommandKind.PlaceOrder, TestVenue.Limit(Side.Buy, 8_000, 1_000, market: market), TestVenue.FirstTrader + 1);
        Health before = venue.Venue.Engine.Margin.Cross(TestVenue.FirstTrader);
        // All but 80 dollars for a whole contract of a thousand lots goes.
        venue.Venue.Must(CommandKind.Withdraw,
            new Withdraw { AmountAtoms = before.EquityAtoms - before.MaintenanceAtoms - (80 * 1_000 * 1_000) }, TestVenue.FirstTrader);
        venue.Venue.Must(CommandKind.CancelAll, new CancelAll(), TestVenue.FirstTrader + 1);
        venue.Venue.Price(8_000);
        venue.Venue.Price(8_040);
        venue.Venue.Wait(31_000);
        Assert.Equal(100 * 1_000, venue.Venue.State.Markets[market].FundingIndex);
        Assert.Null(Audit.Enforcement(venue.Venue.Engine));
    }

    // The same records with bands and with a full scan, block by block.
    private static string? Compare(TestVenue venue, out int liquidations, out double looked)
    {
        var banded = new Ledger(venue.State.Genesis);
        var scanned = new Ledger(venue.State.Genesis);
        scanned.Engine.Enforcement.FullScan = true;
        liquidations = 0;
        for (int i = 0; i < venue.Records.Count; i++)
        {
            banded.Apply(venue.Records[i]);
            scanned.Apply(venue.Records[i]);
            var events = new EventReader(banded.Engine.Events.Log.Bytes, banded.EventsFrom);
            while (events.MoveNext())
            {
                liquidations += events.Kind == EventKind.LiquidationEnded ? 1 : 0;
            }
            if ((i + 1) % 20 == 0 || i + 1 == venue.Records.Count)
            {
                banded.SealNow();
                scanned.SealNow();
                if (Restarts.Difference(scanned, banded) is { } found)
                {
                    looked = 1;
                    return $"by command {i}: {found}";
                }
            }
        }
        looked = (double)banded.Engine.Enforcement.Examined / scanned.Engine.Enforcement.Examined;
        return null;
    }
}
