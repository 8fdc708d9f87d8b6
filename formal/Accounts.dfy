// The books of one pool: cash, positions, what each market's clearing owes, fees. Every command that moves money, and what stays equal.
// Documents: docs/engine.md (Money), docs/liquidation.md. Sources: src/Surety.Engine/Accounts/PositionKeeping.cs (Book, Fee,
// SettleFunding), src/Surety.Engine/Accounts/Custody.cs, src/Surety.Engine/Liquidation/PositionTransfers.cs,
// src/Surety.Engine/Auditing/Audit.cs (Held, ZeroSum).
//
// A unit is what is margined together: an account's cross-margined part, or one isolated position. Each has cash of its own, so money
// moved into an isolated position is a move from one unit to another.

include "Rounding.dfy"

module Accounts {
  import opened Rounding

  datatype Position = Position(lots: int, cost: int, fundingIndex: int)
  const Flat := Position(0, 0, 0)

  // One market's side of the books: its cumulative funding, what it owes to open positions, and the position of each unit.
  datatype Clearing = Clearing(fundingIndex: int, owed: int, longs: int, positions: seq<Position>)

  datatype Books = Books(cash: seq<int>, markets: seq<Clearing>, fees: int, held: int)

  function Sum(s: seq<int>): int { if |s| == 0 then 0 else s[0] + Sum(s[1..]) }
  function Lots(ps: seq<Position>): int { if |ps| == 0 then 0 else ps[0].lots + Lots(ps[1..]) }
  function Longs(ps: seq<Position>): int { if |ps| == 0 then 0 else Max(ps[0].lots, 0) + Longs(ps[1..]) }
  function Owed(ps: seq<Position>): int
  { if |ps| == 0 then 0 else ps[0].lots * ps[0].fundingIndex - ps[0].cost + Owed(ps[1..]) }
  function OwedOfAll(ms: seq<Clearing>): int { if |ms| == 0 then 0 else ms[0].owed + OwedOfAll(ms[1..]) }

  ghost predicate Shaped(b: Books)
  {
    forall m :: 0 <= m < |b.markets| ==> |b.markets[m].positions| == |b.cash|
  }

  // What came in and has not left is what units, clearing and fees add up to: the audit's Held, of one pool.
  ghost predicate Conserved(b: Books) { b.held == Sum(b.cash) + OwedOfAll(b.markets) + b.fees }

  // Lots sum to zero, longs are the open interest, and clearing holds what open positions are owed: the audit's ZeroSum.
  ghost predicate Balanced(c: Clearing) { IsOpenBy(c, 0, 0) }

  // The same while one side of an exchange is booked and the other is not: so many lots at such a cost stand open.
  ghost predicate IsOpenBy(c: Clearing, lots: int, cost: int)
  {
    Lots(c.positions) == lots && Longs(c.positions) == c.longs && c.owed - Owed(c.positions) == cost - lots * c.fundingIndex
  }

  ghost predicate ZeroSum(b: Books) { forall m :: 0 <= m < |b.markets| ==> Balanced(b.markets[m]) }

  ghost predicate Valid(b: Books) { Shaped(b) && Conserved(b) && ZeroSum(b) }

  // ---- Sums ----

  lemma SumAfter(s: seq<int>, i: nat, v: int)
    requires i < |s|
    ensures Sum(s[i := v]) == Sum(s) - s[i] + v
  { if i > 0 { SumAfter(s[1..], i - 1, v); assert s[i := v][1..] == s[1..][i - 1 := v]; } else { assert s[i := v][1..] == s[1..]; } }

  lemma OwedAfter(s: seq<Clearing>, i: nat, v: Clearing)
    requires i < |s|
    ensures OwedOfAll(s[i := v]) == OwedOfAll(s) - s[i].owed + v.owed
  { if i > 0 { OwedAfter(s[1..], i - 1, v); assert s[i := v][1..] == s[1..][i - 1 := v]; } else { assert s[i := v][1..] == s[1..]; } }

  lemma PositionsAfter(s: seq<Position>, i: nat, v: Position)
    requires i < |s|
    ensures Lots(s[i := v]) == Lots(s) - s[i].lots + v.lots
    ensures Longs(s[i := v]) == Longs(s) - Max(s[i].lots, 0) + Max(v.lots, 0)
    ensures Owed(s[i := v]) == Owed(s) - (s[i].lots * s[i].fundingIndex - s[i].cost) + (v.lots * v.fundingIndex - v.cost)
  { if i > 0 { PositionsAfter(s[1..], i - 1, v); assert s[i := v][1..] == s[1..][i - 1 := v]; } else { assert s[i := v][1..] == s[1..]; } }

