namespace Surety.Protocol.Rows;

/// <summary>The tables of the state, in the order in which their roots are hashed. Numbers are frozen: new ones are added at the end.</summary>
public enum TableId : uint
{
    Venue = 1,
    Assets = 2,
    Pools = 3,
    Indexes = 4,
    Markets = 5,
    Accounts = 6,
    Keys = 7,
    PublicKeys = 8,
    Positions = 9,
    QuoteProtections = 10,
    ClientOrders = 11,
    Orders = 12,
    OrderDetails = 13,
    Triggers = 14,
    Twaps = 15,
    Withdrawals = 16,
    BackstopBids = 17,
    PendingTerms = 18,
    ContractTexts = 19,
    Contracts = 20,
    Surfaces = 21,
    ListingSchedules = 22,

    // The four of withdrawals stand in the directory if the venue keeps an address book: Genesis.AddressesPerOwner.
    Addresses = 23,
    KeyOrigins = 24,
    WithdrawalTerms = 25,
    OwnerWithdrawals = 26,
    FundHoldings = 28,
    /// <summary>How much room there is, and an owner's part of it.</summary>
    Limits = 30,

    /// <summary>What is remembered of an owner; row = master account.</summary>
    Owners = 31,
}
