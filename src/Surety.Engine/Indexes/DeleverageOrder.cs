using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// Positions of each market, side and band of leverage in the order of their profit per lot. Profit per lot is what all positions
/// of a side share (mark less funding) less a key that changes only when the position itself does: entry price per lot less the
/// funding index at entry. So a price moves no row within a list, and a trade costs a mark; what was marked is put in its place
/// when an order is next asked for, or, where very much was marked, one for one with further marks. Derived: the lists follow
/// from the positions' rows alone and are made again after a restart.
/// </summary>
public sealed class DeleverageOrder
{
    /// <summary>Rows that may wait to be put in their places before each further mark places one.</summary>
    public const int MostWaiting = 1 << 14;

    private readonly VenueState _state;
    private readonly RankedRows?[] _lists;
    private readonly Stack<RankedRows.Leaf> _spare = new();
    private bool[] _isStale;
    private readonly bool[] _isFrozen;
    private Stale[] _stale = new Stale[1024];
    private int _staleCount;
    private int _turn;
    private bool _anyFrozen;
    private long _frozenNs;

    internal DeleverageOrder(VenueState state)
    {
        _state = state;
        _lists = new RankedRows?[state.GenesisRef.MaxMarkets * 2 * LeverageBand.Count];
        _isFrozen = new bool[state.GenesisRef.MaxMarkets * 2];
        _isStale = new bool[state.GenesisRef.MaxAccounts * state.PositionsPerAccount];
    }

    /// <summary>Takes memory for more accounts.</summary>
    internal void Grow(int accounts) => Array.Resize(ref _isStale, accounts * _state.PositionsPerAccount);

    // A row whose place may no longer be right, and the place. Where that is in a frozen list, the row may stand in another besides.
    private record struct Stale(int Row, Standing Place, Standing Second);

    private static readonly Standing None = new(-1, 0);

    /// <summary>A place in the order: one of the lists, −1 for none, and the key there.</summary>
    internal readonly record struct Standing(int List, long Key);

    /// <summary>Number of a market's side: 0 longs, 1 shorts.</summary>
    internal static int SideOf(int market, bool isLong) => (market * 2) + (isLong ? 0 : 1);

    /// <summary>What all positions of a side gain a lot, before their keys: settlement atoms.</summary>
    internal static long Base(in Market market, bool isLong)
    {
        long value = (market.MarkTicks * market.AtomsPerTickLot) - market.FundingIndex;
        return isLong ? value : -value;
    }

    /// <summary>Entry price less funding at entry, atoms per lot, so signed that profit per lot is <see cref="Base"/> less this.</summary>
    internal static long KeyOf(in Position position) => position.Lots > 0
        ? Rounding.DivFloor(position.EntryCostAtoms, position.Lots) - position.FundingIndex
        : position.FundingIndex - Rounding.DivFloor(-position.EntryCostAtoms, -position.Lots);

    /// <summary>How early a position is asked: its profit per lot times its band's factor, a loss as it is; the greatest first.</summary>
    internal static Int128 Score(long baseAtoms, long key, int band)
    {
        Int128 profit = (Int128)baseAtoms - key;
        return profit > 0 ? profit * LeverageBand.Factor(band) : profit;
    }

    /// <summary>
    /// Notes that a position's lots, cost, funding or band of leverage are about to change. Every such change is preceded by this, or by
    /// <see cref="StandingOf(int)"/>.
    /// </summary>
    internal void Mark(int row)
    {
        if (!_isStale[row])
        {
            Note(row, StandingOf(in _state.Positions[row]));
        }
    }

    /// <summary>Where a row stands before a change, to be given to <see cref="Changed"/> after it.</summary>
    internal Standing StandingOf(int row) => _isStale[row] ? default : StandingOf(in _state.Positions[row]);

    /// <summary>
    /// A position has changed. Lots that are given up leave the price of the others as it was, but for roundings: then it keeps its place.
    /// </summary>
    internal void Changed(int row, Standing before)
    {
        if (!_isStale[row] && StandingOf(in _state.Positions[row]) != before)
        {
            Note(row, before);
        }
    }

