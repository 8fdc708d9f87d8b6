// The price at which a call auction uncrosses.
// Document: docs/breakers.md (Call auction). Source: src/Surety.Engine/Breakers/CallAuction.cs (TryFindPrice, Consider).

include "Rounding.dfy"

module Auction {
  import opened Rounding

  datatype Order = Order(price: int, lots: int)

  // Lots bid at or above a price, and offered at or below it.
  function Bid(buys: seq<Order>, price: int): int
  { if |buys| == 0 then 0 else (if buys[0].price >= price then buys[0].lots else 0) + Bid(buys[1..], price) }

  function Offered(sells: seq<Order>, price: int): int
  { if |sells| == 0 then 0 else (if sells[0].price <= price then sells[0].lots else 0) + Offered(sells[1..], price) }

  function Traded(buys: seq<Order>, sells: seq<Order>, price: int): int { Min(Bid(buys, price), Offered(sells, price)) }
  function LeftOver(buys: seq<Order>, sells: seq<Order>, price: int): int { Abs(Bid(buys, price) - Offered(sells, price)) }

  // The declared order: most trades, then least left over, then nearest to the index.
  predicate IsBetter(buys: seq<Order>, sells: seq<Order>, index: int, a: int, b: int)
  {
    var more := Traded(buys, sells, a) - Traded(buys, sells, b);
    var less := LeftOver(buys, sells, b) - LeftOver(buys, sells, a);
    more > 0 || (more == 0 && (less > 0 || (less == 0 && Abs(a - index) < Abs(b - index))))
  }

  datatype Found = Nothing | Price(ticks: int)

  function Consider(buys: seq<Order>, sells: seq<Order>, index: int, best: Found, candidate: int): Found
  {
    if Traded(buys, sells, candidate) <= 0 then best
    else if best.Nothing? || IsBetter(buys, sells, index, candidate, best.ticks) then Price(candidate)
    else best
  }

  // Down the prices that have orders. Between two of them volumes do not change: there the point nearest to the index counts too.
  function Walk(buys: seq<Order>, sells: seq<Order>, index: int, levels: seq<int>, best: Found): Found
  {
    if |levels| == 0 then best
    else
      var here := Consider(buys, sells, index, best, levels[0]);
      if |levels| == 1 then here
      else
        var between := if levels[0] - levels[1] > 1
          then Consider(buys, sells, index, here, Clamp(index, levels[1] + 1, levels[0] - 1)) else here;
        Walk(buys, sells, index, levels[1..], between)
  }

  // All prices that have orders, the highest first, each once.
  function Add(levels: seq<int>, price: int): seq<int>
  {
    if |levels| == 0 then [price]
    else if price > levels[0] then [price] + levels
    else if price == levels[0] then levels
    else [levels[0]] + Add(levels[1..], price)
  }

  function Levels(orders: seq<Order>): seq<int> { if |orders| == 0 then [] else Add(Levels(orders[1..]), orders[0].price) }

  function FindPrice(buys: seq<Order>, sells: seq<Order>, index: int): Found
  { Walk(buys, sells, index, Levels(buys + sells), Nothing) }

  // ---- Theorems ----

  ghost predicate Descending(levels: seq<int>) { forall i, j :: 0 <= i < j < |levels| ==> levels[i] > levels[j] }
  ghost predicate Covers(levels: seq<int>, orders: seq<Order>)
  { forall k :: 0 <= k < |orders| ==> orders[k].price in levels }

  lemma AddedInOrder(levels: seq<int>, price: int)
    requires Descending(levels)
    ensures Descending(Add(levels, price)) && price in Add(levels, price)
    ensures forall p :: p in Add(levels, price) <==> p in levels || p == price
  {
    if |levels| > 0 && price < levels[0] {
      AddedInOrder(levels[1..], price);
      var rest := Add(levels[1..], price);
      assert levels == [levels[0]] + levels[1..];
      assert forall p :: p in rest ==> p < levels[0];
    }
  }

  lemma LevelsAreAllPricesInOrder(orders: seq<Order>)
    ensures Descending(Levels(orders)) && Covers(Levels(orders), orders)
  {
    if |orders| > 0 {
      LevelsAreAllPricesInOrder(orders[1..]);
      AddedInOrder(Levels(orders[1..]), orders[0].price);
      forall k | 0 <= k < |orders| ensures orders[k].price in Levels(orders) {
        if k > 0 { assert orders[k] == orders[1..][k - 1]; }
      }
    }
  }

