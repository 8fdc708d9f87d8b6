// An index out of several reports: the weighted lower median of the fresh ones, its dispersion and confidence, and which jumps wait.
// Document: docs/oracles.md. Sources: src/Surety.Engine/Oracles/PriceFeed.cs (Evaluate, ConfidenceOf, DispersionOf),
// src/Surety.Engine/Oracles/Quarantine.cs.

include "Rounding.dfy"

module Median {
  import opened Rounding

  datatype Report = Report(price: int, confidence: int, weight: int)

  // In the order of price; of equal prices in the order of sources.
  function Insert(sorted: seq<Report>, r: Report): seq<Report>
  {
    if |sorted| == 0 || sorted[|sorted| - 1].price <= r.price then sorted + [r]
    else Insert(sorted[..|sorted| - 1], r) + [sorted[|sorted| - 1]]
  }

  function SortedFrom(reports: seq<Report>, sorted: seq<Report>): seq<Report>
  { if |reports| == 0 then sorted else SortedFrom(reports[1..], Insert(sorted, reports[0])) }

  ghost predicate InOrder(rs: seq<Report>) { forall i, j :: 0 <= i <= j < |rs| ==> rs[i].price <= rs[j].price }

  // Weight of the first so many.
  function Reached(rs: seq<Report>, count: nat): int
    requires count <= |rs|
  { if count == 0 then 0 else Reached(rs, count - 1) + rs[count - 1].weight }

  function Weights(rs: seq<Report>): int { Reached(rs, |rs|) }

  ghost predicate Weighted(rs: seq<Report>) { |rs| >= 1 && forall i :: 0 <= i < |rs| ==> rs[i].weight >= 1 }

  // The least place at which half of the weight is reached.
  function MedianFrom(rs: seq<Report>, total: int, i: nat): (place: nat)
    requires i < |rs| && total == Weights(rs)
    requires i > 0 ==> 2 * Reached(rs, i) < total
    requires Weighted(rs)
    ensures i <= place < |rs| && 2 * Reached(rs, place + 1) >= total && (place > 0 ==> 2 * Reached(rs, place) < total)
    decreases |rs| - i
  {
    ReachedGrows(rs, 0, |rs|);
    if 2 * Reached(rs, i + 1) >= total then i else MedianFrom(rs, total, i + 1)
  }

  function MedianPrice(rs: seq<Report>): int
    requires Weighted(rs)
  { rs[MedianFrom(rs, Weights(rs), 0)].price }

  // The narrowest range of prices that holds two thirds of the weight, over all that begin at or after one place and end at another.
  function NarrowestFrom(rs: seq<Report>, total: int, first: nat, last: nat, best: int): int
    requires first <= last < |rs|
    decreases |rs| - first, |rs| - last
  {
    var holds := 3 * (Reached(rs, last + 1) - Reached(rs, first)) >= 2 * total;
    var next := if holds then Min(best, rs[last].price - rs[first].price) else best;
    if last + 1 < |rs| then NarrowestFrom(rs, total, first, last + 1, next)
    else if first + 1 < |rs| then NarrowestFrom(rs, total, first + 1, first + 1, next)
    else next
  }

  function Dispersion(rs: seq<Report>): int
    requires Weighted(rs)
  { NarrowestFrom(rs, Weights(rs), 0, 0, rs[|rs| - 1].price - rs[0].price) }

  // Weight of those whose confidence is no wider than a candidate's.
  function WithinConfidence(rs: seq<Report>, candidate: int): int
  { if |rs| == 0 then 0 else (if rs[0].confidence <= candidate then rs[0].weight else 0) + WithinConfidence(rs[1..], candidate) }

