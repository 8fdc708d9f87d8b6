using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>A pool's fees were announced, or act from now on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 160)]
public struct FeesChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>When they act, nanoseconds since 1970; the event's own time when they act now.</summary>
    public long ActivateNs;

    /// <summary>The pool.</summary>
    public ushort Pool;
    /// <summary>How many of them, 1 to 8.</summary>
    public ushort FeeTierCount;
    /// <summary>Fee of lots that a liquidation sells.</summary>
    public int LiquidationFeePpm;
    /// <summary>Fees by volume, the first from 0.</summary>
    public Eight<FeeTier> FeeTiers;
}
