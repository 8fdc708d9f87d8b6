using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Node;
using Surety.Node.Instruments;
using Surety.Node.Operating;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using static Surety.Gateway.Api.RpcMethod;

namespace Surety.Gateway.Api;

/// <summary>For the venue's operator: how it stands, and the levers.</summary>
internal sealed class OperatorMethods(VenueNode node)
{
    // Equity over maintenance, the bands of the heat map; the last is for accounts that have more.
    private static readonly double[] Distances = [1.0, 1.1, 1.25, 1.5, 2, 3, 5, 10, 25];

    public IEnumerable<RpcMethod> All() =>
    [
        Op("surety/operator_health", KeyScopes.Read, "Solvency, insurance fund, accounts by distance to maintenance, price sources, breakers, speed", [], Health),
        Op("surety/operator_halt", KeyScopes.Govern, "Halts a market", [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.Halted)),
        Op("surety/operator_reduce_only", KeyScopes.Govern, "Lets a market only reduce", [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.ReduceOnly)),
        Op("surety/operator_resume", KeyScopes.Govern, "Lifts a halt; the market opens again through a call auction", [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.Trading)),
        .. OperatorCommands.All.Select(o => Op("surety/operator_" + o.Name, o.Scope, o.About, [.. o.Fields.Select(f => new RpcParam(f.Name, ParamKind.Word, f.About, f.Required))], c => Operate(c, o))),
        Op("surety/operator_log", KeyScopes.Read, "What the operator did, newest first, accepted or refused; and what stopped the engine and was passed over",
            [Integer("count", "At most so many, to 1,000; 100 by default"), Integer("before", "Only commands before this one")], c => AllMethods.Done(() => Log(c))),
        Op("surety/operator_snapshot", KeyScopes.Govern, "Saves the state at the next block; returns the file", [], async c =>
        {
            string path = await node.SnapshotAsync();
            c.Reply(json => json.WriteStringValue(path));
        }) with { Signs = false },
        new("surety/report_price", "A price source's signed report, over plain HTTP", KeyScopes.None, 1, [Text("command", "A signed ReportPrice command, base64", required: true)], Report) { PostOnly = true },
    ];

    private static RpcMethod Op(string name, KeyScopes scope, string about, IReadOnlyList<RpcParam> parameters, Func<RpcCall, Task> handler) =>
        new(name, about, scope, 2, parameters, handler) { OperatorOnly = true, Signs = scope != KeyScopes.Read };

    private async Task Submit<T>(RpcCall call, CommandKind kind, T command)
        where T : unmanaged
    {
        Answer(call, await call.CarryOutAsync(node, kind, command));
    }

