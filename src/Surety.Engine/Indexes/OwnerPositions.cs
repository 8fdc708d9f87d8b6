using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// What all accounts of one person hold on one index in one pool, longs and shorts apart: settlement atoms gained when the index
/// rises by a unit, an option for no less than its underlying. A market's position limit bounds each side of that, so that neither
/// sub-accounts nor expiries multiply it. Derived: each row of a position knows its sum, so that a fill costs two additions. A position
/// that is its person's only one on the index is its own sum, and a fill costs none.
/// </summary>
internal sealed class OwnerPositions(IndexedState state)
{
    // Atoms a lot gains for an index unit, times 2^20.
    private const int Bits = 20;

    // In _placeOfRow: no position, and one that is its person's only one on the index, which is its own sum.
    private const int Free = 0;
    private const int Alone = -1;

    private readonly List<Sum> _sums = [];
    private readonly Stack<int> _free = new();

    // By position row: its sum's place plus one, Free or Alone.
    private int[] _placeOfRow = new int[state.GenesisRef.MaxAccounts * state.PositionsPerAccount];

    private readonly long[] _perLot = new long[state.GenesisRef.MaxMarkets];

    private struct Sum
    {
        public Int128 Long;
        public Int128 Short;
        public int Rows;
    }

    /// <summary>Takes memory for more rows of positions.</summary>
    public void Grow(int rows) => Array.Resize(ref _placeOfRow, rows);

    /// <summary>Asks the processor for what <see cref="Add"/> will read of a row.</summary>
    public void Anticipate(int row) => Prefetch.Line(in _placeOfRow[row]);

    /// <summary>A position's row was taken for a market. Its lots, if any, count.</summary>
    public void Take(int row)
    {
        ref readonly Position position = ref state.Positions[row];
        int other = FindRow((uint)(row / state.PositionsPerAccount), position.Market.Number);
        if (other < 0)
        {
            _placeOfRow[row] = Alone;
            return;
        }
        if (_placeOfRow[other] == Alone)
        {
            Join(other, NewSum());
        }
        Join(row, _placeOfRow[other] - 1);
    }

    /// <summary>A position's row is given back, or moves to another person.</summary>
    public void Release(int row)
    {
        ref readonly Position position = ref state.Positions[row];
        int place = _placeOfRow[row] - 1;
        if (place >= 0)
        {
            Add(row, position.Market.Number, position.Lots, 0);
            ref Sum sum = ref CollectionsMarshal.AsSpan(_sums)[place];
            if (--sum.Rows == 0)
            {
                Invariant.Assert(sum.Long == 0 && sum.Short == 0, "a person without positions has a sum of them");
                _free.Push(place);
            }
        }
        _placeOfRow[row] = Free;
    }

    /// <summary>Lots of a row change.</summary>
    public void Add(int row, int market, long before, long after)
    {
        int place = _placeOfRow[row] - 1;
        if (place < 0)
        {
            return;
        }
        ref Sum sum = ref CollectionsMarshal.AsSpan(_sums)[place];
        sum.Long += (Int128)(Math.Max(after, 0) - Math.Max(before, 0)) * PerLot(market);
        sum.Short += (Int128)(Math.Max(-after, 0) - Math.Max(-before, 0)) * PerLot(market);
        Invariant.Assert(sum.Long >= 0 && sum.Short >= 0, "a person's sum of positions is below zero");
    }

    /// <summary>
    /// Lots of a market by which a person's side may still grow, all accounts and markets on the index together; below zero beyond the
    /// limit.
    /// </summary>
    public long RoomLots(uint account, int market, Side side)
    {
        int row = FindRow(account, market);
        return row < 0 ? state.Markets[market].MaxPositionLots : Room(SumOf(row), market, side);
    }

    /// <summary>
    /// The same for the person of a row that is taken; all the room there is where he has no other row on the index, whose limit is the
    /// market's own.
    /// </summary>
    public long RoomBesides(int row, int market, Side side)
    {
        Invariant.Assert(_placeOfRow[row] != Free, "a row without a position asks for room");
        return _placeOfRow[row] == Alone || SumOf(row).Rows == 1 ? long.MaxValue : Room(SumOf(row), market, side);
    }

    /// <summary>Two persons became one, and their accounts one circle: their rows are counted together.</summary>
    public void Recount(List<uint> accounts)
    {
        // All of them leave before any comes back: a sum is found by the rows that are in it.
        for (int pass = 0; pass < 2; pass++)
        {
            foreach (uint account in accounts)
            {
                for (int row = (int)account * state.PositionsPerAccount; row < ((int)account + 1) * state.PositionsPerAccount; row++)
                {
                    if (state.Derived.MarketOfPosition[row] == 0)
                    {
                        continue;
                    }
                    if (pass == 0)
                    {
                        Release(row);
                    }
                    else
                    {
                        Take(row);
                    }
                }
            }
        }
    }

