// Who is looked at after a price, and why no account below maintenance is missed.
// Document: docs/enforcement.md. Sources: src/Surety.Engine/Liquidation/BandPlacement.cs, src/Surety.Engine/Indexes/SafetyBands.cs.
//
// A band is made while a unit is safe. It ends at a whole tick of the market's driver. The theorem says: while no band of a unit has
// been left and nothing touched its account, the unit is not below maintenance. It holds where the slack is at least the reserve; the
// last lemma of this file is a unit, below that, which the bands miss.

include "Rounding.dfy"
include "Margin.dfy"

module Enforcement {
  import opened Rounding
  import opened Margin

  // Prices and ledger of one market at one moment.
  datatype Moment = Moment(markTicks: int, fundingIndex: int)

  // What all bands of a market are made for: its ledger at the reference, and how far it may run before all is made again.
  datatype Reference = Reference(fundingIndex: int, allowanceAtoms: int)

  datatype Holding = Holding(lots: int, costAtoms: int, entryFundingIndex: int)

  // What a long lot has gained since the reference, and the same in whole ticks, rounded down: what bands are compared with.
  function GainedAtoms(t: Terms, r: Reference, m: Moment): int
  { m.markTicks * t.atomsPerTickLot - (m.fundingIndex - r.fundingIndex) }

  function Driver(t: Terms, r: Reference, m: Moment): int
    requires t.atomsPerTickLot > 0
  { m.markTicks + DivFloor(r.fundingIndex - m.fundingIndex, t.atomsPerTickLot) }

  // The most that maintenance of a perpetual or future changes by with the mark: the highest tier's rate.
  function SteepnessPpm(t: Terms): int
    requires |t.maintenance| >= 1
  { t.maintenance[|t.maintenance| - 1].ppm }

  // What maintenance can do by itself: with the ledger, from one end of its allowance to the other, and by roundings.
  function ReserveOf(t: Terms, r: Reference, lots: int): int
    requires |t.maintenance| >= 1
  { DivCeiling(2 * Abs(lots) * r.allowanceAtoms * SteepnessPpm(t), Million) + |t.maintenance| + 2 }

  // A position's part of the slack, by notional.
  function ShareOf(t: Terms, markTicks: int, lots: int, slack: int, sizes: int): int
    requires sizes > 0
  { MulDivFloor(slack, NotionalAtoms(t, markTicks, lots), sizes) }

  // What a lot may lose: its share, less what maintenance may rise by on the way.
  function PerLot(t: Terms, lots: int, share: int): int
    requires |t.maintenance| >= 1 && lots != 0 && SteepnessPpm(t) >= 0
  {
    ProductIsPositive(Abs(lots), Million + SteepnessPpm(t));
    DivFloor(share * Million, Abs(lots) * (Million + SteepnessPpm(t)))
  }

  // Where the band ends, whole ticks of the driver: below it for a long, above it for a short.
  function EndTicks(t: Terms, gained: int, perLot: int, isLong: bool): int
    requires t.atomsPerTickLot > 0
  {
    if isLong then DivCeiling(gained - perLot, t.atomsPerTickLot)
    else DivFloor(gained + perLot, t.atomsPerTickLot) - 1
  }

  predicate Holds(driver: int, end: int, isLong: bool) { if isLong then driver >= end else driver <= end }

  function MaintenanceOf(t: Terms, m: Moment, h: Holding): int
    requires |t.maintenance| >= 1
  { MaintenanceAtoms(t, NotionalAtoms(t, m.markTicks, h.lots)) }

  function ProfitOf(t: Terms, m: Moment, h: Holding): int
  { UnrealisedAtoms(t, m.markTicks, m.fundingIndex, h.lots, h.costAtoms, h.entryFundingIndex) }

  lemma ProductIsPositive(a: int, b: int)
    requires a > 0 && b > 0
    ensures a * b > 0
  {
  }

  // While a band is not left, a lot has lost no more than what the band allows it.
  lemma WithinItsBandALotLosesNoMoreThanItsPart(t: Terms, r: Reference, was: Moment, now: Moment, perLot: int, isLong: bool)
    requires t.atomsPerTickLot > 0
    requires Holds(Driver(t, r, now), EndTicks(t, GainedAtoms(t, r, was), perLot, isLong), isLong)
    ensures isLong ==> GainedAtoms(t, r, now) >= GainedAtoms(t, r, was) - perLot
    ensures !isLong ==> GainedAtoms(t, r, now) <= GainedAtoms(t, r, was) + perLot
  {
    var a := t.atomsPerTickLot;
    var x0 := GainedAtoms(t, r, was);
    var x1 := GainedAtoms(t, r, now);
    var driver := Driver(t, r, now);
    var ledger := r.fundingIndex - now.fundingIndex;
    AFloorLosesLessThanOne(ledger, a);
    assert driver * a == now.markTicks * a + DivFloor(ledger, a) * a;
    assert driver * a <= x1 < driver * a + a;
    var end := EndTicks(t, x0, perLot, isLong);
    if isLong {
      ACeilingAddsLessThanOne(x0 - perLot, a);
      ProductsKeepOrder(end, driver, a);
    } else {
      AFloorLosesLessThanOne(x0 + perLot, a);
      ProductsKeepOrder(driver + 1, end + 1, a);
      assert (driver + 1) * a == driver * a + a;
    }
  }

