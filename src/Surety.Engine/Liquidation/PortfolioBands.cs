using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Bands of accounts under portfolio margin: how far each index may move before an account could be below maintenance. They bound
/// the loss function instead of computing it: with every option's delta within ±1, equity less maintenance falls by at most
/// <see cref="Steepness"/> of gross notional for a move of the index, and what time, volatility and basis can take within an
/// epoch is set aside beforehand. docs/enforcement.md has the argument.
/// </summary>
internal sealed class PortfolioBands
{
    /// <summary>
    /// Most that equity less maintenance loses for a move of the index, ppm of gross notional: 1 for equity, 1 for the mark within the
    /// scenario, 1 + scan range for the scenario's value, and the charges.
    /// </summary>
    private const long Steepness = 3_600_000;

    private const long EpochNs = 600_000_000_000;
    private const long LastMs = 40 * 60_000;
    private const int VolatilityStepPpm = 5_000;

    // Half a point either way from the epoch's beginning is a point at most. A point of volatility moves a value by at most 0.4 √T of the
    // underlying; two years; four and a half such values.
    private const long VolatilityReservePpm = 26_000;

    // Ten minutes of time value: 0.4 · σ · √(10 min), four and a half such values, per 1 of volatility.
    private const long TimeReservePpm = 7_900;

    // Floor and basis charge follow net delta, which may turn over within the band.
    private const long ChargesReservePpm = 30_000;

    private readonly IndexedState _state;
    private readonly long[]?[] _low;
    private readonly long[]?[] _high;
    private bool[] _always;
    private readonly long[] _scannedPrice;
    private int _alwaysCount;
    private readonly long[] _epochNs;
    private readonly int[] _volatilities;

    public PortfolioBands(IndexedState state)
    {
        _state = state;
        _low = new long[]?[state.GenesisRef.MaxIndexes];
        _high = new long[]?[state.GenesisRef.MaxIndexes];
        _always = new bool[state.Accounts.Capacity];
        _scannedPrice = new long[state.GenesisRef.MaxIndexes];
        _epochNs = new long[state.GenesisRef.MaxPools];
        _volatilities = new int[state.GenesisRef.MaxMarkets];
    }

    /// <summary>Takes memory for more accounts; the new ones have no band to leave.</summary>
    public void Grow(int accounts)
    {
        int known = _always.Length;
        Array.Resize(ref _always, accounts);
        for (int index = 0; index < _low.Length; index++)
        {
            if (_low[index] is not null)
            {
                Array.Resize(ref _low[index], accounts);
                Array.Resize(ref _high[index], accounts);
                _low[index].AsSpan(known).Fill(long.MinValue);
                _high[index].AsSpan(known).Fill(long.MaxValue);
            }
        }
    }

    /// <summary>A market of a portfolio pool has a new mark: touches the accounts whose band the index has left.</summary>
    public void PriceMoved(int market)
    {
        ref readonly Market terms = ref _state.Markets[market];
        bool near = terms.ExpiryNs != 0 && terms.ExpiryNs - _state.TimeNs < LastMsOf(market) * 1_000_000;
        if (near || _state.TimeNs - _epochNs[terms.Pool] > EpochNs
            || Math.Abs(terms.VolatilityPpm - _volatilities[market]) > VolatilityStepPpm)
        {
            BeginEpoch(terms.Pool);
            return;
        }
        long price = _state.Indexes[terms.Index].Price;
        int accounts = _state.Counts.Accounts;
        // Bands are made around the price that stands, so that a second market on the index finds no account that the first did not.
        Make(terms.Index);
        if (_scannedPrice[terms.Index] == price && _alwaysCount == 0)
        {
            return;
        }
        _scannedPrice[terms.Index] = price;
        long[] low = _low[terms.Index]!;
        long[] high = _high[terms.Index]!;
        for (int account = 0; account < accounts; account++)
        {
            if (low[account] > price || high[account] < price || _always[account])
            {
                _state.Derived.Bands.Touch((uint)account);
            }
        }
    }

    /// <summary>Forgets an account's bands.</summary>
    public void Clear(uint account)
    {
        for (int index = 0; index < _low.Length; index++)
        {
            if (_low[index] is { } low)
            {
                (low[account], _high[index]![account]) = (long.MinValue, long.MaxValue);
            }
        }
        _alwaysCount -= _always[account] ? 1 : 0;
        _always[account] = false;
    }

