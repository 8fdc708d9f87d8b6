// One pool of a venue, to be executed: the same commands as the engine's give the same refusals, fills, balances and positions.
// Documents: docs/engine.md, docs/liquidation.md, docs/oracles.md. Sources: src/Surety.Engine/Books, Liquidation, Oracles and Accounts.
//
// It is put together from the other files' functions, and changes money only through those of Accounts.dfy: a Sound venue is one whose
// books conserve money and sum to zero, and every command takes a Sound venue to a Sound venue. tests/Surety.Formal.Tests runs it beside
// the engine. What it is told, and what it leaves out: docs/assurance.md.

include "Rounding.dfy"
include "Margin.dfy"
include "Accounts.dfy"
include "Funding.dfy"
include "Median.dfy"
include "Orders.dfy"
include "Liquidation.dfy"
include "Waterfall.dfy"
include "Withdrawals.dfy"

module Venue {
  import opened Rounding
  import opened Margin
  import Accounts
  import Funding
  import Median
  import Orders
  import Liquidation
  import Waterfall
  import Withdrawals

  type Listed = t: Terms | |t.initial| >= 1 && |t.maintenance| >= 1 && t.atomsPerTickLot > 0
    witness Terms(1, 1, [Step(0, 0, 0)], [Step(0, 0, 0)], 0, 1)
  type Positive = n: int | n > 0 witness 1

  datatype FeeTier = FeeTier(from: int, makerPpm: int, takerPpm: int)
  datatype PoolTerms = PoolTerms(
    fees: seq<FeeTier>, liquidationFeePpm: int, takeoverChargePpm: int, profitHaircutPpm: int, transferMarginPpm: int, fundFencePpm: int)
  datatype Source = Source(key: int, price: int, confidence: int, timeNs: int, sequence: int, weight: Positive)
  datatype Index = Index(
    sources: seq<Source>, quorum: int, maxAgeMs: int, minPrice: int, maxPrice: int, confidencePpm: int, jumpPpm: int, jumpFloor: int,
    price: int)
  datatype Market = Market(
    terms: Listed, index: Index, unitsPerTick: Positive, minPrice: int, maxPrice: int, maxOrderLots: int, maxPositionLots: int,
    orderBandPpm: int, boundPpm: int, mark: int, indexTicks: int, hasMark: bool, openInterestPpm: int, ratePpb: int, fundingTimeMs: int,
    remainder: int, fundSpent: int, fundWindowNs: int, book: seq<Orders.Resting>)
  datatype Trader = Trader(volume: int, volumeDay: int)

  // An order on its way into the book; it reserves margin like one that rests, unless it only reduces.
  datatype Incoming =
    | NoIncoming
    | Incoming(m: nat, account: nat, buy: bool, limit: int, lots: int, reserveTicks: int, reduceOnly: bool, liquidation: bool)

  // A taking that deleveraging made: who gave how many lots. The order in which accounts are asked is told, what it costs is not.
  datatype Taking = Taking(giver: nat, lots: int)
  datatype Fill = Fill(maker: int, price: int, lots: int, takerFee: int, makerFee: int)

  datatype State = State(
    books: Accounts.Books, traders: seq<Trader>, markets: seq<Market>, incoming: Incoming, priorities: int, keeping: Withdrawals.Keeping,
    pool: PoolTerms, nowNs: int, fills: seq<Fill>, takings: seq<Taking>, acted: seq<nat>, isAstray: bool)

  ghost predicate IsSound(s: State) { Accounts.Valid(s.books) }
  type Sound = s: State | IsSound(s) witness *

  datatype Refusal =
    | None | UnknownMarket | MarketHasNoMark | InvalidOptions | PriceOutOfRange | LotsOutOfRange | PriceBeyondBand | WouldNotReduce
    | PositionLimit | WouldTake | CannotFill | InitialMarginShort | UnknownOrder | AmountOutOfRange | InsufficientBalance | ProfitNotCash
    | TransferMarginShort | PoolHoldsLess | UnknownWithdrawal | WithdrawalDecided | UnknownAccount | NotASource | ReportFromFuture
    | ReportStale | ReportReplayed | ReportOutOfDomain | ReportUncertain | ReportJump

  const Fund: nat := 0
  const NsPerDay: int := 86_400_000_000_000
  const NsPerMs: int := 1_000_000
  const Most: int := 0x80_0000_0000_0000

  // ---- Reading ----

  function Cash(s: State, a: nat): int { if a < |s.books.cash| then s.books.cash[a] else 0 }

  function PositionOf(s: State, m: nat, a: nat): Accounts.Position
  { if m < |s.books.markets| && a < |s.books.markets[m].positions| then s.books.markets[m].positions[a] else Accounts.Flat }

  function Unrealised(s: State, m: nat, a: nat): int
    requires m < |s.markets|
  {
    var p := PositionOf(s, m, a);
    if m >= |s.books.markets| then 0
    else UnrealisedAtoms(s.markets[m].terms, s.markets[m].mark, s.books.markets[m].fundingIndex, p.lots, p.cost, p.fundingIndex)
  }

  function Counted(open: OpenOrders, buy: bool, lots: int, reserveTicks: int): OpenOrders
  {
    if buy then open.(buyLots := open.buyLots + lots, buyReserve := open.buyReserve + lots * reserveTicks)
    else open.(sellLots := open.sellLots + lots, sellReserve := open.sellReserve + lots * reserveTicks)
  }

  function OpenFrom(book: seq<Orders.Resting>, a: nat, i: nat, sum: OpenOrders): OpenOrders
    requires i <= |book|
    decreases |book| - i
  {
    if i == |book| then sum
    else
      var counts := book[i].account == a && book[i].flags == 0;
      OpenFrom(book, a, i + 1, if counts then Counted(sum, book[i].buy, book[i].lots, book[i].reserveTicks) else sum)
  }

