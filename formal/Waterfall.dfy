// Who pays the deficit of an account that is worth less than nothing, and in which order.
// Document: docs/liquidation.md (stages 4 and 5, The fund's limits). Sources: src/Surety.Engine/Liquidation/Closing.cs,
// src/Surety.Engine/Liquidation/LossSharing.cs, src/Surety.Engine/Liquidation/AutoDeleveraging.cs (ShareOf),
// src/Surety.Engine/Liquidation/InsuranceFund.cs (AvailableAtoms, LimitTicks), src/Surety.Engine/Liquidation/FundCharges.cs.

include "Rounding.dfy"

module Waterfall {
  import opened Rounding

  function Sum(s: seq<int>): int { if |s| == 0 then 0 else s[0] + Sum(s[1..]) }

  // ---- Stage 1: the same person's gains on the other side ----

  // Each pays out of its gain as far as its own maintenance allows, and no more than is still missing.
  function OwnShare(gain: int, beyondMaintenance: int, missing: int): int
  { Clamp(Min(gain, beyondMaintenance), 0, Max(missing, 0)) }

  datatype Own = Own(gain: int, beyondMaintenance: int)

  function OwnPays(own: seq<Own>, missing: int): int
  {
    if |own| == 0 then 0
    else
      var share := OwnShare(own[0].gain, own[0].beyondMaintenance, missing);
      share + OwnPays(own[1..], missing - share)
  }

  // ---- Stage 2: the fund, within its cash fence ----

  const MaxAmountAtoms := 0x80_0000_0000_0000

  // What the fund may still pay today for deficits on an index: a part of all it had today, less what it has paid.
  function AvailableAtoms(cash: int, spent: int, fencePpm: int): int
  { Clamp(PpmFloor(Min(cash + spent, MaxAmountAtoms), fencePpm) - spent, 0, cash) }

  // ---- Stage 3: the gains of those who close the lots ----

  // One who gives lots: how many are taken, and what was gained on them.
  datatype Giver = Giver(lots: int, gain: int)

  function LotsOf(givers: seq<Giver>): int { if |givers| == 0 then 0 else givers[0].lots + LotsOf(givers[1..]) }

  // Of the charge on what is left, the part of these lots; the last pays what is open; never more than the gain.
  function GainShare(charge: int, taken: int, left: int, gain: int): int
    requires left > 0
  { Min(if taken == left then charge else MulDivCeiling(charge, taken, left), Max(gain, 0)) }

  ghost predicate ValidGivers(givers: seq<Giver>) { forall i :: 0 <= i < |givers| ==> givers[i].lots > 0 }

  lemma GiversHaveLots(givers: seq<Giver>)
    requires ValidGivers(givers) && |givers| > 0
    ensures LotsOf(givers) >= givers[0].lots > 0
    ensures |givers| > 1 ==> LotsOf(givers) > givers[0].lots
  { if |givers| > 1 { GiversHaveLots(givers[1..]); } }

  ghost function GainsPay(givers: seq<Giver>, charge: int): int
    requires ValidGivers(givers)
  {
    if |givers| == 0 then 0
    else
      GiversHaveLots(givers);
      var share := if charge == 0 then 0 else GainShare(charge, givers[0].lots, LotsOf(givers), givers[0].gain);
      share + GainsPay(givers[1..], charge - share)
  }

  // ---- Stage 5: everyone, by worth ----

  // What is left over what is left of the worth: the roundings come out even in the end.
  function LossShare(left: int, worth: int, total: int): int
    requires total > 0
  { Min(MulDivCeiling(left, worth, total), Min(left, worth)) }

  // The shares of all, in order; who is worth nothing or less pays nothing.
  function LossShares(left: int, worths: seq<int>, total: int): seq<int>
  {
    if |worths| == 0 then []
    else if worths[0] <= 0 || total <= 0 || left <= 0 then [0] + LossShares(left, worths[1..], total)
    else
      var share := LossShare(left, worths[0], total);
      [share] + LossShares(left - share, worths[1..], total - worths[0])
  }

