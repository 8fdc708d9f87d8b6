using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Cli.Commands;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Breakers;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Engine.Views;
using Surety.Journal;
using Surety.Node.Instruments;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;

namespace Surety.Cli.Inspection;

/// <summary>Rows to be shown as a table or as JSON objects.</summary>
internal sealed record InspectedTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows);

/// <summary>A venue as it was after a command, made by executing its journal up to there.</summary>
internal sealed class VenueInspection
{
    private readonly Ledger _ledger;
    private readonly List<BlockHeader> _headers;
    private readonly byte[] _lastRecord;
    private readonly RefusalCode _lastCode;

    private VenueInspection(Ledger ledger, List<BlockHeader> headers, byte[] lastRecord, RefusalCode lastCode)
    {
        _ledger = ledger;
        _headers = headers;
        _lastRecord = lastRecord;
        _lastCode = lastCode;
    }

    private IndexedState State => _ledger.Engine.State;

    /// <summary>Executes a directory's journal up to and including a command.</summary>
    public static VenueInspection Read(string directory, ulong until)
    {
        using JournalExecution execution = JournalExecution.Begin(directory);
        Ledger ledger = execution.Ledger;
        var headers = new List<BlockHeader>();
        byte[] last = [];
        RefusalCode code = RefusalCode.None;
        while (ledger.LastSequence < until && execution.MoveNext())
        {
            if (execution.Walk.TryReadHeader(out BlockHeader header))
            {
                headers.Add(header);
            }
            else if (execution.IsCommand)
            {
                code = execution.Code;
                if (ledger.LastSequence == until)
                {
                    last = execution.Walk.Payload.ToArray();
                }
            }
        }
        return new VenueInspection(ledger, headers, last, code);
    }

    public IReadOnlyList<InspectedTable> Venue()
    {
        ref readonly VenueCounters v = ref State.Counts;
        var markets = new List<object?[]>();
        var prices = new List<object?[]>();
        for (int i = 0; i < v.Markets; i++)
        {
            ref readonly Market m = ref State.Markets[i];
            int decimals = State.Assets[State.Pools[m.Pool].Collateral[0]].Decimals;
            prices.Add(
                [i, m.Name.ToString(), m.Causes.ToString(), m.FundingRatePpb, m.OpenInterestCapLots,
                    DynamicBand.WidthPpm(in m, State.Indexes[m.Index].VariancePpm2), CostOf(i, Side.Buy, decimals),
                    CostOf(i, Side.Sell, decimals)]);
            markets.Add(
                [i, m.Name.ToString(), m.Kind.ToString(), m.Status.ToString(), m.IndexTicks, m.MarkTicks, m.LastTicks, m.OpenInterestLots,
                    m.FundingIndex, m.TradeCount]);
        }
        var assets = new List<object?[]>();
        for (int i = 0; i < v.Assets; i++)
        {
            ref readonly Asset a = ref State.Assets[i];
            assets.Add(
                [i, a.Name.ToString(), Amount(a.DepositedAtoms, a.Decimals), Amount(a.WithdrawnAtoms, a.Decimals),
                    Amount(a.PendingWithdrawalAtoms, a.Decimals), a.HaircutPpm]);
        }
        var pools = new List<object?[]>();
        for (int i = 0; i < v.Pools; i++)
        {
            ref readonly Pool p = ref State.Pools[i];
            int decimals = State.Assets[p.Collateral[0]].Decimals;
            pools.Add(
                [i, p.Name.ToString(), p.InsuranceAccount, Amount(_ledger.Engine.Margin.Cross(p.InsuranceAccount).EquityAtoms, decimals),
                    Amount(p.FeesAtoms, decimals)]);
        }
        var indexes = new List<object?[]>();
        for (int i = 0; i < v.Indexes; i++)
        {
            indexes.Add(
                [i, State.Indexes[i].Name.ToString(), State.Indexes[i].State.ToString(),
                    Amount(State.Indexes[i].Price, State.Indexes[i].Decimals),
                    Amount(State.Indexes[i].Dispersion, State.Indexes[i].Decimals), (int)State.Indexes[i].SourceCount,
                    (int)State.Indexes[i].Quorum, State.Indexes[i].Updates]);
        }
        return
        [
            new("venue", ["name", "time", "commands", "blocks", "accounts", "keys", "trades", "state_root", "invariants"],
                [[State.Genesis.Name.ToString(), Time(v.TimeNs), _ledger.LastSequence, _ledger.Last.Height, v.Accounts, v.Keys, v.Trades,
                    State.UpdateRoot().ToString(), Audit.FindViolation(_ledger.Engine) ?? "hold"]]),
            new("pools", ["pool", "name", "insurance_account", "insurance_equity", "fees"], pools),
            new("assets", ["asset", "name", "deposited", "withdrawn", "pending", "haircut_ppm"], assets),
            new("indexes", ["index", "name", "state", "price", "dispersion", "sources", "quorum", "updates"], indexes),
            new("markets",
                ["market", "name", "kind", "status", "index_ticks", "mark_ticks", "last_ticks", "open_interest_lots", "funding_index",
                "trades"], markets),
            new("prices and limits",
                ["market", "name", "causes", "funding_8h_ppb", "open_interest_cap_lots", "dynamic_band_ppm", "cost_to_clear_1pct_up",
                "cost_to_clear_1pct_down"], prices),
            WithdrawalTables.UnderWay(State, _ => true),
            WithdrawalTables.Terms(State),
            new("price sources", ["index", "key", "weight", "price", "bond", "earned", "slashed", "outliers_in_window"], Sources()),
        ];
    }