  function OpenOf(s: State, m: nat, a: nat): OpenOrders
    requires m < |s.markets|
  {
    var resting := OpenFrom(s.markets[m].book, a, 0, NoOrders);
    match s.incoming
    case Incoming(n, b, buy, _, lots, reserve, reduceOnly, _) =>
      if n == m && b == a && !reduceOnly then Counted(resting, buy, lots, reserve) else resting
    case NoIncoming => resting
  }

  function NeedOf(s: State, m: nat, lots: int, open: OpenOrders): Requirement
    requires m < |s.markets|
  { RequirementOf(s.markets[m].terms, s.markets[m].openInterestPpm, s.markets[m].mark, lots, open) }

  datatype Sums = Sums(unrealised: int, initial: int, maintenance: int, notional: int)

  function SumsFrom(s: State, a: nat, m: nat, sum: Sums): Sums
    requires m <= |s.markets|
    decreases |s.markets| - m
  {
    if m == |s.markets| then sum
    else
      var p := PositionOf(s, m, a);
      var need := NeedOf(s, m, p.lots, OpenOf(s, m, a));
      SumsFrom(s, a, m + 1, Sums(sum.unrealised + Unrealised(s, m, a), sum.initial + need.initial, sum.maintenance + need.maintenance,
        sum.notional + NotionalAtoms(s.markets[m].terms, s.markets[m].mark, p.lots)))
  }

  function HealthOf(s: State, a: nat): Health
  {
    var sums := SumsFrom(s, a, 0, Sums(0, 0, 0, 0));
    var opening := Orders.OpeningOf(Cash(s, a), 0, sums.unrealised, s.pool.profitHaircutPpm);
    Health(Cash(s, a) + sums.unrealised, opening, sums.initial, sums.maintenance)
  }

  // Without coins, what a unit is worth at prices is its equity.
  function WorthOf(s: State, a: nat): int { HealthOf(s, a).equity }

  function FeeTierFrom(fees: seq<FeeTier>, volume: int, i: nat): FeeTier
    requires i < |fees|
  { if i > 0 && volume < fees[i].from then FeeTierFrom(fees, volume, i - 1) else fees[i] }

  function FeeTierOf(s: State, a: nat): FeeTier
  { if |s.pool.fees| == 0 || a >= |s.traders| then FeeTier(0, 0, 0) else FeeTierFrom(s.pool.fees, s.traders[a].volume, |s.pool.fees| - 1) }

  function TakerFee(s: State, a: nat, notional: int): int { PpmCeiling(notional, FeeTierOf(s, a).takerPpm) }

  function MakerFee(s: State, a: nat, notional: int): int
  {
    var ppm := FeeTierOf(s, a).makerPpm;
    if ppm >= 0 then PpmCeiling(notional, ppm) else -PpmFloor(notional, -ppm)
  }

  // A thirtieth of the volume goes each day, rounded up.
  function Decayed(volume: int, days: nat): int
    decreases days
  { if days == 0 || volume == 0 then volume else Decayed(volume - DivCeiling(volume, 30), days - 1) }

  function Reducible(s: State, m: nat, a: nat, buy: bool): int
  { var lots := PositionOf(s, m, a).lots; Max(if buy then -lots else lots, 0) }

  function ReserveTicks(buy: bool, limit: int, mark: int): int { Max(if buy then limit - mark else mark - limit, 0) }

  function CashOfFund(s: State): int
  { var h := HealthOf(s, Fund); Max(Min(Cash(s, Fund), h.equity - h.initial), 0) }

  // ---- Changing money: only here, and only by what Accounts proves ----

  function Exchange(s: Sound, m: nat, a: nat, b: nat, lots: int, cost: int): Sound
  {
    if m < |s.books.markets| && a < |s.books.cash| && b < |s.books.cash| then
      Accounts.EveryCommandConservesMoneyAndSumsToZero(s.books, Accounts.Traded(m, a, b, lots, cost));
      s.(books := Accounts.Trade(s.books, m, a, b, lots, cost))
    else s
  }

  function TakeFee(s: Sound, a: nat, atoms: int): Sound
  {
    if a < |s.books.cash| then
      Accounts.EveryCommandConservesMoneyAndSumsToZero(s.books, Accounts.Charged(a, atoms));
      s.(books := Accounts.Fee(s.books, a, atoms))
    else s
  }

  function Pay(s: Sound, payer: nat, payee: nat, atoms: int): Sound
  {
    if payer < |s.books.cash| && payee < |s.books.cash| then
      Accounts.EveryCommandConservesMoneyAndSumsToZero(s.books, Accounts.Moved(payer, payee, atoms));
      s.(books := Accounts.Move(s.books, payer, payee, atoms))
    else s
  }

  function Enter(s: Sound, a: nat, atoms: int): Sound
  {
    if a < |s.books.cash| then
      Accounts.EveryCommandConservesMoneyAndSumsToZero(s.books, Accounts.Entered(a, atoms));
      s.(books := Accounts.Enter(s.books, a, atoms))
    else s
  }

  function AccrueFunding(s: Sound, m: nat, atomsPerLot: int): Sound
  {
    if m < |s.books.markets| then
      Accounts.EveryCommandConservesMoneyAndSumsToZero(s.books, Accounts.Accrued(m, atomsPerLot));
      s.(books := Accounts.Accrue(s.books, m, atomsPerLot))
    else s
  }

  function WithMarket(s: Sound, m: nat, market: Market): Sound
    requires m < |s.markets|
  { s.(markets := s.markets[m := market]) }

