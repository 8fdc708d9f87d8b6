namespace Surety.Protocol.Commands;

/// <summary>
/// Why a command was refused. A handler returns the first code that applies; the order of the checks is the order here,
/// top to bottom. Numbers are frozen. Texts: <see cref="Refusals"/>; reference: docs/refusals.md.
/// </summary>
public enum RefusalCode : ushort
{
    /// <summary>The command was carried out.</summary>
    None = 0,

    // The record.
    /// <summary>The record does not have the form of a command; see docs/protocol.md.</summary>
    Malformed = 1,
    /// <summary>Time: the stamp is N ns before the venue's time; the sequencer must not go back.</summary>
    TimeBackwards = 2,
    /// <summary>
    /// Excluded: carrying the command out stopped the engine, so it was passed over; its markets are halted and the operator is told.
    /// </summary>
    Excluded = 3,

    // Who sends it.
    /// <summary>Account: there is no account N.</summary>
    UnknownAccount = 10,
    /// <summary>Signature: this venue takes signed commands only.</summary>
    SignatureMissing = 11,
    /// <summary>Key: there is no key N.</summary>
    UnknownKey = 12,
    /// <summary>Key: it belongs to account N, which does not own this account.</summary>
    KeyNotOfAccount = 13,
    /// <summary>Key: N was revoked; sign with another key of the account.</summary>
    KeyRevoked = 14,
    /// <summary>Key: it expired at N ns; add a new one with an admin key.</summary>
    KeyExpired = 15,
    /// <summary>Key: it lacks a scope that this command needs (N).</summary>
    ScopeMissing = 16,
    /// <summary>Expires: the command lapsed N ns before it was sequenced; send it again with a later expiry.</summary>
    CommandExpired = 17,
    /// <summary>Nonce: used before, or outside the window; the key's highest is N, use a higher one.</summary>
    NonceUsed = 18,
    /// <summary>Key: the key that signs lacks N itself, so it can neither give it nor end a key that has it.</summary>
    ScopeBeyondOwn = 19,
    /// <summary>Key: the key that signs ends at N ns and adds none that lasts longer.</summary>
    ExpiryBeyondOwn = 20,
    /// <summary>Key: N is the last key of the owner that can add others and does not expire; add another one first.</summary>
    LastAdminKey = 21,

    // Fields that any command may have.
    /// <summary>Market: there is no market N.</summary>
    UnknownMarket = 30,
    /// <summary>Asset: N is not listed, or no collateral of the account's pool.</summary>
    UnknownAsset = 31,
    /// <summary>Pool: there is no pool N.</summary>
    UnknownPool = 32,
    /// <summary>Index: there is no index N.</summary>
    UnknownIndex = 33,
    /// <summary>
    /// Name: 1 to 24 letters, digits, _ and -, beginning with a letter or digit; of an asset not the word any; of a listing schedule a pair
    /// like BTC_USDC.
    /// </summary>
    InvalidName = 34,
    /// <summary>The field at byte N of the command is outside its range; see docs/protocol.md.</summary>
    InvalidField = 35,
    /// <summary>The venue has room for N of these and no more.</summary>
    LimitReached = 36,
    /// <summary>Pool: the two sides are in different pools; the market's or account's is N.</summary>
    WrongPool = 37,
    /// <summary>Amount: from 1 to N atoms.</summary>
    AmountOutOfRange = 38,
    /// <summary>Account: it belongs to owner N.</summary>
    NotOwner = 39,
    /// <summary>Account: N is closed; open a sub-account again first.</summary>
    AccountClosed = 40,
    /// <summary>Limit: an owner may have N of these now, over all sub-accounts; give some back, or ask the operator for more.</summary>
    OwnerLimit = 41,
    /// <summary>
    /// Account: N is a master account, or has balances, positions, orders, a backstop bid or a withdrawal under way; empty it first.
    /// </summary>
    AccountNotEmpty = 42,
    /// <summary>Capacity: more than it is, and at most N in one step.</summary>
    CapacityOutOfRange = 43,
    /// <summary>Name: number N of its kind has this name, in capitals or not; choose another.</summary>
    NameTaken = 46,

