using System;
using System.Numerics;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Contracts;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Pricing.Integers;
using Surety.Terms.Analysis;

namespace Surety.Engine.Margin;

/// <summary>What the parts of one index's portfolio margin are, settlement atoms.</summary>
/// <param name="Index">The index.</param>
/// <param name="WorstScenario">The scenario that loses most.</param>
/// <param name="WorstAtoms">What it loses.</param>
/// <param name="FloorAtoms">The least that scenarios count for.</param>
/// <param name="ShortOptionsAtoms">Contingency for short options.</param>
/// <param name="BasisAtoms">Charge for deltas that offset each other between expiries.</param>
/// <param name="ConcentrationAtoms">Charge for positions that are large against open interest and depth; in initial margin only, since others change open interest.</param>
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
    /// <summary>Initial margin is maintenance by this, thousandths.</summary>
    public const int InitialMilli = 1_250;

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

    private const int MostGroups = 64;

    private readonly VenueState _state;
    private readonly long[] _losses;
    private readonly bool[] _isModelled;

    internal PortfolioMargin(VenueState state)
    {
        _state = state;
        _losses = new long[state.GenesisRef.MaxMarkets * ScenarioGrid.Count];
        _isModelled = new bool[state.GenesisRef.MaxMarkets];
        for (int market = 0; market < state.Venue[0].Markets; market++)
        {
            Refresh(market);
        }
    }

    /// <summary>Computes a market's scenario losses anew: whenever its mark changes.</summary>
    public void Refresh(int number)
    {
        ref readonly Market market = ref _state.Markets[number];
        int scanPpm = _state.Pools[market.Pool].Rules.ScanPpm;
        if (scanPpm == 0 || market.HasMark == 0)
        {
            return;
        }
        Span<long> losses = LossesOf(number);
        bool isOption = (ContractShape)market.Shape is ContractShape.Call or ContractShape.Put && market.Kind == MarketKind.Contract;
        _isModelled[number] = market.Kind != MarketKind.Contract || (ContractShape)market.Shape == ContractShape.Future || (isOption && (market.Flags & ContractFlags.Barrier) == 0);
        if (!_isModelled[number])
        {
            return;
        }
        if (isOption)
        {
            IntegerOption option = ContractMarks.OptionOf(_state, _state.Derived.Contracts, number);
            ScenarioGrid.Losses(in option, scanPpm, inDoubt: false, losses);
        }
        else
        {
            ScenarioGrid.LossesOfUnderlying(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks), scanPpm, losses);
        }
        // In atoms, and so that no sum over an account's positions leaves 64 bits.
        long most = Market.MaxPositionValue / market.MaxPositionLots;
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = (long)Int128.Clamp((Int128)losses[i] * market.AtomsPerTickLot, -most, most);
        }
    }

    /// <summary>What one long lot of a market loses in each scenario, settlement atoms.</summary>
    public ReadOnlySpan<long> LossesPerLot(int market) => LossesOf(market);

    /// <summary>Initial and maintenance margin of an account's cross-margined part.</summary>
    public Requirement Of(uint account) => Of(account, -1, -1, 0, default);

    /// <summary>The same if one of its positions had other lots and open orders.</summary>
    public Requirement Of(uint account, int changedRow, int changedMarket, long changedLots, in OpenOrders changedOpen)
    {
        Span<PortfolioParts> parts = stackalloc PortfolioParts[MostGroups];
        int count = PartsOf(account, changedRow, changedMarket, changedLots, in changedOpen, parts, default, out long ordersAtoms, out Requirement others, out bool inDoubt);
        long maintenance = 0;
        long concentration = 0;
        for (int i = 0; i < count; i++)
        {
            maintenance += parts[i].MaintenanceAtoms;
            concentration += parts[i].ConcentrationAtoms;
        }
        long initial = Rounding.MulDivCeiling(maintenance, InitialMilli, 1000) + concentration;
        initial = inDoubt ? Rounding.MulDivCeiling(initial, 3, 2) : initial;
        return new Requirement(initial + ordersAtoms + others.InitialAtoms, maintenance + others.MaintenanceAtoms);
    }

    /// <summary>The parts of an account's margin by index, and what each scenario loses in the first of them, if asked for.</summary>
    /// <returns>How many indices.</returns>
    public int Explain(uint account, Span<PortfolioParts> parts, Span<long> scenarioLosses) =>
        PartsOf(account, -1, -1, 0, default, parts, scenarioLosses, out _, out _, out _);

    /// <summary>What a position loses in the worst scenario of its index's portfolio; by formula where it has no model, or gains there.</summary>
    public Requirement RiskOf(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        int number = position.MarketPlusOne - 1;
        Requirement formula = MarginTiers.Of(in _state.Markets[number], position.Lots, default);
        if (!_isModelled[number])
        {
            return formula;
        }
        Span<PortfolioParts> parts = stackalloc PortfolioParts[MostGroups];
        int count = Explain((uint)(row / _state.PositionsPerAccount), parts, default);
        for (int i = 0; i < count; i++)
        {
            if (parts[i].Index == _state.Markets[number].Index)
            {
                long loss = position.Lots * LossesOf(number)[parts[i].WorstScenario];
                // A position that gains there is reduced last, but can be.
                return loss > 0 ? new Requirement(loss, loss) : new Requirement(Math.Max(formula.InitialAtoms / 1000, 1), Math.Max(formula.MaintenanceAtoms / 1000, 1));
            }
        }
        return formula;
    }

    private Span<long> LossesOf(int market) => _losses.AsSpan(market * ScenarioGrid.Count, ScenarioGrid.Count);

    private int PartsOf(
        uint account, int changedRow, int changedMarket, long changedLots, in OpenOrders changedOpen, Span<PortfolioParts> parts, Span<long> firstLosses,
        out long ordersAtoms, out Requirement others, out bool inDoubt)
    {
        (ordersAtoms, inDoubt) = (0, false);
        long othersInitial = 0;
        long othersMaintenance = 0;
        int groups = 0;
        Span<long> losses = stackalloc long[ScenarioGrid.Count];
        int first = (int)account * _state.PositionsPerAccount;
        Span<ushort> markets = stackalloc ushort[MostGroups];
        markets = markets[.._state.PositionsPerAccount];
        _state.Derived.MarketOfPosition.AsSpan(first, _state.PositionsPerAccount).CopyTo(markets);
        if (changedRow >= 0)
        {
            markets[changedRow - first] = (ushort)(changedMarket + 1);
        }
        for (int i = 0; i < markets.Length; i++)
        {
            if (markets[i] == 0 || _state.Positions[first + i].IsIsolated)
            {
                continue;
            }
            int number = markets[i] - 1;
            ref readonly Market market = ref _state.Markets[number];
            bool isChanged = first + i == changedRow;
            ref readonly OpenOrders open = ref isChanged ? ref changedOpen : ref _state.Derived.OpenOrders[first + i];
            long lots = isChanged ? changedLots : _state.Positions[first + i].Lots;
            if (!_isModelled[number])
            {
                Requirement need = MarginTiers.Of(in market, lots, in open);
                othersInitial += need.InitialAtoms;
                othersMaintenance += need.MaintenanceAtoms;
                continue;
            }
            ordersAtoms += OrdersAtoms(in market, in open);
            if (lots != 0)
            {
                inDoubt |= (market.Flags & ContractFlags.SurfaceInDoubt) != 0;
                // One index after another: most accounts are in one or two.
                bool known = false;
                for (int g = 0; g < groups; g++)
                {
                    known |= parts[g].Index == market.Index;
                }
                if (!known)
                {
                    parts[groups++] = new PortfolioParts { Index = market.Index };
                }
            }
        }
        others = new Requirement(othersInitial, othersMaintenance);
        for (int g = 0; g < groups; g++)
        {
            parts[g] = OfIndex(parts[g].Index, first, markets, changedRow, changedLots, losses);
            if (g == 0 && firstLosses.Length >= ScenarioGrid.Count)
            {
                losses.CopyTo(firstLosses);
            }
        }
        return groups;
    }

    private PortfolioParts OfIndex(int index, int first, ReadOnlySpan<ushort> markets, int changedRow, long changedLots, Span<long> losses)
    {
        losses.Clear();
        long net = 0;
        long gross = 0;
        long shortOptions = 0;
        long concentration = 0;
        int expiries = 0;
        Span<long> expiryOf = stackalloc long[MostGroups];
        Span<long> deltaOf = stackalloc long[MostGroups];
        for (int i = 0; i < markets.Length; i++)
        {
            int number = markets[i] - 1;
            if (number < 0 || _state.Markets[number].Index != index || !_isModelled[number] || _state.Positions[first + i].IsIsolated)
            {
                continue;
            }
            long lots = first + i == changedRow ? changedLots : _state.Positions[first + i].Lots;
            if (lots == 0)
            {
                continue;
            }
            ref readonly Market market = ref _state.Markets[number];
            AddLosses(losses, LossesOf(number), lots);
            bool isContract = market.Kind == MarketKind.Contract;
            long underlying = Math.Max(isContract ? market.UnderlyingTicks : Math.Abs(market.MarkTicks), market.MarginFloorTicks);
            long value = (long)Int128.Min((Int128)Math.Abs(lots) * underlying * market.AtomsPerTickLot, Market.MaxPositionValue);
            long delta = Math.Sign(lots) * (isContract ? Rounding.MulDivFloor(value, market.DeltaPpm, Rounding.Million) : value);
            gross += value;
            net += delta;
            shortOptions += market.StrikeTicks != 0 && lots < 0 ? value : 0;
            concentration += Concentration(in market, Math.Abs(lots), value, underlying);
            int e = 0;
            while (e < expiries && expiryOf[e] != market.ExpiryNs)
            {
                e++;
            }
            if (e == expiries)
            {
                (expiryOf[expiries], deltaOf[expiries]) = (market.ExpiryNs, 0);
                expiries++;
            }
            deltaOf[e] += delta;
        }
        long apart = 0;
        for (int e = 0; e < expiries; e++)
        {
            apart += Math.Abs(deltaOf[e]);
        }
        int worst = 0;
        for (int s = 1; s < losses.Length; s++)
        {
            worst = losses[s] > losses[worst] ? s : worst;
        }
        return new PortfolioParts(
            index, worst, losses[worst],
            Rounding.PpmCeiling(Math.Abs(net), FloorNetPpm) + Rounding.PpmCeiling(gross, FloorGrossPpm),
            Rounding.PpmCeiling(shortOptions, ShortOptionPpm), Rounding.PpmCeiling(apart - Math.Abs(net), BasisPpm), concentration);
    }

    private static long Concentration(in Market market, long lots, long value, long underlying)
    {
        long depthLots = (long)Int128.Min((Int128)market.ExternalDepthAtoms / ((Int128)underlying * market.AtomsPerTickLot), long.MaxValue / 4);
        long all = lots + market.OpenInterestLots + depthLots;
        return Rounding.MulDivCeiling(Rounding.PpmCeiling(value, ConcentrationPpm), lots, all);
    }

    // Bounded at listing and when losses are computed, so that nothing wraps.
    private static void AddLosses(Span<long> sums, ReadOnlySpan<long> perLot, long lots)
    {
        var factor = new Vector<long>(lots);
        for (int i = 0; i < sums.Length; i += Vector<long>.Count)
        {
            (new Vector<long>(sums[i..]) + (new Vector<long>(perLot[i..]) * factor)).CopyTo(sums[i..]);
        }
    }

    // Orders net with nothing until they fill: each side as a position of its own, the larger of the two.
    private static long OrdersAtoms(in Market market, in OpenOrders open)
    {
        if (open.BuyLots == 0 && open.SellLots == 0)
        {
            return 0;
        }
        long bought = MarginTiers.Of(in market, open.BuyLots, default).InitialAtoms + (open.BuyReserve * market.AtomsPerTickLot);
        long sold = MarginTiers.Of(in market, -open.SellLots, default).InitialAtoms + (open.SellReserve * market.AtomsPerTickLot);
        return Math.Max(bought, sold);
    }
}