  // Between neighbouring prices with orders, volumes are the same everywhere.
  lemma VolumesAreTheSameBetweenLevels(orders: seq<Order>, low: int, high: int, a: int, b: int)
    requires low < a < high && low < b < high && forall k :: 0 <= k < |orders| ==> orders[k].price <= low || orders[k].price >= high
    ensures Bid(orders, a) == Bid(orders, b) && Offered(orders, a) == Offered(orders, b)
  {
    if |orders| > 0 {
      forall k | 0 <= k < |orders[1..]| ensures orders[1..][k].price <= low || orders[1..][k].price >= high {
        assert orders[1..][k] == orders[k + 1];
      }
      VolumesAreTheSameBetweenLevels(orders[1..], low, high, a, b);
    }
  }

  lemma NothingIsBidAboveAllOrders(orders: seq<Order>, price: int)
    requires forall k :: 0 <= k < |orders| ==> orders[k].price < price
    ensures Bid(orders, price) == 0
  {
    if |orders| > 0 {
      forall k | 0 <= k < |orders[1..]| ensures orders[1..][k].price < price { assert orders[1..][k] == orders[k + 1]; }
      NothingIsBidAboveAllOrders(orders[1..], price);
    }
  }

  lemma NothingIsOfferedBelowAllOrders(orders: seq<Order>, price: int)
    requires forall k :: 0 <= k < |orders| ==> orders[k].price > price
    ensures Offered(orders, price) == 0
  {
    if |orders| > 0 {
      forall k | 0 <= k < |orders[1..]| ensures orders[1..][k].price > price { assert orders[1..][k] == orders[k + 1]; }
      NothingIsOfferedBelowAllOrders(orders[1..], price);
    }
  }

  // No price that trades is better than what was found.
  ghost predicate IsNoWorse(buys: seq<Order>, sells: seq<Order>, index: int, found: Found, price: int)
  {
    Traded(buys, sells, price) > 0 ==>
      found.Price? && Traded(buys, sells, found.ticks) > 0 && !IsBetter(buys, sells, index, price, found.ticks)
  }

  lemma ConsideringOnlyImproves(buys: seq<Order>, sells: seq<Order>, index: int, best: Found, candidate: int)
    requires best.Price? ==> Traded(buys, sells, best.ticks) > 0
    ensures var after := Consider(buys, sells, index, best, candidate);
      IsNoWorse(buys, sells, index, after, candidate) && (after.Price? ==> Traded(buys, sells, after.ticks) > 0) &&
      (forall p :: IsNoWorse(buys, sells, index, best, p) ==> IsNoWorse(buys, sells, index, after, p))
  {
  }

  // Walking down from a level finds a price no worse than any at or below it, and loses none that was found before.
  lemma TheWalkMissesNoPrice(buys: seq<Order>, sells: seq<Order>, index: int, levels: seq<int>, best: Found, price: int)
    requires Descending(levels) && |levels| > 0 && (best.Price? ==> Traded(buys, sells, best.ticks) > 0)
    requires forall k :: 0 <= k < |buys| ==> buys[k].price in levels || buys[k].price > levels[0]
    requires forall k :: 0 <= k < |sells| ==> sells[k].price in levels || sells[k].price > levels[0]
    ensures var found := Walk(buys, sells, index, levels, best);
      (IsNoWorse(buys, sells, index, best, price) || price <= levels[0] ==> IsNoWorse(buys, sells, index, found, price)) &&
      (found.Price? ==> Traded(buys, sells, found.ticks) > 0)
  {
    var here := Consider(buys, sells, index, best, levels[0]);
    ConsideringOnlyImproves(buys, sells, index, best, levels[0]);
    if |levels| == 1 {
      if price < levels[0] {
        NothingIsOfferedBelowAllOrders(sells, price);
      }
    } else {
      var low := levels[1];
      var high := levels[0];
      var rest := levels[1..];
      forall k | 0 <= k < |buys| ensures buys[k].price in rest || buys[k].price > rest[0] { InRestOrAbove(levels, buys[k].price); }
      forall k | 0 <= k < |sells| ensures sells[k].price in rest || sells[k].price > rest[0] { InRestOrAbove(levels, sells[k].price); }
      if high - low > 1 {
        var nearest := Clamp(index, low + 1, high - 1);
        var between := Consider(buys, sells, index, here, nearest);
        ConsideringOnlyImproves(buys, sells, index, here, nearest);
        if low < price < high {
          forall k | 0 <= k < |buys| ensures buys[k].price <= low || buys[k].price >= high { OutsideTheGap(levels, buys[k].price); }
          forall k | 0 <= k < |sells| ensures sells[k].price <= low || sells[k].price >= high { OutsideTheGap(levels, sells[k].price); }
          VolumesAreTheSameBetweenLevels(buys, low, high, price, nearest);
          VolumesAreTheSameBetweenLevels(sells, low, high, price, nearest);
          assert Abs(nearest - index) <= Abs(price - index);
          assert IsNoWorse(buys, sells, index, between, price);
        }
        TheWalkMissesNoPrice(buys, sells, index, rest, between, price);
      } else {
        TheWalkMissesNoPrice(buys, sells, index, rest, here, price);
      }
    }
  }

