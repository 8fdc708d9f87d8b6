using Surety.Core.Numerics;
using Surety.Engine.Oracles;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// The parameters that a venue has where its operator names none: those we would keep. docs/controls.md gives the reasons.
/// </summary>
internal static class Defaults
{
    /// <summary>How far a source's report may lie from its last one.</summary>
    public const int JumpPpm = 300_000;

    /// <summary>Fills in a pool's rules; <see cref="PoolRules.Off"/> becomes the value at which a rule does nothing.</summary>
    public static PoolRules Of(PoolRules given, Table<Asset> assets, int settlementAsset)
    {
        given.ProfitHaircutPpm = Or(given.ProfitHaircutPpm, 500_000, off: 0);
        given.TransferMarginPpm = Or(given.TransferMarginPpm, 100_000, off: 0);
        given.OutflowPpm = Or(given.OutflowPpm, 250_000, off: (int)Rounding.Million);
        given.FundLossPpm = Or(given.FundLossPpm, 250_000, off: (int)Rounding.Million);
        given.FundMarketPpm = Or(given.FundMarketPpm, 100_000, off: (int)Rounding.Million);
        given.BackstopDiscountPpm = Or(given.BackstopDiscountPpm, 100_000, off: (int)Rounding.Million);
        given.LiquidationRatePpm = Or(given.LiquidationRatePpm, 200_000, off: (int)Rounding.Million);
        given.TakeoverChargePpm = Or(given.TakeoverChargePpm, 15_000, off: 0);
        given.DebtRatePpm = Or(given.DebtRatePpm, 100_000, off: 0);
        given.InventoryPpm = Or(given.InventoryPpm, (int)Rounding.Million, off: 0);
        given.BidDelayMs = Or(given.BidDelayMs, 60_000, off: 0);
        if (given.FreeAtoms == 0 && settlementAsset < assets.Capacity && assets[settlementAsset].Decimals <= 9)
        {
            given.FreeAtoms = 1_000_000 * FixedDecimal.PowerOfTen(assets[settlementAsset].Decimals);
        }
        return given;
    }

    /// <summary>Whether a pool's rules are within their ranges.</summary>
    public static bool AreSound(in PoolRules rules) =>
        IsPart(rules.ProfitHaircutPpm) && IsPart(rules.TransferMarginPpm) && IsPart(rules.OutflowPpm) && IsPart(rules.FundLossPpm)
            && IsPart(rules.FundMarketPpm) && IsPart(rules.BackstopDiscountPpm) && IsPart(rules.LiquidationRatePpm) && rules.ScanPpm is >= 0
                and <= 400_000
            && rules.TakeoverChargePpm is >= 0
                and <= 100_000 && IsPart(rules.DebtRatePpm) && IsPart(rules.InventoryPpm) && rules.BidDelayMs is >= 0 and <= 86_400_000
            && rules.Reserved0 == 0 && rules.DeleverageHedges is 0 or 1 && rules.FreeAtoms is >= 0 and <= Asset.MaxAmountAtoms;

    /// <summary>An index with its defaults, or why it cannot be made.</summary>
    public static Refusal Make(in CreateIndex command, int pools, out PriceIndex index)
    {
        index = new PriceIndex
        {
            Name = command.Name,
            Status = 1,
            Decimals = command.Decimals,
            Quorum = command.Quorum,
            MaxAgeMs = command.MaxAgeMs,
            BondPool = command.BondPool,
            MinPrice = command.MinPrice,
            MaxPrice = command.MaxPrice == 0 ? PriceFeed.LargestPrice : command.MaxPrice,
            JumpFloor = command.JumpFloor == 0 ? 1 : command.JumpFloor,
            RewardAtoms = command.RewardAtoms,
            AbsentMs = command.AbsentMs == 0 ? 300_000 : command.AbsentMs,
            QuarantinePpm = command.QuarantinePpm == 0 ? 150_000 : command.QuarantinePpm,
            ConfirmMs = command.ConfirmMs == 0 ? 30_000 : command.ConfirmMs,
            WidePpm = command.WidePpm == 0 ? 20_000 : command.WidePpm,
            ConfidencePpm = command.ConfidencePpm == 0 ? 50_000 : command.ConfidencePpm,
            SlowMs = command.SlowMs == 0 ? 600_000 : command.SlowMs,
            OutlierPpm = command.OutlierPpm == 0 ? 20_000 : command.OutlierPpm,
            SlashPpm = command.SlashPpm == 0 ? 50_000 : command.SlashPpm,
            OutlierLimit = command.OutlierLimit == 0 ? 10 : command.OutlierLimit,
            BondWindowMs = command.BondWindowMs == 0 ? 600_000 : command.BondWindowMs,
        };
        const int LongestMs = 86_400_000;
        const int Widest = 1_000_000_000;
        int offset = index.MinPrice is < -PriceFeed.LargestPrice or > PriceFeed.LargestPrice ? 80
            : index.MaxPrice <= index.MinPrice || index.MaxPrice > PriceFeed.LargestPrice ? 88
            : index.JumpFloor is < 1 or > PriceFeed.LargestPrice ? 96
            : index.RewardAtoms is < 0 or > 1L << 40 ? 104
            : index.AbsentMs is < 1 or > LongestMs ? 112
            : index.QuarantinePpm is < 1 or > Widest ? 116
            : index.ConfirmMs is < 1 or > LongestMs ? 120
            : index.WidePpm is < 1 or > Widest ? 124
            : index.ConfidencePpm is < 1 or > Widest ? 128
            : index.SlowMs is < 1 or > LongestMs ? 132
            : index.OutlierPpm is < 1 or > Widest ? 136
            : index.SlashPpm is < 1 or > (int)Rounding.Million ? 140
            : index.OutlierLimit is < 1 or > 1_000_000 ? 144
            : index.BondWindowMs is < 1 or > LongestMs ? 148
            : index.BondPool.Number >= pools ? 152
            : 0;
        return offset == 0 ? Refusal.None : Refusal.InvalidField(offset);
    }

    private static int Or(int given, int standard, int off) => given == 0 ? standard : given == PoolRules.Off ? off : given;

    private static bool IsPart(int ppm) => ppm is >= 0 and <= (int)Rounding.Million;
}
