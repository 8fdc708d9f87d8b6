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
    /// <summary>Its number in the venue, from 1.</summary>
    public ulong TradeId;

    /// <summary>The command that it was made by.</summary>
    public ulong Sequence;

    /// <summary>When it was made, nanoseconds since 1970.</summary>
    public long TimeNs;

    /// <summary>Its price, ticks.</summary>
    public long PriceTicks;

    /// <summary>Its size, lots.</summary>
    public long Lots;

    /// <summary>The order that came and traded at once.</summary>
    public ulong TakerOrder;

    /// <summary>The order that rested in the book.</summary>
    public ulong MakerOrder;

    /// <summary>What the taker paid, atoms of the settlement asset; negative for a rebate.</summary>
    public long TakerFeeAtoms;

    /// <summary>What the maker paid, atoms of the settlement asset; negative for a rebate.</summary>
    public long MakerFeeAtoms;

    /// <summary>The market's mark price when it was made, ticks.</summary>
    public long MarkTicks;

    /// <summary>What it realised for the taker: of the lots that it closed, before fees and funding.</summary>
    public long TakerProfitAtoms;

    /// <summary>The same for the maker.</summary>
    public long MakerProfitAtoms;

    /// <summary>The index's price, in its smallest units; 0 when it had none.</summary>
    public long IndexUnits;

    /// <summary>The taker's account.</summary>
    public uint TakerAccount;

    /// <summary>The maker's account.</summary>
    public uint MakerAccount;

    /// <summary>The market's number.</summary>
    public ushort Market;

    /// <summary>Whether the taker bought or sold.</summary>
    public Side TakerSide;

    /// <summary>1 where the taker's order was a liquidation, else 0.</summary>
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
    /// <summary>At a price or better.</summary>
    Limit = 0,

    /// <summary>At once, within the venue's bound.</summary>
    Market = 1,

    /// <summary>A limit order: a buy when the price rises to the trigger, a sell when it falls to it.</summary>
    StopLimit = 2,

    /// <summary>A market order at such a trigger.</summary>
    StopMarket = 3,

    /// <summary>A limit order: a buy when the price falls to the trigger, a sell when it rises to it.</summary>
    TakeLimit = 4,

    /// <summary>A market order at such a trigger.</summary>
    TakeMarket = 5,

    /// <summary>A stop whose trigger follows the best price seen at a distance.</summary>
    TrailingStop = 6,

    /// <summary>Slices over a time.</summary>
    Twap = 7,
}

/// <summary>Whether an order still can trade.</summary>
public enum OrderState : byte
{
    /// <summary>It rests in the book.</summary>
    Open = 0,

    /// <summary>All of it was traded.</summary>
    Filled = 1,

    /// <summary>What was left of it was cancelled.</summary>
    Cancelled = 2,

    /// <summary>The engine refused it when its trigger or its time came.</summary>
    Rejected = 3,

    /// <summary>It waits for its trigger.</summary>
    Untriggered = 4,

    /// <summary>It was triggered and has placed its order.</summary>
    Triggered = 5,
}

/// <summary>An order as its owner sees it, live or ended.</summary>
public sealed class OrderRow
{
    /// <summary>The venue's number of it.</summary>
    public ulong OrderId { get; set; }

    /// <summary>The client's number of it; 0 for none.</summary>
    public ulong ClientOrderId { get; set; }

    /// <summary>The account that it is of.</summary>
    public uint Account { get; set; }

    /// <summary>The market's number.</summary>
    public ushort Market { get; set; }

    /// <summary>Whether it buys or sells.</summary>
    public Side Side { get; set; }

    /// <summary>What it is.</summary>
    public OrderKind Kind { get; set; }

    /// <summary>Whether it still can trade.</summary>
    public OrderState State { get; set; }

    /// <summary>How long it stands.</summary>
    public TimeInForce TimeInForce { get; set; }

    /// <summary>Why it ended, where it has.</summary>
    public EndReason EndReason { get; set; }

    /// <summary>Why it was refused, where it was.</summary>
    public RefusalCode Refused { get; set; }

    /// <summary>Post-only, reduce-only, quote and the like.</summary>
    public OrderFlags Flags { get; set; }

    /// <summary>The price that its trigger watches.</summary>
    public TriggerSource TriggerSource { get; set; }

    /// <summary>Whether it was given a new price or size.</summary>
    public bool Replaced { get; set; }

    /// <summary>Whether the venue placed it to liquidate the account.</summary>
    public bool IsLiquidation { get; set; }

    /// <summary>Its price, ticks; of a market order the worst that it may trade at.</summary>
    public long PriceTicks { get; set; }

    /// <summary>The price that triggers it, ticks; 0 for none.</summary>
    public long TriggerTicks { get; set; }

    /// <summary>How far a trailing stop stays behind, ticks; 0 for none.</summary>
    public long TrailTicks { get; set; }

    /// <summary>Its size, lots, what was traded included.</summary>
    public long Lots { get; set; }

    /// <summary>What was traded of it, lots.</summary>
    public long FilledLots { get; set; }

    /// <summary>What an iceberg shows at a time, lots; 0 where all is shown.</summary>
    public long DisplayLots { get; set; }

    /// <summary>Sum of price · lots of its fills, ticks.</summary>
    public Int128 FilledTicks { get; set; }

    /// <summary>The fees of its fills, atoms of the settlement asset.</summary>
    public long FeesAtoms { get; set; }

    /// <summary>When it was placed, nanoseconds since 1970.</summary>
    public long CreatedNs { get; set; }

    /// <summary>When it changed last, nanoseconds since 1970.</summary>
    public long UpdatedNs { get; set; }

    /// <summary>The command that changed it last.</summary>
    public ulong Sequence { get; set; }

    /// <summary>What its client calls it; empty for nothing.</summary>
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
        (OrderId, ClientOrderId, Account, Market, Side, Kind, State) =
            (other.OrderId, other.ClientOrderId, other.Account, other.Market, other.Side, other.Kind, other.State);
        (TimeInForce, EndReason, Refused, Flags, TriggerSource, Replaced, IsLiquidation) =
            (other.TimeInForce, other.EndReason, other.Refused, other.Flags, other.TriggerSource, other.Replaced, other.IsLiquidation);
        (PriceTicks, TriggerTicks, TrailTicks, Lots, FilledLots, DisplayLots) =
            (other.PriceTicks, other.TriggerTicks, other.TrailTicks, other.Lots, other.FilledLots, other.DisplayLots);
        (FilledTicks, FeesAtoms, CreatedNs, UpdatedNs, Sequence, Label, PreviousOfAccount, Parent) =
            (other.FilledTicks, other.FeesAtoms, other.CreatedNs, other.UpdatedNs, other.Sequence, other.Label, other.PreviousOfAccount,
                other.Parent);
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

    /// <summary>The first price, ticks; of an index, index units.</summary>
    public long Open;

    /// <summary>The highest price.</summary>
    public long High;

    /// <summary>The lowest price.</summary>
    public long Low;

    /// <summary>The last price.</summary>
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

    /// <summary>Lots traded in it.</summary>
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

    /// <summary>The index price at the hour's end, ticks.</summary>
    public long IndexTicks;

    /// <summary>The mark price at the hour's end, ticks.</summary>
    public long MarkTicks;

    /// <summary>Cumulative funding of one long lot at the hour's end, atoms.</summary>
    public long FundingIndex;

    /// <summary>For eight hours, parts per billion.</summary>
    public int RatePpb;

    /// <summary>Zero: fills the row to whole words.</summary>
    public int Reserved;
}
