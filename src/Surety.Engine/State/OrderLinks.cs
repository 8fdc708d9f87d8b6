using System.Runtime.InteropServices;

namespace Surety.Engine.State;

/// <summary>Neighbours of a resting order: in its price's queue, and among its account's orders by age.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OrderLinks
{
    /// <summary>The next row in the queue of its price.</summary>
    public int Next;
    /// <summary>The row before it in that queue.</summary>
    public int Previous;
    /// <summary>The next row of its account's orders.</summary>
    public int AccountNext;
    /// <summary>The row before it of its account's orders.</summary>
    public int AccountPrevious;
}
