using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <content>One for each code: what its detail means is its parameter's name.</content>
public readonly partial record struct Refusal
{
    /// <inheritdoc cref="RefusalCode.Malformed"/>
    public static Refusal Malformed => new(RefusalCode.Malformed, 0);

    /// <inheritdoc cref="RefusalCode.TimeBackwards"/>
    /// <param name="ns">Nanoseconds that the stamp is before the venue's time.</param>
    public static Refusal TimeBackwards(long ns) => new(RefusalCode.TimeBackwards, ns);

    /// <inheritdoc cref="RefusalCode.Excluded"/>
    public static Refusal Excluded => new(RefusalCode.Excluded, 0);

    /// <inheritdoc cref="RefusalCode.UnknownAccount"/>
    /// <param name="account">The account asked for.</param>
    public static Refusal UnknownAccount(long account) => new(RefusalCode.UnknownAccount, account);

    /// <inheritdoc cref="RefusalCode.SignatureMissing"/>
    public static Refusal SignatureMissing => new(RefusalCode.SignatureMissing, 0);

    /// <inheritdoc cref="RefusalCode.UnknownKey"/>
    /// <param name="key">The key asked for.</param>
    public static Refusal UnknownKey(long key) => new(RefusalCode.UnknownKey, key);

    /// <inheritdoc cref="RefusalCode.KeyNotOfAccount"/>
    /// <param name="owner">The account that the key belongs to.</param>
    public static Refusal KeyNotOfAccount(long owner) => new(RefusalCode.KeyNotOfAccount, owner);

    /// <inheritdoc cref="RefusalCode.KeyRevoked"/>
    /// <param name="key">The key.</param>
    public static Refusal KeyRevoked(long key) => new(RefusalCode.KeyRevoked, key);

    /// <inheritdoc cref="RefusalCode.KeyExpired"/>
    /// <param name="expiredNs">When it expired, nanoseconds since 1970.</param>
    public static Refusal KeyExpired(long expiredNs) => new(RefusalCode.KeyExpired, expiredNs);

    /// <inheritdoc cref="RefusalCode.ScopeMissing"/>
    /// <param name="missing">The scopes needed.</param>
    public static Refusal ScopeMissing(KeyScopes missing) => new(RefusalCode.ScopeMissing, (long)missing);

    /// <inheritdoc cref="RefusalCode.CommandExpired"/>
    /// <param name="ns">Nanoseconds since it lapsed.</param>
    public static Refusal CommandExpired(long ns) => new(RefusalCode.CommandExpired, ns);

    /// <inheritdoc cref="RefusalCode.NonceUsed"/>
    /// <param name="highest">The key's highest nonce.</param>
    public static Refusal NonceUsed(long highest) => new(RefusalCode.NonceUsed, highest);

    /// <inheritdoc cref="RefusalCode.ScopeBeyondOwn"/>
    /// <param name="missing">The scopes that the key lacks itself.</param>
    public static Refusal ScopeBeyondOwn(KeyScopes missing) => new(RefusalCode.ScopeBeyondOwn, (long)missing);

    /// <inheritdoc cref="RefusalCode.ExpiryBeyondOwn"/>
    /// <param name="expiresNs">When the key that signs expires, nanoseconds since 1970.</param>
    public static Refusal ExpiryBeyondOwn(long expiresNs) => new(RefusalCode.ExpiryBeyondOwn, expiresNs);

    /// <inheritdoc cref="RefusalCode.LastAdminKey"/>
    /// <param name="key">The key.</param>
    public static Refusal LastAdminKey(long key) => new(RefusalCode.LastAdminKey, key);

    /// <inheritdoc cref="RefusalCode.UnknownMarket"/>
    /// <param name="market">The market asked for.</param>
    public static Refusal UnknownMarket(long market) => new(RefusalCode.UnknownMarket, market);

    /// <inheritdoc cref="RefusalCode.UnknownAsset"/>
    /// <param name="asset">The asset asked for.</param>
    public static Refusal UnknownAsset(long asset) => new(RefusalCode.UnknownAsset, asset);

    /// <inheritdoc cref="RefusalCode.UnknownPool"/>
    /// <param name="pool">The pool asked for.</param>
    public static Refusal UnknownPool(long pool) => new(RefusalCode.UnknownPool, pool);

    /// <inheritdoc cref="RefusalCode.UnknownIndex"/>
    /// <param name="index">The index asked for.</param>
    public static Refusal UnknownIndex(long index) => new(RefusalCode.UnknownIndex, index);

    /// <inheritdoc cref="RefusalCode.InvalidName"/>
    public static Refusal InvalidName => new(RefusalCode.InvalidName, 0);

    /// <inheritdoc cref="RefusalCode.InvalidField"/>
    /// <param name="offset">The field's first byte in the command.</param>
    public static Refusal InvalidField(long offset) => new(RefusalCode.InvalidField, offset);

    /// <inheritdoc cref="RefusalCode.LimitReached"/>
    /// <param name="limit">Rows that there is room for.</param>
    public static Refusal LimitReached(long limit) => new(RefusalCode.LimitReached, limit);

    /// <inheritdoc cref="RefusalCode.WrongPool"/>
    /// <param name="pool">The pool of the market or the other account.</param>
    public static Refusal WrongPool(long pool) => new(RefusalCode.WrongPool, pool);

    /// <inheritdoc cref="RefusalCode.AmountOutOfRange"/>
    /// <param name="mostAtoms">The largest amount, atoms.</param>
    public static Refusal AmountOutOfRange(long mostAtoms) => new(RefusalCode.AmountOutOfRange, mostAtoms);

    /// <inheritdoc cref="RefusalCode.NotOwner"/>
    /// <param name="owner">The owner of the account.</param>
    public static Refusal NotOwner(long owner) => new(RefusalCode.NotOwner, owner);

    /// <inheritdoc cref="RefusalCode.AccountClosed"/>
    /// <param name="account">The account.</param>
    public static Refusal AccountClosed(long account) => new(RefusalCode.AccountClosed, account);

    /// <inheritdoc cref="RefusalCode.OwnerLimit"/>
    /// <param name="limit">The most that an owner may have now.</param>
    public static Refusal OwnerLimit(long limit) => new(RefusalCode.OwnerLimit, limit);

    /// <inheritdoc cref="RefusalCode.AccountNotEmpty"/>
    /// <param name="account">The account.</param>
    public static Refusal AccountNotEmpty(long account) => new(RefusalCode.AccountNotEmpty, account);

    /// <inheritdoc cref="RefusalCode.CapacityOutOfRange"/>
    /// <param name="most">The most rows in one step.</param>
    public static Refusal CapacityOutOfRange(long most) => new(RefusalCode.CapacityOutOfRange, most);

    /// <inheritdoc cref="RefusalCode.NameTaken"/>
    /// <param name="number">What has the name: its number among its kind.</param>
    public static Refusal NameTaken(long number) => new(RefusalCode.NameTaken, number);

    /// <inheritdoc cref="RefusalCode.MarketNotTrading"/>
    /// <param name="status">The market's status.</param>
    public static Refusal MarketNotTrading(MarketStatus status) => new(RefusalCode.MarketNotTrading, (long)status);

    /// <inheritdoc cref="RefusalCode.MarketReduceOnly"/>
    public static Refusal MarketReduceOnly => new(RefusalCode.MarketReduceOnly, 0);

    /// <inheritdoc cref="RefusalCode.NoMarkPrice"/>
    public static Refusal NoMarkPrice => new(RefusalCode.NoMarkPrice, 0);

    /// <inheritdoc cref="RefusalCode.PriceOutOfRange"/>
    /// <param name="limitTicks">The market's limit that the price is beyond, ticks.</param>
    public static Refusal PriceOutOfRange(long limitTicks) => new(RefusalCode.PriceOutOfRange, limitTicks);

    /// <inheritdoc cref="RefusalCode.LotsOutOfRange"/>
    /// <param name="most">The most lots.</param>
    public static Refusal LotsOutOfRange(long most) => new(RefusalCode.LotsOutOfRange, most);

    /// <inheritdoc cref="RefusalCode.InvalidOptions"/>
    /// <param name="offset">The first byte of the field that has no such value; 0 where options contradict each other.</param>
    public static Refusal InvalidOptions(long offset = 0) => new(RefusalCode.InvalidOptions, offset);

    /// <inheritdoc cref="RefusalCode.GoodTillPassed"/>
    /// <param name="goodTillNs">The time given, nanoseconds since 1970.</param>
    public static Refusal GoodTillPassed(long goodTillNs) => new(RefusalCode.GoodTillPassed, goodTillNs);

    /// <inheritdoc cref="RefusalCode.MarketInAuction"/>
    public static Refusal MarketInAuction => new(RefusalCode.MarketInAuction, 0);

    /// <inheritdoc cref="RefusalCode.PriceBeyondBand"/>
    /// <param name="limitTicks">The end of the band, ticks.</param>
    public static Refusal PriceBeyondBand(long limitTicks) => new(RefusalCode.PriceBeyondBand, limitTicks);

    /// <inheritdoc cref="RefusalCode.OpenInterestCap"/>
    /// <param name="excessLots">Lots beyond the cap.</param>
    public static Refusal OpenInterestCap(long excessLots) => new(RefusalCode.OpenInterestCap, excessLots);

    /// <inheritdoc cref="RefusalCode.DuplicateClientOrderId"/>
    /// <param name="order">The order that has the id.</param>
    public static Refusal DuplicateClientOrderId(long order) => new(RefusalCode.DuplicateClientOrderId, order);

    /// <inheritdoc cref="RefusalCode.UnknownOrder"/>
    public static Refusal UnknownOrder => new(RefusalCode.UnknownOrder, 0);

    /// <inheritdoc cref="RefusalCode.TooManyOrders"/>
    /// <param name="limit">The most live orders of an account.</param>
    public static Refusal TooManyOrders(long limit) => new(RefusalCode.TooManyOrders, limit);

    /// <inheritdoc cref="RefusalCode.TooManyPositions"/>
    /// <param name="limit">The most positions of an account.</param>
    public static Refusal TooManyPositions(long limit) => new(RefusalCode.TooManyPositions, limit);

    /// <inheritdoc cref="RefusalCode.VenueFull"/>
    /// <param name="limit">Rows that the venue holds.</param>
    public static Refusal VenueFull(long limit) => new(RefusalCode.VenueFull, limit);

    /// <inheritdoc cref="RefusalCode.PositionLimit"/>
    /// <param name="excessLots">Lots beyond the limit.</param>
    public static Refusal PositionLimit(long excessLots) => new(RefusalCode.PositionLimit, excessLots);

    /// <inheritdoc cref="RefusalCode.WouldTake"/>
    /// <param name="priceTicks">The price at which it would trade, ticks.</param>
    public static Refusal WouldTake(long priceTicks) => new(RefusalCode.WouldTake, priceTicks);

    /// <inheritdoc cref="RefusalCode.WouldNotReduce"/>
    public static Refusal WouldNotReduce => new(RefusalCode.WouldNotReduce, 0);

    /// <inheritdoc cref="RefusalCode.CannotFill"/>
    /// <param name="lots">Lots that can be filled.</param>
    public static Refusal CannotFill(long lots) => new(RefusalCode.CannotFill, lots);

    /// <inheritdoc cref="RefusalCode.QuotesFrozen"/>
    /// <param name="untilNs">When the freeze ends, nanoseconds since 1970.</param>
    public static Refusal QuotesFrozen(long untilNs) => new(RefusalCode.QuotesFrozen, untilNs);

    /// <inheritdoc cref="RefusalCode.AmendWouldNotChange"/>
    public static Refusal AmendWouldNotChange => new(RefusalCode.AmendWouldNotChange, 0);

    /// <inheritdoc cref="RefusalCode.OtherHalfTaken"/>
    /// <param name="other">The order that it is paired with.</param>
    public static Refusal OtherHalfTaken(long other) => new(RefusalCode.OtherHalfTaken, other);

    /// <inheritdoc cref="RefusalCode.NotLinkable"/>
    /// <param name="owner">The account that belongs to no customer.</param>
    public static Refusal NotLinkable(long owner) => new(RefusalCode.NotLinkable, owner);

    /// <inheritdoc cref="RefusalCode.AlreadyLinked"/>
    /// <param name="owner">The owner under which they are linked.</param>
    public static Refusal AlreadyLinked(long owner) => new(RefusalCode.AlreadyLinked, owner);

    /// <inheritdoc cref="RefusalCode.OwnerPositionLimit"/>
    /// <param name="excessLots">Lots beyond the limit.</param>
    public static Refusal OwnerPositionLimit(long excessLots) => new(RefusalCode.OwnerPositionLimit, excessLots);

    /// <inheritdoc cref="RefusalCode.DisplayTooSmall"/>
    /// <param name="leastLots">The least that is shown at a time, lots.</param>
    public static Refusal DisplayTooSmall(long leastLots) => new(RefusalCode.DisplayTooSmall, leastLots);

    /// <inheritdoc cref="RefusalCode.InitialMarginShort"/>
    /// <param name="atoms">Atoms short of initial margin.</param>
    public static Refusal InitialMarginShort(long atoms) => new(RefusalCode.InitialMarginShort, atoms);

    /// <inheritdoc cref="RefusalCode.InsufficientBalance"/>
    /// <param name="atoms">Atoms short.</param>
    public static Refusal InsufficientBalance(long atoms) => new(RefusalCode.InsufficientBalance, atoms);

    /// <inheritdoc cref="RefusalCode.PositionNotFlat"/>
    public static Refusal PositionNotFlat => new(RefusalCode.PositionNotFlat, 0);

    /// <inheritdoc cref="RefusalCode.NotIsolated"/>
    public static Refusal NotIsolated => new(RefusalCode.NotIsolated, 0);

    /// <inheritdoc cref="RefusalCode.UnknownWithdrawal"/>
    /// <param name="withdrawal">The withdrawal asked for.</param>
    public static Refusal UnknownWithdrawal(long withdrawal) => new(RefusalCode.UnknownWithdrawal, withdrawal);

    /// <inheritdoc cref="RefusalCode.ProfitNotCash"/>
    /// <param name="atoms">Atoms that would come out of unrealised profit.</param>
    public static Refusal ProfitNotCash(long atoms) => new(RefusalCode.ProfitNotCash, atoms);

    /// <inheritdoc cref="RefusalCode.TransferMarginShort"/>
    /// <param name="atoms">Atoms short of what must stay.</param>
    public static Refusal TransferMarginShort(long atoms) => new(RefusalCode.TransferMarginShort, atoms);

    /// <inheritdoc cref="RefusalCode.PriceInDoubt"/>
    /// <param name="index">The index.</param>
    public static Refusal PriceInDoubt(long index) => new(RefusalCode.PriceInDoubt, index);

    /// <inheritdoc cref="RefusalCode.OutflowLimit"/>
    /// <param name="leftAtoms">Atoms that the hour's limit leaves the owner.</param>
    public static Refusal OutflowLimit(long leftAtoms) => new(RefusalCode.OutflowLimit, leftAtoms);

    /// <inheritdoc cref="RefusalCode.BackstopUnderwater"/>
    /// <param name="atoms">Atoms short of initial margin.</param>
    public static Refusal BackstopUnderwater(long atoms) => new(RefusalCode.BackstopUnderwater, atoms);

    /// <inheritdoc cref="RefusalCode.PoolHoldsLess"/>
    /// <param name="atoms">Atoms that the pool lacks.</param>
    public static Refusal PoolHoldsLess(long atoms) => new(RefusalCode.PoolHoldsLess, atoms);

    /// <inheritdoc cref="RefusalCode.CollateralUncapped"/>
    /// <param name="offset">The field's first byte in the command.</param>
    public static Refusal CollateralUncapped(long offset) => new(RefusalCode.CollateralUncapped, offset);

    /// <inheritdoc cref="RefusalCode.CollateralSources"/>
    /// <param name="index">The index.</param>
    public static Refusal CollateralSources(long index) => new(RefusalCode.CollateralSources, index);

    /// <inheritdoc cref="RefusalCode.CollateralCapReached"/>
    /// <param name="roomAtoms">Atoms that the pool still takes.</param>
    public static Refusal CollateralCapReached(long roomAtoms) => new(RefusalCode.CollateralCapReached, roomAtoms);

    /// <inheritdoc cref="RefusalCode.NotASource"/>
    /// <param name="index">The index.</param>
    public static Refusal NotASource(long index) => new(RefusalCode.NotASource, index);

    /// <inheritdoc cref="RefusalCode.ReportStale"/>
    /// <param name="maxAgeMs">The oldest that the index takes, milliseconds.</param>
    public static Refusal ReportStale(long maxAgeMs) => new(RefusalCode.ReportStale, maxAgeMs);

    /// <inheritdoc cref="RefusalCode.ReportFromFuture"/>
    /// <param name="ns">Nanoseconds after the venue's time.</param>
    public static Refusal ReportFromFuture(long ns) => new(RefusalCode.ReportFromFuture, ns);

    /// <inheritdoc cref="RefusalCode.ReportReplayed"/>
    /// <param name="last">The source's last number.</param>
    public static Refusal ReportReplayed(long last) => new(RefusalCode.ReportReplayed, last);

    /// <inheritdoc cref="RefusalCode.ReportOutOfDomain"/>
    /// <param name="limit">The limit that the price is at or beyond, index units.</param>
    public static Refusal ReportOutOfDomain(long limit) => new(RefusalCode.ReportOutOfDomain, limit);

    /// <inheritdoc cref="RefusalCode.ReportUncertain"/>
    /// <param name="limitPpm">The widest interval that the index takes, millionths of the price.</param>
    public static Refusal ReportUncertain(long limitPpm) => new(RefusalCode.ReportUncertain, limitPpm);

    /// <inheritdoc cref="RefusalCode.ReportJump"/>
    /// <param name="lastPrice">The source's last price, index units.</param>
    public static Refusal ReportJump(long lastPrice) => new(RefusalCode.ReportJump, lastPrice);

    /// <inheritdoc cref="RefusalCode.NothingToConfirm"/>
    /// <param name="index">The index.</param>
    public static Refusal NothingToConfirm(long index) => new(RefusalCode.NothingToConfirm, index);

    /// <inheritdoc cref="RefusalCode.CandidateElsewhere"/>
    /// <param name="candidate">The price in quarantine, index units.</param>
    public static Refusal CandidateElsewhere(long candidate) => new(RefusalCode.CandidateElsewhere, candidate);

    /// <inheritdoc cref="RefusalCode.CandidateTooYoung"/>
    /// <param name="untilNs">When it may be confirmed, nanoseconds since 1970.</param>
    public static Refusal CandidateTooYoung(long untilNs) => new(RefusalCode.CandidateTooYoung, untilNs);

    /// <inheritdoc cref="RefusalCode.ChangeTooSoon"/>
    /// <param name="earliestNs">When it may act, nanoseconds since 1970.</param>
    public static Refusal ChangeTooSoon(long earliestNs) => new(RefusalCode.ChangeTooSoon, earliestNs);

    /// <inheritdoc cref="RefusalCode.ChangeWouldLiquidate"/>
    /// <param name="accounts">Accounts that would be below maintenance.</param>
    public static Refusal ChangeWouldLiquidate(long accounts) => new(RefusalCode.ChangeWouldLiquidate, accounts);

    /// <inheritdoc cref="RefusalCode.TermFixed"/>
    /// <param name="offset">The term's first byte in the command.</param>
    public static Refusal TermFixed(long offset) => new(RefusalCode.TermFixed, offset);

    /// <inheritdoc cref="RefusalCode.SourceBelowQuorum"/>
    /// <param name="quorum">Sources that the index needs.</param>
    public static Refusal SourceBelowQuorum(long quorum) => new(RefusalCode.SourceBelowQuorum, quorum);

    /// <inheritdoc cref="RefusalCode.SourceMovesPrice"/>
    /// <param name="price">Where the index would stand, index units.</param>
    public static Refusal SourceMovesPrice(long price) => new(RefusalCode.SourceMovesPrice, price);

    /// <inheritdoc cref="RefusalCode.TextGap"/>
    /// <param name="written">Bytes written so far.</param>
    public static Refusal TextGap(long written) => new(RefusalCode.TextGap, written);

    /// <inheritdoc cref="RefusalCode.TextUnknown"/>
    /// <param name="written">Bytes written.</param>
    public static Refusal TextUnknown(long written) => new(RefusalCode.TextUnknown, written);

    /// <inheritdoc cref="RefusalCode.TextRefused"/>
    /// <param name="place">The line times 65,536 plus the column.</param>
    public static Refusal TextRefused(long place) => new(RefusalCode.TextRefused, place);

    /// <inheritdoc cref="RefusalCode.TextBeyondPrices"/>
    /// <param name="ticks">The payment beyond the limits, ticks.</param>
    public static Refusal TextBeyondPrices(long ticks) => new(RefusalCode.TextBeyondPrices, ticks);

    /// <inheritdoc cref="RefusalCode.UnknownSurface"/>
    /// <param name="surface">The surface asked for.</param>
    public static Refusal UnknownSurface(long surface) => new(RefusalCode.UnknownSurface, surface);

    /// <inheritdoc cref="RefusalCode.NotExercisable"/>
    public static Refusal NotExercisable => new(RefusalCode.NotExercisable, 0);

    /// <inheritdoc cref="RefusalCode.ExercisePending"/>
    /// <param name="lots">Lots that wait for the next price.</param>
    public static Refusal ExercisePending(long lots) => new(RefusalCode.ExercisePending, lots);

    /// <inheritdoc cref="RefusalCode.NoAddressBook"/>
    public static Refusal NoAddressBook => new(RefusalCode.NoAddressBook, 0);

    /// <inheritdoc cref="RefusalCode.AddressInvalid"/>
    /// <param name="most">The most characters.</param>
    public static Refusal AddressInvalid(long most) => new(RefusalCode.AddressInvalid, most);

    /// <inheritdoc cref="RefusalCode.UnknownAddress"/>
    public static Refusal UnknownAddress => new(RefusalCode.UnknownAddress, 0);

    /// <inheritdoc cref="RefusalCode.AddressInBook"/>
    public static Refusal AddressInBook => new(RefusalCode.AddressInBook, 0);

    /// <inheritdoc cref="RefusalCode.AddressBookFull"/>
    /// <param name="limit">The most addresses of an owner.</param>
    public static Refusal AddressBookFull(long limit) => new(RefusalCode.AddressBookFull, limit);

    /// <inheritdoc cref="RefusalCode.AddressNotActive"/>
    /// <param name="ns">Nanoseconds until it can be used.</param>
    public static Refusal AddressNotActive(long ns) => new(RefusalCode.AddressNotActive, ns);

    /// <inheritdoc cref="RefusalCode.AddressRemoved"/>
    public static Refusal AddressRemoved => new(RefusalCode.AddressRemoved, 0);

    /// <inheritdoc cref="RefusalCode.KeyTooYoung"/>
    /// <param name="ns">Nanoseconds until it may do so.</param>
    public static Refusal KeyTooYoung(long ns) => new(RefusalCode.KeyTooYoung, ns);

    /// <inheritdoc cref="RefusalCode.WithdrawalDecided"/>
    /// <param name="status">The withdrawal's status.</param>
    public static Refusal WithdrawalDecided(WithdrawalStatus status) => new(RefusalCode.WithdrawalDecided, (long)status);

    /// <inheritdoc cref="RefusalCode.ApproverIsRequester"/>
    public static Refusal ApproverIsRequester => new(RefusalCode.ApproverIsRequester, 0);

    /// <inheritdoc cref="RefusalCode.TooManyWithdrawals"/>
    /// <param name="limit">The most that an owner may have under way.</param>
    public static Refusal TooManyWithdrawals(long limit) => new(RefusalCode.TooManyWithdrawals, limit);

    /// <inheritdoc cref="RefusalCode.RequesterGone"/>
    public static Refusal RequesterGone => new(RefusalCode.RequesterGone, 0);
}