    private static void Answer(RpcCall call, Outcome outcome) => call.Reply(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("sequence"u8, outcome.Sequence);
        json.WriteNumber("created"u8, outcome.Created);
        json.WriteEndObject();
    });

    private Task SetStatus(RpcCall call, MarketStatus status) =>
        Submit(call, CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)call.Instrument(node).Number, Status = status });

    private async Task Operate(RpcCall call, OperatorCommand command)
    {
        List<byte[]> records;
        try
        {
            records = command.Records(call.Given.Where(g => g.Key != "access_token").ToDictionary(), node.Catalog.Current.Listing, node.Released.TimeNs);
        }
        catch (OperateException e)
        {
            throw RpcException.BadParam(e.Field, e.Message);
        }
        Outcome outcome = default;
        foreach (byte[] record in records)
        {
            outcome = (await node.SubmitAsync(call.Signer(node), call.Session.Account, record)).OrThrow();
        }
        Answer(call, outcome);
    }

    private void Log(RpcCall call)
    {
        List<Node.History.OperatorRow> rows = node.History.OperatorCommands((int)call.Integer("count", 100, 1, 1_000), (ulong)call.Integer("before", long.MaxValue, 1));
        VenueListing listing = node.Catalog.Current.Listing;
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (Node.History.OperatorRow row in rows)
            {
                json.WriteStartObject();
                json.WriteNumber("sequence"u8, row.Outcome.Sequence);
                json.WriteNumber("timestamp"u8, row.Outcome.TimeNs / 1_000_000);
                json.WriteNumber("account"u8, row.Account);
                json.WriteNumber("key"u8, row.Key);
                json.WriteString("command"u8, CommandWords.Of(row.Record, listing));
                json.WriteNumber("code"u8, (int)row.Outcome.Code);
                if (row.Outcome.Code != RefusalCode.None)
                {
                    json.WriteString("reason"u8, Refusals.Describe(row.Outcome.Code, row.Outcome.Detail));
                }
                if (row.Outcome.Created != 0)
                {
                    json.WriteNumber("created"u8, row.Outcome.Created);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private async Task Report(RpcCall call)
    {
        byte[] record = call.Bytes("command");
        if (!CommandCodec.IsWellFormed(record) || CommandCodec.View<CommandHeader>(record).Kind != CommandKind.ReportPrice || !node.Sequencer.Venue.HasValidSignature(record))
        {
            throw RpcException.BadParam("command", "command: expected a ReportPrice command with a valid signature; see docs/protocol.md");
        }
        // A captured report that is sent again goes no further.
        Refusal lapsed = Admission.Check(node.State, record);
        if (!lapsed.IsNone)
        {
            throw RpcException.Of(lapsed.Code, lapsed.Detail);
        }
        Outcome[] outcomes = await node.Sequencer.SubmitAsync([record]);
        ulong sequence = outcomes[0].OrThrow().Sequence;
        call.Reply(json => json.WriteNumberValue(sequence));
    }

    private async Task Health(RpcCall call)
    {
        VenueHealth health = await node.Sequencer.ReadAsync(VenueHealth.Of);
        InstrumentList list = node.Catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp"u8, health.TimeNs / 1_000_000);
            json.WriteBoolean("ready"u8, node.IsReady);
            json.WriteNumber("commands"u8, node.History.Counts.Commands);
            json.WriteNumber("refusals"u8, node.History.Counts.Refusals);
            json.WriteNumber("trades"u8, node.History.Counts.Trades);
            json.WriteNumber("queued"u8, node.Sequencer.Queued);
            json.WriteNumber("connections"u8, node.Metrics.Connections);
            json.WriteNumber("latency_p50_ms"u8, node.Metrics.LatencyQuantileMs(0.5));
            json.WriteNumber("latency_p99_ms"u8, node.Metrics.LatencyQuantileMs(0.99));
            json.WriteNumber("journal_records"u8, node.Sequencer.Venue.JournalRecords);
            json.WriteNumber("journal_batches"u8, node.Sequencer.Venue.JournalBatches);
            json.WriteNumber("recovery_s"u8, Math.Round(node.RecoverySeconds, 3));
            json.WriteNumber("accounts"u8, health.Accounts);
            json.WriteNumber("height"u8, node.Blocks.Last.Height);
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
            for (int i = 0; i <= Distances.Length; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("from"u8, i == 0 ? 0 : Distances[i - 1]);
                if (i < Distances.Length)
                {
                    json.WriteNumber("to"u8, Distances[i]);
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

    internal static int BandOf(Health health)
    {
        if (health.MaintenanceAtoms <= 0)
        {
            return Distances.Length;
        }
        double distance = health.EquityAtoms / (double)health.MaintenanceAtoms;
        int band = 0;
        while (band < Distances.Length && distance >= Distances[band])
        {
            band++;
        }
        return band;
    }

    internal static int Bands => Distances.Length + 1;
}

/// <summary>A pool at a glance.</summary>
internal sealed record PoolHealth(
    string Name, int Asset, long FundAtoms, long FeesAtoms, long SharedLossAtoms, long EquityAtoms, long MaintenanceAtoms, long DeficitAtoms, (int Accounts, long NotionalAtoms)[] Distances);

/// <summary>An index at a glance.</summary>
internal sealed record IndexHealth(int Number, PriceState State, long Price, long Dispersion, int Quorum, IReadOnlyList<(uint Key, long Price, long TimeNs, bool Fresh, int Outliers)> Sources);

/// <summary>The venue at a glance; copied from the state on the sequencer's thread.</summary>
internal sealed record VenueHealth(
    long TimeNs, int Accounts, string? Violation, IReadOnlyList<(int Asset, long Deposited, long Withdrawn, long Pending)> Assets, IReadOnlyList<PoolHealth> Pools,
    IReadOnlyList<IndexHealth> Indexes, IReadOnlyList<(int Market, MarketStatus Status, MarketCauses Causes, long OpenInterest, long UntilNs)> Markets)
{
    /// <summary>The last command that stopped the engine and was passed over; 0 for none.</summary>
    public ulong Excluded { get; init; }

    /// <summary>Due work that stopped the engine and was set aside.</summary>
    public long SetAside { get; init; }

    public static VenueHealth Of(Ledger ledger)
    {
        SuretyEngine engine = ledger.Engine;
        IndexedState state = engine.State;
        var bands = new (int Accounts, long NotionalAtoms)[state.Counts.Pools][];
        for (int p = 0; p < bands.Length; p++)
        {
            bands[p] = new (int, long)[OperatorMethods.Bands];
        }
        var equity = new long[bands.Length];
        var maintenance = new long[bands.Length];
        var deficits = new long[bands.Length];
        for (uint a = 0; a < (uint)state.Counts.Accounts; a++)
        {
            int pool = state.Accounts[(int)a].Pool;
            if (pool >= bands.Length)
            {
                continue;
            }
            Health health = engine.Margin.Cross(a);
            equity[pool] += health.EquityAtoms;
            maintenance[pool] += health.MaintenanceAtoms;
            deficits[pool] += Math.Max(-health.EquityAtoms, 0);
            if (health.MaintenanceAtoms > 0)
            {
                ref (int Accounts, long NotionalAtoms) band = ref bands[pool][OperatorMethods.BandOf(health)];
                band = (band.Accounts + 1, band.NotionalAtoms + health.MaintenanceAtoms);
            }
        }
        return new VenueHealth(
            state.TimeNs, state.Counts.Accounts, Audit.Conservation(state),
            [.. Enumerable.Range(0, state.Counts.Assets).Select(i => (i, state.Assets[i].DepositedAtoms, state.Assets[i].WithdrawnAtoms, state.Assets[i].PendingWithdrawalAtoms))],
            [.. Enumerable.Range(0, bands.Length).Select(p => new PoolHealth(
                state.Pools[p].Name.ToString(), state.Pools[p].Collateral[0], engine.Margin.Cross(state.Pools[p].InsuranceAccount).EquityAtoms,
                state.Pools[p].FeesAtoms, state.Pools[p].SharedLossAtoms, equity[p], maintenance[p], deficits[p], bands[p]))],
            [.. Enumerable.Range(0, state.Counts.Indexes).Select(i => Index(state, i))],
            [.. Enumerable.Range(0, state.Counts.Markets).Where(m => state.Markets[m].Status != MarketStatus.Expired).Select(m => (m, state.Markets[m].Status, state.Markets[m].Causes, state.Markets[m].OpenInterestLots, state.Markets[m].AuctionEndNs))])
        {
            Excluded = state.Counts.Excluded,
            SetAside = state.Counts.SetAsideCount,
        };
    }

    private static IndexHealth Index(IndexedState state, int number)
    {
        ref readonly PriceIndex index = ref state.Indexes[number];
        var sources = new List<(uint, long, long, bool, int)>();
        for (int k = 0; k < index.SourceCount; k++)
        {
            PriceSource s = index.Sources[k];
            sources.Add((s.Key, s.Price, s.TimeNs, state.TimeNs - s.TimeNs <= index.MaxAgeMs * 1_000_000L, s.Outliers));
        }
        return new IndexHealth(number, index.State, index.Price, index.Dispersion, index.Quorum, sources);
    }
}
