// A withdrawal and its states.
// Document: docs/withdrawals.md. Source: src/Surety.Engine/Accounts/WithdrawalKeeping.cs.

include "Rounding.dfy"

module Withdrawals {
  import opened Rounding

  datatype Status = Requested | Approved
  datatype End = Paid | Returned | Cancelled | Expired

  // What is under way. The amount left the balance at the request.
  datatype Row = Row(id: nat, account: nat, amount: int, status: Status, requestedBy: nat, expiresNs: int)

  // What happened to a withdrawal, once for each status; the last is its end.
  datatype Told = Ended(id: nat, how: End)

  datatype Keeping = Keeping(underWay: seq<Row>, count: nat, pending: int, withdrawn: int, told: seq<Told>)

  const Nothing := Keeping([], 0, 0, 0, [])

  // Why not, in the order in which the engine asks.
  datatype Refusal =
    | None | UnknownWithdrawal | Uncovered | AddressRemoved | KeyTooYoung | WithdrawalDecided | ApproverIsRequester | RequesterGone

  // What an approval finds: margin still covers what stayed, the address still stands, the key is old enough, and the other key is valid.
  datatype Found = Found(covered: bool, addressStands: bool, keyIsOld: bool, sameKey: bool, requesterIsValid: bool)

  function PlaceFrom(rows: seq<Row>, id: nat, i: nat): (place: nat)
    requires i <= |rows|
    ensures place <= |rows| && (place < |rows| ==> rows[place].id == id)
    ensures place == |rows| ==> forall k :: i <= k < |rows| ==> rows[k].id != id
    decreases |rows| - i
  { if i == |rows| then i else if rows[i].id == id then i else PlaceFrom(rows, id, i + 1) }

  function PlaceOf(rows: seq<Row>, id: nat): nat { PlaceFrom(rows, id, 0) }

  // The amount is on its way from here on; a number is never given twice. Without a second key it is approved at once.
  function Request(k: Keeping, account: nat, amount: int, key: nat, waits: bool, expiresNs: int): Keeping
  {
    var row := Row(k.count + 1, account, amount, if waits then Requested else Approved, key, if waits then expiresNs else 0);
    k.(underWay := k.underWay + [row], count := k.count + 1, pending := k.pending + amount)
  }

  function ApprovalRefused(k: Keeping, id: nat, account: nat, found: Found): Refusal
  {
    var place := PlaceOf(k.underWay, id);
    if place == |k.underWay| || k.underWay[place].account != account then UnknownWithdrawal
    else if !found.covered then Uncovered
    else if !found.addressStands then AddressRemoved
    else if !found.keyIsOld then KeyTooYoung
    else if k.underWay[place].status != Requested then WithdrawalDecided
    else if found.sameKey then ApproverIsRequester
    else if !found.requesterIsValid then RequesterGone
    else None
  }

  function Approve(k: Keeping, id: nat): Keeping
    requires PlaceOf(k.underWay, id) < |k.underWay|
  {
    var place := PlaceOf(k.underWay, id);
    k.(underWay := k.underWay[place := k.underWay[place].(status := Approved, expiresNs := 0)])
  }

  function CancelRefused(k: Keeping, id: nat, account: nat): Refusal
  {
    var place := PlaceOf(k.underWay, id);
    if place == |k.underWay| || k.underWay[place].account != account then UnknownWithdrawal
    else if k.underWay[place].status != Requested then WithdrawalDecided
    else None
  }

  function ConfirmRefused(k: Keeping, id: nat, paid: bool): Refusal
  {
    var place := PlaceOf(k.underWay, id);
    if place == |k.underWay| then UnknownWithdrawal
    else if paid && k.underWay[place].status != Approved then WithdrawalDecided
    else None
  }

  predicate IsExpired(k: Keeping, id: nat, nowNs: int)
  {
    var place := PlaceOf(k.underWay, id);
    place < |k.underWay| && k.underWay[place].status == Requested && k.underWay[place].expiresNs <= nowNs
  }

  // A withdrawal ends: its row goes, and what was pending is withdrawn or comes back.
  function Finish(k: Keeping, id: nat, how: End): Keeping
    requires PlaceOf(k.underWay, id) < |k.underWay|
  {
    var place := PlaceOf(k.underWay, id);
    var amount := k.underWay[place].amount;
    k.(underWay := k.underWay[..place] + k.underWay[place + 1..], pending := k.pending - amount,
      withdrawn := if how == Paid then k.withdrawn + amount else k.withdrawn, told := k.told + [Ended(id, how)])
  }