  function Worth(worths: seq<int>): int { if |worths| == 0 then 0 else Max(worths[0], 0) + Worth(worths[1..]) }

  // ---- All of it ----

  datatype Payments = Payments(own: int, fence: int, gains: int, fund: int, shared: int)

  function Paid(p: Payments): int { p.own + p.fence + p.gains + p.fund + p.shared }

  ghost function Cover(loss: int, own: seq<Own>, cash: int, spent: int, fencePpm: int, givers: seq<Giver>, worths: seq<int>): Payments
    requires ValidGivers(givers)
  {
    var a := OwnPays(own, loss);
    var b := Min(loss - a, AvailableAtoms(cash, spent, fencePpm));
    var c := GainsPay(givers, loss - a - b);
    var d := Min(loss - a - b - c, cash - b);
    var e := Sum(LossShares(Min(loss - a - b - c - d, Worth(worths)), worths, Worth(worths)));
    Payments(a, b, c, d, e)
  }

  // ---- Theorems ----

  lemma OwnGainsPayNoMoreThanIsMissing(own: seq<Own>, missing: int)
    requires missing >= 0
    ensures 0 <= OwnPays(own, missing) <= missing
  {
    if |own| > 0 {
      OwnGainsPayNoMoreThanIsMissing(own[1..], missing - OwnShare(own[0].gain, own[0].beyondMaintenance, missing));
    }
  }

  // An account that pays for another of its owner keeps its own maintenance margin.
  lemma WhoPaysForItsOwnerKeepsItsMaintenance(gain: int, equity: int, maintenance: int, missing: int)
    ensures equity >= maintenance ==> equity - OwnShare(gain, equity - maintenance, missing) >= maintenance
    ensures equity < maintenance ==> OwnShare(gain, equity - maintenance, missing) == 0
  {
  }

  // The fence never lets the fund pay more than it has, nor more in a day than its part of what it had that day.
  lemma TheFenceBoundsADay(cash: int, spent: int, fencePpm: int)
    requires cash >= 0 && spent >= 0 && 0 <= fencePpm <= Million
    ensures 0 <= AvailableAtoms(cash, spent, fencePpm) <= cash
    ensures spent + AvailableAtoms(cash, spent, fencePpm) <= Max(spent, PpmFloor(cash + spent, fencePpm))
  {
    ProductsKeepOrder(Min(cash + spent, MaxAmountAtoms), cash + spent, fencePpm);
    FloorsKeepOrder(Min(cash + spent, MaxAmountAtoms) * fencePpm, (cash + spent) * fencePpm, Million);
  }

  // Gains pay no more than the charge, each no more than it gained; what is left open, the last who gave had no gain for.
  lemma GainsPayNoMoreThanTheCharge(givers: seq<Giver>, charge: int)
    requires ValidGivers(givers) && charge >= 0
    ensures 0 <= GainsPay(givers, charge) <= charge
  {
    if |givers| > 0 {
      GiversHaveLots(givers);
      var left := LotsOf(givers);
      var g := givers[0];
      if charge > 0 {
        APartOfAChargeIsAtMostTheCharge(charge, g.lots, left);
        GainsPayNoMoreThanTheCharge(givers[1..], charge - GainShare(charge, g.lots, left, g.gain));
      } else {
        GainsPayNoMoreThanTheCharge(givers[1..], 0);
      }
    }
  }

  lemma APartOfAChargeIsAtMostTheCharge(charge: int, taken: int, left: int)
    requires charge >= 0 && 0 < taken <= left
    ensures 0 <= MulDivCeiling(charge, taken, left) <= charge
  {
    ProductsKeepOrder(0, charge, taken);
    ProductsKeepOrder(taken, left, charge);
    assert taken * charge == charge * taken && left * charge == charge * left;
    CeilingsKeepOrder(0, charge * taken, left);
    CeilingsKeepOrder(charge * taken, charge * left, left);
    assert (-charge) * left == -(charge * left);
    OnlyTheFloorFits(-(charge * left), left, -charge);
    assert 0 / left == 0;
  }

