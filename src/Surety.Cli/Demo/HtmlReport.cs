using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Cli.Demo;

/// <summary>The demo's report as one HTML file: charts and tables, nothing loaded from elsewhere.</summary>
internal static class HtmlReport
{
    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#1c2430;background:#fff}"
        + "h1{margin-bottom:0}h2{margin:1.6em 0 .3em}table{border-collapse:collapse;width:100%;font-size:14px}"
        + "td,th{padding:.25em .6em;border-bottom:1px solid #8884;text-align:left;overflow-wrap:anywhere}"
        + "td:not(:first-child),th:not(:first-child){text-align:right}svg{width:100%;height:auto}"
        + "svg text{font-size:11px;fill:currentColor;opacity:.7}.grid{stroke:#8884}.legend{margin:0;font-size:13px}"
        + "@media(prefers-color-scheme:dark){body{color:#dfe6ee;background:#11161d}}";

    public static void Write(string path, DemoSummary summary, DemoOutcome outcome, VenueState state, DateTime start)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture,
            $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + $"content=\"width=device-width\"><title>Surety: {Text(summary.Title)}</title><style>{Style}</style>");
        html.Append(CultureInfo.InvariantCulture, $"<h1>{Text(summary.Title)}</h1><p>{Text(summary.Subtitle)}</p>");
        for (int m = 0; m < state.Counts.Markets; m++)
        {
            AppendMarket(html, outcome, state, start, m);
        }
        AppendChart(html, "Insurance fund, USD", start,
            new ChartLine("equity of the fund", "#2a9d8f", Values(outcome, s => s.InsuranceAtoms / 1e6)));
        AppendChart(html, "Liquidations", start,
            new ChartLine("accounts acted on, cumulative", "#d1495b", Values(outcome, s => s.Liquidations)));
        if (outcome.Minutes[0].UsdcPrice is not null)
        {
            AppendChart(html, "USDC, USD", start,
                new ChartLine("index that values USDC collateral", "#8e5ea2", Values(outcome, s => (s.UsdcPrice ?? 0) / 1e6)));
        }
        foreach ((string heading, string[] columns, IReadOnlyList<string[]> rows) in summary.Tables)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{Text(heading)}</h2><table>");
            if (columns.Any(c => c.Length > 0))
            {
                html.Append("<tr>").Append(string.Concat(columns.Select(c => $"<th>{Text(c)}</th>"))).Append("</tr>");
            }
            foreach (string[] row in rows)
            {
                html.Append("<tr>").Append(string.Concat(row.Select(c => $"<td>{Text(c)}</td>"))).Append("</tr>");
            }
            html.Append("</table>");
        }
        File.WriteAllText(path, html.Append("</html>").ToString());
    }

    private static void AppendMarket(StringBuilder html, DemoOutcome outcome, VenueState state, DateTime start, int number)
    {
        ref readonly Market market = ref state.Markets[number];
        double tick = market.IndexUnitsPerTick / Math.Pow(10, state.Indexes[market.Index].Decimals);
        double contract = market.AtomsPerTickLot / tick / 1e6;
        string name = market.Name.ToString();
        AppendChart(html, $"{name}: prices, USD", start,
            new ChartLine("last trade", "#edae49", Values(outcome, s => s.Markets[number].Last * tick)),
            new ChartLine("index", "#00798c", Values(outcome, s => s.Markets[number].Index * tick)),
            new ChartLine("mark", "#d1495b", Values(outcome, s => s.Markets[number].Mark * tick)));
        AppendChart(html, $"{name}: open interest, coins", start,
            new ChartLine("open interest", "#00798c", Values(outcome, s => s.Markets[number].OpenInterestLots * contract)));
        if (market.Kind == MarketKind.LinearPerpetual)
        {
            AppendChart(html, $"{name}: cumulative funding of one long coin, USD", start,
                new ChartLine("funding paid (received below zero)", "#66a182",
                Values(outcome, s => s.Markets[number].FundingIndex / contract / 1e6)));
        }
    }

    private static void AppendChart(StringBuilder html, string heading, DateTime start, params ChartLine[] lines) =>
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Text(heading)}</h2>{SvgChart.Render(start, lines)}");

    private static double[] Values(DemoOutcome outcome, Func<MinuteSample, double> value) => [.. outcome.Minutes.Select(value)];

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
