using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Operating;
using Surety.Node.Proving;
using Surety.Node.Sequencing;
using Surety.Node.Telemetry;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>For the venue's operator: how the venue stands, and its snapshots.</summary>
internal sealed class OperationMethods(
    VenueReader venue, InstrumentCatalog catalog, RecentHistory history, BlockStore blocks, NodeMetrics metrics, VenueRecovery recovery,
    SnapshotKeeping snapshots)
{
    public IEnumerable<RpcMethod> All() =>
    [
        Op("surety/operator_health", KeyScopes.Read,
            "Solvency, insurance fund, accounts by distance to maintenance, price sources, breakers, speed", [], Health),
        Op("surety/operator_snapshot", KeyScopes.Govern, "Saves the state at the next block; returns the file", [], async c =>
        {
            string path = await snapshots.TakeAsync();
            c.Reply(json => json.WriteStringValue(path));
        }) with { Signs = false },
    ];

    private static RpcMethod Op(string name, KeyScopes scope, string about, IReadOnlyList<RpcParam> parameters,
        Func<RpcCall, Task> handler) =>
        new(name, about, scope, 2, parameters, handler) { OperatorOnly = true, Signs = scope != KeyScopes.Read };

    private async Task Health(RpcCall call)
    {
        VenueHealth health = await venue.ReadAsync(VenueHealth.Of);
        InstrumentList list = catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp"u8, health.TimeNs / 1_000_000);
            json.WriteBoolean("ready"u8, venue.IsReady);
            json.WriteNumber("commands"u8, history.Counts.Commands);
            json.WriteNumber("refusals"u8, history.Counts.Refusals);
            json.WriteNumber("trades"u8, history.Counts.Trades);
            json.WriteNumber("queued"u8, venue.Queued);
            json.WriteNumber("connections"u8, metrics.Connections);
            json.WriteNumber("latency_p50_ms"u8, metrics.LatencyQuantileMs(0.5));
            json.WriteNumber("latency_p99_ms"u8, metrics.LatencyQuantileMs(0.99));
            json.WriteNumber("journal_records"u8, venue.JournalRecords);
            json.WriteNumber("journal_batches"u8, venue.JournalBatches);
            json.WriteNumber("recovery_s"u8, Math.Round(recovery.Seconds, 3));
            json.WriteNumber("accounts"u8, health.Accounts);
            json.WriteNumber("height"u8, blocks.Last.Height);
            json.WriteNumber("excluded_command"u8, health.Excluded);
            json.WriteNumber("set_aside"u8, health.SetAside);
            Assets(json, health, list);
            Pools(json, health, list);
            Sources(json, health, list);
            Markets(json, health, list);
            json.WriteEndObject();
        });
    }

    private static void Assets(Utf8JsonWriter json, VenueHealth health, InstrumentList list)
    {
        json.WriteStartArray("assets"u8);
        foreach ((int asset, long deposited, long withdrawn, long pending) in health.Assets)
        {
            json.WriteStartObject();
            json.WriteString("currency"u8, list.Currencies[asset].Name);
            json.WriteDecimal("held"u8, deposited - withdrawn, list.Currencies[asset].Decimals);
            json.WriteDecimal("pending_withdrawals"u8, pending, list.Currencies[asset].Decimals);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("conservation"u8, health.Violation ?? "holds");
    }

    private static void Pools(Utf8JsonWriter json, VenueHealth health, InstrumentList list)
    {
        json.WriteStartArray("pools"u8);
        foreach (PoolHealth pool in health.Pools)
        {
            int d = list.Currencies[pool.Asset].Decimals;
            json.WriteStartObject();
            json.WriteString("name"u8, pool.Name);
            json.WriteString("currency"u8, list.Currencies[pool.Asset].Name);
            json.WriteDecimal("insurance_fund"u8, pool.FundAtoms, d);
            json.WriteDecimal("fees"u8, pool.FeesAtoms, d);
            json.WriteDecimal("shared_loss"u8, pool.SharedLossAtoms, d);
            json.WriteDecimal("equity"u8, pool.EquityAtoms, d);
            json.WriteDecimal("maintenance_margin"u8, pool.MaintenanceAtoms, d);
            json.WriteDecimal("deficits"u8, pool.DeficitAtoms, d);
            json.WriteStartArray("distances"u8);
            for (int i = 0; i <= VenueHealth.Distances.Length; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("from"u8, i == 0 ? 0 : VenueHealth.Distances[i - 1]);
                if (i < VenueHealth.Distances.Length)
                {
                    json.WriteNumber("to"u8, VenueHealth.Distances[i]);
                }
                json.WriteNumber("accounts"u8, pool.Distances[i].Accounts);
                json.WriteDecimal("notional"u8, pool.Distances[i].NotionalAtoms, d);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Sources(Utf8JsonWriter json, VenueHealth health, InstrumentList list)
    {
        json.WriteStartArray("indexes"u8);
        foreach (IndexHealth index in health.Indexes)
        {
            int d = list.IndexDecimals[index.Number];
            json.WriteStartObject();
            json.WriteString("name"u8, list.Indexes[index.Number]);
            json.WriteString("state"u8, index.State.ToString());
            json.WriteDecimal("price"u8, index.Price, d);
            json.WriteDecimal("dispersion"u8, index.Dispersion, d);
            json.WriteNumber("quorum"u8, index.Quorum);
            json.WriteStartArray("sources"u8);
            foreach ((uint key, long price, long timeNs, bool fresh, int outliers) in index.Sources)
            {
                json.WriteStartObject();
                json.WriteNumber("key"u8, key);
                json.WriteDecimal("price"u8, price, d);
                json.WriteNumber("timestamp"u8, timeNs / 1_000_000);
                json.WriteBoolean("fresh"u8, fresh);
                json.WriteNumber("outliers"u8, outliers);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Markets(Utf8JsonWriter json, VenueHealth health, InstrumentList list)
    {
        json.WriteStartArray("markets"u8);
        foreach ((int number, MarketStatus status, MarketCauses causes, long openInterest, long until) in health.Markets)
        {
            Instrument i = list.All[number];
            json.WriteStartObject();
            json.WriteString("instrument_name"u8, i.Name);
            json.WriteString("state"u8, MarketStates.Of(status));
            json.WriteString("reason"u8, causes == MarketCauses.None ? "" : causes.ToString());
            json.WriteDecimal("open_interest"u8, i.Amount(openInterest), Instrument.AmountDecimals);
            json.WriteNumber("until"u8, until / 1_000_000);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
