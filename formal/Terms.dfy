// The contract language: what an expression comes to, and the analysis of the least and most that it can.
// Document: docs/terms.md (Rounding, What is checked before listing). Sources: src/Surety.Terms/FixedPoint.cs,
// src/Surety.Terms/Analysis/RangeAnalysis.cs, src/Surety.Terms/Analysis/Interval.cs.
//
// A leaf is whatever is observed: a price, an aggregate over a window, an aggregate over fixings other than a sum. All of them keep to
// the range of what they observe. Not modelled: sums over schedules, and the order of min, mean and max of one window.

include "Rounding.dfy"

module Terms {
  import opened Rounding

  const One: int := 100_000_000
  const Largest: int := 100_000_000 * 1_000_000_000_000_000_000

  datatype Expr =
    | Number(value: int) | Leaf(leaf: nat)
    | Negated(a: Expr) | AbsOf(a: Expr)
    | Plus(a: Expr, b: Expr) | Minus(a: Expr, b: Expr) | Times(a: Expr, b: Expr) | Over(a: Expr, b: Expr)
    | Least(a: Expr, b: Expr) | Most(a: Expr, b: Expr)
    | Choose(c: Cond, a: Expr, b: Expr)

  datatype Cond =
    | Less(a: Expr, b: Expr) | AtMost(a: Expr, b: Expr) | Equal(a: Expr, b: Expr)
    | Not(c: Cond) | And(c: Cond, d: Cond) | Or(c: Cond, d: Cond)

  function Bound(v: int): int { Clamp(v, -Largest, Largest) }

  function Multiply(a: int, b: int): int
  {
    if (Abs(a) / One + 1) * (Abs(b) / One + 1) > Largest / One then (if (a < 0) == (b < 0) then Largest else -Largest)
    else DivFloor(a * b, One)
  }

  function Divide(a: int, b: int): int
  { if b == 0 then 0 else if b > 0 then Bound(DivFloor(a * One, b)) else Bound(DivFloor(-a * One, -b)) }

  // Both branches are computed: the cost is always the same, and every expression has a value.
  function Eval(e: Expr, env: seq<int>): int
  {
    match e
    case Number(v) => v
    case Leaf(i) => if i < |env| then env[i] else 0
    case Negated(a) => -Eval(a, env)
    case AbsOf(a) => Abs(Eval(a, env))
    case Plus(a, b) => Bound(Eval(a, env) + Eval(b, env))
    case Minus(a, b) => Bound(Eval(a, env) - Eval(b, env))
    case Times(a, b) => Multiply(Eval(a, env), Eval(b, env))
    case Over(a, b) => Divide(Eval(a, env), Eval(b, env))
    case Least(a, b) => Min(Eval(a, env), Eval(b, env))
    case Most(a, b) => Max(Eval(a, env), Eval(b, env))
    case Choose(c, a, b) => if Holds(c, env) then Eval(a, env) else Eval(b, env)
  }

  function Holds(c: Cond, env: seq<int>): bool
  {
    match c
    case Less(a, b) => Eval(a, env) < Eval(b, env)
    case AtMost(a, b) => Eval(a, env) <= Eval(b, env)
    case Equal(a, b) => Eval(a, env) == Eval(b, env)
    case Not(d) => !Holds(d, env)
    case And(d, f) => Holds(d, env) && Holds(f, env)
    case Or(d, f) => Holds(d, env) || Holds(f, env)
  }

  // ---- The analysis ----

  datatype Interval = Interval(low: int, high: int)
  datatype Result = Refused | Within(range: Interval)
  datatype Truth = Truth(canHold: bool, canFail: bool)

  function Magnitude(i: Interval): int { Max(Abs(i.low), Abs(i.high)) }
  predicate HasZero(i: Interval) { i.low <= 0 <= i.high }
  predicate In(v: int, i: Interval) { i.low <= v <= i.high }
  function Join(i: Interval, j: Interval): Interval { Interval(Min(i.low, j.low), Max(i.high, j.high)) }

  function Corners(a: int, b: int, c: int, d: int): Interval { Interval(Min(Min(a, b), Min(c, d)), Max(Max(a, b), Max(c, d))) }

  function ProductRange(l: Interval, r: Interval, same: bool): Result
  {
    if (Magnitude(l) / One + 1) * (Magnitude(r) / One + 1) > Largest / One then Refused
    else if same && l == r && HasZero(l) then Within(Interval(0, Multiply(Magnitude(l), Magnitude(l))))
    else Within(Corners(Multiply(l.low, r.low), Multiply(l.low, r.high), Multiply(l.high, r.low), Multiply(l.high, r.high)))
  }

