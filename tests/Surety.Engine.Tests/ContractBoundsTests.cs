using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Engine.Auditing;
using Surety.Engine.Instruments;
using Surety.Engine.Settlement;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>No listed contract pays more than its analysis says, and margin is asked for all that it can still pay.</summary>
public class ContractBoundsTests
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long Start = StartNs / 1_000_000;
    private const long Hour = 3_600_000;
    private const long Expiry = Start + (7 * OptionsVenue.Day);

    [Theory]
    [InlineData("when S > 1 from {0} to {1} pay 0 and end\n", "S")]
    [InlineData("schedule F = every 1h from {0} to {1}\nwhen sum(S at F) > 1 pay 0 and end\n", "min(sum(S at F), 400000)")]
    [InlineData("schedule F = every 1h from {0} to {1}\n", "if S <= 1 then max(S at F) else 0")]
    public void A_contract_that_was_said_to_pay_at_most_1_is_margined_by_the_400000_that_it_can_pay(string clauses, string pay)
    {
        var venue = new OptionsVenue();
        string extra =
            clauses.Replace("{0}", Date(Expiry - Hour), StringComparison.Ordinal).Replace("{1}", Date(Expiry), StringComparison.Ordinal);
        int market = venue.List(OptionsVenue.Text(pay, Expiry, extra), Expiry);
        Assert.Equal(400_000, venue.Venue.State.Markets[market].MostTicks);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 1, 10, market);
        Health seller = venue.Venue.Engine.Margin.Cross(B);
        Assert.Equal((400_000 - venue.Venue.State.Markets[market].MarkTicks) * 10 * 1_000, seller.MaintenanceAtoms);
    }

    [Fact]
    public void What_a_contract_can_still_pay_shrinks_as_it_pays_and_no_payment_calls_anybody()
    {
        var venue = new OptionsVenue();
        string schedule =
            $"schedule HOURS = every 1h from {Date(Start + Hour)} to {Date(Start + (3 * Hour))}\nat HOURS pay min(S, 8000) / 80\n";
        int market = venue.List(OptionsVenue.Text("min(S, 50)", Expiry, schedule), Expiry);
        venue.Venue.Price(8_000);
        venue.Venue.Trade(A, B, 350, 100, market);
        long free = 0;
        for (int hour = 0; hour <= 3; hour++)
        {
            venue.Until(Start + (hour * Hour) + 1, 8_000);
            ref readonly Market row = ref venue.Venue.State.Markets[market];
            Assert.Equal((0L, 350L - (100 * hour)), (row.LeastTicks, row.MostTicks));
            Assert.InRange(row.MarkTicks, row.LeastTicks, row.MostTicks);
            Health seller = venue.Venue.Engine.Margin.Cross(B);
            Assert.Equal((row.MostTicks - row.MarkTicks) * 100 * 1_000, seller.MaintenanceAtoms);
            // No payment costs the seller anything beyond the margin that it frees.
            free = hour == 0 ? seller.EquityAtoms - seller.MaintenanceAtoms : free;
            Assert.Equal(free, seller.EquityAtoms - seller.MaintenanceAtoms);
        }
        Assert.Equal(300 * 1_000, venue.Venue.State.Contracts[market].PaidAtoms);
        Assert.Null(Audit.FindViolation(venue.Venue.Engine));
    }

    [Fact]
    public void Many_payments_of_less_than_an_atom_do_not_add_up_to_more_than_the_text_says()
    {
        var venue = new OptionsVenue();
        string schedule = $"schedule OFTEN = every 60s from {Date(Start + Hour)} to {Date(Start + (3 * Hour))}\nat OFTEN pay -0.00000001\n";
        string text = OptionsVenue.Text("min(S, 50)", Expiry, schedule);
        MarketTerms terms = OptionsVenue.Terms("C", Expiry);
        terms.MinPriceTicks = -1_000;
        Assert.Equal(RefusalCode.None, venue.Try(text, terms));
        venue.Venue.Price(8_000);
        venue.Until(Start + (3 * Hour) + 1, 8_000);
        List<ContractPaid> paid = venue.Venue.All<ContractPaid>(EventKind.ContractPaid);
        Assert.Equal(121, paid.Count);
        Assert.Equal(-1, paid.Sum(p => p.AtomsPerLot));
    }

    [Fact]
    public void Price_limits_above_all_that_an_option_can_pay_are_refused()
    {
        var venue = new OptionsVenue();
        MarketTerms terms = OptionsVenue.Terms("C", Expiry);
        terms.MinPriceTicks = 200;
        Assert.Equal(RefusalCode.TextBeyondPrices, venue.Try(OptionsVenue.Put(100, Expiry), terms));
        terms.MinPriceTicks = 0;
        Assert.Equal(RefusalCode.None, venue.Try(OptionsVenue.Put(100, Expiry), terms));
    }

    private static string Date(long ms) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
