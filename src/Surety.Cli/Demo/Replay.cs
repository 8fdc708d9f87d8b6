using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using CsvHelper;
using CsvHelper.Configuration;

namespace Surety.Cli.Demo;

/// <summary>How a file gives a source's prices.</summary>
internal enum FileForm
{
    /// <summary>Minute bars: each bar's close.</summary>
    Minutes,

    /// <summary>Hourly bars: their closes, joined by a bridge.</summary>
    Hours,

    /// <summary>Best bid and ask each minute: the middle.</summary>
    BidAsk,

    /// <summary>One file's close over another's, minute by minute.</summary>
    Ratio,
}

/// <summary>A source as the minute files give it.</summary>
internal sealed record FileSource(string Index, string Source, FileForm Form, string File, string? Over = null);

/// <summary>One of the three crashes: when, which indexes, and from which files.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Title">What happened.</param>
/// <param name="Start">The first minute.</param>
/// <param name="Hours">How long.</param>
/// <param name="Folder">Folder of the minute files.</param>
/// <param name="FutureName">The dated future that expires on the way.</param>
/// <param name="FutureExpiryHour">When, hours from the start.</param>
/// <param name="Indexes">Name and decimals.</param>
/// <param name="Files">Sources in the minute files.</param>
internal sealed record Replay(
    string Name, string Title, DateTime Start, int Hours, string Folder, string FutureName, int FutureExpiryHour,
    IReadOnlyList<(string Name, int Decimals)> Indexes, IReadOnlyList<FileSource> Files)
{
    private static readonly (string, int) Btc = ("BTC_USD", 2);
    private static readonly (string, int) Eth = ("ETH_USD", 2);
    private static readonly (string, int) Usdc = ("USDC_USD", 6);

    /// <summary>All replays, the default one first.</summary>
    public static IReadOnlyList<Replay> All { get; } =
    [
        new("2020-03-12", "Black Thursday: Bitcoin halves in a day", Utc(2020, 3, 12), 48, "2020-03-12-black-thursday", "BTC-13MAR20", 32,
            [Btc, Eth],
        [
            new("BTC_USD", "bitfinex", FileForm.Minutes, "bitfinex_BTCUSD_1m_20200311-14.csv.gz"),
            new("BTC_USD", "bitmex", FileForm.Minutes, "bitmex_XBTUSD_1m_20200311-14.csv.gz"),
            new("BTC_USD", "coinbase (hourly, bridged)", FileForm.Hours, "coinbase_BTCUSD_1h_20200308-17.csv.gz"),
            new("BTC_USD", "kraken (hourly, bridged)", FileForm.Hours, "kraken_BTCUSD_1h_20200308-17.csv.gz"),
            new("BTC_USD", "bitstamp (hourly, bridged)", FileForm.Hours, "bitstamp_BTCUSD_1h_20200308-17.csv.gz"),
            new("BTC_USD", "gemini (hourly, bridged)", FileForm.Hours, "gemini_BTCUSD_1h_20200308-17.csv.gz"),
            new("ETH_USD", "bitfinex", FileForm.Minutes, "bitfinex_ETHUSD_1m_20200311-14.csv.gz"),
            new("ETH_USD", "bitstamp (hourly, bridged)", FileForm.Hours, "bitstamp_ETHUSD_1h_20200308-17.csv.gz"),
        ]),
        new("2017-09-04", "China bans ICOs: two venues disagree by up to 7%", Utc(2017, 9, 3), 48, "2017-09-04-china-ico-ban", "BTC-4SEP17",
            32, [Btc, Eth],
        [
            new("BTC_USD", "bitfinex", FileForm.Minutes, "btc_usd.bitfinex.csv"),
            new("BTC_USD", "coinbase", FileForm.Minutes, "btc_usd.coinbase.csv"),
            new("BTC_USD", "coinbase (bid/ask middle)", FileForm.BidAsk, "btc_usd.coinbase-bbo.csv"),
            new("ETH_USD", "bitfinex", FileForm.Minutes, "eth_usd.bitfinex.csv"),
            new("ETH_USD", "coinbase", FileForm.Minutes, "eth_usd.coinbase.csv"),
            new("ETH_USD", "coinbase (bid/ask middle)", FileForm.BidAsk, "eth_usd.coinbase-bbo.csv"),
        ]),
        new("2023-03-11", "USDC, a collateral asset, loses its peg", Utc(2023, 3, 10), 96, "2023-03-11-usdc-depeg", "BTC-12MAR23", 56,
            [Btc, Usdc],
        [
            new("BTC_USD", "coinbase", FileForm.Minutes, "coinbase_BTCUSD_1m_20230309-15.csv.gz"),
            new("BTC_USD", "kraken", FileForm.Minutes, "kraken_BTCUSD_1m_20230309-15.csv.gz"),
            new("BTC_USD", "binanceus", FileForm.Minutes, "btc_usd.binanceus.csv"),
            new("USDC_USD", "kraken", FileForm.Minutes, "kraken_USDCUSD_1m_20230309-15.csv.gz"),
            new("USDC_USD", "binanceus (BTC/USD over BTC/USDC)", FileForm.Ratio, "btc_usd.binanceus.csv", "btc_usdc.binanceus.csv"),
            new("USDC_USD", "kraken (BTC/USD over BTC/USDC)", FileForm.Ratio, "kraken_BTCUSD_1m_20230309-15.csv.gz", "btc_usdc.kraken.csv"),
        ]),
    ];

    /// <summary>Minutes in all.</summary>
    public int Minutes => Hours * 60;

    /// <summary>Prices from the project's own table of published figures, minutes between them bridged from the seed.</summary>
    public IReadOnlyList<PriceSeries> FromWaypoints(ulong seed)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "replays", Name + ".csv");
        var points = new List<(string Index, string Source, List<(int, double)> Points)>();
        using var csv = new CsvReader(new StreamReader(path), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        while (csv.Read())
        {
            string index = csv.GetField("index")!;
            string source = csv.GetField("source")!;
            int at = points.FindIndex(p => p.Index == index && p.Source == source);
            if (at < 0)
            {
                at = points.Count;
                points.Add((index, source, []));
            }
            var time = DateTime.Parse(csv.GetField("time_utc")!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
            points[at].Points.Add(((int)(time - Start).TotalMinutes, csv.GetField<double>("price")));
        }
        var series = new List<PriceSeries>();
        foreach ((string index, string source, List<(int, double)> own) in points)
        {
            series.Add(new PriceSeries(index, source, PriceSeries.Bridge(own, Minutes, ScaleOf(index), seed + (ulong)series.Count)));
        }
        return WithDerived(series);
    }

    /// <summary>Prices from real minute files in a directory that has this replay's folder.</summary>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    public IReadOnlyList<PriceSeries> FromFiles(string directory, ulong seed)
    {
        string folder = Path.Combine(directory, Folder);
        if (!Directory.Exists(folder))
        {
            folder = directory;
        }
        var series = new List<PriceSeries>();
        foreach (FileSource source in Files)
        {
            double scale = ScaleOf(source.Index);
            string path = Path.Combine(folder, source.File);
            long[] minutes = source.Form switch
            {
                FileForm.Minutes => Closes(path, scale),
                FileForm.Hours => PriceSeries.Bridge(HourlyCloses(path), Minutes, scale, seed + (ulong)series.Count),
                FileForm.BidAsk => Middles(path, scale),
                _ => Ratios(Closes(path, 100), Closes(Path.Combine(folder, source.Over!), 100), scale),
            };
            series.Add(new PriceSeries(source.Index, source.Source, minutes));
        }
        return WithDerived(series);
    }

    private static DateTime Utc(int year, int month, int day) => new(year, month, day, 0, 0, 0, DateTimeKind.Utc);

    // Where fewer than three venues are known, the mean of those known stands in as the third, and says so.
    private List<PriceSeries> WithDerived(List<PriceSeries> series)
    {
        foreach ((string index, _) in Indexes)
        {
            List<PriceSeries> own = series.FindAll(s => s.Index == index);
            for (int copy = own.Count; copy < 3; copy++)
            {
                var mean = new long[Minutes];
                for (int m = 0; m < Minutes; m++)
                {
                    long sum = 0;
                    int count = 0;
                    foreach (PriceSeries s in own)
                    {
                        sum += s.Minutes[m];
                        count += s.Minutes[m] > 0 ? 1 : 0;
                    }
                    mean[m] = count == 0 ? 0 : sum / count;
                }
                series.Add(new PriceSeries(index, $"derived {copy - own.Count + 1} (mean of the others)", mean));
            }
        }
        return series;
    }

    private double ScaleOf(string index)
    {
        foreach ((string name, int decimals) in Indexes)
        {
            if (name == index)
            {
                return Core.Numerics.FixedDecimal.PowerOfTen(decimals);
            }
        }
        throw new ArgumentException($"The replay has no index {index}.", nameof(index));
    }

    private IEnumerable<(int Minute, string[] Fields)> Rows(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: not found. --prices names a directory with the folder {Folder}, or that folder itself.", path);
        }
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var csv = new CsvParser(new StreamReader(plain), new CsvConfiguration(CultureInfo.InvariantCulture));
        long start = new DateTimeOffset(Start).ToUnixTimeMilliseconds();
        while (csv.Read())
        {
            if (long.TryParse(csv[0], NumberStyles.None, CultureInfo.InvariantCulture, out long ms))
            {
                yield return ((int)((ms - start) / 60_000), csv.Record!);
            }
        }
    }

    private long[] Closes(string path, double scale)
    {
        var minutes = new long[Minutes];
        foreach ((int minute, string[] fields) in Rows(path))
        {
            if (minute >= 0 && minute < Minutes)
            {
                minutes[minute] = (long)((double.Parse(fields[4], CultureInfo.InvariantCulture) * scale) + 0.5);
            }
        }
        return minutes;
    }

    private List<(int, double)> HourlyCloses(string path)
    {
        var points = new List<(int, double)>();
        foreach ((int minute, string[] fields) in Rows(path))
        {
            if (minute >= -60 && minute <= Minutes)
            {
                points.Add((minute + 60, double.Parse(fields[4], CultureInfo.InvariantCulture)));
            }
        }
        return points;
    }

    private long[] Middles(string path, double scale)
    {
        var minutes = new long[Minutes];
        foreach ((int minute, string[] fields) in Rows(path))
        {
            if (minute >= 0 && minute < Minutes)
            {
                double middle =
                    (double.Parse(fields[1], CultureInfo.InvariantCulture) + double.Parse(fields[3], CultureInfo.InvariantCulture)) / 2;
                minutes[minute] = (long)((middle * scale) + 0.5);
            }
        }
        return minutes;
    }

    private static long[] Ratios(long[] over, long[] under, double scale)
    {
        var minutes = new long[over.Length];
        for (int m = 0; m < minutes.Length; m++)
        {
            minutes[m] = over[m] > 0 && under[m] > 0 ? (long)((over[m] / (double)under[m] * scale) + 0.5) : 0;
        }
        return minutes;
    }
}
