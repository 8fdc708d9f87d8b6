// What a position needs, and what stands against it.
// Documents: docs/engine.md (Margin), docs/margin.md. Sources: src/Surety.Engine/Instruments/Requirement.cs (MarginTiers),
// src/Surety.Engine/Margin/AccountMargin.cs, src/Surety.Engine/Governance/MarketListing.cs (SetTiers).

include "Rounding.dfy"

module Margin {
  import opened Rounding

  // One tier of one of the two margins: from this notional on, so many parts per million less a deduction.
  datatype Step = Step(from: int, ppm: int, deduction: int)

  // What listing a market makes sure of: tiers begin at nothing, rise in notional, and no rate falls. Each deduction makes margin
  // continuous where its tier begins, rounded down, so that no tier asks for less than the formula.
  ghost predicate ValidSteps(steps: seq<Step>)
  {
    |steps| >= 1 && steps[0].from == 0 && steps[0].deduction == 0 && 0 <= steps[0].ppm &&
    (forall k :: 0 <= k < |steps| ==> steps[k].ppm <= Million) &&
    (forall k :: 1 <= k < |steps| ==> Follows(steps[k - 1], steps[k]))
  }

  ghost predicate Follows(below: Step, above: Step)
  {
    0 <= below.from <= above.from && 0 <= below.ppm <= above.ppm &&
    above.deduction == below.deduction + MulDivFloor(above.from, above.ppm - below.ppm, Million)
  }

  // The tier that a notional falls into: the search goes up while the next tier is reached.
  function TierFrom(steps: seq<Step>, notional: int, k: nat): (tier: nat)
    requires k < |steps|
    ensures k <= tier < |steps|
    ensures tier == k || notional >= steps[tier].from
    ensures tier + 1 == |steps| || notional < steps[tier + 1].from
    decreases |steps| - k
  {
    if k + 1 < |steps| && notional >= steps[k + 1].from then TierFrom(steps, notional, k + 1) else k
  }

  function TierOf(steps: seq<Step>, notional: int): nat
    requires |steps| >= 1
    ensures TierOf(steps, notional) < |steps|
  { TierFrom(steps, notional, 0) }

  // Margin of a notional by tiers: ceil(N · rate) − deduction.
  function Demand(steps: seq<Step>, notional: int): int
    requires |steps| >= 1
  {
    var step := steps[TierOf(steps, notional)];
    PpmCeiling(notional, step.ppm) - step.deduction
  }

  // A market's numbers that margin depends on. A perpetual and a future have no strike.
  datatype Terms = Terms(
    atomsPerTickLot: int, marginFloorTicks: int, initial: seq<Step>, maintenance: seq<Step>,
    openInterestLowerAtoms: int, openInterestUpperAtoms: int)

  ghost predicate ValidTerms(t: Terms)
  {
    t.atomsPerTickLot > 0 && t.marginFloorTicks >= 1 && ValidSteps(t.initial) && ValidSteps(t.maintenance) &&
    |t.initial| == |t.maintenance| && 0 <= t.openInterestLowerAtoms < t.openInterestUpperAtoms
  }

  // Notional of lots at mark, never at less than the market's margin floor.
  function NotionalAtoms(t: Terms, markTicks: int, lots: int): int
  { Abs(lots) * Max(Abs(markTicks), t.marginFloorTicks) * t.atomsPerTickLot }

  function InitialAtoms(t: Terms, openInterestPpm: int, notional: int): int
    requires |t.initial| >= 1
  {
    var byTier := Demand(t.initial, notional);
    if openInterestPpm == 0 then byTier else Max(byTier, PpmCeiling(notional, openInterestPpm))
  }

  function MaintenanceAtoms(t: Terms, notional: int): int
    requires |t.maintenance| >= 1
  { Demand(t.maintenance, notional) }

  // The rate that open interest demands: nothing up to the lower bound, then from the first tier's rate linearly to all of it.
  function OpenInterestPpm(t: Terms, markTicks: int, openInterestLots: int): int
    requires |t.initial| >= 1
  {
    var notional := NotionalAtoms(t, markTicks, openInterestLots);
    if notional <= t.openInterestLowerAtoms then 0
    else if notional >= t.openInterestUpperAtoms then Million
    else t.initial[0].ppm + MulDivCeiling(
      Million - t.initial[0].ppm, notional - t.openInterestLowerAtoms, t.openInterestUpperAtoms - t.openInterestLowerAtoms)
  }

