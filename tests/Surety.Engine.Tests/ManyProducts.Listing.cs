using System;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

internal sealed partial class ManyProducts
{
    private void CreateIndexWithSources(string name, long minPrice, long jumpFloor)
    {
        Venue.Must(CommandKind.CreateIndex, new CreateIndex
        {
            Name = ShortName.From(name),
            Decimals = 2,
            Quorum = 2,
            MaxAgeMs = 90_000,
            MinPrice = minPrice,
            JumpFloor = jumpFloor,
            QuarantinePpm = 120_000,
        });
        for (uint key = 1; key <= 3; key++)
        {
            Venue.Must(CommandKind.SetPriceSource, new SetPriceSource
            {
                Index = (ushort)(Venue.State.Counts.Indexes - 1),
                SourceKey = key,
                Weight = 1,
                JumpPpm = 1_000_000_000,
            });
        }
    }

    private void List()
    {
        long start = Now;
        for (ushort pool = 0; pool < 2; pool++)
        {
            if (pool == 0)
            {
                _markets[0].AddRange([Perpetual, Future]);
            }
            Plain(pool, "ETH-PERP", Ether, 0, auctions: true);
            Plain(pool, "OIL-PERP", Oil, 0, auctions: false);
            Plain(pool, "SOON", 0, start + (190 * Minute), auctions: false);
            Plain(pool, "PERP", 0, 0, auctions: true);
            for (int i = 1; i <= 3; i++)
            {
                long expiry = start + (i * 150 * Minute);
                Contract(pool, OptionsVenue.Call(8_000 + (i * 100), expiry), expiry);
                // Their windows begin long before their end.
                Contract(pool, OptionsVenue.Put(8_000 - (i * 100), expiry).Replace("30m", $"{i * 45}m", StringComparison.Ordinal), expiry);
            }
            long end = start + (400 * Minute);
            string hours = $"schedule HOURS = every 30m from {Time(start + (30 * Minute))} to {Time(start + (390 * Minute))}\n";
            Contract(pool, OptionsVenue.Text("if mean(S, 30m) >= 8000 then 900 else 0", end), end);
            Contract(pool, OptionsVenue.Text("max(S - 7900, 0)", end, "when S >= 8900 pay 50 and end\n"), end);
            Contract(pool, OptionsVenue.Text("min(S, 20000)", end, hours + "at HOURS pay if S >= 8000 then 300 else -100\n"), end);
            Contract(pool, OptionsVenue.Text("min(max(mean(S at HOURS) - 8000, 0), 9000)", end, hours), end);
            Contract(pool, OptionsVenue.Put(8_200, end, "holder may take max(8200 - S, 0)\n"), end);
            _american[pool] = Venue.State.Counts.Markets - 1;
            Contract(pool,
                OptionsVenue.Text("min(max(mean(S, 30m) - 20 * mean(E, 30m), 0), 9000)", end)
                .Replace("settle", "observe E = index ETH_USD in 1 .. 20000\nsettle", StringComparison.Ordinal), end);
        }
    }

    private static string Time(long ms) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private void Plain(ushort pool, string name, ushort index, long expiryMs, bool auctions)
    {
        MarketTerms terms = Listing($"{name}-{pool}", expiryMs * Ms).Terms;
        (terms.Pool, terms.Index) = (pool, index);
        if (auctions)
        {
            (terms.AuctionMs, terms.BandHorizonMs, terms.BandFloorPpm, terms.BandCapPpm, terms.BandSigmaMilli) =
                (60_000, 120_000, 60_000, 90_000, 4_000);
        }
        Venue.Must(CommandKind.ListMarket, new ListMarket { Terms = terms });
        _markets[pool].Add(Venue.State.Counts.Markets - 1);
    }

    private void Contract(ushort pool, string text, long expiryMs)
    {
        MarketTerms terms = OptionsVenue.Terms($"C{Venue.State.Counts.Markets}", expiryMs);
        (terms.Pool, terms.MinPriceTicks, terms.MaxPriceTicks) = (pool, -9_000, 30_000);
        RefusalCode code = _options.Try(text.Replace("400000", "30000", StringComparison.Ordinal), terms);
        if (code != RefusalCode.None)
        {
            throw new InvalidOperationException($"{Refusals.Describe(code, Venue.LastDetail)}: {text}");
        }
        _markets[pool].Add(Venue.State.Counts.Markets - 1);
    }
}
