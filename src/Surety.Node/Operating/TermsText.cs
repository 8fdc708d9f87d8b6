using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Node.Instruments;
using Surety.Protocol.Rows;

namespace Surety.Node.Operating;

/// <summary>A market's terms in words: prices in the quote currency, amounts in the base currency, money in the settlement asset.</summary>
internal static class TermsText
{
    /// <summary>What a change may change.</summary>
    public static readonly IReadOnlyList<OperatorField> Changeable =
    [
        new("max_order", "Largest order, base currency"), new("max_position", "Largest position, base currency"),
        new("margin_floor", "Price that margin counts at least"),
        new("tiers", "Margin tiers, FROM_NOTIONAL:INITIAL/MAINTENANCE between commas"), new("initial_margin_rate", "Of the first tier"),
        new("maintenance_margin_rate", "Of the first tier"),
        new("open_interest_lower", "Open interest from which initial margin rises"),
        new("open_interest_upper", "Open interest at which it is the whole notional"),
        new("max_open_interest", "Fixed cap; 0 for none"),
        new("external_depth", "What other venues' books hold within 2%; 0 where it is not known"),
        new("open_interest_free", "Open interest that needs no fund behind it"),
        new("impact", "Notional whose price in the book is the impact price"),
        new("depth_multiple", "Cap of open interest in outside depths; 0 for none"),
        new("fund_multiple", "Cap of open interest in insurance funds; 0 for none"),
        new("basis_cap", "How far mark may lie from the index"), new("basis_window_s", "Over how long the basis is averaged, seconds"),
        new("liquidation_bound", "How far from mark liquidations trade"),
        new("market_order_bound", "How far from mark market orders trade"),
        new("funding_interest", "Interest part of funding for eight hours"), new("funding_cap", "Funding's limit for eight hours"),
        new("order_band", "How far beyond mark an order may be priced; 0 for no band"),
        new("band_horizon_s", "Look back of the dynamic band; 0 for no band"), new("band_sigma", "Its width in standard deviations"),
        new("band_floor", "Its least width"), new("band_cap", "Its largest width"),
        new("auction_s", "Length of a call auction; 0 for none"), new("oracle_grace_s", "How long the index may be in doubt"),
    ];

    /// <summary>What is fixed when a market is listed.</summary>
    public static readonly IReadOnlyList<OperatorField> Fixed =
    [
        new("like", "A market whose terms it takes where nothing else is said"), new("pool", "The pool; the first by default"),
        new("tick_size", "Smallest step of a price"), new("contract_size", "Base currency in a lot"),
        new("min_price", "Lowest price; one tick by default"), new("max_price", "Highest price"),
    ];

    private static readonly string[] OfIndex = ["tick_size", "contract_size", "max_price", "max_position"];

    /// <summary>Terms for a new market.</summary>
    public static MarketTerms New(OperatorText text, VenueListing listing, MarketKind kind, string nameField)
    {
        ListedIndex index = listing.Index("index_name", text.Needed("index_name"));
        ListedMarket? like = text.Has("like") ? listing.Market("like", text.Needed("like")) : null;
        MarketTerms terms = like?.Read() ?? Standard(kind);
        if (like is not null && terms.Index != index.Number)
        {
            // Ticks, lots and limits of another index mean something else here: they must be said.
            foreach (string field in OfIndex.Where(f => !text.Has(f)))
            {
                throw new OperateException(field,
                    $"this is needed, for {like.Name} is on another index, {listing.Indexes[terms.Index].Name}");
            }
        }
        terms.Name = text.Name(nameField);
        terms.Kind = kind;
        terms.Index = (ushort)index.Number;
        terms.Pool = text.Has("pool") || like is null
            ? (ushort)(text.Has("pool") ? listing.Pool("pool", text.Needed("pool")).Number : 0)
            : terms.Pool;
        if (terms.Pool >= listing.Pools.Count)
        {
            throw new OperateException("pool", "there is no pool yet; make one first");
        }
        if (kind != MarketKind.LinearPerpetual)
        {
            (terms.FundingInterestPpm, terms.FundingCapPpm) = (0, 0);
        }
        int money = listing.MoneyDecimals(terms.Pool);
        if (like is null)
        {
            Amounts(ref terms, money);
        }
        if (like is null || text.Has("tick_size"))
        {
            terms.IndexUnitsPerTick = OperatorText.Range("tick_size", text.Scaled("tick_size", index.Decimals), 1, 1L << 40);
        }
        if (like is null || text.Has("contract_size") || text.Has("tick_size"))
        {
            terms.AtomsPerTickLot =
                AtomsPerTickLot(text.Scaled("contract_size", Instrument.AmountDecimals), terms.IndexUnitsPerTick, index.Decimals, money);
        }
        terms.MinPriceTicks = text.Has("min_price")
            ? Ticks(text, "min_price", index, in terms)
            : like is null || text.Has("tick_size")
            ? (kind == MarketKind.Contract ? 0 : 1)
            : terms.MinPriceTicks;
        terms.MaxPriceTicks = like is null || text.Has("max_price") ? Ticks(text, "max_price", index, in terms) : terms.MaxPriceTicks;
        if (like is null)
        {
            Int128 most = Market.MaxPositionValue
                / (Int128.Max(Int128.Abs(terms.MinPriceTicks), Int128.Abs(terms.MaxPriceTicks)) * terms.AtomsPerTickLot);
            terms.MaxPositionLots = terms.MaxOrderLots = (long)Int128.Clamp(most / 2, 1, 1L << 40);
        }
        Change(text, index, ref terms, money);
        return terms;
    }