  function QuotientRange(l: Interval, r: Interval): Result
  {
    if HasZero(r) then Refused
    else Within(Corners(Divide(l.low, r.low), Divide(l.low, r.high), Divide(l.high, r.low), Divide(l.high, r.high)))
  }

  function OfTwo(e: Expr, l: Interval, r: Interval): Result
    requires e.Plus? || e.Minus? || e.Times? || e.Over? || e.Least? || e.Most?
  {
    match e
    case Plus(_, _) => Within(Interval(l.low + r.low, l.high + r.high))
    case Minus(_, _) => Within(Interval(l.low - r.high, l.high - r.low))
    case Times(a, b) => ProductRange(l, r, a == b)
    case Over(_, _) => QuotientRange(l, r)
    case Least(_, _) => Within(Interval(Min(l.low, r.low), Min(l.high, r.high)))
    case Most(_, _) => Within(Interval(Max(l.low, r.low), Max(l.high, r.high)))
  }

  // A number beyond 10^18 is refused.
  function Checked(r: Result): Result { if r.Within? && Magnitude(r.range) > Largest then Refused else r }

  function RangeOf(e: Expr, known: seq<Interval>): Result
    decreases e, 1
  { Checked(UncheckedRange(e, known)) }

  function UncheckedRange(e: Expr, known: seq<Interval>): Result
    decreases e, 0
  {
    match e
    case Number(v) => Within(Interval(v, v))
    case Leaf(i) => if i < |known| then Within(known[i]) else Refused
    case Negated(a) =>
      var r := RangeOf(a, known);
      if r.Refused? then r else Within(Interval(-r.range.high, -r.range.low))
    case AbsOf(a) =>
      var r := RangeOf(a, known);
      if r.Refused? then r
      else Within(Interval(if HasZero(r.range) then 0 else Min(Abs(r.range.low), Abs(r.range.high)), Magnitude(r.range)))
    case Choose(c, a, b) =>
      var truth := TruthOf(c, known);
      var yes := RangeOf(a, Learn(c, true, known));
      var no := RangeOf(b, Learn(c, false, known));
      if truth.Unclear? || yes.Refused? || no.Refused? then Refused
      else if !truth.truth.canFail then yes else if !truth.truth.canHold then no else Within(Join(yes.range, no.range))
    case _ =>
      var l := RangeOf(e.a, known);
      var r := RangeOf(e.b, known);
      if l.Refused? || r.Refused? then Refused else OfTwo(e, l.range, r.range)
  }

  datatype TruthResult = Unclear | Known(truth: Truth)

  // Whether a condition can hold and can fail.
  function TruthOf(c: Cond, known: seq<Interval>): TruthResult
    decreases c, 1
  {
    match c
    case Not(d) =>
      var t := TruthOf(d, known);
      if t.Unclear? then t else Known(Truth(t.truth.canFail, t.truth.canHold))
    case And(d, f) =>
      var l := TruthOf(d, known);
      var r := TruthOf(f, known);
      if l.Unclear? || r.Unclear? then Unclear
      else Known(Truth(l.truth.canHold && r.truth.canHold, l.truth.canFail || r.truth.canFail))
    case Or(d, f) =>
      var l := TruthOf(d, known);
      var r := TruthOf(f, known);
      if l.Unclear? || r.Unclear? then Unclear
      else Known(Truth(l.truth.canHold || r.truth.canHold, l.truth.canFail && r.truth.canFail))
    case _ =>
      var l := RangeOf(c.a, known);
      var r := RangeOf(c.b, known);
      if l.Refused? || r.Refused? then Unclear
      else
        var a := l.range;
        var b := r.range;
        if c.Less? then Known(Truth(a.low < b.high, a.high >= b.low))
        else if c.AtMost? then Known(Truth(a.low <= b.high, a.high > b.low))
        else
          var same := a.low == a.high && a == b;
          var apart := a.high < b.low || b.high < a.low;
          Known(Truth(!apart, !same))
  }

  // What a condition that holds, or does not, says of a leaf that it compares.
  function Learn(c: Cond, holds: bool, known: seq<Interval>): seq<Interval>
    decreases c, 2
  {
    match c
    case Not(d) => Learn(d, !holds, known)
    case And(d, f) => if holds then Learn(f, true, Learn(d, true, known)) else known
    case Or(d, f) => if holds then known else Learn(f, false, Learn(d, false, known))
    case Equal(_, _) => known
    case _ => LearnOf(c.b, c.a, !holds, LearnOf(c.a, c.b, holds, known))
  }

