using System.Runtime.InteropServices;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>A pool's new fees, from a time on: at least an hour ahead. A later change of the same pool replaces an earlier one.</summary>
[StructLayout(LayoutKind.Sequential, Size = 192)]
public struct SetFees
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The pool.</summary>
    public ushort Pool;

    /// <summary>1 to 8.</summary>
    public ushort FeeTierCount;

    /// <summary>What a liquidation pays to the fund, parts per million of notional, 0 to 100,000.</summary>
    public int LiquidationFeePpm;

    /// <summary>When it acts, nanoseconds since 1970.</summary>
    public long ActivateNs;

    /// <summary>As in <see cref="CreatePool"/>.</summary>
    public Eight<FeeTier> FeeTiers;
}
