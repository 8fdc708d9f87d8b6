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

  // Lots that go toward zero, and no further.
  predicate OnlyReduces(lots: int, lotsAfter: int) { 0 <= lotsAfter < lots || lots < lotsAfter <= 0 }

  // Before each fill both sides are checked: maintenance must be covered after it, and initial margin too. A fill that only reduces may
  // leave it uncovered where it was not covered before. An account that is already below maintenance may only get better.
  predicate CanCarry(before: Health, more: Requirement, gain: int, openingAfter: int, lots: int, lotsAfter: int)
  {
    var equity := before.equity + gain;
    var maintenance := before.maintenance + more.maintenance;
    var initial := before.initial + more.initial;
    if equity >= maintenance then
      var net := before.opening + Min(gain, 0) >= initial;
      if OnlyReduces(lots, lotsAfter) && more.initial <= 0 then net || !CoversInitial(before) else net && openingAfter >= initial
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
  lemma NoFillTakesASideBelowMaintenance(before: Health, more: Requirement, gain: int, openingAfter: int, lots: int, lotsAfter: int)
    requires CanCarry(before, more, gain, openingAfter, lots, lotsAfter) && CoversMaintenance(before)
    ensures before.equity + gain >= before.maintenance + more.maintenance
  {
  }

  // Who is below maintenance already holds fewer lots after a fill, and is missing no more.
  lemma WhoIsBelowMaintenanceOnlyGetsBetter(before: Health, more: Requirement, gain: int, openingAfter: int, lots: int, lotsAfter: int)
    requires CanCarry(before, more, gain, openingAfter, lots, lotsAfter) && !CoversMaintenance(before)
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

  // What counts for opening after a fill: what it realised is cash, the rest of what it gained at mark is profit that counts in part.
  function OpeningAfter(cash: int, coins: int, unrealised: int, haircutPpm: int, realised: int, gross: int, fee: int): int
  { OpeningOf(cash + realised - fee, coins, unrealised + gross - realised, haircutPpm) }

  // A fill that does more than reduce leaves initial margin covered, whatever it realised and whatever stood before it.
  lemma AFillThatDoesMoreThanReduceLeavesInitialMarginCovered(
    cash: int, coins: int, unrealised: int, haircutPpm: int, before: Health, more: Requirement,
    realised: int, gross: int, fee: int, lots: int, lotsAfter: int)
    requires !OnlyReduces(lots, lotsAfter) && Abs(lotsAfter) >= Abs(lots)
    requires CanCarry(before, more, gross - fee, OpeningAfter(cash, coins, unrealised, haircutPpm, realised, gross, fee), lots, lotsAfter)
    ensures CoversInitial(Health(before.equity + gross - fee, OpeningAfter(cash, coins, unrealised, haircutPpm, realised, gross, fee),
      before.initial + more.initial, before.maintenance + more.maintenance))
  {
  }

  // A fill that only reduces keeps initial margin covered where profit counts in full, or where it gains at mark no more than it realises.
  lemma AFillThatReducesKeepsInitialMarginCovered(
    cash: int, coins: int, unrealised: int, haircutPpm: int, initial: int, moreInitial: int, realised: int, gross: int, fee: int)
    requires 0 <= haircutPpm <= Million && coins >= 0 && cash >= 0 && cash + realised - fee >= 0 && fee >= 0
    requires realised >= gross
    requires OpeningOf(cash, coins, unrealised, haircutPpm) + Min(gross - fee, 0) >= initial + moreInitial
    ensures OpeningAfter(cash, coins, unrealised, haircutPpm, realised, gross, fee) >= initial + moreInitial
  {
    CountedProfitFollows(unrealised + gross - realised, unrealised, haircutPpm);
    APartLiesBetweenNothingAndTheWhole(coins, DebtCapPpm);
  }

  // Closing a loss beside profit may leave initial margin uncovered: the profit is no longer netted, and counts in part. It is let happen,
  // for it reduces, and nothing can be opened then. Cash 1,000; one position has gained 400, the other lost 400; initial margin is 1,000.
  // Closing the second at mark leaves 800 against 900. Opening as much the other way in the same fill is not let happen.
  lemma ClosingALossBesideProfitMayLeaveInitialMarginUncovered()
    ensures var before := Health(1_000, OpeningOf(1_000, 0, 0, 500_000), 1_000, 500);
      var after := OpeningAfter(1_000, 0, 0, 500_000, -400, 0, 0);
      CoversInitial(before) && after == 800 &&
      CanCarry(before, Requirement(-100, -50), 0, after, -10, 0) && !CanCarry(before, Requirement(0, 0), 0, after, -10, 10)
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