  // ---- What moves money ----

  function Credit(b: Books, unit: nat, atoms: int): Books
    requires unit < |b.cash|
  { b.(cash := b.cash[unit := b.cash[unit] + atoms]) }

  // Funding that is due on a position is paid; clearing is the other side.
  function SettleFunding(b: Books, m: nat, unit: nat): Books
    requires Shaped(b) && m < |b.markets| && unit < |b.cash|
  {
    var market := b.markets[m];
    var position := market.positions[unit];
    var due := position.lots * (market.fundingIndex - position.fundingIndex);
    var settled := market.(owed := market.owed + due,
      positions := market.positions[unit := position.(fundingIndex := market.fundingIndex)]);
    Credit(b.(markets := b.markets[m := settled]), unit, -due)
  }

  // What a trade does to a position's lots and cost, and what it realises: the cost of what closes is rounded down.
  datatype Booked = Booked(lots: int, cost: int, realised: int)

  function BookedOf(lots: int, cost: int, tradedLots: int, tradedCost: int): Booked
  {
    if lots == 0 || tradedLots == 0 || (lots > 0) == (tradedLots > 0) then Booked(lots + tradedLots, cost + tradedCost, 0)
    else
      var held := Abs(lots);
      var traded := Abs(tradedLots);
      var closingCost := if traded <= held then tradedCost else MulDivFloor(tradedCost, held, traded);
      var closedCost := if traded >= held then cost else MulDivFloor(cost, traded, held);
      Booked(lots + tradedLots, cost - closedCost + (tradedCost - closingCost), -closingCost - closedCost)
  }

  // One side of a trade: funding first, then lots and cost; what is realised moves from clearing to cash.
  function Book(b: Books, m: nat, unit: nat, lots: int, cost: int): Books
    requires Shaped(b) && m < |b.markets| && unit < |b.cash|
  {
    var s := SettleFunding(b, m, unit);
    var market := s.markets[m];
    var position := market.positions[unit];
    var booked := BookedOf(position.lots, position.cost, lots, cost);
    var opens := Max(booked.lots, 0) - Max(position.lots, 0);
    var after := Clearing(market.fundingIndex, market.owed - booked.realised, market.longs + opens,
      market.positions[unit := Position(booked.lots, booked.cost, market.fundingIndex)]);
    Credit(s.(markets := s.markets[m := after]), unit, booked.realised)
  }

  // A trade is booked twice, once for each side, with opposite lots and cost.
  function Trade(b: Books, m: nat, buyer: nat, seller: nat, lots: int, cost: int): Books
    requires Shaped(b) && m < |b.markets| && buyer < |b.cash| && seller < |b.cash|
  {
    BookKeepsShape(b, m, buyer, lots, cost);
    Book(Book(b, m, buyer, lots, cost), m, seller, -lots, -cost)
  }

  // A fee goes to the pool's fees; a rebate comes from them.
  function Fee(b: Books, unit: nat, atoms: int): Books
    requires unit < |b.cash|
  { Credit(b, unit, -atoms).(fees := b.fees + atoms) }

  // Money from one unit to another of the pool: a transfer, isolated margin, a charge, a discount, a cover, a share of a loss.
  function Move(b: Books, payer: nat, payee: nat, atoms: int): Books
    requires payer < |b.cash| && payee < |b.cash|
  { Credit(Credit(b, payer, -atoms), payee, atoms) }

  // Money that comes into the pool or leaves it: a deposit, a withdrawal's request, its return, a transfer to another pool.
  function Enter(b: Books, unit: nat, atoms: int): Books
    requires unit < |b.cash|
  { Credit(b, unit, atoms).(held := b.held + atoms) }

  // A market's funding index grows: what longs owe and shorts are owed, to be settled when each is next touched.
  function Accrue(b: Books, m: nat, atomsPerLot: int): Books
    requires m < |b.markets|
  { b.(markets := b.markets[m := b.markets[m].(fundingIndex := b.markets[m].fundingIndex + atomsPerLot)]) }

  datatype Command =
    | Traded(m: nat, buyer: nat, seller: nat, lots: int, cost: int)
    | Charged(unit: nat, fee: int)
    | Moved(payer: nat, payee: nat, atoms: int)
    | Entered(unit: nat, atoms: int)
    | Settled(m: nat, unit: nat)
    | Accrued(m: nat, atomsPerLot: int)

