using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Oracles;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// After a price is applied, and before anything else happens, nobody is left below maintenance whom the oracle's prices
/// allow to act on. Only accounts whose bands the price has left, that were touched since the last price, or that are held
/// because of doubtful prices are looked at; docs/enforcement.md proves that this misses nobody.
/// </summary>
public sealed class Enforcement
{
    private readonly VenueState _state;
    private readonly AccountMargin _margin;
    private readonly Liquidator _liquidator;
    private readonly PortfolioBands _portfolios;

    private readonly Queue<int> _pools = new();
    private readonly Queue<(int Market, int Pool, int Slot)> _moved = new();
    private readonly List<uint> _candidates = new(1024);
    private readonly List<(uint Account, int IsolatedRow)> _due = new(1024);
    // By account: the step in which it was last acted on, and how often in it.
    private readonly (long Step, int Acts)[] _acts;
    private long _step;
    private int _actsOfStep;
    private List<uint> _held = new(64);
    private List<uint> _heldBefore = new(64);

    internal Enforcement(VenueState state, AccountMargin margin, Liquidator liquidator)
    {
        _state = state;
        _margin = margin;
        _liquidator = liquidator;
        _portfolios = new PortfolioBands(state);
        _acts = new (long, int)[state.GenesisRef.MaxAccounts];
    }

    /// <summary>
    /// How often each unit of an account, its cross-margined part and its isolated positions, is acted on in one step on average,
    /// at most: once for its own sake and once for what others' liquidations did to it. What is left waits for the next step.
    /// </summary>
    public const int ActsPerUnit = 2;

    /// <summary>How many liquidations a step does, at most; the next step goes on where it ended.</summary>
    public const int ActsPerStep = 100_000;

    /// <summary>Accounts looked at since the engine was made: what enforcement costs.</summary>
    public long Examined { get; private set; }

    /// <summary>Bands are not used, and every account is looked at each time: for comparison.</summary>
    public bool FullScan { get; set; }

    /// <summary>A pool's accounts are to be looked at as far as they are candidates.</summary>
    internal void Require(int pool)
    {
        if (!_pools.Contains(pool))
        {
            _pools.Enqueue(pool);
        }
    }

    /// <summary>A market's mark price or funding has changed.</summary>
    internal void PriceMoved(int market)
    {
        ref readonly Market terms = ref _state.Markets[market];
        if (Math.Abs(terms.FundingIndex - terms.BandFundingIndex) > SafetyBands.FundingAllowance(in terms))
        {
            _state.Markets.Write(market).BandFundingIndex = terms.FundingIndex;
            _state.Derived.Bands.TouchAll(market);
        }
        if (_margin.IsPortfolio(terms.Pool))
        {
            _portfolios.PriceMoved(market);
        }
        _moved.Enqueue((market, 0, 0));
        Require(terms.Pool);
    }

    /// <summary>The price of a pool's collateral has changed.</summary>
    internal void CollateralMoved(int pool, int slot)
    {
        _moved.Enqueue((-1, pool, slot));
        Require(pool);
    }

    /// <summary>One round: looks at the candidates and acts on those below maintenance; false when no pool waits.</summary>
    internal bool Next()
    {
        if (_pools.Count == 0)
        {
            return false;
        }
        Gather();
        Examine();
        if (_due.Count == 0)
        {
            _pools.Clear();
            return true;
        }
        // The order in which accounts are found depends on the bands; the order in which they are acted on must not.
        _due.Sort();
        bool progress = false;
        foreach ((uint account, int row) in _due)
        {
            Health health = _margin.OfUnit(account, row);
            if (!health.CoversMaintenance && PriceDoubt.MustAct(_state, account, row, in health))
            {
                // A unit that was acted on often enough in this step, or that nothing can be done for, is held for the next.
                if (!TakeTurn(account))
                {
                    _held.Add(account);
                    continue;
                }
                _liquidator.Liquidate(account, row);
                if (_margin.OfUnit(account, row) == health)
                {
                    _held.Add(account);
                    continue;
                }
                progress = true;
            }
            _state.Derived.Bands.Touch(account);
        }
        if (!progress)
        {
            // Every round that goes on has used up a turn, and turns are counted: a step ends.
            _pools.Clear();
        }
        _due.Clear();
        return true;
    }

    /// <summary>A command or a timer has been carried out: what follows from it is one step.</summary>
    internal void BeginStep()
    {
        _step++;
        _actsOfStep = 0;
    }

