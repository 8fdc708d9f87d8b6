using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Oracles;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Closes lots that nobody carries against those on the other side. Every lot closes at mark; only what neither account nor
/// fund covered is taken from those who gained, lot by lot and never more than their gain. The order is unrealised profit
/// times leverage; nobody gives more than a tenth of what he could before everybody has given as much; lots that hedge
/// something on the same index come last of all.
/// </summary>
public sealed class AutoDeleveraging
{
    private readonly VenueState _state;
    private readonly EventLog _events;
    private readonly AccountMargin _margin;
    private readonly PositionKeeping _keeping;

    private const int Rounds = 10;
    private const int DeltaBits = 20;

    private readonly Queue?[] _queues;
    private Queue _queue = new();

    internal AutoDeleveraging(VenueState state, EventLog events, AccountMargin margin, PositionKeeping keeping)
    {
        _state = state;
        _events = events;
        _margin = margin;
        _keeping = keeping;
        _queues = new Queue?[state.GenesisRef.MaxMarkets * 2];
    }

    // One side of a market, in the order in which it is asked. Good for one step: prices do not change within it.
    private sealed class Queue
    {
        public List<Candidate> All { get; } = [];

        public (long TimeNs, ulong Sequence) Step { get; set; } = (-1, 0);

        public int Market { get; set; }

        public int Cursor { get; set; }

        public Phase Phase { get; set; }

        public bool GaveInRound { get; set; }
    }

    /// <summary>Who is asked: those with lots that hedge nothing, then those with a hedge, then whoever has anything.</summary>
    private enum Phase
    {
        Unhedged,
        Hedged,
        Anyone,
    }

    /// <summary>One who could be deleveraged: what hedges nothing and what does, left and at the start.</summary>
    private record struct Candidate(int Row, long Rank, long Lots, long HedgedLots, long LotsAtStart, long HedgedAtStart) : IComparable<Candidate>
    {
        public readonly int CompareTo(Candidate other) => Rank != other.Rank ? other.Rank.CompareTo(Rank) : Row.CompareTo(other.Row);
    }

    /// <summary>
    /// Closes lots (signed like the position) of a row; <paramref name="charge"/> atoms are taken from the other side's gains
    /// on them. Returns what of the charge could not be.
    /// </summary>
    internal long Close(int row, long lots, long charge)
    {
        int marketNumber = _state.Positions[row].MarketPlusOne - 1;
        Begin(marketNumber, lots > 0);
        uint account = (uint)(row / _state.PositionsPerAccount);
        long left = lots;
        while (left != 0)
        {
            int other = Next(row, lots > 0, Math.Abs(left), out long taken, out int place, out bool hedged);
            if (other < 0)
            {
                // Positions came about on the other side since the queue was made: a provider's, or the fund's.
                Build(marketNumber, lots > 0);
                other = Next(row, lots > 0, Math.Abs(left), out taken, out place, out hedged);
            }
            Invariant.Assert(other >= 0, "positions of a market do not sum to zero");
            long closed = taken * Math.Sign(left);
            ref readonly Market market = ref _state.Markets[marketNumber];
            ref readonly Position position = ref _state.Positions[other];
            long gain = Math.Max(Rounding.MulDivFloor(AccountMargin.UnrealisedAtoms(in market, in position), taken, Math.Abs(position.Lots)), 0);
            long share = Math.Min(closed == left ? charge : Rounding.MulDivCeiling(charge, taken, Math.Abs(left)), gain);
            charge -= share;
            long value = closed * market.MarkTicks * market.AtomsPerTickLot;
            // The account sells its lots for their value and the share on top; the other side pays that.
            _keeping.Trade(row, marketNumber, -closed, -(value + share));
            _keeping.Trade(other, marketNumber, closed, value + share);
            left -= closed;
            _state.Markets.Write(marketNumber).OpenInterestPpm = MarginTiers.OpenInterestPpm(in market);
            _events.Write(EventKind.PositionTransferred, (uint)(other / _state.PositionsPerAccount), new PositionTransferred
            {
                FromAccount = account,
                Market = (ushort)marketNumber,
                Cause = LiquidationOutcome.Deleveraged,
                Lots = closed,
                CostAtoms = value + share,
                GainAtoms = -share,
                Place = (uint)place,
                Hedged = hedged ? 1u : 0u,
            });
        }
        return charge;
    }

    /// <summary>
    /// A position's place among those on its side of the market that would be deleveraged, from 1, and how many there are:
    /// what an account is shown in advance.
    /// </summary>
    public (int Place, int Of) PlaceOf(int row)
    {
        Build(_state.Positions[row].MarketPlusOne - 1, closesLong: _state.Positions[row].Lots < 0);
        (int, int) result = (_queue.All.FindIndex(c => c.Row == row) + 1, _queue.All.Count);
        _queue.Step = (-1, 0);
        return result;
    }

    private void Begin(int market, bool closesLong)
    {
        int at = (market * 2) + (closesLong ? 1 : 0);
        _queue = _queues[at] ??= new Queue();
        if (_queue.Step != (_state.TimeNs, _events.Sequence))
        {
            Build(market, closesLong);
        }
    }

