using System;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Margin;

/// <summary>
/// Measures a position's leverage when its owner acts: at each of its trades, and for all of an account's positions when money
/// leaves it. What others do to an account (prices, transfers to it) measures nothing.
/// </summary>
internal sealed class LeverageKeeping(IndexedState state, AccountMargin margin)
{
    /// <summary>A position has traded; its place in the order of deleveraging was marked before.</summary>
    public void Traded(int row, ref Position position, in Market market, long lotsBefore)
    {
        if (position.Lots == 0)
        {
            position.Leverage = 0;
            return;
        }
        if (Math.Abs(position.Lots) < Math.Abs(lotsBefore) && (lotsBefore > 0) == (position.Lots > 0))
        {
            position.Leverage = LeverageBand.Reduced(position.Leverage, Math.Abs(lotsBefore), Math.Abs(position.Lots));
            return;
        }
        int measured = Measure(row, in position, in market);
        bool isNew = lotsBefore == 0 || (lotsBefore > 0) != (position.Lots > 0);
        position.Leverage = isNew ? LeverageBand.Opened(measured) : LeverageBand.After(position.Leverage, measured, state.TimeNs);
    }

    /// <summary>The owner of an account moved money out of it, or between it and an isolated position.</summary>
    public void MoneyMoved(uint account)
    {
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0)
            {
                continue;
            }
            int measured = Measure(row, in position, in state.Markets[position.Market.Number]);
            uint leverage = LeverageBand.After(position.Leverage, measured, state.TimeNs);
            if (leverage != position.Leverage)
            {
                state.Derived.Deleveraging.Mark(row);
                state.Positions.Write(row).Leverage = leverage;
            }
        }
    }

    private int Measure(int row, in Position position, in Market market) =>
        LeverageBand.Measure(MarginTiers.NotionalAtoms(in market, position.Lots), margin.FundsBehind(row));
}