    // Markets and prices.
    /// <summary>Market: its status is N; orders can be cancelled, not placed.</summary>
    MarketNotTrading = 50,
    /// <summary>Market: it takes reduce-only orders until it opens again.</summary>
    MarketReduceOnly = 51,
    /// <summary>Market: its index has no quorum yet, so there is no mark price to margin against.</summary>
    NoMarkPrice = 52,
    /// <summary>Price: beyond the market's limit of N ticks.</summary>
    PriceOutOfRange = 53,
    /// <summary>Lots: from 1 to N.</summary>
    LotsOutOfRange = 54,
    /// <summary>Options: they contradict each other, or the field at byte N has no such value.</summary>
    InvalidOptions = 55,
    /// <summary>Good-till: N ns is not after the venue's time.</summary>
    GoodTillPassed = 56,
    /// <summary>
    /// Auction: the market gathers limit orders for one price; immediate and market orders, quotes and amendments wait until it trades
    /// again.
    /// </summary>
    MarketInAuction = 57,
    /// <summary>Price: beyond the band around mark; the limit is N ticks.</summary>
    PriceBeyondBand = 58,
    /// <summary>
    /// Lots: open interest would exceed the market's cap by N lots; the cap follows outside depth and the insurance fund.
    /// </summary>
    OpenInterestCap = 59,

    // Orders.
    /// <summary>Client order id: it already names order N; nothing was placed again.</summary>
    DuplicateClientOrderId = 70,
    /// <summary>Order: the account has no such live order; it may have been filled or cancelled.</summary>
    UnknownOrder = 71,
    /// <summary>Orders: the account may have N live at once; cancel some.</summary>
    TooManyOrders = 72,
    /// <summary>Positions: the account may be in N markets at once; leave one.</summary>
    TooManyPositions = 73,
    /// <summary>The venue holds N orders of this kind, its limit; try again later.</summary>
    VenueFull = 74,
    /// <summary>Lots: position and open orders would exceed the market's limit by N lots.</summary>
    PositionLimit = 75,
    /// <summary>Post-only: it would trade at N ticks.</summary>
    WouldTake = 76,
    /// <summary>Reduce-only: there is no opposite position to reduce.</summary>
    WouldNotReduce = 77,
    /// <summary>Fill-or-kill: only N lots can be filled within the limit.</summary>
    CannotFill = 78,
    /// <summary>Quotes: market-maker protection holds them until N ns; set it again to end the freeze.</summary>
    QuotesFrozen = 79,
    /// <summary>Amend: price and size are what they were.</summary>
    AmendWouldNotChange = 80,
    /// <summary>One-cancels-other: the order named is a half already, of order N; a pair has two halves.</summary>
    OtherHalfTaken = 81,

    // Owners.
    /// <summary>Owners: account N is the operator's or an insurance fund's, which belong to no customer.</summary>
    NotLinkable = 86,
    /// <summary>Owners: they are linked already, under owner N.</summary>
    AlreadyLinked = 87,
    /// <summary>
    /// Lots: all accounts of the owner together, in all markets of this index, would exceed the market's position limit by N lots.
    /// </summary>
    OwnerPositionLimit = 88,
    /// <summary>Display: an iceberg of this size shows at least N lots at a time.</summary>
    DisplayTooSmall = 89,

    // Money.
    /// <summary>Margin: N atoms of the settlement asset short of initial margin; add collateral or ask for less.</summary>
    InitialMarginShort = 100,
    /// <summary>Balance: N atoms short.</summary>
    InsufficientBalance = 101,
    /// <summary>Margin mode: close the position and cancel its orders first.</summary>
    PositionNotFlat = 102,
    /// <summary>Margin: the position is not isolated.</summary>
    NotIsolated = 103,
    /// <summary>Withdrawal: there is no pending withdrawal N.</summary>
    UnknownWithdrawal = 104,
    /// <summary>Withdrawal: N atoms of it would come out of profit not yet realised; close positions first.</summary>
    ProfitNotCash = 105,
    /// <summary>
    /// Withdrawal: N atoms short of what must stay behind, with positions valued at the worst of mark, index and what the book would pay.
    /// </summary>
    TransferMarginShort = 106,
    /// <summary>
    /// Price: index N is in doubt, or a market on it is halted or in an auction, and the account depends on it; try again when it trades.
    /// </summary>
    PriceInDoubt = 107,
    /// <summary>Withdrawal: the hour's outflow limit leaves the owner N atoms of this asset; ask for less or try again later.</summary>
    OutflowLimit = 108,
    /// <summary>Backstop: the account is N atoms short of initial margin; a provider must stand on its own feet.</summary>
    BackstopUnderwater = 109,
    /// <summary>
    /// Withdraw: the pool lacks N atoms of what its accounts own, because others owe it cash against coins; try less, or later.
    /// </summary>
    PoolHoldsLess = 110,
    /// <summary>
    /// Asset: it has a price, so it needs the most of it that one pool takes in all accounts together, the field at byte N.
    /// </summary>
    CollateralUncapped = 111,
    /// <summary>Asset: index N needs a quorum of at least two sources before it may price collateral.</summary>
    CollateralSources = 112,
    /// <summary>Deposit: the pool takes N atoms more of this asset, all accounts together; send the rest back.</summary>
    CollateralCapReached = 113,

