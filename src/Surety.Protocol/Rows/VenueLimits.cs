using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>
/// How much room the venue has now, and how much of it one owner may take: one row. A governed command raises the room up to the
/// bounds of <see cref="Genesis"/>, so that a full table needs no new venue; the numbers in the genesis record are where it began.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct VenueLimits
{
    /// <summary>An owner with fewer rows of a kind than this is never refused for his share of what is free.</summary>
    public const int LeastShare = 8;

    /// <summary>An owner may hold at most this part of the rows that are free: the more are greedy, the less each of them gets.</summary>
    public const int SharePart = 32;

    /// <summary>The room, rows.</summary>
    public int MaxAccounts;

    /// <summary>Rows of keys.</summary>
    public int MaxKeys;
    /// <summary>Rows of resting orders.</summary>
    public int MaxOrders;
    /// <summary>Rows of triggers.</summary>
    public int MaxTriggers;
    /// <summary>Rows of TWAPs.</summary>
    public int MaxTwaps;
    /// <summary>Rows of withdrawals.</summary>
    public int MaxWithdrawals;

    /// <summary>Open sub-accounts of one owner besides the master account.</summary>
    public int OwnerSubAccounts;

    /// <summary>Keys of one owner, those revoked or expired whose rows still rest included.</summary>
    public int OwnerKeys;

    /// <summary>Resting orders of one owner over all sub-accounts.</summary>
    public int OwnerOrders;

    /// <summary>Triggers of one owner.</summary>
    public int OwnerTriggers;
    /// <summary>TWAPs of one owner.</summary>
    public int OwnerTwaps;

    /// <summary>Withdrawals of one owner that are not confirmed yet.</summary>
    public int OwnerWithdrawals;

    /// <summary>Sub-accounts that cost nothing; each further one costs <see cref="RowFeeMilli"/>.</summary>
    public int FreeSubAccounts;

    /// <summary>Keys that cost nothing; each further one costs <see cref="RowFeeMilli"/>.</summary>
    public int FreeKeys;

    /// <summary>
    /// What a sub-account or key beyond the free ones costs, thousandths of a unit of the paying account's settlement asset.
    /// </summary>
    public long RowFeeMilli;

    /// <summary>Refused commands of one owner in a minute that count towards the venue's breaker.</summary>
    public int OwnerRefusals;

    /// <summary>How long the row of a key that was revoked or expired rests before it is given again, minutes.</summary>
    public int KeyRestMinutes;

    /// <summary>Zero.</summary>
    public long Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;
    /// <summary>Zero.</summary>
    public long Reserved5;
}

/// <summary>What the venue remembers of an owner; row = master account.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct OwnerRow
{
    /// <summary>The largest factor.</summary>
    public const int MostFactor = 1_000;

    /// <summary>The venue's minute in which <see cref="Refusals"/> were counted, nanoseconds since 1970.</summary>
    public long RefusalMinuteNs;

    /// <summary>Refused commands of his in that minute.</summary>
    public int Refusals;

    /// <summary>His limits are the venue's times this; 0 counts as 1.</summary>
    public int Factor;

    /// <summary>Zero.</summary>
    public long Reserved0;
    /// <summary>Zero.</summary>
    public long Reserved1;
}
