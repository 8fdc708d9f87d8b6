using System;
using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Node.History;

/// <summary>A fill, with both its sides.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TradeRow
{
    public ulong TradeId;
    public ulong Sequence;
    public long TimeNs;
    public long PriceTicks;
    public long Lots;
    public ulong TakerOrder;
    public ulong MakerOrder;
    public long TakerFeeAtoms;
    public long MakerFeeAtoms;
    public long MarkTicks;

    /// <summary>What it realised for the taker: of the lots that it closed, before fees and funding.</summary>
    public long TakerProfitAtoms;

    /// <summary>The same for the maker.</summary>
    public long MakerProfitAtoms;

    /// <summary>The index's price, in its smallest units; 0 when it had none.</summary>
    public long IndexUnits;
    public uint TakerAccount;
    public uint MakerAccount;
    public ushort Market;
    public Side TakerSide;
    public byte Liquidation;

    /// <summary>0 above the trade before, 1 as it after a rise, 2 below it, 3 as it after a fall.</summary>
    public byte TickDirection;

    /// <summary>The market's trade before this one, 1 and counting: gaps show.</summary>
    public uint MarketSequence;

    internal long PreviousOfMarket;
    internal long PreviousOfTaker;
    internal long PreviousOfMaker;
}

/// <summary>What an order is to its owner.</summary>
public enum OrderKind : byte
{
    Limit = 0,
    Market = 1,
    StopLimit = 2,
    StopMarket = 3,
    TakeLimit = 4,
    TakeMarket = 5,
    TrailingStop = 6,
    Twap = 7,
}

/// <summary>Whether an order still can trade.</summary>
public enum OrderState : byte
{
    Open = 0,
    Filled = 1,
    Cancelled = 2,
    Rejected = 3,
    Untriggered = 4,
    Triggered = 5,
}

/// <summary>An order as its owner sees it, live or ended.</summary>
public sealed class OrderRow
{
    public ulong OrderId { get; set; }

    public ulong ClientOrderId { get; set; }

    public uint Account { get; set; }

    public ushort Market { get; set; }

    public Side Side { get; set; }

    public OrderKind Kind { get; set; }

    public OrderState State { get; set; }

    public TimeInForce TimeInForce { get; set; }

    public EndReason EndReason { get; set; }

    public RefusalCode Refused { get; set; }

    public OrderFlags Flags { get; set; }

    public TriggerSource TriggerSource { get; set; }

    public bool Replaced { get; set; }

    public bool IsLiquidation { get; set; }

    public long PriceTicks { get; set; }

    public long TriggerTicks { get; set; }

    public long TrailTicks { get; set; }

    public long Lots { get; set; }

    public long FilledLots { get; set; }

    public long DisplayLots { get; set; }

    /// <summary>Sum of price · lots of its fills, ticks.</summary>
    public Int128 FilledTicks { get; set; }

    public long FeesAtoms { get; set; }

    public long CreatedNs { get; set; }

    public long UpdatedNs { get; set; }

    /// <summary>The command that changed it last.</summary>
    public ulong Sequence { get; set; }

    public string Label { get; set; } = "";

    /// <summary>The stop or TWAP that placed it; 0 for one that a client placed.</summary>
    public ulong Parent { get; set; }

    /// <summary>Whether it still can trade or be triggered.</summary>
    public bool IsLive => State is OrderState.Open or OrderState.Untriggered;

    internal long PreviousOfAccount { get; set; } = -1;

    /// <summary>The row as it is now.</summary>
    public OrderRow Copy() => (OrderRow)MemberwiseClone();

    /// <summary>
    /// Takes another order's values, all of them. Rows that history forgets are used again: at a high rate of orders a new object for each
    /// would have the garbage collector copy all of the recent ones.
    /// </summary>
    internal void Become(OrderRow other)
    {
        (OrderId, ClientOrderId, Account, Market, Side, Kind, State) = (other.OrderId, other.ClientOrderId, other.Account, other.Market, other.Side, other.Kind, other.State);
        (TimeInForce, EndReason, Refused, Flags, TriggerSource, Replaced, IsLiquidation) = (other.TimeInForce, other.EndReason, other.Refused, other.Flags, other.TriggerSource, other.Replaced, other.IsLiquidation);
        (PriceTicks, TriggerTicks, TrailTicks, Lots, FilledLots, DisplayLots) = (other.PriceTicks, other.TriggerTicks, other.TrailTicks, other.Lots, other.FilledLots, other.DisplayLots);
        (FilledTicks, FeesAtoms, CreatedNs, UpdatedNs, Sequence, Label, PreviousOfAccount, Parent) = (other.FilledTicks, other.FeesAtoms, other.CreatedNs, other.UpdatedNs, other.Sequence, other.Label, other.PreviousOfAccount, other.Parent);
    }
}

/// <summary>Something that happened to an account or a market, as the engine's event.</summary>
public sealed record EventRow(ulong Sequence, long TimeNs, EventKind Kind, uint Account, int Market, byte[] Event)
{
    internal long PreviousOfAccount { get; set; } = -1;

    internal long PreviousOfMarket { get; set; } = -1;
}

/// <summary>A minute of trading.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Candle
{
    /// <summary>When it began, milliseconds since 1970.</summary>
    public long StartMs;
    public long Open;
    public long High;
    public long Low;
    public long Close;

    /// <summary>Lots traded.</summary>
    public long Lots;

    /// <summary>Sum of price · lots, ticks.</summary>
    public long CostTicks;
}

/// <summary>What was traded in an hour.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HourRow
{
    /// <summary>When the hour began, milliseconds since 1970.</summary>
    public long HourMs;
    public long Lots;
}

/// <summary>A market that was listed, opened, settled or closed.</summary>
/// <param name="Sequence">The command.</param>
/// <param name="TimeNs">Its time.</param>
/// <param name="Market">The market.</param>
/// <param name="State">created, started, settled or closed.</param>
public sealed record MarketStateRow(ulong Sequence, long TimeNs, int Market, string State);

/// <summary>An hour of funding.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FundingRow
{
    /// <summary>When the hour began, milliseconds since 1970.</summary>
    public long HourMs;
    public long IndexTicks;
    public long MarkTicks;

    /// <summary>Cumulative funding of one long lot at the hour's end, atoms.</summary>
    public long FundingIndex;

    /// <summary>For eight hours, parts per billion.</summary>
    public int RatePpb;
    public int Reserved;
}
