using System.Runtime.InteropServices;

namespace Surety.Engine.State;

/// <summary>Neighbours of a resting order: in its price's queue, and among its account's orders by age.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OrderLinks
{
    public int Next;
    public int Previous;
    public int AccountNext;
    public int AccountPrevious;
}
