using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Numerics;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Proofs;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Replay.Proving;

/// <summary>
/// Makes the certificates of one sealed block's margin calls. It puts in what the verifier asks for and nothing else: of the block before
/// only what the block itself does not say, of the block's other events only those that the call's terms and the account's end rest on.
/// </summary>
internal sealed class CertifiedBlock
{
    private readonly Ledger _ledger;
    private readonly TermsBefore? _terms;
    private readonly PagedLog _log;
    private readonly Dictionary<(EventKind Kind, ushort Number), List<int>> _announced = [];
    private readonly Dictionary<uint, List<(int Place, ShownSides Shown, int Market)>> _changes = [];

    /// <param name="ledger">Right after it has sealed the block.</param>
    /// <param name="terms">The venue's rows before the block; null where they are not known.</param>
    /// <param name="accounts">Those that were called.</param>
    public CertifiedBlock(Ledger ledger, TermsBefore? terms, HashSet<uint> accounts)
    {
        (_ledger, _terms, _log) = (ledger, terms, ledger.Engine.Events.Log);
        for (int place = 0; place < _log.Count; place++)
        {
            ReadOnlySpan<byte> record = _log.Record(place);
            EventHeader header = MemoryMarshal.Read<EventHeader>(record);
            if (header.Kind is EventKind.MarkChanged or EventKind.IndexChanged)
            {
                ushort number = header.Kind == EventKind.MarkChanged ? MemoryMarshal.Read<MarkChanged>(record).Market
                    : MemoryMarshal.Read<IndexChanged>(record).Index;
                Add(_announced, (header.Kind, number), place);
            }
            foreach ((uint account, ShownSides side, int market) in Changed(header, record))
            {
                if (accounts.Contains(account))
                {
                    Add(_changes, account, (place, side, market));
                }
            }
        }
    }

    /// <summary>
    /// The certificate of the call whose events begin at an offset, with the reports that were in use; null where no verifier could
    /// compute it again.
    /// </summary>
    public MarginCallCertificate? Certify(int offset, byte[][] reports)
    {
        int first = _log.PlaceOf(offset);
        MarginCalled called = MemoryMarshal.Read<MarginCalled>(_log.Record(first));
        int own = 1 + called.Positions + called.Collaterals + called.Models + called.Nodes;
        var parts = new Parts(this, first);
        VenueState state = _ledger.Engine.State;
        Account holder = state.Accounts[(int)called.Header.Account];
        int scanPpm = 0;
        var marked = new Dictionary<ushort, long>();
        var indexes = new SortedSet<ushort>();
        for (int i = 0; i < called.Models; i++)
        {
            MarginCallModel model =
                MemoryMarshal.Read<MarginCallModel>(_log.Record(first + 1 + called.Positions + called.Collaterals + i));
            if (!parts.Model(in model))
            {
                return null;
            }
            (scanPpm, marked[model.Market]) = (model.ScanPpm, model.MarkMs);
        }
        if (scanPpm != 0 && CountIndexes(first + 1, called.Positions) > ScenarioSums.MostIndices)
        {
            return null;
        }
        for (int i = 0; i < called.Nodes; i++)
        {
            indexes.Add(MemoryMarshal.Read<MarginCallNode>(_log.Record(first + own - called.Nodes + i)).Index);
        }
        parts.Row(TableId.Accounts, (int)called.Header.Account);
        parts.Pages.Add(Prover.OfRow(_ledger, TableId.Positions, (int)called.Header.Account * state.PositionsPerAccount));
        parts.Row(
            TableId.Pools, holder.Pool,
            called.IsolatedMarket.Exists || (called.ByModel != 0 && called.Models == 0)
                || state.Pools[holder.Pool].Rules.ScanPpm == scanPpm);
        for (int i = 0; i < called.Positions; i++)
        {
            MarginCallPosition position = MemoryMarshal.Read<MarginCallPosition>(_log.Record(first + 1 + i));
            if (called.ByModel != 0 && !marked.ContainsKey(position.Market) && state.Pools[holder.Pool].Rules.ScanPpm != 0
                && !called.IsolatedMarket.Exists)
            {
                return null;
            }
            // A dated future whose settlement has begun is marked at a mean that no report says.
            if (state.Markets[position.Market].Kind == MarketKind.LinearFuture && state.Markets[position.Market].SettlementMs != 0)
            {
                return null;
            }
            parts.Market(in position, marked.GetValueOrDefault(position.Market));
            indexes.Add(position.Index);
        }
        for (int i = 0; i < called.Collaterals; i++)
        {
            MarginCallCollateral coin = MemoryMarshal.Read<MarginCallCollateral>(_log.Record(first + 1 + called.Positions + i));
            parts.Row(TableId.Assets, state.Pools[holder.Pool].Collateral[0]);
            parts.Coin(in coin, (holder.Flags & AccountFlags.InsuranceFund) != 0);
            indexes.Add(coin.Index);
        }
        var used = new List<byte[]>();
        foreach (ushort index in indexes)
        {
            used.AddRange(parts.Index(index, [.. reports.Where(r => CommandCodec.View<ReportPrice>(r).Index == index)], called.TimeNs));
        }
        foreach (int row in used.Select(r => KeyRows.RowOf(CommandCodec.View<CommandHeader>(r).Key)).Distinct())
        {
            parts.Row(TableId.PublicKeys, row);
        }
        List<(int Place, ShownSides Shown, int Market)> after = _changes.GetValueOrDefault(called.Header.Account, [])
            .FindAll(c => c.Place >= first + own);
        // The funding that each of them settles, where the market had announced another after the call.
        parts.Announcements.AddRange(after.Where(c => c.Market >= 0)
            .Select(c => Last(EventKind.MarkChanged, (ushort)c.Market, c.Place)).Where(place => place >= first));
        IEnumerable<(int, ShownSides)> others = parts.Announcements.Distinct().Select(place => (place, ShownSides.None))
            .Concat(after.GroupBy(c => c.Place).Select(g => (g.Key, g.Aggregate(ShownSides.None, (sides, c) => sides | c.Shown))))
            .OrderBy(o => o.Item1);
        (int Place, ShownSides Shown)[] around = [.. others];
        return own + around.Length > CertificateFrame.MostParts || parts.Pages.Count > CertificateFrame.MostParts
            || used.Count > CertificateFrame.MostParts ? null : new MarginCallCertificate
            {
                Header = _ledger.Last,
                Events =
            [
                .. Enumerable.Range(first, own).Select(place => Prover.OfEvent(_ledger, place)),
                .. around.Select(o => Prover.OfEvent(_ledger, o.Place, o.Shown)),
            ],
                Proofs = parts.Pages,
                Reports = [.. used.Select(r => (ReadOnlyMemory<byte>)r)],
            };
    }

