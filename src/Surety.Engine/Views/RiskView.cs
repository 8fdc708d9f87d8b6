using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Breakers;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Engine.State;
using Surety.Pricing.Integers;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Engine.Views;

/// <summary>What an order would do if it filled at once at its price.</summary>
/// <param name="Before">Health now of what margins the position: the account's cross-margined part, or the isolated position.</param>
/// <param name="After">The same after the fill and its fee.</param>
/// <param name="FeeAtoms">The fee as a taker, settlement atoms.</param>
/// <param name="Lots">The position after it.</param>
public readonly record struct WhatIfResult(Health Before, Health After, long FeeAtoms, long Lots)
{
    /// <summary>
    /// Atoms of the settlement asset by which initial margin would not be covered after the fill. Whether the order is taken is
    /// <see cref="SuretyEngine.WouldAnswer"/>'s to say.
    /// </summary>
    public long MissingAtoms => Math.Max(After.InitialAtoms > Before.InitialAtoms ? After.InitialAtoms - After.OpeningAtoms : 0, 0);
}

/// <summary>Greeks of a position in money: what the account gains, settlement atoms.</summary>
/// <param name="DeltaAtoms">For a rise of the underlying by one hundredth.</param>
/// <param name="GammaAtoms">What that rises by for a rise of the underlying by one hundredth.</param>
/// <param name="VegaAtoms">For a rise of volatility by one point.</param>
/// <param name="ThetaAtoms">For a day that passes.</param>
public readonly record struct PositionGreeks(long DeltaAtoms, long GammaAtoms, long VegaAtoms, long ThetaAtoms);

/// <summary>Questions about an account's risk that change nothing.</summary>
public sealed class RiskView
{
    private readonly IndexedState _state;
    private readonly AccountMargin _margin;
    private readonly FeeSchedule _fees;

    internal RiskView(IndexedState state, AccountMargin margin, FeeSchedule fees) => (_state, _margin, _fees) = (state, margin, fees);

    /// <summary>What an order of signed lots (negative sells) would do to margin, filled at a price in ticks.</summary>
    /// <exception cref="ArgumentException">The account or market does not exist, has no mark, or the account has no room for another
    /// market.</exception>
    public WhatIfResult WhatIf(uint account, int market, long lots, long priceTicks)
    {
        if (account >= _state.Counts.Accounts || market < 0 || market >= _state.Counts.Markets)
        {
            throw new ArgumentException($"There is no account {account} or no market {market}.", nameof(account));
        }
        ref readonly Market terms = ref _state.Markets[market];
        if (terms.HasMark == 0 || _state.Accounts[(int)account].Pool != terms.Pool)
        {
            throw new ArgumentException($"Market {terms.Name} has no mark yet, or is in another pool than account {account}.",
                nameof(market));
        }
        int row = _state.FindPosition(account, market);
        int first = (int)account * _state.PositionsPerAccount;
        if (row < 0)
        {
            int free = _state.Derived.MarketOfPosition.AsSpan(first, _state.PositionsPerAccount).IndexOf((ushort)0);
            row = free < 0
                ? throw new ArgumentException($"Account {account} is in as many markets as it may be.", nameof(account))
                : first + free;
        }
        long held = _state.Positions[row].Lots;
        Health before = _margin.OfPosition(row);
        OpenOrders open = _state.Derived.MarketOfPosition[row] == 0 ? default : _state.Derived.OpenOrders[row];
        Requirement more = _margin.Change(row, market, held + lots, in open);
        long notional = Math.Abs(lots) * Math.Abs(priceTicks) * terms.AtomsPerTickLot;
        long fee = Math.Max(_fees.TakerFee(account, notional), 0);
        long gain = (lots * (terms.MarkTicks - priceTicks) * terms.AtomsPerTickLot) - fee;
        long opening =
            Math.Min(before.OpeningAtoms + Math.Min(gain, 0), _margin.OpeningAfterFill(row, in terms, in before, lots, priceTicks, fee));
        long realised = Booking.CashOfFill(in terms, in _state.Positions[row], lots, priceTicks);
        var after = new Health(
            before.EquityAtoms + gain, opening, before.InitialAtoms + more.InitialAtoms, before.MaintenanceAtoms + more.MaintenanceAtoms,
            before.UnrealisedAtoms + gain + fee - realised);
        return new WhatIfResult(before, after, fee, held + lots);
    }