  // Where everyone has gained as much as the charge on what is left, nothing of it stays open.
  lemma GainsThatSufficePayAll(givers: seq<Giver>, charge: int)
    requires ValidGivers(givers) && |givers| > 0 && charge >= 0
    requires forall i :: 0 <= i < |givers| ==> givers[i].gain >= charge
    ensures GainsPay(givers, charge) == charge
  {
    GiversHaveLots(givers);
    var left := LotsOf(givers);
    var g := givers[0];
    if |givers| == 1 {
      assert LotsOf(givers) == g.lots;
      assert givers[1..] == [];
    } else {
      if charge > 0 { APartOfAChargeIsAtMostTheCharge(charge, g.lots, left); }
      var share := if charge == 0 then 0 else GainShare(charge, g.lots, left, g.gain);
      GainsThatSufficePayAll(givers[1..], charge - share);
    }
  }

  lemma WorthIsNeverNegative(worths: seq<int>)
    ensures Worth(worths) >= 0
  {
  }

  // A share is no more than the worth, and leaves no more of the loss than there is worth left for it.
  lemma AShareLeavesNoMoreThanTheRestCanPay(left: int, worth: int, total: int)
    requires 0 < left <= total && 0 < worth <= total
    ensures var share := LossShare(left, worth, total);
      0 < share <= worth && share <= left && left - share <= total - worth && share * total >= left * worth
  {
    var product := left * worth;
    ProductsKeepOrder(left, total, worth);
    assert total * worth == worth * total;
    ProductsKeepOrder(1, left, worth);
    ACeilingAddsLessThanOne(product, total);
    var c := MulDivCeiling(left, worth, total);
    CeilingsKeepOrder(product, worth * total, total);
    assert (-worth) * total == -(worth * total);
    OnlyTheFloorFits(-(worth * total), total, -worth);
    assert c <= worth;
    if c <= 0 { ProductsKeepOrder(c, 0, total); }
    assert c <= left by {
      ProductsKeepOrder(worth, total, left);
      assert worth * left == product && total * left == left * total;
      CeilingsKeepOrder(product, left * total, total);
      assert (-left) * total == -(left * total);
      OnlyTheFloorFits(-(left * total), total, -left);
    }
    // left − c ≤ left · (total − worth) / total ≤ total − worth.
    assert (left - c) * total == left * total - c * total;
    assert left * total - left * worth == left * (total - worth);
    ProductsKeepOrder(left, total, total - worth);
    assert (left - c) * total <= total * (total - worth);
    if left - c > total - worth {
      ProductsKeepOrder(total - worth + 1, left - c, total);
      assert (total - worth + 1) * total == total * (total - worth) + total;
    }
  }

  // The shares of a loss add up to it exactly, and no one shares more than it is worth, however the worth is spread.
  lemma SharesAddUpToTheLossAndNoneExceedsItsWorth(left: int, worths: seq<int>)
    requires 0 <= left <= Worth(worths)
    ensures |LossShares(left, worths, Worth(worths))| == |worths|
    ensures Sum(LossShares(left, worths, Worth(worths))) == left
    ensures forall i :: 0 <= i < |worths| ==> 0 <= LossShares(left, worths, Worth(worths))[i] <= Max(worths[i], 0)
  {
    if |worths| > 0 {
      var total := Worth(worths);
      WorthIsNeverNegative(worths[1..]);
      if worths[0] <= 0 || total <= 0 || left <= 0 {
        if worths[0] <= 0 {
          SharesAddUpToTheLossAndNoneExceedsItsWorth(left, worths[1..]);
        } else {
          NothingIsShared(worths[1..], total);
          SharesOfNothing(left, worths, total);
        }
      } else {
        AShareLeavesNoMoreThanTheRestCanPay(left, worths[0], total);
        SharesAddUpToTheLossAndNoneExceedsItsWorth(left - LossShare(left, worths[0], total), worths[1..]);
      }
    }
  }

