using System;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>What follows from the tables and is kept for speed. Not hashed, not saved: rebuilt.</summary>
public sealed partial class DerivedState
{
    private const long NsPerMinute = 60_000_000_000;

    private readonly IndexedState _state;
    private readonly OrderBook?[] _auctionBids;
    private readonly OrderBook?[] _auctionAsks;

    internal DerivedState(IndexedState state)
    {
        _state = state;
        Genesis genesis = state.Genesis;
        int positions = genesis.MaxAccounts * genesis.PositionsPerAccount;
        OpenOrders = new OpenOrders[positions];
        MarketOfPosition = new ushort[positions];
        Links = new OrderLinks[genesis.MaxOrders];
        FirstOrderOf = new int[genesis.MaxAccounts];
        LastOrderOf = new int[genesis.MaxAccounts];
        Books = new OrderBook?[genesis.MaxMarkets];
        TriggerBooks = new TriggerBook?[genesis.MaxMarkets];
        _auctionBids = new OrderBook?[genesis.MaxMarkets];
        _auctionAsks = new OrderBook?[genesis.MaxMarkets];
        IndexChecksNs = new long[genesis.MaxIndexes];
        IndexChecksNs.AsSpan().Fill(long.MaxValue);
        ContractChecksNs = new long[genesis.MaxMarkets];
        ContractChecksNs.AsSpan().Fill(long.MaxValue);
        OrderSlots = new SlotMap(genesis.MaxOrders);
        TriggerSlots = new SlotMap(genesis.MaxTriggers);
        TwapSlots = new SlotMap(genesis.MaxTwaps);
        WithdrawalSlots = new SlotMap(genesis.MaxWithdrawals);
        NextOfOwner = new int[genesis.MaxAccounts];
        Addresses = new RowsByOwner(genesis.MaxAccounts);
        UnderWay = new RowsByOwner(genesis.MaxAccounts);
        Debtors = new AccountSet(genesis.MaxAccounts);
        OpenInterest = new IndexOpenInterest(state);
        OwnerPositions = new OwnerPositions(state);
        CoinsHeld = new long[genesis.MaxPools * Pool.MaxCollateral];
        FirstOrderOf.AsSpan().Fill(-1);
        LastOrderOf.AsSpan().Fill(-1);
        Timers = new TimerHeap(1024);
        Bands = new SafetyBands(state);
        Deleveraging = new DeleverageOrder(state);
        Contracts = new ListedContracts(state);
        Owners = new OwnerUse(state);
        KeyRows = new KeyRows(state);
    }

    /// <summary>By position row.</summary>
    public OpenOrders[] OpenOrders { get; private set; }

    /// <summary>By position row: market plus one.</summary>
    public ushort[] MarketOfPosition { get; private set; }

    /// <summary>By order row.</summary>
    public OrderLinks[] Links { get; private set; }

    /// <summary>By account: its oldest resting order's row, −1 for none.</summary>
    public int[] FirstOrderOf { get; private set; }

    /// <summary>By account: its newest resting order's row, −1 for none.</summary>
    public int[] LastOrderOf { get; private set; }

    /// <summary>By account: the next account of the same person, in a circle.</summary>
    public int[] NextOfOwner { get; private set; }

    /// <summary>Accounts whose settlement balance was negative when it last changed.</summary>
    internal AccountSet Debtors { get; }

    /// <summary>Open interest by pool and index.</summary>
    internal IndexOpenInterest OpenInterest { get; }

    /// <summary>Positions by person, pool and index.</summary>
    internal OwnerPositions OwnerPositions { get; }

    /// <summary>
    /// By pool · <see cref="Pool.MaxCollateral"/> + slot, from slot 1: atoms of a coin that all accounts of the pool hold.
    /// </summary>
    internal long[] CoinsHeld { get; }

    /// <summary>By market.</summary>
    public OrderBook?[] Books { get; }

    /// <summary>By market.</summary>
    public TriggerBook?[] TriggerBooks { get; }

    /// <summary>Which rows of orders are taken.</summary>
    public SlotMap OrderSlots { get; private set; }

    /// <summary>Which rows of triggers are taken.</summary>
    public SlotMap TriggerSlots { get; private set; }

    /// <summary>Which rows of TWAPs are taken.</summary>
    public SlotMap TwapSlots { get; private set; }

