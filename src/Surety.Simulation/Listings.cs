using System;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation;

/// <summary>
/// The terms of every venue that is made here: of tests, benchmarks, the demo, and a new node's. Settlement has six decimals.
/// </summary>
public static class Listings
{
    /// <summary>Atoms of a dollar.</summary>
    public const long Dollar = 1_000_000;

    /// <summary>
    /// A test's market on the first index: a tick is a dollar, a lot a thousandth of a coin, prices may go below zero. A perpetual where
    /// it does not expire.
    /// </summary>
    public static MarketTerms Small(string name, long expiryNs = 0) => Tiered(
        Ordinary(name, Linear(expiryNs), 0, expiryNs) with
        {
            MinPriceTicks = -1_000,
            MaxPriceTicks = 60_000,
            MaxOrderLots = 100_000,
            MaxPositionLots = 500_000,
            MarginFloorTicks = 10,
            OpenInterestLowerAtoms = 100_000_000 * Dollar,
            OpenInterestUpperAtoms = 1_000_000_000 * Dollar,
            BasisWindowMs = 60_000,
            OracleGraceMs = 30_000,
        },
        (0, 50_000, 25_000), (1_000_000, 100_000, 50_000));

    /// <summary>A perpetual of the engine's benchmark, one index for each.</summary>
    public static MarketTerms Busy(int number) => Tiered(
        Ordinary($"M{number}-PERP", MarketKind.LinearPerpetual, number, 0) with
        {
            AtomsPerTickLot = 500,
            IndexUnitsPerTick = 50,
            MaxPriceTicks = 65_535,
            MaxOrderLots = 10_000,
            MaxPositionLots = 1_000_000,
            MarginFloorTicks = 10,
            OpenInterestLowerAtoms = 1L << 50,
            OpenInterestUpperAtoms = 1L << 52,
            BasisWindowMs = 150_000,
            MarketOrderBoundPpm = 50_000,
            FundingCapPpm = 20_000,
        },
        (0, 20_000, 10_000), (500_000, 50_000, 25_000), (5_000_000, 100_000, 50_000));

    /// <summary>A perpetual of the enforcement's benchmark, one index for each, with room for a million accounts' positions.</summary>
    public static MarketTerms Crowded(int number) => Tiered(
        Ordinary($"M{number}-PERP", MarketKind.LinearPerpetual, number, 0) with
        {
            MaxPriceTicks = 65_535,
            MaxOrderLots = 1_000_000,
            MaxPositionLots = 500_000_000,
            MarginFloorTicks = 100,
            OpenInterestLowerAtoms = 1L << 60,
            OpenInterestUpperAtoms = 1L << 61,
            BasisWindowMs = 300_000,
            OracleGraceMs = 60_000,
        },
        (0, 50_000, 25_000), (5_000_000, 100_000, 50_000), (50_000_000, 200_000, 100_000));

    /// <summary>A market of the portfolio benchmark: an option, or a future.</summary>
    public static MarketTerms Portfolio(int number, MarketKind kind, long expiryNs) => Tiered(
        Ordinary($"C{number}", kind, 0, expiryNs) with
        {
            MinPriceTicks = kind == MarketKind.Contract ? 0 : 1,
            MaxPriceTicks = 900_000,
            MaxOrderLots = 100_000,
            MaxPositionLots = 1_000_000,
            MarginFloorTicks = 1,
            OpenInterestLowerAtoms = 1L << 60,
            OpenInterestUpperAtoms = 1L << 61,
            BasisCapPpm = 0,
            BasisWindowMs = 60_000,
            LiquidationBoundPpm = 200_000,
            MarketOrderBoundPpm = 300_000,
            FundingInterestPpm = 0,
            FundingCapPpm = 0,
        },
        (0, 150_000, 75_000));

    /// <summary>A contract of a test on the first index, with <see cref="Small"/>'s units.</summary>
    public static MarketTerms SmallContract(string name, long expiryNs) => Tiered(
        Small(name, expiryNs) with
        {
            Kind = MarketKind.Contract,
            MinPriceTicks = 0,
            MaxPriceTicks = 500_000,
            MarginFloorTicks = 1,
            OpenInterestUpperAtoms = 1L << 60,
            OpenInterestLowerAtoms = 1L << 59,
        },
        (0, 150_000, 75_000), (10_000_000, 200_000, 100_000));

    /// <summary>
    /// A market of the demo. A tick of a BTC market is half a dollar and a lot a thousandth of a coin; of ETH, five cents and a
    /// hundredth.
    /// </summary>
    public static MarketTerms Replayed(string name, int index, long unitsPerTick, long expiryNs) => Tiered(
        Guarded(Ordinary(name, Linear(expiryNs), index, expiryNs)) with
        {
            AtomsPerTickLot = 500,
            IndexUnitsPerTick = unitsPerTick,
            MaxPriceTicks = 1L << 17,
            MaxOrderLots = 100_000,
            MaxPositionLots = 10_000_000,
            MarginFloorTicks = 100,
            BasisWindowMs = 300_000,
            BandFloorPpm = 100_000,
            BandCapPpm = 250_000,
            AuctionMs = 120_000,
            OracleGraceMs = 180_000,
        },
        (0, 50_000, 25_000), (1_000_000, 100_000, 50_000), (10_000_000, 200_000, 100_000));

