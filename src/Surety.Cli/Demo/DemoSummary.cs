using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Cli.Demo;

/// <summary>The demo's report as rows of text, for the screen and for the HTML file alike.</summary>
internal sealed record DemoSummary(string Title, string Subtitle,
    IReadOnlyList<(string Heading, string[] Columns, IReadOnlyList<string[]> Rows)> Tables)
{
    public static DemoSummary Of(DemoRun simulation, Replay replay, IReadOnlyList<PriceSeries> series, long seed, double seconds)
    {
        DemoOutcome outcome = simulation.Outcome;
        DemoVenue venue = simulation.Venue;
        VenueState state = venue.State;
        var tables = new List<(string, string[], IReadOnlyList<string[]>)>
        {
            ("Prices", ["market", "first", "lowest", "index", "mark", "last", "open lots"],
                [.. Enumerable.Range(0, state.Counts.Markets).Select(m => MarketRow(state, outcome, m))]),
            ("Sources", ["index", "source", "minutes with a price"],
                [.. series.Select(s => new[] { s.Index, s.Source, Number(s.Minutes.Count(p => p > 0)) })]),
            ("Liquidations", ["how it ended", "accounts", "worth when the book was done"], LiquidationRows(outcome)),
            ("Who paid", ["", "USD"], PaidRows(simulation)),
            ("Activity", ["", ""],
            [
                ["accounts", Number(state.Counts.Accounts)],
                ["commands", Number(venue.Commands)],
                ["trades", $"{Number(outcome.Trades)} for {Dollars(outcome.TradedAtoms)} USD"],
                ["of them by liquidations", Number(outcome.LiquidationTrades)],
                ["stops and trailing stops fired", Number(outcome.TriggersFired)],
                ["times market-maker protection pulled quotes", Number(outcome.QuotePulls)],
                ["top-ups by defending traders", Number(simulation.Traders.TopUps)],
                ["positions settled at the future's expiry", Number(outcome.PositionsSettled)],
                ["commands refused",
                    string.Join(", ", outcome.Refusals.OrderByDescending(r => r.Value).Select(r => $"{r.Key} {Number(r.Value)}"))],
            ]),
            ("Proof", ["", ""],
            [
                ["blocks", Number((long)venue.Venue.Ledger.Last.Height)],
                ["blocks at which conservation, zero sum, priority and enforcement were checked",
                    outcome.Violation ?? $"{Number(outcome.BlocksAudited)}, all held"],
                ["final state root", venue.Venue.Ledger.Last.StateRoot.ToString()],
                ["last block's hash", venue.Venue.Ledger.Last.Hash().ToString()],
                ["seed", Number(seed)],
            ]),
            ("Speed", ["", ""],
            [
                ["all of it", Seconds(seconds)],
                ["clients signing their commands", Seconds(venue.SigningSeconds)],
                ["the gateway checking signatures", Seconds(venue.CheckingSeconds)],
                ["journal, matching, margin, enforcement and roots", Seconds(venue.ExecutingSeconds - outcome.AuditSeconds)],
                ["audits of the whole state", Seconds(outcome.AuditSeconds)],
                ["commands a second through journal and engine",
                    Number((long)(venue.Commands / Math.Max(venue.ExecutingSeconds - outcome.AuditSeconds, 0.001)))],
            ]),
        };
        return new DemoSummary(replay.Title, $"{replay.Start:yyyy-MM-dd}, {replay.Hours} hours, seed {seed}", tables);
    }

    public void Print()
    {
        foreach ((string heading, string[] columns, IReadOnlyList<string[]> rows) in Tables)
        {
            var table = new Spectre.Console.Table
            {
                Border = TableBorder.Simple,
                Title = new TableTitle($"[bold]{heading}[/]"),
                ShowHeaders = columns.Any(c => c.Length > 0),
            };
            foreach (string column in columns)
            {
                table.AddColumn(new TableColumn(Markup.Escape(column)) { NoWrap = columns.Length > 3 });
            }
            foreach (string[] row in rows)
            {
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
            AnsiConsole.Write(table);
        }
    }

    public static string Dollars(Int128 atoms) => Grouped(FixedDecimal.Format(Rounded(atoms), 2));

    public static string Price(in Market market, long ticks, int indexDecimals) =>
        Grouped(FixedDecimal.Format((Int128)ticks * market.IndexUnitsPerTick, indexDecimals));

    private static Int128 Rounded(Int128 atoms) => (atoms >= 0 ? atoms + 5_000 : atoms - 5_000) / 10_000;

    private static string Grouped(string plain)
    {
        int point = plain.IndexOf('.', StringComparison.Ordinal);
        string whole = point < 0 ? plain : plain[..point];
        return Int128.Parse(whole, CultureInfo.InvariantCulture).ToString("N0", CultureInfo.InvariantCulture)
            .Insert(0, whole.StartsWith("-0", StringComparison.Ordinal) ? "-" : "") + (point < 0 ? "" : plain[point..]);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double value) => value.ToString("N2", CultureInfo.InvariantCulture) + " s";

    private static string[] MarketRow(VenueState state, DemoOutcome outcome, int number)
    {
        Market market = state.Markets[number];
        int decimals = state.Indexes[market.Index].Decimals;
        string P(long ticks) => Price(in market, ticks, decimals);
        return
        [
            market.Name + (market.Status == MarketStatus.Expired ? " (expired)" : ""), P(outcome.Minutes[0].Markets[number].Index),
            P(outcome.Minutes.Min(m => m.Markets[number].Index)),
            P(market.IndexTicks), P(market.MarkTicks), P(market.LastTicks), Number(market.OpenInterestLots),
        ];
    }

    private static List<string[]> LiquidationRows(DemoOutcome outcome)
    {
        var rows = new List<string[]>();
        foreach ((LiquidationOutcome how, bool solvent, string text) in new[]
        {
            (LiquidationOutcome.Reduced, true, "reduced through the book, never below the bankruptcy price"),
            (LiquidationOutcome.Auctioned, true, "lots taken by backstop bids, for a discount out of the account's own equity"),
            (LiquidationOutcome.TakenOver, true, "lots taken over by the insurance fund, for at most 1.5% of them"),
            (LiquidationOutcome.CollateralSold, true, "coins sold for a debt, as many as margin needed"),
            (LiquidationOutcome.Deleveraged, true,
                "solvent, but the fund's inventory limit was used: closed against the other side at mark, without a charge"),
            (LiquidationOutcome.TakenOver, false, "insolvent: the fund paid the deficit and took the lots"),
            (LiquidationOutcome.Deleveraged, false,
                "insolvent: closed against the other side, which gave of its gain what the fund's fence did not cover"),
        })
        {
            (long count, Int128 residual) = outcome.Liquidations.GetValueOrDefault((how, solvent));
            rows.Add([text, Number(count), Dollars(residual)]);
        }
        return rows;
    }

    private static List<string[]> PaidRows(DemoRun simulation)
    {
        DemoOutcome outcome = simulation.Outcome;
        VenueState state = simulation.Venue.State;
        long first = outcome.Minutes[0].InsuranceAtoms;
        long last = outcome.Minutes[^1].InsuranceAtoms;
        Int128 funding = 0;
        for (int m = 0; m < state.Counts.Markets; m++)
        {
            ref readonly Market market = ref state.Markets[m];
            funding += (Int128)market.FundingIndex * market.OpenInterestLots;
        }
        return
        [
            ["liquidated accounts, as fees to the insurance fund", Dollars(outcome.LiquidationFees)],
            ["liquidated accounts, as charges of the insurance fund for taking lots over", Dollars(outcome.Fund.Charges)],
            ["insurance fund, for deficits", Dollars(outcome.Fund.Deficits)],
            ["insurance fund at the start", Dollars(first)],
            ["insurance fund at its lowest", Dollars(outcome.Minutes.Min(m => m.InsuranceAtoms))],
            ["insurance fund at the end", Dollars(last)],
            [$"{outcome.Deleveraged.Count} deleveraged accounts, gain or loss against mark", Dollars(outcome.DeleveragingGain)],
            ["trading fees less rebates", Dollars(state.Pools[0].FeesAtoms)],
            ["funding that today's long open interest would have paid since listing", Dollars(funding)],
        ];
    }
}