    /// <summary>Whether an account waits for the next step, because this one has done as much as a step may.</summary>
    public bool IsDeferred(uint account) => _actsOfStep >= ActsPerStep || (_acts[account].Step == _step && _acts[account].Acts >= ActsPerUnit * (_state.PositionsPerAccount + 1));

    private bool TakeTurn(uint account)
    {
        if (IsDeferred(account))
        {
            return false;
        }
        ref (long Step, int Acts) turn = ref _acts[account];
        turn = (_step, turn.Step == _step ? turn.Acts + 1 : 1);
        _actsOfStep++;
        return true;
    }

    private void Gather()
    {
        SafetyBands bands = _state.Derived.Bands;
        _candidates.Clear();
        if (FullScan)
        {
            bands.TouchAll(-1);
        }
        while (_moved.TryDequeue(out (int Market, int Pool, int Slot) moved))
        {
            if (moved.Market >= 0)
            {
                long driver = SafetyBands.Driver(in _state.Markets[moved.Market]);
                for (int row = bands.TakeLeft(moved.Market, driver); row >= 0; row = bands.TakeLeft(moved.Market, driver))
                {
                    bands.Touch((uint)(row / _state.PositionsPerAccount));
                }
            }
            else
            {
                long unit = UnitValue(moved.Pool, moved.Slot);
                for (int account = bands.TakeLeftCollateral(moved.Pool, moved.Slot, unit); account >= 0; account = bands.TakeLeftCollateral(moved.Pool, moved.Slot, unit))
                {
                    bands.Touch((uint)account);
                }
            }
        }
        foreach (uint account in _held)
        {
            bands.Touch(account);
        }
        (_held, _heldBefore) = (_heldBefore, _held);
        _held.Clear();
        while (bands.TryTakeTouched(out uint account))
        {
            _candidates.Add(account);
        }
    }

    private void Examine()
    {
        foreach (uint account in _candidates)
        {
            if (_state.Accounts[(int)account].Pool == ushort.MaxValue)
            {
                continue;
            }
            Examined++;
            bool cross = false;
            bool held = false;
            int first = (int)account * _state.PositionsPerAccount;
            for (int row = first; row < first + _state.PositionsPerAccount; row++)
            {
                if (_state.Derived.MarketOfPosition[row] == 0 || _state.Positions[row].Lots == 0)
                {
                    _state.Derived.Bands.Remove(row);
                }
                else if (_state.Positions[row].IsIsolated)
                {
                    held |= Decide(account, row, _margin.Isolated(row));
                }
                else
                {
                    cross = true;
                }
            }
            if (_margin.IsPortfolio(_state.Accounts[(int)account].Pool))
            {
                _portfolios.Clear(account);
            }
            if (cross || _state.Accounts[(int)account].Balances[0] < 0)
            {
                held |= Decide(account, -1, _margin.Cross(account));
            }
            if (held)
            {
                _held.Add(account);
            }
        }
    }

    // True when the unit is below maintenance and held because of doubtful prices.
    private bool Decide(uint account, int isolatedRow, Health health)
    {
        if (health.CoversMaintenance)
        {
            MakeBands(account, isolatedRow, health.EquityAtoms - health.MaintenanceAtoms);
            return false;
        }
        if (PriceDoubt.MustAct(_state, account, isolatedRow, in health))
        {
            _due.Add((account, isolatedRow));
            return false;
        }
        return true;
    }

    // The unit value of collateral that bands are made on: index units that one unit counts for after haircut.
    private long UnitValue(int pool, int slot)
    {
        ref readonly Asset asset = ref _state.Assets[_state.Pools[pool].Collateral[slot]];
        ref readonly PriceIndex index = ref _state.Indexes[asset.PriceIndexPlusOne - 1];
        long price = Math.Max(index.Price - index.Confidence, 0);
        return Rounding.PpmFloor(price, Rounding.Million - AccountMargin.HaircutPpm(in asset, in index));
    }