    /// <summary>A market of the venue that a node makes in an empty directory.</summary>
    /// <param name="name">Its name, or an option series'.</param>
    /// <param name="kind">Perpetual, future, or contract for options.</param>
    /// <param name="index">Its price index, of two decimals.</param>
    /// <param name="lotsPerCoin">Lots of a coin.</param>
    /// <param name="unitsPerTick">Index units of a tick.</param>
    /// <param name="maxPrice">Index units that no price reaches.</param>
    /// <param name="expiryNs">When it expires; 0 for never, or for a series.</param>
    public static MarketTerms Served(string name, MarketKind kind, int index, long lotsPerCoin, long unitsPerTick, long maxPrice,
        long expiryNs)
    {
        bool contract = kind == MarketKind.Contract;
        MarketTerms terms = Guarded(Ordinary(name, kind, index, expiryNs)) with
        {
            AtomsPerTickLot = unitsPerTick * 10_000 / lotsPerCoin,
            IndexUnitsPerTick = unitsPerTick,
            MinPriceTicks = contract ? 0 : 1,
            MaxPriceTicks = Math.Min(maxPrice / unitsPerTick, 1 << 18),
            MaxOrderLots = 100_000,
            MaxPositionLots = 1_000_000,
            MarginFloorTicks = 1,
            BasisWindowMs = 60_000,
            BandFloorPpm = 150_000,
            BandCapPpm = 300_000,
            AuctionMs = 20_000,
            OracleGraceMs = 60_000,
        };
        if (!contract)
        {
            return Tiered(terms, (0, 50_000, 25_000), (1_000_000, 100_000, 50_000), (10_000_000, 200_000, 100_000));
        }
        // An option's own price moves by multiples: no bands.
        terms.MarketOrderBoundPpm = 200_000;
        (terms.OrderBandPpm, terms.BandHorizonMs, terms.BandSigmaMilli, terms.BandFloorPpm, terms.BandCapPpm) = (0, 0, 0, 0, 0);
        return Tiered(terms, (0, 150_000, 75_000), (1_000_000, 175_000, 90_000), (10_000_000, 200_000, 100_000));
    }

    /// <summary>A pool that settles in asset 0 and takes the assets after it, so many in all.</summary>
    public static CreatePool Pool(string name, int collateral, params (long FromVolumeDollars, int MakerPpm, int TakerPpm)[] fees)
    {
        var pool = new CreatePool { Name = ShortName.From(name), CollateralCount = (ushort)collateral, FeeTierCount = (ushort)fees.Length };
        for (int i = 0; i < collateral; i++)
        {
            pool.Collateral[i] = (ushort)i;
        }
        for (int i = 0; i < fees.Length; i++)
        {
            (long from, int maker, int taker) = fees[i];
            pool.FeeTiers[i] = new FeeTier { FromVolumeAtoms = from * Dollar, MakerPpm = maker, TakerPpm = taker };
        }
        return pool;
    }

    /// <summary>The pool of the demo and of a new node.</summary>
    public static CreatePool MainPool(int collateral)
    {
        // The third slot is filled, used or not: it is in the demo's first block.
        CreatePool pool = Pool("main", 3, (0, 100, 500), (5_000_000, 0, 400), (50_000_000, -50, 300));
        pool.CollateralCount = (ushort)collateral;
        pool.LiquidationFeePpm = 5_000;
        return pool;
    }

    /// <summary>The pool of tests, in which nothing slows liquidation down.</summary>
    public static CreatePool SmallPool(string name = "main")
    {
        CreatePool pool = Pool(name, 2, (0, 100, 500), (1_000_000, -50, 300));
        pool.LiquidationFeePpm = 5_000;
        pool.Rules.LiquidationRatePpm = PoolRules.Off;
        return pool;
    }

    // What the markets have in common; a tick is a dollar and a lot a thousandth of a coin.
    private static MarketTerms Ordinary(string name, MarketKind kind, int index, long expiryNs) => new()
    {
        Name = ShortName.From(name),
        Kind = kind,
        Index = (ushort)index,
        AtomsPerTickLot = 1_000,
        IndexUnitsPerTick = 100,
        MinPriceTicks = 1,
        ExpiryNs = expiryNs,
        BasisCapPpm = 5_000,
        LiquidationBoundPpm = 20_000,
        MarketOrderBoundPpm = 30_000,
        FundingInterestPpm = 100,
        FundingCapPpm = 7_500,
    };

    // Bands, impact prices and caps on open interest, as markets with real prices have them.
    private static MarketTerms Guarded(MarketTerms terms) => terms with
    {
        OpenInterestLowerAtoms = 200_000_000 * Dollar,
        OpenInterestUpperAtoms = 1_000_000_000 * Dollar,
        LiquidationBoundPpm = 15_000,
        OrderBandPpm = 50_000,
        BandHorizonMs = 300_000,
        BandSigmaMilli = 6_000,
        ImpactAtoms = 10_000 * Dollar,
        OpenInterestFreeAtoms = 50_000_000 * Dollar,
        FundMultiple = 100,
    };

    private static MarketTerms Tiered(MarketTerms terms, params (long FromDollars, int InitialPpm, int MaintenancePpm)[] tiers)
    {
        terms.TierCount = (ushort)tiers.Length;
        for (int i = 0; i < tiers.Length; i++)
        {
            (long from, int initial, int maintenance) = tiers[i];
            terms.Tiers[i] = new ListedTier { FromNotionalAtoms = from * Dollar, InitialPpm = initial, MaintenancePpm = maintenance };
        }
        return terms;
    }

    private static MarketKind Linear(long expiryNs) => expiryNs == 0 ? MarketKind.LinearPerpetual : MarketKind.LinearFuture;
}