    /// <summary>Whether the account is in a market, or may be in one more.</summary>
    public bool HasRoom(uint account, int market) =>
        _state.FindPosition(account, market) >= 0
            || _state.Derived.MarketOfPosition.AsSpan((int)account * _state.PositionsPerAccount, _state.PositionsPerAccount)
            .Contains((ushort)0);

    /// <summary>Greeks of a position by its row; of what has no model only delta, where it is plain.</summary>
    public PositionGreeks GreeksOf(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        if (position.Lots == 0)
        {
            return default;
        }
        int number = position.Market.Number;
        ref readonly Market market = ref _state.Markets[number];
        bool isContract = market.Kind == MarketKind.Contract;
        long underlying = isContract ? market.UnderlyingTicks : market.MarkTicks;
        Int128 unit = (Int128)position.Lots * market.AtomsPerTickLot;
        if (!HasGreeks(in market))
        {
            int deltaPpm = isContract ? market.DeltaPpm : (int)Rounding.Million;
            return new PositionGreeks((long)(unit * underlying * deltaPpm / 100 / Rounding.Million), 0, 0, 0);
        }
        IntegerGreeks g = GreeksOfMarket(number)!.Value;
        return new PositionGreeks(
            (long)(unit * underlying * g.DeltaPpm / 100 / Rounding.Million),
            (long)(unit * underlying * g.GammaPpm / 100 / Rounding.Million),
            (long)(unit * g.Vega / Rounding.Million), (long)(unit * g.Theta / Rounding.Million));
    }

    /// <summary>
    /// An option as its market's model knows it; null for what has no model, or one that a single volatility does not explain.
    /// </summary>
    public IntegerOption? ModelOfMarket(int number) =>
        HasGreeks(in _state.Markets[number]) && (_state.Markets[number].Flags & ContractFlags.Barrier) == 0
            ? ContractMarks.OptionOf(_state, _state.Derived.Contracts, number)
            : null;

    /// <summary>
    /// Initial margin that open orders of a position's market take beyond what the position itself takes, settlement atoms.
    /// </summary>
    public long OrdersMarginAtoms(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        OpenOrders none = default;
        return Math.Max(-_margin.Change(row, position.Market.Number, position.Lots, in none).InitialAtoms, 0);
    }

    /// <summary>Greeks of one unit of an option's market; null for what has no model.</summary>
    public IntegerGreeks? GreeksOfMarket(int number) =>
        HasGreeks(in _state.Markets[number])
            ? IntegerOptions.GreeksOf(ContractMarks.OptionOf(_state, _state.Derived.Contracts, number)) with
            {
                DeltaPpm =
                _state.Markets[number].DeltaPpm
            } : null;

    /// <summary>
    /// The price at which a market's auction would uncross now, the lots that would trade, and those of the larger side left over; null
    /// when it has none or nothing would trade.
    /// </summary>
    public (long PriceTicks, long Lots, long SurplusLots)? IndicativePrice(int market) =>
        _state.Markets[market].Status == MarketStatus.Auction
            && CallAuction.TryFindPrice(_state, market, out long price, out long lots, out long surplus)
            ? (price, lots, surplus) : null;

    private static bool HasGreeks(in Market market) =>
        market.Kind == MarketKind.Contract && (ContractShape)market.Shape is (ContractShape.Call or ContractShape.Put)
            && market.VolatilityPpm != 0;
}