  // The least confidence at which half of the weight is reached, whatever the price it comes with.
  function ConfidenceFrom(rs: seq<Report>, total: int, i: nat, found: bool, best: int): int
    requires i <= |rs|
    decreases |rs| - i
  {
    if i == |rs| then best
    else if 2 * WithinConfidence(rs, rs[i].confidence) >= total && (!found || rs[i].confidence < best)
    then ConfidenceFrom(rs, total, i + 1, true, rs[i].confidence)
    else ConfidenceFrom(rs, total, i + 1, found, best)
  }

  function Confidence(rs: seq<Report>): int
    requires Weighted(rs)
  { ConfidenceFrom(rs, Weights(rs), 0, false, 0) }

  // ---- Which jumps wait ----

  const FactorPpm := 2_000_000
  const MostTimes := 20

  function Magnitude(price: int, jumpFloor: int): int { Max(Abs(price), jumpFloor) }
  function Part(price: int, jumpFloor: int, ppm: int): int { MulDivFloor(Magnitude(price, jumpFloor), ppm, Million) }

  function AreApart(one: int, other: int, jumpFloor: int): bool
  { Abs(one - other) > Min(Magnitude(one, jumpFloor), Magnitude(other, jumpFloor)) * FactorPpm / Million }

  function NeedsYes(price: int, last: int, slow: int, jumpFloor: int): bool
  { AreApart(price, last, jumpFloor) || AreApart(price, slow, jumpFloor) }

  function Waits(price: int, last: int, slow: int, jumpFloor: int, quarantinePpm: int): bool
  {
    Abs(price - last) > Part(last, jumpFloor, quarantinePpm) || (quarantinePpm < FactorPpm && NeedsYes(price, last, slow, jumpFloor))
  }

  // How long the sources must stand by a price.
  function WaitNs(price: int, last: int, jumpFloor: int, quarantinePpm: int, confirmMs: int): int
    requires jumpFloor >= 1 && quarantinePpm >= 1
  {
    var smaller := Min(Magnitude(price, jumpFloor), Magnitude(last, jumpFloor));
    ProductsKeepOrder(1, smaller, quarantinePpm);
    var timesPpm := DivFloor(Abs(price - last) * Million * Million, smaller * quarantinePpm);
    confirmMs * Clamp(timesPpm, Million, MostTimes * Million)
  }

  // ---- Theorems ----

  lemma ReachedGrows(rs: seq<Report>, i: nat, j: nat)
    requires i <= j <= |rs| && forall k :: 0 <= k < |rs| ==> rs[k].weight >= 1
    ensures Reached(rs, i) + (j - i) <= Reached(rs, j)
  { if i < j { ReachedGrows(rs, i, j - 1); } }

  // Weight of the reports between two places that some lie about.
  function Lying(rs: seq<Report>, liars: set<int>, first: nat, count: nat): int
    requires first + count <= |rs|
  {
    if count == 0 then 0
    else (if (first + count - 1) in liars then rs[first + count - 1].weight else 0) + Lying(rs, liars, first, count - 1)
  }

  lemma LyingIsAPart(rs: seq<Report>, liars: set<int>, first: nat, count: nat)
    requires first + count <= |rs| && forall k :: 0 <= k < |rs| ==> rs[k].weight >= 1
    ensures 0 <= Lying(rs, liars, first, count) <= Reached(rs, first + count) - Reached(rs, first)
  { if count > 0 { LyingIsAPart(rs, liars, first, count - 1); } }

  lemma LyingSplits(rs: seq<Report>, liars: set<int>, middle: nat, count: nat)
    requires middle + count <= |rs|
    ensures Lying(rs, liars, 0, middle + count) == Lying(rs, liars, 0, middle) + Lying(rs, liars, middle, count)
  { if count > 0 { LyingSplits(rs, liars, middle, count - 1); } }

  lemma AllOfThemLie(rs: seq<Report>, liars: set<int>, first: nat, count: nat)
    requires first + count <= |rs| && forall k :: first <= k < first + count ==> k in liars
    ensures Lying(rs, liars, first, count) == Reached(rs, first + count) - Reached(rs, first)
  { if count > 0 { AllOfThemLie(rs, liars, first, count - 1); } }