    private static Standing StandingOf(in Position position) =>
        position.Lots == 0 ? None : new Standing(ListOf(in position), KeyOf(in position));

    private void Note(int row, Standing before)
    {
        if (_staleCount >= MostWaiting && IsThawed())
        {
            _turn = _turn + 1 < _staleCount ? _turn + 1 : 0;
            Place(_turn);
        }
        if (_staleCount == _stale.Length)
        {
            Array.Resize(ref _stale, _staleCount * 2);
        }
        _isStale[row] = true;
        _stale[_staleCount++] = new Stale(row, before, None);
    }

    /// <summary>
    /// Puts everything in its place and keeps one side's lists as they are until the end of the step, whatever its positions do:
    /// who is walking down them loses no place.
    /// </summary>
    internal void Freeze(int side)
    {
        _isFrozen[side] = false;
        PlaceAll();
        _isFrozen[side] = true;
        (_anyFrozen, _frozenNs) = (true, _state.TimeNs);
    }

    /// <summary>A new step: the lists may change again.</summary>
    internal void Thaw()
    {
        if (_anyFrozen)
        {
            _isFrozen.AsSpan().Clear();
            _anyFrozen = false;
        }
    }

    /// <summary>The list of one side and band; null while there was never anything in it.</summary>
    internal RankedRows? List(int side, int band) => _lists[(side * LeverageBand.Count) + band];

    /// <summary>Asks the processor for what <see cref="Mark"/> will read of a row.</summary>
    internal void Anticipate(int row) => Prefetch.Line(in _isStale[row]);

    /// <summary>
    /// A position's place in its side's order, from 1, and how many there are. Costs an addition for each 64 to 128 positions of the side.
    /// </summary>
    internal (int Place, int Of) PlaceOf(int row)
    {
        Thaw();
        PlaceAll();
        ref readonly Position position = ref _state.Positions[row];
        if (position.Lots == 0)
        {
            return (0, 0);
        }
        bool isLong = position.Lots > 0;
        int market = position.Market.Number;
        long baseAtoms = Base(in _state.Markets[market], isLong);
        Int128 score = Score(baseAtoms, KeyOf(in position), LeverageBand.Of(position.Leverage));
        (int ahead, int all) = (0, 0);
        for (int band = 0; band < LeverageBand.Count; band++)
        {
            if (List(SideOf(market, isLong), band) is { } list)
            {
                ahead += list.CountAhead(new Ahead(score, row, baseAtoms, band));
                all += list.Count;
            }
        }
        return (ahead + 1, all);
    }

    /// <summary>Makes all lists from the positions' rows.</summary>
    internal void Rebuild()
    {
        Thaw();
        (_staleCount, _turn) = (0, 0);
        _isStale.AsSpan().Clear();
        int rows = _state.Counts.Accounts * _state.PositionsPerAccount;
        var counts = new int[_lists.Length + 1];
        for (int row = 0; row < rows; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            counts[position.Lots == 0 ? _lists.Length : ListOf(in position)]++;
        }
        var entries = new (long Key, int Row)[_lists.Length][];
        for (int list = 0; list < _lists.Length; list++)
        {
            entries[list] = counts[list] == 0 ? [] : new (long, int)[counts[list]];
        }
        for (int row = 0; row < rows; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            if (position.Lots != 0)
            {
                int list = ListOf(in position);
                entries[list][--counts[list]] = (KeyOf(in position), row);
            }
        }
        for (int list = 0; list < _lists.Length; list++)
        {
            if (entries[list].Length != 0 || _lists[list] is not null)
            {
                Array.Sort(entries[list]);
                (_lists[list] ??= new RankedRows(_spare)).Load(entries[list]);
            }
        }
    }