  // Open interest has changed, or the mark: its rate follows.
  function RateOpenInterest(s: Sound, m: nat): Sound
    requires m < |s.markets|
    ensures |RateOpenInterest(s, m).markets| == |s.markets|
  {
    if m >= |s.books.markets| then s
    else
      var ppm := OpenInterestPpm(s.markets[m].terms, s.markets[m].mark, s.books.markets[m].longs);
      WithMarket(s, m, s.markets[m].(openInterestPpm := ppm))
  }

  function AddVolume(s: Sound, a: nat, notional: int): Sound
    ensures |AddVolume(s, a, notional).markets| == |s.markets|
  {
    if a >= |s.traders| then s
    else
      var t := s.traders[a];
      var today := DivFloor(s.nowNs, NsPerDay);
      var volume := if t.volumeDay == today then t.volume else Decayed(t.volume, Max(Min(today - t.volumeDay, 1500), 0));
      s.(traders := s.traders[a := Trader(Min(volume + notional, 0x1000_0000_0000_0000), today)])
  }

  function Without(book: seq<Orders.Resting>, place: nat): seq<Orders.Resting>
    requires place < |book|
  { book[..place] + book[place + 1..] }

  function EndOrder(s: Sound, m: nat, place: nat): Sound
    requires m < |s.markets| && place < |s.markets[m].book|
    ensures |EndOrder(s, m, place).markets| == |s.markets|
  { WithMarket(s, m, s.markets[m].(book := Without(s.markets[m].book, place))) }

  // ---- Matching ----

  // What counts for opening once a fill is booked: funding that is due is paid first.
  function OpeningAfter(s: State, m: nat, a: nat, signed: int, price: int, fee: int): int
    requires m < |s.markets|
  {
    var p := PositionOf(s, m, a);
    var cost := signed * price * s.markets[m].terms.atomsPerTickLot;
    var due := if m < |s.books.markets| then p.lots * (s.books.markets[m].fundingIndex - p.fundingIndex) else 0;
    var gross := signed * s.markets[m].mark * s.markets[m].terms.atomsPerTickLot - cost;
    var realised := Accounts.BookedOf(p.lots, p.cost, signed, cost).realised - due;
    Orders.OpeningAfter(Cash(s, a), 0, SumsFrom(s, a, 0, Sums(0, 0, 0, 0)).unrealised, s.pool.profitHaircutPpm, realised, gross, fee)
  }

  function CanCarry(s: State, m: nat, a: nat, signed: int, price: int, fee: int, after: OpenOrders): bool
    requires m < |s.markets|
  {
    var before := HealthOf(s, a);
    var lots := PositionOf(s, m, a).lots;
    var now := NeedOf(s, m, lots, OpenOf(s, m, a));
    var next := NeedOf(s, m, lots + signed, after);
    var gain := signed * (s.markets[m].mark - price) * s.markets[m].terms.atomsPerTickLot - fee;
    Orders.CanCarry(before, Requirement(next.initial - now.initial, next.maintenance - now.maintenance), gain,
      OpeningAfter(s, m, a, signed, price, fee), lots, lots + signed)
  }

  datatype Stop = GoesOn | Done | Stopped

  // One step of an incoming order through the book: it trades, or a maker ends, or it stops.
  function MatchOnce(s: Sound): (Sound, Stop)
  {
    match s.incoming
    case NoIncoming => (s, Done)
    case Incoming(m, a, buy, limit, open, reserve, reduceOnly, liquidation) =>
      if m >= |s.markets| || open <= 0 then (s, Done)
      else
        var book := s.markets[m].book;
        var place := Orders.Best(book, buy, limit);
        if place == |book| then (s, Done)
        else
          var maker := book[place];
          if maker.account == a && !liquidation then (s, Stopped)
          else
            var wanted := Min(open, maker.lots);
            var mine := if reduceOnly then Min(wanted, Reducible(s, m, a, buy)) else wanted;
            if mine <= 0 then (s, Stopped)
            else
              var lots := if maker.flags != 0 then Min(mine, Reducible(s, m, maker.account, maker.buy)) else mine;
              if lots <= 0 then (EndOrder(s, m, place), GoesOn)
              else
                var price := maker.price;
                var cost := lots * price * s.markets[m].terms.atomsPerTickLot;
                var makerFee := MakerFee(s, maker.account, Abs(cost));
                var takerFee := TakerFee(s, a, Abs(cost));
                var makerOpen := OpenOf(s, m, maker.account);
                var makerAfter := if maker.flags != 0 then makerOpen else Counted(makerOpen, maker.buy, -lots, maker.reserveTicks);
                if !CanCarry(s, m, maker.account, if maker.buy then lots else -lots, price, makerFee, makerAfter)
                then (EndOrder(s, m, place), GoesOn)
                else
                  var takerOpen := OpenOf(s, m, a);
                  var takerAfter := if reduceOnly then takerOpen else Counted(takerOpen, buy, -lots, reserve);
                  if !liquidation && !CanCarry(s, m, a, if buy then lots else -lots, price, takerFee, takerAfter) then (s, Stopped)
                  else (Filled(s, place, lots, price, cost, takerFee, makerFee), GoesOn)
  }

  function Filled(s: Sound, place: nat, lots: int, price: int, cost: int, takerFee: int, makerFee: int): Sound
    requires s.incoming.Incoming? && s.incoming.m < |s.markets| && place < |s.markets[s.incoming.m].book|
  {
    var t := s.incoming;
    var maker := s.markets[t.m].book[place];
    var sign := if t.buy then 1 else -1;
    var traded := Exchange(s, t.m, t.account, maker.account, sign * lots, sign * cost);
    var paid := TakeFee(TakeFee(traded, t.account, takerFee), maker.account, makerFee);
    var counted := AddVolume(AddVolume(paid, t.account, Abs(cost)), maker.account, Abs(cost));
    var left := maker.(lots := maker.lots - lots);
    var book := s.markets[t.m].book;
    var shrunk := WithMarket(counted, t.m, s.markets[t.m].(book := if left.lots == 0 then Without(book, place) else book[place := left]));
    var fills := shrunk.fills + [Fill(maker.id, price, lots, takerFee, makerFee)];
    RateOpenInterest(shrunk.(incoming := t.(lots := t.lots - lots), fills := fills), t.m)
  }

