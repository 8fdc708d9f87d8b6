using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Surety.Protocol.Rows;
using Surety.Simulation.Slow;

namespace Surety.Simulation.Scenarios;

/// <summary>A market's units, and its terms with the defaults that an operator would keep; docs/scenarios.md lists them.</summary>
internal sealed class ScenarioTerms
{
    /// <summary>Every field a market may have.</summary>
    public static readonly string[] Fields =
    [
        "name", "kind", "index", "pool", "tick", "lot", "expiry", "minPrice", "maxPrice", "maxPosition", "maxOrder", "marginFloor", "peg",
        "tiers",
        "orderBand", "liquidationBound", "marketOrderBound", "basisCap", "basisWindow", "impact", "funding", "dynamicBand", "auction",
        "grace", "openInterest", "terms", "volatility", "surface",
    ];

    private const decimal MaxSpan = (1 << 20) - 2;

    public ScenarioTerms(Scenario scenario, ScenarioMarket market, int number, int pool, int index)
    {
        Number = number;
        Name = market.Name;
        ScenarioNode node = market.Node;
        ScenarioIndex terms = IndexOf(scenario, market.Index);
        decimal first = Math.Max(Math.Abs(scenario.FirstPrice(market.Index)!.Value), 0.000001m);
        decimal largest = Math.Max(scenario.LargestPrice(market.Index), first);
        bool negative = terms.Node.Find("allowNegative")?.Flag() ?? false;
        decimal unit = Power(-terms.Decimals);
        int settlement = AssetOf(scenario, scenario.Pools[pool].Settlement).Decimals;
        Tick = node.Find("tick")?.Number(unit, 1e9m) ?? DefaultTick(first, largest * 4, unit);
        IndexUnitsPerTick = Whole(node, "tick", Tick / unit, $"a multiple of the index's unit, {unit}");
        Lot = node.Find("lot")?.Number(1e-9m, 1e12m) ?? Power(-(int)Math.Floor(Math.Log10((double)first)));
        AtomsPerTickLot =
            Whole(node, "lot", Tick * Lot * Power(settlement), $"a lot whose value moves by whole atoms with a tick of {Tick}");
        decimal max = node.Find("maxPrice")?.Number()
            ?? Math.Min(MaxSpan / (negative ? 2 : 1) * Tick, Math.Max(largest * 100, Tick * 1000));
        bool isContract = node.Find("kind")?.OneOf("perpetual", "future", "contract") == "contract";
        decimal min = node.Find("minPrice")?.Number() ?? (negative ? -max : isContract ? 0 : Tick);
        if (max <= min || (max - min) / Tick > MaxSpan)
        {
            throw (node.Find("maxPrice") ?? node)
                .Error($"a range of at most {MaxSpan} ticks of {Tick}; name a larger tick or a narrower range");
        }
        MarketTerms t = new()
        {
            Name = ShortName.From(market.Name),
            Kind = isContract
                ? MarketKind.Contract
                : node.Find("kind")?.Text() == "future"
                ? MarketKind.LinearFuture
                : MarketKind.LinearPerpetual,
            Pool = (ushort)pool,
            Index = (ushort)index,
            AtomsPerTickLot = AtomsPerTickLot,
            IndexUnitsPerTick = IndexUnitsPerTick,
            MinPriceTicks = (long)Math.Ceiling(min / Tick),
            MaxPriceTicks = (long)Math.Floor(max / Tick),
            MarginFloorTicks =
                Math.Max((long)((node.Find("marginFloor")?.Number(0, 1e12m) ?? (first * (negative ? 0.5m : 0.01m))) / Tick), 1),
            OpenInterestLowerAtoms = Atoms(500_000_000, settlement),
            OpenInterestUpperAtoms = Atoms(5_000_000_000, settlement),
            BasisCapPpm = node.Find("basisCap")?.Ppm(0.1m) ?? 5_000,
            BasisWindowMs = Ms(node.Find("basisWindow"), 300_000),
            LiquidationBoundPpm = node.Find("liquidationBound")?.Ppm(0.5m) ?? 20_000,
            MarketOrderBoundPpm = node.Find("marketOrderBound")?.Ppm(0.5m) ?? 30_000,
            OrderBandPpm = node.Find("orderBand")?.Ppm() ?? 50_000,
            AuctionMs = Ms(node.Find("auction"), 120_000),
            OracleGraceMs = Ms(node.Find("grace"), 60_000),
            ImpactAtoms = Atoms(node.Find("impact")?.Number(0, 1e9m) ?? 10_000, settlement),
            FundingInterestPpm = 100,
            FundingCapPpm = 7_500,
            BandHorizonMs = 300_000,
            BandSigmaMilli = 6_000,
            BandFloorPpm = 100_000,
            BandCapPpm = 250_000,
            DepthMultiple = 10,
            FundMultiple = 100,
            OpenInterestFreeAtoms = Atoms(10_000_000, settlement),
        };
        if (t.Kind == MarketKind.LinearFuture)
        {
            t.ExpiryNs = scenario.StartNs + node.Need("expiry").Span();
            (t.FundingInterestPpm, t.FundingCapPpm) = (0, 0);
        }
        if (isContract)
        {
            long expiryMs = (scenario.StartNs + node.Need("expiry").Span()) / 1_000_000;
            t.ExpiryNs = expiryMs * 1_000_000;
            Text = ReadText(node, expiryMs);
            // Bands in parts of an option's price say nothing, and its open interest needs no fund behind it as a perpetual's does.
            (t.FundingInterestPpm, t.FundingCapPpm, t.BandHorizonMs, t.DepthMultiple, t.FundMultiple) = (0, 0, 0, 0, 0);
            t.OrderBandPpm = node.Find("orderBand")?.Ppm() ?? 0;
            (t.LiquidationBoundPpm, t.MarketOrderBoundPpm) =
                (node.Find("liquidationBound")?.Ppm(0.5m) ?? 200_000, node.Find("marketOrderBound")?.Ppm(0.5m) ?? 300_000);
        }
        RefuseStrays(node, t.Kind);
        ReadOptional(node, ref t, settlement);
        ReadTiers(node, ref t, settlement);
        // A contract's strike may be as large as what it observes.
        long magnitude = Math.Max(Math.Max(Math.Abs(t.MinPriceTicks), Math.Abs(t.MaxPriceTicks)), t.MarginFloorTicks)
            + (isContract ? (long)(largest * 4 / Tick) : 0);
        long most = (long)Int128.Min((Int128)(1L << 40), Market.MaxPositionValue / ((Int128)magnitude * AtomsPerTickLot));
        t.MaxPositionLots = node.Find("maxPosition") is { } p ? Math.Min(Lots(p.Number(Lot, 1e15m)), most) : most;
        t.MaxOrderLots = node.Find("maxOrder") is { } o ? Math.Min(Lots(o.Number(Lot, 1e15m)), t.MaxPositionLots) : t.MaxPositionLots;
        Terms = t;
    }