  lemma NothingIsShared(worths: seq<int>, total: int)
    ensures |LossShares(0, worths, total)| == |worths| && Sum(LossShares(0, worths, total)) == 0
    ensures forall i :: 0 <= i < |worths| ==> LossShares(0, worths, total)[i] == 0
  {
    if |worths| > 0 { NothingIsShared(worths[1..], total); assert LossShares(0, worths, total)[1..] == LossShares(0, worths[1..], total); }
  }

  lemma SharesOfNothing(left: int, worths: seq<int>, total: int)
    requires |worths| > 0 && worths[0] > 0 && left == 0
    ensures LossShares(left, worths, total) == [0] + LossShares(0, worths[1..], total)
  {
  }

  // No one pays more than its part of the whole loss, rounded up: paying after others is no disadvantage.
  lemma NoneSharesMoreThanItsPartRoundedUp(left: int, worths: seq<int>, total: int, loss: int, whole: int)
    requires 0 <= left <= total == Worth(worths) && 0 < whole && 0 <= loss <= whole && left * whole <= loss * total
    ensures |LossShares(left, worths, total)| == |worths|
    ensures forall i :: 0 <= i < |worths| ==> LossShares(left, worths, total)[i] <= MulDivCeiling(loss, Max(worths[i], 0), whole)
  {
    SharesAddUpToTheLossAndNoneExceedsItsWorth(left, worths);
    if |worths| > 0 {
      var w := worths[0];
      var rest := worths[1..];
      WorthIsNeverNegative(rest);
      ProductsKeepOrder(0, loss, Max(w, 0));
      CeilingsKeepOrder(0, loss * Max(w, 0), whole);
      assert 0 / whole == 0;
      if w <= 0 {
        NoneSharesMoreThanItsPartRoundedUp(left, rest, total, loss, whole);
      } else if left == 0 {
        NothingIsShared(rest, total);
        EachPartIsNotNegative(rest, loss, whole);
      } else {
        var share := LossShare(left, w, total);
        AShareLeavesNoMoreThanTheRestCanPay(left, w, total);
        ARatioThatIsLowerGivesNoMore(left, total, loss, whole, w);
        assert (left - share) * whole <= loss * (total - w) by { WhatIsLeftKeepsTheRatio(left, total, loss, whole, w, share); }
        NoneSharesMoreThanItsPartRoundedUp(left - share, rest, total - w, loss, whole);
      }
    }
  }

  lemma EachPartIsNotNegative(worths: seq<int>, loss: int, whole: int)
    requires loss >= 0 && whole > 0
    ensures forall i :: 0 <= i < |worths| ==> MulDivCeiling(loss, Max(worths[i], 0), whole) >= 0
  {
    forall i | 0 <= i < |worths| ensures MulDivCeiling(loss, Max(worths[i], 0), whole) >= 0 {
      ProductsKeepOrder(0, loss, Max(worths[i], 0));
      CeilingsKeepOrder(0, loss * Max(worths[i], 0), whole);
      assert 0 / whole == 0;
    }
  }