  lemma InRestOrAbove(levels: seq<int>, price: int)
    requires Descending(levels) && |levels| >= 2 && (price in levels || price > levels[0])
    ensures price in levels[1..] || price > levels[1]
  {
    if price in levels {
      var i :| 0 <= i < |levels| && levels[i] == price;
      if i > 0 { assert levels[1..][i - 1] == price; }
    }
  }

  lemma OutsideTheGap(levels: seq<int>, price: int)
    requires Descending(levels) && |levels| >= 2 && (price in levels || price > levels[0])
    ensures price <= levels[1] || price >= levels[0]
  {
    if price in levels {
      var i :| 0 <= i < |levels| && levels[i] == price;
      if i > 1 { assert levels[1] > levels[i]; }
    }
  }

  // The uncross price is the best of all prices there are, in the declared order: no other trades more, or as much and leaves less over,
  // or both and is nearer to the index.
  lemma TheUncrossPriceIsOptimalInTheDeclaredOrder(buys: seq<Order>, sells: seq<Order>, index: int, price: int)
    ensures var found := FindPrice(buys, sells, index);
      Traded(buys, sells, price) > 0 ==>
        found.Price? && Traded(buys, sells, found.ticks) > 0 && !IsBetter(buys, sells, index, price, found.ticks)
  {
    var orders := buys + sells;
    var levels := Levels(orders);
    LevelsAreAllPricesInOrder(orders);
    if |orders| > 0 {
      forall k | 0 <= k < |buys| ensures buys[k].price in levels { assert orders[k] == buys[k]; }
      forall k | 0 <= k < |sells| ensures sells[k].price in levels { assert orders[|buys| + k] == sells[k]; }
      assert |levels| > 0;
      TheWalkMissesNoPrice(buys, sells, index, levels, Nothing, price);
      if price > levels[0] {
        forall k | 0 <= k < |buys| ensures buys[k].price < price {
          var i :| 0 <= i < |levels| && levels[i] == buys[k].price;
        }
        NothingIsBidAboveAllOrders(buys, price);
      }
    }
  }

  // It is found exactly where something crosses.
  lemma APriceIsFoundWhereverSomethingCrosses(buys: seq<Order>, sells: seq<Order>, index: int, i: nat, j: nat)
    requires i < |buys| && j < |sells| && buys[i].price >= sells[j].price
    requires (forall k :: 0 <= k < |buys| ==> buys[k].lots > 0) && (forall k :: 0 <= k < |sells| ==> sells[k].lots > 0)
    ensures FindPrice(buys, sells, index).Price?
  {
    SomethingIsBid(buys, i, buys[i].price);
    SomethingIsOffered(sells, j, buys[i].price);
    TheUncrossPriceIsOptimalInTheDeclaredOrder(buys, sells, index, buys[i].price);
  }

  lemma SomethingIsBid(orders: seq<Order>, i: nat, price: int)
    requires i < |orders| && orders[i].price >= price && forall k :: 0 <= k < |orders| ==> orders[k].lots > 0
    ensures Bid(orders, price) > 0
  {
    forall k | 0 <= k < |orders[1..]| ensures orders[1..][k].lots > 0 { assert orders[1..][k] == orders[k + 1]; }
    BidsAreNotNegative(orders[1..], price);
    if i > 0 { SomethingIsBid(orders[1..], i - 1, price); }
  }

  lemma SomethingIsOffered(orders: seq<Order>, i: nat, price: int)
    requires i < |orders| && orders[i].price <= price && forall k :: 0 <= k < |orders| ==> orders[k].lots > 0
    ensures Offered(orders, price) > 0
  {
    forall k | 0 <= k < |orders[1..]| ensures orders[1..][k].lots > 0 { assert orders[1..][k] == orders[k + 1]; }
    BidsAreNotNegative(orders[1..], price);
    if i > 0 { SomethingIsOffered(orders[1..], i - 1, price); }
  }

  lemma BidsAreNotNegative(orders: seq<Order>, price: int)
    requires forall k :: 0 <= k < |orders| ==> orders[k].lots > 0
    ensures Bid(orders, price) >= 0 && Offered(orders, price) >= 0
  {
    if |orders| > 0 {
      forall k | 0 <= k < |orders[1..]| ensures orders[1..][k].lots > 0 { assert orders[1..][k] == orders[k + 1]; }
      BidsAreNotNegative(orders[1..], price);
    }
  }
}