  // Notional follows the mark no faster than lots times atoms a tick-lot.
  lemma NotionalFollowsTheMark(t: Terms, a: int, b: int, lots: int)
    requires ValidTerms(t)
    ensures 0 <= NotionalAtoms(t, a, lots) && 0 <= NotionalAtoms(t, b, lots)
    ensures NotionalAtoms(t, b, lots) - NotionalAtoms(t, a, lots) <= Abs(lots) * (Abs(b - a) * t.atomsPerTickLot)
  {
    var pa := Max(Abs(a), t.marginFloorTicks);
    var pb := Max(Abs(b), t.marginFloorTicks);
    var unit := Abs(lots) * t.atomsPerTickLot;
    ProductsKeepOrder(0, Abs(lots), t.atomsPerTickLot);
    assert unit >= 0;
    assert NotionalAtoms(t, a, lots) == pa * unit by { assert Abs(lots) * pa * t.atomsPerTickLot == pa * unit; }
    assert NotionalAtoms(t, b, lots) == pb * unit by { assert Abs(lots) * pb * t.atomsPerTickLot == pb * unit; }
    assert pb - pa <= Abs(b - a);
    ProductsKeepOrder(0, pa, unit);
    ProductsKeepOrder(0, pb, unit);
    ProductsKeepOrder(pb - pa, Abs(b - a), unit);
    assert (pb - pa) * unit == pb * unit - pa * unit;
    assert Abs(b - a) * unit == Abs(lots) * (Abs(b - a) * t.atomsPerTickLot);
  }

