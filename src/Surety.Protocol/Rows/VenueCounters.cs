using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What the venue counts: one row.</summary>
[StructLayout(LayoutKind.Sequential, Size = 384)]
public struct VenueCounters
{
    /// <summary>The most due work that may be set aside.</summary>
    public const int MostSetAside = 8;

    /// <summary>The time of the last command, nanoseconds since 1970.</summary>
    public long TimeNs;

    /// <summary>Orders, triggers and TWAPs ever accepted.</summary>
    public ulong Orders;

    /// <summary>Places given in queues: the last one is the highest.</summary>
    public ulong Priorities;

    public ulong Trades;
    public ulong Withdrawals;
    public int Accounts;
    public int Keys;
    public int Assets;
    public int Pools;
    public int Indexes;
    public int Markets;

    /// <summary>The first half of the genesis record's hash: a snapshot of one venue does not load in another.</summary>
    public Hash128 Genesis;

    /// <summary>The minute in which refused commands are counted, and how many there were.</summary>
    public long RefusalMinuteNs;

    public long Refusals;
    public int Surfaces;
    public int ListingSchedules;

    /// <summary>The first half of the hash of the last sealed block's header: what nobody could know before.</summary>
    public Hash128 LastBlock;

    /// <summary>The last command that stopped the engine and was passed over; 0 for none.</summary>
    public ulong Excluded;

    /// <summary>Due work that stopped the engine, so many.</summary>
    public long SetAsideCount;

    /// <summary>It is passed over whenever it comes due.</summary>
    public Eight<DueTimer> SetAside;
    /// <summary>When the markets that too many refused commands have restricted are looked at again; 0 when none are.</summary>
    public long RefusalEndNs;
}

/// <summary>Half a digest.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct Hash128
{
    public ulong Low;
    public ulong High;
}