    /// <summary>Which rows of withdrawals are taken.</summary>
    public SlotMap WithdrawalSlots { get; private set; }

    /// <summary>Rows of owners' address books, removed addresses included.</summary>
    public RowsByOwner Addresses { get; }

    /// <summary>Rows of owners' withdrawals.</summary>
    public RowsByOwner UnderWay { get; }

    /// <summary>What becomes due by itself.</summary>
    public TimerHeap Timers { get; }

    /// <summary>The programs of listed contracts.</summary>
    public ListedContracts Contracts { get; }

    /// <summary>Where each safe account's bands end.</summary>
    public SafetyBands Bands { get; }

    /// <summary>Who is deleveraged first.</summary>
    public DeleverageOrder Deleveraging { get; }

    /// <summary>By index: when the timer that will check it next is due; the end of time for none.</summary>
    public long[] IndexChecksNs { get; }

    /// <summary>By market: when the timer that will look at its contract next is due; the end of time for none.</summary>
    public long[] ContractChecksNs { get; }

    /// <summary>
    /// The orders of one side that gathered in a market's auction at prices that would trade; made when it is first needed.
    /// </summary>
    public OrderBook AuctionSide(int market, Side side)
    {
        OrderBook?[] books = side == Side.Buy ? _auctionBids : _auctionAsks;
        return books[market] ??= new OrderBook(_state.Markets[market].MinPriceTicks, _state.Markets[market].MaxPriceTicks, Links);
    }

    /// <summary>Where a resting order waits: the market's book, or beside it in an auction.</summary>
    public OrderBook BookOf(in Order order) =>
        (order.Flags & OrderFlags.Auction) == 0 ? Books[order.Market]! : AuctionSide(order.Market, order.Side);

    /// <summary>Makes the derived parts of a market that was just listed.</summary>
    internal void AddMarket(int number)
    {
        ref readonly Market market = ref _state.Markets[number];
        Books[number] = new OrderBook(market.MinPriceTicks, market.MaxPriceTicks, Links);
        TriggerBooks[number] = new TriggerBook(_state.Triggers);
        if (market.ExpiryNs != 0 && market.Status != MarketStatus.Expired && market.Kind != MarketKind.Contract)
        {
            Timers.Add(DueTimes.NextTry(market.ExpiryNs, _state.TimeNs), TimerKind.MarketExpiry, (ulong)number);
        }
        Bands.AddMarket(number);
        if (market.Status == MarketStatus.Auction)
        {
            Timers.Add(market.AuctionEndNs, TimerKind.AuctionEnd, (ulong)number);
        }
        ScheduleGrace(number);
    }

    /// <summary>Makes sure that a contract is looked at when time next does something in it.</summary>
    internal void ScheduleContract(int market)
    {
        long timeNs = DueTimes.NextTry(Contracts.NextNs(market), _state.TimeNs);
        if (timeNs < ContractChecksNs[market])
        {
            ContractChecksNs[market] = timeNs;
            Timers.Add(timeNs, TimerKind.ContractEvent, (ulong)market);
        }
    }

    /// <summary>Makes sure that a market whose index is in doubt is looked at when its patience ends.</summary>
    internal void ScheduleGrace(int number)
    {
        ref readonly Market market = ref _state.Markets[number];
        if (market.OracleDoubtNs == 0)
        {
            return;
        }
        foreach (long untilNs in (ReadOnlySpan<long>)[DueTimes.SettleNs, market.OracleGraceMs * 1_000_000L])
        {
            if (market.OracleDoubtNs + untilNs > _state.TimeNs)
            {
                Timers.Add(market.OracleDoubtNs + untilNs, TimerKind.OracleGrace, (ulong)number);
            }
        }
        AddEase(market.OracleDoubtNs, (ulong)number);
    }

    private void AddEase(long sinceNs, ulong id)
    {
        long nextNs = DueTimes.NextEaseNs(sinceNs, _state.TimeNs);
        if (nextNs != long.MaxValue)
        {
            Timers.Add(nextNs, TimerKind.DoubtEases, id);
        }
    }

