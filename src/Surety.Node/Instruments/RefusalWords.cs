using System;
using System.Globalization;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Node.Instruments;

/// <summary>
/// What a refusal says to people: the thing by its name, the limit as a price, an amount or a time, and the remedy. The engine's own
/// sentence (<see cref="Refusals"/>) counts in ticks, lots and atoms; this one never does. For the API, the terminal and the command line.
/// </summary>
public static class RefusalWords
{
    private const string MaxRoom = "ask the operator to make room";

    /// <summary>The words for a refusal.</summary>
    /// <param name="code">Why.</param>
    /// <param name="detail">The number that came with it.</param>
    /// <param name="record">The command, with or without its signature; empty where it is not known: then figures that need it are left
    /// out.</param>
    /// <param name="list">Markets and assets.</param>
    /// <param name="marketOfOrder">The market of an order by its id, −1 where it is not known.</param>
    public static string Of(RefusalCode code, long detail, ReadOnlySpan<byte> record, InstrumentList list,
        Func<ulong, int>? marketOfOrder = null)
    {
        int number = CommandSubject.MarketOf(record, marketOfOrder);
        return Of(code, detail, record, list, number >= 0 && number < list.All.Count ? list.All[number] : null);
    }

    /// <summary>The same, of a command about a market that is known.</summary>
    public static string Of(RefusalCode code, long detail, ReadOnlySpan<byte> record, InstrumentList list, Instrument? i)
    {
        string n = detail.ToString(CultureInfo.InvariantCulture);
        string market = i?.Name ?? "the market";
        string price = i is null ? "" : $"{Text(i.Price(detail), i.PriceDecimals)} {i.Quote}";
        string amount = i is null ? "" : $"{Text(i.Amount(detail), Instrument.AmountDecimals)} {i.Base}";
        string least = i is null ? "" : $"{Text(i.LotUnits, Instrument.AmountDecimals)} {i.Base}";
        string money = Money(detail, record, list, i);
        string index = Index(detail, list);
        string unit = IndexPrice(detail, record, list);
        return code switch
        {
            RefusalCode.None => "accepted",
            RefusalCode.Malformed => "the command does not have the form of one; see docs/protocol.md",
            RefusalCode.TimeBackwards =>
                $"time: the command is stamped {Duration(detail)} before the venue's time; the sequencer must not go back",
            RefusalCode.Excluded =>
                "excluded: carrying the command out stopped the engine, so it was passed over; "
                + "its markets are halted until the operator has looked",
            RefusalCode.UnknownAccount => $"account: there is no account {n}",
            RefusalCode.SignatureMissing => "signature: this venue takes signed commands only; sign it, or use an API key",
            RefusalCode.UnknownKey when CommandSubject.KindOf(record) == CommandKind.SetPriceSource =>
                $"source_key: {n} is no key of the operator's with the scope report; see operate add-key",
            RefusalCode.UnknownKey => $"key: there is no key {n}; see surety/key",
            RefusalCode.KeyNotOfAccount => $"key: it belongs to account {n}, which does not own the account that the command is for",
            RefusalCode.KeyRevoked => $"key: {n} was revoked; use another key of the account",
            RefusalCode.KeyExpired =>
                detail > 0
                    ? $"key: it expired at {Time(detail)}; make a new one with a key that may"
                    : "key: its expiry has passed already; give a later one",
            RefusalCode.ScopeMissing => $"key: it lacks the scope {unchecked((KeyScopes)detail)}; use a key that has it",
            RefusalCode.CommandExpired =>
                $"expired: the request lapsed {Duration(detail)} before its turn came, so "
                + $"nothing was done; send it again, with a later valid_until",
            RefusalCode.NonceUsed => $"nonce: it was used before, or is far behind; the key's highest is {n}, use a higher one",
            RefusalCode.UnknownMarket => $"market: there is no market number {n}; see public/get_instruments",
            RefusalCode.UnknownAsset =>
                detail >= 0 && detail < list.Currencies.Count
                    ? $"currency: {list.Currencies[(int)detail].Name} is no collateral of the account's pool"
                    : $"currency: there is no asset number {n}",
            RefusalCode.UnknownPool => $"pool: there is no pool {n}",
            RefusalCode.UnknownIndex => $"index: there is no index number {n}; see surety/get_indexes",
            RefusalCode.InvalidName => "name: expected 1 to 24 printable ASCII characters without spaces, not taken before",
            RefusalCode.InvalidField => $"{CommandSubject.FieldAt(record, detail)}: its value is outside its range; see docs/protocol.md",
            RefusalCode.LimitReached => $"the venue has room for {n} of these and no more; {MaxRoom}",
            RefusalCode.WrongPool =>
                $"pool: the account and {market} are in different risk pools (the other is pool {n}); use an account of that pool",
            RefusalCode.AmountOutOfRange =>
                money.Length > 0 ? $"amount: expected more than 0 and at most {money}" : "amount: expected more than 0, and less than this",
            RefusalCode.NotOwner => $"account: it belongs to owner {n}, who is another",
            RefusalCode.MarketNotTrading => $"market: {market} is {Status(detail)}; orders can be cancelled, not placed or changed",
            RefusalCode.MarketReduceOnly =>
                $"market: {market} takes only orders that reduce a position until it opens again; give reduce_only, or wait",
            RefusalCode.NoMarkPrice =>
                $"market: {market} has no mark price to margin against, because its index "
                + $"has no quorum; try again when public/ticker shows one",
            RefusalCode.PriceOutOfRange =>
                i is null
                    ? $"price: {market} takes prices only within its limits"
                    : $"price: {market} takes prices only from {Text(i.Price(i.MinPriceTicks), i.PriceDecimals)} "
                        + $"to {Text(i.Price(i.MaxPriceTicks), i.PriceDecimals)} {i.Quote}",
            RefusalCode.LotsOutOfRange =>
                i is null
                    ? "amount: it is less than the least order or more than the largest; see public/get_instrument"
                    : $"amount: an order in {market} is from {least} to {amount}",
            RefusalCode.InvalidOptions =>
                detail > 0
                    ? $"{CommandSubject.FieldAt(record, detail)}: there is no such value, or it contradicts another"
                    : "the options of the order contradict each other: post-only with immediate, "
                        + "good-till without a time, or shown size of what never rests",
            RefusalCode.GoodTillPassed => $"good_til: {Time(detail)} is not after the venue's time; give a later one",
            RefusalCode.MarketInAuction =>
                $"auction: {market} gathers limit orders for one price; place a limit order that may rest, or wait until it trades again",
            RefusalCode.PriceBeyondBand =>
                $"price: it is further from the mark price than {market} allows{(i is null ? "" : $"; the limit is {price} now")}",
            RefusalCode.OpenInterestCap =>
                $"amount: open interest would exceed the cap of {market}{(i is null ? "" : $" by {amount}")}, "
                + $"which follows outside depth and the insurance fund; ask for less, or try later",
            RefusalCode.DuplicateClientOrderId => $"client_order_id: it names order {n} already; nothing was placed again",
            RefusalCode.UnknownOrder => "order_id: the account has no such live order; it may have been filled or cancelled",
            RefusalCode.TooManyOrders => $"orders: an account may have {n} live at once; cancel some",
            RefusalCode.TooManyPositions => $"positions: an account may be in {n} markets at once; leave one",
            RefusalCode.VenueFull => $"the venue holds {n} orders of this kind, its limit; try again later",
            RefusalCode.PositionLimit =>
                $"amount: position and open orders would exceed the limit of {market}{(i is null ? "" : $" by {amount}")}; ask for less",
            RefusalCode.WouldTake =>
                $"post_only: the order would trade at once{(i is null ? "" : $" at {price}")}; "
                + $"give a price further away, or leave reject_post_only out",
            RefusalCode.WouldNotReduce => $"reduce_only: there is no position in {market} that this order would reduce",
            RefusalCode.CannotFill =>
                detail == 0 || i is null
                    ? "fill_or_kill: the whole amount cannot be filled within the limit"
                    : $"fill_or_kill: only {amount} can be filled within the limit",
            RefusalCode.QuotesFrozen => $"quotes: market-maker protection holds them until {Time(detail)}; set it again to end the freeze",
            RefusalCode.AmendWouldNotChange => "edit: price and amount are what they were; give another one",
            RefusalCode.OtherHalfTaken =>
                $"linked_order_id: that order is one half of a pair already, with order {n}; a pair has two halves",
            RefusalCode.InitialMarginShort =>
                $"margin: {Or(money, "money")} short of initial margin; add collateral, close something, or ask for less",
            RefusalCode.InsufficientBalance => $"balance: {Or(money, "money")} short; ask for less",
            RefusalCode.PositionNotFlat => $"margin mode: close the position in {market} and cancel its orders first",
            RefusalCode.NotIsolated => $"margin: the position in {market} is not isolated; see surety/set_margin_mode",
            RefusalCode.UnknownWithdrawal => $"withdrawal: there is no pending withdrawal {n}",
            RefusalCode.ProfitNotCash =>
                $"withdrawal: {Or(money, "part")} of it would come out of profit not yet realised; close positions first",
            RefusalCode.TransferMarginShort =>
                $"withdrawal: {Or(money, "money")} short of what must stay behind, with positions valued "
                + $"at the worst of mark, index and what the book would pay; ask for less",
            RefusalCode.PriceInDoubt =>
                $"price: {index} is in doubt, or a market on it is halted or in an auction, "
                + $"and the account depends on it; try again when it trades",
            RefusalCode.OutflowLimit =>
                $"withdrawal: the hour's outflow limit leaves {Or(money, "less than this")}; ask for less or try again later",
            RefusalCode.PoolHoldsLess =>
                $"withdrawal: the pool lacks {Or(money, "part")} of what its accounts own, because "
                + $"others owe it cash against coins; ask for less, or try later",
            RefusalCode.BackstopUnderwater =>
                $"backstop: the account is {Or(money, "money")} short of initial margin; a provider must stand on its own feet",
            RefusalCode.NotASource => $"report: this key is not a source of {index}",
            RefusalCode.ReportStale =>
                $"report: it is older than the index allows, {Duration(detail * 1_000_000)}; report what was just observed",
            RefusalCode.ReportFromFuture => $"report: observed {Duration(detail)} after the venue's time; set the source's clock",
            RefusalCode.ReportReplayed => $"report: the source's last number was {n}; numbers must rise",
            RefusalCode.ReportOutOfDomain =>
                $"report: the price is at or beyond the limit{(unit.Length == 0 ? "" : $" of {unit}")} that the "
                + $"index or the source's feed declares; a saturated or impossible print is no price",
            RefusalCode.ReportUncertain => $"report: its confidence interval is wider than {Text(detail, 4)} % of the price",
            RefusalCode.ReportJump =>
                $"report: it is further from the source's last price{(unit.Length == 0 ? "" : $", {unit},")} "
                + $"than the source may jump while that is fresh",
            RefusalCode.NothingToConfirm => $"confirm: {index} holds no price in quarantine",
            RefusalCode.CandidateElsewhere => $"confirm: the price in quarantine is {Or(unit, "another")}, outside the tolerance given",
            RefusalCode.CandidateTooYoung => $"confirm: the sources must stand by the price until {Time(detail)}; try again then",
            RefusalCode.ChangeTooSoon => $"change: it may act from {Time(detail)} on, not before; give a later activate",
            RefusalCode.ChangeWouldLiquidate => $"change: {n} accounts would be below maintenance by it; loosen it or wait",
            RefusalCode.TermFixed => $"change: {CommandSubject.FieldAt(record, detail)} is fixed at listing; list another market",
            RefusalCode.SourceBelowQuorum => $"source: the index needs {n} sources and would not have them; add another first",
            RefusalCode.SourceMovesPrice =>
                $"source: the index would stand at {Or(unit, "another price")}, further away "
                + $"than its sources may disagree; wait until they agree",
            RefusalCode.TextGap =>
                $"contract text: its pieces must follow each other; {n} characters are written, go on there or begin again at 0",
            RefusalCode.TextUnknown => "contract text: what is written does not have the hash given; write the whole text first",
            RefusalCode.TextRefused =>
                $"contract text: line {detail >> 16}, column {detail & 0xFFFF} keeps it from being listed; surety terms check says why",
            RefusalCode.TextBeyondPrices =>
                $"contract: it can pay {Or(ListedPrice(detail, record, list), "more")}, beyond the market's "
                + $"price limits; cap it, narrow what it observes, or widen the limits",
            RefusalCode.UnknownSurface => $"surface: there is no volatility surface {n}",
            RefusalCode.NotExercisable => $"exercise: the text of {market} gives its holder nothing to take now",
            RefusalCode.ScopeBeyondOwn =>
                $"key: the key that signs lacks {unchecked((KeyScopes)detail)} itself, so it can neither give it nor end a key that has it",
            RefusalCode.ExpiryBeyondOwn => $"key: the key that signs ends at {Time(detail)} and adds none that lasts longer",
            RefusalCode.OwnerPositionLimit =>
                $"amount: all accounts of the owner together, in all markets of this index, would exceed "
                + $"the position limit{(i is null ? "" : $" by {amount}")}; ask for less",
            RefusalCode.DisplayTooSmall =>
                $"max_show: an iceberg of this size shows {(i is null ? "more" : $"at least {amount}")} at a time",
            RefusalCode.CollateralUncapped =>
                "pool_cap: an asset with a price needs the most of it that one pool takes, all accounts together",
            RefusalCode.CollateralSources => $"price_index: {index} needs a quorum of at least two sources before it may price collateral",
            RefusalCode.CollateralCapReached =>
                $"deposit: the pool takes {Or(money, "no")} more of this asset, all accounts together; send the rest back",
            RefusalCode.AddressNotActive => $"address: it was added lately and can be used in {Duration(detail)}",
            RefusalCode.KeyTooYoung => $"key: it was added lately and can ask for or approve withdrawals in {Duration(detail)}",
            RefusalCode.WithdrawalDecided =>
                $"withdrawal: it is {unchecked((WithdrawalStatus)detail).ToString().ToLowerInvariant()}, and this cannot be done to it now",
            RefusalCode.ExercisePending =>
                $"exercise: {Or(amount, "part")} of this account waits for the next price in "
                + $"{market}; until then it takes no orders and no second request",
            _ => Refusals.Describe(code, detail),
        };
    }