    private int CountIndexes(int from, int positions) =>
        Enumerable.Range(from, positions).Select(place => MemoryMarshal.Read<MarginCallPosition>(_log.Record(place)).Index)
            .Distinct().Count();

    // The accounts whose lots or balances an event changes, the side that shows it, and the market of the lots; −1 for a balance.
    private static (uint Account, ShownSides Side, int Market)[] Changed(EventHeader header, ReadOnlySpan<byte> record)
    {
        switch (header.Kind)
        {
            case EventKind.Trade:
                Trade trade = MemoryMarshal.Read<Trade>(record);
                return [(header.Account, ShownSides.First, trade.Market), (trade.MakerAccount, ShownSides.Second, trade.Market)];
            case EventKind.PositionTransferred:
                PositionTransferred transferred = MemoryMarshal.Read<PositionTransferred>(record);
                return
                [
                    (header.Account, ShownSides.First, transferred.Market),
                    (transferred.FromAccount, ShownSides.Second, transferred.Market),
                ];
            case EventKind.BalanceChanged:
                return [(header.Account, ShownSides.First, -1)];
            case EventKind.PositionSettled:
                return [(header.Account, ShownSides.None, MemoryMarshal.Read<PositionSettled>(record).Market)];
            case EventKind.ContractExercised or EventKind.ContractAssigned:
                return [(header.Account, ShownSides.None, MemoryMarshal.Read<ContractExercised>(record).Market)];
            default:
                return [];
        }
    }

