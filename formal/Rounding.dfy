// Integer division with a named rounding, and what it can cost.
// Document: docs/engine.md (Money). Source: src/Surety.Core/Numerics/Rounding.cs.
//
// The model counts in unbounded integers; the engine in 64 and 128 bits, where an overflow stops it (docs/engine.md).

module Rounding {
  const Million: int := 1_000_000

  function Min(a: int, b: int): int { if a <= b then a else b }
  function Max(a: int, b: int): int { if a >= b then a else b }
  function Abs(a: int): int { if a < 0 then -a else a }
  function Sign(a: int): int { if a < 0 then -1 else if a > 0 then 1 else 0 }
  function Clamp(a: int, least: int, most: int): int { Max(least, Min(a, most)) }

  // What the processor's division gives: the quotient cut toward zero.
  function Truncated(a: int, d: int): int
    requires d > 0
  { if a >= 0 then a / d else -((-a) / d) }

  // The engine's text: cut toward zero, then corrected by the sign of what is left.
  function DivFloorAsWritten(a: int, d: int): int
    requires d > 0
  {
    var quotient := Truncated(a, d);
    if a - quotient * d < 0 then quotient - 1 else quotient
  }

  function DivCeilingAsWritten(a: int, d: int): int
    requires d > 0
  {
    var quotient := Truncated(a, d);
    if a - quotient * d > 0 then quotient + 1 else quotient
  }

  function DivFloor(a: int, d: int): int
    requires d > 0
  { a / d }

  function DivCeiling(a: int, d: int): int
    requires d > 0
  { -((-a) / d) }

  function DivNearest(a: int, d: int): int
    requires d > 0
  {
    var floor := DivFloor(a, d);
    var remainder := a - floor * d;
    if remainder >= d - remainder then floor + 1 else floor
  }

  function MulDivFloor(a: int, b: int, d: int): int
    requires d > 0
  { DivFloor(a * b, d) }

  function MulDivCeiling(a: int, b: int, d: int): int
    requires d > 0
  { DivCeiling(a * b, d) }

  function PpmCeiling(amount: int, ppm: int): int { DivCeiling(amount * ppm, Million) }
  function PpmFloor(amount: int, ppm: int): int { DivFloor(amount * ppm, Million) }

  // The engine's text of both: split at a million, so that neither half can overflow.
  function PpmCeilingAsWritten(amount: int, ppm: int): int
    requires amount >= 0 && 0 <= ppm <= Million
  {
    var millions := amount / Million;
    var rest := amount - millions * Million;
    millions * ppm + (rest * ppm + (Million - 1)) / Million
  }

  function PpmFloorAsWritten(amount: int, ppm: int): int
    requires amount >= 0 && 0 <= ppm <= Million
  {
    var millions := amount / Million;
    var rest := amount - millions * Million;
    millions * ppm + rest * ppm / Million
  }

  // The quotient that lies within one divisor of a number is the floor: one fact from which the others follow.
  lemma OnlyTheFloorFits(a: int, d: int, q: int)
    requires d > 0 && q * d <= a < q * d + d
    ensures a / d == q
  {
    var f := a / d;
    assert f * d <= a < f * d + d;
    if f < q {
      assert (f + 1) * d <= q * d by { ProductsKeepOrder(f + 1, q, d); }
    } else if f > q {
      assert (q + 1) * d <= f * d by { ProductsKeepOrder(q + 1, f, d); }
    }
  }

  lemma ProductsKeepOrder(a: int, b: int, d: int)
    requires a <= b && d >= 0
    ensures a * d <= b * d
  {
    assert (b - a) * d >= 0;
  }

  // A floor takes less than one unit away.
  lemma AFloorLosesLessThanOne(a: int, d: int)
    requires d > 0
    ensures DivFloor(a, d) * d <= a < DivFloor(a, d) * d + d
  {
  }

  // A ceiling adds less than one unit.
  lemma ACeilingAddsLessThanOne(a: int, d: int)
    requires d > 0
    ensures DivCeiling(a, d) * d - d < a <= DivCeiling(a, d) * d
  {
    var f := (-a) / d;
    assert f * d <= -a < f * d + d;
  }

  // The engine's floor, written with a division that cuts toward zero, is the floor.
  lemma TheFloorAsWrittenIsTheFloor(a: int, d: int)
    requires d > 0
    ensures DivFloorAsWritten(a, d) == DivFloor(a, d)
  {
    if a < 0 {
      var t := (-a) / d;
      var td := t * d;
      assert td <= -a < td + d;
      assert (-t) * d == -td;
      if -a == td {
        OnlyTheFloorFits(a, d, -t);
      } else {
        assert (-t - 1) * d == -td - d;
        OnlyTheFloorFits(a, d, -t - 1);
      }
    } else {
      assert (a / d) * d <= a;
    }
  }