    public int Number { get; }

    public string Name { get; }

    public decimal Tick { get; }

    public decimal Lot { get; }

    public long AtomsPerTickLot { get; }

    public long IndexUnitsPerTick { get; }

    public MarketTerms Terms { get; }

    /// <summary>A contract's text; null for a market that is none.</summary>
    public string? Text { get; }

    /// <summary>A price in ticks, to the nearest.</summary>
    public long Ticks(decimal price) => (long)decimal.Round(price / Tick);

    /// <summary>A quantity in lots, rounded down, at least one.</summary>
    public long Lots(decimal quantity) => Math.Max((long)decimal.Truncate(Math.Abs(quantity) / Lot), 1);

    /// <summary>Whole units as atoms.</summary>
    public static long Atoms(decimal amount, int decimals) =>
        (long)Math.Min(decimal.Truncate(amount * Power(decimals)), Asset.MaxAmountAtoms);

    /// <summary>A power of ten.</summary>
    public static decimal Power(int exponent)
    {
        decimal value = 1;
        for (int i = 0; i < Math.Abs(exponent); i++)
        {
            value = exponent > 0 ? value * 10 : value / 10;
        }
        return value;
    }

    private static ScenarioIndex IndexOf(Scenario scenario, string name)
    {
        foreach (ScenarioIndex index in scenario.Indexes)
        {
            if (index.Name == name)
            {
                return index;
            }
        }
        throw new ScenarioException($"markets: there is no index {name}");
    }

    private static ScenarioAsset AssetOf(Scenario scenario, string name)
    {
        foreach (ScenarioAsset asset in scenario.Assets)
        {
            if (asset.Name == name)
            {
                return asset;
            }
        }
        throw new ScenarioException($"pools: there is no asset {name}");
    }

    // Five significant digits of the first price, fewer where the largest would not fit.
    private static decimal DefaultTick(decimal first, decimal largest, decimal unit)
    {
        decimal tick = Power((int)Math.Floor(Math.Log10((double)first)) - 4);
        while (largest / tick > MaxSpan / 2)
        {
            tick *= 10;
        }
        return Math.Max(tick, unit);
    }

    private static long Whole(ScenarioNode node, string field, decimal value, string expected) =>
        value >= 1 && value == decimal.Truncate(value) && value < 1e12m ? (long)value : throw (node.Find(field) ?? node).Error(expected);

    private static int Ms(ScenarioNode? node, int standard) => node is { } n ? (int)Math.Min(n.Span() / 1_000_000, 86_400_000) : standard;

