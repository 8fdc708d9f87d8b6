using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>One step of a fee schedule.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct FeeTier
{
    /// <summary>Decayed volume from which the step applies, settlement atoms.</summary>
    public long FromVolumeAtoms;

    /// <summary>Parts per million of notional; negative is a rebate.</summary>
    public int MakerPpm;

    /// <summary>Parts per million of notional; not below what any maker is paid.</summary>
    public int TakerPpm;
}

/// <summary>A pool's rules of risk. Zero in a command stands for the default; <see cref="Off"/> switches a rule off.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct PoolRules
{
    /// <summary>In a command: this rule does not apply.</summary>
    public const int Off = -1;

    /// <summary>Part of net unrealised profit that does not count for opening, parts per million. Default 500,000.</summary>
    public int ProfitHaircutPpm;

    /// <summary>What may leave must leave behind this part of all notional, parts per million. Default 100,000.</summary>
    public int TransferMarginPpm;

    /// <summary>What may leave the pool in an hour, parts per million of what it holds of the asset. Default 250,000.</summary>
    public int OutflowPpm;

    /// <summary>What the fund may lose in an hour before its markets only reduce, parts per million. Default 250,000.</summary>
    public int FundLossPpm;

    /// <summary>What the fund may spend on one index in a day, parts per million of its equity: its cash fence. Default 100,000.</summary>
    public int FundMarketPpm;

    /// <summary>
    /// The largest discount on the index at which collateral is sold to a backstop bid: the reserve price. Default 100,000.
    /// </summary>
    public int BackstopDiscountPpm;

    /// <summary>
    /// Part of a market's open interest liquidated through its book in a minute before it goes to auction. Default 200,000.
    /// </summary>
    public int LiquidationRatePpm;

    /// <summary>1 when a position in a hedge is deleveraged like any other. Default 0.</summary>
    public int DeleverageHedges;

    /// <summary>
    /// Amounts that trip no breaker, of an hour of outflow and of a minute of liquidations, settlement atoms. Default 1,000,000 whole
    /// units.
    /// </summary>
    public long FreeAtoms;

    /// <summary>The scan range of portfolio margin, parts per million of the underlying, to 400,000; 0 for standard margin.</summary>
    public int ScanPpm;

    /// <summary>
    /// What a solvent account pays on the lots that a backstop provider or the fund takes from it, at most, parts per million of notional.
    /// Default 15,000.
    /// </summary>
    public int TakeoverChargePpm;

    /// <summary>Interest that a negative balance bears in a year, parts per million. Default 100,000.</summary>
    public int DebtRatePpm;

    /// <summary>
    /// The most that the fund may hold of one index, parts per million of its equity, before volatility and depth lower it. Default
    /// 1,000,000.
    /// </summary>
    public int InventoryPpm;

    /// <summary>How long a backstop bid must have stood before it counts, milliseconds. Default 60,000.</summary>
    public int BidDelayMs;

    /// <summary>Zero.</summary>
    public int Reserved0;
}

/// <summary>A risk domain of its own: its accounts, markets, collateral and insurance fund touch no other pool's.</summary>
[StructLayout(LayoutKind.Sequential, Size = 512)]
public struct Pool
{
    /// <summary>The most collateral assets.</summary>
    public const int MaxCollateral = 8;

    /// <summary>The most fee tiers.</summary>
    public const int MaxFeeTiers = 8;

    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>1 in use.</summary>
    public ushort Status;
    /// <summary>How many assets it takes, 1 to 8.</summary>
    public ushort CollateralCount;
    /// <summary>How many tiers.</summary>
    public ushort FeeTierCount;
    /// <summary>Zero.</summary>
    public ushort Reserved0;

    /// <summary>Asset numbers; slot 0 is the asset that the pool's markets settle in.</summary>
    public Eight<ushort> Collateral;

    /// <summary>The account that is the pool's insurance fund.</summary>
    public uint InsuranceAccount;

    /// <summary>Paid to the fund on what a liquidation trades, parts per million of notional, while equity lasts.</summary>
    public int LiquidationFeePpm;

    /// <summary>Fees collected less rebates paid, settlement atoms.</summary>
    public long FeesAtoms;

    /// <summary>Fees by volume, the first from 0.</summary>
    public Eight<FeeTier> FeeTiers;
    /// <summary>What governs its liquidations, fund and outflow.</summary>
    public PoolRules Rules;

    /// <summary>The hour in which the fund's losses are counted: when it began, the fund's equity then, what it spent since.</summary>
    public long FundHourNs;

    /// <summary>The fund's equity when that hour began, settlement atoms.</summary>
    public long FundHourEquityAtoms;
    /// <summary>What the fund spent since, settlement atoms.</summary>
    public long FundSpentAtoms;

    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;

    /// <summary>Deficits that neither fund nor deleveraging covered and that all accounts shared, ever.</summary>
    public long SharedLossAtoms;

    /// <summary>
    /// Settlement atoms that came into the pool and have not left it: deposits less withdrawals, and transfers between pools. Never
    /// negative.
    /// </summary>
    public long HeldAtoms;

    /// <summary>Zero.</summary>
    public long Reserved2;

    /// <summary>When the fees below replace those above, nanoseconds since 1970; 0 when none wait.</summary>
    public long FeesActNs;

    /// <summary>The announced liquidation fee.</summary>
    public int NextLiquidationFeePpm;
    /// <summary>How many announced tiers.</summary>
    public ushort NextFeeTierCount;
    /// <summary>Zero.</summary>
    public ushort Reserved5;
    /// <summary>The announced tiers.</summary>
    public Eight<FeeTier> NextFeeTiers;

    /// <summary>Zero.</summary>
    public long Reserved6;
    /// <summary>Zero.</summary>
    public long Reserved7;
    /// <summary>Zero.</summary>
    public long Reserved8;
    /// <summary>Zero.</summary>
    public long Reserved9;
    /// <summary>Zero.</summary>
    public long Reserved10;
    /// <summary>Zero.</summary>
    public long Reserved11;
}
