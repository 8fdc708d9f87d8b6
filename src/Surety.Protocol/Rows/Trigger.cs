using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What sets a conditional order off.</summary>
public enum TriggerKind : byte
{
    /// <summary>A buy when the price rises to the trigger, a sell when it falls to it.</summary>
    Stop = 0,

    /// <summary>A buy when the price falls to the trigger, a sell when it rises to it.</summary>
    TakeProfit = 1,

    /// <summary>A stop whose trigger follows the best price seen at a fixed distance.</summary>
    TrailingStop = 2,
}

/// <summary>The price that a trigger watches.</summary>
public enum TriggerSource : byte
{
    /// <summary>The last trade.</summary>
    Last = 0,
    /// <summary>The mark price.</summary>
    Mark = 1,
    /// <summary>The index.</summary>
    Index = 2,
}

/// <summary>An order that waits for a price; a free row has id 0.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct Trigger
{
    /// <summary>Its number.</summary>
    public ulong Id;
    /// <summary>The client's own number of it; 0 for none.</summary>
    public ulong ClientOrderId;
    /// <summary>The price that it waits for.</summary>
    public long TriggerTicks;

    /// <summary>Distance that a trailing stop keeps, ticks.</summary>
    public long TrailTicks;

    /// <summary>Limit price of the order it becomes, or its protection price.</summary>
    public long PriceTicks;

    /// <summary>Lots.</summary>
    public long Lots;
    /// <summary>When it ends; 0 for never.</summary>
    public long ExpiresNs;

    /// <summary>The order that is cancelled when this one triggers.</summary>
    public ulong OneCancelsOther;

    /// <summary>The account.</summary>
    public uint Account;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Market, post-only, reduce-only and so on.</summary>
    public OrderOptions Options;
    /// <summary>Buys or sells.</summary>
    public Side Side;
    /// <summary>How long it waits.</summary>
    public TimeInForce TimeInForce;
    /// <summary>Its kind.</summary>
    public TriggerKind Kind;
    /// <summary>The price that it looks at.</summary>
    public TriggerSource Source;
    /// <summary>What happens when it would trade with an order of the same person.</summary>
    public SelfTradePrevention SelfTrade;
    /// <summary>Zero.</summary>
    public byte Reserved0;
    /// <summary>Zero.</summary>
    public ushort Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;
    /// <summary>Zero.</summary>
    public long Reserved5;
    /// <summary>Zero.</summary>
    public long Reserved6;
    /// <summary>Zero.</summary>
    public long Reserved7;

    /// <summary>Whether it waits for the price to rise.</summary>
    public readonly bool WaitsForRise => (Kind == TriggerKind.TakeProfit) == (Side == Side.Sell);
}
