using System;
using System.Numerics;
using System.Runtime.InteropServices;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// Where each safe position's or collateral's band ends, filed by price, so that a price finds the accounts whose band it
/// leaves without looking at the others. The argument that no account is missed stands in docs/enforcement.md. Accounts
/// that were touched by anything else since their bands were made are listed, and looked at with the next price.
/// </summary>
public sealed class SafetyBands
{
    private readonly IndexedState _state;
    private Entry[] _positions;
    private readonly PriceLadder?[] _low;
    private readonly PriceLadder?[] _high;
    private readonly Entry[]?[] _collateral;
    private readonly PriceLadder?[] _collateralLow;
    private bool[] _isTouched;
    private readonly Reference[] _references;
    private uint[] _touched = new uint[1024];

    internal SafetyBands(IndexedState state)
    {
        _state = state;
        Genesis genesis = state.Genesis;
        _positions = new Entry[genesis.MaxAccounts * genesis.PositionsPerAccount];
        _low = new PriceLadder?[genesis.MaxMarkets];
        _high = new PriceLadder?[genesis.MaxMarkets];
        _collateral = new Entry[]?[genesis.MaxPools * Pool.MaxCollateral];
        _collateralLow = new PriceLadder?[genesis.MaxPools * Pool.MaxCollateral];
        _isTouched = new bool[genesis.MaxAccounts];
        _references = new Reference[genesis.MaxMarkets];
    }

    /// <summary>Accounts that wait to be looked at.</summary>
    public int TouchedCount { get; private set; }

    /// <summary>
    /// What a long lot has gained since the market's reference, settlement atoms: its mark, less what it has paid. A short one's loss.
    /// </summary>
    public Int128 GainedAtoms(int market)
    {
        ref readonly Market terms = ref _state.Markets[market];
        return ((Int128)terms.MarkTicks * terms.AtomsPerTickLot) - (terms.FundingIndex - _references[market].FundingIndex);
    }

    /// <summary>The same in whole ticks, rounded down: what bands are compared with.</summary>
    public long Driver(int market)
    {
        ref readonly Market terms = ref _state.Markets[market];
        return terms.MarkTicks + Rounding.DivFloor(_references[market].FundingIndex - terms.FundingIndex, terms.AtomsPerTickLot);
    }

    /// <summary>
    /// How far funding and payments may move either way from the market's reference before all its bands are made again, atoms a lot.
    /// </summary>
    public long AllowanceOf(int market) => _references[market].AllowanceAtoms;

    /// <summary>
    /// Looks whether a market still is what its bands were made for: funding and payments within the allowance, and the bounds of what
    /// its contract pays as they were. If not, all accounts in it are touched.
    /// </summary>
    internal void Renew(int market)
    {
        ref readonly Market terms = ref _state.Markets[market];
        ref readonly Reference reference = ref _references[market];
        if (Int128.Abs((Int128)terms.FundingIndex - reference.FundingIndex) > reference.AllowanceAtoms
            || terms.LeastTicks != reference.LeastTicks || terms.MostTicks != reference.MostTicks
                || terms.MarginFloorTicks != reference.MarginFloorTicks)
        {
            _references[market] = ReferenceOf(in terms);
            TouchAll(market);
        }
    }

    // The allowance stays what it was until the next reference: bands that were made in between counted on it.
    private static Reference ReferenceOf(in Market market)
    {
        long ticks =
            Math.Min(Math.Max(Math.Abs(market.MarkTicks), market.MarginFloorTicks) / 64,
                (market.MaxPriceTicks - market.MinPriceTicks) / 64);
        return new Reference(market.FundingIndex, Math.Max(ticks, 1) * market.AtomsPerTickLot, market.LeastTicks, market.MostTicks,
            market.MarginFloorTicks);
    }

    /// <summary>Notes that something other than a price may have made an account less safe.</summary>
    public void Touch(uint account)
    {
        if (_isTouched[account])
        {
            return;
        }
        _isTouched[account] = true;
        if (TouchedCount == _touched.Length)
        {
            Array.Resize(ref _touched, TouchedCount * 2);
        }
        _touched[TouchedCount++] = account;
    }

    /// <summary>Takes back the latest touches, down to a number of accounts: what touched them was taken back.</summary>
    internal void Untouch(int count)
    {
        while (TouchedCount > count)
        {
            _isTouched[_touched[--TouchedCount]] = false;
        }
    }

    /// <summary>Takes one touched account; false when there is none.</summary>
    internal bool TryTakeTouched(out uint account)
    {
        account = TouchedCount == 0 ? 0 : _touched[--TouchedCount];
        bool any = _isTouched[account];
        _isTouched[account] = false;
        return any;
    }

