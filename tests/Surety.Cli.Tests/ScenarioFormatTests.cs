using System;
using System.IO;
using System.Linq;
using Surety.Cli.Commands;
using Surety.Cli.Scenarios;
using Surety.Simulation.Scenarios;

namespace Surety.Cli.Tests;

/// <summary>Each thing a scenario can say, by a small scenario whose expectations hold only if it was done.</summary>
public class ScenarioFormatTests
{
    private const string Start = """
        "indexes": [{ "name": "BTC_USD", "sources": 3 }],
        "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
        "accounts": [{ "name": "a", "deposits": { "USD": "100000" } }, { "name": "b", "deposits": { "USD": "100000" } }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000]] }],
        """;

    [Fact]
    public void Terms_change_when_their_time_has_come_and_what_is_fixed_stays() => Holds("""
        "duration": "2h30m", "heartbeat": "1m",
        """ + Start + """
        "events": [
          { "at": "1m", "id": "narrow", "changeMarket": { "market": "BTC-PERP", "orderBand": 0.01 } },
          { "at": "2m", "id": "wide yet", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 10300, "type": "ioc" } },
          { "at": "65m", "id": "too wide", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 10300, "type": "ioc" } },
          { "at": "66m", "id": "steeper", "changeMarket": { "market": "BTC-PERP", "in": "61m", "funding": { "cap": 0.001 }, "tiers": [{ "initial": 0.5, "maintenance": 0.2 }] } },
          { "at": "68m", "id": "early", "changeMarket": { "market": "BTC-PERP", "activate": "80m", "auction": "1m" } },
          { "at": "69m", "id": "fixed", "changeMarket": { "market": "BTC-PERP", "minPrice": 2 } },
          { "at": "2h10m", "id": "margined", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 30, "price": 10000 } },
          { "at": "2h11m", "id": "still narrow", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 10300, "type": "ioc" } }],
        "expect": [{ "that": "accepted", "id": "narrow" }, { "that": "accepted", "id": "wide yet" }, { "that": "refused", "id": "too wide", "code": "PriceBeyondBand" },
          { "that": "accepted", "id": "steeper" }, { "that": "refused", "id": "early", "code": "ChangeTooSoon" }, { "that": "refused", "id": "fixed", "code": "TermFixed" },
          { "that": "refused", "id": "margined", "code": "InitialMarginShort" }, { "that": "refused", "id": "still narrow", "code": "PriceBeyondBand" }]
        """);

    [Fact]
    public void A_market_and_a_contract_are_listed_during_the_run_and_unknown_before() => Holds("""
        "duration": "10m",
        "indexes": [{ "name": "BTC_USD", "sources": 3 }, { "name": "BTC_VOL", "sources": 3, "decimals": 4 }],
        "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
        "accounts": [{ "name": "a", "deposits": { "USD": "100000" } }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000]] }, { "index": "BTC_VOL", "points": [[0, 0.6]] }],
        "actors": [{ "kind": "maker", "market": "BTC-LATE", "depth": 1000000 }],
        "events": [
          { "at": "1m", "id": "before", "order": { "account": "a", "market": "BTC-LATE", "side": "buy", "quantity": 1, "price": 10000 } },
          { "at": "2m", "id": "listing", "listMarket": { "name": "BTC-LATE", "index": "BTC_USD" } },
          { "at": "3m", "id": "after", "order": { "account": "a", "market": "BTC-LATE", "side": "buy", "quantity": 1, "type": "market" } },
          { "at": "4m", "id": "option", "listContract": { "name": "CALL", "index": "BTC_USD", "volatility": "BTC_VOL", "tick": 1, "lot": 1, "maxPrice": 200000, "expiry": "30d",
             "terms": ["contract CALL", "observe S = index BTC_USD in 1 .. 100000", "settle USD", "expiry {expiry}", "at expiry pay max(mean(S, 30m) - 10000, 0)"] } },
          { "at": "5m", "id": "bid", "order": { "account": "a", "market": "CALL", "side": "buy", "quantity": 1, "price": 100 } }],
        "expect": [{ "that": "refused", "id": "before", "code": "UnknownMarket" }, { "that": "accepted", "id": "listing" }, { "that": "accepted", "id": "after" },
          { "that": "position", "account": "a", "market": "BTC-LATE", "atLeast": 1, "atMost": 1 }, { "that": "accepted", "id": "option" }, { "that": "accepted", "id": "bid" }, { "that": "replay" }]
        """);