  method Match(s0: Sound) returns (s: Sound, stop: Stop)
  {
    s := s0;
    stop := GoesOn;
    var fuel := 100_000;
    while fuel > 0 && stop == GoesOn
      decreases fuel
    {
      var (next, why) := MatchOnce(s);
      s := next;
      stop := why;
      fuel := fuel - 1;
    }
  }

  // ---- Orders ----

  datatype Order = Order(
    id: int, m: nat, account: nat, buy: bool, price: int, lots: int, immediate: bool, wholly: bool, postOnly: bool, reduceOnly: bool)

  method Place(s0: Sound, o: Order) returns (s: Sound, code: Refusal)
  {
    s := s0.(fills := []);
    code := Check(s, o);
    if code != None || o.m >= |s.markets| { return; }
    var reserve := ReserveTicks(o.buy, o.price, s.markets[o.m].mark);
    var incoming := Incoming(o.m, o.account, o.buy, o.price, o.lots, reserve, o.reduceOnly, false);
    if o.wholly {
      // All or nothing is decided by the match itself, tried on a copy.
      var tried, why := Match(s.(incoming := incoming));
      if !(tried.incoming.Incoming? && tried.incoming.lots == 0) { code := CannotFill; return; }
    }
    code := CheckMargin(s, o, reserve);
    if code != None { return; }
    var matched, stop := Match(s.(incoming := incoming));
    var left := if matched.incoming.Incoming? then matched.incoming.lots else 0;
    s := matched.(incoming := NoIncoming);
    if left > 0 && stop == Done && !o.immediate && !o.wholly && o.m < |s.markets| {
      var resting := Orders.Resting(o.id, o.account, o.buy, o.price, left, reserve, s.priorities + 1, if o.reduceOnly then 1 else 0);
      s := WithMarket(s, o.m, s.markets[o.m].(book := s.markets[o.m].book + [resting])).(priorities := s.priorities + 1);
    }
  }

  // In the order in which the engine asks.
  function Check(s: State, o: Order): Refusal
  {
    if o.m >= |s.markets| then UnknownMarket
    else
      var market := s.markets[o.m];
      if !market.hasMark then MarketHasNoMark
      else if o.postOnly && (o.immediate || o.wholly) then InvalidOptions
      else if o.price < market.minPrice || o.price > market.maxPrice then PriceOutOfRange
      else if o.lots < 1 || o.lots > market.maxOrderLots then LotsOutOfRange
      else if IsBeyondBand(market, o.buy, o.price) then PriceBeyondBand
      else if o.reduceOnly && Reducible(s, o.m, o.account, o.buy) == 0 then WouldNotReduce
      else if !o.reduceOnly && Reach(s, o) > market.maxPositionLots then PositionLimit
      else if o.postOnly && Orders.Best(market.book, o.buy, o.price) < |market.book| then WouldTake
      else None
  }

  function IsBeyondBand(market: Market, buy: bool, price: int): bool
  {
    var width := PpmFloor(Max(Abs(market.mark), market.terms.marginFloorTicks), market.orderBandPpm);
    market.orderBandPpm != 0 && (if buy then price > market.mark + width else price < market.mark - width)
  }

  function Reach(s: State, o: Order): int
    requires o.m < |s.markets|
  {
    var open := OpenOf(s, o.m, o.account);
    var lots := PositionOf(s, o.m, o.account).lots;
    o.lots + (if o.buy then lots + open.buyLots else open.sellLots - lots)
  }

  function CheckMargin(s: State, o: Order, reserve: int): Refusal
  {
    if o.reduceOnly || o.m >= |s.markets| then None
    else
      var open := OpenOf(s, o.m, o.account);
      var lots := PositionOf(s, o.m, o.account).lots;
      var now := NeedOf(s, o.m, lots, open);
      var next := NeedOf(s, o.m, lots, Counted(open, o.buy, o.lots, reserve));
      var fee := Max(0, TakerFee(s, o.account, o.lots * Abs(o.price) * s.markets[o.m].terms.atomsPerTickLot));
      if Orders.IsAccepted(HealthOf(s, o.account), next.initial - now.initial, fee) then None else InitialMarginShort
  }

  function PlaceOfOrder(book: seq<Orders.Resting>, id: int, a: nat, i: nat): (place: nat)
    requires i <= |book|
    ensures place <= |book|
    decreases |book| - i
  { if i == |book| || (book[i].id == id && book[i].account == a) then i else PlaceOfOrder(book, id, a, i + 1) }

  method Cancel(s0: Sound, id: int, a: nat) returns (s: Sound, code: Refusal)
  {
    s := s0;
    code := UnknownOrder;
    var m := 0;
    while m < |s.markets|
      invariant 0 <= m <= |s.markets| && |s.markets| == |s0.markets|
    {
      var place := PlaceOfOrder(s.markets[m].book, id, a, 0);
      if place < |s.markets[m].book| {
        s := EndOrder(s, m, place);
        code := None;
      }
      m := m + 1;
    }
  }

  // ---- Money that comes and goes ----