    /// <summary>Makes an account's bands from its slack; returns what of the slack is left for its collateral.</summary>
    public long Place(uint account, long slack, bool hasCollateral)
    {
        long own = hasCollateral ? slack / 2 : slack;
        Int128 gross = 0;
        Int128 reserve = 0;
        int first = (int)account * _state.PositionsPerAccount;
        for (int row = first; row < first + _state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            if (position.Lots == 0 || position.IsIsolated)
            {
                continue;
            }
            ref readonly Market market = ref _state.Markets[position.Market.Number];
            bool isPlain = market.Kind != MarketKind.Contract || (market.Shape != 0 && (market.Flags & ContractFlags.Barrier) == 0);
            bool isFar = market.Kind == MarketKind.Contract && market.ExpiryNs - _state.TimeNs > 730L * 86_400_000_000_000;
            if (!isPlain || isFar)
            {
                LookAlways(account);
            }
            long underlying =
                Math.Max(market.Kind == MarketKind.Contract ? market.UnderlyingTicks : Math.Abs(market.MarkTicks), market.MarginFloorTicks);
            Int128 value = (Int128)Math.Abs(position.Lots) * underlying * market.AtomsPerTickLot;
            gross += value;
            reserve += (value * Reserve(in market) / Rounding.Million)
                + (2 * (Int128)Math.Abs(position.Lots) * _state.Derived.Bands.AllowanceOf(position.Market.Number)) + 8 + market.TierCount;
        }
        // The same relative move of every index: what slack is left, over the steepest it can be lost.
        Int128 move = gross == 0 ? 0 : (own - reserve) * Rounding.Million / ((gross * Steepness / Rounding.Million) + 1);
        if (move <= 0)
        {
            // What is set aside is more than there is: any change may matter.
            LookAlways(account);
            return slack - own;
        }
        for (int row = first; row < first + _state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            if (position.Lots != 0 && !position.IsIsolated)
            {
                int index = _state.Markets[position.Market.Number].Index;
                long price = _state.Indexes[index].Price;
                Int128 distance = (Int128)Math.Abs(price) * move / Rounding.Million;
                Make(index);
                _low[index]![account] = (long)Int128.Max(price - distance, long.MinValue);
                _high[index]![account] = (long)Int128.Min(price + distance, long.MaxValue);
            }
        }
        return slack - own;
    }

    // As its settlement window begins the volatility of what is left falls at once, and with it the value.
    private long LastMsOf(int market) =>
        _state.Markets[market].Kind == MarketKind.Contract && _state.Derived.Contracts.ProgramOf(market) is { } program
            ? Math.Max(LastMs, program.Analysis.WindowMs + (EpochNs / 1_000_000)) : LastMs;

    private void LookAlways(uint account)
    {
        if (!_always[account])
        {
            _always[account] = true;
            _alwaysCount++;
        }
    }

    private static long Reserve(in Market market)
    {
        long basis = 2L * market.BasisCapPpm * Steepness / Rounding.Million;
        return market.StrikeTicks == 0 ? basis + ChargesReservePpm
            : basis + ChargesReservePpm + VolatilityReservePpm + (TimeReservePpm * ((market.VolatilityPpm / Rounding.Million) + 1));
    }

    private void BeginEpoch(int pool)
    {
        _epochNs[pool] = _state.TimeNs;
        for (int market = 0; market < _state.Counts.Markets; market++)
        {
            if (_state.Markets[market].Pool == pool)
            {
                _volatilities[market] = _state.Markets[market].VolatilityPpm;
            }
        }
        for (int account = 0; account < _state.Counts.Accounts; account++)
        {
            if (_state.Accounts[account].Pool == pool)
            {
                _state.Derived.Bands.Touch((uint)account);
            }
        }
    }

    private void Make(int index)
    {
        if (_low[index] is null)
        {
            _low[index] = new long[_always.Length];
            _high[index] = new long[_always.Length];
            _low[index]!.AsSpan().Fill(long.MinValue);
            _high[index]!.AsSpan().Fill(long.MaxValue);
        }
    }
}
