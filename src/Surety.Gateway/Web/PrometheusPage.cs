using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Surety.Engine.Indexes;
using Surety.Gateway.Api;
using Surety.Node.Archive;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Node.Telemetry;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;

namespace Surety.Gateway.Web;

/// <summary>The metrics in Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusPage(
    VenueReader venue, RecentHistory history, BlockStore blocks, RateLimits limits, VenueRecovery recovery, ArchiveWriter? archive,
    NodeMetrics metrics, Channels channels, Func<long> outgoingBytes, TelemetrySettings settings)
{
    public async Task Write(HttpContext context)
    {
        // What a proxy passes on comes from this machine but is another's.
        IHeaderDictionary headers = context.Request.Headers;
        bool isHere = context.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from)
            && !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("Via");
        if (settings.MetricsLocalOnly && !isHere)
        {
            context.Response.StatusCode = 403;
            return;
        }
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(await Text(isHere));
    }

    private async Task<string> Text(bool isHere)
    {
        var page = new StringBuilder(8_192);
        (long commands, long refusals, long trades) = history.Counts;
        Number(page, "surety_commands_total", "counter", "Commands executed since the start.", commands);
        Number(page, "surety_refusals_total", "counter", "Commands refused since the start.", refusals);
        Number(page, "surety_trades_total", "counter", "Trades since the start.", trades);
        Number(page, "surety_queue", "gauge", "Requests that wait for the sequencer.", venue.Queued);
        Number(page, "surety_journal_records_total", "counter", "Records in the journal.", venue.JournalRecords);
        Number(page, "surety_journal_batches_total", "counter", "Batches written, each with one fsync.", venue.JournalBatches);
        Number(page, "surety_block_height", "gauge", "Sealed blocks.", blocks.Last.Height);
        Number(page, "surety_connections", "gauge", "WebSocket connections.", metrics.Connections);
        Number(page, "surety_channels", "gauge", "Channels with a subscriber.", channels.Count);
        Number(page, "surety_clock_ahead_seconds", "gauge", "How far the venue's time is ahead of the wall clock.",
            venue.ClockAheadNs / 1e9);
        Number(page, "surety_clock_jump_seconds", "gauge", "How far the wall clock jumped while it is not followed; 0 while it is.",
            venue.ClockJumpedNs / 1e9);
        Number(page, "surety_outgoing_bytes", "gauge", "Memory for what connections have not sent.", outgoingBytes());
        Head(page, "surety_room_used", "gauge", "How full a table is, 0 to 1; the operator is told from 0.8 on.");
        foreach ((_, string name, int taken, int room) in CapacityWatch.Read(venue.State))
        {
            // Elsewhere in tenths, as by surety/get_limits: exact counts would tell of each order, withdrawal and key that comes or goes.
            double used = isHere ? (double)taken / room : taken * 10L / room / 10.0;
            page.Append(CultureInfo.InvariantCulture, $"surety_room_used{{table=\"{name}\"}} {used}\n");
        }
        Number(page, "surety_rate_limit_refused_total", "counter", "Requests beyond an allowance.", limits.Refused);
        Number(page, "surety_recovery_seconds", "gauge", "How long opening took.", recovery.Seconds);
        Number(page, "surety_recovered_commands", "gauge", "Commands that opening executed again.", recovery.Commands);
        Number(page, "surety_ready", "gauge", "1 while it takes requests.", venue.IsReady ? 1 : 0);
        Number(page, "surety_archive_behind_commands", "gauge", "Commands that the archive does not have yet; 0 without one.",
            archive?.Behind ?? 0);
        Latency(page, metrics);
        Head(page, "surety_requests_total", "counter", "Requests by method and error code, 0 for none.");
        foreach (((string method, int code), long count) in metrics.Requests.OrderBy(r => r.Key.Method, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"surety_requests_total{{method=\"{Escape(method)}\",code=\"{code}\"}} {count}\n");
        }
        Head(page, "surety_disconnections_total", "counter", "Connections that were ended from here, by cause.");
        foreach ((string cause, long count) in metrics.Disconnections)
        {
            page.Append(CultureInfo.InvariantCulture, $"surety_disconnections_total{{cause=\"{Escape(cause)}\"}} {count}\n");
        }
        if (venue.IsReady)
        {
            page.Append(await venue.ReadAsync(l => Venue(l.Engine)));
        }
        return page.ToString();
    }

    private static string Venue(Engine.SuretyEngine engine)
    {
        IndexedState state = engine.State;
        var page = new StringBuilder();
        Head(page, "surety_insurance_fund", "gauge", "Equity of a pool's insurance fund, whole units of its settlement asset.");
        for (int p = 0; p < state.Counts.Pools; p++)
        {
            int d = state.Assets[state.Pools[p].Collateral[0]].Decimals;
            page.Append(CultureInfo.InvariantCulture,
                $"surety_insurance_fund{{pool=\"{state.Pools[p].Name}\"}} "
                + $"{DecimalText.ToText(engine.Margin.Cross(state.Pools[p].InsuranceAccount).EquityAtoms, d)}\n");
        }
        Head(page, "surety_index_state", "gauge", "0 absent, 1 good, 2 wide, 3 stale, 4 quarantined.");
        for (int i = 0; i < state.Counts.Indexes; i++)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"surety_index_state{{index=\"{state.Indexes[i].Name}\"}} {(int)state.Indexes[i].State}\n");
        }
        Head(page, "surety_market_status", "gauge",
            "Status of perpetuals and futures: 1 trading, 2 reduce-only, 3 halted, 4 expired, 5 auction.");
        for (int i = 0; i < state.Counts.Markets; i++)
        {
            if (state.Markets[i].Kind != MarketKind.Contract)
            {
                page.Append(CultureInfo.InvariantCulture,
                    $"surety_market_status{{market=\"{state.Markets[i].Name}\"}} {(int)state.Markets[i].Status}\n");
            }
        }
        return page.ToString();
    }

    private static void Latency(StringBuilder page, NodeMetrics metrics)
    {
        const string Name = "surety_command_latency_seconds";
        Head(page, Name, "histogram", "From being handed in to being released, durable.");
        (long[] buckets, long sumUs, long count) = metrics.LatencyNow();
        long sum = 0;
        for (int i = 0; i < NodeMetrics.LatencyBoundsUs.Count; i++)
        {
            sum += buckets[i];
            page.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{le=\"{NodeMetrics.LatencyBoundsUs[i] / 1e6}\"}} {sum}\n");
        }
        page.Append(CultureInfo.InvariantCulture,
            $"{Name}_bucket{{le=\"+Inf\"}} {count}\n{Name}_sum {sumUs / 1e6}\n{Name}_count {count}\n");
    }

    private static void Number(StringBuilder page, string name, string type, string about, double value)
    {
        Head(page, name, type, about);
        page.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Head(StringBuilder page, string name, string type, string about) =>
        page.Append(CultureInfo.InvariantCulture, $"# HELP {name} {about}\n# TYPE {name} {type}\n");

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
