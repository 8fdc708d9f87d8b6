using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What happens when a timer is due.</summary>
public enum TimerKind : byte
{
    /// <summary>A good-till-time order ends.</summary>
    OrderExpiry = 0,
    /// <summary>A TWAP trades its next slice.</summary>
    TwapSlice = 1,
    /// <summary>A market ends.</summary>
    MarketExpiry = 2,
    /// <summary>An index may have grown stale, or its candidate may be old enough.</summary>
    IndexCheck = 3,
    /// <summary>A market's patience with its index ends.</summary>
    OracleGrace = 4,
    /// <summary>A call auction ends.</summary>
    AuctionEnd = 5,
    /// <summary>A pool's breaker lets go.</summary>
    BreakerEnd = 6,
    /// <summary>New terms act.</summary>
    TermsChange = 7,
    /// <summary>A contract observes, pays or ends.</summary>
    ContractEvent = 8,
    /// <summary>A schedule lists options.</summary>
    Listing = 9,

    /// <summary>The hour's interest on negative balances.</summary>
    Interest = 10,
    /// <summary>The shelter of doubt shrinks.</summary>
    DoubtEases = 13,
    /// <summary>A bond is given back.</summary>
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

    /// <summary>What it is about: an order, a market, a row.</summary>
    public ulong Id;
    /// <summary>What is due.</summary>
    public TimerKind Kind;
    /// <summary>Zero.</summary>
    public byte Reserved0;
    /// <summary>Zero.</summary>
    public ushort Reserved1;
    /// <summary>Zero.</summary>
    public uint Reserved2;

    /// <summary>Whether both are the same.</summary>
    public readonly bool Is(in DueTimer other) => DueNs == other.DueNs && Id == other.Id && Kind == other.Kind;
}