  function LearnOf(leaf: Expr, other: Expr, isLess: bool, known: seq<Interval>): seq<Interval>
    decreases other, 3
  {
    if !leaf.Leaf? || leaf.leaf >= |known| then known
    else
      var bound := RangeOf(other, known);
      if bound.Refused? then known
      else
        var own := known[leaf.leaf];
        var narrowed :=
          if isLess then Interval(own.low, Min(own.high, bound.range.high)) else Interval(Max(own.low, bound.range.low), own.high);
        if narrowed.low <= narrowed.high then known[leaf.leaf := narrowed] else known
  }

  // A payment is cut to its clause's bound as the contract runs.
  function Cut(payment: int, bound: Interval): int { Clamp(payment, bound.low, bound.high) }

  // ---- Theorems ----

  ghost predicate Fits(env: seq<int>, known: seq<Interval>) { |env| == |known| && forall i :: 0 <= i < |env| ==> In(env[i], known[i]) }

  // A product lies between those of the corners.
  lemma ProductsLieBetweenCorners(a: int, b: int, l: Interval, r: Interval)
    requires In(a, l) && In(b, r)
    ensures Min(Min(l.low * r.low, l.low * r.high), Min(l.high * r.low, l.high * r.high)) <= a * b
    ensures a * b <= Max(Max(l.low * r.low, l.low * r.high), Max(l.high * r.low, l.high * r.high))
  {
    Between(a, l.low, l.high, b);
    Between(b, r.low, r.high, l.low);
    Between(b, r.low, r.high, l.high);
    assert b * l.low == l.low * b && b * l.high == l.high * b;
    assert r.low * l.low == l.low * r.low && r.high * l.low == l.low * r.high;
    assert r.low * l.high == l.high * r.low && r.high * l.high == l.high * r.high;
  }

  lemma Between(v: int, low: int, high: int, k: int)
    requires low <= v <= high
    ensures Min(low * k, high * k) <= v * k <= Max(low * k, high * k)
  {
    if k >= 0 { ProductsKeepOrder(low, v, k); ProductsKeepOrder(v, high, k); }
    else {
      ProductsKeepOrder(low, v, -k); ProductsKeepOrder(v, high, -k);
      assert low * (-k) == -(low * k) && v * (-k) == -(v * k) && high * (-k) == -(high * k);
    }
  }

  lemma SmallFactorsAreNotCut(a: int, b: int, ma: int, mb: int)
    requires Abs(a) <= ma && Abs(b) <= mb && (ma / One + 1) * (mb / One + 1) <= Largest / One
    ensures Multiply(a, b) == DivFloor(a * b, One)
  {
    FloorsKeepOrder(Abs(a), ma, One);
    FloorsKeepOrder(Abs(b), mb, One);
    ProductsKeepOrder(Abs(a) / One + 1, ma / One + 1, Abs(b) / One + 1);
    ProductsKeepOrder(Abs(b) / One + 1, mb / One + 1, ma / One + 1);
    assert (ma / One + 1) * (Abs(b) / One + 1) == (Abs(b) / One + 1) * (ma / One + 1);
    assert (ma / One + 1) * (mb / One + 1) == (mb / One + 1) * (ma / One + 1);
  }

  lemma AProductKeepsWithinItsRange(a: int, b: int, l: Interval, r: Interval, same: bool)
    requires In(a, l) && In(b, r) && (same ==> a == b) && ProductRange(l, r, same).Within?
    ensures In(Multiply(a, b), ProductRange(l, r, same).range)
  {
    var ma := Magnitude(l);
    var mb := Magnitude(r);
    SmallFactorsAreNotCut(a, b, ma, mb);
    if same && l == r && HasZero(l) {
      SmallFactorsAreNotCut(ma, ma, ma, ma);
      var m := Abs(a);
      assert a * a == m * m;
      ProductsKeepOrder(m, ma, m);
      ProductsKeepOrder(m, ma, ma);
      assert m * ma == ma * m;
      ProductsKeepOrder(0, m, m);
      FloorsKeepOrder(0, a * a, One);
      FloorsKeepOrder(a * a, ma * ma, One);
    } else {
      SmallFactorsAreNotCut(l.low, r.low, ma, mb);
      SmallFactorsAreNotCut(l.low, r.high, ma, mb);
      SmallFactorsAreNotCut(l.high, r.low, ma, mb);
      SmallFactorsAreNotCut(l.high, r.high, ma, mb);
      ProductsLieBetweenCorners(a, b, l, r);
      FloorsOfCorners(a * b, l.low * r.low, l.low * r.high, l.high * r.low, l.high * r.high);
    }
  }