  // Open orders of one account in one market: lots that could add to a position, and what they would lose against mark.
  datatype OpenOrders = OpenOrders(buyLots: int, sellLots: int, buyReserve: int, sellReserve: int)
  const NoOrders := OpenOrders(0, 0, 0, 0)

  datatype Requirement = Requirement(initial: int, maintenance: int)

  // Initial margin is that of the worse of two outcomes: all buys fill, or all sells do.
  function RequirementOf(t: Terms, openInterestPpm: int, markTicks: int, lots: int, open: OpenOrders): Requirement
    requires |t.initial| >= 1 && |t.maintenance| >= 1
  {
    var bought := InitialAtoms(t, openInterestPpm, NotionalAtoms(t, markTicks, lots + open.buyLots)) + open.buyReserve * t.atomsPerTickLot;
    var sold := InitialAtoms(t, openInterestPpm, NotionalAtoms(t, markTicks, lots - open.sellLots)) + open.sellReserve * t.atomsPerTickLot;
    Requirement(
      if open.sellLots != 0 || open.buyLots != 0 then Max(bought, sold) else bought,
      MaintenanceAtoms(t, NotionalAtoms(t, markTicks, lots)))
  }

  // Value at mark less cost, less funding that is due: what closing at mark would bring.
  function UnrealisedAtoms(t: Terms, markTicks: int, fundingIndex: int, lots: int, costAtoms: int, entryFundingIndex: int): int
  { lots * markTicks * t.atomsPerTickLot - costAtoms - lots * (fundingIndex - entryFundingIndex) }

  // Profit that is not realised counts in part for opening; a loss in full.
  function CountedProfit(unrealised: int, profitHaircutPpm: int): int
  { if unrealised <= 0 then unrealised else unrealised - PpmCeiling(unrealised, profitHaircutPpm) }

  // The most that may be owed against coins, and how often a debt counts beyond that.
  const DebtCapPpm := 890_000
  const BeyondCap := 10

  function DebtMarginAtoms(cash: int, openingAtoms: int): int
  {
    var coins := Max(openingAtoms, 0);
    var onCoins := if cash >= 0 then 0 else Min(-cash, coins);
    Max(onCoins - PpmFloor(coins, DebtCapPpm), 0) * BeyondCap
  }

  datatype Health = Health(equity: int, opening: int, initial: int, maintenance: int)
  predicate CoversInitial(h: Health) { h.opening >= h.initial }
  predicate CoversMaintenance(h: Health) { h.equity >= h.maintenance }

  // ---- Theorems ----

  // Rates do not fall from one tier to any later one, and tiers begin in order.
  lemma RatesDoNotFall(steps: seq<Step>, i: nat, j: nat)
    requires ValidSteps(steps) && i <= j < |steps|
    ensures 0 <= steps[i].from <= steps[j].from && 0 <= steps[i].ppm <= steps[j].ppm <= Million
    decreases j
  {
    if i < j {
      RatesDoNotFall(steps, i, j - 1);
      assert Follows(steps[j - 1], steps[j]);
    } else if i > 0 {
      RatesDoNotFall(steps, 0, i - 1);
      assert Follows(steps[i - 1], steps[i]);
    }
  }

  // A tier's line, scaled by a million: N · rate − deduction.
  ghost function Line(step: Step, notional: int): int { notional * step.ppm - step.deduction * Million }

  // Where a tier begins its line is that of the tier below, to an atom.
  lemma LinesMeetToAnAtom(below: Step, above: Step)
    requires Follows(below, above)
    ensures Line(below, above.from) <= Line(above, above.from) < Line(below, above.from) + Million
  {
    AFloorLosesLessThanOne(above.from * (above.ppm - below.ppm), Million);
    assert above.from * (above.ppm - below.ppm) == above.from * above.ppm - above.from * below.ppm;
  }

