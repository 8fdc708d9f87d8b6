using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Surety.Engine;
using Surety.Engine.Accounts;
using Surety.Engine.Blocks;
using Surety.Engine.Commands;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Oracles;
using Surety.Engine.State;
using Surety.Node.Identity;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using static Surety.Node.Api.RpcMethod;

namespace Surety.Node.Api;

/// <summary>For the venue's operator: how it stands, and the levers.</summary>
internal sealed class OperatorMethods(VenueNode node)
{
    // Equity over maintenance, the bands of the heat map; the last is for whoever has more.
    private static readonly double[] Distances = [1.0, 1.1, 1.25, 1.5, 2, 3, 5, 10, 25];

    public IEnumerable<RpcMethod> All() =>
    [
        Op("surety/operator_health", KeyScopes.Read, "Solvency, insurance fund, accounts by distance to maintenance, price sources, breakers, speed", [], Health),
        Op("surety/operator_halt", KeyScopes.Govern, "Halts a market", [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.Halted)),
        Op("surety/operator_reduce_only", KeyScopes.Govern, "Lets a market only reduce", [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.ReduceOnly)),
        Op("surety/operator_resume", KeyScopes.Govern, "Lifts a halt; the market opens again through a call auction", [Text("instrument_name", "The market", required: true)], c => SetStatus(c, MarketStatus.Trading)),
        Op("surety/operator_confirm_price", KeyScopes.Govern, "Says yes to the price that an index holds in quarantine: needed beyond a factor of three",
            [Text("index_name", "The index", required: true), Integer("price", "The price, in the index's smallest units", required: true), Integer("tolerance_ppm", "How far it may have moved since, parts per million, to 100,000; 0 by default")], ConfirmPrice),
        Op("surety/operator_link_owners", KeyScopes.Govern, "Declares that two owners are one person, for good: one set of limits, no bids for each other's positions",
            [Integer("owner", "A master account's number", required: true), Integer("with", "Another's", required: true)], Link),
        Op("surety/operator_list_market", KeyScopes.Govern, "Lists a perpetual or future with another market's terms", [Text("instrument_name", "The new name", required: true), Text("like", "A market whose terms it takes", required: true), Integer("expiry", "When it settles, milliseconds since 1970; none for a perpetual"), Text("index_name", "Its index; that of the other by default")], List),
        Op("surety/operator_change_market", KeyScopes.Govern, "Posts a change of terms, which is checked in shadow on the live state before it acts",
            [Text("instrument_name", "The market", required: true), Integer("activate", "When it acts, milliseconds since 1970; an hour and a minute from now by default"), Number("initial_margin_rate", "Of the first tier"), Number("maintenance_margin_rate", "Of the first tier"), Number("max_open_interest", "Settlement currency; 0 for none")], Change),
        Op("surety/operator_confirm_withdrawal", KeyScopes.Custody, "Says that a withdrawal has left custody, or failed", [Integer("withdrawal", "The engine's number", required: true), Flag("paid", "Whether it left")], Confirm),
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
        Outcome outcome = await call.CarryOutAsync(node, kind, command);
        call.Reply(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("sequence"u8, outcome.Sequence);
            json.WriteNumber("created"u8, outcome.Created);
            json.WriteEndObject();
        });
    }

    private Task SetStatus(RpcCall call, MarketStatus status) =>
        Submit(call, CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)call.Instrument(node).Number, Status = status });

    private Task ConfirmPrice(RpcCall call)
    {
        int index = node.Catalog.Current.Indexes.ToList().IndexOf(call.Needed("index_name"));
        if (index < 0)
        {
            throw RpcException.NotFound("index_name: there is no such index");
        }
        return Submit(call, CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice
        {
            Index = (ushort)index,
            Price = call.Integer("price", 0, -(1L << 50), 1L << 50),
            TolerancePpm = (int)call.Integer("tolerance_ppm", 0, 0, 100_000),
        });
    }

    private Task Link(RpcCall call) =>
        Submit(call, CommandKind.LinkOwners, new LinkOwners { Owner = (uint)call.Integer("owner", 0, 0, uint.MaxValue), With = (uint)call.Integer("with", 0, 0, uint.MaxValue) });

    private async Task List(RpcCall call)
    {
        string name = call.Needed("instrument_name");
        Instrument like = node.Catalog.Current.Find(call.Needed("like")) ?? throw RpcException.NotFound("like: there is no such instrument");
        int index = call.Has("index_name") ? node.Catalog.Current.Indexes.ToList().IndexOf(call.Text("index_name")) : like.IndexNumber;
        if (index < 0 || name.Length > ShortName.Size || name.Any(c => c is < '!' or > '~') || like.MarketKind == MarketKind.Contract)
        {
            throw RpcException.BadParam("instrument_name", $"expected a name of at most {ShortName.Size} printable characters, an index that exists, and a perpetual or future to be like");
        }
        long expiry = call.Integer("expiry", 0, 0, 4_000_000_000_000);
        MarketTerms terms = await node.Sequencer.ReadAsync(l => TermsOf(l.Engine.State, like.Number));
        terms.Name = ShortName.From(name);
        terms.Index = (ushort)index;
        terms.ExpiryNs = expiry * 1_000_000;
        terms.Kind = expiry == 0 ? MarketKind.LinearPerpetual : MarketKind.LinearFuture;
        await Submit(call, CommandKind.ListMarket, new ListMarket { Terms = terms });
    }

    private async Task Change(RpcCall call)
    {
        Instrument i = call.Instrument(node);
        MarketTerms terms = await node.Sequencer.ReadAsync(l => TermsOf(l.Engine.State, i.Number));
        Rate(call, "initial_margin_rate", ref terms.Tiers[0].InitialPpm);
        Rate(call, "maintenance_margin_rate", ref terms.Tiers[0].MaintenancePpm);
        if (call.Digits("max_open_interest") is { } text)
        {
            terms.OpenInterestCapAtoms = Instrument.TryParse(text, i.MoneyDecimals, out long atoms) && atoms >= 0 ? atoms : throw RpcException.BadParam("max_open_interest", "max_open_interest: expected 0 or more");
        }
        long activate = call.Integer("activate", (node.Released.TimeNs / 1_000_000) + 3_660_000, 0, 4_000_000_000_000);
        await Submit(call, CommandKind.ChangeMarket, new ChangeMarket { Market = (uint)i.Number, ActivateNs = activate * 1_000_000, Terms = terms });
    }

    private static void Rate(RpcCall call, string name, ref int ppm)
    {
        if (call.Digits(name) is { } text)
        {
            ppm = Instrument.TryParse(text, 6, out long scaled) && scaled is > 0 and <= 1_000_000 ? (int)scaled : throw RpcException.BadParam(name, $"{name}: expected more than 0 and at most 1, with at most 6 decimals");
        }
    }

    private Task Confirm(RpcCall call) =>
        Submit(call, CommandKind.ConfirmWithdrawal, new ConfirmWithdrawal { WithdrawalId = (ulong)call.Integer("withdrawal", 0, 1), Paid = call.Flag("paid", true) ? 1u : 0u });

    private async Task Report(RpcCall call)
    {
        byte[] record = call.Bytes("command");
        if (!CommandCodec.IsWellFormed(record) || CommandCodec.View<CommandHeader>(record).Kind != CommandKind.ReportPrice || !node.Sequencer.Venue.HasValidSignature(record))
        {
            throw RpcException.BadParam("command", "command: expected a ReportPrice command with a valid signature; see docs/protocol.md");
        }
        // A captured report that is sent again goes no further.
        RefusalCode lapsed = Gateway.Admission.Check(node.State, record, out long detail);
        if (lapsed != RefusalCode.None)
        {
            throw RpcException.Of(lapsed, detail);
        }
        Outcome[] outcomes = await node.Sequencer.SubmitAsync([record]);
        ulong sequence = outcomes[0].OrThrow().Sequence;
        call.Reply(json => json.WriteNumberValue(sequence));
    }

    /// <summary>A market's terms as it was listed or changed to, tier deductions left to follow again.</summary>
    internal static MarketTerms TermsOf(VenueState state, int number)
    {
        ref readonly Market m = ref state.Markets[number];
        var terms = new MarketTerms
        {
            Name = m.Name,
            Kind = m.Kind,
            Pool = m.Pool,
            Index = m.Index,
            TierCount = m.TierCount,
            AtomsPerTickLot = m.AtomsPerTickLot,
            IndexUnitsPerTick = m.IndexUnitsPerTick,
            MinPriceTicks = m.MinPriceTicks,
            MaxPriceTicks = m.MaxPriceTicks,
            MaxOrderLots = m.MaxOrderLots,
            MaxPositionLots = m.MaxPositionLots,
            MarginFloorTicks = m.MarginFloorTicks,
            OpenInterestLowerAtoms = m.OpenInterestLowerAtoms,
            OpenInterestUpperAtoms = m.OpenInterestUpperAtoms,
            ExpiryNs = m.ExpiryNs,
            BasisCapPpm = m.BasisCapPpm,
            BasisWindowMs = m.BasisWindowMs,
            LiquidationBoundPpm = m.LiquidationBoundPpm,
            MarketOrderBoundPpm = m.MarketOrderBoundPpm,
            FundingInterestPpm = m.FundingInterestPpm,
            FundingCapPpm = m.FundingCapPpm,
            OpenInterestCapAtoms = m.OpenInterestCapAtoms,
            ExternalDepthAtoms = m.ExternalDepthAtoms,
            OpenInterestFreeAtoms = m.OpenInterestFreeAtoms,
            ImpactAtoms = m.ImpactAtoms,
            OrderBandPpm = m.OrderBandPpm,
            BandHorizonMs = m.BandHorizonMs,
            BandSigmaMilli = m.BandSigmaMilli,
            BandFloorPpm = m.BandFloorPpm,
            BandCapPpm = m.BandCapPpm,
            AuctionMs = m.AuctionMs,
            OracleGraceMs = m.OracleGraceMs,
            DepthMultiple = (ushort)m.DepthMultiple,
            FundMultiple = (ushort)m.FundMultiple,
        };
        for (int i = 0; i < m.TierCount; i++)
        {
            terms.Tiers[i] = new ListedTier { FromNotionalAtoms = m.Tiers[i].FromNotionalAtoms, InitialPpm = m.Tiers[i].InitialPpm, MaintenancePpm = m.Tiers[i].MaintenancePpm };
        }
        return terms;
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
            json.WriteString("state"u8, Views.State(status));
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
    public static VenueHealth Of(Ledger ledger)
    {
        SuretyEngine engine = ledger.Engine;
        VenueState state = engine.State;
        var bands = new (int Accounts, long NotionalAtoms)[state.Venue[0].Pools][];
        for (int p = 0; p < bands.Length; p++)
        {
            bands[p] = new (int, long)[OperatorMethods.Bands];
        }
        var equity = new long[bands.Length];
        var maintenance = new long[bands.Length];
        var deficits = new long[bands.Length];
        for (uint a = 0; a < (uint)state.Venue[0].Accounts; a++)
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
            state.TimeNs, state.Venue[0].Accounts, Audit.Conservation(state),
            [.. Enumerable.Range(0, state.Venue[0].Assets).Select(i => (i, state.Assets[i].DepositedAtoms, state.Assets[i].WithdrawnAtoms, state.Assets[i].PendingWithdrawalAtoms))],
            [.. Enumerable.Range(0, bands.Length).Select(p => new PoolHealth(
                state.Pools[p].Name.ToString(), state.Pools[p].Collateral[0], engine.Margin.Cross(state.Pools[p].InsuranceAccount).EquityAtoms,
                state.Pools[p].FeesAtoms, state.Pools[p].SharedLossAtoms, equity[p], maintenance[p], deficits[p], bands[p]))],
            [.. Enumerable.Range(0, state.Venue[0].Indexes).Select(i => Index(state, i))],
            [.. Enumerable.Range(0, state.Venue[0].Markets).Where(m => state.Markets[m].Status != MarketStatus.Expired).Select(m => (m, state.Markets[m].Status, state.Markets[m].Causes, state.Markets[m].OpenInterestLots, state.Markets[m].AuctionEndNs))]);
    }

    private static IndexHealth Index(VenueState state, int number)
    {
        ref readonly PriceIndex index = ref state.Indexes[number];
        var sources = new List<(uint, long, long, bool, int)>();
        for (int k = 0; k < index.SourceCount; k++)
        {
            PriceSource s = index.Sources[k];
            sources.Add((s.KeyPlusOne - 1, s.Price, s.TimeNs, state.TimeNs - s.TimeNs <= index.MaxAgeMs * 1_000_000L, s.Outliers));
        }
        return new IndexHealth(number, index.State, index.Price, index.Dispersion, index.Quorum, sources);
    }
}
