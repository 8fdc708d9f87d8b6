using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>A pool's fees were announced, or act from now on.</summary>
[StructLayout(LayoutKind.Sequential, Size = 160)]
public struct FeesChanged
{
    public EventHeader Header;

    /// <summary>When they act, nanoseconds since 1970; the event's own time when they act now.</summary>
    public long ActivateNs;

    public ushort Pool;
    public ushort FeeTierCount;
    public int LiquidationFeePpm;
    public Eight<FeeTier> FeeTiers;
}