  // left / total ≤ loss / whole, so a part by the first ratio is no more than by the second.
  lemma ARatioThatIsLowerGivesNoMore(left: int, total: int, loss: int, whole: int, w: int)
    requires total > 0 && whole > 0 && w > 0 && left >= 0 && loss >= 0 && left * whole <= loss * total
    ensures MulDivCeiling(left, w, total) <= MulDivCeiling(loss, w, whole)
  {
    var c := MulDivCeiling(left, w, total);
    var d := MulDivCeiling(loss, w, whole);
    ACeilingAddsLessThanOne(left * w, total);
    ACeilingAddsLessThanOne(loss * w, whole);
    if c > d {
      // (c − 1) · total < left · w, so d · total < left · w; and loss · w ≤ d · whole.
      ProductsKeepOrder(d, c - 1, total);
      assert (c - 1) * total == c * total - total;
      assert d * total < left * w;
      ProductsKeepOrder(loss * w, d * whole, total);
      ProductsKeepOrder(left * whole, loss * total, w);
      assert left * whole * w == left * w * whole && loss * total * w == loss * w * total;
      ProductsKeepOrder(d * total + 1, left * w, whole);
      assert (d * total + 1) * whole == d * whole * total + whole;
    }
  }

  lemma WhatIsLeftKeepsTheRatio(left: int, total: int, loss: int, whole: int, w: int, share: int)
    requires total > 0 && whole > 0 && 0 < w <= total && left * whole <= loss * total && share * total >= left * w && left >= share
    ensures (left - share) * whole <= loss * (total - w)
  {
    // (left − share) · total ≤ left · (total − w).
    assert (left - share) * total == left * total - share * total;
    assert left * (total - w) == left * total - left * w;
    ProductsKeepOrder((left - share) * total, left * (total - w), whole);
    ProductsKeepOrder(left * whole, loss * total, total - w);
    assert left * (total - w) * whole == left * whole * (total - w);
    assert (left - share) * total * whole == (left - share) * whole * total;
    assert loss * total * (total - w) == loss * (total - w) * total;
    if (left - share) * whole > loss * (total - w) {
      ProductsKeepOrder(loss * (total - w) + 1, (left - share) * whole, total);
      assert (loss * (total - w) + 1) * total == loss * (total - w) * total + total;
    }
  }

  // The waterfall pays exactly the loss; where it cannot, all that the pool is worth has been shared.
  lemma TheWaterfallCoversExactlyTheLoss(
    loss: int, own: seq<Own>, cash: int, spent: int, fencePpm: int, givers: seq<Giver>, worths: seq<int>)
    requires loss >= 0 && cash >= 0 && spent >= 0 && 0 <= fencePpm <= Million && ValidGivers(givers)
    ensures var p := Cover(loss, own, cash, spent, fencePpm, givers, worths);
      p.own >= 0 && p.fence >= 0 && p.gains >= 0 && p.fund >= 0 && p.shared >= 0 && Paid(p) <= loss &&
      p.fence + p.fund <= cash && (Paid(p) == loss || p.shared == Worth(worths))
  {
    OwnGainsPayNoMoreThanIsMissing(own, loss);
    TheFenceBoundsADay(cash, spent, fencePpm);
    var p := Cover(loss, own, cash, spent, fencePpm, givers, worths);
    GainsPayNoMoreThanTheCharge(givers, loss - p.own - p.fence);
    WorthIsNeverNegative(worths);
    SharesAddUpToTheLossAndNoneExceedsItsWorth(Min(loss - p.own - p.fence - p.gains - p.fund, Worth(worths)), worths);
  }

  // The declared order: each stage pays only where those before it have left something open.
  lemma EachStagePaysOnlyWhatTheOnesBeforeLeftOpen(
    loss: int, own: seq<Own>, cash: int, spent: int, fencePpm: int, givers: seq<Giver>, worths: seq<int>)
    requires loss >= 0 && cash >= 0 && spent >= 0 && 0 <= fencePpm <= Million && ValidGivers(givers)
    ensures var p := Cover(loss, own, cash, spent, fencePpm, givers, worths);
      (p.fence > 0 ==> p.own < loss) &&
      (p.gains > 0 ==> p.fence == AvailableAtoms(cash, spent, fencePpm)) &&
      (p.fund > 0 ==> p.gains < loss - p.own - p.fence) &&
      (p.shared > 0 ==> p.fence + p.fund == cash)
  {
    TheWaterfallCoversExactlyTheLoss(loss, own, cash, spent, fencePpm, givers, worths);
    OwnGainsPayNoMoreThanIsMissing(own, loss);
    TheFenceBoundsADay(cash, spent, fencePpm);
    var p := Cover(loss, own, cash, spent, fencePpm, givers, worths);
    GainsPayNoMoreThanTheCharge(givers, loss - p.own - p.fence);
    WorthIsNeverNegative(worths);
    SharesAddUpToTheLossAndNoneExceedsItsWorth(Min(loss - p.own - p.fence - p.gains - p.fund, Worth(worths)), worths);
  }

