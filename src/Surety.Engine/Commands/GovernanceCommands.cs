using System.Runtime.InteropServices;
using Surety.Engine.Accounts;
using Surety.Engine.Instruments;
using Surety.Engine.State;

namespace Surety.Engine.Commands;

/// <summary>Lists an asset; it gets the next number.</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
public struct CreateAsset
{
    public CommandHeader Header;
    public ShortName Name;
    public long CollateralCapAtoms;
    public int HaircutPpm;
    public ushort Decimals;

    /// <summary>Index number plus one; 0 for an asset that only settles.</summary>
    public ushort PriceIndexPlusOne;
    public long Reserved;
}

/// <summary>Creates a pool and, with it, its insurance fund's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 232)]
public struct CreatePool
{
    public CommandHeader Header;
    public ShortName Name;
    public Eight<ushort> Collateral;
    public ushort CollateralCount;
    public ushort FeeTierCount;
    public int LiquidationFeePpm;
    public Eight<FeeTier> FeeTiers;
    public long Reserved;
}

/// <summary>Creates a price index without sources.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct CreateIndex
{
    public CommandHeader Header;
    public ShortName Name;
    public ushort Decimals;
    public ushort Quorum;
    public int MaxAgeMs;
}

/// <summary>Adds a source to an index, changes its weight, or with weight 0 removes it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct SetPriceSource
{
    public CommandHeader Header;
    public uint SourceKey;
    public uint Weight;
    public ushort Index;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>Lists a market; it gets the next number.</summary>
[StructLayout(LayoutKind.Sequential, Size = 448)]
public struct ListMarket
{
    public CommandHeader Header;
    public ShortName Name;
    public MarketKind Kind;
    public ushort Pool;
    public ushort Index;
    public ushort TierCount;
    public long AtomsPerTickLot;
    public long IndexUnitsPerTick;
    public long MinPriceTicks;
    public long MaxPriceTicks;
    public long MaxOrderLots;
    public long MaxPositionLots;
    public long MarginFloorTicks;
    public long OpenInterestLowerAtoms;
    public long OpenInterestUpperAtoms;
    public long ExpiryNs;
    public int BasisCapPpm;
    public int BasisWindowMs;
    public int LiquidationBoundPpm;
    public int MarketOrderBoundPpm;
    public int FundingInterestPpm;
    public int FundingCapPpm;
    public Eight<ListedTier> Tiers;
    public Eight<int> Reserved;
    public long Reserved1;
    public long Reserved2;
    public long Reserved3;
    public long Reserved4;
}

/// <summary>A margin tier as it is listed; the deductions follow from continuity.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct ListedTier
{
    public long FromNotionalAtoms;
    public int InitialPpm;
    public int MaintenancePpm;
}

/// <summary>Halts a market, lets it only reduce, or opens it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct SetMarketStatus
{
    public CommandHeader Header;
    public ushort Market;
    public MarketStatus Status;
    public uint Reserved;
}

/// <summary>Opens a master account with its first key.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct OpenAccount
{
    public CommandHeader Header;
    public PublicKey PublicKey;
    public long KeyExpiresNs;
    public KeyScopes Scopes;
    public ushort Pool;
    public uint Reserved;
}

/// <summary>Credits an account with what custody has received.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Deposit
{
    public CommandHeader Header;
    public long AmountAtoms;
    public uint ToAccount;
    public ushort Asset;
    public ushort Reserved;
}

/// <summary>Says that a withdrawal has left custody (1), or that it failed and goes back (0).</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct ConfirmWithdrawal
{
    public CommandHeader Header;
    public ulong WithdrawalId;
    public uint Paid;
    public uint Reserved;
}

/// <summary>A source's statement of a price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 88)]
public struct ReportPrice
{
    public CommandHeader Header;

    /// <summary>Index units.</summary>
    public long Price;

    /// <summary>The source's own uncertainty, index units, 0 or more.</summary>
    public long Confidence;

    /// <summary>When it was observed, nanoseconds since 1970.</summary>
    public long ObservedNs;

    /// <summary>Higher than the source's last.</summary>
    public ulong ReportSequence;

    public ushort Index;
    public ushort Reserved0;
    public uint Reserved1;
}