  // While liars have less than half of the weight, the median is no less than the least honest price and no more than the greatest.
  lemma TheMedianStaysWithinHonestReports(rs: seq<Report>, liars: set<int>, low: int, high: int)
    requires Weighted(rs) && InOrder(rs) && 2 * Lying(rs, liars, 0, |rs|) < Weights(rs)
    requires forall k :: 0 <= k < |rs| && k !in liars ==> low <= rs[k].price <= high
    ensures low <= MedianPrice(rs) <= high
  {
    var place := MedianFrom(rs, Weights(rs), 0);
    var price := rs[place].price;
    if price < low {
      forall k | 0 <= k < place + 1 ensures k in liars { assert rs[k].price <= price; }
      AllOfThemLie(rs, liars, 0, place + 1);
      LyingSplits(rs, liars, place + 1, |rs| - (place + 1));
      LyingIsAPart(rs, liars, place + 1, |rs| - (place + 1));
      assert Reached(rs, 0) == 0;
      assert Lying(rs, liars, 0, place + 1) == Reached(rs, place + 1);
      assert Lying(rs, liars, 0, |rs|) >= Reached(rs, place + 1);
    }
    if price > high {
      forall k | place <= k < |rs| ensures k in liars { assert rs[k].price >= price; }
      AllOfThemLie(rs, liars, place, |rs| - place);
      LyingSplits(rs, liars, place, |rs| - place);
      LyingIsAPart(rs, liars, 0, place);
      ReachedGrows(rs, 0, |rs|);
      assert Reached(rs, 0) == 0;
      assert Lying(rs, liars, 0, |rs|) >= Weights(rs) - Reached(rs, place);
    }
  }

  lemma EqualWeightsAreCounted(rs: seq<Report>, liars: set<int>, first: nat, count: nat, weight: int)
    requires first + count <= |rs| && weight >= 1 && forall k :: 0 <= k < |rs| ==> rs[k].weight == weight
    ensures Reached(rs, first + count) - Reached(rs, first) == count * weight
    ensures Lying(rs, liars, first, count) == |set k | first <= k < first + count && k in liars| * weight
  {
    if count > 0 {
      EqualWeightsAreCounted(rs, liars, first, count - 1, weight);
      var last := first + count - 1;
      var fewer := set k | first <= k < last && k in liars;
      var all := set k | first <= k < first + count && k in liars;
      if last in liars {
        assert all == fewer + {last};
        assert (|fewer| + 1) * weight == |fewer| * weight + weight;
      } else {
        assert all == fewer;
      }
      assert count * weight == (count - 1) * weight + weight;
    } else {
      assert (set k | first <= k < first && k in liars) == {};
    }
  }

  // Of 3f + 1 sources of equal weight, f may lie in any way: the median stays within what the honest ones report.
  lemma TheMedianStaysWithinHonestReportsForFOf3FPlus1(rs: seq<Report>, f: nat, liars: set<int>, weight: int, low: int, high: int)
    requires |rs| == 3 * f + 1 && InOrder(rs) && weight >= 1 && forall k :: 0 <= k < |rs| ==> rs[k].weight == weight
    requires |set k | 0 <= k < |rs| && k in liars| <= f
    requires forall k :: 0 <= k < |rs| && k !in liars ==> low <= rs[k].price <= high
    ensures Weighted(rs) && low <= MedianPrice(rs) <= high
  {
    EqualWeightsAreCounted(rs, liars, 0, |rs|, weight);
    var lying := |set k | 0 <= k < 0 + |rs| && k in liars|;
    assert (set k | 0 <= k < 0 + |rs| && k in liars) == (set k | 0 <= k < |rs| && k in liars);
    ProductsKeepOrder(lying, f, weight);
    ProductsKeepOrder(2 * f + 1, 3 * f + 1, weight);
    assert (2 * f + 1) * weight == 2 * (f * weight) + weight;
    TheMedianStaysWithinHonestReports(rs, liars, low, high);
  }