    // Price reports.
    /// <summary>Report: this key is not a source of index N.</summary>
    NotASource = 120,
    /// <summary>Report: older than the index allows, N ms.</summary>
    ReportStale = 121,
    /// <summary>Report: observed N ns after the venue's time.</summary>
    ReportFromFuture = 122,
    /// <summary>Report: the source's last number was N; numbers must rise.</summary>
    ReportReplayed = 123,
    /// <summary>
    /// Report: the price is at or beyond the limit N that the index or the source's feed declares; a saturated or impossible print is no
    /// price.
    /// </summary>
    ReportOutOfDomain = 124,
    /// <summary>Report: its confidence interval is wider than N ppm of the price.</summary>
    ReportUncertain = 125,
    /// <summary>Report: more than the source's limit away from its last price, N units, which is still fresh.</summary>
    ReportJump = 126,
    /// <summary>Confirm: index N holds no price in quarantine.</summary>
    NothingToConfirm = 127,
    /// <summary>Confirm: the price in quarantine is N units, outside the tolerance given.</summary>
    CandidateElsewhere = 128,
    /// <summary>Confirm: the sources must stand by the price until N ns.</summary>
    CandidateTooYoung = 129,

    // Changes of terms.
    /// <summary>Change: it may act from N ns on, not before.</summary>
    ChangeTooSoon = 140,
    /// <summary>Change: N accounts would be below maintenance by it; loosen it or wait.</summary>
    ChangeWouldLiquidate = 141,
    /// <summary>Change: the term at byte N is fixed at listing.</summary>
    TermFixed = 142,
    /// <summary>Source: the index needs N sources and would not have them; add another first.</summary>
    SourceBelowQuorum = 143,
    /// <summary>Source: the index would stand at N, further away than its sources may disagree; wait until they agree.</summary>
    SourceMovesPrice = 144,

    // Contracts.
    /// <summary>Contract text: pieces must follow each other; N bytes are written, go on there or begin again at 0.</summary>
    TextGap = 150,
    /// <summary>Contract text: the N bytes written do not have the hash given; write the whole text first.</summary>
    TextUnknown = 151,
    /// <summary>Contract text: line N &gt;&gt; 16, column N &amp; 65535 keeps it from being listed; surety terms check says why.</summary>
    TextRefused = 152,
    /// <summary>
    /// Contract: it can pay N ticks, beyond the market's price limits; cap it, narrow what it observes, or widen the limits.
    /// </summary>
    TextBeyondPrices = 153,
    /// <summary>Surface: there is no volatility surface N.</summary>
    UnknownSurface = 154,
    /// <summary>Exercise: the contract's text gives its holder nothing to take now.</summary>
    NotExercisable = 155,
    /// <summary>
    /// Exercise: N lots of this account wait for the next price in this market; until then it takes no orders and no second request.
    /// </summary>
    ExercisePending = 158,

    // Withdrawals.
    /// <summary>Address book: this venue keeps none, by its genesis record; withdrawals are arranged with its operator.</summary>
    NoAddressBook = 160,
    /// <summary>Address: 1 to N printable ASCII characters without spaces; a label may have spaces.</summary>
    AddressInvalid = 161,
    /// <summary>Address: the owner's address book has no such entry for this asset; add it first.</summary>
    UnknownAddress = 162,
    /// <summary>Address: it is in the address book already.</summary>
    AddressInBook = 163,
    /// <summary>Address book: an owner may name N addresses in all, removed ones included; allow one of them again.</summary>
    AddressBookFull = 164,
    /// <summary>Address: it was added lately and can be used in N ns.</summary>
    AddressNotActive = 165,
    /// <summary>Address: it was taken off the address book; a withdrawal asked for before can only be cancelled.</summary>
    AddressRemoved = 166,
    /// <summary>Key: it was added lately and can ask for or approve withdrawals in N ns.</summary>
    KeyTooYoung = 167,
    /// <summary>Withdrawal: it is approved (or, for custody, only requested: N is the status), and this cannot be done to it now.</summary>
    WithdrawalDecided = 168,
    /// <summary>Withdrawal: it is approved with another key than the one that asked for it.</summary>
    ApproverIsRequester = 169,
    /// <summary>Withdrawal: an owner may have N under way; wait until one is paid, or cancel one.</summary>
    TooManyWithdrawals = 170,
    /// <summary>Withdrawal: the key that asked for it was revoked or has expired; cancel it and ask again with another key.</summary>
    RequesterGone = 171,
}
