using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Engine.State;

/// <summary>What an account's open orders in one market could add to its position.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenOrders
{
    /// <summary>Lots of buy orders that could increase a position.</summary>
    public long BuyLots;

    /// <summary>Lots of sell orders that could increase a position.</summary>
    public long SellLots;

    /// <summary>Ticks · lots that those buys would lose against the mark of when they were placed.</summary>
    public long BuyReserve;

    /// <summary>The same of those sells.</summary>
    public long SellReserve;

    /// <summary>Live orders of any kind, reduce-only ones and triggers included.</summary>
    public int OrderCount;

    /// <summary>Adds lots of an order to, or with a negative number takes them from, what its account reserves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(in Order order, long lots)
    {
        if ((order.Flags & OrderFlags.ReduceOnly) != 0)
        {
            return;
        }
        long reserve = lots * order.ReserveTicks;
        if ((order.Flags & OrderFlags.Sell) == 0)
        {
            BuyLots += lots;
            BuyReserve += reserve;
        }
        else
        {
            SellLots += lots;
            SellReserve += reserve;
        }
    }
}
