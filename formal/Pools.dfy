// Pools of collateral: what happens in one changes nothing in another.
// Documents: docs/liquidation.md (stage 5: a loss in one pool touches no other), docs/engine.md (Money).
// Sources: src/Surety.Engine/Accounts/Custody.cs (Transfer, CheckHeld, Hold), src/Surety.Engine/Liquidation/LossSharing.cs.

include "Accounts.dfy"

module Pools {
  import Accounts

  datatype Venue = Venue(pools: seq<Accounts.Books>, deposited: int, withdrawn: int, pending: int)

  // What a command does: something within one pool, or money that comes, goes, ends its way, or moves from one pool to another.
  datatype Command =
    | Within(pool: nat, what: Accounts.Command)
    | Deposit(pool: nat, unit: nat, atoms: int)
    | Request(pool: nat, unit: nat, atoms: int)
    | Pay(atoms: int)
    | GiveBack(pool: nat, unit: nat, atoms: int)
    | Transfer(pool: nat, unit: nat, other: nat, otherUnit: nat, atoms: int)

  predicate Possible(v: Venue, c: Command)
  {
    match c
    case Within(p, what) => p < |v.pools| && !what.Entered? && Accounts.Possible(v.pools[p], what)
    case Deposit(p, unit, atoms) => p < |v.pools| && unit < |v.pools[p].cash| && 0 <= atoms
    case Request(p, unit, atoms) => p < |v.pools| && unit < |v.pools[p].cash| && 0 <= atoms <= v.pools[p].held
    case Pay(atoms) => 0 <= atoms <= v.pending
    case GiveBack(p, unit, atoms) => p < |v.pools| && unit < |v.pools[p].cash| && 0 <= atoms <= v.pending
    case Transfer(p, unit, q, other, atoms) =>
      p < |v.pools| && q < |v.pools| && p != q && unit < |v.pools[p].cash| && other < |v.pools[q].cash| && 0 <= atoms <= v.pools[p].held
  }

  ghost predicate Valid(v: Venue)
  {
    (forall p :: 0 <= p < |v.pools| ==> Accounts.Valid(v.pools[p]) && v.pools[p].held >= 0) &&
    v.pending >= 0 && HeldByAll(v.pools) + v.pending == v.deposited - v.withdrawn
  }

  function HeldByAll(pools: seq<Accounts.Books>): int { if |pools| == 0 then 0 else pools[0].held + HeldByAll(pools[1..]) }

  function Enter(v: Venue, p: nat, unit: nat, atoms: int): Venue
    requires p < |v.pools| && unit < |v.pools[p].cash|
  { v.(pools := v.pools[p := Accounts.Enter(v.pools[p], unit, atoms)]) }

  function Apply(v: Venue, c: Command): Venue
    requires Valid(v) && Possible(v, c)
  {
    match c
    case Within(p, what) => v.(pools := v.pools[p := Accounts.Apply(v.pools[p], what)])
    case Deposit(p, unit, atoms) => Enter(v, p, unit, atoms).(deposited := v.deposited + atoms)
    case Request(p, unit, atoms) => Enter(v, p, unit, -atoms).(pending := v.pending + atoms)
    case Pay(atoms) => v.(pending := v.pending - atoms, withdrawn := v.withdrawn + atoms)
    case GiveBack(p, unit, atoms) => Enter(v, p, unit, atoms).(pending := v.pending - atoms)
    case Transfer(p, unit, q, other, atoms) => Enter(Enter(v, p, unit, -atoms), q, other, atoms)
  }

  // The pools that a command names.
  predicate Names(c: Command, p: nat)
  {
    match c
    case Within(q, _) => p == q
    case Deposit(q, _, _) => p == q
    case Request(q, _, _) => p == q
    case Pay(_) => false
    case GiveBack(q, _, _) => p == q
    case Transfer(q, _, r, _, _) => p == q || p == r
  }

