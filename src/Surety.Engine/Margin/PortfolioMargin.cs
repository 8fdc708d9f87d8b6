using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Marks;
using Surety.Engine.State;
using Surety.Pricing.Integers;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Margin;

/// <summary>What the parts of one index's portfolio margin are, settlement atoms.</summary>
/// <param name="Index">The index.</param>
/// <param name="WorstScenario">The scenario that loses most.</param>
/// <param name="WorstAtoms">What it loses.</param>
/// <param name="FloorAtoms">The least that scenarios count for.</param>
/// <param name="ShortOptionsAtoms">Contingency for short options.</param>
/// <param name="BasisAtoms">Charge for deltas that offset each other between expiries.</param>
/// <param name="ConcentrationAtoms">Charge for positions that are large against open interest and depth; in initial margin only, since
/// others change open interest.</param>
public readonly record struct PortfolioParts(
    int Index, int WorstScenario, long WorstAtoms, long FloorAtoms, long ShortOptionsAtoms, long BasisAtoms, long ConcentrationAtoms)
{
    /// <summary>Maintenance margin of the index's portfolio.</summary>
    public long MaintenanceAtoms => Math.Max(WorstAtoms, FloorAtoms) + ShortOptionsAtoms + BasisAtoms;
}

/// <summary>
/// Portfolio margin: perpetuals, futures and options on one index are netted in each of <see cref="ScenarioGrid.Count"/>
/// scenarios; the worst counts, never less than a floor, and contingencies are added. Between indices nothing is offset.
/// What has no model, and orders that rest, are margined by formula beside it. docs/margin.md has every number's source.
/// </summary>
public sealed class PortfolioMargin
{
    /// <summary>Initial margin is maintenance and this part of it more, parts per million.</summary>
    public const int InitialMorePpm = 250_000;

    /// <summary>Of net delta's notional, parts per million, at least.</summary>
    public const int FloorNetPpm = 20_000;

    /// <summary>Of gross notional at the underlying's price, at least.</summary>
    public const int FloorGrossPpm = 5_000;

    /// <summary>Of the underlying's value of short options.</summary>
    public const int ShortOptionPpm = 5_000;

    /// <summary>Of deltas that offset each other between expiries.</summary>
    public const int BasisPpm = 10_000;

    /// <summary>Of a position's value at the underlying's price, times its share of itself, open interest and outside depth.</summary>
    public const int ConcentrationPpm = 50_000;

    /// <summary>Indices that an account's positions are netted within; what is on further ones is margined by formula.</summary>
    public const int MostIndices = 8;

    // Expiries whose deltas are told apart within an index; on further ones each position counts by itself.
    private const int MostExpiries = 12;

    private readonly IndexedState _state;
    private readonly long[] _losses;
    private readonly MarketRisk[] _risks;

    internal PortfolioMargin(IndexedState state)
    {
        _state = state;
        _losses = new long[state.GenesisRef.MaxMarkets * ScenarioGrid.Count];
        _risks = new MarketRisk[state.GenesisRef.MaxMarkets];
        for (int market = 0; market < state.Counts.Markets; market++)
        {
            Refresh(market);
        }
    }

