using System.Runtime.InteropServices;
using Surety.Core.Numerics;

namespace Surety.Protocol.Rows;

/// <summary>How far a price can be relied on. What it may be used for: docs/oracles.md.</summary>
public enum PriceState : ushort
{
    /// <summary>No quorum for longer than <see cref="PriceIndex.AbsentMs"/>, or never one.</summary>
    Absent = 0,

    /// <summary>A quorum of fresh sources that agree.</summary>
    Good = 1,

    /// <summary>A quorum, but more than a third of the weight disagrees with the rest.</summary>
    Wide = 2,

    /// <summary>Below quorum; the price is the last one.</summary>
    Stale = 3,

    /// <summary>The sources agree on a price so far from the last one that it waits to be confirmed.</summary>
    Quarantined = 4,
}

/// <summary>One source's standing in an index.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct PriceSource
{
    /// <summary>The key that signs its reports, plus one; 0 for a free place.</summary>
    public uint KeyPlusOne;

    /// <summary>Its share in the median; 0 once it was dismissed and only waits for its bond to leave.</summary>
    public uint Weight;

    /// <summary>The last price accepted, index units.</summary>
    public long Price;

    /// <summary>The source's own statement of its uncertainty, index units.</summary>
    public long Confidence;

    /// <summary>When the source observed it.</summary>
    public long TimeNs;

    /// <summary>The last report's number.</summary>
    public ulong Sequence;

    /// <summary>How far a report may lie from the source's last one while that is fresh, parts per million.</summary>
    public int JumpPpm;

    /// <summary>Reports outside the accepted range in this bond window.</summary>
    public int Outliers;

    /// <summary>The feed's floor: a report at or below it is a saturated print, not a price.</summary>
    public long MinPrice;

    /// <summary>The feed's cap: a report at or above it is a saturated print, not a price.</summary>
    public long MaxPrice;

    /// <summary>What the source stands to lose, settlement atoms of the index's bond pool.</summary>
    public long BondAtoms;

    /// <summary>The account that posted the bond; it belongs to the owner of the source's key.</summary>
    public uint BondAccount;

    /// <summary>Reports within the accepted range in this bond window.</summary>
    public int Timely;

    /// <summary>When the bond window began.</summary>
    public long WindowNs;

    /// <summary>When the source last earned.</summary>
    public long EarnedNs;

    /// <summary>What it was paid, settlement atoms.</summary>
    public long EarnedAtoms;
    /// <summary>Bond that it lost, settlement atoms.</summary>
    public long SlashedAtoms;

    /// <summary>The part of the bond that its owner has asked back: at stake until it leaves, settlement atoms.</summary>
    public long UnbondingAtoms;

    /// <summary>When that part leaves; 0 while nothing does.</summary>
    public long UnbondedNs;

    /// <summary>The key that reports; of a place that is free the highest number, which no key has.</summary>
    public uint Key { readonly get => unchecked(KeyPlusOne - 1); set => KeyPlusOne = value + 1; }
}

/// <summary>A price that several sources report and no one of them sets.</summary>
[StructLayout(LayoutKind.Sequential, Size = 2304)]
public struct PriceIndex
{
    /// <summary>The most sources.</summary>
    public const int MaxSources = 16;

    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>1 in use.</summary>
    public ushort Status;

    /// <summary>Decimals of an index unit.</summary>
    public ushort Decimals;

    /// <summary>Sources, at most 16.</summary>
    public ushort SourceCount;

    /// <summary>Fresh sources needed before the index moves.</summary>
    public ushort Quorum;

    /// <summary>How old a source's price may be, milliseconds.</summary>
    public int MaxAgeMs;

    /// <summary>1 once the index had a quorum.</summary>
    public int HasPrice;

    /// <summary>The weighted median of the fresh sources, index units.</summary>
    public long Price;

    /// <summary>When it was published last.</summary>
    public long TimeNs;

    /// <summary>Width of the narrowest range of prices that holds at least two thirds of the fresh weight.</summary>
    public long Dispersion;