  predicate Possible(b: Books, c: Command)
  {
    match c
    case Traded(m, buyer, seller, _, _) => m < |b.markets| && buyer < |b.cash| && seller < |b.cash|
    case Charged(unit, _) => unit < |b.cash|
    case Moved(payer, payee, _) => payer < |b.cash| && payee < |b.cash|
    case Entered(unit, _) => unit < |b.cash|
    case Settled(m, unit) => m < |b.markets| && unit < |b.cash|
    case Accrued(m, _) => m < |b.markets|
  }

  function Apply(b: Books, c: Command): Books
    requires Shaped(b) && Possible(b, c)
  {
    match c
    case Traded(m, buyer, seller, lots, cost) => Trade(b, m, buyer, seller, lots, cost)
    case Charged(unit, fee) => Fee(b, unit, fee)
    case Moved(payer, payee, atoms) => Move(b, payer, payee, atoms)
    case Entered(unit, atoms) => Enter(b, unit, atoms)
    case Settled(m, unit) => SettleFunding(b, m, unit)
    case Accrued(m, atomsPerLot) => Accrue(b, m, atomsPerLot)
  }

  // ---- Theorems ----

  lemma SettlingKeepsShape(b: Books, m: nat, unit: nat)
    requires Shaped(b) && m < |b.markets| && unit < |b.cash|
    ensures var a := SettleFunding(b, m, unit);
      Shaped(a) && |a.cash| == |b.cash| && |a.markets| == |b.markets| && a.held == b.held && a.fees == b.fees
  {
  }

  lemma BookKeepsShape(b: Books, m: nat, unit: nat, lots: int, cost: int)
    requires Shaped(b) && m < |b.markets| && unit < |b.cash|
    ensures var a := Book(b, m, unit, lots, cost);
      Shaped(a) && |a.cash| == |b.cash| && |a.markets| == |b.markets| && a.held == b.held && a.fees == b.fees
  { SettlingKeepsShape(b, m, unit); }

  // Paying the funding that is due moves no atom in or out of the pool, and leaves clearing owing what it owes.
  lemma SettlingFundingConservesMoney(b: Books, m: nat, unit: nat, lots: int, cost: int)
    requires Shaped(b) && m < |b.markets| && unit < |b.cash|
    ensures var a := SettleFunding(b, m, unit);
      (Conserved(b) ==> Conserved(a)) &&
      (IsOpenBy(b.markets[m], lots, cost) ==> IsOpenBy(a.markets[m], lots, cost)) &&
      (forall k :: 0 <= k < |b.markets| && k != m ==> a.markets[k] == b.markets[k]) &&
      a.markets[m].fundingIndex == b.markets[m].fundingIndex &&
      a.markets[m].positions[unit].fundingIndex == b.markets[m].fundingIndex
  {
    var market := b.markets[m];
    var p := market.positions[unit];
    var due := p.lots * (market.fundingIndex - p.fundingIndex);
    var settled := market.(owed := market.owed + due, positions := market.positions[unit := p.(fundingIndex := market.fundingIndex)]);
    PositionsAfter(market.positions, unit, p.(fundingIndex := market.fundingIndex));
    assert p.lots * market.fundingIndex - p.lots * p.fundingIndex == due;
    OwedAfter(b.markets, m, settled);
    SumAfter(b.cash, unit, b.cash[unit] - due);
  }

  // What a trade books on a position: the cost that leaves is what is realised and what was paid, to the atom.
  lemma WhatATradeBooksAddsUp(lots: int, cost: int, tradedLots: int, tradedCost: int)
    ensures var k := BookedOf(lots, cost, tradedLots, tradedCost); k.lots == lots + tradedLots && k.cost == cost + tradedCost + k.realised
    ensures lots + tradedLots == 0 && (lots != 0 || cost == 0) && (tradedLots != 0 || tradedCost == 0)
      ==> BookedOf(lots, cost, tradedLots, tradedCost).cost == 0
  {
  }