  // The engine's ceiling, written with a division that cuts toward zero, is the ceiling.
  lemma TheCeilingAsWrittenIsTheCeiling(a: int, d: int)
    requires d > 0
    ensures DivCeilingAsWritten(a, d) == DivCeiling(a, d)
  {
    var t := Truncated(a, d);
    var td := t * d;
    assert (-t) * d == -td;
    if a >= 0 {
      AFloorLosesLessThanOne(a, d);
      assert t == DivFloor(a, d);
      if a == td {
        OnlyTheFloorFits(-a, d, -t);
      } else {
        assert (-t - 1) * d == -td - d;
        OnlyTheFloorFits(-a, d, -t - 1);
      }
    } else {
      var up := (-a) / d;
      assert up * d <= -a;
      assert (-up) * d == -(up * d);
      assert t == -up;
      assert td == (-up) * d;
    }
  }

  // Splitting an amount at a million changes neither the floor nor the ceiling of its part.
  lemma SplittingAtAMillionChangesNothing(amount: int, ppm: int)
    requires amount >= 0 && 0 <= ppm <= Million
    ensures PpmFloorAsWritten(amount, ppm) == PpmFloor(amount, ppm)
    ensures PpmCeilingAsWritten(amount, ppm) == PpmCeiling(amount, ppm)
  {
    var millions := amount / Million;
    var rest := amount - millions * Million;
    assert amount * ppm == millions * ppm * Million + rest * ppm by {
      assert amount == millions * Million + rest;
      assert (millions * Million + rest) * ppm == millions * Million * ppm + rest * ppm;
      assert millions * Million * ppm == millions * ppm * Million;
    }
    var f := rest * ppm / Million;
    OnlyTheFloorFits(amount * ppm, Million, millions * ppm + f);
    var c := (rest * ppm + (Million - 1)) / Million;
    var q := millions * ppm + c;
    assert q * Million == millions * ppm * Million + c * Million;
    assert (-q) * Million == -(q * Million);
    OnlyTheFloorFits(-(amount * ppm), Million, -q);
  }

  // A larger number has no smaller floor.
  lemma FloorsKeepOrder(a: int, b: int, d: int)
    requires d > 0 && a <= b
    ensures DivFloor(a, d) <= DivFloor(b, d)
  {
    var x := a / d;
    var y := b / d;
    assert x * d <= a && b < y * d + d;
    if y < x {
      ProductsKeepOrder(y + 1, x, d);
      assert (y + 1) * d == y * d + d;
    }
  }

  // A larger number has no smaller ceiling.
  lemma CeilingsKeepOrder(a: int, b: int, d: int)
    requires d > 0 && a <= b
    ensures DivCeiling(a, d) <= DivCeiling(b, d)
  {
    FloorsKeepOrder(-b, -a, d);
  }

  // A part of what is not negative is not negative, and a part of at most the whole is at most the whole.
  lemma APartLiesBetweenNothingAndTheWhole(amount: int, ppm: int)
    requires amount >= 0 && 0 <= ppm <= Million
    ensures 0 <= PpmFloor(amount, ppm) <= PpmCeiling(amount, ppm) <= amount
    ensures PpmCeiling(amount, ppm) <= PpmFloor(amount, ppm) + 1
  {
    assert 0 <= amount * ppm by { ProductsKeepOrder(0, amount, ppm); }
    assert amount * ppm <= amount * Million by {
      ProductsKeepOrder(ppm, Million, amount);
    }
    FloorsKeepOrder(0, amount * ppm, Million);
    AFloorLosesLessThanOne(amount * ppm, Million);
    ACeilingAddsLessThanOne(amount * ppm, Million);
    CeilingsKeepOrder(amount * ppm, amount * Million, Million);
    assert DivCeiling(amount * Million, Million) == amount;
  }

  // Whatever a payer pays rounded up covers what a receiver gets rounded down; what is left over is at most one atom.
  lemma RoundingNeverCreatesMoneyAndItsDustIsLessThanTwoAtoms(amount: int, ppm: int)
    ensures PpmFloor(amount, ppm) <= PpmCeiling(amount, ppm) <= PpmFloor(amount, ppm) + 1
  {
    AFloorLosesLessThanOne(amount * ppm, Million);
    ACeilingAddsLessThanOne(amount * ppm, Million);
  }

  // The nearest integer is no further than half a unit away.
  lemma TheNearestIsWithinHalf(a: int, d: int)
    requires d > 0
    ensures -d < 2 * (DivNearest(a, d) * d - a) <= d
  {
    var f := a / d;
    assert f * d <= a < f * d + d;
    assert (f + 1) * d == f * d + d;
  }

  // The floor of a sum lies between the sum of the floors and one more: splitting a payment moves at most one atom.
  lemma FloorsOfPartsAddUpToWithinOne(a: int, b: int, d: int)
    requires d > 0
    ensures DivFloor(a, d) + DivFloor(b, d) <= DivFloor(a + b, d) <= DivFloor(a, d) + DivFloor(b, d) + 1
  {
    var x := a / d;
    var y := b / d;
    var xd := x * d;
    var yd := y * d;
    assert xd <= a < xd + d && yd <= b < yd + d;
    assert (x + y) * d == xd + yd;
    if a - xd + b - yd < d {
      OnlyTheFloorFits(a + b, d, x + y);
    } else {
      assert (x + y + 1) * d == xd + yd + d;
      OnlyTheFloorFits(a + b, d, x + y + 1);
    }
  }
}
