namespace Surety.Protocol.Commands;

/// <summary>
/// Why a command was refused. A handler returns the first code that applies; the order of the checks is the order here,
/// top to bottom. Numbers are frozen. Texts: <see cref="Refusals"/>; reference: docs/refusals.md.
/// </summary>
public enum RefusalCode : ushort
{
    None = 0,

    // The record.
    Malformed = 1,
    TimeBackwards = 2,
    Excluded = 3,

    // Who sends it.
    UnknownAccount = 10,
    SignatureMissing = 11,
    UnknownKey = 12,
    KeyNotOfAccount = 13,
    KeyRevoked = 14,
    KeyExpired = 15,
    ScopeMissing = 16,
    CommandExpired = 17,
    NonceUsed = 18,
    ScopeBeyondOwn = 19,
    ExpiryBeyondOwn = 20,
    LastAdminKey = 21,

    // Fields that any command may have.
    UnknownMarket = 30,
    UnknownAsset = 31,
    UnknownPool = 32,
    UnknownIndex = 33,
    InvalidName = 34,
    InvalidField = 35,
    LimitReached = 36,
    WrongPool = 37,
    AmountOutOfRange = 38,
    NotOwner = 39,
    AccountClosed = 40,
    OwnerLimit = 41,
    AccountNotEmpty = 42,
    CapacityOutOfRange = 43,
    NameTaken = 46,

    // Markets and prices.
    MarketNotTrading = 50,
    MarketReduceOnly = 51,
    NoMarkPrice = 52,
    PriceOutOfRange = 53,
    LotsOutOfRange = 54,
    InvalidOptions = 55,
    GoodTillPassed = 56,
    MarketInAuction = 57,
    PriceBeyondBand = 58,
    OpenInterestCap = 59,

    // Orders.
    DuplicateClientOrderId = 70,
    UnknownOrder = 71,
    TooManyOrders = 72,
    TooManyPositions = 73,
    VenueFull = 74,
    PositionLimit = 75,
    WouldTake = 76,
    WouldNotReduce = 77,
    CannotFill = 78,
    QuotesFrozen = 79,
    AmendWouldNotChange = 80,
    OtherHalfTaken = 81,

    // Owners.
    NotLinkable = 86,
    AlreadyLinked = 87,
    OwnerPositionLimit = 88,
    DisplayTooSmall = 89,

    // Money.
    InitialMarginShort = 100,
    InsufficientBalance = 101,
    PositionNotFlat = 102,
    NotIsolated = 103,
    UnknownWithdrawal = 104,
    ProfitNotCash = 105,
    TransferMarginShort = 106,
    PriceInDoubt = 107,
    OutflowLimit = 108,
    BackstopUnderwater = 109,
    PoolHoldsLess = 110,
    CollateralUncapped = 111,
    CollateralSources = 112,
    CollateralCapReached = 113,

    // Price reports.
    NotASource = 120,
    ReportStale = 121,
    ReportFromFuture = 122,
    ReportReplayed = 123,
    ReportOutOfDomain = 124,
    ReportUncertain = 125,
    ReportJump = 126,
    NothingToConfirm = 127,
    CandidateElsewhere = 128,
    CandidateTooYoung = 129,

    // Changes of terms.
    ChangeTooSoon = 140,
    ChangeWouldLiquidate = 141,
    TermFixed = 142,
    SourceBelowQuorum = 143,
    SourceMovesPrice = 144,

    // Contracts.
    TextGap = 150,
    TextUnknown = 151,
    TextRefused = 152,
    TextBeyondPrices = 153,
    UnknownSurface = 154,
    NotExercisable = 155,
    ExercisePending = 158,

    // Withdrawals.
    NoAddressBook = 160,
    AddressInvalid = 161,
    UnknownAddress = 162,
    AddressInBook = 163,
    AddressBookFull = 164,
    AddressNotActive = 165,
    AddressRemoved = 166,
    KeyTooYoung = 167,
    WithdrawalDecided = 168,
    ApproverIsRequester = 169,
    TooManyWithdrawals = 170,
    RequesterGone = 171,
}