  datatype Command =
    | Ask(account: nat, amount: int, key: nat, waits: bool, expiresNs: int)
    | Allow(id: nat, account: nat, found: Found)
    | TakeBack(id: nat, account: nat)
    | Confirm(id: nat, paid: bool)
    | Time(id: nat, nowNs: int)

  function Apply(k: Keeping, c: Command): Keeping
  {
    match c
    case Ask(account, amount, key, waits, expires) => Request(k, account, amount, key, waits, expires)
    case Allow(id, account, found) => if ApprovalRefused(k, id, account, found) == None then Approve(k, id) else k
    case TakeBack(id, account) => if CancelRefused(k, id, account) == None then Finish(k, id, Cancelled) else k
    case Confirm(id, paid) => if ConfirmRefused(k, id, paid) == None then Finish(k, id, if paid then Paid else Returned) else k
    case Time(id, now) => if IsExpired(k, id, now) then Finish(k, id, Expired) else k
  }

  function Run(k: Keeping, commands: seq<Command>): Keeping
    decreases |commands|
  { if |commands| == 0 then k else Run(Apply(k, commands[0]), commands[1..]) }

  // ---- Theorems ----

  function Amounts(rows: seq<Row>): int { if |rows| == 0 then 0 else rows[0].amount + Amounts(rows[1..]) }

  ghost predicate Valid(k: Keeping)
  {
    k.pending == Amounts(k.underWay) &&
    (forall i :: 0 <= i < |k.underWay| ==> 1 <= k.underWay[i].id <= k.count) &&
    (forall i, j :: 0 <= i < j < |k.underWay| ==> k.underWay[i].id != k.underWay[j].id) &&
    (forall i :: 0 <= i < |k.told| ==> 1 <= k.told[i].id <= k.count) &&
    (forall i, j :: 0 <= i < j < |k.told| ==> k.told[i].id != k.told[j].id) &&
    (forall i, j :: 0 <= i < |k.underWay| && 0 <= j < |k.told| ==> k.underWay[i].id != k.told[j].id)
  }

  lemma AmountsOfTwo(a: seq<Row>, b: seq<Row>)
    ensures Amounts(a + b) == Amounts(a) + Amounts(b)
  {
    if |a| == 0 { assert a + b == b; } else { assert (a + b)[1..] == a[1..] + b; AmountsOfTwo(a[1..], b); }
  }

  lemma FinishingKeepsTheRules(k: Keeping, id: nat, how: End)
    requires Valid(k) && PlaceOf(k.underWay, id) < |k.underWay|
    ensures Valid(Finish(k, id, how))
  {
    var place := PlaceOf(k.underWay, id);
    var before := k.underWay[..place];
    var rest := k.underWay[place + 1..];
    var row := k.underWay[place];
    assert k.underWay == before + ([row] + rest);
    AmountsOfTwo(before, [row] + rest);
    AmountsOfTwo([row], rest);
    AmountsOfTwo(before, rest);
    var a := Finish(k, id, how);
    forall i | 0 <= i < |a.underWay| ensures exists j :: 0 <= j < |k.underWay| && j != place && a.underWay[i] == k.underWay[j] {
      assert a.underWay[i] == k.underWay[if i < place then i else i + 1];
    }
  }

  // For all requests in any order: withdrawal numbers are unique, a withdrawal that ended stays ended, and the pending amount is the
  // sum of those under way.
  lemma EveryCommandKeepsTheRules(k: Keeping, c: Command)
    requires Valid(k)
    ensures Valid(Apply(k, c))
  {
    match c
    case Ask(account, amount, key, waits, expires) =>
      var row := Row(k.count + 1, account, amount, if waits then Requested else Approved, key, if waits then expires else 0);
      AmountsOfTwo(k.underWay, [row]);
      assert Amounts([row]) == amount;
    case Allow(id, account, found) =>
      if ApprovalRefused(k, id, account, found) == None { ApprovingKeepsAmounts(k.underWay, PlaceOf(k.underWay, id)); }
    case TakeBack(id, account) => if CancelRefused(k, id, account) == None { FinishingKeepsTheRules(k, id, Cancelled); }
    case Confirm(id, paid) => if ConfirmRefused(k, id, paid) == None { FinishingKeepsTheRules(k, id, if paid then Paid else Returned); }
    case Time(id, now) => if IsExpired(k, id, now) { FinishingKeepsTheRules(k, id, Expired); }
  }

