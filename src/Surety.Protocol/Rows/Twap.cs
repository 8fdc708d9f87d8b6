using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A native TWAP: equal slices at equal intervals, each immediate or cancelled; a free row has id 0.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct Twap
{
    public ulong Id;
    public ulong ClientOrderId;

    /// <summary>No slice trades beyond it.</summary>
    public long PriceTicks;

    public long TotalLots;
    public long FilledLots;
    public long IntervalNs;
    public long NextSliceNs;
    public int SlicesLeft;
    public uint Account;
    public ushort Market;
    public OrderOptions Options;
    public Side Side;
    public SelfTradePrevention SelfTrade;
    public ushort Reserved0;
    public long Reserved1;
    public long Reserved2;
    public long Reserved3;
    public long Reserved4;
    public long Reserved5;
    public long Reserved6;
    public long Reserved7;
}
