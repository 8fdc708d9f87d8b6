using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>Lists an asset; it gets the next number.</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
public struct CreateAsset
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>The most of it that counts as collateral of one account, atoms; 0 to <see cref="Rows.Asset.MaxAmountAtoms"/>.</summary>
    public long CollateralCapAtoms;
    /// <summary>What its value is cut by as collateral, 0 to 1,000,000.</summary>
    public int HaircutPpm;
    /// <summary>Decimals of an atom, 0 to 12.</summary>
    public ushort Decimals;

    /// <summary>Index number plus one; 0 for an asset that only settles.</summary>
    public ushort PriceIndexPlusOne;

    /// <summary>The most atoms of it that a pool takes, all accounts together; needed where it has a price.</summary>
    public long PoolCapAtoms;

    /// <inheritdoc cref="PriceIndexPlusOne"/>
    public OptionalId PriceIndex { readonly get => OptionalId.OfPlusOne(PriceIndexPlusOne); set => PriceIndexPlusOne = value.PlusOne16(); }
}

/// <summary>Creates a pool and, with it, its insurance fund's account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 288)]
public struct CreatePool
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>Assets, the settlement asset first.</summary>
    public Eight<ushort> Collateral;
    /// <summary>How many of them, 1 to 8.</summary>
    public ushort CollateralCount;
    /// <summary>How many of them, 1 to 8.</summary>
    public ushort FeeTierCount;
    /// <summary>Fee of lots that a liquidation sells, 0 to 100,000.</summary>
    public int LiquidationFeePpm;
    /// <summary>Fees by volume, the first from 0.</summary>
    public Eight<FeeTier> FeeTiers;

    /// <summary>Zero fields stand for the defaults.</summary>
    public PoolRules Rules;
}

/// <summary>Creates a price index without sources. Zero fields stand for the defaults of docs/oracles.md.</summary>
[StructLayout(LayoutKind.Sequential, Size = 168)]
public struct CreateIndex
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>Decimals of its price, 0 to 9.</summary>
    public ushort Decimals;
    /// <summary>Fresh sources that a price needs, 1 to 16.</summary>
    public ushort Quorum;
    /// <summary>Age up to which a report is fresh, milliseconds, 1 to a day.</summary>
    public int MaxAgeMs;

    /// <summary>Prices at or below are refused; below zero where the index may go there. Default 0.</summary>
    public long MinPrice;

    /// <summary>Prices at or above are refused. Default 2^50.</summary>
    public long MaxPrice;

    /// <summary>Relative limits count a price nearer to zero as if it were this far from it. Default 1.</summary>
    public long JumpFloor;

    /// <summary>Settlement atoms a timely report earns. Default 0.</summary>
    public long RewardAtoms;

    /// <summary>Time without a quorum after which the price is absent, milliseconds; 0 for five minutes.</summary>
    public int AbsentMs;
    /// <summary>Jump beyond which a price waits; 0 for 150,000.</summary>
    public int QuarantinePpm;
    /// <summary>How long such a price waits at least, milliseconds; 0 for 30,000.</summary>
    public int ConfirmMs;
    /// <summary>Dispersion beyond which the price is wide; 0 for 20,000.</summary>
    public int WidePpm;
    /// <summary>Largest confidence of a report, a part of its price; 0 for 50,000.</summary>
    public int ConfidencePpm;
    /// <summary>Window of the slow mean that collateral counts at, milliseconds; 0 for ten minutes.</summary>
    public int SlowMs;
    /// <summary>Distance from the median that makes an outlier; 0 for 20,000.</summary>
    public int OutlierPpm;
    /// <summary>Part of a bond that is lost, 1 to 1,000,000; 0 for 50,000.</summary>
    public int SlashPpm;
    /// <summary>Outliers within the window that cost bond; 0 for 10.</summary>
    public int OutlierLimit;
    /// <summary>That window, milliseconds; 0 for ten minutes.</summary>
    public int BondWindowMs;

    /// <summary>The pool in whose settlement asset bonds are held, plus one; 0 for none.</summary>
    public ushort BondPoolPlusOne;

    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;

    /// <inheritdoc cref="BondPoolPlusOne"/>
    public OptionalId BondPool { readonly get => OptionalId.OfPlusOne(BondPoolPlusOne); set => BondPoolPlusOne = value.PlusOne16(); }
}