    /// <summary>Touches every account that has a position in a market, and every account at all with −1.</summary>
    internal void TouchAll(int market)
    {
        int perAccount = _state.PositionsPerAccount;
        ReadOnlySpan<ushort> markets = _state.Derived.MarketOfPosition.AsSpan(0, _state.Counts.Accounts * perAccount);
        if (market < 0)
        {
            for (uint account = 0; account < (uint)_state.Counts.Accounts; account++)
            {
                Touch(account);
            }
            return;
        }
        for (int at = 0; ; at++)
        {
            int next = markets[at..].IndexOf((ushort)(market + 1));
            if (next < 0)
            {
                return;
            }
            at += next;
            Touch((uint)(at / perAccount));
        }
    }

    /// <summary>Takes memory for more accounts.</summary>
    internal void Grow(int accounts)
    {
        Array.Resize(ref _isTouched, accounts);
        Array.Resize(ref _positions, accounts * _state.PositionsPerAccount);
        for (int market = 0; market < _low.Length; market++)
        {
            _low[market]?.UseEntries(_positions);
            _high[market]?.UseEntries(_positions);
        }
        for (int at = 0; at < _collateral.Length; at++)
        {
            if (_collateral[at] is { } entries)
            {
                Array.Resize(ref entries, accounts);
                _collateral[at] = entries;
                _collateralLow[at]!.UseEntries(entries);
            }
        }
    }

    internal void AddMarket(int number)
    {
        ref readonly Market market = ref _state.Markets[number];
        _references[number] = ReferenceOf(in market);
        long span = market.MaxPriceTicks - market.MinPriceTicks;
        long room = (span / 32) + 64;
        _low[number] = new PriceLadder(market.MinPriceTicks - room, (int)(span + (2 * room)), _positions);
        _high[number] = new PriceLadder(market.MinPriceTicks - room, (int)(span + (2 * room)), _positions);
    }

    /// <summary>Files a position under the end of its band: below it for a long, above it for a short.</summary>
    internal void Place(int row, int market, bool isLong, long end)
    {
        Remove(row);
        (isLong ? _low : _high)[market]!.Add(row, end, (market * 2) + (isLong ? 0 : 1));
    }

    /// <summary>Files a position so that the market's next price has left its band, whatever it is.</summary>
    internal void PlaceLeft(int row, int market, bool isLong)
    {
        PriceLadder ladder = (isLong ? _low : _high)[market]!;
        Place(row, market, isLong, isLong ? ladder.Last : ladder.First);
    }

    /// <summary>Where a position's band ends, whole ticks of the market's driver; false when it is not filed on that side.</summary>
    internal bool TryEnd(int row, int market, bool isLong, out long end)
    {
        Entry entry = _positions[row];
        bool isFiled = entry.ListPlusOne == (market * 2) + (isLong ? 1 : 2);
        end = isFiled ? (isLong ? _low : _high)[market]!.PriceOf(entry.Bucket) : 0;
        return isFiled;
    }

    /// <summary>Whether a position is filed on that side and its market's price, as it is now, is within its band.</summary>
    internal bool Holds(int row, int market, bool isLong) =>
        TryEnd(row, market, isLong, out long end) && (isLong ? Driver(market) >= end : Driver(market) <= end);

    /// <summary>
    /// Asks the processor for what <see cref="Touch"/>, <see cref="Place"/> and <see cref="TryEnd"/> will read of a position.
    /// </summary>
    internal void Anticipate(int row)
    {
        Prefetch.Line(in _positions[row]);
        Prefetch.Line(in _isTouched[row / _state.PositionsPerAccount]);
    }

    /// <summary>Takes a position out of whatever it is filed under.</summary>
    internal void Remove(int row)
    {
        int list = _positions[row].ListPlusOne - 1;
        if (list >= 0)
        {
            ((list & 1) == 0 ? _low : _high)[list >> 1]!.Remove(row);
        }
    }

    /// <summary>Takes a position whose band a market's price has left; −1 when there is none.</summary>
    internal int TakeLeft(int market, long driver)
    {
        int row = _low[market]!.TakeAbove(driver);
        return row >= 0 ? row : _high[market]!.TakeBelow(driver);
    }

    /// <summary>Files an account's holding of a collateral asset under the least unit value at which it is safe.</summary>
    internal void PlaceCollateral(uint account, int pool, int slot, long leastUnit)
    {
        int at = (pool * Pool.MaxCollateral) + slot;
        Entry[] entries = _collateral[at] ??= new Entry[_isTouched.Length];
        PriceLadder ladder = _collateralLow[at] ??= new PriceLadder(0, UnitBuckets, entries);
        if (entries[account].ListPlusOne != 0)
        {
            ladder.Remove((int)account);
        }
        if (leastUnit > 0)
        {
            ladder.Add((int)account, UnitBucket(leastUnit), 0);
        }
    }

    /// <summary>Files an account so that the collateral's next price has left its band, whatever it is.</summary>
    internal void PlaceCollateralLeft(uint account, int pool, int slot) => PlaceCollateral(account, pool, slot, long.MaxValue);

    /// <summary>Takes an account whose collateral's unit value may have fallen out of its band; −1 when there is none.</summary>
    internal int TakeLeftCollateral(int pool, int slot, long unit) =>
        _collateralLow[(pool * Pool.MaxCollateral) + slot]?.TakeAbove(UnitBucket(unit) - 1) ?? -1;