    // Spreads the unit's slack over what it depends on, in proportion to size; see docs/enforcement.md.
    private void MakeBands(uint account, int isolatedRow, long slack)
    {
        int first = (int)account * _state.PositionsPerAccount;
        int poolNumber = _state.Accounts[(int)account].Pool;
        bool portfolio = isolatedRow < 0 && _margin.IsPortfolio(poolNumber);
        if (portfolio)
        {
            slack = _portfolios.Place(account, slack, HasCollateral(account));
        }
        Int128 sizes = 0;
        int parts = 0;
        long reserved = 0;
        for (int row = first; row < first + _state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            if (position.Lots != 0 && PriceDoubt.Belongs(in position, row, isolatedRow) && !portfolio)
            {
                ref readonly Market market = ref _state.Markets[position.MarketPlusOne - 1];
                sizes += MarginTiers.NotionalAtoms(in market, position.Lots);
                parts++;
                // Funding moves maintenance by at most its rate times the allowance; roundings by an atom or two.
                reserved += Rounding.PpmCeiling(Math.Abs(position.Lots) * SafetyBands.FundingAllowance(in market), TopRatePpm(in market)) + 4;
            }
        }
        Span<long> values = stackalloc long[Pool.MaxCollateral];
        values.Clear();
        ref readonly Pool pool = ref _state.Pools[poolNumber];
        if (isolatedRow < 0)
        {
            for (int slot = 1; slot < pool.CollateralCount; slot++)
            {
                long amount = _state.Accounts[(int)account].Balances[slot];
                if (amount != 0)
                {
                    values[slot] = _margin.CollateralValueAtoms(in pool, slot, amount);
                    sizes += values[slot];
                    reserved += 4;
                }
            }
        }
        slack = Math.Max(slack - reserved, 0);
        for (int row = first; row < first + _state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref _state.Positions[row];
            if (position.Lots != 0 && PriceDoubt.Belongs(in position, row, isolatedRow))
            {
                if (portfolio)
                {
                    // Its bands are the portfolio's, on the index.
                    _state.Derived.Bands.Remove(row);
                    continue;
                }
                PlacePosition(row, in position, slack, sizes);
            }
        }
        for (int slot = 1; isolatedRow < 0 && slot < pool.CollateralCount; slot++)
        {
            PlaceCollateral(account, poolNumber, slot, values[slot], slack, sizes);
        }
    }

    private bool HasCollateral(uint account)
    {
        ref readonly Account holder = ref _state.Accounts[(int)account];
        for (int slot = 1; slot < _state.Pools[holder.Pool].CollateralCount; slot++)
        {
            if (holder.Balances[slot] != 0)
            {
                return true;
            }
        }
        return false;
    }

    private void PlacePosition(int row, in Position position, long slack, Int128 sizes)
    {
        int number = position.MarketPlusOne - 1;
        ref readonly Market market = ref _state.Markets[number];
        Int128 share = (Int128)slack * MarginTiers.NotionalAtoms(in market, position.Lots) / sizes;
        // What a lot may lose: its share, less what maintenance may rise by on the way.
        Int128 perLot = share * Rounding.Million / ((Int128)Math.Abs(position.Lots) * (Rounding.Million + TopRatePpm(in market)));
        Int128 now = ((Int128)market.MarkTicks * market.AtomsPerTickLot) - (market.FundingIndex - market.BandFundingIndex);
        bool isLong = position.Lots > 0;
        Int128 end = isLong ? now - perLot : now + perLot;
        Int128 quotient = end / market.AtomsPerTickLot;
        Int128 rest = end % market.AtomsPerTickLot;
        Int128 ticks = isLong ? (rest > 0 ? quotient + 1 : quotient) : (rest < 0 ? quotient - 1 : quotient) - 1;
        _state.Derived.Bands.Place(row, number, isLong, (long)Int128.Clamp(ticks, long.MinValue / 4, long.MaxValue / 4));
    }

    private void PlaceCollateral(uint account, int poolNumber, int slot, long value, long slack, Int128 sizes)
    {
        long amount = _state.Accounts[(int)account].Balances[slot];
        if (amount == 0 || sizes == 0)
        {
            _state.Derived.Bands.PlaceCollateral(account, poolNumber, slot, 0);
            return;
        }
        ref readonly Pool pool = ref _state.Pools[poolNumber];
        ref readonly Asset asset = ref _state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref _state.Indexes[asset.PriceIndexPlusOne - 1];
        Int128 share = (Int128)slack * value / sizes;
        // value ≥ amount · unit / scale − 2 at any unit value, so a fall of share · scale / amount is carried.
        Int128 fall = share * FixedDecimal.PowerOfTen(_margin.ScaleDecimals(in pool, in asset, in index)) / Math.Min(amount, Math.Max(asset.CollateralCapAtoms, 1));
        long unit = UnitValue(poolNumber, slot);
        long least = (long)Int128.Max(unit + 1 - fall, 1);
        _state.Derived.Bands.PlaceCollateral(account, poolNumber, slot, value == 0 ? 0 : least);
    }

    // Maintenance of a position changes with price no faster than the highest tier's rate.
    private static int TopRatePpm(in Market market) => market.Tiers[market.TierCount - 1].MaintenancePpm;
}