    private static void Add<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key, TValue value)
        where TKey : notnull
    {
        ref List<TValue>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(lists, key, out _);
        (list ??= []).Add(value);
    }

    // The last announcement before a place; −1 for none.
    private int Last(EventKind kind, ushort number, int before) =>
        _announced.GetValueOrDefault((kind, number), []).LastOrDefault(place => place < before, -1);

    // What one certificate takes from the block and the one before.
    private sealed class Parts(CertifiedBlock block, int first)
    {
        private readonly HashSet<(TableId, int)> _rows = [];
        private readonly HashSet<(TableId, int)> _before = [];

        public List<PageProof> Pages { get; } = [];

        public List<int> Announcements { get; } = [];

        // A row after the block, and where that says something else than the call, before it.
        public void Row(TableId table, int row, bool saysTheSame = true)
        {
            if (_rows.Add((table, row)))
            {
                Pages.Add(Prover.OfRow(block._ledger, table, row));
            }
            if (!saysTheSame && _before.Add((table, row)) && block._terms?.OfRow(table, row) is { } earlier)
            {
                Pages.Add(earlier);
            }
        }

        // An option's surface and text; false for what no certificate can be of: ./surety verify executes its call again.
        public bool Model(in MarginCallModel model)
        {
            ref readonly Market market = ref block._ledger.Engine.State.Markets[model.Market];
            bool isContract = market.Kind == MarketKind.Contract;
            bool isOption = market.Shape is (ushort)ContractShape.Call or (ushort)ContractShape.Put
                && (market.Flags & (ContractFlags.Barrier | ContractFlags.ManyIndexes)) == 0 && model.Surface.Exists;
            if (model.OpenPpm != Rounding.Million || (isContract && !isOption))
            {
                return false;
            }
            if (isContract)
            {
                Row(TableId.Surfaces, model.Surface.Number);
                if ((market.Flags & ContractFlags.American) == 0)
                {
                    Row(TableId.ContractTexts, model.Market);
                }
            }
            return true;
        }

        public void Market(in MarginCallPosition e, long markMs)
        {
            ref readonly Market market = ref block._ledger.Engine.State.Markets[e.Market];
            int announced = block.Last(EventKind.MarkChanged, e.Market, first);
            bool marked = announced >= 0
                || (market.MarkTicks == e.MarkTicks && market.FundingIndex == e.FundingIndex
                    && (market.Kind != MarketKind.Contract || market.MarkMs == markMs));
            if (announced >= 0)
            {
                Announcements.Add(announced);
            }
            Row(TableId.Markets, e.Market, marked && MarginTerms.AreOf(in market, in e, market.Pool));
        }

        public void Coin(in MarginCallCollateral e, bool atPrice)
        {
            if (atPrice)
            {
                Row(TableId.Assets, e.Asset);
                Row(TableId.Indexes, e.Index);
                return;
            }
            ref readonly Asset asset = ref block._ledger.Engine.State.Assets[e.Asset];
            ref readonly PriceIndex index = ref block._ledger.Engine.State.Indexes[e.Index];
            bool stands = Haircut(in asset, in index) == e.HaircutPpm;
            Row(
                TableId.Assets, e.Asset,
                asset.PriceIndex.Number == e.Index && asset.CollateralCapAtoms == e.CapAtoms && e.HaircutPpm >= asset.HaircutPpm);
            Row(TableId.Indexes, e.Index, stands);
            PageProof? earlier = stands ? null : block._terms?.OfRow(TableId.Indexes, e.Index);
            bool stood = earlier is not null && Haircut(in asset, MemoryMarshal.Read<PriceIndex>(earlier.Page.Span)) == e.HaircutPpm;
            if (!stands && !stood && block.Last(EventKind.IndexChanged, e.Index, first) is var place and >= 0)
            {
                Announcements.Add(place);
            }
        }

        // The index and those of its reports that are still fresh.
        public IEnumerable<byte[]> Index(ushort number, byte[][] reports, long timeNs)
        {
            PriceIndex index = block._ledger.Engine.State.Indexes[number];
            bool theSame = true;
            var used = new List<byte[]>();
            foreach (ref readonly PriceSource source in ((ReadOnlySpan<PriceSource>)index.Sources)[..index.SourceCount])
            {
                uint key = source.Key;
                byte[]? report = source.Weight == 0 ? null : reports.FirstOrDefault(r => CommandCodec.View<CommandHeader>(r).Key == key);
                if (report is not null)
                {
                    used.Add(report);
                }
                bool isFresh = source.Weight != 0 && source.Sequence != 0 && timeNs - source.TimeNs <= index.MaxAgeMs * 1_000_000L;
                theSame &= report is null ? !isFresh : CommandCodec.View<ReportPrice>(report).ReportSequence == source.Sequence;
            }
            Row(TableId.Indexes, number, theSame);
            return used;
        }

        private static long Haircut(in Asset asset, in PriceIndex index) =>
            Math.Min((long)asset.HaircutPpm + index.HaircutPpm, Rounding.Million);
    }
}
