using System;
using System.Numerics;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <content>What a trade does to lots, cost, cash and leverage, and what it pays in fees.</content>
public sealed partial class SlowVenue
{
    private void Book(uint account, int number, long lots, long price, BigInteger fee) =>
        BookCost(account, number, lots, (BigInteger)lots * price * _markets[number].AtomsPerTickLot, fee);

    // Lots, cost and cash: funding that is due is paid, then what is closed realises its profit.
    private void BookCost(uint account, int number, long lots, BigInteger cost, BigInteger fee)
    {
        Market market = _markets[number];
        Position position = Position(RowOf(account, number));
        Account holder = _accounts[account];
        BigInteger cash = holder.Balances[0] - fee - ((BigInteger)position.Lots * (market.FundingIndex - position.FundingIndex));
        BigInteger before = position.Lots;
        BigInteger entry = position.EntryCostAtoms;
        if (before == 0 || before.Sign == Math.Sign(lots))
        {
            entry += cost;
        }
        else if (lots != 0)
        {
            BigInteger held = BigInteger.Abs(before);
            BigInteger traded = Math.Abs(lots);
            // Of a trade beyond what is held a part closes; of a position that is not closed whole, its part of the cost.
            BigInteger closing = traded <= held ? cost : Whole.Floor(cost * held, traded);
            BigInteger closed = traded >= held ? entry : Whole.Floor(entry * traded, held);
            cash += -closing - closed;
            entry += cost - closing - closed;
        }
        holder.Balances[0] = (long)cash;
        position.Lots += lots;
        position.EntryCostAtoms = (long)entry;
        position.FundingIndex = market.FundingIndex;
        position.Market = OptionalId.Of(number);
        position.Leverage = LeverageAfter(holder, position, (long)before, cash + fee).Field;
        _accounts[account] = holder;
        _positions[RowOf(account, number)] = position;
        _queue?.Change(RowOf(account, number), position);
    }

    // A trade that adds measures it; lots that are given up lower it.
    private SlowLeverage LeverageAfter(Account holder, Position position, long before, BigInteger cash)
    {
        var remembered = SlowLeverage.Of(position.Leverage);
        if (position.Lots == 0)
        {
            return default;
        }
        bool isNew = before == 0 || Math.Sign(before) != Math.Sign(position.Lots);
        if (!isNew && Math.Abs(position.Lots) < Math.Abs(before))
        {
            return remembered.Reduced(Math.Abs(before), Math.Abs(position.Lots));
        }
        BigInteger notional = SlowMargin.Notional(_markets[position.Market.Number], position.Lots);
        int measured = SlowLeverage.Measure(notional, cash + Margin.CoinsValue(holder));
        return isNew ? SlowLeverage.Opened(measured) : remembered.After(measured, _timeNs);
    }

    // By traded volume; rounded up, a rebate toward zero.
    private BigInteger Fee(uint account, BigInteger notional, bool maker)
    {
        FeeTier tier = _pool.FeeTiers[0];
        for (int i = 1; i < _pool.FeeTierCount && _accounts[account].VolumeAtoms >= _pool.FeeTiers[i].FromVolumeAtoms; i++)
        {
            tier = _pool.FeeTiers[i];
        }
        return Whole.Ceiling(notional * (maker ? tier.MakerPpm : tier.TakerPpm), Whole.Million);
    }
}