    /// <summary>Sums over all positions.</summary>
    public void Rebuild()
    {
        _sums.Clear();
        _free.Clear();
        Array.Clear(_placeOfRow);
        for (int row = 0; row < state.Counts.Accounts * state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] != 0)
            {
                Take(row);
            }
        }
    }

    /// <summary>The first sum that is not that of its positions; null when all are.</summary>
    public string? FindError()
    {
        var expected = new SortedDictionary<(uint Person, int PoolIndex), Sum>();
        var places = new SortedDictionary<(uint Person, int PoolIndex), int>();
        for (int row = 0; row < state.Counts.Accounts * state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] == 0)
            {
                continue;
            }
            int market = state.Derived.MarketOfPosition[row] - 1;
            (uint Person, int PoolIndex) key = (state.Accounts[row / state.PositionsPerAccount].BeneficialOwner, PoolIndexOf(market));
            // One that is alone stays with the sum that it was left in.
            if (_placeOfRow[row] == Free
                || (!places.TryAdd(key, row) && (_placeOfRow[row] < 0 || _placeOfRow[places[key]] != _placeOfRow[row])))
            {
                return $"a position of person {key.Person} on pool and index {key.PoolIndex} is "
                    + $"in no sum, or in another than the person's first";
            }
            Sum sum = expected.GetValueOrDefault(key);
            long lots = state.Positions[row].Lots;
            sum.Long += (Int128)Math.Max(lots, 0) * PerLot(market);
            sum.Short += (Int128)Math.Max(-lots, 0) * PerLot(market);
            sum.Rows++;
            expected[key] = sum;
        }
        int summed = 0;
        foreach (((uint Person, int PoolIndex) key, Sum sum) in expected)
        {
            Sum own = SumOf(places[key]);
            summed += _placeOfRow[places[key]] == Alone ? 0 : 1;
            if (own.Long != sum.Long || own.Short != sum.Short || own.Rows != sum.Rows)
            {
                return $"person {key.Person} holds {sum.Long} long and {sum.Short} short in {sum.Rows} "
                    + $"rows of pool and index {key.PoolIndex}, counted otherwise";
            }
        }
        return _sums.Count - _free.Count == summed
            ? null
            : $"{_sums.Count - _free.Count} sums are kept, {summed} are of a person's positions";
    }

    private long Room(in Sum sum, int market, Side side)
    {
        long perLot = PerLot(market);
        Int128 used = ((side == Side.Buy ? sum.Long : sum.Short) + perLot - 1) / perLot;
        return (long)Int128.Clamp(state.Markets[market].MaxPositionLots - used, -(long.MaxValue / 4), long.MaxValue);
    }

    private Sum SumOf(int row)
    {
        if (_placeOfRow[row] > 0)
        {
            return _sums[_placeOfRow[row] - 1];
        }
        ref readonly Position position = ref state.Positions[row];
        Int128 size = (Int128)Math.Abs(position.Lots) * PerLot(position.Market.Number);
        return new Sum { Long = position.Lots > 0 ? size : 0, Short = position.Lots < 0 ? size : 0, Rows = 1 };
    }

    private int NewSum()
    {
        if (!_free.TryPop(out int place))
        {
            place = _sums.Count;
            _sums.Add(default);
        }
        CollectionsMarshal.AsSpan(_sums)[place] = default;
        return place;
    }

    private void Join(int row, int place)
    {
        _placeOfRow[row] = place + 1;
        CollectionsMarshal.AsSpan(_sums)[place].Rows++;
        Add(row, state.Positions[row].Market.Number, 0, state.Positions[row].Lots);
    }

    // A row of a person on a market's index, of any of the person's accounts; −1 for none. A person has a few dozen accounts at most,
    // and most have one: this looks at fewer lines of memory than a search in a map of all persons.
    private int FindRow(uint account, int market)
    {
        int index = PoolIndexOf(market);
        uint other = account;
        do
        {
            int first = (int)other * state.PositionsPerAccount;
            ReadOnlySpan<ushort> markets = state.Derived.MarketOfPosition.AsSpan(first, state.PositionsPerAccount);
            for (int i = 0; i < markets.Length; i++)
            {
                if (markets[i] != 0 && _placeOfRow[first + i] != Free && PoolIndexOf(markets[i] - 1) == index)
                {
                    return first + i;
                }
            }
            other = (uint)state.Derived.NextOfOwner[other];
        }
        while (other != account);
        return -1;
    }

    private int PoolIndexOf(int market)
    {
        ref readonly Market terms = ref state.Markets[market];
        return (terms.Pool * state.GenesisRef.MaxIndexes) + terms.Index;
    }

    // Fixed at listing.
    private long PerLot(int market)
    {
        ref long perLot = ref _perLot[market];
        if (perLot == 0)
        {
            ref readonly Market terms = ref state.Markets[market];
            perLot = Math.Max((long)(((Int128)terms.AtomsPerTickLot << Bits) / terms.IndexUnitsPerTick), 1);
        }
        return perLot;
    }
}
