using System;
using System.Collections.Generic;
using Surety.Engine;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Views;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>A position with all that its owner wants to know of it; copied from the state on the sequencer's thread.</summary>
public sealed record PositionView(
    int Market, long Lots, long EntryCostAtoms, long UnrealisedAtoms, long FundingAtoms, long MarkTicks, long IndexTicks, long InitialAtoms,
    long MaintenanceAtoms,
    bool IsIsolated, long IsolatedAtoms, decimal? LiquidationTicks, PositionGreeks Greeks, int DeltaPpm, int AdlPlace, int AdlOf,
    long OrdersAtoms, long ValueAtoms, long FundingIndex)
{
    /// <summary>No position in a market.</summary>
    public static PositionView Flat(int market, long markTicks, long indexTicks) =>
        new(market, 0, 0, 0, 0, markTicks, indexTicks, 0, 0, false, 0, null, default, 0, 0, 0, 0, 0, 0);
}

/// <summary>
/// What a channel of an account's changes tells with them: the account, marks and indices of all markets, and the last command of it all.
/// </summary>
internal sealed record ChangesView(AccountView Account, (long Mark, long Index)[] Prices, ulong Sequence)
{
    public static ChangesView Of(Engine.Blocks.Ledger ledger, uint account)
    {
        IndexedState state = ledger.Engine.State;
        var prices = new (long, long)[state.Counts.Markets];
        for (int m = 0; m < prices.Length; m++)
        {
            ref readonly Market market = ref state.Markets[m];
            prices[m] = (market.MarkTicks, market.Kind == MarketKind.Contract ? market.UnderlyingTicks : market.IndexTicks);
        }
        return new ChangesView(AccountView.Of(ledger.Engine, account), prices, ledger.LastSequence);
    }
}

/// <summary>An account's money and risk; copied from the state on the sequencer's thread.</summary>
public sealed record AccountView(
    uint Account, uint Owner, int Pool, bool IsPortfolio, Health Health, IReadOnlyList<long> Balances, IReadOnlyList<int> Assets,
    long UnrealisedAtoms, int MakerPpm, int TakerPpm, long VolumeAtoms, int LiveOrders, IReadOnlyList<PositionView> Positions, long TimeNs)
{
    /// <summary>An account as it is now.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="number">The account.</param>
    /// <param name="places">Whether to look up places in the deleveraging queues, which costs a look at everyone on that side.</param>
    public static AccountView Of(SuretyEngine engine, uint number, bool places = false)
    {
        IndexedState state = engine.State;
        ref readonly Account account = ref state.Accounts[(int)number];
        var balances = new List<long>();
        var assets = new List<int>();
        (int maker, int taker) = (0, 0);
        bool inPool = account.Pool < state.Counts.Pools;
        if (inPool)
        {
            ref readonly Pool pool = ref state.Pools[account.Pool];
            for (int i = 0; i < pool.CollateralCount; i++)
            {
                balances.Add(account.Balances[i]);
                assets.Add(pool.Collateral[i]);
            }
            for (int i = 0; i < pool.FeeTierCount; i++)
            {
                if (account.VolumeAtoms >= pool.FeeTiers[i].FromVolumeAtoms)
                {
                    (maker, taker) = (pool.FeeTiers[i].MakerPpm, pool.FeeTiers[i].TakerPpm);
                }
            }
        }
        Health health = inPool ? engine.Margin.Cross(number) : default;
        var positions = new List<PositionView>();
        long unrealised = 0;
        int first = (int)number * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] != 0 && state.Positions[row].Lots != 0)
            {
                PositionView position = Position(engine, row, in health, places);
                positions.Add(position);
                unrealised += position.UnrealisedAtoms;
            }
        }
        return new AccountView(
            number, account.Owner, account.Pool, inPool && engine.Margin.IsPortfolio(account.Pool), health, balances, assets, unrealised,
            maker, taker, account.VolumeAtoms, account.LiveOrders, positions, state.TimeNs);
    }

    private static PositionView Position(SuretyEngine engine, int row, in Health cross, bool places)
    {
        IndexedState state = engine.State;
        ref readonly Position position = ref state.Positions[row];
        int number = position.Market.Number;
        ref readonly Market market = ref state.Markets[number];
        Requirement need = engine.Margin.RiskOf(row);
        Health unit = position.IsIsolated ? engine.Margin.Isolated(row) : cross;
        (int place, int of) = places ? engine.Deleveraging.PlaceOf(row) : (0, 0);
        return new PositionView(
            number, position.Lots, position.EntryCostAtoms, AccountMargin.UnrealisedAtoms(in market, in position),
            -position.Lots * (market.FundingIndex - position.FundingIndex),
            market.MarkTicks, market.Kind == MarketKind.Contract ? market.UnderlyingTicks : market.IndexTicks, need.InitialAtoms,
            need.MaintenanceAtoms, position.IsIsolated, position.IsolatedAtoms,
            Liquidation(engine, in market, in position, in unit, need.MaintenanceAtoms), engine.Risk.GreeksOf(row),
            market.Kind == MarketKind.Contract ? market.DeltaPpm : 1_000_000, place, of,
            engine.Risk.OrdersMarginAtoms(row), position.Lots * market.MarkTicks * market.AtomsPerTickLot, position.FundingIndex);
    }

    // The mark at which equity meets maintenance if nothing else moves: the line of profit against the line of margin at the tier of today.
    private static decimal? Liquidation(SuretyEngine engine, in Market market, in Position position, in Health unit, long maintenance)
    {
        if (market.Kind == MarketKind.Contract || (!position.IsIsolated && engine.Margin.IsPortfolio(market.Pool)))
        {
            return null;
        }
        ref readonly MarginTier tier = ref MarginTiers.TierOf(in market, MarginTiers.NotionalAtoms(in market, position.Lots));
        decimal atoms = market.AtomsPerTickLot;
        decimal lots = position.Lots;
        decimal slope = atoms * (lots - (Math.Abs(lots) * tier.MaintenancePpm / 1_000_000m));
        decimal others = unit.MaintenanceAtoms - maintenance - tier.MaintenanceDeductionAtoms;
        if (slope == 0)
        {
            return null;
        }
        decimal price = (others - unit.EquityAtoms + (lots * market.MarkTicks * atoms)) / slope;
        return price > 0 ? price : null;
    }
}

