using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

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

    /// <summary>The most atoms of it that a pool takes, all accounts together; needed where it has a price.</summary>
    public long PoolCapAtoms;
}

/// <summary>Creates a pool and, with it, its insurance fund's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 288)]
public struct CreatePool
{
    public CommandHeader Header;
    public ShortName Name;
    public Eight<ushort> Collateral;
    public ushort CollateralCount;
    public ushort FeeTierCount;
    public int LiquidationFeePpm;
    public Eight<FeeTier> FeeTiers;

    /// <summary>Zero fields stand for the defaults.</summary>
    public PoolRules Rules;
}

/// <summary>Creates a price index without sources. Zero fields stand for the defaults of docs/oracles.md.</summary>
[StructLayout(LayoutKind.Sequential, Size = 168)]
public struct CreateIndex
{
    public CommandHeader Header;
    public ShortName Name;
    public ushort Decimals;
    public ushort Quorum;
    public int MaxAgeMs;

    /// <summary>Prices at or below are refused; below zero where the index may go there. Default 0.</summary>
    public long MinPrice;

    /// <summary>Prices at or above are refused. Default 2^50.</summary>
    public long MaxPrice;

    /// <summary>Relative limits count a price nearer to zero as if it were this far from it. Default 1.</summary>
    public long JumpFloor;

    /// <summary>Settlement atoms a timely report earns. Default 0.</summary>
    public long RewardAtoms;

    public int AbsentMs;
    public int QuarantinePpm;
    public int ConfirmMs;
    public int WidePpm;
    public int ConfidencePpm;
    public int SlowMs;
    public int OutlierPpm;
    public int SlashPpm;
    public int OutlierLimit;
    public int BondWindowMs;

    /// <summary>The pool in whose settlement asset bonds are held, plus one; 0 for none.</summary>
    public ushort BondPoolPlusOne;

    public ushort Reserved0;
    public uint Reserved1;
    public long Reserved2;
}

/// <summary>Adds a source to an index, changes its weight and limits, or with weight 0 removes it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct SetPriceSource
{
    public CommandHeader Header;
    public uint SourceKey;
    public uint Weight;
    public ushort Index;
    public ushort Reserved0;

    /// <summary>How far a report may lie from the source's last one while that is fresh, parts per million; 0 for 300,000.</summary>
    public int JumpPpm;

    /// <summary>The feed's floor and cap, both 0 for none: reports at or beyond them are saturated prints.</summary>
    public long MinPrice;
    public long MaxPrice;
}

/// <summary>
/// New terms for a listed market, from a time on. They are checked when they are given and again, in shadow on the live
/// state, when they are to act: terms under which an account would fall below maintenance do not act.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 392)]
public struct ChangeMarket
{
    public CommandHeader Header;

    /// <summary>When it acts, nanoseconds since 1970; at least an hour ahead.</summary>
    public long ActivateNs;

    public uint Market;
    public uint Reserved;

    /// <summary>The new terms, as in <see cref="ListMarket"/>. Name, kind, pool, index, units, price limits and expiry must be as listed.</summary>
    public MarketTerms Terms;
}

/// <summary>Lists a market; it gets the next number.</summary>
[StructLayout(LayoutKind.Sequential, Size = 376)]
public struct ListMarket
{
    public CommandHeader Header;
    public MarketTerms Terms;
}

/// <summary>
/// A governor's yes to the price that an index holds in quarantine: needed where it is beyond a factor of three of the last or of
/// the slow price, and allowed once the sources have stood by it for the index's confirmation time.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct ConfirmIndexPrice
{
    public CommandHeader Header;

    /// <summary>The price that is confirmed, index units.</summary>
    public long Price;

    /// <summary>How far the price in quarantine may have moved from it, parts per million of it, 0 to 100,000.</summary>
    public int TolerancePpm;

    public ushort Index;
    public ushort Reserved;
}

/// <summary>Declares that two owners are one person, for good: with all whom either is linked with already.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct LinkOwners
{
    public CommandHeader Header;

    /// <summary>A master account.</summary>
    public uint Owner;

    /// <summary>Another.</summary>
    public uint With;
    public long Reserved;
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