  method Deposit(s0: Sound, a: nat, atoms: int) returns (s: Sound, code: Refusal)
  {
    s := s0;
    if a >= |s.books.cash| { return s, UnknownAccount; }
    if atoms < 1 || atoms > Most || Cash(s, a) + atoms > Most { return s, AmountOutOfRange; }
    s := Enter(s, a, atoms);
    code := None;
  }

  // What selling lots, or buying them back, would bring through the book, and at the worst price for what it does not show.
  function ExitFrom(book: seq<Orders.Resting>, sell: bool, left: int, rest: int, value: int, fuel: nat): int
    decreases fuel
  {
    var place := Orders.Best(book, !sell, rest);
    if left <= 0 || place == |book| || fuel == 0 then value + left * rest
    else
      var taken := Min(left, book[place].lots);
      ExitFrom(Without(book, place), sell, left - taken, rest, value + taken * book[place].price, fuel - 1)
  }

  function Worst(s: State, m: nat, a: nat): int
    requires m < |s.markets|
  {
    var p := PositionOf(s, m, a);
    var market := s.markets[m];
    if p.lots == 0 || m >= |s.books.markets| then 0
    else
      var sell := p.lots > 0;
      var lots := Abs(p.lots);
      var bound := Liquidation.BoundTicks(
        sell, market.mark, market.indexTicks, market.terms.marginFloorTicks, market.boundPpm, market.minPrice, market.maxPrice);
      var book := ExitFrom(market.book, sell, lots, bound, 0, |market.book|);
      var atMark := lots * market.mark;
      var atIndex := lots * Clamp(market.indexTicks, market.minPrice, market.maxPrice);
      var worst := if sell then Min(book, Min(atMark, atIndex)) else -Max(book, Max(atMark, atIndex));
      var profit := worst * market.terms.atomsPerTickLot - p.cost - p.lots * (s.books.markets[m].fundingIndex - p.fundingIndex);
      if s.pool.profitHaircutPpm == 0 then profit else Min(profit, 0)
  }

  datatype Leaving = Leaving(remains: int, needed: int, exposed: bool)

  function LeavingFrom(s: State, a: nat, m: nat, sum: Leaving): Leaving
    requires m <= |s.markets|
    decreases |s.markets| - m
  {
    if m == |s.markets| then sum
    else
      var lots := PositionOf(s, m, a).lots;
      var need := NeedOf(s, m, lots, OpenOf(s, m, a));
      var transfer := PpmCeiling(NotionalAtoms(s.markets[m].terms, s.markets[m].mark, lots), s.pool.transferMarginPpm);
      LeavingFrom(s, a, m + 1, Leaving(sum.remains + Worst(s, m, a), sum.needed + Max(need.initial, transfer),
        sum.exposed || lots != 0 || need.initial != 0))
  }

  // Whether an account can spare an amount: positions at the worst of mark, index and book, profit that is not realised at nothing.
  function CheckLeaving(s: State, a: nat, atoms: int): Refusal
  {
    if atoms < 1 || atoms > Most then AmountOutOfRange
    else if atoms > Max(Cash(s, a), 0) then InsufficientBalance
    else
      var left := LeavingFrom(s, a, 0, Leaving(Cash(s, a) - atoms, 0, Cash(s, a) - atoms < 0));
      var h := HealthOf(s, a);
      if !left.exposed || left.needed <= left.remains then None
      else if h.equity - atoms < h.initial then InitialMarginShort
      else if h.opening - atoms < h.initial then ProfitNotCash
      else TransferMarginShort
  }

  method Withdraw(s0: Sound, a: nat, atoms: int) returns (s: Sound, code: Refusal)
  {
    s := s0;
    code := CheckLeaving(s, a, atoms);
    if code == None && atoms > s.books.held { code := PoolHoldsLess; }
    if code == None {
      s := Enter(s.(keeping := Withdrawals.Request(s.keeping, a, atoms, 0, false, 0)), a, -atoms);
    }
  }

  method Confirm(s0: Sound, id: nat, paid: bool) returns (s: Sound, code: Refusal)
  {
    s := s0;
    var why := Withdrawals.ConfirmRefused(s.keeping, id, paid);
    code := if why == Withdrawals.None then None else if why == Withdrawals.WithdrawalDecided then WithdrawalDecided else UnknownWithdrawal;
    if why == Withdrawals.None {
      var row := s.keeping.underWay[Withdrawals.PlaceOf(s.keeping.underWay, id)];
      s := s.(keeping := Withdrawals.Finish(s.keeping, id, if paid then Withdrawals.Paid else Withdrawals.Returned));
      if !paid { s := Enter(s, row.account, row.amount); }
    }
  }

  // To the insurance fund: all accounts here belong to different owners.
  method Transfer(s0: Sound, payer: nat, payee: nat, atoms: int) returns (s: Sound, code: Refusal)
  {
    s := s0;
    if payee >= |s.books.cash| || payee == payer { return s, UnknownAccount; }
    code := CheckLeaving(s, payer, atoms);
    if code == None { s := Pay(s, payer, payee, atoms); }
  }

  // ---- Prices ----

  datatype Report = Report(m: nat, key: int, price: int, confidence: int, observedNs: int, sequence: int)

  function SourceFrom(sources: seq<Source>, key: int, i: nat): (place: nat)
    requires i <= |sources|
    ensures place <= |sources|
    decreases |sources| - i
  { if i == |sources| || sources[i].key == key then i else SourceFrom(sources, key, i + 1) }

