using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Closes lots that found no taker against those on the other side. Every lot closes at mark; only what neither account nor
/// fund covered is taken from those who gained, lot by lot and never more than their gain. The order is profit per lot times the
/// band of leverage (<see cref="DeleverageOrder"/>); none gives more than half of what it could before all have given
/// as much; lots that hedge something on the same index come last of all. Costs follow those who are asked.
/// </summary>
public sealed class AutoDeleveraging
{
    private readonly IndexedState _state;
    private readonly EventLog _events;
    private readonly PositionKeeping _keeping;
    private readonly Hedges _hedges;

    // In one round none gives more than a half: a smaller share asks more accounts for the same lots, and costs grow with those asked.
    private const int Rounds = 2;

    // How far ahead in a list memory is asked for.
    private const int RowsAhead = 8;

    private readonly Walk?[] _walks;
    private (long TimeNs, ulong Sequence) _step = (-1, 0);

    internal AutoDeleveraging(IndexedState state, EventLog events, AccountMargin margin, PositionKeeping keeping)
    {
        _state = state;
        _events = events;
        _keeping = keeping;
        _hedges = new Hedges(state, margin);
        _walks = new Walk?[state.GenesisRef.MaxMarkets * 2];
    }

    // The way down one side of a market in one step: those who were asked so far, and where in each band's list the next stands.
    private sealed class Walk
    {
        public List<Asked> All { get; } = [];

        public RankedRows.Cursor[] Heads { get; } = new RankedRows.Cursor[LeverageBand.Count];

        /// <summary>What stands at the head of each band's list: its score, and its row or −1 at the end.</summary>
        public (Int128 Score, int Row)[] Firsts { get; } = new (Int128, int)[LeverageBand.Count];

        public (long TimeNs, ulong Sequence) Step { get; set; } = (-1, 0);

        public long BaseAtoms { get; set; }

        public int Market { get; set; }

        public bool IsLong { get; set; }

        public int Cursor { get; set; }

        public Phase Phase { get; set; }

        public bool GaveInRound { get; set; }
    }

    /// <summary>Who is asked: those with lots that hedge nothing, then those with a hedge, then all that have anything.</summary>
    private enum Phase
    {
        Unhedged,
        Hedged,
        Anyone,
    }

    /// <summary>One who was asked, and what hedged nothing and what did when he was asked first.</summary>
    private readonly record struct Asked(int Row, long UnhedgedAtFirst, long HedgedAtFirst);

    /// <summary>
    /// Closes lots (signed like the position, and no more than it has) of a row; <paramref name="charge"/> atoms are taken from
    /// the other side's gains on them. Returns what of the charge could not be.
    /// </summary>
    internal long Close(int row, long lots, long charge)
    {
        int marketNumber = _state.Positions[row].Market.Number;
        Walk walk = Begin(marketNumber, isLong: lots < 0);
        long left = lots;
        long shares = 0;
        while (left != 0)
        {
            int other = Next(walk, Math.Abs(left), out long taken, out int place, out bool hedged);
            if (other < 0)
            {
                // Positions came about on the other side since the walk began: a provider's, or the fund's.
                Restart(walk);
                other = Next(walk, Math.Abs(left), out taken, out place, out hedged);
            }
            // Cannot fail. Lots of a market sum to zero, since every trade and transfer books two opposite parts, so the other
            // side has at least what this position has, and lots are no more than that. A walk that was just begun has every row
            // of that side in its lists, and its last phase takes all that each has.
            Invariant.Assert(other >= 0, "positions of a market do not sum to zero");
            long closed = taken * Math.Sign(left);
            shares += Take(row, other, closed, left, charge - shares, place, hedged);
            left -= closed;
        }
        // The account sells its lots for their value, and the shares on top: what the others paid, booked at once.
        ref readonly Market market = ref _state.Markets[marketNumber];
        Invariant.Assert(shares >= 0 && shares <= charge, "more is charged to gains than is missing");
        _keeping.Trade(row, marketNumber, -lots, -((lots * market.MarkTicks * market.AtomsPerTickLot) + shares));
        _state.Markets.Write(marketNumber).OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
        return charge - shares;
    }