    private static string Money(long atoms, ReadOnlySpan<byte> record, InstrumentList list, Instrument? i)
    {
        int asset = CommandSubject.AssetOf(record);
        return asset >= 0 && asset < list.Currencies.Count ? $"{Text(atoms, list.Currencies[asset].Decimals)} {list.Currencies[asset].Name}"
            : i is not null ? $"{Text(atoms, i.MoneyDecimals)} {i.Settle}"
            // Where all markets settle in one asset, it can be no other.
            : list.SettlesInOne is { } one ? $"{Text(atoms, one.Decimals)} {one.Name}" : "";
    }

    private static string Index(long number, InstrumentList list) =>
        number >= 0 && number < list.Indexes.Count ? $"index {list.Indexes[(int)number]}" : "the index";

    private static string IndexPrice(long units, ReadOnlySpan<byte> record, InstrumentList list)
    {
        int index = CommandSubject.IndexOf(record);
        return index >= 0 && index < list.Indexes.Count ? Text(units, list.IndexDecimals[index]) : "";
    }

    // A price of a market that is not listed yet: its terms say what a tick is.
    private static string ListedPrice(long ticks, ReadOnlySpan<byte> record, InstrumentList list)
    {
        (int index, long tick) = CommandSubject.TickOf(record);
        return index >= 0 && index < list.Indexes.Count ? Text((Int128)ticks * tick, list.IndexDecimals[index]) : "";
    }

    private static string Status(long status) => ((MarketStatus)status) switch
    {
        MarketStatus.Expired => "closed",
        MarketStatus.ReduceOnly => "reduce-only",
        MarketStatus other => other.ToString().ToLowerInvariant(),
    };

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    private static string Text(Int128 scaled, int decimals) => DecimalText.ToText(scaled, decimals);

    private static string Time(long ns) =>
        ns is < 0 or > CommandCodec.LatestNs
            ? "that time"
            : DateTimeOffset.FromUnixTimeMilliseconds(ns / 1_000_000)
                .ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);

    private static string Duration(long ns) =>
        ns < 1_000_000 ? "less than 1 ms" : ns < 1_000_000_000 ? $"{ns / 1_000_000} ms" : $"{Text(ns / 1_000_000, 3)} s";
}