  function CheckReport(x: Index, r: Report, nowNs: int): Refusal
  {
    var place := SourceFrom(x.sources, r.key, 0);
    if place == |x.sources| then NotASource
    else
      var source := x.sources[place];
      var counted := source.sequence != 0 && nowNs - source.timeNs <= x.maxAgeMs * NsPerMs;
      if r.observedNs > nowNs + 1_000_000_000 then ReportFromFuture
      else if nowNs - r.observedNs > x.maxAgeMs * NsPerMs || r.observedNs < source.timeNs then ReportStale
      else if r.sequence <= source.sequence then ReportReplayed
      else if r.price <= x.minPrice || r.price >= x.maxPrice then ReportOutOfDomain
      else if r.confidence > Median.Part(r.price, x.jumpFloor, x.confidencePpm) then ReportUncertain
      else if counted && Abs(r.price - source.price) > Median.Part(source.price, x.jumpFloor, x.jumpPpm) then ReportJump
      else None
  }

  function FreshFrom(x: Index, nowNs: int, i: nat, sorted: seq<Median.Report>): seq<Median.Report>
    requires i <= |x.sources|
    decreases |x.sources| - i
  {
    if i == |x.sources| then sorted
    else
      var source := x.sources[i];
      FreshFrom(x, nowNs, i + 1, if source.sequence != 0 && nowNs - source.timeNs <= x.maxAgeMs * NsPerMs
        then Median.Insert(sorted, Median.Report(source.price, source.confidence, source.weight)) else sorted)
  }

  predicate AllWeighted(rs: seq<Median.Report>) { |rs| >= 1 && forall i :: 0 <= i < |rs| ==> rs[i].weight >= 1 }

  // Takes a report; a new index marks its market, lets funding flow, and finds who is below maintenance. The takings of this step's
  // deleveraging are told in their order.
  method Take(s0: Sound, r: Report, takings: seq<Taking>) returns (s: Sound, code: Refusal)
  {
    s := s0.(takings := takings, acted := [], fills := []);
    if r.m >= |s.markets| { return s, UnknownMarket; }
    var x := s.markets[r.m].index;
    code := CheckReport(x, r, s.nowNs);
    var place := SourceFrom(x.sources, r.key, 0);
    if code != None || place == |x.sources| { return; }
    var said := x.sources[place].(price := r.price, confidence := r.confidence, timeNs := r.observedNs, sequence := r.sequence);
    x := x.(sources := x.sources[place := said]);
    var counted := FreshFrom(x, s.nowNs, 0, []);
    if |counted| < x.quorum || !AllWeighted(counted) {
      s := WithMarket(s, r.m, s.markets[r.m].(index := x));
      return;
    }
    x := x.(price := Median.MedianPrice(counted));
    s := Mark(WithMarket(s, r.m, s.markets[r.m].(index := x)), r.m);
    s := Enforce(s);
    if s.takings != [] { s := s.(isAstray := true); }
  }

  // The mark is the index: the venue that this runs beside lets no basis count.
  function Mark(s: Sound, m: nat): Sound
    requires m < |s.markets|
  {
    var market := s.markets[m];
    var nowMs := DivFloor(s.nowNs, NsPerMs);
    var elapsed := nowMs - market.fundingTimeMs;
    var flows := market.hasMark && market.ratePpb != 0 && elapsed > 0 && market.indexTicks > 0;
    var ledger := Funding.Accrue(Funding.Ledger(0, market.remainder), market.mark, market.terms.atomsPerTickLot, market.ratePpb, elapsed);
    var ticks := DivNearest(market.index.price, market.unitsPerTick);
    var marked := market.(fundingTimeMs := nowMs, remainder := if flows then ledger.remainder else market.remainder, indexTicks := ticks,
      mark := Clamp(ticks, market.minPrice, market.maxPrice), hasMark := true);
    var accrued := if flows then AccrueFunding(s, m, ledger.index) else s;
    RateOpenInterest(WithMarket(accrued, m, marked), m)
  }

  // ---- Liquidation ----

  // Who is below maintenance is acted on in the order of numbers, again until nothing changes.
  method Enforce(s0: Sound) returns (s: Sound)
  {
    s := s0;
    var again := true;
    var fuel := 1_000;
    while again && fuel > 0
      decreases fuel
    {
      again := false;
      var below: seq<nat> := [];
      var a := 0;
      while a < |s.books.cash|
        invariant 0 <= a <= |s.books.cash|
      {
        if !CoversMaintenance(HealthOf(s, a)) { below := below + [a]; }
        a := a + 1;
      }
      var i := 0;
      while i < |below|
        invariant 0 <= i <= |below|
      {
        var before := HealthOf(s, below[i]);
        if !CoversMaintenance(before) {
          s := Liquidate(s, below[i]);
          s := s.(acted := s.acted + [below[i]]);
          if HealthOf(s, below[i]) != before { again := true; }
        }
        i := i + 1;
      }
      fuel := fuel - 1;
    }
  }

  function WithoutOrdersOf(book: seq<Orders.Resting>, a: nat, keepReducing: bool): seq<Orders.Resting>
  {
    if |book| == 0 then []
    else if book[0].account == a && !(keepReducing && book[0].flags != 0) then WithoutOrdersOf(book[1..], a, keepReducing)
    else [book[0]] + WithoutOrdersOf(book[1..], a, keepReducing)
  }

  method CancelOrders(s0: Sound, a: nat, keepReducing: bool) returns (s: Sound)
    ensures |s.markets| == |s0.markets| && s.books == s0.books
  {
    s := s0;
    var m := 0;
    while m < |s.markets|
      invariant 0 <= m <= |s.markets| == |s0.markets| && s.books == s0.books
    {
      s := WithMarket(s, m, s.markets[m].(book := WithoutOrdersOf(s.markets[m].book, a, keepReducing)));
      m := m + 1;
    }
  }

