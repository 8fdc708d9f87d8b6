using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>Everything a run was seen to do, which expectations are held against.</summary>
internal sealed class ScenarioOutcome(ScenarioVenue venue)
{
    public List<(long Ns, int Market, MarketStatus From, MarketStatus To, MarketCauses Causes)> Statuses { get; } = [];

    public List<(long Ns, int Index, PriceState From, PriceState To)> PriceStates { get; } = [];

    public List<(long Ns, int Index, decimal Price)> Prices { get; } = [];

    public List<(long Ns, uint Account, LiquidationEnded Event)> Liquidations { get; } = [];

    public List<(long Ns, PositionTransferred Event)> Transfers { get; } = [];

    public List<(long Ns, int Market, long Ticks, long Lots, Side Side)> LiquidationTrades { get; } = [];

    public List<(long Ns, int Market, long Ticks)> Trades { get; } = [];

    public List<(long Ns, CollateralSold Event)> CollateralSales { get; } = [];

    public List<(long Ns, LossShared Event)> SharedLosses { get; } = [];

    public List<(long Ns, ContractEnded Event)> Ended { get; } = [];

    public List<(long Ns, EventKind Kind, ContractExercised Event)> Exercised { get; } = [];

    public List<(long Ns, int Index, string Source, CommandRefused Event)> RefusedReports { get; } = [];

    /// <summary>The index and the source of the report that is being sent.</summary>
    public (int Index, string Source) Reporting { get; set; }

    /// <summary>Marks as they stood after each step, where they had moved.</summary>
    public List<(long Ns, int Market, long Ticks)> Marks { get; } = [];

    /// <summary>The venue's number of the order, trigger or TWAP that an event placed.</summary>
    public Dictionary<string, (ulong Order, int Market)> Orders { get; } = [];

    /// <summary>Lots that each order traded.</summary>
    public Dictionary<ulong, long> Filled { get; } = [];

    /// <summary>How each order ended; one that is not here rests or waits.</summary>
    public Dictionary<ulong, EndReason> Endings { get; } = [];

    /// <summary>What each trigger, TWAP or order placed: its children.</summary>
    public Dictionary<ulong, List<ulong>> Children { get; } = [];

    public Dictionary<(uint Account, int Asset), long> Withdrawn { get; } = [];

    public Dictionary<int, long> LargestOpenInterestAtoms { get; } = [];

    /// <summary>What each fund was worth at the start and at its lowest, by the way of counting.</summary>
    public Dictionary<(int Pool, string Way), (decimal Start, decimal Least)> Funds { get; } = [];

    /// <summary>What a person should know of the run, with the time since the start.</summary>
    public List<(long Ns, string Text)> Notes { get; } = [];

    /// <summary>The most that accounts were together below zero and not held, at any step.</summary>
    public long WorstUncoveredAtoms { get; private set; }

    public string? Violation { get; private set; }

    /// <summary>Whether the engine found itself wrong, and the run ended there.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Ends the run with a violation.</summary>
    public void Stop(string why)
    {
        Stopped = true;
        Violation ??= why;
        Notes.Add((venue.TimeNs, why));
    }

    /// <summary>Refusals by the event that asked: id, code, message.</summary>
    public Dictionary<string, (RefusalCode Code, string Message)> Answers { get; } = [];

    private readonly Dictionary<int, long> _lastMarks = [];