  // ---- The fund gives up no more than it was charged ----

  datatype Holding = Holding(units: int, charge: int)

  // What was charged for the units that are still held.
  function HeldCharge(h: Holding, held: int): int
  {
    if held == 0 || Sign(held) != Sign(h.units) || h.units == 0 then 0
    else MulDivFloor(h.charge, Min(Abs(held), Abs(h.units)), Abs(h.units))
  }

  function Took(h: Holding, before: int, after: int, charge: int): Holding
  {
    var grows := Sign(before) == Sign(after) && Abs(after) > Abs(before);
    var turns := Sign(before) != Sign(after);
    var kept := if turns then 0 else MulDivFloor(HeldCharge(h, before), Min(Abs(after), Abs(before)), Max(Abs(before), 1));
    var added :=
      if grows then charge
      else if turns && after != 0 && after != before then MulDivFloor(charge, Abs(after), Abs(after - before)) else 0;
    Holding(after, kept + added)
  }

  lemma APartIsAtMostTheWhole(whole: int, some: int, all: int)
    requires whole >= 0 && 0 <= some <= all && all > 0
    ensures 0 <= MulDivFloor(whole, some, all) <= whole
  {
    ProductsKeepOrder(0, whole, some);
    ProductsKeepOrder(some, all, whole);
    assert some * whole == whole * some && all * whole == whole * all;
    FloorsKeepOrder(0, whole * some, all);
    FloorsKeepOrder(whole * some, whole * all, all);
    OnlyTheFloorFits(whole * all, all, whole);
    assert 0 / all == 0;
  }

  // What the fund counts as charged for what it holds never exceeds what it was charged.
  lemma TheFundKeepsNoMoreChargesThanItWasPaid(h: Holding, before: int, after: int, charge: int)
    requires h.charge >= 0 && charge >= 0
    ensures 0 <= HeldCharge(h, before) <= h.charge
    ensures 0 <= Took(h, before, after, charge).charge <= h.charge + charge
  {
    if before != 0 && Sign(before) == Sign(h.units) && h.units != 0 {
      APartIsAtMostTheWhole(h.charge, Min(Abs(before), Abs(h.units)), Abs(h.units));
    }
    var c := HeldCharge(h, before);
    APartIsAtMostTheWhole(c, Min(Abs(after), Abs(before)), Max(Abs(before), 1));
    if Sign(before) != Sign(after) && after != 0 {
      APartIsAtMostTheWhole(charge, Abs(after), Abs(after - before));
    }
  }

  // When it unwinds it sells no further from mark than its budget for these lots: all of it costs no more than the budget.
  lemma UnwindingCostsNoMoreThanItsBudget(budget: int, lots: int, atoms: int, widest: int)
    requires budget >= 0 && lots >= 1 && atoms >= 1 && widest >= 0
    ensures var distance := Min(DivFloor(budget, lots * atoms), widest);
      lots * atoms >= 1 && distance * (lots * atoms) <= budget
  {
    ProductsKeepOrder(1, lots, atoms);
    var d := lots * atoms;
    AFloorLosesLessThanOne(budget, d);
    ProductsKeepOrder(Min(DivFloor(budget, d), widest), DivFloor(budget, d), d);
  }
}