  lemma FloorsOfCorners(v: int, a: int, b: int, c: int, d: int)
    requires Min(Min(a, b), Min(c, d)) <= v <= Max(Max(a, b), Max(c, d))
    ensures In(DivFloor(v, One), Corners(DivFloor(a, One), DivFloor(b, One), DivFloor(c, One), DivFloor(d, One)))
  {
    FloorsKeepOrder(Min(Min(a, b), Min(c, d)), v, One);
    FloorsKeepOrder(v, Max(Max(a, b), Max(c, d)), One);
  }

  // A quotient rises with its dividend, and moves one way with its divisor.
  lemma AQuotientRisesWithItsDividend(a: int, c: int, b: int)
    requires a <= c && b != 0
    ensures b > 0 ==> Divide(a, b) <= Divide(c, b)
    ensures b < 0 ==> Divide(a, b) >= Divide(c, b)
  {
    ProductsKeepOrder(a, c, One);
    if b > 0 { FloorsKeepOrder(a * One, c * One, b); }
    else { assert -c * One <= -a * One; FloorsKeepOrder(-c * One, -a * One, -b); }
  }

  lemma AFloorMovesOneWayWithItsDivisor(v: int, d: int, e: int)
    requires 0 < d <= e
    ensures v >= 0 ==> DivFloor(v, e) <= DivFloor(v, d)
    ensures v <= 0 ==> DivFloor(v, e) >= DivFloor(v, d)
  {
    var x := DivFloor(v, d);
    var y := DivFloor(v, e);
    AFloorLosesLessThanOne(v, d);
    AFloorLosesLessThanOne(v, e);
    if v >= 0 && y > x {
      FloorsKeepOrder(0, v, d);
      OnlyTheFloorFits(0, d, 0);
      ProductsKeepOrder(x + 1, y, e);
      ProductsKeepOrder(d, e, x + 1);
      assert d * (x + 1) == x * d + d && e * (x + 1) == (x + 1) * e;
    }
    if v <= 0 && y < x {
      FloorsKeepOrder(v, 0, d);
      OnlyTheFloorFits(0, d, 0);
      ProductsKeepOrder(y + 1, x, e);
      assert (y + 1) * e == y * e + e;
      ProductsKeepOrder(d, e, -x);
      assert d * (-x) == -(x * d) && e * (-x) == -(x * e);
    }
  }

  lemma AQuotientLiesBetweenThoseOfTheEndsOfItsDivisor(a: int, b: int, r: Interval)
    requires In(b, r) && !HasZero(r)
    ensures Min(Divide(a, r.low), Divide(a, r.high)) <= Divide(a, b) <= Max(Divide(a, r.low), Divide(a, r.high))
  {
    if b > 0 {
      AFloorMovesOneWayWithItsDivisor(a * One, r.low, b);
      AFloorMovesOneWayWithItsDivisor(a * One, b, r.high);
    } else {
      AFloorMovesOneWayWithItsDivisor(-a * One, -r.high, -b);
      AFloorMovesOneWayWithItsDivisor(-a * One, -b, -r.low);
    }
  }

  lemma AQuotientKeepsWithinItsRange(a: int, b: int, l: Interval, r: Interval)
    requires In(a, l) && In(b, r) && QuotientRange(l, r).Within?
    ensures In(Divide(a, b), QuotientRange(l, r).range)
  {
    AQuotientRisesWithItsDividend(l.low, a, b);
    AQuotientRisesWithItsDividend(a, l.high, b);
    AQuotientLiesBetweenThoseOfTheEndsOfItsDivisor(l.low, b, r);
    AQuotientLiesBetweenThoseOfTheEndsOfItsDivisor(l.high, b, r);
  }