    /// <summary>How often it was published.</summary>
    public ulong Updates;
    /// <summary>What its price may be used for.</summary>
    public PriceState State;

    /// <summary>The pool in whose settlement asset bonds are held, plus one; 0 for none.</summary>
    public ushort BondPoolPlusOne;

    /// <summary>How long after the last good price a stale index becomes absent, milliseconds.</summary>
    public int AbsentMs;

    /// <summary>Weighted median of the sources' confidences, index units.</summary>
    public long Confidence;

    /// <summary>The price in quarantine, and since when the sources agree on it.</summary>
    public long Candidate;

    /// <summary>Since when the sources agree on it.</summary>
    public long CandidateNs;

    /// <summary>Prices at or below are no prices.</summary>
    public long MinPrice;

    /// <summary>Prices at or above are no prices.</summary>
    public long MaxPrice;

    /// <summary>Relative limits count a price nearer to zero as if it were this far from it, index units.</summary>
    public long JumpFloor;

    /// <summary>A median further from the last price goes to quarantine, parts per million.</summary>
    public int QuarantinePpm;

    /// <summary>How long the sources must agree on a price in quarantine, for each width of it, milliseconds: docs/oracles.md.</summary>
    public int ConfirmMs;

    /// <summary>Dispersion beyond which the price is wide, parts per million.</summary>
    public int WidePpm;

    /// <summary>A report less certain than this is refused, parts per million of its price.</summary>
    public int ConfidencePpm;

    /// <summary>
    /// The price smoothed exponentially with <see cref="SlowMs"/>, up to the last publication, index units, rounded down.
    /// </summary>
    public long SlowPrice;

    /// <summary>Window of the slow mean, milliseconds.</summary>
    public int SlowMs;

    /// <summary>A report further from the median costs bond, parts per million.</summary>
    public int OutlierPpm;

    /// <summary>Mean square of the price's relative moves, (parts per million)² a second, decaying exponentially with an hour.</summary>
    public long VariancePpm2;

    /// <summary>Earned by a timely report within range, once a second at most, settlement atoms out of the pool's fees.</summary>
    public long RewardAtoms;

    /// <summary>Part of the bond that a window of outliers costs, parts per million.</summary>
    public int SlashPpm;

    /// <summary>Outliers in a window that cost the bond its part.</summary>
    public int OutlierLimit;

    /// <summary>Window in which outliers are counted, milliseconds.</summary>
    public int BondWindowMs;

    /// <summary>
    /// Added to the haircut of collateral priced here: twice the dispersion, and how far the price is below the slow one, parts per
    /// million.
    /// </summary>
    public int HaircutPpm;

    /// <summary>When time alone could end a quarantine, or asks again whether it may; 0 outside of one.</summary>
    public long ConfirmedNs;

    /// <summary>What <see cref="SlowPrice"/> is more than whole units, 2^−32.</summary>
    public long SlowFraction;

    /// <summary>What <see cref="VariancePpm2"/> is more than whole units, 2^−32.</summary>
    public long VarianceFraction;

    /// <summary>Since when the price is in doubt; 0 while it is good.</summary>
    public long DoubtNs;

    /// <summary>Zero.</summary>
    public long Reserved5;
    /// <summary>Zero.</summary>
    public long Reserved6;
    /// <summary>Zero.</summary>
    public long Reserved7;
    /// <summary>Zero.</summary>
    public long Reserved8;
    /// <summary>Its sources.</summary>
    public Sixteen<PriceSource> Sources;

    /// <summary>A price's distance from zero for relative limits.</summary>
    public readonly long Magnitude(long price) => System.Math.Max(System.Math.Max(price, -price), JumpFloor);

    /// <summary>A part of a price, rounded down.</summary>
    public readonly long Part(long price, int ppm) => Rounding.MulDivFloor(Magnitude(price), ppm, Rounding.Million);

    /// <inheritdoc cref="BondPoolPlusOne"/>
    public OptionalId BondPool { readonly get => OptionalId.OfPlusOne(BondPoolPlusOne); set => BondPoolPlusOne = value.PlusOne16(); }
}