    public IReadOnlyList<InspectedTable> Accounts()
    {
        var rows = new List<object?[]>();
        for (uint a = 0; a < (uint)State.Counts.Accounts; a++)
        {
            ref readonly Account account = ref State.Accounts[(int)a];
            Health h = _ledger.Engine.Margin.Cross(a);
            int decimals = account.Pool < State.Counts.Pools ? State.Assets[State.Pools[account.Pool].Collateral[0]].Decimals : 0;
            rows.Add(
                [a, account.Owner, account.Flags.ToString(), Amount(h.EquityAtoms, decimals), Amount(h.InitialAtoms, decimals),
                    Amount(h.MaintenanceAtoms, decimals), account.LiveOrders]);
        }
        return [new("accounts", ["account", "owner", "flags", "equity", "initial_margin", "maintenance_margin", "orders"], rows)];
    }

    public IReadOnlyList<InspectedTable> Account(long number)
    {
        if (number < 0 || number >= State.Counts.Accounts)
        {
            throw new UsageException($"account: expected 0 to {State.Counts.Accounts - 1}, found {number}");
        }
        var orders = new List<object?[]>();
        for (int slot = State.Derived.FirstOrderOf[number]; slot >= 0; slot = State.Derived.Links[slot].AccountNext)
        {
            ref readonly Order o = ref State.Orders[slot];
            orders.Add(
                [o.Id, o.ClientOrderId, State.Markets[o.Market].Name.ToString(), o.Side.ToString(), o.PriceTicks, o.OpenLots, o.FilledLots,
                    o.Flags.ToString()]);
        }
        return
        [
            new("margin", ["what", "atoms", "how"],
                [.. MarginExplanation.Of(State, _ledger.Engine.Margin, (uint)number)
                .Select(s => new object?[] { s.What, s.Atoms, s.How })]),
            PositionsWhere(a => a == number),
            RiskTables.Greeks(_ledger.Engine, (uint)number),
            .. RiskTables.Scenarios(_ledger.Engine, (uint)number),
            new("orders", ["order", "client_order", "market", "side", "price_ticks", "open_lots", "filled_lots", "flags"], orders),
            WithdrawalTables.UnderWay(State, w => w.Account == number),
            WithdrawalTables.Addresses(State, State.Accounts[(int)number].Owner),
        ];
    }

    public IReadOnlyList<InspectedTable> Contracts() => [RiskTables.Contracts(_ledger.Engine)];

    public IReadOnlyList<InspectedTable> Positions() => [PositionsWhere(_ => true)];

    /// <summary>The engine as of the command that was asked for.</summary>
    public Surety.Engine.SuretyEngine Running => _ledger.Engine;

    public IReadOnlyList<InspectedTable> Books() => [.. Enumerable.Range(0, State.Counts.Markets).SelectMany(m => Book(m))];

    public IReadOnlyList<InspectedTable> Book(long market)
    {
        if (market < 0 || market >= State.Counts.Markets)
        {
            throw new UsageException($"market: expected 0 to {State.Counts.Markets - 1}, found {market}");
        }
        OrderBook book = State.Derived.Books[market]!;
        var rows = new List<object?[]>();
        void Side(Side side, long? best)
        {
            long price = best ?? 0;
            for (bool more = best is not null; more; more = book.TryNextPrice(side, price, out price))
            {
                int count = 0;
                for (int slot = book.First(price); slot >= 0; slot = book.Next(slot))
                {
                    count++;
                }
                rows.Add([side.ToString(), price, book.LotsAt(price), count]);
            }
        }
        Side(Protocol.Rows.Side.Sell, book.HasAsk ? book.BestAsk : null);
        rows.Reverse();
        Side(Protocol.Rows.Side.Buy, book.HasBid ? book.BestBid : null);
        return [new($"book {State.Markets[(int)market].Name}", ["side", "price_ticks", "lots", "orders"], rows)];
    }

    public IReadOnlyList<InspectedTable> Blocks() =>
    [
        new("blocks", ["height", "time", "first_command", "commands", "hash", "state_root"],
            [.. _headers.Select(h =>
                new object?[] { h.Height, Time(h.TimeNs), h.FirstSequence, h.CommandCount, h.Hash().ToString(), h.StateRoot.ToString() })]),
    ];