  // An expression evaluates to a value within its analysed bounds, for all observations within the declared ranges.
  lemma EvaluationKeepsWithinTheAnalysedBounds(e: Expr, env: seq<int>, known: seq<Interval>)
    requires Fits(env, known) && RangeOf(e, known).Within?
    ensures In(Eval(e, env), RangeOf(e, known).range) && Abs(Eval(e, env)) <= Largest
    decreases e, 1
  {
    match e
    case Number(_) =>
    case Leaf(_) =>
    case Negated(a) => EvaluationKeepsWithinTheAnalysedBounds(a, env, known);
    case AbsOf(a) => EvaluationKeepsWithinTheAnalysedBounds(a, env, known);
    case Choose(c, a, b) =>
      TruthIsWhatTheAnalysisSays(c, env, known);
      if Holds(c, env) {
        WhatIsLearntIsTrue(c, true, env, known);
        EvaluationKeepsWithinTheAnalysedBounds(a, env, Learn(c, true, known));
      } else {
        WhatIsLearntIsTrue(c, false, env, known);
        EvaluationKeepsWithinTheAnalysedBounds(b, env, Learn(c, false, known));
      }
    case Plus(a, b) => EvaluationKeepsWithinTheAnalysedBounds(a, env, known); EvaluationKeepsWithinTheAnalysedBounds(b, env, known);
    case Minus(a, b) => EvaluationKeepsWithinTheAnalysedBounds(a, env, known); EvaluationKeepsWithinTheAnalysedBounds(b, env, known);
    case Times(a, b) =>
      EvaluationKeepsWithinTheAnalysedBounds(a, env, known);
      EvaluationKeepsWithinTheAnalysedBounds(b, env, known);
      AProductKeepsWithinItsRange(Eval(a, env), Eval(b, env), RangeOf(a, known).range, RangeOf(b, known).range, a == b);
    case Over(a, b) =>
      EvaluationKeepsWithinTheAnalysedBounds(a, env, known);
      EvaluationKeepsWithinTheAnalysedBounds(b, env, known);
      AQuotientKeepsWithinItsRange(Eval(a, env), Eval(b, env), RangeOf(a, known).range, RangeOf(b, known).range);
    case Least(a, b) => EvaluationKeepsWithinTheAnalysedBounds(a, env, known); EvaluationKeepsWithinTheAnalysedBounds(b, env, known);
    case Most(a, b) => EvaluationKeepsWithinTheAnalysedBounds(a, env, known); EvaluationKeepsWithinTheAnalysedBounds(b, env, known);
  }

  lemma TruthIsWhatTheAnalysisSays(c: Cond, env: seq<int>, known: seq<Interval>)
    requires Fits(env, known) && TruthOf(c, known).Known?
    ensures Holds(c, env) ==> TruthOf(c, known).truth.canHold
    ensures !Holds(c, env) ==> TruthOf(c, known).truth.canFail
    decreases c, 1
  {
    match c
    case Not(d) => TruthIsWhatTheAnalysisSays(d, env, known);
    case And(d, f) => TruthIsWhatTheAnalysisSays(d, env, known); TruthIsWhatTheAnalysisSays(f, env, known);
    case Or(d, f) => TruthIsWhatTheAnalysisSays(d, env, known); TruthIsWhatTheAnalysisSays(f, env, known);
    case _ => EvaluationKeepsWithinTheAnalysedBounds(c.a, env, known); EvaluationKeepsWithinTheAnalysedBounds(c.b, env, known);
  }

  lemma WhatIsLearntIsTrue(c: Cond, holds: bool, env: seq<int>, known: seq<Interval>)
    requires Fits(env, known) && Holds(c, env) == holds
    ensures Fits(env, Learn(c, holds, known))
    decreases c, 2
  {
    match c
    case Not(d) => WhatIsLearntIsTrue(d, !holds, env, known);
    case And(d, f) => if holds { WhatIsLearntIsTrue(d, true, env, known); WhatIsLearntIsTrue(f, true, env, Learn(d, true, known)); }
    case Or(d, f) => if !holds { WhatIsLearntIsTrue(d, false, env, known); WhatIsLearntIsTrue(f, false, env, Learn(d, false, known)); }
    case Equal(_, _) =>
    case _ =>
      if RangeOf(c.b, known).Within? { EvaluationKeepsWithinTheAnalysedBounds(c.b, env, known); }
      var once := LearnOf(c.a, c.b, holds, known);
      assert Fits(env, once);
      if RangeOf(c.a, once).Within? { EvaluationKeepsWithinTheAnalysedBounds(c.a, env, once); }
  }

  // Nothing that is computed of numbers within the bound leaves 128 bits.
  lemma NothingLeaves128Bits(a: int, b: int)
    requires Abs(a) <= Largest && Abs(b) <= Largest
    ensures Abs(a * One) < 0x8000_0000_0000_0000_0000_0000_0000_0000 && Abs(a + b) < 0x8000_0000_0000_0000_0000_0000_0000_0000
  {
  }

  // Should the analysis be wrong all the same, no payment goes beyond its clause's bound; where it is right, nothing is cut.
  lemma NoPaymentGoesBeyondItsBound(payment: int, bound: Interval)
    requires bound.low <= bound.high
    ensures In(Cut(payment, bound), bound) && (In(payment, bound) ==> Cut(payment, bound) == payment)
  {
  }
}