    /// <summary>
    /// Puts a new account into its person's circle, right after the one that the person is named by. Accounts come in order of number.
    /// </summary>
    internal void LinkOwner(uint account)
    {
        uint person = _state.Accounts[(int)account].BeneficialOwner;
        NextOfOwner[account] = person == account ? (int)account : NextOfOwner[person];
        NextOfOwner[person] = (int)account;
    }

    /// <summary>Puts a resting order at the end of its account's list.</summary>
    internal void LinkToAccount(int slot, uint account)
    {
        int last = LastOrderOf[account];
        Links[slot].AccountPrevious = last;
        Links[slot].AccountNext = -1;
        if (last < 0)
        {
            FirstOrderOf[account] = slot;
        }
        else
        {
            Links[last].AccountNext = slot;
        }
        LastOrderOf[account] = slot;
    }

    /// <summary>Takes a resting order out of its account's list.</summary>
    internal void UnlinkFromAccount(int slot, uint account)
    {
        (int next, int previous) = (Links[slot].AccountNext, Links[slot].AccountPrevious);
        if (previous < 0)
        {
            FirstOrderOf[account] = next;
        }
        else
        {
            Links[previous].AccountNext = next;
        }
        if (next < 0)
        {
            LastOrderOf[account] = previous;
        }
        else
        {
            Links[next].AccountPrevious = previous;
        }
    }

    /// <summary>Rebuilds everything from the tables of a fresh state that were just loaded.</summary>
    internal void Rebuild()
    {
        Timers.Clear();
        for (int account = 0; account < _state.Counts.Accounts; account++)
        {
            LinkOwner((uint)account);
            if (_state.Accounts[account].Balances[0] < 0)
            {
                Debtors.Add((uint)account);
            }
            for (int slot = 1; slot < Pool.MaxCollateral && _state.Accounts[account].Pool != ushort.MaxValue; slot++)
            {
                CoinsHeld[(_state.Accounts[account].Pool * Pool.MaxCollateral) + slot] += _state.Accounts[account].Balances[slot];
            }
        }
        if (_state.Counts.Pools > 0)
        {
            Timers.Add(DueTimes.NextInterestNs(_state.TimeNs), TimerKind.Interest, 0);
        }
        Owners.Rebuild();
        KeyRows.Rebuild();
        OpenInterest.Rebuild();
        for (int row = 0; row < MarketOfPosition.Length; row++)
        {
            MarketOfPosition[row] = (ushort)(_state.Positions[row].Market.Number + 1);
        }
        OwnerPositions.Rebuild();
        for (int market = 0; market < _state.Counts.Markets; market++)
        {
            AddMarket(market);
            if (_state.Markets[market].Kind == MarketKind.Contract)
            {
                Contracts.Add(market);
                if (_state.Markets[market].Status != MarketStatus.Expired)
                {
                    ScheduleContract(market);
                }
            }
        }
        RebuildOrders();
        for (int slot = 0; slot < _state.Triggers.Rows; slot++)
        {
            ref readonly Trigger trigger = ref _state.Triggers[slot];
            if (trigger.Id != 0)
            {
                TriggerSlots.Take(slot);
                TriggerBooks[trigger.Market]!.Add(slot);
                OpenOrders[_state.FindPosition(trigger.Account, trigger.Market)].OrderCount++;
                if (trigger.ExpiresNs != 0)
                {
                    Timers.Add(trigger.ExpiresNs, TimerKind.OrderExpiry, trigger.Id);
                }
            }
        }
        for (int slot = 0; slot < _state.Twaps.Rows; slot++)
        {
            ref readonly Twap twap = ref _state.Twaps[slot];
            if (twap.Id != 0)
            {
                TwapSlots.Take(slot);
                OpenOrders[_state.FindPosition(twap.Account, twap.Market)].OrderCount++;
                Timers.Add(twap.NextSliceNs, TimerKind.TwapSlice, twap.Id);
            }
        }
        for (int slot = 0; slot < _state.Withdrawals.Rows; slot++)
        {
            ref readonly Withdrawal withdrawal = ref _state.Withdrawals[slot];
            if (withdrawal.Id != 0)
            {
                WithdrawalSlots.Take(slot);
                UnderWay.Add(_state.Accounts[(int)withdrawal.Account].Owner, slot);
                if (withdrawal.Status == WithdrawalStatus.Requested)
                {
                    Timers.Add(withdrawal.ExpiresNs, TimerKind.WithdrawalExpiry, withdrawal.Id);
                }
            }
        }
        for (int row = 0; row < _state.WithdrawalTerms[0].Addresses; row++)
        {
            Addresses.Add(_state.Addresses[row].Owner, row);
        }
        for (int row = 0; row < PendingTerms.Most; row++)
        {
            if (_state.PendingTerms[row].Market.Exists)
            {
                Timers.Add(_state.PendingTerms[row].ActivateNs, TimerKind.TermsChange, (ulong)row);
            }
        }
        for (int pool = 0; pool < _state.Counts.Pools; pool++)
        {
            if (_state.Pools[pool].FeesActNs != 0)
            {
                Timers.Add(_state.Pools[pool].FeesActNs, TimerKind.TermsChange, DueTimes.OfPool | (uint)pool);
            }
        }
        for (int row = 0; row < _state.Counts.ListingSchedules; row++)
        {
            Timers.Add(_state.ListingSchedules[row].NextNs, TimerKind.Listing, (ulong)row);
        }
        for (int index = 0; index < _state.Counts.Indexes; index++)
        {
            ref readonly PriceIndex priced = ref _state.Indexes[index];
            ScheduleCheck(index, DueTimes.NextCheckNs(in priced));
            AddEase(priced.DoubtNs, DueTimes.IndexDoubt | (uint)index);
            for (int i = 0; i < priced.SourceCount; i++)
            {
                if (priced.Sources[i].UnbondedNs != 0)
                {
                    Timers.Add(priced.Sources[i].UnbondedNs, TimerKind.BondRelease, (ulong)index);
                }
            }
        }
        RebuildBreakers();
        Bands.TouchAll(-1);
        Deleveraging.Rebuild();
    }