  lemma AlongALine(step: Step, a: int, b: int, rate: int)
    requires a <= b && 0 <= step.ppm <= rate
    ensures Line(step, a) <= Line(step, b) <= Line(step, a) + rate * (b - a)
  {
    assert b * step.ppm - a * step.ppm == (b - a) * step.ppm;
    ProductsKeepOrder(step.ppm, rate, b - a);
    ProductsKeepOrder(0, step.ppm, b - a);
    assert (b - a) * rate == rate * (b - a);
  }

  // From tier i at one notional up to tier j at another, the lines rise no faster than the highest rate, but for an atom a tier.
  lemma LinesRiseNoFasterThanTheHighestRate(steps: seq<Step>, i: nat, a: int, j: nat, b: int)
    requires ValidSteps(steps) && i <= j < |steps| && a <= b
    requires j > i ==> a <= steps[i + 1].from && steps[j].from <= b
    ensures Line(steps[i], a) <= Line(steps[j], b) <= Line(steps[i], a) + steps[|steps| - 1].ppm * (b - a) + (j - i) * Million
    decreases j - i
  {
    var rate := steps[|steps| - 1].ppm;
    RatesDoNotFall(steps, j, |steps| - 1);
    RatesDoNotFall(steps, i, |steps| - 1);
    if i == j {
      AlongALine(steps[i], a, b, rate);
    } else {
      var meet := steps[j].from;
      RatesDoNotFall(steps, i + 1, j);
      if j - 1 > i { RatesDoNotFall(steps, j - 1, j); }
      LinesRiseNoFasterThanTheHighestRate(steps, i, a, j - 1, meet);
      assert Follows(steps[j - 1], steps[j]);
      LinesMeetToAnAtom(steps[j - 1], steps[j]);
      AlongALine(steps[j], meet, b, rate);
      assert rate * (meet - a) + rate * (b - meet) == rate * (b - a);
    }
  }

  lemma TiersOfALargerNotional(steps: seq<Step>, a: int, b: int)
    requires ValidSteps(steps) && 0 <= a <= b
    ensures TierOf(steps, a) <= TierOf(steps, b)
    ensures TierOf(steps, a) < TierOf(steps, b) ==> a <= steps[TierOf(steps, a) + 1].from && steps[TierOf(steps, b)].from <= b
  {
    var i := TierOf(steps, a);
    var j := TierOf(steps, b);
    if j < i {
      RatesDoNotFall(steps, j + 1, i);
      assert b < steps[j + 1].from <= steps[i].from <= a;
    }
  }

  // Margin rises no faster than the highest tier's rate, but for an atom for each tier passed.
  lemma MarginRisesNoFasterThanTheHighestRate(steps: seq<Step>, a: int, b: int)
    requires ValidSteps(steps) && 0 <= a <= b
    ensures Million * (Demand(steps, b) - Demand(steps, a)) <= steps[|steps| - 1].ppm * (b - a) + |steps| * Million
  {
    var i := TierOf(steps, a);
    var j := TierOf(steps, b);
    TiersOfALargerNotional(steps, a, b);
    LinesRiseNoFasterThanTheHighestRate(steps, i, a, j, b);
    ACeilingAddsLessThanOne(a * steps[i].ppm, Million);
    ACeilingAddsLessThanOne(b * steps[j].ppm, Million);
    assert Million * Demand(steps, a) >= Line(steps[i], a);
    assert Million * Demand(steps, b) < Line(steps[j], b) + Million;
    assert (j - i) * Million + Million <= |steps| * Million;
  }

  // More notional never needs less margin.
  lemma MarginNeverFallsWithNotional(steps: seq<Step>, a: int, b: int)
    requires ValidSteps(steps) && 0 <= a <= b
    ensures Demand(steps, a) <= Demand(steps, b)
  {
    TiersOfALargerNotional(steps, a, b);
    DemandInTiers(steps, TierOf(steps, a), a, TierOf(steps, b), b);
  }

