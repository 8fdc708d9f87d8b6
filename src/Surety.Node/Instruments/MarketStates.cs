using System;
using Surety.Protocol.Rows;

namespace Surety.Node.Instruments;

/// <summary>The words for what a market allows.</summary>
public static class MarketStates
{
    /// <summary>The word of the API for a status, ASCII.</summary>
    public static ReadOnlySpan<byte> Of(MarketStatus status) => status switch
    {
        MarketStatus.Trading => "open"u8,
        MarketStatus.ReduceOnly => "reduce_only"u8,
        MarketStatus.Auction => "auction"u8,
        MarketStatus.Halted => "halted"u8,
        MarketStatus.Expired => "closed"u8,
        _ => "inactive"u8,
    };
}