    [Fact]
    public void Sources_are_added_changed_and_removed_and_a_refused_report_belongs_to_its_index() => Holds("""
        "duration": "10m",
        "indexes": [{ "name": "BTC_USD", "sources": 3 }, { "name": "ETH_USD", "sources": 3 }],
        "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000]] }, { "index": "BTC_USD", "source": ["fourth", "fifth"], "points": [[0, 10100]] }, { "index": "ETH_USD", "points": [[0, 500]] }],
        "events": [
          { "at": "2m", "id": "fourth", "addSource": { "index": "BTC_USD", "source": "fourth" } },
          { "at": "2m", "id": "fifth", "addSource": { "index": "BTC_USD", "source": "fifth", "weight": 10 } },
          { "at": "5m", "id": "floored", "setSource": { "index": "BTC_USD", "source": "source1", "floor": 10050, "cap": 20000 } },
          { "at": "7m", "id": "gone", "removeSource": { "index": "BTC_USD", "source": "source2" } }],
        "expect": [{ "that": "accepted", "id": "fourth" }, { "that": "accepted", "id": "fifth" }, { "that": "accepted", "id": "floored" }, { "that": "accepted", "id": "gone" },
          { "that": "indexPrice", "index": "BTC_USD", "within": "110s", "atMost": 10000 }, { "that": "indexPrice", "index": "BTC_USD", "after": "150s", "atLeast": 10050 },
          { "that": "priceRefused", "index": "BTC_USD", "is": false, "within": "4m50s" }, { "that": "priceRefused", "index": "BTC_USD", "source": "source1", "after": "5m" },
          { "that": "priceRefused", "index": "BTC_USD", "source": "source2", "code": "NotASource", "after": "7m" }, { "that": "priceRefused", "index": "BTC_USD", "source": "source3", "is": false },
          { "that": "priceRefused", "index": "ETH_USD", "is": false }, { "that": "replay" }]
        """);

    [Fact]
    public void A_report_may_have_been_observed_long_before_it_comes() => Holds("""
        "duration": "10m",
        """ + Start.Replace("""[[0, 10000]] }""", """[[0, 10000], ["5m", 10100]], "delay": "15s" }""", StringComparison.Ordinal) + """
        "events": [
          { "at": "2m", "id": "old", "report": { "index": "BTC_USD", "source": "source1", "price": 9000, "age": "10m" } },
          { "at": "3m", "id": "older than the last", "report": { "index": "BTC_USD", "source": "source1", "price": 9000, "observed": "1m" } },
          { "at": "4m", "id": "fresh", "report": { "index": "BTC_USD", "source": "source1", "price": 10001, "age": 1 } }],
        "expect": [{ "that": "refused", "id": "old" }, { "that": "refused", "id": "older than the last" }, { "that": "accepted", "id": "fresh" },
          { "that": "indexPrice", "index": "BTC_USD", "within": "5m12s", "atMost": 10001 }, { "that": "indexPrice", "index": "BTC_USD", "after": "5m20s", "atLeast": 10100 }, { "that": "markPrice", "market": "BTC-PERP", "at": "5m10s", "atMost": 10010 }]
        """);