  // Maintenance of a position rises by no more than the highest rate of what its lots moved by, mark and ledger together.
  lemma MaintenanceRisesNoFasterThanTheDriverAndTheLedger(t: Terms, r: Reference, was: Moment, now: Moment, h: Holding)
    requires ValidTerms(t)
    ensures Million * (MaintenanceOf(t, now, h) - MaintenanceOf(t, was, h))
      <= SteepnessPpm(t) * (Abs(h.lots) * (Abs(GainedAtoms(t, r, now) - GainedAtoms(t, r, was)) + Abs(now.fundingIndex - was.fundingIndex)))
         + |t.maintenance| * Million
  {
    var a := NotionalAtoms(t, was.markTicks, h.lots);
    var b := NotionalAtoms(t, now.markTicks, h.lots);
    var rate := SteepnessPpm(t);
    RatesDoNotFall(t.maintenance, 0, |t.maintenance| - 1);
    NotionalFollowsTheMark(t, was.markTicks, now.markTicks, h.lots);
    var moved := Abs(GainedAtoms(t, r, now) - GainedAtoms(t, r, was)) + Abs(now.fundingIndex - was.fundingIndex);
    var ticks := Abs(now.markTicks - was.markTicks);
    assert ticks * t.atomsPerTickLot == Abs((now.markTicks - was.markTicks) * t.atomsPerTickLot) by {
      if now.markTicks < was.markTicks {
        ProductsKeepOrder(now.markTicks - was.markTicks, 0, t.atomsPerTickLot);
        assert -((now.markTicks - was.markTicks) * t.atomsPerTickLot) == ticks * t.atomsPerTickLot;
      } else {
        ProductsKeepOrder(0, now.markTicks - was.markTicks, t.atomsPerTickLot);
      }
    }
    assert (now.markTicks - was.markTicks) * t.atomsPerTickLot == now.markTicks * t.atomsPerTickLot - was.markTicks * t.atomsPerTickLot;
    assert ticks * t.atomsPerTickLot <= moved;
    Scaled(ticks * t.atomsPerTickLot, moved, Abs(h.lots));
    var most := Abs(h.lots) * moved;
    Scaled(0, moved, Abs(h.lots));
    if b >= a {
      MarginRisesNoFasterThanTheHighestRate(t.maintenance, a, b);
      Scaled(b - a, most, rate);
    } else {
      MarginNeverFallsWithNotional(t.maintenance, b, a);
      Scaled(0, most, rate);
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

  // The heart of the argument: while its band is not left, a position takes from the slack no more than its share and its reserve.
  lemma {:isolate_assertions} APositionWithinItsBandTakesNoMoreThanItsShareAndReserve(
    t: Terms, r: Reference, was: Moment, now: Moment, h: Holding, share: int, perLot: int)
    requires ValidTerms(t) && h.lots != 0 && r.allowanceAtoms >= 0
    requires perLot >= 0 && Abs(h.lots) * perLot * (Million + SteepnessPpm(t)) <= share * Million
    requires Abs(was.fundingIndex - r.fundingIndex) <= r.allowanceAtoms && Abs(now.fundingIndex - r.fundingIndex) <= r.allowanceAtoms
    requires Holds(Driver(t, r, now), EndTicks(t, GainedAtoms(t, r, was), perLot, h.lots > 0), h.lots > 0)
    ensures (ProfitOf(t, now, h) - MaintenanceOf(t, now, h)) - (ProfitOf(t, was, h) - MaintenanceOf(t, was, h))
      >= -share - ReserveOf(t, r, h.lots)
  {
    var rate := SteepnessPpm(t);
    RatesDoNotFall(t.maintenance, |t.maintenance| - 1, |t.maintenance| - 1);
    var n := Abs(h.lots);
    var dx := GainedAtoms(t, r, now) - GainedAtoms(t, r, was);
    var df := Abs(now.fundingIndex - was.fundingIndex);
    var gain := if h.lots > 0 then dx else -dx;
    WithinItsBandALotLosesNoMoreThanItsPart(t, r, was, now, perLot, h.lots > 0);
    var grown := MaintenanceOf(t, now, h) - MaintenanceOf(t, was, h);
    assert Million * grown <= rate * (n * (Abs(dx) + df)) + |t.maintenance| * Million by {
      MaintenanceRisesNoFasterThanTheDriverAndTheLedger(t, r, was, now, h);
    }
    assert ProfitOf(t, now, h) - ProfitOf(t, was, h) == n * gain by {
      EquityFollowsTheDriver(t, r, was, now, h);
      if h.lots < 0 { assert h.lots * dx == (-h.lots) * (-dx); }
    }
    var reserve := ReserveOf(t, r, h.lots);
    TheReserveHoldsTheLedgerAndTheRoundings(t, r, h.lots, df);
    var ledger := rate * (n * df) + |t.maintenance| * Million;
    assert rate * (n * (Abs(dx) + df)) == rate * (n * Abs(gain)) + rate * (n * df) by { Distributes(rate, n, Abs(dx), df); }
    WhatIsGainedOutweighsWhatMaintenanceRisesBy(n, gain, perLot, rate, share, reserve, grown, ledger);
  }

  lemma Distributes(rate: int, n: int, a: int, b: int)
    ensures rate * (n * (a + b)) == rate * (n * a) + rate * (n * b)
  {
    assert n * (a + b) == n * a + n * b;
  }

  // The reserve holds what the ledger can do between two looks, from one end of its allowance to the other, and an atom a tier.
  lemma TheReserveHoldsTheLedgerAndTheRoundings(t: Terms, r: Reference, lots: int, moved: int)
    requires ValidTerms(t) && 0 <= moved <= 2 * r.allowanceAtoms
    ensures SteepnessPpm(t) * (Abs(lots) * moved) + |t.maintenance| * Million <= Million * ReserveOf(t, r, lots)
  {
    var rate := SteepnessPpm(t);
    var n := Abs(lots);
    RatesDoNotFall(t.maintenance, |t.maintenance| - 1, |t.maintenance| - 1);
    Scaled(moved, 2 * r.allowanceAtoms, n);
    Scaled(n * moved, n * (2 * r.allowanceAtoms), rate);
    var whole := 2 * n * r.allowanceAtoms * rate;
    ACeilingAddsLessThanOne(whole, Million);
    assert whole == rate * (n * (2 * r.allowanceAtoms)) by {
      assert n * (2 * r.allowanceAtoms) == 2 * n * r.allowanceAtoms;
    }
  }

  // In numbers alone: a favourable move gains more than maintenance rises by, an adverse one costs what the band was made for.
  lemma WhatIsGainedOutweighsWhatMaintenanceRisesBy(
    n: int, gain: int, perLot: int, rate: int, share: int, reserve: int, grown: int, ledger: int)
    requires n > 0 && perLot >= 0 && gain >= -perLot && 0 <= rate <= Million
    requires n * perLot * (Million + rate) <= share * Million
    requires ledger <= Million * reserve
    requires Million * grown <= rate * (n * Abs(gain)) + ledger
    ensures n * gain - grown >= -share - reserve
  {
    var nGain := n * Abs(gain);
    Scaled(0, Abs(gain), n);
    if gain >= 0 {
      ProductsKeepOrder(rate, Million, nGain);
      assert Million * (nGain - grown) >= -(Million * reserve);
      ShareCoversSomething(n, perLot, rate, share);
    } else {
      assert n * gain == -nGain;
      Scaled(-gain, perLot, n);
      ProductsKeepOrder(nGain, n * perLot, Million + rate);
      assert nGain * (Million + rate) == Million * nGain + rate * nGain;
      assert Million * (-nGain - grown) >= -(share * Million) - Million * reserve;
    }
  }

  lemma ShareCoversSomething(n: int, perLot: int, rate: int, share: int)
    requires n >= 0 && perLot >= 0 && rate >= 0 && n * perLot * (Million + rate) <= share * Million
    ensures share >= 0
  {
    Scaled(0, perLot, n);
    ProductsKeepOrder(0, n * perLot, Million + rate);
  }

  lemma EquityFollowsTheDriver(t: Terms, r: Reference, was: Moment, now: Moment, h: Holding)
    ensures ProfitOf(t, now, h) - ProfitOf(t, was, h) == h.lots * (GainedAtoms(t, r, now) - GainedAtoms(t, r, was))
  {
    var l := h.lots;
    assert l * now.markTicks * t.atomsPerTickLot == l * (now.markTicks * t.atomsPerTickLot);
    assert l * was.markTicks * t.atomsPerTickLot == l * (was.markTicks * t.atomsPerTickLot);
    var xa := now.markTicks * t.atomsPerTickLot;
    var xb := was.markTicks * t.atomsPerTickLot;
    assert l * (now.fundingIndex - h.entryFundingIndex) == l * now.fundingIndex - l * h.entryFundingIndex;
    assert l * (was.fundingIndex - h.entryFundingIndex) == l * was.fundingIndex - l * h.entryFundingIndex;
    assert GainedAtoms(t, r, now) - GainedAtoms(t, r, was) == xa - xb - now.fundingIndex + was.fundingIndex;
    assert l * (xa - xb - now.fundingIndex + was.fundingIndex) == l * xa - l * xb - l * now.fundingIndex + l * was.fundingIndex;
  }

  // ---- The unit ----

  // One position of a unit: its market's terms and reference, its lots, and the moment its band was made.
  datatype Part = Part(terms: Terms, reference: Reference, holding: Holding, made: Moment)

  ghost predicate ValidPart(p: Part)
  {
    ValidTerms(p.terms) && |p.terms.maintenance| >= 1 && p.holding.lots != 0 && p.reference.allowanceAtoms >= 0 &&
    Abs(p.made.fundingIndex - p.reference.fundingIndex) <= p.reference.allowanceAtoms
  }

  function SizeOf(p: Part): int { NotionalAtoms(p.terms, p.made.markTicks, p.holding.lots) }

  ghost predicate AllValid(parts: seq<Part>) { forall i :: 0 <= i < |parts| ==> ValidPart(parts[i]) }

  function Sizes(parts: seq<Part>): int { if |parts| == 0 then 0 else SizeOf(parts[0]) + Sizes(parts[1..]) }

  ghost function Reserves(parts: seq<Part>): int
    requires AllValid(parts)
  { if |parts| == 0 then 0 else ReserveOf(parts[0].terms, parts[0].reference, parts[0].holding.lots) + Reserves(parts[1..]) }

  // Profit less maintenance of all positions, at one moment for each.
  ghost function SafetyOf(parts: seq<Part>, at: seq<Moment>): int
    requires |at| == |parts| && AllValid(parts)
  {
    if |parts| == 0 then 0
    else ProfitOf(parts[0].terms, at[0], parts[0].holding) - MaintenanceOf(parts[0].terms, at[0], parts[0].holding)
         + SafetyOf(parts[1..], at[1..])
  }

  function MadeAt(parts: seq<Part>): seq<Moment> { seq(|parts|, i requires 0 <= i < |parts| => parts[i].made) }

  // The band that placement gives a part, of so much slack after reserves and so large a sum of sizes.
  function BandEnd(p: Part, slack: int, sizes: int): int
    requires p.terms.atomsPerTickLot > 0 && |p.terms.maintenance| >= 1 && p.holding.lots != 0 && sizes > 0 && SteepnessPpm(p.terms) >= 0
  {
    var share := ShareOf(p.terms, p.made.markTicks, p.holding.lots, slack, sizes);
    EndTicks(p.terms, GainedAtoms(p.terms, p.reference, p.made), PerLot(p.terms, p.holding.lots, share), p.holding.lots > 0)
  }

  ghost predicate NoBandIsLeft(parts: seq<Part>, now: seq<Moment>, slack: int, sizes: int)
    requires |now| == |parts| && AllValid(parts) && sizes > 0
  {
    forall i :: 0 <= i < |parts| ==>
      var p := parts[i];
      RatesAreParts(p);
      Abs(now[i].fundingIndex - p.reference.fundingIndex) <= p.reference.allowanceAtoms &&
      Holds(Driver(p.terms, p.reference, now[i]), BandEnd(p, slack, sizes), p.holding.lots > 0)
  }

  lemma RatesAreParts(p: Part)
    requires ValidPart(p)
    ensures 0 <= SteepnessPpm(p.terms) <= Million
  { RatesDoNotFall(p.terms.maintenance, |p.terms.maintenance| - 1, |p.terms.maintenance| - 1); }

  lemma APartHasSize(p: Part)
    requires ValidPart(p)
    ensures SizeOf(p) > 0
  {
    var price := Max(Abs(p.made.markTicks), p.terms.marginFloorTicks);
    ProductIsPositive(Abs(p.holding.lots), price);
    ProductIsPositive(Abs(p.holding.lots) * price, p.terms.atomsPerTickLot);
  }

  lemma ALotsPartFitsItsShare(t: Terms, lots: int, share: int)
    requires ValidTerms(t) && lots != 0 && share >= 0 && SteepnessPpm(t) >= 0
    ensures PerLot(t, lots, share) >= 0
    ensures Abs(lots) * PerLot(t, lots, share) * (Million + SteepnessPpm(t)) <= share * Million
  {
    var d := Abs(lots) * (Million + SteepnessPpm(t));
    ProductIsPositive(Abs(lots), Million + SteepnessPpm(t));
    AFloorLosesLessThanOne(share * Million, d);
    var p := PerLot(t, lots, share);
    assert p * d == Abs(lots) * p * (Million + SteepnessPpm(t));
    FloorsKeepOrder(0, share * Million, d);
    assert 0 / d == 0;
  }

  // All positions of a unit together take no more than the slack and the reserves, while no band is left.
  lemma PartsTakeNoMoreThanSlackAndReserves(parts: seq<Part>, now: seq<Moment>, slack: int, sizes: int)
    requires |now| == |parts| && AllValid(parts) && sizes > 0 && slack >= 0
    requires NoBandIsLeft(parts, now, slack, sizes)
    ensures sizes * (SafetyOf(parts, now) - SafetyOf(parts, MadeAt(parts)) + Reserves(parts)) >= -(slack * Sizes(parts))
  {
    if |parts| == 0 {
      assert sizes * 0 == 0;
    } else {
      var p := parts[0];
      RatesAreParts(p);
      APartHasSize(p);
      var share := ShareOf(p.terms, p.made.markTicks, p.holding.lots, slack, sizes);
      ProductsKeepOrder(0, slack, SizeOf(p));
      FloorsKeepOrder(0, slack * SizeOf(p), sizes);
      AFloorLosesLessThanOne(slack * SizeOf(p), sizes);
      assert share >= 0;
      ALotsPartFitsItsShare(p.terms, p.holding.lots, share);
      APositionWithinItsBandTakesNoMoreThanItsShareAndReserve(
        p.terms, p.reference, p.made, now[0], p.holding, share, PerLot(p.terms, p.holding.lots, share));
      assert NoBandIsLeft(parts[1..], now[1..], slack, sizes) by {
        forall i | 0 <= i < |parts[1..]|
          ensures ValidPart(parts[1..][i]) && (RatesAreParts(parts[1..][i]);
            Abs(now[1..][i].fundingIndex - parts[1..][i].reference.fundingIndex) <= parts[1..][i].reference.allowanceAtoms &&
            Holds(Driver(parts[1..][i].terms, parts[1..][i].reference, now[1..][i]), BandEnd(parts[1..][i], slack, sizes),
              parts[1..][i].holding.lots > 0))
        {
          assert parts[1..][i] == parts[i + 1] && now[1..][i] == now[i + 1];
        }
      }
      PartsTakeNoMoreThanSlackAndReserves(parts[1..], now[1..], slack, sizes);
      assert MadeAt(parts)[1..] == MadeAt(parts[1..]);
      var own := ProfitOf(p.terms, now[0], p.holding) - MaintenanceOf(p.terms, now[0], p.holding)
        - (ProfitOf(p.terms, p.made, p.holding) - MaintenanceOf(p.terms, p.made, p.holding))
        + ReserveOf(p.terms, p.reference, p.holding.lots);
      assert own >= -share;
      Scaled(-share, own, sizes);
      var rest := SafetyOf(parts[1..], now[1..]) - SafetyOf(parts[1..], MadeAt(parts[1..])) + Reserves(parts[1..]);
      assert SafetyOf(parts, now) - SafetyOf(parts, MadeAt(parts)) + Reserves(parts) == own + rest;
      assert sizes * (own + rest) == sizes * own + sizes * rest;
      assert sizes * (-share) == -(share * sizes);
      assert slack * Sizes(parts) == slack * SizeOf(p) + slack * Sizes(parts[1..]);
    }
  }

  // The theorem of docs/enforcement.md: a unit whose slack was at least its reserves when its bands were made, and of which no band has
  // been left since, is not below maintenance. (Cash is what stands behind it and does not change: nothing touched the account.)
  lemma WhoIsBelowMaintenanceHasLeftABand(parts: seq<Part>, now: seq<Moment>, cash: int)
    requires |now| == |parts| >= 1 && AllValid(parts)
    requires cash + SafetyOf(parts, MadeAt(parts)) >= Reserves(parts)
    requires Sizes(parts) > 0 && NoBandIsLeft(parts, now, cash + SafetyOf(parts, MadeAt(parts)) - Reserves(parts), Sizes(parts))
    ensures cash + SafetyOf(parts, now) >= 0
  {
    var slack := cash + SafetyOf(parts, MadeAt(parts)) - Reserves(parts);
    var sizes := Sizes(parts);
    PartsTakeNoMoreThanSlackAndReserves(parts, now, slack, sizes);
    var change := SafetyOf(parts, now) - SafetyOf(parts, MadeAt(parts)) + Reserves(parts);
    assert sizes * (change + slack) == sizes * change + slack * sizes;
    assert sizes * (change + slack) >= 0;
    if change + slack < 0 {
      ProductsKeepOrder(change + slack, -1, sizes);
      assert (change + slack) * sizes == sizes * (change + slack);
    }
  }

  // ---- Lots given at mark, bands that stay, the ladder's end, coins ----

  // Lots that deleveraging takes at mark touch nothing: those that left and those that stayed take no more than the share and the reserve.
  lemma {:isolate_assertions} LotsGivenAtMarkTakeNoMoreThanTheShare(
    t: Terms, r: Reference, was: Moment, given: Moment, now: Moment, h: Holding, left: int, share: int, perLot: int)
    requires ValidTerms(t) && h.lots != 0 && r.allowanceAtoms >= 0 && perLot >= 0
    requires Abs(left) <= Abs(h.lots) && (left == 0 || Sign(left) == Sign(h.lots))
    requires SteepnessPpm(t) >= 0 && Abs(h.lots) * perLot * (Million + SteepnessPpm(t)) <= share * Million
    requires Abs(was.fundingIndex - r.fundingIndex) <= r.allowanceAtoms && Abs(now.fundingIndex - r.fundingIndex) <= r.allowanceAtoms
    requires Holds(Driver(t, r, given), EndTicks(t, GainedAtoms(t, r, was), perLot, h.lots > 0), h.lots > 0)
    requires Holds(Driver(t, r, now), EndTicks(t, GainedAtoms(t, r, was), perLot, h.lots > 0), h.lots > 0)
    ensures var x0 := GainedAtoms(t, r, was);
      (h.lots - left) * (GainedAtoms(t, r, given) - x0) + left * (GainedAtoms(t, r, now) - x0)
        - (MaintenanceOf(t, now, Holding(left, 0, 0)) - MaintenanceOf(t, was, h)) >= -share - ReserveOf(t, r, h.lots)
  {
    var rate := SteepnessPpm(t);
    var n := Abs(h.lots);
    var k := Abs(left);
    var gone := n - k;
    var x0 := GainedAtoms(t, r, was);
    var rest := Holding(left, 0, 0);
    RatesDoNotFall(t.maintenance, |t.maintenance| - 1, |t.maintenance| - 1);
    WithinItsBandALotLosesNoMoreThanItsPart(t, r, was, given, perLot, h.lots > 0);
    var gain := if h.lots > 0 then GainedAtoms(t, r, given) - x0 else x0 - GainedAtoms(t, r, given);
    LotsThatLeaveHaveTheSign(h.lots, left, GainedAtoms(t, r, given) - x0);
    Scaled(-perLot, gain, gone);
    var part := DivCeiling(k * perLot * (Million + rate), Million);
    ACeilingAddsLessThanOne(k * perLot * (Million + rate), Million);
    Scaled(0, perLot, n); Scaled(0, perLot, k); Scaled(0, perLot, gone);
    assert gone * perLot + part <= share by { TheLotsThatLeftAndThoseThatStayedShareThePart(n, k, perLot, rate, share, part); }
    NotionalOfFewerLots(t, was.markTicks, left, h.lots);
    MarginNeverFallsWithNotional(t.maintenance, NotionalAtoms(t, was.markTicks, left), NotionalAtoms(t, was.markTicks, h.lots));
    assert ReserveOf(t, r, left) <= ReserveOf(t, r, h.lots) by {
      Scaled(k, n, r.allowanceAtoms);
      assert 2 * k * r.allowanceAtoms <= 2 * n * r.allowanceAtoms;
      ProductsKeepOrder(2 * k * r.allowanceAtoms, 2 * n * r.allowanceAtoms, rate);
      CeilingsKeepOrder(2 * k * r.allowanceAtoms * rate, 2 * n * r.allowanceAtoms * rate, Million);
    }
    WhatStayedTakesItsPart(t, r, was, now, left, h.lots > 0, part, perLot);
    var stayed := left * (GainedAtoms(t, r, now) - x0) - (MaintenanceOf(t, now, rest) - MaintenanceOf(t, was, rest));
    assert stayed >= -part - ReserveOf(t, r, left);
    assert MaintenanceOf(t, was, rest) <= MaintenanceOf(t, was, h);
  }

  lemma WhatStayedTakesItsPart(
    t: Terms, r: Reference, was: Moment, now: Moment, left: int, isLong: bool, part: int, perLot: int)
    requires ValidTerms(t) && r.allowanceAtoms >= 0 && perLot >= 0 && (left == 0 || (left > 0) == isLong)
    requires SteepnessPpm(t) >= 0 && Abs(left) * perLot * (Million + SteepnessPpm(t)) <= part * Million
    requires Abs(was.fundingIndex - r.fundingIndex) <= r.allowanceAtoms && Abs(now.fundingIndex - r.fundingIndex) <= r.allowanceAtoms
    requires Holds(Driver(t, r, now), EndTicks(t, GainedAtoms(t, r, was), perLot, isLong), isLong)
    ensures left * (GainedAtoms(t, r, now) - GainedAtoms(t, r, was))
      - (MaintenanceOf(t, now, Holding(left, 0, 0)) - MaintenanceOf(t, was, Holding(left, 0, 0))) >= -part - ReserveOf(t, r, left)
  {
    var rest := Holding(left, 0, 0);
    if left == 0 {
      assert NotionalAtoms(t, now.markTicks, 0) == 0 == NotionalAtoms(t, was.markTicks, 0);
      assert part >= 0;
      assert 2 * Abs(left) * r.allowanceAtoms * SteepnessPpm(t) == 0;
      assert ReserveOf(t, r, left) >= 0;
      assert 0 * (GainedAtoms(t, r, now) - GainedAtoms(t, r, was)) == 0;
    } else {
      APositionWithinItsBandTakesNoMoreThanItsShareAndReserve(t, r, was, now, rest, part, perLot);
      EquityFollowsTheDriver(t, r, was, now, rest);
    }
  }

  lemma LotsThatLeaveHaveTheSign(lots: int, left: int, d: int)
    requires lots != 0 && Abs(left) <= Abs(lots) && (left == 0 || Sign(left) == Sign(lots))
    ensures (lots - left) * d == (Abs(lots) - Abs(left)) * (if lots > 0 then d else -d)
  {
    if lots < 0 { assert (lots - left) * d == (left - lots) * (-d); }
  }

  lemma TheLotsThatLeftAndThoseThatStayedShareThePart(n: int, k: int, perLot: int, rate: int, share: int, part: int)
    requires 0 <= k <= n && perLot >= 0 && rate >= 0
    requires n * perLot * (Million + rate) <= share * Million
    requires part * Million - Million < k * perLot * (Million + rate)
    ensures (n - k) * perLot + part <= share
  {
    var gone := (n - k) * perLot;
    assert n * perLot == gone + k * perLot;
    Scaled(0, perLot, n - k);
    assert n * perLot * (Million + rate) == gone * (Million + rate) + k * perLot * (Million + rate);
    assert gone * (Million + rate) >= gone * Million by { Scaled(Million, Million + rate, gone); }
    assert gone * Million + part * Million - Million < share * Million;
  }

  lemma NotionalOfFewerLots(t: Terms, mark: int, few: int, many: int)
    requires ValidTerms(t) && Abs(few) <= Abs(many)
    ensures 0 <= NotionalAtoms(t, mark, few) <= NotionalAtoms(t, mark, many)
  {
    var price := Max(Abs(mark), t.marginFloorTicks);
    ProductsKeepOrder(Abs(few), Abs(many), price);
    ProductsKeepOrder(0, Abs(few), price);
    ProductsKeepOrder(Abs(few) * price, Abs(many) * price, t.atomsPerTickLot);
    ProductsKeepOrder(0, Abs(few) * price, t.atomsPerTickLot);
  }

  // The allowance of a new reference: a 64th of the mark, of the market's prices at most, and a tick at least.
  function AllowanceFor(t: Terms, markTicks: int, minPriceTicks: int, maxPriceTicks: int): int
  {
    Max(Min(Max(Abs(markTicks), t.marginFloorTicks) / 64, (maxPriceTicks - minPriceTicks) / 64), 1) * t.atomsPerTickLot
  }

  // How far bands are filed beyond the market's prices.
  function Room(minPriceTicks: int, maxPriceTicks: int): int { (maxPriceTicks - minPriceTicks) / 32 + 64 }

  // No driver comes to where bands are not filed any more: a band that ends there is never left, and need not be filed.
  lemma ABandBeyondTheLadderIsNeverLeft(t: Terms, r: Reference, m: Moment, referenceMark: int, min: int, max: int)
    requires ValidTerms(t) && min <= m.markTicks <= max
    requires r.allowanceAtoms == AllowanceFor(t, referenceMark, min, max) && Abs(m.fundingIndex - r.fundingIndex) <= r.allowanceAtoms
    ensures min - Room(min, max) <= Driver(t, r, m) <= max + Room(min, max)
  {
    var a := t.atomsPerTickLot;
    var ticks := Max(Min(Max(Abs(referenceMark), t.marginFloorTicks) / 64, (max - min) / 64), 1);
    var ledger := r.fundingIndex - m.fundingIndex;
    assert -(ticks * a) <= ledger <= ticks * a;
    assert (-ticks) * a == -(ticks * a);
    FloorsKeepOrder((-ticks) * a, ledger, a);
    FloorsKeepOrder(ledger, ticks * a, a);
    OnlyTheFloorFits((-ticks) * a, a, -ticks);
    OnlyTheFloorFits(ticks * a, a, ticks);
    assert ticks <= (max - min) / 32 + 64;
  }

  // What coins count for, and the unit value that their bands are made on. (Value is below the largest position's: docs/enforcement.md.)
  function CoinValue(amount: int, price: int, scale: int, haircutPpm: int): int
    requires scale > 0
  { PpmFloor(DivFloor(amount * price, scale), Million - haircutPpm) }

  function UnitValue(price: int, haircutPpm: int): int { PpmFloor(price, Million - haircutPpm) }

  function LeastUnit(unit: int, share: int, scale: int, amount: int): int
    requires amount > 0
  { Max(unit + 1 - DivFloor(share * scale, amount), 1) }

  // While the unit value stays at or above the band's end, coins lose no more than their share and four atoms.
  lemma CoinsWithinTheirBandTakeNoMoreThanTheirShare(
    amount: int, scale: int, share: int, price0: int, haircut0: int, price1: int, haircut1: int)
    requires amount > 0 && scale > 0 && share >= 0 && price0 >= 0 && price1 >= 0
    requires 0 <= haircut0 <= Million && 0 <= haircut1 <= Million
    requires UnitValue(price1, haircut1) >= LeastUnit(UnitValue(price0, haircut0), share, scale, amount)
    ensures CoinValue(amount, price1, scale, haircut1) >= CoinValue(amount, price0, scale, haircut0) - share - 4
  {
    var u0 := UnitValue(price0, haircut0);
    var u1 := UnitValue(price1, haircut1);
    var v0 := CoinValue(amount, price0, scale, haircut0);
    var v1 := CoinValue(amount, price1, scale, haircut1);
    CoinsCountForTheirUnitValue(amount, price0, scale, Million - haircut0);
    CoinsCountForTheirUnitValue(amount, price1, scale, Million - haircut1);
    var fall := DivFloor(share * scale, amount);
    AFloorLosesLessThanOne(share * scale, amount);
    assert u0 + 1 - u1 <= fall;
    Scaled(u0 + 1 - u1, fall, amount);
    assert amount * (u0 + 1 - u1) == amount * (u0 + 1) - amount * u1;
    assert fall * amount == amount * fall;
    assert scale * v0 - scale * v1 <= share * scale + 2 * scale;
    assert scale * (v0 - v1 - share - 2) == scale * v0 - scale * v1 - share * scale - 2 * scale;
    if v0 - v1 - share - 2 > 0 { ProductIsPositive(scale, v0 - v1 - share - 2); }
  }

  // An amount's value lies between what its unit value says, less two atoms, and what one unit more would say.
  lemma CoinsCountForTheirUnitValue(amount: int, price: int, scale: int, kept: int)
    requires amount > 0 && scale > 0 && price >= 0 && 0 <= kept <= Million
    ensures var v := PpmFloor(DivFloor(amount * price, scale), kept); var u := PpmFloor(price, kept);
      amount * u - 2 * scale <= scale * v <= amount * (u + 1)
  {
    var whole := DivFloor(amount * price, scale);
    var v := PpmFloor(whole, kept);
    var u := PpmFloor(price, kept);
    AFloorLosesLessThanOne(amount * price, scale);
    AFloorLosesLessThanOne(whole * kept, Million);
    AFloorLosesLessThanOne(price * kept, Million);
    // Million · scale · v lies within scale·million and scale·kept of amount · price · kept, which lies within a unit of amount · u.
    var exact := amount * (price * kept);
    assert amount * price * kept == exact;
    Scaled(price * kept, u * Million + Million, amount);
    Scaled(u * Million, price * kept, amount);
    assert amount * (u * Million + Million) == Million * (amount * (u + 1));
    assert amount * (u * Million) == Million * (amount * u);
    var up := whole * scale;
    ProductsKeepOrder(up, amount * price, kept);
    ProductsKeepOrder(amount * price, up + scale, kept);
    assert (up + scale) * kept == up * kept + scale * kept;
    assert up * kept == scale * (whole * kept);
    Scaled(v * Million, whole * kept, scale);
    Scaled(whole * kept, v * Million + Million, scale);
    assert scale * (v * Million) == Million * (scale * v);
    assert scale * (v * Million + Million) == Million * (scale * v) + Million * scale;
    Scaled(kept, Million, scale);
    assert Million * (scale * v) <= Million * (amount * (u + 1));
    assert Million * (amount * u) <= Million * (scale * v) + Million * scale + scale * Million;
  }

  // ---- What the theorem does not cover ----

  // A long whose slack is below its reserve could be missed by a band that ends where the price stands: a mark that rises as fast as
  // funding takes leaves the driver where it was, while maintenance grows with the mark. One lot, margined in full, with nothing to
  // spare at 64; at 65, when it has paid 1 of funding, it is below maintenance within that band. So the engine gives such a unit none.
  lemma WhereTheSlackIsBelowTheReserveALongCanBeMissed(t: Terms, r: Reference, was: Moment, now: Moment, h: Holding, cash: int)
    requires t == Terms(1, 1, [Step(0, Million, 0)], [Step(0, Million, 0)], 0, 1)
    requires r == Reference(0, AllowanceFor(t, 64, 0, 60_000))
    requires was == Moment(64, 0) && now == Moment(65, 1) && h == Holding(1, 64, 0) && cash == 64
    ensures ValidTerms(t) && Abs(now.fundingIndex - r.fundingIndex) <= r.allowanceAtoms && was.fundingIndex == r.fundingIndex
    ensures 0 <= cash + ProfitOf(t, was, h) - MaintenanceOf(t, was, h) < ReserveOf(t, r, h.lots)
    ensures Holds(Driver(t, r, now), EndTicks(t, GainedAtoms(t, r, was), 0, true), true)
    ensures cash + ProfitOf(t, now, h) - MaintenanceOf(t, now, h) < 0
  {
    assert r.allowanceAtoms == 1;
    OneTierInFull(NotionalAtoms(t, 64, 1));
    OneTierInFull(NotionalAtoms(t, 65, 1));
    assert MaintenanceOf(t, was, h) == 64 && MaintenanceOf(t, now, h) == 65;
    assert ProfitOf(t, was, h) == 0 && ProfitOf(t, now, h) == 0;
  }

  lemma OneTierInFull(notional: int)
    ensures Demand([Step(0, Million, 0)], notional) == notional
  {
    OnlyTheFloorFits(-(notional * Million), Million, -notional);
  }
}