/// <summary>A side of a book: price and lots, best first.</summary>
public sealed record BookView(int Market, ulong Sequence, long TimeNs, IReadOnlyList<(long Ticks, long Lots)> Bids,
    IReadOnlyList<(long Ticks, long Lots)> Asks)
{
    /// <summary>The book as it is now, so many prices deep.</summary>
    public static BookView Of(IndexedState state, int market, ulong sequence, int depth)
    {
        OrderBook book = state.Derived.Books[market]!;
        return new BookView(market, sequence, state.TimeNs, Levels(book, Side.Buy, depth), Levels(book, Side.Sell, depth));
    }

    private static List<(long, long)> Levels(OrderBook book, Side side, int depth)
    {
        var levels = new List<(long, long)>(Math.Min(depth, 64));
        if (side == Side.Buy ? !book.HasBid : !book.HasAsk)
        {
            return levels;
        }
        long price = side == Side.Buy ? book.BestBid : book.BestAsk;
        do
        {
            levels.Add((price, book.LotsAt(price)));
        }
        while (levels.Count < depth && book.TryNextPrice(side, price, out price));
        return levels;
    }
}

/// <summary>A market's prices and totals, with the top of its book.</summary>
public sealed record MarketView(
    int Market, long TimeNs, MarketStatus Status, MarketCauses Causes, long MarkTicks, long IndexTicks, long UnderlyingTicks,
    long LastTicks, bool HasLast, bool HasMark,
    long OpenInterestLots, int FundingRatePpb, int VolatilityPpm, int DeltaPpm, long MinPriceTicks, long MaxPriceTicks, long AuctionEndNs,
    BookView Top,
    Surety.Pricing.Integers.IntegerGreeks? Greeks, Surety.Pricing.Integers.IntegerOption? Model,
    (long Price, long Lots, long Surplus)? Indicative, long FundingIndex)
{
    /// <summary>A market as it is now.</summary>
    public static MarketView Of(SuretyEngine engine, int number, ulong sequence, int depth = 1)
    {
        IndexedState state = engine.State;
        ref readonly Market m = ref state.Markets[number];
        long least = m.OrderBandPpm == 0
            ? m.MinPriceTicks
            : Math.Max(m.MinPriceTicks, m.MarkTicks - (m.MarkTicks * m.OrderBandPpm / 1_000_000));
        long most = m.OrderBandPpm == 0
            ? m.MaxPriceTicks
            : Math.Min(m.MaxPriceTicks, m.MarkTicks + (m.MarkTicks * m.OrderBandPpm / 1_000_000));
        return new MarketView(
            number, state.TimeNs, m.Status, m.Causes, m.MarkTicks, m.IndexTicks, m.UnderlyingTicks, m.LastTicks, m.HasLast != 0,
            m.HasMark != 0,
            m.OpenInterestLots, m.FundingRatePpb, m.VolatilityPpm, m.DeltaPpm, least, most, m.AuctionEndNs,
            BookView.Of(state, number, sequence, depth),
            engine.Risk.GreeksOfMarket(number), engine.Risk.ModelOfMarket(number), engine.Risk.IndicativePrice(number), m.FundingIndex);
    }

    /// <summary>
    /// The volatility at which the market's model gives a price, parts per million a year; 0 where there is none below 1,000%.
    /// </summary>
    public int ImpliedPpm(long priceTicks) => Model is { } model ? ImpliedVolatility.Ppm(in model, priceTicks) : 0;
}