    private static void ReadOptional(ScenarioNode node, ref MarketTerms t, int settlement)
    {
        if (node.Find("funding") is { } funding)
        {
            funding.Object("interest", "cap");
            t.FundingInterestPpm = funding.Find("interest")?.Ppm(0.01m) ?? t.FundingInterestPpm;
            t.FundingCapPpm = funding.Find("cap")?.Ppm(0.1m) ?? t.FundingCapPpm;
        }
        if (node.Find("dynamicBand") is { } band)
        {
            band.Object("horizon", "sigmas", "floor", "cap");
            t.BandHorizonMs = Ms(band.Find("horizon"), t.BandHorizonMs);
            t.BandSigmaMilli = band.Find("sigmas") is { } s ? (int)(s.Number(0, 100) * 1000) : t.BandSigmaMilli;
            t.BandFloorPpm = band.Find("floor")?.Ppm() ?? t.BandFloorPpm;
            t.BandCapPpm = Math.Max(band.Find("cap")?.Ppm(10) ?? t.BandCapPpm, t.BandFloorPpm);
        }
        if (node.Find("openInterest") is { } interest)
        {
            interest.Object("cap", "externalDepth", "depthMultiple", "fundMultiple", "free");
            t.OpenInterestCapAtoms = interest.Find("cap") is { } c ? Atoms(c.Number(0, 1e12m), settlement) : 0;
            t.ExternalDepthAtoms = interest.Find("externalDepth") is { } d ? Atoms(d.Number(0, 1e12m), settlement) : 0;
            t.DepthMultiple = (ushort)(interest.Find("depthMultiple")?.Whole(0, 60_000) ?? t.DepthMultiple);
            t.FundMultiple = (ushort)(interest.Find("fundMultiple")?.Whole(0, 60_000) ?? t.FundMultiple);
            t.OpenInterestFreeAtoms = interest.Find("free") is { } f ? Atoms(f.Number(0, 1e12m), settlement) : t.OpenInterestFreeAtoms;
        }
    }

    // What a market of this kind has no use for is an error, not passed over in silence.
    private static void RefuseStrays(ScenarioNode node, MarketKind kind)
    {
        string[] strays = kind switch
        {
            MarketKind.Contract => ["peg", "funding"],
            MarketKind.LinearFuture => ["terms", "volatility", "surface", "funding"],
            _ => ["terms", "volatility", "surface", "expiry"],
        };
        foreach (string name in strays)
        {
            if (node.Find(name) is { } stray)
            {
                string where =
                    name switch
                    {
                        "peg" => "no peg in a contract: name its tiers",
                        "funding" => "no funding but in a perpetual",
                        "expiry" => "no expiry in a perpetual",
                        _ => $"no {name} but in a market of kind \"contract\""
                    };
                throw stray.Error(where);
            }
        }
        if (node.Find("volatility") is not null && node.Find("surface") is { } both)
        {
            throw both.Error("volatility or surface, not both");
        }
    }

    // Lines, in which {expiry} stands for the market's.
    private static string ReadText(ScenarioNode node, long expiryMs)
    {
        ScenarioNode terms = node.Need("terms");
        IEnumerable<string> lines = terms.IsText ? [terms.Text()] : terms.Items().Select(l => l.Text());
        string expiry =
            DateTimeOffset.FromUnixTimeMilliseconds(expiryMs).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return string.Join('\n', lines).Replace("{expiry}", expiry, StringComparison.Ordinal) + "\n";
    }

    private static void ReadTiers(ScenarioNode node, ref MarketTerms t, int settlement)
    {
        bool peg = node.Find("peg")?.Flag() ?? false;
        var tiers = new List<(decimal From, int Initial, int Maintenance)>();
        foreach (ScenarioNode tier in node.Items("tiers"))
        {
            tier.Object("from", "initial", "maintenance");
            tiers.Add((tier.Find("from")?.Number(0, 1e12m) ?? 0, tier.Need("initial").Ppm(), tier.Need("maintenance").Ppm()));
        }
        if (tiers.Count == 0)
        {
            // A pegged price gaps when the peg goes, whatever its past: initial margin covers a move of two fifths.
            tiers = t.Kind == MarketKind.Contract
                ? [(0, 150_000, 75_000)]
                : peg
                ? [(0, 400_000, 300_000)]
                : [(0, 50_000, 25_000), (1_000_000, 100_000, 50_000), (10_000_000, 200_000, 100_000), (100_000_000, 300_000, 150_000)];
        }
        if (tiers.Count > Market.MaxTiers)
        {
            throw node.Need("tiers").Error($"at most {Market.MaxTiers} tiers");
        }
        t.TierCount = (ushort)tiers.Count;
        for (int i = 0; i < tiers.Count; i++)
        {
            t.Tiers[i] =
                new ListedTier
                {
                    FromNotionalAtoms = Atoms(tiers[i].From, settlement),
                    InitialPpm = tiers[i]
                    .Initial,
                    MaintenancePpm = tiers[i].Maintenance
                };
        }
    }
}