    [Theory]
    [InlineData("\"snapshot\"")]
    [InlineData("\"journal\"")]
    [InlineData("{ \"from\": \"snapshot\" }")]
    public void A_venue_that_is_restarted_goes_on_as_one_that_never_stopped(string from) => Holds("""
        "duration": "20m",
        """ + Start.Replace("[[0, 10000]]", "[[0, 10000], [\"10m\", 9000]], \"shape\": \"linear\"", StringComparison.Ordinal) + """
        "positions": [{ "account": "a", "market": "BTC-PERP", "quantity": 100 }, { "account": "b", "market": "BTC-PERP", "quantity": -20 }],
        "actors": [{ "kind": "maker", "market": "BTC-PERP", "depth": 300000 }],
        "events": [
          { "at": "1m", "id": "rests", "order": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 9100 } },
          { "at": "1m", "id": "waits", "stop": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 1, "trigger": 10200 } },
          { "at": "2m", "every": "3m", "restart": 
        """ + from + """
         },
          { "at": "15m", "id": "cancel", "cancel": { "account": "b", "order": "waits" } }],
        "expect": [{ "that": "liquidated", "account": "a" }, { "that": "filled", "id": "rests", "atLeast": 1 }, { "that": "accepted", "id": "cancel" }, { "that": "replay" }, { "that": "invariants" }]
        """);