    /// <summary>Reads what of the changeable terms is given.</summary>
    public static void Change(OperatorText text, ListedIndex index, ref MarketTerms t, int money)
    {
        t.MaxPositionLots = text.Has("max_position") ? Lots(text, "max_position", index, in t, money) : t.MaxPositionLots;
        t.MaxOrderLots = text.Has("max_order") ? Lots(text, "max_order", index, in t, money) : Math.Min(t.MaxOrderLots, t.MaxPositionLots);
        t.MarginFloorTicks = text.Has("margin_floor") ? Ticks(text, "margin_floor", index, in t) : t.MarginFloorTicks;
        if (text.Has("tiers"))
        {
            (t.Tiers, t.TierCount) = text.MarginTiers("tiers", money);
        }
        t.Tiers[0].InitialPpm = text.Ppm("initial_margin_rate", t.Tiers[0].InitialPpm);
        t.Tiers[0].MaintenancePpm = text.Ppm("maintenance_margin_rate", t.Tiers[0].MaintenancePpm);
        t.OpenInterestLowerAtoms = text.Scaled("open_interest_lower", money, t.OpenInterestLowerAtoms);
        t.OpenInterestUpperAtoms = text.Scaled("open_interest_upper", money, t.OpenInterestUpperAtoms);
        t.OpenInterestCapAtoms = text.Scaled("max_open_interest", money, t.OpenInterestCapAtoms);
        t.ExternalDepthAtoms = text.Scaled("external_depth", money, t.ExternalDepthAtoms);
        t.OpenInterestFreeAtoms = text.Scaled("open_interest_free", money, t.OpenInterestFreeAtoms);
        t.ImpactAtoms = text.Scaled("impact", money, t.ImpactAtoms);
        t.DepthMultiple = (ushort)text.Whole("depth_multiple", 0, ushort.MaxValue, t.DepthMultiple);
        t.FundMultiple = (ushort)text.Whole("fund_multiple", 0, ushort.MaxValue, t.FundMultiple);
        t.BasisCapPpm = text.Ppm("basis_cap", t.BasisCapPpm);
        t.BasisWindowMs = text.Ms("basis_window_s", t.BasisWindowMs);
        t.LiquidationBoundPpm = text.Ppm("liquidation_bound", t.LiquidationBoundPpm);
        t.MarketOrderBoundPpm = text.Ppm("market_order_bound", t.MarketOrderBoundPpm);
        t.FundingInterestPpm = text.Ppm("funding_interest", t.FundingInterestPpm);
        t.FundingCapPpm = text.Ppm("funding_cap", t.FundingCapPpm);
        t.OrderBandPpm = text.Ppm("order_band", t.OrderBandPpm);
        t.BandHorizonMs = text.Ms("band_horizon_s", t.BandHorizonMs);
        t.BandSigmaMilli = (int)OperatorText.Range("band_sigma", text.Scaled("band_sigma", 3, t.BandSigmaMilli), 0, 100_000);
        t.BandFloorPpm = text.Ppm("band_floor", t.BandFloorPpm);
        t.BandCapPpm = text.Ppm("band_cap", t.BandCapPpm);
        t.AuctionMs = text.Ms("auction_s", t.AuctionMs);
        t.OracleGraceMs = text.Ms("oracle_grace_s", t.OracleGraceMs);
    }

