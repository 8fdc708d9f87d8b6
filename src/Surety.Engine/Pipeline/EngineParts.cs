using System;
using Surety.Core.Hashing;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Breakers;
using Surety.Engine.Contracts;
using Surety.Engine.Events;
using Surety.Engine.Governance;
using Surety.Engine.Indexes;
using Surety.Engine.Liquidation;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Engine.Oracles;
using Surety.Engine.Settlement;
using Surety.Engine.Views;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>What carries commands, times and prices out: each part made once, with the parts that it needs.</summary>
internal sealed class EngineParts
{
    public EngineParts(IndexedState state)
    {
        Events = new EventLog(initialPages: 1024);
        Margin = new AccountMargin(state);
        var leverage = new LeverageKeeping(state, Margin);
        var keeping = new PositionKeeping(state, leverage);
        var fees = new FeeSchedule(state);
        Risk = new RiskView(state, Margin, fees);
        var resting = new RestingOrders(state, Events);
        var matching = new Matching(state, Events, resting, Margin, keeping, fees, Aftermath);
        var checks = new OrderChecks(state, resting, Margin, fees);
        Orders = new OrderEntry(state, Events, resting, matching, checks);
        Conditional = new ConditionalOrders(state, Events, resting, checks, Orders);
        Quotes = new Quotes(state, Events, resting, checks, Orders);
        var withdrawable = new Withdrawable(state, Margin);
        var outflow = new OutflowLimits(state);
        Custody = new Custody(state, Events, withdrawable, leverage, outflow);
        Addresses = new AddressBook(state, Events);
        Withdrawals = new WithdrawalKeeping(state, Events, Custody, withdrawable, outflow);
        Links = new OwnerLinks(state, Events, outflow);
        SubAccounts = new SubAccounts(state, Custody);
        Keys = new KeyRing(state, SubAccounts);
        Auction = new CallAuction(state, Events, resting, matching);
        Gate = new MarketGate(state, Events, Auction, Margin);
        Bonds = new SourceBonds(state, Events, Custody);
        Listings = new Listings(state, Gate);
        Fees = new FeeChanges(state, Events);
        Prices = new PriceFeed(state, Events, Bonds);
        Volatilities = new Volatilities(state);
        Marks = new MarkPrices(state, Events, Margin, new ContractMarks(state, state.Derived.Contracts, Volatilities));
        Shadow = new Shadow(state, Events, Margin, Marks);
        Sources = new SourceChanges(state, Events, Prices, Shadow);
        Markets = new MarketListing(state, Events, Margin, Gate, Shadow);
        Deleveraging = new AutoDeleveraging(state, Events, Margin, keeping);
        var fund = new InsuranceFund(state, Margin, Custody, Gate, fees);
        Backstop = new BackstopBids(state, Events, Margin, keeping, Custody);
        var sharing = new LossSharing(state, Events, Margin, Custody);
        var restoration = new Restoration(state, Events, Margin, keeping, Custody, Deleveraging, Backstop, fund);
        var closing = new Closing(state, Events, Margin, keeping, Custody, Deleveraging, fund, sharing);
        var liquidator = new Liquidator(state, Events, Margin, Orders, Conditional, matching, fees, restoration, closing, fund, Gate);
        Interest = new DebtInterest(state, Custody);
        Enforcement = new Enforcement(state, Margin, liquidator);
        Capacity = new Capacity(state, Enforcement);
        Unwinding = new FundUnwinding(state, Margin, matching, Deleveraging, Backstop, fund);
        Expiry = new Expiry(state, Events, Orders, Conditional, keeping);
        ContractListing = new ContractListing(state, state.Derived.Contracts, Markets);
        var payments = new ContractPayments(state);
        Exercise = new ContractExercise(state, Events, keeping, Orders, Conditional, payments);
        Contracts = new ContractSettlement(state, Events, payments, Exercise, Expiry);
        Calendar = new ListingCalendar(state, Events, ContractListing, Markets);
    }

    public EventLog Events { get; }

    public AccountMargin Margin { get; }

    public RiskView Risk { get; }

    public AutoDeleveraging Deleveraging { get; }

    public Enforcement Enforcement { get; }

    public OrderEntry Orders { get; }

    public ConditionalOrders Conditional { get; }

    public Quotes Quotes { get; }

    public KeyRing Keys { get; }

    public Custody Custody { get; }

    public Listings Listings { get; }

    public FeeChanges Fees { get; }

    public PriceFeed Prices { get; }

    public MarkPrices Marks { get; }

    public CallAuction Auction { get; }

    public MarketGate Gate { get; }

    public MarketListing Markets { get; }

    public Shadow Shadow { get; }

    public SourceBonds Bonds { get; }

    public SourceChanges Sources { get; }

    public BackstopBids Backstop { get; }

    public DebtInterest Interest { get; }

    public FundUnwinding Unwinding { get; }

    public Expiry Expiry { get; }

    public ContractListing ContractListing { get; }

    public ContractExercise Exercise { get; }

    public ContractSettlement Contracts { get; }

    public Volatilities Volatilities { get; }

    public ListingCalendar Calendar { get; }

    public OwnerLinks Links { get; }

    public Aftermath Aftermath { get; } = new();

    public AddressBook Addresses { get; }

    public WithdrawalKeeping Withdrawals { get; }

    public SubAccounts SubAccounts { get; }

    public Capacity Capacity { get; }
}
