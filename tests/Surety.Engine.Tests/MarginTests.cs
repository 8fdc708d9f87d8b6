using System;
using System.Linq;
using System.Numerics;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Engine.Views;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class MarginTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;

    [Fact]
    public void An_order_short_of_initial_margin_is_refused_with_the_amount_missing()
    {
        var venue = new TestVenue();
        // 100,000 USD at 5% carry 2,000,000 of notional less fees in the first tier; the second asks for more.
        Assert.Equal(RefusalCode.None, venue.Place(A, Limit(Side.Buy, 8000, 100_000)));
        Assert.Equal(RefusalCode.InitialMarginShort, venue.Place(A, Limit(Side.Buy, 8000, 100_000)));
        // Both: 1,600,000 of notional at 10% less the deduction of 50,000 is 110,000, and the fee on 800,000 is 400.
        Assert.Equal(10_400 * Dollar, venue.LastDetail);
        Assert.Equal(1, venue.State.Accounts[(int)A].LiveOrders);
    }

    [Fact]
    public void Open_orders_count_as_the_worse_of_all_buys_and_all_sells()
    {
        var venue = new TestVenue();
        venue.Placed(A, Limit(Side.Buy, 8000, 10_000));
        Health buys = venue.Engine.Margin.Cross(A);
        venue.Placed(A, Limit(Side.Sell, 8001, 10_000));
        Assert.Equal(buys, venue.Engine.Margin.Cross(A));
        venue.Placed(A, Limit(Side.Sell, 8002, 10_000));
        Assert.Equal(2 * buys.InitialAtoms, venue.Engine.Margin.Cross(A).InitialAtoms);
    }

    [Fact]
    public void An_order_beyond_mark_reserves_the_loss_it_would_make()
    {
        var venue = new TestVenue();
        long before = venue.Engine.Margin.Cross(A).InitialAtoms;
        venue.Placed(A, Limit(Side.Buy, 8100, 1_000));
        // 5% of 8,000 USD and a hundred dollars on a coin.
        Assert.Equal(before + (500 * Dollar), venue.Engine.Margin.Cross(A).InitialAtoms);
    }

    [Fact]
    public void A_maker_who_can_no_longer_carry_the_fill_loses_the_order_not_the_venue()
    {
        var venue = new TestVenue();
        venue.Placed(A, Limit(Side.Buy, 7900, 100_000));
        ulong resting = venue.Placed(A, Limit(Side.Buy, 7850, 20_000));
        venue.Placed(C, Limit(Side.Buy, 7849, 500));
        // His money goes: every fill is checked again before it is booked.
        venue.Trade(B, A, 8000, 20_000);
        venue.Price(7_950);
        venue.Must(CommandKind.Withdraw, new Withdraw { AmountAtoms = 8_000 * Dollar }, A);
        venue.Deposit(B, 1_000_000 * Dollar);
        venue.Price(8_100);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 7849, 100_000, TimeInForce.ImmediateOrCancel), B);
        Assert.DoesNotContain(venue.Events<Trade>(EventKind.Trade),
            t => t.MakerOrder == resting && !venue.Engine.Margin.Cross(A).CoversMaintenance);
        Assert.Null(Audit.FindViolation(venue.Engine));
        Assert.True(venue.Engine.Margin.Cross(A).CoversMaintenance);
    }

    [Fact]
    public void Collateral_counts_after_haircut_and_only_up_to_its_cap()
    {
        var venue = new TestVenue();
        long before = venue.Engine.Margin.Cross(A).EquityAtoms;
        venue.Deposit(A, 2_00000000, asset: 1);
        Assert.Equal(before + (14_400 * Dollar), venue.Engine.Margin.Cross(A).EquityAtoms);
        venue.Deposit(A, 998_00000000, asset: 1);
        // The cap is a hundred coins.
        Assert.Equal(before + (720_000 * Dollar), venue.Engine.Margin.Cross(A).EquityAtoms);
    }

    [Fact]
    public void Initial_margin_rises_with_open_interest_to_the_whole_notional()
    {
        var market = default(Market);
        market.AtomsPerTickLot = 1;
        market.MarkTicks = 1;
        market.MarginFloorTicks = 1;
        market.TierCount = 1;
        market.Tiers[0] = new MarginTier { InitialPpm = 50_000, MaintenancePpm = 25_000 };
        market.OpenInterestLowerAtoms = 1_000_000;
        market.OpenInterestUpperAtoms = 2_000_000;
        int[] rates = new long[] { 0, 1_000_000, 1_500_000, 2_000_000, 9_000_000 }.Select(oi =>
        {
            market.OpenInterestLots = oi;
            return MarginTiers.OpenInterestPpm(in market);
        }).ToArray();
        Assert.Equal([0, 0, 525_000, 1_000_000, 1_000_000], rates);
    }

    [Fact]
    public void Margin_is_continuous_and_never_falls_where_tiers_meet()
    {
        var venue = new TestVenue();
        ref readonly Market market = ref venue.State.Markets[Perpetual];
        long edge = 1_000_000 * Dollar;
        Assert.Equal(MarginTiers.InitialAtoms(in market, edge - 1), MarginTiers.InitialAtoms(in market, edge));
        Assert.InRange(MarginTiers.InitialAtoms(in market, edge + 10) - MarginTiers.InitialAtoms(in market, edge), 1, 1);
        Assert.Equal(50_000 * Dollar, MarginTiers.InitialAtoms(in market, edge));
        Assert.Equal(150_000 * Dollar, MarginTiers.InitialAtoms(in market, 2 * edge));
    }

    [Fact]
    public void Near_a_price_of_zero_and_below_margin_does_not_vanish()
    {
        var venue = new TestVenue();
        venue.Trade(A, B, 20, 1_000);
        venue.Price(0);
        Assert.Equal(0, venue.State.Markets[Perpetual].MarkTicks);
        Assert.True(venue.Engine.Margin.Cross(A).MaintenanceAtoms > 0);
        venue.Price(-37);
        Assert.Equal(-37, venue.State.Markets[Perpetual].MarkTicks);
        // A thousand lots are one coin, bought at 20 and now worth −37.
        Assert.Equal(-57 * Dollar,
            AccountMargin.UnrealisedAtoms(in venue.State.Markets[Perpetual],
            in venue.State.Positions[venue.State.FindPosition(A, Perpetual)]));
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void Every_margin_number_explains_itself_and_the_steps_add_up()
    {
        var venue = new TestVenue();
        venue.Deposit(A, 3_00000000, asset: 1);
        venue.Trade(A, B, 8_000, 3_000);
        venue.Trade(B, A, 8_050, 1_000, Future);
        venue.Placed(A, Limit(Side.Buy, 8_020, 700));
        venue.Price(8_123);
        var steps = MarginExplanation.Of(venue.State, venue.Engine.Margin, A);
        Health health = venue.Engine.Margin.Cross(A);
        Assert.Equal(health.EquityAtoms, steps.Single(s => s.What == "equity").Atoms);
        Assert.Equal(health.EquityAtoms,
            steps.Where(s => s.What.StartsWith("balance", StringComparison.Ordinal)
            || s.What.StartsWith("collateral", StringComparison.Ordinal) || s.What.EndsWith("unrealised", StringComparison.Ordinal))
            .Sum(s => s.Atoms));
        Assert.Equal(health.InitialAtoms, steps.Where(s => s.What.EndsWith(" initial margin", StringComparison.Ordinal)).Sum(s => s.Atoms));
        Assert.Equal(health.MaintenanceAtoms,
            steps.Where(s => s.What.EndsWith(" maintenance margin", StringComparison.Ordinal)).Sum(s => s.Atoms));
    }

    [Fact]
    public void An_isolated_position_stands_alone()
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.SetMarginMode, new SetMarginMode { Market = Perpetual, Isolated = 1 }, A);
        Assert.Equal(RefusalCode.InitialMarginShort, venue.Place(A, Limit(Side.Buy, 8_000, 1_000)));
        venue.Must(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { AmountAtoms = 500 * Dollar }, A);
        venue.Trade(A, B, 8_000, 1_000);
        Assert.Equal(RefusalCode.InitialMarginShort,
            venue.Send(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { AmountAtoms = -200 * Dollar }, A));
        long cross = venue.Engine.Margin.Cross(A).EquityAtoms;
        // The fall wipes the position out and touches nothing else of the account.
        venue.Price(7_000);
        Assert.Equal(0, venue.Lots(A));
        Assert.Equal(cross, venue.Engine.Margin.Cross(A).EquityAtoms);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void The_tiers_formula_agrees_with_big_integers_on_random_markets()
    {
        var random = new SplitMix(21);
        for (int i = 0; i < 20_000; i++)
        {
            var market = default(Market);
            market.TierCount = (ushort)(1 + random.Below(3));
            market.AtomsPerTickLot = 1 + random.Below(1000);
            market.MarkTicks = random.Below(20_001) - 10_000;
            market.MarginFloorTicks = 1 + random.Below(50);
            market.OpenInterestPpm = (int)random.Below(2) * (int)random.Below(200_000);
            long from = 0;
            for (int t = 0; t < market.TierCount; t++)
            {
                market.Tiers[t] = new MarginTier
                {
                    FromNotionalAtoms = from,
                    InitialPpm = 20_000 * (t + 1),
                    MaintenancePpm = 9_000 * (t + 1),
                    InitialDeductionAtoms = t * 1000,
                    MaintenanceDeductionAtoms = t * 500,
                };
                from += 1 + random.Below(1_000_000_000);
            }
            var open =
                new OpenOrders
                {
                    BuyLots = random.Below(1000),
                    SellLots = random.Below(1000),
                    BuyReserve = random.Below(1000),
                    SellReserve = random.Below(1000)
                };
            long lots = random.Below(100_001) - 50_000;
            Requirement found = MarginTiers.Of(in market, lots, in open);
            BigInteger bought = Initial(market, lots + open.BuyLots) + ((BigInteger)open.BuyReserve * market.AtomsPerTickLot);
            BigInteger sold = Initial(market, lots - open.SellLots) + ((BigInteger)open.SellReserve * market.AtomsPerTickLot);
            bool none = open.BuyLots == 0 && open.SellLots == 0;
            Assert.Equal(none ? bought : BigInteger.Max(bought, sold), found.InitialAtoms);
            (BigInteger notional, MarginTier tier) = Tier(market, lots);
            Assert.Equal(Ceiling(notional * tier.MaintenancePpm) - tier.MaintenanceDeductionAtoms, found.MaintenanceAtoms);
        }
    }

    private static (BigInteger Notional, MarginTier Tier) Tier(Market market, BigInteger lots)
    {
        BigInteger notional = BigInteger.Abs(lots) * BigInteger.Max(BigInteger.Abs(market.MarkTicks), market.MarginFloorTicks)
            * market.AtomsPerTickLot;
        MarginTier tier = market.Tiers[0];
        for (int t = 1; t < market.TierCount; t++)
        {
            if (notional >= market.Tiers[t].FromNotionalAtoms)
            {
                tier = market.Tiers[t];
            }
        }
        return (notional, tier);
    }

    private static BigInteger Initial(Market market, BigInteger lots)
    {
        (BigInteger notional, MarginTier tier) = Tier(market, lots);
        BigInteger byTier = Ceiling(notional * tier.InitialPpm) - tier.InitialDeductionAtoms;
        return market.OpenInterestPpm == 0 ? byTier : BigInteger.Max(byTier, Ceiling(notional * market.OpenInterestPpm));
    }

    private static BigInteger Ceiling(BigInteger millionths) => (millionths + 999_999) / 1_000_000;
}