    /// <summary>Takes in what the last command caused; returns a refusal's detail.</summary>
    public long Follow(RefusalCode code)
    {
        long now = venue.TimeNs;
        long detail = 0;
        IndexedState state = venue.State;
        var reader = new EventReader(venue.Engine.Events.Log.Bytes, venue.Ledger.EventsFrom);
        while (reader.MoveNext())
        {
            switch (reader.Kind)
            {
                case EventKind.CommandRefused:
                    CommandRefused refused = reader.As<CommandRefused>();
                    detail = refused.Detail;
                    if (refused.Kind == CommandKind.ReportPrice)
                    {
                        RefusedReports.Add((now, Reporting.Index, Reporting.Source, refused));
                    }
                    break;
                case EventKind.MarketStatusChanged:
                    MarketStatusChanged s = reader.As<MarketStatusChanged>();
                    Statuses.Add((now, s.Market, s.From, s.To, s.Causes));
                    Notes.Add(
                        (now, $"{venue.Markets[s.Market].Name}: {s.From} to "
                            + $"{s.To}{(s.Causes == MarketCauses.None ? "" : $" ({s.Causes})")}"));
                    break;
                case EventKind.IndexStateChanged:
                    IndexStateChanged i = reader.As<IndexStateChanged>();
                    PriceStates.Add((now, i.Index, i.From, i.To));
                    string turn =
                        $"index {state.Indexes[i.Index].Name}: {i.From} to "
                        + $"{i.To}{(i.To == PriceState.Quarantined ? $", {Units(i.Index, i.Candidate)} waits for confirmation" : "")}";
                    // Sources report one after the other: a disagreement that is over at the same moment is not worth a line.
                    if (i is { From: PriceState.Wide, To: PriceState.Good } && Notes.Count > 0 && Notes[^1].Ns == now
                        && Notes[^1].Text.EndsWith("Good to Wide", StringComparison.Ordinal))
                    {
                        Notes.RemoveAt(Notes.Count - 1);
                    }
                    else
                    {
                        Notes.Add((now, turn));
                    }
                    break;
                case EventKind.IndexChanged:
                    IndexChanged p = reader.As<IndexChanged>();
                    Prices.Add((now, p.Index, Units(p.Index, p.Price)));
                    break;
                case EventKind.LiquidationEnded:
                    LiquidationEnded l = reader.As<LiquidationEnded>();
                    Liquidations.Add((now, l.Header.Account, l));
                    Notes.Add(
                        (now, $"{venue.AccountName(l.Header.Account)} liquidated: {l.Outcome}, "
                            + $"{Money(l.Header.Account, l.ResidualAtoms)} left when the book had given what it could"));
                    break;
                case EventKind.PositionTransferred:
                    PositionTransferred t = reader.As<PositionTransferred>();
                    Transfers.Add((now, t));
                    break;
                case EventKind.Trade:
                    Trade trade = reader.As<Trade>();
                    Trades.Add((now, trade.Market, trade.PriceTicks));
                    Filled[trade.TakerOrder] = Filled.GetValueOrDefault(trade.TakerOrder) + trade.Lots;
                    Filled[trade.MakerOrder] = Filled.GetValueOrDefault(trade.MakerOrder) + trade.Lots;
                    if (trade.Liquidation == 1)
                    {
                        LiquidationTrades.Add((now, trade.Market, trade.PriceTicks, trade.Lots, trade.TakerSide));
                    }
                    break;
                case EventKind.OrderPlaced:
                    OrderPlaced placed = reader.As<OrderPlaced>();
                    if (placed.Parent != 0)
                    {
                        (Children.TryGetValue(placed.Parent, out List<ulong>? children) ? children : Children[placed.Parent] = [])
                            .Add(placed.OrderId);
                    }
                    break;
                case EventKind.OrderEnded:
                    OrderEnded over = reader.As<OrderEnded>();
                    Endings[over.OrderId] = over.Reason;
                    break;
                case EventKind.ContractEnded:
                    ContractEnded ended = reader.As<ContractEnded>();
                    Ended.Add((now, ended));
                    var its = venue.Markets[ended.Market];
                    string pays = (ended.PriceTicks * its.Tick).ToString("0.########", CultureInfo.InvariantCulture);
                    Notes.Add((now, $"{its.Name} ended: it pays {pays}"));
                    break;
                case EventKind.ContractExercised or EventKind.ContractAssigned:
                    ContractExercised x = reader.As<ContractExercised>();
                    Exercised.Add((now, reader.Kind, x));
                    decimal amount = Math.Abs(x.Lots) * venue.Markets[x.Market].Lot;
                    Notes.Add(
                        (now, $"{venue.AccountName(x.Header.Account)} "
                            + $"{(reader.Kind == EventKind.ContractExercised ? "exercised" : "was assigned")} "
                            + $"{amount.ToString("0.########", CultureInfo.InvariantCulture)} of {venue.Markets[x.Market].Name}"));
                    break;
                case EventKind.CollateralSold:
                    CollateralSales.Add((now, reader.As<CollateralSold>()));
                    break;
                case EventKind.LossShared:
                    SharedLosses.Add((now, reader.As<LossShared>()));
                    break;
                case EventKind.BalanceChanged:
                    BalanceChanged b = reader.As<BalanceChanged>();
                    if (b.Reason is BalanceReason.Withdrawal or BalanceReason.WithdrawalReturned)
                    {
                        (uint, int) key = (b.Header.Account, b.Asset);
                        Withdrawn[key] = Withdrawn.GetValueOrDefault(key) - b.ChangeAtoms;
                    }
                    break;
                default:
                    break;
            }
        }
        return code == RefusalCode.None ? 0 : detail;
    }

    /// <summary>Looks at the whole venue after a step.</summary>
    public void Look()
    {
        IndexedState state = venue.State;
        for (int market = 0; market < state.Counts.Markets; market++)
        {
            long notional = MarginTiers.NotionalAtoms(in state.Markets[market], state.Markets[market].OpenInterestLots);
            LargestOpenInterestAtoms[market] = Math.Max(LargestOpenInterestAtoms.GetValueOrDefault(market), notional);
            if (!_lastMarks.TryGetValue(market, out long mark) || mark != state.Markets[market].MarkTicks)
            {
                _lastMarks[market] = state.Markets[market].MarkTicks;
                Marks.Add((venue.TimeNs, market, state.Markets[market].MarkTicks));
            }
        }
        for (int pool = 0; pool < state.Counts.Pools; pool++)
        {
            foreach (string way in Worth.Ways)
            {
                decimal worth = Worth.Of(venue.Engine, state.Pools[pool].InsuranceAccount, way);
                (decimal start, decimal least) = Funds.TryGetValue((pool, way), out (decimal Start, decimal Least) fund)
                    ? fund
                    : (worth, worth);
                Funds[(pool, way)] = (start, Math.Min(least, worth));
            }
        }
        long uncovered = 0;
        for (uint account = 1; account < (uint)state.Counts.Accounts; account++)
        {
            Health health = venue.Engine.Margin.Cross(account);
            // A deficit is one at prices: a debt that coins cover at their price, though not after haircuts, is none.
            long worth = health.EquityAtoms < 0 ? venue.Engine.Margin.WorthOfUnit(MarginUnit.Cross(account)) : 0;
            if (worth < 0 && PriceDoubt.MustAct(state, MarginUnit.Cross(account), in health))
            {
                uncovered -= worth;
            }
        }
        WorstUncoveredAtoms = Math.Max(WorstUncoveredAtoms, uncovered);
        Violation ??= Audit.FindViolation(venue.Engine);
    }

    /// <summary>Index units as a price.</summary>
    public decimal Units(int index, long units) => units / ScenarioTerms.Power(venue.State.Indexes[index].Decimals);

    /// <summary>Settlement atoms of an account's pool as an amount.</summary>
    public string Money(uint account, long atoms)
    {
        int pool = venue.State.Accounts[(int)account].Pool;
        ref readonly Asset asset = ref venue.State.Assets[venue.State.Pools[pool].Collateral[0]];
        return string.Create(CultureInfo.InvariantCulture, $"{FixedDecimal.Format(atoms, asset.Decimals)} {asset.Name}");
    }
}
