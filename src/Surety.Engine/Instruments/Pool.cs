using System.Runtime.InteropServices;
using Surety.Engine.State;

namespace Surety.Engine.Instruments;

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

/// <summary>A risk domain of its own: its accounts, markets, collateral and insurance fund touch no other pool's.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct Pool
{
    /// <summary>The most collateral assets.</summary>
    public const int MaxCollateral = 8;

    /// <summary>The most fee tiers.</summary>
    public const int MaxFeeTiers = 8;

    public ShortName Name;
    public ushort Status;
    public ushort CollateralCount;
    public ushort FeeTierCount;
    public ushort Reserved0;

    /// <summary>Asset numbers; slot 0 is the asset that the pool's markets settle in.</summary>
    public Eight<ushort> Collateral;

    /// <summary>The account that is the pool's insurance fund.</summary>
    public uint InsuranceAccount;

    /// <summary>Paid to the fund on what a liquidation trades, parts per million of notional, while equity lasts.</summary>
    public int LiquidationFeePpm;

    /// <summary>Fees collected less rebates paid, settlement atoms.</summary>
    public long FeesAtoms;

    public Eight<FeeTier> FeeTiers;
    public Eight<int> Reserved1;
    public long Reserved2;
}
