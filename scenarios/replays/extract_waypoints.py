#!/usr/bin/env python3
"""Chose the waypoints in this folder: for each venue and pair, one published figure an hour (or every other hour).

    python3 scenarios/replays/extract_waypoints.py DIRECTORY_OF_MARKET_DATA

The market data itself is not part of the project. From minute bars the extreme of each interval that lies furthest from
the waypoint before is taken, so that the turns of a crash are kept; from hourly bars the close.
"""
import csv
import datetime
import gzip
import os
import sys

ROOT = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
HOUR = 3_600_000


def bars(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(os.path.join(ROOT, path), "rt") as f:
        for row in csv.reader(f):
            if not row[0].isdigit():
                continue
            yield int(row[0]), float(row[2]), float(row[3]), row[4]


def waypoints(path, start, hours, step, hourly):
    rows = [r for r in bars(path) if start - HOUR <= r[0] < start + hours * HOUR]
    out = []
    if hourly:
        return [(t + HOUR, close) for t, _, _, close in rows if t + HOUR <= start + hours * HOUR]
    previous = None
    for k in range(0, hours, step):
        part = [r for r in rows if start + k * HOUR <= r[0] < start + (k + step) * HOUR]
        if not part:
            continue
        if previous is None:
            t, _, _, close = part[0]
        else:
            t, _, _, close = max(part, key=lambda r: abs(float(r[3]) - previous))
        previous = float(close)
        out.append((t, close))
    return out


def write(name, start, hours, step, series):
    with open(os.path.join(HERE, name + ".csv"), "w") as f:
        f.write("time_utc,index,source,price,reference\n")
        for index, source, path, hourly, reference in series:
            for t, price in waypoints(path, start, hours, step, hourly):
                when = datetime.datetime.fromtimestamp(t / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")
                f.write(f"{when},{index},{source},{price},{reference}\n")


def ms(text):
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp() * 1000)


d = "2020-03-12-black-thursday/"
write("2020-03-12", ms("2020-03-12T00:00:00"), 48, 1, [
    ("BTC_USD", "bitfinex", d + "bitfinex_BTCUSD_1m_20200311-14.csv.gz", False, "Bitfinex BTC/USD 1-minute candles"),
    ("BTC_USD", "bitmex", d + "bitmex_XBTUSD_1m_20200311-14.csv.gz", False, "BitMEX XBTUSD 1-minute trade buckets"),
    ("BTC_USD", "coinbase", d + "coinbase_BTCUSD_1h_20200308-17.csv.gz", True, "Coinbase BTC/USD 1-hour candles"),
    ("BTC_USD", "kraken", d + "kraken_BTCUSD_1h_20200308-17.csv.gz", True, "Kraken BTC/USD 1-hour candles"),
    ("BTC_USD", "bitstamp", d + "bitstamp_BTCUSD_1h_20200308-17.csv.gz", True, "Bitstamp BTC/USD 1-hour candles"),
    ("BTC_USD", "gemini", d + "gemini_BTCUSD_1h_20200308-17.csv.gz", True, "Gemini BTC/USD 1-hour candles"),
    ("ETH_USD", "bitfinex", d + "bitfinex_ETHUSD_1m_20200311-14.csv.gz", False, "Bitfinex ETH/USD 1-minute candles"),
    ("ETH_USD", "bitstamp", d + "bitstamp_ETHUSD_1h_20200308-17.csv.gz", True, "Bitstamp ETH/USD 1-hour candles"),
])
d = "2017-09-04-china-ico-ban/"
write("2017-09-04", ms("2017-09-03T00:00:00"), 48, 1, [
    (pair, venue, d + f"{file}.{venue}.csv", False, f"{label} 1-minute candles")
    for pair, file in (("BTC_USD", "btc_usd"), ("ETH_USD", "eth_usd"))
    for venue, label in (("bitfinex", "Bitfinex " + pair), ("coinbase", "Coinbase " + pair))
])
d = "2023-03-11-usdc-depeg/"
write("2023-03-11", ms("2023-03-10T00:00:00"), 96, 2, [
    ("BTC_USD", "coinbase", d + "coinbase_BTCUSD_1m_20230309-15.csv.gz", False, "Coinbase BTC/USD 1-minute candles"),
    ("BTC_USD", "kraken", d + "kraken_BTCUSD_1m_20230309-15.csv.gz", False, "Kraken BTC/USD 1-minute candles"),
    ("BTC_USD", "binanceus", d + "btc_usd.binanceus.csv", False, "Binance.US BTC/USD 1-minute candles"),
    ("USDC_USD", "kraken", d + "kraken_USDCUSD_1m_20230309-15.csv.gz", False, "Kraken USDC/USD 1-minute candles"),
])
