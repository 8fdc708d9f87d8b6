using System.Runtime.InteropServices;

namespace Surety.Engine.State;

/// <summary>What an account's open orders in one market could add to its position.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenOrders
{
    /// <summary>Lots of buy orders that could increase a position.</summary>
    public long BuyLots;

    public long SellLots;

    /// <summary>Ticks · lots that those buys would lose against the mark of when they were placed.</summary>
    public long BuyReserve;

    public long SellReserve;

    /// <summary>Live orders of any kind, reduce-only ones and triggers included.</summary>
    public int OrderCount;
}
