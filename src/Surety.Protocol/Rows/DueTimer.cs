using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What happens when a timer is due.</summary>
public enum TimerKind : byte
{
    OrderExpiry = 0,
    TwapSlice = 1,
    MarketExpiry = 2,
    IndexCheck = 3,
    OracleGrace = 4,
    AuctionEnd = 5,
    BreakerEnd = 6,
    TermsChange = 7,
    ContractEvent = 8,
    Listing = 9,

    /// <summary>The hour's interest on negative balances.</summary>
    Interest = 10,
    DoubtEases = 13,
    BondRelease = 14,

    /// <summary>A withdrawal was not approved in time.</summary>
    WithdrawalExpiry = 16,
}

/// <summary>Something that was due. Zero for nothing.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public struct DueTimer
{
    /// <summary>Nanoseconds since 1970; 0 for none.</summary>
    public long DueNs;

    public ulong Id;
    public TimerKind Kind;
    public byte Reserved0;
    public ushort Reserved1;
    public uint Reserved2;

    public readonly bool Is(in DueTimer other) => DueNs == other.DueNs && Id == other.Id && Kind == other.Kind;
}
