using System;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Margin;
using Surety.Pricing.Integers;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>Faults that were once planted in the engine and that no test noticed: each has the test that does.</summary>
public class PlantedFaultTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const uint C = FirstTrader + 2;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_accounts_of_one_owner_do_not_trade_with_each_other_in_an_auction_and_the_newer_order_ends(bool buyerFirst)
    {
        MarketTerms terms = Listing("BTC-PERPETUAL", 0).Terms;
        terms.AuctionMs = 60_000;
        var venue = new TestVenue(4, terms: terms);
        venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), A);
        uint sub = (uint)venue.State.Counts.Accounts - 1;
        venue.Deposit(sub, 100_000 * Dollar);
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Halted });
        venue.Must(CommandKind.SetMarketStatus, new SetMarketStatus { Status = MarketStatus.Trading });
        ulong first = Place(buyerFirst ? Side.Buy : Side.Sell);
        ulong second = Place(buyerFirst ? Side.Sell : Side.Buy);
        // Another owner's order is met by the one that is left, not by the owner's own.
        ulong other = venue.Placed(B, Limit(buyerFirst ? Side.Sell : Side.Buy, 8_000, 4));
        venue.TimeNs += 30_000_000_000;
        venue.Price(8_000);
        venue.Wait(30_000);
        Assert.Equal(EndReason.SelfTrade, venue.All<OrderEnded>(EventKind.OrderEnded).Single(e => e.OrderId == second).Reason);
        Trade trade = venue.All<Trade>(EventKind.Trade).Single();
        Assert.Equal((other, first), (trade.TakerOrder, trade.MakerOrder));
        Assert.Equal((buyerFirst ? 4 : 0, buyerFirst ? 0 : -4), (venue.Lots(A), venue.Lots(sub)));
        Assert.Equal(6, venue.Order(first).OpenLots);

        ulong Place(Side side)
        {
            uint account = side == Side.Buy ? A : sub;
            venue.Must(CommandKind.PlaceOrder, Limit(side, side == Side.Buy ? 8_010 : 7_990, 10), account, KeyOf(A));
            return venue.Events<OrderPlaced>(EventKind.OrderPlaced)[0].OrderId;
        }
    }

    [Theory]
    [InlineData(7_170, false)]
    [InlineData(6_950, true)]
    public void The_fund_of_an_accounts_own_pool_takes_its_position_over_and_pays_and_no_other_pools(long price, bool isDeficit)
    {
        var venue = new TestVenue();
        venue.Must(CommandKind.CreatePool, PoolTerms("other"));
        uint fund = venue.State.Pools[1].InsuranceAccount;
        MarketTerms terms = Listing("OTHER-PERPETUAL", 0).Terms;
        terms.Pool = 1;
        venue.Must(CommandKind.ListMarket, new ListMarket { Terms = terms });
        var traders = new (uint Account, uint Key)[2];
        for (int i = 0; i < 2; i++)
        {
            venue.Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer, Pool = 1 });
            traders[i] = ((uint)venue.State.Counts.Accounts - 1, (uint)venue.State.Counts.Keys - 1);
            venue.Deposit(traders[i].Account, (i == 0 ? 100_000 : 1_000_000) * Dollar);
        }
        venue.Deposit(1, 7_000_000 * Dollar);
        venue.Deposit(fund, 10_000_000 * Dollar);
        venue.Price(8_000);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Sell, 8_000, 100_000, market: 2), traders[1].Account, traders[1].Key);
        venue.Must(CommandKind.PlaceOrder, Limit(Side.Buy, 8_000, 100_000, TimeInForce.ImmediateOrCancel, market: 2), traders[0].Account,
            traders[0].Key);
        venue.Price(price);
        Assert.Equal(LiquidationOutcome.TakenOver, venue.All<LiquidationEnded>(EventKind.LiquidationEnded).First().Outcome);
        Assert.True(venue.Lots(fund, 2) > 0);
        Assert.Equal((0L, 0L), (venue.Lots(1), venue.Lots(1, 2)));
        Assert.Equal(7_000_000 * Dollar, venue.State.Accounts[1].Balances[0]);
        BalanceChanged[] paid =
            [.. venue.All<BalanceChanged>(EventKind.BalanceChanged).Where(b => b.Reason == BalanceReason.InsuranceCover)];
        Assert.Equal(isDeficit, paid.Any(b => b.Header.Account == fund && b.ChangeAtoms < 0));
        Assert.DoesNotContain(venue.All<BalanceChanged>(EventKind.BalanceChanged),
            b => b.Reason != BalanceReason.Deposit && b.Header.Account == 1);
        Assert.Null(Audit.FindViolation(venue.Engine));
    }

    [Fact]
    public void A_fee_tier_begins_at_its_volume_not_an_atom_later_nor_earlier()
    {
        // A lot at 8,000 is 8 USD of volume, and the second tier begins at 1,000,000 USD.
        var venue = new TestVenue();
        venue.Trade(A, B, 8_000, 62_500);
        venue.Trade(B, A, 8_000, 62_499);
        Assert.Equal((1_000_000 - 8) * Dollar, venue.State.Accounts[(int)A].VolumeAtoms);
        venue.Trade(A, B, 8_000, 1);
        Trade last = venue.Events<Trade>(EventKind.Trade).Single();
        // Below it by one lot: 8 USD at 0.05% and 0.01%.
        Assert.Equal((4_000, 800), (last.TakerFeeAtoms, last.MakerFeeAtoms));
        Assert.Equal(1_000_000 * Dollar, venue.State.Accounts[(int)A].VolumeAtoms);
        venue.Trade(A, B, 8_000, 1);
        last = venue.Events<Trade>(EventKind.Trade).Single();
        // At it: 0.03%, and a rebate of 0.005%.
        Assert.Equal((2_400, -400), (last.TakerFeeAtoms, last.MakerFeeAtoms));
        // An atom below, it has not begun.
        venue.State.Accounts.Write((int)C).VolumeAtoms = (1_000_000 * Dollar) - 1;
        venue.State.Accounts.Write((int)C).VolumeDay = venue.State.Accounts[(int)A].VolumeDay;
        venue.Trade(C, B, 8_000, 1);
        Assert.Equal(4_000, venue.Events<Trade>(EventKind.Trade).Single().TakerFeeAtoms);
    }

    [Fact]
    public void A_portfolios_scenarios_value_an_option_at_its_very_strike_and_not_at_the_tick_beside_it()
    {
        long month = (StartNs / 1_000_000) + (30 * OptionsVenue.Day);
        var venue = new OptionsVenue(160_000);
        int call = venue.List(OptionsVenue.Call(8_500, month), month);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(B, A, venue.Venue.State.Markets[call].MarkTicks, 1_000, call);
        Span<PortfolioParts> parts = stackalloc PortfolioParts[8];
        Span<long> losses = stackalloc long[ScenarioGrid.Count];
        Assert.Equal(1, venue.Venue.Engine.Margin.Portfolio.Explain(A, parts, losses));
        // The option as its text has it: a mean over the last half hour varies like a price that ends twenty minutes earlier.
        int volatility = venue.Venue.State.Markets[call].VolatilityPpm;
        const long Ms = (30 * OptionsVenue.Day) - (20 * 60_000);
        Span<long> own = stackalloc long[ScenarioGrid.Count];
        Span<long> beside = stackalloc long[ScenarioGrid.Count];
        ScenarioGrid.Losses(new IntegerOption(Surety.Pricing.OptionType.Call, 8_000, 8_500, volatility, Ms), 160_000, own);
        ScenarioGrid.Losses(new IntegerOption(Surety.Pricing.OptionType.Call, 8_000, 8_501, volatility, Ms), 160_000, beside);
        int apart = 0;
        for (int s = 0; s < ScenarioGrid.Count; s++)
        {
            if (ScenarioGrid.CountedPpm(s) == 1_000_000)
            {
                // Short a thousand lots, of which each gains a thousand atoms with a tick.
                Assert.Equal(-1_000 * 1_000 * own[s], losses[s]);
                apart += own[s] == beside[s] ? 0 : 1;
            }
        }
        Assert.True(apart > 0, "a tick of the strike must show in some scenario");
    }
}
