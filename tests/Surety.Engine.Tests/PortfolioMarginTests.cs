using System;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Views;
using Surety.Pricing.Integers;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

public class PortfolioMarginTests
{
    // A mean over the last half hour varies like a price that ends twenty minutes earlier: T − 2W/3, in days.
    private const double MeanLag = 20 / 1440.0;
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long Start = StartNs / 1_000_000;
    private const long Month = Start + (30 * OptionsVenue.Day);

    [Fact]
    public void A_hedged_portfolio_needs_a_fraction_of_its_legs()
    {
        (OptionsVenue venue, int call, int put) = Listed();
        // Long call, short put, short perpetual: a conversion, which no move of the price touches.
        venue.Venue.Trade(A, B, venue.Venue.State.Markets[call].MarkTicks, 1_000, call);
        venue.Venue.Trade(B, A, venue.Venue.State.Markets[put].MarkTicks, 1_000, put);
        long legs = venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms;
        venue.Venue.Trade(B, A, 8_000, 1_000);
        Health hedged = venue.Venue.Engine.Margin.Cross(A);
        Assert.True(hedged.MaintenanceAtoms * 4 < legs, $"{hedged.MaintenanceAtoms} against {legs}");
        // Never less than the floor: half a percent of gross notional.
        Assert.True(hedged.MaintenanceAtoms >= 3 * 1_000 * 8_000L * 1_000 * 5 / 1_000);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Every_scenario_can_be_reconciled_by_hand()
    {
        (OptionsVenue venue, int call, _) = Listed();
        venue.Venue.Trade(B, A, venue.Venue.State.Markets[call].MarkTicks, 1_000, call);
        Span<PortfolioParts> parts = stackalloc PortfolioParts[8];
        Span<long> losses = stackalloc long[ScenarioGrid.Count];
        Assert.Equal(1, venue.Venue.Engine.Margin.Portfolio.Explain(A, parts, losses));
        long mark = venue.Venue.State.Markets[call].MarkTicks;
        for (int s = 0; s < ScenarioGrid.Count; s++)
        {
            double underlying = 8_000 * (1 + (0.16 * ScenarioGrid.Quarters(s) / 4));
            double volatility = 0.8 * (ScenarioGrid.VolatilityMove(s) switch { 1 => 1.5, -1 => 0.7, _ => 1.0 });
            double value =
                Surety.Pricing.Black.BlackScholes.OnForward(Surety.Pricing.OptionType.Call, underlying, 8_500, volatility, 30 / 365.0, 0)
                    .Price;
            double loss = 1_000 * 1_000 * (value - mark) * ScenarioGrid.CountedPpm(s) / 1e6;
            Assert.InRange(losses[s] - loss, -2_000_000, 2_000_000);
        }
        Assert.Equal(losses.ToArray().Max(), parts[0].WorstAtoms);
        long u = venue.Venue.State.Markets[call].UnderlyingTicks;
        Assert.Equal(1_000 * u * 1_000 * 5 / 1_000, parts[0].ShortOptionsAtoms);
        Assert.Equal(parts[0].MaintenanceAtoms, venue.Venue.Engine.Margin.Cross(A).MaintenanceAtoms);
        Assert.Equal(((parts[0].MaintenanceAtoms * 1_250) + 999) / 1_000 + parts[0].ConcentrationAtoms,
            venue.Venue.Engine.Margin.Cross(A).InitialAtoms);
    }

    [Fact]
    public void What_an_order_would_do_is_what_it_does_and_asking_changes_nothing()
    {
        (OptionsVenue venue, int call, _) = Listed();
        venue.Venue.Trade(A, B, 8_000, 500);
        long mark = venue.Venue.State.Markets[call].MarkTicks;
        Core.Hashing.Hash256 root = venue.Venue.State.UpdateRoot();
        WhatIfResult asked = venue.Venue.Engine.Risk.WhatIf(A, call, -400, mark - 5);
        Assert.Equal(root, venue.Venue.State.UpdateRoot());
        Assert.Equal(0, asked.MissingAtoms);
        venue.Venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, mark - 5, 400, market: call), B);
        venue.Venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, mark - 5, 400, TimeInForce.ImmediateOrCancel, market: call), A);
        Health now = venue.Venue.Engine.Margin.Cross(A);
        Assert.Equal(asked.After.EquityAtoms, now.EquityAtoms);
        // Open interest is what the order itself made it, which concentration counts.
        Assert.Equal(asked.After.MaintenanceAtoms, now.MaintenanceAtoms);
        WhatIfResult tooMuch = venue.Venue.Engine.Risk.WhatIf(A, call, -500_000, mark);
        Assert.True(tooMuch.MissingAtoms > 0);
    }

    [Fact]
    public void Greeks_of_positions_are_in_money()
    {
        (OptionsVenue venue, int call, _) = Listed();
        venue.Venue.Trade(A, B, venue.Venue.State.Markets[call].MarkTicks, 1_000, call);
        PositionGreeks g = venue.Venue.Engine.Risk.GreeksOf(venue.Venue.State.FindPosition(A, call));
        Surety.Pricing.Greeks exact =
            Surety.Pricing.Black.BlackScholes.OnForward(Surety.Pricing.OptionType.Call, 8_000, 8_500, 0.8, (30 - MeanLag) / 365.0, 0);
        const double Unit = 1_000 * 1_000;
        Assert.Equal(exact.Delta * 80 * Unit, g.DeltaAtoms, Unit);
        Assert.Equal(exact.Gamma * 80 * 80 * Unit, g.GammaAtoms, Unit);
        Assert.Equal(exact.Vega / 100 * Unit, g.VegaAtoms, Unit / 1_000);
        Assert.Equal(exact.Theta / 365 * Unit, g.ThetaAtoms, Unit / 1_000);
    }

    [Theory]
    [InlineData(0, 17)]
    [InlineData(160_000, 17)]
    [InlineData(160_000, 18)]
    [InlineData(160_000, 19)]
    [InlineData(300_000, 20)]
    public void Bands_miss_no_account_with_options_against_a_full_scan(int scanPpm, int seed)
    {
        ulong[] roots = [.. new[] { false, true }.Select(full =>
        {
            (OptionsVenue venue, int call, int put) = Listed(scanPpm, 24);
            venue.Venue.Engine.Enforcement.FullScan = full;
            var random = new Random(seed);
            long price = 8_000;
            long volatility = 8_000;
            for (int step = 0; step < 400; step++)
            {
                uint buyer = FirstTrader + (uint)random.Next(24);
                uint seller = FirstTrader + (uint)random.Next(24);
                int market = new[] { Perpetual, Future, call, put }[random.Next(4)];
                long at = venue.Venue.State.Markets[market].MarkTicks;
                if (buyer != seller && at > 0)
                {
                    long lots = random.Next(1, 100_000);
                    if (venue.Venue.Place(seller, Limit(Side.Sell, at, lots, market: market)) == RefusalCode.None)
                    {
                        venue.Venue.Place(buyer, Limit(Side.Buy, at, lots, TimeInForce.ImmediateOrCancel, market: market));
                        venue.Venue.Send(CommandKind.CancelAll, new CancelAll { Market = OptionalId.Of(market) }, seller);
                    }
                }
                price = Math.Clamp(price + random.Next(-400, 401), 5_000, 12_000);
                venue.Venue.TimeNs += random.Next(1, 50) * 1_000_000_000L;
                venue.Venue.Price(price);
                if (step % 20 == 0)
                {
                    volatility = Math.Clamp(volatility + random.Next(-800, 801), 3_000, 20_000);
                    venue.Volatility(volatility);
                }
                // No account is below maintenance once a step is done, except one that is held for want of a price.
                for (uint account = FirstTrader; account < FirstTrader + 24; account++)
                {
                    Assert.True(venue.Venue.Engine.Margin.Cross(account).CoversMaintenance, $"account {account} at step {step}");
                }
            }
            Assert.Null(Audit.FindViolation(venue.Venue.Engine));
            int calls = venue.Venue.All<LiquidationStarted>(EventKind.LiquidationStarted).Count;
            Assert.True(calls > 20, $"only {calls} liquidations, {venue.Venue.All<Trade>(EventKind.Trade).Count} trades");
            return BitConverter.ToUInt64(System.Runtime.InteropServices.MemoryMarshal.AsBytes([venue.Venue.State.UpdateRoot()]));
        })];
        Assert.Equal(roots[0], roots[1]);
    }

    [Fact]
    public void A_portfolio_below_maintenance_is_reduced_where_it_loses_most()
    {
        (OptionsVenue venue, int call, _) = Listed();
        venue.Venue.Trade(B, A, venue.Venue.State.Markets[call].MarkTicks, 40_000, call);
        venue.Venue.Trade(B, A, 8_000, 10_000);
        venue.Venue.TimeNs += 1_000_000_000;
        venue.Venue.Price(9_600);
        Assert.NotEmpty(venue.Venue.All<LiquidationStarted>(EventKind.LiquidationStarted));
        Assert.True(venue.Venue.Engine.Margin.Cross(A).CoversMaintenance);
        Assert.True(venue.Venue.Lots(A, call) > -40_000);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Two_portfolios_together_need_what_one_account_with_both_needs()
    {
        (OptionsVenue venue, int call, int put) = Listed(traders: 6);
        uint both = FirstTrader + 2;
        uint house = FirstTrader + 5;
        venue.Venue.Trade(A, house, venue.Venue.State.Markets[call].MarkTicks, 1_000, call);
        venue.Venue.Trade(house, A, 8_000, 300);
        venue.Venue.Trade(house, B, 8_000, 200);
        venue.Venue.Trade(house, B, venue.Venue.State.Markets[put].MarkTicks, 400, put);
        venue.Venue.Trade(both, house, venue.Venue.State.Markets[call].MarkTicks, 1_000, call);
        venue.Venue.Trade(house, both, 8_000, 500);
        venue.Venue.Trade(house, both, venue.Venue.State.Markets[put].MarkTicks, 400, put);
        PortfolioMargin margin = venue.Venue.Engine.Margin.Portfolio;
        Assert.Equal(margin.Of(both), margin.OfBoth(A, B));
        Assert.Equal(margin.Of(both), margin.OfBoth(B, A));
    }

    [Fact]
    public void Updating_a_portfolio_after_a_fill_allocates_nothing()
    {
        (OptionsVenue venue, int call, int put) = Listed();
        venue.Venue.Trade(A, B, 300, 100, call);
        venue.Venue.Trade(A, B, 1_000, 100, put);
        PortfolioMargin margin = venue.Venue.Engine.Margin.Portfolio;
        for (int i = 0; i < 200; i++)
        {
            margin.Of(A);
            margin.Refresh(call);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            margin.Of(A);
            margin.Refresh(call);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static (OptionsVenue Venue, int Call, int Put) Listed(int scanPpm = 160_000, int traders = 4)
    {
        var venue = new OptionsVenue(scanPpm, traders);
        int call = venue.List(OptionsVenue.Call(8_500, Month), Month, "CALL");
        int put = venue.List(OptionsVenue.Put(8_500, Month), Month, "PUT");
        venue.Venue.Price(8_000);
        return (venue, call, put);
    }
}
