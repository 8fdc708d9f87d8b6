// What a liquidation takes, from which price on, and what it may cost.
// Document: docs/liquidation.md (stages 2 and 3). Sources: src/Surety.Engine/Liquidation/Liquidator.cs (TryLimit, LotsFor),
// src/Surety.Engine/Liquidation/Restoration.cs (TargetAtoms, ShareOfWorthPpm, Charge), src/Surety.Engine/Liquidation/BackstopBids.cs.

include "Rounding.dfy"
include "Margin.dfy"

module Liquidation {
  import opened Rounding
  import opened Margin

  // Half way from maintenance to initial margin: what a solvent account is restored to.
  function TargetAtoms(h: Health): int
  { Max(Truncated(h.maintenance, 2) + Truncated(h.initial, 2), h.maintenance) }

  // Lots whose margin, less what giving them up costs, makes up for a shortfall; at least so many, at most all.
  function LotsFor(held: int, shortfall: int, need: int, cost: int, atLeast: int): int
    requires held >= 1
  {
    var relief := Max(Max(need - cost, Truncated(need, 8)), 1);
    Clamp(MulDivCeiling(held, Clamp(shortfall, 0, relief), relief), Min(atLeast, held), held)
  }

  // How far from mark the lots may trade: at that price they cost the unit their share, by notional, of what it is worth after the
  // taker's fee. A unit worth less than nothing sells above mark or not at all.
  const MaxPriceSpan := 1_048_576

  function Distance(worthAfterFee: int, perLotTicks: int, notional: int): int
  { Clamp(DivFloor(worthAfterFee * perLotTicks, Max(notional, 1)), -MaxPriceSpan, MaxPriceSpan) }

  function BoundTicks(sell: bool, mark: int, index: int, marginFloor: int, boundPpm: int, min: int, max: int): int
  {
    var away := PpmFloor(Max(Abs(mark), marginFloor), boundPpm);
    Clamp(if sell then Max(mark, index) - away else Min(mark, index) + away, min, max)
  }

  // The stricter of the market's bound and the bankruptcy price; None where no price within the market's is left.
  datatype Limit = None | At(ticks: int)

  function LimitFor(sell: bool, bound: int, mark: int, distance: int, min: int, max: int): Limit
  {
    var limit := if sell then Max(bound, mark - distance) else Min(bound, mark + distance);
    if min <= limit <= max then At(limit) else None
  }

  // What lots may cost the unit outside the book, parts per million of their notional: the takeover charge, at most their share of what
  // it is worth.
  function ShareOfWorthPpm(worth: int, notional: int, takeoverChargePpm: int): int
  { Min(DivFloor(Max(worth, 0) * Million, Max(notional, 1)), takeoverChargePpm) }

  // A charge is never more than what is left.
  function ChargeOf(atoms: int, worth: int): int { Clamp(atoms, 0, Max(worth, 0)) }

  // ---- How much is taken ----

  // A step gives up at least one lot and at most all.
  lemma AStepGivesUpAtLeastOneLotAndAtMostAll(held: int, shortfall: int, need: int, cost: int, atLeast: int)
    requires held >= 1 && atLeast >= 1
    ensures 1 <= Min(atLeast, held) <= LotsFor(held, shortfall, need, cost, atLeast) <= held
  {
  }

  // The first step takes no more than needed beyond one lot: one lot fewer would relieve less than what is missing.
  lemma AStepTakesNoMoreThanNeededBeyondOneLot(held: int, shortfall: int, need: int, cost: int)
    requires held >= 1
    ensures var lots := LotsFor(held, shortfall, need, cost, 1);
      var relief := Max(Max(need - cost, Truncated(need, 8)), 1);
      lots == 1 || (lots - 1) * relief < held * shortfall
  {
    var relief := Max(Max(need - cost, Truncated(need, 8)), 1);
    var missing := Clamp(shortfall, 0, relief);
    var c := MulDivCeiling(held, missing, relief);
    ACeilingAddsLessThanOne(held * missing, relief);
    var lots := LotsFor(held, shortfall, need, cost, 1);
    if lots != 1 {
      assert lots <= c;
      ProductsKeepOrder(lots - 1, c - 1, relief);
      assert (c - 1) * relief == c * relief - relief;
      if shortfall <= 0 {
        assert held * missing == 0;
      } else {
        Scaled(missing, shortfall, held);
      }
    }
  }