  lemma HeldAfter(pools: seq<Accounts.Books>, p: nat, b: Accounts.Books)
    requires p < |pools|
    ensures HeldByAll(pools[p := b]) == HeldByAll(pools) - pools[p].held + b.held
  {
    if p > 0 { HeldAfter(pools[1..], p - 1, b); assert pools[p := b][1..] == pools[1..][p - 1 := b]; }
    else { assert pools[p := b][1..] == pools[1..]; }
  }

  lemma EnteringKeepsAPoolValid(b: Accounts.Books, unit: nat, atoms: int)
    requires Accounts.Valid(b) && unit < |b.cash|
    ensures Accounts.Valid(Accounts.Enter(b, unit, atoms)) && Accounts.Enter(b, unit, atoms).held == b.held + atoms
  { Accounts.EveryCommandConservesMoneyAndSumsToZero(b, Accounts.Entered(unit, atoms)); }

  // Over every command of the venue: each pool's books add up, none holds less than nothing, and all of them and what is on its way are
  // exactly what was deposited less what was withdrawn.
  lemma EveryCommandConservesMoneyOfAllPools(v: Venue, c: Command)
    requires Valid(v) && Possible(v, c)
    ensures Valid(Apply(v, c))
  {
    match c
    case Within(p, what) =>
      Accounts.EveryCommandConservesMoneyAndSumsToZero(v.pools[p], what);
      Accounts.OnlyWhatComesInOrLeavesChangesWhatIsHeld(v.pools[p], what);
      HeldAfter(v.pools, p, Accounts.Apply(v.pools[p], what));
    case Deposit(p, unit, atoms) =>
      EnteringKeepsAPoolValid(v.pools[p], unit, atoms);
      HeldAfter(v.pools, p, Accounts.Enter(v.pools[p], unit, atoms));
    case Request(p, unit, atoms) =>
      EnteringKeepsAPoolValid(v.pools[p], unit, -atoms);
      HeldAfter(v.pools, p, Accounts.Enter(v.pools[p], unit, -atoms));
    case Pay(_) =>
    case GiveBack(p, unit, atoms) =>
      EnteringKeepsAPoolValid(v.pools[p], unit, atoms);
      HeldAfter(v.pools, p, Accounts.Enter(v.pools[p], unit, atoms));
    case Transfer(p, unit, q, other, atoms) =>
      var first := Enter(v, p, unit, -atoms);
      EnteringKeepsAPoolValid(v.pools[p], unit, -atoms);
      HeldAfter(v.pools, p, Accounts.Enter(v.pools[p], unit, -atoms));
      EnteringKeepsAPoolValid(first.pools[q], other, atoms);
      HeldAfter(first.pools, q, Accounts.Enter(first.pools[q], other, atoms));
  }

  // A loss in one pool changes no balance outside it: a pool that a command does not name stays as it is, in everything.
  lemma ALossInOnePoolChangesNothingOutsideIt(v: Venue, c: Command, p: nat)
    requires Valid(v) && Possible(v, c) && p < |v.pools| && !Names(c, p)
    ensures |Apply(v, c).pools| == |v.pools| && Apply(v, c).pools[p] == v.pools[p]
  {
  }

  // Nothing that happens within pools changes what a pool holds: covers, charges, discounts and shared losses only move it about.
  lemma WithinAPoolNothingComesInOrLeaves(v: Venue, p: nat, what: Accounts.Command)
    requires Valid(v) && Possible(v, Within(p, what))
    ensures Apply(v, Within(p, what)).pools[p].held == v.pools[p].held
  { Accounts.OnlyWhatComesInOrLeavesChangesWhatIsHeld(v.pools[p], what); }

  // No more of an asset leaves than came in: whatever the order of commands.
  lemma NoMoreLeavesThanCameIn(v: Venue)
    requires Valid(v)
    ensures v.withdrawn <= v.deposited
  { HeldIsNotNegative(v.pools); }

  lemma HeldIsNotNegative(pools: seq<Accounts.Books>)
    requires forall p :: 0 <= p < |pools| ==> pools[p].held >= 0
    ensures HeldByAll(pools) >= 0
  { if |pools| > 0 { assert forall p :: 0 <= p < |pools[1..]| ==> pools[1..][p] == pools[p + 1]; HeldIsNotNegative(pools[1..]); } }
}
