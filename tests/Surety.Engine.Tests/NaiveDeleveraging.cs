using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Tests;

/// <summary>
/// The queue of deleveraging as the documents say it, sorted whole each time. Positions are those of a moment; hedges are counted
/// in lots of markets that all move alike with one index, and in whole coins of 1,000 lots.
/// </summary>
internal sealed class NaiveDeleveraging
{
    private readonly VenueState _state;
    private readonly Position[] _positions;
    private readonly long[] _coinLots;
    private readonly Dictionary<(int Market, bool Longs), Walk> _walks = [];

    public NaiveDeleveraging(VenueState state)
    {
        _state = state;
        _positions = Copy(state);
        _coinLots = new long[state.Venue[0].Accounts];
        for (int account = 0; account < _coinLots.Length; account++)
        {
            _coinLots[account] = state.Accounts[account].Balances[1] / 100_000;
        }
    }

    private sealed class Walk
    {
        public required List<(int Row, long Unhedged, long Hedged)> Queue { get; init; }

        public int At { get; set; }

        public int Phase { get; set; }

        public bool Gave { get; set; }
    }

    /// <summary>The rows of one side of a market, first to last.</summary>
    public static List<int> Order(VenueState state, int market, bool longs) => Order(state, Copy(state), market, longs);

    /// <summary>Who gives next, how much at most, at which place, and whether of a hedge.</summary>
    public (int Row, long Lots, int Place, bool Hedged) Next(int market, bool longs)
    {
        if (!_walks.TryGetValue((market, longs), out Walk? walk))
        {
            walk = new Walk { Queue = [.. Order(_state, _positions, market, longs).Select(row => (row, Math.Abs(_positions[row].Lots) - Hedged(row), Hedged(row)))] };
            _walks.Add((market, longs), walk);
        }
        while (true)
        {
            if (walk.At == walk.Queue.Count)
            {
                walk.Phase += walk.Gave ? 0 : 1;
                (walk.At, walk.Gave) = (0, false);
                Assert.True(walk.Phase < 3, "the queue ran dry");
            }
            (int row, long unhedged, long hedged) = walk.Queue[walk.At++];
            long held = Math.Abs(_positions[row].Lots);
            long gives = walk.Phase switch
            {
                0 => Math.Min((unhedged + 1) / 2, held - Hedged(row)),
                1 => Math.Min((hedged + 1) / 2, held),
                _ => held,
            };
            if (gives > 0)
            {
                walk.Gave = true;
                return (row, gives, walk.At, walk.Phase > 0);
            }
        }
    }

    /// <summary>An account's row in a market.</summary>
    public int RowOf(uint account, int market) =>
        Array.FindIndex(_positions, (int)account * _state.PositionsPerAccount, _state.PositionsPerAccount, p => p.MarketPlusOne == market + 1);

    /// <summary>Lots moved from a row to another.</summary>
    public void Apply(in PositionTransferred moved, int from, int to)
    {
        _positions[from].Lots -= moved.Lots;
        _positions[to].Lots += moved.Lots;
    }

    private static Position[] Copy(VenueState state)
    {
        var positions = new Position[state.Venue[0].Accounts * state.PositionsPerAccount];
        for (int row = 0; row < positions.Length; row++)
        {
            positions[row] = state.Positions[row];
        }
        return positions;
    }

    private static List<int> Order(VenueState state, Position[] positions, int market, bool longs)
    {
        var found = new List<(BigInteger Score, int Row)>();
        for (int row = 0; row < positions.Length; row++)
        {
            if (positions[row].MarketPlusOne == market + 1 && (longs ? positions[row].Lots > 0 : positions[row].Lots < 0))
            {
                found.Add((Score(state, in positions[row]), row));
            }
        }
        return [.. found.OrderByDescending(f => f.Score).ThenBy(f => f.Row).Select(f => f.Row)];
    }

    // Profit per lot, entry rounded down, times the quarter powers of two of the leverage remembered; losses as they are.
    private static BigInteger Score(VenueState state, in Position position)
    {
        Market market = state.Markets[position.MarketPlusOne - 1];
        BigInteger lots = BigInteger.Abs(position.Lots);
        BigInteger cost = position.EntryCostAtoms * Math.Sign(position.Lots);
        BigInteger entry = (cost - ((cost % lots + lots) % lots)) / lots;
        BigInteger perLot = (market.MarkTicks * market.AtomsPerTickLot) - entry - (market.FundingIndex - position.FundingIndex);
        BigInteger profit = perLot * Math.Sign(position.Lots);
        int band = (int)(position.Leverage & 2047) / 32;
        return profit > 0 ? profit * (long)Math.Round(16_384 * Math.Pow(2, band % 4 / 4.0)) * BigInteger.Pow(2, band / 4) : profit;
    }

    private long Hedged(int row)
    {
        if (_positions[row].IsIsolated)
        {
            return 0;
        }
        int account = row / _state.PositionsPerAccount;
        long others = _coinLots[account];
        for (int other = account * _state.PositionsPerAccount; other < (account + 1) * _state.PositionsPerAccount; other++)
        {
            others += other == row || _positions[other].IsIsolated ? 0 : _positions[other].Lots;
        }
        long own = _positions[row].Lots;
        return own > 0 == others > 0 ? 0 : Math.Min(Math.Abs(own), Math.Abs(others));
    }
}