    /// <summary>
    /// A position's place among those on its side of the market that would be deleveraged, from 1, and how many there are:
    /// what an account is shown in advance. Not to be asked for within a step.
    /// </summary>
    public (int Place, int Of) PlaceOf(int row)
    {
        // Lists may change now: a walk that was begun is over.
        _step = (-1, 0);
        return _state.Derived.Deleveraging.PlaceOf(row);
    }

    // Takes lots from another row at mark; of the charge on what is left, the part of these lots is paid by its gain.
    private long Take(int row, int other, long closed, long left, long charge, int place, bool hedged)
    {
        ref readonly Position position = ref _state.Positions[other];
        int marketNumber = position.Market.Number;
        ref readonly Market market = ref _state.Markets[marketNumber];
        long share = charge == 0 ? 0 : ShareOf(in market, in position, closed, left, charge);
        Invariant.Assert(share == 0 || (share > 0 && share <= AccountMargin.UnrealisedAtoms(in market, in position)),
            "more is taken from a position than it has gained");
        long cost = (closed * market.MarkTicks * market.AtomsPerTickLot) + share;
        if (share == 0)
        {
            _keeping.GiveAtMark(other, marketNumber, closed);
        }
        else
        {
            _keeping.Trade(other, marketNumber, closed, cost);
        }
        _events.Write(EventKind.PositionTransferred, (uint)(other / _state.PositionsPerAccount), new PositionTransferred
        {
            FromAccount = (uint)(row / _state.PositionsPerAccount),
            Market = (ushort)marketNumber,
            Cause = LiquidationOutcome.Deleveraged,
            Last = closed == left ? (byte)1 : (byte)0,
            Lots = closed,
            CostAtoms = cost,
            GainAtoms = -share,
            Place = (uint)place,
            Hedged = hedged ? 1u : 0u,
        });
        _state.ReleasePositionIfEmpty(other);
        return share;
    }

    private static long ShareOf(in Market market, in Position position, long closed, long left, long charge)
    {
        long taken = Math.Abs(closed);
        long gain =
            Math.Max(Rounding.MulDivFloor(AccountMargin.UnrealisedAtoms(in market, in position), taken, Math.Abs(position.Lots)), 0);
        return Math.Min(closed == left ? charge : Rounding.MulDivCeiling(charge, taken, Math.Abs(left)), gain);
    }

    private Walk Begin(int market, bool isLong)
    {
        Walk walk = _walks[DeleverageOrder.SideOf(market, isLong)] ??= new Walk { Market = market, IsLong = isLong };
        if (_step != (_state.TimeNs, _events.Sequence))
        {
            _step = (_state.TimeNs, _events.Sequence);
            _state.Derived.Deleveraging.Thaw();
            walk.Step = (-1, 0);
        }
        if (walk.Step != _step || walk.BaseAtoms != DeleverageOrder.Base(in _state.Markets[market], isLong))
        {
            Restart(walk);
        }
        return walk;
    }

    private void Restart(Walk walk)
    {
        _state.Derived.Deleveraging.Freeze(DeleverageOrder.SideOf(walk.Market, walk.IsLong));
        walk.All.Clear();
        walk.Heads.AsSpan().Clear();
        (walk.Cursor, walk.Phase, walk.GaveInRound) = (0, Phase.Unhedged, false);
        (walk.Step, walk.BaseAtoms) = (_step, DeleverageOrder.Base(in _state.Markets[walk.Market], walk.IsLong));
        for (int band = 0; band < LeverageBand.Count; band++)
        {
            ReadFirst(walk, band);
        }
    }

