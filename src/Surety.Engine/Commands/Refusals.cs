using System.Globalization;

namespace Surety.Engine.Commands;

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
            RefusalCode.UnknownAccount => $"account: there is no account {n}",
            RefusalCode.SignatureMissing => "signature: this venue takes signed commands only",
            RefusalCode.UnknownKey => $"key: there is no key {n}",
            RefusalCode.KeyNotOfAccount => $"key: it belongs to account {n}, which does not own this account",
            RefusalCode.KeyRevoked => $"key: {n} was revoked; sign with another key of the account",
            RefusalCode.KeyExpired => $"key: it expired at {n} ns; add a new one with an admin key",
            RefusalCode.ScopeMissing => $"key: it lacks a scope that this command needs ({(Accounts.KeyScopes)detail})",
            RefusalCode.CommandExpired => $"expires: the command lapsed {n} ns before it was sequenced; send it again with a later expiry",
            RefusalCode.NonceUsed => $"nonce: used before, or outside the window; the key's highest is {n}, use a higher one",
            RefusalCode.UnknownMarket => $"market: there is no market {n}",
            RefusalCode.UnknownAsset => $"asset: {n} is not listed, or no collateral of the account's pool",
            RefusalCode.UnknownPool => $"pool: there is no pool {n}",
            RefusalCode.UnknownIndex => $"index: there is no index {n}",
            RefusalCode.InvalidName => "name: 1 to 24 printable ASCII characters without spaces, not taken before",
            RefusalCode.InvalidField => $"the field at byte {n} of the command is outside its range; see docs/protocol.md",
            RefusalCode.LimitReached => $"the venue has room for {n} of these and no more",
            RefusalCode.WrongPool => $"pool: the two sides are in different pools; the market's or account's is {n}",
            RefusalCode.AmountOutOfRange => $"amount: from 1 to {n} atoms",
            RefusalCode.NotOwner => $"account: it belongs to owner {n}",
            RefusalCode.MarketNotTrading => $"market: its status is {(Instruments.MarketStatus)detail}; orders can be cancelled, not placed",
            RefusalCode.MarketReduceOnly => "market: it takes reduce-only orders until it opens again",
            RefusalCode.NoMarkPrice => "market: its index has no quorum yet, so there is no mark price to margin against",
            RefusalCode.PriceOutOfRange => $"price: beyond the market's limit of {n} ticks",
            RefusalCode.LotsOutOfRange => $"lots: from 1 to {n}",
            RefusalCode.InvalidOptions => $"options: they contradict each other, or the field at byte {n} has no such value",
            RefusalCode.GoodTillPassed => $"good-till: {n} ns is not after the venue's time",
            RefusalCode.MarketInAuction => "auction: the market gathers limit orders for one price; immediate and market orders, quotes and amendments wait until it trades again",
            RefusalCode.PriceBeyondBand => $"price: beyond the band around mark; the limit is {n} ticks",
            RefusalCode.OpenInterestCap => $"lots: open interest would exceed the market's cap by {n} lots; the cap follows outside depth and the insurance fund",
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
            RefusalCode.InitialMarginShort => $"margin: {n} atoms of the settlement asset short of initial margin; add collateral or ask for less",
            RefusalCode.InsufficientBalance => $"balance: {n} atoms short",
            RefusalCode.PositionNotFlat => "margin mode: close the position and cancel its orders first",
            RefusalCode.NotIsolated => "margin: the position is not isolated",
            RefusalCode.UnknownWithdrawal => $"withdrawal: there is no pending withdrawal {n}",
            RefusalCode.ProfitNotCash => $"withdrawal: {n} atoms of it would come out of profit not yet realised; close positions first",
            RefusalCode.TransferMarginShort => $"withdrawal: {n} atoms short of what must stay behind, with positions valued at the worst of mark, index and what the book would pay",
            RefusalCode.PriceInDoubt => $"price: index {n} is in doubt, or a market on it is halted or in an auction, and the account depends on it; try again when it trades",
            RefusalCode.OutflowLimit => $"withdrawal: the hour's outflow limit of this asset leaves {n} atoms; ask for less or try again later",
            RefusalCode.BackstopUnderwater => $"backstop: the account is {n} atoms short of initial margin; a provider must stand on its own feet",
            RefusalCode.NotASource => $"report: this key is not a source of index {n}",
            RefusalCode.ReportStale => $"report: older than the index allows, {n} ms",
            RefusalCode.ReportFromFuture => $"report: observed {n} ns after the venue's time",
            RefusalCode.ReportReplayed => $"report: the source's last number was {n}; numbers must rise",
            RefusalCode.ReportOutOfDomain => $"report: the price is at or beyond the limit {n} that the index or the source's feed declares; a saturated or impossible print is no price",
            RefusalCode.ReportUncertain => $"report: its confidence interval is wider than {n} ppm of the price",
            RefusalCode.ReportJump => $"report: more than the source's limit away from its last price, {n} units, which is still fresh",
            RefusalCode.ChangeTooSoon => $"change: it may act from {n} ns on, not before",
            RefusalCode.ChangeWouldLiquidate => $"change: {n} accounts would be below maintenance under the new terms; loosen it or wait",
            RefusalCode.TermFixed => $"change: the term at byte {n} is fixed at listing",
            _ => $"refused with code {(int)code}",
        };
    }
}
