// What lets an order in, what lets a fill happen, and which order trades first.
// Document: docs/engine.md (Margin, Orders). Sources: src/Surety.Engine/Books/OrderChecks.cs (CheckMargin),
// src/Surety.Engine/Books/Matching.cs (CanCarry, Match), src/Surety.Engine/Margin/AccountMargin.cs (Cross).

include "Rounding.dfy"
include "Margin.dfy"
include "Accounts.dfy"

module Orders {
  import opened Rounding
  import opened Margin
  import Accounts

  // What counts for opening: cash, coins, less what a debt beyond its cap takes, and profit that is not realised in part.
  function OpeningOf(cash: int, coins: int, unrealised: int, profitHaircutPpm: int): int
  { cash + coins - DebtMarginAtoms(cash, coins) + CountedProfit(unrealised, profitHaircutPpm) }

  // What is missing for an order that asks for so much more initial margin and such a fee; none for one that asks for no more.
  function MissingFor(h: Health, moreInitial: int, fee: int): int
  { if moreInitial <= 0 then 0 else Max(h.initial + moreInitial + fee - h.opening, 0) }

  predicate IsAccepted(h: Health, moreInitial: int, fee: int) { MissingFor(h, moreInitial, fee) == 0 }

  // Before each fill both sides are checked: maintenance must be covered after it, and initial margin unless it was not covered before.
  // An account that is already below maintenance may only get better.
  predicate CanCarry(before: Health, more: Requirement, gain: int, lots: int, lotsAfter: int)
  {
    var equity := before.equity + gain;
    var maintenance := before.maintenance + more.maintenance;
    if equity >= maintenance then
      !CoversInitial(before) || before.opening + Min(gain, 0) >= before.initial + more.initial
    else
      !CoversMaintenance(before) && Abs(lotsAfter) < Abs(lots) && equity - maintenance >= before.equity - before.maintenance
  }

  // ---- The buffer ----

  // An accepted order asks for no more initial margin than there was, or is covered with all that it asks for, its fee included.
  lemma AnAcceptedOrderIsCoveredOrAsksForNoMore(h: Health, moreInitial: int, fee: int)
    requires IsAccepted(h, moreInitial, fee) && fee >= 0
    ensures moreInitial <= 0 || h.opening >= h.initial + moreInitial + fee
    ensures CoversInitial(h) ==> h.opening >= h.initial + moreInitial
  {
  }

  // No fill takes either side below maintenance margin.
  lemma NoFillTakesASideBelowMaintenance(before: Health, more: Requirement, gain: int, lots: int, lotsAfter: int)
    requires CanCarry(before, more, gain, lots, lotsAfter) && CoversMaintenance(before)
    ensures before.equity + gain >= before.maintenance + more.maintenance
  {
  }

  // Who is below maintenance already holds fewer lots after a fill, and is missing no more.
  lemma WhoIsBelowMaintenanceOnlyGetsBetter(before: Health, more: Requirement, gain: int, lots: int, lotsAfter: int)
    requires CanCarry(before, more, gain, lots, lotsAfter) && !CoversMaintenance(before)
    ensures before.equity + gain >= before.maintenance + more.maintenance ||
      (Abs(lotsAfter) < Abs(lots) &&
       (before.maintenance + more.maintenance) - (before.equity + gain) <= before.maintenance - before.equity)
  {
  }

  // A trade changes cash and unrealised profit together by what its lots gain at mark, to the atom, however its cost is rounded.
  lemma AFillChangesEquityByWhatItGainsAtMark(lots: int, cost: int, traded: int, mark: int, price: int, atoms: int)
    ensures var k := Accounts.BookedOf(lots, cost, traded, traded * price * atoms);
      k.realised + (k.lots * mark * atoms - k.cost) - (lots * mark * atoms - cost) == traded * (mark - price) * atoms
  {
    Accounts.WhatATradeBooksAddsUp(lots, cost, traded, traded * price * atoms);
    var k := Accounts.BookedOf(lots, cost, traded, traded * price * atoms);
    assert k.lots * mark * atoms == lots * mark * atoms + traded * mark * atoms;
    assert traded * (mark - price) * atoms == traded * mark * atoms - traded * price * atoms;
  }

  lemma CountedProfitFollows(a: int, b: int, haircutPpm: int)
    requires 0 <= haircutPpm <= Million && a <= b
    ensures CountedProfit(b, haircutPpm) - CountedProfit(a, haircutPpm) <= b - a
  {
    if b > 0 {
      ProfitCountsForNoMoreThanItIs(b, haircutPpm);
      if a > 0 {
        ProductsKeepOrder(a, b, haircutPpm);
        CeilingsKeepOrder(a * haircutPpm, b * haircutPpm, Million);
      }
    }
  }

