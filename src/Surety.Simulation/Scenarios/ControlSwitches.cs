using System.Collections.Generic;
using System.Linq;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>
/// What switching a control off does to a venue's parameters, so that a scenario can show what happens without it. Controls
/// that are not parameters (the final margin check, conservation, checked arithmetic …) cannot be switched off by anybody.
/// </summary>
internal sealed class ControlSwitches(IReadOnlyCollection<string> off)
{
    private const int Wide = 1_000_000_000;
    private const long DayMs = 86_400_000;

    /// <summary>The controls that are parameters.</summary>
    public static readonly IReadOnlyList<string> All =
        ["C01", "C02", "C03", "C04", "C05", "C06", "C08", "C09", "C10", "C11", "C12", "C13", "C15", "C17", "C25", "C31", "C32", "C33"];

    /// <summary>Whether a control is a parameter.</summary>
    public static bool CanBeOff(string control) => All.Contains(control);

    /// <summary>
    /// Whether an index follows its first source alone. One that prices collateral needs two: the second has next to no weight.
    /// </summary>
    public bool OneSource => IsOff("C01");

    private bool IsOff(string control) => off.Contains(control);

    public void Apply(ref CreateIndex index)
    {
        index.Quorum = IsOff("C01") ? (ushort)1 : index.Quorum;
        index.MaxAgeMs = IsOff("C02") ? (int)DayMs : index.MaxAgeMs;
        index.QuarantinePpm = IsOff("C03") ? Wide : index.QuarantinePpm;
        index.WidePpm = IsOff("C01") || IsOff("C03") ? Wide : index.WidePpm;
        index.ConfidencePpm = IsOff("C04") ? Wide : index.ConfidencePpm;
        index.MinPrice = IsOff("C05") ? -(1L << 50) : index.MinPrice;
        index.JumpFloor = IsOff("C05") || IsOff("C03") ? 1L << 40 : index.JumpFloor;
        index.QuarantinePpm = IsOff("C05") ? Wide : index.QuarantinePpm;
    }

    public void Apply(ref SetPriceSource source)
    {
        source.JumpPpm = IsOff("C03") || IsOff("C05") ? Wide : source.JumpPpm;
        if (IsOff("C05"))
        {
            (source.MinPrice, source.MaxPrice) = (0, 0);
        }
    }

    public void Apply(ref CreateAsset asset)
    {
        if (IsOff("C10"))
        {
            (asset.HaircutPpm, asset.CollateralCapAtoms) = (0, Asset.MaxAmountAtoms);
            asset.PoolCapAtoms = !asset.PriceIndex.Exists ? 0 : Asset.MaxAmountAtoms;
        }
    }

    public void Apply(ref CreatePool pool)
    {
        ref PoolRules rules = ref pool.Rules;
        rules.ProfitHaircutPpm = IsOff("C06") ? PoolRules.Off : rules.ProfitHaircutPpm;
        rules.TransferMarginPpm = IsOff("C08") || IsOff("C06") ? PoolRules.Off : rules.TransferMarginPpm;
        rules.OutflowPpm = IsOff("C33") ? PoolRules.Off : rules.OutflowPpm;
        rules.FundLossPpm = IsOff("C15") ? PoolRules.Off : rules.FundLossPpm;
        rules.FundMarketPpm = IsOff("C12") ? PoolRules.Off : rules.FundMarketPpm;
        rules.BackstopDiscountPpm = IsOff("C11") ? PoolRules.Off : rules.BackstopDiscountPpm;
        rules.LiquidationRatePpm = IsOff("C15") ? PoolRules.Off : rules.LiquidationRatePpm;
        rules.DeleverageHedges = IsOff("C13") ? 1 : rules.DeleverageHedges;
    }

    public void Apply(ref MarketTerms terms)
    {
        if (IsOff("C08"))
        {
            terms.TierCount = 1;
        }
        if (IsOff("C32"))
        {
            // What a venue asks that looks at recent volatility alone: the first tier of an ordinary market's, or less.
            terms.TierCount = 1;
            terms.Tiers[0] = new ListedTier { InitialPpm = 20_000, MaintenancePpm = 10_000 };
        }
        if (IsOff("C31"))
        {
            terms.MarginFloorTicks = 1;
        }
        if (IsOff("C09"))
        {
            (terms.OpenInterestCapAtoms, terms.ExternalDepthAtoms, terms.OpenInterestFreeAtoms) = (0, 0, 0);
            (terms.OpenInterestLowerAtoms, terms.OpenInterestUpperAtoms) = ((1L << 61) - 1, 1L << 61);
        }
        if (IsOff("C15"))
        {
            (terms.BandHorizonMs, terms.AuctionMs, terms.OracleGraceMs) = (0, 0, (int)DayMs);
        }
        terms.AuctionMs = IsOff("C25") ? 0 : terms.AuctionMs;
        terms.OrderBandPpm = IsOff("C17") ? 0 : terms.OrderBandPpm;
        terms.LiquidationBoundPpm = IsOff("C11") ? 500_000 : terms.LiquidationBoundPpm;
    }
}