  // One side of a trade conserves money, and leaves exactly its lots and cost open for the other side.
  lemma OneSideOfATradeLeavesTheOtherOpen(b: Books, m: nat, unit: nat, lots: int, cost: int, openLots: int, openCost: int)
    requires Shaped(b) && m < |b.markets| && unit < |b.cash|
    ensures var a := Book(b, m, unit, lots, cost);
      (Conserved(b) ==> Conserved(a)) &&
      (IsOpenBy(b.markets[m], openLots, openCost) ==> IsOpenBy(a.markets[m], openLots + lots, openCost + cost)) &&
      (forall k :: 0 <= k < |b.markets| && k != m ==> a.markets[k] == b.markets[k])
  {
    SettlingKeepsShape(b, m, unit);
    SettlingFundingConservesMoney(b, m, unit, openLots, openCost);
    var s := SettleFunding(b, m, unit);
    var market := s.markets[m];
    var p := market.positions[unit];
    var k := BookedOf(p.lots, p.cost, lots, cost);
    WhatATradeBooksAddsUp(p.lots, p.cost, lots, cost);
    var after := Position(k.lots, k.cost, market.fundingIndex);
    PositionsAfter(market.positions, unit, after);
    var opens := Max(k.lots, 0) - Max(p.lots, 0);
    var booked := Clearing(market.fundingIndex, market.owed - k.realised, market.longs + opens, market.positions[unit := after]);
    OwedAfter(s.markets, m, booked);
    SumAfter(s.cash, unit, s.cash[unit] + k.realised);
    assert p.fundingIndex == market.fundingIndex;
    assert (p.lots + lots) * market.fundingIndex == p.lots * market.fundingIndex + lots * market.fundingIndex;
    assert (openLots + lots) * market.fundingIndex == openLots * market.fundingIndex + lots * market.fundingIndex;
  }

  // A trade conserves money and leaves the positions of its market summing to zero, however its cost is rounded.
  lemma ATradeConservesMoneyAndSumsToZero(b: Books, m: nat, buyer: nat, seller: nat, lots: int, cost: int)
    requires Valid(b) && m < |b.markets| && buyer < |b.cash| && seller < |b.cash|
    ensures Valid(Trade(b, m, buyer, seller, lots, cost))
  {
    BookKeepsShape(b, m, buyer, lots, cost);
    OneSideOfATradeLeavesTheOtherOpen(b, m, buyer, lots, cost, 0, 0);
    var half := Book(b, m, buyer, lots, cost);
    BookKeepsShape(half, m, seller, -lots, -cost);
    OneSideOfATradeLeavesTheOtherOpen(half, m, seller, -lots, -cost, lots, cost);
  }

  lemma CreditAddsUp(b: Books, unit: nat, atoms: int)
    requires unit < |b.cash|
    ensures var a := Credit(b, unit, atoms); |a.cash| == |b.cash| && Sum(a.cash) == Sum(b.cash) + atoms
  { SumAfter(b.cash, unit, b.cash[unit] + atoms); }

  // Funding accrues on all lots of a market at once; since they sum to zero, longs pay exactly what shorts are paid.
  lemma AccruingFundingIsZeroSum(b: Books, m: nat, atomsPerLot: int)
    requires Valid(b) && m < |b.markets|
    ensures Valid(Accrue(b, m, atomsPerLot))
  { OwedAfter(b.markets, m, b.markets[m].(fundingIndex := b.markets[m].fundingIndex + atomsPerLot)); }

  // Whatever the command: money is conserved and every market's positions sum to zero.
  lemma EveryCommandConservesMoneyAndSumsToZero(b: Books, c: Command)
    requires Valid(b) && Possible(b, c)
    ensures Valid(Apply(b, c))
  {
    match c
    case Traded(m, buyer, seller, lots, cost) => ATradeConservesMoneyAndSumsToZero(b, m, buyer, seller, lots, cost);
    case Charged(unit, fee) => CreditAddsUp(b, unit, -fee);
    case Moved(payer, payee, atoms) => CreditAddsUp(b, payer, -atoms); CreditAddsUp(Credit(b, payer, -atoms), payee, atoms);
    case Entered(unit, atoms) => CreditAddsUp(b, unit, atoms);
    case Settled(m, unit) => SettlingKeepsShape(b, m, unit); SettlingFundingConservesMoney(b, m, unit, 0, 0);
    case Accrued(m, atomsPerLot) => AccruingFundingIsZeroSum(b, m, atomsPerLot);
  }

  function Run(b: Books, commands: seq<Command>): Books
    requires Valid(b) && AllPossible(b, commands)
    decreases |commands|
  {
    if |commands| == 0 then b
    else
      EveryCommandConservesMoneyAndSumsToZero(b, commands[0]);
      Run(Apply(b, commands[0]), commands[1..])
  }

  predicate AllPossible(b: Books, commands: seq<Command>)
    requires Shaped(b)
    decreases |commands|
  {
    |commands| == 0 || (Possible(b, commands[0]) && (EveryCommandKeepsShape(b, commands[0]);
      AllPossible(Apply(b, commands[0]), commands[1..])))
  }