    private string Words(RefusalCode code, long detail)
    {
        IndexedState state = _ledger.Engine.State;
        return RefusalWords.Of(code, detail, _lastRecord, InstrumentList.Of(state),
            id => OrderIds.Slot(id) < state.Orders.Capacity && state.Orders[OrderIds.Slot(id)].Id == id
            ? state.Orders[OrderIds.Slot(id)].Market
            : -1);
    }

    public IReadOnlyList<InspectedTable> Command(ulong sequence)
    {
        if (_lastRecord.Length == 0 || sequence == 0)
        {
            throw new UsageException($"command: the journal has commands 1 to {_ledger.LastSequence}, found {sequence}");
        }
        CommandHeader header = CommandCodec.View<CommandHeader>(_lastRecord);
        var rows = new List<object?[]>();
        var reader = new EventReader(_ledger.Engine.Events.Log.Bytes, _ledger.EventsFrom);
        while (reader.MoveNext())
        {
            string text = RecordText.Of(reader.Kind, reader.Current);
            if (reader.Kind == EventKind.CommandRefused)
            {
                ref readonly CommandRefused refused = ref reader.As<CommandRefused>();
                text += ": " + Words(refused.Code, refused.Detail);
            }
            rows.Add([reader.Kind.ToString(), reader.As<EventHeader>().Account, text]);
        }
        return
        [
            new("command", ["field", "value"],
            [
                ["sequence", header.Sequence], ["time", Time(header.TimeNs)], ["kind", header.Kind.ToString()], ["account", header.Account],
                ["key", header.Key], ["nonce", header.Nonce], ["signed", CommandCodec.IsSigned(_lastRecord)],
                ["outcome", _lastCode.ToString()], ["body", RecordText.Of(header.Kind, _lastRecord)],
            ]),
            new("events", ["event", "account", "fields"], rows),
        ];
    }

    private InspectedTable PositionsWhere(Func<long, bool> account)
    {
        var rows = new List<object?[]>();
        for (int row = 0; row < State.Counts.Accounts * State.PositionsPerAccount; row++)
        {
            ref readonly Position p = ref State.Positions[row];
            int owner = row / State.PositionsPerAccount;
            if (p.Lots == 0 || !account(owner))
            {
                continue;
            }
            ref readonly Market m = ref State.Markets[p.Market.Number];
            int decimals = State.Assets[State.Pools[m.Pool].Collateral[0]].Decimals;
            (int place, int of) = _ledger.Engine.Deleveraging.PlaceOf(row);
            rows.Add(
                [owner, m.Name.ToString(), p.Lots, Amount(p.EntryCostAtoms, decimals),
                    Amount(AccountMargin.UnrealisedAtoms(in m, in p), decimals), p.IsIsolated, Amount(p.IsolatedAtoms, decimals),
                    $"{place} of {of}"]);
        }
        return new("positions",
            ["account", "market", "lots", "entry_cost", "unrealised", "isolated", "isolated_margin", "deleveraging_place"], rows);
    }

    // What it costs to take everything a market's book shows within one per cent of mark on a side: what moving its impact
    // price so far takes at least, each time the book refills. Mark itself follows only within the basis cap.
    private string CostOf(int market, Side side, int decimals)
    {
        ref readonly Market m = ref State.Markets[market];
        OrderBook book = State.Derived.Books[market]!;
        long limit = m.MarkTicks + ((side == Side.Buy ? 1 : -1) * Math.Abs(m.MarkTicks) / 100);
        Int128 value = ImpactPrices.ExitValue(book, side, ImpactPrices.LotsWithin(book, side, limit), limit) * m.AtomsPerTickLot;
        return Amount((long)Int128.Min(value, long.MaxValue), decimals);
    }

    private List<object?[]> Sources()
    {
        var rows = new List<object?[]>();
        for (int i = 0; i < State.Counts.Indexes; i++)
        {
            ref readonly PriceIndex index = ref State.Indexes[i];
            int decimals = !index.BondPool.Exists ? 0 : State.Assets[State.Pools[index.BondPool.Number].Collateral[0]].Decimals;
            for (int k = 0; k < index.SourceCount; k++)
            {
                PriceSource s = index.Sources[k];
                rows.Add(
                    [index.Name.ToString(), s.Key, s.Weight, Amount(s.Price, index.Decimals), Amount(s.BondAtoms, decimals),
                        Amount(s.EarnedAtoms, decimals), Amount(s.SlashedAtoms, decimals), s.Outliers]);
            }
        }
        return rows;
    }

    private static string Amount(long atoms, int decimals) => FixedDecimal.Format(atoms, decimals);

    private static string Time(long ns) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ns / 1_000_000).ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