  lemma ApprovingKeepsAmounts(rows: seq<Row>, place: nat)
    requires place < |rows|
    ensures Amounts(rows[place := rows[place].(status := Approved, expiresNs := 0)]) == Amounts(rows)
  {
    if place > 0 {
      ApprovingKeepsAmounts(rows[1..], place - 1);
      assert rows[place := rows[place].(status := Approved, expiresNs := 0)][1..]
        == rows[1..][place - 1 := rows[1..][place - 1].(status := Approved, expiresNs := 0)];
    } else {
      assert rows[place := rows[place].(status := Approved, expiresNs := 0)][1..] == rows[1..];
    }
  }

  lemma EveryRunKeepsTheRules(k: Keeping, commands: seq<Command>)
    requires Valid(k)
    ensures Valid(Run(k, commands))
    decreases |commands|
  {
    if |commands| > 0 {
      EveryCommandKeepsTheRules(k, commands[0]);
      EveryRunKeepsTheRules(Apply(k, commands[0]), commands[1..]);
    }
  }

  function TimesPaid(told: seq<Told>, id: nat): nat
  { if |told| == 0 then 0 else (if told[0] == Ended(id, Paid) then 1 else 0) + TimesPaid(told[1..], id) }

  function TimesEnded(told: seq<Told>, id: nat): nat
  { if |told| == 0 then 0 else (if told[0].id == id then 1 else 0) + TimesEnded(told[1..], id) }

  lemma WhoseNumbersDifferEndsOnce(told: seq<Told>, id: nat)
    requires forall i, j :: 0 <= i < j < |told| ==> told[i].id != told[j].id
    ensures TimesPaid(told, id) <= TimesEnded(told, id) <= 1
    ensures (forall i :: 0 <= i < |told| ==> told[i].id != id) ==> TimesEnded(told, id) == 0
  {
    if |told| > 0 {
      forall i, j | 0 <= i < j < |told[1..]| ensures told[1..][i].id != told[1..][j].id { assert told[1..][i] == told[i + 1]; }
      WhoseNumbersDifferEndsOnce(told[1..], id);
      if told[0].id == id {
        forall i | 0 <= i < |told[1..]| ensures told[1..][i].id != id { assert told[1..][i] == told[i + 1]; }
      }
    }
  }

  // However often, by whomever and in whatever order custody and owners ask: a withdrawal is paid at most once, and never both paid and
  // given back.
  lemma AWithdrawalIsPaidAtMostOnce(commands: seq<Command>, id: nat)
    ensures var told := Run(Nothing, commands).told; TimesPaid(told, id) <= 1 && TimesEnded(told, id) <= 1
  {
    EveryRunKeepsTheRules(Nothing, commands);
    WhoseNumbersDifferEndsOnce(Run(Nothing, commands).told, id);
  }

  // Only an approved withdrawal is paid, and the key that asked does not approve it.
  lemma OnlyWhatASecondKeyApprovedIsPaid(k: Keeping, id: nat, account: nat, found: Found)
    ensures ConfirmRefused(k, id, true) == None ==> k.underWay[PlaceOf(k.underWay, id)].status == Approved
    ensures ApprovalRefused(k, id, account, found) == None ==> !found.sameKey && found.keyIsOld && found.requesterIsValid && found.covered
  {
  }

  // What custody may have sent cannot be taken back by its owner, nor does time end it.
  lemma WhatIsApprovedIsNotTakenBack(k: Keeping, id: nat, account: nat, nowNs: int)
    requires PlaceOf(k.underWay, id) < |k.underWay| && k.underWay[PlaceOf(k.underWay, id)].status == Approved
    ensures Apply(k, TakeBack(id, account)) == k && Apply(k, Time(id, nowNs)) == k
  {
  }

  // What was asked for is pending, paid, or back: nothing is lost on the way.
  lemma WhatEndsLeavesPendingByItsAmount(k: Keeping, id: nat, how: End)
    requires PlaceOf(k.underWay, id) < |k.underWay|
    ensures var amount := k.underWay[PlaceOf(k.underWay, id)].amount; var a := Finish(k, id, how);
      a.pending + amount == k.pending && a.withdrawn - k.withdrawn == (if how == Paid then amount else 0)
  {
  }
}