    /// <summary>Computes a market's scenario losses again, whenever its mark changes.</summary>
    public void Refresh(int number)
    {
        ref readonly Market market = ref _state.Markets[number];
        int scanPpm = _state.Pools[market.Pool].Rules.ScanPpm;
        if (scanPpm == 0 || market.HasMark == 0)
        {
            return;
        }
        bool isContract = market.Kind == MarketKind.Contract;
        bool isOption = isContract && (ContractShape)market.Shape is ContractShape.Call or ContractShape.Put;
        ref MarketRisk risk = ref _risks[number];
        risk.IsModelled = !isContract || (ContractShape)market.Shape == ContractShape.Future
            || (isOption && (market.Flags & ContractFlags.Barrier) == 0);
        if (!risk.IsModelled)
        {
            return;
        }
        // So that no sum over an account's positions leaves 64 bits.
        long most = Market.MaxPositionValue / market.MaxPositionLots;
        long underlying = Math.Max(isContract ? market.UnderlyingTicks : Math.Abs(market.MarkTicks), market.MarginFloorTicks);
        risk.Index = market.Index;
        risk.IsOption = isOption;
        risk.InDoubt = (market.Flags & ContractFlags.SurfaceInDoubt) != 0;
        risk.ExpiryNs = market.ExpiryNs;
        risk.ValuePerLot = (long)Int128.Min((Int128)underlying * market.AtomsPerTickLot, most);
        risk.DeltaPerLot = isContract ? Rounding.MulDivFloor(risk.ValuePerLot, market.DeltaPpm, Rounding.Million) : risk.ValuePerLot;
        risk.DepthLots = market.ExternalDepthAtoms / Math.Max(risk.ValuePerLot, 1);
        // Within the window of a mean only the open part of it moves: what is fixed hedges nothing.
        long open = isContract
            ? ContractMarks.OpenPpm(_state, _state.Derived.Contracts, number)
            : SettlementWindow.OpenPpm(in market, market.SettlementTimeNs);
        risk.DeltaPerLot = isContract ? risk.DeltaPerLot : Rounding.MulDivFloor(risk.DeltaPerLot, open, Rounding.Million);
        scanPpm = (int)Rounding.MulDivCeiling(scanPpm, open, Rounding.Million);
        Span<long> losses = LossesOf(number);
        if (isOption)
        {
            IntegerOption option = ContractMarks.OptionOf(_state, _state.Derived.Contracts, number);
            ScenarioGrid.Losses(in option, scanPpm, losses);
        }
        else
        {
            ScenarioGrid.LossesOfUnderlying(underlying, scanPpm, losses);
        }
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = (long)Int128.Clamp((Int128)losses[i] * market.AtomsPerTickLot, -most, most);
        }
    }

    /// <summary>Whether a market's positions are netted by scenarios: it has a model, and its pool a scan range.</summary>
    public bool IsNetted(int market) => _risks[market].IsModelled;

    /// <summary>What one long lot of a market loses in each scenario, settlement atoms.</summary>
    public ReadOnlySpan<long> LossesPerLot(int market) => LossesOf(market);

    /// <summary>What one lot of a market is worth at its underlying's price, and its delta, settlement atoms.</summary>
    public (long Value, long Delta) PerLot(int market) => (_risks[market].ValuePerLot, _risks[market].DeltaPerLot);

    /// <summary>Initial and maintenance margin of an account's cross-margined part.</summary>
    public Requirement Of(uint account) => Of(account, -1, -1, 0, default);

    /// <summary>The same if one of its positions had other lots and open orders.</summary>
    public Requirement Of(uint account, int changedRow, int changedMarket, long changedLots, in OpenOrders changedOpen)
    {
        Span<PortfolioParts> parts = stackalloc PortfolioParts[MostIndices];
        int count =
            PartsOf(account, changedRow, changedMarket, changedLots, in changedOpen, parts, default, out long ordersAtoms,
                out Requirement others, out bool inDoubt);
        return Sum(parts[..count], ordersAtoms, others, inDoubt);
    }

    private static Requirement Sum(ReadOnlySpan<PortfolioParts> parts, long ordersAtoms, Requirement others, bool inDoubt)
    {
        long maintenance = 0;
        long concentration = 0;
        foreach (ref readonly PortfolioParts part in parts)
        {
            maintenance += part.MaintenanceAtoms;
            concentration += part.ConcentrationAtoms;
        }
        long initial = maintenance + Rounding.PpmCeiling(maintenance, InitialMorePpm) + concentration;
        initial = inDoubt ? Rounding.MulDivCeiling(initial, 3, 2) : initial;
        return new Requirement(initial + ordersAtoms + others.InitialAtoms, maintenance + others.MaintenanceAtoms);
    }

    /// <summary>The parts of an account's margin by index, and what each scenario loses in the first of them, if asked for.</summary>
    /// <returns>How many indices.</returns>
    public int Explain(uint account, Span<PortfolioParts> parts, Span<long> scenarioLosses) =>
        PartsOf(account, -1, -1, 0, default, parts, scenarioLosses, out _, out _, out _);

    /// <summary>
    /// What a position loses in the worst scenario of its index's portfolio; by formula where it has no model, or gains there.
    /// </summary>
    public Requirement RiskOf(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        int number = position.Market.Number;
        Requirement formula = MarginTiers.Of(in _state.Markets[number], position.Lots, default);
        if (!_risks[number].IsModelled)
        {
            return formula;
        }
        Span<PortfolioParts> parts = stackalloc PortfolioParts[MostIndices];
        int count = Explain((uint)(row / _state.PositionsPerAccount), parts, default);
        for (int i = 0; i < count; i++)
        {
            if (parts[i].Index == _state.Markets[number].Index)
            {
                long loss = position.Lots * LossesOf(number)[parts[i].WorstScenario];
                // A position that gains there is reduced last, but can be.
                return loss > 0
                    ? new Requirement(loss, loss)
                    : new Requirement(Math.Max(formula.InitialAtoms / 1000, 1), Math.Max(formula.MaintenanceAtoms / 1000, 1));
            }
        }
        return formula;
    }

    private Span<long> LossesOf(int market) => _losses.AsSpan(market * ScenarioGrid.Count, ScenarioGrid.Count);

    [SkipLocalsInit]
    private int PartsOf(
        uint account, int changedRow, int changedMarket, long changedLots, in OpenOrders changedOpen, Span<PortfolioParts> parts,
        Span<long> firstLosses, out long ordersAtoms, out Requirement others, out bool inDoubt)
    {
        var tally = new Tally { Parts = parts, Sums = stackalloc IndexSums[MostIndices] };
        int first = (int)account * _state.PositionsPerAccount;
        ReadOnlySpan<ushort> markets = _state.Derived.MarketOfPosition.AsSpan(first, _state.PositionsPerAccount);
        for (int i = 0; i < markets.Length; i++)
        {
            bool isChanged = first + i == changedRow;
            int number = (isChanged ? changedMarket + 1 : markets[i]) - 1;
            if (number < 0 || _state.Positions[first + i].IsIsolated)
            {
                continue;
            }
            ref readonly OpenOrders open = ref isChanged ? ref changedOpen : ref _state.Derived.OpenOrders[first + i];
            Take(ref tally, number, isChanged ? changedLots : _state.Positions[first + i].Lots, in open);
        }
        return Conclude(ref tally, firstLosses, out ordersAtoms, out others, out inDoubt);
    }

    /// <summary>Initial and maintenance margin of an account's cross-margined part if it took over another's.</summary>
    [SkipLocalsInit]
    public Requirement OfBoth(uint account, uint other)
    {
        Span<PortfolioParts> parts = stackalloc PortfolioParts[MostIndices];
        var tally = new Tally { Parts = parts, Sums = stackalloc IndexSums[MostIndices] };
        int first = (int)account * _state.PositionsPerAccount;
        int firstOther = (int)other * _state.PositionsPerAccount;
        for (int i = 0; i < _state.PositionsPerAccount; i++)
        {
            int number = _state.Derived.MarketOfPosition[first + i] - 1;
            if (number >= 0 && !_state.Positions[first + i].IsIsolated)
            {
                int row = _state.FindPosition(other, number);
                long taken = row < 0 || _state.Positions[row].IsIsolated ? 0 : _state.Positions[row].Lots;
                Take(ref tally, number, _state.Positions[first + i].Lots + taken, in _state.Derived.OpenOrders[first + i]);
            }
            int theirs = _state.Derived.MarketOfPosition[firstOther + i] - 1;
            if (theirs >= 0 && !_state.Positions[firstOther + i].IsIsolated && _state.FindPosition(account, theirs) < 0)
            {
                Take(ref tally, theirs, _state.Positions[firstOther + i].Lots, default);
            }
        }
        int count = Conclude(ref tally, default, out long ordersAtoms, out Requirement others, out bool inDoubt);
        return Sum(parts[..count], ordersAtoms, others, inDoubt);
    }

    // One market's lots and orders.
    private void Take(ref Tally tally, int number, long lots, in OpenOrders open)
    {
        ref readonly MarketRisk risk = ref _risks[number];
        int at = 0;
        while (at < tally.Count && tally.Parts[at].Index != risk.Index)
        {
            at++;
        }
        if (!risk.IsModelled || at == MostIndices)
        {
            Requirement need = MarginTiers.Of(in _state.Markets[number], lots, in open);
            tally.OthersInitial += need.InitialAtoms;
            tally.OthersMaintenance += need.MaintenanceAtoms;
            return;
        }
        if (open.BuyLots != 0 || open.SellLots != 0)
        {
            tally.OrdersAtoms += OrdersAtoms(in _state.Markets[number], in open);
        }
        if (lots == 0)
        {
            return;
        }
        if (at == tally.Count)
        {
            tally.Parts[at] = new PortfolioParts { Index = risk.Index };
            tally.Sums[at] = default;
            tally.Count++;
        }
        tally.InDoubt |= risk.InDoubt;
        Add(ref tally.Sums[at], in risk, LossesOf(number), lots, _state.Markets[number].OpenInterestLots);
    }

    private static int Conclude(ref Tally tally, Span<long> firstLosses, out long ordersAtoms, out Requirement others, out bool inDoubt)
    {
        (ordersAtoms, inDoubt) = (tally.OrdersAtoms, tally.InDoubt);
        others = new Requirement(tally.OthersInitial, tally.OthersMaintenance);
        for (int i = 0; i < tally.Count; i++)
        {
            tally.Parts[i] = Conclude(tally.Parts[i].Index, ref tally.Sums[i]);
        }
        if (tally.Count > 0 && firstLosses.Length >= ScenarioGrid.Count)
        {
            ((ReadOnlySpan<long>)tally.Sums[0].Losses).CopyTo(firstLosses);
        }
        return tally.Count;
    }

    private static void Add(ref IndexSums sums, in MarketRisk risk, ReadOnlySpan<long> losses, long lots, long openInterestLots)
    {
        AddLosses(sums.Losses, losses, lots);
        long held = Math.Abs(lots);
        long value = held * risk.ValuePerLot;
        long delta = lots * risk.DeltaPerLot;
        sums.Gross += value;
        sums.Net += delta;
        sums.ShortOptions += risk.IsOption && lots < 0 ? value : 0;
        // Its share of itself, open interest and depth, rounded up to a millionth.
        long share = (held * Rounding.Million / Math.Max(held + openInterestLots + risk.DepthLots, 1)) + 1;
        sums.Concentration += Rounding.PpmCeiling(Rounding.PpmCeiling(value, ConcentrationPpm), share);
        int e = 0;
        while (e < sums.Expiries && sums.ExpiryNs[e] != risk.ExpiryNs)
        {
            e++;
        }
        if (e == MostExpiries)
        {
            sums.Apart += Math.Abs(delta);
            return;
        }
        if (e == sums.Expiries)
        {
            (sums.ExpiryNs[e], sums.DeltaOf[e]) = (risk.ExpiryNs, 0);
            sums.Expiries++;
        }
        sums.DeltaOf[e] += delta;
    }

    private static PortfolioParts Conclude(int index, ref IndexSums sums)
    {
        long apart = sums.Apart;
        for (int e = 0; e < sums.Expiries; e++)
        {
            apart += Math.Abs(sums.DeltaOf[e]);
        }
        ReadOnlySpan<long> losses = sums.Losses;
        long most = MaxOf(losses);
        return new PortfolioParts(
            index, losses.IndexOf(most), most,
            Rounding.PpmCeiling(Math.Abs(sums.Net), FloorNetPpm) + Rounding.PpmCeiling(sums.Gross, FloorGrossPpm),
            Rounding.PpmCeiling(sums.ShortOptions, ShortOptionPpm), Rounding.PpmCeiling(Math.Max(apart - Math.Abs(sums.Net), 0), BasisPpm),
            sums.Concentration);
    }

    // Bounded at listing and when losses are computed, so that nothing wraps.
    private static void AddLosses(Span<long> sums, ReadOnlySpan<long> perLot, long lots)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<long> eight = Vector512.Create(lots);
            for (int i = 0; i < ScenarioGrid.Count; i += Vector512<long>.Count)
            {
                (Vector512.Create<long>(sums.Slice(i, 8)) + (Vector512.Create(perLot.Slice(i, 8)) * eight)).CopyTo(sums[i..]);
            }
            return;
        }
        var factor = new Vector<long>(lots);
        for (int i = 0; i < ScenarioGrid.Count; i += Vector<long>.Count)
        {
            (new Vector<long>(sums[i..]) + (new Vector<long>(perLot[i..]) * factor)).CopyTo(sums[i..]);
        }
    }

    private static long MaxOf(ReadOnlySpan<long> values)
    {
        var most = new Vector<long>(values);
        for (int i = Vector<long>.Count; i < values.Length; i += Vector<long>.Count)
        {
            most = Vector.Max(most, new Vector<long>(values[i..]));
        }
        long result = most[0];
        for (int i = 1; i < Vector<long>.Count; i++)
        {
            result = Math.Max(result, most[i]);
        }
        return result;
    }

    // Orders net with nothing until they fill: each side as a position of its own, the larger of the two.
    private static long OrdersAtoms(in Market market, in OpenOrders open)
    {
        long bought = MarginTiers.Of(in market, open.BuyLots, default).InitialAtoms + (open.BuyReserve * market.AtomsPerTickLot);
        long sold = MarginTiers.Of(in market, -open.SellLots, default).InitialAtoms + (open.SellReserve * market.AtomsPerTickLot);
        return Math.Max(bought, sold);
    }

    // What a sum over positions needs of a market, close together.
    private struct MarketRisk
    {
        public long ValuePerLot;
        public long DeltaPerLot;
        public long ExpiryNs;
        public long DepthLots;
        public ushort Index;
        public bool IsModelled;
        public bool IsOption;
        public bool InDoubt;
    }

    private ref struct Tally
    {
        public Span<PortfolioParts> Parts;
        public Span<IndexSums> Sums;
        public int Count;
        public long OrdersAtoms;
        public long OthersInitial;
        public long OthersMaintenance;
        public bool InDoubt;
    }

    private struct IndexSums
    {
        public ScenarioSums Losses;
        public ExpirySums ExpiryNs;
        public ExpirySums DeltaOf;
        public int Expiries;
        public long Gross;
        public long Net;
        public long Apart;
        public long ShortOptions;
        public long Concentration;
    }

    [InlineArray(ScenarioGrid.Count)]
    private struct ScenarioSums
    {
        private long _first;
    }

    [InlineArray(MostExpiries)]
    private struct ExpirySums
    {
        private long _first;
    }
}
