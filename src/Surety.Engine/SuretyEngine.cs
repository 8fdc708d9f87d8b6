using System;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Breakers;
using Surety.Engine.Contracts;
using Surety.Engine.Events;
using Surety.Engine.Governance;
using Surety.Engine.Liquidation;
using Surety.Engine.Margin;
using Surety.Engine.Oracles;
using Surety.Engine.Settlement;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine;

/// <summary>
/// The state machine. A command goes in, the state changes, events go into the log; nothing else happens. Equal commands
/// give equal bytes of events and equal state on every machine.
/// </summary>
public sealed partial class SuretyEngine
{
    /// <summary>In the id of a timer of <see cref="TimerKind.DoubtEases"/>: an index's doubt, not a market's.</summary>
    internal const ulong IndexDoubt = 1UL << 32;

    private readonly RestingOrders _resting;
    private readonly OrderEntry _orders;
    private readonly ConditionalOrders _conditional;
    private readonly Quotes _quotes;
    private readonly KeyRing _keys;
    private readonly Custody _custody;
    private readonly Listings _listings;
    private readonly FeeChanges _fees;
    private readonly PriceFeed _prices;
    private readonly MarkPrices _marks;
    private readonly CallAuction _auction;
    private readonly MarketGate _gate;
    private readonly MarketListing _markets;
    private readonly Shadow _shadow;
    private readonly SourceBonds _bonds;
    private readonly BackstopBids _backstop;
    private readonly DebtInterest _interest;
    private readonly FundUnwinding _unwinding;
    private readonly Expiry _expiry;
    private readonly ContractListing _contractListing;
    private readonly ContractExercise _exercise;
    private readonly ContractSettlement _contracts;
    private readonly Volatilities _volatilities;
    private readonly ListingCalendar _calendar;
    private readonly OwnerLinks _links;
    private readonly Aftermath _aftermath = new();

    /// <summary>A new venue of a simulation.</summary>
    /// <exception cref="ArgumentException">The genesis record has a field outside its range.</exception>
    public SuretyEngine(in Genesis genesis)
        : this(new VenueState(genesis))
    {
    }

    /// <summary>A new venue, with its secret.</summary>
    /// <exception cref="ArgumentException">The genesis record has a field outside its range.</exception>
    public SuretyEngine(GenesisRecord genesisRecord)
        : this(new VenueState(genesisRecord))
    {
    }

    /// <summary>A venue that goes on from a state.</summary>
    public SuretyEngine(VenueState state)
    {
        State = state;
        Events = new EventLog(initialPages: 1024);
        Margin = new AccountMargin(state);
        var leverage = new LeverageKeeping(state, Margin);
        var keeping = new PositionKeeping(state, leverage);
        var fees = new FeeSchedule(state);
        Risk = new RiskView(state, Margin, fees);
        _resting = new RestingOrders(state, Events);
        var matching = new Matching(state, Events, _resting, Margin, keeping, fees, _aftermath);
        var checks = new OrderChecks(state, _resting, Margin, fees);
        _orders = new OrderEntry(state, Events, _resting, matching, checks);
        _conditional = new ConditionalOrders(state, Events, _resting, checks, _orders);
        _quotes = new Quotes(state, Events, _resting, checks, _orders);
        var withdrawable = new Withdrawable(state, Margin);
        var outflow = new OutflowLimits(state);
        _custody = new Custody(state, Events, withdrawable, leverage, outflow);
        _addresses = new AddressBook(state, Events);
        _withdrawals = new WithdrawalKeeping(state, Events, _custody, withdrawable, outflow);
        _links = new OwnerLinks(state, Events, outflow);
        _subAccounts = new SubAccounts(state, _custody);
        _keys = new KeyRing(state, _subAccounts);
        _auction = new CallAuction(state, Events, _resting, matching);
        _gate = new MarketGate(state, Events, _auction);
        _bonds = new SourceBonds(state, Events, _custody);
        _listings = new Listings(state, _gate);
        _fees = new FeeChanges(state, Events);
        _prices = new PriceFeed(state, Events, _bonds);
        _volatilities = new Volatilities(state);
        _marks = new MarkPrices(state, Events, Margin, new ContractMarks(state, state.Derived.Contracts, _volatilities));
        _shadow = new Shadow(state, Events, Margin, _marks);
        _markets = new MarketListing(state, Events, Margin, _gate, _shadow);
        Deleveraging = new AutoDeleveraging(state, Events, Margin, keeping);
        var fund = new InsuranceFund(state, Margin, _custody, _gate, fees);
        _backstop = new BackstopBids(state, Events, Margin, keeping, _custody);
        var sharing = new LossSharing(state, Events, Margin, _custody);
        var restoration = new Restoration(state, Events, Margin, keeping, _custody, Deleveraging, _backstop, fund);
        var closing = new Closing(state, Events, Margin, keeping, _custody, Deleveraging, fund, sharing);
        var liquidator = new Liquidator(state, Events, Margin, _orders, _conditional, matching, fees, restoration, closing, fund, _gate);
        _interest = new DebtInterest(state, _custody);
        Enforcement = new Enforcement(state, Margin, liquidator);
        _capacity = new Capacity(state, Enforcement);
        _unwinding = new FundUnwinding(state, Margin, matching, Deleveraging, _backstop, fund);
        _expiry = new Expiry(state, Events, _orders, _conditional, keeping);
        _contractListing = new ContractListing(state, state.Derived.Contracts, _markets);
        var payments = new ContractPayments(state);
        _exercise = new ContractExercise(state, Events, keeping, _orders, _conditional, payments);
        _contracts = new ContractSettlement(state, Events, payments, _exercise, _expiry);
        _calendar = new ListingCalendar(state, Events, _contractListing, _markets);
    }

