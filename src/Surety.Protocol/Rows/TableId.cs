namespace Surety.Protocol.Rows;

/// <summary>
/// The tables of the state, in the order in which their roots are hashed. Numbers are frozen: new ones are added at the end.
/// </summary>
public enum TableId : uint
{
    /// <summary>Rows are <see cref="VenueCounters"/>.</summary>
    Venue = 1,
    /// <summary>Rows are <see cref="Asset"/>.</summary>
    Assets = 2,
    /// <summary>Rows are <see cref="Pool"/>.</summary>
    Pools = 3,
    /// <summary>Rows are <see cref="PriceIndex"/>.</summary>
    Indexes = 4,
    /// <summary>Rows are <see cref="Market"/>.</summary>
    Markets = 5,
    /// <summary>Rows are <see cref="Account"/>.</summary>
    Accounts = 6,
    /// <summary>Rows are <see cref="Key"/>.</summary>
    Keys = 7,
    /// <summary>Rows are <see cref="PublicKey"/>.</summary>
    PublicKeys = 8,
    /// <summary>Rows are <see cref="Position"/>.</summary>
    Positions = 9,
    /// <summary>Rows are <see cref="QuoteProtection"/>.</summary>
    QuoteProtections = 10,
    /// <summary>Rows are <see cref="ClientOrder"/>.</summary>
    ClientOrders = 11,
    /// <summary>Rows are <see cref="Order"/>.</summary>
    Orders = 12,
    /// <summary>Rows are <see cref="OrderDetails"/>.</summary>
    OrderDetails = 13,
    /// <summary>Rows are <see cref="Trigger"/>.</summary>
    Triggers = 14,
    /// <summary>Rows are <see cref="Twap"/>.</summary>
    Twaps = 15,
    /// <summary>Rows are <see cref="Withdrawal"/>.</summary>
    Withdrawals = 16,
    /// <summary>Rows are <see cref="BackstopBid"/>.</summary>
    BackstopBids = 17,
    /// <summary>Rows are <see cref="PendingTerms"/>.</summary>
    PendingTerms = 18,
    /// <summary>Rows are <see cref="ContractText"/>.</summary>
    ContractTexts = 19,
    /// <summary>What a running contract remembers; row = market.</summary>
    Contracts = 20,
    /// <summary>Rows are <see cref="Surface"/>.</summary>
    Surfaces = 21,
    /// <summary>Rows are <see cref="ListingSchedule"/>.</summary>
    ListingSchedules = 22,

    // The four of withdrawals stand in the directory if the venue keeps an address book: Genesis.AddressesPerOwner.
    /// <summary>Rows are <see cref="WithdrawalAddress"/>.</summary>
    Addresses = 23,
    /// <summary>Rows are <see cref="KeyOrigin"/>.</summary>
    KeyOrigins = 24,
    /// <summary>Rows are <see cref="WithdrawalTerms"/>.</summary>
    WithdrawalTerms = 25,
    /// <summary>What an owner chose about withdrawals.</summary>
    OwnerWithdrawals = 26,
    /// <summary>Rows are <see cref="FundHolding"/>.</summary>
    FundHoldings = 28,
    /// <summary>How much room there is, and an owner's part of it.</summary>
    Limits = 30,

    /// <summary>What is remembered of an owner; row = master account.</summary>
    Owners = 31,
}