  // It takes enough: what its lots relieve, at the relief of an average lot, covers what is missing, or it takes all.
  lemma AStepTakesEnough(held: int, shortfall: int, need: int, cost: int, atLeast: int)
    requires held >= 1
    ensures var lots := LotsFor(held, shortfall, need, cost, atLeast);
      var relief := Max(Max(need - cost, Truncated(need, 8)), 1);
      lots == held || lots * relief >= held * shortfall
  {
    var relief := Max(Max(need - cost, Truncated(need, 8)), 1);
    var missing := Clamp(shortfall, 0, relief);
    var c := MulDivCeiling(held, missing, relief);
    ACeilingAddsLessThanOne(held * missing, relief);
    var lots := LotsFor(held, shortfall, need, cost, atLeast);
    if lots != held {
      assert lots >= c;
      ProductsKeepOrder(c, lots, relief);
      if shortfall > relief {
        assert held * missing == held * relief;
        OnlyTheFloorFits(-(held * relief), relief, -held) by { assert (-held) * relief == -(held * relief); }
        assert c == held;
      } else {
        Scaled(shortfall, missing, held);
      }
    }
  }

  lemma Scaled(a: int, b: int, k: int)
    requires a <= b && k >= 0
    ensures k * a <= k * b && (a >= 0 ==> k * a >= 0)
  {
    assert k * (b - a) >= 0;
    assert k * (b - a) == k * b - k * a;
    if a >= 0 { assert k * a >= 0; }
  }

  // ---- It ends ----

  // After so many steps the least that is given up is as much as any position can have.
  function Doubled(steps: nat): nat { if steps == 0 then 1 else 2 * Doubled(steps - 1) }

  lemma DoublingGrows(a: nat, b: nat)
    requires a <= b
    ensures 1 <= Doubled(a) <= Doubled(b)
    decreases b
  { if b > a { DoublingGrows(a, b - 1); } else if a > 0 { DoublingGrows(a - 1, b - 1); } }

  // The lots of a unit's positions, all above zero or gone.
  function Held(lots: seq<nat>): nat { if |lots| == 0 then 0 else (if lots[0] > 0 then 1 else 0) + Held(lots[1..]) }

  lemma OneFewer(lots: seq<nat>, i: nat)
    requires i < |lots| && lots[i] > 0
    ensures Held(lots[i := 0]) == Held(lots) - 1
  {
    if i > 0 {
      OneFewer(lots[1..], i - 1);
      assert lots[i := 0][1..] == lots[1..][i - 1 := 0];
    } else {
      assert lots[i := 0][1..] == lots[1..];
    }
  }

  // A run of steps: each takes from some position at least the doubled minimum, or all of it, whatever else decides how much.
  ghost predicate IsRun(states: seq<seq<nat>>)
  {
    |states| >= 1 && forall k :: 0 <= k < |states| - 1 ==> IsStep(states[k], states[k + 1], k)
  }

  ghost predicate IsStep(a: seq<nat>, b: seq<nat>, k: nat)
  {
    |a| == |b| && exists i :: 0 <= i < |a| && a[i] > 0 && b[i] <= a[i] - Min(Doubled(k), a[i]) && b == a[i := b[i]]
  }

  lemma LotsOnlyFall(states: seq<seq<nat>>, k: nat, most: nat)
    requires IsRun(states) && k < |states| && (forall i :: 0 <= i < |states[0]| ==> states[0][i] <= most)
    ensures |states[k]| == |states[0]| && forall i :: 0 <= i < |states[k]| ==> states[k][i] <= most
  {
    if k > 0 {
      LotsOnlyFall(states, k - 1, most);
      assert IsStep(states[k - 1], states[k], k - 1);
      DoublingGrows(0, k - 1);
    }
  }

  // A position has fewer than 2^40 lots, so restoring a unit takes at most 40 steps and one for each of its positions.
  lemma RestoringAUnitEnds(states: seq<seq<nat>>, doublings: nat)
    requires IsRun(states) && (forall i :: 0 <= i < |states[0]| ==> states[0][i] <= Doubled(doublings))
    ensures |states| - 1 <= doublings + |states[0]|
  {
    if |states| - 1 > doublings {
      LotsOnlyFall(states, doublings, Doubled(doublings));
      FromThereEachStepClosesAPosition(states, doublings, |states| - 1);
      HeldIsAtMostAll(states[doublings]);
    }
  }

  lemma HeldIsAtMostAll(lots: seq<nat>)
    ensures Held(lots) <= |lots|
  {
  }