    [Fact]
    public void A_venue_with_a_journal_is_restarted_from_its_directory()
    {
        string directory = Directory.CreateTempSubdirectory("scenario").FullName;
        try
        {
            Scenario scenario = Read("{ \"name\": \"restart\", \"duration\": \"5m\"," + Start + """
                "positions": [{ "account": "a", "market": "BTC-PERP", "quantity": 10 }],
                "events": [{ "at": "1m", "restart": "snapshot" }, { "at": "2m", "restart": "journal" }, { "at": "3m", "id": "on", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 9900 } }],
                "expect": [{ "that": "accepted", "id": "on" }, { "that": "replay" }, { "that": "position", "account": "a", "market": "BTC-PERP", "atLeast": 10 }] }
                """);
            using var run = NodePlatform.Run(scenario, [], Path.Combine(directory, "data"));
            AllHold(run.Play());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Isolated_margin_is_chosen_added_to_and_taken_from() => Holds("""
        "duration": "10m",
        "indexes": [{ "name": "BTC_USD", "sources": 3 }],
        "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
        "accounts": [{ "name": "alone", "isolated": { "BTC-PERP": 6000 }, "deposits": { "USD": "100000" } }, { "name": "fed", "isolated": true, "deposits": { "USD": "100000" } }, { "name": "cross", "deposits": { "USD": "100000" } }],
        "positions": [{ "account": "alone", "market": "BTC-PERP", "quantity": 10 }, { "account": "cross", "market": "BTC-PERP", "quantity": 10 }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000], ["5m", 9300]] }],
        "actors": [{ "kind": "maker", "market": "BTC-PERP", "depth": 1000000 }],
        "events": [
          { "at": "30s", "id": "none yet", "order": { "account": "fed", "market": "BTC-PERP", "side": "buy", "quantity": 10, "type": "market" } },
          { "at": "1m", "id": "more", "addMargin": { "account": "fed", "market": "BTC-PERP", "amount": 20000 } },
          { "at": "80s", "id": "opens", "order": { "account": "fed", "market": "BTC-PERP", "side": "buy", "quantity": 10, "type": "market" } },
          { "at": "2m", "id": "too much", "removeMargin": { "account": "fed", "market": "BTC-PERP", "amount": 18000 } },
          { "at": "2m", "id": "some", "removeMargin": { "account": "fed", "market": "BTC-PERP", "amount": 1000 } },
          { "at": "2m", "id": "held", "isolated": { "account": "cross", "market": "BTC-PERP" } },
          { "at": "9m", "id": "back", "marginMode": { "account": "maker", "market": "BTC-PERP", "mode": "cross" } }],
        "expect": [{ "that": "filled", "id": "opens", "atLeast": 10 }, { "that": "refused", "id": "none yet", "code": "InitialMarginShort" }, { "that": "accepted", "id": "more" }, { "that": "refused", "id": "too much" }, { "that": "accepted", "id": "some" }, { "that": "refused", "id": "held" },
          { "that": "liquidated", "account": "alone" }, { "that": "liquidated", "account": ["fed", "cross"], "is": false },
          { "that": "equity", "account": "alone", "atLeast": 90000 }, { "that": "equity", "account": "fed", "atLeast": 92000, "atMost": 94000 }, { "that": "replay" }]
        """);

    [Fact]
    public void Orders_live_as_long_as_they_say_show_what_they_say_and_end_each_other() => Holds("""
        "duration": "20m",
        """ + Start + """
        "events": [
          { "at": "1m", "id": "gtt", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 9900, "goodTill": "3m" } },
          { "at": "1m", "id": "day", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 9900, "type": "day" } },
          { "at": "1m", "id": "ice", "order": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 5, "price": 10050, "display": 1, "postOnly": true } },
          { "at": "2m", "id": "hit", "order": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 4, "price": 10050, "timeInForce": "ioc" } },
          { "at": "4m", "id": "one", "order": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 1, "price": 10100 } },
          { "at": "4m", "id": "other", "stop": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 1, "trigger": 9000, "oneCancelsOther": "one" } },
          { "at": "5m", "id": "lifts", "order": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 2, "price": 10100, "type": "ioc" } },
          { "at": "6m", "id": "changed", "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 9800 } },
          { "at": "7m", "id": "amends", "amend": { "account": "a", "order": "changed", "price": 9950, "quantity": 3 } },
          { "at": "8m", "id": "meets", "order": { "account": "b", "market": "BTC-PERP", "side": "sell", "quantity": 3, "price": 9950, "type": "ioc", "selfTrade": "cancelOldest" } }],
        "expect": [{ "that": "orderEnded", "id": "gtt", "reason": "expired" }, { "that": "orderEnded", "id": "day", "is": false }, { "that": "filled", "id": "ice", "atLeast": 5, "atMost": 5 },
          { "that": "filled", "id": "one", "atLeast": 1 }, { "that": "orderEnded", "id": "other", "reason": "oneCancelsOther" }, { "that": "accepted", "id": "amends" }, { "that": "filled", "id": "changed", "atLeast": 3 },
          { "that": "position", "account": ["a", "b"], "market": "BTC-PERP", "atLeast": 0, "atMost": 0 }]
        """);

    [Fact]
    public void Triggers_and_slices_become_orders() => Holds("""
        "duration": "30m",
        """ + Start.Replace("[[0, 10000]]", "[[0, 10000], [\"10m\", 10400], [\"20m\", 10000]], \"shape\": \"linear\"", StringComparison.Ordinal) + """
        "positions": [{ "account": "a", "market": "BTC-PERP", "quantity": 3 }],
        "actors": [{ "kind": "maker", "market": "BTC-PERP", "depth": 1000000 }],
        "events": [
          { "at": "1m", "id": "profit", "takeProfit": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 1, "trigger": 10300, "source": "index", "reduceOnly": true } },
          { "at": "1m", "id": "trail", "trailingStop": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 1, "trail": 100, "price": 10000 } },
          { "at": "1m", "id": "lapses", "stop": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 1, "trigger": 9000, "goodTill": "2m" } },
          { "at": "1m", "id": "slices", "twap": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 4, "price": 10400, "interval": "1m", "slices": 4 } }],
        "expect": [{ "that": "filled", "id": "profit", "atLeast": 1 }, { "that": "filled", "id": "trail", "atLeast": 1 }, { "that": "orderEnded", "id": "lapses", "reason": "expired" }, { "that": "filled", "id": "slices", "atLeast": 4 },
          { "that": "position", "account": "a", "market": "BTC-PERP", "at": "9m", "atLeast": 2, "atMost": 2 }, { "that": "position", "account": "a", "market": "BTC-PERP", "atLeast": 1, "atMost": 1 }]
        """);

    [Fact]
    public void Quotes_are_placed_together_and_pulled_by_their_protection() => Holds("""
        "duration": "10m",
        """ + Start.Replace("""{ "name": "BTC-PERP", "index": "BTC_USD" }""", """{ "name": "BTC-PERP", "index": "BTC_USD" }, { "name": "BTC-TWO", "index": "BTC_USD" }""", StringComparison.Ordinal) + """
        "events": [
          { "at": "1m", "id": "limits", "quoteProtection": { "account": "a", "market": "BTC-PERP", "window": "10s", "quantity": 2, "freeze": "1m" } },
          { "at": "1m", "id": "quotes", "quote": { "account": "a", "quotes": [{ "market": "BTC-PERP", "bid": [9990, 5], "ask": [10010, 5] }, { "market": "BTC-TWO", "ask": [10010, 1] }] } },
          { "at": "2m", "id": "first", "order": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 3, "price": 10010, "type": "ioc" } },
          { "at": "2m", "id": "second", "order": { "account": "b", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 10010, "type": "ioc" } },
          { "at": "130s", "id": "frozen", "quote": { "account": "a", "market": "BTC-PERP", "bid": [9990, 5] } },
          { "at": "5m", "id": "again", "quote": { "account": "a", "market": "BTC-PERP", "bid": [9990, 5], "ask": null } }],
        "expect": [{ "that": "accepted", "id": "limits" }, { "that": "accepted", "id": "quotes" }, { "that": "filled", "id": "second", "atMost": 0 }, { "that": "refused", "id": "frozen" }, { "that": "accepted", "id": "again" }]
        """);

    [Fact]
    public void A_surface_has_several_nodes_and_a_contract_a_band_for_orders() => Holds("""
        "duration": "5m",
        "indexes": [{ "name": "BTC_USD", "sources": 3 }, { "name": "LOW", "sources": 3, "decimals": 4 }, { "name": "MID", "sources": 3, "decimals": 4 }, { "name": "HIGH", "sources": 3, "decimals": 4 }],
        "surfaces": [{ "name": "smile", "index": "BTC_USD", "tenors": ["7d", "30d"], "moneyness": [-0.5, 0, 0.5], "nodes": [["HIGH", "MID", "LOW"], ["HIGH", "MID", "LOW"]] }],
        "markets": [
          { "name": "FLAT", "kind": "contract", "index": "BTC_USD", "volatility": "LOW", "tick": 1, "lot": 1, "maxPrice": 200000, "expiry": "20d", "terms": ["contract FLAT", "observe S = index BTC_USD in 1 .. 100000", "settle USD", "expiry {expiry}", "at expiry pay max(10000 - mean(S, 30m), 0)"] },
          { "name": "SMILED", "kind": "contract", "index": "BTC_USD", "surface": "smile", "orderBand": 0.1, "tick": 1, "lot": 1, "maxPrice": 200000, "expiry": "20d", "terms": ["contract SMILED", "observe S = index BTC_USD in 1 .. 100000", "settle USD", "expiry {expiry}", "at expiry pay max(10000 - mean(S, 30m), 0)"] }],
        "accounts": [{ "name": "a", "deposits": { "USD": "100000" } }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000]] }, { "index": "LOW", "points": [[0, 0.4]] }, { "index": "MID", "points": [[0, 0.6]] }, { "index": "HIGH", "points": [[0, 0.8]] }],
        "events": [
          { "at": "1m", "id": "far", "order": { "account": "a", "market": "SMILED", "side": "buy", "quantity": 1, "price": 1000 } },
          { "at": "1m", "id": "unbanded", "order": { "account": "a", "market": "FLAT", "side": "buy", "quantity": 1, "price": 800 } }],
        "expect": [{ "that": "refused", "id": "far", "code": "PriceBeyondBand" }, { "that": "accepted", "id": "unbanded" },
          { "that": "markPrice", "market": "FLAT", "at": "2m", "atLeast": 350, "atMost": 400 }, { "that": "markPrice", "market": "SMILED", "at": "2m", "atLeast": 530, "atMost": 590 }]
        """);

    [Fact]
    public void An_arbitrageur_takes_what_is_off_the_index_until_its_limit() => Holds("""
        "duration": "10m",
        """ + Start + """
        "actors": [{ "kind": "arbitrageur", "account": "b", "market": "BTC-PERP", "edge": 0.005, "size": 10000, "limit": 30000, "from": "1m" }],
        "events": [
          { "at": "2m", "id": "cheap", "order": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 10, "price": 9900 } },
          { "at": "2m", "id": "fair", "order": { "account": "a", "market": "BTC-PERP", "side": "sell", "quantity": 10, "price": 9990 } }],
        "expect": [{ "that": "position", "account": "b", "market": "BTC-PERP", "at": "2m10s", "atLeast": 2, "atMost": 2 }, { "that": "filled", "id": "cheap", "atLeast": 3, "atMost": 3 }, { "that": "filled", "id": "fair", "atMost": 0 }]
        """);

    [Fact]
    public void Sums_over_accounts_market_prices_of_coins_and_moments_can_be_expected() => Holds("""
        "duration": "10m",
        "assets": [{ "name": "USD" }, { "name": "BTC", "index": "BTC_USD" }],
        "indexes": [{ "name": "BTC_USD", "sources": 3 }],
        "pools": [{ "name": "main", "insuranceFund": "5000" }],
        "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
        "accounts": [{ "name": "mule", "count": 3, "deposits": { "USD": "1000", "BTC": "1" } }, { "name": "sub", "owner": "mule1", "deposits": { "USD": "500" } }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000], ["5m", 10500]] }],
        "events": [{ "at": "6m", "deposit": { "account": "mule1", "asset": "USD", "amount": 1000 } }, { "at": "7m", "transfer": { "from": "mule1", "to": "insurance fund", "asset": "USD", "amount": 100 } },
          { "at": "8m", "every": "10s", "times": 3, "id": "out", "withdraw": { "account": "mule2", "asset": "USD", "amount": 10 } },
          { "at": "9m", "id": "failed", "confirmWithdrawal": { "withdrawal": "out 3", "paid": false } }],
        "expect": [{ "that": "equity", "account": "mule*", "value": "market", "at": "2m", "atLeast": 33000, "atMost": 33000 }, { "that": "equity", "account": "mule*", "at": "2m", "atMost": 30100 },
          { "that": "equity", "accounts": ["mule1", "mule2"], "value": "cash", "at": "6m", "atLeast": 3000, "atMost": 3000 }, { "that": "equity", "account": "mule*", "each": true, "value": "market", "at": "5m30s", "atLeast": 11500, "atMost": 11500 },
          { "that": "balance", "owner": "mule1", "at": "1m", "atLeast": 1500, "atMost": 1500 }, { "that": "fund", "at": "1m", "atLeast": 5000, "atMost": 5000 }, { "that": "fund", "value": "cash", "atLeast": 5100, "atMost": 5100 },
          { "that": "balance", "account": "insurance fund", "asset": "USD", "atLeast": 5100 }, { "that": "accepted", "id": "out" }, { "that": "accepted", "id": "out 3" }, { "that": "accepted", "id": "failed" }, { "that": "withdrawn", "account": "*", "atLeast": 20, "atMost": 20 }, { "that": "fundLoss", "atMost": 0 }]
        """);

    [Fact]
    public void Positions_and_events_name_many_accounts_with_a_star() => Holds("""
        "duration": "5m",
        "indexes": [{ "name": "BTC_USD", "sources": 3 }],
        "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
        "accounts": [{ "name": "mule", "count": 12, "deposits": { "USD": "10000" } }],
        "positions": [{ "account": "mule*", "market": "BTC-PERP", "quantity": 2 }],
        "prices": [{ "index": "BTC_USD", "points": [[0, 10000], ["3m", 9990]] }],
        "events": [{ "at": "1m", "id": "out", "withdraw": { "account": "mule*", "asset": "USD", "amount": 100 } }],
        "expect": [{ "that": "position", "account": "mule*", "market": "BTC-PERP", "atLeast": 24, "atMost": 24 }, { "that": "accepted", "id": "position of mule12" }, { "that": "accepted", "id": "out mule7" }, { "that": "withdrawn", "account": "mule*", "atLeast": 1200 },
          { "that": "indexPrice", "index": "BTC_USD", "at": "2m", "atLeast": 10000, "atMost": 10000 }, { "that": "priceState", "index": "BTC_USD", "state": "stale", "is": false }]
        """);

    [Fact]
    public void Rows_of_a_file_are_chosen_by_their_columns_and_times()
    {
        string directory = Directory.CreateTempSubdirectory("scenario").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "prices.csv"), """
                symbol,time,close
                BTC,2020-01-01T00:00:00Z,10000
                ETH,2020-01-01T00:00:00Z,200
                BTC,2020-01-01T00:01:00Z,10100
                BTC,2020-01-01T00:02:00Z,10200
                BTC,2020-01-01T00:03:00Z,10900
                """);
            File.WriteAllText(Path.Combine(directory, "scenario.json"), """
                { "name": "rows", "start": "2020-01-01T00:00:00Z", "duration": "5m",
                  "indexes": [{ "name": "BTC_USD", "sources": 3 }], "markets": [{ "name": "BTC-PERP", "index": "BTC_USD" }],
                  "prices": [{ "index": "BTC_USD", "csv": "prices.csv", "timeUnit": "iso", "where": { "symbol": ["BTC", "XBT"] }, "from": "2020-01-01T00:01:00Z", "to": "2m" }],
                  "expect": [{ "that": "indexPrice", "index": "BTC_USD", "atLeast": 10100, "atMost": 10200 }, { "that": "markPrice", "market": "BTC-PERP", "at": "4m", "atLeast": 10200 }] }
                """);
            using var run = NodePlatform.Run(Scenario.Read(Path.Combine(directory, "scenario.json")), [], null);
            AllHold(run.Play());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Every_rule_of_a_pool_can_be_named() => Holds("""
        "duration": "1m",
        """ + Start + """
        "pools": [{ "name": "main", "rules": { "profitHaircut": 0.4, "transferMargin": 0.1, "outflowPerHour": 0, "fundLossPerHour": 0.2, "fundPerMarket": 0.05, "reserveDiscount": 0.05, "liquidationRate": 0.1, "deleverageHedges": true, "freeAmount": 1000, "scanRange": 0.2 } }],
        "expect": [{ "that": "invariants" }]
        """);

    [Theory]
    [InlineData("""{ "at": 1, "changeMarket": { "market": "BTC-PERP", "orderBnd": 0.1 } }""", "events[0].changeMarket.orderBnd: there is no such field here. Did you mean 'orderBand'?")]
    [InlineData("""{ "at": 1, "changeMarket": { "market": "BTC-PERP", "orderBand": 3 } }""", "events[0].changeMarket.orderBand: expected a number from 0 to 1, found 3")]
    [InlineData("""{ "at": 1, "changeMarket": { "market": "BTC-PERP", "in": "1h", "activate": "2h" } }""", "events[0].changeMarket.in: expected activate or in, not both")]
    [InlineData("""{ "at": 1, "listMarket": { "name": "BTC-PERP", "index": "BTC_USD" } }""", "markets: the name 'BTC-PERP' is given twice")]
    [InlineData("""{ "at": 1, "listMarket": { "name": "X", "index": "BTC_USD", "volatility": "BTC_USD" } }""", "events[0].listMarket.volatility: expected no volatility but in a market of kind \"contract\"")]
    [InlineData("""{ "at": 1, "setSource": { "index": "BTC_USD", "source": "nobody" } }""", "events[0].setSource.source: expected the name of a source (source1, source2, source3), found \"nobody\"")]
    [InlineData("""{ "at": 1, "restart": "backup" }""", "events[0].restart: expected one of snapshot, journal, found \"backup\"")]
    [InlineData("""{ "at": 1, "cancel": { "account": "a", "order": "none" } }""", "events[0].cancel.order: expected the id of an event")]
    [InlineData("""{ "at": 1, "times": 2, "restart": {} }""", "events[0].times: expected no times without every")]
    [InlineData("""{ "at": 1, "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1 } }""", "events[0].order: expected a price, or type \"market\"")]
    [InlineData("""{ "at": 1, "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "price": 1 } }""", "events[0].order.quantity: is missing")]
    [InlineData("""{ "at": 1, "order": { "account": "a", "market": "BTC-PERP", "side": "buy", "quantity": 1, "price": 1, "type": "fok", "goodTill": 5 } }""", "events[0].order.goodTill: expected goodTill with a good-till-time order and with no other")]
    [InlineData("""{ "at": 1, "quote": { "account": "a" } }""", "events[0].quote: expected market with bid and ask, or a list of quotes")]
    [InlineData("""{ "at": 1, "quake": {} }""", "events[0].quake: there is no such field here")]
    public void A_mistake_in_an_event_is_named(string e, string message)
    {
        ScenarioException found =
            Assert.Throws<ScenarioException>(() =>
                Play("\"duration\": \"1m\"," + Start + $"\"events\": [{e}], \"expect\": [{{ \"that\": \"invariants\" }}]"));
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "that": "equity", "account": "z*", "atLeast": 1 }""", "expect[0].account: expected a name, or a beginning of names and a star")]
    [InlineData("""{ "that": "equity", "account": "a", "value": "book", "atLeast": 1 }""", "expect[0].value: expected one of margin, market, cash, found \"book\"")]
    [InlineData("""{ "that": "equity", "account": "a", "at": "1h", "atLeast": 1 }""", "expect[0].at: expected a time within the duration, found \"1h\"")]
    [InlineData("""{ "that": "equity", "account": "a", "atLeast": 2, "atMost": 1 }""", "expect[0].atLeast: expected no more than atMost, 1, found 2")]
    [InlineData("""{ "that": "priceRefused", "index": "ETH_USD" }""", "expect[0].index: expected the name of an index (BTC_USD), found \"ETH_USD\"")]
    [InlineData("""{ "that": "filled", "id": "x", "atLeast": 1 }""", "expect[0].id: expected the id of an order, stop or TWAP that was accepted")]
    public void A_mistake_in_an_expectation_is_named(string e, string message)
    {
        ScenarioException found = Assert.Throws<ScenarioException>(() => Play("\"duration\": \"1m\"," + Start + $"\"expect\": [{e}]"));
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
    }

    private static void Holds(string scenario) => AllHold(Play(scenario));

    private static void AllHold(ScenarioResult result) =>
        Assert.True(result.Passed,
            string.Join('\n', result.Expectations.Where(e => !e.Holds).Select(e => $"{e.That}: expected {e.Expected}, seen {e.Seen}")
            .Concat(result.Outcome.Answers.Select(a => $"  {a.Key}: {a.Value.Message}"))
                .Concat(result.Outcome.Notes.Take(40).Select(n => $"  {n.Text}"))));

    private static ScenarioResult Play(string body)
    {
        using var run = NodePlatform.Run(Read("{ \"name\": \"small\"," + body + "}"), [], directory: null);
        return run.Play();
    }

    private static Scenario Read(string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return Scenario.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