    /// <summary>What the venue knows.</summary>
    public VenueState State { get; }

    /// <summary>What happened since the log was last cleared, when a block was made.</summary>
    public EventLog Events { get; }

    /// <summary>Who is looked at after a price, for reading what it costs.</summary>
    public Enforcement Enforcement { get; }

    /// <summary>The queues of auto-deleveraging, for reading an account's place.</summary>
    public AutoDeleveraging Deleveraging { get; }

    /// <summary>What an order would do, and Greeks, for reading.</summary>
    public RiskView Risk { get; }

    /// <summary>Health of any account, for reading.</summary>
    public AccountMargin Margin { get; }

    /// <summary>
    /// Applies one record: time passes up to its stamp, its sender is checked, it is carried out or refused, and whatever
    /// follows from it is done, all before the next. A refused command changes nothing but the nonce it used.
    /// </summary>
    /// <returns>None, or why it was refused. Malformed records and records that go back in time leave no event.</returns>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        if (!CommandCodec.IsWellFormed(record))
        {
            return RefusalCode.Malformed;
        }
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        if (header.TimeNs < State.TimeNs)
        {
            return RefusalCode.TimeBackwards;
        }
        Events.Sequence = header.Sequence;
        if (header.Kind == CommandKind.Exclusion)
        {
            return Witness(in CommandCodec.View<Exclusion>(record));
        }
        PassTime(header.TimeNs);
        if (header.Kind == CommandKind.Tick)
        {
            return RefusalCode.None;
        }
        RefusalCode code = _keys.Authenticate(in header, CommandCodec.IsSigned(record), ScopeOf(header.Kind), out long detail);
        bool isAuthentic = code == RefusalCode.None;
        if (isAuthentic)
        {
            Nonces.Use(ref State.Keys.Write(KeyRows.RowOf(header.Key)), header.Nonce);
            code = CarryOut(record, header.Kind, out ulong created, out detail);
            if (code == RefusalCode.None)
            {
                if (header.Kind < CommandKind.PlaceOrder || header.Kind is CommandKind.SetQuoteProtection or CommandKind.SetFees)
                {
                    Events.Write(EventKind.CommandAccepted, header.Account, new CommandAccepted { Kind = header.Kind, Created = created });
                }
                Conclude();
                StopIfAsked(in header);
                return code;
            }
        }
        if (isAuthentic)
        {
            // What fails before it is known who sent it costs its sender nothing, and counts for nothing.
            _gate.CountRefusal(header.Account);
        }
        Events.Write(EventKind.CommandRefused, header.Account, new CommandRefused { Code = code, Detail = detail, Kind = header.Kind });
        return code;
    }

    /// <summary>
    /// What an order would answer if it came now, by the checks that placing it makes; changes nothing. Whether its sender may sign for the
    /// account is not asked.
    /// </summary>
    public RefusalCode WouldAnswer(in PlaceOrder command, out long detail)
    {
        detail = command.Header.Account;
        return command.Header.Account >= (uint)State.Venue[0].Accounts ? RefusalCode.UnknownAccount : _orders.WouldAnswer(in command, out detail);
    }

    // Time first: what became due before the command happens before the command, each at its own time.
    private void PassTime(long timeNs)
    {
        TimerHeap timers = State.Derived.Timers;
        while (timers.NextNs <= timeNs)
        {
            (long dueNs, TimerKind kind, ulong id) = timers.Take();
            ref VenueCounters venue = ref State.Venue.Write(0);
            venue.TimeNs = Math.Max(venue.TimeNs, dueNs);
            if (IsSetAside(dueNs, kind, id))
            {
                continue;
            }
            switch (kind)
            {
                case TimerKind.OrderExpiry:
                    Expire(id);
                    break;
                case TimerKind.TwapSlice:
                    _conditional.Slice(id);
                    break;
                case TimerKind.MarketExpiry:
                    if (_expiry.Settle((int)id))
                    {
                        Enforcement.Require(State.Markets[(int)id].Pool);
                    }
                    break;
                case TimerKind.ContractEvent:
                    if (_contracts.Due((int)id))
                    {
                        // What it remembers has changed, which scenarios are computed from.
                        Margin.Portfolio.Refresh((int)id);
                        Enforcement.PriceMoved((int)id);
                    }
                    break;
                case TimerKind.Listing:
                    _calendar.ListDue((int)id);
                    break;
                case TimerKind.IndexCheck:
                    CheckIndex((int)id);
                    break;
                case TimerKind.OracleGrace:
                    _gate.EndGrace((int)id);
                    break;
                case TimerKind.AuctionEnd:
                    if (_gate.EndAuction((int)id))
                    {
                        // Liquidations come last: after the auction has found a price.
                        Enforcement.PriceMoved((int)id);
                    }
                    break;
                case TimerKind.Interest:
                    _interest.Charge();
                    RequirePools();
                    break;
                case TimerKind.DoubtEases:
                    EaseDoubt(id);
                    break;
                case TimerKind.BondRelease:
                    _bonds.Release((ushort)id);
                    break;
                case TimerKind.BreakerEnd:
                    _gate.EndBreaker(id);
                    break;
                case TimerKind.WithdrawalExpiry:
                    _withdrawals.Expire(id);
                    break;
                default:
                    if ((id & FeeChanges.OfPool) != 0)
                    {
                        _fees.Activate((int)(id & uint.MaxValue));
                    }
                    else if (_markets.Activate((int)id, out int changed))
                    {
                        Enforcement.PriceMoved(changed);
                    }
                    break;
            }
            Conclude();
        }
        _working = default;
        State.Venue.Write(0).TimeNs = timeNs;
        State.Derived.KeyRows.Sweep();
    }

    // What a change leads to, until nothing more follows: other halves cancelled, quotes pulled, triggers fired, accounts
    // below maintenance acted on.
    private void Conclude()
    {
        Enforcement.BeginStep();
        while (true)
        {
            if (_aftermath.OneCancelsOther.TryDequeue(out (uint Account, ulong OrderId) other))
            {
                _orders.End(other.Account, other.OrderId, EndReason.OneCancelsOther, _conditional);
            }
            else if (_aftermath.QuotePulls.TryDequeue(out (uint Account, int Row) pull))
            {
                _quotes.Pull(pull.Account, pull.Row);
            }
            else if (Enforcement.Next())
            {
                continue;
            }
            else if (_aftermath.PriceChanges.TryPeek(out int market))
            {
                if (!_conditional.FireNext(market))
                {
                    _aftermath.PriceChanges.Dequeue();
                }
            }
            else
            {
                return;
            }
        }
    }

    private void RequirePools()
    {
        for (int pool = 0; pool < State.Venue[0].Pools; pool++)
        {
            Enforcement.Require(pool);
        }
    }

    private RefusalCode Report(in ReportPrice command, out long detail)
    {
        RefusalCode code = _prices.Report(in command, out bool moved, out bool changed, out detail);
        if (code == RefusalCode.None)
        {
            ApplyIndex(command.Index, moved, changed);
        }
        return code;
    }

    // A doubt's benefit falls with time alone: those it held are looked at again.
    private void EaseDoubt(ulong id)
    {
        bool isIndex = (id & IndexDoubt) != 0;
        int number = (int)(id & uint.MaxValue);
        long sinceNs = isIndex ? State.Indexes[number].DoubtNs : State.Markets[number].OracleDoubtNs;
        if (sinceNs == 0 || (State.TimeNs - sinceNs) % PriceDoubt.EaseNs != 0)
        {
            return;
        }
        long nextNs = PriceDoubt.NextEaseNs(sinceNs, State.TimeNs);
        if (nextNs != long.MaxValue)
        {
            State.Derived.Timers.Add(nextNs, TimerKind.DoubtEases, id);
        }
        for (int pool = 0; pool < State.Venue[0].Pools; pool++)
        {
            if (isIndex || State.Markets[number].Pool == pool)
            {
                Enforcement.Require(pool);
            }
        }
    }

    private RefusalCode Confirm(in ConfirmIndexPrice command, out long detail)
    {
        RefusalCode code = _prices.Confirm(in command, out detail);
        if (code == RefusalCode.None)
        {
            ApplyIndex(command.Index, moved: true, changed: true);
        }
        return code;
    }

    private void CheckIndex(int index)
    {
        State.Derived.IndexChecksNs[index] = long.MaxValue;
        _prices.CheckTime((ushort)index, out bool moved, out bool changed);
        ApplyIndex(index, moved, changed);
    }

    private RefusalCode CancelAll(in CancelAll command, out long detail)
    {
        detail = command.MarketPlusOne - 1L;
        if (command.MarketPlusOne > (uint)State.Venue[0].Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        int market = (int)command.MarketPlusOne - 1;
        _orders.EndAll(command.Header.Account, market, EndReason.Cancelled);
        _conditional.EndAll(command.Header.Account, market, EndReason.Cancelled);
        return RefusalCode.None;
    }

    private void Expire(ulong id)
    {
        int slot = OrderIds.Slot(id);
        uint account = (id & OrderIds.KindMask) != 0 ? State.Triggers[slot].Account : State.Orders[slot].Account;
        _orders.End(account, id, EndReason.Expired, _conditional);
    }
}
