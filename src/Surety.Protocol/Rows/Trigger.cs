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
    Last = 0,
    Mark = 1,
    Index = 2,
}

/// <summary>An order that waits for a price; a free row has id 0.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct Trigger
{
    public ulong Id;
    public ulong ClientOrderId;
    public long TriggerTicks;

    /// <summary>Distance that a trailing stop keeps, ticks.</summary>
    public long TrailTicks;

    /// <summary>Limit price of the order it becomes, or its protection price.</summary>
    public long PriceTicks;

    public long Lots;
    public long ExpiresNs;

    /// <summary>The order that is cancelled when this one triggers.</summary>
    public ulong OneCancelsOther;

    public uint Account;
    public ushort Market;
    public OrderOptions Options;
    public Side Side;
    public TimeInForce TimeInForce;
    public TriggerKind Kind;
    public TriggerSource Source;
    public SelfTradePrevention SelfTrade;
    public byte Reserved0;
    public ushort Reserved1;
    public long Reserved2;
    public long Reserved3;
    public long Reserved4;
    public long Reserved5;
    public long Reserved6;
    public long Reserved7;

    /// <summary>Whether it waits for the price to rise.</summary>
    public readonly bool WaitsForRise => (Kind == TriggerKind.TakeProfit) == (Side == Side.Sell);
}