  lemma DemandInTiers(steps: seq<Step>, i: nat, a: int, j: nat, b: int)
    requires ValidSteps(steps) && i <= j < |steps| && a <= b
    requires j > i ==> a <= steps[i + 1].from && steps[j].from <= b
    ensures PpmCeiling(a, steps[i].ppm) - steps[i].deduction <= PpmCeiling(b, steps[j].ppm) - steps[j].deduction
    decreases j - i
  {
    RatesDoNotFall(steps, i, j);
    if i == j {
      ProductsKeepOrder(a, b, steps[i].ppm);
      CeilingsKeepOrder(a * steps[i].ppm, b * steps[i].ppm, Million);
    } else {
      var meet := steps[j].from;
      RatesDoNotFall(steps, i + 1, j);
      if j - 1 > i { RatesDoNotFall(steps, j - 1, j); }
      DemandInTiers(steps, i, a, j - 1, meet);
      var below := steps[j - 1];
      var above := steps[j];
      assert Follows(below, above);
      assert meet * above.ppm == meet * below.ppm + meet * (above.ppm - below.ppm) by {
        assert meet * (above.ppm - below.ppm) == meet * above.ppm - meet * below.ppm;
      }
      CeilingOfASumWithAFloor(meet * below.ppm, meet * (above.ppm - below.ppm));
      ProductsKeepOrder(meet, b, above.ppm);
      CeilingsKeepOrder(meet * above.ppm, b * above.ppm, Million);
    }
  }

  lemma CeilingOfASumWithAFloor(a: int, b: int)
    ensures DivCeiling(a, Million) + DivFloor(b, Million) <= DivCeiling(a + b, Million)
  {
    AFloorLosesLessThanOne(b, Million);
    ACeilingAddsLessThanOne(a, Million);
    ACeilingAddsLessThanOne(a + b, Million);
  }

  // No notional and no lots need nothing; more never needs less than nothing.
  lemma MarginIsNeverNegative(steps: seq<Step>, notional: int)
    requires ValidSteps(steps) && notional >= 0
    ensures Demand(steps, notional) >= 0
  {
    MarginNeverFallsWithNotional(steps, 0, notional);
    DemandInTiers(steps, 0, 0, TierOf(steps, 0), 0) by { if TierOf(steps, 0) > 0 { RatesDoNotFall(steps, 0, 1); } }
    assert 0 * steps[0].ppm == 0;
  }

  // Whatever the open interest, its rate is nothing, or lies between the first tier's rate and the whole.
  lemma TheOpenInterestRateLiesBetweenTheFirstTierAndTheWhole(t: Terms, markTicks: int, lots: int)
    requires ValidTerms(t)
    ensures var ppm := OpenInterestPpm(t, markTicks, lots); ppm == 0 || t.initial[0].ppm <= ppm <= Million
  {
    RatesDoNotFall(t.initial, 0, |t.initial| - 1);
    var notional := NotionalAtoms(t, markTicks, lots);
    if t.openInterestLowerAtoms < notional < t.openInterestUpperAtoms {
      var width := t.openInterestUpperAtoms - t.openInterestLowerAtoms;
      var rest := Million - t.initial[0].ppm;
      var over := notional - t.openInterestLowerAtoms;
      ProductsKeepOrder(0, rest, over);
      ProductsKeepOrder(over, width, rest);
      assert over * rest == rest * over && width * rest == rest * width;
      CeilingsKeepOrder(0, rest * over, width);
      CeilingsKeepOrder(rest * over, rest * width, width);
      OnlyTheFloorFits(-(rest * width), width, -rest);
      assert 0 / width == 0;
    }
  }

  // Initial margin is never below what the tiers ask.
  lemma OpenInterestOnlyRaisesInitialMargin(t: Terms, openInterestPpm: int, notional: int)
    requires |t.initial| >= 1
    ensures InitialAtoms(t, openInterestPpm, notional) >= Demand(t.initial, notional)
  {
  }

  // Profit that is not realised never counts for more than it is, and a loss counts in full.
  lemma ProfitCountsForNoMoreThanItIs(unrealised: int, haircutPpm: int)
    requires 0 <= haircutPpm <= Million
    ensures CountedProfit(unrealised, haircutPpm) <= unrealised
    ensures unrealised <= 0 ==> CountedProfit(unrealised, haircutPpm) == unrealised
    ensures unrealised >= 0 ==> CountedProfit(unrealised, haircutPpm) >= 0
  {
    if unrealised > 0 { APartLiesBetweenNothingAndTheWhole(unrealised, haircutPpm); }
  }
}