  lemma FromThereEachStepClosesAPosition(states: seq<seq<nat>>, doublings: nat, k: nat)
    requires IsRun(states) && doublings <= k < |states| && (forall i :: 0 <= i < |states[0]| ==> states[0][i] <= Doubled(doublings))
    ensures Held(states[k]) == Held(states[doublings]) - (k - doublings)
  {
    if k > doublings {
      FromThereEachStepClosesAPosition(states, doublings, k - 1);
      LotsOnlyFall(states, k - 1, Doubled(doublings));
      DoublingGrows(doublings, k - 1);
      assert IsStep(states[k - 1], states[k], k - 1);
      var i :| 0 <= i < |states[k - 1]| && states[k - 1][i] > 0 && states[k][i] <= states[k - 1][i] - Min(Doubled(k - 1), states[k - 1][i])
        && states[k] == states[k - 1][i := states[k][i]];
      OneFewer(states[k - 1], i);
    }
  }

  // ---- What it costs ----

  // Giving up k of n lots lowers maintenance by their part at least, but for an atom: a larger position needs more a lot.
  lemma FewerLotsNeedLessThanTheirPart(steps: seq<Step>, n: int, k: int, unit: int)
    requires ValidSteps(steps) && 0 <= k <= n && n >= 1 && unit >= 0
    ensures n * Demand(steps, (n - k) * unit) < (n - k) * Demand(steps, n * unit) + n
  {
    var left := n - k;
    var whole := n * unit;
    var rest := left * unit;
    ProductsKeepOrder(0, left, unit);
    ProductsKeepOrder(left, n, unit);
    TiersOfALargerNotional(steps, rest, whole);
    var i := TierOf(steps, rest);
    var j := TierOf(steps, whole);
    if j > 0 { RatesDoNotFall(steps, 0, j); }
    ATierThatIsReachedAsksForMoreThanThoseBelow(steps, i, j, whole);
    var p := steps[i].ppm;
    var d := steps[i].deduction;
    DeductionsAreNotNegative(steps, i);
    ACeilingAddsLessThanOne(whole * steps[j].ppm, Million);
    ACeilingAddsLessThanOne(rest * p, Million);
    var big := Demand(steps, whole);
    var small := Demand(steps, rest);
    assert Million * big >= Line(steps[i], whole) == whole * p - d * Million;
    assert Million * small < rest * p - d * Million + Million;
    Regroup(n, unit, p);
    Regroup(left, unit, p);
    PartsOfOneLine(n, left, unit * p, d, big, small);
  }

  lemma PartsOfOneLine(n: int, left: int, perLot: int, d: int, big: int, small: int)
    requires 0 <= left <= n && n >= 1 && d >= 0
    requires Million * big >= n * perLot - d * Million && Million * small < left * perLot - d * Million + Million
    ensures n * small < left * big + n
  {
    var both := n * (left * perLot);
    Scaled(Million * small + 1, left * perLot - d * Million + Million, n);
    assert n * (Million * small + 1) == Million * (n * small) + n;
    assert n * (left * perLot - d * Million + Million) == both - Million * (n * d) + Million * n;
    Scaled(n * perLot - d * Million, Million * big, left);
    assert left * (n * perLot - d * Million) == both - Million * (left * d) by { assert left * (n * perLot) == both; }
    assert left * (Million * big) == Million * (left * big);
    ProductsKeepOrder(left, n, d);
  }

  lemma Regroup(a: int, b: int, c: int)
    ensures a * b * c == a * (b * c)
  {
  }

  lemma DeductionsAreNotNegative(steps: seq<Step>, k: nat)
    requires ValidSteps(steps) && k < |steps|
    ensures steps[k].deduction >= 0
  {
    if k > 0 {
      DeductionsAreNotNegative(steps, k - 1);
      RatesDoNotFall(steps, k - 1, k);
      assert Follows(steps[k - 1], steps[k]);
      var product := steps[k].from * (steps[k].ppm - steps[k - 1].ppm);
      ProductsKeepOrder(0, steps[k].from, steps[k].ppm - steps[k - 1].ppm);
      FloorsKeepOrder(0, product, Million);
      assert 0 / Million == 0;
    }
  }