  lemma EveryCommandKeepsShape(b: Books, c: Command)
    requires Shaped(b) && Possible(b, c)
    ensures Shaped(Apply(b, c))
  {
    match c
    case Traded(m, buyer, seller, lots, cost) =>
      BookKeepsShape(b, m, buyer, lots, cost);
      BookKeepsShape(Book(b, m, buyer, lots, cost), m, seller, -lots, -cost);
    case Settled(m, unit) => SettlingKeepsShape(b, m, unit);
    case _ =>
  }

  // Only what comes in or leaves changes what a pool holds.
  lemma OnlyWhatComesInOrLeavesChangesWhatIsHeld(b: Books, c: Command)
    requires Shaped(b) && Possible(b, c)
    ensures Apply(b, c).held == b.held + (if c.Entered? then c.atoms else 0)
  {
    match c
    case Traded(m, buyer, seller, lots, cost) =>
      BookKeepsShape(b, m, buyer, lots, cost);
      BookKeepsShape(Book(b, m, buyer, lots, cost), m, seller, -lots, -cost);
    case Settled(m, unit) => SettlingKeepsShape(b, m, unit);
    case _ =>
  }

  // What open positions of a market have gained at a mark, less funding that is due.
  function Unrealised(ps: seq<Position>, value: int, fundingIndex: int): int
  {
    if |ps| == 0 then 0
    else ps[0].lots * value - ps[0].cost - ps[0].lots * (fundingIndex - ps[0].fundingIndex) + Unrealised(ps[1..], value, fundingIndex)
  }

  function UnrealisedOfAll(ms: seq<Clearing>, values: seq<int>): int
    requires |ms| == |values|
  { if |ms| == 0 then 0 else Unrealised(ms[0].positions, values[0], ms[0].fundingIndex) + UnrealisedOfAll(ms[1..], values[1..]) }

  lemma UnrealisedIsWhatClearingOwes(ps: seq<Position>, value: int, fundingIndex: int)
    ensures Unrealised(ps, value, fundingIndex) == Owed(ps) + Lots(ps) * (value - fundingIndex)
  {
    if |ps| > 0 {
      UnrealisedIsWhatClearingOwes(ps[1..], value, fundingIndex);
      var p := ps[0];
      assert p.lots * (fundingIndex - p.fundingIndex) == p.lots * fundingIndex - p.lots * p.fundingIndex;
      assert p.lots * (value - fundingIndex) == p.lots * value - p.lots * fundingIndex;
      assert (p.lots + Lots(ps[1..])) * (value - fundingIndex) == p.lots * (value - fundingIndex) + Lots(ps[1..]) * (value - fundingIndex);
    }
  }

  // At any marks, cash and unrealised profit of all units and the fees are together exactly what the pool holds: no price makes money.
  lemma AtAnyMarksWhatAllAreWorthIsWhatIsHeld(b: Books, values: seq<int>)
    requires Valid(b) && |values| == |b.markets|
    ensures Sum(b.cash) + UnrealisedOfAll(b.markets, values) + b.fees == b.held
  { UnrealisedOfAllIsWhatClearingOwes(b.markets, values); }

  lemma UnrealisedOfAllIsWhatClearingOwes(ms: seq<Clearing>, values: seq<int>)
    requires |ms| == |values| && forall m :: 0 <= m < |ms| ==> Balanced(ms[m])
    ensures UnrealisedOfAll(ms, values) == OwedOfAll(ms)
  {
    if |ms| > 0 {
      UnrealisedIsWhatClearingOwes(ms[0].positions, values[0], ms[0].fundingIndex);
      UnrealisedOfAllIsWhatClearingOwes(ms[1..], values[1..]);
    }
  }

  // Splitting a closing in two moves at most an atom between realised and open cost: rounding has an owner and a bound.
  lemma ClosingRoundsByLessThanAnAtom(lots: int, cost: int, traded: int)
    requires 0 < traded < lots
    ensures var k := BookedOf(lots, cost, -traded, 0);
      k.cost * lots >= cost * (lots - traded) && k.cost * lots < cost * (lots - traded) + lots
  {
    AFloorLosesLessThanOne(cost * traded, lots);
    var closed := MulDivFloor(cost, traded, lots);
    assert (cost - closed) * lots == cost * lots - closed * lots;
    assert cost * (lots - traded) == cost * lots - cost * traded;
  }
}