    private void Build(int market, bool closesLong)
    {
        _queue = _queues[(market * 2) + (closesLong ? 1 : 0)] ??= new Queue();
        _queue.All.Clear();
        (_queue.Cursor, _queue.Phase, _queue.GaveInRound) = (0, Phase.Unhedged, false);
        (_queue.Step, _queue.Market) = ((_state.TimeNs, _events.Sequence), market);
        ReadOnlySpan<ushort> markets = _state.Derived.MarketOfPosition.AsSpan(0, _state.Venue[0].Accounts * _state.PositionsPerAccount);
        for (int at = 0; ; at++)
        {
            int next = markets[at..].IndexOf((ushort)(market + 1));
            if (next < 0)
            {
                break;
            }
            at += next;
            long lots = _state.Positions[at].Lots;
            if (closesLong ? lots < 0 : lots > 0)
            {
                long hedged = HedgedLots(at);
                _queue.All.Add(new Candidate(at, Rank(at), Math.Abs(lots) - hedged, hedged, Math.Abs(lots) - hedged, hedged));
            }
        }
        _queue.All.Sort();
    }

    // The next to give and how many lots: in each round at most a tenth of what he had, first what hedges nothing.
    private int Next(int excluded, bool closesLong, long wanted, out long taken, out int place, out bool hedged)
    {
        while (true)
        {
            if (_queue.Cursor >= _queue.All.Count)
            {
                // A round in which nobody gave anything ends its phase.
                _queue.Phase += _queue.GaveInRound ? 0 : 1;
                (_queue.Cursor, _queue.GaveInRound) = (0, false);
                if (_queue.All.Count == 0 || _queue.Phase > Phase.Anyone)
                {
                    _queue.Phase = Phase.Anyone;
                    (taken, place, hedged) = (0, 0, false);
                    return -1;
                }
            }
            int at = _queue.Cursor++;
            Candidate candidate = _queue.All[at];
            (place, hedged) = (at + 1, _queue.Phase != Phase.Unhedged);
            long now = _state.Positions[candidate.Row].Lots;
            bool opposite = _state.Positions[candidate.Row].MarketPlusOne == _queue.Market + 1 && (closesLong ? now < 0 : now > 0);
            long given = _queue.Phase switch
            {
                Phase.Unhedged => Math.Min(Rounding.DivCeiling(candidate.LotsAtStart, Rounds), candidate.Lots),
                Phase.Hedged => Math.Min(Rounding.DivCeiling(candidate.HedgedAtStart, Rounds), candidate.HedgedLots),
                _ => long.MaxValue,
            };
            taken = opposite && candidate.Row != excluded ? Math.Min(Math.Min(given, Math.Abs(now)), wanted) : 0;
            if (taken > 0)
            {
                _queue.GaveInRound = true;
                _queue.All[at] = _queue.Phase == Phase.Unhedged ? candidate with { Lots = candidate.Lots - taken } : candidate with { HedgedLots = Math.Max(candidate.HedgedLots - taken, 0) };
                return candidate.Row;
            }
        }
    }

    // Unrealised profit over cost, times notional over equity, in millionths. Losers come after all winners, the least loser first.
    private long Rank(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        ref readonly Market market = ref _state.Markets[position.MarketPlusOne - 1];
        long profit = AccountMargin.UnrealisedAtoms(in market, in position);
        long cost = Math.Max(Math.Abs(position.EntryCostAtoms), 1);
        long notional = MarginTiers.NotionalAtoms(in market, position.Lots);
        long equity = Math.Max(_margin.EquityBehind(row), 1);
        Int128 gain = (Int128)profit * Rounding.Million / cost;
        Int128 rank = profit > 0 ? gain * notional / equity : gain;
        return (long)Int128.Clamp(rank, long.MinValue / 2, long.MaxValue / 2);
    }

    // Lots of a position that another holding on the same index balances: they reduce the account's risk, and closing them
    // would raise it.
    private long HedgedLots(int row)
    {
        ref readonly Position position = ref _state.Positions[row];
        uint account = (uint)(row / _state.PositionsPerAccount);
        ref readonly Market market = ref _state.Markets[position.MarketPlusOne - 1];
        if (position.IsIsolated || _state.Pools[market.Pool].Rules.DeleverageHedges == 1)
        {
            return 0;
        }
        Int128 own = Delta(in market, position.Lots);
        Int128 others = 0;
        int first = (int)account * _state.PositionsPerAccount;
        for (int other = first; other < first + _state.PositionsPerAccount; other++)
        {
            ref readonly Position held = ref _state.Positions[other];
            if (other != row && held.Lots != 0 && !held.IsIsolated && _state.Markets[held.MarketPlusOne - 1].Index == market.Index)
            {
                others += Delta(in _state.Markets[held.MarketPlusOne - 1], held.Lots);
            }
        }
        ref readonly Pool pool = ref _state.Pools[market.Pool];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            ref readonly Asset asset = ref _state.Assets[pool.Collateral[slot]];
            if (asset.PriceIndexPlusOne == market.Index + 1)
            {
                ref readonly PriceIndex index = ref _state.Indexes[market.Index];
                long scale = FixedDecimal.PowerOfTen(_margin.ScaleDecimals(in pool, in asset, in index));
                others += ((Int128)_state.Accounts[(int)account].Balances[slot] << DeltaBits) / scale;
            }
        }
        if (others == 0 || Int128.IsNegative(own) == Int128.IsNegative(others))
        {
            return 0;
        }
        Int128 balanced = Int128.Min(Int128.Abs(own), Int128.Abs(others));
        return (long)(balanced * Math.Abs(position.Lots) / Int128.Max(Int128.Abs(own), 1));
    }

    // Settlement atoms that lots gain when the index rises by a unit, · 2^20.
    private static Int128 Delta(in Market market, long lots) =>
        ((Int128)lots * market.AtomsPerTickLot << DeltaBits) / market.IndexUnitsPerTick;
}