    // The next to give and how many lots: in each round at most half of what it had, first what hedges nothing. Only the
    // first round goes down the lists, as far as it must; the others go over those who were asked in it.
    private int Next(Walk walk, long wanted, out long taken, out int place, out bool hedged)
    {
        while (true)
        {
            bool isFirst = walk.Cursor >= walk.All.Count && TryExtend(walk);
            if (!isFirst && walk.Cursor >= walk.All.Count)
            {
                // A round in which none gave anything ends its phase.
                walk.Phase += walk.GaveInRound ? 0 : 1;
                (walk.Cursor, walk.GaveInRound) = (0, false);
                if (walk.All.Count == 0 || walk.Phase > Phase.Anyone)
                {
                    walk.Phase = Phase.Anyone;
                    (taken, place, hedged) = (0, 0, false);
                    return -1;
                }
            }
            Asked asked = walk.All[walk.Cursor++];
            (place, hedged) = (walk.Cursor, walk.Phase != Phase.Unhedged);
            taken = Math.Min(isFirst ? Rounding.DivCeiling(asked.UnhedgedAtFirst, Rounds) : Gives(walk, in asked), wanted);
            if (taken > 0)
            {
                walk.GaveInRound = true;
                return asked.Row;
            }
        }
    }

    private long Gives(Walk walk, in Asked asked)
    {
        ref readonly Position position = ref _state.Positions[asked.Row];
        if (position.Market.Number != walk.Market || position.Lots == 0 || (position.Lots > 0) != walk.IsLong)
        {
            return 0;
        }
        long held = Math.Abs(position.Lots);
        return walk.Phase switch
        {
            Phase.Unhedged =>
                asked.UnhedgedAtFirst == 0
                    ? 0
                    : Math.Min(Rounding.DivCeiling(asked.UnhedgedAtFirst, Rounds), held - _hedges.LotsOf(asked.Row)),
            Phase.Hedged => Math.Min(Rounding.DivCeiling(asked.HedgedAtFirst, Rounds), held),
            _ => held,
        };
    }

    // The lists of the walk's side stay as they are while it goes on, so each head is read once.
    private void ReadFirst(Walk walk, int band)
    {
        walk.Firsts[band] = _state.Derived.Deleveraging.List(DeleverageOrder.SideOf(walk.Market, walk.IsLong), band) is { } list
            && list.TryRead(ref walk.Heads[band], out long key, out int row)
            ? (DeleverageOrder.Score(walk.BaseAtoms, key, band), row)
            : (0, -1);
    }

    // Takes the first of the lists' heads; false when all lists are at their ends.
    private bool TryExtend(Walk walk)
    {
        (int best, int bestRow, Int128 bestScore) = (-1, 0, 0);
        for (int band = 0; band < LeverageBand.Count; band++)
        {
            (Int128 score, int row) = walk.Firsts[band];
            if (row >= 0 && (best < 0 || score > bestScore || (score == bestScore && row < bestRow)))
            {
                (best, bestRow, bestScore) = (band, row, score);
            }
        }
        if (best < 0)
        {
            return false;
        }
        walk.Heads[best].At++;
        ReadFirst(walk, best);
        RankedRows list = _state.Derived.Deleveraging.List(DeleverageOrder.SideOf(walk.Market, walk.IsLong), best)!;
        if (list.TryPeek(in walk.Heads[best], RowsAhead, out int later))
        {
            Prefetch.Ends(in _state.Positions[later]);
            Prefetch.Line(in _state.Accounts[later / _state.PositionsPerAccount]);
            Prefetch.Line(in _state.Derived.MarketOfPosition[later / _state.PositionsPerAccount * _state.PositionsPerAccount]);
            _state.Derived.Bands.Anticipate(later);
            _state.Derived.Deleveraging.Anticipate(later);
            _state.Derived.OwnerPositions.Anticipate(later);
        }
        // A row of the lists may have changed since the walk began; it then gives what its position still has on this side.
        ref readonly Position position = ref _state.Positions[bestRow];
        bool isThere = position.Market.Number == walk.Market && position.Lots != 0 && (position.Lots > 0) == walk.IsLong;
        long hedgedLots = isThere ? _hedges.LotsOf(bestRow) : 0;
        walk.All.Add(new Asked(bestRow, isThere ? Math.Abs(position.Lots) - hedgedLots : 0, hedgedLots));
        return true;
    }
}
