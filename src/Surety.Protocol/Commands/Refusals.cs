using System.Globalization;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>What a refusal says to a person: the thing, the limit, the remedy.</summary>
public static class Refusals
{
    /// <summary>The message of a code with its detail, a number whose meaning the message states.</summary>
    public static string Describe(RefusalCode code, long detail)
    {
        string n = detail.ToString(CultureInfo.InvariantCulture);
        return code switch
        {
            RefusalCode.None => "accepted",
            RefusalCode.Malformed => "the record does not have the form of a command; see docs/protocol.md",
            RefusalCode.TimeBackwards => $"time: the stamp is {n} ns before the venue's time; the sequencer must not go back",
            RefusalCode.Excluded =>
                "excluded: carrying the command out stopped the engine, so it was passed "
                + "over; its markets are halted and the operator is told",
            RefusalCode.UnknownAccount => $"account: there is no account {n}",
            RefusalCode.SignatureMissing => "signature: this venue takes signed commands only",
            RefusalCode.UnknownKey => $"key: there is no key {n}",
            RefusalCode.KeyNotOfAccount => $"key: it belongs to account {n}, which does not own this account",
            RefusalCode.KeyRevoked => $"key: {n} was revoked; sign with another key of the account",
            RefusalCode.KeyExpired => $"key: it expired at {n} ns; add a new one with an admin key",
            RefusalCode.ScopeMissing => $"key: it lacks a scope that this command needs ({unchecked((KeyScopes)detail)})",
            RefusalCode.CommandExpired => $"expires: the command lapsed {n} ns before it was sequenced; send it again with a later expiry",
            RefusalCode.NonceUsed => $"nonce: used before, or outside the window; the key's highest is {n}, use a higher one",
            RefusalCode.ScopeBeyondOwn =>
                $"key: the key that signs lacks {unchecked((KeyScopes)detail)} itself, so it can neither give it nor end a key that has it",
            RefusalCode.ExpiryBeyondOwn => $"key: the key that signs ends at {n} ns and adds none that lasts longer",
            RefusalCode.LastAdminKey =>
                $"key: {n} is the last key of the owner that can add others and does not expire; add another one first",
            RefusalCode.UnknownMarket => $"market: there is no market {n}",
            RefusalCode.UnknownAsset => $"asset: {n} is not listed, or no collateral of the account's pool",
            RefusalCode.UnknownPool => $"pool: there is no pool {n}",
            RefusalCode.UnknownIndex => $"index: there is no index {n}",
            RefusalCode.InvalidName =>
                "name: 1 to 24 letters, digits, _ and -, beginning with a letter or digit; of an asset "
                + "not the word any; of a listing schedule a pair like BTC_USDC",
            RefusalCode.InvalidField => $"the field at byte {n} of the command is outside its range; see docs/protocol.md",
            RefusalCode.LimitReached => $"the venue has room for {n} of these and no more",
            RefusalCode.WrongPool => $"pool: the two sides are in different pools; the market's or account's is {n}",
            RefusalCode.AmountOutOfRange => $"amount: from 1 to {n} atoms",
            RefusalCode.NameTaken => $"name: number {n} of its kind has this name, in capitals or not; choose another",
            RefusalCode.NotOwner => $"account: it belongs to owner {n}",
            RefusalCode.AccountClosed => $"account: {n} is closed; open a sub-account again first",
            RefusalCode.OwnerLimit =>
                $"limit: an owner may have {n} of these now, over all sub-accounts; give some back, or ask the operator for more",
            RefusalCode.AccountNotEmpty =>
                $"account: {n} is a master account, or has balances, positions, orders, a "
                + $"backstop bid or a withdrawal under way; empty it first",
            RefusalCode.CapacityOutOfRange => $"capacity: more than it is, and at most {n} in one step",
            RefusalCode.MarketNotTrading => $"market: its status is {(MarketStatus)detail}; orders can be cancelled, not placed",
            RefusalCode.MarketReduceOnly => "market: it takes reduce-only orders until it opens again",
            RefusalCode.NoMarkPrice => "market: its index has no quorum yet, so there is no mark price to margin against",
            RefusalCode.PriceOutOfRange => $"price: beyond the market's limit of {n} ticks",
            RefusalCode.LotsOutOfRange => $"lots: from 1 to {n}",
            RefusalCode.InvalidOptions => $"options: they contradict each other, or the field at byte {n} has no such value",
            RefusalCode.GoodTillPassed => $"good-till: {n} ns is not after the venue's time",
            RefusalCode.MarketInAuction =>
                "auction: the market gathers limit orders for one price; immediate and market "
                + "orders, quotes and amendments wait until it trades again",
            RefusalCode.PriceBeyondBand => $"price: beyond the band around mark; the limit is {n} ticks",
            RefusalCode.OpenInterestCap =>
                $"lots: open interest would exceed the market's cap by {n} lots; the cap follows outside depth and the insurance fund",
            RefusalCode.DuplicateClientOrderId => $"client order id: it already names order {n}; nothing was placed again",
            RefusalCode.UnknownOrder => "order: the account has no such live order; it may have been filled or cancelled",
            RefusalCode.TooManyOrders => $"orders: the account may have {n} live at once; cancel some",
            RefusalCode.TooManyPositions => $"positions: the account may be in {n} markets at once; leave one",
            RefusalCode.VenueFull => $"the venue holds {n} orders of this kind, its limit; try again later",
            RefusalCode.PositionLimit => $"lots: position and open orders would exceed the market's limit by {n} lots",
            RefusalCode.WouldTake => $"post-only: it would trade at {n} ticks",
            RefusalCode.WouldNotReduce => "reduce-only: there is no opposite position to reduce",
            RefusalCode.CannotFill => $"fill-or-kill: only {n} lots can be filled within the limit",
            RefusalCode.QuotesFrozen => $"quotes: market-maker protection holds them until {n} ns; set it again to end the freeze",
            RefusalCode.AmendWouldNotChange => "amend: price and size are what they were",
            RefusalCode.OtherHalfTaken => $"one-cancels-other: the order named is a half already, of order {n}; a pair has two halves",
            RefusalCode.NotLinkable => $"owners: account {n} is the operator's or an insurance fund's, which belong to no customer",
            RefusalCode.AlreadyLinked => $"owners: they are linked already, under owner {n}",
            RefusalCode.OwnerPositionLimit =>
                $"lots: all accounts of the owner together, in all markets of this index, "
                + $"would exceed the market's position limit by {n} lots",
            RefusalCode.DisplayTooSmall => $"display: an iceberg of this size shows at least {n} lots at a time",
            RefusalCode.InitialMarginShort =>
                $"margin: {n} atoms of the settlement asset short of initial margin; add collateral or ask for less",
            RefusalCode.InsufficientBalance => $"balance: {n} atoms short",
            RefusalCode.PositionNotFlat => "margin mode: close the position and cancel its orders first",
            RefusalCode.NotIsolated => "margin: the position is not isolated",
            RefusalCode.UnknownWithdrawal => $"withdrawal: there is no pending withdrawal {n}",
            RefusalCode.ProfitNotCash => $"withdrawal: {n} atoms of it would come out of profit not yet realised; close positions first",
            RefusalCode.TransferMarginShort =>
                $"withdrawal: {n} atoms short of what must stay behind, with positions valued "
                + $"at the worst of mark, index and what the book would pay",
            RefusalCode.PriceInDoubt =>
                $"price: index {n} is in doubt, or a market on it is halted or in an auction, "
                + $"and the account depends on it; try again when it trades",
            RefusalCode.OutflowLimit =>
                $"withdrawal: the hour's outflow limit leaves the owner {n} atoms of this asset; ask for less or try again later",
            RefusalCode.PoolHoldsLess =>
                $"withdraw: the pool lacks {n} atoms of what its accounts own, because "
                + $"others owe it cash against coins; try less, or later",
            RefusalCode.CollateralUncapped =>
                $"asset: it has a price, so it needs the most of it that one pool takes in all accounts together, the field at byte {n}",
            RefusalCode.CollateralSources => $"asset: index {n} needs a quorum of at least two sources before it may price collateral",
            RefusalCode.CollateralCapReached =>
                $"deposit: the pool takes {n} atoms more of this asset, all accounts together; send the rest back",
            RefusalCode.BackstopUnderwater =>
                $"backstop: the account is {n} atoms short of initial margin; a provider must stand on its own feet",
            RefusalCode.NotASource => $"report: this key is not a source of index {n}",
            RefusalCode.ReportStale => $"report: older than the index allows, {n} ms",
            RefusalCode.ReportFromFuture => $"report: observed {n} ns after the venue's time",
            RefusalCode.ReportReplayed => $"report: the source's last number was {n}; numbers must rise",
            RefusalCode.ReportOutOfDomain =>
                $"report: the price is at or beyond the limit {n} that the index or the source's "
                + $"feed declares; a saturated or impossible print is no price",
            RefusalCode.ReportUncertain => $"report: its confidence interval is wider than {n} ppm of the price",
            RefusalCode.ReportJump => $"report: more than the source's limit away from its last price, {n} units, which is still fresh",
            RefusalCode.NothingToConfirm => $"confirm: index {n} holds no price in quarantine",
            RefusalCode.CandidateElsewhere => $"confirm: the price in quarantine is {n} units, outside the tolerance given",
            RefusalCode.CandidateTooYoung => $"confirm: the sources must stand by the price until {n} ns",
            RefusalCode.ChangeTooSoon => $"change: it may act from {n} ns on, not before",
            RefusalCode.ChangeWouldLiquidate => $"change: {n} accounts would be below maintenance by it; loosen it or wait",
            RefusalCode.SourceBelowQuorum => $"source: the index needs {n} sources and would not have them; add another first",
            RefusalCode.SourceMovesPrice =>
                $"source: the index would stand at {n}, further away than its sources may disagree; wait until they agree",
            RefusalCode.TermFixed => $"change: the term at byte {n} is fixed at listing",
            RefusalCode.TextGap => $"contract text: pieces must follow each other; {n} bytes are written, go on there or begin again at 0",
            RefusalCode.TextUnknown => $"contract text: the {n} bytes written do not have the hash given; write the whole text first",
            RefusalCode.TextRefused =>
                $"contract text: line {detail >> 16}, column {detail & 0xFFFF} keeps it from being listed; surety terms check says why",
            RefusalCode.TextBeyondPrices =>
                $"contract: it can pay {n} ticks, beyond the market's price limits; cap it, narrow what it observes, or widen the limits",
            RefusalCode.UnknownSurface => $"surface: there is no volatility surface {n}",
            RefusalCode.NotExercisable => "exercise: the contract's text gives its holder nothing to take now",
            RefusalCode.ExercisePending =>
                $"exercise: {n} lots of this account wait for the next price in this market; "
                + $"until then it takes no orders and no second request",
            RefusalCode.NoAddressBook =>
                "address book: this venue keeps none, by its genesis record; withdrawals are arranged with its operator",
            RefusalCode.AddressInvalid => $"address: 1 to {n} printable ASCII characters without spaces; a label may have spaces",
            RefusalCode.UnknownAddress => "address: the owner's address book has no such entry for this asset; add it first",
            RefusalCode.AddressInBook => "address: it is in the address book already",
            RefusalCode.AddressBookFull =>
                $"address book: an owner may name {n} addresses in all, removed ones included; allow one of them again",
            RefusalCode.AddressNotActive => $"address: it was added lately and can be used in {(detail / 1_000_000_000) + 1} s",
            RefusalCode.AddressRemoved => "address: it was taken off the address book; a withdrawal asked for before can only be cancelled",
            RefusalCode.KeyTooYoung =>
                $"key: it was added lately and can ask for or approve withdrawals in {(detail / 1_000_000_000) + 1} s",
            RefusalCode.WithdrawalDecided =>
                $"withdrawal: it is {unchecked((WithdrawalStatus)detail).ToString().ToLowerInvariant()}, and this cannot be done to it now",
            RefusalCode.ApproverIsRequester => "withdrawal: it is approved with another key than the one that asked for it",
            RefusalCode.TooManyWithdrawals => $"withdrawal: an owner may have {n} under way; wait until one is paid, or cancel one",
            RefusalCode.RequesterGone =>
                "withdrawal: the key that asked for it was revoked or has expired; cancel it and ask again with another key",
            _ => $"refused with code {(int)code}",
        };
    }
}
