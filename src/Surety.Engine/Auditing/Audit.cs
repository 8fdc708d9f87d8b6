using System;
using System.Globalization;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Liquidation;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Auditing;

/// <summary>The invariants of the house, checked over the whole state. Reads everything, changes nothing.</summary>
public static class Audit
{
    /// <summary>The first invariant that does not hold, with what was found; null when all do.</summary>
    public static string? FindViolation(SuretyEngine engine) =>
        Conservation(engine.State) ?? Held(engine.State) ?? ZeroSum(engine.State) ?? Priority(engine.State) ?? Enforcement(engine)
            ?? Bookkeeping(engine.State) ?? Exercises(engine.State) ?? Withdrawals(engine.State) ?? Deleveraging(engine.State)
            ?? Sums(engine.State);

    /// <summary>Per asset: balances + isolated margin + clearing + fees + bonds + pending withdrawals = deposits − withdrawals.</summary>
    public static string? Conservation(IndexedState state)
    {
        ref readonly VenueCounters venue = ref state.Counts;
        for (int asset = 0; asset < venue.Assets; asset++)
        {
            Int128 held = state.Assets[asset].PendingWithdrawalAtoms;
            for (int account = 0; account < venue.Accounts; account++)
            {
                ref readonly Account holder = ref state.Accounts[account];
                if (holder.Pool >= venue.Pools)
                {
                    continue;
                }
                ref readonly Pool pool = ref state.Pools[holder.Pool];
                for (int slot = 0; slot < pool.CollateralCount; slot++)
                {
                    held += pool.Collateral[slot] == asset ? holder.Balances[slot] : 0;
                }
                if (pool.Collateral[0] == asset)
                {
                    for (int k = 0; k < state.PositionsPerAccount; k++)
                    {
                        held += state.Positions[(account * state.PositionsPerAccount) + k].IsolatedAtoms;
                    }
                }
            }
            for (int pool = 0; pool < venue.Pools; pool++)
            {
                held += state.Pools[pool].Collateral[0] == asset ? state.Pools[pool].FeesAtoms : 0;
            }
            for (int index = 0; index < venue.Indexes; index++)
            {
                ref readonly PriceIndex priced = ref state.Indexes[index];
                for (int i = 0; priced.BondPool.Exists && i < priced.SourceCount; i++)
                {
                    held += state.Pools[priced.BondPool.Number].Collateral[0] == asset ? priced.Sources[i].BondAtoms : 0;
                }
            }
            for (int market = 0; market < venue.Markets; market++)
            {
                held += state.Pools[state.Markets[market].Pool].Collateral[0] == asset ? state.Markets[market].ClearingAtoms : 0;
            }
            Int128 expected = (Int128)state.Assets[asset].DepositedAtoms - state.Assets[asset].WithdrawnAtoms;
            if (held != expected)
            {
                return Say($"Conservation: asset {state.Assets[asset].Name} holds {held} atoms, deposits less withdrawals are {expected}");
            }
        }
        return null;
    }

    /// <summary>
    /// Per pool, in its settlement asset: what came in and has not left is not negative, and is what its accounts, isolated
    /// positions, fees, bonds and clearing add up to. No pool pays with another's money.
    /// </summary>
    public static string? Held(IndexedState state)
    {
        ref readonly VenueCounters venue = ref state.Counts;
        var sums = new Int128[venue.Pools];
        for (int account = 0; account < venue.Accounts; account++)
        {
            int pool = state.Accounts[account].Pool;
            if (pool < venue.Pools)
            {
                sums[pool] += state.Accounts[account].Balances[0];
                for (int k = 0; k < state.PositionsPerAccount; k++)
                {
                    sums[pool] += state.Positions[(account * state.PositionsPerAccount) + k].IsolatedAtoms;
                }
            }
        }
        for (int market = 0; market < venue.Markets; market++)
        {
            sums[state.Markets[market].Pool] += state.Markets[market].ClearingAtoms;
        }
        for (int index = 0; index < venue.Indexes; index++)
        {
            ref readonly PriceIndex priced = ref state.Indexes[index];
            for (int i = 0; priced.BondPool.Exists && i < priced.SourceCount; i++)
            {
                sums[priced.BondPool.Number] += priced.Sources[i].BondAtoms;
            }
        }
        for (int pool = 0; pool < venue.Pools; pool++)
        {
            long held = state.Pools[pool].HeldAtoms;
            if (held < 0 || held != sums[pool] + state.Pools[pool].FeesAtoms)
            {
                return Say(
                    $"Held: pool {state.Pools[pool].Name} holds {held} atoms, its accounts ")
                    + Say($"come to {sums[pool] + state.Pools[pool].FeesAtoms}");
            }
        }
        return null;
    }

