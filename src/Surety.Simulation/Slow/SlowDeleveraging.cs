using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Slow;

/// <summary>
/// The queue of deleveraging as the documents say it, sorted whole each time. Positions are those of a moment; hedges are counted in
/// lots of markets that all move alike with one index, and in whole coins of 1,000 lots. The leverage that counts is read from the rows.
/// </summary>
public sealed class SlowDeleveraging
{
    // 2^(band / 4) · 2^14.
    private static readonly long[] Quarters = [16_384, 19_484, 23_170, 27_554];

    private readonly VenueRows _rows;
    private readonly Position[] _positions;
    private readonly long[] _coinLots;
    private readonly Dictionary<(int Market, bool Longs), Walk> _walks = [];

    /// <summary>The queue of now, of so many accounts.</summary>
    public SlowDeleveraging(VenueRows rows, int accounts)
    {
        _rows = rows;
        _positions = [.. Enumerable.Range(0, accounts * rows.PositionsPerAccount).Select(rows.Position)];
        _coinLots = [.. Enumerable.Range(0, accounts).Select(account => rows.Account((uint)account).Balances[1] / 100_000)];
    }

    private sealed class Walk
    {
        public required List<int> Queue { get; init; }

        /// <summary>Lots without and with a hedge, of when a row was asked first.</summary>
        public Dictionary<int, (long Unhedged, long Hedged)> Asked { get; } = [];

        public int At { get; set; }

        public int Phase { get; set; }

        public bool Gave { get; set; }
    }

    /// <summary>The rows of one side of a market, first to last.</summary>
    public List<int> Order(int market, bool longs)
    {
        var found = new List<(BigInteger Score, int Row)>();
        for (int row = 0; row < _positions.Length; row++)
        {
            if (_positions[row].Market.Number == market && (longs ? _positions[row].Lots > 0 : _positions[row].Lots < 0))
            {
                found.Add((Score(in _positions[row]), row));
            }
        }
        return [.. found.OrderByDescending(f => f.Score).ThenBy(f => f.Row).Select(f => f.Row)];
    }

    /// <summary>Who gives next, how much at most, at which place, and whether of a hedge.</summary>
    public (int Row, long Lots, int Place, bool Hedged) Next(int market, bool longs)
    {
        if (!_walks.TryGetValue((market, longs), out Walk? walk))
        {
            walk = new Walk { Queue = Order(market, longs) };
            _walks.Add((market, longs), walk);
        }
        while (true)
        {
            if (walk.At == walk.Queue.Count)
            {
                walk.Phase += walk.Gave ? 0 : 1;
                (walk.At, walk.Gave) = (0, false);
                if (walk.Phase == 3)
                {
                    throw new InvalidOperationException("the queue ran dry");
                }
            }
            int row = walk.Queue[walk.At++];
            // A position that has turned round since is none of this side's.
            long held = longs ? Math.Max(_positions[row].Lots, 0) : Math.Max(-_positions[row].Lots, 0);
            if (!walk.Asked.TryGetValue(row, out (long Unhedged, long Hedged) asked))
            {
                long hedge = held == 0 ? 0 : Hedged(row);
                walk.Asked.Add(row, asked = (held - hedge, hedge));
            }
            long gives = walk.Phase switch
            {
                0 => held == 0 ? 0 : Math.Min((asked.Unhedged + 1) / 2, held - Hedged(row)),
                1 => Math.Min((asked.Hedged + 1) / 2, held),
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
        Array.FindIndex(_positions, (int)account * _rows.PositionsPerAccount, _rows.PositionsPerAccount,
            p => p.Market.Number == market);

    /// <summary>A row has other lots; a side that was asked in this step keeps its order.</summary>
    public void Add(int row, long lots) => _positions[row].Lots += lots;

    /// <summary>A position has changed; a side that was asked in this step keeps its order.</summary>
    public void Change(int row, Position position) => _positions[row] = position;

    // Profit per lot, entry rounded down, times the quarter powers of two of the leverage remembered; losses as they are.
    private BigInteger Score(in Position position)
    {
        Market market = _rows.Market(position.Market.Number);
        BigInteger entry = Whole.Floor((BigInteger)position.EntryCostAtoms * Math.Sign(position.Lots), BigInteger.Abs(position.Lots));
        BigInteger perLot = ((BigInteger)market.MarkTicks * market.AtomsPerTickLot) - entry - (market.FundingIndex - position.FundingIndex);
        BigInteger profit = perLot * Math.Sign(position.Lots);
        int band = (int)(position.Leverage & 2047) / 32;
        return profit > 0 ? profit * Quarters[band % 4] * BigInteger.Pow(2, band / 4) : profit;
    }

    private long Hedged(int row)
    {
        if (_positions[row].IsIsolated)
        {
            return 0;
        }
        int account = row / _rows.PositionsPerAccount;
        long others = _coinLots[account];
        for (int other = account * _rows.PositionsPerAccount; other < (account + 1) * _rows.PositionsPerAccount; other++)
        {
            others += other == row || _positions[other].IsIsolated ? 0 : _positions[other].Lots;
        }
        long own = _positions[row].Lots;
        return own > 0 == others > 0 ? 0 : Math.Min(Math.Abs(own), Math.Abs(others));
    }
}