  // Where a tier is reached, its line is no lower than those of the tiers below.
  lemma ATierThatIsReachedAsksForMoreThanThoseBelow(steps: seq<Step>, i: nat, j: nat, notional: int)
    requires ValidSteps(steps) && i <= j < |steps| && steps[j].from <= notional
    ensures Line(steps[j], notional) >= Line(steps[i], notional)
    decreases j
  {
    if i < j {
      RatesDoNotFall(steps, j - 1, j);
      ATierThatIsReachedAsksForMoreThanThoseBelow(steps, i, j - 1, notional);
      var below := steps[j - 1];
      var above := steps[j];
      assert Follows(below, above);
      LinesMeetToAnAtom(below, above);
      ProductsKeepOrder(below.ppm, above.ppm, notional - above.from);
      assert above.ppm * (notional - above.from) == notional * above.ppm - above.from * above.ppm;
      assert below.ppm * (notional - above.from) == notional * below.ppm - above.from * below.ppm;
    }
  }

  // A sale of k of n lots that costs no more than their part of the maintenance margin never makes a shortfall worse.
  lemma ASaleThatCostsNoMoreThanItsMarginNeverMakesAShortfallWorse(
    steps: seq<Step>, n: int, k: int, unit: int, equity: int, cost: int)
    requires ValidSteps(steps) && 0 <= k <= n && n >= 1 && unit >= 0
    requires cost * n <= k * Demand(steps, n * unit)
    ensures Demand(steps, (n - k) * unit) - (equity - cost) <= Demand(steps, n * unit) - equity
  {
    FewerLotsNeedLessThanTheirPart(steps, n, k, unit);
    CostAndRestFitTheWhole(n, k, Demand(steps, n * unit), Demand(steps, (n - k) * unit), cost);
  }

  lemma CostAndRestFitTheWhole(n: int, k: int, big: int, small: int, cost: int)
    requires n >= 1 && n * small < (n - k) * big + n && cost * n <= k * big
    ensures small + cost <= big
  {
    assert (n - k) * big == n * big - k * big;
    assert n * (small + cost - big) == n * small + cost * n - n * big;
    if small + cost - big >= 1 { Scaled(1, small + cost - big, n); }
  }

  // What bids and the fund are paid for lots of a solvent account is no more than the lots' share of its worth, and so, where it is below
  // maintenance, no more than their part of its margin: taking lots outside the book never makes a shortfall worse.
  lemma LotsTakenOutsideTheBookCostNoMoreThanTheirShareOfWorth(n: int, k: int, unit: int, worth: int, takeoverPpm: int)
    requires 0 <= k <= n && n >= 1 && unit >= 1 && worth >= 0 && takeoverPpm >= 0
    ensures var ppm := ShareOfWorthPpm(worth, n * unit, takeoverPpm);
      ppm >= 0 && PpmFloor(k * unit, ppm) * n <= k * worth && 0 <= PpmFloor(k * unit, ppm) <= worth
  {
    var whole := n * unit;
    Scaled(1, n, unit);
    var share := DivFloor(worth * Million, whole);
    AFloorLosesLessThanOne(worth * Million, whole);
    FloorsKeepOrder(0, worth * Million, whole);
    assert 0 / whole == 0;
    var ppm := ShareOfWorthPpm(worth, whole, takeoverPpm);
    assert 0 <= ppm <= share;
    Scaled(0, unit, k);
    var part := k * unit;
    var c := PpmFloor(part, ppm);
    AFloorLosesLessThanOne(part * ppm, Million);
    ProductsKeepOrder(0, part, ppm);
    FloorsKeepOrder(0, part * ppm, Million);
    assert c >= 0;
    // c · million ≤ k · unit · ppm, and ppm · n · unit ≤ worth · million.
    ProductsKeepOrder(ppm, share, whole);
    assert ppm * whole <= worth * Million;
    Scaled(ppm * whole, worth * Million, k);
    assert k * (ppm * whole) == n * (part * ppm) by { assert part * ppm == k * (unit * ppm); assert ppm * whole == n * (unit * ppm); }
    Scaled(c * Million, part * ppm, n);
    assert n * (c * Million) == Million * (c * n);
    assert k * (worth * Million) == Million * (k * worth);
    assert c * n <= k * worth;
    ProductsKeepOrder(k, n, worth);
    if c > worth { ProductsKeepOrder(worth + 1, c, n); assert (worth + 1) * n == worth * n + n; }
  }

