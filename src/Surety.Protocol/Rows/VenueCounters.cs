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

    /// <summary>Trades of all markets.</summary>
    public ulong Trades;
    /// <summary>Withdrawals ever asked for.</summary>
    public ulong Withdrawals;
    /// <summary>Accounts opened.</summary>
    public int Accounts;
    /// <summary>Keys.</summary>
    public int Keys;
    /// <summary>Assets listed.</summary>
    public int Assets;
    /// <summary>Pools made.</summary>
    public int Pools;
    /// <summary>Indexes made.</summary>
    public int Indexes;
    /// <summary>Markets listed.</summary>
    public int Markets;

    /// <summary>The first half of the genesis record's hash: a snapshot of one venue does not load in another.</summary>
    public Hash128 Genesis;

    /// <summary>The minute in which refused commands are counted, and how many there were.</summary>
    public long RefusalMinuteNs;

    /// <summary>Refused commands in that minute.</summary>
    public long Refusals;
    /// <summary>Volatility surfaces made.</summary>
    public int Surfaces;
    /// <summary>Schedules set.</summary>
    public int ListingSchedules;

    /// <summary>The first half of the hash of the last sealed block's header: it cannot be known before the block is sealed.</summary>
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
    /// <summary>The first eight bytes.</summary>
    public ulong Low;
    /// <summary>The last eight bytes.</summary>
    public ulong High;
}