    // What a venue would keep: the terms of the default venue's markets.
    private static MarketTerms Standard(MarketKind kind)
    {
        bool contract = kind == MarketKind.Contract;
        var terms = new MarketTerms
        {
            TierCount = 3,
            MarginFloorTicks = 1,
            BasisCapPpm = 5_000,
            BasisWindowMs = 60_000,
            LiquidationBoundPpm = contract ? 200_000 : 15_000,
            MarketOrderBoundPpm = contract ? 200_000 : 30_000,
            FundingInterestPpm = 100,
            FundingCapPpm = 7_500,
            OrderBandPpm = contract ? 0 : 50_000,
            BandHorizonMs = contract ? 0 : 300_000,
            BandSigmaMilli = contract ? 0 : 6_000,
            BandFloorPpm = contract ? 0 : 150_000,
            BandCapPpm = contract ? 0 : 300_000,
            AuctionMs = 20_000,
            OracleGraceMs = 60_000,
            FundMultiple = 100,
        };
        terms.Tiers[0] = new ListedTier { InitialPpm = contract ? 150_000 : 50_000, MaintenancePpm = contract ? 75_000 : 25_000 };
        terms.Tiers[1] = new ListedTier { InitialPpm = contract ? 175_000 : 100_000, MaintenancePpm = contract ? 90_000 : 50_000 };
        terms.Tiers[2] = new ListedTier { InitialPpm = 200_000, MaintenancePpm = 100_000 };
        return terms;
    }

    private static void Amounts(ref MarketTerms terms, int money)
    {
        long unit = FixedDecimal.PowerOfTen(Math.Min(money, 9));
        terms.Tiers[1].FromNotionalAtoms = 1_000_000 * unit;
        terms.Tiers[2].FromNotionalAtoms = 10_000_000 * unit;
        (terms.OpenInterestLowerAtoms, terms.OpenInterestUpperAtoms, terms.OpenInterestFreeAtoms) =
            (200_000_000 * unit, 1_000_000_000 * unit, 50_000_000 * unit);
        terms.ImpactAtoms = 10_000 * unit;
    }

    // Atoms that a lot gains when the price rises a tick: tick · size, in the settlement asset. It must come out whole, or profit would
    // not.
    private static long AtomsPerTickLot(long size, long tickUnits, int priceDecimals, int money)
    {
        Int128 scaled = (Int128)size * tickUnits * FixedDecimal.PowerOfTen(money);
        Int128 unit = (Int128)FixedDecimal.PowerOfTen(priceDecimals) * FixedDecimal.PowerOfTen(Instrument.AmountDecimals);
        return scaled > 0 && scaled % unit == 0 && scaled / unit <= 1L << 40
            ? (long)(scaled / unit) : throw new OperateException("contract_size",
                "a tick of the price on a lot must be a whole number of the settlement "
                + "asset's smallest units; choose a larger lot or tick");
    }

    private static long Ticks(OperatorText text, string field, ListedIndex index, in MarketTerms terms)
    {
        long units = text.Scaled(field, index.Decimals);
        return units % terms.IndexUnitsPerTick == 0 ? units / terms.IndexUnitsPerTick
            : throw new OperateException(field,
                $"expected a multiple of the tick size {DecimalText.ToText(terms.IndexUnitsPerTick, index.Decimals)}, "
                + $"found {text.Needed(field)}");
    }

    private static long Lots(OperatorText text, string field, ListedIndex index, in MarketTerms t, int money)
    {
        Int128 lot = (Int128)t.AtomsPerTickLot * FixedDecimal.PowerOfTen(index.Decimals)
            * FixedDecimal.PowerOfTen(Instrument.AmountDecimals) / FixedDecimal.PowerOfTen(money) / t.IndexUnitsPerTick;
        long amount = text.Scaled(field, 6);
        Int128 scaled = (Int128)amount * 1_000_000;
        return lot > 0 && scaled % lot == 0 && scaled / lot is var lots && lots >= 1 && lots <= 1L << 40
            ? (long)lots : throw new OperateException(field,
                $"expected a multiple of the contract size {DecimalText.ToText(lot, Instrument.AmountDecimals)}, "
                + $"found {text.Needed(field)}");
    }
}
