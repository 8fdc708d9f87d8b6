using System;
using System.Collections.Generic;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// After a price is applied, and before anything else happens, no account is left below maintenance that the oracle's prices
/// allow to act on. Only accounts whose bands the price has left, that were touched since the last price, or that are held
/// because of doubtful prices are looked at; docs/enforcement.md proves that this misses none.
/// </summary>
public sealed class Enforcement
{
    private readonly IndexedState _state;
    private readonly AccountMargin _margin;
    private readonly Liquidator _liquidator;
    private readonly PortfolioBands _portfolios;
    private readonly BandPlacement _placement;

    private readonly Queue<int> _pools = new();
    private readonly Queue<(int Market, int Pool, int Slot)> _moved = new();
    private readonly List<uint> _candidates = new(1024);
    private readonly List<MarginUnit> _due = new(1024);
    // By account: the step in which it was last acted on, and how often in it.
    private (long Step, int Acts)[] _acts;
    private long _step;
    private int _actsOfStep;
    private List<uint> _held = new(64);
    private List<uint> _heldBefore = new(64);

    internal Enforcement(IndexedState state, AccountMargin margin, Liquidator liquidator)
    {
        _state = state;
        _margin = margin;
        _liquidator = liquidator;
        _portfolios = new PortfolioBands(state);
        _acts = new (long, int)[state.Accounts.Capacity];
        _placement = new BandPlacement(state, margin, _portfolios);
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

    /// <summary>Takes memory for as many accounts as there is room for now.</summary>
    internal void Grow()
    {
        Array.Resize(ref _acts, _state.Accounts.Capacity);
        _portfolios.Grow(_state.Accounts.Capacity);
    }

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
        _state.Derived.Bands.Renew(market);
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
        _due.Sort(MarginUnit.Compare);
        bool progress = false;
        for (int i = 0; i < _due.Count; i++)
        {
            MarginUnit unit = _due[i];
            uint account = unit.Account;
            if (i + 2 < _due.Count)
            {
                AnticipateRows(_due[i + 2].Account);
            }
            Invariant.Assert(unit.IsCross || unit.IsolatedRow / _state.PositionsPerAccount == account, "a unit is of another account");
            Health health = _margin.OfUnit(unit);
            if (!health.CoversMaintenance && PriceDoubt.MustAct(_state, unit, in health))
            {
                // A unit that was acted on often enough in this step, or that nothing can be done for, is held for the next.
                if (!TakeTurn(account))
                {
                    _held.Add(account);
                    continue;
                }
                _liquidator.Liquidate(unit);
                if (_margin.OfUnit(unit) == health)
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
    public bool IsDeferred(uint account) =>
        _actsOfStep >= ActsPerStep
            || (_acts[account].Step == _step && _acts[account].Acts >= ActsPerUnit * (_state.PositionsPerAccount + 1));

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
                long driver = bands.Driver(moved.Market);
                for (int row = bands.TakeLeft(moved.Market, driver); row >= 0; row = bands.TakeLeft(moved.Market, driver))
                {
                    bands.Touch((uint)(row / _state.PositionsPerAccount));
                }
            }
            else
            {
                long unit = _placement.UnitValue(moved.Pool, moved.Slot);
                for (int account = bands.TakeLeftCollateral(moved.Pool, moved.Slot, unit); account >= 0;
                    account = bands.TakeLeftCollateral(moved.Pool, moved.Slot, unit))
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
        for (int i = 0; i < _candidates.Count; i++)
        {
            Anticipate(i);
            uint account = _candidates[i];
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
                    held |= Decide(MarginUnit.Isolated(account, row), _margin.Isolated(row));
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
                held |= Decide(MarginUnit.Cross(account), _margin.Cross(account));
            }
            if (held)
            {
                _held.Add(account);
            }
        }
    }

    // Candidates lie all over the memory: what those to come will be read from is asked for some places ahead.
    private void Anticipate(int at)
    {
        if (at + 8 < _candidates.Count)
        {
            int account = (int)_candidates[at + 8];
            Prefetch.Line(in _state.Accounts[account]);
            Prefetch.Line(in _state.Derived.MarketOfPosition[account * _state.PositionsPerAccount]);
        }
        if (at + 4 < _candidates.Count)
        {
            AnticipateRows(_candidates[at + 4]);
        }
    }

    private void AnticipateRows(uint account)
    {
        int first = (int)account * _state.PositionsPerAccount;
        for (int row = first; row < first + _state.PositionsPerAccount; row++)
        {
            if (_state.Derived.MarketOfPosition[row] != 0)
            {
                Prefetch.Ends(in _state.Positions[row]);
                _state.Derived.Bands.Anticipate(row);
            }
        }
    }

    // True when the unit is below maintenance and held because of doubtful prices.
    private bool Decide(MarginUnit unit, Health health)
    {
        if (health.CoversMaintenance)
        {
            _placement.Make(unit, health.EquityAtoms - health.MaintenanceAtoms);
            return false;
        }
        if (PriceDoubt.MustAct(_state, unit, in health))
        {
            _due.Add(unit);
            return false;
        }
        return true;
    }
}
