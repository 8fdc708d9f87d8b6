using System;
using System.Collections.Generic;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Oracles;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// What a change would do to those who hold positions, found out by doing it: the rows are changed, every account is asked by the same
/// margin as ever, and the rows are put back as they were. No event is written.
/// </summary>
internal sealed class Shadow(IndexedState state, EventLog events, AccountMargin margin, MarkPrices marks)
{
    private readonly List<int> _standing = [];
    private readonly List<(int Number, Market Row, RunningContract Contract)> _saved = [];

    /// <summary>
    /// Units above maintenance now that would not be with other terms of a market: at the mark that stands, at the one that the terms
    /// make of the basis that stands, and at the one that they let the book make of it in time.
    /// </summary>
    public long CountFallen(int number, in Market changed)
    {
        FindStanding(number);
        events.IsMuted = true;
        Save(number);
        long fallen = 0;
        for (int way = 0; way < 3; way++)
        {
            ref Market row = ref state.Markets.Write(number);
            row = changed;
            if (way > 0 && row.HasMark == 1)
            {
                marks.Remark(number, settled: way == 2);
            }
            margin.Portfolio.Refresh(number);
            fallen = Math.Max(fallen, CountBelow());
        }
        PutBack();
        events.IsMuted = false;
        return fallen;
    }

    /// <summary>Units above maintenance now that would not be if an index's row, with the price in it, were another.</summary>
    public long CountFallen(int index, in PriceIndex changed)
    {
        FindStanding(-1);
        events.IsMuted = true;
        PriceIndex before = state.Indexes[index];
        state.Indexes.Write(index) = changed;
        for (int number = 0; number < state.Counts.Markets; number++)
        {
            int observation = state.Derived.Contracts.ObservationOf(number, index);
            if (state.Markets[number].Status == MarketStatus.Expired || state.Markets[number].HasMark == 0
                || (observation < 0 && state.Markets[number].Index != index && !state.Markets[number].Surface.Exists))
            {
                continue;
            }
            Save(number);
            if (observation >= 0)
            {
                Terms.Syntax.Observation range = state.Derived.Contracts.ProgramOf(number)!.Contract.Observations[observation];
                state.Contracts.Write(number).State.Prices[observation] =
                    Int128.Clamp(ListedContracts.ToFixed(changed.Price, changed.Decimals), range.Low, range.High);
            }
            marks.Apply(number, state.Indexes[state.Markets[number].Index].Price);
        }
        long fallen = CountBelow();
        state.Indexes.Write(index) = before;
        PutBack();
        events.IsMuted = false;
        return fallen;
    }

    // A unit is an isolated position's row, or the complement of an account's number.
    private void FindStanding(int market)
    {
        _standing.Clear();
        for (int account = 0; account < state.Counts.Accounts; account++)
        {
            if (state.Accounts[account].Pool == ushort.MaxValue)
            {
                continue;
            }
            bool cross = market < 0;
            for (int row = account * state.PositionsPerAccount; row < (account + 1) * state.PositionsPerAccount; row++)
            {
                int held = state.Derived.MarketOfPosition[row] - 1;
                if (held < 0 || state.Positions[row].Lots == 0 || (market >= 0 && held != market))
                {
                    continue;
                }
                cross |= !state.Positions[row].IsIsolated;
                if (state.Positions[row].IsIsolated && margin.Isolated(row).CoversMaintenance)
                {
                    _standing.Add(row);
                }
            }
            if (cross && margin.Cross((uint)account).CoversMaintenance)
            {
                _standing.Add(~account);
            }
        }
    }

    private long CountBelow()
    {
        long below = 0;
        foreach (int unit in _standing)
        {
            Health health = unit < 0 ? margin.Cross((uint)~unit) : margin.Isolated(unit);
            below += health.CoversMaintenance ? 0 : 1;
        }
        return below;
    }

    private void Save(int number) => _saved.Add((number, state.Markets[number], state.Contracts[number]));

    private void PutBack()
    {
        foreach ((int number, Market row, RunningContract contract) in _saved)
        {
            state.Markets.Write(number) = row;
            if (row.Kind == MarketKind.Contract)
            {
                state.Contracts.Write(number) = contract;
            }
            margin.Portfolio.Refresh(number);
        }
        _saved.Clear();
    }
}