/// <summary>Adds a source to an index, changes its weight and limits, or with weight 0 removes it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct SetPriceSource
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The source's key, with the scope to report.</summary>
    public uint SourceKey;
    /// <summary>Its weight in the median; 0 ends it.</summary>
    public uint Weight;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public ushort Reserved0;

    /// <summary>How far a report may lie from the source's last one while that is fresh, parts per million; 0 for 300,000.</summary>
    public int JumpPpm;

    /// <summary>The feed's floor and cap, both 0 for none: reports at or beyond them are saturated prints.</summary>
    public long MinPrice;
    /// <summary>The largest price that it may report; with a floor of 0 as well, any.</summary>
    public long MaxPrice;
}

/// <summary>
/// New terms for a listed market, from a time on. They are checked when they are given and again, in shadow on the live
/// state, when they are to act: terms under which an account would fall below maintenance do not act.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 392)]
public struct ChangeMarket
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>When it acts, nanoseconds since 1970; at least an hour ahead.</summary>
    public long ActivateNs;

    /// <summary>The market.</summary>
    public uint Market;
    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>
    /// The new terms, as in <see cref="ListMarket"/>. Name, kind, pool, index, units, price limits and expiry must be as listed.
    /// </summary>
    public MarketTerms Terms;
}

/// <summary>Lists a market; it gets the next number.</summary>
[StructLayout(LayoutKind.Sequential, Size = 376)]
public struct ListMarket
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The market's terms.</summary>
    public MarketTerms Terms;
}

/// <summary>
/// A governor's yes to the price that an index holds in quarantine: needed where it is beyond a factor of three of the last or of
/// the slow price, and allowed once the sources have stood by it for the index's confirmation time.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct ConfirmIndexPrice
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The price that is confirmed, index units.</summary>
    public long Price;

    /// <summary>How far the price in quarantine may have moved from it, parts per million of it, 0 to 100,000.</summary>
    public int TolerancePpm;

    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public ushort Reserved;
}

/// <summary>Declares that two owners are one person, for good: with all whom either is linked with already.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct LinkOwners
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>A master account.</summary>
    public uint Owner;

    /// <summary>Another.</summary>
    public uint With;
    /// <summary>Zero.</summary>
    public long Reserved;
}

/// <summary>Halts a market, lets it only reduce, or opens it.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct SetMarketStatus
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Trading, reduce-only or halted.</summary>
    public MarketStatus Status;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Opens a master account with its first key.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct OpenAccount
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>X and Y of its first key, P-256.</summary>
    public PublicKey PublicKey;
    /// <summary>When the key ends, nanoseconds since 1970; 0 for never.</summary>
    public long KeyExpiresNs;
    /// <summary>What the key may do.</summary>
    public KeyScopes Scopes;
    /// <summary>The pool.</summary>
    public ushort Pool;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Credits an account with what custody has received.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Deposit
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Atoms of the asset, at least 1.</summary>
    public long AmountAtoms;
    /// <summary>The account that is credited.</summary>
    public uint ToAccount;
    /// <summary>The asset.</summary>
    public ushort Asset;
    /// <summary>Zero.</summary>
    public ushort Reserved;
}

/// <summary>Says that a withdrawal has left custody (1), or that it failed and goes back (0).</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct ConfirmWithdrawal
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The withdrawal.</summary>
    public ulong WithdrawalId;
    /// <summary>1 it has left the venue, 0 it goes back.</summary>
    public uint Paid;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>A source's statement of a price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 88)]
public struct ReportPrice
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>Index units.</summary>
    public long Price;

    /// <summary>The source's own uncertainty, index units, 0 or more.</summary>
    public long Confidence;

    /// <summary>When it was observed, nanoseconds since 1970.</summary>
    public long ObservedNs;

    /// <summary>Higher than the source's last.</summary>
    public ulong ReportSequence;

    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}