  lemma TakingLotsOutsideTheBookNeverMakesAShortfallWorse(
    steps: seq<Step>, n: int, k: int, unit: int, worth: int, takeoverPpm: int)
    requires ValidSteps(steps) && 0 <= k <= n && n >= 1 && unit >= 1 && takeoverPpm >= 0
    requires 0 <= worth <= Demand(steps, n * unit)
    ensures var paid := PpmFloor(k * unit, ShareOfWorthPpm(worth, n * unit, takeoverPpm));
      worth - paid >= 0 && Demand(steps, (n - k) * unit) - (worth - paid) <= Demand(steps, n * unit) - worth
  {
    LotsTakenOutsideTheBookCostNoMoreThanTheirShareOfWorth(n, k, unit, worth, takeoverPpm);
    var paid := PpmFloor(k * unit, ShareOfWorthPpm(worth, n * unit, takeoverPpm));
    Scaled(worth, Demand(steps, n * unit), k);
    ASaleThatCostsNoMoreThanItsMarginNeverMakesAShortfallWorse(steps, n, k, unit, worth, paid);
  }

  // With positions in several markets a lot can cost more than its own margin relieves: the share is of the unit's worth by notional, and
  // the position with the largest margin need not have the highest rate. Worth 14 against maintenance 10 and 5: lots of the first may be
  // taken at 1.27% of notional, while they relieve 1%.
  lemma WithSeveralMarketsALotCanCostMoreThanItsMarginRelieves()
    ensures var worth := 14_000; var first := 1_000_000; var second := 100_000;
      var firstNeeds := PpmCeiling(first, 10_000); var secondNeeds := PpmCeiling(second, 50_000);
      worth < firstNeeds + secondNeeds && firstNeeds > secondNeeds &&
      PpmFloor(first, ShareOfWorthPpm(worth, first + second, 15_000)) > firstNeeds
  {
  }

  // ---- The bankruptcy price ----

  // Lots sold at the bankruptcy price or better cost the unit no more than their share, by notional, of its worth after the taker's fee.
  lemma AtTheBankruptcyPriceLotsCostTheirShareOfWorth(n: int, k: int, perLotTicks: int, atoms: int, others: int, worthAfterFee: int)
    requires 0 <= k <= n && n >= 1 && perLotTicks >= 1 && atoms >= 1 && worthAfterFee >= 0 && others >= 0
    ensures var notional := n * (perLotTicks * atoms) + others;
      notional >= 1 &&
      k * (Distance(worthAfterFee, perLotTicks, notional) * atoms) * notional <= (k * (perLotTicks * atoms)) * worthAfterFee
  {
    Scaled(1, atoms, perLotTicks);
    Scaled(1, perLotTicks * atoms, n);
    var notional := n * (perLotTicks * atoms) + others;
    assert notional >= 1;
    var product := worthAfterFee * perLotTicks;
    ProductsKeepOrder(0, worthAfterFee, perLotTicks);
    FloorsKeepOrder(0, product, notional);
    assert 0 / notional == 0;
    AFloorLosesLessThanOne(product, notional);
    var d := Distance(worthAfterFee, perLotTicks, notional);
    assert 0 <= d <= DivFloor(product, notional);
    ProductsKeepOrder(d, DivFloor(product, notional), notional);
    assert d * notional <= product;
    Scaled(0, atoms, k);
    Scaled(d * notional, product, k * atoms);
    assert k * atoms * (d * notional) == k * (d * atoms) * notional;
    assert k * atoms * product == (k * (perLotTicks * atoms)) * worthAfterFee;
  }

  // A unit worth less than nothing sells above mark, or not at all.
  lemma AnInsolventUnitSellsAboveMarkOrNotAtAll(
    worthAfterFee: int, perLotTicks: int, notional: int, bound: int, mark: int, min: int, max: int)
    requires worthAfterFee < 0 && perLotTicks >= 1 && notional >= 1
    ensures var limit := LimitFor(true, bound, mark, Distance(worthAfterFee, perLotTicks, notional), min, max);
      limit.None? || limit.ticks > mark
    ensures var limit := LimitFor(false, bound, mark, Distance(worthAfterFee, perLotTicks, notional), min, max);
      limit.None? || limit.ticks < mark
  {
    var product := worthAfterFee * perLotTicks;
    ProductsKeepOrder(worthAfterFee, -1, perLotTicks);
    AFloorLosesLessThanOne(product, notional);
    if DivFloor(product, notional) >= 0 { ProductsKeepOrder(0, DivFloor(product, notional), notional); }
  }