    /// <summary>Makes sure that an index is checked at a time, if not before.</summary>
    internal void ScheduleCheck(int index, long timeNs)
    {
        if (timeNs < IndexChecksNs[index])
        {
            IndexChecksNs[index] = timeNs;
            Timers.Add(timeNs, TimerKind.IndexCheck, (ulong)index);
        }
    }

    private void RebuildBreakers()
    {
        for (int market = 0; market < _state.Counts.Markets; market++)
        {
            ref readonly Market terms = ref _state.Markets[market];
            if ((terms.Causes & MarketCauses.FundLoss) != 0)
            {
                Timers.Add(_state.Pools[terms.Pool].FundHourNs + (60 * NsPerMinute), TimerKind.BreakerEnd, terms.Pool);
            }
        }
        if (_state.Counts.RefusalEndNs != 0)
        {
            Timers.Add(_state.Counts.RefusalEndNs, TimerKind.BreakerEnd, ulong.MaxValue);
        }
    }

    private void RebuildOrders()
    {
        int count = 0;
        for (int slot = 0; slot < _state.Orders.Rows; slot++)
        {
            count += _state.Orders[slot].Id != 0 ? 1 : 0;
        }
        var byId = new (ulong Id, int Slot)[count];
        var byPriority = new (ulong Priority, int Slot)[count];
        count = 0;
        for (int slot = 0; slot < _state.Orders.Rows; slot++)
        {
            ref readonly Order order = ref _state.Orders[slot];
            if (order.Id != 0)
            {
                OrderSlots.Take(slot);
                byId[count] = (order.Id, slot);
                byPriority[count++] = (order.Priority, slot);
            }
        }
        Array.Sort(byId);
        Array.Sort(byPriority);
        foreach ((_, int slot) in byId)
        {
            ref readonly Order order = ref _state.Orders[slot];
            LinkToAccount(slot, order.Account);
            ref OpenOrders open = ref OpenOrders[_state.FindPosition(order.Account, order.Market)];
            open.OrderCount++;
            open.Count(in order, order.OpenLots);
            long expires = _state.OrderDetails[slot].ExpiresNs;
            if (expires != 0)
            {
                Timers.Add(expires, TimerKind.OrderExpiry, order.Id);
            }
        }
        foreach ((_, int slot) in byPriority)
        {
            ref readonly Order order = ref _state.Orders[slot];
            BookOf(in order).Append(order.Side, order.PriceTicks, slot, _state.ShownLots(slot));
        }
    }
}