  method Liquidate(s0: Sound, a: nat) returns (s: Sound)
  {
    s := CancelOrders(s0, a, true);
    s := ReduceThroughBook(s, a);
    if !CoversMaintenance(HealthOf(s, a)) {
      if WorthOf(s, a) > 0 {
        s := Restore(s, a);
      } else {
        s := CancelOrders(s, a, false);
        s := Close(s, a);
      }
    }
  }

  // The position with the largest maintenance margin, none of those given up; the number of markets for none.
  function LargestFrom(s: State, a: nat, done: seq<bool>, m: nat, best: nat): nat
    requires m <= |s.markets|
    decreases |s.markets| - m
  {
    if m == |s.markets| then best
    else
      var lots := PositionOf(s, m, a).lots;
      var counts := lots != 0 && !(m < |done| && done[m]);
      var isLarger := best >= |s.markets|
        || NeedOf(s, m, lots, NoOrders).maintenance > NeedOf(s, best, PositionOf(s, best, a).lots, NoOrders).maintenance;
      LargestFrom(s, a, done, m + 1, if counts && isLarger then m else best)
  }

  function Largest(s: State, a: nat, done: seq<bool>): nat { LargestFrom(s, a, done, 0, |s.markets|) }

  function Charge(s: Sound, a: nat, atoms: int): Sound
  { if a == Fund then s else Pay(s, a, Fund, Liquidation.ChargeOf(atoms, WorthOf(s, a))) }

  function ChargeFee(s: Sound, a: nat, m: nat, lots: int): Sound
    requires m < |s.markets|
  { Charge(s, a, PpmCeiling(NotionalAtoms(s.markets[m].terms, s.markets[m].mark, lots), s.pool.liquidationFeePpm)) }

  method ReduceThroughBook(s0: Sound, a: nat) returns (s: Sound)
  {
    s := s0;
    var done := seq(|s.markets|, i => false);
    var atLeast := 1;
    var step := 0;
    while step < 256
      decreases 256 - step
    {
      step := step + 1;
      var h := HealthOf(s, a);
      var m := Largest(s, a, done);
      if h.equity >= h.initial || m >= |s.markets| { return; }
      var market := s.markets[m];
      var lots := PositionOf(s, m, a).lots;
      var sell := lots > 0;
      var notional := SumsFrom(s, a, 0, Sums(0, 0, 0, 0)).notional;
      var perLot := DivFloor(NotionalAtoms(market.terms, market.mark, 1), market.terms.atomsPerTickLot);
      var distance := Liquidation.Distance(h.equity - TakerFee(s, a, notional), perLot, notional);
      var bound := Liquidation.BoundTicks(
        sell, market.mark, market.indexTicks, market.terms.marginFloorTicks, market.boundPpm, market.minPrice, market.maxPrice);
      var limit := Liquidation.LimitFor(sell, bound, market.mark, distance, market.minPrice, market.maxPrice);
      if limit.None? || lots == 0 {
        if m < |done| { done := done[m := true]; }
      } else {
        var need := NeedOf(s, m, lots, NoOrders).initial;
        var wanted := Min(Liquidation.LotsFor(Abs(lots), h.initial - h.equity, need, 0, atLeast), market.maxOrderLots);
        atLeast := atLeast * 2;
        var matched, why := Match(s.(incoming := Incoming(m, a, !sell, limit.ticks, wanted, 0, true, true)));
        var left := if matched.incoming.Incoming? then matched.incoming.lots else 0;
        s := matched.(incoming := NoIncoming);
        if m < |s.markets| { s := ChargeFee(s, a, m, wanted - left); }
        if left > 0 && m < |done| { done := done[m := true]; }
      }
    }
  }

  method Restore(s0: Sound, a: nat) returns (s: Sound)
  {
    s := s0;
    var atLeast := 1;
    var step := 0;
    while step < 64 * |s0.markets|
      decreases 64 * |s0.markets| - step
    {
      step := step + 1;
      var h := HealthOf(s, a);
      var m := Largest(s, a, []);
      if h.equity >= Liquidation.TargetAtoms(h) || m >= |s.markets| { return; }
      var lots := PositionOf(s, m, a).lots;
      if lots == 0 { return; }
      var notional := SumsFrom(s, a, 0, Sums(0, 0, 0, 0)).notional;
      var ppm := Min(Liquidation.ShareOfWorthPpm(WorthOf(s, a), notional, s.pool.takeoverChargePpm), s.pool.liquidationFeePpm);
      var cost := PpmFloor(NotionalAtoms(s.markets[m].terms, s.markets[m].mark, lots), ppm);
      var need := NeedOf(s, m, lots, NoOrders);
      var gives := Liquidation.LotsFor(
        Abs(lots), Liquidation.TargetAtoms(h) - h.equity, Truncated(need.maintenance, 2) + Truncated(need.initial, 2), cost, atLeast);
      atLeast := atLeast * 2;
      var left;
      s, left := Deleverage(s, m, a, gives * Sign(lots), 0);
      if m < |s.markets| { s := ChargeFee(s, a, m, gives); }
    }
  }