  // Where profit counts in full, or what a fill realises is no loss, what counts for opening falls by no more than the check assumed: an
  // account that covered initial margin covers it after the fill.
  lemma AFillKeepsInitialMarginCovered(
    cash: int, coins: int, unrealised: int, haircutPpm: int, initial: int, moreInitial: int, realised: int, gross: int, fee: int)
    requires 0 <= haircutPpm <= Million && coins >= 0 && cash >= 0 && cash + realised - fee >= 0 && fee >= 0
    requires realised >= gross
    requires OpeningOf(cash, coins, unrealised, haircutPpm) + Min(gross - fee, 0) >= initial + moreInitial
    ensures OpeningOf(cash + realised - fee, coins, unrealised + gross - realised, haircutPpm) >= initial + moreInitial
  {
    CountedProfitFollows(unrealised + gross - realised, unrealised, haircutPpm);
    APartLiesBetweenNothingAndTheWhole(coins, DebtCapPpm);
  }

  // A fill that realises a loss beside profit that is not realised takes more from what counts for opening than the check assumed: profit
  // counts in part, so what netted before does not net after. Cash 1,000; one position has gained 400, the other lost 400; initial margin
  // is 1,000. Closing the second and opening as much the other way at mark leaves 800 against 1,000. docs/assurance.md.
  lemma AFillThatRealisesALossBesideProfitCanLeaveInitialMarginUncovered()
    ensures var before := Health(1_000, OpeningOf(1_000, 0, 0, 500_000), 1_000, 500);
      CoversInitial(before) && CanCarry(before, Requirement(0, 0), 0, -10, 10) &&
      OpeningOf(1_000 - 400, 0, 400, 500_000) == 800
  {
  }

  // ---- Price, then time ----

  datatype Resting = Resting(id: int, account: nat, buy: bool, price: int, lots: int, reserveTicks: int, priority: int, flags: int)

  // Whether one order trades before another of the same side.
  predicate GoesFirst(a: Resting, b: Resting)
  { if a.price == b.price then a.priority < b.priority else if a.buy then a.price > b.price else a.price < b.price }

  predicate Crosses(makerPrice: int, takerBuys: bool, limit: int)
  { if takerBuys then makerPrice <= limit else makerPrice >= limit }

  predicate IsMakerFor(o: Resting, takerBuys: bool, limit: int) { o.buy != takerBuys && Crosses(o.price, takerBuys, limit) }

  // The place of the order that an incoming one trades with first; none is the number of orders.
  function BestFrom(book: seq<Resting>, takerBuys: bool, limit: int, i: nat, best: nat): (place: nat)
    requires i <= |book| && best <= |book|
    ensures place <= |book|
    decreases |book| - i
  {
    if i == |book| then best
    else if IsMakerFor(book[i], takerBuys, limit) && (best == |book| || GoesFirst(book[i], book[best]))
    then BestFrom(book, takerBuys, limit, i + 1, i)
    else BestFrom(book, takerBuys, limit, i + 1, best)
  }

  function Best(book: seq<Resting>, takerBuys: bool, limit: int): nat { BestFrom(book, takerBuys, limit, 0, |book|) }

  lemma BestFromIsFirst(book: seq<Resting>, takerBuys: bool, limit: int, i: nat, best: nat)
    requires i <= |book| && best <= |book|
    requires best < |book| ==> IsMakerFor(book[best], takerBuys, limit)
    requires forall k :: 0 <= k < i && IsMakerFor(book[k], takerBuys, limit) ==> best < |book| && !GoesFirst(book[k], book[best])
    ensures var place := BestFrom(book, takerBuys, limit, i, best);
      (place < |book| ==> IsMakerFor(book[place], takerBuys, limit)) &&
      (forall k :: 0 <= k < |book| && IsMakerFor(book[k], takerBuys, limit) ==> place < |book| && !GoesFirst(book[k], book[place]))
    decreases |book| - i
  {
    if i < |book| {
      if IsMakerFor(book[i], takerBuys, limit) && (best == |book| || GoesFirst(book[i], book[best])) {
        BestFromIsFirst(book, takerBuys, limit, i + 1, i);
      } else {
        BestFromIsFirst(book, takerBuys, limit, i + 1, best);
      }
    }
  }

  // An incoming order trades with the best price, and at one price with the order that came first; where nothing crosses, with none.
  lemma FillsFollowPriceThenTime(book: seq<Resting>, takerBuys: bool, limit: int)
    ensures var place := Best(book, takerBuys, limit);
      (place < |book| ==> IsMakerFor(book[place], takerBuys, limit)) &&
      (forall k :: 0 <= k < |book| && IsMakerFor(book[k], takerBuys, limit) ==> place < |book| && !GoesFirst(book[k], book[place]))
  { BestFromIsFirst(book, takerBuys, limit, 0, |book|); }
}