    // Unit values are filed by exponent and ten further bits: a thousandth apart. One in the bucket of the price counts as left.
    private const int UnitBuckets = 64 * 1024;

    private static long UnitBucket(long unit)
    {
        if (unit <= 0)
        {
            return 0;
        }
        int exponent = 63 - BitOperations.LeadingZeroCount((ulong)unit);
        long mantissa = exponent >= 10 ? unit >> (exponent - 10) : unit << (10 - exponent);
        return (exponent * 1024L) + (mantissa & 1023);
    }

    // What all bands of a market are made for.
    private readonly record struct Reference(long FundingIndex, long AllowanceAtoms, long LeastTicks, long MostTicks,
        long MarginFloorTicks);

    /// <summary>A row's place in a ladder's list.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Entry
    {
        public int ListPlusOne;
        public int Bucket;
        public int NextPlusOne;
        public int PreviousPlusOne;
    }

    /// <summary>Lists of rows by price, with a three-storey bitmap of the prices in use.</summary>
    private sealed class PriceLadder
    {
        private readonly long _first;
        private readonly int[] _heads;
        private readonly ulong[] _used;
        private readonly ulong[] _summary;
        private readonly ulong[] _top;
        private Entry[] _entries;

        public PriceLadder(long first, int prices, Entry[] entries)
        {
            _first = first;
            _entries = entries;
            _heads = new int[prices + 1];
            _used = new ulong[(_heads.Length + 63) / 64];
            _summary = new ulong[(_used.Length + 63) / 64];
            _top = new ulong[(_summary.Length + 63) / 64];
        }

        /// <summary>The ends of the ladder, which no driver reaches: it has room beyond the market's prices and the allowance.</summary>
        public long First => _first;

        public long Last => _first + _heads.Length - 1;

        public long PriceOf(int bucket) => _first + bucket;

        public void UseEntries(Entry[] entries) => _entries = entries;

        // A band that ends beyond the ladder is never left.
        public void Add(int row, long price, int list)
        {
            long at = price - _first;
            if (at < 0 || at >= _heads.Length)
            {
                return;
            }
            int bucket = (int)at;
            ref Entry entry = ref _entries[row];
            int head = _heads[bucket];
            entry = new Entry { ListPlusOne = list + 1, Bucket = bucket, NextPlusOne = head };
            if (head != 0)
            {
                _entries[head - 1].PreviousPlusOne = row + 1;
            }
            else
            {
                _used[bucket >> 6] |= 1UL << (bucket & 63);
                _summary[bucket >> 12] |= 1UL << ((bucket >> 6) & 63);
                _top[bucket >> 18] |= 1UL << ((bucket >> 12) & 63);
            }
            _heads[bucket] = row + 1;
        }

        public void Remove(int row)
        {
            Entry entry = _entries[row];
            _entries[row] = default;
            if (entry.NextPlusOne != 0)
            {
                _entries[entry.NextPlusOne - 1].PreviousPlusOne = entry.PreviousPlusOne;
            }
            if (entry.PreviousPlusOne != 0)
            {
                _entries[entry.PreviousPlusOne - 1].NextPlusOne = entry.NextPlusOne;
                return;
            }
            _heads[entry.Bucket] = entry.NextPlusOne;
            if (entry.NextPlusOne == 0)
            {
                int word = entry.Bucket >> 6;
                if ((_used[word] &= ~(1UL << (entry.Bucket & 63))) == 0 && (_summary[word >> 6] &= ~(1UL << (word & 63))) == 0)
                {
                    _top[word >> 12] &= ~(1UL << ((word >> 6) & 63));
                }
            }
        }

        public int TakeAbove(long price)
        {
            int bucket = Highest();
            return bucket >= 0 && _first + bucket > price ? TakeFirst(bucket) : -1;
        }

        public int TakeBelow(long price)
        {
            int bucket = Lowest();
            return bucket >= 0 && _first + bucket < price ? TakeFirst(bucket) : -1;
        }

        private int TakeFirst(int bucket)
        {
            int row = _heads[bucket] - 1;
            Remove(row);
            return row;
        }

        private int Highest()
        {
            for (int t = _top.Length - 1; t >= 0; t--)
            {
                if (_top[t] != 0)
                {
                    int s = (t << 6) + 63 - BitOperations.LeadingZeroCount(_top[t]);
                    int w = (s << 6) + 63 - BitOperations.LeadingZeroCount(_summary[s]);
                    return (w << 6) + 63 - BitOperations.LeadingZeroCount(_used[w]);
                }
            }
            return -1;
        }

        private int Lowest()
        {
            for (int t = 0; t < _top.Length; t++)
            {
                if (_top[t] != 0)
                {
                    int s = (t << 6) + BitOperations.TrailingZeroCount(_top[t]);
                    int w = (s << 6) + BitOperations.TrailingZeroCount(_summary[s]);
                    return (w << 6) + BitOperations.TrailingZeroCount(_used[w]);
                }
            }
            return -1;
        }
    }
}