  // The next takings that were told, as far as they fit: from the other side, no more than it has, no more than is left.
  method Deleverage(s0: Sound, m: nat, a: nat, lots: int, charge: int) returns (s: Sound, open: int)
  {
    s := s0;
    open := charge;
    if m >= |s.markets| || m >= |s.books.markets| || a >= |s.books.cash| { return; }
    var atoms := s.markets[m].terms.atomsPerTickLot;
    var mark := s.markets[m].mark;
    var books := s.books;
    var takings := s.takings;
    var left := lots;
    var booked := 0;
    var cost := 0;
    var astray := s.isAstray;
    while left != 0 && |takings| > 0
      invariant Accounts.Shaped(books) && Accounts.Conserved(books)
      invariant |books.markets| == |s.books.markets| && |books.cash| == |s.books.cash|
      invariant Accounts.IsOpenBy(books.markets[m], booked, cost)
      invariant forall k :: 0 <= k < |books.markets| && k != m ==> Accounts.Balanced(books.markets[k])
      decreases |takings|
    {
      var t := takings[0];
      takings := takings[1..];
      var theirs := if t.giver < |books.cash| then books.markets[m].positions[t.giver] else Accounts.Flat;
      var closed := t.lots * Sign(left);
      if t.giver >= |books.cash| || t.lots <= 0 || t.lots > Abs(left) || Sign(theirs.lots) != -Sign(left) || t.lots > Abs(theirs.lots) {
        astray := true;
      } else {
        var gained := UnrealisedAtoms(
          s.markets[m].terms, mark, books.markets[m].fundingIndex, theirs.lots, theirs.cost, theirs.fundingIndex);
        var gain := MulDivFloor(gained, t.lots, Abs(theirs.lots));
        var share := if open <= 0 then 0 else Waterfall.GainShare(open, t.lots, Abs(left), gain);
        var value := closed * mark * atoms + share;
        Accounts.OneSideOfATradeLeavesTheOtherOpen(books, m, t.giver, closed, value, booked, cost);
        Accounts.BookKeepsShape(books, m, t.giver, closed, value);
        books := Accounts.Book(books, m, t.giver, closed, value);
        booked := booked + closed;
        cost := cost + value;
        open := open - share;
        left := left - closed;
      }
    }
    Accounts.OneSideOfATradeLeavesTheOtherOpen(books, m, a, -booked, -cost, booked, cost);
    Accounts.BookKeepsShape(books, m, a, -booked, -cost);
    books := Accounts.Book(books, m, a, -booked, -cost);
    s := s.(books := books, takings := takings, isAstray := astray || left != 0);
    if m < |s.markets| { s := RateOpenInterest(s, m); }
  }

  method Close(s0: Sound, a: nat) returns (s: Sound)
  {
    s := s0;
    var largest := Largest(s, a, []);
    var deficit := Max(-WorthOf(s, a), 0);
    if a != Fund {
      var within := CashOfFund(s);
      if largest < |s.markets| {
        var market := s.markets[largest];
        var spent := if s.nowNs - market.fundWindowNs < NsPerDay then market.fundSpent else 0;
        within := Waterfall.AvailableAtoms(CashOfFund(s), spent, s.pool.fundFencePpm);
      }
      var paid := Min(deficit, within);
      if paid > 0 && largest < |s.markets| {
        var market := s.markets[largest];
        var isNew := s.nowNs - market.fundWindowNs >= NsPerDay;
        s := WithMarket(s, largest, market.(
          fundWindowNs := if isNew then s.nowNs else market.fundWindowNs, fundSpent := (if isNew then 0 else market.fundSpent) + paid));
      }
      if paid > 0 { s := Pay(s, Fund, a, paid); }
      deficit := deficit - paid;
    }
    var rounds := |s.markets|;
    var m: nat := Largest(s, a, []);
    while rounds > 0 && m < |s.markets|
      decreases rounds
    {
      s, deficit := Deleverage(s, m, a, PositionOf(s, m, a).lots, deficit);
      m := Largest(s, a, []);
      rounds := rounds - 1;
    }
    var missing := -WorthOf(s, a);
    if missing > 0 {
      var paid := if a == Fund then 0 else Min(missing, CashOfFund(s));
      if paid > 0 { s := Pay(s, Fund, a, paid); }
      if missing > paid { s := Share(s, a, missing - paid); }
    }
  }

  function WorthsFrom(s: State, besides: nat, a: nat): seq<int>
    requires a <= |s.books.cash|
    decreases |s.books.cash| - a
  { if a == |s.books.cash| then [] else [if a == besides then 0 else Max(WorthOf(s, a), 0)] + WorthsFrom(s, besides, a + 1) }

  method Share(s0: Sound, a: nat, deficit: int) returns (s: Sound)
  {
    s := s0;
    var worths := WorthsFrom(s, a, 0);
    var total := Waterfall.Worth(worths);
    var shares := Waterfall.LossShares(Min(deficit, total), worths, total);
    var other: nat := 0;
    while other < |shares|
      invariant 0 <= other <= |shares|
    {
      if shares[other] > 0 { s := Pay(s, other, a, shares[other]); }
      other := other + 1;
    }
  }

  // ---- The theorem ----

  datatype Command =
    | Placed(order: Order) | Cancelled(id: int, account: nat) | Deposited(account: nat, atoms: int) | Withdrawn(account: nat, atoms: int)
    | Confirmed(number: nat, paid: bool) | Transferred(payer: nat, payee: nat, atoms: int) | Reported(report: Report, takings: seq<Taking>)
    | Passed(nowNs: int)

  // Whatever the command, a sound venue stays sound: its books conserve money and every market's positions sum to zero, through matching,
  // funding, liquidation, deleveraging and shared losses.
  method Step(s0: Sound, c: Command) returns (s: Sound, code: Refusal)
    ensures Accounts.Valid(s.books)
  {
    match c
    case Placed(order) => s, code := Place(s0, order);
    case Cancelled(id, account) => s, code := Cancel(s0, id, account);
    case Deposited(account, atoms) => s, code := Deposit(s0, account, atoms);
    case Withdrawn(account, atoms) => s, code := Withdraw(s0, account, atoms);
    case Confirmed(number, paid) => s, code := Confirm(s0, number, paid);
    case Transferred(payer, payee, atoms) => s, code := Transfer(s0, payer, payee, atoms);
    case Reported(report, takings) => s, code := Take(s0, report, takings);
    case Passed(now) => s, code := s0.(nowNs := now), None;
  }
}