  // A charge takes no more than what is left: it never makes a unit insolvent.
  lemma AChargeNeverMakesAUnitInsolvent(atoms: int, worth: int)
    ensures ChargeOf(atoms, worth) >= 0
    ensures worth >= 0 ==> worth - ChargeOf(atoms, worth) >= 0
    ensures worth <= 0 ==> ChargeOf(atoms, worth) == 0
  {
  }

  // A short that buys back all its lots at its bankruptcy price pays the taker's fee on that price, which is above mark: it can end owing
  // the fee on what it slipped. 1,000 lots at mark 10,000, worth 205 a lot; what remains is below zero, by the fee on the slippage. (A step
  // asks for all lots only of a unit that is worth next to nothing.)
  lemma AShortCanEndOwingTheTakersFeeOnItsSlippage()
    ensures var lots := 1_000; var mark := 10_000; var atoms := 1_000; var takerPpm := 500; var worth := 205_000_000;
      var notional := lots * mark * atoms;
      var d := Distance(worth - PpmCeiling(notional, takerPpm), mark, notional);
      var cost := lots * (mark + d) * atoms;
      var left := worth - lots * d * atoms - PpmCeiling(cost, takerPpm);
      d == 200 && left == -100_000
  {
  }

  // ---- Who gains ----

  // One bid that takes lots: how many, of what notional each, at what discount.
  datatype Taking = Taking(notional: int, discountPpm: int)

  function Discounts(takings: seq<Taking>): int
  { if |takings| == 0 then 0 else PpmFloor(takings[0].notional, takings[0].discountPpm) + Discounts(takings[1..]) }

  function Notionals(takings: seq<Taking>): int
  { if |takings| == 0 then 0 else takings[0].notional + Notionals(takings[1..]) }

  // All bidders of one offer together gain no more than the declared discount of the notional they took.
  lemma BiddersGainNoMoreThanTheDeclaredDiscount(takings: seq<Taking>, mostPpm: int)
    requires forall i :: 0 <= i < |takings| ==> takings[i].notional >= 0 && 0 <= takings[i].discountPpm <= mostPpm
    ensures 0 <= Discounts(takings) && 0 <= Notionals(takings) && Discounts(takings) * Million <= Notionals(takings) * mostPpm
  {
    if |takings| > 0 {
      var t := takings[0];
      BiddersGainNoMoreThanTheDeclaredDiscount(takings[1..], mostPpm);
      AFloorLosesLessThanOne(t.notional * t.discountPpm, Million);
      Scaled(t.discountPpm, mostPpm, t.notional);
      Scaled(0, t.discountPpm, t.notional);
      FloorsKeepOrder(0, t.notional * t.discountPpm, Million);
      assert (t.notional + Notionals(takings[1..])) * mostPpm == t.notional * mostPpm + Notionals(takings[1..]) * mostPpm;
    }
  }

  // Nor more than what the account had left: the discount is its own money, and the fund adds nothing.
  lemma BiddersGainNoMoreThanWhatTheAccountHadLeft(takings: seq<Taking>, worth: int, notional: int, takeoverPpm: int)
    requires worth >= 0 && notional >= 1 && takeoverPpm >= 0 && Notionals(takings) <= notional
    requires forall i :: 0 <= i < |takings| ==>
      takings[i].notional >= 0 && 0 <= takings[i].discountPpm <= ShareOfWorthPpm(worth, notional, takeoverPpm)
    ensures Discounts(takings) <= worth
  {
    var ppm := ShareOfWorthPpm(worth, notional, takeoverPpm);
    var share := DivFloor(worth * Million, notional);
    AFloorLosesLessThanOne(worth * Million, notional);
    FloorsKeepOrder(0, worth * Million, notional);
    assert 0 / notional == 0;
    BiddersGainNoMoreThanTheDeclaredDiscount(takings, ppm);
    ProductsKeepOrder(Notionals(takings), notional, ppm);
    Scaled(ppm, share, notional);
    assert notional * share == share * notional;
    assert Discounts(takings) * Million <= worth * Million;
  }

  // What one owns counts at no less than zero a unit. Lots at mark move no worth, so taking lots of one's own solvent account for a
  // discount that it can pay adds nothing to the sum: both sides together gain nothing.
  lemma WhoIsOnBothSidesGainsNothing(worthOfAccount: int, worthOfBidder: int, discount: int)
    requires 0 <= discount <= worthOfAccount
    ensures Max(worthOfAccount - discount, 0) + Max(worthOfBidder + discount, 0)
      <= Max(worthOfAccount, 0) + Max(worthOfBidder, 0)
  {
  }
}