    /// <summary>
    /// Per market: positions sum to zero, the longs are the open interest, and the clearing ledger holds what open
    /// positions are owed: −Σ cost + Σ lots · funding index at which each last settled.
    /// </summary>
    public static string? ZeroSum(IndexedState state)
    {
        ref readonly VenueCounters venue = ref state.Counts;
        var sums = new (Int128 Lots, Int128 Longs, Int128 Clearing)[venue.Markets];
        for (int row = 0; row < venue.Accounts * state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Market.Exists)
            {
                ref (Int128 Lots, Int128 Longs, Int128 Clearing) sum = ref sums[position.Market.Number];
                sum.Lots += position.Lots;
                sum.Longs += Math.Max(position.Lots, 0);
                sum.Clearing += ((Int128)position.Lots * position.FundingIndex) - position.EntryCostAtoms;
            }
        }
        for (int market = 0; market < venue.Markets; market++)
        {
            ref readonly Market terms = ref state.Markets[market];
            if (sums[market].Lots != 0 || sums[market].Longs != terms.OpenInterestLots || sums[market].Clearing != terms.ClearingAtoms)
            {
                return Say(
                    $"Zero sum: market {terms.Name}: positions sum to {sums[market].Lots}, longs {sums[market].Longs} against open ")
                    + Say($"interest {terms.OpenInterestLots}, clearing {terms.ClearingAtoms} against {sums[market].Clearing}");
            }
        }
        return null;
    }

    /// <summary>No book is crossed, and every queue is in the order of its priorities.</summary>
    public static string? Priority(IndexedState state)
    {
        for (int market = 0; market < state.Counts.Markets; market++)
        {
            OrderBook book = state.Derived.Books[market]!;
            if (book.HasBid && book.HasAsk && book.BestBid >= book.BestAsk)
            {
                return Say($"Priority: market {state.Markets[market].Name} is crossed, {book.BestBid} bid and {book.BestAsk} offered");
            }
            OrderBook bids = state.Derived.AuctionSide(market, Side.Buy);
            OrderBook asks = state.Derived.AuctionSide(market, Side.Sell);
            if ((bids.HasBid || asks.HasAsk) && state.Markets[market].Status is not (MarketStatus.Auction or MarketStatus.Halted))
            {
                return Say(
                    $"Priority: market {state.Markets[market].Name} is {state.Markets[market].Status} ")
                    + Say($"and orders of its auction wait beside the book");
            }
            string? error = QueueError(state, book, Side.Buy, book.HasBid ? book.BestBid : null)
                ?? QueueError(state, book, Side.Sell, book.HasAsk ? book.BestAsk : null)
                ?? QueueError(state, bids, Side.Buy, bids.HasBid ? bids.BestBid : null)
                ?? QueueError(state, asks, Side.Sell, asks.HasAsk ? asks.BestAsk : null);
            if (error is not null)
            {
                return Say($"Priority: market {state.Markets[market].Name}: {error}");
            }
        }
        return null;
    }

    /// <summary>No account is below maintenance margin, but for those held because of doubtful prices. Looks at everybody.</summary>
    public static string? Enforcement(SuretyEngine engine)
    {
        IndexedState state = engine.State;
        for (uint account = 0; account < (uint)state.Counts.Accounts; account++)
        {
            if (state.Accounts[(int)account].Pool == ushort.MaxValue)
            {
                continue;
            }
            for (int row = (int)account * state.PositionsPerAccount; row < ((int)account + 1) * state.PositionsPerAccount; row++)
            {
                if (state.Positions[row].Lots != 0 && state.Positions[row].IsIsolated
                    && Falls(engine, MarginUnit.Isolated(account, row)) is { } isolated)
                {
                    return isolated;
                }
            }
            if (Falls(engine, MarginUnit.Cross(account)) is { } cross)
            {
                return cross;
            }
        }
        return null;
    }

    /// <summary>The order of deleveraging is that of the positions as they are.</summary>
    public static string? Deleveraging(IndexedState state) =>
        state.Derived.Deleveraging.FindError() is { } error ? Say($"Deleveraging: {error}") : null;

    /// <summary>Open interest by index, positions by person and coins by pool are the sums of their rows.</summary>
    public static string? Sums(IndexedState state)
    {
        if ((state.Derived.OwnerPositions.FindError() ?? state.Derived.OpenInterest.FindError()) is { } error)
        {
            return Say($"Sums: {error}");
        }
        var coins = new Int128[state.Derived.CoinsHeld.Length];
        for (int account = 0; account < state.Counts.Accounts; account++)
        {
            for (int slot = 1; slot < Pool.MaxCollateral && state.Accounts[account].Pool != ushort.MaxValue; slot++)
            {
                coins[(state.Accounts[account].Pool * Pool.MaxCollateral) + slot] += state.Accounts[account].Balances[slot];
            }
        }
        for (int i = 0; i < coins.Length; i++)
        {
            if (coins[i] != state.Derived.CoinsHeld[i])
            {
                return Say(
                    $"Sums: pool {i / Pool.MaxCollateral} counts {state.Derived.CoinsHeld[i]} atoms of ")
                    + Say($"its coin {i % Pool.MaxCollateral}, its accounts hold {coins[i]}");
            }
        }
        return null;
    }

    /// <summary>What accounts reserve and count agrees with the orders that exist.</summary>
    public static string? Bookkeeping(IndexedState state)
    {
        int rows = state.Counts.Accounts * state.PositionsPerAccount;
        var expected = new OpenOrders[rows];
        var live = new int[state.Counts.Accounts];
        for (int slot = 0; slot < state.Orders.Capacity; slot++)
        {
            ref readonly Order order = ref state.Orders[slot];
            if (order.Id != 0)
            {
                ref OpenOrders open = ref expected[state.FindPosition(order.Account, order.Market)];
                open.Count(in order, order.OpenLots);
                open.OrderCount++;
                live[order.Account]++;
            }
        }
        for (int slot = 0; slot < state.Triggers.Capacity; slot++)
        {
            ref readonly Trigger trigger = ref state.Triggers[slot];
            if (trigger.Id != 0)
            {
                expected[state.FindPosition(trigger.Account, trigger.Market)].OrderCount++;
                live[trigger.Account]++;
            }
        }
        for (int slot = 0; slot < state.Twaps.Capacity; slot++)
        {
            ref readonly Twap twap = ref state.Twaps[slot];
            if (twap.Id != 0)
            {
                expected[state.FindPosition(twap.Account, twap.Market)].OrderCount++;
                live[twap.Account]++;
            }
        }
        for (int row = 0; row < rows; row++)
        {
            OpenOrders found = state.Derived.OpenOrders[row];
            OpenOrders e = expected[row];
            if (found.BuyLots != e.BuyLots || found.SellLots != e.SellLots || found.BuyReserve != e.BuyReserve
                || found.SellReserve != e.SellReserve || found.OrderCount != e.OrderCount)
            {
                return Say(
                    $"Bookkeeping: account {row / state.PositionsPerAccount} reserves {found.BuyLots}/{found.SellLots} lots for ")
                    + Say($"{found.OrderCount} orders; its orders come to {e.BuyLots}/{e.SellLots} for {e.OrderCount}");
            }
        }
        for (int account = 0; account < live.Length; account++)
        {
            if (state.Accounts[account].LiveOrders != live[account])
            {
                return Say(
                    $"Bookkeeping: account {account} counts {state.Accounts[account].LiveOrders} live orders, there are {live[account]}");
            }
        }
        return null;
    }

    /// <summary>Lots whose exercise waits are held, and each market counts them.</summary>
    public static string? Exercises(IndexedState state)
    {
        var waiting = new long[state.Counts.Markets];
        for (int row = 0; row < state.Counts.Accounts * state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.ExerciseLots < 0 || position.ExerciseLots > Math.Max(position.Lots, 0))
            {
                return Say(
                    $"Exercises: account {row / state.PositionsPerAccount} waits to exercise ")
                    + Say($"{position.ExerciseLots} lots and holds {position.Lots}");
            }
            if (position.ExerciseLots != 0)
            {
                waiting[position.Market.Number] += position.ExerciseLots;
            }
        }
        for (int market = 0; market < waiting.Length; market++)
        {
            if (state.Markets[market].ExerciseLots != waiting[market])
            {
                return Say(
                    $"Exercises: market {market} counts {state.Markets[market].ExerciseLots} waiting lots, there are {waiting[market]}");
            }
        }
        return null;
    }

    /// <summary>
    /// Per asset the withdrawals under way are what it counts as pending, and what was paid to addresses is what was withdrawn; no id
    /// stands twice; each names an address of its owner for its asset; owners' counts are those of the rows.
    /// </summary>
    public static string? Withdrawals(IndexedState state)
    {
        var pending = new Int128[state.Counts.Assets];
        var paid = new Int128[state.Counts.Assets];
        var underWay = new int[state.Counts.Accounts];
        var addresses = new int[state.Counts.Accounts];
        for (int row = 0; row < state.WithdrawalTerms[0].Addresses; row++)
        {
            paid[state.Addresses[row].Asset] += state.Addresses[row].PaidAtoms;
            addresses[state.Addresses[row].Owner]++;
        }
        for (int row = 0; row < state.Withdrawals.Capacity; row++)
        {
            ref readonly Withdrawal w = ref state.Withdrawals[row];
            if (w.Id == 0)
            {
                continue;
            }
            uint owner = state.Accounts[(int)w.Account].Owner;
            pending[w.Asset] += w.AmountAtoms;
            underWay[owner]++;
            int address = w.Address.Number;
            if ((w.Id & 0xFFFFFF) != (ulong)row || w.Id >> 24 > state.Counts.Withdrawals || w.AmountAtoms < 1
                || w.Status is not (WithdrawalStatus.Requested or WithdrawalStatus.Approved)
                || (w.Status == WithdrawalStatus.Approved) != (w.ApprovedNs != 0)
                || (state.HasAddressBook
                    ? address < 0 || state.Addresses[address].Owner != owner || state.Addresses[address].Asset != w.Asset
                    : address >= 0))
            {
                return Say(
                    $"Withdrawals: row {row} holds withdrawal {w.Id} of account {w.Account}, ")
                    + Say($"{w.AmountAtoms} atoms, {w.Status}, address {address}");
            }
        }
        for (int asset = 0; asset < pending.Length; asset++)
        {
            ref readonly Asset counted = ref state.Assets[asset];
            if (counted.PendingWithdrawalAtoms != pending[asset] || (state.HasAddressBook && counted.WithdrawnAtoms != paid[asset]))
            {
                return Say(
                    $"Withdrawals: asset {counted.Name} counts {counted.PendingWithdrawalAtoms} pending and ")
                    + Say($"{counted.WithdrawnAtoms} withdrawn, its rows come to {pending[asset]} and {paid[asset]}");
            }
        }
        for (int owner = 0; state.HasAddressBook && owner < underWay.Length; owner++)
        {
            ref readonly OwnerWithdrawals counted = ref state.OwnerWithdrawals[owner];
            if (counted.Pending != underWay[owner] || counted.Addresses != addresses[owner])
            {
                return Say(
                    $"Withdrawals: owner {owner} counts {counted.Pending} withdrawals and {counted.Addresses} ")
                    + Say($"addresses, there are {underWay[owner]} and {addresses[owner]}");
            }
        }
        return null;
    }

    private static string? Falls(SuretyEngine engine, MarginUnit unit)
    {
        Health health = engine.Margin.OfUnit(unit);
        return !health.CoversMaintenance && PriceDoubt.MustAct(engine.State, unit, in health)
            && !engine.Enforcement.IsDeferred(unit.Account)
            && !WaitsForBuyer(engine, unit)
            ? Say($"Enforcement: account {unit.Account} has {health.EquityAtoms} atoms against maintenance {health.MaintenanceAtoms}")
            : null;
    }

    // A debt that coins cover at their price, without a position to reduce, waits for someone who buys the coins; a deficit that the
    // whole pool cannot cover waits for money.
    private static bool WaitsForBuyer(SuretyEngine engine, MarginUnit unit)
    {
        IndexedState state = engine.State;
        for (int row = (int)unit.Account * state.PositionsPerAccount; row < ((int)unit.Account + 1) * state.PositionsPerAccount; row++)
        {
            if (!unit.IsCross
                || (state.Positions[row].Lots != 0 && !state.Positions[row].IsIsolated
                && PriceDoubt.IsActable(state, state.Positions[row].Market.Number)))
            {
                return false;
            }
        }
        return true;
    }

    private static string? QueueError(IndexedState state, OrderBook book, Side side, long? best)
    {
        long price = best ?? 0;
        for (bool more = best is not null; more; more = book.TryNextPrice(side, price, out price))
        {
            ulong last = 0;
            long shown = 0;
            for (int slot = book.First(price); slot >= 0; slot = book.Next(slot))
            {
                ref readonly Order order = ref state.Orders[slot];
                if (order.Priority <= last || order.PriceTicks != price || order.Side != side || order.OpenLots < 1)
                {
                    return Say($"order {order.Id} stands wrongly at {price}");
                }
                last = order.Priority;
                shown += state.ShownLots(slot);
            }
            if (shown != book.LotsAt(price))
            {
                return Say($"{book.LotsAt(price)} lots shown at {price}, its orders show {shown}");
            }
        }
        return null;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
