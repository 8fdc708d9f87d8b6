// Funding by one cumulative number a market.
// Document: docs/oracles.md (Funding). Source: src/Surety.Engine/Funding/FundingAccrual.cs.

include "Rounding.dfy"

module Funding {
  import opened Rounding

  const PeriodMs := 28_800_000
  const Unit: int := 1_000_000_000 * PeriodMs
  const InterestClampPpb := 500_000
  const LargestPremiumPpb := 1_000_000_000

  // The rate for eight hours from a mean premium, an interest component and a cap.
  function RatePpb(premiumPpb: int, interestPpm: int, capPpm: int): int
  {
    var rate := premiumPpb + Clamp(interestPpm * 1_000 - premiumPpb, -InterestClampPpb, InterestClampPpb);
    Clamp(rate, -capPpm * 1_000, capPpm * 1_000)
  }

  // The premium of impact prices, ticks times 2^16, over an index above zero.
  function PremiumPpb(indexTicks: int, hasBid: bool, bid16: int, hasAsk: bool, ask16: int): int
    requires indexTicks > 0
  {
    var index16 := indexTicks * 65_536;
    var over := if hasBid then Max(0, bid16 - index16) else 0;
    var under := if hasAsk then Max(0, index16 - ask16) else 0;
    Clamp(MulDivFloor(over - under, 1_000_000_000, index16), -LargestPremiumPpb, LargestPremiumPpb)
  }

  // What one long lot has paid, whole atoms, and what is carried forward.
  datatype Ledger = Ledger(index: int, remainder: int)

  ghost predicate Valid(l: Ledger) { 0 <= l.remainder < Unit }

  function Accrue(l: Ledger, markTicks: int, atomsPerTickLot: int, ratePpb: int, elapsedMs: int): Ledger
  {
    var due := markTicks * atomsPerTickLot * ratePpb * elapsedMs + l.remainder;
    Ledger(l.index + due / Unit, due % Unit)
  }

  // ---- Theorems ----

  // What is less than an atom a lot is carried forward, never lost and never an atom or more.
  lemma WhatIsLessThanAnAtomIsCarriedForward(l: Ledger, markTicks: int, atoms: int, ratePpb: int, elapsedMs: int)
    requires Valid(l)
    ensures var a := Accrue(l, markTicks, atoms, ratePpb, elapsedMs);
      Valid(a) && a.index * Unit + a.remainder == l.index * Unit + l.remainder + markTicks * atoms * ratePpb * elapsedMs
  {
    var due := markTicks * atoms * ratePpb * elapsedMs + l.remainder;
    assert due == due / Unit * Unit + due % Unit;
    assert (l.index + due / Unit) * Unit == l.index * Unit + due / Unit * Unit;
  }

  // At one mark and rate, accruing in two pieces is accruing once: how often a market is looked at changes no funding.
  lemma AccruingInPiecesIsAccruingOnce(l: Ledger, markTicks: int, atoms: int, ratePpb: int, first: int, second: int)
    requires Valid(l)
    ensures Accrue(Accrue(l, markTicks, atoms, ratePpb, first), markTicks, atoms, ratePpb, second)
      == Accrue(l, markTicks, atoms, ratePpb, first + second)
  {
    var a := Accrue(l, markTicks, atoms, ratePpb, first);
    var two := Accrue(a, markTicks, atoms, ratePpb, second);
    var one := Accrue(l, markTicks, atoms, ratePpb, first + second);
    WhatIsLessThanAnAtomIsCarriedForward(l, markTicks, atoms, ratePpb, first);
    WhatIsLessThanAnAtomIsCarriedForward(a, markTicks, atoms, ratePpb, second);
    WhatIsLessThanAnAtomIsCarriedForward(l, markTicks, atoms, ratePpb, first + second);
    var flow := markTicks * atoms * ratePpb;
    assert flow * (first + second) == flow * first + flow * second;
    assert two.index * Unit + two.remainder == one.index * Unit + one.remainder;
    if two.index < one.index { ProductsKeepOrder(two.index + 1, one.index, Unit); }
    if one.index < two.index { ProductsKeepOrder(one.index + 1, two.index, Unit); }
  }

  // No rate is beyond the market's cap, and none is further from the premium than the clamp allows.
  lemma NoRateIsBeyondItsCap(premiumPpb: int, interestPpm: int, capPpm: int)
    requires capPpm >= 0
    ensures -capPpm * 1_000 <= RatePpb(premiumPpb, interestPpm, capPpm) <= capPpm * 1_000
    ensures Abs(RatePpb(premiumPpb, interestPpm, capPpm)) <= Abs(premiumPpb) + InterestClampPpb
  {
  }

  // Where neither side of the book is away from the index, the premium is nothing.
  lemma ABookAroundTheIndexHasNoPremium(indexTicks: int, bid16: int, ask16: int)
    requires indexTicks > 0 && bid16 <= indexTicks * 65_536 <= ask16
    ensures PremiumPpb(indexTicks, true, bid16, true, ask16) == 0
  {
    OnlyTheFloorFits(0, indexTicks * 65_536, 0);
  }

  // Lots that sum to zero pay nothing in all, whatever the funding index does.
  lemma LongsPayExactlyWhatShortsArePaid(longs: int, shorts: int, change: int)
    requires longs + shorts == 0
    ensures longs * change + shorts * change == 0
  {
    assert longs * change + shorts * change == (longs + shorts) * change;
  }
}