    /// <summary>What of the lists does not follow from the positions; null when all does. Looks at every row, changes nothing.</summary>
    internal string? FindError()
    {
        int expected = 0;
        int rows = _state.Counts.Accounts * _state.PositionsPerAccount;
        for (int row = 0; row < rows; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            if (position.Lots == 0 || _isStale[row])
            {
                continue;
            }
            expected++;
            if (_lists[ListOf(in position)] is not { } list || !list.Contains(KeyOf(in position), row))
            {
                return FormattableString.Invariant(
                    $"account {row / _state.PositionsPerAccount} is not in its place in market {position.Market.Number}");
            }
        }
        for (int i = 0; i < _staleCount; i++)
        {
            expected += (_stale[i].Place.List >= 0 ? 1 : 0) + (_stale[i].Second.List >= 0 ? 1 : 0);
        }
        int found = 0;
        foreach (RankedRows? list in _lists)
        {
            found += list?.Count ?? 0;
        }
        return found == expected ? null : FormattableString.Invariant($"{found} positions are in the order, {expected} should be");
    }

    // A walk that was begun at another time is over.
    private bool IsThawed()
    {
        if (_anyFrozen && _state.TimeNs != _frozenNs)
        {
            Thaw();
        }
        return !_anyFrozen;
    }

    private void PlaceAll()
    {
        for (int i = _staleCount - 1; i >= 0; i--)
        {
            Prefetch.Ends(in _state.Positions[_stale[Math.Max(i - 6, 0)].Row]);
            if (!_anyFrozen || !TouchesFrozen(in _stale[i]))
            {
                Place(i);
            }
            else
            {
                PlaceSecond(ref _stale[i]);
            }
        }
    }

    private bool IsFrozen(Standing place) => place.List >= 0 && _isFrozen[place.List / LeverageBand.Count];

    private bool TouchesFrozen(in Stale stale) =>
        IsFrozen(stale.Place) || IsFrozen(stale.Second) || IsFrozen(StandingOf(in _state.Positions[stale.Row]));

    // A row that stays in a frozen list may have turned to the other side since: that side must have it too.
    private void PlaceSecond(ref Stale stale)
    {
        Standing place = StandingOf(in _state.Positions[stale.Row]);
        if (place == stale.Second || IsFrozen(stale.Second))
        {
            return;
        }
        Remove(stale.Row, stale.Second);
        stale.Second = None;
        if (place != stale.Place && !IsFrozen(place))
        {
            Add(stale.Row, place);
            stale.Second = place;
        }
    }

    private void Place(int at)
    {
        Stale stale = _stale[at];
        _stale[at] = _stale[--_staleCount];
        _isStale[stale.Row] = false;
        Standing place = StandingOf(in _state.Positions[stale.Row]);
        if (place != stale.Place)
        {
            Remove(stale.Row, stale.Place);
        }
        if (place != stale.Second)
        {
            Remove(stale.Row, stale.Second);
        }
        if (place != stale.Place && place != stale.Second)
        {
            Add(stale.Row, place);
        }
    }

    private void Remove(int row, Standing place)
    {
        bool removed = place.List < 0 || _lists[place.List]!.Remove(place.Key, row);
        // Each change of what a place follows from notes the old place.
        Invariant.Assert(removed, "a position was not in its place in the order of deleveraging");
    }

    private void Add(int row, Standing place)
    {
        if (place.List >= 0)
        {
            (_lists[place.List] ??= new RankedRows(_spare)).Add(place.Key, row);
        }
    }

    private static int ListOf(in Position position) =>
        (SideOf(position.Market.Number, position.Lots > 0) * LeverageBand.Count) + LeverageBand.Of(position.Leverage);

    // Those that come before a position; rows decide between equals.
    private readonly struct Ahead(Int128 score, int row, long baseAtoms, int band) : RankedRows.IAhead
    {
        public bool IsAhead(long key, int other)
        {
            Int128 theirs = Score(baseAtoms, key, band);
            return theirs != score ? theirs > score : other < row;
        }
    }
}