  lemma NarrowestIsNoWiderThan(rs: seq<Report>, total: int, first: nat, last: nat, best: int, a: nat, b: nat)
    requires first <= last < |rs| && a <= b < |rs|
    ensures NarrowestFrom(rs, total, first, last, best) <= best
    ensures (first < a || (first == a && last <= b)) && 3 * (Reached(rs, b + 1) - Reached(rs, a)) >= 2 * total
      ==> NarrowestFrom(rs, total, first, last, best) <= rs[b].price - rs[a].price
    decreases |rs| - first, |rs| - last
  {
    var holds := 3 * (Reached(rs, last + 1) - Reached(rs, first)) >= 2 * total;
    var next := if holds then Min(best, rs[last].price - rs[first].price) else best;
    if last + 1 < |rs| { NarrowestIsNoWiderThan(rs, total, first, last + 1, next, a, b); }
    else if first + 1 < |rs| { NarrowestIsNoWiderThan(rs, total, first + 1, first + 1, next, a, b); }
  }

  // Where honest sources have two thirds of the weight, the dispersion is at most theirs: a third of liars cannot widen it.
  lemma TheDispersionIsAtMostThatOfHonestReports(rs: seq<Report>, liars: set<int>, a: nat, b: nat)
    requires Weighted(rs) && InOrder(rs) && a <= b < |rs|
    requires forall k :: 0 <= k < |rs| && k !in liars ==> a <= k <= b
    requires 3 * (Weights(rs) - Lying(rs, liars, 0, |rs|)) >= 2 * Weights(rs)
    ensures Dispersion(rs) <= rs[b].price - rs[a].price
  {
    AllOfThemLie(rs, liars, 0, a);
    LyingSplits(rs, liars, a, b + 1 - a);
    AllOfThemLie(rs, liars, b + 1, |rs| - (b + 1));
    LyingSplits(rs, liars, b + 1, |rs| - (b + 1));
    LyingIsAPart(rs, liars, a, b + 1 - a);
    NarrowestIsNoWiderThan(rs, Weights(rs), 0, 0, rs[|rs| - 1].price - rs[0].price, a, b);
  }

  // A jump waits at least the index's time and at most twenty times as long.
  lemma AJumpWaitsBetweenOneAndTwentyTimes(price: int, last: int, jumpFloor: int, quarantinePpm: int, confirmMs: int)
    requires jumpFloor >= 1 && quarantinePpm >= 1 && confirmMs >= 0
    ensures confirmMs * Million <= WaitNs(price, last, jumpFloor, quarantinePpm, confirmMs) <= confirmMs * (MostTimes * Million)
  {
    var smaller := Min(Magnitude(price, jumpFloor), Magnitude(last, jumpFloor));
    ProductsKeepOrder(1, smaller, quarantinePpm);
    var times := Clamp(DivFloor(Abs(price - last) * Million * Million, smaller * quarantinePpm), Million, MostTimes * Million);
    assert Million <= times <= MostTimes * Million;
    ProductsKeepOrder(Million, times, confirmMs);
    ProductsKeepOrder(times, MostTimes * Million, confirmMs);
    assert times * confirmMs == confirmMs * times;
  }

  // Above the floor, prices are apart where one is more than three times the other: then no time lets one follow the other.
  lemma PricesAreApartBeyondAFactorOfThree(one: int, other: int, jumpFloor: int)
    requires one >= jumpFloor >= 0 && other >= jumpFloor
    ensures AreApart(one, other, jumpFloor) <==> Max(one, other) > 3 * Min(one, other)
  {
    var smaller := Min(one, other);
    OnlyTheFloorFits(smaller * FactorPpm, Million, 2 * smaller);
  }
}
